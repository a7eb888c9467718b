//! Applications: users cannot grant applications access on their own, but can ask.

use model::{Data, Evidence, Gap, Id, PermissionGrantConditions, Severity};

use super::reviewers::live_reviewers;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::role_data;
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "app-user-consent",
    title: "Users cannot grant applications access on their own, but can ask",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![
        AuthorizationPolicy,
        AdminConsentRequestPolicy,
        PermissionGrantPolicies,
        GroupSettings,
    ],
    rationale: "An application that a user has allowed to read mail goes on reading after every \
        change of password and past every MFA.",
    passes_when: "The consent policies of ordinary users, those that begin with \
        `ManagePermissionGrantsForSelf.`, are none (CISA and CIS accept it), or only \
        `microsoft-user-default-low` or `microsoft-user-default-recommended` (CISA accepts them, \
        CIS does not), or one of your own that allows no more; consent to risky applications is \
        off; and users can ask an administrator, with at least one enabled reviewer. Restricted \
        consent without such a way, or with consent to risky applications, is partial.",
    remediation: &[
        "Do not allow user consent, or allow it for verified publishers and selected permissions.",
        "Switch on admin consent requests and name reviewers who answer them.",
        "Review what users have granted so far and revoke what nobody needs.",
        "Entra admin center > Enterprise apps > Consent and permissions, and Admin consent settings.",
    ],
    effort: 1,
    // Beyond the five articles: the prerequisites of the Zero Trust guidance that S2 links to.
    sources: &[source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.5.2v1", "MS.AAD.5.3v1"]),
        (Framework::CisM365, &["5.1.5.1", "5.1.5.2"]),
        (
            Framework::Eidsca,
            &[
                "EIDSCA.AP08",
                "EIDSCA.AP09",
                "EIDSCA.CP01",
                "EIDSCA.CP03",
                "EIDSCA.CP04",
                "EIDSCA.CR01",
                "EIDSCA.CR02",
                "EIDSCA.CR03",
                "EIDSCA.CR04",
            ],
        ),
        (Framework::Nist80053, &["AC-6(10)", "CM-5", "CM-4"]),
    ],
    judge,
};

/// How far users may consent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Consent {
    /// Not at all, or to what Microsoft calls low.
    Limited,
    /// To applications that an administrator listed.
    Listed,
    /// To more.
    Wide,
}

/// The template "Consent Policy Settings".
const CONSENT_SETTINGS: &str = "dffd5d46-495d-40a9-8e21-954ff55e198a";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let policies = user_policies(context)?;
    let mut consent = Consent::Limited;
    let mut evidence = Vec::new();
    for policy in &policies {
        let one = width(context, policy)?;
        let expected = match one {
            Consent::Limited => "",
            Consent::Listed | Consent::Wide => "no consent, or low-risk permissions only",
        };
        evidence.push(Evidence::setting("user consent policy", policy.as_str(), expected));
        consent = consent.max(one);
    }
    if policies.is_empty() {
        evidence.push(Evidence::setting("user consent policy", "none: users cannot consent", ""));
    }
    let names = some_names(policies.iter().map(Id::as_str));
    if consent == Consent::Wide {
        return Ok(Finding::fail(format!("Users may grant applications wide access: {names}."))
            .with(evidence)
            .would_pass_if("user consent were off or limited to low-risk permissions"));
    }
    let risky = allows_risky(context)?;
    if risky {
        evidence.push(Evidence::setting("consent to risky applications", "allowed", "not allowed"));
    }
    let reviewers = live_reviewers(context)?;
    let way = reviewers.map_or_else(
        || Evidence::setting("admin consent requests", "off", "on, with an enabled reviewer"),
        |number| {
            let observed =
                format!("on, {}", count(number, "enabled reviewer", "enabled reviewers"));
            let expected = if number == 0 { "on, with an enabled reviewer" } else { "" };
            Evidence::setting("admin consent requests", observed, expected)
        },
    );
    evidence.push(way);
    let (mut flaws, mut changes) = (Vec::new(), Vec::new());
    if consent == Consent::Listed {
        flaws.push("a policy of your own lists applications");
        changes.push("user consent were off or limited to low-risk permissions");
    }
    if risky {
        flaws.push("consent to risky applications is allowed");
        changes.push("consent to risky applications were off");
    }
    if reviewers.is_none_or(|number| number == 0) {
        flaws.push(if reviewers.is_none() {
            "users cannot ask an administrator"
        } else {
            "no enabled reviewer answers requests"
        });
        changes.push("users could ask an administrator, with an enabled reviewer");
    }
    let limited = if policies.is_empty() {
        "Users cannot consent to applications"
    } else {
        "User consent is limited"
    };
    let finding = if changes.is_empty() {
        Finding::pass(format!("{limited}, and users can ask an administrator."))
    } else {
        Finding::partial(0.5, format!("{limited}, but {}.", flaws.join(" and ")))
    };
    Ok(finding.would_pass_if(changes.join(" and ")).with(evidence))
}

/// The consent policies about users themselves, without the prefix.
fn user_policies(context: &Context<'_>) -> Result<Vec<Id>, Gap> {
    let policy = context.tenant.authorization_policy.one()?;
    let assigned = policy
        .default_user_role_permissions
        .as_ref()
        .and_then(|rights| rights.permission_grant_policies_assigned.as_ref())
        .or(policy.permission_grant_policy_ids_assigned_to_default_user_role.as_ref())
        .ok_or_else(|| Gap::field(Data::AuthorizationPolicy, "permissionGrantPoliciesAssigned"))?;
    let mut policies: Vec<Id> = assigned
        .iter()
        .filter_map(|id| {
            let (prefix, name) = id.split_once('.')?;
            prefix.eq_ignore_ascii_case("ManagePermissionGrantsForSelf").then(|| Id::from(name))
        })
        .collect();
    policies.sort();
    Ok(policies)
}

fn width(context: &Context<'_>, policy: &Id) -> Result<Consent, Gap> {
    match policy.as_str() {
        "microsoft-user-default-low" | "microsoft-user-default-recommended" => {
            return Ok(Consent::Limited);
        }
        "microsoft-user-default-legacy" => return Ok(Consent::Wide),
        _ => {}
    }
    let missing =
        || Gap::field(Data::PermissionGrantPolicies, &format!("the consent policy {policy}"));
    let own = context.tenant.permission_grant_policies.read()?;
    let own = own.iter().find(|own| own.id == *policy).ok_or_else(missing)?;
    own.includes.iter().map(width_of_set).max().ok_or_else(missing)
}

/// As `microsoft-user-default-low` does it: low-risk permissions, of verified publishers or of
/// chosen tenants.
fn width_of_set(set: &PermissionGrantConditions) -> Consent {
    let chosen = |ids: &[Id]| !ids.is_empty() && !ids.iter().any(|id| *id == "all");
    let low = set
        .permission_classification
        .as_deref()
        .is_some_and(|word| word.eq_ignore_ascii_case("low"));
    let known = set.client_applications_from_verified_publisher_only == Some(true)
        || chosen(&set.client_application_tenant_ids)
        || chosen(&set.client_application_ids);
    if low && known {
        Consent::Limited
    } else if chosen(&set.client_application_ids) {
        Consent::Listed
    } else {
        Consent::Wide
    }
}

/// Whether users may consent to applications that Microsoft holds for risky; not by default.
fn allows_risky(context: &Context<'_>) -> Result<bool, Gap> {
    let policy = context.tenant.authorization_policy.one()?;
    let settings = context.tenant.group_settings.read()?;
    let blocked = settings
        .iter()
        .find(|one| one.template_id.as_deref() == Some(CONSENT_SETTINGS))
        .and_then(|one| one.value("BlockUserConsentForRiskyApps"));
    Ok(policy.allow_user_consent_for_risky_apps == Some(true)
        || blocked.is_some_and(|value| value.eq_ignore_ascii_case("false")))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn policies(ids: &[&str]) -> Fixture {
        Fixture::exemplary().edit(Data::AuthorizationPolicy, |policy| {
            policy[0]["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"] = json!(ids);
        })
    }

    fn for_self(name: &str) -> Fixture {
        policies(&[&format!("ManagePermissionGrantsForSelf.{name}")])
    }

    /// A consent policy of one's own with this one set of conditions.
    fn own(set: &Value) -> Fixture {
        for_self("Ours").set(
            Data::PermissionGrantPolicies,
            json!([{ "id": "ours", "includes": [set], "excludes": [] }]),
        )
    }

    fn requests(member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().with_member(Data::AdminConsentRequestPolicy, member, value)
    }

    fn reviewed_by(queries: &[String]) -> Fixture {
        let all: Vec<Value> = queries.iter().map(|query| json!({ "query": query })).collect();
        requests("reviewers", &json!(all))
    }

    #[test]
    fn consent() {
        check(&CONTROL)
            .passes("low", Fixture::exemplary())
            .passes("recommended", for_self("microsoft-user-default-recommended"))
            .passes("none", policies(&[]))
            .passes(
                "groups and chats are another matter",
                policies(&[
                    "ManagePermissionGrantsForOwnedResource.microsoft-all-application-permissions",
                ]),
            )
            .fails_on("all", for_self("microsoft-user-default-legacy"), &["user consent policy"]);
        let set = |class: &str, apps: &str, verified: bool| {
            own(&json!({
                "permissionClassification": class, "clientApplicationIds": [apps],
                "clientApplicationTenantIds": ["all"],
                "clientApplicationsFromVerifiedPublisherOnly": verified
            }))
        };
        check(&CONTROL)
            .passes("one's own, as low", set("low", "all", true))
            .fails("one's own, of any publisher", set("low", "all", false))
            .fails("one's own, any permission", set("all", "all", true))
            .partial("one's own, chosen applications", 0.5, set("all", APP, false))
            .unknown("one's own, unread", UnknownReason::NotCollected, for_self("ours"))
            .unknown(
                "one's own, not found",
                UnknownReason::FieldMissing,
                for_self("theirs").set(Data::PermissionGrantPolicies, json!([])),
            );
        let beta = Fixture::exemplary().set(
            Data::AuthorizationPolicy,
            json!([{ "permissionGrantPolicyIdsAssignedToDefaultUserRole":
                ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"] }]),
        );
        check(&CONTROL).fails("beta's place for it", beta);
    }

    #[test]
    fn risky_applications() {
        let setting = |value: &str| {
            Fixture::exemplary().add(
                Data::GroupSettings,
                json!({ "templateId": CONSENT_SETTINGS, "values": [
                    { "name": "BlockUserConsentForRiskyApps", "value": value }
                ] }),
            )
        };
        let allowed = Fixture::exemplary().with_member(
            Data::AuthorizationPolicy,
            "allowUserConsentForRiskyApps",
            &json!(true),
        );
        check(&CONTROL)
            .partial("allowed", 0.5, allowed)
            .partial("allowed by the older setting", 0.5, setting("False"))
            .passes("blocked", setting("true"));
    }

    #[test]
    fn asking_an_administrator() {
        let role = |id: &str| {
            format!(
                "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{id}'"
            )
        };
        let group = format!("/groups/{APPROVERS}/transitiveMembers/microsoft.graph.user");
        let nobody = reviewed_by(&[format!("/users/{SHARED}")]);
        check(&CONTROL)
            .partial("off", 0.5, requests("isEnabled", &json!(false)))
            .partial("no reviewer", 0.5, reviewed_by(&[]))
            .partial("a blocked one", 0.5, nobody)
            .partial("a role nobody holds", 0.5, reviewed_by(&[role(HELPDESK_ADMIN)]))
            .passes("a group", reviewed_by(std::slice::from_ref(&group)))
            .passes("a role", reviewed_by(&[role(GLOBAL_ADMIN)]))
            .passes("version in the path", reviewed_by(&[format!("/v1.0/users/{PERSON_1}")]))
            .unknown(
                "a group that was not read",
                UnknownReason::Permission,
                reviewed_by(std::slice::from_ref(&group)).forbidden(Data::GroupMembers),
            )
            .passes(
                "and somebody else",
                reviewed_by(&[group, format!("/users/{PERSON_1}")]).forbidden(Data::GroupMembers),
            )
            .unknown(
                "another kind",
                UnknownReason::FieldMissing,
                reviewed_by(&["/me/manager".to_owned()]),
            );
    }

    #[test]
    fn unreadable() {
        for data in [
            Data::AuthorizationPolicy,
            Data::AdminConsentRequestPolicy,
            Data::GroupSettings,
            Data::Users,
        ] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), UnknownReason::Permission, fixture);
        }
        let untold = Fixture::exemplary().with_member(
            Data::AuthorizationPolicy,
            "defaultUserRolePermissions",
            &Value::Null,
        );
        check(&CONTROL).unknown("no list", UnknownReason::FieldMissing, untold);
    }
}
