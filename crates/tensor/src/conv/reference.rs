//! The convolution by its definition, one multiplication after another: what the fast kernels are tested against.

use std::ops::{AddAssign, Mul};

use super::ConvShape;

/// A float of either width.
pub trait Float: Copy + Default + AddAssign + Mul<Output = Self> {}

impl<T: Copy + Default + AddAssign + Mul<Output = T>> Float for T {}

/// y = W∗x + b.
pub fn forward<T: Float>(shape: &ConvShape, weights: &[T], bias: Option<&[T]>, x: &[T], y: &mut [T]) {
    let places = shape.output[0] * shape.output[1];
    for (i, y) in y.iter_mut().enumerate() {
        *y = bias.map_or(T::default(), |bias| bias[i / places % shape.out_channels]);
    }
    each_term(shape, |xi, yi, wi| y[yi] += weights[wi] * x[xi]);
}

/// The gradient of y·dy with respect to x.
pub fn backward_data<T: Float>(shape: &ConvShape, weights: &[T], dy: &[T], dx: &mut [T]) {
    dx.fill(T::default());
    each_term(shape, |xi, yi, wi| dx[xi] += weights[wi] * dy[yi]);
}

/// Calls `term` with the places in x, y and the weights of every multiplication.
fn each_term(shape: &ConvShape, mut term: impl FnMut(usize, usize, usize)) {
    let [ih, iw] = shape.input;
    let [oh, ow] = shape.output;
    let [kh, kw] = shape.kernel;
    let at = |axis: usize, o: usize, k: usize| {
        (o * shape.stride[axis] + k * shape.dilation[axis])
            .checked_sub(shape.pad[axis][0])
            .filter(|&i| i < shape.input[axis])
    };
    for b in 0..shape.batch {
        for m in 0..shape.out_channels {
            let group = m / shape.group_out();
            for c in 0..shape.group_in() {
                let plane = b * shape.in_channels + group * shape.group_in() + c;
                for (oy, ky) in (0..oh).flat_map(|oy| (0..kh).map(move |ky| (oy, ky))) {
                    let Some(y) = at(0, oy, ky) else { continue };
                    for (ox, kx) in (0..ow).flat_map(|ox| (0..kw).map(move |kx| (ox, kx))) {
                        let Some(x) = at(1, ox, kx) else { continue };
                        let out = ((b * shape.out_channels + m) * oh + oy) * ow + ox;
                        term(
                            (plane * ih + y) * iw + x,
                            out,
                            ((m * shape.group_in() + c) * kh + ky) * kw + kx,
                        );
                    }
                }
            }
        }
    }
}
