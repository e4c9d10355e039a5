use std::sync::Arc;

use super::scheme::Scheme;
use crate::gemm::{Aligned, Lhs, Rounding};
use crate::{Pool, vectorized};

/// The transformed kernels of a group: for each place of a tile the left side of a product, rows × channels. All lie in
/// one piece of memory, because large pieces are read faster.
pub(super) struct Filters {
    rows: usize,
    channels: usize,
    /// Rows of a panel.
    pub(super) height: usize,
    values: Arc<Aligned>,
}

/// G·g·Gᵀ of all kernels of K × K, computed in f64.
///
/// `kernel(row, channel, [i, j])` is the weight that meets the picture i lines and j columns from its lowest place on.
pub(super) fn transformed<S: Scheme<N, M>, const N: usize, const M: usize, const K: usize>(
    pool: &Pool,
    rows: usize,
    channels: usize,
    kernel: impl Fn(usize, usize, [usize; 2]) -> f32 + Sync,
) -> Aligned {
    let height = Lhs::height_for(rows);
    let (panel, panels) = (height * channels, rows.div_ceil(height.max(1)));
    let mut all = Aligned::zeros(N * N * panels * panel);
    // all places of a panel's kernels at once, each written from one end to the other
    let mut by_panel: Vec<Vec<&mut [f32]>> = (0..panels).map(|_| Vec::with_capacity(N * N)).collect();
    for (i, line) in all.floats_mut().chunks_exact_mut(panel.max(1)).take(N * N * panels).enumerate() {
        by_panel[i % panels].push(line);
    }
    pool.chunks(&mut by_panel, 1, |i, places| {
        let rows = i * height..((i + 1) * height).min(rows);
        vectorized(
            #[inline(always)]
            || {
                for channel in 0..channels {
                    let mut weights = [[[0.0; SIDE]; K]; K];
                    for (r, row) in rows.clone().enumerate() {
                        for i in 0..K {
                            for j in 0..K {
                                weights[i][j][r] = kernel(row, channel, [i, j]).into();
                            }
                        }
                    }
                    let whole = along::<S, N, M, K, N>(&along::<S, N, M, K, K>(&weights));
                    for (place, to) in places[0].iter_mut().enumerate() {
                        let to = &mut to[channel * height..][..height];
                        for r in 0..height {
                            to[r] = whole[place / N][place % N][r] as f32;
                        }
                    }
                }
            },
        );
    });
    all
}

/// Kernels side by side: at least as many as the highest panel has rows.
const SIDE: usize = 16;

/// G times every line of K, which become columns.
#[inline(always)]
fn along<S: Scheme<N, M>, const N: usize, const M: usize, const K: usize, const R: usize>(
    lines: &[[[f64; SIDE]; K]; R],
) -> [[[f64; SIDE]; R]; N] {
    let mut columns = [[[0.0; SIDE]; R]; N];
    for i in 0..R {
        for r in 0..SIDE {
            let mut line = [0.0; K];
            for j in 0..K {
                line[j] = lines[i][j][r];
            }
            let line = S::kernel(&line);
            for j in 0..N {
                columns[j][i][r] = line[j];
            }
        }
    }
    columns
}

impl Filters {
    /// Of matrices that lie ready.
    pub(super) fn new(rows: usize, channels: usize, values: Arc<Aligned>) -> Filters {
        Filters { rows, channels, height: Lhs::height_for(rows), values }
    }

    /// The left side of a place's product.
    pub(super) fn at(&self, place: usize) -> Lhs<'_> {
        let Filters { rows, channels, height, .. } = *self;
        let matrix = rows.next_multiple_of(height) * channels;
        let panels = &self.values.floats()[place * matrix..][..matrix];
        Lhs { rows, depth: channels, height, panels, bias: None, rounding: Rounding::Often }
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        4 * self.values.floats().len()
    }
}
