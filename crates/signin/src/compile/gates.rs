//! What can refuse a sign-in: each policy, and each rule outside Conditional Access.
//!
//! A gate refuses the points of a product of sets, one set a dimension. So a value is known by the
//! set of gates that it leaves closed, and a sign-in passes when no gate that binds the account is
//! closed in all dimensions.

use crate::bits;
use crate::tri::Tri;

/// A gate that is no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// Clients of Exchange ActiveSync reach Exchange Online only.
    ActiveSyncElsewhere,
    /// Of an external account whose device claims are not trusted.
    ExternalNone,
    /// Of an external account: only its compliant devices are trusted.
    ExternalCompliant,
    /// Of an external account: only its hybrid joined devices are trusted.
    ExternalHybrid,
    /// Of an external account whose compliant and hybrid joined devices are both trusted.
    ExternalBoth,
    /// Security defaults refuse legacy clients.
    DefaultsLegacy,
    /// Security defaults ask administrators for MFA.
    DefaultsAdmins,
    /// Security defaults ask everyone for MFA in Azure management.
    DefaultsAzure,
    /// Per-user MFA asks modern clients for MFA.
    PerUserModern,
    /// Enforced per-user MFA refuses legacy clients the password.
    PerUserLegacy,
}

const FIXED: usize = 10;

/// How gates are numbered: the policies, then the fixed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gates {
    /// How many policies there are.
    pub(crate) policies: usize,
}

impl Gates {
    /// The number of a fixed gate.
    pub(crate) fn fixed(self, gate: Fixed) -> usize {
        self.policies + gate as usize
    }

    /// The words that hold a set of gates.
    pub(crate) fn words(self) -> usize {
        bits::words(self.policies + FIXED)
    }

    /// The set of all fixed gates.
    pub(crate) fn all_fixed(self) -> Vec<u64> {
        let mut gates = vec![0; self.words()];
        for gate in self.policies..self.policies + FIXED {
            bits::set(&mut gates, gate);
        }
        gates
    }
}

/// Which policies name something, for certain or perhaps, to include or to exclude it; and flags
/// of the caller's choice. Two of them combine by joining the sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mention {
    words: usize,
    /// Included, excluded, perhaps included, perhaps excluded, flags.
    bits: Vec<u64>,
}

impl Mention {
    /// No policy names it.
    pub(crate) fn none(gates: Gates) -> Self {
        let words = gates.words();
        Self { words, bits: vec![0; words * 4 + 1] }
    }

    fn part(&mut self, part: usize) -> &mut [u64] {
        self.bits.get_mut(part * self.words..(part + 1) * self.words).unwrap_or_default()
    }

    fn read(&self, part: usize) -> &[u64] {
        self.bits.get(part * self.words..(part + 1) * self.words).unwrap_or_default()
    }

    /// The policy includes it.
    pub(crate) fn include(&mut self, policy: usize) {
        bits::set(self.part(0), policy);
    }

    /// The policy excludes it.
    pub(crate) fn exclude(&mut self, policy: usize) {
        bits::set(self.part(1), policy);
    }

    /// The policy may include it.
    pub(crate) fn may_include(&mut self, policy: usize) {
        bits::set(self.part(2), policy);
    }

    /// The policy may exclude it.
    pub(crate) fn may_exclude(&mut self, policy: usize) {
        bits::set(self.part(3), policy);
    }

    /// The policy includes it, or may, and excludes it, or may.
    pub(crate) fn say(&mut self, policy: usize, included: Tri, excluded: Tri) {
        match included {
            Tri::No => {}
            Tri::Maybe => self.may_include(policy),
            Tri::Yes => self.include(policy),
        }
        match excluded {
            Tri::No => {}
            Tri::Maybe => self.may_exclude(policy),
            Tri::Yes => self.exclude(policy),
        }
    }

    /// Sets flags.
    pub(crate) fn flag(&mut self, flags: u64) {
        if let Some(word) = self.bits.last_mut() {
            *word |= flags;
        }
    }

    /// The flags.
    pub(crate) fn flags(&self) -> u64 {
        self.bits.last().copied().unwrap_or_default()
    }

    /// Both together.
    pub(crate) fn join(&mut self, other: &Self) {
        bits::add(&mut self.bits, &other.bits);
    }

    /// Everything it says, as something that may be so.
    #[must_use]
    pub(crate) fn perhaps(&self) -> Self {
        let mut perhaps = Self { words: self.words, bits: vec![0; self.bits.len()] };
        for (from, to) in [(0, 2), (1, 3), (2, 2), (3, 3)] {
            bits::add(perhaps.part(to), self.read(from));
        }
        perhaps
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        bits::empty(&self.bits)
    }

    /// Policies that include it for certain, and exclude it for certain.
    pub(crate) fn spared(&self) -> Vec<u64> {
        let mut spared = self.read(0).to_vec();
        bits::keep(&mut spared, self.read(1));
        spared
    }

    /// Policies that include it, or may, and exclude it, or may.
    pub(crate) fn maybe_spared(&self) -> Vec<u64> {
        let parts = self.read(0).iter().zip(self.read(1)).zip(self.read(2)).zip(self.read(3));
        parts
            .map(|(((include, exclude), may_include), may_exclude)| {
                (include | may_include) & (exclude | may_exclude)
            })
            .collect()
    }

    /// Policies that include and do not exclude it: for certain, and only perhaps.
    pub(crate) fn chosen(&self) -> (Vec<u64>, Vec<u64>) {
        let parts = self.read(0).iter().zip(self.read(1)).zip(self.read(2)).zip(self.read(3));
        parts
            .map(|(((include, exclude), may_include), may_exclude)| {
                let sure = include & !(exclude | may_exclude);
                (sure, (include | may_include) & !exclude & !sure)
            })
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusion_wins_and_doubt_spreads() {
        let gates = Gates { policies: 5 };
        let mut mention = Mention::none(gates);
        assert!(mention.is_empty());
        mention.include(0);
        mention.include(1);
        mention.exclude(1);
        mention.include(2);
        mention.may_exclude(2);
        mention.may_include(3);
        mention.may_include(4);
        mention.exclude(4);
        mention.flag(1 << 7);
        assert_eq!(mention.chosen(), (vec![0b00001], vec![0b01100]));
        assert_eq!(mention.perhaps().chosen(), (vec![0], vec![0b11111]));
        assert_eq!((mention.flags(), mention.perhaps().flags()), (1 << 7, 0));
    }
}
