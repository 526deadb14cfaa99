//! Terms, windows and schedules as they are written.

use std::collections::BTreeSet;
use std::time::Duration;

use roster::Date;

use super::check::Check;
use super::file::{CalendarPart, SchedulePart};
use super::problem::{Code, Text};
use super::settings::{Calendar, Schedule, Window};
use crate::shape::{Term, TermType};

impl Check<'_> {
    pub(crate) fn schedule(
        &mut self,
        part: Option<&SchedulePart>,
        path: &[&str],
    ) -> Option<Schedule> {
        let part = part?;
        match (&part.at, part.every_minutes) {
            (Some(times), None) if !times.is_empty() => {
                let times: BTreeSet<_> = times.iter().map(|time| time.0).collect();
                return Some(Schedule::Daily(times.into_iter().collect()));
            }
            (None, Some(minutes @ 1..=1440)) => {
                return Some(Schedule::Every(Duration::from_secs(u64::from(minutes) * 60)));
            }
            (None, Some(_)) => {
                let text = Text::new(
                    "Antalet minuter ska vara 1 till 1440.",
                    "The number of minutes must be 1 to 1440.",
                );
                let span = self.root.value_at(&[path, &["every_minutes"]].concat());
                self.add(Code::BadValue, span, text, None);
            }
            (Some(_), None) => {
                let at = [path, &["at"]].concat();
                let text = Text::new("Klockslagen saknas.", "The times are missing.");
                if !self.root.has(&[&at[..], &["0"]].concat()) {
                    self.add(Code::BadValue, self.root.value_at(&at), text, None);
                }
            }
            (None, None) | (Some(_), Some(_)) => self.one_of(path, &["at", "every_minutes"]),
        }
        None
    }

    pub(crate) fn calendar(&mut self, part: &CalendarPart) -> Calendar {
        let mut calendar = Calendar::default();
        for (at, term) in part.terms.iter().enumerate() {
            let at = at.to_string();
            let path = |key: &'static str| ["calendar", "terms", at.as_str(), key];
            let name = self.required(term.name.clone(), &path("name"));
            let start = self.required(term.start, &path("start"));
            let end = self.required(term.end, &path("end"));
            let (Some(name), Some(start), Some(end)) = (name, start, end) else { continue };
            let (start, end) = (start.0, end.0);
            self.in_order(start, end, &path("end"));
            if calendar.terms.iter().any(|other| other.name == name) {
                let text = Text::new(
                    format!("Det finns redan en termin `{name}`."),
                    format!("There is a term `{name}` already."),
                );
                self.add(Code::Duplicate, self.root.value_at(&path("name")), text, None);
            }
            let begins = if start.month() >= 7 { start.year() } else { start.year() - 1 };
            let school_year = term.school_year.or_else(|| u16::try_from(begins).ok());
            calendar.terms.push(Term {
                name,
                term_type: term.term_type.unwrap_or(TermType::Term),
                school_year: school_year.unwrap_or_default(),
                start,
                end,
            });
        }
        self.windows(part, &mut calendar);
        calendar
    }

    fn windows(&mut self, part: &CalendarPart, calendar: &mut Calendar) {
        for (at, window) in part.windows.iter().enumerate() {
            let at = at.to_string();
            let path = |key: &'static str| ["calendar", "windows", at.as_str(), key];
            let kind = self.required(window.kind, &path("kind"));
            let start = self.required(window.start, &path("start"));
            let end = self.required(window.end, &path("end"));
            let (Some(kind), Some(start), Some(end)) = (kind, start, end) else { continue };
            self.in_order(start.0, end.0, &path("end"));
            calendar.windows.push(Window { kind, start: start.0, end: end.0 });
        }
    }

    fn in_order(&mut self, start: Date, end: Date, path: &[&str]) {
        if start > end {
            let text = Text::new(
                "Sista dagen ligger före den första.",
                "The last day lies before the first.",
            );
            self.add(Code::EndBeforeStart, self.root.value_at(path), text, None);
        }
    }
}
