//! The technical report on paper.

use super::font::{Fonts, Weight};
use super::layout::{Part, ROW_PADDING, Role, Row, Style, Writer};
use super::sheet::{
    self, BODY, CODE, GROUP, HEAD, MARGIN, NOTE, SECTION, SMALL, STRONG, left, plain, right, said,
    style,
};
use crate::chart::{self, Ink};
use crate::view::details::more;
use crate::view::{Detail, QuestionView, SignInView, Technical, View};
use crate::words::Words;
use crate::{Options, Section};

/// How many lines of evidence a finding shows on paper; the CSV file has all.
const EVIDENCE: usize = 5;
/// Above and below the text of rows that are many.
const TIGHT: f32 = 2.0;
const FINE: Style = style(7.2, Weight::Regular, Ink::Muted);
/// How many steps of a remediation.
const STEPS: usize = 6;

/// The pages, the outline and the anchors.
pub(super) fn pages(
    (view, technical): (&View, &Technical),
    w: Words,
    (fonts, size): (&'static Fonts, (f32, f32)),
    options: &Options,
    cover: &super::Cover,
) -> Writer {
    let mut writer = sheet::writer(w, fonts, size);
    cover.begin(&mut writer, view);
    let bare = writer.pages.len();
    about(&mut writer, w, (view, technical));
    matrix(&mut writer, w, (view, technical));
    // How to read it stands where a page would else stay empty, or at the end.
    let method = options.draws(Section::Method);
    let early = method && sheet::method_fits(&writer, view);
    if early {
        sheet::method(&mut writer, w, view);
    }
    if options.draws(Section::Findings) && !technical.open.is_empty() {
        writer.new_page();
        writer.heading(2, w.open_findings, SECTION, 120.0);
        for detail in &technical.open {
            finding(&mut writer, w, detail, view.is_foreign);
        }
        writer.y += 12.0;
    }
    if options.draws(Section::SignIns) {
        sign_ins(&mut writer, w, technical.sign_ins.as_ref(), view.is_foreign);
    }
    if options.draws(Section::Privileged) {
        privileged(&mut writer, w, technical, view.is_foreign);
    }
    if options.draws(Section::Mail) {
        mail(&mut writer, w, technical, view.is_foreign);
    }
    if options.draws(Section::Changes) {
        changes(&mut writer, w, view);
    }
    if options.draws(Section::Gaps) {
        sheet::gaps(&mut writer, w, view, true);
    }
    if options.draws(Section::Accepted) {
        sheet::accepted(&mut writer, w, view);
    }
    if options.draws(Section::InOrder) && !technical.closed.is_empty() {
        closed(&mut writer, w, technical, view.is_foreign);
    }
    manifest(&mut writer, w, view);
    if method && !early {
        sheet::method(&mut writer, w, view);
    }
    sheet::frame(&mut writer, w, view, bare);
    writer
}

/// Verdict, score and facts about the report.
fn about(writer: &mut Writer, w: Words, (view, technical): (&View, &Technical)) {
    sheet::head(writer, w, view);
    let headline = style(11.5, Weight::Bold, Ink::Text).foreign(view.verdict.headline.foreign);
    let (x, y, content) = (MARGIN, writer.y, writer.content());
    let mark = (chart::mark(view.verdict.status), view.verdict.headline.text.as_str());
    let (items, height) = writer.marked((x, y), content, mark, headline, 3);
    writer.put(Role::Paragraph, items);
    writer.y += height + 3.0;
    writer.paragraph(&view.verdict.rest, 2, NOTE, 10.0);
    let grade = if view.score.grade.is_empty() { w.no_grade_short } else { view.score.grade };
    let score = format!("{} · {} {grade}", view.score.line, w.grade);
    writer.paragraph(&score, 1, style(14.0, Weight::Bold, Ink::Accent), 2.0);
    let because = [view.score.because.as_str(), &view.score.provisional_because].join(" ");
    writer.paragraph(because.trim(), 3, BODY, 2.0);
    writer.paragraph(&view.score.range, 1, NOTE, 8.0);
    writer.heading(2, w.about, SECTION, 60.0);
    for fact in &technical.about {
        fact_line(writer, fact.name, &fact.text, 3, SMALL.foreign(fact.foreign));
    }
    writer.y += 12.0;
}

/// A name in bold, then its text.
fn fact_line(writer: &mut Writer, name: &str, text: &str, most: usize, style: Style) {
    const NAME: f32 = 96.0;
    let width = writer.content() - NAME;
    let lines = |text: &str, width, most| {
        chart::float(writer.fonts.fit(text, style.weight, style.size, width, most).len())
            * style.leading
    };
    let height = lines(text, width, most).max(lines(name, NAME - 6.0, 2));
    writer.need(height);
    let (x, y) = (MARGIN, writer.y);
    let bold = Style { ink: Ink::Muted, foreign: false, ..style };
    writer.text(Role::Paragraph, (x, y), NAME - 6.0, (name, 2), bold);
    writer.text(Role::Paragraph, (x + NAME, y), width, (text, most), style);
    writer.y += height + 1.5;
}

/// Every check once, with its part in the score.
fn matrix(writer: &mut Writer, w: Words, (view, technical): (&View, &Technical)) {
    writer.heading(2, w.matrix, SECTION, 100.0);
    writer.paragraph(&view.score.arithmetic, 2, BODY, 6.0);
    let rest = writer.content() - 110.0 - 50.0 - 40.0 - 42.0 - 42.0;
    let columns = [
        left(w.check, rest),
        left(w.status, 110.0),
        left(w.severity, 50.0),
        right(w.weight, 40.0),
        right(w.credit, 42.0),
        right(w.credit_points, 42.0 + 9.0),
    ];
    let strong = style(7.6, Weight::Bold, Ink::Text);
    let text = style(7.4, Weight::Regular, Ink::Text);
    let mut rows: Vec<Row> = Vec::new();
    for area in &technical.matrix {
        let cell = |text: &str, style| vec![Part::Text(text.to_owned(), style, 1)];
        let mut head = vec![vec![said(&area.title, GROUP, 1)]];
        head.extend((1..5).map(|_| Vec::new()));
        head.push(cell(&area.score, strong));
        rows.push(head);
        for row in &area.rows {
            rows.push(vec![
                vec![said(&row.title, text, 2), Part::Link(row.anchor.clone())],
                vec![Part::Status(row.status, row.word.to_owned(), strong)],
                cell(row.severity, text),
                cell(&row.weight.to_string(), text),
                cell(&row.credit, text),
                cell(&row.points, text),
            ]);
        }
    }
    writer.padding = TIGHT;
    writer.table(&columns, &rows, HEAD);
    writer.padding = ROW_PADDING;
    writer.y += 20.0;
}

/// One open finding with all that helps to put it right.
fn finding(writer: &mut Writer, w: Words, detail: &Detail, foreign: bool) {
    writer.need(118.0);
    writer.anchor(&detail.anchor);
    writer.mark(2, &format!("{} {}", detail.rank, detail.title.text));
    writer.rule(0.9);
    writer.y += 5.0;
    let content = writer.content();
    let title = style(10.0, Weight::Bold, Ink::Text).foreign(detail.title.foreign);
    let text = format!("{}  {}", detail.rank, detail.title.text);
    let y = writer.y;
    writer.y += writer.text(Role::Heading(3), (MARGIN, y), content, (&text, 2), title) + 1.0;
    let line = style(7.8, Weight::Bold, Ink::Status(detail.status));
    let (x, y) = (MARGIN, writer.y);
    let mark = (chart::mark(detail.status), detail.word);
    let (items, height) = writer.marked((x, y), 150.0, mark, line, 1);
    let used = writer.fonts.width(detail.word, line.weight, line.size) + 26.0;
    writer.put(Role::Paragraph, items);
    let effort = detail.facts.iter().find(|fact| fact.name == w.effort);
    let effort = effort.map(|fact| format!("{}: {}", w.effort, fact.text)).unwrap_or_default();
    let mut tags: Vec<&str> = vec![detail.severity];
    tags.extend([effort.as_str(), &detail.accepted].into_iter().filter(|tag| !tag.is_empty()));
    let tags = tags.join("  ·  ");
    let room = content - used;
    writer.text(Role::Paragraph, (x + used, y), room * 0.6, (&tags, 1), SMALL);
    let id_width = writer.fonts.width(&detail.id, CODE.weight, CODE.size).min(room * 0.4);
    let at = (MARGIN + content - id_width, y + 1.0);
    writer.text(Role::Paragraph, at, id_width + 1.0, (&detail.id, 1), CODE);
    writer.y += height + 3.0;
    writer.paragraph(&detail.summary, 4, BODY.foreign(foreign), 3.0);
    if !detail.would_pass_if.is_empty() {
        let text = SMALL.foreign(foreign);
        fact_line(writer, w.would_pass_if, &detail.would_pass_if, 4, text);
    }
    evidence(writer, w, detail, foreign);
    if !detail.remediation.is_empty() {
        writer.need(2.0 * SMALL.leading);
        writer.paragraph(w.what_to_do, 1, style(7.7, Weight::Bold, Ink::Muted), 1.0);
        for (step, number) in detail.remediation.iter().take(STEPS).zip(1..) {
            let text = SMALL.foreign(foreign);
            writer.item(&format!("{number}."), &plain(step), 3, text);
        }
        writer.y += 2.0;
    }
    for fact in detail.facts.iter().filter(|fact| fact.name != w.effort) {
        let text = FINE.foreign(fact.foreign);
        fact_line(writer, fact.name, &plain(&fact.text), 3, text);
    }
    let population = [detail.population.as_str(), &detail.arithmetic].join(" ");
    fact_line(writer, w.in_the_score, population.trim(), 2, FINE);
    writer.y += 8.0;
}

fn evidence(writer: &mut Writer, w: Words, detail: &Detail, foreign: bool) {
    if detail.evidence.is_empty() {
        return;
    }
    let content = writer.content();
    let columns = [
        left(w.object, content * 0.34),
        left(w.observed, content * 0.36),
        left(w.expected, content * 0.30 + 9.0),
    ];
    let small = style(7.2, Weight::Regular, Ink::Text);
    let rows: Vec<Row> = detail
        .evidence
        .iter()
        .take(EVIDENCE)
        .map(|row| {
            let object = format!("{} ({})", row.name, row.kind);
            let expected = if row.expected.is_empty() {
                Part::Text(w.context.to_owned(), style(7.2, Weight::Regular, Ink::Muted), 1)
            } else {
                Part::Text(row.expected.clone(), small.foreign(foreign), 2)
            };
            vec![
                vec![Part::Text(object, small, 2)],
                vec![Part::Text(row.observed.clone(), small.foreign(foreign), 2)],
                vec![expected],
            ]
        })
        .collect();
    writer.padding = TIGHT;
    writer.table(&columns, &rows, HEAD);
    writer.padding = ROW_PADDING;
    let note = more(w, rows.len(), detail.evidence_all);
    writer.y += 3.0;
    writer.paragraph(&note, 1, NOTE, 3.0);
}

fn sign_ins(writer: &mut Writer, w: Words, view: Option<&SignInView>, foreign: bool) {
    writer.need(220.0);
    writer.heading(2, w.sign_ins, SECTION, 100.0);
    let Some(view) = view else {
        writer.paragraph(w.sign_ins_none, 2, BODY, 16.0);
        return;
    };
    if !view.unreadable.is_empty() {
        let text = format!("{} {}", w.sign_ins_unreadable, view.unreadable);
        writer.paragraph(&text, 4, BODY, 16.0);
        return;
    }
    let intro = format!("{} {}", w.sign_ins_intro, view.population);
    writer.paragraph(&intro, 4, BODY, 6.0);
    let content = writer.content();
    let first = content * 0.27;
    let each = (content - first) / chart::float(view.columns.len().max(1));
    let mut columns = vec![left(w.requirement, first)];
    columns.extend(view.columns.iter().map(|column| left(&column.text, each)));
    if let Some(last) = columns.last_mut() {
        last.width += 9.0;
    }
    let cell = style(7.2, Weight::Bold, Ink::Text);
    let rows: Vec<Row> = view
        .rows
        .iter()
        .map(|row| {
            let mut cells =
                vec![vec![said(&row.title, STRONG, 3), Part::Text(row.held_by.clone(), CODE, 1)]];
            cells.extend(
                row.cells.iter().map(|it| vec![Part::Status(it.status, it.text.clone(), cell)]),
            );
            cells
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 12.0;
    writer.heading(3, w.slips, GROUP, 40.0);
    for row in view.rows.iter().filter(|row| !row.example.is_empty()) {
        fact_line(writer, &row.title.text, &row.example, 3, SMALL);
    }
    writer.y += 8.0;
    writer.heading(3, w.questions, GROUP, 60.0);
    for question in &view.questions {
        answer(writer, w, question, foreign);
    }
    writer.y += 6.0;
    policies(writer, w, view, foreign);
    if !view.notes.is_empty() {
        writer.heading(3, w.assumptions, GROUP, 30.0);
        for note in &view.notes {
            writer.item("–", note, 3, NOTE.foreign(foreign));
        }
        writer.y += 12.0;
    }
}

fn answer(writer: &mut Writer, w: Words, question: &QuestionView, foreign: bool) {
    writer.need(44.0);
    let strong = STRONG.foreign(question.title.foreign);
    writer.paragraph(&question.title.text, 2, strong, 0.5);
    let (x, y, content) = (MARGIN, writer.y, writer.content());
    let answer = style(8.0, Weight::Bold, Ink::Status(question.status));
    let mark = (chart::mark(question.status), question.answer.as_str());
    let (items, height) = writer.marked((x, y), content, mark, answer, 1);
    writer.put(Role::Paragraph, items);
    writer.y += height + 1.5;
    for (name, how) in &question.accounts {
        let text = if how.is_empty() { name.clone() } else { format!("{name}: {how}") };
        writer.item("–", &text, 2, SMALL);
    }
    writer.paragraph(&question.more, 1, NOTE, 1.0);
    for line in &question.because {
        writer.item("  ·", line, 2, NOTE.foreign(foreign));
    }
    writer.paragraph(&question.unclear, 2, NOTE.foreign(foreign), 1.0);
    if !question.remedies.is_empty() {
        writer.paragraph(w.remedies, 1, style(7.7, Weight::Bold, Ink::Muted), 0.5);
        for (remedy, how_far) in &question.remedies {
            writer.item("→", &format!("{remedy} ({how_far})"), 2, SMALL.foreign(foreign));
        }
    }
    writer.y += 6.0;
}

fn policies(writer: &mut Writer, w: Words, view: &SignInView, foreign: bool) {
    writer.heading(3, w.policies, GROUP, 80.0);
    writer.paragraph(&format!("{} {}", view.no_effect, view.would_close), 8, BODY, 5.0);
    if view.policies.is_empty() {
        return;
    }
    let content = writer.content();
    let columns = [
        left(w.policy, content * 0.28),
        left(w.policy_state, 62.0),
        right(w.policy_accounts, 46.0),
        left(w.policy_worth, content * 0.72 - 62.0 - 46.0 + 9.0),
    ];
    let rows: Vec<Row> = view
        .policies
        .iter()
        .map(|policy| {
            let worth = if policy.no_effect { style(7.7, Weight::Bold, Ink::Text) } else { SMALL };
            vec![
                vec![Part::Text(policy.name.clone(), SMALL, 3)],
                vec![Part::Text(policy.state.to_owned(), SMALL, 2)],
                vec![Part::Text(policy.accounts.clone(), SMALL, 1)],
                vec![
                    Part::Text(policy.worth.clone(), worth, 6),
                    Part::Text(policy.doubts.clone(), NOTE.foreign(foreign), 3),
                ],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 16.0;
}

fn privileged(writer: &mut Writer, w: Words, technical: &Technical, foreign: bool) {
    let inventory = &technical.inventory;
    writer.heading(2, w.privileged, SECTION, 80.0);
    if !inventory.administrators_missing.is_empty() {
        writer.paragraph(inventory.administrators_missing, 2, BODY, 16.0);
        return;
    }
    writer.paragraph(w.privileged_intro, 2, BODY, 5.0);
    let content = writer.content();
    let columns = [
        left(w.account, content * 0.27),
        left(w.path, content * 0.37),
        left(w.methods, content * 0.20),
        left(w.last_sign_in, content * 0.16 + 9.0),
    ];
    let rows: Vec<Row> = inventory
        .administrators
        .iter()
        .map(|row| {
            let paths =
                row.paths.iter().map(|path| Part::Text(path.clone(), SMALL.foreign(foreign), 2));
            vec![
                vec![Part::Text(row.name.clone(), SMALL, 2), Part::Text(row.kind.clone(), CODE, 1)],
                paths.collect(),
                vec![Part::Text(row.methods.clone(), NOTE, 3)],
                vec![Part::Text(row.last_sign_in.clone(), SMALL, 2)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 3.0;
    writer.paragraph(&inventory.administrators_note, 1, NOTE, 0.0);
    writer.y += 16.0;
}

fn mail(writer: &mut Writer, w: Words, technical: &Technical, foreign: bool) {
    let inventory = &technical.inventory;
    writer.heading(2, w.mail, SECTION, 80.0);
    if inventory.mail.is_empty() {
        writer.paragraph(w.mail_unread, 2, BODY, 16.0);
        return;
    }
    writer.paragraph(w.mail_intro, 2, BODY, 5.0);
    let columns = [left(w.protection, 200.0), right(w.recipients, 90.0)];
    let rows: Vec<Row> = inventory
        .mail
        .iter()
        .map(|row| {
            vec![
                vec![Part::Text(row.protection.clone(), STRONG, 1)],
                vec![Part::Text(row.mailboxes.clone(), BODY, 1)],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 6.0;
    if !inventory.outside.is_empty() {
        writer.paragraph(w.unprotected, 1, GROUP, 1.0);
        for (address, why) in &inventory.outside {
            writer.item("–", &format!("{address}: {why}"), 1, NOTE.foreign(foreign));
        }
        writer.paragraph(&inventory.outside_note, 1, NOTE, 0.0);
    }
    writer.y += 16.0;
}

fn changes(writer: &mut Writer, w: Words, view: &View) {
    writer.heading(2, w.changes, SECTION, 50.0);
    writer.paragraph(&view.changes.nothing, 2, BODY, 2.0);
    if !view.changes.moved.is_empty() {
        let parts = &view.changes.parts;
        let moved = &view.changes.moved;
        let text = if parts.is_empty() { moved.clone() } else { format!("{moved} ({parts})") };
        writer.paragraph(&text, 2, STRONG, 3.0);
    }
    sheet::turns(writer, &view.changes, true, view.is_foreign);
    if let Some(drawing) = chart::trend_line(w, &view.trend, 380.0) {
        writer.need(drawing.height + 24.0);
        writer.y += 8.0;
        writer.heading(3, w.twelve_months, GROUP, drawing.height);
        let y = writer.y;
        writer.figure((MARGIN, y), &drawing);
        writer.y += drawing.height;
    }
    writer.y += 16.0;
}

/// What is not open: a line a check, with what was found.
fn closed(writer: &mut Writer, w: Words, technical: &Technical, foreign: bool) {
    writer.heading(2, w.other_checks, SECTION, 80.0);
    let content = writer.content();
    let columns = [
        left(w.check, content * 0.38),
        left(w.status, 98.0),
        left(w.observed, content * 0.62 - 98.0 + 9.0),
    ];
    let strong = style(7.6, Weight::Bold, Ink::Text);
    let rows: Vec<Row> = technical
        .closed
        .iter()
        .map(|detail| {
            vec![
                vec![
                    said(&detail.title, SMALL, 2),
                    Part::Text(detail.id.clone(), CODE, 1),
                    Part::Anchor(detail.anchor.clone()),
                ],
                vec![
                    Part::Status(detail.status, detail.word.to_owned(), strong),
                    Part::Text(detail.severity.to_owned(), NOTE, 1),
                ],
                vec![
                    Part::Text(detail.summary.clone(), SMALL.foreign(foreign), 3),
                    Part::Text(detail.population.clone(), CODE, 1),
                ],
            ]
        })
        .collect();
    writer.table(&columns, &rows, HEAD);
    writer.y += 18.0;
}

fn manifest(writer: &mut Writer, w: Words, view: &View) {
    writer.heading(2, w.manifest, SECTION, 80.0);
    writer.paragraph(w.manifest_intro, 4, BODY, 4.0);
    fact_line(writer, w.snapshot_digest, &view.foot.snapshot, 2, SMALL);
    writer.paragraph(w.manifest_signed, 2, BODY, 1.0);
    writer.paragraph("muster verify --archive", 1, STRONG, 16.0);
}
