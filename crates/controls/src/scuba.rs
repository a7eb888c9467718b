//! CISA's Secure Cloud Business Applications baselines, read as CISA reads them.
//!
//! An agency must show the verdict that CISA expects, so each requirement follows the rule of
//! CISA's own tool, which looks at single settings and at the shape of single policies. Our controls
//! ask what the settings do together; where they come to another conclusion, the note beside the
//! verdict says so (see `frameworks`). Nothing here feeds the score.
//!
//! A setting that is absent from data that was read counts as not met, as CISA counts it. Data that
//! nobody read makes the verdict unknown.

mod applications;
mod audit;
mod conditional_access;
mod domains;
mod facts;
mod impersonation;
mod mail_flow;
mod malware;
mod methods;
mod presets;
mod privileged;
mod safe_links;
mod spam;

use model::{Annotation, Gap, Omission, Verdict};
use serde_json::Value;

use crate::context::Context;
use facts::Facts;

/// How one requirement is judged.
type Rule = (&'static str, fn(&Facts<'_, '_>, &str) -> Result<Reading, Gap>);

/// Every rule, by module.
const RULES: &[&[Rule]] = &[
    conditional_access::RULES,
    methods::RULES,
    applications::RULES,
    domains::RULES,
    privileged::RULES,
    presets::RULES,
    impersonation::RULES,
    malware::RULES,
    spam::RULES,
    safe_links::RULES,
    audit::RULES,
    mail_flow::RULES,
];

/// What CISA's rule comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) verdict: Verdict,
    pub(crate) because: String,
}

impl Reading {
    fn met(because: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, because: because.into() }
    }

    fn not_met(because: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, because: because.into() }
    }

    fn not_applicable(because: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotApplicable, because: because.into() }
    }

    /// Met when there is nothing to complain of.
    fn unless(complaints: &[String], met: &str, not_met: &str) -> Self {
        if complaints.is_empty() {
            Self::met(met)
        } else {
            let mut complaints: Vec<&str> = complaints.iter().map(String::as_str).collect();
            complaints.sort_unstable();
            let names = crate::finding::some_names(complaints);
            Self::not_met(format!("{not_met}: {names}."))
        }
    }
}

/// CISA's baselines over one tenant.
pub(crate) struct Baseline<'c, 't> {
    facts: Facts<'c, 't>,
}

impl<'c, 't> Baseline<'c, 't> {
    pub(crate) fn new(context: &'c Context<'t>) -> Self {
        Self { facts: Facts::new(context) }
    }

    /// What CISA's rule comes to; `None` where CISA leaves the requirement to a person.
    pub(crate) fn reading(&self, id: &str) -> Option<Reading> {
        let rules = RULES.iter().copied().flatten();
        let (_, judge) = rules.into_iter().find(|(known, _)| *known == id)?;
        Some(judge(&self.facts, id).unwrap_or_else(|gap| Reading {
            verdict: Verdict::Unknown,
            because: format!("Could not be judged: {gap}."),
        }))
    }

    /// That the tenant's configuration of CISA's tool leaves the requirement out.
    pub(crate) fn omission(&self, id: &str) -> Option<Omission> {
        let entry = self.facts.configured("OmitPolicy", id)?;
        let expires = text(entry, "Expiration");
        let now = self.facts.today();
        Some(Omission {
            rationale: text(entry, "Rationale").unwrap_or_default(),
            // A date that nobody can read holds nothing.
            holds: expires.as_deref().is_none_or(|date| is_on_or_after(date, now)),
            expires,
        })
    }

    /// What that configuration notes on the requirement.
    pub(crate) fn annotation(&self, id: &str) -> Option<Annotation> {
        let entry = self.facts.configured("AnnotatePolicy", id)?;
        Some(Annotation {
            comment: text(entry, "Comment").unwrap_or_default(),
            remediation_date: text(entry, "RemediationDate"),
            incorrect_result: entry.get("IncorrectResult") == Some(&Value::Bool(true)),
        })
    }
}

/// A member that is a text with something in it.
fn text(entry: &Value, member: &str) -> Option<String> {
    entry.get(member)?.as_str().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Whether a date such as `2027-03-31`, with or without a time, has not passed.
fn is_on_or_after(date: &str, today: jiff::civil::Date) -> bool {
    let day = date.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
    day.is_some_and(|day| day >= today)
}

/// Whether a requirement has a rule.
#[cfg(test)]
pub(crate) fn has_rule(id: &str) -> bool {
    RULES.iter().copied().flatten().any(|(known, _)| *known == id)
}

/// Every requirement with a rule.
#[cfg(test)]
pub(crate) fn ruled() -> impl Iterator<Item = &'static str> {
    RULES.iter().copied().flatten().map(|(id, _)| *id)
}
