//! The memory that pages lie in while they are read: so much and no more, whatever the register
//! sends, and used again and again.

use std::sync::{Arc, Mutex, PoisonError};

use roster::replica::Batch;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A page that was larger than this does not leave its memory for the next one.
pub(super) const SPARE: usize = 4 << 20;

/// Room for a page and for its rows at first: pages of all lists fit, so that a tray's memory
/// does not grow with each list that comes. What is not written to takes no memory.
const PAGE: usize = 512 << 10;
const ROWS: usize = PAGE / 2;

/// Trays for pages.
pub(super) struct Trays {
    permits: Arc<Semaphore>,
    /// Those that were used and are free.
    spare: Mutex<Vec<(Vec<u8>, Batch)>>,
}

/// A page's text and its rows lie here, from when it is asked for until its rows are taken.
pub(super) struct Tray {
    pub(super) body: Vec<u8>,
    pub(super) rows: Batch,
    of: Arc<Trays>,
    _permit: OwnedSemaphorePermit,
}

impl Trays {
    /// So many trays.
    pub(super) fn new(many: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(many));
        // By a thread that is gone when the memory is given back: then it is at once, while what
        // is freed for a thread that lives and sleeps stays until that thread asks for more.
        let made = std::thread::spawn(move || (0..many).map(|_| room()).collect());
        Arc::new(Self { permits, spare: Mutex::new(made.join().unwrap_or_default()) })
    }

    /// A tray, if one is free.
    pub(super) fn free(self: &Arc<Self>) -> Option<Tray> {
        Arc::clone(&self.permits).try_acquire_owned().ok().map(|permit| self.tray(permit))
    }

    /// Waits for a tray.
    pub(super) async fn wait(self: &Arc<Self>) -> Option<Tray> {
        Arc::clone(&self.permits).acquire_owned().await.ok().map(|permit| self.tray(permit))
    }

    /// The one that was used last: those that are not needed are never filled.
    fn tray(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Tray {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (body, rows) = spare.unwrap_or_default();
        Tray { body, rows, of: Arc::clone(self), _permit: permit }
    }
}

/// Memory for a page and its rows.
fn room() -> (Vec<u8>, Batch) {
    let mut rows = Batch::default();
    rows.reserve(ROWS);
    (Vec::with_capacity(PAGE), rows)
}

impl Drop for Tray {
    fn drop(&mut self) {
        let (body, mut rows) = (std::mem::take(&mut self.body), std::mem::take(&mut self.rows));
        rows.clear();
        if body.capacity().max(rows.capacity()) <= SPARE {
            self.of.spare.lock().unwrap_or_else(PoisonError::into_inner).push((body, rows));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many pages a register has, so many are in memory, in the same memory.
    #[tokio::test]
    async fn pages_lie_in_so_many_trays_and_no_more() {
        let trays = Trays::new(3);
        let mut places = std::collections::BTreeSet::new();
        let mut at_hand: Vec<Tray> = Vec::new();
        for page in 0..1000 {
            let mut tray = if let Some(tray) = trays.free() {
                tray
            } else {
                assert_eq!(at_hand.len(), 3);
                drop(at_hand.remove(page % 3));
                trays.wait().await.unwrap()
            };
            tray.body.clear();
            tray.body.extend_from_slice(&[b'x'; 1000]);
            places.insert(tray.body.as_ptr());
            at_hand.push(tray);
        }
        assert_eq!(places.len(), 3);
        // What one large page took is not held on to.
        at_hand[0].body.reserve(SPARE + 1);
        at_hand.clear();
        let free: Vec<Tray> = std::iter::from_fn(|| trays.free()).collect();
        assert_eq!(free.len(), 3);
        assert!(free.iter().all(|tray| tray.body.capacity() <= SPARE));
    }
}
