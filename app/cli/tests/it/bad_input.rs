//! What bad input gets: its own code and message, no operation on what was not fully read,
//! and store and deliveries as they were.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use generate::{Encoding, Mishap, Options, Size, Town};

use crate::support::{DAY_2, Ended, Tenant, town};

/// How the export goes wrong, the code, and the words that the message must have.
struct Case {
    name: &'static str,
    spoil: Spoil,
    code: i32,
    says: &'static [&'static str],
}

enum Spoil {
    Mishap(Mishap),
    By(fn(&Path) -> anyhow::Result<()>),
}

const fn mishap(mishap: Mishap, code: i32, says: &'static [&'static str]) -> Case {
    Case { name: mishap.name(), spoil: Spoil::Mishap(mishap), code, says }
}

const fn by(
    name: &'static str,
    spoil: fn(&Path) -> anyhow::Result<()>,
    code: i32,
    says: &'static [&'static str],
) -> Case {
    Case { name, spoil: Spoil::By(spoil), code, says }
}

/// 33: the content is refused; 30: it cannot be reached; 60: nobody can be told to be
/// protected; 21: a guard.
const REFUSED: &[Case] = &[
    mishap(Mishap::MissingFile, 33, &["memberships.csv"]),
    mishap(Mishap::TruncatedInRecord, 33, &["persons.csv"]),
    mishap(Mishap::EmptyFile, 33, &["persons.csv", "tom"]),
    mishap(Mishap::HeaderOnly, 33, &[".csv"]),
    mishap(Mishap::ColumnRenamed, 33, &["persons.csv", "family_name"]),
    mishap(Mishap::ColumnsSwapped, 33, &["persons.csv"]),
    mishap(Mishap::EncodingWrong, 33, &["persons.csv"]),
    mishap(Mishap::TruncatedRows, 21, &["177 elever mot 297", "approve source:"]),
    mishap(Mishap::DuplicateIds, 33, &["persons.csv:", "id", "rad"]),
    by("no-folder", |folder| Ok(fs::remove_dir_all(folder)?), 30, &["in"]),
    by("empty-folder", emptied, 33, &["schools.csv"]),
    by("no-marking-column", no_marking, 60, &["persons.csv", "skyddade"]),
    by(
        "binary",
        |folder| Ok(fs::write(folder.join("groups.csv"), [0, 1, 2, 255, 0, 7, 10])?),
        33,
        &["groups.csv"],
    ),
    by("unclosed-quote", unclosed, 33, &["groups.csv"]),
    by("two-headers-alike", two_alike, 33, &["schools.csv", "name"]),
    by("semicolons-in-one-file", semicolons, 33, &["duties.csv"]),
];

fn emptied(folder: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(folder)?;
    Ok(fs::create_dir(folder)?)
}

fn edited(path: &Path, edit: impl Fn(&str) -> String) -> anyhow::Result<()> {
    Ok(fs::write(path, edit(&fs::read_to_string(path)?))?)
}

fn no_marking(folder: &Path) -> anyhow::Result<()> {
    edited(&folder.join("persons.csv"), |text| text.replace("security_marking", "kommentar"))
}

fn unclosed(folder: &Path) -> anyhow::Result<()> {
    edited(&folder.join("groups.csv"), |text| format!("{text}\"aldrig stängt"))
}

fn two_alike(folder: &Path) -> anyhow::Result<()> {
    edited(&folder.join("schools.csv"), |text| text.replacen("code", "name", 1))
}

fn semicolons(folder: &Path) -> anyhow::Result<()> {
    edited(&folder.join("duties.csv"), |text| {
        text.lines()
            .enumerate()
            .map(
                |(at, line)| {
                    if at < 5 { format!("{line}\n") } else { line.replace(',', ";") + "\n" }
                },
            )
            .collect()
    })
}

fn spoilt(tenant: &Tenant, town: &Town, spoil: &Spoil) -> anyhow::Result<()> {
    match spoil {
        Spoil::Mishap(mishap) => tenant.register(town, Some(*mishap)),
        Spoil::By(spoil) => {
            tenant.register(town, None)?;
            spoil(&tenant.path("in"))
        }
    }
}

/// Plans that are open, as programs see them.
fn plans(tenant: &Tenant) -> anyhow::Result<Vec<String>> {
    let status = tenant.on(DAY_2, &["--json", "status"])?.expect_code(0)?;
    Ok(status.out.lines().filter(|line| line.contains("open_plan")).map(str::to_owned).collect())
}

/// What the store last wrote and read, by the hashes of the sealed bytes.
fn kept(tenant: &Tenant) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    crate::support::opened::opened(tenant)
}

fn refused(case: &Case, tenant: &Tenant, town: &Town) -> anyhow::Result<Ended> {
    let (delivered, plans_before, kept_before) =
        (tenant.delivered()?, plans(tenant)?, kept(tenant)?);
    spoilt(tenant, town, &case.spoil)?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(case.code)?;
    let text = ended.text();
    for words in case.says {
        ensure!(text.contains(words), "{words} is not in:\n{text}");
    }
    ensure!(tenant.delivered()? == delivered, "something was delivered");
    ensure!(plans(tenant)? == plans_before, "a plan was made");
    ensure!(kept(tenant)? == kept_before, "the store is not as it was");
    ensure!(!text.contains("åtgärder"), "operations are told:\n{text}");
    let plan = tenant.on(DAY_2, &["plan"])?;
    ensure!(plan.code == case.code, "plan: {} ", plan.text());
    let json = tenant.on(DAY_2, &["--json", "plan"])?.expect_code(case.code)?;
    for line in json.out.lines() {
        let _: serde_json::Value = serde_json::from_str(line).context(line.to_owned())?;
    }
    Ok(ended)
}

/// K210, K211: each bad export has its own message and code, and changes nothing.
#[test]
fn what_cannot_be_read_whole_changes_nothing() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::delivered_to(&town)?;
    let mut messages: BTreeMap<String, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in REFUSED {
        match refused(case, &tenant, &town) {
            Ok(ended) => {
                println!("{} ({}): {}", case.name, case.code, ended.err.trim());
                if let Some(other) = messages.insert(ended.text(), case.name) {
                    wrong.push(format!("{} and {other} say the same", case.name));
                }
            }
            Err(error) => wrong.push(format!("{}: {error:#}", case.name)),
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    // And when the register is mended, there is nothing to do.
    tenant.register(&town, None)?;
    let mended = tenant.on(DAY_2, &["plan", "--exit-code"])?;
    ensure!(matches!(mended.code, 0 | 10), "{}", mended.text());
    Ok(())
}

/// K210: one school that has lost its rows, or a year, is not read; the rest goes on.
#[test]
fn a_lost_school_and_a_lost_year_are_held_and_nothing_is_removed() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    for mishap in [Mishap::SchoolEmpty, Mishap::YearLost] {
        tenant.register(&town, Some(mishap))?;
        let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(21)?;
        ensure!(ended.text().contains("skolan"), "the school is named:\n{}", ended.text());
        ensure!(tenant.delivered()? == before, "{mishap}: something was delivered");
    }
    Ok(())
}

/// K210: when all ids change, accounts are linked and not made anew: no person, class or
/// membership is touched before somebody has looked. Only the municipality's own node, which
/// nothing of the old ids leads to, is added.
#[test]
fn changed_ids_are_held_and_nobody_is_removed() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    tenant.register(&town, Some(Mishap::AllIdsChanged))?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(matches!(ended.code, 20 | 21), "{}: {}", ended.code, ended.text());
    ensure!(tenant.delivered()? == before, "something was delivered");
    Ok(())
}

/// K069: a marking that nobody has described protects: nobody comes in by a new word.
#[test]
fn an_unknown_marking_protects() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::delivered_to(&town)?;
    let before = tenant.delivered()?;
    edited(&tenant.path("in/persons.csv"), |text| {
        text.replace(",Sekretessmarkering,", ",S-märkt 1,")
    })?;
    let ended = tenant.on(DAY_2, &["run", "--apply"])?;
    ensure!(matches!(ended.code, 0 | 10 | 60), "{}: {}", ended.code, ended.text());
    ensure!(tenant.delivered()? == before, "somebody came in");
    Ok(())
}

/// Rows that are wrong one by one are told of, with their place, and never taken as a
/// removal of what they were about.
#[test]
fn wrong_rows_are_told_and_never_remove_anybody() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::delivered_to(&town)?;
    for (mishap, words) in [
        (Mishap::DanglingReferences, "hänvisar till något som inte finns"),
        (Mishap::EndBeforeStart, "Slutdatum före startdatum"),
    ] {
        tenant.register(&town, Some(mishap))?;
        let ended = tenant.on(DAY_2, &["plan"])?;
        ensure!(matches!(ended.code, 10 | 20 | 21), "{mishap}: {} {}", ended.code, ended.text());
        let told = ended.text() + &tenant.on(DAY_2, &["report", "quality"])?.text();
        ensure!(told.contains(words), "{mishap}: {words} is not in:\n{told}");
        let removed = ended.out.lines().any(|line| {
            line.trim_start().starts_with("användare") && ended.out.contains("ta bort")
        });
        ensure!(!removed, "{mishap}: an account is removed:\n{}", ended.out);
    }
    Ok(())
}

/// Formulas and control characters in names do no harm: values stay data, the delivered
/// files are whole, one record a line, without control characters; somebody is told.
#[test]
fn formulas_and_control_characters_break_no_file_and_are_told() -> anyhow::Result<()> {
    let town = town(Size::Xs, 5);
    let tenant = Tenant::new()?;
    tenant.register(&town, Some(Mishap::FormulaAndControlNames))?;
    tenant.first_delivery()?;
    ensure!(connect::files::check(&tenant.path("out/sds"))?, "not what the manifest says");
    for (path, bytes) in tenant.delivered()? {
        let text = String::from_utf8(bytes)?;
        let bad = text
            .chars()
            .find(|&it| (it.is_control() && !matches!(it, '\n' | '\r')) || it == '\u{202e}');
        ensure!(bad.is_none(), "{bad:?} in {}", path.display());
        let broken = text.lines().any(|line| line.matches('"').count() % 2 == 1);
        ensure!(!broken, "a record is broken in {}", path.display());
    }
    let told = tenant.on(DAY_2, &["report", "quality"])?.text().to_lowercase();
    ensure!(told.contains("formel") || told.contains("styrtecken"), "{told}");
    let shown = tenant.printed();
    let raw = shown.iter().any(|byte| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127));
    ensure!(!raw, "a control character was printed");
    Ok(())
}

/// K212: the encodings that registers write are told apart and read alike.
#[test]
fn every_encoding_gives_the_same_delivery() -> anyhow::Result<()> {
    let mut town = town(Size::Xs, 5);
    // What Windows-1252 lacks is not the reader's to bring back.
    let plain = |text: &mut String| *text = text.replace(|it: char| it > '\u{ff}', "x");
    for human in &mut town.persons {
        plain(&mut human.person.given_name);
        plain(&mut human.person.family_name);
    }
    town.groups.iter_mut().for_each(|group| plain(&mut group.name));
    let first = Tenant::delivered_to(&town)?;
    for (name, encoding) in Encoding::ALL {
        let options = Options { encoding, delimiter: ';', ..Options::default() };
        town.write_csv(&first.path("in"), &options)?;
        let ended = first.on(DAY_2, &["plan", "--exit-code"])?;
        ensure!(matches!(ended.code, 0 | 10), "{name}: {} {}", ended.code, ended.text());
    }
    Ok(())
}
