use inscape_tensor::{Pool, vectorized};

use super::passes::activate;
use super::products::{Products, Ways};
use super::survey::Survey;
use crate::examples::{Examples, Values};
use crate::network::Dense;

/// Gives batches of what a layer sees: the examples, standardized where they are real numbers, and passed up through the
/// layers that are finished.
pub(super) struct Feed<'d> {
    data: &'d dyn Examples,
    pool: Pool,
    pixels: usize,
    batch: usize,
    /// Mean and 1/deviation of each pixel.
    scale: Option<(Vec<f32>, Vec<f32>)>,
    below: Vec<Finished>,
    /// The codes of all training examples, where they are few enough.
    kept: Vec<f32>,
}

struct Finished {
    products: Products,
    bias: Vec<f32>,
    /// What the layer sees.
    seen: Vec<f32>,
}

/// Floats of codes that are kept, at most: 512 MiB.
const MOST_KEPT: usize = 128 << 20;

impl<'d> Feed<'d> {
    pub(super) fn new(data: &'d dyn Examples, survey: &Survey, batch: usize, pool: &Pool) -> Feed<'d> {
        let [height, width] = data.size();
        let scale = (data.values() == Values::Real).then(|| {
            (survey.mean.clone(), survey.deviation.iter().map(|deviation| 1.0 / deviation).collect())
        });
        let (below, kept) = (Vec::new(), Vec::new());
        Feed { data, pool: pool.clone(), pixels: height * width, batch, scale, below, kept }
    }

    /// The same examples, from here on passed through no layer.
    pub(super) fn lowest(&mut self) {
        self.below.clear();
        self.kept = Vec::new();
    }

    /// From here on passes everything through one more layer.
    pub(super) fn stack(&mut self, layer: &Dense) {
        self.kept = Vec::new();
        let mut products = Products::new(&self.pool, self.batch, layer.inputs, layer.outputs, Ways::Up);
        products.set(&layer.weights);
        let seen = vec![0.0; self.batch * layer.inputs];
        self.below.push(Finished { products, bias: layer.bias.clone(), seen });
    }

    /// Computes the codes of the first `count` examples once and keeps them, where they are few enough.
    pub(super) fn keep(&mut self, count: usize) {
        let width = self.width();
        if self.below.is_empty() || count * width > MOST_KEPT {
            return;
        }
        let mut kept = vec![0.0; count.next_multiple_of(self.batch) * width];
        let indices: Vec<u32> = (0..count as u32).collect();
        for (indices, codes) in indices.chunks(self.batch).zip(kept.chunks_mut(self.batch * width)) {
            self.read(indices, codes);
        }
        self.kept = kept;
    }

    /// Numbers of one example.
    pub(super) fn width(&self) -> usize {
        self.below.last().map_or(self.pixels, |layer| layer.bias.len())
    }

    /// What the numbers are.
    pub(super) fn values(&self) -> Values {
        if self.below.is_empty() { self.data.values() } else { Values::Unit }
    }

    /// Writes a batch. Rows beyond the given examples, of a batch that is not full, hold what they held, passed up.
    pub(super) fn read(&mut self, indices: &[u32], out: &mut [f32]) {
        let (pixels, width, data) = (self.pixels, self.width(), self.data);
        let last = indices.iter().max().map_or(0, |&i| i as usize + 1);
        if !self.kept.is_empty() && last * width <= self.kept.len() {
            let kept = &self.kept;
            let rows = &mut out[..indices.len() * width];
            self.pool.chunks(rows, TASK * width, |task, rows| {
                for (row, &i) in rows.chunks_exact_mut(width).zip(&indices[task * TASK..]) {
                    row.copy_from_slice(&kept[i as usize * width..][..width]);
                }
            });
            return;
        }
        let (pool, scale, below) = (&self.pool, &self.scale, &mut self.below);
        let target = match below.first_mut() {
            Some(layer) => &mut layer.seen[..],
            None => &mut *out,
        };
        pool.chunks(&mut target[..indices.len() * pixels], TASK * pixels, |task, rows| {
            for (row, &i) in rows.chunks_exact_mut(pixels).zip(&indices[task * TASK..]) {
                data.read(i as usize, row);
                if let Some((mean, inverse)) = scale {
                    vectorized(
                        #[inline(always)]
                        || {
                            for ((x, mean), inverse) in row.iter_mut().zip(mean).zip(inverse) {
                                *x = (*x - *mean) * *inverse;
                            }
                        },
                    );
                }
            }
        });
        let count = below.len();
        for i in 0..count {
            let (this, above) = below.split_at_mut(i + 1);
            let Finished { products, bias, seen } = &mut this[i];
            let codes = match above.first_mut() {
                Some(next) => &mut next.seen[..],
                None => &mut out[..self.batch * bias.len()],
            };
            products.up(seen, codes);
            activate(pool, codes, bias);
        }
    }

    /// The mean of every number over the first examples, whole batches of them.
    pub(super) fn means(&mut self, count: usize) -> Vec<f32> {
        let width = self.width();
        let mut batch = vec![0.0; self.batch * width];
        let mut sums = vec![0.0f64; width];
        let batches = (count / self.batch).clamp(1, MEANS.div_ceil(self.batch));
        for b in 0..batches {
            let indices: Vec<u32> = (0..self.batch).map(|i| (b * self.batch + i) as u32).collect();
            self.read(&indices, &mut batch);
            for row in batch.chunks_exact(width) {
                sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
            }
        }
        sums.iter().map(|sum| (sum / (batches * self.batch) as f64) as f32).collect()
    }

    /// The label of an example.
    pub(super) fn label(&self, index: u32) -> Option<u8> {
        self.data.label(index as usize)
    }
}

/// Examples of a task.
const TASK: usize = 16;
/// Examples whose codes are averaged.
const MEANS: usize = 10_000;
