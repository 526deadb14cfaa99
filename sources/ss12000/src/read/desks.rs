//! Threads that turn pages into rows. They are few and end with the lists: what a thread has
//! allocated, and others have freed, is given back when it ends and not before.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// So many pages are turned into rows at once, at most.
const MOST: usize = 4;

type Work = Box<dyn FnOnce() + Send>;

/// The way to those who sit at the desks; they go when the last of these is dropped.
#[derive(Clone)]
pub(super) struct Desks {
    work: Sender<Work>,
    many: usize,
}

/// Those who sit at the desks.
pub(super) struct Seated(Vec<JoinHandle<()>>);

/// Sets them down. One core is left to what fetches pages and puts rows aside.
pub(super) fn set_down() -> (Desks, Seated) {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let many = (cores - 1).clamp(1, MOST);
    let (work, to_do) = channel::<Work>();
    let to_do = Arc::new(Mutex::new(to_do));
    let seat = |_| {
        let to_do = Arc::clone(&to_do);
        std::thread::spawn(move || {
            while let Some(work) = next(&to_do) {
                work();
            }
        })
    };
    (Desks { work, many }, Seated((0..many).map(seat).collect()))
}

fn next(to_do: &Mutex<Receiver<Work>>) -> Option<Work> {
    to_do.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Desks {
    /// How many there are.
    pub(super) fn many(&self) -> usize {
        self.many
    }

    /// Has a piece of work done. Where nobody is left to do it, it is dropped.
    pub(super) fn put(&self, work: Work) {
        drop(self.work.send(work));
    }
}

impl Seated {
    /// Waits until all have gone. What they did not come to an end with is known to who asked.
    pub(super) fn gone(self) {
        for seated in self.0 {
            drop(seated.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// All work is done, by so many and no more, and nobody is left when the last way is gone.
    #[test]
    fn desks_do_all_work_and_are_left_at_the_end() {
        let (desks, seated) = set_down();
        let (done, at_once, most) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default(), desks.many());
        for _ in 0..500 {
            let (done, at_once) = (Arc::clone(&done), Arc::clone(&at_once));
            desks.clone().put(Box::new(move || {
                assert!(at_once.fetch_add(1, Ordering::SeqCst) < most);
                at_once.fetch_sub(1, Ordering::SeqCst);
                done.fetch_add(1, Ordering::SeqCst);
            }));
        }
        drop(desks);
        seated.gone();
        assert_eq!((done.load(Ordering::SeqCst), Arc::strong_count(&done)), (500, 1));
    }
}
