use std::marker::PhantomData;
use std::ops::Range;

use super::patches::{Patches, Window};
use super::winograd::Side;
use crate::gemm::{Lhs, PackedRhs, Rhs, Rounding, SLACK, Store, TileSize, compute, left_scratch, scratch};
use crate::{Pool, vectorized};

/// A correlation of few places with many kernels, as the product of the patches with the weights instead of the weights
/// with the patches: what lies side by side in a register are channels, of which there are many, not places, which would
/// leave part of it empty. The places of all pictures are the rows of one product.
pub(super) struct Turned {
    window: Window,
    rows: usize,
    weights: PackedRhs,
    /// Whether the weights are those of the convolution whose backward pass this is.
    back: bool,
}

/// The most places of a picture.
const PLACES: usize = 64;
/// The fewest kernels.
const KERNELS: usize = 64;
/// Terms that are laid out at a time.
const PART: usize = 128;

/// Kernels of 3 × 3, for each picture, up to which Winograd's algorithm, which reads nearly twice as many numbers, is faster still.
const LIGHT: usize = 1 << 17;

impl Turned {
    /// Whether a correlation of so many pictures with `rows` kernels is better computed so.
    pub(super) fn suits(window: &Window, pictures: usize, groups: usize, rows: usize) -> bool {
        let places = window.places[0] * window.places[1];
        let wide = places.next_multiple_of(16) > places + places / 8;
        let light =
            window.taps == [3; 2] && Side::slides(window) && window.channels * rows <= LIGHT * pictures;
        groups == 1
            && rows >= KERNELS
            && (4..=PLACES).contains(&places)
            && wide
            && !light
            && window.depth() > 32
    }

    /// `weights` is the transpose of the matrix of kernels: terms × kernels.
    pub(super) fn new(window: Window, weights: PackedRhs, bias: Option<&[f32]>) -> Turned {
        let rows = weights.columns();
        let weights = weights.with_addends(bias.map(<[f32]>::to_vec));
        Turned { window, rows, weights, back: false }
    }

    /// The backward pass of a convolution of single places with such weights.
    pub(super) fn back(window: Window, weights: PackedRhs) -> Turned {
        Turned { window, rows: weights.depth(), weights, back: true }
    }

    /// Bytes of its weights.
    pub(super) fn bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// Computes the correlations of `items` pictures that follow each other, as do the results.
    pub(super) fn run(&self, pool: &Pool, items: usize, images: &[f32], target: &mut [f32]) {
        let window = &self.window;
        let (places, depth) = (window.places[0] * window.places[1], window.depth());
        let area = window.channels * window.image[0] * window.image[1];
        assert!(items * self.rows * places <= target.len(), "room for all sums");
        let all = items * places;
        let height = Lhs::height_for(all);
        let panel = height * depth;
        let parts = depth.div_ceil(PART);
        left_scratch(all.div_ceil(height) * panel, |buffer| {
            let panels = Panels { start: buffer.as_mut_ptr(), len: buffer.len(), height, depth };
            pool.each(items * parts, |task| {
                let (item, from) = (task / parts, task % parts * PART);
                let depths = from..(from + PART).min(depth);
                let patches = Patches { window, image: &images[item * area..][..area] };
                vectorized(
                    #[inline(always)]
                    || panels.fill(&patches, depths, item * places, places),
                );
            });
            let panels = &*buffer;
            let lhs = Lhs { rows: all, depth, height, panels, bias: None, rounding: Rounding::Often };
            let channels = Channels::new(target, places, self.rows);
            match self.back {
                true => compute(pool, 1, self.rows, |_| lhs, |_| self.weights.transposed(), &channels),
                false => compute(pool, 1, self.rows, |_| lhs, |_| &self.weights, &channels),
            }
        });
    }
}

/// Panels of A that threads fill with different terms at once.
struct Panels {
    start: *mut f32,
    len: usize,
    height: usize,
    depth: usize,
}

// SAFETY: each task writes the terms it was given.
unsafe impl Sync for Panels {}

impl Panels {
    /// Writes some terms of the patches of `places` places, of which the first is row `first`.
    #[inline(always)]
    fn fill(&self, patches: &Patches<'_>, depths: Range<usize>, first: usize, places: usize) {
        let width = TileSize::current().columns;
        scratch(depths.len() * width + SLACK, |columns| {
            for column in (0..places).step_by(width) {
                let here = column..(column + width).min(places);
                patches.pack(depths.clone(), here.clone(), width, columns);
                let mut row = first + here.start;
                while row < first + here.end {
                    let (panel, within) = (row / self.height, row % self.height);
                    let count = (self.height - within).min(first + here.end - row);
                    let from = row - first - here.start;
                    for (i, k) in depths.clone().enumerate() {
                        let at = (panel * self.depth + k) * self.height + within;
                        assert!(at + count <= self.len, "inside the panels");
                        let values = &columns[i * width + from..][..count];
                        // SAFETY: inside by the check; no other task has this term of these rows.
                        unsafe { self.start.add(at).copy_from_nonoverlapping(values.as_ptr(), count) };
                    }
                    row += count;
                }
            }
        });
    }
}

/// Pictures whose channels are the columns of a product and whose places are its rows, one picture after another.
struct Channels<'a> {
    start: *mut f32,
    len: usize,
    places: usize,
    channels: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; `compute` writes each place from one thread.
unsafe impl Sync for Channels<'_> {}

impl<'a> Channels<'a> {
    fn new(values: &'a mut [f32], places: usize, channels: usize) -> Channels<'a> {
        Channels { start: values.as_mut_ptr(), len: values.len(), places, channels, lent: PhantomData }
    }
}

// SAFETY: (row, column) names one place of one channel of one picture; `check` bounds the last.
unsafe impl Store for Channels<'_> {
    fn check(&self, items: usize, rows: usize, columns: usize) {
        assert_eq!((items, columns), (1, self.channels), "one product, a column for each channel");
        assert!(rows.is_multiple_of(self.places) && rows * columns <= self.len, "whole pictures");
    }

    fn place(&self, _: usize, _: usize, _: usize) -> Option<(*mut f32, usize)> {
        None
    }

    #[inline(always)]
    unsafe fn scatter(
        &self,
        _: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        part: &[f32],
        stride: usize,
    ) {
        for (j, channel) in columns.enumerate() {
            for (i, row) in rows.clone().enumerate() {
                let (picture, place) = (row / self.places, row % self.places);
                let at = (picture * self.channels + channel) * self.places + place;
                // SAFETY: in bounds by `check`.
                unsafe { *self.start.add(at) = part[i * stride + j] };
            }
        }
    }
}
