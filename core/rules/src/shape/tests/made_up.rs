//! What is made for a receiver that takes no group without a course and a term.

use super::*;

const fn refers(
    name: &'static str,
    kind: Kind,
    required: Required,
    default: &'static str,
) -> Attribute {
    Attribute { name, required, default, refers_to: Some(kind), ..Attribute::PLAIN }
}

static INSISTING: Card = Card {
    objects: &[
        kind("org", &[Entity::SchoolUnit], &[text("name", Required::Always, "{{ self.name }}")]),
        kind(
            "session",
            &[Entity::Term],
            &[
                text("title", Required::Always, "{{ term.title }}"),
                text("year", Required::Always, "{{ term.school_year | int + 1 }}"),
                refers("parent", Kind(1), Required::No, "{{ term.parent }}"),
            ],
        ),
        kind(
            "course",
            &[Entity::Course],
            &[
                text("title", Required::Always, "{{ course.name }}"),
                refers("year", Kind(1), Required::No, "{{ course.school_year }}"),
            ],
        ),
        kind(
            "class",
            &[Entity::Group],
            &[
                refers("course", Kind(2), Required::Always, "{{ group.course }}"),
                refers("terms", Kind(1), Required::Always, "{{ group.terms }}"),
            ],
        ),
    ],
    memberships: &[],
    ..CARD
};

fn objects(rows: &[Row], kind: u8) -> Vec<&state::Object> {
    let of_kind = rows.iter().filter_map(|row| match row {
        Row::Object(it) if it.id.kind == Kind(kind) => Some(it),
        Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
    });
    of_kind.collect()
}

/// Titles of what a value refers to.
fn titles<'a>(rows: &'a [Row], value: &state::Value) -> Vec<&'a str> {
    let named = |id: &state::ObjectRef| {
        let all = objects(rows, 1).into_iter().chain(objects(rows, 2));
        all.into_iter().find(|it| it.id == *id).and_then(|it| it.values[0].text())
    };
    let mut titles: Vec<&str> = value.refs().iter().filter_map(named).collect();
    titles.sort_unstable();
    titles
}

/// Classes of one school share a course a school year; without a calendar there are this
/// school year and the one before, each with its terms; ids are the same on another day.
#[test]
fn a_class_gets_a_course_and_the_terms_of_its_year() {
    let spring = Interval::new(Some(date(2026, 1, 8)), Some(date(2026, 6, 11)));
    let mut lines = town();
    lines.push(group("7C", "Alskolan", Interval::ALWAYS));
    lines.push(group("6A", "Alskolan", Interval::new(Some(date(2027, 1, 8)), None)));
    let rows = rows(TargetRules::new(&INSISTING), &lines);
    assert_eq!(objects(&rows, 1).len(), 6);
    let terms = objects(&rows, 1);
    let autumn = terms.iter().find(|it| it.values[0].text() == Some("HT 2026")).unwrap();
    assert_eq!(autumn.values[1].text(), Some("2027"), "the year in which it ends");
    assert_eq!(titles(&rows, &autumn.values[2]), ["2026/2027"]);
    let courses = objects(&rows, 2);
    assert_eq!(courses.len(), 2, "one a school");
    assert!(courses.iter().all(|it| it.values[0].text() == Some("Klass")));
    assert!(courses.iter().all(|it| titles(&rows, &it.values[1]) == ["2026/2027"]));
    let class =
        |id: &str| objects(&rows, 3).into_iter().find(|it| it.id.key == in_group(id)).unwrap();
    assert_eq!(titles(&rows, &class("7A").values[1]), ["HT 2026", "VT 2027"]);
    assert_eq!(class("7A").values[0], class("7C").values[0]);
    assert_ne!(class("7A").values[0], class("7B").values[0]);
    assert_eq!(mark(&rows, in_group("6A")), Some(left(Reason::GroupNotStarted)));

    let lines = [school("Alskolan"), group("5A", "Alskolan", spring)];
    let select = Selection { lag_days: 300, ..Selection::default() };
    let rows = self::rows(TargetRules { select, ..TargetRules::new(&INSISTING) }, &lines);
    let class = objects(&rows, 3);
    assert_eq!(titles(&rows, &class[0].values[1]), ["VT 2026"], "a class of last year");
    assert_eq!(titles(&rows, &objects(&rows, 2)[0].values[1]), ["2025/2026"]);
}

/// The tenant's own calendar stands; a class that lies in none of its terms is held back with
/// a reason, and so is one without a school.
#[test]
fn a_class_outside_the_calendar_is_held_back() {
    let autumn = Term {
        name: "Hösten".to_owned(),
        term_type: TermType::Term,
        school_year: 2026,
        start: date(2026, 8, 17),
        end: date(2026, 12, 18),
    };
    let over = Interval::new(Some(date(2026, 8, 1)), Some(date(2026, 8, 10)));
    let mut lines = vec![school("Alskolan"), group("8A", "Alskolan", over)];
    lines.push(group("8B", "Alskolan", Interval::ALWAYS));
    let mut homeless = group("8C", "Alskolan", Interval::ALWAYS);
    if let Line::Record(Record::Group(group)) = &mut homeless {
        group.school = None;
    }
    lines.push(homeless);
    let select = Selection { lag_days: 300, ..Selection::default() };
    let rules = TargetRules { select, terms: vec![autumn], ..TargetRules::new(&INSISTING) };
    let rows = rows(rules, &lines);
    let missing = Some(Mark::Withheld(Reason::RequiredMissing));
    assert_eq!([mark(&rows, in_group("8A")), mark(&rows, in_group("8C"))], [missing, missing]);
    assert_eq!(mark(&rows, in_group("8B")), None);
    let titles: Vec<_> = objects(&rows, 1).iter().map(|it| it.values[0].text().unwrap()).collect();
    assert_eq!(titles.len(), 2);
    assert!(titles.contains(&"Hösten") && titles.contains(&"2026/2027"));
}

/// A receiver that does not insist gets nothing that the register or the tenant did not say.
#[test]
fn nothing_is_made_up_for_who_does_not_insist() {
    let rows = rows(rules(), &town());
    assert!(
        objects(&rows, 1)
            .iter()
            .all(|it| it.id.key == in_group("7A") || it.id.key == in_group("7B"))
    );
}
