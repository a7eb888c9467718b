//! What a killed collection leaves, so that the next one goes on at the last page.
//!
//! A folder holds `run.json` (whose, since when) and for each dataset two files: `NAME.pages`, the
//! pages in Zstandard frames, and `NAME.journal`, a line for each page: where its frame ends and
//! where the next page is. A line is written after its page; what has no line does not count. No
//! token and no credential is ever in it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::{Data, Id};
use serde::{Deserialize, Serialize};

use crate::frames::Frames;
use crate::records::{Mark, Records};

/// The file that makes a folder one of ours.
const RUN: &str = "run.json";

/// Why a folder for pages cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file in it cannot be written or read.
    #[error("cannot use the folder {folder} for pages")]
    Io {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another collection writes to it right now.
    #[error("another collection is using the folder {0}; wait for it, or name another folder")]
    InUse(PathBuf),
    /// It holds something else, which must not be overwritten.
    #[error("the folder {0} is not empty and holds no pages of a collection; name another folder")]
    Foreign(PathBuf),
}

/// Where pages are kept until the snapshot is written.
#[derive(Debug)]
pub(crate) struct Spool {
    /// The folder, locked as long as its file is open; `None` keeps nothing beyond the run.
    place: Option<(PathBuf, File)>,
    /// When the collection first began.
    pub(crate) started_at: Timestamp,
    /// When it was taken up again.
    pub(crate) resumed_at: Vec<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tenant: Id,
    version: String,
    started_at: Timestamp,
    resumed_at: Vec<Timestamp>,
}

/// A line of a journal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    /// Frames of earlier lines that still count, and the ends of those that are new.
    kept_frames: usize,
    ends: Vec<u64>,
    /// As `kept_frames` and `ends`, for the services' ids of the requests.
    kept_ids: usize,
    request_ids: Vec<String>,
    /// Records and pages so far.
    records: usize,
    pages: u32,
    /// The list that the page is of, and where the next page is; `None` after the last.
    list: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// On the last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<Done>,
}

/// What is known of a dataset that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) source: String,
    pub(crate) at: Timestamp,
    notes: Vec<String>,
}

/// The journal of one dataset.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    frames: usize,
    ids: usize,
}

/// A dataset as an earlier run left it, or as it begins.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) records: Records,
    /// The list to go on with.
    pub(crate) list: usize,
    /// Its next page, and how far the dataset had come when it began; `None` begins it.
    pub(crate) next: Option<(String, Mark)>,
    /// Set when nothing is left to ask.
    pub(crate) done: Option<Done>,
}

impl Spool {
    /// Keeps nothing beyond the run.
    pub(crate) const fn none(started_at: Timestamp) -> Self {
        Self { place: None, started_at, resumed_at: Vec::new() }
    }

    /// Opens a folder: goes on with what is there when it is of this tenant and younger than
    /// `fresh`, else begins anew.
    pub(crate) fn open(
        folder: &Path,
        tenant: &Id,
        now: Timestamp,
        fresh: Duration,
    ) -> Result<Self, SpoolError> {
        let failed = |source| SpoolError::Io { folder: folder.to_owned(), source };
        create_private(folder).map_err(failed)?;
        let is_ours = folder.join(RUN).exists();
        if !is_ours && std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(SpoolError::Foreign(folder.to_owned()));
        }
        let path = folder.join(RUN);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        // A file system without locks is used without.
        if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(SpoolError::InUse(folder.to_owned()));
        }
        let text = io::read_to_string(&file).map_err(failed)?;
        let before = serde_json::from_str::<Run>(&text).ok().filter(|run| {
            let age = now.duration_since(run.started_at);
            run.tenant == *tenant
                && run.version == env!("CARGO_PKG_VERSION")
                && age >= SignedDuration::ZERO
                && SignedDuration::try_from(fresh).is_ok_and(|fresh| age <= fresh)
        });
        let run = if let Some(mut run) = before {
            run.resumed_at.push(now);
            run
        } else {
            clear(folder).map_err(failed)?;
            Run {
                tenant: tenant.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                started_at: now,
                resumed_at: Vec::new(),
            }
        };
        let json = serde_json::to_string(&run).map_err(|error| failed(error.into()))?;
        let write = |file: &mut File| {
            file.set_len(0)?;
            io::Seek::rewind(file)?;
            file.write_all(json.as_bytes())
        };
        write(&mut file).map_err(failed)?;
        let Run { started_at, resumed_at, .. } = run;
        Ok(Self { place: Some((folder.to_owned(), file)), started_at, resumed_at })
    }

    /// What an earlier run left of a dataset, if it asked the same; else a beginning.
    pub(crate) fn dataset(&self, data: Data, source: &str) -> io::Result<Kept> {
        let Some((folder, _)) = &self.place else { return Ok(Kept::default()) };
        let [pages, journal] = files(folder, data);
        // What cannot be read is asked again.
        if let Some(kept) = kept(&pages, &journal, source) {
            return Ok(kept);
        }
        let mut file = File::create(&journal)?;
        writeln!(file, "{}", serde_json::to_string(source)?)?;
        let frames = Frames::open(&pages, Vec::new())?;
        let journal = Journal { file, frames: 0, ids: 0 };
        let records = Records::kept(frames, 0, 0, Vec::new()).journaled(journal);
        Ok(Kept { records, ..Kept::default() })
    }

    /// Keeps a dataset that was put together in memory, for the next run.
    pub(crate) fn keep(&self, data: Data, source: &str, records: Records) -> io::Result<Records> {
        let Some((folder, _)) = &self.place else { return Ok(records) };
        if records.is_journaled() {
            return Ok(records);
        }
        for path in files(folder, data) {
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        let mut kept = self.dataset(data, source)?.records;
        kept.join(&records);
        Ok(kept)
    }

    /// Removes the folder: the snapshot is written.
    pub(crate) fn remove(self) -> io::Result<()> {
        let Some((folder, file)) = self.place else { return Ok(()) };
        clear(&folder)?;
        drop(file);
        std::fs::remove_file(folder.join(RUN))?;
        // Somebody may have put something else there.
        std::fs::remove_dir(&folder).or(Ok(()))
    }
}

impl Journal {
    /// Writes down a page.
    pub(crate) fn page(
        &mut self,
        so_far: &SoFar<'_>,
        list: usize,
        next: Option<&str>,
    ) -> io::Result<()> {
        let next = next.map(str::to_owned);
        self.line(so_far, Line { list, next, ..Line::default() })
    }

    /// Writes down the end of the dataset.
    pub(crate) fn done(
        &mut self,
        so_far: &SoFar<'_>,
        notes: &[String],
        source: &str,
        at: Timestamp,
    ) -> io::Result<()> {
        let done = Done { source: source.to_owned(), at, notes: notes.to_vec() };
        self.line(so_far, Line { done: Some(done), ..Line::default() })
    }

    /// Forgets pages.
    pub(crate) fn rewind(&mut self, frames: usize, ids: usize) {
        self.frames = self.frames.min(frames);
        self.ids = self.ids.min(ids);
    }

    fn line(&mut self, so_far: &SoFar<'_>, line: Line) -> io::Result<()> {
        let line = Line {
            kept_frames: self.frames,
            ends: so_far.ends.iter().skip(self.frames).copied().collect(),
            kept_ids: self.ids,
            request_ids: so_far.request_ids.iter().skip(self.ids).cloned().collect(),
            records: so_far.records,
            pages: so_far.pages,
            ..line
        };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.frames = so_far.ends.len();
        self.ids = so_far.request_ids.len();
        Ok(())
    }
}

/// How far a dataset has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoFar<'a> {
    pub(crate) ends: &'a [u64],
    pub(crate) request_ids: &'a [String],
    pub(crate) records: usize,
    pub(crate) pages: u32,
}

/// The files of a dataset: pages and journal.
fn files(folder: &Path, data: Data) -> [PathBuf; 2] {
    ["pages", "journal"].map(|ending| folder.join(format!("{}.{ending}", data.name())))
}

/// Reads a journal as far as it is whole.
fn kept(pages: &Path, journal: &Path, source: &str) -> Option<Kept> {
    let mut lines = BufReader::new(File::open(journal).ok()?).lines();
    let head = lines.next()?.ok()?;
    if serde_json::from_str::<String>(&head).ok()? != source {
        return None;
    }
    let mut good = head.len() + 1;
    let (mut ends, mut ids) = (Vec::new(), Vec::new());
    let mut latest = Line::default();
    // Where each list began.
    let mut mark = Mark::default();
    for text in lines {
        let text = text.ok()?;
        let Ok(line) = serde_json::from_str::<Line>(&text) else { break };
        if latest.next.is_none() {
            mark = Mark::at(ends.len(), latest.records, latest.pages, ids.len());
        }
        good += text.len() + 1;
        ends.truncate(line.kept_frames);
        ends.extend(&line.ends);
        ids.truncate(line.kept_ids);
        ids.extend(line.request_ids.iter().cloned());
        latest = line;
    }
    // A last line without its end is half a line.
    let file = File::options().read(true).append(true).open(journal).ok()?;
    if file.metadata().ok()?.len() < good as u64 {
        return None;
    }
    file.set_len(good as u64).ok()?;
    let journal = Journal { file, frames: ends.len(), ids: ids.len() };
    let frames = Frames::open(pages, ends).ok()?;
    let mut records = Records::kept(frames, latest.records, latest.pages, ids);
    if let Some(done) = latest.done {
        records.notes.clone_from(&done.notes);
        return Some(Kept { records, done: Some(done), ..Kept::default() });
    }
    let mut records = records.journaled(journal);
    let has_pages = latest.pages > 0;
    let list = latest.list + usize::from(has_pages && latest.next.is_none());
    let next = latest.next.map(|next| (next, mark));
    if let Some((_, mark)) = &next {
        records.relearn(*mark).ok()?;
    }
    Some(Kept { records, list, next, done: None })
}

/// Removes the files of datasets.
fn clear(folder: &Path) -> io::Result<()> {
    for data in Data::ALL {
        for path in files(folder, *data) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Creates a folder that only its owner may read: it holds a tenant's data.
fn create_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
