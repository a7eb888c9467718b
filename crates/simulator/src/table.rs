//! Records of one dataset: those of a sample's file, then those that a recipe makes.

use std::borrow::Cow;

use serde_json::Value;

use crate::recipe::Made;

/// Records in the order in which they are served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// From the sample's file.
    pub(crate) rows: Vec<Value>,
    /// From the sample's recipe, one at a time, when asked for.
    pub(crate) made: Option<Made>,
}

impl Table {
    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.made.as_ref().map_or(0, Made::len)
    }

    /// The record at a place, `None` past the end.
    pub(crate) fn get(&self, place: usize) -> Option<Cow<'_, Value>> {
        if let Some(row) = self.rows.get(place) {
            return Some(Cow::Borrowed(row));
        }
        let made = self.made.as_ref()?;
        made.record(place - self.rows.len()).map(Cow::Owned)
    }

    /// All records.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cow<'_, Value>> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The stored or made record whose string member has this value, in any case of letters.
    pub(crate) fn find(&self, member: &str, value: &str) -> Option<Cow<'_, Value>> {
        self.iter().find(|record| {
            text(record, member).is_some_and(|found| found.eq_ignore_ascii_case(value))
        })
    }
}

/// A string member of a record.
pub(crate) fn text<'a>(record: &'a Value, member: &str) -> Option<&'a str> {
    record.get(member)?.as_str()
}
