//! A collection that is done: its snapshot, to be written piece by piece or held.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use model::{Collected, Collector, Data, Dataset, Members, Snapshot, TenantInfo, Unavailable};
use serde_json::value::{RawValue, to_raw_value};

use crate::records::Records;
use crate::spool::Spool;
use crate::traffic::Traffic;

/// As the snapshots of a scan are compressed.
const SNAPSHOT_LEVEL: i32 = 9;

/// What was read of a tenant. The records of large datasets are on disk, not in memory.
#[derive(Debug)]
pub struct Collection {
    /// The snapshot with empty lists of records.
    pub(crate) frame: Snapshot,
    /// The records of the collected datasets, by name.
    pub(crate) records: BTreeMap<&'static str, Records>,
    pub(crate) traffic: Traffic,
    pub(crate) spool: Spool,
}

/// How reading one dataset ended.
#[derive(Debug)]
pub(crate) enum Read {
    Collected(Box<Taken>),
    Unavailable(Unavailable),
}

/// A dataset that was read to its end.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) records: Records,
    pub(crate) source: String,
    pub(crate) at: Timestamp,
}

impl Collection {
    /// The snapshot's JSON, the same bytes as [`Snapshot::to_json`] gives for it. What is held in
    /// memory does not grow with the tenant.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read, or the writer fails.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        // Every dataset is written by itself: `empty` has none, and ends where they belong.
        let empty = Snapshot { datasets: BTreeMap::new(), ..self.frame.clone() };
        let empty = String::from_utf8(empty.to_json().map_err(io::Error::other)?);
        let empty = empty.map_err(io::Error::other)?;
        // In a string the quotes would be escaped, so this is the member itself.
        let (head, tail) = empty
            .split_once(r#""datasets":{"#)
            .ok_or_else(|| io::Error::other("a snapshot without datasets"))?;
        write!(out, r#"{head}"datasets":{{"#)?;
        for (place, (name, dataset)) in self.frame.datasets.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(out, "{comma}{}:", serde_json::to_string(name)?)?;
            let text = serde_json::to_string(dataset)?;
            match (self.records.get(name.as_str()), text.strip_suffix("[]}")) {
                // The records are the last member.
                (Some(records), Some(text)) => {
                    out.write_all(text.as_bytes())?;
                    records.write(out)?;
                    out.write_all(b"}")?;
                }
                _ => out.write_all(text.as_bytes())?,
            }
        }
        out.write_all(tail.as_bytes())
    }

    /// The same as a Zstandard frame.
    ///
    /// # Errors
    ///
    /// As [`Collection::write`].
    pub fn write_zstandard(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut encoder = zstd::stream::write::Encoder::new(out, SNAPSHOT_LEVEL)?;
        self.write(&mut encoder)?;
        encoder.finish().map(drop)
    }

    /// The snapshot, held in memory: for judging it at once.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read.
    pub fn snapshot(&self) -> io::Result<Snapshot> {
        let mut snapshot = self.frame.clone();
        for (name, records) in &self.records {
            if let Some(Dataset::Collected(collected)) = snapshot.datasets.get_mut(*name) {
                let mut json = Vec::new();
                records.write(&mut json)?;
                let json = String::from_utf8(json).map_err(io::Error::other)?;
                collected.records = RawValue::from_string(json)?;
            }
        }
        Ok(snapshot)
    }

    /// The snapshot with an empty list in place of every list of records: what was collected and
    /// what was not.
    pub fn outline(&self) -> &Snapshot {
        &self.frame
    }

    /// What was asked, and how long was waited.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// When the collection was taken up again; empty when it ran in one go.
    pub fn resumed_at(&self) -> &[Timestamp] {
        &self.spool.resumed_at
    }

    /// Removes the pages on disk: the snapshot is where it belongs.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    pub fn finish(self) -> io::Result<()> {
        drop(self.records);
        self.spool.remove()
    }

    pub(crate) fn new(
        tenant: TenantInfo,
        datasets: impl Iterator<Item = (Data, Read)>,
        traffic: Traffic,
        spool: Spool,
    ) -> Self {
        let mut frame = Snapshot {
            tenant,
            taken_at: spool.started_at,
            collector: Collector {
                name: "muster".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            datasets: BTreeMap::new(),
            other: Members::new(),
        };
        let mut tell = |name: &str, value: Option<Box<RawValue>>| {
            frame.other.extend(value.map(|value| (name.to_owned(), value)));
        };
        tell("traffic", to_raw_value(&traffic).ok());
        if !spool.resumed_at.is_empty() {
            tell("resumedAt", to_raw_value(&spool.resumed_at).ok());
        }
        let mut records = BTreeMap::new();
        for (data, read) in datasets {
            let dataset = match read {
                Read::Unavailable(unavailable) => Dataset::Unavailable(unavailable),
                Read::Collected(taken) => {
                    let collected = outline(&taken);
                    records.insert(data.name(), taken.records);
                    Dataset::Collected(collected)
                }
            };
            frame.datasets.insert(data.name().to_owned(), dataset);
        }
        Self { frame, records, traffic, spool }
    }
}

/// A dataset with an empty list in place of its records.
fn outline(taken: &Taken) -> Collected {
    let mut other = Members::new();
    if !taken.records.notes.is_empty()
        && let Ok(notes) = to_raw_value(&taken.records.notes)
    {
        other.insert("notes".to_owned(), notes);
    }
    Collected {
        source: taken.source.clone(),
        at: Some(taken.at),
        pages: taken.records.pages,
        request_ids: taken.records.request_ids.clone(),
        records: to_raw_value(&[(); 0]).unwrap_or_default(),
        other,
    }
}
