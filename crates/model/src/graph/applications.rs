//! Applications, service principals and what they may do.

use jiff::Timestamp;
use serde::Deserialize;

use crate::Id;
use crate::wire::{null_default, time};

/// A service principal. Source: `GET /v1.0/servicePrincipals` with `$select`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// The object id in this tenant.
    pub id: Id,
    /// The application's id, the same in every tenant.
    pub app_id: Id,
    /// Text of the tenant or of a vendor, hostile.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// `Application`, `ManagedIdentity`, `Legacy`, ….
    pub service_principal_type: Option<String>,
    /// Whether it may sign in.
    pub account_enabled: Option<bool>,
    /// The tenant that registered the application.
    pub app_owner_organization_id: Option<Id>,
    /// Secrets on the service principal.
    #[serde(deserialize_with = "null_default")]
    pub password_credentials: Vec<Credential>,
    /// Certificates on the service principal.
    #[serde(deserialize_with = "null_default")]
    pub key_credentials: Vec<Credential>,
    /// Owners' ids; `None` where they were not asked for.
    pub owner_ids: Option<Vec<Id>>,
    /// Custom security attributes: set, then attribute, then value; `None` where they were not
    /// readable or there are none.
    pub custom_security_attributes: Option<serde_json::Map<String, serde_json::Value>>,
}

/// An application registration. Source: `GET /v1.0/applications` with `$select`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Application {
    /// The object id.
    pub id: Id,
    /// The application's id.
    pub app_id: Id,
    /// Secrets.
    #[serde(deserialize_with = "null_default")]
    pub password_credentials: Vec<Credential>,
    /// Certificates.
    #[serde(deserialize_with = "null_default")]
    pub key_credentials: Vec<Credential>,
    /// Owners' ids; `None` where they were not asked for.
    pub owner_ids: Option<Vec<Id>>,
}

/// A secret or certificate, never its value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Credential {
    /// From when.
    #[serde(deserialize_with = "time")]
    pub start_date_time: Option<Timestamp>,
    /// Until when.
    #[serde(deserialize_with = "time")]
    pub end_date_time: Option<Timestamp>,
    /// Text of the tenant.
    pub display_name: Option<String>,
}

/// An application permission granted. Source:
/// `GET /v1.0/servicePrincipals(appId='…')/appRoleAssignedTo`; the collector adds `appRoleValue`
/// and `resourceAppId`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppRoleAssignment {
    /// Who may: a service principal's object id.
    pub principal_id: Id,
    /// Text of the tenant or of a vendor.
    pub principal_display_name: Option<String>,
    /// The permission's id.
    pub app_role_id: Id,
    /// The permission's name, such as `Directory.ReadWrite.All`.
    pub app_role_value: Option<String>,
    /// The API's application id.
    pub resource_app_id: Option<Id>,
}

/// A suite that stands for several applications in a policy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationGroup {
    /// `Office365`, `MicrosoftAdminPortals`, or an application's id.
    pub id: Id,
    /// The applications.
    #[serde(deserialize_with = "null_default")]
    pub members: Vec<Id>,
}
