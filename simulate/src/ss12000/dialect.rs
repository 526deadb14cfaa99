//! How the registers that speak SS12000 differ, as data.

use std::fmt;
use std::str::FromStr;

/// Which register is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// SS12000 2.1, clean.
    #[default]
    Standard,
    /// SS12000 2.0, clean.
    V20,
    /// Edlevo: schools own groups and duties, few types, its own paths
    /// (reference/sources.md §2.4).
    Edlevo,
    /// IST `EduCloud`: what the customer has not consented to is absent (reference/sources.md §3).
    EduCloud,
    /// A demo server that departs from the standard wherever it can (reference/sources.md §1.9).
    DemoSis,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 5] =
        [Self::Standard, Self::V20, Self::Edlevo, Self::EduCloud, Self::DemoSis];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::V20 => "v2_0",
            Self::Edlevo => "edlevo",
            Self::EduCloud => "educloud",
            Self::DemoSis => "demo-sis",
        }
    }

    /// Where the resources are, after host and port.
    #[must_use]
    pub const fn base_path(self) -> &'static str {
        match self {
            Self::Standard | Self::V20 | Self::DemoSis => "/v2",
            Self::Edlevo => "/WE.Education.IntegrationPortal.ExternalApi/api/v1",
            Self::EduCloud => "/ss12000v2-api/source/SE00100/v2.0",
        }
    }

    /// Where tokens are given out, after host and port.
    #[must_use]
    pub const fn token_path(self) -> &'static str {
        match self {
            Self::Standard | Self::V20 | Self::DemoSis => "/token",
            Self::Edlevo => "/WE.Education.IdentityServer.Web/connect/token",
            Self::EduCloud => "/connect/token",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No dialect has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDialect;

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such dialect")
    }
}

impl std::error::Error for UnknownDialect {}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or(UnknownDialect)
    }
}
