//! What is in memory: organisations, terms, courses; and what templates make of it.

use roster::terms::OrganisationType;
use roster::{Course, Organisation};

use super::*;

const fn refers(
    name: &'static str,
    kind: Kind,
    required: Required,
    default: &'static str,
) -> Attribute {
    Attribute { name, required, default, refers_to: Some(kind), ..Attribute::PLAIN }
}

/// As School Data Sync: organisations, terms, courses, classes.
static CALENDAR: Card = Card {
    objects: &[
        kind(
            "org",
            &[Entity::Organisation, Entity::SchoolUnit],
            &[
                text("name", Required::Always, "{{ self.name }}"),
                text("type", Required::Always, "{{ 'school' if school else 'municipality' }}"),
                refers("parent", Kind(0), Required::No, "{{ self.parent }}"),
            ],
        ),
        kind(
            "session",
            &[Entity::Term],
            &[text("type", Required::Always, "{{ term.type }}/{{ term.school_year }}")],
        ),
        kind(
            "course",
            &[Entity::Course],
            &[
                refers("org", Kind(0), Required::Always, "{{ course.school }}"),
                text("title", Required::Always, "{{ course.name }}"),
            ],
        ),
        kind(
            "class",
            &[Entity::Group],
            &[
                refers("org", Kind(0), Required::Always, "{{ group.school }}"),
                refers("sessions", Kind(1), Required::No, "{{ group.sessions }}"),
                refers("course", Kind(2), Required::No, "{{ group.course }}"),
            ],
        ),
    ],
    memberships: &[],
    ..CARD
};

fn term(name: &str, start: Date, end: Date) -> Term {
    let (name, term_type) = (name.to_owned(), TermType::Term);
    Term { name, term_type, school_year: 2026, start, end }
}

fn calendar() -> TargetRules {
    let top = TopOrganisation {
        name: "Exempelköping".to_owned(),
        organisation_type: OrganisationType::Huvudman,
    };
    let terms = vec![
        term("HT 2026", date(2026, 8, 17), date(2026, 12, 18)),
        term("VT 2027", date(2027, 1, 11), date(2027, 6, 11)),
    ];
    TargetRules { top: Some(top), terms, ..TargetRules::new(&CALENDAR) }
}

fn in_course(id: &str, school: &str, interval: Interval) -> Line {
    let Line::Record(Record::Group(it)) = group(id, school, interval) else { return someone("x") };
    let course = Course { code: "MATMAT01a".to_owned(), name: "Matematik 1a".to_owned() };
    Line::Record(Record::Group(Group { course: Some(course), ..it }))
}

fn objects(rows: &[Row], kind: Kind) -> Vec<&state::Object> {
    let own = rows.iter().filter_map(|row| match row {
        Row::Object(it) if it.id.kind == kind => Some(it),
        Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
    });
    own.collect()
}

/// K053: a class names the terms that it shares a day with, and its course at the
/// school; two groups of one course give one course.
#[test]
fn terms_and_courses_become_objects_and_classes_refer_to_them() {
    let autumn = Interval::new(Some(date(2026, 8, 17)), Some(date(2026, 12, 18)));
    let year = Interval::new(Some(date(2026, 8, 17)), Some(date(2027, 6, 11)));
    let lines = [
        school("Alskolan"),
        in_course("MA1", "Alskolan", autumn),
        in_course("MA2", "Alskolan", year),
    ];
    let rows = rows(calendar(), &lines);
    let sessions = objects(&rows, Kind(1));
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0].values[0].text(), Some("term/2026"));
    let [course] = objects(&rows, Kind(2))[..] else { panic!("{rows:?}") };
    assert_eq!(course.values[1].text(), Some("Matematik 1a"));
    let of = |id| {
        let all = objects(&rows, Kind(3));
        let class = all.into_iter().find(|it| it.id.key == in_group(id));
        let class = class.unwrap();
        (class.values[1].refs().len(), class.values[2].refs() == [course.id])
    };
    assert_eq!((of("MA1"), of("MA2")), ((1, true), (2, true)));
}

/// The register names no organisation: the tenant stands above its schools. `if school`
/// tells the two apart.
#[test]
fn the_tenant_stands_above_its_schools() {
    let rows = rows(calendar(), &[school("Alskolan")]);
    let orgs = objects(&rows, Kind(0));
    let top = orgs.iter().find(|it| it.id.key != at("Alskolan")).unwrap();
    let own = orgs.iter().find(|it| it.id.key == at("Alskolan")).unwrap();
    assert_eq!((orgs.len(), top.values[1].text()), (2, Some("municipality")));
    assert_eq!(own.values[1].text(), Some("school"));
    assert_eq!(own.values[2].refs(), [top.id]);
    let renamed = TopOrganisation { name: "Nyköping".to_owned(), ..calendar().top.unwrap() };
    let again = self::rows(TargetRules { top: Some(renamed), ..calendar() }, &[school("Alskolan")]);
    assert_eq!(objects(&again, Kind(0)).len(), 2);
    assert!(objects(&again, Kind(0)).iter().any(|it| it.id == top.id), "renamed, the same");
}

/// What is found withheld takes the references to it along, up through its own kind.
#[test]
fn nothing_refers_to_an_organisation_that_is_withheld() {
    let organisation = |id: &str, name: &str, parent: Option<&str>| {
        let key = |id: &str| key(EntityKind::Organisation, id);
        Line::Record(Record::Organisation(Organisation {
            key: key(id),
            source: SourceIndex(0),
            source_id: id.to_owned(),
            name: name.to_owned(),
            organisation_type: OrganisationType::Huvudman,
            parent: parent.map(key),
        }))
    };
    let named = organisation("area", "Norra området", Some("top"));
    let lines = [organisation("top", " ", None), named.clone()];
    let found = rows(calendar(), &lines);
    let top = key(EntityKind::Organisation, "top");
    assert_eq!(mark(&found, top), Some(Mark::Withheld(Reason::RequiredMissing)));
    assert_eq!(objects(&found, Kind(0))[0].values[2], state::Value::None);
    let lines = [organisation("top", "Kommunen", None), named];
    assert_eq!(objects(&rows(calendar(), &lines), Kind(0)).len(), 2);
}

/// Letters are written as the tenant says, capitals too.
#[test]
fn letters_can_be_written_otherwise() {
    let written = |letters: &[(char, &str)], expression: &str| {
        let mut rules = rules();
        rules.transliterate = letters.iter().map(|(from, to)| (*from, (*to).to_owned())).collect();
        let mapping = [("name".to_owned(), expression.to_owned())];
        rules.mapping.insert("org".to_owned(), mapping.into());
        let rows = rows(rules, &[school("Östra Å-skolan")]);
        objects(&rows, Kind(0))[0].values[0].text().map(str::to_owned).unwrap()
    };
    let german = [('ö', "oe"), ('å', "aa")];
    assert_eq!(written(&[], "{{ self.name | slug }}"), "ostra-a-skolan");
    assert_eq!(written(&german, "{{ self.name | slug }}"), "oestra-aa-skolan");
    assert_eq!(written(&german, "{{ self.name | ascii }}"), "Oestra Aa-skolan");
}

/// An expression that cannot be used names its kind and attribute.
#[test]
fn a_template_that_cannot_be_used_names_the_attribute() {
    let mut rules = rules();
    let wrong = [("name".to_owned(), "{{ person.givenname }}".to_owned())];
    rules.mapping.insert("user".to_owned(), wrong.into());
    let errors = compile(rules).unwrap_err();
    let named: Vec<_> = errors.iter().map(|it| (&*it.kind, &*it.attribute)).collect();
    assert_eq!(named, [("user", "name")]);
    assert_eq!(errors[0].suggestion.as_deref(), Some("person.given_name"));
}

#[test]
fn a_misspelt_field_is_pointed_at() {
    let problems = template::check("{{ person.given_nam | lower }}", template::PATHS).unwrap_err();
    assert_eq!(problems[0].range, 3..19);
    assert_eq!(problems[0].suggestion.as_deref(), Some("person.given_name"));
    let problems = template::check("{{ person.email | lowr }}", template::PATHS).unwrap_err();
    assert_eq!(problems[0].kind, template::ProblemKind::UnknownFilter);
    assert!(template::check("{{ person.email", template::PATHS).is_err());
}
