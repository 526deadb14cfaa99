//! Every method that is served: its verb, path, parameters, scopes and body, as the discovery
//! documents have them (`specs/google`; a test holds this table against them).

use super::asked::{Asked, Done};
use super::bodies::Body;
use super::classroom::{courses, guardians, invitations, names, profiles, roster};
use super::directory::{
    aliases, customer, groups, life, members, settings, units, users, users_write,
};
use super::refusal::Refusal;
use super::world::World;

/// Which of Google's services a method belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Api {
    Directory,
    Classroom,
    Settings,
}

/// Carries a call out.
type Run = fn(&mut World, &Asked<'_>) -> Result<Done, Refusal>;

/// One method.
#[derive(Debug)]
pub(super) struct Method {
    /// As the discovery document names it.
    pub(super) id: &'static str,
    pub(super) verb: &'static str,
    pub(super) path: &'static str,
    /// Parameters of the query, `name:type`; a type is `text`, `boolean`, `number`,
    /// `number=LEAST..MOST`, or values between bars, with `*` when it may be repeated.
    pub(super) query: &'static str,
    /// Scopes of which one must be there, without `https://www.googleapis.com/auth/`.
    pub(super) scopes: &'static str,
    pub(super) body: Option<Body>,
    pub(super) run: Run,
}

impl Method {
    pub(super) fn api(&self) -> Api {
        match self.id.split('.').next() {
            Some("classroom") => Api::Classroom,
            Some("groupsSettings") => Api::Settings,
            Some(_) | None => Api::Directory,
        }
    }

    /// The values of what is in braces in the path, undecoded; `None` when it does not fit.
    fn fits<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let mut found = Vec::new();
        let mut rest = path;
        let mut template = self.path;
        loop {
            let (own, more) = template.split_once('/').unwrap_or((template, ""));
            if let Some(name) = own.strip_prefix("{+").and_then(|it| it.strip_suffix('}')) {
                return (!rest.is_empty()).then(|| {
                    found.push((name, rest));
                    found
                });
            }
            let (given, others) = rest.split_once('/').unwrap_or((rest, ""));
            match own.strip_prefix('{').and_then(|it| it.split_once('}')) {
                Some((name, end)) => {
                    let value = given.strip_suffix(end).filter(|it| !it.is_empty())?;
                    found.push((name, value));
                }
                None if own == given => {}
                None => return None,
            }
            let ended = (!template.contains('/'), !rest.contains('/'));
            match ended {
                (true, true) => return Some(found),
                (false, false) => (template, rest) = (more, others),
                (true, false) | (false, true) => return None,
            }
        }
    }
}

/// What a path means, and the values within it.
pub(super) fn find<'a>(
    verb: &str,
    path: &'a str,
) -> Option<(&'static Method, Vec<(&'static str, &'a str)>)> {
    let path = path.trim_start_matches('/');
    let of_verb = METHODS.iter().filter(|it| it.verb == verb);
    of_verb.into_iter().find_map(|it| Some((it, it.fits(path)?)))
}

const fn method(
    (id, verb, path): (&'static str, &'static str, &'static str),
    query: &'static str,
    scopes: &'static str,
    body: Option<Body>,
    run: Run,
) -> Method {
    Method { id, verb, path, query, scopes, body, run }
}

const USERS: &str = "admin/directory/v1/users";
const USER: &str = "admin/directory/v1/users/{userKey}";
const UNITS: &str = "admin/directory/v1/customer/{customerId}/orgunits";
const UNIT: &str = "admin/directory/v1/customer/{customerId}/orgunits/{+orgUnitPath}";
const GROUPS: &str = "admin/directory/v1/groups";
const GROUP: &str = "admin/directory/v1/groups/{groupKey}";
const MEMBERS: &str = "admin/directory/v1/groups/{groupKey}/members";
const MEMBER: &str = "admin/directory/v1/groups/{groupKey}/members/{memberKey}";

const WRITE_USERS: &str = "admin.directory.user";
const READ_USERS: &str = "admin.directory.user admin.directory.user.readonly";
const LIST_USERS: &str = "admin.directory.user admin.directory.user.readonly cloud-platform";
const WRITE_ALIASES: &str = "admin.directory.user admin.directory.user.alias";
const READ_ALIASES: &str = "admin.directory.user admin.directory.user.alias admin.directory.user.alias.readonly admin.directory.user.readonly";
const WRITE_UNITS: &str = "admin.directory.orgunit";
const READ_UNITS: &str = "admin.directory.orgunit admin.directory.orgunit.readonly";
const WRITE_GROUPS: &str = "admin.directory.group";
const READ_GROUPS: &str = "admin.directory.group admin.directory.group.readonly";
const WRITE_MEMBERS: &str = "admin.directory.group admin.directory.group.member";
const READ_MEMBERS: &str = "admin.directory.group admin.directory.group.member admin.directory.group.member.readonly admin.directory.group.readonly";
const SETTINGS: &str = "apps.groups.settings";
const WRITE_COURSES: &str = "classroom.courses";
const READ_COURSES: &str = "classroom.courses classroom.courses.readonly";
const WRITE_ROSTERS: &str = "classroom.profile.emails classroom.profile.photos classroom.rosters";
const CUT_ROSTERS: &str = "classroom.rosters";
const SEE_ROSTERS: &str = "classroom.profile.emails classroom.profile.photos classroom.rosters classroom.rosters.readonly";
const READ_ROSTERS: &str = "classroom.rosters classroom.rosters.readonly";
const READ_GUARDIANS: &str = "classroom.guardianlinks.me.readonly classroom.guardianlinks.students classroom.guardianlinks.students.readonly";

const SHOWN: &str =
    "customFieldMask:text projection:basic|custom|full viewType:admin_view|domain_public";
const USER_LIST: &str = "customFieldMask:text customer:text domain:text event:add|delete|makeAdmin|undelete|update maxResults:number=1..500 orderBy:email|familyName|givenName pageToken:text projection:basic|custom|full query:text showDeleted:text sortOrder:ASCENDING|DESCENDING viewType:admin_view|domain_public";
const GROUP_LIST: &str = "customer:text domain:text maxResults:number=1.. orderBy:email pageToken:text query:text sortOrder:ASCENDING|DESCENDING userKey:text";
const MEMBER_LIST: &str =
    "includeDerivedMembership:boolean maxResults:number=1.. pageToken:text roles:text";
const COURSE_LIST: &str = "courseStates:COURSE_STATE_UNSPECIFIED|ACTIVE|ARCHIVED|PROVISIONED|DECLINED|SUSPENDED* pageSize:number pageToken:text studentId:text teacherId:text";
const PAGED: &str = "pageSize:number pageToken:text";

/// Every method.
#[rustfmt::skip]
pub(super) static METHODS: &[Method] = &[
    method(("directory.users.insert", "POST", USERS), "resolveConflictAccount:boolean", WRITE_USERS, Some(Body::User), users_write::insert),
    method(("directory.users.list", "GET", USERS), USER_LIST, LIST_USERS, None, users::list),
    method(("directory.users.get", "GET", USER), SHOWN, READ_USERS, None, users::get),
    method(("directory.users.update", "PUT", USER), "", WRITE_USERS, Some(Body::User), users_write::update),
    method(("directory.users.patch", "PATCH", USER), "", WRITE_USERS, Some(Body::User), users_write::update),
    method(("directory.users.delete", "DELETE", USER), "", WRITE_USERS, None, life::delete),
    method(("directory.users.undelete", "POST", "admin/directory/v1/users/{userKey}/undelete"), "", WRITE_USERS, Some(Body::Undelete), life::undelete),
    method(("directory.users.makeAdmin", "POST", "admin/directory/v1/users/{userKey}/makeAdmin"), "", WRITE_USERS, Some(Body::MakeAdmin), life::make_admin),
    method(("directory.users.signOut", "POST", "admin/directory/v1/users/{userKey}/signOut"), "", "admin.directory.user.security", None, life::sign_out),
    method(("directory.users.aliases.insert", "POST", "admin/directory/v1/users/{userKey}/aliases"), "", WRITE_ALIASES, Some(Body::Alias), aliases::insert_user),
    method(("directory.users.aliases.list", "GET", "admin/directory/v1/users/{userKey}/aliases"), "event:add|delete", READ_ALIASES, None, aliases::list_user),
    method(("directory.users.aliases.delete", "DELETE", "admin/directory/v1/users/{userKey}/aliases/{alias}"), "", WRITE_ALIASES, None, aliases::delete_user),
    method(("directory.customers.get", "GET", "admin/directory/v1/customers/{customerKey}"), "", "admin.directory.customer admin.directory.customer.readonly", None, customer::get),
    method(("directory.domains.list", "GET", "admin/directory/v1/customer/{customer}/domains"), "", "admin.directory.domain admin.directory.domain.readonly", None, customer::domains),
    method(("directory.orgunits.insert", "POST", UNITS), "", WRITE_UNITS, Some(Body::Unit), units::insert),
    method(("directory.orgunits.list", "GET", UNITS), "orgUnitPath:text type:all|children|allIncludingParent", READ_UNITS, None, units::list),
    method(("directory.orgunits.get", "GET", UNIT), "", READ_UNITS, None, units::get),
    method(("directory.orgunits.update", "PUT", UNIT), "", WRITE_UNITS, Some(Body::Unit), units::update),
    method(("directory.orgunits.patch", "PATCH", UNIT), "", WRITE_UNITS, Some(Body::Unit), units::update),
    method(("directory.orgunits.delete", "DELETE", UNIT), "", WRITE_UNITS, None, units::delete),
    method(("directory.groups.insert", "POST", GROUPS), "", WRITE_GROUPS, Some(Body::Group), groups::insert),
    method(("directory.groups.list", "GET", GROUPS), GROUP_LIST, READ_GROUPS, None, groups::list),
    method(("directory.groups.get", "GET", GROUP), "", READ_GROUPS, None, groups::get),
    method(("directory.groups.update", "PUT", GROUP), "", WRITE_GROUPS, Some(Body::Group), groups::update),
    method(("directory.groups.patch", "PATCH", GROUP), "", WRITE_GROUPS, Some(Body::Group), groups::update),
    method(("directory.groups.delete", "DELETE", GROUP), "", WRITE_GROUPS, None, groups::delete),
    method(("directory.groups.aliases.insert", "POST", "admin/directory/v1/groups/{groupKey}/aliases"), "", WRITE_GROUPS, Some(Body::Alias), aliases::insert_group),
    method(("directory.groups.aliases.list", "GET", "admin/directory/v1/groups/{groupKey}/aliases"), "", READ_GROUPS, None, aliases::list_group),
    method(("directory.groups.aliases.delete", "DELETE", "admin/directory/v1/groups/{groupKey}/aliases/{alias}"), "", WRITE_GROUPS, None, aliases::delete_group),
    method(("directory.members.insert", "POST", MEMBERS), "", WRITE_MEMBERS, Some(Body::Member), members::insert),
    method(("directory.members.list", "GET", MEMBERS), MEMBER_LIST, READ_MEMBERS, None, members::list),
    method(("directory.members.get", "GET", MEMBER), "", READ_MEMBERS, None, members::get),
    method(("directory.members.update", "PUT", MEMBER), "", WRITE_MEMBERS, Some(Body::Member), members::update),
    method(("directory.members.patch", "PATCH", MEMBER), "", WRITE_MEMBERS, Some(Body::Member), members::update),
    method(("directory.members.delete", "DELETE", MEMBER), "", WRITE_MEMBERS, None, members::delete),
    method(("directory.members.hasMember", "GET", "admin/directory/v1/groups/{groupKey}/hasMember/{memberKey}"), "", READ_MEMBERS, None, members::has),
    method(("groupsSettings.groups.get", "GET", "groups/v1/groups/{groupUniqueId}"), "", SETTINGS, None, settings::get),
    method(("groupsSettings.groups.update", "PUT", "groups/v1/groups/{groupUniqueId}"), "", SETTINGS, Some(Body::Settings), settings::update),
    method(("groupsSettings.groups.patch", "PATCH", "groups/v1/groups/{groupUniqueId}"), "", SETTINGS, Some(Body::Settings), settings::update),
    method(("classroom.courses.create", "POST", "v1/courses"), "", WRITE_COURSES, Some(Body::Course), courses::create),
    method(("classroom.courses.list", "GET", "v1/courses"), COURSE_LIST, READ_COURSES, None, courses::list),
    method(("classroom.courses.get", "GET", "v1/courses/{id}"), "", READ_COURSES, None, courses::get),
    method(("classroom.courses.patch", "PATCH", "v1/courses/{id}"), "updateMask:text", WRITE_COURSES, Some(Body::Course), courses::patch),
    method(("classroom.courses.update", "PUT", "v1/courses/{id}"), "", WRITE_COURSES, Some(Body::Course), courses::update),
    method(("classroom.courses.delete", "DELETE", "v1/courses/{id}"), "", WRITE_COURSES, None, courses::delete),
    method(("classroom.courses.aliases.create", "POST", "v1/courses/{courseId}/aliases"), "", WRITE_COURSES, Some(Body::CourseAlias), names::create),
    method(("classroom.courses.aliases.list", "GET", "v1/courses/{courseId}/aliases"), PAGED, READ_COURSES, None, names::list),
    method(("classroom.courses.aliases.delete", "DELETE", "v1/courses/{courseId}/aliases/{alias}"), "", WRITE_COURSES, None, names::delete),
    method(("classroom.courses.teachers.create", "POST", "v1/courses/{courseId}/teachers"), "", WRITE_ROSTERS, Some(Body::Teacher), roster::add_teacher),
    method(("classroom.courses.teachers.list", "GET", "v1/courses/{courseId}/teachers"), PAGED, SEE_ROSTERS, None, roster::list_teachers),
    method(("classroom.courses.teachers.get", "GET", "v1/courses/{courseId}/teachers/{userId}"), "", SEE_ROSTERS, None, roster::get_teacher),
    method(("classroom.courses.teachers.delete", "DELETE", "v1/courses/{courseId}/teachers/{userId}"), "", CUT_ROSTERS, None, roster::delete_teacher),
    method(("classroom.courses.students.create", "POST", "v1/courses/{courseId}/students"), "enrollmentCode:text", WRITE_ROSTERS, Some(Body::Student), roster::add_student),
    method(("classroom.courses.students.list", "GET", "v1/courses/{courseId}/students"), PAGED, SEE_ROSTERS, None, roster::list_students),
    method(("classroom.courses.students.get", "GET", "v1/courses/{courseId}/students/{userId}"), "", SEE_ROSTERS, None, roster::get_student),
    method(("classroom.courses.students.delete", "DELETE", "v1/courses/{courseId}/students/{userId}"), "", CUT_ROSTERS, None, roster::delete_student),
    method(("classroom.invitations.accept", "POST", "v1/invitations/{id}:accept"), "", CUT_ROSTERS, None, invitations::accept),
    method(("classroom.invitations.create", "POST", "v1/invitations"), "", CUT_ROSTERS, Some(Body::Invitation), invitations::create),
    method(("classroom.invitations.list", "GET", "v1/invitations"), "courseId:text pageSize:number pageToken:text userId:text", READ_ROSTERS, None, invitations::list),
    method(("classroom.invitations.get", "GET", "v1/invitations/{id}"), "", READ_ROSTERS, None, invitations::get),
    method(("classroom.invitations.delete", "DELETE", "v1/invitations/{id}"), "", CUT_ROSTERS, None, invitations::delete),
    method(("classroom.userProfiles.get", "GET", "v1/userProfiles/{userId}"), "", SEE_ROSTERS, None, profiles::get),
    method(("classroom.userProfiles.guardians.list", "GET", "v1/userProfiles/{studentId}/guardians"), "invitedEmailAddress:text pageSize:number pageToken:text", READ_GUARDIANS, None, guardians::list),
];
