use super::*;
use crate::{
    MarkingPolicy, MemorySpool, PersonDraft, Released, SourceIndex, TenantKey, terms::PersonStatus,
};

struct Stored(Vec<Vec<u8>>);

impl RowSource for Stored {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        struct Run<'a>(std::slice::Iter<'a, Vec<u8>>);
        impl RowStream for Run<'_> {
            fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
                Ok(self.0.next().map(Vec::as_slice))
            }
        }
        Ok(Box::new(Run(self.0.iter())))
    }
}

fn key(n: u8) -> Key {
    Key::from_bytes([n; 16])
}

fn thing(collection: u8, n: u8) -> Thing {
    Thing { collection, key: key(n) }
}

fn gate() -> Gate {
    Gate::new(&TenantKey::new([7; 32]))
}

fn replica(old: Option<Old>) -> Replica {
    let spool: AnySpool = Box::<MemorySpool>::default();
    Replica::new(SortSink::new(spool, 64), old)
}

fn kept(replica: &Replica, gate: &mut Gate) -> Old {
    let mut rows = Vec::new();
    let fingerprint = Mac::from_bytes([3; 16]);
    replica
        .write(gate, fingerprint, &mut |row| {
            rows.push(row.to_vec());
            Ok(())
        })
        .unwrap();
    Old::open(Box::new(Stored(rows))).unwrap()
}

fn rows(replica: &Replica) -> Vec<(Thing, String, Origin)> {
    let mut out = Vec::new();
    replica
        .pass::<SpoolError>(&mut |row| {
            out.push((row.thing, String::from_utf8(row.payload.to_vec()).unwrap(), row.origin));
            Ok(())
        })
        .unwrap();
    out
}

fn replace(replica: &mut Replica, thing: Thing) {
    let mut batch = Batch::default();
    batch.replace(thing);
    replica.take(&batch).unwrap();
}

fn put(replica: &mut Replica, thing: Thing, named: [Option<Key>; 2], payload: &str) {
    let mut batch = Batch::default();
    batch.push(thing, Belongs::ToNobody, named, &[payload.as_bytes()]);
    replica.take(&batch).unwrap();
}

#[test]
fn changes_replace_and_deletions_end_what_was_kept() {
    let mut first = replica(None);
    for n in [1, 2, 3] {
        put(&mut first, thing(1, n), [None, None], "old");
    }
    put(&mut first, thing(2, 1), [None, None], "other");
    first.set_head(b"yesterday".to_vec());
    first.sort().unwrap();

    let mut second = replica(Some(kept(&first, &mut gate())));
    assert_eq!(second.old.as_ref().unwrap().head(), b"yesterday");
    replace(&mut second, thing(1, 2));
    put(&mut second, thing(1, 2), [None, None], "new");
    replace(&mut second, thing(1, 3));
    replace(&mut second, thing(1, 9));
    replace(&mut second, thing(1, 4));
    put(&mut second, thing(1, 4), [None, None], "new");
    second.sort().unwrap();
    let expected = [
        (thing(1, 1), "old".to_owned(), Origin::Kept),
        (thing(1, 2), "new".to_owned(), Origin::New),
        (thing(1, 4), "new".to_owned(), Origin::New),
        (thing(2, 1), "other".to_owned(), Origin::Kept),
    ];
    assert_eq!(rows(&second), expected);
}

/// K069: nothing that is kept names a person whom the gate stopped, in whatever source, and a
/// later read of changes still stops the person.
#[test]
fn what_is_kept_names_no_stopped_person() {
    let (open, stopped) = (key(1), key(2));
    let duty = key(9);
    let mut first = replica(None);
    put(&mut first, Thing { collection: 1, key: stopped }, [Some(stopped), None], "Hemlig");
    put(&mut first, thing(1, 1), [Some(open), Some(stopped)], "child of");
    let mut batch = Batch::default();
    let named = [Some(stopped), None];
    batch.push(Thing { collection: 2, key: duty }, Belongs::ToPerson, named, &[b"duty"]);
    first.take(&batch).unwrap();
    put(&mut first, thing(3, 5), [Some(duty), None], "teaches");
    put(&mut first, thing(3, 5), [Some(open), None], "member");
    first.sort().unwrap();
    let mut gate = gate();
    gate.protect(stopped, None);
    let old = kept(&first, &mut gate);

    let mut later = self::gate();
    later.carry(old.stops()).unwrap();
    assert!(later.stops_key(stopped) && !later.stops_key(open));
    assert_eq!(later.marks(), gate.marks());

    let mut second = replica(Some(old));
    second.sort().unwrap();
    assert_eq!(rows(&second), [(thing(3, 5), "member".to_owned(), Origin::Kept)]);
}

/// K069: a person who is let through again was forgotten, so that everything must be read.
#[test]
fn somebody_who_is_let_through_again_is_told() {
    let mut before = gate();
    before.protect(key(2), None);
    let mut now = gate();
    now.carry(&before.stops_as_bytes()).unwrap();
    let mut admit = |n: u8, marking| {
        let id = key(n).to_string();
        let draft = PersonDraft {
            source_id: &id,
            given_name: "",
            family_name: "",
            email: None,
            username: None,
            birth_date: None,
            sex: None,
            status: PersonStatus::Active,
            identity_number: None,
            extra: Vec::new(),
        };
        let marking = crate::Marking::Value(marking);
        let policy = MarkingPolicy::default();
        let passed = now.admit(draft, marking, &policy, key(n), SourceIndex(0)).is_some();
        (passed, now.released())
    };
    assert_eq!(admit(1, "Ingen"), (true, Released::Nobody));
    assert_eq!(admit(2, "Sekretessmarkering"), (false, Released::Nobody));
    assert_eq!(admit(2, "Ingen"), (true, Released::Somebody));
}

#[test]
fn a_cut_or_foreign_replica_is_refused() {
    let mut first = replica(None);
    put(&mut first, thing(1, 1), [None, None], "row");
    first.sort().unwrap();
    let mut written = Vec::new();
    first
        .write(&mut gate(), Mac::from_bytes([0; 16]), &mut |row| {
            written.push(row.to_vec());
            Ok(())
        })
        .unwrap();
    written.pop();
    let mut second = replica(Some(Old::open(Box::new(Stored(written))).unwrap()));
    second.sort().unwrap();
    assert!(second.pass::<SpoolError>(&mut |_| Ok(())).is_err());
    assert!(Old::open(Box::new(Stored(vec![vec![9]]))).is_err());
    assert!(Old::open(Box::new(Stored(Vec::new()))).is_err());
}
