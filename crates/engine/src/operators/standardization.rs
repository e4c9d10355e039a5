use inscape_tensor::{View, count, vectorized};

use super::moments::{dot_deviations, squared_deviations, sum};
use crate::error::Refusal;
use crate::operator::{Backward, Forward, Keeps, Operator, Role, Site};

/// y = (x − mean) / √(variance + ε) · scale + bias over rows of consecutive cells; or, not centered, with mean 0.
///
/// What LayerNormalization, InstanceNormalization, GroupNormalization and RMSNormalization share.
pub(super) struct Standardization {
    /// Cells of a row.
    pub(super) len: usize,
    /// Number of rows.
    pub(super) rows: usize,
    /// Whether the mean is taken away.
    pub(super) centered: bool,
    /// Added to the variance.
    pub(super) epsilon: f32,
    /// How many neighboring cells of a row share an entry of scale and bias.
    pub(super) span: usize,
    /// How many rows until the entries repeat.
    pub(super) cycle: usize,
    /// Multiplies; input 1.
    pub(super) scale: Weights,
    /// Added; input 2.
    pub(super) bias: Weights,
}

/// Where the entries of a scale or bias come from.
pub(super) enum Weights {
    /// There are none.
    Absent,
    /// Known before the network runs.
    Fixed(Vec<f32>),
    /// Input of this number.
    Fed(usize),
}

/// Mean and 1 / √(variance + ε) of a row.
type Statistics = [f32; 2];

impl Weights {
    /// Input `i` as `shape` (broadcast to it where it is constant).
    pub(super) fn of(site: &Site<'_>, i: usize, shape: &[usize]) -> Result<Weights, Refusal> {
        let Some(input) = site.input(i) else { return Ok(Weights::Absent) };
        let given = site.shape(i)?;
        let entries = count(shape).ok_or_else(|| Refusal(format!("shape {shape:?} is too large")))?;
        match input.constant.and_then(|constant| constant.f32s()) {
            Some(values) if count(given) == Some(entries) => Ok(Weights::Fixed(values.into_owned())),
            Some(values) if inscape_tensor::broadcast(given, shape).as_deref() == Some(shape) => {
                Ok(Weights::Fixed(spread(&values, given, shape)))
            }
            None if count(given) == Some(entries) => Ok(Weights::Fed(i)),
            _ => Err(Refusal(format!("input {i} has shape {given:?}; {shape:?} is needed"))),
        }
    }

    fn values<'a>(&'a self, inputs: &[Option<View<'a>>]) -> Option<&'a [f32]> {
        match self {
            Weights::Absent => None,
            Weights::Fixed(values) => Some(values),
            Weights::Fed(i) => inputs[*i].map(|view| view.f32s()),
        }
    }
}

/// Repeats values of one shape so that they fill another they broadcast to.
fn spread(values: &[f32], given: &[usize], shape: &[usize]) -> Vec<f32> {
    let strides = inscape_tensor::strides(given);
    let steps = inscape_tensor::strides(shape);
    let ahead = shape.len() - given.len();
    let entries: usize = shape.iter().product();
    let from = |to: usize| {
        (0..given.len())
            .filter(|&axis| given[axis] > 1)
            .map(|axis| to / steps[axis + ahead] % given[axis] * strides[axis])
            .sum::<usize>()
    };
    (0..entries).map(|to| values[from(to)]).collect()
}

impl Standardization {
    /// How many rows make a piece of work worth handing to a thread.
    fn share(&self) -> usize {
        (1 << 15) / self.len.max(1) + 1
    }

    /// The entries of scale or bias that row `row` uses.
    fn entries<'a>(&self, weights: Option<&'a [f32]>, row: usize) -> Option<&'a [f32]> {
        let n = self.len / self.span;
        weights.map(|weights| &weights[row % self.cycle * n..][..n])
    }

    #[inline(always)]
    fn statistics(&self, row: &[f32]) -> Statistics {
        let n = self.len as f32;
        let mean = if self.centered { sum(row) / n } else { 0.0 };
        let variance = squared_deviations(row, mean) / n;
        [mean, 1.0 / (variance + self.epsilon).sqrt()]
    }

    #[inline(always)]
    fn standardize(
        &self,
        x: &[f32],
        y: &mut [f32],
        [mean, rate]: Statistics,
        scale: Option<&[f32]>,
        bias: Option<&[f32]>,
    ) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = (x - mean) * rate;
        }
        if let Some(scale) = scale {
            each_entry(y, self.span, scale, |y, s| *y *= s);
        }
        if let Some(bias) = bias {
            each_entry(y, self.span, bias, |y, b| *y += b);
        }
    }

    /// The gradient of one row; `moved` is the relevance of its mean and rate.
    #[inline(always)]
    fn pull(
        &self,
        x: &[f32],
        r: &[f32],
        g: &mut [f32],
        [mean, rate]: Statistics,
        scale: Option<&[f32]>,
        moved: Statistics,
    ) {
        g.copy_from_slice(r);
        if let Some(scale) = scale {
            each_entry(g, self.span, scale, |g, s| *g *= s);
        }
        let n = self.len as f32;
        let total = if self.centered { sum(g) } else { 0.0 };
        let along = dot_deviations(g, x, mean);
        let level = (moved[0] - total * rate) / n;
        let slope = rate * rate * rate * (along + moved[1]) / n;
        for (g, x) in g.iter_mut().zip(x) {
            *g = *g * rate + level - (x - mean) * slope;
        }
    }

    /// Adds up what scale or bias, fed while running, receive: per entry the sum of `term(relevance, standardized)`.
    fn pull_weights(
        &self,
        x: &[f32],
        r: &[f32],
        statistics: &[Statistics],
        gradient: &mut [f32],
        term: impl Fn(f32, f32) -> f32,
    ) {
        gradient.fill(0.0);
        let n = self.len / self.span;
        for (row, ([mean, rate], (x, r))) in
            statistics.iter().zip(x.chunks(self.len).zip(r.chunks(self.len))).enumerate()
        {
            let entries = &mut gradient[row % self.cycle * n..][..n];
            for (i, (x, r)) in x.iter().zip(r).enumerate() {
                entries[i / self.span] += term(*r, (x - mean) * rate);
            }
        }
    }
}

#[inline(always)]
fn each_entry(cells: &mut [f32], span: usize, entries: &[f32], change: impl Fn(&mut f32, f32)) {
    if span == 1 {
        cells.iter_mut().zip(entries).for_each(|(cell, &entry)| change(cell, entry));
    } else {
        for (cells, &entry) in cells.chunks_mut(span).zip(entries) {
            cells.iter_mut().for_each(|cell| change(cell, entry));
        }
    }
}

impl Operator for Standardization {
    fn role(&self) -> Role {
        Role::Normalization
    }

    fn keeps(&self) -> Keeps {
        let fed = |weights: &Weights| if let Weights::Fed(i) = weights { 1 << i } else { 0 };
        Keeps { inputs: 1 | fed(&self.scale), outputs: 0, words: self.rows.saturating_mul(2) }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool, inputs) = (pass.input(0), pass.pool, pass.inputs.clone());
        if self.len == 0 {
            return;
        }
        let (scale, bias) = (self.scale.values(&inputs), self.bias.values(&inputs));
        let mut statistics = vec![[0.0; 2]; self.rows];
        let mut rows: Vec<_> = pass.output(0).chunks_mut(self.len).zip(&mut statistics).collect();
        let share = self.share();
        pool.chunks(&mut rows, share, |i, rows| {
            for (j, (y, statistics)) in rows.iter_mut().enumerate() {
                let row = i * share + j;
                let x = &input[row * self.len..][..self.len];
                let (scale, bias) = (self.entries(scale, row), self.entries(bias, row));
                **statistics = vectorized(
                    #[inline(always)]
                    || self.statistics(x),
                );
                vectorized(
                    #[inline(always)]
                    || self.standardize(x, y, **statistics, scale, bias),
                );
            }
        });
        for (i, view) in pass.outputs.iter_mut().skip(1).enumerate() {
            view.f32s().iter_mut().zip(&statistics).for_each(|(value, row)| *value = row[i]);
        }
        if let Some(saved) = pass.saved.take() {
            saved.iter_mut().zip(statistics.as_flattened()).for_each(|(word, value)| *word = value.to_bits());
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (input, pool, inputs) = (pass.input(0), pass.pool, pass.inputs.clone());
        let statistics: Vec<Statistics> =
            pass.saved.as_chunks().0.iter().map(|row| row.map(f32::from_bits)).collect();
        let zeros = vec![0.0; if pass.relevance[0].is_none() { self.rows * self.len } else { 0 }];
        let relevance = pass.relevance[0].as_deref().unwrap_or(&zeros);
        if self.len == 0 {
            pass.gradients.iter_mut().flatten().for_each(|gradient| gradient.fill(0.0));
            return;
        }
        let moved = |row: usize| {
            [1, 2].map(|i| pass.relevance.get(i).and_then(Option::as_deref).map_or(0.0, |values| values[row]))
        };
        if let Some(gradient) = pass.gradients[0].as_deref_mut() {
            let scale = self.scale.values(&inputs);
            let share = self.share();
            pool.chunks(gradient, share * self.len, |i, gradient| {
                for (j, g) in gradient.chunks_mut(self.len).enumerate() {
                    let row = i * share + j;
                    let cells = row * self.len..(row + 1) * self.len;
                    let (x, r, scale) = (&input[cells.clone()], &relevance[cells], self.entries(scale, row));
                    let moved = moved(row);
                    vectorized(
                        #[inline(always)]
                        || self.pull(x, r, g, statistics[row], scale, moved),
                    );
                }
            });
        }
        let mut weights = |i: usize, term: fn(f32, f32) -> f32| {
            if let Some(gradient) = pass.gradients.get_mut(i).and_then(Option::as_deref_mut) {
                self.pull_weights(input, relevance, &statistics, gradient, term);
            }
        };
        weights(1, |r, standardized| r * standardized);
        weights(2, |r, _| r);
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use crate::operators::check::{Check, numbers};

    /// Rows of `len` standardized, then cell i of row j to `affine(j, i, y)`.
    fn slow(
        x: &[f64],
        len: usize,
        epsilon: f64,
        centered: bool,
        affine: impl Fn(usize, usize, f64) -> f64,
    ) -> Vec<f64> {
        let mut y = vec![];
        for (j, row) in x.chunks(len).enumerate() {
            let mean = if centered { row.iter().sum::<f64>() / len as f64 } else { 0.0 };
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / len as f64;
            y.extend(
                row.iter().enumerate().map(|(i, x)| affine(j, i, (x - mean) / (variance + epsilon).sqrt())),
            );
        }
        y
    }

    #[test]
    fn layers_are_the_definition_whether_weights_are_constant_or_fed() {
        let epsilon = f64::from(0.01f32);
        for (shape, axis, len) in [(&[2, 5, 37][..], -1i64, 37), (&[2, 3, 4], 1, 12), (&[3, 7], 0, 21)] {
            let (scale, bias) = (noise(8, len), noise(9, len));
            let inner = &shape[axis.rem_euclid(shape.len() as i64) as usize..];
            let check =
                || Check::new("LayerNormalization", 17).int("axis", axis).float("epsilon", 0.01).noisy(shape);
            let known = |values: &Vec<f32>| Constant::from_f32s(inner, values.clone());
            check().constant(known(&scale)).constant(known(&bias)).agrees_with(|x| {
                slow(&x[0], len, epsilon, true, |_, i, y| y * f64::from(scale[i]) + f64::from(bias[i]))
            });
            check()
                .constant(known(&scale))
                .agrees_with(|x| slow(&x[0], len, epsilon, true, |_, i, y| y * f64::from(scale[i])));
            check()
                .noisy(inner)
                .noisy(inner)
                .agrees_with(|x| slow(&x[0], len, epsilon, true, |_, i, y| y * x[1][i] + x[2][i]));
        }
    }

    #[test]
    fn statistics_of_layers_can_be_had() {
        let scale = Constant::from_f32s(&[1], vec![2.0]);
        let check = Check::new("LayerNormalization", 17).outputs(3).float("epsilon", 0.0);
        let ran = check.floats(&[2, 2], vec![1.0, 3.0, 2.0, 6.0]).constant(scale).run_both();
        assert_eq!(ran.output(), [-2.0, 2.0, -2.0, 2.0]);
        assert_eq!((numbers(&ran.outputs[1]), numbers(&ran.outputs[2])), (vec![2.0, 4.0], vec![1.0, 0.5]));
    }

    #[test]
    fn root_mean_squares_do_not_center() {
        let check = Check::new("RMSNormalization", 23).noisy(&[2, 3, 19]).noisy(&[19]);
        check.agrees_with(|x| slow(&x[0], 19, f64::from(1e-5f32), false, |_, i, y| y * x[1][i]));
    }

    #[test]
    fn groups_have_entries_by_group_or_by_channel() {
        let epsilon = f64::from(0.01f32);
        let check = |name: &str, opset| {
            Check::new(name, opset).int("num_groups", 3).float("epsilon", 0.01).noisy(&[2, 6, 4, 5])
        };
        check("GroupNormalization", 21).noisy(&[6]).noisy(&[6]).agrees_with(|x| {
            slow(&x[0], 40, epsilon, true, |j, i, y| y * x[1][j % 3 * 2 + i / 20] + x[2][j % 3 * 2 + i / 20])
        });
        check("GroupNormalization", 18)
            .noisy(&[3])
            .noisy(&[3])
            .agrees_with(|x| slow(&x[0], 40, epsilon, true, |j, _, y| y * x[1][j % 3] + x[2][j % 3]));
        check("InstanceNormalization", 6)
            .noisy(&[6])
            .noisy(&[6])
            .agrees_with(|x| slow(&x[0], 20, epsilon, true, |j, _, y| y * x[1][j % 6] + x[2][j % 6]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let groups = |n| {
            Check::new("GroupNormalization", 21)
                .int("num_groups", n)
                .noisy(&[1, 6, 2])
                .noisy(&[6])
                .noisy(&[6])
                .refusal()
        };
        assert!(
            groups(4).contains("4 groups") && groups(0).contains("0 groups") && groups(-1).contains("groups")
        );
        assert!(Check::new("LayerNormalization", 17).noisy(&[2, 3]).refusal().contains("input 1 is missing"));
        assert!(
            Check::new("LayerNormalization", 17)
                .noisy(&[2, 3])
                .noisy(&[4])
                .refusal()
                .contains("[3] is needed")
        );
        assert!(
            Check::new("LayerNormalization", 17)
                .int("axis", 2)
                .noisy(&[2, 3])
                .noisy(&[3])
                .refusal()
                .contains("axis 2")
        );
        let empty =
            Check::new("InstanceNormalization", 6).noisy(&[1, 2, 0]).noisy(&[2]).noisy(&[2]).run_both();
        assert!(empty.output().is_empty());
        assert_eq!(empty.gradients[1..], [Some(vec![0.0; 2]), Some(vec![0.0; 2])]);
    }
}
