//! A roster as rows and back, for the store to compress, encrypt and keep.
//!
//! A header row with version and counts, a row per organisation, school and group, the
//! person rows as they are (`codec`), and an end row, so that a cut snapshot is noticed.

mod few;

use std::collections::{BTreeMap, BTreeSet};

use few::Few;

use crate::assemble::Tally;
use crate::codec::{CodecError, Reader, Writer};
use crate::joined::{Among, damaged};
use crate::terms::{GroupType, OrganisationType, SchoolType};
use crate::{
    Course, Group, Key, Organisation, PersonField, Precedence, Roster, RowSource, RowStream,
    SchoolUnit, SourceIndex, SpoolError,
};

const VERSION: u8 = 1;

/// The last row. Person rows begin with a key and are longer.
const END: &[u8] = b".";

/// Writes `roster` row by row.
///
/// # Shapes
///
/// * `put` gets each row once, in order. Equal rosters give equal rows.
///
/// # Errors
///
/// [`SpoolError`] from `put`, or when the roster's rows cannot be read.
pub fn write(
    roster: &Roster,
    put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
) -> Result<(), SpoolError> {
    write_with(roster, roster.rows.stream()?.as_mut(), put)
}

/// [`write()`] with the roster's rows from a stream of them that somebody has opened.
///
/// # Errors
///
/// [`SpoolError`] from `put`, or when `rows` cannot be read.
pub fn write_with(
    roster: &Roster,
    rows: &mut dyn RowStream,
    put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
) -> Result<(), SpoolError> {
    let mut bytes = Vec::new();
    encode_header(roster, &mut Writer(&mut bytes));
    put(&bytes)?;
    write_each(roster.organisations.values(), encode_organisation, put)?;
    write_each(roster.schools.values(), encode_school, put)?;
    write_each(roster.groups.values(), encode_group, put)?;
    while let Some(row) = rows.next_row()? {
        put(row)?;
    }
    put(END)
}

fn write_each<'a, T: 'a>(
    entities: impl Iterator<Item = &'a T>,
    encode: impl Fn(&T, &mut Writer<'_>),
    put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
) -> Result<(), SpoolError> {
    let mut bytes = Vec::new();
    for entity in entities {
        bytes.clear();
        encode(entity, &mut Writer(&mut bytes));
        put(&bytes)?;
    }
    Ok(())
}

/// The roster that [`write()`] wrote.
///
/// # Shapes
///
/// * `rows`: gives the written rows from the beginning each time it is asked. Schools and
///   groups are read now, persons each time that [`Roster::persons`] is called.
///
/// # Errors
///
/// [`SpoolError`] when rows cannot be read, are damaged or of another version. A snapshot
/// that was cut is noticed when its persons are read.
pub fn open(rows: Box<dyn RowSource + Send + Sync>) -> Result<Roster, SpoolError> {
    open_where(rows, &|_| true)
}

/// [`open`], with these groups alone in memory, for who looks at few.
///
/// # Errors
///
/// Those of [`open`].
pub fn open_with_groups(
    rows: Box<dyn RowSource + Send + Sync>,
    groups: &BTreeSet<Key>,
) -> Result<Roster, SpoolError> {
    open_where(rows, &|key| groups.contains(&key))
}

/// The schools of a snapshot; what stands behind them is not read.
///
/// # Errors
///
/// [`SpoolError`] when rows cannot be read, are damaged or of another version.
pub fn schools(rows: &dyn RowSource) -> Result<BTreeMap<Key, SchoolUnit>, SpoolError> {
    let mut stream = rows.stream()?;
    let header = decode_header(some_row(stream.as_mut())?).map_err(damaged)?;
    let [organisations, schools, _] = header.counts;
    for _ in 0..organisations {
        some_row(stream.as_mut())?;
    }
    read_each(schools, stream.as_mut(), &|_| true, |r| decode_school(r).map(|it| (it.key, it)))
}

/// Of a snapshot the groups and persons with these keys, in memory: its rows are read once, to
/// the end.
///
/// # Errors
///
/// [`SpoolError`] when rows cannot be read, are damaged or of another version, or when the
/// snapshot was cut.
pub fn open_among(rows: &dyn RowSource, keys: &BTreeSet<Key>) -> Result<Roster, SpoolError> {
    let mut stream = rows.stream()?;
    let (roster, _) = read_things(stream.as_mut(), &|key| keys.contains(&key))?;
    let mut found = Few::default();
    let mut among = Among::new(Box::new(UntilEnd { rows: stream, is_over: false }), keys);
    while let Some(row) = among.next_row()? {
        found.push(row);
    }
    drop(among);
    Ok(roster.with_rows(Box::new(found)))
}

fn open_where(
    rows: Box<dyn RowSource + Send + Sync>,
    has_group: &dyn Fn(Key) -> bool,
) -> Result<Roster, SpoolError> {
    let mut stream = rows.stream()?;
    let (roster, skip) = read_things(stream.as_mut(), has_group)?;
    drop(stream);
    Ok(roster.with_rows(Box::new(PersonRows { rows, skip })))
}

/// A roster without persons, and how many rows stand before theirs.
fn read_things(
    stream_of: &mut dyn RowStream,
    has_group: &dyn Fn(Key) -> bool,
) -> Result<(Roster, usize), SpoolError> {
    let header = decode_header(some_row(stream_of)?).map_err(damaged)?;
    let [organisations, schools, groups] = header.counts;
    let organisations = read_each(organisations, stream_of, &|_| true, |r| {
        decode_organisation(r).map(|it| (it.key, it))
    })?;
    let schools =
        read_each(schools, stream_of, &|_| true, |r| decode_school(r).map(|it| (it.key, it)))?;
    let groups =
        read_each(groups, stream_of, has_group, |r| decode_group(r).map(|it| (it.key, it)))?;
    let skip = 1 + header.counts.iter().sum::<usize>();
    let roster = Roster {
        left_out: BTreeSet::new(),
        uncertain: BTreeSet::new(),
        organisations,
        schools,
        groups,
        tally: Tally { repeated_entities: header.repeated.len() as u64 },
        ambiguous_numbers: header.ambiguous_numbers,
        repeated: header.repeated,
        rows: Box::new(Few::default()),
        precedence: header.precedence,
    };
    Ok((roster, skip))
}

fn some_row(stream: &mut dyn RowStream) -> Result<&[u8], SpoolError> {
    stream.next_row()?.ok_or_else(|| damaged(CodecError))
}

fn read_each<T>(
    count: usize,
    stream: &mut dyn RowStream,
    is_asked: &dyn Fn(Key) -> bool,
    decode: impl Fn(&mut Reader<'_>) -> Result<(Key, T), CodecError>,
) -> Result<BTreeMap<Key, T>, SpoolError> {
    let mut entities = BTreeMap::new();
    for _ in 0..count {
        let row = some_row(stream)?;
        // Every entity's row begins with its key.
        if !is_asked(Reader(row).key().map_err(damaged)?) {
            continue;
        }
        let mut r = Reader(row);
        let (key, entity) = decode(&mut r).map_err(damaged)?;
        if !r.0.is_empty() {
            return Err(damaged(CodecError));
        }
        entities.insert(key, entity);
    }
    Ok(entities)
}

/// The person rows of a snapshot.
struct PersonRows {
    rows: Box<dyn RowSource + Send + Sync>,
    skip: usize,
}

impl RowSource for PersonRows {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let mut rows = self.rows.stream()?;
        for _ in 0..self.skip {
            some_row(rows.as_mut())?;
        }
        Ok(Box::new(UntilEnd { rows, is_over: false }))
    }
}

/// Rows until the end row, after which there are none however often one asks.
struct UntilEnd<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    is_over: bool,
}

impl RowStream for UntilEnd<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        if self.is_over {
            return Ok(None);
        }
        let row = some_row(self.rows.as_mut())?;
        self.is_over = row == END;
        Ok(Some(row).filter(|_| !self.is_over))
    }
}

struct Header {
    counts: [usize; 3],
    ambiguous_numbers: usize,
    repeated: BTreeSet<Key>,
    precedence: Precedence,
}

fn encode_header(roster: &Roster, w: &mut Writer<'_>) {
    w.byte(VERSION);
    w.length(roster.organisations.len());
    w.length(roster.schools.len());
    w.length(roster.groups.len());
    w.length(roster.ambiguous_numbers);
    w.length(roster.repeated.len());
    for &key in &roster.repeated {
        w.key(key);
    }
    let orders = roster.precedence.orders();
    w.length(orders.len());
    for (field, order) in orders {
        w.byte(*field as u8);
        w.length(order.len());
        for source in order {
            w.byte(source.0);
        }
    }
}

fn decode_header(row: &[u8]) -> Result<Header, CodecError> {
    let mut r = Reader(row);
    if r.byte()? != VERSION {
        return Err(CodecError);
    }
    let counts = [r.length()?, r.length()?, r.length()?];
    let ambiguous_numbers = r.length()?;
    let repeated = (0..r.length()?).map(|_| r.key()).collect::<Result<_, _>>()?;
    let mut precedence = Precedence::default();
    for _ in 0..r.length()? {
        let field = PersonField::ALL.get(usize::from(r.byte()?)).ok_or(CodecError)?;
        let order = (0..r.length()?).map(|_| r.byte().map(SourceIndex));
        precedence.set(*field, order.collect::<Result<_, _>>()?);
    }
    if r.0.is_empty() {
        Ok(Header { counts, ambiguous_numbers, repeated, precedence })
    } else {
        Err(CodecError)
    }
}

pub(crate) fn encode_organisation(organisation: &Organisation, w: &mut Writer<'_>) {
    let Organisation { key, source, source_id, name, organisation_type, parent } = organisation;
    w.key(*key);
    w.byte(source.0);
    w.text(source_id);
    w.text(name);
    w.byte(organisation_type.index());
    w.optional_key(*parent);
}

fn decode_organisation(r: &mut Reader<'_>) -> Result<Organisation, CodecError> {
    Ok(Organisation {
        key: r.key()?,
        source: SourceIndex(r.byte()?),
        source_id: r.text()?.to_owned(),
        name: r.text()?.to_owned(),
        organisation_type: OrganisationType::from_index(r.byte()?).ok_or(CodecError)?,
        parent: r.optional_key()?,
    })
}

pub(crate) fn encode_school(school: &SchoolUnit, w: &mut Writer<'_>) {
    let SchoolUnit {
        key,
        source,
        source_id,
        code,
        name,
        organisation,
        school_types,
        municipality_code,
        interval,
    } = school;
    w.key(*key);
    w.byte(source.0);
    w.text(source_id);
    w.optional_text(code.as_deref());
    w.text(name);
    w.optional_key(*organisation);
    w.length(school_types.len());
    for form in school_types {
        w.byte(form.index());
    }
    w.optional_text(municipality_code.as_deref());
    w.interval(interval);
}

fn decode_school(r: &mut Reader<'_>) -> Result<SchoolUnit, CodecError> {
    Ok(SchoolUnit {
        key: r.key()?,
        source: SourceIndex(r.byte()?),
        source_id: r.text()?.to_owned(),
        code: r.optional_text()?.map(str::to_owned),
        name: r.text()?.to_owned(),
        organisation: r.optional_key()?,
        school_types: (0..r.length()?)
            .map(|_| SchoolType::from_index(r.byte()?).ok_or(CodecError))
            .collect::<Result<_, _>>()?,
        municipality_code: r.optional_text()?.map(str::to_owned),
        interval: r.interval()?,
    })
}

pub(crate) fn encode_group(group: &Group, w: &mut Writer<'_>) {
    let Group {
        key,
        source,
        source_id,
        school,
        name,
        group_type,
        school_type,
        course,
        interval,
        notes,
    } = group;
    w.key(*key);
    w.byte(source.0);
    w.text(source_id);
    w.optional_key(*school);
    w.text(name);
    w.byte(group_type.index());
    w.byte(school_type.map_or(0, |form| form.index() + 1));
    w.optional_text(course.as_ref().map(|course| course.code.as_str()));
    w.text(course.as_ref().map_or("", |course| course.name.as_str()));
    w.interval(interval);
    w.optional_text(notes.as_deref());
}

fn decode_group(r: &mut Reader<'_>) -> Result<Group, CodecError> {
    Ok(Group {
        key: r.key()?,
        source: SourceIndex(r.byte()?),
        source_id: r.text()?.to_owned(),
        school: r.optional_key()?,
        name: r.text()?.to_owned(),
        group_type: GroupType::from_index(r.byte()?).ok_or(CodecError)?,
        school_type: match r.byte()? {
            0 => None,
            index => Some(SchoolType::from_index(index - 1).ok_or(CodecError)?),
        },
        course: {
            let (code, name) = (r.optional_text()?, r.text()?);
            code.map(|code| Course { code: code.to_owned(), name: name.to_owned() })
        },
        interval: r.interval()?,
        notes: r.optional_text()?.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
