//! The embedded typeface: shaping, measuring and breaking text.
//!
//! Noto Sans covers Latin, Greek and Cyrillic. A character that it lacks becomes a box with its
//! code point: legible, never a gap, and the text layer of the document keeps the character.

use std::sync::LazyLock;

use rustybuzz::{
    BufferClusterLevel, Direction, Feature, ShapePlan, UnicodeBuffer, script, ttf_parser,
};
use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::ReportError;

/// Width of the box for a missing character with up to four hexadecimal digits, in em.
const NARROW_BOX: f32 = 0.86;
/// The same with more digits.
const WIDE_BOX: f32 = 1.14;

/// The first character after the blocks of Latin, Greek and Cyrillic letters.
const LATIN_GREEK_CYRILLIC: char = '\u{530}';

/// The weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Both weights of the typeface.
pub(crate) struct Fonts {
    regular: Face,
    bold: Face,
}

/// One weight of the typeface.
pub(crate) struct Face {
    /// The name in the document.
    pub(crate) name: &'static str,
    /// The font program.
    pub(crate) bytes: &'static [u8],
    parsed: rustybuzz::Face<'static>,
    plan: ShapePlan,
    /// Thousandths of an em in one unit of the font.
    scale: f32,
    /// The advances of the first characters, by code point: measuring asks for nothing else.
    advances: Vec<f32>,
}

/// A part of shaped text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// A glyph of the face.
    Glyph {
        id: u16,
        /// The characters it stands for.
        text: String,
        /// Thousandths of an em to the next.
        advance: f32,
        /// Thousandths of an em to the right of and above the pen.
        offset: (f32, f32),
    },
    /// A character that the face lacks.
    Missing(char),
}

static FONTS: LazyLock<Result<Fonts, &'static str>> = LazyLock::new(|| {
    Ok(Fonts {
        regular: Face::new("NotoSans", notosans::REGULAR_TTF)?,
        bold: Face::new("NotoSans-Bold", notosans::BOLD_TTF)?,
    })
});

impl Fonts {
    pub(crate) fn get() -> Result<&'static Self, ReportError> {
        FONTS.as_ref().map_err(|name| ReportError::Font(name))
    }

    pub(crate) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The width of a text in points, without kerning, which brings letters closer together: the
    /// text as it is drawn is hardly ever wider.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let face = self.face(weight);
        text.chars().map(|character| face.advance(character)).sum::<f32>() * size / 1000.0
    }

    /// The text in lines no wider than `width`, apart from the space at the end of one that goes
    /// on. A word that is wider is broken anywhere.
    pub(crate) fn wrap(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let measure = |text: &str| self.width(text, weight, size);
        let mut lines = Vec::new();
        let mut line = String::new();
        let mut used = 0.0;
        let mut begin = 0;
        for (end, opportunity) in linebreaks(text) {
            let word = text.get(begin..end).unwrap_or_default();
            begin = end;
            if !line.is_empty() && used + measure(word.trim_end()) > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push_str(word);
            used += measure(word);
            while measure(line.trim_end()) > width {
                let cut = self.longest(&line, weight, size, width);
                let rest = line.split_off(cut);
                used = measure(&rest);
                lines.push(std::mem::replace(&mut line, rest));
            }
            if opportunity == BreakOpportunity::Mandatory {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        let last = lines.len().saturating_sub(1);
        lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.trim_end().is_empty())
            .map(|(index, line)| {
                let text = line.trim_end();
                // The space at which a line was broken: copied and read aloud, it parts the words.
                let gap = if index < last && text.len() < line.len() { " " } else { "" };
                format!("{text}{gap}")
            })
            .collect()
    }

    /// As [`Fonts::wrap`], but at most `most` lines; the last then ends with an ellipsis.
    pub(crate) fn fit(
        &self,
        text: &str,
        weight: Weight,
        size: f32,
        width: f32,
        most: usize,
    ) -> Vec<String> {
        let mut lines = self.wrap(text, weight, size, width);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let room = (width - self.width("…", weight, size)).max(0.0);
                let cut = self.longest(last, weight, size, room);
                last.truncate(cut);
                let kept = last.trim_end_matches([' ', ',', ';', '.', ':']).len();
                last.truncate(kept);
                last.push('…');
            }
        }
        lines
    }

    /// Where to cut so that the beginning is no wider than `width`: at least one character, and
    /// never before a mark that is drawn onto the character before it.
    fn longest(&self, text: &str, weight: Weight, size: f32, width: f32) -> usize {
        let face = self.face(weight);
        let mut used = 0.0;
        for (index, character) in text.char_indices() {
            let advance = face.advance(character);
            used += advance * size / 1000.0;
            if used > width && index > 0 && advance > 0.0 {
                return index;
            }
        }
        text.len()
    }
}

impl Piece {
    /// Thousandths of an em to the next piece.
    pub(crate) fn advance(&self) -> f32 {
        match self {
            Self::Glyph { advance, .. } => *advance,
            Self::Missing(character) => box_advance(*character),
        }
    }
}

/// Thousandths of an em that the box for a missing character takes.
fn box_advance(character: char) -> f32 {
    if u32::from(character) > 0xFFFF { WIDE_BOX * 1000.0 } else { NARROW_BOX * 1000.0 }
}

/// Whether a character is drawn as nothing: selectors and joiners inside emoji.
fn is_silent(character: char) -> bool {
    matches!(character, '\u{200D}' | '\u{FE0F}')
}

impl Face {
    fn new(name: &'static str, bytes: &'static [u8]) -> Result<Self, &'static str> {
        let face = rustybuzz::Face::from_slice(bytes, 0).ok_or(name)?;
        // No ligatures: a glyph then stands for the same characters everywhere in a document, and
        // copied text comes out as it was.
        let features = [Feature::new(ttf_parser::Tag::from_bytes(b"liga"), 0, ..)];
        let plan =
            ShapePlan::new(&face, Direction::LeftToRight, Some(script::LATIN), None, &features);
        let units = u16::try_from(face.units_per_em()).map_err(|_| name)?;
        let scale = 1000.0 / f32::from(units.max(1));
        let mut new = Self { name, bytes, plan, scale, parsed: face, advances: Vec::new() };
        new.advances = ('\0'..LATIN_GREEK_CYRILLIC).map(|it| new.looked_up(it)).collect();
        Ok(new)
    }

    /// The width that a viewer gives the glyph: whole thousandths of an em, as they are written.
    pub(crate) fn written_width(&self, id: u16) -> f32 {
        let units = self.parsed.glyph_hor_advance(ttf_parser::GlyphId(id)).unwrap_or(0);
        (f32::from(units) * self.scale).trunc()
    }

    /// Thousandths of an em that a character takes on its own.
    fn advance(&self, character: char) -> f32 {
        let index = usize::try_from(u32::from(character)).ok();
        let known = index.and_then(|index| self.advances.get(index));
        known.copied().unwrap_or_else(|| self.looked_up(character))
    }

    fn looked_up(&self, character: char) -> f32 {
        if is_silent(character) {
            return 0.0;
        }
        self.parsed.glyph_index(character).map_or_else(
            || box_advance(character),
            |glyph| f32::from(self.parsed.glyph_hor_advance(glyph).unwrap_or(0)) * self.scale,
        )
    }

    /// The text in glyphs. Selectors and joiners of emoji, which nothing is drawn for, are left
    /// out.
    pub(crate) fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(text.len());
        let mut run = String::new();
        for character in text.chars() {
            if is_silent(character) {
                continue;
            }
            if self.parsed.glyph_index(character).is_some() {
                run.push(character);
                continue;
            }
            self.shape(&std::mem::take(&mut run), &mut pieces);
            pieces.push(Piece::Missing(character));
        }
        self.shape(&run, &mut pieces);
        pieces
    }

    fn shape(&self, run: &str, pieces: &mut Vec<Piece>) {
        if run.is_empty() {
            return;
        }
        let mut buffer = UnicodeBuffer::new();
        buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
        buffer.push_str(run);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = rustybuzz::shape_with_plan(&self.parsed, &self.plan, buffer);
        let infos = shaped.glyph_infos();
        // Clusters are byte positions and ascend: a glyph's text ends where the next one begins.
        let ends = infos.iter().skip(1).map(|info| info.cluster as usize).chain([run.len()]);
        for ((info, position), end) in infos.iter().zip(shaped.glyph_positions()).zip(ends) {
            pieces.push(Piece::Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                text: run.get(info.cluster as usize..end).unwrap_or_default().to_owned(),
                advance: self.thousandths(position.x_advance),
                offset: (self.thousandths(position.x_offset), self.thousandths(position.y_offset)),
            });
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "font units are far below 2^23")]
    fn thousandths(&self, units: i32) -> f32 {
        units as f32 * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> &'static Fonts {
        Fonts::get().unwrap()
    }

    #[test]
    fn the_typeface_covers_latin_greek_and_cyrillic() {
        for weight in [Weight::Regular, Weight::Bold] {
            let text = "Zoë Łukasz Ångström Ελένη Ив\u{301}ан Việt – “…” ≥ € №";
            let pieces = fonts().face(weight).pieces(text);
            assert!(pieces.iter().all(|piece| matches!(piece, Piece::Glyph { id, .. } if *id > 0)));
            let back: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Glyph { text, .. } => text.as_str(),
                    Piece::Missing(_) => "?",
                })
                .collect();
            assert_eq!(back, text);
        }
    }

    #[test]
    fn what_it_lacks_is_a_box_with_a_width() {
        let pieces = fonts().face(Weight::Regular).pieces("a王😀\u{FE0F}");
        assert_eq!(pieces[1..], [Piece::Missing('王'), Piece::Missing('😀')]);
        assert!(fonts().width("王", Weight::Regular, 10.0) > 8.0);
    }

    #[test]
    fn lines_are_never_wider_than_asked_and_lose_nothing() {
        let long = format!("A sentence with {} in it, and 王芳 too.", "x".repeat(200));
        for width in [40.0, 90.0, 300.0] {
            let lines = fonts().wrap(&long, Weight::Regular, 9.0, width);
            for line in &lines {
                let line = line.trim_end();
                assert!(fonts().width(line, Weight::Regular, 9.0) <= width, "{line}");
            }
            let squeeze = |text: &str| text.replace(' ', "");
            assert_eq!(squeeze(&lines.concat()), squeeze(&long));
        }
    }

    #[test]
    fn what_does_not_fit_ends_with_an_ellipsis() {
        let text = "One two three four five six seven eight nine ten";
        let lines = fonts().fit(text, Weight::Bold, 9.0, 60.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(fonts().width(&lines[1], Weight::Bold, 9.0) <= 60.0);
        assert_eq!(fonts().fit("One", Weight::Bold, 9.0, 60.0, 2), ["One"]);
        assert!(fonts().fit("", Weight::Bold, 9.0, 60.0, 2).is_empty());
    }

    #[test]
    fn a_width_too_small_for_one_letter_still_ends() {
        assert_eq!(fonts().wrap("abc", Weight::Regular, 9.0, 0.1), ["a", "b", "c"]);
        assert_eq!(fonts().fit("abc", Weight::Regular, 9.0, 0.1, 1).len(), 1);
    }
}
