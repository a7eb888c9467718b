//! What documents are drawn from: an assessment, and what lies beside it.

use jiff::Timestamp;
use model::{Assessment, Grade};

use crate::sign_ins::SignIns;

/// What documents are drawn from. An assessment alone will do: `Source::from(&assessment)`.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The verdicts and the score.
    pub assessment: &'a Assessment,
    /// The answers of `signin.json`; `None`: the short form that the assessment carries is drawn.
    /// Without that too the report says that they are not at hand.
    pub sign_ins: Option<&'a SignIns>,
    /// What is known of earlier scans.
    pub history: &'a History,
}

/// What is known of earlier scans of the tenant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Earlier scans, the oldest first; the assessment's own is not among them.
    pub scans: Vec<Past>,
    /// The assessment of the last scan before.
    pub previous: Option<Assessment>,
    /// Settings that changed since then, the most important first.
    pub changes: Vec<Change>,
}

/// An earlier scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// When its snapshot was taken.
    pub taken_at: Timestamp,
    /// Its score, 0 to 100; `None`: it had none.
    pub score: Option<f64>,
    /// Its grade; `None`: it had none.
    pub grade: Option<Grade>,
    /// The version of its checklist.
    pub checklist: String,
}

/// A setting that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed, in a sentence: text of the tenant, hostile.
    pub what: String,
    /// Who did it; `None`: nothing recorded it.
    pub who: Option<String>,
    /// When; `None`: nothing recorded it.
    pub at: Option<Timestamp>,
}

static NO_HISTORY: History = History { scans: Vec::new(), previous: None, changes: Vec::new() };

impl<'a> From<&'a Assessment> for Source<'a> {
    fn from(assessment: &'a Assessment) -> Self {
        Self { assessment, sign_ins: None, history: &NO_HISTORY }
    }
}
