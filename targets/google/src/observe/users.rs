//! Organisational units and users.

use serde_json::Value as Json;
use state::TargetError;

use super::{Sight, text};
use crate::card::USER;
use crate::{Google, map, wire};

impl Google {
    /// The tree of units; its root is told by no list of some customers.
    pub(super) async fn look_at_units(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let answer = self.clients.directory.read(wire::units(&self.settings.customer)).await?;
        let json = answer.map(|answer| answer.json()).unwrap_or_default();
        let all = json.get("organizationUnits").and_then(Json::as_array).into_iter().flatten();
        let paths = all.filter_map(|unit| text(unit, "orgUnitPath")).filter(|path| *path != "/");
        for path in ["/"].into_iter().chain(paths) {
            sight.row(&map::unit(path), None, self)?;
        }
        Ok(())
    }

    /// Reads all users.
    pub(crate) async fn each_user(&self, mut take: impl FnMut(&Json)) -> Result<(), TargetError> {
        let call = |token: Option<&str>| wire::users(&self.settings.customer, token);
        let read = self.list(&self.clients.directory, "users", call, |user| {
            take(&user);
            Ok(())
        });
        read.await.map(|_| ())
    }

    pub(super) async fn look_at_users(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let customer = self.settings.customer.as_str();
        let call = |token: Option<&str>| wire::users(customer, token);
        let read = self.list(&self.clients.directory, "users", call, |user| {
            let Some(id) = text(&user, "id") else {
                return Err(self.invalid("a user has no id"));
            };
            let (object, _) = sight.of(USER, id, map::marked_user(&user));
            sight.row(&map::user(object.key, &user), Some(id), self)?;
            sight.users.push(USER, id, object.key);
            Ok(())
        });
        read.await?.ok_or_else(|| self.invalid("there is no such customer"))?;
        sight.users.settle();
        Ok(())
    }
}
