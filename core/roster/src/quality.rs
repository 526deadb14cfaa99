//! Data quality: what is missing, double or contradictory, and who can mend it.
//!
//! A [`Checker`] sees each person once, while it passes; [`Findings`] hold issues and
//! counts. An issue names its subject by key and by the row's id in the register, never by
//! name, address or number.
//!
//! # Source
//!
//! D01–D10: reference/portal.md §2.5.7. D11 and on are ours.

mod checker;
mod entities;
mod summary;
mod texts;

use std::sync::Arc;

pub use checker::{Checker, Findings};
pub use entities::SameNames;
pub use summary::{Summary, SummaryRow};
pub use texts::Language;

use crate::school_register::SchoolRegister;
use crate::terms::{GroupType, SchoolType};
use crate::{IdentityNumber, Key, SourceIndex};

/// What is wrong. The written form (`D01`) is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    /// A pupil has no e-mail address (K212).
    D01,
    /// Two persons have the same user name (K076).
    D02,
    /// Nobody teaches the group (K213).
    D03,
    /// A pupil is in no class.
    D04,
    /// A pupil is in no group of any kind.
    D05,
    /// Two persons have the same temporary number (K073).
    D06,
    /// A school has no skolenhetskod, or one that does not exist (K018).
    D07,
    /// An end date stands before the start date.
    D08,
    /// Two groups of a school have the same name at the same time.
    D09,
    /// A teacher has no account at the receiver.
    D10,
    /// The same id stands twice with different content.
    D11,
    /// A group, school or organisation that is referred to is not there.
    D12,
    /// A name or address has control characters, or begins as a formula does.
    D13,
    /// A pupil is in two classes at the same time (K017).
    D14,
    /// A preschool has no skolenhetskod, as is usual (K171).
    D15,
    /// A school's skolenhetskod is over: the unit was closed, split or merged (K219).
    D16,
    /// A school's skolenhetskod is for a unit that is dormant or planned.
    D17,
    /// The register of school units names another school under the code (K181).
    D18,
    /// Two pupils or members of staff have the same e-mail address.
    D19,
    /// No entry of a supplement bears the person's number or id (K075).
    D20,
    /// Several entries do, or the one that does bears several numbers or addresses (K075).
    D21,
    /// The entry's account is disabled (K075).
    D22,
    /// The entry's values stand in a domain that is not the tenant's (K075).
    D23,
    /// The person has nothing that an entry is found by: no number, or a temporary one (K073).
    D24,
    /// The entry lacks the value.
    D25,
}

/// How grave an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Wrong: something is left out or held back.
    Error,
    /// Doubtful: everything is carried over, but somebody should look.
    Warning,
    /// Worth knowing.
    Notice,
}

/// Who can mend an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The school, in its register.
    Register,
    /// The customer, in the settings.
    Settings,
    /// We.
    Us,
}

impl Code {
    /// Every code in order.
    pub const ALL: &[Self] = &[
        Self::D01,
        Self::D02,
        Self::D03,
        Self::D04,
        Self::D05,
        Self::D06,
        Self::D07,
        Self::D08,
        Self::D09,
        Self::D10,
        Self::D11,
        Self::D12,
        Self::D13,
        Self::D14,
        Self::D15,
        Self::D16,
        Self::D17,
        Self::D18,
        Self::D19,
        Self::D20,
        Self::D21,
        Self::D22,
        Self::D23,
        Self::D24,
        Self::D25,
    ];

    /// The written form, `D01` and on.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::D01 => "D01",
            Self::D02 => "D02",
            Self::D03 => "D03",
            Self::D04 => "D04",
            Self::D05 => "D05",
            Self::D06 => "D06",
            Self::D07 => "D07",
            Self::D08 => "D08",
            Self::D09 => "D09",
            Self::D10 => "D10",
            Self::D11 => "D11",
            Self::D12 => "D12",
            Self::D13 => "D13",
            Self::D14 => "D14",
            Self::D15 => "D15",
            Self::D16 => "D16",
            Self::D17 => "D17",
            Self::D18 => "D18",
            Self::D19 => "D19",
            Self::D20 => "D20",
            Self::D21 => "D21",
            Self::D22 => "D22",
            Self::D23 => "D23",
            Self::D24 => "D24",
            Self::D25 => "D25",
        }
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::D02 | Self::D06 | Self::D07 | Self::D08 | Self::D11 | Self::D12 => {
                Severity::Error
            }
            Self::D01
            | Self::D03
            | Self::D04
            | Self::D05
            | Self::D09
            | Self::D10
            | Self::D13
            | Self::D14
            | Self::D16
            | Self::D18
            | Self::D19
            | Self::D20
            | Self::D21
            | Self::D22
            | Self::D23
            | Self::D25 => Severity::Warning,
            Self::D15 | Self::D17 | Self::D24 => Severity::Notice,
        }
    }

    /// Who can mend it.
    #[must_use]
    pub const fn owner(self) -> Owner {
        match self {
            // A supplement is the customer's own directory or file.
            Self::D10 | Self::D20 | Self::D21 | Self::D22 | Self::D23 | Self::D25 => {
                Owner::Settings
            }
            Self::D01
            | Self::D02
            | Self::D03
            | Self::D04
            | Self::D05
            | Self::D06
            | Self::D07
            | Self::D08
            | Self::D09
            | Self::D11
            | Self::D12
            | Self::D13
            | Self::D14
            | Self::D15
            | Self::D16
            | Self::D17
            | Self::D18
            | Self::D19
            | Self::D24 => Owner::Register,
        }
    }
}

/// Which part of the subject is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// The row as a whole.
    Row,
    /// E-mail address.
    Email,
    /// User name.
    Username,
    /// Identity number.
    Number,
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Name of a group, school or organisation.
    Name,
    /// Skolenhetskod.
    SchoolCode,
    /// The school a group belongs to.
    School,
    /// What a school or organisation belongs to.
    Parent,
    /// The subject's own start and end.
    Interval,
    /// A place in a school unit.
    Enrolment,
    /// Work at a school unit.
    Duty,
    /// A place in a group.
    Membership,
    /// A group taught.
    Teaching,
}

/// One thing that is wrong. Its texts come from the code: [`Code::problem`],
/// [`Code::effect`], [`Code::remedy`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    /// What is wrong.
    pub code: Code,
    /// The person, group, school or organisation that it is about.
    pub subject: Key,
    /// The part that is concerned.
    pub field: Field,
    /// The source whose row it is, where one row is meant.
    pub source: Option<SourceIndex>,
    /// The row's id in the source, unless that itself could be a number or an address.
    pub row: Option<String>,
    /// The schools concerned, sorted.
    pub schools: Vec<Key>,
}

impl Issue {
    /// How grave it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Who can mend it.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.code.owner()
    }
}

/// What the checks go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Forms of schooling whose pupils should be in a class (D04).
    pub class_forms: Vec<SchoolType>,
    /// Types of group that should have a teacher (D03).
    pub taught_groups: Vec<GroupType>,
    /// Forms of schooling whose units have no skolenhetskod (D15 instead of D07).
    pub forms_without_code: Vec<SchoolType>,
    /// The state's register of school units, where we have a copy (D07, D16–D18).
    pub school_register: Option<Arc<SchoolRegister>>,
    /// Issues of one code that are kept with their subjects; all are counted.
    pub kept_per_code: usize,
}

impl Default for Settings {
    fn default() -> Self {
        use SchoolType::{Fklass, Fs, Gr, Grs, Gy, Gys, Oppfth, Sam, Sp, Tr};
        Self {
            class_forms: vec![Fklass, Gr, Grs, Tr, Sp, Sam, Gy, Gys],
            taught_groups: vec![GroupType::Teaching],
            forms_without_code: vec![Fs, Oppfth],
            school_register: None,
            kept_per_code: 10_000,
        }
    }
}

/// The id of a row, unless it could itself name somebody: some registers use identity
/// numbers or addresses for ids.
fn row_id(source_id: &str, today: crate::Date) -> Option<String> {
    let digits = source_id.bytes().filter(u8::is_ascii_digit).count();
    let is_number =
        source_id.len() <= 13 && (digits >= 10 || IdentityNumber::parse(source_id, today).is_ok());
    (!is_number && !source_id.contains('@')).then(|| source_id.to_owned())
}

#[cfg(test)]
mod tests;
