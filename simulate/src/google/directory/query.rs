//! `query` of lists: clauses with a blank between them, all of which must hold (google.md §1.1).

use super::group::Group;
use super::unit::Units;
use super::user::User;
use crate::google::refusal::Refusal;

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::google) struct Clause {
    pub(in crate::google) field: String,
    pub(in crate::google) test: Test,
    pub(in crate::google) value: String,
}

/// How a clause compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::google) enum Test {
    /// `=`
    Is,
    /// `:`
    Has,
    /// `:…*`
    Begins,
}

/// Reads a query.
///
/// # Errors
/// What is no query.
pub(in crate::google) fn read(text: &str) -> Result<Vec<Clause>, Refusal> {
    let wrong = || Refusal::invalid("Invalid Input: query");
    let mut clauses = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(['=', ':']).ok_or_else(wrong)?;
        let (field, more) = rest.split_at(end);
        let has = more.starts_with(':');
        let more = more.get(1..).unwrap_or_default();
        let (value, after) = value(more).ok_or_else(wrong)?;
        if field.is_empty() || field.contains(' ') || value.is_empty() {
            return Err(wrong());
        }
        let (how, value) = match (has, value.strip_suffix('*')) {
            (true, Some(prefix)) => (Test::Begins, prefix.to_owned()),
            (true, None) => (Test::Has, value),
            (false, _) => (Test::Is, value),
        };
        clauses.push(Clause { field: field.to_owned(), test: how, value });
        rest = after.trim_start();
    }
    Ok(clauses)
}

/// A value, in quotes where it has blanks; `\'` is a quote within.
fn value(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|it| ['\'', '"'].contains(it));
    let Some(quote) = quote else {
        let end = text.find(' ').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?.1),
            letter if letter == quote => {
                let rest = text.get(at + quote.len_utf8()..)?;
                // `'prefix'*` is written with the star outside too.
                return match rest.strip_prefix('*') {
                    Some(rest) => Some((value + "*", rest)),
                    None => Some((value, rest)),
                };
            }
            letter => value.push(letter),
        }
    }
    None
}

impl Clause {
    /// Whether a group meets it; `memberKey` is looked up, not compared.
    pub(super) fn of_group(&self, group: &Group) -> bool {
        match self.field.as_str() {
            "email" => self.text(&group.email),
            "name" => self.text(&group.name),
            _ => true,
        }
    }

    fn text(&self, own: &str) -> bool {
        let (own, value) = (own.to_lowercase(), self.value.to_lowercase());
        match self.test {
            Test::Is => own == value,
            Test::Begins => own.starts_with(&value),
            // Words, or the beginning of an address.
            Test::Has => own.split([' ', '.', '@']).any(|it| it == value) || own == value,
        }
    }
}

/// What a query of users asks, with the unit that it names found.
#[derive(Debug)]
pub(in crate::google) struct UserQuery {
    pub(in crate::google) clauses: Vec<Clause>,
    unit: Option<u64>,
}

impl UserQuery {
    /// # Errors
    /// A field that users do not have, or a unit that is not there.
    pub(in crate::google) fn read(
        text: &str,
        units: &Units,
        fields: &[String],
    ) -> Result<Self, Refusal> {
        const FIELDS: [&str; 15] = [
            "name",
            "email",
            "givenName",
            "familyName",
            "isAdmin",
            "isDelegatedAdmin",
            "isSuspended",
            "isArchived",
            "externalId",
            "orgUnitPath",
            "address",
            "phone",
            "orgName",
            "orgDepartment",
            "orgTitle",
        ];
        let clauses = read(text)?;
        let mut unit = None;
        for clause in &clauses {
            let known = FIELDS.contains(&clause.field.as_str()) || fields.contains(&clause.field);
            if !known {
                return Err(Refusal::invalid("Invalid Input: query"));
            }
            if clause.field == "orgUnitPath" {
                let found = units.find(&clause.value);
                unit = Some(found.ok_or_else(|| Refusal::invalid("Invalid Input: INVALID_OU_ID"))?);
            }
        }
        Ok(Self { clauses, unit })
    }

    /// The value of the first clause on this field with this comparison.
    pub(in crate::google) fn sought(&self, field: &str, test: Test) -> Option<&str> {
        let found = self.clauses.iter().find(|it| it.field == field && it.test == test);
        found.map(|it| it.value.as_str())
    }

    pub(in crate::google) fn meets(&self, user: &User, units: &Units) -> bool {
        self.clauses.iter().all(|it| self.holds(it, user, units))
    }

    fn holds(&self, clause: &Clause, user: &User, units: &Units) -> bool {
        let truth =
            |own: bool| clause.value.eq_ignore_ascii_case(if own { "true" } else { "false" });
        match clause.field.as_str() {
            "email" => clause.text(&user.email) || user.aliases.iter().any(|it| clause.text(it)),
            "givenName" => clause.text(&user.given),
            "familyName" => clause.text(&user.family),
            "name" => {
                clause.text(&user.full_name())
                    || clause.text(&user.given)
                    || clause.text(&user.family)
            }
            "isSuspended" => truth(user.suspended),
            "isArchived" => truth(user.archived),
            "isAdmin" => truth(user.admin),
            "isDelegatedAdmin" => truth(false),
            "externalId" => user.external_values().any(|it| it == clause.value),
            "orgUnitPath" => self.unit.is_some_and(|it| units.beneath(user.unit, it)),
            "orgName" => within(user, "organizations", "name", clause),
            "orgDepartment" => within(user, "organizations", "department", clause),
            "orgTitle" => within(user, "organizations", "title", clause),
            "phone" => within(user, "phones", "value", clause),
            "address" => within(user, "addresses", "formatted", clause),
            field => {
                let (schema, name) = field.split_once('.').unwrap_or_default();
                let own = user.more.get("customSchemas").and_then(|it| it.get(schema)?.get(name));
                own.is_some_and(|it| {
                    it.as_str().map_or_else(|| clause.text(&it.to_string()), |it| clause.text(it))
                })
            }
        }
    }
}

fn within(user: &User, list: &str, name: &str, clause: &Clause) -> bool {
    let all = user.more.get(list).and_then(serde_json::Value::as_array);
    let mut texts = all.into_iter().flatten().filter_map(|it| it.get(name)?.as_str());
    texts.any(|it| clause.text(it))
}

#[cfg(test)]
mod tests {
    use super::{Test, read};

    #[test]
    fn clauses() {
        type Row<'a> = (&'a str, &'a [(&'a str, Test, &'a str)]);
        #[rustfmt::skip]
        let table: &[Row<'_>] = &[
            ("email:ada*",                        &[("email", Test::Begins, "ada")]),
            ("orgUnitPath='/Elever/7 A'",         &[("orgUnitPath", Test::Is, "/Elever/7 A")]),
            ("externalId=\"a\" isSuspended=true", &[("externalId", Test::Is, "a"), ("isSuspended", Test::Is, "true")]),
            ("name:'O\\'Hara'",                   &[("name", Test::Has, "O'Hara")]),
            ("name:'An'*",                        &[("name", Test::Begins, "An")]),
        ];
        for (text, clauses) in table {
            let read = read(text).expect(text);
            let own: Vec<_> =
                read.iter().map(|it| (it.field.as_str(), it.test, it.value.as_str())).collect();
            assert_eq!(own, *clauses, "{text}");
        }
        for wrong in ["email", "email=", "a b=c", "name='open"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
