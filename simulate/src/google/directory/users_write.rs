//! Users, made and changed: google.md §1.1.

use serde_json::{Map, Value, json};

use super::address;
use super::unit::Units;
use super::user::{Shown, User};
use crate::google::asked::{Asked, Done};
use crate::google::clock::{Moment, millis};
use crate::google::refusal::Refusal;
use crate::google::world::{Owner, World};

pub(in crate::google) fn insert(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let given = asked.text("primaryEmail").ok_or_else(|| required("primaryEmail"))?;
    let email = own_address(world, given)?;
    if asked.text("password").is_none() {
        return Err(Refusal::invalid("Invalid Password"));
    }
    for (field, text) in
        [("givenName", "Invalid Given/Family Name"), ("familyName", "Invalid Given/Family Name")]
    {
        let name = asked.body.get("name").and_then(|it| it.get(field)).and_then(Value::as_str);
        if name.is_none_or(|it| it.trim().is_empty()) {
            return Err(Refusal::invalid(text));
        }
    }
    free(world, asked, &email)?;
    if asked.switches.unmanaged.iter().any(|it| it.eq_ignore_ascii_case(&email)) {
        if asked.wish("resolveConflictAccount") == Some("true") {
            // Invited, not created (google.md §1.1).
            let body = json!({ "kind": "admin#directory#user", "primaryEmail": email });
            return Ok(Done { status: 202, body: Some(body) });
        }
        return Err(Refusal::duplicate());
    }
    if asked.switches.limits.users.is_some_and(|it| world.users.len() >= it) {
        return Err(Refusal::new(403, "limitExceeded", "Domain user limit reached."));
    }
    let id = world.number();
    let mut user = User::new(id, &email, Units::ROOT, asked.now);
    change(world, asked, &mut user)?;
    let json = user.json(&world.units, Shown::Basic);
    world.keep_user(user);
    Ok(Done::of(json))
}

/// PUT and PATCH: what is absent stays, null clears, lists are replaced whole (google.md §1.1).
pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = world.user(asked.part("userKey"))?.id;
    settled(world, asked, id)?;
    let Some(user) = world.users.get(&id) else { return Err(Refusal::missing("userKey")) };
    let mut changed = user.clone();
    if let Some(given) = asked.text("primaryEmail") {
        rename(world, asked, &mut changed, given)?;
    }
    change(world, asked, &mut changed)?;
    changed.version += 1;
    world.part_with_user(id);
    let json = changed.json(&world.units, Shown::Basic);
    world.keep_user(changed);
    Ok(Done::of(json))
}

/// Refuses changes to a user whom Google is not done with.
pub(super) fn settled(world: &World, asked: &Asked<'_>, id: u64) -> Result<(), Refusal> {
    let Some(user) = world.users.get(&id) else { return Err(Refusal::missing("userKey")) };
    if asked.now - user.created < millis(asked.switches.windows.fresh_user) {
        return Err(Refusal::new(412, "conditionNotMet", "User creation is not complete."));
    }
    if asked.now < user.moving_until {
        return Err(Refusal::duplicate());
    }
    Ok(())
}

fn required(field: &str) -> Refusal {
    Refusal::new(400, "required", format!("Missing required field: {field}"))
}

/// An address in one of the customer's domains, in small letters.
fn own_address(world: &World, given: &str) -> Result<String, Refusal> {
    let email = address(given).filter(|it| world.ours(it));
    email.ok_or_else(|| Refusal::invalid("Invalid Input: primary_user_email"))
}

/// Refuses an address that somebody has, or had until just now.
pub(super) fn free(world: &World, asked: &Asked<'_>, email: &str) -> Result<(), Refusal> {
    let window = millis(asked.switches.windows.alias_again);
    let gone = world.gone_aliases.get(email).is_some_and(|it| asked.now - it < window);
    if gone || world.addresses.contains_key(email) {
        return Err(Refusal::duplicate());
    }
    Ok(())
}

/// The old address becomes an alias and stays taken (google.md §1.1).
fn rename(world: &World, asked: &Asked<'_>, user: &mut User, given: &str) -> Result<(), Refusal> {
    let email = own_address(world, given)?;
    if *email == *user.email {
        return Ok(());
    }
    if world.addresses.get(email.as_str()) != Some(&Owner::UserAlias(user.id)) {
        free(world, asked, &email)?;
    }
    user.aliases.retain(|it| **it != *email);
    let old = std::mem::replace(&mut user.email, email.into());
    user.aliases.push(old);
    user.moving_until = asked.now + millis(asked.switches.windows.renamed);
    Ok(())
}

/// Lays what was sent over a user.
fn change(world: &World, asked: &Asked<'_>, user: &mut User) -> Result<(), Refusal> {
    for (field, value) in &asked.body {
        let truth = value.as_bool();
        match field.as_str() {
            "primaryEmail" | "hashFunction" | "isGuestUser" | "guestAccountInfo" | "emails" => {}
            "name" => named(user, value)?,
            "password" => {
                password(value, asked.text("hashFunction"))?;
                user.passwords += 1;
                user.hash_function = asked.text("hashFunction").map(Into::into);
            }
            "orgUnitPath" => user.unit = unit(world, value.as_str().unwrap_or("/"))?,
            "suspended" => suspend(user, truth.unwrap_or(false), asked.now)?,
            "archived" => archive(world, asked, user, truth.unwrap_or(false))?,
            "changePasswordAtNextLogin" => user.must_change = truth.unwrap_or(false),
            "includeInGlobalAddressList" => user.listed = truth.unwrap_or(true),
            "customSchemas" => {
                let merged = custom(user.more.get(field), value, &asked.switches.fields)?;
                keep(&mut user.more, field, merged);
            }
            "recoveryPhone" => {
                let text = value.as_str().unwrap_or_default();
                let digits = text.strip_prefix('+').is_some_and(|it| {
                    (7..=15).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit())
                });
                if !text.is_empty() && !digits {
                    return Err(Refusal::invalid("Invalid Input: recovery_phone"));
                }
                keep(&mut user.more, field, value.clone());
            }
            _ => {
                sized(field, value)?;
                keep(&mut user.more, field, value.clone());
            }
        }
    }
    Ok(())
}

/// The unit with this path.
pub(super) fn unit(world: &World, path: &str) -> Result<u64, Refusal> {
    let unit = world.units.find(path).filter(|_| path.starts_with('/'));
    unit.ok_or_else(|| Refusal::invalid("Invalid Input: INVALID_OU_ID"))
}

fn keep(more: &mut Map<String, Value>, field: &str, value: Value) {
    if value.is_null() {
        more.remove(field);
    } else {
        more.insert(field.to_owned(), value);
    }
}

/// google.md §1.1: 60 letters each.
fn named(user: &mut User, value: &Value) -> Result<(), Refusal> {
    let wrong = || Refusal::invalid("Invalid Given/Family Name");
    for (field, longest) in [("givenName", 60), ("familyName", 60), ("displayName", 256)] {
        let Some(value) = value.get(field) else { continue };
        let text = value.as_str().unwrap_or_default().trim();
        let odd = text.chars().any(|it| it.is_control() || "<>=".contains(it));
        if odd || text.chars().count() > longest || (text.is_empty() && field != "displayName") {
            return Err(wrong());
        }
        match field {
            "givenName" => user.given = text.into(),
            "familyName" => user.family = text.into(),
            _ => user.display = (!text.is_empty()).then(|| text.into()),
        }
    }
    Ok(())
}

/// google.md §1.1: 8–100 letters of ASCII, or a hash of the kind that is named.
fn password(value: &Value, function: Option<&str>) -> Result<(), Refusal> {
    let text = value.as_str().unwrap_or_default();
    let hex = |many: usize| text.len() == many && text.bytes().all(|it| it.is_ascii_hexdigit());
    let fits = match function {
        None => (8..=100).contains(&text.len()) && text.is_ascii(),
        Some("MD5") => hex(32),
        Some("SHA-1") => hex(40),
        Some("crypt") => crypted(text),
        Some(_) => return Err(Refusal::invalid("Invalid Input: hashFunction")),
    };
    if fits { Ok(()) } else { Err(Refusal::invalid("Invalid Password")) }
}

/// DES, `$1$`, `$5$` or `$6$`, of at most 10,000 rounds.
fn crypted(text: &str) -> bool {
    if !text.starts_with('$') {
        return text.len() == 13 && text.is_ascii();
    }
    let mut parts = text.split('$').skip(1);
    let known = parts.next().is_some_and(|it| ["1", "5", "6"].contains(&it));
    let rounds = parts.next().and_then(|it| it.strip_prefix("rounds="));
    known && rounds.is_none_or(|it| it.parse::<u32>().is_ok_and(|it| it <= 10_000))
}

fn suspend(user: &mut User, suspended: bool, now: Moment) -> Result<(), Refusal> {
    if user.admin && suspended {
        return Err(Refusal::forbidden());
    }
    if !suspended && user.suspended && user.is_abuser() {
        let text = "Cannot restore a user suspended for abuse.";
        return Err(Refusal::new(412, "adminCannotUnsuspend", text));
    }
    if suspended && !user.suspended {
        user.suspended_at = Some(now);
    }
    user.suspended = suspended;
    Ok(())
}

fn archive(
    world: &World,
    asked: &Asked<'_>,
    user: &mut User,
    archived: bool,
) -> Result<(), Refusal> {
    if user.admin && archived {
        return Err(Refusal::forbidden());
    }
    if archived && !user.archived {
        let taken = || world.users.values().filter(|it| it.archived).count();
        if asked.switches.limits.archived.is_some_and(|it| taken() >= it) {
            let text = "Insufficient archived user licenses";
            return Err(Refusal::new(412, "conditionNotMet", text));
        }
        user.archived_at = Some(asked.now);
    }
    user.archived = archived;
    Ok(())
}

/// Fields of schemas that exist are laid over those before; null takes them away.
fn custom(old: Option<&Value>, new: &Value, known: &[String]) -> Result<Value, Refusal> {
    let wrong = || Refusal::invalid("Invalid Input: custom_schema");
    let Some(new) = new.as_object() else { return Ok(Value::Null) };
    let mut all = old.and_then(Value::as_object).cloned().unwrap_or_default();
    for (schema, fields) in new {
        let prefix = format!("{schema}.");
        if !known.iter().any(|it| it.starts_with(&prefix)) {
            return Err(wrong());
        }
        let Some(fields) = fields.as_object() else {
            all.remove(schema);
            continue;
        };
        let mut own = all.get(schema).and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in fields {
            if !known.contains(&format!("{schema}.{name}")) {
                return Err(wrong());
            }
            keep(&mut own, name, value.clone());
        }
        all.insert(schema.clone(), Value::Object(own));
    }
    Ok(Value::Object(all))
}

/// google.md §1.1: how large the lists may be.
fn sized(field: &str, value: &Value) -> Result<(), Refusal> {
    let most = match field {
        "externalIds" | "relations" | "websites" | "ims" => 2_048,
        "organizations" | "locations" | "addresses" => 10_240,
        "gender" | "keywords" | "languages" | "phones" => 4_096,
        _ => return Ok(()),
    };
    let list = value.is_array() || value.is_null() || field == "gender";
    let typed =
        field != "externalIds" || value.as_array().is_none_or(|all| all.iter().all(external));
    if list && typed && value.to_string().len() <= most {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Invalid Input: {}", crate::google::fields::snake(field))))
}

/// google.md §1.1; a type of one's own needs its name.
fn external(value: &Value) -> bool {
    const TYPES: [&str; 6] =
        ["account", "custom", "customer", "login_id", "network", "organization"];
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    text("value").is_some()
        && TYPES.contains(&kind)
        && (kind != "custom" || text("customType").is_some_and(|it| !it.is_empty()))
}
