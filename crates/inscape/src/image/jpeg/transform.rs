use std::num::Wrapping;

/// Fractional bits of the constants, and those kept between the passes.
const CONSTANT: usize = 13;
const KEPT: usize = 2;

type Fixed = Wrapping<i32>;

/// The inverse cosine transform of a block of coefficients times their quantizer, as 8-bit samples: the factorization of
/// Loeffler, Ligtenberg and Moschytz (1989) in fixed point, with libjpeg's constants and roundings.
#[inline(always)]
pub(super) fn inverse(coefficients: &[i16; 64], quantizer: &[u16; 64]) -> [u8; 64] {
    if coefficients[1..].iter().all(|&coefficient| coefficient == 0) {
        let level = Wrapping(i32::from(coefficients[0])) * Wrapping(i32::from(quantizer[0]));
        return [sample((level + Wrapping(4)) >> 3); 64];
    }
    let mut between = [Wrapping(0); 64];
    for column in 0..8 {
        let inputs = std::array::from_fn(|row| {
            let at = row * 8 + column;
            Wrapping(i32::from(coefficients[at])) * Wrapping(i32::from(quantizer[at]))
        });
        for (row, value) in pass(inputs, CONSTANT - KEPT).into_iter().enumerate() {
            between[row * 8 + column] = value;
        }
    }
    let mut samples = [0; 64];
    for (line, out) in between.as_chunks().0.iter().zip(samples.as_chunks_mut::<8>().0) {
        *out = pass(*line, CONSTANT + KEPT + 3).map(sample);
    }
    samples
}

/// A sample is stored 128 higher than it is coded.
#[inline(always)]
fn sample(value: Fixed) -> u8 {
    value.0.saturating_add(128).clamp(0, 255) as u8
}

/// Eight values along one axis, rounded to `drop` fewer bits.
#[inline(always)]
fn pass(x: [Fixed; 8], drop: usize) -> [Fixed; 8] {
    let scaled = |value: Fixed, by: i32| value * Wrapping(by);
    // Even places.
    let z = scaled(x[2] + x[6], 4433);
    let (low, high) = (z - scaled(x[6], 15137), z + scaled(x[2], 6270));
    let (sum, difference) = ((x[0] + x[4]) << CONSTANT, (x[0] - x[4]) << CONSTANT);
    let even = [sum + high, difference + low, difference - low, sum - high];
    // Odd places.
    let z5 = scaled(x[7] + x[3] + x[5] + x[1], 9633);
    let z1 = scaled(x[7] + x[1], -7373);
    let z2 = scaled(x[5] + x[3], -20995);
    let z3 = scaled(x[7] + x[3], -16069) + z5;
    let z4 = scaled(x[5] + x[1], -3196) + z5;
    let odd = [
        scaled(x[1], 12299) + z1 + z4,
        scaled(x[3], 25172) + z2 + z3,
        scaled(x[5], 16819) + z2 + z4,
        scaled(x[7], 2446) + z1 + z3,
    ];
    let half = Wrapping(1 << (drop - 1));
    std::array::from_fn(|i| {
        let value = if i < 4 { even[i] + odd[i] } else { even[7 - i] - odd[7 - i] };
        (value + half) >> drop
    })
}
