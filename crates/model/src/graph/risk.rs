//! Risky users, legacy sign-ins.

use jiff::Timestamp;
use serde::Deserialize;

use crate::Id;
use crate::wire::{null_default, time};

/// A user at risk. Source: `GET /v1.0/identityProtection/riskyUsers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RiskyUser {
    /// The user.
    pub id: Id,
    /// Text of the tenant.
    pub user_principal_name: Option<String>,
    /// Whether the user was deleted.
    pub is_deleted: Option<bool>,
    /// `low`, `medium`, `high`, `hidden`, `none`.
    pub risk_level: Option<String>,
    /// `atRisk`, `confirmedCompromised`, `remediated`, `dismissed`, ….
    pub risk_state: Option<String>,
    /// Since when.
    #[serde(deserialize_with = "time")]
    pub risk_last_updated_date_time: Option<Timestamp>,
}

/// A sign-in with a legacy client. Source: `GET /v1.0/auditLogs/signIns` filtered on
/// `clientAppUsed`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacySignIn {
    /// When.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// Who.
    pub user_id: Option<Id>,
    /// Text of the tenant.
    pub user_principal_name: Option<String>,
    /// To what.
    pub app_display_name: Option<String>,
    /// With what, such as `IMAP4`.
    pub client_app_used: Option<String>,
    /// How it ended.
    pub status: Option<SignInStatus>,
    /// From where.
    pub location: Option<SignInLocation>,
}

/// How a sign-in ended.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInStatus {
    /// 0: success.
    pub error_code: Option<i64>,
}

/// Where a sign-in came from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignInLocation {
    /// Two letters.
    pub country_or_region: Option<String>,
}

/// Recipients of risk alerts. Source: `GET /beta/identityProtection/settings/notifications`,
/// undocumented.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RiskNotifications {
    /// Who may get them.
    #[serde(deserialize_with = "null_default")]
    pub notification_recipients: Vec<RiskRecipient>,
}

/// Someone who may get risk alerts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RiskRecipient {
    /// Text of the tenant.
    pub email: Option<String>,
    /// Whether they get alerts on risky users.
    pub is_risky_users_alerts_recipient: Option<bool>,
}
