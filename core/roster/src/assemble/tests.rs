use proptest::prelude::*;

use super::*;
use crate::sample::*;
use crate::{Interval, Stats};

const CHILD: &str = "20130101-9806";
const OTHER: &str = "20130102-9813";
const ADULT: &str = "19800101-9820";
const TF: &str = "20130101TF01";

fn ids(roster: &Roster) -> Vec<String> {
    persons(roster).into_iter().map(|(id, _)| id).collect()
}

/// K069: what the marking must say for a person to pass; everything unknown is protected.
#[test]
fn only_known_open_markings_pass() {
    #[rustfmt::skip]
    let table: &[(&str, &str, bool)] = &[
        // shows                     marking                     passes
        ("open",                     "Ingen",                    true),
        ("open in another case",     " INGEN ",                  true),
        ("empty",                    "",                         true),
        ("sekretessmarkering",       "Sekretessmarkering",       false),
        ("skyddad folkbokföring",    "Skyddad folkbokföring",    false),
        ("unknown value",            "J",                        false),
        ("misspelt",                 "Inget",                    false),
    ];
    for &(shows, marking, passes) in table {
        let roster = roster(&[&[person("1", CHILD, marking)]]);
        assert_eq!(ids(&roster).len(), usize::from(passes), "{shows}");
    }
}

/// K069: a protected person and one who does not exist leave the same, byte for byte:
/// rows, counts, issues. Doubled rows and a second source do not tell them apart.
#[test]
fn a_protected_person_leaves_what_nobody_leaves() {
    let rest = [school("S"), class("7A", "S"), person("2", OTHER, ""), enrolment("2", "S")];
    let secret = [
        person("1", CHILD, "Sekretessmarkering"),
        enrolment("1", "S"),
        enrolment("1", "S"),
        membership("1", "7A"),
        Line::Responsible { child: "2", adult: "1" },
        Line::Responsible { child: "1", adult: "2" },
    ];
    let second = [person("b", CHILD, ""), person("b", CHILD, ""), person("c", ADULT, "")];
    let with: Vec<Line> = secret.iter().chain(&rest).cloned().collect();

    let seen = roster(&[&with, &second]);
    let never = roster(&[&rest, &second[2..]]);

    assert_eq!(content(&seen), content(&never));
    assert_eq!(Stats::of(&seen).unwrap(), Stats::of(&never).unwrap());
    assert_eq!((seen.tally, seen.ambiguous_numbers), (never.tally, never.ambiguous_numbers));
    let (seen, never) = (seen.persons().unwrap(), never.persons().unwrap());
    assert_eq!((seen.strays(), seen.repeated()), (never.strays(), never.repeated()));
}

/// K069: who is protected in one source is dropped from every other, found by number or by
/// key, whichever source is read first; relations of others to such an adult are gone too.
#[test]
fn protection_in_one_source_counts_in_all() {
    let marked = [person("b1", ADULT, "Sekretessmarkering"), person("b2", OTHER, "")];
    let open = [
        person("1", ADULT, ""),
        person("2", CHILD, ""),
        Line::Responsible { child: "2", adult: "1" },
        Line::Duty { person: "1", school: "S" },
    ];
    for registers in [[&open[..], &marked[..]], [&marked[..], &open[..]]] {
        let roster = roster(&registers);
        assert_eq!(persons(&roster), [("2".to_owned(), 0), ("b2".to_owned(), 0)]);
        assert_eq!(roster.persons().unwrap().strays(), 0);
    }
}

/// K069: a person who is marked in a row without a number is found in other sources by the
/// number of its other row, and a number by way of a third source.
#[test]
fn protection_follows_keys_and_numbers_to_the_end() {
    const SHARED: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let first = [person("1", CHILD, ""), person("2", OTHER, "")];
    let second = [person(SHARED, CHILD, "")];
    let third = [Line::Person(Someone { marking: "Ja", ..someone(SHARED) })];
    assert_eq!(ids(&roster(&[&first, &second, &third])), ["2"]);
}

/// K070: the gate remembers by a keyed mark who was stopped, so that what such a person has
/// at a receiver can be left as it is; the marks name nobody.
#[test]
fn the_gate_tells_by_a_mark_who_was_stopped() {
    let lines = [person("1", CHILD, "Sekretessmarkering"), person("2", OTHER, "")];
    let (_, gate) = assemble(&[&lines], Gate::new(&tenant()), usize::MAX);
    assert!(gate.marks().contains(&gate.mark(person_key("1"))));
    assert!(!gate.marks().contains(&gate.mark(person_key("2"))));
    let elsewhere = Gate::new(&TenantKey::new([2; 32]));
    assert!(!gate.marks().contains(&elsewhere.mark(person_key("1"))));
}

/// K069, K070: the local list leaves out by the register's id, our key or a number.
#[test]
fn excluded_persons_are_left_out() {
    let lines = [
        person("1", CHILD, ""),
        person("0f8fad5b-d9cb-469f-a165-70867728950e", OTHER, ""),
        person("3", ADULT, ""),
        person("4", "19570428-9999", ""),
        enrolment("1", "S"),
    ];
    let second = [person("b", "130101-9806", "")];
    for list in [
        [" 1 ", "0F8FAD5B-D9CB-469F-A165-70867728950E", "800101-9820"],
        ["20130101-9806", "130102-9813", "3"],
    ] {
        let (roster, _) = assemble(&[&lines, &second], gate_excluding(&list), usize::MAX);
        assert_eq!(ids(&roster), ["4"], "{list:?}");
    }
}

/// What it shows, the registers, the gate, who is left out, and of whom a value is uncertain.
type Doubt<'a> = (&'a str, &'a [&'a [Line]], Gate, &'a [Key], &'a [Key]);

/// K069: a person whose number could not be read may be one whom another source or the
/// exclusion list protects by that number; where neither is, nobody waits.
#[test]
fn a_number_that_was_not_read_withholds_whom_it_might_protect() {
    let first = [
        Line::Person(someone("1")),
        Line::Without { person: "1", lack: Lack::IdentityNumber },
        person("2", OTHER, ""),
        Line::Without { person: "2", lack: Lack::Value },
    ];
    let second = [person("b", ADULT, "")];
    let (one, two) = (person_key("1"), person_key("2"));
    let plain = || Gate::new(&tenant());
    #[rustfmt::skip]
    let table: [Doubt<'_>; 5] = [
        // shows                 registers              gate                     left out  uncertain
        ("one source",           &[&first],             plain(),                 &[],      &[one, two]),
        ("a list of ids",        &[&first],             gate_excluding(&["7"]),  &[],      &[one, two]),
        ("a list with a number", &[&first],             gate_excluding(&[ADULT]), &[one],  &[two]),
        ("another source",       &[&first, &second],    plain(),                 &[one],   &[two]),
        ("excluded by id",       &[&first, &second],    gate_excluding(&["1", "2"]), &[],  &[]),
    ];
    for (shows, registers, gate, left_out, uncertain) in table {
        let (roster, _) = assemble(registers, gate, usize::MAX);
        assert!(roster.left_out.iter().eq(left_out), "{shows}");
        let mut uncertain = uncertain.to_vec();
        uncertain.sort();
        assert!(roster.uncertain.iter().eq(&uncertain), "{shows}");
    }
}

/// K073: temporary numbers join nobody, neither within a source nor across; K207: a real
/// number that each source has on one person joins them, and every field has its source.
#[test]
fn only_a_real_number_on_one_person_of_each_source_joins() {
    #[rustfmt::skip]
    let table: &[(&str, &[Line], &[Line], usize)] = &[
        // shows                   first source                               second source          persons
        ("same real number",       &[person("1", CHILD, "")],                 &[person("b", "130101-9806", "")], 1),
        ("other number",           &[person("1", CHILD, "")],                 &[person("b", OTHER, "")],  2),
        ("same TF number",         &[person("1", TF, "")],                    &[person("b", TF, "")],     2),
        ("same TF in one source",  &[person("1", TF, ""), person("2", TF, "")], &[],                      2),
        ("number twice in one",    &[person("1", CHILD, ""), person("2", CHILD, "")], &[person("b", CHILD, "")], 3),
        ("two numbers on one id",  &[person("1", CHILD, ""), person("2", OTHER, "")], &[person("b", CHILD, ""), person("b", OTHER, "")], 3),
        ("no number",              &[Line::Person(someone("1"))],             &[Line::Person(someone("1"))], 2),
    ];
    for &(shows, first, second, expected) in table {
        assert_eq!(persons(&roster(&[first, second])).len(), expected, "{shows}");
    }
}

/// K069: a source that carries no marking is let through only by the word of somebody with
/// the right to give it; a policy of its own names the open values of a register.
#[test]
fn what_is_open_is_said_by_policy_or_acknowledged() {
    let policy = MarkingPolicy::open_values(["N", "Nej"]);
    #[rustfmt::skip]
    let table = [
        // shows            marking                            passes
        ("acknowledged",    Marking::NotCarriedAcknowledged,   true),
        ("named",           Marking::Value("nej"),             true),
        ("not named",       Marking::Value("Ingen"),           false),
        ("not named empty", Marking::Value(""),                false),
    ];
    for (shows, marking, passes) in table {
        let draft = PersonDraft {
            source_id: "1",
            given_name: "Kim",
            family_name: "Exempel",
            email: None,
            username: None,
            birth_date: None,
            sex: None,
            status: crate::terms::PersonStatus::Active,
            identity_number: None,
            extra: Vec::new(),
        };
        let mut gate = Gate::new(&tenant());
        let person = gate.admit(draft, marking, &policy, person_key("1"), SourceIndex(0));
        assert_eq!(person.is_some(), passes, "{shows}");
        assert_eq!(gate.marks().is_empty(), passes, "{shows}");
    }
}

/// K207: joined persons keep the first source's key and id; the second fills what is
/// missing, and its relations come along.
#[test]
fn a_joined_person_has_the_best_of_each_source() {
    let named = Someone { number: Some(CHILD), name: "", ..someone("1") };
    let first = [Line::Person(named), enrolment("1", "S")];
    let mailed =
        Someone { number: Some(CHILD), email: Some("kim@example.se"), name: "Kim", ..someone("b") };
    let second =
        [Line::Person(mailed), membership("b", "7A"), Line::Responsible { child: "b", adult: "b" }];
    let roster = roster(&[&first, &second]);

    let mut reader = roster.persons().unwrap();
    let record = reader.next_person().unwrap().unwrap();

    assert_eq!(record.person.key, person_key("1"));
    assert_eq!(record.person.source_id, "1");
    assert_eq!(record.person.email.as_deref(), Some("kim@example.se"));
    assert_eq!((record.enrolments.len(), record.memberships.len()), (1, 1));
    assert_eq!(record.responsibles[0].adult, person_key("1"), "the adult's key is joined too");
    assert_eq!(reader.next_person().unwrap(), None);
}

/// K074: a temporary number that becomes a real one changes neither key nor id.
#[test]
fn a_new_number_keeps_the_person() {
    let key_with = |number| {
        let roster = roster(&[&[person("1", number, "")]]);
        let person = roster.persons().unwrap().next_person().unwrap().unwrap().person;
        (person.key, person.number.is_some(), person.temporary_number.is_some())
    };
    assert_eq!(key_with(TF), (person_key("1"), false, true));
    assert_eq!(key_with(CHILD), (person_key("1"), true, false));
}

/// Relations whose person nobody has are left out and counted.
#[test]
fn relations_of_nobody_are_counted_as_strays() {
    let roster = roster(&[&[person("1", CHILD, ""), enrolment("x", "S"), membership("x", "7A")]]);
    let mut reader = roster.persons().unwrap();
    while reader.next_person().unwrap().is_some() {}
    assert_eq!((reader.strays(), reader.stray_persons()), (2, 1));
}

fn any_line() -> impl Strategy<Value = Line> {
    const IDS: [&str; 4] = ["1", "2", "3", "0f8fad5b-d9cb-469f-a165-70867728950e"];
    const NUMBERS: [&str; 4] = [CHILD, OTHER, ADULT, TF];
    let id = || prop::sample::select(&IDS[..]);
    let number = prop::sample::select(&NUMBERS[..]);
    let marking = prop::sample::select(&["", "", "", "Ingen", "Sekretessmarkering"][..]);
    prop_oneof![
        4 => (id(), number, marking).prop_map(|(id, number, marking)| person(id, number, marking)),
        1 => id().prop_map(school),
        1 => (id(), id()).prop_map(|(id, school)| class(id, school)),
        1 => id().prop_map(|id| Line::Organisation { id }),
        1 => (id(), id()).prop_map(|(person, school)| enrolment(person, school)),
        1 => (id(), id()).prop_map(|(person, school)| Line::Duty { person, school }),
        1 => (id(), id()).prop_map(|(person, group)| membership(person, group)),
        1 => (id(), id()).prop_map(|(child, adult)| Line::Responsible { child, adult }),
        1 => (id(), id()).prop_map(|(id, school)| Line::GroupDated {
            id, school, name: "7A", interval: Interval::ALWAYS,
        }),
    ]
}

proptest! {
    /// A roster does not depend on the order of rows, nor on the memory it was given.
    #[test]
    fn row_order_and_budget_mean_nothing(
        (one, shuffled) in prop::collection::vec(any_line(), 0..24)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        two in prop::collection::vec(any_line(), 0..12),
        budget in 1_usize..2000,
    ) {
        let (plain, _) = assemble(&[&one, &two], Gate::new(&tenant()), usize::MAX);
        let (other, _) = assemble(&[&shuffled, &two], Gate::new(&tenant()), budget);
        prop_assert_eq!(content(&plain), content(&other));
        prop_assert_eq!(Stats::of(&plain).unwrap(), Stats::of(&other).unwrap());
    }

    /// K069: nobody of the roster carries a key or number that any source marked.
    #[test]
    fn nobody_in_the_roster_is_marked_anywhere(
        registers in prop::collection::vec(prop::collection::vec(any_line(), 0..16), 1..4),
    ) {
        let slices: Vec<&[Line]> = registers.iter().map(Vec::as_slice).collect();
        let (roster, mut gate) = assemble(&slices, Gate::new(&tenant()), usize::MAX);
        prop_assert_eq!(roster.stopped_by(&mut gate).unwrap(), BTreeMap::new());
        let mut reader = roster.persons().unwrap();
        while let Some(record) = reader.next_person().unwrap() {
            for adult in &record.responsibles {
                prop_assert!(!gate.stops_key(adult.adult));
            }
        }
    }
}

/// Relations that another thread made are those that are told one by one; what is no relation,
/// or one of which something is left out, is not made so.
#[test]
fn relations_that_were_made_elsewhere_are_all_there() {
    let lines = [
        Line::Person(someone("1")),
        Line::Person(someone("2")),
        school("S"),
        class("7A", "S"),
        enrolment("1", "S"),
        membership("1", "7A"),
        Line::Responsible { child: "1", adult: "2" },
    ];
    let plain = roster(&[&lines[..2], &lines]);
    let spool = || Box::new(crate::MemorySpool::default()) as AnySpool;
    let mut assembly = Assembly::new(&tenant(), Gate::new(&tenant()), spool, usize::MAX);
    for (index, lines) in [(0_u8, &lines[..2]), (1, &lines[..])] {
        let serial = u32::from(index) + 1;
        let mut intake = assembly.intake(SourceIndex(index), serial, MarkingPolicy::default());
        let mut relations = Relations::default();
        for line in lines {
            let is_made = !matches!(line, Line::Person(_))
                && relations.add(intake.index(), &record(&intake, line));
            if !is_made {
                take(&mut intake, line);
            }
        }
        assert_eq!(relations.len(), if index == 0 { 0 } else { 3 });
        assert_eq!(relations.is_empty(), index == 0);
        intake.relations(&relations).unwrap();
        relations.clear();
        intake.relations(&relations).unwrap();
    }
    let (made, _) = assembly.finish(Precedence::default()).unwrap();
    assert_eq!(content(&made), content(&plain));
}
