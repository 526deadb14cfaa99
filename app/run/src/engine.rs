//! What a run works with, bound together by the program.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use roster::school_register::SchoolRegister;
use roster::supplement::{Matching, Supplement};
use roster::{Date, MarkingPolicy, Precedence, Source, SourceLimits, TenantKey};
use rules::Guards;
use rules::config::Schools;
use rules::shape::TargetRules;
use state::Target;
use store::Store;

use crate::memory::Memory;
use crate::{Clock, LockPlace, SystemClock};

/// A register and its place in the settings.
pub struct BoundSource {
    /// Its name in the settings.
    pub name: String,
    /// The connector's id, for the words that explain its errors.
    pub kind: String,
    /// Makes its keys; written once by `init`.
    pub serial: u32,
    /// Which markings mean "not protected".
    pub marking: MarkingPolicy,
    /// What reads it.
    pub source: Box<dyn Source>,
}

/// A supplement and what the tenant wants of it.
pub struct BoundSupplement {
    /// Its name in the settings.
    pub name: String,
    /// The connector's id, for the words that explain its errors.
    pub kind: String,
    /// What is matched and filled in.
    pub matching: Matching,
    /// What reads it.
    pub supplement: Box<dyn Supplement>,
}

/// A receiver and what the tenant wants of it.
pub struct BoundTarget {
    /// The name under which its deliveries are remembered: its name in the settings, or
    /// another in test mode (K184).
    pub name: String,
    /// Its name in the settings.
    pub setting: String,
    /// What writes to it.
    pub target: Box<dyn Target>,
    /// From roster to wanted rows.
    pub rules: TargetRules,
    /// The schools that the tenant and the target chose, by code or name.
    pub schools: [Schools; 2],
    /// Life cycle and drift; what is off.
    pub policies: plan::Policies,
    /// Limits.
    pub guards: Guards,
    /// Content hash of the settings that the plan depends on.
    pub rules_hash: String,
}

/// Whether another person than the one who asked must approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FourEyes {
    /// Yes.
    Required,
    /// No.
    NotRequired,
}

/// Everything that a run works with.
pub struct Engine {
    /// The tenant's memory.
    pub store: Store,
    /// The tenant's key.
    pub tenant: TenantKey,
    /// The clock.
    pub clock: Box<dyn Clock>,
    /// Where the tenant is.
    pub zone: TimeZone,
    /// Registers, in the order of the settings.
    pub sources: Vec<BoundSource>,
    /// Supplements, in the order of the settings.
    pub supplements: Vec<BoundSupplement>,
    /// Receivers, in the order of the settings.
    pub targets: Vec<BoundTarget>,
    /// Ids and numbers of persons who must not be read, one a line as the lists had them.
    pub exclusions: Vec<String>,
    /// Which source decides a field.
    pub precedence: Precedence,
    /// When a read counts as failed.
    pub limits: SourceLimits,
    /// A copy of the state's register of school units, where there is one.
    pub school_register: Option<Arc<SchoolRegister>>,
    /// Shift windows of the calendar: first and last day.
    pub shifts: Vec<(Date, Date)>,
    /// Freeze windows of the calendar: nothing is applied.
    pub freezes: Vec<(Date, Date)>,
    /// Four eyes.
    pub four_eyes: FourEyes,
    /// Bytes of rows to keep in memory before they are put aside.
    pub budget: usize,
    /// Where rows are put aside.
    pub temp: PathBuf,
    /// Where the lock is.
    pub lock: LockPlace,
    /// Who runs: machine and process, for the lock and the log.
    pub worker: String,
    /// Who asked for the run: a user name of the system, for four eyes and the audit.
    pub user: String,
}

impl Engine {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The day in the tenant's zone.
    #[must_use]
    pub fn today(&self) -> Date {
        self.clock.today(&self.zone)
    }

    /// Whether the day that is worked with has not come on this machine (`--today`).
    pub(crate) fn is_ahead(&self) -> bool {
        self.today() > SystemClock.today(&self.zone)
    }

    /// What data quality is checked by.
    #[must_use]
    pub fn quality_settings(&self) -> roster::quality::Settings {
        roster::quality::Settings {
            school_register: self.school_register.clone(),
            ..roster::quality::Settings::default()
        }
    }

    /// The target with this name.
    ///
    /// # Errors
    ///
    /// [`crate::RunError::Unknown`] when there is none.
    pub fn target(&self, name: &str) -> Result<&BoundTarget, crate::RunError> {
        self.targets.iter().find(|target| target.name == name || target.setting == name).ok_or_else(
            || crate::RunError::Unknown {
                what: "target",
                name: name.to_owned(),
                known: self.targets.iter().map(|target| target.name.clone()).collect(),
            },
        )
    }

    pub(crate) fn memory(&self) -> Memory<'_> {
        Memory { store: &self.store, tenant: &self.tenant }
    }

    pub(crate) fn is_inside(&self, windows: &[(Date, Date)]) -> bool {
        let today = self.today();
        windows.iter().any(|&(first, last)| first <= today && today <= last)
    }
}
