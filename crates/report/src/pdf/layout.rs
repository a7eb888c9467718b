//! Pages, filled from top to bottom with blocks that know what they are.
//!
//! Every text and drawing lies in a [`Fragment`] with its [`Role`], in reading order, so that a
//! structure tree can be written from them. Lengths are points; y grows downwards from the top.

use std::collections::BTreeMap;

use super::font::{Fonts, Weight};
use crate::chart::{self, Drawing, Ink, Shape};
use crate::status::Status;
use crate::words::Words;

/// What a fragment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// A heading of level 1 to 3.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// An item of a list.
    Item,
    /// A cell of a table.
    Cell {
        /// The table's number in the document.
        table: usize,
        /// 0 for the head.
        row: usize,
        column: usize,
        /// Whether it names its row or column.
        header: bool,
    },
    /// A drawing with its text alternative.
    Figure(String),
    /// Decoration and what repeats on each page.
    Artifact,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fragment {
    pub(crate) role: Role,
    pub(crate) items: Vec<Item>,
    /// Where a click on it leads, and the place to click: left, top, width, height.
    pub(crate) link: Option<(Target, [f32; 4])>,
}

/// Where a link leads: the name of an anchor.
pub(crate) type Target = String;

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// One line of text; `y` is its baseline.
    Text { x: f32, y: f32, text: String, style: Style },
    /// A shape whose own point 0, 0 lies at `x`, `y`.
    Shape { x: f32, y: f32, scale: f32, shape: Shape },
    /// The brand's logo.
    Logo { x: f32, y: f32, width: f32, height: f32 },
}

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) weight: Weight,
    pub(crate) ink: Ink,
    /// From baseline to baseline.
    pub(crate) leading: f32,
    /// Whether it is English in a document of another language.
    pub(crate) foreign: bool,
}

impl Style {
    pub(crate) const fn new(size: f32, weight: Weight, ink: Ink) -> Self {
        Self { size, weight, ink, leading: size * 1.36, foreign: false }
    }

    /// The same for text that is, or is not, English in a document of another language.
    pub(crate) const fn foreign(self, foreign: bool) -> Self {
        Self { foreign, ..self }
    }

    /// From the top of a line to its baseline.
    fn ascent(self) -> f32 {
        (self.leading - self.size) / 2.0 + self.size * 0.82
    }
}

/// A heading for the outline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub(crate) title: String,
    /// 1 for a section, 2 for what stands in it.
    pub(crate) level: u8,
    /// 0 for the first page.
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// Where text begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) title: &'a str,
    pub(crate) width: f32,
    pub(crate) align: Align,
}

/// A part of a cell; parts stand below each other.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Text of at most so many lines.
    Text(String, Style, usize),
    /// A mark with its word, of at most three lines.
    Status(Status, String, Style),
    /// The flag of an accepted finding, with a word.
    Flag(String, Style),
    /// A score from 0 to 100.
    Bar(f64),
    /// Nothing to see: the cell leads to the anchor.
    Link(Target),
    /// Nothing to see: links to the anchor lead to the row.
    Anchor(Target),
}

/// The cells of a row, each with its parts.
pub(crate) type Row = Vec<Vec<Part>>;

/// Space between a table's columns.
const GUTTER: f32 = 9.0;
/// Above and below the text of a row.
pub(crate) const ROW_PADDING: f32 = 3.4;
/// From a mark to its word.
const MARK_GAP: f32 = 4.0;

/// Fills pages.
pub(crate) struct Writer {
    pub(crate) fonts: &'static Fonts,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) margin: f32,
    /// Where the next block begins.
    pub(crate) y: f32,
    pub(crate) pages: Vec<Vec<Fragment>>,
    pub(crate) outline: Vec<Mark>,
    /// The page and height of each anchor.
    pub(crate) anchors: BTreeMap<Target, (usize, f32)>,
    /// Width and height of the brand's logo, if it has one.
    pub(crate) logo: Option<(f32, f32)>,
    /// The brand's name.
    pub(crate) brand: String,
    /// Above and below the text of a table's row.
    pub(crate) padding: f32,
    words: Words,
    top: f32,
    bottom: f32,
    tables: usize,
}

impl Writer {
    /// One empty page. Blocks on later pages begin at `top`; all end above `bottom`.
    pub(crate) fn new(
        fonts: &'static Fonts,
        words: Words,
        (width, height): (f32, f32),
        margin: f32,
        (top, bottom): (f32, f32),
    ) -> Self {
        Self {
            fonts,
            words,
            anchors: BTreeMap::new(),
            logo: None,
            padding: ROW_PADDING,
            brand: String::new(),
            width,
            height,
            margin,
            y: top,
            pages: vec![Vec::new()],
            outline: Vec::new(),
            top,
            bottom: height - bottom,
            tables: 0,
        }
    }

    /// The width between the margins.
    pub(crate) fn content(&self) -> f32 {
        self.width - 2.0 * self.margin
    }

    /// The height left on this page.
    pub(crate) fn left(&self) -> f32 {
        self.bottom - self.y
    }

    pub(crate) fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = self.top;
    }

    /// Begins a new page unless so much height is left.
    pub(crate) fn need(&mut self, height: f32) {
        if self.left() < height && self.y > self.top {
            self.new_page();
        }
    }

    pub(crate) fn put(&mut self, role: Role, items: Vec<Item>) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Fragment { role, items, link: None });
        }
    }

    /// Text at a place, at most `most` lines; returns its height.
    pub(crate) fn text(
        &mut self,
        role: Role,
        (x, y): (f32, f32),
        width: f32,
        (text, most): (&str, usize),
        style: Style,
    ) -> f32 {
        let (items, height) = self.lines((x, y), width, (text, most), style, Align::Left);
        self.put(role, items);
        height
    }

    fn lines(
        &self,
        (x, y): (f32, f32),
        width: f32,
        (text, most): (&str, usize),
        style: Style,
        align: Align,
    ) -> (Vec<Item>, f32) {
        let lines = self.fonts.fit(text, style.weight, style.size, width, most);
        let height = chart::float(lines.len()) * style.leading;
        let items = lines
            .into_iter()
            .enumerate()
            .map(|(index, text)| {
                let x = match align {
                    Align::Left => x,
                    Align::Right => {
                        x + width - self.fonts.width(text.trim_end(), style.weight, style.size)
                    }
                };
                let y = y + chart::float(index) * style.leading + style.ascent();
                Item::Text { x, y, text, style }
            })
            .collect();
        (items, height)
    }

    /// A paragraph over the whole width, below what stands there, then `after` of space.
    pub(crate) fn paragraph(&mut self, text: &str, most: usize, style: Style, after: f32) {
        let height = chart::float(
            self.fonts.fit(text, style.weight, style.size, self.content(), most).len(),
        ) * style.leading;
        self.need(height);
        let (x, y, width) = (self.margin, self.y, self.content());
        self.y += self.text(Role::Paragraph, (x, y), width, (text, most), style) + after;
    }

    /// A heading that also stands in the outline. It keeps `company` of height below it.
    pub(crate) fn heading(&mut self, level: u8, text: &str, style: Style, company: f32) {
        self.need(style.leading + company);
        self.mark(level.saturating_sub(1), text);
        let (x, y, width) = (self.margin, self.y, self.content());
        self.y += self.text(Role::Heading(level), (x, y), width, (text, 2), style) + 5.0;
    }

    /// Puts this place into the outline.
    pub(crate) fn mark(&mut self, level: u8, title: &str) {
        let page = self.pages.len().saturating_sub(1);
        self.outline.push(Mark { title: title.to_owned(), level, page, y: self.y });
    }

    /// Lets links lead to this place.
    pub(crate) fn anchor(&mut self, name: &str) {
        let page = self.pages.len().saturating_sub(1);
        self.anchors.insert(name.to_owned(), (page, self.y));
    }

    /// An item of a list with its mark, over the whole width.
    pub(crate) fn item(&mut self, mark: &str, text: &str, most: usize, style: Style) {
        const INDENT: f32 = 13.0;
        let width = self.content() - INDENT;
        let lines = self.fonts.fit(text, style.weight, style.size, width, most).len();
        self.need(chart::float(lines) * style.leading);
        let (x, y) = (self.margin, self.y);
        let (mut items, _) = self.lines((x, y), INDENT, (mark, 1), style, Align::Left);
        let (text, height) = self.lines((x + INDENT, y), width, (text, most), style, Align::Left);
        items.extend(text);
        self.put(Role::Item, items);
        self.y += height + 1.0;
    }

    /// A drawing at a place.
    pub(crate) fn figure(&mut self, (x, y): (f32, f32), drawing: &Drawing) {
        let items = drawing
            .shapes
            .iter()
            .map(|shape| Item::Shape { x, y, scale: 1.0, shape: shape.clone() })
            .collect();
        self.put(Role::Figure(drawing.description.clone()), items);
    }

    /// Decoration at a place.
    pub(crate) fn decoration(&mut self, shapes: impl IntoIterator<Item = Shape>) {
        let items = shapes
            .into_iter()
            .map(|shape| Item::Shape { x: 0.0, y: 0.0, scale: 1.0, shape })
            .collect();
        self.put(Role::Artifact, items);
    }

    /// A mark of the side `size` with its upper left corner at a place.
    pub(crate) fn mark_items((x, y): (f32, f32), size: f32, shapes: Vec<Shape>) -> Vec<Item> {
        let scale = size / chart::MARK;
        shapes.into_iter().map(|shape| Item::Shape { x, y, scale, shape }).collect()
    }

    /// A mark with its word; returns the items and the height.
    pub(crate) fn marked(
        &self,
        (x, y): (f32, f32),
        width: f32,
        (shapes, word): (Vec<Shape>, &str),
        style: Style,
        most: usize,
    ) -> (Vec<Item>, f32) {
        let size = style.size * 0.98;
        let top = y + style.ascent() - style.size * 0.36 - size / 2.0;
        let mut items = Self::mark_items((x, top), size, shapes);
        let indent = size + MARK_GAP;
        let (text, height) =
            self.lines((x + indent, y), width - indent, (word, most), style, Align::Left);
        items.extend(text);
        (items, height.max(size))
    }

    /// A table whose head repeats on each page. A row is never split.
    pub(crate) fn table(&mut self, columns: &[Column<'_>], rows: &[Row], head: Style) {
        self.tables += 1;
        let first = rows.first().map_or(0.0, |row| self.row_height(columns, row));
        self.need(self.head_height(columns, head) + 1.0 + first);
        self.table_head(columns, head, false);
        for (index, row) in rows.iter().enumerate() {
            let height = self.row_height(columns, row);
            if self.left() < height && self.y > self.top + head.leading + 6.0 {
                self.new_page();
                self.table_head(columns, head, true);
            }
            self.table_row(columns, row, index + 1, height);
        }
    }

    /// The height that [`Writer::table`] takes on one page.
    pub(crate) fn table_height(&self, columns: &[Column<'_>], rows: &[Row], head: Style) -> f32 {
        let rows: f32 = rows.iter().map(|row| self.row_height(columns, row)).sum();
        self.head_height(columns, head) + rows
    }

    /// The height of a table's head; titles may have three lines.
    fn head_height(&self, columns: &[Column<'_>], style: Style) -> f32 {
        let lines = |column: &Column<'_>| {
            let width = column.width - GUTTER;
            self.fonts.fit(column.title, style.weight, style.size, width, 3).len()
        };
        chart::float(columns.iter().map(lines).max().unwrap_or(0)) * style.leading + 3.0
    }

    /// Columns without titles have no head but a line.
    fn table_head(&mut self, columns: &[Column<'_>], style: Style, again: bool) {
        if columns.iter().all(|column| column.title.is_empty()) {
            self.y += 2.0;
            self.rule(0.5);
            return;
        }
        let mut x = self.margin;
        for (index, column) in columns.iter().enumerate() {
            let width = column.width - GUTTER;
            let (items, height) =
                self.lines((x, self.y), width, (column.title, 3), style, column.align);
            // What is short stands at the foot, next to its column.
            let down = self.head_height(columns, style) - 3.0 - height;
            let items = items.into_iter().map(|item| lowered(item, down)).collect();
            let cell = Role::Cell { table: self.tables, row: 0, column: index, header: true };
            self.put(if again { Role::Artifact } else { cell }, items);
            x += column.width;
        }
        self.y += self.head_height(columns, style) - 0.5;
        self.rule(1.1);
        self.y += 0.5;
    }

    fn table_row(&mut self, columns: &[Column<'_>], row: &Row, number: usize, height: f32) {
        let mut x = self.margin;
        for (index, (column, parts)) in columns.iter().zip(row).enumerate() {
            let width = column.width - GUTTER;
            let mut y = self.y + self.padding;
            let mut items = Vec::new();
            for part in parts {
                let (drawn, height) = self.part((x, y), width, part, column.align);
                items.extend(drawn);
                y += height;
            }
            let role =
                Role::Cell { table: self.tables, row: number, column: index, header: index == 0 };
            let mut link = None;
            for part in parts {
                match part {
                    Part::Link(target) => {
                        link = Some((target.clone(), [x, self.y, width, height]));
                    }
                    Part::Anchor(name) => self.anchor(name),
                    _ => {}
                }
            }
            if let Some(page) = self.pages.last_mut() {
                page.push(Fragment { role, items, link });
            }
            x += column.width;
        }
        self.y += height;
        self.rule(0.5);
    }

    fn row_height(&self, columns: &[Column<'_>], row: &Row) -> f32 {
        let highest = columns
            .iter()
            .zip(row)
            .map(|(column, parts)| {
                parts
                    .iter()
                    .map(|part| self.part((0.0, 0.0), column.width - GUTTER, part, column.align).1)
                    .sum::<f32>()
            })
            .fold(0.0, f32::max);
        highest + 2.0 * self.padding
    }

    fn part(&self, (x, y): (f32, f32), width: f32, part: &Part, align: Align) -> (Vec<Item>, f32) {
        match part {
            Part::Text(text, style, most) => {
                self.lines((x, y), width, (text, *most), *style, align)
            }
            Part::Status(status, word, style) => {
                let style = Style { ink: Ink::Status(*status), ..*style };
                self.marked((x, y), width, (chart::mark(*status), word), style, 3)
            }
            Part::Flag(word, style) => {
                self.marked((x, y), width, (chart::flag(style.ink), word), *style, 2)
            }
            Part::Link(_) | Part::Anchor(_) => (Vec::new(), 0.0),
            Part::Bar(value) => {
                let drawing = chart::score_bar(self.words, *value, width.min(46.0));
                let x = match align {
                    Align::Left => x,
                    Align::Right => x + width - drawing.width,
                };
                let shapes = drawing.shapes.into_iter();
                let items =
                    shapes.map(|shape| Item::Shape { x, y: y + 2.0, scale: 1.0, shape }).collect();
                (items, drawing.height + 3.0)
            }
        }
    }

    /// A line across the page at `y`.
    pub(crate) fn rule(&mut self, thickness: f32) {
        let points = vec![(self.margin, self.y), (self.width - self.margin, self.y)];
        self.decoration([Shape::Line { points, stroke: Ink::Line, thickness }]);
    }

    /// Text whose right end lies at `x`.
    pub(crate) fn text_before(&mut self, (x, y): (f32, f32), text: &str, style: Style) {
        let width = self.fonts.width(text, style.weight, style.size);
        let item = Item::Text { x: x - width, y: y + style.ascent(), text: text.to_owned(), style };
        self.put(Role::Artifact, vec![item]);
    }
}

fn lowered(item: Item, down: f32) -> Item {
    match item {
        Item::Text { x, y, text, style } => Item::Text { x, y: y + down, text, style },
        other => other,
    }
}
