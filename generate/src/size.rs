//! How large a municipality is.

/// The scales of reference/sizing.md §4.2, and sizes given by counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 300 pupils.
    Xs,
    /// 1 200 pupils.
    S,
    /// 2 800 pupils.
    M,
    /// 24 500 pupils.
    L,
    /// 47 000 pupils.
    Xl,
    /// 109 000 pupils.
    Xxl,
    /// 1 617 000 pupils.
    Nation,
    /// Exactly these counts.
    Of(Counts),
}

/// What a whole municipality holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Schools.
    pub units: u64,
    /// Pupils.
    pub pupils: u64,
    /// Home classes.
    pub classes: u64,
    /// Groups, home classes included.
    pub groups: u64,
    /// Pupil memberships, home classes included.
    pub memberships: u64,
    /// Staff who teach.
    pub teachers: u64,
    /// All staff.
    pub staff: u64,
    /// Duties: one for each of the staff, the rest for those at two schools.
    pub duties: u64,
    /// Teachers of groups.
    pub assignments: u64,
}

impl Counts {
    /// 10 000 people, for measuring (reference/peers.md §3.1).
    pub const TEN_THOUSAND: Self = Self {
        units: 30,
        pupils: 9_000,
        classes: 450,
        groups: 1_000,
        memberships: 23_500,
        teachers: 900,
        staff: 1_000,
        duties: 1_100,
        assignments: 1_200,
    };
    /// 100 000 people, for measuring.
    pub const HUNDRED_THOUSAND: Self = Self {
        units: 300,
        pupils: 90_000,
        classes: 4_500,
        groups: 10_000,
        memberships: 235_000,
        teachers: 9_000,
        staff: 10_000,
        duties: 11_000,
        assignments: 12_000,
    };
}

impl Size {
    /// The counts this size stands for.
    #[must_use]
    pub const fn counts(self) -> Counts {
        match self {
            Self::Xs => of([2, 300, 16, 130, 2_300, 28, 43, 160]),
            Self::S => of([6, 1_200, 65, 500, 9_300, 110, 170, 630]),
            Self::M => of([11, 2_800, 150, 1_240, 23_300, 265, 410, 1_550]),
            Self::L => of([80, 24_500, 1_280, 11_000, 207_000, 2_330, 3_600, 13_700]),
            Self::Xl => of([138, 47_000, 2_540, 19_700, 363_000, 4_350, 6_700, 24_600]),
            Self::Xxl => of([190, 109_000, 5_760, 47_900, 897_000, 10_300, 15_900, 59_900]),
            Self::Nation => {
                of([7_513, 1_617_000, 85_000, 719_000, 13_500_000, 153_000, 238_000, 898_000])
            }
            Self::Of(counts) => counts,
        }
    }
}

const fn of(n: [u64; 8]) -> Counts {
    Counts {
        units: n[0],
        pupils: n[1],
        classes: n[2],
        groups: n[3],
        memberships: n[4],
        teachers: n[5],
        staff: n[6],
        // 6 % of the teachers work at two schools.
        duties: n[6] + n[5] * 6 / 100,
        assignments: n[7],
    }
}
