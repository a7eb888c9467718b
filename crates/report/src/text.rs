//! Text of a tenant, made harmless and legible.

use std::fmt::Write as _;

/// Marks in a row on one letter; Vietnamese needs two, what is above three is an attack on the eye.
const MARKS: usize = 3;

/// Longest name, in characters, that a document shows whole.
pub(crate) const NAME: usize = 120;

/// Longest sentence, in characters, that a document shows whole.
pub(crate) const SENTENCE: usize = 600;

/// The text with everything invisible made visible, and not longer than `longest` characters of
/// the original.
///
/// Control characters, line breaks, zero-width and direction-changing characters become their code
/// point in brackets, such as `[U+202E]`, so that two names that look alike are seen to differ.
/// Piled-up combining marks are counted instead of drawn. Text that is cut says how many
/// characters are left out. Both are said in signs: the documents have several languages.
/// The result still holds `<` or `=`: escaping is the format's own.
pub fn safe_text(text: &str, longest: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(longest * 4));
    let mut characters = text.chars().peekable();
    let mut taken = 0;
    let mut marks = 0;
    let mut before = None;
    while let Some(character) = characters.next_if(|_| taken < longest) {
        taken += 1;
        if is_mark(character) {
            marks += 1;
            if marks <= MARKS && before.is_some() {
                safe.push(character);
            }
            continue;
        }
        say_marks(&mut safe, marks);
        marks = 0;
        if is_part_of_emoji(before, character, characters.peek().copied()) || !hides(character) {
            safe.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(safe, "[U+{:04X}]", u32::from(character));
        }
        before = Some(character);
    }
    say_marks(&mut safe, marks);
    let left = characters.count();
    if left > 0 {
        let _ = write!(safe, "… [+{left}]");
    }
    safe
}

/// A name, safe and not too long; a dash when there is none.
pub(crate) fn name(text: &str) -> String {
    if text.trim().is_empty() { "(–)".to_owned() } else { safe_text(text, NAME) }
}

/// A name, safe and not too long; empty stays empty.
pub(crate) fn name_or_empty(text: &str) -> String {
    safe_text(text.trim(), NAME)
}

/// A sentence, safe, not too long, with a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut sentence = safe_text(text.trim(), SENTENCE);
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', ']', ')', '…']) {
        sentence.push('.');
    }
    sentence
}

fn say_marks(safe: &mut String, marks: usize) {
    if marks > MARKS {
        let _ = write!(safe, "[+{} ◌]", marks - MARKS);
    }
}

/// Whether a reader would not see the character, or not where it stands.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
        || u32::from(character) & 0xFFFE == 0xFFFE
}

/// Whether the character is the joiner or the selector inside an emoji.
fn is_part_of_emoji(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_emoji = |character: char| {
        matches!(character, '\u{203C}' | '\u{2049}' | '\u{2190}'..='\u{2BFF}'
            | '\u{1F000}'..='\u{1FAFF}' | '\u{FE0F}')
    };
    match character {
        '\u{FE0F}' => before.is_some_and(|it| it != '\u{FE0F}' && is_emoji(it)),
        '\u{200D}' => before.is_some_and(is_emoji) && after.is_some_and(is_emoji),
        _ => false,
    }
}

/// Whether the character is drawn onto the one before it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}' | '\u{483}'..='\u{489}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_becomes_visible() {
        for (text, seen) in [
            ("Zoë Ångström", "Zoë Ångström"),
            ("Ελένη Ивановa 王芳", "Ελένη Ивановa 王芳"),
            ("invoice\u{202E}fdp.exe", "invoice[U+202E]fdp.exe"),
            ("ad\u{200B}min", "ad[U+200B]min"),
            ("a\r\nb\tc\0", "a[U+000D][U+000A]b[U+0009]c[U+0000]"),
            ("\u{2066}x\u{2069}", "[U+2066]x[U+2069]"),
            ("a\u{E0041}", "a[U+E0041]"),
            ("\u{FFFF}", "[U+FFFF]"),
            ("❤\u{FE0F} 👩\u{200D}🔧", "❤\u{FE0F} 👩\u{200D}🔧"),
            ("ad\u{200D}min\u{FE0F}", "ad[U+200D]min[U+FE0F]"),
            ("e\u{301}t", "e\u{301}t"),
            ("<b>=1", "<b>=1"),
            ("", ""),
        ] {
            assert_eq!(safe_text(text, NAME), seen);
        }
    }

    #[test]
    fn piled_up_marks_are_counted() {
        let piled = format!("a{}b", "\u{335}".repeat(50));
        assert_eq!(safe_text(&piled, NAME), "a\u{335}\u{335}\u{335}[+47 ◌]b");
        assert_eq!(safe_text("\u{301}\u{301}a", NAME), "a");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(safe_text(&"x".repeat(10_000), 5), "xxxxx… [+9995]");
        assert_eq!(safe_text("xxxxx", 5), "xxxxx");
    }

    #[test]
    fn a_sentence_ends() {
        assert_eq!(sentence("One of 42 is left out"), "One of 42 is left out.");
        assert_eq!(sentence(" Done. "), "Done.");
        assert_eq!(name(" \t"), "(–)");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hidden_survives(text in "\\PC*|.*|[\\u{200b}-\\u{206f}\\u{300}-\\u{36f}a]*") {
            let safe = safe_text(&text, 40);
            let characters: Vec<char> = safe.chars().collect();
            for (index, character) in characters.iter().enumerate() {
                let before = index.checked_sub(1).map(|it| characters[it]);
                let after = characters.get(index + 1).copied();
                assert!(!hides(*character) || is_part_of_emoji(before, *character, after));
            }
            assert!(safe.chars().count() <= 40 * 9 + 60);
        }
    }
}
