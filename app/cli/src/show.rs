//! What commands show, made by `report` and put into colours here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Colour};
use plan::document::{Document, Header};
use plan::{Names, Verdicts};
use report::{
    Beside, Filter, LastRead, Line, PlanView, Style, plan_details, plan_summary, plan_summary_json,
    source_trip,
};
use roster::{Date, Key, Roster, SchoolUnit, SourceTrip};
use rules::config::Lang;
use run::{Applied, Engine, Exit, Planned, Reading, RunError, bind};
use serde_json::json;
use state::{Card, ObjectRef, Operation};

use crate::args::PlanShow;
use crate::connectors;
use crate::open::Opened;
use crate::output::Output;

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Details {
    /// The counts.
    Counts,
    /// Every operation.
    All,
}

/// Which operations of a plan are asked for on the command line.
pub(crate) fn filter(
    args: &PlanShow,
    schools: &BTreeMap<Key, SchoolUnit>,
) -> Result<Filter, RunError> {
    let school =
        args.school.as_deref().map(|name| bind::school_named(schools, name)).transpose()?;
    let verb = args.verb.as_deref().map(crate::commands::approve::verb).transpose()?;
    Ok(Filter { school, verb, limit: Some(args.limit) })
}

/// The first characters of a plan's id, enough for commands.
pub(crate) fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Prints lines, in colour where the terminal has it.
pub(crate) fn lines(lines: &[Line], out: &mut Output) {
    for line in lines {
        let text = line.0.iter().fold(String::new(), |mut text, span| {
            let colour = colour(span.style);
            let _ = write!(text, "{}{}{}", colour.render(), span.text(), colour.render_reset());
            text
        });
        out.line(&text);
    }
}

fn colour(style: Style) -> Colour {
    let colour = Colour::new();
    match style {
        Style::Plain => colour,
        Style::Strong => colour.bold(),
        Style::Good => colour.fg_color(Some(AnsiColor::Green.into())),
        Style::Warn => colour.fg_color(Some(AnsiColor::Yellow.into())),
        Style::Bad => colour.fg_color(Some(AnsiColor::Red.into())).bold(),
        Style::Dim => colour.dimmed(),
    }
}

fn school_name(schools: &BTreeMap<Key, SchoolUnit>, key: Key) -> String {
    schools.get(&key).map_or_else(|| key.to_string(), |school| school.name.clone())
}

/// When the last good read was, in words.
pub(crate) fn last_read(day: Option<Date>, today: Date) -> LastRead {
    match day {
        None => LastRead::Unknown,
        Some(day) if today.yesterday().is_ok_and(|yesterday| yesterday == day) => {
            LastRead::Yesterday
        }
        Some(day) => LastRead::On(day),
    }
}

/// Shows that a guard on the source stopped the run, and how to go on.
pub(crate) fn stopped(
    hash: &str,
    trips: &[SourceTrip],
    previous: Option<&Roster>,
    last_read: LastRead,
    out: &mut Output,
) {
    let none = BTreeMap::new();
    let schools = previous.map_or(&none, |roster| &roster.schools);
    let names = |key: Key| school_name(schools, key);
    for scope in trips.chunk_by(|one, two| one.scope == two.scope) {
        lines(&source_trip(scope, &names, last_read, out.lang()), out);
    }
    let id = short(hash);
    out.json(&json!({ "stopped": "source", "source": hash, "trips": trips.len() }));
    out.tell(
        &format!(
            "Kontrollera exporten. Om den stämmer: skolbro approve source:{id} --comment \"…\""
        ),
        &format!("Check the export. If it is right: skolbro approve source:{id} --comment \"…\""),
    );
}

/// Shows what sources said of rows that they left out.
pub(crate) fn notices(opened: &Opened, reading: &Reading, out: &mut Output) {
    let lang = out.lang();
    for (name, report) in &reading.reports {
        let kind =
            opened.loaded.settings.source(name).map_or("", |(_, source)| source.section.kind);
        for notice in &report.notices {
            let text = connectors::explain_notice(kind, notice, lang);
            out.json(&json!({ "notice": notice.code, "source": name, "place": notice.place, "count": notice.count, "text": text }));
            if notice.level > roster::NoticeLevel::Notice {
                out.line(&format!("▲ {name}: {text}"));
            }
        }
    }
}

/// Shows that work of an earlier run was taken up again.
pub(crate) fn resumed(applied: &Applied, out: &mut Output) {
    let id = short(&applied.plan);
    out.tell(
        &format!("Planen {id}, som avbröts, är nu utförd ({} åtgärder).", applied.done),
        &format!(
            "The plan {id}, which was cut off, is now carried out ({} operations).",
            applied.done
        ),
    );
}

/// Shows a plan that was just made.
pub(crate) fn planned(
    engine: &Engine,
    reading: &Reading,
    planned: &Planned,
    details: Details,
    out: &mut Output,
) -> anyhow::Result<()> {
    let Some((id, header)) = &planned.saved else {
        out.json(&json!({ "plan": null, "target": planned.target, "operations": 0 }));
        let target = &planned.target;
        out.tell(&format!("{target}: inget att göra ✓"), &format!("{target}: nothing to do ✓"));
        return Ok(());
    };
    let schools = &reading.roster.schools;
    let shown = Shown {
        engine,
        id,
        header,
        verdicts: &planned.verdicts,
        beside: Beside::of(&planned.draft),
        card: planned.card,
        operations: &planned.draft.operations,
        schools,
        groups: Some(&reading.roster),
        last_read: last_read(reading.last_read, engine.today()),
    };
    shown.summary(out)?;
    if details == Details::All {
        shown.details(Filter::default(), out)?;
    }
    Ok(())
}

/// Shows a plan that was saved before.
pub(crate) fn saved(
    engine: &Engine,
    document: &Document,
    schools: &BTreeMap<Key, SchoolUnit>,
    groups: Option<&Roster>,
    filter: Filter,
    out: &mut Output,
) -> anyhow::Result<()> {
    let target = engine.target(&document.header.target)?;
    let shown = Shown {
        engine,
        id: document.id.as_str(),
        header: &document.header,
        verdicts: &document.verdicts,
        beside: Beside::default(),
        card: target.target.card(),
        operations: &document.operations,
        schools,
        groups,
        last_read: LastRead::Unknown,
    };
    shown.summary(out)?;
    shown.details(filter, out)
}

/// A plan with what its sentences need.
struct Shown<'a> {
    engine: &'a Engine,
    id: &'a str,
    header: &'a Header,
    verdicts: &'a Verdicts,
    beside: Beside,
    card: &'static Card,
    operations: &'a [Operation],
    schools: &'a BTreeMap<Key, SchoolUnit>,
    groups: Option<&'a Roster>,
    last_read: LastRead,
}

impl Shown<'_> {
    fn container(&self, object: ObjectRef) -> String {
        let group = self.groups.and_then(|roster| roster.groups.get(&object.key));
        group.map_or_else(|| school_name(self.schools, object.key), |group| group.name.clone())
    }

    fn details(&self, filter: Filter, out: &mut Output) -> anyhow::Result<()> {
        let school = |key: Key| school_name(self.schools, key);
        let container = |object: ObjectRef| self.container(object);
        let names = Names { card: self.card, school: &school, container: &container };
        lines(&plan_details(self.operations, self.verdicts, &names, filter, out.lang())?, out);
        Ok(())
    }

    fn summary(&self, out: &mut Output) -> anyhow::Result<()> {
        let school = |key: Key| school_name(self.schools, key);
        let container = |object: ObjectRef| self.container(object);
        let names = Names { card: self.card, school: &school, container: &container };
        let expires: jiff::Timestamp = self.header.expires.parse()?;
        let view = PlanView {
            id: short(self.id),
            header: self.header,
            verdicts: self.verdicts,
            beside: self.beside,
            expires: expires.to_zoned(self.engine.zone.clone()).datetime(),
            last_read: self.last_read,
            names: &names,
        };
        out.json(&plan_summary_json(&view, out.lang()));
        lines(&plan_summary(&view, out.lang()), out);
        Ok(())
    }
}

/// Shows what was carried out.
pub(crate) fn applied(applied: &Applied, out: &mut Output) {
    let Applied { plan, target, done, refused, skipped, held } = applied;
    out.json(&json!({
        "applied": plan, "target": target, "done": done, "refused": refused.len(),
        "skipped": skipped, "held": held,
    }));
    let mut text = match out.lang() {
        Lang::Sv => format!("{target}: {done} åtgärder utförda"),
        Lang::En => format!("{target}: {done} operations carried out"),
    };
    for (count, sv, en) in [
        (refused.len() as u64, "nekade av mottagaren", "refused by the receiver"),
        (*skipped, "hoppades över", "skipped"),
        (*held, "hålls inne", "held"),
    ] {
        if count > 0 {
            let _ = write!(text, " · {count} {}", out.say(sv, en));
        }
    }
    out.line(&text);
}

/// The last line of a command that ends otherwise than well.
pub(crate) fn ending(exit: Exit, out: &mut Output) {
    out.json(&json!({ "exit": exit.code(), "meaning": exit.en() }));
    if exit != Exit::Done {
        let meaning = out.say(exit.sv(), exit.en()).to_owned();
        let code = exit.code();
        out.line(&format!("→ {meaning} ({code})"));
    }
}
