use serde::{Deserialize, Serialize};

use super::Recipe;
use crate::visualization::{Blur, Jitter, Optimizer, Parametrization, Pull, Rate, Regularizer, Transform};

/// The four numbers of a recipe that are worth turning while it runs. As a change: `None` leaves a number as it is.
///
/// ```
/// use inscape::visualization::{Recipe, Tuning};
/// let recipe = Recipe::named("clear")?;
/// let still = recipe.tuned(&Tuning { jitter: Some(0.0), ..Tuning::default() });
/// assert_eq!(still.tuning(), Tuning { jitter: Some(0.0), ..recipe.tuning() });
/// # Ok::<(), inscape::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// How far a step goes, in the measure of the recipe's optimizer.
    pub step: Option<f64>,
    /// How strongly the image is pulled to the mean image by the square of its distance: the weight of a [`Pull`]; of an
    /// [`L2`](super::super::L2) that finds its own λ, a factor on it.
    pub l2: Option<f64>,
    /// The deviation of the blur between steps, in pixels; `None` for an image that is not written in pixels.
    pub blur: Option<f64>,
    /// The range of the last shift before the network, in pixels.
    pub jitter: Option<f64>,
}

/// Steps from one blur to the next, where a recipe had none.
const EVERY: usize = 4;

/// The amplitude at which the factor on λ is 1.
const AMPLITUDE: f64 = 20.0;

impl Recipe {
    /// Its numbers as they stand; 0 for what it does not do.
    pub fn tuning(&self) -> Tuning {
        let step = match &self.optimizer {
            Optimizer::Adam(adam) => adam.rate,
            Optimizer::Ascent(ascent) => match ascent.rate {
                Rate::Constant { rate, .. } => rate,
                Rate::Progress { gain, .. } => gain,
                Rate::Mean { size } => size,
                Rate::Radius { fraction } => fraction,
            },
        };
        let l2 = self.regularizers.iter().find_map(|regularizer| match regularizer {
            Regularizer::Pull(pull) => Some(pull.weight),
            Regularizer::L2(l2) => Some(l2.lambda.unwrap_or(AMPLITUDE / l2.amplitude)),
            _ => None,
        });
        let blur = self.regularizers.iter().find_map(|regularizer| match regularizer {
            Regularizer::Blur(blur) => Some(blur.sigma),
            _ => None,
        });
        let jitter = self.transforms.iter().rev().find_map(|transform| match transform {
            Transform::Jitter(jitter) => Some(jitter.pixels as f64),
            _ => None,
        });
        Tuning {
            step: Some(step),
            l2: Some(l2.unwrap_or(0.0)),
            blur: self.in_pixels().then(|| blur.unwrap_or(0.0)),
            jitter: Some(jitter.unwrap_or(0.0)),
        }
    }

    /// The recipe with some numbers changed.
    pub fn tuned(&self, change: &Tuning) -> Recipe {
        let mut recipe = self.clone();
        if let Some(step) = change.step {
            match &mut recipe.optimizer {
                Optimizer::Adam(adam) => adam.rate = step,
                Optimizer::Ascent(ascent) => match &mut ascent.rate {
                    Rate::Constant { rate, .. } => *rate = step,
                    Rate::Progress { gain, .. } => *gain = step,
                    Rate::Mean { size } => *size = step,
                    Rate::Radius { fraction } => *fraction = step,
                },
            }
        }
        if let Some(l2) = change.l2 {
            recipe.pull(l2);
        }
        if let Some(sigma) = change.blur.filter(|_| self.in_pixels()) {
            let every = recipe.regularizers.iter().find_map(|regularizer| match regularizer {
                Regularizer::Blur(blur) => Some(blur.every),
                _ => None,
            });
            recipe.regularizers.retain(|regularizer| !matches!(regularizer, Regularizer::Blur(_)));
            if sigma > 0.0 {
                recipe.regularizers.push(Regularizer::Blur(Blur { sigma, every: every.unwrap_or(EVERY) }));
            }
        }
        if let Some(pixels) = change.jitter {
            let pixels = pixels.round().max(0.0) as usize;
            let last = recipe.transforms.iter_mut().rev().find_map(|transform| match transform {
                Transform::Jitter(jitter) => Some(jitter),
                _ => None,
            });
            match last {
                Some(jitter) => jitter.pixels = pixels,
                None if pixels > 0 => recipe.transforms.push(Transform::Jitter(Jitter { pixels })),
                None => {}
            }
        }
        recipe
    }

    fn pull(&mut self, weight: f64) {
        for regularizer in &mut self.regularizers {
            match regularizer {
                Regularizer::Pull(pull) => return pull.weight = weight,
                Regularizer::L2(l2) if l2.lambda.is_some() => return l2.lambda = Some(weight),
                Regularizer::L2(l2) if weight > 0.0 => return l2.amplitude = AMPLITUDE / weight,
                Regularizer::L2(l2) => return l2.lambda = Some(0.0),
                _ => {}
            }
        }
        if weight > 0.0 {
            self.regularizers.push(Regularizer::Pull(Pull { weight }));
        }
    }

    fn in_pixels(&self) -> bool {
        matches!(self.parametrization, Parametrization::Pixels(_))
    }
}

#[cfg(test)]
mod tests {
    use super::Tuning;
    use crate::visualization::RECIPES;

    #[test]
    fn every_recipe_reads_back_what_it_was_tuned_to() {
        for row in RECIPES {
            let recipe = (row.recipe)();
            let plain = recipe.tuned(&recipe.tuning());
            assert_eq!(plain.tuning(), recipe.tuning(), "{}", row.name);
            let change = Tuning {
                step: Some(0.25),
                l2: Some(0.5),
                blur: recipe.tuning().blur.map(|_| 1.5),
                jitter: Some(8.0),
            };
            assert_eq!(recipe.tuned(&change).tuning(), change, "{}", row.name);
            assert_eq!(recipe.tuned(&Tuning::default()), recipe);
            let none = Tuning { l2: Some(0.0), blur: Some(0.0), jitter: Some(0.0), ..Tuning::default() };
            let held = recipe.tuned(&none).tuning();
            assert_eq!((held.l2, held.jitter), (Some(0.0), Some(0.0)), "{}", row.name);
        }
    }
}
