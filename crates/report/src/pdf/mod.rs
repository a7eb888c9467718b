//! PDF documents, written directly: no browser, embedded fonts, same input, same bytes.

mod executive;
mod font;
mod layout;
mod write;

use model::Assessment;
use sha2::{Digest, Sha256};

use crate::view::View;
use crate::{Brand, Options, Paper, ReportError};
use write::{Metadata, Palette};

/// The executive scorecard: a first page that stands alone, and what supports it.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn executive_pdf(
    assessment: &Assessment,
    brand: &Brand,
    options: &Options,
) -> Result<Vec<u8>, ReportError> {
    let view = View::new(assessment, brand, options)?;
    let size = match options.paper {
        Paper::A4 => (595.276, 841.89),
        Paper::Letter => (612.0, 792.0),
    };
    let (pages, outline) = executive::pages(&view, font::Fonts::get()?, size);
    let metadata = Metadata {
        title: format!("{}: {}, {}", view.title, view.tenant, view.period),
        author: view.brand.name.clone(),
        subject: view.foot.line.clone(),
        language: view.language,
        created: assessment.snapshot.taken_at,
        identity: identity(&view),
    };
    let palette = Palette { accent: brand.accents().light, second: brand.second_color };
    write::write(&pages, size, &outline, &palette, &metadata)
}

/// Sixteen bytes that stay the same for the same snapshot, checklist and kind of document.
fn identity(view: &View) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in [&view.tenant_id, view.title, &view.foot.snapshot, &view.foot.checklist] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().take(16).copied().collect()
}
