//! Typed views of what Exchange Online and Microsoft Purview cmdlets return: only what some
//! control or report uses. Names are the cmdlets'.

use serde::Deserialize;

use crate::wire::{boolean, integer, null_default, present, present_boolean, strings};
use crate::{Data, Id, Records, Snapshot};

macro_rules! exchange {
    ($($field:ident: $type:ty = $data:ident;)*) => {
        /// The datasets of Exchange Online and Microsoft Purview.
        #[derive(Clone)]
        #[expect(missing_docs, reason = "each field is the dataset of its name")]
        pub struct Exchange<'s> {
            $(pub $field: Records<'s, $type>,)*
        }

        impl<'s> Exchange<'s> {
            pub(crate) fn of(snapshot: &'s Snapshot) -> Self {
                Self { $($field: Records::of(snapshot, Data::$data),)* }
            }

            pub(crate) fn read_so_far(&self) -> Vec<Data> {
                let mut read = Vec::new();
                $(read.extend(self.$field.was_read().then_some(Data::$data));)*
                read
            }
        }
    };
}

exchange! {
    organization_config: OrganizationConfig = ExchangeOrganizationConfig;
    transport_config: TransportConfig = ExchangeTransportConfig;
    authentication_policies: AuthenticationPolicy = ExchangeAuthenticationPolicies;
    cas_mailboxes: CasMailbox = ExchangeCasMailboxes;
    cas_mailbox_plans: CasMailbox = ExchangeCasMailboxPlans;
    mailboxes: Mailbox = ExchangeMailboxes;
    users: ExchangeUser = ExchangeUsers;
    vip_users: ExchangeUser = ExchangeVipUsers;
    accepted_domains: AcceptedDomain = ExchangeAcceptedDomains;
    eop_protection_policy_rules: ProtectionRule = ExchangeEopProtectionPolicyRules;
    atp_protection_policy_rules: ProtectionRule = ExchangeAtpProtectionPolicyRules;
    atp_built_in_protection_rules: ProtectionRule = ExchangeAtpBuiltInProtectionRules;
    anti_phish_policies: AntiPhishPolicy = ExchangeAntiPhishPolicies;
    anti_phish_rules: ProtectionRule = ExchangeAntiPhishRules;
    hosted_content_filter_policies: HostedContentFilterPolicy = ExchangeHostedContentFilterPolicies;
    hosted_content_filter_rules: ProtectionRule = ExchangeHostedContentFilterRules;
    hosted_connection_filter_policies: HostedConnectionFilterPolicy = ExchangeHostedConnectionFilterPolicies;
    hosted_outbound_spam_filter_policies: HostedOutboundSpamFilterPolicy = ExchangeHostedOutboundSpamFilterPolicies;
    hosted_outbound_spam_filter_rules: ProtectionRule = ExchangeHostedOutboundSpamFilterRules;
    malware_filter_policies: MalwareFilterPolicy = ExchangeMalwareFilterPolicies;
    malware_filter_rules: ProtectionRule = ExchangeMalwareFilterRules;
    safe_links_policies: SafeLinksPolicy = ExchangeSafeLinksPolicies;
    safe_links_rules: ProtectionRule = ExchangeSafeLinksRules;
    safe_attachment_policies: SafeAttachmentPolicy = ExchangeSafeAttachmentPolicies;
    safe_attachment_rules: ProtectionRule = ExchangeSafeAttachmentRules;
    atp_policy_for_o365: AtpPolicyForO365 = ExchangeAtpPolicyForO365;
    email_tenant_settings: EmailTenantSettings = ExchangeEmailTenantSettings;
    remote_domains: RemoteDomain = ExchangeRemoteDomains;
    transport_rules: TransportRule = ExchangeTransportRules;
    admin_audit_log_config: AdminAuditLogConfig = ExchangeAdminAuditLogConfig;
    mailbox_audit_bypass_associations: MailboxAuditBypassAssociation = ExchangeMailboxAuditBypassAssociations;
    protection_alerts: ProtectionAlert = ExchangeProtectionAlerts;
    unified_audit_log_retention_policies: UnifiedAuditLogRetentionPolicy = ExchangeUnifiedAuditLogRetentionPolicies;
    elevated_access_approval_policies: ElevatedAccessApprovalPolicy = ExchangeElevatedAccessApprovalPolicies;
}

/// Source: `Get-OrganizationConfig`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct OrganizationConfig {
    /// Modern authentication.
    #[serde(rename = "OAuth2ClientProfileEnabled", deserialize_with = "boolean")]
    pub oauth2_client_profile_enabled: Option<bool>,
    /// The authentication policy of accounts without one; `None`: none.
    pub default_authentication_policy: Option<String>,
    /// Mailbox auditing is off for the organization.
    #[serde(deserialize_with = "boolean")]
    pub audit_disabled: Option<bool>,
    /// Privileged access management; null when it is off, `None` where the service does not say.
    /// Undocumented.
    #[serde(deserialize_with = "present")]
    pub elevated_access_control: Option<serde_json::Value>,
}

/// Source: `Get-TransportConfig`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TransportConfig {
    /// SMTP AUTH is off for the organization.
    #[serde(deserialize_with = "boolean")]
    pub smtp_client_authentication_disabled: Option<bool>,
}

/// Source: `Get-AuthenticationPolicy`. Only SMTP still matters: the service removed the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AuthenticationPolicy {
    /// Its name.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// Basic authentication over SMTP AUTH.
    #[serde(deserialize_with = "boolean")]
    pub allow_basic_auth_smtp: Option<bool>,
    /// The other eleven switches and all else, by name.
    #[serde(flatten)]
    pub other: std::collections::BTreeMap<String, serde_json::Value>,
}

/// Source: `Get-EXOCasMailbox`, `Get-CASMailbox`, `Get-CASMailboxPlan`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CasMailbox {
    /// The mailbox.
    #[serde(deserialize_with = "null_default")]
    pub identity: String,
    /// The plan's or mailbox's name for a person.
    pub display_name: Option<String>,
    /// Its address.
    pub primary_smtp_address: Option<String>,
    /// The user in Microsoft Entra ID.
    pub external_directory_object_id: Option<Id>,
    /// POP3.
    #[serde(deserialize_with = "boolean")]
    pub pop_enabled: Option<bool>,
    /// IMAP4.
    #[serde(deserialize_with = "boolean")]
    pub imap_enabled: Option<bool>,
    /// SMTP AUTH: `Some(None)` inherits the organization's setting, `None` was not read.
    #[serde(deserialize_with = "present_boolean")]
    pub smtp_client_authentication_disabled: Option<Option<bool>>,
}

/// Source: `Get-EXOMailbox`, `Get-Mailbox`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Mailbox {
    /// The mailbox.
    #[serde(deserialize_with = "null_default")]
    pub identity: String,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// Its main address.
    pub primary_smtp_address: Option<String>,
    /// All addresses, with a prefix such as `smtp:`.
    #[serde(deserialize_with = "strings")]
    pub email_addresses: Vec<String>,
    /// The user in Microsoft Entra ID.
    pub external_directory_object_id: Option<Id>,
    /// `UserMailbox`, `SharedMailbox`, `RoomMailbox`, `EquipmentMailbox`, `SchedulingMailbox`, ….
    pub recipient_type_details: Option<String>,
    /// Where mail is forwarded to, outside.
    pub forwarding_smtp_address: Option<String>,
}

/// Source: `Get-User`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ExchangeUser {
    /// The user in Microsoft Entra ID.
    pub external_directory_object_id: Option<Id>,
    /// Text of the tenant.
    pub user_principal_name: Option<String>,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// Sign-in is blocked.
    #[serde(deserialize_with = "boolean")]
    pub account_disabled: Option<bool>,
    /// The authentication policy assigned.
    pub authentication_policy: Option<String>,
}

/// Source: `Get-AcceptedDomain`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AcceptedDomain {
    /// The domain.
    #[serde(deserialize_with = "null_default")]
    pub domain_name: String,
    /// Whether it is the default.
    #[serde(rename = "Default", deserialize_with = "boolean")]
    pub is_default: Option<bool>,
    /// `Authoritative`, `InternalRelay`.
    pub domain_type: Option<String>,
}

/// A rule that says whom a policy protects. Source: `Get-EOPProtectionPolicyRule`,
/// `Get-ATPProtectionPolicyRule`, `Get-ATPBuiltInProtectionRule`, and the rules of custom policies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ProtectionRule {
    /// Its name: `Strict Preset Security Policy`, `Standard Preset Security Policy`, or free.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// `Enabled` or `Disabled`; a disabled rule protects nobody.
    pub state: Option<String>,
    /// Lower goes first.
    #[serde(deserialize_with = "integer")]
    pub priority: Option<i64>,
    /// Recipients; with the two below empty: everybody.
    #[serde(deserialize_with = "strings")]
    pub sent_to: Vec<String>,
    /// Groups of recipients.
    #[serde(deserialize_with = "strings")]
    pub sent_to_member_of: Vec<String>,
    /// Domains of recipients.
    #[serde(deserialize_with = "strings")]
    pub recipient_domain_is: Vec<String>,
    /// Recipients left out.
    #[serde(deserialize_with = "strings")]
    pub except_if_sent_to: Vec<String>,
    /// Groups left out.
    #[serde(deserialize_with = "strings")]
    pub except_if_sent_to_member_of: Vec<String>,
    /// Domains left out.
    #[serde(deserialize_with = "strings")]
    pub except_if_recipient_domain_is: Vec<String>,
    /// Senders; of outbound rules.
    #[serde(rename = "From", deserialize_with = "strings")]
    pub from: Vec<String>,
    /// Groups of senders; of outbound rules.
    #[serde(deserialize_with = "strings")]
    pub from_member_of: Vec<String>,
    /// Domains of senders; of outbound rules.
    #[serde(deserialize_with = "strings")]
    pub sender_domain_is: Vec<String>,
    /// The policy behind it, by name.
    pub anti_phish_policy: Option<String>,
    /// The policy behind it, by name.
    pub hosted_content_filter_policy: Option<String>,
    /// The policy behind it, by name.
    pub hosted_outbound_spam_filter_policy: Option<String>,
    /// The policy behind it, by name.
    pub malware_filter_policy: Option<String>,
    /// The policy behind it, by name.
    pub safe_links_policy: Option<String>,
    /// The policy behind it, by name.
    pub safe_attachment_policy: Option<String>,
}

impl ProtectionRule {
    /// Whether it is in force.
    pub fn is_enabled(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("Enabled"))
    }
}

/// Source: `Get-AntiPhishPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch or list")]
pub struct AntiPhishPolicy {
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    pub recommended_policy_type: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub is_default: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enabled: Option<bool>,
    #[serde(deserialize_with = "integer")]
    pub phish_threshold_level: Option<i64>,
    #[serde(deserialize_with = "boolean")]
    pub enable_targeted_user_protection: Option<bool>,
    #[serde(deserialize_with = "strings")]
    pub targeted_users_to_protect: Vec<String>,
    pub targeted_user_protection_action: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub enable_organization_domains_protection: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_targeted_domains_protection: Option<bool>,
    #[serde(deserialize_with = "strings")]
    pub targeted_domains_to_protect: Vec<String>,
    pub targeted_domain_protection_action: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub enable_mailbox_intelligence: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_mailbox_intelligence_protection: Option<bool>,
    pub mailbox_intelligence_protection_action: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub enable_spoof_intelligence: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub honor_dmarc_policy: Option<bool>,
    pub authentication_fail_action: Option<String>,
}

/// Source: `Get-HostedContentFilterPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch or list")]
pub struct HostedContentFilterPolicy {
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    pub recommended_policy_type: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub is_default: Option<bool>,
    #[serde(deserialize_with = "integer")]
    pub bulk_threshold: Option<i64>,
    pub spam_action: Option<String>,
    pub high_confidence_spam_action: Option<String>,
    pub phish_spam_action: Option<String>,
    pub high_confidence_phish_action: Option<String>,
    pub bulk_spam_action: Option<String>,
    pub mark_as_spam_bulk_mail: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub phish_zap_enabled: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub spam_zap_enabled: Option<bool>,
    #[serde(deserialize_with = "strings")]
    pub allowed_senders: Vec<String>,
    #[serde(deserialize_with = "strings")]
    pub allowed_sender_domains: Vec<String>,
}

/// Source: `Get-HostedConnectionFilterPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct HostedConnectionFilterPolicy {
    /// Its name.
    #[serde(rename = "Name", deserialize_with = "null_default")]
    pub name: String,
    /// Addresses whose mail skips the filters.
    #[serde(rename = "IPAllowList", deserialize_with = "strings")]
    pub ip_allow_list: Vec<String>,
    /// Whether Microsoft's list of trusted senders skips them.
    #[serde(rename = "EnableSafeList", deserialize_with = "boolean")]
    pub enable_safe_list: Option<bool>,
}

/// Source: `Get-HostedOutboundSpamFilterPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct HostedOutboundSpamFilterPolicy {
    /// Its name.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// Whether it is the default.
    #[serde(deserialize_with = "boolean")]
    pub is_default: Option<bool>,
    /// `Automatic` (off today), `Off`, `On`.
    pub auto_forwarding_mode: Option<String>,
}

/// Source: `Get-MalwareFilterPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch or list")]
pub struct MalwareFilterPolicy {
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    pub recommended_policy_type: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub is_default: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_file_filter: Option<bool>,
    #[serde(deserialize_with = "strings")]
    pub file_types: Vec<String>,
    #[serde(deserialize_with = "boolean")]
    pub zap_enabled: Option<bool>,
}

/// Source: `Get-SafeLinksPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch")]
pub struct SafeLinksPolicy {
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    pub recommended_policy_type: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub enable_safe_links_for_email: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_safe_links_for_teams: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_safe_links_for_office: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub enable_for_internal_senders: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub disable_url_rewrite: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub scan_urls: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub deliver_message_after_scan: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub track_clicks: Option<bool>,
    #[serde(deserialize_with = "boolean")]
    pub allow_click_through: Option<bool>,
}

/// Source: `Get-SafeAttachmentPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SafeAttachmentPolicy {
    /// Its name.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// `Standard`, `Strict`, `Custom`.
    pub recommended_policy_type: Option<String>,
    /// Whether it is switched on.
    #[serde(deserialize_with = "boolean")]
    pub enable: Option<bool>,
    /// `Block`, `Allow`, `DynamicDelivery`.
    pub action: Option<String>,
}

/// Source: `Get-AtpPolicyForO365`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AtpPolicyForO365 {
    /// Safe Attachments for SharePoint, OneDrive and Teams.
    #[serde(rename = "EnableATPForSPOTeamsODB", deserialize_with = "boolean")]
    pub enable_atp_for_spo_teams_odb: Option<bool>,
}

/// Source: `Get-EmailTenantSettings`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct EmailTenantSettings {
    /// Priority account protection.
    #[serde(deserialize_with = "boolean")]
    pub enable_priority_account_protection: Option<bool>,
}

/// Source: `Get-RemoteDomain`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RemoteDomain {
    /// The domain, `*` for all others.
    #[serde(deserialize_with = "null_default")]
    pub domain_name: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether mail may be forwarded there by itself.
    #[serde(deserialize_with = "boolean")]
    pub auto_forward_enabled: Option<bool>,
}

/// Source: `Get-TransportRule`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TransportRule {
    /// Text of the tenant.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// `Enabled` or `Disabled`.
    pub state: Option<String>,
    /// `Enforce`, `Audit`, `AuditAndNotify`.
    pub mode: Option<String>,
    /// Spam confidence level set; -1 skips the filters.
    #[serde(rename = "SetSCL", deserialize_with = "integer")]
    pub set_scl: Option<i64>,
    /// Of senders' domains.
    #[serde(deserialize_with = "strings")]
    pub sender_domain_is: Vec<String>,
    /// Of senders.
    #[serde(rename = "From", deserialize_with = "strings")]
    pub from: Vec<String>,
    /// Of senders' addresses.
    #[serde(deserialize_with = "strings")]
    pub sender_ip_ranges: Vec<String>,
    /// `InOrganization`, `NotInOrganization`; `None`: wherever senders are.
    pub from_scope: Option<String>,
    /// To whom mail is redirected.
    #[serde(deserialize_with = "strings")]
    pub redirect_message_to: Vec<String>,
    /// To whom mail is copied unseen.
    #[serde(deserialize_with = "strings")]
    pub blind_copy_to: Vec<String>,
}

impl TransportRule {
    /// Whether it acts, not only logs.
    pub fn is_enforced(&self) -> bool {
        let is = |value: &Option<String>, word: &str| {
            value.as_deref().is_none_or(|value| value.eq_ignore_ascii_case(word))
        };
        is(&self.state, "Enabled") && is(&self.mode, "Enforce")
    }
}

/// Source: `Get-AdminAuditLogConfig`, asked at the Exchange end.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AdminAuditLogConfig {
    /// The unified audit log.
    #[serde(deserialize_with = "boolean")]
    pub unified_audit_log_ingestion_enabled: Option<bool>,
}

/// Source: `Get-MailboxAuditBypassAssociation`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct MailboxAuditBypassAssociation {
    /// The account.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// The account in Microsoft Entra ID, where it is told.
    pub external_directory_object_id: Option<Id>,
    /// Whether it goes unrecorded.
    #[serde(deserialize_with = "boolean")]
    pub audit_bypass_enabled: Option<bool>,
}

/// Source: `Get-ProtectionAlert`, Security & Compliance.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ProtectionAlert {
    /// Its name, in English whatever the portal shows.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// Whether it is off.
    #[serde(deserialize_with = "boolean")]
    pub disabled: Option<bool>,
    /// Whether a mail is sent.
    #[serde(deserialize_with = "boolean")]
    pub notification_enabled: Option<bool>,
    /// To whom.
    #[serde(deserialize_with = "strings")]
    pub notify_user: Vec<String>,
    /// What it looks for.
    pub filter: Option<String>,
    /// Tags of recipients, null when there are none; `None` where the service does not return the
    /// member. Undocumented.
    #[serde(deserialize_with = "present")]
    pub recipient_tags: Option<serde_json::Value>,
    /// Tags of users, null when there are none; `None` where the service does not return the
    /// member. Undocumented.
    #[serde(deserialize_with = "present")]
    pub user_tags: Option<serde_json::Value>,
}

/// Source: `Get-UnifiedAuditLogRetentionPolicy`, Security & Compliance.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct UnifiedAuditLogRetentionPolicy {
    /// Its name.
    #[serde(deserialize_with = "null_default")]
    pub name: String,
    /// `SevenDays`, `OneMonth`, `ThreeMonths`, `SixMonths`, `NineMonths`, `TwelveMonths`,
    /// `ThreeYears`, `FiveYears`, `SevenYears`, `TenYears`.
    pub retention_duration: Option<String>,
    /// Record types; empty: all.
    #[serde(deserialize_with = "strings")]
    pub record_types: Vec<String>,
    /// Operations; empty: all.
    #[serde(deserialize_with = "strings")]
    pub operations: Vec<String>,
    /// Users; empty: all.
    #[serde(deserialize_with = "strings")]
    pub user_ids: Vec<String>,
    /// Lower goes first.
    #[serde(deserialize_with = "integer")]
    pub priority: Option<i64>,
    /// Whether it is in force; `None` where the service does not say.
    #[serde(deserialize_with = "boolean")]
    pub enabled: Option<bool>,
}

/// Source: `Get-ElevatedAccessApprovalPolicy`. Undocumented.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ElevatedAccessApprovalPolicy {
    /// What needs approval.
    pub task: Option<String>,
    /// Who approves.
    pub approver_group: Option<String>,
    /// `Manual` or `Auto`.
    pub approval_type: Option<String>,
}
