//! What a directory may say, held byte for byte against RFC 4511 §4. Answers borrow from the
//! bytes that they came in.

use crate::ber::{self, ENUMERATED, INTEGER, Misfit, Reader, SEQUENCE, SET, STRING};

/// The control for pages (RFC 2696 §2).
pub(crate) const PAGES: &str = "1.2.840.113556.1.4.319";

/// `[0]`, constructed: the controls of a message.
pub(crate) const CONTROLS: u8 = 0xa0;
/// `[3]`, constructed: other directories to ask.
const REFERRAL: u8 = 0xa3;

/// What a message is, and its page's place.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) id: u32,
    pub(crate) says: Says<'a>,
    /// Where the next page begins; empty where this was the last, `None` where pages are not
    /// spoken of.
    pub(crate) cookie: Option<&'a [u8]>,
}

/// What is said: one of those that a client with our questions can get.
#[derive(Debug)]
pub(crate) enum Says<'a> {
    /// The end of a sign-in.
    Bound(Outcome<'a>),
    /// An entry.
    Entry(Entry<'a>),
    /// That some of it is in another directory.
    Elsewhere,
    /// That something goes on.
    Meanwhile,
    /// The end of a search.
    Done(Outcome<'a>),
    /// The end of an extended operation.
    Extended(Outcome<'a>),
    /// What nobody asked for: the conversation ends (§4.4).
    Notice(Outcome<'a>),
}

/// How an operation ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) code: u32,
    /// The directory's own words. They should be UTF-8; where they are not, that is no reason to
    /// hide a refusal behind a fault.
    pub(crate) text: &'a [u8],
}

/// An entry: its attributes with their values, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Entry<'a> {
    pub(crate) attributes: Vec<(&'a str, Vec<&'a [u8]>)>,
}

impl<'a> Entry<'a> {
    /// An attribute's values. Directories write names in their schema's case, whatever was asked
    /// for.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.attributes.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.flat_map(|(_, values)| values.iter().copied())
    }
}

/// In what something does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Message,
    Entry,
    Page,
}

impl Part {
    fn of(self, misfit: Misfit) -> Wrong {
        Wrong { part: self, byte: misfit.0 }
    }
}

/// Something in a message does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) part: Part,
    /// From the beginning of the message.
    pub(crate) byte: usize,
}

impl From<Misfit> for Wrong {
    fn from(misfit: Misfit) -> Self {
        Part::Message.of(misfit)
    }
}

/// A whole message: `SEQUENCE { messageID, protocolOp, [0] controls OPTIONAL }`.
pub(crate) fn answer(message: &[u8]) -> Result<Answer<'_>, Wrong> {
    let mut whole = Reader::new(message);
    let mut parts = whole.want(SEQUENCE)?;
    if !whole.is_empty() {
        return Err(whole.misfit().into());
    }
    let id = parts.number(INTEGER)?;
    let place = parts.misfit();
    let (tag, content) = parts.next()?;
    let says = match tag {
        0x61 => Says::Bound(outcome(content)?),
        0x64 => Says::Entry(entry(content).map_err(|misfit| Part::Entry.of(misfit))?),
        0x65 => Says::Done(outcome(content)?),
        0x73 => elsewhere(content)?,
        0x78 if id == 0 => Says::Notice(outcome(content)?),
        0x78 => Says::Extended(outcome(content)?),
        0x79 => meanwhile(content)?,
        _ => return Err(place.into()),
    };
    let cookie = match parts.maybe(CONTROLS)? {
        Some(controls) => cookie(controls)?,
        None => None,
    };
    // Active Directory puts the name of a notice here, behind the operation.
    parts.pass_rest()?;
    Ok(Answer { id, says, cookie })
}

/// `LDAPResult` and what `BindResponse` and `ExtendedResponse` add to it (§4.1.9).
fn outcome(mut parts: Reader<'_>) -> Result<Outcome<'_>, Misfit> {
    let code = parts.number(ENUMERATED)?;
    parts.text()?;
    let text = parts.string()?;
    if let Some(mut referrals) = parts.maybe(REFERRAL)? {
        while !referrals.is_empty() {
            referrals.text()?;
        }
    }
    parts.pass_rest()?;
    Ok(Outcome { code, text })
}

/// `SearchResultEntry` (§4.5.2).
fn entry(mut parts: Reader<'_>) -> Result<Entry<'_>, Misfit> {
    parts.text()?;
    let mut list = parts.want(SEQUENCE)?;
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = list.want(SEQUENCE)?;
        let name = attribute.text()?;
        let mut set = attribute.want(SET)?;
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.string()?);
        }
        attribute.pass_rest()?;
        attributes.push((name, values));
    }
    parts.pass_rest()?;
    Ok(Entry { attributes })
}

/// `SearchResultReference`: at least one address (§4.5.2).
fn elsewhere(mut parts: Reader<'_>) -> Result<Says<'_>, Misfit> {
    parts.text()?;
    while !parts.is_empty() {
        parts.text()?;
    }
    Ok(Says::Elsewhere)
}

/// `IntermediateResponse`: `[0]` a name, `[1]` a value, neither needed (§4.13).
fn meanwhile(mut parts: Reader<'_>) -> Result<Says<'_>, Misfit> {
    if let Some(name) = parts.maybe(0x80)? {
        std::str::from_utf8(name.bytes()).map_err(|_| name.misfit())?;
    }
    parts.maybe(0x81)?;
    parts.pass_rest()?;
    Ok(Says::Meanwhile)
}

/// The cookie of the first control for pages (§4.1.11).
fn cookie(mut controls: Reader<'_>) -> Result<Option<&[u8]>, Wrong> {
    let mut found = None;
    while !controls.is_empty() {
        let mut control = controls.want(SEQUENCE)?;
        let name = control.text()?;
        if let Some(criticality) = control.maybe(ber::BOOLEAN)?
            && criticality.bytes().len() != 1
        {
            return Err(criticality.misfit().into());
        }
        let place = control.misfit();
        let value = control.maybe(STRING)?;
        control.pass_rest()?;
        if name == PAGES && found.is_none() {
            let page = value.ok_or(place).and_then(page);
            found = Some(page.map_err(|misfit| Part::Page.of(misfit))?);
        }
    }
    Ok(found)
}

/// `SEQUENCE { size INTEGER, cookie OCTET STRING }` (RFC 2696 §2).
fn page(mut value: Reader<'_>) -> Result<&[u8], Misfit> {
    let mut parts = value.want(SEQUENCE)?;
    parts.number(INTEGER)?;
    let cookie = parts.string()?;
    parts.pass_rest()?;
    if value.is_empty() { Ok(cookie) } else { Err(value.misfit()) }
}
