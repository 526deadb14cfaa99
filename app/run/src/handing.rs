//! First passwords: sealed in the memory before the receiver is told, read once by the school,
//! then forgotten (design §3).

use std::collections::{BTreeMap, BTreeSet};

use roster::codec::{CodecError, Reader, Writer};
use roster::{Key, RowStream as _};
use serde_json::json;
use state::{
    FirstPassword, Handover, HandoverError, KeptPassword, ObjectRef, Operation, RowRef, Verb,
};
use store::PasswordRow;

use crate::{Engine, RunError};

const SEALED: &str = "first password";

/// Keeps the passwords of the accounts that a plan makes.
pub(crate) struct Envelopes<'a> {
    engine: &'a Engine,
    target: &'a str,
    schools: BTreeMap<ObjectRef, Vec<Key>>,
}

impl<'a> Envelopes<'a> {
    pub(crate) fn of(
        engine: &'a Engine,
        target: &'a str,
        operations: &[Operation],
    ) -> Result<Self, RunError> {
        let mut schools = BTreeMap::new();
        for operation in operations.iter().filter(|it| it.verb == Verb::Create) {
            let row = RowRef::new(operation.after.as_deref().unwrap_or_default())?;
            if row.membership().is_none() {
                schools.insert(row.owner(), row.schools().collect());
            }
        }
        Ok(Self { engine, target, schools })
    }

    async fn put(&self, password: FirstPassword<'_>) -> Result<(), RunError> {
        let FirstPassword { account, address, name, password } = password;
        let mut bytes = Vec::new();
        let mut out = Writer(&mut bytes);
        for text in [name, address, password] {
            out.text(text);
        }
        let row = PasswordRow {
            account,
            schools: self.schools.get(&account).cloned().unwrap_or_default(),
            made: self.engine.now(),
            sealed: self.engine.memory().seal_small(SEALED, &bytes)?,
        };
        Ok(self.engine.store.put_password(self.target, &row).await?)
    }

    async fn get(&self, account: ObjectRef) -> Result<Option<KeptPassword>, RunError> {
        let row = self.engine.store.password(self.target, account).await?;
        let opened = row.map(|row| self.engine.opened(row)).transpose()?;
        Ok(opened.map(|it| KeptPassword::new(it.password)))
    }
}

#[async_trait::async_trait]
impl Handover for Envelopes<'_> {
    async fn keep(&self, password: FirstPassword<'_>) -> Result<(), HandoverError> {
        self.put(password).await.map_err(|error| HandoverError(Box::new(error)))
    }

    async fn kept(&self, account: ObjectRef) -> Result<Option<KeptPassword>, HandoverError> {
        self.get(account).await.map_err(|error| HandoverError(Box::new(error)))
    }
}

/// The first password of one account, as a school reads it.
pub struct Envelope {
    /// The name that people know its owner by.
    pub name: String,
    /// Its address or user name.
    pub address: String,
    /// The password.
    pub password: String,
    row: PasswordRow,
}

/// First passwords that nobody has fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    /// How many.
    pub count: usize,
    /// When the oldest was drawn.
    pub since: jiff::Timestamp,
    /// The schools of their accounts.
    pub schools: BTreeSet<Key>,
}

impl Engine {
    /// The first passwords of the accounts at a target that were made, by name; of one school,
    /// or of all. An account that the receiver refused is not among them.
    ///
    /// # Errors
    ///
    /// [`RunError`] when they cannot be read.
    pub async fn first_passwords(
        &self,
        target: &str,
        school: Option<Key>,
    ) -> Result<Vec<Envelope>, RunError> {
        let mut rows = self.passwords_of_made(target).await?;
        rows.retain(|row| school.is_none_or(|school| row.schools.contains(&school)));
        let opened = rows.into_iter().map(|row| self.opened(row));
        let mut envelopes = opened.collect::<Result<Vec<_>, RunError>>()?;
        envelopes.sort_by(|one, two| {
            (&one.name, &one.address, one.row.account).cmp(&(
                &two.name,
                &two.address,
                two.row.account,
            ))
        });
        Ok(envelopes)
    }

    /// How many first passwords at a target wait for a school to fetch them; `None` where none
    /// does.
    ///
    /// # Errors
    ///
    /// [`RunError`] when they cannot be read.
    pub async fn unfetched_passwords(&self, target: &str) -> Result<Option<Unfetched>, RunError> {
        let rows = self.passwords_of_made(target).await?;
        let Some(since) = rows.iter().map(|row| row.made).min() else { return Ok(None) };
        let schools = rows.iter().flat_map(|row| row.schools.iter().copied()).collect();
        Ok(Some(Unfetched { count: rows.len(), since, schools }))
    }

    /// The passwords that are kept of accounts that were made.
    async fn passwords_of_made(&self, target: &str) -> Result<Vec<PasswordRow>, RunError> {
        let mut rows = self.store.passwords(target).await?;
        let kept: BTreeSet<ObjectRef> = rows.iter().map(|row| row.account).collect();
        let mut made = BTreeSet::new();
        let mut written = self.memory().written(target).await?;
        while let Some(row) = written.next_row()? {
            let row = RowRef::new(row)?;
            if row.membership().is_none() && kept.contains(&row.owner()) {
                made.insert(row.owner());
            }
        }
        rows.retain(|row| made.contains(&row.account));
        Ok(rows)
    }

    fn opened(&self, row: PasswordRow) -> Result<Envelope, RunError> {
        let bytes = self.memory().open_small(SEALED, &row.sealed)?;
        let damaged = |error: CodecError| RunError::Internal(error.to_string());
        let mut input = Reader(&bytes);
        let mut text = || input.text().map(str::to_owned).map_err(damaged);
        let (name, address, password) = (text()?, text()?, text()?);
        Ok(Envelope { name, address, password, row })
    }

    /// Forgets passwords that were handed over, and notes in the audit log how many.
    ///
    /// # Errors
    ///
    /// [`RunError`] when they could not be forgotten.
    pub async fn handed_over(
        &self,
        target: &str,
        envelopes: Vec<Envelope>,
    ) -> Result<(), RunError> {
        let rows: Vec<PasswordRow> = envelopes.into_iter().map(|it| it.row).collect();
        let detail = json!({ "passwords": rows.len() }).to_string();
        // Told first: what cannot be noted is not forgotten.
        self.audit(&self.user, "passwords", target, &detail).await?;
        Ok(self.store.forget_passwords(target, &rows).await?)
    }
}
