//! What Google refused, or we before it, in words: what it is, where, and what to do. A code is
//! Google's own word where it has one (reference/google.md §1.4, §2.2).

use connect::http::Words;

/// A code in words; `None` where it says no more than itself.
#[must_use]
pub fn refusal(code: &str) -> Option<Words> {
    let code = match code {
        "CourseNotFound" => "courseNotFound",
        "NOT_FOUND" => "notFound",
        "invalidFamilyName" => "invalidGivenName",
        // Words of `errors[]` for what Classroom's `status` says (reference/google.md §2.2).
        "failedPrecondition" => "FAILED_PRECONDITION",
        "invalidArgument" => "INVALID_ARGUMENT",
        "alreadyExists" => "ALREADY_EXISTS",
        "internalError" => "INTERNAL",
        "UNAVAILABLE" => "backendError",
        code if code.starts_with("groupSettings.") => "groupSettings",
        code if code.starts_with("groupSettingsOpen.") => "groupSettingsOpen",
        code => code,
    };
    let (_, sv, en) = REFUSALS.iter().find(|(known, ..)| *known == code)?;
    Some(Words::new(*sv, *en))
}

/// In the order of the guide (docs/google.md).
pub(crate) const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "invalidOrgUnit",
        "organisationsenheten finns inte i Google. Skapa den i admin.google.com → Katalog → Organisationsenheter, eller rätta `mapping.user.orgUnitPath`.",
        "the organisational unit is not there. Make it in admin.google.com → Directory → Organisational units, or correct `mapping.user.orgUnitPath`.",
    ),
    (
        "invalidAddress",
        "adressen tillhör inte er domän eller är ingen e-postadress. Rätta den i registret.",
        "the address is not of your domain, or is none. Correct it in the register.",
    ),
    (
        "domainNotFound",
        "domänen finns inte hos er i Google. Rätta adressen i registret eller `domain` i inställningarna.",
        "the domain is not yours at Google. Correct the address in the register, or `domain` in the settings.",
    ),
    (
        "invalidGivenName",
        "Google godtar inte namnet: för- och efternamn får ha högst 60 tecken vardera. Rätta det i registret.",
        "Google does not take the name: given and family name may have 60 characters each. Correct it in the register.",
    ),
    (
        "invalidPassword",
        "Google godtar inte lösenordet. Se kraven i admin.google.com → Säkerhet → Lösenordshantering och höj `password.length`.",
        "Google does not take the password. See the rules in admin.google.com → Security → Password management, and raise `password.length`.",
    ),
    (
        "duplicate",
        "ett annat konto, en grupp eller ett alias har redan adressen. Se vems den är i admin.google.com; byt den ena, eller låt en plan länka kontot.",
        "another account, group or alias has the address. See whose it is in admin.google.com; rename one, or let a plan link it.",
    ),
    (
        "addressOfAnother",
        "adressen har fått en annan ägare sedan planen gjordes. Gör en ny plan: skolbro plan",
        "the address has another owner since the plan was made. Make a new one: skolbro plan",
    ),
    (
        "conflict",
        "domänen används redan av ett annat Google-konto som någon har verifierat med e-post. Ta över domänen i admin.google.com → Konto → Domäner.",
        "the domain is in use by another Google account that somebody verified by e-mail. Take it over in admin.google.com → Account → Domains.",
    ),
    (
        "limitExceeded",
        "en gräns hos Google är nådd, t.ex. antal användare eller licenser. Se admin.google.com → Fakturering, eller ta bort konton som inte används.",
        "a limit of Google's is reached, such as the number of users or licences. See admin.google.com → Billing, or delete accounts that are not used.",
    ),
    (
        "noLicence",
        "det finns ingen ledig licens för arkiverade konton. Se admin.google.com → Fakturering → Licenser.",
        "there is no free licence for archived accounts. See admin.google.com → Billing → Licences.",
    ),
    (
        "administrator",
        "kontot tillhör en administratör och ändras aldrig. Ta först bort rollen i admin.google.com → Konto → Administratörsroller, eller låt kontot vara.",
        "the account is an administrator's and is never changed. Take the role away first in admin.google.com → Account → Admin roles, or leave the account.",
    ),
    (
        "forbidden",
        "kontot i `subject` får inte göra detta. Ge det rollen i docs/google.md, avsnitt 4, i admin.google.com → Konto → Administratörsroller.",
        "the account in `subject` may not do this. Give it the role of docs/google.md, section 4, in admin.google.com → Account → Admin roles.",
    ),
    (
        "suspendedForAbuse",
        "Google har stängt av kontot för missbruk, och bara Google kan öppna det. Öppna kontot i admin.google.com → Katalog → Användare och följ anvisningen där, eller ge personen en ny adress.",
        "Google has suspended the account for abuse, and Google alone can open it. Open it in admin.google.com → Directory → Users and follow what is said there, or give the person a new address.",
    ),
    (
        "onHold",
        "kontot kan inte raderas, ofta för att Google Vault bevarar det. Ta i så fall bort det ur ärendet i vault.google.com, eller låt kontot vara avstängt.",
        "the account cannot be deleted, often since Google Vault holds it. If so, take it out of the matter in vault.google.com, or leave it suspended.",
    ),
    (
        "invalid",
        "Google godtar inte något av värdena. Se objektet med `skolbro explain`, och `mapping` i inställningarna.",
        "Google does not take one of the values. See the object with `skolbro explain`, and `mapping` in the settings.",
    ),
    (
        "badRequest",
        "Google godtar inte anropet. Se objektet med `skolbro explain`; stämmer det, anmäl felet.",
        "Google does not take the call. See the object with `skolbro explain`; if it is right, report the error.",
    ),
    (
        "INVALID_ARGUMENT",
        "Classroom godtar inte något av värdena, t.ex. ett namn som är för långt (750 tecken). Se `mapping.course` i inställningarna.",
        "Classroom does not take one of the values, such as a name that is too long (750 characters). See `mapping.course` in the settings.",
    ),
    (
        "conditionNotMet",
        "Google kan inte göra ändringen som kontot eller gruppen står nu. Se det i admin.google.com.",
        "Google cannot make the change as the account or group stands. See it in admin.google.com.",
    ),
    (
        "cyclicMembership",
        "gruppen skulle bli medlem i sig själv genom en annan grupp. Ta bort den kopplingen i admin.google.com → Katalog → Grupper.",
        "the group would be a member of itself by way of another. Take that link away in admin.google.com → Directory → Groups.",
    ),
    (
        "userNotComplete",
        "kontot är så nytt att Google inte tar emot ändringar än. Gör ingenting: nästa körning fortsätter.",
        "the account is so new that Google takes no changes yet. Do nothing: the next run goes on.",
    ),
    (
        "notFound",
        "det som skulle ändras finns inte längre i Google. Gör en ny plan: skolbro plan --verify",
        "what was to be changed is not at Google any more. Make a new plan: skolbro plan --verify",
    ),
    (
        "unconfirmed",
        "ändringen skickades flera gånger, men syns inte i Google. Nästa körning försöker igen; kvarstår det, se objektet i admin.google.com.",
        "the change was sent several times, and is not seen at Google. The next run tries again; if it stays, see the object in admin.google.com.",
    ),
    (
        "backendError",
        "Google hade tillfälliga problem. Gör ingenting: nästa körning försöker igen.",
        "Google had trouble for a while. Do nothing: the next run tries again.",
    ),
    (
        "userNotFound",
        "kontot finns inte längre i Google. Gör en ny plan: skolbro plan --verify",
        "the account is not at Google any more. Make a new plan: skolbro plan --verify",
    ),
    (
        "memberNotFound",
        "personen har inget konto i Google än. Se vad som hindrar kontot; sedan läggs personen till.",
        "the person has no account at Google yet. See what keeps it from being made; then the person is added.",
    ),
    (
        "invalidMember",
        "Google känner inte kontot som medlem än, eller så tillhör det inte domänen. Nästa körning försöker igen; kvarstår det, se kontots adress.",
        "Google does not know the account as a member yet, or it is not of the domain. The next run tries again; if it stays, see the account's address.",
    ),
    (
        "groupNotFound",
        "gruppen finns inte, eller adressen tillhör nu en annan grupp. Gör en ny plan: skolbro plan --verify",
        "the group is not there, or another group has its address now. Make a new plan: skolbro plan --verify",
    ),
    (
        "invalidGroup",
        "Google godtar inte gruppens adress. Den får ha bokstäver a–z, siffror och tecknen - _ . före @. Se `mapping.group.email`.",
        "Google does not take the group's address. Before @ it may have letters a–z, digits and the signs - _ . See `mapping.group.email`.",
    ),
    (
        "invalidUser",
        "Google godtar inte kontots id. Gör en ny plan: skolbro plan --verify",
        "Google does not take the account's id. Make a new plan: skolbro plan --verify",
    ),
    (
        "noDomain",
        "gruppens adress saknar domän. Ange `domain` i inställningarna, eller skriv hela adressen i `mapping.group.email`.",
        "the group's address has no domain. Give `domain` in the settings, or write the whole address in `mapping.group.email`.",
    ),
    (
        "groupSettings",
        "Google godtog inte gruppens inställningar, och gruppen togs bort igen. Se `group_settings`, och domänens egna regler i admin.google.com → Appar → Google Workspace → Groups for Business.",
        "Google did not take the group's settings, and the group was taken away again. See `group_settings`, and the domain's own rules in admin.google.com → Apps → Google Workspace → Groups for Business.",
    ),
    (
        "groupSettingsOpen",
        "Google godtog inte gruppens inställningar, och gruppen står kvar med dem som domänen ger. Ställ in den för hand i admin.google.com → Katalog → Grupper, eller rätta `group_settings`.",
        "Google did not take the group's settings, and the group stays with those that the domain gives. Set it by hand in admin.google.com → Directory → Groups, or mend `group_settings`.",
    ),
    (
        "groupSettingsClosed",
        "behörigheten för gruppers inställningar saknas, och utan den skapas inga nya grupper. Kör `skolbro doctor`: där står raden att klistra in. Eller ange `group_settings.set = false`.",
        "the permission for settings of groups is missing, and without it no groups are made. Run `skolbro doctor`: it shows the line to paste. Or write `group_settings.set = false`.",
    ),
    (
        "groupsOff",
        "grupper är avslagna i inställningarna (`groups = false`), och planen gjordes före det. Gör en ny plan: skolbro plan",
        "groups are off in the settings (`groups = false`), and the plan was made before that. Make a new one: skolbro plan",
    ),
    (
        "classroomOff",
        "klassrum är avslagna i inställningarna (`classrooms = false`), och planen gjordes före det. Gör en ny plan: skolbro plan",
        "courses are off in the settings (`classrooms = false`), and the plan was made before that. Make a new one: skolbro plan",
    ),
    (
        "classroomClosed",
        "behörigheten för Classroom saknas. Kör `skolbro doctor`: där står vad som ska göras. Resten gick vidare.",
        "the permission for Classroom is missing. Run `skolbro doctor`: it says what to do. The rest went on.",
    ),
    (
        "CannotDirectAddUser",
        "kontot är för nytt för Classroom. Gör ingenting: nästa körning lägger till det.",
        "the account is too new for Classroom. Do nothing: the next run adds it.",
    ),
    (
        "FAILED_PRECONDITION",
        "Classroom tar inte emot ändringen, ofta för att kontot är avstängt eller inte får använda Classroom. Se kontot och tjänsten Classroom i admin.google.com.",
        "Classroom does not take the change, often since the account is suspended or may not use Classroom. See the account and the service Classroom in admin.google.com.",
    ),
    (
        "CannotInviteUserInUntrustedDomain",
        "personens konto tillhör en domän som Classroom hos er inte litar på. Se admin.google.com → Appar → Google Workspace → Classroom → Klassmedlemskap.",
        "the person's account is of a domain that your Classroom does not trust. See admin.google.com → Apps → Google Workspace → Classroom → Class membership.",
    ),
    (
        "isTeacher",
        "eleven står som lärare i klassrummet. Ta bort personen där för hand.",
        "the pupil stands as a teacher in the course. Take the person out there by hand.",
    ),
    (
        "CourseTeacherLimitReached",
        "klassrummet har redan så många lärare som det får ha. Dela upp det, eller minska lärarna i registret.",
        "the course has as many teachers as it may have. Split it, or have fewer in the register.",
    ),
    (
        "CourseMemberLimitReached",
        "klassrummet har redan så många medlemmar som det får ha. Dela upp det.",
        "the course has as many members as it may have. Split it.",
    ),
    (
        "UserGroupsMembershipLimitReached",
        "personen är med i så många grupper och klassrum som Google tillåter. Ta bort personen ur gamla klassrum.",
        "the person is in as many groups and courses as Google allows. Take the person out of old courses.",
    ),
    (
        "ownerNotFound",
        "läraren som ska äga klassrummet har inget konto än. Se vad som hindrar kontot.",
        "the teacher who is to own the course has no account yet. See what keeps it from being made.",
    ),
    (
        "UserCannotOwnCourse",
        "läraren får inte äga klassrum. Lägg till läraren i gruppen Classroom-lärare (classroom_teachers) i admin.google.com → Katalog → Grupper.",
        "the teacher may not own courses. Put the teacher in the group of Classroom teachers (classroom_teachers) in admin.google.com → Directory → Groups.",
    ),
    (
        "IneligibleOwner",
        "den nya ägaren är inte lärare i klassrummet än. Gör ingenting: nästa körning försöker igen.",
        "the new owner is no teacher of the course yet. Do nothing: the next run tries again.",
    ),
    (
        "PendingInvitationExists",
        "någon är redan inbjuden att bli ägare. Låt personen svara i classroom.google.com, eller dra tillbaka inbjudan där.",
        "somebody is invited to be the owner already. Let that person answer in classroom.google.com, or withdraw the invitation there.",
    ),
    (
        "CannotRemoveCourseOwner",
        "klassrummets ägare kan inte tas bort. Ge det en annan ägare i classroom.google.com.",
        "the owner of a course cannot be removed. Give it another owner in classroom.google.com.",
    ),
    (
        "CannotRemoveCourseOwnerTransferIncomplete",
        "bytet av ägare är inte klart hos Google. Gör ingenting: nästa körning tar bort den förra ägaren.",
        "the change of owner is not complete at Google. Do nothing: the next run removes the old owner.",
    ),
    (
        "CannotRemoveCourseFolderOwner",
        "den förra ägaren äger fortfarande klassrummets mapp i Drive. Gör ingenting: nästa körning försöker igen. Kvarstår det, flytta mappen till den nya ägaren.",
        "the old owner still owns the course's folder in Drive. Do nothing: the next run tries again. If it stays, move the folder to the new owner.",
    ),
    (
        "InactiveCourseOwner",
        "klassrummets ägare finns inte längre. Återställ kontot i admin.google.com (inom 20 dagar), byt ägare, och ta sedan bort det igen.",
        "the course's owner is gone. Restore the account in admin.google.com (within 20 days), change the owner, then delete it again.",
    ),
    (
        "CannotRemoveTeacherWithNoCourseOwner",
        "klassrummets ägare finns inte längre, så ingen lärare kan tas bort. Återställ kontot i admin.google.com (inom 20 dagar), byt ägare, och ta sedan bort det igen.",
        "the course's owner is gone, so no teacher can be removed. Restore the account in admin.google.com (within 20 days), change the owner, then delete it again.",
    ),
    (
        "CourseTitleCannotContainUrl",
        "klassrummets namn ser ut som en webbadress. Byt namn på gruppen i registret, eller ändra `mapping.course.name`.",
        "the course's name looks like a web address. Rename the group in the register, or change `mapping.course.name`.",
    ),
    (
        "CourseNotModifiable",
        "klassrummet är arkiverat, avböjt eller avstängt av Google och kan inte ändras. Öppna det i classroom.google.com, eller låt det vara.",
        "the course is archived, declined or suspended by Google, and cannot be changed. Open it in classroom.google.com, or leave it.",
    ),
    (
        "ProjectPermissionDenied",
        "ett annat programs projekt har skapat detta i Classroom, och bara det får ändra det. Det lämnas som det är; ändra det för hand i classroom.google.com.",
        "another program's project made this, and only that may change it. It is left as it is; change it by hand in classroom.google.com.",
    ),
    (
        "courseSuspended",
        "Google har stängt av klassrummet. Kontakta Googles support från admin.google.com, eller låt det vara.",
        "Google has suspended the course. Contact Google's support from admin.google.com, or leave it.",
    ),
    (
        "CourseStateDenied",
        "domänen får inte öppna klassrum direkt. Ta bort `classroom.begins`, så att läraren godtar klassrummet först.",
        "the domain may not open courses at once. Take `classroom.begins` out, so that a teacher accepts the course first.",
    ),
    (
        "courseNotFound",
        "klassrummet finns inte längre. Gör en ny plan: skolbro plan --verify",
        "the course is not there any more. Make a new plan: skolbro plan --verify",
    ),
    (
        "archived",
        "klassrummet arkiveras med alla som är med i det. Gör ingenting.",
        "the course is archived with everybody in it. Do nothing.",
    ),
    (
        "PERMISSION_DENIED",
        "kontot i `subject` får inte ändra detta i Classroom. Ge det rättigheten Classroom i admin.google.com → Konto → Administratörsroller.",
        "the account in `subject` may not change this in Classroom. Give it the privilege Classroom in admin.google.com → Account → Admin roles.",
    ),
    (
        "ALREADY_EXISTS",
        "det finns redan i Classroom, t.ex. personen med en annan roll. Se klassrummet i classroom.google.com, och gör en ny plan: skolbro plan --verify",
        "it is in Classroom already, such as the person in another role. See the course in classroom.google.com, and make a new plan: skolbro plan --verify",
    ),
    (
        "INTERNAL",
        "Google kan inte behandla det. Är det ett klassrum beror det ofta på att ägaren är borttagen: återställ ägaren i admin.google.com (inom 20 dagar), byt ägare, och ta sedan bort kontot igen. Gör annars ingenting: nästa körning försöker igen.",
        "Google cannot deal with it. If it is a course, often since its owner was deleted: restore the owner in admin.google.com (within 20 days), change the owner, then delete the account again. Else do nothing: the next run tries again.",
    ),
];
