//! The organization, its licenses and domains, users, groups.

use jiff::Timestamp;
use serde::Deserialize;

use crate::wire::{null_default, time};
use crate::{Id, Plan};

/// The organization object. Source: `GET /v1.0/organization`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Organization {
    /// The tenant's id.
    pub id: Id,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// When the tenant was created.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// `None`: never synchronized; false: was synchronized once; true: is.
    pub on_premises_sync_enabled: Option<bool>,
    /// Last directory synchronization.
    #[serde(deserialize_with = "time")]
    pub on_premises_last_sync_date_time: Option<Timestamp>,
    /// Who gets Microsoft's notices.
    #[serde(deserialize_with = "null_default")]
    pub technical_notification_mails: Vec<String>,
    /// Verified domains.
    #[serde(deserialize_with = "null_default")]
    pub verified_domains: Vec<VerifiedDomain>,
}

/// A verified domain of the organization object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifiedDomain {
    /// The domain.
    pub name: String,
    /// Whether it is the initial `onmicrosoft.com` domain.
    pub is_initial: Option<bool>,
    /// `Managed` or `Federated`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A subscription. Source: `GET /v1.0/subscribedSkus`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SubscribedSku {
    /// The product.
    pub sku_id: Option<Id>,
    /// The product's short name, for people only.
    pub sku_part_number: Option<String>,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    pub capability_status: Option<String>,
    /// Seats assigned.
    pub consumed_units: Option<i64>,
    /// Seats bought.
    pub prepaid_units: Option<PrepaidUnits>,
    /// What the product contains.
    #[serde(deserialize_with = "null_default")]
    pub service_plans: Vec<ServicePlan>,
}

/// Seats of a subscription.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PrepaidUnits {
    /// Usable.
    pub enabled: Option<i64>,
    /// In the grace period after expiry.
    pub warning: Option<i64>,
}

/// A service plan of a subscription.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePlan {
    /// The plan.
    pub service_plan_id: Option<Id>,
    /// `Success`, `Disabled`, `PendingInput`, `PendingActivation`, `PendingProvisioning`.
    pub provisioning_status: Option<String>,
}

/// A domain. Source: `GET /v1.0/domains`; the collector adds `federationConfiguration`, the list
/// from `GET /v1.0/domains/{id}/federationConfiguration`, to federated ones.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Domain {
    /// The domain's name.
    pub id: Id,
    /// `Managed` or `Federated`.
    pub authentication_type: Option<String>,
    /// Whether it is the default for new accounts.
    pub is_default: Option<bool>,
    /// Whether it is the initial `onmicrosoft.com` domain.
    pub is_initial: Option<bool>,
    /// False: a subdomain of another one here.
    pub is_root: Option<bool>,
    /// Whether ownership was proven.
    pub is_verified: Option<bool>,
    /// Days until a password expires; 2147483647: never; `None`: not set.
    pub password_validity_period_in_days: Option<i64>,
    /// Federation settings; `None` where they were not asked for or could not be read.
    pub federation_configuration: Option<Vec<FederationConfiguration>>,
}

impl Domain {
    /// Whether sign-in is delegated to another identity provider.
    pub fn is_federated(&self) -> bool {
        self.authentication_type
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Federated"))
    }
}

/// How a federated domain signs in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FederationConfiguration {
    /// `acceptIfMfaDoneByFederatedIdp`, `enforceMfaByFederatedIdp`, `rejectMfaByFederatedIdp`;
    /// `None` works as the first.
    pub federated_idp_mfa_behavior: Option<String>,
    /// Text of the tenant.
    pub display_name: Option<String>,
}

/// A user object. Source: `GET /v1.0/users` with `$select`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    /// The object id.
    pub id: Id,
    /// Text of the tenant, hostile.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// Text of the tenant, hostile.
    #[serde(deserialize_with = "null_default")]
    pub user_principal_name: String,
    /// `None` where it was not selected: never to be taken for enabled.
    pub account_enabled: Option<bool>,
    /// `Member` or `Guest`; `None` where it was not selected, and for some very old accounts.
    pub user_type: Option<String>,
    /// How the account came to be; `Invitation` for guests.
    pub creation_type: Option<String>,
    /// `PendingAcceptance`, `Accepted`: an invited account.
    pub external_user_state: Option<String>,
    /// When it was created.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// `None` and false: cloud-only.
    pub on_premises_sync_enabled: Option<bool>,
    /// Stays behind after conversion: no proof of synchronization.
    pub on_premises_immutable_id: Option<String>,
    /// Comma-separated words: `DisablePasswordExpiration`, `DisableStrongPassword`, `None`.
    pub password_policies: Option<String>,
    /// Licenses assigned.
    pub assigned_licenses: Option<Vec<AssignedLicense>>,
    /// Service plans assigned.
    pub assigned_plans: Option<Vec<AssignedPlan>>,
    /// A Teams room, auto attendant and the like.
    pub is_resource_account: Option<bool>,
    /// Last change of the password.
    #[serde(deserialize_with = "time")]
    pub last_password_change_date_time: Option<Timestamp>,
    /// Refresh tokens issued before this are void.
    #[serde(deserialize_with = "time")]
    pub sign_in_sessions_valid_from_date_time: Option<Timestamp>,
    /// Where it signs in from, two letters.
    pub usage_location: Option<String>,
    /// Identities it signs in with.
    #[serde(deserialize_with = "null_default")]
    pub identities: Vec<Identity>,
}

impl User {
    /// Whether sign-in is allowed. False also where it was not read.
    pub fn is_enabled(&self) -> bool {
        self.account_enabled == Some(true)
    }

    /// Whether the account is a guest by type.
    pub fn is_guest(&self) -> bool {
        self.user_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Guest"))
    }

    /// Whether the account was invited from elsewhere, whatever its type.
    pub fn is_external(&self) -> bool {
        let marked = |name: &[u8]| name.windows(5).any(|part| part.eq_ignore_ascii_case(b"#EXT#"));
        let name = &self.user_principal_name;
        self.external_user_state.is_some() || name.contains('#') && marked(name.as_bytes())
    }

    /// Whether it is synchronized from an on-premises directory.
    pub fn is_synchronized(&self) -> bool {
        self.on_premises_sync_enabled == Some(true)
    }

    /// Whether the service plan is assigned to the account and works, or one that implies it.
    /// `None` where assigned plans were not read.
    pub fn has_plan(&self, plan: Plan) -> Option<bool> {
        let plans = self.assigned_plans.as_ref()?;
        Some(plans.iter().any(|one| {
            let status = one.capability_status.as_deref().unwrap_or_default();
            // A plan in its grace period works too.
            ["Enabled", "Warning"].iter().any(|works| works.eq_ignore_ascii_case(status))
                && one.service_plan_id.as_ref().is_some_and(|id| plan.is_given_by(id))
        }))
    }

    /// The name for a person: the user principal name, else the display name, else the id.
    pub fn name(&self) -> &str {
        [self.user_principal_name.as_str(), &self.display_name]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(&self.id)
    }

    /// The domain of the user principal name, in lower case; empty when there is none.
    pub fn domain(&self) -> String {
        self.user_principal_name
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_ascii_lowercase())
            .unwrap_or_default()
    }
}

/// A license assigned to a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AssignedLicense {
    /// The product.
    pub sku_id: Option<Id>,
    /// Plans of it that are switched off.
    #[serde(deserialize_with = "null_default")]
    pub disabled_plans: Vec<Id>,
}

/// A service plan assigned to a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AssignedPlan {
    /// The plan.
    pub service_plan_id: Option<Id>,
    /// `exchange`, `SharePoint`, `TeamspaceAPI`, ….
    pub service: Option<String>,
    /// `Enabled`, `Deleted`, ….
    pub capability_status: Option<String>,
}

/// An identity that a user signs in with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    /// `userPrincipalName`, `federated`, `emailAddress`, ….
    pub sign_in_type: Option<String>,
    /// Who issues it: a domain, or an identity provider.
    pub issuer: Option<String>,
}

/// Last sign-ins of one user. Source: `GET /v1.0/users?$select=id,signInActivity`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInActivity {
    /// The user.
    pub id: Id,
    /// `None`: never signed in.
    pub sign_in_activity: Option<SignInTimes>,
}

/// When a user last signed in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInTimes {
    /// Last interactive attempt, successful or not.
    #[serde(deserialize_with = "time")]
    pub last_sign_in_date_time: Option<Timestamp>,
    /// Last attempt by a client on the user's behalf, successful or not.
    #[serde(deserialize_with = "time")]
    pub last_non_interactive_sign_in_date_time: Option<Timestamp>,
    /// Last success; filled since December 2023.
    #[serde(deserialize_with = "time")]
    pub last_successful_sign_in_date_time: Option<Timestamp>,
}

/// A group. Source: `GET /v1.0/groups/{id}` with `$select`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Group {
    /// The object id.
    pub id: Id,
    /// Text of the tenant, hostile.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// Its mail address, where it has one.
    pub mail: Option<String>,
    /// `Unified`, `DynamicMembership`.
    #[serde(deserialize_with = "null_default")]
    pub group_types: Vec<String>,
    /// `None`: false.
    pub is_assignable_to_role: Option<bool>,
    /// `None`: false.
    pub is_management_restricted: Option<bool>,
    /// Rule of a dynamic group.
    pub membership_rule: Option<String>,
    /// `None` and false: cloud-only.
    pub on_premises_sync_enabled: Option<bool>,
    /// Owners' ids; `None` where they were not asked for.
    pub owner_ids: Option<Vec<Id>>,
}

/// Members of one group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupMembers {
    /// The group.
    pub group_id: Id,
    /// Direct members of any kind, or with `transitive` all users below.
    #[serde(deserialize_with = "null_default")]
    pub member_ids: Vec<Id>,
    /// Whether `member_ids` are the users at any depth.
    #[serde(deserialize_with = "null_default")]
    pub transitive: bool,
    /// Those of `member_ids` that are groups; `None`: it is not told which are.
    pub group_ids: Option<Vec<Id>>,
}

/// A directory setting. Source: `GET /v1.0/groupSettings`; an absent one has Microsoft's defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DirectorySetting {
    /// The template: what kind of setting it is.
    pub template_id: Option<Id>,
    /// Its kind, in words.
    pub display_name: Option<String>,
    /// Names and values, all as strings.
    #[serde(deserialize_with = "null_default")]
    pub values: Vec<SettingValue>,
}

impl DirectorySetting {
    /// The value of that name; `None` means Microsoft's default.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|value| value.name.eq_ignore_ascii_case(name))
            .and_then(|value| value.value.as_deref())
    }
}

/// A name and a value of a directory setting.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SettingValue {
    /// The name.
    pub name: String,
    /// The value, as a string.
    pub value: Option<String>,
}

/// Directory synchronization. Source: `GET /v1.0/directory/onPremisesSynchronization`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OnPremisesSynchronization {
    /// What is switched on.
    pub features: Option<SynchronizationFeatures>,
}

/// Features of directory synchronization; `None` where the service does not say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch")]
pub struct SynchronizationFeatures {
    pub password_sync_enabled: Option<bool>,
    pub block_soft_match_enabled: Option<bool>,
    pub block_cloud_object_takeover_through_hard_match_enabled: Option<bool>,
    pub password_writeback_enabled: Option<bool>,
}

/// Home tenant of a guest, where it is known.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserHomeTenant {
    /// The guest.
    pub user_id: Id,
    /// Its home tenant; `None`: unknown.
    pub home_tenant_id: Option<Id>,
}

/// An entry of the directory audit log. Source: `GET /v1.0/auditLogs/directoryAudits`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DirectoryAudit {
    /// The entry.
    pub id: String,
    /// When.
    #[serde(deserialize_with = "time")]
    pub activity_date_time: Option<Timestamp>,
    /// What, in the service's words.
    pub activity_display_name: Option<String>,
    /// `RoleManagement`, `Policy`, `UserManagement`, ….
    pub category: Option<String>,
    /// `success`, `failure`, ….
    pub result: Option<String>,
    /// Who.
    pub initiated_by: Option<Initiator>,
    /// On what.
    #[serde(deserialize_with = "null_default")]
    pub target_resources: Vec<AuditTarget>,
}

/// Who did what an audit entry tells.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Initiator {
    /// A person.
    pub user: Option<AuditUser>,
    /// An application.
    pub app: Option<AuditApp>,
}

/// The person of an audit entry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuditUser {
    /// The object id.
    pub id: Option<Id>,
    /// Text of the tenant.
    pub user_principal_name: Option<String>,
}

/// The application of an audit entry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuditApp {
    /// The application's id.
    pub app_id: Option<Id>,
    /// Text of the tenant or of a vendor.
    pub display_name: Option<String>,
}

/// The object of an audit entry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuditTarget {
    /// The object id.
    pub id: Option<Id>,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// `User`, `Policy`, `Role`, ….
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Text of the tenant.
    pub user_principal_name: Option<String>,
}

/// A diagnostic setting of Microsoft Entra ID. Source: Azure Resource Manager,
/// `GET /providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DiagnosticSetting {
    /// Its name.
    pub name: Option<String>,
    /// Where what goes.
    pub properties: Option<DiagnosticProperties>,
}

/// Where a diagnostic setting sends which logs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DiagnosticProperties {
    /// A Log Analytics workspace.
    pub workspace_id: Option<String>,
    /// A storage account.
    pub storage_account_id: Option<String>,
    /// An event hub.
    pub event_hub_authorization_rule_id: Option<String>,
    /// A partner's product.
    pub marketplace_partner_id: Option<String>,
    /// The categories.
    #[serde(deserialize_with = "null_default")]
    pub logs: Vec<DiagnosticLog>,
}

/// A log category of a diagnostic setting.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DiagnosticLog {
    /// Such as `SignInLogs`.
    pub category: Option<String>,
    /// `allLogs`, in place of a category.
    pub category_group: Option<String>,
    /// Whether it is sent.
    pub enabled: Option<bool>,
}
