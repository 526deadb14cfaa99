//! What stands in the way of objects at receivers, and what a person can do about it (K127,
//! K137).

use plan::{Holder, Obstacle, Obstructs};
use roster::{Date, Key};
use serde_json::{Value, json};
use state::Card;

use crate::text::Text;
use crate::{Lang, Line, Style, date, number, words};

/// What there is to tell of the obstacles at one receiver.
pub struct ObstaclesView<'a> {
    /// The target's name in the settings.
    pub target: &'a str,
    /// What the target is.
    pub card: &'a Card,
    /// Each obstacle, with the day it was first seen where that is known.
    pub obstacles: &'a [(Obstacle, Option<Date>)],
    /// Only at this school.
    pub only: Option<Key>,
    /// At most so many are listed.
    pub limit: usize,
}

impl ObstaclesView<'_> {
    fn chosen(&self) -> Vec<&(Obstacle, Option<Date>)> {
        let is_at = |it: &&(Obstacle, _)| self.only.is_none_or(|at| it.0.schools.contains(&at));
        self.obstacles.iter().filter(is_at).collect()
    }
}

/// A heading and two lines an obstacle: what it is, by our own ids, and the remedy. Nothing
/// where there is none.
#[must_use]
pub fn obstacles(view: &ObstaclesView<'_>, lang: Lang) -> Vec<Line> {
    let chosen = view.chosen();
    if chosen.is_empty() {
        return Vec::new();
    }
    let count = number(chosen.len() as u64);
    let heading = words::OBSTACLES.with(lang, &[view.target, &count]);
    let mut lines = vec![Line::new().and(Style::Strong, &heading)];
    for (obstacle, since) in chosen.iter().take(view.limit) {
        let mut line = Line::new()
            .and(Style::Warn, "⚠ ")
            .and(Style::Strong, obstacle.what.reason().code())
            .plain(&format!(" {}", problem(view.card, obstacle, lang)));
        if let Some(since) = since {
            line = line.and(Style::Dim, &words::SINCE.with(lang, &[&date(*since)]));
        }
        lines.push(line);
        let remedy = words::REMEDY.with(lang, &[remedy(&obstacle.what).of(lang)]);
        lines.push(Line::new().and(Style::Dim, &format!("     {remedy}")));
    }
    let more = chosen.len().saturating_sub(view.limit);
    if more > 0 {
        lines.push(
            Line::new().and(Style::Dim, &words::MORE_OBSTACLES.with(lang, &[&number(more as u64)])),
        );
    }
    lines
}

fn problem(card: &Card, obstacle: &Obstacle, lang: Lang) -> String {
    let kind = card.object(obstacle.object.kind).map_or("", |kind| kind.name);
    let id = format!("{kind} {}", obstacle.object.key);
    match &obstacle.what {
        Obstructs::NoPlace { attribute: _, place } => words::NO_PLACE.with(lang, &[&id, place]),
        Obstructs::Account { attribute: _, holder, whose } => {
            let whose = match whose {
                Holder::Ours => words::HOLDER_OURS,
                Holder::Suspended => words::HOLDER_SUSPENDED,
                Holder::Another => words::HOLDER_ANOTHER,
                Holder::Asleep => words::HOLDER_ASLEEP,
                Holder::NotOurs => words::HOLDER_NOT_OURS,
            };
            let whose = whose.with(lang, &[&holder.key.to_string()]);
            words::ACCOUNT_OF_ANOTHER.with(lang, &[&id, &whose])
        }
        Obstructs::KeptByAnother => words::KEPT_BY_ANOTHER.with(lang, &[&id]),
        Obstructs::NoAccount => words::NO_ACCOUNT.with(lang, &[&id]),
        Obstructs::Shut => words::SHUT.with(lang, &[&id]),
    }
}

fn remedy(what: &Obstructs) -> Text {
    match what {
        Obstructs::NoPlace { attribute: _, place: _ } => words::MAKE_THE_PLACE,
        Obstructs::Account { attribute: _, holder: _, whose } => match whose {
            Holder::Suspended | Holder::Asleep => words::SOLVE_BY_HAND,
            Holder::Ours => words::WAIT_OR_MEND,
            Holder::Another | Holder::NotOurs => words::RENAME_ONE,
        },
        Obstructs::KeptByAnother => words::ASK_THE_ADMINISTRATOR,
        Obstructs::NoAccount => words::MAKE_THE_ACCOUNT,
        Obstructs::Shut => words::OPEN_IT,
    }
}

/// The same as values, for other programs.
#[must_use]
pub fn obstacles_json(view: &ObstaclesView<'_>, lang: Lang) -> Value {
    let obstacle = |(obstacle, since): &(Obstacle, Option<Date>)| {
        json!({
            "code": obstacle.what.reason().code(),
            "kind": view.card.object(obstacle.object.kind).map(|kind| kind.name),
            "id": obstacle.object.key.to_string(),
            "since": since.map(|day| day.to_string()),
            "text": problem(view.card, obstacle, lang),
            "remedy": remedy(&obstacle.what).of(lang),
        })
    };
    let all: Vec<Value> = view.chosen().into_iter().map(obstacle).collect();
    json!({ "target": view.target, "obstacles": all })
}

#[cfg(test)]
mod tests {
    use state::{Entity, Kind, ObjectKind, ObjectRef, Observe, Required, Verbs, Words};

    use super::*;
    use crate::plain;

    const CARD: Card = Card {
        id: "directory",
        name: "Directory",
        observe: Observe::Live,
        objects: &[ObjectKind {
            name: "user",
            words: Words { sv: "användare", en: "users" },
            from: &[Entity::Person],
            attributes: &[],
            verbs: Verbs(&[]),
        }],
        memberships: &[],
        read_always: &[],
        quotas: &[],
        min_interval: None,
        school_code: Required::No,
        source: "",
    };

    /// K127, K137: our id, the place, and how it is solved by hand; in both languages.
    #[test]
    fn k127_k137_an_obstacle_names_our_id_and_tells_how_it_is_solved() {
        let object = ObjectRef { kind: Kind(0), key: Key::from_bytes([7; 16]) };
        let place = Obstructs::NoPlace { attribute: 0, place: "/Elever/9A".to_owned() };
        let (attribute, holder) = (0, ObjectRef { kind: Kind(0), key: Key::from_bytes([8; 16]) });
        let account = Obstructs::Account { attribute, holder, whose: Holder::Suspended };
        let obstacle = |what| (Obstacle { object, what, schools: vec![] }, None);
        let shut = ObstaclesView {
            target: "google",
            card: &CARD,
            obstacles: &[obstacle(Obstructs::Shut)],
            only: None,
            limit: 1,
        };
        let text = plain(&obstacles(&shut, Lang::Sv));
        assert!(text.contains("T15 user") && text.contains("lämnas som de är"), "{text}");
        let all = [obstacle(place), obstacle(account), obstacle(Obstructs::KeptByAnother)];
        let view =
            ObstaclesView { target: "google", card: &CARD, obstacles: &all, only: None, limit: 2 };
        let text = plain(&obstacles(&view, Lang::Sv));
        for part in [
            "T05 user 07070707-0707-0707-0707-070707070707",
            "/Elever/9A finns inte",
            "P13 user",
            "08080808-0808",
            "on_reused_name",
            "Ytterligare 1",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let english = plain(&obstacles(&view, Lang::En));
        assert!(english.contains("/Elever/9A does not exist"), "{english}");
        assert_eq!(obstacles_json(&view, Lang::Sv)["obstacles"][1]["code"], "P13");
        let elsewhere = ObstaclesView { only: Some(object.key), ..view };
        assert!(obstacles(&elsewhere, Lang::Sv).is_empty());
    }
}
