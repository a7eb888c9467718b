//! `muster diff`: what changed, and who did it.

use std::collections::BTreeMap;
use std::path::Path;

use ::archive::{AnyStore, ArchivedScan};
use anyhow::Context as _;
use model::{Actor, ChangeList, FindingState, ScoreMove};

use super::args::{DataFormat, Diff};
use super::terminal::{Terminal, one_line, table};
use super::{Status, Usage};
use crate::input;
use crate::past::{self, Past, Side};

pub(crate) async fn run(arguments: &Diff, terminal: &Terminal) -> anyhow::Result<Status> {
    let list = match (&arguments.archive, &arguments.tenant) {
        (Some(archive), Some(tenant)) => archived(arguments, archive, tenant).await?,
        _ => snapshots(arguments)?,
    };
    match arguments.format {
        DataFormat::Table => terminal.data(&text(&list))?,
        DataFormat::Json => {
            terminal.data(&format!("{}\n", serde_json::to_string_pretty(&list)?))?;
        }
        DataFormat::Csv => terminal.data(&csv(&list))?,
    }
    Ok(Status::Done)
}

fn snapshots(arguments: &Diff) -> anyhow::Result<ChangeList> {
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        let message = "give two snapshots, or --archive and --tenant";
        return Err(Usage(message.to_owned()).into());
    };
    let (old, new) = (input::snapshot(Path::new(old))?, input::snapshot(Path::new(new))?);
    let (old_id, new_id) = (&old.snapshot.tenant.id, &new.snapshot.tenant.id);
    if old_id != new_id {
        return Err(
            Usage(format!("the snapshots are of two tenants, {old_id} and {new_id}")).into()
        );
    }
    if old.snapshot.taken_at > new.snapshot.taken_at {
        let message = format!(
            "the first snapshot was taken later ({}) than the second ({}); give the older one first",
            old.snapshot.taken_at, new.snapshot.taken_at
        );
        return Err(Usage(message).into());
    }
    let profile = super::assess::profile(arguments.profile.as_deref(), &new)?;
    let checklist = super::assess::checklist(arguments.checklist.as_deref(), None, &profile)?;
    let judge = |file: &input::SnapshotFile| {
        crate::assess(&file.snapshot, &file.sha256, &profile, &checklist)
    };
    let (before, after) = (judge(&old), judge(&new));
    Ok(past::compare(
        &Side { snapshot: &old.snapshot, assessment: &before },
        &Side { snapshot: &new.snapshot, assessment: &after },
        &BTreeMap::new(),
    ))
}

async fn archived(arguments: &Diff, archive: &str, tenant: &str) -> anyhow::Result<ChangeList> {
    let store = ::archive::open(archive).await.context("cannot use the archive")?;
    let history = ::archive::history(&store, tenant).await.context("cannot read the archive")?;
    let newest = history.len().checked_sub(1);
    let new = match &arguments.new {
        Some(wanted) => find(&history, wanted)?,
        None => newest.ok_or_else(|| Usage(format!("no scan of the tenant {tenant}")))?,
    };
    let old = match &arguments.old {
        Some(wanted) => find(&history, wanted)?,
        None => new
            .checked_sub(1)
            .ok_or_else(|| Usage("there is no scan before that one".to_owned()))?,
    };
    if old >= new {
        return Err(Usage("the first scan must be older than the second".to_owned()).into());
    }
    let (old, new) = (past_of(&store, &history, old).await?, past_of(&store, &history, new).await?);
    let checklist = new.checklist().with_context(|| {
        format!("this version has no checklist {:?}", new.assessment.checklist.id)
    })?;
    let after = Side { snapshot: &new.snapshot, assessment: &new.assessment };
    let mut list = past::change_list(&old, &after, &new.profile, &checklist);
    // Since when something has been open, the later scan knows best: it looked back step by step.
    for known in new.changes.iter().flat_map(|changes| &changes.findings) {
        let mine = list.findings.iter_mut().find(|finding| finding.control == known.control);
        if let Some(mine) = mine.filter(|mine| mine.state == FindingState::StillOpen)
            && known.state == FindingState::StillOpen
        {
            mine.since = known.since;
        }
    }
    Ok(list)
}

async fn past_of(store: &AnyStore, history: &[ArchivedScan], at: usize) -> anyhow::Result<Past> {
    let scan = history.get(at).context("no such scan")?;
    Past::read(store, scan).await.context("cannot use the archived scan")
}

/// The last scan whose time starts with this text, with or without punctuation.
fn find(history: &[ArchivedScan], wanted: &str) -> Result<usize, Usage> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let start = plain(wanted);
    history
        .iter()
        .rposition(|found| plain(&found.scan.started_at().to_string()).starts_with(&start))
        .filter(|_| !start.is_empty())
        .ok_or_else(|| {
            let last =
                history.last().map_or("none".to_owned(), |s| s.scan.started_at().to_string());
            Usage(format!(
                "no scan at {wanted:?}; there are {}, the last at {last} (see `muster history`)",
                history.len()
            ))
        })
}

/// For a person: settings by area, then findings, then the score.
fn text(list: &ChangeList) -> String {
    let mut parts = vec![format!(
        "{}: {} to {}",
        one_line(&list.tenant.display_name),
        list.before.taken_at.strftime("%Y-%m-%d %H:%M"),
        list.after.taken_at.strftime("%Y-%m-%d %H:%M")
    )];
    if list.changes.is_empty() {
        parts.push("No setting changed.".to_owned());
    } else {
        let mut rows = table(&["Area", "What changed", "Who"]);
        for change in &list.changes {
            rows.add_row(vec![
                change.area.clone(),
                one_line(&format!("{} {}", change.subject.name, change.what)),
                one_line(&actor(&change.actor)),
            ]);
        }
        parts.push(rows.to_string());
    }
    if !list.findings.is_empty() {
        let mut rows = table(&["Finding", "Control", "Severity", "Summary"]);
        let mut findings: Vec<_> = list.findings.iter().collect();
        findings.sort_by_key(|finding| (finding.state, std::cmp::Reverse(finding.severity)));
        for finding in findings {
            let since = finding.since.map(|since| format!(" since {}", since.strftime("%Y-%m-%d")));
            rows.add_row(vec![
                format!("{}{}", finding.state.word().replace('-', " "), since.unwrap_or_default()),
                finding.control.clone(),
                finding.severity.word().to_owned(),
                one_line(&finding.summary),
            ]);
        }
        parts.push(rows.to_string());
    }
    if let Some(score) = &list.score {
        parts.push(format!("Score {:.1} to {:.1}: {}", score.before, score.after, causes(score)));
    }
    for hole in &list.not_compared {
        parts.push(format!("Not compared: {}: {}", hole.words, hole.because));
    }
    parts.join("\n") + "\n"
}

/// "tenant +3.1, checklist -0.4": the parts of a move that are not nothing.
pub(crate) fn causes(score: &ScoreMove) -> String {
    let parts: Vec<String> = [
        ("tenant", score.tenant),
        ("checklist", score.checklist),
        ("license", score.license),
        ("coverage", score.coverage),
    ]
    .into_iter()
    .filter(|(_, part)| part.abs() > 0.04)
    .map(|(name, part)| format!("{name} {part:+.1}"))
    .collect();
    if parts.is_empty() { "no move".to_owned() } else { parts.join(", ") }
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Known { who, app, at, .. } => {
            let with = app.as_ref().filter(|app| *app != who);
            let with = with.map(|app| format!(" with {app}")).unwrap_or_default();
            format!("{who}{with}, {}", at.strftime("%Y-%m-%d %H:%M"))
        }
        Actor::Unknown { because } => format!("unknown: {because}"),
    }
}

/// One row a change; formulas are made harmless.
fn csv(list: &ChangeList) -> String {
    let mut rows = vec![vec![
        "kind".to_owned(),
        "area".to_owned(),
        "id".to_owned(),
        "subject".to_owned(),
        "what".to_owned(),
        "before".to_owned(),
        "after".to_owned(),
        "who".to_owned(),
    ]];
    for change in &list.changes {
        rows.push(vec![
            change.kind.word().to_owned(),
            change.area.clone(),
            change.subject.id.clone(),
            change.subject.name.clone(),
            change.what.clone(),
            change.before.clone().unwrap_or_default(),
            change.after.clone().unwrap_or_default(),
            actor(&change.actor),
        ]);
    }
    for finding in &list.findings {
        rows.push(vec![
            finding.state.word().to_owned(),
            "finding".to_owned(),
            finding.control.clone(),
            finding.title.clone(),
            finding.summary.clone(),
            finding.before.map_or(String::new(), |verdict| verdict.word().to_owned()),
            finding.after.map_or(String::new(), |verdict| verdict.word().to_owned()),
            String::new(),
        ]);
    }
    super::terminal::csv(&rows)
}
