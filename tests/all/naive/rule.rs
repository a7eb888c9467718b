//! Rules of device filters and application filters.
//!
//! ```text
//! rule       = all { "-or" all }
//! all        = one { "-and" one }
//! one        = "-not" one | "(" rule ")" | comparison
//! comparison = attribute operator ( value | "[" value { "," value } "]" )
//! ```

use serde_json::Value;

/// What a device or an application has under an attribute's name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Null,
    Text(String),
    Many(Vec<String>),
}

impl Attribute {
    pub(super) fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => {
                Self::Many(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            other => Self::Text(other.to_string()),
        }
    }
}

/// One comparison of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// With its prefix, as `device.model`.
    pub(super) attribute: String,
    /// In lower case, without the hyphen and without a leading `not`; `ne` becomes `eq`.
    pub(super) operator: String,
    pub(super) negative: bool,
    pub(super) values: Vec<String>,
}

/// Whether the rule holds for something with these attributes.
pub(super) fn matches(rule: &str, attribute: &dyn Fn(&str) -> Attribute) -> bool {
    eval(&parse(rule), attribute)
}

/// Every comparison in the rule, in its order.
pub(super) fn comparisons(rule: &str) -> Vec<Comparison> {
    fn collect(node: &Node, into: &mut Vec<Comparison>) {
        match node {
            Node::Any(nodes) | Node::All(nodes) => nodes.iter().for_each(|n| collect(n, into)),
            Node::Not(inner) => collect(inner, into),
            Node::Compare(comparison) => into.push(comparison.clone()),
        }
    }
    let mut found = Vec::new();
    collect(&parse(rule), &mut found);
    found
}

enum Node {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Compare(Comparison),
}

fn eval(node: &Node, attribute: &dyn Fn(&str) -> Attribute) -> bool {
    match node {
        Node::Any(nodes) => nodes.iter().any(|node| eval(node, attribute)),
        Node::All(nodes) => nodes.iter().all(|node| eval(node, attribute)),
        Node::Not(inner) => !eval(inner, attribute),
        Node::Compare(comparison) => {
            comparison.holds(&attribute(&comparison.attribute)) != comparison.negative
        }
    }
}

impl Comparison {
    /// Whether the positive form of the operator holds: never for a null, so that the negative form
    /// always does.
    pub(super) fn holds(&self, attribute: &Attribute) -> bool {
        match attribute {
            Attribute::Null => false,
            Attribute::Text(text) => self.holds_for(text, false),
            Attribute::Many(elements) => elements.iter().any(|text| self.holds_for(text, true)),
        }
    }

    fn holds_for(&self, text: &str, element: bool) -> bool {
        let text = text.to_lowercase();
        self.values.iter().map(|value| value.to_lowercase()).any(|value| {
            match self.operator.as_str() {
                "eq" | "in" => text == value,
                "startswith" => text.starts_with(&value),
                "endswith" => text.ends_with(&value),
                "contains" if element => text == value,
                "contains" => text.contains(&value),
                operator => panic!("a rule with the operator {operator:?}"),
            }
        })
    }
}

fn parse(rule: &str) -> Node {
    let mut tokens = tokens(rule);
    tokens.reverse();
    let node = any(&mut tokens);
    assert!(tokens.is_empty(), "a rule with something after its end: {rule}");
    node
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// `(`, `)`, `[`, `]` or a comma.
    Sign(char),
    /// A bare word: an attribute, an operator, `True`.
    Word(String),
    Quoted(String),
}

fn tokens(rule: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '(' | ')' | '[' | ']' | ',' => {
                tokens.push(Token::Sign(first));
                after
            }
            '"' | '\'' => {
                let (quoted, after) = after.split_once(first).expect("a quote is closed");
                tokens.push(Token::Quoted(quoted.to_owned()));
                after
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "()[],\"'".contains(c);
                let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
                tokens.push(Token::Word(word.to_owned()));
                after
            }
        }
        .trim_start();
    }
    tokens
}

/// The next token is the last of the vector.
fn next_is(tokens: &[Token], word: &str) -> bool {
    matches!(tokens.last(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word))
}

fn any(tokens: &mut Vec<Token>) -> Node {
    let mut nodes = vec![all(tokens)];
    while next_is(tokens, "-or") {
        tokens.pop();
        nodes.push(all(tokens));
    }
    Node::Any(nodes)
}

fn all(tokens: &mut Vec<Token>) -> Node {
    let mut nodes = vec![one(tokens)];
    while next_is(tokens, "-and") {
        tokens.pop();
        nodes.push(one(tokens));
    }
    Node::All(nodes)
}

fn one(tokens: &mut Vec<Token>) -> Node {
    match tokens.pop() {
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("-not") => {
            Node::Not(Box::new(one(tokens)))
        }
        Some(Token::Sign('(')) => {
            let node = any(tokens);
            assert_eq!(tokens.pop(), Some(Token::Sign(')')), "a parenthesis is closed");
            node
        }
        Some(Token::Word(attribute)) => {
            let Some(Token::Word(operator)) = tokens.pop() else {
                panic!("no operator after {attribute}")
            };
            let operator = operator.trim_start_matches('-').to_lowercase();
            let (operator, negative) = match operator.as_str() {
                "ne" => ("eq", true),
                name => (name.trim_start_matches("not"), name.starts_with("not")),
            };
            let operator = operator.to_owned();
            Node::Compare(Comparison { attribute, operator, negative, values: values(tokens) })
        }
        token => panic!("a rule cannot go on with {token:?}"),
    }
}

fn values(tokens: &mut Vec<Token>) -> Vec<String> {
    match tokens.pop() {
        Some(Token::Word(value) | Token::Quoted(value)) => vec![value],
        Some(Token::Sign('[' | '(')) => {
            let mut values = Vec::new();
            loop {
                match tokens.pop() {
                    Some(Token::Word(value) | Token::Quoted(value)) => values.push(value),
                    Some(Token::Sign(',')) => {}
                    Some(Token::Sign(']' | ')')) => return values,
                    token => panic!("a list cannot go on with {token:?}"),
                }
            }
        }
        token => panic!("{token:?} is no value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(rule: &str) -> bool {
        matches(rule, &|name| match name {
            "device.model" => Attribute::Text("Surface Pro".to_owned()),
            "device.systemLabels" => Attribute::Many(vec!["M365Managed".to_owned()]),
            "device.isCompliant" => Attribute::Text("true".to_owned()),
            _ => Attribute::Null,
        })
    }

    #[test]
    fn operators() {
        for rule in [
            r#"device.model -eq "surface pro""#,
            r#"device.model -ne "Surface""#,
            r#"device.model -startsWith "SURF""#,
            r#"device.model -notStartsWith "Pro""#,
            r#"device.model -endsWith "pro""#,
            r#"device.model -contains "face P""#,
            r#"device.model -notContains "Book""#,
            r#"device.model -in ["Latitude", "Surface Pro"]"#,
            r#"device.model -notIn ["Latitude", "Surface"]"#,
            "device.isCompliant -eq True",
            "device.isCompliant -ne False",
            r#"device.systemLabels -contains "m365managed""#,
            r#"device.systemLabels -notContains "M365""#,
            r#"device.displayName -ne "x""#,
            r#"device.displayName -notIn ["x"]"#,
            r#"-not (device.displayName -eq "x")"#,
        ] {
            assert!(device(rule), "{rule}");
            assert!(!device(&format!("-not ({rule})")), "{rule}");
        }
        for rule in [r#"device.displayName -eq """#, r#"device.displayName -startsWith "x""#] {
            assert!(!device(rule), "{rule}");
        }
    }

    #[test]
    fn and_binds_before_or() {
        let (yes, no) = ("device.isCompliant -eq True", "device.isCompliant -eq False");
        assert!(device(&format!("{yes} -or {no} -and {no}")));
        assert!(!device(&format!("({yes} -or {no}) -and {no}")));
        assert!(!device(&format!("-not {yes} -and {no}")));
        assert!(device(&format!("-not ({yes} -and {no})")));
    }
}
