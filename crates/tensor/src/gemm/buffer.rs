use std::cell::Cell;
use std::thread::LocalKey;

use crate::memory::Zeroed;

/// Floats on cache-line boundaries, whole lines of them.
#[derive(Default)]
pub(crate) struct Aligned(Option<Zeroed>);

impl Aligned {
    /// Zeros, `n` or up to 15 more.
    pub(crate) fn zeros(n: usize) -> Aligned {
        Aligned((n > 0).then(|| Zeroed::new(n.next_multiple_of(16) * size_of::<f32>())))
    }

    /// All of them.
    pub(crate) fn floats(&self) -> &[f32] {
        match &self.0 {
            // SAFETY: aligned; any bytes are floats.
            Some(bytes) => unsafe { std::slice::from_raw_parts(bytes.start().cast(), bytes.len() / 4) },
            None => &[],
        }
    }

    /// All of them, to be written.
    pub(crate) fn floats_mut(&mut self) -> &mut [f32] {
        match &mut self.0 {
            Some(bytes) => {
                let len = bytes.len() / 4;
                // SAFETY: aligned; any bytes are floats.
                unsafe { std::slice::from_raw_parts_mut(bytes.start_mut().cast(), len) }
            }
            None => &mut [],
        }
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Aligned {
        let mut copy = Aligned::zeros(self.floats().len());
        copy.floats_mut().copy_from_slice(self.floats());
        copy
    }
}

thread_local! {
    static SCRATCH: Cell<Aligned> = const { Cell::new(Aligned(None)) };
    static SHARED: Cell<Aligned> = const { Cell::new(Aligned(None)) };
    static LEFT: Cell<Aligned> = const { Cell::new(Aligned(None)) };
    static ITEM: Cell<Aligned> = const { Cell::new(Aligned(None)) };
}

/// Lends `n` floats of the thread's own scratch memory, which grows once and is kept. What is in them is undefined.
#[inline(always)]
pub(crate) fn scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    lend(&SCRATCH, n, work)
}

/// The same from other memory, for what one thread shares with others whose own scratch it may need meanwhile.
pub(crate) fn shared_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    lend(&SHARED, n, work)
}

/// The same again, for the left side of products.
pub(crate) fn left_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    lend(&LEFT, n, work)
}

/// The same again, for what lies between the products of one item.
pub(crate) fn item_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    lend(&ITEM, n, work)
}

#[inline(always)]
fn lend<R>(kept: &'static LocalKey<Cell<Aligned>>, n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = kept.take();
    if buffer.floats().len() < n {
        buffer = Aligned::zeros(n);
    }
    let result = work(&mut buffer.floats_mut()[..n]);
    kept.set(buffer);
    result
}
