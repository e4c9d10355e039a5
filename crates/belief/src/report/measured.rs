use inscape::{Error, Progress, Watch};
use inscape_tensor::Pool;

use super::{AgreementNumbers, LayerNumbers, ManifoldNumbers, Numbers, Settings, Subject};
use crate::examples::Values;
use crate::network::Network;
use crate::units::{Agreement, Expectation, Optimum, Path, Sampling, Sensitivity, Shuffled, Units};

/// All that is seen of a network, from which the parts draw.
pub(super) struct Measured<'a> {
    pub(super) subject: &'a Subject,
    pub(super) layers: Vec<Seen>,
    pub(super) manifold: Walk,
}

/// What is seen of some units of a layer.
pub(super) struct Seen {
    pub(super) optima: Vec<Optimum>,
    pub(super) sensitivity: Sensitivity,
    pub(super) shuffled: Shuffled,
    /// Or why not.
    pub(super) expectations: Result<Vec<Expectation>, String>,
    pub(super) combinations: Vec<Vec<f32>>,
    /// With maximization.
    pub(super) sampling_agrees: Option<Agreement>,
    pub(super) combination_agrees: Option<Agreement>,
}

/// The walk along the manifold of one unit.
pub(super) struct Walk {
    pub(super) layer: usize,
    pub(super) unit: usize,
    pub(super) path: Path,
}

/// How far the whole report has come.
pub(super) struct Stage<'a> {
    pub(super) watch: &'a Watch<'a>,
    /// Layers that are done, of all.
    pub(super) before: usize,
    pub(super) layers: usize,
}

/// Steps of a layer; maximization takes the first half, sampling the rest.
const STEPS: usize = 1000;

impl<'a> Measured<'a> {
    pub(super) fn of(
        subject: &'a Subject,
        settings: &Settings,
        pool: &Pool,
        stage: &Stage<'_>,
    ) -> Result<Measured<'a>, Error> {
        let network = &subject.network;
        let model = network.model(pool.threads())?;
        let mut layers = Vec::new();
        for layer in 1..=network.layers.len() {
            let units = Units { layer, indices: (0..shown(network, layer, settings)).collect() };
            let done = (stage.before + layer - 1) * STEPS;
            let half = |half: usize| {
                move |Progress { done: part, total }: Progress| {
                    if let Some(progress) = stage.watch.progress {
                        let within = half * STEPS / 2 + part * STEPS / 2 / total.max(1);
                        progress(Progress { done: done + within, total: stage.layers * STEPS });
                    }
                }
            };
            let (first, second) = (half(0), half(1));
            let watch = Watch { progress: Some(&first), cancel: stage.watch.cancel };
            let optima = settings.maximization.of(network, &model, &units, pool, &watch)?;
            let watch = Watch { progress: Some(&second), cancel: stage.watch.cancel };
            let expectations = match Sampling::refusal(network, layer) {
                Some(reason) => Err(reason),
                None => Ok(settings.sampling.of(network, &units, pool, &watch)?),
            };
            let combinations = settings.combination.of(network, &units, pool)?;
            let sensitivity = Sensitivity::of(network, &units, &optima, pool);
            let best: Vec<Vec<f32>> = optima.iter().map(|of| of.x().to_vec()).collect();
            let means = expectations.as_ref().ok().map(|all| all.iter().map(|of| of.mean.clone()).collect());
            layers.push(Seen {
                sampling_agrees: means.and_then(|means: Vec<Vec<f32>>| Agreement::between(&means, &best)),
                combination_agrees: Agreement::between(&combinations, &best),
                shuffled: sensitivity.shuffled(settings.maximization.seed),
                optima,
                sensitivity,
                expectations,
                combinations,
            });
        }
        let quiet = Watch { progress: None, cancel: stage.watch.cancel };
        let (layer, top) = (layers.len(), &layers[layers.len() - 1]);
        let (unit, x) = match settings.walked {
            None => {
                let optimum = &top.optima[told_best(&top.sensitivity)];
                (optimum.unit, optimum.x().to_vec())
            }
            Some(unit) => {
                let units = Units { layer, indices: vec![unit] };
                (unit, settings.maximization.of(network, &model, &units, pool, &quiet)?[0].x().to_vec())
            }
        };
        let manifold = Walk { layer, unit, path: settings.manifold.of(network, layer, unit, &x, &quiet)? };
        Ok(Measured { subject, layers, manifold })
    }

    pub(super) fn network(&self) -> &Network {
        &self.subject.network
    }

    pub(super) fn is_of(&self, values: Values) -> bool {
        self.subject.network.visible == values
    }

    pub(super) fn numbers(&self) -> Numbers {
        let points =
            self.manifold.path.points.iter().map(|point| [point.distance, point.total, point.chance]);
        Numbers {
            name: self.subject.name.clone(),
            kind: self.subject.network.kind.name(),
            layers: self.layers.iter().map(Seen::numbers).collect(),
            manifold: ManifoldNumbers {
                layer: self.manifold.layer,
                unit: self.manifold.unit,
                points: points.collect(),
            },
        }
    }
}

impl Seen {
    pub(super) fn numbers(&self) -> LayerNumbers {
        let cosines: Vec<f64> = self.optima.iter().filter_map(Optimum::cosine).collect();
        let some = |values: &[f64]| (!values.is_empty()).then(|| mean(values));
        let agree: Vec<f64> = cosines.iter().map(|&cosine| f64::from(u8::from(cosine >= 0.9))).collect();
        let extents: Vec<f64> = self.optima.iter().map(|of| extent(of.x())).collect();
        let errors = self.expectations.as_ref().ok().map(|all| {
            let each = all.iter().flat_map(|of| &of.error).map(|&error| f64::from(error));
            mean(&each.collect::<Vec<_>>())
        });
        let agreement =
            |Agreement { cosine, centered, others }| AgreementNumbers { cosine, centered, others };
        LayerNumbers {
            units: self.optima.len(),
            activation: self.sensitivity.diagonal(),
            extent: mean(&extents),
            starts_cosine: some(&cosines),
            starts_agree: some(&agree),
            wins: self.sensitivity.wins(),
            wins_shuffled: self.shuffled.wins,
            others: self.sensitivity.others(),
            sampling: self.sampling_agrees.map(agreement),
            combination: self.combination_agrees.map(agreement),
            sampling_error: errors,
        }
    }
}

/// Units that are shown of a layer.
fn shown(network: &Network, layer: usize, settings: &Settings) -> usize {
    let [unit, real] = settings.units;
    let wanted = if network.visible == Values::Unit { unit } else { real };
    network.layers.get(layer - 1).map_or(0, |layer| layer.up.outputs.min(wanted))
}

/// The row of the unit that its own picture tells best from the others: the one with the largest margin over the most active
/// other unit.
fn told_best(sensitivity: &Sensitivity) -> usize {
    let n = sensitivity.units;
    let margin = |i: usize| {
        let row = &sensitivity.matrix[i * n..][..n];
        let rival = (0..n).filter(|&j| j != i).map(|j| row[j]).fold(0.0f32, f32::max);
        row[i] - rival
    };
    (0..n).fold(0, |best, i| if margin(i) > margin(best) { i } else { best })
}

/// The share of the pixels that carry a picture: 1 where all are equally strong, 1/n where there is but one.
fn extent(x: &[f32]) -> f64 {
    let power = |p: i32| x.iter().map(|&x| f64::from(x).powi(p)).sum::<f64>();
    let fourth = power(4) * x.len() as f64;
    if fourth > 0.0 { power(2).powi(2) / fourth } else { 0.0 }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
