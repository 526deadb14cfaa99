//! The rows of the table of faults (peers.md §3.4) that are about the register, and a receiver
//! that takes so many calls a second; the others are in [`crate::vendor`]. `bench -- push-faults`
//! measures them with 10,000 people.

use anyhow::{Context as _, ensure};
use generate::{Day, Mishap, Municipality, Quality, Settings, Size, Town};
use simulate::receiver::Running;

use crate::kill::twin;
use crate::support::{DAY_1, DAY_2, Tenant, plan_id};
use crate::vendor::{
    approved, by_hand, held, nothing_to_do, receiver, tenant, undisturbed, writes,
};

/// A register without mistakes: nobody in it could be somebody else.
fn clean() -> Town {
    let settings = Settings { quality: Quality::Clean, ..Settings::default() };
    Municipality::generate(Size::Xs, 1).on(Day::new(2026, 9, 15)).town(settings)
}

/// A vendor that holds all of it, and the tenant that pushed it.
fn delivered(town: &Town) -> anyhow::Result<(Running, Tenant)> {
    let receiver = receiver()?;
    let tenant = tenant(&receiver, "")?;
    tenant.register(town, None)?;
    tenant.first_delivery()?;
    Ok((receiver, tenant))
}

/// Export truncated to 60 % of the pupils: stopped, with its own code, and nothing is asked of
/// the receiver.
#[test]
fn a_truncated_export_removes_nothing_at_a_vendor() -> anyhow::Result<()> {
    let town = clean();
    let (receiver, tenant) = delivered(&town)?;
    let (before, asked) = (held(&receiver)?, receiver.counters().all());
    tenant.register(&town, Some(Mishap::TruncatedRows))?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(21)?;
    ensure!(ended.out.contains("Källan gav"), "what and how much is missing:\n{}", ended.text());
    ensure!(receiver.counters().all() == asked, "{:?}", receiver.counters());
    ensure!(held(&receiver)? == before, "something was changed");
    tenant.register(&town, None)?;
    nothing_to_do(&tenant.on(DAY_2, &["run", "--apply"])?)
}

/// All ids changed, the same people: stopped; once approved, everything is linked, and nothing
/// is deleted, made anew or written.
#[test]
fn when_all_ids_change_nothing_is_made_anew_at_a_vendor() -> anyhow::Result<()> {
    let town = clean();
    let (receiver, tenant) = delivered(&town)?;
    let (before, written) = (held(&receiver)?, writes(&receiver));
    tenant.register(&town, Some(Mishap::AllIdsChanged))?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(21)?;
    ensure!(ended.out.contains("nya id"), "{}", ended.text());
    ensure!(!ended.out.contains("skapa") && !ended.out.contains("ta bort "), "{}", ended.text());
    ensure!(writes(&receiver) == written, "{:?}", receiver.counters());
    tenant.approved(DAY_2, &plan_id(&ended)?)?;
    ensure!(writes(&receiver) == written, "{:?}", receiver.counters());
    ensure!(held(&receiver)? == before, "something was changed");
    nothing_to_do(&tenant.on(DAY_2, &["run", "--apply"])?)
}

/// A receiver that takes so many calls a second and answers 429 to more: after the first wave
/// nothing is rejected, and nothing is missing after one run.
#[test]
fn a_receiver_with_a_rate_limit_rejects_a_wave_and_misses_nothing() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (tenant, plan) = approved(&receiver, "")?;
    let (whole, _) = undisturbed(&receiver, &tenant, &plan)?;
    receiver.plant("limit=300+100,seconds".parse().map_err(|_| anyhow::anyhow!("no fault"))?);
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(0)?;
    receiver.mend();
    let counters = receiver.counters();
    ensure!(held(&receiver)? == whole, "something is missing: {counters:?}");
    ensure!(counters.status(429) > 0, "the limit was not met: {counters:?}");
    ensure!(counters.status(429) <= 32, "more than a wave: {counters:?}");
    ensure!(counters.needless == 0 && counters.conflicts == 0, "{counters:?}");
    by_hand(&receiver, "/reset", "")
}

/// K222: beside its quota, how the receiver was called is told after a delivery, on one line,
/// for programs and in the log.
#[test]
fn how_the_receiver_was_called_is_told_beside_its_quota() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (ready, plan) = approved(&receiver, "calls_per_second = 400")?;
    let json = twin(&ready)?.on(DAY_1, &["apply", &plan, "--json", "--log", "info"])?;
    let told: serde_json::Value = json
        .out
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .find(|line: &serde_json::Value| line.get("applied").is_some())
        .context("a line")?;
    let pace = &told["pace"];
    ensure!(pace["calls"] == writes(&receiver) && pace["refused"] == 0, "{told}");
    ensure!(pace["quotas"][0]["count"] == 400, "{told}");
    ensure!(pace["quotas"][0]["used_percent"].as_u64().is_some_and(|it| (1..=100).contains(&it)));
    ensure!(json.err.contains("\"called the receiver\""), "{}", json.err);
    by_hand(&receiver, "/reset", "")?;
    receiver.plant("error/200x1".parse().map_err(|_| anyhow::anyhow!("a fault"))?);
    let ended = ready.on(DAY_1, &["apply", &plan])?.expect_code(0)?;
    let line = ended.out.lines().find(|line| line.contains("anrop på")).context("a line")?;
    for word in ["binogi: ", "i snitt", "% av 400 på", "gjordes om: 1"] {
        ensure!(line.contains(word), "{word} in {line}");
    }
    Ok(())
}
