//! What fills in values that the registers lack: the only place that names those connectors.

use std::path::Path;

use connect::http;
use connect::matching::{FillSettings, MatchSettings};
use roster::SourceIndex;
use roster::supplement::{Fills, MatchBy, Matching, Overwrite, Supplement};
use rules::config::{
    self, Connector, Lang, Problem, Role, Section, Settings, SupplementSettings, Text, check_as,
};
use run::BoundSupplement;
use sources_files::{MappingFile, MappingFileSettings, mapping_file, table};
use sources_ldap::{Ldap, LdapSettings, Setup};

use crate::connectors::http_parts;
use crate::secrets::{self, OfMachine};
use crate::trouble::Trouble;

/// The connectors.
pub(crate) fn all() -> [Connector; 2] {
    [
        Connector {
            id: sources_ldap::KIND,
            role: Role::Supplement,
            names: &["AD", "Active Directory", "OpenLDAP", "katalog"],
            check: |written| check_as::<LdapSettings>(written, |it| http_parts(it.problems())),
            schema: || schemars::schema_for!(LdapSettings),
            card: None,
            expresses: &[],
        },
        Connector {
            id: mapping_file::KIND,
            role: Role::Supplement,
            names: &["mappningsfil", "CSV"],
            check: |written| {
                check_as::<MappingFileSettings>(written, |it| http_parts(it.problems()))
            },
            schema: || schemars::schema_for!(MappingFileSettings),
            card: None,
            expresses: &[],
        },
    ]
}

/// A supplement, made from its part of the settings.
enum Made {
    Directory(LdapSettings),
    File(MappingFileSettings),
}

impl Made {
    fn of(section: &Section, base: &Path) -> anyhow::Result<Self> {
        match section.kind {
            sources_ldap::KIND => {
                let mut settings: LdapSettings = section.decode()?;
                settings.seen_from(base);
                Ok(Self::Directory(settings))
            }
            mapping_file::KIND => {
                let mut settings: MappingFileSettings = section.decode()?;
                settings.seen_from(base);
                Ok(Self::File(settings))
            }
            other => anyhow::bail!("no supplement is called {other}"),
        }
    }

    fn matching(&self, settings: &Settings) -> Matching {
        let (by, fill, domains, overwrite) = match self {
            Self::Directory(it) => (&it.by, &it.fill, &it.domains, it.overwrite),
            Self::File(it) => (&it.by, &it.fill, &it.domains, it.overwrite),
        };
        Matching {
            by: match_by(by, settings),
            fills: fills(fill),
            domains: domains.iter().map(|domain| domain.to_lowercase()).collect(),
            overwrite: if overwrite { Overwrite::Yes } else { Overwrite::No },
        }
    }

    fn source(&self) -> Option<&str> {
        match self {
            Self::Directory(it) => it.by.source.as_deref(),
            Self::File(it) => it.by.source.as_deref(),
        }
    }
}

fn match_by(by: &MatchSettings, settings: &Settings) -> MatchBy {
    if let Some((field, _)) = by.extra.first_key_value() {
        return MatchBy::Extra(field.clone());
    }
    if by.source_id.is_none() {
        return MatchBy::Number;
    }
    let named = by.source.as_deref().and_then(|name| settings.source(name));
    MatchBy::SourceId(named.map_or(SourceIndex(0), |(index, _)| index))
}

fn fills(fill: &FillSettings) -> Vec<Fills> {
    let FillSettings { email, username } = fill;
    let email = email.is_some().then_some(Fills::Email);
    let username = username.is_some().then_some(Fills::Username);
    email.into_iter().chain(username).collect()
}

/// Sources that a supplement names and that are not there.
pub(crate) fn problems(settings: &Settings, text: &str) -> anyhow::Result<Vec<Problem>> {
    let mut found = Vec::new();
    for SupplementSettings { name, section } in &settings.supplements {
        let made = Made::of(section, Path::new("."))?;
        let Some(source) = made.source().filter(|it| settings.source(it).is_none()) else {
            continue;
        };
        let says = Text::new(
            format!("Det finns ingen källa `{source}`."),
            format!("There is no source `{source}`."),
        );
        let path = ["supplement", name, section.kind, "match", "source"];
        found.push(config::problem_at(text, &path, config::Code::UnknownSource, says, None));
    }
    Ok(found)
}

/// The tenant's supplements, in the order of the settings.
pub(crate) fn bound(settings: &Settings, base: &Path) -> anyhow::Result<Vec<BoundSupplement>> {
    let bound = |SupplementSettings { name, section }: &SupplementSettings| {
        let made = Made::of(section, base)?;
        let matching = made.matching(settings);
        let supplement: Box<dyn Supplement> = match made {
            Made::Directory(settings) => Box::new(directory(settings, base)?),
            Made::File(settings) => Box::new(MappingFile::new(settings)),
        };
        Ok(BoundSupplement {
            name: name.clone(),
            kind: section.kind.to_owned(),
            matching,
            supplement,
        })
    };
    settings.supplements.iter().map(bound).collect()
}

fn directory(settings: LdapSettings, base: &Path) -> anyhow::Result<Ldap> {
    Ldap::new(settings, &OfMachine::new(base)).map_err(|setup| {
        if let Setup::Secret(error) = &setup {
            return secrets::trouble(error).into();
        }
        let http::Words { sv, en } = setup.explain();
        Trouble::settings(sv, en).into()
    })
}

/// Whether a supplement is reached and shows what it should, for `doctor`.
pub(crate) async fn probe(section: &Section, base: &Path, lang: Lang) -> anyhow::Result<()> {
    let probed = match Made::of(section, base)? {
        Made::Directory(settings) => directory(settings, base)?.probe().await,
        Made::File(settings) => MappingFile::new(settings).probe(),
    };
    probed.map_err(|error| {
        let text = explain(section.kind, &error, lang);
        Trouble::settings(text.clone(), text).into()
    })
}

/// A supplement's error in words for people.
pub(crate) fn explain(kind: &str, error: &roster::SourceError, lang: Lang) -> String {
    match (kind, lang) {
        (sources_ldap::KIND, Lang::Sv) => {
            sources_ldap::explain(error, sources_ldap::Language::Swedish)
        }
        (sources_ldap::KIND, Lang::En) => {
            sources_ldap::explain(error, sources_ldap::Language::English)
        }
        (mapping_file::KIND, Lang::Sv) => sources_files::explain(error, table::Language::Swedish),
        (mapping_file::KIND, Lang::En) => sources_files::explain(error, table::Language::English),
        _ => error.to_string(),
    }
}
