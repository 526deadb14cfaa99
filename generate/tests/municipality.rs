//! What a generated municipality keeps.

use std::collections::BTreeSet;

use generate::{Municipality, Size, write_csv};

#[test]
fn counts_are_those_asked_for_and_links_are_unique() {
    for size in [Size::Xs, Size::S, Size::M, Size::L] {
        let (want, mut got) = (size.counts(), [0; 5]);
        for s in Municipality::generate(size, 1).schools() {
            for (sum, n) in got.iter_mut().zip([
                s.pupils.len(),
                s.staff.len(),
                s.groups.len(),
                s.memberships.len(),
                s.assignments.len(),
            ]) {
                *sum += n as u64;
            }
            assert_eq!(s.memberships.iter().collect::<BTreeSet<_>>().len(), s.memberships.len());
            assert_eq!(s.assignments.iter().collect::<BTreeSet<_>>().len(), s.assignments.len());
            assert!(s.memberships.iter().all(|&(g, p)| g < s.groups.len() && p < s.pupils.len()));
            assert!(s.assignments.iter().all(|&(g, p)| g < s.groups.len() && p < s.teachers));
        }
        assert_eq!(got, [want.pupils, want.staff, want.groups, want.memberships, want.assignments]);
    }
}

#[test]
fn identity_numbers_are_unique() {
    let people: Vec<_> = Municipality::generate(Size::L, 1)
        .schools()
        .flat_map(|s| s.pupils.into_iter().map(|(p, _)| p).chain(s.staff))
        .collect();
    let unique: BTreeSet<_> = people.iter().map(|p| &p.identity_number).collect();
    assert_eq!(unique.len(), people.len());
}

#[test]
fn a_canary_sits_in_a_class_of_five() {
    let m = Municipality::generate(Size::Xs, 1);
    assert!(m.canaries().len() >= 3);
    let first = m.schools().next().expect("a school");
    let class: Vec<_> = first.memberships.iter().filter(|(g, _)| *g == 7).collect();
    assert_eq!(class.len(), 5);
    assert_eq!(class.iter().filter(|(_, p)| first.pupils[*p].0.canary.is_some()).count(), 1);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let root = std::env::temp_dir().join(format!("generate-{}", std::process::id()));
    let term = ("2026-08-17", "2027-06-11");
    for name in ["a", "b"] {
        write_csv(Municipality::generate(Size::Xs, 1), &root.join(name), term).expect("written");
    }
    for file in [
        "organisations",
        "schools",
        "persons",
        "enrolments",
        "duties",
        "groups",
        "memberships",
        "teachers",
    ] {
        let read =
            |name: &str| std::fs::read(root.join(name).join(format!("{file}.csv"))).expect("read");
        assert_eq!(read("a"), read("b"));
    }
    std::fs::remove_dir_all(root).expect("removed");
}
