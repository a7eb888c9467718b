//! A summary in Markdown, for tickets, wikis and build logs.

use std::fmt::Write as _;

use crate::view::View;
use crate::words::Words;
use crate::{Brand, Options, ReportError, Source};

/// Verdict, score, tiles, what to do next and all open findings.
///
/// Text of the tenant is escaped so that it makes no markup, no link and no mention.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn summary_markdown<'a>(
    source: impl Into<Source<'a>>,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let view = View::new(source, brand, options)?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, Words::of(options.language), &view);
    Ok(text)
}

fn write(text: &mut String, w: Words, view: &View) -> std::fmt::Result {
    writeln!(text, "# {}: {}\n", plain(view.title), plain(&view.tenant))?;
    writeln!(text, "**{}** {}\n", plain(&view.verdict.headline.text), plain(&view.verdict.rest))?;
    let provisional =
        if view.score.provisional { format!(", {}", w.provisional) } else { String::new() };
    let grade = match view.score.grade {
        "" => w.no_grade_short.to_owned(),
        grade => format!("{} {grade}{provisional}", w.grade),
    };
    writeln!(text, "- {}, {grade}. {}", view.score.line, plain(&view.score.because))?;
    if !view.changes.moved.is_empty() {
        let parts = &view.changes.parts;
        let parts = if parts.is_empty() { String::new() } else { format!(" ({parts})") };
        writeln!(text, "- {}{}", plain(&view.changes.moved), plain(&parts))?;
    }
    for line in [&view.score.provisional_because, &view.score.range, &view.coverage.meaning] {
        if !line.is_empty() {
            writeln!(text, "- {}", plain(line))?;
        }
    }
    let segments: Vec<String> = view
        .coverage
        .segments
        .iter()
        .map(|segment| format!("{} {}", segment.count, segment.word.to_lowercase()))
        .collect();
    writeln!(text, "- {}: {}", plain(&view.coverage.sentence), segments.join(", "))?;

    writeln!(text, "\n| {} | {} | {} | |", w.at_a_glance, w.status, w.in_order)?;
    writeln!(text, "| --- | --- | --- | --- |")?;
    for tile in &view.tiles {
        let number = [tile.number.as_str(), tile.label].join(" ");
        let detail = plain(&[tile.detail.text.as_str(), &tile.extra].join(" "));
        let (number, detail) = (number.trim(), detail.trim());
        writeln!(text, "| {} | {} | {number} | {detail} |", tile.title, tile.word)?;
    }
    if !view.next.is_empty() {
        writeln!(text, "\n## {}\n", w.do_next)?;
        for action in &view.next {
            let facts = [&action.gain, action.effort, &action.affected, &action.lifts];
            let facts: Vec<&str> =
                facts.into_iter().map(|it: &str| it).filter(|it| !it.is_empty()).collect();
            writeln!(
                text,
                "{}. **{}** {} ({})",
                action.rank,
                plain(&action.action.text),
                plain(&action.why.text),
                plain(&facts.join(", "))
            )?;
        }
    }
    if !view.findings.is_empty() {
        writeln!(text, "\n## {}\n", w.all_findings)?;
        writeln!(
            text,
            "| | {} | {} | {} | {} | {} | {} |",
            w.finding, w.status, w.severity, w.objects, w.effort, w.points
        )?;
        writeln!(text, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &view.findings {
            writeln!(
                text,
                "| {} | {} ({}): {} | {} | {} | {} | {} | {} |",
                row.rank,
                plain(&row.title.text),
                plain(&row.id),
                plain(&row.summary),
                row.word,
                row.severity,
                row.objects,
                row.effort,
                row.gain
            )?;
        }
    }
    if !view.gaps.is_empty() {
        writeln!(text, "\n## {}\n", w.not_looked_at)?;
        for group in &view.gaps {
            let titles: Vec<String> =
                group.controls.iter().map(|row| plain(&row.control.title.text)).collect();
            writeln!(text, "- {}: {}", plain(group.title), titles.join("; "))?;
        }
    }
    writeln!(text, "\n{}", plain(&view.foot.line))
}

/// Every character that could begin markup, a link or a mention, as a character reference.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        let begins_address =
            character == ':' || (character == '.' && before.eq_ignore_ascii_case(&'w'));
        let is_markup = matches!(
            character,
            '&' | '<'
                | '>'
                | '|'
                | '*'
                | '_'
                | '`'
                | '['
                | ']'
                | '#'
                | '!'
                | '@'
                | '~'
                | '\\'
                | '$'
        );
        if is_markup || begins_address {
            let _ = write!(plain, "&#{};", u32::from(character));
        } else {
            plain.push(character);
        }
        before = character;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(
            plain("<b>[x](https://evil.example) @all | `a`"),
            "&#60;b&#62;&#91;x&#93;(https&#58;//evil.example) &#64;all &#124; &#96;a&#96;"
        );
        assert_eq!(plain("www.evil.example"), "www&#46;evil.example");
        assert_eq!(plain("41 of 42 (2%)."), "41 of 42 (2%).");
    }
}
