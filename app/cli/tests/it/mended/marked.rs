//! Protection that comes, goes or returns (K069, K070).

use anyhow::{Context as _, ensure};
use generate::{Day, Human, Mishap, Size, Town};

use super::{
    DAY_3, DAY_4, clean_town, edited, ensure_done, file, last_plan, line, name, other_id, pupils,
};
use crate::support::opened::opened;
use crate::support::search::Needles;
use crate::support::{DAY_2, Ended, Tenant, plan_id, town};

/// What names a person, besides ids.
fn strings_of(human: &Human) -> Needles {
    let mut needles = Needles::default();
    let person = &human.person;
    for text in [&person.given_name, &person.family_name, &person.email, &person.username] {
        needles.text(text);
    }
    needles.identity_number(&person.identity_number);
    needles
}

/// Where any of it is kept: in the clear, in files of ours, or sealed.
fn kept(tenant: &Tenant, needles: &Needles) -> anyhow::Result<Vec<String>> {
    let mut places = opened(tenant)?;
    for (path, bytes) in tenant.written()? {
        places.push((path.display().to_string(), bytes));
    }
    let mut found = Vec::new();
    for (place, bytes) in places {
        found.extend(needles.found_in(&bytes).iter().map(|what| format!("{what} is in {place}")));
    }
    Ok(found)
}

fn ensure_nowhere(tenant: &Tenant, needles: &Needles) -> anyhow::Result<()> {
    let found = kept(tenant, needles)?;
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// No word says why somebody is removed.
fn ensure_no_reason(ended: &Ended) -> anyhow::Result<()> {
    let text = ended.text().to_lowercase();
    for word in ["skydd", "sekretess", "protect", "secret", "orsak"] {
        ensure!(!text.contains(word), "a reason is told:\n{text}");
    }
    Ok(())
}

/// A tenant with two deliveries behind it, so that every generation of everything is there,
/// and a pupil with names of the pupil's own.
fn lived_in() -> anyhow::Result<(Tenant, Town, usize)> {
    let mut town = clean_town(Size::Xs);
    let at = pupils(&town)[3];
    name(&mut town, at);
    let tenant = Tenant::delivered_to(&town)?;
    let other = pupils(&town)[5];
    "ny.adress@skola.example".clone_into(&mut town.persons[other].person.email);
    tenant.register(&town, None)?;
    tenant.on(DAY_2, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))?;
    let found = kept(&tenant, &strings_of(&town.persons[at]))?;
    for place in
        ["out/sds/", "sds.previous/", "snapshot/roster 1", "snapshot/roster 2", "written/sds"]
    {
        ensure!(found.iter().any(|it| it.contains(place)), "not in {place}: {found:#?}");
    }
    Ok((tenant, town, at))
}

/// Applies what there is, with an approval where one is needed.
fn carried_out(tenant: &Tenant, day: &str) -> anyhow::Result<Ended> {
    let ended = tenant.on(day, &["run", "--apply", "--details"])?;
    if !matches!(ended.code, 0 | 10) {
        tenant.approved(day, &last_plan(&ended)?)?;
    }
    Ok(ended)
}

/// K069: a marking column that was emptied lets nobody out; a person may say that it is right.
#[test]
fn an_emptied_marking_column_stops_everything() -> anyhow::Result<()> {
    let town = town(Size::Xs, 1);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    ensure!(town.canaries().len() >= 4, "somebody is protected");
    for nothing in ["", "Ingen"] {
        tenant.register(&town, None)?;
        edited(&tenant.path("in/persons.csv"), |text| {
            [",Sekretessmarkering,", ",Skyddad folkbokföring,", ",Ingen,"]
                .iter()
                .fold(text.to_owned(), |text, word| text.replace(word, &format!(",{nothing},")))
        })?;
        let stopped = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(60)?;
        ensure!(stopped.err.contains("approve source:"), "{}", stopped.err);
        ensure!(tenant.delivered()? == before, "something was delivered");
        for canary in town.canaries() {
            ensure!(!stopped.text().contains(&canary.id[..8]), "{}", stopped.text());
        }
        tenant.on(DAY_2, &["run", "--apply"])?.expect_code(60)?;
    }
    let stopped = tenant.on(DAY_2, &["plan"])?.expect_code(60)?;
    let accepted = stopped.err.split("approve ").nth(1).context("an approval")?;
    let accepted = accepted.split(' ').next().context("a source")?;
    tenant.on(DAY_2, &["approve", accepted, "--comment", "Stämmer."])?.expect_code(0)?;
    let goes_on = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure_done(&goes_on)?;
    let users = file(&tenant, "users.csv")?;
    ensure!(town.canaries().iter().any(|it| users.contains(&it.id)), "nobody came in");
    tenant.on(DAY_3, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// K069, K070: a guard that stops the whole export does not keep anybody from being forgotten.
#[test]
fn who_becomes_protected_in_a_stopped_export_is_forgotten() -> anyhow::Result<()> {
    let (tenant, mut town, at) = lived_in()?;
    let needles = strings_of(&town.persons[at]);
    town.protect(at);
    tenant.register(&town, Some(Mishap::TruncatedRows))?;
    let stopped = tenant.on(DAY_3, &["run", "--apply"])?.expect_code(21)?;
    ensure!(stopped.text().contains("approve source:"), "{}", stopped.text());
    ensure!(tenant.path("out/sds.previous").is_dir(), "there is a generation before");
    ensure_nowhere(&tenant, &needles)?;
    tenant.register(&town, None)?;
    carried_out(&tenant, DAY_3)?;
    ensure_nowhere(&tenant, &needles)
}

/// K070: an id that changes in the very night of the marking hides nobody from it.
#[test]
fn who_changes_id_with_the_marking_is_forgotten() -> anyhow::Result<()> {
    let (tenant, mut town, at) = lived_in()?;
    let mut needles = strings_of(&town.persons[at]);
    let old = town.persons[at].person.id.clone();
    town.persons[at].person.id = other_id(&old, 'd');
    town.protect(at);
    tenant.register(&town, None)?;
    let planned = tenant.on(DAY_3, &["plan", "--details"])?;
    ensure_nowhere(&tenant, &needles)?;
    ensure!(planned.out.contains(&old[..8]), "the removal is shown by id:\n{}", planned.out);
    ensure_no_reason(&planned)?;
    if matches!(planned.code, 0 | 10) {
        tenant.on(DAY_3, &["apply", &plan_id(&planned)?])?.expect_code(0)?;
    } else {
        tenant.approved(DAY_3, &plan_id(&planned)?)?;
    }
    needles.id(&old);
    needles.id(&town.persons[at].person.id);
    ensure_nowhere(&tenant, &needles)?;
    tenant.on(DAY_4, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// K074: somebody else's protection does not lose what finds a pupil with a new id again.
#[test]
fn who_changes_id_while_another_becomes_protected_is_linked() -> anyhow::Result<()> {
    let (tenant, mut town, hidden) = lived_in()?;
    let needles = strings_of(&town.persons[hidden]);
    let moved = pupils(&town)[8];
    let old = town.persons[moved].person.id.clone();
    let before = line(&tenant, "users.csv", &old)?.context("the pupil was delivered")?;
    let new = other_id(&old, 'e');
    town.persons[moved].person.id.clone_from(&new);
    town.protect(hidden);
    tenant.register(&town, None)?;
    let held = tenant.on(DAY_3, &["run", "--apply", "--details"])?;
    ensure!(matches!(held.code, 20 | 21), "exit code {}:\n{}", held.code, held.text());
    let mut linked = 0;
    for told in held.out.lines() {
        let speaks = told.contains(&new[..8]) || told.contains(&old[..8]);
        linked += usize::from(speaks && told.contains("koppla") && told.contains("användare"));
        ensure!(!speaks || told.contains("koppla"), "not linked: {told}");
    }
    ensure!(linked > 0, "nobody is linked:\n{}", held.out);
    ensure!(line(&tenant, "users.csv", &old)? == Some(before.clone()), "the pupil was touched");
    tenant.approved(DAY_3, &last_plan(&held)?)?;
    ensure!(line(&tenant, "users.csv", &old)? == Some(before), "another account");
    ensure!(line(&tenant, "users.csv", &new)?.is_none(), "an account was made");
    ensure_nowhere(&tenant, &needles)?;
    tenant.on(DAY_4, &["run", "--apply"]).and_then(|ended| ensure_done(&ended))
}

/// K070: who left, and returns protected, is not remembered from the time before.
#[test]
fn who_left_and_returns_protected_is_forgotten() -> anyhow::Result<()> {
    let (tenant, mut town, at) = lived_in()?;
    let needles = strings_of(&town.persons[at]);
    let whole = town.clone();
    let person = u32::try_from(at)?;
    town.enrolments.retain(|it| it.person != person);
    town.memberships.retain(|it| it.person != person);
    town.persons[at].left = Some(Day::new(2026, 9, 10));
    tenant.register(&town, None)?;
    carried_out(&tenant, DAY_3)?;
    let gone = line(&tenant, "users.csv", &town.persons[at].person.email)?;
    ensure!(gone.is_none(), "the pupil has left: {gone:?}");
    ensure!(!kept(&tenant, &needles)?.is_empty(), "what was kept names the pupil");

    town = whole;
    town.protect(at);
    tenant.register(&town, None)?;
    let returned = carried_out(&tenant, DAY_4)?;
    let shown = returned.text();
    ensure!(!shown.contains(&town.persons[at].person.family_name), "{shown}");
    ensure_nowhere(&tenant, &needles)
}
