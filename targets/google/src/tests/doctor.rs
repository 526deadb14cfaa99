//! Which permission is missing for what.

use serde_json::json;
use simulate::google::{Power, Switches};

use super::world::{World, switches};

async fn wrong(world: &World) -> Vec<(String, String)> {
    let short = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
    let findings = world.google.check().await.into_iter();
    findings.filter_map(|it| Some((short(it.scope), it.problem?.en))).collect()
}

/// K092: all is green when all is there.
#[tokio::test]
async fn k092_nothing_is_wrong_when_all_is_granted() {
    assert_eq!(wrong(&World::plain()).await, []);
}

/// K086, K092: a scope that was not delegated is named with the line to paste; what needs
/// another service is green.
#[tokio::test]
async fn k086_the_missing_scope_is_named() {
    let granted = [
        "admin.directory.user",
        "admin.directory.orgunit.readonly",
        "admin.directory.group",
        "classroom.courses",
        "classroom.rosters",
    ];
    let granted = Some(granted.map(str::to_owned).to_vec());
    let world = World::new(Switches { granted, ..switches() }, |_| ());
    let found = wrong(&world).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "apps.groups.settings");
    assert!(found[0].1.contains(world.google.client_id()), "{}", found[0].1);
    assert!(found[0].1.contains("https://www.googleapis.com/auth/apps.groups.settings"));
    // The line takes the place of the one before: it has all of them.
    for scope in crate::scope_lines(&super::settings("http://127.0.0.1:1")) {
        assert!(found[0].1.contains(scope.scope), "{}", found[0].1);
    }
}

/// The same is told by a run that is stopped.
#[tokio::test]
async fn k086_a_run_without_directorys_scopes_names_the_whole_line() {
    let granted = Some(vec!["admin.directory.user".to_owned()]);
    let world = World::new(Switches { granted, ..switches() }, |_| ());
    let kinds = [crate::USER].into();
    let seen = world.try_to_see(state::Look { kinds: &kinds, only: None }).await;
    let error = seen.err().map(|error| std::error::Error::source(&error).unwrap().to_string());
    let text = error.unwrap_or_default();
    for scope in crate::scope_lines(&super::settings("http://127.0.0.1:1")) {
        assert!(text.contains(scope.scope), "{text}");
    }
}

#[tokio::test]
async fn classroom_that_is_off_is_told_so() {
    let world = World::new(Switches { classroom: Power::Off, ..switches() }, |_| ());
    let found = wrong(&world).await;
    let scopes: Vec<_> = found.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(scopes, ["classroom.courses", "classroom.rosters"]);
    assert!(found[0].1.starts_with("Classroom is off"), "{}", found[0].1);
}

/// Of a subject that may not, and of one that is not there.
#[tokio::test]
async fn a_subject_that_is_none_is_told_so() {
    for (subject, says) in
        [("ada@exempel.se", "administrator's role"), ("ingen@exempel.se", "`subject`")]
    {
        let world = World::new(switches(), |settings| settings.subject = subject.to_owned());
        let name = json!({ "givenName": "A", "familyName": "B" });
        world.fill(&json!({ "users": [{ "primaryEmail": "ada@exempel.se", "name": name }] }));
        let found = wrong(&world).await;
        assert!(found.iter().any(|(_, text)| text.contains(says)), "{found:?}");
        assert!(found.iter().all(|(_, text)| !text.contains("@exempel.se")), "{found:?}");
    }
}
