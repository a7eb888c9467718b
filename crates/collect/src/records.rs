//! The records of a dataset as they come in, kept byte for byte: the latest in memory, the others
//! on disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::fault::{Fault, Kind};
use crate::frames::Frames;
use crate::seen::Seen;
use crate::spool::{Journal, SoFar};

/// Bytes of records that stay in memory.
const IN_MEMORY: usize = 64 << 10;

/// The records of a dataset, one page after the other.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Records not on disk yet, separated by commas.
    tail: String,
    /// The records before them.
    frames: Option<Frames>,
    count: usize,
    seen: Seen,
    /// Why something could not be kept; nothing counts then.
    broken: Option<String>,
    /// What a later run needs to go on from here.
    journal: Option<Journal>,
    pub(crate) pages: u32,
    pub(crate) request_ids: Vec<String>,
    /// What was left out of an otherwise complete dataset, for a person.
    pub(crate) notes: Vec<String>,
}

/// How far records had come at the beginning of a list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    frames: usize,
    count: usize,
    pub(crate) pages: u32,
    request_ids: usize,
}

impl Mark {
    pub(crate) const fn at(frames: usize, count: usize, pages: u32, request_ids: usize) -> Self {
        Self { frames, count, pages, request_ids }
    }
}

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(default, rename = "@odata.nextLink", alias = "nextLink")]
    pub(crate) next: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) value: Option<&'a RawValue>,
    #[serde(default, rename = "@adminapi.warnings")]
    pub(crate) warnings: Option<Vec<serde_json::Value>>,
}

impl<'a> Page<'a> {
    /// Reads a page.
    ///
    /// # Errors
    ///
    /// When the answer is JSON of another shape.
    pub(crate) fn read(answer: &'a str) -> Result<Self, Fault> {
        serde_json::from_str(answer).map_err(|error| {
            Fault::new(Kind::Failed, format!("the answer has an unexpected shape: {error}"))
        })
    }

    /// The records of the page.
    ///
    /// # Errors
    ///
    /// When there is no list.
    pub(crate) fn records(&self) -> Result<Vec<&'a RawValue>, Fault> {
        let value =
            self.value.ok_or_else(|| Fault::new(Kind::Failed, "the answer has no list `value`"))?;
        serde_json::from_str(value.get())
            .map_err(|_| Fault::new(Kind::Failed, "the answer's `value` is no list"))
    }
}

impl Records {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The records that an earlier run left, to be added to.
    pub(crate) fn kept(frames: Frames, count: usize, pages: u32, request_ids: Vec<String>) -> Self {
        Self { frames: Some(frames), count, pages, request_ids, ..Self::default() }
    }

    /// Writes down every page from here on, so that a later run can go on from there.
    pub(crate) fn journaled(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Whether every page is written down.
    pub(crate) fn is_journaled(&self) -> bool {
        self.journal.is_some()
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds a page. A record that an earlier page of the list has byte for byte is an overlap of
    /// the pages, and is left out.
    pub(crate) fn page(&mut self, records: &[&RawValue]) {
        match self.seen.page(records.iter().map(|record| record.get())) {
            Ok(known) => {
                for (record, _) in records.iter().zip(known).filter(|(_, known)| !known) {
                    self.push(record.get());
                }
            }
            Err(error) => self.broken = Some(error.to_string()),
        }
        self.pages += 1;
    }

    /// Adds one record.
    pub(crate) fn push(&mut self, record: &str) {
        self.open();
        self.piece(record.trim());
    }

    /// Begins one record, whose text follows in pieces.
    pub(crate) fn open(&mut self) {
        if self.count > 0 {
            self.piece(",");
        }
        self.count += 1;
    }

    /// Adds a piece of a record's text.
    pub(crate) fn piece(&mut self, text: &str) {
        self.tail.push_str(text);
        // Pages that are written down go to disk one by one.
        if self.journal.is_none() && self.tail.len() > IN_MEMORY {
            self.flush();
        }
    }

    /// Adds the records of another list.
    pub(crate) fn join(&mut self, other: &Self) {
        if other.count > 0 {
            if self.count > 0 {
                self.piece(",");
            }
            self.count += other.count;
            let copied = other.each_text(&mut |text| {
                self.piece(text);
                Ok(())
            });
            if let Err(error) = copied {
                self.broken = Some(error.to_string());
            }
        }
        if self.broken.is_none() {
            self.broken.clone_from(&other.broken);
        }
        self.credit(other);
    }

    /// Takes over how the records of another list were come by.
    pub(crate) fn credit(&mut self, other: &Self) {
        self.pages += other.pages;
        self.request_ids.extend(other.request_ids.iter().cloned());
        self.notes.extend(other.notes.iter().cloned());
    }

    /// Writes to disk what is in memory.
    fn flush(&mut self) {
        if self.tail.is_empty() || self.broken.is_some() {
            return;
        }
        let text = std::mem::take(&mut self.tail);
        let appended = match &mut self.frames {
            Some(frames) => frames.append(&text),
            none => Frames::temporary().and_then(|frames| none.insert(frames).append(&text)),
        };
        match appended {
            Ok(()) if text.capacity() <= 4 * IN_MEMORY => {
                self.tail = text;
                self.tail.clear();
            }
            Ok(()) => {}
            Err(error) => self.broken = Some(error.to_string()),
        }
    }

    /// Begins a list: overlaps are looked for in it alone, and it can be begun anew.
    pub(crate) fn begin(&mut self) -> Mark {
        self.flush();
        self.seen = Seen::default();
        Mark {
            frames: self.frames.as_ref().map_or(0, |frames| frames.ends().len()),
            count: self.count,
            pages: self.pages,
            request_ids: self.request_ids.len(),
        }
    }

    /// Forgets what came since the mark.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.tail.clear();
        let truncated = self.frames.as_mut().map_or(Ok(()), |frames| frames.truncate(mark.frames));
        if let Err(error) = truncated {
            self.broken = Some(error.to_string());
        }
        self.count = mark.count;
        self.pages = mark.pages;
        self.request_ids.truncate(mark.request_ids);
        self.seen = Seen::default();
        if let Some(journal) = &mut self.journal {
            journal.rewind(mark.frames, mark.request_ids);
        }
    }

    /// Ends a page: it is on disk, and where the next one is, too. `list` counts the lists of the
    /// dataset.
    pub(crate) fn end_page(&mut self, list: usize, next: Option<&str>) {
        self.write_down(|journal, so_far| journal.page(so_far, list, next));
    }

    /// Ends the dataset.
    ///
    /// # Errors
    ///
    /// When something could not be kept on disk.
    pub(crate) fn end(&mut self, source: &str, at: jiff::Timestamp) -> Result<(), Fault> {
        self.seen = Seen::default();
        let notes = std::mem::take(&mut self.notes);
        self.write_down(|journal, so_far| journal.done(so_far, &notes, source, at));
        self.notes = notes;
        self.journal = None;
        self.is_whole()
    }

    fn write_down(&mut self, write: impl FnOnce(&mut Journal, &SoFar<'_>) -> io::Result<()>) {
        if self.journal.is_none() {
            return;
        }
        self.flush();
        let so_far = SoFar {
            ends: self.frames.as_ref().map(Frames::ends).unwrap_or_default(),
            request_ids: &self.request_ids,
            records: self.count,
            pages: self.pages,
        };
        if let (Some(journal), None) = (&mut self.journal, &self.broken)
            && let Err(error) = write(journal, &so_far)
        {
            self.broken = Some(error.to_string());
        }
    }

    /// Whether everything could be kept.
    fn is_whole(&self) -> Result<(), Fault> {
        match &self.broken {
            None => Ok(()),
            Some(why) => {
                Err(Fault::new(Kind::Failed, format!("pages cannot be kept on disk: {why}")))
            }
        }
    }

    /// Hands over the text of the records, separated by commas, in pieces that may end anywhere.
    fn each_text(&self, take: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        for frame in 0.. {
            let Some(text) = self.frames.as_ref().map_or(Ok(None), |frames| frames.get(frame))?
            else {
                break;
            };
            take(std::str::from_utf8(&text).map_err(io::Error::other)?)?;
        }
        take(&self.tail)
    }

    /// Writes the records as one JSON array.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read, or the writer fails.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"[")?;
        self.each_text(&mut |text| out.write_all(text.as_bytes()))?;
        out.write_all(b"]")
    }

    /// The records as one JSON array; for lists that do not grow with the tenant.
    pub(crate) fn to_json(&self) -> String {
        let mut json = Vec::new();
        match self.write(&mut json).map(|()| String::from_utf8(json)) {
            Ok(Ok(json)) => json,
            _ => "[]".to_owned(),
        }
    }

    /// The records, each as raw JSON; for lists that do not grow with the tenant.
    pub(crate) fn each(&self) -> Vec<String> {
        let mut records = Vec::new();
        // What is on disk was JSON before; `end` reports a disk that fails.
        drop(self.visit(|record: Box<RawValue>| records.push(record.get().to_owned())));
        records
    }

    /// Hands over one typed record after the other.
    ///
    /// # Errors
    ///
    /// When one has an unexpected shape, or the disk fails.
    pub(crate) fn visit<T: DeserializeOwned>(&self, take: impl FnMut(T)) -> Result<(), Fault> {
        self.is_whole()?;
        let visited = if self.frames.is_none() {
            let text = format!("[{}]", self.tail);
            Each(take, PhantomData).deserialize(&mut serde_json::Deserializer::from_str(&text))
        } else {
            let text = Text { records: self, frame: 0, buffer: b"[".to_vec(), read: 0 };
            let mut text = serde_json::Deserializer::from_reader(io::BufReader::new(text));
            Each(take, PhantomData).deserialize(&mut text)
        };
        visited.map_err(|error| {
            Fault::new(Kind::Failed, format!("the records have an unexpected shape: {error}"))
        })
    }

    /// The records as typed values.
    ///
    /// # Errors
    ///
    /// When one has an unexpected shape, or the disk fails.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        self.visit(|record| all.push(record))?;
        Ok(all)
    }

    /// Learns the records that an earlier run left of a list, so that overlaps with them are found.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub(crate) fn relearn(&mut self, mark: Mark) -> Result<(), Fault> {
        let (mut seen, mut place, mut broken) = (Seen::default(), 0, None);
        let mut some: Vec<Box<RawValue>> = Vec::new();
        self.visit(|record: Box<RawValue>| {
            place += 1;
            if place > mark.count {
                some.push(record);
            }
            if some.len() == 1000 || place == self.count {
                let learned = seen.page(some.drain(..).map(|record| record.get().to_owned()));
                broken = learned.err().map(|error| error.to_string()).or(broken.take());
            }
        })?;
        self.seen = seen;
        self.broken = broken;
        self.is_whole()
    }
}

/// Reads a JSON array and hands over one element after the other.
struct Each<T, F>(F, PhantomData<T>);

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element()? {
            (self.0)(element);
        }
        Ok(())
    }
}

/// The records as one JSON array, to be read.
struct Text<'a> {
    records: &'a Records,
    /// The frame after the one in the buffer; the tail is the one after the last.
    frame: usize,
    buffer: Vec<u8>,
    read: usize,
}

impl Read for Text<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.read == self.buffer.len() {
            let frames = self.records.frames.as_ref();
            let last = frames.map_or(0, |frames| frames.ends().len());
            if self.frame > last {
                return Ok(0);
            }
            let frame = frames.map_or(Ok(None), |frames| frames.get(self.frame))?;
            self.buffer = frame.unwrap_or_else(|| format!("{}]", self.records.tail).into_bytes());
            self.frame += 1;
            self.read = 0;
        }
        let left = self.buffer.get(self.read..).unwrap_or_default();
        let some = left.len().min(to.len());
        to.iter_mut().zip(left).for_each(|(to, from)| *to = *from);
        self.read += some;
        Ok(some)
    }
}

/// A record with members added at its end, as received otherwise. A member that the record has
/// already stays as it is; a record that is no object stays as it is.
pub(crate) fn with_members(record: &str, members: &[(&str, &str)]) -> String {
    let record = record.trim();
    let Ok(present) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(record) else {
        return record.to_owned();
    };
    let mut text = record.strip_suffix('}').unwrap_or(record).trim_end().to_owned();
    let mut is_empty = present.is_empty();
    for (name, value) in members {
        if present.contains_key(*name) {
            continue;
        }
        if !is_empty {
            text.push(',');
        }
        is_empty = false;
        text.push_str(&quoted(name));
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    text
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Texts as a JSON array.
pub(crate) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Vec<Box<RawValue>> {
        serde_json::from_str(text).unwrap()
    }

    fn page(records: &mut Records, text: &str) {
        let raw = raw(text);
        records.page(&raw.iter().map(|it| &**it).collect::<Vec<_>>());
    }

    #[test]
    fn records_stay_as_received_and_overlaps_go() {
        let mut records = Records::new();
        page(&mut records, r#"[{ "id" : 1, "big": 1e400 }, {"id":2},{"id":2}]"#);
        page(&mut records, r"[]");
        page(&mut records, r#"[{"id":2},{"id": 2}]"#);
        assert_eq!(
            records.to_json(),
            r#"[{ "id" : 1, "big": 1e400 },{"id":2},{"id":2},{"id": 2}]"#,
            "equal records of one page stay, of a later page go, unless a byte differs"
        );
        assert_eq!(records.pages, 3);
    }

    #[test]
    fn members_are_added_at_the_end() {
        assert_eq!(with_members(r#" { "a" : 1 } "#, &[("b", "[2]")]), r#"{ "a" : 1,"b":[2]}"#);
        assert_eq!(with_members("{}", &[("b", "2"), ("c", "3")]), r#"{"b":2,"c":3}"#);
        assert_eq!(with_members(r#"{"b":1}"#, &[("b", "2")]), r#"{"b":1}"#);
        assert_eq!(with_members("[1]", &[("b", "2")]), "[1]");
        assert_eq!(with_members(r#"{"a":"}"}"#, &[("b\"", "2")]), r#"{"a":"}","b\"":2}"#);
    }

    #[test]
    fn an_answer_without_a_list_is_no_empty_list() {
        let fault = |text: &str| Page::read(text).and_then(|page| page.records().map(|_| ()));
        assert!(fault("{}").is_err());
        assert!(fault(r#"{"value":{}}"#).is_err());
        assert!(fault("[]").is_err());
        assert!(fault(r#"{"value":[]}"#).is_ok());
    }
}
