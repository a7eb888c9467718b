//! Facts by object id, for tenants of a hundred thousand accounts.
//!
//! A sorted list that compares the first eight bytes of an id as one number: ids differ there, and
//! the list is a fifth of the work of a tree of texts, to build and to search.

use std::cmp::Ordering;

use model::Id;

/// A fact for each id, sorted by id.
#[derive(Debug, Clone)]
pub(crate) struct ById<'t, T> {
    sorted: Vec<(u64, &'t Id, T)>,
}

impl<T> Default for ById<'_, T> {
    fn default() -> Self {
        Self { sorted: Vec::new() }
    }
}

impl<'t, T> FromIterator<(&'t Id, T)> for ById<'t, T> {
    /// Of several facts for one id the last counts.
    fn from_iter<I: IntoIterator<Item = (&'t Id, T)>>(facts: I) -> Self {
        let keyed = facts.into_iter().map(|(id, fact)| (head(id), id, fact));
        let mut sorted: Vec<_> = keyed.collect();
        sorted.sort_by(|one, two| compare((one.0, one.1), (two.0, two.1)));
        sorted.dedup_by(|later, kept| {
            let same = (later.0, later.1) == (kept.0, kept.1);
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Self { sorted }
    }
}

impl<T> ById<'_, T> {
    /// The fact for that id.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        let wanted = head(id);
        let found = self.sorted.binary_search_by(|(head, known, _)| {
            head.cmp(&wanted).then_with(|| known.as_str().cmp(id))
        });
        found.ok().and_then(|place| self.sorted.get(place)).map(|(.., fact)| fact)
    }

    /// Whether there is a fact for that id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// Whether there is none at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Every fact, sorted by id.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.sorted.iter().map(|(.., fact)| fact)
    }
}

/// Ids before each other in the order of texts.
fn compare(one: (u64, &Id), two: (u64, &Id)) -> Ordering {
    one.0.cmp(&two.0).then_with(|| one.1.cmp(two.1))
}

/// The first eight bytes as a number that orders as they do.
fn head(id: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(facts in proptest::collection::vec(("[a-c0-1]{0,10}", 0..9), 0..40)) {
            let facts: Vec<(Id, i32)> =
                facts.into_iter().map(|(id, fact)| (Id::from(id), fact)).collect();
            let ours: ById<'_, i32> = facts.iter().map(|(id, fact)| (id, *fact)).collect();
            let map: std::collections::BTreeMap<&Id, i32> =
                facts.iter().map(|(id, fact)| (id, *fact)).collect();
            prop_assert!(ours.values().eq(map.values()));
            for (id, _) in &facts {
                prop_assert_eq!(ours.get(id), map.get(id));
            }
            prop_assert_eq!(ours.contains("zzz"), false);
            prop_assert_eq!(ours.is_empty(), map.is_empty());
        }
    }
}
