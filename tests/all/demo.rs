//! The README's first command, and what it leaves behind.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use archive::{Folder, SignatureState};
use model::{Assessment, Verdict};

use crate::program::{self, Run, muster, tree};

/// One run of the demo, shared by the tests below.
pub(crate) fn demo() -> &'static (tempfile::TempDir, Run) {
    static DEMO: OnceLock<(tempfile::TempDir, Run)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let run = muster(&["demo", "--out", place.path().to_str().unwrap()]);
        (place, run)
    })
}

fn assessments(place: &Path) -> Vec<(String, Assessment)> {
    tree(place)
        .into_iter()
        .filter(|(name, _)| name.ends_with("assessment.json") && !name.starts_with("archive"))
        .map(|(name, bytes)| (name, serde_json::from_slice(&bytes).unwrap()))
        .collect()
}

#[test]
fn it_ends_with_a_scoreboard_and_where_to_look() {
    let (place, run) = demo();
    assert_eq!(run.status, 0, "{}", run.err);
    let samples = simulator::samples().unwrap();
    assert!(samples.len() >= 5);
    for sample in &samples {
        let profile = model::Profile::parse(sample.profile()).unwrap();
        assert!(run.out.contains(&profile.tenant.name), "{} is missing", profile.tenant.name);
    }
    let documents =
        ["executive.html", "executive.pdf", "technical.html", "technical.pdf", "findings.csv"];
    for document in documents {
        let found = tree(place.path())
            .into_keys()
            .filter(|name| !name.starts_with("archive") && name.ends_with(document));
        assert_eq!(found.count(), samples.len(), "{document}");
    }
}

#[test]
fn the_samples_tell_different_stories() {
    let (place, _) = demo();
    let assessments = assessments(place.path());
    let score = |name: &str| {
        let found = assessments.iter().find(|(path, _)| path.contains(name));
        found.unwrap_or_else(|| panic!("no tenant {name}")).1.score.value.unwrap()
    };
    let (exemplary, mistakes, legacy) = (score("tamarind"), score("kestrel"), score("greyloch"));
    assert!(exemplary > 95.0, "the well-run firm has {exemplary}");
    assert!(exemplary > mistakes && mistakes > legacy, "{exemplary} {mistakes} {legacy}");
    let unknown = |name: &str| {
        let (_, assessment) = assessments.iter().find(|(path, _)| path.contains(name)).unwrap();
        assessment.controls.iter().filter(|one| one.verdict == Verdict::Unknown).count()
    };
    assert!(unknown("marisol") > 10, "half-permitted: most cannot be judged");
    assert_eq!(unknown("tamarind"), 0, "fully permitted: all is judged");
}

#[test]
fn every_control_is_in_every_output_once() {
    let (place, _) = demo();
    let catalog: Vec<&str> = controls::catalog().map(|control| control.id).collect();
    let files = tree(place.path());
    for (path, assessment) in assessments(place.path()) {
        let ids: Vec<&str> = assessment.controls.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, catalog, "{path}");
        let beside = |name: &str| {
            let path = path.replace("assessment.json", name);
            String::from_utf8(files[&path].clone()).unwrap()
        };
        let csv = beside("findings.csv");
        let rows: Vec<&str> = csv
            .lines()
            .filter_map(|line| line.strip_prefix("control,")?.split(',').next())
            .collect();
        let technical = beside("technical.html");
        for id in &catalog {
            let found = rows.iter().filter(|row| *row == id).count();
            assert_eq!(found, 1, "{path}: {id} in the CSV");
            let anchors = technical.matches(&format!("id=\"{id}\"")).count();
            assert_eq!(anchors, 1, "{path}: {id} in the technical report");
        }
    }
}

#[tokio::test]
async fn the_archive_verifies() {
    let (place, _) = demo();
    let store = Folder::open(place.path().join("archive")).unwrap();
    for sample in simulator::samples().unwrap() {
        let history = archive::history(&store, sample.id()).await.unwrap();
        assert_eq!(history.len(), 1, "{}", sample.name());
        let checked = archive::verify(&store, &history[0].scan, &[]).await.unwrap();
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        assert_eq!(checked.signature, SignatureState::None);
        assert!(checked.files >= 6);
    }
}

#[test]
fn running_it_again_changes_not_one_byte() {
    let (place, _) = demo();
    let before = tree(place.path());
    let again = muster(&["demo", "--quiet", "--out", place.path().to_str().unwrap()]);
    assert_eq!(again.status, 0, "{}", again.err);
    assert!(again.err.is_empty(), "--quiet says nothing: {}", again.err);
    program::assert_same(&tree(place.path()), &before);
}

#[test]
fn an_archived_snapshot_gives_the_archived_documents() {
    let (place, _) = demo();
    let files = tree(place.path());
    let snapshot = files.keys().find(|name| name.ends_with("snapshot.json.zst")).unwrap();
    let sample =
        simulator::samples().unwrap().into_iter().find(|sample| snapshot.contains(sample.id()));
    let profiles = tempfile::tempdir().unwrap();
    let profile = profiles.path().join("tenant.toml");
    std::fs::write(&profile, sample.unwrap().profile()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let run = muster(&[
        "report".as_ref(),
        place.path().join(snapshot).as_os_str(),
        "--profile".as_ref(),
        profile.as_os_str(),
        "-o".as_ref(),
        out.path().as_os_str(),
    ]);
    assert_eq!(run.status, 0, "{}", run.err);
    for (name, bytes) in tree(out.path()) {
        let archived = snapshot.replace("snapshot.json.zst", &name);
        assert!(files[&archived] == bytes, "{name} differs from the archived one");
    }
}

#[test]
fn the_pdf_is_sound_and_its_text_can_be_selected() {
    let (place, _) = demo();
    for (path, assessment) in assessments(place.path()) {
        let pdf = place.path().join(path.replace("assessment.json", "executive.pdf"));
        let tool = |name: &str, arguments: &[&str]| {
            let run = program::run(Command::new(name).args(arguments));
            assert_eq!(run.status, 0, "{name} {}: {}{}", pdf.display(), run.out, run.err);
            run.out
        };
        let name = pdf.to_str().unwrap();
        tool("qpdf", &["--check", name]);
        let text = tool("pdftotext", &["-layout", name, "-"]);
        if let Some(score) = assessment.score.value {
            // As the document's language writes it.
            let (point, comma) = (format!("{score:.1}"), format!("{score:.1}").replace('.', ","));
            assert!(
                text.contains(&point) || text.contains(&comma),
                "{path}: no score {point} in:\n{text}"
            );
        }
        let name_word = assessment.tenant.display_name.split(' ').next().unwrap();
        assert!(text.contains(name_word), "{path}: the tenant's name cannot be found");
        let fonts = tool("pdffonts", &[name]);
        for font in fonts.lines().skip(2) {
            let columns: Vec<&str> = font.split_whitespace().collect();
            // From the right: object (2), unicode, subset, embedded.
            let [.., embedded, subset, unicode, _, _] = columns[..] else { panic!("{font}") };
            assert_eq!([embedded, subset, unicode], ["yes"; 3], "{path}: {font}");
        }
        assert!(fonts.lines().count() > 2, "{path}: no fonts");
    }
}

#[test]
fn pages_need_no_script_and_ask_for_nothing() {
    let (place, _) = demo();
    for (name, bytes) in tree(place.path()) {
        if Path::new(&name).extension().is_none_or(|ending| ending != "html") {
            continue;
        }
        let html = String::from_utf8(bytes).unwrap();
        assert!(
            html.contains("default-src &#x27;none&#x27;") || html.contains("default-src 'none'")
        );
        for forbidden in
            ["<script", "javascript:", " src=\"http", "@import", "url(http", " style=\""]
        {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
    }
}
