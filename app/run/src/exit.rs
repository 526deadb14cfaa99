//! How a command ends: codes that schedulers act on.
//!
//! # Source
//!
//! reference/operations.md §3.2.

macro_rules! exits {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sysexit:literal, $sv:literal, $en:literal;)+) => {
        /// How a command ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Exit {
            $(#[doc = $en] $name,)+
        }

        impl Exit {
            /// Every way to end.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The process's exit code.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$name => $code),+ }
            }

            /// The code under `--sysexits` (systemd.exec(5), table 10).
            #[must_use]
            pub const fn sysexit(self) -> u8 {
                match self { $(Self::$name => $sysexit),+ }
            }

            /// What it means, in Swedish.
            #[must_use]
            pub const fn sv(self) -> &'static str {
                match self { $(Self::$name => $sv),+ }
            }

            /// What it means, in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en),+ }
            }
        }
    };
}

exits! {
    Done = 0, 0, "klar eller inget att göra", "done, or nothing to do";
    Internal = 1, 70, "internt fel", "internal error";
    Usage = 2, 64, "felaktig användning", "wrong usage";
    Changes = 3, 3, "ändringar finns (plan --exit-code)", "there are changes (plan --exit-code)";
    Warnings = 10, 0, "klar med varningar", "done with warnings";
    Partial = 11, 70, "klar med fel (delvis utfört)", "done with errors (partly applied)";
    AwaitingApproval = 20, 0, "väntar på godkännande", "waiting for approval";
    Guarded = 21, 65, "stoppad av spärr", "stopped by a guard";
    StalePlan = 22, 65, "planen är inaktuell eller förkastad", "the plan is stale or discarded";
    SourceUnavailable = 30, 75, "källan kan inte nås just nu", "a source cannot be reached now";
    TargetUnavailable = 31, 75, "det mottagande systemet kan inte nås just nu", "the receiver cannot be reached now";
    Denied = 32, 77, "inloggning eller behörighet saknas", "sign-in or permission is missing";
    SourceContent = 33, 65, "källans innehåll är underkänt", "the source's content is refused";
    Storage = 34, 74, "minnet, en säkerhetskopia eller en mapp på datorn kan inte läsas eller skrivas", "the memory, a backup or a folder on this machine cannot be read or written";
    Configuration = 40, 78, "konfigurationsfel", "configuration error";
    PackageRule = 41, 78, "paketregeln är bruten", "a package rule is broken";
    Locked = 50, 75, "en annan körning pågår", "another run is under way";
    Integrity = 60, 65, "integritetsstopp: skyddsmarkering saknas eller revisionsloggen är bruten", "integrity stop: the protection marking is missing, or the audit log is broken";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K085: the codes are distinct and fit Task Scheduler and systemd.
    #[test]
    fn exit_codes_are_distinct_and_have_words_in_both_languages() {
        let codes: std::collections::BTreeSet<_> =
            Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes.len(), Exit::ALL.len());
        for exit in Exit::ALL {
            assert!(!exit.sv().is_empty() && !exit.en().is_empty());
        }
    }
}
