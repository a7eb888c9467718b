//! The authentication methods policy.

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, objects, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.AAD.3.3v2", authenticator_shows_context),
    ("MS.AAD.3.4v1", migration_complete),
    ("MS.AAD.3.5v2", weak_methods_off),
];

const DATA: Data = Data::AuthenticationMethodsPolicy;

/// Each part of the policy, in an export or in a snapshot of our own.
struct Methods {
    /// The policy object; null where the export lacks it.
    policy: Value,
    /// The methods; `None` where the export lacks them.
    methods: Option<Vec<Value>>,
}

fn methods(facts: &Facts<'_, '_>) -> Result<Methods, Gap> {
    if facts.is_import() {
        let kept = facts.kept_or("authenticationMethod", DATA, "authentication_method")?;
        let first = kept.first().cloned().unwrap_or_default();
        let listed = first.get("authentication_method_feature_settings");
        return Ok(Methods {
            policy: first.get("authentication_method_policy").cloned().unwrap_or_default(),
            methods: listed.map(|it| objects(Some(it)).cloned().collect()),
        });
    }
    let records = facts.records(DATA)?;
    let policy = records.first().cloned().ok_or_else(|| Gap::field(DATA, "a record"))?;
    let listed = policy.get("authenticationMethodConfigurations");
    Ok(Methods { methods: listed.map(|it| objects(Some(it)).cloned().collect()), policy })
}

fn settings(facts: &Facts<'_, '_>) -> Result<Vec<Value>, Gap> {
    let settings = methods(facts)?.methods.filter(|settings| !settings.is_empty());
    settings.ok_or_else(|| Gap::field(DATA, "the settings of the methods"))
}

fn is_method(method: &Value, id: &str) -> bool {
    word(method, "id").eq_ignore_ascii_case(id)
}

fn is_enabled(method: &Value) -> bool {
    word(method, "state") == "enabled"
}

fn authenticator_shows_context(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let methods = settings(facts)?;
    let Some(method) = methods.iter().find(|it| is_method(it, "MicrosoftAuthenticator")) else {
        return Ok(Reading::not_applicable("Microsoft Authenticator is not in use."));
    };
    if !is_enabled(method) {
        return Ok(Reading::not_applicable("Microsoft Authenticator is switched off."));
    }
    let shown = |feature: &str| {
        let at = |member: &str| {
            method
                .pointer(&format!("/featureSettings/{feature}/{member}"))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        at("state") == "enabled" && at("includeTarget/id") == "all_users"
    };
    let mut complaints = Vec::new();
    if method.get("isSoftwareOathEnabled") != Some(&Value::Bool(false)) {
        complaints
            .push("one-time codes of Microsoft Authenticator are not switched off".to_owned());
    }
    for (feature, what) in [
        ("displayAppInformationRequiredState", "the application is not shown to everybody"),
        ("displayLocationInformationRequiredState", "the place is not shown to everybody"),
    ] {
        if !shown(feature) {
            complaints.push(what.to_owned());
        }
    }
    Ok(Reading::unless(
        &complaints,
        "Microsoft Authenticator shows application and place to everybody, without one-time codes.",
        "Microsoft Authenticator is on",
    ))
}

fn migration_complete(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    Ok(match methods(facts)?.policy.get("policyMigrationState") {
        // Tenants made after the old settings were taken away have nothing to migrate.
        Some(Value::Null) => Reading::met("The tenant has nothing to migrate."),
        Some(state) if state == "migrationComplete" => Reading::met("The migration is complete."),
        Some(state) => {
            Reading::not_met(format!("The state is {}.", state.as_str().unwrap_or("not a text")))
        }
        None => Reading::not_met(
            "The state of the migration is missing in what was read, which CISA counts as not met.",
        ),
    })
}

fn weak_methods_off(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let methods = settings(facts)?;
    let complaints: Vec<String> = ["Sms", "Voice", "Email"]
        .into_iter()
        .filter(|id| methods.iter().any(|it| is_method(it, id) && word(it, "state") != "disabled"))
        .map(str::to_owned)
        .collect();
    Ok(Reading::unless(
        &complaints,
        "SMS, voice calls and email one-time passcodes are off.",
        "Not switched off",
    ))
}
