//! The rules that a machine can keep, each in a file of its own.

pub(crate) mod imports;
pub(crate) mod krate;
mod manifests;
mod numbers;
mod reach;
mod text;

use std::fmt;

use crate::tidy::krate::Crate;
use crate::tree::Tree;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    /// Counted from 1; 0 for the file as a whole.
    line: usize,
    says: String,
}

impl Finding {
    fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }

    fn whole(path: &str, says: impl Into<String>) -> Self {
        Self::at(path, 0, says)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.says),
            line => write!(f, "{}:{line}: {}", self.path, self.says),
        }
    }
}

/// Everything that breaks a rule, in the order of the paths.
pub(crate) fn findings(tree: &Tree, crates: &[Crate]) -> Vec<Finding> {
    let mut findings = imports::findings(crates);
    findings.extend(manifests::findings(tree, crates));
    findings.extend(reach::findings(tree, crates));
    findings.extend(text::findings(tree));
    findings.extend(numbers::findings(tree));
    findings.sort();
    findings
}
