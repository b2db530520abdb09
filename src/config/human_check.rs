//! Whether people have to show that they are no cheap script.

use super::reader::{Choice, Reader};

/// How people show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HumanCheckKind {
    /// They need not: `off`.
    Off,
    /// By a proof of work, after the ALTCHA protocol: `altcha`.
    Altcha,
}

impl Choice for HumanCheckKind {
    const WORDS: &'static [(&'static str, Self)] = &[("off", Self::Off), ("altcha", Self::Altcha)];
}

/// Whether people have to show that they are no cheap script, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HumanCheck {
    /// `human_check`, `PIXELWARS_HUMAN_CHECK`: `off` when not set.
    pub kind: HumanCheckKind,
    /// `human_check_cost`, `PIXELWARS_HUMAN_CHECK_COST`: how many rounds of PBKDF2 one try costs a
    /// client, and one check this server, 1 to 1 000 000; 5000 when not set, which is 1 to 2 ms.
    pub cost: u32,
    /// `human_check_digits`, `PIXELWARS_HUMAN_CHECK_DIGITS`: how many hexadecimal digits have to
    /// come out as 0, so that it takes 16 to this power tries on average, 1 to 5; 2 when not set.
    pub digits: u32,
    /// `human_check_risk`, `PIXELWARS_HUMAN_CHECK_RISK`: from which score of their behaviour on
    /// players have to give a proof before they place on, 1 to 101, where nobody gets to 101; 70
    /// when not set.
    pub risk: u8,
    /// `human_check_holds_s`, `PIXELWARS_HUMAN_CHECK_HOLDS_S`: for how long such a proof holds, in
    /// seconds, 60 to 604 800 (a week); 3600 when not set.
    pub holds_s: u32,
}

impl HumanCheck {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            kind: reader.choice("human_check", HumanCheckKind::Off),
            cost: reader.number("human_check_cost", 5_000, 1..=1_000_000),
            digits: reader.number("human_check_digits", 2, 1..=5),
            risk: reader.number("human_check_risk", 70, 1..=101),
            holds_s: reader.number("human_check_holds_s", 3_600, 60..=604_800),
        }
    }
}
