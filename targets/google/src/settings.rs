//! The settings under `[target.NAME.google_workspace]`.

use std::path::Path;

use connect::http::{self, Words};
use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;

use crate::group_settings::GroupSettings;
use crate::quotas::Quotas;

/// Google Workspace for Education: accounts, groups and Classroom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The key of the service account (JSON), e.g. `file:google.json`.
    pub key: SecretRef,
    /// The administrator that the service account acts for: a whole e-mail address.
    pub subject: String,
    /// More administrators for Classroom, where one's quota of calls is too small. Each of them
    /// must be an administrator with Classroom turned on.
    #[serde(default)]
    pub more_classroom_subjects: Vec<String>,
    /// The domain of groups whose addresses the mapping writes without `@`. With it, addresses
    /// of groups are written without it always.
    pub domain: Option<String>,
    /// The customer, where the subject may see several. Default: `my_customer`.
    #[serde(default = "my_customer")]
    pub customer: String,
    /// Whether accounts are made and changed here. When another program does it they are found by
    /// their addresses, and never changed. Default: yes.
    #[serde(default = "yes")]
    pub users: bool,
    /// Whether groups are kept. Default: yes.
    #[serde(default = "yes")]
    pub groups: bool,
    /// Whether courses in Classroom are kept. Default: yes.
    #[serde(default = "yes")]
    pub classrooms: bool,
    /// Passwords of new accounts.
    #[serde(default)]
    pub password: PasswordSettings,
    /// Who may do what in new groups.
    #[serde(default)]
    pub group_settings: GroupSettings,
    /// How courses are made.
    #[serde(default)]
    pub classroom: ClassroomSettings,
    /// How long a call waits for what Google has just made, in seconds: a new account cannot be
    /// used everywhere at once. Default: 300.
    #[serde(default = "wait")]
    pub wait_seconds: u32,
    /// How much Google takes, where it has raised its figures on request.
    #[serde(default)]
    pub quotas: Quotas,
    /// The same for tests, at a customer of their own: used with `mode = "test"`, and nothing
    /// else then.
    pub test: Option<TestSettings>,
    /// Where Google's services answer.
    #[serde(default)]
    pub addresses: Addresses,
    /// How they are reached: time limits, proxy, trust.
    #[serde(default)]
    pub http: http::Settings,
}

fn my_customer() -> String {
    "my_customer".to_owned()
}

const fn yes() -> bool {
    true
}

const fn wait() -> u32 {
    300
}

/// A customer for tests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestSettings {
    /// As `key`.
    pub key: SecretRef,
    /// As `subject`.
    pub subject: String,
    /// As `domain`.
    pub domain: Option<String>,
}

/// Passwords of new accounts. No other password is ever set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordSettings {
    /// Characters of a password that is drawn: 8 to 100. Default: 14.
    pub length: u8,
    /// Which characters. Letters and digits that look alike are never among them.
    pub characters: Characters,
    /// One password for all new accounts instead: weaker, since all who have one know it.
    pub standard: Option<SecretRef>,
    /// Whether it must be changed at the first sign-in. Default: yes.
    pub change_at_first_sign_in: bool,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            length: 14,
            characters: Characters::default(),
            standard: None,
            change_at_first_sign_in: true,
        }
    }
}

/// Which characters a password has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// Small and capital letters, digits and signs.
    #[default]
    All,
    /// Small and capital letters and digits.
    LettersAndDigits,
}

/// How courses are made in Classroom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassroomSettings {
    /// How a course begins.
    pub begins: Begins,
    /// To whom its alias is known.
    pub alias: Alias,
    /// The most teachers of a course. Default: 50.
    pub max_teachers: u32,
    /// The most teachers and students of a course. Default: 1000.
    pub max_members: u32,
}

impl Default for ClassroomSettings {
    /// Limits: reference/google.md §2.2 (support 7300976).
    fn default() -> Self {
        Self {
            begins: Begins::default(),
            alias: Alias::default(),
            max_teachers: 50,
            max_members: 1_000,
        }
    }
}

/// How a course begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// The teacher accepts it before students see it.
    #[default]
    Provisioned,
    /// Students see it at once.
    Active,
}

/// To whom the alias of a course is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The domain (`d:`).
    #[default]
    Domain,
    /// Our project in Google Cloud alone (`p:`).
    Project,
}

/// Where Google's services answer. For tests: the defaults are Google's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Addresses {
    /// Directory.
    pub directory: String,
    /// Classroom.
    pub classroom: String,
    /// Groups Settings.
    pub group_settings: String,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            directory: "https://admin.googleapis.com".to_owned(),
            classroom: "https://classroom.googleapis.com".to_owned(),
            group_settings: "https://www.googleapis.com".to_owned(),
        }
    }
}

/// Something wrong in the settings, once they could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the connector's table down.
    pub path: Vec<&'static str>,
    /// What is wrong and what to do.
    pub says: Words,
}

/// The shortest and the longest password that Google takes (reference/google.md §1.1).
pub(crate) const PASSWORD: std::ops::RangeInclusive<usize> = 8..=100;

impl Settings {
    /// What is wrong with the settings.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut add = |path: &[&'static str], sv: &str, en: &str| {
            found.push(Problem { path: path.to_vec(), says: Words::new(sv, en) });
        };
        let address = [
            "Skriv en administratörs hela e-postadress.",
            "Write an administrator's whole e-mail address.",
        ];
        let test = self.test.as_ref();
        for (path, subject) in [
            (&["subject"][..], Some(&self.subject)),
            (&["test", "subject"], test.map(|it| &it.subject)),
        ] {
            if subject.is_some_and(|text| !is_address(text)) {
                add(path, address[0], address[1]);
            }
        }
        if self.more_classroom_subjects.iter().any(|text| !is_address(text)) {
            add(&["more_classroom_subjects"], address[0], address[1]);
        }
        for (path, domain) in [
            (&["domain"][..], self.domain.as_ref()),
            (&["test", "domain"], test.and_then(|it| it.domain.as_ref())),
        ] {
            if domain.is_some_and(|text| text.contains('@') || !text.contains('.')) {
                add(
                    path,
                    "Skriv domänen utan `@`, t.ex. `skola.se`.",
                    "Write the domain without `@`, e.g. `school.example`.",
                );
            }
        }
        if test.is_some_and(|it| it.subject == self.subject || it.key == self.key) {
            add(
                &["test"],
                "Testkontot är det skarpa. Ange nyckel och administratör hos en egen testkund.",
                "The account for tests is the real one. Give key and administrator of a customer for tests.",
            );
        }
        if !PASSWORD.contains(&usize::from(self.password.length)) {
            add(&["password", "length"], "Ange 8–100.", "Give 8–100.");
        }
        let ClassroomSettings { max_teachers, max_members, .. } = self.classroom;
        if max_teachers == 0 || max_members < max_teachers {
            add(
                &["classroom", "max_members"],
                "Ange minst lika många medlemmar som lärare, och minst 1.",
                "Give at least as many members as teachers, and at least 1.",
            );
        }
        if !(1..=3600).contains(&self.wait_seconds) {
            add(&["wait_seconds"], "Ange 1–3600.", "Give 1–3600.");
        }
        if let Some((name, says)) = self.quotas.problem() {
            found.push(Problem { path: vec!["quotas", name], says });
        }
        if let Some(says) = self.group_settings.problem() {
            found.push(Problem { path: vec!["group_settings"], says });
        }
        found.extend(self.places());
        found
    }

    fn places(&self) -> Vec<Problem> {
        let Addresses { directory, classroom, group_settings } = &self.addresses;
        let named = [
            ("directory", directory),
            ("classroom", classroom),
            ("group_settings", group_settings),
        ];
        let wrong = named.into_iter().filter(|(_, url)| !http::is_address(url));
        let problem = |(name, _)| Problem {
            path: vec!["addresses", name],
            says: Words::new(
                "Skriv hela adressen, `https://…`.",
                "Write the whole address, `https://…`.",
            ),
        };
        let below = |problem: http::Problem| Problem {
            path: ["http"].into_iter().chain(problem.path).collect(),
            says: problem.says,
        };
        wrong.map(problem).chain(self.http.problems().into_iter().map(below)).collect()
    }

    /// Choices that hold, and are weaker than they need be (K129), by setting.
    #[must_use]
    pub fn risks(&self) -> Vec<(&'static str, Words)> {
        if self.password.standard.is_none() {
            return Vec::new();
        }
        let one = [
            "Alla nya konton får samma lösenord: den som känner till det kan logga in som vem som helst som inte har bytt. Ta bort raden, så dras ett eget lösenord för varje konto.",
            "All new accounts get the same password: who knows it can sign in as anybody who has not changed it. Take the line out, and each account gets one of its own.",
        ];
        let stays = [
            "Dessutom behöver det inte bytas vid första inloggningen. Ta bort `change_at_first_sign_in = false`.",
            "Besides, it need not be changed at the first sign-in. Take `change_at_first_sign_in = false` out.",
        ];
        let words = if self.password.change_at_first_sign_in {
            Words::new(one[0], one[1])
        } else {
            Words::new(format!("{} {}", one[0], stays[0]), format!("{} {}", one[1], stays[1]))
        };
        vec![("password.standard", words)]
    }

    /// The kinds that are turned off (K052).
    #[must_use]
    pub fn kinds_off(&self) -> Vec<&'static str> {
        let groups = (!self.groups).then_some("group");
        groups.into_iter().chain((!self.classrooms).then_some("course")).collect()
    }

    /// The kinds that others make (K118).
    #[must_use]
    pub fn kinds_of_others(&self) -> Vec<&'static str> {
        (!self.users).then_some("user").into_iter().collect()
    }

    /// The settings for tests; `None` where there are none.
    #[must_use]
    pub fn for_tests(mut self) -> Option<Self> {
        let TestSettings { key, subject, domain } = self.test.take()?;
        self.more_classroom_subjects.clear();
        Some(Self { key, subject, domain, customer: my_customer(), ..self })
    }

    /// Makes file names absolute: they are written as seen from `base`.
    pub fn seen_from(&mut self, base: &Path) {
        self.http.seen_from(base);
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
}
