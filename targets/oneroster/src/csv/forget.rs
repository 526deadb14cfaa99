//! Takes persons out of what is kept: of packages, of the files and of the files before them.
//!
//! A row that removes a person by its id stays in the package that has it: the receiver may
//! not have fetched it yet, and it says nothing but the id.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use connect::sets;
use connect::shelf::{Bench, Shelf};
use csv::StringRecord;
use zip::ZipArchive;

use super::columns;
use super::package::pack;
use super::sheets::MANIFEST;

/// Ids of whom nothing may tell.
type Ids = BTreeSet<String>;

/// The record without the persons: as it is, without their ids in a list, or not at all.
fn edited(record: StringRecord, ids: &Ids) -> Option<StringRecord> {
    const STATUS: usize = 1;
    if !names(&record, ids) {
        return Some(record);
    }
    if record.get(STATUS) == Some("tobedeleted") {
        return Some(record);
    }
    if record.iter().any(|cell| ids.contains(cell) && !is_list_of_another(&record, cell)) {
        return None;
    }
    let without = |cell: &str| {
        let left: Vec<&str> = cell.split(',').filter(|id| !ids.contains(*id)).collect();
        left.join(",")
    };
    Some(record.iter().map(without).collect())
}

/// Whether the cell is a list of one in a row of somebody else: a child's only guardian.
fn is_list_of_another(record: &StringRecord, cell: &str) -> bool {
    // Rows of users alone are so long; those of places and roles name a user in a cell.
    const SHORTEST_USER: usize = 18;
    record.len() >= SHORTEST_USER && record.get(0) != Some(cell)
}

fn names(record: &StringRecord, ids: &Ids) -> bool {
    record.iter().any(|cell| cell.split(',').any(|id| ids.contains(id)))
}

/// Takes the persons out of the files in a folder and of those before them.
pub(super) fn in_files(folder: &Path, ids: &Ids) -> io::Result<()> {
    for kept in sets::kept(folder) {
        let mut found = 0_usize;
        sets::each_record(&kept, &mut |_, record| found += usize::from(names(record, ids)))?;
        if found > 0 {
            sets::rewrite(&kept, &mut |_, record| edited(record, ids))?;
        }
    }
    Ok(())
}

/// Takes the persons out of every package that is still there.
pub(super) fn in_packages(folder: &Path, ids: &Ids) -> io::Result<()> {
    let mut shelf = Shelf::open(folder)?;
    let names: Vec<String> = shelf.names().map(str::to_owned).collect();
    for name in names {
        if shelf.find(&name)?.is_none() {
            continue;
        }
        let bench = shelf.bench()?;
        if rewrite(&shelf, &bench, &name, ids)? == Rewritten::Yes {
            shelf.add(&bench, &name)?;
        }
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Rewritten {
    Yes,
    No,
}

fn rewrite(shelf: &Shelf, bench: &Bench, name: &str, ids: &Ids) -> io::Result<Rewritten> {
    let Some(file) = shelf.find(name)? else { return Ok(Rewritten::No) };
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let entries: Vec<String> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned))
        .collect::<Result<_, _>>()?;
    let (mut files, mut emptied, mut is_changed) = (Vec::new(), Vec::new(), false);
    for entry in entries.iter().filter(|entry| *entry != MANIFEST) {
        let mut out = sets::writer(File::create_new(bench.path(entry))?);
        let mut rows = 0_usize;
        for record in sets::reader(archive.by_name(entry)?).records() {
            let record = record?;
            let kept = edited(record.clone(), ids);
            is_changed |= kept.as_ref() != Some(&record);
            if let Some(kept) = kept {
                rows += 1;
                out.write_record(&kept)?;
            }
        }
        out.flush()?;
        // The header alone is no file.
        let of_entry = columns::File::named(entry).map(columns::File::word);
        if rows > 1 { files.push(entry.clone()) } else { emptied.extend(of_entry) }
    }
    if !is_changed {
        return Ok(Rewritten::No);
    }
    let mut out = sets::writer(File::create_new(bench.path(MANIFEST))?);
    for record in sets::reader(archive.by_name(MANIFEST)?).records() {
        let record = record?;
        let word = record.get(0).and_then(|name| name.strip_prefix("file."));
        let is_emptied = word.is_some_and(|word| emptied.contains(&word));
        let value = if is_emptied { "absent" } else { record.get(1).unwrap_or_default() };
        out.write_record([record.get(0).unwrap_or_default(), value])?;
    }
    out.flush()?;
    files.insert(0, MANIFEST.to_owned());
    drop(out);
    pack(bench, &files, &bench.path(name))?;
    Ok(Rewritten::Yes)
}
