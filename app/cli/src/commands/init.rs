//! `init`, `validate`, `schema`: the settings file.

use std::fs;
use std::path::Path;

use rand::RngCore as _;
use rules::config::{self, Answers, RegisterAnswers};
use run::Exit;
use serde_json::json;

use crate::args::{Global, Init};
use crate::output::Output;
use crate::trouble::Trouble;
use crate::{connectors, open};

/// Makes a settings file, a key and a schema; never overwrites.
pub(crate) fn init(args: &Init, out: &mut Output) -> anyhow::Result<Exit> {
    let what = ["Kan inte skapa mappen", "Cannot make the folder"];
    fs::create_dir_all(&args.folder)
        .map_err(|error| Trouble::file(what, &args.folder, &error, ELSEWHERE))?;
    let file = |name: &str| args.folder.join(name);
    for name in ["skolbro.toml", "skolbro.key", "skolbro.schema.json"] {
        if file(name).exists() {
            let name = file(name).display().to_string();
            return Err(Trouble::settings(
                format!("{name} finns redan. Ingenting har ändrats. Välj en annan mapp, eller flytta filen."),
                format!("{name} is already there. Nothing was changed. Choose another folder, or move the file."),
            )
            .into());
        }
    }
    let answers = Answers {
        tenant: args.name.clone(),
        register: register(args),
        deliver: args.deliver_folder.display().to_string(),
        ..Answers::default()
    };
    let key = file("skolbro.key");
    connect::files::atomic_write_private(&key, new_key().as_bytes())
        .map_err(|error| Trouble::file(WRITE, &key, &error, ELSEWHERE))?;
    write_new(&file("skolbro.schema.json"), schema_text().as_bytes())?;
    write_new(&file("skolbro.toml"), config::template(&answers).as_bytes())?;
    out.json(&json!({ "made": ["skolbro.toml", "skolbro.key", "skolbro.schema.json"], "folder": args.folder }));
    // Names in the settings are seen from the settings file, wherever one stands now.
    let folder = std::path::absolute(&args.folder).unwrap_or_else(|_| args.folder.clone());
    let folder = folder.components().collect::<std::path::PathBuf>().display().to_string();
    let (next_sv, next_en) = next(args);
    let sv = format!(
        "Skapade {folder}/skolbro.toml, skolbro.key och skolbro.schema.json.\n\
         Spara en kopia av skolbro.key på en säker plats: utan den kan ingenting läsas.\n\
         Nästa steg: {next_sv}, och kör `skolbro doctor` och `skolbro plan`."
    );
    let en = format!(
        "Made {folder}/skolbro.toml, skolbro.key and skolbro.schema.json.\n\
         Keep a copy of skolbro.key in a safe place: nothing can be read without it.\n\
         Next: {next_en}, and run `skolbro doctor` and `skolbro plan`."
    );
    out.tell(&sv, &en);
    Ok(Exit::Done)
}

fn register(args: &Init) -> RegisterAnswers {
    match (&args.ss12000, &args.token_url) {
        (Some(base_url), Some(token_url)) => RegisterAnswers::Ss12000 {
            base_url: base_url.clone(),
            token_url: token_url.clone(),
            client_id: args.client_id.clone(),
            secret: args.client_secret.to_string(),
        },
        (_, _) => RegisterAnswers::Files(args.source_folder.display().to_string()),
    }
}

/// What is to be done before the first plan.
fn next(args: &Init) -> (String, String) {
    match register(args) {
        RegisterAnswers::Files(folder) => {
            let folder = args.folder.join(folder);
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            let folder = folder.components().collect::<std::path::PathBuf>();
            (
                format!("lägg registrets export i {}", folder.display()),
                format!("put the register's export into {}", folder.display()),
            )
        }
        RegisterAnswers::Ss12000 { secret, .. } => (
            format!("lägg registrets hemlighet där inställningarna hämtar den ({secret})"),
            format!("put the register's secret where the settings take it from ({secret})"),
        ),
    }
}

const WRITE: [&str; 2] = ["Kan inte skriva", "Cannot write"];
const ELSEWHERE: [&str; 2] = [
    "Välj en annan mapp, eller ge dig själv rätt att skriva där.",
    "Choose another folder, or give yourself the right to write there.",
];

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    connect::files::atomic_write(path, bytes)
        .map_err(|error| Trouble::file(WRITE, path, &error, ELSEWHERE))
}

/// A new key of the tenant: 64 hexadecimal digits.
pub(crate) fn new_key() -> String {
    use std::fmt::Write as _;
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    let mut text = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    text.push('\n');
    text
}

/// Checks the settings file.
pub(crate) fn validate(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let loaded = open::settings(&global.config)?;
    out.speak(loaded.settings.tenant.language);
    let lang = out.lang();
    let file = global.config.display().to_string();
    let warnings = config::json(&loaded.warnings, &file, lang);
    out.json(&json!({ "valid": true, "problems": warnings }));
    for warning in &loaded.warnings {
        out.line(&format!(
            "{file}:{}:{}: {}",
            warning.line,
            warning.column,
            warning.message.get(lang)
        ));
    }
    let sources = loaded.settings.source_count();
    let targets = loaded.settings.targets.len();
    out.tell(
        &format!("{file} är rätt. Källor: {sources}. Mottagande system: {targets}."),
        &format!("{file} is right. Sources: {sources}. Receivers: {targets}."),
    );
    Ok(if loaded.warnings.is_empty() { Exit::Done } else { Exit::Warnings })
}

fn schema_text() -> String {
    format!("{:#}\n", config::schema(&connectors::all()))
}

/// Prints the JSON Schema of the settings file.
pub(crate) fn schema(out: &mut Output) -> Exit {
    out.raw(&schema_text());
    Exit::Done
}
