//! The executive scorecard on paper.

use super::font::{Fonts, Weight};
use super::layout::{Align, Column, Fragment, Item, Mark, Part, Role, Row, Style, Writer};
use crate::chart::{self, Ink, Shape};
use crate::status::Status;
use crate::view::{Tile, View};

const MARGIN: f32 = 46.0;
/// Where blocks begin on later pages.
const TOP: f32 = 62.0;
/// What the foot takes.
const BOTTOM: f32 = 50.0;

const fn style(size: f32, weight: Weight, ink: Ink) -> Style {
    Style::new(size, weight, ink)
}

const SECTION: Style = style(13.5, Weight::Bold, Ink::Text);
const GROUP: Style = style(9.5, Weight::Bold, Ink::Text);
const BODY: Style = style(8.6, Weight::Regular, Ink::Text);
const STRONG: Style = style(8.6, Weight::Bold, Ink::Text);
const NOTE: Style = style(7.7, Weight::Regular, Ink::Muted);
const HEAD: Style = style(7.4, Weight::Bold, Ink::Muted);
const CODE: Style = style(6.8, Weight::Regular, Ink::Muted);

/// The pages and the outline.
pub(super) fn pages(
    view: &View,
    fonts: &'static Fonts,
    size: (f32, f32),
) -> (Vec<Vec<Fragment>>, Vec<Mark>) {
    let mut writer = Writer::new(fonts, size, MARGIN, TOP, BOTTOM);
    summary(&mut writer, view);
    writer.new_page();
    areas(&mut writer, view);
    gaps(&mut writer, view);
    // The list of findings gets a page of its own, unless much of this one would stay empty.
    if !view.findings.is_empty() {
        writer.need(300.0);
    }
    findings(&mut writer, view);
    accepted(&mut writer, view);
    in_order(&mut writer, view);
    method(&mut writer, view);
    frame(&mut writer, view);
    (writer.pages, writer.outline)
}

/// The first page.
fn summary(writer: &mut Writer, view: &View) {
    band(writer, view);
    verdict(writer, view);
    score(writer, view);
    coverage(writer, view);
    tiles(writer, view);
    next(writer, view);
}

fn band(writer: &mut Writer, view: &View) {
    const HEIGHT: f32 = 46.0;
    let width = writer.width;
    let bar = |y, height, fill| Shape::Rect { x: 0.0, y, width, height, radius: 0.0, fill };
    writer.decoration([bar(0.0, HEIGHT, Ink::Accent), bar(HEIGHT, 3.0, Ink::Second)]);
    let name = style(12.5, Weight::Bold, Ink::Paper);
    let half = writer.content() * 0.55;
    writer.text(Role::Paragraph, (MARGIN, 15.0), half, (&view.brand.name, 1), name);
    let what = format!("{} · {}", view.title, view.period);
    writer.text_before((width - MARGIN, 17.0), &what, style(9.5, Weight::Regular, Ink::Paper));

    writer.y = HEIGHT + 22.0;
    let title = style(23.0, Weight::Bold, Ink::Text);
    let title = Style { leading: 27.0, ..title };
    let (content, y) = (writer.content(), writer.y);
    writer.outline.push(Mark { title: "Summary".to_owned(), page: 0, y: 6.0 });
    writer.y += writer.text(Role::Heading(1), (MARGIN, y), content, (&view.tenant, 2), title) + 2.0;
    let meta = format!("State of {}  ·  tenant {}", view.taken, view.tenant_id);
    let y = writer.y;
    let meta_style = style(8.4, Weight::Regular, Ink::Muted);
    writer.y += writer.text(Role::Paragraph, (MARGIN, y), content, (&meta, 1), meta_style) + 13.0;
}

fn verdict(writer: &mut Writer, view: &View) {
    const PADDING: f32 = 12.0;
    const MARK: f32 = 17.0;
    let headline = Style { leading: 17.2, ..style(13.2, Weight::Bold, Ink::Text) };
    let rest = style(9.2, Weight::Regular, Ink::Muted);
    let (y, content) = (writer.y, writer.content());
    let x = MARGIN + PADDING + 6.0 + MARK + 10.0;
    let width = MARGIN + content - x - PADDING;
    let fit = |text: &str, style: Style, most| {
        chart::float(writer.fonts.fit(text, style.weight, style.size, width, most).len())
            * style.leading
    };
    let text = fit(&view.verdict.headline, headline, 3)
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
        writer.text(Role::Paragraph, (x, line), width, (&view.verdict.headline, 3), headline) + 2.0;
    writer.text(Role::Paragraph, (x, line), width, (&view.verdict.rest, 1), rest);
    writer.y += height + 16.0;
}

fn score(writer: &mut Writer, view: &View) {
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
        chip(writer, (x + line_width + 10.0, y + 1.5), "provisional");
    }
    let because = [score.because.as_str(), &score.provisional_because].join(" ");
    line += writer.text(Role::Paragraph, (x, line), width, (because.trim(), 2), BODY);
    line += writer.text(Role::Paragraph, (x, line + 1.0), width, (&score.range, 1), NOTE) + 2.0;
    let scale = chart::score_scale(score.scale, score.grade, width.min(380.0));
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

fn coverage(writer: &mut Writer, view: &View) {
    let (content, coverage) = (writer.content(), &view.coverage);
    let y = writer.y;
    writer.text(Role::Heading(2), (MARGIN, y), content, (&coverage.sentence, 1), GROUP);
    writer.y += GROUP.leading + 4.0;
    if !coverage.segments.is_empty() {
        let bar = chart::coverage_bar(&coverage.segments, content);
        let y = writer.y;
        writer.figure((MARGIN, y), &bar);
        writer.y += bar.height + 5.0;
    }
    let mut x = MARGIN;
    for segment in &coverage.segments {
        let word = format!("{} {}", segment.count, segment.word.to_lowercase());
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
    writer.paragraph(meaning.trim(), 2, NOTE, 14.0);
}

fn tiles(writer: &mut Writer, view: &View) {
    const GAP: f32 = 8.0;
    const PADDING: f32 = 8.0;
    /// Lines of the fact behind a tile.
    const DETAIL: usize = 6;
    let number = chart::float(view.tiles.len().max(1));
    let width = (writer.content() - GAP * (number - 1.0)) / number;
    let inner = width - 2.0 * PADDING;
    let small = style(7.4, Weight::Regular, Ink::Text);
    let lines =
        |tile: &Tile| writer.fonts.fit(&tile.detail, small.weight, small.size, inner, DETAIL).len();
    let most = chart::float(view.tiles.iter().map(lines).max().unwrap_or(0));
    let height = 66.0 + most * small.leading;
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
        y += writer.text(Role::Heading(3), (x, y), inner, (tile.title, 1), title) + 1.0;
        let word = style(8.2, Weight::Bold, Ink::Status(tile.status));
        let (items, used) =
            writer.marked((x, y), inner, (chart::mark(tile.status), tile.word), word, 1);
        writer.put(Role::Paragraph, items);
        y += used + 3.0;
        if tile.number.is_empty() {
            y += 4.0;
        } else {
            let big = Style { leading: 18.0, ..style(14.5, Weight::Bold, Ink::Text) };
            y += writer.text(Role::Paragraph, (x, y), inner, (&tile.number, 1), big);
            let label = style(6.6, Weight::Regular, Ink::Muted);
            y += writer.text(Role::Paragraph, (x, y), inner, (tile.label, 1), label) + 3.5;
        }
        writer.text(Role::Paragraph, (x, y), inner, (&tile.detail, DETAIL), small);
    }
    writer.y = top + height + 17.0;
}

fn next(writer: &mut Writer, view: &View) {
    writer.heading(2, "Do next", style(12.0, Weight::Bold, Ink::Text), 0.0);
    writer.y -= 3.0;
    if view.next.is_empty() {
        writer.paragraph("Nothing is open.", 1, BODY, 4.0);
    } else {
        let rest = writer.content() - 22.0 - 56.0 - 92.0;
        let columns = [
            Column { title: "", width: 22.0, align: Align::Left },
            Column { title: "What to reach, and why", width: rest, align: Align::Left },
            Column { title: "Effort", width: 56.0, align: Align::Left },
            Column { title: "Points gained", width: 92.0 + 9.0, align: Align::Right },
        ];
        // The first page is one page: what does not fit is shortened here and stands in full in
        // the list of findings.
        let room = writer.left() - 2.0 * NOTE.leading - 10.0;
        let rows = [(2, 2), (2, 1), (1, 1)]
            .into_iter()
            .map(|lines| next_rows(view, lines))
            .find(|rows| writer.table_height(&columns, rows, HEAD) <= room)
            .unwrap_or_else(|| next_rows(view, (1, 0)));
        writer.table(&columns, &rows, HEAD);
        writer.y += 5.0;
    }
    if !view.next_note.is_empty() {
        writer.paragraph(&view.next_note, 1, NOTE, 2.0);
    }
    let (x, y, content) = (MARGIN, writer.y, writer.content());
    let (items, _) =
        writer.marked((x, y), content, (chart::flag(Ink::Muted), &view.accepted_note), NOTE, 1);
    writer.put(Role::Paragraph, items);
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
                    Part::Text(action.action.clone(), STRONG, action_lines),
                    Part::Text(action.why.clone(), NOTE, why_lines),
                ],
                vec![Part::Text(action.effort.to_owned(), BODY, 1)],
                vec![
                    Part::Text(action.gain.clone(), STRONG, 1),
                    Part::Text(action.lifts.clone(), NOTE, 1),
                ],
            ]
        })
        .collect()
}

fn areas(writer: &mut Writer, view: &View) {
    writer.heading(2, "Areas", SECTION, 60.0);
    let rest = writer.content() - 116.0 - 92.0 - 50.0 - 58.0;
    let columns = [
        Column { title: "Area", width: 116.0, align: Align::Left },
        Column { title: "Status", width: 92.0, align: Align::Left },
        Column { title: "In order", width: 50.0, align: Align::Right },
        Column { title: "Score", width: 58.0, align: Align::Right },
        Column { title: "In one line", width: rest + 9.0, align: Align::Left },
    ];
    let rows: Vec<Row> = view
        .areas
        .iter()
        .map(|area| {
            let score = match area.value {
                Some(value) => {
                    vec![Part::Text(area.score.clone(), BODY, 1), Part::Bar(value)]
                }
                None => vec![Part::Text("not judged".to_owned(), NOTE, 1)],
            };
            vec![
                vec![Part::Text(area.title.clone(), STRONG, 2)],
                vec![Part::Status(area.status, area.word.to_owned(), STRONG)],
                vec![Part::Text(area.in_order.clone(), BODY, 1)],
                score,
                vec![Part::Text(area.reason.clone(), NOTE, 2)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 22.0;
}

fn gaps(writer: &mut Writer, view: &View) {
    writer.heading(2, "What we did not look at, and why", SECTION, 60.0);
    if view.gaps.is_empty() {
        writer.paragraph("Everything on the checklist could be judged.", 1, BODY, 16.0);
    }
    for group in &view.gaps {
        writer.need(70.0);
        let (x, y, content) = (MARGIN, writer.y, writer.content());
        let title = Style { ink: Ink::Status(group.status), ..GROUP };
        let words = format!("{} ({})", group.title, group.controls.len());
        let (items, height) =
            writer.marked((x, y), content, (chart::mark(group.status), &words), title, 1);
        writer.put(Role::Heading(3), items);
        writer.y += height + 1.0;
        writer.paragraph(group.remedy, 2, NOTE, 1.0);
        let columns = [
            Column { title: "", width: content * 0.52, align: Align::Left },
            Column { title: "", width: content * 0.48 + 9.0, align: Align::Left },
        ];
        let rows: Vec<Row> = group
            .controls
            .iter()
            .map(|row| {
                vec![
                    vec![
                        Part::Text(row.control.title.clone(), BODY, 2),
                        Part::Text(row.control.id.clone(), CODE, 1),
                    ],
                    vec![Part::Text(row.summary.clone(), NOTE, 3)],
                ]
            })
            .collect();
        writer.table(&columns, &rows, HEAD);
        writer.y += 14.0;
    }
}

fn findings(writer: &mut Writer, view: &View) {
    writer.heading(2, "All open findings", SECTION, 60.0);
    if view.findings.is_empty() {
        writer.paragraph("No finding is open.", 1, BODY, 16.0);
        return;
    }
    let rest = writer.content() - 22.0 - 94.0 - 44.0 - 46.0 - 46.0;
    let columns = [
        Column { title: "", width: 22.0, align: Align::Left },
        Column { title: "Finding", width: rest, align: Align::Left },
        Column { title: "Status and severity", width: 94.0, align: Align::Left },
        Column { title: "Objects", width: 44.0, align: Align::Right },
        Column { title: "Effort", width: 46.0, align: Align::Left },
        Column { title: "Points", width: 46.0 + 9.0, align: Align::Right },
    ];
    let rows: Vec<Row> = view
        .findings
        .iter()
        .map(|row| {
            let mut finding = vec![
                Part::Text(row.title.clone(), STRONG, 2),
                Part::Text(row.summary.clone(), NOTE, 2),
                Part::Text(row.id.clone(), CODE, 1),
            ];
            if !row.accepted.is_empty() {
                let text = style(7.7, Weight::Bold, Ink::Text);
                finding.push(Part::Flag(row.accepted.clone(), text));
            }
            let rank = style(8.6, Weight::Bold, Ink::Accent);
            vec![
                vec![Part::Text(row.rank.to_string(), rank, 1)],
                finding,
                vec![
                    Part::Status(row.status, row.word.to_owned(), STRONG),
                    Part::Text(row.severity.to_owned(), BODY, 1),
                ],
                vec![Part::Text(row.objects.clone(), BODY, 1)],
                vec![Part::Text(row.effort.to_owned(), BODY, 1)],
                vec![Part::Text(row.gain.clone(), BODY, 2)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 22.0;
}

fn accepted(writer: &mut Writer, view: &View) {
    if view.accepted.is_empty() {
        return;
    }
    writer.heading(2, "Accepted risks", SECTION, 70.0);
    let rest = writer.content() - 158.0 - 96.0 - 84.0;
    let columns = [
        Column { title: "Finding", width: 158.0, align: Align::Left },
        Column { title: "Acceptance and reason", width: rest, align: Align::Left },
        Column { title: "Owner", width: 96.0, align: Align::Left },
        Column { title: "Ends", width: 84.0 + 9.0, align: Align::Left },
    ];
    let rows: Vec<Row> = view
        .accepted
        .iter()
        .map(|row| {
            vec![
                vec![
                    Part::Text(row.title.clone(), STRONG, 3),
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
    writer.y += 22.0;
}

/// What is in order, in two columns.
fn in_order(writer: &mut Writer, view: &View) {
    const GAP: f32 = 22.0;
    if view.in_order.is_empty() {
        return;
    }
    let title = format!("In order ({})", view.in_order.len());
    writer.heading(2, &title, SECTION, 40.0);
    let width = (writer.content() - GAP) / 2.0;
    let indent = 14.0;
    for pair in view.in_order.chunks(2) {
        let height = |title: &str| {
            let lines = writer.fonts.fit(title, BODY.weight, BODY.size, width - indent, 2).len();
            chart::float(lines) * BODY.leading + CODE.leading
        };
        let highest = pair.iter().map(|row| height(&row.title)).fold(0.0, f32::max);
        writer.need(highest);
        for (index, row) in pair.iter().enumerate() {
            let x = MARGIN + chart::float(index) * (width + GAP);
            let y = writer.y;
            let mark = Writer::mark_items((x, y + 2.2), 7.6, chart::mark(Status::Pass));
            writer.put(Role::Figure(row.word.to_owned()), mark);
            let inner = width - indent;
            let used = writer.text(Role::Item, (x + indent, y), inner, (&row.title, 2), BODY);
            writer.text(Role::Item, (x + indent, y + used - 0.5), inner, (&row.id, 1), CODE);
        }
        writer.y += highest + 3.0;
    }
    writer.y += 18.0;
}

fn method(writer: &mut Writer, view: &View) {
    let text = style(8.0, Weight::Regular, Ink::Muted);
    let lines: usize = view
        .method
        .iter()
        .map(|line| writer.fonts.wrap(line, text.weight, text.size, writer.content()).len())
        .sum();
    let height = chart::float(lines) * text.leading + chart::float(view.method.len()) * 2.5;
    writer.heading(2, "How to read this", SECTION, height);
    for line in &view.method {
        writer.paragraph(line, 3, text, 2.5);
    }
}

/// What repeats: the head of later pages, and the foot of all.
fn frame(writer: &mut Writer, view: &View) {
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
        if index > 0 {
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
        let number = format!("Page {} of {all}", index + 1);
        let room = content - writer.fonts.width(&number, small.weight, small.size) - 20.0;
        writer.text(Role::Artifact, (MARGIN, foot), room, (&view.foot.line, 1), small);
        writer.text_before((width - MARGIN, foot), &number, small);
        let brand: Vec<&str> = [view.brand.footer.as_str(), &view.brand.contact]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let brand = brand.join("  ·  ");
        writer.text(Role::Artifact, (MARGIN, foot + 10.0), content, (&brand, 1), small);
    }
}
