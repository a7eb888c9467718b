//! HTML documents in a real browser: axe-core finds nothing in light and dark, the text needs no
//! scripts, nothing is asked for, and a small screen is wide enough.
//!
//! Needs Node.js and Chromium; `tests/run` installs them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as expected fails the test"
)]
#![cfg(test)]

mod samples;

use std::fs;
use std::path::Path;
use std::process::Command;

use report::{Brand, Language, Logo, Options, Source, executive_html, technical_html};

#[test]
fn pages_are_built_for_every_reader() {
    let tools = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/pages"));
    if !tools.join("node_modules/axe-core").exists() {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund"]).current_dir(tools);
        assert!(install.status().expect("npm: see tests/run").success());
    }
    let folder = std::env::temp_dir().join(format!("muster-pages-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let write = |name: String, html: String| fs::write(folder.join(name), html).unwrap();
    for (number, (name, assessment)) in samples::all().into_iter().enumerate() {
        for (turn, language) in Language::ALL.into_iter().enumerate() {
            // Every document in every language once more would find nothing new.
            if name != "practice" && number % Language::ALL.len() != turn {
                continue;
            }
            let options = Options { language, ..Options::default() };
            let (history, answers) = (samples::history(&assessment), samples::sign_ins());
            let past = if number == 2 { Source::from(&assessment).history } else { &history };
            let source =
                Source { assessment: &assessment, sign_ins: Some(&answers), history: past };
            let brand = match name {
                "hostile" => Brand {
                    logo: Some(Logo::read(samples::HOSTILE_LOGO.as_bytes()).unwrap()),
                    ..Brand::parse("name = \"<b>\"\naccent = \"#FFE000\"").unwrap()
                },
                _ => Brand::default(),
            };
            let file = |kind: &str| format!("{name}-{}-{kind}.html", language.code());
            write(file("executive"), executive_html(source, &brand, &options).unwrap());
            write(file("technical"), technical_html(source, &brand, &options).unwrap());
        }
    }
    let looked = Command::new("node")
        .arg(tools.join("look.mjs"))
        .arg(&folder)
        .output()
        .expect("node: see tests/run");
    fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&looked.stdout);
    let complaint = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success(), "{said}{complaint}");
}
