//! What a policy answers, turned into a finding.

use ::controls::Finding;
use model::{Evidence, NotApplicableReason, Subject, UnknownReason, Verdict};
use regorus::Value;
use serde::Deserialize;
use serde_json::Value as Json;

/// The most values an answer may hold, each piece of evidence being six.
const MOST_VALUES: usize = 100_000;

/// The most bytes of text in an answer.
const MOST_TEXT: usize = 4 << 20;

/// The deepest an answer may be nested.
const MOST_DEPTH: usize = 6;

/// An answer, in the words of the assessment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    verdict: Verdict,
    summary: String,
    credit: Option<f64>,
    reason: Option<Json>,
    population: Option<Judged>,
    #[serde(default)]
    evidence: Vec<Fact>,
    would_pass_if: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Judged {
    judged: usize,
    #[serde(default)]
    left_out: Vec<model::LeftOut>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    subject: Subject,
    observed: String,
    #[serde(default)]
    expected: String,
}

/// The finding in an answer.
///
/// # Errors
///
/// What is wrong with the answer, in words that follow "gave no verdict: ".
pub(crate) fn finding(answer: &Value) -> Result<Finding, String> {
    if *answer == Value::Undefined {
        return Err("none of its rules `finding` applies".to_owned());
    }
    let mut budget = Budget { values: MOST_VALUES, text: MOST_TEXT };
    let json = budget.json(answer, 0)?;
    let answer: Answer = serde_json::from_value(json)
        .map_err(|error| format!("its answer has another shape: {error}"))?;
    answer.finding()
}

impl Answer {
    fn finding(self) -> Result<Finding, String> {
        let is_open = matches!(self.verdict, Verdict::Partial | Verdict::Fail);
        let violations = self.evidence.iter().filter(|fact| !fact.expected.is_empty()).count();
        let change = self.would_pass_if.filter(|text| !text.trim().is_empty());
        let nobody = self.population.as_ref().is_some_and(|population| population.judged == 0);
        let is_judged = is_open || self.verdict == Verdict::Pass;
        let word = self.verdict.word();
        if self.summary.trim().is_empty() {
            return Err("its answer has no summary".to_owned());
        }
        if is_judged && nobody {
            return Err(format!("it says {word} of nobody; say not-applicable"));
        }
        if is_open && (violations == 0 || change.is_none()) {
            return Err(format!("a {word} needs evidence with what was expected, and wouldPassIf"));
        }
        if self.verdict == Verdict::Pass && violations > 0 {
            return Err("a pass cannot have evidence with another expectation".to_owned());
        }
        let credit = self.credit.unwrap_or(0.5);
        if self.credit.is_some() && self.verdict != Verdict::Partial {
            return Err("only a partial has a credit".to_owned());
        }
        if !(0.001..=0.999).contains(&credit) {
            return Err(format!("the credit of a partial lies between 0 and 1, not at {credit}"));
        }
        let finding = match self.verdict {
            Verdict::Pass => Finding::pass(self.summary),
            Verdict::Partial => Finding::partial(credit, self.summary),
            Verdict::Fail => Finding::fail(self.summary),
            Verdict::Unknown => {
                Finding::unknown(reason(self.reason, UnknownReason::FieldMissing)?, self.summary)
            }
            Verdict::NotApplicable => Finding::not_applicable(
                reason(self.reason, NotApplicableReason::NoPopulation)?,
                self.summary,
            ),
            _ => {
                return Err(format!(
                    "its verdict is {word}; expected pass, partial, fail, unknown or \
                     not-applicable"
                ));
            }
        };
        let evidence = self.evidence.into_iter().map(|fact| Evidence {
            subject: fact.subject,
            observed: fact.observed,
            expected: fact.expected,
        });
        let finding = finding.with(evidence).would_pass_if(change.unwrap_or_default());
        Ok(match self.population {
            None => finding,
            Some(Judged { judged, left_out }) => {
                let left_out: Vec<(&str, usize)> =
                    left_out.iter().map(|left| (left.why.as_str(), left.count)).collect();
                finding.judged(judged, &left_out)
            }
        })
    }
}

/// The reason given, or the usual one.
fn reason<T: serde::de::DeserializeOwned>(given: Option<Json>, usual: T) -> Result<T, String> {
    given.map_or(Ok(usual), |given| {
        serde_json::from_value(given).map_err(|error| format!("its reason is not known: {error}"))
    })
}

/// What an answer may still hold. Values are shared: a small one in memory can be a large text.
struct Budget {
    values: usize,
    text: usize,
}

impl Budget {
    fn json(&mut self, value: &Value, depth: usize) -> Result<Json, String> {
        let too_much = || "its answer is larger than 100,000 values or 4 MiB of text".to_owned();
        if depth > MOST_DEPTH {
            return Err("its answer is nested too deeply".to_owned());
        }
        self.values = self.values.checked_sub(1).ok_or_else(too_much)?;
        Ok(match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => {
                serde_json::from_str(&number.format_decimal()).map_err(|error| error.to_string())?
            }
            Value::String(text) => {
                self.text = self.text.checked_sub(text.len()).ok_or_else(too_much)?;
                Json::String(text.to_string())
            }
            Value::Array(items) => Json::Array(
                items.iter().map(|item| self.json(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            Value::Set(items) => Json::Array(
                items.iter().map(|item| self.json(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            Value::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(name, value)| {
                        let name = name.as_string().map_err(|error| error.to_string())?;
                        Ok((name.to_string(), self.json(value, depth + 1)?))
                    })
                    .collect::<Result<_, String>>()?,
            ),
            Value::Undefined => return Err("a part of its answer is undefined".to_owned()),
        })
    }
}
