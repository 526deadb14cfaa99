//! A member of staff who becomes protected, at a vendor that knows employments apart.

use anyhow::{Context as _, ensure};
use generate::{Marking, Size};
use serde_json::Value;

use crate::support::{DAY_1, DAY_2, plan_id, town};
use crate::vendor::{held, receiver, tenant};

fn all<'a>(held: &'a Value, kind: &str) -> impl Iterator<Item = &'a Value> {
    let objects = &held["kommunen"][kind];
    objects
        .as_object()
        .into_iter()
        .flat_map(|it| it.values())
        .chain(objects.as_array().into_iter().flatten())
}

fn id(object: &Value) -> &str {
    object["externalId"].as_str().unwrap_or_default()
}

/// K070: with the person go the employments, without a reason, and nothing of ours names them.
#[test]
fn the_employments_of_who_becomes_protected_go_with_the_person() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = tenant(&receiver, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    let before = held(&receiver)?;
    let mut town = town(Size::Xs, 1);
    let employed = |address: &str| -> Option<(String, Vec<String>)> {
        let user = all(&before, "Users").find(|it| it.to_string().contains(address))?;
        let own = all(&before, "Employments").filter(|it| it.to_string().contains(id(user)));
        let own: Vec<String> = own.map(|it| id(it).to_owned()).collect();
        (!own.is_empty()).then(|| (id(user).to_owned(), own))
    };
    let mut staff = town.persons.iter_mut().filter(|it| !it.person.email.is_empty());
    let (hidden, (user, employments)) = staff
        .find_map(|it| employed(&it.person.email).map(|own| (it, own)))
        .context("nobody is employed")?;
    hidden.marking = Marking::Protected;
    tenant.register(&town, None)?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    let after = receiver.dump();
    let after = String::from_utf8(after)?;
    let ledger = tenant.run(&["report", "deliveries", "--target", "binogi"])?.expect_code(0)?.out;
    for gone in employments.iter().chain([&user]) {
        ensure!(!after.contains(gone.as_str()), "{gone} is still at the vendor");
        ensure!(!ledger.contains(gone.as_str()), "{gone} is still in the ledger");
        ensure!(!ended.text().contains(gone.as_str()), "{gone} was told of");
    }
    Ok(())
}
