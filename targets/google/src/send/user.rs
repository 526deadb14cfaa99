//! Accounts: made with a first password, changed, put to sleep, woken, deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use connect::http::Earlier;
use roster::Key;
use secret::Secret;
use serde_json::{Map, Value as Json, json};
use state::{FirstPassword, HandoverError, Object, Outcome, TargetError, Verb};

use super::{Work, done, id_of, plainly, refused};
use crate::card::{USER, user};
use crate::client::{Answer, Gone, Next, Said, Since, Waited};
use crate::password::Passwords;
use crate::{Google, map, wire};

/// An address that nobody is seen to have, and that is taken all the same, was given up a moment
/// ago: it is free soon.
const GIVEN_UP: Duration = Duration::from_secs(90);
/// A name that was changed is seen everywhere in ten minutes at most (reference/google.md §1.1).
const RENAMED: Duration = Duration::from_mins(10);

impl Google {
    pub(super) async fn carry_user(&self, work: &Work<'_>) -> Result<Outcome, TargetError> {
        if work.verbs.contains(&Verb::Suspend) {
            return self.suspend(work).await;
        }
        match (&work.before.object, &work.after.object) {
            (None, None) => Ok(Outcome::AlreadySo),
            (Some(_), None) => self.delete_user(work).await,
            (None, Some(after)) => self.create_user(work, after).await,
            (Some(before), Some(after)) => self.change_user(work, [before, after]).await,
        }
    }

    /// The password is kept before Google is told (K129: a standard one is nobody's own). One that
    /// is kept already may be what Google has: it is sent again.
    async fn password(&self, work: &Work<'_>, after: &Object) -> Result<Secret, TargetError> {
        if let Passwords::Standard(standard) = &self.passwords {
            return Ok(standard.clone());
        }
        let failed = |error: HandoverError| TargetError::Unavailable {
            target: self.name.clone(),
            detail: "the record of a first password could not be kept: no account was made"
                .to_owned(),
            source: Box::new(error),
        };
        let kept = work.resource.handover.kept(work.object).await.map_err(failed)?;
        let kept = kept.map(|kept| Secret::new(kept.into_text()));
        let Some(password) = kept.or_else(|| self.passwords.draw()) else {
            return Err(self.invalid("no password could be drawn"));
        };
        let text = |at: usize| map::text(after, at).unwrap_or_default();
        let name = match text(user::DISPLAY_NAME) {
            "" => format!("{} {}", text(user::GIVEN_NAME), text(user::FAMILY_NAME)),
            name => name.to_owned(),
        };
        let (account, address) = (work.object, text(user::EMAIL));
        let first = FirstPassword { account, address, name: &name, password: password.expose() };
        work.resource.handover.keep(first).await.map_err(failed)?;
        Ok(password)
    }

    async fn create_user(&self, work: &Work<'_>, after: &Object) -> Result<Outcome, TargetError> {
        let password = self.password(work, after).await?;
        let published = work.published();
        let mut body = wire::user_body(after, &published, password.expose());
        let changes = self.settings.password.change_at_first_sign_in;
        body.insert("changePasswordAtNextLogin".to_owned(), json!(changes));
        let email = map::text(after, user::EMAIL).unwrap_or_default();
        let mut since = Since::now();
        loop {
            let part = wire::new_user(Json::Object(body.clone()));
            let said = self.clients.directory.ask(part, Gone::Answer).await?;
            let Said::Reply(answer) = said else { return Ok(Outcome::Unsure) };
            if answer.is_fine() {
                let Some(id) = id_of(&answer) else { return Ok(Outcome::Unsure) };
                self.made(&id);
                return Ok(done(&id));
            }
            if answer.next != Next::Taken {
                return Ok(refused(&answer.code));
            }
            if let Some(holder) = self.holder(email).await? {
                return Ok(self.is_taken(work, &answer, &holder));
            }
            if self.clients.directory.pause(&mut since, GIVEN_UP).await == Waited::Enough {
                return Ok(refused(&answer.code));
            }
        }
    }

    /// Who has an address, as its own or as an alias.
    async fn holder(&self, email: &str) -> Result<Option<Json>, TargetError> {
        let answer = self.clients.directory.read(wire::user(email)).await?;
        Ok(answer.map(|answer| answer.json()))
    }

    /// The address belongs to somebody: to the account that an answer that was lost told of, or
    /// to another.
    fn is_taken(&self, work: &Work<'_>, answer: &Answer, holder: &Json) -> Outcome {
        let ours = Some(work.resource.ids.after(work.object));
        let id = holder.get("id").and_then(Json::as_str);
        match id.filter(|_| map::marked_user(holder) == ours) {
            Some(id) if answer.earlier == Earlier::MaybeDone => {
                self.made(id);
                done(id)
            }
            // Made by an earlier run, whose memory was lost: reading tells.
            Some(_) => Outcome::Unsure,
            None => refused(&answer.code),
        }
    }

    async fn change_user(
        &self,
        work: &Work<'_>,
        [before, after]: [&Object; 2],
    ) -> Result<Outcome, TargetError> {
        let mut id = self.user_id(work.object, work.resource).await?;
        // What is linked openly is known by its address until it bears our mark.
        if id.is_none() && work.verbs.contains(&Verb::Link) {
            let seen = self.holder(map::text(before, user::EMAIL).unwrap_or_default()).await?;
            id = seen.and_then(|it| Some(it.get("id")?.as_str()?.to_owned()));
            // The address may have gone to another since it was looked at.
            if id.as_ref().is_some_and(|id| map::foreign_key(USER, id) != before.id.key) {
                return Ok(refused("addressOfAnother"));
            }
        }
        let Some(id) = id else { return Ok(refused("userNotFound")) };
        // Others keep it (K118): it is remembered, and not marked.
        if !self.settings.users {
            return Ok(done(&id));
        }
        let mut body = wire::user_changes(before, after);
        if work.verbs.contains(&Verb::Reactivate) {
            body.insert("suspended".to_owned(), json!(false));
        }
        // What was just made is nobody's administrator, and may not be seen yet.
        if work.takes_mark() || (!body.is_empty() && !self.is_fresh(&id)) {
            let Some(seen) = self.holder(&id).await? else { return Ok(refused("userNotFound")) };
            if is_admins(&seen) {
                return Ok(refused("administrator"));
            }
            if work.takes_mark() {
                body.insert("externalIds".to_owned(), map::user_ids(&seen, &work.published()));
            }
        }
        if body.is_empty() {
            return Ok(done(&id));
        }
        self.put_user(&id, body).await
    }

    async fn put_user(&self, id: &str, body: Map<String, Json>) -> Result<Outcome, TargetError> {
        let mut since = Since::now();
        loop {
            let part = wire::change_user(id, Json::Object(body.clone()));
            let gone = self.gone(&[id], Gone::Answer);
            let said = self.clients.directory.ask(part, gone).await?;
            let Said::Reply(answer) = said else { return Ok(Outcome::Unsure) };
            if answer.next != Next::Taken {
                return Ok(plainly(&Said::Reply(answer), done(id)));
            }
            // A name that was changed a moment ago answers so to all that comes after
            // (reference/google.md §1.1); unless another has the new one.
            if let Some(email) = body.get("primaryEmail").and_then(Json::as_str)
                && let Some(holder) = self.holder(email).await?
                && holder.get("id").and_then(Json::as_str) != Some(id)
            {
                return Ok(refused(&answer.code));
            }
            if self.clients.directory.pause(&mut since, RENAMED).await == Waited::Enough {
                return Ok(refused(&answer.code));
            }
        }
    }

    /// An account that became an administrator's since it was looked at is left alone.
    async fn may_end(&self, id: &str) -> Result<Ends, TargetError> {
        let Some(seen) = self.holder(id).await? else { return Ok(Ends::IsGone) };
        Ok(if is_admins(&seen) { Ends::IsAdmins } else { Ends::May })
    }

    async fn suspend(&self, work: &Work<'_>) -> Result<Outcome, TargetError> {
        let sleeps = |it: &Object| map::text(it, user::SUSPENDED).is_some();
        if work.before.object.as_ref().is_some_and(sleeps) {
            return Ok(Outcome::AlreadySo);
        }
        let Some(id) = self.user_id(work.object, work.resource).await? else {
            return Ok(Outcome::AlreadySo);
        };
        match self.may_end(&id).await? {
            Ends::IsGone => return Ok(Outcome::AlreadySo),
            Ends::IsAdmins => return Ok(refused("administrator")),
            Ends::May => {}
        }
        let part = wire::change_user(&id, json!({ "suspended": true }));
        let said = self.clients.directory.ask(part, self.gone(&[&id], Gone::Answer)).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::NotThere => Outcome::AlreadySo,
            Said::Reply(_) | Said::Nothing => plainly(&said, done(&id)),
        })
    }

    async fn delete_user(&self, work: &Work<'_>) -> Result<Outcome, TargetError> {
        let Some(id) = self.user_id(work.object, work.resource).await? else {
            return Ok(Outcome::AlreadySo);
        };
        match self.may_end(&id).await? {
            Ends::IsGone => return Ok(Outcome::AlreadySo),
            Ends::IsAdmins => return Ok(refused("administrator")),
            Ends::May => {}
        }
        let said = self.clients.directory.ask(wire::delete_user(&id), Gone::Answer).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::NotThere => Outcome::AlreadySo,
            // So Google says where Vault holds the account (reference/google.md §1.1).
            Said::Reply(answer) if answer.status == 412 && answer.code == "conditionNotMet" => {
                refused("onHold")
            }
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }

    /// Google's ids of users by the published ids that they bear.
    pub(super) async fn read_marks(&self) -> Result<BTreeMap<Key, String>, TargetError> {
        let mut marks = BTreeMap::new();
        self.each_user(|user| {
            if let (Some(key), Some(id)) = (map::marked_user(user), user.get("id")) {
                marks.extend(id.as_str().map(|id| (key, id.to_owned())));
            }
        })
        .await?;
        Ok(marks)
    }
}

fn is_admins(seen: &Json) -> bool {
    let is = |name: &str| seen.get(name).and_then(Json::as_bool) == Some(true);
    is("isAdmin") || is("isDelegatedAdmin")
}

/// Whether an account may be put to sleep or deleted.
enum Ends {
    May,
    IsGone,
    IsAdmins,
}
