//! What changed between two snapshots of a tenant, in people's words, and who did it.
//!
//! Only what somebody decided is a change. The order of a list, an absent member against an empty one,
//! a value that the service writes in another way, and members that move by themselves are none. What
//! one of the snapshots does not hold is not compared, and said so: a hole is never a removal.

mod audit;
mod canonical;
mod compare;
mod dataset;
mod findings;
mod names;
mod objects;
mod roles;
mod score;
mod words;

use model::{Change, Data, Dataset, NotCompared, Snapshot};
use serde_json::Value;

pub use findings::{findings, is_open};
pub use score::split;

use audit::{AuditLog, Trace};
use names::Names;

/// What changed from one snapshot to a later one of the same tenant, sorted; and what could not be
/// compared. Same snapshots, same result.
pub fn changes(before: &Snapshot, after: &Snapshot) -> (Vec<Change>, Vec<NotCompared>) {
    let names = Names::of([before, after]);
    let log = AuditLog::of(before, after);
    let mut found: Vec<(Change, Trace)> = Vec::new();
    let mut holes = Vec::new();
    for spec in dataset::SPECS {
        match both(before, after, spec.data) {
            Ok(Some((old, new))) => found.extend(objects::changes(spec, &old, &new, &names)),
            Ok(None) => {}
            Err(hole) => holes.push(hole),
        }
    }
    found.extend(roles::changes(before, after, &names, &mut holes));
    let mut changes: Vec<Change> = found
        .into_iter()
        .map(|(change, trace)| Change { actor: log.actor(&change, &trace, &names), ..change })
        .collect();
    changes.sort();
    changes.dedup();
    holes.sort();
    holes.dedup();
    (changes, holes)
}

/// The records of a dataset in the older and in the newer snapshot.
type OldAndNew = (Vec<Value>, Vec<Value>);

/// The records of a dataset in both snapshots; none where neither asked for it.
fn both(before: &Snapshot, after: &Snapshot, data: Data) -> Result<Option<OldAndNew>, NotCompared> {
    match (records(before, data), records(after, data)) {
        (Ok(old), Ok(new)) => Ok(Some((old, new))),
        (Err(Hole::Absent), Err(Hole::Absent)) => Ok(None),
        (old, new) => {
            let which = match (&old, &new) {
                (Err(_), Err(_)) => "neither snapshot holds it",
                (Err(_), Ok(_)) => "the older snapshot does not hold it",
                _ => "the newer snapshot does not hold it",
            };
            let why = [new.err(), old.err()].into_iter().flatten().find_map(|hole| match hole {
                Hole::Absent => None,
                Hole::Because(why) => Some(format!(" ({why})")),
            });
            Err(NotCompared {
                dataset: data.name().to_owned(),
                words: data.words().to_owned(),
                because: format!("{which}{}", why.unwrap_or_default()),
            })
        }
    }
}

/// Why there are no records.
enum Hole {
    /// Nobody asked for them.
    Absent,
    /// They could not be read.
    Because(String),
}

fn records(snapshot: &Snapshot, data: Data) -> Result<Vec<Value>, Hole> {
    match snapshot.dataset(data) {
        None => Err(Hole::Absent),
        Some(Dataset::Unavailable(hole)) => {
            let reason = format!("{:?}", hole.reason);
            Err(Hole::Because(words::spaced(&reason)))
        }
        Some(Dataset::Collected(collected)) => serde_json::from_str(collected.records.get())
            .map_err(|_| Hole::Because("its records are no list".to_owned())),
    }
}
