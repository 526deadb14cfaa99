//! Objects made from duties, school groups, and schools that need a code.

use roster::Organisation;
use roster::terms::OrganisationType;

use super::*;

const SCHOOL: Kind = Kind(2);
const USER: Kind = Kind(3);
const EMPLOYMENT: Kind = Kind(4);
const ACTIVITY: Kind = Kind(5);

const fn refers(name: &'static str, kind: Kind, default: &'static str) -> Attribute {
    Attribute { name, required: Required::No, default, refers_to: Some(kind), ..Attribute::PLAIN }
}

const NAME: &[Attribute] = &[text("name", Required::Always, "{{ self.name }}")];

static VENDOR: Card = Card {
    objects: &[
        kind("organisation", &[Entity::Organisation], NAME),
        kind("schoolGroup", &[Entity::SchoolGroup], NAME),
        kind(
            "school",
            &[Entity::SchoolUnit],
            &[
                refers("organisation", Kind(0), "{{ school.head_organisation }}"),
                refers("group", Kind(1), "{{ school.school_group }}"),
            ],
        ),
        kind(
            "user",
            &[Entity::Person],
            &[text("username", Required::Always, "{{ person.email }}")],
        ),
        kind(
            "employment",
            &[Entity::Duty],
            &[
                Attribute {
                    required: Required::Always,
                    ..refers("at", SCHOOL, "{{ school.key }}")
                },
                Attribute {
                    required: Required::Always,
                    ..refers("user", USER, "{{ person.key }}")
                },
                text("role", Required::Always, "{{ duty.role }}"),
            ],
        ),
        kind("activity", &[Entity::Group], NAME),
    ],
    memberships: &[MembershipKind {
        name: "teacher",
        words: WORDS,
        container: ACTIVITY,
        member: EMPLOYMENT,
        home: Home::Container,
        from: &[(Relation::GroupTeacher, "teacher")],
        roles: &[],
        attributes: &[],
        verbs: Verbs(&[]),
    }],
    school_code: Required::Always,
    ..CARD
};

fn teaches(id: &str, group: &str) -> Line {
    let (person, group) = (person(id), in_group(group));
    Line::Record(Record::Teaching { person, group, interval: Interval::ALWAYS })
}

fn organisation(id: &str, kind: OrganisationType, parent: Option<&str>) -> Line {
    let key = |id: &str| key(EntityKind::Organisation, id);
    Line::Record(Record::Organisation(Organisation {
        key: key(id),
        source: SourceIndex(0),
        source_id: id.to_owned(),
        name: id.to_owned(),
        organisation_type: kind,
        parent: parent.map(key),
    }))
}

fn below(line: Line, parent: &str) -> Line {
    let Line::Record(Record::SchoolUnit(mut unit)) = line else { panic!("no school") };
    unit.organisation = Some(key(EntityKind::Organisation, parent));
    Line::Record(Record::SchoolUnit(unit))
}

fn staff() -> Vec<Line> {
    vec![
        organisation("Kommunen", OrganisationType::Huvudman, None),
        organisation("Storskolan", OrganisationType::Skola, Some("Kommunen")),
        below(school("Alskolan"), "Storskolan"),
        below(school("Björkskolan"), "Kommunen"),
        group("7A", "Alskolan", Interval::ALWAYS),
        group("7B", "Björkskolan", Interval::ALWAYS),
        someone("Ada"),
        teacher("Ada", "Alskolan"),
        teacher("Ada", "Björkskolan"),
        teaches("Ada", "7A"),
        teaches("Ada", "7B"),
        someone("Bo"),
        teacher("Bo", "Alskolan"),
        teaches("Bo", "7B"),
    ]
}

fn objects(rows: &[Row], kind: Kind) -> Vec<&state::Object> {
    let of = |row: &'_ Row| matches!(row, Row::Object(it) if it.id.kind == kind);
    rows.iter()
        .filter(|row| of(row))
        .filter_map(|row| match row {
            Row::Object(it) => Some(it),
            Row::Member(_) | Row::Mark { .. } => None,
        })
        .collect()
}

/// Who teaches what: user and school of the employment, and the group.
fn taught(rows: &[Row]) -> BTreeSet<(Key, Key, Key)> {
    let members = rows.iter().filter_map(|row| match row {
        Row::Member(it) => Some((it.member, it.container.key)),
        Row::Object(_) | Row::Mark { .. } => None,
    });
    let employments = objects(rows, EMPLOYMENT);
    let told = members.map(|(member, group)| {
        let it = employments.iter().find(|it| it.id == member).unwrap();
        (it.values[1].refs()[0].key, it.values[0].refs()[0].key, group)
    });
    told.collect()
}

/// An employment a person and school; who teaches at a school where the register has no duty
/// of theirs does so by the first of them.
#[test]
fn a_teacher_has_an_employment_at_each_school_and_teaches_by_it() {
    let rows = rows(TargetRules::new(&VENDOR), &staff());
    assert_eq!(objects(&rows, EMPLOYMENT).len(), 3);
    let (ada, bo) = (person("Ada"), person("Bo"));
    assert_eq!(
        taught(&rows),
        BTreeSet::from([
            (ada, at("Alskolan"), in_group("7A")),
            (ada, at("Björkskolan"), in_group("7B")),
            (bo, at("Alskolan"), in_group("7B")),
        ])
    );
    let encoded = encoded(TargetRules::new(&VENDOR), &staff());
    let ids: Vec<_> = encoded.iter().map(|row| RowRef::new(row).unwrap().id).collect();
    assert!(ids.is_sorted(), "rows stand in their order");
}

/// Nobody who is withheld is employed: nothing refers to a user that is not there.
#[test]
fn who_is_withheld_has_no_employment() {
    let mut lines = staff();
    lines.retain(|line| !matches!(line, Line::Person("Ada", ..)));
    lines.push(Line::Person("Ada", None, PersonStatus::Active));
    let rows = rows(TargetRules::new(&VENDOR), &lines);
    assert_eq!(objects(&rows, EMPLOYMENT).len(), 1);
    assert_eq!(mark(&rows, person("Ada")), Some(Mark::Withheld(Reason::NoEmail)));
}

/// Targets.md §4.1: a school made of units is told apart from the organisations above it.
#[test]
fn a_school_group_is_no_organisation() {
    let rows = rows(TargetRules::new(&VENDOR), &staff());
    let names = |kind| -> Vec<_> {
        objects(&rows, kind).iter().map(|it| it.values[0].text().unwrap()).collect()
    };
    assert_eq!((names(Kind(0)), names(Kind(1))), (vec!["Kommunen"], vec!["Storskolan"]));
    for unit in objects(&rows, SCHOOL) {
        let is_below = unit.id.key == at("Alskolan");
        assert_eq!(unit.values[0].refs()[0].key, key(EntityKind::Organisation, "Kommunen"));
        assert_eq!(!unit.values[1].refs().is_empty(), is_below);
    }
}

/// K171, K194: a school without a valid code waits, and so does all that belongs to it; who
/// has another school besides is sent with that alone.
#[test]
fn a_school_without_a_code_waits_with_all_that_belongs_to_it() {
    for code in [None, Some("1234"), Some("01234567"), Some("9999990x")] {
        let mut lines = staff();
        for line in &mut lines {
            if let Line::Record(Record::SchoolUnit(unit)) = line
                && unit.key == at("Alskolan")
            {
                unit.code = code.map(str::to_owned);
            }
        }
        let rows = rows(TargetRules::new(&VENDOR), &lines);
        let withheld = Some(Mark::Withheld(Reason::NoSchoolCode));
        assert_eq!(mark(&rows, at("Alskolan")), withheld, "{code:?}");
        assert_eq!(mark(&rows, in_group("7A")), withheld);
        assert_eq!(mark(&rows, person("Bo")), withheld);
        assert_eq!(
            taught(&rows),
            BTreeSet::from([(person("Ada"), at("Björkskolan"), in_group("7B"))])
        );
    }
}
