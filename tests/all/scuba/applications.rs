//! Authentication methods, applications, guests and domains.

#![expect(clippy::too_many_lines, reason = "a table of cases")]

use model::Verdict;
use serde_json::{Value, json};

use super::{Case, met, not_met, verdict, with};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = methods();
    cases.extend(applications());
    cases
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
