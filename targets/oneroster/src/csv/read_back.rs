//! A delivered set read back as rows, when the memory of it was lost. Ids are published ones.
//!
//! What lines do not tell is named: of 1.1 all roles but the first, of both how a guardian is
//! related and which of several roles a school year belongs to.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Member, Object, ObjectRef, PushRow, ReadBack, Row, Untold, Value};

use super::card::{CARD, CLASS, COURSE, ENROLLMENT, ORG, RELATIONSHIP, ROLE, USER, at};
use super::columns::File;
use super::ids::derived;
use super::stock::{Stock, Told, kind_of};
use super::{Deliver, Failed, Version};

/// Reads what lies in the folder, in whichever form and version it is.
pub(super) fn read(deliver: &Deliver, push: PushRow<'_>) -> Result<ReadBack, Failed> {
    let Some(stock) = Stock::open(deliver)? else { return Ok(ReadBack::Nothing) };
    let mut reading = Reading { push, schools: BTreeSet::new(), people: BTreeMap::new() };
    for file in [File::Orgs, File::Sessions, File::Courses, File::Classes, File::Users] {
        stock.lines(file, &mut |line| reading.object(file, line))?;
    }
    stock.lines(File::Enrollments, &mut |line| reading.place(line))?;
    stock.lines(File::Roles, &mut |line| reading.role(line))?;
    let unsure = reading.people()?;
    let mut untold = Untold { attributes: without_column(stock.version), unsure, ..untold() };
    if stock.version == Version::V1_1 {
        untold.partly.push(ROLE);
        untold.unsure.clear();
    }
    Ok(ReadBack::Rows { intact: stock.intact, untold })
}

fn untold() -> Untold {
    Untold {
        of_memberships: vec![(ROLE, at::ROLE_GRADE), (ROLE, at::ROLE_PRIMARY)],
        partly: vec![RELATIONSHIP],
        ..Untold::default()
    }
}

/// Attributes that the version has no column for.
fn without_column(version: Version) -> Vec<(state::Kind, usize)> {
    let files = [File::Orgs, File::Sessions, File::Courses, File::Classes, File::Users];
    let of_file = |file: File| {
        let kind = kind_of(file);
        let attributes = CARD.objects[usize::from(kind.0)].attributes.iter().enumerate();
        let has = move |name| file.columns(version).iter().any(|column| column.name == name);
        attributes.filter(move |(_, it)| !has(it.name)).map(move |(at, _)| (kind, at))
    };
    files.into_iter().flat_map(of_file).collect()
}

/// What is known of a user from several files.
#[derive(Default)]
struct Person {
    grades: Vec<String>,
    roles: Vec<Role>,
    /// Ids that roles have which follow from places in classes.
    from_places: BTreeSet<Key>,
    /// Who answers for the user.
    agents: Vec<Key>,
}

struct Role {
    id: Key,
    org: Key,
    word: String,
    dates: [Value; 2],
}

struct Reading<'a> {
    push: PushRow<'a>,
    schools: BTreeSet<Key>,
    people: BTreeMap<Key, Person>,
}

impl Reading<'_> {
    fn object(&mut self, file: File, line: &Told<'_>) -> Result<(), Failed> {
        let id = ObjectRef { kind: kind_of(file), key: line.id()? };
        let attributes = CARD.objects[usize::from(id.kind.0)].attributes;
        let values: Vec<Value> =
            attributes.iter().map(|it| line.value(it.name)).collect::<Result<_, _>>()?;
        let mut schools = Vec::new();
        match id.kind {
            ORG if line.cell("type") == "school" => {
                self.schools.insert(id.key);
                schools.push(id.key);
            }
            COURSE => schools.extend(self.school(&values, at::COURSE_ORG)),
            CLASS => schools.extend(self.school(&values, at::CLASS_SCHOOL)),
            USER => self.user(id.key, line)?,
            _ => {}
        }
        Ok((self.push)(&Row::Object(Object { id, values, schools }).encoded())?)
    }

    fn school(&self, values: &[Value], attribute: usize) -> Option<Key> {
        let org = values.get(attribute)?.refs().first()?.key;
        self.schools.contains(&org).then_some(org)
    }

    fn user(&mut self, id: Key, line: &Told<'_>) -> Result<(), Failed> {
        let person = self.people.entry(id).or_default();
        let grades = line.cell("grades").split(',').filter(|grade| !grade.is_empty());
        person.grades = grades.map(str::to_owned).collect();
        person.agents = line.keys("agentSourcedIds")?;
        let word = line.cell("role");
        for org in line.keys("orgSourcedIds")? {
            let dates = [Value::None, Value::None];
            person.roles.push(Role {
                id: derived("role", id, org, word),
                org,
                word: word.to_owned(),
                dates,
            });
        }
        Ok(())
    }

    fn place(&mut self, line: &Told<'_>) -> Result<(), Failed> {
        let (class, user) = (line.key("classSourcedId")?, line.key("userSourcedId")?);
        let (school, role) = (line.key("schoolSourcedId")?, line.cell("role"));
        let made = derived("role", user, school, role);
        self.people.entry(user).or_default().from_places.insert(made);
        let container = ObjectRef { kind: CLASS, key: class };
        let values = vec![line.value("beginDate")?, line.value("endDate")?];
        self.member(ENROLLMENT, container, user, role, values, vec![school])
    }

    fn role(&mut self, line: &Told<'_>) -> Result<(), Failed> {
        let role = Role {
            id: line.id()?,
            org: line.key("orgSourcedId")?,
            word: line.cell("role").to_owned(),
            dates: [line.value("beginDate")?, line.value("endDate")?],
        };
        self.people.entry(line.key("userSourcedId")?).or_default().roles.push(role);
        Ok(())
    }

    /// Roles and guardians, now that all is known of everybody. Returns whose roles may be
    /// such as are added to users who have none.
    fn people(&mut self) -> Result<BTreeSet<(state::Kind, ObjectRef)>, Failed> {
        let people = std::mem::take(&mut self.people);
        let guardians: BTreeSet<Key> = people.values().flat_map(|it| &it.agents).copied().collect();
        let mut unsure = BTreeSet::new();
        for (id, person) in &people {
            if may_be_added(person, guardians.contains(id)) {
                unsure.insert((ROLE, ObjectRef { kind: USER, key: *id }));
            }
            for role in &person.roles {
                let container = ObjectRef { kind: ORG, key: role.org };
                let [begin, end] = role.dates.clone();
                let values = vec![grade(person, role), Value::None, begin, end];
                let schools = self.schools.get(&role.org).copied().into_iter().collect();
                self.member(ROLE, container, *id, &role.word, values, schools)?;
            }
            for agent in &person.agents {
                let word = people.get(agent).map_or("guardian", relation);
                let child = ObjectRef { kind: USER, key: *id };
                self.member(RELATIONSHIP, child, *agent, word, Vec::new(), Vec::new())?;
            }
        }
        Ok(unsure)
    }

    fn member(
        &mut self,
        kind: state::Kind,
        container: ObjectRef,
        user: Key,
        role: &str,
        values: Vec<Value>,
        schools: Vec<Key>,
    ) -> Result<(), Failed> {
        let (member, role) = (ObjectRef { kind: USER, key: user }, role.to_owned());
        let row = Row::Member(Member { kind, container, member, role, values, schools });
        Ok((self.push)(&row.encoded())?)
    }
}

/// Whether the roles are those that a user without roles is given: what places in classes
/// say, or, for who is only a guardian, one at the top.
fn may_be_added(person: &Person, is_guardian: bool) -> bool {
    if person.roles.iter().any(|role| role.dates != [Value::None, Value::None]) {
        return false;
    }
    let ids: BTreeSet<Key> = person.roles.iter().map(|role| role.id).collect();
    if person.from_places.is_empty() {
        return is_guardian && ids.len() == 1;
    }
    ids == person.from_places
}

/// The school year of a role, where it can only be that one's.
fn grade(person: &Person, role: &Role) -> Value {
    let ([written], "student") = (&person.grades[..], &*role.word) else { return Value::None };
    if person.roles.iter().filter(|it| it.word == "student").count() != 1 {
        return Value::None;
    }
    // The other way round than they are written, whichever way was chosen.
    let grade = match &**written {
        "F" | "KG" => "kg",
        "GY1" => "10",
        "GY2" => "11",
        "GY3" => "12",
        "GY4" => "13",
        other => other,
    };
    Value::Text(grade.to_owned())
}

/// Roles of guardians, which are words of relations too.
const RELATIONS: [&str; 3] = ["guardian", "parent", "relative"];

/// How a guardian is related, as far as the role tells.
fn relation(guardian: &Person) -> &str {
    let mut words = guardian.roles.iter().map(|role| &*role.word);
    words.find(|word| RELATIONS.contains(word)).unwrap_or("guardian")
}
