//! The files of v1, from the same rows.
//!
//! A person stands once in `Student` and once in `Teacher`, with one school in each: that of
//! the primary role, else of the first role, else of the first class. Organisations that are
//! no schools have no place in v1, nor have roles there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use roster::Key;
use state::{Member, Object, Value};

use super::card::{CLASS, COURSE, ORG, SESSION, USER};
use super::map::{Broken, Known, Standing, User, at, is_primary, text};
use super::settings::{Extra, Settings};
use super::sheet::Sheet;
use super::table::File;
use super::table_v1 as table;
use super::write::{Create, Set, WriteError, Written, finish, of, sheet};

/// The files of v1, open.
pub(super) struct V1<'a, W: Write> {
    settings: &'a Settings,
    school: Sheet<'a, W>,
    student: Sheet<'a, W>,
    teacher: Sheet<'a, W>,
    section: Option<Sheet<'a, W>>,
    student_enrollment: Option<Sheet<'a, W>>,
    teacher_roster: Option<Sheet<'a, W>>,
    contact: Option<Sheet<'a, W>>,
    guardian: Option<Sheet<'a, W>>,
    schools: BTreeSet<Key>,
    school_of_class: BTreeMap<Key, Key>,
    /// Columns of `Section` in this format.
    terms: BTreeMap<Key, [String; 3]>,
    courses: BTreeMap<Key, [String; 3]>,
    students: BTreeSet<Key>,
    /// Students that contacts answer for.
    awaited: BTreeSet<Key>,
    bad_contacts: u64,
    without_school: u64,
}

impl<'a, W: Write> V1<'a, W> {
    /// Opens every file of the set.
    pub(super) fn begin(settings: &'a Settings, create: Create<'_, W>) -> Result<Self, WriteError> {
        let mut extra = |extra: Extra, file: &'static File| {
            settings.has(extra).then(|| sheet(settings, file, create)).transpose()
        };
        Ok(Self {
            section: extra(Extra::Classes, &table::SECTION)?,
            student_enrollment: extra(Extra::Classes, &table::STUDENT_ENROLLMENT)?,
            teacher_roster: extra(Extra::Classes, &table::TEACHER_ROSTER)?,
            contact: extra(Extra::Relationships, &table::USER)?,
            guardian: extra(Extra::Relationships, &table::GUARDIAN)?,
            school: sheet(settings, &table::SCHOOL, create)?,
            student: sheet(settings, &table::STUDENT, create)?,
            teacher: sheet(settings, &table::TEACHER, create)?,
            settings,
            schools: BTreeSet::new(),
            school_of_class: BTreeMap::new(),
            terms: BTreeMap::new(),
            courses: BTreeMap::new(),
            students: BTreeSet::new(),
            awaited: BTreeSet::new(),
            bad_contacts: 0,
            without_school: 0,
        })
    }

    fn section(&mut self, id: Key, object: &Object, known: &Known<'_>) -> Result<(), WriteError> {
        let values = &object.values[..];
        let place = "Section.csv School SIS ID";
        let one = |attribute: usize| values.get(attribute).and_then(|value| value.refs().first());
        let Some(org) = one(at::CLASS_ORG) else {
            return Err(WriteError::Invalid(format!("{place} of {id}: a value is required")));
        };
        let school = known.resolve(place, id, *org, ORG)?;
        if !self.schools.contains(&school) {
            let detail = format!("{place}: {id} refers to org {school}, which is no school");
            return Err(WriteError::Invalid(detail));
        }
        self.school_of_class.insert(id, school);
        let (mut term_id, mut course_id) = (String::new(), String::new());
        let (mut term, mut course) = ([const { String::new() }; 3], [const { String::new() }; 3]);
        if self.settings.has(Extra::AcademicSessions)
            && let Some(to) = one(at::CLASS_SESSIONS)
        {
            let key = known.resolve("Section.csv Term SIS ID", id, *to, SESSION)?;
            term = self.terms.get(&key).cloned().unwrap_or_default();
            term_id = key.to_string();
        }
        if self.settings.has(Extra::Courses)
            && let Some(to) = one(at::CLASS_COURSE)
        {
            let key = known.resolve("Section.csv Course SIS ID", id, *to, COURSE)?;
            course = self.courses.get(&key).cloned().unwrap_or_default();
            course_id = key.to_string();
        }
        let Some(section) = &mut self.section else { return Ok(()) };
        let cells = [
            &*id.to_string(),
            &school.to_string(),
            text(values, at::CLASS_TITLE),
            text(values, at::CLASS_CODE),
            &term_id,
            &term[0],
            &term[1],
            &term[2],
            &course_id,
            &course[0],
            &course[1],
            "",
            &course[2],
        ];
        section.line(&cells).map_err(of(id))
    }

    /// Roles at schools with their school, the primary ones first.
    fn roles_at_schools<'u>(
        &self,
        user: &'u User,
        known: &Known<'_>,
    ) -> Result<Vec<(&'u Member, Key)>, Broken> {
        let mut roles = Vec::new();
        for role in user.roles() {
            let org = known.resolve("School SIS ID", user.id, role.container, ORG)?;
            if self.schools.contains(&org) {
                roles.push((role, org));
            }
        }
        roles.sort_by_key(|(role, _)| !is_primary(role));
        Ok(roles)
    }

    fn enrol(&mut self, user: &User, known: &Known<'_>) -> Result<[Option<Key>; 2], WriteError> {
        let id = user.id.to_string();
        let mut schools = [None; 2];
        let mut taught = BTreeSet::new();
        for place in user.enrollments() {
            let class = known.resolve("Section SIS ID", user.id, place.container, CLASS)?;
            let is_student = place.role == "student";
            let school = &mut schools[usize::from(!is_student)];
            *school = school.or(self.school_of_class.get(&class).copied());
            let file =
                if is_student { &mut self.student_enrollment } else { &mut self.teacher_roster };
            if let Some(file) = file
                && (is_student || taught.insert(class))
            {
                file.line(&[&class.to_string(), &id]).map_err(of(user.id))?;
            }
        }
        Ok(if self.settings.has(Extra::Classes) { schools } else { [None; 2] })
    }

    fn write_student(
        &mut self,
        user: &User,
        school: Key,
        role: Option<&Member>,
    ) -> Result<(), WriteError> {
        let born =
            if self.settings.has(Extra::Demographics) { user.text(at::BIRTH_DATE) } else { "" };
        let cells = [
            &*user.id.to_string(),
            &school.to_string(),
            user.text(at::USERNAME),
            user.text(at::GIVEN_NAME),
            user.text(at::FAMILY_NAME),
            "",
            "",
            user.text(at::EMAIL),
            user.text(at::USER_NUMBER),
            "",
            role.map_or("", |role| text(&role.values, at::ROLE_GRADE)),
            "",
            born,
        ];
        self.students.insert(user.id);
        self.student.line(&cells).map_err(of(user.id))
    }

    fn write_teacher(&mut self, user: &User, school: Key) -> Result<(), WriteError> {
        let cells = [
            &*user.id.to_string(),
            &school.to_string(),
            user.text(at::USERNAME),
            user.text(at::GIVEN_NAME),
            user.text(at::FAMILY_NAME),
            "",
            "",
            user.text(at::USER_NUMBER),
            "",
            "",
            user.text(at::EMAIL),
        ];
        self.teacher.line(&cells).map_err(of(user.id))
    }

    fn write_contact(&mut self, user: &User, known: &mut Known<'_>) -> Result<(), WriteError> {
        let (Some(contact), Some(guardian)) = (&mut self.contact, &mut self.guardian) else {
            return Ok(());
        };
        let mut related = user.relationships().peekable();
        if related.peek().is_none() {
            return Ok(());
        }
        if !user.can_be_contact() {
            self.bad_contacts += 1;
            return Ok(());
        }
        let (id, email) = (user.id.to_string(), user.text(at::EMAIL));
        let cells = [
            email,
            user.text(at::GIVEN_NAME),
            user.text(at::FAMILY_NAME),
            user.text(at::PHONE),
            &id,
        ];
        contact.line(&cells).map_err(of(user.id))?;
        for relationship in related {
            let place = "Guardianrelationship.csv SIS ID";
            let student = known.await_one(place, user.id, relationship.container, USER)?;
            self.awaited.insert(student);
            let cells = [&*student.to_string(), email, capitalised(&relationship.role)];
            guardian.line(&cells).map_err(of(user.id))?;
        }
        Ok(())
    }
}

/// The role as v1 writes it; what it does not know is `Other`.
fn capitalised(role: &str) -> &'static str {
    match role {
        "parent" => "Parent",
        "guardian" => "Guardian",
        "relative" => "Relative",
        "doctor" => "Doctor",
        "aide" => "Aide",
        _ => "Other",
    }
}

fn three(values: &[Value], attributes: [usize; 3]) -> [String; 3] {
    attributes.map(|attribute| text(values, attribute).to_owned())
}

impl<W: Write> Set<W> for V1<'_, W> {
    fn object(
        &mut self,
        id: Key,
        object: &Object,
        known: &mut Known<'_>,
    ) -> Result<(), WriteError> {
        let values = &object.values[..];
        match object.id.kind {
            ORG if text(values, at::ORG_TYPE) == "school" => {
                self.schools.insert(id);
                let cells = [&*id.to_string(), text(values, at::ORG_NAME)];
                self.school.line(&cells).map_err(of(id))?;
            }
            SESSION => {
                let term = [at::SESSION_TITLE, at::SESSION_START, at::SESSION_END];
                self.terms.insert(id, three(values, term));
            }
            COURSE => {
                let course = [at::COURSE_TITLE, at::COURSE_CODE, at::COURSE_SUBJECT];
                self.courses.insert(id, three(values, course));
            }
            CLASS => self.section(id, object, known)?,
            _ => {}
        }
        Ok(())
    }

    fn user(&mut self, user: &User, known: &mut Known<'_>) -> Result<(), WriteError> {
        let roles = self.roles_at_schools(user, known)?;
        let [studies, teaches] = self.enrol(user, known)?;
        let student = roles.iter().find(|(role, _)| role.role == "student");
        let staff =
            roles.iter().find(|(role, _)| !matches!(role.role.as_str(), "student" | "other"));
        let is_contact = user.standing() == Standing::Contact;
        let at_student = student.map(|(_, school)| *school).or(studies);
        let at_staff = staff.map(|(_, school)| *school).or(teaches);
        if let Some(school) = at_student {
            self.write_student(user, school, student.map(|(role, _)| *role))?;
        }
        if let Some(school) = at_staff {
            self.write_teacher(user, school)?;
        }
        if at_student.is_none() && at_staff.is_none() && !is_contact {
            self.without_school += 1;
        }
        self.write_contact(user, known)
    }

    fn finish(self) -> Result<Written<W>, WriteError> {
        if let Some(student) = self.awaited.difference(&self.students).next() {
            let place = "Guardianrelationship.csv SIS ID";
            return Err(WriteError::Invalid(format!("{place}: {student} is not in Student.csv")));
        }
        let sheets = [
            Some(self.school),
            self.section,
            Some(self.student),
            Some(self.teacher),
            self.student_enrollment,
            self.teacher_roster,
            self.contact,
            self.guardian,
        ];
        let mut written = finish(self.settings, sheets)?;
        for (count, what) in [
            (self.bad_contacts, "contacts left out: they lack a name or an address"),
            (self.without_school, "users left out: they have no role at a school"),
        ] {
            if count > 0 {
                written.notes.push(format!("{count} {what}"));
            }
        }
        Ok(written)
    }
}
