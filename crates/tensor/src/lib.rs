//! Dense arrays, the kernels that work on them and the threads they run on.
//!
//! This is the only crate of inscape in which `unsafe` may live. Everything it offers is safe to call.

mod arena;
pub mod attention;
mod constant;
pub mod conv;
mod element;
mod floats;
mod fourier;
pub mod gemm;
mod greatest;
mod isa;
mod lanes;
mod mapped;
pub mod math;
mod memory;
mod pool;
mod rectify;
mod shape;
mod shelf;
mod tensor;
mod vectorized;
mod view;
mod walk;

pub use arena::{Arena, Slot};
pub use constant::{Constant, Encoding};
pub use element::Element;
pub use floats::Floats;
pub use fourier::Fourier;
pub use greatest::Taps;
pub use isa::Isa;
pub use lanes::soon;
pub use mapped::MappedFile;
pub use pool::Pool;
pub use realfft::num_complex::Complex32;
pub use rectify::{clip_noting, rectify, rectify_noting, where_noted};
pub use shape::{broadcast, count, strides};
pub use tensor::Tensor;
pub use vectorized::vectorized;
pub use view::{Slice, SliceMut, View, ViewMut};
pub use walk::Walk;
