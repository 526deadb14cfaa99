//! Every sentence, in Swedish and English.

use crate::text::Text;

macro_rules! words {
    ($($name:ident = $sv:literal, $en:literal;)+) => {
        $(pub(crate) const $name: Text = Text { sv: $sv, en: $en };)+

        #[cfg(test)]
        pub(crate) const ALL: &[Text] = &[$($name),+];
    };
}

words! {
    // The plan.
    MAY_START = "får startas till {}", "may be started until {}";
    ONE_CALL = "{} anrop", "{} call";
    CALLS = "{} anrop", "{} calls";
    ABOUT = "omkring {}", "about {}";
    NOTHING_TO_DO = "Inget att göra", "Nothing to do";
    GUARD_ON_SOURCE = "Spärr på källan:", "Guard on the source:";
    GUARD = "Spärr:", "Guard:";
    WAITS = "Väntar på godkännande:", "Waits for approval:";
    ONE_HELD = "{} åtgärd hålls inne.", "{} operation is held.";
    HELD = "{} åtgärder hålls inne.", "{} operations are held.";
    REST_MAY_RUN = "Resten kan utföras:", "The rest may run:";
    MAY_RUN = "Utför planen:", "Carry out the plan:";
    COMPARE = "Jämför:", "Compare:";
    IF_RIGHT = "Om det stämmer:", "If it is right:";
    IF_RIGHT_EACH = "Godkänn var och en för sig:", "Approve each by itself:";
    WHAT_IS_FOUND = "De som godkänns blir Skolbros att ändra, inaktivera och ta bort. Hör någon till en annan person: byt namn på ett av kontona i stället.",
        "Those that are approved become Skolbro's to change, suspend and delete. If one is another person's: rename one of the accounts instead.";
    FREE_THE_NAME = "Kan inte godkännas: byt namn på eller ta bort det gamla kontot hos mottagaren, så gör nästa körning resten.",
        "Cannot be approved: rename or delete the old account at the receiver, and the next run does the rest.";
    ONE_WAITING = "{} väntetid har börjat; den som väntar ändras inte under tiden.",
        "{} waiting time has begun; what waits does not change meanwhile.";
    WAITING = "{} väntetider har börjat; de som väntar ändras inte under tiden.",
        "{} waiting times have begun; those that wait do not change meanwhile.";
    ONE_CANCELLED = "{} väntetid är avbruten: den finns i källan igen.",
        "{} waiting time is cancelled: it is in the register again.";
    CANCELLED = "{} väntetider är avbrutna: de finns i källan igen.",
        "{} waiting times are cancelled: they are in the register again.";
    ONE_RESTORED = "{} ändring gjord hos mottagaren skrivs över.",
        "{} change made at the receiver is overwritten.";
    RESTORED = "{} ändringar gjorda hos mottagaren skrivs över.",
        "{} changes made at the receiver are overwritten.";
    ONE_LEFT = "{} ändring gjord hos mottagaren lämnas som den är.",
        "{} change made at the receiver is left as it is.";
    LEFT = "{} ändringar gjorda hos mottagaren lämnas som de är.",
        "{} changes made at the receiver are left as they are.";
    ONE_KEPT = "{} objekt tas inte bort eller inaktiveras: annat som ska vara kvar hänvisar dit.",
        "{} object is not deleted or suspended: something that stays refers to it.";
    KEPT = "{} objekt tas inte bort eller inaktiveras: annat som ska vara kvar hänvisar till dem.",
        "{} objects are not deleted or suspended: something that stays refers to them.";
    ONE_BLOCKED = "{} objekt väntar på något som hålls tillbaka; se skolbro report quality.",
        "{} object waits for something that is withheld; see skolbro report quality.";
    BLOCKED = "{} objekt väntar på sådant som hålls tillbaka; se skolbro report quality.",
        "{} objects wait for something that is withheld; see skolbro report quality.";
    ONE_UNSUPPORTED = "{} objekt kan inte ändras: mottagaren saknar den åtgärden.",
        "{} object cannot be changed: the receiver has no such operation.";
    UNSUPPORTED = "{} objekt kan inte ändras: mottagaren saknar de åtgärderna.",
        "{} objects cannot be changed: the receiver has no such operations.";
    ONE_CONFLICT = "{} uppgift hör till någon annans gamla konto och måste avgöras av en person.",
        "{} value belongs to another's old account and must be decided by a person.";
    CONFLICTS = "{} uppgifter hör till andras gamla konton och måste avgöras av en person.",
        "{} values belong to others' old accounts and must be decided by a person.";
    ONE_REUSED = "{} konto har varit någon annans: den nya personen får allt som finns i det.",
        "{} account was another's: the new person gets everything that is in it.";
    REUSED = "{} konton har varit andras: de nya personerna får allt som finns i dem.",
        "{} accounts were others': the new persons get everything that is in them.";

    // What stands in the way at a receiver.
    OBSTACLES = "Hinder hos {}: {}", "Obstacles at {}: {}";
    MORE_OBSTACLES = "Ytterligare {}; visa alla: skolbro report quality",
        "{} more; show all: skolbro report quality";
    SINCE = "  sedan {}", "  since {}";
    NO_PLACE = "{}: organisationsenheten {} finns inte, så användaren placeras inte där.",
        "{}: the organisational unit {} does not exist, so the user is not placed there.";
    MAKE_THE_PLACE = "skapa enheten hos mottagaren, eller ändra mapping i inställningarna. Skolbro skapar inga enheter.",
        "make the unit at the receiver, or change the mapping in the settings. Skolbro makes no units.";
    ACCOUNT_OF_ANOTHER = "{}: namnet hör till {}.", "{}: the name belongs to {}.";
    HOLDER_OURS = "ett konto som ska vara kvar tills vidare ({})",
        "an account that stays for now ({})";
    HOLDER_SUSPENDED = "ett konto som Skolbro har inaktiverat för en annan person ({})",
        "an account that Skolbro has suspended for another person ({})";
    HOLDER_ANOTHER = "ett konto i bruk som Skolbro inte har skapat ({})",
        "an account in use that Skolbro has not made ({})";
    HOLDER_ASLEEP = "ett inaktivt konto som Skolbro inte har skapat ({})",
        "a sleeping account that Skolbro has not made ({})";
    HOLDER_NOT_OURS = "en administratör eller ett annat program ({})",
        "an administrator or another program ({})";
    SOLVE_BY_HAND = "byt namn på eller ta bort det gamla kontot hos mottagaren; nästa körning gör resten och stänger punkten. Ska den nya personen ha kontot med allt som finns i det: on_reused_name = \"reuse\".",
        "rename or delete the old account at the receiver; the next run does the rest and closes this. If the new person is to have the account with all that is in it: on_reused_name = \"reuse\".";
    WAIT_OR_MEND = "rätta personen i registret, eller byt namn på ett av kontona.",
        "mend the person in the register, or rename one of the accounts.";
    RENAME_ONE = "byt namn på ett av kontona, hos mottagaren eller i registret.",
        "rename one of the accounts, at the receiver or in the register.";
    KEPT_BY_ANOTHER = "{}: hålls av en administratör eller ett annat program och ändras inte.",
        "{}: is kept by an administrator or another program and is not changed.";
    NO_ACCOUNT = "{}: kontot finns inte hos mottagaren, så personen läggs inte in i några grupper.",
        "{}: the account does not exist at the receiver, so the person is put into no groups.";
    MAKE_THE_ACCOUNT = "skapa kontot där konton skapas, med samma adress som i registret, eller låt Skolbro skapa konton.",
        "make the account where accounts are made, with the address of the register, or let Skolbro make accounts.";
    SHUT = "{}: mottagaren släpper inte in någon i det, så det och allt i det lämnas som de är.",
        "{}: the receiver lets nobody into it, so it and all that stands in it are left as they are.";
    OPEN_IT = "ge det en ägare vars konto är i bruk, eller be mottagarens support att öppna det; nästa körning gör resten.",
        "give it an owner whose account is in use, or ask the receiver's support to open it; the next run does the rest.";
    ASK_THE_ADMINISTRATOR = "be den som sköter kontot att göra ändringen, eller att lämna det till Skolbro.",
        "ask who keeps the account to make the change, or to leave it to Skolbro.";

    // The source.
    THE_SOURCE = "Källan", "The source";
    GAVE = "{} gav {}, {} {} (−{})", "{} gave {}, {} {} (−{})";
    GAVE_ALSO = "{} mot {} (−{})", "{} of {} (−{})";
    SCHOOL_LOST = "{} saknas helt, {} {} {}.", "{} is missing entirely, {} {} {}.";
    YEAR_LOST = "Årskurs {} saknas helt.", "Year {} is missing entirely.";
    YEARS_LOST = "Årskurserna {} saknas helt.", "Years {} are missing entirely.";
    YEAR_LOST_AT = "{}: årskurs {} saknas helt, {} {} {}.",
        "{}: year {} is missing entirely, {} {} {}.";
    DANGLING = "{}: {} av {} personer hänvisar till något som inte finns.",
        "{}: {} of {} persons refer to something that is not there.";
    REPEATED = "{}: {} av {} id finns två gånger med olika innehåll.",
        "{}: {} of {} ids stand twice with different content.";
    YESTERDAY = "i går", "yesterday";
    LAST_TIME = "förra gången", "last time";
    SCHOOL_NOT_READ =
        "Skolan räknas som ej läst: ingenting tas bort, inaktiveras eller arkiveras där.",
        "The school counts as not read: nothing is deleted, suspended or archived there.";
    SOURCE_NOT_READ = "Källan räknas som ej läst: ingenting utförs.",
        "The source counts as not read: nothing is carried out.";
    SCHOOLS = "skolor", "schools";
    ONE_SCHOOL = "skola", "school";
    GROUPS = "grupper", "groups";
    ONE_GROUP = "grupp", "group";
    PERSONS = "personer", "persons";
    PUPILS = "elever", "pupils";
    ONE_PUPIL = "elev", "pupil";
    DUTIES = "tjänstgöringar", "duties";
    ONE_DUTY = "tjänstgöring", "duty";
    MEMBERSHIPS = "medlemskap", "memberships";
    TEACHINGS = "läraruppdrag", "teaching assignments";
    RESPONSIBLES = "vårdnadshavare", "responsible adults";
    COURSES = "grupper med kurs eller ämne", "groups with a course or subject";
    ONE_COURSE = "grupp med kurs eller ämne", "group with a course or subject";

    // Operations one by one.
    MORE = "… och {} till", "… and {} more";
    NUMBER = "nr {}", "no {}";
    REASON = "Orsak: {} ({})", "Reason: {} ({})";

    // Data quality.
    QUALITY = "Datakvalitet", "Data quality";
    ERRORS = "Fel {}", "Errors {}";
    WARNINGS = "Varningar {}", "Warnings {}";
    NOTICES = "Upplysningar {}", "Notices {}";
    ALL_WELL = "Inga fel hittades.", "Nothing wrong was found.";
    CODE = "Kod", "Code";
    PROBLEM = "Problem och rättning", "Problem and remedy";
    COUNT = "Antal", "Count";
    AFFECTS = "Påverkar", "Affects";
    OWNER = "Ägare", "Owner";
    REMEDY = "Så rättar du: {}", "Remedy: {}";
    ROW = "id {} i registret ({} hos oss)", "id {} in the register ({} with us)";
    OWNER_SOURCE = "Skolan", "The school";
    OWNER_SETTINGS = "Inställningarna", "The settings";
    OWNER_RECEIVER = "Mottagaren", "The receiver";
    OWNER_US = "Vi (Skolbro)", "We (Skolbro)";

    // Why a person is there or not.
    IS_THERE = "Svar: {} ska finnas i {}.", "Answer: {} should be in {}.";
    IS_NOT_THERE = "Svar: {} finns inte i {}: {} ({}).", "Answer: {} is not in {}: {} ({}).";
    IS_THERE_BUT = "Svar: {} finns i {}, men: {} ({}).", "Answer: {} is in {}, but: {} ({}).";
    OWNED_BY = "Ägare: {}", "Owner: {}";
    STEP_FOUND = "Hittad i källan", "Found in the register";
    STEP_INCLUDED = "Omfattas", "Included";
    STEP_SCHOOL = "Skola", "School";
    STEP_COMPLETED = "Kompletterad", "Completed";
    STEP_VALUES = "Uppgifter", "Values";
    STEP_MATCHED = "Matchad hos mottagaren", "Matched at the receiver";
    STEP_GROUP = "Grupp", "Group";
    STEP_ACTION = "Åtgärd", "Operation";
    NO_HIT = "Vi hittar ingen sådan person i det inlästa underlaget. Kontrollera uppgiften i elevregistret. Vissa personer hanteras utanför synken enligt kommunens rutin.",
        "We find no such person in what was read. Check the value in the school's register. Some persons are handled outside the sync by the municipality's routine.";

    // A run.
    READS = "Läser", "Reads";
    READ_COUNTS = "{} elever · {} personal · {} grupper", "{} pupils · {} staff · {} groups";
    COMPLETES = "Kompletterar", "Completes";
    FILLED = "{} av {} e-postadresser; {} utan säker träff",
        "{} of {} e-mail addresses; {} without a secured match";
    FILLED_USERNAMES = "{} av {} användarnamn; {} utan säker träff",
        "{} of {} user names; {} without a secured match";
    CHECKS = "Kontrollerar", "Checks";
    FOUND = "{} fel, {} varningar", "{} errors, {} warnings";
    SHOW = "visa: {}", "show: {}";
    APPLIES = "Utför", "Applies";
    OUTCOME = "{} klara · {} fel · {} hålls inne", "{} done · {} failed · {} held";
    CALLED = "{}: {} anrop på {}, i snitt {} i sekunden, som mest {}",
        "{}: {} calls in {}, {} a second on average, {} at most";
    OF_QUOTA = "som mest {} % av {} på {}", "{} % of {} in {} at most";
    CALLED_AGAIN = "gjordes om: {}", "made again: {}";
    TOLD_TO_WAIT = "ombedda att vänta: {}", "told to wait: {}";
    CALLS_REFUSED = "nekade: {}", "refused: {}";
    QUEUED = "Köad", "Queued";
    READING = "Läser källor", "Reading sources";
    CHECKING = "Kontrollerar", "Checking";
    PLANNING = "Planerar", "Planning";
    AWAITING_APPROVAL = "Väntar på godkännande", "Waits for approval";
    STOPPED_BY_GUARD = "Stoppad av spärr", "Stopped by a guard";
    APPLYING = "Utför", "Applying";
    DONE = "Klar", "Done";
    DONE_WITH_WARNINGS = "Klar med varningar", "Done with warnings";
    DONE_WITH_ERRORS = "Klar med fel", "Done with errors";
    FAILED = "Misslyckades", "Failed";
    CANCELLED_RUN = "Avbruten", "Cancelled";
    DISCARDED = "Förkastad", "Discarded";
    STALE = "Inaktuell", "Out of date";
}
