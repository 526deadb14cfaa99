//! Persons with enrolments and the adults who answer for them.

use roster::replica::Belongs;
use roster::terms::{PersonStatus, Sex};
use roster::{HashedNumber, IdentityNumber, Key};

use super::value::{self, Read};
use super::{Named, NoId, Says, Taker, own_id};
use crate::notes::{Notes, Odd};
use crate::profile::Collection;
use crate::rows::{self, Item, Lacking};
use crate::settings::{Numbers, Unmarked};
use crate::wire::{Email, Enrolment, Person, Responsible, Wire as _};

const AT: &str = Person::AT;

impl Taker<'_> {
    /// Takes a person in, or tells the gate of a protected one.
    pub(crate) fn person(&mut self, person: &Person<'_>, notes: &mut Notes) -> Result<(), NoId> {
        let (thing, id) = self.begin(Collection::Persons, &person.id, AT)?;
        if person.security_marking.is_given() {
            self.taken.counts.marked_persons += 1;
        }
        match (self.says(&person.security_marking), self.how.unmarked) {
            (Says::Protected, _) => {
                let number = person.civic_no.as_ref().and_then(|number| number.value.text());
                let number = number.and_then(|it| IdentityNumber::parse(&it, self.how.today).ok());
                self.stop(thing.key, number.filter(|_| self.how.numbers == Numbers::Read).as_ref());
                notes.discard();
                return Ok(());
            }
            (Says::Nothing, Unmarked::Withheld) => {
                // Neither let go nor taken: whether the person is protected is not known.
                notes.discard();
                notes.note(Odd::NoMarking, AT, "securityMarking");
                notes.commit();
                let named = [Some(thing.key), None];
                self.end(thing, Belongs::ToPerson, named, &Item::Lack(Lacking::Person));
                return Ok(());
            }
            (Says::Open, _) | (Says::Nothing, Unmarked::Open) => {
                self.taken.counts.open_persons += 1;
            }
        }
        self.let_go(thing.key);
        self.changed(person.meta.as_ref(), AT, notes);
        let key = thing.key;
        let (number, from_number) = self.number(person, key, notes);
        let birth_date = match value::date(&person.birth_date, notes, AT, "birthDate") {
            Read::Bad => self.without(key, "birthDate", notes),
            other @ (Read::None | Read::Some(_)) => other.value(),
        };
        let sex = self.sex(person, key, notes);
        let status = self.status(person, key, notes);
        for enrolment in &person.enrolments {
            self.enrolment(enrolment, key, notes);
        }
        for responsible in &person.responsibles {
            self.responsible(responsible, key, notes);
        }
        let principal = person.principal_names.iter().map(|it| it.trim()).find(|it| !it.is_empty());
        let email = self.email(&person.emails, notes);
        let (given_name, family_name) =
            (value::text(&person.given_name), value::text(&person.family_name));
        let middle_name = person.middle_name.text();
        let head = Item::Person(rows::Person {
            id: own_id(&id),
            given_name: &given_name,
            middle_name: middle_name.as_deref(),
            family_name: &family_name,
            email: email.as_deref(),
            username: principal,
            birth_date: birth_date.or(from_number.0),
            sex: sex.or(from_number.1),
            status,
            number,
        });
        self.end(thing, Belongs::ToPerson, [Some(key), None], &head);
        notes.commit();
        Ok(())
    }

    fn lack(&mut self, key: Key, lacking: Lacking) {
        self.row(Belongs::ToNobody, [Some(key), None], &Item::Lack(lacking));
    }

    /// A value that tells nothing of who the person is: the person counts without it.
    fn without<T>(&mut self, key: Key, field: &'static str, notes: &mut Notes) -> Option<T> {
        notes.note(Odd::BadValue, AT, field);
        self.lack(key, Lacking::Value);
        None
    }

    fn number(
        &mut self,
        person: &Person<'_>,
        key: Key,
        notes: &mut Notes,
    ) -> (Option<HashedNumber>, (Option<roster::Date>, Option<Sex>)) {
        let text = person.civic_no.as_ref().and_then(|number| number.value.text());
        let Some(text) = text.filter(|_| self.how.numbers == Numbers::Read) else {
            return (None, (None, None));
        };
        if text.len() != 12 {
            notes.note(Odd::NumberForm, "/persons/civicNo", "value");
        }
        let Ok(number) = IdentityNumber::parse(&text, self.how.today) else {
            notes.note(Odd::BadNumber, "/persons/civicNo", "value");
            self.lack(key, Lacking::Number);
            return (None, (None, None));
        };
        (Some(self.how.keyer.hashed(&number)), (number.birth_date(), number.sex()))
    }

    fn sex(&mut self, person: &Person<'_>, key: Key, notes: &mut Notes) -> Option<Sex> {
        let text = person.sex.text()?;
        Sex::parse(&text).or_else(|| self.without(key, "sex", notes))
    }

    fn status(&mut self, person: &Person<'_>, key: Key, notes: &mut Notes) -> PersonStatus {
        let Some(text) = person.status.text() else { return PersonStatus::Active };
        let is = |word: &&str| word.eq_ignore_ascii_case(&text);
        if is(&"aktiv") {
            return PersonStatus::Active;
        }
        // Emigrated and deceased (reference/sources.md §1.3).
        if ["utvandrad", "avliden", "inaktiv"].iter().any(is) {
            return PersonStatus::Inactive;
        }
        notes.note(Odd::UnknownValue, AT, "personStatus");
        self.lack(key, Lacking::Person);
        PersonStatus::Active
    }

    fn enrolment(&mut self, enrolment: &Enrolment<'_>, key: Key, notes: &mut Notes) {
        let at = Enrolment::AT;
        let Some(interval) = value::interval(&enrolment.start, &enrolment.end, notes, at) else {
            return self.lack(key, Lacking::Person);
        };
        if value::is_set(&enrolment.cancelled) && interval.end.is_none() {
            notes.note(Odd::CancelledWithoutEnd, at, "cancelled");
            return;
        }
        let school = self.reference(Collection::Organisations, enrolment.school.as_ref());
        let form = value::text(&enrolment.school_type);
        let school_type = self.how.profile.school_type(&form);
        let (Some(school), Some(school_type)) = (school, school_type) else {
            let field = if school.is_none() { "enroledAt" } else { "schoolType" };
            notes.note(Odd::BadRow, at, field);
            return self.lack(key, Lacking::Person);
        };
        let school_year = match value::number(&enrolment.school_year) {
            Read::Bad => self.without(key, "enrolments/schoolYear", notes),
            other @ (Read::None | Read::Some(_)) => other.value(),
        };
        let row = rows::Enrolment { school, school_type, school_year, interval };
        self.row(Belongs::ToNobody, [Some(key), None], &Item::Enrolment(row));
    }

    fn responsible(&mut self, responsible: &Responsible<'_>, key: Key, notes: &mut Notes) {
        let Named::Somebody(adult) = self.named(responsible.person.as_ref()) else { return };
        let relation = self.how.profile.relation(&value::text(&responsible.relation));
        if let Some(relation) = relation {
            let item = Item::Responsible(relation);
            self.row(Belongs::ToNobody, [Some(key), Some(adult)], &item);
        } else {
            notes.note(Odd::BadRow, Responsible::AT, "relationType");
            self.lack(key, Lacking::Person);
        }
    }

    /// The address of the type that stands first in the profile; a private one only where it
    /// is named there (reference/sources.md §1.6).
    fn email<'e>(
        &self,
        emails: &'e [Email<'_>],
        notes: &mut Notes,
    ) -> Option<std::borrow::Cow<'e, str>> {
        let rank = |email: &Email<'_>| {
            let kind = value::text(&email.kind);
            let listed = self.how.profile.emails();
            match listed.iter().position(|it| it.eq_ignore_ascii_case(&kind) || **it == *kind) {
                Some(place) => Some(place),
                None if kind == "Privat" => None,
                None => Some(listed.len()),
            }
        };
        let known = ["Privat", "Skola elev", "Skola personal", "Arbete övrigt"];
        for email in emails {
            let kind = value::text(&email.kind);
            if !kind.is_empty() && !known.contains(&kind.as_ref()) {
                notes.note(Odd::UnknownValue, Email::AT, "type");
            }
        }
        let given = || emails.iter().filter(|email| email.value.text().is_some());
        let ranked = given().filter_map(|email| rank(email).map(|rank| (rank, email)));
        let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, email)| email);
        if best.is_none() && given().next().is_some() {
            notes.note(Odd::OnlyPrivateEmail, Email::AT, "type");
        }
        best.and_then(|email| email.value.text())
    }
}
