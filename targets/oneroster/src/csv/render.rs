//! A delivery becomes lines: all of them, or those that differ from the delivery before.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use roster::Key;
use state::{Delivery, Held};

use super::Failed;
use super::cells::{Line, Notes};
use super::columns::File;
use super::frame::Frame;
use super::groups::{Group, Groups};
use super::settings::Settings;
use super::sheets::Sheets;
use super::users::{self, Side};

/// One side of a difference.
struct Ground<'a> {
    side: Side,
    held: Held<'a>,
    frame: Frame,
    settings: &'a Settings,
}

impl<'a> Ground<'a> {
    fn new(
        side: Side,
        held: Held<'a>,
        settings: &'a Settings,
        notes: &mut Notes,
    ) -> Result<Self, Failed> {
        let frame = Frame::read(held, settings, notes)?;
        Ok(Self { side, held, frame, settings })
    }

    /// Groups of users alone: the others stand in the frame.
    fn users(&self) -> Result<Groups<'a>, Failed> {
        let mut groups = Groups::of(self.held)?;
        while groups.ahead()?.is_some_and(|owner| owner.kind < super::card::USER) {
            groups.next()?;
        }
        Ok(groups)
    }

    /// Every line, those of users one user at a time.
    fn each(
        &self,
        notes: &mut Notes,
        then: &mut dyn FnMut(&Line) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        self.frame.lines().try_for_each(&mut *then)?;
        let mut groups = self.users()?;
        while let Some(group) = groups.next()? {
            self.lines(group, notes)?.iter().try_for_each(&mut *then)?;
        }
        Ok(())
    }

    fn lines(&self, group: &Group, notes: &mut Notes) -> Result<Vec<Line>, Failed> {
        users::lines(group, self.side, &self.frame, self.held.published, self.settings, notes)
    }
}

/// Writes every line of the set.
pub(super) fn bulk<W: Write>(
    delivery: Delivery<'_>,
    settings: &Settings,
    sheets: &mut Sheets<'_, W>,
) -> Result<Notes, Failed> {
    let mut notes = Notes::default();
    let ground = Ground::new(Side::After, delivery.set, settings, &mut notes)?;
    ground.each(&mut notes, &mut |line| sheets.put(line.file, line.id, ["", ""], &line.cells))?;
    if delivery.confirmed > 0 {
        emptied(delivery, settings, sheets)?;
    }
    Ok(notes)
}

/// A file without rows must be left out, and one that is left out says nothing: so rows of a
/// file that has become empty are told as to be deleted (reference/targets.md §1.1: modes may
/// be mixed).
fn emptied<W: Write>(
    delivery: Delivery<'_>,
    settings: &Settings,
    sheets: &mut Sheets<'_, W>,
) -> Result<(), Failed> {
    let empty: Vec<File> = File::ALL.into_iter().filter(|file| !sheets.has(*file)).collect();
    if empty.iter().all(|file| file.columns(settings.version).is_empty()) {
        return Ok(());
    }
    let mut said = Notes::default();
    let old = Ground::new(Side::Before, delivery.before, settings, &mut said)?;
    let at = time(delivery.at);
    old.each(&mut said, &mut |line| {
        if !empty.contains(&line.file) {
            return Ok(());
        }
        let cells = users::removal(line, settings.version);
        sheets.put(line.file, line.id, ["tobedeleted", &at], &cells)
    })
}

/// A row on both sides; `None` where it is not.
#[derive(Default)]
struct Change {
    before: Option<Line>,
    after: Option<Line>,
}

/// Rows that differ. Only they are in memory.
#[derive(Default)]
struct Changes(BTreeMap<(File, Key), Change>);

impl Changes {
    fn add(&mut self, side: Side, line: Line) {
        let change = self.0.entry((line.file, line.id)).or_default();
        match side {
            Side::Before => change.before = Some(line),
            Side::After => change.after = Some(line),
        }
    }

    /// The lines of a user on both sides, without those that are the same.
    fn compare(&mut self, before: Vec<Line>, after: Vec<Line>) {
        let mut after = after;
        for line in before {
            match after.iter().position(|it| (it.file, it.id) == (line.file, line.id)) {
                Some(at) if after[at] == line => drop(after.swap_remove(at)),
                Some(_) | None => self.add(Side::Before, line),
            }
        }
        for line in after {
            self.add(Side::After, line);
        }
    }
}

/// Writes what has changed since the delivery before: what is new or otherwise as active,
/// what is gone as to be deleted.
pub(super) fn delta<W: Write>(
    delivery: Delivery<'_>,
    settings: &Settings,
    sheets: &mut Sheets<'_, W>,
) -> Result<Notes, Failed> {
    let (mut notes, mut said_before) = (Notes::default(), Notes::default());
    let old = Ground::new(Side::Before, delivery.before, settings, &mut said_before)?;
    let new = Ground::new(Side::After, delivery.set, settings, &mut notes)?;
    let mut changes = Changes::default();
    for (side, frame) in [(Side::Before, &old.frame), (Side::After, &new.frame)] {
        for line in frame.lines() {
            changes.add(side, line.clone());
        }
    }
    changes.0.retain(|_, change| change.before != change.after);
    compare_users(&old, &new, &mut changes, [&mut said_before, &mut notes])?;
    let at = time(delivery.at);
    for ((file, id), change) in changes.0 {
        match (change.before, change.after) {
            (Some(before), None) => {
                let cells = users::removal(&before, settings.version);
                sheets.put(file, id, ["tobedeleted", &at], &cells)?;
            }
            (before, Some(after)) if before.as_ref() != Some(&after) => {
                sheets.put(file, id, ["active", &at], &after.cells)?;
            }
            (Some(_), Some(_)) | (None, Some(_) | None) => {}
        }
    }
    Ok(notes)
}

fn compare_users(
    old: &Ground<'_>,
    new: &Ground<'_>,
    changes: &mut Changes,
    [said_before, notes]: [&mut Notes; 2],
) -> Result<(), Failed> {
    let (mut before, mut after) = (old.users()?, new.users()?);
    loop {
        let (was, is) = (before.ahead()?, after.ahead()?);
        let (take_before, take_after) = match (was, is) {
            (None, None) => return Ok(()),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (Some(was), Some(is)) => (was <= is, is <= was),
        };
        if take_before {
            before.next()?;
        }
        if take_after {
            after.next()?;
        }
        if take_before && take_after && is_untouched(old, new, before.current(), after.current())? {
            continue;
        }
        let mut lines = [Vec::new(), Vec::new()];
        if take_before {
            lines[0] = old.lines(before.current(), said_before)?;
        }
        if take_after {
            lines[1] = new.lines(after.current(), notes)?;
        }
        let [was, is] = lines;
        changes.compare(was, is);
    }
}

/// Whether nothing can have changed, so that no lines need be made.
fn is_untouched(
    old: &Ground<'_>,
    new: &Ground<'_>,
    before: &Group,
    after: &Group,
) -> Result<bool, Failed> {
    let owner = after.owner()?;
    let [was, is] = [old.held, new.held].map(|held| held.published.of(owner));
    Ok(was == is
        && before.is_same(after)
        && !old.frame.differs(&new.frame, is, &after.containers()?))
}

/// `YYYY-MM-DDTHH:MM:SS.sssZ`
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
