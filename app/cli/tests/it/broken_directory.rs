//! A directory whose answers are broken, or made to break who reads them; the program as a
//! process.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::{fs, thread};

use anyhow::ensure;
use generate::Size;

use crate::support::{DAY_1, Tenant, town};

/// Who stands in the answers, and must not be told of.
const SOMEBODY: &str = "Kim Hemlig";

/// What one visitor is told, question by question.
type Answers = Vec<Vec<u8>>;

/// An element of BER, of at most 127 bytes.
fn ber(tag: u8, parts: &[&[u8]]) -> anyhow::Result<Vec<u8>> {
    let content = parts.concat();
    Ok([&[tag, u8::try_from(content.len())?][..], &content].concat())
}

/// A directory that gives each who comes its own answers, one a question; its address.
fn directory(visits: Vec<Answers>) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for answers in visits {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut asked = [0; 4096];
            for answer in answers {
                let Ok(1..) = stream.read(&mut asked) else { break };
                // Who has heard enough may be gone.
                drop(stream.write_all(&answer));
            }
            while let Ok(1..) = stream.read(&mut asked) {}
        }
    });
    Ok(address)
}

/// What ended a program that believed it: each was a panic of the library we had before.
fn broken() -> anyhow::Result<Vec<(&'static str, Answers)>> {
    let name = ber(0x04, &[SOMEBODY.as_bytes()])?;
    let latin = ber(0x04, &[b"Kim \xe5\xe4\xf6"])?;
    let result = |tag: u8| ber(tag, &[&[0x0a, 1, 0], &[4, 0], &[4, 0]]);
    let message = |id: u8, operation: &[u8]| ber(0x30, &[&[2, 1, id], operation]);
    let signed_in = message(1, &result(0x61)?)?;
    let value = ber(0x30, &[&[4, 4], b"mail", &ber(0x31, &[&[2, 1, 1]])?])?;
    Ok(vec![
        ("svar nr 1", vec![vec![0x30, 0]]),
        ("svar nr 1", vec![vec![0x30, 3, 2, 1, 1]]),
        ("svar nr 1", vec![message(1, &ber(0x61, &[&name, &name, &name])?)?]),
        ("svar nr 1", vec![message(1, &ber(0x61, &[&[0x0a, 1, 0], &latin, &name])?)?]),
        ("svar nr 2", vec![signed_in.clone(), message(2, &result(0x6b)?)?]),
        ("svar nr 2", vec![signed_in.clone(), message(2, &ber(0x64, &[&latin, &[0x30, 0]])?)?]),
        (
            "svar nr 2",
            vec![signed_in.clone(), message(2, &ber(0x64, &[&name, &ber(0x30, &[&value])?])?)?],
        ),
        ("svar nr 2", vec![signed_in, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]),
    ])
}

/// K008, K211: the program ends in words that name the directory and the answer, with the exit
/// code of a source that cannot be read; nobody in the answer is named.
#[test]
fn a_broken_directory_ends_in_words() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    tenant.register(&town(Size::Xs, 1), None)?;
    fs::write(tenant.path("losen"), "hemligt-ord")?;
    let cases = broken()?;
    let visits = cases.iter().map(|(_, answers)| answers.clone()).collect();
    let address = directory(visits)?;
    let settings = tenant.path("skolbro.toml");
    let text = fs::read_to_string(&settings)?;
    fs::write(
        settings,
        format!(
            "{text}\n[supplement.ad.ldap]\nurl = \"ldap://{address}\"\nbases = [\"dc=exempel\"]\n\
             bind = {{ user = \"cn=skolbro,dc=exempel\", password = \"file:losen\" }}\n\
             match = {{ personnummer = \"employeeNumber\" }}\nfill = {{ email = \"mail\" }}\n"
        ),
    )?;
    for (says, answers) in &cases {
        let ended = tenant.on(DAY_1, &["plan", "--log", "debug"])?.expect_code(33)?;
        let told = ended.text();
        ensure!(!told.contains("panicked"), "{answers:02x?}: {told}");
        for word in [address.as_str(), says, "Kompletteringen ad", "byte"] {
            ensure!(ended.err.contains(word), "{word} for {answers:02x?} in {told}");
        }
        ensure!(!told.contains("Kim") && !told.contains("Hemlig"), "{told}");
    }
    Ok(())
}
