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

/// The rules of both presets: Strict for the priority account, Standard for everybody.
fn presets() -> Value {
    let rule = |name: &str, priority: u32, sent_to: &Value| {
        json!({
            "Name": name, "Identity": name, "State": "Enabled", "Priority": priority,
            "SentTo": sent_to, "SentToMemberOf": null, "RecipientDomainIs": null,
            "ExceptIfSentTo": null, "ExceptIfSentToMemberOf": null,
            "ExceptIfRecipientDomainIs": null
        })
    };
    json!([
        rule("Strict Preset Security Policy", 0, &json!([format!("person1@{DOMAIN}")])),
        rule("Standard Preset Security Policy", 1, &Value::Null)
    ])
}

/// Every dataset of Exchange Online and Microsoft Purview.
pub(super) fn datasets() -> Vec<(Data, Value)> {
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
    vec![
        (Data::ExchangeMailboxes, json!(mailboxes)),
        (Data::ExchangeCasMailboxes, json!(cas)),
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
                "DefaultAuthenticationPolicy": null, "ElevatedAccessControl": null
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
        (Data::ExchangeEopProtectionPolicyRules, presets()),
        (Data::ExchangeAtpProtectionPolicyRules, presets()),
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
            Data::ExchangeHostedContentFilterPolicies,
            json!([{
                "Name": "Default", "IsDefault": true, "RecommendedPolicyType": "Custom",
                "AllowedSenders": [], "AllowedSenderDomains": []
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
            Data::ExchangeAdminAuditLogConfig,
            json!([{
                "Identity": "Admin Audit Log Settings", "UnifiedAuditLogIngestionEnabled": true
            }]),
        ),
        (Data::ExchangeMailboxAuditBypassAssociations, json!([])),
        (
            Data::ExchangeHostedOutboundSpamFilterPolicies,
            json!([{
                "Name": "Default", "IsDefault": true, "AutoForwardingMode": "Off"
            }]),
        ),
        (
            Data::ExchangeRemoteDomains,
            json!([{
                "DomainName": "*", "Name": "Default", "AutoForwardEnabled": false
            }]),
        ),
    ]
}
