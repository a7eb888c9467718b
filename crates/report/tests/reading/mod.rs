//! Reads documents back: tags and text of HTML, lines of PDF, rows of CSV.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;

use lopdf::content::Content;
use lopdf::{Document, Object};

/// The opening tags of an HTML document, each with its attributes, in order.
pub(crate) fn tags(html: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        rest = &rest[begin + 1..];
        let end = rest.find('>').expect("every tag ends");
        let (inside, after) = rest.split_at(end);
        rest = after;
        if inside.starts_with(['/', '!']) {
            continue;
        }
        let (name, mut attributes) =
            inside.split_once(|it: char| it.is_whitespace()).unwrap_or((inside, ""));
        let mut found = BTreeMap::new();
        while let Some((key, value)) = attributes.split_once("=\"") {
            let (value, after) = value.split_once('"').expect("every value ends");
            let key = key.trim().trim_end_matches('/').trim();
            found.insert(key.to_owned(), value.to_owned());
            attributes = after;
        }
        tags.push((name.trim_end_matches('/').to_owned(), found));
        if name == "style" {
            rest = &rest[rest.find("</style>").expect("the style ends")..];
        }
    }
    tags
}

/// The text between two tags, with character references resolved and without tags.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ] {
        text = text.replace(reference, character);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of the rows of the table that stands after `heading`, without its head.
pub(crate) fn table(html: &str, heading: &str) -> Vec<Vec<String>> {
    let begin = html.find(heading).expect("the heading is there");
    let table = &html[begin..];
    let table = &table[table.find("<tbody").expect("a table follows")..];
    let table = &table[..table.find("</table>").expect("the table ends")];
    table
        .split("<tr ")
        .skip(1)
        .map(|row| {
            let row = &row[row.find('>').expect("the row's tag ends") + 1..];
            row.split("</td>")
                .filter(|cell| cell.contains("<td") || cell.contains("<th"))
                .map(text)
                .collect()
        })
        .collect()
}

/// The lines of text of each page of a PDF, decoded by what the fonts say their glyphs mean.
/// Each operation that shows text is a line of its own.
pub(crate) fn pdf_lines(bytes: &[u8]) -> Vec<Vec<String>> {
    let document = Document::load_mem(bytes).expect("a PDF");
    document
        .get_pages()
        .into_values()
        .map(|page| {
            let fonts: BTreeMap<_, _> = document
                .get_page_fonts(page)
                .expect("fonts")
                .into_iter()
                .map(|(name, font)| {
                    let map = font
                        .get_deref(b"ToUnicode", &document)
                        .and_then(Object::as_stream)
                        .and_then(lopdf::Stream::decompressed_content)
                        .expect("every font says what its glyphs mean");
                    let map = String::from_utf8(map).expect("a text");
                    (name, printpdf::ToUnicodeCMap::parse(&map).expect("a map"))
                })
                .collect();
            let content = document.get_page_content(page);
            let content = Content::decode(&content).expect("operations");
            let mut lines = Vec::new();
            let mut font = None;
            for operation in content.operations {
                match operation.operator.as_str() {
                    "Tf" => font = fonts.get(operation.operands[0].as_name().unwrap()),
                    "TJ" | "Tj" => {
                        let mut line = String::new();
                        show(&operation.operands, font.expect("a font is set"), &mut line);
                        lines.push(line);
                    }
                    _ => {}
                }
            }
            lines
        })
        .collect()
}

fn show(operands: &[Object], font: &printpdf::ToUnicodeCMap, line: &mut String) {
    for operand in operands {
        match operand {
            Object::Array(items) => show(items, font, line),
            Object::String(codes, _) => {
                for code in codes.chunks(2) {
                    let code = u32::from(code[0]) << 8 | u32::from(code[1]);
                    line.push_str(&font.lookup_string(code).expect("a glyph with a meaning"));
                }
            }
            _ => {}
        }
    }
}

/// The rows of a CSV file as maps from column to cell.
pub(crate) fn csv_rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().expect("a head").clone();
    reader
        .records()
        .map(|row| {
            let row = row.expect("as many cells as the head");
            head.iter().map(ToOwned::to_owned).zip(row.iter().map(ToOwned::to_owned)).collect()
        })
        .collect()
}
