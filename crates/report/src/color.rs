//! Colors and their contrast.

use std::fmt;

/// A color of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

/// White paper.
pub(crate) const PAPER: Color = Color::hex(0x00FF_FFFF);
/// A tinted box on white paper.
pub(crate) const SURFACE: Color = Color::hex(0x00F6_F7F9);
/// The page in the dark.
pub(crate) const DARK_PAPER: Color = Color::hex(0x0014_171C);
/// A tinted box in the dark.
pub(crate) const DARK_SURFACE: Color = Color::hex(0x001E_232A);

impl Color {
    /// From a number such as `0x005A8C`; the highest byte is ignored.
    pub const fn hex(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self { red, green, blue }
    }

    /// From text such as `#005A8C`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let valid = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| u32::from_str_radix(digits, 16).ok().map(Self::hex)).flatten()
    }

    /// The contrast ratio of WCAG 2, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Relative luminance of WCAG 2, 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// This color, moved towards `end` in steps of one percent until it stands out from each of
    /// the backgrounds by `ratio`.
    pub(crate) fn readable_on(self, backgrounds: &[Self], end: Self, ratio: f64) -> Self {
        (0..=100)
            .map(|percent| self.mixed(end, percent))
            .find(|color| backgrounds.iter().all(|back| color.contrast(*back) >= ratio))
            .unwrap_or(end)
    }

    fn mixed(self, end: Self, percent: u32) -> Self {
        let mix = |from: u8, to: u8| {
            let sum = u32::from(from) * (100 - percent) + u32::from(to) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self {
            red: mix(self.red, end.red),
            green: mix(self.green, end.green),
            blue: mix(self.blue, end.blue),
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02X}{:02X}{:02X}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let black = Color::hex(0);
        assert!((PAPER.contrast(black) - 21.0).abs() < 1e-9);
        assert!((Color::hex(0x0077_7777).contrast(PAPER) - 4.48).abs() < 0.01);
    }

    #[test]
    fn only_six_digits_are_a_color() {
        assert_eq!(Color::parse("#005a8C").map(|color| color.to_string()).unwrap(), "#005A8C");
        for text in ["005A8C", "#005A8", "#005A8CFF", "#+05A8C", "red", "#", ""] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_readable_color_stays_and_a_pale_one_moves_just_enough() {
        let black = Color::hex(0);
        let blue = Color::hex(0x0000_5A8C);
        assert_eq!(blue.readable_on(&[PAPER], black, 4.5), blue);
        let orange = Color::hex(0x00FF_A500).readable_on(&[PAPER, SURFACE], black, 4.5);
        assert!(orange.contrast(SURFACE) >= 4.5 && orange.contrast(SURFACE) < 4.8);
    }
}
