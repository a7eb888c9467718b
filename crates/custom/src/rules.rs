//! A policy, checked before anything is judged.

use std::collections::{BTreeMap, BTreeSet};

use model::Data;
use regorus::Engine;
use serde_json::Value;

use crate::judge::Policy;
use crate::{CustomError, Source};

/// The rule that holds the answer.
const ANSWER: &str = "finding";

/// The most rules a policy may have: each may call the next, and stacks are finite.
const MOST_RULES: usize = 200;

/// The functions of the language that a policy may call. Left out are clocks, randomness, network
/// and the environment, which the engine is built without, and what makes much out of little.
pub(crate) const FUNCTIONS: &[&str] = &[
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "bits.and",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "glob.match",
    "glob.quote_meta",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "json.filter",
    "json.is_valid",
    "json.remove",
    "json.unmarshal",
    "lower",
    "max",
    "min",
    crate::judge::DAYS_SINCE,
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    "product",
    "regex.find_n",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "replace",
    "round",
    "semver.compare",
    "semver.is_valid",
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.replace_n",
    "strings.reverse",
    "substring",
    "sum",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "units.parse_bytes",
    "upper",
];

/// Reads a policy and refuses what could not be judged: what does not parse, has no answer, calls
/// a function that does not exist here, calls itself, or fails on a tenant without records.
pub(crate) fn check(file: &Source, reads: &[Data]) -> Result<Policy, CustomError> {
    let bad = |message: String| CustomError::new(&file.path, message);
    let mut engine = Engine::new();
    let package = engine
        .add_policy(file.path.clone(), file.text.clone())
        .map_err(|error| bad(explain(&error)))?;
    let syntax = engine.get_ast_as_json().map_err(|error| bad(explain(&error)))?;
    let syntax: Value = serde_json::from_str(&syntax).map_err(|error| bad(error.to_string()))?;
    let module = syntax.pointer("/0/ast").unwrap_or(&Value::Null);
    Module { package: &package, functions: functions(module, &package) }
        .check(module)
        .map_err(bad)?;
    let answer = format!("{package}.{ANSWER}");
    let policy = Policy { path: file.path.clone(), text: file.text.clone(), answer };
    policy.rehearse(reads).map_err(bad)?;
    Ok(policy)
}

/// An error of the engine in one line: the place, then what is wrong.
pub(crate) fn explain(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let message = text.split("error: ").nth(1).unwrap_or(&text);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut place = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))
        .unwrap_or_default()
        .rsplit(':')
        .map(str::trim);
    match (place.next(), place.next()) {
        (Some(column), Some(line)) => format!("line {line}, column {column}: {message}"),
        _ => message,
    }
}

/// What a policy defines.
struct Module<'m> {
    package: &'m str,
    /// Its functions, each with those of its own that it calls.
    functions: BTreeMap<String, BTreeSet<String>>,
}

impl Module<'_> {
    fn check(&self, module: &Value) -> Result<(), String> {
        let rules = list(module, "rules");
        if rules.len() > MOST_RULES {
            return Err(format!("has {} rules; at most {MOST_RULES} are allowed", rules.len()));
        }
        if !rules.iter().any(|rule| head(rule).and_then(name).as_deref() == Some(ANSWER)) {
            return Err(format!("has no rule `{ANSWER}`, which holds the answer"));
        }
        for import in list(module, "imports") {
            let path = import.get("refr").and_then(name).unwrap_or_default();
            if !["rego.", "future.", "input"].iter().any(|known| path.starts_with(known)) {
                let place = place(import);
                return Err(format!("{place}cannot import {path}: a control is one policy"));
            }
        }
        every(module, &mut |member, value| match member {
            "Call" => self.call(value),
            "with_mods" if !value.as_array().is_none_or(Vec::is_empty) => {
                let first = value.pointer("/0").unwrap_or(value);
                Err(format!("{}`with` is for tests, not for a control", place(first)))
            }
            _ => Ok(()),
        })?;
        for function in self.functions.keys() {
            if self.reaches(function, function, &mut BTreeSet::new()) {
                return Err(format!("the function {function} calls itself, which Rego forbids"));
            }
        }
        Ok(())
    }

    /// Whether the function called exists: in the policy, or among those allowed.
    fn call(&self, call: &Value) -> Result<(), String> {
        let path = call.get("fcn").and_then(name).unwrap_or_default();
        if self.functions.contains_key(local(&path, self.package))
            || FUNCTIONS.contains(&path.as_str())
        {
            return Ok(());
        }
        let near = FUNCTIONS
            .iter()
            .copied()
            .chain(self.functions.keys().map(String::as_str))
            .map(|known| (strsim::damerau_levenshtein(&path, known), known))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map_or_else(String::new, |(_, known)| format!(", did you mean `{known}`?"));
        Err(format!("{}no function `{path}` in custom controls{near}", place(call)))
    }

    /// Whether one function leads to another.
    fn reaches(&self, from: &str, to: &str, seen: &mut BTreeSet<String>) -> bool {
        self.functions.get(from).is_some_and(|called| {
            called.iter().any(|next| {
                next == to || (seen.insert(next.clone()) && self.reaches(next, to, seen))
            })
        })
    }
}

/// The functions that the policy defines, each with what it calls.
fn functions(module: &Value, package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut functions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in list(module, "rules") {
        let takes_arguments = rule.pointer("/Spec/head/Func").is_some()
            || !rule.pointer("/Default/args").and_then(Value::as_array).is_none_or(Vec::is_empty);
        let Some(function) = head(rule).and_then(name).filter(|_| takes_arguments) else {
            continue;
        };
        let called = functions.entry(function).or_default();
        let _ = every(rule, &mut |member, value| {
            if member == "Call"
                && let Some(path) = value.get("fcn").and_then(name)
            {
                called.insert(local(&path, package).to_owned());
            }
            Ok(())
        });
    }
    functions
}

/// The name of the policy's own function, without its package.
fn local<'p>(path: &'p str, package: &str) -> &'p str {
    path.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')).unwrap_or(path)
}

/// What a rule defines.
fn head(rule: &Value) -> Option<&Value> {
    ["/Spec/head/Compr/refr", "/Spec/head/Set/refr", "/Spec/head/Func/refr", "/Default/refr"]
        .iter()
        .find_map(|place| rule.pointer(place))
}

/// `regex.match`, from the syntax tree.
fn name(expression: &Value) -> Option<String> {
    if let Some(name) = expression.pointer("/Var/value") {
        return name.as_str().map(str::to_owned);
    }
    let inner = name(expression.pointer("/RefDot/refr")?)?;
    Some(format!("{inner}.{}", expression.pointer("/RefDot/field/1")?.as_str()?))
}

/// "line 4, column 10: ", where the syntax tree tells.
fn place(node: &Value) -> String {
    let number = |member: &str| node.pointer(member).and_then(Value::as_u64);
    match (number("/span/line"), number("/span/col")) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: "),
        _ => String::new(),
    }
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Looks at every member of every object below; the depth is bounded by the parser's.
fn every(
    value: &Value,
    look: &mut dyn FnMut(&str, &Value) -> Result<(), String>,
) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| every(item, look)),
        Value::Object(members) => members.iter().try_for_each(|(member, value)| {
            look(member, value)?;
            every(value, look)
        }),
        _ => Ok(()),
    }
}
