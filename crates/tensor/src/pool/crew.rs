#![expect(unsafe_code, reason = "threads borrow the work of a call, which waits for all that took part")]

use std::any::Any;
use std::cell::UnsafeCell;
use std::io::Result;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::share::Share;

/// Threads that wait for calls awake for a while, because a network is a hundred calls with little between them and waking
/// a thread takes as long as many of them: 40 to 90 µs against 3.
pub(super) struct Crew {
    site: Arc<Site>,
    workers: Vec<JoinHandle<()>>,
}

/// How long a thread without work stays awake.
const AWAKE: Duration = Duration::from_millis(1);

/// Looks for work before the core is offered to others: some 10 µs.
const LOOKS: usize = 1 << 9;

/// What the threads share.
struct Site {
    /// `OPEN` while a call takes helpers, its number above, how many help below.
    state: AtomicU64,
    /// Valid from before the state is open until nobody helps any more.
    work: UnsafeCell<Work>,
    shares: Vec<Share>,
    /// Whether a call has the crew.
    taken: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    asleep: AtomicUsize,
    door: Mutex<()>,
    bell: Condvar,
    over: AtomicBool,
}

type Work = *const (dyn Fn(usize) + Sync);

// SAFETY: `work` is written only by the call that has the crew while nobody helps, and read only by its helpers.
unsafe impl Sync for Site {}
// SAFETY: as above; the pointer is only followed while the call it belongs to waits.
unsafe impl Send for Site {}

const OPEN: u64 = 1 << 16;
const HELPERS: u64 = OPEN - 1;
const CALL: u64 = OPEN << 1;

impl Crew {
    pub(super) fn new(threads: usize) -> Result<Crew> {
        let idle: &'static (dyn Fn(usize) + Sync) = &|_| {};
        let site = Arc::new(Site {
            state: AtomicU64::new(0),
            work: UnsafeCell::new(idle),
            shares: (0..threads).map(|_| Share::default()).collect(),
            taken: AtomicBool::new(false),
            panic: Mutex::new(None),
            asleep: AtomicUsize::new(0),
            door: Mutex::new(()),
            bell: Condvar::new(),
            over: AtomicBool::new(false),
        });
        let mut crew = Crew { site, workers: Vec::new() };
        for i in 1..threads {
            let site = crew.site.clone();
            let worker = std::thread::Builder::new().name(format!("inscape-{i}"));
            crew.workers.push(worker.spawn(move || site.serve(i))?);
        }
        Ok(crew)
    }

    pub(super) fn threads(&self) -> usize {
        self.site.shares.len()
    }

    pub(super) fn each(&self, n: usize, work: &(dyn Fn(usize) + Sync)) {
        let site = &*self.site;
        let Some(n) = u32::try_from(n).ok().filter(|_| !site.taken.swap(true, Ordering::Acquire)) else {
            return (0..n).for_each(work);
        };
        // SAFETY: only the lifetime changes; `close` waits for all who may follow the pointer.
        let lasting = unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), Work>(work) };
        // SAFETY: this call has the crew, and the one before waited for its helpers.
        unsafe { *site.work.get() = lasting };
        let threads = self.threads();
        site.shares.iter().enumerate().for_each(|(i, share)| share.deal(n, i, threads));
        site.open();
        site.take_part(0, work);
        site.close();
        let panic = lock(&site.panic).take();
        site.taken.store(false, Ordering::Release);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Site {
    /// Lets helpers in.
    fn open(&self) {
        let before = self.state.load(Ordering::Relaxed);
        // sequentially consistent, as is `sleep`: either the sleeper sees the call or it is seen here
        self.state.store((before + CALL) | OPEN, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.door));
            self.bell.notify_all();
        }
    }

    /// Lets nobody in any more and waits for those who are.
    fn close(&self) {
        self.state.fetch_and(!OPEN, Ordering::AcqRel);
        let mut looks = 0;
        while self.state.load(Ordering::Acquire) & HELPERS > 0 {
            look(&mut looks);
        }
    }

    /// Does one's own share, then what others have left.
    fn take_part(&self, own: usize, work: &(dyn Fn(usize) + Sync)) {
        let (before, from) = self.shares.split_at(own);
        let mine = std::iter::from_fn(|| from[0].front());
        let theirs = from[1..].iter().chain(before).flat_map(|share| std::iter::from_fn(|| share.back()));
        let all = AssertUnwindSafe(|| mine.chain(theirs).for_each(|i| work(i as usize)));
        if let Err(panic) = catch_unwind(all) {
            lock(&self.panic).get_or_insert(panic);
        }
    }

    /// The life of worker `own`.
    fn serve(&self, own: usize) {
        let mut last = 0;
        while let Some(call) = self.await_call(last) {
            last = call;
            // SAFETY: the state counted this thread in while the call was open, so the call waits for it.
            let work = unsafe { &**self.work.get() };
            self.take_part(own, work);
            self.state.fetch_sub(1, Ordering::Release);
        }
    }

    /// The number of a call other than the last that this thread has been counted into; `None` at the end.
    fn await_call(&self, last: u64) -> Option<u64> {
        let (mut looks, mut since) = (0, None);
        loop {
            let state = self.state.load(Ordering::Acquire);
            let call = state / CALL;
            if state & OPEN > 0 && call != last {
                let counted =
                    self.state.compare_exchange_weak(state, state + 1, Ordering::AcqRel, Ordering::Relaxed);
                if counted.is_ok() {
                    return Some(call);
                }
                continue;
            }
            if self.over.load(Ordering::Relaxed) {
                return None;
            }
            if look(&mut looks) && since.get_or_insert_with(Instant::now).elapsed() > AWAKE {
                self.sleep(last);
                (looks, since) = (0, None);
            }
        }
    }

    fn sleep(&self, last: u64) {
        let mut door = lock(&self.door);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let called = || {
            let state = self.state.load(Ordering::SeqCst);
            state & OPEN > 0 && state / CALL != last || self.over.load(Ordering::Relaxed)
        };
        while !called() {
            door = self.bell.wait(door).unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.site.over.store(true, Ordering::Relaxed);
        drop(lock(&self.site.door));
        self.site.bell.notify_all();
        for worker in self.workers.drain(..) {
            // a worker catches every panic of its work
            let _ = worker.join();
        }
    }
}

/// Passes a moment; after some of them others may have the core. Says whether they may.
fn look(looks: &mut usize) -> bool {
    *looks += 1;
    if *looks < LOOKS {
        std::hint::spin_loop();
        return false;
    }
    std::thread::yield_now();
    true
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
