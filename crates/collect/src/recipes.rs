//! For each dataset: what to ask, what that takes, and how fast.
//!
//! Sources: Microsoft Graph reference and permission map (August 2026), Exchange PowerShell
//! reference. Members to select are those that the typed views of `model` read.

use model::{Data, Licenses, Plan};

use crate::client::Bucket;
use crate::exchange::Cmdlet;

/// How one dataset is read.
pub(crate) struct Recipe {
    pub(crate) data: Data,
    pub(crate) how: How,
    /// Application permissions that it takes, all of them, the least that do.
    pub(crate) permissions: &'static [&'static str],
    /// The license without which the service refuses.
    pub(crate) license: Option<License>,
    pub(crate) bucket: Bucket,
    /// Whether a tenant always has some: an empty list is a failure then.
    pub(crate) never_empty: bool,
}

/// Where the records come from.
pub(crate) enum How {
    /// Lists of Microsoft Graph, one after the other. `{days:N}` stands for the time so many days
    /// before the collection, `{retention}` for the time to which logs of the tenant reach back.
    Lists(&'static [&'static str]),
    /// The first page of a list.
    FirstPage(&'static str),
    /// A single object of Microsoft Graph.
    Object(&'static str),
    /// A list of Azure Resource Manager.
    Azure(&'static str),
    /// A cmdlet.
    Cmdlet(Cmdlet),
    /// Put together from several requests, by the function for it.
    Several,
    /// No interface gives it: why.
    Nowhere(&'static str),
}

/// A license that a dataset takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum License {
    /// A service plan.
    Plan(Plan),
    /// Entra ID P2 or Governance.
    Pim,
}

impl License {
    pub(crate) fn is_owned(self, licenses: &Licenses) -> bool {
        match self {
            Self::Plan(plan) => licenses.has(plan),
            Self::Pim => licenses.has_pim(),
        }
    }

    /// What Microsoft calls it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Plan(plan) => plan.words(),
            Self::Pim => "Microsoft Entra ID P2 or Governance",
        }
    }
}

/// The recipe of a dataset; `None` only for one that was forgotten, which a test rules out.
pub(crate) fn recipe(data: Data) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.data == data)
}

/// Whether the scanner's service principal must hold a directory role to read the dataset:
/// Security Reader for policies, Global Reader for everything.
pub fn needs_directory_role(data: Data) -> bool {
    recipe(data).is_some_and(|recipe| matches!(recipe.how, How::Cmdlet(_) | How::Azure(_)))
}

/// The license without which the service refuses to give the dataset, as Microsoft calls it; `None`
/// where none is needed.
pub fn license_words(data: Data) -> Option<&'static str> {
    recipe(data)?.license.map(License::words)
}

/// Why no interface of Microsoft gives the dataset; `None`: one does.
pub(crate) fn nowhere_because(data: Data) -> Option<&'static str> {
    match &recipe(data)?.how {
        How::Nowhere(why) => Some(why),
        _ => None,
    }
}

const fn recipe_of(data: Data, how: How, permissions: &'static [&'static str]) -> Recipe {
    let bucket = Bucket::Directory;
    Recipe { data, how, permissions, license: None, bucket, never_empty: false }
}

const fn lists(
    data: Data,
    paths: &'static [&'static str],
    permissions: &'static [&'static str],
) -> Recipe {
    recipe_of(data, How::Lists(paths), permissions)
}

const fn object(data: Data, path: &'static str, permissions: &'static [&'static str]) -> Recipe {
    recipe_of(data, How::Object(path), permissions)
}

const fn several(data: Data, permissions: &'static [&'static str]) -> Recipe {
    recipe_of(data, How::Several, permissions)
}

const fn nowhere(data: Data, why: &'static str) -> Recipe {
    recipe_of(data, How::Nowhere(why), &[])
}

/// A cmdlet of Exchange Online.
const fn cmdlet(data: Data, name: &'static str) -> Recipe {
    let cmdlet = Cmdlet { name, parameters: "{}", select: "", compliance: false };
    let recipe = recipe_of(data, How::Cmdlet(cmdlet), &["Exchange.ManageAsApp"]);
    recipe.takes(License::Plan(Plan::ExchangeOnline))
}

/// A cmdlet of Exchange Online that returns many objects.
const fn recipients(
    data: Data,
    name: &'static str,
    parameters: &'static str,
    select: &'static str,
) -> Recipe {
    let cmdlet_of = Cmdlet { name, parameters, select, compliance: false };
    Recipe { how: How::Cmdlet(cmdlet_of), ..cmdlet(data, name) }
}

/// A cmdlet of Security & Compliance.
const fn compliance(data: Data, name: &'static str) -> Recipe {
    let cmdlet_of = Cmdlet { name, parameters: "{}", select: "", compliance: true };
    Recipe { how: How::Cmdlet(cmdlet_of), ..cmdlet(data, name) }
}

impl Recipe {
    const fn takes(self, license: License) -> Self {
        Self { license: Some(license), ..self }
    }

    const fn at(self, bucket: Bucket) -> Self {
        Self { bucket, ..self }
    }

    const fn never_empty(self) -> Self {
        Self { never_empty: true, ..self }
    }
}

const P1: License = License::Plan(Plan::EntraIdP1);
const P2: License = License::Plan(Plan::EntraIdP2);
const DEFENDER: License = License::Plan(Plan::DefenderForOffice365P1);
const POLICY: &[&str] = &["Policy.Read.All"];
const ROLES: &[&str] = &["RoleManagement.Read.Directory"];
const LOGS: &[&str] = &["AuditLog.Read.All"];
const MEMBERS: &[&str] = &["GroupMember.Read.All"];

/// Members of a group that the typed view reads, and a few for people.
pub(crate) const GROUP_SELECT: &str = "id,displayName,mail,groupTypes,securityEnabled,mailEnabled,\
    isAssignableToRole,isManagementRestricted,membershipRule,onPremisesSyncEnabled";

/// Service principals, without their owners.
pub(crate) const SERVICE_PRINCIPALS: &str = "/v1.0/servicePrincipals?$select=id,appId,displayName,\
    servicePrincipalType,accountEnabled,appOwnerOrganizationId,signInAudience,verifiedPublisher,\
    tags,keyCredentials,passwordCredentials&$top=999";

/// Application registrations, without their owners.
pub(crate) const APPLICATIONS: &str = "/v1.0/applications?$select=id,appId,displayName,\
    signInAudience,keyCredentials,passwordCredentials&$top=999";

/// Role definitions, without the label that only beta has.
pub(crate) const ROLE_DEFINITIONS: &str = "/v1.0/roleManagement/directory/roleDefinitions\
    ?$select=id,templateId,displayName,isBuiltIn,isEnabled";

/// Every dataset.
#[rustfmt::skip]
static RECIPES: &[Recipe] = &[
    lists(Data::Organization, &["/v1.0/organization?$select=id,displayName,countryLetterCode,createdDateTime,onPremisesSyncEnabled,onPremisesLastSyncDateTime,partnerTenantType,tenantType,verifiedDomains,assignedPlans,technicalNotificationMails,securityComplianceNotificationMails"], &["Organization.Read.All"]).never_empty(),
    lists(Data::SubscribedSkus, &["/v1.0/subscribedSkus"], &["Organization.Read.All"]),
    several(Data::Domains, &["Domain.Read.All", "Domain-InternalFederation.Read.All"]).never_empty(),
    object(Data::SecurityDefaults, "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", POLICY),
    lists(Data::ConditionalAccessPolicies, &["/v1.0/identity/conditionalAccess/policies"], POLICY).at(Bucket::ConditionalAccess),
    lists(Data::NamedLocations, &["/v1.0/identity/conditionalAccess/namedLocations"], POLICY).at(Bucket::ConditionalAccess),
    lists(Data::AuthenticationStrengthPolicies, &["/v1.0/policies/authenticationStrengthPolicies"], POLICY),
    lists(Data::AuthenticationContexts, &["/v1.0/identity/conditionalAccess/authenticationContextClassReferences"], &["AuthenticationContext.Read.All"]).at(Bucket::ConditionalAccess),
    object(Data::AuthorizationPolicy, "/v1.0/policies/authorizationPolicy", POLICY),
    several(Data::AuthenticationMethodsPolicy, POLICY),
    lists(Data::UserRegistrationDetails, &["/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999"], LOGS).at(Bucket::Reports).takes(P1),
    lists(Data::Users, &["/v1.0/users?$select=id,displayName,userPrincipalName,accountEnabled,userType,creationType,externalUserState,createdDateTime,onPremisesSyncEnabled,onPremisesImmutableId,passwordPolicies,assignedLicenses,assignedPlans,isResourceAccount,lastPasswordChangeDateTime,signInSessionsValidFromDateTime,usageLocation,identities&$top=999"], &["User.Read.All"]).never_empty(),
    lists(Data::SignInActivity, &["/v1.0/users?$select=id,signInActivity&$top=500"], &["AuditLog.Read.All", "User.Read.All"]).at(Bucket::SignInActivity).takes(P1),
    several(Data::Groups, MEMBERS),
    several(Data::GroupMembers, MEMBERS),
    several(Data::UserAuthenticationRequirements, POLICY),
    several(Data::UserAuthenticationMethods, &["UserAuthenticationMethod.Read.All"]),
    several(Data::RoleDefinitions, ROLES).never_empty(),
    lists(Data::RoleAssignments, &["/v1.0/roleManagement/directory/roleAssignments?$expand=principal"], ROLES).never_empty(),
    lists(Data::RoleAssignmentScheduleInstances, &["/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"], ROLES).takes(License::Pim),
    lists(Data::RoleEligibilityScheduleInstances, &["/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"], ROLES).takes(License::Pim),
    lists(Data::RoleManagementPolicyAssignments, &["/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=policy($expand=rules)"], ROLES).takes(License::Pim),
    several(Data::GroupEligibilityScheduleInstances, &["PrivilegedEligibilitySchedule.Read.AzureADGroup"]).takes(License::Pim),
    lists(Data::LegacySignIns, &[
        "/v1.0/auditLogs/signIns?$filter=createdDateTime ge {days:30} and status/errorCode eq 0 and (clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'AutoDiscover' or clientAppUsed eq 'Exchange ActiveSync' or clientAppUsed eq 'Exchange Online PowerShell' or clientAppUsed eq 'Exchange Web Services' or clientAppUsed eq 'IMAP4' or clientAppUsed eq 'MAPI Over HTTP' or clientAppUsed eq 'Offline Address Book')&$top=1000",
        "/v1.0/auditLogs/signIns?$filter=createdDateTime ge {days:30} and status/errorCode eq 0 and (clientAppUsed eq 'Other clients' or clientAppUsed eq 'Outlook Anywhere (RPC over HTTP)' or clientAppUsed eq 'Outlook Service' or clientAppUsed eq 'POP3' or clientAppUsed eq 'Reporting Web Services' or clientAppUsed eq 'SMTP' or clientAppUsed eq 'Universal Outlook')&$top=1000",
        // Version 1.0 has interactive sign-ins only; legacy clients appear in both streams.
        "/beta/auditLogs/signIns?$filter=createdDateTime ge {days:30} and status/errorCode eq 0 and signInEventTypes/any(t: t eq 'nonInteractiveUser') and (clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'AutoDiscover' or clientAppUsed eq 'Exchange ActiveSync' or clientAppUsed eq 'Exchange Online PowerShell' or clientAppUsed eq 'Exchange Web Services' or clientAppUsed eq 'IMAP4' or clientAppUsed eq 'MAPI Over HTTP' or clientAppUsed eq 'Offline Address Book')&$top=1000",
        "/beta/auditLogs/signIns?$filter=createdDateTime ge {days:30} and status/errorCode eq 0 and signInEventTypes/any(t: t eq 'nonInteractiveUser') and (clientAppUsed eq 'Other clients' or clientAppUsed eq 'Outlook Anywhere (RPC over HTTP)' or clientAppUsed eq 'Outlook Service' or clientAppUsed eq 'POP3' or clientAppUsed eq 'Reporting Web Services' or clientAppUsed eq 'SMTP' or clientAppUsed eq 'Universal Outlook')&$top=1000",
    ], LOGS).at(Bucket::Reports).takes(P1),
    lists(Data::DirectoryAudits, &["/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge {retention} and (category eq 'Policy' or category eq 'RoleManagement' or category eq 'ApplicationManagement' or activityDisplayName eq 'Reset user password')&$top=999"], LOGS).at(Bucket::Reports),
    lists(Data::RiskyUsers, &[
        "/v1.0/identityProtection/riskyUsers?$filter=riskState eq 'atRisk'&$top=500",
        "/v1.0/identityProtection/riskyUsers?$filter=riskState eq 'confirmedCompromised'&$top=500",
    ], &["IdentityRiskyUser.Read.All"]).at(Bucket::ConditionalAccess).takes(P2),
    lists(Data::RiskDetections, &["/v1.0/identityProtection/riskDetections?$filter=detectedDateTime ge {days:30}&$top=500"], &["IdentityRiskEvent.Read.All"]).at(Bucket::ConditionalAccess).takes(P1),
    several(Data::ServicePrincipals, &["Application.Read.All"]).never_empty(),
    several(Data::Applications, &["Application.Read.All"]),
    several(Data::AppRoleAssignments, &["Application.Read.All"]),
    lists(Data::Oauth2PermissionGrants, &["/v1.0/oauth2PermissionGrants?$top=999"], &["Directory.Read.All"]),
    lists(Data::GroupSettings, &["/v1.0/groupSettings"], &["GroupSettings.Read.All"]),
    several(Data::CrossTenantAccessPolicy, POLICY),
    object(Data::AdminConsentRequestPolicy, "/v1.0/policies/adminConsentRequestPolicy", POLICY),
    lists(Data::PermissionGrantPolicies, &["/v1.0/policies/permissionGrantPolicies"], &["Policy.Read.PermissionGrant"]),
    object(Data::AppManagementPolicy, "/v1.0/policies/defaultAppManagementPolicy", POLICY),
    object(Data::DeviceRegistrationPolicy, "/v1.0/policies/deviceRegistrationPolicy", &["Policy.Read.DeviceConfiguration"]),
    lists(Data::AccessReviews, &["/v1.0/identityGovernance/accessReviews/definitions?$top=100"], &["AccessReview.Read.All"]).takes(License::Pim),
    recipe_of(Data::SecureScores, How::FirstPage("/v1.0/security/secureScores?$top=1"), &["SecurityEvents.Read.All"]),
    object(Data::OnPremisesSynchronization, "/v1.0/directory/onPremisesSynchronization", &["OnPremDirectorySynchronization.Read.All"]),
    object(Data::RiskNotifications, "/beta/identityProtection/settings/notifications", &["IdentityRiskyUser.Read.All"]).at(Bucket::ConditionalAccess).takes(P2),
    lists(Data::DelegatedAdminRelationships, &["/v1.0/tenantRelationships/delegatedAdminRelationships?$filter=status eq 'active'"], &["DelegatedAdminRelationship.Read.All"]),
    recipe_of(Data::DiagnosticSettings, How::Azure("/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01"), &[]),
    nowhere(Data::MfaServiceSettings, "no interface of Microsoft gives the settings of the MFA service"),
    nowhere(Data::ApplicationGroups, "no interface of Microsoft gives the members of an application suite"),
    nowhere(Data::UserHomeTenants, "no interface of Microsoft gives the home tenants of guests"),

    cmdlet(Data::ExchangeOrganizationConfig, "Get-OrganizationConfig").never_empty(),
    cmdlet(Data::ExchangeTransportConfig, "Get-TransportConfig").never_empty(),
    cmdlet(Data::ExchangeAuthenticationPolicies, "Get-AuthenticationPolicy"),
    recipients(Data::ExchangeCasMailboxes, "Get-CASMailbox", r#"{"ResultSize":"Unlimited"}"#, "Identity,DisplayName,PrimarySmtpAddress,ExternalDirectoryObjectId,PopEnabled,ImapEnabled,SmtpClientAuthenticationDisabled,ActiveSyncEnabled,EwsEnabled,MAPIEnabled"),
    cmdlet(Data::ExchangeCasMailboxPlans, "Get-CASMailboxPlan"),
    recipients(Data::ExchangeMailboxes, "Get-Mailbox", r#"{"ResultSize":"Unlimited"}"#, "Identity,DisplayName,PrimarySmtpAddress,EmailAddresses,ExternalDirectoryObjectId,RecipientTypeDetails,ForwardingSmtpAddress,AuditEnabled"),
    recipients(Data::ExchangeUsers, "Get-User", r#"{"ResultSize":"Unlimited"}"#, "Identity,ExternalDirectoryObjectId,UserPrincipalName,DisplayName,AccountDisabled,AuthenticationPolicy,RecipientTypeDetails"),
    recipients(Data::ExchangeVipUsers, "Get-User", r#"{"IsVIP":true,"ResultSize":"Unlimited"}"#, ""),
    cmdlet(Data::ExchangeAcceptedDomains, "Get-AcceptedDomain").never_empty(),
    cmdlet(Data::ExchangeEopProtectionPolicyRules, "Get-EOPProtectionPolicyRule"),
    cmdlet(Data::ExchangeAtpProtectionPolicyRules, "Get-ATPProtectionPolicyRule").takes(DEFENDER),
    cmdlet(Data::ExchangeAtpBuiltInProtectionRules, "Get-ATPBuiltInProtectionRule").takes(DEFENDER),
    cmdlet(Data::ExchangeAntiPhishPolicies, "Get-AntiPhishPolicy"),
    cmdlet(Data::ExchangeAntiPhishRules, "Get-AntiPhishRule"),
    cmdlet(Data::ExchangeHostedContentFilterPolicies, "Get-HostedContentFilterPolicy"),
    cmdlet(Data::ExchangeHostedContentFilterRules, "Get-HostedContentFilterRule"),
    cmdlet(Data::ExchangeHostedConnectionFilterPolicies, "Get-HostedConnectionFilterPolicy"),
    cmdlet(Data::ExchangeHostedOutboundSpamFilterPolicies, "Get-HostedOutboundSpamFilterPolicy"),
    cmdlet(Data::ExchangeHostedOutboundSpamFilterRules, "Get-HostedOutboundSpamFilterRule"),
    cmdlet(Data::ExchangeMalwareFilterPolicies, "Get-MalwareFilterPolicy"),
    cmdlet(Data::ExchangeMalwareFilterRules, "Get-MalwareFilterRule"),
    cmdlet(Data::ExchangeSafeLinksPolicies, "Get-SafeLinksPolicy").takes(DEFENDER),
    cmdlet(Data::ExchangeSafeLinksRules, "Get-SafeLinksRule").takes(DEFENDER),
    cmdlet(Data::ExchangeSafeAttachmentPolicies, "Get-SafeAttachmentPolicy").takes(DEFENDER),
    cmdlet(Data::ExchangeSafeAttachmentRules, "Get-SafeAttachmentRule").takes(DEFENDER),
    cmdlet(Data::ExchangeAtpPolicyForO365, "Get-AtpPolicyForO365").takes(DEFENDER),
    cmdlet(Data::ExchangeEmailTenantSettings, "Get-EmailTenantSettings").takes(License::Plan(Plan::DefenderForOffice365P2)),
    cmdlet(Data::ExchangeRemoteDomains, "Get-RemoteDomain"),
    recipients(Data::ExchangeTransportRules, "Get-TransportRule", r#"{"ResultSize":"Unlimited"}"#, ""),
    cmdlet(Data::ExchangeAdminAuditLogConfig, "Get-AdminAuditLogConfig").never_empty(),
    recipients(Data::ExchangeMailboxAuditBypassAssociations, "Get-MailboxAuditBypassAssociation", r#"{"ResultSize":"Unlimited"}"#, ""),
    compliance(Data::ExchangeProtectionAlerts, "Get-ProtectionAlert"),
    compliance(Data::ExchangeUnifiedAuditLogRetentionPolicies, "Get-UnifiedAuditLogRetentionPolicy"),
    cmdlet(Data::ExchangeElevatedAccessApprovalPolicies, "Get-ElevatedAccessApprovalPolicy").takes(License::Plan(Plan::CustomerLockbox)),
];

#[cfg(test)]
mod tests;
