//! Whether what came can be a register, and what is kept of it.

use roster::replica::Replica;
use roster::{Intake, Notice, NoticeLevel, SourceError};

use super::{BELIEVED, FEW_FAULTS, MANY_PERSONS, Read, SET_BACK, Stopped};
use crate::head::Head;
use crate::notes::Odd;
use crate::profile::{Collection, Reads};
use crate::take::Counts;

impl Read<'_> {
    /// Whether what came can be a register.
    pub(super) fn check(&mut self) -> Result<(), Stopped> {
        let Counts { came, open_persons, marked_persons, .. } = self.counts;
        let persons = came[Collection::Persons as usize];
        let at = |list: &str| format!("{}/{list}", self.source.host());
        let marking = &self.source.settings.marking;
        if persons > 0 && marked_persons == 0 && !marking.is_acknowledged() {
            return Err(match self.since {
                // Whether the field is there at all is seen in a read of everything alone.
                Some(_) if persons >= MANY_PERSONS => Stopped::ReadAll("marking_not_seen"),
                Some(since) if since.is_marked => return Ok(()),
                Some(_) => Stopped::ReadAll("marking_not_seen"),
                None => SourceError::MarkingMissing { place: at("persons/securityMarking") }.into(),
            });
        }
        self.refuse_many()?;
        if self.since.is_some() {
            return Ok(());
        }
        let refused = |code, place| SourceError::Content { code, place, detail: String::new() };
        for list in [Collection::Organisations, Collection::Persons] {
            if came[list as usize] == 0 {
                return Err(refused("empty_list", at(list.name())).into());
            }
        }
        if open_persons == 0 && persons >= MANY_PERSONS {
            return Err(refused("marking_never_open", at("persons/securityMarking")).into());
        }
        for list in [Collection::Duties, Collection::Activities, Collection::Groups] {
            let is_read = self.source.profile.reads(list) != Reads::Off;
            if is_read && came[list as usize] == 0 {
                self.warn("no_items", at(list.name()));
            }
        }
        Ok(())
    }

    fn warn(&mut self, code: &'static str, place: String) {
        let level = NoticeLevel::Warning;
        self.notices.push(Notice { level, code, place, detail: String::new(), count: 1 });
    }

    /// Few rows that cannot be used are told of, many are a refusal: as with tables.
    fn refuse_many(&self) -> Result<(), Stopped> {
        for (odd, list, place, count) in self.notes.rows_left_out() {
            let rows = self.counts.came[list as usize];
            if count > (rows / 100).max(FEW_FAULTS) {
                let code = if odd == Odd::NoMarking { "often_unmarked" } else { "many_bad_rows" };
                let place = format!("{}{place}", self.source.host());
                let detail = format!("count={count}");
                return Err(SourceError::Content { code, place, detail }.into());
            }
        }
        Ok(())
    }

    pub(super) fn strict(&self) -> Result<(), Stopped> {
        let departures = self.notes.departures();
        if !self.source.settings.strict || departures.is_empty() {
            return Ok(());
        }
        Err(SourceError::Content {
            code: "strict",
            place: self.source.host(),
            detail: format!("found={}", departures.join(", ")),
        }
        .into())
    }

    /// Keeps the rows for a read of changes, where the register's time is known.
    pub(super) fn keep(&mut self, intake: &mut Intake<'_>, mut replica: Replica) {
        let Some(server) = self.server.values().min().copied() else { return };
        if self.counts.newest.is_some_and(|newest| newest > server + SET_BACK) {
            self.warn("clock_ahead", self.source.host());
        }
        if server > self.source.now + BELIEVED {
            self.warn("clock_wrong", self.source.host());
        }
        // Changes asked for from a time that has not come would never be told. Too early a time
        // gives too much, which is no loss.
        let server = server.min(self.source.now);
        if !self.source.reads_changes() {
            return;
        }
        let head = Head {
            settings: self.source.print,
            server,
            full_on: self.since.map_or(self.source.today, |since| since.full_on),
            is_marked: self.counts.marked_persons > 0
                || self.since.is_some_and(|since| since.is_marked),
        };
        replica.set_head(head.encode());
        intake.keep(replica);
    }
}
