//! How a digit changes as its content moves by a pixel: derivatives of a Gaussian with σ ≈ 1, as binomial weights, which are
//! whole numbers.

use super::{AREA, SIDE, STRIDE};

/// Empty rows and columns around a digit: the reach of the weights.
const REACH: usize = 2;

/// Numbers of a digit with its empty surroundings, and as many more as the last windows reach over.
const SPREAD: usize = (SIDE + 2 * REACH) * STRIDE + 2 * REACH;

/// Where a digit's first pixel lies in its surroundings.
pub(super) const START: usize = REACH * STRIDE + REACH;

/// A digit with nothing around it. Its rows are as long as those of the tangents, so that everything else is one sweep.
#[inline(always)]
pub(super) fn spread(digit: &[u8; SIDE * SIDE]) -> [i16; SPREAD] {
    let mut spread = [0; SPREAD];
    for (y, row) in digit.chunks_exact(SIDE).enumerate() {
        for (x, &level) in row.iter().enumerate() {
            spread[START + y * STRIDE + x] = i16::from(level);
        }
    }
    spread
}

/// t_x and t_y in 1/128 of a grey level per pixel: (−1, −2, 0, 2, 1)/8 along the axis, (1, 4, 6, 4, 1)/16 across it. At
/// most 3·255·16 = 12,240, so 16 bits hold them.
#[inline(always)]
pub(super) fn tangents(spread: &[i16; SPREAD]) -> [[i16; AREA]; 2] {
    const ROWS: usize = SPREAD - 2 * REACH;
    let [mut smooth, mut slope] = [[0i16; ROWS]; 2];
    for i in 0..ROWS {
        let window = [spread[i], spread[i + 1], spread[i + 2], spread[i + 3], spread[i + 4]];
        smooth[i] = smoothed(window);
        slope[i] = sloped(window);
    }
    let [mut across, mut down] = [[0; AREA]; 2];
    for i in 0..AREA {
        let column = |of: &[i16; ROWS]| {
            [of[i], of[i + STRIDE], of[i + 2 * STRIDE], of[i + 3 * STRIDE], of[i + 4 * STRIDE]]
        };
        across[i] = smoothed(column(&slope));
        down[i] = sloped(column(&smooth));
    }
    [across, down]
}

#[inline(always)]
fn smoothed([a, b, c, d, e]: [i16; 5]) -> i16 {
    a + e + 4 * (b + d) + 6 * c
}

#[inline(always)]
fn sloped([a, b, _, d, e]: [i16; 5]) -> i16 {
    e - a + 2 * (d - b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tangent_is_the_slope_of_a_plane_and_of_the_blurred_digit() {
        // level = 3x + 5y: inside, slopes 3 and 5, in 1/128
        let plane: Vec<u8> = (0..SIDE * SIDE).map(|i| (3 * (i % SIDE) + 5 * (i / SIDE)) as u8).collect();
        let digit: &[u8; SIDE * SIDE] = plane.as_slice().try_into().unwrap();
        let [across, down] = tangents(&spread(digit));
        for (y, x) in [(2, 2), (10, 20), (25, 25)] {
            assert_eq!((across[y * STRIDE + x], down[y * STRIDE + x]), (3 * 128, 5 * 128));
        }
    }

    #[test]
    fn weights_are_near_the_derivative_of_a_gaussian() {
        let mut dot = [0; SIDE * SIDE];
        dot[14 * SIDE + 14] = 255;
        let [across, down] = tangents(&spread(&dot));
        // (x/σ²)·G(x)·G(y) with the sign of a window that looks along +x, σ = 1
        let gauss = |x: f64| (-x * x / 2.0).exp() / (std::f64::consts::TAU).sqrt();
        for dy in -2i32..=2 {
            for dx in -2i32..=2 {
                let at = ((14 - dy) * STRIDE as i32 + 14 - dx) as usize;
                let (x, y) = (f64::from(dx), f64::from(dy));
                let expected = [x * gauss(x) * gauss(y), y * gauss(x) * gauss(y)];
                for (found, expected) in [across[at], down[at]].into_iter().zip(expected) {
                    let found = f64::from(found) / (128.0 * 255.0);
                    assert!((found - expected).abs() < 0.012, "{dx} {dy}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_steepest_digits_fit_in_sixteen_bits() {
        let columns: Vec<u8> = (0..SIDE * SIDE).map(|i| if i % SIDE < 14 { 0 } else { 255 }).collect();
        let [across, _] = tangents(&spread(columns.as_slice().try_into().unwrap()));
        assert_eq!(across.iter().max(), Some(&(3 * 255 * 16)));
        let rows: Vec<u8> = (0..SIDE * SIDE).map(|i| if i < 14 * SIDE { 255 } else { 0 }).collect();
        let [_, down] = tangents(&spread(rows.as_slice().try_into().unwrap()));
        assert_eq!(down.iter().min(), Some(&(-3 * 255 * 16)));
    }
}
