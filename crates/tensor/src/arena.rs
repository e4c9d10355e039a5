#![expect(unsafe_code, reason = "disjoint parts of one allocation are lent at once, after a check")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Where a value lives in an [`Arena`], in bytes. Offsets are multiples of [`Arena::ALIGN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Slot {
    /// First byte.
    pub offset: usize,
    /// Bytes.
    pub len: usize,
}

impl Slot {
    fn overlaps(self, other: Slot) -> bool {
        self.len > 0
            && other.len > 0
            && self.offset < other.offset + other.len
            && other.offset < self.offset + self.len
    }
}

/// One zeroed allocation in which many values live, some after one another in the same place.
pub struct Arena {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the arena owns its bytes; they are reached through `&self` and `&mut self` only.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// The alignment of every slot: a cache line, and the widest vector.
    pub const ALIGN: usize = 64;

    /// An arena of `len` zero bytes. Pages are taken from the system when first touched.
    pub fn new(len: usize) -> Arena {
        let layout = Self::layout(len);
        // SAFETY: the layout's size is not zero.
        let Some(start) = NonNull::new(unsafe { alloc_zeroed(layout) }) else { handle_alloc_error(layout) };
        Arena { start, len }
    }

    #[expect(clippy::expect_used, reason = "the length is bounded by the plan's memory limit")]
    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len.max(1), Self::ALIGN).expect("an arena is smaller than the address space")
    }

    /// The bytes of a slot.
    ///
    /// # Panics
    /// If the slot lies outside the arena.
    pub fn read(&self, slot: Slot) -> &[u8] {
        self.check(slot);
        // SAFETY: in bounds by the check; nobody writes while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(slot.offset), slot.len) }
    }

    /// Several slots at once: some to read, some to write.
    ///
    /// # Panics
    /// If a slot lies outside the arena, or one to be written overlaps any other.
    pub fn lend(&mut self, reads: &[Slot], writes: &[Slot]) -> (Vec<&[u8]>, Vec<&mut [u8]>) {
        for (i, &write) in writes.iter().enumerate() {
            let clash = writes[i + 1..].iter().chain(reads).any(|&other| write.overlaps(other));
            assert!(!clash, "a slot to be written overlaps another");
        }
        for &slot in reads.iter().chain(writes) {
            self.check(slot);
        }
        let start = self.start.as_ptr();
        // SAFETY: in bounds, and what is written is disjoint from all else, by the checks above.
        unsafe {
            let read = |slot: &Slot| std::slice::from_raw_parts(start.add(slot.offset), slot.len);
            let write = |slot: &Slot| std::slice::from_raw_parts_mut(start.add(slot.offset), slot.len);
            (reads.iter().map(read).collect(), writes.iter().map(write).collect())
        }
    }

    fn check(&self, slot: Slot) {
        let inside = slot.offset.checked_add(slot.len).is_some_and(|end| end <= self.len);
        assert!(inside && slot.offset.is_multiple_of(Self::ALIGN), "a slot outside the arena");
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated with the same layout in `new`.
        unsafe { dealloc(self.start.as_ptr(), Self::layout(self.len)) }
    }
}
