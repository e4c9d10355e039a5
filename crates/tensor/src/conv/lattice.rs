use std::marker::PhantomData;
use std::ops::Range;

use crate::gemm::Store;

/// Pictures of which a product writes every `stride`th place of every `stride`th row.
///
/// The rows of a product are (channel, phase); its columns are the places of one phase.
pub(super) struct Lattice<'a> {
    start: *mut f32,
    len: usize,
    item: usize,
    image: [usize; 2],
    stride: [usize; 2],
    places: [usize; 2],
    remainders: &'a [[usize; 2]],
    lent: PhantomData<&'a mut [f32]>,
}

// SAFETY: what it points to is borrowed mutably; `multiply` writes each place from one thread.
unsafe impl Sync for Lattice<'_> {}

impl<'a> Lattice<'a> {
    /// Pictures of `image` places, their groups `item` floats apart, whose phases `remainders` have `places` places
    /// (those beyond the picture are dropped).
    pub(super) fn new(
        values: &'a mut [f32],
        item: usize,
        image: [usize; 2],
        stride: [usize; 2],
        places: [usize; 2],
        remainders: &'a [[usize; 2]],
    ) -> Lattice<'a> {
        let (start, len) = (values.as_mut_ptr(), values.len());
        Lattice { start, len, item, image, stride, places, remainders, lent: PhantomData }
    }
}

// SAFETY: remainders differ and are below the stride, so that (row, column) names one place; `check` bounds the last,
// and places beyond a row or picture are dropped.
unsafe impl Store for Lattice<'_> {
    fn check(&self, items: usize, rows: usize, columns: usize) {
        let plane = self.image[0] * self.image[1];
        assert_eq!(columns, self.places[0] * self.places[1], "columns are the places of a phase");
        assert!(rows.div_ceil(self.remainders.len()) * plane <= self.item, "channels of a group");
        assert!(items * self.item <= self.len, "groups of the pictures");
    }

    fn place(&self, _: usize, _: usize, _: usize) -> Option<(*mut f32, usize)> {
        None
    }

    #[inline(always)]
    unsafe fn scatter(
        &self,
        item: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        part: &[f32],
        stride: usize,
    ) {
        let [height, width] = self.image;
        for (values, row) in part.chunks(stride).zip(rows) {
            let (channel, [fy, fx]) =
                (row / self.remainders.len(), self.remainders[row % self.remainders.len()]);
            let mut place = columns.start;
            while place < columns.end {
                let (qy, qx) = (place / self.places[1], place % self.places[1]);
                let run = (self.places[1] - qx).min(columns.end - place);
                let (y, x) = (qy * self.stride[0] + fy, qx * self.stride[1] + fx);
                if y < height && x < width {
                    let within = run.min((width - x).div_ceil(self.stride[1]));
                    let line = item * self.item + (channel * height + y) * width + x;
                    for (i, &value) in values[place - columns.start..][..within].iter().enumerate() {
                        // SAFETY: the place lies in the picture by the checks above and in `check`.
                        unsafe { *self.start.add(line + i * self.stride[1]) = value };
                    }
                }
                place += run;
            }
        }
    }
}
