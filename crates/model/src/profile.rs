//! A tenant's profile: what the customer's provider declares, one TOML file a tenant.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Cloud, Id};

/// What is declared of a tenant. Unknown keys are errors that name the nearest known key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The tenant.
    pub tenant: TenantProfile,
    /// How the scanner signs in.
    pub sign_in: SignInSettings,
    /// Accounts that no API tells apart.
    pub accounts: Accounts,
    /// What is judged.
    pub checklist: ChecklistChoice,
    /// Accepted deviations.
    #[serde(rename = "waiver")]
    pub waivers: Vec<Waiver>,
    /// What people confirmed.
    #[serde(rename = "attestation")]
    pub attestations: Vec<Attestation>,
    /// How reports look.
    pub report: ReportChoice,
}

/// The tenant of a profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct TenantProfile {
    /// The tenant's id, a GUID.
    #[schemars(with = "String")]
    pub id: Id,
    /// The customer's name.
    pub name: String,
    /// The cloud it lives in.
    pub cloud: Cloud,
    /// Its initial or any verified domain, needed by Exchange Online.
    pub domain: String,
    /// Free words for schedules, checklists and brands.
    pub tags: Vec<String>,
}

/// How the scanner signs in. The credential itself is never here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignInSettings {
    /// Which kind of credential.
    pub method: SignInMethod,
    /// The scanner's application id.
    pub client_id: String,
    /// Where the credential is kept: `env:NAME`, `file:PATH`, or a secret's ARN.
    pub credential: String,
}

/// Which kind of credential the scanner presents.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMethod {
    /// A signed token of AWS; nothing is stored.
    #[default]
    Federated,
    /// A certificate.
    Certificate,
    /// A secret.
    Secret,
}

/// Accounts that no API tells apart: object ids or user principal names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Accounts {
    /// Emergency access accounts.
    pub emergency: Vec<String>,
    /// Service accounts: people's accounts used by software.
    pub service: Vec<String>,
    /// Priority accounts: executives and others worth more to an attacker.
    pub priority: Vec<String>,
    /// Synchronization accounts.
    pub synchronization: Vec<String>,
    /// Accounts or mailboxes that may use SMTP AUTH.
    pub smtp_auth: Vec<String>,
    /// Applications known to hold far-reaching permissions: application ids.
    pub known_applications: Vec<String>,
    /// The managing partner's tenant ids.
    pub partner_tenants: Vec<String>,
}

/// What is judged, and by which limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChecklistChoice {
    /// The checklist's name; empty: the default one.
    pub name: String,
    /// Limits that differ from the defaults, by name.
    pub thresholds: BTreeMap<String, f64>,
    /// A small business in transition: phone methods of administrators are partial, not a fail.
    pub interim_phone_methods: bool,
}

/// An accepted deviation. It lies beside the verdict and never changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waiver {
    /// The control.
    pub control: String,
    /// The object it is about; empty: the whole finding.
    #[serde(default)]
    pub subject: String,
    /// What kind of acceptance.
    pub kind: WaiverKind,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// A ticket.
    #[serde(default)]
    pub ticket: String,
    /// The last day it holds.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub expires: Date,
    /// Fingerprint of the state that was accepted; when the state moves, the waiver holds no more.
    #[serde(default)]
    pub fingerprint: String,
}

/// What kind of acceptance a waiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverKind {
    /// The risk is known and carried. Gives no credit.
    RiskAccepted,
    /// Another product does it. Gives 0.75 credit while valid.
    MetByOtherMeans,
    /// The finding is wrong. Gives no credit.
    FalseFinding,
}

/// What a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attestation {
    /// The control.
    pub control: String,
    /// What is confirmed, in the person's words.
    #[serde(default)]
    pub statement: String,
    /// Whether it holds.
    #[serde(default)]
    pub answer: AttestationAnswer,
    /// Who.
    pub by: String,
    /// When.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub on: Date,
    /// A link or note.
    #[serde(default)]
    pub evidence: String,
    /// The last day it is valid; `None`: as long as the control allows.
    #[serde(default, deserialize_with = "optional_date", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Date>,
}

/// A person's answer.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AttestationAnswer {
    /// It holds.
    #[default]
    Yes,
    /// It does not hold.
    No,
    /// It cannot exist here.
    NotApplicable,
}

/// How reports look and who gets them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReportChoice {
    /// The brand's file, beside the profile.
    pub brand: String,
    /// `en`, `de`, `fr`, `es`; empty: English.
    pub language: String,
    /// Such as `Europe/Zurich`; empty: UTC.
    pub time_zone: String,
    /// Addresses.
    pub recipients: Vec<String>,
    /// Sections to draw; empty: all.
    pub sections: Vec<String>,
}

/// A file that is no profile: where, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ProfileError {
    /// In one line, with line and column, and the nearest known key for an unknown one.
    pub message: String,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// When the text is no TOML, a key is unknown or has a value of another type, the tenant's
    /// id is no GUID, or the time zone does not exist.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text)
            .map_err(|error| ProfileError { message: explain(text, &error) })?;
        if !is_guid(&profile.tenant.id) {
            return Err(ProfileError {
                message: format!(
                    "the key `id` of [tenant] must be a GUID such as \
                     0a0a0a0a-0000-4000-8000-000000000001, found {:?}",
                    profile.tenant.id.as_str()
                ),
            });
        }
        if let Some(name) = profile
            .checklist
            .thresholds
            .keys()
            .find(|name| !Self::THRESHOLDS.contains(&name.as_str()))
        {
            let near = Self::THRESHOLDS
                .into_iter()
                .min_by_key(|known| strsim::damerau_levenshtein(name, known))
                .unwrap_or_default();
            return Err(ProfileError {
                message: format!(
                    "unknown key `{name}` in [checklist.thresholds], did you mean `{near}`?"
                ),
            });
        }
        let zone = &profile.report.time_zone;
        // The bundled zones, not the machine's: the same profile works everywhere.
        if !zone.is_empty() && jiff::tz::TimeZoneDatabase::bundled().get(zone).is_err() {
            return Err(ProfileError {
                message: format!(
                    "the key `time-zone` of [report] must be a name such as Europe/Zurich, \
                     found {zone:?}"
                ),
            });
        }
        Ok(profile)
    }

    /// The names of limits that a profile may set.
    pub const THRESHOLDS: [&str; 13] = [
        "admin-session",
        "audit-retention",
        "dormant-admin",
        "global-administrators",
        "lockout-seconds",
        "lockout-tries",
        "newcomer-grace",
        "pim-activation",
        "privileged-assignments",
        "report-only-age",
        "risky-user-left-alone",
        "smtp-auth-exceptions",
        "smtp-auth-exceptions-percent",
    ];

    /// The limit of that name: the profile's own, else the default given.
    pub fn threshold(&self, name: &str, default: f64) -> f64 {
        self.checklist.thresholds.get(name).copied().unwrap_or(default)
    }
}

/// Whether the text is a GUID in lower case. It becomes part of archive keys: nothing else may.
fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    text.split('-').count() == lengths.len()
        && text.split('-').zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// A date, in quotation marks or not.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let value = toml::Value::deserialize(deserializer)?;
    let text = match &value {
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| {
        serde::de::Error::custom(format_args!("expected a date such as 2027-03-31, found {text}"))
    })
}

fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

/// One line: the place, what is wrong, and for an unknown key the nearest known one.
fn explain(text: &str, error: &toml::de::Error) -> String {
    let place = error.span().map(|span| {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {line}, column {column}: ")
    });
    let message = error.message().lines().next().unwrap_or_default();
    let mut words = message.split('`').skip(1).step_by(2);
    let hint = match (message.starts_with("unknown field"), words.next()) {
        (true, Some(found)) => words
            .map(|known| (strsim::damerau_levenshtein(found, known), known))
            .min()
            .map(|(_, known)| format!("unknown key `{found}`, did you mean `{known}`?")),
        _ => None,
    };
    format!("{}{}", place.unwrap_or_default(), hint.unwrap_or_else(|| message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "[tenant]\nid = \"0A0A0A0A-0000-4000-8000-000000000001\"\n";

    #[test]
    fn a_whole_profile() {
        let profile = Profile::parse(&format!(
            "{ID}name = \"Larkspur\"\ncloud = \"gccHigh\"\n\
             [sign-in]\nmethod = \"secret\"\ncredential = \"env:LARKSPUR\"\n\
             [accounts]\nemergency = [\"ea1@larkspur.example\"]\n\
             [checklist.thresholds]\ndormant-admin = 60\n\
             [[waiver]]\ncontrol = \"pw-expiry-off\"\nkind = \"risk-accepted\"\nreason = \"r\"\n\
             owner = \"o\"\nexpires = 2027-03-31\n\
             [[attestation]]\ncontrol = \"emerg-procedure\"\nby = \"b\"\non = \"2026-10-01\"\n"
        ))
        .unwrap();
        assert_eq!(profile.tenant.id, "0a0a0a0a-0000-4000-8000-000000000001");
        assert_eq!(profile.tenant.cloud, Cloud::GccHigh);
        assert!((profile.threshold("dormant-admin", 90.0) - 60.0).abs() < f64::EPSILON);
        assert_eq!(profile.waivers.len(), 1);
        assert_eq!(profile.attestations.len(), 1);
    }

    #[test]
    fn bad_profiles_say_where_and_what() {
        let message = |text: &str| Profile::parse(text).unwrap_err().message;
        let typo = message(&format!("{ID}[accounts]\nemergancy = []\n"));
        assert_eq!(typo, "line 4, column 1: unknown key `emergancy`, did you mean `emergency`?");
        assert!(message("[tenant]\nid = 5\n").starts_with("line 2, column 6"));
        assert!(message("[tenant]\nid = \"../../etc\"\n").contains("GUID"));
        assert!(message("").contains("GUID"));
        let limit = message(&format!("{ID}[checklist.thresholds]\ndormant-admins = 3\n"));
        assert!(limit.contains("did you mean `dormant-admin`?"), "{limit}");
        let zone = message(&format!("{ID}[report]\ntime-zone = \"Moon/Crater\"\n"));
        assert!(zone.contains("Moon/Crater"), "{zone}");
    }
}
