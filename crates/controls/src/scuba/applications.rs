//! What users may do with applications, guests and invitations, and the credentials of
//! applications.

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, objects, texts, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.AAD.5.1v1", no_registration),
    ("MS.AAD.5.2v1", no_risky_consent),
    ("MS.AAD.5.3v1", consent_requests),
    ("MS.AAD.5.5v1", no_passwords_added),
    ("MS.AAD.5.6v1", password_lifetime),
    ("MS.AAD.5.7v1", certificate_lifetime),
    ("MS.AAD.8.1v1", guests_see_little),
    ("MS.AAD.8.2v1", few_invite),
];

/// A value of every authorization policy; there is one, but the export is a list.
fn each<'v>(policies: &'v [Value], pointer: &str) -> Result<Vec<&'v Value>, Gap> {
    let values: Vec<&Value> = policies.iter().filter_map(|it| it.pointer(pointer)).collect();
    let member = pointer.trim_start_matches('/');
    if values.is_empty() { Err(Gap::field(Data::AuthorizationPolicy, member)) } else { Ok(values) }
}

fn no_registration(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let policies = facts.records(Data::AuthorizationPolicy)?;
    let values = each(&policies, "/defaultUserRolePermissions/allowedToCreateApps")?;
    Ok(if values.iter().any(|value| **value == true) {
        Reading::not_met("Every user may register applications.")
    } else {
        Reading::met("Only administrators register applications.")
    })
}

/// The members that hold what users may consent to: one name in beta, another in v1.0.
const CONSENT: [&str; 2] = [
    "/permissionGrantPolicyIdsAssignedToDefaultUserRole",
    "/defaultUserRolePermissions/permissionGrantPoliciesAssigned",
];

fn no_risky_consent(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    const LOW: &str = "ManagePermissionGrantsForSelf.microsoft-user-default-low";
    const RECOMMENDED: &str = "ManagePermissionGrantsForSelf.microsoft-user-default-recommended";
    const LEGACY: &str = "ManagePermissionGrantsForSelf.microsoft-user-default-legacy";
    let policies = facts.records(Data::AuthorizationPolicy)?;
    let [beta, v1] = CONSENT;
    let granted = each(&policies, beta).or_else(|_| each(&policies, v1))?;
    let grants = |wanted: &str| {
        granted.iter().flat_map(|list| texts(Some(list))).any(|it| it.eq_ignore_ascii_case(wanted))
    };
    if grants(LEGACY) {
        return Ok(Reading::not_met("Users may consent to any application."));
    }
    if grants(RECOMMENDED) {
        return Ok(Reading::not_met("Microsoft decides what users may consent to."));
    }
    if !grants(LOW) {
        return Ok(Reading::met("Users may not consent to applications."));
    }
    match facts.kept("riskyDelegatedPermissionClassifications") {
        Some([]) => Ok(Reading::met(
            "Users may consent to applications of verified publishers, to permissions classified \
             as low, of which CISA calls none risky.",
        )),
        Some(risky) => Ok(Reading::not_met(format!(
            "Users may consent to permissions classified as low, of which CISA calls {} risky.",
            risky.len()
        ))),
        None if facts.is_import() => Ok(Reading::met(
            "Users may consent to permissions classified as low; the export names none of them as \
             risky.",
        )),
        None => Err(Gap::not_configured(
            Data::PermissionGrantPolicies,
            "which permissions are classified as low is only in an export of ScubaGear",
        )),
    }
}

fn consent_requests(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let records = facts.records(Data::GroupSettings)?;
    let values: Vec<&str> = records
        .iter()
        .flat_map(|record| objects(record.get("values")))
        .filter(|it| word(it, "name") == "EnableAdminConsentRequests")
        .map(|it| word(it, "value"))
        .collect();
    let is = |wanted: &str| values.iter().any(|value| value.eq_ignore_ascii_case(wanted));
    Ok(if is("true") && !is("false") {
        Reading::met("Users can ask an administrator for consent.")
    } else {
        Reading::not_met("Users cannot ask an administrator for consent.")
    })
}

/// The two halves of the default app management policy.
const SCOPES: [(&str, &str); 2] = [
    ("applicationRestrictions", "applications"),
    ("servicePrincipalRestrictions", "service principals"),
];

/// A limit on credentials of applications.
struct Limit {
    /// `passwordCredentials` or `keyCredentials`.
    credentials: &'static str,
    kinds: &'static [&'static str],
    /// The longest life in days; `None` where the kind forbids altogether.
    days: Option<i64>,
}

impl Limit {
    /// Where the limit is not in force for every application.
    fn complaints(&self, policy: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        if policy.get("isEnabled") == Some(&Value::Bool(false)) {
            complaints.push("the policy is off".to_owned());
        }
        for (scope, words) in SCOPES {
            for kind in self.kinds {
                let listed = policy.get(scope).and_then(|it| it.get(self.credentials));
                let limit = objects(listed).find(|it| word(it, "restrictionType") == *kind);
                if let Some(complaint) = self.complaint(limit) {
                    complaints.push(format!("{kind} of {words} {complaint}"));
                }
            }
        }
        complaints
    }

    fn complaint(&self, limit: Option<&Value>) -> Option<&'static str> {
        let Some(limit) = limit else { return Some("is not set") };
        let since = word(limit, "restrictForAppsCreatedAfterDateTime");
        if word(limit, "state") != "enabled" {
            Some("is not enabled")
        } else if !(since.is_empty() || since.starts_with("0001-")) {
            Some("leaves out older applications")
        } else if self
            .days
            .is_some_and(|most| lifetime(word(limit, "maxLifetime")).is_none_or(|days| days > most))
        {
            Some("is too long")
        } else {
            None
        }
    }
}

const NO_PASSWORDS: Limit = Limit {
    credentials: "passwordCredentials",
    kinds: &["passwordAddition", "symmetricKeyAddition"],
    days: None,
};
const SHORT_PASSWORDS: Limit = Limit {
    credentials: "passwordCredentials",
    kinds: &["passwordLifetime", "symmetricKeyLifetime"],
    days: Some(180),
};
const SHORT_CERTIFICATES: Limit =
    Limit { credentials: "keyCredentials", kinds: &["asymmetricKeyLifetime"], days: Some(365) };

/// Days of a duration such as `P180D`, a part of a day counting as one.
fn lifetime(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    let calendar = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7
        + i64::from(span.get_days());
    let hours = i64::from(span.get_hours());
    let rest = span.get_minutes() > 0 || span.get_seconds() > 0 || hours % 24 > 0;
    Some(calendar + hours / 24 + i64::from(rest))
}

fn app_policy(facts: &Facts<'_, '_>) -> Result<Value, Gap> {
    let records = facts.records(Data::AppManagementPolicy)?;
    records.first().cloned().ok_or_else(|| Gap::field(Data::AppManagementPolicy, "a record"))
}

fn no_passwords_added(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let complaints = NO_PASSWORDS.complaints(&app_policy(facts)?);
    Ok(Reading::unless(
        &complaints,
        "No application can be given a password.",
        "Applications can be given passwords",
    ))
}

fn password_lifetime(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let policy = app_policy(facts)?;
    if NO_PASSWORDS.complaints(&policy).is_empty() {
        return Ok(Reading::not_applicable("No application can be given a password."));
    }
    Ok(Reading::unless(
        &SHORT_PASSWORDS.complaints(&policy),
        "Passwords of applications live 180 days at most.",
        "Passwords of applications may live longer than 180 days",
    ))
}

fn certificate_lifetime(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    Ok(Reading::unless(
        &SHORT_CERTIFICATES.complaints(&app_policy(facts)?),
        "Certificates of applications live 365 days at most.",
        "Certificates of applications may live longer than 365 days",
    ))
}

/// Guests see what members see of themselves, or less.
const LITTLE: [&str; 2] =
    ["2af84b1e-32c8-42b7-82bc-daa82404023b", "10dae51f-b6af-4016-8d66-8c2a99b929b3"];

fn guests_see_little(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let policies = facts.records(Data::AuthorizationPolicy)?;
    let roles = each(&policies, "/guestUserRoleId")?;
    let little = |role: &&Value| {
        role.as_str().is_some_and(|id| LITTLE.contains(&id.to_lowercase().as_str()))
    };
    Ok(if roles.len() == policies.len() && roles.iter().all(little) {
        Reading::met("Guests see little of the directory.")
    } else {
        Reading::not_met("Guests see the directory as members do.")
    })
}

/// CISA wants this word; the stricter "nobody" does not do.
fn few_invite(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let policies = facts.records(Data::AuthorizationPolicy)?;
    let who = each(&policies, "/allowInvitesFrom")?;
    Ok(if who.iter().all(|who| **who == "adminsAndGuestInviters") {
        Reading::met("Only administrators and guest inviters invite guests.")
    } else {
        let who = who.iter().filter_map(|who| who.as_str());
        Reading::not_met(format!("Invitations: {}.", crate::finding::some_names(who)))
    })
}
