//! Placeholder until the parser lands.
use crate::{terms::Sex, Date};
/// Identity number.
pub struct IdentityNumber([u8; 12], NumberKind);
/// Kinds of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind { /// Personnummer.
 Personnummer, /// Samordningsnummer.
 Coordination, /// Interim number.
 Interim, /// TF number.
 Temporary }
impl NumberKind { /// Whether it is kept for life.
 #[must_use] pub fn is_persistent(self) -> bool { matches!(self, Self::Personnummer | Self::Coordination) } }
/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identity number")]
pub struct IdentityNumberError;
impl IdentityNumber {
 /// Reads.
 pub fn parse(_text: &str, _today: Date) -> Result<Self, IdentityNumberError> { Err(IdentityNumberError) }
 /// Kind.
 #[must_use] pub fn kind(&self) -> NumberKind { self.1 }
 /// Birth date.
 #[must_use] pub fn birth_date(&self) -> Option<Date> { None }
 /// Sex.
 #[must_use] pub fn sex(&self) -> Option<Sex> { None }
 pub(crate) fn canonical(&self) -> &[u8] { &self.0 }
}
