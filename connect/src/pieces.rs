//! Work in pieces, by as many threads as there are cores.

use std::num::NonZero;
use std::sync::Mutex;

/// More threads than this gain nothing by what is done here.
const MOST: usize = 4;

/// Does all pieces, in any order and several at once; ends when all are done.
pub fn done(pieces: Vec<Box<dyn FnOnce() + Send + '_>>) {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MOST).min(pieces.len());
    let pieces = Mutex::new(pieces);
    let next = || pieces.lock().ok().and_then(|mut pieces| pieces.pop());
    let work = || {
        while let Some(piece) = next() {
            piece();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        let done_so_far = AtomicU32::new(0);
        let piece = |number: u32| -> Box<dyn FnOnce() + Send + '_> {
            let done_so_far = &done_so_far;
            Box::new(move || {
                done_so_far.fetch_add(number, Ordering::Relaxed);
            })
        };
        done((1..=100).map(piece).collect());
        done(Vec::new());
        assert_eq!(done_so_far.into_inner(), 5050);
    }
}
