//! Which permissions each function needs, and no more (K086; reference/google.md §3.2).

use connect::http::Words;

use super::limits::Service;
use crate::settings::Settings;

/// What a permission is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// What it does, for people.
    pub words: (&'static str, &'static str),
    /// The scope.
    pub scope: &'static str,
    pub(crate) service: Service,
}

impl Function {
    /// What it does.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.words.0, self.words.1)
    }
}

macro_rules! scope {
    ($name:literal) => {
        concat!("https://www.googleapis.com/auth/", $name)
    };
}

const USERS: Function = Function {
    words: ("skapa och ändra konton", "make and change accounts"),
    scope: scope!("admin.directory.user"),
    service: Service::Directory,
};
const READ_USERS: Function = Function {
    words: ("se konton", "see accounts"),
    scope: scope!("admin.directory.user.readonly"),
    service: Service::Directory,
};
const UNITS: Function = Function {
    words: ("se organisationsenheter", "see organisational units"),
    scope: scope!("admin.directory.orgunit.readonly"),
    service: Service::Directory,
};
const GROUPS: Function = Function {
    words: ("grupper och deras medlemmar", "groups and their members"),
    scope: scope!("admin.directory.group"),
    service: Service::Directory,
};
const SETTINGS: Function = Function {
    words: ("vem som får göra vad i nya grupper", "who may do what in new groups"),
    scope: scope!("apps.groups.settings"),
    service: Service::GroupSettings,
};
const COURSES: Function = Function {
    words: ("klassrum i Classroom", "courses in Classroom"),
    scope: scope!("classroom.courses"),
    service: Service::Classroom,
};
const ROSTERS: Function = Function {
    words: ("lärare och elever i klassrum", "teachers and students of courses"),
    scope: scope!("classroom.rosters"),
    service: Service::Classroom,
};

/// The permissions that these settings need.
#[must_use]
pub fn scope_lines(settings: &Settings) -> Vec<Function> {
    let mut all = vec![if settings.users { USERS } else { READ_USERS }, UNITS];
    if settings.groups {
        all.push(GROUPS);
        all.extend(settings.group_settings.set.then_some(SETTINGS));
    }
    if settings.classrooms {
        all.extend([COURSES, ROSTERS]);
    }
    all
}

/// The scopes of one service's tokens.
pub(super) fn of(service: Service, settings: &Settings) -> Vec<&'static str> {
    let all = scope_lines(settings).into_iter();
    all.filter(|function| function.service == service).map(|function| function.scope).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K086: what is turned off needs no permission.
    #[test]
    fn k086_only_what_is_used_is_asked_for() {
        let mut settings = crate::tests::settings("http://127.0.0.1:1");
        let names = |settings: &Settings| -> Vec<&str> {
            let short = |it: Function| it.scope.rsplit('/').next().unwrap_or_default();
            scope_lines(settings).into_iter().map(short).collect()
        };
        assert_eq!(
            names(&settings),
            [
                "admin.directory.user",
                "admin.directory.orgunit.readonly",
                "admin.directory.group",
                "apps.groups.settings",
                "classroom.courses",
                "classroom.rosters"
            ]
        );
        settings.groups = false;
        settings.classrooms = false;
        settings.users = false;
        assert_eq!(
            names(&settings),
            ["admin.directory.user.readonly", "admin.directory.orgunit.readonly"]
        );
    }

    /// K086: the guide has each of them, and none besides.
    #[test]
    fn k086_the_guide_lists_the_same_permissions() {
        let guide = include_str!("../../../../docs/google.md");
        let table: Vec<&str> = guide.lines().filter(|line| line.contains("| `https://")).collect();
        let mut settings = crate::tests::settings("http://127.0.0.1:1");
        let line: Vec<&str> = scope_lines(&settings).iter().map(|it| it.scope).collect();
        assert!(guide.lines().any(|it| it == line.join(",")), "the line to paste: {line:?}");
        let mut all = scope_lines(&settings);
        settings.users = false;
        all.extend(scope_lines(&settings).into_iter().filter(|it| !line.contains(&it.scope)));
        assert_eq!(table.len(), all.len());
        for function in all {
            let row = |line: &&str| line.contains(&format!("`{}`", function.scope));
            assert!(table.iter().any(row), "{function:?}");
        }
    }
}
