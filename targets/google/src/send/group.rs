//! Groups: made with their settings, changed, deleted; and who is in them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::{Map, Value as Json, json};
use state::{Object, Outcome, TargetError, Verb};

use super::{Change, Seat, Work, done, height, id_of, plainly, refused};
use crate::card::{GROUP, GROUP_MEMBER, group};
use crate::client::{Answer, Gone, Next, Said, Since, Waited};
use crate::{Google, map, wire};

/// An address whose group was deleted is taken for up to 45 s more (reference/google.md §1.1).
const GIVEN_UP: Duration = Duration::from_secs(90);

/// An object that stands at Google now, or why it does not.
pub(super) enum Stands {
    Yes { id: String, outcome: Outcome },
    No(Outcome),
}

impl Google {
    /// Does what is planned for a group; gives what became of the group itself.
    pub(super) async fn carry_group(
        &self,
        work: &Work<'_>,
        seats: &[Seat],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<Outcome, TargetError> {
        let is_deleted = !work.verbs.is_empty() && work.after.object.is_none();
        if is_deleted {
            return self.delete_group(work).await;
        }
        let is_made = work.verbs.contains(&Verb::Create);
        // A link whose answer was lost, and of which nothing is known: its settings are as its
        // makers have them.
        let is_linked_again =
            !is_made && work.verbs.contains(&Verb::Link) && work.before.object.is_none();
        let is_bare = is_made || (!is_linked_again && self.is_half_made(work).await?);
        // A group that cannot be closed to others is not made.
        if is_bare && self.settings_closed().await.is_some() {
            return Ok(refused("groupSettingsClosed"));
        }
        let stands = match (&work.before.object, &work.after.object) {
            (None, Some(after)) if is_linked_again => {
                let unknown = Object { values: Vec::new(), ..after.clone() };
                self.change_group(work, [&unknown, after]).await?
            }
            (None, Some(after)) if !work.verbs.is_empty() => self.create_group(work, after).await?,
            (Some(before), Some(after)) if !work.verbs.is_empty() => {
                self.change_group(work, [before, after]).await?
            }
            (None | Some(_), None | Some(_)) => match self.group_id(work).await? {
                Some(id) => Stands::Yes { outcome: done(&id), id },
                None => Stands::No(refused("groupNotFound")),
            },
        };
        let (id, outcome) = match stands {
            Stands::Yes { id, outcome } => (id, outcome),
            Stands::No(outcome) => return Ok(outcome),
        };
        if is_bare && let Some(refusal) = self.set_up_group(work, &id).await? {
            return Ok(refusal);
        }
        let settled = try_join_all(seats.iter().map(|seat| self.seat(work, &id, seat))).await?;
        for (seat, outcome) in seats.iter().zip(settled) {
            seat.tell(outcomes, &outcome);
        }
        Ok(outcome)
    }

    /// Google's id of the group: remembered, else that of its address if it bears our mark.
    async fn group_id(&self, work: &Work<'_>) -> Result<Option<String>, TargetError> {
        if let Some(id) = work.resource.ids.of_receiver(work.object) {
            return Ok(Some(id));
        }
        let object = work.before.object.as_ref().or(work.after.object.as_ref());
        let Some(address) = object.and_then(|it| self.address(it)) else { return Ok(None) };
        let seen = self.group_at(&address).await?;
        let keys = [work.resource.ids.before(work.object), work.resource.ids.after(work.object)];
        let Some(seen) = seen else { return Ok(None) };
        let Some(id) = seen.get("id").and_then(Json::as_str) else { return Ok(None) };
        // What is linked openly is known by its address until it bears our mark. The address may
        // have gone to another group since it was looked at: Google's id tells.
        let found = work.before.object.as_ref().filter(|_| work.verbs.contains(&Verb::Link));
        let is_found = found.is_some_and(|it| map::foreign_key(GROUP, id) == it.id.key);
        let is_ours = map::marked_group(&seen).is_some_and(|key| keys.contains(&key));
        Ok((is_found || is_ours).then(|| id.to_owned()))
    }

    fn address(&self, object: &Object) -> Option<String> {
        map::address(map::text(object, group::EMAIL)?, self.settings.domain.as_deref())
    }

    async fn group_at(&self, key: &str) -> Result<Option<Json>, TargetError> {
        let answer = self.clients.directory.read(wire::group(key)).await?;
        Ok(answer.map(|answer| answer.json()))
    }

    /// What of a group is sent, with its whole address.
    fn group_body(&self, before: Option<&Object>, after: &Object) -> Option<Map<String, Json>> {
        let mut body = wire::group_values(before, after);
        if body.contains_key("email") {
            body.insert("email".to_owned(), json!(self.address(after)?));
        }
        Some(body)
    }

    async fn create_group(&self, work: &Work<'_>, after: &Object) -> Result<Stands, TargetError> {
        let published = work.published();
        let (Some(mut body), Some(address)) = (self.group_body(None, after), self.address(after))
        else {
            return Ok(Stands::No(refused("noDomain")));
        };
        body.insert("externalIds".to_owned(), json!([map::group_marker(&published)]));
        if self.drops_group_ids() {
            let text = map::text(after, group::DESCRIPTION).unwrap_or_default();
            body.insert("description".to_owned(), json!(map::with_line(text, &published)));
        }
        let mut since = Since::now();
        loop {
            let part = wire::new_group(Json::Object(body.clone()));
            let said = self.clients.directory.ask(part, Gone::Answer).await?;
            let Said::Reply(answer) = said else { return Ok(Stands::No(Outcome::Unsure)) };
            if answer.is_fine() {
                return self.complete_group(work, after, &answer).await;
            }
            if answer.next != Next::Taken {
                return Ok(Stands::No(refused(&answer.code)));
            }
            if let Some(seen) = self.group_at(&address).await? {
                let ours = work.resource.ids.after(work.object);
                let id = seen.get("id").and_then(Json::as_str);
                let Some(id) = id.filter(|_| map::marked_group(&seen) == Some(ours)) else {
                    return Ok(Stands::No(refused(&answer.code)));
                };
                // Of a create whose answer was lost.
                self.made(id);
                return Ok(Stands::Yes { outcome: done(id), id: id.to_owned() });
            }
            if self.clients.directory.pause(&mut since, GIVEN_UP).await == Waited::Enough {
                return Ok(Stands::No(refused(&answer.code)));
            }
        }
    }

    /// A group that was just made gets its mark, where Google kept none.
    async fn complete_group(
        &self,
        work: &Work<'_>,
        after: &Object,
        answer: &Answer,
    ) -> Result<Stands, TargetError> {
        let Some(id) = id_of(answer) else { return Ok(Stands::No(Outcome::Unsure)) };
        self.made(&id);
        let published = work.published();
        if map::marked_group(&answer.json()).is_none() && !self.drops_group_ids() {
            self.drops_group_ids.store(true, Ordering::Relaxed);
            let text = map::text(after, group::DESCRIPTION).unwrap_or_default();
            let said = self.mark_by_line(&id, text, &published).await?;
            if !matches!(&said, Said::Reply(answer) if answer.is_fine()) {
                return Ok(Stands::No(plainly(&said, Outcome::Unsure)));
            }
        } else if map::marked_group(&answer.json()).is_none() {
            // Its description was sent with the mark, unless it left before that was known.
            let seen = self.group_at(&id).await?.unwrap_or_default();
            if map::marked_group(&seen).is_none() {
                let text = map::text(after, group::DESCRIPTION).unwrap_or_default();
                self.mark_by_line(&id, text, &published).await?;
            }
        }
        Ok(Stands::Yes { outcome: done(&id), id })
    }

    async fn mark_by_line(
        &self,
        id: &str,
        description: &str,
        published: &str,
    ) -> Result<Said, TargetError> {
        let body = json!({ "description": map::with_line(description, published) });
        let part = wire::change_group(id, body);
        self.clients.directory.ask(part, self.gone(&[id], Gone::Answer)).await
    }

    /// A create that was cut off may have left a group without its settings: it bears our mark
    /// and nobody is in it, and a later plan links it.
    async fn is_half_made(&self, work: &Work<'_>) -> Result<bool, TargetError> {
        if !work.verbs.contains(&Verb::Link) || !work.before.members.is_empty() {
            return Ok(false);
        }
        let Some(id) = self.group_id(work).await? else { return Ok(false) };
        let seen = self.group_at(&id).await?.unwrap_or_default();
        Ok(map::marked_group(&seen) == Some(work.resource.ids.after(work.object)))
    }

    /// Settings, once, before anybody is in it. A group that does not take them is not left
    /// open to all: it is taken away again. Gives what became of it then.
    async fn set_up_group(
        &self,
        work: &Work<'_>,
        id: &str,
    ) -> Result<Option<Outcome>, TargetError> {
        let Some(courier) = &self.clients.group_settings else { return Ok(None) };
        let address = work.after.object.as_ref().and_then(|it| self.address(it));
        let Some(address) = address else { return Ok(Some(refused("noDomain"))) };
        let part = wire::set_group(&address, self.settings.group_settings.body());
        let said = match courier.ask(part, Gone::NotYet).await {
            Ok(said) => said,
            Err(error) => {
                // What stops the run is told, whatever becomes of the group: where it stays, its
                // create is not done, and begins here again.
                let _ = self.take_away(work, id).await;
                return Err(error);
            }
        };
        let code = match &said {
            Said::Reply(answer) if answer.is_fine() => return Ok(None),
            Said::Reply(answer) => answer.code.clone(),
            Said::Nothing => "unanswered".to_owned(),
        };
        Ok(Some(match self.take_away(work, id).await? {
            Outcome::Unsure => Outcome::Unsure,
            // Not taken away, since this call has not made it, or somebody is in it.
            Outcome::Refused { .. } => refused(&format!("groupSettingsOpen.{code}")),
            Outcome::Done { .. } | Outcome::AlreadySo => refused(&format!("groupSettings.{code}")),
        }))
    }

    /// Takes away what this call makes, unless somebody is seen in it.
    async fn take_away(&self, work: &Work<'_>, id: &str) -> Result<Outcome, TargetError> {
        if !work.verbs.contains(&Verb::Create) || !work.before.members.is_empty() {
            return Ok(refused("notEmpty"));
        }
        let said = self.clients.directory.ask(wire::delete_group(id), Gone::NotYet).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.is_fine() || answer.next == Next::NotThere => {
                Outcome::AlreadySo
            }
            // It may stand open: it is looked for, and set up or taken away then.
            Said::Reply(_) | Said::Nothing => Outcome::Unsure,
        })
    }

    async fn change_group(
        &self,
        work: &Work<'_>,
        [before, after]: [&Object; 2],
    ) -> Result<Stands, TargetError> {
        let Some(id) = self.group_id(work).await? else {
            return Ok(Stands::No(refused("groupNotFound")));
        };
        let Some(mut body) = self.group_body(Some(before), after) else {
            return Ok(Stands::No(refused("noDomain")));
        };
        let published = work.published();
        if work.takes_mark() || body.contains_key("description") {
            let Some(seen) = self.group_at(&id).await? else {
                return Ok(Stands::No(refused("groupNotFound")));
            };
            let told = seen.get("description").and_then(Json::as_str).unwrap_or_default();
            let text = map::text(after, group::DESCRIPTION).unwrap_or_default();
            if map::has_line(told) || (work.takes_mark() && self.drops_group_ids()) {
                body.insert("description".to_owned(), json!(map::with_line(text, &published)));
            }
            if work.takes_mark() {
                body.insert("externalIds".to_owned(), map::group_ids(&seen, &published));
            }
        }
        if body.is_empty() {
            return Ok(Stands::Yes { outcome: done(&id), id });
        }
        let part = wire::change_group(&id, Json::Object(body));
        let said = self.clients.directory.ask(part, self.gone(&[&id], Gone::Answer)).await?;
        let Said::Reply(answer) = &said else { return Ok(Stands::No(Outcome::Unsure)) };
        if !answer.is_fine() {
            return Ok(Stands::No(refused(&answer.code)));
        }
        if work.takes_mark() && map::marked_group(&answer.json()).is_none() {
            self.drops_group_ids.store(true, Ordering::Relaxed);
            let text = map::text(after, group::DESCRIPTION).unwrap_or_default();
            self.mark_by_line(&id, text, &published).await?;
        }
        Ok(Stands::Yes { outcome: done(&id), id })
    }

    async fn delete_group(&self, work: &Work<'_>) -> Result<Outcome, TargetError> {
        let Some(id) = self.group_id(work).await? else { return Ok(Outcome::AlreadySo) };
        let said = self.clients.directory.ask(wire::delete_group(&id), Gone::Answer).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::NotThere => Outcome::AlreadySo,
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }

    /// One member: added, taken out, or given another role.
    async fn seat(
        &self,
        work: &Work<'_>,
        group: &str,
        seat: &Seat,
    ) -> Result<Outcome, TargetError> {
        let Some(user) = self.user_id(seat.member, work.resource).await? else {
            return Ok(match seat.change {
                Change::Remove => Outcome::AlreadySo,
                Change::Add { .. } | Change::Role { .. } => refused("memberNotFound"),
            });
        };
        match &seat.change {
            Change::Add { role } => self.add_member(group, &user, role).await,
            Change::Role { role } => self.change_member(group, &user, role).await,
            Change::Remove => self.remove_member(group, &user).await,
        }
    }

    async fn add_member(
        &self,
        group: &str,
        user: &str,
        role: &str,
    ) -> Result<Outcome, TargetError> {
        let courier = &self.clients.directory;
        let gone = self.gone(&[group, user], Gone::Answer);
        for look in 1.. {
            let said = courier.ask(wire::add_member(group, user, role), gone).await?;
            let Said::Reply(answer) = &said else { return Ok(Outcome::Unsure) };
            if answer.next != Next::Taken {
                return Ok(plainly(&said, Outcome::Done { receiver_id: None }));
            }
            let Some(seen) = courier.read(wire::member(group, user)).await? else {
                if look >= 2 {
                    return Ok(refused(&answer.code));
                }
                // A membership that waits for something: gam's cure (reference/google.md §1.3).
                courier.ask(wire::remove_member(group, user), Gone::Answer).await?;
                continue;
            };
            // Who was given more by others keeps it: only a change of role takes it away.
            let has = seen.text("role").unwrap_or_default();
            if height(GROUP_MEMBER, &has) >= height(GROUP_MEMBER, role) {
                return Ok(Outcome::AlreadySo);
            }
            return self.change_member(group, user, role).await;
        }
        Ok(Outcome::Unsure)
    }

    async fn change_member(
        &self,
        group: &str,
        user: &str,
        role: &str,
    ) -> Result<Outcome, TargetError> {
        let part = wire::change_member(group, user, role);
        let said =
            self.clients.directory.ask(part, self.gone(&[group, user], Gone::Answer)).await?;
        if let Said::Reply(answer) = &said
            && answer.next == Next::NotThere
        {
            let part = wire::add_member(group, user, role);
            let said = self.clients.directory.ask(part, Gone::Answer).await?;
            return Ok(plainly(&said, Outcome::Done { receiver_id: None }));
        }
        Ok(plainly(&said, Outcome::Done { receiver_id: None }))
    }

    async fn remove_member(&self, group: &str, user: &str) -> Result<Outcome, TargetError> {
        let part = wire::remove_member(group, user);
        let said = self.clients.directory.ask(part, Gone::Answer).await?;
        // 404 and 412: is no member (reference/google.md §1.3).
        let is_none = |answer: &Answer| {
            answer.next == Next::NotThere || answer.status == 412 || answer.code == "invalidMember"
        };
        Ok(match &said {
            Said::Reply(answer) if is_none(answer) => Outcome::AlreadySo,
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }
}
