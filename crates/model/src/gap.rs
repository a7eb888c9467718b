//! What could not be read.

use std::fmt;

use crate::{Data, NotApplicableReason, UnavailableReason, UnknownReason};

/// A hole in a snapshot: a dataset, or a member of it, that a judgement needs and does not have.
///
/// A control passes it on with `?` and so becomes `unknown`, or `not-applicable` where the tenant
/// owns no license for the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The dataset that has the hole.
    pub data: Data,
    /// Why.
    pub cause: GapCause,
    /// For a person: the service's words, or the member that is missing. May be empty.
    pub detail: String,
}

/// Why a dataset cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapCause {
    /// The collector could not read it.
    Unavailable(UnavailableReason),
    /// It was read, but a member that the judgement needs is absent or null.
    FieldMissing,
    /// It was read, but the shape is not the one documented.
    Unreadable,
    /// Two sources contradict each other.
    Contradiction,
    /// The tenant profile lacks what the judgement needs, such as the emergency access accounts.
    NotConfigured,
}

impl Gap {
    /// A member that the judgement needs is absent.
    pub fn field(data: Data, field: &str) -> Self {
        Self { data, cause: GapCause::FieldMissing, detail: field.to_owned() }
    }

    /// The profile lacks what the judgement needs; `what` says what to add.
    pub fn not_configured(data: Data, what: &str) -> Self {
        Self { data, cause: GapCause::NotConfigured, detail: what.to_owned() }
    }

    /// The dataset contradicts another one; `how` says in what.
    pub fn contradiction(data: Data, how: &str) -> Self {
        Self { data, cause: GapCause::Contradiction, detail: how.to_owned() }
    }

    /// Whether the service said that the tenant is not licensed for the dataset.
    pub fn is_not_licensed(&self) -> bool {
        self.cause == GapCause::Unavailable(UnavailableReason::NotLicensed)
    }

    /// The reason that an `unknown` verdict gives for this gap.
    pub fn unknown_reason(&self) -> UnknownReason {
        match self.cause {
            GapCause::Unavailable(reason) => match reason {
                UnavailableReason::Forbidden => UnknownReason::Permission,
                UnavailableReason::NotLicensed => UnknownReason::LicenseMismatch,
                UnavailableReason::Throttled | UnavailableReason::Failed => {
                    UnknownReason::Transient
                }
                UnavailableReason::NotSupported => UnknownReason::FeatureUnavailable,
                UnavailableReason::NotCollected => UnknownReason::NotCollected,
                UnavailableReason::Truncated => UnknownReason::Truncated,
            },
            GapCause::FieldMissing => UnknownReason::FieldMissing,
            GapCause::Unreadable => UnknownReason::FeatureUnavailable,
            GapCause::Contradiction => UnknownReason::Contradiction,
            GapCause::NotConfigured => UnknownReason::NotConfigured,
        }
    }

    /// The reason of a `not-applicable` verdict, where this gap allows one: the service refuses for
    /// lack of a license.
    pub fn not_applicable_reason(&self) -> Option<NotApplicableReason> {
        self.is_not_licensed().then_some(NotApplicableReason::License)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.data.words();
        match self.cause {
            GapCause::Unavailable(reason) => match reason {
                UnavailableReason::Forbidden => write!(formatter, "no permission to read {words}"),
                UnavailableReason::NotLicensed => {
                    write!(formatter, "the service says there is no license for {words}")
                }
                UnavailableReason::Throttled => {
                    write!(formatter, "the service was too busy to give {words}")
                }
                UnavailableReason::NotSupported => {
                    write!(formatter, "this cloud or tenant does not offer {words}")
                }
                UnavailableReason::NotCollected => write!(formatter, "{words} were not collected"),
                UnavailableReason::Truncated => {
                    write!(formatter, "{words} could not be read to the end")
                }
                UnavailableReason::Failed => write!(formatter, "reading {words} failed"),
            },
            GapCause::FieldMissing => {
                return write!(formatter, "{words} lack {}", self.detail);
            }
            GapCause::Unreadable => write!(formatter, "{words} have an unexpected shape"),
            GapCause::Contradiction => write!(formatter, "{words} contradict another source"),
            GapCause::NotConfigured => return write!(formatter, "{}", self.detail),
        }?;
        if self.detail.is_empty() { Ok(()) } else { write!(formatter, " ({})", self.detail) }
    }
}
