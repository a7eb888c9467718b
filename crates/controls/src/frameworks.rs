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

/// Requirements by framework id.
type Mappings = BTreeMap<String, Vec<String>>;

/// The requirements that a control maps to, by framework id.
pub fn mappings(control: &Control) -> Mappings {
    all_mappings().get(control.id).cloned().unwrap_or_default()
}

/// The requirements that each control of the catalog maps to.
fn all_mappings() -> &'static BTreeMap<&'static str, Mappings> {
    static MAPPINGS: OnceLock<BTreeMap<&'static str, Mappings>> = OnceLock::new();
    MAPPINGS.get_or_init(|| catalog().map(|control| (control.id, collected(control))).collect())
}

/// What the control's own file cites, and what the files of frameworks say of it.
fn collected(control: &Control) -> Mappings {
    let mut mappings: Mappings = control
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
    all_mappings()
        .iter()
        .filter(|(_, mappings)| mappings.contains_key(&framework.id))
        .all(|(id, _)| results.iter().any(|result| result.id == *id))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::Fixture;
    use crate::{Checklist, Framework};

    #[test]
    fn every_file_is_read_and_every_name_in_it_exists() {
        assert_eq!(frameworks().len(), FILES.len());
        for framework in frameworks() {
            let known: BTreeSet<&str> =
                framework.requirements.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(known.len(), framework.requirements.len(), "{}: an id twice", framework.id);
            let mapped = mapped(framework);
            for id in mapped.keys() {
                assert!(known.contains(id.as_str()), "{} has no title for {id}", framework.id);
            }
            for requirement in &framework.requirements {
                let id = &requirement.id;
                let is_judged = mapped.contains_key(id) || crate::scuba::has_rule(id);
                assert!(is_judged, "nothing judges {id} of {}", framework.id);
                assert!(!requirement.title.ends_with('.'), "{id}");
                for control in &requirement.controls {
                    assert!(crate::control(control).is_some(), "{id}: no control {control}");
                }
            }
        }
        for cited in Framework::ALL {
            assert!(framework(cited.id()).is_some(), "{}", cited.id());
        }
        let baseline = framework("cisa-scuba").unwrap();
        for id in crate::scuba::ruled() {
            assert!(baseline.requirements.iter().any(|it| it.id == id), "{id} has no title");
        }
    }

    fn assessed(checklist: &str) -> model::Assessment {
        let fixture = Fixture::exemplary();
        let (snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let tenant = model::Tenant::new(&snapshot, &profile);
        crate::assess(&tenant, &Checklist::named(checklist).unwrap(), "")
    }

    fn result(id: &str, verdict: Verdict) -> ControlResult {
        let assessment = assessed("essentials");
        let mut result = assessment.controls.into_iter().next().unwrap();
        result.id = id.to_owned();
        result.verdict = verdict;
        result
    }

    #[test]
    fn the_worst_known_verdict_counts_and_unknown_never_passes() {
        use Verdict::{Attested, Expired, Fail, NotApplicable, Partial, Pass, Unknown};
        let of = |verdicts: &[Verdict]| {
            let results: Vec<_> = verdicts.iter().map(|verdict| result("a", *verdict)).collect();
            compose(&results.iter().collect::<Vec<_>>()).verdict
        };
        assert_eq!(of(&[Pass, Attested]), Pass);
        assert_eq!(of(&[Pass, NotApplicable]), Pass);
        assert_eq!(of(&[Pass, Unknown]), Unknown);
        assert_eq!(of(&[Pass, Expired]), Unknown);
        assert_eq!(of(&[Unknown, Partial, Pass]), Partial);
        assert_eq!(of(&[Unknown, Partial, Fail]), Fail);
        assert_eq!(of(&[NotApplicable]), NotApplicable);
        assert_eq!(of(&[]), NotApplicable);
        let mixed = [result("a", Fail), result("b", Unknown), result("c", Pass)];
        let because = compose(&mixed.iter().collect::<Vec<_>>()).because;
        assert_eq!(because, "Not met: a; not known: b; met: c.");
    }

    #[test]
    fn where_cisa_and_we_differ_both_are_said() {
        let says = |own, ours: Verdict| {
            let control = result("a", ours);
            difference(own, &compose(&[&control]), &[&control])
        };
        assert!(says(Verdict::Pass, Verdict::Fail).contains("differs. Not met: a."));
        assert!(says(Verdict::Fail, Verdict::Pass).contains("differs. Met: a."));
        assert!(says(Verdict::Unknown, Verdict::Partial).contains("Met in part: a."));
        assert_eq!(says(Verdict::Pass, Verdict::Pass), "");
        assert_eq!(says(Verdict::Fail, Verdict::Unknown), "");
    }

    #[test]
    fn a_tenant_that_meets_every_control_meets_every_framework_composed_of_them() {
        let assessment = assessed("default");
        assert_eq!(assessment.frameworks.len(), FILES.len());
        for framework in &assessment.frameworks {
            let all = super::framework(&framework.id).unwrap().requirements.len();
            assert_eq!(framework.requirements.len(), all, "{}", framework.id);
            for requirement in &framework.requirements {
                let is_bad = matches!(requirement.verdict, Verdict::Fail | Verdict::Partial);
                let is_composed = framework.id != "cisa-scuba";
                assert!(!(is_bad && is_composed), "{}: {}", requirement.id, requirement.because);
            }
        }
    }
}
