//! What the documents say: words and numbers, ready to be set.
//!
//! HTML and PDF share one [`View`]; a template loops and chooses, it does not compute. Every text
//! that comes from an assessment has passed [`crate::safe_text`].

mod about;
mod accepted;
mod areas;
mod changes;
pub(crate) mod details;
mod findings;
mod gaps;
mod inventory;
mod score;
mod sign_ins;
mod tiles;
mod trend;
mod verdict;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use model::{Assessment, ControlResult};
use serde::Serialize;

pub use accepted::Accepted;
pub use areas::AreaRow;
pub use changes::{ChangeRow, ChangesView};
pub use details::{Detail, EvidenceRow, Fact, MatrixArea, MatrixRow};
pub use findings::{Action, FindingRow};
pub use gaps::{GapGroup, GapRow};
pub use inventory::{AdministratorRow, InventoryView, MailRow};
pub use score::{CoverageView, Scale, ScoreView, Segment};
pub use sign_ins::{CellView, PolicyRow, QuestionView, RequirementRow, SignInView};
pub use tiles::Tile;
pub use trend::{TrendPoint, TrendView};
pub use verdict::VerdictView;

use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};
use crate::{Brand, Options, ReportError, Source};

/// Everything that the executive scorecard says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// As in HTML's `lang`.
    pub language: &'static str,
    /// Whether texts of the checks, which are English, stand out in it.
    pub is_foreign: bool,
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
    /// The same in a sentence.
    pub state: String,
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
    /// What changed since the last scan.
    pub changes: ChangesView,
    /// The scores of the last twelve months.
    pub trend: TrendView,
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
    pub title: Said,
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
    pub fn new<'a>(
        source: impl Into<Source<'a>>,
        brand: &Brand,
        options: &Options,
    ) -> Result<Self, ReportError> {
        let source = source.into();
        let assessment = source.assessment;
        let w = Words::of(options.language);
        let zone = time_zone(&options.time_zone)?;
        let controls = Numbered::all(assessment);
        let ranked = findings::ranked(assessment, &controls);
        let taken_at = assessment.snapshot.taken_at;
        let taken = w.moment(taken_at, &zone);
        let accepted = accepted::all(w, &controls);
        Ok(Self {
            language: options.language.code(),
            is_foreign: w.is_foreign(),
            title: w.scorecard,
            tenant: text::name(&assessment.tenant.display_name),
            tenant_id: text::name(assessment.tenant.id.as_str()),
            period: w.month(taken_at, &zone),
            brand: BrandView {
                name: text::name(&brand.name),
                footer: text::safe_text(&brand.footer, text::NAME),
                contact: text::safe_text(&brand.contact, text::NAME),
            },
            verdict: verdict::verdict(w, assessment, &ranked),
            score: score::score(w, assessment),
            coverage: score::coverage(w, assessment),
            tiles: tiles::all(w, assessment),
            changes: changes::changes(w, &source, &zone),
            trend: trend::trend(w, &source, &zone),
            next: findings::next(w, assessment, &ranked),
            next_note: findings::next_note(w, &ranked),
            accepted_note: accepted::note(w, &accepted, taken_at, &zone),
            accepted,
            areas: areas::all(w, assessment, &ranked),
            gaps: gaps::all(w, &controls),
            findings: findings::rows(w, &ranked),
            in_order: controls
                .iter()
                .filter(|control| control.status == Status::Pass)
                .map(|control| control.listed(w))
                .collect(),
            method: score::method(w),
            foot: foot(w, assessment, &taken),
            state: fill(w.state_of, &[("when", &taken)]),
            taken,
        })
    }
}

/// What the technical report says beyond [`View`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Technical {
    /// Facts about the report itself.
    pub about: Vec<Fact>,
    /// Every control once, by area, with its part in the score.
    pub matrix: Vec<MatrixArea>,
    /// Open controls with their texts and evidence, worst first.
    pub open: Vec<Detail>,
    /// All other controls, in the order of the catalog.
    pub closed: Vec<Detail>,
    /// Who can sign in how; `None` without the answers.
    pub sign_ins: Option<SignInView>,
    /// Who holds privileged roles, and how mail is protected.
    pub inventory: InventoryView,
}

impl Technical {
    /// The technical report's part of the view.
    ///
    /// # Errors
    ///
    /// When the options name a time zone that does not exist.
    pub fn new<'a>(source: impl Into<Source<'a>>, options: &Options) -> Result<Self, ReportError> {
        let source = source.into();
        let assessment = source.assessment;
        let w = Words::of(options.language);
        let zone = time_zone(&options.time_zone)?;
        let controls = Numbered::all(assessment);
        let ranked = findings::ranked(assessment, &controls);
        let (mut open, closed): (Vec<_>, Vec<_>) =
            details::all(w, &controls, &ranked).into_iter().partition(|detail| detail.rank > 0);
        open.sort_by_key(|detail| detail.rank);
        Ok(Self {
            about: about::about(w, &source, &zone),
            matrix: details::matrix(w, &controls, &assessment.areas),
            open,
            closed,
            sign_ins: match (source.sign_ins, &assessment.sign_ins) {
                (Some(answers), _) => Some(sign_ins::view(w, answers)),
                (None, Some(short)) => Some(sign_ins::view(w, &short.into())),
                (None, None) => None,
            },
            inventory: inventory::view(w, assessment, &zone),
        })
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

    fn listed(&self, w: Words) -> Listed {
        Listed {
            id: text::name(&self.control.id),
            anchor: self.anchor(),
            title: w.title(&self.control.title),
            status: self.status,
            word: w.status(self.status),
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

fn foot(w: Words, assessment: &Assessment, taken: &str) -> Foot {
    let snapshot = text::name(&assessment.snapshot.sha256);
    let snapshot_short: String = snapshot.chars().take(12).collect();
    let checklist = format!(
        "{} {}",
        text::name(&assessment.checklist.id),
        text::name(&assessment.checklist.version)
    );
    let line = fill(
        w.foot_line,
        &[("snapshot", &snapshot_short), ("checklist", &checklist), ("when", taken)],
    );
    Foot { snapshot, snapshot_short, checklist, line }
}
