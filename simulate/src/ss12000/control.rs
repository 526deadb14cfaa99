//! `/_control`: how a test, the demo or a person at a keyboard lets time pass and things go
//! wrong. No part of SS12000, and no sign-in: the register listens on loopback alone. The paths are in the
//! documentation of [`super`].

use generate::Town;
use serde_json::json;

use super::kind::Kind;
use super::reply::{Refusal, Reply};
use super::serve::Call;
use super::state::{Live, Shared};
use super::world::id_of;
use super::{Planted, time};

/// Does what was asked.
pub(super) fn answer(shared: &Shared, rest: &str, call: &Call) -> Result<Reply, Refusal> {
    let mut live = shared.live();
    let value = |name: &str| {
        let mut pairs = call.query.split('&').filter_map(|it| it.split_once('='));
        pairs.find(|(it, _)| *it == name).map(|(_, value)| value)
    };
    let person = || value("id").and_then(id_of).ok_or_else(Refusal::missing);
    let body = String::from_utf8_lossy(&call.body);
    match (call.method.as_str(), rest) {
        ("GET", "status") => {}
        ("POST", "next-day") => {
            let days = value("days").map_or(Ok(1), str::parse::<u16>);
            let days = days.map_err(|_| Refusal::filter("days must be a number"))?;
            live.change(|town| (0..days).for_each(|_| _ = town.next_day()));
        }
        ("POST", "term") => live.change(Town::shift_term),
        ("POST", "school-year") => live.change(Town::shift_school_year),
        ("POST", "set-time") => {
            let moment = time::parse(body.trim());
            let moment = moment.ok_or_else(|| Refusal::filter("the body must be a date-time"))?;
            live.set_time(moment);
        }
        ("POST", "fault") => {
            let planted = body.trim().parse::<Planted>();
            live.plant(planted.map_err(|_| Refusal::filter("no such fault"))?);
        }
        ("DELETE", "fault") => live.mend(),
        ("POST", "protect") => live.change_person(person()?, Town::protect)?,
        ("POST", "unprotect") => live.change_person(person()?, Town::unprotect)?,
        ("POST", "remove") => live.change_person(person()?, Town::remove)?,
        (_, _) => return Err(Refusal::missing()),
    }
    Ok(status(shared, &live))
}

fn status(shared: &Shared, live: &Live) -> Reply {
    let many = |kind| live.world.shelf(kind).map_or(0, super::world::Shelf::len);
    let body = json!({
        "dialect": shared.switches.dialect.name(),
        "day": live.world.town.today.to_string(),
        "time": time::rfc3339(live.now()),
        "organisations": many(Kind::Organisation),
        "persons": many(Kind::Person),
        "duties": many(Kind::Duty),
        "groups": many(Kind::Group),
        "activities": many(Kind::Activity),
        "syllabuses": many(Kind::Syllabus),
        "deleted": live.history.gone().len(),
        "requests": live.requests().len(),
    });
    Reply::json(200, body.to_string().into_bytes())
}
