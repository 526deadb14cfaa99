use std::fmt::Write as _;

use roster::{Interval, Key, Record, SourceIndex};

use super::*;

type Each = fn(TableFile, &mut Then<'_>) -> Result<TableFile, SourceError>;

fn each_ahead(file: TableFile, then: &mut Then<'_>) -> Result<TableFile, SourceError> {
    std::thread::scope(|scope| Ahead::begin(scope, file, None).each(then))
}

fn each_here(file: TableFile, then: &mut Then<'_>) -> Result<TableFile, SourceError> {
    each(file, None, then)
}

fn rows(text: &str, each: Each) -> (Vec<(u64, StringRecord)>, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).unwrap();
    let file = TableFile::open(&path, None, None, None).unwrap();
    let mut seen = Vec::new();
    let end = each(file, &mut |came| {
        if let Came::Row(record) = came {
            let line = record.position().map_or(0, csv::Position::line);
            seen.push((line, record.clone()));
        }
        Ok(())
    });
    (seen, end.err().map(|error| format!("{error:?}")))
}

/// What is read, and which error comes after which row, is the same with and without
/// a thread that reads ahead.
#[test]
fn rows_read_ahead_are_the_same_rows_and_end_in_the_same_error() {
    let mut text = "a,b\n".to_owned();
    for number in 0..5 * BATCH + 7 {
        writeln!(text, "{number},\"x {number}\"").unwrap();
    }
    let torn = format!("{text}one field\n1,2\n");
    for text in [&text, &torn, "a,b\n"] {
        let (ahead, here) = (rows(text, each_ahead), rows(text, each_here));
        assert_eq!(ahead.0.len(), here.0.len());
        assert_eq!(ahead, here);
        assert_eq!(here.1.is_some(), text.contains("one field"));
    }
}

/// A file of so many rows, of which those that `is_row` tells are rows and the others relations.
fn beside<T>(many: usize, is_row: fn(usize) -> bool, look: impl FnOnce(Ahead<'_>) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let mut text = "a\n".to_owned();
    for number in 0..many {
        writeln!(text, "{number}").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let file = TableFile::open(&path, None, None, None).unwrap();
    let make: Make = Box::new(move |record, to| {
        let number: usize = record[0].parse().unwrap();
        let (person, group) = (Key::from_bytes([1; 16]), Key::from_bytes([2; 16]));
        let interval = Interval::ALWAYS;
        !is_row(number) && to.add(SourceIndex(0), &Record::Membership { person, group, interval })
    });
    std::thread::scope(|scope| look(Ahead::begin(scope, file, Some(make))))
}

/// Relations are handed over before the turn of their file, each once; its other rows wait.
#[test]
fn relations_come_before_their_turn_and_rows_in_it() {
    let many = 40 * BATCH;
    let (before, then, rows) = beside(
        many,
        |it| it % 5000 == 17,
        |mut ahead| {
            let (mut before, mut then, mut rows) = (0, 0, Vec::new());
            while before < many - 5 {
                let count = &mut |it: &Relations| {
                    before += it.len();
                    Ok(())
                };
                ahead.relations_so_far(count).unwrap();
            }
            let file = ahead.each(&mut |came| {
                match came {
                    Came::Row(row) => rows.push(row[0].to_owned()),
                    Came::Relations(relations) => then += relations.len(),
                    Came::Pause => {}
                }
                Ok(())
            });
            assert_eq!(file.unwrap().rows, many as u64);
            (before, then, rows)
        },
    );
    assert_eq!((before, then), (many - 5, 0));
    assert_eq!(rows, ["17", "5017", "10017", "15017", "20017"]);
}

/// A file in which nothing is a relation is not taken into memory before its turn.
#[test]
fn a_file_of_rows_waits_for_its_turn() {
    let many = 3 * MOST_HELD * BATCH;
    let rows = beside(
        many,
        |_| true,
        |mut ahead| {
            while ahead.held.len() < MOST_HELD {
                ahead.relations_so_far(&mut |_| Ok(())).unwrap();
            }
            ahead.relations_so_far(&mut |_| Ok(())).unwrap();
            assert_eq!(ahead.held.len(), MOST_HELD);
            let mut rows = Vec::new();
            let each = &mut |came: Came<'_>| {
                if let Came::Row(row) = came {
                    rows.push(row[0].parse::<usize>().unwrap());
                }
                Ok(())
            };
            ahead.each(each).unwrap();
            rows
        },
    );
    assert!(rows.into_iter().eq(0..many));
}

#[test]
fn a_consumer_that_stops_is_not_waited_for() {
    let text = format!("a,b\n{}", "1,2\n".repeat(20 * BATCH));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, text).unwrap();
    let file = TableFile::open(&path, None, None, None).unwrap();
    let mut seen = 0;
    let stopped = each_ahead(file, &mut |came| {
        let Came::Row(_) = came else { return Ok(()) };
        seen += 1;
        let stop = SourceError::Unavailable { place: String::new(), detail: String::new() };
        if seen == 3 { Err(stop) } else { Ok(()) }
    });
    assert!(stopped.is_err());
    assert_eq!(seen, 3);
}
