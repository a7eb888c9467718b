//! Privileged accounts: groups that grant roles or exempt from policies are protected.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Data, Evidence, Gap, Group, Id, NotApplicableReason, Plan, RoleSet, Severity, SubjectKind,
};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::role_data;
use crate::finding::{Finding, count, ratio, some_names};
use crate::people::is_absent;
use crate::reach::demand;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-sensitive-groups",
    title: "Groups that grant roles or exempt from policies are protected",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::EntraIdP1], &[]),
    reads: role_data![ConditionalAccessPolicies, RoleManagementPolicyAssignments],
    rationale: "Whoever may edit the group that a policy leaves out can switch MFA off for \
        anybody, and whoever may edit a group that holds a role can give it away.",
    passes_when: "Every group that holds a directory role, that an enabled policy with a block, \
        MFA or device requirement includes or excludes, or that approves role activations, is \
        role-assignable or in a restricted management administrative unit, is not synchronized, \
        has no dynamic rule on an attribute that people edit themselves, and has no owner without \
        a privileged role. A dynamic group that a policy only includes is fine while its rule asks \
        for nothing but the kind and state of accounts. Partial with the share of protected \
        groups; it fails when groups are excluded and none of those is protected.",
    remediation: &[
        "Create a role-assignable group for each use below and move the members there.",
        "Or put the group into a restricted management administrative unit.",
        "Remove owners who hold no privileged role.",
        "Entra admin center > Groups > All groups; Roles & admins > Admin units.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::Maester, &["MT.1035"]), (Framework::Nist80053, &["AC-6"])],
    judge,
};

/// What a group is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    HoldsRole,
    Excluded,
    Included,
    Approves,
}

impl Use {
    fn words(self) -> &'static str {
        match self {
            Self::HoldsRole => "holds a role",
            Self::Excluded => "excluded from a policy",
            Self::Included => "included in a policy",
            Self::Approves => "approves role activations",
        }
    }
}

/// Attributes that people edit themselves, or that whoever invites a guest chooses.
const EDITABLE: [&str; 9] = [
    "mobilephone",
    "mobile",
    "othermails",
    "preferredlanguage",
    "displayname",
    "givenname",
    "surname",
    "mail",
    "mailnickname",
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let uses = uses(context)?;
    let groups = context.tenant.groups.read()?;
    let mut evidence = Vec::new();
    let mut open = Vec::new();
    let (mut judged, mut excluded, mut excluded_protected) = (0, 0, 0);
    for group in groups {
        let Some(uses) = uses.get(&group.id) else { continue };
        if uses.iter().eq([&Use::Included]) && is_about_everybody(group) {
            continue;
        }
        judged += 1;
        let flaws = flaws(context, group)?;
        let purposes = uses.iter().map(|one| one.words()).collect::<Vec<_>>().join(", ");
        let (observed, expected) = if flaws.is_empty() {
            (format!("{purposes}; {}", protection(group)), "")
        } else {
            open.push(name(group));
            (
                format!("{purposes}; {}", flaws.join(", ")),
                "role-assignable or restricted, no ordinary owner",
            )
        };
        if uses.contains(&Use::Excluded) {
            excluded += 1;
            excluded_protected += usize::from(flaws.is_empty());
        }
        evidence.push(Evidence::new(
            SubjectKind::Group,
            group.id.as_str(),
            name(group),
            observed,
            expected,
        ));
    }
    if judged == 0 {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "No group grants a role, decides whom a policy is for, or approves activations.",
        ));
    }
    let all = count(judged, "sensitive group", "sensitive groups");
    let names = some_names(open.iter().copied());
    let summary = format!(
        "{} of {all} can be changed by lesser administrators or owners: {names}.",
        open.len()
    );
    let finding = if open.is_empty() {
        Finding::pass(format!("All of {all} are protected."))
    } else if excluded > 0 && excluded_protected == 0 {
        Finding::fail(summary)
    } else {
        Finding::partial(ratio(judged - open.len(), judged), summary)
    };
    Ok(finding
        .would_pass_if(format!(
            "{names} were role-assignable or restricted, without ordinary owners"
        ))
        .with(evidence)
        .judged(judged, &[]))
}

/// Every group that matters, with what it is used for. Groups that are gone or of another tenant
/// have no record and are not judged.
fn uses(context: &Context<'_>) -> Result<BTreeMap<Id, BTreeSet<Use>>, Gap> {
    let mut found: BTreeMap<Id, BTreeSet<Use>> = BTreeMap::new();
    let mut add = |id: &Id, why| {
        found.entry(id.clone()).or_default().insert(why);
    };
    for holder in context.directory()?.holders()?.complete()? {
        holder.group.iter().for_each(|group| add(group, Use::HoldsRole));
    }
    // A group without members holds its role all the same.
    for assignment in context.tenant.role_assignments.read()? {
        add(&assignment.principal_id, Use::HoldsRole);
    }
    let eligible = context.tenant.role_eligibility_schedule_instances.read().unwrap_or_default();
    for one in eligible {
        add(&one.principal_id, Use::HoldsRole);
    }
    for policy in context.tenant.conditional_access_policies.read()? {
        let Some(users) = policy.conditions.users.as_ref().filter(|_| policy.is_enforced()) else {
            continue;
        };
        if demand(policy).is_some() {
            users.include_groups.iter().for_each(|group| add(group, Use::Included));
            users.exclude_groups.iter().for_each(|group| add(group, Use::Excluded));
        }
    }
    let roles = match context.tenant.role_management_policy_assignments.read() {
        Ok(roles) => roles,
        Err(gap) if is_absent(&gap) && !context.licenses()?.has_pim() => &[],
        Err(gap) => return Err(gap),
    };
    for role in roles {
        let rule = role.rule("Approval_EndUser_Assignment").and_then(|rule| rule.setting.as_ref());
        let Some(setting) = rule.filter(|one| one.is_approval_required == Some(true)) else {
            continue;
        };
        let approvers = setting.approval_stages.iter().flat_map(|stage| &stage.primary_approvers);
        approvers
            .filter_map(|one| one.group_id.as_ref())
            .for_each(|group| add(group, Use::Approves));
    }
    Ok(found)
}

/// What is wrong with the group, in words.
fn flaws(context: &Context<'_>, group: &Group) -> Result<Vec<String>, Gap> {
    let mut flaws = Vec::new();
    if group.is_assignable_to_role != Some(true) && group.is_management_restricted != Some(true) {
        flaws.push("neither role-assignable nor restricted".to_owned());
    }
    if group.on_premises_sync_enabled == Some(true) {
        flaws.push("synchronized from on premises".to_owned());
    }
    let attributes = attributes(group);
    if let Some(attribute) = attributes.iter().find(|name| EDITABLE.contains(&name.as_str())) {
        flaws.push(format!("its dynamic rule asks for {attribute}, which people edit themselves"));
    }
    let directory = context.directory()?;
    let missing = || Gap::field(Data::Groups, &format!("the owners of {}", name(group)));
    let admins: BTreeSet<&Id> = directory
        .holders_of(RoleSet::Privileged)?
        .into_iter()
        .map(|holder| holder.principal.id())
        .collect();
    let ordinary: Vec<&str> = group
        .owner_ids
        .as_ref()
        .ok_or_else(missing)?
        .iter()
        .filter(|owner| !admins.contains(owner))
        .map(|owner| directory.user(owner).map_or(owner.as_str(), model::User::name))
        .collect();
    if !ordinary.is_empty() {
        flaws.push(format!("owned by {}, without a privileged role", some_names(ordinary)));
    }
    Ok(flaws)
}

fn protection(group: &Group) -> &'static str {
    if group.is_assignable_to_role == Some(true) { "role-assignable" } else { "restricted" }
}

fn name(group: &Group) -> &str {
    if group.display_name.is_empty() { &group.id } else { &group.display_name }
}

/// The attributes of users that a dynamic group's rule asks for, in lower case.
fn attributes(group: &Group) -> BTreeSet<String> {
    let rule = group.membership_rule.as_deref().unwrap_or_default().to_ascii_lowercase();
    rule.split("user.")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
        .collect()
}

/// Whether it is a dynamic group whose rule asks for nothing but the kind and state of accounts.
fn is_about_everybody(group: &Group) -> bool {
    let attributes = attributes(group);
    let harmless = ["objectid", "usertype", "accountenabled"];
    !attributes.is_empty() && attributes.iter().all(|name| harmless.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const EXCEPTIONS: &str = "b0000000-0000-4000-8000-0000000000c1";

    fn group(change: impl FnOnce(&mut Value)) -> Value {
        let mut group = json!({
            "id": EXCEPTIONS, "displayName": "Exceptions", "groupTypes": [],
            "isAssignableToRole": true, "isManagementRestricted": null, "membershipRule": null,
            "onPremisesSyncEnabled": null, "ownerIds": []
        });
        change(&mut group);
        group
    }

    /// A policy excludes that group, or includes it.
    fn used(list: &str, change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary()
            .add(Data::Groups, group(change))
            .add(
                Data::GroupMembers,
                json!({ "groupId": EXCEPTIONS, "memberIds": [], "transitive": false }),
            )
            .edit(Data::ConditionalAccessPolicies, |policies| {
                policies[0]["conditions"]["users"][list] = json!([EXCEPTIONS]);
            })
    }

    fn excluded(change: impl FnOnce(&mut Value)) -> Fixture {
        used("excludeGroups", change)
    }

    fn plain(group: &mut Value) {
        group["isAssignableToRole"] = json!(false);
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("excluded, role-assignable", excluded(|_| ()))
            .passes(
                "excluded, restricted",
                excluded(|group| {
                    group["isAssignableToRole"] = Value::Null;
                    group["isManagementRestricted"] = json!(true);
                }),
            )
            .fails_on("excluded, plain", excluded(plain), &[EXCEPTIONS])
            .partial("included, plain", 0.5, used("includeGroups", plain))
            .fails("synchronized", excluded(|group| group["onPremisesSyncEnabled"] = json!(true)))
            .fails("an ordinary owner", excluded(|group| group["ownerIds"] = json!([PERSON_1])))
            .passes(
                "an administrator owns it",
                excluded(|group| group["ownerIds"] = json!([ADMIN_2])),
            )
            .fails(
                "a rule on one's own entry",
                excluded(|group| {
                    group["membershipRule"] = json!("(user.mobilePhone -startsWith \"+41\")");
                }),
            )
            .partial(
                "approvers",
                0.001,
                Fixture::exemplary().with_member(Data::Groups, "isAssignableToRole", &json!(false)),
            );
    }

    #[test]
    fn who_is_not_judged() {
        let everybody = used("includeGroups", |group| {
            plain(group);
            group["membershipRule"] =
                json!("(user.objectId -ne null) and (user.accountEnabled -eq true)");
        });
        let report_only = excluded(plain).edit(Data::ConditionalAccessPolicies, |policies| {
            policies[0]["state"] = json!("enabledForReportingButNotEnforced");
        });
        let gone = excluded(plain).edit(Data::Groups, |groups| {
            groups.pop();
        });
        let no_use = Fixture::exemplary().with_member(
            Data::RoleManagementPolicyAssignments,
            "policy",
            &json!({ "rules": [] }),
        );
        check(&CONTROL)
            .passes("all users", everybody)
            .passes("a report-only policy", report_only)
            .passes("a deleted group", gone)
            .not_applicable("no such group", NotApplicableReason::NoPopulation, no_use);
    }

    #[test]
    fn groups_that_hold_roles() {
        let holding = |change: fn(&mut Value)| {
            excluded(change)
                .add(Data::RoleAssignments, assignment(EXCEPTIONS, HELPDESK_ADMIN))
                .edit(Data::ConditionalAccessPolicies, |policies| {
                    policies[0]["conditions"]["users"]["excludeGroups"] = json!([]);
                })
        };
        check(&CONTROL).passes("role-assignable", holding(|_| ())).partial(
            "owned by somebody",
            0.5,
            holding(|group| group["ownerIds"] = json!([PERSON_1])),
        );
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in [
            Data::Groups,
            Data::Users,
            Data::RoleAssignments,
            Data::ConditionalAccessPolicies,
            Data::RoleManagementPolicyAssignments,
        ] {
            let fixture = excluded(|_| ()).forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .unknown(
                "owners",
                UnknownReason::FieldMissing,
                excluded(|group| group["ownerIds"] = Value::Null),
            )
            .passes("without PIM", excluded(|_| ()).unlicensed(&[Plan::EntraIdP2]))
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                excluded(plain).unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]),
            );
    }
}
