//! Bytes that one thread reads while another uses those before them.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes that are handed over at once.
const BLOCK: usize = 256 * 1024;
/// Blocks on the way between the two threads.
const QUEUE: usize = 6;

/// What a thread of its own reads ahead. Nothing is copied on the way: whoever parses it does so
/// where the other has put it.
pub(crate) struct BytesAhead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    /// Blocks that were used up, for their memory.
    back: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    /// Whether the last block has come: one that is not full.
    is_over: bool,
}

/// Reads `input` ahead on a thread that ends when there is no more to read, or nobody who reads.
pub(crate) fn bytes_ahead(mut input: impl Read + Send + 'static) -> BytesAhead {
    let (give, blocks) = sync_channel(QUEUE);
    let (back, empty) = sync_channel::<Vec<u8>>(QUEUE + 2);
    std::thread::spawn(move || {
        loop {
            let mut block = empty.try_recv().unwrap_or_default();
            block.clear();
            // The whole room is used, since as much is asked for again and again.
            block.reserve_exact(BLOCK);
            let read = input.by_ref().take(BLOCK as u64).read_to_end(&mut block);
            let is_last = !matches!(read, Ok(BLOCK));
            if give.send(read.map(|_| block)).is_err() || is_last {
                return;
            }
        }
    });
    BytesAhead { blocks, back, block: Vec::new(), at: 0, is_over: false }
}

impl BufRead for BytesAhead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.block.len() && !self.is_over {
            // A thread that stopped is no end: what is missing would look gone.
            let stopped = |_| io::Error::other("the thread that reads ahead stopped");
            let next = self.blocks.recv().map_err(stopped)??;
            self.is_over = next.len() < BLOCK;
            let used = std::mem::replace(&mut self.block, next);
            self.at = 0;
            // A full queue has memory enough.
            drop(self.back.try_send(used));
        }
        Ok(self.block.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, many: usize) {
        self.at = self.block.len().min(self.at + many);
    }
}

impl Read for BytesAhead {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let read = ready.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails after so many bytes.
    struct Torn(usize);

    impl Read for Torn {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let many = out.len().min(self.0);
            out[..many].fill(7);
            self.0 -= many;
            Ok(many)
        }
    }

    #[test]
    fn the_same_bytes_come_out() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 20 * BLOCK + 17] {
            let bytes: Vec<u8> = (0..251).cycle().take(length).collect();
            let mut out = Vec::new();
            bytes_ahead(io::Cursor::new(bytes.clone())).read_to_end(&mut out).unwrap();
            assert!(out == bytes, "{length}");
        }
    }

    #[test]
    fn what_is_cut_off_ends_in_the_error() {
        for length in [0, 10, BLOCK, 3 * BLOCK + 5] {
            let error = bytes_ahead(Torn(length)).read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
        }
    }

    #[test]
    fn a_thread_that_stops_is_no_end() {
        let (give, blocks) = sync_channel(1);
        let (back, _) = sync_channel(1);
        give.send(Ok(vec![1; BLOCK])).unwrap();
        drop(give);
        let mut ahead = BytesAhead { blocks, back, block: Vec::new(), at: 0, is_over: false };
        assert!(ahead.read_to_end(&mut Vec::new()).is_err());
    }

    /// Has no end, and tells that it is read.
    struct Endless(std::sync::mpsc::Sender<()>);

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0.send(()).map_err(io::Error::other)?;
            out.fill(1);
            Ok(out.len())
        }
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_thread() {
        let (told, hears) = std::sync::mpsc::channel();
        let mut ahead = bytes_ahead(Endless(told));
        assert_eq!(ahead.fill_buf().unwrap().len(), BLOCK);
        drop(ahead);
        while hears.recv().is_ok() {}
    }
}
