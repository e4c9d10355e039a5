use inscape::visualization::{Course, Recipe, Regularizer, Sphere, render};
use inscape::{Error, ErrorKind, Model, Objective, Place, Progress, Term, Watch, cosine};
use inscape_tensor::Pool;

use super::Units;
use super::agreement::mean;
use super::slope::Slope;
use crate::network::Network;

/// Activation maximization: x* = argmax over ‖x‖ = ρ of a unit's total input (Erhan et al. 2009), through the exported
/// graph and the recipe `erhan`, from several random starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Maximization {
    /// Random starts of each unit; 9 as published.
    pub starts: usize,
    /// Steps; the number is unpublished.
    pub steps: usize,
    /// ρ; `None` for the mean norm of the examples the network was trained on.
    pub norm: Option<f64>,
    /// What random numbers start from.
    pub seed: u64,
}

impl Default for Maximization {
    fn default() -> Maximization {
        Maximization { starts: 9, steps: 200, norm: None, seed: 0 }
    }
}

/// What excites a unit most.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// The unit.
    pub unit: usize,
    /// What every start came to, at least one.
    pub starts: Vec<Start>,
    /// The one with the largest total input.
    pub best: usize,
}

/// What one start came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The picture, of norm ρ, in the examples' own numbers.
    pub x: Vec<f32>,
    /// The unit's total input a(x), before σ.
    pub total: f64,
}

/// Steps in f64 at the end: in f32 a total input cannot tell pictures apart that differ by the root of its rounding.
const FINE_STEPS: usize = 40;

/// Pictures that climb side by side; more climb one lot after another.
const SIDE_BY_SIDE: usize = 512;

impl Maximization {
    /// The optima of units. A unit's starts depend on the seed, its layer and its index alone, and so, up to rounding, does
    /// what they come to.
    ///
    /// `model` is the [exported](Network::model) network.
    ///
    /// # Errors
    /// As [`Units::check`]; [`ErrorKind::Setting`] for a setting of 0, or where neither settings nor network give a norm;
    /// [`ErrorKind::Cancelled`].
    pub fn of(
        &self,
        network: &Network,
        model: &Model,
        units: &Units,
        pool: &Pool,
        watch: &Watch<'_>,
    ) -> Result<Vec<Optimum>, Error> {
        units.check(network)?;
        let norm = self.norm(network)?;
        if self.starts == 0 || self.steps == 0 {
            return Err(Error::new(ErrorKind::Setting, "maximization needs at least one start and one step"));
        }
        let recipe = Maximization::recipe(norm)?;
        let lot = (SIDE_BY_SIDE / self.starts).max(1);
        let total = units.indices.len().div_ceil(lot) * self.steps;
        let mut optima = Vec::new();
        for (i, indices) in units.indices.chunks(lot).enumerate() {
            let progress = |Progress { done, .. }: Progress| {
                if let Some(progress) = watch.progress {
                    progress(Progress { done: i * self.steps + done, total });
                }
            };
            let watch = Watch { progress: Some(&progress), cancel: watch.cancel };
            let part = Units { layer: units.layer, indices: indices.to_vec() };
            let rough = self.of_lot(model, &part, &recipe, &watch)?;
            optima.extend(finished(network, &part, norm, rough, pool));
        }
        Ok(optima)
    }

    /// ρ for a network.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] where there is none.
    pub fn norm(&self, network: &Network) -> Result<f64, Error> {
        let norm = self.norm.unwrap_or(network.norm);
        if norm.is_finite() && norm > 0.0 {
            return Ok(norm);
        }
        Err(Error::new(ErrorKind::Setting, "the norm of the examples is not known: give one above 0"))
    }

    fn recipe(norm: f64) -> Result<Recipe, Error> {
        let mut recipe = Recipe::named("erhan")?;
        for regularizer in &mut recipe.regularizers {
            if let Regularizer::Sphere(sphere) = regularizer {
                *sphere = Sphere { norm: Some(norm) };
            }
        }
        Ok(recipe)
    }

    fn of_lot(
        &self,
        model: &Model,
        units: &Units,
        recipe: &Recipe,
        watch: &Watch<'_>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let value = format!("h{}_in", units.layer);
        let pairs: Vec<(usize, usize)> =
            units.indices.iter().flat_map(|&unit| (0..self.starts).map(move |start| (unit, start))).collect();
        let objective =
            |unit| Objective::from(Term::Unit { value: value.clone(), place: Place::Index(vec![unit]) });
        let objectives: Vec<Objective> = pairs.iter().map(|&(unit, _)| objective(unit)).collect();
        let course = Course {
            steps: self.steps,
            views: recipe.views,
            keep: recipe.keep,
            seed: self.seed,
            streams: pairs.iter().map(|&(unit, start)| units.stream(unit, start)).collect(),
            watch: *watch,
            ..Course::default()
        };
        let rendered = render(
            model,
            &objectives,
            &recipe.parametrization,
            &recipe.transforms,
            &recipe.regularizers,
            &recipe.optimizer,
            &course,
        )?;
        if rendered.unfinished.is_some() {
            return Err(Error::new(ErrorKind::Cancelled, "stopped on the way"));
        }
        Ok(rendered.renderings.into_iter().map(|rendering| rendering.image.values().to_vec()).collect())
    }
}

/// Ends the ascents of units, each from as many pictures, in f64.
fn finished(network: &Network, units: &Units, norm: f64, rough: Vec<Vec<f32>>, pool: &Pool) -> Vec<Optimum> {
    let each = rough.len() / units.indices.len();
    let mut starts: Vec<Start> = rough.into_iter().map(|x| Start { x, total: f64::NAN }).collect();
    pool.chunks(&mut starts, each, |i, starts| {
        let slope = Slope::new(network, units.layer, units.indices[i]);
        starts.iter_mut().for_each(|start| *start = climbed(&slope, norm, &start.x));
    });
    let of_unit = starts.chunks(each).zip(&units.indices);
    let optimum = |(starts, &unit): (&[Start], &usize)| {
        let higher = |best: usize, i: usize| if starts[i].total > starts[best].total { i } else { best };
        Optimum { unit, best: (0..starts.len()).fold(0, higher), starts: starts.to_vec() }
    };
    of_unit.map(optimum).collect()
}

/// Climbs as long as it rises, at first straight to where the gradient points, which is the optimum of a linear unit.
fn climbed(slope: &Slope<'_>, norm: f64, x: &[f32]) -> Start {
    let scaled = |x: Vec<f64>| {
        let size = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        if size > 0.0 { x.iter().map(|x| x * norm / size).collect() } else { x }
    };
    let mut x: Vec<f64> = scaled(x.iter().map(|&x| f64::from(x)).collect());
    let (mut total, mut gradient) = slope.gradient(&x);
    // the weight of the picture itself beside the gradient's direction
    let mut stay = 0.0;
    for _ in 0..FINE_STEPS {
        let along = scaled(gradient.clone());
        let next = scaled(x.iter().zip(&along).map(|(x, g)| stay * x + g).collect());
        let (higher, steeper) = slope.gradient(&next);
        if higher > total {
            (x, total, gradient) = (next, higher, steeper);
        } else {
            stay = 2.0 * stay + 1.0;
        }
    }
    Start { x: x.iter().map(|&x| x as f32).collect(), total }
}

impl Optimum {
    /// The best start's picture.
    pub fn x(&self) -> &[f32] {
        self.starts.get(self.best).map_or(&[], |start| &start.x)
    }

    /// Its total input.
    pub fn total(&self) -> f64 {
        self.starts.get(self.best).map_or(f64::NAN, |start| start.total)
    }

    /// The probability that the unit is on, σ(a(x*)).
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.total()).exp())
    }

    /// The mean cosine between the pictures of two starts; `None` with only one.
    pub fn cosine(&self) -> Option<f64> {
        let pairs = || {
            let n = self.starts.len();
            (0..n).flat_map(move |i| (0..i).map(move |j| (i, j)))
        };
        pairs().next()?;
        Some(mean(pairs().map(|(i, j)| cosine(&self.starts[i].x, &self.starts[j].x))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::network;
    use inscape::Deviates;

    fn optima(network: &Network, layer: usize, settings: &Maximization) -> Vec<Optimum> {
        let indices = (0..network.layers[layer - 1].up.outputs).collect();
        let model = network.model(1).unwrap();
        settings.of(network, &model, &Units { layer, indices }, Pool::single(), &Watch::default()).unwrap()
    }

    fn size(x: &[f32]) -> f64 {
        x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn a_unit_of_the_first_layer_is_excited_most_by_its_own_weights() {
        for plain in [true, false] {
            let made = network(31, Kind::Dbn, plain);
            for found in optima(&made, 1, &Maximization::default()) {
                let w: Vec<f32> = (0..12)
                    .map(|i| made.layers[0].up.weights[found.unit * 12 + i])
                    .zip(made.deviation.iter().copied().chain(std::iter::repeat(1.0)))
                    .map(|(w, deviation)| w / deviation)
                    .collect();
                let offset: f64 = w.iter().zip(&made.mean).map(|(w, m)| f64::from(w * m)).sum();
                let bias = f64::from(made.layers[0].up.bias[found.unit]) - offset;
                for start in &found.starts {
                    assert!((size(&start.x) - made.norm).abs() < 1e-6 * made.norm);
                    for (x, weight) in start.x.iter().zip(&w) {
                        let exact = made.norm * f64::from(*weight) / size(&w);
                        assert!((f64::from(*x) - exact).abs() < 1e-4, "{x} {exact}");
                    }
                    assert!((start.total - made.norm * size(&w) - bias).abs() < 1e-4);
                }
                assert!(found.cosine().unwrap() > 1.0 - 1e-6);
            }
        }
    }

    #[test]
    fn no_random_picture_of_the_same_norm_excites_a_unit_more() {
        let made = network(32, Kind::Autoencoder, false);
        let found = optima(&made, 2, &Maximization::default());
        let mut random = Deviates::new(33, 0);
        let mut pictures: Vec<f32> = (0..12 * 2000).map(|_| random.normal() as f32).collect();
        for x in pictures.chunks_mut(12) {
            let factor = (made.norm / size(x)) as f32;
            x.iter_mut().for_each(|x| *x *= factor);
        }
        let hidden = made.up(Pool::single(), &pictures, 2);
        for optimum in found {
            assert!((size(optimum.x()) - made.norm).abs() < 1e-6 * made.norm);
            let most = hidden.iter().skip(optimum.unit).step_by(5).fold(0.0f32, |most, &p| most.max(p));
            assert!(optimum.probability() >= f64::from(most) - 1e-6, "{} {most}", optimum.unit);
            assert!(optimum.starts.iter().all(|start| start.total <= optimum.total()));
        }
    }

    #[test]
    fn a_units_result_depends_on_nothing_beside_it() {
        let made = network(34, Kind::Dbn, true);
        let settings = Maximization { starts: 2, steps: 30, ..Maximization::default() };
        let all = optima(&made, 2, &settings);
        let model = made.model(3).unwrap();
        let units = Units { layer: 2, indices: vec![3] };
        let one = settings.of(&made, &model, &units, Pool::single(), &Watch::default()).unwrap();
        for (a, b) in all[3].starts.iter().zip(&one[0].starts) {
            assert!(cosine(&a.x, &b.x) > 1.0 - 1e-6 && (a.total - b.total).abs() < 1e-4);
        }
    }

    #[test]
    fn a_norm_is_needed() {
        let mut made = network(34, Kind::Dbn, true);
        made.norm = 0.0;
        let model = made.model(1).unwrap();
        let units = Units { layer: 1, indices: vec![0] };
        let asked = |norm| Maximization { norm, ..Maximization::default() };
        let error = asked(None).of(&made, &model, &units, Pool::single(), &Watch::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Setting);
        assert!(asked(Some(2.0)).of(&made, &model, &units, Pool::single(), &Watch::default()).is_ok());
    }
}
