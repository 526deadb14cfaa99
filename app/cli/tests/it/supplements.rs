//! Supplements: what the register lacks is filled in from a directory or a file, the program
//! as a process.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Human, Marking, Size, Town};
use testkit::slapd::{Account, PASSWORD, PEOPLE, READER, Signed, Slapd};

use crate::support::opened::opened;
use crate::support::search::{Needles, identity_numbers};
use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};

/// A municipality whose register has neither addresses nor user names, and who has which.
fn bare_town() -> (Town, Vec<Human>) {
    let mut town = town(Size::Xs, 1);
    let known = town.persons.clone();
    for human in &mut town.persons {
        human.person.email.clear();
        human.person.username.clear();
    }
    (town, known)
}

fn is_open(human: &Human) -> bool {
    human.marking == Marking::None
}

/// Adds a supplement to the settings.
fn with_supplement(tenant: &Tenant, table: &str) -> anyhow::Result<()> {
    let path = tenant.path("skolbro.toml");
    let text = fs::read_to_string(&path)?;
    Ok(fs::write(path, format!("{text}\n{table}\n"))?)
}

/// The file that says who has which address, by number; `edit` may change a row.
fn write_mapping(
    tenant: &Tenant,
    known: &[Human],
    edit: &dyn Fn(usize, &mut String),
) -> anyhow::Result<()> {
    let mut text = String::from("Personnummer;E-post;Konto\n");
    for (at, human) in known.iter().enumerate() {
        let person = &human.person;
        let number = &person.identity_number;
        let mut row = String::new();
        writeln!(row, "{}-{};{};{}", &number[2..8], &number[8..], person.email, person.username)?;
        edit(at, &mut row);
        text.push_str(&row);
    }
    Ok(fs::write(tenant.path("in/mappning.csv"), text)?)
}

const FILE: &str = "[supplement.fil.mapping_file]\nfile = \"in/mappning.csv\"\n\
    match = { personnummer = \"Personnummer\" }\nfill = { email = \"E-post\", username = \"Konto\" }";

/// A tenant whose addresses come from a file, delivered to on the first day.
fn delivered(known: &[Human], town: &Town) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    tenant.register(town, None)?;
    with_supplement(&tenant, FILE)?;
    write_mapping(&tenant, known, &|_, _| {})?;
    tenant.first_delivery()?;
    Ok(tenant)
}

/// The delivered file of users, in one text.
fn users(tenant: &Tenant) -> anyhow::Result<String> {
    let files = tenant.delivered()?;
    let is_users = |path: &std::path::Path| {
        path.ends_with("users.csv") && !path.to_string_lossy().contains(".previous")
    };
    let (_, users) = files.iter().find(|(path, _)| is_users(path)).context("users.csv")?;
    Ok(String::from_utf8(users.clone())?)
}

/// Somebody who is delivered, by place.
fn some_pupil(known: &[Human], users: &str) -> anyhow::Result<usize> {
    let is_there = |human: &Human| is_open(human) && users.contains(&human.person.email);
    known.iter().position(is_there).context("somebody is delivered")
}

/// K065, K009, K069: nothing of what is written, sealed or printed holds a number, nor anything
/// of a protected person.
fn ensure_quiet(tenant: &Tenant, known: &[Human]) -> anyhow::Result<()> {
    let mut needles = Needles::default();
    for human in known {
        needles.identity_number(&human.person.identity_number);
        if !is_open(human) {
            needles.text(&human.person.email);
            needles.text(&human.person.username);
        }
    }
    let mut places = opened(tenant)?;
    for (path, bytes) in tenant.written()? {
        places.push((path.display().to_string(), bytes));
    }
    places.push(("what was printed".to_owned(), tenant.printed()));
    for (place, bytes) in places {
        let found = needles.found_in(&bytes);
        ensure!(found.is_empty(), "{found:?} in {place}");
        let numbers = identity_numbers(&bytes);
        ensure!(numbers.is_empty(), "a number is in {place}");
    }
    Ok(())
}

/// K008, K009, K065, K067: addresses come from a file, by number; the next run finds nothing to
/// do, a changed address is one change, and no number is kept.
#[test]
fn a_file_fills_in_addresses() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let tenant = delivered(&known, &town)?;
    let before = users(&tenant)?;
    let chosen = some_pupil(&known, &before)?;

    let quiet = tenant.on(DAY_1, &["plan"])?;
    ensure!(quiet.out.contains("inget att göra"), "{}", quiet.text());
    let line = quiet.out.lines().find(|line| line.starts_with("Kompletterar")).context("a line")?;
    ensure!(line.contains(" av ") && line.contains("utan säker träff"), "{line}");
    ensure!(!line.contains(" 0 av"), "{line}");

    write_mapping(&tenant, &known, &|at, row| {
        if at == chosen {
            *row = row.replace(&known[at].person.email, "ny.adress@exempel.example");
        }
    })?;
    let ended = tenant.on(DAY_2, &["run", "--apply", "--log", "debug"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    let after = users(&tenant)?;
    ensure!(after.contains("ny.adress@exempel.example"), "the new address is delivered");
    let differs = before.lines().zip(after.lines()).filter(|(one, two)| one != two).count();
    ensure!(differs == 1, "{differs} lines differ");
    tenant.on(DAY_2, &["explain", "ny.adress@exempel.example"])?;
    tenant.on(DAY_2, &["report", "quality"])?;
    tenant.on(DAY_2, &["plan", "--json"])?;
    ensure_quiet(&tenant, &known)
}

/// K008, K211: a supplement that cannot be read stops the run with words and a code of its own;
/// no address is taken away.
#[test]
fn a_supplement_that_is_away_takes_no_address() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let tenant = delivered(&known, &town)?;
    let before = tenant.delivered()?;
    let file = tenant.path("in/mappning.csv");
    let whole = fs::read(&file)?;

    fs::remove_file(&file)?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(30)?;
    ensure!(ended.err.contains("Kompletteringen fil: mappning.csv"), "{}", ended.text());
    tenant.on(DAY_2, &["doctor"])?.expect_code(40)?;
    fs::write(&file, &whole[..whole.len() / 2])?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(33)?;
    ensure!(ended.err.contains("avhuggen"), "{}", ended.text());
    fs::write(&file, "Personnummer;E-post;Konto\n121212-9999;;\n")?;
    tenant.on(DAY_2, &["run", "--apply"])?.expect_code(33)?;
    ensure!(tenant.delivered()? == before, "what was delivered is as it was");

    fs::write(&file, &whole)?;
    tenant.on(DAY_2, &["doctor"])?.expect_code(0)?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!([0, 10].contains(&ended.code), "{}", ended.text());
    Ok(())
}

/// K069, K070: a directory that is away keeps nobody from being protected.
#[test]
fn who_becomes_protected_is_forgotten_though_a_supplement_is_away() -> anyhow::Result<()> {
    let (mut town, known) = bare_town();
    let tenant = delivered(&known, &town)?;
    let at = some_pupil(&known, &users(&tenant)?)?;
    let mut needles = Needles::default();
    needles.text(&known[at].person.email);
    let is_kept = |tenant: &Tenant| -> anyhow::Result<bool> {
        Ok(opened(tenant)?.iter().any(|(_, bytes)| !needles.found_in(bytes).is_empty()))
    };
    ensure!(is_kept(&tenant)?, "the address is kept");
    town.protect(at);
    tenant.register(&town, None)?;
    fs::remove_file(tenant.path("in/mappning.csv"))?;
    tenant.on(DAY_2, &["run", "--apply"])?.expect_code(30)?;
    ensure!(!is_kept(&tenant)?, "and now it is not");
    Ok(())
}

/// K076: the same address for two persons blocks both, and nobody gets the other's.
#[test]
fn the_same_address_for_two_blocks_both() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let reference = users(&delivered(&known, &town)?)?;
    let one = some_pupil(&known, &reference)?;
    let is_other = |at: &usize| *at != one && reference.contains(&known[*at].person.email);
    let other = (0..known.len()).filter(|at| is_open(&known[*at])).find(is_other).context("two")?;

    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    with_supplement(&tenant, FILE)?;
    write_mapping(&tenant, &known, &|at, row| {
        if at == other {
            let [theirs, own] = [&known[one].person, &known[other].person];
            *row = row.replace(&own.email, &theirs.email).replace(&own.username, &theirs.username);
        }
    })?;
    tenant.first_delivery()?;
    let delivered = users(&tenant)?;
    for at in [one, other] {
        ensure!(!delivered.contains(&known[at].person.email), "neither is delivered");
    }
    ensure!(
        delivered.lines().count() + 2 == reference.lines().count(),
        "and nobody else is missing"
    );
    Ok(())
}

/// K073, K075: who has no secured match is told with our own ids, and a code.
#[test]
fn those_without_a_match_are_told() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    with_supplement(&tenant, FILE)?;
    write_mapping(&tenant, &known, &|at, row| match at % 10 {
        0 => row.clear(),
        1 => *row = row.repeat(2),
        _ => {}
    })?;
    tenant.on(DAY_1, &["plan"])?;
    let told = tenant.on(DAY_1, &["report", "quality", "--json"])?;
    for code in ["D20", "D21"] {
        ensure!(told.out.contains(code), "{code} in {}", told.out);
    }
    ensure_quiet(&tenant, &known)
}

/// An account in the directory for everybody.
fn accounts(known: &[Human]) -> Vec<Account> {
    let account = |human: &Human| Account {
        uid: human.person.username.clone(),
        number: Some(human.person.identity_number.clone()),
        mail: vec![human.person.email.clone()],
        control: 512,
        guid: None,
    };
    known.iter().map(account).collect()
}

/// K005, K009, K030, K067, K091: addresses come from a directory over LDAPS, in few searches
/// that name nobody; a wrong password and a directory that is away stop the run.
#[test]
fn a_directory_fills_in_addresses() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let folder = tempfile::tempdir()?;
    let started = Slapd::start(folder.path(), accounts(&known), "", Signed::ByAuthority)?;
    let Some(slapd) = started else {
        println!("skipped: slapd is not installed (scripts/test installs it)");
        return Ok(());
    };
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    fs::copy(&slapd.ca_file, tenant.path("ca.pem"))?;
    fs::write(tenant.path("losen"), PASSWORD)?;
    with_supplement(
        &tenant,
        &format!(
            "[supplement.ad.ldap]\nurl = \"ldaps://127.0.0.1:{}\"\nca_file = \"ca.pem\"\n\
             bind = {{ user = \"{READER}\", password = \"file:losen\" }}\nbases = [\"{PEOPLE}\"]\n\
             match = {{ personnummer = \"employeeNumber\" }}\n\
             fill = {{ email = \"mail\", username = \"sAMAccountName\" }}",
            slapd.tls
        ),
    )?;
    tenant.on(DAY_1, &["doctor"])?.expect_code(0)?;
    let searches = slapd.searches()?;
    let plan = plan_id(&tenant.on(DAY_1, &["run", "--apply", "--log", "trace"])?.expect_code(20)?)?;
    tenant.approved(DAY_1, &plan)?;
    ensure!(slapd.searches()? - searches == 1, "one search reads all");
    let before = tenant.delivered()?;
    some_pupil(&known, &users(&tenant)?)?;

    fs::write(tenant.path("losen"), "fel")?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(32)?;
    ensure!(ended.err.contains("Kompletteringen ad"), "{}", ended.text());
    let told = tenant.on(DAY_2, &["doctor"])?.expect_code(40)?;
    ensure!(told.out.contains("✕ supplement.ad"), "{}", told.text());
    fs::write(tenant.path("losen"), PASSWORD)?;
    let log = slapd.log()?;
    drop(slapd);
    tenant.on(DAY_2, &["run", "--apply"])?.expect_code(30)?;
    ensure!(tenant.delivered()? == before, "what was delivered is as it was");
    for human in &known {
        let number = &human.person.identity_number;
        ensure!(!log.contains(number.as_str()), "the directory's log names somebody");
    }
    ensure_quiet(&tenant, &known)
}

/// K008, K067: a read of changes fills in for everybody, not for those alone who have changed.
#[test]
fn a_read_of_changes_is_filled_in_for_everybody() -> anyhow::Result<()> {
    let (town, known) = bare_town();
    let running = crate::ss12000::register(town)?;
    let tenant = crate::ss12000::tenant(&running, "")?;
    with_supplement(&tenant, FILE)?;
    write_mapping(&tenant, &known, &|_, _| {})?;
    let plan = plan_id(&tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?)?;
    tenant.approved(DAY_1, &plan)?;
    let chosen = some_pupil(&known, &users(&tenant)?)?;
    let quiet = tenant.on(DAY_1, &["plan"])?;
    ensure!(quiet.out.contains("ändringarna sedan förra läsningen"), "{}", quiet.text());
    ensure!(quiet.out.contains("inget att göra"), "{}", quiet.text());
    write_mapping(&tenant, &known, &|at, row| {
        if at == chosen {
            *row = row.replace(&known[at].person.email, "ny.adress@exempel.example");
        }
    })?;
    tenant.on(DAY_1, &["run", "--apply"])?;
    ensure!(users(&tenant)?.contains("ny.adress@exempel.example"), "the new address is delivered");
    Ok(())
}

/// K222: a supplement that is written wrongly is told with its place.
#[test]
fn mistakes_in_a_supplement_have_a_place() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    with_supplement(
        &tenant,
        "[supplement.ad.ldap]\nurl = \"ldap://dc1.example\"\nfilter = \"(uid=\"\n\
         match = { source_id = \"employeeID\", source = \"reg\" }\nfill = { email = \"mail\" }",
    )?;
    let ended = tenant.run(&["validate"])?.expect_code(40)?;
    for word in ["okrypterad", "Filtret"] {
        ensure!(ended.err.contains(word), "{word} in {}", ended.text());
    }
    tenant.settings("ldap://dc1.example", "ldaps://dc1.example")?;
    tenant.settings("(uid=", "(uid=*)")?;
    let ended = tenant.run(&["validate"])?.expect_code(40)?;
    ensure!(ended.err.contains("Det finns ingen källa `reg`"), "{}", ended.text());
    tenant.settings("source = \"reg\"", "source = \"register\"")?;
    tenant.run(&["validate"])?.expect_code(0)?;
    Ok(())
}
