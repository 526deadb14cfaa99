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
        let count = all["kommunen"][kind].as_object().map_or(0, serde_json::Map::len)
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

/// Design §5: what somebody changed is found on the day that its kind is read. To look at the
/// plan first loses nothing of it.
#[test]
fn what_was_found_stays_found_until_it_is_put_right() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "")?;
    let before = held(&receiver)?;
    by_hand(&receiver, "/remove?type=Users&n=10", "")?;
    let mut days = Vec::new();
    for day in 16..23 {
        let day = format!("2026-09-{day}");
        let shown = tenant.on(&day, &["plan"])?.out.contains("skrivs över");
        let done = tenant.on(&day, &["run", "--apply"])?.out.contains("skrivs över");
        ensure!(shown == done, "shown {shown}, done {done} on {day}");
        days.extend(done.then_some(day));
    }
    ensure!(days.len() == 1, "found on {days:?}");
    ensure!(held(&receiver)? == before, "all is as it was");
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

/// K186, K193: a vendor gets the chosen schools, and of a person no more than belongs to them.
#[test]
fn a_vendor_gets_the_chosen_schools_alone() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = tenant(&receiver, "")?;
    let town = town(Size::Xs, 1);
    let code = town.schools.iter().map(|it| &it.code).find(|code| !code.is_empty());
    let code = code.context("a school with a code")?.clone();
    // K186: none is chosen by itself.
    tenant.settings("schools = [\"*\"]\n", "")?;
    let ended = tenant.on(DAY_1, &["plan"])?.expect_code(40)?;
    ensure!(ended.text().contains("schools"), "{}", ended.text());
    tenant.settings("[target.binogi]\n", &format!("[target.binogi]\nschools = [\"{code}\"]\n"))?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    let all = held(&receiver)?;
    let units = all["kommunen"]["SchoolUnits"].clone();
    ensure!(count(&units) == 1, "{units}");
    let text = all.to_string();
    for other in town.schools.iter().map(|it| &it.code).filter(|it| !it.is_empty() && **it != code)
    {
        ensure!(!text.contains(other), "another school is told: {other}");
    }
    let (one, users) = (first_id(&units)?, all["kommunen"]["Users"].clone());
    for user in each(&users) {
        let extension = &user["urn:scim:schemas:extension:sis:school:1.0:User"]["enrolments"];
        for enrolment in extension.as_array().into_iter().flatten() {
            ensure!(enrolment["value"] == one.as_str(), "{user}");
        }
    }
    ensure!(each(&users).count() > 10, "somebody is told");
    Ok(())
}

/// K159–K168: by the profile `skolsynk` the ten data are sent, the role, and the references
/// that the receiver requires; the tenant's mapping cannot add to them.
#[test]
fn the_profile_skolsynk_sends_the_ten_data() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "profile = \"skolsynk\"")?;
    let all = held(&receiver)?;
    let mut names = std::collections::BTreeSet::new();
    for (kind, objects) in all["kommunen"].as_object().context("types")? {
        each(objects).for_each(|it| paths(it, kind, &mut names));
    }
    #[rustfmt::skip]
    let told = [
        "Activities/displayName", "Activities/externalId", "Activities/groups/$ref", "Activities/groups/value",
        "Activities/owner/$ref", "Activities/owner/value", "Activities/schemas",
        "Activities/teachers/$ref", "Activities/teachers/value",
        "Employments/employedAt/$ref", "Employments/employedAt/value", "Employments/employmentRole",
        "Employments/externalId", "Employments/schemas", "Employments/user/$ref", "Employments/user/value",
        "Organisations/displayName", "Organisations/externalId", "Organisations/schemas",
        "SchoolUnits/displayName", "SchoolUnits/externalId", "SchoolUnits/organisation/$ref",
        "SchoolUnits/organisation/value", "SchoolUnits/schemas", "SchoolUnits/schoolUnitCode",
        "StudentGroups/displayName", "StudentGroups/externalId", "StudentGroups/owner/$ref",
        "StudentGroups/owner/value", "StudentGroups/schemas", "StudentGroups/studentMemberships/$ref",
        "StudentGroups/studentMemberships/value",
        "Users/displayName", "Users/emails/type", "Users/emails/value", "Users/externalId",
        "Users/name/familyName", "Users/name/givenName", "Users/schemas",
        "Users/urn:scim:schemas:extension:sis:school:1.0:User/enrolments/$ref",
        "Users/urn:scim:schemas:extension:sis:school:1.0:User/enrolments/value", "Users/userName",
    ];
    ensure!(names.iter().map(String::as_str).eq(told), "{names:#?}");
    let more = "[target.binogi.mapping.studentGroup]\nschoolType = \"{{ group.school_type }}\"\n";
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    fs::write(tenant.path("skolbro.toml"), format!("{text}\n{more}"))?;
    let ended = tenant.on(DAY_1, &["plan"])?.expect_code(40)?;
    ensure!(ended.text().contains("studentGroup.schoolType"), "{}", ended.text());
    Ok(())
}

fn each(objects: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match objects {
        Value::Object(map) => Box::new(map.values()),
        Value::Array(list) => Box::new(list.iter()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Box::new(std::iter::empty())
        }
    }
}

fn count(objects: &Value) -> usize {
    each(objects).count()
}

fn first_id(objects: &Value) -> anyhow::Result<String> {
    let first = each(objects).next().context("an object")?;
    Ok(first["externalId"].as_str().context("an id")?.to_owned())
}

/// The names of all that is told, with the way to them.
fn paths(value: &Value, at: &str, names: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| paths(value, &format!("{at}/{name}"), names));
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for value in list {
                paths(value, at, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            names.insert(at.to_owned());
        }
    }
}

/// K155: that somebody is gone is told until the vendor has acknowledged it, however long it
/// is away. K150, K151: what was told when, and how it was taken, can be fetched. K169: when
/// a vendor has ended, nothing is kept of it.
#[test]
fn a_deletion_is_told_until_it_is_acknowledged() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "http.retry.attempts = 2\nhttp.retry.first_wait_ms = 20")?;
    let mut town = town(Size::Xs, 1);
    let users = count(&held(&receiver)?["kommunen"]["Users"]);
    for _ in 0..20 {
        town.next_day();
    }
    tenant.register(&town, None)?;
    tenant.on(DAY_2, &["run", "--apply"])?;
    // What nothing holds is done; the first deletions wait.
    let plan = plan_id(&tenant.on(DAY_2, &["run", "--apply"])?.expect_code(20)?)?;
    tenant.on(DAY_2, &["approve", &plan, "--comment", "Stämmer."])?.expect_code(0)?;
    receiver.plant("error@DELETE".parse().map_err(|_| anyhow::anyhow!("a fault"))?);
    let mut codes = Vec::new();
    for day in [DAY_2, "2026-09-17", "2026-09-18"] {
        codes.push(tenant.on(day, &["run", "--apply"])?.code);
    }
    ensure!(codes.iter().all(|code| [11, 31].contains(code)), "{codes:?}");
    receiver.mend();
    let ended = tenant.on("2026-09-19", &["run", "--apply"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    ensure!(receiver.counters().status(204) > 0, "{:?}", receiver.counters());
    let now = count(&held(&receiver)?["kommunen"]["Users"]);
    let report = tenant.run(&["report", "deliveries", "--target", "binogi"])?.expect_code(0)?;
    let lines: Vec<&str> = report.out.lines().collect();
    ensure!(lines[0] == "mottagare;typ;id;vad;tid;status;kod", "{}", lines[0]);
    let told =
        |what: &str| lines.iter().filter(|it| it.contains(";user;") && it.contains(what)).count();
    ensure!(told(";delete;") > 0 && told(";delete;") + now >= users, "{}", report.out);
    ensure!(lines.len() > count(&held(&receiver)?["kommunen"]["Activities"]), "{}", lines.len());
    tenant.run(&["purge", "--target", "binogi", "--yes"])?.expect_code(0)?;
    let report = tenant.run(&["report", "deliveries", "--target", "binogi"])?.expect_code(0)?;
    ensure!(report.out.lines().count() == 1, "{}", report.out);
    Ok(())
}

/// A plain provider has no ids of ours: an answer that is lost makes nobody twice, whether
/// changes go one by one or many at once.
#[test]
fn a_plain_provider_that_loses_answers_has_nobody_twice() -> anyhow::Result<()> {
    let sign = Sign { tenant: "kommunen".to_owned(), proof: Proof::Bearer(KEY.to_owned()) };
    let mut switches = simulate::scim::Switches::default();
    switches.common.sign_in = SignIn::with(vec![sign]);
    let provider = simulate::scim::start(switches)?;
    let ready = tenant(&provider, "")?;
    let text = fs::read_to_string(ready.path("skolbro.toml"))?;
    let (before, _) = text.split_once("[target.binogi.egil]").context("a target")?;
    let target = format!(
        "[target.binogi.scim]\nurl = \"{}/v2\"\nauth.bearer = \"file:key\"\n\
         http.retry.first_wait_ms = 20\n",
        provider.base_url()
    );
    fs::write(ready.path("skolbro.toml"), format!("{before}{target}"))?;
    let plan = plan_id(&ready.on(DAY_1, &["run", "--apply"])?.expect_code(20)?)?;
    ready.on(DAY_1, &["approve", &plan, "--comment", "Stämmer."])?.expect_code(0)?;
    for fault in ["lost/3", "error/4", "reset/5"] {
        let tenant = twin(&ready)?;
        provider.plant(fault.parse().map_err(|_| anyhow::anyhow!("{fault}"))?);
        tenant.on(DAY_1, &["apply", &plan])?.expect_code(0).context(fault)?;
        provider.mend();
        let all = held(&provider)?;
        for (kind, name) in [("Users", "userName"), ("Groups", "externalId")] {
            let names: Vec<String> =
                each(&all["kommunen"][kind]).map(|it| it[name].to_string()).collect();
            let once: std::collections::BTreeSet<&String> = names.iter().collect();
            ensure!(names.len() == once.len() && names.len() > 100, "{fault}: {kind}");
        }
        let verified = tenant.on(DAY_1, &["plan", "--verify", "--details"])?;
        nothing_to_do(&verified).context(fault)?;
        by_hand(&provider, "/reset", "")?;
    }
    Ok(())
}

/// Peers.md §6 no 6: who has `EgilSCIM` goes on from its memory; employments, whose ids it has
/// made its own way, are known by what they say, and nothing is sent again.
#[test]
fn the_memory_of_egilscim_is_taken_over() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let tenant = delivered(&receiver, "")?;
    let mut all = held(&receiver)?["kommunen"].clone();
    let other = |id: &str| format!("aaaaaaaa{}", &id[8..]);
    for (kind, objects) in all.as_object_mut().context("types")? {
        for it in each_mut(objects) {
            if kind == "Employments" {
                let id = other(it["externalId"].as_str().context("an id")?);
                it["externalId"] = Value::from(id);
            }
            for teacher in it["teachers"].as_array_mut().into_iter().flatten() {
                let id = other(teacher["value"].as_str().context("an id")?);
                teacher["$ref"] = Value::from(format!("Employments/{id}"));
                teacher["value"] = Value::from(id);
            }
            // Indexing made it.
            if it["teachers"].is_null() {
                it.as_object_mut().context("an object")?.remove("teachers");
            }
        }
    }
    fs::write(tenant.path("egil.cache"), cache(&all)?)?;
    let heir = twin(&tenant)?;
    for name in ["skolbro.db", "skolbro.db-wal", "skolbro.db-shm"] {
        let _ = fs::remove_file(heir.path(name));
    }
    let before = writes(&receiver);
    let adopt = ["adopt", "--target", "binogi", "--egilscim-cache", "egil.cache"];
    let ended = heir.on(DAY_1, &adopt)?.expect_code(0)?;
    ensure!(ended.out.contains("objekt"), "{}", ended.text());
    nothing_to_do(&heir.on(DAY_1, &["run", "--apply"])?)?;
    ensure!(writes(&receiver) == before, "{:?}", receiver.counters());
    fs::write(heir.path("egil.cache"), b"something else")?;
    let heir = twin(&heir)?;
    for name in ["skolbro.db", "skolbro.db-wal", "skolbro.db-shm"] {
        let _ = fs::remove_file(heir.path(name));
    }
    let ended = heir.on(DAY_1, &adopt)?;
    ensure!(ended.code != 0 && ended.text().contains("EgilSCIM"), "{}", ended.text());
    Ok(())
}

fn each_mut(objects: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match objects {
        Value::Object(map) => Box::new(map.values_mut()),
        Value::Array(list) => Box::new(list.iter_mut()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Box::new(std::iter::empty())
        }
    }
}

/// A cache file of `EgilSCIM`'s (peers.md §2.1).
fn cache(all: &Value) -> anyhow::Result<Vec<u8>> {
    let mut objects = Vec::new();
    for (kind, list) in all.as_object().context("types")? {
        for it in each(list) {
            let extension = "urn:scim:schemas:extension:sis:school:1.0:User";
            let name = match kind.as_str() {
                "Users" if it.get(extension).is_some() => "Student",
                "Users" => "Teacher",
                "Activities" => "Activity",
                other => other.trim_end_matches('s'),
            };
            let id = it["externalId"].as_str().context("an id")?;
            objects.push([id.to_owned(), name.to_owned(), it.to_string()]);
        }
    }
    let mut file = 0xFFEE_DDCC_FEDC_FEDC_u64.to_le_bytes().to_vec();
    file.push(1);
    file.extend((objects.len() as u64).to_le_bytes());
    for text in objects.into_iter().flatten() {
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.as_bytes());
    }
    Ok(file)
}
