//! The only place that names every connector.

mod made;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use connect::http::Setup;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::config::{
    Connector, Connectors, ExpressionFault, Facility, Feature, Lang, PartProblem, Place, Role,
    Section, Text, check_as,
};
use rules::shape::template;
use run::RunError;
use sources_files::{Table, TableSettings, table};
use sources_ss12000::{self as ss12000, CannotMake, Ss12000, Ss12000Settings};
use targets_files::school_data_sync::{self as sds};
use targets_google as google;
use targets_oneroster::csv::{self as oneroster};
use targets_scim::egil::{self};
use targets_scim::rfc::{self as scim};

use crate::secrets::{self, OfMachine};
use crate::trouble::Trouble;

pub(crate) use made::{
    Delivers, Implied, MadeTarget, permissions, reached, refusal, risks, target,
};

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
            Connector {
                id: scim::ID,
                role: Role::Target,
                names: &["SCIM", "SCIM 2.0", "RFC 7644"],
                check: |written| check_as::<scim::Settings>(written, scim_problems),
                schema: || schemars::schema_for!(scim::Settings),
                card: Some(&scim::CARD),
                expresses: &[],
            },
            google_workspace(),
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

fn google_workspace() -> Connector {
    Connector {
        id: google::ID,
        role: Role::Target,
        names: &["Google Workspace", "Google Classroom", "G Suite", "Google"],
        check: |written| check_as::<google::Settings>(written, google_problems),
        schema: || schemars::schema_for!(google::Settings),
        card: Some(&google::CARD),
        expresses: &[],
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

fn scim_problems(settings: &scim::Settings) -> Vec<PartProblem> {
    let part = |problem: scim::Problem| PartProblem {
        path: problem.path.iter().map(|&key| key.to_owned()).collect(),
        message: Text::new(problem.says.sv, problem.says.en),
        hint: None,
    };
    settings.problems().into_iter().map(part).collect()
}

fn google_problems(settings: &google::Settings) -> Vec<PartProblem> {
    let part = |problem: google::Problem| PartProblem {
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
pub(crate) fn source(
    section: &Section,
    base: &Path,
    today: Date,
    now: Timestamp,
) -> anyhow::Result<MadeSource> {
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
            let made = register(section, base, today, now)?;
            Ok(MadeSource { marking: made.marking_policy(), source: Box::new(made) })
        }
        other => anyhow::bail!("no source is called {other}"),
    }
}

fn register(
    section: &Section,
    base: &Path,
    today: Date,
    now: Timestamp,
) -> anyhow::Result<Ss12000> {
    let mut settings: Ss12000Settings = section.decode()?;
    settings.seen_from(base);
    let made = Ss12000::new(settings, today, now, &OfMachine::new(base));
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
    let register = register(section, base, jiff::civil::date(2000, 1, 1), Timestamp::UNIX_EPOCH)?;
    register.probe().await.map_err(|error| {
        let text = explain(section.kind, &error, lang);
        let (name, kind) = (String::new(), section.kind.to_owned());
        let exit = RunError::Source { name, kind, error }.exit();
        Trouble::settings(text.clone(), text).ending(exit).into()
    })
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
