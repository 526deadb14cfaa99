//! From a settings file to an engine that can run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use roster::TenantKey;
use rules::config::{self, Loaded, Mode, Problems, SecretRef, StoreSettings, WindowKind};
use run::{
    BoundSource, BoundTarget, Clock, Engine, FixedClock, FourEyes, LockPlace, SystemClock, bind,
};
use store::{Server, Store};

use crate::args::Global;
use crate::connectors;

/// Bytes of rows to keep in memory while a roster is joined.
const BUDGET: usize = 48 << 20;

/// The settings file could not be used; the problems are shown with their places.
#[derive(Debug)]
pub(crate) struct BadSettings {
    pub(crate) problems: Problems,
    pub(crate) text: String,
}

impl std::fmt::Display for BadSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} has {} problems", self.problems.file, self.problems.list.len())
    }
}

impl std::error::Error for BadSettings {}

/// Reads and checks the settings file.
pub(crate) fn settings(path: &Path) -> anyhow::Result<Loaded> {
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read {}: make one with `skolbro init`, or name another with --config",
            path.display()
        )
    })?;
    config::load(&text, &path.display().to_string(), &connectors::all())
        .map_err(|problems| BadSettings { problems, text }.into())
}

/// The folder that names in the settings are relative to.
pub(crate) fn base(config: &Path) -> PathBuf {
    match config.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Reads a secret from where the settings say it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the environment, nothing else does"
)]
pub(crate) fn secret(reference: &SecretRef, base: &Path) -> anyhow::Result<String> {
    let text = match reference {
        SecretRef::Env(name) => std::env::var(name)
            .with_context(|| format!("the environment variable {name} is not set"))?,
        SecretRef::File(path) => {
            let path = base.join(path);
            fs::read_to_string(&path)
                .with_context(|| format!("cannot read the secret {}", path.display()))?
        }
        SecretRef::Credential(name) => {
            let folder = std::env::var("CREDENTIALS_DIRECTORY").context(
                "CREDENTIALS_DIRECTORY is not set: credentials come from the service manager",
            )?;
            let path = Path::new(&folder).join(name);
            fs::read_to_string(&path)
                .with_context(|| format!("cannot read the credential {name}"))?
        }
    };
    Ok(text.trim().to_owned())
}

/// The tenant's key: 64 hexadecimal digits.
pub(crate) fn tenant_key(reference: &SecretRef, base: &Path) -> anyhow::Result<TenantKey> {
    let text = secret(reference, base)?;
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|at| text.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let bytes: [u8; 32] = bytes.and_then(|bytes| bytes.try_into().ok()).with_context(|| {
        format!("{reference} is not a key: 64 hexadecimal digits, as `skolbro init` makes them")
    })?;
    Ok(TenantKey::new(bytes))
}

/// Opens the tenant's memory and tells where its lock is.
pub(crate) async fn store(
    settings: &config::Settings,
    base: &Path,
) -> anyhow::Result<(Store, LockPlace)> {
    match &settings.tenant.store {
        StoreSettings::Sqlite(file) => {
            let path = base.join(file);
            let mut lock = path.clone().into_os_string();
            lock.push(".lock");
            Ok((Store::open_file(&path).await?, LockPlace::File(lock.into())))
        }
        StoreSettings::Postgres(reference) => {
            let server = Server::new(&secret(reference, base)?, 4)?;
            Ok((server.open_tenant(&schema_name(&settings.tenant.name)).await?, LockPlace::Store))
        }
    }
}

/// A name that `PostgreSQL` takes for a schema, from the tenant's name.
fn schema_name(tenant: &str) -> String {
    let letters: String = tenant
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'å' | 'ä' => 'a',
            'ö' => 'o',
            letter if letter.is_ascii_alphanumeric() => letter,
            _ => '_',
        })
        .collect();
    format!("t_{}", letters.chars().take(60).collect::<String>())
}

/// Everything bound together.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) loaded: Loaded,
}

/// Opens the tenant that the settings file describes.
pub(crate) async fn open(global: &Global) -> anyhow::Result<Opened> {
    let loaded = settings(&global.config)?;
    let base = base(&global.config);
    let settings = &loaded.settings;
    let zone = TimeZone::get(&settings.tenant.time_zone)?;
    let clock: Box<dyn Clock> = match global.today {
        Some(day) => Box::new(FixedClock::noon(day, &zone)),
        None => Box::new(SystemClock),
    };
    let today = clock.today(&zone);
    let tenant = tenant_key(&settings.tenant.key, &base)?;
    let (store, lock) = store(settings, &base).await?;
    let windows = |kind: WindowKind| {
        settings
            .calendar
            .windows
            .iter()
            .filter(|it| it.kind == kind)
            .map(|it| (it.start, it.end))
            .collect()
    };
    let engine = Engine {
        store,
        tenant,
        clock,
        zone,
        sources: sources(settings, &base, today)?,
        targets: targets(&loaded, &base)?,
        exclusions: exclusions(settings, &base)?,
        precedence: settings.precedence.clone(),
        limits: roster::SourceLimits::default(),
        shifts: windows(WindowKind::Shift),
        freezes: windows(WindowKind::Freeze),
        four_eyes: if settings.tenant.four_eyes {
            FourEyes::Required
        } else {
            FourEyes::NotRequired
        },
        budget: BUDGET,
        temp: base.join(".skolbro-temp"),
        lock,
        worker: format!("process {}", std::process::id()),
        user: user(),
    };
    Ok(Opened { engine, loaded })
}

fn sources(
    settings: &config::Settings,
    base: &Path,
    today: jiff::civil::Date,
) -> anyhow::Result<Vec<BoundSource>> {
    let bound = |source: &config::SourceSettings| {
        let made = connectors::source(&source.section, base, today)?;
        Ok(BoundSource {
            name: source.name.clone(),
            kind: source.section.kind.to_owned(),
            serial: source.serial,
            marking: made.marking,
            source: made.source,
        })
    };
    settings.sources.iter().map(bound).collect()
}

/// The name under which a target's deliveries are remembered. In test mode it is another, so
/// that a test never touches what the real receiver has (K184).
pub(crate) fn ledger(target: &config::TargetSettings) -> String {
    match target.mode {
        Mode::Production => target.name.clone(),
        Mode::Test => format!("{}-TEST", target.name),
    }
}

fn targets(loaded: &Loaded, base: &Path) -> anyhow::Result<Vec<BoundTarget>> {
    let settings = &loaded.settings;
    let bound = |target: &config::TargetSettings| {
        let card = connectors::card(target.section.kind)
            .with_context(|| format!("no target is called {}", target.section.kind))?;
        Ok(BoundTarget {
            name: ledger(target),
            setting: target.name.clone(),
            target: connectors::target(target, base)?.target,
            rules: bind::target_rules(settings, target, card),
            schools: [settings.select.schools.clone(), target.schools.clone()],
            policies: bind::policies(target, card),
            guards: target.guards.clone(),
            rules_hash: loaded.hash.to_string(),
        })
    };
    settings.targets.iter().map(bound).collect()
}

/// Ids of persons who must not be read: one a line; `#` begins a comment.
fn exclusions(settings: &config::Settings, base: &Path) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for file in &settings.exclusions {
        let path = base.join(file);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("cannot read the exclusion list {}: nothing is read without it", path.display())
        })?;
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        ids.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(ids)
}

/// The user of the system, for the audit and for four eyes.
#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the environment, nothing else does"
)]
pub(crate) fn user() -> String {
    ["SKOLBRO_USER", "USER", "USERNAME", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
        .unwrap_or_else(|| "system".to_owned())
}
