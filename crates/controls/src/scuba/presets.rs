//! Preset security policies, as the withdrawn Defender baseline asks for them.

use std::collections::BTreeSet;

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, identity, is_empty, is_enabled, is_on, texts};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.DEFENDER.1.1v1", both_presets_on),
    ("MS.DEFENDER.1.2v1", |facts, _| {
        Ok(everybody(&facts.records(Data::ExchangeEopProtectionPolicyRules)?))
    }),
    ("MS.DEFENDER.1.3v1", |facts, _| {
        licensed(facts, |facts| {
            let rules = facts.records_if_licensed(Data::ExchangeAtpProtectionPolicyRules)?;
            Ok(everybody(&rules))
        })
    }),
    ("MS.DEFENDER.1.4v1", |facts, id| {
        let rules = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
        Ok(sensitive_accounts(facts, id, &rules))
    }),
    ("MS.DEFENDER.1.5v1", |facts, id| {
        licensed(facts, |facts| {
            let rules = facts.records_if_licensed(Data::ExchangeAtpProtectionPolicyRules)?;
            Ok(sensitive_accounts(facts, id, &rules))
        })
    }),
    ("MS.DEFENDER.3.1v1", files_scanned),
    ("MS.SECURITYSUITE.1.4v1", files_scanned),
];

/// Not met without Defender for Office 365.
pub(super) fn licensed<'f, 'c, 't>(
    facts: &'f Facts<'c, 't>,
    reading: impl FnOnce(&'f Facts<'c, 't>) -> Result<Reading, Gap>,
) -> Result<Reading, Gap> {
    if facts.owns_defender()? {
        return reading(facts);
    }
    Ok(Reading::not_met(
        "The tenant owns no Microsoft Defender for Office 365, which CISA counts as not met.",
    ))
}

const STANDARD: &str = "Standard Preset Security Policy";
const STRICT: &str = "Strict Preset Security Policy";

/// A preset is on when either half is: a half that is applied to nobody is not listed.
fn both_presets_on(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let mail = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
    let defender = facts.records_if_licensed(Data::ExchangeAtpProtectionPolicyRules)?;
    let is_on = |preset: &str| {
        mail.iter().chain(defender.iter()).any(|it| identity(it) == preset && is_enabled(it))
    };
    let off: Vec<String> =
        [STANDARD, STRICT].into_iter().filter(|it| !is_on(it)).map(str::to_owned).collect();
    Ok(Reading::unless(&off, "The Standard and the Strict preset are on.", "Not switched on"))
}

/// A preset without conditions is for everybody. CISA looks neither at its state nor at exceptions.
fn everybody(rules: &[Value]) -> Reading {
    let is_for_all = |rule: &Value| {
        [STANDARD, STRICT].contains(&identity(rule))
            && ["SentTo", "SentToMemberOf", "RecipientDomainIs"]
                .iter()
                .all(|member| rule.get(*member).is_some() && is_empty(rule, member))
    };
    match rules.iter().find(|rule| is_for_all(rule)) {
        Some(rule) => Reading::met(format!("{} is for all recipients.", identity(rule))),
        None => Reading::not_met("No preset is for all recipients."),
    }
}

/// The conditions and exceptions of a rule, each beside the list of the configuration it must equal.
const CONDITIONS: [(&str, &str); 6] = [
    ("SentTo", "IncludedUsers"),
    ("SentToMemberOf", "IncludedGroups"),
    ("RecipientDomainIs", "IncludedDomains"),
    ("ExceptIfSentTo", "ExcludedUsers"),
    ("ExceptIfSentToMemberOf", "ExcludedGroups"),
    ("ExceptIfRecipientDomainIs", "ExcludedDomains"),
];

/// The Strict preset is for everybody, or exactly for the accounts that the configuration names.
fn sensitive_accounts(facts: &Facts<'_, '_>, id: &str, rules: &[Value]) -> Reading {
    let strict = rules.iter().find(|rule| identity(rule) == STRICT && is_enabled(rule));
    let Some(strict) = strict else { return Reading::not_met("The Strict preset is not on.") };
    let unconditional = if strict.get("Conditions").is_some() && strict.get("Exceptions").is_some()
    {
        is_empty(strict, "Conditions") && is_empty(strict, "Exceptions")
    } else {
        CONDITIONS.iter().all(|(member, _)| is_empty(strict, member))
    };
    if unconditional {
        return Reading::met("The Strict preset is for everybody.");
    }
    let wanted = |list: &str| facts.listed("Defender", id, &["SensitiveAccounts", list]);
    if CONDITIONS.iter().all(|(_, list)| wanted(list).is_empty()) {
        return Reading::not_met(
            "The Strict preset is for some accounts, and the configuration names no sensitive ones.",
        );
    }
    let differ: Vec<String> = CONDITIONS
        .iter()
        .filter(|(member, list)| {
            let found: BTreeSet<String> = texts(strict.get(*member)).map(str::to_owned).collect();
            found != wanted(list)
        })
        .map(|(member, list)| format!("{member} differs from {list}"))
        .collect();
    Reading::unless(
        &differ,
        "The Strict preset is for exactly the sensitive accounts of the configuration.",
        "The Strict preset is not for exactly the sensitive accounts",
    )
}

fn files_scanned(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    licensed(facts, |facts| {
        let policies = facts.records_if_licensed(Data::ExchangeAtpPolicyForO365)?;
        Ok(if policies.iter().any(|policy| is_on(policy, "EnableATPForSPOTeamsODB")) {
            Reading::met("Files in SharePoint, OneDrive and Teams are scanned.")
        } else {
            Reading::not_met("Files in SharePoint, OneDrive and Teams are not scanned.")
        })
    })
}
