use std::sync::LazyLock;

use super::font::Fonts;
use super::layout::{Item, Writer};
use super::*;
use crate::{Language, Paper};

/// A name, the paper's size, and what is drawn on it.
type Drawn = (String, (f32, f32), Writer);

/// Every sample in some language on some paper, both documents; together all of them.
static DRAWN: LazyLock<Vec<Drawn>> = LazyLock::new(|| {
    let mut drawn = Vec::new();
    let papers = [Paper::A4, Paper::Letter];
    for (number, (name, assessment)) in samples::all().into_iter().enumerate() {
        for (turn, language) in Language::ALL.into_iter().enumerate() {
            let paper = papers[(number + turn) % 2];
            let options = Options { paper, language, ..Options::default() };
            let history = samples::history(&assessment);
            let answers = samples::sign_ins();
            let source = Source {
                assessment: &assessment,
                sign_ins: (number % 2 == 0).then_some(&answers),
                history: if turn % 2 == 0 { &history } else { Source::from(&assessment).history },
            };
            let brand = Brand { cover: turn == 3, ..Brand::default() };
            let w = Words::of(language);
            let target = (Fonts::get().unwrap(), size(&options));
            let cover = Cover::of(&brand);
            let name = format!("{name}, {}, {} wide", language.code(), target.1.0);
            let view = View::new(source, &brand, &options).unwrap();
            let technical = Technical::new(source, &options).unwrap();
            let pages = executive::pages(&view, w, target, &options, &cover);
            drawn.push((format!("executive {name}"), target.1, pages));
            let pages = technical::pages((&view, &technical), w, target, &options, &cover);
            drawn.push((format!("technical {name}"), target.1, pages));
        }
    }
    drawn
});

/// Left, right, top and bottom of a text.
fn extent(item: &Item) -> Option<(f32, f32, f32, f32, &str)> {
    let Item::Text { x, y, text, style } = item else { return None };
    let right = x + Fonts::get().unwrap().width(text.trim_end(), style.weight, style.size);
    Some((*x, right, y - style.size * 0.7, *y, text))
}

#[test]
fn no_text_leaves_the_margins() {
    for (name, size, writer) in &*DRAWN {
        for item in writer.pages.iter().flatten().flat_map(|fragment| &fragment.items) {
            let Some((left, right, top, bottom, text)) = extent(item) else { continue };
            assert!(left >= 45.9 && right <= size.0 - 45.9, "{name}: {text} {left} {right}");
            assert!(top >= 5.0 && bottom <= size.1 - 14.0, "{name}: {text}");
        }
    }
}

#[test]
fn no_text_lies_on_another() {
    for (name, _, writer) in &*DRAWN {
        for page in &writer.pages {
            let texts: Vec<_> = page.iter().flat_map(|it| &it.items).filter_map(extent).collect();
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
    for (name, _, writer) in &*DRAWN {
        if !name.starts_with("executive") {
            continue;
        }
        let first = writer.outline.first().unwrap();
        let page = |title: &str| {
            let found = writer.outline.iter().find(|mark| mark.title == title);
            found.map(|mark| mark.page)
        };
        let next = Language::ALL.map(|it| Words::of(it).do_next).into_iter().find_map(page);
        let areas = Language::ALL.map(|it| Words::of(it).areas).into_iter().find_map(page);
        assert_eq!(next, Some(first.page), "{name}");
        assert_eq!(areas, Some(first.page + 1), "{name}");
    }
}

#[test]
fn no_heading_is_left_alone_at_the_foot_of_a_page() {
    for (name, size, writer) in &*DRAWN {
        for page in &writer.pages {
            let last = page
                .iter()
                .rfind(|fragment| !matches!(fragment.role, layout::Role::Artifact))
                .map(|fragment| &fragment.role);
            let alone = matches!(last, Some(layout::Role::Heading(_)));
            assert!(!alone || page.len() < 3, "{name}, {} wide", size.0);
        }
    }
}
