//! Authentication methods: the policy, what people registered, per-user MFA.

use jiff::Timestamp;
use serde::Deserialize;

use crate::Id;
use crate::wire::{null_default, time};

/// The authentication methods policy. Source: `GET /v1.0/policies/authenticationMethodsPolicy`;
/// the collector merges the two members that only beta has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthenticationMethodsPolicy {
    /// `preMigration`, `migrationInProgress`, `migrationComplete`; `None` in newer tenants, which
    /// were never on the older pages.
    pub policy_migration_state: Option<String>,
    /// One for each method.
    #[serde(deserialize_with = "null_default")]
    pub authentication_method_configurations: Vec<AuthenticationMethodConfiguration>,
    /// Beta: whether people may report a strange prompt.
    pub report_suspicious_activity_settings: Option<FeatureSetting>,
    /// Beta: system-preferred MFA.
    pub system_credential_preferences: Option<FeatureSetting>,
}

impl AuthenticationMethodsPolicy {
    /// The configuration of a method, such as `MicrosoftAuthenticator`; case does not matter.
    pub fn method(&self, id: &str) -> Option<&AuthenticationMethodConfiguration> {
        self.authentication_method_configurations
            .iter()
            .find(|method| method.id.eq_ignore_ascii_case(id))
    }
}

/// How one authentication method is offered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthenticationMethodConfiguration {
    /// `Fido2`, `MicrosoftAuthenticator`, `Sms`, `Voice`, `SoftwareOath`, ….
    #[serde(deserialize_with = "null_default")]
    pub id: String,
    /// `enabled` or `disabled`.
    pub state: Option<String>,
    /// To whom.
    #[serde(deserialize_with = "null_default")]
    pub include_targets: Vec<MethodTarget>,
    /// To whom not.
    #[serde(deserialize_with = "null_default")]
    pub exclude_targets: Vec<MethodTarget>,
    /// Of Microsoft Authenticator.
    pub feature_settings: Option<AuthenticatorFeatures>,
    /// Of passkeys.
    pub is_attestation_enforced: Option<bool>,
    /// Of passkeys.
    pub is_self_service_registration_allowed: Option<bool>,
    /// Of Temporary Access Pass.
    pub is_usable_once: Option<bool>,
    /// Of e-mail one-time passcodes.
    pub allow_external_id_to_use_email_otp: Option<String>,
}

impl AuthenticationMethodConfiguration {
    /// Whether it is switched on.
    pub fn is_enabled(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("enabled"))
    }

    /// Whether it is on, and offered to everybody without exception.
    pub fn is_for_all(&self) -> bool {
        self.is_enabled()
            && self.exclude_targets.is_empty()
            && self.include_targets.iter().any(MethodTarget::is_all)
    }
}

/// A group that a method is offered to, or withheld from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MethodTarget {
    /// A group, or `all_users`.
    pub id: Option<Id>,
    /// Of SMS: may be the only factor.
    pub is_usable_for_sign_in: Option<bool>,
    /// Of Microsoft Authenticator: `any`, `push`, `deviceBasedPush`.
    pub authentication_mode: Option<String>,
}

impl MethodTarget {
    /// Whether the target is everybody.
    pub fn is_all(&self) -> bool {
        self.id.as_deref() == Some("all_users")
    }
}

/// Switches of Microsoft Authenticator.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Microsoft's, each a switch")]
pub struct AuthenticatorFeatures {
    pub display_app_information_required_state: Option<FeatureSetting>,
    pub display_location_information_required_state: Option<FeatureSetting>,
}

/// A switch and whom it is for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FeatureSetting {
    /// `enabled`, `disabled`, or `default`: Microsoft decides.
    pub state: Option<String>,
    /// For whom.
    pub include_target: Option<MethodTarget>,
    /// For whom not; the zero GUID means nobody.
    pub exclude_target: Option<MethodTarget>,
}

/// What one user registered. Source: `GET /v1.0/reports/authenticationMethods/userRegistrationDetails`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserRegistrationDetails {
    /// The user.
    pub id: Id,
    /// Registered, and allowed by policy.
    pub is_mfa_capable: Option<bool>,
    /// Registered.
    pub is_mfa_registered: Option<bool>,
    /// `microsoftAuthenticatorPush`, `mobilePhone`, `fido2SecurityKey`, …; an open list.
    #[serde(deserialize_with = "null_default")]
    pub methods_registered: Vec<String>,
    /// When Microsoft computed this row.
    #[serde(deserialize_with = "time")]
    pub last_updated_date_time: Option<Timestamp>,
}

/// Methods registered by one named account. Record: `{ "userId", "methods": [as received] }`, from
/// `GET /v1.0/users/{id}/authentication/methods`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RegisteredMethods {
    /// The user.
    pub user_id: Id,
    /// Its methods, the password included.
    #[serde(deserialize_with = "null_default")]
    pub methods: Vec<RegisteredMethod>,
}

/// One method of one account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RegisteredMethod {
    /// `#microsoft.graph.fido2AuthenticationMethod`, ….
    #[serde(rename = "@odata.type", deserialize_with = "null_default")]
    pub kind: String,
    /// Text of the user.
    pub display_name: Option<String>,
    /// When it was registered.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
}

impl RegisteredMethod {
    /// The type's bare name, such as `fido2AuthenticationMethod`.
    pub fn type_name(&self) -> &str {
        self.kind.rsplit('.').next().unwrap_or_default()
    }
}

/// Per-user MFA of one user. Source: `GET /beta/users/{id}/authentication/requirements`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserAuthenticationRequirement {
    /// The user.
    pub user_id: Id,
    /// `disabled` (the healthy value), `enabled`, `enforced`.
    pub per_user_mfa_state: Option<String>,
}

/// MFA service settings, which no API gives; from other tools' exports and tests.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MfaServiceSettings {
    /// Address ranges (CIDR) where per-user MFA is not asked for.
    #[serde(deserialize_with = "null_default")]
    pub trusted_ips: Vec<String>,
}
