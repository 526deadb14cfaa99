//! Users, organisational units, groups and members: google.md §1.

pub(super) mod aliases;
pub(super) mod customer;
pub(super) mod group;
pub(super) mod groups;
pub(super) mod life;
pub(super) mod members;
pub(super) mod page;
pub(super) mod query;
pub(super) mod settings;
pub(super) mod unit;
pub(super) mod units;
pub(super) mod user;
pub(super) mod users;
pub(super) mod users_write;

/// Reads an address: one `@`, a name of letters, digits and `-_.'+`, no two dots in a row
/// (google.md §1.1). In small letters.
pub(super) fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, domain) = text.split_once('@')?;
    let letters = |it: char| it.is_ascii_alphanumeric() || "-_.'+".contains(it);
    let fits = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(letters)
        && !name.contains("..")
        && !name.starts_with('.')
        && !name.ends_with('.')
        && domain.contains('.')
        && domain.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '.');
    fits.then_some(text)
}
