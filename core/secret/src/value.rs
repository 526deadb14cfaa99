use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::SecretRef;

/// The text of a secret. Wiped when dropped; has neither `Debug`, `Display` nor `Serialize`,
/// so that it cannot end up in a log, an error or a file by accident.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text as it is.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every place that calls this is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Reads secrets where the settings say that they are. The program implements it; a test
/// writes a closure.
pub trait Secrets: Send + Sync {
    /// Reads one, without white space around it.
    fn secret(&self, reference: &SecretRef) -> Result<Secret, SecretError>;
}

impl<F> Secrets for F
where
    F: Fn(&SecretRef) -> Result<Secret, SecretError> + Send + Sync,
{
    fn secret(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        self(reference)
    }
}

/// Why a secret could not be read. A person must act, each time.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Set the variable for the user who runs the program.
    #[error("the environment variable {name} is not set")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// Run as a service with `LoadCredential=`.
    #[error("credential:{name} comes from the service manager, which handed over none")]
    NoCredentials {
        /// The credential.
        name: String,
    },
    /// Put the file back, or correct the setting.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Write the secret there.
    #[error("{reference} is empty")]
    Empty {
        /// Where nothing stands.
        reference: SecretRef,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A secret is found where its name says, or the reason names the place alone.
    #[test]
    fn a_closure_reads_secrets() {
        let reader = |reference: &SecretRef| match reference {
            SecretRef::Env(name) if name == "A" => Ok(Secret::new("hush".to_owned())),
            SecretRef::Env(name) => Err(SecretError::NotSet { name: name.clone() }),
            other @ (SecretRef::File(_) | SecretRef::Credential(_)) => {
                Err(SecretError::Empty { reference: other.clone() })
            }
        };
        let secrets: &dyn Secrets = &reader;
        assert_eq!(secrets.secret(&SecretRef::Env("A".to_owned())).ok().unwrap().expose(), "hush");
        let missing = secrets.secret(&SecretRef::Env("B".to_owned())).err().unwrap();
        assert_eq!(missing.to_string(), "the environment variable B is not set");
    }
}
