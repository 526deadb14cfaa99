//! Persons: guardians, names and moves, reasons, explanations, any town.

use std::collections::VecDeque;

use roster::PersonRecord;
use roster::terms::RelationType;

use super::*;

fn guardian(child: &str, adult: &str) -> Line {
    let relation = RelationType::Guardian;
    Line::Record(Record::Responsible { person: person(child), adult: person(adult), relation })
}

fn family() -> Vec<Line> {
    let mut lines = vec![school("Alskolan"), school("Björkskolan")];
    for (child, adult, at) in [("Kim", "Ada", "Alskolan"), ("Robin", "Bo", "Björkskolan")] {
        lines.extend([someone(child), someone(adult), guardian(child, adult)]);
        lines.push(pupil(child, at, Interval::ALWAYS));
    }
    lines
}

static WITH_GUARDIANS: Card = Card {
    memberships: &[MembershipKind {
        name: "relationship",
        words: WORDS,
        container: Kind(2),
        member: Kind(2),
        home: Home::Own,
        from: &[(Relation::Responsible, "guardian")],
        roles: &[],
        attributes: &[],
        verbs: Verbs(&[]),
    }],
    ..CARD
};

fn with_guardians() -> TargetRules {
    let select = Selection { guardians: Guardians::OfWantedChildren, ..Selection::default() };
    TargetRules { select, ..TargetRules::new(&WITH_GUARDIANS) }
}

/// K203: guardians of wanted children alone, and only where the tenant asks for them.
#[test]
fn guardians_come_with_wanted_children() {
    let chosen = SchoolChoice::Only(BTreeSet::from([at("Alskolan")]));
    let rows = self::rows(TargetRules { schools: chosen, ..with_guardians() }, &family());
    assert_eq!(places(&rows, "Ada"), BTreeSet::from([(person("Kim"), "guardian".to_owned())]));
    assert_eq!(mark(&rows, person("Ada")), None);
    assert_eq!(mark(&rows, person("Bo")), Some(left(Reason::Ended)));
    let rows = self::rows(TargetRules::new(&WITH_GUARDIANS), &family());
    assert_eq!(mark(&rows, person("Ada")), Some(left(Reason::Ended)));
}

/// K203: nothing refers to a child that is withheld, and a child whom the tenant's filter
/// leaves out brings nobody.
#[test]
fn guardians_do_not_refer_to_a_child_that_is_not_sent() {
    let mut lines = family();
    lines.retain(|line| !matches!(line, Line::Person("Kim", ..)));
    lines.push(Line::Person("Kim", None, PersonStatus::Active));
    let rows = self::rows(with_guardians(), &lines);
    assert_eq!(mark(&rows, person("Kim")), Some(Mark::Withheld(Reason::NoEmail)));
    assert_eq!(mark(&rows, person("Ada")), None, "the child is still at the school");
    assert!(places(&rows, "Ada").is_empty());
    let mut rules = with_guardians();
    rules.filters.insert("user".to_owned(), "person.given_name != 'Kim'".to_owned());
    let rows = self::rows(rules, &family());
    assert_eq!(mark(&rows, person("Ada")), Some(left(Reason::Ended)));
}

fn record_of(roster: &Roster, id: &str) -> PersonRecord {
    let mut reader = roster.persons().unwrap();
    while let Some(record) = reader.next_person().unwrap() {
        if record.person.key == person(id) {
            return record;
        }
    }
    panic!("{id} is not in the roster")
}

fn changed(before: &[Line], after: &[Line]) -> (Vec<Row>, Vec<Row>) {
    let (old, new) = (rows(rules(), before), rows(rules(), after));
    let gone = old.iter().filter(|row| !new.contains(row)).cloned().collect();
    (gone, new.iter().filter(|row| !old.contains(row)).cloned().collect())
}

/// K216: a new name and address are the same user's row with other values.
#[test]
fn a_changed_name_changes_the_row_of_the_same_user() {
    let mut after = town();
    for line in &mut after {
        if let Line::Person("Kim", email, _) = line {
            *email = Some("kim.nygift@example.org".to_owned());
        }
    }
    let (gone, came) = changed(&town(), &after);
    let [Row::Object(old)] = &gone[..] else { panic!("{gone:?}") };
    let [Row::Object(new)] = &came[..] else { panic!("{came:?}") };
    assert_eq!((old.id, old.id.key), (new.id, person("Kim")));
}

/// K217: a move changes roles and groups; the user's key stays.
#[test]
fn a_move_of_school_changes_the_roles_and_keeps_the_user() {
    let place = |at: &str, group: &str| {
        let own = [someone("Mio"), pupil("Mio", at, Interval::ALWAYS), self::place("Mio", group)];
        [town(), own.to_vec()].concat()
    };
    let (gone, came) = changed(&place("Alskolan", "7A"), &place("Björkskolan", "7B"));
    for rows in [&gone, &came] {
        let (roles, users): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| matches!(row, Row::Member(_)));
        assert_eq!(roles.len(), 2, "a role and a place in a class");
        let is_mio = |row: &&Row| matches!(row, Row::Object(it) if it.id.key == person("Mio"));
        assert!(users.iter().all(is_mio), "{users:?}");
    }
}

/// Of several reasons the one that says most: the tenant's choice before a date, the
/// later end before the earlier.
#[test]
fn of_several_reasons_the_one_that_says_most_is_given() {
    let ended = |day| Interval::new(None, Some(day));
    let (june, may) = (date(2026, 6, 12), date(2026, 5, 2));
    let future = Interval::new(Some(date(2027, 1, 11)), None);
    let end = |reason, end| Mark::Left { reason, end: Some(end) };
    let table = [
        ("later end", ended(may), "Alskolan", ended(june), end(Reason::Ended, june)),
        ("start before end", ended(june), "Alskolan", future, left(Reason::NotStarted)),
        ("choice before date", future, "Björkskolan", ended(may), left(Reason::SchoolNotChosen)),
    ];
    for (shows, first, other, second, expected) in table {
        let mut lines = vec![school("Alskolan"), school("Björkskolan"), someone("Kim")];
        lines.extend([pupil("Kim", "Alskolan", first), pupil("Kim", other, second)]);
        let found = mark(&rows(only("Alskolan"), &lines), person("Kim"));
        assert_eq!(found, Some(expected), "{shows}");
    }
}

/// K060: general days are for groups; a rule gives others to one relation, one form.
#[test]
fn days_can_differ_by_relation_and_form() {
    let rule = |relation, school_type, lead_days| DaysRule {
        relation,
        school_type,
        lead_days: Some(lead_days),
        lag_days: None,
    };
    let days =
        vec![rule(Some(DatedRelation::Enrolment), None, 30), rule(None, Some(SchoolType::Gy), 60)];
    let select = Selection { lead_days: 14, lag_days: 3, days, ..Selection::default() };
    let (gr, gy) = (Some(SchoolType::Gr), Some(SchoolType::Gy));
    assert_eq!(select.days(DatedRelation::Group, gr), (14, 3));
    assert_eq!(select.days(DatedRelation::Enrolment, gr), (30, 0));
    assert_eq!(select.days(DatedRelation::Duty, None), (0, 0));
    assert_eq!(select.days(DatedRelation::Enrolment, gy), (60, 0), "the last that fits");
    let soon = Interval::new(Some(date(2026, 12, 20)), None);
    let lines = [school("Alskolan"), someone("Kim"), pupil("Kim", "Alskolan", soon)];
    assert_eq!(mark(&rows(TargetRules { select, ..rules() }, &lines), person("Kim")), None);
    assert_eq!(mark(&rows(rules(), &lines), person("Kim")), Some(left(Reason::NotStarted)));
}

/// Each step of one person tells why it failed, and which value is missing.
#[test]
fn a_person_is_explained_step_by_step() {
    let mut lines = town();
    lines.push(Line::Person("Alex", None, PersonStatus::Active));
    lines.push(pupil("Alex", "Alskolan", Interval::ALWAYS));
    lines.push(pupil("Alex", "Björkskolan", Interval::ALWAYS));
    lines.push(teacher("Alex", "Alskolan"));
    lines.extend([place("Alex", "7A"), place("Alex", "7B")]);
    let (roster, not) = (roster(&lines), Some(left(Reason::SchoolNotChosen)));
    let record = record_of(&roster, "Alex");
    let compiled = compile(only("Alskolan")).unwrap();
    let steps = explain_person(&compiled, &roster, &record, TODAY, &tenant());
    for step in [
        Step::Person(None),
        Step::Enrolment(at("Alskolan"), None),
        Step::Enrolment(at("Björkskolan"), not),
        Step::Duty(at("Alskolan"), None),
        Step::Membership(in_group("7A"), None),
        Step::Membership(in_group("7B"), not),
        Step::Values(Some(Mark::Withheld(Reason::NoEmail))),
    ] {
        assert!(steps.contains(&step), "{step:?} not in {steps:?}");
    }
    let missing = missing_values(&compiled, &roster, &record, TODAY, &tenant());
    assert_eq!(missing, [("user", "username")]);
}

const NAMES: [&str; 6] = ["Kim", "Robin", "Alex", "Billie", "Charlie", "Dana"];
const SCHOOLS: [&str; 3] = ["Alskolan", "Björkskolan", "Ekskolan"];
const GROUPS: [&str; 4] = ["7A", "7B", "8A", "9C"];

prop_compose! {
    /// A made-up town: anybody anywhere, some without address, some groups ended.
    fn any_town()(
        emails in prop::collection::vec(prop::option::of(0..5_usize), NAMES.len()),
        enrolled in prop::collection::vec((0..NAMES.len(), 0..SCHOOLS.len()), 0..8),
        works in prop::collection::vec((0..NAMES.len(), 0..SCHOOLS.len()), 0..4),
        sits in prop::collection::vec((0..NAMES.len(), 0..GROUPS.len()), 0..12),
        ended in prop::collection::vec(any::<bool>(), GROUPS.len()),
    ) -> Vec<Line> {
        let mut lines: Vec<Line> = SCHOOLS.iter().map(|name| school(name)).collect();
        for (at, name) in GROUPS.iter().enumerate() {
            let end = ended[at].then_some(date(2026, 6, 12));
            lines.push(group(name, SCHOOLS[at % SCHOOLS.len()], Interval::new(None, end)));
        }
        for (name, email) in NAMES.iter().zip(emails) {
            let email = email.map(|number| format!("p{number}@example.org"));
            lines.push(Line::Person(name, email, PersonStatus::Active));
        }
        lines.extend(enrolled.iter().map(|it| pupil(NAMES[it.0], SCHOOLS[it.1], Interval::ALWAYS)));
        lines.extend(works.iter().map(|it| teacher(NAMES[it.0], SCHOOLS[it.1])));
        lines.extend(sits.iter().map(|it| place(NAMES[it.0], GROUPS[it.1])));
        lines
    }
}

proptest! {
    /// Invariant 5, and nothing refers to what is not wanted.
    #[test]
    fn rows_of_any_town_are_sorted_and_refer_to_wanted_objects(lines in any_town()) {
        let encoded = encoded(only("Alskolan"), &lines);
        let rows: Vec<RowRef<'_>> = encoded.iter().map(|row| RowRef::new(row).unwrap()).collect();
        prop_assert!(rows.windows(2).all(|two| two[0].id < two[1].id));
        let rows: Vec<Row> = rows.iter().map(|row| row.decode().unwrap()).collect();
        let objects: BTreeSet<_> = rows.iter().filter_map(|row| match row {
            Row::Object(it) => Some(it.id),
            Row::Member(_) | Row::Mark { .. } => None,
        }).collect();
        for row in &rows {
            let (used, values) = match row {
                Row::Object(it) => (vec![], &it.values),
                Row::Member(it) => (vec![it.container, it.member], &it.values),
                Row::Mark { .. } => continue,
            };
            let used = used.into_iter().chain(values.iter().flat_map(state::Value::refs).copied());
            for id in used {
                prop_assert!(objects.contains(&id), "{row:?}");
            }
        }
    }
}

/// Rows of one person.
struct Own(VecDeque<Vec<u8>>, Vec<u8>);

impl RowStream for Own {
    fn next_row(&mut self) -> Result<Option<&[u8]>, roster::SpoolError> {
        let Some(row) = self.0.pop_front() else { return Ok(None) };
        self.1 = row;
        Ok(Some(&self.1))
    }
}

/// K076, K213: several may ask the persons, and groups be shaped meanwhile; the rows are those
/// that one alone makes.
#[test]
fn several_who_ask_the_persons_find_what_one_finds() {
    let mut lines = town();
    lines.push(Line::Person("Alex", Some("KIM@example.org".to_owned()), PersonStatus::Active));
    lines.push(pupil("Alex", "Alskolan", Interval::ALWAYS));
    lines.push(group("9C", "Alskolan", Interval::ALWAYS));
    for require_pupils in [Need::No, Need::Yes] {
        let rules = TargetRules { require_pupils, ..rules() };
        let (compiled, roster) = (compile(rules.clone()).unwrap(), roster(&lines));
        let (mut rows, mut all) = (roster.rows().unwrap(), Vec::new());
        while let Some(row) = rows.next_row().unwrap() {
            all.push(row.to_vec());
        }
        let ground = Groundwork::new(&compiled, &roster, TODAY, &tenant()).unwrap();
        let persons = all.chunk_by(|one, two| one[..16] == two[..16]);
        let own = persons.map(|own| Box::new(Own(own.to_vec().into(), Vec::new())));
        let parts = own.map(|own| ground.survey(own).unwrap()).collect();
        let things = ground.things();
        assert_eq!(things.is_some(), require_pupils == Need::No);
        let mut wanted = ground.finish(parts, things).unwrap();
        let mut told = Vec::new();
        while let Some(row) = wanted.next_row().unwrap() {
            told.push(row.to_vec());
        }
        assert_eq!(told, encoded(rules, &lines));
    }
}
