use std::collections::BTreeSet;

use roster::{Count, SourceTrip, TripKind, TripScope};
use rules::Guards;
use state::{Reason, Row, Verb};

use super::support::*;
use crate::{
    Approval, Before, Draft, GuardInputs, GuardName, History, Lang, Names, Scope, Verdicts, guard,
    released,
};

/// Schools of 40 pupils in two classes; pupils numbered through.
fn municipality(schools: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for at in 1..=schools {
        rows.push(school(at));
        rows.extend([class(at * 2, "A", at), class(at * 2 + 1, "B", at)]);
        for number in at * 100..at * 100 + 40 {
            rows.push(user(number, "Ek", &format!("ek{number}"), at));
            rows.push(place(number, at * 2 + number % 2, "student", at));
        }
    }
    rows
}

fn number_of(row: &Row) -> u32 {
    let key = match row {
        Row::Object(object) => object.id.key,
        Row::Member(member) => member.member.key,
        Row::Mark { id, .. } => id.key,
    };
    let bytes = key.as_bytes();
    u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]])
}

fn without(rows: &[Row], gone: impl Fn(u32) -> bool) -> Vec<Row> {
    rows.iter().filter(|row| number_of(row) < 100 || !gone(number_of(row))).cloned().collect()
}

fn seasoned() -> History {
    History { plan: Before::Done, deletion: Before::Done, ..History::default() }
}

fn judged(world: &World, draft: &Draft, trips: &[SourceTrip], history: &History) -> Verdicts {
    guard(&GuardInputs { trips, ..world.guarding(draft, &Guards::default(), history) }).unwrap()
}

fn names(verdicts: &Verdicts) -> Vec<&'static str> {
    verdicts.verdicts.iter().map(|verdict| verdict.guard.word()).collect()
}

/// K210: an export cut at 60 % of the pupils: nothing that removes is released; what is new
/// goes on.
#[test]
fn a_truncated_export_removes_nobody() {
    let written = municipality(10);
    let mut wanted = without(&written, |number| number >= 700);
    wanted.push(user(150, "Al", "al", 1));
    let world = world(&written, &wanted);
    let draft = world.draft();
    let verdicts = judged(&world, &draft, &[], &seasoned());
    assert!(names(&verdicts).contains(&"removals"));
    assert_eq!(
        verdicts.verdicts.iter().filter(|it| it.guard == GuardName::SchoolRemovals).count(),
        4
    );
    let released = released(&draft.operations, &verdicts, &[]).unwrap();
    let verbs: Vec<_> = draft
        .operations
        .iter()
        .filter(|it| released.contains(&it.number))
        .map(|it| it.verb)
        .collect();
    assert_eq!(verbs, [Verb::Create]);
}

/// A single school that is lost is hidden in the total: 10 of 400 are 2.5 %, and 25 % of
/// the school.
#[test]
fn a_school_lost_is_not_hidden_in_the_total() {
    let written = municipality(10);
    let wanted = without(&written, |number| (300..310).contains(&number) || number == 500);
    let world = world(&written, &wanted);
    let draft = world.draft();
    let verdicts = judged(&world, &draft, &[], &seasoned());
    assert_eq!(names(&verdicts), ["school_removals", "school_membership_removals"]);
    assert_eq!(verdicts.verdicts[0].scope, Scope::School(key(3)));
    let released = released(&draft.operations, &verdicts, &[]).unwrap();
    let others: Vec<_> =
        draft.operations.iter().filter(|it| released.contains(&it.number)).cloned().collect();
    assert_eq!(brief(&others), "remove u500>c10 student P01, delete u500 P01");
}

/// Design §5: what a tripped source guard covers was not read; approval of the school
/// releases it.
#[test]
fn a_school_that_lost_volume_counts_as_not_read() {
    let written = municipality(3);
    let wanted = without(&written, |number| number == 100 || number == 200);
    let world = world(&written, &wanted);
    let draft = world.draft();
    let trip = SourceTrip {
        scope: TripScope::School(key(1)),
        kind: TripKind::Lost(Count::Pupils),
        before: 408,
        now: 221,
    };
    let verdicts = judged(&world, &draft, &[trip], &seasoned());
    let open = |approvals: &[Approval]| {
        let released = released(&draft.operations, &verdicts, approvals).unwrap();
        let it = draft.operations.iter().filter(|it| released.contains(&it.number));
        brief(&it.cloned().collect::<Vec<_>>())
    };
    let other = "remove u200>c4 student P01, delete u200 P01";
    assert_eq!(open(&[]), other);
    assert_eq!(open(&[Approval::Schools([key(2)].into())]), other);
    assert_eq!(open(&[Approval::Schools([key(1)].into())]), brief(&draft.operations));
    assert_eq!(open(&[Approval::All]), brief(&draft.operations));

    let names =
        Names { card: &LIVE, school: &|_| "Ekskolan".to_owned(), container: &|_| "7A".to_owned() };
    let verdict = &verdicts.verdicts[0];
    assert_eq!(verdict.sentence(&names, Lang::Sv), "Ekskolan gav 221 elever, i går 408 (−46 %).");
    assert_eq!(
        verdict.sentence(&names, Lang::En),
        "Ekskolan gave 221 pupils, yesterday 408 (−46 %)."
    );
}

/// K140: the first plan waits as a whole; later the first deletion does.
#[test]
fn what_has_never_been_done_waits_for_a_person() {
    let written = municipality(1);
    let wanted = without(&written, |number| number == 100);
    let world = world(&written, &wanted);
    let draft = world.draft();
    let first = judged(&world, &draft, &[], &History::default());
    assert_eq!(names(&first), ["first_plan", "first_deletion"]);
    assert_eq!(first.held.len(), draft.operations.len());
    assert!(first.held.values().all(|held| held.reason == Reason::AwaitingApproval));

    let history = History { deletion: Before::Never, ..seasoned() };
    let deletion = judged(&world, &draft, &[], &history);
    assert_eq!(names(&deletion), ["first_deletion"]);
    assert_eq!(deletion.held.len(), 2, "its memberships wait with it");
}

/// K136: approval of the whole plan does not hand out another's account. Where people work, a
/// receiver refuses a name that an account of ours has: no approval sends it.
#[test]
fn k136_anothers_account_must_be_approved_by_name_and_a_name_that_is_taken_cannot() {
    let written = [school(1), user(1, "Ek", "ek", 1)];
    let wanted = [school(1), user(2, "Ek", "ek", 1)];
    let world = world(&written, &wanted).live().life_cycle(USER, [Some(0), None, None]);
    let mut world = world.linked(id(USER, 1), state::LinkState::Suspended, TODAY);
    #[rustfmt::skip]
    let table = [
        // observed               guard                  by name
        (state::Observe::Live,    "name_taken",          0),
        (state::Observe::Mirror,  "account_of_another",  1),
    ];
    for (observe, name, by_name) in table {
        world.card.observe = observe;
        let draft = world.draft();
        let verdicts = judged(&world, &draft, &[], &seasoned());
        assert_eq!(names(&verdicts), [name]);
        assert_eq!(verdicts.held[&0].reason, Reason::AccountOfAnother);
        let open = |approval| released(&draft.operations, &verdicts, &[approval]).unwrap().len();
        assert_eq!(open(Approval::All), 0);
        assert_eq!(open(Approval::Verbs([Verb::Create].into())), 0);
        assert_eq!(open(Approval::Operations([0].into())), by_name, "{name}");
    }
}

/// K136: a name that is taken keeps nobody in a class that they have left: a person may say yes to
/// all but the name.
#[test]
fn k136_what_only_goes_with_a_name_that_is_taken_can_be_approved() {
    let there = [school(1), user(1, "Ek", "ek", 1), user(3, "Al", "al", 1), class(5, "7A", 1)];
    let written = [&there[..], &[place(3, 5, "student", 1)]].concat();
    let wanted = [school(1), user(3, "Al", "ek", 1), class(5, "7A", 1)];
    let world = world(&written, &wanted).live().life_cycle(USER, [Some(0), None, None]);
    let world = world.linked(id(USER, 1), state::LinkState::Suspended, TODAY);
    let draft = world.draft();
    let verdicts = judged(&world, &draft, &[], &seasoned());
    assert!(names(&verdicts).contains(&"name_taken"));
    let is = |verb: Verb| move |it: &&state::Operation| it.verb == verb;
    let number = |verb: Verb| draft.operations.iter().find(is(verb)).unwrap().number;
    let both = [number(Verb::Remove), number(Verb::Update)];
    let all = Approval::Operations(both.into());
    assert_eq!(released(&draft.operations, &verdicts, &[all]).unwrap(), [both[0]].into());
    assert_eq!(released(&draft.operations, &verdicts, &[]).unwrap().len(), 0);
}

/// One attribute changed over a whole kind: addresses of all are new.
#[test]
fn the_same_change_to_everybody_is_held() {
    let written = municipality(2);
    let wanted: Vec<_> = written
        .iter()
        .map(|row| match number_of(row) {
            number @ 100.. if matches!(row, Row::Object(_)) => {
                user(number, "Ek", &format!("ny{number}"), number / 100)
            }
            _ => row.clone(),
        })
        .collect();
    let world = world(&written, &wanted);
    let draft = world.draft();
    let verdicts = judged(&world, &draft, &[], &seasoned());
    assert_eq!(names(&verdicts), ["changes", "attribute_changes"]);
    assert_eq!(verdicts.verdicts[1].scope, Scope::Attribute(USER, 1));
    assert_eq!(verdicts.held.len(), 80);
}

/// K069: a protected person's removal is neither counted nor held.
#[test]
fn a_protected_persons_removal_is_never_held() {
    let written = municipality(1);
    let wanted = without(&written, |number| number == 100);
    let mut world = world(&written, &wanted);
    world.protected.insert(key(100));
    let draft = world.draft();
    let verdicts = judged(&world, &draft, &[], &History::default());
    assert_eq!((names(&verdicts), verdicts.held.len()), (vec![], 0));
}

/// Nothing that may run needs anything that is held.
#[test]
fn the_held_set_is_closed() {
    let written = municipality(4);
    let mut wanted = without(&written, |number| number % 3 == 0);
    wanted.retain(|row| !matches!(row, Row::Object(it) if it.id == id(CLASS, 2)));
    wanted.retain(|row| !matches!(row, Row::Member(it) if it.container == id(CLASS, 2)));
    let world = world(&written, &wanted);
    let draft = world.draft();
    let verdicts =
        judged(&world, &draft, &[], &History { plan: Before::Done, ..History::default() });
    for operation in &draft.operations {
        let needs_held = operation.needs.iter().any(|it| verdicts.held.contains_key(it));
        assert!(!needs_held || verdicts.held.contains_key(&operation.number));
    }
    let open = released(&draft.operations, &verdicts, &[]).unwrap();
    let expected: BTreeSet<u32> = draft
        .operations
        .iter()
        .map(|it| it.number)
        .filter(|it| !verdicts.held.contains_key(it))
        .collect();
    assert_eq!(open, expected);
}

/// K210: a register that shrinks by a little at every read of a day is held when the day's
/// removals together pass the limit.
#[test]
fn limits_hold_for_a_day_and_not_for_each_run() {
    let written = municipality(10);
    let step = |from: u32, to: u32| {
        let gone = move |number: u32| (from..to).contains(&(number % 100)) && number / 100 <= 6;
        without(&written, gone)
    };
    let first = world(&written, &step(0, 2));
    let draft = first.draft();
    let verdicts = judged(&first, &draft, &[], &seasoned());
    assert_eq!(names(&verdicts), Vec::<&str>::new(), "12 of 400 persons are 3 %");
    let free = released(&draft.operations, &verdicts, &[]).unwrap();
    let spent = crate::spent(&first.card, &draft.operations, &free).unwrap();
    assert_eq!(spent.of(GuardName::Removals, Scope::Target), 12);
    assert_eq!(spent.of(GuardName::SchoolRemovals, Scope::School(key(1))), 2);

    let left = step(0, 2);
    let second = world(&left, &without(&left, |it| [2, 3].contains(&(it % 100)) && it / 100 <= 6));
    let draft = second.draft();
    assert_eq!(names(&judged(&second, &draft, &[], &seasoned())), Vec::<&str>::new());
    let history = History { spent, ..seasoned() };
    let verdicts = judged(&second, &draft, &[], &history);
    let removals = verdicts.verdicts.iter().find(|it| it.guard == GuardName::Removals).unwrap();
    assert_eq!((removals.count, removals.earlier, removals.total), (24, 12, 400));
    let released = released(&draft.operations, &verdicts, &[]).unwrap();
    assert_eq!(released.len(), 0);

    // What a person approved is no part of what goes by itself.
    let none = crate::spent(&first.card, &first.draft().operations, &BTreeSet::new()).unwrap();
    assert_eq!(none, crate::Spent::default());
}
