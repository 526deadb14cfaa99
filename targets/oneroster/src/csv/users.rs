//! A user becomes lines: itself, its roles, its places in classes.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Member, Object, PublishedIds};

use super::Failed;
use super::card::{ENROLLMENT, RELATIONSHIP, ROLE, USER, at};
use super::cells::{self, Fault, Line, Notes, day_after};
use super::columns::File;
use super::frame::{Frame, Thing, text};
use super::groups::Group;
use super::ids::{derived, joined};
use super::settings::{Extra, Grades, Settings, Version};

/// Which side of a difference is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// What was delivered. A user whose values were taken away since is still there, to be
    /// removed by its id.
    Before,
    /// What is to be delivered.
    After,
}

/// A role at an organisation, by published id.
struct Role {
    org: Key,
    word: String,
    is_main: bool,
    grade: String,
    dates: [String; 2],
}

/// Makes the lines of a user; none when it is not sent.
pub(super) fn lines(
    group: &Group,
    side: Side,
    frame: &Frame,
    published: &PublishedIds,
    settings: &Settings,
    notes: &mut Notes,
) -> Result<Vec<Line>, Failed> {
    let (object, members) = group.decode()?;
    if object.id.kind != USER {
        return Err(Failed::Invalid("an object of no kind on the card".to_owned()));
    }
    let id = published.of(object.id);
    let is_blanked = text(&object.values, at::USERNAME).is_empty();
    let mut maker = Maker { id, frame, settings, notes };
    let roles = maker.roles(&members);
    if roles.is_empty() || is_blanked && side == Side::After {
        if roles.is_empty() && members.iter().all(|it| it.kind != RELATIONSHIP) {
            maker.notes.count("users.csv: users left out without a role anywhere");
        }
        return Ok(Vec::new());
    }
    let user = if is_blanked { Ok(maker.removed(&roles)) } else { maker.user(&object, &roles) };
    let made = user.and_then(|user| {
        let mut lines = vec![user];
        maker.role_lines(&roles, &mut lines)?;
        maker.enrollments(&members, &mut lines)?;
        Ok(lines)
    });
    match made {
        Ok(lines) => Ok(lines),
        Err(Fault::Withheld) => {
            notes.count("users.csv: users left out without what they need");
            Ok(Vec::new())
        }
        Err(Fault::Invalid(detail)) => Err(Failed::Invalid(detail)),
    }
}

/// Whether the user has what every user must have, apart from a role.
pub(super) fn is_sendable(object: &Object, settings: &Settings) -> bool {
    let frame = Frame::default();
    let role = Role {
        org: object.id.key,
        word: "student".to_owned(),
        is_main: true,
        grade: String::new(),
        dates: Default::default(),
    };
    let mut notes = Notes::default();
    let mut maker = Maker { id: object.id.key, frame: &frame, settings, notes: &mut notes };
    !text(&object.values, at::USERNAME).is_empty() && maker.user(object, &[role]).is_ok()
}

struct Maker<'a> {
    id: Key,
    frame: &'a Frame,
    settings: &'a Settings,
    notes: &'a mut Notes,
}

impl Maker<'_> {
    fn line(&mut self, file: File, id: Key, cells: &[&str]) -> Result<Line, Fault> {
        cells::line(file, self.settings.version, id, cells, self.notes)
    }

    /// Roles, the main one first. Where the register names none: those that places in classes
    /// give; for who is only a guardian, one at the top.
    fn roles(&mut self, members: &[Member]) -> Vec<Role> {
        let mut roles: Vec<Role> = Vec::new();
        for member in members.iter().filter(|it| it.kind == ROLE) {
            let Some(org) = self.frame.get(member.container) else { continue };
            roles.push(Role {
                org: org.line.id,
                word: member.role.clone(),
                is_main: text(&member.values, at::ROLE_PRIMARY).eq_ignore_ascii_case("true"),
                grade: self.grade(text(&member.values, at::ROLE_GRADE)),
                dates: dates(member, at::ROLE_DATES),
            });
        }
        let plain = |org, role: &str| Role {
            org,
            word: role.to_owned(),
            is_main: false,
            grade: String::new(),
            dates: Default::default(),
        };
        if roles.is_empty() {
            let places = members.iter().filter(|it| it.kind == ENROLLMENT);
            let schools =
                places.filter_map(|it| Some((self.frame.get(it.container)?.school?, &it.role)));
            let schools: BTreeSet<_> = schools.collect();
            roles.extend(schools.into_iter().map(|(school, role)| plain(school, role)));
        }
        if roles.is_empty() && self.settings.has(Extra::Guardians) {
            let answers = members.iter().find(|it| it.kind == RELATIONSHIP);
            let top = self.frame.top;
            roles.extend(answers.zip(top).map(|(it, top)| plain(top, &it.role)));
        }
        // A stable sort: among equals the order of rows stays.
        roles.sort_by_key(|role| !role.is_main);
        roles
    }

    fn grade(&self, grade: &str) -> String {
        match (self.settings.grades, grade) {
            (Grades::None, _) => String::new(),
            (Grades::Swedish, "kg") => "F".to_owned(),
            (Grades::Swedish, "10") => "GY1".to_owned(),
            (Grades::Swedish, "11") => "GY2".to_owned(),
            (Grades::Swedish, "12") => "GY3".to_owned(),
            (Grades::Swedish, "13") => "GY4".to_owned(),
            (Grades::Ceds, "kg") => "KG".to_owned(),
            (Grades::Swedish | Grades::Ceds, other) => other.to_owned(),
        }
    }

    fn user(&mut self, object: &Object, roles: &[Role]) -> Result<Line, Fault> {
        let value = |attribute| text(&object.values, attribute);
        let grades: BTreeSet<&str> = roles.iter().map(|it| &*it.grade).collect();
        let grades = joined(grades.into_iter().filter(|grade| !grade.is_empty()));
        let agents = self.frame.agents_of(self.id);
        let names = [
            value(at::USERNAME),
            value(at::USER_IDS),
            value(at::GIVEN_NAME),
            value(at::FAMILY_NAME),
            value(at::MIDDLE_NAME),
            value(at::IDENTIFIER),
            value(at::EMAIL),
            value(at::SMS),
            value(at::PHONE),
            &agents,
            &grades,
            "",
        ];
        let enabled = value(at::ENABLED);
        match self.settings.version {
            Version::V1_2 => {
                let org = roles.first().map(|it| it.org.to_string()).unwrap_or_default();
                let more = [
                    value(at::MASTER_IDENTIFIER),
                    value(at::PREFERRED_GIVEN),
                    value(at::PREFERRED_MIDDLE),
                    value(at::PREFERRED_FAMILY),
                    &org,
                    value(at::PRONOUNS),
                ];
                self.line(File::Users, self.id, &[&[enabled][..], &names, &more].concat())
            }
            Version::V1_1 => {
                let (orgs, role) = orgs_and_role(roles);
                self.line(File::Users, self.id, &[&[enabled, &*orgs, role][..], &names].concat())
            }
        }
    }

    /// The line by which a user is removed; see [`removal`].
    fn removed(&self, roles: &[Role]) -> Line {
        let (orgs, role) = orgs_and_role(roles);
        let columns = File::Users.columns(self.settings.version);
        let mut cells = vec![String::new(); columns.len()];
        for (column, cell) in columns.iter().zip(&mut cells) {
            match column.name {
                "orgSourcedIds" => cell.clone_from(&orgs),
                "role" => role.clone_into(cell),
                _ => {}
            }
        }
        Line { file: File::Users, id: self.id, cells }
    }

    /// A line a role; at each organisation exactly one is primary.
    fn role_lines(&mut self, roles: &[Role], lines: &mut Vec<Line>) -> Result<(), Fault> {
        if self.settings.version == Version::V1_1 {
            return Ok(());
        }
        let mut orgs = BTreeSet::new();
        let user = self.id.to_string();
        for role in roles {
            let kind = if orgs.insert(role.org) { "primary" } else { "secondary" };
            let id = derived("role", self.id, role.org, &role.word);
            let [begin, end] = &role.dates;
            let cells = [&*user, kind, &role.word, begin, end, &role.org.to_string(), ""];
            lines.push(self.line(File::Roles, id, &cells)?);
        }
        Ok(())
    }

    fn enrollments(&mut self, members: &[Member], lines: &mut Vec<Line>) -> Result<(), Fault> {
        let user = self.id.to_string();
        for member in members.iter().filter(|it| it.kind == ENROLLMENT) {
            let Some(Thing { line, school: Some(school), primary }) =
                self.frame.get(member.container)
            else {
                self.notes.count("enrollments.csv: rows left out whose class is not in the set");
                continue;
            };
            let id = derived("enrollment", self.id, line.id, &member.role);
            let primary = match (&*member.role, *primary == Some(self.id)) {
                ("teacher", true) => "true",
                ("teacher", false) => "false",
                (_, _) => "",
            };
            let [begin, end] = dates(member, at::ENROLLMENT_DATES);
            let cells = [
                &*line.id.to_string(),
                &school.to_string(),
                &user,
                &member.role,
                primary,
                &begin,
                &end,
            ];
            lines.push(self.line(File::Enrollments, id, &cells)?);
        }
        Ok(())
    }
}

fn dates(member: &Member, [begin, end]: [usize; 2]) -> [String; 2] {
    let last = text(&member.values, end);
    [text(&member.values, begin).to_owned(), day_after(last).into_owned()]
}

/// Organisations, the main one first, and the one role that 1.1 has for a user.
fn orgs_and_role(roles: &[Role]) -> (String, &'static str) {
    let main = roles.first().map(|it| it.org);
    let others: BTreeSet<Key> =
        roles.iter().map(|it| it.org).filter(|org| Some(*org) != main).collect();
    let orgs = joined(main.into_iter().chain(others));
    (orgs, roles.first().map_or("", |it| role_of_1_1(&it.word)))
}

/// A role of 1.2 in the words of 1.1, which takes no extension.
fn role_of_1_1(role: &str) -> &'static str {
    match role {
        "principal"
        | "siteAdministrator"
        | "districtAdministrator"
        | "systemAdministrator"
        | "administrator" => "administrator",
        "guardian" => "guardian",
        "parent" => "parent",
        "proctor" => "proctor",
        "relative" => "relative",
        "student" => "student",
        "teacher" => "teacher",
        _ => "aide",
    }
}

/// The cells by which a row is removed: what a row must have, and of a person nothing but
/// ids. So a removal says the same of everybody, whatever is still known of them.
pub(super) fn removal(line: &Line, version: Version) -> Vec<String> {
    let personal: BTreeMap<&str, String> = match line.file {
        File::Users => [
            ("enabledUser", "false".to_owned()),
            ("username", line.id.to_string()),
            ("givenName", "-".to_owned()),
            ("familyName", "-".to_owned()),
        ]
        .into(),
        File::Roles => [("roleType", "secondary".to_owned())].into(),
        File::Enrollments => BTreeMap::new(),
        File::Sessions | File::Classes | File::Courses | File::Orgs => return line.cells.clone(),
    };
    let columns = line.file.columns(version).iter().zip(&line.cells);
    let cell = |(column, cell): (&super::columns::Column, &String)| {
        let kept = column.need == super::columns::Need::Always;
        let own = personal.get(column.name);
        own.unwrap_or(if kept { cell } else { const { &String::new() } }).clone()
    };
    columns.map(cell).collect()
}
