//! The program as a process, as people and schedulers use it.

#![expect(clippy::print_stdout, reason = "tests, and their helpers")]

mod adopting;
mod adopting_packages;
mod backups;
mod bad_input;
mod broken_directory;
mod budget;
mod canary;
mod commands;
mod demo;
mod google;
mod google_workspace;
mod kill;
mod mended;
mod mutual_tls;
mod oneroster;
mod oracles;
mod passwords;
mod receivers;
mod scenarios;
mod schools;
mod simulate;
mod ss12000;
mod store_engines;
mod supplements;
mod support;
mod ten_data;
mod vendor;
mod vendor_faults;
mod vendor_outages;
mod vendor_protected;
