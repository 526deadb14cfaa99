//! A course, in memory and as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::google::clock::{self, Moment};
use crate::google::world::{World, user_text};

/// A course.
#[derive(Debug, Clone)]
pub(in crate::google) struct Course {
    pub(in crate::google) id: u64,
    /// `name`, `section`, `descriptionHeading`, `description`, `room`, `subject`, `levels`.
    pub(in crate::google) texts: Map<String, Value>,
    pub(in crate::google) owner: u64,
    pub(in crate::google) state: State,
    pub(in crate::google) created: Moment,
    pub(in crate::google) updated: Moment,
    pub(in crate::google) teachers: BTreeSet<u64>,
    pub(in crate::google) students: BTreeSet<u64>,
    /// Names that begin with `d:` or `p:`.
    pub(in crate::google) names: BTreeSet<String>,
    /// Who owned it before, and since when no more.
    pub(in crate::google) owned_before: Option<(u64, Moment)>,
}

/// `courseState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::google) enum State {
    Active,
    Archived,
    Provisioned,
    Declined,
    Suspended,
}

impl State {
    pub(in crate::google) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
            Self::Provisioned => "PROVISIONED",
            Self::Declined => "DECLINED",
            Self::Suspended => "SUSPENDED",
        }
    }

    pub(in crate::google) fn read(text: &str) -> Option<Self> {
        let all =
            [Self::Active, Self::Archived, Self::Provisioned, Self::Declined, Self::Suspended];
        all.into_iter().find(|it| it.name() == text)
    }
}

/// An invitation to a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::google) struct Invitation {
    pub(in crate::google) id: u64,
    pub(in crate::google) course: u64,
    pub(in crate::google) user: u64,
    pub(in crate::google) role: String,
}

impl Course {
    /// The code by which students join by themselves.
    pub(in crate::google) fn code(&self) -> String {
        format!("{:07x}", self.id.wrapping_mul(0x9E37_79B9) & 0x0FFF_FFFF)
    }

    pub(in crate::google) fn json(&self) -> Value {
        let id = self.id.to_string();
        let link = crate::google::base64::encoded(id.as_bytes());
        let mut course = Map::new();
        course.insert("id".to_owned(), id.into());
        course.extend(self.texts.clone());
        let rest = json!({
            "ownerId": user_text(self.owner),
            "creationTime": clock::text(self.created),
            "updateTime": clock::text(self.updated),
            "enrollmentCode": self.code(),
            "courseState": self.state.name(),
            "alternateLink": format!("https://classroom.google.com/c/{link}"),
            "teacherGroupEmail": format!("teachers_{:x}@classroom.invalid", self.id),
            "courseGroupEmail": format!("course_{:x}@classroom.invalid", self.id),
            "guardiansEnabled": false,
            "calendarId": format!("classroom{}@classroom.invalid", self.id),
        });
        if let Value::Object(rest) = rest {
            course.extend(rest);
        }
        Value::Object(course)
    }

    /// Whether its owner is there and in use (google.md §0 no 6).
    pub(in crate::google) fn owned(&self, world: &World) -> bool {
        world.users.get(&self.owner).is_some_and(|it| !it.suspended)
    }
}
