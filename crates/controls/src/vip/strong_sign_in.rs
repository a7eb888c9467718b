//! Priority accounts: they sign in with strong MFA.

use std::collections::BTreeSet;

use model::{Data, Gap, Id, NotApplicableReason, Plan, Severity};
use signin::Question;

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::coverage::{
    Coverage, Mechanism, Protection, context_on, near_misses, per_user_enforced,
};
use crate::finding::{Finding, count};
use crate::mfa::registration::{Quality, Registration, is_newcomer, registers_elsewhere};
use crate::priority::Priority;
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "vip-signin-strength",
    title: "Priority accounts sign in with strong MFA",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeVipUsers,
        Data::ExchangeMailboxes,
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
        Data::UserRegistrationDetails,
        Data::UserAuthenticationMethods,
        Data::CrossTenantAccessPolicy,
        Data::ServicePrincipals,
        Data::SignInActivity,
        Data::Domains,
        Data::UserHomeTenants,
    ],
    rationale: "Executives ask for exceptions, get them, and are the ones attackers come for.",
    passes_when: "For every priority account: security defaults are on, or each modern sign-in to \
        every application needs more than one factor by enabled Conditional Access policies; the \
        account is MFA-capable; and it registered something better than text messages and calls. \
        The share that meets all three is the credit. It fails below one half, and when a single \
        factor is enough for one of them. Accounts younger than `newcomer-grace` (14 days) that \
        have not registered yet are left out.",
    remediation: &[
        "Give the accounts below passkeys first, then Microsoft Authenticator as the second method.",
        "Take them off the exclusion lists of Conditional Access policies.",
        "Entra admin center > Protection > Conditional Access > Policies, and Users > (the user) > \
         Authentication methods.",
    ],
    effort: 2,
    sources: &[S0, S1],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.1v1"]),
        (Framework::CisM365, &["5.2.2.2", "5.2.3.4"]),
        (Framework::Nist80053, &["IA-2(2)", "IA-2(8)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let priority = Priority::of(context)?;
    let protection = Protection::of(context)?;
    let users = priority.users.iter().copied();
    let forced = match protection.mechanism {
        Mechanism::SecurityDefaults => Coverage { covered: users.collect(), ..Coverage::default() },
        Mechanism::PerUserMfa => per_user_enforced(context, users)?,
        _ => Coverage::of_single_factor(context, users, &Question::single_factor()),
    };
    let exposed: BTreeSet<&Id> =
        forced.uncovered.iter().chain(&forced.undetermined).map(|(user, _)| &user.id).collect();
    let enforcing = forced.enforcing(context);
    let (strong, notes, newcomers) = strong(context, forced)?;
    if strong.judged() + strong.undetermined.len() == 0 {
        let why = "Every priority account is new and has not registered yet.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why).with(notes));
    }
    let finding = strong.decide(|strong| verdict(strong, &exposed));
    let misses = (strong.is_whole()).then(Vec::new).unwrap_or_else(|| near_misses(context));
    let finding = finding
        .with(notes)
        .with(enforcing)
        .with(misses)
        .with(priority.evidence())
        .judged(strong.judged(), &[("newcomer", newcomers)]);
    protection.limit(context, finding)
}

fn verdict(strong: &Coverage<'_>, exposed: &BTreeSet<&Id>) -> Finding {
    let people = count(strong.judged(), "priority account", "priority accounts");
    let names = strong.names();
    let summary = if strong.is_whole() {
        format!("All of {people} are forced through MFA and can do better than text messages.")
    } else {
        let short = strong.uncovered.len();
        format!("{short} of {people} can sign in without strong MFA: {names}.")
    };
    let open = strong.uncovered.iter().any(|(user, _)| exposed.contains(&user.id));
    let finding = if strong.is_whole() {
        Finding::pass(summary)
    } else if open || strong.credit() < 0.5 {
        Finding::fail(summary)
    } else {
        Finding::partial(strong.credit(), summary)
    };
    finding
        .with(strong.violations("forced through MFA, able to do it, and better than by phone"))
        .would_pass_if(format!(
            "MFA were required of {names}, and each registered a passkey or \
                                Microsoft Authenticator"
        ))
}

/// Of those forced through MFA or not, who meets all three; notes on them; and how many newcomers
/// were left out.
fn strong<'t>(
    context: &Context<'t>,
    forced: Coverage<'t>,
) -> Result<(Coverage<'t>, Vec<model::Evidence>, usize), Gap> {
    let registrations = context.registrations();
    if let (Err(gap), true) = (&registrations, forced.uncovered.is_empty()) {
        return Err(gap.clone());
    }
    let (mut notes, mut newcomers) = (Vec::new(), 0);
    // Whoever needs no second factor is decided, whatever is registered.
    let mut strong = Coverage {
        uncovered: forced.uncovered,
        undetermined: forced.undetermined,
        ..Coverage::default()
    };
    let weakly = forced.weakly.into_iter().map(|(user, why)| (user, Some(why)));
    for (user, weak) in forced.covered.into_iter().map(|user| (user, None)).chain(weakly) {
        let registrations = match &registrations {
            Ok(registrations) => registrations,
            Err(gap) => {
                strong.undetermined.push((user, gap.to_string()));
                continue;
            }
        };
        let found = registrations.of_user(user);
        let methods = found.map(Registration::words).unwrap_or_default();
        if let Some(why) = weak {
            strong.uncovered.push((user, why.to_owned()));
            continue;
        }
        match (found, found.and_then(|found| found.capable)) {
            (Some(found), Some(true)) if found.has_strong() => {
                let merit =
                    if found.has(Quality::PhishingResistant) { "; phishing-resistant" } else { "" };
                notes.push(context_on(user, format!("registered {methods}{merit}")));
                strong.covered.push(user);
            }
            _ if is_newcomer(context, user) => {
                newcomers += 1;
                notes.push(context_on(user, "newcomer, not registered yet"));
            }
            _ if registers_elsewhere(context, user)? => {
                let why = "its identity provider does MFA, which Microsoft does not report";
                strong.undetermined.push((user, why.to_owned()));
            }
            (Some(found), Some(true)) if found.has(Quality::Unknown) => {
                strong.undetermined.push((user, format!("unknown methods: {methods}")));
            }
            (Some(_), Some(true)) => {
                strong.uncovered.push((user, format!("registered nothing better than {methods}")));
            }
            (Some(_), Some(false)) => {
                strong.uncovered.push((user, format!("cannot use MFA: registered {methods}")));
            }
            _ => strong.undetermined.push((user, "its registration is not reported".to_owned())),
        }
    }
    Ok((strong, notes, newcomers))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason::{NotConfigured, Permission, Undetermined};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    const REPORT: Data = Data::UserRegistrationDetails;

    /// The priority account registered these methods.
    fn registered(methods: &[&str], capable: bool) -> Fixture {
        Fixture::exemplary().edit(REPORT, |rows| {
            for row in rows.iter_mut().filter(|row| row["id"] == PERSON_1) {
                row["methodsRegistered"] = json!(methods);
                row["isMfaCapable"] = json!(capable);
            }
        })
    }

    /// Everybody but these is forced through MFA.
    fn excluding(ids: &[&str]) -> Fixture {
        let mut only = policy("MFA", grant("mfa"));
        only["conditions"]["users"]["excludeUsers"] = json!(ids);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([only]))
    }

    fn more(fixture: Fixture, people: &[&str]) -> Fixture {
        fixture.edit(Data::ExchangeVipUsers, |tagged| {
            tagged.extend(people.iter().map(|id| json!({ "ExternalDirectoryObjectId": id })));
        })
    }

    #[test]
    fn verdicts() {
        let phone = || registered(&["mobilePhone", "email"], true);
        let device_or_mfa = || {
            let mut or = grant("mfa");
            or["builtInControls"] = json!(["mfa", "compliantDevice"]);
            Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy("Or", or)]))
        };
        check(&CONTROL)
            .passes("forced, capable, strong", Fixture::exemplary())
            .passes(
                "codes of an app",
                registered(&["softwareOneTimePasscode", "mobilePhone"], true),
            )
            .fails_on("excluded without cover", excluding(&[PERSON_1]), &[PERSON_1])
            .fails(
                "one of four excluded",
                more(excluding(&[PERSON_1]), &[PERSON_2, PERSON_3, PERSON_4]),
            )
            .passes("somebody else excluded", excluding(&[PERSON_2]))
            .fails_on("phone only", phone(), &[PERSON_1])
            .partial("one of two by phone only", 0.5, more(phone(), &[PERSON_2]))
            .fails("not capable", registered(&[], false))
            .partial(
                "one of two not capable",
                0.5,
                more(registered(&["fido2SecurityKey"], false), &[PERSON_2]),
            )
            .fails("a managed device is enough instead", device_or_mfa())
            .unknown("an unknown method", Undetermined, registered(&["telepathy"], true))
            .unknown(
                "no row",
                Undetermined,
                Fixture::exemplary().edit(REPORT, |rows| rows.retain(|row| row["id"] != PERSON_1)),
            )
            .unknown("report unread", Permission, Fixture::exemplary().forbidden(REPORT))
            .fails("report unread, and one is excluded", excluding(&[PERSON_1]).forbidden(REPORT))
            .unknown(
                "policies unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies),
            )
            .unknown(
                "nobody named",
                NotConfigured,
                Fixture::exemplary().profile("").set(Data::ExchangeVipUsers, json!([])),
            )
            .not_applicable(
                "a newcomer alone",
                NotApplicableReason::NoPopulation,
                registered(&[], false).edit(Data::Users, |users| {
                    users[4]["createdDateTime"] = json!("2026-10-30T08:00:00Z");
                }),
            );
    }

    #[test]
    fn other_mechanisms() {
        let without = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        let per_user = |state: &str| {
            without().with_member(
                Data::UserAuthenticationRequirements,
                "perUserMfaState",
                &json!(state),
            )
        };
        check(&CONTROL)
            .passes(
                "security defaults",
                without().with_member(Data::SecurityDefaults, "isEnabled", &json!(true)),
            )
            .partial("per-user MFA alone", 0.5, per_user("enforced"))
            .fails_on("nothing at all", per_user("disabled"), &[PERSON_1])
            .partial(
                "policies left from an ended license",
                0.5,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]).add(
                    Data::UserAuthenticationMethods,
                    json!({ "userId": PERSON_1, "methods": [
                            { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" }
                        ] }),
                ),
            );
    }
}
