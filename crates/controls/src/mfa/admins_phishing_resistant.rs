//! MFA: administrators must use a phishing-resistant method.

use std::collections::BTreeSet;

use model::{
    Evidence, Gap, Id, NotApplicableReason, Plan, RoleSet, Severity, UnknownReason, User, Verdict,
};
use signin::{Outcome, Question, Target};

use super::activation::{self, Asked};
use super::admins::{Admin, Admins};
use super::admins_required::ADMIN_SIGN_IN_DATA;
use super::registration::{Quality, Registrations};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Protection, at_face_value, context_on, is_block, violation_on};
use crate::directory::Holder;
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-admins-phishing-resistant",
    title: "Administrators must use a phishing-resistant method",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: ADMIN_SIGN_IN_DATA,
    rationale: "Push prompts and codes are relayed through fake sign-in pages; passkeys, Windows \
        Hello for Business and certificates are not.",
    passes_when: "Every sign-in of every holder of a highly privileged role, and of at least 90 % \
        of administrators, needs a passkey, Windows Hello for Business or a certificate; eligible \
        holders are judged as if activated. Strengths count by the combinations they allow. It is \
        partial when every Global Administrator is covered, or when every strong role has to be \
        activated with an authentication context that demands it, with the share as credit, at \
        most 0.75; and when policies cover the admin portals alone (half). Without Microsoft Entra ID \
        P1 the methods that administrators registered are judged: all with such a method pass, \
        some are partial, none fails. Left out: emergency access and synchronization accounts.",
    remediation: &[
        "Register passkeys for all administrators first; those listed without one would be locked \
         out.",
        "Create a policy from the template `Require phishing-resistant multifactor authentication \
         for admins`: the administrator roles, all resources, the strength Phishing-resistant \
         MFA, emergency access accounts excluded.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 2,
    sources: &[source::S1, source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.1v1", "MS.AAD.3.6v1"]),
        (Framework::CisM365, &["5.2.2.5"]),
        (Framework::Nist80053, &["IA-2(1)", "IA-2(8)", "IA-5c", "IA-5g"]),
    ],
    judge,
};

/// The most credit that less than the whole gets.
const MOST: f64 = 0.75;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let admins = Admins::of(context)?;
    if admins.judged.is_empty() {
        admins.complete()?;
        let why = "Every administrator is an account that is judged elsewhere.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let registrations = context.registrations();
    if !context.has(Plan::EntraIdP1)? {
        return by_registration(&admins, registrations?);
    }
    let protection = Protection::of(context)?;
    let question = Question::not_phishing_resistant().as_if_activated();
    let otherwise = "a method that can be phished is enough for";
    let users = admins.users();
    let mut coverage = Coverage::of(context, users, &question, otherwise, at_face_value);
    // Whoever is an administrator already signs in as what he is now, too.
    let now = Question::not_phishing_resistant();
    let active = admins.judged.iter().filter(|admin| admin.is_active()).map(|admin| admin.user);
    lower(&mut coverage, Coverage::of(context, active, &now, otherwise, at_face_value));
    let mut finding = coverage.decide(|coverage| verdict(context, &admins, coverage));
    if finding.verdict == Verdict::Fail
        && let Some(why) = doubt(context, &admins, &coverage)?
    {
        let summary = format!("What activation in PIM asks for could not be told: {why}.");
        let evidence = std::mem::take(&mut finding.evidence);
        finding = Finding::unknown(UnknownReason::Undetermined, summary).with(evidence);
    }
    if matches!(finding.verdict, Verdict::Pass | Verdict::Partial) {
        admins.complete()?;
    }
    let without = registrations.map(|read| without_method(&admins, read)).unwrap_or_default();
    let finding = finding.with(without).judged(coverage.judged(), &admins.left_out);
    if finding.verdict == Verdict::Fail {
        protection.is_sure()?;
    }
    Ok(finding)
}

/// Takes from the covered whom the other answer does not cover.
fn lower<'t>(coverage: &mut Coverage<'t>, other: Coverage<'t>) {
    let open: BTreeSet<&Id> = other.uncovered.iter().map(|(user, _)| &user.id).collect();
    let doubtful: BTreeSet<&Id> = other.undetermined.iter().map(|(user, _)| &user.id).collect();
    let known: BTreeSet<&Id> = coverage.uncovered.iter().map(|(user, _)| &user.id).collect();
    coverage.covered.retain(|user| !open.contains(&user.id) && !doubtful.contains(&user.id));
    coverage
        .undetermined
        .retain(|(user, _)| !open.contains(&user.id) && !doubtful.contains(&user.id));
    let fresh = |(user, _): &(&User, String)| !known.contains(&user.id);
    coverage.uncovered.extend(other.uncovered.into_iter().filter(fresh));
    coverage.undetermined.extend(other.undetermined.into_iter().filter(fresh));
    coverage.uncovered.sort_by_key(|(user, _)| &user.id);
}

/// Why it could not be told whether activation protects the uncovered strong roles, where that
/// decides.
fn doubt(
    context: &Context<'_>,
    admins: &Admins<'_, '_>,
    coverage: &Coverage<'_>,
) -> Result<Option<String>, Gap> {
    let strong = uncovered_strong(admins, coverage);
    let policies = context.tenant.conditional_access_policies.read()?;
    let by_strength = policies.iter().any(|policy| {
        let grant = policy.grant_controls.as_ref();
        let strong = grant.is_some_and(|grant| grant.authentication_strength.is_some());
        policy.is_enforced() && (strong || is_block(policy)) && activation::is_narrow(policy)
    });
    if !by_strength || strong.is_empty() || strong.iter().any(|admin| holds_strong(admin)) {
        return Ok(None);
    }
    context.tenant.role_management_policy_assignments.read()?;
    let mut doubt = None;
    for admin in strong {
        match activates_by_context(context, admin) {
            Asked::Yes => {}
            Asked::No => return Ok(None),
            Asked::Untold(why) => doubt = Some(format!("{}: {why}", admin.user.name())),
        }
    }
    Ok(doubt)
}

/// Uncovered administrators with a highly privileged role, active or eligible.
fn uncovered_strong<'a, 'c, 't>(
    admins: &'a Admins<'c, 't>,
    coverage: &Coverage<'_>,
) -> Vec<&'a Admin<'c, 't>> {
    let uncovered = coverage.uncovered.iter().filter_map(|(user, _)| admins.of_user(user));
    uncovered.filter(|admin| admin.has_any(RoleSet::HighlyPrivileged)).collect()
}

/// Whether a highly privileged role is in effect.
fn holds_strong(admin: &Admin<'_, '_>) -> bool {
    let mut active = admin.paths.iter().filter(|path| path.is_active());
    active.any(|path| RoleSet::HighlyPrivileged.has(&path.role))
}

fn verdict(context: &Context<'_>, admins: &Admins<'_, '_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "administrator", "administrators");
    let high = uncovered_strong(admins, coverage);
    let protected = |admin: &&&Admin<'_, '_>| activates_by_context(context, admin) == Asked::Yes;
    let by_context = high.iter().filter(protected).count();
    let share = ratio(coverage.covered.len(), coverage.judged());
    let names = coverage.names();
    let summary = match coverage.uncovered.len() {
        0 => format!("All of {whole} must use a phishing-resistant method."),
        open => {
            format!("{open} of {whole} can sign in with a method that can be phished: {names}.")
        }
    };
    let finding = if share >= 0.9 && high.is_empty() {
        Finding::pass(summary)
    } else if !coverage.covered.is_empty() && !high.iter().any(|admin| admin.is_global()) {
        Finding::partial(share.min(MOST), summary)
    } else if !high.is_empty() && by_context == high.len() {
        let share = ratio(coverage.covered.len() + by_context, coverage.judged());
        let summary = format!("{summary} Activation in PIM asks those with strong roles for more.");
        Finding::partial(share.min(MOST), summary)
    } else if global_admins_at_portals(context, admins) {
        let summary = format!("{summary} The admin portals ask Global Administrators for more.");
        Finding::partial(0.5, summary)
    } else {
        Finding::fail(summary)
    };
    let violations = coverage.uncovered.iter().map(|(user, why)| {
        let observed = format!("{why}; {}", admins.roles(user));
        violation_on(user, observed, "a phishing-resistant method at every sign-in")
    });
    finding.with(violations.collect::<Vec<_>>()).with(coverage.enforcing(context)).would_pass_if(
        format!("an enabled policy required phishing-resistant MFA of {names} for all resources"),
    )
}

/// Whether each of the administrator's strong roles has to be activated, and activation asks for
/// an authentication context that takes resistant methods only.
fn activates_by_context(context: &Context<'_>, admin: &Admin<'_, '_>) -> Asked {
    if holds_strong(admin) {
        return Asked::No;
    }
    let strong = |path: &Holder<'_>| RoleSet::HighlyPrivileged.has(&path.role);
    activation::asks_for_resistance(context, admin, strong)
}

/// Whether the admin portals at least ask every Global Administrator for a resistant method.
fn global_admins_at_portals(context: &Context<'_>, admins: &Admins<'_, '_>) -> bool {
    let portals = Target::Suite("microsoftadminportals".into());
    let question = Question::not_phishing_resistant().target(portals);
    let now = context.access().ask(&question);
    let activated = context.access().ask(&question.as_if_activated());
    let mut globals = admins.judged.iter().filter(|admin| admin.is_global()).peekable();
    globals.peek().is_some()
        && globals.all(|admin| {
            let id = &admin.user.id;
            activated.outcome(id) == Outcome::Refused
                && (!admin.is_active() || now.outcome(id) == Outcome::Refused)
        })
}

/// Administrators whom a policy would lock out, as far as registrations were read.
fn without_method(admins: &Admins<'_, '_>, registrations: &Registrations<'_>) -> Vec<Evidence> {
    let has =
        |user| registrations.of_user(user).is_none_or(|one| one.has(Quality::PhishingResistant));
    let told = admins.users().filter(|user| !has(user)).map(|user| {
        context_on(user, "no phishing-resistant method registered: a policy would lock it out")
    });
    told.collect()
}

/// Without a license for policies: who holds a resistant method.
fn by_registration(
    admins: &Admins<'_, '_>,
    registrations: &Registrations<'_>,
) -> Result<Finding, Gap> {
    let mut coverage = Coverage::default();
    for user in admins.users() {
        match registrations.of_user(user) {
            Some(one) if one.has(Quality::PhishingResistant) => coverage.covered.push(user),
            Some(one) if one.has(Quality::Unknown) => {
                coverage.undetermined.push((user, format!("unknown methods: {}", one.words())));
            }
            Some(one) => coverage.uncovered.push((user, one.words())),
            None => coverage.undetermined.push((user, "its methods were not read".to_owned())),
        }
    }
    let finding = coverage.decide(|coverage| {
        let whole = count(coverage.judged(), "administrator", "administrators");
        let names = coverage.names();
        let share = ratio(coverage.covered.len(), coverage.judged());
        let summary = match coverage.uncovered.len() {
            0 => format!("All of {whole} registered a phishing-resistant method."),
            open => format!("{open} of {whole} registered no phishing-resistant method: {names}."),
        };
        let finding = if coverage.is_whole() {
            Finding::pass(summary)
        } else if share > 0.0 {
            Finding::partial(share, summary)
        } else {
            Finding::fail(summary)
        };
        finding
            .with(coverage.violations("a passkey, Windows Hello for Business or a certificate"))
            .would_pass_if(format!("{names} registered a passkey"))
    });
    if matches!(finding.verdict, Verdict::Pass | Verdict::Partial) {
        admins.complete()?;
    }
    Ok(finding.judged(coverage.judged(), &admins.left_out))
}

#[cfg(test)]
mod tests {
    use model::{Data, UnavailableReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with this policy alone, for the two administrators.
    fn only(grant: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant);
        policy["conditions"]["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn strength(id: &str, name: &str, combinations: &[&str]) -> Value {
        let mut strength = phishing_resistant();
        let policy = &mut strength["authenticationStrength"];
        policy["id"] = json!(id);
        policy["displayName"] = json!(name);
        policy["allowedCombinations"] = json!(combinations);
        strength
    }

    /// With a role in effect.
    fn with_role(fixture: Fixture, user: &str, role: &str) -> Fixture {
        fixture
            .add(Data::RoleAssignments, assignment(user, role))
            .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, &Value::Null))
    }

    #[test]
    fn by_policies() {
        let ours = "c0ffee00-0000-4000-8000-000000000001";
        let three = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
        let four = ["windowsHelloForBusiness", "fido2", "deviceBasedPush"];
        let excluding = |ids: &[&str]| {
            let ids = json!(ids);
            only(phishing_resistant(), move |conditions| {
                conditions["users"]["excludeUsers"] = ids;
            })
        };
        let roles = |roles: Value| {
            only(phishing_resistant(), move |conditions| {
                conditions["users"]["includeUsers"] = json!([]);
                conditions["users"]["includeRoles"] = roles;
            })
        };
        let all = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN];
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("by role, once activated", roles(json!(all)))
            .passes("a strength of one's own, whatever its name", {
                only(strength(ours, "Weak", &three), |_| {})
            })
            .fails("a strength named so", {
                only(strength(ours, "Phishing-resistant MFA", &four), |_| {})
            })
            .fails("any MFA", only(grant("mfa"), |_| {}))
            .fails("no roles in the policy", roles(json!([])))
            .fails_on("a Global Administrator excluded", excluding(&[ADMIN_1]), &[ADMIN_1])
            .partial("another administrator excluded", 0.5, excluding(&[ADMIN_2]))
            .fails("one of several roles of the policy", roles(json!([EXCHANGE_ADMIN])))
            .partial("the admin portals only", 0.5, {
                only(phishing_resistant(), |conditions| {
                    conditions["applications"]["includeApplications"] =
                        json!(["MicrosoftAdminPortals"]);
                })
            })
            .partial("an authentication context on activation", 0.75, {
                only(phishing_resistant(), |conditions| {
                    conditions["applications"]["includeApplications"] = json!([]);
                    conditions["applications"]["includeAuthenticationContextClassReferences"] =
                        json!(["c1"]);
                })
                .edit(Data::RoleManagementPolicyAssignments, |all| {
                    for one in all {
                        for rule in one["policy"]["rules"].as_array_mut().unwrap() {
                            if rule["id"] == "AuthenticationContext_EndUser_Assignment" {
                                rule["isEnabled"] = json!(true);
                                rule["claimValue"] = json!("c1");
                            }
                        }
                    }
                })
            })
            .fails_on(
                "an active role left out, beside an eligible one",
                with_role(roles(json!(all)), ADMIN_1, HELPDESK_ADMIN),
                &[ADMIN_1],
            )
            .unknown(
                "what activation asks for refused",
                UnknownReason::Permission,
                only(phishing_resistant(), |conditions| {
                    conditions["applications"]["includeApplications"] = json!([]);
                    conditions["applications"]["includeAuthenticationContextClassReferences"] =
                        json!(["c1"]);
                })
                .forbidden(Data::RoleManagementPolicyAssignments),
            )
            .unknown("combinations not returned", UnknownReason::Undetermined, {
                let mut unread = strength(ours, "Ours", &[]);
                unread["authenticationStrength"]["allowedCombinations"] = Value::Null;
                only(unread, |_| {})
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("roles refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::RoleAssignments)
            });
    }

    #[test]
    fn by_what_is_registered() {
        let active = |user: &str, role: &str| (user.to_owned(), role.to_owned());
        let free = |methods: &[&str]| {
            let ids = [ADMIN_1, ADMIN_2];
            let records = ids.iter().zip(methods).map(|(id, method)| {
                json!({ "userId": id, "methods": [
                    { "@odata.type": format!("#microsoft.graph.{method}") }
                ] })
            });
            [active(ADMIN_1, GLOBAL_ADMIN), active(ADMIN_2, EXCHANGE_ADMIN)]
                .iter()
                .fold(Fixture::exemplary(), |fixture, (user, role)| {
                    fixture.add(Data::RoleAssignments, assignment(user, role)).add(
                        Data::RoleAssignmentScheduleInstances,
                        assigned(user, role, &Value::Null),
                    )
                })
                .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
                .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed)
                .set(Data::UserAuthenticationMethods, records.collect())
        };
        let (key, app) = ("fido2AuthenticationMethod", "softwareOathAuthenticationMethod");
        check(&CONTROL)
            .passes("all", free(&[key, key]))
            .partial("one of two", 0.5, free(&[app, key]))
            .fails_on("nobody", free(&[app, app]), &[ADMIN_1, ADMIN_2])
            .unknown("one was not read", UnknownReason::Undetermined, free(&[key]));
    }
}
