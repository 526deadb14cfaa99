//! Rules made ready: every expression of every kind compiled once.

use std::ops::Range;

use minijinja::Environment;
use roster::Key;
use state::{Attribute, Card, Entity, Kind, Relation, Required};

use super::expression::Expression;
use super::field::{Field, KeyField, PATHS, Path};
use super::rules::TargetRules;
use super::template;

/// An expression that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression of {kind}.{attribute} cannot be used: {problem}")]
pub struct ExpressionError {
    /// The kind, by its name on the card.
    pub kind: String,
    /// The attribute by its name on the card, `filter` or `role`.
    pub attribute: String,
    /// Bytes of the expression.
    pub range: Range<usize>,
    /// What is wrong.
    pub problem: String,
    /// The nearest name that exists.
    pub suggestion: Option<String>,
}

/// An attribute with its expression.
#[derive(Debug)]
pub(super) struct Compute {
    pub(super) attribute: Attribute,
    pub(super) expression: Expression,
}

/// A kind of object made from one entity.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) kind: Kind,
    pub(super) entity: Entity,
    pub(super) values: Vec<Compute>,
    pub(super) filter: Option<Expression>,
}

impl Making {
    /// Attributes that no two objects may share, with their places.
    pub(super) fn unique(&self) -> impl Iterator<Item = (usize, &Compute)> {
        self.values.iter().enumerate().filter(|(_, it)| it.attribute.unique)
    }
}

/// A kind of membership made from one relation.
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) kind: Kind,
    pub(super) relation: Relation,
    pub(super) container: Kind,
    pub(super) member: Kind,
    pub(super) role: Expression,
    pub(super) roles: &'static [&'static str],
    pub(super) values: Vec<Compute>,
}

/// Rules made ready.
#[derive(Debug)]
pub struct Compiled {
    pub(super) rules: TargetRules,
    pub(super) makings: Vec<Making>,
    pub(super) joinings: Vec<Joining>,
    pub(super) environment: Environment<'static>,
}

impl Compiled {
    /// The rules that were compiled.
    #[must_use]
    pub fn rules(&self) -> &TargetRules {
        &self.rules
    }

    /// How a kind of object is made from an entity.
    pub(super) fn making(&self, kind: Kind, entity: Entity) -> Option<&Making> {
        self.makings.iter().find(|making| making.kind == kind && making.entity == entity)
    }

    /// Whether anything refers to the teachers that groups belong to.
    pub(super) fn asks_for_owners(&self) -> bool {
        let owner = Expression::Copy(Path::Field(Field::Key(KeyField::GroupOwner)));
        let makings = self.makings.iter().flat_map(|making| &making.values);
        makings.into_iter().any(|it| it.expression == owner)
    }

    /// Whether the target gets the school.
    #[must_use]
    pub fn has_school(&self, school: Key) -> bool {
        self.rules.schools.has(school)
    }
}

/// Makes rules ready.
///
/// # Errors
///
/// Every expression that cannot be used.
pub fn compile(rules: TargetRules) -> Result<Compiled, Vec<ExpressionError>> {
    let card = rules.card;
    let environment = template::environment(&rules.transliterate);
    let mut work = Work { rules: &rules, environment, errors: Vec::new() };
    let makings = work.makings(card);
    let joinings = work.joinings(card);
    let Work { rules: _, environment, mut errors } = work;
    errors.dedup();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Compiled { rules, makings, joinings, environment })
}

struct Work<'a> {
    rules: &'a TargetRules,
    environment: Environment<'static>,
    errors: Vec<ExpressionError>,
}

impl Work<'_> {
    fn makings(&mut self, card: &Card) -> Vec<Making> {
        let mut makings = Vec::new();
        for (kind, object) in (0..).zip(card.objects) {
            for &entity in object.from {
                let values = self.values(object.name, object.attributes, Some(entity));
                let filter = self.rules.filters.get(object.name).cloned();
                let filter = filter.map(|text| {
                    let whole = format!("{{{{ 1 if ({text}) else '' }}}}");
                    self.expression(object.name, "filter", &whole, Some(entity))
                });
                makings.push(Making { kind: Kind(kind), entity, values, filter });
            }
        }
        makings
    }

    fn joinings(&mut self, card: &Card) -> Vec<Joining> {
        let mut joinings = Vec::new();
        for (kind, membership) in (0..).zip(card.memberships) {
            for &(relation, role) in membership.from {
                let own = self.rules.mapping.get(membership.name).and_then(|it| it.get("role"));
                let role = own.map_or(role, String::as_str).to_owned();
                joinings.push(Joining {
                    kind: Kind(kind),
                    relation,
                    container: membership.container,
                    member: membership.member,
                    role: self.expression(membership.name, "role", &role, None),
                    roles: membership.roles,
                    values: self.values(membership.name, membership.attributes, None),
                });
            }
        }
        joinings
    }

    fn values(
        &mut self,
        kind: &str,
        attributes: &[Attribute],
        entity: Option<Entity>,
    ) -> Vec<Compute> {
        let mapping = self.rules.mapping.get(kind);
        let texts: Vec<(Attribute, String)> = attributes
            .iter()
            .map(|attribute| {
                let own = mapping.and_then(|it| it.get(attribute.name)).map(String::as_str);
                (*attribute, own.unwrap_or(attribute.default).to_owned())
            })
            .collect();
        let compute = |(attribute, text): (Attribute, String)| Compute {
            attribute,
            expression: self.expression(kind, attribute.name, &text, entity),
        };
        texts.into_iter().map(compute).collect()
    }

    fn expression(
        &mut self,
        kind: &str,
        attribute: &str,
        text: &str,
        entity: Option<Entity>,
    ) -> Expression {
        let error = |range, problem: String, suggestion| ExpressionError {
            kind: kind.to_owned(),
            attribute: attribute.to_owned(),
            range,
            problem,
            suggestion,
        };
        if let Err(problems) = template::check(text, PATHS) {
            let found =
                problems.into_iter().map(|it| error(it.range, it.kind.to_string(), it.suggestion));
            self.errors.extend(found);
            return Expression::Nothing;
        }
        match Expression::compile(text, entity, &mut self.environment) {
            Ok(expression) => expression,
            Err(found) => {
                self.errors.push(error(0..text.len(), found.to_string(), None));
                Expression::Nothing
            }
        }
    }
}

impl std::fmt::Display for template::ProblemKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownField => f.write_str("no such field"),
            Self::UnknownFilter => f.write_str("no such filter"),
            Self::Syntax(words) => f.write_str(words),
        }
    }
}

impl Compute {
    pub(super) fn is_required(&self) -> bool {
        self.attribute.required == Required::Always
    }
}
