//! What Google holds: units, users and groups whole, what stands in them where it is ours.

mod by_id;
mod courses;
mod groups;
mod pages;
mod users;

use std::collections::BTreeSet;

use roster::Key;
use serde_json::Value as Json;
use state::{Ids, Kind, Look, ObjectRef, Row, Seen, TargetError};

use crate::card::{COURSE, GROUP};
use crate::{Google, map, published};
use by_id::ById;

/// How many lists are read at once.
const AT_ONCE: usize = 64;

/// Takes rows in, and knows whose is whose.
struct Sight<'a> {
    look: Look<'a>,
    ids: &'a Ids<'a>,
    seen: &'a mut dyn Seen,
    /// The published ids of objects of which Google's id is remembered, by that id.
    linked: ById,
    /// Those ids, in order.
    taken: Vec<ObjectRef>,
    /// The published ids of the objects that alone are looked into.
    only: Option<BTreeSet<ObjectRef>>,
    /// Users by Google's id, once all were read.
    users: ById,
}

impl<'a> Sight<'a> {
    fn new(look: Look<'a>, ids: &'a Ids<'a>, seen: &'a mut dyn Seen) -> Self {
        let known = || ids.all_of_receiver().map(|(object, id)| (published(ids, object), id));
        let linked = ById::of(known().map(|(object, id)| (object.kind, id, object.key)));
        let mut taken: Vec<ObjectRef> = known().map(|(object, _)| object).collect();
        taken.sort_unstable();
        let only = look.only.map(|only| only.iter().map(|it| published(ids, *it)).collect());
        Self { look, ids, seen, linked, taken, only, users: ById::default() }
    }

    /// Under which key something is told, and whether it is ours: remembered, or marked. A mark
    /// of something that is remembered elsewhere is a copy.
    fn of(&self, kind: Kind, id: &str, marked: Option<Key>) -> (ObjectRef, Whose) {
        if let Some(object) = self.linked.get(kind, id) {
            return (object, Whose::Ours);
        }
        let marked = marked.map(|key| ObjectRef { kind, key });
        match marked.filter(|object| self.taken.binary_search(object).is_err()) {
            Some(object) => (object, Whose::Ours),
            None => (ObjectRef { kind, key: map::foreign_key(kind, id) }, Whose::Foreign),
        }
    }

    /// Those of a kind that alone are looked for and of which Google's id is not remembered: a
    /// create whose answer was lost. By their published ids.
    fn in_doubt(&self, kind: Kind) -> BTreeSet<ObjectRef> {
        let only = self.look.only.into_iter().flatten().filter(|object| object.kind == kind);
        let unknown = only.filter(|object| self.ids.of_receiver(**object).is_none());
        unknown.map(|object| published(self.ids, *object)).collect()
    }

    fn row(&mut self, row: &Row, id: Option<&str>, target: &Google) -> Result<(), TargetError> {
        let kept = self.seen.row(&row.encoded(), id);
        kept.map_err(|error| TargetError::Unavailable {
            target: target.name.clone(),
            detail: "what was read could not be kept".to_owned(),
            source: Box::new(error),
        })
    }

    /// Nothing is said of those of a kind that alone are looked for: they are not gone.
    fn shut_all(&mut self, kind: Kind) {
        for object in self.look.only.into_iter().flatten().filter(|object| object.kind == kind) {
            self.seen.shut(published(self.ids, *object));
        }
    }

    /// Whether what stands in an object is to be read.
    fn reads_into(&self, object: ObjectRef) -> bool {
        match &self.only {
            Some(only) => only.contains(&object),
            None => self.look.kinds.contains(&object.kind),
        }
    }

    /// Whether the kind, or something of it, is looked for.
    fn wants(&self, kind: Kind) -> bool {
        self.look.kinds.contains(&kind)
            || self.look.only.is_some_and(|only| only.iter().any(|it| it.kind == kind))
    }
}

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// We made it, or linked it.
    Ours,
    /// Somebody else's.
    Foreign,
}

impl Google {
    pub(crate) async fn look(
        &self,
        look: Look<'_>,
        ids: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        let mut sight = Sight::new(look, ids, seen);
        self.look_at_units(&mut sight).await?;
        self.look_at_users(&mut sight).await?;
        if self.settings.groups {
            self.look_at_groups(&mut sight).await?;
        } else {
            sight.shut_all(GROUP);
        }
        if !sight.wants(COURSE) {
            return Ok(());
        }
        if self.settings.classrooms && self.classroom_closed().await.is_none() {
            self.look_at_courses(&mut sight).await?;
        } else {
            sight.shut_all(COURSE);
        }
        Ok(())
    }
}

fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    json.get(name).and_then(Json::as_str)
}
