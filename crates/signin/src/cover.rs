//! Is there a point outside all boxes? And the most ordinary one.
//!
//! Each value of each dimension closes a set of gates. A point passes when the gates that bind the
//! account and that all its values close are none: the sets have nothing in common. So the search
//! takes one value a dimension, keeps the gates still closed, and stops as soon as none is left.
//! What was found out about a set of gates holds for every account, so it is remembered.

use rustc_hash::{FxHashMap, FxHashSet};

/// A value of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell<const N: usize> {
    /// The gates it closes.
    pub(crate) closes: [u64; N],
    /// The caller's number.
    pub(crate) value: u32,
}

/// Dimensions to search.
pub(crate) struct Cover<const N: usize> {
    levels: Vec<Level<N>>,
    /// The number of each level's dimension.
    dimensions: Vec<usize>,
    /// By level and gates still closed: the first cell that leads to a way through, or [`CLOSED`].
    known: FxHashMap<(u32, [u64; N]), u32>,
    /// Steps that may still be made.
    budget: u64,
}

struct Level<const N: usize> {
    /// The most ordinary first.
    cells: Vec<Cell<N>>,
    /// Gates that every cell closes, here and on all later levels.
    inevitable: [u64; N],
    /// Gates that some cell closes, here and on every later level.
    relevant: [u64; N],
}

const CLOSED: u32 = u32::MAX;

/// More work than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// The most findings that are remembered.
const MOST_KNOWN: usize = 1 << 20;

impl<const N: usize> Cover<N> {
    /// Prepares a search for the most ordinary way through these dimensions, each with its cells
    /// from the most ordinary on. `budget` bounds the steps of all searches together.
    pub(crate) fn new(dimensions: Vec<Vec<Cell<N>>>, budget: u64) -> Self {
        Self::of(dimensions.into_iter().map(useful).enumerate().collect(), budget)
    }

    /// Prepares a search for any way at all, which is faster.
    pub(crate) fn unordered(dimensions: Vec<Vec<Cell<N>>>, budget: u64) -> Self {
        let mut least: Vec<(usize, Vec<Cell<N>>)> = dimensions
            .into_iter()
            .map(|mut cells| {
                cells.sort_by_key(|cell| cell.closes.map(u64::count_ones).iter().sum::<u32>());
                useful(cells)
            })
            .enumerate()
            .collect();
        // Few choices first.
        least.sort_by_key(|(_, cells)| cells.len());
        Self::of(least, budget)
    }

    fn of(dimensions: Vec<(usize, Vec<Cell<N>>)>, budget: u64) -> Self {
        let (numbers, dimensions): (Vec<usize>, Vec<Vec<Cell<N>>>) = dimensions.into_iter().unzip();
        let (mut inevitable, mut relevant) = ([u64::MAX; N], [u64::MAX; N]);
        let mut levels: Vec<Level<N>> = dimensions
            .into_iter()
            .rev()
            .map(|cells| {
                let (mut every, mut some) = ([u64::MAX; N], [0; N]);
                for cell in &cells {
                    every = both(every, cell.closes);
                    some = either(some, cell.closes);
                }
                inevitable = both(inevitable, every);
                relevant = both(relevant, some);
                Level { cells, inevitable, relevant }
            })
            .collect();
        levels.reverse();
        Self { levels, dimensions: numbers, known: FxHashMap::default(), budget }
    }

    /// A way past these gates, a value for each dimension: in an ordered search the most ordinary
    /// one, where dimensions count in their order. `None`: there is none.
    ///
    /// # Errors
    ///
    /// When finding out would take more than `limit` steps, or more than the budget.
    pub(crate) fn way(
        &mut self,
        gates: [u64; N],
        limit: u64,
    ) -> Result<Option<Vec<u32>>, Exhausted> {
        if self.levels.iter().any(|level| level.cells.is_empty()) {
            return Ok(None);
        }
        let limit = limit.min(self.budget);
        let mut left = limit;
        let mut way = Vec::new();
        let open = self.open(0, gates, &mut left, &mut way);
        self.budget -= limit - left;
        let mut way: Vec<(usize, u32)> =
            self.dimensions.iter().copied().zip(way.into_iter().rev()).collect();
        way.sort_unstable();
        Ok(open?.then(|| way.into_iter().map(|(_, value)| value).collect()))
    }

    /// Whether some way leads from this level past these gates; it is put into `way`, backwards.
    fn open(
        &mut self,
        level: u32,
        gates: [u64; N],
        left: &mut u64,
        way: &mut Vec<u32>,
    ) -> Result<bool, Exhausted> {
        let Some(here) = self.levels.get(level as usize) else { return Ok(gates == [0; N]) };
        let gates = both(gates, here.relevant);
        if gates == [0; N] {
            let rest = self.levels.iter().skip(level as usize).rev();
            way.extend(rest.filter_map(|level| level.cells.first()).map(|cell| cell.value));
            return Ok(true);
        }
        if both(gates, here.inevitable) != [0; N] {
            return Ok(false);
        }
        let first = match self.known.get(&(level, gates)) {
            Some(&CLOSED) => return Ok(false),
            Some(known) => *known as usize,
            None => 0,
        };
        let mut closed: Vec<[u64; N]> = Vec::new();
        for number in first..here.cells.len() {
            *left = left.checked_sub(1).ok_or(Exhausted)?;
            let cell = self.levels.get(level as usize).and_then(|here| here.cells.get(number));
            let Some(cell) = cell.copied() else { break };
            let next = both(gates, cell.closes);
            // Where fewer gates were too many, more are.
            if closed.iter().any(|fewer| both(*fewer, next) == *fewer) {
                continue;
            }
            if self.open(level + 1, next, left, way)? {
                way.push(cell.value);
                self.remember(level, gates, u32::try_from(number).unwrap_or(0));
                return Ok(true);
            }
            closed.push(next);
        }
        self.remember(level, gates, CLOSED);
        Ok(false)
    }

    fn remember(&mut self, level: u32, gates: [u64; N], cell: u32) {
        if self.known.len() < MOST_KNOWN {
            self.known.insert((level, gates), cell);
        }
    }
}

/// Leaves out cells that close all that a more ordinary one closes.
fn useful<const N: usize>(cells: Vec<Cell<N>>) -> Vec<Cell<N>> {
    let mut seen = FxHashSet::default();
    let mut kept: Vec<Cell<N>> = Vec::new();
    for cell in cells {
        if seen.insert(cell.closes)
            && !kept.iter().any(|other| both(other.closes, cell.closes) == other.closes)
        {
            kept.push(cell);
        }
    }
    kept
}

fn both<const N: usize>(mut one: [u64; N], other: [u64; N]) -> [u64; N] {
    for (word, other) in one.iter_mut().zip(other) {
        *word &= other;
    }
    one
}

fn either<const N: usize>(mut one: [u64; N], other: [u64; N]) -> [u64; N] {
    for (word, other) in one.iter_mut().zip(other) {
        *word |= other;
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small numbers that look random and are the same every time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % sides
        }
    }

    fn dimensions(dice: &mut Dice, gates: u32) -> Vec<Vec<Cell<1>>> {
        (0..4)
            .map(|_| {
                (0..=dice.roll(5))
                    .map(|value| Cell {
                        closes: [(0..gates)
                            .filter(|_| dice.roll(10) < 7)
                            .fold(0, |bits, gate| bits | 1 << gate)],
                        value: u32::try_from(value).unwrap(),
                    })
                    .collect()
            })
            .collect()
    }

    /// The first way in the order of cells, found by trying all.
    fn try_all(dimensions: &[Vec<Cell<1>>], gates: u64) -> Option<Vec<u32>> {
        let Some((first, rest)) = dimensions.split_first() else {
            return (gates == 0).then(Vec::new);
        };
        first.iter().find_map(|cell| {
            let mut way = try_all(rest, gates & cell.closes[0])?;
            way.insert(0, cell.value);
            Some(way)
        })
    }

    #[test]
    fn the_search_finds_what_trying_all_finds() {
        let mut dice = Dice(7);
        let (mut open, mut closed) = (0, 0);
        for _ in 0..3000 {
            let gates = 1 + u32::try_from(dice.roll(12)).unwrap();
            let dimensions = dimensions(&mut dice, gates);
            let mut cover = Cover::new(dimensions.clone(), u64::MAX);
            let mut unordered = Cover::unordered(dimensions.clone(), u64::MAX);
            for _ in 0..4 {
                let bound = dice.roll(1 << gates);
                let found = cover.way([bound], u64::MAX).unwrap();
                assert_eq!(found, try_all(&dimensions, bound));
                let any = unordered.way([bound], u64::MAX).unwrap();
                assert_eq!(any.is_some(), found.is_some());
                if let Some(way) = any {
                    let closed =
                        way.iter().zip(&dimensions).fold(bound, |closed, (value, cells)| {
                            closed & cells[*value as usize].closes[0]
                        });
                    assert_eq!(closed, 0, "{way:?}");
                }
                *(if found.is_some() { &mut open } else { &mut closed }) += 1;
            }
        }
        assert!(open > 1000 && closed > 1000, "{open} {closed}");
    }

    #[test]
    fn too_much_work_is_said() {
        let mut dice = Dice(3);
        let dimensions = dimensions(&mut dice, 12);
        let gates = [(1 << 12) - 1];
        assert_eq!(Cover::new(dimensions.clone(), 0).way(gates, u64::MAX), Err(Exhausted));
        assert_eq!(Cover::new(dimensions.clone(), u64::MAX).way(gates, 1), Err(Exhausted));
        assert!(Cover::new(dimensions, u64::MAX).way(gates, 100_000).is_ok());
    }

    #[test]
    fn without_values_there_is_no_way() {
        let free = Cell { closes: [0], value: 0 };
        let mut cover = Cover::new(vec![vec![free], vec![]], u64::MAX);
        assert_eq!(cover.way([0], u64::MAX), Ok(None));
        assert_eq!(Cover::<1>::new(vec![], 1).way([0], 1), Ok(Some(vec![])));
        assert_eq!(Cover::<1>::new(vec![], 1).way([1], 1), Ok(None));
    }
}
