//! Files that are generated from the code are fresh.
//!
//! To write them anew, run the tests with the environment variable `MUSTER_UPDATE` set.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Compares a file of the repository with what it must hold, or writes it.
pub(crate) fn fresh(path: &str, expected: &str) {
    let path: PathBuf = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    if std::env::var_os("MUSTER_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is stale: run `MUSTER_UPDATE=1 cargo test -p tests generated`",
        path.display()
    );
}

#[test]
fn assumptions_are_fresh() {
    let mut text = "# What sign-in evaluation assumes\n\n\
        Microsoft's pages leave some rules open. Each is read as follows.\n\n\
        | Code | Assumed |\n| --- | --- |\n"
        .to_owned();
    for assumption in signin::Assumption::ALL {
        writeln!(text, "| {} | {} |", assumption.code(), assumption.text()).unwrap();
    }
    fresh("docs/sign-in-assumptions.md", &text);
}

#[test]
fn frameworks_are_fresh() {
    for framework in controls::frameworks() {
        let mapped = controls::mapped(framework);
        let mut text = format!(
            "# {}\n\nVersion {}. Mapped by {}. [Source]({})\n\n\
             | Requirement | Strength | Asks that | Controls |\n| --- | --- | --- | --- |\n",
            framework.title, framework.version, framework.mapped_by, framework.source
        );
        for requirement in &framework.requirements {
            let controls: Vec<String> = mapped
                .get(&requirement.id)
                .into_iter()
                .flatten()
                .map(|control| format!("`{}`", control.id))
                .collect();
            let note = requirement.note.as_deref().map(|note| format!(" {note}"));
            writeln!(
                text,
                "| {} | {} | {}.{} | {} |",
                requirement.id,
                requirement.strength.as_deref().unwrap_or_default(),
                requirement.title,
                note.unwrap_or_default(),
                controls.join(", ")
            )
            .unwrap();
        }
        fresh(&format!("docs/frameworks/{}.md", framework.id), &text);
    }
}

#[test]
fn schemas_are_fresh() {
    let others = [
        ("muster.doctor-1.json", schemars::schema_for!(muster::doctor::Report)),
        ("muster.signin-1.json", schemars::schema_for!(signin::Report)),
    ];
    for (name, schema) in model::schemas().into_iter().chain(others) {
        let text = serde_json::to_string_pretty(&schema).unwrap();
        fresh(&format!("docs/schemas/{name}"), &format!("{text}\n"));
    }
}

#[test]
fn pages_of_controls_are_fresh() {
    fresh("docs/controls/README.md", &controls::index());
    for control in controls::catalog() {
        fresh(&format!("docs/controls/{}.md", control.id), &muster::page(control).markdown());
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/controls");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let id = name.trim_end_matches(".md");
        assert!(id == "README" || controls::control(id).is_some(), "docs/controls/{name} is stale");
    }
}
