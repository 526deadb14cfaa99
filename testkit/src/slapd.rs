//! A directory on loopback: the system's own slapd, with an authority made on the spot.
//!
//! `None` where slapd is not installed; `scripts/test` installs it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData as _, SanType,
};

/// Who may read all of it.
pub const READER: &str = "cn=skolbro,dc=exempel";
/// The reader's password.
pub const PASSWORD: &str = "hemligt-ord";
/// Where the accounts are.
pub const PEOPLE: &str = "ou=elever,dc=exempel";

/// The schema of what Active Directory has and the usual schemas have not.
const SCHEMA: &str = "
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'adUser' SUP top AUXILIARY
  MAY ( userAccountControl $ sAMAccountName $ objectGUID ) )
";

/// An account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Its user name; in the directory it is named by its place in the list.
    pub uid: String,
    /// What stands in `employeeNumber`.
    pub number: Option<String>,
    /// Addresses.
    pub mail: Vec<String>,
    /// `userAccountControl`: 512 is open, 514 disabled.
    pub control: u32,
    /// `objectGUID` in base64.
    pub guid: Option<String>,
}

impl Account {
    fn ldif(&self, at: usize, out: &mut String) {
        let Self { uid, number, mail, control, guid } = self;
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "dn: cn={at},{PEOPLE}\nobjectClass: inetOrgPerson\nobjectClass: adUser\nuid: {uid}\n\
             cn: {at}\nsn: {uid}\nsAMAccountName: {uid}\nuserAccountControl: {control}\n"
        );
        for address in mail {
            let _ = writeln!(out, "mail: {address}");
        }
        if let Some(number) = number {
            let _ = writeln!(out, "employeeNumber: {number}");
        }
        if let Some(guid) = guid {
            let _ = writeln!(out, "objectGUID:: {guid}");
        }
        out.push('\n');
    }
}

/// Open accounts, each with a number of its own.
pub fn accounts(count: usize) -> impl Iterator<Item = Account> {
    (0..count).map(|at| Account {
        uid: format!("u{at}"),
        number: Some(number(at)),
        mail: vec![format!("u{at}@elev.exempel.se")],
        control: 512,
        guid: None,
    })
}

/// A valid personnummer with a serial from 980 to 999, which nobody has: twenty to a date of
/// birth, from 1930 on.
#[must_use]
pub fn number(at: usize) -> String {
    let (serial, days) = (980 + at % 20, i64::try_from(at / 20).unwrap_or_default());
    let born = jiff::civil::date(1930, 1, 1).saturating_add(jiff::Span::new().days(days));
    let digits = format!("{}{serial}", born.strftime("%Y%m%d"));
    let product = |(digit, factor): (u8, u32)| {
        let product = u32::from(digit - b'0') * factor;
        product / 10 + product % 10
    };
    let sum: u32 = digits[2..].bytes().zip([2, 1].into_iter().cycle()).map(product).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Who signed the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// An authority: a leaf, as it should be.
    ByAuthority,
    /// Itself, and marked as an authority.
    BySelf,
}

/// A directory that is running; ends with the value.
pub struct Slapd {
    child: Child,
    /// Without encryption, or with `StartTLS`.
    pub plain: u16,
    /// Over TLS.
    pub tls: u16,
    /// The authority's certificate.
    pub ca_file: PathBuf,
    log: PathBuf,
    public_key: Vec<u8>,
}

impl Slapd {
    /// Starts a directory with these accounts in `folder`, which must be empty. `limits`: lines
    /// for its configuration, e.g. `sizelimit 500`.
    ///
    /// # Errors
    ///
    /// What the system says, or slapd's own words.
    pub fn start(
        folder: &Path,
        accounts: impl IntoIterator<Item = Account>,
        limits: &str,
        signed: Signed,
    ) -> io::Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        let (ca_file, public_key) = certificates(folder, signed)?;
        fs::create_dir(folder.join("db"))?;
        fs::write(folder.join("ad.schema"), SCHEMA)?;
        fs::write(folder.join("slapd.conf"), configuration(folder, limits))?;
        seed(&folder.join("seed.ldif"), accounts)?;
        let added = Command::new(&program)
            .args(["-T", "add", "-q", "-f", "slapd.conf", "-l", "seed.ldif"])
            .current_dir(folder)
            .output()?;
        if !added.status.success() {
            let why = String::from_utf8_lossy(&added.stderr).into_owned();
            return Err(io::Error::other(why));
        }
        // Between the choice of a port and its use another may take it.
        for _ in 0..5 {
            let [plain, tls] = [free_port()?, free_port()?];
            let log = folder.join(format!("slapd-{plain}.log"));
            let urls = format!("ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/");
            let mut child = Command::new(&program)
                .args(["-f", "slapd.conf", "-d", "stats", "-h", &urls])
                .current_dir(folder)
                .stdout(Stdio::null())
                .stderr(File::create(&log)?)
                .spawn()?;
            if answers(&mut child, tls)? {
                return Ok(Some(Self { child, plain, tls, ca_file, log, public_key }));
            }
        }
        Err(io::Error::other(format!("slapd did not start; see {}", folder.display())))
    }

    /// What the directory's own log says: who asked for what.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn log(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// How many searches it was asked for.
    ///
    /// # Errors
    ///
    /// When its log cannot be read.
    pub fn searches(&self) -> io::Result<usize> {
        Ok(self.log()?.lines().filter(|line| line.contains(" SRCH base=")).count())
    }

    /// The server's `SubjectPublicKeyInfo`, in DER.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Debian keeps it out of PATH of those who are not root.
fn program() -> Option<PathBuf> {
    let places = ["/usr/sbin/slapd", "/usr/local/libexec/slapd", "/usr/libexec/slapd"];
    let found = places.iter().map(PathBuf::from).find(|path| path.is_file())?;
    Path::new("/etc/ldap/schema/core.schema").is_file().then_some(found)
}

fn configuration(folder: &Path, limits: &str) -> String {
    let at = folder.display();
    let modules = Path::new("/usr/lib/ldap/back_mdb.la");
    let load =
        if modules.is_file() { "modulepath /usr/lib/ldap\nmoduleload back_mdb.la\n" } else { "" };
    format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\ninclude {at}/ad.schema\n{load}\
         pidfile {at}/slapd.pid\n{limits}\n\
         TLSCertificateFile {at}/server.pem\nTLSCertificateKeyFile {at}/server.key\n\
         database mdb\nmaxsize 1073741824\nsuffix dc=exempel\ndirectory {at}/db\n\
         access to attrs=userPassword by anonymous auth\n\
         access to * by dn.exact=\"{READER}\" read by * none\n"
    )
}

fn seed(path: &Path, accounts: impl IntoIterator<Item = Account>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let head = format!(
        "dn: dc=exempel\nobjectClass: dcObject\nobjectClass: organization\ndc: exempel\no: Exempel\n\n\
         dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         cn: skolbro\nuserPassword: {PASSWORD}\n\n\
         dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: elever\n\n"
    );
    file.write_all(head.as_bytes())?;
    let mut text = String::new();
    for (at, account) in accounts.into_iter().enumerate() {
        text.clear();
        account.ldif(at, &mut text);
        file.write_all(text.as_bytes())?;
    }
    file.flush()
}

/// Makes the authority and the server's certificate; gives the authority's file and the
/// server's public key.
fn certificates(folder: &Path, signed: Signed) -> io::Result<(PathBuf, Vec<u8>)> {
    let made = |folder: &Path| -> Result<(PathBuf, Vec<u8>), rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        let ca = authority.self_signed(&ca_key)?;
        let ca_file = folder.join("ca.pem");
        let write = |path: &Path, text: String| {
            fs::write(path, text).map_err(|_| rcgen::Error::CouldNotParseCertificate)
        };
        write(&ca_file, ca.pem())?;
        let (certificate, key) = match signed {
            Signed::BySelf => (ca.pem(), ca_key),
            Signed::ByAuthority => {
                let key = KeyPair::generate()?;
                let mut server = CertificateParams::default();
                server.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
                let issuer = Issuer::new(authority, ca_key);
                (server.signed_by(&key, &issuer)?.pem(), key)
            }
        };
        write(&folder.join("server.pem"), certificate)?;
        write(&folder.join("server.key"), key.serialize_pem())?;
        Ok((ca_file, key.subject_public_key_info()))
    };
    made(folder).map_err(io::Error::other)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until it listens; `false` when it has ended.
fn answers(child: &mut Child, port: u16) -> io::Result<bool> {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(true);
        }
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        wait();
    }
    let _ = child.kill();
    Ok(false)
}

#[expect(clippy::disallowed_methods, reason = "another process cannot wake us")]
fn wait() {
    std::thread::sleep(Duration::from_millis(50));
}
