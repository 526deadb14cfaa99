//! First passwords, handed over to a school once.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use generate::Size;
use jiff::Timestamp;
use roster::Key;
use roster::codec::Writer;
use state::{Kind, ObjectRef};
use store::{PasswordRow, Store};

use crate::support::{Ended, Tenant, opened, town};

/// A tenant in whose memory lies the first password of a user, and the school's code.
fn with_a_password() -> anyhow::Result<(Tenant, String)> {
    let town = town(Size::Xs, 6);
    let tenant = Tenant::delivered_to(&town)?;
    let files = tenant.delivered()?;
    let users = files.into_iter().find(|(path, _)| path.ends_with("users.csv"));
    let users = String::from_utf8(users.context("users.csv")?.1)?;
    let id = users.lines().nth(1).and_then(|line| line.split(',').next()).context("a user")?;
    let key: Key = id.trim_matches('"').parse()?;
    let mut bytes = Vec::new();
    let mut out = Writer(&mut bytes);
    for text in ["=Kim \"K\" Ek", "kim@skola.example", "=hemligt;1"] {
        out.text(text);
    }
    let sealed = connect::seal::seal_small(&opened::key(&tenant)?, b"first password", &bytes)?;
    let school = town.schools[0].id.parse()?;
    let account = ObjectRef { kind: Kind(4), key };
    let row = PasswordRow { account, schools: vec![school], made: Timestamp::UNIX_EPOCH, sealed };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open_file(&tenant.path("skolbro.db")).await?;
        store.put_password("sds", &row).await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    Ok((tenant, town.schools[0].name.clone()))
}

fn open(tenant: &Tenant, file: &str, passphrase: &str) -> anyhow::Result<Ended> {
    asked(tenant, &["passwords", "--open", file], passphrase)
}

fn asked(tenant: &Tenant, arguments: &[&str], passphrase: &str) -> anyhow::Result<Ended> {
    let mut child = tenant
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("piped")?.write_all(format!("{passphrase}\n").as_bytes())?;
    Ended::of(&child.wait_with_output()?)
}

/// K128, K129: a school gets the passwords of its new accounts in a file that a passphrase
/// opens, which is shown once; after that nobody has them here.
#[test]
fn k128_first_passwords_are_handed_over_to_a_school_once() -> anyhow::Result<()> {
    let (tenant, school) = with_a_password()?;
    let hand = |out: &str| {
        tenant.run(&["passwords", "--target", "sds", "--school", &school, "--out", out])
    };
    fs::write(tenant.path("finns.age"), "x")?;
    ensure!(hand("finns.age")?.expect_code(40)?.text().contains("finns redan"));
    for command in ["status", "doctor"] {
        let told = tenant.run(&[command])?;
        let line = "1 lösenord väntar på att lämnas ut · sds · sedan 1970-01-01 · skolor: 999999";
        ensure!(told.out.contains(line), "{}", told.out);
    }
    let handed = hand("skola.age")?.expect_code(0)?;
    let passphrase =
        handed.out.lines().find_map(|line| line.strip_prefix("Lösenfras, visas bara nu: "));
    let passphrase = passphrase.context("a passphrase")?;
    let file = fs::read(tenant.path("skola.age"))?;
    ensure!(!String::from_utf8_lossy(&file).contains("kim@"), "sealed");

    let wrong = open(&tenant, "skola.age", "inte-den")?.expect_code(2)?;
    ensure!(wrong.text().contains("Lösenfrasen stämmer inte"), "{}", wrong.text());
    ensure!(open(&tenant, "skolbro.toml", "x")?.expect_code(2)?.text().contains("ingen fil"));
    let opened = open(&tenant, "skola.age", passphrase)?.expect_code(0)?;
    let table = "namn\tadress\tlösenord\n=Kim \"K\" Ek\tkim@skola.example\t=hemligt;1\n";
    ensure!(opened.out.contains(table), "{}", opened.out);
    let to = ["passwords", "--open", "skola.age", "--out", "lösenord.xlsx"];
    asked(&tenant, &to, passphrase)?.expect_code(0)?;
    ensure!(fs::read(tenant.path("lösenord.xlsx"))?.starts_with(b"PK"), "a workbook");

    let again = hand("igen.age")?.expect_code(0)?;
    ensure!(again.out.contains("inga lösenord"), "{}", again.out);
    ensure!(!tenant.path("igen.age").exists());
    ensure!(!tenant.run(&["status"])?.out.contains("lösenord väntar"));
    tenant.run(&["verify-audit"])?.expect_code(0)?;
    tenant.run(&["passwords", "--target", "sds"])?.expect_code(2)?;
    Ok(())
}

/// K128: passwords are forgotten only when the passphrase was shown: a full disk loses nothing.
#[cfg(target_os = "linux")]
#[test]
fn k128_what_nobody_can_open_is_not_forgotten() -> anyhow::Result<()> {
    let (tenant, _) = with_a_password()?;
    let hand = ["passwords", "--target", "sds", "--out", "skola.age"];
    let full = fs::File::options().write(true).open("/dev/full")?;
    let child = tenant.command(&hand).stdout(full).stderr(Stdio::piped()).spawn()?;
    ensure!(!child.wait_with_output()?.status.success());
    ensure!(!tenant.path("skola.age").exists(), "a file that nobody can open");
    ensure!(tenant.run(&hand)?.expect_code(0)?.out.contains("1 lösenord ligger i"));
    Ok(())
}
