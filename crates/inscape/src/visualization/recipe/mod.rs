//! Named bundles of parametrization, transforms, regularizers and optimizer, with every number.

mod clear;
mod deepdream;
mod erhan;
mod olah;
mod simonyan;
mod smoothed;
mod strokes;
mod tuning;
mod yosinski;

use serde::{Deserialize, Serialize};

pub use tuning::Tuning;

use super::{Octaves, Optimizer, Parametrization, Regularizer, Transform};
use crate::error::{Error, ErrorKind};
use crate::nearest::nearest;

/// How an image is made. As JSON it is what a result records, and what can be given back.
///
/// ```
/// use inscape::visualization::Recipe;
/// let recipe = Recipe::named("olah")?;
/// assert_eq!(recipe.steps, 512);
/// assert_eq!(Recipe::parse(&recipe.to_json())?, recipe);
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// Author and year.
    pub source: String,
    /// Steps of the optimizer.
    pub steps: usize,
    /// What is optimized.
    pub parametrization: Parametrization,
    /// Motions before the network.
    #[serde(default)]
    pub transforms: Vec<Transform>,
    /// Transformed views of the image in each step; their gradients are added.
    #[serde(default = "one")]
    pub views: usize,
    /// What holds the image back, in this order.
    #[serde(default)]
    pub regularizers: Vec<Regularizer>,
    /// How it climbs.
    pub optimizer: Optimizer,
    /// How much of the mean score of the ten strongest other classes is taken off the score of a class that is climbed, so that
    /// the image shows what tells the class from its like.
    #[serde(default)]
    pub rivals: f64,
    /// First steps in which rectifiers that are shut pass what would open them.
    #[serde(default)]
    pub redirected: usize,
    /// Independent starts.
    #[serde(default = "one")]
    pub restarts: usize,
    /// Which image is the result.
    #[serde(default)]
    pub keep: Keep,
    /// How it is shown.
    #[serde(default)]
    pub display: Display,
    /// Sizes from coarse to fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub octaves: Option<Octaves>,
}

fn one() -> usize {
    1
}

/// Which image of the course is the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Keep {
    /// The last.
    #[default]
    Last,
    /// The one with the highest objective.
    Best,
}

/// How the image's numbers become pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Display {
    /// As the card's pixels, clipped to 0..255.
    #[default]
    Pixels,
    /// Zero as middle grey, the 99 % quantile of the absolute numbers as black or white.
    Stretched,
}

/// A row of the table of recipes.
pub struct RecipeRow {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The recipe.
    pub recipe: fn() -> Recipe,
}

/// Every recipe there is; one of the first three is a network's default
/// ([`Model::fitting`](crate::Model::fitting)). To add one: a function, one
/// row.
pub const RECIPES: &[RecipeRow] = &[
    RecipeRow { name: "clear", about: clear::ABOUT, recipe: clear::recipe },
    RecipeRow { name: "smoothed", about: smoothed::ABOUT, recipe: smoothed::recipe },
    RecipeRow { name: "strokes", about: strokes::ABOUT, recipe: strokes::recipe },
    RecipeRow { name: "simonyan", about: simonyan::ABOUT, recipe: simonyan::recipe },
    RecipeRow { name: "erhan", about: erhan::ABOUT, recipe: erhan::recipe },
    RecipeRow { name: "yosinski-1", about: yosinski::ABOUT[0], recipe: yosinski::first },
    RecipeRow { name: "yosinski-2", about: yosinski::ABOUT[1], recipe: yosinski::second },
    RecipeRow { name: "yosinski-3", about: yosinski::ABOUT[2], recipe: yosinski::third },
    RecipeRow { name: "yosinski-4", about: yosinski::ABOUT[3], recipe: yosinski::fourth },
    RecipeRow { name: "deepdream", about: deepdream::ABOUT, recipe: deepdream::recipe },
    RecipeRow { name: "olah", about: olah::ABOUT, recipe: olah::recipe },
];

impl Recipe {
    /// A recipe of [`RECIPES`] by name.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with the nearest names.
    pub fn named(name: &str) -> Result<Recipe, Error> {
        let row = RECIPES.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        row.map(|row| (row.recipe)()).ok_or_else(|| {
            let near = nearest(name, RECIPES.iter().map(|row| row.name), 3).join(", ");
            Error::new(ErrorKind::Setting, format!("there is no recipe '{name}'; the nearest: {near}"))
        })
    }

    /// Reads a recipe from JSON, as a result records it.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with the line.
    pub fn parse(json: &str) -> Result<Recipe, Error> {
        let recipe: Recipe = serde_json::from_str(json)
            .map_err(|error| Error::new(ErrorKind::Setting, format!("the recipe is wrong: {error}")))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Whether its parts fit each other.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with what does not.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |context: String| Err(Error::new(ErrorKind::Setting, context));
        if self.views == 0 || self.restarts == 0 {
            return wrong("a recipe needs at least one view and one start".into());
        }
        if !self.rivals.is_finite() || self.rivals < 0.0 {
            return wrong(format!("rivals cannot count {} times", self.rivals));
        }
        let corrects = self.regularizers.iter().any(|regularizer| regularizer.restraint().corrects());
        if corrects && !matches!(self.parametrization, Parametrization::Pixels(_)) {
            let context = "clip, decay, blur, small-norm, small-contribution and sphere change pixels, so they need the \
                           parametrization by pixels";
            return wrong(context.into());
        }
        if self.octaves.is_some() && !matches!(self.parametrization, Parametrization::Pixels(_)) {
            return wrong("octaves need the parametrization by pixels".into());
        }
        Ok(())
    }
}
