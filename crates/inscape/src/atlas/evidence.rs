use std::collections::BTreeMap;

use inscape_engine::{DeconvNet, Gradient, Rule, Seed};
use inscape_tensor::Tensor;

use super::in_order::in_order;
use super::{Peak, Row, Tally};
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::inspection::ReceptiveField;
use crate::model::{Input, Model, Wanted};
use crate::target::{Axes, Place, Position, Term};
use crate::visualization::Request;
use crate::watch::{Cancel, Watch};

/// A kind of evidence for what a unit answers to.
#[derive(Clone, Copy)]
pub struct Evidence {
    /// As it is asked for.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub shows: &'static str,
    /// Whether it is made without being asked for; what takes hours is not.
    pub unasked: bool,
    made: Made,
}

/// How a kind of evidence is made.
#[derive(Clone, Copy)]
enum Made {
    /// Cut from the picture.
    Cut,
    /// By a way back by a rule.
    Back(&'static dyn Rule),
    /// By climbing the unit, without any picture.
    Climbed,
}

/// Every kind there is. To add one: one row.
pub const EVIDENCE: &[Evidence] = &[
    Evidence {
        name: "top",
        shows: "what the unit saw of the pictures that excite it most",
        unasked: true,
        made: Made::Cut,
    },
    Evidence {
        name: "deconv",
        shows: "what of it excited the unit, by DeconvNet (Zeiler and Fergus 2013)",
        unasked: true,
        made: Made::Back(&DeconvNet),
    },
    Evidence {
        name: "gradient",
        shows: "the same by the gradient",
        unasked: true,
        made: Made::Back(&Gradient),
    },
    Evidence {
        name: "optimized",
        shows: "the image that excites the unit most, found by climbing (Erhan et al. 2009)",
        unasked: false,
        made: Made::Climbed,
    },
];

/// Pixels between tiles.
const GAP: usize = 2;
/// What lies beyond a picture, and between tiles.
const GROUND: u8 = 128;

/// How evidence is drawn.
#[derive(Clone)]
pub struct Drawing {
    /// A row of tiles for each.
    pub kinds: Vec<Evidence>,
    /// Columns of tiles: the most peaks of a unit.
    pub columns: usize,
    /// Side of a tile in pixels.
    pub side: usize,
    /// How optimized images are made.
    pub request: Request,
}

/// A peak whose tiles are wanted.
struct Asked {
    unit: usize,
    rank: usize,
    position: usize,
}

impl Drawing {
    /// Height and width of a unit's sprite.
    pub fn size(&self) -> [usize; 2] {
        [self.kinds.len(), self.columns].map(|tiles| (tiles * (self.side + GAP)).saturating_sub(GAP).max(1))
    }

    /// One picture for each of some units of a row, of which all tallies are given: a row of tiles for each kind of evidence, a column for each peak. `read`
    /// gives pictures by their numbers, each is asked for once; `threads` of them are worked on side by side (a model of one thread
    /// is the fastest then).
    ///
    /// A tile is the part of the network's input that the unit's strongest position sees; parts beyond its edges are grey. Ways back
    /// start with 1 at that position; 0 is grey, a tile's largest numbers are black or white. An optimized image, one for each unit, stands
    /// first in its row of tiles: of a class the whole image, of any other unit what its middle position sees.
    ///
    /// # Errors
    /// Those of `read`, as [`Model::activation`] and [`Model::visualize`]; [`ErrorKind::Cancelled`] where climbing was stopped.
    pub fn sprites(
        &self,
        model: &Model,
        row: &Row,
        tallies: &[Tally],
        units: std::ops::Range<usize>,
        threads: usize,
        read: &(dyn Fn(usize) -> Result<Input, Error> + Sync),
        cancel: &Cancel,
    ) -> Result<Vec<Image>, Error> {
        let [height, width] = self.size();
        let mut canvases = vec![vec![GROUND; height * width * 3]; units.len()];
        let mut by_picture: BTreeMap<usize, Vec<Asked>> = BTreeMap::new();
        for (unit, tally) in tallies[units.clone()].iter().enumerate() {
            for (rank, &Peak { picture, position, .. }) in tally.peaks.iter().take(self.columns).enumerate() {
                by_picture.entry(picture).or_default().push(Asked { unit, rank, position });
            }
        }
        let pictures: Vec<(usize, Vec<Asked>)> = by_picture.into_iter().collect();
        let work = |i: usize| self.tiles(model, row, units.start, &read(pictures[i].0)?, &pictures[i].1);
        in_order(threads, 0, pictures.len(), work, |tiles| {
            for (unit, at, tile) in tiles? {
                paste(&mut canvases[unit], width, &tile, at);
            }
            Ok::<(), Error>(())
        })?;
        if let Some(line) = self.kinds.iter().position(|kind| matches!(kind.made, Made::Climbed)) {
            let climb = |i: usize| self.climbed(model, row, units.start + i, cancel);
            let mut canvases = canvases.iter_mut();
            in_order(threads, 0, units.len(), climb, |tile| {
                if let Some(canvas) = canvases.next() {
                    paste(canvas, width, &tile?, [line * (self.side + GAP), 0]);
                }
                Ok::<(), Error>(())
            })?;
        }
        canvases.into_iter().map(|rgb| Image::from_rgb8(width, height, rgb)).collect()
    }

    /// The image that excites a unit most.
    fn climbed(&self, model: &Model, row: &Row, unit: usize, cancel: &Cancel) -> Result<Image, Error> {
        let center = row.positions.map(|side| side / 2);
        let objective = match row.classes {
            true => Term::Class(unit),
            false => Term::Unit { value: row.value.clone(), place: Place::Channel(unit, Position::Center) },
        };
        let watch = Watch { progress: None, cancel: Some(cancel) };
        let made = model.visualize(&[objective.into()], &self.request, &watch, None)?;
        watch.step(0, 1)?;
        let image = &made.visualizations[0].image;
        let field = row.field.filter(|_| !row.classes);
        let part = part(field, center, [image.height(), image.width()]);
        Ok(cut(image, part).scaled(self.side, self.side))
    }

    /// The tiles that are wanted of one picture: the unit, where on its sprite, and the tile.
    fn tiles(
        &self,
        model: &Model,
        row: &Row,
        first: usize,
        input: &Input,
        asked: &[Asked],
    ) -> Result<Vec<(usize, [usize; 2], Image)>, Error> {
        let value = model.graph().find(&row.value)?;
        let seen = model.preprocessing()?.picture(input.tensor())?;
        let plan = match self.kinds.iter().any(|kind| matches!(kind.made, Made::Back(_))) {
            true => model.backward_to_input(input.tensor(), &[value])?,
            false => Wanted::forward(&model.fed_shape(input.tensor())?, &[value]),
        };
        model.run(&plan, input.tensor(), |activations| {
            let mut tiles = Vec::new();
            let shape = activations.value(value)?.shape.to_vec();
            let axes = Axes::of(shape.get(1..).unwrap_or_default(), &row.value)?;
            for of in asked {
                let position = [of.position / axes.width, of.position % axes.width];
                let part = part(row.field, position, [seen.height(), seen.width()]);
                for (line, kind) in self.kinds.iter().enumerate() {
                    let tile = match kind.made {
                        Made::Climbed => continue,
                        Made::Cut => cut(&seen, part).scaled(self.side, self.side),
                        Made::Back(rule) => {
                            let mut relevance = Tensor::zeros(shape.clone());
                            relevance.values_mut()[axes.cell(first + of.unit, of.position)] = 1.0;
                            let back =
                                activations.backward(rule, &[Seed { value, relevance }])?.swap_remove(0);
                            drawn(model, &model.as_given(back), part, self.side)?
                        }
                    };
                    let at = [line, of.rank].map(|k| k * (self.side + GAP));
                    tiles.push((of.unit, at, tile));
                }
            }
            Ok(tiles)
        })
    }
}

/// Top, left, height and width of what a position sees; a side that is no smaller than the picture's is the picture's.
fn part(field: Option<ReceptiveField>, position: [usize; 2], picture: [usize; 2]) -> [isize; 4] {
    let side = |k: usize| match field {
        Some(field) if field.size[k] < picture[k] => {
            (field.start[k] + (position[k] * field.stride[k]) as isize, field.size[k] as isize)
        }
        _ => (0, picture[k] as isize),
    };
    let ([top, height], [left, width]) = (<[isize; 2]>::from(side(0)), <[isize; 2]>::from(side(1)));
    [top, left, height, width]
}

impl Row {
    /// The part of the input that a position sees, as the tiles of a [`Drawing`] show it: left, top, right, bottom, half-open, in
    /// the network's input of `size` (height, width); it may reach beyond the edges.
    pub fn seen(&self, position: usize, size: [usize; 2]) -> [isize; 4] {
        let columns = self.positions[1].max(1);
        let [top, left, height, width] = part(self.field, [position / columns, position % columns], size);
        [left, top, left + width, top + height]
    }
}

/// A part of a picture; what lies beyond it is grey.
fn cut(image: &Image, [top, left, height, width]: [isize; 4]) -> Image {
    let pixels = image.rgb().as_chunks::<3>().0;
    let inside = |y: isize, x: isize| {
        let within = y >= 0 && x >= 0 && y < image.height() as isize && x < image.width() as isize;
        within.then(|| pixels[y as usize * image.width() + x as usize])
    };
    let rgb = (top..top + height)
        .flat_map(|y| (left..left + width).flat_map(move |x| inside(y, x).unwrap_or([GROUND; 3])))
        .collect();
    Image::from_rgb8(width as usize, height as usize, rgb).unwrap_or_else(|_| image.clone())
}

/// Numbers of a tile that may be blacker than black or whiter than white, so that a few do not make all others grey.
const BEYOND: f64 = 0.003;

/// A part of a map of the input (1, C, H, W) as a tile: every pixel the mean of the cells it covers (the cell it lies in where they are
/// larger), 0 grey, the largest sizes black or white.
fn drawn(
    model: &Model,
    map: &Tensor,
    [top, left, height, width]: [isize; 4],
    side: usize,
) -> Result<Image, Error> {
    let &[_, channels, rows, columns] = map.shape() else {
        return Err(Error::new(ErrorKind::Target, "the network's input is no picture"));
    };
    // the cells under a pixel of the tile; none beyond the map
    let covered = |k: usize, from: isize, length: isize, most: usize| {
        let edge = |k: usize| from + (k * length as usize / side) as isize;
        let (first, last) = (edge(k), edge(k + 1).max(edge(k) + 1));
        first.clamp(0, most as isize) as usize..last.clamp(0, most as isize) as usize
    };
    let mut shown = Vec::with_capacity(channels * side * side);
    for cells in map.values().chunks_exact(rows * columns) {
        for y in 0..side {
            let down = covered(y, top, height, rows);
            for x in 0..side {
                let across = covered(x, left, width, columns);
                let count = (down.len() * across.len()).max(1);
                let sum: f32 =
                    down.clone().map(|y| cells[y * columns..][across.clone()].iter().sum::<f32>()).sum();
                shown.push(sum / count as f32);
            }
        }
    }
    let mut sizes: Vec<f32> = shown.iter().map(|value| value.abs()).collect();
    let at = ((1.0 - BEYOND) * (sizes.len() - 1) as f64) as usize;
    let most = sizes.select_nth_unstable_by(at, f32::total_cmp).1.max(f32::MIN_POSITIVE);
    shown.iter_mut().for_each(|value| *value /= most);
    model.preprocessing()?.shaded(&Tensor::new([channels, side, side], shown))
}

fn paste(rgb: &mut [u8], width: usize, tile: &Image, [top, left]: [usize; 2]) {
    for (y, row) in tile.rgb().chunks_exact(tile.width() * 3).enumerate() {
        rgb[((top + y) * width + left) * 3..][..row.len()].copy_from_slice(row);
    }
}
