//! What can go wrong in the store, by what the caller does next.

use jiff::Timestamp;

use crate::run::RunState;

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else is writing, or the server has no room. Try the same thing again.
    #[error("the store is busy")]
    Busy {
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store was written by a newer version of the program. Stop: upgrade the program.
    #[error(
        "the store has schema {found}, but this program knows only up to {known}: use a newer version of the program"
    )]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// What is stored makes no sense. Stop: restore a backup, or ask for help.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Which part, without its content.
        what: String,
    },
    /// The store works; the request breaks one of its rules. Report it and do something else.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file or the server cannot be reached, or a stream given to us failed. Stop the run.
    #[error("the store cannot be read or written")]
    Io {
        /// What the engine or the stream said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Which rule a request would have broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another run has the lease (K220).
    #[error("{name} is in use by {holder} until {until}")]
    Held {
        /// What is leased.
        name: String,
        /// Who has it.
        holder: String,
        /// Until when, unless renewed.
        until: Timestamp,
    },
    /// The lease ran out or was taken over; what it protected may not be written any more.
    #[error("the lease on {name} is lost")]
    LeaseLost {
        /// What was leased.
        name: String,
    },
    /// A run cannot go from one state to the other.
    #[error("run {run} is {from} and cannot become {to}")]
    Transition {
        /// The run's number.
        run: i64,
        /// The state it is in.
        from: RunState,
        /// The state that was asked for.
        to: RunState,
    },
    /// There is no such thing.
    #[error("no {what}")]
    Missing {
        /// What was asked for, by its id.
        what: String,
    },
    /// The store belongs to somebody else.
    #[error("the store is not that of {tenant}")]
    OtherTenant {
        /// Who wanted it.
        tenant: String,
    },
    /// Something is remembered already, where only an empty memory will do.
    #[error("the store is not empty")]
    NotEmpty,
    /// The plan is used up, out of date or put away.
    #[error("plan {plan} is {why}")]
    PlanClosed {
        /// The plan's id.
        plan: String,
        /// In one word.
        why: &'static str,
    },
    /// The call was journalled before, or not at all.
    #[error("call {call_no} of run {run} {why}")]
    Journal {
        /// The run's number.
        run: i64,
        /// The call's number in the run.
        call_no: i64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name cannot be that of a tenant's schema.
    #[error(
        "{name:?} cannot name a tenant's schema: a-z, 0-9 and _, at most 63, beginning with a letter"
    )]
    SchemaName {
        /// The name given.
        name: String,
    },
}

impl StoreError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(crate) fn io(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Io { source: Box::new(source) }
    }

    /// Whether the same request may work a little later.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

/// `SQLite`: 5 BUSY, 6 LOCKED. `PostgreSQL`: class 40 (serialisation, deadlock), 53 (no
/// resources), 55P03 (lock not available), 57P03 (starting up).
///
/// Source: <https://sqlite.org/rescode.html>, `PostgreSQL` manual, appendix A.
fn is_busy(code: &str) -> bool {
    match code.parse::<i64>() {
        // SQLite's codes have at most four digits, PostgreSQL's states five characters.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
        Ok(_) | Err(_) => {
            code.starts_with("40") || code.starts_with("53") || matches!(code, "55P03" | "57P03")
        }
    }
}

/// `SQLite`: 11 CORRUPT, 26 NOTADB.
fn is_damage(code: &str) -> bool {
    code.len() < 5 && code.parse::<i64>().is_ok_and(|number| matches!(number & 0xff, 11 | 26))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default()
            .into_owned();
        if is_busy(&code) || matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy { source: Box::new(error) };
        }
        if is_damage(&code) {
            return Self::damaged("the file is not a whole database");
        }
        if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
            return Self::damaged("a column holds something of another type");
        }
        Self::io(error)
    }
}
