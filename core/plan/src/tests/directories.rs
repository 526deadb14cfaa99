//! A directory where people work beside us: places that we never make, accounts that are not
//! ours, groups with their members.

use rules::OnReusedName;
use state::{
    Attribute, Card, Entity, Home, Kind, LinkState, Member, MembershipKind, Object, ObjectKind,
    ObjectRef, Observe, Reason, Relation, Required, Row, Tells, Value, Verb, Verbs, Words,
};

use super::support::*;
use crate::{
    Conflict, Continuity, Coverage, Draft, GuardInputs, History, Holder, Obstructs, Verdicts,
    Window, guard, link_after, reuse,
};

pub(super) const ORG_UNIT: Kind = Kind(0);
pub(super) const USER: Kind = Kind(1);
pub(super) const GROUP: Kind = Kind(2);
const WORDS: Words = Words { sv: "saker", en: "things" };

const fn plain(name: &'static str) -> Attribute {
    Attribute { name, required: Required::No, ..Attribute::PLAIN }
}

const UNIT: ObjectKind = ObjectKind {
    name: "org_unit",
    words: WORDS,
    from: &[],
    attributes: &[Attribute { unique: true, ..plain("path") }],
    verbs: Verbs(&[]),
};

pub(super) const DIRECTORY: Card = Card {
    id: "directory",
    name: "Directory",
    observe: Observe::Live,
    objects: &[
        UNIT,
        ObjectKind {
            name: "user",
            from: &[Entity::Person],
            attributes: &[
                Attribute { unique: true, ..plain("address") },
                plain("givenName"),
                Attribute { names: Some(ORG_UNIT), ..plain("orgUnitPath") },
                Attribute { tells: Tells::Asleep, ..plain("suspended") },
                Attribute { tells: Tells::NotOurs, ..plain("standing") },
            ],
            verbs: Verbs(&[
                Verb::Create,
                Verb::Update,
                Verb::Rename,
                Verb::Move,
                Verb::Suspend,
                Verb::Reactivate,
                Verb::Delete,
            ]),
            ..UNIT
        },
        ObjectKind {
            name: "group",
            from: &[Entity::Group],
            attributes: &[Attribute { unique: true, ..plain("address") }],
            verbs: Verbs(&[
                Verb::Create,
                Verb::Update,
                Verb::Archive,
                Verb::Unarchive,
                Verb::Delete,
            ]),
            ..UNIT
        },
    ],
    memberships: &[MembershipKind {
        name: "member",
        words: WORDS,
        container: GROUP,
        member: USER,
        home: Home::Container,
        from: &[(Relation::GroupMember, "member")],
        roles: &["member"],
        attributes: &[],
        verbs: Verbs(&[Verb::Add, Verb::Remove]),
    }],
    read_always: &[ORG_UNIT, USER, GROUP],
    ..LIVE
};

pub(super) fn object(kind: Kind, number: u32, values: &[&str]) -> Row {
    let value = |text: &&str| {
        if text.is_empty() { Value::None } else { Value::Text((*text).to_owned()) }
    };
    let values = values.iter().map(value).collect();
    Row::Object(Object { id: id(kind, number), values, schools: vec![key(900)] })
}

pub(super) fn unit(number: u32, path: &str) -> Row {
    object(ORG_UNIT, number, &[path])
}

pub(super) fn account(number: u32, address: &str, place: &str) -> Row {
    object(USER, number, &[address, "Kim", place, "", ""])
}

pub(super) fn asleep(number: u32, address: &str, place: &str) -> Row {
    object(USER, number, &[address, "Kim", place, "yes", ""])
}

pub(super) fn admin(number: u32, address: &str) -> Row {
    object(USER, number, &[address, "Kim", "/", "", "admin"])
}

pub(super) fn group(number: u32) -> Row {
    object(GROUP, number, &[&format!("g{number}@skola.example")])
}

pub(super) fn member(user: u32, group: u32) -> Row {
    Row::Member(Member {
        kind: Kind(0),
        container: id(GROUP, group),
        member: id(USER, user),
        role: "member".to_owned(),
        values: vec![],
        schools: vec![key(900)],
    })
}

/// All of the directory was seen, with the places `/` and `/Elever`.
pub(super) fn directory(written: &[Row], wanted: &[Row], observed: &[Row]) -> World {
    let mut world = World { card: DIRECTORY, ..world(written, wanted) };
    world.policies.life_cycle.clear();
    let mut rows = vec![unit(1, "/"), unit(2, "/Elever")];
    rows.extend_from_slice(observed);
    world.observed = Some((rows, Coverage::Whole));
    world.life_cycle(USER, [Some(0), None, None])
}

pub(super) fn told(draft: &Draft) -> Vec<(ObjectRef, Reason)> {
    draft.obstacles.iter().map(|it| (it.object, it.what.reason())).collect()
}

pub(super) fn judged(world: &World, draft: &Draft) -> Verdicts {
    let done = crate::Before::Done;
    let history = History { plan: done, deletion: done, ..History::default() };
    guard(&world.guarding(draft, &rules::Guards::default(), &history)).unwrap()
}

/// K127: a place that is not there is not made, and the person is made nowhere else; who names
/// it and which it is are told until it is there.
#[test]
fn k127_nobody_is_made_in_or_moved_to_a_place_that_is_not_there() {
    let at = |place: &str| vec![account(1, "a@x", place), group(5), member(1, 5)];
    #[rustfmt::skip]
    let table = [
        // shows                        written        wanted                                observed       plan                                           told
        ("made where the place is",     vec![],        at("/Elever"),                        vec![],        "create u1 P15, create g5 P15, add u1>g5 member M08", 0),
        ("without regard to case",      vec![],        at("/elever"),                        vec![],        "create u1 P15, create g5 P15, add u1>g5 member M08", 0),
        ("not made, nor a member",      vec![],        at("/Elever/9"),                      vec![],        "create g5 P15",                               1),
        ("moved",                       at("/Elever"), at("/"),                              at("/Elever"), "update u1 P16",                               0),
        ("not moved, still a member",   at("/Elever"), at("/Elever/9"),                      at("/Elever"), "",                                            1),
    ];
    for (shows, written, wanted, observed, plan, issues) in table {
        let world = directory(&written, &wanted, &observed);
        let draft = world.draft();
        let brief = brief_at(&DIRECTORY, &draft.operations).replace("move", "update");
        assert_eq!(brief, plan, "{shows}");
        assert_eq!(told(&draft), vec![(id(USER, 1), Reason::NoOrgUnit); issues], "{shows}");
    }
    let draft = directory(&[], &at("/Elever/9"), &[]).draft();
    let place = "/Elever/9".to_owned();
    assert_eq!(draft.obstacles[0].what, Obstructs::NoPlace { attribute: 2, place });
    assert_eq!(draft.unmade, [id(USER, 1)].into());
}

/// K127, K119: what else has changed of a person is carried over all the same.
#[test]
fn k127_other_changes_of_a_person_do_not_wait_for_a_place() {
    let written = [account(1, "a@x", "/Elever")];
    let wanted = [object(USER, 1, &["a@x", "Kimmie", "/Elever/9", "", ""])];
    let draft = directory(&written, &wanted, &written).draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "update u1 P16");
    let changes = draft.operations[0].changes().unwrap();
    assert_eq!(changes.iter().map(|it| it.attribute).collect::<Vec<_>>(), [1]);
}

/// K127: where the places were not read, nothing is said of them.
#[test]
fn places_that_were_not_read_are_not_missing() {
    let mut world = directory(&[], &[account(1, "a@x", "/Elever/9")], &[]);
    world.observed = Some((vec![], Coverage::Kinds([USER].into())));
    assert_eq!(world.brief(), "create u1 P15");
    assert_eq!(told(&world.draft()), []);
}

/// K135: the old account with the same name was deleted: the new person gets a new one.
#[test]
fn k135_a_deleted_account_is_in_nobodys_way() {
    let written = [account(1, "a@x", "/")];
    let wanted = [account(2, "a@x", "/")];
    let mut world = directory(&written, &wanted, &[]);
    world = world.linked(id(USER, 1), LinkState::Suspended, TODAY);
    assert_eq!(world.brief(), "create u2 P15");
    assert_eq!(told(&world.draft()), []);
    // Its own person, who comes back, gets a new one too.
    world.wanted = written.to_vec();
    assert_eq!(world.brief(), "create u1 P20");
}

/// K136: a sleeping account that we did not make is held, and can be given by naming the
/// operation alone; the policy gives it at once, openly, and wakes it.
#[test]
fn k136_a_sleeping_account_is_held_or_by_policy_reused() {
    let wanted = [account(2, "a@x", "/"), group(5), member(2, 5)];
    let observed = [asleep(77, "A@X", "/Elever")];
    let mut world = directory(&[], &wanted, &observed);
    let draft = world.draft();
    assert_eq!(
        brief_at(&DIRECTORY, &draft.operations),
        "link u2 T13, create g5 P15, add u2>g5 member M08"
    );
    let (object, holder) = (id(USER, 2), id(USER, 77));
    let whose = Holder::Asleep;
    assert_eq!(draft.conflicts, [Conflict { object, holder, attribute: 0, whose }]);
    assert_eq!(told(&draft), [(object, Reason::AccountOfAnother)]);
    let verdicts = judged(&world, &draft);
    assert_eq!(verdicts.held.keys().copied().collect::<Vec<_>>(), [0, 2]);
    let all = crate::released(&draft.operations, &verdicts, &[crate::Approval::All]).unwrap();
    assert_eq!(all, [1].into());

    world.policies.on_reused_name = OnReusedName::Reuse;
    let draft = world.draft();
    assert_eq!((draft.conflicts.len(), draft.obstacles.len()), (0, 0));
    assert_eq!(judged(&world, &draft).held.len(), 0);
    let link = &draft.operations[0];
    let woken = link.changes().unwrap().into_iter().find(|it| it.attribute == 3).unwrap();
    assert_eq!((woken.from.text(), woken.to), (Some("yes"), Value::None));
    let after = link_after(link, &state::Links::default().get(object), TODAY).unwrap();
    assert_eq!((after.published, after.maker), (key(77), state::Maker::Linked));
}

/// K136, K137: an account that we suspended for another is held until a person at the receiver
/// has solved it; then the obstacle is gone by itself.
#[test]
fn k136_k137_an_account_that_we_suspended_for_another_stands_in_the_way_until_solved() {
    let written = [account(1, "a@x", "/"), group(5), member(1, 5)];
    let wanted = [account(2, "A@x", "/"), group(5), member(2, 5)];
    let seen = |address: &str| vec![asleep(1, address, "/"), group(5), member(1, 5)];
    let world = |observed: &[Row]| {
        let world = directory(&written, &wanted, observed);
        world.linked(id(USER, 1), LinkState::Suspended, TODAY)
    };
    let conflict = world(&seen("a@x"));
    let draft = conflict.draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "create u2 P15, add u2>g5 member M08");
    let verdicts = judged(&conflict, &draft);
    let all = crate::released(&draft.operations, &verdicts, &[crate::Approval::All]).unwrap();
    assert_eq!((verdicts.held.len(), all.len()), (2, 0));
    assert_eq!(told(&draft), [(id(USER, 2), Reason::AccountOfAnother)]);
    let Obstructs::Account { holder, whose, attribute: _ } = draft.obstacles[0].what else {
        panic!("{:?}", draft.obstacles)
    };
    assert_eq!((holder, whose), (id(USER, 1), Holder::Suspended));
    // Deleted by hand.
    let solved = world(&[group(5)]).draft();
    assert_eq!(brief_at(&DIRECTORY, &solved.operations), "create u2 P15, add u2>g5 member M08");
    assert_eq!((told(&solved), solved.conflicts.len()), (vec![], 0));
    // Renamed by hand.
    let solved = world(&seen("a.old@x")).draft();
    assert_eq!(brief_at(&DIRECTORY, &solved.operations), "create u2 P15, add u2>g5 member M08");
    assert_eq!((told(&solved), solved.conflicts.len()), (vec![], 0));
}

/// K136: by policy the new person gets the account that we suspended, with its published id,
/// out of the other's groups, and awake.
#[test]
fn k136_by_policy_an_account_that_we_suspended_goes_to_the_new_person() {
    let written = [account(1, "a@x", "/"), group(5), member(1, 5), group(6), member(1, 6)];
    let wanted = [account(2, "a@x", "/"), group(5), member(2, 5), group(6)];
    let observed = [asleep(1, "a@x", "/"), group(5), member(1, 5), group(6), member(1, 6)];
    let world = directory(&written, &wanted, &observed);
    let mut world = world.linked(id(USER, 1), LinkState::Suspended, TODAY);
    let conflicts = world.draft().conflicts;
    let mut continuity = Continuity { unclear: [key(1), key(2)].into(), ..Continuity::default() };
    assert!(!reuse(&mut continuity, &conflicts, OnReusedName::Hold));
    assert!(reuse(&mut continuity, &conflicts, OnReusedName::Reuse));
    assert!(continuity.unclear.is_empty());
    world.continuity = continuity;
    let draft = world.draft();
    assert_eq!(
        brief_at(&DIRECTORY, &draft.operations),
        "link u2 T13, link u2>g5 member T13, remove u1>g6 member M01"
    );
    // Nothing but the removal is counted, and it is one of two.
    assert_eq!(judged(&world, &draft).held.keys().copied().collect::<Vec<_>>(), [2]);
    let link = &draft.operations[0];
    assert_eq!(link.was, Some(key(1)));
    let woken = link.changes().unwrap().into_iter().find(|it| it.attribute == 3).unwrap();
    assert_eq!((woken.from.text(), woken.to), (Some("yes"), Value::None));
    let after = link_after(link, &world.links.get(id(USER, 1)), TODAY).unwrap();
    assert_eq!((after.published, after.state), (key(1), LinkState::Active));
    assert_eq!(told(&draft), []);
}

/// Design: what an administrator or another program keeps is never changed, linked, suspended
/// or deleted; it counts as standing, and is told.
#[test]
fn what_is_not_ours_is_never_changed() {
    let ours = || vec![account(1, "a@x", "/"), group(5), member(1, 5)];
    let seen = || vec![admin(1, "a@x"), group(5), member(1, 5)];
    let other_name = || vec![object(USER, 1, &["a@x", "Ny", "/", "", ""]), group(5)];
    #[rustfmt::skip]
    let table = [
        // shows                               written  wanted                                observed                  plan                          told
        ("as it is: nothing to tell",          ours(),  ours(),                               seen(),                   "",                           vec![]),
        ("not changed, but a member",          ours(),  other_name(),                         seen(),                   "remove u1>g5 member M01",    vec![Reason::KeptByAnother]),
        ("not suspended",                      ours(),  vec![group(5)],                       seen(),                   "",                           vec![Reason::KeptByAnother]),
        ("bears our id, never linked",         vec![],  vec![account(1, "a@x", "/")],         vec![admin(1, "a@x")],    "",                           vec![Reason::KeptByAnother]),
        ("a stranger's, never linked",         vec![],  vec![account(1, "a@x", "/")],         vec![admin(77, "A@X")],   "",                           vec![Reason::AccountOfAnother]),
        ("nobody gets its name",               ours(),  vec![account(1, "b@x", "/"), group(5), member(1, 5)],
                                                                                              [ours(), vec![admin(77, "b@x")]].concat(), "",          vec![Reason::AccountOfAnother]),
    ];
    for (shows, written, wanted, observed, plan, reasons) in table {
        let draft = directory(&written, &wanted, &observed).draft();
        assert_eq!(brief_at(&DIRECTORY, &draft.operations), plan, "{shows}");
        let told: Vec<_> = told(&draft).into_iter().map(|it| it.1).collect();
        assert_eq!(told, reasons, "{shows}");
    }
    // A protected person's account stays as well, and nothing of it is told.
    let mut world = directory(&ours(), &[group(5)], &seen());
    world.protected = [key(1)].into();
    let draft = world.draft();
    assert_eq!((draft.operations.len(), draft.obstacles.len()), (0, 0));
}

/// reference/google.md §1.1: a directory writes addresses in small letters; that is no drift,
/// and finds what is there.
#[test]
fn unique_values_are_the_same_without_regard_to_case() {
    let written = [account(1, "Anna.Ek@x", "/Elever")];
    let draft = directory(&written, &written, &[account(1, "anna.ek@x", "/elever")]).draft();
    assert_eq!((draft.operations.len(), draft.drift.len()), (0, 0));
    let draft = directory(&[], &written, &[account(77, "anna.ek@x", "/")]).draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "link u1 T08");
}

/// Invariant 3, K064: a group that others keep is theirs with all its members, also ours.
#[test]
fn k064_a_group_that_others_keep_is_theirs_with_its_members() {
    let ours = [account(1, "a@x", "/"), group(5), member(1, 5)];
    let mut observed = ours.to_vec();
    observed.extend([group(77), member(1, 77)]);
    let mut world = directory(&ours, &ours, &observed);
    world.policies.membership_drift.insert(Kind(0), rules::Drift::Keep);
    let draft = world.draft();
    assert_eq!((draft.operations.len(), draft.drift.len()), (0, 0));
}

/// K062, reference/google.md §0 no 7: an ended group keeps its members until it is archived,
/// and after; it is archived 14 days after its end, and opened again when the end is moved.
#[test]
fn k062_an_ended_group_keeps_its_members_and_opens_again() {
    let written = [account(1, "a@x", "/"), group(5), member(1, 5)];
    let end = |day: i8| ended(GROUP, 5, Reason::GroupEnded, jiff::civil::date(2026, 11, day));
    let at = |mark: Row| {
        let world = directory(&written, &[account(1, "a@x", "/"), mark], &written);
        world.life_cycle(GROUP, [None, Some(14), None])
    };
    assert_eq!(at(end(11)).brief(), "");
    assert_eq!(at(end(10)).brief(), "archive g5 M06");
    let mut archived = at(end(10)).linked(id(GROUP, 5), LinkState::Archived, TODAY);
    assert_eq!(archived.brief(), "");
    archived.wanted = written.to_vec();
    assert_eq!(archived.brief(), "unarchive g5 P20");
    // The end is moved while it waits: nothing happens.
    let mut waits = at(end(11)).linked(id(GROUP, 5), LinkState::Ended, TODAY);
    waits.wanted = written.to_vec();
    let draft = waits.draft();
    assert_eq!((draft.operations.len(), draft.noted[0].1.state), (0, LinkState::Active));
}

/// K122, K139, K141: who is no longer wanted is suspended by the next plan and never deleted;
/// who is again, is woken in the place where they belong.
#[test]
fn k122_k141_an_account_is_suspended_at_once_and_woken_where_it_belongs() {
    let written = [account(1, "a@x", "/")];
    assert_eq!(directory(&written, &[], &written).brief(), "suspend u1 P01");
    let observed = [asleep(1, "a@x", "/")];
    let years_ago = jiff::civil::date(2019, 1, 1);
    let suspended = directory(&written, &[], &observed);
    let mut world = suspended.linked(id(USER, 1), LinkState::Suspended, years_ago);
    assert_eq!(world.brief(), "");
    world.wanted = vec![account(1, "a@x", "/Elever")];
    let draft = world.draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "reactivate u1 P20");
    let changed: Vec<_> = draft.operations[0].changes().unwrap();
    assert_eq!(changed.iter().map(|it| it.attribute).collect::<Vec<_>>(), [2, 3]);
}

/// K124: the days of a calendar are counted, across the change of clocks and a leap day.
#[test]
fn k124_an_account_is_deleted_on_the_day_and_not_before() {
    let date = jiff::civil::date;
    #[rustfmt::skip]
    let table = [
        // suspended          days  the day before      the day
        (date(2026, 3, 20),   30,   date(2026, 4, 18),  date(2026, 4, 19)),
        (date(2026, 10, 20),  30,   date(2026, 11, 18), date(2026, 11, 19)),
        (date(2028, 2, 1),    30,   date(2028, 3, 1),   date(2028, 3, 2)),
        (date(2027, 2, 1),    30,   date(2027, 3, 2),   date(2027, 3, 3)),
        (date(2028, 2, 29),   365,  date(2029, 2, 27),  date(2029, 2, 28)),
    ];
    let written = [account(1, "a@x", "/")];
    for (suspended, days, before, on) in table {
        let world = directory(&written, &[], &[asleep(1, "a@x", "/")]);
        let world = world.life_cycle(USER, [Some(0), None, Some(days)]);
        let mut world = world.linked(id(USER, 1), LinkState::Suspended, suspended);
        world.today = before;
        assert_eq!(world.brief(), "", "{suspended} + {days}");
        world.today = on;
        assert_eq!(world.brief(), "delete u1 T11", "{suspended} + {days}");
    }
}

/// K140: whoever has said that accounts are deleted still says yes to the first that are.
#[test]
fn k140_the_first_deletions_wait_for_a_yes() {
    let written = [account(1, "a@x", "/")];
    let world = directory(&written, &[], &[asleep(1, "a@x", "/")]);
    let world = world.life_cycle(USER, [Some(0), None, Some(30)]);
    let world = world.linked(id(USER, 1), LinkState::Suspended, jiff::civil::date(2026, 1, 1));
    let draft = world.draft();
    let history = |deletion| History { plan: crate::Before::Done, deletion, ..History::default() };
    let held = |deletion| {
        let history = history(deletion);
        let guards = rules::Guards { removals: rules::Limit::of(None, None), ..Default::default() };
        let inputs = GuardInputs {
            operations: &draft.operations,
            card: &world.card,
            guards: &guards,
            policies: &world.policies,
            totals: &draft.totals,
            trips: &[],
            continuity: &world.continuity,
            conflicts: &[],
            history: &history,
            window: Window::Ordinary,
        };
        guard(&inputs).unwrap().held.len()
    };
    assert_eq!((held(crate::Before::Never), held(crate::Before::Done)), (1, 0));
}

/// K118: where others make accounts, those that are there are linked as they are, whoever
/// keeps them, and nothing of them is ever changed; who has none is told, and in no group.
#[test]
fn k118_accounts_that_others_make_are_linked_and_never_changed() {
    let wanted = [
        account(1, "a@x", "/nowhere"),
        account(2, "b@x", "/"),
        account(3, "c@x", "/"),
        group(5),
        member(1, 5),
        member(2, 5),
        member(3, 5),
    ];
    let observed = [asleep(71, "A@x", "/Elever"), admin(72, "b@x")];
    let mut world = directory(&[], &wanted, &observed);
    world.policies.linked_only = [USER].into();
    let draft = world.draft();
    assert_eq!(
        brief_at(&DIRECTORY, &draft.operations),
        "link u1 T08, link u2 T08, create g5 P15, add u1>g5 member M08, add u2>g5 member M08"
    );
    assert!(
        draft.operations.iter().all(|it| it.verb != Verb::Link || it.changes().unwrap().is_empty())
    );
    assert_eq!(told(&draft), [(id(USER, 3), Reason::NoAccount)]);

    // Later: changed in the register, gone from it, and gone from the directory.
    let written = apply_rows(&[], &draft.operations);
    let observed = [asleep(1, "A@x", "/Elever"), group(5), member(1, 5), member(2, 5)];
    let wanted = [
        object(USER, 1, &["ny@x", "Ny", "/", "", ""]),
        account(2, "b@x", "/"),
        group(5),
        member(2, 5),
    ];
    let mut world = directory(&written, &wanted, &observed);
    world.policies.linked_only = [USER].into();
    let draft = world.draft();
    assert_eq!(brief_at(&DIRECTORY, &draft.operations), "remove u1>g5 member M01");
    assert_eq!((told(&draft), draft.drift.len()), (vec![(id(USER, 2), Reason::NoAccount)], 0));
    world.wanted = vec![group(5)];
    assert_eq!(world.brief(), "remove u1>g5 member M01, remove u2>g5 member M01");
}

/// Design §5: of a kind that is read whole its objects are seen, and what stands in those
/// that were read with it; of the rest nothing is said.
#[test]
fn what_stands_in_an_object_is_seen_where_that_was_read() {
    let written =
        [account(1, "a@x", "/"), group(5), member(1, 5), group(6), member(1, 6), group(7)];
    let mut world = directory(&written, &written, &[]);
    world.policies.membership_drift.insert(Kind(0), rules::Drift::Keep);
    world.policies.drift.insert((GROUP, 0), rules::Drift::Keep);
    let seen = vec![unit(1, "/"), account(1, "a@x", "/"), group(5), group(6)];
    let kinds = [ORG_UNIT, USER, GROUP].into();
    let with = [id(GROUP, 5)].into();
    world.observed = Some((seen, Coverage::Objects { kinds, with }));
    assert_eq!(world.brief(), "create g7 T07, add u1>g5 member T07");
}

/// K124: who is deleted is not first taken out of a group that stays as it is, be it archived or
/// waiting for its end; out of others, as before.
#[test]
fn k124_who_is_deleted_leaves_a_group_that_stays_without_a_call() {
    let written = [account(1, "a@x", "/"), group(5), member(1, 5), group(6), member(1, 6)];
    let wanted = [group(6)];
    let mut world = directory(&written, &wanted, &written);
    world = world.life_cycle(USER, [None, None, Some(0)]);
    world = world.life_cycle(GROUP, [None, Some(14), None]);
    assert_eq!(world.brief(), "remove u1>g6 member P01, delete u1 P01");
    assert_eq!(world.draft().kept, [].into());
    world = world.linked(id(GROUP, 5), LinkState::Archived, TODAY);
    assert_eq!(world.brief(), "remove u1>g6 member P01, delete u1 P01");
    world.card.observe = Observe::Mirror;
    let brief = "remove u1>g5 member P01, remove u1>g6 member P01, delete u1 P01";
    assert_eq!(world.brief(), brief, "where a row is what it says");
}

/// K070: what a protected person owns stays that person's; when the marking is lifted, it goes on.
#[test]
fn k070_what_a_protected_person_owns_stays_so() {
    let owned = |title: &str, owner: u32| {
        let values = vec![Value::Text(title.to_owned()), Value::Ref(id(SCHOOL, owner))];
        Row::Object(Object { id: id(CLASS, 5), values, schools: vec![key(1)] })
    };
    let (written, wanted) = ([owned("7A", 1)], [owned("7B", 2)]);
    let changed = |world: &World| {
        let changes = world.draft().operations[0].changes().unwrap();
        changes.iter().map(|it| it.attribute).collect::<Vec<_>>()
    };
    let mut world = world(&written, &wanted).live();
    assert_eq!(changed(&world), [0, 1]);
    world.protected = [key(1)].into();
    assert_eq!(changed(&world), [0], "the rest goes on");
    world.wanted = vec![owned("7A", 2)];
    assert_eq!(world.brief(), "");
}
