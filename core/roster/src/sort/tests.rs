use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use proptest::prelude::*;

use super::*;

type Finish = fn(SortSink<MemorySpool>) -> Result<SortedRows<MemorySpool>, SpoolError>;

fn sorted(begin: Begin, rows: &[Vec<u8>], budget: usize, finish: Finish) -> Vec<Vec<u8>> {
    let mut sink = SortSink::of(begin, MemorySpool::default(), budget);
    for row in rows {
        sink.push(row).unwrap();
    }
    let sorted = finish(sink).unwrap();
    let mut stream = sorted.stream().unwrap();
    let mut out = Vec::new();
    while let Some(row) = stream.next_row().unwrap() {
        out.push(row.to_vec());
    }
    out
}

/// A spool that counts the runs that are read at once.
#[derive(Default)]
struct Counted {
    inner: MemorySpool,
    now: AtomicUsize,
    most: AtomicUsize,
}

struct Reading<'a>(Box<dyn RowStream + Send + 'a>, &'a AtomicUsize);

impl RowStream for Reading<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        self.0.next_row()
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Relaxed);
    }
}

impl Spool for Counted {
    fn put(&mut self, run: Run) -> Result<RunId, SpoolError> {
        self.inner.put(run)
    }

    fn settle(&mut self) -> Result<(), SpoolError> {
        self.inner.settle()
    }

    fn join(&mut self, runs: &[RunId]) -> Result<RunId, SpoolError> {
        self.most.fetch_max(runs.len(), Relaxed);
        self.inner.join(runs)
    }

    fn open(&self, run: RunId) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        self.most.fetch_max(self.now.fetch_add(1, Relaxed) + 1, Relaxed);
        Ok(Box::new(Reading(self.inner.open(run)?, &self.now)))
    }
}

/// However many runs a register makes, so many are read side by side: what merging takes
/// does not grow with it. Of a small budget they are half as many.
#[test]
fn a_merge_reads_a_bounded_number_of_runs() {
    for many in [1_usize, 16, 17, 300, 2000] {
        let mut sink = SortSink::growing(Begin::WithKey, Counted::default(), 1, 1);
        for number in 0..many {
            sink.push(&(number * 7919 % many).to_be_bytes()).unwrap();
        }
        let sorted = sink.finish().unwrap();
        let mut stream = sorted.stream().unwrap();
        for number in 0..many {
            assert_eq!(stream.next_row().unwrap(), Some(&number.to_be_bytes()[..]));
        }
        assert_eq!(stream.next_row().unwrap(), None);
        drop(stream);
        assert!(sorted.spool.most.load(Relaxed) <= MOST_RUNS / 2, "{many}");
    }
}

proptest! {
    /// Whatever the budget, the rows come out as a sorted set.
    #[test]
    fn a_budget_changes_memory_and_nothing_else(
        rows in prop::collection::vec(
            prop::collection::vec(prop_oneof![0_u8..4, 6_u8..10, 0x7e_u8..=0xff], 0..12),
            0..60,
        ),
        budget in 1_usize..400,
    ) {
        let mut expected = rows.clone();
        expected.sort();
        expected.dedup();
        for begin in [Begin::WithKey, Begin::WithKind] {
            for finish in [SortSink::finish as Finish, SortSink::finish_in_place] {
                prop_assert_eq!(&sorted(begin, &rows, budget, finish), &expected);
                prop_assert_eq!(&sorted(begin, &rows, usize::MAX, finish), &expected);
            }
        }
    }

    /// Rows of one person begin alike, some many of them, and some end within what is compared
    /// first.
    #[test]
    fn rows_that_begin_alike_are_sorted_by_what_follows(
        rows in prop::collection::vec(
            (0_usize..26, prop::collection::vec(0_u8..2, 0..30)).prop_map(|(alike, mut rest)| {
                rest.splice(..0, std::iter::repeat_n(0, alike));
                rest
            }),
            0..90,
        ),
    ) {
        let mut expected = rows.clone();
        expected.sort();
        expected.dedup();
        for finish in [SortSink::finish as Finish, SortSink::finish_in_place] {
            prop_assert_eq!(&sorted(Begin::WithKey, &rows, usize::MAX, finish), &expected);
        }
    }
}
