use std::fmt::Debug;
use std::ops::{Add, AddAssign, Neg, Sub};

/// What flows: `i32`, exact, with sums in `i64`; or `f32`, each push rounded to its 24 bits, with sums in `f64`.
///
/// Capacities of `i32` have to leave room: the residual of an edge may reach the sum of both its directions, and that of a
/// pixel's terminal edge the sum of all capacities at the pixel.
pub trait Capacity:
    sealed::Sealed
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
{
    /// What capacities add up to over a whole grid.
    type Sum: Copy + Debug + Default + PartialOrd + AddAssign;

    /// The same number as a sum.
    fn widened(self) -> Self::Sum;
}

impl Capacity for i32 {
    type Sum = i64;

    fn widened(self) -> i64 {
        i64::from(self)
    }
}

impl Capacity for f32 {
    type Sum = f64;

    fn widened(self) -> f64 {
        f64::from(self)
    }
}

/// The smaller of two capacities, none of which is NaN.
pub(super) fn least<C: Capacity>(a: C, b: C) -> C {
    if b < a { b } else { a }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i32 {}
    impl Sealed for f32 {}
}
