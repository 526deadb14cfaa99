//! `passwords`: first passwords for a school, in a file that a passphrase opens.

use std::collections::BTreeMap;
use std::path::Path;

use ::run::{Engine, Envelope, Exit, bind};
use anyhow::Context as _;
use connect::files::atomic_write_private;
use connect::passphrase::{self, OpenError};
use roster::{Key, SchoolUnit};
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::{Global, Passwords};
use crate::open;
use crate::output::Output;
use crate::trouble::Trouble;
use crate::workbook;

/// Hands over passwords, or opens such a file.
pub(crate) async fn passwords(
    args: &Passwords,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if let Some(file) = &args.open {
        return open_file(file, args.out.as_deref(), out);
    }
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    hand_over(args, &opened.engine, out).await
}

/// A line for each receiver where first passwords wait for a school: how many, since when and
/// the codes of whose schools.
pub(crate) async fn waiting(engine: &Engine, out: &mut Output) -> anyhow::Result<()> {
    let schools = engine.known_schools().await?;
    for target in &engine.targets {
        let name = &target.name;
        let Some(waits) = engine.unfetched_passwords(name).await? else { continue };
        let codes: Vec<String> = waits.schools.iter().map(|key| code(&schools, *key)).collect();
        let (count, since) = (waits.count, waits.since.to_zoned(engine.zone.clone()).date());
        out.json(&json!({
            "passwords_waiting": count, "target": name, "since": since.to_string(), "schools": codes,
        }));
        let codes = codes.join(", ");
        out.tell(
            &format!("{count} lösenord väntar på att lämnas ut · {name} · sedan {since} · skolor: {codes} · lämna ut: skolbro passwords"),
            &format!("{count} passwords wait to be handed over · {name} · since {since} · schools: {codes} · hand over: skolbro passwords"),
        );
    }
    Ok(())
}

/// The code by which people know a school; our key where it has none.
fn code(schools: &BTreeMap<Key, SchoolUnit>, key: Key) -> String {
    let code = schools.get(&key).and_then(|school| school.code.clone());
    code.unwrap_or_else(|| key.to_string())
}

async fn hand_over(args: &Passwords, engine: &Engine, out: &mut Output) -> anyhow::Result<Exit> {
    let target = engine.target(args.target.as_deref().unwrap_or_default())?.name.clone();
    let file = args.out.as_deref().context("clap asks for it")?;
    let school = match &args.school {
        Some(text) => Some(bind::school_named(&engine.known_schools().await?, text)?),
        None => None,
    };
    let envelopes = engine.first_passwords(&target, school).await?;
    let count = envelopes.len();
    if count == 0 {
        out.json(&json!({ "passwords": 0, "target": target }));
        out.tell("Det finns inga lösenord att lämna ut.", "There are no passwords to hand over.");
        return Ok(Exit::Done);
    }
    refuse_existing(file)?;
    let passphrase = passphrase::draw();
    let sealed = passphrase::seal(&passphrase, &table(&envelopes, out)?)?;
    atomic_write_private(file, &sealed).with_context(|| file.display().to_string())?;
    let name = file.display();
    out.json(&json!({
        "passwords": count, "target": target, "file": name.to_string(), "passphrase": *passphrase,
    }));
    out.tell(
        &format!("Lösenfras, visas bara nu: {}", *passphrase),
        &format!("Passphrase, shown only now: {}", *passphrase),
    );
    if !out.is_shown() {
        // Nobody can open it.
        std::fs::remove_file(file).with_context(|| name.to_string())?;
        return Ok(Exit::Internal);
    }
    // Only when the file is on the disk and somebody was told how it is opened.
    engine.handed_over(&target, envelopes).await?;
    out.tell(
        &format!("{count} lösenord ligger i {name} och finns inte längre kvar här."),
        &format!("{count} passwords are in {name} and are no longer kept here."),
    );
    out.tell(
        &format!("Ge skolan filen och lösenfrasen var för sig. I den ligger en arbetsbok för Excel: skolbro passwords --open {name} --out lösenord.xlsx, eller med age."),
        &format!("Give the school the file and the passphrase apart. It holds a workbook for Excel: skolbro passwords --open {name} --out passwords.xlsx, or with age."),
    );
    Ok(Exit::Done)
}

/// A workbook of names, addresses and passwords.
fn table(envelopes: &[Envelope], out: &Output) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let head = [("namn", "name"), ("adress", "address"), ("lösenord", "password")];
    let head = head.map(|(sv, en)| out.say(sv, en));
    let rows = envelopes.iter().map(|it| [&*it.name, &*it.address, &*it.password]);
    workbook::write(std::iter::once(head).chain(rows))
}

fn refuse_existing(file: &Path) -> anyhow::Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let name = file.display();
    Err(Trouble::settings(
        format!("{name} finns redan. Välj ett annat namn: en fil med lösenord skrivs aldrig över."),
        format!("{name} exists. Choose another name: a file with passwords is never written over."),
    )
    .into())
}

/// Opens a file of passwords with the passphrase from standard input.
fn open_file(file: &Path, to: Option<&Path>, out: &mut Output) -> anyhow::Result<Exit> {
    if let Some(to) = to {
        refuse_existing(to)?;
    }
    let sealed = std::fs::read(file).with_context(|| file.display().to_string())?;
    let asked = out.say("Lösenfras:", "Passphrase:").to_owned();
    out.complain(&asked);
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let bytes = passphrase::open(line.trim(), &sealed).map_err(|error| {
        let (sv, en) = match error {
            OpenError::Foreign => (
                "Det är ingen fil med lösenord från Skolbro.",
                "That is no file of passwords from Skolbro.",
            ),
            OpenError::Passphrase => (
                "Lösenfrasen stämmer inte. Skriv den som den visades, med bindestreck.",
                "The passphrase is not right. Type it as it was shown, with its dashes.",
            ),
            OpenError::Damaged => (
                "Filen är skadad eller avklippt. Hämta den på nytt från den som skickade den.",
                "The file is damaged or cut off. Get it anew from who sent it.",
            ),
        };
        Trouble::usage(sv, en)
    })?;
    match to {
        Some(to) => atomic_write_private(to, &bytes).with_context(|| to.display().to_string())?,
        None => out.raw(&shown(&bytes)?),
    }
    Ok(Exit::Done)
}

/// What is in a file of passwords, to be read on a screen.
fn shown(bytes: &[u8]) -> anyhow::Result<Zeroizing<String>> {
    let Some(rows) = workbook::read(bytes)? else {
        return Ok(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()));
    };
    let mut text = Zeroizing::new(String::new());
    for mut row in rows.into_iter().map(Zeroizing::new) {
        // A name that moves the cursor would write over the line of another.
        row.iter_mut().for_each(|cell| cell.retain(|letter| !letter.is_control()));
        text.push_str(&row.join("\t"));
        text.push('\n');
    }
    Ok(text)
}
