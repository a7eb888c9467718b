//! The records of a dataset as they come in, kept byte for byte.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use jiff::Timestamp;
use model::{Collected, Dataset, Members};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::fault::{Fault, Kind};

/// The records of a dataset, one page after the other.
pub(crate) struct Records {
    /// A JSON array without its closing bracket.
    text: String,
    count: usize,
    /// Where the records of earlier pages are, by hash.
    seen: HashMap<u64, Vec<Range<usize>>>,
    hasher: RandomState,
    pub(crate) pages: u32,
    pub(crate) request_ids: Vec<String>,
    /// What was left out of an otherwise complete dataset, for a person.
    pub(crate) notes: Vec<String>,
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
        Self {
            text: "[".to_owned(),
            count: 0,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            pages: 0,
            request_ids: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds a page. A record that an earlier page has byte for byte is an overlap of the pages, and
    /// is left out.
    pub(crate) fn page(&mut self, records: &[&RawValue]) {
        let mut added = Vec::new();
        for record in records {
            let record = record.get();
            let hash = self.hasher.hash_one(record);
            let known = self.seen.get(&hash).is_some_and(|places| {
                places.iter().any(|place| self.text.get(place.clone()) == Some(record))
            });
            if !known {
                added.push((hash, self.push(record)));
            }
        }
        for (hash, place) in added {
            self.seen.entry(hash).or_default().push(place);
        }
        self.pages += 1;
    }

    /// Adds one record, and tells where it is.
    pub(crate) fn push(&mut self, record: &str) -> Range<usize> {
        if self.count > 0 {
            self.text.push(',');
        }
        self.count += 1;
        let start = self.text.len();
        self.text.push_str(record.trim());
        start..self.text.len()
    }

    /// Adds the records of another list.
    pub(crate) fn join(&mut self, other: &Self) {
        if other.count > 0 {
            if self.count > 0 {
                self.text.push(',');
            }
            self.text.push_str(other.text.strip_prefix('[').unwrap_or_default());
            self.count += other.count;
        }
        self.credit(other);
    }

    /// Takes over how the records of another list were come by.
    pub(crate) fn credit(&mut self, other: &Self) {
        self.pages += other.pages;
        self.request_ids.extend(other.request_ids.iter().cloned());
        self.notes.extend(other.notes.iter().cloned());
    }

    /// The records as one JSON array.
    pub(crate) fn to_json(&self) -> String {
        format!("{}]", self.text)
    }

    /// The records, each as raw JSON.
    pub(crate) fn each(&self) -> Vec<String> {
        let text = self.to_json();
        let records: Vec<&RawValue> = serde_json::from_str(&text).unwrap_or_default();
        records.into_iter().map(|record| record.get().to_owned()).collect()
    }

    /// The records as typed values.
    ///
    /// # Errors
    ///
    /// When one has an unexpected shape.
    pub(crate) fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<Vec<T>, Fault> {
        serde_json::from_str(&self.to_json()).map_err(|error| {
            Fault::new(Kind::Failed, format!("the records have an unexpected shape: {error}"))
        })
    }

    /// The dataset.
    pub(crate) fn into_dataset(mut self, source: String, at: Timestamp) -> Dataset {
        self.text.push(']');
        let mut other = Members::new();
        if !self.notes.is_empty()
            && let Ok(notes) = to_raw_value(&self.notes)
        {
            other.insert("notes".to_owned(), notes);
        }
        let records = RawValue::from_string(self.text).unwrap_or_else(|_| empty());
        Dataset::Collected(Collected {
            source,
            at: Some(at),
            pages: self.pages,
            request_ids: self.request_ids,
            records,
            other,
        })
    }
}

/// The empty list. Unreachable in practice: what is pushed was JSON before.
fn empty() -> Box<RawValue> {
    to_raw_value(&[(); 0]).unwrap_or_default()
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

    fn collected(records: Records) -> Collected {
        match records.into_dataset("GET /x".to_owned(), Timestamp::UNIX_EPOCH) {
            Dataset::Collected(collected) => collected,
            Dataset::Unavailable(_) => panic!("records were collected"),
        }
    }

    #[test]
    fn records_stay_as_received_and_overlaps_go() {
        let mut records = Records::new();
        page(&mut records, r#"[{ "id" : 1, "big": 1e400 }, {"id":2},{"id":2}]"#);
        page(&mut records, r"[]");
        page(&mut records, r#"[{"id":2},{"id": 2}]"#);
        let collected = collected(records);
        assert_eq!(
            collected.records.get(),
            r#"[{ "id" : 1, "big": 1e400 },{"id":2},{"id":2},{"id": 2}]"#,
            "equal records of one page stay, of a later page go, unless a byte differs"
        );
        assert_eq!(collected.pages, 3);
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
