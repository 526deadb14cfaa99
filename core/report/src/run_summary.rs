//! What a run has done so far, a line a stage.

use roster::supplement::{Fills, Tally};

use crate::text::Text;
use crate::{Lang, Line, Style, decimal, number, words};

/// A stage that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage<'a> {
    /// A source was read.
    Read {
        /// Its name in the settings.
        source: &'a str,
        /// Pupils.
        pupils: u64,
        /// Staff.
        staff: u64,
        /// Groups.
        groups: u64,
        /// How long it took, in tenths of a second.
        tenths: Option<u64>,
    },
    /// A supplement filled in addresses or user names.
    Completed {
        /// Its name in the settings.
        supplement: &'a str,
        /// What is counted.
        what: Fills,
        /// How often.
        tally: Tally,
    },
    /// The data's quality was checked.
    Checked {
        /// Errors.
        errors: u64,
        /// Warnings.
        warnings: u64,
    },
    /// A plan was carried out.
    Applied {
        /// Operations that were done.
        done: u64,
        /// Operations that failed.
        failed: u64,
        /// Operations that wait for approval.
        held: u64,
    },
}

/// One line a stage, as in design §11.
#[must_use]
pub fn run_summary(stages: &[Stage<'_>], lang: Lang) -> Vec<Line> {
    stages.iter().map(|stage| line(*stage, lang)).collect()
}

fn line(stage: Stage<'_>, lang: Lang) -> Line {
    match stage {
        Stage::Read { source, pupils, staff, groups, tenths } => {
            let counts = [number(pupils), number(staff), number(groups)];
            let counts = words::READ_COUNTS.with(lang, &counts.each_ref().map(String::as_str));
            let took = tenths.map(|tenths| format!("        {}\u{a0}s", decimal(tenths, lang)));
            named(words::READS, source, lang)
                .plain(&counts)
                .and(Style::Dim, &took.unwrap_or_default())
        }
        Stage::Completed { supplement, what, tally } => {
            named(words::COMPLETES, supplement, lang).plain(&filled(what, tally, lang))
        }
        Stage::Checked { errors, warnings } => {
            let counts = words::FOUND.with(lang, &[&number(errors), &number(warnings)]);
            let show = words::SHOW.with(lang, &["skolbro report quality"]);
            let show =
                if errors + warnings > 0 { format!("           {show}") } else { String::new() };
            named(words::CHECKS, "", lang).plain(&counts).and(Style::Dim, &show)
        }
        Stage::Applied { done, failed, held } => {
            let counts = [number(done), number(failed), number(held)];
            let style = if failed > 0 { Style::Bad } else { Style::Plain };
            let counts = words::OUTCOME.with(lang, &counts.each_ref().map(String::as_str));
            named(words::APPLIES, "", lang).and(style, &counts)
        }
    }
}

/// What a supplement filled in, and for how many it could not.
#[must_use]
pub fn filled(what: Fills, tally: Tally, lang: Lang) -> String {
    let Tally { of, filled } = tally;
    let counts = [number(filled), number(of), number(of.saturating_sub(filled))];
    let words = match what {
        Fills::Email => words::FILLED,
        Fills::Username => words::FILLED_USERNAMES,
    };
    words.with(lang, &counts.each_ref().map(String::as_str))
}

/// The stage and its name in a column of their own.
fn named(stage: Text, name: &str, lang: Lang) -> Line {
    let text = format!("{} {}", stage.of(lang), crate::escaped(name));
    Line::new().plain(&format!("{text:<20}"))
}

/// What people call a state of a run, by its word in the store; `None` for no such word.
///
/// # Source
///
/// reference/portal.md §2.4.
#[must_use]
pub fn run_state(word: &str, lang: Lang) -> Option<&'static str> {
    STATES.iter().find(|state| state.0 == word).map(|state| state.1.of(lang))
}

pub(crate) const STATES: &[(&str, Text)] = &[
    ("queued", words::QUEUED),
    ("reading", words::READING),
    ("checking", words::CHECKING),
    ("planning", words::PLANNING),
    ("nothing_to_do", words::NOTHING_TO_DO),
    ("awaiting_approval", words::AWAITING_APPROVAL),
    ("stopped_by_guard", words::STOPPED_BY_GUARD),
    ("applying", words::APPLYING),
    ("done", words::DONE),
    ("done_with_warnings", words::DONE_WITH_WARNINGS),
    ("done_with_errors", words::DONE_WITH_ERRORS),
    ("failed", words::FAILED),
    ("cancelled", words::CANCELLED_RUN),
    ("discarded", words::DISCARDED),
    ("stale", words::STALE),
];
