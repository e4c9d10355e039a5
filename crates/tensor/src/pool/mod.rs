mod crew;
mod share;

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

use crew::Crew;

/// The threads that kernels run on, apart from any other pool of the program. Cheap to clone.
///
/// Work is cut by its size, never by the number of threads, so results are the same bytes for any number. The calling thread
/// works too. One call at a time has the other threads; a call that finds them busy (from within another, or from another
/// thread) does its work alone.
///
/// ```
/// let pool = inscape_tensor::Pool::new(2)?;
/// let mut squares = [0; 10];
/// pool.chunks(&mut squares, 3, |i, chunk| chunk.iter_mut().for_each(|v| *v = i * i));
/// assert_eq!(squares, [0, 0, 0, 1, 1, 1, 4, 4, 4, 9]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Pool(Option<Arc<Crew>>);

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool of {}", self.threads())
    }
}

impl Pool {
    /// The most threads of a pool: far more than any machine has cores, far fewer than would bring it down.
    pub const MOST: usize = 1024;

    /// A pool of `threads` threads; 0 means one per core.
    ///
    /// # Errors
    /// Above [`Pool::MOST`], or where the system gives no threads.
    pub fn new(threads: usize) -> Result<Pool> {
        if threads > Self::MOST {
            let context = format!("at most {} are allowed", Self::MOST);
            return Err(Error::new(ErrorKind::InvalidInput, context));
        }
        let threads = if threads == 0 { Self::cores() } else { threads };
        Ok(Pool(if threads == 1 { None } else { Some(Arc::new(Crew::new(threads)?)) }))
    }

    /// No threads but the caller's.
    pub fn single() -> &'static Pool {
        &Pool(None)
    }

    /// Cores the system lets this program use.
    pub fn cores() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// The number of threads.
    pub fn threads(&self) -> usize {
        self.0.as_ref().map_or(1, |crew| crew.threads())
    }

    /// Calls `work` once for each number below `n`.
    pub fn each(&self, n: usize, work: impl Fn(usize) + Sync) {
        match &self.0 {
            Some(crew) if n > 1 => crew.each(n, &work),
            _ => (0..n).for_each(work),
        }
    }

    /// Cuts `data` into chunks of `size` (the last may be shorter) and calls `work` with each chunk's number.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn chunks<T: Send>(&self, data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
        match &self.0 {
            Some(crew) if data.len() > size => {
                let chunks = Chunks { first: data.as_mut_ptr(), len: data.len(), size };
                crew.each(data.len().div_ceil(size), &|i| {
                    // SAFETY: the crew asks for each number once.
                    #[expect(unsafe_code, reason = "chunks that do not overlap, each given to one thread")]
                    work(i, unsafe { chunks.get(i) });
                });
            }
            _ => data.chunks_mut(size).enumerate().for_each(|(i, chunk)| work(i, chunk)),
        }
    }
}

/// A slice that is given away in chunks.
struct Chunks<T> {
    first: *mut T,
    len: usize,
    size: usize,
}

// SAFETY: it only gives out chunks of a `&mut [T]`, each once.
#[expect(unsafe_code, reason = "a mutable slice shared out among threads")]
unsafe impl<T: Send> Sync for Chunks<T> {}

impl<T> Chunks<T> {
    /// # Safety
    /// Each `i` at most once, below the number of chunks, while the slice is borrowed.
    #[expect(unsafe_code, reason = "the slice is cut by hand, because its pieces go to threads by number")]
    #[expect(clippy::mut_from_ref, reason = "each chunk is given once")]
    unsafe fn get(&self, i: usize) -> &mut [T] {
        let at = i * self.size;
        // SAFETY: `at` lies within the slice, and chunks do not overlap.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(at), self.size.min(self.len - at)) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::Pool;

    #[test]
    fn absurd_numbers_of_threads_are_refused() {
        assert_eq!(Pool::new(3).unwrap().threads(), 3);
        assert!(Pool::new(Pool::MOST + 1).is_err());
    }

    #[test]
    fn every_number_is_asked_for_once_however_often_and_whoever_slept() {
        for threads in [2, 3, 7] {
            let pool = Pool::new(threads).unwrap();
            for round in 0..400 {
                let n = round * 7 % 61;
                let mut counts = vec![0; n];
                pool.chunks(&mut counts, 1, |_, count| count[0] += 1);
                assert!(
                    counts.iter().all(|&count| count == 1),
                    "{threads} threads, round {round}: {counts:?}"
                );
                if round % 100 == 99 {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }

    #[test]
    fn the_last_chunk_may_be_shorter() {
        let mut sizes = [0; 11];
        Pool::new(2).unwrap().chunks(&mut sizes, 4, |_, chunk| {
            let len = chunk.len();
            chunk.fill(len);
        });
        assert_eq!(sizes, [4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3]);
    }

    #[test]
    fn calls_within_calls_and_from_several_threads_come_to_an_end() {
        let pool = Pool::new(2).unwrap();
        let count = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        pool.each(4, |_| pool.each(5, |_| _ = count.fetch_add(1, Ordering::Relaxed)));
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 3 * 50 * 4 * 5);
    }

    #[test]
    fn a_panic_reaches_the_caller_after_all_work_has_ended_and_the_pool_goes_on() {
        let pool = Pool::new(3).unwrap();
        for at in [0, 5, 15] {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                pool.each(16, |i| assert!(i != at, "the number {at}"));
            }));
            let said = caught.unwrap_err();
            assert_eq!(said.downcast_ref::<String>().map(String::as_str), Some(&*format!("the number {at}")));
            let count = AtomicUsize::new(0);
            pool.each(16, |_| _ = count.fetch_add(1, Ordering::Relaxed));
            assert_eq!(count.into_inner(), 16);
        }
    }
}
