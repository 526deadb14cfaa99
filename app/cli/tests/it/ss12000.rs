//! A simulated register over HTTP, the program as a process.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Guardians, Marking, Mentors, Municipality, Settings, Size, Town};
use simulate::ss12000::{Dialect, Fault, Planted, Register, Running, Switches};

use crate::support::opened::opened;
use crate::support::search::{Needles, identity_numbers};
use crate::support::{DAY_1, DAY_2, Ended, Tenant, plan_id};

fn town() -> Town {
    let settings =
        Settings { guardians: Guardians::With, mentors: Mentors::With, ..Settings::default() };
    Municipality::generate(Size::Xs, 1).on(generate::Day::new(2026, 9, 15)).town(settings)
}

pub(crate) fn register(town: Town) -> anyhow::Result<Running> {
    let switches = Switches { dialect: Dialect::Standard, page: 100, ..Switches::default() };
    Ok(Register::new(town, switches).start()?)
}

/// A tenant whose register is this one.
pub(crate) fn tenant(running: &Running, more: &str) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    fs::write(tenant.path("secret"), "demo\n")?;
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let (before, rest) = text.split_once("[source.register.table]").context("a source")?;
    let after = rest.find("\n[").map_or("", |at| &rest[at..]);
    let source = format!(
        "[source.register.ss12000]\nbase_url = \"{}\"\n\
         auth.client_credentials = {{ token_url = \"{}\", client_id = \"demo\", secret = \"file:secret\" }}\n\
         http.retry.attempts = 1\nhttp.timeouts.read_seconds = 3\nadjust.page_size = 50\n\
         delta.full_every_days = 400\n{more}\n",
        running.base_url(),
        running.token_url()
    );
    fs::write(tenant.path("skolbro.toml"), format!("{before}{source}{after}"))?;
    Ok(tenant)
}

fn delivered(running: &Running) -> anyhow::Result<Tenant> {
    let tenant = tenant(running, "")?;
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(20)?;
    tenant.approved(DAY_1, &plan_id(&ended)?)?;
    Ok(tenant)
}

/// How many requests were made for changes, and how many pages of persons in all.
fn asked(running: &Running, from: usize) -> (usize, usize) {
    let requests = running.requests();
    let new = &requests[from.min(requests.len())..];
    let changes = new.iter().filter(|it| it.contains("/deletedEntities")).count();
    (changes, new.iter().filter(|it| it.contains("/persons")).count())
}

/// K013, K014, K015, K016, K017, K018, K019: a register is read over HTTP, first as a whole, then by its changes; the
/// same persons are delivered as from its export to files.
#[test]
fn a_register_is_read_as_a_whole_and_then_by_its_changes() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = delivered(&running)?;
    tenant.on(DAY_1, &["doctor"])?.expect_code(0)?;
    let from_files = Tenant::delivered_to(&running.town())?;
    ensure!(users(&tenant)? == users(&from_files)?, "the same persons are delivered");

    let before = running.requests().len();
    let quiet = tenant.on(DAY_1, &["plan"])?;
    ensure!(quiet.out.contains("inget att göra"), "{}", quiet.text());
    ensure!(quiet.out.contains("ändringarna sedan förra läsningen"), "{}", quiet.text());
    let (changes, pages) = asked(&running, before);
    ensure!(changes >= 1 && pages <= 1, "changes are read alone: {changes}, {pages}");

    running.next_day();
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    if ended.code == 20 || ended.code == 21 {
        tenant.approved(DAY_2, &plan_id(&ended)?)?;
    }
    from_files.register(&running.town(), None)?;
    let ended = from_files.on(DAY_2, &["run", "--apply"])?;
    if ended.code == 20 || ended.code == 21 {
        from_files.approved(DAY_2, &plan_id(&ended)?)?;
    }
    ensure!(users(&tenant)? == users(&from_files)?, "the same persons after a day of changes");
    Ok(())
}

fn users(tenant: &Tenant) -> anyhow::Result<BTreeSet<String>> {
    let files = tenant.delivered()?;
    let is_users = |path: &std::path::Path| {
        path.ends_with("users.csv") && !path.to_string_lossy().contains(".previous")
    };
    let (_, users) = files.iter().find(|(path, _)| is_users(path)).context("users.csv")?;
    let text = String::from_utf8(users.clone())?;
    Ok(text.lines().filter_map(|line| line.split(',').next()).map(str::to_owned).collect())
}

/// Invariant 4: what a register names as deleted is a removal, and guarded: a list of deleted
/// ids with everything in it removes nothing.
#[test]
fn everything_named_as_deleted_is_stopped_by_a_guard() -> anyhow::Result<()> {
    let mut town = town();
    for at in 0..town.persons.len() {
        town.unprotect(at);
    }
    let running = register(town)?;
    let tenant = delivered(&running)?;
    let before = users(&tenant)?;
    running.plant(Fault::DeletedEverything.everywhere());
    let asked_before = running.requests().len();
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(21)?;
    ensure!(asked(&running, asked_before).1 == 1, "changes alone were read");
    ensure!(ended.text().contains("approve source:"), "{}", ended.text());
    ensure!(users(&tenant)? == before, "nothing was removed");
    running.mend();
    // What was stopped was not kept: the same changes are asked for again.
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(10)?;
    ensure!(users(&tenant)? == before, "and all is as it was");
    Ok(())
}

/// K069: where the list names somebody who was stopped, everything is read: what pointed to
/// the person was forgotten, and the register itself says who is gone.
#[test]
fn somebody_stopped_who_is_named_as_deleted_makes_everything_be_read() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = delivered(&running)?;
    let before = users(&tenant)?;
    running.plant(Fault::DeletedEverything.everywhere());
    let asked_before = running.requests().len();
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(10)?;
    ensure!(asked(&running, asked_before).1 > 3, "everything was read");
    ensure!(users(&tenant)? == before, "nothing was removed");
    Ok(())
}

/// K069, K070: who was always protected is in nothing that is written, printed or sealed, and
/// who becomes protected is removed by id and then nowhere, over HTTP and by changes alone.
#[test]
fn the_protected_are_nowhere() -> anyhow::Result<()> {
    let town = town();
    let mut needles = Needles::default();
    for canary in town.canaries() {
        needles.person(&canary);
    }
    let named = |it: &&generate::Human| {
        it.marking == generate::Marking::None && it.person.given_name.starts_with("Hemlig")
    };
    let newly = town.persons.iter().find(named).context("nobody")?.person.clone();
    let running = register(town)?;
    let tenant = delivered(&running)?;
    nowhere(&tenant, &needles)?;

    ensure!(running.protect_person(&newly.id), "there is such a person");
    needles.text(&newly.given_name);
    needles.text(&newly.email);
    needles.id(&newly.id);
    for day in [DAY_1, DAY_1, DAY_2] {
        let ended = tenant.on(day, &["--log", "debug", "run", "--apply"])?;
        if ended.code == 20 || ended.code == 21 {
            tenant.approved(day, &plan_id(&ended)?)?;
        }
    }
    let places = opened(&tenant)?;
    ensure!(places.iter().any(|(what, _)| what.starts_with("replica/")), "changes are read");
    let found = found(&tenant, &needles)?;
    let found: Vec<_> = found.iter().filter(|it| !it.ends_with("what was printed")).collect();
    ensure!(found.is_empty(), "{found:#?}");
    let before = running.requests().len();
    tenant.on(DAY_2, &["plan"])?;
    ensure!(asked(&running, before).0 >= 1, "changes are read again");
    Ok(())
}

fn found(tenant: &Tenant, needles: &Needles) -> anyhow::Result<BTreeSet<String>> {
    let mut places = opened(tenant)?;
    for (path, bytes) in tenant.written()? {
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

fn nowhere(tenant: &Tenant, needles: &Needles) -> anyhow::Result<()> {
    let found = found(tenant, needles)?;
    ensure!(found.is_empty(), "{found:#?}");
    Ok(())
}

fn gone(list: &str) -> Planted {
    Fault::Status { code: 404, retry_after: None }.at(list)
}

/// Decision 0019: what a source keeps is kept also where a guard holds the plan. Changes are not
/// heard of twice, and none is missed: the next run plans the same from what was kept.
#[test]
fn what_was_read_is_kept_where_a_guard_holds_the_plan() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = delivered(&running)?;
    running.change(|town| {
        for human in &mut town.persons {
            human.person.family_name.push_str("sson");
        }
    });
    running.plant(Fault::ClockJump { seconds: 3_600 }.everywhere());
    let held = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(21)?;
    let before = running.requests().len();
    let again = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(21)?;
    let (changes, pages) = asked(&running, before);
    ensure!(changes >= 1 && pages <= 1, "the change is not told again: {changes}, {pages}");
    ensure!(plan_id(&held)? == plan_id(&again)?, "the same plan: {}", again.text());
    tenant.approved(DAY_1, &plan_id(&again)?)?;
    let files = tenant.delivered()?;
    let is_users = |path: &&std::path::PathBuf| path.ends_with("users.csv");
    let users = files.iter().find(|(path, _)| is_users(path)).context("users.csv")?;
    ensure!(String::from_utf8_lossy(users.1).contains("sson"), "the change is delivered");
    Ok(())
}

fn status(code: u16) -> Planted {
    Fault::Status { code, retry_after: None }.at("persons").after(1)
}

/// What bad input gets: its own code and words, nothing planned, store and deliveries as
/// they were.
#[test]
fn bad_answers_get_their_own_code_and_words() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = delivered(&running)?;
    tenant.settings("delta.full_every_days = 400", "delta.enabled = false")?;
    let before = tenant.delivered()?;
    #[rustfmt::skip]
    let table: Vec<(&str, Planted, i32, &str)> = vec![
        ("endless paging",    Fault::EndlessPaging.at("persons"),              33, "tar aldrig slut"),
        ("a token again",     Fault::RepeatedToken.at("persons"),              33, "går i ring"),
        ("a web page",        Fault::Html.at("persons"),                       33, "webbsida"),
        ("cut off",           Fault::CutLength.at("persons").after(1),         30, "bröts av på mitten"),
        ("401",               status(401),                                     32, "släpper inte in oss"),
        ("403",               status(403),                                     32, "släpper inte in oss"),
        ("404",               status(404),                                     30, "tappade bort listan"),
        ("410",               status(410),                                     30, "tappade bort listan"),
        ("429",               status(429),                                     30, "vänta"),
        ("500",               status(500),                                     30, "ur funktion"),
        ("ten gigabytes",     Fault::HugeString { bytes: 10_000_000_000 }.at("persons"), 33, "större än"),
        ("an empty register", Fault::EmptyRegister.everywhere(),               33, "listan är tom"),
        ("no marking",        Fault::NoSecurityMarking.everywhere(),           60, "skyddade personuppgifter"),
        ("half of persons",   Fault::HalfOfPersons.everywhere(),               21, "approve source:"),
        // K210: courses are guarded as groups are, also where the register may lack the list.
        ("no syllabuses",     gone("syllabuses"),                              21, "grupper med kurs"),
    ];
    for (name, planted, code, says) in table {
        running.plant(planted);
        let ended = tenant.on(DAY_1, &["run", "--apply"])?;
        ensure!(ended.code == code, "{name}: {} {}", ended.code, ended.text());
        ensure!(ended.text().contains(says), "{name}: {}", ended.text());
        told_without_names(&ended, name)?;
        ensure!(tenant.delivered()? == before, "{name}: deliveries are as they were");
        running.mend();
    }
    tenant.on(DAY_1, &["run", "--apply"])?.expect_code(10)?;
    Ok(())
}

fn told_without_names(ended: &Ended, name: &str) -> anyhow::Result<()> {
    let numbers = identity_numbers(ended.text().as_bytes());
    ensure!(numbers.is_empty(), "{name}: {numbers:?}");
    Ok(())
}

/// K091: `doctor` tells of a register that does not let us in, and of a secret that is not
/// there.
#[test]
fn doctor_tells_of_a_register_that_does_not_let_us_in() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = tenant(&running, "")?;
    fs::write(tenant.path("secret"), "wrong")?;
    let ended = tenant.on(DAY_1, &["doctor"])?.expect_code(32)?;
    ensure!(ended.out.contains("✕ source.register"), "{}", ended.text());
    fs::remove_file(tenant.path("secret"))?;
    let ended = tenant.on(DAY_1, &["doctor"])?.expect_code(40)?;
    ensure!(ended.out.contains("Kan inte läsa hemligheten"), "{}", ended.text());
    Ok(())
}

/// K023, K024: the settings are checked with the place of each mistake.
#[test]
fn settings_are_checked_in_place() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = tenant(&running, "profile = \"edlevoo\"\nmunicipalities = [\"180\"]")?;
    let ended = tenant.on(DAY_1, &["validate"])?.expect_code(40)?;
    for says in ["edlevo", "fyra siffror"] {
        ensure!(ended.text().contains(says), "{says}: {}", ended.text());
    }
    Ok(())
}

/// K069: a register that marks a great part of its persons at once has most likely another
/// word for "not protected": nobody is removed before a person has said that it is right.
#[test]
fn a_register_that_marks_nearly_all_at_once_is_stopped() -> anyhow::Result<()> {
    let running = register(town())?;
    let tenant = delivered(&running)?;
    let before = users(&tenant)?;
    running.change(|town| {
        for human in town.persons.iter_mut().step_by(2) {
            human.marking = Marking::Protected;
        }
    });
    let ended = tenant.on(DAY_1, &["run", "--apply"])?.expect_code(60)?;
    ensure!(ended.text().contains("marking.open_values"), "{}", ended.text());
    ensure!(ended.text().contains("approve source:"), "{}", ended.text());
    ensure!(users(&tenant)? == before, "nobody was removed");
    Ok(())
}
