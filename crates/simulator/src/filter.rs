//! The part of `$filter` that a reader of configuration uses.

use jiff::Timestamp;
use serde_json::Value;

/// Deeper nesting is refused.
const MOST_DEPTH: usize = 20;

/// A parsed `$filter`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// One of these.
    Or(Vec<Self>),
    /// All of these.
    And(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// A property against a value.
    Compare(Path, Operator, Value),
    /// `startswith(property,'…')` or `endswith(property,'…')`.
    Affix(Path, Affix, String),
    /// `property in ('…','…')`.
    In(Path, Vec<Value>),
    /// `property/any(x: …)`; paths inside start at the item.
    Any(Path, Box<Self>),
}

/// Member names from the record inwards; empty is the record itself.
pub(crate) type Path = Vec<String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affix {
    Start,
    End,
}

impl Filter {
    /// Parses a `$filter`.
    ///
    /// # Errors
    ///
    /// Says what was expected and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, variables: Vec::new() };
        let filter = parser.or()?;
        match parser.peek() {
            None => Ok(filter),
            Some(token) => Err(format!("expected the end of the filter, found {token:?}")),
        }
    }

    /// Whether a record passes.
    pub(crate) fn matches(&self, record: &Value) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.matches(record)),
            Self::And(parts) => parts.iter().all(|part| part.matches(record)),
            Self::Not(part) => !part.matches(record),
            Self::Compare(path, operator, value) => compares(at(record, path), *operator, value),
            Self::Affix(path, affix, part) => at(record, path).as_str().is_some_and(|text| {
                let (text, part) = (text.to_ascii_lowercase(), part.to_ascii_lowercase());
                match affix {
                    Affix::Start => text.starts_with(&part),
                    Affix::End => text.ends_with(&part),
                }
            }),
            Self::In(path, values) => {
                values.iter().any(|value| compares(at(record, path), Operator::Eq, value))
            }
            Self::Any(path, part) => at(record, path)
                .as_array()
                .is_some_and(|items| items.iter().any(|item| part.matches(item))),
        }
    }

    /// Every comparison, wherever it stands, with the first member of its path.
    pub(crate) fn comparisons(&self) -> Vec<(&str, Option<(Operator, &Value)>)> {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                parts.iter().flat_map(Self::comparisons).collect()
            }
            Self::Not(part) => part.comparisons(),
            Self::Compare(path, operator, value) => {
                vec![(first(path), Some((*operator, value)))]
            }
            Self::Affix(path, ..) | Self::In(path, _) | Self::Any(path, _) => {
                vec![(first(path), None)]
            }
        }
    }

    /// Whether a property is mentioned.
    pub(crate) fn mentions(&self, property: &str) -> bool {
        self.comparisons().iter().any(|(name, _)| *name == property)
    }

    /// Whether the directory answers it only from its index.
    pub(crate) fn is_advanced(&self) -> bool {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().any(Self::is_advanced),
            Self::Not(_) | Self::Affix(_, Affix::End, _) | Self::Compare(_, Operator::Ne, _) => {
                true
            }
            Self::Compare(..) | Self::Affix(..) | Self::In(..) => false,
            Self::Any(_, part) => part.is_advanced(),
        }
    }
}

fn first(path: &[String]) -> &str {
    path.first().map_or("", String::as_str)
}

fn at<'a>(record: &'a Value, path: &[String]) -> &'a Value {
    path.iter().fold(record, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn compares(found: &Value, operator: Operator, wanted: &Value) -> bool {
    let equal = match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => found.eq_ignore_ascii_case(wanted),
        _ => found == wanted,
    };
    let order = || match (found, wanted) {
        (Value::Number(found), Value::Number(wanted)) => {
            found.as_f64()?.partial_cmp(&wanted.as_f64()?)
        }
        (Value::String(found), Value::String(wanted)) => {
            let times = (found.parse::<Timestamp>(), wanted.parse::<Timestamp>());
            let (Ok(found), Ok(wanted)) = times else { return None };
            Some(found.cmp(&wanted))
        }
        _ => None,
    };
    match operator {
        Operator::Eq => equal,
        Operator::Ne => !equal,
        Operator::Gt => order().is_some_and(std::cmp::Ordering::is_gt),
        Operator::Ge => order().is_some_and(std::cmp::Ordering::is_ge),
        Operator::Lt => order().is_some_and(std::cmp::Ordering::is_lt),
        Operator::Le => order().is_some_and(std::cmp::Ordering::is_le),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Text(String),
    Word(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&next) = rest.peek() {
        let mark = match next {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            // Inside a word it belongs to a time.
            ':' => Some(Token::Colon),
            _ => None,
        };
        if let Some(mark) = mark {
            rest.next();
            tokens.push(mark);
        } else if next.is_whitespace() {
            rest.next();
        } else if next == '\'' {
            rest.next();
            let mut literal = String::new();
            loop {
                match rest.next() {
                    Some('\'') if rest.next_if_eq(&'\'').is_some() => literal.push('\''),
                    Some('\'') => break,
                    Some(other) => literal.push(other),
                    None => return Err("a quoted text does not end".to_owned()),
                }
            }
            tokens.push(Token::Text(literal));
        } else {
            let mut word = String::new();
            let is_time = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
            while let Some(part) = rest.next_if(|&c| {
                !c.is_whitespace()
                    && !matches!(c, '(' | ')' | ',' | '\'')
                    && (c != ':' || is_time(&word))
            }) {
                word.push(part);
            }
            tokens.push(Token::Word(word));
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// The names that stand for an item inside `any`.
    variables: Vec<String>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.next() {
            Some(next) if next == *token => Ok(()),
            other => Err(format!("expected {token:?}, found {other:?}")),
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err("the filter is nested too deeply".to_owned());
        }
        let mut parts = vec![self.and()?];
        while self.takes("or") {
            parts.push(self.and()?);
        }
        self.depth -= 1;
        Ok(single(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.unary()?];
        while self.takes("and") {
            parts.push(self.unary()?);
        }
        Ok(single(parts, Filter::And))
    }

    fn unary(&mut self) -> Result<Filter, String> {
        if self.takes("not") {
            return Ok(Filter::Not(Box::new(self.primary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Open) => {
                let inner = self.or()?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) => self.word(&word),
            other => Err(format!("expected a property, found {other:?}")),
        }
    }

    fn word(&mut self, word: &str) -> Result<Filter, String> {
        let opens = self.peek() == Some(&Token::Open);
        if opens && let Some(path) = word.strip_suffix("/any") {
            self.next();
            let Some(Token::Word(variable)) = self.next() else {
                return Err("expected a name in any()".to_owned());
            };
            self.expect(&Token::Colon)?;
            let path = self.path(path);
            self.variables.push(variable);
            let inner = self.or()?;
            self.variables.pop();
            self.expect(&Token::Close)?;
            return Ok(Filter::Any(path, Box::new(inner)));
        }
        let affix = match word.to_ascii_lowercase().as_str() {
            "startswith" => Some(Affix::Start),
            "endswith" => Some(Affix::End),
            _ => None,
        };
        if opens && let Some(affix) = affix {
            self.next();
            let (Some(Token::Word(path)), Some(Token::Comma), Some(Token::Text(part))) =
                (self.next(), self.next(), self.next())
            else {
                return Err(format!("expected {word}(property,'text')"));
            };
            self.expect(&Token::Close)?;
            return Ok(Filter::Affix(self.path(&path), affix, part));
        }
        let path = self.path(word);
        if self.takes("in") {
            self.expect(&Token::Open)?;
            let mut values = vec![self.value()?];
            while self.peek() == Some(&Token::Comma) {
                self.next();
                values.push(self.value()?);
            }
            self.expect(&Token::Close)?;
            return Ok(Filter::In(path, values));
        }
        let operator = match self.next() {
            Some(Token::Word(operator)) => match operator.as_str() {
                "eq" => Operator::Eq,
                "ne" => Operator::Ne,
                "gt" => Operator::Gt,
                "ge" => Operator::Ge,
                "lt" => Operator::Lt,
                "le" => Operator::Le,
                other => return Err(format!("unknown operator {other:?}")),
            },
            other => return Err(format!("expected an operator after {word:?}, found {other:?}")),
        };
        Ok(Filter::Compare(path, operator, self.value()?))
    }

    fn path(&self, word: &str) -> Path {
        let mut names = word.split('/').peekable();
        if let Some(first) = names.peek()
            && self.variables.iter().any(|variable| variable == first)
        {
            names.next();
        }
        names.map(str::to_owned).collect()
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => Ok(match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => word.parse::<i64>().map_or(Value::String(word), Value::from),
            }),
            other => Err(format!("expected a value, found {other:?}")),
        }
    }
}

fn single(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            join(parts)
        }
        (_, None) => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str, record: &Value) -> bool {
        Filter::parse(filter).unwrap().matches(record)
    }

    #[test]
    fn comparisons() {
        let guest = json!({"userType": "Guest", "accountEnabled": true, "age": 7,
            "manager": {"id": "m"}, "at": "2026-08-10T22:41:09Z", "gone": null});
        assert!(passes("userType eq 'guest'", &guest));
        assert!(!passes("userType eq 'Member'", &guest));
        assert!(passes("accountEnabled eq true and age ge 7", &guest));
        assert!(!passes("age gt 7", &guest));
        assert!(passes("manager/id eq 'm'", &guest));
        assert!(passes("gone eq null and absent eq null", &guest));
        assert!(passes("at ge 2026-08-10T22:41:09.000Z", &guest));
        assert!(!passes("at gt 2026-08-10T22:41:09Z", &guest));
        assert!(passes("not (userType eq 'Member')", &guest));
        assert!(passes("startswith(userType,'GUE')", &guest));
        assert!(passes("age in (1, 7)", &guest));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let record = json!({"a": 1, "b": 2, "c": 3});
        assert!(passes("a eq 1 or b eq 0 and c eq 0", &record));
        assert!(!passes("(a eq 1 or b eq 0) and c eq 0", &record));
    }

    #[test]
    fn a_quote_inside_a_text_is_doubled() {
        assert!(passes("name eq 'O''Hara'", &json!({"name": "O'Hara"})));
    }

    #[test]
    fn any_looks_at_items() {
        let record = json!({"types": ["a", "b"], "licenses": [{"skuId": "one"}]});
        assert!(passes("types/any(t: t eq 'b')", &record));
        assert!(passes("types/any(t:t eq 'b')", &record));
        assert!(!passes("types/any(t: t eq 'c')", &record));
        assert!(passes("licenses/any(u:u/skuId eq one)", &record));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "a", "a eq", "a like 'b'", "(a eq 1", "a eq 1)", "a eq 'b", "eq 1"] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        assert!(Filter::parse(&format!("{}a eq 1", "(".repeat(1000))).is_err());
    }
}
