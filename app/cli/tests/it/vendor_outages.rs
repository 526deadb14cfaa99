//! A vendor that goes away in the middle of a push, and what comes of the plan that was started.

use anyhow::{Context as _, ensure};
use generate::{Marking, Size};

use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};
use crate::vendor::{approved, held, nothing_to_do, receiver, tenant, undisturbed};
use simulate::receiver::Running;

const QUICK: &str = "http.retry.attempts = 2\nhttp.retry.first_wait_ms = 20";

/// Goes away after so many calls.
fn goes_away_after(receiver: &Running, calls: u32) -> anyhow::Result<()> {
    let fault = format!("error:{calls}");
    receiver.plant(fault.parse().map_err(|_| anyhow::anyhow!("a fault"))?);
    Ok(())
}

/// A push that a receiver breaks off, its plan, and what there is when nothing disturbs it.
fn broken_off(receiver: &Running) -> anyhow::Result<(Tenant, String, serde_json::Value)> {
    let (tenant, plan) = approved(receiver, QUICK)?;
    let (whole, _) = undisturbed(receiver, &tenant, &plan)?;
    goes_away_after(receiver, 100)?;
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(31)?;
    ensure!(held(receiver)? != whole, "it was not broken off");
    Ok((tenant, plan, whole))
}

/// What is missing is planned anew; so many new objects beside few wait for a person.
fn the_rest(tenant: &Tenant) -> anyhow::Result<()> {
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(21)?;
    let mut plans =
        ended.out.lines().filter_map(|line| line.strip_prefix("Plan ")?.split(' ').next());
    tenant.approved(DAY_1, plans.next_back().context("no plan")?)?;
    Ok(())
}

/// K221: when the vendor is back, the next run ends what was begun, and nothing is sent twice.
#[test]
fn a_push_that_the_receiver_broke_off_is_ended_by_the_next_run() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (tenant, _, whole) = broken_off(&receiver)?;
    // Away for some nights: the plan that was started waits.
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(31)?;
    tenant.on(DAY_2, &["run", "--apply"])?.expect_code(31)?;
    receiver.mend();
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    ensure!(held(&receiver)? == whole, "something is missing");
    let counters = receiver.counters();
    ensure!(counters.needless == 0 && counters.conflicts == 0, "{counters:?}");
    nothing_to_do(&tenant.on(DAY_2, &["run", "--apply"])?)
}

/// K070: who has become protected while the vendor was away is not told of when it is back.
#[test]
fn who_became_protected_during_an_outage_is_not_told_of() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (tenant, _, whole) = broken_off(&receiver)?;
    let whole = whole.to_string();
    let there = String::from_utf8(receiver.dump())?;
    let mut town = town(Size::Xs, 1);
    let mut unsent = town.persons.iter_mut().filter(|human| {
        let address = &human.person.email;
        human.marking == Marking::None && !address.is_empty() && !there.contains(address)
    });
    let hidden = unsent.next().context("everybody was sent")?;
    hidden.marking = Marking::Protected;
    let address = hidden.person.email.clone();
    tenant.register(&town, None)?;
    receiver.mend();
    the_rest(&tenant)?;
    let now = String::from_utf8(receiver.dump())?;
    ensure!(!now.contains(&address), "a protected person was told of");
    let others = town.persons.iter().filter(|it| it.marking == Marking::None);
    let others = others.filter(|it| whole.contains(&it.person.email));
    let missing = others.filter(|it| !now.contains(&it.person.email)).count();
    ensure!(missing == 0, "{missing} others are missing");
    let counters = receiver.counters();
    ensure!(counters.needless == 0 && counters.conflicts == 0, "{counters:?}");
    Ok(())
}

/// Design §5: a person may put away a plan that was started. What was sent is known, and the
/// rest is planned anew.
#[test]
fn a_plan_that_was_started_can_be_put_away() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (tenant, plan, whole) = broken_off(&receiver)?;
    receiver.mend();
    tenant.on(DAY_1, &["approve", &plan, "--discard", "--comment", "Ny plan."])?.expect_code(0)?;
    the_rest(&tenant)?;
    ensure!(held(&receiver)? == whole, "something is missing");
    let counters = receiver.counters();
    ensure!(counters.needless == 0 && counters.conflicts == 0, "{counters:?}");
    Ok(())
}

/// One receiver's trouble is its own: the others get what is theirs, and the command says what
/// went wrong.
#[test]
fn one_receiver_that_is_away_keeps_nothing_from_another() -> anyhow::Result<()> {
    let (away, other) = (receiver()?, receiver()?);
    let tenant = tenant(&away, QUICK)?;
    let text = std::fs::read_to_string(tenant.path("skolbro.toml"))?;
    let more = format!(
        "{text}\n[target.annan]\nschools = [\"*\"]\n[target.annan.egil]\nurl = \"{}\"\n\
         api_key = \"file:key\"\n",
        other.base_url()
    );
    std::fs::write(tenant.path("skolbro.toml"), more)?;
    goes_away_after(&away, 0)?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(31)?;
    ensure!(ended.text().contains("(binogi)"), "{}", ended.text());
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    ensure!(held(&other)?.to_string().len() > 1000, "the other got nothing");
    Ok(())
}
