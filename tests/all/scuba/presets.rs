//! Preset security policies and impersonation protection.

#![expect(clippy::too_many_lines, reason = "a table of cases")]

use serde_json::{Value, json};

use super::mail::{STANDARD, STRICT, for_one, off, rule};
use super::{Case, met, not_met, with};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = presets();
    cases.extend(sensitive_accounts());
    cases.extend(impersonation());
    cases
}

fn presets() -> Vec<Case> {
    let mail = |rules: Value| json!({"protection_policy_rules": rules, "atp_policy_rules": [], "defender_license": true});
    let defender = |rules: Value| json!({"protection_policy_rules": [], "atp_policy_rules": rules, "defender_license": true});
    let scans = |on: bool, license: bool| {
        let policies = json!([{"Identity": "Default", "EnableATPForSPOTeamsODB": on}]);
        json!({"atp_policy_for_o365": policies, "defender_license": license})
    };
    let unlicensed = |export: Value| with(export, &[("/defender_license", json!(false))]);
    vec![
        met(
            "MS.DEFENDER.1.1v1",
            "one half each",
            json!({
                "protection_policy_rules": [rule(STANDARD)], "atp_policy_rules": [rule(STRICT)],
                "defender_license": true
            }),
        ),
        not_met("MS.DEFENDER.1.1v1", "Strict off", mail(json!([rule(STANDARD), off(STRICT)]))),
        met("MS.DEFENDER.1.2v1", "one of two", mail(json!([for_one(STRICT), rule(STANDARD)]))),
        not_met("MS.DEFENDER.1.2v1", "for one", mail(json!([for_one(STRICT)]))),
        not_met("MS.DEFENDER.1.2v1", "another rule", mail(json!([rule("Larkspur")]))),
        met("MS.DEFENDER.1.3v1", "Strict", defender(json!([rule(STRICT)]))),
        not_met("MS.DEFENDER.1.3v1", "for one", defender(json!([for_one(STRICT)]))),
        not_met("MS.DEFENDER.1.3v1", "no license", unlicensed(defender(json!([rule(STRICT)])))),
        met("MS.DEFENDER.3.1v1", "on", scans(true, true)),
        not_met("MS.DEFENDER.3.1v1", "off", scans(false, true)),
        met("MS.SECURITYSUITE.1.4v1", "on", scans(true, true)),
        not_met("MS.SECURITYSUITE.1.4v1", "off", scans(false, true)),
        not_met("MS.SECURITYSUITE.1.4v1", "no license", scans(true, false)),
    ]
}

fn sensitive_accounts() -> Vec<Case> {
    let mut cases = Vec::new();
    for (policy, rules) in [
        ("MS.DEFENDER.1.4v1", "protection_policy_rules"),
        ("MS.DEFENDER.1.5v1", "atp_policy_rules"),
    ] {
        let tenant = |rule: Value, accounts: Value| {
            let config = json!({"Defender": {policy: {"SensitiveAccounts": accounts}}});
            json!({rules: [rule], "defender_license": true, "scuba_config": config})
        };
        let ada = || json!({"IncludedUsers": [" ada@larkspur.example "]});
        cases.extend([
            met(policy, "everybody", tenant(rule(STRICT), json!({}))),
            met(policy, "exactly those named", tenant(for_one(STRICT), ada())),
            not_met(
                policy,
                "one more named",
                tenant(
                    for_one(STRICT),
                    json!({
                        "IncludedUsers": ["ada@larkspur.example", "bea@larkspur.example"]
                    }),
                ),
            ),
            not_met(
                policy,
                "a group named too",
                tenant(for_one(STRICT), with(ada(), &[("/IncludedGroups", json!(["Board"]))])),
            ),
            not_met(
                policy,
                "nobody named",
                tenant(for_one(STRICT), json!({"IncludedUsers": null})),
            ),
            not_met(policy, "Strict off", tenant(off(STRICT), json!({}))),
            not_met(policy, "Standard", tenant(rule(STANDARD), json!({}))),
        ]);
    }
    cases
}

/// An anti-phishing policy that protects people and domains from being impersonated.
fn phishing(identity: &str) -> Value {
    json!({
        "Identity": identity, "Name": identity, "Enabled": true, "IsDefault": false,
        "EnableTargetedUserProtection": true, "TargetedUserProtectionAction": "Quarantine",
        "TargetedUsersToProtect": ["Ada;ada@larkspur.example"],
        "EnableTargetedDomainsProtection": true, "TargetedDomainProtectionAction": "Quarantine",
        "TargetedDomainsToProtect": ["partner.example"],
        "EnableOrganizationDomainsProtection": true,
        "EnableFirstContactSafetyTips": true, "EnableSimilarUsersSafetyTips": true,
        "EnableSimilarDomainsSafetyTips": true, "EnableUnusualCharactersSafetyTips": true,
        "EnableViaTag": true, "EnableUnauthenticatedSender": true
    })
}

fn impersonation() -> Vec<Case> {
    let both = || json!([phishing(&format!("{STRICT}17")), phishing(&format!("{STANDARD}17"))]);
    let defender = |policies: Value, config: Value| {
        json!({"anti_phish_policies": policies, "defender_license": true,
            "scuba_config": {"Defender": config}})
    };
    let ada = || json!({"SensitiveUsers": ["ada;ADA@larkspur.example"]});
    let one_off = |switch: &str| with(both(), &[(&format!("/1/{switch}"), json!(false))]);
    // A policy of one's own with its rule, under the current baseline.
    let suite = |changes: &[(&str, Value)], rule_changes: &[(&str, Value)]| {
        let own = with(
            rule("Larkspur rule"),
            &[
                ("/AntiPhishPolicy", json!("Larkspur")),
                ("/RecipientDomainIs", json!(["larkspur.example", "other.example"])),
            ],
        );
        json!({
            "anti_phish_policies": [with(phishing("Larkspur"), changes)],
            "anti_phish_rules": [with(own, rule_changes)],
            "protection_policy_rules": [], "defender_license": true,
            "accepted_domains": [{"DomainName": "Larkspur.example"}],
            "scuba_config": {"SecuritySuite": {
                "MS.SECURITYSUITE.2.1v1": {"SensitiveUsers": ["ada@larkspur.example"]},
                "MS.SECURITYSUITE.2.3v1": {"PartnerDomains": ["partner.example"]}
            }}
        })
    };
    let unlicensed = |export: Value| with(export, &[("/defender_license", json!(false))]);
    let elsewhere = ("/RecipientDomainIs", json!(["other.example"]));
    let mut cases = vec![
        met("MS.DEFENDER.2.1v1", "both", defender(both(), json!({"MS.DEFENDER.2.1v1": ada()}))),
        not_met(
            "MS.DEFENDER.2.1v1",
            "one off",
            defender(one_off("EnableTargetedUserProtection"), json!({"MS.DEFENDER.2.1v1": ada()})),
        ),
        not_met(
            "MS.DEFENDER.2.1v1",
            "nobody named, somebody protected",
            defender(both(), json!({})),
        ),
        met(
            "MS.DEFENDER.2.2v1",
            "named",
            defender(
                both(),
                json!({
                    "MS.DEFENDER.2.2v1": {"AgencyDomains": ["Partner.example"]}
                }),
            ),
        ),
        not_met("MS.DEFENDER.2.2v1", "none named", defender(both(), json!({}))),
        met(
            "MS.DEFENDER.2.3v1",
            "named",
            defender(
                both(),
                json!({
                    "MS.DEFENDER.2.3v1": {"PartnerDomains": ["partner.example"]}
                }),
            ),
        ),
        not_met(
            "MS.DEFENDER.2.3v1",
            "another named",
            defender(
                both(),
                json!({
                    "MS.DEFENDER.2.3v1": {"PartnerDomains": ["partner.example", "x.example"]}
                }),
            ),
        ),
        not_met(
            "MS.DEFENDER.2.3v1",
            "no license",
            unlicensed(defender(
                both(),
                json!({
                    "MS.DEFENDER.2.3v1": {"PartnerDomains": ["partner.example"]}
                }),
            )),
        ),
        not_met(
            "MS.SECURITYSUITE.2.1v1",
            "does nothing",
            suite(&[("/TargetedUserProtectionAction", json!("NoAction"))], &[]),
        ),
        met(
            "MS.SECURITYSUITE.2.1v1",
            "named under the older id",
            with(
                suite(&[], &[]),
                &[("/scuba_config", json!({"Defender": {"MS.DEFENDER.2.1v1": ada()}}))],
            ),
        ),
        not_met(
            "MS.SECURITYSUITE.2.1v1",
            "nobody named",
            with(suite(&[], &[]), &[("/scuba_config", json!({}))]),
        ),
        not_met(
            "MS.SECURITYSUITE.2.3v1",
            "another domain",
            with(
                suite(&[], &[]),
                &[(
                    "/scuba_config/SecuritySuite/MS.SECURITYSUITE.2.3v1/PartnerDomains",
                    json!(["x.example"]),
                )],
            ),
        ),
        not_met(
            "MS.SECURITYSUITE.2.2v1",
            "off",
            suite(&[("/EnableOrganizationDomainsProtection", json!(false))], &[]),
        ),
        not_met(
            "MS.SECURITYSUITE.2.4v1",
            "a tip off",
            suite(&[("/EnableViaTag", json!(false))], &[]),
        ),
        met(
            "MS.SECURITYSUITE.2.4v1",
            "a preset",
            with(
                suite(&[("/Enabled", json!(false))], &[]),
                &[("/protection_policy_rules", json!([rule(STANDARD)]))],
            ),
        ),
    ];
    for policy in [
        "MS.SECURITYSUITE.2.1v1",
        "MS.SECURITYSUITE.2.2v1",
        "MS.SECURITYSUITE.2.3v1",
        "MS.SECURITYSUITE.2.4v1",
    ] {
        cases.extend([
            met(policy, "for every domain", suite(&[], &[])),
            met(
                policy,
                "the default",
                suite(&[("/IsDefault", json!(true))], &[("/State", json!("Disabled"))]),
            ),
            not_met(policy, "for another domain", suite(&[], std::slice::from_ref(&elsewhere))),
            not_met(policy, "but not for Bea", suite(&[], &[("/ExceptIfSentTo", json!(["bea"]))])),
            not_met(policy, "off", suite(&[("/Enabled", json!(false))], &[])),
            not_met(policy, "no license", unlicensed(suite(&[], &[]))),
        ]);
    }
    cases
}
