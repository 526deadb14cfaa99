//! What stands in the way of objects at a receiver, from when it is first seen until it is
//! gone (K127, K136, K137).

use jiff::Timestamp;
use plan::{Draft, Holder, Obstacle, Obstructs};
use roster::codec::{CodecError, Reader, Writer};
use state::{Kind, ObjectRef};
use store::{ObstacleRow, Told};

use crate::memory::Memory;
use crate::read::Reading;
use crate::{BoundTarget, Engine, RunError};

const SEALED: &str = "obstacle";

/// Keeps the obstacles of a plan. Those of before that it does not tell of are gone, unless a
/// part of the register was not read.
pub(crate) async fn keep(
    engine: &Engine,
    reading: &Reading,
    target: &BoundTarget,
    draft: &Draft,
) -> Result<(), RunError> {
    let (memory, now) = (engine.memory(), engine.now());
    let row = |obstacle: &Obstacle| {
        Ok(ObstacleRow {
            object: obstacle.object,
            code: obstacle.what.reason().code().to_owned(),
            schools: obstacle.schools.clone(),
            detail: memory.seal_small(SEALED, &encoded(&obstacle.what))?,
            first_seen: now,
        })
    };
    let rows = draft.obstacles.iter().map(row).collect::<Result<Vec<_>, RunError>>()?;
    let is_whole = reading.trips.is_empty() && reading.unseen == plan::Unseen::default();
    let told = if is_whole { Told::All } else { Told::Some };
    Ok(engine.store.put_obstacles(&target.name, &rows, told).await?)
}

impl Engine {
    /// What stands in the way at a target, since when, the oldest first.
    ///
    /// # Errors
    ///
    /// [`RunError`] when it cannot be read.
    pub async fn obstacles(&self, target: &str) -> Result<Vec<(Obstacle, Timestamp)>, RunError> {
        let rows = self.store.obstacles(target).await?;
        let memory = self.memory();
        rows.into_iter().map(|row| opened(&memory, row)).collect()
    }
}

fn opened(memory: &Memory<'_>, row: ObstacleRow) -> Result<(Obstacle, Timestamp), RunError> {
    let ObstacleRow { object, code: _, schools, detail, first_seen } = row;
    let what = decoded(&memory.open_small(SEALED, &detail)?)
        .map_err(|error| RunError::Internal(error.to_string()))?;
    Ok((Obstacle { object, what, schools }, first_seen))
}

const HOLDERS: &[Holder] =
    &[Holder::Ours, Holder::Suspended, Holder::Another, Holder::Asleep, Holder::NotOurs];

fn encoded(what: &Obstructs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Writer(&mut bytes);
    match what {
        Obstructs::NoPlace { attribute, place } => {
            out.byte(0);
            out.length(*attribute);
            out.text(place);
        }
        Obstructs::Account { attribute, holder, whose } => {
            out.byte(1);
            out.length(*attribute);
            out.byte(holder.kind.0);
            out.key(holder.key);
            out.length(HOLDERS.iter().position(|it| it == whose).unwrap_or_default());
        }
        Obstructs::KeptByAnother => out.byte(2),
        Obstructs::NoAccount => out.byte(3),
        Obstructs::Shut => out.byte(4),
    }
    bytes
}

fn decoded(bytes: &[u8]) -> Result<Obstructs, CodecError> {
    let mut input = Reader(bytes);
    Ok(match input.byte()? {
        0 => Obstructs::NoPlace { attribute: input.length()?, place: input.text()?.to_owned() },
        1 => {
            let attribute = input.length()?;
            let holder = ObjectRef { kind: Kind(input.byte()?), key: input.key()? };
            let whose = HOLDERS.get(input.length()?).copied().unwrap_or(Holder::Another);
            Obstructs::Account { attribute, holder, whose }
        }
        2 => Obstructs::KeptByAnother,
        4 => Obstructs::Shut,
        _ => Obstructs::NoAccount,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_obstacle_is_read_back() {
        let holder = ObjectRef { kind: Kind(1), key: roster::Key::from_bytes([7; 16]) };
        let place = Obstructs::NoPlace { attribute: 2, place: "/Elever/9 å".to_owned() };
        let accounts =
            HOLDERS.iter().map(|&whose| Obstructs::Account { attribute: 0, holder, whose });
        let others = [place, Obstructs::KeptByAnother, Obstructs::NoAccount, Obstructs::Shut];
        for what in accounts.chain(others) {
            assert_eq!(decoded(&encoded(&what)).unwrap(), what);
        }
    }
}
