use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::gemm::Aligned;

/// What has been packed of one constant, for everyone who asks for the same again. It holds nothing itself: packed
/// numbers live as long as somebody uses them.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<HashMap<Layout, Weak<Aligned>>>);

/// How numbers lie once they are packed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    pub(crate) form: Form,
    /// How many outputs, and terms of each.
    pub(crate) size: [usize; 2],
    /// Which group of weights, of how many.
    pub(crate) group: [usize; 2],
    pub(crate) reading: Reading,
    /// The bits of what the weights were multiplied by before.
    pub(crate) factors: Vec<u32>,
}

/// What kernels read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// Panels of the left side of a product, a row for each output.
    Left { doubles: bool },
    /// Panels of the right side, a column for each output.
    Right,
    /// Kernels transformed for tiles of so many places a side, from their last tap on where they are turned.
    Winograd { places: usize, turned: [bool; 2] },
}

/// How outputs and terms are found among the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// The terms of an output follow each other.
    Outputs,
    /// Kernels of different outputs follow each other.
    Terms,
    /// For each output of a channel and each tap: the place in the channel's kernel.
    Places(Vec<Vec<Option<usize>>>),
}

impl Shelf {
    /// What lies so, packed now where it is not at hand.
    pub(crate) fn packed(&self, layout: Layout, pack: impl FnOnce() -> Aligned) -> Arc<Aligned> {
        let mut packed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = packed.get(&layout).and_then(Weak::upgrade) {
            return there;
        }
        packed.retain(|_, there| there.strong_count() > 0);
        let anew = Arc::new(pack());
        packed.insert(layout, Arc::downgrade(&anew));
        anew
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

#[cfg(test)]
mod tests {
    use crate::Constant;
    use crate::conv::{ConvShape, Forward, Weights};
    use crate::gemm::{Order, PackedRhs};

    use super::*;

    #[test]
    fn what_was_packed_is_shared_while_it_is_used_and_then_gone() {
        let constant = Constant::from_f32s(&[2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let layout = |factor: f32| Layout {
            form: Form::Right,
            size: [2, 3],
            group: [0, 1],
            reading: Reading::Outputs,
            factors: vec![factor.to_bits()],
        };
        let first = constant.packed(layout(1.0), || Aligned::zeros(1));
        let again = constant.clone().packed(layout(1.0), || unreachable!("it is at hand"));
        assert!(Arc::ptr_eq(&first, &again));
        let other = constant.packed(layout(2.0), || Aligned::zeros(1));
        assert!(!Arc::ptr_eq(&first, &other));
        drop((first, again));
        let mut packed_anew = false;
        constant.packed(layout(1.0), || {
            packed_anew = true;
            Aligned::zeros(1)
        });
        assert!(packed_anew);
    }

    #[test]
    fn a_convolution_of_another_size_packs_nothing_anew() {
        let constant = Constant::from_f32s(&[8, 4, 1, 1], vec![0.5; 32]);
        let shape = |size: usize| ConvShape {
            batch: 1,
            groups: 1,
            in_channels: 4,
            out_channels: 8,
            input: [size; 2],
            output: [size; 2],
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            pad: [[0; 2]; 2],
        };
        let _kept = Forward::new(&shape(20), &Weights::of(&constant), None);
        let unread = Weights::scaled(crate::Pool::single(), &constant, &[], || unreachable!("it is packed"));
        Forward::new(&shape(30), &unread, None);
    }

    #[test]
    fn a_matrix_and_its_transpose_are_packed_apart() {
        let constant = Constant::from_f32s(&[2, 2], [1.0, 2.0, 3.0, 4.0]);
        let rows = PackedRhs::shared(crate::Pool::single(), &constant, 2, 2, Order::Rows);
        let columns = PackedRhs::shared(crate::Pool::single(), &constant, 2, 2, Order::Columns);
        let x = crate::gemm::Matrix { values: &[1.0, 0.0], stride: 2, order: Order::Rows };
        let (mut of_rows, mut of_columns) = ([0.0; 2], [0.0; 2]);
        crate::gemm::products(crate::Pool::single(), 1, [1, 2, 2], |_| x, |_| &rows, &mut of_rows);
        crate::gemm::products(crate::Pool::single(), 1, [1, 2, 2], |_| x, |_| &columns, &mut of_columns);
        assert_eq!((of_rows, of_columns), ([1.0, 2.0], [1.0, 3.0]));
    }
}
