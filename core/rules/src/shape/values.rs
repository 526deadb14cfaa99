//! Values of objects and memberships, as the card and the tenant's mapping say.

use std::borrow::Cow;

use state::{Kind, ObjectRef, Reason, RowBuilder, Value};

use super::compile::Compute;
use super::expression::Expression;
use super::field::{Field, KeyField, Path, PersonField, SchoolField};
use super::lookup::Lookup;
use super::view::View;

/// Keys of wanted objects by kind. Persons are not among them.
pub(super) type Objects = Vec<Lookup<()>>;

/// A value that is not yet written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Ref(ObjectRef),
    Refs(Vec<ObjectRef>),
}

impl Found<'_> {
    fn into_value(self) -> Value {
        match self {
            Self::Nothing => Value::None,
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Ref(id) => Value::Ref(id),
            Self::Refs(ids) => Value::Refs(ids),
        }
    }

    fn write(&self, row: &mut RowBuilder<'_>) {
        match self {
            Self::Nothing => row.none(),
            Self::Text(text) => row.text(text),
            Self::Ref(id) => row.reference(*id),
            Self::Refs(ids) => row.references(ids),
        }
    }
}

/// Why a value cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    /// The attribute's place on the card.
    pub(super) attribute: usize,
    pub(super) reason: Reason,
}

/// The values, or the first that is missing.
pub(super) fn values(
    view: &View<'_>,
    computes: &[Compute],
    objects: &Objects,
) -> Result<Vec<Value>, Missing> {
    let all = computes.iter().enumerate();
    all.map(|(at, compute)| found(view, at, compute, objects).map(Found::into_value)).collect()
}

/// Writes the values, up to the first that is missing.
pub(super) fn write(
    view: &View<'_>,
    computes: &[Compute],
    objects: &Objects,
    row: &mut RowBuilder<'_>,
) -> Result<(), Missing> {
    let mut all = computes.iter().enumerate();
    all.try_for_each(|(at, compute)| {
        found(view, at, compute, objects)?.write(row);
        Ok(())
    })
}

fn found<'a>(
    view: &View<'a>,
    attribute: usize,
    compute: &'a Compute,
    objects: &Objects,
) -> Result<Found<'a>, Missing> {
    let found = if let Some(kind) = compute.attribute.refers_to {
        refs(view, &compute.expression, kind, objects)
    } else {
        let text = compute.expression.text(view, &view.facts.compiled.environment);
        text.map_or(Found::Nothing, Found::Text)
    };
    if found == Found::Nothing && compute.is_required() {
        return Err(Missing { attribute, reason: reason(&compute.expression) });
    }
    Ok(found)
}

/// Only what is wanted itself is referred to.
fn refs<'a>(view: &View<'_>, expression: &Expression, kind: Kind, objects: &Objects) -> Found<'a> {
    let Expression::Copy(Path::Field(Field::Key(field))) = expression else {
        return Found::Nothing;
    };
    let known = objects.get(usize::from(kind.0));
    let keys = view.keys(*field).into_iter();
    let ids = keys.map(|key| ObjectRef { kind, key });
    let is_wanted = |id: &ObjectRef| {
        // Persons are not in memory; an owner was asked for being wanted.
        *field == KeyField::GroupOwner
            || view.sure == Some(*id)
            || known.is_some_and(|it| it.has(id.key))
    };
    let mut found: Vec<ObjectRef> = ids.filter(is_wanted).collect();
    found.sort_unstable();
    if matches!(field, KeyField::GroupSessions | KeyField::GroupTerms) {
        return if found.is_empty() { Found::Nothing } else { Found::Refs(found) };
    }
    found.first().map_or(Found::Nothing, |id| Found::Ref(*id))
}

fn reason(expression: &Expression) -> Reason {
    match expression {
        Expression::Copy(Path::Field(Field::Person(PersonField::Email))) => Reason::NoEmail,
        Expression::Copy(Path::Field(Field::School(SchoolField::Code))) => Reason::NoSchoolCode,
        Expression::Copy(Path::Field(Field::Key(KeyField::GroupOwner))) => {
            Reason::GroupWithoutTeacher
        }
        Expression::Nothing
        | Expression::Constant(_)
        | Expression::Copy(_)
        | Expression::Template { .. } => Reason::RequiredMissing,
    }
}
