//! Conditional Access.

#![expect(clippy::too_many_lines, reason = "a table of cases")]

use model::Verdict;
use serde_json::{Value, json};

use super::{Case, met, not_met, verdict, with};

/// A policy that is for everybody and everything, blocks, and knows no other terms.
fn blocking() -> Value {
    json!({
        "Id": "11111111-0000-4000-8000-000000000001", "DisplayName": "Larkspur block",
        "State": "enabled",
        "Conditions": {
            "Users": {
                "IncludeUsers": ["All"], "ExcludeUsers": [], "ExcludeGroups": [],
                "ExcludeRoles": [], "IncludeRoles": [], "ExcludeGuestsOrExternalUsers": null
            },
            "Applications": {
                "IncludeApplications": ["All"], "ExcludeApplications": [], "IncludeUserActions": []
            },
            "ClientAppTypes": ["all"], "UserRiskLevels": [], "SignInRiskLevels": [],
            "AuthenticationFlows": {"TransferMethods": null}
        },
        "GrantControls": {
            "Operator": "OR", "BuiltInControls": ["block"],
            "AuthenticationStrength": {"AllowedCombinations": null}
        }
    })
}

/// The same policy, with a strength in place of the block.
fn strength(combinations: &Value) -> Value {
    with(
        blocking(),
        &[
            ("/GrantControls/BuiltInControls", json!([])),
            ("/GrantControls/AuthenticationStrength/AllowedCombinations", combinations.clone()),
        ],
    )
}

const LEGACY: &str = "/Conditions/ClientAppTypes";

fn tenant(policies: &Value) -> Value {
    json!({"conditional_access_policies": policies, "service_plans": plans(), "scuba_config": {}})
}

pub(super) fn plans() -> Value {
    json!([{"ServicePlanName": "AAD_PREMIUM_P2", "ServicePlanId": "p2"}])
}

fn one(policy: &Value) -> Value {
    tenant(&json!([policy]))
}

/// With exclusions that the configuration documents for a requirement.
fn documented(policy: &Value, id: &str, exclusions: &Value) -> Value {
    with(one(policy), &[("/scuba_config", json!({"Aad": {id: {"CapExclusions": exclusions}}}))])
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = conditional_access();
    cases.extend(strengths());
    cases
}

fn conditional_access() -> Vec<Case> {
    let legacy = || with(blocking(), &[(LEGACY, json!(["exchangeActiveSync", "other"]))]);
    let risky = |what: &str| with(blocking(), &[(what, json!(["high"]))]);
    let users = || risky("/Conditions/UserRiskLevels");
    let sign_ins = || risky("/Conditions/SignInRiskLevels");
    let no_p2 = |policy: Value| with(one(&policy), &[("/service_plans", json!([]))]);
    let managed =
        |controls: Value| with(blocking(), &[("/GrantControls/BuiltInControls", controls)]);
    let register = |policy: Value| {
        let action = json!(["urn:user:registersecurityinfo"]);
        with(
            policy,
            &[
                ("/Conditions/Applications/IncludeUserActions", action),
                ("/Conditions/Applications/IncludeApplications", json!([])),
            ],
        )
    };
    let flow = |flow: &str| {
        with(blocking(), &[("/Conditions/AuthenticationFlows/TransferMethods", json!(flow))])
    };
    let agents = |risk: &str| {
        with(
            blocking(),
            &[
                ("/Conditions/AgentIdRiskLevels", json!(risk)),
                (
                    "/Conditions/ClientApplications",
                    json!({"IncludeAgentIdServicePrincipals": ["All"]}),
                ),
                ("/Conditions/Users/IncludeUsers", json!(["None"])),
            ],
        )
    };
    let in_cloud = |export: Value, cloud: &str| {
        with(export, &[("/scuba_config", json!({"M365Environment": cloud}))])
    };
    let guests = json!({"GuestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest"});
    let excluding = |what: &str, value: Value| with(legacy(), &[(what, value)]);
    let (user, group) = ("/Conditions/Users/ExcludeUsers", "/Conditions/Users/ExcludeGroups");
    let guest = "/Conditions/Users/ExcludeGuestsOrExternalUsers";
    let app = "/Conditions/Applications/ExcludeApplications";
    let id = "MS.AAD.1.1v1";
    vec![
        met(id, "both kinds of client", one(&legacy())),
        met(id, "the second policy does", tenant(&json!([blocking(), legacy()]))),
        met(
            id,
            "a risk beside it is not looked at",
            one(&with(legacy(), &[("/Conditions/UserRiskLevels", json!(["high"]))])),
        ),
        not_met(id, "no policy", tenant(&json!([]))),
        not_met(id, "null for none", tenant(&Value::Null)),
        not_met(id, "one kind of client", one(&with(blocking(), &[(LEGACY, json!(["other"]))]))),
        not_met(
            id,
            "report-only",
            one(&with(legacy(), &[("/State", json!("enabledForReportingButNotEnforced"))])),
        ),
        not_met(id, "some users", one(&excluding("/Conditions/Users/IncludeUsers", json!(["u"])))),
        not_met(
            id,
            "some resources",
            one(&excluding("/Conditions/Applications/IncludeApplications", json!(["Office365"]))),
        ),
        not_met(
            id,
            "a role left out",
            one(&excluding("/Conditions/Users/ExcludeRoles", json!(["r"]))),
        ),
        not_met(
            id,
            "not blocked",
            one(&with(legacy(), &[("/GrantControls/BuiltInControls", json!(["mfa"]))])),
        ),
        not_met(id, "a user left out", one(&excluding(user, json!(["Ada"])))),
        met(
            id,
            "a user left out, documented",
            documented(&excluding(user, json!(["Ada"])), id, &json!({"Users": ["ada", "unused"]})),
        ),
        not_met(
            id,
            "documented for another requirement",
            documented(
                &excluding(user, json!(["Ada"])),
                "MS.AAD.2.1v1",
                &json!({"Users": ["Ada"]}),
            ),
        ),
        not_met(
            id,
            "two left out, one documented",
            documented(
                &excluding(user, json!(["Ada", "Bea"])),
                id,
                &json!({"Users": ["Ada"], "Groups": null}),
            ),
        ),
        met(
            id,
            "a group left out, documented",
            documented(&excluding(group, json!(["g"])), id, &json!({"Groups": ["g"]})),
        ),
        not_met(
            id,
            "a group documented as a user",
            documented(&excluding(group, json!(["g"])), id, &json!({"Users": ["g"]})),
        ),
        not_met(id, "guests left out", one(&excluding(guest, guests.clone()))),
        met(
            id,
            "guests left out, documented",
            documented(
                &excluding(guest, guests.clone()),
                id,
                &json!({"GuestUserTypes": ["internalGuest", "b2bCollaborationGuest"]}),
            ),
        ),
        not_met(
            id,
            "some kinds of guests documented",
            documented(
                &excluding(guest, guests),
                id,
                &json!({"GuestUserTypes": ["internalGuest"]}),
            ),
        ),
        not_met(id, "an application left out", one(&excluding(app, json!(["a"])))),
        met(
            id,
            "an application left out, documented",
            documented(&excluding(app, json!(["a"])), id, &json!({"Applications": ["a"]})),
        ),
        met("MS.AAD.2.1v1", "risky users", one(&users())),
        not_met("MS.AAD.2.1v1", "risky sign-ins", one(&sign_ins())),
        not_met("MS.AAD.2.1v1", "no license", no_p2(users())),
        met("MS.AAD.2.3v1", "risky sign-ins", one(&sign_ins())),
        not_met("MS.AAD.2.3v1", "risky users", one(&users())),
        not_met("MS.AAD.2.3v1", "no license", no_p2(sign_ins())),
        met(
            "MS.AAD.3.7v1",
            "either kind of device",
            one(&managed(json!(["compliantDevice", "domainJoinedDevice"]))),
        ),
        not_met("MS.AAD.3.7v1", "one kind", one(&managed(json!(["compliantDevice"])))),
        not_met(
            "MS.AAD.3.7v1",
            "or MFA",
            one(&managed(json!(["compliantDevice", "domainJoinedDevice", "mfa"]))),
        ),
        not_met(
            "MS.AAD.3.7v1",
            "both at once",
            one(&with(
                managed(json!(["compliantDevice", "domainJoinedDevice"])),
                &[("/GrantControls/Operator", json!("AND"))],
            )),
        ),
        met(
            "MS.AAD.3.8v1",
            "one kind of device",
            one(&register(managed(json!(["compliantDevice"])))),
        ),
        not_met("MS.AAD.3.8v1", "MFA", one(&register(managed(json!(["mfa"]))))),
        not_met("MS.AAD.3.8v1", "not for registration", one(&managed(json!(["compliantDevice"])))),
        met("MS.AAD.3.9v1", "device code", one(&flow("deviceCodeFlow"))),
        not_met(
            "MS.AAD.3.9v1",
            "device code and transfer",
            one(&flow("deviceCodeFlow,authenticationTransfer")),
        ),
        not_met("MS.AAD.3.9v1", "transfer", one(&flow("authenticationTransfer"))),
        met("MS.AAD.9.1v1", "risky agents", one(&agents("high"))),
        met("MS.AAD.9.1v1", "and less risky ones", one(&agents("medium,high"))),
        not_met("MS.AAD.9.1v1", "less risky ones only", one(&agents("medium"))),
        not_met("MS.AAD.9.1v1", "no license", no_p2(agents("high"))),
        met("MS.AAD.9.1v1", "in any cloud", in_cloud(one(&agents("high")), "gcchigh")),
        verdict(
            Verdict::NotApplicable,
            "MS.AAD.9.1v1",
            "not offered there",
            in_cloud(tenant(&json!([])), "dod"),
        ),
    ]
}

fn strengths() -> Vec<Case> {
    let passkeys = json!(["fido2"]);
    let codes = json!(["password,softwareOath", "fido2"]);
    let grant = |controls: Value| with(blocking(), &[("/GrantControls/BuiltInControls", controls)]);
    let roles = |policy: Value, included: Value| {
        let policy = with(
            policy,
            &[
                ("/Conditions/Users/IncludeUsers", json!([])),
                ("/Conditions/Users/IncludeRoles", included),
            ],
        );
        let roles = json!([
            {"DisplayName": "Global Administrator", "RoleTemplateId": "AA"},
            {"DisplayName": "User Administrator", "RoleTemplateId": "bb"}
        ]);
        with(one(&policy), &[("/privileged_roles", roles)])
    };
    vec![
        met("MS.AAD.3.1v1", "passkeys", one(&strength(&passkeys))),
        not_met("MS.AAD.3.1v1", "or codes", one(&strength(&codes))),
        not_met("MS.AAD.3.1v1", "any MFA", one(&grant(json!(["mfa"])))),
        met("MS.AAD.3.2v2", "any MFA", one(&grant(json!(["mfa"])))),
        met("MS.AAD.3.2v2", "codes or passkeys", one(&strength(&codes))),
        not_met("MS.AAD.3.2v2", "passkeys only: not for everybody", one(&strength(&passkeys))),
        not_met("MS.AAD.3.2v2", "or a password", one(&strength(&json!(["password", "fido2"])))),
        not_met("MS.AAD.3.2v2", "a device", one(&grant(json!(["compliantDevice"])))),
        met("MS.AAD.3.6v1", "every role", roles(strength(&passkeys), json!(["aa", "bb"]))),
        not_met("MS.AAD.3.6v1", "one role", roles(strength(&passkeys), json!(["aa"]))),
        not_met("MS.AAD.3.6v1", "codes", roles(strength(&codes), json!(["aa", "bb"]))),
    ]
}
