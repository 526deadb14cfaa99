//! Organisations, syllabuses, duties, and what was deleted.

use std::borrow::Cow;

use roster::replica::{Belongs, Thing};
use roster::terms::OrganisationType;

use super::value::{self, Read};
use super::{Named, NoId, Taker, own_id};
use crate::mask::without_numbers;
use crate::notes::{Notes, Odd};
use crate::profile::Collection;
use crate::rows::{self, Item, Lacking};
use crate::wire::{AssignmentRole, Deleted, Duty, Organisation, Scalar, Syllabus, Wire as _};

/// What a member of staff may be for a group (reference/sources.md §1.4).
const ASSIGNMENT_ROLES: [&str; 10] = [
    "Mentor",
    "Förskollärare",
    "Barnskötare",
    "Fritidspedagog",
    "Specialpedagog",
    "Elevhälsopersonal",
    "Pedagogisk ledare",
    "Schemaläggare",
    "Lärarassistent",
    "Administrativ personal",
];

impl Taker<'_> {
    /// Takes an organisation in.
    pub(crate) fn organisation(
        &mut self,
        organisation: &Organisation<'_>,
        notes: &mut Notes,
    ) -> Result<(), NoId> {
        let at = Organisation::AT;
        let (thing, id) = self.begin(Collection::Organisations, &organisation.id, at)?;
        self.changed(organisation.meta.as_ref(), at, notes);
        let kind = self.how.profile.organisation_type(&value::text(&organisation.kind));
        if kind.is_none() && organisation.kind.is_given() {
            notes.note(Odd::UnknownValue, at, "organisationType");
        }
        let mut school_types = Vec::new();
        for form in &organisation.school_types {
            match self.how.profile.school_type(form) {
                Some(form) => school_types.push(form),
                None => notes.note(Odd::UnknownValue, at, "schoolTypes"),
            }
        }
        school_types.sort_unstable();
        school_types.dedup();
        let day = |scalar: &Scalar<'_>, field, notes: &mut Notes| {
            let date = value::date(scalar, notes, at, field);
            if date == Read::Bad {
                notes.note(Odd::BadValue, at, field);
            }
            date.value()
        };
        let start = day(&organisation.start, "startDate", notes);
        let end = day(&organisation.end, "endDate", notes);
        let name = masked(value::text(&organisation.name), at, notes);
        let code = organisation.school_unit_code.text();
        let municipality = organisation.municipality_code.text();
        let head = Item::Organisation(rows::Organisation {
            id: own_id(&id),
            name: &name,
            kind: kind.unwrap_or(OrganisationType::Ovrigt),
            parent: self.reference(Collection::Organisations, organisation.parent.as_ref()),
            code: code.as_deref(),
            school_types,
            municipality: municipality.as_deref(),
            interval: roster::Interval::new(start, end),
        });
        self.end(thing, Belongs::ToNobody, [None, None], &head);
        notes.commit();
        Ok(())
    }

    /// Takes a syllabus in: a course, else a subject.
    pub(crate) fn syllabus(
        &mut self,
        syllabus: &Syllabus<'_>,
        notes: &mut Notes,
    ) -> Result<(), NoId> {
        let (thing, _) = self.begin(Collection::Syllabuses, &syllabus.id, Syllabus::AT)?;
        self.changed(syllabus.meta.as_ref(), Syllabus::AT, notes);
        let code = syllabus.course_code.text().or_else(|| syllabus.subject_code.text());
        let name = syllabus.course_name.text().or_else(|| syllabus.subject_name.text());
        let mask =
            |it: Option<_>, notes: &mut Notes| masked(it.unwrap_or_default(), Syllabus::AT, notes);
        let (code, name) = (mask(code, notes), mask(name, notes));
        let head = Item::Syllabus(rows::Course { code: &code, name: &name });
        self.end(thing, Belongs::ToNobody, [None, None], &head);
        notes.commit();
        Ok(())
    }

    /// Takes a duty in. One of a protected person is forgotten with its id.
    pub(crate) fn duty(&mut self, duty: &Duty<'_>, notes: &mut Notes) -> Result<(), NoId> {
        let at = Duty::AT;
        let (thing, _) = self.begin(Collection::Duties, &duty.id, at)?;
        let person = match self.named(duty.person.as_ref()) {
            Named::Somebody(person) => person,
            Named::Protected => {
                self.taken.things.push(thing.key);
                notes.discard();
                return Ok(());
            }
            Named::Nobody if self.how.profile.part.vacant_duties == Some(true) => {
                notes.commit();
                return Ok(());
            }
            Named::Nobody => {
                notes.note(Odd::NamesNobody, at, "person");
                notes.commit();
                let place = self.reference(Collection::Organisations, duty.place.as_ref());
                let (nobody, unread) = ([None, None], Item::Unread(place));
                self.end(thing, Belongs::ToNobody, nobody, &unread);
                return Ok(());
            }
        };
        self.let_go(thing.key);
        self.changed(duty.meta.as_ref(), at, notes);
        for role in &duty.roles {
            let known = ASSIGNMENT_ROLES.contains(&value::text(&role.kind).as_ref());
            if role.kind.is_given() && !known {
                notes.note(Odd::UnknownValue, AssignmentRole::AT, "assignmentRoleType");
            }
        }
        let place = self.reference(Collection::Organisations, duty.place.as_ref());
        let interval = value::interval(&duty.start, &duty.end, notes, at);
        let named = [Some(person), None];
        let (Some(place), Some(interval)) = (place, interval) else {
            if place.is_none() {
                notes.note(Odd::BadRow, at, "dutyAt");
            }
            self.end(thing, Belongs::ToPerson, named, &Item::Lack(Lacking::Person));
            notes.commit();
            return Ok(());
        };
        let role = self.how.profile.duty_role(&value::text(&duty.role)).unwrap_or_else(|| {
            if duty.role.is_given() {
                notes.note(Odd::UnknownValue, at, "dutyRole");
            }
            self.how.profile.duty_role_otherwise
        });
        let head = Item::Duty(rows::Duty { place, role, interval });
        self.end(thing, Belongs::ToPerson, named, &head);
        notes.commit();
        Ok(())
    }

    /// Ends what was kept of these ids.
    pub(crate) fn deleted(&mut self, deleted: &Deleted) {
        for (collection, id) in deleted {
            let collections = match collection {
                Some(one) => std::slice::from_ref(one),
                None => &Collection::ALL[..],
            };
            for &collection in collections {
                let key = self.key(collection, id.trim());
                self.taken.rows.replace(Thing { collection: collection as u8, key });
                self.let_go(key);
                self.taken.came(key);
            }
        }
    }
}

/// A name without what looks like an identity number in it.
fn masked<'a>(name: Cow<'a, str>, at: &'static str, notes: &mut Notes) -> Cow<'a, str> {
    match without_numbers(&name) {
        None => name,
        Some(rest) => {
            notes.note(Odd::NumberInName, at, "displayName");
            Cow::Owned(rest)
        }
    }
}
