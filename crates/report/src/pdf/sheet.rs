//! What the PDF documents share: sizes, styles, the band at the top, the foot, the lists that both
//! have.

use super::font::{Fonts, Weight};
use super::layout::{Align, Column, Item, Part, Role, Row, Style, Writer};
use crate::chart::{self, Ink, Shape};
use crate::status::Status;
use crate::view::{ChangesView, View};
use crate::words::{Said, Words, fill};

pub(super) const MARGIN: f32 = 46.0;
/// Where blocks begin on later pages.
const TOP: f32 = 62.0;
/// What the foot takes.
const BOTTOM: f32 = 50.0;

pub(super) const fn style(size: f32, weight: Weight, ink: Ink) -> Style {
    Style::new(size, weight, ink)
}

pub(super) const SECTION: Style = style(13.5, Weight::Bold, Ink::Text);
pub(super) const GROUP: Style = style(9.5, Weight::Bold, Ink::Text);
pub(super) const BODY: Style = style(8.6, Weight::Regular, Ink::Text);
pub(super) const STRONG: Style = style(8.6, Weight::Bold, Ink::Text);
pub(super) const NOTE: Style = style(7.7, Weight::Regular, Ink::Muted);
pub(super) const SMALL: Style = style(7.7, Weight::Regular, Ink::Text);
pub(super) const HEAD: Style = style(7.4, Weight::Bold, Ink::Muted);
pub(super) const CODE: Style = style(6.8, Weight::Regular, Ink::Muted);

pub(super) fn writer(w: Words, fonts: &'static Fonts, size: (f32, f32)) -> Writer {
    Writer::new(fonts, w, size, MARGIN, (TOP, BOTTOM))
}

pub(super) const fn left(title: &str, width: f32) -> Column<'_> {
    Column { title, width, align: Align::Left }
}

pub(super) const fn right(title: &str, width: f32) -> Column<'_> {
    Column { title, width, align: Align::Right }
}

/// Text of the checks, marked where it is English in a document of another language.
pub(super) fn said(said: &Said, style: Style, most: usize) -> Part {
    Part::Text(said.text.clone(), style.foreign(said.foreign), most)
}

/// Text without the backticks around code, which a page of one typeface does not set off.
pub(super) fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// A page with nothing but whose report it is, for whom, and of when.
pub(super) fn cover(writer: &mut Writer, view: &View) {
    let (width, height) = (writer.width, writer.height);
    let bar = |y, height, fill| Shape::Rect { x: 0.0, y, width, height, radius: 0.0, fill };
    let edge = height * 0.42;
    writer.decoration([bar(0.0, edge, Ink::Accent), bar(edge, 4.0, Ink::Second)]);
    let content = writer.content();
    let brand = style(22.0, Weight::Bold, Ink::Paper);
    if !logo(writer, (MARGIN, 60.0), 48.0) {
        writer.text(Role::Paragraph, (MARGIN, 60.0), content, (&view.brand.name, 2), brand);
    }
    let what = style(15.0, Weight::Regular, Ink::Paper);
    let line = format!("{} · {}", view.title, view.period);
    writer.text(Role::Paragraph, (MARGIN, edge - 44.0), content, (&line, 1), what);
    let title = Style { leading: 40.0, ..style(34.0, Weight::Bold, Ink::Text) };
    writer.y = edge + 44.0;
    let y = writer.y;
    writer.y += writer.text(Role::Heading(1), (MARGIN, y), content, (&view.tenant, 4), title) + 8.0;
    writer.paragraph(&view.state, 2, style(11.0, Weight::Regular, Ink::Muted), 4.0);
    writer.paragraph(&view.brand.contact, 1, style(11.0, Weight::Regular, Ink::Muted), 0.0);
    writer.new_page();
}

/// The logo in a white box; whether there is one.
fn logo(writer: &mut Writer, (x, y): (f32, f32), height: f32) -> bool {
    let Some((wide, high)) = writer.logo else { return false };
    let (pad, inner) = (height * 0.12, height * 0.76);
    let scale = (inner / high).min(170.0 / wide);
    let (width, tall) = (wide * scale, high * scale);
    writer.decoration([Shape::Rect {
        x,
        y: y + (height - tall) / 2.0 - pad,
        width: width + 2.0 * pad,
        height: tall + 2.0 * pad,
        radius: 3.0,
        fill: Ink::Paper,
    }]);
    let item = Item::Logo { x: x + pad, y: y + (height - tall) / 2.0, width, height: tall };
    writer.put(Role::Figure(writer.brand.clone()), vec![item]);
    true
}

/// The head of the first page: band, tenant, when.
pub(super) fn head(writer: &mut Writer, w: Words, view: &View) {
    const HEIGHT: f32 = 46.0;
    let width = writer.width;
    let bar = |y, height, fill| Shape::Rect { x: 0.0, y, width, height, radius: 0.0, fill };
    writer.decoration([bar(0.0, HEIGHT, Ink::Accent), bar(HEIGHT, 3.0, Ink::Second)]);
    let name = style(12.5, Weight::Bold, Ink::Paper);
    let half = writer.content() * 0.55;
    if !logo(writer, (MARGIN, 8.0), 30.0) {
        writer.text(Role::Paragraph, (MARGIN, 15.0), half, (&view.brand.name, 1), name);
    }
    let what = format!("{} · {}", view.title, view.period);
    writer.text_before((width - MARGIN, 17.0), &what, style(9.5, Weight::Regular, Ink::Paper));

    writer.y = 6.0;
    writer.mark(1, w.summary_heading);
    writer.y = HEIGHT + 20.0;
    let title = style(23.0, Weight::Bold, Ink::Text);
    let title = Style { leading: 27.0, ..title };
    let (content, y) = (writer.content(), writer.y);
    writer.y += writer.text(Role::Heading(1), (MARGIN, y), content, (&view.tenant, 2), title) + 2.0;
    let meta = format!("{}  ·  {} {}", view.state, w.tenant, view.tenant_id);
    let y = writer.y;
    let meta_style = style(8.4, Weight::Regular, Ink::Muted);
    writer.y += writer.text(Role::Paragraph, (MARGIN, y), content, (&meta, 1), meta_style) + 11.0;
}

/// What was not judged: a heading a reason, a line a check.
pub(super) fn gaps(writer: &mut Writer, w: Words, view: &View, with_summary: bool) {
    writer.heading(2, w.not_looked_at, SECTION, 60.0);
    if view.gaps.is_empty() {
        writer.paragraph(w.all_judged, 1, BODY, 16.0);
    }
    for group in &view.gaps {
        writer.need(56.0);
        let (x, y, content) = (MARGIN, writer.y, writer.content());
        let title = Style { ink: Ink::Status(group.status), ..GROUP };
        let words = format!("{} ({})", group.title, group.controls.len());
        let (items, height) =
            writer.marked((x, y), content, (chart::mark(group.status), &words), title, 1);
        writer.put(Role::Heading(3), items);
        writer.y += height + 1.0;
        writer.paragraph(group.remedy, 2, NOTE, 1.0);
        let titles: Vec<&Said> = group.controls.iter().map(|row| &row.control.title).collect();
        if with_summary {
            let columns = [left("", content * 0.44), left("", content * 0.56 + 9.0)];
            let rows: Vec<Row> = group
                .controls
                .iter()
                .map(|row| {
                    let summary = NOTE.foreign(view.is_foreign);
                    vec![
                        vec![
                            said(&row.control.title, SMALL, 2),
                            Part::Link(row.control.anchor.clone()),
                        ],
                        vec![Part::Text(row.summary.clone(), summary, 2)],
                    ]
                })
                .collect();
            writer.table(&columns, &rows, HEAD);
        } else {
            pairs(writer, &titles, group.status);
        }
        writer.y += 9.0;
    }
    writer.y += 10.0;
}

/// Titles in two columns, each with the mark.
pub(super) fn pairs(writer: &mut Writer, titles: &[&Said], status: Status) {
    const GAP: f32 = 22.0;
    const INDENT: f32 = 13.0;
    let width = (writer.content() - GAP) / 2.0;
    let inner = width - INDENT;
    for pair in titles.chunks(2) {
        let lines =
            |title: &&Said| writer.fonts.fit(&title.text, SMALL.weight, SMALL.size, inner, 2).len();
        let highest = pair.iter().map(lines).max().unwrap_or(1);
        let highest = chart::float(highest) * SMALL.leading;
        writer.need(highest);
        for (index, title) in pair.iter().enumerate() {
            let x = MARGIN + chart::float(index) * (width + GAP);
            let y = writer.y;
            let style = SMALL.foreign(title.foreign);
            let mark = (chart::mark(status), title.text.as_str());
            let (items, _) = writer.marked((x, y), width, mark, style, 2);
            writer.put(Role::Item, items);
        }
        writer.y += highest + 2.4;
    }
}

/// Accepted risks, with reason, owner and end.
pub(super) fn accepted(writer: &mut Writer, w: Words, view: &View) {
    if view.accepted.is_empty() {
        return;
    }
    writer.heading(2, w.accepted_risks, SECTION, 70.0);
    let rest = writer.content() - 158.0 - 96.0 - 84.0;
    let columns = [
        left(w.finding, 158.0),
        left(w.acceptance_and_reason, rest),
        left(w.owner, 96.0),
        left(w.ends, 84.0 + 9.0),
    ];
    let rows: Vec<Row> = view
        .accepted
        .iter()
        .map(|row| {
            vec![
                vec![
                    said(&row.title, STRONG, 3),
                    Part::Status(row.status, row.word.to_owned(), BODY),
                ],
                vec![
                    Part::Flag(row.kind.to_owned(), STRONG),
                    Part::Text(row.reason.clone(), NOTE, 4),
                    Part::Text(row.because.clone(), Style { ink: Ink::Text, ..NOTE }, 4),
                ],
                vec![Part::Text(row.owner.clone(), BODY, 3)],
                vec![Part::Text(row.until.clone(), BODY, 2)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 20.0;
}

/// Changes to the better and to the worse; `all` or what the first page has room for.
pub(super) fn turns(writer: &mut Writer, changes: &ChangesView, all: bool, foreign: bool) {
    let shown = |rows: usize, first: usize| if all { rows } else { first };
    let worse = changes.worse.iter().take(shown(changes.worse.len(), changes.worse_shown));
    let better = changes.better.iter().take(shown(changes.better.len(), changes.better_shown));
    let checklist = changes.checklist.iter().take(if all { usize::MAX } else { 0 });
    for row in worse.chain(better).chain(checklist) {
        writer.need(BODY.leading);
        let text = format!("{}: {}", row.what, row.title.text);
        let (x, y, content) = (MARGIN, writer.y, writer.content());
        let (items, height) =
            writer.marked((x, y), content, (chart::mark(row.status), &text), BODY, 1);
        writer.put(Role::Item, items);
        writer.y += height + 1.5;
    }
    for row in changes.settings.iter().take(if all { usize::MAX } else { 2 }) {
        let text = format!("{} ({})", row.what, row.actor);
        writer.item("–", &text, if all { 3 } else { 1 }, BODY.foreign(foreign));
    }
}

const METHOD: Style = style(8.0, Weight::Regular, Ink::Muted);

/// Whether [`method`] fits on what is left of the page.
pub(super) fn method_fits(writer: &Writer, view: &View) -> bool {
    writer.left() > method_height(writer, view) + SECTION.leading + 6.0
}

fn method_height(writer: &Writer, view: &View) -> f32 {
    let (weight, size, content) = (METHOD.weight, METHOD.size, writer.content());
    let lines = |line: &&str| writer.fonts.fit(line, weight, size, content, 4).len();
    let lines: usize = view.method.iter().map(lines).sum();
    chart::float(lines) * METHOD.leading + chart::float(view.method.len()) * 2.5
}

/// How the score comes about.
pub(super) fn method(writer: &mut Writer, w: Words, view: &View) {
    let height = method_height(writer, view);
    writer.heading(2, w.how_to_read, SECTION, height);
    for line in &view.method {
        writer.paragraph(line, 4, METHOD, 2.5);
    }
}

/// What repeats: the head of later pages, and the foot of all. The first `bare` pages have a head
/// of their own.
pub(super) fn frame(writer: &mut Writer, w: Words, view: &View, bare: usize) {
    let small = style(7.2, Weight::Regular, Ink::Muted);
    let all = writer.pages.len();
    let (width, height, content) = (writer.width, writer.height, writer.content());
    let pages = std::mem::take(&mut writer.pages);
    for (index, page) in pages.into_iter().enumerate() {
        writer.pages.push(page);
        let rule = |y| Shape::Line {
            points: vec![(MARGIN, y), (width - MARGIN, y)],
            stroke: Ink::Line,
            thickness: 0.6,
        };
        if index >= bare {
            let bar =
                Shape::Rect { x: 0.0, y: 0.0, width, height: 5.0, radius: 0.0, fill: Ink::Accent };
            writer.decoration([bar, rule(44.0)]);
            let right = format!("{} · {}", view.title, view.period);
            let room = content - writer.fonts.width(&right, small.weight, small.size) - 20.0;
            let left = style(7.2, Weight::Bold, Ink::Muted);
            writer.text(Role::Artifact, (MARGIN, 30.0), room, (&view.tenant, 1), left);
            writer.text_before((width - MARGIN, 30.0), &right, small);
        }
        let foot = height - 37.0;
        writer.decoration([rule(foot - 3.0)]);
        let number = fill(w.page_of, &[("n", &(index + 1).to_string()), ("all", &all.to_string())]);
        let room = content - writer.fonts.width(&number, small.weight, small.size) - 20.0;
        writer.text(Role::Artifact, (MARGIN, foot), room, (&view.foot.line, 1), small);
        writer.text_before((width - MARGIN, foot), &number, small);
        let brand: Vec<&str> = [view.brand.footer.as_str(), &view.brand.contact]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let brand = if brand.is_empty() { w.verify.to_owned() } else { brand.join("  ·  ") };
        writer.text(Role::Artifact, (MARGIN, foot + 10.0), content, (&brand, 1), small);
    }
}
