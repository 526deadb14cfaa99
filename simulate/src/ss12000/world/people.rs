//! Persons, duties, groups and activities as they are sent.

use generate::Human;

use super::json::{Fields, object};
use super::links::list;
use super::render::{Names, display_name, interval, marking};
use super::{Dialect, Fault, World, derived, id_of, id_text};
use crate::ss12000::kind::Kind;

/// Who somebody is to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Pupil,
    Staff,
    Guardian,
}

impl World {
    fn part(&self, row: u32) -> Part {
        if !list(&self.links.enrolments, row).is_empty() {
            Part::Pupil
        } else if list(&self.links.duties, row).is_empty() {
            Part::Guardian
        } else {
            Part::Staff
        }
    }

    pub(super) fn person(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(human) = self.town.persons.get(row as usize) else { return };
        let (person, dialect) = (&human.person, self.style.dialect);
        let strange = self.style.has(&Fault::UnknownValues);
        fields.text("givenName", &person.given_name);
        fields.text("familyName", &person.family_name);
        if !person.username.is_empty() {
            let name = format!("{}@skola.example", person.username);
            fields.list("eduPersonPrincipalNames", [name], |out, it| super::quoted(out, &it));
        }
        if self.tells_usernames() {
            fields.list("externalIdentifiers", [&person.username], |out, name| {
                object(out, |it| {
                    it.text("value", name);
                    it.text("context", "http://skola.example/username");
                    it.bare("globallyUnique", false);
                });
            });
        }
        let number = civic_number(dialect, &person.identity_number);
        fields.object("civicNo", |it| {
            it.text("value", &number);
            it.text("nationality", "SE");
        });
        if dialect != Dialect::EduCloud {
            fields.text("birthDate", &person.birth_date);
            fields.text("sex", if strange && row % 30 == 7 { "Annat" } else { person.sex });
        }
        self.security(fields, row, human);
        fields.text("personStatus", "Aktiv");
        self.contact(fields, row, human);
        self.enrolments(fields, row, names);
        if dialect != Dialect::EduCloud {
            self.responsibles(fields, row, names);
        }
    }

    fn security(&self, fields: &mut Fields<'_>, row: u32, human: &Human) {
        if self.style.has(&Fault::NoSecurityMarking) {
            return;
        }
        let strange = self.style.has(&Fault::UnknownValues) && row % 50 == 11;
        fields.text("securityMarking", if strange { "Delvis skyddad" } else { marking(human) });
    }

    fn contact(&self, fields: &mut Fields<'_>, row: u32, human: &Human) {
        let kind = match (self.style.dialect, self.part(row)) {
            (Dialect::DemoSis, Part::Pupil) | (_, Part::Guardian) => "Privat",
            (_, Part::Pupil) => "Skola elev",
            (_, Part::Staff) => "Skola personal",
        };
        let strange = self.style.has(&Fault::UnknownValues) && row % 20 == 9;
        if !human.person.email.is_empty() {
            fields.list("emails", [&human.person.email], |out, address| {
                object(out, |it| {
                    it.text("value", address);
                    it.text("type", if strange { "Skola gäst" } else { kind });
                });
            });
        }
        if self.style.dialect == Dialect::DemoSis {
            // Without the country that the standard requires.
            fields.list("addresses", ["Skolgatan 1"], |out, street| {
                object(out, |it| {
                    it.text("type", "Folkbokföring");
                    it.text("streetAddress", street);
                    it.text("locality", "Testkommunen");
                    it.text("postalCode", "99999");
                });
            });
        }
    }

    fn enrolments(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let own = list(&self.links.enrolments, row);
        if own.is_empty() {
            return;
        }
        let all = own.iter().filter_map(|at| self.town.enrolments.get(*at as usize));
        fields.list("enrolments", all, |out, enrolment| {
            object(out, |it| {
                let unit = super::Org::Unit(enrolment.school);
                self.organisation_reference(it, "enroledAt", unit, names);
                it.bare("schoolYear", enrolment.grade.year);
                let strange = self.style.has(&Fault::UnknownValues) && row % 40 == 21;
                it.text("schoolType", if strange { "NYFORM" } else { enrolment.grade.code() });
                interval(it, enrolment.validity);
            });
        });
    }

    fn responsibles(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let own = list(&self.links.guardians, row);
        if own.is_empty() {
            return;
        }
        let all = own.iter().filter_map(|at| self.town.guardians.get(*at as usize));
        fields.list("responsibles", all, |out, link| {
            object(out, |it| {
                self.person_reference(it, "person", link.guardian, names);
                it.text("relationType", "Vårdnadshavare");
            });
        });
    }

    /// A reference to a person carries the marking too.
    pub(super) fn person_reference(
        &self,
        fields: &mut Fields<'_>,
        field: &str,
        row: u32,
        names: Names,
    ) {
        let Some(human) = self.town.persons.get(row as usize) else { return };
        fields.object(field, |it| {
            it.text("id", &human.person.id);
            if names == Names::With {
                it.text("displayName", &display_name(&self.town, row));
            }
            self.security(it, row, human);
        });
    }

    pub(super) fn duty(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(duty) = self.town.duties.get(row as usize) else { return };
        self.person_reference(fields, "person", duty.person, names);
        self.assignment_roles(fields, row, names);
        self.organisation_reference(fields, "dutyAt", self.place(duty.school), names);
        fields.text("dutyRole", self.duty_role(row));
        interval(fields, duty.validity);
    }

    /// SS12000 `DutyRole`; 2.0 has only six.
    pub(in crate::ss12000) fn duty_role(&self, row: u32) -> &'static str {
        let role = self.town.duties.get(row as usize).map_or("", |it| it.role);
        match (self.style.dialect, role) {
            _ if self.style.has(&Fault::UnknownValues) && row % 7 == 3 => "Vaktmästare",
            (Dialect::V20, "Skoladministratör") => "Annan personal",
            _ => role,
        }
    }

    fn assignment_roles(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let mut roles: Vec<(u32, &str)> =
            list(&self.links.mentored, row).iter().map(|at| (*at, "Mentor")).collect();
        if self.style.dialect == Dialect::DemoSis {
            // Teaching, which the standard keeps out of these roles.
            let taught = list(&self.links.taught, row).iter();
            let taught = taught.filter_map(|at| self.town.teachers.get(*at as usize));
            roles.extend(taught.map(|it| (it.group, "Lärare")));
        }
        if roles.is_empty() {
            return;
        }
        fields.list("assignmentRole", roles, |out, (group, role)| {
            object(out, |it| {
                self.group_reference(it, "group", group, names);
                it.text("assignmentRoleType", role);
                if let Some(group) = self.town.groups.get(group as usize) {
                    interval(it, group.validity);
                }
            });
        });
    }

    pub(super) fn group_reference(
        &self,
        fields: &mut Fields<'_>,
        field: &str,
        row: u32,
        names: Names,
    ) {
        fields.object(field, |it| self.group_identity(it, row, names));
    }

    fn group_identity(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(group) = self.town.groups.get(row as usize) else { return };
        fields.text("id", &group.id);
        if names == Names::With {
            fields.text("displayName", &self.group_name(row));
        }
    }

    /// The group's name; for some mentors' groups in Edlevo the mentor's personnummer
    /// (reference/sources.md §2.2).
    pub(in crate::ss12000) fn group_name(&self, row: u32) -> String {
        let Some(group) = self.town.groups.get(row as usize) else { return String::new() };
        if !self.style.has(&Fault::MentorNumbers)
            || !matches!(self.group_kind(row), Some("Mentor" | "Övrigt"))
        {
            return group.name.clone();
        }
        let of_school = list(&self.links.duties_at, group.school);
        let duty = of_school.get(row as usize % of_school.len().max(1));
        duty.and_then(|at| self.town.duties.get(*at as usize))
            .and_then(|it| self.town.persons.get(it.person as usize))
            .map_or_else(|| group.name.clone(), |it| it.person.identity_number.clone())
    }

    /// A group without its memberships.
    pub(super) fn group_fragment(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(group) = self.town.groups.get(row as usize) else { return };
        fields.text("displayName", &self.group_name(row));
        interval(fields, group.validity);
        fields.text("groupType", self.group_kind(row).unwrap_or(group.kind));
        fields.text("schoolType", group.grade.code());
        if self.style.dialect == Dialect::DemoSis {
            fields.text("groupCode", &group.name);
        }
        self.organisation_reference(fields, "organisation", self.place(group.school), names);
    }

    pub(super) fn memberships(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let all = list(&self.links.members, row).iter();
        let all = all.filter_map(|at| self.town.memberships.get(*at as usize));
        fields.list("groupMemberships", all, |out, link| {
            object(out, |it| {
                self.person_reference(it, "person", link.person, names);
                interval(it, link.validity);
            });
        });
    }

    pub(super) fn activity(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(group) = self.town.groups.get(row as usize) else { return };
        fields.text("displayName", &self.activity_name(row));
        let departs = self.style.dialect == Dialect::DemoSis;
        if !departs {
            fields.bare("calendarEventsRequired", true);
        }
        interval(fields, group.validity);
        fields.text("activityType", "Undervisning");
        fields.list("groups", [row], |out, row| {
            object(out, |it| self.group_identity(it, row, names));
        });
        // The standard names a teacher by a duty; who has none is not told of.
        let told = |at: &u32| departs || self.duty_of(*at).is_some();
        let teachers = list(&self.links.teachers, row).iter().copied().filter(told);
        fields.list("teachers", teachers, |out, at| {
            object(out, |it| self.teacher(it, at, names));
        });
        if departs {
            fields.text("subject", &group.course.1);
            fields.text("owner", "Testkommunen");
        } else if let Some(course) = self.links.course_of.get(row as usize).copied().flatten()
            && let Some(id) = self.id(Kind::Syllabus, course)
        {
            fields.object("syllabus", |it| {
                it.text("id", &id_text(id));
                if names == Names::With {
                    it.text("displayName", &group.course.1);
                }
            });
        }
        self.organisation_reference(fields, "organisation", self.place(group.school), names);
    }

    fn teacher(&self, fields: &mut Fields<'_>, at: u32, names: Names) {
        let Some(link) = self.town.teachers.get(at as usize) else { return };
        match self.duty_of(at) {
            Some(duty) if self.style.dialect != Dialect::DemoSis => {
                self.duty_reference(fields, duty, names);
            }
            Some(_) | None => self.person_reference(fields, "person", link.person, names),
        }
        interval(fields, link.validity);
        if self.style.dialect == Dialect::Edlevo {
            fields.bare("grader", true);
        }
    }

    /// The duty, by row, in which somebody teaches a group.
    pub(in crate::ss12000) fn duty_of(&self, teacher: u32) -> Option<u32> {
        self.links.duty_of.get(teacher as usize).copied().flatten()
    }

    pub(super) fn duty_reference(&self, fields: &mut Fields<'_>, row: u32, names: Names) {
        let Some(duty) = self.town.duties.get(row as usize) else { return };
        fields.object("duty", |it| {
            it.text("id", &self.town.duty_id(duty));
            if names == Names::With {
                it.text("displayName", &display_name(&self.town, duty.person));
            }
        });
    }

    pub(in crate::ss12000) fn activity_name(&self, row: u32) -> String {
        let Some(group) = self.town.groups.get(row as usize) else { return String::new() };
        match self.style.dialect {
            Dialect::Edlevo if !group.course.0.is_empty() => group.course.0.clone(),
            Dialect::Standard
            | Dialect::V20
            | Dialect::Edlevo
            | Dialect::EduCloud
            | Dialect::DemoSis => group.name.clone(),
        }
    }

    /// The id of the activity of a group.
    pub(super) fn activity_id(&self, row: u32) -> Option<super::Id> {
        Some(derived(id_of(&self.town.groups.get(row as usize)?.id)?, 3))
    }
}

/// Twelve digits, or what a register that departs from the standard writes.
fn civic_number(dialect: Dialect, number: &str) -> String {
    let digits = number.replace('-', "");
    match (dialect, digits.get(2..8), digits.get(8..)) {
        (Dialect::DemoSis, Some(birth), Some(rest)) => format!("{birth}-{rest}"),
        _ => digits,
    }
}
