//! Assessment to documents: HTML, PDF, CSV and Markdown.
//!
//! Pure functions of an assessment, a brand and options: no clock, no I/O, same input, same bytes.
//! All texts of an assessment are taken for hostile, see [`safe_text`].

mod brand;
mod chart;
mod color;
mod findings_csv;
mod html;
mod markdown;
mod pdf;
mod status;
mod text;
pub mod view;
mod words;

pub use brand::{Accents, Brand, BrandError};
pub use color::Color;
pub use findings_csv::findings_csv;
pub use html::{executive_html, technical_html};
pub use markdown::summary_markdown;
pub use pdf::executive_pdf;
pub use status::Status;
pub use text::safe_text;
pub use view::View;

/// How documents are drawn, apart from the brand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The reader's time zone, such as `Europe/Zurich`; empty: UTC.
    pub time_zone: String,
    /// The size of the PDF's pages.
    pub paper: Paper,
}

/// The size of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

/// A document that could not be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The options name a time zone that does not exist.
    #[error("unknown time zone {name}, expected a name such as Europe/Zurich")]
    TimeZone {
        /// The name.
        name: String,
    },
    /// A template does not fit the view: a fault of this crate.
    #[error("drawing the HTML document")]
    Template(#[source] tera::Error),
    /// The embedded font cannot be read or cut down: a fault of this crate.
    #[error("preparing the font {0}")]
    Font(&'static str),
    /// The PDF cannot be put together: a fault of this crate.
    #[error("writing the PDF document")]
    Pdf(#[source] std::io::Error),
    /// The PDF lacks a part it must have: a fault of this crate.
    #[error("finding a part of the PDF document")]
    PdfStructure(#[source] lopdf::Error),
    /// The rows cannot be written.
    #[error("writing the CSV file")]
    Csv(#[from] csv::Error),
}
