//! Secrets, read where the settings say that they are: the only place that does.

use std::fs;
use std::path::{Path, PathBuf};

use secret::{Secret, SecretError, SecretRef, Secrets};

use crate::trouble::Trouble;

/// Reads secrets of this machine; files are seen from the settings file's folder.
#[derive(Debug, Clone)]
pub(crate) struct OfMachine {
    base: PathBuf,
}

impl OfMachine {
    pub(crate) fn new(base: &Path) -> Self {
        Self { base: base.to_owned() }
    }
}

impl Secrets for OfMachine {
    fn secret(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        let text = match reference {
            SecretRef::Env(name) => {
                variable(name).ok_or_else(|| SecretError::NotSet { name: name.clone() })?
            }
            SecretRef::File(path) => file(self.base.join(path))?,
            SecretRef::Credential(name) => {
                let folder = variable("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::NoCredentials { name: name.clone() })?;
                file(Path::new(&folder).join(name))?
            }
        };
        let text = Secret::new(text);
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(SecretError::Empty { reference: reference.clone() });
        }
        Ok(Secret::new(trimmed.to_owned()))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the environment, nothing else does"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn file(path: PathBuf) -> Result<String, SecretError> {
    fs::read_to_string(&path).map_err(|source| SecretError::Unreadable { path, source })
}

/// Why a secret is missing, and what to do.
pub(crate) fn trouble(error: &SecretError) -> Trouble {
    match error {
        SecretError::NotSet { name } => Trouble::settings(
            format!(
                "Miljövariabeln {name} är inte satt, och inställningarna hämtar en hemlighet där (env:{name}). Sätt den för den användare som kör Skolbro."
            ),
            format!(
                "The environment variable {name} is not set, and the settings take a secret from it (env:{name}). Set it for the user who runs Skolbro."
            ),
        ),
        SecretError::NoCredentials { name } => Trouble::settings(
            format!(
                "Hemligheten credential:{name} kommer från systemets tjänstehanterare, men CREDENTIALS_DIRECTORY är inte satt. Kör Skolbro som tjänst med LoadCredential={name}:…"
            ),
            format!(
                "The secret credential:{name} comes from the service manager, but CREDENTIALS_DIRECTORY is not set. Run Skolbro as a service with LoadCredential={name}:…"
            ),
        ),
        SecretError::Unreadable { path, source } => Trouble::file(
            ["Kan inte läsa hemligheten", "Cannot read the secret"],
            path,
            source,
            [
                "Lägg tillbaka filen från säkerhetskopian, eller rätta inställningen som pekar ut den.",
                "Put the file back from its backup, or correct the setting that names it.",
            ],
        ),
        SecretError::Empty { reference } => Trouble::settings(
            format!(
                "Hemligheten {reference} är tom. Skriv in den där, eller rätta inställningen som pekar ut den."
            ),
            format!(
                "The secret {reference} is empty. Write it there, or correct the setting that names it."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A secret is the file's text without white space around it; what is missing is told
    /// with its remedy.
    #[test]
    fn secrets_are_read_and_missed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("good"), "  hush\n").unwrap();
        fs::write(folder.path().join("empty"), " \n").unwrap();
        let machine = OfMachine::new(folder.path());
        let read = |text: &str| machine.secret(&SecretRef::parse(text).unwrap());
        assert_eq!(read("file:good").ok().unwrap().expose(), "hush");
        for (missing, says) in [
            ("file:empty", "Hemligheten file:empty är tom"),
            ("file:gone", "Kan inte läsa hemligheten"),
            ("env:SKOLBRO_TEST_NOWHERE", "Miljövariabeln SKOLBRO_TEST_NOWHERE är inte satt"),
        ] {
            let error = read(missing).err().unwrap();
            let told = trouble(&error).says.sv;
            assert!(told.starts_with(says), "{told}");
        }
    }
}
