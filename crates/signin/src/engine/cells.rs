//! The dimensions as cells to search, each with the gates that it closes.

use super::choose::Chosen;
use super::{Engine, Part};
use crate::bits;
use crate::compile::Dimension;
use crate::compile::endpoints::Unmet;
use crate::compile::policy::Circumstances;
use crate::cover::Cell;

/// How dimensions are cut to cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Whether gates that may be closed count as closed, and places that may not exist do not.
    pub(super) strict: bool,
    /// A policy whose condition on a part is taken for met.
    pub(super) widened: Option<(usize, Part)>,
    /// Only values at which this gate may be closed.
    pub(super) closed_by: Option<usize>,
}

impl Engine<'_> {
    /// The dimensions in the order in which ordinariness counts.
    pub(super) fn dimensions<const N: usize>(
        &self,
        chosen: &Chosen,
        unmet: &[Unmet],
        cut: Cut,
    ) -> Vec<Vec<Cell<N>>> {
        let every = [true; 4];
        let places: Vec<bool> = self
            .places
            .values
            .iter()
            .zip(&chosen.places)
            .map(|(place, chosen)| *chosen && !(cut.strict && place.supposed))
            .collect();
        vec![
            self.endpoint_cells(&chosen.endpoints, unmet, cut),
            cells(&self.sign_in_risk, &chosen.sign_in_risk, Part::SignInRisk, cut),
            cells(&self.user_risk, &chosen.user_risk, Part::UserRisk, cut),
            cells(&self.insider_risk, &every, Part::InsiderRisk, cut),
            cells(&self.places, &places, Part::Place, cut),
            cells(&self.targets.all, &chosen.targets, Part::Target, cut),
        ]
    }

    fn endpoint_cells<const N: usize>(
        &self,
        chosen: &[bool],
        unmet: &[Unmet],
        cut: Cut,
    ) -> Vec<Cell<N>> {
        self.endpoints
            .iter()
            .zip(chosen)
            .filter(|(_, chosen)| **chosen)
            .filter_map(|((number, endpoint, sure, maybe), _)| {
                let unmet = unmet.get(number_of(endpoint.circumstances()))?;
                cell(number, (sure, maybe), Some(unmet), Part::Endpoint, cut)
            })
            .collect()
    }
}

fn cells<V, const N: usize>(
    dimension: &Dimension<V>,
    chosen: &[bool],
    part: Part,
    cut: Cut,
) -> Vec<Cell<N>> {
    dimension
        .iter()
        .zip(chosen)
        .filter(|(_, chosen)| **chosen)
        .filter_map(|((number, _, sure, maybe), _)| cell(number, (sure, maybe), None, part, cut))
        .collect()
}

/// A cell; `None`: it is cut off.
fn cell<const N: usize>(
    number: usize,
    (sure, maybe): (&[u64], &[u64]),
    unmet: Option<&Unmet>,
    part: Part,
    cut: Cut,
) -> Option<Cell<N>> {
    let mut closes: [u64; N] = array(sure);
    let mut most = closes;
    bits::add(&mut most, maybe);
    if cut.strict {
        closes = most;
    }
    for (policy, _) in cut.widened.iter().filter(|(_, widened)| *widened == part) {
        bits::set(&mut closes, *policy);
    }
    if let Some(unmet) = unmet {
        bits::keep(&mut closes, if cut.strict { &unmet.most } else { &unmet.sure });
        bits::keep(&mut most, &unmet.most);
    }
    if cut.closed_by.is_some_and(|gate| !bits::has(&most, gate)) {
        return None;
    }
    Some(Cell { closes, value: u32::try_from(number).ok()? })
}

pub(super) fn array<const N: usize>(set: &[u64]) -> [u64; N] {
    let mut array = [0; N];
    for (word, given) in array.iter_mut().zip(set) {
        *word = *given;
    }
    array
}

/// All circumstances, in the order of [`number_of`].
pub(super) fn circumstances() -> impl Iterator<Item = Circumstances> {
    (0..16).map(|number| Circumstances {
        legacy: number & 8 != 0,
        supported_active_sync: number & 8 != 0 && number & 1 != 0,
        compliant: number & 8 == 0 && number & 1 != 0,
        hybrid: number & 8 == 0 && number & 2 != 0,
        managed_app: number & 8 == 0 && number & 4 != 0,
    })
}

pub(super) fn number_of(at: Circumstances) -> usize {
    if at.legacy {
        8 + usize::from(at.supported_active_sync)
    } else {
        usize::from(at.compliant) + 2 * usize::from(at.hybrid) + 4 * usize::from(at.managed_app)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circumstances_are_numbered_as_listed() {
        for (number, at) in circumstances().enumerate() {
            let same = circumstances().nth(number_of(at)).unwrap();
            assert_eq!(at, same, "{number}");
        }
    }
}
