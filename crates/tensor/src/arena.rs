#![expect(unsafe_code, reason = "disjoint parts of one allocation are lent at once, after a check")]

use crate::memory::Zeroed;

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
pub struct Arena(Zeroed);

impl Arena {
    /// The alignment of every slot: a cache line, and the widest vector.
    pub const ALIGN: usize = Zeroed::ALIGN;

    /// An arena of `len` zero bytes. Pages are taken from the system when first touched.
    pub fn new(len: usize) -> Arena {
        Arena(Zeroed::new(len))
    }

    /// The bytes of a slot.
    ///
    /// # Panics
    /// If the slot lies outside the arena.
    pub fn read(&self, slot: Slot) -> &[u8] {
        self.check(slot);
        // SAFETY: in bounds by the check; nobody writes while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.0.start().add(slot.offset), slot.len) }
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
        let start = self.0.start_mut();
        // SAFETY: in bounds, and what is written is disjoint from all else, by the checks above.
        unsafe {
            let read = |slot: &Slot| std::slice::from_raw_parts(start.add(slot.offset), slot.len);
            let write = |slot: &Slot| std::slice::from_raw_parts_mut(start.add(slot.offset), slot.len);
            (reads.iter().map(read).collect(), writes.iter().map(write).collect())
        }
    }

    fn check(&self, slot: Slot) {
        let inside = slot.offset.checked_add(slot.len).is_some_and(|end| end <= self.0.len());
        assert!(inside && slot.offset.is_multiple_of(Self::ALIGN), "a slot outside the arena");
    }
}
