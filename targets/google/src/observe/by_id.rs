//! Objects by Google's ids, in as little memory as can be: there are as many as there are people.

use roster::Key;
use state::{Kind, ObjectRef};

use crate::map;

/// Keys by what stands for Google's ids: a hash that no two ids share, so that none is kept.
#[derive(Default)]
pub(super) struct ById(Vec<(Key, Key)>);

impl ById {
    /// Those of all that are told; of one that is told twice the last.
    pub(super) fn of<'i>(all: impl Iterator<Item = (Kind, &'i str, Key)>) -> Self {
        let mut own: Vec<_> =
            all.map(|(kind, id, key)| (map::foreign_key(kind, id), key)).collect();
        own.sort_by_key(|it| it.0);
        own.shrink_to_fit();
        Self(own)
    }

    pub(super) fn get(&self, kind: Kind, id: &str) -> Option<ObjectRef> {
        let wanted = map::foreign_key(kind, id);
        let after = self.0.partition_point(|(id, _)| *id <= wanted);
        let (id, key) = self.0.get(after.checked_sub(1)?)?;
        (*id == wanted).then_some(ObjectRef { kind, key: *key })
    }

    /// Takes one in that is not looked for before all are there.
    pub(super) fn push(&mut self, kind: Kind, id: &str, key: Key) {
        self.0.push((map::foreign_key(kind, id), key));
    }

    /// All are there.
    pub(super) fn settle(&mut self) {
        self.0.sort_by_key(|it| it.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{GROUP, USER};

    #[test]
    fn each_is_found_by_its_kind_and_its_id() {
        let key = |byte| Key::from_bytes([byte; 16]);
        let told = [(USER, "1", 1), (GROUP, "1", 2), (USER, "2", 3), (USER, "1", 4)];
        let all = ById::of(told.iter().map(|(kind, id, byte)| (*kind, *id, key(*byte))));
        let mut pushed = ById::default();
        for (kind, id, byte) in told {
            pushed.push(kind, id, key(byte));
        }
        pushed.settle();
        for by_id in [all, pushed] {
            for (kind, id, found) in [
                (USER, "1", Some(4)),
                (GROUP, "1", Some(2)),
                (USER, "2", Some(3)),
                (GROUP, "2", None),
                (USER, "", None),
            ] {
                let found = found.map(|byte| ObjectRef { kind, key: key(byte) });
                assert_eq!(by_id.get(kind, id), found, "{kind:?} {id}");
            }
        }
        assert_eq!(ById::default().get(USER, "1"), None);
    }
}
