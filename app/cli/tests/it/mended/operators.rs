//! What operators are told: the place, the reason and the remedy, in one language.

use std::fs;

use anyhow::ensure;

use crate::support::Tenant;

/// A memory or a backup that cannot be written is no fault of the program: it has an exit code
/// of its own, with the place and the remedy.
#[test]
fn what_cannot_be_written_is_told_with_its_place() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let ended = tenant.run(&["backup", "skolbro.toml/kopia.backup"])?.expect_code(34)?;
    ensure!(ended.err.contains("skolbro.toml/kopia.backup"), "{}", ended.err);
    ensure!(ended.err.contains("kunde inte skrivas"), "{}", ended.err);
    fs::remove_file(tenant.path("skolbro.db"))?;
    fs::create_dir(tenant.path("skolbro.db"))?;
    for command in ["plan", "status"] {
        let ended = tenant.run(&[command])?.expect_code(34)?;
        ensure!(ended.err.contains("skolbro.db"), "{}", ended.err);
        ensure!(ended.err.contains("`tenant.store`"), "{}", ended.err);
    }
    // The same where everything is checked.
    let ended = tenant.run(&["doctor"])?.expect_code(34)?;
    ensure!(ended.out.contains("✕ minnet: Minnet "), "{}", ended.out);
    Ok(())
}

/// A slip in a word is told of, not taken for something else.
#[test]
fn a_log_level_that_is_none_is_refused() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let ended = tenant.run(&["--log", "bogus", "status"])?.expect_code(2)?;
    ensure!(ended.err.contains("error, warn, info"), "{}", ended.err);
    tenant.run(&["--log", "run=debug,warn", "status"])?.expect_code(0)?;
    Ok(())
}

/// Wherever somebody stands, what `init` says of folders is where they are.
#[test]
fn init_tells_whole_paths() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let ended = tenant.run(&["init", "ny"])?.expect_code(0)?;
    let folder = fs::canonicalize(tenant.path("ny"))?;
    ensure!(ended.out.contains(&format!("{}/skolbro.toml", folder.display())), "{}", ended.out);
    let export = folder.join("in").display().to_string();
    ensure!(ended.out.contains(&format!("lägg registrets export i {export}")), "{}", ended.out);
    fs::remove_file(tenant.path("skolbro.key"))?;
    let ended = tenant.run(&["plan"])?.expect_code(40)?;
    ensure!(ended.err.contains("`skolbro purge --tenant`"), "{}", ended.err);
    Ok(())
}

/// Everything that is wrong with the settings is told together, also what only this machine
/// knows: folders that meet, and a time zone.
#[test]
fn mistakes_of_every_kind_are_told_together() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.settings("time_zone = \"Europe/Stockholm\"", "time_zone = \"Europe/Stokholm\"")?;
    tenant.settings("deliver.folder = \"out/sds\"", "deliver.folder = \"in\"")?;
    tenant.settings("lead_days = 14", "laed_days = 14")?;
    let ended = tenant.run(&["validate"])?.expect_code(40)?;
    for says in ["Europe/Stokholm` finns inte", "samma plats", "Okänd nyckel `laed_days`"] {
        let times = ended.err.matches(says).count();
        ensure!(times == 1, "{says}: {times} times in\n{}", ended.err);
    }
    Ok(())
}

/// A host that does not answer is no silence: within seconds it is said who is waited for.
#[test]
fn a_host_that_does_not_answer_is_named() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    // Takes calls in and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let host = silent.local_addr()?.to_string();
    let text = fs::read_to_string(tenant.path("skolbro.toml"))?;
    let source = format!(
        "[source.register.ss12000]\nbase_url = \"http://{host}/v2\"\n\
         http.timeouts.read_seconds = 4\nhttp.retry.attempts = 1\n"
    );
    let text = text.replace("[source.register.table]\nfolder = \"in\"\n", &source);
    fs::write(tenant.path("skolbro.toml"), text)?;
    let ended = tenant.run(&["plan"])?.expect_code(30)?;
    ensure!(ended.err.contains(&format!("Väntar på svar från {host}")), "{}", ended.err);
    Ok(())
}
