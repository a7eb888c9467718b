//! Emergency access: no Conditional Access policy can lock the accounts out.

use std::collections::BTreeMap;

use model::{
    ConditionalAccessPolicy, Evidence, Gap, NotApplicableReason, Plan, Severity, SubjectKind, User,
};

use super::none_recognized;
use super::strong_methods::resistant;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, narrowings, violation_on};
use crate::directory::role_data;
use crate::emergency::Candidates;
use crate::finding::{Finding, count, ratio, some_names};
use crate::reach::{Demand, demand, is_about_side_entrances, is_met_by, reaches};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-ca-excluded",
    title: "No Conditional Access policy can lock out the emergency access accounts",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::EntraIdP1], &[]),
    reads: role_data![
        SecurityDefaults,
        ConditionalAccessPolicies,
        AuthenticationStrengthPolicies,
        UserAuthenticationMethods,
        UserRegistrationDetails,
        SignInActivity,
        NamedLocations,
        UserAuthenticationRequirements,
        CrossTenantAccessPolicy,
        ServicePrincipals,
        ExchangeMailboxes,
    ],
    rationale: "What usually locks administrators out is a policy of their own, switched on or \
        changed on a bad day.",
    passes_when: "At least one recognized emergency access account is reached by no enabled policy \
        that blocks or demands MFA, an authentication strength, a managed device or a new password, \
        and every other one only by policies that accept a method it has registered, such as a \
        passkey. Exclusion by name, group at any depth or role counts. Policies for service \
        principals, and those only about legacy clients, device code flow or authentication \
        contexts are left aside. It fails when an enabled policy for all resources without any \
        condition blocks all of the accounts or demands a managed device of them; the rest is \
        partial, with the share of policies that spare the accounts. Not applicable with security \
        defaults, which have no exclusions.",
    remediation: &[
        "Create one role-assignable group with the emergency access accounts.",
        "Exclude that group from each policy below.",
        "Make the exclusion part of every new policy.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S3, source::S2],
    mappings: &[
        (Framework::CisM365, &["1.1.2"]),
        (Framework::Maester, &["MT.1005", "MT.1034.0"]),
        (Framework::Nist80053, &["AC-2"]),
    ],
    judge,
};

/// One policy that could lock somebody out, and the accounts it reaches.
struct Threat<'t> {
    policy: &'t ConditionalAccessPolicy,
    demand: Demand,
    reached: Vec<&'t User>,
    /// Of `reached`, those that do not have what it asks for.
    locked_out: Vec<&'t User>,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if context.security_defaults()? {
        return Ok(Finding::not_applicable(
            NotApplicableReason::OtherModel,
            "Security defaults are on; they have no exclusions.",
        ));
    }
    let emergency = context.emergency()?;
    if let Some(gap) = &emergency.roles_gap {
        return Err(gap.clone());
    }
    let policies = context.tenant.conditional_access_policies.read()?;
    if emergency.recognized.is_empty() {
        return undeclared(context);
    }
    let mut threats = Vec::new();
    for policy in policies.iter().filter(|policy| policy.is_enforced()) {
        if let Some(demand) = demand(policy).filter(|_| !is_about_side_entrances(policy)) {
            threats.push(threat(context, policy, demand, &emergency.recognized)?);
        }
    }
    if threats.is_empty() {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "No enabled policy blocks anything or demands anything of users.",
        ));
    }
    let finding = verdict(&emergency.recognized, &threats);
    Ok(finding
        .with(threats.iter().map(evidence))
        .with(matrix(&emergency.recognized, &threats))
        .with(warnings(context, &emergency.recognized)?)
        .judged(emergency.recognized.len(), &[]))
}

fn threat<'t>(
    context: &Context<'t>,
    policy: &'t ConditionalAccessPolicy,
    demand: Demand,
    accounts: &[&'t User],
) -> Result<Threat<'t>, Gap> {
    let mut threat = Threat { policy, demand, reached: Vec::new(), locked_out: Vec::new() };
    for user in accounts {
        if reaches(context, policy, user)? {
            threat.reached.push(*user);
            let met =
                demand == Demand::Proof && is_met_by(context, policy, &resistant(context, user)?);
            if !met {
                threat.locked_out.push(*user);
            }
        }
    }
    Ok(threat)
}

fn verdict(accounts: &[&User], threats: &[Threat<'_>]) -> Finding {
    let is_free = |user: &User| {
        !threats.iter().any(|threat| threat.reached.iter().any(|other| other.id == user.id))
    };
    let some_is_free = accounts.iter().any(|user| is_free(user));
    let harmful: Vec<&Threat> =
        threats.iter().filter(|threat| !threat.locked_out.is_empty()).collect();
    let names = some_names(harmful.iter().map(|threat| threat.policy.name()));
    let all =
        count(threats.len(), "policy that demands something", "policies that demand something");
    if harmful.is_empty() {
        if some_is_free {
            return Finding::pass(format!(
                "None of {all} can lock the emergency access accounts out."
            ));
        }
        return Finding::partial(
            0.5,
            "The emergency access accounts have what every policy asks for, but none of them is \
             excluded from all policies.",
        )
        .would_pass_if("one of the accounts were excluded from every policy");
    }
    let locks_all = harmful.iter().any(|threat| {
        threat.demand > Demand::Proof
            && threat.locked_out.len() == accounts.len()
            && narrowings(threat.policy).is_empty()
    });
    let summary =
        format!("{} of {all} can lock an emergency access account out: {names}.", harmful.len());
    let finding = if locks_all {
        Finding::fail(summary)
    } else {
        let share = ratio(threats.len() - harmful.len(), threats.len());
        let only_proof = harmful.iter().all(|threat| threat.demand == Demand::Proof);
        Finding::partial(if only_proof { share.max(0.5) } else { share }, summary)
    };
    finding.would_pass_if(format!("{names} excluded every emergency access account"))
}

/// The finding where nobody declared an account.
fn undeclared(context: &Context<'_>) -> Result<Finding, Gap> {
    let candidates = Candidates::of(context)?;
    if candidates.found.is_empty() {
        if let Some(gap) = candidates.gap {
            return Err(gap);
        }
        return Ok(none_recognized());
    }
    let names = some_names(candidates.found.iter().map(|user| user.name()));
    Ok(Finding::partial(
        0.5,
        format!("Every policy excludes {names}, but nobody declared an emergency access account."),
    )
    .with(candidates.found.iter().map(|user| {
        violation_on(
            user,
            "excluded from every policy, not declared",
            "declared in the tenant profile",
        )
    }))
    .would_pass_if("the tenant profile declared the accounts"))
}

fn evidence(threat: &Threat<'_>) -> Evidence {
    let names = |users: &[&User]| some_names(users.iter().map(|user| user.name()));
    let (observed, expected) = if !threat.locked_out.is_empty() {
        (
            format!("{} and reaches {}", threat.demand.words(), names(&threat.locked_out)),
            "every emergency access account is excluded",
        )
    } else if !threat.reached.is_empty() {
        let reached = names(&threat.reached);
        (format!("{}, which {reached} can satisfy", threat.demand.words()), "")
    } else {
        (format!("{} and reaches no emergency access account", threat.demand.words()), "")
    };
    let id = threat.policy.id.as_str();
    Evidence::new(SubjectKind::Policy, id, threat.policy.name(), observed, expected)
}

/// For each account, how many policies spare it.
fn matrix(accounts: &[&User], threats: &[Threat<'_>]) -> Vec<Evidence> {
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for user in threats.iter().flat_map(|threat| &threat.reached) {
        *reached.entry(&user.id).or_default() += 1;
    }
    accounts
        .iter()
        .map(|user| {
            let free = threats.len() - reached.get(user.id.as_str()).copied().unwrap_or(0);
            context_on(user, format!("spared by {free} of {} policies", threats.len()))
        })
        .collect()
}

/// Report-only policies that would lock all accounts out if they were switched on.
fn warnings(context: &Context<'_>, accounts: &[&User]) -> Result<Vec<Evidence>, Gap> {
    let mut warnings = Vec::new();
    for policy in context.tenant.conditional_access_policies.read()? {
        let Some(demand) = demand(policy).filter(|_| policy.is_report_only()) else { continue };
        if is_about_side_entrances(policy) {
            continue;
        }
        let mut all = true;
        for user in accounts {
            all &= reaches(context, policy, user)?;
        }
        if all {
            let observed = format!(
                "report-only; once enabled it {} and reaches every account",
                demand.words()
            );
            let id = policy.id.as_str();
            warnings.push(Evidence::context(SubjectKind::Policy, id, policy.name(), observed));
        }
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// One more policy that leaves out nobody but these.
    fn with(grant: Value, excluded: &[&str], change: impl FnOnce(&mut Value)) -> Fixture {
        let mut one = policy("One more", grant);
        one["conditions"]["users"]["excludeUsers"] = json!(excluded);
        change(&mut one);
        Fixture::exemplary().add(Data::ConditionalAccessPolicies, one)
    }

    fn id() -> String {
        policy("One more", Value::Null)["id"].as_str().unwrap().to_owned()
    }

    fn as_is(_: &mut Value) {}

    fn without_keys(fixture: Fixture) -> Fixture {
        fixture.with_member(Data::UserAuthenticationMethods, "methods", &json!([]))
    }

    #[test]
    fn verdicts() {
        let nobody: &[&str] = &[];
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("blocks everything", with(grant("block"), nobody, as_is), &[&id()])
            .fails_on("demands a device", with(grant("compliantDevice"), nobody, as_is), &[&id()])
            .passes(
                "one account has a passkey for it",
                with(phishing_resistant(), &[EMERGENCY_1], as_is),
            )
            .partial(
                "one policy forgot one account",
                0.857,
                with(grant("block"), &[EMERGENCY_1], as_is),
            )
            .partial("both have passkeys, none is free", 0.5, with(grant("mfa"), nobody, as_is))
            .partial(
                "MFA that they do not have",
                0.857,
                without_keys(with(grant("mfa"), nobody, as_is)),
            )
            .partial(
                "a block outside of some countries",
                0.857,
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["locations"] =
                        json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
                }),
            );
    }

    #[test]
    fn policies_that_lock_nobody_out() {
        let nobody: &[&str] = &[];
        check(&CONTROL)
            .passes(
                "report-only",
                with(grant("block"), nobody, |policy| {
                    policy["state"] = json!("enabledForReportingButNotEnforced");
                }),
            )
            .passes(
                "legacy clients",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
                }),
            )
            .passes(
                "device code",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["authenticationFlows"] =
                        json!({ "transferMethods": "deviceCodeFlow" });
                }),
            )
            .passes("session only", with(Value::Null, nobody, as_is))
            .passes(
                "service principals",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["clientApplications"] =
                        json!({ "includeServicePrincipals": ["ServicePrincipalsInMyTenant"] });
                }),
            )
            .passes(
                "for other people",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["users"]["includeUsers"] = json!([PERSON_1]);
                }),
            )
            .passes(
                "excluded through a group",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]);
                })
                .set(
                    Data::GroupMembers,
                    json!([{ "groupId": APPROVERS, "memberIds": [EMERGENCY_1, EMERGENCY_2] }]),
                ),
            )
            .passes(
                "excluded through the role",
                with(grant("block"), nobody, |policy| {
                    policy["conditions"]["users"]["excludeRoles"] = json!([GLOBAL_ADMIN]);
                }),
            );
        let warned = with(grant("block"), nobody, |policy| {
            policy["state"] = json!("enabledForReportingButNotEnforced");
        });
        let evidence = warned.judge(&CONTROL).evidence;
        assert!(
            evidence.iter().any(|one| one.observed.starts_with("report-only")),
            "{evidence:#?}"
        );
    }

    #[test]
    fn who_and_what_there_is_to_judge() {
        let none = NotApplicableReason::NoPopulation;
        let included =
            Fixture::exemplary().profile("").edit(Data::ConditionalAccessPolicies, |policies| {
                policies[0]["conditions"]["users"]["excludeUsers"] = json!([]);
            });
        check(&CONTROL)
            .partial("only candidates", 0.5, Fixture::exemplary().profile(""))
            .not_applicable("nobody", none, included)
            .not_applicable(
                "no policy",
                none,
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([])),
            )
            .not_applicable(
                "security defaults",
                NotApplicableReason::OtherModel,
                Fixture::exemplary().with_member(Data::SecurityDefaults, "isEnabled", &json!(true)),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]),
            );
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        for data in [
            Data::SecurityDefaults,
            Data::ConditionalAccessPolicies,
            Data::Users,
            Data::RoleAssignments,
        ] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        let by_group = with(grant("block"), &[], |policy| {
            policy["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]);
        });
        let by_method = with(phishing_resistant(), &[EMERGENCY_1], as_is)
            .forbidden(Data::UserAuthenticationMethods)
            .forbidden(Data::UserRegistrationDetails);
        check(&CONTROL)
            .unknown("members of a group", refused, by_group.forbidden(Data::GroupMembers))
            .unknown("methods", refused, by_method);
    }
}
