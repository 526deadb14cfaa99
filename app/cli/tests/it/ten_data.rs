//! The ten data that a vendor gets by the profile `skolsynk`, each held against the register.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use generate::{Day, Municipality, Person, Quality, Settings, Size, Town};
use serde_json::Value;

use crate::support::search::{Needles, identity_numbers};
use crate::vendor::{held, receiver, tenant};

const SCHOOL: &str = "urn:scim:schemas:extension:sis:school:1.0:User";

/// What a vendor was sent of a town whose register has no mistakes.
struct Sent {
    all: Value,
    town: Town,
}

impl Sent {
    fn new() -> anyhow::Result<Self> {
        let settings = Settings { quality: Quality::Clean, ..Settings::default() };
        let town = Municipality::generate(Size::Xs, 1).on(Day::new(2026, 9, 15)).town(settings);
        let receiver = receiver()?;
        let tenant = tenant(&receiver, "profile = \"skolsynk\"")?;
        tenant.register(&town, None)?;
        tenant.first_delivery()?;
        Ok(Self { all: held(&receiver)?["kommunen"].clone(), town })
    }

    fn each(&self, kind: &str) -> anyhow::Result<&[Value]> {
        self.all[kind].as_array().map(Vec::as_slice).context("a list")
    }

    /// Objects by their id.
    fn by_id(&self, kind: &str) -> anyhow::Result<BTreeMap<&str, &Value>> {
        let named = |it| Ok((text(it, "externalId")?, it));
        self.each(kind)?.iter().map(named).collect()
    }

    /// Where somebody stands in the town, by user name, which is the address.
    fn places(&self) -> BTreeMap<&str, u32> {
        let persons = (0..).zip(&self.town.persons);
        persons.map(|(at, human)| (human.person.email.as_str(), at)).collect()
    }

    fn person(&self, at: u32) -> anyhow::Result<&Person> {
        let human = self.town.persons.get(usize::try_from(at)?).context("a person")?;
        Ok(&human.person)
    }

    fn code(&self, school: u32) -> anyhow::Result<&str> {
        Ok(&self.town.schools.get(usize::try_from(school)?).context("a school")?.code)
    }
}

fn text<'a>(object: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    object[name].as_str().with_context(|| format!("{name} in {object}"))
}

fn values(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(|it| it["value"].as_str())
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
}

/// K159, K160, K161: a school's id, name and code are sent as the register has them.
fn schools(sent: &Sent) -> anyhow::Result<()> {
    let units = sent.each("SchoolUnits")?;
    let known: BTreeSet<(&str, &str)> =
        sent.town.schools.iter().map(|it| (it.name.as_str(), it.code.as_str())).collect();
    ensure!(!units.is_empty(), "schools are sent");
    for unit in units {
        ensure!(is_uuid(text(unit, "externalId")?), "{unit}");
        let named = (text(unit, "displayName")?, text(unit, "schoolUnitCode")?);
        ensure!(known.contains(&named), "{unit}");
    }
    Ok(())
}

/// K162, K163, K164, K165: a user has an id that is no number, its user name, its address, and the
/// schools that it is enrolled at.
fn users(sent: &Sent) -> anyhow::Result<()> {
    let (places, units) = (sent.places(), sent.by_id("SchoolUnits")?);
    let mut enrolled = 0;
    for user in sent.each("Users")? {
        ensure!(is_uuid(text(user, "externalId")?), "{user}");
        let at = *places.get(text(user, "userName")?).context("a person of the register")?;
        let addresses: Vec<&str> = values(&user["emails"]).collect();
        ensure!(addresses == [sent.person(at)?.email.as_str()], "{user}");
        let enrolments = sent.town.enrolments.iter();
        let enrolments =
            enrolments.filter(|it| it.person == at && it.validity.holds(sent.town.today));
        let at_schools: BTreeSet<&str> =
            enrolments.map(|it| sent.code(it.school)).collect::<anyhow::Result<_>>()?;
        let mut told = BTreeSet::new();
        for id in values(&user[SCHOOL]["enrolments"]) {
            told.insert(text(units.get(id).context("a school that is sent")?, "schoolUnitCode")?);
        }
        ensure!(told == at_schools, "{told:?}, not {at_schools:?}: {user}");
        enrolled += told.len();
    }
    ensure!(enrolled > 100, "{enrolled} are enrolled");
    Ok(())
}

/// K166, K167, K168: a group has an id, its name, and those who are in it.
fn groups(sent: &Sent) -> anyhow::Result<()> {
    let (places, users) = (sent.places(), sent.by_id("Users")?);
    let mut members = 0;
    for group in sent.each("StudentGroups")? {
        ensure!(is_uuid(text(group, "externalId")?), "{group}");
        let name = text(group, "displayName")?;
        let mut told = BTreeSet::new();
        for id in values(&group["studentMemberships"]) {
            let user = users.get(id).context("a user that is sent")?;
            told.insert(*places.get(text(user, "userName")?).context("a person")?);
        }
        let in_group = |at: u32| -> BTreeSet<u32> {
            let all = sent.town.memberships.iter();
            all.filter(|it| it.group == at && it.validity.holds(sent.town.today))
                .map(|it| it.person)
                .collect()
        };
        let named = (0..).zip(&sent.town.groups).filter(|(_, it)| it.name == name);
        // Protected persons are in the register's group and in none of ours.
        let fits = |of: BTreeSet<u32>| {
            told.is_subset(&of) && of.difference(&told).all(|at| !is_sent(sent, *at))
        };
        ensure!(named.map(|(at, _)| in_group(at)).any(fits), "{group}");
        members += told.len();
    }
    ensure!(members > 100, "{members} are members");
    Ok(())
}

fn is_sent(sent: &Sent, at: u32) -> bool {
    let name = sent.person(at).map_or("", |it| &it.email);
    sent.all["Users"].to_string().contains(&format!("\"{name}\""))
}

/// K159, K160, K161, K162, K163, K164, K165, K166, K167, K168: each of the ten data is the
/// register's own, and what the register has besides (number, date of birth, sex) is not sent.
#[test]
fn each_of_the_ten_data_is_the_registers_and_nothing_else_is_sent() -> anyhow::Result<()> {
    let sent = Sent::new()?;
    schools(&sent)?;
    users(&sent)?;
    groups(&sent)?;
    let mut needles = Needles::default();
    for human in &sent.town.persons {
        needles.identity_number(&human.person.identity_number);
        needles.text(&human.person.birth_date);
    }
    needles.text("Kvinna");
    let bytes = sent.all.to_string().into_bytes();
    let found = needles.found_in(&bytes);
    ensure!(found.is_empty(), "{found:?}");
    ensure!(identity_numbers(&bytes).is_empty(), "a number is sent");
    Ok(())
}
