//! Templates that need no engine give what the engine gives.

use minijinja::Environment;
use roster::PersonRecord;

use super::super::expression::Expression;
use super::super::facts::Facts;
use super::super::select::Judged;
use super::super::view::{Link, View};
use super::super::{people, select};
use super::*;

/// Templates of persons; whether the engine is left alone.
const OF_PERSONS: &[(&str, bool)] = &[
    ("{{ person.username or person.email }}", true),
    ("{{ self.email or person.username or self.given_name }}", true),
    ("{{person.key or person.email}}", true),
    ("{{ 'a' if person.role == 'pupil' else \"b\" }}", true),
    (
        "{{ 'a' if person.given_name in ['Robin', 'Alex',] else 'b' if self.email == 'x' else '' }}",
        true,
    ),
    ("{{ 'a' if school.name in [] else 'å ä' }}", true),
    ("{{ person.extra.sort or person.email }}", false),
    ("{{ school.name or person.email }}", false),
    ("{{ person.email or 'nobody' }}", false),
    ("{{ person.email and person.username }}", false),
    ("{{ person.email or person.username }}@x", false),
    (" {{ person.email or person.username }}", false),
    ("{{- person.email or person.username }}", false),
    ("{{ person.email or person.username or }}", false),
    ("{{ 'a' if person.role != 'pupil' else 'b' }}", false),
    ("{{ 'a' if person.role == 'pupil' }}", false),
    ("{{ 'a' if not person.role == 'pupil' else 'b' }}", false),
    ("{{ 'a\\n' if person.role == 'pupil' else 'b' }}", false),
    ("{{ 'a' if person.role | upper == 'PUPIL' else 'b' }}", false),
];

/// Templates of relations, where what is named may be of another relation.
const OF_RELATIONS: &[&str] = &[
    "{{ 'x' if duty.role == 'Rektor' else 'y' if duty.role in ['Lärare', 'Kurator'] else 'z' }}",
    "{{ 'x' if enrolment.school_type in ['GR'] else 'y' }}",
    "{{ 'x' if relation.is_primary == 'TRUE' else 'y' }}",
    "{{ 'x' if relation.start == '2026-01-01' else 'y' }}",
];

/// What the template gives, and what the engine alone would give.
fn both(text: &str, entity: Option<Entity>, view: &View<'_>) -> Option<[Option<String>; 2]> {
    let mut environment = Environment::clone(&view.facts.compiled.environment);
    let quick = Expression::compile(text, entity, &mut environment).ok()?;
    let mut slow = quick.clone();
    if let Expression::Template { plain, .. } = &mut slow {
        *plain = None;
    }
    Some([quick, slow].map(|it| it.text(view, &environment).map(std::borrow::Cow::into_owned)))
}

fn each(lines: &[Line], then: &mut dyn FnMut(&Facts<'_>, &PersonRecord, &Judged<'_>, View<'_>)) {
    let (compiled, roster) = (compile(rules()).unwrap(), roster(lines));
    let facts = Facts::new(&compiled, &roster, TODAY, &tenant());
    let mut persons = roster.persons().unwrap();
    while let Some(record) = persons.next_person().unwrap() {
        let judged = select::judge(&facts, &record);
        then(&facts, &record, &judged, people::view(&facts, &record, &judged));
    }
}

fn all() -> Vec<Line> {
    let mut lines = town();
    lines.push(Line::Person("Alex", None, PersonStatus::Active));
    lines.push(Line::Person("Billie", Some(" ".to_owned()), PersonStatus::Active));
    lines.push(pupil("Billie", "Alskolan", Interval::new(Some(date(2026, 1, 1)), None)));
    lines
}

#[test]
fn what_needs_no_engine_gives_what_the_engine_gives() {
    each(&all(), &mut |_, record, judged, view| {
        for (text, _) in OF_PERSONS {
            if let Some([quick, slow]) = both(text, Some(Entity::Person), &view) {
                assert_eq!(quick, slow, "{text}");
            }
        }
        let duties = judged.duties.iter().map(|it| Link::Duty(it));
        let links = judged.enrolments.iter().map(|it| Link::Enrolment(it)).chain(duties);
        let links = links.chain(record.memberships.iter().map(|it| Link::Dated(it.interval)));
        for link in links {
            let view = View { link: Some(link), ..view };
            for text in OF_RELATIONS {
                let [quick, slow] = both(text, None, &view).unwrap();
                assert_eq!(quick, slow, "{text}");
            }
        }
    });
}

#[test]
fn the_commonest_templates_need_no_engine() {
    for (text, is_plain) in OF_PERSONS {
        let entity = Some(Entity::Person);
        let compiled = Expression::compile(text, entity, &mut Environment::new());
        let is = matches!(compiled, Ok(Expression::Template { plain: Some(_), .. }));
        assert_eq!(is, *is_plain, "{text}");
    }
}
