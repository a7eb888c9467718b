//! A tenant's profile: what the customer's provider declares, one TOML file a tenant.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Cloud, Id, explain_toml};

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
    /// The folder of custom controls, beside the profile; empty: none.
    pub custom: String,
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
    /// The last day it holds, in the time zone of the reports.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub expires: Date,
    /// Fingerprint of the state that was accepted, 16 hexadecimal digits: when the state moves, the
    /// waiver holds no more. Empty: whatever the state. `muster assess --accept` gives it.
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
    /// When, in the time zone of the reports.
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
    /// Such as `Europe/Zurich`; empty: UTC. Days of waivers and attestations begin and end there.
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
            .map_err(|error| ProfileError { message: explain_toml(text, &error) })?;
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
        profile.check_waivers(text)?;
        profile.check_attestations(text)?;
        Ok(profile)
    }

    /// Every waiver names who answers for it and why.
    fn check_waivers(&self, text: &str) -> Result<(), ProfileError> {
        for (index, waiver) in self.waivers.iter().enumerate() {
            let bad =
                |what: &str| Err(entry_error(text, "[[waiver]]", index, &waiver.control, what));
            if waiver.owner.trim().is_empty() {
                return bad("the key `owner` must name a person who answers for it");
            }
            if waiver.reason.trim().is_empty() {
                return bad("the key `reason` must say why it is accepted");
            }
            let pin = &waiver.fingerprint;
            let is_hex = pin.len() == 16 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !pin.is_empty() && !is_hex {
                return bad("the key `fingerprint` must be 16 hexadecimal digits, as \
                            `muster assess --accept` prints them");
            }
        }
        Ok(())
    }

    /// Every attestation names who gave it, and does not end before it begins.
    fn check_attestations(&self, text: &str) -> Result<(), ProfileError> {
        for (index, one) in self.attestations.iter().enumerate() {
            let bad =
                |what: &str| Err(entry_error(text, "[[attestation]]", index, &one.control, what));
            if one.by.trim().is_empty() {
                return bad("the key `by` must name the person who confirmed it");
            }
            if one.expires.is_some_and(|end| end < one.on) {
                return bad("the key `expires` must not lie before `on`");
            }
        }
        Ok(())
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

/// What is wrong with one of several tables of the same name; `index` counts from 0.
fn entry_error(text: &str, table: &str, index: usize, control: &str, what: &str) -> ProfileError {
    let heads = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(table));
    let line = heads.map(|(line, _)| line + 1).nth(index);
    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
    ProfileError { message: format!("{place}{table} of {control:?}: {what}") }
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
        let entry = "kind = \"false-finding\"\nexpires = 2027-01-01\n";
        for (table, keys, expected) in [
            (
                "waiver",
                "owner = \" \"\nreason = \"r\"",
                "line 3: [[waiver]] of \"c\": the key `owner`",
            ),
            ("waiver", "owner = \"o\"\nreason = \"\"", "the key `reason` must say"),
            (
                "waiver",
                "owner = \"o\"\nreason = \"r\"\nfingerprint = \"12\"",
                "16 hexadecimal digits",
            ),
            ("waiver", "owner = \"o\"", "missing field `reason`"),
            (
                "attestation",
                "by = \"\"\non = 2026-01-01",
                "line 3: [[attestation]] of \"c\": the key `by`",
            ),
            (
                "attestation",
                "by = \"b\"\non = 2026-01-02\nexpires = 2026-01-01",
                "must not lie before",
            ),
            ("attestation", "by = \"b\"\non = \"2026-02-30\"", "expected a date such as"),
        ] {
            let entry = if table == "waiver" { entry } else { "" };
            let text = message(&format!("{ID}[[{table}]]\ncontrol = \"c\"\n{keys}\n{entry}"));
            assert!(text.contains(expected), "{text}");
        }
        let zone = message(&format!("{ID}[report]\ntime-zone = \"Moon/Crater\"\n"));
        assert!(zone.contains("Moon/Crater"), "{zone}");
    }
}
