use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers first..last that are left to one thread, which takes them from the front while others help from the back: what
/// a thread wrote stays near it.
#[derive(Default)]
#[repr(align(128))] // two cache lines, as processors fetch them in pairs
pub(super) struct Share(AtomicU64);

impl Share {
    /// The part of `threads` equal ones of 0..n that belongs to thread `i`.
    pub(super) fn deal(&self, n: u32, i: usize, threads: usize) {
        let cut = |i: usize| (u64::from(n) * i as u64 / threads as u64) as u32;
        self.0.store(both(cut(i), cut(i + 1)), Ordering::Relaxed);
    }

    pub(super) fn front(&self) -> Option<u32> {
        self.take(|first, last| (first, both(first + 1, last)))
    }

    pub(super) fn back(&self) -> Option<u32> {
        self.take(|first, last| (last - 1, both(first, last - 1)))
    }

    fn take(&self, one: impl Fn(u32, u32) -> (u32, u64)) -> Option<u32> {
        let mut left = self.0.load(Ordering::Relaxed);
        loop {
            let (first, last) = ((left >> 32) as u32, left as u32);
            if first >= last {
                return None;
            }
            let (number, rest) = one(first, last);
            match self.0.compare_exchange_weak(left, rest, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(number),
                Err(now) => left = now,
            }
        }
    }
}

fn both(first: u32, last: u32) -> u64 {
    u64::from(first) << 32 | u64::from(last)
}
