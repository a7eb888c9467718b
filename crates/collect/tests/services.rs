//! How the collector meets services: pages, throttling, refusals, broken answers.

#[cfg(test)]
mod stub;

#[cfg(test)]
mod several;

use std::time::{Duration, Instant};

use collect::{CollectError, Limits, SignInTrouble};
use model::{Data, Dataset, UnavailableReason};
use stub::{Reply, SECRET, TENANT, TOKEN, batch, json, refused, stub};

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

fn with_header(reply: Reply, name: &'static str, value: &str) -> Reply {
    let (status, mut headers, body) = reply;
    headers.push((name, value.to_owned()));
    (status, headers, body)
}

fn busy() -> Reply {
    refused(429, "TooManyRequests", "Too many requests")
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_records_stay_byte_for_byte() {
    let server = stub().on("/v1.0/domains", |asked, _| {
        let next = |n| format!(r#""@odata.nextLink":"{}{}?skip={n}""#, asked.base, asked.path);
        json(match asked.query.as_str() {
            "" => format!(r#"{{{},"value":[{{ "id" : "a.example", "n":1.50 }}]}}"#, next(1)),
            "skip=1" => format!(r#"{{"value":[],{}}}"#, next(2)),
            _ => r#"{"value":[{"id":"b.example"},{ "id" : "a.example", "n":1.50 }]}"#.to_owned(),
        })
    });
    let server = server.start().await;
    let Dataset::Collected(domains) = server.dataset(Data::Domains).await else { panic!() };
    assert_eq!(
        domains.records.get(),
        r#"[{ "id" : "a.example", "n":1.50 },{"id":"b.example"}]"#,
        "the overlap of the pages is one record"
    );
    assert_eq!(domains.pages, 3);
}

#[tokio::test]
async fn a_token_never_follows_a_link_to_a_stranger() {
    for next in [
        "http://localhost:PORT/graph/v1.0/domains?next",
        "http://user:word@127.0.0.1:PORT/graph/v1.0/domains?next",
        "https://127.0.0.1:PORT/graph/v1.0/domains?next",
        "http://127.0.0.1:PORT/exchange/v1.0/domains?next",
        "http://127.0.0.1:PORT/graphite/v1.0/domains?next",
        "http://127.0.0.1:PORT/graph/../v1.0/domains?next",
        "/graph/v1.0/domains?next",
        "string",
    ] {
        let server = stub().on("/v1.0/domains", move |asked, _| {
            let port = asked.base.rsplit(':').next().unwrap();
            let next = next.replace("PORT", port);
            json(format!(r#"{{"value":[{{"id":"a.example"}}],"@odata.nextLink":"{next}"}}"#))
        });
        let server = server.start().await;
        let gap = server.unavailable(Data::Domains).await;
        assert_eq!(gap.reason, UnavailableReason::Truncated, "{next}");
        assert!(gap.detail.contains("not its own"), "{}", gap.detail);
        assert_eq!(server.count("/v1.0/domains"), 1, "{next}");
    }
}

#[tokio::test]
async fn pages_that_go_in_circles_end() {
    let server = stub().on("/v1.0/domains", |asked, _| {
        let next = if asked.query == "a" { "b" } else { "a" };
        json(format!(
            r#"{{"value":[{{"id":"{next}.example"}}],"@odata.nextLink":"{}{}?{next}"}}"#,
            asked.base, asked.path
        ))
    });
    let server = server.start().await;
    let gap = server.unavailable(Data::Domains).await;
    assert_eq!(gap.reason, UnavailableReason::Truncated);
    assert!(server.count("/v1.0/domains") <= 4);
}

#[tokio::test]
async fn half_a_list_is_no_list() {
    let server = stub().on("/v1.0/domains", |asked, _| match asked.query.as_str() {
        "" => json(format!(
            r#"{{"value":[{{"id":"a.example"}}],"@odata.nextLink":"{}{}?b"}}"#,
            asked.base, asked.path
        )),
        _ => refused(500, "InternalServerError", "sorry"),
    });
    let gap = server.start().await.unavailable(Data::Domains).await;
    assert_eq!(gap.reason, UnavailableReason::Truncated);
    assert_eq!(gap.detail, "page 2: 500 InternalServerError: sorry");
}

#[tokio::test]
async fn an_expired_link_begins_the_list_again() {
    let server = stub().on("/v1.0/domains", |asked, before| match asked.query.as_str() {
        "b" if before == 0 => refused(400, "Directory_ExpiredPageToken", "expired"),
        "b" => json(r#"{"value":[{"id":"b.example"}]}"#),
        _ => json(format!(
            r#"{{"value":[{{"id":"a.example"}}],"@odata.nextLink":"{}{}?b"}}"#,
            asked.base, asked.path
        )),
    });
    let records = server.start().await.records(Data::Domains).await;
    assert_eq!(records, r#"[{"id":"a.example"},{"id":"b.example"}]"#);
}

#[tokio::test]
async fn throttling_passes_with_and_without_a_time() {
    let server = stub().on(POLICIES, |_, before| match before {
        0 => with_header(busy(), "retry-after", "1"),
        1 => busy(),
        2 => refused(503, "ServiceUnavailable", ""),
        _ => json(r#"{"value":[{"id":"p"}]}"#),
    });
    let server = server.start().await;
    assert_eq!(server.records(Data::ConditionalAccessPolicies).await, r#"[{"id":"p"}]"#);
    assert_eq!(server.count(POLICIES), 4);
}

#[tokio::test]
async fn a_time_that_the_service_asks_for_is_waited() {
    let server = stub().on(POLICIES, |_, before| match before {
        0 => with_header(busy(), "retry-after", "1"),
        _ => json(r#"{"value":[]}"#),
    });
    let server = server.start().await;
    let limits = Limits { longest_wait: Duration::from_secs(5), ..Limits::loopback() };
    let start = Instant::now();
    server.collect_with(&[Data::ConditionalAccessPolicies], limits, "").await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn throttling_without_end_ends() {
    let server = stub().on(POLICIES, |_, _| busy()).start().await;
    let gap = server.unavailable(Data::ConditionalAccessPolicies).await;
    assert_eq!(gap.reason, UnavailableReason::Throttled);
    assert!(gap.detail.starts_with("429 TooManyRequests"), "{}", gap.detail);
    assert_eq!(server.count(POLICIES), 12);
}

#[tokio::test]
async fn the_budget_holds_against_a_service_that_is_slow() {
    let server = stub().on(POLICIES, |_, _| with_header(busy(), "retry-after", "3600"));
    let server = server.start().await;
    let limits = Limits {
        budget: Duration::from_millis(400),
        longest_wait: Duration::from_hours(1),
        ..Limits::loopback()
    };
    let start = Instant::now();
    let snapshot =
        server.collect_with(&[Data::ConditionalAccessPolicies, Data::Domains], limits, "").await;
    assert!(start.elapsed() < Duration::from_secs(5));
    let policies = snapshot.unwrap().datasets.remove("conditionalAccessPolicies").unwrap();
    let Dataset::Unavailable(gap) = policies else { panic!() };
    assert_eq!(gap.reason, UnavailableReason::Throttled);
}

#[tokio::test]
async fn a_denied_permission_is_named_and_costs_one_dataset() {
    let server = stub()
        .on("/v1.0/auditLogs/directoryAudits", |_, _| {
            refused(403, "UnknownError", "does not have the required scopes")
        })
        .on("/v1.0/groupSettings", |_, _| json(r#"{"value":[]}"#))
        .start()
        .await;
    let snapshot = server.collect(&[Data::DirectoryAudits, Data::GroupSettings]).await.unwrap();
    let Some(Dataset::Unavailable(gap)) = snapshot.dataset(Data::DirectoryAudits) else { panic!() };
    assert_eq!(gap.reason, UnavailableReason::Forbidden);
    assert_eq!(
        gap.detail,
        "403 UnknownError: does not have the required scopes; needs the application permission \
         AuditLog.Read.All"
    );
    assert!(matches!(snapshot.dataset(Data::GroupSettings), Some(Dataset::Collected(_))));
    assert_eq!(snapshot.datasets.len(), Data::ALL.len(), "no dataset vanishes");
}

#[tokio::test]
async fn a_missing_license_is_told_from_a_missing_permission() {
    let report = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    let server = stub()
        .on("/userRegistrationDetails", move |_, _| refused(403, report, "Neither"))
        .on("/roleEligibilityScheduleInstances", |_, _| {
            refused(400, "AadPremiumLicenseRequired", "The tenant needs to have P2")
        })
        .on("/riskDetections", |_, _| {
            refused(403, "Forbidden", "Your tenant is not licensed for this feature.")
        })
        .start()
        .await;
    for data in [
        Data::UserRegistrationDetails,
        Data::RoleEligibilityScheduleInstances,
        Data::RiskDetections,
        Data::SignInActivity,
    ] {
        assert_eq!(server.unavailable(data).await.reason, UnavailableReason::NotLicensed, "{data}");
    }
    assert_eq!(server.count("/v1.0/users"), 0, "last sign-in times are not asked for in vain");
}

#[tokio::test]
async fn a_licensed_tenant_that_is_refused_gets_a_second_look() {
    const SKUS: &str = r#"{"value":[{"capabilityStatus":"Enabled","prepaidUnits":{"enabled":5},"servicePlans":[{"servicePlanId":"41781fb2-bc02-4b7c-bd55-b576c07bb09d","provisioningStatus":"Success"}]}]}"#;
    let server = stub()
        .on("/v1.0/subscribedSkus", |_, _| json(SKUS))
        .on("/userRegistrationDetails", |_, before| match before {
            0 => refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither"),
            _ => json(r#"{"value":[{"id":"u"}]}"#),
        })
        .start()
        .await;
    assert_eq!(server.records(Data::UserRegistrationDetails).await, r#"[{"id":"u"}]"#);
}

#[tokio::test]
async fn a_refusal_of_nothing_but_nul_bytes_is_a_missing_role() {
    let server = stub().on("/InvokeCommand", |_, _| {
        with_header((403, Vec::new(), vec![0; 4096]), "content-encoding", "gzip")
    });
    let server = server.start().await;
    let gap = server.unavailable(Data::ExchangeProtectionAlerts).await;
    // The stub's tenant owns no Exchange Online, and says so.
    assert_eq!(gap.reason, UnavailableReason::NotLicensed);
    assert_eq!(gap.detail, "403: no words; takes Exchange Online");
}

#[tokio::test]
async fn cmdlets_page_by_posting_again() {
    let server = stub().on("/InvokeCommand", |asked, _| {
        assert!(asked.body.contains(r#""CmdletName":"Get-RemoteDomain""#), "{}", asked.body);
        match asked.query.as_str() {
            "" => json(format!(
                r#"{{"@adminapi.warnings":["more results"],"value":[{{"Name":"a"}}],"@odata.nextLink":"{}{}?b"}}"#,
                asked.base, asked.path
            )),
            _ => json(r#"{"@adminapi.warnings":[],"value":[{"Name":"b","A@data.type":"x"}]}"#),
        }
    });
    let records = server.start().await.records(Data::ExchangeRemoteDomains).await;
    assert_eq!(records, r#"[{"Name":"a"},{"Name":"b","A@data.type":"x"}]"#);
}

#[tokio::test]
async fn a_cut_answer_of_a_cmdlet_is_no_list() {
    for reply in [
        r#"{"value":[],"@adminapi.warnings":["There are more results available."]}"#,
        r#"{"value":[{"Name":"a"}],"@odata.nextLink":"https://elsewhere.example/x"}"#,
    ] {
        let server = stub().on("/InvokeCommand", move |_, _| json(reply)).start().await;
        let gap = server.unavailable(Data::ExchangeRemoteDomains).await;
        assert_eq!(gap.reason, UnavailableReason::Truncated, "{reply}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_stranger_is_refused() {
    for location in ["https://outlook.office365.com.evil.example/x", "http://127.0.0.1:1/", "%"] {
        let server = stub().on("/InvokeCommand", move |_, _| {
            with_header((302, Vec::new(), Vec::new()), "location", location)
        });
        let gap = server.start().await.unavailable(Data::ExchangeRemoteDomains).await;
        assert_eq!(gap.reason, UnavailableReason::Failed, "{location}");
        assert!(gap.detail.contains("redirects"), "{}", gap.detail);
    }
    let server = stub().on("/v1.0/groupSettings", |asked, _| {
        let next = format!("{}/graph/v1.0/elsewhere", asked.base);
        with_header((307, Vec::new(), Vec::new()), "location", &next)
    });
    let server = server.start().await;
    server.unavailable(Data::GroupSettings).await;
    assert_eq!(server.count("/elsewhere"), 0);
}

#[tokio::test]
async fn groups_of_preset_policies_are_found_by_mail() {
    const GROUP: &str = "0d0d0d0d-0000-4000-8000-000000000009";
    let server = stub()
        .on("/InvokeCommand", |_, _| {
            json(r#"{"value":[{"Name":"Strict Preset Security Policy","SentToMemberOf":"O'Board&Co@larkspur.example"}]}"#)
        })
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |path, _| match path {
                path if path.contains("/members") => (200, r#"{"value":[{"id":"u"}]}"#.into()),
                path if path.contains("/owners") => (200, r#"{"value":[{"id":"o"}]}"#.into()),
                path => {
                    assert!(
                        path.starts_with("/groups?$filter=mail%20eq%20%27o%27%27board%26co%40larkspur%2Eexample%27&$select="),
                        "{path}"
                    );
                    (200, format!(r#"{{"value":[{{"id":"{GROUP}"}}]}}"#))
                }
            })
        })
        .start()
        .await;
    let wanted = [Data::ExchangeEopProtectionPolicyRules, Data::Groups, Data::GroupMembers];
    let snapshot = server.collect(&wanted).await.unwrap();
    let records = |data| match snapshot.dataset(data) {
        Some(Dataset::Collected(collected)) => collected.records.get().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(records(Data::Groups), format!(r#"[{{"id":"{GROUP}","ownerIds":["o"]}}]"#));
    assert_eq!(
        records(Data::GroupMembers),
        format!(r#"[{{"groupId":"{GROUP}","memberIds":["u"],"transitive":false,"groupIds":[]}}]"#)
    );
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    let server = stub().on(POLICIES, |_, before| match before {
        0 => (502, Vec::new(), b"<html>Bad Gateway</html>".to_vec()),
        1 => (200, Vec::new(), br#"{"value":[{"id":"#.to_vec()),
        2 => (200, Vec::new(), vec![0xff, 0xfe]),
        _ => json(r#"{"value":[{"id":"p"}]}"#),
    });
    let records = server.start().await.records(Data::ConditionalAccessPolicies).await;
    assert_eq!(records, r#"[{"id":"p"}]"#);
}

#[tokio::test]
async fn broken_answers_without_end_are_a_failure() {
    for body in ["", "<html>", r#"{"value":[{"id":"#, "{}", "[]", r#"{"value":{}}"#, "null"] {
        let server = stub().on(POLICIES, move |_, _| json(body)).start().await;
        let gap = server.unavailable(Data::ConditionalAccessPolicies).await;
        assert_eq!(gap.reason, UnavailableReason::Failed, "{body}");
    }
}

#[tokio::test]
async fn lists_that_no_tenant_has_empty_are_failures() {
    let server = stub()
        .on("/v1.0/users", |_, _| json(r#"{"value":[]}"#))
        .on(POLICIES, |_, _| json(r#"{"value":[]}"#))
        .start()
        .await;
    assert_eq!(server.unavailable(Data::Users).await.reason, UnavailableReason::Failed);
    assert_eq!(server.records(Data::ConditionalAccessPolicies).await, "[]");
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way() {
    let server = stub()
        .on("/oauth2/v2.0/token", |_, before| {
            json(format!(r#"{{"access_token":"token-{before}","expires_in":3599}}"#))
        })
        .on("/v1.0/groupSettings", |asked, _| match asked.token.as_deref() {
            Some("Bearer token-0") => refused(401, "InvalidAuthenticationToken", "expired"),
            _ => json(r#"{"value":[]}"#),
        })
        .start()
        .await;
    assert_eq!(server.records(Data::GroupSettings).await, "[]");
    assert_eq!(server.count("/token"), 2);
}

#[tokio::test]
async fn without_a_token_there_is_no_snapshot() {
    let body = r#"{"error":"unauthorized_client","error_description":"AADSTS700016","error_codes":[700016],"trace_id":"t","correlation_id":"c"}"#;
    let server = stub().on("/token", move |_, _| (400, Vec::new(), body.into())).start().await;
    let error = server.collect(&[Data::Users]).await.unwrap_err();
    let CollectError::SignIn { tenant, source } = &error else { panic!("{error:?}") };
    assert_eq!((tenant.as_str(), source.code), (TENANT, Some(700_016)));
    assert_eq!(source.trouble, SignInTrouble::Consent);
    assert!(!format!("{error:?} {source}").contains(SECRET));
    assert_eq!(server.count("/token"), 1, "what lasts is not asked for again");
}

#[tokio::test]
async fn a_service_that_the_tenant_does_not_have_costs_its_datasets_only() {
    let body = r#"{"error":"invalid_client","error_codes":[650052]}"#;
    let server = stub()
        .on("/token", move |asked, _| {
            if asked.body.contains("outlook.office365.com") {
                return (400, Vec::new(), body.into());
            }
            json(format!(r#"{{"access_token":"{TOKEN}","expires_in":3599}}"#))
        })
        .start()
        .await;
    let all = [Data::ExchangeTransportConfig, Data::ExchangeRemoteDomains, Data::GroupSettings];
    let snapshot = server.collect(&all).await.unwrap();
    let Some(Dataset::Unavailable(gap)) = snapshot.dataset(Data::ExchangeTransportConfig) else {
        panic!()
    };
    assert_eq!(gap.reason, UnavailableReason::NotLicensed);
    assert!(gap.detail.contains("AADSTS650052"), "{}", gap.detail);
    assert_eq!(server.count("/token"), 2, "the trouble lasts, and is not asked about again");
}

#[tokio::test]
async fn another_tenant_that_answers_is_refused() {
    let other = r#"{"value":[{"id":"0b0b0b0b-0000-4000-8000-000000000002"}]}"#;
    let server = stub().on("/v1.0/organization", move |_, _| json(other)).start().await;
    let error = server.collect(&[Data::Domains]).await.unwrap_err();
    assert!(matches!(error, CollectError::WrongTenant { .. }), "{error:?}");
    assert_eq!(server.count("/v1.0/domains"), 0, "nothing else is read");
}

#[tokio::test]
async fn secrets_and_tokens_are_in_no_snapshot() {
    let server = stub()
        .on("/v1.0/groupSettings", |_, _| {
            let echo = format!("Bearer\\n{}", "x".repeat(10));
            refused(403, "Denied", &echo)
        })
        .start()
        .await;
    let snapshot = server.collect(Data::ALL).await.unwrap();
    let json = String::from_utf8(snapshot.to_json().unwrap()).unwrap();
    assert!(!json.contains(SECRET) && !json.contains(TOKEN));
    assert!(server.seen().iter().all(|asked| {
        let is_token_request = asked.path.ends_with("/token");
        is_token_request == asked.body.contains(SECRET) && is_token_request != asked.token.is_some()
    }));
}

#[tokio::test]
async fn every_dataset_says_why_when_nothing_answers() {
    let server = stub().start().await;
    let snapshot = server.collect(Data::ALL).await.unwrap();
    for data in Data::ALL {
        match snapshot.dataset(*data) {
            Some(Dataset::Unavailable(gap)) => assert!(!gap.detail.is_empty(), "{data}"),
            Some(Dataset::Collected(_)) => {
                let derived = [
                    Data::Organization,
                    Data::SubscribedSkus,
                    // Nothing refers to a group: there is nothing to ask.
                    Data::Groups,
                    Data::GroupMembers,
                ];
                assert!(derived.contains(data), "{data}");
            }
            None => panic!("{data} vanished"),
        }
    }
}

#[tokio::test]
async fn parts_of_a_batch_are_asked_again_on_their_own() {
    let users: Vec<_> = (0..45)
        .map(|n| {
            format!(
                r#"{{"id":"0c0c0c0c-0000-4000-8000-0000000000{n:02}","accountEnabled":{},"userType":"Member"}}"#,
                n != 7
            )
        })
        .collect();
    let users = format!(r#"{{"value":[{}]}}"#, users.join(","));
    let server = stub()
        .on("/v1.0/users", move |_, _| json(users.clone()))
        .on("/beta/$batch", |asked, before| {
            batch(asked, before, |path, before| {
                let number: usize = path[41..43].parse().unwrap();
                match number {
                    // Three batches are under way before the first part is asked again.
                    3 | 30 if before < 3 => (429, r#"{"error":{"code":"TooManyRequests"}}"#.into()),
                    5 => (404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#.into()),
                    9 => (200, r#"{"perUserMfaState":"enforced","x":1}"#.into()),
                    _ => (200, r#"{"perUserMfaState":"disabled"}"#.into()),
                }
            })
        })
        .start()
        .await;
    let records = server.records(Data::UserAuthenticationRequirements).await;
    let records: Vec<serde_json::Value> = serde_json::from_str(&records).unwrap();
    assert_eq!(records.len(), 43, "all but the disabled and the deleted account");
    let states: Vec<_> = records
        .iter()
        .filter(|record| record["perUserMfaState"] == "enforced")
        .map(|record| record["userId"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["0c0c0c0c-0000-4000-8000-000000000009"]);
    assert_eq!(server.count("/beta/$batch"), 4);
}

#[tokio::test]
async fn one_part_that_is_denied_denies_the_dataset() {
    let server = stub()
        .on("/v1.0/users", |_, _| {
            json(format!(
                r#"{{"value":[{{"id":"{TENANT}","accountEnabled":true,"userType":"Member"}}]}}"#
            ))
        })
        .on("/beta/$batch", |asked, before| {
            batch(asked, before, |_, _| (403, r#"{"error":{"code":"AccessDenied"}}"#.into()))
        })
        .start()
        .await;
    let gap = server.unavailable(Data::UserAuthenticationRequirements).await;
    assert_eq!(gap.reason, UnavailableReason::Forbidden);
    assert!(gap.detail.ends_with("Policy.Read.All"), "{}", gap.detail);
}

#[tokio::test]
async fn nested_groups_are_followed_even_in_a_circle() {
    const ONE: &str = "0d0d0d0d-0000-4000-8000-000000000001";
    const TWO: &str = "0d0d0d0d-0000-4000-8000-000000000002";
    const GONE: &str = "0d0d0d0d-0000-4000-8000-000000000003";
    let policies = format!(
        r#"{{"value":[{{"id":"p","conditions":{{"users":{{"includeUsers":["All"],"excludeGroups":["{ONE}","{GONE}","../../x"]}}}}}}]}}"#
    );
    let server = stub()
        .on(POLICIES, move |_, _| json(policies.clone()))
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |path, _| {
                let group = |id: &str| {
                    format!(r##"{{"@odata.type":"#microsoft.graph.group","id":"{id}"}}"##)
                };
                if path.contains(GONE) {
                    return (404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#.into());
                }
                let members = match path {
                    path if !path.contains("/members") => return (200, "{}".into()),
                    path if path.contains(ONE) => group(TWO),
                    _ => format!(
                        r##"{{"@odata.type":"#microsoft.graph.user","id":"{TENANT}"}},{}"##,
                        group(ONE)
                    ),
                };
                (200, format!(r#"{{"value":[{members}]}}"#))
            })
        })
        .start()
        .await;
    let snapshot =
        server.collect(&[Data::ConditionalAccessPolicies, Data::GroupMembers]).await.unwrap();
    let Some(Dataset::Collected(members)) = snapshot.dataset(Data::GroupMembers) else { panic!() };
    assert_eq!(
        members.records.get(),
        format!(
            r#"[{{"groupId":"{ONE}","memberIds":["{TWO}"],"transitive":false,"groupIds":["{TWO}"]}},{{"groupId":"{GONE}","memberIds":[],"transitive":false,"groupIds":[],"notFound":true}},{{"groupId":"{TWO}","memberIds":["{TENANT}","{ONE}"],"transitive":false,"groupIds":["{ONE}"]}}]"#
        )
    );
}

#[tokio::test]
async fn a_tenant_with_more_accounts_than_the_limit_is_not_asked_by_account() {
    let server = stub()
        .on("/v1.0/users", |_, _| {
            json(format!(
                r#"{{"value":[{{"id":"{TENANT}","accountEnabled":true,"userType":"Member"}}]}}"#
            ))
        })
        .start()
        .await;
    let limits = Limits { per_user_mfa_accounts: 0, ..Limits::loopback() };
    let data = Data::UserAuthenticationRequirements;
    let snapshot = server.collect_with(&[data], limits, "").await.unwrap();
    let Some(Dataset::Unavailable(gap)) = snapshot.dataset(data) else { panic!() };
    assert_eq!(gap.reason, UnavailableReason::NotCollected);
    assert_eq!(server.count("/$batch"), 0);
}

#[tokio::test]
async fn members_of_several_answers_are_put_together() {
    let server = stub()
        .on("/v1.0/policies/authenticationMethodsPolicy", |_, _| json(r#"{ "id":"a" }"#))
        .on("/beta/policies/authenticationMethodsPolicy", |_, _| {
            json(r#"{"id":"b","systemCredentialPreferences":{"state":"enabled"},"more":1}"#)
        })
        .on("/crossTenantAccessPolicy/default", |_, _| json(r#"{"isServiceDefault":true}"#))
        .on("/crossTenantAccessPolicy/partners", |_, _| json(r#"{"value":[{"tenantId":"t"}]}"#))
        .on("/v1.0/domains", |_, _| {
            json(r#"{"value":[{"id":"a.example","authenticationType":"Federated"},{"id":"b.example","authenticationType":"Managed"}]}"#)
        })
        .on("/a.example/federationConfiguration", |_, _| json(r#"{"value":[{"id":"f"}]}"#))
        .on("/a%2Eexample/federationConfiguration", |_, _| json(r#"{"value":[{"id":"f"}]}"#))
        .start()
        .await;
    assert_eq!(
        server.records(Data::AuthenticationMethodsPolicy).await,
        r#"[{ "id":"a","systemCredentialPreferences":{"state":"enabled"}}]"#
    );
    assert_eq!(
        server.records(Data::CrossTenantAccessPolicy).await,
        r#"[{"isServiceDefault":true,"partners":[{"tenantId":"t"}]}]"#
    );
    assert_eq!(
        server.records(Data::Domains).await,
        r#"[{"id":"a.example","authenticationType":"Federated","federationConfiguration":[{"id":"f"}]},{"id":"b.example","authenticationType":"Managed"}]"#
    );
}

#[tokio::test]
async fn methods_are_asked_for_the_accounts_that_matter() {
    let server = stub()
        .on("/v1.0/users", |_, _| {
            json(format!(
                r#"{{"value":[{{"id":"{TENANT}","userPrincipalName":"Ea1@larkspur.example"}},{{"id":"0e0e0e0e-0000-4000-8000-000000000001"}}]}}"#
            ))
        })
        .on("/v1.0/$batch", |asked, before| {
            batch(asked, before, |_, _| (200, r#"{"value":[{"id":"m"}]}"#.into()))
        })
        .start()
        .await;
    let emergency =
        "[accounts]\nemergency = [\"ea1@LARKSPUR.example\", \"who@larkspur.example\"]\n";
    let data = Data::UserAuthenticationMethods;
    let snapshot = server.collect_with(&[data], Limits::loopback(), emergency).await.unwrap();
    let Some(Dataset::Collected(methods)) = snapshot.dataset(data) else { panic!() };
    assert_eq!(
        methods.records.get(),
        format!(r#"[{{"userId":"{TENANT}","methods":[{{"id":"m"}}]}}]"#)
    );
    assert!(methods.other["notes"].get().contains("who@larkspur.example"));
}
