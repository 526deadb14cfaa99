//! Data quality: what is wrong in the register, whom it touches, who mends it and how
//! (K116).

use std::collections::BTreeMap;

use roster::Key;
use roster::quality::{Code, Issue, Language, Owner, Severity, Summary};
use serde_json::{Value, json};

use crate::plan_details::short;
use crate::text::Text;
use crate::{Lang, Line, Style, number, words};

/// What there is to tell of the data's quality.
pub struct QualityView<'a> {
    /// All issues, counted.
    pub summary: &'a Summary,
    /// Issues to list one by one; they are, when a school is chosen.
    pub issues: &'a [Issue],
    /// What each code touches, in the tenant's own names of receivers.
    pub affects: &'a BTreeMap<Code, Vec<String>>,
    /// A school's name.
    pub school: &'a dyn Fn(Key) -> String,
    /// Only this school.
    pub only: Option<Key>,
}

/// Issues that are listed for one school.
const LISTED: usize = 100;

impl QualityView<'_> {
    /// Codes that occur where we look, with how often.
    fn rows(&self) -> Vec<(Code, u64)> {
        let count = |row: &roster::quality::SummaryRow| match self.only {
            None => row.count,
            Some(school) => row.schools.get(&school).copied().unwrap_or_default(),
        };
        let rows = self.summary.rows.iter().map(|row| (row.code, count(row)));
        rows.filter(|(_, count)| *count > 0).collect()
    }

    fn total(&self, severity: Severity) -> u64 {
        self.rows().iter().filter(|row| row.0.severity() == severity).map(|row| row.1).sum()
    }

    fn affected(&self, code: Code) -> String {
        match self.affects.get(&code).map(Vec::as_slice) {
            None | Some([]) => "–".to_owned(),
            Some(names) => names.join(", "),
        }
    }

    /// Schools with their codes, those with most first.
    fn schools(&self) -> Vec<(Key, Vec<(Code, u64)>)> {
        let mut schools: BTreeMap<Key, Vec<(Code, u64)>> = BTreeMap::new();
        for row in &self.summary.rows {
            for (school, count) in &row.schools {
                if self.only.is_none_or(|only| only == *school) {
                    schools.entry(*school).or_default().push((row.code, *count));
                }
            }
        }
        let mut schools: Vec<_> = schools.into_iter().collect();
        let sum = |codes: &[(Code, u64)]| codes.iter().map(|it| it.1).sum::<u64>();
        schools.sort_by_key(|(key, codes)| (u64::MAX - sum(codes), *key));
        schools
    }
}

/// The table of issues, with owner and remedy, and how many there are at each school; for
/// one school also the issues themselves.
///
/// # Source
///
/// reference/portal.md §2.5.7.
#[must_use]
pub fn quality(view: &QualityView<'_>, lang: Lang) -> Vec<Line> {
    let mut lines = vec![heading(view, lang)];
    let rows = view.rows();
    if rows.is_empty() {
        lines.push(Line::new().and(Style::Good, "✓ ").plain(words::ALL_WELL.of(lang)));
        return lines;
    }
    lines.extend(table(view, &rows, lang));
    lines.push(Line::new());
    for (school, codes) in view.schools() {
        let codes: Vec<String> = codes
            .iter()
            .map(|(code, count)| format!("{} {}", number(*count), code.as_str()))
            .collect();
        lines.push(
            Line::new()
                .and(Style::Strong, &(view.school)(school))
                .plain(&format!("  {}", codes.join(" · "))),
        );
    }
    if let Some(only) = view.only {
        lines.extend(issues(view, only, lang));
    }
    lines
}

fn heading(view: &QualityView<'_>, lang: Lang) -> Line {
    let mut line = Line::new().and(Style::Strong, words::QUALITY.of(lang));
    if let Some(only) = view.only {
        line = line.plain(&format!(" · {}", (view.school)(only)));
    }
    for (severity, word, style) in [
        (Severity::Error, words::ERRORS, Style::Bad),
        (Severity::Warning, words::WARNINGS, Style::Warn),
        (Severity::Notice, words::NOTICES, Style::Plain),
    ] {
        let count = view.total(severity);
        let style = if count > 0 { style } else { Style::Plain };
        line = line.plain("   ").and(style, &word.with(lang, &[&number(count)]));
    }
    line
}

fn table(view: &QualityView<'_>, rows: &[(Code, u64)], lang: Lang) -> Vec<Line> {
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let problem = words::PROBLEM.of(lang);
    let first = width(
        &mut rows
            .iter()
            .map(|row| row.0.problem(language(lang)).chars().count())
            .chain([problem.chars().count()]),
    );
    let affects = words::AFFECTS.of(lang);
    let second = width(
        &mut rows
            .iter()
            .map(|row| view.affected(row.0).chars().count())
            .chain([affects.chars().count()]),
    );
    let head = format!(
        "{:<4} {problem:<first$}  {:>6}  {affects:<second$}  {}",
        words::CODE.of(lang),
        words::COUNT.of(lang),
        words::OWNER.of(lang),
    );
    let mut lines = vec![Line::new().and(Style::Dim, &head)];
    for &(code, count) in rows {
        let style = match code.severity() {
            Severity::Error => Style::Bad,
            Severity::Warning => Style::Warn,
            Severity::Notice => Style::Plain,
        };
        let row = format!(
            "  {:<first$}  {:>6}  {:<second$}  {}",
            code.problem(language(lang)),
            number(count),
            view.affected(code),
            owner(code.owner()).of(lang),
        );
        lines.push(Line::new().and(style, code.as_str()).plain(&row));
        let remedy = words::REMEDY.with(lang, &[code.remedy(language(lang))]);
        lines.push(Line::new().and(Style::Dim, &format!("     {remedy}")));
    }
    lines
}

/// The school's issues by the register's own ids, never by a person's name.
fn issues(view: &QualityView<'_>, only: Key, lang: Lang) -> Vec<Line> {
    let of_school: Vec<&Issue> =
        view.issues.iter().filter(|issue| issue.schools.contains(&only)).collect();
    let mut lines = vec![Line::new()];
    for issue in of_school.iter().take(LISTED) {
        let row = issue.row.as_deref().unwrap_or("–");
        let row = words::ROW.with(lang, &[row, &short(issue.subject)]);
        let effect = issue.code.effect(language(lang));
        lines.push(Line::new().plain(&format!("{}  {row}  {effect}", issue.code.as_str())));
    }
    let more = of_school.len().saturating_sub(LISTED);
    if more > 0 {
        lines.push(Line::new().plain(&words::MORE.with(lang, &[&number(more as u64)])));
    }
    lines
}

/// The same as values, for other programs: codes and numbers, texts in `lang`.
#[must_use]
pub fn quality_json(view: &QualityView<'_>, lang: Lang) -> Value {
    let rows: Vec<Value> = view
        .rows()
        .into_iter()
        .map(|(code, count)| {
            json!({
                "code": code.as_str(),
                "severity": severity_word(code.severity()),
                "problem": code.problem(language(lang)),
                "count": count,
                "affects": view.affects.get(&code).cloned().unwrap_or_default(),
                "owner": owner_word(code.owner()),
                "remedy": code.remedy(language(lang)),
            })
        })
        .collect();
    let schools: Vec<Value> = view
        .schools()
        .into_iter()
        .map(|(key, codes)| {
            let codes: BTreeMap<&str, u64> =
                codes.into_iter().map(|(code, count)| (code.as_str(), count)).collect();
            json!({ "id": key.to_string(), "name": (view.school)(key), "codes": codes })
        })
        .collect();
    json!({
        "errors": view.total(Severity::Error),
        "warnings": view.total(Severity::Warning),
        "notices": view.total(Severity::Notice),
        "rows": rows,
        "schools": schools,
    })
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    }
}

fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Register => "source",
        Owner::Settings => "settings",
        Owner::Us => "us",
    }
}

fn owner(owner: Owner) -> Text {
    match owner {
        Owner::Register => words::OWNER_SOURCE,
        Owner::Settings => words::OWNER_SETTINGS,
        Owner::Us => words::OWNER_US,
    }
}

fn language(lang: Lang) -> Language {
    match lang {
        Lang::Sv => Language::Swedish,
        Lang::En => Language::English,
    }
}
