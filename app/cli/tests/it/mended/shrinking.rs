//! A register that shrinks a little at every read.

use anyhow::ensure;
use generate::Size;

use super::{clean_town, ensure_done, file};
use crate::support::{DAY_2, Tenant};

/// K210: a day's reads that each lose a few percent do not together empty a receiver: what
/// one run may remove by itself, a day may.
#[test]
fn a_register_that_shrinks_at_every_read_is_held() -> anyhow::Result<()> {
    let mut town = clean_town(Size::S);
    let tenant = Tenant::delivered_to(&town)?;
    let all = file(&tenant, "enrollments.csv")?.lines().count();
    for code in [0, 0, 21] {
        // 9 % of what is left: no guard minds that by itself.
        town.memberships = every_eleventh_gone(&town.memberships);
        tenant.register(&town, None)?;
        let ended = tenant.on(DAY_2, &["run", "--apply"])?.expect_code(code)?;
        let tells = ended.text().contains("tidigare i dag");
        ensure!(tells == (code == 21), "{}", ended.text());
    }
    let left = file(&tenant, "enrollments.csv")?.lines().count();
    ensure!(left * 100 > all * 80, "{left} of {all} are left");
    // The next day has limits of its own.
    ensure_done(&tenant.on("2026-09-17", &["run", "--apply"])?)
}

fn every_eleventh_gone<T: Clone>(all: &[T]) -> Vec<T> {
    all.chunks(11).flat_map(|chunk| &chunk[..chunk.len().min(10)]).cloned().collect()
}
