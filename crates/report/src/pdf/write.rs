//! Pages to bytes: printpdf writes the content, then the document gets what printpdf leaves out or
//! takes from chance: identity, language, outline, page labels.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lopdf::{Dictionary, Document, Object, Stream, StringFormat};
use printpdf::{
    Codepoint, Color as PdfColor, CurTransMat, DictItem, FontId, Line, LineCapStyle,
    LineDashPattern, LineJoinStyle, LinePoint, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFont,
    PdfFontHandle, PdfPage, PdfSaveOptions, Point, Polygon, PolygonRing, Pt, Rgb, TextItem,
    TextMatrix, WindingOrder,
};
use subsetter::GlyphRemapper;

use super::font::{Face, Fonts, Piece, Weight};
use super::layout::{Fragment, Item, Style, Writer};
use super::picture::Picture;
use super::structure;
use crate::ReportError;
use crate::chart::{Ink, Shape, escaped};
use crate::color::{self, Color};

/// The logo's name on every page.
const LOGO: &str = "Logo";

/// Control points of a quarter circle, as a part of its radius.
const CIRCLE: f32 = 0.552_284_8;

/// What a viewer shows of a document besides its pages.
pub(super) struct Metadata {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) subject: String,
    pub(crate) language: &'static str,
    pub(crate) created: Timestamp,
    /// Sixteen bytes made from what the document is drawn from.
    pub(crate) identity: Vec<u8>,
}

/// The colors of a brand on paper.
pub(super) struct Palette {
    pub(crate) accent: Color,
    pub(crate) second: Color,
}

impl Palette {
    fn color(&self, ink: Ink) -> PdfColor {
        let color = match ink {
            Ink::Text => Color::hex(0x001A_1D21),
            Ink::Muted => Color::hex(0x004A_4F57),
            Ink::Line => Color::hex(0x00D9_DEE4),
            Ink::Surface => color::SURFACE,
            Ink::Paper => color::PAPER,
            Ink::Accent => self.accent,
            Ink::Second => self.second,
            Ink::Status(status) => status.light(),
        };
        let part = |value: u8| f32::from(value) / 255.0;
        PdfColor::Rgb(Rgb {
            r: part(color.red),
            g: part(color.green),
            b: part(color.blue),
            icc_profile: None,
        })
    }
}

/// The document of these pages.
pub(super) fn write(
    writer: &Writer,
    logo: Option<&Picture>,
    palette: &Palette,
    metadata: &Metadata,
) -> Result<Vec<u8>, ReportError> {
    let (width, height) = (writer.width, writer.height);
    let mut canvas =
        Canvas { fonts: Fonts::get()?, palette, height, used: BTreeMap::new(), ops: Vec::new() };
    let drawn: Vec<Vec<Drawn>> = writer.pages.iter().map(|page| canvas.page(page)).collect();

    let mut document = PdfDocument::new(&metadata.title);
    let mut remappers = BTreeMap::new();
    for (weight, glyphs) in &canvas.used {
        let (font, remapper) = subset(canvas.fonts.face(*weight), glyphs)?;
        document.resources.fonts.map.insert(font_id(*weight), PdfFont::new(font));
        remappers.insert(*weight, remapper);
    }
    let size = |points: f32| Mm::from(Pt(points));
    document.pages = drawn
        .into_iter()
        .map(|page| {
            let ops = page.into_iter().map(|it| it.into_op(&remappers)).collect();
            PdfPage::new(size(width), size(height), ops)
        })
        .collect();

    let options =
        PdfSaveOptions { subset_fonts: false, secure: false, ..PdfSaveOptions::default() };
    let mut document = document.to_lopdf_document(&options, &mut Vec::new());
    finish(&mut document, writer, logo, metadata).map_err(ReportError::PdfStructure)?;
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(ReportError::Pdf)?;
    Ok(bytes)
}

fn font_id(weight: Weight) -> FontId {
    FontId(match weight {
        Weight::Regular => "Regular".to_owned(),
        Weight::Bold => "Bold".to_owned(),
    })
}

/// The part of a face that holds the glyphs, as a font of its own.
fn subset(face: &Face, glyphs: &BTreeSet<u16>) -> Result<(ParsedFont, GlyphRemapper), ReportError> {
    let mut remapper = GlyphRemapper::new();
    for glyph in glyphs {
        remapper.remap(*glyph);
    }
    let fault = || ReportError::Font(face.name);
    let bytes = subsetter::subset(face.bytes, 0, &remapper).map_err(|_| fault())?;
    let mut font = ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).ok_or_else(fault)?;
    // Six capitals and a plus sign say that the font is a subset.
    font.font_name = Some(format!("MUSTER+{}", face.name));
    Ok((font, remapper))
}

/// An operation whose glyphs still have the numbers of the whole font.
enum Drawn {
    Op(Op),
    Glyphs(Weight, Vec<TextItem>),
}

impl Drawn {
    fn into_op(self, remappers: &BTreeMap<Weight, GlyphRemapper>) -> Op {
        match self {
            Self::Op(op) => op,
            Self::Glyphs(weight, mut items) => {
                for item in &mut items {
                    let TextItem::GlyphIds(glyphs) = item else { continue };
                    for glyph in glyphs {
                        let remapper = remappers.get(&weight);
                        glyph.gid = remapper.and_then(|it| it.get(glyph.gid)).unwrap_or(0);
                    }
                }
                Op::ShowText { items }
            }
        }
    }
}

struct Canvas<'a> {
    fonts: &'static Fonts,
    palette: &'a Palette,
    height: f32,
    used: BTreeMap<Weight, BTreeSet<u16>>,
    ops: Vec<Drawn>,
}

impl Canvas<'_> {
    /// Every part in marked content, so that the structure tree can name it.
    fn page(&mut self, fragments: &[Fragment]) -> Vec<Drawn> {
        let mut number = 0;
        for fragment in fragments {
            let tag = structure::tag(&fragment.role).to_owned();
            if structure::is_content(fragment) {
                let id = ("MCID".to_owned(), DictItem::Int(number));
                let properties = DictItem::Dict { map: BTreeMap::from([id]) };
                self.op(Op::BeginMarkedContentWithProperties { tag, properties });
                number += 1;
            } else {
                self.op(Op::BeginMarkedContent { tag });
            }
            for item in &fragment.items {
                match item {
                    Item::Text { x, y, text, style } => self.said(*x, *y, text, *style),
                    Item::Shape { x, y, scale, shape } => self.shape(*x, *y, *scale, shape),
                    Item::Logo { x, y, width, height } => self.logo(*x, *y, *width, *height),
                }
            }
            self.op(Op::EndMarkedContent);
        }
        std::mem::take(&mut self.ops)
    }

    /// Text, in marked content of its own where its language is not the document's.
    fn said(&mut self, x: f32, y: f32, text: &str, style: Style) {
        if !style.foreign {
            return self.text(x, y, text, style);
        }
        let language = DictItem::String { data: b"en".to_vec(), literal: true };
        let properties = DictItem::Dict { map: BTreeMap::from([("Lang".to_owned(), language)]) };
        self.op(Op::BeginMarkedContentWithProperties { tag: "Span".to_owned(), properties });
        self.text(x, y, text, style);
        self.op(Op::EndMarkedContent);
    }

    fn logo(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.op(Op::SaveGraphicsState);
        let place = [width, 0.0, 0.0, height, x, self.height - y - height];
        self.op(Op::SetTransformationMatrix { matrix: CurTransMat::Raw(place) });
        let name = DictItem::Name(LOGO.as_bytes().to_vec());
        self.op(Op::Unknown { key: "Do".to_owned(), value: vec![name] });
        self.op(Op::RestoreGraphicsState);
    }

    fn op(&mut self, op: Op) {
        self.ops.push(Drawn::Op(op));
    }

    /// A run of glyphs is one operation; a glyph that is not on the baseline is one of its own.
    fn text(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let fonts = self.fonts;
        let face = fonts.face(style.weight);
        let em = style.size / 1000.0;
        let mut pen = x;
        let mut run = Run::new(x);
        let mut missing: Vec<(f32, char)> = Vec::new();
        for piece in face.pieces(text) {
            match &piece {
                Piece::Missing(character) => {
                    self.flush(&mut run, y, style, pen);
                    missing.push((pen, *character));
                }
                Piece::Glyph { id, text, advance, offset } => {
                    self.boxes(&std::mem::take(&mut missing), y, style);
                    self.used.entry(style.weight).or_default().insert(*id);
                    let written = face.written_width(*id);
                    if *offset == (0.0, 0.0) {
                        if run.glyphs.is_empty() {
                            run.x = pen;
                        }
                        run.push(*id, text, written, *advance);
                    } else {
                        self.flush(&mut run, y, style, pen);
                        let mut mark = Run::new(pen + offset.0 * em);
                        mark.push(*id, text, written, written);
                        self.flush(&mut mark, y - offset.1 * em, style, pen);
                    }
                }
            }
            pen += piece.advance() * em;
        }
        self.flush(&mut run, y, style, pen);
        self.boxes(&missing, y, style);
    }

    fn flush(&mut self, run: &mut Run, y: f32, style: Style, next: f32) {
        let glyphs = std::mem::take(&mut run.glyphs);
        let x = std::mem::replace(&mut run.x, next);
        run.error = 0.0;
        if glyphs.is_empty() {
            return;
        }
        self.op(Op::SetFillColor { col: self.palette.color(style.ink) });
        self.op(Op::StartTextSection);
        self.op(Op::SetFont {
            font: PdfFontHandle::External(font_id(style.weight)),
            size: Pt(style.size),
        });
        let matrix = TextMatrix::Translate(Pt(x), Pt(self.height - y));
        self.op(Op::SetTextMatrix { matrix });
        self.ops.push(Drawn::Glyphs(style.weight, vec![TextItem::GlyphIds(glyphs)]));
        self.op(Op::EndTextSection);
    }

    /// Boxes with code points for characters that the typeface lacks. What is read aloud and
    /// copied is the characters themselves.
    fn boxes(&mut self, missing: &[(f32, char)], y: f32, style: Style) {
        if missing.is_empty() {
            return;
        }
        let mut actual = vec![0xFE, 0xFF];
        for unit in missing.iter().flat_map(|(_, it)| it.encode_utf16(&mut [0; 2]).to_vec()) {
            actual.extend(unit.to_be_bytes());
        }
        let text = DictItem::String { data: actual, literal: false };
        let properties = DictItem::Dict { map: BTreeMap::from([("ActualText".to_owned(), text)]) };
        self.op(Op::BeginMarkedContentWithProperties { tag: "Span".to_owned(), properties });
        for (x, character) in missing {
            self.code_box(*x, y, *character, style);
        }
        self.op(Op::EndMarkedContentWithProperties);
    }

    fn code_box(&mut self, x: f32, y: f32, character: char, style: Style) {
        let size = style.size;
        let code = u32::from(character);
        let (digits, half) =
            if code > 0xFFFF { (format!("{code:06X}"), 3) } else { (format!("{code:04X}"), 2) };
        let width = Piece::Missing(character).advance() * size / 1000.0;
        let frame = Shape::Frame {
            x: size * 0.05,
            y: -size * 0.8,
            width: width - size * 0.1,
            height: size * 0.92,
            radius: size * 0.08,
            stroke: style.ink,
            thickness: size * 0.05,
        };
        self.shape(x, y, 1.0, &frame);
        let small = Style { size: size * 0.4, ..style };
        let (upper, lower) = digits.split_at_checked(half).unwrap_or((&digits, ""));
        for (line, baseline) in [(upper, y - size * 0.42), (lower, y - size * 0.02)] {
            let x = x + (width - self.fonts.width(line, style.weight, small.size)) / 2.0;
            self.text(x, baseline, line, small);
        }
    }

    fn shape(&mut self, x: f32, y: f32, scale: f32, shape: &Shape) {
        let height = self.height;
        let at = |(px, py): (f32, f32)| Point {
            x: Pt(x + px * scale),
            y: Pt(height - (y + py * scale)),
        };
        let straight = |points: &[(f32, f32)]| -> Vec<LinePoint> {
            points.iter().map(|point| LinePoint { p: at(*point), bezier: false }).collect()
        };
        let curved = |points: &[((f32, f32), bool)]| -> Vec<LinePoint> {
            points.iter().map(|(p, bezier)| LinePoint { p: at(*p), bezier: *bezier }).collect()
        };
        match shape {
            Shape::Rect { x, y, width, height, radius, fill } => {
                let points = curved(&rounded(*x, *y, *width, *height, *radius));
                self.fill(points, *fill);
            }
            Shape::Frame { x, y, width, height, radius, stroke, thickness } => {
                let points = curved(&rounded(*x, *y, *width, *height, *radius));
                self.stroke(points, true, *stroke, thickness * scale, None);
            }
            Shape::Line { points, stroke, thickness } => {
                self.stroke(straight(points), false, *stroke, thickness * scale, None);
            }
            Shape::Outline { points, stroke, thickness } => {
                self.stroke(straight(points), true, *stroke, thickness * scale, None);
            }
            Shape::Disc { x, y, radius, fill } => {
                self.fill(curved(&circle(*x, *y, *radius)), *fill);
            }
            Shape::HalfDisc { x, y, radius, fill } => {
                self.fill(curved(&left_half(*x, *y, *radius)), *fill);
            }
            Shape::Ring { x, y, radius, stroke, thickness, dashed } => {
                let dash = dashed.then(|| LineDashPattern::new(0.0, &[2.4 * scale, 1.6 * scale]));
                let points = curved(&circle(*x, *y, *radius));
                self.stroke(points, true, *stroke, thickness * scale, dash);
            }
            Shape::Text { x: middle, y: baseline, size, bold, fill, text } => {
                let weight = if *bold { Weight::Bold } else { Weight::Regular };
                let style = Style::new(size * scale, weight, *fill);
                let left = x + middle * scale - self.fonts.width(text, weight, style.size) / 2.0;
                self.text(left, y + baseline * scale, text, style);
            }
        }
    }

    fn fill(&mut self, points: Vec<LinePoint>, ink: Ink) {
        self.op(Op::SetFillColor { col: self.palette.color(ink) });
        self.op(Op::DrawPolygon {
            polygon: Polygon {
                rings: vec![PolygonRing { points }],
                mode: PaintMode::Fill,
                winding_order: WindingOrder::NonZero,
            },
        });
    }

    fn stroke(
        &mut self,
        points: Vec<LinePoint>,
        is_closed: bool,
        ink: Ink,
        thickness: f32,
        dash: Option<LineDashPattern>,
    ) {
        self.op(Op::SaveGraphicsState);
        self.op(Op::SetOutlineColor { col: self.palette.color(ink) });
        self.op(Op::SetOutlineThickness { pt: Pt(thickness) });
        self.op(Op::SetLineCapStyle { cap: LineCapStyle::Round });
        self.op(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
        if let Some(dash) = dash {
            self.op(Op::SetLineCapStyle { cap: LineCapStyle::Butt });
            self.op(Op::SetLineDashPattern { dash });
        }
        self.op(Op::DrawLine { line: Line { points, is_closed } });
        self.op(Op::RestoreGraphicsState);
    }
}

/// Glyphs that follow each other on a baseline.
struct Run {
    x: f32,
    glyphs: Vec<Codepoint>,
    /// How far a viewer's pen is behind the true one, in thousandths of an em: widths are written
    /// as whole numbers.
    error: f32,
}

impl Run {
    fn new(x: f32) -> Self {
        Self { x, glyphs: Vec::new(), error: 0.0 }
    }

    fn push(&mut self, id: u16, text: &str, written: f32, advance: f32) {
        self.error += advance - written;
        // A number in a text operation moves the pen back by as much.
        let back = if self.error.abs() >= 2.0 { -self.error.round() } else { 0.0 };
        self.error += back;
        self.glyphs.push(Codepoint::with_cid(id, back, text.to_owned()));
    }
}

type Path = Vec<((f32, f32), bool)>;

fn circle(x: f32, y: f32, r: f32) -> Path {
    let k = r * CIRCLE;
    vec![
        ((x, y - r), false),
        ((x + k, y - r), true),
        ((x + r, y - k), true),
        ((x + r, y), false),
        ((x + r, y + k), true),
        ((x + k, y + r), true),
        ((x, y + r), false),
        ((x - k, y + r), true),
        ((x - r, y + k), true),
        ((x - r, y), false),
        ((x - r, y - k), true),
        ((x - k, y - r), true),
        ((x, y - r), false),
    ]
}

fn left_half(x: f32, y: f32, r: f32) -> Path {
    let k = r * CIRCLE;
    vec![
        ((x, y - r), false),
        ((x - k, y - r), true),
        ((x - r, y - k), true),
        ((x - r, y), false),
        ((x - r, y + k), true),
        ((x - k, y + r), true),
        ((x, y + r), false),
    ]
}

fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Path {
    let r = radius.min(width / 2.0).min(height / 2.0).max(0.0);
    let (right, bottom, k) = (x + width, y + height, r * (1.0 - CIRCLE));
    vec![
        ((x + r, y), false),
        ((right - r, y), false),
        ((right - k, y), true),
        ((right, y + k), true),
        ((right, y + r), false),
        ((right, bottom - r), false),
        ((right, bottom - k), true),
        ((right - k, bottom), true),
        ((right - r, bottom), false),
        ((x + r, bottom), false),
        ((x + k, bottom), true),
        ((x, bottom - k), true),
        ((x, bottom - r), false),
        ((x, y + r), false),
        ((x, y + k), true),
        ((x + k, y), true),
        ((x + r, y), false),
    ]
}

/// Identity, metadata, language, outline, structure and logo.
fn finish(
    document: &mut Document,
    writer: &Writer,
    logo: Option<&Picture>,
    metadata: &Metadata,
) -> Result<(), lopdf::Error> {
    "1.7".clone_into(&mut document.version);
    let identity = Object::String(metadata.identity.clone(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![identity.clone(), identity]);

    let date = metadata.created.to_zoned(TimeZone::UTC).strftime("D:%Y%m%d%H%M%SZ").to_string();
    let producer = concat!("muster ", env!("CARGO_PKG_VERSION"));
    let info = Dictionary::from_iter([
        ("Title", unicode(&metadata.title)),
        ("Author", unicode(&metadata.author)),
        ("Subject", unicode(&metadata.subject)),
        ("Creator", unicode("muster")),
        ("Producer", unicode(producer)),
        ("CreationDate", Object::string_literal(date.clone())),
        ("ModDate", Object::string_literal(date)),
    ]);
    let info_id = document.trailer.get(b"Info")?.as_reference()?;
    document.set_object(info_id, info);

    let packet = Stream::new(
        Dictionary::from_iter([
            ("Type", Object::Name(b"Metadata".to_vec())),
            ("Subtype", Object::Name(b"XML".to_vec())),
        ]),
        packet(metadata).into_bytes(),
    );
    let packet = document.add_object(packet.with_compression(false));

    let pages: Vec<_> = document.get_pages().into_values().collect();
    let outline_id = write_outline(document, writer, &pages);
    structure::write(document, writer, &pages);
    if let Some(logo) = logo {
        let id = logo.put(document);
        for page in &pages {
            document.add_xobject(*page, LOGO, id)?;
        }
    }
    let catalog = document.catalog_mut()?;
    catalog.set("Metadata", Object::Reference(packet));
    catalog.set("Lang", Object::string_literal(metadata.language));
    catalog.set(
        "ViewerPreferences",
        Dictionary::from_iter([("DisplayDocTitle", Object::Boolean(true))]),
    );
    catalog.set(
        "PageLabels",
        Dictionary::from_iter([(
            "Nums",
            Object::Array(vec![
                0.into(),
                Dictionary::from_iter([("S", Object::Name(b"D".to_vec()))]).into(),
            ]),
        )]),
    );
    if let Some(outline_id) = outline_id {
        catalog.set("Outlines", Object::Reference(outline_id));
    }
    Ok(())
}

/// The metadata once more, as XML.
fn packet(metadata: &Metadata) -> String {
    let [title, author, subject] =
        [&metadata.title, &metadata.author, &metadata.subject].map(|text| escaped(text));
    let when = metadata.created.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\
         <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt>\
         </dc:description>\
         <dc:language><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></dc:language>\
         <xmp:CreateDate>{when}</xmp:CreateDate><xmp:ModifyDate>{when}</xmp:ModifyDate>\
         <xmp:CreatorTool>muster</xmp:CreatorTool>\
         <pdf:Producer>muster {}</pdf:Producer>\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>",
        metadata.language,
        env!("CARGO_PKG_VERSION")
    )
}

/// The outline: sections, and below them what stands in them.
fn write_outline(
    document: &mut Document,
    writer: &Writer,
    pages: &[lopdf::ObjectId],
) -> Option<lopdf::ObjectId> {
    let root = document.new_object_id();
    let items: Vec<_> = writer
        .outline
        .iter()
        .filter_map(|mark| Some((document.new_object_id(), mark, *pages.get(mark.page)?)))
        .collect();
    let mut families: BTreeMap<lopdf::ObjectId, Vec<lopdf::ObjectId>> = BTreeMap::new();
    let mut section = root;
    let mut parents = Vec::with_capacity(items.len());
    for (id, mark, _) in &items {
        if mark.level <= 1 {
            section = *id;
        }
        let parent = if mark.level <= 1 { root } else { section };
        families.entry(parent).or_default().push(*id);
        parents.push(parent);
    }
    let ends = |dictionary: &mut Dictionary, id: &lopdf::ObjectId, sign: i64| {
        let Some(kids) = families.get(id) else { return };
        if let (Some(first), Some(last)) = (kids.first(), kids.last()) {
            dictionary.set("First", Object::Reference(*first));
            dictionary.set("Last", Object::Reference(*last));
            dictionary.set("Count", sign * i64::try_from(kids.len()).unwrap_or(0));
        }
    };
    for ((id, mark, page), parent) in items.iter().zip(&parents) {
        let target = vec![
            Object::Reference(*page),
            Object::Name(b"XYZ".to_vec()),
            Object::Null,
            Object::Real(writer.height - mark.y + 6.0),
            Object::Null,
        ];
        let mut item = Dictionary::from_iter([
            ("Title", unicode(&mark.title)),
            ("Parent", Object::Reference(*parent)),
            ("Dest", Object::Array(target)),
        ]);
        let family = families.get(parent).map(Vec::as_slice).unwrap_or_default();
        let place = family.iter().position(|it| it == id).unwrap_or(0);
        if let Some(previous) = place.checked_sub(1).and_then(|place| family.get(place)) {
            item.set("Prev", Object::Reference(*previous));
        }
        if let Some(next) = family.get(place + 1) {
            item.set("Next", Object::Reference(*next));
        }
        // Closed: what stands in a section shows when it is opened.
        ends(&mut item, id, -1);
        document.set_object(*id, item);
    }
    items.first()?;
    let mut outline = Dictionary::from_iter([("Type", Object::Name(b"Outlines".to_vec()))]);
    ends(&mut outline, &root, 1);
    document.set_object(root, outline);
    Some(root)
}

/// A text string of the file format, in UTF-16 with its byte-order mark.
pub(super) fn unicode(text: &str) -> Object {
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}
