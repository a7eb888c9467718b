//! MFA: every administrator is forced through MFA.

use std::collections::BTreeSet;

use model::{
    Data, Evidence, Gap, Id, NotApplicableReason, RoleSet, Severity, SubjectKind, Verdict,
    role_name,
};
use signin::{Outcome, Question};

use super::activation::{self, Asked};
use super::admins::Admins;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Coverage, Mechanism, Mfa, OTHER_MECHANISM, Protection, asked_mfa, context_on, is_block,
    near_misses, per_user_enforced,
};
use crate::emergency;
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-admins-required",
    title: "Every administrator is forced through MFA",
    severity: Severity::Critical,
    kind: Kind::Automatic,
    license: License::None,
    reads: ADMIN_SIGN_IN_DATA,
    rationale: "The password of one administrator is the whole tenant.",
    passes_when: "Security defaults are on; or for every enabled holder of an administrator role, \
        active or eligible, each modern sign-in to every application needs more than one factor. \
        Whoever is only eligible, and whom policies reach only by role, counts as covered when \
        activation in PIM asks for MFA, or for an authentication context for which an enabled \
        policy does. It is partial when every Global Administrator and at least 90 % of \
        the others are covered; whoever needs MFA only off managed devices or by a third-party \
        control counts half. Accounts that only look like emergency access accounts \
        make it partial instead of a fail. Without Conditional Access, per-user MFA enforced on \
        all of them is partial. Left out: emergency access and synchronization accounts.",
    remediation: &[
        "Create a policy from the template `Require multifactor authentication for admins`, or \
         better for all users: all resources, require MFA, exclude emergency access accounts \
         only.",
        "Remove the administrators below from the exclusions of that policy.",
        "Without Microsoft Entra ID P1, turn on security defaults.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.2v2", "MS.AAD.3.6v1"]),
        (Framework::CisM365, &["5.2.2.1"]),
        (Framework::Maester, &["MT.1006"]),
        (Framework::Nist80053, &["IA-2(1)"]),
    ],
    judge,
};

/// Datasets of the questions on administrators' sign-ins.
pub(crate) const ADMIN_SIGN_IN_DATA: &[Data] = &[
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
    Data::RoleManagementPolicyAssignments,
    Data::UserAuthenticationRequirements,
    Data::UserRegistrationDetails,
    Data::UserAuthenticationMethods,
    Data::CrossTenantAccessPolicy,
    Data::ServicePrincipals,
    Data::SignInActivity,
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let summary = "whoever holds a role that they name is asked for MFA at every sign-in, and \
                   everybody else whenever Microsoft sees a need.";
    if let Some(pass) = protection.by_security_defaults(summary) {
        return Ok(pass);
    }
    let admins = Admins::of(context)?;
    if admins.judged.is_empty() {
        admins.complete()?;
        let why = "Every administrator is an account that is judged elsewhere.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let finding = if protection.mechanism == Mechanism::PerUserMfa {
        let coverage = per_user_enforced(context, admins.users())?;
        coverage
            .decide(|coverage| by_per_user_mfa(context, coverage))
            .judged(coverage.judged(), &admins.left_out)
    } else {
        let coverage = coverage(context, &admins)?;
        coverage
            .decide(|coverage| verdict(context, &admins, coverage))
            .judged(coverage.judged(), &admins.left_out)
    };
    if matches!(finding.verdict, Verdict::Pass | Verdict::Partial) {
        admins.complete()?;
    }
    protection.limit(context, finding)
}

/// Which administrators are forced through MFA.
pub(crate) fn coverage<'t>(
    context: &Context<'t>,
    admins: &Admins<'_, 't>,
) -> Result<Coverage<'t>, Gap> {
    let question = Question::single_factor();
    let mut coverage = Coverage::of_single_factor(context, admins.users(), &question);
    let activated = context.access().ask(&question.as_if_activated());
    for (user, why) in std::mem::take(&mut coverage.uncovered) {
        // Whoever is an administrator already is one with a single factor.
        let only_eligible = admins.of_user(user).filter(|admin| !admin.is_active());
        let asked = match (activated.outcome(&user.id), only_eligible) {
            (Outcome::Refused, Some(admin)) => {
                context.tenant.role_management_policy_assignments.read()?;
                activation::asks_for_mfa(context, admin)
            }
            (Outcome::Undetermined(doubt), Some(_)) => Asked::Untold(doubt.to_owned()),
            // What a membership brings about is told where no policy hangs on it.
            (_, Some(admin)) if hangs_on_activation(context) => {
                activation::by_group(context, admin).map_or(Asked::No, Asked::Untold)
            }
            _ => Asked::No,
        };
        match asked {
            Asked::Yes => coverage.covered.push(user),
            Asked::No => coverage.uncovered.push((user, why)),
            Asked::Untold(doubt) => coverage.undetermined.push((user, doubt)),
        }
    }
    Ok(coverage)
}

/// Whether some enabled policy asks for MFA only of some roles or groups, or for a context.
fn hangs_on_activation(context: &Context<'_>) -> bool {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    policies.iter().any(|policy| {
        policy.is_enforced()
            && activation::is_narrow(policy)
            && (asked_mfa(context, policy) != Mfa::No || is_block(policy))
    })
}

fn verdict(context: &Context<'_>, admins: &Admins<'_, '_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "administrator", "administrators");
    if coverage.is_whole() {
        return Finding::pass(format!("All of {whole} are forced through MFA."))
            .with(coverage.enforcing(context));
    }
    let open = coverage.uncovered.len();
    let names = coverage.names();
    let global = coverage.uncovered.iter().any(|(user, _)| admins.is_global(user));
    // With every Global Administrator covered, the uncovered are all of the rest.
    let globals = admins.judged.iter().filter(|admin| admin.is_global()).count();
    let rest = coverage.judged().saturating_sub(globals);
    let held = ratio(rest.saturating_sub(open), rest.max(1));
    let candidates = emergency::candidates(context).unwrap_or_default();
    // Where some are declared, nobody else is excused.
    let look_like_emergency = open > 0
        && context.tenant.profile.accounts.emergency.is_empty()
        && coverage
            .uncovered
            .iter()
            .all(|(user, _)| candidates.iter().any(|one| one.id == user.id));
    let finding = if look_like_emergency {
        let summary = format!(
            "{open} of {whole} can sign in with one factor and look like emergency access \
             accounts that nobody declared: {names}."
        );
        Finding::partial(0.5, summary)
            .would_pass_if(format!("the profile declared {names} as emergency access accounts"))
    } else {
        let summary = coverage.shortfall(
            ("administrator", "administrators"),
            "can sign in with one factor",
            "something weaker can replace MFA",
        );
        let finding = if (open == 0 || held >= 0.9) && !global {
            Finding::partial(coverage.credit(), summary)
        } else {
            Finding::fail(summary)
        };
        finding
            .would_pass_if(format!("an enabled policy required MFA of {names} for all resources"))
    };
    let violations = coverage.short().map(|(user, why)| {
        let observed = format!("{why}; {}", admins.roles(user));
        crate::coverage::violation_on(user, observed, "MFA at every sign-in")
    });
    finding
        .with(violations.collect::<Vec<_>>())
        .with(coverage.enforcing(context))
        .with(near_misses(context))
        .with(missing_roles(context, admins))
        .with(
            candidates
                .iter()
                .filter(|user| admins.of_user(user).is_some())
                .map(|user| context_on(user, "looks like an emergency access account")),
        )
}

/// Roles that somebody holds and that a policy for administrators' roles leaves out.
fn missing_roles(context: &Context<'_>, admins: &Admins<'_, '_>) -> Vec<Evidence> {
    let held: BTreeSet<&Id> = admins
        .judged
        .iter()
        .flat_map(|admin| &admin.paths)
        .map(|path| &path.role)
        .filter(|role| RoleSet::SecurityDefaults.has(role))
        .collect();
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    policies
        .iter()
        .filter(|policy| policy.is_enforced() && asked_mfa(context, policy) != Mfa::No)
        .filter_map(|policy| {
            let roles = &policy.conditions.users.as_ref()?.include_roles;
            let missing = held.iter().filter(|role| !roles.contains(role));
            let names: Vec<&str> = missing.map(|role| role_name(role).unwrap_or(role)).collect();
            let observed = format!("leaves out roles that somebody holds: {}", names.join(", "));
            let id = policy.id.as_str();
            (!roles.is_empty() && !names.is_empty())
                .then(|| Evidence::context(SubjectKind::Policy, id, policy.name(), observed))
        })
        .collect()
}

fn by_per_user_mfa(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "administrator", "administrators");
    let finding = if coverage.is_whole() {
        Finding::partial(0.5, format!("Only per-user MFA forces {whole} through MFA."))
            .with([Evidence::tenant("per-user MFA alone", "security defaults or policies")])
    } else {
        let names = coverage.names();
        let open = coverage.uncovered.len();
        Finding::fail(format!("Nothing forces {open} of {whole} through MFA: {names}."))
    };
    finding
        .with(coverage.violations("MFA at every sign-in"))
        .with(near_misses(context))
        .would_pass_if(OTHER_MECHANISM)
}

#[cfg(test)]
mod tests {
    use model::{Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with this policy alone.
    fn only(grant: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant);
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn users(member: &str, value: Value) -> impl FnOnce(&mut Value) {
        move |conditions| conditions["users"][member] = value
    }

    /// A policy for these roles only.
    fn roles(roles: &[&str]) -> Fixture {
        let roles = json!(roles);
        only(grant("mfa"), move |conditions| {
            conditions["users"]["includeUsers"] = json!([]);
            conditions["users"]["includeRoles"] = roles;
        })
    }

    fn active(fixture: Fixture, user: &str, role: &str) -> Fixture {
        fixture
            .add(Data::RoleAssignments, assignment(user, role))
            .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, &Value::Null))
    }

    #[test]
    fn by_conditional_access() {
        let no_activation_mfa = |fixture: Fixture| {
            fixture.edit(Data::RoleManagementPolicyAssignments, |all| {
                for one in all {
                    for rule in one["policy"]["rules"].as_array_mut().unwrap() {
                        if rule["id"] == "Enablement_EndUser_Assignment" {
                            rule["enabledRules"] = json!(["Justification"]);
                        }
                    }
                }
            })
        };
        let theirs = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN];
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("all users", only(grant("mfa"), |_| {}))
            .passes("eligible, reached by role, and activation asks for MFA", roles(&theirs))
            .fails_on(
                "eligible, reached by role, and activation asks for nothing",
                no_activation_mfa(roles(&theirs)),
                &[ADMIN_1, ADMIN_2],
            )
            .fails_on(
                "an active role is left out",
                active(roles(&theirs), PERSON_1, HELPDESK_ADMIN),
                &[PERSON_1],
            )
            .passes(
                "a left out role without holders",
                active(roles(&theirs), PERSON_1, GLOBAL_ADMIN),
            )
            .fails_on(
                "an active role is left out, of somebody whose eligible one is not",
                active(roles(&theirs), ADMIN_1, HELPDESK_ADMIN),
                &[ADMIN_1],
            )
            .fails_on("no role at all in the policy", roles(&[]), &[ADMIN_1, ADMIN_2])
            .fails_on(
                "the Global Administrator is excluded",
                only(grant("mfa"), users("excludeUsers", json!([ADMIN_1]))),
                &[ADMIN_1],
            )
            .fails_on(
                "excluded through a nested group",
                only(grant("mfa"), users("excludeGroups", json!([APPROVERS]))).edit(
                    Data::GroupMembers,
                    |groups| {
                        let inner = "b1000000-0000-4000-8000-000000000001";
                        groups[0]["memberIds"] = json!([inner]);
                        groups.push(json!({ "groupId": inner, "memberIds": [ADMIN_1] }));
                    },
                ),
                &[ADMIN_1],
            )
            .fails("half of them only", only(grant("mfa"), users("excludeUsers", json!([ADMIN_2]))))
            .partial("MFA or a managed device", 0.5, {
                let mut either = grant("mfa");
                either["builtInControls"] = json!(["mfa", "compliantDevice"]);
                only(either, |_| {})
            })
            .fails(
                "report-only",
                only(grant("mfa"), |_| {}).with_member(
                    Data::ConditionalAccessPolicies,
                    "state",
                    &json!("enabledForReportingButNotEnforced"),
                ),
            )
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("roles refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::RoleAssignments)
            });
    }

    #[test]
    fn activation_by_an_authentication_context() {
        let theirs = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN];
        let by_context = |fixture: Fixture| {
            fixture.edit(Data::RoleManagementPolicyAssignments, |all| {
                for one in all {
                    for rule in one["policy"]["rules"].as_array_mut().unwrap() {
                        if rule["id"] == "Enablement_EndUser_Assignment" {
                            rule["enabledRules"] = json!(["Justification"]);
                        }
                        if rule["id"] == "AuthenticationContext_EndUser_Assignment" {
                            rule["isEnabled"] = json!(true);
                            rule["claimValue"] = json!("c1");
                        }
                    }
                }
            })
        };
        let mut behind = policy("Prove it again", grant("mfa"));
        behind["conditions"]["applications"]["includeApplications"] = json!([]);
        behind["conditions"]["applications"]["includeAuthenticationContextClassReferences"] =
            json!(["c1"]);
        let with = |policy: &Value| {
            by_context(roles(&theirs)).add(Data::ConditionalAccessPolicies, policy.clone())
        };
        let mut report_only = behind.clone();
        report_only["state"] = json!("enabledForReportingButNotEnforced");
        check(&CONTROL)
            .passes("a policy behind it", with(&behind))
            .fails_on("none behind it", by_context(roles(&theirs)), &[ADMIN_1, ADMIN_2])
            .fails("report-only", with(&report_only));
    }

    #[test]
    fn eligible_as_member_of_a_group() {
        let theirs = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN, HELPDESK_ADMIN];
        let group = "b1000000-0000-4000-8000-000000000009";
        let mut of_group = assignment(group, HELPDESK_ADMIN);
        of_group["principal"] = json!({ "@odata.type": "#microsoft.graph.group", "id": group });
        let fixture = roles(&theirs)
            .add(
                Data::Groups,
                json!({
                    "id": group, "displayName": "Helpdesk", "isAssignableToRole": true,
                    "securityEnabled": true, "groupTypes": []
                }),
            )
            .add(Data::GroupMembers, json!({ "groupId": group, "memberIds": [] }))
            .add(Data::RoleAssignments, of_group)
            .add(
                Data::RoleAssignmentScheduleInstances,
                assigned(group, HELPDESK_ADMIN, &Value::Null),
            )
            .add(
                Data::GroupEligibilityScheduleInstances,
                json!({ "groupId": group, "principalId": PERSON_1, "accessId": "member" }),
            );
        check(&CONTROL).unknown("of the group's settings", UnknownReason::Undetermined, fixture);
    }

    #[test]
    fn no_half_for_trusted_locations() {
        let office = json!([{
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
            "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
        }]);
        let outside = only(grant("mfa"), |conditions| {
            conditions["locations"] =
                json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
        });
        check(&CONTROL).fails_on(
            "no MFA from trusted locations",
            outside.set(Data::NamedLocations, office),
            &[ADMIN_1, ADMIN_2],
        );
    }

    #[test]
    fn a_limited_scope_is_not_reached_by_role() {
        let mut scoped = assigned(PERSON_1, HELPDESK_ADMIN, &Value::Null);
        scoped["directoryScopeId"] = json!("/administrativeUnits/1");
        let mut plain = assignment(PERSON_1, HELPDESK_ADMIN);
        plain["directoryScopeId"] = json!("/administrativeUnits/1");
        let scoped = |fixture: Fixture| {
            fixture
                .add(Data::RoleAssignmentScheduleInstances, scoped.clone())
                .add(Data::RoleAssignments, plain.clone())
        };
        let every: Vec<&str> = RoleSet::Administrators.ids().collect();
        check(&CONTROL)
            .fails_on("a policy for roles", scoped(roles(&every)), &[PERSON_1])
            .passes("a policy for all users", scoped(only(grant("mfa"), |_| {})));
    }

    #[test]
    fn nine_of_ten_for_part_of_the_credit() {
        let many = |more: usize| {
            (0..more).fold(
                only(grant("mfa"), users("excludeUsers", json!([ADMIN_2]))),
                |fixture, number| {
                    let id = format!("a1000000-0000-4000-8000-{number:012}");
                    let user = admin(&id, &format!("adm-{number}"));
                    active(fixture.add(Data::Users, user), &id, HELPDESK_ADMIN)
                },
            )
        };
        check(&CONTROL)
            .partial("9 of 10 besides the Global Administrator", 10.0 / 11.0, many(9))
            .fails("8 of 9 besides the Global Administrator", many(8));
    }

    #[test]
    fn undeclared_emergency_access_accounts_are_no_fail() {
        let undeclared = Fixture::exemplary().profile("");
        let used = |fixture: Fixture| {
            fixture.add(
                Data::SignInActivity,
                json!({ "id": EMERGENCY_1, "signInActivity": {
                    "lastSuccessfulSignInDateTime": "2026-10-30T08:00:00Z"
                } }),
            )
        };
        check(&CONTROL)
            .partial("they look the part", 0.5, undeclared.clone())
            .fails("others were declared", {
                undeclared
                    .clone()
                    .profile("[accounts]\nemergency = [\"ea1@larkspur.onmicrosoft.com\"]")
            })
            .fails("one is in daily use", used(undeclared));
    }

    #[test]
    fn without_conditional_access() {
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        // Without a license for PIM nobody is eligible.
        let free = |fixture: Fixture| {
            active(fixture, ADMIN_1, GLOBAL_ADMIN).unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
        };
        let per_user = |state: &str| {
            let data = Data::UserAuthenticationRequirements;
            free(bare()).with_member(data, "perUserMfaState", &json!(state))
        };
        check(&CONTROL)
            .passes("security defaults", {
                free(bare()).with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            })
            .fails_on("nothing", free(bare()), &[ADMIN_1])
            .not_applicable("emergency access accounts only", NotApplicableReason::NoPopulation, {
                bare().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            })
            .partial("per-user MFA", 0.5, per_user("enforced"))
            .fails("per-user MFA that anybody may register for", per_user("enabled"))
            .partial("policies left from an ended license", 0.5, free(Fixture::exemplary()));
    }
}
