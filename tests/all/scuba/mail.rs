//! Exchange Online, Defender for Office 365 and Purview.

use serde_json::{Value, json};

use super::{Case, met, not_met, with};

pub(super) const STANDARD: &str = "Standard Preset Security Policy";
pub(super) const STRICT: &str = "Strict Preset Security Policy";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = malware();
    cases.extend(spam());
    cases.extend(links());
    cases.extend(logs());
    cases
}

/// A rule that is on and for everybody.
pub(super) fn rule(identity: &str) -> Value {
    json!({
        "Identity": identity, "State": "Enabled", "Priority": 0,
        "SentTo": null, "SentToMemberOf": null, "RecipientDomainIs": null,
        "ExceptIfSentTo": null, "ExceptIfSentToMemberOf": null, "ExceptIfRecipientDomainIs": null,
        "Conditions": null, "Exceptions": null
    })
}

/// A rule for one recipient.
pub(super) fn for_one(identity: &str) -> Value {
    with(
        rule(identity),
        &[("/SentTo", json!(["ada@larkspur.example"])), ("/Conditions", json!(["to Ada"]))],
    )
}

pub(super) fn off(identity: &str) -> Value {
    with(rule(identity), &[("/State", json!("Disabled"))])
}

fn malware() -> Vec<Case> {
    let filter = |identity: &str, good: bool| {
        let types = if good { json!(["exe", "cmd", "vbe", "com"]) } else { json!(["exe"]) };
        json!({"Identity": identity, "EnableFileFilter": true, "FileTypes": types, "ZapEnabled": good})
    };
    let tenant = |strict: Value, own: Value, goods: [bool; 3]| {
        let [first, second, third] = goods;
        json!({
            "anti_malware_policies": [
                filter(&format!("{STRICT}9"), first), filter("Larkspur", second),
                filter("Default", third)
            ],
            "anti_malware_rules": [with(own, &[("/MalwareFilterPolicy", json!("Larkspur"))])],
            "protection_policy_rules": [strict],
            "accepted_domains": [{"DomainName": "larkspur.example"}]
        })
    };
    let attachments = |action: &str, rule: Value| {
        json!({
            "safe_attachment_policies": [
                {"Identity": "Larkspur", "Action": action},
                {"Identity": "Built-In Protection Policy", "Action": "Block"}
            ],
            "safe_attachment_rules": [with(rule, &[("/SafeAttachmentPolicy", json!("Larkspur"))])],
            "atp_policy_rules": [], "built_in_protection_rules": [{"Name": "B",
                "ExceptIfSentTo": null, "ExceptIfSentToMemberOf": null,
                "ExceptIfRecipientDomainIs": null}],
            "accepted_domains": [{"DomainName": "larkspur.example"}], "defender_license": true
        })
    };
    let own = || rule("Larkspur");
    let mut cases = vec![
        met("MS.SECURITYSUITE.1.3v1", "one's own", attachments("DynamicDelivery", own())),
        not_met("MS.SECURITYSUITE.1.3v1", "lets through", attachments("Allow", own())),
        met("MS.SECURITYSUITE.1.3v1", "the built-in one", attachments("Allow", off("Larkspur"))),
        not_met(
            "MS.SECURITYSUITE.1.3v1",
            "nothing for everybody",
            with(
                attachments("Block", for_one("Larkspur")),
                &[("/built_in_protection_rules", json!([]))],
            ),
        ),
        not_met(
            "MS.SECURITYSUITE.1.3v1",
            "no license",
            with(attachments("Block", own()), &[("/defender_license", json!(false))]),
        ),
    ];
    for policy in ["MS.SECURITYSUITE.1.1v1", "MS.SECURITYSUITE.1.2v1"] {
        cases.extend([
            met(policy, "Strict goes first", tenant(rule(STRICT), own(), [true, false, false])),
            not_met(policy, "Strict is bad", tenant(rule(STRICT), own(), [false, true, true])),
            met(
                policy,
                "then Standard",
                with(
                    tenant(rule(STANDARD), own(), [true, false, false]),
                    &[("/anti_malware_policies/0/Identity", json!(format!("{STANDARD}9")))],
                ),
            ),
            met(policy, "then one's own", tenant(off(STRICT), own(), [false, true, false])),
            not_met(policy, "which is bad", tenant(for_one(STRICT), own(), [true, false, true])),
            met(
                policy,
                "then the default",
                tenant(off(STRICT), for_one("L"), [false, false, true]),
            ),
            not_met(policy, "which is bad", tenant(off(STRICT), off("L"), [true, true, false])),
        ]);
    }
    cases
}

fn spam() -> Vec<Case> {
    let filter = |identity: &str, kind: &str, good: bool| {
        let action = if good { "Quarantine" } else { "AddXHeader" };
        json!({
            "Identity": identity, "RecommendedPolicyType": kind, "IsDefault": identity == "Default",
            "SpamAction": action, "HighConfidenceSpamAction": "Quarantine",
            "PhishSpamAction": "MoveToJmf", "HighConfidencePhishAction": "Delete",
            "AllowedSenderDomains": if good { json!([]) } else { json!(["x.example"]) }
        })
    };
    let tenant = |strict: Value, goods: [bool; 3]| {
        let [first, second, third] = goods;
        json!({
            "hosted_content_filter_policies": [
                filter("S", "Strict", first), filter("Larkspur", "Custom", second),
                filter("Default", "Custom", third)
            ],
            "hosted_content_filter_rules": [with(rule("Larkspur"), &[
                ("/HostedContentFilterPolicy", json!("Larkspur")),
            ])],
            "protection_policy_rules": [with(strict, &[("/HostedContentFilterPolicy", json!("S"))])]
        })
    };
    let connection = |addresses: Value, safe: bool| json!({"conn_filter": [{"Name": "D", "IPAllowList": addresses, "EnableSafeList": safe}]});
    let mut cases = vec![
        met("MS.SECURITYSUITE.8.1v1", "none", connection(json!([]), true)),
        not_met("MS.SECURITYSUITE.8.1v1", "one", connection(json!(["192.0.2.1"]), false)),
        met("MS.SECURITYSUITE.8.2v1", "off", connection(json!(["192.0.2.1"]), false)),
        not_met("MS.SECURITYSUITE.8.2v1", "on", connection(json!([]), true)),
    ];
    for policy in ["MS.SECURITYSUITE.6.1v1", "MS.SECURITYSUITE.6.2v1"] {
        cases.extend([
            met(policy, "Strict shields", tenant(rule(STRICT), [true, false, false])),
            not_met(policy, "Strict is bad", tenant(rule(STRICT), [false, true, true])),
            met(policy, "one's own shields", tenant(off(STRICT), [false, true, false])),
            not_met(policy, "one's own is bad", tenant(for_one(STRICT), [true, false, true])),
            not_met(policy, "the default is bad", tenant(off(STRICT), [true, false, false])),
        ]);
    }
    cases
}

fn links() -> Vec<Case> {
    let tenant = |preset: Value, own: Value, on: bool| {
        json!({
            "protection_policy_rules": [preset],
            "safe_links_rules": [
                with(own, &[("/SafeLinksPolicy", json!("Larkspur"))]),
                with(rule("second"), &[
                    ("/SafeLinksPolicy", json!("other")), ("/Priority", json!(1)),
                ])
            ],
            "safe_links_policies": [
                {"Identity": "other"},
                {"Identity": "Larkspur", "EnableSafeLinksForEmail": on, "EnableForInternalSenders": true,
                    "EnableSafeLinksForTeams": true, "EnableSafeLinksForOffice": true,
                    "ScanUrls": on, "DeliverMessageAfterScan": true, "TrackClicks": on}
            ]
        })
    };
    let mut cases = Vec::new();
    for policy in ["MS.SECURITYSUITE.7.1v1", "MS.SECURITYSUITE.7.2v1", "MS.SECURITYSUITE.7.3v1"] {
        cases.extend([
            met(policy, "a preset", tenant(rule(STANDARD), rule("first"), false)),
            met(policy, "the first rule", tenant(off(STANDARD), rule("first"), true)),
            not_met(policy, "a switch off", tenant(for_one(STRICT), rule("first"), false)),
            not_met(policy, "the second rule", tenant(off(STANDARD), for_one("first"), true)),
        ]);
    }
    cases
}

fn logs() -> Vec<Case> {
    let names = [
        "Suspicious email sending patterns detected",
        "Suspicious connector activity",
        "Suspicious Email Forwarding Activity",
        "Messages have been delayed",
        "Tenant restricted from sending unprovisioned email",
        "Tenant restricted from sending email",
        "User restricted from sending email",
        "A potentially malicious URL click was detected",
    ];
    let alerts = |left_out: &str, disabled: &str| {
        let listed = names.iter().filter(|name| **name != left_out);
        let listed: Vec<Value> =
            listed.map(|name| json!({"Name": name, "Disabled": *name == disabled})).collect();
        json!({"protection_alerts": listed})
    };
    let (tenant, user, click) = (names[5], names[6], names[7]);
    let audit = |on: bool| json!({"admin_audit_log_config": [{"Identity": "A", "UnifiedAuditLogIngestionEnabled": on}]});
    let kept = |duration: &str, plan: &str| {
        json!({
            "unified_audit_log_retention_policies": [{"Name": "L", "RetentionDuration": duration}],
            "service_plans": [{"ServicePlanName": plan}]
        })
    };
    let remote = |domain: &str, on: bool| {
        json!({
            "remote_domains": [{"DomainName": domain, "AutoForwardEnabled": on}],
            "scuba_config": {"Exo": {"MS.EXO.1.1v2":
                {"AllowedForwardingDomains": ["*", "Partner.example"]}}}
        })
    };
    let smtp = |off: bool| json!({"transport_config": [{"Name": "T", "SmtpClientAuthenticationDisabled": off}]});
    let marks = |mode: &str, scope: &str| {
        json!({"transport_rule": [{"Name": "Mark", "State": "Enabled", "Mode": mode,
            "FromScope": scope, "PrependSubject": "[outside] "}]})
    };
    let mailboxes = |off: bool| json!({"org_config": [{"Name": "L", "AuditDisabled": off}]});
    vec![
        met("MS.SECURITYSUITE.4.1v1", "all on", alerts("", "")),
        met("MS.SECURITYSUITE.4.1v1", "no alert on clicks", alerts(click, user)),
        not_met("MS.SECURITYSUITE.4.1v1", "the alert on clicks off", alerts("", click)),
        not_met("MS.SECURITYSUITE.4.1v1", "one missing", alerts(tenant, "")),
        met("MS.DEFENDER.5.1v1", "all on", alerts(tenant, "")),
        not_met("MS.DEFENDER.5.1v1", "no alert on clicks", alerts(click, "")),
        not_met("MS.DEFENDER.5.1v1", "one off", alerts("", user)),
        met("MS.SECURITYSUITE.5.1v1", "on", audit(true)),
        not_met("MS.SECURITYSUITE.5.1v1", "off", audit(false)),
        met("MS.DEFENDER.6.1v1", "on", audit(true)),
        not_met("MS.DEFENDER.6.1v1", "off", audit(false)),
        met("MS.SECURITYSUITE.5.2v1", "a year", kept("TwelveMonths", "M365_ADVANCED_AUDITING")),
        not_met("MS.SECURITYSUITE.5.2v1", "less", kept("NineMonths", "M365_ADVANCED_AUDITING")),
        not_met("MS.SECURITYSUITE.5.2v1", "no license", kept("TenYears", "AAD_PREMIUM_P2")),
        met("MS.EXO.1.1v2", "off", remote("*", false)),
        met("MS.EXO.1.1v2", "on to an allowed domain", remote("partner.example", true)),
        not_met("MS.EXO.1.1v2", "on to another", remote("x.example", true)),
        not_met("MS.EXO.1.1v2", "on to all, which cannot be allowed", remote("*", true)),
        met("MS.EXO.5.1v1", "off", smtp(true)),
        not_met("MS.EXO.5.1v1", "on", smtp(false)),
        met("MS.EXO.7.1v1", "marked", marks("Enforce", "NotInOrganization")),
        not_met("MS.EXO.7.1v1", "only logged", marks("Audit", "NotInOrganization")),
        not_met("MS.EXO.7.1v1", "from inside", marks("Enforce", "InOrganization")),
        met("MS.EXO.13.1v1", "on", mailboxes(false)),
        not_met("MS.EXO.13.1v1", "off", mailboxes(true)),
    ]
}
