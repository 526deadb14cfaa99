//! The figures of `ldap-10k`: addresses that the register lacks come from a directory, a real
//! slapd on loopback over LDAPS that gives pages as large as Active Directory's.

use std::fs;

use anyhow::{Context as _, ensure};
use generate::{Counts, Size, Town};
use tempfile::TempDir;
use testkit::slapd::{Account, PASSWORD, PEOPLE, READER, Signed, Slapd, accounts};

use crate::figure::{Check, Figure, Goal};
use crate::measure::{Cost, middle};
use crate::names::Bench;
use crate::world::World;

const NAME: &str = "ldap-10k";
const PEOPLE_READ: Size = Size::Of(Counts::TEN_THOUSAND);
/// Active Directory's page (`MaxPageSize`), and no end of pages.
const LIMITS: &str = "sizelimit size.soft=1000 size.hard=1000 size.prtotal=unlimited";
/// Searches for 10,000 users; the peer makes 33,289 (docs/benchmarks.md).
const MOST_SEARCHES: u64 = 15;
/// Entries of the large directory: those who have left, guests, other schools.
const MANY: usize = 100_000;

/// Measures all of it.
pub(crate) fn ldap_10k(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| tell(&Figure { name: NAME, input, cost, goal });
    let world = World::new(&bench.binary, PEOPLE_READ, bench.folders)?;
    let everybody = of_everybody(&world.town);
    let directory = Directory::start(bench, everybody.clone())?;
    world.first_plan()?;
    world.carry_out()?;
    let cost = median(bench.runs, || world.plan_of_nothing())?;
    let (people, _) = world.rows();
    say(format!("{people} people, addresses in the register"), cost, Goal::None);

    let world = directory.tenant(bench)?;
    let cost = median(bench.runs, || directory.counted(|| world.plan_of_nothing()))?;
    let goal = Goal::Holds(vec![Check::at_most(MOST_SEARCHES, "searches", cost.requests)]);
    say(format!("{people} people, directory of {}", directory.entries), cost, goal);
    drop(directory);

    let more = accounts(MANY - everybody.len());
    let directory = Directory::start(bench, everybody.into_iter().chain(more))?;
    let world = directory.tenant(bench)?;
    let cost = median(bench.runs, || directory.counted(|| world.plan_of_nothing()))?;
    say(format!("{people} people, directory of {}", directory.entries), cost, Goal::None);
    Ok(())
}

/// The median run, after one that is not counted.
fn median(runs: usize, mut run: impl FnMut() -> anyhow::Result<Cost>) -> anyhow::Result<Cost> {
    run()?;
    let costs = (0..runs).map(|_| run()).collect::<anyhow::Result<_>>()?;
    middle(costs).context("nothing was measured: --runs is 0")
}

/// An account for everybody in the register.
fn of_everybody(town: &Town) -> Vec<Account> {
    let account = |human: &generate::Human| Account {
        uid: human.person.username.clone(),
        number: Some(human.person.identity_number.clone()),
        mail: vec![human.person.email.clone()],
        control: 512,
        guid: None,
    };
    town.persons.iter().map(account).collect()
}

/// A directory that is running, and its folder.
struct Directory {
    slapd: Slapd,
    folder: TempDir,
    entries: usize,
}

impl Directory {
    fn start(bench: &Bench, accounts: impl IntoIterator<Item = Account>) -> anyhow::Result<Self> {
        let folder = bench.folders.make()?;
        let mut entries = 0;
        let counted = accounts.into_iter().inspect(|_| entries += 1);
        let started = Slapd::start(folder.path(), counted, LIMITS, Signed::ByAuthority)?;
        let slapd = started.context(
            "ldap-10k measures against slapd, which is not installed here. Install it: \
             apt-get install slapd (scripts/test does so)",
        )?;
        fs::write(folder.path().join("password"), PASSWORD)?;
        Ok(Self { slapd, folder, entries })
    }

    /// A tenant whose register lacks what this directory has, and who has delivered once.
    fn tenant(&self, bench: &Bench) -> anyhow::Result<World> {
        let mut world = World::new(&bench.binary, PEOPLE_READ, bench.folders)?;
        for human in &mut world.town.persons {
            human.person.email.clear();
            human.person.username.clear();
        }
        world.write()?;
        world.settle(&self.settings())?;
        world.first_plan()?;
        let filled = world.line_with("filled")?.context("no supplement was read")?;
        ensure!(
            filled["counts"]["unmatched"] == 0 && filled["counts"]["filled"] != 0,
            "the directory did not fill in for everybody: {filled}"
        );
        world.carry_out()?;
        Ok(world)
    }

    fn settings(&self) -> String {
        format!(
            "[supplement.ad.ldap]\nurl = \"ldaps://127.0.0.1:{}\"\nca_file = \"{}\"\n\
             bind = {{ user = \"{READER}\", password = \"file:{}\" }}\nbases = [\"{PEOPLE}\"]\n\
             match = {{ personnummer = \"employeeNumber\" }}\n\
             fill = {{ email = \"mail\", username = \"sAMAccountName\" }}\n",
            self.slapd.tls,
            self.slapd.ca_file.display(),
            self.folder.path().join("password").display(),
        )
    }

    /// What it costs, with the searches that the directory was asked for meanwhile, by its own
    /// log.
    fn counted(&self, work: impl FnOnce() -> anyhow::Result<Cost>) -> anyhow::Result<Cost> {
        let before = self.slapd.searches()?;
        let cost = work()?;
        let requests = u64::try_from(self.slapd.searches()? - before)?;
        Ok(Cost { requests, ..cost })
    }
}
