//! Practices: privileged work is done on a dedicated, managed machine.

use model::{
    AttestationAnswer, ConditionalAccessPolicy, Evidence, Gap, RoleSet, Severity, SubjectKind, User,
};
use signin::{AZURE_MANAGEMENT, Device, Effect, Outcome, Question, SignIn, TrustType};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{SIGN_IN_DATA, narrowings};
use crate::finding::{Finding, count};
use crate::reach::{Demand, demand};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "att-privileged-workstation",
    title: "Privileged work is done on dedicated, managed machines",
    severity: Severity::Medium,
    kind: Kind::Attestation,
    license: License::None,
    reads: SIGN_IN_DATA,
    rationale: "A clean account on an infected machine is not clean: whoever owns the machine owns \
        the session.",
    passes_when: "Within the last year somebody has confirmed, in an attestation of the tenant \
        profile: administrators use a machine, real or virtual, without mail and browsing; none \
        signs in from a private device; and a plan for privileged access is written down. For a \
        managing partner its own machines are meant. Without an attestation it also passes when an \
        enabled policy blocks every holder of a highly privileged role on all devices but those \
        that a filter names, and is partial when each of them needs a managed device.",
    remediation: &[
        "Provide a dedicated machine, or a virtual one, for each administrator and one for the \
            emergency access accounts.",
        "Tag those devices and block administrators on all others with a device filter.",
        "Record the practice in the tenant profile as an attestation of \
            `att-privileged-workstation`.",
        "Entra admin center > Protection > Conditional Access > Policies > Conditions > Filter for \
            devices.",
    ],
    effort: 3,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.7v1"]),
        (Framework::CisM365, &["5.2.2.9"]),
        (Framework::Maester, &["MT.1014"]),
        (Framework::Nist80053, &["AC-20b"]),
    ],
    judge,
};

const STATEMENT: &str = "administrators work on dedicated machines without mail and browsing, none \
    signs in from a private device, and a plan for privileged access is written down.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judgement has this type")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let asked = || attestation::judge(context, CONTROL.id, STATEMENT, attestation::YEAR);
    let said = attestation::newest(context, CONTROL.id)
        .filter(|one| attestation::is_valid(context, one, attestation::YEAR))
        .map(|one| one.answer);
    let Ok(admins) = admins(context) else { return Ok(asked()) };
    if said == Some(AttestationAnswer::No) || admins.is_empty() {
        return Ok(asked());
    }
    let managed = needs_managed_device(context, &admins);
    let filter = managed.then(|| filtering(context, &admins)).flatten();
    let hints = filter.map(|policy| {
        let observed = "blocks every device of these administrators but those that a filter names";
        Evidence::context(SubjectKind::Policy, policy.id.as_str(), policy.name(), observed)
    });
    let everybody =
        count(admins.len(), "highly privileged administrator", "highly privileged administrators");
    Ok(match (said, filter, managed) {
        (None, Some(_), _) => {
            Finding::pass(format!("Only named devices let {everybody} in."))
        }
        (None, None, true) => Finding::partial(
            0.5,
            format!("{everybody} need a managed device; whether it is a dedicated one nobody has confirmed."),
        )
        .with([Evidence::setting("devices of administrators", "managed", "dedicated, as attested")])
        .would_pass_if("somebody could confirm that these machines are dedicated to administration"),
        (Some(_), ..) | (None, None, false) => asked(),
    }
    .with(hints))
}

/// Enabled users with a highly privileged role, active or eligible, emergency access accounts
/// aside.
fn admins<'t>(context: &Context<'t>) -> Result<Vec<&'t User>, Gap> {
    let emergency = context.emergency()?;
    let admins = context.directory()?.admins(RoleSet::HighlyPrivileged)?;
    Ok(admins
        .into_iter()
        .map(|(user, _)| user)
        .filter(|user| !emergency.recognizes(&user.id))
        .collect())
}

/// Whether no sign-in of theirs from an unknown device gets a token, whatever they present.
fn needs_managed_device(context: &Context<'_>, admins: &[&User]) -> bool {
    let answer = context.access().ask(&Question::unmanaged_device());
    admins.iter().all(|user| answer.outcome(&user.id) == Outcome::Refused)
}

/// A policy that blocks all of them on every device but those that its filter names: without any
/// other condition, and also on a compliant device that no filter can know.
fn filtering<'t>(context: &Context<'t>, admins: &[&User]) -> Option<&'t ConditionalAccessPolicy> {
    let mut ordinary = SignIn::to(AZURE_MANAGEMENT.into());
    ordinary.device = Device {
        registered: true,
        is_compliant: true,
        trust_type: Some(TrustType::Joined),
        ..Device::default()
    };
    let blocks = |policy: &ConditionalAccessPolicy, user: &User| {
        let decision = context.access().explain(&user.id, &ordinary);
        decision.is_some_and(|decision| {
            decision
                .policies
                .iter()
                .any(|reason| reason.policy == policy.id && reason.effect == Effect::Refused)
        })
    };
    let policies = context.tenant.conditional_access_policies.read().ok()?;
    policies.iter().find(|policy| {
        policy.is_enforced()
            && demand(policy) == Some(Demand::Block)
            && narrowings(policy) == ["it filters devices"]
            && admins.iter().all(|user| blocks(policy, user))
    })
}

#[cfg(test)]
mod tests {
    use model::{Data, Verdict};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn attested(fixture: Fixture, answer: &str) -> Fixture {
        fixture.declare(&format!(
            "[[attestation]]\ncontrol = \"att-privileged-workstation\"\nby = \"Sam\"\n\
             on = 2026-05-01\nanswer = \"{answer}\""
        ))
    }

    fn with(grant: Value, filter: &Value) -> Fixture {
        let mut one = policy("Administrators on their machines", grant);
        one["conditions"]["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
        one["conditions"]["devices"] = filter.clone();
        Fixture::exemplary().add(Data::ConditionalAccessPolicies, one)
    }

    fn filter(mode: &str, rule: &str) -> Value {
        json!({ "deviceFilter": { "mode": mode, "rule": rule } })
    }

    const TAGGED: &str = "device.extensionAttribute1 -eq \"PAW\"";

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, Fixture::exemplary())
            .is("confirmed", Verdict::Attested, attested(Fixture::exemplary(), "yes"))
            .is("denied", Verdict::AttestedNo, attested(Fixture::exemplary(), "no"))
            .partial("a managed device", 0.5, with(grant("compliantDevice"), &Value::Null))
            .is(
                "a managed device, confirmed",
                Verdict::Attested,
                attested(with(grant("compliantDevice"), &Value::Null), "yes"),
            )
            .passes("named devices only", with(grant("block"), &filter("exclude", TAGGED)))
            .is(
                "named devices, denied",
                Verdict::AttestedNo,
                attested(with(grant("block"), &filter("exclude", TAGGED)), "no"),
            )
            .is(
                "a filter that spares every unknown device",
                Verdict::Unattested,
                with(grant("block"), &filter("exclude", "device.extensionAttribute1 -ne \"PAW\"")),
            )
            .passes(
                "the same the other way round",
                with(grant("block"), &filter("include", "device.extensionAttribute1 -ne \"PAW\"")),
            )
            .is(
                "a filter that names devices to block",
                Verdict::Unattested,
                with(grant("block"), &filter("include", TAGGED)),
            );
        let some_devices = with(grant("block"), &filter("include", TAGGED));
        let mut managed = policy("Managed devices", grant("compliantDevice"));
        managed["conditions"]["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
        check(&CONTROL).partial(
            "managed devices, some of them blocked",
            0.5,
            some_devices.add(Data::ConditionalAccessPolicies, managed),
        );
    }

    #[test]
    fn policies_that_leave_an_administrator_out_do_not_count() {
        let out = with(grant("block"), &filter("exclude", TAGGED)).edit(
            Data::ConditionalAccessPolicies,
            |policies| {
                policies.last_mut().unwrap()["conditions"]["users"]["includeUsers"] =
                    json!([ADMIN_1]);
            },
        );
        check(&CONTROL).is("one administrator", Verdict::Unattested, out);
    }
}
