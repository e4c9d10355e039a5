use axum::Json;
use inscape::visualization::{RECIPES, Tuning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A recipe of optimized images.
#[derive(Serialize, ToSchema)]
pub(super) struct RecipeWords {
    name: &'static str,
    about: &'static str,
    source: String,
    steps: usize,
    settings: Turned,
}

/// The numbers of a recipe that can be turned while it runs; as a change, `null` leaves a number to the recipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Turned {
    /// How far a step goes, in the measure of the recipe's optimizer.
    step: Option<f64>,
    /// How strongly the image is pulled to the mean image.
    l2: Option<f64>,
    /// The deviation of the blur between steps in pixels; `null` where the image is not written in pixels.
    blur: Option<f64>,
    /// The range of the last shift before the network, in pixels.
    jitter: Option<f64>,
}

impl Turned {
    /// As a change of a recipe; `None` where a number is out of range.
    pub(super) fn tuning(self) -> Option<Tuning> {
        let within = |number: Option<f64>| number.is_none_or(|number| (0.0..=1e6).contains(&number));
        let all = [self.step, self.l2, self.blur.map(|sigma| sigma * 1e4), self.jitter.map(|x| x * 1e3)];
        let Turned { step, l2, blur, jitter } = self;
        all.into_iter().all(within).then_some(Tuning { step, l2, blur, jitter })
    }
}

impl From<Tuning> for Turned {
    fn from(Tuning { step, l2, blur, jitter }: Tuning) -> Turned {
        Turned { step, l2, blur, jitter }
    }
}

/// The recipes that need no picture to start from.
#[utoipa::path(get, path = "/api/recipes", responses((status = 200, body = Vec<RecipeWords>)))]
pub(super) async fn recipes() -> Json<Vec<RecipeWords>> {
    let free = RECIPES.iter().map(|row| (row, (row.recipe)())).filter(|(_, recipe)| recipe.octaves.is_none());
    let words = free.map(|(row, recipe)| {
        let settings = recipe.tuning().into();
        RecipeWords { name: row.name, about: row.about, source: recipe.source, steps: recipe.steps, settings }
    });
    Json(words.collect())
}
