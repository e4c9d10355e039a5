use super::scheme::Scheme;
use crate::gemm::PackedLhs;

/// G·g·Gᵀ of all kernels, computed in f64: for each place of a tile, one matrix (rows × channels).
///
/// `kernel(row, channel)` is in the order in which its weights meet the picture from its lowest place on.
pub(super) fn transformed<S: Scheme<N, M>, const N: usize, const M: usize>(
    rows: usize,
    channels: usize,
    kernel: impl Fn(usize, usize) -> [[f32; 3]; 3],
) -> Vec<PackedLhs> {
    let mut matrices = vec![vec![0.0f32; rows * channels]; N * N];
    for row in 0..rows {
        for channel in 0..channels {
            let lines = kernel(row, channel).map(|line| S::kernel(line.map(f64::from)));
            for j in 0..N {
                let column = S::kernel(lines.map(|line| line[j]));
                for (i, &value) in column.iter().enumerate() {
                    matrices[i * N + j][row * channels + channel] = value as f32;
                }
            }
        }
    }
    matrices.iter().map(|matrix| PackedLhs::new(rows, channels, matrix, channels, |k| k)).collect()
}
