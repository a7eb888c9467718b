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

#[cfg(test)]
#[path = "../../tests/samples/mod.rs"]
mod samples;

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::font::Fonts;
    use super::layout::{Fragment, Item, Mark};
    use super::*;

    /// A name, the paper's size, the pages and the outline.
    type Drawn = (String, (f32, f32), Vec<Vec<Fragment>>, Vec<Mark>);

    /// Every sample on every paper.
    static DRAWN: LazyLock<Vec<Drawn>> = LazyLock::new(|| {
        let mut drawn = Vec::new();
        for (name, assessment) in samples::all() {
            for size in [(595.276, 841.89), (612.0, 792.0)] {
                let options = Options::default();
                let view = View::new(&assessment, &Brand::default(), &options).unwrap();
                let (pages, outline) = executive::pages(&view, Fonts::get().unwrap(), size);
                drawn.push((format!("{name}, {} wide", size.0), size, pages, outline));
            }
        }
        drawn
    });

    /// Left, right, top and bottom of a text.
    fn extent(item: &Item) -> Option<(f32, f32, f32, f32, &str)> {
        let Item::Text { x, y, text, style } = item else { return None };
        let right = x + Fonts::get().unwrap().width(text, style.weight, style.size);
        Some((*x, right, y - style.size * 0.7, *y, text))
    }

    #[test]
    fn no_text_leaves_the_margins() {
        for (name, size, pages, _) in &*DRAWN {
            for item in pages.iter().flatten().flat_map(|fragment| &fragment.items) {
                let Some((left, right, top, bottom, text)) = extent(item) else { continue };
                assert!(left >= 45.9 && right <= size.0 - 45.9, "{name}: {text}");
                assert!(top >= 5.0 && bottom <= size.1 - 14.0, "{name}: {text}");
            }
        }
    }

    #[test]
    fn no_text_lies_on_another() {
        for (name, _, pages, _) in &*DRAWN {
            for page in pages {
                let texts: Vec<_> =
                    page.iter().flat_map(|it| &it.items).filter_map(extent).collect();
                for (index, one) in texts.iter().enumerate() {
                    for two in &texts[index + 1..] {
                        let beside = one.1 <= two.0 || two.1 <= one.0;
                        let apart = one.3 <= two.2 || two.3 <= one.2;
                        assert!(beside || apart, "{name}: {} on {}", one.4, two.4);
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_page_is_one_page() {
        for (name, .., outline) in &*DRAWN {
            let pages: Vec<_> =
                outline.iter().map(|mark| (mark.title.as_str(), mark.page)).take(3).collect();
            assert_eq!(pages, [("Summary", 0), ("Do next", 0), ("Areas", 1)], "{name}");
        }
    }
}
