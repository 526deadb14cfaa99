//! The state's register of school units: fetched, kept, compared.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, ensure};
use generate::{Size, Town};
use serde_json::{Value, json};

use crate::support::{DAY_1, DAY_2, Tenant, town};

/// A register on loopback that answers every call with the bytes that it holds.
struct Register {
    url: String,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Register {
    fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let answer = Arc::<Mutex<Vec<u8>>>::default();
        let told = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut head = [0; 4096];
                let _ = stream.read(&mut head);
                let bytes = told.lock().map(|bytes| bytes.clone()).unwrap_or_default();
                let _ = stream.write_all(&bytes);
            }
        });
        Ok(Self { url, answer })
    }

    fn says(&self, status: u16, media: &str, body: &str) -> anyhow::Result<()> {
        self.says_of_length(body.len(), status, media, body)
    }

    fn says_of_length(
        &self,
        length: usize,
        status: u16,
        media: &str,
        body: &str,
    ) -> anyhow::Result<()> {
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {media}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let mut answer = self.answer.lock().ok().context("poisoned")?;
        *answer = [head.into_bytes(), body.as_bytes().to_vec()].concat();
        Ok(())
    }
}

/// The answer with the town's schools and some of others, after `change` has been at them.
fn answer(town: &Town, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let coded = town.schools.iter().filter(|school| !school.code.is_empty());
    let mut units: Vec<Value> = coded
        .map(|it| json!({ "schoolUnitCode": it.code, "name": it.name, "status": "AKTIV" }))
        .collect();
    let others = (99_980_000..99_980_100)
        .map(|code: u32| json!({ "schoolUnitCode": code.to_string(), "name": "Annans", "status": "AKTIV" }));
    units.extend(others);
    change(&mut units);
    json!({ "meta": {}, "data": { "type": "schoolunit", "attributes": units } }).to_string()
}

fn tenant(town: &Town, register: &Register) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    tenant.register(town, None)?;
    let path = tenant.path("skolbro.toml");
    let text = fs::read_to_string(&path)?;
    let url = &register.url;
    let own = format!(
        "\n[school_register]\nurl = \"{url}\"\nhttp = {{ proxy = \"none\", retry = {{ attempts = 1 }} }}\n"
    );
    fs::write(path, text + &own)?;
    Ok(tenant)
}

const COPY: &str = "skolenhetsregistret.txt";
const JSON: &str = "application/json";

/// K181, K219: without a copy nothing is said; with one a code that has ended is told, with
/// its remedy, and is gone from the report when the register is.
#[test]
fn codes_are_compared_with_the_states_register() -> anyhow::Result<()> {
    let town = town(Size::Xs, 6);
    let register = Register::start()?;
    let tenant = tenant(&town, &register)?;
    tenant.on(DAY_1, &["plan"])?;
    let doctor = tenant.run(&["doctor"])?.expect_code(0)?;
    ensure!(doctor.out.contains("Skolenhetsregistret: ingen kopia"), "{}", doctor.out);
    let report = tenant.on(DAY_1, &["report", "quality"])?;
    ensure!(!report.out.contains("D07") && !report.out.contains("D16"), "{}", report.out);
    let check = tenant.run(&["schools", "check"])?.expect_code(40)?;
    ensure!(check.err.contains("skolbro schools refresh"), "{}", check.err);

    register.says(200, JSON, &answer(&town, |_| ()))?;
    tenant.on(DAY_1, &["schools", "refresh"])?.expect_code(0)?;
    tenant.on(DAY_1, &["schools", "check"])?.expect_code(0)?;
    let doctor = tenant.run(&["doctor"])?.expect_code(0)?;
    ensure!(doctor.out.contains("Skolenhetsregistret, hämtat 2026-09-15"), "{}", doctor.out);

    // One unit closed, one gone from the register, both remembered.
    let changed = answer(&town, |units| {
        units[0]["status"] = "UPPHORT".into();
        units.remove(1);
    });
    register.says(200, JSON, &changed)?;
    tenant.on(DAY_2, &["schools", "refresh"])?.expect_code(0)?;
    let check = tenant.on(DAY_2, &["schools", "check"])?.expect_code(10)?;
    let told = check.out.lines().filter(|line| line.contains("koden har upphört")).count();
    ensure!(told == 2, "{}", check.out);
    let report = tenant.on(DAY_2, &["report", "quality"])?;
    ensure!(report.out.contains("D16  Skolenhetskoden har upphört"), "{}", report.out);
    ensure!(report.out.contains("Ange enhetens nya skolenhetskod"), "{}", report.out);
    let english = tenant.on(DAY_2, &["--lang", "en", "report", "quality"])?;
    ensure!(english.out.contains("The school unit code has ended"), "{}", english.out);
    Ok(())
}

/// A bad answer never replaces a good copy, and each has words and an exit code of its own.
#[test]
fn a_bad_answer_leaves_the_copy_as_it_was() -> anyhow::Result<()> {
    let town = town(Size::S, 6);
    let register = Register::start()?;
    let tenant = tenant(&town, &register)?;
    let good = answer(&town, |_| ());
    register.says(200, JSON, &good)?;
    tenant.on(DAY_1, &["schools", "refresh"])?.expect_code(0)?;
    let copy = fs::read(tenant.path(COPY))?;

    let half = answer(&town, |units| units.truncate(units.len() / 2));
    let none = answer(&town, Vec::clear);
    #[rustfmt::skip]
    let table: &[(&str, u16, &str, &str, usize, i32, &str)] = &[
        // what it shows   status  media        body                 length         exit says
        ("a web page",     200, "text/html", "<html>",               6,              33, "webbsida"),
        ("cut off",        200, JSON,        &good[..99],            good.len(),     30, "bröts av"),
        ("not JSON",       200, JSON,        &good[..99],            99,             33, "JSON"),
        ("out of order",   500, JSON,        "{}",                   2,              30, "ur funktion"),
        ("asked to wait",  429, JSON,        "{}",                   2,              30, "vänta"),
        ("elsewhere",      404, JSON,        "{}",                   2,              40, "Kontrollera"),
        ("half of it",     200, JSON,        &half,                  half.len(),     33, "skolenheter saknas"),
        ("nothing of it",  200, JSON,        &none,                  none.len(),     33, "utan en enda"),
    ];
    for &(shows, status, media, body, length, exit, says) in table {
        register.says_of_length(length, status, media, body)?;
        let ended = tenant.on(DAY_2, &["schools", "refresh"])?;
        ensure!(ended.code == exit, "{shows}: exit {}\n{}", ended.code, ended.text());
        ensure!(ended.err.contains(says), "{shows}: {}", ended.err);
        ensure!(ended.err.contains("Kopian från 2026-09-15 är kvar"), "{shows}: {}", ended.err);
        ensure!(fs::read(tenant.path(COPY))? == copy, "{shows}: the copy is another");
    }
    Ok(())
}

/// A copy that was damaged stops no run; `doctor` shows it, and a fetch replaces it.
#[test]
fn a_damaged_copy_stops_no_run() -> anyhow::Result<()> {
    let town = town(Size::Xs, 6);
    let register = Register::start()?;
    let tenant = tenant(&town, &register)?;
    fs::write(tenant.path(COPY), "skolenhetsregistret 1\nretrieved 2026-09-15\n")?;
    tenant.on(DAY_1, &["plan"])?.expect_code(20)?;
    let doctor = tenant.run(&["doctor"])?.expect_code(40)?;
    ensure!(doctor.out.contains("slutet saknas"), "{}", doctor.out);
    register.says(200, JSON, &answer(&town, |_| ()))?;
    tenant.on(DAY_1, &["schools", "refresh"])?.expect_code(0)?;
    tenant.run(&["doctor"])?.expect_code(0)?;
    Ok(())
}

/// Mistakes in the table are shown at their place, as everywhere in the file.
#[test]
fn its_settings_are_checked() -> anyhow::Result<()> {
    let town = town(Size::Xs, 6);
    let tenant = tenant(&town, &Register::start()?)?;
    tenant.run(&["validate"])?.expect_code(0)?;
    tenant.settings("proxy = \"none\"", "proxi = \"none\"")?;
    let wrong = tenant.run(&["validate"])?.expect_code(40)?;
    ensure!(wrong.err.contains("proxi"), "{}", wrong.err);
    Ok(())
}
