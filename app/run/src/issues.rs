//! Data quality in the tenant's memory: since when something is wrong.

use roster::quality::Issue;
use store::{QualityIssue, Severity};

use crate::read::Reading;
use crate::{Engine, RunError};

const CHECKED: &str = "source/checked";

/// Keeps the issues of a read, with the day they were first seen. A read with the same
/// content, compared with the same register of school units on the same day, has the same
/// issues.
pub(crate) async fn keep(engine: &Engine, run: i64, reading: &Reading) -> Result<(), RunError> {
    let today = engine.today();
    let register = engine.school_register.as_ref();
    let register = register.map(|it| format!(" {} {}", it.retrieved, it.units.len()));
    let version = format!("{} {today}{}", reading.hash, register.unwrap_or_default());
    if engine.store.get("", CHECKED).await?.as_deref() == Some(version.as_bytes()) {
        return Ok(());
    }
    let issues: Vec<QualityIssue> = reading.findings.issues.iter().map(issue).collect();
    engine.store.put_issues(run, engine.now(), &issues).await?;
    engine.store.close_check(run, today).await?;
    Ok(engine.store.set("", &[(CHECKED, version.as_bytes())]).await?)
}

fn issue(issue: &Issue) -> QualityIssue {
    let severity = match issue.severity() {
        roster::quality::Severity::Error => Severity::Error,
        roster::quality::Severity::Warning => Severity::Warning,
        roster::quality::Severity::Notice => Severity::Note,
    };
    QualityIssue {
        code: issue.code.as_str().to_owned(),
        subject_kind: format!("{:?}", issue.field).to_lowercase(),
        subject: issue.subject,
        schools: issue.schools.clone(),
        severity,
        detail: String::new(),
    }
}
