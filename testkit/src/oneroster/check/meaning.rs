//! What rows mean together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judge, Row};

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.1.get(column).map_or("", String::as_str)
}

impl Judge<'_> {
    pub(super) fn meaning(&mut self) {
        let mut found = Vec::new();
        self.sessions(&mut found);
        self.orgs(&mut found);
        self.roles(&mut found);
        self.teachers(&mut found);
        for (file, rows) in &self.rows {
            for row in rows {
                let [subjects, codes] = ["subjects", "subjectCodes"].map(|it| cell(row, it));
                let count = |list: &str| list.split(',').count();
                if !subjects.is_empty() && !codes.is_empty() && count(subjects) != count(codes) {
                    found.push(("semantic.subjects_and_codes_differ", file.clone(), row.0));
                }
                for [start, end] in [["startDate", "endDate"], ["beginDate", "endDate"]] {
                    let [start, end] = [start, end].map(|it| cell(row, it));
                    // The end is exclusive: something lasts a day at least.
                    if !start.is_empty() && !end.is_empty() && end <= start {
                        found.push(("semantic.ends_before_it_begins", file.clone(), row.0));
                    }
                }
            }
        }
        for row in self.rows.get("userProfiles.csv").into_iter().flatten() {
            let named = |role: &&Row| cell(role, "userProfileSourcedId") == cell(row, "sourcedId");
            let roles = self.rows.get("roles.csv").into_iter().flatten().filter(named);
            if roles.into_iter().any(|it| cell(it, "userSourcedId") != cell(row, "userSourcedId")) {
                found.push((
                    "semantic.user_profile_user_mismatch",
                    "userProfiles.csv".into(),
                    row.0,
                ));
            }
        }
        for (code, file, line) in found {
            self.add(code, &file, line, "");
        }
    }

    /// The value of a column of another file's row, there or at the receiver.
    fn value_of(&self, file: &str, id: &str, column: &str) -> Option<&str> {
        self.find(file, id)
            .map(|row| cell(row, column))
            .or_else(|| self.before.value(file, id, column))
    }

    /// Classes lie in terms, not in years; a course's school year is one.
    fn sessions(&self, found: &mut Vec<(&'static str, String, usize)>) {
        const CODE: &str = "semantic.academic_session_type_mismatch";
        let kind = |id: &str| self.value_of("academicSessions.csv", id, "type");
        for row in self.rows.get("classes.csv").into_iter().flatten() {
            if cell(row, "termSourcedIds").split(',').any(|id| kind(id) == Some("schoolYear")) {
                found.push((CODE, "classes.csv".into(), row.0));
            }
        }
        for row in self.rows.get("courses.csv").into_iter().flatten() {
            let year = kind(cell(row, "schoolYearSourcedId"));
            if year.is_some_and(|kind| kind != "schoolYear") {
                found.push((CODE, "courses.csv".into(), row.0));
            }
        }
    }

    fn orgs(&self, found: &mut Vec<(&'static str, String, usize)>) {
        for file in ["classes.csv", "enrollments.csv"] {
            for row in self.rows.get(file).into_iter().flatten() {
                let kind = self.value_of("orgs.csv", cell(row, "schoolSourcedId"), "type");
                if kind.is_some_and(|kind| kind != "school") {
                    found.push(("semantic.org_type_mismatch", file.into(), row.0));
                }
            }
        }
    }

    fn roles(&self, found: &mut Vec<(&'static str, String, usize)>) {
        let mut primary = BTreeSet::new();
        let mut at: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in self.rows.get("roles.csv").into_iter().flatten() {
            let [user, org] = ["userSourcedId", "orgSourcedId"].map(|it| cell(row, it));
            at.entry(user).or_default().insert(org);
            if cell(row, "roleType") == "primary" && !primary.insert((user, org)) {
                let code = "semantic.multiple_primary_roles_for_user_org";
                found.push((code, "roles.csv".into(), row.0));
            }
        }
        let known = self.before.0.get("roles.csv").into_iter().flatten();
        for (_, row) in known {
            if let (Some(user), Some(org)) = (row.get("userSourcedId"), row.get("orgSourcedId")) {
                at.entry(user).or_default().insert(org);
            }
        }
        for row in self.rows.get("users.csv").into_iter().flatten() {
            let org = cell(row, "primaryOrgSourcedId");
            let has = at.get(cell(row, "sourcedId")).is_some_and(|orgs| orgs.contains(org));
            if !org.is_empty() && !has {
                found.push(("semantic.primary_org_missing_role", "users.csv".into(), row.0));
            }
        }
    }

    fn teachers(&self, found: &mut Vec<(&'static str, String, usize)>) {
        let mut classes = BTreeSet::new();
        for row in self.rows.get("enrollments.csv").into_iter().flatten() {
            if cell(row, "primary") == "true" && !classes.insert(cell(row, "classSourcedId")) {
                let code = "semantic.multiple_primary_teachers";
                found.push((code, "enrollments.csv".into(), row.0));
            }
        }
    }
}
