//! The types of objects that SS12000 knows.

/// A type of objects with a resource of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Organisation,
    Person,
    Duty,
    Group,
    Activity,
    Syllabus,
    /// One that no town fills: its list is empty.
    Empty(Empty),
}

/// A type that no town fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Empty {
    Placement,
    Programme,
    StudyPlan,
    SchoolUnitOffering,
    CalendarEvent,
    Attendance,
    AttendanceEvent,
    AttendanceSchedule,
    Grade,
    Absence,
    Resource,
    Room,
}

impl Empty {
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Placement => ("placements", "placements", "Placement"),
            Self::Programme => ("programmes", "programmes", "Programme"),
            Self::StudyPlan => ("studyplans", "studyPlans", "StudyPlan"),
            Self::SchoolUnitOffering => {
                ("schoolUnitOfferings", "schoolUnitOfferings", "SchoolUnitOffering")
            }
            Self::CalendarEvent => ("calendarEvents", "calendarEvents", "CalendarEvent"),
            Self::Attendance => ("attendances", "attendances", "Attendance"),
            Self::AttendanceEvent => ("attendanceEvents", "attendanceEvents", "AttendanceEvent"),
            Self::AttendanceSchedule => {
                ("attendanceSchedule", "attendanceSchedules", "AttendanceSchedule")
            }
            Self::Grade => ("grades", "grades", "Grade"),
            Self::Absence => ("absences", "absences", "Absence"),
            Self::Resource => ("resources", "resources", "Resource"),
            Self::Room => ("rooms", "rooms", "Room"),
        }
    }
}

impl Kind {
    /// Those that a town fills; the lists of the others are empty.
    pub(super) const FILLED: [Self; 6] =
        [Self::Organisation, Self::Person, Self::Duty, Self::Group, Self::Activity, Self::Syllabus];
    /// Every type.
    pub(super) const ALL: [Self; 18] = [
        Self::Organisation,
        Self::Person,
        Self::Duty,
        Self::Group,
        Self::Activity,
        Self::Syllabus,
        Self::Empty(Empty::Placement),
        Self::Empty(Empty::Programme),
        Self::Empty(Empty::StudyPlan),
        Self::Empty(Empty::SchoolUnitOffering),
        Self::Empty(Empty::CalendarEvent),
        Self::Empty(Empty::Attendance),
        Self::Empty(Empty::AttendanceEvent),
        Self::Empty(Empty::AttendanceSchedule),
        Self::Empty(Empty::Grade),
        Self::Empty(Empty::Absence),
        Self::Empty(Empty::Resource),
        Self::Empty(Empty::Room),
    ];

    /// The resource's path, the key in `deletedEntities`, and the name in `entities`.
    ///
    /// Source: SS12000 2.1.0, `paths`, `DeletedEntities` (with its misspelling), `EndPointsEnum`.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Organisation => ("organisations", "organisations", "Organisation"),
            Self::Person => ("persons", "persons", "Person"),
            Self::Duty => ("duties", "duties", "Duty"),
            Self::Group => ("groups", "groups", "Group"),
            Self::Activity => ("activities", "activitites", "Activity"),
            Self::Syllabus => ("syllabuses", "syllabuses", "Syllabus"),
            Self::Empty(it) => it.words(),
        }
    }

    /// The path after the base.
    pub(super) const fn path(self) -> &'static str {
        self.words().0
    }

    /// The key in `deletedEntities`.
    pub(super) const fn deleted_key(self) -> &'static str {
        self.words().1
    }

    /// The name in `entities` and in subscriptions.
    pub(super) const fn name(self) -> &'static str {
        self.words().2
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Its place among those that are filled.
    pub(super) fn shelf(self) -> Option<usize> {
        Self::FILLED.iter().position(|it| *it == self)
    }
}
