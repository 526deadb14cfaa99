//! The files and columns of v1, as data (reference/microsoft.md §1.3).

use super::table::Content::{Date, Id, OneOf, Ref, Text, Year};
use super::table::{File, GRADES, may, must};

/// `School.csv`
pub(super) const SCHOOL: File = File {
    name: "School.csv",
    columns: &[
        must("SIS ID", Id),
        must("Name", Text),
        may("School Number", Text),
        may("School NCES_ID", Text),
        may("State ID", Text),
        may("Grade Low", Text),
        may("Grade High", Text),
        may("Principal SIS ID", Text),
        may("Principal Name", Text),
        may("Principal Secondary Email", Text),
        may("Address", Text),
        may("City", Text),
        may("State", Text),
        may("Country", Text),
        may("Zip", Text),
        may("Phone", Text),
        may("Zone", Text),
    ],
};

/// `Section.csv`
pub(super) const SECTION: File = File {
    name: "Section.csv",
    columns: &[
        must("SIS ID", Id),
        must("School SIS ID", Ref("School.csv")),
        must("Section Name", Text),
        may("Section Number", Text),
        may("Term SIS ID", Text),
        may("Term Name", Text),
        may("Term StartDate", Date),
        may("Term EndDate", Date),
        may("Course SIS ID", Text),
        may("Course Name", Text),
        may("Course Number", Text),
        may("Course Description", Text),
        may("Course Subject", Text),
        may("Periods", Text),
        may("Status", Text),
    ],
};

/// `Student.csv`
pub(super) const STUDENT: File = File {
    name: "Student.csv",
    columns: &[
        must("SIS ID", Id),
        must("School SIS ID", Ref("School.csv")),
        must("Username", Text),
        may("First Name", Text),
        may("Last Name", Text),
        may("Password", Text),
        may("State ID", Text),
        may("Secondary Email", Text),
        may("Student Number", Text),
        may("Middle Name", Text),
        may("Grade", OneOf(GRADES)),
        may("Status", Text),
        may("Birthdate", Date),
        may("Graduation Year", Year),
    ],
};

/// `Teacher.csv`
pub(super) const TEACHER: File = File {
    name: "Teacher.csv",
    columns: &[
        must("SIS ID", Id),
        must("School SIS ID", Ref("School.csv")),
        must("Username", Text),
        may("First Name", Text),
        may("Last Name", Text),
        may("Password", Text),
        may("State ID", Text),
        may("Teacher Number", Text),
        may("Status", Text),
        may("Middle Name", Text),
        may("Secondary Email", Text),
        may("Title", Text),
        may("Qualification", Text),
    ],
};

/// `StudentEnrollment.csv`
pub(super) const STUDENT_ENROLLMENT: File = File {
    name: "StudentEnrollment.csv",
    columns: &[must("Section SIS ID", Ref("Section.csv")), must("SIS ID", Ref("Student.csv"))],
};

/// `TeacherRoster.csv`
pub(super) const TEACHER_ROSTER: File = File {
    name: "TeacherRoster.csv",
    columns: &[must("Section SIS ID", Ref("Section.csv")), must("SIS ID", Ref("Teacher.csv"))],
};

/// `User.csv`: the contacts.
pub(super) const USER: File = File {
    name: "User.csv",
    columns: &[
        must("Email", Text),
        must("First Name", Text),
        must("Last Name", Text),
        may("Phone", Text),
        may("SIS ID", Text),
    ],
};

/// `Guardianrelationship.csv`
pub(super) const GUARDIAN: File = File {
    name: "Guardianrelationship.csv",
    columns: &[must("SIS ID", Ref("Student.csv")), must("Email", Text), must("Role", Text)],
};

/// Every file of v1.
pub(super) const ALL: &[File] =
    &[SCHOOL, SECTION, STUDENT, TEACHER, STUDENT_ENROLLMENT, TEACHER_ROSTER, USER, GUARDIAN];
