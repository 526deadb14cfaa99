//! The one way out over HTTP, for every connector.
//!
//! | | |
//! |---|---|
//! | Settings | [`Settings`], the sub-table `http` of a connector: time limits, proxy, trust, client certificate, size and page limits, retries; [`AuthSettings`], its key `auth` |
//! | Use | [`Client::get`] and its like make a [`Request`]; [`Request::send`] gives an [`Answer`] whose body is read in pieces, [`Request::json`] the whole of it |
//! | Paths | a template such as `/persons/{id}`; it is also what traces and errors name, so that no id stands there |
//! | Pace | [`Request::paced`] makes a call by a [`Pacer`](crate::pacer::Pacer), for receivers |
//! | Paging | [`Client::pages`] refuses a link or a token that repeats, leaves the host, or never ends |
//! | Errors | [`Fault`] by what the caller does next; [`Error::explain`] tells an operator in Swedish and English |
//! | Service accounts | [`ServiceAccount`] signs in with a key, on behalf of a user; what is missing is told scope by scope |
//! | Secrets | come through [`secret::Secrets`] when the client is made, and are in no trace and no error |
//!
//! A credential never leaves the origin that it is meant for: redirects and links elsewhere
//! are refused, and so is plain HTTP except to this machine.

mod answer;
mod auth;
mod classify;
mod client;
mod error;
mod explain;
mod paced;
mod pages;
mod patience;
mod request;
mod retry;
mod retry_after;
mod service_account;
mod settings;
mod tls;
mod token;

pub use answer::Answer;
pub use auth::{ApiKey, AuthSettings, Basic, Credentials, CredentialsIn};
pub use bytes::Bytes;
pub use classify::tls_fault;
pub use client::{Client, is_address};
pub use error::{Error, Fault, NoAnswer, Nonsense, Place, Setup, TlsFault};
pub use explain::Words;
pub use paced::{Earlier, Judge, Pace, Reply, Unmade};
pub use pages::Pages;
pub use patience::tell_of_waits;
pub use request::{Repeat, Request};
pub use reqwest::{Method, Url};
pub use retry_after::parse as retry_after;
pub use service_account::{NoGrant, Now, ServiceAccount};
pub use settings::{
    ClientCertificate, Limits, Problem, ProxySetting, RetrySettings, Settings, Timeouts,
};
pub use tls::{is_pin, own_trust};
pub use token::{Token, TokenSource};

#[cfg(test)]
mod tests;
