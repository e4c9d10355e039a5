use inscape::{Deviates, Error, ErrorKind, Watch};
use inscape_tensor::Pool;

use super::Units;
use super::agreement::mean;
use super::gibbs::Chains;
use crate::examples::Values;
use crate::network::{Kind, Network};

/// What a deep belief network makes up while a unit is on, E[x | hᵢ = 1] (Erhan et al. 2009).
///
/// The unit is held at 1 in the restricted Boltzmann machine of its layer and the one below; that machine's visible and
/// hidden units are drawn in turn; every `thinning` turns the layers below are drawn downwards, and in the last step the
/// mean of x given the first hidden layer is taken instead of a sample (Rao and Blackwell). Chains start from fair coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Independent chains for each unit.
    pub chains: usize,
    /// Samples of each chain.
    pub samples: usize,
    /// Turns before the first sample.
    pub burn_in: usize,
    /// Turns from one sample to the next; 100 as published.
    pub thinning: usize,
    /// What random numbers start from.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling { chains: 10, samples: 20, burn_in: 500, thinning: 100, seed: 0 }
    }
}

/// E[x | hᵢ = 1] as it was estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The unit.
    pub unit: usize,
    /// The mean over all samples, in the examples' own numbers.
    pub mean: Vec<f32>,
    /// The standard error of each pixel's mean: from the means of independent chains, or of one chain from the means of
    /// its √samples stretches.
    pub error: Vec<f32>,
}

/// The most chains that run side by side; more run one lot after another.
const SIDE_BY_SIDE: usize = 1024;

impl Sampling {
    /// Why a layer of a network cannot be sampled from, where it cannot.
    pub fn refusal(network: &Network, layer: usize) -> Option<String> {
        if network.kind != Kind::Dbn {
            let reason = "a stack of autoencoders says nothing of how probable an input is, so there is nothing to sample from: only \
                          a deep belief network has that";
            return Some(reason.to_owned());
        }
        let untied = layer.checked_sub(1).and_then(|k| network.layers.get(k))?.down.is_some();
        untied.then(|| {
            format!(
                "layer {layer} has other weights upwards than downwards, as fine-tuning leaves them, so it is no restricted \
                 Boltzmann machine: sample from the network as it was before"
            )
        })
    }

    /// E[x | hᵢ = 1] for each unit. A unit's result depends on the seed, its layer and its index alone.
    ///
    /// # Errors
    /// As [`Units::check`]; [`ErrorKind::Target`] where the network is no deep belief network, [`ErrorKind::Setting`] for
    /// a setting of 0, [`ErrorKind::Cancelled`].
    pub fn of(
        &self,
        network: &Network,
        units: &Units,
        pool: &Pool,
        watch: &Watch<'_>,
    ) -> Result<Vec<Expectation>, Error> {
        units.check(network)?;
        if let Some(reason) = Sampling::refusal(network, units.layer) {
            return Err(Error::new(ErrorKind::Target, reason));
        }
        if self.chains == 0 || self.samples == 0 || self.thinning == 0 || self.chains * self.samples < 2 {
            let context =
                "sampling needs a chain, two samples in all, and at least one turn from sample to sample";
            return Err(Error::new(ErrorKind::Setting, context));
        }
        let lot = (SIDE_BY_SIDE / self.chains).max(1);
        let turns = units.indices.len().div_ceil(lot) * self.turns();
        let mut found = Vec::new();
        for (i, indices) in units.indices.chunks(lot).enumerate() {
            let told = |turn: usize| watch.step(i * self.turns() + turn, turns);
            let part = Units { layer: units.layer, indices: indices.to_vec() };
            found.extend(self.of_lot(network, &part, pool, &told)?);
        }
        Ok(found)
    }

    /// Turns of a chain.
    fn turns(&self) -> usize {
        self.burn_in + self.samples * self.thinning
    }

    fn of_lot(
        &self,
        network: &Network,
        units: &Units,
        pool: &Pool,
        told: &dyn Fn(usize) -> Result<(), Error>,
    ) -> Result<Vec<Expectation>, Error> {
        let (below, rbm) = (&network.layers[..units.layer - 1], &network.layers[units.layer - 1]);
        let pairs: Vec<(usize, usize)> =
            units.indices.iter().flat_map(|&unit| (0..self.chains).map(move |chain| (unit, chain))).collect();
        let clamps = pairs.iter().map(|&(unit, _)| Some(unit)).collect();
        let randoms =
            pairs.iter().map(|&(unit, chain)| Deviates::new(self.seed, units.stream(unit, chain))).collect();
        let visible = if below.is_empty() { network.visible } else { Values::Unit };
        let mut chains = Chains::new(pool, rbm, visible, clamps, randoms);
        let pixels = network.pixels();
        // a chain's samples are kept as sums of stretches, from which errors are told
        let stretches = if self.chains > 1 { 1 } else { (self.samples as f64).sqrt() as usize };
        let stretches = stretches.clamp(1, self.samples);
        let stretches = if self.chains == 1 { stretches.max(2) } else { stretches };
        let mut sums = vec![0.0f64; pairs.len() * stretches * pixels];
        let mut counts = vec![0u32; stretches];
        for turn in 0..self.turns() {
            told(turn)?;
            chains.step();
            let since = (turn + 1).saturating_sub(self.burn_in);
            if since == 0 || !since.is_multiple_of(self.thinning) {
                continue;
            }
            let stretch = (since / self.thinning - 1) * stretches / self.samples;
            counts[stretch] += 1;
            let x = network.restored(&chains.ancestral(below, network.visible));
            for (x, sums) in x.chunks(pixels).zip(sums.chunks_mut(stretches * pixels)) {
                let sums = &mut sums[stretch * pixels..][..pixels];
                x.iter().zip(sums).for_each(|(&x, sum)| *sum += f64::from(x));
            }
        }
        told(self.turns())?;
        let of_unit = sums.chunks(self.chains * stretches * pixels).zip(&units.indices);
        Ok(of_unit.map(|(sums, &unit)| expectation(unit, sums, &counts, pixels)).collect())
    }
}

/// From the sums of parts (chains, stretches, pixels), of which each stretch counts so many samples.
fn expectation(unit: usize, sums: &[f64], counts: &[u32], pixels: usize) -> Expectation {
    let parts = sums.len() / pixels;
    let part = |i: usize, at: usize| sums[i * pixels + at] / f64::from(counts[i % counts.len()].max(1));
    let samples = counts.iter().map(|&count| f64::from(count)).sum::<f64>() * (parts / counts.len()) as f64;
    let mut found = Expectation { unit, mean: Vec::new(), error: Vec::new() };
    for at in 0..pixels {
        let whole = (0..parts).map(|i| sums[i * pixels + at]).sum::<f64>() / samples;
        let center = mean((0..parts).map(|i| part(i, at)));
        let square: f64 = (0..parts).map(|i| (part(i, at) - center).powi(2)).sum();
        let error = (square / (parts.max(2) - 1) as f64 / parts as f64).sqrt();
        found.mean.push(whole as f32);
        found.error.push(error as f32);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;
    use crate::network::tests::network;
    use crate::units::gibbs::tests::{machine, states};

    fn of(layers: Vec<Layer>) -> Network {
        let mut made = network(1, Kind::Dbn, true);
        made.size = [2, 3];
        made.layers = layers;
        made
    }

    /// E[v | h_i = 1] by enumeration.
    fn exact(rbm: &Layer, unit: usize) -> Vec<f64> {
        let held: Vec<_> = states(rbm).into_iter().filter(|(_, h, _)| h[unit] == 1.0).collect();
        let total: f64 = held.iter().map(|(_, _, weight)| weight).sum();
        (0..6).map(|at| held.iter().map(|(v, _, weight)| v[at] * weight).sum::<f64>() / total).collect()
    }

    fn sampled(made: &Network, layer: usize, settings: Sampling) -> Vec<Expectation> {
        let units = Units { layer, indices: (0..made.layers[layer - 1].up.outputs).collect() };
        settings.of(made, &units, Pool::single(), &Watch::default()).unwrap()
    }

    const LONG: Sampling = Sampling { chains: 24, samples: 200, burn_in: 50, thinning: 3, seed: 7 };

    #[test]
    fn expectations_agree_with_enumeration() {
        let made = of(vec![machine(11)]);
        let alone = Sampling { chains: 1, samples: 6000, ..LONG };
        for settings in [LONG, alone] {
            for found in sampled(&made, 1, settings) {
                let exact = exact(&made.layers[0], found.unit);
                for at in 0..6 {
                    let off = (f64::from(found.mean[at]) - exact[at]).abs();
                    let error = f64::from(found.error[at]);
                    assert!(off < 4.0 * error, "unit {} pixel {at}: {off} {error}", found.unit);
                    assert!(error > 0.0 && error < 0.02);
                }
            }
        }
    }

    #[test]
    fn a_unit_of_the_second_layer_agrees_with_enumeration_and_the_pass_down() {
        let mut top = machine(12);
        // its four lower visible units are the hidden ones of the first layer
        top.up.inputs = 4;
        top.up.weights.truncate(16);
        top.visible_bias.truncate(4);
        let low = machine(13);
        let made = of(vec![low.clone(), top.clone()]);
        for found in sampled(&made, 2, LONG) {
            let held: Vec<_> = states(&top).into_iter().filter(|(_, h, _)| h[found.unit] == 1.0).collect();
            let total: f64 = held.iter().map(|(_, _, weight)| weight).sum();
            for at in 0..6 {
                let given = |h: &[f64]| {
                    let total: f64 = (0..4).map(|i| h[i] * f64::from(low.up.weights[i * 6 + at])).sum();
                    1.0 / (1.0 + (-total - f64::from(low.visible_bias[at])).exp())
                };
                let exact = held.iter().map(|(h, _, weight)| given(h) * weight).sum::<f64>() / total;
                let off = (f64::from(found.mean[at]) - exact).abs();
                assert!(off < 4.0 * f64::from(found.error[at]), "unit {} pixel {at}: {off}", found.unit);
            }
        }
    }

    #[test]
    fn holding_a_unit_is_deleting_it_and_adding_its_weights_to_the_biases() {
        let rbm = machine(14);
        for unit in 0..4 {
            let mut less = rbm.clone();
            let row: Vec<f32> = less.up.weights.drain(unit * 6..unit * 6 + 6).collect();
            less.up.bias.remove(unit);
            less.up.outputs -= 1;
            less.visible_bias.iter_mut().zip(&row).for_each(|(b, w)| *b += w);
            let all = states(&less);
            let total: f64 = all.iter().map(|(_, _, weight)| weight).sum();
            let held = exact(&rbm, unit);
            for at in 0..6 {
                let deleted = all.iter().map(|(v, _, weight)| v[at] * weight).sum::<f64>() / total;
                assert!((deleted - held[at]).abs() < 1e-6);
            }
            // and so does the chain: the lesser machine, nothing held, gives what holding gives
            let made = of(vec![rbm.clone()]);
            let units = Units { layer: 1, indices: vec![unit] };
            let found = LONG.of(&made, &units, Pool::single(), &Watch::default()).unwrap();
            let randoms = (0..400).map(|i| Deviates::new(15, i)).collect();
            let mut chains = Chains::new(Pool::single(), &less, Values::Unit, vec![None; 400], randoms);
            let mut sums = [0.0f64; 6];
            for turn in 0..70 {
                chains.step();
                let x = chains.expected();
                if turn >= 20 {
                    (0..6 * 400).for_each(|i| sums[i % 6] += f64::from(x[i]) / (50.0 * 400.0));
                }
            }
            for at in 0..6 {
                assert!((sums[at] - f64::from(found[0].mean[at])).abs() < 0.03, "{unit} {at}");
            }
        }
    }

    #[test]
    fn without_weights_every_unit_shows_the_biases() {
        let mut rbm = machine(16);
        rbm.up.weights.fill(0.0);
        let made = of(vec![rbm]);
        for found in sampled(&made, 1, Sampling { samples: 2, ..LONG }) {
            for (mean, bias) in found.mean.iter().zip(&made.layers[0].visible_bias) {
                assert!((mean - 1.0 / (1.0 + (-bias).exp())).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_units_result_depends_on_nothing_beside_it() {
        let made = of(vec![machine(17)]);
        let settings = Sampling { samples: 3, ..LONG };
        let all = sampled(&made, 1, settings);
        let units = Units { layer: 1, indices: vec![2] };
        let pool = Pool::new(3).unwrap();
        let one = settings.of(&made, &units, &pool, &Watch::default()).unwrap();
        assert_eq!(all[2], one[0]);
    }

    #[test]
    fn what_is_no_machine_is_not_sampled_from() {
        let units = Units { layer: 1, indices: vec![0] };
        let refused = |made: &Network| {
            Sampling::default().of(made, &units, Pool::single(), &Watch::default()).unwrap_err().context
        };
        assert!(refused(&network(1, Kind::Autoencoder, true)).contains("nothing to sample from"));
        assert!(refused(&network(1, Kind::Dbn, false)).contains("fine-tuning"));
    }
}
