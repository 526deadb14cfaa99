//! Objects with what was asked for beside them: `_embedded`, and names of references.

use super::World;
use super::json::{Fields, list as write_list, object};
use super::links::list;
use super::render::{Names, interval};
use crate::ss12000::kind::Kind;

/// What a reader wants beside the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ss12000) struct Extras {
    /// The values of `expand`.
    pub(in crate::ss12000) expand: Vec<&'static str>,
    pub(in crate::ss12000) names: Names,
    /// Whether persons carry their enrolments.
    pub(in crate::ss12000) enrolments: Enrolments,
}

/// Whether persons carry their enrolments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ss12000) enum Enrolments {
    Told,
    /// As the server of reference/sources.md §1.9 does by id.
    Forgotten,
}

impl Extras {
    /// True when the objects are sent as they lie.
    pub(in crate::ss12000) fn none(&self) -> bool {
        self.expand.is_empty()
            && self.names == Names::Without
            && self.enrolments == Enrolments::Told
    }
}

impl World {
    /// Writes one object.
    pub(in crate::ss12000) fn write(
        &self,
        out: &mut Vec<u8>,
        kind: Kind,
        at: u32,
        extras: &Extras,
    ) {
        let Some(objects) = self.shelf(kind) else { return };
        let plain = objects.one(at);
        let Some(&row) = objects.rows.get(at as usize) else { return };
        if extras.none() {
            out.extend(plain);
            return;
        }
        let from = out.len();
        if extras.names == Names::With {
            // From `{` to the end of `meta` it is as it lies.
            let head = plain.windows(3).position(|it| it == b"\"},").map_or(0, |it| it + 2);
            out.extend(plain.get(..head).unwrap_or_default());
            self.body(out, kind, row, Names::With);
        } else {
            out.extend(plain.strip_suffix(b"}").unwrap_or(plain));
        }
        if extras.enrolments == Enrolments::Forgotten {
            forget(out, from);
        }
        if !extras.expand.is_empty() {
            super::json::more(out, |it| {
                it.object("_embedded", |it| self.embedded(it, kind, row, extras));
            });
        }
        out.push(b'}');
    }

    fn embedded(&self, fields: &mut Fields<'_>, kind: Kind, row: u32, extras: &Extras) {
        for &what in &extras.expand {
            match (kind, what) {
                (Kind::Person, "duties") => {
                    let own = list(&self.links.duties, row).to_vec();
                    self.plain(fields.field(what), Kind::Duty, own);
                }
                (Kind::Person, "responsibleFor") => {
                    self.responsible_for(fields.field(what), row, extras.names);
                }
                (Kind::Person, "groupMemberships") => {
                    self.groups_of(fields.field(what), row, extras.names);
                }
                // Nobody has a placement.
                (Kind::Person, _) => fields.list(what, [(); 0], |_, ()| {}),
                (Kind::Duty, "person") => {
                    let person = self.town.duties.get(row as usize).map(|it| it.person);
                    self.single(fields, what, Kind::Person, person);
                }
                (Kind::Group, "assignmentRoles") => {
                    self.roles_of(fields.field(what), row, extras.names);
                }
                (Kind::Activity, "groups") => {
                    self.plain(fields.field(what), Kind::Group, vec![row]);
                }
                (Kind::Activity, "teachers") => {
                    self.plain(fields.field(what), Kind::Duty, self.teaching(row));
                }
                (Kind::Activity, "syllabus") => {
                    let course = self.links.course_of.get(row as usize).copied().flatten();
                    self.single(fields, what, Kind::Syllabus, course);
                }
                // The parameters let nothing else through.
                (_, _) => {}
            }
        }
    }

    /// The object of a row, when there is one.
    fn single(&self, fields: &mut Fields<'_>, field: &str, kind: Kind, row: Option<u32>) {
        let Some(objects) = self.shelf(kind) else { return };
        if let Some(at) = row.and_then(|it| objects.of_row(it)) {
            fields.field(field).extend(objects.one(at));
        }
    }

    /// The duties of those who teach a group, each once.
    fn teaching(&self, group: u32) -> Vec<u32> {
        let teachers = list(&self.links.teachers, group).iter();
        let mut duties: Vec<u32> = teachers.filter_map(|at| self.duty_of(*at)).collect();
        duties.sort_unstable();
        duties.dedup();
        duties
    }

    fn plain(&self, out: &mut Vec<u8>, kind: Kind, rows: Vec<u32>) {
        let Some(objects) = self.shelf(kind) else { return };
        let shown = rows.into_iter().filter_map(|it| objects.of_row(it));
        write_list(out, shown, |out, at| out.extend(objects.one(at)));
    }

    fn responsible_for(&self, out: &mut Vec<u8>, row: u32, names: Names) {
        let all = list(&self.links.children, row).iter();
        let all = all.filter_map(|at| self.town.guardians.get(*at as usize));
        write_list(out, all, |out, link| {
            object(out, |it| {
                self.person_reference(it, "person", link.child, names);
                it.text("relationType", "Vårdnadshavare");
            });
        });
    }

    fn groups_of(&self, out: &mut Vec<u8>, row: u32, names: Names) {
        let Some(objects) = self.shelf(Kind::Group) else { return };
        let all = list(&self.links.groups, row).iter();
        let all = all.filter_map(|at| self.town.memberships.get(*at as usize));
        let shown = all.filter_map(|it| Some((it, objects.of_row(it.group)?)));
        write_list(out, shown, |out, (link, at)| {
            object(out, |it| {
                let plain = objects.one(at);
                let head = plain.windows(3).position(|it| it == b"\"},").map_or(0, |it| it + 2);
                let group = it.field("group");
                group.extend(plain.get(..head).unwrap_or_default());
                super::json::more(group, |it| self.group_fragment(it, link.group, names));
                group.push(b'}');
                interval(it, link.validity);
            });
        });
    }

    fn roles_of(&self, out: &mut Vec<u8>, row: u32, names: Names) {
        let duty = self.links.mentor_of.get(&row).copied();
        write_list(out, duty, |out, duty| {
            object(out, |it| {
                self.duty_reference(it, duty, names);
                it.text("assignmentRoleType", "Mentor");
                if let Some(group) = self.town.groups.get(row as usize) {
                    interval(it, group.validity);
                }
            });
        });
    }
}

/// Takes the enrolments out of what was written from there on.
fn forget(out: &mut Vec<u8>, from: usize) {
    let find = |what: &[u8], after: usize| {
        let rest = out.get(after..)?;
        rest.windows(what.len()).position(|it| it == what).map(|it| it + after)
    };
    if let Some(start) = find(b",\"enrolments\":[", from)
        && let Some(end) = find(b"]", start)
    {
        out.drain(start..=end);
    }
}
