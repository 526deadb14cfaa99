//! A user, in memory and as JSON.

use serde_json::{Map, Value, json};

use crate::google::clock::{self, Moment};
use crate::google::directory::unit::Units;
use crate::google::world::user_text;

/// The customer's id.
pub(in crate::google) const CUSTOMER: &str = "C0simu1at";

/// An account.
#[derive(Debug, Clone)]
pub(in crate::google) struct User {
    pub(in crate::google) id: u64,
    /// Addresses are in small letters.
    pub(in crate::google) email: Box<str>,
    pub(in crate::google) given: Box<str>,
    pub(in crate::google) family: Box<str>,
    pub(in crate::google) display: Option<Box<str>>,
    pub(in crate::google) unit: u64,
    pub(in crate::google) suspended: bool,
    pub(in crate::google) archived: bool,
    pub(in crate::google) must_change: bool,
    pub(in crate::google) listed: bool,
    pub(in crate::google) admin: bool,
    pub(in crate::google) aliases: Vec<Box<str>>,
    /// How often the password was set; it is not kept.
    pub(in crate::google) passwords: u32,
    pub(in crate::google) hash_function: Option<Box<str>>,
    /// Everything else that was written, as it was written.
    pub(in crate::google) more: Map<String, Value>,
    pub(in crate::google) version: u32,
    pub(in crate::google) created: Moment,
    pub(in crate::google) suspended_at: Option<Moment>,
    pub(in crate::google) archived_at: Option<Moment>,
    pub(in crate::google) deleted_at: Option<Moment>,
    pub(in crate::google) signed_out: u32,
    /// Further changes are refused until then.
    pub(in crate::google) moving_until: Moment,
}

/// What of a user is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::google) enum Shown<'a> {
    Basic,
    /// The custom fields of these schemas too.
    Custom(&'a str),
    Full,
}

impl User {
    pub(in crate::google) fn new(id: u64, email: &str, unit: u64, now: Moment) -> Self {
        Self {
            id,
            email: email.into(),
            given: Box::default(),
            family: Box::default(),
            display: None,
            unit,
            suspended: false,
            archived: false,
            must_change: false,
            listed: true,
            admin: false,
            aliases: Vec::new(),
            passwords: 0,
            hash_function: None,
            more: Map::new(),
            version: 1,
            created: now,
            suspended_at: None,
            archived_at: None,
            deleted_at: None,
            signed_out: 0,
            moving_until: 0,
        }
    }

    /// The values of `externalIds`.
    pub(in crate::google) fn external_values(&self) -> impl Iterator<Item = &str> {
        let all = self.more.get("externalIds").and_then(Value::as_array);
        all.into_iter().flatten().filter_map(|it| it.get("value")?.as_str())
    }

    pub(in crate::google) fn full_name(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    pub(in crate::google) fn etag(&self) -> String {
        format!("\"{}.{}\"", self.id, self.version)
    }

    /// As Directory shows it; never the password (google.md §1.1).
    pub(in crate::google) fn json(&self, units: &Units, shown: Shown<'_>) -> Value {
        let mut name = json!({
            "givenName": self.given,
            "familyName": self.family,
            "fullName": self.full_name(),
        });
        if let (Some(display), Some(name)) = (&self.display, name.as_object_mut()) {
            name.insert("displayName".to_owned(), (&**display).into());
        }
        let mut user = json!({
            "kind": "admin#directory#user",
            "id": user_text(self.id),
            "etag": self.etag(),
            "primaryEmail": self.email,
            "name": name,
            "isAdmin": self.admin,
            "isDelegatedAdmin": false,
            "creationTime": clock::text(self.created),
            "lastLoginTime": "1970-01-01T00:00:00.000Z",
            "agreedToTerms": false,
            "suspended": self.suspended,
            "archived": self.archived,
            "changePasswordAtNextLogin": self.must_change,
            "ipWhitelisted": false,
            "emails": self.emails(),
            "customerId": CUSTOMER,
            "orgUnitPath": units.path(self.unit),
            "isMailboxSetup": true,
            "isEnrolledIn2Sv": false,
            "isEnforcedIn2Sv": false,
            "includeInGlobalAddressList": self.listed,
        });
        if let Some(user) = user.as_object_mut() {
            self.rest(user, shown);
        }
        user
    }

    /// Whether Google itself put the user to sleep: no administrator can wake him.
    pub(super) fn is_abuser(&self) -> bool {
        self.more.get("suspensionReason").is_some_and(|it| it == "ABUSE")
    }

    fn rest(&self, user: &mut Map<String, Value>, shown: Shown<'_>) {
        if !self.aliases.is_empty() {
            user.insert("aliases".to_owned(), json!(self.aliases));
        }
        if self.suspended {
            let reason = if self.is_abuser() { "ABUSE" } else { "ADMIN" };
            user.insert("suspensionReason".to_owned(), reason.into());
        }
        let times = [
            ("suspensionTime", self.suspended_at.filter(|_| self.suspended)),
            ("archivalTime", self.archived_at.filter(|_| self.archived)),
            ("deletionTime", self.deleted_at),
        ];
        for (field, moment) in times {
            if let Some(moment) = moment {
                user.insert(field.to_owned(), clock::text(moment).into());
            }
        }
        for (field, value) in &self.more {
            let value =
                if field == "customSchemas" { custom(value, shown) } else { Some(value.clone()) };
            if let Some(value) = value {
                user.insert(field.clone(), value);
            }
        }
    }

    /// The primary address, then the aliases, then what was written.
    fn emails(&self) -> Value {
        let mut all = vec![json!({ "address": self.email, "primary": true })];
        all.extend(self.aliases.iter().map(|it| json!({ "address": it })));
        Value::Array(all)
    }
}

/// The custom fields that are to be shown.
fn custom(value: &Value, shown: Shown<'_>) -> Option<Value> {
    match shown {
        Shown::Basic => None,
        Shown::Full => Some(value.clone()),
        Shown::Custom(mask) => {
            let wanted = |name: &str| mask.split(',').any(|it| it.trim() == name);
            let all = value.as_object()?.iter().filter(|(name, _)| wanted(name));
            let kept: Map<String, Value> = all.map(|(k, v)| (k.clone(), v.clone())).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
    }
}
