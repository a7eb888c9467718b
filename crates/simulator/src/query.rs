//! The query options of a request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::answer::Refusal;
use crate::filter::Filter;
use crate::mix::mix;

/// What stays as it is in a query value.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The options of one request.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// `$select`; `None` selects what comes unasked.
    pub(crate) select: Option<Vec<String>>,
    /// `$expand`, the name and what stands in its parentheses.
    pub(crate) expand: Option<(String, String)>,
    /// `$filter`.
    pub(crate) filter: Option<Filter>,
    /// `$top`.
    pub(crate) top: Option<usize>,
    /// `$skip`.
    pub(crate) skip: usize,
    /// `$count`.
    pub(crate) count: bool,
    /// Where the page starts, from `$skiptoken`.
    pub(crate) start: Option<usize>,
    /// Options without a dollar sign, by name.
    pub(crate) other: Vec<(String, String)>,
    /// All options but the token, as they came.
    kept: Vec<(String, String)>,
}

impl Query {
    /// Parses the text after the question mark. `of` tells lists apart: a token of one list is
    /// not valid for another, nor for the same list with other options.
    ///
    /// # Errors
    ///
    /// When an option is unknown, or its value is not what the service takes.
    pub(crate) fn parse(text: &str, of: &str) -> Result<Self, Refusal> {
        if text.contains(['\'', '"', ' ']) {
            return Err(mistake("the query is not percent-encoded"));
        }
        let mut query = Self::default();
        let mut token = None;
        for (name, value) in pairs(text) {
            match name.as_str() {
                "$select" => {
                    query.select =
                        Some(value.split(',').map(|name| name.trim().to_owned()).collect());
                }
                "$expand" => query.expand = Some(expand(&value)?),
                "$filter" => {
                    let filter = Filter::parse(&value)
                        .map_err(|what| mistake(format!("invalid $filter {value:?}: {what}")))?;
                    query.filter = Some(filter);
                }
                "$top" => query.top = Some(number(&name, &value)?),
                "$skip" => query.skip = number(&name, &value)?,
                "$count" => query.count = value == "true",
                "$skiptoken" => {
                    token = Some(value);
                    continue;
                }
                other if other.starts_with('$') => {
                    return Err(Refusal::unknown(&format!("the query option {other}")));
                }
                _ => query.other.push((name.clone(), value.clone())),
            }
            query.kept.push((name, value));
        }
        if let Some(token) = token {
            query.start = Some(query.place(&token, of).ok_or_else(|| {
                Refusal::new(
                    400,
                    "Directory_ExpiredPageToken",
                    "the page token is not valid for this request",
                )
            })?);
        }
        Ok(query)
    }

    /// The query of the page that starts at a place.
    pub(crate) fn next(&self, start: usize, of: &str) -> String {
        let token = URL_SAFE_NO_PAD.encode(format!("{start}.{:016x}", self.check(start, of)));
        let mut text = String::new();
        for (name, value) in &self.kept {
            let value = utf8_percent_encode(value, KEPT).to_string();
            text.extend([name.as_str(), "=", &value, "&"]);
        }
        text.push_str("$skiptoken=");
        text.push_str(&token);
        text
    }

    /// The place that a token of this very list stands for.
    fn place(&self, token: &str, of: &str) -> Option<usize> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (start, check) = text.split_once('.')?;
        let start = start.parse().ok()?;
        (check == format!("{:016x}", self.check(start, of))).then_some(start)
    }

    fn check(&self, start: usize, of: &str) -> u64 {
        let options: Vec<_> =
            self.kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        mix(start as u64, &format!("{of}?{}", options.join("&")))
    }
}

/// The options of a query, decoded.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    value.parse().map_err(|_| mistake(format!("invalid value {value:?} of {name}")))
}

/// `principal` or `policy($expand=rules)`.
fn expand(value: &str) -> Result<(String, String), Refusal> {
    let (name, inner) = match value.split_once('(') {
        Some((name, inner)) => (name, inner.strip_suffix(')').unwrap_or(inner)),
        None => (value, ""),
    };
    if name.contains(',') {
        return Err(mistake("only one property may be expanded"));
    }
    Ok((name.to_owned(), inner.to_owned()))
}

pub(crate) fn mistake(message: impl Into<String>) -> Refusal {
    Refusal::mistake("BadRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_the_list_it_came_from() {
        let first =
            Query::parse("$select=id&$filter=a%20eq%20'1'".replace('\'', "%27").as_str(), "users");
        let next = first.unwrap().next(20, "users");
        assert_eq!(Query::parse(&next, "users").unwrap().start, Some(20));
        assert!(Query::parse(&next, "groups").is_err());
        assert!(Query::parse(&next.replace("$select=id", "$select=mail"), "users").is_err());
    }

    #[test]
    fn options_that_the_service_lacks_are_refused() {
        assert!(Query::parse("$selct=id", "users").unwrap_err().unknown);
        assert!(Query::parse("$top=many", "users").is_err());
        assert!(Query::parse("$filter=a eq 1", "users").is_err());
        assert!(Query::parse("$expand=a,b", "users").is_err());
    }
}
