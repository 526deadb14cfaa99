//! From a settings file to an engine that can run.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use roster::TenantKey;
use rules::config::{
    self, Lang, Loaded, Problems, Schools, SecretRef, StoreSettings, Text, WindowKind,
};
use run::{BoundSource, Clock, Engine, FixedClock, FourEyes, LockPlace, RunError, SystemClock};
use secret::{Secret, Secrets as _};
use store::{Server, Store, StoreError};

use crate::args::Global;
use crate::failure::chosen_from;
use crate::secrets::OfMachine;
use crate::trouble::Trouble;
use crate::{connectors, exclusions, place, receivers, school_register, secrets, supplements};

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
    let text = text(path)?;
    let file = path.display().to_string();
    let (loaded, readable, mut list) = match config::load(&text, &file, &connectors::all()) {
        Ok(loaded) => (Some(loaded), None, Vec::new()),
        Err(problems) => (None, problems.readable, problems.list),
    };
    if let Some(settings) = loaded.as_ref().map(|it| &it.settings).or(readable.as_deref()) {
        match place::conflicts(settings, &text, &base(path)) {
            Ok(conflicts) => list.extend(conflicts),
            // A connector's part that cannot be read has been told of.
            Err(error) if list.is_empty() => return Err(error),
            Err(_) => {}
        }
        list.extend(no_zone(settings, &text));
        list.extend(supplements::problems(settings, &text)?);
    }
    match loaded {
        Some(loaded) if list.is_empty() => Ok(loaded),
        Some(_) | None => {
            list.sort_by_key(|problem| (problem.line, problem.column));
            // A zone of a wrong shape is told of once.
            list.dedup_by_key(|problem| (problem.line, problem.column, problem.code));
            Err(BadSettings { problems: Problems { file, list, readable: None }, text }.into())
        }
    }
}

/// A time zone that this machine does not know.
fn no_zone(settings: &config::Settings, text: &str) -> Option<config::Problem> {
    let zone = &settings.tenant.time_zone;
    TimeZone::get(zone).err()?;
    let says = Text::new(
        format!("Tidszonen `{zone}` finns inte."),
        format!("There is no time zone `{zone}`."),
    );
    let hint = Text::new("Skriv som `Europe/Stockholm`.", "Write it as `Europe/Stockholm`.");
    let path = ["tenant", "time_zone"];
    Some(config::problem_at(text, &path, config::Code::BadValue, says, Some(hint)))
}

/// The settings file as it stands.
pub(crate) fn text(path: &Path) -> Result<String, Trouble> {
    let remedy = [
        "Gör en med `skolbro init`, eller peka ut en annan med --config.",
        "Make one with `skolbro init`, or name another with --config.",
    ];
    let what = ["Kan inte läsa inställningarna", "Cannot read the settings"];
    fs::read_to_string(path).map_err(|error| Trouble::file(what, path, &error, remedy))
}

/// A school in the settings that the register does not have is a mistake in the settings, at
/// its place; other errors stay what they are.
pub(crate) fn named_in_settings(error: RunError, global: &Global) -> anyhow::Error {
    let RunError::Unknown { what: "school", name, known } = &error else { return error.into() };
    let (Ok(text), Ok(loaded)) = (text(&global.config), settings(&global.config)) else {
        return error.into();
    };
    let has = |schools: &Schools| match schools {
        Schools::Only(names) => names.iter().position(|it| it == name),
        Schools::All => None,
    };
    let own = loaded.settings.targets.iter().find_map(|target| {
        has(&target.schools).map(|at| (vec!["target", target.name.as_str(), "schools"], at))
    });
    let common = has(&loaded.settings.select.schools).map(|at| (vec!["select", "schools"], at));
    let (mut path, at) = common.or(own).unwrap_or_default();
    let at = at.to_string();
    path.push(&at);
    let says = Text::new(
        format!("Registret har ingen skola (eller flera) med namnet eller koden `{name}`."),
        format!("The register has no school (or several) with the name or code `{name}`."),
    );
    let hint = Text::new(chosen_from(name, known, Lang::Sv), chosen_from(name, known, Lang::En));
    let problem = config::problem_at(&text, &path, config::Code::UnknownValue, says, Some(hint));
    let file = global.config.display().to_string();
    BadSettings { problems: Problems { file, list: vec![problem], readable: None }, text }.into()
}

/// The folder that names in the settings are relative to.
pub(crate) fn base(config: &Path) -> PathBuf {
    match config.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Reads a secret from where the settings say it is.
pub(crate) fn secret(reference: &SecretRef, base: &Path) -> anyhow::Result<Secret> {
    let found = OfMachine::new(base).secret(reference);
    Ok(found.map_err(|error| secrets::trouble(&error))?)
}

/// A key that is not there, with what to do where nothing is left to open with it either.
fn no_key(error: &secret::SecretError) -> Trouble {
    let mut trouble = secrets::trouble(error);
    if matches!(error, secret::SecretError::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    {
        trouble.says.sv.push_str(
            " Är allt borttaget med `skolbro purge --tenant` finns inget att öppna: börja om med `skolbro init` i en ny mapp.",
        );
        trouble.says.en.push_str(
            " If all was erased with `skolbro purge --tenant` there is nothing to open: begin anew with `skolbro init` in a new folder.",
        );
    }
    trouble
}

/// The tenant's key: 64 hexadecimal digits.
pub(crate) fn tenant_key(reference: &SecretRef, base: &Path) -> anyhow::Result<TenantKey> {
    let secret = OfMachine::new(base).secret(reference).map_err(|error| no_key(&error))?;
    let text = secret.expose();
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|at| text.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let bytes: [u8; 32] = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Trouble::settings(
            format!("{reference} är ingen nyckel: den ska vara 64 hexadecimala siffror, som `skolbro init` gör dem. Lägg tillbaka nyckeln från säkerhetskopian."),
            format!("{reference} is not a key: 64 hexadecimal digits, as `skolbro init` makes them. Put the key back from its backup."),
        )
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
            let is_new = !path.exists();
            let store = Store::open_file(&path).await.map_err(|error| unopened(error, &path))?;
            if is_new {
                for ending in ["", "-wal", "-shm"] {
                    let mut file = path.clone().into_os_string();
                    file.push(ending);
                    // The two beside it come and go; a disk without rights has none to take.
                    let _ = connect::files::keep_private(Path::new(&file));
                }
            }
            Ok((store, LockPlace::File(lock.into())))
        }
        StoreSettings::Postgres(reference) => {
            let server = Server::new(secret(reference, base)?.expose(), 4)?;
            Ok((server.open_tenant(&schema_name(&settings.tenant.name)).await?, LockPlace::Store))
        }
    }
}

/// A memory that the machine would not open, with its place.
fn unopened(error: StoreError, path: &Path) -> anyhow::Error {
    let StoreError::Io { .. } = error else { return error.into() };
    let exit = run::store_exit(&error);
    let path = path.display();
    let says = Text::new(
        format!(
            "Minnet {path} kan inte läsas eller skrivas. Se till att mappen finns, att Skolbro får läsa och skriva där och att disken har plats; en annan plats skrivs i `tenant.store`."
        ),
        format!(
            "The memory {path} cannot be read or written. See that the folder is there, that Skolbro may read and write in it and that the disk has room; another place is written in `tenant.store`."
        ),
    );
    Trouble { exit, says }.into()
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
    /// The folder of the settings file.
    pub(crate) base: PathBuf,
}

impl Opened {
    /// Where backups go and how many days they stay, if the settings say so.
    pub(crate) fn backup_folder(&self) -> Option<(PathBuf, u16)> {
        let backup = self.loaded.settings.backup.as_ref()?;
        Some((self.base.join(&backup.folder), backup.keep_days))
    }
}

/// Opens the tenant for a command that may end in a delivery: nothing of others' may lie
/// where it goes.
pub(crate) async fn for_delivery(global: &Global) -> anyhow::Result<Opened> {
    let opened = open(global).await?;
    let base = base(&global.config);
    for target in &opened.loaded.settings.targets {
        if let Some(folder) = connectors::target(target, &base)?.folder() {
            place::is_ours(&target.name, folder)?;
        }
    }
    Ok(opened)
}

fn clock(
    global: &Global,
    settings: &config::Settings,
) -> anyhow::Result<(Box<dyn Clock>, TimeZone)> {
    let zone = TimeZone::get(&settings.tenant.time_zone)?;
    let clock: Box<dyn Clock> = match global.today {
        Some(day) => Box::new(FixedClock::noon(day, &zone)),
        None => Box::new(SystemClock),
    };
    Ok((clock, zone))
}

/// The day in the tenant's zone.
pub(crate) fn today(
    global: &Global,
    settings: &config::Settings,
) -> anyhow::Result<jiff::civil::Date> {
    let (clock, zone) = clock(global, settings)?;
    Ok(clock.today(&zone))
}

/// Opens the tenant that the settings file describes.
pub(crate) async fn open(global: &Global) -> anyhow::Result<Opened> {
    let loaded = settings(&global.config)?;
    let base = base(&global.config);
    let settings = &loaded.settings;
    let (clock, zone) = clock(global, settings)?;
    let (today, now) = (clock.today(&zone), clock.now());
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
        sources: sources(settings, &base, (today, now))?,
        supplements: supplements::bound(settings, &base)?,
        targets: receivers::targets(&loaded, &base)?,
        exclusions: exclusions::read(&settings.exclusions, &base)?,
        precedence: settings.precedence.clone(),
        limits: roster::SourceLimits::default(),
        school_register: school_register::for_run(settings, &base)?,
        shifts: windows(WindowKind::Shift),
        freezes: windows(WindowKind::Freeze),
        four_eyes: if settings.tenant.four_eyes {
            FourEyes::Required
        } else {
            FourEyes::NotRequired
        },
        budget: global.rows_in_memory,
        temp: base.join(".skolbro-temp"),
        lock,
        worker: format!("process {}", std::process::id()),
        user: user(),
    };
    Ok(Opened { engine, loaded, base })
}

fn sources(
    settings: &config::Settings,
    base: &Path,
    (today, now): (jiff::civil::Date, jiff::Timestamp),
) -> anyhow::Result<Vec<BoundSource>> {
    let bound = |source: &config::SourceSettings| {
        let made = connectors::source(&source.section, base, today, now)?;
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
