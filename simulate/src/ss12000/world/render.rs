//! Objects as they are sent.

use generate::{Form, Human, Marking, Section, Town, Validity};

use super::history::Known;
use super::json::{Fields, more};
use super::links::list;
use super::{Dialect, Fault, Id, World, derived, id_of, id_text};
use crate::ss12000::kind::Kind;
use crate::ss12000::time;

/// Whether references carry a `displayName`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ss12000) enum Names {
    Without,
    With,
}

/// What an organisation is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ss12000) enum Org {
    /// The municipality.
    Owner,
    /// The school around the school unit with this index.
    School(u32),
    /// The school unit with this index.
    Unit(u32),
}

impl Org {
    const fn row(self) -> u32 {
        match self {
            Self::Owner => 0,
            Self::School(at) => 1 + 2 * at,
            Self::Unit(at) => 2 + 2 * at,
        }
    }

    pub(in crate::ss12000) const fn of_row(row: u32) -> Self {
        match row {
            0 => Self::Owner,
            it if it % 2 == 1 => Self::School((it - 1) / 2),
            it => Self::Unit((it - 2) / 2),
        }
    }

    /// SS12000 `OrganisationType`.
    pub(in crate::ss12000) const fn kind(self) -> &'static str {
        match self {
            Self::Owner => "Huvudman",
            Self::School(_) => "Skola",
            Self::Unit(_) => "Skolenhet",
        }
    }
}

fn rows_where(many: usize, shown: impl Fn(usize) -> bool) -> Vec<u32> {
    (0..many).filter(|at| shown(*at)).filter_map(|at| u32::try_from(at).ok()).collect()
}

/// The school forms of a school.
pub(in crate::ss12000) const fn forms(form: Option<Form>) -> &'static [&'static str] {
    match form {
        Some(Form::Gr) => &["FKLASS", "GR"],
        Some(Form::Gy) => &["GY"],
        None => &["FS"],
    }
}

/// First and last day.
pub(super) fn interval(fields: &mut Fields<'_>, validity: Validity) {
    fields.shown("startDate", validity.start);
    if let Some(end) = validity.end {
        fields.shown("endDate", end);
    }
}

impl World {
    /// The rows of the town that are shown as objects of this type.
    pub(super) fn rows(&self, kind: Kind) -> Vec<u32> {
        let town = &*self.town;
        if self.style.has(&Fault::EmptyRegister) {
            return Vec::new();
        }
        match kind {
            Kind::Organisation => self.organisations(),
            Kind::Person => {
                let half = self.style.has(&Fault::HalfOfPersons);
                let shown = |at: usize| {
                    town.persons.get(at).is_some_and(|it| town.present(it))
                        && !(half && at % 2 == 1)
                };
                rows_where(town.persons.len(), shown)
            }
            Kind::Duty => {
                let mut rows: Vec<u32> = self.links.duties_at.concat();
                rows.sort_unstable();
                rows
            }
            Kind::Group => {
                let mut rows: Vec<u32> = self.links.groups_at.concat();
                rows.sort_unstable();
                rows.retain(|at| self.group_kind(*at).is_some());
                rows
            }
            Kind::Activity => {
                let mut rows: Vec<u32> = self.links.groups_at.concat();
                rows.sort_unstable();
                rows.retain(|at| self.is_taught(*at));
                rows
            }
            Kind::Syllabus => rows_where(self.links.courses.len(), |_| true),
            Kind::Empty(_) => Vec::new(),
        }
    }

    fn organisations(&self) -> Vec<u32> {
        let schools = (0..self.town.schools.len()).filter_map(|at| u32::try_from(at).ok());
        if self.style.dialect == Dialect::Edlevo {
            schools.flat_map(|at| [Org::School(at).row(), Org::Unit(at).row()]).collect()
        } else {
            std::iter::once(Org::Owner).chain(schools.map(Org::Unit)).map(Org::row).collect()
        }
    }

    /// SS12000 tells of teaching by activities: one for every group that is taught.
    fn is_taught(&self, row: u32) -> bool {
        let Some(group) = self.town.groups.get(row as usize) else { return false };
        self.group_kind(row).is_some()
            && (group.kind == "Undervisning" || !list(&self.links.teachers, row).is_empty())
    }

    /// SS12000 `GroupType`; `None` for a group that this register does not tell of.
    pub(in crate::ss12000) fn group_kind(&self, row: u32) -> Option<&'static str> {
        let group = self.town.groups.get(row as usize)?;
        if self.style.has(&Fault::UnknownValues) && row % 11 == 5 {
            return Some("Läxhjälp");
        }
        let numbered = self.numbered(row, group);
        match (self.style.dialect, group.kind) {
            // Edlevo's other groups, mentors' among them, come as Övrigt when they come.
            (Dialect::Edlevo, "Mentor") => numbered.then_some("Övrigt"),
            (Dialect::Edlevo, _) if numbered => Some("Övrigt"),
            (_, _) if numbered => Some("Mentor"),
            (_, kind) => Some(kind),
        }
    }

    /// True for a mentor's group that is named by the mentor's number.
    fn numbered(&self, row: u32, group: &Section) -> bool {
        self.style.has(&Fault::MentorNumbers)
            && (group.kind == "Mentor" || (row % 20 == 3 && group.kind != "Klass"))
    }

    /// The id of an object.
    pub(super) fn id(&self, kind: Kind, row: u32) -> Option<Id> {
        let (town, at) = (&*self.town, row as usize);
        match kind {
            Kind::Organisation => self.organisation_id(Org::of_row(row)),
            Kind::Person => id_of(&town.persons.get(at)?.person.id),
            Kind::Duty => id_of(&town.duty_id(town.duties.get(at)?)),
            Kind::Group => id_of(&town.groups.get(at)?.id),
            Kind::Activity => self.activity_id(row),
            Kind::Syllabus => {
                let course = self.links.courses.get(at)?;
                let text = [course.form, &course.code, &course.name].join("\u{0}");
                // FNV-1a of 128 bits, on an id of the town.
                let hash = text.bytes().fold(
                    0x6c62_272e_07bb_0142_62b8_2175_6295_c58d,
                    |hash: u128, byte| {
                        (hash ^ u128::from(byte))
                            .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
                    },
                );
                Some(derived(id_of(&town.owner())?, hash | 1))
            }
            Kind::Empty(_) => None,
        }
    }

    pub(in crate::ss12000) fn organisation_id(&self, org: Org) -> Option<Id> {
        let unit = |at: u32| id_of(&self.town.schools.get(at as usize)?.id);
        match org {
            Org::Owner => id_of(&self.town.owner()),
            Org::School(at) => Some(derived(unit(at)?, 1)),
            Org::Unit(at) => unit(at),
        }
    }

    /// The organisation right above.
    pub(in crate::ss12000) fn parent(&self, org: Org) -> Option<Org> {
        match (org, self.style.dialect) {
            (Org::Owner | Org::School(_), _) => None,
            (Org::Unit(at), Dialect::Edlevo) => Some(Org::School(at)),
            (
                Org::Unit(_),
                Dialect::Standard | Dialect::V20 | Dialect::EduCloud | Dialect::DemoSis,
            ) => Some(Org::Owner),
        }
    }

    /// True for an organisation and all beneath it.
    pub(in crate::ss12000) fn covers(&self, org: Org, place: Org) -> bool {
        org == place || self.parent(place).is_some_and(|it| self.covers(org, it))
    }

    /// The school unit's code; for a preschool the register's own.
    pub(in crate::ss12000) fn told_code(&self, org: Org) -> Option<String> {
        let (Org::School(at) | Org::Unit(at)) = org else { return None };
        let school = self.town.schools.get(at as usize)?;
        match (org, school.code.is_empty()) {
            (_, true) => Some(format!("F{at:03}")),
            (Org::Unit(_), false) => Some(school.code.clone()),
            (Org::Owner | Org::School(_), false) => None,
        }
    }

    /// The value that a lookup names an object by.
    pub(in crate::ss12000) fn code(&self, kind: Kind, row: u32, field: &str) -> Option<String> {
        if kind == Kind::Person {
            let person = &self.town.persons.get(row as usize)?.person;
            return Some(person.identity_number.replace('-', ""));
        }
        let org = Org::of_row(row);
        let (Org::School(at) | Org::Unit(at)) = org else { return None };
        let preschool = self.town.schools.get(at as usize)?.code.is_empty();
        (preschool == (field == "organisationCodes")).then(|| self.told_code(org))?
    }

    /// True when persons carry their user names as external identifiers.
    pub(in crate::ss12000) const fn tells_usernames(&self) -> bool {
        match self.style.dialect {
            Dialect::Standard | Dialect::V20 | Dialect::DemoSis => true,
            // Edlevo's document, 1.4.0; EduCloud's scope `identifiers`.
            Dialect::Edlevo | Dialect::EduCloud => false,
        }
    }

    /// The organisation that groups and duties of a school belong to.
    pub(in crate::ss12000) fn place(&self, school: u32) -> Org {
        match self.style.dialect {
            Dialect::Edlevo => Org::School(school),
            Dialect::Standard | Dialect::V20 | Dialect::EduCloud | Dialect::DemoSis => {
                Org::Unit(school)
            }
        }
    }

    /// The object around its body.
    pub(super) fn wrap(&self, out: &mut Vec<u8>, id: Id, known: Known, body: &[u8]) {
        let moment = match self.style.dialect {
            Dialect::DemoSis => time::without_offset,
            Dialect::Standard | Dialect::V20 | Dialect::Edlevo | Dialect::EduCloud => time::rfc3339,
        };
        super::json::object(out, |it| {
            it.text("id", &id_text(id));
            it.object("meta", |it| {
                it.text("created", &moment(known.created));
                it.text("modified", &moment(known.modified));
            });
            it.out.extend(body);
        });
    }

    /// What belongs to the object itself, after `id` and `meta`.
    pub(super) fn body(&self, out: &mut Vec<u8>, kind: Kind, row: u32, names: Names) {
        more(out, |fields| match kind {
            Kind::Organisation => self.organisation(fields, Org::of_row(row), names),
            Kind::Person => self.person(fields, row, names),
            Kind::Duty => self.duty(fields, row, names),
            Kind::Group => {
                self.group_fragment(fields, row, names);
                self.memberships(fields, row, names);
            }
            Kind::Activity => self.activity(fields, row, names),
            Kind::Syllabus => self.syllabus(fields, row),
            Kind::Empty(_) => {}
        });
    }

    fn organisation(&self, fields: &mut Fields<'_>, org: Org, names: Names) {
        fields.text("displayName", &self.organisation_name(org));
        fields.text("organisationType", org.kind());
        let (Org::School(at) | Org::Unit(at)) = org else { return };
        let Some(school) = self.town.schools.get(at as usize) else { return };
        if let Some(parent) = self.parent(org) {
            self.organisation_reference(fields, "parentOrganisation", parent, names);
        }
        if let Some(code) = self.told_code(org) {
            let field = if school.code.is_empty() { "organisationCode" } else { "schoolUnitCode" };
            fields.text(field, &code);
        }
        fields.list("schoolTypes", forms(school.form), |out, it| super::quoted(out, it));
        if matches!(org, Org::School(_)) || self.style.dialect != Dialect::Edlevo {
            fields.text("municipalityCode", "9999");
        }
        fields.shown("startDate", self.town.origin.today.school_year_days().0);
    }

    pub(in crate::ss12000) fn organisation_name(&self, org: Org) -> String {
        match org {
            Org::Owner => "Testkommunen".to_owned(),
            Org::School(at) | Org::Unit(at) => {
                self.town.schools.get(at as usize).map(|it| it.name.clone()).unwrap_or_default()
            }
        }
    }

    pub(super) fn organisation_reference(
        &self,
        fields: &mut Fields<'_>,
        field: &str,
        org: Org,
        names: Names,
    ) {
        let Some(id) = self.organisation_id(org) else { return };
        fields.object(field, |it| {
            it.text("id", &id_text(id));
            if names == Names::With {
                it.text("displayName", &self.organisation_name(org));
            }
        });
    }

    fn syllabus(&self, fields: &mut Fields<'_>, row: u32) {
        let Some(course) = self.links.courses.get(row as usize) else { return };
        let letters = course.code.trim_end_matches(|it: char| it.is_ascii_digit());
        let is_course = letters != course.code;
        fields.text("schoolType", course.form);
        if self.style.dialect != Dialect::Edlevo {
            fields.text("subjectCode", letters);
        }
        fields.text("subjectName", &course.name);
        if is_course {
            fields.text("courseCode", &course.code);
            fields.text("courseName", &course.name);
        } else {
            fields.text("subjectDesignation", &course.code);
        }
        fields.bare("official", true);
    }
}

/// How the register marks a person.
pub(super) fn marking(human: &Human) -> &'static str {
    match human.marking {
        Marking::None => "Ingen",
        Marking::Protected => "Sekretessmarkering",
        Marking::Hidden => "Skyddad folkbokföring",
    }
}

/// A person's name as it is shown.
pub(super) fn display_name(town: &Town, row: u32) -> String {
    let person = town.persons.get(row as usize).map(|it| &it.person);
    person.map(|it| format!("{} {}", it.given_name, it.family_name)).unwrap_or_default()
}
