//! A provider's brand on the documents: one TOML file.

use serde::{Deserialize, Deserializer};

use crate::Logo;
use crate::color::{Color, DARK_PAPER, DARK_SURFACE, PAPER, SURFACE};

/// Contrast of text on its background: WCAG 2.2 AA.
const READABLE: f64 = 4.5;

/// Whose name and colors a document bears.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Brand {
    /// The provider's name.
    pub name: String,
    /// The color of the band and of headings, such as `#1B4B66`. Used as it is only where it can
    /// be read, see [`Brand::accents`].
    #[serde(deserialize_with = "color")]
    pub accent: Color,
    /// The color of the thin line under the band: decoration, carries no meaning.
    #[serde(deserialize_with = "color")]
    pub second_color: Color,
    /// A line at the foot of each page; may be empty.
    pub footer: String,
    /// Whom to ask; may be empty.
    pub contact: String,
    /// The logo's file, PNG or SVG, beside the brand's; empty for none. Whoever reads the brand
    /// reads it too and puts it into `logo`.
    #[serde(rename = "logo")]
    pub logo_file: String,
    /// The logo itself.
    #[serde(skip)]
    pub logo: Option<Logo>,
    /// Whether the PDF documents begin with a cover.
    pub cover: bool,
}

/// A brand's color, changed where it could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accents {
    /// On white paper, and under white text.
    pub light: Color,
    /// In the dark.
    pub dark: Color,
}

/// A file that is no brand: where, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BrandError {
    /// In one line, with line and column.
    pub message: String,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Muster".to_owned(),
            accent: Color::hex(0x001F_3A5F),
            second_color: Color::hex(0x007F_A8C9),
            footer: String::new(),
            contact: String::new(),
            logo_file: String::new(),
            logo: None,
            cover: false,
        }
    }
}

impl Brand {
    /// Reads a brand. What a file leaves out is that of the neutral brand.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, a key is unknown, or a color is not written like `#1B4B66`.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        toml::from_str(text).map_err(|error| {
            let place = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                format!("line {line}, column {column}: ")
            });
            let reason = error.message().lines().next().unwrap_or_default();
            BrandError { message: format!("{}{reason}", place.unwrap_or_default()) }
        })
    }

    /// The accent as it is used: 4.5:1 on white paper and tinted boxes, and in the dark.
    pub fn accents(&self) -> Accents {
        let (black, white) = (Color::hex(0), Color::hex(0x00FF_FFFF));
        Accents {
            light: self.accent.readable_on(&[PAPER, SURFACE], black, READABLE),
            dark: self.accent.readable_on(&[DARK_PAPER, DARK_SURFACE], white, READABLE),
        }
    }

    /// What was changed so that the documents can be read: one sentence each, for whoever wrote
    /// the file. In the dark the accent is always made lighter where needed, without a note.
    pub fn notes(&self) -> Vec<String> {
        let used = self.accents().light;
        if used == self.accent {
            return Vec::new();
        }
        vec![format!(
            "the accent {} has a contrast of {:.1}:1 on its background, below 4.5:1; {used} is \
             used instead",
            self.accent,
            self.accent.contrast(SURFACE).min(self.accent.contrast(PAPER)),
        )]
    }
}

fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Color, D::Error> {
    let text = String::deserialize(deserializer)?;
    Color::parse(&text).ok_or_else(|| {
        serde::de::Error::custom(format_args!("expected a color such as #1B4B66, found {text:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_neutral_brand_needs_no_correction() {
        assert_eq!(Brand::parse("").unwrap(), Brand::default());
        assert!(Brand::default().notes().is_empty());
    }

    #[test]
    fn a_pale_accent_is_corrected_and_said_so() {
        let brand = Brand::parse("name = \"Sunny IT\"\naccent = \"#FFB000\"\n").unwrap();
        let accents = brand.accents();
        assert_ne!(accents.light, brand.accent);
        assert!(accents.light.contrast(SURFACE) >= READABLE);
        assert!(accents.dark.contrast(DARK_SURFACE) >= READABLE);
        let notes = brand.notes();
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("#FFB000") && notes[0].contains(&accents.light.to_string()));
    }

    #[test]
    fn bad_brands_say_where_and_what() {
        let message = |text: &str| Brand::parse(text).unwrap_err().message;
        assert!(message("name = \"A\"\naccent = \"blue\"\n").starts_with("line 2, column 10"));
        assert!(message("acent = \"#000000\"\n").contains("acent"));
        assert!(message("name = [").starts_with("line 1"));
    }
}
