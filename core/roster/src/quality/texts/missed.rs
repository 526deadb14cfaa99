//! What is said of those for whom a supplement filled in nothing: problem, effect, remedy.

use crate::supplement::Miss;

pub(super) const fn swedish(miss: Miss) -> [&'static str; 3] {
    match miss {
        Miss::Nobody => [
            "Ingen träff i katalogen",
            "Ingenting fylls i för personen. Det som registret har används.",
            "Fyll i personens nummer eller id på kontot i katalogen, eller lägg upp ett konto. Yngre elever saknar ofta konto.",
        ],
        Miss::Several => [
            "Flera träffar i katalogen",
            "Ingenting fylls i: ingen kan säga vilket konto som är personens.",
            "Låt bara ett konto i katalogen ha personens nummer eller id, och en adress. Gamla konton kan uteslutas med `filter`.",
        ],
        Miss::Disabled => [
            "Kontot i katalogen är avstängt",
            "Ingenting fylls i för personen.",
            "Öppna kontot i katalogen, eller avsluta personen i registret.",
        ],
        Miss::WrongDomain => [
            "Uppgiften i katalogen hör till en annan domän",
            "Ingenting fylls i för personen.",
            "Rätta adressen i katalogen, eller lägg till domänen i `domains`.",
        ],
        Miss::Unidentified => [
            "Personen kan inte sökas i katalogen",
            "Ingenting fylls i. Tillfälliga nummer används aldrig för att hitta personer.",
            "Fyll i personens nummer eller id i registret när det finns.",
        ],
        Miss::NoValue => [
            "Kontot i katalogen saknar uppgiften",
            "Ingenting fylls i för personen.",
            "Fyll i uppgiften på kontot i katalogen.",
        ],
    }
}

pub(super) const fn english(miss: Miss) -> [&'static str; 3] {
    match miss {
        Miss::Nobody => [
            "No match in the directory",
            "Nothing is filled in for the person. What the register has is used.",
            "Enter the person's number or id at the account in the directory, or make an account. Young pupils often have none.",
        ],
        Miss::Several => [
            "Several matches in the directory",
            "Nothing is filled in: nobody can tell which account is the person's.",
            "Let one account alone in the directory bear the person's number or id, and one address. Old accounts can be left out by `filter`.",
        ],
        Miss::Disabled => [
            "The account in the directory is disabled",
            "Nothing is filled in for the person.",
            "Enable the account in the directory, or end the person in the register.",
        ],
        Miss::WrongDomain => [
            "The value in the directory is of another domain",
            "Nothing is filled in for the person.",
            "Correct the address in the directory, or add the domain to `domains`.",
        ],
        Miss::Unidentified => [
            "The person cannot be looked for in the directory",
            "Nothing is filled in. Temporary numbers are never used to find persons.",
            "Enter the person's number or id in the register when there is one.",
        ],
        Miss::NoValue => [
            "The account in the directory lacks the value",
            "Nothing is filled in for the person.",
            "Enter the value at the account in the directory.",
        ],
    }
}
