//! The program is killed at any moment, and nobody sees half a delivery (K221).

use std::fs;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use generate::Size;

use crate::support::{DAY_1, DAY_2, Ended, Files, Tenant, files_below, plan_id, town};

/// How often the program is killed in each story.
pub(crate) const KILLS: u32 = 12;

/// The delivered folder as a reader sees it.
fn set(tenant: &Tenant) -> anyhow::Result<Files> {
    let folder = tenant.path("out/sds");
    let files = files_below(&folder)?;
    let name = |path: &std::path::Path| path.strip_prefix(&folder).map(std::path::Path::to_owned);
    files.into_iter().map(|(path, bytes)| Ok((name(&path)?, bytes))).collect()
}

/// Starts the program and kills it after `wait`; true if it was still running.
pub(crate) fn killed_after(
    tenant: &Tenant,
    arguments: &[&str],
    wait: Duration,
) -> anyhow::Result<bool> {
    let mut child =
        tenant.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // Nobody ever sends: this is a wait and no more.
    let (_keep, never) = mpsc::channel::<()>();
    ensure!(never.recv_timeout(wait).is_err(), "nobody sends");
    child.kill()?;
    Ok(child.wait()?.code().is_none())
}

/// Numbers that look random and are the same every time.
pub(crate) fn moments(whole: Duration) -> impl Iterator<Item = Duration> {
    let mut state = 0x9e37_79b9_u32;
    (0..KILLS).map(move |at| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // One in each twelfth of the time, so that beginning and end are met too.
        whole * (at * 1000 + state % 1000) / (KILLS * 1000)
    })
}

#[expect(clippy::disallowed_methods, reason = "the time that the process takes is measured")]
pub(crate) fn timed(
    run: impl FnOnce() -> anyhow::Result<Ended>,
) -> anyhow::Result<(Ended, Duration)> {
    let begun = Instant::now();
    Ok((run()?, begun.elapsed()))
}

/// Copies a tenant as it stands, so that each death begins alike.
pub(crate) fn twin(tenant: &Tenant) -> anyhow::Result<Tenant> {
    let twin = Tenant::new()?;
    let from = tenant.path(".");
    for (path, bytes) in files_below(&from)? {
        let to = twin.path(".").join(path.strip_prefix(&from)?);
        fs::create_dir_all(to.parent().context("a folder")?)?;
        fs::write(to, bytes)?;
    }
    Ok(twin)
}

/// Whole, and the old set or the new one.
fn ensure_whole(tenant: &Tenant, old: &Files, new: &Files) -> anyhow::Result<()> {
    let now = set(tenant)?;
    if !now.is_empty() {
        ensure!(connect::files::check(&tenant.path("out/sds"))?, "not what the manifest says");
    }
    let between = now.is_empty() && tenant.path("out/sds.new").exists();
    ensure!(&now == old || &now == new || between, "neither the old set nor the new");
    Ok(())
}

/// Nothing is left of what was begun: no half set, no spool, no lock that holds.
fn ensure_clean(tenant: &Tenant) -> anyhow::Result<()> {
    for path in tenant.written()?.into_keys() {
        let text = path.display().to_string();
        ensure!(!text.contains("sds.new") && !text.contains(".skolbro-temp/"), "left: {text}");
        ensure!(!path.starts_with(tenant.path("tmp")), "left: {text}");
    }
    let spool = tenant.path(".skolbro-temp");
    ensure!(!spool.exists() || fs::read_dir(spool)?.next().is_none(), "a spool is left");
    Ok(())
}

/// Kills `arguments` at moments over the whole of its time, each in a tenant like `ready`;
/// the next run ends what was begun, with the very files of a run that nobody killed.
fn killed_everywhere(ready: &Tenant, day: &str, arguments: &[&str]) -> anyhow::Result<u32> {
    let old = set(ready)?;
    let (unkilled, other) = (twin(ready)?, twin(ready)?);
    let all = [&["--today", day], arguments].concat();
    let (ended, one) = timed(|| unkilled.run(&all))?;
    let (_, two) = timed(|| other.run(&all))?;
    let whole = one.min(two);
    ensure!(matches!(ended.code, 0 | 10), "{}", ended.text());
    let new = set(&unkilled)?;
    ensure!(old != new, "something is delivered");
    let mut kills = 0;
    for moment in moments(whole) {
        let tenant = twin(ready)?;
        // As if an earlier one had died with rows put aside.
        fs::create_dir_all(tenant.path(".skolbro-temp/skolbro-0123456789abcdef"))?;
        kills += u32::from(killed_after(&tenant, &all, moment)?);
        ensure_whole(&tenant, &old, &new).with_context(|| format!("after {moment:?}"))?;
        let again = if arguments.contains(&"apply") {
            ended_after_apply(&tenant, day, &all)?
        } else {
            tenant.run(&all)?
        };
        ensure!(matches!(again.code, 0 | 10), "after {moment:?}: {}", again.text());
        ensure!(set(&tenant)? == new, "after {moment:?}: other files than unkilled");
        ensure_clean(&tenant).with_context(|| format!("after {moment:?}"))?;
        let empty = tenant.on(day, &["plan", "--exit-code"])?;
        ensure!(matches!(empty.code, 0 | 10), "after {moment:?}: {}", empty.text());
    }
    Ok(kills)
}

/// The next night's run takes up a plan that was started; one that was not is applied again.
fn ended_after_apply(tenant: &Tenant, day: &str, all: &[&str]) -> anyhow::Result<Ended> {
    let again = tenant.run(all)?;
    if again.code == 22 {
        return tenant.on(day, &["run", "--apply"]);
    }
    Ok(again)
}

/// K221, K220: `run --apply` of a day's churn.
#[test]
fn a_killed_run_leaves_a_whole_set_and_the_next_one_ends_it() -> anyhow::Result<()> {
    let mut town = town(Size::S, 3);
    let ready = Tenant::delivered_to(&town)?;
    // The first deletion ever waits for a person, so it is behind us.
    town.next_day();
    ready.register(&town, None)?;
    let held = ready.on(DAY_2, &["run", "--apply"])?;
    if held.code > 10 {
        ready.approved(DAY_2, &plan_id(&ready.on(DAY_2, &["plan"])?)?)?;
    }
    town.next_day();
    ready.register(&town, None)?;
    let kills = killed_everywhere(&ready, "2026-09-17", &["run", "--apply"])?;
    ensure!(kills >= KILLS / 4, "only {kills} were still running");
    Ok(())
}

/// K221: `apply` of the first plan, which makes everything.
#[test]
fn a_killed_apply_is_taken_up_by_the_next() -> anyhow::Result<()> {
    let ready = Tenant::new()?;
    ready.register(&town(Size::S, 4), None)?;
    let plan = plan_id(&ready.on(DAY_1, &["plan"])?.expect_code(20)?)?;
    ready.on(DAY_1, &["approve", &plan, "--comment", "Stämmer."])?.expect_code(0)?;
    let kills = killed_everywhere(&ready, DAY_1, &["apply", &plan])?;
    ensure!(kills >= KILLS / 4, "only {kills} were still running");
    Ok(())
}
