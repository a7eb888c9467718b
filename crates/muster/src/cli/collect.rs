//! `muster collect`: one tenant's snapshot and nothing else.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use ::collect::{Collection, Request, Traffic};
use anyhow::Context as _;
use jiff::Timestamp;

use super::Status;
use super::args::Collect;
use super::progress::Lines;
use super::terminal::{Terminal, one_line};
use crate::{files, pipeline, profiles};

pub(crate) async fn run(arguments: &Collect, terminal: &Terminal) -> anyhow::Result<Status> {
    let profiles = profiles::read_all(&arguments.cloud.tenants)?;
    let profile = profiles::choose(&profiles, &arguments.tenant)?;
    let checklist = super::assess::checklist(None, None, profile)?;
    let credential = super::scan::credential(profile).await?;
    let line = Lines::new(terminal).tenant(&profile.tenant.name, checklist.data().len());
    let request = Request {
        profile,
        endpoints: super::scan::endpoints(profile, &arguments.cloud),
        credential: &credential,
        wanted: checklist.data(),
        started_at: Timestamp::now(),
        limits: super::scan::limits(&arguments.cloud),
    };
    // What a killed run read is beside the snapshot that it could not write.
    let mut pages = arguments.output.clone().into_os_string();
    pages.push(".pages");
    let collection = ::collect::collect_to(&request, Some(Path::new(&pages)), &line)
        .await
        .with_context(|| format!("cannot collect {}", one_line(&profile.tenant.name)))?;
    line.finish();
    write(&collection, &arguments.output)?;
    let unread = pipeline::unread(collection.outline());
    terminal.say(&format!(
        "{}: {} datasets",
        arguments.output.display(),
        collection.outline().datasets.len() - unread.len()
    ));
    if let Some(at) = collection.resumed_at().last() {
        let began = collection.outline().taken_at;
        terminal.say(&format!("taken up at {at} where the run of {began} had stopped"));
    }
    terminal.say(&traffic(&collection.traffic()));
    for (name, reason) in &unread {
        terminal.say(&format!("not read: {name} ({reason:?})"));
    }
    // A folder that cannot be removed is in nobody's way.
    if let Err(error) = collection.finish() {
        terminal.say(&format!("{}: {error}", Path::new(&pages).display()));
    }
    Ok(if unread.is_empty() { Status::Done } else { Status::Incomplete })
}

/// Writes a snapshot piece by piece, compressed when the name says so.
fn write(collection: &Collection, path: &Path) -> anyhow::Result<()> {
    let compressed = path.extension().is_some_and(|ending| ending == "zst");
    files::write_whole_with(path, |file| {
        if compressed {
            collection.write_zstandard(file)
        } else {
            let mut file = BufWriter::new(file);
            collection.write(&mut file)?;
            file.flush()
        }
    })
}

/// One line on what was asked, and how long was waited.
fn traffic(traffic: &Traffic) -> String {
    let seconds = |milliseconds: u64| milliseconds.div_ceil(1000);
    format!(
        "{} requests, {} throttled, {} failed; waited {} s for the services, {} s to keep to their \
         rates",
        traffic.requests,
        traffic.throttled,
        traffic.failed,
        seconds(traffic.waited_ms),
        seconds(traffic.paced_ms)
    )
}
