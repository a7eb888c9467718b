//! Spam filters: what they do, and who goes past them.

use std::collections::BTreeSet;

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, identity, is_empty, is_enabled, is_on, is_preset, word};
use super::malware::{domains, preset_is_for_all, rule_is_for_all};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.SECURITYSUITE.6.1v1", |facts, _| {
        in_order(facts, keeps_spam_out, "Spam and phishing may reach inboxes")
    }),
    ("MS.SECURITYSUITE.6.2v1", |facts, _| {
        in_order(facts, |policy| is_empty(policy, "AllowedSenderDomains"), "Domains go unfiltered")
    }),
    ("MS.SECURITYSUITE.8.1v1", no_allowed_addresses),
    ("MS.SECURITYSUITE.8.2v1", no_safe_list),
];

/// Every action keeps the mail out of the inbox.
fn keeps_spam_out(policy: &Value) -> bool {
    let actions =
        ["SpamAction", "HighConfidenceSpamAction", "PhishSpamAction", "HighConfidencePhishAction"];
    actions.iter().all(|action| {
        ["MoveToJmf", "Quarantine", "Redirect", "Delete"].contains(&word(policy, action))
    })
}

/// Strict, Standard, custom, default: a policy is looked at unless one before it is in force for
/// everybody and good.
fn in_order(
    facts: &Facts<'_, '_>,
    is_good: fn(&Value) -> bool,
    not_met: &str,
) -> Result<Reading, Gap> {
    let policies = facts.records(Data::ExchangeHostedContentFilterPolicies)?;
    let presets = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
    let rules = facts.records(Data::ExchangeHostedContentFilterRules)?;
    let domains = domains(facts)?;
    let for_all = |rule: &&Value| rule_is_for_all(rule, &domains);
    let behind = |rule: &&Value| word(rule, "HostedContentFilterPolicy").to_owned();
    let of_presets: BTreeSet<String> = presets
        .iter()
        .filter(|rule| is_enabled(rule))
        .filter(|rule| {
            ["Strict", "Standard"]
                .iter()
                .any(|preset| is_preset(rule, preset) && preset_is_for_all(&presets, preset))
        })
        .map(|rule| behind(&rule))
        .collect();
    let of_rules: BTreeSet<String> = rules
        .iter()
        .filter(|rule| is_enabled(rule))
        .filter(for_all)
        .map(|rule| behind(&rule))
        .collect();
    let kind = |policy: &&Value, kind: &str| word(policy, "RecommendedPolicyType") == kind;
    let is_default = |policy: &&Value| is_on(policy, "IsDefault");
    let tiers: [Vec<&Value>; 4] = [
        policies
            .iter()
            .filter(|it| kind(it, "Strict") && of_presets.contains(identity(it)))
            .collect(),
        policies
            .iter()
            .filter(|it| kind(it, "Standard") && of_presets.contains(identity(it)))
            .collect(),
        policies
            .iter()
            .filter(|it| kind(it, "Custom") && !is_default(it) && of_rules.contains(identity(it)))
            .collect(),
        policies.iter().filter(is_default).collect(),
    ];
    let mut bad = Vec::new();
    for tier in tiers {
        bad.extend(tier.iter().filter(|it| !is_good(it)).map(|it| identity(it).to_owned()));
        if tier.iter().any(|it| is_good(it)) {
            break;
        }
    }
    Ok(Reading::unless(&bad, "The spam filters in force for everybody do.", not_met))
}

fn no_allowed_addresses(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let filters = facts.records(Data::ExchangeHostedConnectionFilterPolicies)?;
    let bad: Vec<String> = filters
        .iter()
        .filter(|it| !is_empty(it, "IPAllowList"))
        .map(|it| identity(it).to_owned())
        .collect();
    Ok(Reading::unless(&bad, "No address goes past the filters.", "Addresses go past the filters"))
}

fn no_safe_list(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let filters = facts.records(Data::ExchangeHostedConnectionFilterPolicies)?;
    let bad: Vec<String> = filters
        .iter()
        .filter(|it| is_on(it, "EnableSafeList"))
        .map(|it| identity(it).to_owned())
        .collect();
    Ok(Reading::unless(&bad, "The safe list is off.", "The safe list is on"))
}
