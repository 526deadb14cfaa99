use jiff::civil::date;
use state::{LinkState, Mark, Reason, Value};

use super::support::*;

/// The verbs and reasons of ordinary days.
#[test]
fn plans() {
    let base =
        || vec![school(1), class(1, "7A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)];
    let with = |more: &[state::Row]| [base(), more.to_vec()].concat();
    #[rustfmt::skip]
    let table = [
        // shows                         written   wanted                                    plan
        ("nothing to do",                base(),   base(),                                   ""),
        ("a new pupil",                  base(),   with(&[user(2, "Al", "al", 1), place(2, 1, "student", 1)]),
                                                                                             "create u2 P15, add u2>c1 student M08"),
        ("K216: a new family name",      base(),   vec![school(1), class(1, "7A", 1), user(1, "Ask", "ek", 1), place(1, 1, "student", 1)],
                                                                                             "update u1 P16"),
        ("a class has a new name",       base(),   vec![school(1), class(1, "8A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)],
                                                                                             "rename c1 P16"),
        ("K217: another school: moved, never made anew",
                                         with(&[school(2)]),
                                                   vec![school(1), school(2), class(1, "7A", 1), user(1, "Ek", "ek", 2)],
                                                                                             "move u1 P11, remove u1>c1 student P11"),
        ("left the class",               base(),   vec![school(1), class(1, "7A", 1), user(1, "Ek", "ek", 1)],
                                                                                             "remove u1>c1 student M01"),
        ("another role",                 base(),   vec![school(1), class(1, "7A", 1), user(1, "Ek", "ek", 1), place(1, 1, "teacher", 1)],
                                                                                             "change-role u1>c1 teacher P16"),
        ("withheld: nothing changes",    base(),   vec![school(1), class(1, "7A", 1), withheld(USER, 1)],
                                                                                             ""),
        ("withheld and new: not made",   base(),   with(&[withheld(USER, 2), place(2, 1, "student", 1)]),
                                                                                             ""),
        ("a withheld class: no members", base(),   with(&[withheld(CLASS, 2), place(1, 2, "student", 1)]),
                                                                                             ""),
        ("gone: references first",       base(),   vec![school(1), class(1, "7A", 1)],
                                                                                             "remove u1>c1 student P01, delete u1 P01"),
        ("ended: with its reason",       base(),   vec![school(1), class(1, "7A", 1), ended(USER, 1, Reason::Ended, date(2026, 11, 1))],
                                                                                             "remove u1>c1 student P03, delete u1 P03"),
        ("a class goes, its members stay persons",
                                         base(),   vec![school(1), ended(CLASS, 1, Reason::GroupEnded, date(2026, 11, 1)), user(1, "Ek", "ek", 1)],
                                                                                             "remove u1>c1 student M06, delete c1 M06"),
        ("everything goes",              base(),   vec![],                                   "remove u1>c1 student P01, delete c1 P01, delete u1 P01, delete s1 P01"),
        ("the first plan",               vec![],   base(),                                   "create s1 P15, create c1 P15, create u1 P15, add u1>c1 student M08"),
    ];
    for (shows, written, wanted, expected) in table {
        assert_eq!(world(&written, &wanted).brief(), expected, "{shows}");
    }
}

/// K018, invariant 4: what could not be understood of a person blanks nothing and ends
/// nothing; what could be understood is followed.
#[test]
fn a_value_that_was_not_understood_blanks_nothing() {
    let ek = |name, username: Option<&str>| {
        let state::Row::Object(mut object) = user(1, name, "ek", 1) else { unreachable!() };
        object.values[1] = username.map_or(Value::None, |it| Value::Text(it.to_owned()));
        state::Row::Object(object)
    };
    let base = || vec![school(1), class(1, "7A", 1), ek("Ek", Some("ek"))];
    let with = |row: state::Row| vec![school(1), class(1, "7A", 1), row];
    let left = |end| {
        let mark = Mark::Left { reason: Reason::Ended, end };
        with(state::Row::Mark { id: id(USER, 1), mark })
    };
    let without = || vec![school(1), class(1, "7A", 1)];
    #[rustfmt::skip]
    let table = [
        // shows                      written    wanted                          plan, if understood  plan, if not
        ("a blank value",             base(),    with(ek("Ek", None)),           "update u1 P16",     ""),
        ("another value",             base(),    with(ek("Ek", Some("e"))),      "update u1 P16",     "update u1 P16"),
        ("a blank one, a change",     base(),    with(ek("Al", None)),           "update u1 P16",     "update u1 P16"),
        ("a new person",              without(), with(ek("Ek", None)),           "create u1 P15",     "create u1 P15"),
        ("not selected",              base(),    left(None),                     "delete u1 P03",     ""),
        ("nothing known",             base(),    without(),                      "delete u1 P01",     ""),
        ("ended on a day",            base(),    left(Some(date(2026, 11, 1))),  "delete u1 P03",     "delete u1 P03"),
    ];
    for (shows, written, wanted, understood, not) in table {
        let mut world = world(&written, &wanted);
        assert_eq!(world.brief(), understood, "{shows}");
        world.uncertain.insert(key(1));
        assert_eq!(world.brief(), not, "{shows}");
        for operation in world.draft().operations {
            let Some(after) = operation.after.filter(|_| operation.before.is_some()) else {
                continue;
            };
            let after = state::RowRef::new(&after).unwrap().values().unwrap();
            assert_ne!(after[1], Value::None, "{shows}");
        }
    }
}

/// K122–K124, K139–K141, K062, K218: what becomes of those who leave, day by day.
#[test]
fn life_cycles() {
    let there = || vec![school(1), user(1, "Ek", "ek", 1)];
    let gone = || vec![school(1), ended(USER, 1, Reason::Ended, date(2026, 11, 10))];
    let suspend = [Some(0), None, Some(180)];
    let archive = [None, Some(14), None];
    let day = |month, day| date(2026, month, day);
    let (active, suspended) = (LinkState::Active, LinkState::Suspended);
    let (archived, waits) = (LinkState::Archived, LinkState::Ended);
    #[rustfmt::skip]
    let table = [
        // shows                                 life cycle  wanted   link                      plan
        ("K122: suspended, never deleted",       suspend,    gone(),  (active, TODAY),           "suspend u1 P03"),
        ("K124: a day before its time",          suspend,    gone(),  (suspended, day(5, 29)),   ""),
        ("K124: on the day",                     suspend,    gone(),  (suspended, day(5, 28)),   "delete u1 P03"),
        ("K123: never deleted unless told",      [Some(0), None, None], gone(), (suspended, day(1, 1)), ""),
        ("K141: back from suspension",           suspend,    there(), (suspended, day(11, 1)),   "reactivate u1 P20"),
        ("K062: archived after 14 days",         archive,    gone(),  (waits, day(11, 10)),      "archive u1 P03"),
        ("K062: a day before",                   [None, Some(15), None], gone(), (waits, day(11, 10)), ""),
        ("back from the archive",                archive,    there(), (archived, day(11, 1)),    "unarchive u1 P20"),
        ("K218: wanted again while it waits",    archive,    there(), (waits, day(11, 10)),      ""),
        ("no end in sight",                      [None; 3],  gone(),  (active, TODAY),           ""),
        ("deleted when its time is out, forgotten by the register",
                                                 suspend, vec![school(1)], (suspended, day(5, 28)), "delete u1 T11"),
    ];
    for (shows, days, wanted, (state, since), expected) in table {
        let world = world(&there(), &wanted).live().life_cycle(USER, days);
        let world = world.linked(id(USER, 1), state, since);
        assert_eq!(world.brief(), expected, "{shows}");
    }
}

/// Design §5: members of an ended group are not removed before it is archived.
#[test]
fn while_a_class_waits_its_members_stay() {
    let written = [school(1), class(1, "9A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)];
    let end = date(2026, 11, 20);
    let wanted = [school(1), ended(CLASS, 1, Reason::GroupEnded, end), user(1, "Ek", "ek", 1)];
    let waiting = world(&written, &wanted).life_cycle(CLASS, [None, Some(14), None]);
    let draft = waiting.draft();
    assert_eq!(brief(&draft.operations), "");
    assert_eq!(draft.noted.len(), 1);
    assert_eq!((draft.noted[0].1.state, draft.noted[0].1.since), (LinkState::Ended, Some(end)));

    // K062: in a set of files archived is gone, with its members; it comes back as itself.
    let due = world(&written, &wanted).life_cycle(CLASS, [None, Some(4), None]);
    assert_eq!(due.brief(), "remove u1>c1 student M06, archive c1 M06");
    let rest = [school(1), user(1, "Ek", "ek", 1)];
    let again = world(&rest, &written).linked(id(CLASS, 1), LinkState::Archived, end);
    assert_eq!(again.brief(), "unarchive c1 P20, add u1>c1 student M08");

    // K218: the end date moves forward.
    let back = world(&written, &written)
        .life_cycle(CLASS, [None, Some(14), None])
        .linked(id(CLASS, 1), LinkState::Ended, end)
        .draft();
    assert_eq!(brief(&back.operations), "");
    assert_eq!((back.noted[0].1.state, back.noted[0].1.since), (LinkState::Active, None));

    // A member who goes for good leaves the waiting class all the same.
    let leaves = [wanted[0].clone(), wanted[1].clone()];
    let leaves = world(&written, &leaves).life_cycle(CLASS, [None, Some(14), None]);
    assert_eq!(leaves.brief(), "remove u1>c1 student P01, delete u1 P01");
}

/// What a row that stays refers to is kept, and what that refers to as well.
#[test]
fn nothing_is_deleted_that_something_refers_to() {
    let written = [school(1), class(1, "9A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)];
    let draft = world(&written, &[withheld(USER, 1)]).draft();
    assert_eq!(brief(&draft.operations), "");
    assert_eq!(draft.kept, [id(SCHOOL, 1), id(CLASS, 1)].into());
}

/// K070: at a directory a protected person's account is left exactly as it is; a file gets
/// an ordinary removal without a reason.
#[test]
fn a_protected_person_leaves_files_without_a_reason_and_directories_never() {
    let written = [school(1), class(1, "9A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)];
    let mut world = world(&written, &[school(1), class(1, "9A", 1)]);
    world.protected.insert(key(1));
    assert_eq!(world.brief(), "remove u1>c1 student -, delete u1 -");
    assert_eq!(world.live().brief(), "");
}

/// K210, invariant 4: what was not read is not removed; additions go on.
#[test]
fn an_incomplete_read_adds_and_never_removes() {
    let written = [school(1), class(1, "9A", 1), user(1, "Ek", "ek", 1), place(1, 1, "student", 1)];
    let wanted = [school(1), class(1, "9A", 1), user(2, "Al", "al", 1)];
    let mut world = world(&written, &wanted);
    world.unseen = crate::Unseen::Schools([key(1)].into());
    assert_eq!(world.brief(), "create u2 P15");
    world.unseen = crate::Unseen::All;
    assert_eq!(world.brief(), "create u2 P15");
}

/// K136: another person's old account has the user name: said, for the guard to hold.
#[test]
fn the_user_name_of_an_old_account_is_a_conflict() {
    let written = [school(1), user(1, "Ek", "ek", 1)];
    let wanted = [school(1), user(2, "Ek", "ek", 1)];
    let world = world(&written, &wanted).live().life_cycle(USER, [Some(0), None, None]);
    let draft = world.linked(id(USER, 1), LinkState::Suspended, TODAY).draft();
    assert_eq!(brief(&draft.operations), "create u2 P15");
    let conflict = &draft.conflicts[0];
    assert_eq!((conflict.object, conflict.holder), (id(USER, 2), id(USER, 1)));
}
