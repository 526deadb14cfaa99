//! Synthetic municipalities: the same seed gives the same bytes for ever.
//!
//! [`Municipality`] makes one school at a time, so a whole nation can be written without
//! being held in memory. [`Town`] is the same municipality in memory, with dates, that can
//! live on: days pass, terms and school years shift, and exports go wrong.
//! Sizes are those of reference/sizing.md §4.2.

mod day;
mod names;
mod person;
mod rng;
mod school;
mod size;
mod stream;
mod town;
mod write;

pub use day::{Day, NotADay};
pub use names::Names;
pub use person::Person;
pub use school::{Form, Grade, Group, Link, Municipality, School};
pub use size::{Counts, Size};
pub use stream::write_csv;
pub use town::{
    Canary, DayLog, Duty, Enrolment, Guardian, Guardians, Human, Marking, Membership, Mentors,
    Quality, Rates, Seasonal, Section, Settings, Summary, Town, Unit, Validity,
};
pub use write::{Encoding, LineEnding, Mishap, Options, UnknownEncoding, UnknownMishap};
