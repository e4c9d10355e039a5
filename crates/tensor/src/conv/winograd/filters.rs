use super::scheme::Scheme;
use crate::gemm::PackedLhs;

/// G·g·Gᵀ of all kernels, computed in f64: for each place of a tile, one matrix (rows × channels).
///
/// `kernel(row, channel, [i, j])` is the weight that meets the picture i lines and j columns from its lowest place on.
pub(super) fn transformed<S: Scheme<N, M>, const N: usize, const M: usize>(
    rows: usize,
    channels: usize,
    kernel: impl Fn(usize, usize, [usize; 2]) -> f32,
) -> Vec<PackedLhs> {
    let taps = N + 1 - M;
    let mut matrices = vec![vec![0.0f32; rows * channels]; N * N];
    let (mut lines, mut line) = (vec![[0.0; N]; taps], vec![0.0; taps]);
    for row in 0..rows {
        for channel in 0..channels {
            for (i, to) in lines.iter_mut().enumerate() {
                for (j, weight) in line.iter_mut().enumerate() {
                    *weight = kernel(row, channel, [i, j]).into();
                }
                *to = S::kernel(&line);
            }
            for j in 0..N {
                for (weight, from) in line.iter_mut().zip(&lines) {
                    *weight = from[j];
                }
                for (i, value) in S::kernel(&line).into_iter().enumerate() {
                    matrices[i * N + j][row * channels + channel] = value as f32;
                }
            }
        }
    }
    matrices.iter().map(|matrix| PackedLhs::new(rows, channels, matrix, channels, |k| k)).collect()
}
