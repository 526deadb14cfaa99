//! Secrets that are drawn when an object is made, and handed over to a school (design §2,
//! invariant 2): kept before the receiver is told, never in a plan, a log or the journal.

use crate::ObjectRef;

/// The password that a new account is made with.
#[derive(Clone, Copy)]
pub struct FirstPassword<'a> {
    /// The account.
    pub account: ObjectRef,
    /// Its address or user name, as the pupil will type it.
    pub address: &'a str,
    /// The name that people know the owner by.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
}

/// A first password that is kept already. Has neither `Debug` nor `Display`, so that it cannot
/// end up in a log or an error by accident.
pub struct KeptPassword(String);

impl KeptPassword {
    /// Takes a password as it is.
    #[must_use]
    pub fn new(password: String) -> Self {
        Self(password)
    }

    /// The password itself.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// The record could not be kept: the account is not made.
#[derive(Debug, thiserror::Error)]
#[error("the record of a first password could not be kept")]
pub struct HandoverError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps first passwords, sealed, until they are handed over.
#[async_trait::async_trait]
pub trait Handover: Send + Sync {
    /// Keeps one, durably. A later one of the same account takes its place.
    ///
    /// # Errors
    ///
    /// [`HandoverError`]: the account must not be made then.
    async fn keep(&self, password: FirstPassword<'_>) -> Result<(), HandoverError>;

    /// The password that is kept of an account already: the receiver may have made the account
    /// with it, so that it is the one to send again.
    ///
    /// # Errors
    ///
    /// [`HandoverError`]: the account must not be made then.
    async fn kept(&self, account: ObjectRef) -> Result<Option<KeptPassword>, HandoverError>;
}

/// For receivers to which no password is ever sent: keeps nothing, and refuses to.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHandover;

#[async_trait::async_trait]
impl Handover for NoHandover {
    async fn keep(&self, _: FirstPassword<'_>) -> Result<(), HandoverError> {
        Err(HandoverError("nobody takes it".into()))
    }

    async fn kept(&self, _: ObjectRef) -> Result<Option<KeptPassword>, HandoverError> {
        Ok(None)
    }
}
