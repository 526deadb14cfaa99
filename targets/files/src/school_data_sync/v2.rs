//! The files of v2.1.

use std::collections::BTreeSet;
use std::io::Write;

use roster::Key;
use state::{Object, Value};

use super::card::{CLASS, COURSE, ORG, SESSION, USER};
use super::map::{Known, Standing, User, at, is_primary, text};
use super::settings::{Extra, Settings};
use super::sheet::Sheet;
use super::table::{self, File};
use super::write::{Create, Set, WriteError, Written, finish, of, sheet};

/// The files of v2.1.
pub(super) struct V2<'a, W: Write> {
    settings: &'a Settings,
    orgs: Sheet<'a, W>,
    users: Sheet<'a, W>,
    roles: Sheet<'a, W>,
    sessions: Option<Sheet<'a, W>>,
    courses: Option<Sheet<'a, W>>,
    classes: Option<Sheet<'a, W>>,
    enrollments: Option<Sheet<'a, W>>,
    demographics: Option<Sheet<'a, W>>,
    flags: Option<Sheet<'a, W>>,
    relationships: Option<Sheet<'a, W>>,
    /// Where contacts have their role: the first organisation that nothing stands above.
    top: Option<Key>,
    bad_contacts: u64,
    no_role: u64,
}

impl<'a, W: Write> V2<'a, W> {
    /// Opens every file of the set.
    pub(super) fn begin(settings: &'a Settings, create: Create<'_, W>) -> Result<Self, WriteError> {
        let mut extra = |extra: Extra, file: &'static File| {
            settings.has(extra).then(|| sheet(settings, file, create)).transpose()
        };
        Ok(Self {
            sessions: extra(Extra::AcademicSessions, &table::SESSIONS)?,
            courses: extra(Extra::Courses, &table::COURSES)?,
            classes: extra(Extra::Classes, &table::CLASSES)?,
            enrollments: extra(Extra::Classes, &table::ENROLLMENTS)?,
            demographics: extra(Extra::Demographics, &table::DEMOGRAPHICS)?,
            flags: extra(Extra::UserFlags, &table::USER_FLAGS)?,
            relationships: extra(Extra::Relationships, &table::RELATIONSHIPS)?,
            orgs: sheet(settings, &table::ORGS, create)?,
            users: sheet(settings, &table::USERS, create)?,
            roles: sheet(settings, &table::ROLES, create)?,
            settings,
            top: None,
            bad_contacts: 0,
            no_role: 0,
        })
    }

    /// Ids in an attribute, or nothing where the file that they point into is not delivered.
    fn refs_into(
        &self,
        extra: Extra,
        known: &Known<'_>,
        place: &'static str,
        from: Key,
        (values, attribute): (&[Value], usize),
    ) -> Result<String, WriteError> {
        if !self.settings.has(extra) {
            return Ok(String::new());
        }
        let kind = if extra == Extra::Courses { COURSE } else { SESSION };
        Ok(known.refs(place, from, values, attribute, kind)?)
    }

    fn org(&mut self, id: Key, object: &Object, known: &mut Known<'_>) -> Result<(), WriteError> {
        let values = &object.values;
        let parents = values.get(at::ORG_PARENT).map(Value::refs).unwrap_or_default();
        let mut parent = String::new();
        if let Some(to) = parents.first() {
            parent = known.await_one("orgs.csv parentSourcedId", id, *to, ORG)?.to_string();
        } else if self.top.is_none() {
            self.top = Some(id);
        }
        let cells =
            [&*id.to_string(), text(values, at::ORG_NAME), text(values, at::ORG_TYPE), &parent];
        self.orgs.line(&cells).map_err(of(id))
    }

    fn course(&mut self, id: Key, object: &Object, known: &Known<'_>) -> Result<(), WriteError> {
        let values = &object.values[..];
        let org = known.refs("courses.csv orgSourcedId", id, values, at::COURSE_ORG, ORG)?;
        let place = "courses.csv schoolYearSourcedId";
        let year = (values, at::COURSE_YEAR);
        let year = self.refs_into(Extra::AcademicSessions, known, place, id, year)?;
        let Some(courses) = &mut self.courses else { return Ok(()) };
        let cells = [
            &*id.to_string(),
            &org,
            text(values, at::COURSE_TITLE),
            text(values, at::COURSE_CODE),
            &year,
            text(values, at::COURSE_SUBJECT),
            text(values, at::COURSE_GRADE),
        ];
        courses.line(&cells).map_err(of(id))
    }

    fn class(&mut self, id: Key, object: &Object, known: &Known<'_>) -> Result<(), WriteError> {
        let values = &object.values[..];
        let org = known.refs("classes.csv orgSourcedId", id, values, at::CLASS_ORG, ORG)?;
        let place = "classes.csv sessionSourcedIds";
        let sessions = (values, at::CLASS_SESSIONS);
        let sessions = self.refs_into(Extra::AcademicSessions, known, place, id, sessions)?;
        let place = "classes.csv courseSourcedId";
        let course = (values, at::CLASS_COURSE);
        let course = self.refs_into(Extra::Courses, known, place, id, course)?;
        let Some(classes) = &mut self.classes else { return Ok(()) };
        let (title, code) = (text(values, at::CLASS_TITLE), text(values, at::CLASS_CODE));
        let cells = [&*id.to_string(), &org, title, &sessions, &course, code];
        classes.line(&cells).map_err(of(id))
    }

    fn roles_of(&mut self, user: &User, known: &Known<'_>) -> Result<(), WriteError> {
        let id = user.id.to_string();
        for role in user.roles() {
            let org = known.resolve("roles.csv orgSourcedId", user.id, role.container, ORG)?;
            let values = &role.values[..];
            let place = "roles.csv sessionSourcedId";
            let session = (values, at::ROLE_SESSION);
            let session =
                self.refs_into(Extra::AcademicSessions, known, place, user.id, session)?;
            let primary = match (text(values, at::ROLE_PRIMARY), is_primary(role)) {
                (_, true) => "TRUE",
                (other, false) => other,
            };
            let cells = [
                &*id,
                &org.to_string(),
                &role.role,
                &session,
                text(values, at::ROLE_GRADE),
                primary,
                text(values, at::ROLE_START),
                text(values, at::ROLE_END),
            ];
            self.roles.line(&cells).map_err(of(user.id))?;
        }
        if user.roles().next().is_some() {
            return Ok(());
        }
        match (user.standing(), self.top) {
            // A contact must have a role too; products that deliver contacts use this one.
            (Standing::Contact, Some(top)) => {
                self.roles.line(&[&id, &top.to_string(), "other"]).map_err(of(user.id))
            }
            (Standing::Contact | Standing::None | Standing::Staff | Standing::Student, _) => {
                self.no_role += 1;
                Ok(())
            }
        }
    }

    fn more_of(&mut self, user: &User) -> Result<(), WriteError> {
        let id = user.id.to_string();
        let (sex, born) = (user.text(at::SEX), user.text(at::BIRTH_DATE));
        if let Some(demographics) = &mut self.demographics
            && !(sex.is_empty() && born.is_empty())
        {
            demographics.line(&[&id, sex, born]).map_err(of(user.id))?;
        }
        if let Some(flags) = &mut self.flags {
            let named: BTreeSet<_> = user.text(at::FLAGS).split(',').map(str::trim).collect();
            for flag in named.into_iter().filter(|flag| !flag.is_empty()) {
                flags.line(&[&id, flag]).map_err(of(user.id))?;
            }
        }
        Ok(())
    }

    fn relationships_of(&mut self, user: &User, known: &mut Known<'_>) -> Result<(), WriteError> {
        let Some(relationships) = &mut self.relationships else { return Ok(()) };
        let id = user.id.to_string();
        for relationship in user.relationships() {
            let place = "relationships.csv userSourcedId";
            let student = known.await_one(place, user.id, relationship.container, USER)?;
            if user.can_be_contact() {
                let cells = [&*student.to_string(), &id, &relationship.role];
                relationships.line(&cells).map_err(of(user.id))?;
            } else {
                self.bad_contacts += 1;
            }
        }
        Ok(())
    }
}

impl<W: Write> Set<W> for V2<'_, W> {
    fn object(
        &mut self,
        id: Key,
        object: &Object,
        known: &mut Known<'_>,
    ) -> Result<(), WriteError> {
        match object.id.kind {
            ORG => self.org(id, object, known),
            COURSE => self.course(id, object, known),
            CLASS => self.class(id, object, known),
            _ => {
                let Some(sessions) = &mut self.sessions else { return Ok(()) };
                let id_text = id.to_string();
                let mut cells = vec![&*id_text];
                cells.extend(
                    (at::SESSION_TITLE..=at::SESSION_END).map(|at| text(&object.values, at)),
                );
                sessions.line(&cells).map_err(of(id))
            }
        }
    }

    fn user(&mut self, user: &User, known: &mut Known<'_>) -> Result<(), WriteError> {
        let id = user.id.to_string();
        let cells = [
            &*id,
            user.text(at::USERNAME),
            user.text(at::GIVEN_NAME),
            user.text(at::FAMILY_NAME),
            "",
            user.text(at::MATCH_ID),
            user.text(at::EMAIL),
            user.text(at::PHONE),
            user.text(at::SMS),
            user.text(at::USER_NUMBER),
        ];
        self.users.line(&cells).map_err(of(user.id))?;
        self.roles_of(user, known)?;
        if let Some(enrollments) = &mut self.enrollments {
            for place in user.enrollments() {
                let at = "enrollments.csv classSourcedId";
                let class = known.resolve(at, user.id, place.container, CLASS)?;
                let cells = [&*class.to_string(), &id, &place.role];
                enrollments.line(&cells).map_err(of(user.id))?;
            }
        }
        self.more_of(user)?;
        self.relationships_of(user, known)
    }

    fn finish(self) -> Result<Written<W>, WriteError> {
        let sheets = [
            Some(self.orgs),
            self.sessions,
            self.courses,
            self.classes,
            Some(self.users),
            Some(self.roles),
            self.enrollments,
            self.demographics,
            self.flags,
            self.relationships,
        ];
        let mut written = finish(self.settings, sheets)?;
        for (count, what) in [
            (self.bad_contacts, "relationships left out: the contact lacks a name or an address"),
            (self.no_role, "users have no role at any organisation"),
        ] {
            if count > 0 {
                written.notes.push(format!("{count} {what}"));
            }
        }
        Ok(written)
    }
}
