//! Highly privileged roles.

#![expect(clippy::too_many_lines, reason = "a table of cases")]

use serde_json::{Value, json};

use super::identity::plans;
use super::{Case, met, not_met, with};

pub(super) fn cases() -> Vec<Case> {
    let person = |name: &str, roles: Value| json!({"DisplayName": name, "OnPremisesImmutableId": null, "roles": roles});
    let global = |name: &str| person(name, json!(["Global Administrator"]));
    let other = |name: &str| person(name, json!(["User Administrator"]));
    let people = |people: Value| json!({"privileged_users": people});
    let two =
        json!({"1": global("Ada"), "2": global("Bea"), "3": other("Cleo"), "4": other("Dana")});
    let role = |name: &str, assignments: Value, rules: Value| json!({"DisplayName": name, "RoleTemplateId": name, "Assignments": assignments, "Rules": rules});
    let tenant = |roles: Value| json!({"privileged_roles": roles, "service_plans": plans(), "scuba_config": {}});
    let assigned = |end: Value| json!([{"PrincipalId": "Ada", "StartDateTime": "/Date(0)/", "EndDateTime": end}]);
    let held = |end: Value| tenant(json!([role("User Administrator", assigned(end), json!([]))]));
    let allowed = |kind: &str, who: &str| {
        let list = json!({"Aad": {"MS.AAD.7.4v1": {"RoleExclusions": {kind: [who]}}}});
        with(held(Value::Null), &[("/scuba_config", list)])
    };
    let ruled =
        |role_name: &str, rule: Value| tenant(json!([role(role_name, Value::Null, json!([rule]))]));
    let approval = |role_name: &str, needed: bool| {
        ruled(
            role_name,
            json!({"Id": "Approval_EndUser_Assignment",
            "Setting": {"IsApprovalRequired": needed}}),
        )
    };
    let mail = |role_name: &str, id: &str, to: Value| {
        ruled(
            role_name,
            json!({"Id": id, "NotificationType": "Email", "NotificationRecipients": to}),
        )
    };
    let no_p2 = |export: Value| with(export, &[("/service_plans", json!([]))]);
    let (ga, ua) = ("Global Administrator", "User Administrator");
    let activation = "Notification_Admin_EndUser_Assignment";
    let to = || json!(["soc@larkspur.example"]);
    vec![
        met("MS.AAD.7.1v1", "two", people(two.clone())),
        not_met("MS.AAD.7.1v1", "one", people(json!({"1": global("Ada")}))),
        not_met(
            "MS.AAD.7.1v1",
            "two of one name",
            people(json!({"1": global("Ada"), "2": global("Ada")})),
        ),
        not_met(
            "MS.AAD.7.1v1",
            "nine",
            people((0..9).map(|n| (n.to_string(), global(&n.to_string()))).collect()),
        ),
        met("MS.AAD.7.2v1", "as many others", people(two.clone())),
        not_met(
            "MS.AAD.7.2v1",
            "fewer others",
            people(with(two.clone(), &[("/4", global("Dana"))])),
        ),
        met("MS.AAD.7.3v1", "all cloud-only", people(two.clone())),
        not_met(
            "MS.AAD.7.3v1",
            "one synchronized",
            people(with(two.clone(), &[("/3/OnPremisesImmutableId", json!("x"))])),
        ),
        met("MS.AAD.7.4v1", "with an end", held(json!("/Date(1900000000000)/"))),
        not_met("MS.AAD.7.4v1", "without", held(Value::Null)),
        met("MS.AAD.7.4v1", "without, an allowed user", allowed("Users", "Ada")),
        met("MS.AAD.7.4v1", "without, an allowed group", allowed("Groups", "ada")),
        not_met("MS.AAD.7.4v1", "without, another allowed", allowed("Users", "Bea")),
        not_met("MS.AAD.7.4v1", "no license", no_p2(held(json!("/Date(1900000000000)/")))),
        met("MS.AAD.7.5v1", "in PIM", held(Value::Null)),
        not_met(
            "MS.AAD.7.5v1",
            "outside",
            with(
                held(Value::Null),
                &[("/privileged_roles/0/Assignments/0/StartDateTime", Value::Null)],
            ),
        ),
        met("MS.AAD.7.6v1", "approved", approval(ga, true)),
        met("MS.AAD.7.6v1", "another role", approval(ua, false)),
        not_met("MS.AAD.7.6v1", "not approved", approval(ga, false)),
        met("MS.AAD.7.7v1", "told", mail(ua, "Notification_Admin_Admin_Assignment", to())),
        not_met(
            "MS.AAD.7.7v1",
            "not told",
            mail(ua, "Notification_Admin_Admin_Assignment", json!([])),
        ),
        not_met(
            "MS.AAD.7.7v1",
            "not told of eligible ones",
            mail(ga, "Notification_Admin_Admin_Eligibility", Value::Null),
        ),
        met("MS.AAD.7.8v1", "told", mail(ga, activation, to())),
        met("MS.AAD.7.8v1", "another role", mail(ua, activation, json!([]))),
        not_met("MS.AAD.7.8v1", "not told", mail(ga, activation, json!([]))),
        not_met(
            "MS.AAD.7.8v1",
            "a group's rule not told",
            with(
                mail(ga, activation, json!([])),
                &[("/privileged_roles/0/Rules/0/RuleSourceType", json!("PIM Group"))],
            ),
        ),
        met("MS.AAD.7.9v1", "told", mail(ua, activation, to())),
        met("MS.AAD.7.9v1", "Global Administrator", mail(ga, activation, json!([]))),
        not_met("MS.AAD.7.9v1", "not told", mail(ua, activation, json!([]))),
    ]
}
