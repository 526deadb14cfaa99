//! A vendor that is pushed to over EGIL, the program as a process.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use generate::Size;
use serde_json::Value;
use simulate::egil::{self, Switches};
use simulate::receiver::{Proof, Running, Sign, SignIn};

use crate::kill::{KILLS, killed_after, moments, timed, twin};
use crate::support::{DAY_1, DAY_2, Ended, Tenant, plan_id, town};

const KEY: &str = "hemlig-nyckel";

/// A receiver that takes one key.
pub(crate) fn receiver() -> anyhow::Result<Running> {
    let sign = Sign { tenant: "kommunen".to_owned(), proof: Proof::Key(KEY.to_owned()) };
    let mut switches = Switches { strictness: egil::Strictness::Strict, ..Switches::default() };
    switches.common.sign_in = SignIn::with(vec![sign]);
    Ok(egil::start(switches)?)
}

/// A tenant whose one target is that receiver.
pub(crate) fn tenant(receiver: &Running, more: &str) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    tenant.register(&town(Size::Xs, 1), None)?;
    fs::write(tenant.path("key"), KEY)?;
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let (before, _) = text.split_once("[target.").context("a target")?;
    let target = format!(
        "[target.binogi]\nschools = [\"*\"]\n[target.binogi.egil]\nurl = \"{}\"\n\
         api_key = \"file:key\"\n{more}\n",
        receiver.base_url()
    );
    fs::write(tenant.path("skolbro.toml"), format!("{before}{target}"))?;
    Ok(tenant)
}

/// Plans, approves and applies.
fn delivered(receiver: &Running, more: &str) -> anyhow::Result<Tenant> {
    let tenant = tenant(receiver, more)?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    Ok(tenant)
}

/// Does something at the receiver by hand.
pub(crate) fn by_hand(receiver: &Running, what: &str, body: &str) -> anyhow::Result<()> {
    let address = receiver.admin_url();
    let address = address.strip_prefix("http://").context("plain HTTP")?;
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST {what} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = [0; 64];
    let read = stream.read(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    ensure!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    Ok(())
}

pub(crate) fn held(receiver: &Running) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&receiver.dump())?)
}

/// How many requests changed something there.
pub(crate) fn writes(receiver: &Running) -> u64 {
    let calls = receiver.counters().calls;
    calls.iter().filter(|((method, ..), _)| method != "GET").map(|(_, count)| count).sum()
}

pub(crate) fn nothing_to_do(ended: &Ended) -> anyhow::Result<()> {
    ensure!(ended.out.contains("inget att göra"), "{}", ended.text());
    Ok(())
}

/// K149, K187: everything is sent once, in the order that references need; then nothing.
#[test]
fn a_vendor_gets_everything_once_and_then_nothing() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "")?;
    let counters = receiver.counters();
    ensure!(counters.conflicts == 0 && counters.needless == 0, "{counters:?}");
    ensure!(counters.status(400) == 0, "{counters:?}");
    let all = held(&receiver)?;
    for kind in
        ["Organisations", "SchoolUnits", "Users", "Employments", "StudentGroups", "Activities"]
    {
        let count = all["kommunen"][kind].as_object().map_or(0, |it| it.len())
            + all["kommunen"][kind].as_array().map_or(0, Vec::len);
        ensure!(count > 0, "{kind} has nothing: {}", all["kommunen"]);
    }
    let before = writes(&receiver);
    nothing_to_do(&tenant.on(DAY_1, &["run", "--apply"])?.expect_code(10)?)?;
    nothing_to_do(&tenant.on(DAY_1, &["plan", "--verify"])?)?;
    ensure!(writes(&receiver) == before, "nothing is sent twice");
    Ok(())
}

/// Design §5: what somebody took away at the receiver is found by `--verify` and restored.
#[test]
fn what_was_taken_away_by_hand_is_restored() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "")?;
    let before = held(&receiver)?;
    by_hand(&receiver, "/remove?type=Users&n=10", "")?;
    by_hand(&receiver, "/change?type=StudentGroups&n=2&path=displayName", "\"Annat namn\"")?;
    ensure!(held(&receiver)? != before, "something was changed");
    let sent = writes(&receiver);
    nothing_to_do(&tenant.on(DAY_1, &["plan"])?)?;
    let ended = tenant.on(DAY_2, &["run", "--apply", "--verify"])?;
    ensure!(ended.code == 10, "{} {:?}", ended.text(), receiver.counters());
    ensure!(ended.out.contains("skrivs över"), "{}", ended.text());
    ensure!(held(&receiver)? == before, "all is as it was");
    ensure!(writes(&receiver) - sent == 12, "{:?}", receiver.counters());
    Ok(())
}

/// A tenant whose first plan is approved and not carried out, and its plan.
pub(crate) fn approved(receiver: &Running, more: &str) -> anyhow::Result<(Tenant, String)> {
    let ready = tenant(receiver, more)?;
    let plan = plan_id(&ready.on(DAY_1, &["run", "--apply"])?.expect_code(20)?)?;
    ready.on(DAY_1, &["approve", &plan, "--comment", "Stämmer."])?.expect_code(0)?;
    Ok((ready, plan))
}

/// What the receiver holds when nothing disturbs the push, and how long that takes.
pub(crate) fn undisturbed(
    receiver: &Running,
    ready: &Tenant,
    plan: &str,
) -> anyhow::Result<(Value, Duration)> {
    let twin = twin(ready)?;
    let (ended, time) = timed(|| twin.on(DAY_1, &["apply", plan]))?;
    ended.expect_code(0)?;
    let whole = held(receiver)?;
    by_hand(receiver, "/reset", "")?;
    Ok((whole, time))
}

/// Peers.md §3.4: a receiver that fails now and then misses nothing after one run, and gets
/// nothing twice.
#[test]
fn a_receiver_that_fails_now_and_then_misses_nothing() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (ready, plan) = approved(&receiver, "http.retry.first_wait_ms = 20")?;
    let (whole, _) = undisturbed(&receiver, &ready, &plan)?;
    for fault in ["error/50", "reset/40", "lost/30", "locked", "dribble=1/20"] {
        let tenant = twin(&ready)?;
        receiver.plant(fault.parse().map_err(|_| anyhow::anyhow!("{fault}"))?);
        tenant.on(DAY_1, &["apply", &plan])?.expect_code(0).context(fault)?;
        receiver.mend();
        ensure!(held(&receiver)? == whole, "{fault}: something is missing");
        let before = writes(&receiver);
        nothing_to_do(&tenant.on(DAY_1, &["plan", "--verify"])?)?;
        ensure!(writes(&receiver) == before, "{fault}");
        ensure!(receiver.counters().needless == 0, "{fault}: {:?}", receiver.counters());
        by_hand(&receiver, "/reset", "")?;
    }
    Ok(())
}

/// K221: killed at any moment of a push, the next run ends it: nothing twice, nothing lost,
/// nothing sent that is there.
#[test]
fn a_push_that_is_killed_is_taken_up_again() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let (ready, plan) = approved(&receiver, "")?;
    let (whole, time) = undisturbed(&receiver, &ready, &plan)?;
    let apply = ["--today", DAY_1, "apply", &plan];
    let mut kills = 0;
    for moment in moments(time) {
        let tenant = twin(&ready)?;
        kills += u32::from(killed_after(&tenant, &apply, moment)?);
        let ended = tenant.on(DAY_1, &["run", "--apply"])?;
        // Killed before it began, the approved plan is still to be applied.
        if ended.code == 20 {
            tenant.approved(DAY_1, &plan_id(&ended)?)?;
        }
        let counters = receiver.counters();
        ensure!(held(&receiver)? == whole, "after {moment:?}: not what was to be sent");
        ensure!(counters.needless == 0, "after {moment:?}: {counters:?}");
        ensure!(counters.conflicts == 0, "after {moment:?}: {counters:?}");
        by_hand(&receiver, "/reset", "")?;
    }
    ensure!(kills > KILLS / 2, "{kills} of {KILLS} were killed in time");
    Ok(())
}

/// Peers.md §3.5: a receiver that holds everything already is linked, and nothing is written.
#[test]
fn a_receiver_that_holds_everything_is_linked() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "")?;
    let other = twin(&tenant)?;
    for name in ["skolbro.db", "skolbro.db-wal", "skolbro.db-shm"] {
        let _ = fs::remove_file(other.path(name));
    }
    let before = writes(&receiver);
    let ended = other.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    ensure!(ended.out.contains("koppla") && !ended.out.contains("skapa"), "{}", ended.text());
    other.approved(DAY_1, &plan_id(&ended)?)?;
    nothing_to_do(&other.on(DAY_1, &["plan"])?)?;
    ensure!(writes(&receiver) == before, "nothing is written: {:?}", receiver.counters());
    Ok(())
}

/// K144, K184: with a wrong key nothing is sent, and the exit code says that a person must
/// act; in test mode the real receiver hears nothing.
#[test]
fn a_wrong_key_and_a_test_send_nothing_to_the_receiver() -> anyhow::Result<()> {
    let (real, test) = (receiver()?, receiver()?);
    let tenant = tenant(&real, &format!("test_url = \"{}\"", test.base_url()))?;
    fs::write(tenant.path("key"), "fel")?;
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(32)?;
    ensure!(writes(&real) == 0, "{:?}", real.counters());
    fs::write(tenant.path("key"), KEY)?;
    tenant.settings("schools = [\"*\"]", "mode = \"test\"\nschools = [\"*\"]")?;
    let asked = real.counters().all();
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    ensure!(real.counters().all() == asked, "the real receiver was called");
    ensure!(writes(&test) > 600, "{:?}", test.counters());
    tenant.settings("mode = \"test\"\n", "")?;
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    Ok(())
}
