//! Products of matrices whose left side is packed once.

#![expect(
    unsafe_code,
    reason = "vector instructions, and threads that write to disjoint parts of one matrix"
)]

mod blocks;
mod buffer;
mod lanes;
mod output;
mod packed;
mod rhs;
mod tile;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use blocks::multiply;
pub use output::Output;
pub(crate) use output::Store;
pub use packed::PackedLhs;
pub(crate) use rhs::copy;
pub use rhs::{Columns, Rhs, Rows, SLACK};
