//! The first settings file of a tenant, as `skolbro init` writes it.

use super::settings::Package;

/// What `skolbro init` asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The tenant's name, for people.
    pub tenant: String,
    /// The package.
    pub package: Package,
    /// Where the register is read.
    pub register: RegisterAnswers,
    /// The folder to deliver to.
    pub deliver: String,
}

/// Where the register is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterAnswers {
    /// Files in this folder.
    Files(String),
    /// An address that speaks SS12000.
    Ss12000 {
        /// The address below which the lists stand.
        base_url: String,
        /// Where tokens are given.
        token_url: String,
        /// Who we are there.
        client_id: String,
        /// Where the secret is, as it stands in the settings.
        secret: String,
    },
}

impl RegisterAnswers {
    fn table(&self) -> String {
        match self {
            Self::Files(folder) => {
                format!("[source.register.table]\nfolder = {}", quoted(folder))
            }
            Self::Ss12000 { base_url, token_url, client_id, secret } => format!(
                "# Profiler: standard, edlevo, educloud. Där registret avviker från sin profil: adjust.\n\
                 [source.register.ss12000]\nbase_url = {}\nprofile = \"standard\"\n\
                 auth.client_credentials = {{ token_url = {}, client_id = {}, secret = {} }}",
                quoted(base_url),
                quoted(token_url),
                quoted(client_id),
                quoted(secret)
            ),
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            tenant: "Exempelköpings kommun".to_owned(),
            package: Package::default(),
            register: RegisterAnswers::Files("register".to_owned()),
            deliver: "ut/sds".to_owned(),
        }
    }
}

/// A settings file with source `table` or `ss12000` and target `school_data_sync`, explained in Swedish.
#[must_use]
pub fn template(answers: &Answers) -> String {
    let package = match answers.package {
        Package::Brons => "brons",
        Package::Silver => "silver",
        Package::Guld => "guld",
    };
    TEMPLATE
        .replace("@TENANT@", &quoted(&answers.tenant))
        .replace("@PACKAGE@", package)
        .replace("@REGISTER@", &answers.register.table())
        .replace("@DELIVER@", &quoted(&answers.deliver))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const TEMPLATE: &str = r#"#:schema ./skolbro.schema.json
# Inställningar för Skolbro. Kontrollera filen med `skolbro validate`.
# Hemligheter skrivs aldrig här, bara var de finns: "env:NAMN", "file:sökväg", "credential:NAMN".

[tenant]
name = @TENANT@
package = "@PACKAGE@"           # brons: en källa, oförändrade uppgifter. silver, guld: flera källor och mallar
time_zone = "Europe/Stockholm"
language = "sv"
key = "file:skolbro.key"        # huvudmannens nyckel; förvara en kopia på säker plats
four_eyes = false               # true: någon annan än den som beställde måste godkänna

# En källa är ett system som läses. Numret (serial) ändras aldrig: personernas nycklar hänger på det.
[source.register]
serial = 1

@REGISTER@

# Vad av registret som används. Utan rad: allt.
[select]
groups = ["class", "teaching"]
roles = ["pupil", "teacher", "staff"]
# schools = ["99999901"]        # skolenhetskod eller namn
# school_types = ["FKLASS", "GR", "GY"]
lead_days = 14                  # en grupp finns 14 dagar innan den börjar
lag_days = 0
guardians = false

# Personer som aldrig får läsas, utöver dem som registret skyddar: en fil med ett id per rad.
# [protection]
# exclusions = ["undantag.txt"]

# Säkerhetskopior (`skolbro backup`), helst på en annan disk. De öppnas bara med nyckeln ovan:
# förvara en kopia av nyckeln på ett annat ställe än säkerhetskopiorna.
# [backup]
# folder = "/mnt/kopior/skolbro"
# keep_days = 35                # högst 35: det som gallras får inte leva kvar i kopior

[schedule]
at = ["02:00"]                  # en gång per dygn

# Terminer och läsår. I ett skiftesfönster (shift) gäller gränserna under [guards.shift].
# [calendar]
# terms = [{ name = "HT 2026", start = 2026-08-17, end = 2026-12-18 }]
# windows = [{ kind = "shift", start = 2026-08-01, end = 2026-09-01 }]

# Spärrar: det minsta av andel och antal. De är på även utan rad här.
[guards]
removals = { share = "5 %", count = 50 }

# Ett mål är ett system som får uppgifterna.
[target.sds]
# mode = "test"                 # levererar till en egen mapp bredvid (…-TEST), med eget minne

[target.sds.school_data_sync]
deliver.folder = @DELIVER@    # en mapp som inget annat använder
"#;
