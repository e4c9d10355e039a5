#![expect(unsafe_code, reason = "floats in the bytes of a file, wherever those begin")]

use std::marker::PhantomData;

/// Floats that may begin at any byte, as they do in the bytes of a file: they are read without being copied first.
#[derive(Clone, Copy)]
pub struct Floats<'a> {
    start: *const f32,
    len: usize,
    lent: PhantomData<&'a [f32]>,
}

// SAFETY: it only reads what is borrowed.
unsafe impl Send for Floats<'_> {}
// SAFETY: as above.
unsafe impl Sync for Floats<'_> {}

impl<'a> Floats<'a> {
    /// Little-endian floats; `None` where their bytes are no whole number of them, or the processor's order differs.
    pub fn from_le_bytes(bytes: &'a [u8]) -> Option<Floats<'a>> {
        let whole = bytes.len().is_multiple_of(size_of::<f32>()) && cfg!(target_endian = "little");
        whole.then_some(Floats { start: bytes.as_ptr().cast(), len: bytes.len() / 4, lent: PhantomData })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place of `count` floats from number `at` on, which need not be aligned.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn run(&self, at: usize, count: usize) -> *const f32 {
        assert!(at.checked_add(count).is_some_and(|end| end <= self.len), "floats that are there");
        self.start.wrapping_add(at)
    }
}

impl<'a> From<&'a [f32]> for Floats<'a> {
    fn from(values: &'a [f32]) -> Floats<'a> {
        Floats { start: values.as_ptr(), len: values.len(), lent: PhantomData }
    }
}
