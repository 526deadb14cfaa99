//! Shape: what of the roster one receiver should hold, as a sorted stream of rows.
//!
//! Schools are chosen first, and relations outside them vanish; then come the tenant's other
//! choices, dates, filters and values. What the register knows and the rules do not want
//! stands in the stream as a mark with its reason. Values pass unchanged (K007): what a
//! receiver cannot take, its connector mends.

mod calendar;
mod compile;
mod day;
mod employments;
mod explain;
mod expression;
mod facts;
mod field;
mod groups;
mod lookup;
mod members;
mod people;
mod plain;
mod rules;
mod select;
pub mod template;
mod things;
mod values;
mod view;
mod wanted;

pub use compile::{Compiled, ExpressionError, compile};
pub use employments::EmploymentKeys;
pub use explain::{Step, explain_person, missing_values};
pub use people::Surveyed;
pub use rules::{
    DatedRelation, DaysRule, Guardians, InactivePersons, Need, PersonRole, SchoolChoice, Selection,
    TargetRules, Term, TermType, TopOrganisation,
};
pub use wanted::{Groundwork, Part, Shaped, Shaper, Things, Wanted};

#[cfg(test)]
mod tests;
