//! OneRoster packages of whole municipalities, day after day, through the whole program.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Marking, Size, Town};
use testkit::oneroster::{Package, Spec, Total, diagnose};

use crate::support::search::Needles;
use crate::support::{DAY_1, DAY_2, Ended, Tenant, plan_id, town};

/// A tenant with receivers of changes and of whole sets, in both versions.
pub(crate) fn tenant() -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    let mut text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    for (name, version, sends) in TARGETS {
        writeln!(
            text,
            "\n[target.{name}.oneroster_csv]\nversion = \"{version}\"\n\
             deliver = {{ folder = \"out/{name}\", sends = \"{sends}\", bulk_every_days = 100 }}"
        )?;
    }
    fs::write(tenant.path("skolbro.toml"), text)?;
    Ok(tenant)
}

pub(crate) const TARGETS: [(&str, &str, &str); 4] = [
    ("changes", "1.2", "delta"),
    ("whole", "1.2", "bulk"),
    ("changes_old", "1.1", "delta"),
    ("whole_old", "1.1", "bulk"),
];

/// What a receiver holds, and which packages it has taken in.
#[derive(Default)]
pub(crate) struct Receiver {
    pub(crate) total: Total,
    pub(crate) taken: Vec<String>,
}

impl Receiver {
    /// Takes in every package that is new; what is wrong with one is an error.
    pub(crate) fn fetch(
        &mut self,
        tenant: &Tenant,
        name: &str,
        version: &str,
    ) -> anyhow::Result<()> {
        for (path, bytes) in tenant.delivered()? {
            let file = path.display().to_string();
            let is_new = file.contains(&format!("/{name}/")) && !self.taken.contains(&file);
            if !is_new || path.extension().is_none_or(|it| it != "zip") {
                continue;
            }
            let package = Package::zip(&bytes).map_err(|it| anyhow::anyhow!("{file}: {}", it.0))?;
            if let Some(spec) = Spec::load(version) {
                let wrong = diagnose(&spec, &package, &self.total);
                ensure!(wrong.is_empty(), "{file}: {:#?}", &wrong[..wrong.len().min(5)]);
            } else {
                println!("skipped: no specifications beside the repository (SKOLBRO_SPECS)");
            }
            self.total.take(&package);
            self.taken.push(file);
        }
        Ok(())
    }
}

/// Runs one target on a day; what waits for a person is approved and carried out.
pub(crate) fn advance(tenant: &Tenant, day: &str, target: &str) -> anyhow::Result<Ended> {
    let ended = tenant.on(day, &["run", "--apply", "--target", target])?;
    ensure!([0, 10, 20, 21].contains(&ended.code), "{target} {day}: {}", ended.text());
    if ended.code >= 20 {
        tenant.approved(day, &plan_id(&ended)?)?;
    }
    Ok(ended)
}

/// Changes and whole sets in turn.
fn days_of(size: Size, days: u32, targets: &[(&str, &str, &str)]) -> anyhow::Result<()> {
    let tenant = tenant()?;
    let mut town = town(size, 5);
    let mut receivers: Vec<Receiver> = targets.iter().map(|_| Receiver::default()).collect();
    for day in 0..days {
        if day > 0 {
            town.next_day();
        }
        tenant.register(&town, None)?;
        for ((name, version, _), receiver) in targets.iter().zip(&mut receivers) {
            advance(&tenant, &format!("2026-09-{}", 15 + day), name)?;
            receiver.fetch(&tenant, name, version)?;
        }
        for pair in receivers.as_chunks::<2>().0 {
            ensure!(pair[0].total == pair[1].total, "day {day}: changes and whole sets differ");
        }
    }
    let [changes, whole, ..] = &receivers[..] else { anyhow::bail!("two receivers") };
    ensure!(changes.total.rows("users.csv") > 100 && changes.total.rows("enrollments.csv") > 100);
    ensure!(changes.taken.len() > 1, "something changed on the way");
    ensure!(changes.taken.iter().skip(1).all(|it| it.contains("-delta-")), "{:?}", changes.taken);
    ensure!(whole.taken.iter().all(|it| it.contains("-bulk-")), "{:?}", whole.taken);
    Ok(())
}

/// K037, K205: on every day of a generated municipality the changes that were sent make
/// the whole set of that day, in both versions, and every package keeps every rule.
#[test]
fn the_changes_of_a_very_small_municipality_make_its_whole_set() -> anyhow::Result<()> {
    days_of(Size::Xs, 4, &TARGETS)
}

/// K205: the same of a larger one.
#[test]
fn the_changes_of_a_small_municipality_make_its_whole_set() -> anyhow::Result<()> {
    days_of(Size::S, 2, &TARGETS[..2])
}

/// K037: the first package of a municipality of ordinary size keeps every rule. Larger ones:
/// `SKOLBRO_SIZES=L,XL cargo nextest run --release -p skolbro packages_of_every_size`.
#[test]
fn packages_of_every_size_keep_every_rule() -> anyhow::Result<()> {
    let sizes = std::env::var_os("SKOLBRO_SIZES").unwrap_or_else(|| "M".into());
    for name in sizes.to_string_lossy().split(',') {
        let is_named = |size: &Size| format!("{size:?}").eq_ignore_ascii_case(name);
        let sizes = [Size::Xs, Size::S, Size::M, Size::L, Size::Xl, Size::Xxl];
        let size = sizes.into_iter().find(is_named).with_context(|| name.to_owned())?;
        let tenant = tenant()?;
        tenant.register(&town(size, 5), None)?;
        let (target, version, _) = TARGETS[0];
        let mut receiver = Receiver::default();
        advance(&tenant, DAY_1, target)?;
        receiver.fetch(&tenant, target, version)?;
        let [users, places] = ["users.csv", "enrollments.csv"].map(|it| receiver.total.rows(it));
        println!("{name}: {users} users, {places} places in classes");
        ensure!(users > 300 && places > users, "{users} {places}");
    }
    Ok(())
}

/// K221: a run that is killed while it delivers is taken up by the next: one package of that
/// delivery, whole, and no other.
#[test]
fn a_killed_run_leaves_one_package_of_its_delivery() -> anyhow::Result<()> {
    let tenant = tenant()?;
    let mut town = town(Size::Xs, 5);
    tenant.register(&town, None)?;
    let mut receiver = Receiver::default();
    advance(&tenant, DAY_1, "changes")?;
    receiver.fetch(&tenant, "changes", "1.2")?;
    town.next_day();
    tenant.register(&town, None)?;
    for wait in [10_u64, 40, 80, 120, 200, 300] {
        let mut command =
            tenant.command(&["--today", DAY_2, "run", "--apply", "--target", "changes"]);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        #[expect(clippy::disallowed_methods, reason = "the process is killed after so long")]
        std::thread::sleep(std::time::Duration::from_millis(wait));
        child.kill()?;
        child.wait()?;
    }
    advance(&tenant, DAY_2, "changes")?;
    advance(&tenant, DAY_2, "whole")?;
    receiver.fetch(&tenant, "changes", "1.2")?;
    ensure!(receiver.taken.len() == 2, "{:?}", receiver.taken);
    let mut whole = Receiver::default();
    whole.fetch(&tenant, "whole", "1.2")?;
    ensure!(receiver.total == whole.total, "the changes make the whole set");
    Ok(())
}

/// K069, K070: who becomes protected is taken out of every package that is kept, and removed
/// by the id alone; nothing that is packed names the person.
#[test]
fn who_becomes_protected_is_in_no_kept_package() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 1);
    let hidden = |town: &Town| {
        let fits = |it: &generate::Human| {
            it.marking == Marking::None && it.person.given_name.starts_with("Hemlig")
        };
        town.persons.iter().position(fits)
    };
    let at = hidden(&town).context("nobody has names of their own")?;
    let person = town.persons[at].person.clone();
    let tenant = tenant()?;
    tenant.register(&town, None)?;
    for (name, ..) in TARGETS {
        advance(&tenant, DAY_1, name)?;
    }
    let mut needles = Needles::default();
    for text in [&person.given_name, &person.family_name, &person.email, &person.username] {
        needles.text(text);
    }
    ensure!(!packed(&tenant, &needles)?.is_empty(), "was delivered");
    town.protect(at);
    tenant.register(&town, None)?;
    tenant.on(DAY_2, &["plan", "--target", "changes"])?;
    ensure!(packed(&tenant, &needles)?.is_empty(), "{:?}", packed(&tenant, &needles)?);
    for (name, version, _) in TARGETS {
        advance(&tenant, DAY_2, name)?;
        Receiver::default().fetch(&tenant, name, version)?;
    }
    ensure!(packed(&tenant, &needles)?.is_empty(), "{:?}", packed(&tenant, &needles)?);
    let mut id = Needles::default();
    id.id(&person.id);
    let told = packed(&tenant, &id)?;
    let removals =
        told.iter().all(|line| line.contains("/changes") && line.contains(",tobedeleted,"));
    ensure!(!told.is_empty() && removals, "{told:?}");
    Ok(())
}

/// Lines of packages in which one of the needles is, with their place.
fn packed(tenant: &Tenant, needles: &Needles) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (path, bytes) in tenant.delivered()? {
        let Ok(package) = Package::zip(&bytes) else { continue };
        for (name, bytes) in package.files {
            for line in bytes.split(|byte| *byte == b'\n') {
                if !needles.found_in(line).is_empty() {
                    let line = String::from_utf8_lossy(line);
                    found.push(format!("{} {name}: {line}", path.display()));
                }
            }
        }
    }
    Ok(found)
}

/// K184: in test mode packages go beside, and the real folder is untouched; two receivers
/// never share a folder, and what cannot be set is told with its place.
#[test]
fn a_test_goes_beside_and_two_receivers_never_share_a_folder() -> anyhow::Result<()> {
    let tenant = tenant()?;
    tenant.register(&town(Size::Xs, 5), None)?;
    tenant.settings(
        "\n[target.whole.oneroster_csv]",
        "\n[target.whole]\nmode = \"test\"\n[target.whole.oneroster_csv]",
    )?;
    advance(&tenant, DAY_1, "whole")?;
    ensure!(tenant.path("out/whole-TEST").is_dir() && !tenant.path("out/whole").exists());
    tenant.on(DAY_1, &["doctor"])?.expect_code(0)?;
    let shown = tenant.on(DAY_1, &["report", "connectors"])?;
    ensure!(shown.out.contains("oneroster_csv") && shown.out.contains("academicSession"));
    tenant.settings("out/whole_old", "out/changes")?;
    let refused = tenant.on(DAY_1, &["validate"])?.expect_code(40)?;
    ensure!(
        refused.text().contains("target.whole_old.oneroster_csv.deliver.folder"),
        "{}",
        refused.text()
    );
    tenant.settings("sends = \"bulk\"", "sends = \"delta\", form = \"files\"")?;
    let refused = tenant.on(DAY_1, &["validate"])?.expect_code(40)?;
    ensure!(refused.text().contains("form = \"zip\""), "{}", refused.text());
    Ok(())
}
