//! What is said of each code, in Swedish and English.

mod missed;

use super::Code;
use crate::supplement::Miss;

/// The language of texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// Svenska.
    #[default]
    Swedish,
    /// English.
    English,
}

struct Texts {
    problem: &'static str,
    effect: &'static str,
    remedy: &'static str,
}

impl Code {
    /// What is wrong, in a few words.
    #[must_use]
    pub const fn problem(self, language: Language) -> &'static str {
        self.texts(language).problem
    }

    /// What happens now: "Vad som händer nu".
    #[must_use]
    pub const fn effect(self, language: Language) -> &'static str {
        self.texts(language).effect
    }

    /// What to do: "Så rättar du".
    #[must_use]
    pub const fn remedy(self, language: Language) -> &'static str {
        self.texts(language).remedy
    }

    const fn texts(self, language: Language) -> Texts {
        match language {
            Language::Swedish => self.swedish(),
            Language::English => self.english(),
        }
    }

    const fn swedish(self) -> Texts {
        let [problem, effect, remedy] = match self {
            Self::D01 => [
                "Elev saknar e-postadress",
                "Eleven är med i sina grupper, men kan inte skickas till mottagare som kräver en adress.",
                "Fyll i elevens e-postadress i elevregistret eller i den katalog som kompletterar det.",
            ],
            Self::D02 => [
                "Samma användarnamn på två personer",
                "Ingen av personerna skapas eller ändras förrän namnen skiljer sig åt.",
                "Ge en av personerna ett annat användarnamn i registret.",
            ],
            Self::D03 => [
                "Grupp utan undervisande lärare",
                "Gruppen förs över utan lärare, eller hålls inne där mottagaren kräver en.",
                "Lägg till gruppens undervisande lärare i registret, eller avsluta gruppen.",
            ],
            Self::D04 => [
                "Elev utan klass",
                "Eleven förs över, men hamnar inte i någon klass.",
                "Placera eleven i en klass i registret, eller avsluta elevens placering på skolan.",
            ],
            Self::D05 => [
                "Elev utan grupp",
                "Eleven förs över, men är inte med i någon grupp.",
                "Lägg till eleven i sina grupper i registret, eller avsluta placeringen på skolan.",
            ],
            Self::D06 => [
                "Dubblett av tillfälligt nummer",
                "Personerna slås inte ihop och matchas inte på numret. Båda måste granskas.",
                "Kontrollera om det är samma person. Ge annars den ena ett eget nummer i registret.",
            ],
            Self::D07 => [
                "Skola saknar eller har okänd skolenhetskod",
                "Skolan förs inte över till mottagare som kräver koden.",
                "Ange skolenhetskoden (åtta siffror) från Skolenhetsregistret.",
            ],
            Self::D08 => [
                "Slutdatum före startdatum",
                "Raden gäller ingen dag och räknas inte.",
                "Rätta start- eller slutdatum i registret.",
            ],
            Self::D09 => [
                "Grupp med samma namn på samma skola",
                "Båda grupperna förs över. Namn som mottagaren kräver unika får ett tillägg eller hålls inne.",
                "Byt namn på en av grupperna i registret, eller avsluta den som inte används.",
            ],
            Self::D10 => [
                "Lärare utan konto i målet",
                "Läraren läggs inte till i sina grupper där.",
                "Skapa kontot hos mottagaren, eller låt inställningarna omfatta läraren.",
            ],
            Self::D11 => [
                "Samma id med olika innehåll",
                "En av raderna används, alltid samma. Övriga räknas inte.",
                "Ta bort eller rätta dubbletten i registret.",
            ],
            Self::D12 => [
                "Hänvisning till något som inte finns",
                "Raden som hänvisar räknas inte.",
                "Ta med det som saknas i exporten, eller ta bort hänvisningen i registret.",
            ],
            Self::D13 => [
                "Styrtecken eller formel i ett namn eller en adress",
                "Tecknen tas bort eller görs ofarliga när värdet skrivs i filer.",
                "Skriv om namnet eller adressen i registret.",
            ],
            Self::D14 => [
                "Elev i två klasser samtidigt",
                "Eleven är med i båda klasserna.",
                "Avsluta placeringen i den klass som eleven har lämnat.",
            ],
            Self::D15 => [
                "Förskola utan skolenhetskod",
                "Förskolan kan inte väljas för mottagare som kräver koden.",
                "Ingen åtgärd behövs: förskolor har i regel ingen skolenhetskod.",
            ],
            Self::D16 => [
                "Skolenhetskoden har upphört",
                "Skolan förs över som förut. Mottagare som själva slår upp koden kan neka den.",
                "Skolan är nedlagd, delad eller sammanslagen enligt Skolenhetsregistret. Ange enhetens nya skolenhetskod i elevregistret, eller avsluta skolan där.",
            ],
            Self::D17 => [
                "Skolenheten är vilande eller planerad",
                "Skolan förs över som förut.",
                "Vänta om skolan ska öppna. Annars: kontrollera koden mot Skolenhetsregistret.",
            ],
            Self::D18 => [
                "Skolenhetskoden hör till en skola med annat namn",
                "Skolan förs över under sitt eget namn.",
                "Jämför med `skolbro schools check`. Rätta koden eller namnet i elevregistret om det är fel skola.",
            ],
            Self::D19 => [
                "Samma e-postadress på två personer",
                "Där mottagaren känner igen personer på adressen skapas eller ändras ingen av dem.",
                "Ge var och en en egen adress i registret.",
            ],
            Self::D20 => missed::swedish(Miss::Nobody),
            Self::D21 => missed::swedish(Miss::Several),
            Self::D22 => missed::swedish(Miss::Disabled),
            Self::D23 => missed::swedish(Miss::WrongDomain),
            Self::D24 => missed::swedish(Miss::Unidentified),
            Self::D25 => missed::swedish(Miss::NoValue),
        };
        Texts { problem, effect, remedy }
    }

    const fn english(self) -> Texts {
        let [problem, effect, remedy] = match self {
            Self::D01 => [
                "Pupil without e-mail address",
                "The pupil is in their groups, but cannot be sent to receivers that need an address.",
                "Enter the pupil's e-mail address in the register or in the directory that completes it.",
            ],
            Self::D02 => [
                "Same user name on two persons",
                "Neither person is created or changed until the names differ.",
                "Give one of the persons another user name in the register.",
            ],
            Self::D03 => [
                "Group without a teacher",
                "The group is carried over without one, or held back where the receiver needs one.",
                "Add the group's teacher in the register, or end the group.",
            ],
            Self::D04 => [
                "Pupil without a class",
                "The pupil is carried over, but is put in no class.",
                "Place the pupil in a class in the register, or end the enrolment.",
            ],
            Self::D05 => [
                "Pupil without a group",
                "The pupil is carried over, but is in no group.",
                "Add the pupil to their groups in the register, or end the enrolment.",
            ],
            Self::D06 => [
                "Temporary number used twice",
                "The persons are not merged and not matched by the number. Both must be reviewed.",
                "See whether they are one person. If not, give one a number of their own in the register.",
            ],
            Self::D07 => [
                "School without a known school unit code",
                "The school is not carried over to receivers that need the code.",
                "Enter the school unit code (eight digits) from the school unit register.",
            ],
            Self::D08 => [
                "End date before start date",
                "The row holds on no day and does not count.",
                "Correct the start or end date in the register.",
            ],
            Self::D09 => [
                "Groups with the same name at one school",
                "Both are carried over. A name that must be unique at the receiver gets a suffix or is held back.",
                "Rename one of the groups in the register, or end the one that is not used.",
            ],
            Self::D10 => [
                "Teacher without an account at the receiver",
                "The teacher is not added to their groups there.",
                "Create the account at the receiver, or let the settings include the teacher.",
            ],
            Self::D11 => [
                "Same id with different content",
                "One of the rows is used, always the same one. The others do not count.",
                "Remove or correct the duplicate in the register.",
            ],
            Self::D12 => [
                "Reference to something that is not there",
                "The row that refers to it does not count.",
                "Include what is missing in the export, or remove the reference in the register.",
            ],
            Self::D13 => [
                "Control characters or a formula in a name or address",
                "The characters are removed or made harmless where the value is written to files.",
                "Rewrite the name or address in the register.",
            ],
            Self::D14 => [
                "Pupil in two classes at the same time",
                "The pupil is in both classes.",
                "End the place in the class that the pupil has left.",
            ],
            Self::D15 => [
                "Preschool without school unit code",
                "The preschool cannot be chosen for receivers that need the code.",
                "Nothing to do: preschools usually have no school unit code.",
            ],
            Self::D16 => [
                "The school unit code has ended",
                "The school is carried over as before. Receivers that look the code up may refuse it.",
                "The school was closed, split or merged, says the register of school units. Enter the unit's new code in the register, or end the school there.",
            ],
            Self::D17 => [
                "The school unit is dormant or planned",
                "The school is carried over as before.",
                "Wait if the school is about to open. Otherwise compare the code with the register of school units.",
            ],
            Self::D18 => [
                "The school unit code belongs to a school of another name",
                "The school is carried over under its own name.",
                "Compare with `skolbro schools check`. Correct the code or the name in the register if it is the wrong school.",
            ],
            Self::D19 => [
                "Same e-mail address on two persons",
                "Where the receiver knows persons by it, neither is created or changed.",
                "Give each of them an address of their own in the register.",
            ],
            Self::D20 => missed::english(Miss::Nobody),
            Self::D21 => missed::english(Miss::Several),
            Self::D22 => missed::english(Miss::Disabled),
            Self::D23 => missed::english(Miss::WrongDomain),
            Self::D24 => missed::english(Miss::Unidentified),
            Self::D25 => missed::english(Miss::NoValue),
        };
        Texts { problem, effect, remedy }
    }
}
