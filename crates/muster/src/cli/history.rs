//! `muster history`: scores and grades over time.

use std::collections::BTreeMap;

use ::archive::ArchivedScan;
use anyhow::Context as _;
use model::ScoreMove;
use serde_json::{Value, json};

use super::Status;
use super::args::{DataFormat, History};
use super::diff::causes;
use super::terminal::{Terminal, one_line, table};
use crate::past::{Past, score_move};

/// One scan in the list.
struct Point {
    at: jiff::Timestamp,
    value: Option<f64>,
    grade: Option<String>,
    coverage: Option<f64>,
    checklist: String,
    program: String,
    split: Result<Option<ScoreMove>, String>,
}

pub(crate) async fn run(arguments: &History, terminal: &Terminal) -> anyhow::Result<Status> {
    let store = ::archive::open(&arguments.archive).await.context("cannot use the archive")?;
    let mut history =
        ::archive::history(&store, &arguments.tenant).await.context("cannot read the archive")?;
    if arguments.monthly {
        let months: BTreeMap<String, ArchivedScan> = history
            .into_iter()
            .map(|scan| (scan.scan.started_at().strftime("%Y-%m").to_string(), scan))
            .collect();
        history = months.into_values().collect();
    }
    let mut points = Vec::new();
    let mut before: Option<Result<Past, String>> = None;
    for archived in &history {
        let mut point = point(archived);
        if arguments.explain {
            let this = Past::read(&store, archived).await;
            let this = this.map_err(|error| format!("{:#}", anyhow::Error::from(error)));
            point.split = match (&before, &this) {
                (Some(Ok(before)), Ok(this)) => Ok(score_move(before, this)),
                (Some(Err(why)), _) | (_, Err(why)) => Err(why.clone()),
                (None, _) => Ok(None),
            };
            before = Some(this);
        }
        points.push(point);
    }
    let text = match arguments.format {
        DataFormat::Table => text(&points, arguments.explain),
        DataFormat::Json => {
            let json = json!({
                "schema": "muster.history/1",
                "tenant": arguments.tenant,
                "scans": points.iter().map(document).collect::<Vec<_>>(),
            });
            format!("{}\n", serde_json::to_string_pretty(&json)?)
        }
        DataFormat::Csv => csv(&points),
    };
    terminal.data(&text)?;
    Ok(if points.is_empty() { Status::Nothing } else { Status::Done })
}

fn point(archived: &ArchivedScan) -> Point {
    let said = &archived.manifest.predicate.scan;
    let text = |path: &str| said.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let number = |path: &str| said.pointer(path).and_then(Value::as_f64);
    let joined = |one: &str, other: &str| {
        let parts = [text(one), text(other)].into_iter().flatten();
        one_line(&parts.collect::<Vec<_>>().join(" "))
    };
    Point {
        at: archived.scan.started_at(),
        value: number("/score/value"),
        grade: text("/score/grade"),
        coverage: number("/score/coverage"),
        checklist: joined("/checklist/id", "/checklist/version"),
        program: joined("/collector/name", "/collector/version"),
        split: Ok(None),
    }
}

fn text(points: &[Point], explain: bool) -> String {
    let last = if explain { "Why" } else { "Checklist" };
    let mut rows = table(&["Scan", "Grade", "Score", "Move", "Read", "", last]);
    let mut before = None;
    for point in points {
        let moved = before.zip(point.value).map(|(old, new)| format!("{:+.1}", new - old));
        let why = match &point.split {
            Ok(Some(split)) => causes(split),
            Ok(None) if explain => String::new(),
            Err(why) => format!("cannot be told: {}", one_line(why)),
            Ok(None) => point.checklist.clone(),
        };
        rows.add_row(vec![
            point.at.strftime("%Y-%m-%d %H:%M").to_string(),
            point.grade.clone().unwrap_or_else(|| "–".to_owned()),
            point.value.map_or("–".to_owned(), |value| format!("{value:.1}")),
            moved.unwrap_or_default(),
            point
                .coverage
                .map_or("–".to_owned(), |share| format!("{:.0} %", (share * 100.0).floor())),
            point.value.map_or(String::new(), bar),
            why,
        ]);
        before = point.value.or(before);
    }
    format!("{rows}\n")
}

/// The score as a bar of at most twenty blocks.
fn bar(value: f64) -> String {
    (0..20).map(|block| if f64::from(block) * 5.0 < value { '█' } else { '·' }).collect()
}

fn document(point: &Point) -> Value {
    json!({
        "at": point.at,
        "score": point.value,
        "grade": point.grade,
        "coverage": point.coverage,
        "checklist": point.checklist,
        "program": point.program,
        "move": point.split.as_ref().ok(),
        "because": point.split.as_ref().err(),
    })
}

fn csv(points: &[Point]) -> String {
    let head = [
        "at",
        "score",
        "grade",
        "coverage",
        "checklist",
        "program",
        "tenantMove",
        "checklistMove",
        "licenseMove",
        "coverageMove",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for point in points {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let split = point.split.as_ref().ok().and_then(|split| *split);
        let part = |part: fn(&ScoreMove) -> f64| number(split.as_ref().map(part));
        rows.push(vec![
            point.at.to_string(),
            number(point.value),
            point.grade.clone().unwrap_or_default(),
            number(point.coverage),
            point.checklist.clone(),
            point.program.clone(),
            part(|split| split.tenant),
            part(|split| split.checklist),
            part(|split| split.license),
            part(|split| split.coverage),
        ]);
    }
    super::terminal::csv(&rows)
}
