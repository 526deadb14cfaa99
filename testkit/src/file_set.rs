//! What any target must keep that delivers a whole set of files to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use roster::{Key, RowSource, RowStream, SpoolError};
use state::{
    Delivery, Expected, Held, Intact, Kind, Material, ObjectRef, Operation, Outcome, PublishedIds,
    ReadBack, Row, RowRef, Target, TargetError, Verb,
};

use crate::Failure;

/// Encoded rows in memory.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    rows: Vec<Vec<u8>>,
    breaks_at_end: bool,
}

impl Rows {
    /// Rows in the order of state.
    #[must_use]
    pub fn new(rows: &[Row]) -> Self {
        let mut rows: Vec<_> = rows.iter().map(Row::encoded).collect();
        rows.sort_by(|a, b| id(a).cmp(id(b)));
        Self { rows, breaks_at_end: false }
    }

    /// The same rows, but reading on past the last fails, as a disk can.
    #[must_use]
    pub fn broken(rows: &[Row]) -> Self {
        Self { breaks_at_end: true, ..Self::new(rows) }
    }
}

fn id(row: &[u8]) -> &[u8] {
    RowRef::new(row).map_or(&[], |row| row.id)
}

impl RowSource for Rows {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        Ok(Box::new(Reading { rows: &self.rows, breaks_at_end: self.breaks_at_end }))
    }
}

struct Reading<'a> {
    rows: &'a [Vec<u8>],
    breaks_at_end: bool,
}

impl RowStream for Reading<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        match self.rows.split_first() {
            Some((row, rest)) => {
                self.rows = rest;
                Ok(Some(row))
            }
            None if self.breaks_at_end => Err(SpoolError("made to fail".into())),
            None => Ok(None),
        }
    }
}

/// A first delivery of these rows.
#[must_use]
pub fn first<'a>(rows: &'a Rows, published: &'a PublishedIds) -> Delivery<'a> {
    const NOTHING: &Rows = &Rows { rows: Vec::new(), breaks_at_end: false };
    Delivery {
        set: Held { rows, published },
        before: Held { rows: NOTHING, published },
        number: 1,
        confirmed: 0,
        at: Timestamp::UNIX_EPOCH,
    }
}

/// A target under test.
pub struct FileSet<'a> {
    /// Makes the target; it delivers to this folder, which is not there yet.
    pub make: &'a dyn Fn(&Path) -> Box<dyn Target>,
    /// A set that the receiver takes, with one person of each name, keyed by the place in
    /// the list: see [`FileSet::person`].
    pub rows: &'a dyn Fn(&[&str]) -> Vec<Row>,
    /// The kind of object that a person is.
    pub person: Kind,
}

impl FileSet<'_> {
    /// The person at this place of the list.
    #[must_use]
    pub const fn person(kind: Kind, at: u8) -> ObjectRef {
        ObjectRef { kind, key: Key::from_bytes([at.wrapping_add(100); 16]) }
    }
}

/// Names that have broken somebody's export.
const ODD_NAMES: &[&str] = &[
    "Åsa Öberg",
    "O'Brien",
    "Efternamn, Förnamn",
    "\"Kalle\" Ek",
    "rad\nbrytning",
    "=SUM(A1:A9)",
    "@cmd",
    "+46",
    "-1",
    "𝒜da 🦆",
    "tab\there",
    "null\0byte",
    "\u{202e}baklänges",
    "Zoë",
    "  mellanslag  ",
    "\u{feff}märke",
    "NULL",
    "李小龍",
];

/// Delivers rows through one call that holds one operation, as a first delivery.
///
/// # Errors
///
/// [`TargetError`] as the target gives it.
pub async fn deliver(
    target: &dyn Target,
    rows: Rows,
    published: &PublishedIds,
) -> Result<Outcome, TargetError> {
    deliver_as(target, first(&rows, published), &rows).await
}

/// Sends a delivery through one call that holds one operation.
///
/// # Errors
///
/// [`TargetError`] as the target gives it.
pub async fn deliver_as(
    target: &dyn Target,
    delivery: Delivery<'_>,
    rows: &Rows,
) -> Result<Outcome, TargetError> {
    let operations = [Operation {
        number: 7,
        verb: Verb::Update,
        before: None,
        after: rows.rows.last().map(|row| row.clone().into_boxed_slice()),
        was: None,
        reason: None,
        is_expected: Expected::No,
        needs: Vec::new(),
    }];
    let calls = target.bundle(&operations);
    let [call] = &calls[..] else {
        return Err(invalid("a delivery is one call"));
    };
    let receipt = target.send(call, &operations, Material::Set(delivery)).await?;
    match &receipt.outcomes[..] {
        [outcome] if call.operations == [7] => Ok(outcome.clone()),
        _ => Err(invalid("one outcome per operation")),
    }
}

fn invalid(rule: &str) -> TargetError {
    TargetError::Invalid { target: "testkit".to_owned(), detail: rule.to_owned() }
}

/// Runs every check in an empty folder.
///
/// # Errors
///
/// [`Failure`] with the first rule that was not kept.
pub async fn file_set(set: &FileSet<'_>, empty: &Path) -> Result<(), Failure> {
    nothing_to_do_is_no_call(set, &empty.join("none"))?;
    an_unchanged_set_is_not_written_again(set, &empty.join("again")).await?;
    the_set_before_is_kept(set, &empty.join("before")).await?;
    a_delivery_that_fails_changes_nothing(set, &empty.join("fails")).await?;
    the_same_rows_give_the_same_bytes(set, &empty.join("same")).await?;
    published_ids_are_written_and_keys_are_not(set, &empty.join("ids")).await?;
    the_forgotten_are_nowhere(set, &empty.join("forget")).await?;
    what_was_delivered_is_read_back(set, &empty.join("back")).await
}

fn nothing_to_do_is_no_call(set: &FileSet<'_>, folder: &Path) -> Result<(), Failure> {
    must((set.make)(folder).bundle(&[]).is_empty(), "no operations, no call")
}

async fn an_unchanged_set_is_not_written_again(
    set: &FileSet<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let target = (set.make)(&folder.join("set"));
    let rows = (set.rows)(&["Ada", "Bo"]);
    let first = send(&*target, &rows).await?;
    must(matches!(first, Outcome::Done { .. }), "the first delivery is done")?;
    let before = files(folder)?;
    must(before.len() > 1, "files stand in the folder")?;
    must(send(&*target, &rows).await? == Outcome::AlreadySo, "the second is already so")?;
    must(files(folder)? == before, "nothing is written when nothing changed")
}

async fn the_set_before_is_kept(set: &FileSet<'_>, folder: &Path) -> Result<(), Failure> {
    let (current, previous) = (folder.join("set"), folder.join("set.previous"));
    let target = (set.make)(&current);
    send(&*target, &(set.rows)(&["Ada"])).await?;
    let first = files(&current)?;
    send(&*target, &(set.rows)(&["Ada", "Bo"])).await?;
    must(files(&current)? != first, "a changed set is written")?;
    must(files(&previous)? == first, "the set before stands in .previous")?;
    let entries = fs::read_dir(folder).map_err(failed)?.count();
    must(entries == 2, "nothing but the set and the one before is left lying")
}

async fn a_delivery_that_fails_changes_nothing(
    set: &FileSet<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let target = (set.make)(&folder.join("set"));
    send(&*target, &(set.rows)(&["Ada"])).await?;
    let before = files(folder)?;
    let rows = Rows::broken(&(set.rows)(&["Ada", "Bo"]));
    let outcome = deliver(&*target, rows, &PublishedIds::default()).await;
    must(outcome.is_err(), "rows that cannot be read are an error")?;
    must(files(folder)? == before, "nothing half written, nothing left lying")
}

async fn the_same_rows_give_the_same_bytes(
    set: &FileSet<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let rows = (set.rows)(ODD_NAMES);
    let (one, other) = (folder.join("one"), folder.join("other"));
    for folder in [&one, &other] {
        send(&*(set.make)(folder), &rows).await?;
    }
    let written = files(&one)?;
    must(written == files(&other)?, "the same rows give the same bytes")?;
    let is_text = |bytes: &Vec<u8>| {
        std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0') && !text.contains('\t'))
    };
    must(written.values().all(is_text), "UTF-8 without control characters")?;
    must(names(&one, "Åsa Öberg")?, "å and ö stay as they are")
}

async fn published_ids_are_written_and_keys_are_not(
    set: &FileSet<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let target = (set.make)(folder);
    let ada = FileSet::person(set.person, 0);
    let id = Key::from_bytes([0xab; 16]);
    let published = PublishedIds::new([(ada, id)]);
    let outcome = deliver(&*target, Rows::new(&(set.rows)(&["Ada", "Bo"])), &published).await;
    outcome.map_err(|error| Failure(error.to_string()))?;
    must(names(folder, &id.to_string())?, "the published id is written")?;
    must(!names(folder, &ada.key.to_string())?, "the key is not")
}

async fn the_forgotten_are_nowhere(set: &FileSet<'_>, folder: &Path) -> Result<(), Failure> {
    let target = (set.make)(&folder.join("set"));
    for people in [&["Ada", "Bo"][..], &["Ada", "Bo", "Cia"]] {
        send(&*target, &(set.rows)(people)).await?;
    }
    let [ada, bo] = [0, 1].map(|at| FileSet::person(set.person, at).key);
    target.forget(&[bo]).await.map_err(failed)?;
    must(!names(folder, &bo.to_string())?, "the forgotten stand in no file")?;
    for kept in ["set", "set.previous"] {
        must(names(&folder.join(kept), &ada.to_string())?, "the others stay")?;
    }
    let before = files(folder)?;
    target.forget(&[bo]).await.map_err(failed)?;
    must(files(folder)? == before, "to forget twice changes nothing")
}

/// For targets that say that they can: the persons come back by the id that the receiver
/// knows, with what was delivered of them, and nothing is written. A target of packages is
/// checked by this alone.
///
/// # Errors
///
/// [`Failure`] with the first rule that was not kept.
pub async fn what_was_delivered_is_read_back(
    set: &FileSet<'_>,
    folder: &Path,
) -> Result<(), Failure> {
    let target = (set.make)(&folder.join("set"));
    must(!target.has_delivery().await.map_err(failed)?, "nothing is delivered at first")?;
    let none = read_back(&*target).await?;
    if none.0 == ReadBack::Unable {
        return Ok(());
    }
    must(none == (ReadBack::Nothing, Vec::new()), "nothing comes back of nothing")?;
    let ada = FileSet::person(set.person, 0);
    let id = Key::from_bytes([0xab; 16]);
    let published = PublishedIds::new([(ada, id)]);
    let rows = (set.rows)(&["Ada", "Bo"]);
    deliver(&*target, Rows::new(&rows), &published).await.map_err(failed)?;
    must(target.has_delivery().await.map_err(failed)?, "a delivery is there")?;
    let newest = target.newest().await.map_err(failed)?;
    must(newest.is_none_or(|it| it.number == 1), "it has the number that it was given")?;
    let before = files(folder)?;
    let (how, back) = read_back(&*target).await?;
    must(matches!(how, ReadBack::Rows { intact: Intact::Yes, .. }), "it is as it was delivered")?;
    must(files(folder)? == before, "reading back writes nothing")?;
    let persons = |rows: &[Row]| -> BTreeSet<Key> {
        let key = |row: &Row| match row {
            Row::Object(object) if object.id.kind == set.person => Some(object.id.key),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
        };
        rows.iter().filter_map(key).collect()
    };
    let known: BTreeSet<Key> =
        persons(&rows).into_iter().map(|key| if key == ada.key { id } else { key }).collect();
    must(persons(&back) == known, "every person comes back by the id that the receiver knows")
}

async fn read_back(target: &dyn Target) -> Result<(ReadBack, Vec<Row>), Failure> {
    let mut encoded: Vec<Vec<u8>> = Vec::new();
    let how = target
        .read_back(&mut |row| {
            encoded.push(row.to_vec());
            Ok(())
        })
        .await
        .map_err(failed)?;
    let row = |row: &Vec<u8>| RowRef::new(row).and_then(|row| row.decode()).map_err(failed);
    Ok((how, encoded.iter().map(row).collect::<Result<_, _>>()?))
}

async fn send(target: &dyn Target, rows: &[Row]) -> Result<Outcome, Failure> {
    deliver(target, Rows::new(rows), &PublishedIds::default()).await.map_err(failed)
}

fn must(holds: bool, rule: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure(rule.to_owned())) }
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure(match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

/// Every file under a folder.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failure> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let place = path.strip_prefix(folder).map_err(failed)?.to_owned();
                found.insert(place, fs::read(&path).map_err(failed)?);
            }
        }
    }
    Ok(found)
}

fn names(folder: &Path, text: &str) -> Result<bool, Failure> {
    let text = text.as_bytes();
    Ok(files(folder)?.values().any(|bytes| bytes.windows(text.len()).any(|at| at == text)))
}
