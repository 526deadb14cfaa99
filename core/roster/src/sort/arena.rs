//! Rows in memory.

use super::{Piece, RowStream, SpoolError};

/// Where one row lies in the arena; `head` is the row's first eight bytes, which decide
/// nearly every comparison without a look into the arena.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    head: u64,
    at: u32,
    len: u32,
}

fn same_head(one: &Place, two: &Place) -> bool {
    one.head == two.head
}

/// The row's first eight bytes as a number that sorts as they do.
pub(super) fn head(row: &[u8]) -> u64 {
    if let Some(first) = row.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..row.len()].copy_from_slice(row);
    u64::from_be_bytes(first)
}

/// Rows with one head are this many at most, as a rule: a person's.
const FEW: usize = 16;

/// What stands behind the head, the rest of a key and what comes first after it, as a number that
/// sorts as it does. What a row lacks counts as zeros: where two are equal, the rows decide.
fn neck(row: &[u8]) -> u128 {
    let behind = row.get(8..).unwrap_or_default();
    if let Some(first) = behind.first_chunk::<16>() {
        return u128::from_be_bytes(*first);
    }
    let mut first = [0; 16];
    first[..behind.len()].copy_from_slice(behind);
    u128::from_be_bytes(first)
}

/// Bits of a place within a block. Blocks never move as the arena grows: one buffer would be
/// copied again and again and, while it is, stand in memory twice.
const BLOCK_BITS: u32 = 18;
const BLOCK: usize = 1 << BLOCK_BITS;
/// The first block of an arena; each is twice as large as the one before, up to [`BLOCK`].
const FIRST_BLOCK: usize = 1 << 12;

/// How far places were put in order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Order {
    #[default]
    AsTheyCame,
    /// Those with the same head stand side by side, in no order.
    ByHead,
    ByRow,
}

#[derive(Debug, Default)]
pub(super) struct Arena {
    blocks: Vec<Vec<u8>>,
    places: Vec<Place>,
    order: Order,
    /// Bytes that are still to come, where that is known.
    room: usize,
}

impl Arena {
    fn row(&self, place: Place) -> &[u8] {
        let (block, at) = ((place.at >> BLOCK_BITS) as usize, place.at as usize & (BLOCK - 1));
        let block = self.blocks.get(block).map(Vec::as_slice).unwrap_or_default();
        block.get(at..at + place.len as usize).unwrap_or_default()
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        if self.blocks.last().is_none_or(|last| last.capacity() - last.len() < row.len()) {
            let size = match self.room {
                0 => FIRST_BLOCK << self.blocks.len().min(6),
                known => known.min(BLOCK),
            };
            self.room = self.room.saturating_sub(size);
            self.blocks.push(Vec::with_capacity(row.len().max(size)));
        }
        let number = self.blocks.len() - 1;
        let Some(block) = self.blocks.last_mut() else { return };
        let at = number << BLOCK_BITS | block.len();
        // The budget keeps an arena far below 4 GiB; a single row is a line of a file.
        let (Ok(at), Ok(len)) = (u32::try_from(at), u32::try_from(row.len())) else { return };
        self.places.push(Place { head: head(row), at, len });
        self.order = Order::AsTheyCame;
        block.extend_from_slice(row);
    }

    /// Puts places in order as far as asks nothing of the arena.
    fn sort_by_head(&mut self) {
        if self.order == Order::AsTheyCame {
            self.places.sort_unstable_by_key(|place| place.head);
            self.order = Order::ByHead;
        }
    }

    /// Sorts the rows where they lie, each distinct one once.
    fn order(&mut self) {
        self.sort_by_head();
        let mut places = std::mem::take(&mut self.places);
        places.chunk_by_mut(same_head).for_each(|same| self.sort_rows(same));
        places.dedup_by(|one, two| one.head == two.head && self.row(*one) == self.row(*two));
        self.places = places;
        self.order = Order::ByRow;
    }

    /// Sorts rows with one head. What they go on with is fetched once for each: it decides
    /// nearly always, and else the whole rows do.
    fn sort_rows(&self, same: &mut [Place]) {
        if same.len() < 2 || self.order == Order::ByRow {
            return;
        }
        let mut few = [(0, Place::default()); FEW];
        if let Some(few) = few.get_mut(..same.len()) {
            for (known, place) in few.iter_mut().zip(&*same) {
                *known = (neck(self.row(*place)), *place);
            }
            few.sort_unstable_by(|one, two| {
                one.0.cmp(&two.0).then_with(|| self.row(one.1).cmp(self.row(two.1)))
            });
            for (place, known) in same.iter_mut().zip(few) {
                *place = known.1;
            }
            return;
        }
        same.sort_unstable_by(|one, two| self.row(*one).cmp(self.row(*two)));
    }

    /// Sorts the rows and lays them side by side in their order, each distinct one once.
    fn settle(&mut self) {
        let room = self.places.iter().map(|place| place.len as usize).sum();
        let places = Vec::with_capacity(self.places.len());
        let mut settled = Self { places, room, ..Self::default() };
        std::mem::take(self)
            .sorted(&mut |row| {
                settled.push(row);
                Ok::<_, std::convert::Infallible>(())
            })
            .unwrap_or_else(|never| match never {});
        settled.order = Order::ByRow;
        *self = settled;
    }

    /// Hands the rows out in order, each distinct one once. Those with one head are sorted when
    /// their turn comes: what was fetched from memory for that is still at hand.
    fn sorted<E>(mut self, put: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.sort_by_head();
        let mut places = std::mem::take(&mut self.places);
        for same in places.chunk_by_mut(same_head) {
            self.sort_rows(same);
            let mut last: Option<&[u8]> = None;
            for place in same {
                let row = self.row(*place);
                if last != Some(row) {
                    put(row)?;
                }
                last = Some(row);
            }
        }
        Ok(())
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        let mut places = std::mem::take(&mut self.places);
        places.retain(|place| keep(self.row(*place)));
        self.places = places;
    }
}

/// Rows of arenas, in the order in which they lie.
pub(super) struct ArenaStream<'a> {
    arenas: std::slice::Iter<'a, Arena>,
    arena: Option<&'a Arena>,
    next: usize,
}

impl<'a> ArenaStream<'a> {
    pub(super) fn of(arenas: &'a [Arena]) -> Self {
        Self { arenas: arenas.iter(), arena: None, next: 0 }
    }
}

impl RowStream for ArenaStream<'_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        loop {
            if let Some(arena) = self.arena
                && let Some(place) = arena.places.get(self.next)
            {
                self.next += 1;
                return Ok(Some(arena.row(*place)));
            }
            let Some(arena) = self.arenas.next() else { return Ok(None) };
            (self.arena, self.next) = (Some(arena), 0);
        }
    }
}

/// What rows begin with: by it they are put into buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// A key: any byte is as likely as any other.
    WithKey,
    /// A number below eight, then a key.
    WithKind,
}

impl Begin {
    const fn buckets(self) -> usize {
        match self {
            Self::WithKey => 1 << BUCKET_BITS,
            Self::WithKind => 8 << KIND_BITS,
        }
    }

    /// The bucket of a row; buckets stand in the order of their rows.
    fn bucket(self, row: &[u8]) -> usize {
        let byte = |at: usize| usize::from(row.get(at).copied().unwrap_or_default());
        match self {
            Self::WithKey => byte(0) >> (8 - BUCKET_BITS),
            Self::WithKind if byte(0) >= 8 => (8 << KIND_BITS) - 1,
            Self::WithKind => byte(0) << KIND_BITS | byte(1) >> (8 - KIND_BITS),
        }
    }
}

/// Rows by their first bits: each bucket is sorted alone, in the processor's own memory.
#[derive(Debug)]
pub(super) struct Buckets {
    begin: Begin,
    arenas: Vec<Arena>,
    held: usize,
}

const BUCKET_BITS: u32 = 6;
const KIND_BITS: u32 = 5;

impl Buckets {
    pub(super) fn new(begin: Begin) -> Self {
        let arenas = std::iter::repeat_with(Arena::default).take(begin.buckets()).collect();
        Self { begin, arenas, held: 0 }
    }

    /// Bytes that the rows take, about.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        self.arenas[self.begin.bucket(row)].push(row);
        self.held += row.len() + size_of::<Place>();
    }

    /// What of the sorting may be done in pieces at once, before [`Self::sorted`] is asked for.
    pub(super) fn pieces(&mut self) -> Vec<Piece<'_>> {
        self.filled().map(|bucket| Box::new(|| bucket.sort_by_head()) as Piece<'_>).collect()
    }

    /// The same for [`Self::settled`].
    pub(super) fn settling(&mut self) -> Vec<Piece<'_>> {
        self.filled().map(|bucket| Box::new(|| bucket.settle()) as Piece<'_>).collect()
    }

    /// The same, and the rows stay where they lie.
    pub(super) fn ordering(&mut self) -> Vec<Piece<'_>> {
        self.filled().map(|bucket| Box::new(|| bucket.order()) as Piece<'_>).collect()
    }

    fn filled(&mut self) -> impl Iterator<Item = &mut Arena> {
        self.arenas.iter_mut().filter(|bucket| !bucket.places.is_empty())
    }

    /// The rows in their order, when all pieces of [`Self::settling`] or [`Self::ordering`] are done.
    pub(super) fn settled(self) -> Vec<Arena> {
        self.arenas
    }

    /// Hands the rows out in order, each distinct one once, and gives memory back.
    pub(super) fn sorted(
        self,
        put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        self.arenas.into_iter().try_for_each(|bucket| bucket.sorted(put))
    }
}
