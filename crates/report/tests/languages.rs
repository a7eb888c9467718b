//! Languages, brand and sections, and what the technical report adds, read back from the documents.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as expected fails the test"
)]
#![cfg(test)]

mod reading;
mod samples;

use lopdf::{Dictionary, Document, Object};
use report::{
    Brand, Language, Logo, LogoError, Options, Section, Source, executive_html, executive_pdf,
    technical_html, technical_pdf,
};

fn options(language: Language) -> Options {
    Options { language, ..Options::default() }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

fn pdf_text(bytes: &[u8]) -> String {
    squeezed(&reading::pdf_lines(bytes).concat().concat())
}

#[test]
fn every_language_says_the_same_numbers_in_html_and_pdf() {
    let assessment = samples::practice();
    let (history, answers) = (samples::history(&assessment), samples::sign_ins());
    let source = Source { assessment: &assessment, sign_ins: Some(&answers), history: &history };
    for (language, score, moved, tile, verdict) in [
        (Language::English, "74.3 of 100 points", "+12.3 points since", "41 of 42", "What changed"),
        (Language::German, "74,3 von 100 Punkten", "+12,3 Punkte", "41 von 42", "Als Nächstes"),
        (Language::French, "74,3 points sur 100", "+12,3 points", "41 sur 42", "À faire ensuite"),
        (Language::Spanish, "74,3 de 100 puntos", "+12,3 puntos", "41 de 42", "Qué hacer ahora"),
    ] {
        let options = options(language);
        let brand = Brand::default();
        let html = executive_html(source, &brand, &options).unwrap();
        let pdf = executive_pdf(source, &brand, &options).unwrap();
        let (html_text, pdf_text) = (squeezed(&reading::text(&html)), pdf_text(&pdf));
        for said in [score, moved, tile, verdict] {
            let said = squeezed(said);
            assert!(html_text.contains(&said), "{}: {said}", language.code());
            assert!(pdf_text.contains(&said), "{}: {said} in PDF", language.code());
        }
        assert!(html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{}\">", language.code())));
        let catalog = Document::load_mem(&pdf).unwrap();
        let code = catalog.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap();
        assert_eq!(code, language.code().as_bytes());
        // Texts of the checks are marked as English, and only where the document is not.
        assert_eq!(html.contains("lang=\"en\">One of 5"), language != Language::English);
        let spans = String::from_utf8_lossy(&catalog.get_page_content(catalog.get_pages()[&1]))
            .matches("/Lang(en)")
            .count();
        assert_eq!(spans > 0, language != Language::English, "{}", language.code());
    }
}

#[test]
fn no_english_word_of_ours_is_left_in_another_language() {
    let assessment = samples::practice();
    for (language, words) in [
        (Language::German, ["Bereiche", "Auf einen Blick", "Wie dies zu lesen ist"]),
        (Language::French, ["Domaines", "En un coup d’œil", "Comment lire ce document"]),
        (Language::Spanish, ["Áreas", "De un vistazo", "Cómo leer este documento"]),
    ] {
        let html = executive_html(&assessment, &Brand::default(), &options(language)).unwrap();
        let text = reading::text(&html);
        for word in words {
            assert!(text.contains(word), "{word}");
        }
        for word in ["Areas", "At a glance", "How to read this", "Not in order", "Effort", "Page "]
        {
            let is_same = word == "Effort" && language == Language::French;
            assert!(is_same || !text.contains(word), "{}: {word}", language.code());
        }
    }
}

#[test]
fn the_sign_in_matrix_is_in_html_and_pdf_with_proof_and_counterexample() {
    let assessment = samples::practice();
    let answers = samples::sign_ins();
    let source = Source { sign_ins: Some(&answers), ..Source::from(&assessment) };
    let options = options(Language::English);
    let html = technical_html(source, &Brand::default(), &options).unwrap();
    let html = squeezed(&reading::text(&html));
    let pdf = pdf_text(&technical_pdf(source, &Brand::default(), &options).unwrap());
    for said in [
        // A cell that does not hold, one that is not known for all, one that is proved.
        "36 of 46 get past it, 10 not known",
        "holds for all 4",
        // An account and the sign-in that slips through.
        "service@greyloch.example: Exchange Online in a browser, Windows, from 198.18.0.1 (US), \
         unmanaged device.",
        // What would close it, and how far.
        "switch on the report-only policy \"MFA for everybody (test)\" (takes out 35 of 36)",
        // A policy without effect, and one that would close a hole.
        "1 enforced policy has no effect that others do not have: “MFA for contractors”.",
        "1 policy is not in force and would close a hole: “MFA for everybody (test)”.",
        "No effect: other policies refuse all that it refuses.",
        // Who holds power, and mail protection.
        "Exchange Administrator (eligible, through a group)",
        "Outside both presets:",
        "Strict is not for it; excepted from Standard by name",
    ] {
        let said = squeezed(said);
        assert!(html.contains(&said), "HTML: {said}");
        assert!(pdf.contains(&said), "PDF: {said}");
    }
    // Without the answers the report says so, and a hole is never an empty list.
    let mut assessment = assessment;
    assessment.inventory = model::Inventory::default();
    let html = technical_html(&assessment, &Brand::default(), &options).unwrap();
    let html = reading::text(&html);
    assert!(html.contains("The sign-in answers were not given to this report"));
    assert!(html.contains("The holders of roles could not be read."));
    assert!(html.contains("Mail protection could not be read."));
    assert!(html.contains("This is the first scan on record"));
}

#[test]
fn the_short_answers_of_an_assessment_are_drawn_and_claim_no_more_than_they_hold() {
    let mut assessment = samples::practice();
    let example = model::SignInExample {
        id: "1".to_owned(),
        name: "ingrid@practice.example".to_owned(),
        sign_in: "Exchange Online in a browser on Windows".to_owned(),
        because: Vec::new(),
    };
    let cell = model::SignInCell {
        population: "everyone".to_owned(),
        accounts: 42,
        open: 1,
        undetermined: 0,
        example: Some(example),
        policies: vec!["Require MFA for all".to_owned()],
    };
    assessment.sign_ins = Some(model::SignIns {
        accounts: 42,
        requirements: vec![model::SignInRequirement {
            id: "mfa".to_owned(),
            title: "MFA for every application".to_owned(),
            cells: vec![cell],
        }],
        idle_policies: vec!["MFA for contractors".to_owned()],
        ..model::SignIns::default()
    });
    let options = options(Language::English);
    let html = technical_html(&assessment, &Brand::default(), &options).unwrap();
    let html = squeezed(&reading::text(&html));
    let pdf = pdf_text(&technical_pdf(&assessment, &Brand::default(), &options).unwrap());
    for text in [&html, &pdf] {
        for said in [
            "1 of 42 get past it",
            "ingrid@practice.example: Exchange Online in a browser on Windows.",
            "have: “MFA for contractors”.",
        ] {
            assert!(text.contains(&squeezed(said)), "{said}");
        }
        // What policies that are not in force would do is not in the short form.
        assert!(!text.contains(&squeezed("would close a hole")));
    }
}

#[test]
fn the_moves_of_the_score_sum_up() {
    for (name, assessment) in samples::all() {
        let history = samples::history(&assessment);
        let source = Source { history: &history, ..Source::from(&assessment) };
        let view = report::View::new(source, &Brand::default(), &Options::default()).unwrap();
        let before = history.previous.as_ref().unwrap().score.value;
        let (Some(then), Some(now)) = (before, assessment.score.value) else { continue };
        let number = |text: &str| -> f64 {
            text.split(' ').next().unwrap().replace('−', "-").parse().unwrap_or(0.0)
        };
        let sum: f64 = view.changes.parts.split(", ").map(number).sum();
        assert!((sum - (now - then)).abs() < 0.051, "{name}: {} {then} {now}", view.changes.parts);
    }
}

#[test]
fn sections_can_be_left_out_but_never_the_first_page() {
    let assessment = samples::practice();
    let options = Options { sections: vec![Section::Findings], ..Options::default() };
    let html = reading::text(&executive_html(&assessment, &Brand::default(), &options).unwrap());
    assert!(html.contains("Do next") && html.contains("All open findings"));
    assert!(!html.contains("How to read this") && !html.contains("What we did not look at"));
    let technical = technical_html(&assessment, &Brand::default(), &options).unwrap();
    assert!(!reading::text(&technical).contains("Who can sign in how"));
    let pdf = pdf_text(&executive_pdf(&assessment, &Brand::default(), &options).unwrap());
    assert!(pdf.contains("Allopenfindings") && !pdf.contains("Howtoreadthis"));
    for section in Section::ALL {
        assert_eq!(Section::named(section.name()), Some(section));
    }
}

#[test]
fn a_logo_is_a_picture_and_nothing_else() {
    let assessment = samples::practice();
    let svg = Logo::read(samples::HOSTILE_LOGO.as_bytes()).unwrap();
    let brand = Brand { logo: Some(svg), ..Brand::default() };
    let html = executive_html(&assessment, &brand, &Options::default()).unwrap();
    assert!(html.contains("<img class=\"logo\" src=\"data:image/svg+xml;base64,"));
    assert!(!html.contains("evil.example") && !html.contains("alert("));
    // In a PDF an SVG gives way to the name.
    let pdf = executive_pdf(&assessment, &brand, &Options::default()).unwrap();
    assert!(pdf_text(&pdf).contains("Muster"));

    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 1);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[255, 0, 0, 255, 0, 0, 255, 128]).unwrap();
    writer.finish().unwrap();
    let logo = Some(Logo::read(&file).unwrap());
    let brand = Brand { logo, cover: true, ..Brand::default() };
    let pdf = executive_pdf(&assessment, &brand, &Options::default()).unwrap();
    assert_eq!(pdf, executive_pdf(&assessment, &brand, &Options::default()).unwrap());
    let document = Document::load_mem(&pdf).unwrap();
    let image = document
        .objects
        .values()
        .filter_map(|object| object.as_stream().ok())
        .find(|stream| stream.dict.has(b"SMask"))
        .expect("the logo with its transparency");
    assert_eq!(
        image.decompressed_content().unwrap_or(image.content.clone()),
        [255, 0, 0, 0, 0, 255]
    );

    assert_eq!(Logo::read(b"GIF89a").unwrap_err(), LogoError::Kind);
    assert!(matches!(Logo::read(&vec![b'x'; 200_000]).unwrap_err(), LogoError::Size(_)));
    // A damaged PNG is no reason to have no report.
    let torn = Logo::read(&file[..30]).unwrap();
    let brand = Brand { logo: Some(torn), ..Brand::default() };
    assert!(executive_pdf(&assessment, &brand, &Options::default()).is_ok());
}

/// Walks the structure tree and counts its elements by kind; every part of a page has one.
#[test]
fn a_screen_reader_finds_headings_tables_and_lists() {
    let assessment = samples::practice();
    let pdf = technical_pdf(&assessment, &Brand::default(), &Options::default()).unwrap();
    let document = Document::load_mem(&pdf).unwrap();
    let catalog = document.catalog().unwrap();
    let marked = catalog.get(b"MarkInfo").unwrap().as_dict().unwrap();
    assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
    let root = catalog.get(b"StructTreeRoot").unwrap().as_reference().unwrap();
    let mut kinds: Vec<String> = Vec::new();
    walk(&document, document.get_dictionary(root).unwrap(), &mut kinds);
    let count = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
    assert_eq!(count("H1"), 1);
    assert!(count("H2") >= 7 && count("Table") >= 6 && count("TH") > 40 && count("LI") > 10);
    assert!(count("Link") > 30, "the matrix leads to the findings: {}", count("Link"));
    // Every marked part of every page is in the tree exactly once.
    let parts: usize = document
        .get_pages()
        .into_values()
        .map(|page| {
            let content = document.get_page_content(page);
            String::from_utf8_lossy(&content).matches("/MCID").count()
        })
        .sum();
    let leaves = kinds.iter().filter(|kind| *kind == "#").count();
    assert_eq!(leaves, parts);
}

fn walk(document: &Document, element: &Dictionary, kinds: &mut Vec<String>) {
    if let Ok(kind) = element.get(b"S").and_then(Object::as_name) {
        kinds.push(String::from_utf8_lossy(kind).into_owned());
    }
    for kid in element.get(b"K").and_then(Object::as_array).unwrap() {
        match kid {
            Object::Reference(id) => walk(document, document.get_dictionary(*id).unwrap(), kinds),
            Object::Integer(_) => kinds.push("#".to_owned()),
            _ => {}
        }
    }
}

#[test]
fn the_technical_report_on_paper_stays_short() {
    for (name, assessment) in samples::all() {
        let answers = samples::sign_ins();
        let source = Source { sign_ins: Some(&answers), ..Source::from(&assessment) };
        let pdf = technical_pdf(source, &Brand::default(), &options(Language::German)).unwrap();
        let pages = Document::load_mem(&pdf).unwrap().get_pages().len();
        let open = assessment.controls.iter().filter(|it| it.would_pass_if.is_some()).count();
        assert!(pages <= 10 + open.div_ceil(2), "{name}: {pages} pages for {open} findings");
        let pdf = executive_pdf(source, &Brand::default(), &options(Language::German)).unwrap();
        let pages = Document::load_mem(&pdf).unwrap().get_pages().len();
        assert!(pages <= 5, "{name}: {pages} pages");
    }
}
