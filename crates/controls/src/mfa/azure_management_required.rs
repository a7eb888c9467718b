//! MFA: Azure management asks everybody for MFA.

use model::{Evidence, Gap, NotApplicableReason, Severity, Verdict};
use signin::Question;

use super::admins::Admins;
use super::admins_required::ADMIN_SIGN_IN_DATA;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Protection, context_on, mailbox_note, near_misses, weak_as_mfa};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-azure-management",
    title: "Azure management asks everybody for MFA",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: ADMIN_SIGN_IN_DATA,
    rationale: "Whoever reaches Azure can delete servers, read keys and run up costs, and rights \
        there are granted to people without any directory role.",
    passes_when: "Security defaults are on; or every person needs more than one factor at each \
        sign-in to Windows Azure Service Management API \
        (797f4846-ba00-4fd7-ba43-dac1f8f63013), by a policy for it or for all resources. At least \
        90 % of people is partial, with the share as credit; all administrators but fewer people \
        is partial (half). Microsoft's own mandatory MFA for portals and tools cannot be read and \
        lifts no verdict.",
    remediation: &[
        "Require MFA of all users for all resources, or for Windows Azure Service Management API, \
         with the template `Require multifactor authentication for Azure management`.",
        "Exclude nobody but emergency access accounts; give automation a workload identity.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisM365, &["5.1.2.4", "5.2.2.2"]),
        (Framework::Maester, &["MT.1008"]),
        (Framework::Nist80053, &["IA-2(1)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let summary = "Azure management asks everybody for MFA.";
    if let Some(pass) = protection.by_security_defaults(summary) {
        return Ok(pass.with([mandatory()]));
    }
    let people = context.people()?;
    if people.members.is_empty() {
        let why = "There are no people in the tenant.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let admins = Admins::of(context)?;
    let question = Question::azure_management();
    let otherwise = "one factor, such as the password, is enough for";
    let members = people.members.iter().copied();
    let mut coverage = Coverage::of(context, members, &question, otherwise, weak_as_mfa);
    coverage.settle_per_user_mfa(context, &question);
    let finding = coverage
        .decide(|coverage| verdict(context, &admins, coverage))
        .with(service_accounts(context, &admins))
        .with([mandatory()])
        .with(mailbox_note(context))
        .judged(coverage.judged(), &people.left_out());
    protection.limit(context, finding)
}

fn verdict(context: &Context<'_>, admins: &Admins<'_, '_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    if coverage.is_whole() {
        return Finding::pass(format!("Azure management asks all of {whole} for MFA."))
            .with(coverage.enforcing(context));
    }
    let names = coverage.names();
    let summary = coverage.shortfall(
        ("person", "people"),
        "can reach Azure management with one factor",
        "something weaker can replace MFA there",
    );
    let share = coverage.credit();
    let admins_covered = !admins.judged.is_empty()
        && !coverage.short().any(|(user, _)| admins.of_user(user).is_some());
    let finding = if share >= 0.9 {
        Finding::partial(share, summary)
    } else if admins_covered && admins.complete().is_ok() {
        Finding::partial(0.5, format!("{summary} Administrators are asked for MFA."))
    } else {
        Finding::fail(summary)
    };
    let misses = (finding.verdict != Verdict::Pass).then(|| near_misses(context));
    finding
        .with(coverage.violations("MFA for Azure management"))
        .with(coverage.enforcing(context))
        .with(misses.into_iter().flatten())
        .would_pass_if(format!("an enabled policy required MFA of {names} for Azure management"))
}

/// Microsoft's own MFA is beside the point, but a reader will ask.
fn mandatory() -> Evidence {
    Evidence::setting(
        "Microsoft's mandatory MFA",
        "applies to Azure portals and tools besides; it cannot be read and may be postponed",
        "",
    )
}

/// Service accounts with a role, which mandatory MFA is going to stop.
fn service_accounts(context: &Context<'_>, admins: &Admins<'_, '_>) -> Vec<Evidence> {
    let Ok(people) = context.people() else { return Vec::new() };
    let told = admins.users().filter(|user| people.service.contains(&user.id)).map(|user| {
        let roles = admins.roles(user);
        context_on(user, format!("service account with a role, which mandatory MFA stops: {roles}"))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const AZURE: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

    fn only(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant("mfa"));
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn for_application(id: &str) -> Fixture {
        only(|conditions| conditions["applications"]["includeApplications"] = json!([id]))
    }

    /// Ten people more, so that one of 16 is above nine tenths.
    fn sixteen(fixture: Fixture) -> Fixture {
        (0..10).fold(fixture, |fixture, number| {
            let id = format!("a1000000-0000-4000-8000-{number:012}");
            fixture.add(Data::Users, person(&id, &format!("p{number}")))
        })
    }

    fn excluding(ids: &[&str]) -> Fixture {
        only(|conditions| conditions["users"]["excludeUsers"] = json!(ids))
    }

    #[test]
    fn verdicts() {
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        let free = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("the application alone", for_application(AZURE))
            .fails("the portal's own application is not enough", {
                for_application("c44b4083-3bb0-49c1-b47d-974e53cbdf3c")
            })
            .fails(
                "left out of a policy for all resources",
                only(|conditions| {
                    conditions["applications"]["excludeApplications"] = json!([AZURE]);
                }),
            )
            .partial("15 of 16", 15.0 / 16.0, sixteen(excluding(&[PERSON_2])))
            .partial(
                "administrators only",
                0.5,
                only(|conditions| {
                    conditions["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
                }),
            )
            .fails("a third-party control alone", {
                let mut custom = policy("Custom", grant("mfa"));
                custom["grantControls"]["builtInControls"] = json!([]);
                custom["grantControls"]["customAuthenticationFactors"] = json!(["Other"]);
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([custom]))
            })
            .fails_on("administrators excluded", excluding(&[ADMIN_1]), &[ADMIN_1])
            .passes("security defaults", {
                free(bare()).with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            })
            .fails("nothing, unlicensed", free(bare()))
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("users refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::Users)
            });
    }
}
