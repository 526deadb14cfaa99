//! What is held, why, and what a person can do about it.

use std::collections::BTreeSet;

use plan::{GuardName, Scope, Verdict};
use roster::{SourceTrip, TripScope};

use super::PlanView;
use crate::text::counted;
use crate::{Lang, Line, Style, number, source_trip, words};

/// More guards than this are counted: after a rollover there may be one a class.
const SHOWN: usize = 20;

pub(super) fn guards(view: &PlanView<'_>, lang: Lang) -> Vec<Line> {
    let mut lines = Vec::new();
    let verdicts: Vec<(u32, &Verdict)> = (0..).zip(&view.verdicts.verdicts).collect();
    // Several trips of a source at one school are one thing to decide about.
    let same = |one: &(u32, &Verdict), other: &(u32, &Verdict)| {
        is_source(one.1) && is_source(other.1) && one.1.scope == other.1.scope
    };
    let groups: Vec<_> = verdicts.chunk_by(same).collect();
    for group in groups.iter().take(SHOWN) {
        lines.extend(guard(view, group, lang));
    }
    if groups.len() > SHOWN {
        let more = number((groups.len() - SHOWN) as u64);
        lines.push(Line::new().plain(&words::MORE.with(lang, &[&more])));
    }
    let held = view.verdicts.held.len() as u64;
    if view.header.operations > held {
        let what = if held == 0 { words::MAY_RUN } else { words::REST_MAY_RUN };
        let command = format!("skolbro apply {}", view.id);
        lines.push(indented().plain(what.of(lang)).plain("  ").and(Style::Strong, &command));
    }
    lines
}

fn is_source(verdict: &Verdict) -> bool {
    matches!(verdict.guard, GuardName::Source(_))
}

fn indented() -> Line {
    Line::new().plain("   ")
}

fn guard(view: &PlanView<'_>, group: &[(u32, &Verdict)], lang: Lang) -> Vec<Line> {
    let Some((_, first)) = group.first() else { return Vec::new() };
    let places: BTreeSet<u32> = group.iter().map(|(place, _)| *place).collect();
    let held =
        view.verdicts.held.values().filter(|it| it.by.iter().any(|by| places.contains(by))).count();
    let held = counted(held as u64, words::ONE_HELD, words::HELD, lang);
    let trips: Vec<SourceTrip> = group.iter().filter_map(|(_, verdict)| trip(verdict)).collect();
    let (title, sentence, meaning) = if let Some(trip) = trips.first() {
        let what = source_trip::sentences(&trips, view.names.school, view.last_read, lang);
        (words::GUARD_ON_SOURCE, what, source_trip::meaning(trip.scope, lang))
    } else {
        // One kind of space in a number, whoever wrote it.
        let what = first.sentence(view.names, plan_lang(lang)).replace('\u{a0}', "\u{202f}");
        let title = if first.guard.is_first() { words::WAITS } else { words::GUARD };
        (title, what, meaning(first.guard, lang))
    };
    let space = if meaning.is_empty() { "" } else { " " };
    vec![
        Line::new()
            .and(Style::Bad, "⛔ ")
            .and(Style::Strong, title.of(lang))
            .plain(&format!(" {sentence}")),
        indented().plain(&format!("{meaning}{space}{held}")),
        remedy(view, first, lang),
    ]
}

/// What follows from a yes, where the sentence does not say so.
fn meaning(guard: GuardName, lang: Lang) -> &'static str {
    if guard == GuardName::FoundAccounts { words::WHAT_IS_FOUND.of(lang) } else { "" }
}

/// The commands for a guard.
fn remedy(view: &PlanView<'_>, verdict: &Verdict, lang: Lang) -> Line {
    let id = view.id;
    let school = match verdict.scope {
        Scope::School(key) => {
            let name = (view.names.school)(key);
            format!(" --school {}", argument(&name).unwrap_or_else(|| key.to_string()))
        }
        Scope::Target | Scope::Kind(_) | Scope::Attribute(..) | Scope::Container(_) => {
            String::new()
        }
    };
    let compare = indented()
        .plain(words::COMPARE.of(lang))
        .and(Style::Strong, &format!(" skolbro plan show {id}{school}"));
    if verdict.guard.cannot_be_approved() {
        return compare.plain(&format!("    {}", words::FREE_THE_NAME.of(lang)));
    }
    let (title, what) = if verdict.guard.must_be_named() {
        (words::IF_RIGHT_EACH, " --operation …".to_owned())
    } else {
        (words::IF_RIGHT, school.clone())
    };
    compare
        .plain("    ")
        .plain(title.of(lang))
        .and(Style::Strong, &format!(" skolbro approve {id}{what} --comment \"…\""))
}

/// A name as one argument that every shell reads alike; `None` for a name that some shell
/// would take for more than a name: people paste these commands.
fn argument(name: &str) -> Option<String> {
    let is_bare = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
    let is_quotable = |char: char| is_bare(char) || matches!(char, ' ' | ',' | '(' | ')');
    if name.trim().is_empty() || name.starts_with('-') || !name.chars().all(is_quotable) {
        return None;
    }
    Some(if name.chars().all(is_bare) { name.to_owned() } else { format!("\"{name}\"") })
}

fn trip(verdict: &Verdict) -> Option<SourceTrip> {
    let GuardName::Source(kind) = verdict.guard else { return None };
    let scope = match verdict.scope {
        Scope::School(school) => TripScope::School(school),
        Scope::Target | Scope::Kind(_) | Scope::Attribute(..) | Scope::Container(_) => {
            TripScope::Tenant
        }
    };
    Some(SourceTrip { scope, kind, before: verdict.total, now: verdict.count })
}

fn plan_lang(lang: Lang) -> plan::Lang {
    match lang {
        Lang::Sv => plan::Lang::Sv,
        Lang::En => plan::Lang::En,
    }
}
