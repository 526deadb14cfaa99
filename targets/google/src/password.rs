//! First passwords: drawn by the system's chance, or one for all (K128–K133).

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use secret::Secret;

use crate::settings::{Characters, PASSWORD, PasswordSettings};

/// Small letters, capital letters, digits, signs. Without those that look alike in print:
/// `l`, `I`, `1`, `O`, `0` and `o`, and signs that are hard to find on a keyboard.
const SORTS: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%&+-=?@*"];

/// Gives new accounts their passwords.
pub(crate) enum Passwords {
    /// One for all.
    Standard(Secret),
    /// Drawn for each.
    Drawn { length: usize, sorts: &'static [&'static [u8]] },
}

impl Passwords {
    /// By the settings; `None` when the standard password is one that Google refuses.
    pub(crate) fn new(settings: &PasswordSettings, standard: Option<Secret>) -> Option<Self> {
        let Some(standard) = standard else {
            let sorts = match settings.characters {
                Characters::All => &SORTS[..],
                Characters::LettersAndDigits => &SORTS[..3],
            };
            let length = usize::from(settings.length).clamp(*PASSWORD.start(), *PASSWORD.end());
            return Some(Self::Drawn { length, sorts });
        };
        let text = standard.expose();
        (text.is_ascii() && PASSWORD.contains(&text.len())).then_some(Self::Standard(standard))
    }

    /// A password that is drawn; `None` where all have the same.
    pub(crate) fn draw(&self) -> Option<Secret> {
        let Self::Drawn { length, sorts } = self else { return None };
        let letters = sorts.concat();
        let mut chance = rand::rng();
        let mut text: Vec<u8> =
            (0..*length).map(|_| letters[chance.random_range(0..letters.len())]).collect();
        // One of each sort, so that no rule of a tenant's refuses it: at places of their own.
        let places: Vec<usize> = (0..*length).collect();
        let places = places.choose_multiple(&mut chance, sorts.len());
        for (place, sort) in places.zip(*sorts) {
            text[*place] = sort[chance.random_range(0..sort.len())];
        }
        // A sheet of passwords opened in a program for tables would take a sign at the beginning
        // for a formula.
        if let Some(first) = text.iter().position(u8::is_ascii_alphanumeric) {
            text.swap(0, first);
        }
        Some(Secret::new(text.into_iter().map(char::from).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn drawn(length: u8, characters: Characters) -> String {
        let settings = PasswordSettings { length, characters, ..PasswordSettings::default() };
        Passwords::new(&settings, None).unwrap().draw().unwrap().expose().to_owned()
    }

    /// K128, K131, K132: long enough, of the sorts that were chosen, no two the same.
    #[test]
    fn k128_passwords_have_their_length_and_their_sorts() {
        let mut seen = BTreeSet::new();
        for at in 0..100_000_u32 {
            let (length, characters) = match at % 3 {
                0 => (14, Characters::All),
                1 => (8, Characters::All),
                _ => (10, Characters::LettersAndDigits),
            };
            let text = drawn(length, characters);
            assert_eq!(text.len(), usize::from(length));
            let count = |sort: usize| text.bytes().filter(|it| SORTS[sort].contains(it)).count();
            assert!((0..3).all(|sort| count(sort) > 0), "a sort is missing");
            assert_eq!(count(3) > 0, characters == Characters::All);
            assert_eq!((0..4).map(count).sum::<usize>(), text.len(), "a character of no sort");
            assert!(text.starts_with(|it: char| it.is_ascii_alphanumeric()), "begins with a sign");
            assert!(seen.insert(text), "drawn twice");
        }
    }

    /// K131: each character comes about as often as the others of its sort.
    #[test]
    fn k131_no_character_is_seldom() {
        let mut counts = [0_u32; 256];
        for _ in 0..20_000 {
            drawn(14, Characters::All).bytes().for_each(|it| counts[usize::from(it)] += 1);
        }
        for sort in SORTS {
            let all: Vec<u32> = sort.iter().map(|it| counts[usize::from(*it)]).collect();
            let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
            assert!(*least * 5 > *most * 4, "{all:?}");
        }
    }

    /// K129: what Google would refuse is refused before anything is made.
    #[test]
    fn k129_a_standard_password_is_one_that_is_taken() {
        let settings = PasswordSettings::default();
        let standard = |text: &str| Passwords::new(&settings, Some(Secret::new(text.to_owned())));
        for bad in ["seven77", "lösenord-lång", &"x".repeat(101)] {
            assert!(standard(bad).is_none(), "{bad}");
        }
        let Some(Passwords::Standard(kept)) = standard("Valkommen-2026") else { panic!("drawn") };
        assert_eq!(kept.expose(), "Valkommen-2026");
    }
}
