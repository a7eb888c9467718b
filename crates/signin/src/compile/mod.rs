//! From records to sets: policies, accounts, and the values that a sign-in can have.

pub(crate) mod devices;
pub(crate) mod directory;
pub(crate) mod endpoints;
pub(crate) mod gates;
pub(crate) mod guests;
pub(crate) mod network;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod targets;

/// The values of one part of a sign-in, the most ordinary first, each with the gates it closes.
pub(crate) struct Dimension<V> {
    /// The values.
    pub(crate) values: Vec<V>,
    words: usize,
    sure: Vec<u64>,
    maybe: Vec<u64>,
}

impl<V> Dimension<V> {
    /// No values yet; sets of gates have that many words.
    pub(crate) fn new(words: usize) -> Self {
        Self { values: Vec::new(), words, sure: Vec::new(), maybe: Vec::new() }
    }

    /// Adds a value with the gates that it closes for certain, and those it closes perhaps.
    pub(crate) fn push(&mut self, value: V, sure: &[u64], maybe: &[u64]) {
        debug_assert!(sure.len() == self.words && maybe.len() == self.words);
        self.values.push(value);
        self.sure.extend_from_slice(sure);
        self.maybe.extend(maybe.iter().zip(sure).map(|(maybe, sure)| maybe & !sure));
    }

    /// The gates that the value of that number closes for certain, and perhaps.
    pub(crate) fn sets(&self, number: usize) -> (&[u64], &[u64]) {
        let at = number * self.words..(number + 1) * self.words;
        (self.sure.get(at.clone()).unwrap_or_default(), self.maybe.get(at).unwrap_or_default())
    }

    /// Each value's number, the value, and the gates it closes for certain and perhaps.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &V, &[u64], &[u64])> {
        let sets = self.sure.chunks_exact(self.words).zip(self.maybe.chunks_exact(self.words));
        self.values
            .iter()
            .zip(sets)
            .enumerate()
            .map(|(number, (value, (sure, maybe)))| (number, value, sure, maybe))
    }
}
