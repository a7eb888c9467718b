//! `muster assess` as an operator uses it: custom controls, the score by hand, waivers.

use std::fs;
use std::path::{Path, PathBuf};

use model::{Assessment, ControlResult, Verdict};
use serde_json::Value;

use crate::bad_input::refused;
use crate::demo::demo;
use crate::program::{Run, muster, tree};

const CUSTOM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/custom");

/// A sample tenant: its snapshot from the demo's archive, and a profile that may be changed.
struct Sample {
    snapshot: PathBuf,
    place: tempfile::TempDir,
}

impl Sample {
    fn named(name: &str) -> Self {
        let sample = simulator::samples().unwrap().into_iter().find(|it| it.name() == name);
        let sample = sample.unwrap();
        let archive = demo().0.path().join("archive");
        let snapshot = tree(&archive)
            .into_keys()
            .find(|path| path.contains(sample.id()) && path.ends_with("snapshot.json.zst"))
            .unwrap();
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("tenant.toml"), sample.profile()).unwrap();
        Self { snapshot: archive.join(snapshot), place }
    }

    fn profile(&self) -> PathBuf {
        self.place.path().join("tenant.toml")
    }

    /// Adds lines to the profile.
    fn declare(&self, toml: &str) {
        let text = fs::read_to_string(self.profile()).unwrap();
        fs::write(self.profile(), format!("{text}\n{toml}\n")).unwrap();
    }

    fn run(&self, command: &str, extra: &[&str]) -> Run {
        let mut arguments = vec![command, self.snapshot.to_str().unwrap(), "--profile"];
        let profile = self.profile();
        arguments.push(profile.to_str().unwrap());
        arguments.extend_from_slice(extra);
        muster(&arguments)
    }

    fn assess(&self, extra: &[&str]) -> Assessment {
        let run = self.run("assess", &[&["--format", "json"], extra].concat());
        assert_eq!(run.status, 0, "{}", run.err);
        serde_json::from_str(&run.out).unwrap()
    }
}

fn control<'a>(assessment: &'a Assessment, id: &str) -> &'a ControlResult {
    assessment.controls.iter().find(|control| control.id == id).unwrap()
}

/// "12.345" in thousandths.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, rest) = text.split_once('.')?;
    if rest.len() != 3 {
        return None;
    }
    Some(whole.parse::<u64>().ok()? * 1000 + rest.parse::<u64>().ok()?)
}

/// A customer follows the explanation with a pencil and gets the numbers of the assessment.
#[test]
fn the_explained_score_adds_up_to_the_assessment() {
    for sample in simulator::samples().unwrap() {
        let sample = Sample::named(sample.name());
        let assessment = sample.assess(&[]);
        let run = sample.run("assess", &["--explain-score"]);
        assert_eq!(run.status, 0, "{}", run.err);
        let (mut points, mut weight, mut seen) = (0, 0, 0);
        for line in run.out.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some(result) =
                assessment.controls.iter().find(|one| words.get(1) == Some(&&*one.id))
            else {
                continue;
            };
            seen += 1;
            let Some(credit) = thousandths(words[3]) else {
                assert_eq!(words[2], format!("({})", result.weight), "{line}");
                assert!(result.credit.is_none(), "{line}");
                continue;
            };
            assert_eq!(words[2], result.weight.to_string(), "{line}");
            let shown = words[3].parse::<f64>().unwrap();
            let exact = result.credit.unwrap();
            assert!(shown <= exact + 1e-6 && exact - shown < 0.001, "{line}: {exact}");
            assert_eq!(thousandths(words[4]), Some(u64::from(result.weight) * credit), "{line}");
            points += u64::from(result.weight) * credit;
            weight += result.weight;
        }
        assert_eq!(seen, assessment.controls.len(), "every control once");
        let score = &assessment.score;
        assert_eq!(weight, score.assessed_weight);
        let points = format!("{}.{:03}", points / 1000, points % 1000);
        assert!((points.parse::<f64>().unwrap() - score.points).abs() < 1e-9);
        let number = |value: Option<f64>| format!("{:.1}", value.unwrap());
        for expected in [
            format!("100 × {points} ÷ {weight} = "),
            format!("printed {}.", number(score.value)),
            format!("{weight} ÷ {} = {:.3}", score.applicable_weight, score.coverage),
            format!("= {}: if all that is unknown were a fail", number(score.low)),
            format!("= {}: if all that is unknown were a pass", number(score.high)),
        ] {
            assert!(run.out.contains(&expected), "{expected:?} is not in\n{}", run.out);
        }
        for area in assessment.areas.iter().filter(|area| area.value.is_some()) {
            let value = format!("÷ {} = {}", area.assessed_weight, number(area.value));
            assert!(run.out.contains(&value), "{}: {value:?} is not in\n{}", area.id, run.out);
        }
        for cap in &score.caps {
            assert!(run.out.contains(&format!("At most {}: {}", cap.grade.letter(), cap.because)));
        }
        let grade = score.grade.map_or("None", |grade| grade.letter());
        let last = run.out.lines().rfind(|line| line.starts_with("Grade")).unwrap();
        assert!(last.split_whitespace().nth(1).unwrap().starts_with(grade), "{last}");
        assert_eq!(last.contains("provisional"), score.provisional && score.grade.is_some());
    }
}

#[test]
fn custom_controls_stand_in_every_report() {
    let sample = Sample::named("kestrel-row");
    let out = sample.place.path().join("out");
    let run = sample.run("report", &["--custom", CUSTOM, "-o", out.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.err);
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let assessment: Assessment = serde_json::from_str(&text("assessment.json")).unwrap();
    for id in ["custom-admin-names", "custom-countries-blocked", "custom-guests-recent"] {
        let result = control(&assessment, id);
        assert!(result.verdict.is_assessed(), "{result:#?}");
        assert!(text("findings.csv").contains(&format!("\ncontrol,{id},")), "{id} in the CSV");
        assert_eq!(text("technical.html").matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    let plain = sample.assess(&[]);
    assert_eq!(assessment.controls.len(), plain.controls.len() + 3);
    assert_eq!(assessment.score.applicable_weight, plain.score.applicable_weight + 7);
    assert_ne!(assessment.checklist.version, plain.checklist.version);
}

#[test]
fn a_profile_names_its_custom_controls() {
    let sample = Sample::named("kestrel-row");
    let asked = sample.assess(&["--custom", CUSTOM]);
    let folder = sample.place.path().join("controls");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(CUSTOM).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let text = fs::read_to_string(sample.profile()).unwrap();
    fs::write(sample.profile(), text.replace("[checklist]", "[checklist]\ncustom = \"controls\""))
        .unwrap();
    assert_eq!(sample.assess(&[]), asked);
    assert_eq!(sample.assess(&["--custom", CUSTOM]), asked, "named twice is judged once");
}

#[test]
fn custom_controls_that_are_wrong_are_refused_before_judging() {
    let sample = Sample::named("kestrel-row");
    let folder = sample.place.path().join("controls");
    let refused_with = |names: &[&str]| {
        let run = sample.run("assess", &["--custom", folder.to_str().unwrap()]);
        refused(&run, 2, &[&["controls"], names].concat());
    };
    refused_with(&["No such file"]);
    fs::create_dir(&folder).unwrap();
    refused_with(&["no custom controls", "NAME.toml"]);
    let from = |name: &str| fs::read_to_string(Path::new(CUSTOM).join(name)).unwrap();
    let (texts, rule) = (from("custom-admin-names.toml"), from("custom-admin-names.rego"));
    fs::write(folder.join("names.toml"), texts.replace("severity", "serverity")).unwrap();
    fs::write(folder.join("names.rego"), &rule).unwrap();
    refused_with(&["names.toml", "line 5", "did you mean `severity`?"]);
    fs::write(folder.join("names.toml"), &texts).unwrap();
    fs::write(folder.join("names.rego"), rule.replace("lower(account)", "http.send(account)"))
        .unwrap();
    refused_with(&["names.rego", "line 23", "no function `http.send`"]);
    fs::write(folder.join("names.rego"), rule.replace("some user in admins", "some user n admins"))
        .unwrap();
    refused_with(&["names.rego", "line 27"]);
}

#[test]
fn a_waiver_is_pasted_holds_and_reopens() {
    let sample = Sample::named("kestrel-row");
    let before = sample.assess(&[]);
    let open =
        before.controls.iter().filter(|one| one.verdict == Verdict::Fail && one.waiver.is_none());
    for failed in open {
        let id = &failed.id;
        let run = sample.run("assess", &["--accept", id]);
        assert_eq!(run.status, 0, "{}", run.err);
        assert!(
            run.out.contains(&format!("fingerprint = {:?}", failed.fingerprint.as_ref().unwrap()))
        );
        let original = fs::read_to_string(sample.profile()).unwrap();
        // As it is printed nobody answers for it yet.
        sample.declare(&run.out);
        refused(&sample.run("assess", &[]), 2, &["tenant.toml", "[[waiver]]", id, "`owner`"]);
        let filled = run
            .out
            .replace("owner = \"\"", "owner = \"Nadia\"")
            .replace("reason = \"\"", "reason = \"Until spring.\"");
        fs::write(sample.profile(), format!("{original}\n{filled}")).unwrap();
        let after = sample.assess(&[]);
        let note = control(&after, id).waiver.clone().unwrap();
        assert!(note.holds, "{note:?}");
        assert_eq!(after.score, before.score, "accepting a risk changes no number");
        let moved = filled.replace(failed.fingerprint.as_ref().unwrap(), "00000000deadbeef");
        fs::write(sample.profile(), format!("{original}\n{moved}")).unwrap();
        let again = sample.assess(&[]);
        let note = control(&again, id).waiver.clone().unwrap();
        assert_eq!((note.holds, &*note.because), (false, "the state that was accepted has moved"));
        fs::write(sample.profile(), &original).unwrap();
        if id.as_str() > "exo" {
            break;
        }
    }
    let run = sample.run("assess", &["--accept", "mfa-admin-required"]);
    refused(&run, 2, &["did you mean \"mfa-admins-required\"?"]);
}

#[test]
fn a_profile_that_speaks_of_no_control_is_refused() {
    let sample = Sample::named("kestrel-row");
    sample.declare("[[attestation]]\ncontrol = \"emerg-procedur\"\nby = \"b\"\non = 2026-11-01");
    let names = ["tenant.toml: line ", "\"emerg-procedur\"", "did you mean \"emerg-procedure\"?"];
    refused(&sample.run("assess", &[]), 2, &names);
}

#[test]
fn the_terminal_says_what_the_page_says() {
    for id in ["mfa-admins-required", "emerg-procedure", "preset-strict-priority-accounts"] {
        let control = controls::control(id).unwrap();
        let page = ::muster::page(control);
        let run = muster(&["controls", control.id]);
        let words =
            |text: &str| text.chars().filter(|one| one.is_alphanumeric()).collect::<String>();
        let (said, written) = (words(&run.out), words(&page.markdown()));
        for section in &page.sections {
            assert!(said.contains(&words(section.heading)), "{}: {}", control.id, section.heading);
        }
        assert!(
            said.contains(&words(control.passes_when))
                && written.contains(&words(control.passes_when))
        );
        for step in control.remediation {
            assert!(said.contains(&words(step)) && written.contains(&words(step)), "{step}");
        }
    }
    let json = muster(&["controls", "mfa-admins-required", "--format", "json"]).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["license"], "none needed");
}
