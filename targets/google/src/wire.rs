//! Calls as they go over the wire: paths, queries and bodies (reference/google.md §1, §2).

use connect::http::Method;
use serde_json::{Map, Value as Json, json};
use state::Object;

use crate::card::{course, group, user};
use crate::client::{Counts, Part};
use crate::map;

const UNITS: &str = "/admin/directory/v1/customer/{customer}/orgunits";
const USERS: &str = "/admin/directory/v1/users";
const USER: &str = "/admin/directory/v1/users/{user}";
const GROUPS: &str = "/admin/directory/v1/groups";
const GROUP: &str = "/admin/directory/v1/groups/{group}";
const MEMBERS: &str = "/admin/directory/v1/groups/{group}/members";
const MEMBER: &str = "/admin/directory/v1/groups/{group}/members/{member}";
const GROUP_SETTINGS: &str = "/groups/v1/groups/{group}";
const COURSES: &str = "/v1/courses";
const COURSE: &str = "/v1/courses/{course}";
const TEACHERS: &str = "/v1/courses/{course}/teachers";
const TEACHER: &str = "/v1/courses/{course}/teachers/{user}";
const STUDENTS: &str = "/v1/courses/{course}/students";
const STUDENT: &str = "/v1/courses/{course}/students/{user}";

/// What is asked for of a user, and no more.
const USER_FIELDS: &str = "id,primaryEmail,name(givenName,familyName,displayName),orgUnitPath,suspended,isAdmin,isDelegatedAdmin,externalIds";
const GROUP_FIELDS: &str = "id,email,name,description,externalIds";
const COURSE_FIELDS: &str = "id,name,section,ownerId,courseState";

/// Pages (reference/google.md §1.5): as large as the service gives.
const USER_PAGE: &str = "500";
const GROUP_PAGE: &str = "200";
/// Classroom publishes no largest page, and may give fewer (§2.2).
const ROSTER_PAGE: &str = "100";
const COURSE_PAGE: &str = "500";

/// The states of a course: one that is not asked for would be made anew each night (§7).
const STATES: [&str; 5] = ["ACTIVE", "ARCHIVED", "PROVISIONED", "DECLINED", "SUSPENDED"];

/// Which members of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roster {
    Teachers,
    Students,
}

impl Roster {
    /// The name of the list, and of the fields of each.
    pub(crate) fn list(self) -> &'static str {
        match self {
            Self::Teachers => "teachers",
            Self::Students => "students",
        }
    }

    /// The other one: nobody is in both (reference/google.md §2.2).
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Teachers => Self::Students,
            Self::Students => Self::Teachers,
        }
    }

    fn all(self) -> &'static str {
        match self {
            Self::Teachers => TEACHERS,
            Self::Students => STUDENTS,
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Teachers => TEACHER,
            Self::Students => STUDENT,
        }
    }
}

fn page(part: Part, token: Option<&str>) -> Part {
    match token {
        Some(token) => part.query("pageToken", token),
        None => part,
    }
}

fn post(template: &'static str, ids: &[&str], body: Json) -> Part {
    Part::new(Method::POST, template, ids).body(body)
}

fn patch(template: &'static str, ids: &[&str], body: Json) -> Part {
    Part::new(Method::PATCH, template, ids).body(body)
}

pub(crate) fn units(customer: &str) -> Part {
    let part = Part::get(UNITS, &[customer]).query("type", "allIncludingParent");
    part.query("fields", "organizationUnits(orgUnitId,orgUnitPath)")
}

pub(crate) fn users(customer: &str, token: Option<&str>) -> Part {
    let part = Part::get(USERS, &[]).query("customer", customer).query("maxResults", USER_PAGE);
    page(part.query("fields", &format!("nextPageToken,users({USER_FIELDS})")), token)
}

/// One user, by id or address.
pub(crate) fn user(key: &str) -> Part {
    Part::get(USER, &[key]).query("fields", USER_FIELDS)
}

pub(crate) fn new_user(body: Json) -> Part {
    post(USERS, &[], body).query("fields", "id").counts(Counts::NewUser)
}

/// Google recommends `update`: what is left out stays as it is (reference/google.md §1.1).
pub(crate) fn change_user(id: &str, body: Json) -> Part {
    Part::new(Method::PUT, USER, &[id]).body(body).query("fields", "id")
}

pub(crate) fn delete_user(id: &str) -> Part {
    Part::new(Method::DELETE, USER, &[id])
}

pub(crate) fn groups(customer: &str, token: Option<&str>) -> Part {
    let part = Part::get(GROUPS, &[]).query("customer", customer).query("maxResults", GROUP_PAGE);
    page(part.query("fields", &format!("nextPageToken,groups({GROUP_FIELDS})")), token)
}

/// One group, by id or address.
pub(crate) fn group(key: &str) -> Part {
    Part::get(GROUP, &[key]).query("fields", GROUP_FIELDS)
}

pub(crate) fn new_group(body: Json) -> Part {
    post(GROUPS, &[], body).query("fields", "id,externalIds")
}

pub(crate) fn change_group(id: &str, body: Json) -> Part {
    patch(GROUP, &[id], body).query("fields", "id,externalIds")
}

pub(crate) fn delete_group(id: &str) -> Part {
    Part::new(Method::DELETE, GROUP, &[id])
}

/// `alt=json` is required there (reference/google.md §1.3).
pub(crate) fn set_group(address: &str, body: Json) -> Part {
    patch(GROUP_SETTINGS, &[address], body).query("alt", "json").query("fields", "email")
}

/// What tells that a group has our settings: a school changes others by hand.
pub(crate) const SET_UP: [&str; 3] = ["whoCanJoin", "whoCanLeaveGroup", "allowExternalMembers"];

/// As much of a group's settings as tells whether it has ours; `doctor` reads it, too.
pub(crate) fn group_settings(address: &str) -> Part {
    let part = Part::get(GROUP_SETTINGS, &[address]).query("alt", "json");
    part.query("fields", &format!("email,{}", SET_UP.join(",")))
}

pub(crate) fn members(group: &str, token: Option<&str>) -> Part {
    let part = Part::get(MEMBERS, &[group]).query("maxResults", GROUP_PAGE);
    page(part.query("fields", "nextPageToken,members(id,role,type)"), token)
}

pub(crate) fn member(group: &str, user: &str) -> Part {
    Part::get(MEMBER, &[group, user]).query("fields", "id,role")
}

pub(crate) fn add_member(group: &str, user: &str, role: &str) -> Part {
    post(MEMBERS, &[group], json!({ "id": user, "role": role })).query("fields", "id")
}

pub(crate) fn change_member(group: &str, user: &str, role: &str) -> Part {
    patch(MEMBER, &[group, user], json!({ "role": role })).query("fields", "id")
}

pub(crate) fn remove_member(group: &str, user: &str) -> Part {
    Part::new(Method::DELETE, MEMBER, &[group, user])
}

pub(crate) fn courses(token: Option<&str>) -> Part {
    let part = Part::get(COURSES, &[]).query("pageSize", COURSE_PAGE);
    let part = STATES.iter().fold(part, |part, state| part.query("courseStates", state));
    page(part.query("fields", &format!("nextPageToken,courses({COURSE_FIELDS})")), token)
}

/// One course, by id or alias.
pub(crate) fn course(key: &str) -> Part {
    Part::get(COURSE, &[key]).query("fields", COURSE_FIELDS)
}

pub(crate) fn new_course(body: Json) -> Part {
    post(COURSES, &[], body).query("fields", "id")
}

/// Changes what the body names: without a mask it is refused (reference/google.md §2.1).
pub(crate) fn change_course(id: &str, body: &Map<String, Json>) -> Part {
    let mask: Vec<&str> = body.keys().map(String::as_str).collect();
    let part = patch(COURSE, &[id], Json::Object(body.clone()));
    part.query("updateMask", &mask.join(",")).query("fields", "id")
}

pub(crate) fn course_state(id: &str, state: &str) -> Part {
    change_course(id, &Map::from_iter([("courseState".to_owned(), json!(state))]))
}

pub(crate) fn delete_course(id: &str) -> Part {
    Part::new(Method::DELETE, COURSE, &[id])
}

pub(crate) fn roster(course: &str, roster: Roster, token: Option<&str>) -> Part {
    let part = Part::get(roster.all(), &[course]).query("pageSize", ROSTER_PAGE);
    page(part.query("fields", &format!("nextPageToken,{}(userId)", roster.list())), token)
}

pub(crate) fn of_roster(course: &str, roster: Roster, user: &str) -> Part {
    Part::get(roster.one(), &[course, user]).query("fields", "userId")
}

pub(crate) fn enrol(course: &str, roster: Roster, user: &str) -> Part {
    post(roster.all(), &[course], json!({ "userId": user })).query("fields", "userId")
}

pub(crate) fn unenrol(course: &str, roster: Roster, user: &str) -> Part {
    Part::new(Method::DELETE, roster.one(), &[course, user])
}

/// The body of a new user; when the password is to be changed is added by the caller.
pub(crate) fn user_body(object: &Object, marker: &str, password: &str) -> Map<String, Json> {
    let mut body = user_values(&map::texts(object), |_| true);
    body.insert("password".to_owned(), json!(password));
    body.insert("externalIds".to_owned(), json!([map::user_marker(marker)]));
    body
}

/// What changes of a user; a value that is no more is cleared.
pub(crate) fn user_changes(before: &Object, after: &Object) -> Map<String, Json> {
    let (old, new) = (map::texts(before), map::texts(after));
    let at = |texts: &[Option<String>], place: usize| texts.get(place).cloned().flatten();
    let differs = |place: usize| at(&old, place) != at(&new, place);
    let mut body = user_values(&new, differs);
    if differs(user::DISPLAY_NAME) && at(&new, user::DISPLAY_NAME).is_none() {
        name_of(&mut body)["displayName"] = Json::Null;
    }
    if differs(user::SUSPENDED) {
        body.insert("suspended".to_owned(), json!(at(&new, user::SUSPENDED).is_some()));
    }
    body
}

fn user_values(texts: &[Option<String>], wanted: impl Fn(usize) -> bool) -> Map<String, Json> {
    let mut body = Map::new();
    for (place, text) in texts.iter().enumerate().filter(|(place, _)| wanted(*place)) {
        let Some(text) = text else { continue };
        match place {
            user::EMAIL => drop(body.insert("primaryEmail".to_owned(), json!(text))),
            user::GIVEN_NAME => name_of(&mut body)["givenName"] = json!(text),
            user::FAMILY_NAME => name_of(&mut body)["familyName"] = json!(text),
            user::DISPLAY_NAME => name_of(&mut body)["displayName"] = json!(text),
            user::ORG_UNIT_PATH => drop(body.insert("orgUnitPath".to_owned(), json!(text))),
            // Asleep is told by itself; standing is never sent.
            _ => {}
        }
    }
    body
}

fn name_of(body: &mut Map<String, Json>) -> &mut Json {
    body.entry("name").or_insert_with(|| json!({}))
}

/// What differs of a group, under the names that Google has; `before` is `None` for a new one.
pub(crate) fn group_values(before: Option<&Object>, after: &Object) -> Map<String, Json> {
    let names =
        [(group::EMAIL, "email"), (group::NAME, "name"), (group::DESCRIPTION, "description")];
    values(&names, before, after)
}

/// What differs of a course but for its owner.
pub(crate) fn course_values(before: Option<&Object>, after: &Object) -> Map<String, Json> {
    values(&[(course::NAME, "name"), (course::SECTION, "section")], before, after)
}

fn values(names: &[(usize, &str)], before: Option<&Object>, after: &Object) -> Map<String, Json> {
    let text = |object: &Object, at: usize| {
        object.values.get(at).and_then(|it| it.text()).map(str::to_owned)
    };
    let mut body = Map::new();
    for (at, name) in names {
        let (old, new) = (before.and_then(|it| text(it, *at)), text(after, *at));
        if old != new {
            body.insert((*name).to_owned(), json!(new.unwrap_or_default()));
        }
    }
    body
}
