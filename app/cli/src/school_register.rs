//! The copy of the state's register of school units, beside the settings.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use roster::school_register::{BadCopy, SchoolRegister};
use rules::config;
use sources_skolverket::{ID, Settings};

use crate::trouble::Trouble;

/// `[school_register]` with file names made absolute; the defaults where it is not there.
pub(crate) fn settings(all: &config::Settings, base: &Path) -> anyhow::Result<Settings> {
    let mut settings: Settings =
        all.facility(ID).map(config::Section::decode).transpose()?.unwrap_or_default();
    settings.seen_from(base);
    Ok(settings)
}

/// The copy; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<SchoolRegister>, Trouble> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let what = [
                "Kan inte läsa kopian av Skolenhetsregistret",
                "Cannot read the copy of the school unit register",
            ];
            let remedy = [
                "Ge Skolbro rätt att läsa den, eller hämta en ny: skolbro schools refresh",
                "Let Skolbro read it, or fetch a new one: skolbro schools refresh",
            ];
            return Err(Trouble::file(what, path, &error, remedy));
        }
    };
    SchoolRegister::parse(&text).map(Some).map_err(|bad| damaged(path, bad))
}

fn damaged(path: &Path, bad: BadCopy) -> Trouble {
    let path = path.display();
    let (sv, en) = match bad {
        BadCopy::Head => ("den har ett annat format".to_owned(), "it has another form".to_owned()),
        BadCopy::Line(at) => {
            (format!("rad {at} går inte att läsa"), format!("line {at} cannot be read"))
        }
        BadCopy::CutOff => ("slutet saknas".to_owned(), "its end is missing".to_owned()),
    };
    Trouble::settings(
        format!(
            "Kopian av Skolenhetsregistret {path} kan inte användas: {sv}. Ta bort den och hämta en ny: skolbro schools refresh"
        ),
        format!(
            "The copy of the school unit register {path} cannot be used: {en}. Remove it and fetch a new one: skolbro schools refresh"
        ),
    )
}

/// The copy for a run. It only adds to data quality, so a damaged one stops nothing; `doctor`
/// shows it.
pub(crate) fn for_run(
    all: &config::Settings,
    base: &Path,
) -> anyhow::Result<Option<Arc<SchoolRegister>>> {
    match read(&settings(all, base)?.file) {
        Ok(register) => Ok(register.map(Arc::new)),
        Err(trouble) => {
            tracing::warn!("the copy of the school unit register cannot be used: {trouble}");
            Ok(None)
        }
    }
}
