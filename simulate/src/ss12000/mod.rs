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
mod time;
mod token;
mod values;
mod wire;
mod world;

pub use dialect::{Dialect, UnknownDialect};
pub use drain::{Drained, drain};
pub use fault::{Fault, Planted, UnknownFault};
pub use register::{Credentials, Register, Running, Switches};

#[cfg(test)]
mod tests;
