use std::cell::Cell;
use std::thread::LocalKey;

/// Floats on cache-line boundaries.
#[derive(Clone, Default)]
pub(crate) struct Aligned {
    lines: Vec<Line>,
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

impl Aligned {
    /// Zeros, `n` or up to 15 more.
    pub(crate) fn zeros(n: usize) -> Aligned {
        Aligned { lines: vec![Line([0.0; 16]); n.div_ceil(16)] }
    }

    /// All of them.
    pub(crate) fn floats(&self) -> &[f32] {
        // SAFETY: a line is sixteen floats without padding.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * 16) }
    }

    /// All of them, to be written.
    pub(crate) fn floats_mut(&mut self) -> &mut [f32] {
        // SAFETY: a line is sixteen floats without padding.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * 16) }
    }
}

thread_local! {
    static SCRATCH: Cell<Aligned> = const { Cell::new(Aligned { lines: Vec::new() }) };
    static SHARED: Cell<Aligned> = const { Cell::new(Aligned { lines: Vec::new() }) };
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

#[inline(always)]
fn lend<R>(kept: &'static LocalKey<Cell<Aligned>>, n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = kept.take();
    if buffer.lines.len() * 16 < n {
        buffer = Aligned::zeros(n);
    }
    let result = work(&mut buffer.floats_mut()[..n]);
    kept.set(buffer);
    result
}
