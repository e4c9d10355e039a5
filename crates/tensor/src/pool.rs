use std::sync::Arc;

use rayon::prelude::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator, ParallelSliceMut};

/// The threads that kernels run on, apart from any other pool of the program. Cheap to clone.
///
/// Work is cut by its size, never by the number of threads, so results are the same bytes for any number.
#[derive(Clone)]
pub struct Pool(Option<Arc<rayon::ThreadPool>>);

impl Pool {
    /// The most threads of a pool: far more than any machine has cores, far fewer than would bring it down.
    pub const MOST: usize = 1024;

    /// A pool of `threads` threads; 0 means one per core.
    ///
    /// # Errors
    /// Above [`Pool::MOST`], or where the system gives no threads.
    pub fn new(threads: usize) -> std::io::Result<Pool> {
        if threads > Self::MOST {
            let context = format!("at most {} are allowed", Self::MOST);
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, context));
        }
        let threads = if threads == 0 { Self::cores() } else { threads };
        if threads == 1 {
            return Ok(Pool(None));
        }
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("inscape-{i}"))
            .build()
            .map(|pool| Pool(Some(Arc::new(pool))))
            .map_err(std::io::Error::other)
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
        self.0.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Runs `work` on one of the threads, from which the calls below start without waking another.
    pub fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Calls `work` once for each number below `n`.
    pub fn each(&self, n: usize, work: impl Fn(usize) + Sync + Send) {
        match &self.0 {
            Some(pool) if n > 1 => pool.install(|| (0..n).into_par_iter().with_max_len(1).for_each(work)),
            _ => (0..n).for_each(work),
        }
    }

    /// Cuts `data` into chunks of `size` (the last may be shorter) and calls `work` with each chunk's number.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn chunks<T: Send>(&self, data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync + Send) {
        match &self.0 {
            Some(pool) if data.len() > size => pool.install(|| {
                data.par_chunks_mut(size).with_max_len(1).enumerate().for_each(|(i, chunk)| work(i, chunk));
            }),
            _ => data.chunks_mut(size).enumerate().for_each(|(i, chunk)| work(i, chunk)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn absurd_numbers_of_threads_are_refused() {
        assert_eq!(Pool::new(3).unwrap().threads(), 3);
        assert!(Pool::new(Pool::MOST + 1).is_err());
    }
}
