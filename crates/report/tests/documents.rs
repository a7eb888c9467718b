//! What holds for the documents of every assessment, read back from the documents.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as expected fails the test"
)]

mod reading;
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine as _;
use model::{Assessment, Grade, Severity, SubjectKind, UnknownReason, Verdict};
use report::{
    Brand, Options, Paper, ReportError, Status, View, executive_html, executive_pdf, findings_csv,
    summary_markdown, technical_html, technical_pdf,
};
use sha2::{Digest, Sha256};

struct Documents {
    name: &'static str,
    assessment: Assessment,
    view: View,
    html: String,
    technical: String,
    pdf: Vec<u8>,
    /// The technical report.
    thick: Vec<u8>,
    csv: Vec<u8>,
    markdown: String,
}

fn draw(name: &'static str, assessment: Assessment, options: &Options) -> Documents {
    let brand = Brand::default();
    Documents {
        name,
        view: View::new(&assessment, &brand, options).unwrap(),
        html: executive_html(&assessment, &brand, options).unwrap(),
        technical: technical_html(&assessment, &brand, options).unwrap(),
        pdf: executive_pdf(&assessment, &brand, options).unwrap(),
        thick: technical_pdf(&assessment, &brand, options).unwrap(),
        csv: findings_csv(&assessment).unwrap(),
        markdown: summary_markdown(&assessment, &brand, options).unwrap(),
        assessment,
    }
}

/// The documents of all samples, drawn once for all tests.
fn all() -> &'static [Documents] {
    static ALL: LazyLock<Vec<Documents>> = LazyLock::new(draw_all);
    &ALL
}

fn draw_all() -> Vec<Documents> {
    let options = Options::default();
    samples::all().into_iter().map(|(name, assessment)| draw(name, assessment, &options)).collect()
}

/// Text as it is compared: without spaces, which a line break in a PDF swallows.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_control_is_in_every_document_exactly_once() {
    for documents in all() {
        let name = documents.name;
        let lines: Vec<String> = reading::pdf_lines(&documents.thick).concat();
        let rows = reading::csv_rows(&documents.csv);
        for html in [&documents.html, &documents.technical] {
            let ids: Vec<_> = reading::tags(html)
                .into_iter()
                .filter_map(|(_, mut attributes)| attributes.remove("id"))
                .collect();
            assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}: ids repeat");
            for control in &documents.assessment.controls {
                assert!(ids.contains(&control.id), "{name}: no anchor for {}", control.id);
            }
        }
        for control in &documents.assessment.controls {
            let id = &control.id;
            for html in [&documents.html, &documents.technical] {
                assert_eq!(html.matches(&format!(">{id}<")).count(), 1, "{name}: {id} in HTML");
            }
            let found = lines.iter().filter(|line| line.trim() == *id).count();
            assert_eq!(found, 1, "{name}: {id} in PDF");
            let found =
                rows.iter().filter(|row| row["row"] == "control" && row["control"] == *id).count();
            assert_eq!(found, 1, "{name}: {id} in CSV");
        }
        let controls = rows.iter().filter(|row| row["row"] == "control").count();
        assert_eq!(controls, documents.assessment.controls.len(), "{name}");
    }
}

#[test]
fn all_documents_say_what_the_view_says() {
    for documents in all() {
        let (name, view) = (documents.name, &documents.view);
        let html = squeezed(&reading::text(&documents.html));
        let technical = squeezed(&reading::text(&documents.technical));
        let pages = reading::pdf_lines(&documents.pdf);
        let first = squeezed(&pages[0].concat());
        let score = &view.score;
        for said in [&view.verdict.rest, &score.line, &score.because, &score.range] {
            let said = squeezed(said);
            for (document, text) in [("html", &html), ("technical", &technical), ("pdf", &first)] {
                // Boxes with code points stand for what the typeface lacks.
                if said.is_ascii() {
                    assert!(text.contains(&said), "{name}: {document} lacks {said}");
                }
            }
        }
        for tile in &view.tiles {
            let said = squeezed(&format!("{}{}{}", tile.title, tile.word, tile.number));
            assert!(html.contains(&said), "{name}: {said}");
            assert!(first.contains(&said), "{name}: {said} in PDF");
        }
        for segment in &view.coverage.segments {
            let said = squeezed(&format!("{}{}", segment.count, segment.word));
            assert!(html.contains(&said), "{name}: {said}");
            assert!(first.contains(&said), "{name}: {said} in PDF");
        }
        for action in &view.next {
            assert!(first.contains(&squeezed(&action.gain)), "{name}");
        }
        let text = squeezed(&pages.concat().concat());
        for row in &view.findings {
            for said in [row.word, row.severity] {
                assert!(text.contains(&squeezed(said)), "{name}: {said} in PDF");
            }
        }
    }
}

#[test]
fn the_numbers_of_html_and_pdf_follow_from_the_csv() {
    for documents in all() {
        let name = documents.name;
        let rows = reading::csv_rows(&documents.csv);
        let (controls, evidence): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| row["row"] == "control");
        let number = |cell: &str| cell.parse::<f64>().unwrap();
        let judged: Vec<_> = controls.iter().filter(|row| !row["credit"].is_empty()).collect();
        let weight: f64 = judged.iter().map(|row| number(&row["weight"])).sum();
        let points: f64 =
            judged.iter().map(|row| number(&row["weight"]) * number(&row["credit"])).sum();

        // The score, up to the three decimals of the credits.
        if weight > 0.0 {
            let shown = number(&documents.view.score.value);
            assert!((100.0 * points / weight - shown).abs() < 0.15, "{name}: {shown}");
        } else {
            assert_eq!(documents.view.score.value, "", "{name}");
        }

        // Each row of the list of findings.
        if documents.view.findings.is_empty() {
            continue;
        }
        let table = reading::table(&documents.html, "id=\"findings\"");
        let open = ["fail", "partial", "attested-no"];
        let expected = controls.iter().filter(|row| open.contains(&row["verdict"].as_str()));
        assert_eq!(table.len(), expected.count(), "{name}");
        let pdf = reading::pdf_lines(&documents.pdf).concat();
        let mut gains = 0.0;
        for cells in &table {
            let [rank, finding, status, objects, _, gain] = cells.as_slice() else {
                panic!("{name}: {cells:?}");
            };
            let control = controls
                .iter()
                .find(|row| {
                    finding.contains(&format!(" {} ", row["control"]))
                        || finding.ends_with(&format!(" {}", row["control"]))
                })
                .unwrap_or_else(|| panic!("{name}: {finding}"));
            let severity = control["severity"].as_str();
            assert!(status.to_lowercase().ends_with(severity), "{name}: {status} {severity}");
            let credit = number(&control["credit"]);
            let exact = 100.0 * number(&control["weight"]) * (1.0 - credit) / weight;
            gains += exact;
            let shown = number(gain.trim_start_matches("under ").trim_start_matches('+'));
            assert!((exact - shown).abs() < 0.11, "{name}: {gain} is {exact}");
            assert!(pdf.contains(gain), "{name}: {gain} in PDF");
            assert!(pdf.contains(rank), "{name}: {rank} in PDF");
            let named: BTreeSet<_> = evidence
                .iter()
                .filter(|row| row["control"] == control["control"] && !row["expected"].is_empty())
                .filter(|row| !["tenant", "setting", "dataset"].contains(&&*row["subject kind"]))
                .map(|row| (&row["subject kind"], &row["subject id"], &row["subject name"]))
                .collect();
            let named = match named.len() {
                0 => String::new(),
                5000 => "5,000".to_owned(),
                number => number.to_string(),
            };
            assert_eq!(*objects, named, "{name}: {finding}");
        }
        // What all findings together would gain is what is missing.
        assert!((100.0 - 100.0 * points / weight - gains).abs() < 1e-6, "{name}: {gains}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for (one, two) in all().iter().zip(draw_all()) {
        assert_eq!(one.html, two.html, "{}", one.name);
        assert_eq!(one.technical, two.technical, "{}", one.name);
        assert!(one.pdf == two.pdf && one.thick == two.thick, "{}", one.name);
        assert_eq!(one.csv, two.csv, "{}", one.name);
        assert_eq!(one.markdown, two.markdown, "{}", one.name);
    }
}

#[test]
fn html_is_complete_under_a_policy_that_allows_nothing() {
    for documents in all() {
        for html in [&documents.html, &documents.technical] {
            let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
            let policy = format!(
                "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
                 form-action 'none'"
            );
            let tags = reading::tags(html);
            let has_policy = tags.iter().any(|(_, attributes)| {
                attributes.get("content").is_some_and(|content| *content == policy)
            });
            assert!(has_policy, "{}", documents.name);
            for (tag, attributes) in tags {
                for (name, value) in attributes {
                    assert!(name != "style" && !name.starts_with("on"), "{tag} {name}={value}");
                    if name == "href" || name == "src" {
                        assert!(value.starts_with('#'), "{tag} {name}={value}");
                    }
                }
            }
        }
    }
}

#[test]
fn html_is_built_for_every_reader() {
    for documents in all() {
        for html in [&documents.html, &documents.technical] {
            let tags = reading::tags(html);
            let count = |wanted: &str| tags.iter().filter(|(tag, _)| tag == wanted).count();
            assert_eq!(
                (count("h1"), count("main"), count("header"), count("footer")),
                (1, 1, 1, 1)
            );
            assert_eq!(count("table"), count("caption"), "{}", documents.name);
            let mut before = 0;
            for (tag, attributes) in &tags {
                match tag.as_str() {
                    "html" => assert_eq!(attributes["lang"], "en"),
                    "th" => assert!(attributes.contains_key("scope"), "{attributes:?}"),
                    "svg" if attributes.contains_key("role") => {
                        assert!(attributes.contains_key("aria-labelledby"));
                    }
                    "svg" => assert_eq!(attributes["aria-hidden"], "true"),
                    "h1" | "h2" | "h3" | "h4" => {
                        let level: u32 = tag[1..].parse().unwrap();
                        assert!(level <= before + 1, "{tag} after level {before}");
                        before = level;
                    }
                    _ => {}
                }
            }
            // A link within the document leads somewhere.
            let ids: BTreeSet<_> =
                tags.iter().filter_map(|(_, attributes)| attributes.get("id")).collect();
            for target in tags.iter().filter_map(|(_, attributes)| attributes.get("href")) {
                assert!(ids.contains(&target[1..].to_owned()), "{target}");
            }
        }
    }
}

#[test]
fn hostile_text_is_harmless_and_legible() {
    let documents = draw("hostile", samples::hostile(), &Options::default());
    let known = [
        "html", "head", "meta", "title", "style", "body", "a", "svg", "symbol", "use", "rect",
        "circle", "path", "polyline", "polygon", "text", "desc", "header", "main", "footer",
        "section", "article", "div", "p", "span", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl",
        "dt", "dd", "b", "br", "bdi", "nav", "details", "summary", "code", "table", "caption",
        "thead", "tbody", "tr", "th", "td",
    ];
    for html in [&documents.html, &documents.technical] {
        for (tag, _) in reading::tags(html) {
            assert!(known.contains(&tag.as_str()), "<{tag}>");
        }
        let text = reading::text(html);
        assert!(text.contains("<script>alert(1)</script>"), "names are shown as they are");
        assert!(text.contains("invoice[U+202E]fdp.exe"));
        assert!(text.contains("{{ view.tenant }} {% raw %}"));
    }
    assert!(reading::text(&documents.technical).contains("… [+9880]"));

    let thick = reading::pdf_lines(&documents.thick).concat().join("\n");
    let pdf = reading::pdf_lines(&documents.pdf).concat().join("\n");
    let pdf = format!("{pdf}\n{thick}");
    assert!(pdf.contains("<script>alert(1)</script>"));
    assert!(pdf.contains("Ελένη") || pdf.contains("Дмитрий"));
    // What the typeface lacks is drawn as boxes with code points: U+738B in two rows.
    assert!(pdf.contains("73\n8B"), "a box");

    for text in [&documents.html, &documents.technical, &documents.markdown, &pdf] {
        for character in text.chars() {
            let is_hidden = (character.is_control() && character != '\n')
                || matches!(character, '\u{200B}'..='\u{200C}' | '\u{200E}'..='\u{200F}'
                    | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            assert!(!is_hidden, "{character:?}");
        }
    }
    assert!(!documents.markdown.contains("<script") && !documents.markdown.contains("@everyone"));
    assert!(!documents.markdown.contains("](http"));

    for row in reading::csv_rows(&documents.csv) {
        for (column, cell) in row {
            let begins = cell.trim_start().chars().next();
            assert!(!matches!(begins, Some('=' | '+' | '-' | '@')), "{column}: {cell}");
            assert!(!cell.contains(['\r', '\n', '\t', '\0', '\u{202E}']), "{column}: {cell:?}");
        }
    }
}

#[test]
fn the_csv_holds_every_line_of_evidence() {
    let assessment = samples::large();
    let rows = reading::csv_rows(&findings_csv(&assessment).unwrap());
    let lines: usize = assessment.controls.iter().map(|control| 1 + control.evidence.len()).sum();
    assert_eq!(rows.len(), lines);
    let student = rows.iter().find(|row| row["subject name"] == "Student 4999").unwrap();
    assert_eq!(student["control"], "mfa-users-registered");
    assert_eq!(student["subject kind"], "user");
    assert_eq!(student["verdict"], "partial");
    assert_eq!(student["weight"], "", "a sum over the column must be right");
}

#[test]
fn documents_stay_small() {
    for documents in all() {
        let name = documents.name;
        assert!(documents.html.len() < 300_000, "{name}: {}", documents.html.len());
        assert!(documents.pdf.len() < 300_000, "{name}: {}", documents.pdf.len());
        assert!(documents.technical.len() < 2_000_000, "{name}: {}", documents.technical.len());
    }
}

#[test]
fn a_pdf_is_whole() {
    for documents in all() {
        let document = lopdf::Document::load_mem(&documents.pdf).unwrap();
        let catalog = document.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
        assert!(catalog.has(b"Outlines") && catalog.has(b"PageLabels"));
        let pages = reading::pdf_lines(&documents.pdf);
        for (index, lines) in pages.iter().enumerate() {
            let number = format!("Page {} of {}", index + 1, pages.len());
            assert!(lines.contains(&number), "{}: {number}", documents.name);
            assert!(lines.iter().any(|line| line.contains("9f2c41d07be3")), "{}", documents.name);
        }
        // The second page begins with the areas: the first stands alone, whatever it says.
        assert!(pages[1].contains(&"Areas".to_owned()), "{}", documents.name);
        assert!(!pages[0].contains(&"Areas".to_owned()), "{}", documents.name);
        let fonts = document.get_page_fonts(*document.get_pages().get(&1).unwrap()).unwrap();
        assert_eq!(fonts.len(), 2);
    }
}

#[test]
fn time_and_place_are_the_readers() {
    let options = Options {
        time_zone: "Europe/Zurich".to_owned(),
        paper: Paper::Letter,
        ..Options::default()
    };
    let documents = draw("zurich", samples::practice(), &options);
    assert_eq!(documents.view.taken, "1 November 2026, 03:00 (Europe/Zurich)");
    let document = lopdf::Document::load_mem(&documents.pdf).unwrap();
    let page = document.get_dictionary(document.get_pages()[&1]).unwrap();
    let size = page.get(b"MediaBox").unwrap().as_array().unwrap();
    assert!((size[2].as_float().unwrap() - 612.0).abs() < 0.1);

    let nowhere = Options { time_zone: "Europe/Nowhere".to_owned(), ..Options::default() };
    let error = executive_html(&samples::empty(), &Brand::default(), &nowhere).unwrap_err();
    assert!(matches!(&error, ReportError::TimeZone { name } if name == "Europe/Nowhere"));
}

#[test]
fn every_verdict_has_its_place() {
    use model::{NotApplicableReason as Not, Reason, UnknownReason as Unknown};
    let unknown = [
        Unknown::Permission,
        Unknown::LicenseMismatch,
        Unknown::Transient,
        Unknown::Truncated,
        Unknown::FieldMissing,
        Unknown::NotConfigured,
        Unknown::FeatureUnavailable,
        Unknown::NotCollected,
        Unknown::Contradiction,
        Unknown::Undetermined,
        Unknown::Policy,
    ]
    .map(|reason| (Verdict::Unknown, None, Some(Reason::Unknown(reason))));
    let inapplicable = [Not::License, Not::NoPopulation, Not::OtherModel]
        .map(|reason| (Verdict::NotApplicable, None, Some(Reason::NotApplicable(reason))));
    let others = [
        (Verdict::Pass, Some(1.0), None),
        (Verdict::Partial, Some(0.5), None),
        (Verdict::Fail, Some(0.0), None),
        (Verdict::Unknown, None, None),
        (Verdict::NotApplicable, None, None),
        (Verdict::Attested, Some(1.0), None),
        (Verdict::AttestedNo, Some(0.0), None),
        (Verdict::Unattested, None, None),
        (Verdict::Expired, None, None),
    ];
    for (verdict, credit, reason) in unknown.into_iter().chain(inapplicable).chain(others) {
        let mut assessment = samples::perfect();
        change(&mut assessment, "log-unified-audit", |control| {
            control.verdict = verdict;
            control.credit = credit;
            control.reason = reason;
        });
        let view = view(&assessment);
        let gaps = view.gaps.iter().flat_map(|group| &group.controls).map(|row| &row.control.id);
        let places = gaps
            .chain(view.findings.iter().map(|row| &row.id))
            .chain(view.in_order.iter().map(|row| &row.id))
            .filter(|id| *id == "log-unified-audit");
        assert_eq!(places.count(), 1, "{verdict:?} {reason:?}");
    }
}

fn view(assessment: &Assessment) -> View {
    View::new(assessment, &Brand::default(), &Options::default()).unwrap()
}

fn change(assessment: &mut Assessment, id: &str, change: impl FnOnce(&mut model::ControlResult)) {
    change(assessment.controls.iter_mut().find(|control| control.id == id).unwrap());
}

fn set(assessment: &mut Assessment, id: &str, verdict: Verdict, credit: Option<f64>) {
    change(assessment, id, |control| {
        control.verdict = verdict;
        control.credit = credit;
        control.summary = format!("The state of {id}");
        control.reason = (verdict == Verdict::Unknown)
            .then_some(model::Reason::Unknown(UnknownReason::Permission));
    });
}

#[test]
fn the_verdict_is_the_worst_open_fact() {
    // Nothing open.
    let mut assessment = samples::perfect();
    assert_eq!(view(&assessment).verdict.status, Status::Pass);

    // A high failure beats a partial critical? No: severity first.
    set(&mut assessment, "mfa-users-registered", Verdict::Fail, Some(0.0));
    let verdict = view(&assessment).verdict;
    assert_eq!(verdict.headline.text, "The state of mfa-users-registered.");
    assert_eq!(verdict.rest, "Everything that is critical is in order.");
    set(&mut assessment, "legacy-auth-blocked", Verdict::Partial, Some(0.5));
    let verdict = view(&assessment).verdict;
    assert_eq!(verdict.headline.text, "The state of legacy-auth-blocked.");
    assert_eq!(verdict.rest, "Everything else that is critical is in order.");

    // What caps the grade comes before all others.
    set(&mut assessment, "log-unified-audit", Verdict::Fail, Some(0.0));
    assessment.score.caps = vec![model::Cap {
        grade: Grade::B,
        control: "log-unified-audit".to_owned(),
        because: "nobody could reconstruct an incident".to_owned(),
    }];
    let verdict = view(&assessment).verdict;
    assert_eq!(verdict.headline.text, "The state of log-unified-audit.");
    assert_eq!(verdict.rest, "Of 6 critical checks: 1 partly in order and 5 in order.");

    // A cap by something unknown is no open fact, and what is unknown is never in order.
    let mut assessment = samples::perfect();
    set(&mut assessment, "mfa-admins-required", Verdict::Unknown, None);
    assessment.score.caps = vec![model::Cap {
        grade: Grade::B,
        control: "mfa-admins-required".to_owned(),
        because: "could not be checked".to_owned(),
    }];
    let verdict = view(&assessment).verdict;
    assert_eq!(verdict.headline.text, "All 29 checks that could be judged are in order.");
    assert_eq!(verdict.rest, "Of 6 critical checks: 1 not assessed and 5 in order.");

    let verdict = view(&samples::unknown()).verdict;
    assert_eq!(verdict.status, Status::NotAssessed);
    assert!(verdict.headline.text.starts_with("Nothing could be judged"));
}

#[test]
fn the_grade_is_explained_by_what_holds_it_down() {
    let mut assessment = samples::practice();
    let score = view(&assessment).score;
    assert_eq!(score.grade, "D");
    assert_eq!(
        score.because,
        "Grade D, not C, because: nothing here forces MFA on an administrator."
    );
    // A cap above the grade explains nothing.
    assessment.score.caps[0].grade = Grade::B;
    assessment.score.grade = Some(Grade::C);
    assert_eq!(view(&assessment).score.because, "Grade C spans 70 to 80 points.");
    // No grade without enough read.
    assessment.score.grade = None;
    assessment.score.coverage = 0.52;
    let score = view(&assessment).score;
    assert_eq!(score.grade, "");
    assert!(score.because.starts_with("No grade: only 52%"), "{}", score.because);
    // 89.96 is shown as 90.0 and is a B.
    let mut assessment = samples::perfect();
    assessment.score.value = Some(90.0);
    assessment.score.points = 8996.0;
    assessment.score.assessed_weight = 10_000;
    assessment.score.grade = Some(Grade::B);
    assert_eq!(
        view(&assessment).score.because,
        "Grade B spans 80 to 90 points (89.960 before rounding)."
    );
}

#[test]
fn a_tile_is_in_order_only_when_its_key_and_what_is_grave_are() {
    let tile = |assessment: &Assessment| {
        let view = view(assessment);
        let tile = view.tiles.iter().find(|tile| tile.title == "MFA in effect").unwrap();
        (tile.status, tile.number.clone())
    };
    let mut assessment = samples::perfect();
    assert_eq!(tile(&assessment), (Status::Pass, "7 of 7".to_owned()));
    set(&mut assessment, "mfa-weak-methods-off", Verdict::Fail, Some(0.0));
    assert_eq!(tile(&assessment), (Status::Pass, "6 of 7".to_owned()));
    set(&mut assessment, "mfa-users-registered", Verdict::Fail, Some(0.0));
    assert_eq!(tile(&assessment), (Status::Partial, "5 of 7".to_owned()));
    set(&mut assessment, "mfa-users-required", Verdict::Unknown, None);
    assert_eq!(tile(&assessment), (Status::NotAssessed, "4 of 6".to_owned()));
    assessment.controls.retain(|control| control.area != "mfa");
    assert_eq!(tile(&assessment), (Status::NotAssessed, String::new()));
}

#[test]
fn a_tiles_number_is_of_what_its_sentence_tells() {
    let number = |assessment: &Assessment| {
        let view = view(assessment);
        view.tiles.iter().find(|tile| tile.title == "MFA in effect").unwrap().number.clone()
    };
    let mut assessment = samples::perfect();
    let key = assessment.controls.iter_mut().find(|it| it.id == "mfa-users-required").unwrap();
    key.population = Some(model::Population { judged: 12, left_out: Vec::new() });
    assert_eq!(number(&assessment), "12 of 12");
    // The sentence speaks of registration now, so 12 of 12 would contradict it.
    set(&mut assessment, "mfa-users-registered", Verdict::Fail, Some(0.0));
    assert_eq!(number(&assessment), "6 of 7");
}

#[test]
fn what_lifts_a_cap_is_done_first_and_what_is_accepted_last() {
    let mut assessment = samples::perfect();
    set(&mut assessment, "legacy-auth-blocked", Verdict::Fail, Some(0.0));
    set(&mut assessment, "mfa-users-registered", Verdict::Fail, Some(0.0));
    set(&mut assessment, "pim-activation-mfa", Verdict::Fail, Some(0.0));
    set(&mut assessment, "log-siem-export", Verdict::Partial, Some(0.999));
    assessment.score.caps = vec![model::Cap {
        grade: Grade::C,
        control: "log-siem-export".to_owned(),
        because: "x".to_owned(),
    }];
    let drawn = view(&assessment);
    let order: Vec<&str> = drawn.findings.iter().map(|row| row.id.as_str()).collect();
    // Equal points: minutes before days.
    assert_eq!(
        order,
        ["log-siem-export", "legacy-auth-blocked", "pim-activation-mfa", "mfa-users-registered"]
    );
    assert_eq!(drawn.next[0].lifts, "Lifts the limit at grade C");
    assert_eq!(drawn.next[0].gain, "under +0.1");
    assert_eq!(drawn.next_note, "1 more finding stands in the list of all open findings.");

    change(&mut assessment, "legacy-auth-blocked", |control| {
        control.waiver = Some(model::WaiverNote {
            subject: String::new(),
            kind: model::WaiverKind::RiskAccepted,
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            ticket: String::new(),
            expires: "2026-12-01".to_owned(),
            holds: true,
            because: String::new(),
        });
    });
    let drawn = view(&assessment);
    assert_eq!(drawn.findings.len(), 4, "what is accepted stays in the list");
    assert!(drawn.next.iter().all(|action| action.why.text != "The state of legacy-auth-blocked."));
    assert_eq!(drawn.accepted_note, "1 finding is accepted, until 1 December 2026.");
}

#[test]
fn coverage_counts_every_control_once() {
    for (name, assessment) in samples::all() {
        let coverage = view(&assessment).coverage;
        let sum: usize = coverage.segments.iter().map(|segment| segment.count).sum();
        assert_eq!(sum, assessment.controls.len(), "{name}");
        let judged = assessment.controls.iter().filter(|it| it.verdict.is_assessed()).count();
        assert!(coverage.sentence.starts_with(&format!("{judged} of {sum}")), "{name}");
    }
}

#[test]
fn objects_are_counted_once_and_settings_are_none() {
    let mut assessment = samples::perfect();
    set(&mut assessment, "mfa-users-registered", Verdict::Fail, Some(0.0));
    let user = |id: &str, observed: &str, expected: &str| {
        model::Evidence::new(SubjectKind::User, id, "A", observed, expected)
    };
    change(&mut assessment, "mfa-users-registered", |control| {
        control.evidence = vec![
            user("1", "no phone", "a phone"),
            user("1", "no key", "a key"),
            user("2", "no phone", "a phone"),
            user("3", "this one is fine", ""),
            model::Evidence::setting("registrationCampaign", "off", "on"),
        ];
    });
    assert_eq!(view(&assessment).findings[0].objects, "2");
}

#[test]
fn a_control_without_an_area_does_not_vanish() {
    let mut assessment = samples::perfect();
    assessment.areas.retain(|area| area.id != "log");
    let rows: BTreeMap<_, _> = view(&assessment)
        .areas
        .into_iter()
        .map(|area| (area.title.text, (area.in_order, area.score)))
        .collect();
    assert_eq!(rows["log"], ("2 of 2".to_owned(), String::new()));
    assert!(
        technical_html(&assessment, &Brand::default(), &Options::default())
            .unwrap()
            .contains("log-unified-audit")
    );
}

/// Every text of the assessment replaced by one.
fn with_text(text: &str, severity: Severity) -> Assessment {
    let mut assessment = samples::practice();
    text.clone_into(&mut assessment.tenant.display_name);
    for control in &mut assessment.controls {
        for target in [&mut control.title, &mut control.summary, &mut control.rationale] {
            text.clone_into(target);
        }
        control.severity = severity;
        control.remediation = vec![text.to_owned()];
    }
    assessment
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 8,
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn no_text_breaks_a_document(
        text in "[\\PC\\p{Cc}\\p{Cf}\\p{Mn}\\p{So}<>&\"'{}%]{1,80}",
        critical in proptest::bool::ANY,
    ) {
        let severity = if critical { Severity::Critical } else { Severity::Low };
        let options = Options::default();
        let plain = draw("plain", with_text("x", severity), &options);
        let documents = draw("any", with_text(&text, severity), &options);
        // Text makes no tag and loses none.
        let count = |html: &str| reading::tags(html).len();
        proptest::prop_assert_eq!(count(&documents.html), count(&plain.html));
        let rows = |csv: &[u8]| reading::csv_rows(csv).len();
        proptest::prop_assert_eq!(rows(&documents.csv), rows(&plain.csv));
        reading::pdf_lines(&documents.pdf);
    }
}
