use inscape_tensor::Pool;

use super::passes::by_rows;
use super::random::{Place, Purpose};
use super::recipe::Noise;
use crate::examples::Values;

/// Spoils what an autoencoder sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corruption {
    pub(super) noise: Noise,
    /// The part of numbers, or the standard deviation.
    pub(super) amount: f64,
    /// What salt and pepper are.
    extremes: [f32; 2],
}

impl Corruption {
    pub(super) fn new(noise: Noise, amount: f64, values: Values) -> Corruption {
        let extremes = match values {
            Values::Unit => [0.0, 1.0],
            Values::Real => [-2.0, 2.0],
        };
        Corruption { noise, amount, extremes }
    }

    /// Writes the spoiled numbers, and for each 1 where it was spoiled, else 0.
    pub(super) fn apply(
        &self,
        pool: &Pool,
        clean: &[f32],
        [spoiled, marks]: [&mut [f32]; 2],
        width: usize,
        place: Place,
    ) {
        spoiled.copy_from_slice(clean);
        marks.fill(0.0);
        if self.amount == 0.0 {
            return;
        }
        let amount = self.amount as f32;
        by_rows(pool, [(spoiled, width), (marks, width)], |task, [spoiled, marks]| {
            let mut deviates = place.stream(Purpose::Corruption, 0, task);
            if self.noise == Noise::Gaussian {
                spoiled.iter_mut().for_each(|x| *x += (self.amount * deviates.normal()) as f32);
                return marks.fill(1.0);
            }
            deviates.fill(marks);
            for (x, mark) in spoiled.iter_mut().zip(marks) {
                let u = *mark;
                *mark = f32::from(u8::from(u < amount));
                let struck = match self.noise {
                    Noise::SaltAndPepper => self.extremes[usize::from(u < 0.5 * amount)],
                    _ => 0.0,
                };
                *x = if u < amount { struck } else { *x };
            }
        });
    }
}
