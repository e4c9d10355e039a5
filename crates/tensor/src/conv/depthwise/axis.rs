use crate::conv::ConvShape;
use crate::conv::phases::taps;

/// Along one axis, how a picture is summed from another: place q·spread + f of the target from places q·stride + offset of
/// the source, one for each weight that meets there.
pub(super) struct Axis {
    /// Places of the source.
    pub(super) from: usize,
    /// Places of the target.
    pub(super) to: usize,
    pub(super) stride: usize,
    /// For every f below the spread, what meets there, by rising offset.
    pub(super) terms: Vec<Vec<Term>>,
}

/// One of the weights that meet in a sum.
pub(super) struct Term {
    /// Its place in the kernel.
    pub(super) place: usize,
    /// The place of the source that it meets for q = 0.
    pub(super) offset: isize,
}

impl Axis {
    /// How y is summed from x.
    pub(super) fn forward(shape: &ConvShape, axis: usize) -> Axis {
        let (dilation, pad) = (shape.dilation[axis], shape.pad[axis][0]);
        let term = |place| Term { place, offset: (place * dilation) as isize - pad as isize };
        Axis {
            from: shape.input[axis],
            to: shape.output[axis],
            stride: shape.stride[axis],
            terms: vec![(0..shape.kernel[axis]).map(term).collect()],
        }
    }

    /// How dx is summed from dy.
    pub(super) fn backward(shape: &ConvShape, axis: usize) -> Axis {
        let terms = |f| {
            let taps = taps(shape, axis, f);
            let term = |n| Term {
                place: taps.first + n * taps.every,
                offset: taps.offset - (n * taps.back) as isize,
            };
            (0..taps.count).rev().map(term).collect()
        };
        Axis {
            from: shape.output[axis],
            to: shape.input[axis],
            stride: 1,
            terms: (0..shape.stride[axis]).map(terms).collect(),
        }
    }

    pub(super) fn spread(&self) -> usize {
        self.terms.len()
    }
}
