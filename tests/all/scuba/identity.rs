//! Microsoft Entra ID.

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

fn plans() -> Value {
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
    cases.extend(methods());
    cases.extend(applications());
    cases.extend(privileged());
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

fn methods() -> Vec<Case> {
    let feature = |target: &str| json!({"State": "enabled", "IncludeTarget": {"Id": target}});
    let method = |id: &str, state: &str| json!({"Id": id, "State": state});
    let authenticator = with(
        method("MicrosoftAuthenticator", "enabled"),
        &[
            ("/IsSoftwareOathEnabled", json!(false)),
            (
                "/FeatureSettings",
                json!({
                    "DisplayAppInformationRequiredState": feature("all_users"),
                    "DisplayLocationInformationRequiredState": feature("all_users")
                }),
            ),
        ],
    );
    let tenant = |policy: Value, methods: Value| {
        json!({"authentication_method": [{
            "authentication_method_policy": policy,
            "authentication_method_feature_settings": methods
        }]})
    };
    let shown =
        |change: (&str, Value)| tenant(json!({}), json!([with(authenticator.clone(), &[change])]));
    let weak = |sms: &str, voice: &str| {
        tenant(
            json!({}),
            json!([method("Sms", sms), method("Voice", voice), method("Email", "disabled")]),
        )
    };
    let place = "/FeatureSettings/DisplayLocationInformationRequiredState/IncludeTarget/Id";
    let state = |state: Value| tenant(json!({"PolicyMigrationState": state}), json!([]));
    vec![
        met("MS.AAD.3.3v2", "shows both", shown(("/State", json!("enabled")))),
        not_met("MS.AAD.3.3v2", "with codes", shown(("/IsSoftwareOathEnabled", json!(true)))),
        not_met("MS.AAD.3.3v2", "to some", shown((place, json!("some-group")))),
        not_met("MS.AAD.3.3v2", "says nothing", shown(("/FeatureSettings", Value::Null))),
        verdict(
            Verdict::NotApplicable,
            "MS.AAD.3.3v2",
            "off",
            shown(("/State", json!("disabled"))),
        ),
        met("MS.AAD.3.4v1", "complete", state(json!("migrationComplete"))),
        met("MS.AAD.3.4v1", "nothing to migrate", state(Value::Null)),
        not_met("MS.AAD.3.4v1", "under way", state(json!("migrationInProgress"))),
        not_met("MS.AAD.3.4v1", "absent", tenant(json!({}), json!([]))),
        met("MS.AAD.3.5v2", "all off", weak("disabled", "disabled")),
        not_met("MS.AAD.3.5v2", "voice on", weak("disabled", "enabled")),
        verdict(
            Verdict::Unknown,
            "MS.AAD.3.5v2",
            "no methods read",
            tenant(json!({}), Value::Null),
        ),
    ]
}

fn applications() -> Vec<Case> {
    let policy = |place: &str, value: Value| {
        let policy = json!({
            "Id": "authorizationPolicy", "AllowInvitesFrom": "adminsAndGuestInviters",
            "GuestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b",
            "DefaultUserRolePermissions": {"AllowedToCreateApps": false},
            "PermissionGrantPolicyIdsAssignedToDefaultUserRole": []
        });
        json!({"authorization_policies": [with(policy, &[(place, value)])]})
    };
    let invites = "/AllowInvitesFrom";
    let guests = "/GuestUserRoleId";
    let creates = "/DefaultUserRolePermissions/AllowedToCreateApps";
    let consent = |kind: &str, risky: Value| {
        let id = format!("ManagePermissionGrantsForSelf.microsoft-user-default-{kind}");
        let export = policy("/PermissionGrantPolicyIdsAssignedToDefaultUserRole", json!([id]));
        with(export, &[("/risky_delegated_permission_classifications", risky)])
    };
    let requests = |value: &str| {
        let values = json!([{"Name": "EnableAdminConsentRequests", "Value": value}]);
        json!({"directory_settings": [{"DisplayName": "Consent", "Values": values}]})
    };
    let limit = |kind: &str, life: Value| {
        json!({"RestrictionType": kind, "State": "enabled", "MaxLifetime": life,
            "RestrictForAppsCreatedAfterDateTime": "/Date(-62135596800000)/"})
    };
    let half = json!({
        "PasswordCredentials": [
            limit("passwordAddition", Value::Null), limit("symmetricKeyAddition", Value::Null),
            limit("passwordLifetime", json!("P180D")), limit("symmetricKeyLifetime", json!("P90D"))
        ],
        "KeyCredentials": [limit("asymmetricKeyLifetime", json!("P365D"))]
    });
    let both = json!({"ApplicationRestrictions": half, "ServicePrincipalRestrictions": half});
    let app = |changes: &[(&str, Value)]| json!({"default_app_management_policy": [with(both.clone(), changes)]});
    let off = ("/ApplicationRestrictions/PasswordCredentials/0/State", json!("disabled"));
    let life = "/ServicePrincipalRestrictions/PasswordCredentials/2/MaxLifetime";
    let key = "/ServicePrincipalRestrictions/KeyCredentials/0";
    let domain = |id: &str, root: bool, days: Value| {
        json!({"Id": id, "IsRoot": root, "IsVerified": true, "AuthenticationType": "Managed",
            "PasswordValidityPeriodInDays": days})
    };
    let never = || json!(2_147_483_647);
    let domains = |list: Value| json!({"domain_settings": list});
    let federated =
        with(domain("f.example", true, json!(90)), &[("/AuthenticationType", json!("Federated"))]);
    vec![
        met("MS.AAD.5.1v1", "administrators only", policy(creates, json!(false))),
        not_met("MS.AAD.5.1v1", "everybody", policy(creates, json!(true))),
        verdict(
            Verdict::Unknown,
            "MS.AAD.5.1v1",
            "not told",
            policy("/DefaultUserRolePermissions", Value::Null),
        ),
        met("MS.AAD.5.2v1", "no consent", policy(creates, json!(false))),
        met("MS.AAD.5.2v1", "low, none risky", consent("low", json!([]))),
        not_met("MS.AAD.5.2v1", "low, one risky", consent("low", json!([{"Id": "x"}]))),
        not_met("MS.AAD.5.2v1", "as Microsoft likes", consent("recommended", json!([]))),
        not_met("MS.AAD.5.2v1", "any", consent("legacy", json!([]))),
        met("MS.AAD.5.3v1", "on", requests("True")),
        not_met("MS.AAD.5.3v1", "off", requests("false")),
        not_met("MS.AAD.5.3v1", "never set", json!({"directory_settings": []})),
        met("MS.AAD.5.5v1", "no passwords", app(&[])),
        not_met("MS.AAD.5.5v1", "one half open", app(std::slice::from_ref(&off))),
        not_met(
            "MS.AAD.5.5v1",
            "newer applications only",
            app(&[(
                "/ApplicationRestrictions/PasswordCredentials/1/RestrictForAppsCreatedAfterDateTime",
                json!("/Date(1700000000000)/"),
            )]),
        ),
        verdict(Verdict::NotApplicable, "MS.AAD.5.6v1", "no passwords at all", app(&[])),
        met("MS.AAD.5.6v1", "short", app(std::slice::from_ref(&off))),
        not_met("MS.AAD.5.6v1", "a day too long", app(&[off.clone(), (life, json!("P181D"))])),
        not_met("MS.AAD.5.6v1", "no limit", app(&[off, (life, Value::Null)])),
        met("MS.AAD.5.7v1", "a year", app(&[])),
        not_met("MS.AAD.5.7v1", "two years", app(&[(&format!("{key}/MaxLifetime"), json!("P2Y"))])),
        not_met("MS.AAD.5.7v1", "off", app(&[(&format!("{key}/State"), json!("disabled"))])),
        met(
            "MS.AAD.6.1v1",
            "never and unset",
            domains(json!([
                domain("a.example", true, never()),
                domain("b.example", true, Value::Null),
                domain("sub.a.example", false, json!(90)),
                federated,
            ])),
        ),
        not_met(
            "MS.AAD.6.1v1",
            "after 90 days",
            domains(json!([domain("a.example", true, json!(90))])),
        ),
        not_met(
            "MS.AAD.6.1v1",
            "below a root that does",
            domains(json!([
                domain("a.example", true, json!(90)),
                domain("b.example", true, never()),
                domain("sub.a.example", false, never()),
            ])),
        ),
        not_met("MS.AAD.6.1v1", "federated only", domains(json!([federated]))),
        not_met(
            "MS.AAD.6.1v1",
            "an object in place of the list",
            domains(domain("a.example", true, never())),
        ),
        met(
            "MS.AAD.8.1v1",
            "themselves",
            policy(guests, json!("2AF84B1E-32c8-42b7-82bc-daa82404023b")),
        ),
        met(
            "MS.AAD.8.1v1",
            "a little",
            policy(guests, json!("10dae51f-b6af-4016-8d66-8c2a99b929b3")),
        ),
        not_met(
            "MS.AAD.8.1v1",
            "as members",
            policy(guests, json!("a0b1b346-4d3e-4e8b-98f8-753987be4970")),
        ),
        met("MS.AAD.8.2v1", "inviters", policy(invites, json!("adminsAndGuestInviters"))),
        not_met(
            "MS.AAD.8.2v1",
            "members",
            policy(invites, json!("adminsGuestInvitersAndAllMembers")),
        ),
        not_met("MS.AAD.8.2v1", "nobody, which CISA does not know", policy(invites, json!("none"))),
    ]
}

fn privileged() -> Vec<Case> {
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
    let rule =
        |role_name: &str, rule: Value| tenant(json!([role(role_name, Value::Null, json!([rule]))]));
    let approval = |role_name: &str, needed: bool| {
        rule(
            role_name,
            json!({"Id": "Approval_EndUser_Assignment",
            "Setting": {"IsApprovalRequired": needed}}),
        )
    };
    let mail = |role_name: &str, id: &str, to: Value| {
        rule(
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
