//! The workspace's crates as `cargo metadata` gives them, cut to what the rules ask.

use anyhow::Context as _;
use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{DependencyKind, Metadata, Package};

/// One member of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Crate {
    /// From the root of the workspace, as `core/roster`.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// The files that cargo starts from, by path from the root.
    pub(crate) roots: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// The folder, for a crate of ours.
    pub(crate) ours: Option<String>,
    pub(crate) used_by: Use,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The crate itself, or its build script.
    Product,
    /// Its tests alone.
    Tests,
}

impl Crate {
    pub(crate) fn all(metadata: &Metadata) -> anyhow::Result<Vec<Self>> {
        let root = metadata.workspace_root.as_path();
        metadata.workspace_packages().into_iter().map(|package| Self::one(package, root)).collect()
    }

    fn one(package: &Package, root: &Utf8Path) -> anyhow::Result<Self> {
        let folder = package.manifest_path.parent().unwrap_or(root);
        let dependencies = package.dependencies.iter().map(|dependency| {
            let ours = dependency.path.as_deref().map(|path| from_root(path, root)).transpose()?;
            let for_tests = dependency.kind == DependencyKind::Development;
            let used_by = if for_tests { Use::Tests } else { Use::Product };
            Ok(Dependency { name: dependency.name.clone(), ours, used_by })
        });
        Ok(Self {
            folder: from_root(folder, root)?,
            dependencies: dependencies.collect::<anyhow::Result<_>>()?,
            roots: package
                .targets
                .iter()
                .map(|target| from_root(&target.src_path, root))
                .collect::<anyhow::Result<_>>()?,
        })
    }

    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

fn from_root(path: &Utf8Path, root: &Utf8Path) -> anyhow::Result<String> {
    let path = path.strip_prefix(root).with_context(|| format!("{path} is outside {root}"))?;
    Ok(path.as_str().replace('\\', "/"))
}

#[cfg(test)]
pub(crate) mod samples {
    use super::{Crate, Dependency, Use};

    /// A crate with dependencies given as `core/roster` (ours) or `serde` (others'); those that
    /// only its tests use begin with `test:`.
    pub(crate) fn sample(folder: &str, dependencies: &[&str]) -> Crate {
        let dependencies = dependencies.iter().map(|text| {
            let (used_by, name) = match text.strip_prefix("test:") {
                Some(name) => (Use::Tests, name),
                None => (Use::Product, *text),
            };
            let ours = crate::tidy::imports::is_ours(name).then(|| name.to_owned());
            Dependency { name: name.to_owned(), ours, used_by }
        });
        Crate {
            folder: folder.to_owned(),
            dependencies: dependencies.collect(),
            roots: vec![format!("{folder}/src/lib.rs")],
        }
    }
}
