use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// Calls `work` for every number from `first` below `n` on several threads, and `take` with what it gave in the order of the
/// numbers; the first error of `take` ends it all. No more results wait than there are threads, twice over.
pub(super) fn in_order<T: Send, E>(
    threads: usize,
    first: usize,
    n: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    if threads < 2 {
        return (first..n).try_for_each(|i| take(work(i)));
    }
    let next = AtomicUsize::new(first);
    let (sender, receiver) = sync_channel(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(n - first.min(n)) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    // nobody listens after an error
                    if i >= n || sender.send((i, work(i))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = first;
        for (i, made) in receiver {
            waiting.insert(i, made);
            while let Some(made) = waiting.remove(&expected) {
                take(made)?;
                expected += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let mut taken = Vec::new();
            let slow = |i: usize| {
                std::thread::sleep(std::time::Duration::from_micros((i * 7919 % 13) as u64 * 50));
                i * i
            };
            in_order(threads, 3, 60, slow, |square| {
                taken.push(square);
                Ok::<(), ()>(())
            })
            .unwrap();
            assert_eq!(taken, (3..60).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_it_and_nothing_to_do_is_done() {
        let mut taken = 0;
        let stopped = in_order(
            3,
            0,
            1000,
            |i| i,
            |i| {
                taken += 1;
                if i == 5 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((stopped, taken), (Err("enough"), 6));
        assert_eq!(in_order(3, 7, 7, |i| i, |_| Err("nothing comes")), Ok(()));
    }
}
