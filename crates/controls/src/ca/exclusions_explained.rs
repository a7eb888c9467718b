//! Conditional Access: exclusions in the core policies are few and explained.

use std::collections::BTreeSet;

use model::{
    ConditionalAccessPolicy, Evidence, Gap, NotApplicableReason, Severity, SubjectKind, User,
    Verdict,
};
use signin::{Excluded, Outcome, Question};

use super::{LICENSE, unless_security_defaults};
use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Audience, Coverage, Mfa, asked_mfa, context_on, excluded_applications, is_block,
    is_for_legacy_only, outcome,
};
use crate::finding::{Finding, count, ratio};
use crate::mfa::admins::Admins;
use crate::{Control, Kind};

const ID: &str = "ca-exclusions-controlled";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "Exclusions in the core policies are few and explained",
    severity: Severity::High,
    kind: Kind::AutomaticAndAttested,
    license: LICENSE,
    reads: crate::mfa::admins_required::ADMIN_SIGN_IN_DATA,
    rationale: "The list of exclusions is the real boundary of a policy, and a forgotten one from \
        a test is how attackers stay.",
    passes_when: "Of the enabled policies that require MFA, block legacy authentication or answer \
        risk, every excluded person and administrator is a service account that the profile \
        declares, or is held to the same requirement by other policies. Groups count by their \
        members. Up to 2 % of people, and no administrator, is partial; an attestation that \
        explains them makes it a pass. Emergency access and synchronization accounts and guests \
        are left out. It does not apply while security defaults are on.",
    remediation: &[
        "Take the people below out of the exclusions, or declare them in the profile.",
        "Keep one exclusion group for each purpose, with an end date and an access review.",
        "Entra admin center > Protection > Conditional Access > Policies > Users.",
    ],
    effort: 2,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.2v2"]),
        (Framework::CisM365, &["5.2.2.2"]),
        (Framework::Maester, &["MT.1036"]),
        (Framework::Nist80053, &["AC-6"]),
    ],
    judge,
};

/// What a core policy requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Requirement {
    Mfa,
    NoLegacy,
    UserRisk,
    SignInRisk,
}

/// A core policy with whom it is for.
struct Core<'t> {
    policy: &'t ConditionalAccessPolicy,
    requirement: Requirement,
    audience: Audience<'t>,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if let Err(finding) = unless_security_defaults(context)? {
        return Ok(finding);
    }
    let policies = context.tenant.conditional_access_policies.read()?;
    let mut core = Vec::new();
    for policy in policies.iter().filter(|policy| policy.is_enforced()) {
        if let Some(requirement) = requirement(context, policy) {
            core.push(Core {
                policy,
                requirement,
                audience: Audience::of(context, policy, false)?,
            });
        }
    }
    core.sort_by(|one, two| one.policy.id.cmp(&two.policy.id));
    if core.is_empty() {
        let why = "No enabled policy requires MFA, blocks legacy authentication or answers risk.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let people = context.people()?;
    let admins = Admins::of(context)?;
    let mut seen = BTreeSet::new();
    let accounts = people.members.iter().copied().chain(admins.users());
    let accounts: Vec<&User> = accounts.filter(|user| seen.insert(&user.id)).collect();
    let mut coverage = Coverage::default();
    let mut explained = Vec::new();
    for user in accounts {
        let excluding: Vec<&Core<'_>> =
            core.iter().filter(|core| core.audience.excludes(user)).collect();
        if excluding.is_empty() {
            coverage.covered.push(user);
            continue;
        }
        let names: Vec<&str> = excluding.iter().map(|core| core.policy.name()).collect();
        let from = format!("excluded from {}", names.join(", "));
        if people.service.contains(&user.id) {
            explained.push(context_on(user, format!("{from}: declared service account")));
            coverage.covered.push(user);
            continue;
        }
        match held_elsewhere(context, user, &excluding, &core) {
            Ok(true) => {
                explained.push(context_on(user, format!("{from}: held by other policies")));
                coverage.covered.push(user);
            }
            Ok(false) => {
                let everywhere = context.access().excluded_everywhere(&user.id) == Excluded::Yes;
                let all = if everywhere { ", and so from every policy" } else { "" };
                coverage.uncovered.push((user, format!("{from}{all}; no other policy holds it")));
            }
            Err(why) => coverage.undetermined.push((user, why)),
        }
    }
    let finding = coverage.decide(|coverage| verdict(context, coverage, &admins));
    if finding.verdict != Verdict::Fail {
        admins.complete()?;
    }
    Ok(finding
        .with(explained)
        .with(policies.iter().filter(|policy| policy.is_enforced()).filter_map(left_out))
        .judged(coverage.judged(), &people.left_out()))
}

fn requirement(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Option<Requirement> {
    let conditions = &policy.conditions;
    if policy.is_for_workload_identities() {
        None
    } else if !conditions.user_risk_levels.is_empty() {
        Some(Requirement::UserRisk)
    } else if !conditions.sign_in_risk_levels.is_empty() {
        Some(Requirement::SignInRisk)
    } else if is_block(policy) && is_for_legacy_only(policy) {
        Some(Requirement::NoLegacy)
    } else {
        let applications = conditions.applications.as_ref()?;
        let targets = !applications.include_applications.is_empty()
            || applications.application_filter.is_some();
        (targets && asked_mfa(context, policy) != Mfa::No).then_some(Requirement::Mfa)
    }
}

/// Whether other policies hold the account to everything that it is excluded from; `Err`: that
/// could not be told.
fn held_elsewhere(
    context: &Context<'_>,
    user: &User,
    excluding: &[&Core<'_>],
    core: &[Core<'_>],
) -> Result<bool, String> {
    let requirements: BTreeSet<Requirement> =
        excluding.iter().map(|core| core.requirement).collect();
    for requirement in requirements {
        let question = match requirement {
            Requirement::Mfa => Question::single_factor(),
            Requirement::NoLegacy => Question::legacy(),
            Requirement::UserRisk | Requirement::SignInRisk => {
                let mut same = core.iter().filter(|core| core.requirement == requirement);
                if same.any(|core| core.audience.has(user)) {
                    continue;
                }
                return Ok(false);
            }
        };
        match outcome(context, &context.access().ask(&question), user) {
            Outcome::Refused => {}
            Outcome::Undetermined(why) => return Err(why.to_owned()),
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>, admins: &Admins<'_, '_>) -> Finding {
    if coverage.uncovered.is_empty() {
        return Finding::pass("Everybody who is excluded from a core policy is accounted for.");
    }
    let number = count(coverage.uncovered.len(), "account is", "accounts are");
    let names = coverage.names();
    let summary = format!("{number} excluded from a core policy without explanation: {names}.");
    let admin = coverage.uncovered.iter().any(|(user, _)| admins.of_user(user).is_some());
    let few = ratio(coverage.uncovered.len(), coverage.judged()) <= 0.02;
    let explained = attestation::holds(context, ID, attestation::YEAR);
    let finding = match (few && !admin, explained) {
        (true, true) => {
            return Finding::pass(format!(
                "{number} excluded, and somebody explained why: {names}."
            ))
            .with(attestation::newest(context, ID).map(attestation::evidence))
            .with(coverage.uncovered.iter().map(|(user, why)| context_on(user, why.as_str())));
        }
        (true, false) => Finding::partial(0.5, summary),
        (false, _) => Finding::fail(summary),
    };
    finding
        .with(coverage.violations("covered, or declared in the profile"))
        .would_pass_if(format!("{names} were no longer excluded, or declared in the profile"))
}

/// Applications and locations that a policy leaves out, as context.
fn left_out(policy: &ConditionalAccessPolicy) -> Option<Evidence> {
    let applications = excluded_applications(policy).len();
    let locations = policy
        .conditions
        .locations
        .as_ref()
        .map_or(0, |locations| locations.exclude_locations.len());
    let parts = [
        (applications > 0).then(|| count(applications, "application", "applications")),
        (locations > 0).then(|| count(locations, "location", "locations")),
    ];
    let words: Vec<String> = parts.into_iter().flatten().collect();
    let observed = format!("leaves out {}", words.join(" and "));
    (!words.is_empty()).then(|| {
        Evidence::context(SubjectKind::Policy, policy.id.as_str(), policy.name(), observed)
    })
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with this account excluded from the policy of that name.
    fn excluding(policy: &str, id: &str) -> Fixture {
        edit(policy, |users| users["excludeUsers"].as_array_mut().unwrap().push(json!(id)))
    }

    fn edit(policy: &str, change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |policies| {
            let found = policies.iter_mut().find(|one| one["displayName"] == policy).unwrap();
            change(&mut found["conditions"]["users"]);
        })
    }

    #[test]
    fn verdicts() {
        let mfa = "MFA for everybody";
        let fifty = |fixture: Fixture| {
            (0..44).fold(fixture, |fixture, number| {
                let id = format!("a1000000-0000-4000-8000-{number:012}");
                fixture.add(Data::Users, person(&id, &format!("p{number}")))
            })
        };
        let explained = "[[attestation]]\ncontrol = \"ca-exclusions-controlled\"\nby = \"m\"\n\
                         on = 2026-10-01";
        let group = |members: Value| {
            edit(mfa, |users| users["excludeGroups"] = json!([APPROVERS]))
                .edit(Data::GroupMembers, move |groups| groups[0]["memberIds"] = members)
        };
        check(&CONTROL)
            .passes("exemplary: emergency access accounts", Fixture::exemplary())
            .fails_on("a person", excluding(mfa, PERSON_2), &[PERSON_2])
            .fails_on("from the block of legacy authentication", {
                excluding("Block legacy authentication", PERSON_2)
                    .edit(Data::ConditionalAccessPolicies, |policies| {
                        policies.iter_mut().filter(|one| one["displayName"] == mfa).for_each(|one| {
                            one["conditions"]["clientAppTypes"] =
                                json!(["browser", "mobileAppsAndDesktopClients"]);
                        });
                    })
            }, &[PERSON_2])
            .passes("from one of two that do the same", {
                excluding("Block legacy authentication", PERSON_2)
            })
            .fails_on("from the answer to risk", {
                excluding("MFA for risky sign-ins", PERSON_2)
            }, &[PERSON_2])
            .passes("an administrator held by a stricter policy", excluding(mfa, ADMIN_1))
            .partial("one of fifty", 0.5, fifty(excluding(mfa, PERSON_2)))
            .passes("one of fifty, explained", {
                fifty(excluding(mfa, PERSON_2)).declare(explained)
            })
            .fails("a person, explained all the same", excluding(mfa, PERSON_2).declare(explained))
            .passes("a declared service account", {
                excluding(mfa, PERSON_2).profile(
                    "[accounts]\nservice = [\"person2@larkspur.example\"]\n\
                     emergency = [\"ea1@larkspur.onmicrosoft.com\", \"ea2@larkspur.onmicrosoft.com\"]",
                )
            })
            .fails_on("a group's members", group(json!([PERSON_3])), &[PERSON_3])
            .passes("an empty group", group(json!([])))
            .passes("a deleted account", excluding(mfa, "a9000000-0000-4000-8000-000000000001"))
            .passes("guests", edit(mfa, |users| {
                users["excludeUsers"] = json!([EMERGENCY_1, EMERGENCY_2, "GuestsOrExternalUsers"]);
            }))
            .unknown("members refused", UnknownReason::Permission, {
                group(json!([])).forbidden(Data::GroupMembers)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .not_applicable("no core policy", NotApplicableReason::NoPopulation, {
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]))
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            });
    }
}
