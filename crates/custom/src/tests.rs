//! What is refused before judging, and what is stopped while judging.

use std::fmt::Write as _;

use controls::Finding;
use model::{Data, Profile, Reason, Snapshot, Tenant, UnknownReason, Verdict};

use super::*;
use crate::judge::Limits;

const TEXTS: &str = "id = \"custom-x\"\ntitle = \"T\"\nseverity = \"low\"\nreads = [\"users\"]\n\
                     rationale = \"r\"\npasses-when = \"p\"\nremediation = [\"do\"]\n";

const PASSES: &str =
    "package x\nimport rego.v1\nfinding := {\"verdict\": \"pass\", \"summary\": \"s\"}\n";

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn read(texts: &str, rule: &str) -> Result<Vec<Custom>, String> {
    controls(&[source("x.toml", texts), source("x.rego", rule)]).map_err(|error| error.to_string())
}

/// Why the rule is refused.
fn refused(rule: &str) -> String {
    read(TEXTS, &format!("package x\nimport rego.v1\n{rule}\n")).unwrap_err()
}

/// What the rule comes to on a tenant with one user.
fn judge(rule: &str, limits: Limits) -> Finding {
    let json = r#"{"schema":"muster.snapshot/1","tenant":{"id":"0a0a0a0a-0000-4000-8000-000000000001"},
        "takenAt":"2026-11-01T02:00:00Z","collector":{"name":"t","version":"1"},"datasets":{"users":
        {"state":"collected","source":"t","records":[{"id":"u"}]}}}"#;
    let snapshot = Snapshot::from_json(json.as_bytes()).unwrap();
    let profile = Profile::default();
    let rule = source("x.rego", &format!("package x\nimport rego.v1\n{rule}\n"));
    let policy = rules::check(&rule, &[Data::Users]).unwrap_or_else(|error| panic!("{error}"));
    policy.judge(&Tenant::new(&snapshot, &profile), &[Data::Users], limits).unwrap()
}

/// Why the rule came to no verdict.
fn unjudged(rule: &str, limits: Limits) -> String {
    let finding = judge(rule, limits);
    assert_eq!(finding.verdict, Verdict::Unknown, "{finding:#?}");
    assert_eq!(finding.reason, Some(Reason::Unknown(UnknownReason::Policy)));
    finding.summary
}

#[test]
fn texts_that_are_wrong_name_the_line() {
    let change = |from: &str, to: &str| read(&TEXTS.replace(from, to), PASSES).unwrap_err();
    for (from, to, expected) in [
        ("title = ", "titel = ", "line 2, column 1: unknown key `titel`, did you mean `title`?"),
        ("custom-x", "mfa-admins-required", "line 1, column 6: expected an id such as custom-"),
        ("custom-x", "custom-X", "line 1, column 6: expected an id such as custom-"),
        ("custom-x", "custom-", "line 1, column 6: expected an id such as custom-"),
        ("\"low\"", "\"lowest\"", "line 3, column 12: unknown variant `lowest`"),
        ("users", "usres", "line 4, column 9: no dataset \"usres\", did you mean \"users\"?"),
        ("[\"users\"]", "[]", "line 4, column 9: expected at least one dataset"),
        ("\"r\"", "\" \"", "line 5, column 13: expected a text"),
        ("[\"do\"]", "[]", "line 7, column 15: expected at least one step"),
        ("[\"do\"]", "[\"do\"]\neffort = 4", "line 8, column 10: expected 1 for minutes"),
        ("[\"do\"]", "[\"do\"]\narea = \"mfaa\"", "line 8, column 8: no area \"mfaa\"; there are"),
        ("rationale = \"r\"\n", "", "missing field `rationale`"),
        ("[\"do\"]", "[\"do\"", "line 7, column 20: unclosed array"),
    ] {
        let message = change(from, to);
        assert!(message.starts_with("x.toml: ") && message.contains(expected), "{message}");
    }
}

#[test]
fn halves_and_doubles_are_refused() {
    let alone = |file: Source| controls(&[file]).unwrap_err().to_string();
    assert_eq!(alone(source("x.toml", TEXTS)), "x.toml: its rule is missing: expected x.rego");
    assert_eq!(alone(source("x.rego", PASSES)), "x.rego: its texts are missing: expected x.toml");
    let twice = controls(&[
        source("x.toml", TEXTS),
        source("x.rego", PASSES),
        source("y.toml", TEXTS),
        source("y.rego", PASSES),
    ]);
    assert_eq!(
        twice.unwrap_err().to_string(),
        "y.toml: the id \"custom-x\" stands twice in this folder"
    );
    let large = read(TEXTS, &format!("{PASSES}#{}", " ".repeat(70_000))).unwrap_err();
    assert_eq!(large, "x.rego: is larger than 64 KiB");
}

#[test]
fn rules_that_are_wrong_name_the_line() {
    for (rule, expected) in [
        ("finding := {", "line 4, column 1"),
        ("finding := nobody", "line 3, column 12: var nobody is unsafe"),
        ("answer := 1", "has no rule `finding`"),
        (
            "finding := uper(\"a\")",
            "line 3, column 16: no function `uper` in custom controls, did you mean `upper`?",
        ),
        ("finding := upper(\"a\", \"b\")", "line 3, column 24: `upper` expects 1 argument"),
        ("import data.other\nfinding := other.x", "line 3, column 1: cannot import data.other"),
        (
            "a := input.x\nfinding := 1 if a == 2 with input as {}",
            "line 4, column 24: `with` is for tests",
        ),
        ("f(x) := g(x)\ng(x) := f(x)\nfinding := f(1)", "the function f calls itself"),
        ("f(x) := data.x.f(x)\nfinding := f(1)", "the function f calls itself"),
    ] {
        let message = refused(rule);
        assert!(message.starts_with("x.rego: ") && message.contains(expected), "{message}");
    }
    assert!(read(TEXTS, "finding := 1").unwrap_err().starts_with("x.rego: line 1, column 1: "));
}

#[test]
fn there_is_no_clock_no_chance_no_network_and_no_environment() {
    for call in [
        "time.now_ns()",
        "rand.intn(\"a\", 6)",
        "uuid.rfc4122(\"a\")",
        "http.send({})",
        "opa.runtime()",
        "net.lookup_ip_addr(\"a\")",
        "numbers.range(1, 100000000)",
        "bits.lsh(1, 100000000)",
        "trace(\"a\")",
    ] {
        let name = call.split('(').next().unwrap();
        // Also where it would never be evaluated.
        for rule in
            [format!("finding := {call}"), format!("finding := 1 if {{ false; not {call} }}")]
        {
            let message = refused(&rule);
            assert!(message.contains(&format!("no function `{name}`")), "{message}");
        }
    }
}

/// However the engine is built with other crates: what is allowed exists in it.
#[test]
fn every_function_allowed_exists() {
    for function in rules::FUNCTIONS {
        let missing = refused(&format!("finding := {function}()"));
        assert!(!missing.contains("could not find function"), "{function}: {missing}");
    }
}

#[test]
fn regular_expressions_are_whole() {
    let rule = "finding := {\"verdict\": \"pass\", \"summary\": \"s\"} if regex.match(`(?i)^ÄB\\w+$`, \"äbc\")";
    assert_eq!(judge(rule, Limits::default()).verdict, Verdict::Pass);
}

#[test]
fn a_policy_that_runs_on_is_stopped_after_the_same_steps_each_time() {
    let runaway = "xs := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n\
        finding := count([1 | some a in xs; some b in xs; some c in xs; some d in xs; some e in xs])";
    let limits = |steps| Limits { steps, ..Limits::default() };
    assert_eq!(
        unjudged(runaway, limits(10_000)),
        "The custom control gave no verdict: it did not come to an end within 10000 steps."
    );
    // The same limit is enough or not on every run, whatever else the machine does.
    let loops = "xs := [1, 2, 3, 4, 5]\nfinding := {\"verdict\": \"pass\", \"summary\": \"s\"} if \
                 count([1 | some a in xs; some b in xs]) > 0";
    let enough = (1..2_000).find(|steps| judge(loops, limits(*steps)).verdict == Verdict::Pass);
    let enough = enough.unwrap();
    for _ in 0..20 {
        assert_eq!(judge(loops, limits(enough)).verdict, Verdict::Pass);
        assert_eq!(judge(loops, limits(enough - 1)).verdict, Verdict::Unknown);
    }
}

#[test]
fn too_much_input_is_not_read() {
    let summary = unjudged("finding := 1", Limits { input: 100, ..Limits::default() });
    assert!(summary.contains("what it reads is larger than 0 MiB"), "{summary}");
}

#[test]
fn too_much_output_is_not_taken() {
    // Each level holds the one before it twice: small in memory, endless as text.
    let mut rule = "a0 := [\"x\", \"x\"]\n".to_owned();
    for level in 1..60 {
        writeln!(rule, "a{level} := [a{}, a{}]", level - 1, level - 1).unwrap();
    }
    let summary = unjudged(&format!("{rule}finding := a59"), Limits::default());
    assert!(summary.contains("nested too deeply"), "{summary}");
    let text =
        "s0 := \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n".to_owned();
    let text = (1..18).fold(text, |text, level| {
        format!("{text}s{level} := concat(\"\", [s{0}, s{0}])\n", level - 1)
    });
    let answer = "finding := {\"verdict\": \"pass\", \"summary\": s17}";
    let summary = unjudged(&format!("{text}{answer}"), Limits::default());
    assert!(summary.contains("larger than 100,000 values or 4 MiB of text"), "{summary}");
}

#[test]
fn as_many_rules_as_are_allowed_fit_on_the_stack() {
    let chain = |count: usize| {
        let mut rule = "f0(x) := x\n".to_owned();
        for level in 1..count - 1 {
            writeln!(rule, "f{level}(x) := f{}(x)", level - 1).unwrap();
        }
        format!("{rule}finding := f{}({{\"verdict\": \"pass\", \"summary\": \"s\"}})", count - 2)
    };
    assert_eq!(judge(&chain(200), Limits::default()).verdict, Verdict::Pass);
    assert!(refused(&chain(201)).contains("has 201 rules; at most 200 are allowed"));
    let mut rules = "r0 := {\"verdict\": \"pass\", \"summary\": \"s\"}\n".to_owned();
    for level in 1..199 {
        writeln!(rules, "r{level} := r{}", level - 1).unwrap();
    }
    let rules = format!("{rules}finding := r198");
    assert_eq!(judge(&rules, Limits::default()).verdict, Verdict::Pass);
}

#[test]
fn answers_that_make_no_sense_are_no_verdict() {
    let evidence = |expected: &str| {
        format!(
            "[{{\"subject\": {{\"kind\": \"user\", \"id\": \"u\", \"name\": \"u\"}}, \
                 \"observed\": \"o\", \"expected\": \"{expected}\"}}]"
        )
    };
    let (violation, context) = (evidence("e"), evidence(""));
    for (answer, expected) in [
        ("1".to_owned(), "another shape"),
        ("{\"verdict\": \"pass\"}".to_owned(), "missing field `summary`"),
        ("{\"verdict\": \"passed\", \"summary\": \"s\"}".to_owned(), "unknown variant `passed`"),
        ("{\"verdict\": \"attested\", \"summary\": \"s\"}".to_owned(), "its verdict is attested"),
        ("{\"verdict\": \"pass\", \"summary\": \" \"}".to_owned(), "no summary"),
        ("{\"verdict\": \"pass\", \"summary\": \"s\", \"sumary\": 1}".to_owned(), "unknown field"),
        ("{\"verdict\": \"fail\", \"summary\": \"s\"}".to_owned(), "a fail needs evidence"),
        (
            format!(
                "{{\"verdict\": \"fail\", \"summary\": \"s\", \"wouldPassIf\": \"w\", \"evidence\": {context}}}"
            ),
            "a fail needs evidence",
        ),
        (
            format!("{{\"verdict\": \"partial\", \"summary\": \"s\", \"evidence\": {violation}}}"),
            "a partial needs evidence with what was expected, and wouldPassIf",
        ),
        (
            format!(
                "{{\"verdict\": \"partial\", \"credit\": 1, \"summary\": \"s\", \"wouldPassIf\": \"w\", \"evidence\": {violation}}}"
            ),
            "between 0 and 1",
        ),
        (
            format!("{{\"verdict\": \"pass\", \"summary\": \"s\", \"evidence\": {violation}}}"),
            "a pass cannot have",
        ),
        (
            "{\"verdict\": \"pass\", \"summary\": \"s\", \"credit\": 0.5}".to_owned(),
            "only a partial has a credit",
        ),
        (
            "{\"verdict\": \"pass\", \"summary\": \"s\", \"population\": {\"judged\": 0}}"
                .to_owned(),
            "it says pass of nobody",
        ),
        (
            "{\"verdict\": \"unknown\", \"summary\": \"s\", \"reason\": \"bored\"}".to_owned(),
            "its reason is not known",
        ),
    ] {
        let summary = unjudged(&format!("finding := {answer}"), Limits::default());
        assert!(summary.contains(expected), "{answer}: {summary}");
    }
    let silent = unjudged("finding := 1 if count(input.datasets.users) > 5", Limits::default());
    assert!(silent.contains("none of its rules `finding` applies"), "{silent}");
}

#[test]
fn a_function_that_fails_is_no_condition_that_does_not_hold() {
    // On an empty tenant it would pass; it fails on the first user.
    let passes = "finding := {\"verdict\": \"pass\", \"summary\": \"s\"} if not old\n";
    let old = "old if { some user in input.datasets.users; muster.days_since(user.id) > 90 }";
    let summary = unjudged(&format!("{passes}{old}"), Limits::default());
    assert!(summary.contains("line 4") && summary.contains("found \"u\""), "{summary}");
    let old = "old if { some user in input.datasets.users; to_number(user.id) > 90 }";
    assert!(unjudged(&format!("{passes}{old}"), Limits::default()).contains("line 4"));
    // Without a record it is refused before anything is judged.
    let message = refused(&passes.replace("old", "to_number(\"x\")"));
    assert!(message.starts_with("x.rego: line 3, column "), "{message}");
}

#[test]
fn days_are_counted_from_the_snapshot() {
    for (then, days) in [
        ("2026-11-01T02:00:00Z", 0),
        ("2026-10-31T02:00:01Z", 0),
        ("2026-10-31T02:00:00Z", 1),
        ("2026-10-31T03:00:00+01:00", 1),
        ("2026-11-01T02:00:01Z", -1),
    ] {
        let rule = format!(
            "finding := {{\"verdict\": \"pass\", \"summary\": \"s\"}} if muster.days_since(\"{then}\") == {days}"
        );
        assert_eq!(judge(&rule, Limits::default()).verdict, Verdict::Pass, "{then}");
    }
}
