//! Backups: written while the tenant works, carried to another machine or engine, tried,
//! restored, and refused when they cannot be trusted (K094, K112).

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use generate::{Size, Town};
use serde_json::Value;

use crate::canary::{ensure_nowhere, needles_of};
use crate::kill::{KILLS, killed_after, moments, timed, twin};
use crate::store_engines::server;
use crate::support::{DAY_1, DAY_2, Tenant, files_below, plan_id, town};

/// Another machine: the same settings, key, register and delivered files, and no memory.
pub(crate) fn without_memory(tenant: &Tenant) -> anyhow::Result<Tenant> {
    let twin = twin(tenant)?;
    for ending in ["", "-wal", "-shm", ".lock"] {
        drop(fs::remove_file(twin.path(&format!("skolbro.db{ending}"))));
    }
    Ok(twin)
}

fn backup(tenant: &Tenant) -> anyhow::Result<PathBuf> {
    let path = tenant.path("a.backup");
    tenant.run(&["backup", "a.backup"])?.expect_code(0)?;
    ensure!(!connect::files::is_open_to_others(&path)?, "its owner's alone");
    Ok(path)
}

fn text(path: &std::path::Path) -> anyhow::Result<&str> {
    path.to_str().context("a path in UTF-8")
}

/// What `--json restore` says it holds: rows by table.
fn tables(printed: &str) -> anyhow::Result<Value> {
    let line = printed.lines().find(|line| line.contains("\"tables\"")).context("no counts")?;
    Ok(serde_json::from_str::<Value>(line)?["tables"].take())
}

/// K094: a drill. What is restored plans, explains and verifies as what was backed up.
#[test]
fn a_restored_memory_is_the_memory_that_was_backed_up() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 21);
    let tenant = Tenant::delivered_to(&town)?;
    let file = backup(&tenant)?;
    let verified = tenant.run(&["--json", "restore", text(&file)?, "--verify"])?.expect_code(0)?;
    let other = without_memory(&tenant)?;
    let restored = other.run(&["--json", "restore", "a.backup"])?.expect_code(0)?;
    ensure!(tables(&verified.out)? == tables(&restored.out)?, "{}", restored.out);
    ensure!(tables(&restored.out)?["kv"].as_u64() > Some(3), "{}", restored.out);
    let same = other.on(DAY_1, &["plan", "--exit-code"])?;
    ensure!(matches!(same.code, 0 | 10), "{}", same.text());
    other.run(&["verify-audit"])?.expect_code(0)?;
    let status = |tenant: &Tenant| tenant.on(DAY_1, &["report", "quality"]).map(|it| it.out);
    ensure!(status(&tenant)? == status(&other)?, "the quality issues are others");

    // An old backup: what was delivered since is not known, so a person looks first.
    town.next_day();
    other.register(&town, None)?;
    let before = other.delivered()?;
    let held = other.on(DAY_2, &["run", "--apply"])?.expect_code(20)?;
    ensure!(other.delivered()? == before, "nothing is delivered unseen: {}", held.text());
    other.approved(DAY_2, &plan_id(&held)?)?;
    let settled = other.on(DAY_2, &["plan", "--exit-code"])?;
    ensure!(matches!(settled.code, 0 | 10), "{}", settled.text());
    Ok(())
}

/// The settings come back too, where there are none: the first step on a new machine.
#[test]
fn the_settings_are_in_the_backup_and_overwrite_nothing() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    backup(&tenant)?;
    let other = without_memory(&tenant)?;
    other.run(&["restore", "a.backup", "--settings"])?.expect_code(2)?;
    let settings = fs::read(other.path("skolbro.toml"))?;
    fs::remove_file(other.path("skolbro.toml"))?;
    other.run(&["restore", "a.backup", "--settings", "--key", "file:fel.key"])?.expect_code(40)?;
    other.run(&["restore", "a.backup", "--settings"])?.expect_code(0)?;
    ensure!(fs::read(other.path("skolbro.toml"))? == settings);
    other.run(&["restore", "a.backup"])?.expect_code(0)?;
    Ok(())
}

/// Each thing that can be wrong with a backup has its own words and code, and changes nothing.
#[test]
fn a_backup_that_cannot_be_trusted_is_refused_and_says_why() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    let whole = fs::read(backup(&tenant)?)?;
    let other = without_memory(&tenant)?;
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let middle = whole.len() / 2;
    let cases: [(&str, Vec<u8>, i32); 6] = [
        ("avkortad", whole[..middle].to_vec(), 33),
        ("avkortad", whole[..whole.len() - 1].to_vec(), 33),
        ("skadad", changed(middle, whole[middle] ^ 1), 33),
        ("ingen säkerhetskopia", b"SQLite format 3\0".repeat(20), 33),
        ("nyare version", changed(16, 9), 40),
        ("annan nyckel", changed(17, whole[17] ^ 1), 40),
    ];
    for (word, bytes, code) in cases {
        fs::write(other.path("b.backup"), bytes)?;
        for way in [&["restore", "b.backup"][..], &["restore", "b.backup", "--verify"]] {
            let ended = other.run(way)?.expect_code(code)?;
            ensure!(ended.err.contains(word), "{word}: {}", ended.err);
        }
        ensure!(other.run(&["status"])?.out.contains("Ingen körning än"), "{word}: half restored");
    }
    other.run(&["restore", "finns-inte.backup"])?.expect_code(40)?;
    let key = "0123456789abcdef".repeat(4);
    fs::write(other.path("skolbro.key"), key)?;
    other.run(&["restore", "a.backup"])?.expect_code(40)?;
    Ok(())
}

/// A memory that holds something is never overwritten; nor is a file.
#[test]
fn nothing_is_overwritten() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    let file = backup(&tenant)?;
    tenant.run(&["backup", "a.backup"])?.expect_code(2)?;
    let refused = tenant.run(&["restore", text(&file)?])?.expect_code(2)?;
    ensure!(refused.err.contains("inte tomt"), "{}", refused.err);
    let same = tenant.on(DAY_1, &["plan", "--exit-code"])?;
    ensure!(matches!(same.code, 0 | 10), "{}", same.text());
    tenant.run(&["backup"])?.expect_code(2)?;
    Ok(())
}

/// K112: from a file to a server and back, hosted or in the customer's own house.
#[test]
fn a_tenant_moves_between_the_engines() -> anyhow::Result<()> {
    if server().is_none() {
        println!("skipped: SKOLBRO_TEST_POSTGRES names no server");
        return Ok(());
    }
    let tenant = Tenant::new()?;
    tenant.settings("Exempelköpings kommun", &format!("Flyttköping {}", std::process::id()))?;
    tenant.register(&town(Size::Xs, 22), None)?;
    tenant.first_delivery()?;
    backup(&tenant)?;
    let hosted = without_memory(&tenant)?;
    hosted.settings(
        "four_eyes = false",
        "store = { postgres = \"env:SKOLBRO_TEST_POSTGRES\" }\nfour_eyes = false",
    )?;
    let there = hosted.run(&["--json", "restore", "a.backup"])?.expect_code(0)?;
    ensure!(!hosted.path("skolbro.db").exists(), "the memory is on the server alone");
    let same = hosted.on(DAY_1, &["plan"])?;
    ensure!(matches!(same.code, 0 | 10 | 20), "{}", same.text());
    hosted.run(&["verify-audit"])?.expect_code(0)?;
    hosted.run(&["restore", "a.backup"])?.expect_code(2)?;
    hosted.run(&["backup", "b.backup"])?.expect_code(0)?;
    hosted.run(&["restore", "b.backup", "--verify"])?.expect_code(0)?;
    let home = without_memory(&tenant)?;
    fs::copy(hosted.path("b.backup"), home.path("b.backup"))?;
    let back = home.run(&["--json", "restore", "b.backup"])?.expect_code(0)?;
    for table in ["link", "blob", "blob_chunk", "protected_mark", "quality_issue"] {
        ensure!(tables(&there.out)?[table] == tables(&back.out)?[table], "{table}");
    }
    let same = home.on(DAY_1, &["plan", "--exit-code"])?;
    ensure!(matches!(same.code, 0 | 10), "{}", same.text());
    hosted.run(&["purge", "--tenant", "--yes"])?.expect_code(0)?;
    Ok(())
}

/// A run under way is wholly in a backup or not at all: the backup waits for it.
#[test]
fn a_backup_waits_for_the_run_or_says_that_it_cannot() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    let lock = fs::OpenOptions::new().write(true).open(tenant.path("skolbro.db.lock"))?;
    lock.lock()?;
    tenant.run(&["backup", "a.backup", "--wait", "1"])?.expect_code(50)?;
    ensure!(!tenant.path("a.backup").exists());
    let mut waiting = tenant.command(&["backup", "a.backup"]).spawn()?;
    drop(lock);
    ensure!(waiting.wait()?.success(), "it waits, and then it is written");
    Ok(())
}

/// K170: without the tenant's key, which a purge destroys, a backup is noise; and it holds
/// nothing readable before that either. Opened and restored, no protected person is in it.
#[test]
fn a_backup_holds_nothing_readable_and_nobody_protected() -> anyhow::Result<()> {
    let ours = town(Size::Xs, 1);
    let tenant = Tenant::delivered_to(&ours)?;
    let file = backup(&tenant)?;
    let other = without_memory(&tenant)?;
    other.run(&["restore", "a.backup"])?.expect_code(0)?;
    ensure_nowhere(&other, &needles_of(&ours))?;
    let bytes = fs::read(&file)?;
    let mut everybody = crate::support::search::Needles::default();
    for human in &ours.persons {
        everybody.text(&human.person.email);
        everybody.id(&human.person.id);
    }
    let found = everybody.found_in(&bytes);
    ensure!(found.is_empty(), "{found:?}");

    tenant.run(&["purge", "--tenant", "--yes"])?.expect_code(0)?;
    fs::write(tenant.path("skolbro.key"), "00".repeat(32))?;
    tenant.run(&["restore", "a.backup"])?.expect_code(40)?;
    Ok(())
}

/// A folder: dated names, old ones go, and `doctor` tells how old the newest is.
#[test]
fn a_folder_of_backups_is_dated_and_doctor_tells_its_age() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    tenant.settings("[select]", "[backup]\nfolder = \"kopior\"\n\n[select]")?;
    let none = tenant.run(&["doctor"])?.expect_code(0)?;
    ensure!(none.out.contains("ingen säkerhetskopia än"), "{}", none.out);
    fs::create_dir(tenant.path("kopior"))?;
    let old = tenant.path("kopior/skolbro-2020-01-01T000000Z.backup");
    fs::write(&old, "gammal")?;
    let late = tenant.run(&["doctor"])?.expect_code(10)?;
    ensure!(late.out.contains("dygn"), "{}", late.out);
    tenant.run(&["backup"])?.expect_code(0)?;
    ensure!(!old.exists(), "35 days are over");
    let kept = files_below(&tenant.path("kopior"))?;
    ensure!(kept.len() == 1, "{kept:?}");
    let well = tenant.run(&["doctor"])?.expect_code(0)?;
    ensure!(well.out.contains("backup.folder"), "{}", well.out);
    let name = kept.keys().next().context("a backup")?;
    tenant.run(&["restore", text(name)?, "--verify"])?.expect_code(0)?;
    Ok(())
}

/// K169: what is erased of a receiver does not live on in the folder of backups.
#[test]
fn the_end_of_a_receiver_holds_in_the_backups_too() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 21))?;
    tenant.settings("[select]", "[backup]\nfolder = \"kopior\"\n\n[select]")?;
    tenant.run(&["backup"])?.expect_code(0)?;
    let other = twin(&tenant)?;
    tenant.run(&["purge", "--target", "sds", "--yes"])?.expect_code(0)?;
    let name = |tenant: &Tenant| -> anyhow::Result<PathBuf> {
        let files = files_below(&tenant.path("kopior"))?;
        files.into_keys().next().context("a backup")
    };
    for (tenant, left) in [(&other, true), (&tenant, false)] {
        let file = name(tenant)?;
        let told = tenant.run(&["--json", "restore", text(&file)?, "--verify"])?.expect_code(0)?;
        for table in ["plan", "journal"] {
            let rows = tables(&told.out)?[table].as_u64().context("a count")?;
            ensure!((rows > 0) == left, "{table}: {rows}");
        }
    }
    Ok(())
}

/// Killed anywhere, a backup leaves no half file, and a restore no half memory.
#[test]
fn a_killed_backup_or_restore_leaves_nothing_half() -> anyhow::Result<()> {
    let ready = Tenant::delivered_to(&town(Size::S, 23))?;
    let (_, whole) = timed(|| twin(&ready)?.run(&["backup", "a.backup"]))?;
    let mut kills = 0;
    for moment in moments(whole) {
        let tenant = twin(&ready)?;
        kills += u32::from(killed_after(&tenant, &["backup", "a.backup"], moment)?);
        if tenant.path("a.backup").exists() {
            tenant.run(&["restore", "a.backup", "--verify"])?.expect_code(0)?;
        } else {
            tenant.run(&["backup", "a.backup"])?.expect_code(0)?;
        }
        ensure!(!tenant.path("a.backup.new").exists(), "after {moment:?}: a half file");
    }
    ready.run(&["backup", "a.backup"])?.expect_code(0)?;
    let empty = without_memory(&ready)?;
    let (_, whole) = timed(|| twin(&empty)?.run(&["restore", "a.backup"]))?;
    for moment in moments(whole) {
        let tenant = twin(&empty)?;
        kills += u32::from(killed_after(&tenant, &["restore", "a.backup"], moment)?);
        let again = tenant.run(&["restore", "a.backup"])?;
        // Restored before the kill, or as empty as before it.
        ensure!(matches!(again.code, 0 | 2), "after {moment:?}: {}", again.text());
        tenant.run(&["verify-audit"])?.expect_code(0)?;
        let same = tenant.on(DAY_1, &["plan", "--exit-code"])?;
        ensure!(matches!(same.code, 0 | 10), "after {moment:?}: {}", same.text());
    }
    ensure!(kills >= KILLS / 2, "only {kills} were still running");
    Ok(())
}

/// What the audit log says of each erasing.
fn proofs(tenant: &Tenant) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = store::Store::open_file(&tenant.path("skolbro.db")).await?;
        let rows = store.audit_after(0, 1_000).await?;
        Ok(rows.into_iter().filter(|it| it.what == "retention").map(|it| it.detail).collect())
    })
}

/// Decision 0034: a register that is away for a month does not keep what is to go.
#[test]
fn what_is_past_its_time_goes_also_while_the_register_is_away() -> anyhow::Result<()> {
    let town: Town = town(Size::Xs, 21);
    let tenant = Tenant::delivered_to(&town)?;
    tenant.on(DAY_1, &["run", "--apply"])?;
    let first = proofs(&tenant)?;
    fs::remove_file(tenant.path("in/persons.csv"))?;
    let run = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(run.code != 0 && run.text().contains("persons.csv"), "{}", run.text());
    let then = proofs(&tenant)?;
    ensure!(then.len() == first.len() + 1, "{then:?}");
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}

/// K158, reference/portal.md §2.8: what is past its time goes by itself, and the log shows it.
#[test]
fn a_run_erases_once_a_day_what_is_past_its_time_and_leaves_a_proof() -> anyhow::Result<()> {
    let town: Town = town(Size::Xs, 21);
    let tenant = Tenant::delivered_to(&town)?;
    tenant.on(DAY_1, &["run", "--apply"])?;
    ensure!(proofs(&tenant)?.len() == 1, "once a day: {:?}", proofs(&tenant)?);
    // A rehearsal of a day that has not come erases nothing.
    tenant.on("2031-01-01", &["plan"])?;
    ensure!(proofs(&tenant)?.len() == 1, "a rehearsal erased something");
    let counted = tenant.on("2028-01-01", &["--json", "purge", "--expired"])?.expect_code(0)?;
    ensure!(counted.out.contains("\"plans\":"), "{}", counted.out);
    ensure!(proofs(&tenant)?.len() == 1, "counting is no erasing");
    tenant.on("2028-01-01", &["purge", "--expired", "--yes"])?.expect_code(0)?;
    let proof = proofs(&tenant)?;
    let last: Value = serde_json::from_str(proof.last().context("a proof")?)?;
    ensure!(last["plans"].as_u64() > Some(0) && last["runs"].as_u64() > Some(0), "{last}");
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}
