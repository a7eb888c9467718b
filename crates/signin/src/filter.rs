//! Rules of device filters and application filters.
//!
//! A rule is a Boolean expression over comparisons such as `device.model -startsWith "PC"`.
//! Comparisons ignore case. A positive comparison with an attribute that is null is false, the
//! negative one is true; Boolean operators come after that.

use std::collections::BTreeSet;

use crate::tri::Tri;

/// The most a rule may nest; Microsoft allows 3,072 characters in all.
const DEEPEST: usize = 64;

/// A filter rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rule {
    /// Known already.
    Constant(bool),
    /// A comparison.
    Compare(Comparison),
    /// The opposite.
    Not(Box<Self>),
    /// All of them.
    And(Vec<Self>),
    /// Any of them.
    Or(Vec<Self>),
}

/// An attribute and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Comparison {
    /// As written, without the object's name (`device.`, `CustomSecurityAttribute.`).
    pub(crate) attribute: String,
    /// How.
    pub(crate) operator: Operator,
    /// Whether the opposite is meant.
    pub(crate) negative: bool,
    /// With what: one literal, of `In` any number. `None` is the word `null`.
    pub(crate) literals: Vec<Option<Literal>>,
}

/// A text of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Literal {
    /// In lower case, to be compared with.
    pub(crate) lower: String,
    /// As written, to be shown.
    pub(crate) shown: String,
}

impl Literal {
    fn new(text: &str) -> Self {
        Self { lower: text.to_lowercase(), shown: text.to_owned() }
    }
}

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operator {
    /// The same text.
    Equals,
    /// Begins with the text.
    StartsWith,
    /// Ends with the text.
    EndsWith,
    /// Holds the text: of a list, as a whole element.
    Contains,
    /// The same text as one of them.
    In,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    /// It has none.
    Null,
    /// A text, in lower case.
    Text(String),
    /// A list of texts, in lower case.
    List(BTreeSet<String>),
    /// Nobody could read it.
    Unreadable,
}

impl Value {
    /// A text, lowered.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

impl Rule {
    /// Reads a rule about `object`.
    ///
    /// # Errors
    ///
    /// What is not understood, in words. Such a rule must not be guessed at.
    pub(crate) fn parse(text: &str, object: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text, object, depth: 0 };
        let rule = reader.or()?;
        reader.skip_space();
        if reader.rest.is_empty() { Ok(rule) } else { Err(reader.unexpected()) }
    }

    /// Whether the rule holds, given each attribute's value and, where an attribute is null, what a
    /// negative comparison with it says.
    pub(crate) fn holds(
        &self,
        value: &impl Fn(&str) -> Value,
        negative_on_null: &impl Fn(&str) -> bool,
    ) -> Tri {
        match self {
            Self::Constant(known) => Tri::from(*known),
            Self::Compare(comparison) => {
                let attribute = &comparison.attribute;
                comparison.holds(&value(attribute), negative_on_null(attribute))
            }
            Self::Not(rule) => !rule.holds(value, negative_on_null),
            Self::And(rules) => rules
                .iter()
                .map(|rule| rule.holds(value, negative_on_null))
                .fold(Tri::Yes, Tri::and),
            Self::Or(rules) => {
                rules.iter().map(|rule| rule.holds(value, negative_on_null)).fold(Tri::No, Tri::or)
            }
        }
    }

    /// The rule with one attribute's value put in, as small as it gets.
    pub(crate) fn with(&self, attribute: &str, value: &Value, negative_on_null: bool) -> Self {
        match self {
            Self::Compare(comparison) if comparison.attribute.eq_ignore_ascii_case(attribute) => {
                match comparison.holds(value, negative_on_null) {
                    Tri::No => Self::Constant(false),
                    Tri::Yes => Self::Constant(true),
                    Tri::Maybe => self.clone(),
                }
            }
            Self::Constant(_) | Self::Compare(_) => self.clone(),
            Self::Not(rule) => match rule.with(attribute, value, negative_on_null) {
                Self::Constant(known) => Self::Constant(!known),
                rule => Self::Not(rule.into()),
            },
            Self::And(rules) => Self::join(rules, false, Self::And, |rule| {
                rule.with(attribute, value, negative_on_null)
            }),
            Self::Or(rules) => Self::join(rules, true, Self::Or, |rule| {
                rule.with(attribute, value, negative_on_null)
            }),
        }
    }

    /// Joins parts, of which `decisive` settles the whole and its opposite changes nothing.
    fn join(
        rules: &[Self],
        decisive: bool,
        whole: fn(Vec<Self>) -> Self,
        part: impl Fn(&Self) -> Self,
    ) -> Self {
        let mut parts = Vec::new();
        for rule in rules.iter().map(part) {
            match rule {
                Self::Constant(known) if known == decisive => return Self::Constant(decisive),
                Self::Constant(_) => {}
                rule => parts.push(rule),
            }
        }
        match parts.len() {
            0 => Self::Constant(!decisive),
            1 => parts.pop().unwrap_or(Self::Constant(!decisive)),
            _ => whole(parts),
        }
    }

    /// Every comparison in it.
    pub(crate) fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Compare(comparison) => vec![comparison],
            Self::Not(rule) => rule.comparisons(),
            Self::And(rules) | Self::Or(rules) => {
                rules.iter().flat_map(Self::comparisons).collect()
            }
        }
    }

    /// Whether some part is negated as a whole.
    pub(crate) fn has_not(&self) -> bool {
        match self {
            Self::Constant(_) | Self::Compare(_) => false,
            Self::Not(_) => true,
            Self::And(rules) | Self::Or(rules) => rules.iter().any(Self::has_not),
        }
    }
}

impl Comparison {
    fn holds(&self, value: &Value, negative_on_null: bool) -> Tri {
        if *value == Value::Null && !self.literals.contains(&None) {
            return Tri::from(self.negative && negative_on_null);
        }
        let positive = match value {
            Value::Unreadable => return Tri::Maybe,
            Value::Null => true,
            Value::Text(text) => self.any(|literal| match self.operator {
                Operator::Equals | Operator::In => text == literal,
                Operator::StartsWith => text.starts_with(literal),
                Operator::EndsWith => text.ends_with(literal),
                Operator::Contains => text.contains(literal),
            }),
            Value::List(texts) => self.any(|literal| match self.operator {
                Operator::Equals | Operator::In | Operator::Contains => texts.contains(literal),
                Operator::StartsWith => texts.iter().any(|text| text.starts_with(literal)),
                Operator::EndsWith => texts.iter().any(|text| text.ends_with(literal)),
            }),
        };
        Tri::from(positive != self.negative)
    }

    fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        self.literals.iter().flatten().any(|literal| test(&literal.lower))
    }
}

struct Reader<'r> {
    rest: &'r str,
    object: &'r str,
    depth: usize,
}

impl<'r> Reader<'r> {
    fn or(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.and()?];
        while self.connective("or") {
            rules.push(self.and()?);
        }
        Ok(one_or(rules, Rule::Or))
    }

    fn and(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.unary()?];
        while self.connective("and") {
            rules.push(self.unary()?);
        }
        Ok(one_or(rules, Rule::And))
    }

    fn unary(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the rule nests too deeply".to_owned());
        }
        let rule = if self.connective("not") {
            Rule::Not(self.unary()?.into())
        } else if self.sign('(') {
            let rule = self.or()?;
            if !self.sign(')') {
                return Err(self.unexpected());
            }
            rule
        } else {
            Rule::Compare(self.comparison()?)
        };
        self.depth -= 1;
        Ok(rule)
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let path = self.bare();
        let attribute = path
            .get(..self.object.len())
            .filter(|object| object.eq_ignore_ascii_case(self.object))
            .and_then(|_| path.get(self.object.len()..)?.strip_prefix('.'))
            .filter(|attribute| !attribute.is_empty())
            .ok_or_else(|| format!("expected an attribute of {}, found {path:?}", self.object))?;
        let word = self.bare();
        let (operator, negative) = operator(word)
            .ok_or_else(|| format!("the operator {word:?} of the rule is not known"))?;
        let literals = if operator == Operator::In { self.list()? } else { vec![self.literal()?] };
        Ok(Comparison { attribute: attribute.to_owned(), operator, negative, literals })
    }

    fn list(&mut self) -> Result<Vec<Option<Literal>>, String> {
        let close = if self.sign('[') {
            ']'
        } else if self.sign('(') {
            ')'
        } else {
            return Ok(vec![self.literal()?]);
        };
        let mut literals = Vec::new();
        while !self.sign(close) {
            literals.push(self.literal()?);
            if !self.sign(',') && !self.rest.trim_start().starts_with(close) {
                return Err(self.unexpected());
            }
        }
        Ok(literals)
    }

    fn literal(&mut self) -> Result<Option<Literal>, String> {
        self.skip_space();
        let Some(quote) = self.rest.chars().next().filter(|sign| matches!(sign, '"' | '\'')) else {
            let word = self.bare();
            return match word {
                "" => Err(self.unexpected()),
                _ if word.eq_ignore_ascii_case("null") => Ok(None),
                _ => Ok(Some(Literal::new(word))),
            };
        };
        let mut text = String::new();
        let mut signs = self.rest.char_indices().skip(1);
        while let Some((at, sign)) = signs.next() {
            match sign {
                '`' => match signs.next() {
                    Some((_, escaped)) => text.push(escaped),
                    None => break,
                },
                _ if sign == quote => {
                    self.rest = self.rest.get(at + sign.len_utf8()..).unwrap_or_default();
                    return Ok(Some(Literal::new(&text)));
                }
                _ => text.push(sign),
            }
        }
        Err("a text of the rule does not end".to_owned())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The next word of letters, digits, dots, dashes and underscores; may be empty.
    fn bare(&mut self) -> &'r str {
        self.skip_space();
        let end = self
            .rest
            .find(|sign: char| !sign.is_alphanumeric() && !matches!(sign, '.' | '-' | '_'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// `and`, `or` or `not`, with its hyphen or without.
    fn connective(&mut self, expected: &str) -> bool {
        let before = self.rest;
        let word = self.bare();
        let found = word.strip_prefix('-').unwrap_or(word).eq_ignore_ascii_case(expected);
        if !found {
            self.rest = before;
        }
        found
    }

    fn sign(&mut self, expected: char) -> bool {
        self.skip_space();
        self.rest.strip_prefix(expected).map(|rest| self.rest = rest).is_some()
    }

    fn unexpected(&self) -> String {
        match self.rest.trim() {
            "" => "the rule ends too early".to_owned(),
            rest => {
                format!("cannot read the rule at {:?}", rest.chars().take(20).collect::<String>())
            }
        }
    }
}

fn one_or(mut rules: Vec<Rule>, many: fn(Vec<Rule>) -> Rule) -> Rule {
    match (rules.len(), rules.pop()) {
        (1, Some(rule)) => rule,
        (_, last) => {
            rules.extend(last);
            many(rules)
        }
    }
}

fn operator(word: &str) -> Option<(Operator, bool)> {
    let known = [
        ("-eq", Operator::Equals, false),
        ("-ne", Operator::Equals, true),
        ("-startsWith", Operator::StartsWith, false),
        ("-notStartsWith", Operator::StartsWith, true),
        ("-endsWith", Operator::EndsWith, false),
        ("-notEndsWith", Operator::EndsWith, true),
        ("-contains", Operator::Contains, false),
        ("-notContains", Operator::Contains, true),
        ("-in", Operator::In, false),
        ("-notIn", Operator::In, true),
    ];
    known
        .into_iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(word))
        .map(|(_, operator, negative)| (operator, negative))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        Rule::parse(text, "device").unwrap()
    }

    fn holds(text: &str, value: &Value) -> Tri {
        rule(text).holds(&|_| value.clone(), &|_| true)
    }

    #[test]
    fn comparisons_ignore_case() {
        let kiosk = Value::text("Kiosk-7");
        for (text, expected) in [
            (r#"device.model -eq "kiosk-7""#, true),
            (r#"device.model -ne "KIOSK-7""#, false),
            (r"DEVICE.model -STARTSWITH 'kio'", true),
            (r#"device.model -notStartsWith "kio""#, false),
            (r#"device.model -endsWith "-7""#, true),
            (r#"device.model -notEndsWith "8""#, true),
            (r#"device.model -contains "OSK""#, true),
            (r#"device.model -notContains "x""#, true),
            (r#"device.model -in ["a", "kiosk-7"]"#, true),
            (r#"device.model -notIn ["a","b"]"#, true),
            (r"device.model -in []", false),
            (r"device.model -eq null", false),
        ] {
            assert_eq!(holds(text, &kiosk), Tri::from(expected), "{text}");
        }
    }

    #[test]
    fn null_fails_positive_and_meets_negative_comparisons() {
        for (text, expected) in [
            (r#"device.model -eq "a""#, false),
            (r#"device.model -in ["a"]"#, false),
            (r#"device.model -ne "a""#, true),
            (r#"device.model -notStartsWith "a""#, true),
            (r#"device.model -notIn ["a"]"#, true),
            (r"device.model -eq null", true),
            (r"device.model -ne null", false),
            (r#"-not (device.model -eq "a")"#, true),
            (r#"-not (device.model -ne "a")"#, false),
        ] {
            assert_eq!(holds(text, &Value::Null), Tri::from(expected), "{text}");
        }
    }

    #[test]
    fn contains_is_substring_on_texts_and_whole_element_on_lists() {
        let list = Value::List(["kiosk".to_owned()].into());
        assert_eq!(holds(r#"device.l -contains "kio""#, &list), Tri::No);
        assert_eq!(holds(r#"device.l -contains "KIOSK""#, &list), Tri::Yes);
        assert_eq!(holds(r#"device.l -contains "kio""#, &Value::text("kiosk")), Tri::Yes);
    }

    #[test]
    fn and_binds_closer_than_or() {
        let text = r#"device.a -eq "1" -or device.b -eq "1" -and device.c -eq "1""#;
        let only_a = |name: &str| if name == "a" { Value::text("1") } else { Value::Null };
        let only_b = |name: &str| if name == "b" { Value::text("1") } else { Value::Null };
        assert_eq!(rule(text).holds(&only_a, &|_| true), Tri::Yes);
        assert_eq!(rule(text).holds(&only_b, &|_| true), Tri::No);
    }

    #[test]
    fn putting_values_in_one_by_one_gives_the_same() {
        let text = r#"-not (device.a -eq "1" -and device.b -ne "2") -or device.a -startsWith "2""#;
        let values = [Value::Null, Value::text("1"), Value::text("2")];
        for a in &values {
            for b in &values {
                let whole = rule(text)
                    .holds(&|name| if name == "a" { a.clone() } else { b.clone() }, &|_| true);
                let parts = rule(text).with("A", a, true).with("b", b, true);
                assert_eq!(parts, Rule::Constant(whole.certain()), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn unreadable_attributes_decide_nothing_unless_they_do_not_matter() {
        let value = |name: &str| if name == "a" { Value::Unreadable } else { Value::text("x") };
        let holds = |text: &str| rule(text).holds(&value, &|_| true);
        assert_eq!(holds(r#"device.a -eq "x""#), Tri::Maybe);
        assert_eq!(holds(r#"device.a -eq "x" -or device.b -eq "x""#), Tri::Yes);
        assert_eq!(holds(r#"device.a -eq "x" -and device.b -ne "x""#), Tri::No);
    }

    #[test]
    fn quotes_can_be_escaped() {
        assert_eq!(holds(r#"device.model -eq "a`"b""#, &Value::text(r#"a"b"#)), Tri::Yes);
        assert_eq!(holds(r#"device.model -eq 'a"b'"#, &Value::text(r#"a"b"#)), Tri::Yes);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in [
            "",
            "device.model",
            "device.model -eq",
            r#"device.model -like "x""#,
            r#"device.model -eq "x" device.a -eq "b""#,
            r#"(device.model -eq "x""#,
            r#"user.model -eq "x""#,
            r#"device. -eq "x""#,
            r#"device.model -eq "x"#,
            r#"device.model -in ["a" "b"]"#,
            "é",
        ] {
            assert!(Rule::parse(text, "device").is_err(), "{text}");
        }
        assert!(Rule::parse(&"(".repeat(100_000), "device").is_err());
    }
}
