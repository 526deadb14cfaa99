//! Lists as receivers give them: by pages, at once, cut off, or not at all.

use std::collections::BTreeSet;

use roster::SpoolError;
use serde_json::json;
use simulate::receiver::Running;
use simulate::{egil as egils, scim as scims};
use state::{Ids, Seen, Target, TargetError};
use targets_scim::rfc;
use testkit::Failure;
use testkit::objects::{Desk, difference};

use crate::support::*;

/// Somebody who takes rows, or has no room for them.
struct Taker(usize, bool);

impl Seen for Taker {
    fn row(&mut self, _: &[u8], _: Option<&str>) -> Result<(), SpoolError> {
        self.0 += 1;
        if self.1 {
            return Err(SpoolError(Box::new(std::io::Error::from(
                std::io::ErrorKind::StorageFull,
            ))));
        }
        Ok(())
    }
}

/// How many users are seen.
async fn users(target: &dyn Target) -> Result<usize, TargetError> {
    let kind = target.card().object_named("user").unwrap();
    let mut taker = Taker(0, false);
    target
        .observe(
            state::Look { kinds: &BTreeSet::from([kind]), only: None },
            &Ids::default(),
            &mut taker,
        )
        .await?;
    Ok(taker.0)
}

async fn provider(switches: scims::Switches) -> Result<Running, Failure> {
    let receiver = scims::start(switches).unwrap();
    let users: Vec<_> = (1..6).map(|number| scim_user(number, "Ek")).collect();
    Desk::default().does(&|| scim(&receiver), difference(&[], &users)).await?;
    Ok(receiver)
}

fn of_scim() -> scims::Switches {
    scims::Switches { common: switches(), largest_page: 2, ..scims::Switches::default() }
}

/// RFC 7644 §3.4.2.4: a page is no list, whether it says how many there are or not.
#[tokio::test]
async fn a_list_is_read_to_its_end() -> Result<(), Failure> {
    for totals in [scims::Totals::Told, scims::Totals::Untold] {
        let receiver = provider(scims::Switches { totals, ..of_scim() }).await?;
        assert_eq!(users(scim(&receiver).as_ref()).await.unwrap(), 5, "{totals:?}");
    }
    Ok(())
}

/// As that, for EGIL: a vendor's server may page though nobody asked it to; one that hears
/// nothing of pages gives everything at once, or its list is not taken for whole.
#[tokio::test]
async fn a_vendor_that_pages_by_itself_is_read_to_the_end() -> Result<(), Failure> {
    use egils::Lists::{First, Pages, Untold, Whole};
    for (lists, seen) in
        [(Whole, Some(5)), (Untold, Some(5)), (Pages(2), Some(5)), (First(2), None)]
    {
        let switches = egils::Switches { common: switches(), lists, ..egils::Switches::default() };
        let receiver = egils::start(switches).unwrap();
        let all: Vec<_> = (1..6).map(|number| egil_user(number, "Ek")).collect();
        Desk::default().does(&|| egil(&receiver, "ours"), difference(&[], &all)).await?;
        let read = users(egil(&receiver, "ours").as_ref()).await;
        assert_eq!(read.ok(), seen, "{lists:?}");
    }
    Ok(())
}

/// A page that breaks off is asked for again, and nothing of it counts twice; a read keeps to
/// what the receiver bears.
#[tokio::test]
async fn a_page_that_breaks_off_is_asked_for_again() -> Result<(), Failure> {
    let receiver = provider(of_scim()).await?;
    for fault in ["cut@Users:1x1", "error@Users:1x1", "lost@Users:2x1", "limit=20+1@Users"] {
        plant(&receiver, fault);
        assert_eq!(users(scim(&receiver).as_ref()).await.unwrap(), 5, "{fault}");
        receiver.mend();
    }
    Ok(())
}

/// The limits of a list hold.
#[tokio::test]
async fn a_list_of_too_many_pages_is_no_list() -> Result<(), Failure> {
    let receiver = provider(of_scim()).await?;
    let few = json!({ "http": { "limits": { "max_pages": 2 } } });
    let error = users(&scim_with(&receiver, &few)).await.unwrap_err();
    assert!(
        matches!(&error, TargetError::Unavailable { detail, .. } if detail.contains("2 pages")),
        "{error}"
    );
    Ok(())
}

/// What makes no sense is told with its place, as the receiver's; a full disk is ours.
#[tokio::test]
async fn what_goes_wrong_while_reading_is_whose_it_is() -> Result<(), Failure> {
    let receiver = provider(of_scim()).await?;
    plant(&receiver, "page@Users:1");
    let error = users(scim(&receiver).as_ref()).await.unwrap_err();
    let TargetError::Unreadable { detail, .. } = error else { panic!("{error}") };
    assert_eq!(detail, "the list Users makes no sense at line 1, column 1");
    receiver.mend();
    let kinds = BTreeSet::from([rfc::USER]);
    let mut full = Taker(0, true);
    let error = scim(&receiver)
        .observe(state::Look { kinds: &kinds, only: None }, &Ids::default(), &mut full)
        .await
        .unwrap_err();
    assert!(matches!(error, TargetError::Spool { .. }), "{error}");
    Ok(())
}
