//! Products of matrices whose left side is packed once.

#![expect(
    unsafe_code,
    reason = "vector instructions, and threads that write to disjoint parts of one matrix"
)]

mod blocks;
mod buffer;
pub(crate) mod double;
mod lhs;
mod matrix;
mod output;
mod packed;
mod packed_rhs;
mod peak;
mod rhs;
mod tile;
mod vector;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_double;

pub(crate) use blocks::compute;
pub use blocks::multiply;
pub(crate) use buffer::{Aligned, item_scratch, left_scratch, scratch, shared_scratch};
pub(crate) use lhs::Lhs;
pub(crate) use matrix::products_into;
pub use matrix::{Matrix, Order, products};
pub use output::Output;
pub(crate) use output::Store;
pub use packed::PackedLhs;
pub use packed_rhs::{PackedRhs, TransposedRhs};
pub use peak::Peak;
pub(crate) use rhs::copy;
pub use rhs::{Columns, Rhs, Rows, SLACK};
pub use tile::Ahead;
pub(crate) use tile::{RUN, Rounding, Start, Tile, TileSize};
pub use vector::{matrix_vectors, transposed_matrix_vectors};
