//! Why a service account was given no token, by what a person does about it
//! (reference/google.md §3.1: the errors that Google's server gives).

use super::super::error::Fault;
use super::super::explain::Words;

/// Why a service account was given no token. Each time a person must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGrant {
    /// Delegate these scopes to this client id.
    #[error("not delegated to client {client_id}: {}", missing.join(","))]
    NotDelegated {
        /// By which number the administrator knows the service account.
        client_id: String,
        /// The scopes that are missing.
        missing: Vec<String>,
        /// All that are asked for: the whole line.
        wanted: Vec<String>,
    },
    /// Correct the subject: no such account, or a deleted or suspended one.
    #[error("the subject is no account that can be acted for")]
    Subject,
    /// Make a new key: this one was withdrawn, or its account is gone.
    #[error("the key is not known any more")]
    Key,
    /// Set this machine's clock.
    #[error("the time of this machine is wrong")]
    Clock,
    /// Something else.
    #[error("refused ({code})")]
    Other {
        /// The server's own code.
        code: String,
    },
}

/// What a refusal means; `not_delegated` makes the variant that knows of scopes.
pub(super) fn fault(
    status: u16,
    error: &str,
    description: &str,
    not_delegated: impl Fn() -> NoGrant,
) -> Fault {
    let description = description.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| description.contains(word));
    let why = match error {
        "unauthorized_client" | "access_denied" => not_delegated(),
        "invalid_grant" | "invalid_request" => {
            if says(&["email", "account has been deleted", "user id"]) {
                NoGrant::Subject
            } else if says(&["verifier", "signature", "account not found"]) {
                NoGrant::Key
            } else if says(&["timeframe", "short-lived", "iat", "expired"]) {
                NoGrant::Clock
            } else {
                NoGrant::Other { code: error.to_owned() }
            }
        }
        // "internal_failure: Backend Error", and pages of what stands before the server.
        "internal_failure" | "" if status != 401 => {
            return Fault::Unavailable { status, code: token(error) };
        }
        _ => NoGrant::Other { code: token(error).unwrap_or_else(|| status.to_string()) },
    };
    Fault::NoGrant(Box::new(why))
}

/// An error code as it may be shown.
fn token(text: &str) -> Option<String> {
    let fits =
        (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    fits.then(|| text.to_owned())
}

impl NoGrant {
    /// What is wrong, and what to do and where.
    #[must_use]
    pub fn explain(&self) -> Words {
        match self {
            Self::NotDelegated { client_id, missing, wanted } => {
                let (missing, wanted) = (missing.join(", "), wanted.join(","));
                Words::new(
                    format!(
                        "Tjänstekontot har inte fått behörigheten {missing}. Gå till admin.google.com → Säkerhet → Åtkomst- och datakontroll → API-kontroller → Domänomfattande delegering, välj klient-id {client_id} och klistra in hela raden: {wanted} . Det kan ta upp till ett dygn innan ändringen gäller."
                    ),
                    format!(
                        "The service account was not given {missing}. Go to admin.google.com → Security → Access and data control → API controls → Domain-wide delegation, choose client id {client_id} and paste the whole line: {wanted} . It may take up to a day before the change holds."
                    ),
                )
            }
            Self::Subject => Words::new(
                "Kontot som tjänstekontot ska handla för (`subject`) finns inte, eller är avstängt eller borttaget. Ange en administratörs hela e-postadress i er domän.",
                "The account that the service account acts for (`subject`) does not exist, or is suspended or deleted. Give an administrator's whole e-mail address in your domain.",
            ),
            Self::Key => Words::new(
                "Nyckeln gäller inte längre: den är återkallad, eller tjänstekontot är borttaget. Skapa en ny nyckel (JSON) i Google Cloud → IAM → Tjänstekonton och byt filen som `key` pekar ut.",
                "The key is no longer valid: it was withdrawn, or the service account is gone. Make a new key (JSON) in Google Cloud → IAM → Service accounts and replace the file that `key` names.",
            ),
            Self::Clock => Words::new(
                "Datorns klocka går fel, så att inloggningen avvisas. Ställ klockan (NTP) och försök igen.",
                "This machine's clock is wrong, so that the sign-in is refused. Set the clock (NTP) and try again.",
            ),
            Self::Other { code } => Words::new(
                format!(
                    "Inloggningen med tjänstekontots nyckel avvisades ({code}). Kontrollera i Google Cloud att tjänstekontot och nyckeln är aktiva."
                ),
                format!(
                    "The sign-in with the service account's key was refused ({code}). See in Google Cloud that the service account and the key are active."
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// reference/google.md §3.1: what Google's server was seen to say.
    #[test]
    fn refusals_are_told_by_what_to_do() {
        let not_delegated = || NoGrant::NotDelegated {
            client_id: "1".to_owned(),
            missing: Vec::new(),
            wanted: Vec::new(),
        };
        let other = |code: &str| NoGrant::Other { code: code.to_owned() };
        #[rustfmt::skip]
        let table: &[(&str, &str, NoGrant)] = &[
            ("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested", not_delegated()),
            ("access_denied",   "Requested client not authorized",                       not_delegated()),
            ("invalid_grant",   "Invalid email or User ID",                              NoGrant::Subject),
            ("invalid_grant",   "Not a valid email",                                     NoGrant::Subject),
            ("invalid_request", "Invalid impersonation prn email address",               NoGrant::Subject),
            ("invalid_grant",   "The account has been deleted",                          NoGrant::Subject),
            ("invalid_grant",   "Invalid JWT: No valid verifier found for issuer",       NoGrant::Key),
            ("invalid_grant",   "Invalid JWT Signature.",                                NoGrant::Key),
            ("invalid_grant",   "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.", NoGrant::Clock),
            ("invalid_grant",   "reauth related error (invalid_rapt)",                   other("invalid_grant")),
            ("invalid_scope",   "",                                                      other("invalid_scope")),
            ("<admin@x.example>", "",                                                    other("400")),
        ];
        for (error, description, why) in table {
            let found = fault(400, error, description, not_delegated);
            assert_eq!(found, Fault::NoGrant(Box::new(why.clone())), "{error} {description}");
        }
        let later = Fault::Unavailable { status: 500, code: Some("internal_failure".to_owned()) };
        assert_eq!(fault(500, "internal_failure", "Backend Error", not_delegated), later);
    }

    #[test]
    fn a_missing_scope_is_named_with_the_line_to_paste() {
        let (one, two) =
            ("https://a.example/user".to_owned(), "https://a.example/group".to_owned());
        let why = NoGrant::NotDelegated {
            client_id: "10980".to_owned(),
            missing: vec![two.clone()],
            wanted: vec![one, two],
        };
        let words = why.explain();
        for says in [words.sv, words.en] {
            assert!(says.contains("10980"), "{says}");
            assert!(says.contains("https://a.example/user,https://a.example/group"), "{says}");
            assert_eq!(says.matches("https://a.example/user").count(), 1, "{says}");
        }
    }
}
