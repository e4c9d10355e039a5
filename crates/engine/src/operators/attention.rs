use inscape_tensor::gemm::{Matrix, Order, products};
use inscape_tensor::{Element, Pool, Slice, View, Walk, count, strides, vectorized};

use super::attention_heads::Heads;
use super::softmax_row::{pull, softmax};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Work};

/// softmax(scale·Q·Kᵀ + mask)·V for every head (Vaswani et al. 2017); heads of Q may share those of K and V.
struct Attention {
    query: Heads,
    key: Heads,
    value: Heads,
    result: Heads,
    scale: f32,
    /// Scores s become cap·tanh(s/cap).
    cap: Option<f32>,
    /// Whether a query sees only keys up to its own place.
    causal: bool,
    /// Where each score finds its entry of the mask, input 3.
    mask: Option<Walk>,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    for (i, name) in [(4, "past_key"), (5, "past_value"), (6, "nonpad_kv_seqlen")] {
        if site.input(i).is_some() {
            return Err(Refusal(format!("{name} (a cache of earlier tokens) is not supported")));
        }
    }
    if site.node.outputs.iter().skip(1).any(Option::is_some) {
        return Err(Refusal("only the first output is supported, not caches and scores".into()));
    }
    for name in ["left_window_size", "right_window_size"] {
        if site.int(name, -1)? >= 0 {
            return Err(Refusal(format!("{name} is not supported")));
        }
    }
    let queries = site.int("q_num_heads", 0)?;
    let keys = site.int("kv_num_heads", 0)?;
    let query = Heads::of(site.shape(0)?, queries)?;
    let key = Heads::of(site.shape(1)?, keys)?;
    let value = Heads::of(site.shape(2)?, keys)?;
    let fit = query.batch == key.batch
        && key.batch == value.batch
        && query.width == key.width
        && key.rows == value.rows
        && key.heads == value.heads
        && (query.flat, key.flat) == (key.flat, value.flat)
        && query.heads.checked_rem(key.heads) == Some(0);
    if !fit || query.width == 0 {
        let shapes = [site.shape(0)?, site.shape(1)?, site.shape(2)?];
        return Err(Refusal(format!("Q, K and V of shapes {shapes:?} do not fit each other")));
    }
    let result = Heads { width: value.width, ..query };
    let scores = [query.batch, query.heads, query.rows, key.rows];
    count(&scores).ok_or_else(|| Refusal("the scores are larger than memory can address".into()))?;
    let cap = site.float("softcap", 0.0)?;
    let scale = site.float("scale", 1.0 / (query.width as f32).sqrt())?;
    let operator = Attention {
        query,
        key,
        value,
        result,
        scale,
        cap: (cap > 0.0).then_some(cap),
        causal: site.flag("is_causal", false)?,
        mask: mask(site, &scores)?,
    };
    Ok(Built::one(result.shape(), operator))
}

fn mask(site: &Site<'_>, scores: &[usize; 4]) -> Result<Option<Walk>, Refusal> {
    let Some(mask) = site.input(3) else { return Ok(None) };
    if mask.element == Element::I64 {
        return Err(Refusal("attn_mask holds integers; floats or truth values are supported".into()));
    }
    let fits = mask.shape.len() <= 4
        && inscape_tensor::broadcast(mask.shape, scores).as_deref() == Some(&scores[..]);
    if !fits {
        return Err(Refusal(format!(
            "attn_mask of shape {:?} does not fit scores of shape {scores:?}",
            mask.shape
        )));
    }
    let mut steps = vec![0; 4 - mask.shape.len()];
    let own = strides(mask.shape);
    steps.extend(mask.shape.iter().zip(own).map(|(&size, step)| if size == 1 { 0 } else { step as isize }));
    Ok(Some(Walk::new(0, scores, &steps)))
}

impl Attention {
    fn items(&self) -> usize {
        self.query.batch * self.query.heads
    }

    fn scores(&self) -> usize {
        self.items() * self.query.rows * self.key.rows
    }

    /// The head of K and V that goes with a head of Q, both counted through the batch.
    fn shared(&self, item: usize) -> usize {
        item / (self.query.heads / self.key.heads)
    }

    fn square<'a>(&self, values: &'a [f32], item: usize) -> Matrix<'a> {
        let (rows, columns) = (self.query.rows, self.key.rows);
        Matrix {
            values: &values[item * rows * columns..][..rows * columns],
            stride: columns,
            order: Order::Rows,
        }
    }

    /// Q·Kᵀ to probabilities, in place; `capped` receives cap·tanh(s/cap).
    fn normalize(
        &self,
        scores: &mut [f32],
        mut capped: Option<&mut [f32]>,
        mask: Option<View<'_>>,
        pool: &Pool,
    ) {
        scores.iter_mut().for_each(|s| *s *= self.scale);
        if let Some(cap) = self.cap {
            scores.iter_mut().for_each(|s| *s = cap * (*s / cap).tanh());
            if let Some(capped) = &mut capped {
                capped.copy_from_slice(scores);
            }
        }
        if let (Some(walk), Some(mask)) = (&self.mask, mask) {
            match mask.data {
                Slice::Bool(mask) => {
                    let mut seen = vec![0; scores.len()];
                    walk.gather(mask, &mut seen, pool);
                    let hidden = scores.iter_mut().zip(seen).filter(|(_, seen)| *seen == 0);
                    hidden.for_each(|(s, _)| *s = f32::NEG_INFINITY);
                }
                Slice::F32(mask) => {
                    let mut bias = vec![0.0; scores.len()];
                    walk.gather(mask, &mut bias, pool);
                    scores.iter_mut().zip(bias).for_each(|(s, bias)| *s += bias);
                }
                Slice::I64(_) => {}
            }
        }
        let (rows, columns) = (self.query.rows, self.key.rows);
        pool.chunks(scores, (rows * columns).max(1), |_, scores| {
            for (i, row) in scores.chunks_mut(columns.max(1)).enumerate() {
                if self.causal {
                    row[(i + 1).min(columns)..].fill(f32::NEG_INFINITY);
                }
                vectorized(
                    #[inline(always)]
                    || softmax(row),
                );
            }
        });
    }
}

impl Operator for Attention {
    fn role(&self) -> Role {
        Role::Product
    }

    /// The probabilities, and with a cap the capped scores.
    fn keeps(&self) -> Keeps {
        let blocks = if self.cap.is_some() { 2 } else { 1 };
        Keeps { inputs: 0b111, outputs: 0, words: self.scores().saturating_mul(blocks) }
    }

    fn work(&self) -> Work {
        let cells = self.scores() * (self.query.width + self.value.width);
        Work { multiply_adds: cells as u64, weights: 0 }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (q, k, v, pool) = (pass.input(0), pass.input(1), pass.input(2), pass.pool);
        let mask = pass.inputs.get(3).copied().flatten();
        let sizes = [self.query.rows, self.query.width, self.key.rows];
        let mut scores = vec![0.0; self.scores()];
        let mut capped = vec![0.0; if self.cap.is_some() && pass.saved.is_some() { scores.len() } else { 0 }];
        let query = |item| self.query.matrix(q, item);
        products(
            pool,
            self.items(),
            sizes,
            query,
            |item| turned(self.key.matrix(k, self.shared(item))),
            &mut scores,
        );
        self.normalize(&mut scores, (!capped.is_empty()).then_some(&mut capped), mask, pool);
        let sizes = [self.query.rows, self.key.rows, self.value.width];
        let mut result = vec![0.0; self.items() * self.query.rows * self.value.width];
        let value = |item| self.value.matrix(v, self.shared(item));
        products(pool, self.items(), sizes, |item| self.square(&scores, item), value, &mut result);
        self.result.write(&result, 1, pass.output(0), pool);
        if let Some(saved) = pass.saved.take() {
            saved
                .iter_mut()
                .zip(scores.iter().chain(&capped))
                .for_each(|(word, value)| *word = value.to_bits());
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (q, k, v, pool) = (pass.input(0), pass.input(1), pass.input(2), pass.pool);
        let Some(dy) = pass.relevance[0].as_deref() else { return };
        let [queries, keys, items] = [self.query.rows, self.key.rows, self.items()];
        let shared = self.query.heads / self.key.heads;
        let words = pass.saved.iter().map(|&word| f32::from_bits(word));
        let probabilities: Vec<f32> = words.clone().take(self.scores()).collect();
        let dy = |item| self.result.matrix(dy, item);
        if let Some(gradient) = pass.gradients[2].as_deref_mut() {
            let mut dv = vec![0.0; items * keys * self.value.width];
            let sizes = [keys, queries, self.value.width];
            products(pool, items, sizes, |item| turned(self.square(&probabilities, item)), dy, &mut dv);
            self.value.write(&dv, shared, gradient, pool);
        }
        let mut ds = vec![0.0; self.scores()];
        let value = |item| turned(self.value.matrix(v, self.shared(item)));
        products(pool, items, [queries, self.value.width, keys], dy, value, &mut ds);
        for (ds, p) in ds.chunks_mut(keys.max(1)).zip(probabilities.chunks(keys.max(1))) {
            vectorized(
                #[inline(always)]
                || pull(p, ds),
            );
        }
        if let (Some(walk), Some(gradient)) =
            (&self.mask, pass.gradients.get_mut(3).and_then(Option::as_deref_mut))
        {
            gradient.fill(0.0);
            walk.scatter_add(&ds, gradient);
        }
        if let Some(cap) = self.cap {
            let capped = words.skip(self.scores());
            ds.iter_mut().zip(capped).for_each(|(ds, c)| *ds *= 1.0 - (c / cap) * (c / cap));
        }
        ds.iter_mut().for_each(|ds| *ds *= self.scale);
        let (width, square) = (self.query.width, |item| self.square(&ds, item));
        if let Some(gradient) = pass.gradients[0].as_deref_mut() {
            let mut dq = vec![0.0; items * queries * width];
            let key = |item| self.key.matrix(k, self.shared(item));
            products(pool, items, [queries, keys, width], square, key, &mut dq);
            self.query.write(&dq, 1, gradient, pool);
        }
        if let Some(gradient) = pass.gradients[1].as_deref_mut() {
            let mut dk = vec![0.0; items * keys * width];
            let query = |item| self.query.matrix(q, item);
            products(pool, items, [keys, queries, width], |item| turned(square(item)), query, &mut dk);
            self.key.write(&dk, shared, gradient, pool);
        }
    }
}

fn turned(matrix: Matrix<'_>) -> Matrix<'_> {
    Matrix { order: matrix.order.turned(), ..matrix }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use crate::operators::check::Check;

    /// Attention of arrays (batch 2, heads, rows, width 3); `seen` tells what is added to score (b, h, i, j).
    fn slow(
        x: &[Vec<f64>],
        heads: usize,
        shared: usize,
        cap: Option<f64>,
        bias: impl Fn([usize; 4]) -> f64,
    ) -> Vec<f64> {
        let (queries, keys, width) = (4, 5, 3);
        let mut y = vec![];
        for item in 0..2 * heads {
            let of = |x: &[f64], item: usize, rows: usize, i: usize| {
                x[(item * rows + i) * width..][..width].to_vec()
            };
            for i in 0..queries {
                let q = of(&x[0], item, queries, i);
                let score = |j: usize| {
                    let k = of(&x[1], item / shared, keys, j);
                    let s = q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>() / 3f64.sqrt();
                    cap.map_or(s, |cap| cap * (s / cap).tanh()) + bias([item / heads, item % heads, i, j])
                };
                let weights: Vec<f64> = (0..keys).map(|j| score(j).exp()).collect();
                let total: f64 = weights.iter().sum();
                for c in 0..width {
                    let sum: f64 = (0..keys).map(|j| weights[j] * of(&x[2], item / shared, keys, j)[c]).sum();
                    y.push(if total == 0.0 { 0.0 } else { sum / total });
                }
            }
        }
        y
    }

    fn check(heads: usize, kept: usize) -> Check {
        Check::new("Attention", 23).noisy(&[2, heads, 4, 3]).noisy(&[2, kept, 5, 3]).noisy(&[2, kept, 5, 3])
    }

    #[test]
    fn is_the_definition() {
        check(2, 2).agrees_with(|x| slow(x, 2, 1, None, |_| 0.0));
        check(4, 2).float("softcap", 0.5).agrees_with(|x| slow(x, 4, 2, Some(0.5), |_| 0.0));
        let hide = |hidden: bool| if hidden { f64::NEG_INFINITY } else { 0.0 };
        check(2, 1).int("is_causal", 1).agrees_with(|x| slow(x, 2, 2, None, |[.., i, j]| hide(j > i)));
    }

    #[test]
    fn masks_hide_or_add() {
        let bools: Vec<u8> = (0..20).map(|i| u8::from(i % 3 != 0 && i < 15)).collect();
        let seen = bools.clone();
        check(2, 2).constant(Constant::from_bools(&[4, 5], bools)).agrees_with(move |x| {
            slow(x, 2, 1, None, |[.., i, j]| if seen[i * 5 + j] == 1 { 0.0 } else { f64::NEG_INFINITY })
        });
        check(2, 2).noisy(&[2, 1, 1, 5]).agrees_with(|x| slow(x, 2, 1, None, |[b, _, _, j]| x[3][b * 5 + j]));
    }

    #[test]
    fn heads_may_lie_side_by_side() {
        let split = |x: &[f64], rows: usize, heads: usize| -> Vec<f64> {
            let cell = |i: usize| {
                let (b, h, row, c) = (i / (heads * rows * 3), i / (rows * 3) % heads, i / 3 % rows, i % 3);
                x[((b * rows + row) * heads + h) * 3 + c]
            };
            (0..x.len()).map(cell).collect()
        };
        let check = Check::new("Attention", 23).int("q_num_heads", 4).int("kv_num_heads", 2);
        check.noisy(&[2, 4, 12]).noisy(&[2, 5, 6]).noisy(&[2, 5, 6]).agrees_with(|x| {
            let apart = [split(&x[0], 4, 4), split(&x[1], 5, 2), split(&x[2], 5, 2)];
            let y = slow(&apart, 4, 2, None, |_| 0.0);
            let cell = |i: usize| {
                let (b, row, h, c) = (i / 48, i / 12 % 4, i / 3 % 4, i % 3);
                y[((b * 4 + h) * 4 + row) * 3 + c]
            };
            (0..96).map(cell).collect()
        });
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(check(3, 2).refusal().contains("do not fit"));
        assert!(check(2, 2).outputs(3).refusal().contains("first output"));
        assert!(check(2, 2).noisy(&[3, 5]).refusal().contains("attn_mask"));
        assert!(check(2, 2).absent().noisy(&[2, 2, 1, 3]).refusal().contains("past_key"));
        let flat = |heads: i64| {
            Check::new("Attention", 23)
                .int("q_num_heads", heads)
                .int("kv_num_heads", heads)
                .noisy(&[1, 2, 4])
                .noisy(&[1, 2, 4])
                .noisy(&[1, 2, 4])
                .refusal()
        };
        assert!(flat(0).contains("heads") && flat(3).contains("3 heads") && flat(-1).contains("heads"));
    }
}
