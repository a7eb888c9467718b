//! An assessment: all findings of one snapshot and the score, `muster.assessment/1`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Evidence, Id, NotApplicableReason, Population, Severity, SignIns, UnknownReason, Verdict,
};

/// All findings of one snapshot and the score: `muster.assessment/1`.
///
/// It carries the texts it needs, so an archived one is drawn the same years later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The format's name and version, [`Assessment::SCHEMA`].
    pub schema: String,
    /// Whose.
    pub tenant: TenantRef,
    /// Of what.
    pub snapshot: SnapshotRef,
    /// By what.
    pub checklist: ChecklistRef,
    /// The sum.
    pub score: Score,
    /// The score by area, in the order of the catalog.
    pub areas: Vec<Area>,
    /// Every control of the checklist exactly once, in the order of the catalog.
    pub controls: Vec<ControlResult>,
    /// Requirements of frameworks: CISA's by its own reading, others through the controls mapped
    /// to them.
    #[serde(default)]
    pub frameworks: Vec<Framework>,
    /// Who can sign in how, as far as a report shows it; `None` in assessments of old versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_ins: Option<SignIns>,
    /// Lists that reports print beside the verdicts.
    #[serde(default)]
    pub inventory: crate::Inventory,
}

impl Assessment {
    /// The value of [`Assessment::schema`].
    pub const SCHEMA: &str = "muster.assessment/1";
}

/// The tenant of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRef {
    /// Its id.
    #[schemars(with = "String")]
    pub id: Id,
    /// Its name: text of the tenant, hostile.
    pub display_name: String,
}

/// The snapshot of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRef {
    /// SHA-256 of the snapshot's plain JSON, in lower-case hexadecimal.
    pub sha256: String,
    /// When the collection began.
    #[schemars(with = "String")]
    pub taken_at: Timestamp,
}

/// The checklist of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChecklistRef {
    /// Its name, such as `default`.
    pub id: String,
    /// Its version; scores of different versions are not compared without saying so.
    pub version: String,
}

/// The score: a number that never counts what was not read, and how much was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// 0 to 100, rounded to one decimal; `None` when nothing was assessed.
    pub value: Option<f64>,
    /// The grade after caps; `None` when too little was read for one.
    pub grade: Option<Grade>,
    /// The grade may still move when what is unknown is read.
    pub provisional: bool,
    /// Weight assessed of weight applicable, 0 to 1, rounded to three decimals.
    pub coverage: f64,
    /// The score if everything unknown were a fail; `None` when nothing is applicable.
    pub low: Option<f64>,
    /// The score if everything unknown were a pass; `None` when nothing is applicable.
    pub high: Option<f64>,
    /// Weight attested of the weight of controls that only people can confirm, 0 to 1; `None`
    /// when no such control is applicable.
    pub attestation: Option<f64>,
    /// What holds the grade down, the lowest first. Caps change the letter, never the number.
    pub caps: Vec<Cap>,
    /// Sum of weight × credit over the assessed controls.
    pub points: f64,
    /// Sum of weights of the assessed controls.
    pub assessed_weight: u32,
    /// Sum of weights of the applicable controls.
    pub applicable_weight: u32,
}

/// A letter: A from 90, B from 80, C from 70, D from 55, F below.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[expect(missing_docs, reason = "each variant is the letter itself")]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    /// The letter.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

/// A reason that the grade is no better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cap {
    /// The grade at most.
    pub grade: Grade,
    /// The control that caps.
    pub control: String,
    /// In words.
    pub because: String,
}

/// The score of one area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Area {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// 0 to 100, rounded to one decimal; `None` when nothing of it was assessed.
    pub value: Option<f64>,
    /// Sum of weights of its assessed controls.
    pub assessed_weight: u32,
    /// Sum of weights of its applicable controls.
    pub applicable_weight: u32,
    /// How many controls came to each verdict; only counts above 0.
    pub verdicts: BTreeMap<Verdict, usize>,
}

/// One control's outcome, with all texts that a report needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControlResult {
    /// The control's stable id.
    pub id: String,
    /// Its area's id.
    pub area: String,
    /// The compliant state, in one line.
    pub title: String,
    /// How much it weighs, as a word.
    pub severity: Severity,
    /// How much it weighs.
    pub weight: u32,
    /// The outcome.
    pub verdict: Verdict,
    /// 0 to 1; `None` when not assessed.
    pub credit: Option<f64>,
    /// Why `unknown` or `not-applicable`; `None` otherwise.
    pub reason: Option<Reason>,
    /// One sentence in plain words, true for this tenant.
    pub summary: String,
    /// Who was judged; `None` where the control speaks of a setting, not of objects.
    pub population: Option<Population>,
    /// What was observed, sorted by subject.
    pub evidence: Vec<Evidence>,
    /// The smallest change that makes it pass; `None` unless it is a partial or a fail.
    pub would_pass_if: Option<String>,
    /// Why it matters.
    pub rationale: String,
    /// What passes, in words exact enough to repeat by hand.
    pub passes_when: String,
    /// What to do, step by step.
    pub remediation: Vec<String>,
    /// How much work the remediation is: 1 minutes, 2 hours, 3 days.
    pub effort: u8,
    /// The articles it comes from.
    pub sources: Vec<String>,
    /// Requirements of frameworks on the same subject, by framework.
    pub mappings: BTreeMap<String, Vec<String>>,
    /// The control that is judged where this one is not applicable.
    #[serde(default)]
    pub alternatives: Vec<String>,
    /// A short name of the state found, to pin a waiver to; `None` where nothing is open.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// The waiver that lies beside the verdict: it decides whether the finding is accepted.
    pub waiver: Option<WaiverNote>,
    /// Every waiver of the control, each as it stands for its own object.
    #[serde(default)]
    pub waivers: Vec<WaiverNote>,
}

/// Why a control was not assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Reason {
    /// Of an `unknown` verdict.
    Unknown(UnknownReason),
    /// Of a `not-applicable` verdict.
    NotApplicable(NotApplicableReason),
}

/// A waiver, as it lies beside a verdict. It never changes the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaiverNote {
    /// The object it is about, as the profile names it; empty: the whole finding.
    #[serde(default)]
    pub subject: String,
    /// `risk-accepted`, `met-by-other-means` or `false-finding`.
    pub kind: crate::WaiverKind,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// A ticket; may be empty.
    #[serde(default)]
    pub ticket: String,
    /// The last day it holds, such as `2027-03-31`.
    pub expires: String,
    /// Whether it holds: the snapshot was taken on or before that day, in the profile's time zone,
    /// and the state has not moved.
    pub holds: bool,
    /// Why it does not hold; empty when it does.
    #[serde(default)]
    pub because: String,
}

/// A framework's requirements, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Framework {
    /// Its id, such as `cisa-scuba`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its name.
    #[serde(default)]
    pub title: String,
    /// Who mapped requirements to controls.
    #[serde(default)]
    pub mapped_by: String,
    /// Each requirement that a control of the checklist maps to, in the framework's order.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// Its id in the framework, such as `MS.AAD.3.6v1`.
    pub id: String,
    /// What it asks for, in our words.
    #[serde(default)]
    pub title: String,
    /// How strongly: `shall`, `should`; `None` where the framework does not tell.
    #[serde(default)]
    pub strength: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The controls of the checklist that map to it.
    pub controls: Vec<String>,
    /// Why, and what our exact evaluation says where that differs.
    pub because: String,
    /// Set where the tenant chose not to be judged by it. It never changes the verdict.
    #[serde(default)]
    pub omission: Option<Omission>,
    /// What the tenant noted.
    #[serde(default)]
    pub annotation: Option<Annotation>,
}

/// A requirement that a tenant chose not to be judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Omission {
    /// Why; empty where none is given.
    #[serde(default)]
    pub rationale: String,
    /// The last day it holds, as written; `None`: for good.
    #[serde(default)]
    pub expires: Option<String>,
    /// Whether it held when the snapshot was taken.
    pub holds: bool,
}

/// What a tenant noted on a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    /// The note.
    #[serde(default)]
    pub comment: String,
    /// Until when it is to be met, as written.
    #[serde(default)]
    pub remediation_date: Option<String>,
    /// Whether the tenant says that the verdict is wrong.
    #[serde(default)]
    pub incorrect_result: bool,
}
