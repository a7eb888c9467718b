//! The names of the datasets a snapshot may hold.

use std::fmt;

/// Lists the datasets once: variant, name in the snapshot, and what a person calls it.
macro_rules! datasets {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, $words:literal;)*) => {
        /// A dataset of a snapshot. The names are part of the `muster.snapshot/1` format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Data {
            $(#[doc = $words] $variant,)*
        }

        impl Data {
            /// Every dataset, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in a snapshot, such as `conditionalAccessPolicies`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What a person calls it, such as "Conditional Access policies".
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

datasets! {
    Organization = "organization", "the organization object";
    SubscribedSkus = "subscribedSkus", "subscriptions and service plans";
    Domains = "domains", "domains and their federation settings";
    SecurityDefaults = "identitySecurityDefaultsEnforcementPolicy", "the security defaults policy";
    ConditionalAccessPolicies = "conditionalAccessPolicies", "Conditional Access policies";
    NamedLocations = "namedLocations", "named locations";
    AuthenticationStrengthPolicies = "authenticationStrengthPolicies", "authentication strengths";
    AuthenticationContexts = "authenticationContexts", "authentication contexts";
    AuthorizationPolicy = "authorizationPolicy", "the authorization policy";
    AuthenticationMethodsPolicy = "authenticationMethodsPolicy", "the authentication methods policy";
    UserRegistrationDetails = "userRegistrationDetails", "the authentication method registration report";
    Users = "users", "users";
    SignInActivity = "signInActivity", "last sign-in times";
    Groups = "groups", "groups";
    GroupMembers = "groupMembers", "group members";
    UserAuthenticationRequirements = "userAuthenticationRequirements", "per-user MFA states";
    UserAuthenticationMethods = "userAuthenticationMethods", "registered authentication methods";
    RoleDefinitions = "roleDefinitions", "role definitions";
    RoleAssignments = "roleAssignments", "role assignments";
    RoleAssignmentScheduleInstances = "roleAssignmentScheduleInstances", "active role assignments in Privileged Identity Management";
    RoleEligibilityScheduleInstances = "roleEligibilityScheduleInstances", "eligible role assignments in Privileged Identity Management";
    RoleManagementPolicyAssignments = "roleManagementPolicyAssignments", "role settings of Privileged Identity Management";
    GroupEligibilityScheduleInstances = "groupEligibilityScheduleInstances", "eligible group memberships in Privileged Identity Management";
    LegacySignIns = "legacySignIns", "sign-ins with legacy clients";
    DirectoryAudits = "directoryAudits", "the directory audit log";
    RiskyUsers = "riskyUsers", "risky users";
    RiskDetections = "riskDetections", "risk detections";
    ServicePrincipals = "servicePrincipals", "service principals";
    Applications = "applications", "application registrations";
    AppRoleAssignments = "appRoleAssignments", "application permissions granted";
    Oauth2PermissionGrants = "oauth2PermissionGrants", "delegated permissions granted";
    GroupSettings = "groupSettings", "directory settings";
    CrossTenantAccessPolicy = "crossTenantAccessPolicy", "cross-tenant access settings";
    AdminConsentRequestPolicy = "adminConsentRequestPolicy", "the admin consent request policy";
    PermissionGrantPolicies = "permissionGrantPolicies", "permission grant policies";
    AppManagementPolicy = "defaultAppManagementPolicy", "the default app management policy";
    DeviceRegistrationPolicy = "deviceRegistrationPolicy", "the device registration policy";
    AccessReviews = "accessReviews", "access reviews";
    SecureScores = "secureScores", "Microsoft Secure Score";
    OnPremisesSynchronization = "onPremisesSynchronization", "directory synchronization settings";
    RiskNotifications = "riskNotifications", "recipients of risk alerts";
    DelegatedAdminRelationships = "delegatedAdminRelationships", "partner relationships";
    DiagnosticSettings = "diagnosticSettings", "diagnostic settings of Microsoft Entra ID";
    MfaServiceSettings = "mfaServiceSettings", "MFA service settings";
    ApplicationGroups = "applicationGroups", "members of application suites";
    UserHomeTenants = "userHomeTenants", "home tenants of guests";
    ExchangeOrganizationConfig = "exchangeOrganizationConfig", "the Exchange Online organization settings";
    ExchangeTransportConfig = "exchangeTransportConfig", "the Exchange Online transport settings";
    ExchangeAuthenticationPolicies = "exchangeAuthenticationPolicies", "Exchange Online authentication policies";
    ExchangeCasMailboxes = "exchangeCasMailboxes", "client access settings of mailboxes";
    ExchangeCasMailboxPlans = "exchangeCasMailboxPlans", "client access settings of mailbox plans";
    ExchangeMailboxes = "exchangeMailboxes", "mailboxes";
    ExchangeUsers = "exchangeUsers", "Exchange Online users";
    ExchangeVipUsers = "exchangeVipUsers", "priority accounts";
    ExchangeAcceptedDomains = "exchangeAcceptedDomains", "accepted domains";
    ExchangeEopProtectionPolicyRules = "exchangeEopProtectionPolicyRules", "preset security policy rules (mail protection)";
    ExchangeAtpProtectionPolicyRules = "exchangeAtpProtectionPolicyRules", "preset security policy rules (Defender for Office 365)";
    ExchangeAtpBuiltInProtectionRules = "exchangeAtpBuiltInProtectionRules", "the built-in protection rule";
    ExchangeAntiPhishPolicies = "exchangeAntiPhishPolicies", "anti-phishing policies";
    ExchangeAntiPhishRules = "exchangeAntiPhishRules", "anti-phishing rules";
    ExchangeHostedContentFilterPolicies = "exchangeHostedContentFilterPolicies", "anti-spam policies";
    ExchangeHostedContentFilterRules = "exchangeHostedContentFilterRules", "anti-spam rules";
    ExchangeHostedConnectionFilterPolicies = "exchangeHostedConnectionFilterPolicies", "connection filter policies";
    ExchangeHostedOutboundSpamFilterPolicies = "exchangeHostedOutboundSpamFilterPolicies", "outbound spam policies";
    ExchangeHostedOutboundSpamFilterRules = "exchangeHostedOutboundSpamFilterRules", "outbound spam rules";
    ExchangeMalwareFilterPolicies = "exchangeMalwareFilterPolicies", "anti-malware policies";
    ExchangeMalwareFilterRules = "exchangeMalwareFilterRules", "anti-malware rules";
    ExchangeSafeLinksPolicies = "exchangeSafeLinksPolicies", "Safe Links policies";
    ExchangeSafeLinksRules = "exchangeSafeLinksRules", "Safe Links rules";
    ExchangeSafeAttachmentPolicies = "exchangeSafeAttachmentPolicies", "Safe Attachments policies";
    ExchangeSafeAttachmentRules = "exchangeSafeAttachmentRules", "Safe Attachments rules";
    ExchangeAtpPolicyForO365 = "exchangeAtpPolicyForO365", "Defender for Office 365 settings of SharePoint and Teams";
    ExchangeEmailTenantSettings = "exchangeEmailTenantSettings", "priority account protection";
    ExchangeRemoteDomains = "exchangeRemoteDomains", "remote domains";
    ExchangeTransportRules = "exchangeTransportRules", "mail flow rules";
    ExchangeAdminAuditLogConfig = "exchangeAdminAuditLogConfig", "the audit log settings";
    ExchangeMailboxAuditBypassAssociations = "exchangeMailboxAuditBypassAssociations", "accounts that bypass mailbox auditing";
    ExchangeProtectionAlerts = "exchangeProtectionAlerts", "alert policies";
    ExchangeUnifiedAuditLogRetentionPolicies = "exchangeUnifiedAuditLogRetentionPolicies", "audit log retention policies";
    ExchangeElevatedAccessApprovalPolicies = "exchangeElevatedAccessApprovalPolicies", "privileged access management policies";
}

impl Data {
    /// The dataset of that name in a snapshot; `None` for a name this version does not know.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|data| data.name() == name)
    }
}

impl fmt::Display for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for data in Data::ALL {
            assert_eq!(Data::from_name(data.name()), Some(*data));
        }
    }
}
