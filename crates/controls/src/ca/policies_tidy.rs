//! Conditional Access: no policy is stale, empty, or points at nothing.

use std::collections::BTreeSet;

use model::{
    ConditionalAccessPolicy, Data, Evidence, Gap, Id, Severity, SubjectKind, Timestamp, role_name,
};

use super::{LICENSE, unless_security_defaults};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "ca-policy-hygiene",
    title: "No policy is stale, empty, or points at something deleted",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: &[
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::SubscribedSkus,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::NamedLocations,
        Data::ServicePrincipals,
    ],
    rationale: "Policies that nobody finished look like protection on a screenshot, and a deleted \
        group can empty one without a trace.",
    passes_when: "No report-only policy has been left unchanged for more than `report-only-age` \
        (60) days, and no enabled or report-only policy lacks users or targets, asks for nothing, \
        names a deleted user, group, role, location or application, or relies on approved client \
        apps alone, which Microsoft retires. Up to 3 such faults are partial; more, or the \
        retired control in an enabled policy for all users, fail. Microsoft-managed policies in \
        report-only state are listed, not counted. It does not apply while security defaults are \
        on.",
    remediation: &[
        "Turn on or delete the policies that are still report-only.",
        "Remove deleted objects from the policies below, and delete policies without users or \
         targets.",
        "Replace `Require approved client app` by `Require app protection policy`.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[(Framework::Maester, &["MT.1038", "MT.1066", "MT.1072", "MT.1184"])],
    judge,
};

/// So many faults still earn part of the credit.
const FEW: usize = 3;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if let Err(finding) = unless_security_defaults(context)? {
        return Ok(finding);
    }
    let policies = context.tenant.conditional_access_policies.read()?;
    let mut faults = Vec::new();
    let mut notes = Vec::new();
    let mut relied_on = false;
    for policy in policies.iter().filter(|policy| policy.is_enforced() || policy.is_report_only()) {
        if let Some(age) = stale(context, policy) {
            if policy.display_name.starts_with("Microsoft-managed") {
                let observed = format!(
                    "Microsoft-managed, report-only for {age} days: it will be \
                                        switched on by itself"
                );
                let id = policy.id.as_str();
                notes.push(Evidence::context(SubjectKind::Policy, id, policy.name(), observed));
            } else {
                let days = format!("report-only and unchanged for {age} days");
                faults.push(fault(policy, &days, "on or gone"));
            }
        }
        if let Some(lack) = lacks(policy) {
            faults.push(fault(policy, lack, "users, targets and controls"));
        }
        let dangling = dangling(context, policy)?;
        if !dangling.is_empty() {
            let named = format!("names what does not exist: {}", dangling.join(", "));
            faults.push(fault(policy, &named, "only what exists"));
        }
        if takes_only_approved_apps(policy) {
            let users = policy.conditions.users.as_ref();
            let all = users.is_some_and(|users| users.include_users.iter().any(|id| *id == "all"));
            relied_on |= policy.is_enforced() && all;
            let observed = "relies on approved client apps, which Microsoft retires";
            faults.push(fault(policy, observed, "app protection"));
        }
    }
    let number = count(faults.len(), "fault", "faults");
    let names: BTreeSet<&str> = faults.iter().map(|fault| fault.subject.name.as_str()).collect();
    let names = some_names(names);
    let finding = if faults.is_empty() {
        Finding::pass("Every policy is finished and names only what exists.")
    } else if faults.len() <= FEW && !relied_on {
        Finding::partial(0.5, format!("{number} in policies: {names}."))
    } else {
        Finding::fail(format!("{number} in policies: {names}."))
    };
    Ok(finding
        .with(faults)
        .with(notes)
        .judged(policies.len(), &[])
        .would_pass_if("every policy below were finished, corrected or deleted"))
}

fn fault(policy: &ConditionalAccessPolicy, observed: &str, expected: &str) -> Evidence {
    Evidence::new(SubjectKind::Policy, policy.id.as_str(), policy.name(), observed, expected)
}

/// For how many days a report-only policy has been left alone, where that is too long.
fn stale(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Option<i64> {
    let limit = context.tenant.profile.threshold("report-only-age", 60.0);
    let touched: Timestamp = policy.modified_date_time.max(policy.created_date_time)?;
    let age = context.days_since(touched);
    let too_old = i32::try_from(age).is_ok_and(|age| f64::from(age) > limit);
    (policy.is_report_only() && too_old).then_some(age)
}

/// What the policy lacks to have any effect.
fn lacks(policy: &ConditionalAccessPolicy) -> Option<&'static str> {
    let nothing = |list: &[Id]| list.iter().all(|id| *id == "none");
    let conditions = &policy.conditions;
    let for_nobody = conditions.users.as_ref().is_none_or(|users| {
        nothing(&users.include_users)
            && users.include_groups.is_empty()
            && users.include_roles.is_empty()
            && users.include_guests_or_external_users.is_none()
    });
    let to_nothing = conditions.applications.as_ref().is_none_or(|applications| {
        nothing(&applications.include_applications)
            && applications.include_user_actions.is_empty()
            && applications.include_authentication_context_class_references.is_empty()
            && applications.application_filter.is_none()
    });
    let asks_nothing = policy.session_controls.is_none()
        && policy.grant_controls.as_ref().is_none_or(|grant| {
            grant.built_in_controls.is_empty()
                && grant.terms_of_use.is_empty()
                && grant.custom_authentication_factors.is_empty()
                && grant.authentication_strength.is_none()
        });
    if for_nobody && !policy.is_for_workload_identities() {
        Some("includes no users")
    } else if to_nothing {
        Some("targets nothing")
    } else {
        asks_nothing.then_some("asks for nothing")
    }
}

/// What the policy names and does not exist any more.
fn dangling(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let directory = context.directory()?;
    if let Some(users) = &policy.conditions.users {
        for id in users.include_users.iter().chain(&users.exclude_users) {
            if is_guid(id) && directory.user(id).is_none() {
                found.push(format!("user {}", id.as_str()));
            }
        }
        for id in users.include_groups.iter().chain(&users.exclude_groups) {
            if directory.is_deleted_group(id)? {
                found.push(format!("group {}", id.as_str()));
            }
        }
        for id in users.include_roles.iter().chain(&users.exclude_roles) {
            if role_name(id).is_none() {
                let roles = context.tenant.role_definitions.read()?;
                let known = |role: &model::RoleDefinition| {
                    role.id == *id || role.template_id.as_ref() == Some(id)
                };
                if !roles.iter().any(known) {
                    found.push(format!("role {}", id.as_str()));
                }
            }
        }
    }
    if let Some(locations) = &policy.conditions.locations {
        for id in locations.include_locations.iter().chain(&locations.exclude_locations) {
            // The zero GUID is the list of trusted addresses of the older MFA page.
            let named = is_guid(id) && !id.starts_with("00000000-0000-0000-0000-000000000000");
            let known = context.tenant.named_locations.read()?;
            if named && !known.iter().any(|location| location.id == *id) {
                found.push(format!("location {}", id.as_str()));
            }
        }
    }
    found.extend(deleted_applications(context, policy));
    Ok(found)
}

/// Applications that the policy names and the tenant has no more, as far as that can be told:
/// Microsoft's own need not be there.
fn deleted_applications(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Vec<String> {
    let known: BTreeSet<&Id> = match context.tenant.service_principals.read() {
        Ok(all) if !all.is_empty() => all.iter().map(|one| &one.app_id).collect(),
        _ => return Vec::new(),
    };
    let microsofts = [signin::AZURE_MANAGEMENT, "45a330b1-b1ec-4cc1-9161-9f03992aa49f"];
    let applications = policy.conditions.applications.iter();
    applications
        .flat_map(|all| all.include_applications.iter().chain(&all.exclude_applications))
        .filter(|id| is_guid(id) && !id.starts_with("0000") && !microsofts.contains(&id.as_str()))
        .filter(|id| !known.contains(id))
        .map(|id| format!("application {}", id.as_str()))
        .collect()
}

fn is_guid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Whether the policy takes an approved client app, and nothing that replaces it.
fn takes_only_approved_apps(policy: &ConditionalAccessPolicy) -> bool {
    policy.grant_controls.as_ref().is_some_and(|grant| {
        let controls = &grant.built_in_controls;
        controls.iter().any(|control| control == "approvedApplication")
            && !controls.iter().any(|control| control == "compliantApplication")
    })
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const GONE: &str = "99999999-0000-4000-8000-000000000001";

    /// The exemplary tenant and one more policy.
    fn and(grant: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("One more", grant);
        change(&mut policy);
        Fixture::exemplary().add(Data::ConditionalAccessPolicies, policy)
    }

    fn report_only(created: &str, modified: &Value, name: &str) -> Fixture {
        and(grant("mfa"), |policy| {
            policy["state"] = json!("enabledForReportingButNotEnforced");
            policy["createdDateTime"] = json!(created);
            policy["modifiedDateTime"] = modified.clone();
            policy["displayName"] = json!(name);
        })
    }

    fn user(member: &str, value: Value) -> Fixture {
        and(grant("mfa"), |policy| policy["conditions"]["users"][member] = value)
    }

    #[test]
    fn verdicts() {
        let old = "2026-05-01T08:00:00Z";
        let many = (0..4).fold(Fixture::exemplary(), |fixture, number| {
            let mut policy = policy(&format!("P{number}"), grant("mfa"));
            policy["conditions"]["users"]["includeUsers"] = json!(["None"]);
            fixture.add(Data::ConditionalAccessPolicies, policy)
        });
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .partial("report-only for long", 0.5, report_only(old, &Value::Null, "Trial"))
            .passes("changed lately", report_only(old, &json!("2026-10-20T08:00:00Z"), "Trial"))
            .passes("60 days", report_only("2026-09-02T02:00:00Z", &Value::Null, "Trial"))
            .partial("61 days", 0.5, report_only("2026-09-01T02:00:00Z", &Value::Null, "Trial"))
            .passes("Microsoft-managed", {
                report_only(old, &Value::Null, "Microsoft-managed: Multifactor authentication")
            })
            .partial("a deleted user", 0.5, user("excludeUsers", json!([GONE])))
            .partial("a deleted group", 0.5, user("excludeGroups", json!([GONE])))
            .partial("a deleted role", 0.5, user("excludeRoles", json!([GONE])))
            .passes("the older words", user("excludeUsers", json!(["GuestsOrExternalUsers"])))
            .partial("no users", 0.5, user("includeUsers", json!(["None"])))
            .partial("no targets", 0.5, and(grant("mfa"), |policy| {
                policy["conditions"]["applications"]["includeApplications"] = json!(["None"]);
            }))
            .partial("asks for nothing", 0.5, and(Value::Null, |_| {}))
            .partial("a deleted location", 0.5, and(grant("mfa"), |policy| {
                policy["conditions"]["locations"] =
                    json!({ "includeLocations": ["All"], "excludeLocations": [GONE, "AllTrusted"] });
            }))
            .passes("a disabled policy", and(Value::Null, |policy| policy["state"] = json!("disabled")))
            .fails("approved client apps for all", and(grant("approvedApplication"), |_| {}))
            .partial("approved client apps for some", 0.5, and(grant("approvedApplication"), |policy| {
                policy["conditions"]["users"]["includeUsers"] = json!([PERSON_1]);
            }))
            .fails("four faults", many)
            .unknown("groups refused", UnknownReason::Permission, {
                user("excludeGroups", json!([GONE])).forbidden(Data::Groups)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            });
    }
}
