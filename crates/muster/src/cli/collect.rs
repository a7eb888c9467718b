//! `muster collect`: one tenant's snapshot and nothing else.

use ::collect::Request;
use anyhow::Context as _;
use jiff::Timestamp;

use super::Status;
use super::args::Collect;
use super::progress::Lines;
use super::terminal::{Terminal, one_line};
use crate::{pipeline, profiles};

pub(crate) async fn run(arguments: &Collect, terminal: &Terminal) -> anyhow::Result<Status> {
    let profiles = profiles::read_all(&arguments.cloud.tenants)?;
    let profile = profiles::choose(&profiles, &arguments.tenant)?;
    let checklist = super::assess::checklist(None, None, profile)?;
    let credential = super::scan::credential(profile)?;
    let line = Lines::new(terminal).tenant(&profile.tenant.name, checklist.data().len());
    let request = Request {
        profile,
        endpoints: super::scan::endpoints(profile, &arguments.cloud),
        credential: &credential,
        wanted: checklist.data(),
        started_at: Timestamp::now(),
        limits: super::scan::limits(&arguments.cloud),
    };
    let snapshot = ::collect::collect(&request, &line)
        .await
        .with_context(|| format!("cannot collect {}", one_line(&profile.tenant.name)))?;
    line.finish();
    super::import::write(&snapshot, &arguments.output)?;
    let unread = pipeline::unread(&snapshot);
    terminal.say(&format!(
        "{}: {} datasets",
        arguments.output.display(),
        snapshot.datasets.len() - unread.len()
    ));
    for (name, reason) in &unread {
        terminal.say(&format!("not read: {name} ({reason:?})"));
    }
    Ok(if unread.is_empty() { Status::Done } else { Status::Incomplete })
}
