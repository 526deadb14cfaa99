//! What an administrator must give us or turn on, with the place where.

use connect::http::Words;

use crate::client::{Function, Lock, Missing, Service};

/// Google refuses all calls of one sort until a person has acted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain().en)]
pub struct Locked {
    service: Service,
    lock: Lock,
    /// The scopes that are missing, where they are known.
    missing: Option<Missing>,
}

impl Locked {
    pub(crate) fn new(service: Service, lock: Lock) -> Self {
        Self { service, lock, missing: None }
    }

    /// Scopes were not delegated.
    pub(crate) fn undelegated(service: Service, missing: Missing) -> Self {
        Self { service, lock: Lock::Scope, missing: Some(missing) }
    }

    /// What is missing, and what to do and where. Names no person.
    #[must_use]
    pub fn explain(&self) -> Words {
        let (api, library) = match self.service {
            Service::Directory => ("Directory", "Admin SDK API"),
            Service::Classroom => ("Classroom", "Google Classroom API"),
            Service::GroupSettings => ("Groups Settings", "Groups Settings API"),
        };
        match self.lock {
            Lock::Scope if let Some(missing) = &self.missing => not_delegated(missing),
            Lock::Scope => Words::new(
                format!("{api}: inloggningen saknar en behörighet (scope). Kör `skolbro doctor`: där står raden att klistra in i admin.google.com."),
                format!("{api}: the sign-in lacks a scope. Run `skolbro doctor`: it shows the line to paste in admin.google.com."),
            ),
            Lock::ApiOff => Words::new(
                format!("{api}: programgränssnittet är inte påslaget i projektet. Gå till console.cloud.google.com → API:er och tjänster → Bibliotek, välj {library} och slå på det. Vänta några minuter."),
                format!("{api}: the API is not enabled in the project. Go to console.cloud.google.com → APIs & Services → Library, choose {library} and enable it. Wait a few minutes."),
            ),
            Lock::ApiAccess => Words::new(
                format!("{api}: domänen släpper inte in program. Gå till admin.google.com → Säkerhet → API-kontroller och tillåt API-åtkomst."),
                format!("{api}: the domain lets no programs in. Go to admin.google.com → Security → API controls and allow API access."),
            ),
            Lock::Classroom => Words::new(
                "Classroom är avslaget för administratören i `subject`, eller stängt för program. Gå till admin.google.com → Appar → Google Workspace → Classroom: slå på tjänsten för administratörens organisationsenhet och tillåt åtkomst till data via API.".to_owned(),
                "Classroom is off for the administrator in `subject`, or closed to programs. Go to admin.google.com → Apps → Google Workspace → Classroom: turn the service on for the administrator's organisational unit and allow API data access.".to_owned(),
            ),
            Lock::Role => Words::new(
                format!("{api}: kontot i `subject` saknar administratörsroll för detta. Ge det en roll med rättigheterna i docs/google.md (Användare, Organisationsenheter, Grupper; för Classroom: hantering av Classroom eller avancerad administratör)."),
                format!("{api}: the account in `subject` lacks an administrator's role for this. Give it a role with the privileges of docs/google.md (Users, Organisational units, Groups; for Classroom: Classroom management, or super administrator)."),
            ),
            Lock::Token => Words::new(
                format!("{api}: inloggningen godtas inte, fast den är ny. Kontrollera att tjänstekontot är aktivt i Google Cloud."),
                format!("{api}: the sign-in is not accepted, though it is new. See that the service account is active in Google Cloud."),
            ),
        }
    }
}

/// Which scope is missing, what it is for, and the line to paste: all of it, since it takes the
/// place of the one before.
fn not_delegated(missing: &Missing) -> Words {
    let Missing { client_id, functions, line } = missing;
    let named = |words: fn(&Function) -> &'static str| -> String {
        let all = functions.iter().map(|it| format!("{} ({})", it.scope, words(it)));
        all.collect::<Vec<_>>().join(", ")
    };
    let (sv, en) = (named(|it| it.words.0), named(|it| it.words.1));
    Words::new(
        format!(
            "Tjänstekontot har inte fått behörigheten {sv}. Gå till admin.google.com → Säkerhet → Åtkomst- och datakontroll → API-kontroller → Domänomfattande delegering, välj klient-id {client_id} och klistra in hela raden: {line} . Det kan ta upp till ett dygn innan ändringen gäller."
        ),
        format!(
            "The service account was not given {en}. Go to admin.google.com → Security → Access and data control → API controls → Domain-wide delegation, choose client id {client_id} and paste the whole line: {line} . It may take up to a day before the change holds."
        ),
    )
}
