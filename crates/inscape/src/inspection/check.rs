use inscape_tensor::Tensor;

use crate::error::{Error, ErrorKind};
use crate::model::{Input, Model};

/// How far a value is from an array that it should equal.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Check {
    /// The value's name.
    pub value: String,
    /// Largest absolute difference over largest absolute expected number; infinite where a number is none.
    pub relative_error: f64,
    /// Where they differ most, along the axes of the array.
    pub at: Vec<usize>,
    /// The number there.
    pub found: f32,
    /// The number expected there.
    pub expected: f32,
}

impl Model {
    /// Compares a value (by default the class scores) at an input with an array.
    ///
    /// # Errors
    /// Where there is no such value or the array has another shape; axes of size 1 do not count.
    pub fn check(&self, input: &Input, value: Option<&str>, expected: &Tensor) -> Result<Check, Error> {
        let id = match value {
            Some(name) => self.graph().find(name)?,
            None => self.scores_value()?,
        };
        let name = self.graph().name(id).to_owned();
        let found = self.activation(input.tensor(), id)?;
        let long =
            |tensor: &Tensor| tensor.shape().iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
        if long(&found) != long(expected) || expected.values().is_empty() {
            let (found, given) = (found.shape(), expected.shape());
            let context = format!("'{name}' has the shape {found:?}, the array {given:?}");
            return Err(Error::new(ErrorKind::Picture, context));
        }
        let largest = expected.values().iter().fold(0.0, |most, &e| f64::max(most, f64::from(e).abs()));
        let apart = |i: usize| {
            let difference = (f64::from(found.values()[i]) - f64::from(expected.values()[i])).abs();
            if difference.is_nan() { f64::INFINITY } else { difference }
        };
        let worst =
            (0..expected.values().len()).fold(0, |worst, i| if apart(i) > apart(worst) { i } else { worst });
        let mut rest = worst;
        let strides = inscape_tensor::strides(expected.shape());
        let at = strides.iter().map(|&stride| (rest / stride, rest %= stride).0).collect();
        let relative_error = match apart(worst) {
            0.0 => 0.0,
            difference => difference / largest.max(f64::MIN_POSITIVE),
        };
        let (found, expected) = (found.values()[worst], expected.values()[worst]);
        Ok(Check { value: name, relative_error, at, found, expected })
    }
}
