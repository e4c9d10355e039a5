use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use inscape::visualization::{CurvePoint, Recipe, Request, State, Told};
use inscape::{Cancel, Model, Objective, Watch};
use serde::{Deserialize, Serialize};

use super::recipes::Turned;
use crate::answer::Refusal;
use crate::app::App;
use crate::bundle::Bundle;
use crate::views::unit::command;

/// What an image is to climb, and how.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    objective: String,
    recipe: String,
    #[serde(default)]
    seed: u64,
    /// Steps; the recipe's.
    #[serde(default)]
    steps: Option<usize>,
    #[serde(default)]
    changes: Turned,
    /// Whether it waits for an order to take steps.
    #[serde(default)]
    pub(super) paused: bool,
}

/// How many steps are taken at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stride {
    /// None: the image is shown as it is.
    None,
    One,
    /// As many as there is time for.
    Many,
}

/// An image on its way.
pub(super) struct Climb {
    objective: Objective,
    recipe: Recipe,
    changes: Turned,
    seed: u64,
    state: Option<State>,
    /// Points of the curve that were told.
    told: usize,
    pub(super) done: bool,
}

/// What is said of an image on its way. Array `image`: u8 [H, W, 3]; where it stands still also `input`: f32 [C, H, W], the image in the
/// network's own numbers.
#[derive(Serialize)]
struct Words<'a> {
    step: usize,
    steps: usize,
    state: &'static str,
    objective: String,
    recipe: &'a str,
    seed: u64,
    score: f64,
    class: Option<Class>,
    /// Since the last bundle: step, objective, class score, probability.
    curve: Vec<(usize, f64, Option<f64>, Option<f64>)>,
    settings: Turned,
    command: String,
    recipe_json: String,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Class {
    score: f64,
    probability: f64,
}

/// How long steps are taken before the image is shown again.
const FRAME: Duration = Duration::from_millis(80);
/// The most steps of an image.
const STEPS: usize = 10_000;

impl Climb {
    pub(super) fn new(wish: &Wish, model: &Model) -> Result<Climb, Refusal> {
        let mut recipe = Recipe { restarts: 1, octaves: None, ..Recipe::named(&wish.recipe)? };
        recipe.steps = wish.steps.unwrap_or(recipe.steps).clamp(1, STEPS);
        let objective = model.objective(&wish.objective)?;
        let mut climb = Climb {
            objective,
            recipe,
            changes: Turned::default(),
            seed: wish.seed,
            state: None,
            told: 0,
            done: false,
        };
        climb.change(wish.changes)?;
        Ok(climb)
    }

    /// Goes on by other numbers.
    pub(super) fn change(&mut self, changes: Turned) -> Result<(), Refusal> {
        let out = || Refusal::wrong("a number of the recipe is out of range");
        self.tuned(changes.tuning().ok_or_else(out)?).check()?;
        self.changes = changes;
        Ok(())
    }

    fn tuned(&self, change: inscape::visualization::Tuning) -> Recipe {
        self.recipe.tuned(&change)
    }

    /// Takes steps and shows the image.
    pub(super) fn go(&mut self, app: &App, stride: Stride) -> Result<Vec<u8>, Refusal> {
        let model = app.explorer.model();
        let recipe = self.tuned(self.changes.tuning().unwrap_or_default());
        let begun = Instant::now();
        let cancel = Cancel::default();
        if stride == Stride::None {
            cancel.cancel();
        }
        let steps = AtomicUsize::new(self.state.as_ref().map_or(0, State::step));
        let told = |told: &Told<'_>| {
            steps.store(told.step, Ordering::Relaxed);
            if stride == Stride::One || begun.elapsed() > FRAME {
                cancel.cancel();
            }
        };
        let mut request = Request { seed: self.seed, ..Request::new(recipe.clone()) };
        let objectives = [self.objective.clone()];
        let key = model.visualization_key(&objectives, &request);
        request.from = self.state.take().map(|state| state.keyed(key));
        let watch = Watch { progress: None, cancel: Some(&cancel) };
        let made = model.visualize(&objectives, &request, &watch, Some(&told))?;
        self.done = made.unfinished.is_none();
        self.state = made.unfinished;
        let shown = &made.visualizations[0];
        let curve = &shown.rendering.curve;
        let point = |p: &CurvePoint| (p.step, p.objective, p.class.map(|c| c[0]), p.class.map(|c| c[1]));
        let new = curve.get(self.told..).unwrap_or_default().iter().map(point).collect();
        self.told = curve.len();
        let changed = self.changes != Turned::default();
        let (objective, seed) = (self.objective.to_string(), self.seed.to_string());
        let length = recipe.steps.to_string();
        let named = if changed { "recipe.json" } else { &recipe.name };
        let mut words = vec!["visualize", &objective, "--recipe", named, "--seed", &seed];
        if !changed {
            words.extend(["--steps", &length]);
        }
        let [height, width] = [shown.image.height(), shown.image.width()];
        let mut bundle = Bundle::new().bytes("image", &[height, width, 3], shown.image.rgb());
        if self.done || stride != Stride::Many {
            let input = &shown.rendering.image;
            bundle = bundle.floats("input", &input.shape()[1..], input.values());
        }
        Ok(bundle.with(Words {
            step: steps.into_inner(),
            steps: recipe.steps,
            state: match (self.done, stride) {
                (true, _) => "done",
                (false, Stride::Many) => "running",
                (false, _) => "paused",
            },
            objective: objective.clone(),
            recipe: &recipe.name,
            seed: self.seed,
            score: shown.rendering.score_last,
            class: shown.rendering.class.map(|[score, probability]| Class { score, probability }),
            curve: new,
            settings: recipe.tuning().into(),
            command: command(app, &words),
            recipe_json: recipe.to_json(),
            warnings: &shown.rendering.warnings,
        }))
    }
}
