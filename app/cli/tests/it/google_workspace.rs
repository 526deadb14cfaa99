//! Google Workspace, the program as a process, against a simulated Google.

use std::fs;

use anyhow::{Context as _, ensure};
use generate::Size;
use simulate::google::{Running, Switches, start};

use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};
use crate::vendor::nothing_to_do;

const ADMIN: &str = "admin@skola.example";

/// A customer with the two units that accounts are put in.
fn google(change: impl FnOnce(&mut Switches)) -> anyhow::Result<Running> {
    let units = ["/Elever", "/Personal"].map(str::to_owned).to_vec();
    let (domains, admins) = (vec!["skola.example".to_owned()], vec![ADMIN.to_owned()]);
    let mut switches = Switches { units, domains, admins, ..Switches::default() };
    change(&mut switches);
    Ok(start(switches)?)
}

/// A tenant whose one target is that customer.
fn tenant(google: &Running, more: &str) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    tenant.register(&town(Size::Xs, 1), None)?;
    google.write_key(&tenant.path("google.json"))?;
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let (before, _) = text.split_once("[target.").context("a target")?;
    let url = google.base_url();
    let target = format!(
        r#"[target.google.google_workspace]
key = "file:google.json"
subject = "{ADMIN}"
domain = "skola.example"
addresses = {{ directory = "{url}", classroom = "{url}", group_settings = "{url}" }}
quotas = {{ directory_a_minute = 1000000, users_a_second = 5000, classroom_a_minute = 1000000 }}
{more}

[target.google.mapping.user]
orgUnitPath = "{{{{ '/Elever' if person.role == 'pupil' else '/Personal' }}}}"

[target.google.mapping.group]
email = "{{{{ self.source_id | lower }}}}"
"#
    );
    fs::write(tenant.path("skolbro.toml"), format!("{before}{target}"))?;
    Ok(tenant)
}

fn count(google: &Running, list: &str) -> usize {
    google.state()[list].as_array().map_or(0, Vec::len)
}

/// K036, K118: a whole municipality is made once, and then there is nothing to do.
#[test]
fn k036_a_municipality_is_made_once() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    let approved = tenant.approved(DAY_1, &plan_id(&ended)?);
    approved.with_context(|| ended.text())?;
    for list in ["users", "groups", "courses"] {
        ensure!(count(&google, list) > 1, "no {list}");
    }
    let writes = || {
        let calls = google.counts().calls;
        let is_write =
            |method: &str| !["list", "get", "token"].iter().any(|word| method.ends_with(word));
        calls
            .iter()
            .filter(|((method, _), _)| is_write(method))
            .map(|(_, count)| *count)
            .sum::<u64>()
    };
    let before = writes();
    nothing_to_do(&tenant.on(DAY_1, &["run", "--apply"])?)?;
    nothing_to_do(&tenant.on(DAY_2, &["plan", "--verify"])?)?;
    ensure!(writes() == before, "something was written twice");
    Ok(())
}

/// K086, K092: doctor names each permission, and the one that is missing.
#[test]
fn k092_doctor_names_the_permission_that_is_missing() -> anyhow::Result<()> {
    let all = google(|_| ())?;
    let ended = tenant(&all, "")?.run(&["doctor"])?.expect_code(0)?;
    ensure!(ended.out.contains("✓ target.google: klassrum i Classroom"), "{}", ended.text());
    let granted =
        ["admin.directory.user", "admin.directory.orgunit.readonly", "admin.directory.group"];
    let some = google(|switches| switches.granted = Some(granted.map(str::to_owned).to_vec()))?;
    let ended = tenant(&some, "group_settings.set = false")?.run(&["doctor"])?.expect_code(32)?;
    ensure!(ended.out.contains("✓ target.google: grupper"), "{}", ended.text());
    ensure!(ended.out.contains("✕ target.google: klassrum"), "{}", ended.text());
    ensure!(ended.out.contains("Domänomfattande delegering"), "{}", ended.text());
    // K052: what is turned off needs none.
    let off = "group_settings.set = false\nclassrooms = false";
    tenant(&some, off)?.run(&["doctor"])?.expect_code(0)?;
    Ok(())
}
