//! Microsoft School Data Sync: the complete set of CSV files, v2.1 or v1.
//!
//! | | |
//! |---|---|
//! | Reads  | nothing: what was delivered last is all that is known |
//! | Writes | the whole set every time; what is absent becomes inactive at Microsoft |
//! | Sign-in | none: files in a folder, no account in any cloud |
//! | Limits | 2 000 000 lines a file; the same files every time |
//! | Source | <https://learn.microsoft.com/schooldatasync/sds-v2.1-csv-file-format> (read 2026-11-23) |

mod card;
mod map;
mod settings;
mod sheet;
mod table;
mod v1;
mod v2;
mod write;

pub use card::CARD;
pub use settings::{
    DateFormat, Deliver, Extra, FileCase, Format, MatchRule, MatchSource, Matching, Settings,
};
