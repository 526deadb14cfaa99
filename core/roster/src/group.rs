//! Groups: classes, teaching groups and the like.

use crate::terms::{GroupType, SchoolType};
use crate::{Interval, Key, SourceIndex};

/// A class, a teaching group, a mentor group: persons are its members, duties teach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Our key.
    pub key: Key,
    /// The source that named it.
    pub source: SourceIndex,
    /// The source's own id.
    pub source_id: String,
    /// The school unit that owns it; `None` when the register says none.
    pub school: Option<Key>,
    /// Its name, as the register has it.
    pub name: String,
    /// What kind of group it is (K016, K017).
    pub group_type: GroupType,
    /// The form of schooling it belongs to.
    pub school_type: Option<SchoolType>,
    /// The course, subject or level that is taught.
    pub course: Option<Course>,
    /// When the group exists.
    pub interval: Interval,
    /// Free text in which some registers mark what is to be synced, e.g. "Portal".
    pub notes: Option<String>,
}

/// A course (Gy11) or a subject and level (Gy25).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Course {
    /// Its code, e.g. `MATMAT01a`.
    pub code: String,
    /// Its name, e.g. `Matematik 1a`.
    pub name: String,
}
