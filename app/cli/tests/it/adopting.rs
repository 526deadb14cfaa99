//! The memory is lost, and what was delivered is read back: no deletion, no second creation,
//! and everybody keeps the id that the receiver knows (operations.md §3.6).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Size, Town};

use crate::backups::without_memory;
use crate::support::{DAY_1, DAY_2, Ended, Files, Tenant, plan_id, town};

/// The delivered set by file name.
fn set(tenant: &Tenant) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let files: Files = tenant.delivered()?;
    let of_set =
        files.into_iter().filter(|(path, _)| path.parent().is_some_and(|it| it.ends_with("sds")));
    of_set
        .map(|(path, bytes)| {
            let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
            Ok((name, bytes))
        })
        .collect()
}

fn ensure_in_sync(ended: &Ended) -> anyhow::Result<()> {
    ensure!(matches!(ended.code, 0 | 10), "something is planned: {}", ended.text());
    Ok(())
}

/// How many operations of the plan do this.
fn planned(tenant: &Tenant, day: &str, plan: &str, verb: &str) -> anyhow::Result<usize> {
    let shown = tenant.on(day, &["plan", "show", plan, "--verb", verb])?.expect_code(0)?;
    Ok(shown.out.lines().filter(|line| line.contains("Orsak: ")).count())
}

/// Nothing of these kinds is planned.
fn ensure_no(verbs: &[&str], tenant: &Tenant, day: &str, plan: &str) -> anyhow::Result<()> {
    for verb in verbs {
        ensure!(planned(tenant, day, plan, verb)? == 0, "{verb} is planned");
    }
    Ok(())
}

/// Invariant 3: a run without memory and with a delivery in its folder does not begin anew.
#[test]
fn a_run_that_has_lost_its_memory_touches_nothing_and_names_adopt() -> anyhow::Result<()> {
    let tenant = without_memory(&Tenant::delivered_to(&town(Size::Xs, 31))?)?;
    let before = tenant.delivered()?;
    for command in [&["plan"][..], &["run"], &["run", "--apply"]] {
        let ended = tenant.on(DAY_1, command)?.expect_code(40)?;
        ensure!(ended.err.contains("skolbro adopt"), "{}", ended.err);
    }
    ensure!(tenant.delivered()? == before, "something was delivered");
    Ok(())
}

/// Lost and adopted, there is nothing to do; and what happens next is a difference.
#[test]
fn what_was_adopted_is_in_sync_and_goes_on_from_there() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 31);
    let tenant = without_memory(&Tenant::delivered_to(&town)?)?;
    let before = tenant.delivered()?;
    let adopted = tenant.on(DAY_1, &["adopt"])?.expect_code(0)?;
    ensure!(adopted.out.contains("objekt"), "{}", adopted.out);
    ensure_in_sync(&tenant.on(DAY_1, &["plan", "--exit-code", "--details"])?)?;
    ensure!(tenant.delivered()? == before, "adopting delivered something");
    tenant.on(DAY_1, &["adopt", "--target", "sds"])?.expect_code(2)?;

    town.next_day();
    tenant.register(&town, None)?;
    let next = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(20)?;
    ensure!(tenant.delivered()? == before, "the first plan waits");
    tenant.approved(DAY_2, &plan_id(&next)?)?;
    ensure_in_sync(&tenant.on(DAY_2, &["plan", "--exit-code"])?)?;
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    Ok(())
}

/// A tenant whose first person has got another id, and kept the account.
fn with_a_changed_id() -> anyhow::Result<(Tenant, Town, String)> {
    let mut town = town(Size::Xs, 31);
    let tenant = Tenant::delivered_to(&town)?;
    let pupil = pupil(&town)?;
    let old = std::mem::replace(
        &mut town.persons[pupil].person.id,
        "5095e766-da9e-41da-85af-03be60872225".to_owned(),
    );
    tenant.register(&town, None)?;
    let held = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_2, &plan_id(&held)?)?;
    ensure!(String::from_utf8(set(&tenant)?["users.csv"].clone())?.contains(&old), "the id stays");
    Ok((tenant, town, old))
}

/// Somebody who is delivered.
pub(crate) fn pupil(town: &Town) -> anyhow::Result<usize> {
    let protected: Vec<String> = town.canaries().into_iter().map(|it| it.id).collect();
    let is_plain =
        |it: &generate::Human| !protected.contains(&it.person.id) && !it.person.email.is_empty();
    let enrolled = |at: usize| {
        town.enrolments.iter().any(|it| usize::try_from(it.person).is_ok_and(|it| it == at))
    };
    (0..town.persons.len())
        .find(|&at| enrolled(at) && is_plain(&town.persons[at]))
        .context("a pupil")
}

/// Design §3: a person whose key has changed keeps the id that receivers know, also when the
/// memory of it is lost.
#[test]
fn published_ids_survive_the_loss_of_the_memory() -> anyhow::Result<()> {
    let (tenant, mut town, old) = with_a_changed_id()?;
    let tenant = without_memory(&tenant)?;
    let before = set(&tenant)?;
    let adopted = tenant.on(DAY_2, &["--json", "adopt"])?.expect_code(0)?;
    ensure!(adopted.out.contains("\"linked\":1"), "{}", adopted.out);
    ensure_in_sync(&tenant.on(DAY_2, &["plan", "--exit-code", "--details"])?)?;

    // The next delivery still has the old id.
    let pupil = pupil(&town)?;
    "Nytt".clone_into(&mut town.persons[pupil].person.given_name);
    tenant.register(&town, None)?;
    let plan = plan_id(&tenant.on("2026-09-17", &["plan"])?)?;
    ensure_no(&["delete", "create"], &tenant, "2026-09-17", &plan)?;
    ensure!(planned(&tenant, "2026-09-17", &plan, "update")? > 0, "the name is changed");
    tenant.approved("2026-09-17", &plan)?;
    let after = set(&tenant)?;
    let users = String::from_utf8(after["users.csv"].clone())?;
    ensure!(users.lines().any(|line| line.starts_with(&old) && line.contains("Nytt")), "{old}");
    ensure!(before["enrollments.csv"] == after["enrollments.csv"], "places are as they were");
    Ok(())
}

/// Whom the register no longer knows stays as written until a person approves the removal;
/// K154: then a marker with its day is all that is left.
#[test]
fn who_left_meanwhile_stays_until_a_person_approves() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 31);
    let tenant = without_memory(&Tenant::delivered_to(&town)?)?;
    let left = pupil(&town)?;
    let id = town.persons[left].person.id.clone();
    let person = u32::try_from(left)?;
    town.enrolments.retain(|it| it.person != person);
    town.memberships.retain(|it| it.person != person);
    tenant.register(&town, None)?;
    let adopted = tenant.on(DAY_2, &["adopt"])?.expect_code(0)?;
    ensure!(adopted.out.contains("ligger kvar"), "{}", adopted.out);
    let held = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(20)?;
    ensure!(String::from_utf8(set(&tenant)?["users.csv"].clone())?.contains(&id), "still there");
    tenant.approved(DAY_2, &plan_id(&held)?)?;
    ensure!(!String::from_utf8(set(&tenant)?["users.csv"].clone())?.contains(&id), "gone");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let markers = runtime.block_on(async {
        let store = store::Store::open_file(&tenant.path("skolbro.db")).await?;
        store.deleted_links("sds").await
    })?;
    let marker = markers.iter().find(|it| it.object.key.to_string() == id).context("a marker")?;
    ensure!(
        marker.link.since.is_some_and(|day| day.to_string() == DAY_2) && marker.schools.is_empty()
    );
    Ok(())
}

/// K069, K070: who became protected while the memory was gone is forgotten at once, and
/// leaves without a reason.
#[test]
fn who_became_protected_meanwhile_is_forgotten_when_adopted() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 31);
    let tenant = without_memory(&Tenant::delivered_to(&town)?)?;
    let one = pupil(&town)?;
    let id = town.persons[one].person.id.clone();
    town.persons[one].marking = generate::Marking::Protected;
    tenant.register(&town, None)?;
    tenant.on(DAY_2, &["adopt"])?.expect_code(0)?;
    ensure!(!String::from_utf8(set(&tenant)?["users.csv"].clone())?.contains(&id), "forgotten");
    for (what, bytes) in crate::support::opened::opened(&tenant)? {
        let name = town.persons[one].person.email.as_bytes();
        ensure!(!bytes.windows(name.len()).any(|part| part == name), "named in {what}");
    }
    Ok(())
}

/// Files that are not what their manifest says are told of, and nothing is removed for it.
#[test]
fn a_changed_delivery_is_adopted_with_a_warning() -> anyhow::Result<()> {
    let tenant = without_memory(&Tenant::delivered_to(&town(Size::Xs, 31))?)?;
    let path = tenant.path("out/sds/enrollments.csv");
    let text = fs::read_to_string(&path)?;
    let cut = text.trim_end().rfind("\r\n").context("several lines")? + 2;
    fs::write(&path, &text[..cut])?;
    let adopted = tenant.on(DAY_1, &["adopt"])?.expect_code(10)?;
    ensure!(adopted.out.contains("manifest.sha256"), "{}", adopted.out);
    let plan = plan_id(&tenant.on(DAY_1, &["plan"])?.expect_code(20)?)?;
    ensure_no(&["delete", "remove", "create"], &tenant, DAY_1, &plan)?;
    ensure!(planned(&tenant, DAY_1, &plan, "add")? == 1, "what is missing comes back");
    Ok(())
}

/// Files that are no set any more are refused by place, and nothing is remembered of them.
#[test]
fn a_broken_delivery_is_refused_by_file_and_line() -> anyhow::Result<()> {
    let tenant = without_memory(&Tenant::delivered_to(&town(Size::Xs, 31))?)?;
    let path = tenant.path("out/sds/roles.csv");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, format!("{text}inget-id,inget-id,student,,,,,\r\n"))?;
    let ended = tenant.on(DAY_1, &["adopt"])?.expect_code(33)?;
    let place = format!("roles.csv rad {}", text.lines().count() + 1);
    ensure!(ended.err.contains(&place), "{place}: {}", ended.err);
    tenant.on(DAY_1, &["plan"])?.expect_code(40)?;
    Ok(())
}

/// Without a delivery there is nothing to adopt.
#[test]
fn nothing_is_adopted_where_nothing_was_delivered() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.register(&town(Size::Xs, 31), None)?;
    let ended = tenant.on(DAY_1, &["adopt"])?.expect_code(2)?;
    ensure!(ended.err.contains("skolbro plan"), "{}", ended.err);
    tenant.on(DAY_1, &["plan"])?.expect_code(20)?;
    Ok(())
}

/// The older format tells less, and still nothing is deleted or made twice.
#[test]
fn a_delivery_in_the_older_format_is_adopted() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("deliver.folder", "format = \"v1\"\ndeliver.folder")?;
    tenant.register(&town(Size::Xs, 31), None)?;
    tenant.first_delivery()?;
    let tenant = without_memory(&tenant)?;
    let before = set(&tenant)?;
    tenant.on(DAY_1, &["adopt"])?.expect_code(0)?;
    let planned = tenant.on(DAY_1, &["plan"])?;
    if matches!(planned.code, 0 | 10) {
        return Ok(());
    }
    let plan = plan_id(&planned)?;
    ensure_no(&["delete", "archive", "remove"], &tenant, DAY_1, &plan)?;
    tenant.approved(DAY_1, &plan)?;
    ensure!(set(&tenant)? == before, "the same set");
    Ok(())
}

/// After a restore of an old backup, what was delivered since is read back.
#[test]
fn a_restored_memory_adopts_what_was_delivered_since() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 31);
    let tenant = Tenant::delivered_to(&town)?;
    tenant.run(&["backup", "a.backup"])?.expect_code(0)?;
    town.next_day();
    tenant.register(&town, None)?;
    let next = tenant.on(DAY_2, &["run", "--apply"])?;
    if next.code > 10 {
        tenant.approved(DAY_2, &plan_id(&tenant.on(DAY_2, &["plan"])?)?)?;
    }
    let tenant = without_memory(&tenant)?;
    tenant.run(&["restore", "a.backup"])?.expect_code(0)?;
    tenant.on(DAY_2, &["adopt"])?.expect_code(0)?;
    ensure_in_sync(&tenant.on(DAY_2, &["plan", "--exit-code", "--details"])?)?;
    Ok(())
}
