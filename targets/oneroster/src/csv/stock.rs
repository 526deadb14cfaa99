//! What was delivered, line by line: the files in the folder, or the last whole set among the
//! packages with the changes after it laid over.

use std::collections::BTreeMap;
use std::fs::File as Disk;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use connect::sets;
use connect::shelf::Shelf;
use csv::StringRecord;
use jiff::ToSpan as _;
use jiff::civil::Date;
use roster::Key;
use state::{Intact, Kind, Numbered, ObjectRef, Value};
use zip::ZipArchive;
use zip::result::ZipError;

use super::card::{CLASS, COURSE, ORG, SESSION, USER};
use super::columns::{Column, Content, FIRST, File};
use super::package::Name;
use super::sheets::{MANIFEST, Mode};
use super::{Deliver, Failed, Form, Version};

/// A delivered set.
pub(super) struct Stock {
    pub(super) version: Version,
    /// Whether it is what the checksums say.
    pub(super) intact: Intact,
    place: Place,
}

enum Place {
    Files(PathBuf),
    Packages {
        shelf: Shelf,
        /// The whole set, and the changes after it in their order.
        names: Vec<String>,
        /// The last word of the changes on each row.
        changes: BTreeMap<File, BTreeMap<Key, Change>>,
    },
}

/// A row of a package with changes; which package, and on which line.
struct Change {
    package: usize,
    number: u64,
    /// `None` when it is to be deleted.
    record: Option<StringRecord>,
}

/// Whether something of ours lies in the folder.
pub(super) fn is_there(folder: &Path) -> std::io::Result<bool> {
    Ok(sets::manifest(folder)?.is_some())
}

/// The names of the packages that were delivered and have not left, also of those that the
/// receiver has taken away, oldest first.
pub(super) fn packages(folder: &Path) -> std::io::Result<Vec<Name>> {
    let manifest = sets::manifest(folder)?.unwrap_or_default();
    let mut names: Vec<Name> = sets::names(&manifest).filter_map(Name::parse).collect();
    names.sort_by_key(|name| name.at);
    Ok(names)
}

/// Number and time of the newest package: the highest of each.
pub(super) fn newest(folder: &Path) -> std::io::Result<Option<Numbered>> {
    let names = packages(folder)?;
    let number = names.iter().map(|it| it.number).max();
    let at = names.iter().map(|it| it.at).max();
    Ok(number.zip(at).map(|(number, at)| Numbered { number, at }))
}

impl Stock {
    /// Opens what was delivered last; ends first what was cut off.
    pub(super) fn open(deliver: &Deliver) -> Result<Option<Self>, Failed> {
        let folder = &deliver.folder;
        match deliver.form {
            Form::Files => connect::files::recover(folder)?,
            Form::Zip => drop(Shelf::open(folder)?),
        }
        let Some(manifest) = sets::manifest(folder)? else { return Ok(None) };
        if sets::names(&manifest).any(|name| name == MANIFEST) {
            return Self::files(folder).map(Some);
        }
        Self::packages(folder).map(Some)
    }

    fn files(folder: &Path) -> Result<Self, Failed> {
        let intact = if connect::files::check(folder)? { Intact::Yes } else { Intact::No };
        let disk = open(folder, MANIFEST)?
            .ok_or_else(|| Failed::Invalid(format!("{MANIFEST} is not in the folder")))?;
        let mut version = None;
        for record in sets::reader(disk).records() {
            let record = record.map_err(|_| Failed::Invalid(format!("{MANIFEST}: not CSV")))?;
            if record.get(0) == Some("oneroster.version") {
                version = record.get(1).and_then(Version::named);
            }
        }
        let version = version
            .ok_or_else(|| Failed::Invalid(format!("{MANIFEST} tells no version that we write")))?;
        Ok(Self { version, intact, place: Place::Files(folder.to_owned()) })
    }

    fn packages(folder: &Path) -> Result<Self, Failed> {
        let shelf = Shelf::open(folder)?;
        let all = packages(folder)?;
        let first = all.iter().rposition(|it| it.mode == Mode::Bulk).ok_or_else(|| {
            Failed::Invalid("no package with a whole set is known any more".to_owned())
        })?;
        let version = Version::named(&all[first].version)
            .ok_or_else(|| Failed::Invalid("the packages have another version".to_owned()))?;
        let names: Vec<String> = all[first..].iter().map(Name::text).collect();
        let mut intact = Intact::Yes;
        for name in &names {
            if shelf.find(name)?.is_none() {
                return Err(Failed::Invalid(format!(
                    "{name} is no longer in the folder: the whole set and the changes after it \
                     are all needed"
                )));
            }
            if !shelf.is_whole(name)? {
                intact = Intact::No;
            }
        }
        let mut changes: BTreeMap<File, BTreeMap<Key, Change>> = BTreeMap::new();
        for (package, name) in names.iter().enumerate().skip(1) {
            let mut archive = archive(&shelf, name)?;
            for file in File::ALL {
                let of_file = changes.entry(file).or_default();
                each_in(&mut archive, name, file, version, &mut |line| {
                    let record = (!line.is_removal()).then(|| line.record.clone());
                    of_file.insert(line.id()?, Change { package, number: line.number, record });
                    Ok(())
                })?;
            }
        }
        Ok(Self { version, intact, place: Place::Packages { shelf, names, changes } })
    }

    /// Hands every line of a file as it is now to `take`.
    pub(super) fn lines(
        &self,
        file: File,
        take: &mut dyn FnMut(&Told<'_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        match &self.place {
            Place::Files(folder) => {
                let name = file.name();
                let Some(disk) = open(folder, &name)? else { return Ok(()) };
                each(disk, &name, file, self.version, &mut |line| {
                    if line.is_removal() { Ok(()) } else { take(line) }
                })
            }
            Place::Packages { shelf, names, changes } => {
                let Some(whole) = names.first() else { return Ok(()) };
                let changes = changes.get(&file);
                let mut archive = archive(shelf, whole)?;
                each_in(&mut archive, whole, file, self.version, &mut |line| {
                    let id = line.id()?;
                    let is_over =
                        line.is_removal() || changes.is_some_and(|it| it.contains_key(&id));
                    if is_over { Ok(()) } else { take(line) }
                })?;
                for Change { package, number, record } in
                    changes.into_iter().flat_map(BTreeMap::values)
                {
                    let Some(record) = record else { continue };
                    let package = names.get(*package).map_or("", String::as_str);
                    let place = format!("{package} {}", file.name());
                    let (version, number) = (self.version, *number);
                    take(&Told { place: &place, number, record, file, version })?;
                }
                Ok(())
            }
        }
    }
}

fn open(folder: &Path, name: &str) -> Result<Option<BufReader<Disk>>, Failed> {
    match Disk::open(folder.join(name)) {
        Ok(disk) => Ok(Some(BufReader::with_capacity(1 << 16, disk))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

type Archive = ZipArchive<BufReader<Disk>>;

fn archive(shelf: &Shelf, name: &str) -> Result<Archive, Failed> {
    let gone = || Failed::Invalid(format!("{name} is no longer in the folder"));
    let disk = shelf.find(name)?.ok_or_else(gone)?;
    ZipArchive::new(BufReader::new(disk)).map_err(|error| broken(name, error))
}

fn broken(name: &str, error: ZipError) -> Failed {
    if let ZipError::Io(error) = error
        && error.kind() != std::io::ErrorKind::UnexpectedEof
    {
        return error.into();
    }
    Failed::Invalid(format!("{name}: not a zip, or cut off"))
}

fn each_in(
    archive: &mut Archive,
    package: &str,
    file: File,
    version: Version,
    take: &mut dyn FnMut(&Told<'_>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    match archive.by_name(&file.name()) {
        Ok(entry) => {
            let place = format!("{package} {}", file.name());
            each(entry, &place, file, version, take)
        }
        Err(ZipError::FileNotFound) => Ok(()),
        Err(error) => Err(broken(package, error)),
    }
}

fn each(
    from: impl Read,
    place: &str,
    file: File,
    version: Version,
    take: &mut dyn FnMut(&Told<'_>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let wrong = |line: u64, what: &str| Failed::Invalid(format!("{place} line {line}: {what}"));
    let mut reader = sets::reader(from);
    let mut record = StringRecord::new();
    // A delivered cell holds no line break: each record is a line.
    let mut number = 1;
    while reader.read_record(&mut record).map_err(|_| wrong(number, "not CSV, or cut off"))? {
        if number == 1 {
            let columns = file.columns(version).iter().map(|column| column.name);
            if !FIRST.into_iter().chain(columns).eq(record.iter()) {
                return Err(wrong(1, "the columns are not those that are delivered"));
            }
        } else {
            take(&Told { place, number, record: &record, file, version })?;
        }
        number += 1;
    }
    Ok(())
}

/// A delivered line.
pub(super) struct Told<'a> {
    place: &'a str,
    number: u64,
    record: &'a StringRecord,
    file: File,
    version: Version,
}

impl Told<'_> {
    fn is_removal(&self) -> bool {
        self.record.get(1) == Some("tobedeleted")
    }

    fn wrong(&self, what: &str) -> Failed {
        Failed::Invalid(format!("{} line {}: {what}", self.place, self.number))
    }

    /// The id of the row.
    pub(super) fn id(&self) -> Result<Key, Failed> {
        self.parsed(self.record.get(0).unwrap_or_default())
    }

    fn parsed(&self, id: &str) -> Result<Key, Failed> {
        Key::parse_uuid(id).ok_or_else(|| self.wrong("not an id of ours"))
    }

    fn column(&self, name: &str) -> Option<(&'static Column, &str)> {
        let columns = self.file.columns(self.version);
        let at = columns.iter().position(|column| column.name == name)?;
        Some((&columns[at], self.record.get(FIRST.len() + at).unwrap_or_default()))
    }

    /// The cell in the column with this name; empty where the version has none.
    pub(super) fn cell(&self, name: &str) -> &str {
        self.column(name).map_or("", |(_, cell)| cell)
    }

    /// The id in the column.
    pub(super) fn key(&self, name: &str) -> Result<Key, Failed> {
        self.parsed(self.cell(name))
    }

    /// The ids in the column, in the order that they are in.
    pub(super) fn keys(&self, name: &str) -> Result<Vec<Key>, Failed> {
        let ids = self.cell(name).split(',').filter(|id| !id.is_empty());
        ids.map(|id| self.parsed(id)).collect()
    }

    /// What the column says, as rows have it.
    pub(super) fn value(&self, name: &str) -> Result<Value, Failed> {
        let Some((column, cell)) = self.column(name) else { return Ok(Value::None) };
        if cell.is_empty() {
            return Ok(Value::None);
        }
        Ok(match column.content {
            Content::Ref(to) => {
                Value::Ref(ObjectRef { kind: kind_of(to), key: self.parsed(cell)? })
            }
            Content::Refs(to) => {
                let mut keys = self.keys(name)?;
                keys.sort_unstable();
                let kind = kind_of(to);
                Value::Refs(keys.into_iter().map(|key| ObjectRef { kind, key }).collect())
            }
            Content::Date if name == "endDate" => Value::Text(day_before(cell)),
            Content::Text
            | Content::Phone
            | Content::OneOf(_)
            | Content::Extensible(_)
            | Content::Date
            | Content::Year
            | Content::List
            | Content::UserIds => Value::Text(cell.to_owned()),
        })
    }
}

/// The kind of object that the rows of a file are, or are of.
pub(super) const fn kind_of(file: File) -> Kind {
    match file {
        File::Orgs => ORG,
        File::Sessions => SESSION,
        File::Courses => COURSE,
        File::Classes => CLASS,
        File::Users | File::Roles | File::Enrollments => USER,
    }
}

/// The other way round than [`super::cells::day_after`].
fn day_before(end: &str) -> String {
    let last = end.parse::<Date>().ok().and_then(|day| day.checked_sub(1.day()).ok());
    last.map_or_else(|| end.to_owned(), |day| day.to_string())
}
