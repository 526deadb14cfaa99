//! What stands in the way of a command, in both languages: what, why, what to do.

use std::io;
use std::path::Path;

use rules::config::Text;
use run::Exit;

/// Why a command cannot do what it was asked, and how it ends.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) exit: Exit,
    pub(crate) says: Text,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.says.en)
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// Something in or around the settings.
    pub(crate) fn settings(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { exit: Exit::Configuration, says: Text::new(sv, en) }
    }

    /// The same, ending otherwise.
    pub(crate) fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Something that was typed.
    pub(crate) fn usage(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, says: Text::new(sv, en) }
    }

    /// A file or folder that the machine would not give: what it is, and what to do.
    pub(crate) fn file(what: [&str; 2], path: &Path, error: &io::Error, remedy: [&str; 2]) -> Self {
        let (why, path) = (why(error), path.display());
        Self::settings(
            format!("{} {path}: {}. {}", what[0], why.sv, remedy[0]),
            format!("{} {path}: {}. {}", what[1], why.en, remedy[1]),
        )
    }
}

/// What the machine said, in words.
#[expect(clippy::wildcard_enum_match_arm, reason = "not an enum of ours, and an open one")]
pub(crate) fn why(error: &io::Error) -> Text {
    let known = match error.kind() {
        io::ErrorKind::NotFound => ("den finns inte", "it does not exist"),
        io::ErrorKind::PermissionDenied => ("behörighet saknas", "permission is missing"),
        io::ErrorKind::IsADirectory => ("det är en mapp", "it is a folder"),
        io::ErrorKind::NotADirectory => {
            ("något på vägen dit är ingen mapp", "something on the way there is no folder")
        }
        io::ErrorKind::AlreadyExists => ("den finns redan", "it is there already"),
        io::ErrorKind::InvalidData => ("innehållet är inte text i UTF-8", "it is not UTF-8 text"),
        io::ErrorKind::StorageFull => ("disken är full", "the disk is full"),
        io::ErrorKind::QuotaExceeded => ("utrymmet är slut", "the quota is used up"),
        io::ErrorKind::ReadOnlyFilesystem => {
            ("platsen kan bara läsas", "the file system is read-only")
        }
        io::ErrorKind::InvalidFilename => ("namnet är inte tillåtet", "the name is not allowed"),
        io::ErrorKind::ResourceBusy => ("ett annat program använder den", "it is in use"),
        // The standard library's list is open: what has no word of ours keeps the system's.
        _ => return Text::new(format!("systemet säger \"{error}\""), error.to_string()),
    };
    Text::new(known.0, known.1)
}
