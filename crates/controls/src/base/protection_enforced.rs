//! Baseline: security defaults are on, or policies that do as much.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Severity, SubjectKind, UnknownReason};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Coverage, MANAGED_INSTEAD, Mechanism, Protection, near_misses, per_user_enforced,
};
use crate::finding::{Finding, ratio};
use crate::mfa::admins::Admins;
use crate::mfa::admins_required;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "base-protection-enforced",
    title: "Security defaults, or policies that do as much, are in force",
    severity: Severity::Critical,
    kind: Kind::Automatic,
    license: License::None,
    reads: BASE_DATA,
    rationale: "Without either, guessing one common password for every account is enough to get \
        in; no other setting that costs nothing prevents as many break-ins.",
    passes_when: "Security defaults are on; or enabled Conditional Access policies force at least \
        95 % of people and every administrator through MFA and refuse legacy authentication to \
        every person. Two of the three are partial, and so is MFA for all that a managed device \
        can replace, per-user MFA enforced for every administrator and 95 % of people, or a full \
        set of policies left from an ended license. Security defaults that are off are no fault \
        by themselves.",
    remediation: &[
        "Without Microsoft Entra ID P1: turn on security defaults.",
        "With it: create four policies from the templates (MFA for administrators, for everybody, \
         for Azure management; no legacy authentication), report-only at first, and study whom they \
         would stop.",
        "Then exchange security defaults for the policies without a pause between: the two exclude \
         each other.",
        "Entra admin center > Overview > Properties > Manage security defaults, and Protection > \
         Conditional Access > Policies.",
    ],
    effort: 2,
    sources: &[source::S0, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.1.1v1", "MS.AAD.3.2v2"]),
        (Framework::CisM365, &["5.2.2.1", "5.2.2.2", "5.2.2.3"]),
        (Framework::Maester, &["MT.1003", "MT.1004", "MT.1021"]),
        (Framework::Nist80053, &["CM-7", "IA-2(1)", "IA-2(2)"]),
    ],
    judge,
};

/// Datasets of the controls on the baseline.
pub(super) const BASE_DATA: &[Data] = &[
    Data::Organization,
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
    Data::CrossTenantAccessPolicy,
    Data::ServicePrincipals,
    Data::SignInActivity,
    Data::ExchangeMailboxes,
];

/// One of the three things that policies must do.
struct Part {
    words: &'static str,
    /// What is so where it does not hold.
    otherwise: &'static str,
    /// `Err`: it could not be told; the gap where data is missing.
    holds: Result<bool, Option<Gap>>,
}

pub(super) fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let notes = notes(context);
    if let Some(pass) = protection.by_security_defaults("the whole baseline is in force.") {
        return Ok(pass.with(notes));
    }
    let finding = if protection.mechanism == Mechanism::PerUserMfa {
        by_per_user_mfa(context)?
    } else {
        by_policies(context)?
    };
    protection.limit(context, finding.with(notes))
}

fn by_policies(context: &Context<'_>) -> Result<Finding, Gap> {
    let users = context.mfa_of_people()?;
    let admins = Admins::of(context).and_then(|admins| {
        let coverage = admins_required::coverage(context, &admins)?;
        if coverage.is_whole() {
            admins.complete()?;
        }
        Ok(coverage)
    });
    let users_hold = hold(users);
    let admins = all(admins.as_ref().map_err(Gap::clone));
    let legacy = all(context.legacy_of_people());
    let mut ranks = BTreeSet::new();
    for most in &users_hold {
        for admins in either(&admins) {
            for legacy in either(&legacy) {
                let done = [*most == Most::Forced, admins, legacy];
                ranks.insert(match done.iter().filter(|holds| **holds).count() {
                    3 => 2,
                    2 => 1,
                    _ => u8::from(*most == Most::WithDevice),
                });
            }
        }
    }
    let with_device = users_hold == [Most::WithDevice];
    let parts = [
        Part {
            words: "95 % of people are forced through MFA",
            otherwise: "not even 95 % of people are forced through MFA",
            holds: most(users),
        },
        Part {
            words: "every administrator is forced through MFA",
            otherwise: "not every administrator is forced through MFA",
            holds: admins,
        },
        Part {
            words: "legacy authentication is refused to every person",
            otherwise: "legacy authentication is not refused to everybody",
            holds: legacy,
        },
    ];
    let done = parts.iter().filter(|part| part.holds == Ok(true)).count();
    if ranks.len() > 1 {
        return match parts.iter().find_map(|part| part.holds.as_ref().err()) {
            Some(Some(gap)) => Err(gap.clone()),
            _ => Ok(Finding::unknown(
                UnknownReason::Undetermined,
                "It could not be told for every account what policies ask of it.",
            )
            .with(evidence(&parts))),
        };
    }
    let missing: Vec<&str> =
        parts.iter().filter(|part| part.holds == Ok(false)).map(|part| part.otherwise).collect();
    let finding = match ranks.first() {
        Some(2) => Finding::pass("Conditional Access policies do what security defaults would."),
        Some(1) if with_device && done < 2 => Finding::partial(
            0.5,
            "At least 95 % of people are asked for MFA, but a managed device or app can replace it.",
        ),
        Some(1) => Finding::partial(
            0.5,
            format!("One part of the baseline is missing: {}.", missing.join("; ")),
        ),
        _ => Finding::fail(format!("The baseline is not in force: {}.", missing.join("; "))),
    };
    let misses = if done == 3 { Vec::new() } else { near_misses(context) };
    Ok(finding
        .with(evidence(&parts))
        .with(users.enforcing(context))
        .with(misses)
        .would_pass_if(format!("policies saw to it that {}", missing.join(", and that "))))
}

/// What policies do for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Most {
    /// At least 95 % are forced through MFA.
    Forced,
    /// They are not, but would be if a managed device or app did not count.
    WithDevice,
    Open,
}

/// What may hold for people, as the undetermined ones may fall.
fn hold(coverage: &Coverage<'_>) -> Vec<Most> {
    let doubtful = coverage.undetermined.len();
    let whole = coverage.judged() + doubtful;
    let is_most = |number: usize| ratio(number, whole) >= 0.95;
    let sure = coverage.covered.len();
    let with_device = coverage.weakly.iter().filter(|(_, words)| *words == MANAGED_INSTEAD).count();
    [
        (Most::Forced, is_most(sure + doubtful)),
        (Most::WithDevice, !is_most(sure) && is_most(sure + with_device + doubtful)),
        (Most::Open, !is_most(sure + with_device)),
    ]
    .into_iter()
    .filter_map(|(most, possible)| possible.then_some(most))
    .collect()
}

/// The values that a part may have.
fn either(holds: &Result<bool, Option<Gap>>) -> Vec<bool> {
    holds.as_ref().map_or_else(|_| vec![false, true], |holds| vec![*holds])
}

/// Whether 95 % of them are covered, however the undetermined ones fall.
fn most(coverage: &Coverage<'_>) -> Result<bool, Option<Gap>> {
    match hold(coverage).as_slice() {
        [Most::Forced] => Ok(true),
        several if several.contains(&Most::Forced) => Err(None),
        _ => Ok(false),
    }
}

/// Whether all of them are covered.
fn all(coverage: Result<&Coverage<'_>, Gap>) -> Result<bool, Option<Gap>> {
    let coverage = coverage.map_err(Some)?;
    match (coverage.is_whole(), coverage.undetermined.is_empty()) {
        (false, _) => Ok(false),
        (true, true) => Ok(true),
        (true, false) => Err(None),
    }
}

fn evidence(parts: &[Part]) -> Vec<Evidence> {
    let told = parts.iter().map(|part| match part.holds {
        Ok(true) => Evidence::setting(part.words, "holds", ""),
        Ok(false) => Evidence::setting(part.words, "does not hold", "holds"),
        Err(_) => Evidence::setting(part.words, "could not be told", ""),
    });
    told.collect()
}

fn by_per_user_mfa(context: &Context<'_>) -> Result<Finding, Gap> {
    let people = context.people()?.members.iter().copied();
    let mut enforced = most(&per_user_enforced(context, people)?);
    if enforced != Ok(false) {
        let admins = Admins::of(context)?;
        admins.complete()?;
        let of_admins = per_user_enforced(context, admins.users());
        let of_admins = all(of_admins.as_ref().map_err(Gap::clone));
        if enforced == Ok(true) || of_admins == Ok(false) {
            enforced = of_admins;
        }
    }
    let finding = match enforced {
        Ok(true) => Finding::partial(0.5, "Per-user MFA is the only protection in force."),
        Ok(false) => {
            Finding::fail("Neither security defaults nor an enabled policy protects the tenant.")
        }
        Err(Some(gap)) => return Err(gap),
        Err(None) => {
            let why = "It could not be told for every account whether per-user MFA is enforced.";
            return Ok(Finding::unknown(UnknownReason::Undetermined, why));
        }
    };
    Ok(finding
        .with([Evidence::setting("security defaults", "off", "on, or an equal set of policies")])
        .with(near_misses(context))
        .would_pass_if("security defaults were on, or enabled policies did as much"))
}

/// How the tenant came to where it is, and its policies that are not enforced.
fn notes(context: &Context<'_>) -> Vec<Evidence> {
    let created = context.tenant.organization.one().ok().and_then(|one| one.created_date_time);
    // Security defaults come switched on in tenants created since.
    let on_from_start = created.map(|created| created.to_string().as_str() >= "2019-10-22");
    let words = match (on_from_start, context.security_defaults()) {
        (Some(true), Ok(false)) => Some("came with security defaults on; somebody turned them off"),
        (Some(false), Ok(false)) => {
            Some("is older than security defaults, which were never on by themselves")
        }
        _ => None,
    };
    let day = created.map(|created| created.to_string()).unwrap_or_default();
    words
        .map(|words| {
            let observed = format!("created {day}: it {words}");
            Evidence::context(SubjectKind::Tenant, "", "tenant", observed)
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use model::Plan;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn policies(policies: &[Value]) -> Fixture {
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(policies))
    }

    fn legacy() -> Value {
        let mut legacy = policy("Legacy", grant("block"));
        legacy["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
        legacy
    }

    fn mfa() -> Value {
        let mut mfa = policy("MFA", grant("mfa"));
        mfa["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
        mfa
    }

    fn on(fixture: Fixture) -> Fixture {
        fixture.with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
    }

    #[test]
    fn by_policies_and_by_security_defaults() {
        let report_only = |fixture: Fixture| {
            let state = json!("enabledForReportingButNotEnforced");
            fixture.with_member(Data::ConditionalAccessPolicies, "state", &state)
        };
        let or_device = || {
            let mut either = mfa();
            either["grantControls"]["builtInControls"] = json!(["mfa", "compliantDevice"]);
            either
        };
        check(&CONTROL)
            .passes("exemplary: security defaults off is no fault", Fixture::exemplary())
            .passes("security defaults", on(policies(&[])))
            .passes("security defaults decide alone", {
                on(policies(&[])).forbidden(Data::ConditionalAccessPolicies)
            })
            .passes("policies", policies(&[mfa(), legacy()]))
            .partial("no block of legacy authentication", 0.5, policies(&[mfa()]))
            .partial("MFA or a managed device", 0.5, policies(&[or_device()]))
            .fails("people alone: neither administrators nor legacy authentication", {
                let mut but_one = mfa();
                but_one["conditions"]["users"]["excludeUsers"] =
                    json!([EMERGENCY_1, EMERGENCY_2, ADMIN_1]);
                (0..40).fold(policies(&[but_one]), |fixture, number| {
                    let id = format!("a1000000-0000-4000-8000-{number:012}");
                    fixture.add(Data::Users, person(&id, &format!("p{number}")))
                })
            })
            .fails("legacy authentication alone", policies(&[legacy()]))
            .fails("nothing", policies(&[]))
            .fails("report-only", report_only(policies(&[mfa(), legacy()])))
            .unknown("both at once", UnknownReason::Contradiction, on(Fixture::exemplary()))
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .passes("security defaults refused, policies decide", {
                Fixture::exemplary().forbidden(Data::SecurityDefaults)
            })
            .unknown("security defaults refused, no policy", UnknownReason::Permission, {
                policies(&[]).forbidden(Data::SecurityDefaults)
            })
            .unknown("roles refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::RoleAssignments)
            })
            .fails("roles refused, which no longer matters", {
                policies(&[]).forbidden(Data::RoleAssignments)
            });
    }

    #[test]
    fn without_a_license() {
        let free = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        let enforced = |fixture: Fixture| {
            let data = Data::UserAuthenticationRequirements;
            fixture.with_member(data, "perUserMfaState", &json!("enforced"))
        };
        check(&CONTROL)
            .passes("security defaults", on(free(policies(&[]))))
            .partial("policies left from an ended license", 0.5, free(policies(&[mfa(), legacy()])))
            .partial("per-user MFA for everybody", 0.5, enforced(free(policies(&[]))))
            .partial("per-user MFA for everybody, licensed", 0.5, enforced(policies(&[])))
            .fails("nothing", free(policies(&[])));
    }
}
