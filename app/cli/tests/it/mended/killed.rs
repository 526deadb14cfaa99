//! A run that dies while it remembers what it did (K221, K074).

use std::fs;
use std::io::{Read, Write};

use anyhow::{Context as _, ensure};
use generate::Size;
use store::{BlobKind, PlanStatus, Store};

use super::{DAY_3, clean_town, ensure_done, file, last_plan, line, other_id, pupils};
use crate::support::{DAY_2, Tenant, files_below};

const TARGET: &str = "sds";

/// How far the run came that died: each step holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Died {
    Started,
    Delivered,
    Written,
    Linked,
    Unlinked,
}

const DEATHS: [Died; 5] =
    [Died::Started, Died::Delivered, Died::Written, Died::Linked, Died::Unlinked];

fn twin(tenant: &Tenant) -> anyhow::Result<Tenant> {
    let twin = Tenant::new()?;
    copied(tenant, &twin, ".")?;
    Ok(twin)
}

fn copied(from: &Tenant, to: &Tenant, folder: &str) -> anyhow::Result<()> {
    let root = from.path(folder);
    for (path, bytes) in files_below(&root)? {
        let to = to.path(folder).join(path.strip_prefix(&root)?);
        fs::create_dir_all(to.parent().context("a folder")?)?;
        fs::write(to, bytes)?;
    }
    Ok(())
}

/// Brings the tenant to where a run stood that died there: `done` is where it would have come.
async fn die(tenant: &Tenant, done: &Tenant, plan: &str, died: Died) -> anyhow::Result<()> {
    let store = Store::open_file(&tenant.path("skolbro.db")).await?;
    let after = Store::open_file(&done.path("skolbro.db")).await?;
    let plan = store.plans_beginning(plan).await?.pop().context("a plan")?;
    ensure!(plan.status == PlanStatus::Ready, "the plan waits");
    store.start_plan(&plan.id, plan.created).await?;
    if died >= Died::Delivered {
        copied(done, tenant, "out")?;
    }
    if died >= Died::Written {
        let mut sealed = Vec::new();
        let newest = after.open_blob(BlobKind::Written, TARGET).await?.context("rows")?;
        { newest }.read_to_end(&mut sealed)?;
        let mut writer = store.blob_writer(BlobKind::Written, TARGET, plan.created)?;
        writer.write_all(&sealed)?;
        writer.finish()?;
        let hash = after.get(TARGET, "written/hash").await?.context("a hash")?;
        store.set(TARGET, &[("written/hash", &hash)]).await?;
    }
    let links = after.link_exceptions(TARGET).await?;
    if died >= Died::Linked {
        store.put_links(TARGET, &links).await?;
    }
    if died >= Died::Unlinked {
        let known: Vec<_> =
            store.link_exceptions(TARGET).await?.iter().map(|it| it.object).collect();
        let gone: Vec<_> =
            known.into_iter().filter(|it| !links.iter().any(|link| link.object == *it)).collect();
        ensure!(!gone.is_empty(), "the link under the key before is gone");
        store.forget_links(TARGET, &gone).await?;
    }
    store.close().await;
    after.close().await;
    Ok(())
}

/// K074, K221: an id that was published stays, also when the register has changed its own
/// twice and the run dies between the steps in which it remembers that.
#[test]
fn a_run_that_dies_while_it_remembers_keeps_published_ids() -> anyhow::Result<()> {
    let mut town = clean_town(Size::Xs);
    let ready = Tenant::delivered_to(&town)?;
    let at = pupils(&town)[6];
    let first = town.persons[at].person.id.clone();
    let published = line(&ready, "users.csv", &first)?.context("was delivered")?;
    town.persons[at].person.id = other_id(&first, 'd');
    ready.register(&town, None)?;
    let held = ready.on(DAY_2, &["run", "--apply"])?.expect_code(20)?;
    ready.approved(DAY_2, &last_plan(&held)?)?;
    town.persons[at].person.id = other_id(&first, 'e');
    // Something that is seen in the files, too.
    let other = pupils(&town)[7];
    "ny.adress@skola.example".clone_into(&mut town.persons[other].person.email);
    ready.register(&town, None)?;
    let held = ready.on(DAY_3, &["plan"])?.expect_code(20)?;
    let plan = last_plan(&held)?;
    ready.on(DAY_3, &["approve", &plan, "--comment", "Samma elev."])?.expect_code(0)?;
    let done = twin(&ready)?;
    done.on(DAY_3, &["apply", &plan])?.expect_code(0)?;
    let users = file(&done, "users.csv")?;
    ensure!(users.contains("ny.adress@"), "something is delivered");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for died in DEATHS {
        let tenant = twin(&ready)?;
        runtime.block_on(die(&tenant, &done, &plan, died))?;
        for _ in 0..2 {
            let again = tenant.on(DAY_3, &["run", "--apply"])?;
            ensure_done(&again).with_context(|| format!("{died:?}"))?;
            ensure!(file(&tenant, "users.csv")? == users, "{died:?}: other users");
        }
        let still = line(&tenant, "users.csv", &first)?;
        ensure!(still.as_deref() == Some(&*published), "{died:?}: {still:?}");
    }
    Ok(())
}
