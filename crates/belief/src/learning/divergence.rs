use inscape::{Error, ErrorKind};

use super::epoch::Stage;
use crate::examples::Values;

/// What is known when a training may have gone astray.
pub(super) struct Signs {
    pub(super) stage: Stage,
    pub(super) values: Values,
    pub(super) rate: f64,
    pub(super) momentum: f64,
    pub(super) epoch: usize,
    pub(super) batch: usize,
}

/// A reconstruction this many times worse than the first cannot come right again.
const WORSE: f64 = 20.0;
/// Weights whose root mean square is larger drive every unit to an extreme.
const LARGE: f64 = 100.0;

impl Signs {
    /// Fails where the reconstruction (or loss) of a batch has exploded, or is no number.
    pub(super) fn watch(&self, now: f64, first: f64) -> Result<(), Error> {
        if !now.is_finite() {
            return Err(self.diverged("the reconstruction is no longer a number".into()));
        }
        if now > WORSE * first.max(1e-3) {
            return Err(self.diverged(format!("the reconstruction error rose from {first:.3} to {now:.3}")));
        }
        Ok(())
    }

    /// Fails where the weights have.
    pub(super) fn weigh(&self, weights: f64) -> Result<(), Error> {
        if weights.is_finite() && weights < LARGE {
            return Ok(());
        }
        Err(self.diverged(format!("the weights have grown to {weights:.3}")))
    }

    fn diverged(&self, what: String) -> Error {
        let Signs { stage, rate, momentum, epoch, batch, .. } = self;
        let cause = match (self.values, stage) {
            (Values::Real, Stage::Layer(_)) => format!(
                "Gaussian visible units need a rate ten to a hundred times smaller than binary ones, and this one is \
                 {rate}: try --real-rate {}",
                rate / 10.0
            ),
            (_, Stage::Layer(_)) => {
                format!("the learning rate {rate} is likely too large: try --rate {}", rate / 10.0)
            }
            (_, Stage::Linear) => {
                format!("the learning rate {rate} is likely too large: try --linear-rate {}", rate / 10.0)
            }
            (_, Stage::Tuning) => {
                format!("the learning rate {rate} is likely too large: try --tuning-rate {}", rate / 10.0)
            }
        };
        let context = format!(
            "{stage} diverged in epoch {}, batch {}: {what}. With momentum {momentum}, {cause}",
            epoch + 1,
            batch + 1
        );
        Error::new(ErrorKind::Setting, context)
    }
}
