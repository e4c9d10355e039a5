//! Convolutions: y = W∗x + b, and its vector–Jacobian product with respect to x.

#![expect(
    unsafe_code,
    reason = "vector instructions, and threads that write to disjoint parts of one picture"
)]

mod backward_data;
mod depthwise;
mod forward;
mod framed;
mod lattice;
mod patches;
mod phases;
mod product;
pub mod reference;
mod shape;
mod turned;
mod weights;
mod winograd;

pub use backward_data::BackwardData;
pub use forward::Forward;
pub use shape::ConvShape;
pub use weights::Weights;
