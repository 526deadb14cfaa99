//! A vendor that goes away in the middle of a push, and what comes of the plan that was started.

use anyhow::ensure;

use crate::support::{DAY_1, DAY_2, Tenant};
use crate::vendor::{approved, held, nothing_to_do, receiver, undisturbed};
use simulate::receiver::Running;

const QUICK: &str = "http.retry.attempts = 2\nhttp.retry.first_wait_ms = 20";

/// Goes away after so many calls.
fn goes_away_after(receiver: &Running, calls: u32) -> anyhow::Result<()> {
    let fault = format!("error:{calls}");
    receiver.plant(fault.parse().map_err(|_| anyhow::anyhow!("a fault"))?);
    Ok(())
}

/// A push that a receiver breaks off, and what there is when nothing disturbs it.
fn broken_off(receiver: &Running) -> anyhow::Result<(Tenant, serde_json::Value)> {
    let (tenant, plan) = approved(receiver, QUICK)?;
    let (whole, _) = undisturbed(receiver, &tenant, &plan)?;
    goes_away_after(receiver, 100)?;
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(31)?;
    ensure!(held(receiver)? != whole, "it was not broken off");
    Ok((tenant, whole))
}

/// K221: when the vendor is back, the next run ends what was begun, and nothing is sent twice.
#[test]
fn a_push_that_the_receiver_broke_off_is_ended_by_the_next_run() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (tenant, whole) = broken_off(&receiver)?;
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
