//! From a settings file to an engine that can run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use roster::TenantKey;
use rules::config::{
    self, Lang, Loaded, Mode, Problems, Schools, SecretRef, StoreSettings, Text, WindowKind,
};
use run::{
    BoundSource, BoundTarget, Clock, Engine, FixedClock, FourEyes, LockPlace, RunError,
    SystemClock, bind,
};
use secret::{Secret, Secrets as _};
use state::Observe;
use store::{Server, Store};

use crate::args::Global;
use crate::failure::chosen_from;
use crate::secrets::OfMachine;
use crate::trouble::Trouble;
use crate::{connectors, exclusions, place, school_register, secrets, supplements};

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
    let loaded = match config::load(&text, &file, &connectors::all()) {
        Ok(loaded) => loaded,
        Err(problems) => return Err(BadSettings { problems, text }.into()),
    };
    let mut list = place::conflicts(&loaded, &text, &base(path))?;
    list.extend(supplements::problems(&loaded, &text)?);
    if TimeZone::get(&loaded.settings.tenant.time_zone).is_err() {
        let says = Text::new(
            format!("Tidszonen `{}` finns inte.", loaded.settings.tenant.time_zone),
            format!("There is no time zone `{}`.", loaded.settings.tenant.time_zone),
        );
        let hint = Text::new("Skriv som `Europe/Stockholm`.", "Write it as `Europe/Stockholm`.");
        let path = ["tenant", "time_zone"];
        list.push(config::problem_at(&text, &path, config::Code::BadValue, says, Some(hint)));
    }
    if list.is_empty() {
        return Ok(loaded);
    }
    list.sort_by_key(|problem| (problem.line, problem.column));
    Err(BadSettings { problems: Problems { file, list }, text }.into())
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
    BadSettings { problems: Problems { file, list: vec![problem] }, text }.into()
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

/// The tenant's key: 64 hexadecimal digits.
pub(crate) fn tenant_key(reference: &SecretRef, base: &Path) -> anyhow::Result<TenantKey> {
    let secret = secret(reference, base)?;
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
            let store = Store::open_file(&path).await?;
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
        supplements: supplements::bound(settings, &base)?,
        targets: targets(&loaded, &base)?,
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
        let made = connectors::target(target, base)?;
        let mut rules = bind::target_rules(settings, target, card);
        leave_out(&made.left_out, target, &mut rules)?;
        Ok(BoundTarget {
            name: ledger(target),
            setting: target.name.clone(),
            target: made.target,
            rules,
            schools: [settings.select.schools.clone(), chosen(target, card)?],
            policies: bind::policies(target, card),
            guards: target.guards.clone(),
            rules_hash: loaded.hash.to_string(),
        })
    };
    settings.targets.iter().map(bound).collect()
}

/// What the target's profile does not send is mapped to nothing; a mapping that would send it
/// is refused (K159–K168).
fn leave_out(
    left_out: &[(&'static str, &'static str)],
    target: &config::TargetSettings,
    rules: &mut rules::shape::TargetRules,
) -> anyhow::Result<()> {
    for (kind, attribute) in left_out {
        let mapping = rules.mapping.entry((*kind).to_owned()).or_default();
        let written = mapping.insert((*attribute).to_owned(), String::new());
        if written.is_some_and(|text| !text.trim().is_empty()) {
            let at = format!("target.{}.mapping.{kind}.{attribute}", target.name);
            return Err(Trouble::settings(
                format!("`{at}`: profilen lämnar inte ut den uppgiften. Ta bort raden, eller välj en annan profil."),
                format!("`{at}`: the profile does not send that. Take the line out, or choose another profile."),
            )
            .into());
        }
    }
    Ok(())
}

/// The schools that a target is given. To a vendor none is sent that was not chosen (K186):
/// `["*"]` chooses all.
fn chosen(target: &config::TargetSettings, card: &state::Card) -> anyhow::Result<Schools> {
    match (&target.schools, card.observe) {
        (Schools::Only(list), _) if *list == ["*"] => Ok(Schools::All),
        (Schools::All, Observe::Mirror) => {
            let name = &target.name;
            Err(Trouble::settings(
                format!("`target.{name}` har inga valda skolor. Ange `schools` med koder eller namn; `[\"*\"]` är alla."),
                format!("`target.{name}` has no schools chosen. Give `schools` with codes or names; `[\"*\"]` is all."),
            )
            .into())
        }
        (schools, _) => Ok(schools.clone()),
    }
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
