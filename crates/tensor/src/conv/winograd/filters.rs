use super::scheme::Scheme;
use crate::gemm::{Aligned, Lhs, Rounding};

/// The transformed kernels of a group: for each place of a tile the left side of a product, rows × channels. All lie in
/// one piece of memory, because large pieces are read faster.
pub(super) struct Filters {
    rows: usize,
    channels: usize,
    /// Rows of a panel.
    pub(super) height: usize,
    values: Aligned,
}

impl Filters {
    /// G·g·Gᵀ of all kernels of K × K, computed in f64.
    ///
    /// `kernel(row, channel, [i, j])` is the weight that meets the picture i lines and j columns from its lowest place on.
    pub(super) fn new<S: Scheme<N, M>, const N: usize, const M: usize, const K: usize>(
        rows: usize,
        channels: usize,
        kernel: impl Fn(usize, usize, [usize; 2]) -> f32,
    ) -> Filters {
        let height = Lhs::height_for(rows);
        let matrix = rows.next_multiple_of(height) * channels;
        let mut filters = Filters { rows, channels, height, values: Aligned::zeros(N * N * matrix) };
        let values = filters.values.floats_mut();
        let (mut lines, mut line) = ([[0.0; N]; K], [0.0; K]);
        // in the order of the panels, so that each place's matrix is written from one end to the other
        let panels = (0..rows).step_by(height).map(|first| first..(first + height).min(rows));
        let order = panels.flat_map(|panel| (0..channels).map(move |channel| (panel.clone(), channel)));
        for (panel, channel) in order {
            for row in panel {
                for (i, to) in lines.iter_mut().enumerate() {
                    for (j, weight) in line.iter_mut().enumerate() {
                        *weight = kernel(row, channel, [i, j]).into();
                    }
                    *to = S::kernel(&line);
                }
                let at = (row / height * channels + channel) * height + row % height;
                for j in 0..N {
                    for (weight, from) in line.iter_mut().zip(&lines) {
                        *weight = from[j];
                    }
                    for (i, value) in S::kernel(&line).into_iter().enumerate() {
                        values[(i * N + j) * matrix + at] = value as f32;
                    }
                }
            }
        }
        filters
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
