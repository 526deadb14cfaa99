//! The sentences that people read, in Swedish and English: what could not be done, why, and
//! what to do.

use roster::SourceError;

/// The languages of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Svenska.
    Swedish,
    /// English.
    English,
}

type Both = (&'static str, &'static str);

/// What could not be read, as sentences.
#[must_use]
pub fn explain(error: &SourceError, language: Language) -> String {
    let (words, place, detail) = match error {
        SourceError::Content { code, place, detail } => (of_content(code), place.as_str(), detail),
        SourceError::Unavailable { place, detail } => {
            let reason = argument(detail, "reason").unwrap_or_default();
            (of_connection(reason), place.as_str(), detail)
        }
        SourceError::Denied { place } => (of_refusal(place), place.as_str(), place),
        SourceError::MarkingMissing { .. } | SourceError::Spool(_) => {
            return error.to_string();
        }
    };
    let (template, end) = match language {
        Language::Swedish => {
            (words.0, "Ingenting har planerats, och ingen adress har tagits bort.")
        }
        Language::English => (words.1, "Nothing was planned, and no address was taken away."),
    };
    // What the whole of a directory shows has no place in it.
    let template =
        if place.is_empty() { template.trim_start_matches("{place}: ") } else { template };
    let mut text = template.replace("{place}", place);
    for name in ["count", "result", "message", "byte"] {
        let value = argument(detail, name).unwrap_or("–");
        text = text.replace(&format!("{{{name}}}"), value);
    }
    format!("{text} {end}")
}

fn argument<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = detail.split("; ").filter_map(|part| part.split_once('='));
    parts.find(|it| it.0 == name).map(|it| it.1)
}

/// Why there is no conversation, or not all of it.
fn of_connection(reason: &str) -> Both {
    match reason {
        "connect" => (
            "{place} kunde inte nås. Se efter adress och port, och brandväggen däremellan.",
            "{place} could not be reached. See to address and port, and to the firewall between.",
        ),
        "timeout" => (
            "{place} svarade inte i tid. Försök igen; höj annars connect_seconds eller read_seconds.",
            "{place} did not answer in time. Try again, or raise connect_seconds or read_seconds.",
        ),
        "busy" => (
            "{place} är upptagen eller ur funktion. Försök igen senare.",
            "{place} is busy or out of order. Try again later.",
        ),
        "closed" => (
            "{place} stängde förbindelsen innan den var säker. Ofta är porten fel: 636 för ldaps://, 389 för ldap:// med start_tls.",
            "{place} closed the connection before it was secure. Often the port is wrong: 636 for ldaps://, 389 for ldap:// with start_tls.",
        ),
        "no_start_tls" => (
            "{place} vill inte börja med StartTLS. Skriv ldaps:// om katalogen har det, eller slå på TLS i katalogen.",
            "{place} will not begin StartTLS. Write ldaps:// if the directory has it, or turn TLS on there.",
        ),
        "tls_issuer" => (
            "{place} har ett certifikat av en utfärdare som datorn inte litar på. Ange utfärdarens certifikat (PEM) med ca_file, eller katalogens egen nyckel med pins.",
            "{place} has a certificate of an authority that this machine does not trust. Name the authority's certificate (PEM) as ca_file, or the directory's own key as pins.",
        ),
        "tls_authority" => (
            "{place} har ett självsignerat certifikat som är märkt som utfärdare (CA:TRUE). Ett sådant godtas aldrig som en servers, inte heller i ca_file. Fäst katalogens nyckel med pins, eller ge katalogen ett certifikat utfärdat för den.",
            "{place} has a self-signed certificate that is marked as an authority's (CA:TRUE). Such a one is never accepted as a server's, in ca_file neither. Pin the directory's key with pins, or give the directory a certificate issued for it.",
        ),
        "tls_dates" => (
            "{place} har ett certifikat som inte gäller i dag. Förnya det, eller ställ datorns klocka rätt.",
            "{place} has a certificate that is not valid today. Renew it, or set this machine's clock.",
        ),
        "tls_name" => (
            "{place} har ett certifikat för ett annat namn. Skriv i url det namn som certifikatet gäller för.",
            "{place} has a certificate for another name. Write in url the name that the certificate is for.",
        ),
        "tls_pin" => (
            "{place} har en annan nyckel än dem i pins. Har katalogen bytt certifikat, lägg till den nya nyckeln; annars kan någon sitta emellan.",
            "{place} has another key than those in pins. If the directory has a new certificate, add its key; else somebody may sit between.",
        ),
        "tls_certificate" => (
            "{place} vill ha ett klientcertifikat, och det har vi inget. Låt katalogen nöja sig med lösenord.",
            "{place} wants a client certificate, and we have none. Let the directory do with a password.",
        ),
        "tls_other" => (
            "Någon säker förbindelse till {place} kunde inte göras. Se efter adress och port.",
            "No secure connection to {place} could be made. See to address and port.",
        ),
        _ => (
            "{place} bröt förbindelsen mitt i läsningen. Det som hade lästs används inte. Försök igen.",
            "{place} broke the connection in the middle of the read. What was read is not used. Try again.",
        ),
    }
}

/// Why we were refused: `ldaps://dc1.example (49 52e)`. The codes after 49 are those of
/// Active Directory.
///
/// # Source
///
/// RFC 4511 §A.2; <https://learn.microsoft.com/windows/win32/debug/system-error-codes>
/// (1326 = 52e and its neighbours), read 2026-11-28.
fn of_refusal(place: &str) -> Both {
    let codes = place.rsplit_once('(').map_or("", |it| it.1.trim_end_matches(')'));
    let (result, data) = codes.split_once(' ').unwrap_or((codes, ""));
    match (result, data) {
        ("49", "532" | "773") => (
            "{place}: kontots lösenord har gått ut. Byt det, och skriv in det nya där bind.password pekar.",
            "{place}: the account's password has expired. Change it, and write the new one where bind.password points.",
        ),
        ("49", "533" | "701") => (
            "{place}: kontot i bind är avstängt. Öppna det i katalogen.",
            "{place}: the account in bind is disabled. Enable it in the directory.",
        ),
        ("49", "775") => (
            "{place}: kontot i bind är låst. Lås upp det i katalogen, och se efter om lösenordet är rätt.",
            "{place}: the account in bind is locked. Unlock it in the directory, and see whether the password is right.",
        ),
        ("49", _) => (
            "{place}: katalogen godtar inte namn eller lösenord. Se efter bind.user och hemligheten som bind.password pekar ut.",
            "{place}: the directory does not accept name or password. See to bind.user and to the secret that bind.password names.",
        ),
        ("8" | "13", _) => (
            "{place}: katalogen kräver en säker förbindelse. Skriv ldaps:// eller start_tls = true.",
            "{place}: the directory demands a secure connection. Write ldaps:// or start_tls = true.",
        ),
        ("1" | "48" | "53", _) => (
            "{place}: katalogen svarar inte den som är anonym. Ange bind med ett konto som får läsa.",
            "{place}: the directory does not answer who is anonymous. Give bind with an account that may read.",
        ),
        _ => (
            "{place}: kontot får inte läsa där. Ge det rätt att läsa attributen i match och fill under bases.",
            "{place}: the account may not read there. Give it the right to read the attributes in match and fill below bases.",
        ),
    }
}

/// Answers that are not what they should be.
fn of_content(code: &str) -> Both {
    match code {
        "empty" => (
            "{place}: ingen post hittades. Se efter bases och filter, och vad kontot i bind får se.",
            "{place}: no entry was found. See to bases and filter, and to what the account in bind may see.",
        ),
        "no_ids" => (
            "{place}: ingen av {count} poster har attributet i match. Ofta får kontot i bind inte se det; annars är namnet fel.",
            "{place}: none of {count} entries has the attribute in match. Often the account in bind may not see it; else the name is wrong.",
        ),
        "unreadable_ids" => (
            "{place}: inget av värdena i attributet i match är ett personnummer ({count} poster). Se efter vilket attribut det står i.",
            "{place}: none of the values of the attribute in match is an identity number ({count} entries). See which attribute it stands in.",
        ),
        "no_values" => (
            "{place}: ingen av {count} poster har något av attributen i fill. Ofta får kontot i bind inte se dem; annars är namnen fel.",
            "{place}: none of {count} entries has any of the attributes in fill. Often the account in bind may not see them; else the names are wrong.",
        ),
        "size_limit" => (
            "{place}: katalogen ger kontot i bind för få poster, på en sida eller i allt. Höj gränsen där (OpenLDAP: limits med size.prtotal=unlimited), eller sänk page_size till 500.",
            "{place}: the directory gives the account in bind too few entries, a page or in all. Raise the limit there (OpenLDAP: limits with size.prtotal=unlimited), or lower page_size to 500.",
        ),
        "time_limit" => (
            "{place}: sökningen tog längre tid än katalogen tillåter. Peka ut snävare bases, eller höj gränsen i katalogen.",
            "{place}: the search took longer than the directory allows. Name narrower bases, or raise the limit there.",
        ),
        "no_paging" => (
            "{place}: katalogen kan inte ge svaret sidvis. Hör med dem som driver den.",
            "{place}: the directory cannot answer by pages. Ask those who run it.",
        ),
        "no_base" => (
            "{place}: platsen i bases finns inte, eller får kontot inte se den. Skriv som OU=Elever,DC=example,DC=se.",
            "{place}: there is no such place as in bases, or the account may not see it. Write it as OU=Elever,DC=example,DC=se.",
        ),
        "endless_paging" => (
            "{place}: svaret tar aldrig slut, sidorna kommer tillbaka. Hör med dem som driver katalogen.",
            "{place}: the answer never ends, its pages come again. Ask those who run the directory.",
        ),
        "malformed_answer" => (
            "{place}: svar nr {message} är inget LDAP-svar (byte {byte}). Se efter att url pekar på en katalog, med rätt port, och att inget däremellan ändrar i svaren; hör annars med dem som driver katalogen.",
            "{place}: answer no {message} is none of LDAP (byte {byte}). See that url names a directory, with the right port, and that nothing in between changes its answers; else ask those who run it.",
        ),
        "malformed_entry" => (
            "{place}: katalogen skickade en post som inte går att läsa (svar nr {message}, byte {byte}). Se efter att inget däremellan ändrar i svaren; hör annars med dem som driver katalogen.",
            "{place}: the directory sent an entry that cannot be read (answer no {message}, byte {byte}). See that nothing in between changes its answers; else ask those who run it.",
        ),
        "malformed_page" => (
            "{place}: katalogen sade inte läsbart om det kommer fler sidor (svar nr {message}, byte {byte}). Hör med dem som driver den.",
            "{place}: the directory did not say readably whether more pages follow (answer no {message}, byte {byte}). Ask those who run it.",
        ),
        "too_large" => (
            "{place}: katalogen har fler poster än max_entries. Se efter bases och filter; är det rätt, höj gränsen.",
            "{place}: the directory has more entries than max_entries. See to bases and filter; if that is right, raise the limit.",
        ),
        _ => (
            "{place}: katalogen nekade sökningen (LDAP-kod {result}). Hör med dem som driver den.",
            "{place}: the directory refused the search (LDAP code {result}). Ask those who run it.",
        ),
    }
}
