//! The stories of `scenarios/`, played with the real program. Each is a test of its own.
//!
//! `UPDATE_SCENARIOS=1` writes what the program says to the stories' `plan.txt`; read the
//! difference before you commit it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};

mod register;
mod settings;
mod story;
mod world;

use story::{Day, Story};
use world::{Ended, World};

/// The day on which every tenant's first plan is approved.
const FIRST_DAY: &str = "2026-09-01";

macro_rules! stories {
    ($($name:ident)+) => {
        $(#[test] fn $name() -> anyhow::Result<()> { play(&folder_name(stringify!($name))) })+

        const STORIES: &[&str] = &[$(stringify!($name)),+];
    };
}

stories! {
    all_ids_changed
    archived_group_returns
    dangling_reference
    duplicate_id
    duplicate_temporary_number
    emptied_marking_column
    empty_file
    end_before_start
    excluded_by_local_list
    file_cut_in_a_record
    first_day
    first_deletion_waits
    formula_in_a_name
    group_end_moved
    group_ends
    group_starts_soon
    group_without_pupils
    group_without_teacher
    header_only
    lost_school
    lost_year
    married_name
    missing_file
    misspelt_setting
    moved_class
    moved_school
    new_email
    new_pupil
    protected_from_the_start
    protected_in_mid_year
    pupil_at_two_schools
    pupil_leaves
    pupil_vanishes
    pupil_without_email
    renamed_class
    same_username
    school_closes
    school_left_out
    school_without_code
    school_year_shift
    second_source_in_brons
    smaller_register
    substitute_teacher
    swapped_columns
    teacher_and_pupil
    teacher_at_two_schools
    temporary_number_replaced
    term_shift
    term_shift_without_window
    truncated_file
    unreadable_school_year
}

/// The folder `en-elev` for the test `en_elev`.
fn folder_name(test: &str) -> String {
    test.replace('_', "-")
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"))
}

#[test]
fn every_folder_with_a_story_is_a_test() -> anyhow::Result<()> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder())? {
        let entry = entry?;
        if entry.path().join("story.md").exists() {
            folders.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    folders.sort();
    let mut tests: Vec<String> = STORIES.iter().map(|name| folder_name(name)).collect();
    tests.sort();
    ensure!(folders == tests, "name every folder in `stories!`, and no other");
    Ok(())
}

fn play(name: &str) -> anyhow::Result<()> {
    let folder = folder();
    let text = fs::read_to_string(folder.join(name).join("story.md"))?;
    let story = Story::parse(&text).with_context(|| format!("{name}/story.md"))?;
    let mut world = World::new(&folder.join("base"))?;
    let mut told = first_plan(&mut world, &story)?;
    for day in story.days.iter().filter(|day| day.date != FIRST_DAY) {
        let happened = night(&mut world, day).with_context(|| format!("{name}, {}", day.date))?;
        told.push_str(&happened);
    }
    compare(name, &told)
}

/// The first plan is held, approved and carried out; told only if the story does.
fn first_plan(world: &mut World, story: &Story) -> anyhow::Result<String> {
    world.change(&story.start)?;
    if let Some(day) = story.days.first().filter(|day| day.date == FIRST_DAY) {
        return night(world, day);
    }
    let first = run(world, FIRST_DAY)?;
    ensure!(
        first.code == 20,
        "the first plan waits for approval, but: {}\n{}",
        first.code,
        first.text
    );
    approve(world, FIRST_DAY, &first, &[])?;
    nothing_more(world, FIRST_DAY)?;
    Ok(String::new())
}

/// A night's run, what a person does in the morning, and everything once more.
fn night(world: &mut World, day: &Day) -> anyhow::Result<String> {
    let Day { date, exit, part, approve: approved, quality, delivered } = day;
    world.change(part)?;
    let before = world.delivered()?;
    let ended = run(world, date)?;
    ensure!(ended.code == *exit, "exit code {} instead of {exit}:\n{}", ended.code, ended.text);
    let mut told = section(world, date, &ended);
    if ended.code >= 30 {
        ensure!(world.delivered()? == before, "a run that failed has delivered");
    }
    if !quality.is_empty() {
        let report = world.program(&["--today", date, "report", "quality"])?;
        for words in quality {
            ensure!(report.text.contains(words), "not in the report: {words}\n{}", report.text);
        }
        told += &section(world, "rapport om datakvalitet", &report);
    }
    let mut last = ended.code;
    if let Some(arguments) = approved {
        let done = approve(world, date, &ended, arguments)?;
        told += &section(world, "godkänt", &done);
        last = done.code;
    }
    if matches!(last, 0 | 10) {
        nothing_more(world, date)?;
    } else {
        told += &the_same_again(world, date)?;
    }
    for line in delivered {
        if let Some(breach) = world.breach(line, &before)? {
            bail!("{breach}");
        }
    }
    Ok(told)
}

fn run(world: &mut World, date: &str) -> anyhow::Result<Ended> {
    world.program(&["--today", date, "run", "--apply", "--details"])
}

/// A person approves what the run said last that it holds, and carries it out.
fn approve(
    world: &mut World,
    date: &str,
    held: &Ended,
    arguments: &[String],
) -> anyhow::Result<Ended> {
    let named = held.text.rsplit_once("approve ").context("no approval is asked for")?.1;
    let named = named.split_whitespace().next().unwrap_or_default();
    let mut all = vec!["--today", date, "approve", named, "--comment", "Stämmer."];
    all.extend(arguments.iter().map(String::as_str));
    let approved = world.program(&all)?;
    ensure!(approved.code == 0, "approve: exit code {}:\n{}", approved.code, approved.text);
    if named.starts_with("source:") {
        return run(world, date);
    }
    let done = world.program(&["--today", date, "apply", named])?;
    ensure!(matches!(done.code, 0 | 10), "apply: exit code {}:\n{}", done.code, done.text);
    Ok(done)
}

/// Every plan that is named: a run that holds something makes a second one of it.
fn plan_ids(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("Plan ")?.split(' ').next())
}

/// Every night once more: the second plan is empty and delivers nothing.
fn nothing_more(world: &mut World, date: &str) -> anyhow::Result<()> {
    let before = world.delivered()?;
    let again = run(world, date)?;
    ensure!(matches!(again.code, 0 | 10), "again: exit code {}:\n{}", again.code, again.text);
    let plan = world.program(&["--today", date, "plan", "--exit-code", "--details"])?;
    ensure!(matches!(plan.code, 0 | 10), "the second plan is not empty:\n{}", plan.text);
    ensure!(world.delivered()? == before, "the second run has delivered");
    Ok(())
}

/// What is held or refused is so the second time too, and nothing is carried out.
fn the_same_again(world: &mut World, date: &str) -> anyhow::Result<String> {
    let before = world.delivered()?;
    let again = run(world, date)?;
    let third = run(world, date)?;
    ensure!(world.delivered()? == before, "the second run has delivered");
    ensure!(again.code == third.code, "exit code {}, then {}", again.code, third.code);
    let (again, third) =
        (section(world, "en gång till", &again), section(world, "en gång till", &third));
    ensure!(again == third, "the held plan is not the same:\n{again}\n{third}");
    Ok(again)
}

fn section(world: &World, title: &str, ended: &Ended) -> String {
    let text = world.named(&ended.text);
    format!("=== {title} · slutkod {}\n{}\n", ended.code, tidied(&text))
}

/// The text without what differs from one version of the program to the next.
fn tidied(text: &str) -> String {
    let text = plan_ids(text).fold(text.to_owned(), |text, plan| text.replace(plan, "‹plan›"));
    let of_source = |line: &str| {
        let (before, after) = line.split_once("source:")?;
        let rest = after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
        Some(format!("{before}source:‹källa›{rest}"))
    };
    let line = |line: &str| of_source(line).unwrap_or_else(|| line.to_owned());
    text.lines().map(|it| line(it).trim_end().to_owned() + "\n").collect()
}

#[expect(clippy::disallowed_methods, reason = "a switch of the test itself")]
fn is_update() -> bool {
    std::env::var("UPDATE_SCENARIOS").is_ok_and(|value| value == "1")
}

fn compare(name: &str, told: &str) -> anyhow::Result<()> {
    let path = folder().join(name).join("plan.txt");
    if is_update() {
        return Ok(fs::write(path, told)?);
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == told {
        return Ok(());
    }
    println!("{}", difference(&expected, told));
    bail!("{name}/plan.txt says otherwise; UPDATE_SCENARIOS=1 writes it anew")
}

/// Lines that are in one text alone, after the last that both begin with.
fn difference(expected: &str, told: &str) -> String {
    let same = expected.lines().zip(told.lines()).take_while(|(one, other)| one == other).count();
    let rest = |sign: &str, text: &str| -> String {
        text.lines().skip(same).flat_map(|line| [sign, " ", line, "\n"]).collect()
    };
    rest("-", expected) + &rest("+", told)
}
