//! Accounts and groups that others made, and that a new one's address finds.

use rules::OnFound;
use state::{Reason, Row, Verb};

use super::directories::{
    DIRECTORY, GROUP, USER, account, directory, group, judged, member, object,
};
use super::support::*;
use crate::{Approval, Before, History, Scope, WantedValues, guard, released};

/// Pupil 1 and groups 5 and 6; pupil 2 and group 7 are new, and somebody at the receiver has
/// both addresses.
fn found() -> World {
    let ours = [account(1, "a@x", "/"), group(5), member(1, 5)];
    let new = [account(2, "b@x", "/"), member(2, 5), member(2, 7), group(7), member(1, 7)];
    let theirs = [account(77, "B@x", "/Elever"), object(GROUP, 78, &["G7@skola.example"])];
    let wanted: Vec<Row> = ours.iter().chain(&new).cloned().collect();
    let observed: Vec<Row> = ours.iter().chain(&theirs).cloned().collect();
    directory(&ours, &wanted, &observed)
}

/// Invariant 3: what others made is taken over with a person's yes alone, and what depends on
/// it waits with it; the rest goes on.
#[test]
fn what_others_made_is_taken_over_with_a_yes() {
    let mut world = found();
    world.wanted.push(account(3, "c@x", "/"));
    let draft = world.draft();
    assert_eq!(
        brief_at(&DIRECTORY, &draft.operations),
        "link u2 T08, create u3 P15, link g7 T08, add u1>g7 member M08, add u2>g5 member M08, \
         add u2>g7 member M08"
    );
    let verdicts = judged(&world, &draft);
    let [verdict] = &verdicts.verdicts[..] else { panic!("{:?}", verdicts.verdicts) };
    assert_eq!((verdict.guard.word(), verdict.scope), ("found_accounts", Scope::Target));
    assert_eq!((verdict.count, verdict.held), (2, 5));
    let held: Vec<_> = verdicts.held.iter().map(|(number, held)| (*number, held.reason)).collect();
    let (waits, depends) = (Reason::AwaitingApproval, Reason::DependsOnHeld);
    assert_eq!(held, [(0, waits), (2, waits), (3, depends), (4, depends), (5, depends)]);
    let may = |approvals: &[Approval]| released(&draft.operations, &verdicts, approvals).unwrap();
    assert_eq!(may(&[]), [1].into());
    assert_eq!(may(&[Approval::Operations([0].into())]), [0, 1].into());
    // A yes to what needs it is none to it.
    assert_eq!(may(&[Approval::Operations([4].into())]), [1].into());
    assert_eq!(may(&[Approval::Verbs([Verb::Add].into())]), [1].into());
    assert_eq!(may(&[Approval::Verbs([Verb::Link].into())]), [0, 1, 2].into());
    assert_eq!(may(&[Approval::All]).len(), 6);
}

/// By policy what is found is linked at once.
#[test]
fn by_policy_what_is_found_is_linked_at_once() {
    let mut world = found();
    world.policies.on_found = OnFound::Link;
    assert_eq!(judged(&world, &world.draft()).held.len(), 0);
}

/// K118: accounts that others make stay theirs, so that nobody need be asked; nor of what bears
/// our own id.
#[test]
fn k118_what_stays_others_or_is_ours_is_linked_without_a_yes() {
    let mut world = found();
    world.policies.linked_only = [USER, GROUP].into();
    let draft = world.draft();
    assert!(brief_at(&DIRECTORY, &draft.operations).starts_with("link u2 T08, link g7 T08"));
    assert_eq!(judged(&world, &draft).held.len(), 0);

    let ours = [account(1, "a@x", "/"), group(5)];
    let world = directory(&[], &ours, &ours);
    let draft = world.draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "link u1 T08, link g5 T08");
    assert_eq!(judged(&world, &draft).held.len(), 0);
}

/// The first plan waits as a whole: the same is not asked twice.
#[test]
fn of_a_first_plan_what_is_found_is_not_asked_for_by_itself() {
    let world = found();
    let draft = world.draft();
    let history = History { deletion: Before::Done, ..History::default() };
    let verdicts = guard(&world.guarding(&draft, &rules::Guards::default(), &history)).unwrap();
    let words: Vec<_> = verdicts.verdicts.iter().map(|it| it.guard.word()).collect();
    assert_eq!(words, ["first_plan"]);
}

/// Of what others keep, however much, only what has a value that is wanted is kept in mind.
#[test]
fn what_others_keep_matters_where_it_has_what_is_wanted() {
    let world = found();
    let of = |rows: &[Row]| WantedValues::of(&DIRECTORY, &mut Rows::of(rows)).unwrap();
    assert_eq!(of(&world.wanted), of(&[world.wanted.as_slice(), &[member(1, 9)]].concat()));
    let brief = |values: &WantedValues| {
        let all = brief_at(&DIRECTORY, &world.draft_with(values).operations);
        all.split(", ").filter(|it| !it.starts_with("add")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(brief(&of(&world.wanted)), "link u2 T08, link g7 T08");
    assert_eq!(brief(&of(&[account(2, "b@X", "/")])), "link u2 T08, create g7 P15");
    assert_eq!(brief(&WantedValues::default()), "create u2 P15, create g7 P15");
}
