//! The sentences that people read, in Swedish and English: what could not be done, why, and
//! what to do. Looked up by the stable codes of errors and notices.

use roster::{Notice, SourceError};

use super::settings::Problem;

/// The languages of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Svenska.
    Swedish,
    /// English.
    English,
}

impl Language {
    fn pick(self, swedish: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Swedish => swedish,
            Self::English => english,
        }
    }
}

/// A refusal of this source as sentences.
#[must_use]
pub fn explain(error: &SourceError, language: Language) -> String {
    match error {
        SourceError::Content { code, place, detail } => sentence(code, place, detail, language),
        SourceError::Unavailable { place, detail } => {
            let code = argument(detail, "reason").unwrap_or("unreadable");
            sentence(code, place, detail, language)
        }
        SourceError::MarkingMissing { place } => sentence("marking_missing", place, "", language),
        SourceError::Denied { place } => sentence("no_permission", place, "", language),
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
    sentence(notice.code, &notice.place, &notice.detail, language)
}

/// A problem in the settings as a sentence.
#[must_use]
pub fn explain_problem(problem: &Problem, language: Language) -> String {
    sentence(problem.code, &problem.at, &problem.detail, language)
}

/// The value of `name` in a detail of the form `name=value; name=value`.
fn argument<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    detail
        .split("; ")
        .find_map(|part| part.split_once('=').filter(|it| it.0 == name))
        .map(|it| it.1)
}

/// Fills a template: `{place}`, `{detail}` and the arguments of the detail. A part in
/// brackets is left out when one of its arguments is missing or empty.
fn sentence(code: &str, place: &str, detail: &str, language: Language) -> String {
    let value = |name: &str| match name {
        "place" => Some(place),
        "detail" => Some(detail),
        "looks_like" => argument(detail, name).map(|look| look_in(look, language)),
        "effect" => argument(detail, name).and_then(|effect| effect_in(effect, language)),
        name => argument(detail, name).filter(|value| !value.is_empty()),
    };
    let mut text = String::new();
    for (nth, part) in template(code, language).split(['[', ']']).enumerate() {
        let missing = (nth % 2 == 0).then_some("–");
        text.push_str(&filled(part, &value, missing).unwrap_or_default());
    }
    text
}

/// The part with its arguments, each that is not there as `missing` says.
fn filled<'a>(
    part: &str,
    value: &impl Fn(&str) -> Option<&'a str>,
    missing: Option<&'a str>,
) -> Option<String> {
    let mut text = String::new();
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(value(name).or(missing)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn look_in(look: &str, language: Language) -> &str {
    let swedish = match look {
        "uuid" => "id:n (UUID)",
        "email" => "e-postadresser",
        "date" => "datum",
        "number" => "tal",
        "text" => "vanlig text",
        "sex" => "kön",
        "status" => "status",
        "school_type" => "skolformer",
        "role" => "roller",
        "type" => "grupptyper",
        other => other,
    };
    match language {
        Language::Swedish => swedish,
        Language::English => look,
    }
}

/// What a fault does to the row and whom it is about.
fn effect_in(effect: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match effect {
        "without" => (
            "Raden är med utan värdet; inget som redan är levererat töms eller tas bort för den skull.",
            "The row counts without the value; nothing that is delivered is blanked or removed because of it.",
        ),
        "unnumbered" => (
            "Raden är med utan numret. Om en annan källa eller en undantagslista kan säga genom numret att personen är skyddad lämnas personen oförändrad, och en ny person väntar tills numret är rättat.",
            "The row counts without the number. Where another source or an exclusion list may say by the number that the person is protected, the person is left unchanged, and a new person waits until the number is mended.",
        ),
        "withheld" => (
            "Personen lämnas oförändrad; en ny person levereras inte förrän raden är rättad.",
            "The person is left unchanged; a new person is not delivered until the row is mended.",
        ),
        "dropped" => (
            "Raden är inte med: det den gäller lämnas oförändrat, och det som är nytt levereras inte förrän raden är rättad.",
            "The row does not count: what it is about is left unchanged, and what is new is not delivered until the row is mended.",
        ),
        "refused" => (
            "Felen är så många att filen inte används.",
            "The faults are so many that the file is not used.",
        ),
        _ => return None,
    };
    Some(language.pick(swedish, english))
}

fn template(code: &str, language: Language) -> &'static str {
    of_content(code, language)
        .or_else(|| of_columns(code, language))
        .or_else(|| of_rows(code, language))
        .or_else(|| of_place(code, language))
        .or_else(|| of_settings(code, language))
        .unwrap_or(language.pick(
            "{place}: kunde inte läsas ({detail}).",
            "{place}: could not be read ({detail}).",
        ))
}

/// Files that are not what they should be.
fn of_content(code: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match code {
        "empty" => (
            "{place} kunde inte läsas. Filen är tom. Kör exporten igen och se efter att den blev klar.",
            "{place} could not be read. The file is empty. Run the export again and see that it finished.",
        ),
        "header_only" => (
            "{place} kunde inte användas. Filen har en rubrikrad men inga rader. Se efter att exporten har rätt urval.",
            "{place} could not be used. The file has a header row but no rows. See that the export selects what it should.",
        ),
        "truncated" => (
            "{place} kunde inte läsas till slut. Filen är avhuggen mitt i en rad. Vänta tills exporten är klar eller kör den igen.",
            "{place} could not be read to the end. The file is cut off in the middle of a row. Wait until the export is done or run it again.",
        ),
        "no_ids" => (
            "Ingen av {count} rader har något i kolumnen som personer hittas med (match).",
            "None of {count} rows has anything in the column that persons are found by (match).",
        ),
        "unreadable_ids" => (
            "Ingen av {count} rader har ett personnummer i kolumnen som personer hittas med (match).",
            "None of {count} rows has an identity number in the column that persons are found by (match).",
        ),
        "no_values" => (
            "Ingen av {count} rader har något att fylla i (fill).",
            "None of {count} rows has anything to fill in (fill).",
        ),
        "too_large" => (
            "Filen är större än någon huvudmans katalog.",
            "The file is larger than any tenant's directory.",
        ),
        "missing_file" => (
            "{place} kunde inte läsas. Filen finns inte i mappen. Se efter att exporten skriver den, eller ange dess namn i inställningarna.",
            "{place} could not be read. The file is not in the folder. See that the export writes it, or name it in the settings.",
        ),
        "wrong_encoding" => (
            "{place} kunde inte läsas. Filen är UTF-8 men har trasiga tecken[, det första vid byte {byte}]. [Inställningen {setting} säger hur filen ska vara skriven: ta bort den om filen är skriven på annat sätt. ]Exportera filen på nytt i en enda teckenkodning.",
            "{place} could not be read. The file is UTF-8 but has broken characters[, the first at byte {byte}]. [The setting {setting} says how the file should be written: take it away if the file is written otherwise. ]Export the file again in one encoding.",
        ),
        "control_character" => (
            "{place} kunde inte läsas. Filen innehåller NUL-tecken[, det första vid byte {byte}]. Exportera filen på nytt som text.",
            "{place} could not be read. The file holds NUL characters[, the first at byte {byte}]. Export the file again as text.",
        ),
        "field_count" => (
            "{place} kunde inte läsas. Raden har {found} fält, rubrikraden har {expected}. Se efter citattecken och avgränsare på raden.",
            "{place} could not be read. The row has {found} fields, the header row has {expected}. See to quotes and delimiters in the row.",
        ),
        "field_too_long" => (
            "{place} kunde inte läsas. Fältet är {bytes} byte långt; längst är {limit}. Se efter citattecken som inte stängs, på raden och före den.",
            "{place} could not be read. The field is {bytes} bytes long; the longest is {limit}. See to quotes that are not closed, in the row and before it.",
        ),
        _ => return None,
    };
    Some(language.pick(swedish, english))
}

/// Columns that are not what they should be.
fn of_columns(code: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match code {
        "missing_column" => (
            "{place} kunde inte användas. Kolumnen {column} saknas; filen har {found}.[ Närmast är {nearest}.] Rätta exporten eller ange kolumnens namn i inställningarna.",
            "{place} could not be used. The column {column} is missing; the file has {found}.[ The nearest is {nearest}.] Mend the export or name the column in the settings.",
        ),
        "missing_columns" => (
            "{place} kunde inte användas. Kolumner saknas: {files}. (≈ betyder: närmast i filen.) Rätta exporten eller ange kolumnernas namn i inställningarna.",
            "{place} could not be used. Columns are missing: {files}. (≈ means: nearest in the file.) Mend the export or name the columns in the settings.",
        ),
        "repeated_column" => (
            "{place} kunde inte användas. Kolumnen {column} finns flera gånger. Ta bort den ena ur exporten.",
            "{place} could not be used. The column {column} is there several times. Take one out of the export.",
        ),
        "swapped_columns" => (
            "{place} kunde inte användas. Kolumnen {column} innehåller något annat än den ska: {count} av {rows} värden ser ut som {looks_like}. Se efter att kolumnerna inte har bytt plats.",
            "{place} could not be used. The column {column} holds something else than it should: {count} of {rows} values look like {looks_like}. See that columns have not changed places.",
        ),
        "marking_missing" => (
            "{place} kunde inte användas. Kolumnen för skyddade personuppgifter saknas. Lägg till den i exporten, eller låt den som ansvarar för dataskydd godkänna i inställningarna att den saknas (marking.not_carried_acknowledged_by).",
            "{place} could not be used. The column for protected identity is missing. Add it to the export, or let the one who answers for data protection accept in the settings that it is missing (marking.not_carried_acknowledged_by).",
        ),
        "marking_never_open" => (
            "{place} kunde inte användas. Inte en enda rad har ett värde som betyder \"inte skyddad\". Ange vilka värden som gör det i inställningarna (marking.open_values).",
            "{place} could not be used. Not a single row has a value that means \"not protected\". Say in the settings which values do (marking.open_values).",
        ),
        _ => return None,
    };
    Some(language.pick(swedish, english))
}

/// Rows that are not what they should be.
fn of_rows(code: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match code {
        "duplicate_id" => (
            "{place}: samma id finns flera gånger med olika innehåll, {count} av {rows} rader (rad {lines}).[ {effect}] Rätta i källsystemet.",
            "{place}: the same id is there several times with different content, {count} of {rows} rows (line {lines}).[ {effect}] Mend it in the register.",
        ),
        "repeated_row" => (
            "{place}: samma rad finns flera gånger, {count} av {rows} rader (rad {lines}). Den räknas en gång.",
            "{place}: the same row is there several times, {count} of {rows} rows (line {lines}). It counts once.",
        ),
        "bad_value" => (
            "{place}: värdet {value} i kolumnen {column} kunde inte tolkas, {count} av {rows} rader (rad {lines}).[ Tillåtna värden: {allowed}.][ {effect}] Rätta i källsystemet[, eller ange i inställningarna vad värdet betyder ({setting})].",
            "{place}: the value {value} in the column {column} could not be understood, {count} of {rows} rows (line {lines}).[ Allowed values: {allowed}.][ {effect}] Mend it in the register[, or say in the settings what the value means ({setting})].",
        ),
        "missing_value" => (
            "{place}: kolumnen {column} är tom, {count} av {rows} rader (rad {lines}).[ {effect}] Rätta i källsystemet.",
            "{place}: the column {column} is empty, {count} of {rows} rows (line {lines}).[ {effect}] Mend it in the register.",
        ),
        "column_absent" => (
            "{place}: kolumnen {column} saknas. Fältet lämnas tomt. Lägg till kolumnen i exporten, eller ange i inställningarna att den inte finns.",
            "{place}: the column {column} is missing. The field is left empty. Add the column to the export, or say in the settings that there is none.",
        ),
        "no_rows" => {
            ("{place} har en rubrikrad men inga rader.", "{place} has a header row but no rows.")
        }
        "no_final_newline" => (
            "{place}: sista raden saknar radslut, så ingenting visar att filen är hel. Låt exporten avsluta filen med radslut.",
            "{place}: the last line has no end, so nothing shows that the file is whole. Let the export end the file with a line end.",
        ),
        _ => return None,
    };
    Some(language.pick(swedish, english))
}

/// Files that cannot be read now.
fn of_place(code: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match code {
        "no_folder" => (
            "{place} kunde inte läsas. Mappen finns inte eller nås inte. Se efter sökvägen och att nätverksmappen är ansluten.",
            "{place} could not be read. The folder is not there or cannot be reached. See to the path and that the network folder is connected.",
        ),
        "not_complete" => (
            "Exporten kunde inte läsas. Filen {place}, som visar att den är klar, finns inte. Vänta tills exporten är klar.",
            "The export could not be read. The file {place}, which says that it is done, is not there. Wait until the export is done.",
        ),
        "too_new" => (
            "{place} kunde inte läsas. Filen skrevs alldeles nyss och är kanske inte hel. Försök igen om en stund.",
            "{place} could not be read. The file was written just now and may not be whole. Try again in a while.",
        ),
        "no_permission" => (
            "{place} kunde inte läsas. Behörighet saknas. Ge kontot som kör Skolbro läsrätt.",
            "{place} could not be read. Permission is missing. Let the account that runs Skolbro read it.",
        ),
        "unreadable" => (
            "{place} kunde inte läsas. Disken eller nätverksmappen svarar inte som den ska. Försök igen senare.",
            "{place} could not be read. The disk or network folder does not answer as it should. Try again later.",
        ),
        "failed" => ("Källan kunde inte läsas: {place}.", "The source could not be read: {place}."),
        _ => return None,
    };
    Some(language.pick(swedish, english))
}

/// Settings that cannot be used.
fn of_settings(code: &str, language: Language) -> Option<&'static str> {
    let (swedish, english) = match code {
        "unknown_profile" => (
            "{place}: profilen finns inte; de som finns är {detail}",
            "{place}: there is no such profile; there are {detail}",
        ),
        "missing_table" => {
            ("{place}: tabellen {detail} måste finnas", "{place}: the table {detail} must be there")
        }
        "missing_file_name" => ("{place}: ange filens namn", "{place}: name the file"),
        "field_of_no_use" => (
            "{place}: tabellen har inget fält {detail}",
            "{place}: the table has no field {detail}",
        ),
        "missing_field" => (
            "{place}: fältet {detail} måste ha en kolumn",
            "{place}: the field {detail} must have a column",
        ),
        "constant_marking" => (
            "{place}: skyddsmarkeringen måste komma ur en kolumn",
            "{place}: the protection marking must come from a column",
        ),
        "extra_of_no_use" => {
            ("{place}: bara persons har extra fält", "{place}: only persons has extra fields")
        }
        _ => return None,
    };
    Some(language.pick(swedish, english))
}
