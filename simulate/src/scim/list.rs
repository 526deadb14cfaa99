//! Lists: filter, pages, and what of each resource is shown (RFC 7644 §3.4.2, §3.4.3).

use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::parse::{self, Lacking, Scope};
use super::project::Wish;
use super::store::{Holdings, Whole};
use super::trouble::Trouble;
use super::wire::{Scim, Totals};

/// What a list is asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    filter: Option<String>,
    start: Option<i64>,
    count: Option<i64>,
    wish: Wish,
}

impl Query {
    pub(super) fn of_pairs(pairs: &[(String, String)]) -> Result<Self, Trouble> {
        let value = |name: &str| {
            let found = pairs.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let number = |name: &str| match value(name) {
            Some(text) => text
                .parse::<i64>()
                .map(Some)
                .map_err(|_| Trouble::bad("invalidValue", format!("{name} must be a number"))),
            None => Ok(None),
        };
        Ok(Self {
            filter: value("filter").map(str::to_owned),
            start: number("startIndex")?,
            count: number("count")?,
            wish: Wish::of_pairs(pairs),
        })
    }

    /// The body of `POST .search`.
    pub(super) fn of_body(body: &Value) -> Result<Self, Trouble> {
        let schemas = body.get("schemas").and_then(Value::as_array);
        let name = Value::from("urn:ietf:params:scim:api:messages:2.0:SearchRequest");
        if !schemas.is_some_and(|it| it.contains(&name)) {
            return Err(Trouble::bad("invalidSyntax", "schemas must name SearchRequest"));
        }
        let number = |name: &str| body.get(name).and_then(Value::as_i64);
        Ok(Self {
            filter: body.get("filter").and_then(Value::as_str).map(str::to_owned),
            start: number("startIndex"),
            count: number("count"),
            wish: Wish::of_body(body),
        })
    }
}

impl Scim {
    /// A page of one type, or of all.
    pub(super) fn list(
        &self,
        (tenant, base): (usize, &str),
        kind: Option<usize>,
        query: &Query,
    ) -> Result<Value, Trouble> {
        let kinds = kind.map_or(0..self.models.len(), |it| it..it + 1);
        let lacking = if kind.is_some() { Lacking::Refused } else { Lacking::Never };
        let holdings = self.read_holdings(tenant)?;
        let mut found: Vec<(usize, &Whole)> = Vec::new();
        for kind in kinds {
            let model = self.models.get(kind).ok_or_else(Trouble::missing)?;
            let filter = match &query.filter {
                Some(text) => Some(parse::filter(text, Scope::Type(model, lacking))?),
                None => None,
            };
            found.extend(meeting(&holdings, kind, filter.as_ref()).map(|it| (kind, it)));
        }
        // RFC 7644 §3.4.2.4: less than 1 means 1, a negative count 0.
        let start = usize::try_from(query.start.unwrap_or(1).max(1)).unwrap_or(1);
        let most = self.largest_page;
        let count = query.count.map_or(self.page, |it| usize::try_from(it.max(0)).unwrap_or(most));
        let page = found.iter().skip(start - 1).take(count.min(most));
        let resources: Vec<Value> =
            page.map(|(kind, whole)| self.shown(base, *kind, whole, &query.wish)).collect();
        let mut list = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": found.len(),
            "startIndex": start,
            "itemsPerPage": resources.len(),
        });
        if let (Totals::Untold, Some(map)) = (self.totals, list.as_object_mut()) {
            map.remove("totalResults");
        }
        if let (false, Some(map)) = (resources.is_empty(), list.as_object_mut()) {
            map.insert("Resources".to_owned(), Value::Array(resources));
        }
        Ok(list)
    }

    /// A resource with its place, as far as it is wished for.
    pub(super) fn shown(&self, base: &str, kind: usize, whole: &Whole, wish: &Wish) -> Value {
        let Some(model) = self.models.get(kind) else { return Value::Null };
        let mut part = wish.part(model, whole);
        let location = self.location(base, kind, text(whole, "id"));
        if let Some(Value::Object(meta)) = part.get_mut("meta")
            && meta.contains_key("resourceType")
        {
            meta.insert("location".to_owned(), location.into());
        }
        Value::Object(part)
    }

    /// Where a resource is.
    pub(super) fn location(&self, base: &str, kind: usize, id: &str) -> String {
        let endpoint = self.models.get(kind).map_or("", |it| it.endpoint);
        format!("{base}/{endpoint}/{id}")
    }
}

pub(super) fn text<'a>(whole: &'a Map<String, Value>, name: &str) -> &'a str {
    whole.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Those that meet a filter, in order of id.
fn meeting<'a>(
    holdings: &'a Holdings,
    kind: usize,
    filter: Option<&Filter>,
) -> Box<dyn Iterator<Item = &'a Whole> + 'a> {
    let Some(filter) = filter else { return Box::new(holdings.all(kind)) };
    let likely = filter.needs().and_then(|(path, text)| holdings.likely(kind, path, text));
    let meets = |it: &&Whole| filter.matches(it);
    let found: Vec<&Whole> = match likely {
        Some(likely) => likely.into_iter().filter(meets).collect(),
        None => holdings.all(kind).filter(meets).collect(),
    };
    Box::new(found.into_iter())
}
