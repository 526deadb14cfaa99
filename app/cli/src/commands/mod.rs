//! One file per command, or per few that belong together.

pub(crate) mod adopt;
pub(crate) mod apply;
pub(crate) mod approve;
pub(crate) mod backup;
pub(crate) mod deliveries;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod google;
pub(crate) mod init;
pub(crate) mod passwords;
pub(crate) mod plan;
pub(crate) mod purge;
pub(crate) mod receivers;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod run;
pub(crate) mod schools;
pub(crate) mod simulate;
pub(crate) mod status;
