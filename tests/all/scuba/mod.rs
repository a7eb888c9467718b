//! Requirements of CISA's baselines, read from exports of its tool as CISA reads them.
//!
//! The tables in the modules are ours: what meets each requirement, what does not, and
//! which exclusions count. With the environment variable `MUSTER_SCUBA_CASES` set to a folder of
//! cases (one JSON object a line with `policy`, `expected`, `checked` and `input`), those are judged
//! too.

mod applications;
mod configuration;
mod identity;
mod mail;
mod presets;
mod privileged;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use controls::Checklist;
use model::{Profile, Requirement, Snapshot, Verdict};
use serde_json::{Value, json};

/// What an export comes to, by requirement.
pub(crate) fn judge(export: &Value) -> BTreeMap<String, Requirement> {
    let snapshot = collect::scubagear::import(&export.to_string()).unwrap();
    judge_snapshot(&snapshot, &Profile::default(), "cisa-scuba")
}

fn judge_snapshot(
    snapshot: &Snapshot,
    profile: &Profile,
    checklist: &str,
) -> BTreeMap<String, Requirement> {
    let checklist = Checklist::named(checklist).unwrap();
    let assessment = muster::assess(snapshot, "", profile, &checklist);
    let baseline = assessment.frameworks.into_iter().find(|it| it.id == "cisa-scuba").unwrap();
    baseline.requirements.into_iter().map(|it| (it.id.clone(), it)).collect()
}

/// One requirement on one export.
pub(crate) struct Case {
    pub(crate) policy: &'static str,
    pub(crate) what: &'static str,
    pub(crate) expected: Verdict,
    pub(crate) export: Value,
}

pub(crate) fn met(policy: &'static str, what: &'static str, export: Value) -> Case {
    Case { policy, what, expected: Verdict::Pass, export }
}

pub(crate) fn not_met(policy: &'static str, what: &'static str, export: Value) -> Case {
    Case { policy, what, expected: Verdict::Fail, export }
}

pub(crate) fn verdict(
    expected: Verdict,
    policy: &'static str,
    what: &'static str,
    export: Value,
) -> Case {
    Case { policy, what, expected, export }
}

/// The value with other values at these places; a place that is not there is made.
pub(crate) fn with(mut value: Value, changes: &[(&str, Value)]) -> Value {
    for (place, new) in changes {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let parent = value.pointer_mut(parent).unwrap();
        match (parent, name.parse::<usize>()) {
            (Value::Array(list), Ok(index)) => list[index] = new.clone(),
            (parent, _) => parent[name] = new.clone(),
        }
    }
    value
}

#[test]
fn every_requirement_is_met_and_missed_as_its_rule_says() {
    let mut seen: BTreeMap<&str, BTreeSet<Verdict>> = BTreeMap::new();
    let identity = [identity::cases(), applications::cases(), privileged::cases()];
    let mail = [mail::cases(), presets::cases()];
    for case in identity.into_iter().chain(mail).flatten() {
        let judged = judge(&case.export);
        let found = &judged[case.policy];
        assert_eq!(
            found.verdict, case.expected,
            "{}: {}: {}\n{}",
            case.policy, case.what, found.because, case.export
        );
        assert!(!found.because.is_empty(), "{}", case.policy);
        seen.entry(case.policy).or_default().insert(case.expected);
    }
    for requirement in &controls::framework("cisa-scuba").unwrap().requirements {
        let empty = judge(&json!({"baseline_version": "1"}));
        let left_to_people = empty[&requirement.id].because.contains("leaves this to a person");
        let seen = seen.get(requirement.id.as_str()).cloned().unwrap_or_default();
        let both = seen.contains(&Verdict::Pass) && seen.contains(&Verdict::Fail);
        assert!(both || left_to_people, "{} lacks cases: {seen:?}", requirement.id);
    }
}

#[test]
fn what_nobody_read_is_unknown() {
    for (id, requirement) in judge(&json!({"baseline_version": "1"})) {
        assert_eq!(requirement.verdict, Verdict::Unknown, "{id}: {}", requirement.because);
    }
}

/// Cases of a folder, if one is given: every verdict that CISA's tool checks.
#[test]
fn given_cases_agree() {
    let Some(folder) = std::env::var_os("MUSTER_SCUBA_CASES") else { return };
    let mut disagreements = Vec::new();
    for file in
        ["aad.jsonl", "aad-plain.jsonl", "defender.jsonl", "exo.jsonl", "securitysuite.jsonl"]
    {
        let Ok(lines) = std::fs::read_to_string(Path::new(&folder).join(file)) else { continue };
        let (mut agreed, mut outside) = (0, BTreeSet::new());
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            let policy = case["policy"].as_str().unwrap();
            let Some(found) = judge(&case["input"]).remove(policy) else {
                outside.insert(policy.to_owned());
                continue;
            };
            let same = match (case["checked"] == false, found.verdict) {
                (true, Verdict::Unknown | Verdict::NotApplicable) => true,
                (false, Verdict::Pass) => case["expected"] == true,
                (false, Verdict::Fail) => case["expected"] == false,
                _ => false,
            };
            if same {
                agreed += 1;
            } else {
                disagreements.push(format!("{}: {}", case["case"], found.because));
            }
        }
        println!("{file}: {agreed} agree, outside: {outside:?}");
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
}
