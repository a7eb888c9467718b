//! A summary in Markdown, for tickets, wikis and build logs.

use std::fmt::Write as _;

use model::Assessment;

use crate::view::View;
use crate::{Brand, Options, ReportError};

/// Verdict, score, tiles, what to do next and all open findings.
///
/// Text of the tenant is escaped so that it makes no markup, no link and no mention.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn summary_markdown(
    assessment: &Assessment,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let view = View::new(assessment, brand, options)?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, &view);
    Ok(text)
}

fn write(text: &mut String, view: &View) -> std::fmt::Result {
    writeln!(text, "# {}: {}\n", plain(view.title), plain(&view.tenant))?;
    writeln!(text, "**{}** {}\n", plain(&view.verdict.headline), plain(&view.verdict.rest))?;
    let provisional = if view.score.provisional { ", provisional" } else { "" };
    let grade = match view.score.grade {
        "" => "no grade".to_owned(),
        grade => format!("grade {grade}{provisional}"),
    };
    writeln!(text, "- Score: {}, {grade}. {}", view.score.line, plain(&view.score.because))?;
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

    writeln!(text, "\n| At a glance | Status | In order | |\n| --- | --- | --- | --- |")?;
    for tile in &view.tiles {
        let (number, detail) = (&tile.number, plain(&tile.detail));
        writeln!(text, "| {} | {} | {number} | {detail} |", tile.title, tile.word)?;
    }
    if !view.next.is_empty() {
        writeln!(text, "\n## Do next\n")?;
        for action in &view.next {
            let facts = [&action.gain, action.effort, &action.lifts];
            let facts: Vec<&str> =
                facts.into_iter().map(|it: &str| it).filter(|it| !it.is_empty()).collect();
            writeln!(
                text,
                "{}. **{}** {} ({})",
                action.rank,
                plain(&action.action),
                plain(&action.why),
                plain(&facts.join(", "))
            )?;
        }
    }
    if !view.findings.is_empty() {
        writeln!(text, "\n## All open findings\n")?;
        writeln!(text, "| | Finding | Status | Severity | Objects | Effort | Points |")?;
        writeln!(text, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &view.findings {
            writeln!(
                text,
                "| {} | {} ({}): {} | {} | {} | {} | {} | {} |",
                row.rank,
                plain(&row.title),
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
        writeln!(text, "\n## Not looked at\n")?;
        for group in &view.gaps {
            let titles: Vec<String> =
                group.controls.iter().map(|row| plain(&row.control.title)).collect();
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
