//! What a receiver refused, in words. Connectors tell rule and place in English, for the log;
//! here it is put into Swedish, a phrase at a time.

use std::error::Error;
use std::io;

use connect::http::Words;
use connect::pacer::Denied;
use rules::config::Lang;
use state::TargetError;

use crate::trouble;

/// Why a delivery could not be made: what, why, what to do.
pub(crate) fn target(name: &str, error: &TargetError, lang: Lang) -> String {
    if let Some(why) = called(error) {
        return match lang {
            Lang::Sv => format!(
                "{name}: {} Det som redan är skickat är antecknat: nästa `skolbro run --apply` fortsätter där.",
                why.sv
            ),
            Lang::En => format!(
                "{name}: {} What was sent is written down: the next `skolbro run --apply` goes on from there.",
                why.en
            ),
        };
    }
    if let TargetError::Unreadable { detail, .. } = error {
        return unreadable(name, detail, lang);
    }
    match lang {
        Lang::Sv => format!(
            "Leveransen till {name} kunde inte göras. {}. Det som levererades senast är orört. \
             Åtgärda felet och kör `skolbro run --apply` igen.",
            why(error)
        ),
        Lang::En => {
            let mut why = error.to_string();
            if let Some(inner) = error.source() {
                why = format!("{why} ({inner})");
            }
            format!(
                "The delivery to {name} could not be made. {why}. What was delivered last is untouched. \
                 Mend the error and run `skolbro run --apply` again."
            )
        }
    }
}

/// An answer that makes no sense is not a refusal: nothing was to be delivered yet.
fn unreadable(name: &str, detail: &str, lang: Lang) -> String {
    match lang {
        Lang::Sv => format!(
            "{name}: Mottagaren svarade med något som inte går att läsa: {}. Ingenting av det har använts. \
             Försök igen senare. Återkommer felet, visa det här för leverantören.",
            in_swedish(detail)
        ),
        Lang::En => format!(
            "{name}: The receiver answered with what cannot be read: {detail}. Nothing of it was used. \
             Try again later. If it comes back, show this to the vendor."
        ),
    }
}

/// Why a kind of object is closed to us, and what to do.
pub(crate) fn closed(error: &TargetError) -> Words {
    called(error).unwrap_or_else(|| Words::new(why(error), error.to_string()))
}

/// What a receiver over the network did, in words; `None` for one that is delivered to in files.
fn called(error: &TargetError) -> Option<Words> {
    let (TargetError::Unavailable { source, .. } | TargetError::Denied { source, .. }) = error
    else {
        return None;
    };
    if let Some(locked) = source.downcast_ref::<targets_google::Locked>() {
        return Some(locked.explain());
    }
    if let Some(error) = source.downcast_ref::<connect::http::Error>() {
        return Some(error.explain());
    }
    Some(match source.downcast_ref::<Denied>()? {
        Denied::NoAnswer { .. } => Words::new(
            "Mottagaren svarar inte: många anrop i rad har misslyckats. Försök igen senare.",
            "The receiver does not answer: many calls on end have failed. Try again later.",
        ),
        Denied::TooLong { pause } => {
            let minutes = pause.as_secs() / 60;
            Words::new(
                format!(
                    "Mottagaren ber oss vänta i {minutes} minuter. Kör igen efter det, eller fråga leverantören om gränsen."
                ),
                format!(
                    "The receiver asks us to wait for {minutes} minutes. Run again after that, or ask the vendor about the limit."
                ),
            )
        }
        Denied::NoSuchBucket(_) | Denied::OverQuota(_) => Words::new(
            "Inställningen `calls_per_second` går inte att hålla. Höj den eller ta bort den.",
            "The setting `calls_per_second` cannot be kept to. Raise it or take it out.",
        ),
    })
}

fn why(error: &TargetError) -> String {
    match error {
        TargetError::Denied { .. } => {
            "Mottagaren släpper inte in oss. Se efter hemligheten i inställningarna".to_owned()
        }
        TargetError::Throttled { after, .. } => {
            format!("Mottagaren bad oss vänta {} s", after.as_secs())
        }
        TargetError::Unavailable { source, .. } => {
            let said = machine(source.as_ref()).map_or_else(String::new, |it| format!(": {it}"));
            format!(
                "Mappen som leveransen skrivs i kunde inte läsas eller skrivas{said}. Se till att den går att skriva i och har plats"
            )
        }
        TargetError::Unreadable { detail, .. } => {
            format!("Mottagaren svarade med något som inte går att läsa: {}", in_swedish(detail))
        }
        TargetError::Spool { error, .. } => {
            let said = machine(error).map_or_else(String::new, |it| format!(": {it}"));
            format!(
                "Det som mottagaren svarade kunde inte läggas undan på den här datorn{said}. Se efter att disken har plats"
            )
        }
        TargetError::Invalid { detail, .. } => {
            format!("Mottagaren skulle inte ta emot den. {}", in_swedish(detail))
        }
    }
}

/// What the machine said, wherever in the chain it stands.
fn machine(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(trouble::why(error).sv);
        }
        next = error.source();
    }
    None
}

/// Phrases of the connectors, the longer before those that they hold.
const PHRASES: &[(&str, &str)] = &[
    (
        " was delivered before and is not in `files` now, which would make its records inactive; name it in `files`, or in `ended_files`, or deliver to another folder",
        " levererades förut men står inte i `files` nu, så att det som stod i den skulle bli inaktivt; skriv den i `files` eller i `ended_files`, eller leverera till en annan mapp",
    ),
    (
        "the folder holds a package that is newer than this delivery: see that the clock is right, or deliver to another folder",
        "I mappen ligger ett paket som är nyare än den här leveransen: se efter att klockan går rätt, eller leverera till en annan mapp",
    ),
    (
        " is not of an earlier delivery and was left alone: choose an empty folder, used for nothing else, or move it away",
        " kommer inte från en tidigare leverans och är orörd: välj en tom mapp som inte används till annat, eller flytta undan den",
    ),
    (
        " is a symbolic link: name the folder that it leads to",
        " är en symbolisk länk: skriv den mapp som den leder till",
    ),
    (
        " cannot be renamed, since it is a mount point or in use: choose a folder inside it",
        " kan inte byta namn, eftersom den är en monteringspunkt eller används: välj en mapp inuti den",
    ),
    (" has no name of its own: name a folder", " har inget eget namn: skriv en mapp"),
    (", which is not in the set", ", som inte finns i leveransen"),
    (" is not in the set", " finns inte i leveransen"),
    (" stands twice in the set", " finns två gånger i leveransen"),
    (" stands twice", " finns två gånger"),
    (" refers to ", " hänvisar till "),
    (": a value is required", ": ett värde krävs"),
    ("the whole set is needed", "hela mängden behövs"),
    (" is no longer in the folder", " finns inte kvar i mappen"),
    (" is not in the folder", " finns inte i mappen"),
    (" is not in Student.csv", " finns inte i Student.csv"),
    (" is of no kind on the card", " är av ett okänt slag"),
    ("an object of no kind on the card", "något är av ett okänt slag"),
    (": not a zip, or cut off", ": ingen zip-fil, eller avhuggen"),
    (": not CSV, or cut off", ": inte CSV, eller avhuggen"),
    (": not CSV", ": inte CSV"),
    (" tells no version that we write", " anger ingen version som Skolbro skriver"),
    ("no package with a whole set is known any more", "inget paket med hela mängden finns kvar"),
    ("the packages have another version", "paketen har en annan version"),
    ("the columns are not those that are delivered", "kolumnerna är inte de som levereras"),
    ("not an id of ours", "inget id som Skolbro har gett"),
    ("the list ", "listan "),
    (" makes no sense at line ", " går inte att tolka vid rad "),
    (", column ", ", kolumn "),
    (": a resource is no object", ": en post är inget objekt"),
    (": a resource has neither externalId nor id", ": en post saknar både externalId och id"),
    (": a resource has no id", ": en post saknar id"),
    (" ends before all is told: ", " tar slut innan allt är med: "),
    (" were given", " kom"),
    (" of ", " för "),
    (" line ", " rad "),
];

/// A connector's rule and place in Swedish.
pub(crate) fn in_swedish(detail: &str) -> String {
    PHRASES.iter().fold(detail.to_owned(), |text, (en, sv)| text.replace(en, sv))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody reads half of a sentence in another language.
    #[test]
    fn what_a_connector_says_is_whole_in_swedish() {
        for (says, told) in [
            (
                "roles.csv: role 7 refers to org 9, which is not in the set",
                "roles.csv: role 7 hänvisar till org 9, som inte finns i leveransen",
            ),
            ("users.csv email of 7: a value is required", "users.csv email för 7: ett värde krävs"),
            ("a.zip line 3: not an id of ours", "a.zip rad 3: inget id som Skolbro har gett"),
        ] {
            assert_eq!(in_swedish(says), told);
        }
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = TargetError::Unavailable {
            target: "sds".to_owned(),
            detail: "see that it has room".to_owned(),
            source: Box::new(full),
        };
        let text = target("sds", &error, Lang::Sv);
        assert!(text.contains("disken är full") && !text.contains("see that"), "{text}");
    }
}
