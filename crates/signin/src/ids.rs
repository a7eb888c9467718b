//! Ids as small numbers.
//!
//! Texts lie in one string behind each other: a million ids are a handful of allocations, and
//! looking one up touches two places in memory.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// A slot of the table that holds nothing.
const FREE: u32 = u32::MAX;

/// Texts, each with its number in order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
    /// The length of every text, while all are of the same: GUIDs are. It saves a look at `ends`,
    /// which is slow in large tables.
    each: Option<usize>,
    /// Open addressing with linear probing; the length is a power of two, at most half full.
    slots: Vec<u32>,
}

impl Ids {
    /// Room for this many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        let mut ids = Self::default();
        ids.text.reserve(count * 36);
        ids.ends.reserve(count);
        ids.slots = vec![FREE; slots_for(count)];
        ids
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of that number; empty for a number never given.
    pub(crate) fn text(&self, number: u32) -> &str {
        let index = number as usize;
        if let Some(each) = self.each {
            let start = index.saturating_mul(each);
            return self.text.get(start..start.saturating_add(each)).unwrap_or_default();
        }
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.text.len()),
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of that text.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(text) & mask;
        loop {
            match self.slots.get(at).copied() {
                None | Some(FREE) => return None,
                Some(number) if self.text(number) == text => return Some(number),
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    /// The number of that text, a new one if it is new.
    pub(crate) fn add(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        if (self.len() + 1) * 2 > self.slots.len() {
            self.slots = vec![FREE; slots_for(self.len() * 2 + 1)];
            for number in 0..u32::try_from(self.len()).unwrap_or(FREE) {
                self.place(number);
            }
        }
        let number = u32::try_from(self.len()).unwrap_or(FREE);
        match self.each {
            None if number == 0 => self.each = Some(text.len()),
            Some(each) if each != text.len() => self.each = None,
            _ => {}
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.place(number);
        number
    }

    fn place(&mut self, number: u32) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let mut at = hash(self.text(number)) & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == FREE {
                *slot = number;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Every text with its number, in order of arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..).take(self.len()).map(|number| (number, self.text(number)))
    }
}

fn slots_for(count: usize) -> usize {
    (count.max(4) * 2).next_power_of_two()
}

#[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
fn hash(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_keeps_its_number() {
        let mut ids = Ids::default();
        let texts: Vec<String> = (0..1000).map(|number| format!("id-{}", number * 7)).collect();
        for (number, text) in texts.iter().enumerate() {
            assert_eq!(ids.add(text), u32::try_from(number).unwrap());
        }
        for (number, text) in texts.iter().enumerate() {
            let number = u32::try_from(number).unwrap();
            assert_eq!(ids.add(text), number);
            assert_eq!(ids.find(text), Some(number));
            assert_eq!(ids.text(number), text);
        }
        assert_eq!((ids.find("id-1"), ids.find(""), ids.text(5000)), (None, None, ""));
        let mut alike = Ids::default();
        let numbers = ["aa", "bb", "aa", "cc"].map(|text| alike.add(text));
        assert_eq!((numbers, alike.text(2), alike.text(3)), ([0, 1, 0, 2], "cc", ""));
        assert_eq!((alike.add("d"), alike.text(1), alike.text(3)), (3, "bb", "d"));
        assert_eq!(Ids::default().find("x"), None);
    }
}
