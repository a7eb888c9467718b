//! `muster import`: another tool's export becomes a snapshot.

use super::Status;
use super::args::{Import, Tool};
use super::terminal::{Terminal, one_line};
use crate::{files, input};

pub(crate) fn run(arguments: &Import, terminal: &Terminal) -> anyhow::Result<Status> {
    let Tool::Scubagear = arguments.tool;
    let snapshot = input::snapshot(&arguments.export)?.snapshot;
    write(&snapshot, &arguments.output)?;
    terminal.say(&format!(
        "{}: {} datasets of the tenant {}, of {}",
        arguments.output.display(),
        snapshot.datasets.len(),
        one_line(&snapshot.tenant.display_name),
        snapshot.taken_at
    ));
    Ok(Status::Done)
}

/// Writes a snapshot, compressed when the name says so.
pub(crate) fn write(snapshot: &model::Snapshot, path: &std::path::Path) -> anyhow::Result<()> {
    let compressed = path.extension().is_some_and(|ending| ending == "zst");
    let bytes = if compressed { snapshot.to_zstandard()? } else { snapshot.to_json()? };
    files::write_whole(path, &bytes)
}
