//! Accounts.

use serde_json::{Value as Json, json};
use state::{Outcome, Value, Verb};

use super::world::{Rows, Wanted, World, difference, object, operation, read, switches};
use crate::USER;
use crate::settings::Characters;

fn two() -> Wanted {
    let mut wanted = Wanted::default();
    wanted.user(1, "ada@exempel.se", "/Elever");
    wanted.user(2, "bo@exempel.se", "/Personal");
    wanted
}

fn theirs(more: &Json) -> Json {
    let name = json!({ "givenName": "ada", "familyName": "Provsson" });
    json!({ "users": [{ "primaryEmail": "ada@exempel.se", "name": name, "orgUnitPath": "/Elever", "more": more }] })
}

/// K118, K120, K121: an account is made in its unit, with our mark, and is read back as it was
/// written.
#[tokio::test]
async fn k118_accounts_are_made_in_their_units() {
    let mut world = World::plain();
    world.reach(&two()).await;
    world.holds_what_was_written().await;
    let ada = world.held_user("ada");
    assert_eq!(ada["orgUnitPath"], "/Elever");
    assert!(ada.to_string().contains("skolbro"), "{ada}");
}

/// K128, K133: each has a password of its own, kept before the account is made, to be changed
/// where the tenant says so.
#[tokio::test]
async fn k133_a_first_password_is_kept_and_changed_at_the_first_sign_in() {
    for change in [true, false] {
        let mut world = World::new(switches(), |settings| {
            settings.password.change_at_first_sign_in = change;
            settings.password.characters = Characters::LettersAndDigits;
        });
        world.reach(&two()).await;
        let kept = world.kept.0.lock().unwrap().clone();
        assert_eq!(kept.len(), 2);
        let is_good = |it: &String| it.len() == 14 && it.chars().all(char::is_alphanumeric);
        assert!(kept.values().all(|(_, all)| all.len() == 1 && is_good(&all[0])));
        for name in ["ada", "bo"] {
            let user = world.held_user(name);
            assert_eq!(
                (&user["changePasswordAtNextLogin"], &user["passwords"]),
                (&json!(change), &json!(1))
            );
        }
    }
}

/// K128: an account that is tried again, since nobody knows whether it was made, is tried with
/// the password that is kept: Google may have it.
#[tokio::test]
async fn k128_the_password_that_is_kept_is_sent_again() {
    let mut world = World::plain();
    world.sim.plant("lost@users".parse().unwrap());
    let make = difference(&Rows::new(), &two().0);
    let sent = world.send(&make[..1], &Rows::new(), &two().0).await;
    assert!(!matches!(&sent, Ok(all) if all[0] != Outcome::Unsure), "{sent:?}");
    world.sim.mend();
    world.restart();
    world.carry(&make, &two().0).await;
    let kept = world.kept.0.lock().unwrap().clone();
    let all: Vec<_> = kept.values().map(|(_, all)| all.clone()).collect();
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(all[0][0], all[0][1]);
    assert_eq!(world.held_user("ada")["passwords"], 1);
}

/// K129, K130: one password for all is nobody's own to hand over; none is set again.
#[tokio::test]
async fn k130_no_password_is_set_after_the_account_was_made() {
    let mut world = World::new(switches(), |settings| {
        settings.password.standard = Some(secret::SecretRef::Env("STANDARD".to_owned()));
    });
    world.reach(&two()).await;
    let mut moved = Wanted::default();
    moved.user(1, "ada@exempel.se", "/Personal");
    moved.user(2, "bosse@exempel.se", "/Personal");
    world.reach(&moved).await;
    world.holds_what_was_written().await;
    assert!(world.kept.0.lock().unwrap().is_empty());
    for name in ["ada", "bosse"] {
        assert_eq!(world.held_user(name)["passwords"], 1);
    }
}

/// K122: who ends is put to sleep, and wakes with the same account.
#[tokio::test]
async fn k122_who_ends_sleeps_and_wakes() {
    let mut world = World::plain();
    world.reach(&two()).await;
    let (row, rows) = (world.first(USER), world.written.clone());
    let suspend = [operation(0, Verb::Suspend, Some(&row), Some(&row))];
    let done = world.carry(&suspend, &rows).await;
    assert!(matches!(done[0], Outcome::Done { .. }), "{done:?}");
    assert_eq!(world.held_user("ada")["suspended"], true);
    let seen = world.see_all().await.rows[read(&row).id].clone();
    assert_eq!(read(&seen).values().unwrap()[5].text(), Some("suspended"));
    let wake = [operation(0, Verb::Reactivate, Some(&row), Some(&row))];
    world.carry(&wake, &rows).await;
    assert_eq!(world.held_user("ada")["suspended"], false);
    world.holds_what_was_written().await;
}

/// What was deleted is gone; what was gone already is so already.
#[tokio::test]
async fn deleting_is_done_once() {
    let mut world = World::plain();
    world.reach(&two()).await;
    let rows: Vec<_> = world.written.values().cloned().collect();
    let delete = |(number, row)| operation(number, Verb::Delete, Some(row), None);
    let deletes: Vec<_> = rows.iter().enumerate().map(delete).collect();
    for expected in [Outcome::Done { receiver_id: None }, Outcome::AlreadySo] {
        assert_eq!(world.carry(&deletes, &Rows::new()).await, vec![expected; 2]);
    }
    assert_eq!(world.held("users").len(), 1, "the administrator");
}

/// An administrator's account is told as such, and neither put to sleep nor deleted, even where
/// somebody became one after it was looked at.
#[tokio::test]
async fn an_administrator_is_left_alone() {
    let mut world = World::plain();
    world.reach(&two()).await;
    world.restart();
    for name in ["ada", "bo"] {
        let id = world.held_user(name)["id"].as_str().unwrap().to_owned();
        world
            .call("/admin/directory/v1/users/{user}/makeAdmin", &id, json!({ "status": true }))
            .await;
    }
    let row = world.first(USER);
    for (verb, after) in [(Verb::Suspend, Some(&row)), (Verb::Delete, None)] {
        let outcomes = world.carry(&[operation(0, verb, Some(&row), after)], &Rows::new()).await;
        assert_eq!(outcomes, [Outcome::Refused { code: "administrator".to_owned() }]);
    }
    let moved = {
        let mut moved = two();
        moved.user(1, "adela@exempel.se", "/Personal");
        moved.0[read(&row).id].clone()
    };
    for (verb, after) in [(Verb::Update, &moved), (Verb::Reactivate, &row), (Verb::Link, &row)] {
        let rows = Rows::from([(read(after).id.to_vec(), after.clone())]);
        let outcomes = world.carry(&[operation(0, verb, Some(&row), Some(after))], &rows).await;
        let refused = Outcome::Refused { code: "administrator".to_owned() };
        assert_eq!(outcomes, [refused], "{verb:?}");
    }
    assert_eq!(world.held_user("ada")["suspended"], false);
    assert_eq!(world.held_user("ada")["orgUnitPath"], "/Elever");
    let saw = world.see_all().await;
    let standing =
        |row: &&Vec<u8>| read(row).values().unwrap().get(6).and_then(Value::text) == Some("admin");
    assert_eq!(saw.rows.values().filter(standing).count(), 3);
}

/// P13: an address that another has is not taken from him.
#[tokio::test]
async fn an_address_of_another_is_refused() {
    let mut world = World::plain();
    world.fill(&theirs(&json!({})));
    let refused = world.try_to_reach(&two()).await;
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), [("create duplicate".to_owned(), 1)]);
    assert!(!world.held_user("ada").to_string().contains("skolbro"));
}

/// K127: a unit that is not there is not made, and the account is made nowhere else.
#[tokio::test]
async fn k127_a_missing_unit_refuses_the_account() {
    let mut world = World::plain();
    let units = world.held("orgunits").len();
    let mut wanted = Wanted::default();
    wanted.user(1, "ada@exempel.se", "/Finns/Inte");
    let refused = world.try_to_reach(&wanted).await;
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), [("create invalidOrgUnit".to_owned(), 1)]);
    assert_eq!((world.held("users").len(), world.held("orgunits").len()), (1, units));
}

/// K118: an account that others keep is linked, and nothing is written.
#[tokio::test]
async fn k118_accounts_that_others_keep_are_only_linked() {
    let mut world = World::new(switches(), |settings| settings.users = false);
    world.fill(&theirs(&json!({})));
    let id = world.held_user("ada")["id"].as_str().unwrap().to_owned();
    world.ids.made(object(USER, 1), &id);
    let mut wanted = Wanted::default();
    wanted.user(1, "ada@exempel.se", "/Elever");
    world.written = wanted.0.clone();
    let row = world.first(USER);
    let done = world.carry(&[operation(0, Verb::Link, Some(&row), Some(&row))], &wanted.0).await;
    assert_eq!(done, [Outcome::Done { receiver_id: Some(id) }]);
    assert_eq!(world.sim.counts().all(), 0);
}

/// An open link writes our mark beside those of others.
#[tokio::test]
async fn a_link_keeps_what_others_have_written() {
    let mut world = World::plain();
    world.fill(&theirs(&json!({ "externalIds": [{ "type": "organization", "value": "4711" }] })));
    let saw = world.see_all().await;
    let is_ada = |row: &&Vec<u8>| read(row).values().unwrap()[0].text() == Some("ada@exempel.se");
    let foreign = read(saw.rows.values().find(is_ada).unwrap()).owner();
    assert_ne!(foreign, object(USER, 1));
    world.ids.made(object(USER, 1), &saw.ids[&foreign]);
    let mut wanted = Wanted::default();
    wanted.user(1, "ada@exempel.se", "/Elever");
    world.written = wanted.0.clone();
    let row = world.first(USER);
    let done = world.carry(&[operation(0, Verb::Link, Some(&row), Some(&row))], &wanted.0).await;
    assert!(matches!(done[0], Outcome::Done { .. }), "{done:?}");
    let told = world.held_user("ada").to_string();
    assert!(told.contains("4711") && told.contains("skolbro"), "{told}");
    world.holds_what_was_written().await;
}

/// An account that is known by its address alone is the one that was seen, or none.
#[tokio::test]
async fn a_link_by_address_is_to_the_account_that_was_seen() {
    for is_another in [false, true] {
        let world = World::plain();
        world.fill(&theirs(&json!({})));
        let saw = world.see_all().await;
        let is_ada =
            |row: &&Vec<u8>| read(row).values().unwrap()[0].text() == Some("ada@exempel.se");
        let foreign = saw.rows.values().find(is_ada).unwrap();
        if is_another {
            let id = &saw.ids[&read(foreign).owner()];
            let part = crate::wire::delete_user(id);
            world.google.clients.directory.ask(part, crate::client::Gone::Answer).await.unwrap();
            world.fill(&theirs(&json!({})));
        }
        let mut wanted = Wanted::default();
        wanted.user(1, "ada@exempel.se", "/Elever");
        let after = wanted.0.values().next().unwrap();
        let mut link = operation(0, Verb::Link, Some(foreign), Some(after));
        link.was = Some(read(foreign).owner().key);
        let done = world.send(&[link], &Rows::new(), &wanted.0).await.unwrap();
        let is_marked = world.held_user("ada").to_string().contains("skolbro");
        if is_another {
            assert_eq!(done, [Outcome::Refused { code: "addressOfAnother".to_owned() }]);
            assert!(!is_marked);
        } else {
            assert!(matches!(done[0], Outcome::Done { .. }), "{done:?}");
            assert!(is_marked);
        }
    }
}

/// K119: names are as the register has them: å, ä and ö, an apostrophe, another script, and a name
/// to show where one is given.
#[tokio::test]
async fn k119_names_are_as_they_are_written() {
    let mut world = World::plain();
    let names = [("Åsa-Märta", "Öhman O'Neill", ""), ("Zoë", "Łuczak", "Zozo Łuczak")];
    let mut wanted = Wanted::default();
    for (number, (given, family, shown)) in (1..).zip(names) {
        let email = format!("namn{number}@exempel.se");
        wanted.named(number, &email, [given, family, shown]);
    }
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    for (number, (given, family, shown)) in (1..).zip(names) {
        let held = &world.held_user(&format!("namn{number}"))["name"];
        assert_eq!((&held["givenName"], &held["familyName"]), (&json!(given), &json!(family)));
        let whole = format!("{given} {family}");
        let wanted = if shown.is_empty() { &whole } else { shown };
        assert_eq!(held["displayName"].as_str().unwrap_or(&whole), wanted);
    }
}

/// K120: an address of a domain that is not the customer's is refused, told with what to do, and
/// made nowhere else.
#[tokio::test]
async fn k120_an_address_of_another_domain_is_refused() {
    let mut world = World::plain();
    let mut wanted = two();
    wanted.user(3, "eva@annan.example", "/Elever");
    let refused = world.try_to_reach(&wanted).await;
    assert_eq!(refused.len(), 1, "{refused:?}");
    let code = refused.keys().next().unwrap().strip_prefix("create ").unwrap();
    assert!(crate::refusal(code).unwrap().sv.contains("domän"), "{code}");
    assert_eq!(world.held("users").len(), 3, "two, and the administrator");
}

/// K129: one password for all is allowed, and its risk is told; more so where it stays.
#[test]
fn k129_the_risk_of_one_password_for_all_is_told() {
    let mut settings = crate::tests::settings("http://127.0.0.1:1");
    assert_eq!(settings.risks(), []);
    settings.password.standard = Some(secret::SecretRef::Env("PASSWORD".to_owned()));
    let changed = settings.risks()[0].1.clone();
    assert!(changed.sv.contains("samma lösenord"), "{changed:?}");
    settings.password.change_at_first_sign_in = false;
    assert!(settings.risks()[0].1.sv.contains("inte bytas vid första"));
    assert!(!changed.sv.contains("inte bytas vid första"));
}
