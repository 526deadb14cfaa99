//! The files of v2.1 read back.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Kind, Value};

use super::card::{CLASS, COURSE, ORG, SESSION, USER};
use super::map::at;
use super::read_back::{DeliveredSet, Line, ReadError, Untold, text};
use super::table;

/// What users' other files say of them.
#[derive(Default)]
struct More {
    demographics: BTreeMap<Key, [String; 2]>,
    flags: BTreeMap<Key, BTreeSet<String>>,
    contacts: BTreeSet<Key>,
}

/// Reads the set; returns what it does not tell.
pub(super) fn read(set: &mut DeliveredSet<'_>) -> Result<Untold, ReadError> {
    let mut schools = BTreeSet::new();
    set.lines(&table::ORGS, |out, line| {
        let id = line.key(0)?;
        let at = if line.cell(2) == "school" { BTreeSet::from([id]) } else { BTreeSet::new() };
        schools.extend(&at);
        out.object(ORG, id, vec![line.text(1), line.text(2), line.reference(3, ORG)?], &at)
    })?;
    let of = |org: &Value| -> BTreeSet<Key> {
        org.refs().iter().map(|it| it.key).filter(|key| schools.contains(key)).collect()
    };
    set.lines(&table::SESSIONS, |out, line| {
        out.object(
            SESSION,
            line.key(0)?,
            (1..6).map(|at| line.text(at)).collect(),
            &BTreeSet::new(),
        )
    })?;
    set.lines(&table::COURSES, |out, line| {
        let org = line.reference(1, ORG)?;
        let at = of(&org);
        let year = line.reference(4, SESSION)?;
        let values = vec![org, line.text(2), line.text(3), line.text(5), line.text(6), year];
        out.object(COURSE, line.key(0)?, values, &at)
    })?;
    set.lines(&table::CLASSES, |out, line| {
        let org = line.reference(1, ORG)?;
        let at = of(&org);
        let sessions = line.references(3, SESSION)?;
        let values = vec![org, line.text(2), sessions, line.reference(4, COURSE)?, line.text(5)];
        out.object(CLASS, line.key(0)?, values, &at)
    })?;
    let more = more(set)?;
    set.lines(&table::USERS, |out, line| {
        let (id, values) = user(line, &more)?;
        out.object(USER, id, values, &BTreeSet::new())
    })?;
    set.lines(&table::ROLES, |out, line| {
        let (user, org) = (line.key(0)?, line.key(1)?);
        // Not a row of ours: contacts must have a role, and get this one when written.
        if line.cell(2) == "other" && more.contacts.contains(&user) {
            return Ok(());
        }
        let session = line.reference(3, SESSION)?;
        let values = vec![session, line.text(4), line.text(5), line.date(6), line.date(7)];
        out.role(org, user, line.cell(2), values, schools.get(&org).copied().into_iter().collect())
    })?;
    set.lines(&table::ENROLLMENTS, |out, line| {
        out.place(line.key(0)?, line.key(1)?, line.cell(2))
    })?;
    set.lines(&table::RELATIONSHIPS, |out, line| {
        out.contact(line.key(0)?, line.key(1)?, line.cell(2))
    })?;
    Ok(Untold { attributes: untold(set), partly: Vec::new() })
}

/// Attributes in files that the set does not have.
fn untold(set: &DeliveredSet<'_>) -> Vec<(Kind, usize)> {
    let mut untold = Vec::new();
    if !set.has(&table::DEMOGRAPHICS) {
        untold.extend([(USER, at::SEX), (USER, at::BIRTH_DATE)]);
    }
    if !set.has(&table::USER_FLAGS) {
        untold.push((USER, at::FLAGS));
    }
    if !set.has(&table::SESSIONS) {
        untold.extend([(CLASS, at::CLASS_SESSIONS), (COURSE, at::COURSE_YEAR)]);
    }
    if !set.has(&table::COURSES) {
        untold.push((CLASS, at::CLASS_COURSE));
    }
    untold
}

fn more(set: &mut DeliveredSet<'_>) -> Result<More, ReadError> {
    let mut more = More::default();
    set.lines(&table::DEMOGRAPHICS, |_, line| {
        let said = [line.cell(1).to_owned(), line.cell(2).to_owned()];
        more.demographics.insert(line.key(0)?, said);
        Ok(())
    })?;
    set.lines(&table::USER_FLAGS, |_, line| {
        more.flags.entry(line.key(0)?).or_default().insert(line.cell(1).to_owned());
        Ok(())
    })?;
    set.lines(&table::RELATIONSHIPS, |_, line| {
        more.contacts.insert(line.key(1)?);
        Ok(())
    })?;
    Ok(more)
}

fn user(line: &Line<'_>, more: &More) -> Result<(Key, Vec<Value>), ReadError> {
    let id = line.key(0)?;
    let [sex, born] = more.demographics.get(&id).cloned().unwrap_or_default();
    let flags: Vec<&str> = more.flags.get(&id).into_iter().flatten().map(String::as_str).collect();
    // In the order of the card: the file has a column between the names and these.
    let mut values: Vec<Value> = [1, 2, 3, 5, 6, 7, 8, 9].map(|at| line.text(at)).into();
    values.extend([text(&sex), text(&born), text(&flags.join(","))]);
    Ok((id, values))
}
