use inscape::{Error, ErrorKind};
use inscape_tensor::Pool;

use crate::examples::{Examples, Values};

/// What has to be known of the examples before anything is learned.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Survey {
    /// Of each pixel.
    pub(super) mean: Vec<f32>,
    /// Of each pixel, from its mean.
    pub(super) deviation: Vec<f32>,
    /// Mean L2 norm of the examples.
    pub(super) norm: f64,
}

/// Examples that are looked at; of more, as many evenly spread ones.
const MOST: usize = 100_000;
/// Examples of a task.
const TASK: usize = 500;
/// Below this a pixel is taken to be the same everywhere, and is not divided by its deviation.
const FLAT: f64 = 1e-6;

#[derive(Default)]
struct Part {
    sums: Vec<f64>,
    squares: Vec<f64>,
    norms: f64,
    /// The first example with a number that cannot be learned from, and the number.
    wrong: Option<(usize, f32)>,
}

impl Survey {
    /// Looks at the first `count` examples.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] for numbers that are none, or lie outside [0, 1] where the examples say they do not.
    pub(super) fn of(data: &dyn Examples, count: usize, pool: &Pool) -> Result<Survey, Error> {
        let [height, width] = data.size();
        let (pixels, looked) = (height * width, count.min(MOST));
        let index = |i: usize| (i as u128 * count as u128 / looked as u128) as usize;
        let mut parts: Vec<Part> = (0..looked.div_ceil(TASK)).map(|_| Part::default()).collect();
        pool.chunks(&mut parts, 1, |task, parts| {
            let mut numbers = vec![0.0; pixels];
            let part = &mut parts[0];
            part.sums = vec![0.0; pixels];
            part.squares = vec![0.0; pixels];
            for i in (task * TASK..looked.min((task + 1) * TASK)).map(index) {
                data.read(i, &mut numbers);
                let bad = numbers.iter().find(|x| match data.values() {
                    Values::Unit => !(0.0..=1.0).contains(*x),
                    Values::Real => !x.is_finite(),
                });
                part.wrong = part.wrong.or(bad.map(|&x| (i, x)));
                let mut square = 0.0;
                for ((sum, squares), &x) in part.sums.iter_mut().zip(&mut part.squares).zip(&numbers) {
                    let x = f64::from(x);
                    *sum += x;
                    *squares += x * x;
                    square += x * x;
                }
                part.norms += square.sqrt();
            }
        });
        if let Some((i, x)) = parts.iter().find_map(|part| part.wrong) {
            let range = if data.values() == Values::Unit { "numbers from 0 to 1" } else { "finite numbers" };
            let context = format!("{}: example {i} holds {x}; {range} are needed", data.source());
            return Err(Error::new(ErrorKind::Data, context));
        }
        let n = looked as f64;
        let total =
            |of: fn(&Part) -> &Vec<f64>, p: usize| parts.iter().map(|part| of(part)[p]).sum::<f64>() / n;
        let means: Vec<f64> = (0..pixels).map(|p| total(|part| &part.sums, p)).collect();
        let deviation = |p: usize| {
            let variance = (total(|part| &part.squares, p) - means[p] * means[p]).max(0.0);
            if variance.sqrt() < FLAT { 1.0 } else { variance.sqrt() as f32 }
        };
        Ok(Survey {
            deviation: (0..pixels).map(deviation).collect(),
            mean: means.iter().map(|&mean| mean as f32).collect(),
            norm: parts.iter().map(|part| part.norms).sum::<f64>() / n,
        })
    }
}
