use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use tokio::sync::oneshot;

use crate::answer::Refusal;
use crate::guard::{Client, Page};

/// Where the engine's work waits: clients take turns, and of each kind of work only a page's newest wish is kept.
///
/// One thread works, and every piece of work may use all of the engine's threads. There are two: one for answers within a moment, one for
/// those that take seconds on large networks, so that these hold up nobody else.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    turns: VecDeque<Client>,
    jobs: HashMap<Client, Vec<(Kind, Page, Job)>>,
    closed: bool,
}

type Job = Box<dyn FnOnce() + Send>;

/// Kinds of work, of which a page has one waiting each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Look,
    Raw,
    Activity,
    Edges,
    Paths,
    Localize,
    Optimize,
}

impl Desk {
    /// A desk with its thread, which ends with [`Desk::close`].
    pub(crate) fn open(name: &str) -> std::io::Result<Desk> {
        let desk = Desk(Arc::new(Shared { waiting: Mutex::default(), bell: Condvar::new() }));
        let worker = desk.clone();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || worker.work())?;
        Ok(desk)
    }

    /// Has work done and waits for what it gives.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        client: Client,
        page: Page,
        kind: Kind,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (sender, receiver) = oneshot::channel();
        let job = move || {
            // nobody listens any more
            if sender.is_closed() {
                return;
            }
            let done = catch_unwind(AssertUnwindSafe(work));
            let _ = sender.send(done.unwrap_or_else(|_| {
                Err(Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "a mistake in inscape itself; please report it",
                ))
            }));
        };
        self.put(client, page, kind, Box::new(job));
        receiver.await.map_err(|_| Refusal::superseded())?
    }

    fn put(&self, client: Client, page: Page, kind: Kind, job: Job) {
        let mut waiting = self.waiting();
        if waiting.closed {
            return;
        }
        let jobs = waiting.jobs.entry(client).or_default();
        match jobs.iter_mut().find(|(known, asker, _)| (*known, *asker) == (kind, page)) {
            Some((.., former)) => *former = job,
            None => jobs.push((kind, page, job)),
        }
        if !waiting.turns.contains(&client) {
            waiting.turns.push_back(client);
        }
        self.0.bell.notify_one();
    }

    /// Ends the thread after the work it is at; what waits gets no answer.
    pub(crate) fn close(&self) {
        let mut waiting = self.waiting();
        *waiting = Waiting { closed: true, ..Waiting::default() };
        self.0.bell.notify_all();
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.waiting();
        loop {
            if waiting.closed {
                return None;
            }
            if let Some(client) = waiting.turns.pop_front() {
                let mut jobs = waiting.jobs.remove(&client).unwrap_or_default();
                if jobs.is_empty() {
                    continue;
                }
                let (.., job) = jobs.remove(0);
                if !jobs.is_empty() {
                    waiting.jobs.insert(client, jobs);
                    waiting.turns.push_back(client);
                }
                return Some(job);
            }
            waiting = self.0.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc};

    use super::{Desk, Kind};
    use crate::answer::Refusal;
    use crate::guard::{Client, Page};

    #[test]
    fn clients_take_turns_and_only_the_newest_wish_of_a_kind_is_done() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let desk = Desk::open("test").unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let [a, b] = [1, 2].map(Client::of);
        let (release, wait) = mpsc::channel::<()>();
        let ask = |client, kind, name: &'static str| {
            let (desk, order) = (desk.clone(), order.clone());
            runtime.spawn(async move {
                let work = move || {
                    order.lock().unwrap().push(name);
                    Ok::<_, Refusal>(name)
                };
                desk.ask(client, Page(0), kind, work).await
            })
        };
        let (begun, at_work) = mpsc::channel();
        let (held, on_hold) = (desk.clone(), wait);
        let busy = runtime.spawn(async move {
            let work = move || {
                begun.send(()).unwrap();
                on_hold.recv().unwrap();
                Ok::<_, Refusal>(())
            };
            held.ask(a, Page(0), Kind::Look, work).await
        });
        at_work.recv().unwrap();
        let settle = || std::thread::sleep(std::time::Duration::from_millis(30));
        let old = ask(a, Kind::Look, "old look of a");
        settle();
        let raw = ask(a, Kind::Raw, "raw of a");
        settle();
        let second = desk.clone();
        let page = runtime.spawn(async move { second.ask(a, Page(1), Kind::Look, || Ok(())).await });
        settle();
        let other = ask(b, Kind::Look, "look of b");
        settle();
        let new = ask(a, Kind::Look, "new look of a");
        settle();
        release.send(()).unwrap();
        runtime.block_on(async {
            busy.await.unwrap().unwrap();
            assert_eq!(old.await.unwrap().unwrap_err().status, 409);
            assert_eq!(new.await.unwrap().unwrap(), "new look of a");
            other.await.unwrap().unwrap();
            page.await.unwrap().unwrap();
            raw.await.unwrap().unwrap();
        });
        assert_eq!(*order.lock().unwrap(), ["new look of a", "look of b", "raw of a"]);
        let broken = async || {
            desk.ask(a, Page(0), Kind::Look, || -> Result<(), Refusal> { panic!("on purpose") }).await
        };
        assert_eq!(runtime.block_on(broken()).unwrap_err().status, 500);
        assert!(runtime.block_on(desk.ask(a, Page(0), Kind::Look, || Ok(()))).is_ok());
    }
}
