use sha2::{Digest, Sha256};

use super::course::{Course, Told};
use super::parametrization::Parametrization;
use super::recipe::{Display, Recipe};
use super::regularizer::{Regularizer, Sphere};
use super::render::{Rendered, Rendering, render};
use super::state::State;
use super::{dream, space};
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::model::Model;
use crate::target::Objective;
use crate::watch::Watch;

/// What is wanted of [`Model::visualize`].
#[derive(Clone, Debug)]
pub struct Request {
    /// How images are made.
    pub recipe: Recipe,
    /// What random numbers start from.
    pub seed: u64,
    /// The picture an image starts from.
    pub picture: Option<Image>,
    /// The mean norm of the data, in place of the card's.
    pub norm: Option<f64>,
    /// Several images of each objective, kept apart at a value: the value's name, how many, how strongly.
    pub diversity: Option<(String, usize, f64)>,
    /// Steps from one frame of an animation to the next; 0 for none.
    pub frames_every: usize,
    /// Where an earlier run of the same request stopped.
    pub from: Option<State>,
}

/// What [`Model::visualize`] gives.
#[derive(Clone, Debug)]
pub struct Visualized {
    /// The images in the order of the objectives; with diversity, several of each.
    pub visualizations: Vec<Visualization>,
    /// Where it was stopped; `None` when it ran to its end.
    pub unfinished: Option<State>,
}

/// What an objective looks like.
#[derive(Clone, Debug)]
pub struct Visualization {
    /// The image with its numbers.
    pub rendering: Rendering,
    /// The image as pixels.
    pub image: Image,
    /// The animation's frames as pixels.
    pub frames: Vec<Image>,
    /// What several starts found, where there were several.
    pub restarts: Option<Restarts>,
}

/// How far several starts agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Restarts {
    /// The objective of each start's image; the best is the result.
    pub scores: Vec<f64>,
    /// The mean cosine between two starts' images.
    pub cosine: f64,
    /// The mean of the images (Erhan et al. 2009's AVERAGE), as pixels.
    pub average: Image,
}

impl Request {
    /// A recipe with seed 0.
    pub fn new(recipe: Recipe) -> Request {
        Request { recipe, seed: 0, picture: None, norm: None, diversity: None, frames_every: 0, from: None }
    }

    /// Images that one objective takes.
    pub fn images_each(&self) -> usize {
        self.recipe.restarts.max(1) * self.diversity.as_ref().map_or(1, |(_, count, _)| (*count).max(1))
    }
}

impl Model {
    /// Shows what objectives look like to the network: for each the input that maximizes it, made by a recipe, all in one
    /// batch. The same seed gives the same bytes, whatever the number of threads.
    ///
    /// ```no_run
    /// use inscape::visualization::{Recipe, Request};
    /// let model = inscape::Model::open("model.onnx")?;
    /// let request = Request::new(Recipe::named("clear")?);
    /// let objectives = [model.objective("class:flamingo")?];
    /// let made = model.visualize(&objectives, &request, &Default::default(), None)?;
    /// inscape::Picture::from_image(&made.visualizations[0].image).save("flamingo.png")?;
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`render`]; [`ErrorKind::Setting`] too where the recipe needs the data's norm and the card gives none.
    pub fn visualize(
        &self,
        objectives: &[Objective],
        request: &Request,
        watch: &Watch<'_>,
        told: Option<&(dyn Fn(&Told<'_>) + Sync)>,
    ) -> Result<Visualized, Error> {
        let recipe = self.settled(request)?;
        recipe.check()?;
        let each = request.images_each();
        let repeated: Vec<Objective> =
            objectives.iter().flat_map(|objective| std::iter::repeat_n(objective.clone(), each)).collect();
        let course = Course {
            steps: recipe.steps,
            views: recipe.views,
            redirected: recipe.redirected,
            keep: recipe.keep,
            rivals: recipe.rivals,
            seed: request.seed,
            streams: repeated.iter().enumerate().map(|(i, o)| stream(o, i % each)).collect(),
            picture: None,
            diversity: request.diversity.as_ref().map(|(value, _, weight)| (value.clone(), *weight)),
            frames_every: request.frames_every,
            key: self.visualization_key(objectives, request),
            from: request.from.clone(),
            watch: *watch,
            told,
        };
        let rendered = match (&recipe.octaves, &request.picture) {
            (Some(octaves), Some(picture)) => {
                dream::dream(self, &repeated, &recipe, octaves, picture, &course)?
            }
            (None, Some(picture)) => {
                let picture = Some(self.written(picture, &recipe.parametrization)?);
                ascend(self, &repeated, &recipe, &Course { picture, ..course })?
            }
            _ => ascend(self, &repeated, &recipe, &course)?,
        };
        let apart = request.diversity.is_some();
        let mut visualizations = Vec::new();
        for group in rendered.renderings.chunks(if apart { 1 } else { each }) {
            visualizations.push(self.best(group, recipe.display)?);
        }
        Ok(Visualized { visualizations, unfinished: rendered.unfinished })
    }

    /// What a request makes, as one word: a saved state goes on only in a request of the same word.
    pub fn visualization_key(&self, objectives: &[Objective], request: &Request) -> String {
        let mut digest = Sha256::new();
        digest.update(self.sha256());
        digest.update(request.recipe.to_json());
        digest.update(format!(
            "{:?} {:?} {:?}",
            request.seed,
            request.diversity,
            request.norm.or(self.card().norm)
        ));
        digest.update(request.picture.as_ref().map_or("", Image::sha256));
        for objective in objectives {
            digest.update(objective.to_string());
            digest.update([0]);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The recipe with the card's norm where it asks for one.
    fn settled(&self, request: &Request) -> Result<Recipe, Error> {
        let mut recipe = request.recipe.clone();
        for regularizer in &mut recipe.regularizers {
            if let Regularizer::Sphere(Sphere { norm: norm @ None }) = regularizer {
                *norm = Some(request.norm.or(self.card().norm).ok_or_else(|| {
                    let context = "this recipe keeps the image at the mean norm of the data, which the card does not give; \
                                   measure it with --norm-from FOLDER, or set it with --set norm=NUMBER";
                    Error::new(ErrorKind::Setting, context)
                })?);
            }
        }
        Ok(recipe)
    }

    /// A picture in the numbers of a parametrization.
    fn written(&self, picture: &Image, parametrization: &Parametrization) -> Result<Vec<f32>, Error> {
        let card = self.preprocessing()?;
        Ok(space::written(card.prepare(picture).tensor, parametrization.space(), card))
    }

    fn best(&self, group: &[Rendering], display: Display) -> Result<Visualization, Error> {
        let scores: Vec<f64> = group.iter().map(|rendering| rendering.score_last).collect();
        let top = (0..group.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
        let rendering = group[top].clone();
        let show = |tensor: &inscape_tensor::Tensor| self.shown(tensor, display);
        let restarts = match group {
            [_] => None,
            _ => {
                let mut mean = group[0].image.clone();
                for (at, value) in mean.values_mut().iter_mut().enumerate() {
                    let sum: f64 = group.iter().map(|r| f64::from(r.image.values()[at])).sum();
                    *value = (sum / group.len() as f64) as f32;
                }
                Some(Restarts { scores, cosine: mean_cosine(group), average: show(&mean)? })
            }
        };
        Ok(Visualization {
            image: show(&rendering.image)?,
            frames: rendering.frames.iter().map(show).collect::<Result<_, _>>()?,
            rendering,
            restarts,
        })
    }

    /// An input as a picture.
    fn shown(&self, tensor: &inscape_tensor::Tensor, display: Display) -> Result<Image, Error> {
        let card = self.preprocessing()?;
        match display {
            Display::Pixels => card.picture(tensor),
            Display::Stretched => {
                let most = stretch(tensor.values());
                // through the card's own way back to pixels
                let mut stretched = tensor.clone();
                let area: usize = tensor.shape().iter().skip(2).product();
                for (channel, plane) in stretched.values_mut().chunks_mut(area.max(1)).enumerate() {
                    let (mean, std) = (card.mean[channel], card.std[channel]);
                    for value in plane {
                        let level = 127.5 + 127.5 * f64::from(*value / most);
                        *value = ((level * card.scale - mean) / std) as f32;
                    }
                }
                card.picture(&stretched)
            }
        }
    }
}

/// What [`Display::Stretched`] shows as black or white. A few pixels on a sphere may hold most of its norm, and by the largest alone all
/// others would be grey.
fn stretch(values: &[f32]) -> f32 {
    let mut sizes: Vec<f32> = values.iter().map(|v| v.abs()).filter(|&size| size > 0.0).collect();
    if sizes.is_empty() {
        return f32::MIN_POSITIVE;
    }
    let rank = (sizes.len() - 1) * 99 / 100;
    *sizes.select_nth_unstable_by(rank, f32::total_cmp).1
}

fn ascend(
    model: &Model,
    objectives: &[Objective],
    recipe: &Recipe,
    course: &Course<'_>,
) -> Result<Rendered, Error> {
    render(
        model,
        objectives,
        &recipe.parametrization,
        &recipe.transforms,
        &recipe.regularizers,
        &recipe.optimizer,
        course,
    )
}

/// The random stream of an image: that of its objective, whatever else is made beside it.
fn stream(objective: &Objective, copy: usize) -> u64 {
    let digest = Sha256::digest(format!("{copy} {objective}").as_bytes());
    digest[..8].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

fn mean_cosine(group: &[Rendering]) -> f64 {
    let dot = |a: &Rendering, b: &Rendering| -> f64 {
        let pairs = a.image.values().iter().zip(b.image.values());
        pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    let pairs = || (0..group.len()).flat_map(|i| (0..i).map(move |j| (&group[i], &group[j])));
    let sum: f64 = pairs().map(|(a, b)| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).sum();
    sum / pairs().count().max(1) as f64
}
