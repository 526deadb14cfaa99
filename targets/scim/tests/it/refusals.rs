//! What a refusal means: of one object, of us, of a description, of one operation of many.

use simulate::receiver::Running;
use simulate::scim::{self as scims, Offers};
use state::Row;
use testkit::Failure;
use testkit::objects::{Desk, Standing, difference};

use crate::support::*;

fn provider(offers: Offers) -> Running {
    let switches = scims::Switches { common: switches(), offers, ..scims::Switches::default() };
    scims::start(switches).unwrap()
}

fn all(name: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = (1..4).map(|number| scim_user(number, name)).collect();
    rows.extend(scim_group(1, "7A", &[1, 2]));
    rows
}

fn their_id(receiver: &Running, number: u8) -> String {
    let users = held(receiver, "Users");
    let user = users.iter().find(|it| it["externalId"] == key(number).to_string()).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

/// How many standings are refused, and with which code.
async fn refused(desk: &Desk, receiver: &Running) -> Result<Vec<String>, Failure> {
    let operations = difference(&all("Ek"), &all("Ask"));
    let standings = desk.tries(&|| scim(receiver), &operations).await?;
    let codes = standings.into_values().filter_map(|it| match it {
        Standing::Refused { code } => Some(code),
        Standing::Done { .. } | Standing::Skipped(_) => None,
    });
    Ok(codes.collect())
}

/// RFC 7644 §3.12: 403 is also said of one object, e.g. an administrator's account: the others
/// are changed. Where nothing at all is let through it is our credentials.
#[tokio::test]
async fn a_refusal_of_one_object_is_no_lock_out() -> Result<(), Failure> {
    let receiver = provider(Offers::Patch);
    let mut desk = Desk::default();
    desk.does(&|| scim(&receiver), difference(&[], &all("Ek"))).await?;
    plant(&receiver, &format!("forbidden@{}", their_id(&receiver, 2)));
    assert_eq!(refused(&desk, &receiver).await?, ["403"]);
    assert_eq!(
        held(&receiver, "Users").iter().filter(|it| it["name"]["familyName"] == "Ask").count(),
        2
    );
    plant(&receiver, "forbidden@Users");
    let Failure(why) = refused(&desk, &receiver).await.unwrap_err();
    assert!(why.contains("refused our credentials"), "{why}");
    Ok(())
}

/// The same of an operation of many.
#[tokio::test]
async fn a_refusal_of_one_of_many_is_no_lock_out() -> Result<(), Failure> {
    let receiver = provider(Offers::All);
    let mut desk = Desk::default();
    desk.does(&|| scim(&receiver), difference(&[], &all("Ek"))).await?;
    plant(&receiver, "inside=403@Bulkx1");
    assert_eq!(refused(&desk, &receiver).await?, ["403"]);
    receiver.mend();
    plant(&receiver, "inside=401@Bulkx1");
    let Failure(why) = refused(&desk, &receiver).await.unwrap_err();
    assert!(why.contains("refused our credentials"), "{why}");
    Ok(())
}

/// Where it cannot be told what a provider can do, nothing is changed: whole bodies would wipe
/// out what others have written there.
#[tokio::test]
async fn without_a_description_nothing_is_sent() -> Result<(), Failure> {
    let receiver = provider(Offers::All);
    let mut desk = Desk::default();
    desk.does(&|| scim(&receiver), difference(&[], &all("Ek"))).await?;
    let there = held(&receiver, "Users");
    for fault in ["error", "lost", "page", "forbidden"] {
        plant(&receiver, &format!("{fault}@ServiceProviderConfig"));
        let failed = refused(&desk, &receiver).await;
        assert!(failed.is_err(), "{fault}: {failed:?}");
        receiver.mend();
        assert_eq!(held(&receiver, "Users"), there, "{fault}");
    }
    Ok(())
}

/// RFC 7644 §3.7.3: what befalls one operation of many is no refusal: it is looked for, or sent
/// again later, as a call of its own would be.
#[tokio::test]
async fn what_befalls_one_of_many_is_no_refusal() -> Result<(), Failure> {
    for inside in ["500", "500,done", "429", "503"] {
        let receiver = provider(Offers::All);
        plant(&receiver, &format!("inside={inside}@Bulkx1"));
        let mut desk = Desk::default();
        let done = desk.does(&|| scim(&receiver), difference(&[], &all("Ek"))).await;
        done.map_err(|Failure(why)| Failure(format!("{inside}: {why}")))?;
        desk.holds(scim(&receiver).as_ref(), &[]).await?;
    }
    let receiver = provider(Offers::All);
    plant(&receiver, "inside=429@Bulk");
    let one = difference(&[], &[scim_user(1, "Ek")]);
    let Failure(why) = Desk::default().tries(&|| scim(&receiver), &one).await.unwrap_err();
    assert!(why.contains("Throttled"), "it has an end: {why}");
    Ok(())
}
