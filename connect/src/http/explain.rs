//! Errors in words for operators: what, and what to do, in Swedish and English.

use secret::SecretError;

use super::error::{Error, Fault, NoAnswer, Nonsense, Setup, TlsFault};

/// The same sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Makes both.
    #[must_use]
    pub fn new(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { sv: sv.into(), en: en.into() }
    }
}

impl Error {
    /// Place, what happened and what to do. Names no person.
    #[must_use]
    pub fn explain(&self) -> Words {
        let words = self.fault.explain();
        let code = match (self.status(), self.code()) {
            (Some(status), Some(code)) => format!(" ({status} {code})"),
            (Some(status), None) => format!(" ({status})"),
            (None, _) => String::new(),
        };
        Words::new(
            format!("{}{code}: {}", self.place, words.sv),
            format!("{}{code}: {}", self.place, words.en),
        )
    }
}

impl Fault {
    fn explain(&self) -> Words {
        match self {
            Self::Unauthorized { .. } => Words::new(
                "Våra inloggningsuppgifter godtogs inte. Kontrollera hemligheten som `auth` pekar ut och att den inte har gått ut.",
                "Our credentials were not accepted. Check the secret that `auth` names, and that it has not expired.",
            ),
            Self::Denied { .. } => Words::new(
                "Vi får inte göra detta. Be systemets ansvariga ge kontot den behörighet som guiden räknar upp.",
                "We may not do this. Ask those who run the system for the permissions that the guide lists.",
            ),
            Self::Gone { .. } => Words::new(
                "Det finns ingenting på adressen. Kontrollera `base_url`.",
                "There is nothing at the address. Check `base_url`.",
            ),
            Self::Throttled { after, .. } => {
                let seconds = after.map_or(60, |after| after.as_secs());
                Words::new(
                    format!("Systemet ber oss vänta omkring {seconds} s. Försök igen därefter."),
                    format!("The system asks us to wait about {seconds} s. Try again after that."),
                )
            }
            Self::Unavailable { .. } => Words::new(
                "Systemet är ur funktion för tillfället. Försök igen senare, och hör annars med dem som driver det.",
                "The system is out of order for now. Try again later, or ask those who run it.",
            ),
            Self::Refused { .. } => Words::new(
                "Systemet avvisade anropet. Felkoden säger varför; ta med den till systemets support.",
                "The system refused the call. The error code says why; take it to the system's support.",
            ),
            Self::NoAnswer(why) => why.explain(),
            Self::Tls(why) => why.explain(),
            Self::NoGrant(why) => why.explain(),
            Self::Nonsense(what) => what.explain(),
            Self::Ours(what) => Words::new(
                format!(
                    "Anropet kunde inte göras ({what}). Det är ett fel i Skolbro eller i inställningarna."
                ),
                format!(
                    "The call could not be made ({what}). That is a mistake in Skolbro or in the settings."
                ),
            ),
        }
    }
}

impl NoAnswer {
    fn explain(self) -> Words {
        match self {
            Self::Connect => Words::new(
                "Servern går inte att nå. Kontrollera adressen, brandväggen och `http.proxy`.",
                "The server cannot be reached. Check the address, the firewall and `http.proxy`.",
            ),
            Self::Timeout => Words::new(
                "Servern svarade inte i tid. Försök igen senare, eller höj `http.timeouts`.",
                "The server did not answer in time. Try again later, or raise `http.timeouts`.",
            ),
            Self::Closed => Words::new(
                "Servern bröt förbindelsen innan den svarade. Försök igen senare.",
                "The server broke the connection before it answered. Try again later.",
            ),
            Self::ClosedWithoutCertificate => Words::new(
                "Servern bröt förbindelsen innan den svarade. Kräver den ett klientcertifikat (mutual TLS)? Ange det i så fall i `http.client_certificate`. Försök annars igen senare.",
                "The server broke the connection before it answered. Does it want a client certificate (mutual TLS)? Then name it in `http.client_certificate`. Otherwise try again later.",
            ),
            Self::ClosedWithCertificate => Words::new(
                "Servern bröt förbindelsen innan den svarade. Godtar den vårt klientcertifikat? Kontrollera att det i `http.client_certificate` är registrerat där och inte har gått ut. Försök annars igen senare.",
                "The server broke the connection before it answered. Does it accept our client certificate? Check that the one in `http.client_certificate` is registered there and has not expired. Otherwise try again later.",
            ),
            Self::CutOff => Words::new(
                "Svaret bröts av på mitten; ingenting av det används. Försök igen senare.",
                "The answer broke off in the middle; nothing of it is used. Try again later.",
            ),
            Self::Proxy => Words::new(
                "Proxyn släppte inte igenom oss. Kontrollera `http.proxy`, `http.proxy_user` och `http.proxy_password`.",
                "The proxy did not let us through. Check `http.proxy`, `http.proxy_user` and `http.proxy_password`.",
            ),
        }
    }
}

impl TlsFault {
    fn explain(self) -> Words {
        match self {
            Self::UnknownIssuer => Words::new(
                "Serverns certifikat är utfärdat av någon som vi inte litar på. Ange utfärdarens certifikat i `http.ca_file`, eller lås serverns nyckel med `http.pins`.",
                "The server's certificate is signed by somebody whom we do not trust. Name the signer's certificate in `http.ca_file`, or pin the server's key with `http.pins`.",
            ),
            Self::AuthorityAsServer => Words::new(
                "Serverns certifikat är självsignerat och märkt som utfärdare (CA:TRUE); ett sådant godtas inte som en servers, inte heller genom `http.ca_file`. Lås serverns nyckel med `http.pins` och ta bort `http.ca_file`, eller ge servern ett vanligt certifikat.",
                "The server's certificate is self-signed and marked as an authority (CA:TRUE); such a one is not accepted as a server's, not by `http.ca_file` either. Pin the server's key with `http.pins` and remove `http.ca_file`, or give the server an ordinary certificate.",
            ),
            Self::Dates => Words::new(
                "Serverns certifikat gäller inte i dag. Det ska förnyas av dem som driver servern; kontrollera också datorns klocka.",
                "The server's certificate is not valid today. Those who run the server should renew it; check this machine's clock too.",
            ),
            Self::Name => Words::new(
                "Serverns certifikat gäller ett annat namn än adressens. Använd det namn som står i certifikatet.",
                "The server's certificate is for another name than the address has. Use the name that the certificate bears.",
            ),
            Self::Pin => Words::new(
                "Servern har en annan nyckel än dem i `http.pins`. Har den fått ny nyckel, kontrollera det med dem som driver den och byt; annars kan någon avlyssna trafiken.",
                "The server has another key than those in `http.pins`. If it has a new one, confirm that with those who run it and change the pin; otherwise somebody may be listening in.",
            ),
            Self::WantsCertificate => Words::new(
                "Servern kräver ett klientcertifikat (mutual TLS). Ange det i `http.client_certificate`.",
                "The server wants a client certificate (mutual TLS). Name it in `http.client_certificate`.",
            ),
            Self::RefusedCertificate => Words::new(
                "Servern godtog inte vårt klientcertifikat. Kontrollera att det i `http.client_certificate` är registrerat där och inte har gått ut.",
                "The server did not accept our client certificate. Check that the one in `http.client_certificate` is registered there and has not expired.",
            ),
            Self::Other => Words::new(
                "Ingen säker förbindelse kunde upprättas. Kontrollera att adressen och porten talar HTTPS (TLS 1.2 eller senare).",
                "No secure connection could be made. Check that address and port speak HTTPS (TLS 1.2 or later).",
            ),
        }
    }
}

impl Nonsense {
    fn explain(&self) -> Words {
        match self {
            Self::Html => Words::new(
                "Svaret är en webbsida i stället för data. Ofta är det en inloggningssida eller en brandvägg: kontrollera adressen.",
                "The answer is a web page instead of data. Often it is a sign-in page or a firewall: check the address.",
            ),
            Self::ContentType { found } => Words::new(
                format!(
                    "Svaret är av ett annat slag ({found}) än det som efterfrågades. Kontrollera adressen."
                ),
                format!(
                    "The answer is of another kind ({found}) than was asked for. Check the address."
                ),
            ),
            Self::TooLarge { limit } => Words::new(
                format!(
                    "Svaret är större än {limit} byte; läsningen avbröts. Är det rätt, höj `http.limits`."
                ),
                format!(
                    "The answer is over {limit} bytes; reading stopped. If that is right, raise `http.limits`."
                ),
            ),
            Self::Packing => Words::new(
                "Svaret går inte att packa upp. Hör med dem som driver servern.",
                "The answer cannot be unpacked. Ask those who run the server.",
            ),
            Self::Json { line, column } => Words::new(
                format!(
                    "Svaret går inte att läsa som JSON (rad {line}, tecken {column}); ingenting av det används. Hör med dem som driver servern."
                ),
                format!(
                    "The answer cannot be read as JSON (line {line}, column {column}); nothing of it is used. Ask those who run the server."
                ),
            ),
            Self::Status(_) => Words::new(
                "Svaret passar inte till anropet. Kontrollera adressen.",
                "The answer does not fit the call. Check the address.",
            ),
            Self::RedirectElsewhere => Words::new(
                "Servern skickar oss vidare till en annan adress, dit inga inloggningsuppgifter får gå. Skriv den rätta adressen i inställningarna.",
                "The server sends us on to another address, where no credentials may go. Write the right address in the settings.",
            ),
            Self::RedirectLoop => Words::new(
                "Servern skickar oss runt utan slut. Kontrollera adressen.",
                "The server sends us round without end. Check the address.",
            ),
            Self::LinkElsewhere => Words::new(
                "Länken till nästa sida går till en annan server, dit inga inloggningsuppgifter får gå. Kontrollera att adressen är den som servern själv använder.",
                "The link to the next page goes to another server, where no credentials may go. Check that the address is the one that the server itself uses.",
            ),
            Self::PageRepeats { page } => Words::new(
                format!(
                    "Listan går i ring: sida {page} har redan lästs. Ingenting av den används. Hör med dem som driver servern."
                ),
                format!(
                    "The list goes in a ring: page {page} was read before. Nothing of it is used. Ask those who run the server."
                ),
            ),
            Self::TooManyPages { limit } => Words::new(
                format!(
                    "Listan har över {limit} sidor; läsningen avbröts. Är det rätt, höj `http.limits.max_pages`."
                ),
                format!(
                    "The list has over {limit} pages; reading stopped. If that is right, raise `http.limits.max_pages`."
                ),
            ),
        }
    }
}

impl Setup {
    /// What is wrong and what to do.
    #[must_use]
    pub fn explain(&self) -> Words {
        match self {
            Self::Address => Words::new(
                "Adressen ska vara hel, `https://server/väg`, utan användarnamn, lösenord och frågetecken.",
                "The address must be whole, `https://host/path`, without user name, password and question mark.",
            ),
            Self::PlainHttp { host } => Words::new(
                format!(
                    "Adressen till {host} är okrypterad (http://). Använd https://, eller skriv `http.allow_plain_http = true` om nätet däremellan är ert eget."
                ),
                format!(
                    "The address of {host} is unencrypted (http://). Use https://, or write `http.allow_plain_http = true` if the network between is your own."
                ),
            ),
            Self::Secret(error) => missing(error),
            Self::SecretText => Words::new(
                "En hemlighet innehåller tecken som inte kan skickas, t.ex. en radbrytning.",
                "A secret holds characters that cannot be sent, a line break for instance.",
            ),
            Self::File { path, source } => Words::new(
                format!("Kan inte läsa {}: {source}.", path.display()),
                format!("Cannot read {}: {source}.", path.display()),
            ),
            Self::NoCertificate { path } => Words::new(
                format!("{} innehåller inget certifikat i PEM-format.", path.display()),
                format!("{} holds no certificate in PEM.", path.display()),
            ),
            Self::ClientKey => Words::new(
                "Klientcertifikatets nyckel går inte att läsa (PEM, utan lösenord), eller hör till ett annat certifikat.",
                "The client certificate's key cannot be read (PEM, without a password), or belongs to another certificate.",
            ),
            Self::KeyFile => Words::new(
                "Filen är ingen nyckel för ett tjänstekonto. Skapa en nyckel av typen JSON i Google Cloud → IAM → Tjänstekonton → Nycklar, och peka ut filen som den är.",
                "The file is no key of a service account. Make a key of the type JSON in Google Cloud → IAM → Service accounts → Keys, and name the file as it is.",
            ),
            Self::NoAuthorities => Words::new(
                "Datorn har ingen förteckning över betrodda utfärdare. Installera paketet `ca-certificates`, eller ange `http.ca_file` eller `http.pins`.",
                "This machine has no list of trusted authorities. Install the package `ca-certificates`, or name `http.ca_file` or `http.pins`.",
            ),
            Self::Settings(at) => Words::new(
                format!("Inställningen `{at}` är fel."),
                format!("The setting `{at}` is wrong."),
            ),
        }
    }
}

/// Which secret is missing.
fn missing(error: &SecretError) -> Words {
    match error {
        SecretError::NotSet { name } => Words::new(
            format!(
                "Miljövariabeln {name}, som ska innehålla en hemlighet, är inte satt. Sätt den för den användare som kör Skolbro."
            ),
            format!(
                "The environment variable {name}, which should hold a secret, is not set. Set it for the user who runs Skolbro."
            ),
        ),
        SecretError::NoCredentials { name } => Words::new(
            format!(
                "Hemligheten credential:{name} lämnas av systemets tjänstehanterare, men den har inte gjort det. Kör Skolbro som tjänst med LoadCredential={name}:…"
            ),
            format!(
                "The secret credential:{name} comes from the service manager, which handed over none. Run Skolbro as a service with LoadCredential={name}:…"
            ),
        ),
        SecretError::Unreadable { path, source } => Words::new(
            format!(
                "Hemligheten i {} går inte att läsa ({source}). Lägg dit filen, eller rätta inställningen som pekar ut den.",
                path.display()
            ),
            format!(
                "The secret in {} cannot be read ({source}). Put the file there, or correct the setting that names it.",
                path.display()
            ),
        ),
        SecretError::Empty { reference } => Words::new(
            format!("Hemligheten {reference} är tom."),
            format!("The secret {reference} is empty."),
        ),
    }
}
