//! Names: short lists, syllables for the long tail, and the forms that break programs.
//!
//! The shares are those of reference/sizing.md §4.5; common names stand several times.

use crate::rng::Rng;

const WOMEN: [&str; 48] = [
    "Maria",
    "Maria",
    "Anna",
    "Anna",
    "Alice",
    "Alice",
    "Maja",
    "Maja",
    "Vera",
    "Vera",
    "Elsa",
    "Alma",
    "Selma",
    "Astrid",
    "Ebba",
    "Wilma",
    "Lilly",
    "Freja",
    "Olivia",
    "Saga",
    "Alva",
    "Ella",
    "Signe",
    "Juni",
    "Märta",
    "Åsa",
    "Linnéa",
    "Zoë",
    "Ann-Marie",
    "Eva-Lena",
    "Fatima",
    "Amina",
    "Zainab",
    "Layla",
    "Hanna",
    "Ida",
    "Klara",
    "Moa",
    "Nora",
    "Stina",
    "Tuva",
    "Tilde",
    "Ingrid",
    "Karin",
    "Birgitta",
    "Agnieszka",
    "Thị",
    "Małgorzata",
];
const MEN: [&str; 48] = [
    "Erik",
    "Erik",
    "Lars",
    "Liam",
    "Liam",
    "Noah",
    "Noah",
    "Hugo",
    "Hugo",
    "Mohamed",
    "Ali",
    "William",
    "Elias",
    "Oliver",
    "Lucas",
    "Adam",
    "Leo",
    "Nils",
    "Axel",
    "Vincent",
    "Ludvig",
    "Oscar",
    "Filip",
    "Arvid",
    "Viggo",
    "Melker",
    "Sixten",
    "Örjan",
    "Göran",
    "Håkan",
    "Åke",
    "André",
    "Lars-Åke",
    "Karl-Johan",
    "Omar",
    "Yusuf",
    "Ibrahim",
    "Ahmad",
    "Hamza",
    "Łukasz",
    "Björn",
    "Jan",
    "Per",
    "Anders",
    "Johan",
    "Emil",
    "Anton",
    "Şükrü",
];
const FAMILIES: [&str; 40] = [
    "Andersson",
    "Andersson",
    "Andersson",
    "Andersson",
    "Johansson",
    "Johansson",
    "Johansson",
    "Johansson",
    "Karlsson",
    "Karlsson",
    "Karlsson",
    "Nilsson",
    "Nilsson",
    "Nilsson",
    "Eriksson",
    "Eriksson",
    "Larsson",
    "Larsson",
    "Olsson",
    "Olsson",
    "Persson",
    "Persson",
    "Svensson",
    "Svensson",
    "Gustafsson",
    "Pettersson",
    "Jonsson",
    "Jansson",
    "Hansson",
    "Bengtsson",
    "Jönsson",
    "Lindberg",
    "Jakobsson",
    "Magnusson",
    "Lindström",
    "Olofsson",
    "Lindqvist",
    "Rosén",
    "Öberg",
    "Åkesson",
];
const WORLD: [&str; 40] = [
    "Hassan",
    "Mohamed",
    "Ali",
    "Ahmed",
    "Yılmaz",
    "Şahin",
    "Öztürk",
    "Kowalski",
    "Łukaszewicz",
    "Nowak",
    "Nguyễn",
    "Tran",
    "Popović",
    "Đorđević",
    "Petrović",
    "Hussein",
    "Abdi",
    "Warsame",
    "García",
    "Muñoz",
    "de la Cruz",
    "O'Brien",
    "MacDonald",
    "Müller",
    "Schröder",
    "Çelik",
    "Sørensen",
    "Ødegård",
    "Þórsdóttir",
    "Guðmundsson",
    "Virtanen",
    "Mäkinen",
    "Korhonen",
    "Haddad",
    "Khalil",
    "Rahimi",
    "Rezaei",
    "Haile",
    "Tesfaye",
    "Singh",
];
const FIRST: [&str; 40] = [
    "Lind", "Berg", "Ek", "Sjö", "Ny", "Sand", "Hag", "Lund", "Ström", "Holm", "Björk", "Gran",
    "Alm", "Ask", "Dal", "Fors", "Hed", "Kvarn", "Löv", "Mal", "Norr", "Söder", "Öst", "Väster",
    "Ros", "Ceder", "Stål", "Silver", "Sten", "Skog", "Vik", "Ång", "Åker", "Ör", "Rönn", "Hall",
    "Blom", "Eng", "Wall", "Palm",
];
const LAST: [&str; 30] = [
    "ström", "kvist", "holm", "gren", "berg", "lund", "dahl", "vall", "stedt", "blad", "man",
    "mark", "näs", "stad", "bäck", "borg", "fors", "feldt", "hammar", "hielm", "roth", "rot",
    "skog", "sten", "ryd", "in", "ell", "én", "er", "qvist",
];
const PREFIXES: [&str; 3] = ["von ", "af ", "de la "];

/// Forms that are right and still break programs: each is a given and a family name.
const NASTY: [(&str, &str); 14] = [
    ("Anna", "Lund Berg"),
    ("Carl", "von Essen"),
    ("Hedvig", "af Ugglas"),
    ("Seán", "O'Brien"),
    ("Madonna", ""),
    ("Bo", "Å"),
    ("Björn", "ðøüłşç"),
    // The same name twice: combining letters first, then whole ones.
    ("Bjo\u{308}rn", "A\u{30a}stro\u{308}m"),
    ("Björn", "Åström"),
    ("Erik ", "Blank "),
    ("LARS", "ÖSTERBERG"),
    ("Nils \"Nisse\"", "Citat; semikolon, komma"),
    ("Zoë-Lou", "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis"),
    ("Elsa", "Andersson"),
];

/// Whether hard forms are mixed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// Ordinary names only.
    Plain,
    /// About one person of 150, and one or two groups of a school, has a hard name.
    #[default]
    Nasty,
}

/// `Man` for odd, `Kvinna` for even, as in an identity number.
pub(crate) const fn sex(odd: u64) -> &'static str {
    if odd % 2 == 1 { "Man" } else { "Kvinna" }
}

fn family(rng: &mut Rng) -> String {
    match rng.below(100) {
        0..45 => rng.pick(&FAMILIES).unwrap_or_default().to_owned(),
        45..60 => rng.pick(&WORLD).unwrap_or_default().to_owned(),
        rest => {
            let stem = rng.pick(&FIRST).unwrap_or_default();
            let end = rng.pick(&LAST).unwrap_or_default();
            let prefix = if rest == 99 { rng.pick(&PREFIXES).unwrap_or_default() } else { "" };
            format!("{prefix}{stem}{end}")
        }
    }
}

/// Given and family name.
pub(crate) fn name(mut rng: Rng, sex: &str, names: Names) -> (String, String) {
    if names == Names::Nasty && rng.below(150) == 0 {
        let (given, family) = rng.pick(&NASTY).unwrap_or_default();
        return (given.to_owned(), family.to_owned());
    }
    let list = if sex == "Man" { &MEN } else { &WOMEN };
    let given = rng.pick(list).unwrap_or_default();
    let given = match rng.below(100) {
        0..6 => format!("{given} {}", rng.pick(list).unwrap_or_default()),
        6..9 => format!("{given}-{}", rng.pick(list).unwrap_or_default()),
        _ => given.to_owned(),
    };
    let surname = family(&mut rng);
    let family = match rng.below(20) {
        0 => format!("{surname} {}", family(&mut rng)),
        _ => surname,
    };
    (given, family)
}

/// A family name after a wedding.
pub(crate) fn married(mut rng: Rng) -> String {
    family(&mut rng)
}
