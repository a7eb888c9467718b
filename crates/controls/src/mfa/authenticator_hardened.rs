//! MFA: Authenticator shows where a prompt comes from, and people can report strange ones.

use model::{Data, Evidence, FeatureSetting, Gap, Severity};

use super::methods::Method;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-authenticator-hardened",
    title: "Authenticator shows context, and people can report strange prompts",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::AuthenticationMethodsPolicy],
    rationale: "People who see which application and which place asks approve fewer prompts of an \
        attacker, and a report of a strange one is the first alarm.",
    passes_when: "`MicrosoftAuthenticator` is disabled; or application name and location are \
        shown (`enabled`, not `default`) to everybody who may use it without exception, and \
        reporting suspicious activity is enabled for all users. Where the service does not tell \
        about reporting, the rest decides. It fails when both display settings are disabled. \
        Number matching is always on and not looked at.",
    remediation: &[
        "Enable `Show application name` and `Show geographic location` for all users.",
        "Entra admin center > Protection > Authentication methods > Policies > Microsoft \
         Authenticator > Configure.",
        "Enable `Report suspicious activity` for all users.",
        "Entra admin center > Protection > Authentication methods > Settings.",
    ],
    effort: 1,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.3v2"]),
        (Framework::CisM365, &["5.2.3.1", "5.2.3.6", "5.2.3.10"]),
        (
            Framework::Eidsca,
            &[
                "EIDSCA.AM01",
                "EIDSCA.AM06",
                "EIDSCA.AM07",
                "EIDSCA.AM09",
                "EIDSCA.AM10",
                "EIDSCA.AG02",
                "EIDSCA.AG03",
            ],
        ),
        (Framework::Nist80053, &["IA-2(13)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let policy = context.tenant.authentication_methods_policy.one()?;
    let authenticator = Method::of(context, "MicrosoftAuthenticator")?;
    if !authenticator.is_enabled {
        return Ok(Finding::pass("Microsoft Authenticator is not in use.")
            .with([authenticator.evidence()]));
    }
    let features = authenticator.settings.feature_settings.as_ref();
    let application = features.and_then(|all| all.display_app_information_required_state.as_ref());
    let location =
        features.and_then(|all| all.display_location_information_required_state.as_ref());
    let reporting = policy.report_suspicious_activity_settings.as_ref();
    let shown = [
        ("displayAppInformationRequiredState", required(application)?, &authenticator),
        ("displayLocationInformationRequiredState", required(location)?, &authenticator),
    ];
    let mut violations: Vec<Evidence> = shown
        .iter()
        .filter(|(_, setting, method)| !reaches_users_of(setting, method))
        .map(|(name, setting, _)| violation(name, setting))
        .collect();
    let hidden = shown.iter().all(|(_, setting, _)| state(setting) == "disabled");
    if let Some(setting) = reporting.filter(|setting| !is_for_all(setting)) {
        violations.push(violation("reportSuspiciousActivitySettings", setting));
    }
    let note = reporting.is_none().then(|| {
        Evidence::setting("reportSuspiciousActivitySettings", "not told by the service", "")
    });
    let change = "application name and location were shown to everybody, and everybody could \
                  report suspicious activity";
    let finding = if violations.is_empty() {
        Finding::pass(match reporting {
            Some(_) => "Authenticator shows application and location, and people can report.",
            None => "Authenticator shows application and location.",
        })
    } else if hidden {
        Finding::fail("Authenticator shows neither the application nor the location.")
    } else {
        let missing = violations.iter().map(|evidence| evidence.subject.id.as_str());
        let missing = missing.collect::<Vec<_>>().join(", ");
        Finding::partial(0.5, format!("Not enabled for everybody: {missing}."))
    };
    Ok(finding.with(violations).with(note).would_pass_if(change))
}

fn required(setting: Option<&FeatureSetting>) -> Result<&FeatureSetting, Gap> {
    setting.filter(|setting| setting.state.is_some()).ok_or_else(|| {
        Gap::field(Data::AuthenticationMethodsPolicy, "the display settings of Authenticator")
    })
}

fn state(setting: &FeatureSetting) -> &str {
    setting.state.as_deref().unwrap_or_default()
}

/// Whether it is switched on, and nobody is excepted.
fn is_on(setting: &FeatureSetting) -> bool {
    let excluded = setting.exclude_target.as_ref().and_then(|target| target.id.as_deref());
    state(setting) == "enabled"
        && excluded.is_none_or(|id| id == "00000000-0000-0000-0000-000000000000")
}

fn is_for_all(setting: &FeatureSetting) -> bool {
    is_on(setting) && setting.include_target.as_ref().is_some_and(model::MethodTarget::is_all)
}

/// Whether it is on for everybody who may use Authenticator: all users, or the one group that the
/// method is offered to.
fn reaches_users_of(setting: &FeatureSetting, method: &Method<'_>) -> bool {
    let group = setting.include_target.as_ref().and_then(|target| target.id.as_ref());
    let same = method.settings.include_targets.iter().all(|target| target.id.as_ref() == group);
    is_for_all(setting) || is_on(setting) && group.is_some() && same
}

fn violation(name: &str, setting: &FeatureSetting) -> Evidence {
    let whom = match &setting.include_target {
        Some(target) if target.is_all() => "all users",
        Some(_) => "one group",
        None => "nobody in particular",
    };
    Evidence::setting(name, format!("{} for {whom}", state(setting)), "enabled for all users")
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const SOME: &str = "b1000000-0000-4000-8000-000000000001";

    fn authenticator(change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(Data::AuthenticationMethodsPolicy, |policies| {
            let methods = &mut policies[0]["authenticationMethodConfigurations"];
            let methods = methods.as_array_mut().unwrap();
            change(
                methods.iter_mut().find(|method| method["id"] == "MicrosoftAuthenticator").unwrap(),
            );
        })
    }

    fn display(setting: &str, member: &str, value: &Value) -> Fixture {
        authenticator(|method| method["featureSettings"][setting][member] = value.clone())
    }

    const APPLICATION: &str = "displayAppInformationRequiredState";
    const LOCATION: &str = "displayLocationInformationRequiredState";

    #[test]
    fn verdicts() {
        let some = json!({ "targetType": "group", "id": SOME });
        let reporting = |value: Value| {
            Fixture::exemplary().with_member(
                Data::AuthenticationMethodsPolicy,
                "reportSuspiciousActivitySettings",
                &value,
            )
        };
        let everyone = json!({ "targetType": "group", "id": "all_users" });
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("not in use", authenticator(|method| method["state"] = json!("disabled")))
            .passes("number matching is not looked at", {
                authenticator(|method| {
                    method["featureSettings"]["numberMatchingRequiredState"] =
                        json!({ "state": "disabled" });
                })
            })
            .passes("beta did not answer", reporting(Value::Null))
            .partial("default", 0.5, display(LOCATION, "state", &json!("default")))
            .partial("one is off", 0.5, display(APPLICATION, "state", &json!("disabled")))
            .partial("one group only", 0.5, display(LOCATION, "includeTarget", &some))
            .partial("a group excepted", 0.5, display(LOCATION, "excludeTarget", &some))
            .passes("the group that uses it", {
                authenticator(|method| {
                    method["includeTargets"] = json!([some]);
                    method["featureSettings"][APPLICATION]["includeTarget"] = some.clone();
                    method["featureSettings"][LOCATION]["includeTarget"] = some.clone();
                })
            })
            .partial(
                "reporting as Microsoft decides, which is off",
                0.5,
                reporting(json!({ "state": "default", "includeTarget": everyone })),
            )
            .fails_on(
                "both off",
                authenticator(|method| {
                    method["featureSettings"][APPLICATION]["state"] = json!("disabled");
                    method["featureSettings"][LOCATION]["state"] = json!("disabled");
                }),
                &[APPLICATION, LOCATION],
            )
            .unknown(
                "no state",
                UnknownReason::FieldMissing,
                display(LOCATION, "state", &json!(null)),
            )
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthenticationMethodsPolicy),
            );
    }
}
