//! What changed between two snapshots of a tenant: `muster.changes/1`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Severity, SnapshotRef, Subject, TenantRef, Verdict};

/// What changed between two snapshots of a tenant: `muster.changes/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeList {
    /// The format's name and version, [`ChangeList::SCHEMA`].
    pub schema: String,
    /// Whose.
    pub tenant: TenantRef,
    /// The older snapshot.
    pub before: SnapshotRef,
    /// The newer one.
    pub after: SnapshotRef,
    /// Settings, by area and subject.
    pub changes: Vec<Change>,
    /// What was not compared, because one of the two snapshots does not hold it.
    pub not_compared: Vec<NotCompared>,
    /// Findings that are open or were, in the order of the catalog; empty without assessments.
    #[serde(default)]
    pub findings: Vec<FindingChange>,
    /// How the score moved; `None` without assessments.
    #[serde(default)]
    pub score: Option<ScoreMove>,
}

impl ChangeList {
    /// The value of [`ChangeList::schema`].
    pub const SCHEMA: &str = "muster.changes/1";
}

/// One change of one object. As a sentence: subject, then [`Change::what`].
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where a person looks for it, such as "Conditional Access".
    pub area: String,
    /// The object.
    pub subject: Subject,
    /// What happened, such as "became Global Administrator" or "no longer excludes Robin Vale". It may
    /// hold text of the tenant, hostile.
    pub what: String,
    /// Whether the object came, went, or is another now.
    pub kind: ChangeKind,
    /// What was there, in words; `None` where nothing was, or [`Change::what`] says it all.
    pub before: Option<String>,
    /// What is there now, likewise.
    pub after: Option<String>,
    /// The dataset it was seen in.
    pub dataset: String,
    /// Who did it.
    pub actor: Actor,
}

/// Whether something came, went, or is another now.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Was not there before.
    Added,
    /// Is not there any more.
    Removed,
    /// Is another.
    Changed,
}

impl ChangeKind {
    /// The word of the file formats.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Who did something, as the directory audit log tells.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Actor {
    /// The log has an entry for it.
    Known {
        /// The person's user principal name, or the application's name: text of the tenant, hostile.
        who: String,
        /// The person's or the application's id; empty where the log does not say.
        id: String,
        /// With which application, where the log says; it may act by itself.
        app: Option<String>,
        /// When.
        #[schemars(with = "String")]
        at: Timestamp,
        /// The entry's id in the log.
        entry: String,
        /// How many more entries of that time speak of the same object; this is the last.
        more: usize,
    },
    /// Nobody can be named.
    Unknown {
        /// Why, such as "the log was not kept so long".
        because: String,
    },
}

/// A dataset that was not compared.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct NotCompared {
    /// Its name in the snapshots.
    pub dataset: String,
    /// What a person calls it.
    pub words: String,
    /// Why.
    pub because: String,
}

/// A finding that is open or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingChange {
    /// The control.
    pub control: String,
    /// Its title.
    pub title: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What became of it.
    pub state: FindingState,
    /// The verdict before; `None`: the control was not in the checklist.
    pub before: Option<Verdict>,
    /// The verdict now; `None`: the control is not in the checklist any more.
    pub after: Option<Verdict>,
    /// For what is still open: from when on it was seen open in every assessment.
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// The control's sentence for the newer snapshot, else the older one's.
    pub summary: String,
}

/// What became of a finding.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FindingState {
    /// Open, and was not.
    New,
    /// Open, and was not judged before: it may be old.
    FirstSeen,
    /// Open, as before.
    StillOpen,
    /// Was open and passes now.
    Fixed,
    /// Was open and cannot be judged now: nobody knows whether it is fixed.
    NoLongerAssessable,
    /// Was open and does not apply any more, such as without the license.
    NoLongerApplicable,
}

impl FindingState {
    /// The word of the file formats.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::FirstSeen => "first-seen",
            Self::StillOpen => "still-open",
            Self::Fixed => "fixed",
            Self::NoLongerAssessable => "no-longer-assessable",
            Self::NoLongerApplicable => "no-longer-applicable",
        }
    }
}

/// How a score moved, split into causes. In points with one decimal; the parts add up to the move.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScoreMove {
    /// The score before.
    pub before: f64,
    /// The score now.
    pub after: f64,
    /// What the tenant and its people did: settings, accounts, attestations, waivers.
    pub tenant: f64,
    /// Another checklist, or another version of it or of the program.
    pub checklist: f64,
    /// Controls that came to apply or ceased to, as licenses were bought or ran out.
    pub license: f64,
    /// Controls that could be judged now and not before, or the other way round.
    pub coverage: f64,
}
