//! `muster controls`: the catalog.

use std::fmt::Write as _;

use ::controls::{
    AREAS, Control, FrameworkInfo, License, catalog, control, framework, frameworks, mappings,
};
use anstyle::Style;
use serde_json::{Value, json};

use super::args::{Controls, ListFormat};
use super::terminal::{Terminal, table};
use super::{Status, Usage};

pub(crate) fn run(arguments: &Controls, terminal: &Terminal) -> anyhow::Result<Status> {
    if let Some(id) = &arguments.id {
        let found = control(id).ok_or_else(|| unknown(id))?;
        let text = match arguments.format {
            ListFormat::Table => explain(found),
            ListFormat::Json => format!("{:#}\n", describe(found)),
        };
        terminal.data(&text)?;
        return Ok(Status::Done);
    }
    let framework = arguments.framework.as_deref().map(known).transpose()?;
    let listed: Vec<&Control> = catalog()
        .filter(|control| framework.is_none_or(|framework| !cited(control, framework).is_empty()))
        .collect();
    let text = match arguments.format {
        ListFormat::Table => list(&listed, framework),
        ListFormat::Json => {
            format!("{:#}\n", Value::Array(listed.into_iter().map(describe).collect()))
        }
    };
    terminal.data(&text)?;
    Ok(Status::Done)
}

fn list(controls: &[&Control], framework: Option<&FrameworkInfo>) -> String {
    let mut head = vec!["Control", "Expected", "Severity", "Weight"];
    head.extend(framework.map(|framework| framework.id.as_str()));
    let mut rows = table(&head);
    for control in controls {
        let mut row = vec![
            control.id.to_owned(),
            control.title.to_owned(),
            control.severity.word().to_owned(),
            control.severity.weight().to_string(),
        ];
        row.extend(framework.map(|framework| cited(control, framework).join(", ")));
        rows.add_row(row);
    }
    let weight: u32 = controls.iter().map(|control| control.severity.weight()).sum();
    format!("{rows}\n{} controls, weight {weight}\n", controls.len())
}

/// Everything about one control, as its page in the documentation says it.
fn explain(control: &Control) -> String {
    let bold = Style::new().bold();
    let area = AREAS.iter().find(|area| area.id == control.area()).map_or("", |area| area.title);
    let mut text = format!(
        "{bold}{}{bold:#}\n{}\n\n{area} · {} · weight {} · {}\n",
        control.title,
        control.id,
        control.severity.word(),
        control.severity.weight(),
        control.kind.words(),
    );
    let mut section = |title: &str, body: &str| {
        let _ = write!(text, "\n{bold}{title}{bold:#}\n{}\n", wrap(body));
    };
    section("Why", control.rationale);
    section("Passes when", control.passes_when);
    let steps: Vec<String> =
        (1..).zip(control.remediation).map(|(number, step)| format!("{number}. {step}")).collect();
    section("What to do", &steps.join("\n"));
    section("License", &license(control));
    let reads: Vec<&str> = control.reads.iter().map(|data| data.name()).collect();
    section("Reads", &reads.join(", "));
    let maps: Vec<String> = mappings(control)
        .iter()
        .map(|(id, ids)| {
            let version = framework(id).map_or("", |framework| &framework.version);
            format!("{id} {version}: {}", ids.join(", "))
        })
        .collect();
    if !maps.is_empty() {
        section("Same subject in", &maps.join("\n"));
    }
    text
}

fn license(control: &Control) -> String {
    let (plans, joint, instead) = match control.license {
        License::None => return "None needed.".to_owned(),
        License::AnyOf(plans, instead) => (plans, " or ", instead),
        License::AllOf(plans, instead) => (plans, " and ", instead),
    };
    let plans = plans.iter().map(|plan| plan.words()).collect::<Vec<_>>().join(joint);
    match instead {
        [] => format!("{plans}; without it not applicable."),
        ids => format!("{plans}; without it judged instead: {}.", ids.join(", ")),
    }
}

fn describe(control: &Control) -> Value {
    json!({
        "id": control.id, "area": control.area(), "title": control.title,
        "severity": control.severity.word(), "weight": control.severity.weight(),
        "kind": control.kind.words(), "license": license(control),
        "reads": control.reads.iter().map(|data| data.name()).collect::<Vec<_>>(),
        "rationale": control.rationale, "passesWhen": control.passes_when,
        "remediation": control.remediation, "effort": control.effort,
        "sources": control.sources, "mappings": mappings(control),
    })
}

/// The requirements of a framework that a control maps to.
fn cited(control: &Control, framework: &FrameworkInfo) -> Vec<String> {
    mappings(control).remove(&framework.id).unwrap_or_default()
}

/// The framework of that name.
pub(super) fn known(name: &str) -> Result<&'static FrameworkInfo, Usage> {
    framework(name).ok_or_else(|| {
        let known: Vec<&str> = frameworks().iter().map(|framework| framework.id.as_str()).collect();
        Usage(format!("no framework {name:?}; there are: {}", known.join(", ")))
    })
}

fn unknown(id: &str) -> Usage {
    let words = |text: &str| text.split('-').map(str::to_owned).collect::<Vec<_>>();
    let wanted = words(id);
    let near: Vec<&str> = catalog()
        .map(|control| control.id)
        .filter(|known| known.contains(id) || words(known).iter().any(|word| wanted.contains(word)))
        .take(5)
        .collect();
    let hint = if near.is_empty() {
        "`muster controls` lists them all".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Usage(format!("no control {id:?}; {hint}"))
}

/// The text in lines as wide as the terminal, at most 90 columns; its own line breaks stay.
fn wrap(text: &str) -> String {
    let width = usize::from(super::terminal::width().min(90));
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
    lines.join("\n")
}
