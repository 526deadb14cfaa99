//! What commands show, made by `report` and put into colours here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Colour};
use plan::document::{Document, Header, Purpose};
use plan::{Names, Verdicts};
use report::{
    Beside, Filter, LastRead, Line, PlanView, Style, number, plan_details, plan_summary,
    plan_summary_json, source_trip,
};
use roster::{Date, Key, Roster, SchoolUnit, SourceTrip};
use run::{Applied, Engine, Exit, Planned, Reading, RunError, Standing, bind};
use serde_json::json;
use state::{Card, ObjectRef, Operation};

use crate::args::PlanShow;
use crate::connectors;
use crate::open::Opened;
use crate::output::Output;
use crate::standing;

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
        &format!("Planen {id}, som avbröts, är nu utförd. Åtgärder: {}.", number(applied.done)),
        &format!(
            "The plan {id}, which was cut off, is now carried out. Operations: {}.",
            number(applied.done)
        ),
    );
}

/// What a plan that was just made is shown with.
pub(crate) struct Made<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) reading: &'a Reading,
    pub(crate) schools: &'a BTreeMap<Key, SchoolUnit>,
}

impl<'a> Made<'a> {
    fn shown(&self, planned: &'a Planned) -> Option<Shown<'a>> {
        let (id, header) = planned.saved.as_ref()?;
        let mut beside = Beside::of(&planned.draft);
        if !self.reading.trips.is_empty() {
            // No waiting time begins on a day when a school counts as not read.
            beside.waiting = 0;
        }
        Some(Shown {
            engine: self.engine,
            id,
            header,
            verdicts: &planned.verdicts,
            beside,
            card: planned.card,
            operations: &planned.draft.operations,
            schools: self.schools,
            groups: Some(&self.reading.roster),
            last_read: last_read(self.reading.last_read, self.engine.today()),
        })
    }

    /// Shows a plan and what can be done with it.
    pub(crate) fn planned(
        &self,
        planned: &'a Planned,
        details: Details,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        Self::withheld(planned, out);
        standing::closed(planned, out);
        standing::obstacles(planned, out);
        standing::fallen(planned, out);
        let Some(shown) = self.shown(planned) else {
            out.json(&json!({ "plan": null, "target": planned.target, "operations": 0 }));
            let target = &planned.target;
            out.tell(&format!("{target}: inget att göra ✓"), &format!("{target}: nothing to do ✓"));
            let beside = changed_there(Beside::of(&planned.draft));
            lines(&report::beside(&beside, out.lang()), out);
            return Ok(());
        };
        shown.summary(Depth::WithGuards, out)?;
        if planned.standing == Standing::TakenUp {
            let id = short(shown.id);
            out.tell(
                &format!("Planen {id} är godkänd sedan tidigare. Utför: skolbro apply {id}"),
                &format!("The plan {id} was approved before. Carry out: skolbro apply {id}"),
            );
        }
        if shown.header.purpose == Purpose::Rehearsal {
            out.tell(
                "Planen gäller en dag som inte har kommit: den kan bara visas.",
                "The plan is for a day that has not come: it can only be shown.",
            );
        }
        if details == Details::All {
            shown.details(Filter::default(), out)?;
        }
        Ok(())
    }

    /// Shows a plan that is carried out already, as far as it was released.
    pub(crate) fn carried_out(
        &self,
        planned: &'a Planned,
        details: Details,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        Self::withheld(planned, out);
        standing::closed(planned, out);
        standing::obstacles(planned, out);
        standing::fallen(planned, out);
        let Some(shown) = self.shown(planned) else { return Ok(()) };
        if planned.standing == Standing::TakenUp {
            let id = short(shown.id);
            out.tell(
                &format!("Planen {id}, som är godkänd, gäller fortfarande och utförs."),
                &format!("The plan {id}, which is approved, still holds and is carried out."),
            );
        }
        shown.summary(Depth::Counts, out)?;
        if details == Details::All {
            shown.details(Filter::default(), out)?;
        }
        Ok(())
    }

    /// Tells that objects are held back until the register is mended, and where to look.
    fn withheld(planned: &Planned, out: &mut Output) {
        for (reason, count) in &planned.withheld {
            let code = reason.code();
            out.json(&json!({ "withheld": count, "reason": code, "target": planned.target }));
            let (sv, en) = (reason.sv(), reason.en());
            let as_is = if *count == 1 { "oförändrad" } else { "oförändrade" };
            let count = number(*count);
            out.tell(
                &format!(
                    "▲ {count} hålls tillbaka {as_is}: {sv} ({code}). Visa: skolbro report quality"
                ),
                &format!(
                    "▲ {count} held back unchanged: {en} ({code}). Show: skolbro report quality"
                ),
            );
        }
    }
}

/// How much of a plan's summary is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Counts, guards and what a person can do.
    WithGuards,
    /// Counts alone.
    Counts,
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
    shown.summary(Depth::WithGuards, out)?;
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

    fn summary(&self, depth: Depth, out: &mut Output) -> anyhow::Result<()> {
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
        let mut summary = plan_summary(&view, out.lang());
        if depth == Depth::Counts {
            let counts = summary.iter().position(|line| line.0.is_empty());
            summary.truncate(counts.unwrap_or(summary.len()));
            summary.extend(report::beside(&changed_there(self.beside), out.lang()));
        }
        lines(&summary, out);
        Ok(())
    }
}

/// What somebody changed at the receiver: told also where nothing is left to do.
fn changed_there(beside: Beside) -> Beside {
    Beside { restored: beside.restored, left: beside.left, ..Beside::default() }
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
