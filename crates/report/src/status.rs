//! How an outcome is shown: a word, a mark and a color, never a color alone.

use model::{ControlResult, NotApplicableReason, Reason, Verdict};
use serde::{Serialize, Serializer};

use crate::color::Color;

/// What a reader is told about a control, an area or a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The requirement holds.
    Pass,
    /// It holds for part.
    Partial,
    /// It does not hold.
    Fail,
    /// It could not be judged.
    NotAssessed,
    /// Only people can tell, and they have not, or not lately.
    NotConfirmed,
    /// The tenant owns no license for it.
    NotLicensed,
    /// It cannot exist in this tenant.
    NotApplicable,
}

impl Status {
    /// Every status, in the order of legends.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Partial,
        Self::Fail,
        Self::NotAssessed,
        Self::NotConfirmed,
        Self::NotLicensed,
        Self::NotApplicable,
    ];

    /// The status of one control.
    pub fn of(control: &ControlResult) -> Self {
        match control.verdict {
            Verdict::Pass | Verdict::Attested => Self::Pass,
            Verdict::Partial => Self::Partial,
            Verdict::Fail | Verdict::AttestedNo => Self::Fail,
            Verdict::Unattested | Verdict::Expired => Self::NotConfirmed,
            Verdict::NotApplicable => match control.reason {
                Some(Reason::NotApplicable(NotApplicableReason::License)) => Self::NotLicensed,
                _ => Self::NotApplicable,
            },
            Verdict::Unknown => Self::NotAssessed,
        }
    }

    /// Whether it counts in the score.
    pub const fn is_assessed(self) -> bool {
        matches!(self, Self::Pass | Self::Partial | Self::Fail)
    }

    /// Whether something is to be done about it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Partial | Self::Fail)
    }

    /// The name in templates and style sheets.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Fail => "fail",
            Self::NotAssessed => "unknown",
            Self::NotConfirmed => "unconfirmed",
            Self::NotLicensed => "unlicensed",
            Self::NotApplicable => "inapplicable",
        }
    }

    /// The color on white paper: at least 4.5:1 there and on a tinted box.
    pub const fn light(self) -> Color {
        Color::hex(match self {
            Self::Pass => 0x0000_5A8C,
            Self::Partial => 0x007A_5200,
            Self::Fail => 0x00A3_3A00,
            Self::NotAssessed | Self::NotConfirmed | Self::NotApplicable => 0x004A_4F57,
            Self::NotLicensed => 0x005B_3E8F,
        })
    }

    /// The color in the dark: at least 4.5:1 there and on a tinted box.
    pub const fn dark(self) -> Color {
        Color::hex(match self {
            Self::Pass => 0x007C_C4F0,
            Self::Partial => 0x00F2_C14E,
            Self::Fail => 0x00FF_A067,
            Self::NotAssessed | Self::NotConfirmed | Self::NotApplicable => 0x00B6_BDC7,
            Self::NotLicensed => 0x00C7_B0F2,
        })
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{DARK_PAPER, DARK_SURFACE, PAPER, SURFACE};

    #[test]
    fn every_status_is_readable_in_light_and_dark() {
        for status in Status::ALL {
            for (color, back) in [
                (status.light(), PAPER),
                (status.light(), SURFACE),
                (status.dark(), DARK_PAPER),
                (status.dark(), DARK_SURFACE),
            ] {
                assert!(color.contrast(back) >= 4.5, "{} {color} on {back}", status.key());
            }
        }
    }

    #[test]
    fn keys_tell_statuses_apart() {
        for one in Status::ALL {
            for two in Status::ALL {
                assert_eq!(one == two, one.key() == two.key());
            }
        }
    }
}
