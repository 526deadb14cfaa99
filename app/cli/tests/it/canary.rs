//! Whoever is protected is nowhere (requirements §6 no 1–5, design §10).

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use generate::{Canary, Human, Marking, Mishap, Size, Town};

use crate::support::opened::opened;
use crate::support::search::{Needles, identity_numbers};
use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};

/// Searches everything that was written or printed, and all that is sealed.
fn everything_found(tenant: &Tenant, needles: &Needles) -> anyhow::Result<BTreeSet<String>> {
    let mut places: Vec<(String, Vec<u8>)> = opened(tenant)?;
    ensure!(places.len() > 3, "the store holds snapshots, rows and plans");
    let files = tenant.written()?;
    ensure!(files.len() > 10, "files were delivered");
    for (path, bytes) in files {
        places.push((path.display().to_string(), path.display().to_string().into_bytes()));
        places.push((path.display().to_string(), bytes));
    }
    places.push(("what was printed".to_owned(), tenant.printed()));
    let mut found = BTreeSet::new();
    for (place, bytes) in places {
        found.extend(needles.found_in(&bytes).iter().map(|what| format!("{what} is in {place}")));
        let numbers = identity_numbers(&bytes);
        found.extend(numbers.iter().map(|number| format!("number {number} is in {place}")));
    }
    Ok(found)
}

pub(crate) fn ensure_nowhere(tenant: &Tenant, needles: &Needles) -> anyhow::Result<()> {
    let found = everything_found(tenant, needles)?;
    ensure!(found.is_empty(), "{}", found.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(())
}

fn canary(human: &Human) -> Canary {
    let it = &human.person;
    Canary {
        id: it.id.clone(),
        given_name: it.given_name.clone(),
        family_name: it.family_name.clone(),
        email: it.email.clone(),
        username: it.username.clone(),
        identity_number: it.identity_number.clone(),
    }
}

/// The protected, everybody's identity numbers.
pub(crate) fn needles_of(town: &Town) -> Needles {
    let mut needles = Needles::default();
    for protected in town.canaries() {
        needles.person(&protected);
    }
    for human in &town.persons {
        needles.identity_number(&human.person.identity_number);
    }
    needles
}

/// A second tenant, whose persons have names of their own.
fn neighbour() -> Town {
    let mut town = town(Size::Xs, 77);
    for (at, human) in town.persons.iter_mut().enumerate() {
        let letters: String =
            at.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        human.person.given_name = format!("Grannbarn{letters}q");
        human.person.family_name = format!("Grannsson{letters}q");
        human.person.username = format!("granne{at}q");
        human.person.email = format!("granne{at}q@granne.example");
    }
    town
}

/// Every command that tells something, in every way to tell it.
fn tell_all(tenant: &Tenant, day: &str, plan: &str, asked: &[String]) -> anyhow::Result<()> {
    for way in [&[][..], &["--json"], &["--log", "debug"], &["--lang", "en"]] {
        let say = |arguments: &[&str]| tenant.on(day, &[way, arguments].concat());
        for arguments in [
            &["status"][..],
            &["report", "quality"],
            &["report", "run"],
            &["report", "connectors"],
            &["doctor"],
            &["validate"],
            &["plan", "show", plan],
            &["plan", "show", plan, "--limit", "100000"],
            &["verify-audit"],
            &["plan", "--details"],
        ] {
            let ended = say(arguments)?;
            ensure!(ended.code != 1 && ended.code != 2, "{arguments:?}: {}", ended.text());
        }
        for asked in asked {
            say(&["explain", asked])?;
        }
    }
    Ok(())
}

/// K069, K009, K065, K066: the protected, everybody's identity numbers and the other tenant
/// appear in nothing that is written, printed or sealed, on ordinary and on bad days.
#[test]
fn the_protected_and_identity_numbers_and_other_tenants_are_nowhere() -> anyhow::Result<()> {
    let (mut ours, theirs) = (town(Size::Xs, 1), neighbour());
    let (tenant, other) = (Tenant::new()?, Tenant::new()?);
    tenant.register(&ours, None)?;
    other.register(&theirs, None)?;
    other.first_delivery()?;
    let canaries = ours.canaries();
    ensure!(canaries.len() >= 4, "there are protected persons");

    let plan = plan_id(&tenant.on(DAY_1, &["plan", "--details"])?.expect_code(20)?)?;
    let mut asked: Vec<String> = canaries.iter().map(|it| it.id.clone()).collect();
    // Only what the person who asks has typed may be known of: the answer repeats nothing.
    asked.extend(canaries.iter().map(|it| it.email.clone()));
    asked.extend(canaries.iter().map(|it| it.identity_number.clone()));
    asked.push("finns.inte@skola.example".to_owned());
    tell_all(&tenant, DAY_1, &plan, &asked)?;
    tenant.approved(DAY_1, &plan)?;

    ours.next_day();
    tenant.register(&ours, None)?;
    tenant.on(DAY_2, &["--log", "debug", "run", "--apply", "--details"])?;
    let mut needles = needles_of(&ours);
    for mishap in Mishap::ALL {
        tenant.register(&ours, Some(mishap))?;
        tenant.on(DAY_2, &["run", "--details"])?;
        tenant.on(DAY_2, &["--json", "--log", "debug", "run", "--details"])?;
    }
    tenant.register(&ours, None)?;
    let ended = tenant.on(DAY_2, &["plan"])?;
    let plan = plan_id(&ended).unwrap_or(plan);
    tell_all(&tenant, DAY_2, &plan, &asked)?;

    for human in &theirs.persons {
        needles.text(&human.person.given_name);
        needles.text(&human.person.email);
        needles.id(&human.person.id);
    }
    ensure_nowhere(&tenant, &needles)?;
    ensure_nowhere(&other, &needles_of(&theirs))
}

/// K069: the search would find somebody: those who are not protected are where they belong.
#[test]
fn the_search_finds_a_person_who_is_not_protected() -> anyhow::Result<()> {
    let town = town(Size::Xs, 1);
    let tenant = Tenant::delivered_to(&town)?;
    let seen = town.persons.iter().find(|it| it.marking == Marking::None).context("nobody")?;
    let mut needles = Needles::default();
    needles.text(&seen.person.email);
    needles.id(&seen.person.id);
    let found = everything_found(&tenant, &needles)?;
    for place in ["users.csv", "snapshot/roster", "written/sds", "plan "] {
        ensure!(found.iter().any(|it| it.contains(place)), "not in {place}: {found:?}");
    }
    Ok(())
}

/// A pupil who is delivered, and whose names are nobody else's.
fn delivered_pupil(town: &Town) -> anyhow::Result<usize> {
    let at = town
        .persons
        .iter()
        .position(|it| it.marking == Marking::None && it.person.given_name.starts_with("Hemlig"));
    at.context("nobody has names of their own")
}

/// K070: who was delivered and becomes protected is removed by id, without a reason, and
/// then nothing of ours names the person: delivered files, the generation before them,
/// snapshots, written rows, plans.
#[test]
fn who_becomes_protected_is_removed_by_id_and_then_nowhere() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 1);
    let at = delivered_pupil(&town)?;
    let person = canary(&town.persons[at]);
    let tenant = Tenant::delivered_to(&town)?;
    let mut needles = Needles::default();
    needles.person(&person);
    ensure!(!everything_found(&tenant, &needles)?.is_empty(), "was delivered");
    tenant.on(DAY_1, &["explain", &person.email])?;

    town.protect(at);
    tenant.register(&town, None)?;
    let before = tenant.printed().len();
    let held = tenant.on(DAY_2, &["plan", "--details"])?;
    let plan = plan_id(&held)?;
    tenant.on(DAY_2, &["plan", "show", &plan])?;
    tenant.on(DAY_2, &["explain", &person.email])?;
    for json in [&["--json"][..], &["--log", "debug"]] {
        tenant.on(DAY_2, &[json, &["plan", "show", &plan]].concat())?;
    }
    only_the_id(&tenant.printed()[before..], &person)?;
    ensure!(held.out.contains(&person.id[..8]), "the removal is shown by id:\n{}", held.out);
    for word in ["skydd", "sekretess", "protect", "secret"] {
        ensure!(!held.text().to_lowercase().contains(word), "a reason is told:\n{}", held.text());
    }
    if held.code == 0 {
        tenant.on(DAY_2, &["apply", &plan])?.expect_code(0)?;
    } else {
        tenant.approved(DAY_2, &plan)?;
    }
    let found = everything_found(&tenant, &needles)?;
    let found: Vec<_> = found.iter().filter(|it| !it.ends_with("what was printed")).collect();
    ensure!(found.is_empty(), "{found:#?}");
    tenant.on("2026-09-17", &["run", "--apply"])?;
    let again = tenant.on("2026-09-17", &["plan", "--details"])?;
    ensure!(!again.text().contains(&person.id[..8]), "{}", again.text());
    Ok(())
}

fn only_the_id(printed: &[u8], person: &Canary) -> anyhow::Result<()> {
    let mut needles = Needles::default();
    for text in [&person.given_name, &person.family_name, &person.email, &person.username] {
        needles.text(text);
    }
    needles.identity_number(&person.identity_number);
    let found = needles.found_in(printed);
    ensure!(found.is_empty(), "{found:?} was printed");
    Ok(())
}

/// Requirements §6 no 3: nobody can ask whether a person is protected.
#[test]
fn explain_answers_alike_for_the_protected_and_for_nobody() -> anyhow::Result<()> {
    let town = town(Size::S, 1);
    let tenant = Tenant::delivered_to(&town)?;
    let protected = town.canaries().into_iter().next().context("nobody")?;
    let nobody = "9b7c1f0e-1111-4222-8333-444455556666";
    for way in [&[][..], &["--json"], &["--lang", "en"]] {
        let asked = |who: &str| tenant.on(DAY_1, &[way, &["explain", who]].concat());
        let other = asked(nobody)?;
        for who in [&protected.id, &protected.email, &protected.username, &protected.given_name] {
            let answer = asked(who)?;
            ensure!(answer.code == other.code && answer.out == other.out, "{who}: {}", answer.out);
            ensure!(answer.err == other.err, "{who}: {}", answer.err);
        }
    }
    let (one, two) = (median(&tenant, &protected.id)?, median(&tenant, nobody)?);
    ensure!(one < two * 3 && two < one * 3, "{one:?} and {two:?}");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the time that the process takes is measured")]
fn median(tenant: &Tenant, who: &str) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        tenant.on(DAY_1, &["explain", who])?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

/// Removes every row that names one of these persons.
fn without(tenant: &Tenant, persons: &[Canary]) -> anyhow::Result<()> {
    for entry in fs::read_dir(tenant.path("in"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let mut kept = String::new();
        for line in text.lines().filter(|line| !persons.iter().any(|it| line.contains(&it.id))) {
            kept.push_str(line);
            kept.push('\n');
        }
        fs::write(&path, kept)?;
    }
    Ok(())
}

/// K069: no count says how many are protected: with and without them in the register,
/// everything printed and delivered is the same.
#[test]
fn nothing_printed_or_delivered_depends_on_the_protected() -> anyhow::Result<()> {
    let town = town(Size::Xs, 1);
    let (with, less) = (Tenant::new()?, Tenant::new()?);
    fs::copy(with.path("skolbro.key"), less.path("skolbro.key"))?;
    with.register(&town, None)?;
    less.register(&town, None)?;
    without(&less, &town.canaries())?;
    let plan = plan_id(&with.on(DAY_1, &["plan"])?)?;
    less.on(DAY_1, &["plan"])?;
    for arguments in [
        &["plan", "--details"][..],
        &["--json", "plan"],
        &["--lang", "en", "plan"],
        &["approve", &plan, "--comment", "Stämmer."],
        &["apply", &plan],
        &["report", "quality"],
        &["--json", "report", "quality"],
        &["report", "run"],
        &["--json", "status"],
        &["doctor"],
    ] {
        let (one, two) = (with.on(DAY_1, arguments)?, less.on(DAY_1, arguments)?);
        ensure!(
            one.code == two.code && one.out == two.out,
            "{arguments:?}\n{}\n{}",
            one.out,
            two.out
        );
    }
    let relative = |tenant: &Tenant| -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(tenant.delivered()?.into_values().collect())
    };
    ensure!(relative(&with)? == relative(&less)?, "the delivered files differ");
    Ok(())
}
