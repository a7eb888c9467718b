//! Tenant-wide policies other than Conditional Access.

use serde::Deserialize;

use crate::Id;
use crate::wire::null_default;

/// Security defaults. Source: `GET /v1.0/policies/identitySecurityDefaultsEnforcementPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecurityDefaults {
    /// Whether they are on.
    pub is_enabled: Option<bool>,
}

/// The authorization policy. Source: `GET /v1.0/policies/authorizationPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthorizationPolicy {
    /// What guests may see: one of three role ids.
    pub guest_user_role_id: Option<Id>,
    /// `none`, `adminsAndGuestInviters`, `adminsGuestInvitersAndAllMembers`, `everyone`.
    pub allow_invites_from: Option<String>,
    /// Whether users may consent to risky applications; `None`: no.
    pub allow_user_consent_for_risky_apps: Option<bool>,
    /// Whether the older PowerShell modules are refused.
    pub block_msol_power_shell: Option<bool>,
    /// What ordinary users may do.
    pub default_user_role_permissions: Option<DefaultUserRolePermissions>,
    /// Beta's place for `permission_grant_policies_assigned`.
    pub permission_grant_policy_ids_assigned_to_default_user_role: Option<Vec<String>>,
}

/// What ordinary users may do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefaultUserRolePermissions {
    /// Register applications.
    pub allowed_to_create_apps: Option<bool>,
    /// Create security groups.
    pub allowed_to_create_security_groups: Option<bool>,
    /// Create tenants.
    pub allowed_to_create_tenants: Option<bool>,
    /// Consent policies; those that begin with `ManagePermissionGrantsForSelf.` are about users.
    pub permission_grant_policies_assigned: Option<Vec<String>>,
}

/// Cross-tenant access settings. The collector stores the default with the list of partners added
/// as `partners`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CrossTenantAccessPolicy {
    /// Whether the default was never changed.
    pub is_service_default: Option<bool>,
    /// Trust in claims of every other tenant.
    pub inbound_trust: Option<InboundTrust>,
    /// Direct connect from elsewhere.
    pub b2b_direct_connect_inbound: Option<CrossTenantAccess>,
    /// Whether consent prompts are skipped.
    pub automatic_user_consent_settings: Option<AutomaticConsent>,
    /// Settings for single organizations.
    #[serde(deserialize_with = "null_default")]
    pub partners: Vec<CrossTenantPartner>,
}

/// Trust in claims of another tenant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InboundTrust {
    /// MFA done at home.
    pub is_mfa_accepted: Option<bool>,
    /// A compliant device at home.
    pub is_compliant_device_accepted: Option<bool>,
    /// A hybrid joined device at home.
    pub is_hybrid_azure_a_d_joined_device_accepted: Option<bool>,
}

/// Who of another tenant may use what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CrossTenantAccess {
    /// Who.
    pub users_and_groups: Option<AccessTargets>,
}

/// Allowed or blocked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessTargets {
    /// `allowed` or `blocked`.
    pub access_type: Option<String>,
}

/// Whether consent prompts are skipped.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutomaticConsent {
    /// For people of other tenants here.
    pub inbound_allowed: Option<bool>,
}

/// Settings for one organization; `None` members inherit the default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CrossTenantPartner {
    /// The organization.
    pub tenant_id: Id,
    /// Whether it manages this tenant as a partner.
    pub is_service_provider: Option<bool>,
    /// Trust in its claims.
    pub inbound_trust: Option<InboundTrust>,
    /// Who of it may use B2B direct connect here; `None`: as the default says.
    pub b2b_direct_connect_inbound: Option<CrossTenantAccess>,
}

/// The admin consent request policy. Source: `GET /v1.0/policies/adminConsentRequestPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminConsentRequestPolicy {
    /// Whether users can ask.
    pub is_enabled: Option<bool>,
    /// Who answers.
    #[serde(deserialize_with = "null_default")]
    pub reviewers: Vec<super::ReviewerScope>,
}

/// A policy on what users may consent to. Source: `GET /v1.0/policies/permissionGrantPolicies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PermissionGrantPolicy {
    /// Its name, such as `microsoft-user-default-low`.
    pub id: Id,
    /// What it allows: any of these.
    #[serde(deserialize_with = "null_default")]
    pub includes: Vec<PermissionGrantConditions>,
}

/// Consent that a policy allows: every member must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PermissionGrantConditions {
    /// `low`, `medium`, `high`, `all`, as an administrator classified the permissions.
    pub permission_classification: Option<String>,
    /// To which applications; `all`.
    #[serde(deserialize_with = "null_default")]
    pub client_application_ids: Vec<Id>,
    /// To applications of which tenants; `all`.
    #[serde(deserialize_with = "null_default")]
    pub client_application_tenant_ids: Vec<Id>,
    /// Only to applications of verified publishers.
    pub client_applications_from_verified_publisher_only: Option<bool>,
}

/// The default app management policy. Source: `GET /v1.0/policies/defaultAppManagementPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppManagementPolicy {
    /// Whether its restrictions are in force.
    pub is_enabled: Option<bool>,
}

/// The device registration policy. Source: `GET /v1.0/policies/deviceRegistrationPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeviceRegistrationPolicy {
    /// `required` or `notRequired`.
    pub multi_factor_auth_configuration: Option<String>,
}
