//! One person, made from the seed and the person's number.

const GIVEN: [&str; 20] = [
    "Maria",
    "Anna",
    "Elsa",
    "Åsa",
    "Märta",
    "Ann-Marie",
    "Fatima",
    "Zoë",
    "Ingrid",
    "Alva",
    "Erik",
    "Lars",
    "Örjan",
    "André",
    "Lars-Åke",
    "Ali",
    "Nils",
    "Göran",
    "Hugo",
    "Łukasz",
];
const FAMILY: [&str; 16] = [
    "Andersson",
    "Johansson",
    "Karlsson",
    "Nilsson",
    "Öberg",
    "Sjöström",
    "Åkesson",
    "Rosén",
    "von Essen",
    "O'Brien",
    "Yılmaz",
    "Hassan",
    "de la Cruz",
    "Bergström",
    "Lind",
    "Şahin",
];

/// A pupil or a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Lower-case UUID.
    pub id: String,
    /// Twelve digits, reserved series 980-999, valid checksum.
    pub identity_number: String,
    /// Given name.
    pub given_name: String,
    /// Family name; globally unique for a canary.
    pub family_name: String,
    /// Address under `skola.example`.
    pub email: String,
    /// Sign-in name.
    pub username: String,
    /// `YYYY-MM-DD`.
    pub birth_date: String,
    /// `Man` or `Kvinna`.
    pub sex: &'static str,
    /// A protected person, to be searched for in everything that comes out.
    pub canary: Option<u64>,
}

/// `SplitMix64` of two numbers: stable for ever.
pub(crate) const fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed ^ n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

pub(crate) fn uuid(seed: u64, kind: u64, n: u64) -> String {
    let high = mix(mix(seed, kind), n);
    let low = mix(high, kind);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

fn pick<'a>(list: &[&'a str], n: u64) -> &'a str {
    let at = usize::try_from(n % list.len() as u64).unwrap_or(0);
    list.get(at).copied().unwrap_or_default()
}

/// `rank` counts those of one birth year: unique below 13 440, then repeats.
fn identity(year: u64, rank: u64) -> (String, String) {
    let (serial, day, month) = (980 + rank % 20, 1 + rank / 20 % 28, 1 + rank / 560 % 12);
    let coordination = if rank / 6_720 % 2 == 1 { 60 } else { 0 };
    let body = format!("{year:04}{month:02}{:02}{serial}", day + coordination);
    let sum: u32 = body
        .bytes()
        .skip(2)
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    (format!("{body}{}", (10 - sum % 10) % 10), format!("{year:04}-{month:02}-{day:02}"))
}

impl Person {
    pub(crate) fn new(
        seed: u64,
        kind: u64,
        n: u64,
        (year, rank): (u64, u64),
        canary: bool,
    ) -> Self {
        let draw = mix(mix(seed, kind + 100), n);
        let (identity_number, birth_date) = identity(year, rank);
        let letter = if kind == 0 { 'e' } else { 'p' };
        let mut username = format!("{letter}{n:07}");
        let (mut given, mut family) =
            (pick(&GIVEN, draw).to_owned(), pick(&FAMILY, draw >> 20).to_owned());
        if canary {
            given = format!("Hemlig{letter}{n}x");
            family = format!("Kanariefågel{letter}{n}x");
            username = format!("kanarie{letter}{n}x");
        }
        Self {
            id: uuid(seed, kind, n),
            identity_number,
            given_name: given,
            family_name: family,
            email: format!("{username}@skola.example"),
            username,
            birth_date,
            sex: if draw % 20 < 10 { "Kvinna" } else { "Man" },
            canary: canary.then_some(n),
        }
    }
}
