#![expect(unsafe_code, reason = "memory by hand: zeroed, aligned, in huge pages")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use memmap2::MmapMut;

/// Zeroed bytes on cache-line boundaries; many of them in huge pages where the system has them, because kernels walk
/// through more memory than a processor knows small pages.
pub(crate) struct Zeroed {
    held: Held,
    len: usize,
}

enum Held {
    Heap(NonNull<u8>, Layout),
    Pages(MmapMut),
}

// SAFETY: it owns its bytes; they are reached through `&self` and `&mut self` only.
unsafe impl Send for Zeroed {}
// SAFETY: as above.
unsafe impl Sync for Zeroed {}

impl Zeroed {
    /// A cache line, and the widest vector.
    pub(crate) const ALIGN: usize = 64;
    /// A huge page of x86 and ARM.
    const HUGE: usize = 2 << 20;

    /// So many zeros. Pages are taken from the system when first touched.
    pub(crate) fn new(len: usize) -> Zeroed {
        let held = Self::pages(len).map_or_else(|| Self::heap(len), Held::Pages);
        Zeroed { held, len }
    }

    fn pages(len: usize) -> Option<MmapMut> {
        if len < Self::HUGE {
            return None;
        }
        let pages = MmapMut::map_anon(len).ok()?;
        #[cfg(target_os = "linux")]
        // a wish: where it is not granted, small pages serve too
        let _ = pages.advise(memmap2::Advice::HugePage);
        Some(pages)
    }

    #[expect(clippy::expect_used, reason = "lengths are bounded by memory limits and by what exists already")]
    fn heap(len: usize) -> Held {
        let layout =
            Layout::from_size_align(len.max(1), Self::ALIGN).expect("smaller than the address space");
        // SAFETY: the layout's size is not zero.
        match NonNull::new(unsafe { alloc_zeroed(layout) }) {
            Some(start) => Held::Heap(start, layout),
            None => handle_alloc_error(layout),
        }
    }

    /// The first byte.
    pub(crate) fn start(&self) -> *const u8 {
        match &self.held {
            Held::Heap(start, _) => start.as_ptr(),
            Held::Pages(pages) => pages.as_ptr(),
        }
    }

    /// The first byte, to be written.
    pub(crate) fn start_mut(&mut self) -> *mut u8 {
        match &mut self.held {
            Held::Heap(start, _) => start.as_ptr(),
            Held::Pages(pages) => pages.as_mut_ptr(),
        }
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Zeroed {
    fn drop(&mut self) {
        if let Held::Heap(start, layout) = self.held {
            // SAFETY: allocated with the same layout in `heap`.
            unsafe { dealloc(start.as_ptr(), layout) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Zeroed;

    #[test]
    fn little_and_much_is_zero_and_aligned() {
        for len in [0, 1, 4096, Zeroed::HUGE - 1, Zeroed::HUGE, 3 * Zeroed::HUGE + 5] {
            let mut zeroed = Zeroed::new(len);
            assert!(zeroed.start().addr().is_multiple_of(Zeroed::ALIGN));
            // SAFETY: so many bytes are there.
            let bytes = unsafe { std::slice::from_raw_parts_mut(zeroed.start_mut(), zeroed.len()) };
            assert!(bytes.iter().all(|&byte| byte == 0));
            bytes.fill(1);
        }
    }
}
