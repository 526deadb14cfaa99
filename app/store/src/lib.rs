//! A tenant's memory: one `SQLite` file, or one schema in `PostgreSQL`.
//!
//! Every statement is one text that both engines understand; the tests of this crate run on
//! both. Nothing here seals anything: what holds names comes in sealed, as bytes.

mod audit;
mod blob;
mod db;
mod error;
mod export;
mod fill;
mod free;
mod identity;
mod import;
mod journal;
mod kv;
mod lease;
mod ledger;
mod link;
mod obstacle;
mod open;
mod password;
mod plan;
mod quality;
mod retention;
mod run;
mod schema;
mod tables;

pub use audit::{AuditEntry, AuditHead, AuditVerdict, NewAudit};
pub use blob::{BlobInfo, BlobKind, BlobReader, BlobWriter};
pub use error::{Refusal, StoreError};
pub use export::{Export, Frame, Sums, TableSum};
pub use identity::{IdentityRow, MarkChange};
pub use import::Import;
pub use journal::{CallState, JournalLines, JournalRow, SentCall, SettledCall};
pub use lease::Lease;
pub use ledger::LedgerRow;
pub use link::{DueRow, LinkRow};
pub use obstacle::{ObstacleRow, Told};
pub use open::{Server, Store};
pub use password::PasswordRow;
pub use plan::{Approval, NewPlan, Plan, PlanStatus};
pub use quality::{QualityIssue, QualityRow, Severity, TrendRow};
pub use retention::{Cutoffs, Erase, Erased};
pub use run::{NewRun, Run, RunState};
pub use schema::VERSION;

use jiff::Timestamp;
use roster::Key;

/// Words of an enum, for the store: `word()` and back.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word for it in the store.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub(crate) fn from_word(word: &str) -> Result<Self, crate::StoreError> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(crate::StoreError::damaged(concat!("an unknown ", stringify!($type)))),
                }
            }
        }
    };
}
pub(crate) use words;

/// A time as it is stored: microseconds UTC.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::damaged("a time out of range"))
}

pub(crate) fn day(text: &str) -> Result<roster::Date, StoreError> {
    text.parse().map_err(|_| StoreError::damaged("a day that is none"))
}

/// Keys one after the other, 16 bytes each.
pub(crate) fn pack(keys: &[Key]) -> Vec<u8> {
    keys.iter().flat_map(|key| *key.as_bytes()).collect()
}

pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<Key>, StoreError> {
    let (keys, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(StoreError::damaged("a list of keys of another length"));
    }
    Ok(keys.iter().map(|key| Key::from_bytes(*key)).collect())
}
