//! Reads a `story.md`: prose for people, and blocks for the test.

use anyhow::{Context as _, bail, ensure};

/// A story.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// What is otherwise than in `base/` from the beginning.
    pub(crate) start: Part,
    /// The days after the first.
    pub(crate) days: Vec<Day>,
}

/// A day of a story.
#[derive(Debug, Default)]
pub(crate) struct Day {
    /// The date, as the program takes it.
    pub(crate) date: String,
    /// The exit code that the night's run must have.
    pub(crate) exit: i32,
    /// What has changed since the day before.
    pub(crate) part: Part,
    /// Arguments of `approve`, if somebody approves the plan in the morning.
    pub(crate) approve: Option<Vec<String>>,
    /// What the report on data quality must hold, if the school reads it.
    pub(crate) quality: Vec<String>,
    /// What the files at the receiver must and must not hold afterwards.
    pub(crate) delivered: Vec<String>,
}

/// What changes in the world.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Lines that change the register.
    pub(crate) register: Vec<String>,
    /// Lines that change the settings.
    pub(crate) settings: Vec<String>,
    /// The whole exclusion list.
    pub(crate) exclusions: Option<Vec<String>>,
}

impl Story {
    /// Reads the text of a `story.md`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        ensure!(text.starts_with("# "), "the story begins with its title");
        let names_requirement = |line: &str| line.split(' ').any(|word| word.starts_with('K'));
        ensure!(text.lines().nth(2).is_some_and(names_requirement), "line 3 names its K-ids");
        let mut story = Self::default();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(heading) = line.strip_prefix("## ") {
                let date = heading.get(..10).context("a day's heading begins with its date")?;
                story.days.push(Day { date: date.to_owned(), ..Day::default() });
            } else if let Some(code) = line.strip_prefix("Slutkod ") {
                let code = code.split([' ', '.', ':']).next().unwrap_or_default();
                story.day()?.exit = code.parse().with_context(|| line.to_owned())?;
            } else if let Some(name) = line.strip_prefix("```") {
                let block = lines.by_ref().take_while(|line| *line != "```");
                story.block(name, block.map(str::to_owned).collect())?;
            }
        }
        Ok(story)
    }

    fn day(&mut self) -> anyhow::Result<&mut Day> {
        self.days.last_mut().context("this belongs to a day")
    }

    fn block(&mut self, name: &str, lines: Vec<String>) -> anyhow::Result<()> {
        let part = self.days.last_mut().map_or(&mut self.start, |day| &mut day.part);
        match name {
            "register" => part.register.extend(lines),
            "inställningar" => part.settings.extend(lines),
            "undantag" => part.exclusions = Some(lines),
            "godkänn" => {
                let words = lines.iter().flat_map(|line| line.split(' '));
                let words = words.filter(|word| !matches!(*word, "" | "allt"));
                self.day()?.approve = Some(words.map(str::to_owned).collect());
            }
            "rapport" => self.day()?.quality.extend(lines),
            "levererat" => self.day()?.delivered.extend(lines),
            other => bail!("no block is called {other}"),
        }
        Ok(())
    }
}
