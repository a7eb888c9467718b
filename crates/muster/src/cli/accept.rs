//! `muster assess --accept`: a waiver, ready to paste into the profile.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ::controls::pin;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use model::{Assessment, ControlResult};

use super::Usage;
use super::terminal::one_line;

/// The table `[[waiver]]` for the whole finding, and as comments one for each object alone.
///
/// Owner and reason are left to the person: a profile without them is refused.
pub(crate) fn text(assessment: &Assessment, id: &str) -> Result<String, Usage> {
    let control = assessment
        .controls
        .iter()
        .find(|control| control.id == id)
        .ok_or_else(|| unknown(assessment, id))?;
    let Some(whole) = pin(control, "") else {
        return Err(Usage(format!(
            "{id} is {}: there is nothing to accept",
            control.verdict.word()
        )));
    };
    let day = assessment.snapshot.taken_at.to_zoned(TimeZone::UTC).date();
    let expires = day.checked_add(1.year()).unwrap_or(day).to_string();
    let mut text = format!("# {}: {}\n", control.title, one_line(&control.summary));
    if let Some(change) = &control.would_pass_if {
        let _ = writeln!(text, "# Would pass if {}", one_line(change));
    }
    text.push_str(
        "# To accept it as it is, fill in who answers for it and why, at most a year:\n\n",
    );
    text.push_str(&waiver(id, None, &whole, &expires));
    let subjects = subjects(control);
    if subjects.len() > 1 {
        text.push_str("\n# Or accept single objects; anything else stays open:\n");
        for (subject, name) in subjects {
            let Some(pin) = pin(control, &subject) else { continue };
            let _ = writeln!(text, "\n# {}", one_line(&name));
            for line in waiver(id, Some(&subject), &pin, &expires).lines() {
                let _ = writeln!(text, "# {line}");
            }
        }
    }
    Ok(text)
}

fn waiver(control: &str, subject: Option<&str>, pin: &str, expires: &str) -> String {
    let subject =
        subject.map(|subject| format!("subject = {}\n", quoted(subject))).unwrap_or_default();
    format!(
        "[[waiver]]\ncontrol = {}\n{subject}kind = \"risk-accepted\" # or \"met-by-other-means\", \
         \"false-finding\"\nreason = \"\"\nowner = \"\"\nticket = \"\"\nexpires = {expires}\n\
         fingerprint = {}\n",
        quoted(control),
        quoted(pin)
    )
}

/// The objects that violate the control, by id, with their names. Where there is no id, the name.
fn subjects(control: &ControlResult) -> BTreeMap<String, String> {
    control
        .evidence
        .iter()
        .filter(|evidence| !evidence.expected.is_empty())
        .map(|evidence| {
            let of = &evidence.subject;
            let id = if of.id.is_empty() { &of.name } else { &of.id };
            (id.clone(), of.name.clone())
        })
        .collect()
}

/// A TOML string. Text of the tenant may hold anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            other if other.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn unknown(assessment: &Assessment, id: &str) -> Usage {
    let near = assessment
        .controls
        .iter()
        .map(|control| control.id.as_str())
        .min_by_key(|known| strsim::damerau_levenshtein(id, known))
        .unwrap_or_default();
    Usage(format!("no control {id:?} in this assessment, did you mean {near:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_can_be_quoted() {
        assert_eq!(quoted("a\"b\\c\n\u{7f}"), "\"a\\\"b\\\\c\\u000A\\u007F\"");
    }
}
