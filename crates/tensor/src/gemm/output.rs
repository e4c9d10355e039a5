use std::marker::PhantomData;
use std::ops::Range;

/// Where the numbers of a product go. Threads write different parts of it at once.
///
/// # Safety
/// Implementations must accept every part of the `items` products of `rows` × `columns` they admit to in `check`, and
/// write to different places for different (item, row, column).
pub(crate) unsafe trait Store: Sync {
    /// Panics where the products do not fit.
    fn check(&self, items: usize, rows: usize, columns: usize);

    /// The place of one number and the distance from its row to the next, where rows lie in memory as they are
    /// computed; else `None`, and [`Store::scatter`] is called.
    fn place(&self, item: usize, row: usize, column: usize) -> Option<(*mut f32, usize)>;

    /// Writes a part of one product, whose rows lie `stride` apart in `part`.
    ///
    /// # Safety
    /// No other thread writes to the same part.
    unsafe fn scatter(
        &self,
        item: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        part: &[f32],
        stride: usize,
    );
}

/// Row-major matrices in one slice.
pub struct Output<'a> {
    start: *mut f32,
    len: usize,
    item: usize,
    stride: usize,
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; `multiply` writes each place from one thread.
unsafe impl Sync for Output<'_> {}
// SAFETY: as above.
unsafe impl Send for Output<'_> {}

impl<'a> Output<'a> {
    /// Matrices that begin `item` floats apart, their rows `stride` floats apart.
    pub fn new(values: &'a mut [f32], item: usize, stride: usize) -> Output<'a> {
        Output { start: values.as_mut_ptr(), len: values.len(), item, stride, lent: PhantomData }
    }

    /// One matrix in memory that others write to beside it.
    ///
    /// # Safety
    /// Its rows, `stride` floats apart, lie within `len` floats from `start` on, and nobody else has them for as long.
    pub(crate) unsafe fn beside_others(start: *mut f32, len: usize, stride: usize) -> Output<'a> {
        Output { start, len, item: 0, stride, lent: PhantomData }
    }
}

// SAFETY: `check` bounds the last place and forbids overlaps; places follow the strides.
unsafe impl Store for Output<'_> {
    fn check(&self, items: usize, rows: usize, columns: usize) {
        let end = (items - 1) * self.item + (rows - 1) * self.stride + columns;
        assert!(end <= self.len, "the product does not fit its output");
        assert!(rows == 1 || columns <= self.stride, "rows of the output overlap");
        assert!(
            items == 1 || (rows - 1) * self.stride + columns <= self.item,
            "matrices of the output overlap"
        );
    }

    fn place(&self, item: usize, row: usize, column: usize) -> Option<(*mut f32, usize)> {
        let at = item * self.item + row * self.stride + column;
        debug_assert!(at < self.len);
        // SAFETY: in bounds by `check`.
        Some((unsafe { self.start.add(at) }, self.stride))
    }

    unsafe fn scatter(&self, _: usize, _: Range<usize>, _: Range<usize>, _: &[f32], _: usize) {}
}
