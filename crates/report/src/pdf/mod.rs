//! PDF documents, written directly: no browser, embedded fonts, same input, same bytes.

mod executive;
mod font;
mod layout;
mod picture;
mod sheet;
mod structure;
mod technical;
mod write;

use model::Assessment;
use sha2::{Digest, Sha256};

use crate::view::{Technical, View};
use crate::words::Words;
use crate::{Brand, Options, Paper, ReportError, Source};
use layout::Writer;
use picture::Picture;
use write::{Metadata, Palette};

/// The executive scorecard: a first page that stands alone, and what supports it.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn executive_pdf<'a>(
    source: impl Into<Source<'a>>,
    brand: &Brand,
    options: &Options,
) -> Result<Vec<u8>, ReportError> {
    let source = source.into();
    let view = View::new(source, brand, options)?;
    let w = Words::of(options.language);
    let cover = Cover::of(brand);
    let target = (font::Fonts::get()?, size(options));
    let writer = executive::pages(&view, w, target, options, &cover);
    finish(&writer, &view, &cover, brand, source.assessment)
}

/// The technical report: the matrix and the score's arithmetic, every finding with its evidence,
/// who can sign in how, who holds power, how mail is protected, what changed, what was not judged.
///
/// # Errors
///
/// When the options name a time zone that does not exist.
pub fn technical_pdf<'a>(
    source: impl Into<Source<'a>>,
    brand: &Brand,
    options: &Options,
) -> Result<Vec<u8>, ReportError> {
    let source = source.into();
    let w = Words::of(options.language);
    let view = View { title: w.technical, ..View::new(source, brand, options)? };
    let technical = Technical::new(source, options)?;
    let cover = Cover::of(brand);
    let target = (font::Fonts::get()?, size(options));
    let writer = technical::pages((&view, &technical), w, target, options, &cover);
    finish(&writer, &view, &cover, brand, source.assessment)
}

/// What a brand puts in front: the logo, and a cover if it wants one.
struct Cover {
    wanted: bool,
    logo: Option<Picture>,
}

impl Cover {
    fn of(brand: &Brand) -> Self {
        let logo = brand.logo.as_ref().and_then(crate::Logo::png).and_then(Picture::read);
        Self { wanted: brand.cover, logo }
    }

    /// Gives the pages their logo, and begins them with the cover.
    fn begin(&self, writer: &mut Writer, view: &View) {
        writer.logo = self.logo.as_ref().map(Picture::size);
        writer.brand.clone_from(&view.brand.name);
        if self.wanted {
            sheet::cover(writer, view);
        }
    }
}

fn size(options: &Options) -> (f32, f32) {
    match options.paper {
        Paper::A4 => (595.276, 841.89),
        Paper::Letter => (612.0, 792.0),
    }
}

fn finish(
    writer: &Writer,
    view: &View,
    cover: &Cover,
    brand: &Brand,
    assessment: &Assessment,
) -> Result<Vec<u8>, ReportError> {
    let metadata = Metadata {
        title: format!("{}: {}, {}", view.title, view.tenant, view.period),
        author: view.brand.name.clone(),
        subject: view.foot.line.clone(),
        language: view.language,
        created: assessment.snapshot.taken_at,
        identity: identity(view),
    };
    let palette = Palette { accent: brand.accents().light, second: brand.second_color };
    write::write(writer, cover.logo.as_ref(), &palette, &metadata)
}

/// Sixteen bytes that stay the same for the same snapshot, checklist, language and kind of
/// document.
fn identity(view: &View) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in
        [&view.tenant_id, view.title, view.language, &view.foot.snapshot, &view.foot.checklist]
    {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().take(16).copied().collect()
}

#[cfg(test)]
#[path = "../../tests/samples/mod.rs"]
mod samples;

#[cfg(test)]
mod tests;
