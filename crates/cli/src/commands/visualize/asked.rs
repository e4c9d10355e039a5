use std::path::PathBuf;

use clap::Args;
use inscape::visualization::{Recipe, Request, Trial};
use inscape::{Image, Progress, Watch};

use crate::arguments::size;
use crate::opening::Opened;
use crate::run::{Run, Usage};

/// The input that maximizes an objective.
#[derive(Args)]
pub(super) struct Asked {
    /// A class index or name, or an objective: class:NAME, posterior:NAME, unit:VALUE:CHANNEL@Y,X, channel:VALUE:CHANNEL,
    /// layer:VALUE, direction:VALUE:FILE.npy, sums such as 'class:1 - 0.5*class:2'; * as CHANNEL stands for every one
    #[arg(required = true, value_name = "OBJECTIVE")]
    pub(super) objectives: Vec<String>,
    /// How it is made: a recipe's name, or a .json file with the recipe of a result [default: clear,
    /// smoothed or strokes, whichever suits the network; with --compare: simonyan]
    #[arg(long, value_name = "RECIPE")]
    pub(super) recipe: Option<String>,
    /// Steps, in place of the recipe's
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<usize>,
    /// Independent starts of each image, in place of the recipe's; the best is kept
    #[arg(long, value_name = "N")]
    pub(super) restarts: Option<usize>,
    /// The picture to start from (deepdream needs one)
    #[arg(long, value_name = "IMAGE")]
    pub(super) from: Option<PathBuf>,
    /// Make each class's image by several objectives and set them side by side: score,posterior
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = ["score", "posterior"])]
    pub(super) compare: Vec<String>,
    /// Several images of each objective that differ from each other
    #[arg(long, value_name = "N")]
    pub(super) diversity: Option<usize>,
    /// The value at which they differ [default: the objective's own, for a class the last with positions]
    #[arg(long, value_name = "VALUE", requires = "diversity")]
    pub(super) apart_at: Option<String>,
    /// Input sizes to make each image at, for models that leave theirs open; repeatable
    #[arg(long, value_name = "H,W", value_parser = size)]
    pub(super) sizes: Vec<[usize; 2]>,
    /// Measure the data's mean norm on the pictures of a folder (erhan needs it)
    #[arg(long, value_name = "FOLDER")]
    pub(super) norm_from: Option<PathBuf>,
    /// Write an animation (GIF) of the course too, and the objective's curve (SVG, CSV)
    #[arg(long)]
    pub(super) frames: bool,
    /// Write a sheet with all images and their names
    #[arg(long)]
    pub(super) sheet: bool,
    /// Write the image's numbers too, as float32 .npy in the network's own numbers
    #[arg(long)]
    pub(super) raw: bool,
    /// Go on where the same command was stopped; an animation then shows the steps since
    #[arg(long)]
    pub(super) resume: bool,
}

/// Frames of an animation.
const FRAMES: usize = 60;

impl Asked {
    /// What the library is asked for, but for the objectives.
    pub(super) fn request(&self, run: &Run, opened: &Opened) -> anyhow::Result<Request> {
        let mut recipe = match self.recipe.as_deref() {
            Some(file) if file.ends_with(".json") => read(file)?,
            Some(name) => Recipe::named(name)?,
            None if !self.compare.is_empty() => Recipe::named("simonyan")?,
            None => fitting(run, opened)?,
        };
        recipe.steps = self.steps.unwrap_or(recipe.steps);
        recipe.restarts = self.restarts.unwrap_or(recipe.restarts);
        let picture = self.from.as_ref().map(Image::open).transpose()?;
        if recipe.octaves.is_some() && picture.is_none() {
            return Err(Usage(format!(
                "the recipe '{}' works on a picture: give one with --from IMAGE",
                recipe.name
            ))
            .into());
        }
        let total = recipe.steps * recipe.octaves.as_ref().map_or(1, |octaves| octaves.count);
        let diversity = match self.diversity {
            None => None,
            Some(0 | 1) => return Err(Usage("--diversity takes at least 2 images".into()).into()),
            Some(count) => Some((self.apart(opened)?, count, 1.0)),
        };
        Ok(Request {
            seed: run.everywhere.seed,
            picture,
            norm: None,
            diversity,
            frames_every: if self.frames { total.div_ceil(FRAMES).max(1) } else { 0 },
            from: None,
            recipe,
        })
    }

    /// The value at which several images of an objective differ.
    fn apart(&self, opened: &Opened) -> anyhow::Result<String> {
        if let Some(value) = &self.apart_at {
            return Ok(value.clone());
        }
        let objective = opened.model.objective(&self.objectives[0])?;
        match objective.terms.first().and_then(|(_, term)| term.value()) {
            Some(value) => Ok(value.to_owned()),
            None => Ok(opened.model.last_value_with_positions()?.to_owned()),
        }
    }
}

/// The default recipe of a network.
fn fitting(run: &Run, opened: &Opened) -> anyhow::Result<Recipe> {
    let progress = run.terminal.progress(1, Trial::STEPS, "trying noise");
    let within = |told: Progress| progress.within(told.done);
    let fitting = opened.model.fitting(&Watch { progress: Some(&within), cancel: None })?;
    drop(progress);
    let recipe = fitting.recipe()?;
    run.terminal.say(&format!("recipe {}: {fitting}", recipe.name));
    Ok(recipe)
}

/// A recipe by itself, or inside a result's record.
fn read(path: &str) -> anyhow::Result<Recipe> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Usage(format!("{path} cannot be read: {error}")))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Usage(format!("{path} is no JSON: {error}")))?;
    let recipe = value.pointer("/settings/recipe").unwrap_or(&value);
    Ok(Recipe::parse(&recipe.to_string())?)
}
