//! The exemplary tenant's mail half: what Exchange Online and Microsoft Purview return.

use model::Data;
use serde_json::{Value, json};

use super::{DOMAIN, INITIAL_DOMAIN, PERSON_1, PERSON_2, PERSON_3, PERSON_4, SHARED};

/// Every mailbox: id of the user, alias, type.
const MAILBOXES: [(&str, &str, &str); 5] = [
    (PERSON_1, "person1", "UserMailbox"),
    (PERSON_2, "person2", "UserMailbox"),
    (PERSON_3, "person3", "UserMailbox"),
    (PERSON_4, "person4", "UserMailbox"),
    (SHARED, "office", "SharedMailbox"),
];

/// The names of the presets' policies, and the kind that each is of.
const PRESETS: [(&str, &str); 2] = [
    ("Strict Preset Security Policy1770281123456", "Strict"),
    ("Standard Preset Security Policy1770281223456", "Standard"),
];

/// An enabled rule for everybody; change what the test needs.
pub(crate) fn mail_rule(name: &str, priority: u32) -> Value {
    json!({
        "Name": name, "Identity": name, "State": "Enabled", "Priority": priority,
        "SentTo": null, "SentToMemberOf": null, "RecipientDomainIs": null,
        "ExceptIfSentTo": null, "ExceptIfSentToMemberOf": null, "ExceptIfRecipientDomainIs": null
    })
}

/// The rules of both presets: Strict for the priority account, Standard for everybody. `policies`:
/// the members that name the policies behind them.
fn presets(policies: &[&str]) -> Value {
    let rule = |index: usize, name: &str| {
        let mut rule = mail_rule(name, u32::try_from(index).unwrap());
        for member in policies {
            rule[*member] = json!(PRESETS[index].0);
        }
        rule
    };
    let mut strict = rule(0, "Strict Preset Security Policy");
    strict["SentTo"] = json!([format!("person1@{DOMAIN}")]);
    json!([strict, rule(1, "Standard Preset Security Policy")])
}

/// The default policy, with what Microsoft ships, and the policies of the presets.
fn and_presets(mut default: Value, of_preset: impl Fn(&str) -> Value) -> Value {
    default["IsDefault"] = json!(true);
    default["RecommendedPolicyType"] = json!("Custom");
    let mut policies = vec![default];
    for (name, kind) in PRESETS {
        let mut policy = of_preset(kind);
        policy["Name"] = json!(name);
        policy["Identity"] = json!(name);
        policy["IsDefault"] = json!(false);
        policy["RecommendedPolicyType"] = json!(kind);
        policies.push(policy);
    }
    json!(policies)
}

/// What an anti-spam policy of a preset says.
pub(crate) fn spam_policy(kind: &str) -> Value {
    let (threshold, aside) = if kind == "Strict" { (5, "Quarantine") } else { (6, "MoveToJmf") };
    json!({
        "Name": kind, "BulkThreshold": threshold, "MarkAsSpamBulkMail": "On",
        "SpamAction": aside, "HighConfidenceSpamAction": "Quarantine",
        "PhishSpamAction": "Quarantine", "HighConfidencePhishAction": "Quarantine",
        "BulkSpamAction": aside, "PhishZapEnabled": true, "SpamZapEnabled": true,
        "AllowedSenders": [], "AllowedSenderDomains": []
    })
}

/// What an anti-phishing policy of a preset says, with the priority account protected.
pub(crate) fn anti_phish_policy(kind: &str) -> Value {
    let (level, aside) = if kind == "Strict" { (4, "Quarantine") } else { (3, "MoveToJmf") };
    json!({
        "Name": kind, "Enabled": true, "PhishThresholdLevel": level,
        "EnableTargetedUserProtection": true,
        "TargetedUsersToProtect": [format!("person1;person1@{DOMAIN}")],
        "TargetedUserProtectionAction": "Quarantine",
        "EnableOrganizationDomainsProtection": true, "EnableTargetedDomainsProtection": true,
        "TargetedDomainsToProtect": [], "TargetedDomainProtectionAction": "Quarantine",
        "EnableMailboxIntelligence": true, "EnableMailboxIntelligenceProtection": true,
        "MailboxIntelligenceProtectionAction": aside, "EnableSpoofIntelligence": true,
        "HonorDmarcPolicy": true, "AuthenticationFailAction": aside
    })
}

/// What a Safe Links policy of a preset says.
pub(crate) fn links_policy(kind: &str) -> Value {
    json!({
        "Name": kind, "EnableSafeLinksForEmail": true, "EnableSafeLinksForTeams": true,
        "EnableSafeLinksForOffice": true, "EnableForInternalSenders": true, "ScanUrls": true,
        "DeliverMessageAfterScan": true, "TrackClicks": true, "AllowClickThrough": false,
        "DisableUrlRewrite": false
    })
}

/// What a Safe Attachments policy of a preset says.
pub(crate) fn attachments_policy(kind: &str) -> Value {
    json!({ "Name": kind, "Enable": true, "Action": "Block" })
}

/// The policies that decide about mail, and the rules of custom ones: there are none.
fn mail_policies() -> Vec<(Data, Value)> {
    let mut spam = spam_policy("Standard");
    spam["Name"] = json!("Default");
    spam["BulkThreshold"] = json!(7);
    spam["HighConfidenceSpamAction"] = json!("MoveToJmf");
    spam["PhishSpamAction"] = json!("MoveToJmf");
    let anti_phish = json!({
        "Name": "Office365 AntiPhish Default", "Enabled": true, "PhishThresholdLevel": 1,
        "EnableTargetedUserProtection": false, "TargetedUsersToProtect": [],
        "TargetedUserProtectionAction": "NoAction", "EnableOrganizationDomainsProtection": false,
        "EnableTargetedDomainsProtection": false, "TargetedDomainsToProtect": [],
        "TargetedDomainProtectionAction": "NoAction", "EnableMailboxIntelligence": true,
        "EnableMailboxIntelligenceProtection": false,
        "MailboxIntelligenceProtectionAction": "NoAction", "EnableSpoofIntelligence": true,
        "HonorDmarcPolicy": true, "AuthenticationFailAction": "MoveToJmf"
    });
    let malware =
        |name: &str| json!({ "Name": name, "EnableFileFilter": true, "ZapEnabled": true });
    let mut links = links_policy("Built-In Protection Policy");
    links["AllowClickThrough"] = json!(true);
    let attachments = attachments_policy("Built-In Protection Policy");
    vec![
        (Data::ExchangeHostedContentFilterPolicies, and_presets(spam, spam_policy)),
        (Data::ExchangeHostedContentFilterRules, json!([])),
        (Data::ExchangeMalwareFilterPolicies, and_presets(malware("Default"), malware)),
        (Data::ExchangeMalwareFilterRules, json!([])),
        (Data::ExchangeAntiPhishPolicies, and_presets(anti_phish, anti_phish_policy)),
        (Data::ExchangeAntiPhishRules, json!([])),
        (Data::ExchangeSafeLinksPolicies, and_presets(links, links_policy)),
        (Data::ExchangeSafeLinksRules, json!([])),
        (Data::ExchangeSafeAttachmentPolicies, and_presets(attachments, attachments_policy)),
        (Data::ExchangeSafeAttachmentRules, json!([])),
    ]
}

/// Alert policies: Microsoft's, and two for priority accounts. Somebody gets their mail.
fn alerts() -> Value {
    let alert = |name: &str, tags: Value| {
        json!({
            "Name": name, "Severity": "High", "Disabled": false, "Mode": "Enforce",
            "NotificationEnabled": true, "ThreatType": "Activity", "Filter": "",
            "NotifyUser": ["TenantAdmins", format!("person2@{DOMAIN}")],
            "RecipientTags": tags, "UserTags": null, "Workload": "AuditAlerting"
        })
    };
    let defaults = [
        "Suspicious email sending patterns detected",
        "Suspicious Connector Activity",
        "Suspicious Email Forwarding Activity",
        "Messages have been delayed",
        "Tenant restricted from sending unprovisioned email",
        "Tenant restricted from sending email",
        "A potentially malicious URL click was detected",
        "Elevation of Exchange admin privilege",
    ];
    let mut alerts: Vec<Value> =
        defaults.into_iter().map(|name| alert(name, Value::Null)).collect();
    for threat in ["Malware", "Phish"] {
        let name = format!("{threat} delivered to a priority account");
        alerts.push(alert(&name, json!(["Priority account"])));
    }
    json!(alerts)
}

/// Every dataset of Exchange Online and Microsoft Purview.
pub(super) fn datasets() -> Vec<(Data, Value)> {
    let mut all = mailboxes();
    all.extend(settings());
    all.extend(logs());
    all.extend(mail_policies());
    all
}

fn mailboxes() -> Vec<(Data, Value)> {
    let mailboxes = MAILBOXES.map(|(id, alias, kind)| {
        json!({
            "Identity": alias, "DisplayName": alias, "RecipientTypeDetails": kind,
            "PrimarySmtpAddress": format!("{alias}@{DOMAIN}"),
            "EmailAddresses": [format!("SMTP:{alias}@{DOMAIN}")],
            "ExternalDirectoryObjectId": id, "ForwardingSmtpAddress": null
        })
    });
    let cas = MAILBOXES.map(|(id, alias, _)| {
        json!({
            "Identity": alias, "PrimarySmtpAddress": format!("{alias}@{DOMAIN}"),
            "ExternalDirectoryObjectId": id, "PopEnabled": false, "ImapEnabled": false,
            "SmtpClientAuthenticationDisabled": null
        })
    });
    vec![(Data::ExchangeMailboxes, json!(mailboxes)), (Data::ExchangeCasMailboxes, json!(cas))]
}

fn settings() -> Vec<(Data, Value)> {
    vec![
        (
            Data::ExchangeCasMailboxPlans,
            json!([
                { "Identity": "ExchangeOnline", "PopEnabled": false, "ImapEnabled": false }
            ]),
        ),
        (
            Data::ExchangeOrganizationConfig,
            json!([{
                "Name": INITIAL_DOMAIN, "OAuth2ClientProfileEnabled": true, "AuditDisabled": false,
                "DefaultAuthenticationPolicy": null, "ElevatedAccessControl": "Enabled"
            }]),
        ),
        (
            Data::ExchangeElevatedAccessApprovalPolicies,
            json!([{
                "Identity": "Journal rules", "Task": "Exchange\\New-JournalRule",
                "ApproverGroup": format!("approvers@{DOMAIN}"), "ApprovalType": "Manual"
            }]),
        ),
        (Data::ExchangeTransportConfig, json!([{ "SmtpClientAuthenticationDisabled": true }])),
        (Data::ExchangeAuthenticationPolicies, json!([])),
        (
            Data::ExchangeAcceptedDomains,
            json!([
                { "DomainName": DOMAIN, "Default": true, "DomainType": "Authoritative" },
                { "DomainName": INITIAL_DOMAIN, "Default": false, "DomainType": "Authoritative" }
            ]),
        ),
        (
            Data::ExchangeVipUsers,
            json!([{
                "ExternalDirectoryObjectId": PERSON_1,
                "UserPrincipalName": format!("person1@{DOMAIN}"), "DisplayName": "person1",
                "AccountDisabled": false
            }]),
        ),
        (
            Data::ExchangeEopProtectionPolicyRules,
            presets(&["HostedContentFilterPolicy", "MalwareFilterPolicy", "AntiPhishPolicy"]),
        ),
        (
            Data::ExchangeAtpProtectionPolicyRules,
            presets(&["SafeLinksPolicy", "SafeAttachmentPolicy"]),
        ),
        (
            Data::ExchangeAtpBuiltInProtectionRules,
            json!([{
                "Name": "ATP Built-In Protection Rule", "State": "Enabled", "ExceptIfSentTo": null,
                "ExceptIfSentToMemberOf": null, "ExceptIfRecipientDomainIs": null
            }]),
        ),
        (
            Data::ExchangeAtpPolicyForO365,
            json!([{
                "Identity": "Default", "EnableATPForSPOTeamsODB": true
            }]),
        ),
        (
            Data::ExchangeHostedConnectionFilterPolicies,
            json!([{
                "Name": "Default", "IPAllowList": [], "EnableSafeList": false
            }]),
        ),
        (Data::ExchangeTransportRules, json!([])),
        (
            Data::ExchangeHostedOutboundSpamFilterPolicies,
            json!([{
                "Name": "Default", "IsDefault": true, "AutoForwardingMode": "Off"
            }]),
        ),
        (Data::ExchangeHostedOutboundSpamFilterRules, json!([])),
        (
            Data::ExchangeRemoteDomains,
            json!([{
                "DomainName": "*", "Name": "Default", "AutoForwardEnabled": false
            }]),
        ),
    ]
}

fn logs() -> Vec<(Data, Value)> {
    vec![
        (
            Data::ExchangeAdminAuditLogConfig,
            json!([{
                "Identity": "Admin Audit Log Settings", "UnifiedAuditLogIngestionEnabled": true
            }]),
        ),
        (Data::ExchangeMailboxAuditBypassAssociations, json!([])),
        (Data::ExchangeProtectionAlerts, alerts()),
        (
            Data::ExchangeUnifiedAuditLogRetentionPolicies,
            json!([{
                "Name": "A year", "Identity": "A year", "Priority": 100, "Enabled": true,
                "RetentionDuration": "TwelveMonths", "RecordTypes": [], "Operations": [],
                "UserIds": []
            }]),
        ),
        (
            Data::ExchangeEmailTenantSettings,
            json!([{
                "Name": "Default", "Identity": "Default", "EnablePriorityAccountProtection": true
            }]),
        ),
    ]
}
