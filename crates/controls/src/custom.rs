//! Controls that are not of the catalog: the provider's own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::{Data, Gap, Severity, Tenant};

use crate::finding::Finding;
use crate::fingerprint;

/// The judgement of a custom control. A [`Gap`] makes the verdict unknown.
pub type CustomJudge = dyn Fn(&Tenant<'_>) -> Result<Finding, Gap> + Send + Sync;

/// A control of the provider's own, beside the catalog: the same texts, verdicts and weight.
///
/// Where it is written, and in which language, is not known here; see the crate `custom`.
#[derive(Clone)]
pub struct Custom {
    /// Stable, never reused. It begins with [`Custom::PREFIX`], as no id of the catalog does.
    pub id: String,
    /// The id of the area it is shown in: one of the catalog's, or [`Custom::AREA`].
    pub area: String,
    /// The compliant state, without "Ensure".
    pub title: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What it reads. It is judged only when all of it was collected.
    pub reads: Vec<Data>,
    /// Why it matters.
    pub rationale: String,
    /// What passes, exact enough to repeat by hand.
    pub passes_when: String,
    /// What to do, step by step.
    pub remediation: Vec<String>,
    /// How much work that is: 1 minutes, 2 hours, 3 days.
    pub effort: u8,
    /// Where the requirement comes from; may be empty.
    pub sources: Vec<String>,
    /// Requirements of frameworks on the same subject, by framework.
    pub mappings: BTreeMap<String, Vec<String>>,
    /// A short name of its texts and its rule: scores by another rule are not compared silently.
    pub digest: String,
    /// The judgement.
    pub judge: Arc<CustomJudge>,
}

impl Custom {
    /// What the id of every custom control begins with.
    pub const PREFIX: &str = "custom-";

    /// The id of the area of custom controls that name none.
    pub const AREA: &str = "custom";

    /// The title of that area.
    pub(crate) const AREA_TITLE: &str = "Custom controls";
}

impl fmt::Debug for Custom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Custom").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The version of a checklist with these controls beside the catalog's.
pub(crate) fn version(catalog: &str, custom: &[Custom]) -> String {
    if custom.is_empty() {
        return catalog.to_owned();
    }
    let lines = custom.iter().map(|control| format!("{} {}", control.id, control.digest));
    format!("{catalog}+custom.{}", fingerprint::of(lines))
}
