//! A simulated register in a process of its own, and what empties it.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use generate::{Counts, Size, Town};
use serde_json::{Value, json};
use simulate::ss12000::{self, Credentials, Drained, Switches};

use crate::world;

/// So many objects are asked for in a page, as our reader does.
const LIMIT: &str = "limit=500";

/// How the simulator makes its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Objects are written for each answer, with the names of what they refer to, as a real
    /// register must.
    Rendered,
    /// Objects lie in memory as they are sent.
    Prepared,
}

impl Pages {
    fn query(self) -> String {
        match self {
            Self::Rendered => format!("{LIMIT}&expandReferenceNames=true"),
            Self::Prepared => LIMIT.to_owned(),
        }
    }
}

/// How many are in a register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// So many times a thousand people, with groups and so on.
    pub(crate) thousands: u64,
    /// At so many schools as so many thousand people have.
    pub(crate) schools_of: u64,
}

impl Crowd {
    /// So many times a thousand people.
    pub(crate) const fn of(thousands: u64) -> Self {
        Self { thousands, schools_of: thousands }
    }

    pub(crate) fn size(self) -> Size {
        let of = |count: u64| count * self.thousands / 10;
        let all = Counts::TEN_THOUSAND;
        Size::Of(Counts {
            units: all.units * self.schools_of / 10,
            pupils: of(all.pupils),
            classes: of(all.classes),
            groups: of(all.groups),
            memberships: of(all.memberships),
            teachers: of(all.teachers),
            staff: of(all.staff),
            duties: of(all.duties),
            assignments: of(all.assignments),
        })
    }
}

/// A register that another process serves; it ends with this.
pub(crate) struct Register {
    process: Child,
    pub(crate) base_url: String,
    pub(crate) token_url: String,
}

impl Register {
    /// A register of so many.
    pub(crate) fn start(Crowd { thousands, schools_of }: Crowd) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .args([thousands.to_string(), schools_of.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the register")?;
        let mut line = String::new();
        let said = process.stdout.take().context("the register says nothing")?;
        BufReader::new(said).read_line(&mut line)?;
        let urls: Value = serde_json::from_str(&line).context("the register did not start")?;
        let url = |name: &str| urls[name].as_str().map(str::to_owned).context("no address");
        Ok(Self { base_url: url("base_url")?, token_url: url("token_url")?, process })
    }

    /// What stands in `[source.NAME.ss12000]` for reading it.
    pub(crate) fn settings(&self, pages: Pages) -> String {
        let Self { base_url, token_url, .. } = self;
        let queries = match pages {
            Pages::Rendered => {
                "[adjust.queries]\n".to_owned()
                    + &LISTS
                        .map(|list| format!("{list} = [{{ expandReferenceNames = \"true\" }}]\n"))
                        .concat()
            }
            Pages::Prepared => String::new(),
        };
        format!(
            "base_url = \"{base_url}\"\nauth.client_credentials = {{ token_url = \"{token_url}\", \
             client_id = \"demo\", secret = \"env:{}\" }}\n{queries}",
            crate::measure::SECRET.0
        )
    }

    /// What this program is told for emptying it.
    pub(crate) fn drain(&self, pages: Pages, connections: usize) -> [String; 5] {
        let Self { base_url, token_url, .. } = self;
        [
            "--drain".to_owned(),
            base_url.clone(),
            token_url.clone(),
            pages.query(),
            connections.to_string(),
        ]
    }

    /// Puts every page into a folder, each called as its list with a number.
    pub(crate) fn save(&self, pages: Pages, folder: &Path) -> anyhow::Result<Drained> {
        fs::create_dir_all(folder)?;
        let mut number = 0;
        let mut keep = |list: &str, body: &[u8]| {
            number += 1;
            fs::write(folder.join(format!("{list}-{number}.json")), body)
        };
        let Self { base_url, token_url, .. } = self;
        Ok(ss12000::drain_to(base_url, token_url, &demo(), &pages.query(), &mut keep)?)
    }
}

/// The lists that are read, by their names in the settings.
const LISTS: [&str; 6] =
    ["organisations", "syllabuses", "persons", "duties", "activities", "groups"];

impl Drop for Register {
    fn drop(&mut self) {
        // It ends when nobody listens to it any more.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

fn demo() -> Credentials {
    Credentials { id: "demo".to_owned(), secret: crate::measure::SECRET.1.to_owned() }
}

/// The serving process: tells where it listens, and serves until its input ends.
pub(crate) fn serve(crowd: Crowd, tell: impl FnOnce(&str)) -> anyhow::Result<()> {
    let town: Town = world::town(crowd.size());
    let running = ss12000::Register::new(town, Switches::default()).start()?;
    let urls = json!({ "base_url": running.base_url(), "token_url": running.token_url() });
    tell(&urls.to_string());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The emptying process.
pub(crate) fn drain(
    base_url: &str,
    token_url: &str,
    query: &str,
    connections: usize,
) -> anyhow::Result<String> {
    let Drained { pages, bytes } =
        ss12000::drain(base_url, token_url, &demo(), query, connections)?;
    Ok(json!({ "pages": pages, "bytes": bytes }).to_string())
}
