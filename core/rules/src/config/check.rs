//! From the file as written to the settings, with every rule that binds one key to another.

use std::collections::BTreeMap;
use std::ops::Range;

use roster::{PersonField, Precedence, SourceIndex};
use secret::SecretRef;

use super::connector::Connectors;
use super::decode::{Found, Written};
use super::file::{BackupPart, File, StorePart, TenantPart};
use super::load::{Entries, Entry};
use super::message;
use super::problem::{Code, Text, suggestion};
use super::select::select;
use super::settings::{
    Backup, PERSON_FIELDS, Package, Settings, SourceSettings, StoreSettings, SupplementSettings,
    Tenant,
};
use crate::Guards;

/// What every check needs, and what they found.
pub(crate) struct Check<'a> {
    pub(crate) text: &'a str,
    pub(crate) root: &'a Written<'a>,
    pub(crate) connectors: &'a Connectors,
    pub(crate) found: &'a mut Vec<Found>,
    pub(crate) warnings: &'a mut Vec<Found>,
}

impl Check<'_> {
    pub(crate) fn settings(&mut self, file: &File, entries: &Entries<'_>, name: &str) -> Settings {
        let default = TenantPart::default();
        let tenant = self.tenant(file.tenant.as_ref().unwrap_or(&default), name);
        let sources = self.sources(file, &entries.sources);
        let supplements = self.supplements(file, &entries.supplements);
        self.package(tenant.package, &sources, &supplements);
        let schedule = self.schedule(file.schedule.as_ref(), &["schedule"]).unwrap_or_default();
        let mut guards = Guards::default();
        file.guards.over(&mut guards);
        let targets = self.targets(file, entries, &guards, &schedule, tenant.package);
        self.features(file, entries);
        self.nothing_to_do(&sources, entries);
        Settings {
            precedence: self.precedence(file, &sources),
            select: select(&file.select),
            calendar: self.calendar(&file.calendar),
            exclusions: file.protection.exclusions.clone(),
            tenant,
            sources,
            supplements,
            schedule,
            targets,
            guards,
            backup: file.backup.as_ref().and_then(|part| self.backup(part)),
            transliterate: file.transliterate.clone(),
            facilities: entries.facilities.clone(),
        }
    }

    pub(crate) fn add(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: Text,
        hint: Option<Text>,
    ) {
        self.found.push(Found { code, span, message, hint });
    }

    pub(crate) fn warn(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: Text,
        hint: Option<Text>,
    ) {
        self.warnings.push(Found { code, span, message, hint });
    }

    /// Notes that the last key of `path` is not there, unless it is and was wrong.
    pub(crate) fn required<T>(&mut self, value: Option<T>, path: &[&str]) -> Option<T> {
        if value.is_none()
            && !self.root.has(path)
            && let Some((key, table)) = path.split_last()
        {
            self.found.push(message::missing(key, self.root.key_at(table)));
        }
        value
    }

    fn tenant(&mut self, part: &TenantPart, file_name: &str) -> Tenant {
        let name = self.required(part.name.clone(), &["tenant", "name"]).unwrap_or_default();
        if name.trim().is_empty() && self.root.has(&["tenant", "name"]) && part.name.is_some() {
            let text = Text::new("Namnet är tomt.", "The name is empty.");
            self.add(Code::BadValue, self.root.value_at(&["tenant", "name"]), text, None);
        }
        let time_zone = part.time_zone.clone().unwrap_or_else(|| "Europe/Stockholm".to_owned());
        if !is_zone(&time_zone) {
            let text = Text::new("Det här är ingen tidszon.", "This is not a time zone.");
            let hint =
                Text::new("Skriv som `Europe/Stockholm`.", "Write it as `Europe/Stockholm`.");
            self.add(
                Code::BadValue,
                self.root.value_at(&["tenant", "time_zone"]),
                text,
                Some(hint),
            );
        }
        Tenant {
            name,
            package: part.package,
            support_tier: part.support_tier,
            time_zone,
            language: part.language.map(|word| word.0).unwrap_or_default(),
            key: part.key.clone().unwrap_or_else(|| SecretRef::File("skolbro.key".to_owned())),
            store: self.store(part.store.as_ref(), file_name),
            four_eyes: part.four_eyes,
        }
    }

    fn store(&mut self, part: Option<&StorePart>, file_name: &str) -> StoreSettings {
        let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let stem = base.strip_suffix(".toml").unwrap_or(base);
        let beside = StoreSettings::Sqlite(format!("{stem}.db"));
        let Some(part) = part else { return beside };
        match (&part.sqlite, &part.postgres) {
            (Some(file), None) => StoreSettings::Sqlite(file.clone()),
            (None, Some(address)) => StoreSettings::Postgres(address.clone()),
            (None, None) | (Some(_), Some(_)) => {
                self.one_of(&["tenant", "store"], &["sqlite", "postgres"]);
                beside
            }
        }
    }

    fn backup(&mut self, part: &BackupPart) -> Option<Backup> {
        let folder = self.required(part.folder.clone(), &["backup", "folder"]);
        let keep_days = part.keep_days.unwrap_or(Backup::LONGEST_DAYS);
        if !(1..=Backup::LONGEST_DAYS).contains(&keep_days) {
            let text = Text::new(
                "En säkerhetskopia sparas 1 till 35 dagar.",
                "A backup is kept for 1 to 35 days.",
            );
            let hint = Text::new(
                "Det som gallras får inte leva kvar i säkerhetskopior.",
                "What is erased may not live on in backups.",
            );
            let span = self.root.value_at(&["backup", "keep_days"]);
            self.add(Code::BadValue, span, text, Some(hint));
        }
        Some(Backup { folder: folder?, keep_days })
    }

    /// Notes that not exactly one of `keys` stands in the table at `path`, unless one of
    /// them stands there and was wrong.
    pub(crate) fn one_of(&mut self, path: &[&str], keys: &[&str]) {
        let there = keys.iter().filter(|key| self.root.has(&[path, &[**key]].concat())).count();
        if there == 1 {
            return;
        }
        let list = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>();
        let text = Text::new(
            format!("Skriv antingen {}.", list.join(" eller ")),
            format!("Write either {}.", list.join(" or ")),
        );
        self.add(Code::OneOf, self.root.key_at(path), text, None);
    }

    fn sources(&mut self, file: &File, entries: &[Entry<'_>]) -> Vec<SourceSettings> {
        for name in file.source.keys() {
            self.entry_name("source", name);
        }
        let mut seen: BTreeMap<u32, String> = BTreeMap::new();
        let mut sources = Vec::new();
        for entry in entries {
            let Some(part) = file.source.get(&entry.name) else { continue };
            let path = ["source", entry.name.as_str(), "serial"];
            let serial = self.required(part.serial, &path).unwrap_or_default();
            if let (Some(_), Some(other)) = (part.serial, seen.get(&serial)) {
                let text = Text::new(
                    format!("Källan `{other}` har redan nummer {serial}."),
                    format!("Source `{other}` has serial {serial} already."),
                );
                let hint = Text::new(
                    "Ge den nya källan ett eget nummer; ändra aldrig ett som har använts.",
                    "Give the new source its own number; never change one that was used.",
                );
                self.add(Code::Duplicate, self.root.value_at(&path), text, Some(hint));
            }
            seen.entry(serial).or_insert_with(|| entry.name.clone());
            let section = entry.section.clone();
            sources.push(SourceSettings { name: entry.name.clone(), serial, section });
        }
        sources
    }

    fn supplements(&mut self, file: &File, entries: &[Entry<'_>]) -> Vec<SupplementSettings> {
        for name in file.supplement.keys() {
            self.entry_name("supplement", name);
        }
        let settings = |entry: &Entry<'_>| SupplementSettings {
            name: entry.name.clone(),
            section: entry.section.clone(),
        };
        entries.iter().map(settings).collect()
    }

    /// Names are typed on the command line and become parts of file names.
    pub(crate) fn entry_name(&mut self, group: &str, name: &str) {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.is_empty() && name.chars().all(plain) {
            return;
        }
        let text = Text::new(
            format!("Namnet `{name}` går inte att använda."),
            format!("The name `{name}` cannot be used."),
        );
        let hint = Text::new(
            "Använd a–z, 0–9, bindestreck och understreck.",
            "Use a–z, 0–9, hyphen and underscore.",
        );
        self.add(Code::BadValue, self.root.key_at(&[group, name]), text, Some(hint));
    }

    /// K002, K006: brons reads one system.
    fn package(
        &mut self,
        package: Package,
        sources: &[SourceSettings],
        supplements: &[SupplementSettings],
    ) {
        if package != Package::Brons {
            return;
        }
        let sources = sources.iter().skip(1).map(|it| ("source", &it.name));
        let supplements = supplements.iter().map(|it| ("supplement", &it.name));
        for (group, name) in sources.chain(supplements) {
            let text = Text::new(
                format!("Paketet brons läser en enda källa; `{name}` är en till."),
                format!("Package brons reads one single source; `{name}` is another."),
            );
            let hint = Text::new(
                "Behövs uppgifter från flera system, t.ex. e-post ur AD, är det paketet silver: \
                 skriv `package = \"silver\"`. Annars ska allt finnas i den första källan.",
                "If data from several systems are needed, e.g. e-mail from AD, that is package \
                 silver: write `package = \"silver\"`. Else all must be in the first source.",
            );
            let span = self.root.key_at(&[group, name]);
            self.add(Code::BronsSecondSource, span, text, Some(hint));
        }
    }

    fn precedence(&mut self, file: &File, sources: &[SourceSettings]) -> Precedence {
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let mut precedence = Precedence::default();
        for &(word, field) in PERSON_FIELDS {
            let list = match field {
                PersonField::Name => &file.merge.name,
                PersonField::Email => &file.merge.email,
                PersonField::Username => &file.merge.username,
                PersonField::BirthDate => &file.merge.birth_date,
                PersonField::Sex => &file.merge.sex,
            };
            let mut order = Vec::new();
            for (at, name) in list.iter().enumerate() {
                match names.iter().position(|known| known == name) {
                    Some(known) => order.extend(u8::try_from(known).map(SourceIndex)),
                    None if file.source.contains_key(name) => {}
                    None => self.unknown_source(&["merge", word, &at.to_string()], name, &names),
                }
            }
            if !order.is_empty() {
                precedence.set(field, order);
            }
        }
        precedence
    }

    fn unknown_source(&mut self, path: &[&str], name: &str, names: &[&str]) {
        let text = Text::new(
            format!("Det finns ingen källa `{name}`."),
            format!("There is no source `{name}`."),
        );
        let span = self.root.value_at(path);
        self.add(Code::UnknownSource, span, text, suggestion(name, names));
    }
}

/// Only the shape is checked here: which zones there are stands outside this program.
fn is_zone(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c))
    };
    text == "UTC" || (text.contains('/') && text.split('/').all(part))
}
