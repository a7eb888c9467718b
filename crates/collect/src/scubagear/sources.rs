//! What an export holds: which member is which dataset of ours.

use model::Data;

use super::rewrite::Spelling;

/// A member of the export that is a dataset of ours.
pub(super) struct Source {
    pub(super) data: Data,
    /// The member's name.
    pub(super) key: &'static str,
    /// What ScubaGear calls the command that fills it.
    pub(super) command: &'static str,
    pub(super) spelling: Spelling,
    /// Whether every tenant has some: an empty list says that the command failed.
    pub(super) never_empty: bool,
    /// Whether the command only works with Defender for Office 365.
    pub(super) defender: bool,
}

const fn graph(data: Data, key: &'static str, command: &'static str) -> Source {
    let spelling = Spelling::Camel;
    Source { data, key, command, spelling, never_empty: false, defender: false }
}

const fn exchange(data: Data, key: &'static str, command: &'static str) -> Source {
    Source { spelling: Spelling::Pascal, ..graph(data, key, command) }
}

impl Source {
    const fn never_empty(self) -> Self {
        Self { never_empty: true, ..self }
    }

    const fn defender(self) -> Self {
        Self { defender: true, ..self }
    }
}

/// Members that are a dataset as they are.
#[rustfmt::skip]
pub(super) static SOURCES: &[Source] = &[
    graph(Data::ConditionalAccessPolicies, "conditional_access_policies", "Get-MgBetaIdentityConditionalAccessPolicy"),
    graph(Data::AuthorizationPolicy, "authorization_policies", "Get-MgBetaPolicyAuthorizationPolicy").never_empty(),
    graph(Data::GroupSettings, "directory_settings", "Get-MgBetaDirectorySetting"),
    graph(Data::Domains, "domain_settings", "Get-MgBetaDomain").never_empty(),
    graph(Data::AppManagementPolicy, "default_app_management_policy", "Get-MgBetaPolicyDefaultAppManagementPolicy").never_empty(),
    exchange(Data::ExchangeEopProtectionPolicyRules, "protection_policy_rules", "Get-EOPProtectionPolicyRule"),
    exchange(Data::ExchangeAtpProtectionPolicyRules, "atp_policy_rules", "Get-ATPProtectionPolicyRule").defender(),
    exchange(Data::ExchangeAtpBuiltInProtectionRules, "built_in_protection_rules", "Get-ATPBuiltInProtectionRule").defender(),
    exchange(Data::ExchangeAntiPhishPolicies, "anti_phish_policies", "Get-AntiPhishPolicy"),
    exchange(Data::ExchangeAntiPhishRules, "anti_phish_rules", "Get-AntiPhishRule"),
    exchange(Data::ExchangeHostedContentFilterPolicies, "hosted_content_filter_policies", "Get-HostedContentFilterPolicy"),
    exchange(Data::ExchangeHostedContentFilterRules, "hosted_content_filter_rules", "Get-HostedContentFilterRule"),
    exchange(Data::ExchangeMalwareFilterPolicies, "anti_malware_policies", "Get-MalwareFilterPolicy"),
    exchange(Data::ExchangeMalwareFilterRules, "anti_malware_rules", "Get-MalwareFilterRule"),
    exchange(Data::ExchangeSafeLinksPolicies, "safe_links_policies", "Get-SafeLinksPolicy").defender(),
    exchange(Data::ExchangeSafeLinksRules, "safe_links_rules", "Get-SafeLinksRule").defender(),
    exchange(Data::ExchangeSafeAttachmentPolicies, "safe_attachment_policies", "Get-SafeAttachmentPolicy").defender(),
    exchange(Data::ExchangeSafeAttachmentRules, "safe_attachment_rules", "Get-SafeAttachmentRule").defender(),
    exchange(Data::ExchangeAtpPolicyForO365, "atp_policy_for_o365", "Get-AtpPolicyForO365").defender(),
    exchange(Data::ExchangeProtectionAlerts, "protection_alerts", "Get-ProtectionAlert"),
    exchange(Data::ExchangeAdminAuditLogConfig, "admin_audit_log_config", "Get-AdminAuditLogConfig").never_empty(),
    exchange(Data::ExchangeUnifiedAuditLogRetentionPolicies, "unified_audit_log_retention_policies", "Get-UnifiedAuditLogRetentionPolicy"),
    exchange(Data::ExchangeRemoteDomains, "remote_domains", "Get-RemoteDomain"),
    exchange(Data::ExchangeAcceptedDomains, "accepted_domains", "Get-AcceptedDomain").never_empty(),
    exchange(Data::ExchangeTransportConfig, "transport_config", "Get-TransportConfig").never_empty(),
    exchange(Data::ExchangeTransportRules, "transport_rule", "Get-TransportRule"),
    exchange(Data::ExchangeHostedConnectionFilterPolicies, "conn_filter", "Get-HostedConnectionFilterPolicy"),
    exchange(Data::ExchangeOrganizationConfig, "org_config", "Get-OrganizationConfig").never_empty(),
];

/// Other members by which an export is known.
pub(super) const MARKS: &[&str] = &[
    "baseline_version",
    "module_version",
    "scuba_config",
    "tenant_details",
    "authentication_method",
    "privileged_roles",
    "privileged_users",
    "privileged_service_principals",
    "service_plans",
    "license_information",
    "aad_unsuccessful_commands",
    "spf_records",
    "dkim_config",
    "dkim_records",
    "dmarc_records",
    "sharing_policy",
    "dlp_compliance_policies",
    "defender_license",
    "dlp_compliance_rules",
    "risky_delegated_permission_classifications",
];
