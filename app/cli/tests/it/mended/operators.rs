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
