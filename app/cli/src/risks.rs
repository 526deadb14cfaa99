//! Choices in the settings that hold, and are weaker than they need be (K129): people are told of
//! them, where they look, and the log is.

use rules::config::{Settings, TargetSettings};
use serde_json::json;

use crate::connectors;
use crate::output::Output;

/// Tells of those of one target.
pub(crate) fn tell(target: &TargetSettings, out: &mut Output) -> anyhow::Result<()> {
    let name = &target.name;
    for (setting, words) in connectors::risks(target)? {
        tracing::warn!(target.id = name, setting, "a weaker choice holds");
        let says = out.say(&words.sv, &words.en).to_owned();
        out.json(&json!({ "risk": setting, "target": name, "text": says }));
        out.tell(
            &format!("▲ target.{name}: {setting}: {says}"),
            &format!("▲ target.{name}: {setting}: {says}"),
        );
    }
    Ok(())
}

/// The same for the target that is called so in the settings.
pub(crate) fn of(settings: &Settings, name: &str, out: &mut Output) -> anyhow::Result<()> {
    settings.targets.iter().filter(|it| it.name == name).try_for_each(|it| tell(it, out))
}
