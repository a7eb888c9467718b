//! Assessment to documents: HTML, PDF, CSV and Markdown.
//!
//! Pure functions of an assessment, a brand and options: no clock, no I/O, same input, same bytes.
//! All texts of an assessment are taken for hostile, see [`safe_text`].

// The samples of the tests name this crate as any other would.
#[cfg(test)]
extern crate self as report;

mod brand;
mod chart;
mod color;
mod findings_csv;
mod html;
mod logo;
mod markdown;
mod pdf;
mod sign_ins;
mod source;
mod status;
mod text;
pub mod view;
mod words;

pub use brand::{Accents, Brand, BrandError};
pub use color::Color;
pub use findings_csv::findings_csv;
pub use html::{executive_html, technical_html};
pub use logo::{Logo, LogoError};
pub use markdown::summary_markdown;
pub use pdf::{executive_pdf, technical_pdf};
pub use sign_ins::{SignIns, SignInsError};
pub use source::{Change, History, Past, Source};
pub use status::Status;
pub use text::safe_text;
pub use view::View;
pub use words::{Language, Said};

/// How documents are drawn, apart from the brand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The reader's time zone, such as `Europe/Zurich`; empty: UTC.
    pub time_zone: String,
    /// The size of the PDF's pages.
    pub paper: Paper,
    /// The language of what the documents say themselves. Texts of the checks are English where
    /// they have no translation, and marked as such.
    pub language: Language,
    /// Which parts are drawn; empty: all. The first page is always drawn.
    pub sections: Vec<Section>,
}

impl Options {
    /// Whether a part is drawn.
    pub(crate) fn draws(&self, section: Section) -> bool {
        self.sections.is_empty() || self.sections.contains(&section)
    }
}

/// A part of a document that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What changed since the last scan, and the line of twelve months.
    Changes,
    /// One row an area.
    Areas,
    /// What was not judged, and why.
    Gaps,
    /// The list of findings, or in the technical report their cards.
    Findings,
    /// Accepted risks.
    Accepted,
    /// What is in order, or in the technical report all other checks.
    InOrder,
    /// Who can sign in how.
    SignIns,
    /// Who holds privileged roles.
    Privileged,
    /// Mail protection by recipient.
    Mail,
    /// How the score comes about.
    Method,
}

impl Section {
    /// Every part, in the order of the documents.
    pub const ALL: [Self; 10] = [
        Self::Changes,
        Self::Areas,
        Self::Gaps,
        Self::Findings,
        Self::Accepted,
        Self::InOrder,
        Self::SignIns,
        Self::Privileged,
        Self::Mail,
        Self::Method,
    ];

    /// Its name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Areas => "areas",
            Self::Gaps => "gaps",
            Self::Findings => "findings",
            Self::Accepted => "accepted",
            Self::InOrder => "in-order",
            Self::SignIns => "sign-ins",
            Self::Privileged => "privileged",
            Self::Mail => "mail",
            Self::Method => "method",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }
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
