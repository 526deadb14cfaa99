//! What is in memory while users pass: organisations, sessions, courses, classes, made into
//! lines; and what of users their lines need.
//!
//! Nothing stays in it that refers to what is not there: a class without a school, a course
//! or a term never goes out.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Held, Object, ObjectRef, PublishedIds, Value};

use super::Failed;
use super::card::{CLASS, COURSE, ENROLLMENT, ORG, RELATIONSHIP, SESSION, USER, at};
use super::cells::{self, Fault, Line, Notes, day_after};
use super::columns::File;
use super::groups::Groups;
use super::ids::joined;
use super::settings::{Extra, Settings};
use super::users;

/// A thing of a kind with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) line: Line,
    /// For a class: its school's published id.
    pub(super) school: Option<Key>,
    /// For a class: the teacher who is its primary one.
    pub(super) primary: Option<Key>,
}

/// What is in memory while users pass.
#[derive(Debug, Default)]
pub(super) struct Frame {
    things: BTreeMap<ObjectRef, Thing>,
    /// Adults by child, by published ids, where guardians are sent.
    agents: BTreeMap<Key, BTreeSet<Key>>,
    /// The first organisation that nothing stands above: where guardians have their role.
    pub(super) top: Option<Key>,
}

/// The text of an attribute; empty when there is none.
pub(super) fn text(values: &[Value], attribute: usize) -> &str {
    values.get(attribute).and_then(Value::text).unwrap_or_default()
}

fn refs(values: &[Value], attribute: usize) -> &[ObjectRef] {
    values.get(attribute).map(Value::refs).unwrap_or_default()
}

impl Frame {
    /// Reads all rows once.
    pub(super) fn read(
        held: Held<'_>,
        settings: &Settings,
        notes: &mut Notes,
    ) -> Result<Self, Failed> {
        let mut building =
            Building { frame: Self::default(), published: held.published, settings, notes };
        let mut kinds: [Vec<Object>; 4] = Default::default();
        let mut groups = Groups::of(held)?;
        while groups.ahead()?.is_some_and(|owner| owner.kind < USER) {
            if let Some(group) = groups.next()? {
                let (object, _) = group.decode()?;
                if let Some(of_kind) = kinds.get_mut(usize::from(object.id.kind.0)) {
                    of_kind.push(object);
                }
            }
        }
        let [orgs, sessions, courses, classes] = &kinds;
        building.all(orgs, Building::org)?;
        building.parents(orgs);
        building.all(sessions, Building::session)?;
        building.session_parents(sessions);
        building.all(courses, Building::course)?;
        building.all(classes, Building::class)?;
        building.users(&mut groups)?;
        Ok(building.frame)
    }

    /// The thing, if it is sent.
    pub(super) fn get(&self, object: ObjectRef) -> Option<&Thing> {
        self.things.get(&object)
    }

    /// Every line of it.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.things.values().map(|thing| &thing.line)
    }

    /// Adults who answer for a user, with commas between.
    pub(super) fn agents_of(&self, user: Key) -> String {
        joined(self.agents.get(&user).into_iter().flatten())
    }

    /// Whether lines of a user may differ between the two although its rows do not.
    pub(super) fn differs(&self, other: &Self, user: Key, containers: &[ObjectRef]) -> bool {
        self.top != other.top
            || self.agents.get(&user) != other.agents.get(&user)
            || containers.iter().any(|it| self.things.get(it) != other.things.get(it))
    }
}

struct Building<'a> {
    frame: Frame,
    published: &'a PublishedIds,
    settings: &'a Settings,
    notes: &'a mut Notes,
}

impl Building<'_> {
    fn all(
        &mut self,
        objects: &[Object],
        make: fn(&mut Self, &Object) -> Result<Option<Thing>, Fault>,
    ) -> Result<(), Failed> {
        let mut ids = BTreeSet::new();
        for object in objects {
            match make(self, object) {
                Ok(Some(thing)) => {
                    if !ids.insert(thing.line.id) {
                        let (file, id) = (thing.line.file.name(), thing.line.id);
                        return Err(Failed::Invalid(format!("{file}: {id} stands twice")));
                    }
                    self.frame.things.insert(object.id, thing);
                }
                Ok(None) | Err(Fault::Withheld) => {}
                Err(Fault::Invalid(detail)) => return Err(Failed::Invalid(detail)),
            }
        }
        Ok(())
    }

    fn line(&mut self, file: File, object: &Object, cells: &[&str]) -> Result<Line, Fault> {
        let id = self.published.of(object.id);
        let line = cells::line(file, self.settings.version, id, cells, self.notes);
        if line == Err(Fault::Withheld) {
            self.notes.count(format!("{}: rows left out without what they need", file.name()));
        }
        line
    }

    fn org(&mut self, object: &Object) -> Result<Option<Thing>, Fault> {
        let values = &object.values;
        let cells = [
            text(values, at::ORG_NAME),
            text(values, at::ORG_TYPE),
            text(values, at::ORG_IDENTIFIER),
        ];
        let line = self.line(File::Orgs, object, &cells)?;
        if refs(values, at::ORG_PARENT).is_empty() {
            self.frame.top = self.frame.top.or(Some(line.id));
        }
        Ok(Some(Thing { line, school: None, primary: None }))
    }

    /// Parents stand among what they are parents of: known when all are.
    fn parents(&mut self, orgs: &[Object]) {
        const PARENT: usize = 3;
        self.put_parents(orgs, at::ORG_PARENT, PARENT);
    }

    fn session_parents(&mut self, sessions: &[Object]) {
        const PARENT: usize = 4;
        self.put_parents(sessions, at::SESSION_PARENT, PARENT);
    }

    fn put_parents(&mut self, objects: &[Object], attribute: usize, column: usize) {
        for object in objects {
            let parent = refs(&object.values, attribute).first().filter(|it| **it != object.id);
            let parent = parent.and_then(|it| self.frame.get(*it)).map(|it| it.line.id);
            let cell = self.frame.things.get_mut(&object.id);
            if let (Some(parent), Some(thing)) = (parent, cell)
                && let Some(cell) = thing.line.cells.get_mut(column)
            {
                *cell = parent.to_string();
            }
        }
    }

    fn session(&mut self, object: &Object) -> Result<Option<Thing>, Fault> {
        let values = &object.values;
        let end = day_after(text(values, at::SESSION_END));
        let cells = [
            text(values, at::SESSION_TITLE),
            text(values, at::SESSION_TYPE),
            text(values, at::SESSION_START),
            &end,
            "",
            text(values, at::SESSION_YEAR),
        ];
        let line = self.line(File::Sessions, object, &cells)?;
        Ok(Some(Thing { line, school: None, primary: None }))
    }

    fn course(&mut self, object: &Object) -> Result<Option<Thing>, Fault> {
        let values = &object.values;
        let org = self.one(refs(values, at::COURSE_ORG), |_| true);
        let Some(org) = org else { return Ok(self.left_out(File::Courses)) };
        let year = self.one(refs(values, at::COURSE_YEAR), |line| is_session(line, Of::Year));
        let year = year.map(|it| it.to_string()).unwrap_or_default();
        let [subjects, codes] =
            lists(text(values, at::COURSE_SUBJECTS), text(values, at::COURSE_SUBJECT_CODES));
        let cells = [
            &*year,
            text(values, at::COURSE_TITLE),
            text(values, at::COURSE_CODE),
            text(values, at::COURSE_GRADES),
            &org.to_string(),
            subjects,
            codes,
        ];
        let line = self.line(File::Courses, object, &cells)?;
        Ok(Some(Thing { line, school: None, primary: None }))
    }

    fn class(&mut self, object: &Object) -> Result<Option<Thing>, Fault> {
        let values = &object.values;
        let school = self.one(refs(values, at::CLASS_SCHOOL), is_school);
        let course = self.one(refs(values, at::CLASS_COURSE), |_| true);
        let terms = refs(values, at::CLASS_TERMS).iter().filter_map(|it| self.frame.get(*it));
        let terms = terms.map(|it| &it.line).filter(|line| is_session(line, Of::Part));
        let terms = joined(terms.map(|line| line.id).collect::<BTreeSet<_>>());
        let (Some(school), Some(course), false) = (school, course, terms.is_empty()) else {
            return Ok(self.left_out(File::Classes));
        };
        let [subjects, codes] =
            lists(text(values, at::CLASS_SUBJECTS), text(values, at::CLASS_SUBJECT_CODES));
        let cells = [
            text(values, at::CLASS_TITLE),
            text(values, at::CLASS_GRADES),
            &course.to_string(),
            text(values, at::CLASS_CODE),
            text(values, at::CLASS_TYPE),
            text(values, at::CLASS_LOCATION),
            &school.to_string(),
            &terms,
            subjects,
            codes,
            text(values, at::CLASS_PERIODS),
        ];
        let line = self.line(File::Classes, object, &cells)?;
        Ok(Some(Thing { line, school: Some(school), primary: None }))
    }

    fn left_out(&mut self, file: File) -> Option<Thing> {
        self.notes.count(format!(
            "{}: rows left out whose school, course or term is not in the set",
            file.name()
        ));
        None
    }

    /// The published id of the first that is sent and fits.
    fn one(&self, to: &[ObjectRef], fits: fn(&Line) -> bool) -> Option<Key> {
        let sent = to.iter().filter_map(|it| self.frame.get(*it)).map(|it| &it.line);
        sent.filter(|line| fits(line)).map(|line| line.id).next()
    }

    /// What lines of users need of other users: who is a class's primary teacher, who answers
    /// for a child.
    fn users(&mut self, groups: &mut Groups<'_>) -> Result<(), Failed> {
        let guardians = self.settings.has(Extra::Guardians);
        while let Some(group) = groups.next()? {
            let matters = |kind, role: &[u8]| {
                kind == ENROLLMENT && role == b"teacher" || guardians && kind == RELATIONSHIP
            };
            if !group.has_member(matters)? {
                continue;
            }
            let (object, members) = group.decode()?;
            if !users::is_sendable(&object, self.settings) {
                continue;
            }
            let id = self.published.of(object.id);
            for member in members {
                if member.kind == ENROLLMENT && member.role == "teacher" {
                    let class = self.frame.things.get_mut(&member.container);
                    if let Some(class) = class.filter(|it| it.primary.is_none_or(|it| id < it)) {
                        class.primary = Some(id);
                    }
                } else if member.kind == RELATIONSHIP && self.frame.top.is_some() && guardians {
                    let child = self.published.of(member.container);
                    self.frame.agents.entry(child).or_default().insert(id);
                }
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Year,
    Part,
}

fn is_session(line: &Line, of: Of) -> bool {
    const TYPE: usize = 1;
    let is_year = line.cells.get(TYPE).is_some_and(|it| it == "schoolYear");
    line.file == File::Sessions && is_year == (of == Of::Year)
}

fn is_school(line: &Line) -> bool {
    const TYPE: usize = 1;
    line.file == File::Orgs && line.cells.get(TYPE).is_some_and(|it| it == "school")
}

/// Subjects and their codes, of the same length or neither.
fn lists<'a>(subjects: &'a str, codes: &'a str) -> [&'a str; 2] {
    let count = |text: &str| text.split(',').count();
    if subjects.is_empty() || codes.is_empty() || count(subjects) == count(codes) {
        return [subjects, codes];
    }
    [subjects, ""]
}

const _: () = assert!(ORG.0 < SESSION.0 && SESSION.0 < COURSE.0 && CLASS.0 < USER.0);
