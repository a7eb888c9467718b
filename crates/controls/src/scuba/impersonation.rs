//! Impersonation protection and safety tips of anti-phishing policies.

use std::collections::BTreeSet;

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, identity, is_empty, is_enabled, is_on, is_preset, texts, word};
use super::malware::{domains, preset_is_for_all, rule_is_for_all};
use super::presets::licensed;
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.DEFENDER.2.1v1", |facts, id| in_both_presets(facts, id, &USERS, "SensitiveUsers", false)),
    ("MS.DEFENDER.2.2v1", |facts, id| in_both_presets(facts, id, &DOMAINS, "AgencyDomains", true)),
    ("MS.DEFENDER.2.3v1", |facts, id| {
        in_both_presets(facts, id, &DOMAINS, "PartnerDomains", false)
    }),
    ("MS.SECURITYSUITE.2.1v1", |facts, id| {
        named_protected(facts, id, "MS.DEFENDER.2.1v1", "SensitiveUsers", &USERS)
    }),
    ("MS.SECURITYSUITE.2.2v1", own_domains_protected),
    ("MS.SECURITYSUITE.2.3v1", |facts, id| {
        named_protected(facts, id, "MS.DEFENDER.2.3v1", "PartnerDomains", &DOMAINS)
    }),
    ("MS.SECURITYSUITE.2.4v1", safety_tips_shown),
];

/// The members of a policy that protect somebody from being impersonated.
struct Protection {
    switch: &'static str,
    list: &'static str,
    action: &'static str,
}

const USERS: Protection = Protection {
    switch: "EnableTargetedUserProtection",
    list: "TargetedUsersToProtect",
    action: "TargetedUserProtectionAction",
};
const DOMAINS: Protection = Protection {
    switch: "EnableTargetedDomainsProtection",
    list: "TargetedDomainsToProtect",
    action: "TargetedDomainProtectionAction",
};

impl Protection {
    /// Whom the policy protects, in lower case; a user by the whole entry, name and address.
    fn protected(&self, policy: &Value) -> BTreeSet<String> {
        texts(policy.get(self.list)).map(|it| it.trim().to_lowercase()).collect()
    }

    /// Whether the policy does something: neither nothing nor a silent copy.
    fn acts(&self, policy: &Value) -> bool {
        let action = word(policy, self.action).to_lowercase();
        !["", "noaction", "bccmessage"].contains(&action.as_str())
    }
}

fn lower(list: BTreeSet<String>) -> BTreeSet<String> {
    list.into_iter().map(|it| it.to_lowercase()).collect()
}

/// As the withdrawn Defender baseline asks: the Standard and the Strict preset both protect all that
/// the configuration names. With nothing named, they must protect nothing, unless some must be.
fn in_both_presets(
    facts: &Facts<'_, '_>,
    id: &str,
    protection: &Protection,
    list: &str,
    must_be_named: bool,
) -> Result<Reading, Gap> {
    licensed(facts, |facts| {
        let policies = facts.records(Data::ExchangeAntiPhishPolicies)?;
        let named = lower(facts.listed("Defender", id, &[list]));
        if must_be_named && named.is_empty() {
            return Ok(Reading::not_met(format!("The configuration names no {list}.")));
        }
        let is_good = |preset: &str| {
            let mut policies = policies.iter().filter(|policy| {
                identity(policy).contains(&format!("{preset} Preset Security Policy"))
                    && is_on(policy, "Enabled")
                    && is_on(policy, protection.switch)
            });
            policies.next().is_some_and(|policy| {
                let protected = protection.protected(policy);
                named.is_subset(&protected) && named.is_empty() == protected.is_empty()
            })
        };
        let bad: Vec<String> = ["Strict", "Standard"]
            .into_iter()
            .filter(|preset| !is_good(preset))
            .map(|preset| format!("the {preset} preset"))
            .collect();
        Ok(Reading::unless(
            &bad,
            "The Standard and the Strict preset protect what the configuration names.",
            "Does not protect exactly what the configuration names",
        ))
    })
}

/// Whether a policy reaches all recipients: the default one, a preset for everybody, or one whose
/// rule is for everybody.
fn reaches_all(facts: &Facts<'_, '_>, policy: &Value) -> Result<bool, Gap> {
    let presets = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
    if is_on(policy, "IsDefault") {
        return Ok(true);
    }
    for preset in ["Standard", "Strict"] {
        if is_preset(policy, preset) {
            return Ok(preset_is_for_all(&presets, preset));
        }
    }
    let domains = domains(facts)?;
    let rules = facts.records(Data::ExchangeAntiPhishRules)?;
    Ok(!domains.is_empty()
        && rules.iter().any(|rule| {
            let behind = word(rule, "AntiPhishPolicy");
            is_enabled(rule)
                && !behind.is_empty()
                && (behind == word(policy, "Name") || behind == identity(policy))
                && rule_is_for_all(rule, &domains)
        }))
}

/// The first policy that is on, does what is asked, and reaches all recipients.
fn some_policy(
    facts: &Facts<'_, '_>,
    does: impl Fn(&Value) -> bool,
    what: &str,
) -> Result<Reading, Gap> {
    let policies = facts.records(Data::ExchangeAntiPhishPolicies)?;
    let mut near = Vec::new();
    for policy in policies.iter().filter(|policy| is_on(policy, "Enabled") && does(policy)) {
        if reaches_all(facts, policy)? {
            return Ok(Reading::met(format!("{} {what} for all recipients.", identity(policy))));
        }
        near.push(identity(policy));
    }
    Ok(Reading::not_met(if near.is_empty() {
        format!("No anti-phishing policy {what}.")
    } else {
        let near = crate::finding::some_names(near);
        format!("No anti-phishing policy {what} for all recipients; for some: {near}.")
    }))
}

/// The address of an entry such as `Ada;ada@larkspur.example`, or the entry itself.
fn address(entry: &str) -> Option<String> {
    let mut parts = entry.split(';');
    let first = parts.next().unwrap_or_default();
    let address = parts.next().map_or(first, str::trim).trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}

fn named_protected(
    facts: &Facts<'_, '_>,
    id: &str,
    older: &str,
    list: &str,
    protection: &Protection,
) -> Result<Reading, Gap> {
    licensed(facts, |facts| {
        facts.records(Data::ExchangeAntiPhishPolicies)?;
        let own = facts.configured("SecuritySuite", id).is_some();
        let (section, policy) = if own { ("SecuritySuite", id) } else { ("Defender", older) };
        let is_user = protection.list == USERS.list;
        let wanted = |entries: BTreeSet<String>| -> BTreeSet<String> {
            let entries = lower(entries);
            if is_user { entries.iter().filter_map(|it| address(it)).collect() } else { entries }
        };
        let named = wanted(facts.listed(section, policy, &[list]));
        if named.is_empty() {
            return Ok(Reading::not_met(format!("The configuration names no {list}.")));
        }
        let does = |policy: &Value| {
            is_on(policy, protection.switch)
                && protection.acts(policy)
                && named.is_subset(&wanted(protection.protected(policy)))
        };
        some_policy(facts, does, "protects all that the configuration names")
    })
}

fn own_domains_protected(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let does = |policy: &Value| {
        is_on(policy, "EnableOrganizationDomainsProtection") && DOMAINS.acts(policy)
    };
    licensed(facts, |facts| some_policy(facts, does, "protects the tenant's own domains"))
}

/// A preset for everybody shows them; else a policy with every switch on.
fn safety_tips_shown(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let tips = [
        "EnableFirstContactSafetyTips",
        "EnableSimilarUsersSafetyTips",
        "EnableSimilarDomainsSafetyTips",
        "EnableUnusualCharactersSafetyTips",
        "EnableViaTag",
        "EnableUnauthenticatedSender",
    ];
    licensed(facts, |facts| {
        let presets = facts.records(Data::ExchangeEopProtectionPolicyRules)?;
        if ["Standard", "Strict"].iter().any(|preset| preset_is_for_all(&presets, preset)) {
            return Ok(Reading::met("A preset for all recipients shows every safety tip."));
        }
        let does = |policy: &Value| {
            !is_preset(policy, "Standard")
                && !is_preset(policy, "Strict")
                && !is_empty(policy, "Identity")
                && tips.iter().all(|tip| is_on(policy, tip))
        };
        some_policy(facts, does, "shows every safety tip")
    })
}
