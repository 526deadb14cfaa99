//! The memory is lost where packages are delivered: they are read back, nothing is removed or
//! made twice, and numbers go on; and a folder that lacks the last delivery gets it again.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use generate::{Size, Town};

use testkit::oneroster::Package;

use crate::adopting::pupil;
use crate::backups::without_memory;
use crate::kill::{killed_after, moments, timed, twin};
use crate::oneroster::{Receiver, TARGETS, advance, tenant};
use crate::support::{DAY_1, DAY_2, Ended, Tenant, plan_id, town};

const DAY_3: &str = "2026-09-17";
const DAY_4: &str = "2026-09-18";

/// A tenant whose last target has its files unpacked.
fn of_every_form() -> anyhow::Result<Tenant> {
    let tenant = tenant()?;
    let from = "deliver = { folder = \"out/whole_old\", ";
    tenant.settings(from, &format!("{from}form = \"files\", "))?;
    Ok(tenant)
}

/// Delivered to every target on two days.
fn delivered() -> anyhow::Result<(Tenant, Town)> {
    let tenant = of_every_form()?;
    let mut town = town(Size::Xs, 5);
    for day in [DAY_1, DAY_2] {
        if day == DAY_2 {
            town.next_day();
        }
        tenant.register(&town, None)?;
        for (name, ..) in TARGETS {
            advance(&tenant, day, name)?;
        }
    }
    Ok((tenant, town))
}

/// Names of packages, the oldest first.
fn packages(tenant: &Tenant, target: &str) -> anyhow::Result<Vec<String>> {
    let paths: Vec<PathBuf> = tenant.delivered()?.into_keys().collect();
    let of_target = |path: &&PathBuf| {
        path.parent().is_some_and(|it| it.ends_with(target))
            && path.extension().is_some_and(|it| it == "zip")
    };
    let name = |path: &PathBuf| path.file_name().map(|it| it.to_string_lossy().into_owned());
    Ok(paths.iter().filter(of_target).filter_map(name).collect())
}

/// What a receiver that has taken in every package holds; for files, the files.
fn held(tenant: &Tenant, target: &str) -> anyhow::Result<Receiver> {
    let mut receiver = Receiver::default();
    let (_, version, _) = TARGETS.into_iter().find(|it| it.0 == target).context("a target")?;
    receiver.fetch(tenant, target, version)?;
    Ok(receiver)
}

fn ensure_in_sync(ended: &Ended) -> anyhow::Result<()> {
    ensure!(matches!(ended.code, 0 | 10), "something is planned: {}", ended.text());
    Ok(())
}

fn plan(tenant: &Tenant, day: &str, target: &str) -> anyhow::Result<Ended> {
    tenant.on(day, &["plan", "--exit-code", "--details", "--target", target])
}

/// Invariant 3: a run without memory and with packages or files in its folder does not begin
/// anew, whatever it is asked.
#[test]
fn a_run_that_has_lost_its_memory_leaves_packages_and_names_adopt() -> anyhow::Result<()> {
    let (tenant, _) = delivered()?;
    let tenant = without_memory(&tenant)?;
    let before = tenant.delivered()?;
    for (name, ..) in TARGETS {
        for command in [&["plan"][..], &["run"], &["run", "--apply"]] {
            let ended =
                tenant.on(DAY_2, &[command, &["--target", name]].concat())?.expect_code(40)?;
            ensure!(ended.err.contains("skolbro adopt"), "{}", ended.err);
        }
    }
    ensure!(tenant.delivered()? == before, "something was delivered");
    Ok(())
}

/// Lost and adopted, there is nothing to do; what is delivered then is what would have been
/// delivered had nothing been lost, under the same ids, as the next package.
#[test]
fn adopted_packages_are_in_sync_and_go_on_from_there() -> anyhow::Result<()> {
    let (whole, mut town) = delivered()?;
    let lost = without_memory(&whole)?;
    for (name, ..) in TARGETS {
        let adopted = lost.on(DAY_2, &["adopt", "--target", name])?.expect_code(0)?;
        ensure!(adopted.out.contains("objekt"), "{}", adopted.out);
        ensure_in_sync(&plan(&lost, DAY_2, name)?)?;
    }
    ensure!(lost.delivered()?.len() == whole.delivered()?.len(), "adopting delivered something");
    town.next_day();
    for tenant in [&whole, &lost] {
        tenant.register(&town, None)?;
    }
    for (name, version, _) in TARGETS {
        advance(&whole, DAY_3, name)?;
        let ended = lost.on(DAY_3, &["run", "--apply", "--target", name])?.expect_code(20)?;
        let before = packages(&lost, name)?;
        lost.approved(DAY_3, &plan_id(&ended)?)?;
        ensure_in_sync(&plan(&lost, DAY_3, name)?)?;
        if name == "whole_old" {
            let files = |tenant: &Tenant| fs::read(tenant.path("out/whole_old/users.csv"));
            ensure!(files(&whole)? == files(&lost)?, "the same files");
            continue;
        }
        let after = packages(&lost, name)?;
        let newest = after.last().context("a package")?;
        ensure!(!before.contains(newest), "{before:?} {after:?}");
        ensure!(newest.contains(&format!("-000003-bulk-{version}")), "{newest}");
        ensure!(held(&whole, name)?.total == held(&lost, name)?.total, "{name}: another set");
    }
    lost.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}

/// After a restore of an old backup no number is used twice and no time goes back, adopted or
/// not, although the memory knows of the first delivery alone.
#[test]
fn numbers_go_on_after_the_restore_of_an_old_backup() -> anyhow::Result<()> {
    let tenant = tenant()?;
    let mut town = town(Size::Xs, 5);
    tenant.register(&town, None)?;
    advance(&tenant, DAY_1, "changes")?;
    tenant.run(&["backup", "a.backup"])?.expect_code(0)?;
    for day in [DAY_2, DAY_3] {
        town.next_day();
        tenant.register(&town, None)?;
        advance(&tenant, day, "changes")?;
    }
    ensure!(packages(&tenant, "changes")?.len() == 3);
    for is_adopted in [false, true] {
        let old = without_memory(&tenant)?;
        old.run(&["restore", "a.backup"])?.expect_code(0)?;
        if is_adopted {
            old.on(DAY_3, &["adopt", "--target", "changes"])?.expect_code(0)?;
            ensure_in_sync(&plan(&old, DAY_3, "changes")?)?;
            town.next_day();
            old.register(&town, None)?;
        }
        // The clock of the new machine is behind.
        let day = if is_adopted { DAY_4 } else { DAY_2 };
        let ended = old.on(day, &["run", "--apply", "--target", "changes"])?.expect_code(20)?;
        old.approved(day, &plan_id(&ended)?)?;
        let after = packages(&old, "changes")?;
        ensure!(after.len() == 4 && after[3].contains("-000004-bulk-"), "{after:?}");
        let held = held(&old, "changes")?;
        let mut last = Receiver::default();
        last.fetch(&only_newest(&old)?, "changes", "1.2")?;
        ensure!(held.total == last.total, "the last package holds everything");
    }
    Ok(())
}

/// The same tenant with the newest package of changes alone.
fn only_newest(tenant: &Tenant) -> anyhow::Result<Tenant> {
    let twin = without_memory(tenant)?;
    let names = packages(&twin, "changes")?;
    for name in &names[..names.len() - 1] {
        fs::remove_file(twin.path("out/changes").join(name))?;
    }
    Ok(twin)
}

/// Where the whole set has been taken away nothing can be read back: it is said, with what to
/// do, and beginning anew is a plan that waits.
#[test]
fn a_chain_without_its_whole_set_is_refused_with_what_to_do() -> anyhow::Result<()> {
    let (tenant, _) = delivered()?;
    let tenant = without_memory(&tenant)?;
    let first = packages(&tenant, "changes")?.into_iter().next().context("a package")?;
    fs::remove_file(tenant.path("out/changes").join(&first))?;
    let refused = tenant.on(DAY_2, &["adopt", "--target", "changes"])?.expect_code(33)?;
    ensure!(refused.err.contains(&first), "{}", refused.err);
    ensure!(refused.err.contains("flytta undan mappen"), "{}", refused.err);
    tenant.on(DAY_2, &["plan", "--target", "changes"])?.expect_code(40)?;
    fs::rename(tenant.path("out/changes"), tenant.path("undan"))?;
    tenant.on(DAY_2, &["run", "--apply", "--target", "changes"])?.expect_code(20)?;
    ensure!(packages(&tenant, "changes")?.is_empty(), "nothing is made unseen");
    Ok(())
}

/// An emptied folder gets the whole set at the next run although nothing has changed: by a
/// plan of its own that is journalled and audited, once.
#[test]
fn an_emptied_folder_gets_the_whole_set_again() -> anyhow::Result<()> {
    let (tenant, _) = delivered()?;
    for target in ["changes", "whole", "whole_old"] {
        let before = held(&tenant, target)?.total;
        let folder = tenant.path("out").join(target);
        fs::rename(&folder, tenant.path(&format!("undan-{target}")))?;
        ensure_in_sync(&plan(&tenant, DAY_2, target)?)?;
        ensure!(!folder.exists(), "a plan delivers nothing");
        let run = ["run", "--apply", "--target", target];
        let ended = tenant.on(DAY_2, &run)?;
        ensure_in_sync(&ended)?;
        ensure!(ended.out.contains("levererad igen"), "{}", ended.out);
        if target == "whole_old" {
            let files = |at: &str| fs::read(tenant.path(at).join("users.csv"));
            ensure!(files("out/whole_old")? == files("undan-whole_old")?);
        } else {
            let names = packages(&tenant, target)?;
            ensure!(names.len() == 1 && names[0].contains("-000003-bulk-"), "{names:?}");
            ensure!(held(&tenant, target)?.total == before, "{target}: another set");
        }
        let after = tenant.delivered()?;
        let again = tenant.on(DAY_2, &run)?;
        ensure!(!again.out.contains("levererad igen"), "{}", again.out);
        ensure!(tenant.delivered()? == after, "once is enough");
    }
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}

/// K221: a run that is killed while it delivers the whole set again is taken up by the next:
/// one package of it.
#[test]
fn a_killed_repeat_leaves_one_package() -> anyhow::Result<()> {
    let (tenant, _) = delivered()?;
    let before = held(&tenant, "changes")?.total;
    fs::rename(tenant.path("out/changes"), tenant.path("undan"))?;
    let run = ["--today", DAY_2, "run", "--apply", "--target", "changes"];
    let measured = twin(&tenant)?;
    let (_, whole) = timed(|| measured.run(&run))?;
    for wait in moments(whole) {
        let twin = twin(&tenant)?;
        killed_after(&twin, &run, wait)?;
        ensure_in_sync(&twin.run(&run)?)?;
        let names = packages(&twin, "changes")?;
        ensure!(names.len() == 1 && names[0].contains("-000003-bulk-"), "{wait:?}: {names:?}");
        ensure!(held(&twin, "changes")?.total == before, "{wait:?}: another set");
        twin.run(&["verify-audit"])?.expect_code(0)?;
    }
    Ok(())
}

/// Design §3: who got another id in the register keeps the one that the receiver knows, also
/// when the memory of it is lost.
#[test]
fn published_ids_in_packages_survive_the_loss_of_the_memory() -> anyhow::Result<()> {
    let tenant = of_every_form()?;
    let mut town = town(Size::Xs, 5);
    let pupil = pupil(&town)?;
    tenant.register(&town, None)?;
    for (name, ..) in TARGETS {
        advance(&tenant, DAY_1, name)?;
    }
    let person = &mut town.persons[pupil].person;
    let new = "5095e766-da9e-41da-85af-03be60872225";
    let old = std::mem::replace(&mut person.id, new.to_owned());
    tenant.register(&town, None)?;
    for (name, ..) in TARGETS {
        advance(&tenant, DAY_2, name)?;
    }
    let lost = without_memory(&tenant)?;
    "Nytt".clone_into(&mut town.persons[pupil].person.given_name);
    for (name, ..) in TARGETS {
        let adopted = lost.on(DAY_2, &["--json", "adopt", "--target", name])?.expect_code(0)?;
        ensure!(adopted.out.contains("\"linked\":1"), "{name}: {}", adopted.out);
        ensure_in_sync(&plan(&lost, DAY_2, name)?)?;
    }
    lost.register(&town, None)?;
    for (name, ..) in TARGETS {
        let ended = plan(&lost, DAY_3, name)?.expect_code(20)?;
        let id = plan_id(&ended)?;
        for verb in ["create", "delete", "remove", "add"] {
            let shown = lost.on(DAY_3, &["plan", "show", &id, "--verb", verb])?.expect_code(0)?;
            ensure!(!shown.out.contains("Orsak: "), "{name} {verb}: {}", shown.out);
        }
        lost.approved(DAY_3, &id)?;
        let users = users(&lost, name)?;
        let line = users.lines().find(|line| line.starts_with(&old)).context("the old id")?;
        ensure!(line.contains("Nytt") && !users.contains(new), "{name}: {line}");
    }
    Ok(())
}

/// The users of the last delivery.
fn users(tenant: &Tenant, target: &str) -> anyhow::Result<String> {
    let folder = tenant.path("out").join(target);
    let Some(newest) = packages(tenant, target)?.pop() else {
        return Ok(fs::read_to_string(folder.join("users.csv"))?);
    };
    let package = Package::zip(&fs::read(folder.join(newest))?);
    Ok(package.map_err(|it| anyhow::anyhow!(it.0))?.text("users.csv"))
}

/// While nothing may be delivered an emptied folder stays empty.
#[test]
fn nothing_is_delivered_again_while_the_calendar_freezes() -> anyhow::Result<()> {
    let (tenant, _) = delivered()?;
    fs::rename(tenant.path("out/changes"), tenant.path("undan"))?;
    let settings = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let window =
        format!("\n[[calendar.windows]]\nkind = \"freeze\"\nstart = {DAY_2}\nend = {DAY_2}\n");
    fs::write(tenant.path("skolbro.toml"), settings + &window)?;
    let run = ["run", "--apply", "--target", "changes"];
    ensure_in_sync(&tenant.on(DAY_2, &run)?)?;
    ensure!(packages(&tenant, "changes")?.is_empty(), "frozen");
    tenant.on(DAY_3, &run)?;
    ensure!(packages(&tenant, "changes")?.len() == 1, "and after it the whole set comes");
    Ok(())
}

/// A whole set that has become too old comes anew with nothing to do; and never while a first
/// plan waits for a person.
#[test]
fn a_whole_set_that_is_too_old_comes_anew_unless_a_person_is_waited_for() -> anyhow::Result<()> {
    let tenant = tenant()?;
    tenant.settings("bulk_every_days = 100", "bulk_every_days = 2")?;
    let town = town(Size::Xs, 5);
    tenant.register(&town, None)?;
    advance(&tenant, DAY_1, "changes")?;
    tenant.run(&["backup", "a.backup"])?.expect_code(0)?;
    let run = ["run", "--apply", "--target", "changes"];
    tenant.on(DAY_2, &run)?;
    ensure!(packages(&tenant, "changes")?.len() == 1, "not yet");
    let restored = without_memory(&tenant)?;
    restored.run(&["restore", "a.backup"])?.expect_code(0)?;
    fs::rename(restored.path("out/changes"), restored.path("undan"))?;
    restored.on(DAY_3, &run)?;
    ensure!(packages(&restored, "changes")?.is_empty(), "a person looks at the first plan");
    tenant.on(DAY_3, &run)?;
    let names = packages(&tenant, "changes")?;
    ensure!(names.len() == 2 && names[1].contains("-000002-bulk-"), "{names:?}");
    Ok(())
}
