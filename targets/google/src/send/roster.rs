//! Teachers and students of a course (reference/google.md §2.2): teachers come before students,
//! nobody is both, and nobody goes before the course has its new owner.

use futures_util::future::try_join_all;
use state::{Outcome, TargetError};

use super::course::Course;
use super::{Change, Seat, Work, plainly, refused};
use crate::Google;
use crate::card::COURSE_TEACHER;
use crate::client::{Found, Fresh, Gone, Next, Said};
use crate::wire::{self, Roster};

fn roster_of(kind: state::Kind) -> Roster {
    if kind == COURSE_TEACHER { Roster::Teachers } else { Roster::Students }
}

impl Seat {
    fn comes(&self, roster: Roster) -> bool {
        roster_of(self.kind) == roster && !self.goes()
    }

    fn goes(&self) -> bool {
        self.change == Change::Remove
    }
}

impl Google {
    /// The seats that a course has room for; those over a limit are refused before anything is
    /// sent.
    pub(super) fn within_limits<'s>(
        &self,
        work: &Work<'_>,
        seats: &'s [Seat],
        outcomes: &mut [Option<Outcome>],
    ) -> Vec<&'s Seat> {
        let limits = &self.settings.classroom;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let members = &work.after.members;
        let teachers = count(members.iter().filter(|it| it.kind == COURSE_TEACHER).count());
        let mut over_teachers = teachers.saturating_sub(limits.max_teachers);
        let mut over = count(members.len()).saturating_sub(limits.max_members);
        let mut fits = Vec::new();
        // From the end: who stands first in the plan has a place.
        for seat in seats.iter().rev() {
            if seat.comes(Roster::Teachers) && over_teachers > 0 {
                over_teachers -= 1;
                over = over.saturating_sub(1);
                seat.tell(outcomes, &refused("CourseTeacherLimitReached"));
            } else if seat.comes(Roster::Students) && over > 0 {
                over -= 1;
                seat.tell(outcomes, &refused("CourseMemberLimitReached"));
            } else {
                fits.push(seat);
            }
        }
        fits.reverse();
        fits
    }

    /// Students who become teachers leave, then teachers come.
    pub(super) async fn teachers_first(
        &self,
        work: &Work<'_>,
        course: &Course<'_>,
        seats: &[&Seat],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), TargetError> {
        let rises = |seat: &Seat| {
            seat.goes()
                && roster_of(seat.kind) == Roster::Students
                && seats.iter().any(|it| it.member == seat.member && it.comes(Roster::Teachers))
        };
        self.settle(work, course, seats.iter().filter(|it| rises(it)), outcomes).await?;
        let teachers = seats.iter().filter(|it| it.comes(Roster::Teachers));
        self.settle(work, course, teachers, outcomes).await
    }

    /// Teachers go, students come, students go. What was settled before stays so.
    pub(super) async fn then_the_others(
        &self,
        work: &Work<'_>,
        course: &Course<'_>,
        seats: &[&Seat],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), TargetError> {
        let steps: [fn(&Seat) -> bool; 3] = [
            |seat| seat.goes() && roster_of(seat.kind) == Roster::Teachers,
            |seat| seat.comes(Roster::Students),
            |seat| seat.goes() && roster_of(seat.kind) == Roster::Students,
        ];
        for step in steps {
            let open: Vec<&&Seat> =
                seats.iter().filter(|seat| step(seat) && seat.is_open(outcomes)).collect();
            self.settle(work, course, open.into_iter(), outcomes).await?;
        }
        Ok(())
    }

    async fn settle<'s>(
        &self,
        work: &Work<'_>,
        course: &Course<'_>,
        seats: impl Iterator<Item = &'s &'s Seat>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), TargetError> {
        let seats: Vec<&Seat> = seats.copied().collect();
        let settled = try_join_all(seats.iter().map(|seat| self.place(work, course, seat))).await?;
        for (seat, outcome) in seats.iter().zip(settled) {
            seat.tell(outcomes, &outcome);
        }
        Ok(())
    }

    async fn place(
        &self,
        work: &Work<'_>,
        course: &Course<'_>,
        seat: &Seat,
    ) -> Result<Outcome, TargetError> {
        let roster = roster_of(seat.kind);
        if course.new_owner == Some(seat.member) && seat.comes(Roster::Teachers) {
            return Ok(Outcome::AlreadySo);
        }
        let user = self.user_id(seat.member, work.resource).await?;
        match (user, &seat.change) {
            (None, Change::Remove) => Ok(Outcome::AlreadySo),
            (None, Change::Add { .. } | Change::Role { .. }) => Ok(refused("memberNotFound")),
            (Some(user), Change::Remove) => self.unenrol(course, roster, &user).await,
            (Some(user), Change::Add { .. } | Change::Role { .. }) => {
                self.enrol(course, roster, &user).await
            }
        }
    }

    /// Adds somebody. Who is there already as the other one is moved only upwards: a student
    /// becomes a teacher, and a teacher whom we did not plan to take out stays one.
    pub(super) async fn enrol(
        &self,
        course: &Course<'_>,
        roster: Roster,
        user: &str,
    ) -> Result<Outcome, TargetError> {
        let Course { courier, id, new_owner: _ } = course;
        let gone = self.gone(&[id, user], Gone::Doubtful);
        let fresh = Fresh { account: self.made_at(user), course: self.made_at(id) };
        let part = wire::enrol(id, roster, user).about_what_is(fresh);
        let said = courier.ask(part, gone).await?;
        let Said::Reply(answer) = &said else { return Ok(Outcome::Unsure) };
        if answer.next != Next::Taken {
            return Ok(plainly(&said, Outcome::Done { receiver_id: None }));
        }
        match courier.find(wire::of_roster(id, roster, user)).await? {
            Found::Here(_) => return Ok(Outcome::AlreadySo),
            Found::NotThere => {}
            Found::Unclear(answer) => return Ok(refused(&answer.code)),
        }
        if roster == Roster::Students {
            return Ok(refused("isTeacher"));
        }
        let left = self.unenrol(course, roster.other(), user).await?;
        if matches!(left, Outcome::Refused { .. } | Outcome::Unsure) {
            return Ok(left);
        }
        let said = courier.ask(wire::enrol(id, roster, user), Gone::NotYet).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::Taken => Outcome::Unsure,
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }

    async fn unenrol(
        &self,
        course: &Course<'_>,
        roster: Roster,
        user: &str,
    ) -> Result<Outcome, TargetError> {
        let Course { courier, id, new_owner: _ } = course;
        let said = courier.ask(wire::unenrol(id, roster, user), Gone::Answer).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::NotThere => Outcome::AlreadySo,
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }
}
