//! Where sets are delivered: never where something else lies. A delivery replaces the whole
//! folder, and the one before it is kept as `X.previous`.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use rules::config::{Code, Problem, Settings, Text, problem_at};

use crate::connectors;
use crate::trouble::Trouble;

/// What stands beside a delivered set, by the ending of its name.
const BESIDE: [&str; 5] = ["", ".previous", ".new", "-TEST", "-TEST.previous"];

/// Every receiver whose folder is, holds or lies in something that must not be replaced: a
/// source's folder, another receiver's, the folder of the settings.
pub(crate) fn conflicts(
    settings: &Settings,
    text: &str,
    base: &Path,
) -> anyhow::Result<Vec<Problem>> {
    let mut taken: Vec<(String, PathBuf)> = Vec::new();
    for source in &settings.sources {
        let Some(folder) = connectors::source_folder(&source.section, base)? else { continue };
        let key = format!("source.{}.{}.folder", source.name, source.section.kind);
        taken.push((key, real(&folder)));
    }
    if let Some(backup) = &settings.backup {
        taken.push(("backup.folder".to_owned(), real(&base.join(&backup.folder))));
    }
    let home = real(base);
    let mut problems = Vec::new();
    for target in &settings.targets {
        let kind = target.section.kind;
        let key = format!("target.{}.{kind}.deliver.folder", target.name);
        let made = connectors::target(target, base)?;
        let Some(place) = made.folder().map(real) else { continue };
        let other = taken.iter().find(|(_, other)| overlaps(&place, other)).map(|(key, _)| key);
        let holds_home = home.starts_with(&place);
        if let Some(other) = other.map(String::as_str).or(holds_home.then_some("skolbro.toml")) {
            let path = ["target", &target.name, kind, "deliver", "folder"];
            problems.push(conflict(text, &path, &key, other));
        }
        taken.push((key, place));
    }
    Ok(problems)
}

fn conflict(text: &str, path: &[&str], key: &str, other: &str) -> Problem {
    let says = Text::new(
        format!(
            "`{key}` och `{other}` pekar på samma plats, eller den ena ligger i den andra: en leverans ersätter hela sin mapp."
        ),
        format!(
            "`{key}` and `{other}` are the same place, or one lies in the other: a delivery replaces its whole folder."
        ),
    );
    let hint = Text::new(
        "Välj en mapp som inte används till något annat.",
        "Choose a folder that is used for nothing else.",
    );
    problem_at(text, path, Code::Duplicate, says, Some(hint))
}

fn overlaps(place: &Path, other: &Path) -> bool {
    BESIDE.iter().any(|ending| {
        let beside = with_ending(place, ending);
        beside.starts_with(other) || other.starts_with(&beside)
    })
}

fn with_ending(place: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(place);
    name.push(ending);
    PathBuf::from(name)
}

/// The path without links, as far as it exists; the rest without `.` and `..`.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                real.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                real.push(part);
                if let Ok(there) = fs::canonicalize(&real) {
                    real = there;
                }
            }
        }
    }
    real
}

/// Refuses a folder with files that no delivery wrote: they would be moved away, and then
/// removed with the next delivery.
///
/// # Errors
///
/// [`Trouble`] that names the folder and one file in it.
pub(crate) fn is_ours(name: &str, place: &Path) -> Result<(), Trouble> {
    let place: PathBuf = place.components().collect();
    for folder in [place.clone(), with_ending(&place, ".previous")] {
        if folder.join(connect::files::MANIFEST).exists() {
            continue;
        }
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        // A first delivery that was cut off before its manifest was whole left this alone.
        let begun = format!("{}.new", connect::files::MANIFEST);
        names.retain(|name| *name != *begun);
        names.sort();
        let Some(first) = names.first() else { continue };
        let (folder, first) = (folder.display(), first.display());
        return Err(Trouble::settings(
            format!(
                "Mappen {folder} som `target.{name}` ska leverera till innehåller annat än en leverans (t.ex. {first}, och ingen manifest.sha256). Ingenting har gjorts, för en leverans ersätter hela mappen. Välj en tom mapp som `deliver.folder`, eller flytta filerna."
            ),
            format!(
                "The folder {folder} that `target.{name}` delivers to holds something else than a delivery (e.g. {first}, and no manifest.sha256). Nothing was done, since a delivery replaces the whole folder. Choose an empty folder as `deliver.folder`, or move the files."
            ),
        ));
    }
    Ok(())
}
