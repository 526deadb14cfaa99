//! Groups, and the members of those that are ours.

use futures_util::StreamExt as _;
use state::{ObjectRef, Row, TargetError};

use super::{AT_ONCE, Sight, Whose, text};
use crate::card::{GROUP, USER};
use crate::client::Found;
use crate::{Google, map, wire};

/// A group of ours that is looked into.
struct Ours {
    object: ObjectRef,
    id: String,
    /// Its row and its address, where it is not known whether all of it was made.
    in_doubt: Option<(Row, String)>,
}

/// A group, and Google's id and the role of somebody in it.
type Membership = (ObjectRef, String, String);

impl Google {
    pub(super) async fn look_at_groups(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let customer = self.settings.customer.as_str();
        let domain = self.settings.domain.as_deref();
        let (mut ours, doubtful) = (Vec::new(), sight.in_doubt(GROUP));
        let call = |token: Option<&str>| wire::groups(customer, token);
        let read = self.list(&self.clients.directory, "groups", call, |group| {
            let Some(id) = text(&group, "id") else {
                return Err(self.invalid("a group has no id"));
            };
            let (object, whose) = sight.of(GROUP, id, map::marked_group(&group));
            let row = map::group(object.key, &group, domain);
            let reads = whose == Whose::Ours && sight.reads_into(object);
            let in_doubt = reads && doubtful.contains(&object);
            if !in_doubt {
                sight.row(&row, Some(id), self)?;
            }
            if reads {
                let address = text(&group, "email").unwrap_or_default().to_owned();
                let row = in_doubt.then_some((row, address));
                ours.push(Ours { object, id: id.to_owned(), in_doubt: row });
            }
            Ok(())
        });
        read.await?.ok_or_else(|| self.invalid("there is no such customer"))?;
        let mut lists = futures_util::stream::iter(ours)
            .map(|ours| self.looked_into(ours))
            .buffer_unordered(AT_ONCE);
        while let Some(looked) = lists.next().await {
            let (group, members) = looked?;
            if let Some((row, id)) = group {
                sight.row(&row, Some(&id), self)?;
            }
            for (object, id, role) in members {
                // Who is no user of the customer's, or a group, is not ours to keep.
                if let Some(user) = sight.users.get(USER, &id) {
                    let row: Row = map::group_member(object, user, &role);
                    sight.row(&row, None, self)?;
                }
            }
        }
        Ok(())
    }

    /// The members of a group; and its row, where it was in doubt and is whole.
    async fn looked_into(
        &self,
        ours: Ours,
    ) -> Result<(Option<(Row, String)>, Vec<Membership>), TargetError> {
        let Ours { object, id, in_doubt } = ours;
        let members = self.members_of(object, id.clone()).await?;
        let Some((row, address)) = in_doubt else { return Ok((None, members)) };
        let is_whole = !members.is_empty() || self.is_set_up(&address).await?;
        Ok((is_whole.then_some((row, id)), members))
    }

    /// Whether a group that was made has its settings: a create that was cut off may have left one
    /// that is open to others. One that nobody is in yet is not there before it has them, and is
    /// made to its end; members come after them.
    async fn is_set_up(&self, address: &str) -> Result<bool, TargetError> {
        let Some(courier) = &self.clients.group_settings else { return Ok(true) };
        if self.settings_closed().await.is_some() {
            return Ok(false);
        }
        let Found::Here(answer) = courier.find(wire::group_settings(address)).await? else {
            return Ok(false);
        };
        let wanted = self.settings.group_settings.body();
        Ok(wire::SET_UP.iter().all(|name| answer.json().get(name) == wanted.get(name)))
    }

    /// Google's ids of the users in a group, with their roles.
    async fn members_of(
        &self,
        object: ObjectRef,
        group: String,
    ) -> Result<Vec<Membership>, TargetError> {
        let mut members = Vec::new();
        let call = |token: Option<&str>| wire::members(&group, token);
        // A group that went away in the meantime has nobody in it.
        self.list(&self.clients.directory, "members", call, |member| {
            let is_user = text(&member, "type").is_none_or(|kind| kind == "USER");
            if let (Some(id), true) = (text(&member, "id"), is_user) {
                let role = text(&member, "role").unwrap_or("MEMBER");
                members.push((object, id.to_owned(), role.to_owned()));
            }
            Ok(())
        })
        .await?;
        Ok(members)
    }
}
