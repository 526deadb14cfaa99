//! Secrets, read from where the settings say that they are.

use std::path::{Path, PathBuf};

use rules::config::{SecretRef, Text};
use secret::{Secret, SecretError, Secrets};

use crate::trouble::{self, Trouble};

/// Reads secrets; files are seen from the folder of the settings file.
pub(crate) struct FromSystem {
    base: PathBuf,
}

impl FromSystem {
    /// Secrets of the settings in this folder.
    pub(crate) fn new(base: &Path) -> Self {
        Self { base: base.to_owned() }
    }
}

impl Secrets for FromSystem {
    fn secret(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        let text = match reference {
            SecretRef::Env(name) => {
                variable(name).ok_or_else(|| SecretError::NotSet { name: name.clone() })?
            }
            SecretRef::File(path) => read(self.base.join(path))?,
            SecretRef::Credential(name) => {
                let folder = variable("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::NoCredentials { name: name.clone() })?;
                read(Path::new(&folder).join(name))?
            }
        };
        match text.trim() {
            "" => Err(SecretError::Empty { reference: reference.clone() }),
            text => Ok(Secret::new(text.to_owned())),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the environment, nothing else does"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read(path: PathBuf) -> Result<String, SecretError> {
    std::fs::read_to_string(&path).map_err(|source| SecretError::Unreadable { path, source })
}

/// What is missing, in words.
pub(crate) fn trouble(error: &SecretError) -> Trouble {
    let Text { sv, en } = match error {
        SecretError::NotSet { name } => Text::new(
            format!(
                "Miljövariabeln {name} är inte satt, och inställningarna hämtar en hemlighet där (env:{name}). Sätt den för den användare som kör Skolbro."
            ),
            format!(
                "The environment variable {name} is not set, and the settings take a secret from it (env:{name}). Set it for the user who runs Skolbro."
            ),
        ),
        SecretError::NoCredentials { name } => Text::new(
            format!(
                "Hemligheten credential:{name} kommer från systemets tjänstehanterare, men CREDENTIALS_DIRECTORY är inte satt. Kör Skolbro som tjänst med LoadCredential={name}:…"
            ),
            format!(
                "The secret credential:{name} comes from the service manager, but CREDENTIALS_DIRECTORY is not set. Run Skolbro as a service with LoadCredential={name}:…"
            ),
        ),
        SecretError::Unreadable { path, source } => {
            let (why, path) = (trouble::why(source), path.display());
            Text::new(
                format!(
                    "Kan inte läsa hemligheten {path}: {}. Lägg tillbaka filen från säkerhetskopian, eller rätta inställningen som pekar ut den.",
                    why.sv
                ),
                format!(
                    "Cannot read the secret {path}: {}. Put the file back from its backup, or correct the setting that names it.",
                    why.en
                ),
            )
        }
        SecretError::Empty { reference } => Text::new(
            format!("Hemligheten {reference} är tom. Skriv den där."),
            format!("The secret {reference} is empty. Write it there."),
        ),
    };
    Trouble::settings(sv, en)
}
