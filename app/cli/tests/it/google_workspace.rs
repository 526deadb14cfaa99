//! Google Workspace, the program as a process, against a simulated Google.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Size, Town};
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

/// Whether somebody sleeps, by address.
fn sleeps(google: &Running, email: &str) -> anyhow::Result<bool> {
    let state = google.state();
    let users = state["users"].as_array().context("users")?;
    let user = users.iter().find(|it| it["primaryEmail"] == email).context("the user")?;
    Ok(user["suspended"] == true)
}

/// The owner of a course that has another teacher, by address.
fn owner(google: &Running) -> anyhow::Result<String> {
    let state = google.state();
    let courses = state["courses"].as_array().context("courses")?;
    let has_more =
        |it: &&serde_json::Value| it["teachers"].as_array().is_some_and(|it| it.len() > 1);
    let course = courses.iter().find(has_more).context("a course with two teachers")?;
    Ok(course["owner"].as_str().context("an owner")?.to_owned())
}

/// How many courses somebody owns.
fn owned(google: &Running, email: &str) -> usize {
    let state = google.state();
    let courses = state["courses"].as_array().into_iter().flatten();
    courses.filter(|it| it["owner"] == email).count()
}

/// Somebody leaves; gives the address.
fn leaves(town: &mut Town, is: impl Fn(&Town, usize) -> bool) -> anyhow::Result<String> {
    let all = 0..town.persons.len();
    let at = all.into_iter().find(|at| is(town, *at)).context("such a person")?;
    let person = u32::try_from(at)?;
    town.enrolments.retain(|it| it.person != person);
    town.duties.retain(|it| it.person != person);
    town.memberships.retain(|it| it.person != person);
    town.teachers.retain(|it| it.person != person);
    Ok(town.persons[at].person.email.clone())
}

/// Calls to Classroom but for the one that asks whether it is open.
fn of_classroom(google: &Running) -> u64 {
    let calls = google.counts().calls;
    let of_classroom = calls.iter().filter(|((method, _), _)| method.starts_with("classroom."));
    let of = |is_list: bool| -> u64 {
        let such = of_classroom
            .clone()
            .filter(|((method, _), _)| is_list == method.ends_with("courses.list"));
        such.map(|(_, count)| *count).sum()
    };
    of(false) + of(true).saturating_sub(1)
}

/// K086: without Classroom's permissions accounts and groups are made, and the run says what is
/// missing, as a run that was made in part.
#[test]
fn k086_a_missing_permission_for_courses_stops_courses_alone() -> anyhow::Result<()> {
    let granted = [
        "admin.directory.user",
        "admin.directory.orgunit.readonly",
        "admin.directory.group",
        "apps.groups.settings",
    ];
    let google = google(|switches| switches.granted = Some(granted.map(str::to_owned).to_vec()))?;
    let tenant = tenant(&google, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(11)?;
    let line = "https://www.googleapis.com/auth/classroom.courses,https://www.googleapis.com/auth/classroom.rosters .";
    for says in
        ["klassrum lämnades som de är", "(klassrum i Classroom)", "admin.directory.user,", line]
    {
        ensure!(ended.out.contains(says), "{says}: {}", ended.text());
    }
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    ensure!(count(&google, "users") > 1 && count(&google, "groups") > 1);
    ensure!(count(&google, "courses") == 0 && of_classroom(&google) == 0);
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(11)?;
    ensure!(ended.out.contains("inget att göra"), "{}", ended.text());
    Ok(())
}

/// K086: courses that cannot be read are not gone: nothing of them is planned, nobody who owns
/// one is put to sleep, and all goes on when they are open again.
#[test]
fn k086_courses_that_are_closed_stay_as_they_are() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    let courses = google.state()["courses"].clone();

    let mut town = town(Size::Xs, 1);
    let of_course = owner(&google)?;
    let teacher = leaves(&mut town, |town, at| town.persons[at].person.email == of_course)?;
    let pupil = leaves(&mut town, |town, at| {
        let is_pupil = town.enrolments.iter().any(|it| it.person as usize == at);
        is_pupil && sleeps(&google, &town.persons[at].person.email).is_ok()
    })?;
    tenant.register(&town, None)?;
    let before = owned(&google, &teacher);
    google.trouble("not-configured@classroom.".parse()?);
    google.forget_counts();
    let ended = tenant.on(DAY_2, &["run", "--apply", "--verify"])?.expect_code(11)?;
    ensure!(ended.out.contains("Google Classroom API"), "{}", ended.text());
    ensure!(of_classroom(&google) == 0 && google.state()["courses"] == courses);
    ensure!(sleeps(&google, &pupil)? && !sleeps(&google, &teacher)?, "{}", ended.text());

    google.mend();
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(ended.code <= 10, "{}", ended.text());
    // Those that have another teacher.
    ensure!(owned(&google, &teacher) < before, "{}", ended.text());
    ensure!(sleeps(&google, &teacher)?);
    Ok(())
}

/// Calls about groups, and about courses.
fn of_kinds(google: &Running) -> [u64; 2] {
    let calls = google.counts().calls;
    let of = |begins: &[&str]| -> u64 {
        let is = |method: &str| begins.iter().any(|it| method.starts_with(it));
        calls.iter().filter(|((method, _), _)| is(method)).map(|(_, count)| *count).sum()
    };
    let groups = ["directory.groups.", "directory.members.", "groupsSettings."];
    [of(&groups), of(&["classroom."])]
}

/// K052: groups and courses are two switches, in all four combinations: what is on is made, and
/// what is off is not called.
#[test]
fn k052_groups_and_courses_are_switched_by_themselves() -> anyhow::Result<()> {
    for (groups, courses) in [(true, true), (true, false), (false, true), (false, false)] {
        let google = google(|_| ())?;
        let tenant = tenant(&google, &format!("groups = {groups}\nclassrooms = {courses}"))?;
        let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
        tenant.approved(DAY_1, &plan_id(&ended)?)?;
        let made = ["groups", "courses"].map(|list| count(&google, list) > 0);
        ensure!(made == [groups, courses], "{groups} {courses}: {made:?}");
        let called = of_kinds(&google).map(|count| count > 0);
        ensure!(called == [groups, courses], "{groups} {courses}: {called:?}");
        ensure!(count(&google, "users") > 1);
    }
    Ok(())
}

/// K052, K124: when groups and courses were made and are turned off, who is deleted is deleted
/// without a call about either.
#[test]
fn k052_who_is_deleted_is_taken_out_of_nothing_that_is_off() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    tenant.settings("domain = ", "groups = false\nclassrooms = false\ndomain = ")?;
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let ends = "\n[target.google.life_cycle.user]\nsuspend_after_days = 0\ndelete_after_days = 1\n";
    fs::write(tenant.path("skolbro.toml"), format!("{text}{ends}"))?;
    let mut town = town(Size::Xs, 1);
    let pupil = leaves(&mut town, |town, at| {
        let person = u32::try_from(at).unwrap_or(u32::MAX);
        town.memberships.iter().any(|it| it.person == person)
            && sleeps(&google, &town.persons[at].person.email).is_ok()
    })?;
    tenant.register(&town, None)?;
    google.forget_counts();
    let before = count(&google, "users");
    for day in [DAY_2, "2026-09-17", "2026-09-18", "2026-09-19"] {
        let ended = tenant.on(day, &["run", "--apply"])?;
        if ended.code == 20 || ended.code == 21 {
            tenant.approved(day, &plan_id(&ended)?)?;
        }
    }
    ensure!(count(&google, "users") == before - 1 && sleeps(&google, &pupil).is_err());
    ensure!(of_kinds(&google) == [0, 0], "{:?}", google.counts());
    Ok(())
}

/// K118: where another program makes the accounts, groups get those that are there; who has none
/// is told, and no account is made or changed.
#[test]
fn k118_who_has_no_account_is_left_out_of_groups() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "users = false\nclassrooms = false")?;
    let town = town(Size::Xs, 1);
    let name = serde_json::json!({ "givenName": "A", "familyName": "B" });
    let half = town.persons.iter().step_by(2).filter(|it| !it.person.email.is_empty());
    let users: Vec<_> = half
        .map(|it| serde_json::json!({ "primaryEmail": it.person.email, "name": name }))
        .collect();
    let state = serde_json::json!({ "users": users });
    google.fill(state.as_object().context("an object")?).map_err(anyhow::Error::msg)?;
    let before = google.state()["users"].clone();
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    ensure!(google.state()["users"] == before, "an account was made or changed");
    let state = google.state();
    let groups = state["groups"].as_array().context("groups")?;
    let members: usize =
        groups.iter().filter_map(|it| it["members"].as_array()).map(Vec::len).sum();
    ensure!(members > 0, "nobody is in a group");
    ensure!(ended.text().contains("T14"), "{}", ended.text());
    Ok(())
}

/// K129: the risk of one password for all is told by doctor and with each plan, and the password
/// is nowhere.
#[test]
fn k129_the_risk_of_one_password_is_told() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "password.standard = \"file:password\"")?;
    fs::write(tenant.path("password"), "Valkommen-2026\n")?;
    for command in [&["doctor"][..], &["plan"]] {
        let ended = tenant.on(DAY_1, command)?;
        ensure!(ended.out.contains("▲ target.google: password.standard: Alla nya konton"));
        ensure!(!ended.text().contains("Valkommen-2026"), "{}", ended.text());
    }
    Ok(())
}

/// K134: the plan shows where each account is put, and there it is put.
#[test]
fn k134_the_plan_shows_where_each_account_is_put() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "groups = false\nclassrooms = false")?;
    let shown = tenant.on(DAY_1, &["plan", "--details"])?;
    let planned = |unit: &str| {
        let is = |line: &&str| line.contains("användare") && line.contains(&format!("  {unit}  "));
        shown.out.lines().filter(is).count()
    };
    let planned = ["/Elever", "/Personal"].map(planned);
    tenant.approved(DAY_1, &plan_id(&shown)?)?;
    let state = google.state();
    let users = state["users"].as_array().context("users")?;
    let put = ["/Elever", "/Personal"]
        .map(|unit| users.iter().filter(|it| it["orgUnitPath"] == unit).count());
    ensure!(planned == put && put[0] > 1 && put[1] > 1, "{planned:?}, {put:?}");
    Ok(())
}

/// K125, K126: an address is the register's: who has none gets no account, under no name that we
/// make up, and that is told; a mapping that names no field of the register's is refused.
#[test]
fn k125_addresses_are_the_registers_alone() -> anyhow::Result<()> {
    let google = google(|_| ())?;
    let tenant = tenant(&google, "groups = false\nclassrooms = false")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    ensure!(ended.out.contains("saknar e-postadress (P06)"), "{}", ended.text());
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    let town = town(Size::Xs, 1);
    let known: BTreeSet<&str> = town.persons.iter().map(|it| it.person.email.as_str()).collect();
    let state = google.state();
    for user in state["users"].as_array().context("users")? {
        let email = user["primaryEmail"].as_str().context("an address")?;
        ensure!(email == ADMIN || known.contains(email), "{email} is made up");
    }
    let user = "[target.google.mapping.user]";
    tenant.settings(user, &format!("{user}\nprimaryEmail = \"{{{{ person.alias }}}}\""))?;
    let refused = tenant.run(&["validate"])?.expect_code(40)?;
    ensure!(refused.text().contains("Okänt fält"), "{}", refused.text());
    Ok(())
}
