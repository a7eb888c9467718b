//! Text in lines that fit.

/// The text in lines of at most so many columns, each with the indentation before it. A word that
/// is longer, such as an address, has a line of its own.
pub(crate) fn fill(text: &str, indent: &str, width: usize) -> String {
    let room = width.saturating_sub(indent.chars().count()).max(20);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    let lines: Vec<String> = lines.iter().map(|line| format!("{indent}{line}")).collect();
    lines.join("\n")
}

/// The text with a label before it, filled; further lines stand below its beginning.
pub(crate) fn labeled(label: &str, text: &str, indent: usize, width: usize) -> String {
    let filled = fill(text, &" ".repeat(indent), width);
    let first = filled.trim_start();
    format!("{label}{}{first}", " ".repeat(indent.saturating_sub(label.chars().count())))
}

/// Two texts at the ends of a line; the second follows after two blanks where there is no room.
pub(crate) fn ends(left: &str, right: &str, width: usize) -> String {
    let used = left.chars().count() + right.chars().count();
    format!("{left}{}{right}", " ".repeat(width.saturating_sub(used).max(2)))
}

/// "1 control", "12 controls".
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first names and how many more there are.
pub(crate) fn some(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_words_stay_whole() {
        assert_eq!(
            fill("one two three four five six", "  ", 24),
            "  one two three four\n  five six"
        );
        let address = "https://login.example/a/very/long/address";
        assert_eq!(fill(&format!("open {address} now"), "", 20), format!("open\n{address}\nnow"));
        assert_eq!(
            labeled(" A", "one two three four five six", 4, 28),
            " A  one two three four five\n    six"
        );
    }

    #[test]
    fn numbers_and_names() {
        assert_eq!(count(1, "control", "controls"), "1 control");
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(some(&names, 3), "a, b, c");
        assert_eq!(some(&names, 2), "a, b and 1 more");
        assert_eq!(ends("left", "right", 12), "left   right");
    }
}
