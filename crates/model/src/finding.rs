//! One control's outcome: verdict, population, evidence.

use serde::{Deserialize, Serialize};

/// The outcome of one control. Unknown is never a pass and never a fail.
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
pub enum Verdict {
    /// The requirement holds for the whole population judged.
    Pass,
    /// Holds for part, or through a weaker mechanism.
    Partial,
    /// Does not hold; only ever given on data that was read completely.
    Fail,
    /// Could not be judged: data unreadable, truncated or contradictory.
    Unknown,
    /// The control cannot exist in this tenant.
    NotApplicable,
    /// A person confirmed it, and the confirmation is still valid.
    Attested,
    /// A person said that it does not hold.
    AttestedNo,
    /// Nobody has been asked yet.
    Unattested,
    /// The confirmation is past its validity.
    Expired,
}

impl Verdict {
    /// The word of the file formats, such as `not-applicable`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
            Self::Attested => "attested",
            Self::AttestedNo => "attested-no",
            Self::Unattested => "unattested",
            Self::Expired => "expired",
        }
    }

    /// Whether the control counts in the score: it was assessed.
    pub const fn is_assessed(self) -> bool {
        matches!(self, Self::Pass | Self::Partial | Self::Fail | Self::Attested | Self::AttestedNo)
    }
}

/// How much a control weighs. Nothing else decides the weight.
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
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Weight 1.
    Low,
    /// Weight 3.
    Medium,
    /// Weight 6.
    High,
    /// Weight 10.
    Critical,
}

impl Severity {
    /// The control's weight in the score.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Low => 1,
            Self::Medium => 3,
            Self::High => 6,
            Self::Critical => 10,
        }
    }

    /// The word of the file formats.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Why a verdict is `unknown`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownReason {
    /// The scanner lacks a permission or role.
    Permission,
    /// The service says "not licensed" although the license is there.
    LicenseMismatch,
    /// Throttled, timed out or failed; the next scan may read it.
    Transient,
    /// Only part of the data came.
    Truncated,
    /// A member of an answer is absent or null.
    FieldMissing,
    /// The tenant profile lacks an input, such as the emergency access accounts.
    NotConfigured,
    /// The cloud does not offer it, or its answers have changed shape.
    FeatureUnavailable,
    /// The snapshot does not hold the data: nobody asked for it.
    NotCollected,
    /// Two sources contradict each other.
    Contradiction,
    /// Sign-ins could not be decided from what was read.
    Undetermined,
    /// The rule of a custom control gave no valid answer, or ran into a limit.
    Policy,
}

/// Why a verdict is `not-applicable`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NotApplicableReason {
    /// The tenant owns no license for the feature.
    License,
    /// Nothing in the tenant is of the kind the control speaks of.
    NoPopulation,
    /// Another protection is in force that makes the control moot.
    OtherModel,
}

/// Who and what was judged, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Population {
    /// How many objects were judged.
    pub judged: usize,
    /// What was left out, by reason; only reasons with a count above 0.
    pub left_out: Vec<LeftOut>,
}

/// Objects that a control does not judge.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct LeftOut {
    /// The reason, such as "emergency access account".
    pub why: String,
    /// How many.
    pub count: usize,
}

/// One observed fact about one object.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Evidence {
    /// The object.
    pub subject: Subject,
    /// What was observed: plain text, may hold text of the tenant, hostile.
    pub observed: String,
    /// What was expected; empty where the fact is context, not a violation.
    pub expected: String,
}

/// The object that evidence speaks of.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its id; empty for the tenant itself.
    pub id: String,
    /// Its name for a person: text of the tenant, hostile.
    pub name: String,
}

/// The kind of object that evidence speaks of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each variant is the word itself")]
pub enum SubjectKind {
    Tenant,
    Policy,
    User,
    Group,
    Role,
    ServicePrincipal,
    Application,
    Domain,
    Mailbox,
    Location,
    Setting,
    Rule,
    License,
    Dataset,
}

impl Evidence {
    /// A violation: what was observed of an object, and what was expected instead.
    pub fn new(
        kind: SubjectKind,
        id: impl Into<String>,
        name: impl Into<String>,
        observed: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        let subject = Subject { kind, id: id.into(), name: name.into() };
        Self { subject, observed: observed.into(), expected: expected.into() }
    }

    /// A fact that violates nothing: which policy does the work, when a log begins.
    pub fn context(
        kind: SubjectKind,
        id: impl Into<String>,
        name: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        Self::new(kind, id, name, observed, "")
    }

    /// A fact about the tenant as a whole.
    pub fn tenant(observed: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(SubjectKind::Tenant, "", "tenant", observed, expected)
    }

    /// A fact about a setting, by its name.
    pub fn setting(name: &str, observed: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(SubjectKind::Setting, name, name, observed, expected)
    }
}
