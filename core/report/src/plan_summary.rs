//! A plan at a glance (design §11).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use plan::document::Header;
use plan::{Draft, DriftPolicy, Names, Verdicts};
use state::{LinkState, Operation, Reason, Subject, Verb};

use crate::text::{Text, counted};
use crate::{Lang, Line, Style, duration, moment, number, words};

mod guards;

/// What a plan does beside its operations, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// Waiting times that began.
    pub waiting: u64,
    /// Waiting times that were cancelled.
    pub cancelled: u64,
    /// Changes at the receiver that are overwritten.
    pub restored: u64,
    /// Changes at the receiver that are left.
    pub left: u64,
    /// Objects not deleted since others refer to them.
    pub kept: u64,
    /// Objects that refer to something withheld.
    pub blocked: u64,
    /// Objects whose change the target has no verb for.
    pub unsupported: u64,
    /// Values of another's account (K136).
    pub conflicts: u64,
    /// Accounts that were another's and are used again (K136).
    pub reused: u64,
}

impl Beside {
    /// What a draft says.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        let state = |wanted| draft.noted.iter().filter(|(_, link)| link.state == wanted).count();
        let seen = |wanted| draft.drift.iter().filter(|item| item.policy == wanted).count();
        Self {
            waiting: state(LinkState::Ended) as u64,
            cancelled: state(LinkState::Active) as u64,
            restored: seen(DriftPolicy::Restored) as u64,
            left: seen(DriftPolicy::Left) as u64,
            kept: draft.kept.len() as u64,
            blocked: draft.blocked.len() as u64,
            unsupported: draft.unsupported.len() as u64,
            conflicts: draft.conflicts.len() as u64,
            reused: reused(draft),
        }
    }
}

/// Accounts that are given on. One that is held is a conflict still.
fn reused(draft: &Draft) -> u64 {
    let held: BTreeSet<_> = draft.conflicts.iter().map(|it| Subject::Object(it.object)).collect();
    let given = |it: &&Operation| {
        it.reason == Some(Reason::Reused)
            && it.subject().is_ok_and(|subject| {
                matches!(subject, Subject::Object(_)) && !held.contains(&subject)
            })
    };
    draft.operations.iter().filter(given).count() as u64
}

/// What there is to tell of a plan.
pub struct PlanView<'a> {
    /// The first digits of its id, as commands take them.
    pub id: &'a str,
    /// Its header.
    pub header: &'a Header,
    /// What the guards said.
    pub verdicts: &'a Verdicts,
    /// What it does beside its operations.
    pub beside: Beside,
    /// Until when it may be started, in the tenant's zone.
    pub expires: DateTime,
    /// When the last good read was.
    pub last_read: crate::LastRead,
    /// What things are called.
    pub names: &'a Names<'a>,
}

/// The plan at a glance: what it costs, what it does by kind and verb, what is held and
/// why, and what a person can do about it.
#[must_use]
pub fn plan_summary(view: &PlanView<'_>, lang: Lang) -> Vec<Line> {
    let mut lines = vec![heading(view, lang)];
    let beside = beside(&view.beside, lang);
    if view.header.operations == 0 {
        lines.push(Line::new().and(Style::Good, "✓ ").plain(words::NOTHING_TO_DO.of(lang)));
    } else {
        lines.extend(table(view, lang));
    }
    if !beside.is_empty() {
        lines.push(Line::new());
        lines.extend(beside);
    }
    if view.header.operations > 0 || !view.verdicts.verdicts.is_empty() {
        lines.push(Line::new());
        lines.extend(guards::guards(view, lang));
    }
    lines
}

fn heading(view: &PlanView<'_>, lang: Lang) -> Line {
    let PlanView { id, header, expires, .. } = view;
    let mut cost = counted(header.calls, words::ONE_CALL, words::CALLS, lang);
    if header.seconds > 0 {
        cost = format!("{cost}, {}", words::ABOUT.with(lang, &[&duration(header.seconds)]));
    }
    let may_start = words::MAY_START.with(lang, &[&moment(*expires)]);
    Line::new()
        .and(Style::Strong, &format!("Plan {id}"))
        .plain(&format!(" · {} · {may_start} · {cost}", header.target))
}

/// Kinds by verbs; columns only for verbs that occur, in the order of [`Verb::ALL`].
fn table(view: &PlanView<'_>, lang: Lang) -> Vec<Line> {
    let counts: BTreeMap<(&str, &str), u64> = view
        .header
        .counts
        .iter()
        .map(|it| ((it.kind.as_str(), it.verb.as_str()), it.count))
        .collect();
    let used: BTreeSet<&str> = counts.keys().map(|(_, verb)| *verb).collect();
    let verbs: Vec<Verb> =
        Verb::ALL.iter().copied().filter(|verb| used.contains(verb.word())).collect();
    let kinds = kinds(view, lang);
    let kinds: Vec<_> =
        kinds.into_iter().filter(|(kind, _)| counts.keys().any(|(it, _)| it == kind)).collect();
    let first = kinds.iter().map(|(_, word)| word.chars().count()).max().unwrap_or_default();
    let heads: Vec<String> = verbs.iter().map(|verb| verb_word(*verb, lang)).collect();
    let columns: Vec<String> = heads.iter().map(|word| format!("   {word:>6}")).collect();
    let head = " ".repeat(first + 2) + &columns.concat();
    let mut lines = vec![Line::new().and(Style::Dim, &head)];
    for (kind, word) in kinds {
        let cells = verbs.iter().zip(&heads).map(|(verb, head)| {
            let width = head.chars().count().max(6) + 3;
            let count = counts.get(&(kind, verb.word())).copied().map(number);
            format!("{:>width$}", count.unwrap_or_default())
        });
        let row = format!("  {word:<first$}") + &cells.collect::<String>();
        lines.push(Line::new().plain(row.trim_end()));
    }
    lines
}

/// Kinds of the card by name, with the word that people know.
fn kinds<'a>(view: &PlanView<'a>, lang: Lang) -> Vec<(&'a str, &'a str)> {
    let word = |words: state::Words| Text { sv: words.sv, en: words.en }.of(lang);
    let card = view.names.card;
    let objects = card.objects.iter().map(|kind| (kind.name, word(kind.words)));
    objects.chain(card.memberships.iter().map(|kind| (kind.name, word(kind.words)))).collect()
}

/// A verb as people read it (K209).
pub(crate) fn verb_word(verb: Verb, lang: Lang) -> String {
    match lang {
        Lang::Sv => verb.sv().to_owned(),
        Lang::En => verb.word().replace('-', " "),
    }
}

/// What a plan does beside its operations, in words; nothing where it does nothing.
#[must_use]
pub fn beside(beside: &Beside, lang: Lang) -> Vec<Line> {
    let Beside {
        waiting,
        cancelled,
        restored,
        left,
        kept,
        blocked,
        unsupported,
        conflicts,
        reused,
    } = *beside;
    [
        (waiting, Style::Plain, words::ONE_WAITING, words::WAITING),
        (cancelled, Style::Plain, words::ONE_CANCELLED, words::CANCELLED),
        (restored, Style::Plain, words::ONE_RESTORED, words::RESTORED),
        (left, Style::Plain, words::ONE_LEFT, words::LEFT),
        (kept, Style::Plain, words::ONE_KEPT, words::KEPT),
        (blocked, Style::Warn, words::ONE_BLOCKED, words::BLOCKED),
        (unsupported, Style::Warn, words::ONE_UNSUPPORTED, words::UNSUPPORTED),
        (conflicts, Style::Warn, words::ONE_CONFLICT, words::CONFLICTS),
        (reused, Style::Warn, words::ONE_REUSED, words::REUSED),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, style, one, many)| {
        let sign = if style == Style::Warn { "⚠ " } else { "· " };
        Line::new().and(style, sign).plain(&counted(count, one, many, lang))
    })
    .collect()
}
