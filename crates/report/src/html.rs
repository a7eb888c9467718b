//! HTML documents: one file each, complete without scripts, under a policy that allows nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera};

use crate::status::Status;
use crate::view::{Technical, View};
use crate::words::{Messages, Words};
use crate::{Brand, Options, ReportError, Section, Source, chart};

/// Widths of drawings, in points of their own space.
const SCALE: f32 = 420.0;
const COVERAGE: f32 = 720.0;
const AREA: f32 = 60.0;
const TREND: f32 = 420.0;

static TEMPLATES: LazyLock<Result<Tera, String>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.register_filter("code", code);
    tera.add_raw_templates([
        ("parts.html", include_str!("../../../templates/parts.html")),
        ("frame.html", include_str!("../../../templates/frame.html")),
        ("executive.html", include_str!("../../../templates/executive.html")),
        ("technical.html", include_str!("../../../templates/technical.html")),
        ("style.css", include_str!("../../../templates/style.css")),
    ])
    .map_err(|error| error.to_string())?;
    Ok(tera)
});

/// Text in HTML, what stands between backticks as code.
fn code(text: &str, _: Kwargs, _: &State<'_>) -> String {
    let escaped = chart::escaped(text);
    let mut html = String::with_capacity(escaped.len());
    let mut rest = escaped.as_str();
    while let Some((before, after)) = rest.split_once('`') {
        let Some((inside, after)) = after.split_once('`') else { break };
        html.push_str(before);
        html.push_str("<code>");
        html.push_str(inside);
        html.push_str("</code>");
        rest = after;
    }
    html.push_str(rest);
    html
}

/// The executive scorecard: one page that stands alone, and what supports it.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn executive_html<'a>(
    source: impl Into<Source<'a>>,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let view = View::new(source, brand, options)?;
    render("executive.html", &Page::new(view, None, brand, options)?)
}

/// The technical report: every control with evidence, rule and remediation, worst first; who can
/// sign in how; who holds power; how mail is protected; what changed.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn technical_html<'a>(
    source: impl Into<Source<'a>>,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let source = source.into();
    let title = Words::of(options.language).technical;
    let view = View { title, ..View::new(source, brand, options)? };
    let technical = Technical::new(source, options)?;
    render("technical.html", &Page::new(view, Some(technical), brand, options)?)
}

/// What templates see.
#[derive(Serialize)]
struct Page {
    /// The messages of the document's language.
    t: &'static Messages,
    /// What marks English in a document of another language: an attribute, or nothing.
    english: &'static str,
    view: View,
    technical: Option<Technical>,
    /// Which parts are drawn.
    draws: BTreeMap<String, bool>,
    charts: Charts,
    /// The logo as a data address; empty for none.
    logo: String,
    style: String,
    style_hash: String,
}

/// Drawings, as SVG that needs no escaping.
#[derive(Serialize)]
struct Charts {
    symbols: String,
    scale: String,
    coverage: String,
    /// Empty without earlier scans.
    trend: String,
    areas: Vec<String>,
}

#[derive(Serialize)]
struct Style {
    accent: String,
    accent_dark: String,
    second: String,
    statuses: Vec<StatusColor>,
}

#[derive(Serialize)]
struct StatusColor {
    key: &'static str,
    light: String,
    dark: String,
}

impl Page {
    fn new(
        view: View,
        technical: Option<Technical>,
        brand: &Brand,
        options: &Options,
    ) -> Result<Self, ReportError> {
        let w = Words::of(options.language);
        let style = style(brand)?;
        let style_hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        let charts = Charts {
            symbols: chart::mark_symbols(),
            scale: chart::score_scale(w, view.score.scale, view.score.grade, SCALE).svg("score"),
            coverage: chart::coverage_bar(w, &view.coverage.segments, COVERAGE).svg("coverage"),
            trend: chart::trend_line(w, &view.trend, TREND)
                .map_or_else(String::new, |drawing| drawing.svg("trend")),
            areas: view
                .areas
                .iter()
                .zip(1..)
                .map(|(area, number)| {
                    area.value.map_or_else(String::new, |value| {
                        chart::score_bar(w, value, AREA).svg(&format!("area{number}"))
                    })
                })
                .collect(),
        };
        Ok(Self {
            t: w.messages(),
            english: if w.is_foreign() { " lang=\"en\"" } else { "" },
            draws: Section::ALL
                .into_iter()
                .map(|section| (section.name().replace('-', "_"), options.draws(section)))
                .collect(),
            logo: brand.logo.as_ref().map(crate::Logo::data_address).unwrap_or_default(),
            view,
            technical,
            charts,
            style,
            style_hash,
        })
    }
}

fn style(brand: &Brand) -> Result<String, ReportError> {
    let accents = brand.accents();
    let style = Style {
        accent: accents.light.to_string(),
        accent_dark: accents.dark.to_string(),
        second: brand.second_color.to_string(),
        statuses: Status::ALL
            .into_iter()
            .map(|status| StatusColor {
                key: status.key(),
                light: status.light().to_string(),
                dark: status.dark().to_string(),
            })
            .collect(),
    };
    render("style.css", &style)
}

fn render(template: &str, values: &impl Serialize) -> Result<String, ReportError> {
    let tera = TEMPLATES
        .as_ref()
        .map_err(|message| ReportError::Template(tera::Error::message(message)))?;
    Context::from_serialize(values)
        .and_then(|context| tera.render(template, &context))
        .map_err(ReportError::Template)
}
