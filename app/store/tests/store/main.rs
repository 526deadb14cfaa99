//! Every method of the store, on `SQLite` always, and on `PostgreSQL` where
//! `SKOLBRO_TEST_POSTGRES` names a server.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "tests, and their helpers")]

mod audit;
mod blobs;
mod common;
mod copies;
mod journal;
mod leases;
mod links;
mod opening;
mod plans;
mod registers;
mod retention;
mod runs;
