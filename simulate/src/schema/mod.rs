//! Types of resources as tables: which attributes, of which kind, required or not.
//!
//! A table is text, one attribute a line and sub-attributes indented beneath, so that it reads
//! like the published description:
//!
//! ```text
//! userName        string required unique
//! emails          complex[]
//!   value         string
//!   type          string   in:work|home|other
//! ```

mod check;
mod table;

pub(crate) use check::{Unknown, Wrong, object};
pub(crate) use table::attributes;
#[cfg(test)]
pub(crate) use table::misspelt;

/// A type of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    /// `User`.
    pub(crate) name: &'static str,
    /// `Users`.
    pub(crate) endpoint: &'static str,
    /// Its own attributes.
    pub(crate) core: Schema,
    /// Those of others, under the key of their URN.
    pub(crate) extensions: Vec<Schema>,
}

/// Attributes under one URN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) urn: &'static str,
    pub(crate) name: &'static str,
    pub(crate) attributes: Vec<Attribute>,
}

/// An attribute (RFC 7643 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) many: bool,
    pub(crate) required: bool,
    /// Capitals count.
    pub(crate) exact: bool,
    /// No two resources of the type have the same.
    pub(crate) unique: bool,
    pub(crate) mutability: Mutability,
    pub(crate) returned: Returned,
    /// Values that are usual; others are taken too.
    pub(crate) usual: Vec<String>,
    /// The endpoint that a reference's value is an id of, or what a `reference` points at.
    pub(crate) to: Vec<String>,
    pub(crate) form: Option<Form>,
    pub(crate) inner: Vec<Attribute>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    #[default]
    String,
    Boolean,
    Integer,
    DateTime,
    Reference,
    Binary,
    Complex,
}

/// Who may write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mutability {
    #[default]
    ReadWrite,
    ReadOnly,
    Immutable,
    WriteOnly,
}

/// When it is in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Returned {
    #[default]
    Default,
    Always,
    Never,
}

/// What a string must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Uuid,
    /// Eight digits.
    UnitCode,
}

/// The attribute of this name: capitals never count in names (RFC 7643 §2.1).
pub(crate) fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}
