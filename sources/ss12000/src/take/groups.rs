//! Groups with members, and activities.

use roster::replica::Belongs;
use roster::terms::GroupType;

use super::value;
use super::{Named, NoId, Taker, own_id};
use crate::mask::without_numbers;
use crate::notes::{Notes, Odd};
use crate::profile::Collection;
use crate::rows::{self, Item, Lacking};
use crate::wire::{Activity, DutyAssignment, Group, GroupMembership, Wire as _};

impl Taker<'_> {
    /// Takes a group in.
    pub(crate) fn group(&mut self, group: &Group<'_>, notes: &mut Notes) -> Result<(), NoId> {
        let (thing, id) = self.begin(Collection::Groups, &group.id, Group::AT)?;
        self.changed(group.meta.as_ref(), Group::AT, notes);
        for member in &group.members {
            if self.member(member, notes) == Named::Nobody {
                let at = (GroupMembership::AT, "person");
                self.names_nobody(group.organisation.as_ref(), at, notes);
            }
        }
        let kind = self.how.profile.group_type(&value::text(&group.kind));
        let interval = value::interval(&group.start, &group.end, notes, Group::AT);
        let (Some(kind), Some(interval)) = (kind, interval) else {
            if kind.is_none() {
                notes.note(Odd::BadRow, Group::AT, "groupType");
            }
            self.end(thing, Belongs::ToNobody, [None, None], &Item::Lack(Lacking::Group));
            notes.commit();
            return Ok(());
        };
        let form = group.school_type.text();
        let school_type = form.as_deref().and_then(|form| self.how.profile.school_type(form));
        if form.is_some() && school_type.is_none() {
            notes.note(Odd::UnknownValue, Group::AT, "schoolType");
            self.row(Belongs::ToNobody, [None, None], &Item::Lack(Lacking::Group));
        }
        let name = value::text(&group.name);
        let shown = shown_name(&name, kind, thing.key);
        if shown.is_some() {
            notes.note(Odd::NumberInName, Group::AT, "displayName");
        }
        let head = Item::Group(rows::Group {
            id: own_id(&id),
            name: shown.as_deref().unwrap_or(&name),
            kind,
            school_type,
            organisation: self.reference(Collection::Organisations, group.organisation.as_ref()),
            interval,
            marker: value::marker(self.how.profile.markers(), &group.notes),
        });
        self.end(thing, Belongs::ToNobody, [None, None], &head);
        notes.commit();
        Ok(())
    }

    fn member(&mut self, member: &GroupMembership<'_>, notes: &mut Notes) -> Named {
        let named = self.named(member.person.as_ref());
        let Named::Somebody(person) = named else { return named };
        let interval = value::interval(&member.start, &member.end, notes, GroupMembership::AT);
        let item = interval.map_or(Item::Lack(Lacking::Person), Item::Member);
        self.row(Belongs::ToNobody, [Some(person), None], &item);
        named
    }

    /// Takes an activity in, where it is teaching.
    pub(crate) fn activity(
        &mut self,
        activity: &Activity<'_>,
        notes: &mut Notes,
    ) -> Result<(), NoId> {
        let at = Activity::AT;
        let (thing, _) = self.begin(Collection::Activities, &activity.id, at)?;
        self.changed(activity.meta.as_ref(), at, notes);
        if !is_teaching(activity, notes) {
            notes.commit();
            return Ok(());
        }
        let interval = value::interval(&activity.start, &activity.end, notes, at);
        let organisation = activity.organisation.as_ref();
        for teacher in &activity.teachers {
            if self.teacher(teacher, interval.is_some(), notes) == Named::Nobody {
                self.names_nobody(organisation, (DutyAssignment::AT, "duty"), notes);
            }
        }
        for group in &activity.groups {
            match self.reference(Collection::Groups, Some(group)) {
                Some(group) => self.row(Belongs::ToNobody, [None, None], &Item::Taught(group)),
                None => self.names_nobody(organisation, (at, "groups"), notes),
            }
        }
        let names_course = self.how.profile.part.activity_name_is_course == Some(true);
        let course = activity.name.text().filter(|_| names_course);
        let course = course.filter(|name| without_numbers(name).is_none());
        let head = Item::Activity(rows::Activity {
            interval: interval.unwrap_or_default(),
            syllabus: self.reference(Collection::Syllabuses, activity.syllabus.as_ref()),
            course: course.as_deref(),
            marker: value::marker(self.how.profile.markers(), &activity.comment),
        });
        self.end(thing, Belongs::ToNobody, [None, None], &head);
        notes.commit();
        Ok(())
    }

    fn teacher(
        &mut self,
        teacher: &DutyAssignment<'_>,
        is_dated: bool,
        notes: &mut Notes,
    ) -> Named {
        let duty = self.reference(Collection::Duties, teacher.duty.as_ref());
        let (who, named) = match duty {
            Some(duty) => (Named::Somebody(duty), [Some(duty), None]),
            // As a running server has it (reference/sources.md §1.9): named twice, to be told
            // from a duty.
            None => match self.named(teacher.person.as_ref()) {
                who @ Named::Somebody(person) => (who, [Some(person), Some(person)]),
                other @ (Named::Nobody | Named::Protected) => return other,
            },
        };
        let interval = value::interval(&teacher.start, &teacher.end, notes, DutyAssignment::AT);
        let item = match interval.filter(|_| is_dated) {
            Some(interval) => Item::Teacher(interval),
            None => Item::Lack(Lacking::Teacher),
        };
        self.row(Belongs::ToNobody, named, &item);
        who
    }
}

/// Whether an activity is teaching: what says nothing of its type is.
fn is_teaching(activity: &Activity<'_>, notes: &mut Notes) -> bool {
    let Some(kind) = activity.kind.text() else { return true };
    match kind.as_ref() {
        "Undervisning" => true,
        "Elevaktivitet" | "Provaktivitet" | "Läraraktivitet" | "Övrigt" => false,
        _ => {
            notes.note(Odd::UnknownValue, Activity::AT, "activityType");
            true
        }
    }
}

/// The name by which a group is shown, where its own holds an identity number.
fn shown_name(name: &str, kind: GroupType, key: roster::Key) -> Option<String> {
    let rest = without_numbers(name)?;
    let word = match kind {
        GroupType::Mentor => "Mentorsgrupp",
        GroupType::Class => "Klass",
        GroupType::Teaching
        | GroupType::Test
        | GroupType::Schedule
        | GroupType::Department
        | GroupType::Staff
        | GroupType::Other => "Grupp",
    };
    let short: String = key.to_string().chars().take(4).collect();
    let words = [word, rest.as_str(), short.as_str()];
    Some(words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}
