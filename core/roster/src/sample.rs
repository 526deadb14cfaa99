//! Small registers for tests: a line each for what a register says.

use jiff::civil::date;

use crate::source::Record;
use crate::terms::{DutyRole, GroupType, OrganisationType, PersonStatus, RelationType, SchoolType};
use crate::{
    AnySpool, Assembly, Course, Date, EntityKind, Gate, Group, IdentityNumber, Intake, Interval,
    Key, KeyMaker, Lack, Marking, MarkingPolicy, MemorySpool, Organisation, PersonDraft,
    Precedence, Roster, SchoolUnit, SourceIndex, TenantKey, snapshot,
};

pub(crate) const TODAY: Date = date(2026, 11, 24);

/// One row of a register. Ids are the register's own.
#[derive(Debug, Clone)]
pub(crate) enum Line {
    Organisation { id: &'static str },
    School { id: &'static str, code: Option<&'static str> },
    Group { id: &'static str, school: &'static str, name: &'static str, kind: GroupType },
    GroupDated { id: &'static str, school: &'static str, name: &'static str, interval: Interval },
    Person(Someone),
    Without { person: &'static str, lack: Lack },
    Enrolment { person: &'static str, school: &'static str, year: u8, interval: Interval },
    Duty { person: &'static str, school: &'static str },
    Membership { person: &'static str, group: &'static str, interval: Interval },
    Teaching { person: &'static str, group: &'static str },
    Responsible { child: &'static str, adult: &'static str },
}

/// A person of a register.
#[derive(Debug, Clone)]
pub(crate) struct Someone {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) number: Option<&'static str>,
    pub(crate) marking: &'static str,
    pub(crate) email: Option<&'static str>,
    pub(crate) username: Option<&'static str>,
}

pub(crate) const fn someone(id: &'static str) -> Someone {
    Someone { id, name: "Kim", number: None, marking: "Ingen", email: None, username: None }
}

pub(crate) const fn person(id: &'static str, number: &'static str, marking: &'static str) -> Line {
    Line::Person(Someone { number: Some(number), marking, ..someone(id) })
}

pub(crate) const fn school(id: &'static str) -> Line {
    Line::School { id, code: Some("99999901") }
}

pub(crate) const fn class(id: &'static str, school: &'static str) -> Line {
    Line::Group { id, school, name: id, kind: GroupType::Class }
}

pub(crate) const fn enrolment(person: &'static str, school: &'static str) -> Line {
    Line::Enrolment { person, school, year: 7, interval: Interval::ALWAYS }
}

pub(crate) const fn membership(person: &'static str, group: &'static str) -> Line {
    Line::Membership { person, group, interval: Interval::ALWAYS }
}

pub(crate) fn tenant() -> TenantKey {
    TenantKey::new([1; 32])
}

/// The key of what the source at `index` calls `id`.
pub(crate) fn key(index: u8, kind: EntityKind, id: &str) -> Key {
    KeyMaker::new(&tenant(), u32::from(index) + 1).key(kind, id)
}

pub(crate) fn person_key(id: &str) -> Key {
    key(0, EntityKind::Person, id)
}

/// The roster of registers, in order of precedence.
pub(crate) fn roster(registers: &[&[Line]]) -> Roster {
    assemble(registers, Gate::new(&tenant()), usize::MAX).0
}

pub(crate) fn assemble(registers: &[&[Line]], gate: Gate, budget: usize) -> (Roster, Gate) {
    let spool = || Box::new(MemorySpool::default()) as AnySpool;
    let mut assembly = Assembly::new(&tenant(), gate, spool, budget);
    for (index, lines) in (0_u8..).zip(registers) {
        let serial = u32::from(index) + 1;
        let mut intake = assembly.intake(SourceIndex(index), serial, MarkingPolicy::default());
        for line in *lines {
            take(&mut intake, line);
        }
    }
    assembly.finish(Precedence::default()).unwrap()
}

/// Everything that the roster gives away, as bytes.
pub(crate) fn content(roster: &Roster) -> Vec<Vec<u8>> {
    let mut rows = Vec::new();
    let mut put = |row: &[u8]| {
        rows.push(row.to_vec());
        Ok(())
    };
    snapshot::write(roster, &mut put).unwrap();
    rows
}

/// Persons by the source's id, with how many relations each has.
pub(crate) fn persons(roster: &Roster) -> Vec<(String, usize)> {
    let mut reader = roster.persons().unwrap();
    let mut found = Vec::new();
    while let Some(record) = reader.next_person().unwrap() {
        let relations = record.enrolments.len()
            + record.duties.len()
            + record.memberships.len()
            + record.teachings.len()
            + record.responsibles.len();
        found.push((record.person.source_id, relations));
    }
    found.sort();
    found
}

pub(crate) fn take(intake: &mut Intake<'_>, line: &Line) {
    if let Line::Person(it) = line {
        let draft = PersonDraft {
            source_id: it.id,
            given_name: it.name,
            family_name: "Exempel",
            email: it.email,
            username: it.username,
            birth_date: None,
            sex: None,
            status: PersonStatus::Active,
            identity_number: it.number.map(|text| IdentityNumber::parse(text, TODAY).ok().unwrap()),
            extra: Vec::new(),
        };
        intake.person(draft, Marking::Value(it.marking)).unwrap();
        return;
    }
    if let Line::Without { person, lack } = line {
        intake.without(person, *lack);
        return;
    }
    let record = record(intake, line);
    intake.record(record).unwrap();
}

pub(crate) fn record(intake: &Intake<'_>, line: &Line) -> Record {
    use EntityKind::{Group as G, Organisation as O, Person as P, SchoolUnit as S};
    let source = intake.index();
    match line.clone() {
        Line::Person(_) | Line::Without { .. } => unreachable!("taken in otherwise"),
        Line::Organisation { id } => Record::Organisation(Organisation {
            key: intake.key(O, id),
            source,
            source_id: id.to_owned(),
            name: id.to_owned(),
            organisation_type: OrganisationType::Huvudman,
            parent: None,
        }),
        Line::School { id, code } => Record::SchoolUnit(SchoolUnit {
            key: intake.key(S, id),
            source,
            source_id: id.to_owned(),
            code: code.map(str::to_owned),
            name: id.to_owned(),
            organisation: None,
            school_types: vec![SchoolType::Gr],
            municipality_code: Some("0123".to_owned()),
            interval: Interval::ALWAYS,
        }),
        Line::Group { id, school, name, kind } => {
            Record::Group(group(intake, id, school, name, kind))
        }
        Line::GroupDated { id, school, name, interval } => {
            Record::Group(Group { interval, ..group(intake, id, school, name, GroupType::Mentor) })
        }
        Line::Enrolment { person, school, year, interval } => Record::Enrolment {
            person: intake.key(P, person),
            school: intake.key(S, school),
            school_type: SchoolType::Gr,
            school_year: Some(year),
            interval,
        },
        Line::Duty { person, school } => Record::Duty {
            person: intake.key(P, person),
            school: intake.key(S, school),
            role: DutyRole::Teacher,
            interval: Interval::ALWAYS,
        },
        Line::Membership { person, group, interval } => Record::Membership {
            person: intake.key(P, person),
            group: intake.key(G, group),
            interval,
        },
        Line::Teaching { person, group } => Record::Teaching {
            person: intake.key(P, person),
            group: intake.key(G, group),
            interval: Interval::ALWAYS,
        },
        Line::Responsible { child, adult } => Record::Responsible {
            person: intake.key(P, child),
            adult: intake.key(P, adult),
            relation: RelationType::Guardian,
        },
    }
}

fn group(intake: &Intake<'_>, id: &str, school: &str, name: &str, kind: GroupType) -> Group {
    Group {
        key: intake.key(EntityKind::Group, id),
        source: intake.index(),
        source_id: id.to_owned(),
        school: Some(intake.key(EntityKind::SchoolUnit, school)),
        name: name.to_owned(),
        group_type: kind,
        school_type: Some(SchoolType::Gr),
        course: Some(Course { code: "MAT".to_owned(), name: "Matematik".to_owned() }),
        interval: Interval::ALWAYS,
        notes: None,
    }
}

/// A gate that leaves out what `list` names.
pub(crate) fn gate_excluding(list: &[&str]) -> Gate {
    let mut gate = Gate::new(&tenant());
    for entry in list {
        gate.exclude(entry, TODAY);
    }
    gate
}
