use crate::{Slice, View, count};

/// A dense, row-major float32 array that owns its numbers.
///
/// ```
/// use inscape_tensor::Tensor;
/// let t = Tensor::new(vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(t.shape(), [2, 2]);
/// assert_eq!(t.values()[3], 4.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// An array of the given shape.
    ///
    /// # Panics
    /// If the number of values is not the product of the shape: both come from the same hand.
    pub fn new(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Tensor {
        let shape = shape.into();
        assert_eq!(count(&shape), Some(values.len()), "shape {shape:?} holds another number of values");
        Tensor { shape, values }
    }

    /// An array of zeros.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Tensor {
        let shape = shape.into();
        let n = shape.iter().product();
        Tensor { shape, values: vec![0.0; n] }
    }

    /// Sizes by axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers in row-major order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The numbers, to change in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The numbers without the shape.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The same numbers under another shape of equal count.
    ///
    /// # Panics
    /// If the counts differ.
    pub fn reshaped(self, shape: impl Into<Vec<usize>>) -> Tensor {
        Tensor::new(shape, self.values)
    }

    /// A borrowed view.
    pub fn view(&self) -> View<'_> {
        View { shape: &self.shape, data: Slice::F32(&self.values) }
    }
}
