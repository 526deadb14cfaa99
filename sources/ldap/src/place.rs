//! What went wrong at a directory, as errors with its address.

use roster::SourceError;

use crate::answer::{Outcome, Part, Wrong};
use crate::wire::Trouble;

/// A directory, by its address.
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// What an outcome means that is no success (RFC 4511 §A).
    pub(crate) fn check(&self, outcome: Outcome<'_>) -> Result<(), SourceError> {
        let code = outcome.code;
        Err(match code {
            0 => return Ok(()),
            3 => self.content("time_limit", code),
            // OpenLDAP says 11 of a page over `size.pr`, 4 of all pages over `size.prtotal`.
            4 | 11 => self.content("size_limit", code),
            12 => self.content("no_paging", code),
            32 => self.content("no_base", code),
            51 | 52 => self.unavailable("busy"),
            // Operations error: what Active Directory says to who is nobody.
            1 | 7 | 8 | 13 | 48 | 49 | 50 | 53 => {
                let text = String::from_utf8_lossy(outcome.text);
                let why = data_code(&text).map(|code| format!(" {code}"));
                let place = format!("{} ({code}{})", self.0, why.unwrap_or_default());
                SourceError::Denied { place }
            }
            _ => self.content("result", code),
        })
    }

    pub(crate) fn content(&self, code: &'static str, result: u32) -> SourceError {
        SourceError::Content { code, place: self.0.clone(), detail: format!("result={result}") }
    }

    pub(crate) fn unavailable(&self, reason: &str) -> SourceError {
        SourceError::Unavailable { place: self.0.clone(), detail: format!("reason={reason}") }
    }

    /// The conversation ended in the middle, or what was said makes no sense. Of that nothing is
    /// repeated: it may name somebody.
    pub(crate) fn trouble(&self, trouble: &Trouble) -> SourceError {
        let (message, Wrong { part, byte }) = match trouble {
            Trouble::Timeout => return self.unavailable("timeout"),
            Trouble::Io(_) => return self.unavailable("cut_off"),
            Trouble::Wrong(message, wrong) => (message, *wrong),
        };
        let code = match part {
            Part::Message => "malformed_answer",
            Part::Entry => "malformed_entry",
            Part::Page => "malformed_page",
        };
        let detail = format!("message={message}; byte={byte}");
        SourceError::Content { code, place: self.0.clone(), detail }
    }
}

/// Active Directory's own reason in the text of a refused sign-in: `... data 52e, v3839`. The
/// rest of the text may name somebody.
fn data_code(text: &str) -> Option<&str> {
    let code = text.split_once("data ")?.1.split([',', ' ']).next()?;
    let is_code = (2..=4).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_hexdigit());
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a server's text no more than Active Directory's code is repeated.
    #[test]
    fn only_the_code_of_a_refusal_is_told() {
        let text = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839";
        assert_eq!(data_code(text), Some("52e"));
        assert_eq!(data_code("no data for Kim Exempel"), None);
        assert_eq!(data_code("invalid credentials"), None);
    }
}
