//! Frameworks: what they ask for, which controls speak of it, and how each requirement is judged.
//!
//! A framework is one file of data. The frameworks that controls cite are cited in the controls'
//! own files; the file of any other names the controls itself. A requirement is judged through its
//! controls, except CISA's, which are read as CISA reads them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::{ControlResult, Verdict};
use serde::Deserialize;

use crate::Control;
use crate::catalog;
use crate::context::Context;
use crate::finding::some_names;
use crate::scuba::{Baseline, Reading};

/// A framework: its requirements in our words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkInfo {
    /// Its id, such as `cisa-scuba`.
    pub id: String,
    /// The version that the mapping cites.
    pub version: String,
    /// Its name.
    pub title: String,
    /// Where it is published.
    pub source: String,
    /// Who mapped requirements to controls, and by what.
    pub mapped_by: String,
    /// Its requirements that some control speaks of, in its own order.
    pub requirements: Vec<RequirementInfo>,
}

/// A requirement of a framework.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementInfo {
    /// Its id.
    pub id: String,
    /// What it asks for, in our words.
    pub title: String,
    /// How strongly: `shall`, `should`; `None` where the framework does not tell.
    #[serde(default)]
    pub strength: Option<String>,
    /// What else must be known of it, such as that it was withdrawn.
    #[serde(default)]
    pub note: Option<String>,
    /// Controls that map to it and do not say so themselves.
    #[serde(default)]
    pub controls: Vec<String>,
}

/// The files, in the order of reports.
const FILES: [&str; 7] = [
    include_str!("frameworks/cisa-scuba.toml"),
    include_str!("frameworks/cis-m365.toml"),
    include_str!("frameworks/eidsca.toml"),
    include_str!("frameworks/maester.toml"),
    include_str!("frameworks/nist-800-53.toml"),
    include_str!("frameworks/iso-27001.toml"),
    include_str!("frameworks/essential-eight.toml"),
];

/// Every framework, in the order of reports.
pub fn frameworks() -> &'static [FrameworkInfo] {
    static FRAMEWORKS: OnceLock<Vec<FrameworkInfo>> = OnceLock::new();
    // A file that cannot be read is found by a test, not by a customer.
    FRAMEWORKS.get_or_init(|| FILES.iter().filter_map(|file| toml::from_str(file).ok()).collect())
}

/// The framework of that id.
pub fn framework(id: &str) -> Option<&'static FrameworkInfo> {
    frameworks().iter().find(|framework| framework.id == id)
}

/// The requirements that a control maps to, by framework id.
pub fn mappings(control: &Control) -> BTreeMap<String, Vec<String>> {
    let mut mappings: BTreeMap<String, Vec<String>> = control
        .mappings
        .iter()
        .map(|(framework, ids)| {
            (framework.id().to_owned(), ids.iter().map(ToString::to_string).collect())
        })
        .collect();
    for framework in frameworks() {
        for requirement in &framework.requirements {
            if requirement.controls.iter().any(|id| id == control.id) {
                let ids = mappings.entry(framework.id.clone()).or_default();
                ids.push(requirement.id.clone());
            }
        }
    }
    mappings
}

/// The controls of the catalog that map to a framework, by requirement.
pub fn mapped(framework: &FrameworkInfo) -> BTreeMap<String, Vec<&'static Control>> {
    let mut mapped: BTreeMap<String, Vec<&'static Control>> = BTreeMap::new();
    for control in catalog() {
        for id in mappings(control).remove(&framework.id).unwrap_or_default() {
            mapped.entry(id).or_default().push(control);
        }
    }
    mapped
}

/// Judges the requirements of every framework that the controls judged map to.
pub(crate) fn judge(context: &Context<'_>, results: &[ControlResult]) -> Vec<model::Framework> {
    let judged = frameworks().iter().map(|framework| {
        let mut by_requirement: BTreeMap<&str, Vec<&ControlResult>> = BTreeMap::new();
        for result in results {
            for id in result.mappings.get(&framework.id).into_iter().flatten() {
                by_requirement.entry(id).or_default().push(result);
            }
        }
        let is_whole = is_whole(framework, results);
        let baseline = (framework.id == "cisa-scuba").then(|| Baseline::new(context));
        let requirements = framework
            .requirements
            .iter()
            .filter_map(|requirement| {
                let controls = by_requirement.remove(requirement.id.as_str()).unwrap_or_default();
                // What no control speaks of is only judged where all of the framework is.
                let is_asked = !controls.is_empty() || (is_whole && baseline.is_some());
                is_asked.then(|| judged(requirement, &controls, baseline.as_ref()))
            })
            .collect();
        model::Framework {
            id: framework.id.clone(),
            version: framework.version.clone(),
            title: framework.title.clone(),
            mapped_by: framework.mapped_by.clone(),
            requirements,
        }
    });
    judged.filter(|framework| !framework.requirements.is_empty()).collect()
}

/// Whether every control that maps to the framework was judged.
fn is_whole(framework: &FrameworkInfo, results: &[ControlResult]) -> bool {
    catalog()
        .filter(|control| mappings(control).contains_key(&framework.id))
        .all(|control| results.iter().any(|result| result.id == control.id))
}

fn judged(
    requirement: &RequirementInfo,
    controls: &[&ControlResult],
    baseline: Option<&Baseline<'_, '_>>,
) -> model::Requirement {
    let composed = compose(controls);
    let own = baseline.map(|baseline| {
        baseline.reading(&requirement.id).unwrap_or_else(|| Reading {
            verdict: Verdict::Unknown,
            because: "CISA's tool leaves this to a person.".to_owned(),
        })
    });
    let (verdict, mut because) = match own {
        None => (composed.verdict, composed.because),
        Some(own) => {
            let note = difference(own.verdict, &composed, controls);
            (own.verdict, own.because + &note)
        }
    };
    if let Some(note) = &requirement.note {
        because = format!("{because} {note}");
    }
    let id = requirement.id.as_str();
    model::Requirement {
        id: requirement.id.clone(),
        title: requirement.title.clone(),
        strength: requirement.strength.clone(),
        verdict,
        controls: controls.iter().map(|control| control.id.clone()).collect(),
        because,
        omission: baseline.and_then(|baseline| baseline.omission(id)),
        annotation: baseline.and_then(|baseline| baseline.annotation(id)),
    }
}

/// What the controls that map to a requirement say together: the worst verdict that is known. An
/// unknown one never passes, and never hides a fail.
fn compose(controls: &[&ControlResult]) -> Reading {
    let with = |wanted: &[Verdict]| -> Vec<&str> {
        let is = |control: &&&ControlResult| wanted.contains(&control.verdict);
        controls.iter().filter(is).map(|control| control.id.as_str()).collect()
    };
    let failed = with(&[Verdict::Fail, Verdict::AttestedNo]);
    let partial = with(&[Verdict::Partial]);
    let open = with(&[Verdict::Unknown, Verdict::Unattested, Verdict::Expired]);
    let passed = with(&[Verdict::Pass, Verdict::Attested]);
    let mut parts = Vec::new();
    for (ids, words) in [
        (&failed, "not met"),
        (&partial, "met in part"),
        (&open, "not known"),
        (&passed, "met"),
        (&with(&[Verdict::NotApplicable]), "not applicable"),
    ] {
        if !ids.is_empty() {
            parts.push(format!("{words}: {}", some_names(ids.iter().copied())));
        }
    }
    let verdict = if !failed.is_empty() {
        Verdict::Fail
    } else if !partial.is_empty() {
        Verdict::Partial
    } else if !open.is_empty() {
        Verdict::Unknown
    } else if !passed.is_empty() {
        Verdict::Pass
    } else {
        Verdict::NotApplicable
    };
    Reading { verdict, because: sentence(&parts.join("; ")) }
}

/// The text with a capital and a stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The note where our controls say otherwise than CISA's own reading, or say what CISA leaves open.
fn difference(own: Verdict, composed: &Reading, controls: &[&ControlResult]) -> String {
    let worst = |verdict: Verdict| controls.iter().find(|control| control.verdict == verdict);
    match (own, composed.verdict) {
        (Verdict::Pass, Verdict::Fail | Verdict::Partial) => {
            let shown = worst(Verdict::Fail).or_else(|| worst(Verdict::Partial));
            let shown = shown.map_or_else(String::new, |control| format!(" {}", control.summary));
            format!(" Muster's exact evaluation differs. {}{shown}", composed.because)
        }
        (Verdict::Fail, Verdict::Pass) => {
            format!(" Muster's exact evaluation differs. {}", composed.because)
        }
        (Verdict::Unknown, Verdict::Pass | Verdict::Partial | Verdict::Fail) => {
            format!(" Muster's controls: {}", composed.because)
        }
        _ => String::new(),
    }
}
