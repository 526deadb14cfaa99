//! Why a person is at a receiver or not, and who can put it right.

use roster::Key;
use rules::shape::Step;
use serde_json::{Value, json};
use state::{Mark, Owner, Reason};

use crate::plan_details::words_of;
use crate::text::Text;
use crate::{Lang, Line, Style, date, words};

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// Well.
    Well,
    /// The person stops here, for this reason.
    Stopped(Reason),
    /// An earlier step stopped the person, or the step is to come.
    NotReached,
}

/// A step of the way from register to receiver, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepName {
    /// Found in the register.
    Found,
    /// Wanted at all: begun, not ended, of a chosen role.
    Included,
    /// A place at a school.
    School,
    /// Values filled in from elsewhere.
    Completed,
    /// All values that the receiver insists on are there.
    Values,
    /// Found at the receiver.
    Matched,
    /// A place in a group.
    Group,
    /// What is planned or was done.
    Action,
}

impl StepName {
    /// Every step, in order.
    pub const ALL: &[Self] = &[
        Self::Found,
        Self::Included,
        Self::School,
        Self::Completed,
        Self::Values,
        Self::Matched,
        Self::Group,
        Self::Action,
    ];

    pub(crate) fn words(self) -> Text {
        match self {
            Self::Found => words::STEP_FOUND,
            Self::Included => words::STEP_INCLUDED,
            Self::School => words::STEP_SCHOOL,
            Self::Completed => words::STEP_COMPLETED,
            Self::Values => words::STEP_VALUES,
            Self::Matched => words::STEP_MATCHED,
            Self::Group => words::STEP_GROUP,
            Self::Action => words::STEP_ACTION,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Included => "included",
            Self::School => "school",
            Self::Completed => "completed",
            Self::Values => "values",
            Self::Matched => "matched",
            Self::Group => "group",
            Self::Action => "action",
        }
    }
}

/// One step for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainStep {
    /// Which.
    pub name: StepName,
    /// How it went.
    pub went: Went,
    /// Where, when: `Edlevo, inläst i dag 02:14`. May be empty.
    pub detail: String,
}

/// What there is to tell of one person.
pub struct Explanation<'a> {
    /// The person as the asker may see them: `Lisa B`.
    pub who: &'a str,
    /// The target, or a group at it: `Google`.
    pub at: &'a str,
    /// The steps, in order.
    pub steps: &'a [ExplainStep],
}

impl Explanation<'_> {
    /// Whether the receiver has the person, whatever is to become of it.
    fn is_delivered(&self) -> bool {
        let is_there = |step: &ExplainStep| match step.went {
            Went::Well | Went::Stopped(_) => step.name == StepName::Matched,
            Went::NotReached => false,
        };
        self.steps.iter().any(is_there)
    }

    /// Why the person is not there: the first step that concerns the person as a whole, or
    /// places of which none is left.
    fn stopped(&self) -> Option<Reason> {
        let reason = |step: &ExplainStep| match step.went {
            Went::Stopped(reason) => Some(reason),
            Went::Well | Went::NotReached => None,
        };
        let mut steps = self.steps.iter();
        steps.find_map(|step| {
            let is_place = matches!(step.name, StepName::School | StepName::Group);
            let is_placed =
                || self.steps.iter().any(|it| it.name == step.name && it.went == Went::Well);
            reason(step).filter(|_| !is_place || !is_placed())
        })
    }
}

/// The answer first, with its owner (K116); then the steps with ✓, ✕ or –.
///
/// # Source
///
/// reference/portal.md §2.5.6.
#[must_use]
pub fn explain(explanation: &Explanation<'_>, lang: Lang) -> Vec<Line> {
    let Explanation { who, at, steps } = *explanation;
    let mut lines = vec![match explanation.stopped() {
        None => Line::new().and(Style::Strong, &words::IS_THERE.with(lang, &[who, at])),
        Some(reason) => {
            let why = words_of(reason, lang);
            let answer =
                if explanation.is_delivered() { words::IS_THERE_BUT } else { words::IS_NOT_THERE };
            let answer = answer.with(lang, &[who, at, why, reason.code()]);
            let owner = words::OWNED_BY.with(lang, &[owner(reason.owner()).of(lang)]);
            Line::new().and(Style::Strong, &answer).plain(&format!("  {owner}"))
        }
    }];
    let digits = steps.len().to_string().len();
    for (place, step) in (1..).zip(steps) {
        let (sign, style) = match step.went {
            Went::Well => ("✓", Style::Good),
            Went::Stopped(_) => ("✕", Style::Bad),
            Went::NotReached => ("–", Style::Dim),
        };
        let mut text =
            format!(" {place:>digits$} {:<24} {}", step.name.words().of(lang), step.detail);
        if let Went::Stopped(reason) = step.went {
            let space = if step.detail.is_empty() { "" } else { ": " };
            text = format!("{text}{space}{} ({})", words_of(reason, lang), reason.code());
        }
        lines.push(Line::new().plain("  ").and(style, sign).plain(text.trim_end()));
    }
    lines
}

/// The same as values, for other programs.
#[must_use]
pub fn explain_json(explanation: &Explanation<'_>, lang: Lang) -> Value {
    let reason_json = |reason: Reason| {
        json!({
            "code": reason.code(),
            "text": words_of(reason, lang),
            "owner": owner_word(reason.owner()),
        })
    };
    let steps: Vec<Value> = explanation
        .steps
        .iter()
        .map(|step| {
            let (went, reason) = match step.went {
                Went::Well => ("well", None),
                Went::Stopped(reason) => ("stopped", Some(reason_json(reason))),
                Went::NotReached => ("not_reached", None),
            };
            json!({
                "step": step.name.word(),
                "went": went,
                "reason": reason,
                "detail": step.detail,
            })
        })
        .collect();
    json!({ "found": true, "reason": explanation.stopped().map(reason_json), "steps": steps })
}

/// What is said when nobody is found, whoever was asked for and why nobody is found: the
/// same for a person who is handled outside the sync and one who does not exist.
#[must_use]
pub fn no_hit(lang: Lang) -> Vec<Line> {
    vec![Line::new().plain(words::NO_HIT.of(lang))]
}

/// [`no_hit`] as values.
#[must_use]
pub fn no_hit_json(lang: Lang) -> Value {
    json!({ "found": false, "text": words::NO_HIT.of(lang) })
}

/// The rules' own steps, in order, for [`explain`].
#[must_use]
pub fn rule_steps(
    steps: &[Step],
    school: &dyn Fn(Key) -> String,
    group: &dyn Fn(Key) -> String,
) -> Vec<ExplainStep> {
    let mut steps: Vec<ExplainStep> = steps
        .iter()
        .map(|step| match step {
            Step::Person(mark) => ExplainStep::of(StepName::Included, String::new(), *mark),
            Step::Enrolment(key, mark) | Step::Duty(key, mark) => {
                ExplainStep::of(StepName::School, school(*key), *mark)
            }
            Step::Membership(key, mark) | Step::Teaching(key, mark) => {
                ExplainStep::of(StepName::Group, group(*key), *mark)
            }
            Step::Values(mark) => ExplainStep::of(StepName::Values, String::new(), *mark),
        })
        .collect();
    steps.sort_by_key(|step| step.name);
    steps
}

impl ExplainStep {
    fn of(name: StepName, what: String, mark: Option<Mark>) -> Self {
        let (went, end) = match mark {
            None => (Went::Well, None),
            Some(Mark::Withheld(reason)) => (Went::Stopped(reason), None),
            Some(Mark::Left { reason, end }) => (Went::Stopped(reason), end),
        };
        let detail = match end {
            None => what,
            Some(end) if what.is_empty() => date(end),
            Some(end) => format!("{what} {}", date(end)),
        };
        Self { name, went, detail }
    }
}

/// Who can put a thing right, as people read it (K116).
pub(crate) fn owner(owner: Owner) -> Text {
    match owner {
        Owner::Source => words::OWNER_SOURCE,
        Owner::Settings => words::OWNER_SETTINGS,
        Owner::Receiver => words::OWNER_RECEIVER,
        Owner::Us => words::OWNER_US,
    }
}

fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Source => "source",
        Owner::Settings => "settings",
        Owner::Receiver => "receiver",
        Owner::Us => "us",
    }
}
