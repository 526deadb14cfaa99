use rules::Drift;
use state::{Reason, Row, Verb};

use super::support::*;
use crate::{Coverage, DriftKind, DriftPolicy};

fn there() -> Vec<Row> {
    vec![school(1), class(1, "7A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)]
}

fn seen(written: &[Row], wanted: &[Row], observed: &[Row], policy: Drift) -> World {
    let mut world = world(written, wanted).live();
    world.observed = Some((observed.to_vec(), Coverage::Whole));
    for kind in [SCHOOL, CLASS, USER] {
        for attribute in 0..3 {
            world.policies.drift.insert((kind, attribute), policy);
        }
    }
    world.policies.membership_drift.insert(PLACE, policy);
    world
}

/// K114, K115, design §5: what somebody changed at the receiver, per policy.
#[test]
fn drift_is_restored_told_or_left() {
    let renamed =
        || vec![school(1), class(1, "7A", 1), user(1, "Ny", "ek", 1), place(1, 1, "student", 1)];
    let left = || vec![school(1), class(1, "7A", 1), user(1, "Ek", "ek", 1)];
    let extra = || {
        let mut rows = there();
        rows.push(place(1, 1, "teacher", 1));
        rows
    };
    #[rustfmt::skip]
    let table = [
        // shows                      observed    policy             plan                         told
        ("nothing",                   there(),    Drift::Keep,       "",                          0),
        ("a name: restored",          renamed(),  Drift::Keep,       "update u1 T07",             1),
        ("a name: told",              renamed(),  Drift::Report,     "",                          1),
        ("a name: theirs",            renamed(),  Drift::CreateOnly, "",                          0),
        ("a name: left",              renamed(),  Drift::Ignore,     "",                          0),
        ("a member gone: restored",   left(),     Drift::Keep,       "add u1>c1 student T07",     1),
        ("a member gone: told",       left(),     Drift::Report,     "",                          1),
        ("a member more: restored",   extra(),    Drift::Keep,       "remove u1>c1 teacher T07",  1),
        ("a member more: told",       extra(),    Drift::Report,     "",                          1),
    ];
    for (shows, observed, policy, expected, told) in table {
        let draft = seen(&there(), &there(), &observed, policy).draft();
        assert_eq!(brief(&draft.operations), expected, "{shows}");
        assert_eq!(draft.drift.len(), told, "{shows}");
    }
    let told = seen(&there(), &there(), &renamed(), Drift::Report).draft().drift.remove(0);
    assert_eq!((told.kind, told.policy), (DriftKind::Value(0), DriftPolicy::Left));
}

/// A part that was observed says nothing about what is not in it.
#[test]
fn what_was_not_observed_is_not_gone() {
    let mut world = seen(&there(), &there(), &[school(1)], Drift::Keep);
    world.observed = Some((vec![school(1)], Coverage::Part));
    assert_eq!(world.brief(), "");
}

/// The register's change wins over drift in the same attribute and shows what was there.
#[test]
fn the_registers_change_goes_before_drift() {
    let mut wanted = there();
    wanted[2] = user(1, "Ask", "ek", 1);
    let mut observed = there();
    observed[2] = user(1, "Ny", "ek", 1);
    let draft = seen(&there(), &wanted, &observed, Drift::Report).draft();
    assert_eq!(brief(&draft.operations), "update u1 P16");
    let changes = draft.operations[0].changes().unwrap();
    assert_eq!((changes[0].from.text(), changes[0].to.text()), (Some("Ny"), Some("Ask")));
}

/// Invariant 3: an account that we did not make is linked openly, else untouched.
#[test]
fn a_foreign_account_is_linked_openly_or_left_alone() {
    let mut observed = there();
    observed.extend([user(50, "Al", "al", 1), user(51, "Annan", "annan", 1)]);
    let mut wanted = there();
    wanted.push(user(2, "Al", "al", 1));
    let draft = seen(&there(), &wanted, &observed, Drift::Keep).draft();
    assert_eq!(brief(&draft.operations), "link u2 T08");
    let link = &draft.operations[0];
    assert_eq!((link.verb, link.reason), (Verb::Link, Some(Reason::FoundAtReceiver)));
}

/// Design §5: what was read of one kind says nothing of the others, nor of memberships that
/// stand in them.
#[test]
fn a_kind_that_was_read_tells_of_itself_alone() {
    let mut world = seen(&there(), &there(), &[], Drift::Keep);
    world.observed = Some((vec![], Coverage::Kinds([CLASS].into())));
    assert_eq!(world.brief(), "create c1 T07");
    world.observed = Some((vec![], Coverage::Kinds([USER].into())));
    // A place of its own stands with the member.
    assert_eq!(world.brief(), "create u1 T07, add u1>c1 student T07");
}

/// Peers.md §3.5: at a receiver that holds everything already, everything is linked.
#[test]
fn what_is_there_before_the_first_plan_is_linked() {
    let draft = seen(&[], &there(), &there(), Drift::Keep).draft();
    let verbs: std::collections::BTreeSet<Verb> =
        draft.operations.iter().map(|it| it.verb).collect();
    assert_eq!(verbs, [Verb::Link].into());
    assert_eq!(draft.operations.len(), there().len());
    assert!(draft.operations.iter().all(|it| it.before == it.after));
}

/// Invariant 3: whom somebody added to a group of ours stays there, on whatever day of the week
/// which kinds are read.
#[test]
fn whom_others_added_is_theirs_whatever_was_read() {
    let mut with_theirs = there();
    with_theirs.push(place(9, 1, "student", 1));
    let mut with_them = with_theirs.clone();
    with_them.push(user(9, "Annan", "annan", 1));
    let kinds = |kinds: &[state::Kind]| Coverage::Kinds(kinds.iter().copied().collect());
    for (observed, coverage) in [
        (with_them, Coverage::Whole),
        (with_theirs.clone(), kinds(&[CLASS])),
        (with_theirs, kinds(&[CLASS, SCHOOL])),
    ] {
        let mut world = seen(&there(), &there(), &observed, Drift::Keep);
        world.observed = Some((observed, coverage.clone()));
        assert_eq!(world.brief(), "", "{coverage:?}");
    }
}

/// An object that was found keeps the id that the receiver knows.
#[test]
fn a_linked_object_keeps_the_id_that_it_was_found_under() {
    let mut observed = there();
    observed.push(user(50, "Al", "al", 1));
    let mut wanted = there();
    wanted.push(user(2, "Al", "al", 1));
    let draft = seen(&there(), &wanted, &observed, Drift::Keep).draft();
    let link = state::Links::default().get(state::ObjectRef { kind: USER, key: key(2) });
    let after = crate::link_after(&draft.operations[0], &link, TODAY).unwrap();
    assert_eq!((after.published, after.maker), (key(50), state::Maker::Linked));
}
