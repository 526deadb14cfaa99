//! The sentences that people read, in Swedish and English: what could not be done, why, and
//! what to do. Looked up by the stable codes of errors and notices.

use roster::{Notice, SourceError};

/// The languages of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Svenska.
    Swedish,
    /// English.
    English,
}

type Both = (&'static str, &'static str);

/// A refusal of this source as sentences.
#[must_use]
pub fn explain(error: &SourceError, language: Language) -> String {
    match error {
        SourceError::Content { code, place, detail } => {
            said(detail, language).unwrap_or_else(|| {
                let words = of_content(code).or_else(|| of_notice(code)).unwrap_or(FAILED);
                sentence(words, place, detail, language)
            })
        }
        SourceError::Unavailable { place, detail } => said(detail, language).unwrap_or_else(|| {
            let words =
                if argument(detail, "reason") == Some("page_gone") { PAGE_GONE } else { FAILED };
            sentence(words, place, detail, language)
        }),
        SourceError::MarkingMissing { place } => sentence(MARKING_MISSING, place, "", language),
        SourceError::Denied { place } if place.contains("(sign-in)") => {
            sentence(NOT_SIGNED_IN, place, "", language)
        }
        SourceError::Denied { place } => sentence(DENIED, place, "", language),
        SourceError::Spool(_) => match language {
            Language::Swedish => SPOOL.0.to_owned(),
            Language::English => SPOOL.1.to_owned(),
        },
    }
}

/// Rows that could not be put aside on this machine.
const SPOOL: (&str, &str) = (
    "Det som lästes kunde inte läggas undan på datorn. Ingenting har planerats. Se till att disken har plats och kör igen.",
    "What was read could not be put aside on this machine. Nothing was planned. See that the disk has room and run again.",
);

/// A notice of this source as sentences.
#[must_use]
pub fn explain_notice(notice: &Notice, language: Language) -> String {
    let words = of_notice(notice.code).or_else(|| of_values(notice.code)).unwrap_or(FAILED);
    sentence(words, &notice.place, &notice.detail, language)
}

/// What the client says of a failed call: both languages, a line each.
fn said(detail: &str, language: Language) -> Option<String> {
    let (sv, en) = detail.strip_prefix("http:")?.split_once('\n')?;
    Some(match language {
        Language::Swedish => format!("{sv} Ingenting har planerats."),
        Language::English => format!("{en} Nothing was planned."),
    })
}

fn argument<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = detail.split("; ").filter_map(|part| part.split_once('='));
    parts.find(|it| it.0 == name).map(|it| it.1)
}

/// Fills `{place}` and the arguments of the detail.
fn sentence(words: Both, place: &str, detail: &str, language: Language) -> String {
    let template = match language {
        Language::Swedish => words.0,
        Language::English => words.1,
    };
    let mut text = template.replace("{place}", place);
    for name in ["count", "found", "line", "column", "at"] {
        let value = argument(detail, name).unwrap_or("–");
        text = text.replace(&format!("{{{name}}}"), value);
    }
    if argument(detail, "count") == Some("1") {
        let one = SINGULAR.iter().filter(|it| it.0 == language);
        return one.fold(text, |text, (_, many, one)| text.replace(many, one));
    }
    text
}

/// How sentences go where what they count is one.
const SINGULAR: &[(Language, &str, &str)] = &[
    (Language::Swedish, "1 gånger", "en gång"),
    (Language::Swedish, "1 personer har", "en person har"),
    (Language::Swedish, "1 personer saknar", "en person saknar"),
    (Language::Swedish, "1 personer men", "en person men"),
    (Language::Swedish, "1 inskrivningar är avbrutna", "en inskrivning är avbruten"),
    (Language::Swedish, "De räknas inte", "Den räknas inte"),
    (Language::Swedish, "1 tjänstgöringar är knutna", "en tjänstgöring är knuten"),
    (Language::Swedish, "1 grupper hade", "en grupp hade"),
    (Language::Swedish, "1 skolor saknar", "en skola saknar"),
    (Language::Swedish, "1 objekt", "ett objekt"),
    (Language::Swedish, "1 värden", "ett värde"),
    (Language::Swedish, "1 svar", "ett svar"),
    (Language::Swedish, "1 personnummer", "ett personnummer"),
    (Language::English, "1 times", "once"),
    (Language::English, "1 persons have", "one person has"),
    (Language::English, "1 persons lack", "one person lacks"),
    (Language::English, "1 persons", "one person"),
    (Language::English, "1 enrolments are", "one enrolment is"),
    (Language::English, "1 duties are", "one duty is"),
    (Language::English, "1 groups had", "one group had"),
    (Language::English, "1 schools have", "one school has"),
    (Language::English, "1 objects", "one object"),
    (Language::English, "1 values", "one value"),
    (Language::English, "1 answers", "one answer"),
    (Language::English, "1 identity numbers", "one identity number"),
];

const FAILED: Both = (
    "{place}: registret kunde inte läsas. Försök igen, och hör annars med dem som driver det.",
    "{place}: the register could not be read. Try again, or ask those who run it.",
);
const PAGE_GONE: Both = (
    "{place}: registret tappade bort listan mitt i läsningen, troligen för att sidan hade blivit för gammal. Ingenting har planerats. Försök igen; händer det ofta, sänk adjust.page_size.",
    "{place}: the register lost the list in the middle of the read, probably since the page had become too old. Nothing was planned. Try again; if it happens often, lower adjust.page_size.",
);
const DENIED: Both = (
    "{place}: registret släpper inte in oss eller låter oss inte läsa listan. Ingenting har planerats. Se efter hemligheten som auth pekar ut och vilka listor (scope) som kontot får läsa; en lista som ni inte ska läsa stängs av med adjust.read.",
    "{place}: the register does not let us in, or not read the list. Nothing was planned. See to the secret that auth names and to the lists (scopes) that the account may read; a list that you are not to read is turned off with adjust.read.",
);
const NOT_SIGNED_IN: Both = (
    "{place}: inloggningen avvisades. Troligen är client_id eller hemligheten i auth.client_credentials fel, eller så har hemligheten gått ut. Ingenting har planerats. Hämta nya uppgifter hos dem som driver registret.",
    "{place}: the sign-in was refused. Probably client_id or the secret in auth.client_credentials is wrong, or the secret has expired. Nothing was planned. Get new ones from those who run the register.",
);
const MARKING_MISSING: Both = (
    "{place} kunde inte användas. Ingen person har fältet för skyddade personuppgifter. Be dem som driver registret lämna ut det, eller låt den som ansvarar för dataskydd godkänna i inställningarna att det saknas (marking.not_carried_acknowledged_by).",
    "{place} could not be used. No person has the field for protected identity. Ask those who run the register to give it, or let the one who answers for data protection accept in the settings that it is missing (marking.not_carried_acknowledged_by).",
);

/// Answers that are not what they should be.
fn of_content(code: &str) -> Option<Both> {
    Some(match code {
        "no_list" => (
            "{place}: listan finns inte i registret. Se efter base_url, och adjust.paths om registret kallar listan något annat. Om det saknar listan: stäng av den med adjust.read.",
            "{place}: the register has no such list. See to base_url, and to adjust.paths if the register calls it something else. If it lacks the list, turn it off with adjust.read.",
        ),
        "endless_paging" => (
            "{place}: listan tar aldrig slut, sidorna kommer tillbaka. Ingenting har planerats. Hör med dem som driver registret.",
            "{place}: the list never ends, its pages come again. Nothing was planned. Ask those who run the register.",
        ),
        "no_sign_in" => (
            "{place}: på adressen finns ingen inloggning. Ingenting har planerats. Se efter token_url i auth.client_credentials.",
            "{place}: there is no sign-in at the address. Nothing was planned. See to token_url in auth.client_credentials.",
        ),
        "odd_sign_in" => (
            "{place}: svaret på inloggningen är inte det som OAuth 2 beskriver (JSON med access_token). Ingenting har planerats. Se efter token_url i auth.client_credentials.",
            "{place}: the answer to the sign-in is not what OAuth 2 describes (JSON with access_token). Nothing was planned. See to token_url in auth.client_credentials.",
        ),
        "too_long" => (
            "{place}: ett värde i {at} har fler än 1 000 tecken och kan inte vara rätt. Ingenting har planerats. Rätta i registret.",
            "{place}: a value in {at} has more than 1,000 characters and cannot be right. Nothing was planned. Mend it in the register.",
        ),
        "truncated" => (
            "{place}: svaret är avhugget. Ingenting har planerats. Försök igen, och hör annars med dem som driver registret.",
            "{place}: the answer is cut off. Nothing was planned. Try again, or ask those who run the register.",
        ),
        "bad_json" => (
            "{place}: svaret är inte den JSON som standarden (SS12000) beskriver, rad {line}, tecken {column}. Ingenting har planerats. Se efter base_url, och hör annars med dem som driver registret.",
            "{place}: the answer is not the JSON that the standard (SS12000) describes, line {line}, column {column}. Nothing was planned. See to base_url, or ask those who run the register.",
        ),
        "no_data" => (
            "{place}: svaret är JSON men ingen lista: data saknas. Ingenting har planerats. Se efter base_url.",
            "{place}: the answer is JSON but no list: data is missing. Nothing was planned. See to base_url.",
        ),
        "no_id" => (
            "{place}: ett objekt saknar id ({at}), så ingen kan säga vad som är borta. Ingenting har planerats. Rätta i registret.",
            "{place}: an object has no id ({at}), so nobody can tell what is gone. Nothing was planned. Mend it in the register.",
        ),
        "empty_list" => (
            "{place}: listan är tom. Ingenting har planerats. Se efter vad kontot får läsa, och urvalet i adjust.queries.",
            "{place}: the list is empty. Nothing was planned. See to what the account may read, and to the choice in adjust.queries.",
        ),
        "often_unmarked" => (
            "{place} kunde inte användas. Fältet för skyddade personuppgifter saknas för {count} personer men finns för andra, så ingen kan säga vilka som är skyddade. Ingenting har planerats. Be dem som driver registret lämna ut det för alla; om ett utelämnat värde där betyder \"inte skyddad\", skriv det i inställningarna (marking.open_values = [\"Ingen\", \"\"]).",
            "{place} could not be used. The field for protected identity is missing for {count} persons but there for others, so nobody can tell who is protected. Nothing was planned. Ask those who run the register to give it for all; if a missing value means \"not protected\" there, write so in the settings (marking.open_values = [\"Ingen\", \"\"]).",
        ),
        "many_bad_rows" => (
            "{place}: {count} värden kunde inte tolkas. Det är så många att registret räknas som fel. Ingenting har planerats. Rätta i registret, eller ange i inställningarna vad värdena betyder (adjust.values).",
            "{place}: {count} values could not be understood. That is so many that the register counts as wrong. Nothing was planned. Mend it in the register, or say in the settings what the values mean (adjust.values).",
        ),
        "marking_never_open" => (
            "{place} kunde inte användas. Inte en enda person har ett värde som betyder \"inte skyddad\". Ange vilka värden som gör det i inställningarna (marking.open_values).",
            "{place} could not be used. Not a single person has a value that means \"not protected\". Say in the settings which values do (marking.open_values).",
        ),
        "strict" => (
            "{place}: registret avviker från den publicerade standarden (SS12000), och strict = true. Ingenting har planerats. Avvikelser: {found}.",
            "{place}: the register departs from the published standard (SS12000), and strict = true. Nothing was planned. Departures: {found}.",
        ),
        _ => return None,
    })
}

/// What is told of a read.
fn of_notice(code: &str) -> Option<Both> {
    Some(match code {
        "delta_failed" => (
            "{place}: ändringarna kunde inte läsas, så allt lästes i stället.",
            "{place}: the changes could not be read, so everything was read instead.",
        ),
        "clock_back" => (
            "{place}: registrets klocka går efter vad den själv sade förra gången, så allt lästes i stället för ändringarna.",
            "{place}: the register's clock is behind what it said itself last time, so everything was read instead of the changes.",
        ),
        "clock_ahead" => (
            "{place}: objekt är ändrade senare än registrets egen klocka. Ändringar kan komma med först vid nästa fullständiga läsning. Be dem som driver registret ställa klockorna.",
            "{place}: objects were changed later than the register's own clock says. Changes may come with the next full read only. Ask those who run the register to set the clocks.",
        ),
        "clock_wrong" => (
            "{place}: registrets klocka går före den här datorns. Ändringar efterfrågas enligt den klocka som är efter. Ställ den klocka som går fel.",
            "{place}: the register's clock is ahead of this computer's. Changes are asked for by the one that is behind. Set the clock that is wrong.",
        ),
        "marking_not_seen" => (
            "{place}: ingen av de ändrade personerna hade fältet för skyddade personuppgifter, så allt lästes i stället.",
            "{place}: none of the changed persons had the field for protected identity, so everything was read instead.",
        ),
        "list_missing" => (
            "{place}: listan finns inte i registret och lästes inte.",
            "{place}: the register has no such list, and it was not read.",
        ),
        "no_items" => (
            "{place}: listan är tom. Se efter vad kontot får läsa.",
            "{place}: the list is empty. See to what the account may read.",
        ),
        "unknown_field" => (
            "{place}: fältet finns inte i standarden (SS12000) och läses inte, {count} gånger.",
            "{place}: the standard (SS12000) has no such field, and it is not read, {count} times.",
        ),
        "missing_field" => (
            "{place}: fältet, som standarden (SS12000) kräver, saknas {count} gånger.",
            "{place}: the field, which the standard (SS12000) requires, is missing {count} times.",
        ),
        "wrong_type" => (
            "{place}: värdet är av en annan typ än standardens (SS12000), {count} gånger.",
            "{place}: the value is of another type than the standard's (SS12000), {count} times.",
        ),
        "not_a_list" => (
            "{place}: ett enda värde där standarden (SS12000) har en lista, {count} gånger. Det räknas som en lista med ett värde.",
            "{place}: a single value where the standard (SS12000) has a list, {count} times. It counts as a list of one.",
        ),
        "no_offset" => (
            "{place}: tidpunkten saknar avstånd till UTC, {count} gånger.",
            "{place}: the time has no offset from UTC, {count} times.",
        ),
        "number_form" => (
            "{place}: personnumret är inte skrivet med tolv tecken, {count} gånger. Det läses ändå.",
            "{place}: the identity number is not written with twelve characters, {count} times. It is read all the same.",
        ),
        "date_form" => (
            "{place}: datumet har en tid efter sig, {count} gånger. Tiden läses inte.",
            "{place}: the date has a time behind it, {count} times. The time is not read.",
        ),
        "deleted_list" => (
            "{place}: borttagna id:n kommer utan typ, i {count} svar. De gäller vilken lista som helst.",
            "{place}: deleted ids come without their types, in {count} answers. They count for any list.",
        ),
        _ => return None,
    })
}

/// What is told of single values.
fn of_values(code: &str) -> Option<Both> {
    Some(match code {
        "unknown_value" => (
            "{place}: värdet finns inte i standarden (SS12000), {count} gånger. Ange i inställningarna vad det betyder (adjust.values), eller rätta i registret.",
            "{place}: the value is not in the standard (SS12000), {count} times. Say in the settings what it means (adjust.values), or mend it in the register.",
        ),
        "only_private_email" => (
            "{place}: {count} personer har bara en privat e-postadress. Den används inte; lägg till Privat i adjust.emails om den ska det.",
            "{place}: {count} persons have a private e-mail address only. It is not used; add Privat to adjust.emails if it should be.",
        ),
        "cancelled_without_end" => (
            "{place}: {count} inskrivningar är avbrutna men saknar slutdatum. De räknas inte. Rätta i registret.",
            "{place}: {count} enrolments are cancelled but have no end date. They do not count. Mend it in the register.",
        ),
        "duty_not_at_school" => (
            "{place}: {count} tjänstgöringar är knutna till något som inte är en skola. Personerna är med, utan skola.",
            "{place}: {count} duties are tied to something that is no school. The persons count, without a school.",
        ),
        "number_in_name" => (
            "{place}: {count} grupper hade ett personnummer i namnet. Det visas inte. Byt namn på grupperna i registret.",
            "{place}: {count} groups had an identity number in their name. It is not shown. Rename the groups in the register.",
        ),
        "no_municipality" => (
            "{place}: {count} skolor saknar kommunkod, fast inställningarna väljer kommuner. De är med. Rätta i registret.",
            "{place}: {count} schools have no municipality code, though the settings choose municipalities. They count. Mend it in the register.",
        ),
        "repeated_object" => (
            "{place}: samma objekt kom flera gånger, {count} gånger. Det räknas en gång.",
            "{place}: the same object came several times, {count} times. It counts once.",
        ),
        "contradicted_object" => (
            "{place}: samma id kom med olika innehåll, för {count} objekt. Det som redan är levererat lämnas oförändrat, och det som är nytt väntar. Rätta i registret.",
            "{place}: the same id came with different content, for {count} objects. What is delivered is left unchanged, and what is new waits. Mend it in the register.",
        ),
        "bad_value" => (
            "{place}: värdet kunde inte tolkas, {count} gånger. Personen är med utan det; inget som redan är levererat töms. Rätta i registret.",
            "{place}: the value could not be understood, {count} times. The person counts without it; nothing that is delivered is blanked. Mend it in the register.",
        ),
        "bad_row" => (
            "{place}: värdet kunde inte tolkas, {count} gånger. Det som det gäller lämnas oförändrat, och det som är nytt väntar. Rätta i registret, eller ange i inställningarna vad värdet betyder (adjust.values).",
            "{place}: the value could not be understood, {count} times. What it is about is left unchanged, and what is new waits. Mend it in the register, or say in the settings what the value means (adjust.values).",
        ),
        "no_marking" => (
            "{place}: {count} personer saknar fältet för skyddade personuppgifter, som registret har för andra. Det som redan är levererat om dem lämnas oförändrat, och den som är ny väntar. Rätta i registret; om ett utelämnat värde betyder \"inte skyddad\", skriv det i inställningarna (marking.open_values = [\"Ingen\", \"\"]).",
            "{place}: {count} persons lack the field for protected identity, which the register has for others. What is delivered of them is left unchanged, and who is new waits. Mend it in the register; if a missing value means \"not protected\", write so in the settings (marking.open_values = [\"Ingen\", \"\"]).",
        ),
        "names_nobody" => (
            "{place}: hänvisningen pekar inte på någon, {count} gånger. Skolorna som det gäller räknas som ej lästa: ingenting tas bort där. Rätta i registret; om det har tjänstgöringar som ingen innehar, skriv adjust.vacant_duties = true.",
            "{place}: the reference names nobody, {count} times. The schools in question count as not read: nothing is removed there. Mend it in the register; if it has duties that nobody holds, write adjust.vacant_duties = true.",
        ),
        "bad_number" => (
            "{place}: {count} personnummer kunde inte tolkas. Personerna är med utan nummer; kan en annan källa eller en undantagslista säga genom numret att någon är skyddad, väntar personen tills numret är rättat.",
            "{place}: {count} identity numbers could not be understood. The persons count without; where another source or an exclusion list may say by the number that somebody is protected, the person waits until the number is mended.",
        ),
        _ => return None,
    })
}
