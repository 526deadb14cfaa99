//! The tenant's memory in `SQLite` and in `PostgreSQL`: the same plans, the same deliveries.

use std::fs;

use anyhow::ensure;
use generate::Size;

use crate::support::{DAY_1, DAY_2, Ended, Tenant, plan_id, town};

#[expect(clippy::disallowed_methods, reason = "where the tests' server is")]
pub(crate) fn server() -> Option<String> {
    std::env::var("SKOLBRO_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// The tenant on the server; its schema is named by the tenant, so the name is its own.
fn on_server(sqlite: &Tenant) -> anyhow::Result<Tenant> {
    let tenant = Tenant::new()?;
    fs::copy(sqlite.path("skolbro.key"), tenant.path("skolbro.key"))?;
    let name = format!("Provköping {}", std::process::id());
    tenant.settings("Exempelköpings kommun", &name)?;
    sqlite.settings("Exempelköpings kommun", &name)?;
    tenant.settings(
        "four_eyes = false",
        "store = { postgres = \"env:SKOLBRO_TEST_POSTGRES\" }\nfour_eyes = false",
    )?;
    Ok(tenant)
}

fn ensure_alike(one: &Ended, two: &Ended) -> anyhow::Result<()> {
    ensure!(one.code == two.code, "{} and {}\n{}\n{}", one.code, two.code, one.text(), two.text());
    let counts = |ended: &Ended| -> Vec<String> {
        // Plan ids cover the hash of the settings, which name the store.
        ended.out.lines().filter(|line| !line.contains("lan ")).map(str::to_owned).collect()
    };
    let (left, right) = (counts(one), counts(two));
    let differ: Vec<_> = left.iter().zip(&right).filter(|(one, two)| one != two).collect();
    ensure!(
        differ.iter().all(|(one, _)| one.contains("skolbro ")),
        "the plans differ: {differ:#?}"
    );
    ensure!(left.len() == right.len(), "the plans differ:\n{}\n{}", one.out, two.out);
    Ok(())
}

/// Design §7: every statement also runs on `PostgreSQL`, and means the same there.
#[test]
fn both_engines_plan_and_deliver_alike() -> anyhow::Result<()> {
    if server().is_none() {
        println!("skipped: SKOLBRO_TEST_POSTGRES names no server");
        return Ok(());
    }
    let mut town = town(Size::Xs, 9);
    let sqlite = Tenant::new()?;
    let postgres = on_server(&sqlite)?;
    let delivered = |tenant: &Tenant| -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(tenant.delivered()?.into_values().collect())
    };
    for day in [DAY_1, DAY_2] {
        let mut plans = Vec::new();
        for tenant in [&sqlite, &postgres] {
            tenant.register(&town, None)?;
            plans.push(tenant.on(day, &["plan", "--details"])?);
        }
        ensure_alike(&plans[0], &plans[1])?;
        for (tenant, plan) in [&sqlite, &postgres].into_iter().zip(&plans) {
            tenant.approved(day, &plan_id(plan)?)?;
        }
        ensure!(delivered(&sqlite)? == delivered(&postgres)?, "the delivered files differ");
        town.next_day();
    }
    ensure!(!postgres.path("skolbro.db").exists(), "the memory is on the server alone");
    postgres.run(&["verify-audit"])?.expect_code(0)?;
    postgres.run(&["purge", "--tenant", "--yes"])?.expect_code(0)?;
    Ok(())
}
