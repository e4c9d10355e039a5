use inscape_engine::Gradient;
use inscape_tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::course::Course;
use super::landscape::Landscape;
use super::optimizer::Climb;
use super::parametrization::Frame;
use super::recipe::Recipe;
use super::regularizer::Ground;
use super::render::{CurvePoint, Rendered, Rendering};
use super::space::{Feed, written};
use super::transform::Transform;
use crate::card::Channels;
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::model::Model;
use crate::random::Deviates;
use crate::target::Objective;

/// Sizes of a picture from coarse to fine, each `factor` times the one before; what was added at one size is carried
/// enlarged to the next (Mordvintsev et al. 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Octaves {
    /// How many.
    pub count: usize,
    /// From one to the next.
    pub factor: f64,
}

/// The longest side of the finest octave.
const LONGEST: f64 = 1024.0;
/// Tiles that go through the network at once.
const TILES: usize = 4;

/// Drives a picture towards what an objective sees in it. The network looks at it through tiles of its own input size,
/// placed evenly and, where they do not fit, overlapping; the picture goes on around its edges. In every step the grid of
/// tiles is shifted at random, so that no seam stays.
pub(super) fn dream(
    model: &Model,
    objectives: &[Objective],
    recipe: &Recipe,
    octaves: &Octaves,
    picture: &Image,
    course: &Course<'_>,
) -> Result<Rendered, Error> {
    if octaves.count == 0 || octaves.factor.is_nan() || octaves.factor <= 1.0 {
        let context = "octaves need a count of at least 1 and a factor above 1";
        return Err(Error::new(ErrorKind::Setting, context));
    }
    if course.from.is_some() {
        return Err(Error::new(ErrorKind::Setting, "a dream is quickly made anew; it cannot be resumed"));
    }
    let sizes = sizes(model, octaves, picture)?;
    let mut renderings = Vec::new();
    for (objective, &stream) in objectives.iter().zip(&course.streams) {
        let dreamer = Dreamer { model, objective, recipe, course, stream };
        renderings.push(dreamer.rendering(&sizes, picture)?);
    }
    Ok(Rendered { renderings, unfinished: None })
}

/// Height and width of every octave, coarse to fine: the coarsest is no smaller than the network's input.
fn sizes(model: &Model, octaves: &Octaves, picture: &Image) -> Result<Vec<[usize; 2]>, Error> {
    let card = model.preprocessing()?;
    let own = [picture.height() as f64, picture.width() as f64];
    let spread = octaves.factor.powi(octaves.count as i32 - 1);
    let least = (card.height as f64 / own[0]).max(card.width as f64 / own[1]) * spread;
    let most = LONGEST / own[0].max(own[1]);
    let finest = most.min(1.0).max(least);
    let size = |octave: usize| {
        let scale = finest / octaves.factor.powi((octaves.count - 1 - octave) as i32);
        let [height, width] = own.map(|side| (side * scale).round() as usize);
        [height.max(card.height), width.max(card.width)]
    };
    Ok((0..octaves.count).map(size).collect())
}

struct Dreamer<'a> {
    model: &'a Model,
    objective: &'a Objective,
    recipe: &'a Recipe,
    course: &'a Course<'a>,
    stream: u64,
}

impl Dreamer<'_> {
    fn rendering(&self, sizes: &[[usize; 2]], picture: &Image) -> Result<Rendering, Error> {
        let card = self.model.preprocessing()?;
        let space = self.recipe.parametrization.space();
        let feed = space.feed(card);
        let total = sizes.len() * self.course.steps;
        let mut curve: Vec<CurvePoint> = Vec::new();
        let mut frames = Vec::new();
        let mut image: Vec<f32> = Vec::new();
        let mut base: Vec<f32> = Vec::new();
        let mut before = [0, 0];
        let mut first = 0.0;
        for &[height, width] in sizes {
            let frame = self.frame(height, width);
            let fresh = written(card.tensor_of(&picture.resized(height, width)), space, card);
            let added: Vec<f32> = image.iter().zip(&base).map(|(image, base)| image - base).collect();
            image.clone_from(&fresh);
            if !added.is_empty() {
                enlarge(&added, before, frame, &mut image);
            }
            (base, before) = (fresh, [height, width]);
            let mut memory = vec![0.0; self.recipe.optimizer.climber().memory(image.len())];
            for step in 0..self.course.steps {
                if self.course.stops() {
                    return Err(Error::new(
                        ErrorKind::Cancelled,
                        format!("stopped after {} of {total} steps", curve.len()),
                    ));
                }
                let done = curve.len();
                let mut random = Deviates::at_step(self.course.seed, self.stream, done);
                let shift = Transform::draw(&self.recipe.transforms, &mut random).shift;
                let (score, mut along) = self.slope(&image, frame, &feed, shift)?;
                if done == 0 {
                    first = score;
                }
                curve.push(CurvePoint { step: done, objective: score, class: None });
                let mean = along.iter().map(|&g| f64::from(g.abs())).sum::<f64>() / along.len() as f64;
                let pool = self.model.pool();
                let ground = Ground { pool, frame, feed: &feed, slopes: [mean; 2], step };
                for regularizer in &self.recipe.regularizers {
                    regularizer.restraint().penalize(&ground, &image, &mut along);
                }
                let from = image.clone();
                let (values, memory) = (&mut image[..], &mut memory[..]);
                let (from, steps) = (&from[..], self.course.steps);
                let climb = Climb { pool, step, steps, score, from, values, gradient: &along, memory };
                self.recipe.optimizer.climber().step(climb);
                for regularizer in &self.recipe.regularizers {
                    regularizer.restraint().after(&ground, &mut image, &along);
                    regularizer.restraint().before(&ground, &mut image);
                }
                if self.course.frames_every > 0 && done.is_multiple_of(self.course.frames_every) {
                    frames.push(fed(&image, frame, &feed));
                }
                self.course.tell(done + 1, &[score]);
            }
        }
        let frame = self.frame(before[0], before[1]);
        let (last, _) = self.slope(&image, frame, &feed, [0.0; 2])?;
        Ok(Rendering {
            objective: self.objective.clone(),
            position: None,
            image: fed(&image, frame, &feed),
            score_first: first,
            score_last: last,
            class: None,
            curve,
            steps: total,
            settled: Vec::new(),
            frames: frames.into_iter().filter(|f| f.shape()[2..] == before).collect(),
            warnings: Vec::new(),
        })
    }

    fn frame(&self, height: usize, width: usize) -> Frame {
        let card = self.model.preprocessing();
        let (channels, bgr) = card.map_or((3, false), |c| (c.mean.len(), c.channels == Channels::Bgr));
        Frame { channels, height, width, bgr }
    }

    /// The mean objective over all tiles and its slope at the image.
    fn slope(
        &self,
        image: &[f32],
        frame: Frame,
        feed: &Feed,
        shift: [f64; 2],
    ) -> Result<(f64, Vec<f32>), Error> {
        let card = self.model.preprocessing()?;
        let tile = Frame { height: card.height, width: card.width, ..frame };
        let starts = |side: usize, tile: usize, shift: f64| {
            let count = side.div_ceil(tile);
            (0..count).map(move |k| (k * side / count + shift.rem_euclid(side as f64) as usize) % side)
        };
        let rows: Vec<usize> = starts(frame.height, tile.height, shift[0]).collect();
        let columns: Vec<usize> = starts(frame.width, tile.width, shift[1]).collect();
        let corners: Vec<[usize; 2]> =
            rows.iter().flat_map(|&y| columns.iter().map(move |&x| [y, x])).collect();
        let mut gradient = vec![0.0; image.len()];
        let mut covered = vec![0.0f32; frame.area()];
        let mut total = 0.0;
        for corners in corners.chunks(TILES) {
            let shape = [corners.len(), frame.channels, tile.height, tile.width];
            let mut inputs = Tensor::zeros(shape);
            for (input, &corner) in inputs.values_mut().chunks_mut(tile.len()).zip(corners) {
                cells(frame, tile, corner, |channel, at, cell| {
                    input[channel * tile.area() + cell] =
                        image[channel * frame.area() + at] * feed.factor[channel] + feed.shift[channel];
                });
            }
            let objectives = vec![self.objective.clone(); corners.len()];
            let slopes =
                Landscape::new(self.model, &objectives, self.course.rivals, None)?.at(&inputs, &Gradient)?;
            total += slopes.scores.iter().sum::<f64>();
            for (slope, &corner) in slopes.gradients.values().chunks(tile.len()).zip(corners) {
                cells(frame, tile, corner, |channel, at, cell| {
                    gradient[channel * frame.area() + at] +=
                        slope[channel * tile.area() + cell] * feed.factor[channel];
                    if channel == 0 {
                        covered[at] += 1.0;
                    }
                });
            }
        }
        for plane in gradient.chunks_mut(frame.area()) {
            plane.iter_mut().zip(&covered).for_each(|(g, n)| *g /= n.max(1.0));
        }
        Ok((total / corners.len() as f64, gradient))
    }
}

/// Calls `work` with every channel, place of the image and cell of a tile that meet; the image goes on around.
fn cells(frame: Frame, tile: Frame, corner: [usize; 2], mut work: impl FnMut(usize, usize, usize)) {
    for channel in 0..frame.channels {
        for y in 0..tile.height {
            let row = (corner[0] + y) % frame.height * frame.width;
            for x in 0..tile.width {
                work(channel, row + (corner[1] + x) % frame.width, y * tile.width + x);
            }
        }
    }
}

/// Adds planes of one size, enlarged, to planes of another.
fn enlarge(from: &[f32], size: [usize; 2], frame: Frame, to: &mut [f32]) {
    for (from, to) in from.chunks(size[0] * size[1]).zip(to.chunks_mut(frame.area())) {
        for (at, value) in to.iter_mut().enumerate() {
            let place = [
                ((at / frame.width) as f64 + 0.5) * size[0] as f64 / frame.height as f64,
                ((at % frame.width) as f64 + 0.5) * size[1] as f64 / frame.width as f64,
            ];
            *value += crate::picture::sample(from, size, place);
        }
    }
}

fn fed(image: &[f32], frame: Frame, feed: &Feed) -> Tensor {
    let mut x = image.to_vec();
    x.chunks_mut(frame.area()).enumerate().for_each(|(channel, plane)| feed.apply(channel, plane));
    Tensor::new([1, frame.channels, frame.height, frame.width], x)
}
