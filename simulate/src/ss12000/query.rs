//! Which objects a query finds, and in what order.

use std::collections::BTreeSet;

use generate::{Day, Validity};

use super::kind::Kind;
use super::params::Query;
use super::sort::sort;
use super::time;
use super::world::{Id, Org, Shelf, World, forms, id_of, list};

/// What a query found, by place on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Everything, as it lies.
    All(usize),
    /// These.
    Some(Vec<u32>),
}

impl Found {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(many) => *many,
            Self::Some(all) => all.len(),
        }
    }

    pub(super) fn at(&self, n: usize) -> Option<u32> {
        match self {
            Self::All(many) => (n < *many).then(|| u32::try_from(n).ok())?,
            Self::Some(all) => all.get(n).copied(),
        }
    }
}

/// Finds what a query asks for.
pub(super) fn find(world: &World, kind: Kind, query: &Query) -> Found {
    const NO_FILTER: [&str; 5] =
        ["limit", "pageToken", "expand", "expandReferenceNames", "sortkey"];
    let Some(shelf) = world.shelf(kind) else { return Found::All(0) };
    let sorted = query.one("sortkey");
    if sorted.is_none() && query.names().all(|it| NO_FILTER.contains(&it)) {
        return Found::All(shelf.len());
    }
    let meta = Meta::of(query);
    let candidates = candidates(world, kind, query);
    let all = candidates
        .unwrap_or_else(|| (0..shelf.len()).filter_map(|it| u32::try_from(it).ok()).collect());
    let asked = Asked { world, query, dates: Dates::of(query, "") };
    let mut found: Vec<u32> = all
        .into_iter()
        .filter(|at| meta.fits(shelf, *at))
        .filter(|at| shelf.rows.get(*at as usize).is_some_and(|row| asked.fits(kind, *row)))
        .collect();
    if let Some(key) = sorted {
        sort(world, kind, shelf, &mut found, key);
    }
    Found::Some(found)
}

/// The index that cuts most, as places on the shelf in order; `None` when all must be looked at.
fn candidates(world: &World, kind: Kind, query: &Query) -> Option<Vec<u32>> {
    let links = &world.links;
    let school =
        |name: &str| match query.one(name).and_then(id_of).map(|it| organisation(world, it))? {
            Some(Org::School(at) | Org::Unit(at)) => Some(Some(at)),
            Some(Org::Owner) => None,
            None => Some(None),
        };
    let rows: Vec<u32> = match kind {
        Kind::Person => {
            let at = school("relationship.organisation")?;
            match (at, query.one("relationship.entity.type")) {
                (None, _) => Vec::new(),
                (Some(at), Some("enrolment")) => list(&links.pupils_at, at).to_vec(),
                (Some(at), Some("duty")) => {
                    let duties = list(&links.duties_at, at).iter();
                    let duties = duties.filter_map(|it| world.town.duties.get(*it as usize));
                    duties.map(|it| it.person).collect()
                }
                (Some(_), _) => return None,
            }
        }
        Kind::Duty => match query.one("person").and_then(id_of) {
            Some(person) => list(&links.duties, person_row(world, person)?).to_vec(),
            None => school("organisation")?
                .map_or_else(Vec::new, |at| list(&links.duties_at, at).to_vec()),
        },
        Kind::Activity => match taught(world, query) {
            Some(groups) => groups,
            None => school("organisation")?
                .map_or_else(Vec::new, |at| list(&links.groups_at, at).to_vec()),
        },
        Kind::Organisation | Kind::Group | Kind::Syllabus | Kind::Empty(_) => return None,
    };
    let shelf = world.shelf(kind)?;
    let places: BTreeSet<u32> = rows.into_iter().filter_map(|it| shelf.of_row(it)).collect();
    Some(places.into_iter().collect())
}

/// The groups of a member or a teacher, when one is asked for; none of one who is unknown.
fn taught(world: &World, query: &Query) -> Option<Vec<u32>> {
    let row = |kind: Kind, id: &str| {
        let shelf = world.shelf(kind)?;
        shelf.rows.get(shelf.find(id_of(id)?)? as usize).copied()
    };
    let of = |lists: &[Vec<u32>], row: Option<u32>, all: &[generate::Membership]| {
        let own = row.map(|it| list(lists, it)).unwrap_or_default().iter();
        own.filter_map(|it| all.get(*it as usize)).map(|it| it.group).collect()
    };
    if let Some(member) = query.one("member") {
        let row = row(Kind::Person, member);
        return Some(of(&world.links.groups, row, &world.town.memberships));
    }
    let teacher = query.one("teacher")?;
    Some(of(&world.links.taught, row(Kind::Duty, teacher), &world.town.teachers))
}

fn person_row(world: &World, id: Id) -> Option<u32> {
    let shelf = world.shelf(Kind::Person)?;
    shelf.rows.get(shelf.find(id)? as usize).copied()
}

/// The organisation with this id.
fn organisation(world: &World, id: Id) -> Option<Org> {
    let shelf = world.shelf(Kind::Organisation)?;
    shelf.rows.get(shelf.find(id)? as usize).map(|it| Org::of_row(*it))
}

/// When it was created and changed.
struct Meta([Option<i64>; 4]);

impl Meta {
    fn of(query: &Query) -> Self {
        let moment = |name: &str| query.one(name).and_then(time::parse);
        Self([
            moment("meta.created.before"),
            moment("meta.created.after"),
            moment("meta.modified.before"),
            moment("meta.modified.after"),
        ])
    }

    /// Before takes in the moment itself, after does not.
    fn fits(&self, objects: &Shelf, at: u32) -> bool {
        let of = |all: &[i64]| all.get(at as usize).copied().unwrap_or(0);
        let (created, modified) = (of(&objects.created), of(&objects.modified));
        let [created_before, created_after, modified_before, modified_after] = self.0;
        created_before.is_none_or(|it| created <= it)
            && created_after.is_none_or(|it| created > it)
            && modified_before.is_none_or(|it| modified <= it)
            && modified_after.is_none_or(|it| modified > it)
    }
}

/// Limits on a first and a last day.
struct Dates([Option<Day>; 4]);

impl Dates {
    fn of(query: &Query, before: &str) -> Self {
        let day = |name: &str| query.one(&format!("{before}{name}")).and_then(|it| it.parse().ok());
        Self([
            day("startDate.onOrBefore"),
            day("startDate.onOrAfter"),
            day("endDate.onOrBefore"),
            day("endDate.onOrAfter"),
        ])
    }

    /// What has no such day always fits.
    fn fit(&self, start: Option<Day>, end: Option<Day>) -> bool {
        let [start_before, start_after, end_before, end_after] = self.0;
        let holds = |limit: Option<Day>, day: Option<Day>, fits: fn(Day, Day) -> bool| {
            limit.zip(day).is_none_or(|(limit, day)| fits(day, limit))
        };
        holds(start_before, start, |day, limit| day <= limit)
            && holds(start_after, start, |day, limit| day >= limit)
            && holds(end_before, end, |day, limit| day <= limit)
            && holds(end_after, end, |day, limit| day >= limit)
    }

    fn fits(&self, validity: Validity) -> bool {
        self.fit(Some(validity.start), validity.end)
    }

    fn none(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// A query with what it is asked of.
struct Asked<'a> {
    world: &'a World,
    query: &'a Query,
    dates: Dates,
}

impl Asked<'_> {
    /// Whether this row of the town is asked for.
    fn fits(&self, kind: Kind, row: u32) -> bool {
        match kind {
            Kind::Organisation => self.organisation(Org::of_row(row)),
            Kind::Person => self.person(row) && self.related(row),
            Kind::Duty => self.duty(row).unwrap_or(false),
            Kind::Group => self.group(row).unwrap_or(false),
            Kind::Activity => self.activity(row).unwrap_or(false),
            Kind::Syllabus => true,
            Kind::Empty(_) => false,
        }
    }

    /// True when the parameter is not given, or one of its values is good.
    fn any(&self, name: &str, good: impl Fn(&str) -> bool) -> bool {
        let mut values = self.query.all(name).peekable();
        values.peek().is_none() || values.any(good)
    }

    /// The same of an organisation by id.
    fn place(&self, name: &str, good: impl Fn(Org) -> bool) -> bool {
        let by_id = |text: &str| id_of(text).and_then(|it| organisation(self.world, it));
        self.any(name, |it| by_id(it).is_some_and(&good))
    }

    fn organisation(&self, org: Org) -> bool {
        let school = match org {
            Org::Owner => None,
            Org::School(at) | Org::Unit(at) => self.world.town.schools.get(at as usize),
        };
        let start = school.map(|_| self.world.town.origin.today.school_year_days().0);
        let coded = self.world.told_code(org);
        let code = |it: &str| coded.as_deref() == Some(it);
        let unit = matches!(org, Org::Unit(_)) && school.is_some_and(|it| !it.code.is_empty());
        self.dates.fit(start, None)
            && self.place("parent", |parent| self.world.parent(org) == Some(parent))
            && self.any("schoolUnitCode", |it| unit && code(it))
            && self.any("organisationCode", |it| !unit && code(it))
            && self.any("municipalityCode", |it| school.is_some() && it == "9999")
            && self.any("type", |it| it == org.kind())
            && self.any("schoolTypes", |it| school.is_some_and(|at| forms(at.form).contains(&it)))
    }

    fn person(&self, row: u32) -> bool {
        let Some(human) = self.world.town.persons.get(row as usize) else { return false };
        let person = &human.person;
        let named = [person.given_name.to_lowercase(), person.family_name.to_lowercase()];
        let contains = |part: &str| named.iter().any(|it| it.contains(&part.to_lowercase()));
        let external = self.world.tells_usernames();
        self.query.all("nameContains").all(contains)
            && self.any("civicNo", |it| it == person.identity_number.replace('-', ""))
            && self.any("eduPersonPrincipalName", |it| {
                it.strip_suffix("@skola.example") == Some(person.username.as_str())
            })
            && self.any("identifier.value", |it| external && it == person.username)
            && self
                .any("identifier.context", |it| external && it == "http://skola.example/username")
    }

    /// Some relation of the person's fits all that is asked of relations.
    fn related(&self, row: u32) -> bool {
        let dates = Dates::of(self.query, "relationship.");
        let kind = self.query.one("relationship.entity.type");
        let place = self.query.one("relationship.organisation");
        if kind.is_none() && place.is_none() && dates.none() {
            return true;
        }
        let org = place.map(|it| id_of(it).and_then(|id| organisation(self.world, id)));
        let good = |at: Org, validity: Validity| {
            org.is_none_or(|it| it == Some(at)) && dates.fits(validity)
        };
        let (town, links) = (&self.world.town, &self.world.links);
        let enrolled = |row: u32| {
            let own = list(&links.enrolments, row).iter();
            own.filter_map(|it| town.enrolments.get(*it as usize))
                .any(|it| good(Org::Unit(it.school), it.validity))
        };
        let asked = |name: &str| kind.is_none_or(|it| it == name);
        (asked("enrolment") && enrolled(row))
            || (asked("duty")
                && list(&links.duties, row)
                    .iter()
                    .filter_map(|it| town.duties.get(*it as usize))
                    .any(|it| good(self.world.place(it.school), it.validity)))
            || (asked("groupMembership")
                && list(&links.groups, row)
                    .iter()
                    .filter_map(|it| town.memberships.get(*it as usize))
                    .filter_map(|it| Some((it, town.groups.get(it.group as usize)?)))
                    .any(|(it, group)| good(self.world.place(group.school), it.validity)))
            || (asked("responsibleFor.enrolment")
                && list(&links.children, row)
                    .iter()
                    .filter_map(|it| town.guardians.get(*it as usize))
                    .any(|it| enrolled(it.child)))
    }

    fn duty(&self, row: u32) -> Option<bool> {
        let duty = self.world.town.duties.get(row as usize)?;
        let person = self.world.town.persons.get(duty.person as usize)?;
        let at = self.world.place(duty.school);
        Some(
            self.dates.fits(duty.validity)
                && self.place("organisation", |it| self.world.covers(it, at))
                && self.any("person", |it| id_of(it) == id_of(&person.person.id))
                && self.any("dutyRole", |it| it == self.world.duty_role(row)),
        )
    }

    fn group(&self, row: u32) -> Option<bool> {
        let group = self.world.town.groups.get(row as usize)?;
        let at = self.world.place(group.school);
        Some(
            self.dates.fits(group.validity)
                && self.place("organisation", |it| it == at)
                && self.any("groupType", |it| self.world.group_kind(row) == Some(it))
                && self.any("schoolTypes", |it| it == group.grade.code()),
        )
    }

    fn activity(&self, row: u32) -> Option<bool> {
        let town = &self.world.town;
        let group = town.groups.get(row as usize)?;
        let at = self.world.place(group.school);
        let links = &self.world.links;
        let member = |id: &str| {
            let row_of = id_of(id).and_then(|it| person_row(self.world, it));
            let members = list(&links.members, row).iter();
            let mut members = members.filter_map(|it| town.memberships.get(*it as usize));
            row_of.is_some_and(|person| members.any(|it| it.person == person))
        };
        let teacher = |id: &str| {
            let duties = list(&links.teachers, row).iter().filter_map(|it| self.world.duty_of(*it));
            let mut ids = duties.filter_map(|it| town.duties.get(it as usize));
            ids.any(|it| id_of(&town.duty_id(it)) == id_of(id))
        };
        Some(
            self.dates.fits(group.validity)
                && self.place("organisation", |it| self.world.covers(it, at))
                && self.any("group", |it| id_of(it) == id_of(&group.id))
                && self.any("member", member)
                && self.any("teacher", teacher),
        )
    }
}
