//! Drawings: one model, drawn as SVG in HTML and as vectors in PDF.

use std::fmt::Write as _;

use crate::status::Status;
use crate::view::{Scale, Segment, TrendView};
use crate::words::{Words, fill};

/// A paint by its meaning; each document knows the color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text.
    Text,
    /// Text of less weight.
    Muted,
    /// Hairlines and empty parts of bars.
    Line,
    /// A tinted box.
    Surface,
    /// The page itself.
    Paper,
    /// The brand's color.
    Accent,
    /// The brand's second color.
    Second,
    /// A status.
    Status(Status),
}

impl Ink {
    fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Line => "line",
            Self::Surface => "surface",
            Self::Paper => "paper",
            Self::Accent => "accent",
            Self::Second => "second",
            Self::Status(status) => status.key(),
        }
    }
}

/// A part of a drawing. Lengths are points, y grows downwards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A filled rectangle with round corners.
    Rect { x: f32, y: f32, width: f32, height: f32, radius: f32, fill: Ink },
    /// The outline of a rectangle with round corners.
    Frame { x: f32, y: f32, width: f32, height: f32, radius: f32, stroke: Ink, thickness: f32 },
    /// A line through points; dashed or not.
    Line { points: Vec<(f32, f32)>, stroke: Ink, thickness: f32 },
    /// A closed outline.
    Outline { points: Vec<(f32, f32)>, stroke: Ink, thickness: f32 },
    /// A filled circle.
    Disc { x: f32, y: f32, radius: f32, fill: Ink },
    /// The left half of a disc, filled.
    HalfDisc { x: f32, y: f32, radius: f32, fill: Ink },
    /// A circle's outline; dashed or not.
    Ring { x: f32, y: f32, radius: f32, stroke: Ink, thickness: f32, dashed: bool },
    /// Text with its middle at `x`; `y` is its baseline.
    Text { x: f32, y: f32, size: f32, bold: bool, fill: Ink, text: String },
}

/// A drawing with its text alternative.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// What it is.
    pub(crate) title: String,
    /// What it shows, with all numbers.
    pub(crate) description: String,
    pub(crate) shapes: Vec<Shape>,
}

impl Drawing {
    /// The drawing as an SVG element. `name` makes its ids unique in a document.
    pub(crate) fn svg(&self, name: &str) -> String {
        // Bars may be stretched, letters may not.
        let has_text = self.shapes.iter().any(|shape| matches!(shape, Shape::Text { .. }));
        let aspect = if has_text { "" } else { " preserveAspectRatio=\"none\"" };
        let mut svg = format!(
            "<svg class=\"chart chart-{name}\" viewBox=\"0 0 {} {}\"{aspect} role=\"img\" \
             aria-labelledby=\"{name}-title {name}-desc\"><title id=\"{name}-title\">{}</title>\
             <desc id=\"{name}-desc\">{}</desc>",
            number(self.width),
            number(self.height),
            escaped(&self.title),
            escaped(&self.description)
        );
        for shape in &self.shapes {
            push_svg(&mut svg, shape);
        }
        svg.push_str("</svg>");
        svg
    }
}

/// The side of a mark's square.
pub(crate) const MARK: f32 = 12.0;

/// The marks of all statuses as SVG symbols with the ids `m-` and the status's key, and the flag of
/// an accepted finding as `m-accepted`.
pub(crate) fn mark_symbols() -> String {
    let flag = ("accepted", flag(Ink::Text));
    let marks = Status::ALL.into_iter().map(|status| (status.key(), mark(status)));
    marks.chain([flag]).fold(String::new(), |mut symbols, (key, shapes)| {
        let _ = write!(symbols, "<symbol id=\"m-{key}\" viewBox=\"0 0 {MARK} {MARK}\">");
        for shape in &shapes {
            push_svg(&mut symbols, shape);
        }
        symbols.push_str("</symbol>");
        symbols
    })
}

/// The mark of a status in a square of [`MARK`].
pub(crate) fn mark(status: Status) -> Vec<Shape> {
    let ink = Ink::Status(status);
    let ring =
        |dashed| Shape::Ring { x: 6.0, y: 6.0, radius: 5.1, stroke: ink, thickness: 1.4, dashed };
    let line = |points: &[(f32, f32)], stroke| Shape::Line {
        points: points.to_vec(),
        stroke,
        thickness: 1.7,
    };
    match status {
        Status::Pass => vec![
            Shape::Disc { x: 6.0, y: 6.0, radius: 6.0, fill: ink },
            line(&[(3.2, 6.2), (5.2, 8.3), (8.9, 3.9)], Ink::Paper),
        ],
        Status::Fail => vec![
            Shape::Rect { x: 0.4, y: 0.4, width: 11.2, height: 11.2, radius: 1.8, fill: ink },
            line(&[(3.5, 3.5), (8.5, 8.5)], Ink::Paper),
            line(&[(8.5, 3.5), (3.5, 8.5)], Ink::Paper),
        ],
        Status::Partial => {
            vec![ring(false), Shape::HalfDisc { x: 6.0, y: 6.0, radius: 5.1, fill: ink }]
        }
        Status::NotAssessed => vec![ring(true), line(&[(3.8, 6.0), (8.2, 6.0)], ink)],
        Status::NotConfirmed => {
            vec![ring(true), Shape::Disc { x: 6.0, y: 6.0, radius: 1.5, fill: ink }]
        }
        Status::NotLicensed => vec![Shape::Outline {
            points: vec![(6.0, 0.8), (11.2, 6.0), (6.0, 11.2), (0.8, 6.0)],
            stroke: ink,
            thickness: 1.5,
        }],
        Status::NotApplicable => vec![line(&[(2.2, 6.0), (9.8, 6.0)], ink)],
    }
}

/// The flag of an accepted finding in a square of [`MARK`].
pub(crate) fn flag(ink: Ink) -> Vec<Shape> {
    vec![
        Shape::Line { points: vec![(2.6, 0.8), (2.6, 11.4)], stroke: ink, thickness: 1.3 },
        Shape::Outline {
            points: vec![(2.6, 1.4), (9.8, 1.4), (7.8, 3.9), (9.8, 6.4), (2.6, 6.4)],
            stroke: ink,
            thickness: 1.3,
        },
    ]
}

/// The bands of the grades: where each begins, and its letter.
const BANDS: [(f32, f32, &str); 5] =
    [(0.0, 55.0, "F"), (55.0, 70.0, "D"), (70.0, 80.0, "C"), (80.0, 90.0, "B"), (90.0, 100.0, "A")];

/// The score on the scale of grades, with the range in which it lies.
pub(crate) fn score_scale(w: Words, scale: Option<Scale>, grade: &str, width: f32) -> Drawing {
    const TOP: f32 = 19.0;
    const BAR: f32 = 9.0;
    const HEIGHT: f32 = 46.0;
    // The needle and its number must not leave the drawing at 0 and 100.
    const SIDE: f32 = 12.0;
    let at = |points: f32| SIDE + points / 100.0 * (width - 2.0 * SIDE);
    let mut shapes = Vec::new();
    for (from, to, letter) in BANDS {
        let is_grade = letter == grade;
        shapes.push(Shape::Rect {
            x: at(from) + 0.75,
            y: TOP,
            width: at(to) - at(from) - 1.5,
            height: BAR,
            radius: 1.5,
            fill: Ink::Line,
        });
        shapes.push(Shape::Text {
            x: f32::midpoint(at(from), at(to)),
            y: HEIGHT - 4.0,
            size: 9.0,
            bold: is_grade,
            fill: if is_grade { Ink::Text } else { Ink::Muted },
            text: letter.to_owned(),
        });
    }
    for (points, text) in [(55.0, "55"), (70.0, "70"), (80.0, "80"), (90.0, "90")] {
        shapes.push(Shape::Text {
            x: at(points),
            y: HEIGHT - 4.5,
            size: 6.5,
            bold: false,
            fill: Ink::Muted,
            text: text.to_owned(),
        });
    }
    let description = match scale {
        None => w.score_undescribed.to_owned(),
        Some(scale) => {
            let [low, value, high] =
                [scale.low, scale.value, scale.high].map(|it| single(it).clamp(0.0, 100.0));
            if high - low >= 0.1 {
                shapes.push(Shape::Rect {
                    x: at(low),
                    y: TOP + BAR / 2.0 - 2.0,
                    width: (at(high) - at(low)).max(2.0),
                    height: 4.0,
                    radius: 2.0,
                    fill: Ink::Muted,
                });
            }
            shapes.push(Shape::Rect {
                x: at(value) - 1.5,
                y: TOP - 4.0,
                width: 3.0,
                height: BAR + 8.0,
                radius: 1.5,
                fill: Ink::Accent,
            });
            shapes.push(Shape::Text {
                x: at(value),
                y: TOP - 8.0,
                size: 9.5,
                bold: true,
                fill: Ink::Accent,
                text: w.score(scale.value),
            });
            let [value, low, high] = [scale.value, scale.low, scale.high].map(|it| w.score(it));
            fill(w.score_described, &[("value", &value), ("low", &low), ("high", &high)])
        }
    };
    Drawing { width, height: HEIGHT, title: w.messages().score.to_owned(), description, shapes }
}

/// All controls as one bar, a part for each status.
pub(crate) fn coverage_bar(w: Words, segments: &[Segment], width: f32) -> Drawing {
    const HEIGHT: f32 = 12.0;
    const GAP: f32 = 1.5;
    let all: usize = segments.iter().map(|segment| segment.count).sum();
    let gaps = GAP * float(segments.len().saturating_sub(1));
    let mut shapes = Vec::new();
    let mut x = 0.0;
    for segment in segments {
        let part = (width - gaps) * float(segment.count) / float(all.max(1));
        let ink = Ink::Status(segment.status);
        if segment.status.is_assessed() {
            shapes.push(Shape::Rect {
                x,
                y: 0.0,
                width: part,
                height: HEIGHT,
                radius: 1.5,
                fill: ink,
            });
        } else {
            // Hollow: what was not judged must not look like a result.
            shapes.push(Shape::Frame {
                x: x + 0.5,
                y: 0.5,
                width: (part - 1.0).max(0.5),
                height: HEIGHT - 1.0,
                radius: 1.5,
                stroke: ink,
                thickness: 1.0,
            });
        }
        x += part + GAP;
    }
    let parts: Vec<String> = segments
        .iter()
        .map(|segment| format!("{}: {}", segment.word, w.whole(segment.count)))
        .collect();
    Drawing {
        width,
        height: HEIGHT,
        title: w.coverage_title.to_owned(),
        description: format!("{}.", w.list(&parts)),
        shapes,
    }
}

/// A score from 0 to 100 as a small bar.
pub(crate) fn score_bar(w: Words, value: f64, width: f32) -> Drawing {
    const HEIGHT: f32 = 4.0;
    let part = width * single(value).clamp(0.0, 100.0) / 100.0;
    let bar =
        |width: f32, fill| Shape::Rect { x: 0.0, y: 0.0, width, height: HEIGHT, radius: 2.0, fill };
    let mut shapes = vec![bar(width, Ink::Line)];
    if part > 0.0 {
        shapes.push(bar(part.max(HEIGHT), Ink::Accent));
    }
    Drawing {
        width,
        height: HEIGHT,
        title: w.messages().score.to_owned(),
        description: fill(w.score_of_100, &[("n", &w.score(value))]),
        shapes,
    }
}

/// Scores over twelve months on the bands of the grades; a dashed line marks where the checklist
/// changed. Nothing for a view without points.
pub(crate) fn trend_line(w: Words, trend: &TrendView, width: f32) -> Option<Drawing> {
    const HEIGHT: f32 = 78.0;
    const LEFT: f32 = 16.0;
    const RIGHT: f32 = 24.0;
    const TOP: f32 = 14.0;
    const BOTTOM: f32 = 16.0;
    let (first, last) = (trend.points.first()?, trend.points.last()?);
    let x = |at: f64| LEFT + single(at).clamp(0.0, 1.0) * (width - LEFT - RIGHT);
    // From a little below the lowest score up to 100.
    let lowest = trend.points.iter().map(|point| single(point.value)).fold(55.0, f32::min);
    let floor = ((lowest - 5.0) / 10.0).floor().max(0.0) * 10.0;
    let y = |score: f32| {
        let part = (100.0 - score.clamp(floor, 100.0)) / (100.0 - floor);
        TOP + part * (HEIGHT - TOP - BOTTOM)
    };
    let text = |x: f32, y: f32, size: f32, bold, fill, text: &str| Shape::Text {
        x,
        y,
        size,
        bold,
        fill,
        text: text.to_owned(),
    };
    let mut shapes = Vec::new();
    for (from, to, letter) in BANDS {
        let rule = vec![(LEFT, y(from)), (width - RIGHT, y(from))];
        shapes.push(Shape::Line { points: rule, stroke: Ink::Line, thickness: 0.6 });
        let from = from.max(floor);
        if y(from) - y(to) >= 5.5 {
            let middle = y(f32::midpoint(from, to)) + 2.2;
            shapes.push(text(6.0, middle, 6.2, false, Ink::Muted, letter));
        }
    }
    let mut labeled = f32::MIN;
    for point in trend.points.iter().filter(|point| point.checklist_changed) {
        // Short strokes: a dash that every drawing can do.
        let (top, bottom) = (TOP - 4.0, HEIGHT - BOTTOM);
        let mut from = top;
        while from < bottom {
            let to = (from + 3.0).min(bottom);
            let points = vec![(x(point.at), from), (x(point.at), to)];
            shapes.push(Shape::Line { points, stroke: Ink::Muted, thickness: 0.7 });
            from += 5.5;
        }
        let label = fill(w.trend_checklist, &[("version", &point.checklist)]);
        let at = x(point.at).clamp(LEFT + 30.0, width - RIGHT - 30.0);
        // A label that would lie on the one before, or leave the drawing, is in the table only.
        if at - labeled > 70.0 && label.chars().count() <= 24 {
            shapes.push(text(at, TOP - 7.0, 6.5, false, Ink::Muted, &label));
            labeled = at;
        }
    }
    let line: Vec<(f32, f32)> =
        trend.points.iter().map(|point| (x(point.at), y(single(point.value)))).collect();
    for (x, y) in &line {
        shapes.push(Shape::Disc { x: *x, y: *y, radius: 2.0, fill: Ink::Accent });
    }
    shapes.push(Shape::Line { points: line, stroke: Ink::Accent, thickness: 1.6 });
    let end = y(single(last.value)) + 2.8;
    shapes.push(text(width - RIGHT + 13.0, end, 8.5, true, Ink::Accent, &last.score));
    for (at, point) in [(LEFT + 34.0, first), (width - RIGHT - 34.0, last)] {
        shapes.push(text(at, HEIGHT - 4.0, 6.5, false, Ink::Muted, &point.date));
    }
    let values: Vec<String> = trend.points.iter().map(|point| point.score.clone()).collect();
    let description = fill(
        w.trend_described,
        &[("first", &first.date), ("last", &last.date), ("values", &w.list(&values))],
    );
    let title = w.twelve_months.to_owned();
    Some(Drawing { width, height: HEIGHT, title, description, shapes })
}

fn push_svg(svg: &mut String, shape: &Shape) {
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Rect { x, y, width, height, radius, fill } => write!(
            svg,
            "<rect class=\"f-{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            fill.key(),
            number(*x),
            number(*y),
            number(*width),
            number(*height),
            number(*radius)
        ),
        Shape::Frame { x, y, width, height, radius, stroke, thickness } => write!(
            svg,
            "<rect class=\"s-{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" \
             stroke-width=\"{}\"/>",
            stroke.key(),
            number(*x),
            number(*y),
            number(*width),
            number(*height),
            number(*radius),
            number(*thickness)
        ),
        Shape::Line { points, stroke, thickness } => write!(
            svg,
            "<polyline class=\"s-{}\" points=\"{}\" stroke-width=\"{}\"/>",
            stroke.key(),
            list(points),
            number(*thickness)
        ),
        Shape::Outline { points, stroke, thickness } => write!(
            svg,
            "<polygon class=\"s-{}\" points=\"{}\" stroke-width=\"{}\"/>",
            stroke.key(),
            list(points),
            number(*thickness)
        ),
        Shape::Disc { x, y, radius, fill } => write!(
            svg,
            "<circle class=\"f-{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            fill.key(),
            number(*x),
            number(*y),
            number(*radius)
        ),
        Shape::HalfDisc { x, y, radius, fill } => write!(
            svg,
            "<path class=\"f-{}\" d=\"M{} {}a{r} {r} 0 0 0 0 {}z\"/>",
            fill.key(),
            number(*x),
            number(y - radius),
            number(radius * 2.0),
            r = number(*radius)
        ),
        Shape::Ring { x, y, radius, stroke, thickness, dashed } => write!(
            svg,
            "<circle class=\"s-{}{}\" cx=\"{}\" cy=\"{}\" r=\"{}\" stroke-width=\"{}\"{}/>",
            stroke.key(),
            if *dashed { " dashed" } else { "" },
            number(*x),
            number(*y),
            number(*radius),
            number(*thickness),
            if *dashed { " stroke-dasharray=\"2.4 1.6\"" } else { "" }
        ),
        Shape::Text { x, y, size, bold, fill, text } => write!(
            svg,
            "<text class=\"f-{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{} \
             text-anchor=\"middle\">{}</text>",
            fill.key(),
            number(*x),
            number(*y),
            number(*size),
            if *bold { " font-weight=\"700\"" } else { "" },
            escaped(text)
        ),
    };
}

fn list(points: &[(f32, f32)]) -> String {
    let points: Vec<String> =
        points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
    points.join(" ")
}

/// At most two decimals, none without need.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A count as a length.
#[expect(clippy::cast_precision_loss, reason = "counts of controls are far below 2^23")]
pub(crate) fn float(number: usize) -> f32 {
    number as f32
}

#[expect(clippy::cast_possible_truncation, reason = "a score needs one decimal")]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::of(crate::Language::English)
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in
            [(0.0, "0"), (-0.001, "0"), (12.0, "12"), (1.5, "1.5"), (2.0 / 3.0, "0.67")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn the_bar_is_as_wide_as_it_says_and_says_all_its_numbers() {
        let segments = [(Status::Pass, 51), (Status::Fail, 8), (Status::NotLicensed, 12)]
            .map(|(status, count)| Segment { status, word: words().status(status), count });
        let bar = coverage_bar(words(), &segments, 500.0);
        let end = bar
            .shapes
            .iter()
            .map(|shape| match shape {
                Shape::Rect { x, width, .. } => x + width,
                Shape::Frame { x, width, .. } => x + width + 0.5,
                other => panic!("{other:?}"),
            })
            .fold(0.0, f32::max);
        assert!((end - 500.0).abs() < 0.01, "{end}");
        assert_eq!(bar.description, "In order: 51, Not in order: 8 and Not licensed: 12.");
        assert!(coverage_bar(words(), &[], 500.0).shapes.is_empty());
    }

    #[test]
    fn the_needle_stands_at_the_score() {
        let scale = Scale { value: 50.0, low: 50.0, high: 50.0 };
        let drawing = score_scale(words(), Some(scale), "F", 224.0);
        let needle = drawing.shapes.iter().find_map(|shape| match shape {
            Shape::Rect { x, width, fill: Ink::Accent, .. } => Some(x + width / 2.0),
            _ => None,
        });
        assert_eq!(needle, Some(112.0));
        assert!(drawing.svg("score").contains("The score is 50.0"));
        assert!(!score_scale(words(), None, "", 224.0).svg("score").contains("accent"));
    }

    #[test]
    fn svg_escapes_its_text() {
        let drawing = Drawing {
            width: 1.0,
            height: 1.0,
            title: "<script>".to_owned(),
            description: "\"&".to_owned(),
            shapes: Vec::new(),
        };
        let svg = drawing.svg("x");
        assert!(svg.contains("&lt;script&gt;") && svg.contains("&quot;&amp;"));
    }
}
