/// Colors of natural images along the axes in which they vary independently (Olah et al. 2017): rows give red, green,
/// blue of the three axes; divided by the largest norm of a column.
const AXES: [[f64; 3]; 3] = [[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]];

/// The matrix from decorrelated numbers to the channels of a network: row by channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mixing([[f32; 3]; 3]);

impl Mixing {
    /// `saturation` multiplies the two axes of hue.
    pub(super) fn new(bgr: bool, saturation: f64) -> Mixing {
        let norm = |axis: usize| AXES.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        let most = (0..3).map(norm).fold(0.0, f64::max);
        let mut rows = AXES.map(|[grey, warm, green]| {
            [grey, saturation * warm, saturation * green].map(|value| (value / most) as f32)
        });
        if bgr {
            rows.reverse();
        }
        Mixing(rows)
    }

    /// From three decorrelated numbers to three channels.
    #[inline(always)]
    pub(super) fn mix(&self, axes: [f32; 3]) -> [f32; 3] {
        self.0.map(|row| row[0] * axes[0] + row[1] * axes[1] + row[2] * axes[2])
    }

    /// The transpose: from a gradient by channel to one by axis.
    #[inline(always)]
    pub(super) fn transposed(&self, channels: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|axis| (0..3).map(|channel| self.0[channel][axis] * channels[channel]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::Mixing;

    #[test]
    fn the_first_axis_is_grey_and_no_column_is_longer_than_one() {
        let mixing = Mixing::new(false, 1.0);
        let [red, green, blue] = mixing.mix([1.0, 0.0, 0.0]);
        assert!((red - green).abs() < 0.05 && (green - blue).abs() < 0.05);
        let length = |axes| mixing.mix(axes).iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length([1.0, 0.0, 0.0]) - 1.0).abs() < 1e-6);
        assert!(length([0.0, 1.0, 0.0]) < 1.0 && length([0.0, 0.0, 1.0]) < 1.0);
        let turned = Mixing::new(true, 1.0).mix([0.3, 0.2, 0.1]);
        let mut straight = mixing.mix([0.3, 0.2, 0.1]);
        straight.reverse();
        assert_eq!(turned, straight);
    }

    #[test]
    fn the_transpose_is_adjoint() {
        let mixing = Mixing::new(false, 1.0);
        let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (a, b) = ([0.3, -0.7, 1.1], [0.9, 0.2, -0.4]);
        assert!((dot(mixing.mix(a), b) - dot(a, mixing.transposed(b))).abs() < 1e-6);
    }
}
