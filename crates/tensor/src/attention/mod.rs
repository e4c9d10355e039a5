//! Scaled products of attention, head by head, so that what lies between the two products stays near the core.

#![expect(unsafe_code, reason = "heads that lie side by side are written by several threads")]

mod heads;

use std::marker::PhantomData;

pub use heads::Heads;

use crate::Pool;
use crate::gemm::{Matrix, Order, Output, item_scratch, products_into};
use heads::covered;

/// Scores that are worth a task of their own.
const CHUNK: usize = 1 << 14;

/// P·V for every head, where P is made row by row of the scores Q·Kᵀ (Vaswani et al. 2017).
///
/// Q, K and V are heads of the same or of several arrays, wherever they lie there; so is the result in its own. Several
/// heads of Q in a row may share one of K and V.
pub struct Attention {
    query: Part,
    key: Part,
    value: Part,
    result: Heads,
    /// Heads of Q for each of K and V.
    shared: usize,
    /// For each input, its length and whether the parts have all of it.
    inputs: Vec<(usize, bool)>,
    output: usize,
}

/// Heads of one of several arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the array.
    pub input: usize,
    /// Where they lie in it.
    pub heads: Heads,
}

/// A row of scores or more, and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The head of Q.
    pub head: usize,
    /// The first row's number in the head.
    pub row: usize,
}

impl Attention {
    /// Of Q, K and V in arrays of some lengths; `None` where heads do not fit each other, lie outside, have numbers in
    /// common, or leave a number of the result, an array of `output` numbers, unwritten.
    pub fn new(
        [query, key, value]: [Part; 3],
        result: Heads,
        lengths: &[usize],
        output: usize,
    ) -> Option<Attention> {
        let (q, k, v) = (&query.heads, &key.heads, &value.heads);
        let shared = (q.starts.len() / k.starts.len().max(1)).max(1);
        let fit = shared * k.starts.len() == q.starts.len()
            && k.starts.len() == v.starts.len()
            && q.starts.len() == result.starts.len()
            && q.width == k.width
            && k.rows == v.rows
            && (result.rows, result.width) == (q.rows, v.width);
        let scores = q.starts.len().checked_mul(q.rows)?.checked_mul(k.rows);
        let whole = covered(&[&result], output)? || output == 0;
        if !fit || !whole || scores.is_none() {
            return None;
        }
        let mut inputs = Vec::with_capacity(lengths.len());
        for (input, &len) in lengths.iter().enumerate() {
            let parts = [&query, &key, &value].into_iter().filter(|part| part.input == input);
            let parts: Vec<&Heads> = parts.map(|part| &part.heads).collect();
            inputs.push((len, covered(&parts, len)?));
        }
        let known = [&query, &key, &value].into_iter().all(|part| part.input < lengths.len());
        known.then_some(Attention { query, key, value, result, shared, inputs, output })
    }

    /// Heads of Q.
    pub fn heads(&self) -> usize {
        self.query.heads.starts.len()
    }

    /// Rows and columns of a head's scores.
    pub fn square(&self) -> [usize; 2] {
        [self.query.heads.rows, self.key.heads.rows]
    }

    /// Scores of all heads.
    pub fn scores(&self) -> usize {
        self.heads() * self.area()
    }

    /// Multiply-adds of both products.
    pub fn multiply_adds(&self) -> usize {
        self.scores().saturating_mul(self.query.heads.width.saturating_add(self.value.heads.width))
    }

    fn area(&self) -> usize {
        self.query.heads.rows * self.key.heads.rows
    }

    /// Computes the result. `soften` turns rows of scores into rows of P, which `kept` receives head after head.
    ///
    /// # Panics
    /// If an array is not as long as was said.
    pub fn forward(
        &self,
        pool: &Pool,
        inputs: &[&[f32]],
        result: &mut [f32],
        kept: Option<&mut [f32]>,
        soften: impl Fn(Place, &mut [f32]) + Sync,
    ) {
        assert!(inputs.iter().map(|values| values.len()).eq(self.lengths()), "inputs of other lengths");
        assert_eq!(result.len(), self.output, "a result of another length");
        let (area, target) = (self.area(), Target::new(result));
        let (heads, within) = self.threads(pool);
        let head = |head: usize, p: &mut [f32]| self.head_forward(within, inputs, head, p, target, &soften);
        match kept {
            Some(kept) if area > 0 => heads.chunks(&mut kept[..self.heads() * area], area, head),
            _ => heads.each(self.heads(), |i| item_scratch(area, |p| head(i, p))),
        }
    }

    fn head_forward(
        &self,
        pool: &Pool,
        inputs: &[&[f32]],
        head: usize,
        p: &mut [f32],
        result: Target<'_>,
        soften: &(impl Fn(Place, &mut [f32]) + Sync),
    ) {
        let [q, k, v] = self.matrices(inputs, head);
        let ([rows, columns], width) = (self.square(), self.query.heads.width);
        products_into(pool, 1, [rows, width, columns], |_| q, |_| turned(k), &whole(p, columns));
        pool.chunks(p, self.chunk(), |i, p| soften(self.place(head, i), p));
        let p = rows_of(p, columns);
        // SAFETY: heads of the result have no number in common, and each is computed once.
        let output = unsafe { result.output(&self.result, head) };
        products_into(pool, 1, [rows, columns, self.value.heads.width], |_| p, |_| v, &output);
    }

    /// Computes the gradients of the inputs from that of the result. `kept` are the rows of P; `harden` turns the gradient of
    /// some rows of P, its last argument, into that of the scores, told the rows.
    ///
    /// # Panics
    /// If an array is not as long as was said.
    pub fn backward(
        &self,
        pool: &Pool,
        inputs: &[&[f32]],
        kept: &[f32],
        result: &[f32],
        gradients: &mut [Option<&mut [f32]>],
        harden: impl Fn(Place, &[f32], &mut [f32]) + Sync,
    ) {
        assert!(inputs.iter().map(|values| values.len()).eq(self.lengths()), "inputs of other lengths");
        assert_eq!(result.len(), self.output, "a result of another length");
        assert_eq!(gradients.len(), inputs.len(), "a gradient for each input");
        let kept = &kept[..self.scores()];
        let mut targets = Vec::with_capacity(gradients.len());
        for (gradient, &(len, whole)) in gradients.iter_mut().zip(&self.inputs) {
            if let Some(gradient) = gradient.as_deref_mut() {
                assert_eq!(gradient.len(), len, "a gradient of another length");
                if !whole || self.scores() == 0 {
                    gradient.fill(0.0);
                }
                targets.push(Some(Target::new(gradient)));
            } else {
                targets.push(None);
            }
        }
        if self.scores() == 0 {
            return;
        }
        let (heads, within) = self.threads(pool);
        let [dq, dk, dv] = [&self.query, &self.key, &self.value].map(|part| targets[part.input]);
        heads.each(self.key.heads.starts.len(), |shared| {
            for (nth, head) in (shared * self.shared..(shared + 1) * self.shared).enumerate() {
                let [q, k, v] = self.matrices(inputs, head);
                let ([rows, columns], area) = (self.square(), self.area());
                let widths = [self.query.heads.width, self.value.heads.width];
                let p = &kept[head * area..][..area];
                let dy = self.result.matrix(result, head);
                if let Some(dv) = dv {
                    let sizes = [columns, rows, widths[1]];
                    self.add(
                        within,
                        dv,
                        &self.value.heads,
                        shared,
                        nth,
                        sizes,
                        turned(rows_of(p, columns)),
                        dy,
                    );
                }
                item_scratch(area, |ds| {
                    let sizes = [rows, widths[1], columns];
                    products_into(within, 1, sizes, |_| dy, |_| turned(v), &whole(ds, columns));
                    let chunk = self.chunk();
                    within.chunks(ds, chunk, |i, ds| {
                        harden(self.place(head, i), &p[i * chunk..][..ds.len()], ds);
                    });
                    if let Some(dq) = dq {
                        // SAFETY: parts of an input have no number in common, and each is computed once.
                        let output = unsafe { dq.output(&self.query.heads, head) };
                        let sizes = [rows, columns, widths[0]];
                        products_into(within, 1, sizes, |_| rows_of(ds, columns), |_| k, &output);
                    }
                    if let Some(dk) = dk {
                        let sizes = [columns, rows, widths[0]];
                        self.add(
                            within,
                            dk,
                            &self.key.heads,
                            shared,
                            nth,
                            sizes,
                            turned(rows_of(ds, columns)),
                            q,
                        );
                    }
                });
            }
        });
    }

    /// Writes the `nth` product that goes to one of the heads that several of Q share, or adds it to those before.
    #[expect(clippy::too_many_arguments, reason = "a product, and its place")]
    fn add(
        &self,
        pool: &Pool,
        target: Target<'_>,
        heads: &Heads,
        head: usize,
        nth: usize,
        [rows, depth, columns]: [usize; 3],
        a: Matrix<'_>,
        b: Matrix<'_>,
    ) {
        // SAFETY: parts of an input have no number in common, and one thread after another adds to each.
        let output = unsafe { target.output(heads, head) };
        if nth == 0 {
            return products_into(pool, 1, [rows, depth, columns], |_| a, |_| b, &output);
        }
        let mut more = vec![0.0; rows * columns];
        products_into(pool, 1, [rows, depth, columns], |_| a, |_| b, &whole(&mut more, columns));
        // SAFETY: as above.
        unsafe { target.add(heads, head, &more) };
    }

    fn matrices<'a>(&self, inputs: &[&'a [f32]], head: usize) -> [Matrix<'a>; 3] {
        let of = |part: &Part, head: usize| part.heads.matrix(inputs[part.input], head);
        [of(&self.query, head), of(&self.key, head / self.shared), of(&self.value, head / self.shared)]
    }

    fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.inputs.iter().map(|&(len, _)| len)
    }

    /// The threads that take heads, and those that share in one: the former where that leaves few of them idle.
    fn threads<'p>(&self, pool: &'p Pool) -> (&'p Pool, &'p Pool) {
        let (heads, threads) = (self.key.heads.starts.len(), pool.threads());
        let all = heads.div_ceil(threads) * threads;
        if 4 * heads >= 3 * all { (pool, Pool::single()) } else { (Pool::single(), pool) }
    }

    /// Scores of whole rows for a task.
    fn chunk(&self) -> usize {
        let columns = self.key.heads.rows.max(1);
        (CHUNK / columns).max(1) * columns
    }

    fn place(&self, head: usize, chunk: usize) -> Place {
        Place { head, row: chunk * self.chunk() / self.key.heads.rows.max(1) }
    }
}

fn rows_of(values: &[f32], columns: usize) -> Matrix<'_> {
    Matrix { values, stride: columns, order: Order::Rows }
}

fn turned(matrix: Matrix<'_>) -> Matrix<'_> {
    Matrix { order: matrix.order.turned(), ..matrix }
}

fn whole(values: &mut [f32], columns: usize) -> Output<'_> {
    let len = values.len();
    Output::new(values, len, columns)
}

/// An array whose heads threads write side by side.
#[derive(Clone, Copy)]
struct Target<'a> {
    start: *mut f32,
    len: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; who writes promises to have the place alone.
unsafe impl Sync for Target<'_> {}
// SAFETY: as above.
unsafe impl Send for Target<'_> {}

impl<'a> Target<'a> {
    fn new(values: &'a mut [f32]) -> Target<'a> {
        Target { start: values.as_mut_ptr(), len: values.len(), lent: PhantomData }
    }

    /// # Safety
    /// Nobody else has the head for as long.
    unsafe fn output(self, heads: &Heads, head: usize) -> Output<'a> {
        let start = heads.starts[head];
        assert!(heads.span() <= self.len - start.min(self.len), "a head outside its array");
        // SAFETY: it lies within the array; the rest is the caller's promise.
        unsafe { Output::beside_others(self.start.add(start.min(self.len)), heads.span(), heads.stride) }
    }

    /// # Safety
    /// Nobody else has the head for as long.
    unsafe fn add(self, heads: &Heads, head: usize, values: &[f32]) {
        let start = heads.starts[head];
        assert!(heads.span() <= self.len - start.min(self.len), "a head outside its array");
        for (row, values) in values.chunks(heads.width.max(1)).enumerate() {
            // SAFETY: rows lie within the head's span; the rest is the caller's promise.
            let sums = unsafe {
                std::slice::from_raw_parts_mut(self.start.add(start + row * heads.stride), values.len())
            };
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Queries, keys and values side by side in one array of `rows` tokens; a gap behind them.
    fn side_by_side(heads: usize, shared: usize, [rows, width]: [usize; 2]) -> (Attention, usize) {
        let kept = heads / shared;
        let stride = (heads + 2 * kept + 1) * width;
        let part = |first: usize, heads: usize| {
            let starts = (first..first + heads).map(|head| head * width).collect();
            Part { input: 0, heads: Heads { starts, rows, width, stride } }
        };
        let parts = [part(0, heads), part(heads, kept), part(heads + kept, kept)];
        let starts = (0..heads).map(|head| head * width).collect();
        let result = Heads { starts, rows, width, stride: heads * width };
        let (len, output) = (rows * stride, rows * heads * width);
        (Attention::new(parts, result, &[len], output).unwrap(), len)
    }

    #[test]
    fn threads_take_heads_or_share_in_them_and_leave_no_trace() {
        for (heads, shared, size) in [(1, 1, [300, 40]), (3, 1, [70, 16]), (12, 1, [33, 8]), (4, 2, [50, 6])]
        {
            let (attention, len) = side_by_side(heads, shared, size);
            let x: Vec<f32> = (0..len).map(|i| (i * 7919 % 1009) as f32 / 500.0 - 1.0).collect();
            let halve = |_: Place, scores: &mut [f32]| scores.iter_mut().for_each(|s| *s *= 0.5);
            let run = |threads: usize| {
                let pool = Pool::new(threads).unwrap();
                let mut y = vec![f32::NAN; size[0] * size[1] * heads];
                let mut kept = vec![f32::NAN; attention.scores()];
                attention.forward(&pool, &[&x], &mut y, Some(&mut kept), halve);
                let mut dx = vec![f32::NAN; len];
                let harden = |place: Place, p: &[f32], ds: &mut [f32]| {
                    let [_, columns] = attention.square();
                    let first = (place.head * attention.square()[0] + place.row) * columns;
                    assert_eq!(p, &kept[first..first + ds.len()]);
                    halve(place, ds);
                };
                attention.backward(&pool, &[&x], &kept, &y, &mut [Some(&mut dx)], harden);
                let mut again = vec![f32::NAN; y.len()];
                attention.forward(&pool, &[&x], &mut again, None, halve);
                assert_eq!(y, again);
                (y, dx)
            };
            let (y, dx) = run(1);
            assert!(y.iter().chain(&dx).all(|v| v.is_finite()), "something was not written");
            for threads in [2, 3, 8] {
                assert_eq!(run(threads), (y.clone(), dx.clone()), "{heads} heads, {threads} threads");
            }
        }
    }

    #[test]
    fn heads_that_do_not_fit_are_none() {
        let heads = |n: usize, rows, width| Heads {
            starts: (0..n).map(|i| i * rows * width).collect(),
            rows,
            width,
            stride: width,
        };
        let make = |q: Heads, k: Heads, v: Heads, result: Heads, output| {
            let lengths = [&q, &k, &v].map(|heads| heads.starts.len() * heads.rows * heads.width);
            let mut input = 0..;
            let parts = [q, k, v].map(|heads| Part { input: input.next().unwrap(), heads });
            Attention::new(parts, result, &lengths, output).is_some()
        };
        assert!(make(heads(4, 5, 3), heads(2, 6, 3), heads(2, 6, 2), heads(4, 5, 2), 40));
        assert!(!make(heads(4, 5, 3), heads(3, 6, 3), heads(3, 6, 2), heads(4, 5, 2), 40), "shares");
        assert!(!make(heads(4, 5, 3), heads(2, 6, 4), heads(2, 6, 2), heads(4, 5, 2), 40), "widths");
        assert!(!make(heads(4, 5, 3), heads(2, 6, 3), heads(2, 7, 2), heads(4, 5, 2), 40), "rows");
        assert!(!make(heads(4, 5, 3), heads(2, 6, 3), heads(2, 6, 2), heads(4, 5, 2), 41), "a gap");
        let outside = Part { input: 1, heads: heads(1, 2, 2) };
        assert!(
            Attention::new([outside.clone(), outside.clone(), outside], heads(1, 2, 2), &[4], 4).is_none()
        );
    }
}
