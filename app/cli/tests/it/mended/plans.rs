//! Plans that people can act on: lost schools, parts, rehearsals, what is held.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Day, Mishap, Size, Town};

use super::{DAY_3, DAY_4, clean_town, edited, ensure_done, file, last_plan, line, pupils};
use crate::support::{DAY_1, DAY_2, Tenant, plan_id};

/// Those who also are at another school than the first.
fn at_other_schools(town: &Town) -> BTreeSet<u32> {
    let pupils = town.enrolments.iter().map(|it| (it.person, it.school));
    let all = pupils.chain(town.duties.iter().map(|it| (it.person, it.school)));
    all.filter(|(_, school)| *school != 0).map(|(person, _)| person).collect()
}

/// Makes the first school small: losing a sixth of everything is another guard's matter.
fn shrunk(town: &mut Town) {
    let is_left = |number: u32| number.is_multiple_of(6);
    let (mut groups, mut persons) = (BTreeSet::new(), BTreeSet::new());
    for (at, group) in (0_u32..).zip(&mut town.groups) {
        if group.school == 0 && !is_left(at) {
            (group.validity.start, group.validity.end) =
                (Day::new(2025, 8, 18), Some(Day::new(2026, 6, 12)));
            groups.insert(at);
        }
    }
    let elsewhere = at_other_schools(town);
    let at_school = town.enrolments.iter().map(|it| (it.person, it.school));
    for (person, school) in at_school.chain(town.duties.iter().map(|it| (it.person, it.school))) {
        if school == 0 && (!is_left(person) || elsewhere.contains(&person)) {
            persons.insert(person);
        }
    }
    town.enrolments.retain(|it| it.school != 0 || !persons.contains(&it.person));
    town.duties.retain(|it| it.school != 0 || !persons.contains(&it.person));
    for rows in [&mut town.memberships, &mut town.teachers] {
        rows.retain(|it| !groups.contains(&it.group) && !persons.contains(&it.person));
    }
}

/// A municipality of six schools, the first of which is small and then lost.
fn lost_school(tenant: &Tenant) -> anyhow::Result<Town> {
    let mut town = clean_town(Size::S);
    shrunk(&mut town);
    tenant.register(&town, None)?;
    tenant.first_delivery()?;
    tenant.register(&town, Some(Mishap::SchoolEmpty))?;
    Ok(town)
}

/// Three nights of a lost school; the plan of the last.
fn three_nights(tenant: &Tenant, school: &str) -> anyhow::Result<String> {
    let before = tenant.delivered()?;
    let mut plan = String::new();
    for day in [DAY_2, DAY_3, DAY_4] {
        let held = tenant.on(day, &["run", "--apply"])?.expect_code(21)?;
        ensure!(held.text().contains(school), "{school} is not named:\n{}", held.text());
        ensure!(tenant.delivered()? == before, "something was delivered:\n{}", held.text());
        plan = last_plan(&held)?;
    }
    Ok(plan)
}

/// The plan is approved for the school and carried out; the next night is an ordinary one.
fn accepted(tenant: &Tenant, plan: &str, school: &str) -> anyhow::Result<()> {
    tenant.on(DAY_4, &["approve", plan, "--school", school, "-m", "Nedlagd."])?.expect_code(0)?;
    tenant.on(DAY_4, &["apply", plan]).and_then(|ended| ensure_done(&ended))?;
    tenant.on("2026-09-19", &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// K210, K219: a school that is lost is told of every night, and a person can say, however
/// late, that it is closed. An approval of another school says nothing of it.
#[test]
fn a_lost_school_is_told_every_night_until_somebody_accepts_it() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let town = lost_school(&tenant)?;
    let (school, other) = (&town.schools[0], &town.schools[1].name);
    let plan = three_nights(&tenant, &school.name)?;
    tenant.on(DAY_4, &["approve", &plan, "--school", other, "-m", "Fel skola."])?.expect_code(0)?;
    tenant.on(DAY_4, &["run", "--apply"])?.expect_code(21)?;
    accepted(&tenant, &plan, &school.name)?;
    ensure!(!file(&tenant, "roles.csv")?.contains(&school.id), "the school's roles are left");
    Ok(())
}

/// K210, K219: the same when the receiver has nothing of the school, so that there is
/// nothing to do at all.
#[test]
fn a_lost_school_that_is_delivered_nowhere_is_told_too() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("# schools = [\"99999901\"]", "schools = [\"99999901\"]")?;
    let school = lost_school(&tenant)?.schools[0].name.clone();
    let plan = three_nights(&tenant, &school)?;
    accepted(&tenant, &plan, &school)
}

/// K210: a pupil at a lost school and at another is not changed at the other either.
#[test]
fn a_lost_school_changes_nobody_at_another_school() -> anyhow::Result<()> {
    let mut town = clean_town(Size::S);
    shrunk(&mut town);
    let mut both = *town.enrolments.iter().find(|it| it.school == 0).context("a pupil")?;
    (both.school, both.number) = (1, both.number + 9_000_000);
    both.validity.start = Day::new(2026, 8, 18);
    town.enrolments.push(both);
    let tenant = Tenant::delivered_to(&town)?;
    tenant.register(&town, Some(Mishap::SchoolEmpty))?;
    three_nights(&tenant, &town.schools[0].name)?;
    Ok(())
}

/// The values of one column of a delivered file.
fn column(tenant: &Tenant, name: &str, column: &str) -> anyhow::Result<BTreeSet<String>> {
    let text = file(tenant, name)?;
    let mut lines = text.lines();
    let head = lines.next().context("a header")?;
    let at = head.split(',').position(|it| it == column).context("no such column")?;
    Ok(lines.filter_map(|line| line.split(',').nth(at)).map(str::to_owned).collect())
}

/// A first plan may be approved school by school, and what is delivered then is whole.
#[test]
fn one_school_of_the_first_plan_is_delivered_whole() -> anyhow::Result<()> {
    let town = clean_town(Size::Xs);
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    let plan = plan_id(&tenant.on(DAY_1, &["plan"])?.expect_code(20)?)?;
    let (school, other) = (&town.schools[0], &town.schools[1]);
    tenant
        .on(DAY_1, &["approve", &plan, "--school", &school.name, "-m", "Pilot."])?
        .expect_code(0)?;
    let part = tenant.on(DAY_1, &["apply", &plan])?;
    ensure!(matches!(part.code, 0 | 10 | 20 | 21), "{}: {}", part.code, part.text());

    let folder = tenant.path("out/sds");
    let format = targets_files::school_data_sync::Format::V2_1;
    let breaches = targets_files::school_data_sync::check(&folder, format, &[])?;
    ensure!(breaches.is_empty(), "{breaches:?}");
    ensure!(connect::files::check(&folder)?, "not what the manifest says");
    let orgs = column(&tenant, "orgs.csv", "sourcedId")?;
    ensure!(orgs == BTreeSet::from([school.id.clone(), town.owner()]), "{orgs:?}");
    for name in ["users.csv", "roles.csv", "classes.csv", "enrollments.csv"] {
        ensure!(file(&tenant, name)?.lines().count() > 10, "{name} is nearly empty");
        ensure!(!file(&tenant, name)?.contains(&other.id), "{name} names the other school");
    }
    let users = column(&tenant, "users.csv", "sourcedId")?;
    ensure!(users == column(&tenant, "roles.csv", "userSourcedId")?, "users without roles");
    let classes = column(&tenant, "classes.csv", "sourcedId")?;
    ensure!(column(&tenant, "enrollments.csv", "userSourcedId")?.is_subset(&users), "users lack");
    ensure!(column(&tenant, "enrollments.csv", "classSourcedId")?.is_subset(&classes), "classes");
    let theirs = |at: &u32| town.schools[*at as usize].id == school.id;
    let groups = town.groups.iter().filter(|it| theirs(&it.school)).map(|it| it.id.clone());
    ensure!(classes == groups.collect(), "other classes than the school's");
    let at_school = town.enrolments.iter().filter(|it| theirs(&it.school));
    let mut delivered = 0;
    for pupil in at_school.map(|it| &town.persons[it.person as usize]) {
        delivered += usize::from(users.contains(&pupil.person.id));
    }
    ensure!(delivered > 50, "{delivered} of the school's pupils");
    let foreign = town.enrolments.iter().filter(|it| !theirs(&it.school));
    for pupil in foreign.map(|it| &town.persons[it.person as usize].person.id) {
        let here = town
            .enrolments
            .iter()
            .any(|it| theirs(&it.school) && &town.persons[it.person as usize].person.id == pupil);
        ensure!(here || !users.contains(pupil), "a pupil of the other school is delivered");
    }
    Ok(())
}

/// A plan made for a day that has not come is for looking at.
#[test]
fn a_rehearsed_plan_cannot_be_carried_out() -> anyhow::Result<()> {
    let mut town = clean_town(Size::Xs);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    let changed = pupils(&town)[0];
    "ny.adress@skola.example".clone_into(&mut town.persons[changed].person.email);
    tenant.register(&town, None)?;
    let plan = plan_id(&tenant.on("2027-01-15", &["plan"])?)?;
    let refused = tenant.on(DAY_2, &["apply", &plan])?.expect_code(22)?;
    ensure!(refused.err.contains("kan bara visas"), "{}", refused.err);
    let refused = tenant.on(DAY_2, &["--lang", "en", "apply", &plan])?.expect_code(22)?;
    ensure!(refused.err.contains("only be shown"), "{}", refused.err);
    ensure!(tenant.delivered()? == before, "something was delivered");
    tenant.on(DAY_2, &["plan", "show", &plan])?.expect_code(0)?;
    let refused = tenant.run(&["--today", "2027-01-15", "approve", &plan, "-m", "Stämmer."])?;
    ensure!(refused.code == 22 && refused.err.contains("kan bara visas"), "{}", refused.text());
    tenant.on(DAY_2, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// Nor does it take the place of the plan that stands: in `status`, in `explain`, or by making
/// it out of date.
#[test]
fn a_rehearsed_plan_takes_nobodys_place() -> anyhow::Result<()> {
    let mut town = clean_town(Size::Xs);
    let tenant = Tenant::delivered_to(&town)?;
    let left = pupils(&town)[4];
    let person = u32::try_from(left)?;
    town.enrolments.retain(|it| it.person != person);
    town.memberships.retain(|it| it.person != person);
    tenant.register(&town, None)?;
    let plan = plan_id(&tenant.on(DAY_2, &["run", "--apply"])?)?;
    let rehearsed = plan_id(&tenant.on("2027-01-15", &["plan"])?)?;
    ensure!(rehearsed != plan, "the rehearsal has an id of its own");
    let status = tenant.on(DAY_2, &["status"])?.expect_code(0)?;
    ensure!(status.out.contains(&plan[..8]), "{}", status.out);
    ensure!(!status.out.contains(&rehearsed[..8]), "{}", status.out);
    tenant.approved(DAY_2, &plan)
}

/// A plan that was approved and still is what a run would plan is carried out by the next run.
/// Where it is not, the run says that the approval fell away, and why.
#[test]
fn an_approved_plan_is_taken_up_by_the_next_run_or_its_fall_is_told() -> anyhow::Result<()> {
    let mut town = clean_town(Size::Xs);
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    let clock = tenant.run(&["run", "--apply"])?.expect_code(20)?;
    let plan = plan_id(&clock)?;
    tenant.run(&["approve", &plan, "-m", "Stämmer."])?.expect_code(0)?;
    let shown = tenant.run(&["plan"])?;
    ensure!(shown.out.contains("är godkänd sedan tidigare"), "{}", shown.text());
    ensure!(plan_id(&shown)? == plan, "the same plan stands: {}", shown.text());

    let changed = pupils(&town)[0];
    "ny.adress@skola.example".clone_into(&mut town.persons[changed].person.email);
    tenant.register(&town, None)?;
    let fell = tenant.run(&["run", "--apply"])?.expect_code(20)?;
    ensure!(fell.out.contains("gäller inte längre: registret säger"), "{}", fell.text());
    let plan = plan_id(&fell)?;
    tenant.run(&["approve", &plan, "-m", "Stämmer."])?.expect_code(0)?;
    let done = tenant.run(&["run", "--apply"])?;
    ensure!(matches!(done.code, 0 | 10), "{}: {}", done.code, done.text());
    ensure!(done.out.contains("gäller fortfarande och utförs"), "{}", done.text());
    ensure!(line(&tenant, "users.csv", "ny.adress@")?.is_some(), "it is delivered");
    Ok(())
}

/// What `run --apply` holds can be approved and carried out by the id that it names last.
#[test]
fn what_a_run_holds_can_be_approved_and_carried_out() -> anyhow::Result<()> {
    let mut town = clean_town(Size::Xs);
    let tenant = Tenant::delivered_to(&town)?;
    let (changed, left) = (pupils(&town)[0], pupils(&town)[4]);
    "ny.adress@skola.example".clone_into(&mut town.persons[changed].person.email);
    let person = u32::try_from(left)?;
    town.enrolments.retain(|it| it.person != person);
    town.memberships.retain(|it| it.person != person);
    town.persons[left].left = Some(Day::new(2026, 9, 10));
    tenant.register(&town, None)?;
    let ran = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(matches!(ran.code, 20 | 21), "{}: {}", ran.code, ran.text());
    ensure!(line(&tenant, "users.csv", "ny.adress@")?.is_some(), "what is free is done");
    let id = town.persons[left].person.id.clone();
    ensure!(line(&tenant, "users.csv", &id)?.is_some(), "the first removal waits");
    let said = ran.text();
    let named = said.rsplit("approve ").next().and_then(|it| it.split(' ').next());
    let named = named.context("an approval is asked for")?;
    ensure!(*named == last_plan(&ran)?, "{named} is not the last plan:\n{said}");
    tenant.on(DAY_2, &["approve", named, "--comment", "Stämmer."])?.expect_code(0)?;
    tenant.on(DAY_2, &["apply", named])?.expect_code(0)?;
    ensure!(line(&tenant, "users.csv", &id)?.is_none(), "the removal is done");
    tenant.on(DAY_3, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// The first `count` rows of a file end before they begin.
fn reversed(tenant: &Tenant, name: &str, count: usize) -> anyhow::Result<()> {
    edited(&tenant.path("in").join(name), |text| {
        let turned = |(at, line): (usize, &str)| match line.rsplit_once(',') {
            Some((rest, _)) if (1..=count).contains(&at) => format!("{rest},2025-01-01\n"),
            Some(_) | None => format!("{line}\n"),
        };
        text.lines().enumerate().map(turned).collect()
    })
}

/// D08: rows that cannot be right are told of, and remove and change nobody unapproved.
#[test]
fn reversed_dates_and_double_ids_change_nobody() -> anyhow::Result<()> {
    let town = clean_town(Size::Xs);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    let nothing = |what: &str| -> anyhow::Result<()> {
        let ended = tenant.on(DAY_2, &["run", "--apply"])?;
        ensure!(ended.code == 10, "{what}: {}: {}", ended.code, ended.text());
        ensure!(tenant.delivered()? == before, "{what}: something was delivered");
        Ok(())
    };
    tenant.register(&town, None)?;
    reversed(&tenant, "enrolments.csv", 3)?;
    nothing("3 enrolments")?;
    tenant.register(&town, None)?;
    reversed(&tenant, "memberships.csv", 300)?;
    nothing("300 memberships")?;
    tenant.register(&town, None)?;
    let (one, two) = (pupils(&town)[0], pupils(&town)[1]);
    let (one, two) = (&town.persons[one].person.id, &town.persons[two].person.id);
    for head in [true, false] {
        tenant.register(&town, None)?;
        let path = tenant.path("in/persons.csv");
        let text = fs::read_to_string(&path)?;
        let (first, rest) = text.split_once('\n').context("a header")?;
        let row = rest.lines().find(|line| line.starts_with(two.as_str())).context("a row")?;
        let double = row.replace(two.as_str(), one);
        let text =
            if head { format!("{first}\n{double}\n{rest}") } else { format!("{text}{double}\n") };
        fs::write(&path, text)?;
        nothing("a double id")?;
    }
    tenant.register(&town, None)?;
    tenant.on(DAY_3, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))?;
    ensure!(tenant.delivered()? == before, "the mended register changes nothing");
    Ok(())
}
