//! Groups, and the members of those that are ours.

use futures_util::StreamExt as _;
use state::{ObjectRef, Row, TargetError};

use super::{AT_ONCE, Sight, Whose, text};
use crate::card::{GROUP, USER};
use crate::{Google, map, wire};

impl Google {
    pub(super) async fn look_at_groups(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let customer = self.settings.customer.as_str();
        let domain = self.settings.domain.as_deref();
        let mut ours = Vec::new();
        let call = |token: Option<&str>| wire::groups(customer, token);
        let read = self.list(&self.clients.directory, "groups", call, |group| {
            let Some(id) = text(&group, "id") else {
                return Err(self.invalid("a group has no id"));
            };
            let (object, whose) = sight.of(GROUP, id, map::marked_group(&group));
            sight.row(&map::group(object.key, &group, domain), Some(id), self)?;
            if whose == Whose::Ours && sight.reads_into(object) {
                ours.push((object, id.to_owned()));
            }
            Ok(())
        });
        read.await?.ok_or_else(|| self.invalid("there is no such customer"))?;
        let mut lists = futures_util::stream::iter(ours)
            .map(|(object, id)| self.members_of(object, id))
            .buffer_unordered(AT_ONCE);
        while let Some(members) = lists.next().await {
            for (object, id, role) in members? {
                // Who is no user of the customer's, or a group, is not ours to keep.
                if let Some(user) = sight.users.get(USER, &id) {
                    let row: Row = map::group_member(object, user, &role);
                    sight.row(&row, None, self)?;
                }
            }
        }
        Ok(())
    }

    /// Google's ids of the users in a group, with their roles.
    async fn members_of(
        &self,
        object: ObjectRef,
        group: String,
    ) -> Result<Vec<(ObjectRef, String, String)>, TargetError> {
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
