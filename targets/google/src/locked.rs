//! What an administrator must give us or turn on, with the place where.

use connect::http::Words;

use crate::client::{Lock, Service};

/// Google refuses all calls of one sort until a person has acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain().en)]
pub struct Locked {
    service: Service,
    lock: Lock,
}

impl Locked {
    pub(crate) fn new(service: Service, lock: Lock) -> Self {
        Self { service, lock }
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
