//! A large register goes another way than a small one; where it comes out is the same.

use std::fs;
use std::path::PathBuf;

use anyhow::ensure;
use generate::Size;

use crate::support::{DAY_1, DAY_2, Tenant, plan_id, town};

/// So little memory that a municipality is put aside in dozens of runs, merged, and shaped by
/// several threads, as a nation is.
const LITTLE: [&str; 2] = ["--rows-in-memory", "20000"];

/// Invariant 5: whatever the memory and the number of threads, the plan is the same,
/// byte for byte: its id is the hash of what it says.
#[test]
fn memory_and_threads_change_nothing_of_a_plan() -> anyhow::Result<()> {
    let mut town = town(Size::M, 6);
    let tenant = Tenant::new()?;
    tenant.register(&town, None)?;
    let much = plan_id(&tenant.on(DAY_1, &["plan"])?.expect_code(20)?)?;
    let little = tenant.on(DAY_1, &[&["plan"][..], &LITTLE].concat())?.expect_code(20)?;
    ensure!(plan_id(&little)? == much, "the first plan");
    tenant.approved(DAY_1, &much)?;
    let nothing = tenant.on(DAY_1, &[&["plan", "--exit-code"][..], &LITTLE].concat())?;
    ensure!(matches!(nothing.code, 0 | 10), "{}", nothing.text());
    town.next_day();
    tenant.register(&town, None)?;
    // A read is remembered: both begin from the same memory.
    let before = Memory::of(&tenant)?;
    let little = plan_id(&tenant.on(DAY_2, &[&["plan"][..], &LITTLE].concat())?)?;
    before.restore()?;
    let much = plan_id(&tenant.on(DAY_2, &["plan"])?)?;
    ensure!(little == much, "the next day");
    Ok(())
}

/// The files of a tenant's memory while no program runs.
struct Memory(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Memory {
    fn of(tenant: &Tenant) -> anyhow::Result<Self> {
        let files = ["skolbro.db", "skolbro.db-wal", "skolbro.db-shm"];
        let read = |name: &str| {
            let path = tenant.path(name);
            let bytes = path.exists().then(|| fs::read(&path)).transpose()?;
            Ok((path, bytes))
        };
        Ok(Self(files.into_iter().map(read).collect::<anyhow::Result<_>>()?))
    }

    fn restore(self) -> anyhow::Result<()> {
        for (path, bytes) in self.0 {
            match bytes {
                Some(bytes) => fs::write(path, bytes)?,
                None if path.exists() => fs::remove_file(path)?,
                None => {}
            }
        }
        Ok(())
    }
}
