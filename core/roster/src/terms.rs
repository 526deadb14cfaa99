//! The closed vocabularies of SS12000, spelled as the standard spells them.
//!
//! # Source
//!
//! SS12000 2.0 and 2.1 (reference/sources.md §1.4); values of either edition are known.

/// A vocabulary: an enum whose members have one written form each.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $(#[$member_doc])* $member,)+
        }

        impl $name {
            /// Every value, in the standard's order.
            pub const ALL: &[Self] = &[$(Self::$member),+];

            /// The written form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }

            /// Reads the written form, in any case and with space around it.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let text = text.trim();
                // Nearly always it is written as the standard writes it.
                let same = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                same.or_else(|| {
                    Self::ALL.iter().copied().find(|value| same_text(value.as_str(), text))
                })
            }

            /// The value's place in [`Self::ALL`], for stored rows.
            #[must_use]
            pub const fn index(self) -> u8 {
                self as u8
            }

            /// The value at a place in [`Self::ALL`].
            #[must_use]
            pub fn from_index(index: u8) -> Option<Self> {
                Self::ALL.get(usize::from(index)).copied()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

fn same_text(one: &str, two: &str) -> bool {
    let folded = || two.chars().flat_map(char::to_lowercase);
    one.eq_ignore_ascii_case(two)
        || (!one.is_ascii() && one.chars().flat_map(char::to_lowercase).eq(folded()))
}

vocabulary! {
    /// Skolform, as SS12000 writes it. Files may also say GRAN and GYAN (the school unit
    /// register's names of GRS and GYS); profiles map them.
    SchoolType {
        Fs = "FS", Fklass = "FKLASS", Fth = "FTH", Oppfth = "OPPFTH", Gr = "GR", Grs = "GRS",
        Tr = "TR", Sp = "SP", Sam = "SAM", Gy = "GY", Gys = "GYS", Komvux = "KOMVUX", Vux = "VUX",
        Vuxsfi = "VUXSFI", Vuxgr = "VUXGR", Vuxgy = "VUXGY", Vuxsargr = "VUXSARGR",
        Vuxsartr = "VUXSARTR", Vuxsargy = "VUXSARGY", Sarvux = "SARVUX", Sarvuxgr = "SARVUXGR",
        Sarvuxgy = "SARVUXGY", Sfi = "SFI", Ku = "KU", Yh = "YH", Fhs = "FHS", Stf = "STF",
        Kku = "KKU", Hs = "HS", Abu = "ABU", Au = "AU",
    }
}

vocabulary! {
    /// What a group is.
    GroupType {
        Teaching = "Undervisning", Class = "Klass", Mentor = "Mentor", Test = "Provgrupp",
        Schedule = "Schema", Department = "Avdelning", Staff = "Personalgrupp", Other = "Övrigt",
    }
}

vocabulary! {
    /// What a member of staff does at a school unit.
    DutyRole {
        Principal = "Rektor", Teacher = "Lärare", PreschoolTeacher = "Förskollärare",
        ChildMinder = "Barnskötare", Librarian = "Bibliotekarie",
        TeachingAssistant = "Lärarassistent", LeisurePedagogue = "Fritidspedagog",
        OtherStaff = "Annan personal", CareerCounsellor = "Studie- och yrkesvägledare",
        LeadTeacher = "Förstelärare", Counsellor = "Kurator", Nurse = "Skolsköterska",
        Doctor = "Skolläkare", Psychologist = "Skolpsykolog",
        SpecialTeacher = "Speciallärare/specialpedagog", Administrator = "Skoladministratör",
        OtherLead = "Övrig arbetsledning", OtherPedagogical = "Övrig pedagogisk personal",
        PreschoolHead = "Förskolechef",
    }
}

vocabulary! {
    /// What an organisation is.
    OrganisationType {
        Huvudman = "Huvudman", Verksamhetsomrade = "Verksamhetsområde", Forvaltning = "Förvaltning",
        Rektorsomrade = "Rektorsområde", Stadsdel = "Stadsdel", Skola = "Skola",
        Skolenhet = "Skolenhet", Varumarke = "Varumärke", Bolag = "Bolag", Ovrigt = "Övrigt",
    }
}

vocabulary! {
    /// In what capacity an adult answers for a child.
    RelationType {
        Guardian = "Vårdnadshavare", OtherResponsible = "Annan ansvarig",
        OtherEntitled = "Annan behörig", Trustee = "God man", Appointed = "Utsedd behörig",
        Parent = "Förälder",
    }
}

vocabulary! {
    /// Sex, as SS12000 writes it.
    Sex { Man = "Man", Kvinna = "Kvinna", Okant = "Okänt", }
}

vocabulary! {
    /// Whether the register counts the person as active.
    PersonStatus { Active = "Aktiv", Inactive = "Inaktiv", }
}

impl DutyRole {
    /// Whether the role teaches.
    #[must_use]
    pub fn is_teaching(self) -> bool {
        matches!(
            self,
            Self::Teacher | Self::PreschoolTeacher | Self::LeadTeacher | Self::SpecialTeacher
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_back_from_its_written_form() {
        for &role in DutyRole::ALL {
            assert_eq!(DutyRole::parse(&role.as_str().to_uppercase()), Some(role));
            assert_eq!(DutyRole::from_index(role.index()), Some(role));
        }
        for &form in SchoolType::ALL {
            assert_eq!(SchoolType::parse(&format!(" {form} ")), Some(form));
        }
        assert_eq!(SchoolType::parse("GRAN"), None);
    }
}
