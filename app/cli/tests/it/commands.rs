//! The commands as people and schedulers use them: exit codes, JSON, settings, erasure.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use generate::Size;
use serde_json::Value;

use crate::support::{DAY_1, DAY_2, Tenant, files_below, plan_id, town};

/// K085: what a scheduler sees of an ordinary life.
#[test]
fn exit_codes_tell_a_scheduler_how_it_went() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 6);
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    let first = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    let plan = plan_id(&first)?;
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(20)?;
    tenant.on(DAY_1, &["apply", "0000"])?.expect_code(2)?;
    tenant.on(DAY_1, &["plan", "show", "inte-hex"])?.expect_code(2)?;
    tenant.run(&["plan", "--finns-inte"])?.expect_code(2)?;
    tenant.run(&["finns-inte"])?.expect_code(2)?;
    tenant.on(DAY_1, &["run", "--target", "finns-inte"])?.expect_code(2)?;
    tenant.approved(DAY_1, &plan)?;
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(22)?;
    let empty = tenant.on(DAY_1, &["plan", "--exit-code"])?;
    ensure!(matches!(empty.code, 0 | 10), "{}", empty.text());
    town.next_day();
    tenant.register(&town, None)?;
    let changes = tenant.on(DAY_2, &["plan", "--exit-code"])?;
    ensure!(matches!(changes.code, 3 | 20 | 21), "{}: {}", changes.code, changes.text());
    Ok(())
}

/// Changes that nothing holds: 3 with `--exit-code`, 0 or 10 without.
#[test]
fn a_plan_with_changes_ends_with_three_when_asked() -> anyhow::Result<()> {
    let (tenant, _) = with_a_change()?;
    tenant.on(DAY_2, &["plan", "--exit-code"])?.expect_code(3)?;
    let plain = tenant.on(DAY_2, &["plan"])?;
    ensure!(matches!(plain.code, 0 | 10), "{}", plain.text());
    Ok(())
}

/// A tenant whose register has another e-mail address for one pupil since the delivery.
fn with_a_change() -> anyhow::Result<(Tenant, generate::Town)> {
    let mut town = town(Size::Xs, 6);
    let tenant = Tenant::delivered_to(&town)?;
    "ny.adress@skola.example".clone_into(&mut town.persons[0].person.email);
    tenant.register(&town, None)?;
    Ok((tenant, town))
}

/// Design §5: a plan holds for what it was made from, and for 24 hours.
#[test]
fn a_plan_that_is_old_or_overtaken_is_stale() -> anyhow::Result<()> {
    let (tenant, mut town) = with_a_change()?;
    let old = plan_id(&tenant.on(DAY_2, &["plan"])?)?;
    let late = tenant.on("2026-09-18", &["apply", &old])?.expect_code(22)?;
    ensure!(late.err.contains("24 timmar"), "{}", late.err);

    let first = plan_id(&tenant.on(DAY_2, &["plan"])?)?;
    "nyare.adress@skola.example".clone_into(&mut town.persons[0].person.email);
    tenant.register(&town, None)?;
    let second = plan_id(&tenant.on(DAY_2, &["plan"])?)?;
    ensure!(first != second, "another plan has another id");
    tenant.on(DAY_2, &["apply", &first])?.expect_code(22)?;
    tenant.on(DAY_2, &["approve", &second, "--discard", "--comment", "Fel."])?.expect_code(0)?;
    tenant.on(DAY_2, &["apply", &second])?.expect_code(22)?;
    Ok(())
}

/// Issue 2: a mistake in the settings is shown at its place, with the line.
#[test]
fn wrong_settings_are_shown_at_file_line_and_column() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("package = \"silver\"", "pakcage = \"silver\"")?;
    tenant.settings("serial = 1", "serial = \"ett\"")?;
    for command in ["validate", "plan", "status", "doctor"] {
        let ended = tenant.run(&[command])?.expect_code(40)?;
        for words in ["skolbro.toml:", "pakcage", "package", "serial"] {
            ensure!(ended.err.contains(words), "{command}: {words} is not in:\n{}", ended.err);
        }
        let has_place = ended.err.lines().any(|line| {
            let mut parts = line.rsplit("skolbro.toml:").next().unwrap_or_default().split(':');
            let mut number = || parts.next().is_some_and(|it| it.trim().parse::<u32>().is_ok());
            line.contains("skolbro.toml:") && number() && number()
        });
        ensure!(has_place, "{command}: no line and column in:\n{}", ended.err);
    }
    let json = tenant.run(&["--json", "validate"])?.expect_code(40)?;
    let told: Value = serde_json::from_str(json.out.trim())?;
    ensure!(told["problems"].as_array().is_some_and(|it| it.len() == 2), "{told}");
    tenant.run(&["--sysexits", "validate"])?.expect_code(78)?;
    let missing = tenant.run(&["--config", "finns-inte.toml", "validate"])?.expect_code(40)?;
    ensure!(missing.err.contains("finns-inte.toml"), "{}", missing.err);
    Ok(())
}

/// K002: brons has one source; a second one breaks the package's rule.
#[test]
fn a_second_source_in_brons_breaks_the_package() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("package = \"silver\"", "package = \"brons\"")?;
    tenant.settings(
        "[select]",
        "[source.second]\nserial = 2\n[source.second.table]\nfolder = \"in2\"\n\n[select]",
    )?;
    tenant.run(&["validate"])?.expect_code(41)?;
    Ok(())
}

/// K220: one run at a time; the second is told so at once and does nothing.
#[test]
fn a_second_run_ends_at_once_while_the_first_has_the_lock() -> anyhow::Result<()> {
    let (tenant, _) = with_a_change()?;
    let before = tenant.delivered()?;
    let lock = fs::OpenOptions::new().write(true).open(tenant.path("skolbro.db.lock"))?;
    lock.lock()?;
    tenant.on(DAY_2, &["run", "--apply"])?.expect_code(50)?;
    tenant.on(DAY_2, &["--sysexits", "run", "--apply"])?.expect_code(75)?;
    ensure!(tenant.delivered()? == before, "something was delivered");
    tenant.on(DAY_2, &["status"])?.expect_code(0)?;
    lock.unlock()?;
    let free = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(matches!(free.code, 0 | 10), "{}", free.text());
    Ok(())
}

/// Every command prints one object a line under `--json`, and nothing else.
#[test]
fn every_line_of_json_is_an_object() -> anyhow::Result<()> {
    let (tenant, town) = with_a_change()?;
    let plan = plan_id(&tenant.on(DAY_2, &["plan"])?)?;
    let email = town.persons[0].person.email.clone();
    for arguments in [
        &["validate"][..],
        &["doctor"],
        &["status"],
        &["plan"],
        &["plan", "show", &plan],
        &["explain", &email],
        &["explain", "ingen"],
        &["report", "quality"],
        &["report", "run"],
        &["report", "connectors"],
        &["verify-audit"],
        &["passwords", "--target", "sds", "--out", "ut.age"],
        &["approve", &plan, "--comment", "Stämmer."],
        &["apply", &plan],
        &["apply", "0000"],
        &["run", "--apply"],
        &["purge", "--expired", "--yes"],
        &["purge", "--target", "sds", "--yes"],
        &["generate", "mer", "--size", "XS"],
        &["init", "ny"],
    ] {
        let ended = tenant.on(DAY_2, &[&["--json"], arguments].concat())?;
        ensure!(!ended.out.is_empty(), "{arguments:?} prints nothing");
        for line in ended.out.lines() {
            let value: Value = serde_json::from_str(line)
                .with_context(|| format!("{arguments:?} prints {line}"))?;
            ensure!(value.is_object(), "{arguments:?} prints {line}");
        }
    }
    Ok(())
}

/// Issue 2: `schema` is a JSON Schema, and what `init` writes keeps it.
#[test]
fn the_schema_is_one_and_the_first_settings_keep_it() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let schema: Value = serde_json::from_str(&tenant.run(&["schema"])?.expect_code(0)?.out)?;
    ensure!(jsonschema::meta::is_valid(&schema), "no JSON Schema");
    let written: Value = serde_json::from_slice(&fs::read(tenant.path("skolbro.schema.json"))?)?;
    ensure!(written == schema, "init writes another schema than the command prints");
    let validator = jsonschema::validator_for(&schema)?;
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let settings = serde_json::to_value(toml::from_str::<toml::Table>(&text)?)?;
    let errors: Vec<String> =
        validator.iter_errors(&settings).map(|error| format!("{error}")).collect();
    ensure!(errors.is_empty(), "{errors:#?}");
    let wrong = toml::from_str::<toml::Table>(&text.replace("package =", "pakcage ="))?;
    ensure!(!validator.is_valid(&serde_json::to_value(wrong)?), "a misspelt key is valid");
    tenant.run(&["validate"])?.expect_code(0)?;
    Ok(())
}

/// `init` overwrites nothing.
#[test]
fn init_overwrites_nothing() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let before = files_below(&tenant.path("."))?;
    let again = tenant.run(&["init", "."])?;
    ensure!(again.code == 40 || again.code == 2, "{}: {}", again.code, again.text());
    ensure!(files_below(&tenant.path("."))? == before, "something was changed");
    for kept in ["skolbro.toml", "skolbro.key", "skolbro.schema.json"] {
        let folder = tenant.path(&format!("only-{kept}"));
        fs::create_dir(&folder)?;
        fs::write(folder.join(kept), "min egen")?;
        tenant.run(&["init", &folder.display().to_string()])?.expect_code(40)?;
        ensure!(files_below(&folder)?.into_values().eq([b"min egen".to_vec()]), "{kept}");
    }
    Ok(())
}

/// K208: a changed row of the audit log is found, and so is a tail that was cut off.
#[test]
fn a_changed_audit_log_is_found() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.register(&town(Size::Xs, 6), None)?;
    let plan = plan_id(&tenant.on(DAY_1, &["plan"])?)?;
    tenant.on(DAY_1, &["approve", &plan, "--comment", "Granskad-av-mig"])?.expect_code(0)?;
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(0)?;
    let whole = tenant.run(&["--json", "verify-audit"])?.expect_code(0)?;
    let whole: Value = serde_json::from_str(whole.out.trim())?;
    let head = whole["head"].as_str().context("a head")?.to_owned();
    tenant.run(&["verify-audit", "--head", &head])?.expect_code(0)?;
    let later = head.replacen(|it: char| it.is_ascii_digit(), "9", 1);
    if later != head {
        tenant.run(&["verify-audit", "--head", &later])?.expect_code(60)?;
    }
    settle(&tenant.path("skolbro.db"))?;
    let mut bytes = fs::read(tenant.path("skolbro.db"))?;
    let mut changed = 0;
    for at in 0..bytes.len() - 15 {
        if bytes[at..].starts_with(b"Granskad-av-mig") {
            bytes[at + 12..at + 15].copy_from_slice(b"dig");
            changed += 1;
        }
    }
    ensure!(changed > 0, "the comment is in the audit log");
    fs::write(tenant.path("skolbro.db"), bytes)?;
    let broken = tenant.run(&["verify-audit"])?.expect_code(60)?;
    ensure!(broken.text().contains("bruten"), "{}", broken.text());
    Ok(())
}

/// Brings what a process left in the write-ahead log into the database file: the last to close it
/// does, and a process that ends need not have closed it.
fn settle(database: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = store::Store::open_file(database).await?;
        let latest = store.runs(1).await?;
        ensure!(!latest.is_empty(), "the database has the run");
        store.close().await;
        Ok(())
    })
}

/// K169: what is kept of one receiver goes at once, what was delivered stays there, and a
/// first plan waits again.
#[test]
fn purging_a_receiver_forgets_it_and_no_more() -> anyhow::Result<()> {
    let town = town(Size::Xs, 6);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    tenant.run(&["purge", "--target", "sds"])?.expect_code(0)?;
    let still = tenant.on(DAY_1, &["plan", "--exit-code"])?;
    ensure!(matches!(still.code, 0 | 10), "nothing is erased without --yes: {}", still.text());
    tenant.run(&["purge", "--target", "finns-inte", "--yes"])?.expect_code(2)?;
    tenant.run(&["purge", "--target", "sds", "--yes"])?.expect_code(0)?;
    ensure!(tenant.delivered()? == before, "what was delivered is touched");
    let forgotten = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(40)?;
    ensure!(forgotten.err.contains("flytta undan mappen"), "{}", forgotten.err);
    fs::rename(tenant.path("out"), tenant.path("out.before"))?;
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}

/// K169: a receiver that was taken out of the settings can still be forgotten.
#[test]
fn a_receiver_that_left_the_settings_can_be_purged() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 6))?;
    let settings = std::fs::read_to_string(tenant.path("skolbro.toml"))?;
    std::fs::write(tenant.path("skolbro.toml"), settings.replace("[target.sds", "[target.other"))?;
    tenant.run(&["purge", "--target", "sds", "--yes"])?.expect_code(0)?;
    tenant.run(&["purge", "--target", "sds", "--yes"])?.expect_code(2)?;
    Ok(())
}

/// K220: nothing is erased while a run is under way.
#[test]
fn a_purge_waits_for_no_run() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 6))?;
    let lock = std::fs::OpenOptions::new().write(true).open(tenant.path("skolbro.db.lock"))?;
    lock.try_lock()?;
    for what in [&["--expired"][..], &["--tenant"], &["--target", "sds"]] {
        let arguments = [&["purge", "--yes"], what].concat();
        let ended = tenant.run(&arguments)?;
        ensure!(ended.text().contains("En annan körning"), "{what:?}: {}", ended.text());
    }
    ensure!(tenant.path("skolbro.db").exists(), "the store is gone");
    Ok(())
}

/// K170: nothing of the tenant is left but the settings, which name nobody.
#[test]
fn purging_the_tenant_leaves_the_settings_alone() -> anyhow::Result<()> {
    let tenant = Tenant::delivered_to(&town(Size::Xs, 6))?;
    tenant.run(&["purge", "--tenant"])?.expect_code(0)?;
    ensure!(tenant.path("skolbro.db").exists(), "nothing is erased without --yes");
    tenant.run(&["purge", "--tenant", "--yes"])?.expect_code(0)?;
    let root = tenant.path("");
    let delivered = tenant.path("out");
    let left: BTreeSet<String> = tenant
        .written()?
        .into_keys()
        .filter(|path| !path.starts_with(&delivered))
        .map(|path| path.strip_prefix(&root).unwrap_or(&path).display().to_string())
        .collect();
    let settings = ["skolbro.schema.json", "skolbro.toml"].map(str::to_owned);
    ensure!(left == BTreeSet::from(settings), "left: {left:?}");
    ensure!(!tenant.path(".skolbro-temp").exists(), "the spool's folder is left");
    Ok(())
}

/// Four eyes: who asked for the run may not approve it; somebody else may.
#[test]
fn somebody_else_must_approve_under_four_eyes() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("four_eyes = false", "four_eyes = true ")?;
    tenant.register(&town(Size::Xs, 6), None)?;
    let plan = plan_id(&tenant.on(DAY_1, &["plan"])?.expect_code(20)?)?;
    let own = tenant.on(DAY_1, &["approve", &plan, "--comment", "Själv."])?.expect_code(20)?;
    ensure!(own.err.contains("fyra ögon"), "{}", own.err);
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(20)?;
    let other = ["--today", DAY_1, "approve", plan.as_str(), "--comment", "Stämmer."];
    let in_name = [&other[..], &["--by", "kollegan"]].concat();
    tenant.run(&in_name)?.expect_code(20)?;
    tenant.as_user("kollegan", &other)?.expect_code(0)?;
    tenant.on(DAY_1, &["apply", &plan])?.expect_code(0)?;
    Ok(())
}

/// The README's table names the commands that there are, and each explains itself.
#[test]
fn every_command_of_the_readme_has_help() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"))?;
    let table = readme.split("| command | does |").nth(1).context("a table")?;
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    let all = tenant.run(&["--help"])?.expect_code(0)?.out;
    let listed: BTreeSet<&str> = all
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
        .collect();
    let mut named = BTreeSet::new();
    for row in rows {
        let commands = row.split('|').nth(1).context("a cell")?.split(',');
        for command in commands.map(|it| it.trim().trim_matches('`')) {
            let words: Vec<&str> = command.split(' ').collect();
            named.insert(words[0]);
            let help = tenant.run(&[&words[..], &["--help"]].concat())?.expect_code(0)?.out;
            for option in row.split('`').filter(|it| it.starts_with("--")) {
                ensure!(help.contains(option), "{command} --help does not name {option}");
            }
            for option in ["--json", "--config", "--today", "--lang"] {
                ensure!(help.contains(option), "{command} --help does not name {option}");
            }
        }
    }
    ensure!(named == listed, "README: {named:?}\nprogram: {listed:?}");
    for code in ["0 ", "3 ", "10 ", "20 ", "21 ", "22 ", "33 ", "40 ", "50 ", "60 "] {
        ensure!(all.contains(code), "--help does not tell of exit code {code}");
    }
    Ok(())
}

/// K085: a scheduler starts programs anywhere; what the settings name is found from the
/// settings file.
#[test]
fn the_working_folder_does_not_matter() -> anyhow::Result<()> {
    let town = town(Size::Xs, 6);
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    let config = tenant.path("skolbro.toml").display().to_string();
    let elsewhere = tempfile::tempdir()?;
    for folder in [Path::new("/"), elsewhere.path()] {
        let output = tenant
            .command(&["--config", &config, "--today", DAY_1, "run", "--apply"])
            .current_dir(folder)
            .output()?;
        ensure!(output.status.code() == Some(20), "{output:?}");
    }
    ensure!(fs::read_dir(elsewhere.path())?.next().is_none(), "something is left elsewhere");
    tenant.first_delivery()?;
    ensure!(tenant.path("out/sds/users.csv").exists(), "delivered beside the settings");
    Ok(())
}
