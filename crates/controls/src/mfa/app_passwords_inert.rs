//! MFA: app passwords cannot be used.

use model::{Data, Evidence, Gap, Severity};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Mechanism, Protection, with_per_user_mfa};
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

const ID: &str = "mfa-app-passwords-inert";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "App passwords cannot be used",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: &[
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::NamedLocations,
        Data::AuthenticationStrengthPolicies,
        Data::SubscribedSkus,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::UserAuthenticationRequirements,
        Data::CrossTenantAccessPolicy,
        Data::ServicePrincipals,
        Data::SignInActivity,
        Data::ExchangeMailboxes,
    ],
    rationale: "An app password skips MFA, survives a password reset, and lives in devices that \
        nobody tracks.",
    passes_when: "Security defaults or enabled Conditional Access policies refuse legacy \
        authentication to every person, which stops app passwords too. At least 95 % of people is \
        partial, and so is an attestation that nobody can create app passwords any more. Else it \
        fails while somebody uses per-user MFA, and waits for an attestation otherwise. No API \
        lists app passwords.",
    remediation: &[
        "Block legacy authentication for everybody.",
        "Untick `Allow users to create app passwords` on the older service settings page.",
        "Entra admin center > Protection > Conditional Access > Named locations > Configure \
         multifactor authentication trusted IPs.",
    ],
    effort: 1,
    sources: &[source::S4],
    mappings: &[(Framework::CisM365, &["5.1.2.1", "5.2.2.3"]), (Framework::Nist80053, &["CM-7"])],
    judge,
};

const STATEMENT: &str = "nobody can create app passwords, and those that exist were removed.";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let summary = "legacy authentication is refused, and app passwords with it.";
    if let Some(pass) = protection.by_security_defaults(summary) {
        return Ok(pass);
    }
    let people = context.people()?;
    let all_open;
    let coverage = if protection.mechanism == Mechanism::ConditionalAccess {
        context.legacy_of_people()?
    } else {
        // Nothing that could be relied on refuses legacy authentication.
        let uncovered = people.members.iter().map(|user| (*user, String::new())).collect();
        all_open = Coverage { uncovered, ..Coverage::default() };
        &all_open
    };
    let in_use = per_user_mfa(context);
    let finding = coverage.decide(|coverage| {
        let whole = count(coverage.judged(), "person", "people");
        let change = "legacy authentication were refused to everybody";
        if coverage.is_whole() {
            return Finding::pass(format!(
                "Legacy authentication is refused to all of {whole}, and app passwords with it."
            ));
        }
        let share = ratio(coverage.covered.len(), coverage.judged());
        let open = count(coverage.judged() - coverage.covered.len(), "person", "people");
        let violation =
            [Evidence::setting("legacy authentication", format!("open to {open}"), "refused")];
        if share >= 0.95 {
            Finding::partial(0.5, format!("App passwords would still work for {open} of {whole}."))
                .with(violation)
                .would_pass_if(change)
        } else if attestation::holds(context, ID, attestation::YEAR) {
            Finding::partial(0.5, "Creating app passwords was attested as off; existing ones work.")
                .with(violation)
                .with(attestation::newest(context, ID).map(attestation::evidence))
                .would_pass_if(change)
        } else {
            match &in_use {
                Ok(names) if !names.is_empty() => {
                    let names = some_names(names.iter().copied());
                    Finding::fail(format!(
                        "Legacy authentication is open, and per-user MFA, which gives app \
                         passwords, is in use: {names}."
                    ))
                    .with(violation)
                    .with([Evidence::setting("per-user MFA", names, "disabled")])
                    .would_pass_if(change)
                }
                Ok(_) => attestation::judge(context, ID, STATEMENT, attestation::YEAR),
                Err(gap) => {
                    Finding::unknown(gap.unknown_reason(), format!("Could not be judged: {gap}."))
                }
            }
        }
    });
    if finding.verdict != model::Verdict::Pass {
        protection.is_sure()?;
    }
    Ok(finding.judged(coverage.judged(), &people.left_out()))
}

/// Names of the people whom per-user MFA is in use for.
fn per_user_mfa<'t>(context: &Context<'t>) -> Result<Vec<&'t str>, Gap> {
    context.tenant.user_authentication_requirements.read()?;
    let in_use = with_per_user_mfa(context);
    let people = context.people()?.members.iter();
    Ok(people.filter(|user| in_use.contains(&user.id)).map(|user| user.name()).collect())
}

#[cfg(test)]
mod tests {
    use model::{Plan, UnknownReason, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    /// Nothing refuses legacy authentication; everybody is in this state of per-user MFA.
    fn open(state: &str) -> Fixture {
        let mut mfa = policy("MFA", grant("mfa"));
        mfa["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([mfa])).with_member(
            Data::UserAuthenticationRequirements,
            "perUserMfaState",
            &json!(state),
        )
    }

    #[test]
    fn verdicts() {
        let attested = "[[attestation]]\ncontrol = \"mfa-app-passwords-inert\"\nby = \"m\"\n\
                        on = 2026-10-01";
        let one_of_twenty = (0..14).fold(
            Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |policies| {
                for policy in policies {
                    policy["conditions"]["users"]["excludeUsers"] = json!([PERSON_2]);
                }
            }),
            |fixture, number| {
                let id = format!("a1000000-0000-4000-8000-{number:012}");
                fixture.add(Data::Users, person(&id, &format!("p{number}")))
            },
        );
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("security defaults", {
                Fixture::exemplary()
                    .set(Data::ConditionalAccessPolicies, json!([]))
                    .with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
                    .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            })
            .partial("19 of 20", 0.5, one_of_twenty)
            .fails("open, and per-user MFA in use", open("enforced"))
            .is("open, no per-user MFA", Verdict::Unattested, open("disabled"))
            .partial("open, attested", 0.5, open("disabled").declare(attested))
            .partial("per-user MFA, attested", 0.5, open("enforced").declare(attested))
            .unknown("per-user MFA refused", UnknownReason::Permission, {
                open("disabled").forbidden(Data::UserAuthenticationRequirements)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            });
    }
}
