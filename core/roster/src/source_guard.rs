//! Guards on the source: a register that lost volume was not read (K210, K211).
//!
//! Defaults follow reference/portal.md §2.4: more than 10 % of anything or all of it over
//! the tenant, more than 20 % at a school. A least count keeps small numbers quiet: at a
//! school of 12, one pupil who moves and two who follow are 25 % and nothing strange.

use crate::{Count, Counts, Key, Stats};

/// A share that trips when it is exceeded by at least a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Percent, 0 to 100. More than this trips.
    pub percent: u8,
    /// Fewer than this never trips, whatever the share.
    pub at_least: u64,
}

impl Share {
    fn is_exceeded(self, part: u64, whole: u64) -> bool {
        let part_in_percent = u128::from(part) * 100;
        part > 0
            && part >= self.at_least
            && part_in_percent > u128::from(whole) * u128::from(self.percent)
    }
}

/// When a read counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLimits {
    /// Loss of any kind over the tenant.
    pub tenant_loss: Share,
    /// Loss of any kind at one school.
    pub school_loss: Share,
    /// Pupils that a school's årskurs must have had for its vanishing to trip.
    pub year_at_least: u64,
    /// Persons with relations to what is not there, of all persons.
    pub dangling: Share,
    /// Entities described twice, differently, of all entities.
    pub repeated: Share,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            tenant_loss: Share { percent: 10, at_least: 10 },
            school_loss: Share { percent: 20, at_least: 5 },
            year_at_least: 5,
            dangling: Share { percent: 1, at_least: 5 },
            repeated: Share { percent: 1, at_least: 5 },
        }
    }
}

/// Where a guard tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TripScope {
    /// The whole register: the run stops.
    Tenant,
    /// One school: it counts as not read.
    School(Key),
}

/// What tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TripKind {
    /// None of these are left.
    Empty(Count),
    /// Too many of these are gone.
    Lost(Count),
    /// The school is gone, or nobody is left at it.
    SchoolLost,
    /// Nobody is left in this årskurs of the school.
    YearLost(u8),
    /// Too many persons have relations to what is not there. `before` is all persons.
    Dangling,
    /// Too many ids stand twice with different content. `before` is all entities.
    Repeated,
}

/// A guard that tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceTrip {
    /// Where.
    pub scope: TripScope,
    /// What.
    pub kind: TripKind,
    /// How many there were at the last good read.
    pub before: u64,
    /// How many there are now.
    pub now: u64,
}

/// The guards that trip on `now`, compared with the last good read `before`.
///
/// # Shapes
///
/// * `before`: the default on a first read; then only [`TripKind::Dangling`] and
///   [`TripKind::Repeated`] can trip.
/// * Returns the tenant's trips first, then the schools' by key. A school that is lost has
///   no other trips.
#[must_use]
pub fn compare(before: &Stats, now: &Stats, limits: &SourceLimits) -> Vec<SourceTrip> {
    let mut trips = Vec::new();
    losses(TripScope::Tenant, &before.total, &now.total, limits.tenant_loss, &mut trips);
    let persons = now.total.get(Count::Persons);
    let entities = persons + now.total.get(Count::Schools) + now.total.get(Count::Groups);
    for (kind, share, part, whole) in [
        (TripKind::Dangling, limits.dangling, now.dangling, persons),
        (TripKind::Repeated, limits.repeated, now.repeated, entities),
    ] {
        if share.is_exceeded(part, whole) {
            trips.push(SourceTrip { scope: TripScope::Tenant, kind, before: whole, now: part });
        }
    }
    let none = Counts::default();
    for (&school, counts) in &before.schools {
        let left = now.schools.get(&school).unwrap_or(&none);
        school_losses(school, (before, counts), (now, left), limits, &mut trips);
    }
    trips
}

fn school_losses(
    school: Key,
    (before, had): (&Stats, &Counts),
    (now, has): (&Stats, &Counts),
    limits: &SourceLimits,
    trips: &mut Vec<SourceTrip>,
) {
    let scope = TripScope::School(school);
    let (were, are) = (had.get(Count::Persons), has.get(Count::Persons));
    if were > 0 && are == 0 {
        trips.push(SourceTrip { scope, kind: TripKind::SchoolLost, before: were, now: are });
        return;
    }
    losses(scope, had, has, limits.school_loss, trips);
    for (&(_, year), &pupils) in before.years.range((school, 0)..=(school, u8::MAX)) {
        if pupils >= limits.year_at_least.max(1) && !now.years.contains_key(&(school, year)) {
            let kind = TripKind::YearLost(year);
            trips.push(SourceTrip { scope, kind, before: pupils, now: 0 });
        }
    }
}

/// Of a whole register nothing may vanish altogether, however little it was.
fn losses(
    scope: TripScope,
    before: &Counts,
    now: &Counts,
    limit: Share,
    trips: &mut Vec<SourceTrip>,
) {
    for &count in Count::ALL {
        let (before, now) = (before.get(count), now.get(count));
        let empty = scope == TripScope::Tenant && before > 0 && now == 0;
        if empty {
            trips.push(SourceTrip { scope, kind: TripKind::Empty(count), before, now });
        } else if limit.is_exceeded(before.saturating_sub(now), before) {
            trips.push(SourceTrip { scope, kind: TripKind::Lost(count), before, now });
        }
    }
}

#[cfg(test)]
mod tests;
