//! `muster rescore`: archived snapshots judged again. What is archived stays.

use ::controls::Checklist;
use anyhow::Context as _;
use comfy_table::ColumnConstraint;
use model::ScoreMove;
use serde_json::{Value, json};

use super::args::{DataFormat, Rescore};
use super::diff::causes;
use super::terminal::{Terminal, one_line, table};
use super::{Status, Usage};
use crate::past::Past;

/// One scan judged again.
struct Again {
    tenant: String,
    at: jiff::Timestamp,
    outcome: Result<Outcome, String>,
}

struct Outcome {
    archived: Option<f64>,
    now: Option<f64>,
    /// The very bytes that are archived.
    same: bool,
    split: Option<ScoreMove>,
    checklist: String,
}

pub(crate) async fn run(arguments: &Rescore, terminal: &Terminal) -> anyhow::Result<Status> {
    let chosen = arguments
        .checklist
        .as_deref()
        .map(|name| {
            Checklist::named(name).ok_or_else(|| {
                let names = Checklist::NAMES.join(", ");
                Usage(format!("no checklist {name:?}; there are: {names}"))
            })
        })
        .transpose()?;
    let store = ::archive::open(&arguments.archive).await.context("cannot use the archive")?;
    let tenants = match arguments.tenant.as_slice() {
        [] => ::archive::tenants(&store).await.context("cannot read the archive")?,
        chosen => chosen.to_vec(),
    };
    let mut all = Vec::new();
    for tenant in tenants {
        let history =
            ::archive::history(&store, &tenant).await.context("cannot read the archive")?;
        for archived in &history {
            let past = Past::read(&store, archived).await;
            let outcome = past
                .map_err(|error| format!("{:#}", anyhow::Error::from(error)))
                .and_then(|past| again(&past, chosen.as_ref()));
            all.push(Again { tenant: tenant.clone(), at: archived.scan.started_at(), outcome });
        }
    }
    terminal.data(&print(&all, arguments.format)?)?;
    let failed = all.iter().filter(|again| again.outcome.is_err()).count();
    Ok(match failed {
        0 if !all.is_empty() => Status::Done,
        failed if failed == all.len() => Status::Nothing,
        _ => Status::Incomplete,
    })
}

fn again(past: &Past, chosen: Option<&Checklist>) -> Result<Outcome, String> {
    let checklist = match chosen {
        Some(checklist) => checklist.clone(),
        None => past.checklist().ok_or_else(|| {
            format!("this version has no checklist {:?}", past.assessment.checklist.id)
        })?,
    };
    let now = past.rejudged(&checklist);
    Ok(Outcome {
        archived: past.assessment.score.value,
        now: now.score.value,
        same: past.is_reproduced_by(&now),
        // One snapshot, judged in two ways: all of a move is the checklist's.
        split: changes::split(&past.assessment, &now, &now, &now),
        checklist: format!("{} {}", checklist.id, checklist.version),
    })
}

fn print(all: &[Again], format: DataFormat) -> anyhow::Result<String> {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
    match format {
        DataFormat::Table => {
            let mut rows = table(&["Tenant", "Scan", "Archived", "Now", "Outcome"]);
            for again in all {
                let at = again.at.strftime("%Y-%m-%d %H:%M").to_string();
                let (archived, now, outcome) = match &again.outcome {
                    Err(why) => ("–".to_owned(), "–".to_owned(), one_line(why)),
                    Ok(found) => (number(found.archived), number(found.now), said(found)),
                };
                rows.add_row(vec![again.tenant.clone(), at, archived, now, outcome]);
            }
            if let Some(column) = rows.column_mut(0) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            Ok(format!("{rows}\n"))
        }
        DataFormat::Json => {
            let scans: Vec<Value> = all.iter().map(document).collect();
            let json = json!({ "schema": "muster.rescore/1", "scans": scans });
            Ok(format!("{}\n", serde_json::to_string_pretty(&json)?))
        }
        DataFormat::Csv => {
            let head = ["tenant", "at", "archived", "now", "outcome"];
            let mut rows = vec![head.map(str::to_owned).to_vec()];
            for again in all {
                let (archived, now, outcome) = match &again.outcome {
                    Err(why) => (String::new(), String::new(), why.clone()),
                    Ok(found) => (number(found.archived), number(found.now), said(found)),
                };
                rows.push(vec![again.tenant.clone(), again.at.to_string(), archived, now, outcome]);
            }
            Ok(super::terminal::csv(&rows))
        }
    }
}

fn said(found: &Outcome) -> String {
    match (&found.split, found.same) {
        (_, true) => "the same bytes as archived".to_owned(),
        (Some(split), false) => format!("by {}: {}", found.checklist, causes(split)),
        (None, false) => format!("by {}: another assessment", found.checklist),
    }
}

fn document(again: &Again) -> Value {
    match &again.outcome {
        Err(why) => json!({ "tenant": again.tenant, "at": again.at, "because": why }),
        Ok(found) => json!({
            "tenant": again.tenant,
            "at": again.at,
            "archived": found.archived,
            "now": found.now,
            "sameBytes": found.same,
            "checklist": found.checklist,
            "move": found.split,
        }),
    }
}
