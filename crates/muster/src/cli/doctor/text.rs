//! Diagnoses for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::cli::layout::{count, ends, fill, labeled, some};
use crate::cli::terminal::{color, one_line};
use crate::doctor::{Diagnosis, Missing, Readable, State};
use crate::onboarding;

/// Where the text of a line begins.
const INDENT: usize = 19;

/// Controls that are named for each thing that is missing.
const MOST_CONTROLS: usize = 6;

/// Names in a list that is only for information.
const MOST_NAMES: usize = 8;

pub(super) fn report(tenants: &[Diagnosis], width: usize) -> String {
    let mut text = String::new();
    for diagnosis in tenants {
        tenant(&mut text, diagnosis, width);
    }
    if tenants.len() > 1 {
        let is = |state| tenants.iter().filter(|it| it.state == state).count();
        let (ready, incomplete) = (is(State::Ready), is(State::Incomplete));
        let _ = writeln!(
            text,
            "{}: {ready} ready, {incomplete} incomplete, {} out of reach.",
            count(tenants.len(), "tenant", "tenants"),
            is(State::Unreachable)
        );
    }
    text
}

fn tenant(text: &mut String, diagnosis: &Diagnosis, width: usize) {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let tenant = &diagnosis.tenant;
    let name = one_line(&tenant.name);
    let cloud = onboarding::names(tenant.cloud).words;
    let right = format!("{} · {cloud}", tenant.id);
    let line = ends(&name, &right, width);
    let gap = line.strip_prefix(name.as_str()).and_then(|rest| rest.strip_suffix(right.as_str()));
    let _ = writeln!(
        text,
        "{bold}{name}{bold:#}{}{dim}{right}{dim:#}\n{dim}{}{dim:#}",
        gap.unwrap_or("  "),
        "─".repeat(width)
    );
    for (good, label, words) in facts(diagnosis) {
        let _ = writeln!(text, "{}", fact(good, label, &words, width));
    }
    let missing = &diagnosis.missing;
    if missing.is_empty() {
        let accent = color(AnsiColor::Blue);
        let words = "A scan reads everything that this tenant is licensed for.";
        let _ = writeln!(text, "\n{accent}{}{accent:#}\n", fill(words, " ", width));
        return;
    }
    let _ = writeln!(text, "\n {bold}Missing{bold:#}");
    let mut because = "";
    for one in missing {
        // What shows in the same way is told once.
        if one.because != because {
            let gap = if because.is_empty() { "" } else { "\n" };
            because = &one.because;
            let _ = writeln!(text, "{gap}{dim}{}{dim:#}", fill(&one_line(because), "   ", width));
        }
        part(text, one, width);
    }
    let _ = writeln!(text, "\n {bold}To do{bold:#}");
    let mut steps: Vec<&str> = Vec::new();
    for one in missing {
        if !steps.contains(&one.next.as_str()) {
            steps.push(&one.next);
        }
    }
    for (number, step) in (1..).zip(steps) {
        let _ = writeln!(text, "{}", labeled(&format!(" {number}."), &one_line(step), 4, width));
    }
    text.push('\n');
}

/// One thing that is missing: what, and which controls it serves.
fn part(text: &mut String, missing: &Missing, width: usize) {
    let mark = color(AnsiColor::Yellow).bold();
    let dim = Style::new().dimmed();
    let what = one_line(&missing.what);
    let serves = format!("serves {}", count(missing.controls.len(), "control", "controls"));
    let line = ends(&format!(" ✖ {what}"), &serves, width);
    let rest = line.strip_prefix(" ✖").unwrap_or(&line);
    let _ = writeln!(text, " {mark}✖{mark:#}{rest}");
    if !missing.controls.is_empty() {
        let controls = fill(&some(&missing.controls, MOST_CONTROLS), "   ", width);
        let _ = writeln!(text, "{dim}{controls}{dim:#}");
    }
}

/// A line of the overview. `None` is neither good nor bad.
fn fact(good: Option<bool>, label: &str, words: &str, width: usize) -> String {
    let (mark, style) = match good {
        Some(true) => ("✔", color(AnsiColor::Blue)),
        Some(false) => ("✖", color(AnsiColor::Yellow).bold()),
        None => ("·", Style::new().dimmed()),
    };
    let line = labeled(&format!(" {mark} {label}"), &one_line(words), INDENT, width);
    let rest = line.strip_prefix(&format!(" {mark}")).unwrap_or(&line).to_owned();
    format!(" {style}{mark}{style:#}{rest}")
}

fn facts(diagnosis: &Diagnosis) -> Vec<(Option<bool>, &'static str, String)> {
    let mut facts = Vec::new();
    let signed_in: Vec<&str> =
        diagnosis.sign_in.iter().filter(|it| it.ok).map(|it| it.service.as_str()).collect();
    let refused: Vec<&str> =
        diagnosis.sign_in.iter().filter(|it| !it.ok).map(|it| it.service.as_str()).collect();
    let is_missed = diagnosis.missing.iter().any(|it| it.what.starts_with("Sign-in to"));
    if !diagnosis.sign_in.is_empty() {
        let mut words = signed_in.join(", ");
        if !refused.is_empty() {
            let between = if words.is_empty() { "" } else { "; " };
            let _ = write!(words, "{between}not {}", refused.join(", "));
        }
        facts.push((Some(!is_missed), "Sign-in", words));
    }
    if let Some(permissions) = &diagnosis.permissions {
        let (granted, needed) = (permissions.granted.len(), permissions.needed.len());
        facts.push((
            Some(granted == needed),
            "Permissions",
            format!("{granted} of {needed} granted"),
        ));
        if !permissions.unneeded.is_empty() {
            let names = some(&permissions.unneeded, MOST_NAMES);
            facts.push((None, "", format!("granted, and no control needs it: {names}")));
        }
    }
    if let Some(roles) = &diagnosis.directory_roles {
        let is_missed = diagnosis.missing.iter().any(|it| it.what == "Global Reader");
        let words = if roles.is_empty() { "none".to_owned() } else { roles.join(", ") };
        facts.push((Some(!is_missed), "Directory role", words));
    }
    match &diagnosis.licenses {
        Some(licenses) if licenses.is_empty() => {
            facts.push((None, "Licenses", "none of those that controls ask about".to_owned()));
        }
        Some(licenses) => facts.push((None, "Licenses", licenses.join(", "))),
        None if !diagnosis.datasets.is_empty() => {
            facts.push((Some(false), "Licenses", "could not be read".to_owned()));
        }
        None => {}
    }
    if !diagnosis.datasets.is_empty() {
        facts.push(datasets(diagnosis));
    }
    facts
}

fn datasets(diagnosis: &Diagnosis) -> (Option<bool>, &'static str, String) {
    let is = |state: Readable| diagnosis.datasets.iter().filter(|it| it.state == state).count();
    let mut words = format!(
        "{} of {} readable",
        is(Readable::Yes) + is(Readable::Untried),
        diagnosis.datasets.len()
    );
    for (state, what) in [
        (Readable::NotLicensed, "not licensed"),
        (Readable::NotOffered, "not offered here"),
        (Readable::Refused, "refused"),
        (Readable::Failed, "failed"),
    ] {
        let number = is(state);
        if number > 0 {
            let _ = write!(words, ", {number} {what}");
        }
    }
    (Some(is(Readable::Refused) + is(Readable::Failed) == 0), "Datasets", words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{DatasetState, Permissions, SignIn, Whose};

    fn missing(what: &str, because: &str, controls: usize) -> Missing {
        Missing {
            what: what.to_owned(),
            because: because.to_owned(),
            controls: (0..controls).map(|number| format!("area-some-control-{number}")).collect(),
            next: "Open the consent link that was sent, and wait for an hour.".to_owned(),
        }
    }

    fn diagnosis() -> Diagnosis {
        Diagnosis {
            tenant: Whose {
                id: "0a0a0a0a-0000-4000-8000-000000000001".to_owned(),
                name: "Larkspur\u{202e} Joinery".to_owned(),
                cloud: model::Cloud::GccHigh,
            },
            checklist: "default".to_owned(),
            state: State::Incomplete,
            sign_in: vec![SignIn {
                service: "Microsoft Graph".to_owned(),
                ok: true,
                code: None,
                detail: String::new(),
                trace_id: String::new(),
                correlation_id: String::new(),
            }],
            permissions: Some(Permissions {
                needed: vec!["A.Read.All".to_owned(), "B.Read.All".to_owned()],
                granted: vec!["A.Read.All".to_owned()],
                unneeded: (0..9).map(|number| format!("C{number}.ReadWrite.All")).collect(),
            }),
            directory_roles: Some(Vec::new()),
            licenses: None,
            datasets: vec![DatasetState {
                name: "users".to_owned(),
                state: Readable::Refused,
                detail: String::new(),
            }],
            missing: vec![
                missing("B.Read.All", "the permission is not granted", 40),
                missing("PrivilegedEligibility.Read.All", "the permission is not granted", 1),
            ],
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn lines_fit_into_80_columns_and_hostile_names_do_no_harm() {
        let text = plain(&report(&[diagnosis()], 80));
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert_eq!(widest, Some(80), "{text}");
        assert!(!text.contains('\u{202e}'));
        assert!(text.starts_with("Larkspur Joinery "));
    }

    #[test]
    fn what_is_the_same_is_said_once() {
        let text = plain(&report(&[diagnosis()], 80));
        assert_eq!(text.matches("is not granted").count(), 1, "{text}");
        assert_eq!(text.matches("consent link").count(), 1, "{text}");
        assert!(text.contains("1 of 2 granted"), "{text}");
        assert!(text.contains("serves 1 control\n"), "{text}");
        assert!(text.contains("and 34 more"), "{text}");
    }
}
