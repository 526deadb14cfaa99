//! What a guard says, as data and as a sentence.

use roster::{Count, Key, TripKind};
use state::{Card, Kind, ObjectRef};

/// A guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuardName {
    /// A register lost volume.
    Source(TripKind),
    /// The first plan of a source and target.
    FirstPlan,
    /// The first plan that touches a school.
    FirstSchool,
    /// The first deletion ever (K140).
    FirstDeletion,
    /// Accounts and groups that others made, and that a new one's value finds.
    FoundAccounts,
    /// The same person or group under a new key.
    Identity,
    /// Old and new keys that match in more than one way.
    IdentityUnclear,
    /// A value of another person's old account (K136).
    AccountOfAnother,
    /// A value of an account of ours that stays, where the receiver refuses it to another until a
    /// person there has freed it.
    NameTaken,
    /// Persons removed or suspended.
    Removals,
    /// Groups removed or archived.
    GroupRemovals,
    /// Members removed from one container.
    ContainerMembers,
    /// Changes of one kind.
    Changes,
    /// Persons removed at one school.
    SchoolRemovals,
    /// Memberships removed at one school.
    SchoolMembershipRemovals,
    /// One attribute changed over a kind.
    AttributeChanges,
    /// Memberships removed.
    MembershipRemovals,
    /// Removals that the last good snapshot foresaw.
    Expected,
}

impl GuardName {
    /// The name in plans and settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::FirstPlan => "first_plan",
            Self::FirstSchool => "first_school",
            Self::FirstDeletion => "first_deletion",
            Self::FoundAccounts => "found_accounts",
            Self::Identity => "identity",
            Self::IdentityUnclear => "identity_unclear",
            Self::AccountOfAnother => "account_of_another",
            Self::NameTaken => "name_taken",
            Self::Removals => "removals",
            Self::GroupRemovals => "group_removals",
            Self::ContainerMembers => "container_members",
            Self::Changes => "changes",
            Self::SchoolRemovals => "school_removals",
            Self::SchoolMembershipRemovals => "school_membership_removals",
            Self::AttributeChanges => "attribute_changes",
            Self::MembershipRemovals => "membership_removals",
            Self::Expected => "expected",
        }
    }

    /// The guard with this name; a source guard needs to know what tripped and is not here.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        const ALL: &[GuardName] = &[
            GuardName::FirstPlan,
            GuardName::FirstSchool,
            GuardName::FirstDeletion,
            GuardName::FoundAccounts,
            GuardName::Identity,
            GuardName::IdentityUnclear,
            GuardName::AccountOfAnother,
            GuardName::NameTaken,
            GuardName::Removals,
            GuardName::GroupRemovals,
            GuardName::ContainerMembers,
            GuardName::Changes,
            GuardName::SchoolRemovals,
            GuardName::SchoolMembershipRemovals,
            GuardName::AttributeChanges,
            GuardName::MembershipRemovals,
            GuardName::Expected,
        ];
        ALL.iter().copied().find(|guard| guard.word() == word)
    }

    /// Whether it waits for a person whatever the numbers are: something is done for the first
    /// time, or it is unclear whom it is about.
    #[must_use]
    pub const fn is_first(self) -> bool {
        match self {
            Self::FirstPlan
            | Self::FirstSchool
            | Self::FirstDeletion
            | Self::FoundAccounts
            | Self::Identity
            | Self::IdentityUnclear
            | Self::AccountOfAnother
            | Self::NameTaken => true,
            Self::Source(_)
            | Self::Removals
            | Self::GroupRemovals
            | Self::ContainerMembers
            | Self::Changes
            | Self::SchoolRemovals
            | Self::SchoolMembershipRemovals
            | Self::AttributeChanges
            | Self::MembershipRemovals
            | Self::Expected => false,
        }
    }

    /// Whether approval of the whole plan is not enough.
    #[must_use]
    pub const fn must_be_named(self) -> bool {
        matches!(self, Self::IdentityUnclear | Self::AccountOfAnother | Self::NameTaken)
    }

    /// Whether no approval is enough: a person does something at the receiver first.
    #[must_use]
    pub const fn cannot_be_approved(self) -> bool {
        matches!(self, Self::NameTaken)
    }
}

/// What a guard watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The whole target.
    Target,
    /// A kind of object.
    Kind(Kind),
    /// An attribute of a kind, by its place on the card.
    Attribute(Kind, usize),
    /// A school.
    School(Key),
    /// A container.
    Container(ObjectRef),
}

/// A guard that tripped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which.
    pub guard: GuardName,
    /// Where.
    pub scope: Scope,
    /// How many there are; at a source: were at the last good read.
    pub total: u64,
    /// How many would change; at a source: are there now.
    pub count: u64,
    /// How many of them went earlier the same day, under plans that nobody had to approve.
    pub earlier: u64,
    /// How many may.
    pub allowed: u64,
    /// How many operations are held because of it.
    pub held: u64,
}

/// A language that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Swedish.
    Sv,
    /// English.
    En,
}

/// What things are called.
pub struct Names<'a> {
    /// The target.
    pub card: &'a Card,
    /// A school's name.
    pub school: &'a dyn Fn(Key) -> String,
    /// A container's name.
    pub container: &'a dyn Fn(ObjectRef) -> String,
}

impl Names<'_> {
    fn kind(&self, kind: Kind, lang: Lang) -> &'static str {
        let words = self.card.object(kind).map(|kind| kind.words);
        words.map_or("", |words| match lang {
            Lang::Sv => words.sv,
            Lang::En => words.en,
        })
    }

    fn scope(&self, scope: Scope, lang: Lang) -> String {
        match scope {
            Scope::Target => self.card.name.to_owned(),
            Scope::Kind(kind) => self.kind(kind, lang).to_owned(),
            Scope::Attribute(kind, at) => {
                let attribute = self.card.object(kind).and_then(|kind| kind.attributes.get(at));
                let name = attribute.map_or("", |attribute| attribute.name);
                format!("{name} ({})", self.kind(kind, lang))
            }
            Scope::School(school) => (self.school)(school),
            Scope::Container(container) => (self.container)(container),
        }
    }
}

impl Verdict {
    /// What happened, in one sentence: `Ekskolan gav 221 elever, i går 408 (−46 %).`
    #[must_use]
    pub fn sentence(&self, names: &Names<'_>, lang: Lang) -> String {
        let scope = names.scope(self.scope, lang);
        if let GuardName::Source(kind) = self.guard {
            return self.source_sentence(kind, &scope, lang);
        }
        let Self { guard: _, scope: _, total, count, earlier, allowed, held: _ } = *self;
        let (total, count, allowed) = (grouped(total), grouped(count), grouped(allowed));
        let (sv, en) = self.words();
        match (lang, self.guard.is_first()) {
            (Lang::Sv, true) if self.guard.cannot_be_approved() => {
                format!("{scope}: {sv}; {count} åtgärder väntar tills det är ledigt.")
            }
            (Lang::En, true) if self.guard.cannot_be_approved() => {
                format!("{scope}: {en}; {count} operations wait until it is free.")
            }
            (Lang::Sv, true) => format!("{scope}: {sv}; {count} åtgärder väntar på godkännande."),
            (Lang::En, true) => format!("{scope}: {en}; {count} operations wait for approval."),
            (Lang::Sv, false) => {
                let earlier = of_them(earlier, "varav", "tidigare i dag");
                format!("{scope}: {sv}: {count} av {total}{earlier}, högst {allowed}.")
            }
            (Lang::En, false) => {
                let earlier = of_them(earlier, "of which", "earlier today");
                format!("{scope}: {en}: {count} of {total}{earlier}, at most {allowed}.")
            }
        }
    }

    fn words(&self) -> (&'static str, &'static str) {
        match self.guard {
            GuardName::Source(_) => ("källan", "the source"),
            GuardName::FirstPlan => ("den första planen", "the first plan"),
            GuardName::FirstSchool => ("skolans första plan", "the school's first plan"),
            GuardName::FirstDeletion => ("de första borttagningarna", "the first deletions"),
            GuardName::FoundAccounts => (
                "konton eller grupper som redan finns och som andra har skapat",
                "accounts or groups that are there already and that others made",
            ),
            GuardName::Identity => (
                "samma personer eller grupper med nya id",
                "the same persons or groups under new ids",
            ),
            GuardName::IdentityUnclear => {
                ("nya id som kan vara flera", "new ids that could be several")
            }
            GuardName::AccountOfAnother => {
                ("uppgiften hör till någon annans konto", "the value belongs to another's account")
            }
            GuardName::NameTaken => (
                "namnet har ett konto som Skolbro har inaktiverat eller låter vara",
                "the name is an account's that Skolbro has suspended or leaves as it is",
            ),
            GuardName::Removals => ("personer som försvinner", "persons who would go"),
            GuardName::GroupRemovals => ("grupper som försvinner", "groups that would go"),
            GuardName::ContainerMembers => ("medlemmar som tas ur", "members who would be removed"),
            GuardName::Changes => ("ändringar", "changes"),
            GuardName::SchoolRemovals => {
                ("personer som försvinner från skolan", "persons who would leave the school")
            }
            GuardName::SchoolMembershipRemovals => {
                ("medlemskap som tas bort vid skolan", "memberships that would go at the school")
            }
            GuardName::AttributeChanges => ("värden som ändras", "values that would change"),
            GuardName::MembershipRemovals => {
                ("medlemskap som tas bort", "memberships that would go")
            }
            GuardName::Expected => {
                ("borttagningar vid slutdatum", "removals at an end date that was known")
            }
        }
    }

    fn source_sentence(&self, kind: TripKind, scope: &str, lang: Lang) -> String {
        let (before, now) = (grouped(self.total), grouped(self.count));
        let lost = self.total.saturating_sub(self.count) * 100;
        let percent = (lost + self.total / 2).checked_div(self.total).unwrap_or_default();
        match (kind, lang) {
            (TripKind::Empty(count) | TripKind::Lost(count), Lang::Sv) => {
                format!("{scope} gav {now} {}, i går {before} (−{percent} %).", counted(count).0)
            }
            (TripKind::Empty(count) | TripKind::Lost(count), Lang::En) => {
                format!(
                    "{scope} gave {now} {}, yesterday {before} (−{percent} %).",
                    counted(count).1
                )
            }
            (TripKind::SchoolLost, Lang::Sv) => {
                format!("{scope} saknas helt, i går {before} personer.")
            }
            (TripKind::SchoolLost, Lang::En) => {
                format!("{scope} is missing entirely, yesterday {before} persons.")
            }
            (TripKind::YearLost(year), Lang::Sv) => {
                format!("{scope}: årskurs {year} saknas helt, i går {before} elever.")
            }
            (TripKind::YearLost(year), Lang::En) => {
                format!("{scope}: year {year} is missing entirely, yesterday {before} pupils.")
            }
            (TripKind::Dangling, Lang::Sv) => {
                format!("{scope}: {now} av {before} personer pekar på något som inte finns.")
            }
            (TripKind::Dangling, Lang::En) => {
                format!("{scope}: {now} of {before} persons point to something that is not there.")
            }
            (TripKind::Repeated, Lang::Sv) => {
                format!("{scope}: {now} av {before} id finns två gånger med olika innehåll.")
            }
            (TripKind::Repeated, Lang::En) => {
                format!("{scope}: {now} of {before} ids stand twice with different content.")
            }
        }
    }
}

fn counted(count: Count) -> (&'static str, &'static str) {
    match count {
        Count::Schools => ("skolor", "schools"),
        Count::Groups => ("grupper", "groups"),
        Count::Persons => ("personer", "persons"),
        Count::Pupils => ("elever", "pupils"),
        Count::Duties => ("tjänstgöringar", "duties"),
        Count::Memberships => ("medlemskap", "memberships"),
        Count::Teachings => ("läraruppdrag", "teaching assignments"),
        Count::Responsibles => ("vårdnadshavare", "responsible adults"),
        Count::Courses => ("grupper med kurs eller ämne", "groups with a course or subject"),
    }
}

/// ` (varav 40 tidigare i dag)`, or nothing.
fn of_them(earlier: u64, before: &str, after: &str) -> String {
    if earlier == 0 {
        return String::new();
    }
    format!(" ({before} {} {after})", grouped(earlier))
}

/// Digits in threes, with a narrow hard space between, as everywhere.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
