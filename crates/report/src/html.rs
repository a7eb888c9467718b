//! HTML documents: one file each, complete without scripts, under a policy that allows nothing.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Assessment;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use crate::status::Status;
use crate::view::{Detail, MatrixArea, View};
use crate::{Brand, Options, ReportError, chart};

/// Widths of drawings, in points of their own space.
const SCALE: f32 = 420.0;
const COVERAGE: f32 = 720.0;
const AREA: f32 = 60.0;

static TEMPLATES: LazyLock<Result<Tera, String>> = LazyLock::new(|| {
    let mut tera = Tera::default();
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

/// The executive scorecard: one page that stands alone, and what supports it.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn executive_html(
    assessment: &Assessment,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let view = View::new(assessment, brand, options)?;
    render("executive.html", &Page::new(view, brand)?)
}

/// The technical report: every control with evidence, rule and remediation, worst first.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn technical_html(
    assessment: &Assessment,
    brand: &Brand,
    options: &Options,
) -> Result<String, ReportError> {
    let view = View { title: "Technical report", ..View::new(assessment, brand, options)? };
    let (mut open, closed): (Vec<_>, Vec<_>) =
        View::details(assessment).into_iter().partition(|detail| detail.rank > 0);
    open.sort_by_key(|detail| detail.rank);
    let matrix = View::matrix(assessment);
    render("technical.html", &Page { open, closed, matrix, ..Page::new(view, brand)? })
}

/// What templates see.
#[derive(Serialize)]
struct Page {
    view: View,
    /// Controls that are open, worst first.
    open: Vec<Detail>,
    /// All others, in the order of the catalog.
    closed: Vec<Detail>,
    /// Every control once, by area.
    matrix: Vec<MatrixArea>,
    charts: Charts,
    style: String,
    style_hash: String,
}

/// Drawings, as SVG that needs no escaping.
#[derive(Serialize)]
struct Charts {
    symbols: String,
    scale: String,
    coverage: String,
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
    fn new(view: View, brand: &Brand) -> Result<Self, ReportError> {
        let style = style(brand)?;
        let style_hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        let charts = Charts {
            symbols: chart::mark_symbols(),
            scale: chart::score_scale(view.score.scale, view.score.grade, SCALE).svg("score"),
            coverage: chart::coverage_bar(&view.coverage.segments, COVERAGE).svg("coverage"),
            areas: view
                .areas
                .iter()
                .zip(1..)
                .map(|(area, number)| {
                    area.value.map_or_else(String::new, |value| {
                        chart::score_bar(value, AREA).svg(&format!("area{number}"))
                    })
                })
                .collect(),
        };
        let (open, closed, matrix) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { view, open, closed, matrix, charts, style, style_hash })
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
