//! What goes wrong, as it was tried on `EgilSCIM` (reference/peers.md §3.4): the same on ours, each
//! row with what must hold.

use generate::Mishap;

use super::vendor::{Dump, Status};
use super::{Push, TEN_THOUSAND, counted, differing, run_and_approve};
use crate::figure::{Check, Figure, Goal};
use crate::measure::Cost;
use crate::names::Bench;
use crate::world::World;

/// However a run ends: the row tells how it must.
const ANY: [i64; 16] = [0, 1, 2, 10, 11, 20, 21, 22, 30, 31, 32, 33, 40, 41, 50, 60];
/// A guard stops it, or it waits for an approval.
const STOPPED: [i64; 2] = [20, 21];

/// A vendor, a tenant that is about to push everything, and one that has.
struct Bed {
    push: Push,
    plan: String,
    delivered: World,
    whole: Dump,
}

/// A row: what was done, what it cost, what must hold.
type Row = (String, Cost, Vec<Check>);

/// Every row of the table.
pub(crate) fn push_faults(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut bed = Bed::new(bench)?;
    let rows: [fn(&mut Bed) -> anyhow::Result<Row>; 12] = [
        |bed| bed.limited("500+500,seconds", "500 calls a second and 500 at once taken, then 429"),
        |bed| bed.limited("500+50,seconds", "500 calls a second and 50 at once taken, then 429"),
        |bed| bed.limited("500+1,seconds", "500 calls a second and no two at once taken, then 429"),
        |bed| bed.disturbed("error/50", "every 50th call answered 500"),
        |bed| bed.disturbed("lost/50", "every 50th answer lost"),
        |bed| bed.disturbed("locked", "500 to a write while another goes on"),
        Bed::truncated,
        Bed::other_ids,
        Bed::other_ids_approved,
        Bed::taken_away,
        Bed::verified,
        Bed::memory_lost,
    ];
    for row in rows {
        let (input, cost, checks) = row(&mut bed)?;
        tell(&Figure { name: "push-faults", input, cost, goal: Goal::Holds(checks) });
    }
    Ok(())
}

impl Bed {
    fn new(bench: &Bench) -> anyhow::Result<Self> {
        let push = Push::new(bench, TEN_THOUSAND)?;
        push.world.first_plan()?;
        let plan = push.world.approved()?;
        let delivered = push.world.twin()?;
        delivered.apply(&plan)?;
        push.vendor.save()?;
        let whole = push.vendor.dump()?;
        Ok(Self { push, plan, delivered, whole })
    }

    /// The first push to a vendor with this fault.
    fn pushed(&self, fault: &str) -> anyhow::Result<(Cost, Status)> {
        self.push.vendor.reset()?;
        self.push.vendor.plant(fault)?;
        let tenant = self.push.world.twin()?;
        let cost = counted(&self.push.vendor, || tenant.skolbro(&["apply", &self.plan], &ANY))?;
        self.push.vendor.mend()?;
        Ok((cost, self.push.vendor.status()?))
    }

    fn disturbed(&mut self, fault: &str, what: &str) -> anyhow::Result<Row> {
        let (cost, status) = self.pushed(fault)?;
        Ok((format!("first push, {what}"), cost, self.whole_after(cost, &status)?))
    }

    /// Nothing is missing after one run, nothing is doubled, and the run says that all is well.
    fn whole_after(&self, cost: Cost, status: &Status) -> anyhow::Result<Vec<Check>> {
        let [missing, besides] = differing(&self.whole, &self.push.vendor)?;
        Ok(vec![
            Check::exactly(0, "missing", missing),
            Check::exactly(0, "besides", besides),
            Check::exactly(0, "needless", status.needless),
            Check::that(&format!("exit {}", cost.exit), [0, 10].contains(&cost.exit)),
        ])
    }

    fn limited(&mut self, limit: &str, what: &str) -> anyhow::Result<Row> {
        let (cost, status) = self.pushed(&format!("limit={limit}"))?;
        let mut checks = self.whole_after(cost, &status)?;
        checks.push(Check::share(1, "rejected", [status.answers(429), status.requests]));
        Ok((format!("first push, {what}"), cost, checks))
    }

    /// A tenant that has pushed everything, to a vendor that holds it.
    fn after_push(&mut self) -> anyhow::Result<World> {
        self.push.vendor.again()?;
        self.delivered.twin()
    }

    fn truncated(&mut self) -> anyhow::Result<Row> {
        let tenant = self.after_push()?;
        tenant.goes_wrong(Mishap::TruncatedRows)?;
        let (cost, checks) = self.stopped(&tenant)?;
        Ok(("40 % of the pupils missing in the export, run".to_owned(), cost, checks))
    }

    fn other_ids(&mut self) -> anyhow::Result<Row> {
        let tenant = self.after_push()?;
        tenant.goes_wrong(Mishap::AllIdsChanged)?;
        let (cost, checks) = self.stopped(&tenant)?;
        Ok(("all ids changed, the same people, run".to_owned(), cost, checks))
    }

    /// It ends with a code of its own, and asks nothing of the vendor.
    fn stopped(&self, tenant: &World) -> anyhow::Result<(Cost, Vec<Check>)> {
        let cost = counted(&self.push.vendor, || tenant.skolbro(&["run", "--apply"], &ANY))?;
        let checks = vec![
            Check::exactly(0, "requests", cost.requests),
            Check::that(&format!("exit {}", cost.exit), STOPPED.contains(&cost.exit)),
        ];
        Ok((cost, checks))
    }

    fn other_ids_approved(&mut self) -> anyhow::Result<Row> {
        let tenant = self.after_push()?;
        tenant.goes_wrong(Mishap::AllIdsChanged)?;
        let cost = counted(&self.push.vendor, || run_and_approve(&tenant))?;
        let status = self.push.vendor.status()?;
        let [missing, besides] = differing(&self.whole, &self.push.vendor)?;
        let checks = vec![
            Check::exactly(0, "POST", status.done("POST")),
            Check::exactly(0, "DELETE", status.done("DELETE")),
            Check::exactly(0, "missing", missing),
            Check::exactly(0, "besides", besides),
        ];
        Ok(("all ids changed, approved and applied".to_owned(), cost, checks))
    }

    fn taken_away(&mut self) -> anyhow::Result<Row> {
        const MANY: u64 = 100;
        let tenant = self.after_push()?;
        self.push.vendor.remove_users(MANY)?;
        let (cost, status) = self.looked_at(&tenant)?;
        let mut checks = self.whole_after(cost, &status)?;
        checks.push(Check::exactly(MANY, "writes", status.writes()));
        Ok((format!("{MANY} users removed by hand, run --verify"), cost, checks))
    }

    fn verified(&mut self) -> anyhow::Result<Row> {
        let tenant = self.after_push()?;
        let (cost, status) = self.looked_at(&tenant)?;
        let checks = vec![Check::exactly(0, "writes", status.writes())];
        Ok(("nothing changed, run --verify".to_owned(), cost, checks))
    }

    fn looked_at(&self, tenant: &World) -> anyhow::Result<(Cost, Status)> {
        let run = ["run", "--apply", "--verify"];
        let cost = counted(&self.push.vendor, || tenant.skolbro(&run, &ANY))?;
        Ok((cost, self.push.vendor.status()?))
    }

    fn memory_lost(&mut self) -> anyhow::Result<Row> {
        let tenant = self.after_push()?;
        tenant.forget()?;
        let cost = counted(&self.push.vendor, || run_and_approve(&tenant))?;
        let status = self.push.vendor.status()?;
        let checks = vec![Check::exactly(0, "writes", status.writes())];
        Ok(("memory lost, the vendor holds everything, approved".to_owned(), cost, checks))
    }
}
