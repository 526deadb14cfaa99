//! Why an operation is planned or a thing is not so: codes that people and tests share.

/// Who can put a thing right (K116).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The register and the school that keeps it.
    Source,
    /// The tenant's settings.
    Settings,
    /// The receiver.
    Receiver,
    /// Skolbro.
    Us,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $owner:ident, $sv:literal, $en:literal;)+) => {
        /// A reason code.
        ///
        /// # Source
        ///
        /// reference/portal.md §2.5.6; codes from P15, M08, T08 and the A series are our own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason {
            $(#[doc = $en] $name,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code, e.g. `P03`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// Who can put it right.
            #[must_use]
            pub const fn owner(self) -> Owner {
                match self { $(Self::$name => Owner::$owner),+ }
            }

            /// The reason in Swedish.
            #[must_use]
            pub const fn sv(self) -> &'static str {
                match self { $(Self::$name => $sv),+ }
            }

            /// The reason in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en),+ }
            }

            /// The reason's place in [`Self::ALL`], for encoded rows.
            #[must_use]
            pub const fn index(self) -> u8 {
                self as u8
            }

            /// The reason at a place in [`Self::ALL`].
            #[must_use]
            pub fn from_index(index: u8) -> Option<Self> {
                Self::ALL.get(usize::from(index)).copied()
            }

            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }
    };
}

reasons! {
    NotInSource = "P01", Source, "finns inte i källan", "not in the register";
    NotStarted = "P02", Source, "har inte börjat", "has not started";
    Ended = "P03", Source, "har slutat", "has ended";
    WrongRole = "P04", Settings, "rollen ingår inte", "the role is not included";
    SchoolNotChosen = "P05", Settings, "skolan är inte vald", "the school is not chosen";
    NoEmail = "P06", Source, "saknar e-postadress", "has no e-mail address";
    WrongDomain = "P07", Source, "e-postadressen har fel domän", "the e-mail address has the wrong domain";
    NoDirectoryMatch = "P08", Source, "ingen träff i katalogen", "no match in the directory";
    SeveralDirectoryMatches = "P09", Source, "flera träffar i katalogen", "several matches in the directory";
    DirectoryAccountOff = "P10", Source, "kontot i katalogen är avstängt", "the directory account is disabled";
    ChangedSchool = "P11", Source, "har bytt skola", "has changed school";
    DuplicateUsername = "P12", Source, "samma användarnamn som en annan person", "has the same user name as another person";
    AccountOfAnother = "P13", Receiver, "kontot tillhör någon annan", "the account belongs to another";
    Exception = "P14", Settings, "manuellt undantag", "manual exception";
    InRegister = "P15", Source, "finns i källan", "is in the register";
    ChangedInSource = "P16", Source, "ändrad i källan", "changed in the register";
    RulesChanged = "P17", Settings, "reglerna är ändrade", "the rules have changed";
    KeyChanged = "P18", Source, "samma person eller grupp med nytt id", "the same person or group under a new id";
    RequiredMissing = "P19", Source, "obligatorisk uppgift saknas", "a required value is missing";
    Returned = "P20", Source, "finns i källan igen", "is in the register again";
    FilteredOut = "P21", Settings, "regeln utesluter", "the rules leave it out";
    RowLeftOut = "P22", Source, "en rad i källan kunde inte läsas", "a row of the register could not be read";
    NotMember = "M01", Source, "är inte medlem i källan", "is not a member in the register";
    GroupNotChosen = "M02", Settings, "gruppen är inte vald", "the group is not chosen";
    GroupEmpty = "M03", Source, "gruppen saknar elever", "the group has no pupils";
    GroupWithoutTeacher = "M04", Source, "gruppen saknar lärare", "the group has no teacher";
    GroupNotStarted = "M05", Source, "gruppen har inte börjat", "the group has not started";
    GroupEnded = "M06", Source, "gruppen är avslutad", "the group has ended";
    TeacherWithoutAccount = "M07", Source, "läraren saknar konto", "the teacher has no account";
    MemberInSource = "M08", Source, "är medlem i källan", "is a member in the register";
    AwaitingApproval = "T01", Settings, "väntar på godkännande", "waits for approval";
    Guarded = "T02", Settings, "stoppad av spärr", "held by a guard";
    ReceiverDown = "T03", Receiver, "det mottagande systemet kan inte nås", "the receiver cannot be reached";
    NoLicence = "T04", Receiver, "licens saknas", "a licence is missing";
    NoOrgUnit = "T05", Receiver, "organisationsenheten finns inte", "the organisational unit does not exist";
    Throttled = "T06", Receiver, "strypt av det mottagande systemet", "throttled by the receiver";
    ChangedAtReceiver = "T07", Receiver, "ändrad av någon i det mottagande systemet", "changed by somebody at the receiver";
    FoundAtReceiver = "T08", Receiver, "finns redan i det mottagande systemet", "is already at the receiver";
    Removed = "T09", Us, "tas bort", "is removed";
    DependsOnHeld = "T10", Us, "beror på en åtgärd som hålls inne", "depends on an operation that is held";
    WaitingPeriod = "T11", Settings, "väntetiden har gått ut", "the waiting time is over";
    NoSchoolCode = "S01", Source, "skolenhetskod saknas", "the school unit code is missing";
    UnknownSchoolCode = "S02", Source, "skolenhetskoden är okänd", "the school unit code is unknown";
    SchoolNotActive = "S03", Source, "skolenheten är inte aktiv", "the school unit is not active";
    KeptByAnother = "T12", Receiver, "hålls av en administratör eller ett annat program", "is kept by an administrator or another program";
    Reused = "T13", Settings, "kontot har varit någon annans och används vidare", "the account was another's and is used again";
    NoAccount = "T14", Receiver, "kontot finns inte i det mottagande systemet", "the account does not exist at the receiver";
    Shut = "T15", Receiver, "det mottagande systemet släpper inte in någon i det", "the receiver lets nobody into it";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// K222: every reason has its own code and its words in both languages.
    #[test]
    fn reasons_have_distinct_codes_and_words() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!(!reason.sv().is_empty() && reason.sv() != reason.en(), "{reason:?}");
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
    }
}
