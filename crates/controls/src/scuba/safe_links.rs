//! Safe Links.

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, identity, is_empty, is_enabled, is_on, word};
use super::malware::preset_is_for_all;
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.SECURITYSUITE.7.1v1", |facts, _| {
        let members = [
            "EnableSafeLinksForEmail",
            "EnableSafeLinksForTeams",
            "EnableSafeLinksForOffice",
            "EnableForInternalSenders",
        ];
        links(facts, &members, "compares links with a list of known bad ones")
    }),
    ("MS.SECURITYSUITE.7.2v1", |facts, _| {
        links(facts, &["ScanUrls", "DeliverMessageAfterScan"], "scans what links lead to")
    }),
    ("MS.SECURITYSUITE.7.3v1", |facts, _| links(facts, &["TrackClicks"], "records who clicked")),
];

/// A preset for everybody does it; else the policy of the first rule for everybody, else the
/// built-in one, with these switches on.
fn links(facts: &Facts<'_, '_>, members: &[&str], what: &str) -> Result<Reading, Gap> {
    let presets = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
    if ["Standard", "Strict"].iter().any(|preset| preset_is_for_all(&presets, preset)) {
        return Ok(Reading::met(format!("A preset for all recipients {what}.")));
    }
    let policies = facts.records_if_licensed(Data::ExchangeSafeLinksPolicies)?;
    let rules = facts.records_if_licensed(Data::ExchangeSafeLinksRules)?;
    let for_all = |rule: &&Value| {
        is_enabled(rule)
            && ["SentTo", "SentToMemberOf", "RecipientDomainIs"]
                .iter()
                .all(|member| is_empty(rule, member))
    };
    let first = rules
        .iter()
        .filter(for_all)
        .min_by_key(|rule| rule.get("Priority").and_then(Value::as_i64).unwrap_or(i64::MAX));
    let name = first.map_or("Built-In Protection Policy", |rule| word(rule, "SafeLinksPolicy"));
    let policy = policies.iter().find(|policy| identity(policy).eq_ignore_ascii_case(name));
    let off: Vec<String> = match policy {
        Some(policy) => members
            .iter()
            .filter(|member| !is_on(policy, member))
            .map(|member| format!("{member} is off"))
            .collect(),
        None => vec!["the policy that reaches everybody was not read".to_owned()],
    };
    Ok(Reading::unless(&off, &format!("{name} {what}."), name))
}
