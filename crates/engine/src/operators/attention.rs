use std::sync::Mutex;

use inscape_tensor::attention::{Attention as Products, Heads, Part, Place};
use inscape_tensor::{Element, Pool, Slice, View, Walk, count, strides, vectorized};

use super::softmax_row::{pull, softmax};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Work};

/// softmax(scale·Q·Kᵀ + mask)·V for every head (Vaswani et al. 2017); heads of Q may share those of K and V.
pub(crate) struct Attention {
    products: Products,
    /// How many arrays Q, K and V come from.
    sources: usize,
    scale: f32,
    /// Scores s become cap·tanh(s/cap).
    cap: Option<f32>,
    /// Whether a query sees only keys up to its own place.
    causal: bool,
    /// Where each score finds its entry of the mask, the input behind the sources.
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
    let shapes = [site.shape(0)?, site.shape(1)?, site.shape(2)?];
    let [queries, keys] = [site.int("q_num_heads", 0)?, site.int("kv_num_heads", 0)?];
    let query = Layout::of(shapes[0], queries)?;
    let [key, value] = [Layout::of(shapes[1], keys)?, Layout::of(shapes[2], keys)?];
    let misfit = || Refusal(format!("Q, K and V of shapes {shapes:?} do not fit each other"));
    let alike = query.batch == key.batch
        && key.batch == value.batch
        && (query.flat, key.flat) == (key.flat, value.flat)
        && key.heads == value.heads
        && query.heads.checked_rem(key.heads) == Some(0)
        && query.width > 0;
    let scores = [query.batch, query.heads, query.rows, key.rows];
    count(&scores).ok_or_else(|| Refusal("the scores are larger than memory can address".into()))?;
    let result = Layout { width: value.width, ..query };
    let output = count(&result.shape()).ok_or_else(|| Refusal("the result exceeds memory".into()))?;
    let part = |input: usize, layout: Layout| Part { input, heads: layout.heads() };
    let parts = [part(0, query), part(1, key), part(2, value)];
    let lengths = shapes.map(|shape| shape.iter().product());
    let products = if alike { Products::new(parts, result.heads(), &lengths, output) } else { None };
    let cap = site.float("softcap", 0.0)?;
    let operator = Attention {
        products: products.ok_or_else(misfit)?,
        sources: 3,
        scale: site.float("scale", 1.0 / (query.width as f32).sqrt())?,
        cap: (cap > 0.0).then_some(cap),
        causal: site.flag("is_causal", false)?,
        mask: mask(site, &scores)?,
    };
    Ok(Built::one(result.shape(), operator))
}

/// How the heads of an array lie in it: one after another, or side by side in every row.
#[derive(Clone, Copy)]
struct Layout {
    /// Number of pictures.
    batch: usize,
    /// Heads of each.
    heads: usize,
    /// Tokens.
    rows: usize,
    /// Numbers of a token in one head.
    width: usize,
    /// Whether the heads of a token lie side by side (rank 3).
    flat: bool,
}

impl Layout {
    /// That of an array (batch, heads, rows, width), or (batch, rows, heads·width) with the number of heads given.
    fn of(shape: &[usize], heads: i64) -> Result<Layout, Refusal> {
        count(shape).ok_or_else(|| Refusal(format!("shape {shape:?} is too large")))?;
        match *shape {
            [batch, heads, rows, width] => Ok(Layout { batch, heads, rows, width, flat: false }),
            [batch, rows, total] => {
                let given = usize::try_from(heads).ok().filter(|&heads| heads > 0 && total % heads == 0);
                let heads = given
                    .ok_or_else(|| Refusal(format!("{total} numbers do not fall into {heads} heads")))?;
                Ok(Layout { batch, heads, rows, width: total / heads, flat: true })
            }
            _ => Err(Refusal(format!("needs rank 3 or 4; an input has shape {shape:?}"))),
        }
    }

    fn shape(&self) -> Vec<usize> {
        if self.flat {
            vec![self.batch, self.rows, self.heads * self.width]
        } else {
            vec![self.batch, self.heads, self.rows, self.width]
        }
    }

    /// The heads, counted through the batch.
    fn heads(&self) -> Heads {
        let Layout { batch, heads, rows, width, flat } = *self;
        let (picture, head) = (heads * rows * width, if flat { width } else { rows * width });
        let start = |item: usize| item / heads * picture + item % heads * head;
        let stride = if flat { heads * width } else { width };
        Heads { starts: (0..batch * heads).map(start).collect(), rows, width, stride }
    }
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
    /// Without a mask, of Q, K and V from some sources.
    pub(crate) fn plain(products: Products, sources: usize, scale: f32) -> Attention {
        Attention { products, sources, scale, cap: None, causal: false, mask: None }
    }

    /// What is added to every score: a mask's numbers, minus infinity where it hides a key.
    fn bias(&self, mask: Option<View<'_>>, pool: &Pool) -> Option<Vec<f32>> {
        let (walk, mask) = (self.mask.as_ref()?, mask?);
        let scores = self.products.scores();
        match mask.data {
            Slice::Bool(mask) => {
                let mut seen = vec![0; scores];
                walk.gather(mask, &mut seen, pool);
                Some(seen.into_iter().map(|seen| if seen == 0 { f32::NEG_INFINITY } else { 0.0 }).collect())
            }
            Slice::F32(mask) => {
                let mut bias = vec![0.0; scores];
                walk.gather(mask, &mut bias, pool);
                Some(bias)
            }
            Slice::I64(_) => None,
        }
    }

    /// The place of some rows among all scores.
    fn first(&self, place: Place) -> usize {
        let [rows, columns] = self.products.square();
        (place.head * rows + place.row) * columns
    }

    /// Rows of Q·Kᵀ to probabilities; `capped` receives cap·tanh(s/cap) of all scores.
    #[inline(always)]
    fn soften(&self, place: Place, scores: &mut [f32], bias: Option<&[f32]>, capped: &Mutex<&mut [f32]>) {
        let ([_, columns], first) = (self.products.square(), self.first(place));
        for s in scores.iter_mut() {
            *s *= self.scale;
        }
        if let Some(cap) = self.cap {
            scores.iter_mut().for_each(|s| *s = cap * (*s / cap).tanh());
            write(capped, first, scores);
        }
        if let Some(bias) = bias {
            scores.iter_mut().zip(&bias[first..]).for_each(|(s, bias)| *s += bias);
        }
        for (i, row) in scores.chunks_exact_mut(columns).enumerate() {
            if self.causal {
                row[(place.row + i + 1).min(columns)..].fill(f32::NEG_INFINITY);
            }
            softmax(row);
        }
    }

    /// The relevance of rows of probabilities to that of Q·Kᵀ; `unmasked` receives that of what the mask was added to.
    #[inline(always)]
    fn harden(&self, place: Place, p: &[f32], ds: &mut [f32], capped: &[f32], unmasked: &Mutex<&mut [f32]>) {
        let ([_, columns], first) = (self.products.square(), self.first(place));
        for (ds, p) in ds.chunks_exact_mut(columns).zip(p.chunks_exact(columns)) {
            pull(p, ds);
        }
        write(unmasked, first, ds);
        if let Some(cap) = self.cap {
            ds.iter_mut().zip(&capped[first..]).for_each(|(ds, c)| *ds *= 1.0 - (c / cap) * (c / cap));
        }
        for ds in ds {
            *ds *= self.scale;
        }
    }
}

/// Writes to a place in what several threads write to, where there is any.
fn write(all: &Mutex<&mut [f32]>, first: usize, values: &[f32]) {
    if let Ok(mut all) = all.lock()
        && let Some(to) = all.get_mut(first..first + values.len())
    {
        to.copy_from_slice(values);
    }
}

impl Operator for Attention {
    fn role(&self) -> Role {
        Role::Product
    }

    /// The probabilities, and with a cap the capped scores.
    fn keeps(&self) -> Keeps {
        let blocks = if self.cap.is_some() { 2 } else { 1 };
        Keeps {
            inputs: (1 << self.sources) - 1,
            outputs: 0,
            words: self.products.scores().saturating_mul(blocks),
        }
    }

    fn work(&self) -> Work {
        Work::of_two_sides(self.products.multiply_adds() as u64)
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let pool = pass.pool;
        let sources: Vec<&[f32]> = (0..self.sources).map(|i| pass.input(i)).collect();
        let bias = self.bias(pass.inputs.get(self.sources).copied().flatten(), pool);
        let saved: Option<&mut [f32]> = pass.saved.take().map(bytemuck::cast_slice_mut);
        let (kept, capped) = match saved {
            Some(saved) => {
                let (kept, capped) = saved.split_at_mut(self.products.scores());
                (Some(kept), capped)
            }
            None => (None, &mut [][..]),
        };
        let capped = Mutex::new(capped);
        self.products.forward(pool, &sources, pass.output(0), kept, |place, scores| {
            vectorized(
                #[inline(always)]
                || self.soften(place, scores, bias.as_deref(), &capped),
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let sources: Vec<&[f32]> = (0..self.sources).map(|i| pass.input(i)).collect();
        let (kept, capped) = bytemuck::cast_slice(pass.saved).split_at(self.products.scores());
        let Some(dy) = pass.relevance[0].as_deref() else { return };
        let (gradients, masks) = pass.gradients.split_at_mut(self.sources);
        let mask = masks.first_mut().and_then(Option::as_deref_mut);
        let mut unmasked = vec![0.0; if mask.is_some() { kept.len() } else { 0 }];
        let all = Mutex::new(&mut unmasked[..]);
        self.products.backward(pool, &sources, kept, dy, gradients, |place, p, ds| {
            vectorized(
                #[inline(always)]
                || self.harden(place, p, ds, capped, &all),
            );
        });
        if let (Some(walk), Some(gradient)) = (&self.mask, mask) {
            gradient.fill(0.0);
            walk.scatter_add(&unmasked, gradient);
        }
    }
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
