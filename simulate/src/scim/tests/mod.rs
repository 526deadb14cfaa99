//! The service provider over a real socket: request and answer, as the RFCs have them.

mod bulk;
mod discovery;
mod lists;
mod patches;
mod resources;

use serde_json::{Value, json};

use super::{Switches, start};
use crate::receiver::Running;
use crate::receiver::tests::{Answer, Client};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A provider and a connection to it.
struct Provider {
    running: Running,
    client: Client,
}

impl Provider {
    fn start() -> Self {
        Self::with(Switches::default())
    }

    fn with(switches: Switches) -> Self {
        let running = start(switches).unwrap();
        let client = Client::to(&running.base_url());
        Self { running, client }
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask_with(method, path, &[], body)
    }

    fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut headers = vec![("Content-Type", "application/scim+json")];
        headers.extend(more);
        let path = format!("/v2{path}");
        self.client.send(method, &path, &headers, &body).unwrap()
    }

    fn get(&mut self, path: &str) -> Value {
        let answer = self.ask("GET", path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Creates something; its id.
    fn create(&mut self, endpoint: &str, body: &Value) -> String {
        let answer = self.ask("POST", &format!("/{endpoint}"), body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    fn user(&mut self, name: &str) -> String {
        self.create("Users", &user(name))
    }
}

fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name })
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|it| json!({ "value": it })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn patch(operations: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

/// Status and the word of table 9 of RFC 7644; the error must have the form of §3.12.
fn refused(answer: &Answer) -> (u16, String) {
    let error = answer.json();
    assert_eq!(answer.header("content-type"), "application/scim+json");
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(error["status"], answer.status.to_string());
    (answer.status, error["scimType"].as_str().unwrap_or_default().to_owned())
}
