//! All quotas of one account: what a call draws from must have room everywhere.

use std::collections::BTreeMap;
use std::time::Duration;

use super::limits::{Cost, Draw, Each, Limits};
use super::snapshot::Use;
use super::window::Window;

/// Objects that nobody called for a while are forgotten when there are this many.
const OBJECTS: usize = 1024;

pub(super) struct Quotas {
    limits: Limits,
    accounts: Vec<Window>,
    objects: BTreeMap<(usize, u64), Window>,
    /// When to forget the next time: not at every call.
    forget_over: usize,
    peaks: Vec<f64>,
}

/// Why a call must wait.
pub(super) struct Full {
    pub(super) until: Duration,
    /// Which bucket of the account, if it was one.
    pub(super) bucket: Option<&'static str>,
}

impl Quotas {
    pub(super) fn new(limits: Limits) -> Self {
        let window = |bucket: &super::Bucket| Window::new(bucket.count, bucket.per);
        let accounts: Vec<_> = limits.buckets.iter().map(window).collect();
        let peaks = vec![0.0; accounts.len()];
        Self { limits, accounts, objects: BTreeMap::new(), forget_over: OBJECTS, peaks }
    }

    /// The first draw that has no room, if one has none.
    pub(super) fn full(&mut self, now: Duration, cost: &Cost) -> Option<Full> {
        cost.draws().iter().find_map(|draw| {
            let amount = draw.amount;
            let until = self.window(draw)?.ready_at(now, amount)?;
            Some(Full { until, bucket: draw.object.is_none().then_some(draw.bucket) })
        })
    }

    pub(super) fn take(&mut self, now: Duration, cost: &Cost) {
        for draw in cost.draws() {
            let Some(window) = self.window(draw) else { continue };
            window.take(now, draw.amount);
            let (_, peak) = window.shares(now);
            if let Some(place) = self.limits.place(draw.bucket) {
                self.peaks[place] = self.peaks[place].max(peak);
            }
        }
        if self.objects.len() > self.forget_over {
            self.objects.retain(|_, window| !window.is_empty(now));
            self.forget_over = OBJECTS.max(self.objects.len() * 2);
        }
    }

    pub(super) fn give_back(&mut self, taken: Duration, cost: &Cost) {
        for draw in cost.draws() {
            if let Some(window) = self.window(draw) {
                window.give_back(taken, draw.amount);
            }
        }
    }

    /// Use of every bucket; of those of objects the fullest.
    pub(super) fn uses(&mut self, now: Duration) -> Vec<Use> {
        let mut shares: Vec<f64> =
            self.accounts.iter_mut().map(|window| window.shares(now).0).collect();
        for ((place, _), window) in &mut self.objects {
            shares[*place] = shares[*place].max(window.shares(now).0);
        }
        let each = self.limits.buckets.iter().zip(shares).zip(&self.peaks);
        each.map(|((bucket, now), &peak)| {
            let &super::Bucket { name, count, per, each: _ } = bucket;
            Use { bucket: name, count, per, now, peak }
        })
        .collect()
    }

    fn window(&mut self, draw: &Draw) -> Option<&mut Window> {
        let place = self.limits.place(draw.bucket)?;
        let bucket = &self.limits.buckets[place];
        match (bucket.each, draw.object) {
            (Each::Object, Some(object)) => {
                let new = || Window::new(bucket.count, bucket.per);
                Some(self.objects.entry((place, object)).or_insert_with(new))
            }
            (Each::Account, None | Some(_)) | (Each::Object, None) => self.accounts.get_mut(place),
        }
    }
}
