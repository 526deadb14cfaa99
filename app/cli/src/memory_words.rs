//! Backups and what was forgotten, in words: what happened, why, what to do.

use rules::config::Lang;
use run::{AdoptProblem, BackupProblem};
use store::Refusal;

use crate::target_words::in_swedish;

/// Why a backup cannot be used.
pub(crate) fn backup(file: &str, why: &BackupProblem, lang: Lang) -> String {
    let (sv, en) = match why {
        BackupProblem::Foreign => (
            "Filen är ingen säkerhetskopia från Skolbro. Ange en fil som `skolbro backup` har skrivit".to_owned(),
            "The file is no backup of Skolbro's. Name one that `skolbro backup` has written".to_owned(),
        ),
        BackupProblem::Newer => (
            "Den är skriven av en nyare version av Skolbro. Använd den versionen, eller en senare".to_owned(),
            "A newer version of Skolbro wrote it. Use that version, or a later one".to_owned(),
        ),
        BackupProblem::OtherKey => (
            "Den är förseglad med en annan nyckel. Lägg tillbaka den nyckel som gällde när den skrevs, eller peka ut den med `tenant.key`".to_owned(),
            "It is sealed with another key. Put back the key of the time when it was written, or name it in `tenant.key`".to_owned(),
        ),
        BackupProblem::Cut => (
            "Den är avkortad: slutet saknas. Kopiera den på nytt, eller ta en annan".to_owned(),
            "It is cut off: the end is missing. Copy it again, or take another one".to_owned(),
        ),
        BackupProblem::Damaged => (
            "Den är skadad eller ändrad. Kopiera den på nytt, eller ta en annan".to_owned(),
            "It is damaged or was changed. Copy it again, or take another one".to_owned(),
        ),
        BackupProblem::Differs(what) => (
            format!("Innehållet i {what} stämmer inte med kopians egen förteckning. Ta en annan säkerhetskopia, och anmäl felet"),
            format!("What {what} holds is not what the backup's own manifest says. Take another backup, and report the error"),
        ),
        BackupProblem::Audit(seq) => (
            format!("Revisionsloggen i den är bruten vid rad {seq}: den hade ändrats utanför Skolbro när kopian skrevs. Ta en äldre säkerhetskopia"),
            format!("Its audit log is broken at entry {seq}: it had been changed outside Skolbro when the backup was written. Take an older backup"),
        ),
        BackupProblem::NotEmpty => (
            "Minnet är inte tomt, och ingenting skrivs över. Flytta undan databasen (eller ta bort allt med `skolbro purge --tenant`) och kör igen; prova kopian utan att ändra något med --verify".to_owned(),
            "The memory is not empty, and nothing is overwritten. Move the database away (or erase everything with `skolbro purge --tenant`) and run again; try the backup without changing anything with --verify".to_owned(),
        ),
    };
    match lang {
        Lang::Sv => {
            format!("Säkerhetskopian {file} kunde inte användas. Ingenting har ändrats. {sv}.")
        }
        Lang::En => format!("The backup {file} could not be used. Nothing was changed. {en}."),
    }
}

/// Which rule of the memory's a request would have broken, in Swedish.
pub(crate) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Held { holder, .. } => {
            format!("En annan körning pågår ({holder}). Vänta tills den är klar och kör igen.")
        }
        Refusal::LeaseLost { .. } => {
            "Körningen dröjde så länge att en annan fick ta vid. Ingenting mer har gjorts. Kör igen."
                .to_owned()
        }
        Refusal::Missing { .. } => {
            "Det som söktes finns inte i minnet. Se körningar och planer med `skolbro status`."
                .to_owned()
        }
        Refusal::OtherTenant { tenant } => format!(
            "Minnet tillhör någon annan än {tenant}. Se efter `tenant.store` och `tenant.name` i inställningarna."
        ),
        Refusal::NotEmpty => "Minnet är inte tomt, och ingenting skrivs över.".to_owned(),
        Refusal::PlanClosed { .. } => {
            "Planen är redan startad, utförd, förkastad eller för gammal. Gör en ny med `skolbro plan`."
                .to_owned()
        }
        Refusal::SchemaName { name } => format!(
            "\"{name}\" kan inte vara namn på ett schema i PostgreSQL. Ändra `tenant.name`: bara a–z, 0–9 och understreck, högst 63 tecken."
        ),
        Refusal::Transition { .. } | Refusal::Journal { .. } => format!(
            "Internt fel. Ingenting mer har gjorts. Kör igen; hjälper det inte, anmäl felet och skriv det här: \"{refusal}\"."
        ),
    }
}

/// Why a receiver must be adopted first, or cannot be.
pub(crate) fn adopt(target: &str, why: &AdoptProblem, lang: Lang) -> String {
    let (sv, en) = match why {
        AdoptProblem::Unknown => (
            format!(
                "Där {target} levereras ligger en leverans som Skolbro inte minns. Ingenting har planerats eller skrivits, för en ny början skulle byta id på det som redan finns. Kör `skolbro adopt --target {target}`, som läser tillbaka leveransen, eller återställ en säkerhetskopia med `skolbro restore`. Ska allt börja om: flytta undan mappen."
            ),
            format!(
                "Where {target} is delivered to lies a delivery that Skolbro does not remember. Nothing was planned or written, since a new beginning would change the ids of what is there. Run `skolbro adopt --target {target}`, which reads the delivery back, or restore a backup with `skolbro restore`. To begin anew: move the folder away."
            ),
        ),
        AdoptProblem::Remembered => (
            format!(
                "Skolbro minns vad som levererats till {target}: ingenting behöver läsas tillbaka, och ingenting har ändrats."
            ),
            format!(
                "Skolbro remembers what was delivered to {target}: nothing has to be read back, and nothing was changed."
            ),
        ),
        AdoptProblem::Nothing => (
            format!(
                "Det finns ingen leverans till {target} att läsa tillbaka. Kontrollera mappen i inställningarna, eller börja med `skolbro plan`."
            ),
            format!(
                "There is no delivery to {target} to read back. Look at the folder in the settings, or begin with `skolbro plan`."
            ),
        ),
        AdoptProblem::Unable => (
            format!(
                "{target} sparar ingenting som kan läsas tillbaka. Återställ en säkerhetskopia med `skolbro restore`, eller börja med `skolbro plan`: den första planen väntar på godkännande."
            ),
            format!(
                "{target} keeps nothing that can be read back. Restore a backup with `skolbro restore`, or begin with `skolbro plan`: the first plan waits for approval."
            ),
        ),
        AdoptProblem::Unreadable(detail) => (
            format!(
                "Det som levererats till {target} kan inte läsas tillbaka ({}). Ingenting har ändrats. Lägg tillbaka filerna ur mappen som slutar på .previous eller ur en kopia, eller återställ en säkerhetskopia med `skolbro restore`. Finns inget av det: flytta undan mappen, så börjar allt om med en första plan som visar vad som skapas och väntar på godkännande.",
                in_swedish(detail)
            ),
            format!(
                "What was delivered to {target} cannot be read back ({detail}). Nothing was changed. Put the files back from the folder that ends in .previous or from a copy, or restore a backup with `skolbro restore`. If there is none of these: move the folder away, and all begins anew with a first plan that shows what is made and waits for approval."
            ),
        ),
    };
    match lang {
        Lang::Sv => sv,
        Lang::En => en,
    }
}
