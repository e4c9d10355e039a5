use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use inscape::localization::Pointed;

use crate::answer::Refusal;
use crate::guard::Client;

/// What lies on the bench: sockets at work, and maps of objects that are cut out again and again.
#[derive(Default)]
pub(crate) struct Bench {
    next: AtomicU64,
    open: Mutex<HashMap<Client, usize>>,
    /// The one used last at the end.
    pointed: Mutex<Vec<Kept>>,
}

/// Where maps point, with the picture.
#[derive(Clone)]
struct Kept {
    client: Client,
    picture: String,
    key: String,
    pointed: Arc<Pointed>,
}

/// Images a client has climbing at a time, and all clients.
const SOCKETS: usize = 4;
const ALL_SOCKETS: usize = 128;
/// Maps that are kept, each with its picture.
const POINTED: usize = 8;

/// A socket's place, given back when it is dropped.
pub(super) struct Place {
    bench: Arc<Bench>,
    client: Client,
    pub(super) number: u64,
}

impl Bench {
    pub(super) fn place(self: &Arc<Self>, client: Client) -> Result<Place, Refusal> {
        let mut open = self.open();
        let all: usize = open.values().sum();
        let own = open.entry(client).or_default();
        if *own >= SOCKETS || all >= ALL_SOCKETS {
            return Err(Refusal::too_much());
        }
        *own += 1;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(Place { bench: self.clone(), client, number })
    }

    pub(super) fn pointed(&self, key: &str) -> Option<Arc<Pointed>> {
        let mut kept = self.kept();
        let at = kept.iter().position(|known| known.key == key)?;
        let found = kept.remove(at);
        kept.push(found.clone());
        Some(found.pointed)
    }

    pub(super) fn keep(&self, client: Client, picture: String, key: String, pointed: Arc<Pointed>) {
        let mut kept = self.kept();
        if kept.len() == POINTED {
            kept.remove(0);
        }
        kept.push(Kept { client, picture, key, pointed });
    }

    /// Forgets pictures that clients no longer have here.
    pub(crate) fn tidy(&self, has: impl Fn(Client, &str) -> bool) {
        self.kept().retain(|kept| has(kept.client, &kept.picture));
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.pointed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Client, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.bench.open();
        if let Some(own) = open.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.client);
            }
        }
    }
}
