use plan::{Names, Verdicts};
use state::{Operation, Reason, Verb};

use super::support::{CARD, group, key, operation, place, user, verdicts};
use crate::{Filter, Lang, plain, plan_details};

/// One operation of each verb, the last the removal of a person who became protected.
fn each_verb() -> Vec<Operation> {
    use Reason::{
        ChangedInSource, Ended, InRegister, KeyChanged, MemberInSource, NotMember, Returned,
    };
    let ana = || Some(user(1, "ana.berg", "Ana"));
    let class = || Some(group(9, "9A Matematik"));
    let other = Some(group(9, "9A Ma"));
    let mut link = operation(0, Verb::Link, Some(KeyChanged), ana(), ana());
    link.was = Some(key(7));
    vec![
        link,
        operation(1, Verb::Create, Some(InRegister), None, Some(user(2, "bo.berg", "Bo"))),
        operation(2, Verb::Update, Some(ChangedInSource), ana(), Some(user(1, "ana.b", "Ana"))),
        operation(3, Verb::Rename, Some(ChangedInSource), other, class()),
        operation(4, Verb::Move, Some(Reason::ChangedSchool), ana(), ana()),
        operation(5, Verb::Reactivate, Some(Returned), ana(), ana()),
        operation(6, Verb::Unarchive, Some(Returned), class(), class()),
        operation(7, Verb::Add, Some(MemberInSource), None, Some(place(2, 9, "student"))),
        operation(
            8,
            Verb::ChangeRole,
            Some(ChangedInSource),
            Some(place(1, 9, "student")),
            Some(place(1, 9, "teacher")),
        ),
        operation(9, Verb::Remove, Some(NotMember), Some(place(1, 9, "student")), None),
        operation(10, Verb::Suspend, Some(Ended), ana(), ana()),
        operation(11, Verb::Archive, Some(Reason::GroupEnded), class(), class()),
        operation(12, Verb::Delete, Some(Reason::WaitingPeriod), ana(), None),
        operation(13, Verb::Remove, None, Some(place(6, 9, "student")), None),
        operation(14, Verb::Delete, None, Some(user(6, "dold.namn", "Dold")), None),
    ]
}

fn details(filter: Filter, verdicts: &Verdicts, lang: Lang) -> String {
    let school = |_| "Ekskolan".to_owned();
    let container = |_| "9A Matematik".to_owned();
    let names = Names { card: &CARD, school: &school, container: &container };
    plain(&plan_details(&each_verb(), verdicts, &names, filter, lang).unwrap())
}

/// K209: every verb has its own word and a sign, so that colour is never alone.
#[test]
fn every_verb_has_a_line() {
    insta::assert_snapshot!(details(Filter::default(), &Verdicts::default(), Lang::Sv), @r"
    = koppla        användare    01000000  Ana Berg  id: 07000000 → 01000000  Ekskolan  Orsak: samma person eller grupp med nytt id (P18)
    + skapa         användare    02000000  Bo Berg  Ekskolan  Orsak: finns i källan (P15)
    ± ändra         användare    01000000  Ana Berg  username: ana.berg → ana.b  Ekskolan  Orsak: ändrad i källan (P16)
    ± byta namn     grupper      09000000  9A Matematik  name: 9A Ma → 9A Matematik  Ekskolan  Orsak: ändrad i källan (P16)
    ± flytta        användare    01000000  Ana Berg  Ekskolan  Orsak: har bytt skola (P11)
    ⟲ återaktivera  användare    01000000  Ana Berg  Ekskolan  Orsak: finns i källan igen (P20)
    ⟲ återöppna     grupper      09000000  9A Matematik  Ekskolan  Orsak: finns i källan igen (P20)
    + lägga till    medlemskap   02000000  Bo Berg  9A Matematik · student  Ekskolan  Orsak: är medlem i källan (M08)
    ± byta roll     medlemskap   01000000  Ana Berg  9A Matematik · student → teacher  Ekskolan  Orsak: ändrad i källan (P16)
    − ta ur         medlemskap   01000000  Ana Berg  9A Matematik · student  Ekskolan  Orsak: är inte medlem i källan (M01)
    − inaktivera    användare    01000000  Ana Berg  Ekskolan  Orsak: har slutat (P03)
    ▣ arkivera      grupper      09000000  9A Matematik  Ekskolan  Orsak: gruppen är avslutad (M06)
    − ta bort       användare    01000000  Ana Berg  Ekskolan  Orsak: väntetiden har gått ut (T11)
    − ta ur         medlemskap   06000000
    − ta bort       användare    06000000
    ");
}

/// K222: the same in English.
#[test]
fn every_verb_has_a_line_in_english() {
    insta::assert_snapshot!(details(Filter::default(), &Verdicts::default(), Lang::En), @r"
    = link          users        01000000  Ana Berg  id: 07000000 → 01000000  Ekskolan  Reason: the same person or group under a new id (P18)
    + create        users        02000000  Bo Berg  Ekskolan  Reason: is in the register (P15)
    ± update        users        01000000  Ana Berg  username: ana.berg → ana.b  Ekskolan  Reason: changed in the register (P16)
    ± rename        groups       09000000  9A Matematik  name: 9A Ma → 9A Matematik  Ekskolan  Reason: changed in the register (P16)
    ± move          users        01000000  Ana Berg  Ekskolan  Reason: has changed school (P11)
    ⟲ reactivate    users        01000000  Ana Berg  Ekskolan  Reason: is in the register again (P20)
    ⟲ unarchive     groups       09000000  9A Matematik  Ekskolan  Reason: is in the register again (P20)
    + add           memberships  02000000  Bo Berg  9A Matematik · student  Ekskolan  Reason: is a member in the register (M08)
    ± change role   memberships  01000000  Ana Berg  9A Matematik · student → teacher  Ekskolan  Reason: changed in the register (P16)
    − remove        memberships  01000000  Ana Berg  9A Matematik · student  Ekskolan  Reason: is not a member in the register (M01)
    − suspend       users        01000000  Ana Berg  Ekskolan  Reason: has ended (P03)
    ▣ archive       groups       09000000  9A Matematik  Ekskolan  Reason: the group has ended (M06)
    − delete        users        01000000  Ana Berg  Ekskolan  Reason: the waiting time is over (T11)
    − remove        memberships  06000000
    − delete        users        06000000
    ");
}

/// K069: a person who became protected is an id, without name, school, group or reason.
#[test]
fn removals_of_protected_persons_tell_nothing() {
    let text = details(Filter::default(), &Verdicts::default(), Lang::Sv);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("06000000")).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        for secret in ["Dold", "dold", "Ekskolan", "9A", "Orsak", "student"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
    // A filter by school must not tell where the person went.
    let filter = Filter { school: Some(key(0xee)), ..Filter::default() };
    let text = details(filter, &Verdicts::default(), Lang::Sv);
    assert!(!text.contains("06000000") && text.lines().count() == 13, "{text}");
}

#[test]
fn lists_are_cut_openly_and_filtered_by_verb() {
    let filter = Filter { limit: Some(2), ..Filter::default() };
    let text = details(filter, &Verdicts::default(), Lang::Sv);
    assert_eq!(text.lines().last(), Some("… och 13 till"));
    assert_eq!(text.lines().count(), 3);
    let filter = Filter { verb: Some(Verb::Create), ..Filter::default() };
    assert_eq!(details(filter, &Verdicts::default(), Lang::Sv).lines().count(), 1);
    let filter = Filter { school: Some(key(1)), ..Filter::default() };
    assert_eq!(details(filter, &Verdicts::default(), Lang::Sv), "");
}

#[test]
fn what_is_held_says_so() {
    let filter = Filter { limit: Some(1), ..Filter::default() };
    let text = details(filter, &verdicts(vec![], 1), Lang::Sv);
    assert!(text.contains("⛔ stoppad av spärr (T02), nr 0"), "{text}");
}
