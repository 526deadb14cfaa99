//! The order in which calls are made that others wait for: so that one of those after another can
//! go early, and not all of them at the end.

use std::collections::BTreeSet;

/// Which call needs which, each pair once.
pub(super) struct Needs {
    /// What is needed, and what needs it; in this order.
    pairs: Vec<(u32, u32)>,
}

impl Needs {
    pub(super) fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        Self { pairs }
    }

    /// What needs this call.
    pub(super) fn followers(&self, call: u32) -> impl Iterator<Item = u32> + '_ {
        of(&self.pairs, call)
    }

    /// How many calls each of so many needs.
    pub(super) fn counts(&self, calls: usize) -> Vec<u32> {
        let mut counts = vec![0; calls];
        for (_, follower) in &self.pairs {
            counts[*follower as usize] += 1;
        }
        counts
    }

    /// The rank of each call: those that nothing needs come last. The next are always those that
    /// one follower still lacks: the follower that brings most for each of them, the first of the
    /// plan where several do. `sizes` are the operations of each call.
    pub(super) fn ranks(&self, sizes: &[u32]) -> Vec<u32> {
        let mut turned: Vec<_> = self.pairs.iter().map(|(need, call)| (*call, *need)).collect();
        turned.sort_unstable();
        let mut missing = self.counts(sizes.len());
        let price = |missing: u32, call: u32| {
            (u64::from(missing) << 32) / u64::from(sizes[call as usize].max(1))
        };
        let mut queue: BTreeSet<(u64, u32)> = (0..)
            .zip(&missing)
            .filter(|(_, missing)| **missing > 0)
            .map(|(call, missing)| (price(*missing, call), call))
            .collect();
        let (mut ranks, mut next) = (vec![u32::MAX; sizes.len()], 0);
        while let Some((_, first)) = queue.pop_first() {
            for need in of(&turned, first).filter(|need| *need != first) {
                if ranks[need as usize] != u32::MAX {
                    continue;
                }
                ranks[need as usize] = next;
                next += 1;
                for follower in self.followers(need) {
                    let left = &mut missing[follower as usize];
                    if queue.remove(&(price(*left, follower), follower)) {
                        queue.insert((price(*left - 1, follower), follower));
                    }
                    *left -= 1;
                }
            }
        }
        ranks
    }
}

/// The second of all pairs that begin with this one.
fn of(pairs: &[(u32, u32)], first: u32) -> impl Iterator<Item = u32> + '_ {
    let from = pairs.partition_point(|pair| pair.0 < first);
    pairs[from..].iter().take_while(move |pair| pair.0 == first).map(|pair| pair.1)
}

#[cfg(test)]
mod tests {
    use super::Needs;

    const NONE: u32 = u32::MAX;

    /// The ranks of calls, the last of which are these followers.
    fn ranks(calls: u32, followers: &[&[u32]]) -> Vec<u32> {
        let of = |(follower, needs): (u32, &&[u32])| {
            needs.iter().map(move |need| (*need, follower)).collect::<Vec<_>>()
        };
        let pairs: Vec<_> = (calls..).zip(followers).flat_map(of).collect();
        let size = |needs: &&[u32]| u32::try_from(needs.len()).unwrap() + 1;
        let sizes = (0..calls).map(|_| 1).chain(followers.iter().map(size)).collect::<Vec<_>>();
        let turned = Needs::new(pairs.iter().rev().copied().collect()).ranks(&sizes);
        let ranks = Needs::new(pairs).ranks(&sizes);
        assert_eq!(ranks, turned, "the same in whatever order they are told");
        ranks[..calls as usize].to_vec()
    }

    #[test]
    fn what_one_follower_lacks_comes_together() {
        for (what, calls, followers, expected) in [
            ("nobody waits", 2, &[][..], vec![NONE, NONE]),
            ("what nobody needs is last", 3, &[&[1][..]], vec![NONE, 0, NONE]),
            ("the first in the plan begins", 4, &[&[2, 3], &[0, 1]], vec![2, 3, 0, 1]),
            ("fewer for as much", 3, &[&[0, 1], &[2]], vec![1, 2, 0]),
            (
                "what has most already is next",
                7,
                &[&[0, 6], &[1, 2, 3], &[0, 4, 6]],
                vec![0, 3, 4, 5, 2, NONE, 1],
            ),
        ] {
            assert_eq!(ranks(calls, followers), expected, "{what}");
        }
    }

    #[test]
    fn a_circle_has_an_order_too() {
        assert_eq!(Needs::new(vec![(0, 1), (1, 0)]).ranks(&[1, 1]), [1, 0]);
    }
}
