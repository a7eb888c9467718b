//! The executive scorecard on paper.

use super::font::{Fonts, Weight};
use super::layout::{Item, Part, Role, Row, Style, Writer};
use super::sheet::{
    self, BODY, GROUP, HEAD, MARGIN, NOTE, SECTION, SMALL, STRONG, left, right, said, style,
};
use crate::chart::{self, Ink, Shape};
use crate::status::Status;
use crate::view::{Tile, View};
use crate::words::{Said, Words};
use crate::{Options, Section};

/// The pages, the outline and the anchors.
pub(super) fn pages(
    view: &View,
    w: Words,
    (fonts, size): (&'static Fonts, (f32, f32)),
    options: &Options,
    cover: &super::Cover,
) -> Writer {
    let mut writer = sheet::writer(w, fonts, size);
    cover.begin(&mut writer, view);
    let bare = writer.pages.len();
    summary(&mut writer, w, view, options);
    writer.new_page();
    if options.draws(Section::Areas) {
        areas(&mut writer, w, view);
    }
    if options.draws(Section::Gaps) {
        sheet::gaps(&mut writer, w, view, false);
    }
    // How to read it stands where a page would else stay empty, or at the end.
    let method = options.draws(Section::Method);
    let early = method && !view.findings.is_empty() && sheet::method_fits(&writer, view);
    if early {
        sheet::method(&mut writer, w, view);
    }
    if options.draws(Section::Findings) {
        // The list of findings gets a page of its own, unless much of this one would stay empty.
        if !view.findings.is_empty() {
            writer.need(if early { f32::MAX } else { 260.0 });
        }
        findings(&mut writer, w, view);
    }
    if options.draws(Section::Accepted) {
        sheet::accepted(&mut writer, w, view);
    }
    if options.draws(Section::InOrder) {
        in_order(&mut writer, w, view);
    }
    if method && !early {
        sheet::method(&mut writer, w, view);
    }
    sheet::frame(&mut writer, w, view, bare);
    writer
}

/// The first page: it is one page, and stands alone.
fn summary(writer: &mut Writer, w: Words, view: &View, options: &Options) {
    sheet::head(writer, w, view);
    verdict(writer, view);
    score(writer, w, view);
    coverage(writer, w, view);
    tiles(writer, view);
    if options.draws(Section::Changes) {
        changes(writer, w, view);
    }
    next(writer, w, view);
}

/// What changed on the left, twelve months on the right; nothing after a first scan, which the
/// note at the foot of the page says.
fn changes(writer: &mut Writer, w: Words, view: &View) {
    let content = writer.content();
    let trend = chart::trend_line(w, &view.trend, content * 0.46);
    if view.changes.moved.is_empty() && view.changes.better.is_empty() && trend.is_none() {
        return;
    }
    let top = writer.y;
    let title = style(12.0, Weight::Bold, Ink::Text);
    writer.heading(2, w.what_changed, title, 0.0);
    writer.y -= 3.0;
    let width = if trend.is_some() { content * 0.5 } else { content };
    let mut bottom = top;
    if let Some(drawing) = &trend {
        let x = MARGIN + content - drawing.width;
        writer.text(Role::Heading(3), (x, top + 2.0), drawing.width, (w.twelve_months, 1), GROUP);
        writer.figure((x, top + 16.0), drawing);
        bottom = top + 16.0 + drawing.height;
    }
    let worse = view.changes.worse.iter().take(view.changes.worse_shown);
    let better = view.changes.better.iter().take(view.changes.better_shown);
    for row in worse.chain(better) {
        let text = format!("{}: {}", row.what, row.title.text);
        let place = (MARGIN, writer.y);
        let (items, height) =
            writer.marked(place, width, (chart::mark(row.status), &text), SMALL, 1);
        writer.put(Role::Item, items);
        writer.y += height + 1.2;
    }
    for row in view.changes.settings.iter().take(1) {
        let text = format!("{} ({})", row.what, row.actor);
        let y = writer.y;
        let style = NOTE.foreign(view.is_foreign);
        writer.y += writer.text(Role::Paragraph, (MARGIN, y), width, (&text, 1), style);
    }
    let note =
        if view.changes.nothing.is_empty() { &view.changes.more } else { &view.changes.nothing };
    let y = writer.y;
    writer.y += writer.text(Role::Paragraph, (MARGIN, y), width, (note, 2), NOTE);
    writer.y = writer.y.max(bottom) + 11.0;
}

fn verdict(writer: &mut Writer, view: &View) {
    const PADDING: f32 = 12.0;
    const MARK: f32 = 17.0;
    let headline = Style { leading: 17.2, ..style(13.2, Weight::Bold, Ink::Text) };
    let headline = headline.foreign(view.verdict.headline.foreign);
    let rest = style(9.2, Weight::Regular, Ink::Muted);
    let (y, content) = (writer.y, writer.content());
    let x = MARGIN + PADDING + 6.0 + MARK + 10.0;
    let width = MARGIN + content - x - PADDING;
    let fit = |text: &str, style: Style, most| {
        chart::float(writer.fonts.fit(text, style.weight, style.size, width, most).len())
            * style.leading
    };
    let text = fit(&view.verdict.headline.text, headline, 3)
        + fit(&view.verdict.rest, rest, 1)
        + if view.verdict.rest.is_empty() { 0.0 } else { 2.0 };
    let height = text.max(MARK) + 2.0 * PADDING - 4.0;
    let plate = |x, width, radius, fill| Shape::Rect { x, y, width, height, radius, fill };
    writer.decoration([
        plate(MARGIN, content, 4.0, Ink::Surface),
        plate(MARGIN, 4.0, 0.0, Ink::Status(view.verdict.status)),
    ]);
    let mark = (MARGIN + PADDING + 6.0, y + PADDING + 1.0);
    let items = Writer::mark_items(mark, MARK, chart::mark(view.verdict.status));
    writer.put(Role::Figure(view.verdict.word.to_owned()), items);
    let mut line = y + PADDING - 2.5;
    line +=
        writer.text(Role::Paragraph, (x, line), width, (&view.verdict.headline.text, 3), headline)
            + 2.0;
    writer.text(Role::Paragraph, (x, line), width, (&view.verdict.rest, 1), rest);
    writer.y += height + 13.0;
}

fn score(writer: &mut Writer, w: Words, view: &View) {
    const SIDE: f32 = 88.0;
    let (y, score) = (writer.y, &view.score);
    let letter = if score.grade.is_empty() {
        writer.decoration([Shape::Frame {
            x: MARGIN + 1.0,
            y: y + 1.0,
            width: SIDE - 2.0,
            height: SIDE - 2.0,
            radius: 8.0,
            stroke: Ink::Muted,
            thickness: 1.4,
        }]);
        ("–", Ink::Muted)
    } else {
        writer.decoration([Shape::Rect {
            x: MARGIN,
            y,
            width: SIDE,
            height: SIDE,
            radius: 9.0,
            fill: Ink::Accent,
        }]);
        (score.grade, Ink::Paper)
    };
    let big = style(56.0, Weight::Bold, letter.1);
    let x = MARGIN + (SIDE - writer.fonts.width(letter.0, Weight::Bold, 56.0)) / 2.0;
    let item = Item::Text { x, y: y + SIDE / 2.0 + 20.0, text: letter.0.to_owned(), style: big };
    writer.put(Role::Paragraph, vec![item]);

    let x = MARGIN + SIDE + 22.0;
    let width = MARGIN + writer.content() - x;
    let points = Style { leading: 23.0, ..style(18.5, Weight::Bold, Ink::Text) };
    let mut line = y - 4.0;
    let line_width = writer.fonts.width(&score.line, points.weight, points.size);
    line += writer.text(Role::Paragraph, (x, line), width, (&score.line, 1), points) + 1.0;
    if score.provisional {
        chip(writer, (x + line_width + 10.0, y + 1.5), w.provisional);
    }
    if !view.changes.moved.is_empty() {
        let parts = &view.changes.parts;
        let moved = if parts.is_empty() {
            view.changes.moved.clone()
        } else {
            format!("{} ({parts})", view.changes.moved)
        };
        line += writer.text(Role::Paragraph, (x, line), width, (&moved, 2), STRONG);
    }
    let because = [score.because.as_str(), &score.provisional_because].join(" ");
    line += writer.text(Role::Paragraph, (x, line), width, (because.trim(), 2), BODY);
    line += writer.text(Role::Paragraph, (x, line + 1.0), width, (&score.range, 1), NOTE) + 2.0;
    let scale = chart::score_scale(w, score.scale, score.grade, width.min(380.0));
    let line = line.max(y + SIDE - scale.height + 3.0);
    writer.figure((x - 12.0, line), &scale);
    writer.y = line + scale.height + 8.0;
}

fn chip(writer: &mut Writer, (x, y): (f32, f32), word: &str) {
    let text = style(7.6, Weight::Bold, Ink::Muted);
    let width = writer.fonts.width(word, text.weight, text.size) + 13.0;
    writer.decoration([Shape::Frame {
        x,
        y,
        width,
        height: 13.0,
        radius: 6.5,
        stroke: Ink::Muted,
        thickness: 0.8,
    }]);
    writer.text(Role::Paragraph, (x + 6.5, y + 1.4), width, (word, 1), text);
}

fn coverage(writer: &mut Writer, w: Words, view: &View) {
    let (content, coverage) = (writer.content(), &view.coverage);
    let y = writer.y;
    writer.text(Role::Heading(2), (MARGIN, y), content, (&coverage.sentence, 1), GROUP);
    writer.y += GROUP.leading + 4.0;
    if !coverage.segments.is_empty() {
        let bar = chart::coverage_bar(w, &coverage.segments, content);
        let y = writer.y;
        writer.figure((MARGIN, y), &bar);
        writer.y += bar.height + 5.0;
    }
    let mut x = MARGIN;
    for segment in &coverage.segments {
        let word = format!("{} {}", segment.count, segment.word);
        let text = style(8.2, Weight::Regular, Ink::Text);
        let width = writer.fonts.width(&word, text.weight, text.size) + 13.0;
        if x > MARGIN && x + width > MARGIN + content {
            x = MARGIN;
            writer.y += text.leading + 1.0;
        }
        let (items, _) = writer.marked(
            (x, writer.y),
            width + 4.0,
            (chart::mark(segment.status), &word),
            text,
            1,
        );
        writer.put(Role::Item, items);
        x += width + 15.0;
    }
    if !coverage.segments.is_empty() {
        writer.y += 14.0;
    }
    let meaning = [coverage.meaning.as_str(), &coverage.attestation].join(" ");
    writer.paragraph(meaning.trim(), 2, NOTE, 10.0);
}

fn tiles(writer: &mut Writer, view: &View) {
    const GAP: f32 = 8.0;
    const PADDING: f32 = 8.0;
    /// Lines of the fact behind a tile.
    const DETAIL: usize = 3;
    let number = chart::float(view.tiles.len().max(1));
    let width = (writer.content() - GAP * (number - 1.0)) / number;
    let inner = width - 2.0 * PADDING;
    let small = style(7.4, Weight::Regular, Ink::Text);
    let lines =
        |text: &str, most| writer.fonts.fit(text, small.weight, small.size, inner, most).len();
    let tall = |tile: &Tile| lines(&tile.detail.text, DETAIL) + lines(&tile.extra, DETAIL);
    let most = chart::float(view.tiles.iter().map(tall).max().unwrap_or(0));
    let labels = view
        .tiles
        .iter()
        .map(|tile| writer.fonts.fit(tile.label, Weight::Regular, 6.6, inner, 2).len());
    let label_lines = chart::float(labels.max().unwrap_or(0));
    let words = view
        .tiles
        .iter()
        .map(|tile| writer.fonts.fit(tile.word, Weight::Bold, 8.2, inner - 12.0, 2).len());
    let word_lines = chart::float(words.max().unwrap_or(1));
    let height = 46.0 + label_lines * 9.0 + word_lines * 11.2 + most * small.leading;
    let top = writer.y;
    for (index, tile) in view.tiles.iter().enumerate() {
        let left = MARGIN + chart::float(index) * (width + GAP);
        writer.decoration([Shape::Frame {
            x: left,
            y: top,
            width,
            height,
            radius: 5.0,
            stroke: Ink::Line,
            thickness: 0.9,
        }]);
        let (x, mut y) = (left + PADDING, top + PADDING - 1.0);
        let title = style(7.8, Weight::Bold, Ink::Muted);
        let place = (x, y);
        y += writer.text(Role::Heading(3), place, inner, (tile.title, 1), title) + 1.0;
        let word = style(8.2, Weight::Bold, Ink::Status(tile.status));
        let (items, used) =
            writer.marked((x, y), inner, (chart::mark(tile.status), tile.word), word, 2);
        writer.put(Role::Paragraph, items);
        y += used.max(word_lines * word.leading) + 3.0;
        if tile.number.is_empty() {
            y += 4.0;
        } else {
            // Never cut: large numbers are set smaller.
            let size = [14.5, 12.5, 11.0, 9.5, 8.0]
                .into_iter()
                .find(|size| writer.fonts.width(&tile.number, Weight::Bold, *size) <= inner)
                .unwrap_or(7.0);
            let big = Style { leading: 18.0, ..style(size, Weight::Bold, Ink::Text) };
            y += writer.text(Role::Paragraph, (x, y), inner, (&tile.number, 1), big);
            let label = style(6.6, Weight::Regular, Ink::Muted);
            let used = writer.text(Role::Paragraph, (x, y), inner, (tile.label, 2), label);
            y += used.max(label_lines * label.leading) + 3.5;
        }
        let detail = small.foreign(tile.detail.foreign);
        y += writer.text(Role::Paragraph, (x, y), inner, (&tile.detail.text, DETAIL), detail);
        writer.text(Role::Paragraph, (x, y), inner, (&tile.extra, DETAIL), small);
    }
    writer.y = top + height + 13.0;
}

fn next(writer: &mut Writer, w: Words, view: &View) {
    writer.heading(2, w.do_next, style(12.0, Weight::Bold, Ink::Text), 0.0);
    writer.y -= 3.0;
    if view.next.is_empty() {
        writer.paragraph(w.nothing_open, 1, BODY, 4.0);
    } else {
        let rest = writer.content() - 22.0 - 108.0 - 92.0;
        let columns = [
            left("", 22.0),
            left(w.what_to_reach, rest),
            left(w.effort, 108.0),
            right(w.points_gained, 92.0 + 9.0),
        ];
        // The first page is one page: what does not fit is shortened here and stands in full in
        // the list of findings.
        let lines = 1.0
            + f32::from(u8::from(!view.next_note.is_empty()))
            + f32::from(u8::from(is_first(view)));
        let room = writer.left() - lines * (NOTE.leading + 2.0) - 6.0;
        let rows = [(2, 2, 3), (2, 1, 3), (1, 1, 3), (1, 0, 3), (1, 0, 2), (1, 0, 1)]
            .into_iter()
            .map(|(action, why, rows)| {
                let mut all = next_rows(view, (action, why));
                all.truncate(rows);
                all
            })
            .find(|rows| writer.table_height(&columns, rows, HEAD) <= room)
            .unwrap_or_default();
        writer.table(&columns, &rows, HEAD);
        writer.y += 5.0;
    }
    if !view.next_note.is_empty() {
        writer.paragraph(&view.next_note, 1, NOTE, 2.0);
    }
    if is_first(view) {
        writer.paragraph(&view.changes.nothing, 1, NOTE, 2.0);
    }
    let (x, y, content) = (MARGIN, writer.y, writer.content());
    let (items, _) =
        writer.marked((x, y), content, (chart::flag(Ink::Muted), &view.accepted_note), NOTE, 1);
    writer.put(Role::Paragraph, items);
}

/// Whether there is nothing to compare with, which then stands at the foot of the page.
fn is_first(view: &View) -> bool {
    view.trend.points.is_empty() && view.changes.moved.is_empty()
}

/// With at most so many lines for the action and for the reason.
fn next_rows(view: &View, (action_lines, why_lines): (usize, usize)) -> Vec<Row> {
    let rank = style(11.0, Weight::Bold, Ink::Accent);
    view.next
        .iter()
        .map(|action| {
            vec![
                vec![Part::Text(action.rank.to_string(), rank, 1)],
                vec![
                    said(&action.action, STRONG, action_lines),
                    said(&action.why, NOTE, why_lines),
                    Part::Link(action.anchor.clone()),
                ],
                if why_lines == 0 {
                    let both =
                        [action.effort, &action.affected].into_iter().filter(|it| !it.is_empty());
                    vec![Part::Text(both.collect::<Vec<_>>().join(" · "), SMALL, 1)]
                } else {
                    vec![
                        Part::Text(action.effort.to_owned(), BODY, 1),
                        Part::Text(action.affected.clone(), NOTE, 1),
                    ]
                },
                vec![
                    Part::Text(action.gain.clone(), STRONG, 1),
                    Part::Text(action.lifts.clone(), NOTE, why_lines.min(1)),
                ],
            ]
        })
        .collect()
}

fn areas(writer: &mut Writer, w: Words, view: &View) {
    writer.heading(2, w.areas, SECTION, 60.0);
    let rest = writer.content() - 116.0 - 98.0 - 52.0 - 58.0;
    let columns = [
        left(w.area, 116.0),
        left(w.status, 98.0),
        right(w.in_order, 52.0),
        right(w.score_head, 58.0),
        left(w.in_one_line, rest + 9.0),
    ];
    let rows: Vec<Row> = view
        .areas
        .iter()
        .map(|area| {
            let score = match area.value {
                Some(value) => {
                    vec![Part::Text(area.score.clone(), BODY, 1), Part::Bar(value)]
                }
                None => vec![Part::Text(w.not_judged.to_owned(), NOTE, 2)],
            };
            let reason = if area.reason.is_empty() {
                Part::Text(area.more.clone(), NOTE, 2)
            } else {
                let text = format!("{} {}", area.reason, area.more);
                Part::Text(text, NOTE.foreign(view.is_foreign), 2)
            };
            vec![
                vec![said(&area.title, STRONG, 2)],
                vec![Part::Status(area.status, area.word.to_owned(), STRONG)],
                vec![Part::Text(area.in_order.clone(), BODY, 1)],
                score,
                vec![reason],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 20.0;
}

fn findings(writer: &mut Writer, w: Words, view: &View) {
    writer.heading(2, w.all_findings, SECTION, 60.0);
    if view.findings.is_empty() {
        writer.paragraph(w.no_finding, 1, BODY, 16.0);
        return;
    }
    let rest = writer.content() - 22.0 - 96.0 - 48.0 - 42.0 - 48.0 - 44.0;
    let columns = [
        left("", 22.0),
        left(w.finding, rest),
        left(w.status, 96.0),
        left(w.severity, 48.0),
        right(w.objects, 42.0),
        left(w.effort, 48.0),
        right(w.points, 44.0 + 9.0),
    ];
    let rows: Vec<Row> = view
        .findings
        .iter()
        .map(|row| {
            let mut finding = vec![said(&row.title, SMALL, 2), Part::Anchor(row.anchor.clone())];
            if !row.accepted.is_empty() {
                let text = style(7.4, Weight::Bold, Ink::Text);
                finding.push(Part::Flag(row.accepted.clone(), text));
            }
            let rank = style(8.2, Weight::Bold, Ink::Accent);
            let strong = style(7.7, Weight::Bold, Ink::Text);
            vec![
                vec![Part::Text(row.rank.to_string(), rank, 1)],
                finding,
                vec![Part::Status(row.status, row.word.to_owned(), strong)],
                vec![Part::Text(row.severity.to_owned(), SMALL, 1)],
                vec![Part::Text(row.objects.clone(), SMALL, 1)],
                vec![Part::Text(row.effort.to_owned(), SMALL, 1)],
                vec![Part::Text(row.gain.clone(), SMALL, 2)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 20.0;
}

/// What is in order.
fn in_order(writer: &mut Writer, w: Words, view: &View) {
    if view.in_order.is_empty() {
        return;
    }
    let title = format!("{} ({})", w.in_order_list, view.in_order.len());
    writer.heading(2, &title, SECTION, 40.0);
    let titles: Vec<&Said> = view.in_order.iter().map(|row| &row.title).collect();
    sheet::pairs(writer, &titles, Status::Pass);
    writer.y += 16.0;
}
