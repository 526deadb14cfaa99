//! Pages over HTTP: which addresses, and what their failures mean.

use connect::http::{Client, Error, Fault, NoAnswer, Nonsense, Pages};
use jiff::Timestamp;
use roster::SourceError;

use crate::profile::PathOf;
use crate::take::NoId;
use crate::wire::PageFault;

/// One list that is being read.
pub(crate) struct Job {
    pub(crate) of: PathOf,
    /// Which of the list's queries.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) pages: Pages,
    /// The page that is asked for, from 1.
    pub(crate) number: u64,
}

/// A page's text and the server's time.
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    pub(crate) date: Option<Timestamp>,
}

/// How a list's address is written below the base address; the name in braces is filled with
/// the profile's path, and is what errors and traces show.
pub(crate) const fn template(of: PathOf) -> (&'static str, &'static str) {
    match of {
        PathOf::Organisations => ("/{organisations}", "organisations"),
        PathOf::Syllabuses => ("/{syllabuses}", "syllabuses"),
        PathOf::Persons => ("/{persons}", "persons"),
        PathOf::Duties => ("/{duties}", "duties"),
        PathOf::Activities => ("/{activities}", "activities"),
        PathOf::Groups => ("/{groups}", "groups"),
        PathOf::Deleted => ("/{deletedEntities}", "deletedEntities"),
    }
}

/// Begins a list.
pub(crate) fn job(client: &Client, of: PathOf, parameters: Vec<(String, String)>) -> Job {
    let pages = client.pages(template(of).0);
    Job { of, parameters, pages, number: 1 }
}

/// Reads the page that a job is at, into memory that was used before. One that breaks off is asked for once more.
pub(crate) async fn fetch(
    client: &Client,
    path: &str,
    job: &Job,
    mut body: Vec<u8>,
) -> Result<Fetched, Error> {
    let (template, name) = template(job.of);
    let mut request = client.get(template).with(name, path);
    for (name, value) in &job.parameters {
        request = request.query(name.clone(), value);
    }
    let mut result = once(request.clone(), &mut body).await;
    if let Err(error) = &result
        && matches!(*error.fault, Fault::NoAnswer(NoAnswer::CutOff | NoAnswer::Closed))
    {
        result = once(request, &mut body).await;
    }
    result.map(|date| Fetched { body, date })
}

async fn once(
    request: connect::http::Request,
    body: &mut Vec<u8>,
) -> Result<Option<Timestamp>, Error> {
    let answer = request.send().await?.expect_json()?;
    let date = answer
        .header("date")
        .and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    answer.bytes_into(body).await?;
    Ok(date)
}

/// Where something went wrong: host, list and page.
pub(crate) fn place(client: &Client, of: PathOf, number: u64) -> String {
    let (template, name) = template(of);
    format!("{}/{name} ({number})", client.place(template).host)
}

/// A failed call as a refusal of the source.
pub(crate) fn refused(client: &Client, job: &Job, error: &Error) -> SourceError {
    if error.is_sign_in() {
        return not_signed_in(error);
    }
    let place = place(client, job.of, job.number);
    let words = error.explain();
    // Our place says which page, and has no braces.
    let theirs = error.place.to_string();
    let said = |text: &str| format!("{place}{}", text.strip_prefix(&theirs).unwrap_or(text));
    let detail = format!("http:{}\n{}", said(&words.sv), said(&words.en));
    match &*error.fault {
        Fault::Unauthorized { .. } | Fault::Denied { .. } | Fault::NoGrant(_) => {
            let status = error.status().unwrap_or_default();
            SourceError::Denied { place: format!("{place}, HTTP {status}") }
        }
        Fault::Gone { .. } if job.number == 1 => {
            SourceError::Content { code: "no_list", place, detail: String::new() }
        }
        Fault::Gone { .. } => {
            SourceError::Unavailable { place, detail: "reason=page_gone".to_owned() }
        }
        Fault::Refused { .. } => SourceError::Content { code: "http", place, detail },
        Fault::Nonsense(nonsense) => {
            let code = match nonsense {
                Nonsense::Html => "html",
                Nonsense::TooLarge { .. } => "too_large",
                Nonsense::PageRepeats { .. } | Nonsense::TooManyPages { .. } => "endless_paging",
                Nonsense::ContentType { .. }
                | Nonsense::Packing
                | Nonsense::Json { .. }
                | Nonsense::Status(_)
                | Nonsense::RedirectElsewhere
                | Nonsense::RedirectLoop
                | Nonsense::LinkElsewhere => "http",
            };
            SourceError::Content { code, place, detail }
        }
        Fault::Throttled { .. }
        | Fault::Unavailable { .. }
        | Fault::NoAnswer(_)
        | Fault::Tls(_)
        | Fault::Ours(_) => SourceError::Unavailable { place, detail },
    }
}

/// A sign-in that failed, which no list is to blame for.
fn not_signed_in(error: &Error) -> SourceError {
    let place = error.place.to_string();
    let content = |code| {
        let (place, detail) = (place.clone(), String::new());
        SourceError::Content { code, place, detail }
    };
    match &*error.fault {
        Fault::Unauthorized { .. }
        | Fault::Denied { .. }
        | Fault::Refused { .. }
        | Fault::NoGrant(_) => {
            let code = error.code().map(|code| format!(" {code}")).unwrap_or_default();
            let status = error.status().unwrap_or_default();
            SourceError::Denied { place: format!("{place}, HTTP {status}{code}") }
        }
        Fault::Gone { .. } => content("no_sign_in"),
        Fault::Nonsense(_) => content("odd_sign_in"),
        Fault::Throttled { .. }
        | Fault::Unavailable { .. }
        | Fault::NoAnswer(_)
        | Fault::Tls(_)
        | Fault::Ours(_) => {
            let words = error.explain();
            SourceError::Unavailable { place, detail: format!("http:{}\n{}", words.sv, words.en) }
        }
    }
}

/// A page that cannot be used as a refusal of the source.
pub(crate) fn unusable(place: String, fault: &PageFault<NoId>) -> SourceError {
    let (code, detail) = match fault {
        PageFault::Truncated => ("truncated", String::new()),
        PageFault::Broken(line, column) => ("bad_json", format!("line={line}; column={column}")),
        PageFault::NoData => ("no_data", String::new()),
        PageFault::TooLong(at) => ("too_long", format!("at={at}")),
        PageFault::Taking(NoId(at)) => ("no_id", format!("at={at}")),
    };
    SourceError::Content { code, place, detail }
}
