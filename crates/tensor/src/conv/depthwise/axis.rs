use crate::conv::ConvShape;

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
        let reach = reach(shape, axis);
        let terms = (0..shape.kernel[axis]).map(|place| Term { place, offset: reach(place) }).collect();
        Axis {
            from: shape.input[axis],
            to: shape.output[axis],
            stride: shape.stride[axis],
            terms: vec![terms],
        }
    }

    /// How dx is summed from dy.
    pub(super) fn backward(shape: &ConvShape, axis: usize) -> Axis {
        let (reach, spread) = (reach(shape, axis), shape.stride[axis] as isize);
        let terms = |f: isize| {
            let meets = |&place: &usize| (f - reach(place)).rem_euclid(spread) == 0;
            let term = |place| Term { place, offset: (f - reach(place)).div_euclid(spread) };
            (0..shape.kernel[axis]).rev().filter(meets).map(term).collect()
        };
        Axis {
            from: shape.output[axis],
            to: shape.input[axis],
            stride: 1,
            terms: (0..spread).map(terms).collect(),
        }
    }

    pub(super) fn spread(&self) -> usize {
        self.terms.len()
    }
}

/// How far before or behind a place of y, multiplied by the stride, its weights reach in x.
fn reach(shape: &ConvShape, axis: usize) -> impl Fn(usize) -> isize {
    let (dilation, pad) = (shape.dilation[axis], shape.pad[axis][0]);
    move |place| (place * dilation) as isize - pad as isize
}
