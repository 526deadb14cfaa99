//! Memberships of wanted persons.

use std::collections::BTreeMap;
use std::ops::Range;

use roster::{Key, PersonRecord};
use state::{Card, Home, ObjectRef, Relation, RowBuilder, RowRef};

use super::compile::Joining;
use super::facts::{Facts, GroupFact};
use super::people::Known;
use super::select::{self, Judged};
use super::values::{self, Objects};
use super::view::{Link, View};
use super::wanted::Shaper;

/// What a person may be in.
struct Place<'a> {
    container: Key,
    /// The group, where it is one.
    group: Option<&'a GroupFact>,
    school: Option<Key>,
    link: Link<'a>,
}

/// A membership that was written at the end of the buffer.
#[derive(Debug)]
pub(super) struct Written {
    /// Where it begins.
    pub(super) start: usize,
    /// Whether it holds today: of what is the same to the receiver, that one counts.
    pub(super) holds: bool,
}

/// Writes the memberships of a wanted person, in no order yet.
pub(super) fn write(
    known: &Known,
    view: &View<'_>,
    judged: &Judged<'_>,
    member: ObjectRef,
    objects: &Objects,
    out: &mut Vec<u8>,
    written: &mut Vec<Written>,
) {
    let Some(record) = view.person else { return };
    for joining in view.facts.compiled.joinings.iter().filter(|it| it.member == member.kind) {
        each_place(known, view.facts, record, judged, joining.relation, &mut |place| {
            let start = out.len();
            let view = View { link: Some(place.link), ..*view };
            match write_one(&view, joining, &place, member, objects, out) {
                Some(()) => {
                    written.push(Written { start, holds: holds_today(view.facts, place.link) });
                }
                None => out.truncate(start),
            }
        });
    }
}

/// Writes the memberships of one of a person's duties: in groups at its school, and, where it
/// is the first of them, in groups at schools where the person has none.
pub(super) fn write_of_duty(
    shaper: &Shaper<'_>,
    view: &View<'_>,
    judged: &Judged<'_>,
    member: ObjectRef,
    takes: &dyn Fn(Option<Key>) -> bool,
    out: &mut Vec<u8>,
    written: &mut Vec<Written>,
) {
    let (Some(record), Shaper { facts, known, objects }) = (view.person, shaper) else { return };
    for joining in facts.compiled.joinings.iter().filter(|it| it.member == member.kind) {
        each_place(known, facts, record, judged, joining.relation, &mut |place| {
            if !takes(place.school) {
                return;
            }
            let start = out.len();
            let view = View { link: Some(place.link), ..*view };
            match write_one(&view, joining, &place, member, objects, out) {
                Some(()) => written.push(Written { start, holds: holds_today(facts, place.link) }),
                None => out.truncate(start),
            }
        });
    }
}

fn holds_today(facts: &Facts<'_>, link: Link<'_>) -> bool {
    match link {
        Link::Enrolment(it) => it.interval.holds_on(facts.today),
        Link::Duty(it) => it.interval.holds_on(facts.today),
        Link::Dated(interval) => interval.holds_on(facts.today),
        Link::Responsible(_) => true,
    }
}

fn each_place<'a>(
    known: &'a Known,
    facts: &'a Facts<'_>,
    record: &'a PersonRecord,
    judged: &Judged<'a>,
    relation: Relation,
    then: &mut dyn FnMut(Place<'a>),
) {
    let at_school =
        |school: Key, link| Place { container: school, group: None, school: Some(school), link };
    let in_group = |container: Key, group: Option<&'a GroupFact>, interval| Place {
        container,
        group,
        school: group.and_then(|it| it.school),
        link: Link::Dated(interval),
    };
    match relation {
        Relation::Enrolment => {
            judged.enrolments.iter().for_each(|it| then(at_school(it.school, Link::Enrolment(it))));
        }
        Relation::Duty => {
            judged.duties.iter().for_each(|it| then(at_school(it.school, Link::Duty(it))));
        }
        Relation::GroupMember => {
            let all = &record.memberships;
            let groups = facts.groups.of(all.iter().map(|it| it.group));
            for (it, group) in all.iter().zip(groups) {
                if select::member(facts, group, &it.interval).is_wanted() {
                    then(in_group(it.group, group, it.interval));
                }
            }
        }
        Relation::GroupTeacher => {
            let all = &record.teachings;
            let groups = facts.groups.of(all.iter().map(|it| it.group));
            for (it, group) in all.iter().zip(groups) {
                if select::teacher(facts, group, &it.interval).is_wanted() {
                    then(in_group(it.group, group, it.interval));
                }
            }
        }
        Relation::Responsible => known.children_of(record.person.key).for_each(|(child, it)| {
            then(Place {
                container: child,
                group: None,
                school: None,
                link: Link::Responsible(it),
            });
        }),
    }
}

/// Nothing for what is not a membership at this receiver; the buffer then ends in a torn row.
fn write_one(
    view: &View<'_>,
    joining: &Joining,
    place: &Place<'_>,
    member: ObjectRef,
    objects: &Objects,
    out: &mut Vec<u8>,
) -> Option<()> {
    let is_there = match (place.link, place.group) {
        (Link::Responsible(_), _) => true,
        (_, Some(group)) => group.is_container(joining.container),
        (_, None) => objects.get(usize::from(joining.container.0))?.has(place.container),
    };
    if !is_there {
        return None;
    }
    let role = joining.role.text(view, &view.facts.compiled.environment)?;
    if !joining.roles.is_empty() && !joining.roles.contains(&&*role) {
        return None;
    }
    let container = ObjectRef { kind: joining.container, key: place.container };
    let mut row = RowBuilder::member(out, joining.kind, container, member, &role);
    values::write(view, &joining.values, objects, &mut row).ok()?;
    row.finish(place.school.as_slice());
    Some(())
}

/// Leaves one seat a container that holds each member once: a teacher's before others', then that
/// of the highest role.
pub(super) fn keep_highest(card: &Card, bytes: &[u8], rows: &mut Vec<(&[u8], bool, Range<usize>)>) {
    if rows.len() < 2 || !card.memberships.iter().any(|it| it.home == Home::Container) {
        return;
    }
    let mut highest: BTreeMap<ObjectRef, Height> = BTreeMap::new();
    let seat_of = |range: &Range<usize>| seat(card, &bytes[range.clone()]);
    for (container, height) in rows.iter().filter_map(|it| seat_of(&it.2)) {
        let highest = highest.entry(container).or_insert(height);
        *highest = height.max(*highest);
    }
    rows.retain(|it| {
        seat_of(&it.2).is_none_or(|(container, height)| highest.get(&container) == Some(&height))
    });
}

/// Whether a seat is a teacher's, and the place of its role on the card.
type Height = (bool, Option<usize>);

fn seat(card: &Card, row: &[u8]) -> Option<(ObjectRef, Height)> {
    let row = RowRef::new(row).ok()?;
    let (kind, container) = row.membership()?;
    let kind = card.membership(kind).filter(|it| it.home == Home::Container)?;
    let from = |relation| kind.from.iter().any(|it| it.0 == relation);
    let is_teachers = from(Relation::GroupTeacher) && !from(Relation::GroupMember);
    let height = kind.roles.iter().position(|role| Some(role.as_bytes()) == row.role());
    Some((container, (is_teachers, height)))
}
