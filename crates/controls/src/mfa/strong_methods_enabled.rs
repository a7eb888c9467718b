//! MFA: people may register passkeys or certificates.

use model::{Data, Evidence, Gap, Severity};

use super::admins::Admins;
use super::methods::Method;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-strong-methods-enabled",
    title: "Passkeys or certificates are available to people",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[
        Data::AuthenticationMethodsPolicy,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::SubscribedSkus,
    ],
    rationale: "Nobody can register what the policy does not offer, and only passkeys, Windows \
        Hello for Business and certificates withstand a fake sign-in page.",
    passes_when: "`Fido2` or `X509Certificate` is enabled for all users, or for groups that hold \
        every administrator, and `MicrosoftAuthenticator` is enabled. Less of it is partial; \
        neither passkeys nor certificates for anybody fails. Attestation and key restrictions are \
        not required.",
    remediation: &[
        "Enable Passkey (FIDO2) for all users, with self-service set-up allowed.",
        "Keep Microsoft Authenticator enabled beside it.",
        "Entra admin center > Protection > Authentication methods > Policies > Passkey (FIDO2).",
    ],
    effort: 1,
    sources: &[source::S2, source::S4],
    mappings: &[
        (
            Framework::Eidsca,
            &[
                "EIDSCA.AF01",
                "EIDSCA.AF02",
                "EIDSCA.AF03",
                "EIDSCA.AF04",
                "EIDSCA.AF05",
                "EIDSCA.AF06",
                "EIDSCA.AT01",
                "EIDSCA.AT02",
            ],
        ),
        (Framework::Nist80053, &["IA-2(8)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let strong = [Method::of(context, "Fido2")?, Method::of(context, "X509Certificate")?];
    let authenticator = Method::of(context, "MicrosoftAuthenticator")?;
    let mut notes: Vec<Evidence> = strong.iter().map(Method::evidence).collect();
    notes.push(authenticator.evidence());
    notes.extend(hints(context, &strong));
    let change = "passkeys were enabled for all users, beside Microsoft Authenticator";
    if !strong.iter().any(Method::is_offered) {
        let violations = strong.iter().map(|method| method.violation("enabled for all users"));
        return Ok(Finding::fail("Nobody may register a passkey or a certificate.")
            .with(violations)
            .with(notes)
            .would_pass_if(change));
    }
    let mut offered_to = None;
    for method in &strong {
        if method.is_for_all() {
            offered_to = Some("everybody");
        } else if method.is_offered() && offered_to.is_none() {
            let admins = Admins::of(context)?;
            let reach = method.reach(context)?;
            if admins.users().all(|user| reach.has(&user.id)) {
                admins.complete()?;
                // All of nobody proves nothing.
                offered_to = (!admins.judged.is_empty()).then_some("all administrators");
            }
        }
    }
    Ok(match offered_to {
        Some(whom) if authenticator.is_offered() => {
            Finding::pass(format!("Passkeys or certificates are available to {whom}.")).with(notes)
        }
        Some(whom) => Finding::partial(
            0.5,
            format!(
                "Passkeys or certificates are available to {whom}, but Microsoft Authenticator is \
                 not."
            ),
        )
        .with([authenticator.violation("enabled")])
        .with(notes)
        .would_pass_if("Microsoft Authenticator were enabled too"),
        None => {
            Finding::partial(0.5, "Passkeys or certificates are available to some people only.")
                .with(
                    strong
                        .iter()
                        .filter(|method| method.is_offered())
                        .map(|method| method.violation("enabled for all users")),
                )
                .with(notes)
                .would_pass_if(change)
        }
    })
}

/// Settings beside it that weaken or hinder.
fn hints(context: &Context<'_>, strong: &[Method<'_>]) -> Vec<Evidence> {
    let no_self_service = strong.iter().any(|method| {
        method.is_enabled && method.settings.is_self_service_registration_allowed == Some(false)
    });
    let reusable = Method::of(context, "TemporaryAccessPass")
        .is_ok_and(|pass| pass.is_enabled && pass.settings.is_usable_once == Some(false));
    let rules = [
        (no_self_service, "Fido2", "people cannot register passkeys themselves"),
        (reusable, "TemporaryAccessPass", "may be used more than once"),
    ];
    let told = rules.into_iter().filter(|(holds, ..)| *holds);
    told.map(|(_, name, words)| Evidence::setting(name, words, "")).collect()
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const SOME: &str = "b1000000-0000-4000-8000-000000000001";

    fn state(fixture: Fixture, id: &str, state: &str, targets: Option<Value>) -> Fixture {
        fixture.edit(Data::AuthenticationMethodsPolicy, |policies| {
            let methods = &mut policies[0]["authenticationMethodConfigurations"];
            let methods = methods.as_array_mut().unwrap();
            let method = methods.iter_mut().find(|method| method["id"] == id).unwrap();
            method["state"] = json!(state);
            if let Some(targets) = targets {
                method["includeTargets"] = targets;
            }
        })
    }

    fn passkeys_for(members: &[&str]) -> Fixture {
        let target = json!([{ "targetType": "group", "id": SOME }]);
        state(Fixture::exemplary(), "Fido2", "enabled", Some(target)).add(
            Data::GroupMembers,
            json!({ "groupId": SOME, "memberIds": members, "transitive": false }),
        )
    }

    #[test]
    fn verdicts() {
        let without = || state(Fixture::exemplary(), "Fido2", "disabled", None);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("certificates instead", state(without(), "X509Certificate", "enabled", None))
            .passes("all administrators", passkeys_for(&[ADMIN_1, ADMIN_2]))
            .partial("no administrator to be judged", 0.5, {
                passkeys_for(&[PERSON_1]).set(Data::RoleEligibilityScheduleInstances, json!([]))
            })
            .partial("some administrators", 0.5, passkeys_for(&[ADMIN_1, PERSON_1]))
            .partial(
                "no Authenticator",
                0.5,
                state(Fixture::exemplary(), "MicrosoftAuthenticator", "disabled", None),
            )
            .fails_on("Authenticator alone", without(), &["Fido2", "X509Certificate"])
            .fails("enabled for nobody", {
                state(Fixture::exemplary(), "Fido2", "enabled", Some(json!([])))
            })
            .unknown(
                "eligible administrators refused",
                UnknownReason::Permission,
                passkeys_for(&[ADMIN_1, ADMIN_2, EMERGENCY_1, EMERGENCY_2])
                    .forbidden(Data::RoleEligibilityScheduleInstances),
            )
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthenticationMethodsPolicy),
            );
    }
}
