//! The figures of Google Workspace: the program, and a simulated Google in a process of its own.

mod cloud;
mod disturbed;
mod quiet;
mod quotas;

use generate::Town;

use crate::names::Bench;
use crate::world::{Receiver, World};
use cloud::Cloud;

pub(crate) use disturbed::{faults, kill};
pub(crate) use quiet::{memory, rosters};
pub(crate) use quotas::quota;

/// A tenant of this town who delivers there, with these lines in its settings.
fn tenant(bench: &Bench, town: Town, cloud: &Cloud, lines: &str) -> anyhow::Result<World> {
    let world = World::of(&bench.binary, town, bench.folders)?;
    world.deliver_to(Receiver::Google { tables: &cloud.tables(lines) })?;
    Ok(world)
}
