//! Lists of users and groups, page by page (RFC 7644 §3.4.2.4).

use std::collections::BTreeMap;

use serde_json::Value as Json;
use state::{Kind, TargetError};

use super::{GROUP, Scim, USER, endpoint};
use crate::list;

/// Resources asked for at a time, unless the provider gives fewer.
const PAGE: u64 = 1000;

/// The provider's ids by external id and by user name, in any case of letters.
pub(super) type Index = BTreeMap<(Kind, String), String>;

impl Scim {
    pub(super) async fn read_index(&self) -> Result<Index, TargetError> {
        let mut index = Index::new();
        for kind in [USER, GROUP] {
            self.list(kind, "externalId,userName", &mut |body| {
                let text = |name: &str| body.get(name).and_then(Json::as_str);
                if let Some(id) = text("id") {
                    for by in [
                        text("externalId").map(str::to_owned),
                        text("userName").map(str::to_lowercase),
                    ] {
                        index.extend(by.map(|by| ((kind, by), id.to_owned())));
                    }
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
        let mut start = 1_u64;
        loop {
            let mut request = self.courier.get(endpoint(kind));
            request = request.query("startIndex", &start.to_string());
            request = request.query("count", &PAGE.to_string());
            if !attributes.is_empty() {
                request = request.query("attributes", attributes);
            }
            let body = self.courier.whole(request).await?;
            let head = list::each(&body, take).map_err(|error| {
                let place = format!("line {}, column {}", error.line(), error.column());
                self.invalid(&format!("the list {} makes no sense: {place}", endpoint(kind)))
            })?;
            start += head.given;
            if head.total.is_none_or(|total| start > total) {
                return Ok(());
            }
            if head.given == 0 {
                let detail = format!("a page of {} is empty before its end", endpoint(kind));
                return Err(self.invalid(&detail));
            }
        }
    }
}
