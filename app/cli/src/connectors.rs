//! The only place that names every connector.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use connect::http::Setup;
use jiff::civil::Date;
use rules::config::{
    Connector, Connectors, ExpressionFault, Facility, Feature, Lang, Mode, PartProblem, Place,
    Role, Section, TargetSettings, Text, check_as,
};
use rules::shape::template;
use run::RunError;
use sources_files::{Table, TableSettings, table};
use sources_ss12000::{self as ss12000, CannotMake, Ss12000, Ss12000Settings};
use state::Target;
use targets_files::school_data_sync::{self as sds, SchoolDataSync};
use targets_oneroster::csv::{self as oneroster, OneRosterCsv};
use targets_scim::egil::{self, Egil};

use crate::secrets::{self, OfMachine};
use crate::trouble::Trouble;

/// Every connector of this program.
pub(crate) fn all() -> Connectors {
    let supplements = crate::supplements::all();
    Connectors {
        list: vec![
            supplements[0],
            supplements[1],
            Connector {
                id: table::KIND,
                role: Role::Source,
                names: &["CSV", "TSV", "Excel (sparad som CSV)", "export"],
                check: |written| check_as::<TableSettings>(written, table_problems),
                schema: || schemars::schema_for!(TableSettings),
                card: None,
                expresses: &[
                    Feature::GroupTeachers,
                    Feature::Guardians,
                    Feature::InactivePersons,
                    Feature::SchoolTypes,
                    Feature::GroupTypes,
                    Feature::Duties,
                ],
            },
            Connector {
                id: ss12000::KIND,
                role: Role::Source,
                names: &[
                    "SS12000",
                    "Edlevo",
                    "Tieto Education",
                    "Lifecare",
                    "IST EduCloud",
                    "Extens",
                    "IST Administration",
                    "SchoolSoft",
                ],
                check: |written| check_as::<Ss12000Settings>(written, ss12000_problems),
                schema: || schemars::schema_for!(Ss12000Settings),
                card: None,
                expresses: &[
                    Feature::GroupTeachers,
                    Feature::Guardians,
                    Feature::InactivePersons,
                    Feature::SchoolTypes,
                    Feature::GroupTypes,
                    Feature::Duties,
                ],
            },
            Connector {
                id: sds::ID,
                role: Role::Target,
                names: &["Microsoft School Data Sync", "SDS", "Teams"],
                check: |written| check_as::<sds::Settings>(written, sds_problems),
                schema: || schemars::schema_for!(sds::Settings),
                card: Some(&sds::CARD),
                expresses: &[],
            },
            Connector {
                id: oneroster::ID,
                role: Role::Target,
                names: &["OneRoster", "1EdTech", "OneRoster CSV"],
                check: |written| check_as::<oneroster::Settings>(written, oneroster_problems),
                schema: || schemars::schema_for!(oneroster::Settings),
                card: Some(&oneroster::CARD),
                expresses: &[],
            },
            Connector {
                id: egil::ID,
                role: Role::Target,
                names: &["EGIL", "Skolsynk", "Binogi", "Gleerups", "NE", "Inläsningstjänst"],
                check: |written| check_as::<egil::Settings>(written, egil_problems),
                schema: || schemars::schema_for!(egil::Settings),
                card: Some(&egil::CARD),
                expresses: &[],
            },
        ],
        facilities: vec![Facility {
            id: sources_skolverket::ID,
            check: |written| {
                check_as::<sources_skolverket::Settings>(written, |it| http_parts(it.problems()))
            },
            schema: || schemars::schema_for!(sources_skolverket::Settings),
        }],
        check_expression,
    }
}

/// What the HTTP client's settings, or those of a connector around them, have found wrong.
pub(crate) fn http_parts(problems: Vec<connect::http::Problem>) -> Vec<PartProblem> {
    let part = |problem: connect::http::Problem| PartProblem {
        path: problem.path.iter().map(|&key| key.to_owned()).collect(),
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    problems.into_iter().map(part).collect()
}

fn table_problems(settings: &TableSettings) -> Vec<PartProblem> {
    let words = |problem: &table::Problem| {
        Text::new(
            table::explain_problem(problem, table::Language::Swedish),
            table::explain_problem(problem, table::Language::English),
        )
    };
    let part = |problem: table::Problem| PartProblem {
        path: problem.at.split('.').map(str::to_owned).collect(),
        message: words(&problem),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn ss12000_problems(settings: &Ss12000Settings) -> Vec<PartProblem> {
    let part = |problem: ss12000::Problem| PartProblem {
        path: problem.path,
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn sds_problems(settings: &sds::Settings) -> Vec<PartProblem> {
    let part = |problem: sds::Problem| PartProblem {
        path: problem.path.iter().map(|&key| key.to_owned()).collect(),
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn oneroster_problems(settings: &oneroster::Settings) -> Vec<PartProblem> {
    let part = |problem: oneroster::Problem| PartProblem {
        path: problem.path.iter().map(|&key| key.to_owned()).collect(),
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn egil_problems(settings: &egil::Settings) -> Vec<PartProblem> {
    let part = |problem: egil::Problem| PartProblem {
        path: problem.path.iter().map(|&key| key.to_owned()).collect(),
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn check_expression(expression: &str, _: Place<'_>) -> Vec<ExpressionFault> {
    let Err(problems) = template::check(expression, template::PATHS) else { return Vec::new() };
    let fault = |problem: template::Problem| {
        let message = match problem.kind {
            template::ProblemKind::UnknownField => Text::new("Okänt fält.", "Unknown field."),
            template::ProblemKind::UnknownFilter => Text::new("Okänt filter.", "Unknown filter."),
            template::ProblemKind::Syntax(words) => Text::new(
                format!("Mallen går inte att läsa: {words}."),
                format!("The template cannot be read: {words}."),
            ),
        };
        let hint = problem.suggestion.map(|name| {
            Text::new(format!("Menade du `{name}`?"), format!("Did you mean `{name}`?"))
        });
        ExpressionFault { at: problem.range, message, hint }
    };
    problems.into_iter().map(fault).collect()
}

/// A source, made from its part of the settings.
pub(crate) struct MadeSource {
    pub(crate) source: Box<dyn roster::Source>,
    pub(crate) marking: roster::MarkingPolicy,
}

/// Makes a source; `base` is the folder of the settings file.
pub(crate) fn source(section: &Section, base: &Path, today: Date) -> anyhow::Result<MadeSource> {
    match section.kind {
        table::KIND => {
            let mut settings: TableSettings = section.decode()?;
            settings.folder = base.join(&settings.folder);
            let table = Table::new(settings, today)
                .map_err(|problems| anyhow::anyhow!("{}", problems.len()))
                .context("the source's settings were checked and still have problems")?;
            Ok(MadeSource { marking: table.marking_policy(), source: Box::new(table) })
        }
        ss12000::KIND => {
            let made = register(section, base, today)?;
            Ok(MadeSource { marking: made.marking_policy(), source: Box::new(made) })
        }
        other => anyhow::bail!("no source is called {other}"),
    }
}

fn register(section: &Section, base: &Path, today: Date) -> anyhow::Result<Ss12000> {
    let mut settings: Ss12000Settings = section.decode()?;
    settings.seen_from(base);
    let made = Ss12000::new(settings, today, &OfMachine::new(base));
    made.map_err(|error| match error {
        CannotMake::Settings(problems) => anyhow::anyhow!("{}", problems.len())
            .context("the source's settings were checked and still have problems"),
        CannotMake::Setup(Setup::Secret(error)) => secrets::trouble(&error).into(),
        CannotMake::Setup(setup) => {
            let words = setup.explain();
            Trouble::settings(words.sv, words.en).into()
        }
    })
}

/// The folder that a source reads, if it is one that does.
pub(crate) fn source_folder(section: &Section, base: &Path) -> anyhow::Result<Option<PathBuf>> {
    match section.kind {
        table::KIND => {
            let settings: TableSettings = section.decode()?;
            Ok(Some(base.join(&settings.folder)))
        }
        _ => Ok(None),
    }
}

/// Whether a register over the network is reached and lets us in, for `doctor`.
pub(crate) async fn probe(section: &Section, base: &Path, lang: Lang) -> anyhow::Result<()> {
    if section.kind != ss12000::KIND {
        return Ok(());
    }
    let register = register(section, base, jiff::civil::date(2000, 1, 1))?;
    register.probe().await.map_err(|error| {
        let text = explain(section.kind, &error, lang);
        Trouble::settings(text.clone(), text).into()
    })
}

/// A target, made from its part of the settings.
pub(crate) struct MadeTarget {
    pub(crate) target: Box<dyn Target>,
    /// Where it delivers to.
    pub(crate) place: Delivers,
    /// Attributes of the card that are not sent, whatever the mapping says: by kind.
    pub(crate) left_out: Vec<(&'static str, &'static str)>,
}

/// Where a target delivers to.
pub(crate) enum Delivers {
    /// A folder that holds nothing else.
    Folder(PathBuf),
    /// A receiver of objects, one by one.
    Vendor,
}

impl MadeTarget {
    fn of_files(target: impl Target + 'static, place: PathBuf) -> Self {
        let (target, place) = (Box::new(target), Delivers::Folder(place));
        Self { target, place, left_out: Vec::new() }
    }

    /// The folder, where it is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Delivers::Folder(folder) => Some(folder),
            Delivers::Vendor => None,
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
        other => anyhow::bail!("no target is called {other}"),
    }
}

/// A vendor. In test mode its address for tests is called, and no other (K184).
fn vendor(target: &TargetSettings, base: &Path) -> anyhow::Result<MadeTarget> {
    let mut settings: egil::Settings = target.section.decode()?;
    settings.seen_from(base);
    let url = match (target.mode, &settings.test_url) {
        (Mode::Production, _) => settings.url.clone(),
        (Mode::Test, Some(url)) => url.clone(),
        (Mode::Test, None) => {
            let name = &target.name;
            return Err(Trouble::settings(
                format!("`target.{name}` är i testläge men har ingen `test_url`. Ange leverantörens testadress, eller ta bort `mode`."),
                format!("`target.{name}` is in test mode and has no `test_url`. Give the vendor's address for tests, or take `mode` out."),
            )
            .into());
        }
    };
    let left_out = match settings.profile {
        egil::Profile::Egil => Vec::new(),
        egil::Profile::Skolsynk => egil::left_out().collect(),
    };
    let made = Egil::new(&target.name, &url, settings, &OfMachine::new(base));
    let made = made.map_err(|setup| match setup {
        Setup::Secret(error) => anyhow::Error::from(secrets::trouble(&error)),
        setup => {
            let words = setup.explain();
            Trouble::settings(words.sv, words.en).into()
        }
    })?;
    Ok(MadeTarget { target: Box::new(made), place: Delivers::Vendor, left_out })
}

/// Whether a receiver over the network is reached and lets us in, for `doctor`.
pub(crate) async fn reached(made: &MadeTarget, name: &str) -> anyhow::Result<()> {
    let first = std::collections::BTreeSet::from([state::Kind(0)]);
    let seen = made.target.observe(&first, &state::Ids::default(), &mut Nobody).await;
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

/// The cards of all targets.
pub(crate) fn cards() -> impl Iterator<Item = &'static state::Card> {
    all().list.into_iter().filter_map(|connector| connector.card)
}

/// The card of a target by its id.
pub(crate) fn card(id: &str) -> Option<&'static state::Card> {
    all().list.iter().find(|connector| connector.id == id).and_then(|connector| connector.card)
}

/// A source's error in words for people.
pub(crate) fn explain(kind: &str, error: &roster::SourceError, lang: Lang) -> String {
    match (kind, lang) {
        (table::KIND, Lang::Sv) => sources_files::explain(error, table::Language::Swedish),
        (table::KIND, Lang::En) => sources_files::explain(error, table::Language::English),
        (ss12000::KIND, Lang::Sv) => ss12000::explain(error, ss12000::Language::Swedish),
        (ss12000::KIND, Lang::En) => ss12000::explain(error, ss12000::Language::English),
        _ => error.to_string(),
    }
}

/// A source's notice in words for people.
pub(crate) fn explain_notice(kind: &str, notice: &roster::Notice, lang: Lang) -> String {
    match (kind, lang) {
        (table::KIND, Lang::Sv) => sources_files::explain_notice(notice, table::Language::Swedish),
        (table::KIND, Lang::En) => sources_files::explain_notice(notice, table::Language::English),
        (ss12000::KIND, Lang::Sv) => ss12000::explain_notice(notice, ss12000::Language::Swedish),
        (ss12000::KIND, Lang::En) => ss12000::explain_notice(notice, ss12000::Language::English),
        _ => notice.code.to_owned(),
    }
}

/// Whether an error came from a source, and from which kind.
pub(crate) fn source_error(error: &RunError) -> Option<(&str, &str, &roster::SourceError)> {
    let RunError::Source { name, kind, error } = error else { return None };
    Some((name, kind, error))
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
