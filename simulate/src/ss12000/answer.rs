//! Resources: who may ask, what was asked, and the answer.

use std::sync::Arc;

use super::kind::{Empty, Kind};
use super::page::Content;
use super::paging::pages;
use super::params::{self, Operation, Query};
use super::query::find;
use super::reply::{Refusal, Reply};
use super::serve::Call;
use super::state::{Live, Shared};
use super::world::{Enrolments, Extras, Gone, Names, id_of};
use super::{Dialect, Fault, lookup, reports, subscriptions, time};

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    List(Kind),
    Lookup(Kind),
    One(Kind, String),
    Deleted,
    Subscriptions,
    Subscription(String),
    Log,
    Statistics,
}

/// The name of the resource, for faults: `persons`, `deletedEntities`, `token`.
pub(super) fn endpoint(shared: &Shared, path: &str) -> String {
    if path == shared.switches.dialect.token_path() {
        return "token".to_owned();
    }
    let rest = rest(shared.switches.dialect, path).unwrap_or_default();
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// What follows the base.
fn rest(dialect: Dialect, path: &str) -> Option<&str> {
    // The standard's own server has this path (`servers`), conformance_check.py the shorter.
    let standard = matches!(dialect, Dialect::Standard | Dialect::V20);
    let bases = [dialect.base_path(), if standard { "/v2.0" } else { dialect.base_path() }];
    bases.iter().find_map(|it| path.strip_prefix(it)?.strip_prefix('/'))
}

/// Answers a request for a resource.
pub(super) fn answer(shared: &Shared, call: &Call, faults: &[Fault]) -> Result<Reply, Refusal> {
    let dialect = shared.switches.dialect;
    let rest = rest(dialect, &call.path).ok_or_else(Refusal::missing)?;
    let place = place(dialect, rest).ok_or_else(Refusal::missing)?;
    let methods = methods(&place);
    if !methods.contains(&call.method.as_str()) {
        let refusal = Refusal::new(405, "method_not_allowed", "this method is not for this path");
        return Ok(refusal.reply(dialect).with("allow", methods.join(", ")));
    }
    signed_in(shared, call)?;
    match place {
        Place::List(kind) => objects(shared, call, kind, faults),
        Place::Lookup(kind) => lookup::answer(shared, call, kind),
        Place::One(kind, id) => one(shared, call, kind, &id),
        Place::Deleted => deleted(shared, call, faults),
        Place::Subscriptions if call.method == "POST" => subscriptions::create(shared, &call.body),
        Place::Subscriptions => {
            let parameters = &params::paging();
            let query = Query::parse(&call.query, parameters, dialect).map_err(Refusal::filter)?;
            subscriptions::list(&shared.live(), &query)
        }
        Place::Subscription(id) => {
            let id = id_of(&id).ok_or_else(bad_id)?;
            subscriptions::one(&mut shared.live(), &call.method, id)
        }
        Place::Log => reports::log(&call.body),
        Place::Statistics => reports::statistics(&call.body),
    }
}

pub(super) fn bad_id() -> Refusal {
    Refusal::new(400, "invalid_id", "the id is not a UUID")
}

/// What a path means to this register; `None` for what it does not have.
fn place(dialect: Dialect, rest: &str) -> Option<Place> {
    let mut parts = rest.split('/');
    let (name, id) = (parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    // Edlevo writes everything small.
    let same = |path: &str| match dialect {
        Dialect::Edlevo => path.eq_ignore_ascii_case(name),
        Dialect::Standard | Dialect::V20 | Dialect::EduCloud | Dialect::DemoSis => path == name,
    };
    if let Some(kind) = Kind::ALL.into_iter().find(|it| same(it.path())) {
        if !has(dialect, kind) {
            return None;
        }
        return Some(match id {
            None => Place::List(kind),
            Some("lookup") if kind == Kind::Empty(Empty::StudyPlan) => return None,
            Some("lookup") => Place::Lookup(kind),
            Some(id) => Place::One(kind, id.to_owned()),
        });
    }
    let subscribes = dialect != Dialect::DemoSis;
    match id {
        None if same("deletedEntities") => Some(Place::Deleted),
        None if same("subscriptions") && subscribes => Some(Place::Subscriptions),
        Some(id) if same("subscriptions") && subscribes => Some(Place::Subscription(id.to_owned())),
        Some("") if name == "log" && hears(dialect) => Some(Place::Log),
        Some("") if name == "statistics" && hears(dialect) => Some(Place::Statistics),
        Some(_) | None => None,
    }
}

/// Whether readers can report back.
const fn hears(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Standard | Dialect::V20 => true,
        Dialect::Edlevo | Dialect::EduCloud | Dialect::DemoSis => false,
    }
}

/// Whether a register has a resource (reference/sources.md §1.9, §2.4).
const fn has(dialect: Dialect, kind: Kind) -> bool {
    let common = matches!(
        kind,
        Kind::Organisation | Kind::Person | Kind::Duty | Kind::Group | Kind::Activity
    );
    match dialect {
        Dialect::Standard | Dialect::V20 | Dialect::EduCloud => true,
        Dialect::Edlevo => {
            common
                || matches!(kind, Kind::Empty(Empty::Placement | Empty::StudyPlan) | Kind::Syllabus)
        }
        Dialect::DemoSis => common || matches!(kind, Kind::Empty(Empty::CalendarEvent)),
    }
}

const fn methods(place: &Place) -> &'static [&'static str] {
    match place {
        Place::List(_) | Place::One(..) | Place::Deleted => &["GET"],
        Place::Lookup(_) | Place::Log | Place::Statistics => &["POST"],
        Place::Subscriptions => &["GET", "POST"],
        Place::Subscription(_) => &["GET", "DELETE", "PATCH"],
    }
}

fn signed_in(shared: &Shared, call: &Call) -> Result<(), Refusal> {
    let Some(given) = call.authorization.as_deref() else {
        return Err(Refusal::new(401, "unauthorized", "a bearer token is needed"));
    };
    let (scheme, token) = given.split_once(' ').unwrap_or((given, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::new(401, "unauthorized", "a bearer token is needed"));
    }
    if shared.live().token_works(token.trim()) {
        return Ok(());
    }
    Err(Refusal::new(401, "invalid_token", "the token is unknown or has expired"))
}

fn extras(query: &Query) -> Extras {
    const VALUES: [&str; 12] = [
        "duties",
        "responsibleFor",
        "placements",
        "ownedPlacements",
        "groupMemberships",
        "person",
        "assignmentRoles",
        "groups",
        "teachers",
        "syllabus",
        "child",
        "owners",
    ];
    let mut expand: Vec<&'static str> = query
        .all("expand")
        .filter_map(|it| VALUES.into_iter().find(|known| *known == it))
        .collect();
    expand.sort_unstable();
    expand.dedup();
    let with = query.one("expandReferenceNames") == Some("true");
    let names = if with { Names::With } else { Names::Without };
    Extras { expand, names, enrolments: Enrolments::Told }
}

/// Query and extras of a request, checked.
pub(super) fn asked(
    dialect: Dialect,
    call: &Call,
    kind: Kind,
    operation: Operation,
) -> Result<(Query, Extras), Refusal> {
    let parameters = params::of(kind, operation, dialect);
    let query = Query::parse(&call.query, &parameters, dialect).map_err(Refusal::filter)?;
    let mut extras = extras(&query);
    if dialect == Dialect::DemoSis {
        if extras.names == Names::With && matches!(kind, Kind::Group | Kind::Organisation) {
            return Err(Refusal::new(500, "error", "internal server error"));
        }
        if operation == Operation::ById && kind == Kind::Person && extras.expand.is_empty() {
            extras.enrolments = Enrolments::Forgotten;
        }
    }
    let relation = |it: &str| it.starts_with("relationship.");
    let alone = query.one("relationship.entity.type").is_none();
    if dialect == Dialect::Edlevo && alone && query.names().any(relation) {
        return Err(Refusal::filter("relationship filters need relationship.entity.type"));
    }
    Ok((query, extras))
}

fn objects(shared: &Shared, call: &Call, kind: Kind, faults: &[Fault]) -> Result<Reply, Refusal> {
    let dialect = shared.switches.dialect;
    let (query, extras) = asked(dialect, call, kind, Operation::List)?;
    if kind == Kind::Empty(Empty::CalendarEvent) {
        let needed = ["startTime.onOrAfter", "startTime.onOrBefore"];
        if query.one("pageToken").is_none() && needed.iter().any(|it| query.one(it).is_none()) {
            return Err(Refusal::filter("startTime.onOrAfter and startTime.onOrBefore are needed"));
        }
    }
    let world = Arc::clone(&shared.live().world);
    pages(shared, &query, faults, |_| {
        let found = find(&world, kind, &query);
        Content::Objects { world, kind, found, extras }
    })
}

fn one(shared: &Shared, call: &Call, kind: Kind, id: &str) -> Result<Reply, Refusal> {
    let (_, extras) = asked(shared.switches.dialect, call, kind, Operation::ById)?;
    let id = id_of(id).ok_or_else(bad_id)?;
    let world = Arc::clone(&shared.live().world);
    let at = world.shelf(kind).and_then(|it| it.find(id)).ok_or_else(Refusal::missing)?;
    let mut body = Vec::new();
    world.write(&mut body, kind, at, &extras);
    Ok(Reply::json(200, body))
}

fn deleted(shared: &Shared, call: &Call, faults: &[Fault]) -> Result<Reply, Refusal> {
    let dialect = shared.switches.dialect;
    let query =
        Query::parse(&call.query, &params::of_deleted(), dialect).map_err(Refusal::filter)?;
    let after = query.one("after").and_then(time::parse);
    let kinds: Vec<Kind> = query.all("entities").filter_map(Kind::of_name).collect();
    let everything = faults.contains(&Fault::DeletedEverything);
    pages(shared, &query, faults, |live| {
        let mut gone = if everything { all_gone(live) } else { live.history.gone().to_vec() };
        gone.retain(|it| {
            after.is_none_or(|after| it.when > after)
                && (kinds.is_empty() || kinds.contains(&it.kind))
        });
        Content::Deleted { dialect, gone }
    })
}

fn all_gone(live: &Live) -> Vec<Gone> {
    let when = live.now();
    let shelf = |kind| live.world.shelf(kind).map(|it| it.ids.as_slice()).unwrap_or_default();
    let of = |kind| shelf(kind).iter().map(move |id| Gone { when, kind, id: *id });
    Kind::FILLED.into_iter().flat_map(of).collect()
}
