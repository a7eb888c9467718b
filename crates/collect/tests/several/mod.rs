//! Datasets that follow from what other datasets say.

use collect::Limits;
use model::{Data, Dataset, Snapshot};

use super::stub::{batch, json, refused, stub};

const ONE: &str = "0d0d0d0d-0000-4000-8000-000000000001";
const TWO: &str = "0d0d0d0d-0000-4000-8000-000000000002";
const THREE: &str = "0d0d0d0d-0000-4000-8000-000000000003";

fn records(snapshot: &Snapshot, data: Data) -> String {
    match snapshot.dataset(data) {
        Some(Dataset::Collected(collected)) => collected.records.get().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn notes(snapshot: &Snapshot, data: Data) -> String {
    match snapshot.dataset(data) {
        Some(Dataset::Collected(collected)) => {
            collected.other.get("notes").map(ToString::to_string).unwrap_or_default()
        }
        other => panic!("{other:?}"),
    }
}

/// A token whose claims grant these application permissions.
fn token(roles: &str) -> String {
    use base64::Engine as _;
    let claims = format!(r#"{{"roles":[{roles}]}}"#);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
    format!(r#"{{"access_token":"e30.{claims}.e30","expires_in":3599}}"#)
}

#[tokio::test]
async fn groups_are_found_wherever_they_are_named() {
    let server = stub()
        .on("/InvokeCommand", |asked, _| {
            // A rule names its groups by address, display name or id.
            let names = if asked.body.contains("Get-MalwareFilterRule") {
                format!(r#"["Directors","{TWO}"]"#)
            } else {
                "null".to_owned()
            };
            json(format!(r#"{{"value":[{{"Name":"a rule","ExceptIfSentToMemberOf":{names}}}]}}"#))
        })
        .on("/policies/adminConsentRequestPolicy", |_, _| {
            json(format!(
                r#"{{"isEnabled":true,"reviewers":[{{"query":"/groups/{THREE}/transitiveMembers/microsoft.graph.user"}}]}}"#
            ))
        })
        .on("/v1.0/users", |_, _| json(r#"{"value":[{"id":"0e0e0e0e-0000-4000-8000-000000000001"}]}"#))
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |path, _| {
                if path.contains("/members") {
                    (200, r#"{"value":[]}"#.to_owned())
                } else if path.contains("/owners") {
                    (200, r#"{"value":[{"id":"o"}]}"#.to_owned())
                } else if path.contains("displayName%20eq%20%27directors%27") {
                    (200, format!(r#"{{"value":[{{"id":"{ONE}"}}]}}"#))
                } else {
                    let id = path.split(['/', '?']).nth(2).unwrap();
                    (200, format!(r#"{{"id":"{id}"}}"#))
                }
            })
        })
        .start()
        .await;
    let wanted = [
        Data::ExchangeMalwareFilterRules,
        Data::ExchangeSafeLinksRules,
        Data::AdminConsentRequestPolicy,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
    ];
    // The second entry is a user, and no group is asked for by its id.
    let declared = "[accounts]\nemergency = [\"0d0d0d0d-0000-4000-8000-000000000004\", \
        \"0e0e0e0e-0000-4000-8000-000000000001\", \"ea@larkspur.example\"]\n";
    let snapshot = server.collect_with(&wanted, Limits::loopback(), declared).await.unwrap();
    let groups: Vec<serde_json::Value> =
        serde_json::from_str(&records(&snapshot, Data::Groups)).unwrap();
    let ids: Vec<_> = groups.iter().map(|group| group["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [ONE, TWO, THREE, "0d0d0d0d-0000-4000-8000-000000000004"]);
    assert!(groups.iter().all(|group| group["ownerIds"][0] == "o"));
    let members = records(&snapshot, Data::GroupMembers);
    assert_eq!(members.matches("groupId\"").count(), 4, "{members}");
}

#[tokio::test]
async fn owners_are_asked_for_those_with_power_and_no_others() {
    const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
    let server = stub()
        .on("/v1.0/servicePrincipals", |_, _| {
            json(format!(
                r#"{{"value":[
                    {{"id":"{ONE}","appId":"app-1"}},
                    {{"id":"{TWO}","appId":"app-2"}},
                    {{"id":"{THREE}","appId":"app-3","appOwnerOrganizationId":"{MICROSOFT}"}}
                ]}}"#
            ))
        })
        .on("/v1.0/applications", |_, _| {
            json(format!(
                r#"{{"value":[{{"id":"{THREE}","appId":"app-1"}},{{"id":"{TWO}","appId":"app-9"}}]}}"#
            ))
        })
        .on("/roleManagement/directory/roleAssignments", |_, _| {
            json(format!(
                r#"{{"value":[
                    {{"id":"1","principalId":"{ONE}","roleDefinitionId":"r"}},
                    {{"id":"2","principalId":"{THREE}","roleDefinitionId":"r"}}
                ]}}"#
            ))
        })
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |path, _| {
                let expected = [
                    format!("/servicePrincipals/{ONE}/owners?$select=id"),
                    format!("/applications/{THREE}/owners?$select=id"),
                ];
                assert!(expected.contains(&path.to_owned()), "{path}");
                (200, r#"{"value":[{"id":"owner"}]}"#.to_owned())
            })
        })
        .start()
        .await;
    let wanted = [Data::ServicePrincipals, Data::Applications, Data::RoleAssignments];
    let snapshot = server.collect(&wanted).await.unwrap();
    let services = records(&snapshot, Data::ServicePrincipals);
    assert!(services.contains(r#""appId":"app-1","ownerIds":["owner"]}"#), "{services}");
    assert_eq!(services.matches("ownerIds").count(), 1, "{services}");
    let applications = records(&snapshot, Data::Applications);
    assert!(applications.contains(r#""appId":"app-1","ownerIds":["owner"]}"#), "{applications}");
    assert_eq!(applications.matches("ownerIds").count(), 1, "{applications}");
    assert!(!services.contains("customSecurityAttributes"), "no policy asks for them");
}

/// Service principals of a tenant with a policy that filters by attributes.
async fn with_filter(roles: &'static str, attributes: &'static str) -> Snapshot {
    let server = stub()
        .on("/oauth2/v2.0/token", move |_, _| json(token(roles)))
        .on("/conditionalAccess/policies", |_, _| {
            json(
                r#"{"value":[{"id":"p","state":"enabled","conditions":{"applications":
                    {"applicationFilter":{"mode":"include","rule":"x"}}}}]}"#,
            )
        })
        .on("/v1.0/servicePrincipals", move |asked, _| {
            if asked.query.contains("customSecurityAttributes") {
                assert!(!attributes.is_empty(), "asked for without the permission");
                json(format!(
                    r#"{{"value":[{{"id":"{ONE}","customSecurityAttributes":{attributes}}},{{"id":"{TWO}","customSecurityAttributes":null}}]}}"#
                ))
            } else {
                json(format!(r#"{{"value":[{{"id":"{ONE}"}},{{"id":"{TWO}"}}]}}"#))
            }
        })
        .start()
        .await;
    let wanted = [Data::ServicePrincipals, Data::ConditionalAccessPolicies];
    server.collect(&wanted).await.unwrap()
}

#[tokio::test]
async fn null_attributes_mean_none_only_with_the_permission() {
    let data = Data::ServicePrincipals;
    let granted = "\"CustomSecAttributeAssignment.Read.All\"";
    let with = with_filter(granted, r#"{"Zone":{"Tier":"High"}}"#).await;
    let expected = format!(
        r#"[{{"id":"{ONE}","customSecurityAttributes":{{"Zone":{{"Tier":"High"}}}}}},{{"id":"{TWO}","customSecurityAttributes":null}}]"#
    );
    assert_eq!(records(&with, data), expected);
    let none_held = with_filter(granted, "null").await;
    assert_eq!(records(&none_held, data).matches("null").count(), 2);

    let without = with_filter("\"Policy.Read.All\"", "").await;
    assert!(!records(&without, data).contains("customSecurityAttributes"));
    assert!(notes(&without, data).contains("CustomSecAttributeAssignment.Read.All"));
}

#[tokio::test]
async fn attributes_that_fail_cost_nothing_else() {
    let server = stub()
        .on("/conditionalAccess/policies", |_, _| {
            json(
                r#"{"value":[{"id":"p","conditions":{"clientApplications":
                    {"servicePrincipalFilter":{"mode":"include","rule":"x"}}}}]}"#,
            )
        })
        .on("/v1.0/servicePrincipals", |asked, _| {
            if asked.query.contains("customSecurityAttributes") {
                refused(403, "Authorization_RequestDenied", "no")
            } else {
                json(format!(r#"{{"value":[{{"id":"{ONE}"}}]}}"#))
            }
        })
        .start()
        .await;
    let wanted = [Data::ServicePrincipals, Data::ConditionalAccessPolicies];
    let snapshot = server.collect(&wanted).await.unwrap();
    assert_eq!(records(&snapshot, Data::ServicePrincipals), format!(r#"[{{"id":"{ONE}"}}]"#));
    assert!(notes(&snapshot, Data::ServicePrincipals).contains("custom security attributes: 403"));
}

#[tokio::test]
async fn without_the_report_methods_of_priority_accounts_and_role_holders_are_read() {
    const PEOPLE: [&str; 5] = [
        ONE,
        TWO,
        THREE,
        "0d0d0d0d-0000-4000-8000-000000000004",
        "0d0d0d0d-0000-4000-8000-000000000005",
    ];
    let server = stub()
        .on("/v1.0/users", |_, _| {
            let users: Vec<_> = PEOPLE
                .map(|id| {
                    format!(
                        r#"{{"id":"{id}","userPrincipalName":"{}@larkspur.example"}}"#,
                        &id[35..]
                    )
                })
                .to_vec();
            json(format!(r#"{{"value":[{}]}}"#, users.join(",")))
        })
        .on("/roleManagement/directory/roleAssignments", |_, _| {
            json(format!(
                r#"{{"value":[{{"id":"1","principalId":"{ONE}","roleDefinitionId":"r"}}]}}"#
            ))
        })
        .on("/InvokeCommand", |_, _| {
            json(format!(r#"{{"value":[{{"ExternalDirectoryObjectId":"{TWO}"}}]}}"#))
        })
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |_, _| (200, r#"{"value":[]}"#.to_owned()))
        })
        .start()
        .await;
    let declared =
        "[accounts]\nemergency = [\"4@larkspur.example\"]\npriority = [\"3@larkspur.example\"]\n";
    let wanted = [Data::UserAuthenticationMethods, Data::ExchangeVipUsers];
    let snapshot = server.collect_with(&wanted, Limits::loopback(), declared).await.unwrap();
    let methods = records(&snapshot, Data::UserAuthenticationMethods);
    for id in &PEOPLE[..4] {
        assert!(methods.contains(id), "{id}: {methods}");
    }
    assert!(!methods.contains(PEOPLE[4]), "{methods}");
}
