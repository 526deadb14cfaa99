//! Which of our objects the provider's ids stand for.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use state::{Kind, TargetError};

use super::{GROUP, Scim, USER, endpoint, map};
use crate::list::{self, Ask, Paging};

/// The provider's ids by the key that an object stands under, by external id and by user name,
/// in any case of letters.
pub(super) type Index = BTreeMap<(Kind, String), String>;

impl Scim {
    pub(super) async fn read_index(&self) -> Result<Index, TargetError> {
        let mut index = Index::new();
        for kind in [USER, GROUP] {
            self.list(kind, "externalId,userName", &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                let Some(id) = text("id") else { return Ok(()) };
                let external = text("externalId");
                // What is foreign stands in plans under a key that is made of its id.
                let key = Some(map::key_of(external, id).to_string());
                let name = text("userName").map(str::to_lowercase);
                for by in [key, external.map(str::to_owned), name] {
                    index.extend(by.map(|by| ((kind, by), id.to_owned())));
                }
                Ok(())
            })
            .await?;
        }
        Ok(index)
    }

    /// Reads a list page by page; `attributes` are asked for alone where that is not empty.
    pub(super) async fn list(
        &self,
        kind: Kind,
        attributes: &str,
        take: list::Take<'_>,
    ) -> Result<(), TargetError> {
        let ask = Ask { endpoint: endpoint(kind), paging: Paging::Ours, attributes };
        list::read(&self.courier, ask, take).await
    }
}
