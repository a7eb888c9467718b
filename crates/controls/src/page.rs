//! The documentation of a control, drawn from the control itself.

use std::fmt::Write as _;

use model::{Data, Verdict};

use crate::control::source;
use crate::{AREAS, Control, Kind, License, catalog, framework, mappings, score};

/// What the documentation says of one control: the same on its page and in the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The compliant state.
    pub title: &'static str,
    /// Short facts, each with its label.
    pub facts: Vec<(&'static str, String)>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// A section of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// What is in it.
    pub body: Body,
}

/// What is in a section. Words between backticks are ids and names of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A paragraph.
    Text(String),
    /// Steps to follow, in order.
    Steps(Vec<String>),
    /// Points, each with a label in front.
    Points(Vec<(String, String)>),
}

/// The page of a control. `permissions` says in words what it takes to read a dataset.
pub fn page(control: &Control, permissions: impl Fn(Data) -> String) -> Page {
    let area = AREAS.iter().find(|area| area.id == control.area()).map_or("", |area| area.title);
    let severity = control.severity;
    let mut facts = vec![
        ("Id", format!("`{}`", control.id)),
        ("Area", area.to_owned()),
        ("Severity", format!("{}, weight {}", severity.word(), severity.weight())),
        ("Judged", judged(control.kind).to_owned()),
        ("License", license(control.license)),
        ("Effort", effort(control.effort).to_owned()),
    ];
    if let Some(cap) = score::cap_of(control.id) {
        facts.push(("Cap", format!("a fail holds the grade at {} or below", cap.letter())));
    }
    let section = |heading, body| Section { heading, body };
    let mut sections = vec![
        section("Why it matters", Body::Text(control.rationale.to_owned())),
        section("Passes when", Body::Text(control.passes_when.to_owned())),
        section("Verdicts", Body::Points(verdicts(control))),
        section(
            "How to fix",
            Body::Steps(control.remediation.iter().map(ToString::to_string).collect()),
        ),
        section(
            "What it reads",
            Body::Points(
                control
                    .reads
                    .iter()
                    .map(|data| {
                        let needs = permissions(*data);
                        (format!("`{}`", data.name()), format!("{}; {needs}", data.words()))
                    })
                    .collect(),
            ),
        ),
    ];
    let maps: Vec<(String, String)> = mappings(control)
        .into_iter()
        .filter_map(|(id, ids)| {
            let framework = framework(&id)?;
            Some((format!("{} {}", framework.title, framework.version), ids.join(", ")))
        })
        .collect();
    if !maps.is_empty() {
        sections.push(section("Same subject in", Body::Points(maps)));
    }
    if !control.sources.is_empty() {
        let sources = control
            .sources
            .iter()
            .map(|file| (source::title(file).to_owned(), format!("`{file}`")));
        sections.push(section("Sources", Body::Points(sources.collect())));
    }
    Page { title: control.title, facts, sections }
}

const fn judged(kind: Kind) -> &'static str {
    match kind {
        Kind::Automatic => "from data alone",
        Kind::AutomaticAndAttested => "from data, completed by what people confirm",
        Kind::Attestation => "by what people confirm; data may contradict or hint",
    }
}

const fn effort(effort: u8) -> &'static str {
    match effort {
        1 => "minutes",
        2 => "hours",
        _ => "days",
    }
}

/// What the tenant must own, and what is judged instead.
pub fn license(license: License) -> String {
    let (plans, joint, instead) = match license {
        License::None => return "none needed".to_owned(),
        License::AnyOf(plans, instead) => (plans, " or ", instead),
        License::AllOf(plans, instead) => (plans, " and ", instead),
    };
    let plans = plans.iter().map(|plan| plan.words()).collect::<Vec<_>>().join(joint);
    match instead {
        [] => plans,
        ids => {
            let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            format!("{plans}; without it judged instead: {}", ids.join(", "))
        }
    }
}

/// What each verdict means here.
fn verdicts(control: &Control) -> Vec<(String, String)> {
    let point = |verdict: Verdict, text: &str| (verdict.word().to_owned(), text.to_owned());
    let mut points = Vec::new();
    if control.kind == Kind::Attestation {
        points.extend([
            point(Verdict::Attested, "a person confirmed it, and the confirmation is still valid"),
            point(Verdict::AttestedNo, "a person said that it does not hold; credit 0"),
            point(Verdict::Unattested, "nobody was asked yet; counts in the coverage alone"),
            point(Verdict::Expired, "the confirmation has ended; counts in the coverage alone"),
        ]);
    } else {
        points.extend([
            point(Verdict::Pass, "all of the above holds; credit 1"),
            point(
                Verdict::Partial,
                "it holds for part of those judged, or by a weaker means; the share, or 0.5",
            ),
            point(Verdict::Fail, "it does not hold, on data that was read completely; credit 0"),
        ]);
    }
    if control.kind != Kind::Attestation {
        points.push(point(
            Verdict::Unknown,
            "something below could not be read, or contradicts itself; never a pass, never a fail",
        ));
    }
    if control.license != License::None {
        points.push(point(Verdict::NotApplicable, "the tenant does not own the license"));
    }
    if control.kind != Kind::Automatic {
        points.push((
            "to confirm".to_owned(),
            format!("add an `[[attestation]]` with `control = \"{}\"` to the profile", control.id),
        ));
    }
    points
}

impl Page {
    /// The page in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n| | |\n| --- | --- |\n", self.title);
        for (label, fact) in &self.facts {
            let _ = writeln!(text, "| {label} | {fact} |");
        }
        for section in &self.sections {
            let _ = write!(text, "\n## {}\n\n", section.heading);
            match &section.body {
                Body::Text(paragraph) => {
                    let _ = writeln!(text, "{paragraph}");
                }
                Body::Steps(steps) => {
                    for (number, step) in (1..).zip(steps) {
                        let _ = writeln!(text, "{number}. {step}");
                    }
                }
                Body::Points(points) => {
                    for (label, point) in points {
                        let _ = writeln!(text, "- **{label}**: {point}");
                    }
                }
            }
        }
        text
    }
}

/// The list of all pages, in Markdown.
pub fn index() -> String {
    let weight: u32 = catalog().map(|control| control.severity.weight()).sum();
    let mut text = format!(
        "# Controls\n\n{} controls, weight {weight}. Each has a page that says what passes, what \
         it reads and how to fix it; `muster controls ID` prints the same.\n\nGenerated from the \
         code: `MUSTER_UPDATE=1 cargo test -p tests generated`.\n",
        catalog().count()
    );
    for area in AREAS {
        let _ = write!(
            text,
            "\n## {}\n\n| Control | Expected | Severity | Judged |\n| --- | --- | --- | --- |\n",
            area.title
        );
        for control in area.controls {
            let id = control.id;
            let _ = writeln!(
                text,
                "| [`{id}`]({id}.md) | {} | {} · {} | {} |",
                control.title,
                control.severity.word(),
                control.severity.weight(),
                control.kind.words(),
            );
        }
    }
    text
}
