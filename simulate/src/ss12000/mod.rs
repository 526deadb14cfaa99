//! A register that speaks SS12000.
//!
//! | | |
//! |---|---|
//! | Plays   | SS12000 2.1 and 2.0, Edlevo, IST `EduCloud`, and a server that departs from the standard |
//! | Data    | a [`generate::Town`]: the same ids as its export to CSV on the same day |
//! | Sign-in | client credentials (`demo`/`demo`), as a form or by Basic |
//! | Source  | the `OpenAPI` descriptions of SS12000 2.1.0 and 2.0.0, reference/sources.md §1, §2.4, §3 |
//!
//! What is refused is what the description refuses: an unknown parameter, a value of the wrong
//! type, a page token beside a filter. Beside the standard's paths there is `/_control`, by
//! which a test, the demo or a person lets days pass and plants faults; [`Running`] does the
//! same without HTTP.
//!
//! | | |
//! |---|---|
//! | `GET /_control/status` | day, time, dialect, how many objects and requests |
//! | `POST /_control/next-day` | a day of ordinary churn; `?days=3` for several |
//! | `POST /_control/term`, `/_control/school-year` | to the next shift |
//! | `POST /_control/set-time` | the body is a time (RFC 3339) for the register's clock |
//! | `POST /_control/fault` | the body is a fault, e.g. `status=503@persons:3x2` |
//! | `DELETE /_control/fault` | all is well again |
//! | `POST /_control/protect`, `/unprotect`, `/remove` | a person, `?id=UUID` |
//!
//! The register has a clock of its own: a day begins at six in the morning, when the night's
//! changes are stamped in `meta`, and then it goes as ours does. Tokens and `Date` follow it, so
//! a day that passes ends every token.

mod answer;
mod control;
mod dialect;
mod drain;
mod fault;
mod kind;
mod lookup;
mod page;
mod paging;
mod params;
mod query;
mod register;
mod reply;
mod reports;
mod serve;
mod sort;
mod state;
mod subscriptions;
pub(crate) mod time;
mod token;
mod values;
mod wire;
mod world;

pub use dialect::{Dialect, UnknownDialect};
pub use drain::{Drained, drain, drain_to};
pub use fault::{Fault, Planted, Spoilt, UnknownFault};
pub use register::{Credentials, Register, Running, Switches};

#[cfg(test)]
mod tests;
