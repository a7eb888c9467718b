//! Sets of small numbers as words of bits.

/// The number of words that hold this many bits.
pub(crate) fn words(bits: usize) -> usize {
    bits.div_ceil(64)
}

/// Puts the number into the set. Numbers beyond its width are ignored.
pub(crate) fn set(bits: &mut [u64], bit: usize) {
    if let Some(word) = bits.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

/// Takes the number out of the set.
pub(crate) fn unset(bits: &mut [u64], bit: usize) {
    if let Some(word) = bits.get_mut(bit / 64) {
        *word &= !(1 << (bit % 64));
    }
}

/// Whether the number is in the set.
pub(crate) fn has(bits: &[u64], bit: usize) -> bool {
    bits.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
}

/// Adds every number of the other set.
pub(crate) fn add(bits: &mut [u64], other: &[u64]) {
    for (word, other) in bits.iter_mut().zip(other) {
        *word |= other;
    }
}

/// Keeps only the numbers of the other set.
pub(crate) fn keep(bits: &mut [u64], other: &[u64]) {
    for (word, other) in bits.iter_mut().zip(other) {
        *word &= other;
    }
}

/// Whether the set is empty.
pub(crate) fn empty(bits: &[u64]) -> bool {
    bits.iter().all(|word| *word == 0)
}

/// The numbers of the set, ascending.
pub(crate) fn each(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(index, word)| {
        let mut word = *word;
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
            word &= word - 1;
            Some(index * 64 + bit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_in_and_come_out_in_order() {
        let mut bits = vec![0; words(130)];
        for bit in [129, 0, 64, 63] {
            set(&mut bits, bit);
        }
        set(&mut bits, 1000);
        assert_eq!(each(&bits).collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert!(has(&bits, 129) && !has(&bits, 128) && !has(&bits, 1000));
        keep(&mut bits, &[1, 0, 0]);
        assert_eq!(each(&bits).collect::<Vec<_>>(), [0]);
        assert!(!empty(&bits));
        unset(&mut bits, 0);
        unset(&mut bits, 1000);
        assert!(empty(&bits));
    }
}
