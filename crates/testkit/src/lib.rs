//! Closeness, finite differences and golden files for inscape's tests. Knows no other crate: slices and closures only.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "it fails and reports in place of a test"
)]

mod npz;
mod shared;

pub use npz::{Arrays, npz};
pub use shared::shared;

/// The largest absolute difference over the largest absolute expected value.
///
/// # Panics
/// If the lengths differ.
pub fn relative_error(actual: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(actual.len(), expected.len(), "arrays of different length");
    let largest = expected.iter().fold(0.0, |most, &e| f64::max(most, f64::from(e).abs()));
    let apart = actual.iter().zip(expected).map(|(&a, &e)| (f64::from(a) - f64::from(e)).abs());
    let worst = apart.fold(0.0, |most, d| if d.is_nan() { f64::INFINITY } else { f64::max(most, d) });
    if worst == 0.0 { 0.0 } else { worst / largest.max(f64::MIN_POSITIVE) }
}

/// Asserts [`relative_error`] at most `tolerance`.
///
/// # Panics
/// If it is larger.
#[track_caller]
pub fn assert_close(actual: &[f32], expected: &[f32], tolerance: f64) {
    let error = relative_error(actual, expected);
    assert!(
        error <= tolerance,
        "relative error {error:.3e} above {tolerance:.0e}\n{:?}\n{:?}",
        first(actual),
        first(expected)
    );
}

/// As many numbers as a person looks at.
fn first(numbers: &[f32]) -> &[f32] {
    &numbers[..numbers.len().min(32)]
}

/// Jᵀ·r of `function` at `x` by central differences in f64: one entry per entry of `x`.
pub fn central_vjp(function: impl Fn(&[f64]) -> Vec<f64>, x: &[f64], r: &[f64]) -> Vec<f64> {
    let dot = |y: Vec<f64>| y.iter().zip(r).map(|(y, r)| y * r).sum::<f64>();
    (0..x.len())
        .map(|i| {
            let step = 1e-5 * x[i].abs().max(1.0);
            let moved = |by: f64| {
                let mut x = x.to_vec();
                x[i] += by;
                dot(function(&x))
            };
            (moved(step) - moved(-step)) / (2.0 * step)
        })
        .collect()
}

/// Numbers in [-1, 1) from a counter, the same on every machine.
pub fn noise(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    })
    .take(n)
    .collect()
}
