//! Fetches the register.

use std::collections::BTreeMap;

use connect::http::{AuthSettings, Client, Error, Setup, Words};
use roster::Date;
use roster::school_register::{RegisterUnit, SchoolRegister, UnitStatus, is_school_code};
use secret::Secrets;
use serde::Deserialize;

use crate::settings::Settings;

/// Why there is no new copy. The one that we have is still good.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The settings must be put right.
    #[error("the client cannot be made")]
    Setup(#[source] Setup),
    /// As [`Error`] says.
    #[error("the register did not give its units")]
    Http(#[source] Error),
    /// An answer of another shape than the register's.
    #[error("{unusable} of {units} units cannot be used")]
    Shape {
        /// Units without a code of the right form, or without a status.
        unusable: usize,
        /// All of them.
        units: usize,
    },
}

impl FetchError {
    /// What happened and what to do.
    #[must_use]
    pub fn explain(&self) -> Words {
        match self {
            Self::Setup(setup) => setup.explain(),
            Self::Http(error) => error.explain(),
            Self::Shape { unusable, units } => Words::new(
                format!(
                    "Svaret ser inte ut som Skolenhetsregistrets: {unusable} av {units} enheter saknar skolenhetskod eller status. Kontrollera `school_register.url`."
                ),
                format!(
                    "The answer does not look like the school unit register's: {unusable} of {units} units lack code or status. Check `school_register.url`."
                ),
            ),
        }
    }
}

/// `SchoolUnitResponse`; what we do not use is passed over.
#[derive(Deserialize)]
struct WireAnswer {
    data: WireData,
}

#[derive(Deserialize)]
struct WireData {
    attributes: Vec<WireUnit>,
}

/// `SchoolUnit`. No field is required there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUnit {
    school_unit_code: Option<String>,
    name: Option<String>,
    status: Option<String>,
}

/// One unusable unit in so many is a slip; more is another kind of answer.
const ONE_SLIP_IN: usize = 100;

/// Fetches every unit, whatever its status. Nothing is written.
pub async fn fetch(
    settings: &Settings,
    secrets: &dyn Secrets,
    today: Date,
) -> Result<SchoolRegister, FetchError> {
    let Settings { file: _, url, http } = settings;
    let client = Client::new(url, http, &AuthSettings::None, secrets).map_err(FetchError::Setup)?;
    let request = client.get("/v2/school-units");
    let answer: WireAnswer = request.json().await.map_err(FetchError::Http)?;
    let listed = answer.data.attributes;
    let count = listed.len();
    let mut units = BTreeMap::new();
    let mut unusable = 0;
    for unit in listed {
        match used(unit) {
            Some((code, unit)) => drop(units.insert(code, unit)),
            None => unusable += 1,
        }
    }
    if unusable * ONE_SLIP_IN > count {
        return Err(FetchError::Shape { unusable, units: count });
    }
    Ok(SchoolRegister { retrieved: today, units })
}

fn used(unit: WireUnit) -> Option<(String, RegisterUnit)> {
    let WireUnit { school_unit_code, name, status } = unit;
    let code = school_unit_code.filter(|code| is_school_code(code))?;
    let status = UnitStatus::parse(&status?);
    Some((code, RegisterUnit { name: name.unwrap_or_default(), status }))
}
