//! Targets, made from their part of the settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use connect::http::Setup;
use rules::config::{Mode, TargetSettings};
use run::{Clock as _, RunError, SystemClock};
use state::Target;
use targets_files::school_data_sync::{self as sds, SchoolDataSync};
use targets_google::{self as google, Google};
use targets_oneroster::csv::{self as oneroster, OneRosterCsv};
use targets_scim::egil::{self, Egil};
use targets_scim::rfc::{self as scim, Scim};

use crate::secrets::{self, OfMachine};
use crate::trouble::Trouble;

/// A target, made from its part of the settings.
pub(crate) struct MadeTarget {
    pub(crate) target: Box<dyn Target>,
    /// Where it delivers to.
    pub(crate) place: Delivers,
    /// What the target's own settings say of what is made.
    pub(crate) implied: Implied,
}

/// What a target's own settings say of its kinds, beside the tenant's mapping and filters.
#[derive(Debug, Default)]
pub(crate) struct Implied {
    /// Attributes that are not sent, whatever the mapping says: by kind.
    pub(crate) left_out: Vec<(&'static str, &'static str)>,
    /// Filters by kind of object: what does not pass is not made. The tenant's own hold too.
    pub(crate) filters: Vec<(&'static str, String)>,
    /// Kinds of object that are not made (K052): what was made of them stays as it is.
    pub(crate) off: Vec<&'static str>,
    /// Kinds of object that others make (K118): linked where they are, never made or changed.
    pub(crate) linked: Vec<&'static str>,
}

/// Where a target delivers to.
pub(crate) enum Delivers {
    /// A folder that holds nothing else.
    Folder(PathBuf),
    /// A receiver of objects, one by one.
    Objects,
}

impl MadeTarget {
    fn of_files(target: impl Target + 'static, place: PathBuf) -> Self {
        let (target, place) = (Box::new(target), Delivers::Folder(place));
        Self { target, place, implied: Implied::default() }
    }

    fn of_objects(target: impl Target + 'static) -> Self {
        let (target, place) = (Box::new(target), Delivers::Objects);
        Self { target, place, implied: Implied::default() }
    }

    /// The folder, where it is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Delivers::Folder(folder) => Some(folder),
            Delivers::Objects => None,
        }
    }
}

/// Makes a target; `base` is the folder of the settings file. In test mode a file set goes to
/// a folder of its own beside the real one.
pub(crate) fn target(target: &TargetSettings, base: &Path) -> anyhow::Result<MadeTarget> {
    match target.section.kind {
        sds::ID => {
            let mut settings: sds::Settings = target.section.decode()?;
            let place = place(target.mode, &base.join(&settings.deliver.folder))?;
            settings.deliver.folder.clone_from(&place);
            Ok(MadeTarget::of_files(SchoolDataSync::new(&target.name, settings), place))
        }
        oneroster::ID => {
            let mut settings: oneroster::Settings = target.section.decode()?;
            let place = place(target.mode, &base.join(&settings.deliver.folder))?;
            settings.deliver.folder.clone_from(&place);
            Ok(MadeTarget::of_files(OneRosterCsv::new(&target.name, settings), place))
        }
        egil::ID => vendor(target, base),
        scim::ID => provider(target, base),
        google::ID => {
            let (settings, made) = directory(target, base)?;
            let (off, linked) = (settings.kinds_off(), settings.kinds_of_others());
            let implied = Implied { off, linked, ..Implied::default() };
            Ok(MadeTarget { implied, ..MadeTarget::of_objects(made) })
        }
        other => anyhow::bail!("no target is called {other}"),
    }
}

/// The address that a receiver over the network is called at. In test mode that for tests,
/// and no other (K184).
fn address(target: &TargetSettings, url: &str, test_url: Option<&str>) -> anyhow::Result<String> {
    let name = &target.name;
    match (target.mode, test_url) {
        (Mode::Production, _) => Ok(url.to_owned()),
        (Mode::Test, Some(url)) => Ok(url.to_owned()),
        (Mode::Test, None) => Err(Trouble::settings(
            format!("`target.{name}` är i testläge men har ingen `test_url`. Ange mottagarens testadress, eller ta bort `mode`."),
            format!("`target.{name}` is in test mode and has no `test_url`. Give the receiver's address for tests, or take `mode` out."),
        )
        .into()),
    }
}

fn set_up(setup: &Setup) -> anyhow::Error {
    if let Setup::Secret(error) = setup {
        return secrets::trouble(error).into();
    }
    let words = setup.explain();
    Trouble::settings(words.sv, words.en).into()
}

fn vendor(target: &TargetSettings, base: &Path) -> anyhow::Result<MadeTarget> {
    let mut settings: egil::Settings = target.section.decode()?;
    settings.seen_from(base);
    let url = address(target, &settings.url, settings.test_url.as_deref())?;
    let left_out = match settings.profile {
        egil::Profile::Egil => Vec::new(),
        egil::Profile::Skolsynk => egil::left_out().collect(),
    };
    let made = Egil::new(&target.name, &url, settings, &OfMachine::new(base))
        .map_err(|setup| set_up(&setup))?;
    let implied = Implied { left_out, ..Implied::default() };
    Ok(MadeTarget { implied, ..MadeTarget::of_objects(made) })
}

fn provider(target: &TargetSettings, base: &Path) -> anyhow::Result<MadeTarget> {
    let mut settings: scim::Settings = target.section.decode()?;
    settings.seen_from(base);
    let url = address(target, &settings.url, settings.test_url.as_deref())?;
    let made = Scim::new(&target.name, &url, settings, &OfMachine::new(base))
        .map_err(|setup| set_up(&setup))?;
    Ok(MadeTarget::of_objects(made))
}

/// In test mode another customer, with a key of its own, and no other (K184).
fn directory(target: &TargetSettings, base: &Path) -> anyhow::Result<(google::Settings, Google)> {
    let mut settings: google::Settings = target.section.decode()?;
    settings.seen_from(base);
    let name = &target.name;
    let settings = match target.mode {
        Mode::Production => settings,
        Mode::Test => settings.for_tests().ok_or_else(|| {
            Trouble::settings(
                format!("`target.{name}` är i testläge men har ingen `test`-tabell. Ange nyckel och administratör hos en testkund, eller ta bort `mode`."),
                format!("`target.{name}` is in test mode and has no table `test`. Give key and administrator of a customer for tests, or take `mode` out."),
            )
        })?,
    };
    let now: connect::http::Now = Arc::new(|| SystemClock.now());
    let made = Google::new(name, settings.clone(), &now, &OfMachine::new(base))
        .map_err(|setup| set_up(&setup))?;
    Ok((settings, made))
}

/// Choices in a target's settings that hold, and are weaker than they need be, by setting.
pub(crate) fn risks(
    target: &TargetSettings,
) -> anyhow::Result<Vec<(&'static str, connect::http::Words)>> {
    if target.section.kind != google::ID {
        return Ok(Vec::new());
    }
    Ok(target.section.decode::<google::Settings>()?.risks())
}

/// What a receiver's code for a refusal means, and what to do; `None` where nothing more is known.
pub(crate) fn refusal(card: &state::Card, code: &str) -> Option<connect::http::Words> {
    if card.id == google::ID { google::refusal(code) } else { None }
}

/// What each function of a target needs to be allowed, and what is wrong with it; `None` for a
/// target that has no such list.
pub(crate) async fn permissions(
    target: &TargetSettings,
    base: &Path,
) -> anyhow::Result<Option<Vec<google::Finding>>> {
    if target.section.kind != google::ID {
        return Ok(None);
    }
    let (_, made) = directory(target, base)?;
    Ok(Some(made.check().await))
}

/// Whether a receiver over the network is reached and lets us in, for `doctor`.
pub(crate) async fn reached(made: &MadeTarget, name: &str) -> anyhow::Result<()> {
    let first = std::collections::BTreeSet::from([state::Kind(0)]);
    let seen = made
        .target
        .observe(state::Look { kinds: &first, only: None }, &state::Ids::default(), &mut Nobody)
        .await;
    seen.map_err(|error| RunError::Target { name: name.to_owned(), error }.into())
}

struct Nobody;

impl state::Seen for Nobody {
    fn row(&mut self, _: &[u8], _: Option<&str>) -> Result<(), roster::SpoolError> {
        Ok(())
    }
}

/// Where a target delivers to in this mode.
fn place(mode: Mode, folder: &Path) -> anyhow::Result<PathBuf> {
    match mode {
        Mode::Production => Ok(folder.to_owned()),
        Mode::Test => test_folder(folder),
    }
}

/// The folder for tests beside the real one, never inside it: `out/sds/` has `out/sds-TEST`.
fn test_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let no_name = || format!("{} has no name of its own: name a folder", folder.display());
    let mut name = folder.file_name().with_context(no_name)?.to_owned();
    name.push("-TEST");
    Ok(folder.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K184: however the folder is written, a test delivers beside it.
    #[test]
    fn a_test_delivers_beside_the_real_folder() {
        for written in ["out/sds", "out/sds/", "out/sds/.", "out/./sds//"] {
            let beside = test_folder(Path::new(written)).unwrap();
            assert_eq!(beside, Path::new("out/sds-TEST"), "{written}");
        }
        for written in ["..", "out/..", "/"] {
            assert!(test_folder(Path::new(written)).is_err(), "{written}");
        }
    }
}
