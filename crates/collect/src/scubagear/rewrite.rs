//! Another tool's JSON in the spelling of Microsoft's services.

/// How names are spelled in the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As Microsoft Graph sends them: `displayName`.
    Camel,
    /// As Exchange Online sends them, and as they are: `DisplayName`.
    Pascal,
}

/// Rewrites valid JSON in one pass: names in the spelling, `/Date(…)/` as a time, no white space.
///
/// With [`Spelling::Camel`] the members of an object `AdditionalProperties`, where Microsoft's
/// PowerShell module puts what its types do not know, become members of the object around it.
pub(crate) fn rewrite(json: &str, spelling: Spelling) -> String {
    let mut written = Writer { text: String::with_capacity(json.len() / 2), comma: false };
    // For each open bracket whether it was written.
    let mut open: Vec<bool> = Vec::new();
    let mut dissolves = false;
    let mut rest = json;
    loop {
        let (between, string) = rest.split_once('"').unwrap_or((rest, ""));
        let is_end = between.len() == rest.len();
        for letter in between.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(char::from) {
            match letter {
                ',' => written.comma = true,
                '{' | '[' => {
                    let is_written = !std::mem::take(&mut dissolves);
                    open.push(is_written);
                    if is_written {
                        written.push(letter);
                    }
                }
                '}' | ']' => {
                    if open.pop().unwrap_or(true) {
                        written.comma = false;
                        written.text.push(letter);
                    }
                }
                ':' if dissolves => {}
                _ => written.push(letter),
            }
        }
        if is_end {
            return written.text;
        }
        let (content, after) = split_string(string);
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        if spelling == Spelling::Camel
            && content == "AdditionalProperties"
            && value.is_some_and(|value| value.starts_with('{'))
        {
            dissolves = true;
            continue;
        }
        written.push('"');
        match value {
            Some(_) if spelling == Spelling::Camel => {
                let mut letters = content.chars();
                written.text.extend(letters.next().map(|first| first.to_ascii_lowercase()));
                written.text.push_str(letters.as_str());
            }
            None => match time(content) {
                Some(time) => written.text.push_str(&time),
                None => written.text.push_str(content),
            },
            Some(_) => written.text.push_str(content),
        }
        written.text.push('"');
    }
}

struct Writer {
    text: String,
    /// A comma has been read and not yet written.
    comma: bool,
}

impl Writer {
    fn push(&mut self, letter: char) {
        if std::mem::take(&mut self.comma) && !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
        self.text.push(letter);
    }
}

/// The content of a string whose opening quote has been read, escapes as they are, and what follows
/// its closing quote.
fn split_string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                return (
                    text.get(..place).unwrap_or_default(),
                    text.get(place + 1..).unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    (text, "")
}

/// `/Date(1613679244000)/`, with or without escaped slashes and a time zone, as a time; `None` for
/// any other text.
fn time(content: &str) -> Option<String> {
    let content = content.trim_start_matches('\\').strip_prefix("/Date(")?;
    let number = content.strip_suffix(")/").or_else(|| content.strip_suffix(")\\/"))?;
    // The zone after the number only says how to show the time.
    let digits = number
        .get(1..)?
        .find(['+', '-'])
        .map_or(number, |zone| number.get(..=zone).unwrap_or(number));
    let time = jiff::Timestamp::from_millisecond(digits.parse().ok()?).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camel(json: &str) -> String {
        rewrite(json, Spelling::Camel)
    }

    #[test]
    fn names_change_and_values_stay() {
        assert_eq!(
            camel(
                r#" { "Id" : "Id", "IncludeTargets@odata.context": [ 1 , null ,"A: \"B\"" ], "@odata.type":{ } } "#
            ),
            r#"{"id":"Id","includeTargets@odata.context":[1,null,"A: \"B\""],"@odata.type":{}}"#
        );
        assert_eq!(rewrite(r#"{ "Id": 1e400 }"#, Spelling::Pascal), r#"{"Id":1e400}"#);
        assert_eq!(camel(r#"{"":{"É":1}}"#), r#"{"":{"É":1}}"#);
    }

    #[test]
    fn times_of_powershell_become_times() {
        assert_eq!(camel(r#""\/Date(1613679244000)\/""#), r#""2021-02-18T20:14:04Z""#);
        assert_eq!(camel(r#""/Date(1769788627239)/""#), r#""2026-01-30T15:57:07.239Z""#);
        assert_eq!(camel(r#""/Date(-62135596800000)/""#), r#""0001-01-01T00:00:00Z""#);
        assert_eq!(camel(r#""/Date(1613679244000+0200)/""#), r#""2021-02-18T20:14:04Z""#);
        for same in [r#""/Date()/""#, r#""/Date(x)/""#, r#""/Date(9999999999999999999)/""#] {
            assert_eq!(camel(same), same);
        }
    }

    #[test]
    fn additional_properties_dissolve() {
        assert_eq!(
            camel(
                r#"[{"Id":"a","AdditionalProperties":{"@odata.type":"t","Deep":{"X":[]}},"Target":1}]"#
            ),
            r#"[{"id":"a","@odata.type":"t","deep":{"x":[]},"target":1}]"#
        );
        assert_eq!(camel(r#"{"AdditionalProperties":{},"Id":1}"#), r#"{"id":1}"#);
        assert_eq!(camel(r#"{"Id":1,"AdditionalProperties":{}}"#), r#"{"id":1}"#);
        assert_eq!(camel(r#"{"Id":1,"AdditionalProperties":{ },"B":2}"#), r#"{"id":1,"b":2}"#);
        assert_eq!(
            camel(r#"{"AdditionalProperties":null,"Id":1}"#),
            r#"{"additionalProperties":null,"id":1}"#
        );
        assert_eq!(camel(r#"["AdditionalProperties",{}]"#), r#"["AdditionalProperties",{}]"#);
    }
}
