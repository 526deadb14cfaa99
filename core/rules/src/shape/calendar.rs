//! Terms and school years of one run: the tenant's own, and for a receiver that insists on
//! them those that can be told without anybody's word.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use roster::{Date, Interval, Key, TenantKey};
use state::{Card, Entity, Required};

use super::compile::Compiled;
use super::rules::{Term, TermType};

/// Terms and school years by key.
pub(super) struct Calendar {
    pub(super) terms: BTreeMap<Key, Term>,
    years: BTreeMap<u16, Key>,
    current: u16,
}

/// Whether the receiver takes no group without a thing made from this.
pub(super) fn insists(card: &Card, on: Entity) -> bool {
    let groups = card.objects.iter().filter(|kind| kind.from.contains(&Entity::Group));
    groups
        .flat_map(|kind| kind.attributes)
        .filter(|attribute| attribute.required == Required::Always)
        .filter_map(|attribute| card.object(attribute.refers_to?))
        .any(|kind| kind.from.contains(&on))
}

impl Calendar {
    pub(super) fn new(compiled: &Compiled, today: Date, tenant: &TenantKey) -> Self {
        let rules = &compiled.rules;
        let mut terms = rules.terms.clone();
        if insists(rules.card, Entity::Term) {
            complete(&mut terms, today);
        }
        let key = |term: &Term| {
            let year = term.school_year.to_string();
            let parts = [term.term_type.word().as_bytes(), year.as_bytes(), term.name.as_bytes()];
            tenant.derived_key("term", &parts)
        };
        let terms: BTreeMap<Key, Term> = terms.into_iter().map(|term| (key(&term), term)).collect();
        let is_year = |term: &&Term| term.term_type == TermType::SchoolYear;
        let years = terms.iter().filter(|(_, term)| is_year(term));
        let years = years.map(|(key, term)| (term.school_year, *key)).collect();
        let begun = terms.values().filter(|term| term.start <= today).map(|it| it.school_year);
        let first = terms.values().map(|term| term.school_year).min();
        let current = begun.max().or(first).unwrap_or_default();
        Self { terms, years, current }
    }

    /// The school year that a term lies in.
    pub(super) fn year_above(&self, term: &Term) -> Option<Key> {
        match term.term_type {
            TermType::Term => self.years.get(&term.school_year).copied(),
            TermType::SchoolYear => None,
        }
    }

    /// Terms and years that share a day with the interval, by key.
    pub(super) fn sessions(&self, interval: &Interval) -> Vec<Key> {
        let shared = self.terms.iter().filter(|(_, term)| overlaps(term, interval));
        shared.map(|(key, _)| *key).collect()
    }

    /// Terms that share a day with the interval and lie in one school year: this one if any
    /// does, else the next, else the last.
    pub(super) fn terms_of_one_year(&self, interval: &Interval) -> Vec<Key> {
        let shared: Vec<(&Key, &Term)> = self
            .terms
            .iter()
            .filter(|(_, term)| term.term_type == TermType::Term && overlaps(term, interval))
            .collect();
        let years: BTreeSet<u16> = shared.iter().map(|(_, term)| term.school_year).collect();
        let chosen = years.range(self.current..).next().or(years.last());
        let of_year = shared.into_iter().filter(|(_, term)| Some(&term.school_year) == chosen);
        of_year.map(|(key, _)| *key).collect()
    }
}

fn overlaps(term: &Term, interval: &Interval) -> bool {
    interval.start.is_none_or(|start| start <= term.end)
        && interval.end.is_none_or(|end| end >= term.start)
}

/// Adds what follows from what is there: the year of terms, the terms of a year; and where
/// there is nothing at all, this school year and the one before.
fn complete(terms: &mut Vec<Term>, today: Date) {
    if terms.is_empty() {
        let begun = if today.month() >= 7 { today.year() } else { today.year() - 1 };
        terms.extend((begun - 1..=begun).filter_map(whole_year));
    }
    let years: BTreeSet<u16> = terms.iter().map(|term| term.school_year).collect();
    for school_year in years {
        let of = |kind| {
            let of_year = terms.iter().filter(move |term| term.school_year == school_year);
            of_year.filter(move |term| term.term_type == kind)
        };
        let added = match (of(TermType::SchoolYear).next(), of(TermType::Term).next()) {
            (None, Some(_)) => year_of(&of(TermType::Term).collect::<Vec<_>>()),
            (Some(year), None) => halves(year),
            (Some(_), Some(_)) | (None, None) => Vec::new(),
        };
        terms.extend(added);
    }
}

/// A school year from July to June without a gap, so that every group lies in a term. (The
/// law has school years begin in August and end in June, skolförordningen 3 kap. 2–3 §§.)
fn whole_year(begun: i16) -> Option<Term> {
    Some(Term {
        name: format!("{begun}/{}", begun + 1),
        term_type: TermType::SchoolYear,
        school_year: u16::try_from(begun).ok()?,
        start: date(begun, 7, 1),
        end: date(begun + 1, 6, 30),
    })
}

fn year_of(terms: &[&Term]) -> Vec<Term> {
    let (start, end) = (terms.iter().map(|it| it.start).min(), terms.iter().map(|it| it.end).max());
    let (Some(first), Some(start), Some(end)) = (terms.first(), start, end) else {
        return Vec::new();
    };
    let school_year = first.school_year;
    let name = format!("{school_year}/{}", school_year + 1);
    vec![Term { name, term_type: TermType::SchoolYear, school_year, start, end }]
}

/// Autumn until New Year's Eve, spring after it.
fn halves(year: &Term) -> Vec<Term> {
    let (autumn, spring) = (year.start.year(), year.end.year());
    let term = |name: String, start, end| Term {
        name,
        term_type: TermType::Term,
        school_year: year.school_year,
        start,
        end,
    };
    if autumn == spring {
        return vec![term(year.name.clone(), year.start, year.end)];
    }
    vec![
        term(format!("HT {autumn}"), year.start, date(autumn, 12, 31)),
        term(format!("VT {spring}"), date(spring, 1, 1), year.end),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(terms: &[Term]) -> Vec<String> {
        let one = |it: &Term| format!("{} {} {}", it.name, it.start, it.end);
        terms.iter().map(one).collect()
    }

    fn term(name: &str, term_type: TermType, start: Date, end: Date) -> Term {
        Term { name: name.to_owned(), term_type, school_year: 2026, start, end }
    }

    /// Without a calendar there are two school years with their terms and no day between.
    #[test]
    fn a_calendar_is_made_where_the_tenant_has_none() {
        for (today, first) in [(date(2026, 11, 28), 2025), (date(2027, 6, 30), 2025)] {
            let mut terms = Vec::new();
            complete(&mut terms, today);
            let last = first + 1;
            assert_eq!(terms.len(), 6);
            assert_eq!(
                told(&terms)[1],
                format!("{last}/{} {last}-07-01 {}-06-30", last + 1, last + 1)
            );
            assert!(told(&terms).contains(&format!("HT {last} {last}-07-01 {last}-12-31")));
        }
    }

    /// The tenant's own dates stand, and what they leave out follows from them.
    #[test]
    fn the_tenants_own_terms_stand() {
        let (start, end) = (date(2026, 8, 17), date(2026, 12, 18));
        let mut terms = vec![term("HT", TermType::Term, start, end)];
        complete(&mut terms, start);
        assert_eq!(told(&terms), ["HT 2026-08-17 2026-12-18", "2026/2027 2026-08-17 2026-12-18"]);
        let mut terms = vec![term("Läsår", TermType::SchoolYear, start, date(2027, 6, 11))];
        complete(&mut terms, start);
        assert_eq!(
            told(&terms)[1..],
            ["HT 2026 2026-08-17 2026-12-31", "VT 2027 2027-01-01 2027-06-11"]
        );
    }
}
