//! `muster controls`: the catalog.

use std::fmt::Write as _;

use ::controls::{
    Body, Control, FrameworkInfo, catalog, control, framework, frameworks, license, mappings,
};
use anstyle::Style;
use serde_json::{Value, json};

use super::args::{Controls, ListFormat};
use super::terminal::{Terminal, table, wrap};
use super::{Status, Usage};
use crate::page;

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
    const LABELS: usize = 12;
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let page = page(control);
    let mut text = format!("{bold}{}{bold:#}\n\n", page.title);
    for (label, fact) in &page.facts {
        let _ = writeln!(text, "{dim}{label:LABELS$}{dim:#}{}", wrap(&plain(fact), LABELS));
    }
    for section in &page.sections {
        let _ = write!(text, "\n{bold}{}{bold:#}\n", section.heading);
        match &section.body {
            Body::Text(paragraph) => {
                let _ = writeln!(text, "{}", wrap(&plain(paragraph), 0));
            }
            Body::Steps(steps) => {
                for (number, step) in (1..).zip(steps) {
                    let _ = writeln!(text, "{number:>2}. {}", wrap(&plain(step), 4));
                }
            }
            Body::Points(points) => {
                for (label, point) in points {
                    let _ = writeln!(text, "  • {}", wrap(&plain(&format!("{label}: {point}")), 4));
                }
            }
        }
    }
    text
}

/// Text for a terminal: marks of code mean nothing there.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn describe(control: &Control) -> Value {
    json!({
        "id": control.id, "area": control.area(), "title": control.title,
        "severity": control.severity.word(), "weight": control.severity.weight(),
        "kind": control.kind.words(), "license": license(control.license),
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
