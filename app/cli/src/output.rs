//! What the program prints: text for people, JSON for programs, progress for those who wait.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::AutoStream;
use indicatif::{ProgressBar, ProgressStyle};
use roster::Extent;
use roster::supplement::{Fills, Tally};
use rules::config::Lang;
use run::{Event, Events, Exit, Stage};
use serde_json::{Value, json};

use crate::args::{Global, Language};

/// Standard output and standard error of one command.
pub(crate) struct Output {
    out: AutoStream<std::io::Stdout>,
    err: AutoStream<std::io::Stderr>,
    lang: Option<Lang>,
    tenant_lang: Lang,
    format: Format,
    bar: Option<ProgressBar>,
    begun: Option<Stage>,
    lost: Option<std::io::ErrorKind>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = if global.no_color {
            anstream::ColorChoice::Never
        } else {
            anstream::ColorChoice::Auto
        };
        Self {
            out: AutoStream::new(std::io::stdout(), choice),
            err: AutoStream::new(std::io::stderr(), choice),
            lang: global.lang.map(|lang| match lang {
                Language::Sv => Lang::Sv,
                Language::En => Lang::En,
            }),
            tenant_lang: Lang::Sv,
            format: if global.json { Format::Json } else { Format::Text },
            bar: None,
            begun: None,
            lost: None,
        }
    }

    /// The language of messages.
    pub(crate) fn lang(&self) -> Lang {
        self.lang.unwrap_or(self.tenant_lang)
    }

    /// The tenant's own language, where none was asked for.
    pub(crate) fn speak(&mut self, lang: Lang) {
        self.tenant_lang = lang;
        ENGLISH.store(self.lang() == Lang::En, Ordering::Relaxed);
    }

    /// The one of two texts that fits the language.
    pub(crate) fn say<'a>(&self, sv: &'a str, en: &'a str) -> &'a str {
        match self.lang() {
            Lang::Sv => sv,
            Lang::En => en,
        }
    }

    /// Whether programs read the output.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// A line of text; left out when programs read the output.
    pub(crate) fn line(&mut self, text: &str) {
        if !self.is_json() {
            self.quiet_bar();
            let written = writeln!(self.out, "{text}");
            self.note(written);
        }
    }

    /// A line in one of two languages.
    pub(crate) fn tell(&mut self, sv: &str, en: &str) {
        let text = self.say(sv, en).to_owned();
        self.line(&text);
    }

    /// Text as it is, whoever reads it.
    pub(crate) fn raw(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes());
        self.note(written);
    }

    /// An object on a line of its own, when programs read the output.
    pub(crate) fn json(&mut self, value: &Value) {
        if self.is_json() {
            let written = writeln!(self.out, "{}", report::json_text(value));
            self.note(written);
        }
    }

    /// A line on standard error, for both readers.
    pub(crate) fn complain(&mut self, text: &str) {
        self.quiet_bar();
        let _ = writeln!(self.err, "{text}");
    }

    fn quiet_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Remembers that something could not be printed: the command ends well only when its
    /// answer was read.
    fn note(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.lost.get_or_insert(error.kind());
        }
    }

    /// Whether all that was said so far has been written.
    pub(crate) fn is_shown(&mut self) -> bool {
        let flushed = self.out.flush();
        self.note(flushed);
        self.lost.is_none()
    }

    /// How the command ends when it would end with `exit`.
    pub(crate) fn finish(&mut self, exit: Exit) -> Exit {
        self.quiet_bar();
        let flushed = self.out.flush();
        self.note(flushed);
        match self.lost {
            None => exit,
            // The reader closed the pipe and knows it.
            Some(std::io::ErrorKind::BrokenPipe) => exit.max(Exit::Internal),
            Some(_) => {
                let text = self.say(
                    "Fel: svaret kunde inte skrivas till standard ut (full disk?).",
                    "Error: the answer could not be written to standard output (a full disk?).",
                );
                let text = text.to_owned();
                self.complain(&text);
                exit.max(Exit::Internal)
            }
        }
    }
}

/// Progress with rate and time left on a terminal, plain lines otherwise.
impl Events for Output {
    fn hear(&mut self, event: Event) {
        if self.is_json() {
            self.json(&event_json(&event));
            return;
        }
        match event {
            Event::Began { stage, subject } => {
                self.begun = Some(stage);
                if std::io::stderr().is_terminal() {
                    let bar =
                        ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
                    bar.set_message(format!("{} {subject}", self.say(stage.sv(), stage.en())));
                    bar.enable_steady_tick(std::time::Duration::from_millis(120));
                    self.bar = Some(bar);
                }
            }
            Event::Read { subject, extent } => {
                let how = match extent {
                    Extent::Everything => "",
                    Extent::Changes => self.say(
                        "ändringarna sedan förra läsningen",
                        "the changes since the last read",
                    ),
                };
                let stage = self.say(Stage::Read.sv(), Stage::Read.en());
                let text = format!("{stage:<16} {subject:<12} {how}");
                self.line(text.trim_end());
            }
            Event::Completed { subject, what, tally } => {
                let stage = self.say(Stage::Complete.sv(), Stage::Complete.en());
                let filled = report::filled(what, tally, self.lang());
                let text = format!("{stage:<16} {subject:<12} {filled}");
                self.line(&text);
            }
            // What was carried out is told with its plan.
            Event::Ended { stage: Stage::Apply, .. } => self.quiet_bar(),
            Event::Ended { stage, subject, counts } => {
                let counts: Vec<String> = counts
                    .iter()
                    .map(|(sv, en, count)| {
                        let word = self.say(sv, en);
                        let word = if *count == 1 { one(word) } else { word };
                        format!("{} {word}", report::number(*count))
                    })
                    .collect();
                let text = format!(
                    "{:<16} {subject:<12} {}",
                    self.say(stage.sv(), stage.en()),
                    counts.join(" · ")
                );
                self.line(text.trim_end());
            }
            Event::Progress { stage: _, done, of } => self.progress(done, of),
        }
    }
}

/// What is counted, where it is one.
fn one(many: &str) -> &str {
    match many {
        "elever" => "elev",
        "skolor" => "skola",
        "grupper" => "grupp",
        "varningar" => "varning",
        "åtgärder" => "åtgärd",
        "pupils" => "pupil",
        "schools" => "school",
        "groups" => "group",
        "errors" => "error",
        "warnings" => "warning",
        "operations" => "operation",
        // The same for one and for many.
        other => other,
    }
}

impl Output {
    fn progress(&mut self, done: u64, of: u64) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec} {eta}");
            ProgressBar::new(of).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_length(of);
        bar.set_position(done);
    }
}

fn event_json(event: &Event) -> Value {
    match event {
        Event::Began { stage, subject } => {
            json!({ "event": "began", "stage": stage.en(), "subject": subject })
        }
        Event::Ended { stage, subject, counts } => {
            let counts: serde_json::Map<String, Value> =
                counts.iter().map(|(_, en, count)| ((*en).to_owned(), json!(count))).collect();
            json!({ "event": "ended", "stage": stage.en(), "subject": subject, "counts": counts })
        }
        Event::Read { subject, extent } => {
            let extent = match extent {
                Extent::Everything => "everything",
                Extent::Changes => "changes",
            };
            let stage = Stage::Read.en();
            json!({ "event": "ended", "stage": stage, "subject": subject, "counts": {}, "extent": extent })
        }
        Event::Completed { subject, what, tally } => {
            let stage = Stage::Complete.en();
            let what = match what {
                Fills::Email => "email",
                Fills::Username => "username",
            };
            let Tally { of, filled } = *tally;
            let counts = json!({ "persons": of, "filled": filled, "unmatched": of - filled });
            json!({ "event": "ended", "stage": stage, "subject": subject, "filled": what, "counts": counts })
        }
        Event::Progress { stage, done, of } => {
            json!({ "event": "progress", "stage": stage.en(), "done": done, "of": of })
        }
    }
}

/// The language in which waits are told, which are heard of from everywhere.
static ENGLISH: AtomicBool = AtomicBool::new(false);

/// Tells on standard error whom we wait for: a host that does not answer is no silence.
pub(crate) fn tell_of_waits() {
    connect::http::tell_of_waits(|host| {
        let text = if ENGLISH.load(Ordering::Relaxed) {
            format!("Waiting for an answer from {host} …")
        } else {
            format!("Väntar på svar från {host} …")
        };
        let _ = writeln!(std::io::stderr(), "{text}");
    });
}

/// Log lines for machines, on standard error, only when asked for.
pub(crate) fn start_log(level: Option<&str>) {
    let Some(level) = level else { return };
    let filter = tracing_subscriber::EnvFilter::try_new(level).unwrap_or_default();
    // Libraries beneath the client may trace what they send: addresses with ids in them.
    let filter = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "tower_http"]
        .into_iter()
        .filter_map(|library| format!("{library}=warn").parse().ok())
        .fold(filter, tracing_subscriber::EnvFilter::add_directive);
    let log = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr);
    // Only ever started once, by `main`.
    let _ = log.try_init();
}
