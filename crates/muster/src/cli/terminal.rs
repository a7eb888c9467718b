//! What a person sees: data on standard output, the rest on standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use model::Verdict;

use super::args::Global;

/// Where a command prints to.
pub(crate) struct Terminal {
    quiet: bool,
}

impl Terminal {
    pub(crate) fn new(global: Global) -> Self {
        if global.no_color {
            anstream::ColorChoice::Never.write_global();
        }
        Self { quiet: global.quiet }
    }

    /// Prints data to standard output, without color when it is no terminal.
    #[expect(clippy::unused_self, reason = "whoever prints has been given the terminal")]
    pub(crate) fn data(&self, text: &str) -> anyhow::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Prints a message for a person to standard error; nothing under `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is listening when this fails; the data is what counts.
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// Prints an error: one line, whatever a file or a service put into it.
    #[expect(clippy::unused_self, reason = "whoever prints has been given the terminal")]
    pub(crate) fn error(&self, text: &str) {
        let style = color(AnsiColor::Red).bold();
        let text = one_line(text);
        let _ = writeln!(anstream::stderr().lock(), "{style}error:{style:#} {text}");
    }

    /// Whether progress bars make sense.
    pub(crate) fn draws_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }
}

/// Whether the reader of standard output went away, as `head` does.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A table without vertical lines, as wide as the terminal, or 100 columns.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head.iter().copied());
    table.set_width(width());
    table
}

/// Columns of the terminal, between 60 and 160; 100 where there is none.
pub(crate) fn width() -> u16 {
    let columns = terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| columns.0);
    columns.unwrap_or(100).clamp(60, 160)
}

/// A color of the terminal's own palette.
pub(crate) const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// The mark and word of a verdict, colored: blue against yellow, never green against red.
pub(crate) fn verdict(verdict: Verdict) -> String {
    let (mark, style) = look(verdict);
    format!("{style}{mark} {}{style:#}", verdict.word())
}

/// The mark of a verdict alone.
pub(crate) fn mark(verdict: Verdict) -> String {
    let (mark, style) = look(verdict);
    format!("{style}{mark}{style:#}")
}

const fn look(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Pass | Verdict::Attested => ("✔", color(AnsiColor::Blue)),
        Verdict::Partial => ("◐", color(AnsiColor::Yellow)),
        Verdict::Fail | Verdict::AttestedNo => ("✖", color(AnsiColor::Yellow).bold()),
        Verdict::Unknown => ("?", Style::new()),
        Verdict::NotApplicable => ("◇", Style::new().dimmed()),
        Verdict::Unattested | Verdict::Expired => ("○", Style::new()),
    }
}

/// The text in lines as wide as the terminal, at most 90 columns; its own line breaks stay. All
/// lines but the first begin with so many spaces: the first stands behind a label.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    let width = usize::from(width().min(90)).saturating_sub(indent).max(20);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// Rows as CSV: quoted where needed, and a cell that a spreadsheet would run is made text.
pub(crate) fn csv(rows: &[Vec<String>]) -> String {
    let cell = |text: &String| {
        let text = one_line(text);
        let text = if text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err() {
            format!("'{text}")
        } else {
            text
        };
        if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
    rows.iter().map(line).collect()
}

/// Text of a tenant or a file, safe to print: without control characters and direction marks.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            other => other,
        })
        .filter(|character| !character.is_control() && !is_invisible(*character))
        .collect()
}

/// Direction marks and zero-width characters, which make text read as something else.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}
