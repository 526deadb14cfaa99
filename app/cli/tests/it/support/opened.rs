//! What a tenant's store holds, opened with the tenant's key.

use std::fs;
use std::io::Read;

use anyhow::Context as _;
use connect::seal::{SealReader, open_small};
use roster::TenantKey;
use store::{BlobKind, BlobReader, Store};

use super::Tenant;

/// The name of the only receiver.
const TARGET: &str = "sds";

/// Every sealed thing in the clear, with what it is.
pub(crate) fn opened(tenant: &Tenant) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let key = key(tenant)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open_file(&tenant.path("skolbro.db")).await?;
        let mut all = Vec::new();
        for (kind, name, label) in [
            (BlobKind::Snapshot, "roster", "snapshot/roster"),
            (BlobKind::Written, TARGET, "written/sds"),
            (BlobKind::Replica, "register", "replica/register"),
        ] {
            for blob in store.blob_generations(kind, name).await? {
                let sealed = store.open_generation(kind, name, blob.generation)?;
                all.push((format!("{label} {}", blob.generation), unsealed(sealed, &key, label)?));
            }
        }
        for plan in store.plans(TARGET, 1000).await? {
            if let Some(sealed) = store.plan_body(&plan.id).await? {
                all.push((format!("plan {}", plan.id), unsealed(sealed, &key, "plan/sds")?));
            }
        }
        for (scope, name, label) in
            [("", "source/stats", "source/stats"), (TARGET, "protected", "protected/sds")]
        {
            if let Some(sealed) = store.get(scope, name).await? {
                all.push((label.to_owned(), open_small(&key, label.as_bytes(), &sealed)?));
            }
        }
        Ok(all)
    })
}

/// The key that seals what a tenant's store holds.
pub(crate) fn key(tenant: &Tenant) -> anyhow::Result<[u8; 32]> {
    let text = fs::read_to_string(tenant.path("skolbro.key"))?;
    let text = text.trim();
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).context("no key")?;
    Ok(TenantKey::new(bytes).derive("seal"))
}

fn unsealed(sealed: BlobReader, key: &[u8; 32], label: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    SealReader::new(sealed, key, label.as_bytes())?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
