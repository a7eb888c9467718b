//! What the documents say: words and numbers, ready to be set.
//!
//! HTML and PDF share one [`View`]; a template loops and chooses, it does not compute. Every text
//! that comes from an assessment has passed [`crate::safe_text`].

mod accepted;
mod areas;
mod details;
mod findings;
mod gaps;
mod score;
mod tiles;
mod verdict;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use model::{Assessment, ControlResult};
use serde::Serialize;

pub use accepted::Accepted;
pub use areas::AreaRow;
pub use details::{Detail, EvidenceRow, Fact, MatrixArea, MatrixRow};
pub use findings::{Action, FindingRow};
pub use gaps::{GapGroup, GapRow};
pub use score::{CoverageView, Scale, ScoreView, Segment};
pub use tiles::Tile;
pub use verdict::VerdictView;

use crate::status::Status;
use crate::text;
use crate::{Brand, Options, ReportError, words};

/// Everything that the executive scorecard says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// As in HTML's `lang`.
    pub language: &'static str,
    /// The document's title, without the tenant's name.
    pub title: &'static str,
    /// The tenant's name.
    pub tenant: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// Such as "November 2026".
    pub period: String,
    /// When the snapshot was taken, in the reader's time zone.
    pub taken: String,
    /// Whose name the document bears.
    pub brand: BrandView,
    /// The verdict in a sentence.
    pub verdict: VerdictView,
    /// Grade and score, with the reasons.
    pub score: ScoreView,
    /// How much was judged.
    pub coverage: CoverageView,
    /// Five areas at a glance.
    pub tiles: Vec<Tile>,
    /// What to do first; three at most.
    pub next: Vec<Action>,
    /// Where the rest of it stands; empty when there is no more.
    pub next_note: String,
    /// Accepted risks, the first to end first.
    pub accepted: Vec<Accepted>,
    /// How many risks are accepted and when the next ends, in one sentence.
    pub accepted_note: String,
    /// One row an area, in the order of the catalog.
    pub areas: Vec<AreaRow>,
    /// What was not judged, by reason.
    pub gaps: Vec<GapGroup>,
    /// All open findings, what to do first first.
    pub findings: Vec<FindingRow>,
    /// What is in order, in the order of the catalog.
    pub in_order: Vec<Listed>,
    /// How the score comes about.
    pub method: Vec<&'static str>,
    /// What to trace the document by.
    pub foot: Foot,
}

/// Whose name a document bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrandView {
    /// The provider's name.
    pub name: String,
    /// A line at the foot of each page; may be empty.
    pub footer: String,
    /// Whom to ask; may be empty.
    pub contact: String,
}

/// A control in a list: its id stands in a document's full list once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The control's id.
    pub id: String,
    /// Where a link finds it.
    pub anchor: String,
    /// The compliant state.
    pub title: String,
    /// The mark.
    pub status: Status,
    /// The mark's word.
    pub word: &'static str,
}

/// What to trace a document by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foot {
    /// The snapshot's digest, whole.
    pub snapshot: String,
    /// Its first twelve digits.
    pub snapshot_short: String,
    /// The checklist's name and version.
    pub checklist: String,
    /// All of it in one line.
    pub line: String,
}

impl View {
    /// The view of an assessment.
    ///
    /// # Errors
    ///
    /// When the options name a time zone that does not exist.
    pub fn new(
        assessment: &Assessment,
        brand: &Brand,
        options: &Options,
    ) -> Result<Self, ReportError> {
        let zone = time_zone(&options.time_zone)?;
        let controls = Numbered::all(assessment);
        let ranked = findings::ranked(assessment, &controls);
        let taken_at = assessment.snapshot.taken_at;
        let taken = words::date_time(taken_at, &zone);
        let accepted = accepted::all(&controls);
        Ok(Self {
            language: words::LANGUAGE,
            title: "Security scorecard",
            tenant: text::name(&assessment.tenant.display_name),
            tenant_id: text::name(assessment.tenant.id.as_str()),
            period: words::month(taken_at, &zone),
            brand: BrandView {
                name: text::name(&brand.name),
                footer: text::safe_text(&brand.footer, text::NAME),
                contact: text::safe_text(&brand.contact, text::NAME),
            },
            verdict: verdict::verdict(assessment, &ranked),
            score: score::score(assessment),
            coverage: score::coverage(assessment),
            tiles: tiles::all(assessment),
            next: findings::next(assessment, &ranked),
            next_note: findings::next_note(&ranked),
            accepted_note: accepted::note(&accepted, taken_at, &zone),
            accepted,
            areas: areas::all(assessment, &ranked),
            gaps: gaps::all(&controls),
            findings: findings::rows(&ranked),
            in_order: controls
                .iter()
                .filter(|control| control.status == Status::Pass)
                .map(Numbered::listed)
                .collect(),
            method: score::METHOD.to_vec(),
            foot: foot(assessment, &taken),
            taken,
        })
    }

    /// Every control with its texts and evidence, in the order of the catalog, for the technical
    /// report.
    pub fn details(assessment: &Assessment) -> Vec<Detail> {
        let controls = Numbered::all(assessment);
        let ranked = findings::ranked(assessment, &controls);
        details::all(&controls, &ranked)
    }

    /// Every control once, by area, with its part in the score, for the technical report.
    pub fn matrix(assessment: &Assessment) -> Vec<MatrixArea> {
        details::matrix(&Numbered::all(assessment), &assessment.areas)
    }
}

/// A control with its place in the catalog.
#[derive(Debug, Clone, Copy)]
struct Numbered<'a> {
    index: usize,
    control: &'a ControlResult,
    status: Status,
}

impl<'a> Numbered<'a> {
    fn all(assessment: &'a Assessment) -> Vec<Self> {
        assessment
            .controls
            .iter()
            .enumerate()
            .map(|(index, control)| Self { index, control, status: Status::of(control) })
            .collect()
    }

    /// The control's id, so that others can link to it. One that is no plain word, which only a
    /// file of unknown origin can hold, is replaced by its place.
    fn anchor(&self) -> String {
        let id = &self.control.id;
        let is_plain = id.starts_with(|first: char| first.is_ascii_lowercase())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_plain { id.clone() } else { format!("c{}", self.index + 1) }
    }

    fn listed(&self) -> Listed {
        Listed {
            id: text::name(&self.control.id),
            anchor: self.anchor(),
            title: text::name(&self.control.title),
            status: self.status,
            word: self.status.word(),
        }
    }
}

fn time_zone(name: &str) -> Result<TimeZone, ReportError> {
    if name.is_empty() || name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    // The bundled database: what a document says must not depend on the machine.
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| ReportError::TimeZone { name: text::name(name) })
}

fn foot(assessment: &Assessment, taken: &str) -> Foot {
    let snapshot = text::name(&assessment.snapshot.sha256);
    let snapshot_short: String = snapshot.chars().take(12).collect();
    let checklist = format!(
        "{} {}",
        text::name(&assessment.checklist.id),
        text::name(&assessment.checklist.version)
    );
    let line = format!("Snapshot {snapshot_short} · checklist {checklist} · taken {taken}");
    Foot { snapshot, snapshot_short, checklist, line }
}
