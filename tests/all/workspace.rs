//! Rules about the workspace: which crate may know which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may depend on, of ours. Dependencies point one way, towards `model`.
const MAY_KNOW: [(&str, &[&str]); 12] = [
    ("model", &[]),
    ("signin", &["model"]),
    ("controls", &["model", "signin"]),
    ("custom", &["model", "controls"]),
    ("changes", &["model"]),
    ("collect", &["model"]),
    ("report", &["model"]),
    ("archive", &[]),
    ("simulator", &["model"]),
    (
        "muster",
        &[
            "model",
            "signin",
            "controls",
            "custom",
            "changes",
            "collect",
            "report",
            "archive",
            "simulator",
        ],
    ),
    ("scan", &["muster", "model", "controls", "collect", "report", "archive"]),
    (
        "tests",
        &[
            "model",
            "signin",
            "controls",
            "changes",
            "collect",
            "report",
            "archive",
            "simulator",
            "muster",
            "scan",
        ],
    ),
];

/// Crates that judge: no network, no async runtime, no randomness, anywhere below them.
const PURE: [&str; 5] = ["model", "signin", "controls", "custom", "changes"];

/// What a pure crate must not have in its dependency tree.
const IMPURE: [&str; 12] = [
    "tokio",
    "reqwest",
    "hyper",
    "axum",
    "aws-config",
    "aws-smithy-runtime",
    "rustls",
    "rand",
    "getrandom",
    "uuid",
    "tracing",
    "futures",
];

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let may_know: BTreeMap<_, _> = MAY_KNOW.into_iter().collect();
    let packages = metadata["packages"].as_array().unwrap();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let Some(allowed) = may_know.get(name) else {
            panic!("the crate {name} is new: say in MAY_KNOW what it may depend on");
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency_name = dependency["name"].as_str().unwrap();
            let is_ours = dependency["path"].is_string();
            let for_tests = dependency["kind"] == "dev";
            assert!(
                !is_ours || for_tests || allowed.contains(&dependency_name),
                "{name} must not depend on {dependency_name}"
            );
        }
    }
    assert_eq!(packages.len(), may_know.len(), "MAY_KNOW names a crate that is gone");
}

#[test]
fn judging_is_pure() {
    for name in PURE {
        let tree = cargo(&["tree", "--package", name, "--edges", "normal", "--prefix", "none"]);
        let below: BTreeSet<&str> =
            tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert!(below.contains(name));
        for impure in IMPURE {
            assert!(!below.contains(impure), "{name} must not depend on {impure}");
        }
    }
}

/// Adding a control touches its own file and one list: a file without its entry is forgotten, not
/// compiled and not missed by the compiler.
#[test]
fn every_file_of_a_control_is_in_the_catalog() {
    fn count(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                if path.is_dir() {
                    return count(&path);
                }
                let text = std::fs::read_to_string(&path).unwrap();
                text.matches("pub(crate) static CONTROL: Control = Control {").count()
            })
            .sum()
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/controls/src");
    assert_eq!(count(source.as_ref()), controls::catalog().count());
}
