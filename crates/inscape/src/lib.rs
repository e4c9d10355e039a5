//! inscape
