use clap::Args;
use inscape_belief::Network;
use inscape_belief::units::{Combination, Maximization, Sampling};
use serde_json::{Map, Value, json};

use crate::arguments::at_least_one;

/// How units are looked at.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Ways to see a unit")]
pub(super) struct Ways {
    /// maximization: random starts of each unit
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Maximization::default().starts)]
    starts: usize,
    /// maximization: steps
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Maximization::default().steps)]
    steps: usize,
    /// maximization: norm of the input [default: the mean norm of the examples the network was trained on]
    #[arg(long, value_name = "RHO")]
    norm: Option<f64>,
    /// sampling: independent chains of each unit
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Sampling::default().chains)]
    chains: usize,
    /// sampling: samples of each chain
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Sampling::default().samples)]
    samples: usize,
    /// sampling: turns of a chain before its first sample
    #[arg(long, value_name = "N", default_value_t = Sampling::default().burn_in)]
    burn_in: usize,
    /// sampling: turns from one sample to the next
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Sampling::default().thinning)]
    thinning: usize,
    /// linear-combination: filters that are added up, by the size of their weights
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = Combination::default().strongest)]
    strongest: usize,
}

impl Ways {
    pub(super) fn maximization(&self, seed: u64) -> Maximization {
        Maximization { starts: self.starts, steps: self.steps, norm: self.norm, seed }
    }

    pub(super) fn sampling(&self, seed: u64) -> Sampling {
        let Ways { chains, samples, burn_in, thinning, .. } = *self;
        Sampling { chains, samples, burn_in, thinning, seed }
    }

    pub(super) fn combination(&self) -> Combination {
        Combination { strongest: self.strongest }
    }

    /// For a result's record.
    pub(super) fn settings(&self, network: Option<&Network>) -> Map<String, Value> {
        let mut settings = Map::new();
        let norm = self.norm.or(network.map(|network| network.norm));
        settings.insert("starts".into(), json!(self.starts));
        settings.insert("steps".into(), json!(self.steps));
        settings.insert("norm".into(), json!(norm));
        settings.insert("chains".into(), json!(self.chains));
        settings.insert("samples".into(), json!(self.samples));
        settings.insert("burn_in".into(), json!(self.burn_in));
        settings.insert("thinning".into(), json!(self.thinning));
        settings.insert("strongest".into(), json!(self.strongest));
        settings
    }

    /// The options that were given other values than their defaults, as they are typed.
    pub(super) fn typed(&self) -> Vec<String> {
        let (maximization, sampling) = (Maximization::default(), Sampling::default());
        let numbers = [
            ("starts", self.starts, maximization.starts),
            ("steps", self.steps, maximization.steps),
            ("chains", self.chains, sampling.chains),
            ("samples", self.samples, sampling.samples),
            ("burn-in", self.burn_in, sampling.burn_in),
            ("thinning", self.thinning, sampling.thinning),
            ("strongest", self.strongest, Combination::default().strongest),
        ];
        let changed = numbers.into_iter().filter(|(_, value, default)| value != default);
        let norm = self.norm.map(|norm| format!("--norm {norm}"));
        changed.map(|(name, value, _)| format!("--{name} {value}")).chain(norm).collect()
    }
}
