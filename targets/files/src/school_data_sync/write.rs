//! A delivery becomes files, in one pass over its rows.

use std::io::{self, Write};

use roster::Key;
use state::{Delivery, Object, Row, RowRef};

use super::card::USER;
use super::map::{Broken, Known, Standing, Unmatched, User, is_known_kind};
use super::settings::{Extra, FileCase, Format, Settings};
use super::sheet::{Refused, Sheet, SheetError, Style};
use super::table::File;
use super::v1::V1;
use super::v2::V2;

/// Why a set was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// It would break a rule: rule and place, by our ids.
    #[error("{0}")]
    Invalid(String),
    /// Rows could not be read, or files not written.
    #[error("the files could not be written")]
    Io(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Broken> for WriteError {
    fn from(Broken(detail): Broken) -> Self {
        Self::Invalid(detail)
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(Box::new(error))
    }
}

/// Says of which record a refused line was.
pub(super) fn of(id: Key) -> impl Fn(SheetError) -> WriteError {
    move |error| match error {
        SheetError::Refused(Refused { file, column, rule }) => {
            WriteError::Invalid(format!("{file} {column} of {id}: {rule}"))
        }
        SheetError::Io(error) => error.into(),
    }
}

/// A written set: each file's name and what it was written to, and what to tell people.
pub(super) struct Written<W> {
    pub(super) files: Vec<(String, W)>,
    pub(super) notes: Vec<String>,
}

/// The files of one format, open.
pub(super) trait Set<W> {
    /// Takes an object that is no user. `id` is the published one.
    fn object(&mut self, id: Key, object: &Object, known: &mut Known<'_>)
    -> Result<(), WriteError>;
    /// Takes a user with its memberships.
    fn user(&mut self, user: &User, known: &mut Known<'_>) -> Result<(), WriteError>;
    /// Ends every file.
    fn finish(self) -> Result<Written<W>, WriteError>;
}

/// Opens a file of the set by its name.
pub(super) type Create<'a, W> = &'a mut dyn FnMut(&str) -> io::Result<W>;

/// Writes the whole set, or says what is wrong with it.
pub(super) fn write<W: Write>(
    delivery: Delivery<'_>,
    settings: &Settings,
    create: Create<'_, W>,
) -> Result<Written<W>, WriteError> {
    match settings.format {
        Format::V2_1 => pass(delivery, settings, V2::begin(settings, create)?),
        Format::V1 => pass(delivery, settings, V1::begin(settings, create)?),
    }
}

fn pass<W, S: Set<W>>(
    delivery: Delivery<'_>,
    settings: &Settings,
    mut set: S,
) -> Result<Written<W>, WriteError> {
    let published = delivery.set.published;
    let failed = |error| WriteError::Io(Box::new(error));
    let mut rows = delivery.set.rows.stream().map_err(failed)?;
    let mut known = Known::new(published);
    let mut unmatched = Unmatched::default();
    let mut open: Option<User> = None;
    let damaged = |error| WriteError::Io(Box::new(error));
    while let Some(row) = rows.next_row().map_err(failed)? {
        match RowRef::new(row).and_then(|row| row.decode()).map_err(damaged)? {
            Row::Object(object) => {
                end_user(open.take(), &mut set, &mut known, &mut unmatched, settings)?;
                if !is_known_kind(&object) {
                    return Err(WriteError::Invalid("an object of no kind on the card".to_owned()));
                }
                let id = known.add(object.id)?;
                if object.id.kind == USER {
                    open = Some(User { id, values: object.values, members: Vec::new() });
                } else {
                    set.object(id, &object, &mut known)?;
                }
            }
            Row::Member(member) => match &mut open {
                Some(user) if user.id == published.of(member.member) => {
                    user.members.push(member);
                }
                Some(_) | None => {
                    let id = published.of(member.member);
                    return Err(WriteError::Invalid(format!("user {id} is not in the set")));
                }
            },
            // A mark speaks of what is wanted; a delivery holds what is written.
            Row::Mark { .. } => {}
        }
    }
    end_user(open, &mut set, &mut known, &mut unmatched, settings)?;
    known.close()?;
    let mut written = set.finish()?;
    written.notes.extend(unmatched.notes());
    Ok(written)
}

fn end_user<W, S: Set<W>>(
    user: Option<User>,
    set: &mut S,
    known: &mut Known<'_>,
    unmatched: &mut Unmatched,
    settings: &Settings,
) -> Result<(), WriteError> {
    let Some(user) = user else { return Ok(()) };
    // Contacts are not sent to be users: nobody asked for them.
    if user.standing() == Standing::Contact && !settings.has(Extra::Relationships) {
        return Ok(());
    }
    unmatched.count(&user, &settings.matching);
    set.user(&user, known)
}

/// The name of a file as the settings have it.
pub(super) fn file_name(settings: &Settings, file: &File) -> String {
    match (settings.format, settings.file_case) {
        (Format::V1, FileCase::Lower) => file.name.to_ascii_lowercase(),
        (Format::V1, FileCase::Capitalised) | (Format::V2_1, _) => file.name.to_owned(),
    }
}

/// Opens a file and writes its header.
pub(super) fn sheet<'a, W: Write>(
    settings: &'a Settings,
    file: &'static File,
    create: &mut dyn FnMut(&str) -> io::Result<W>,
) -> Result<Sheet<'a, W>, WriteError> {
    let style = Style { dates: settings.date_format, added_grades: &settings.added_grades };
    let out = create(&file_name(settings, file))?;
    Sheet::begin(file, style, out).map_err(of(Key::from_bytes([0; 16])))
}

/// Ends sheets in the order given.
pub(super) fn finish<'a, W: Write>(
    settings: &Settings,
    sheets: impl IntoIterator<Item = Option<Sheet<'a, W>>>,
) -> Result<Written<W>, WriteError> {
    let mut written = Written { files: Vec::new(), notes: Vec::new() };
    for sheet in sheets.into_iter().flatten() {
        let name = file_name(settings, sheet.file());
        let (out, notes) = sheet.finish().map_err(of(Key::from_bytes([0; 16])))?;
        written.files.push((name, out));
        written.notes.extend(notes);
    }
    Ok(written)
}
