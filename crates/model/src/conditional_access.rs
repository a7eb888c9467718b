//! Conditional Access: policies, named locations, authentication strengths, as Graph returns them.
//!
//! Words that Microsoft may add to are kept as text. What a policy means is decided in the crate
//! `signin` alone.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Id;
use crate::wire::{null_default, time};

/// A Conditional Access policy. Source: `GET /v1.0/identity/conditionalAccess/policies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionalAccessPolicy {
    /// The policy; empty in some exports of other tools.
    #[serde(deserialize_with = "null_default")]
    pub id: Id,
    /// Text of the tenant, hostile.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// `enabled`, `disabled`, `enabledForReportingButNotEnforced`.
    #[serde(deserialize_with = "null_default")]
    pub state: String,
    /// The template it was made from.
    pub template_id: Option<Id>,
    /// When it was made.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// When it was last changed.
    #[serde(deserialize_with = "time")]
    pub modified_date_time: Option<Timestamp>,
    /// When it applies.
    #[serde(deserialize_with = "null_default")]
    pub conditions: Conditions,
    /// What it asks for; `None`: nothing, a session-only policy.
    pub grant_controls: Option<GrantControls>,
    /// Limits of the session; `None`: none.
    pub session_controls: Option<SessionControls>,
    /// Preview members that change the meaning; kept to be reported.
    pub partial_enablement_strategy: Option<Value>,
}

impl ConditionalAccessPolicy {
    /// Whether it is enforced. Report-only and disabled policies never are.
    pub fn is_enforced(&self) -> bool {
        self.state == "enabled"
    }

    /// Whether it is only evaluated and logged.
    pub fn is_report_only(&self) -> bool {
        self.state == "enabledForReportingButNotEnforced"
    }

    /// The name for a person: the display name, else the id.
    pub fn name(&self) -> &str {
        if self.display_name.is_empty() { &self.id } else { &self.display_name }
    }

    /// Whether it speaks of service principals, not of users. An empty member, as some exports
    /// have, does not count.
    pub fn is_for_workload_identities(&self) -> bool {
        self.conditions.client_applications.as_ref().is_some_and(|clients| {
            !clients.include_service_principals.is_empty()
                || !clients.exclude_service_principals.is_empty()
                || clients.service_principal_filter.is_some()
                || is_meaningful(&clients.other)
        })
    }
}

/// When a policy applies: every part must hold, an absent part always holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Conditions {
    /// Who.
    pub users: Option<ConditionUsers>,
    /// To what.
    pub applications: Option<ConditionApplications>,
    /// `all`, `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `easSupported`,
    /// `other`; empty: all.
    #[serde(deserialize_with = "null_default")]
    pub client_app_types: Vec<String>,
    /// On what platform.
    pub platforms: Option<ConditionPlatforms>,
    /// From where.
    pub locations: Option<ConditionLocations>,
    /// `low`, `medium`, `high`, `none`; empty: any.
    #[serde(deserialize_with = "null_default")]
    pub sign_in_risk_levels: Vec<String>,
    /// `low`, `medium`, `high`, `none`; empty: any.
    #[serde(deserialize_with = "null_default")]
    pub user_risk_levels: Vec<String>,
    /// Of service principals.
    #[serde(deserialize_with = "null_default")]
    pub service_principal_risk_levels: Vec<String>,
    /// Comma-separated: `minor`, `moderate`, `elevated`; a list in some exports.
    pub insider_risk_levels: Option<Value>,
    /// With what device.
    pub devices: Option<ConditionDevices>,
    /// Set: a policy for service principals.
    pub client_applications: Option<ConditionClientApplications>,
    /// By what flow.
    pub authentication_flows: Option<ConditionAuthenticationFlows>,
    /// Preview: risk of agent identities.
    pub agent_id_risk_levels: Option<Value>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Who: (union of includes) minus (union of excludes).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionUsers {
    /// Ids, or `All`, `None`, `GuestsOrExternalUsers`.
    #[serde(deserialize_with = "null_default")]
    pub include_users: Vec<Id>,
    /// Ids, or `GuestsOrExternalUsers`.
    #[serde(deserialize_with = "null_default")]
    pub exclude_users: Vec<Id>,
    /// Groups, nested members too.
    #[serde(deserialize_with = "null_default")]
    pub include_groups: Vec<Id>,
    /// Groups, nested members too.
    #[serde(deserialize_with = "null_default")]
    pub exclude_groups: Vec<Id>,
    /// Role template ids.
    #[serde(deserialize_with = "null_default")]
    pub include_roles: Vec<Id>,
    /// Role template ids.
    #[serde(deserialize_with = "null_default")]
    pub exclude_roles: Vec<Id>,
    /// Kinds of guests.
    pub include_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Kinds of guests.
    pub exclude_guests_or_external_users: Option<GuestsOrExternalUsers>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Kinds of guests, from some tenants or all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GuestsOrExternalUsers {
    /// Comma-separated: `internalGuest`, `b2bCollaborationGuest`, `b2bCollaborationMember`,
    /// `b2bDirectConnectUser`, `otherExternalUser`, `serviceProvider`; a list in some exports.
    pub guest_or_external_user_types: Option<Value>,
    /// From which tenants; `None`: all.
    pub external_tenants: Option<ExternalTenants>,
}

/// From which tenants guests come.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExternalTenants {
    /// `#microsoft.graph.conditionalAccessAllExternalTenants` or `…EnumeratedExternalTenants`.
    #[serde(rename = "@odata.type")]
    pub kind: Option<String>,
    /// `all` or `enumerated`.
    pub membership_kind: Option<String>,
    /// Of `enumerated`: tenant ids.
    #[serde(deserialize_with = "null_default")]
    pub members: Vec<Id>,
}

/// To what: applications, or user actions, or authentication contexts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionApplications {
    /// Application ids, or `All`, `None`, `Office365`, `MicrosoftAdminPortals`.
    #[serde(deserialize_with = "null_default")]
    pub include_applications: Vec<Id>,
    /// Application ids and suites.
    #[serde(deserialize_with = "null_default")]
    pub exclude_applications: Vec<Id>,
    /// `urn:user:registersecurityinfo`, `urn:user:registerdevice`.
    #[serde(deserialize_with = "null_default")]
    pub include_user_actions: Vec<String>,
    /// `c1` to `c99`.
    #[serde(deserialize_with = "null_default")]
    pub include_authentication_context_class_references: Vec<String>,
    /// By custom security attributes.
    pub application_filter: Option<ConditionFilter>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A filter rule over attributes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionFilter {
    /// `include` or `exclude`.
    pub mode: Option<String>,
    /// The rule.
    pub rule: Option<String>,
}

/// On what platform.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionPlatforms {
    /// Names, or `all`.
    #[serde(deserialize_with = "null_default")]
    pub include_platforms: Vec<String>,
    /// Names.
    #[serde(deserialize_with = "null_default")]
    pub exclude_platforms: Vec<String>,
}

/// From where.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionLocations {
    /// Named locations, or `All`, `AllTrusted`.
    #[serde(deserialize_with = "null_default")]
    pub include_locations: Vec<Id>,
    /// Named locations, or `All`, `AllTrusted`.
    #[serde(deserialize_with = "null_default")]
    pub exclude_locations: Vec<Id>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// With what device.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionDevices {
    /// By device attributes.
    pub device_filter: Option<ConditionFilter>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Service principals that a policy is for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionClientApplications {
    /// Ids, or `ServicePrincipalsInMyTenant`.
    #[serde(deserialize_with = "null_default")]
    pub include_service_principals: Vec<Id>,
    /// Ids.
    #[serde(deserialize_with = "null_default")]
    pub exclude_service_principals: Vec<Id>,
    /// By custom security attributes.
    pub service_principal_filter: Option<ConditionFilter>,
    /// Members that this version does not know. One with a value may change the meaning.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// By what flow.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConditionAuthenticationFlows {
    /// Comma-separated: `deviceCodeFlow`, `authenticationTransfer`; `None`: any flow. A list in
    /// some exports.
    pub transfer_methods: Option<Value>,
}

/// What a policy asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GrantControls {
    /// `AND` or `OR`; Graph returns `OR` for a single control.
    pub operator: Option<String>,
    /// `block`, `mfa`, `compliantDevice`, `domainJoinedDevice`, ….
    #[serde(deserialize_with = "null_default")]
    pub built_in_controls: Vec<String>,
    /// Third-party controls.
    #[serde(deserialize_with = "null_default")]
    pub custom_authentication_factors: Vec<String>,
    /// Agreements to accept.
    #[serde(deserialize_with = "null_default")]
    pub terms_of_use: Vec<String>,
    /// An authentication strength.
    pub authentication_strength: Option<AuthenticationStrengthPolicy>,
}

/// Limits of a session.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SessionControls {
    /// When to sign in again.
    pub sign_in_frequency: Option<SignInFrequency>,
    /// Whether the browser keeps the session.
    pub persistent_browser: Option<PersistentBrowser>,
}

/// When to sign in again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInFrequency {
    /// `None`: on where it is set at all.
    pub is_enabled: Option<bool>,
    /// How many of `type`.
    pub value: Option<i64>,
    /// `hours` or `days`.
    #[serde(rename = "type")]
    pub unit: Option<String>,
    /// `timeBased` or `everyTime`.
    pub frequency_interval: Option<String>,
}

impl SignInFrequency {
    /// Hours until the session asks for sign-in again; 0: every time. `None`: the policy does not
    /// say, or the setting is off.
    pub fn hours(&self) -> Option<i64> {
        if self.is_enabled == Some(false) {
            return None;
        }
        if self.frequency_interval.as_deref() == Some("everyTime") {
            return Some(0);
        }
        match self.unit.as_deref() {
            Some("hours") => self.value,
            Some("days") => self.value.and_then(|days| days.checked_mul(24)),
            _ => None,
        }
    }
}

/// Whether the browser keeps the session.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PersistentBrowser {
    /// `None`: on where it is set at all.
    pub is_enabled: Option<bool>,
    /// `always` or `never`.
    pub mode: Option<String>,
}

/// A named location. Source: `GET /v1.0/identity/conditionalAccess/namedLocations`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamedLocation {
    /// `#microsoft.graph.ipNamedLocation`, `#microsoft.graph.countryNamedLocation`.
    #[serde(rename = "@odata.type")]
    pub kind: Option<String>,
    /// The location.
    pub id: Id,
    /// Text of the tenant.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// Of addresses: whether it is marked trusted.
    pub is_trusted: Option<bool>,
    /// Of addresses: CIDR ranges.
    #[serde(deserialize_with = "null_default")]
    pub ip_ranges: Vec<IpRange>,
    /// Of countries: two letters each.
    #[serde(deserialize_with = "null_default")]
    pub countries_and_regions: Vec<String>,
    /// Of countries: addresses that map to no country belong too.
    pub include_unknown_countries_and_regions: Option<bool>,
    /// Of countries: `clientIpAddress` or `authenticatorAppGps`; `None`: by address.
    pub country_lookup_method: Option<String>,
}

/// A range of addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IpRange {
    /// Such as `203.0.113.64/29`.
    pub cidr_address: Option<String>,
    /// Of a range that is not written as CIDR, in beta: its first address.
    pub lower_address: Option<String>,
    /// The last address of such a range.
    pub upper_address: Option<String>,
}

/// An authentication strength. Source: `GET /v1.0/policies/authenticationStrengthPolicies`, and
/// inline in a policy's grant controls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthenticationStrengthPolicy {
    /// The strength; empty in some exports of other tools.
    #[serde(deserialize_with = "null_default")]
    pub id: Id,
    /// Text of the tenant: never judged by.
    pub display_name: Option<String>,
    /// Each a comma list of methods used together; `None` where it was not returned.
    pub allowed_combinations: Option<Vec<String>>,
    /// `mfa` or `none`.
    pub requirements_satisfied: Option<String>,
}

/// An authentication context. Source:
/// `GET /v1.0/identity/conditionalAccess/authenticationContextClassReferences`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthenticationContext {
    /// `c1` to `c99`.
    pub id: Id,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// Whether applications may ask for it.
    pub is_available: Option<bool>,
}

/// Whether some member says something: is neither empty nor an annotation of the protocol.
pub fn is_meaningful(members: &Map<String, Value>) -> bool {
    members.iter().any(|(name, value)| {
        !name.contains('@')
            && match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => is_meaningful(members),
                Value::Bool(_) | Value::Number(_) => true,
            }
    })
}

/// The words of a flag enumeration: a comma-separated string, or a list in some exports, in the
/// order given, trimmed. `null` and an empty string are no words.
pub fn flags(value: Option<&Value>) -> Vec<&str> {
    fn split(text: &str) -> impl Iterator<Item = &str> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty())
    }
    match value {
        Some(Value::String(text)) => split(text).collect(),
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).flat_map(split).collect()
        }
        _ => Vec::new(),
    }
}
