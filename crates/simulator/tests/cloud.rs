//! The simulated cloud, asked over HTTP as a scanner asks.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the functions that the tests share may fail as loudly as the tests"
)]

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::{Cloud, Fault, FaultBody, Faults, NOW, Options, Tenant, samples};

const WELL_RUN: &str = "tamarind-vale";
const SMALL: &str = "kestrel-row";
const FREE: &str = "nordhaven-repair";
const HYBRID: &str = "greyloch-valves";
const SCHOOL: &str = "seven-rivers-school";
const HALF_PERMITTED: &str = "marisol-ferries";

const GRAPH: &str = "https://graph.microsoft.com/.default";
const EXCHANGE: &str = "https://outlook.office365.com/.default";
const COMPLIANCE: &str = "https://ps.compliance.protection.outlook.com/.default";
const AZURE: &str = "https://management.azure.com/.default";

const USERS: &str = "/graph/v1.0/users?$select=id,accountEnabled,userType&$top=999";

struct Session {
    cloud: Cloud,
    http: reqwest::Client,
}

struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body.pointer("/error/code").and_then(Value::as_str).unwrap_or_default()
    }

    fn values(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap_or_else(|| panic!("no list: {}", self.body))
    }
}

fn sample(name: &str) -> Tenant {
    samples().unwrap().into_iter().find(|tenant| tenant.name() == name).unwrap()
}

async fn start(options: Options) -> Session {
    let address = "127.0.0.1:0".parse().unwrap();
    let cloud = Cloud::start(samples().unwrap(), options, address).await.unwrap();
    Session { cloud, http: reqwest::Client::builder().no_proxy().build().unwrap() }
}

impl Session {
    async fn token_request(&self, tenant: &str, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/login/{tenant}/oauth2/v2.0/token", self.cloud.url());
        self.send(self.http.post(url).form(form)).await
    }

    async fn token(&self, tenant: &Tenant, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", tenant.app_id().unwrap()),
            ("client_secret", tenant.secret()),
            ("scope", scope),
        ];
        let answer = self.token_request(tenant.id(), &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.body["token_type"], "Bearer");
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    /// A GET below the cloud's address, or of a whole link.
    async fn get(&self, token: &str, path: &str) -> Answer {
        let url = match path.strip_prefix('/') {
            Some(_) => {
                format!("{}{}", self.cloud.url(), path.replace(' ', "%20").replace('\'', "%27"))
            }
            None => path.to_owned(),
        };
        self.send(self.http.get(url).bearer_auth(token)).await
    }

    /// All records of a list, and the number of its pages.
    async fn all(&self, token: &str, path: &str) -> (Vec<Value>, usize) {
        let (mut records, mut pages) = (Vec::new(), 0);
        let mut next = Some(path.to_owned());
        while let Some(link) = next {
            let answer = self.get(token, &link).await;
            assert_eq!(answer.status, StatusCode::OK, "{link}: {}", answer.body);
            records.extend(answer.values().iter().cloned());
            next = answer.body["@odata.nextLink"].as_str().map(str::to_owned);
            pages += 1;
        }
        (records, pages)
    }

    async fn cmdlet(
        &self,
        host: &str,
        token: &str,
        tenant: &Tenant,
        name: &str,
        with: Value,
    ) -> Answer {
        let url =
            format!("{}/{host}/adminapi/beta/{}/InvokeCommand", self.cloud.url(), tenant.id());
        let body = json!({"CmdletInput": {"CmdletName": name, "Parameters": with}});
        self.send(self.http.post(url).bearer_auth(token).json(&body)).await
    }

    fn assert_nothing_unknown(&self) {
        assert_eq!(self.cloud.unknown_requests(), Vec::<String>::new());
    }
}

fn ids(records: &[Value]) -> BTreeSet<&str> {
    records.iter().map(|record| record["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn small_pages_yield_all_records_and_only_those() {
    let whole = start(Options::default()).await;
    let cut = start(Options { page_size: Some(7), ..Options::default() }).await;
    let tenant = sample(HYBRID);
    for path in [
        USERS,
        "/graph/v1.0/groups",
        "/graph/v1.0/users?$filter=userType eq 'Guest'",
        "/graph/v1.0/users?$filter=userType eq 'Member'&$top=999",
        "/graph/v1.0/identity/conditionalAccess/policies",
        "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999",
        "/graph/v1.0/roleManagement/directory/roleAssignments?$expand=principal",
    ] {
        let (expected, one) = whole.all(&whole.token(&tenant, GRAPH).await, path).await;
        let (pages, many) = cut.all(&cut.token(&tenant, GRAPH).await, path).await;
        assert_eq!(one, 1, "{path}");
        assert_eq!(many, expected.len().div_ceil(7), "{path}");
        assert_eq!(ids(&expected), ids(&pages), "{path}");
        assert_eq!(expected.len(), ids(&expected).len(), "{path}");
        assert_eq!(expected.len(), pages.len(), "{path}");
    }
    cut.assert_nothing_unknown();
}

#[tokio::test]
async fn a_page_may_be_empty_and_have_a_next_one() {
    let faults = Faults { empty_pages: true, ..Faults::default() };
    let session = start(Options { faults, ..Options::default() }).await;
    let token = session.token(&sample(SMALL), GRAPH).await;
    let first = session.get(&token, USERS).await;
    assert!(first.values().is_empty() && first.body["@odata.nextLink"].is_string());
    let (users, pages) = session.all(&token, USERS).await;
    assert_eq!((users.len(), pages), (32, 2));
}

#[tokio::test]
async fn a_page_token_belongs_to_its_list_and_tenant() {
    let session = start(Options { page_size: Some(5), ..Options::default() }).await;
    let (small, hybrid) = (sample(SMALL), sample(HYBRID));
    let token = session.token(&small, GRAPH).await;
    let next =
        session.get(&token, USERS).await.body["@odata.nextLink"].as_str().unwrap().to_owned();
    assert_eq!(session.get(&token, &next).await.status, StatusCode::OK);
    let other = session.token(&hybrid, GRAPH).await;
    for (token, link) in [
        (&other, next.clone()),
        (&token, next.replace("users", "groups")),
        (&token, next.replace("999", "998")),
    ] {
        let answer = session.get(token, &link).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.code(), "Directory_ExpiredPageToken");
    }
}

#[tokio::test]
async fn users_show_what_is_selected_and_little_else() {
    let session = start(Options::default()).await;
    let tenant = sample(SMALL);
    let token = session.token(&tenant, GRAPH).await;
    let unasked = session.get(&token, "/graph/v1.0/users").await;
    let first = &unasked.values()[0];
    assert!(first.get("displayName").is_some());
    for member in ["accountEnabled", "userType", "onPremisesSyncEnabled", "signInActivity"] {
        assert_eq!(first.get(member), None, "{member}");
    }
    let selected = session.get(&token, USERS).await;
    let members: BTreeSet<_> = selected.values()[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["accountEnabled", "id", "userType"].map(str::to_owned).into());

    // Null is shown where there is nothing, but a user who never signed in has no such member.
    let path = "/graph/v1.0/users?$select=id,onPremisesSyncEnabled,otherMails,signInActivity";
    let (users, _) = session.all(&token, path).await;
    assert!(users.iter().all(|user| user["onPremisesSyncEnabled"].is_null()));
    assert!(users.iter().all(|user| user["otherMails"].is_array()));
    let seen = users.iter().filter(|user| user.get("signInActivity").is_some()).count();
    assert!(seen > 20 && seen < users.len(), "{seen}");
    session.assert_nothing_unknown();

    let misspelled = session.get(&token, "/graph/v1.0/users?$select=id,acountEnabled").await;
    assert_eq!(misspelled.status, StatusCode::BAD_REQUEST);
    assert_eq!(session.cloud.unknown_requests().len(), 1);
}

#[tokio::test]
async fn filters_and_counts() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(HYBRID), GRAPH).await;
    let (guests, _) =
        session.all(&token, "/graph/v1.0/users?$filter=userType eq 'Guest'&$select=userType").await;
    assert_eq!(guests.len(), 4);
    let path = "/graph/v1.0/identityProtection/riskyUsers?$filter=riskState eq 'atRisk'&$top=500";
    assert_eq!(session.all(&token, path).await.0.len(), 3);

    // What only the index answers must be asked of the index.
    let path = "/graph/v1.0/users?$filter=userType ne 'Guest'&$count=true&$select=id";
    let refused = session.get(&token, path).await;
    assert_eq!(refused.code(), "Request_UnsupportedQuery");
    let url = format!("{}{}", session.cloud.url(), path.replace(' ', "%20").replace('\'', "%27"));
    let counted = session
        .send(session.http.get(url).bearer_auth(&token).header("ConsistencyLevel", "eventual"))
        .await;
    assert_eq!(counted.body["@odata.count"], 45);
    let too_many = session.get(&token, "/graph/v1.0/identityProtection/riskyUsers?$top=1000").await;
    assert_eq!(too_many.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn lists_with_a_mandatory_filter_refuse_without() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(WELL_RUN), GRAPH).await;
    let assignments = "/graph/v1.0/policies/roleManagementPolicyAssignments";
    let expand = "$expand=policy($expand=rules)";
    assert_eq!(session.get(&token, &format!("{assignments}?{expand}")).await.status, 400);
    for scope in ["DirectoryRole", "Directory"] {
        let path =
            format!("{assignments}?$filter=scopeId eq '/' and scopeType eq '{scope}'&{expand}");
        let (roles, _) = session.all(&token, &path).await;
        assert!(roles.len() > 40);
        assert!(roles.iter().all(|role| role["policy"]["rules"].as_array().unwrap().len() == 17));
        let global = roles
            .iter()
            .find(|role| role["roleDefinitionId"] == "62e90394-69f5-4237-9190-012177145e10")
            .unwrap();
        let settings = global["policy"]["rules"].as_array().unwrap();
        let approval = settings.iter().find(|rule| rule["id"] == "Approval_EndUser_Assignment");
        assert_eq!(approval.unwrap()["setting"]["isApprovalRequired"], true);
    }
    let groups =
        "/graph/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances";
    assert_eq!(session.get(&token, groups).await.status, 400);
    let filter = format!("{groups}?$filter=groupId eq '11111111-1111-4111-8111-111111111111'");
    assert_eq!(session.get(&token, &filter).await.status, 200);
}

#[tokio::test]
async fn sign_ins_by_client_and_kind_of_event() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(HYBRID), GRAPH).await;
    let since = "createdDateTime ge 2026-10-20T00:00:00Z";
    let legacy = "(clientAppUsed eq 'IMAP4' or clientAppUsed eq 'POP3' or clientAppUsed eq 'Authenticated SMTP')";
    let path = format!("/graph/v1.0/auditLogs/signIns?$filter={since} and {legacy}&$top=1000");
    let (interactive, _) = session.all(&token, &path).await;
    assert_eq!(interactive.len(), 5);
    assert!(interactive.iter().all(|event| event.get("signInEventTypes").is_none()));
    assert!(
        interactive
            .is_sorted_by(|a, b| a["createdDateTime"].as_str() >= b["createdDateTime"].as_str())
    );

    let kind = "signInEventTypes/any(t: t eq 'nonInteractiveUser')";
    let path = format!("/graph/beta/auditLogs/signIns?$filter={since} and {legacy} and {kind}");
    let (silent, _) = session.all(&token, &path).await;
    assert_eq!(silent.len(), 1);
    assert_eq!(silent[0]["authenticationProtocol"], "ropc");
    session.assert_nothing_unknown();
    let path = format!("/graph/v1.0/auditLogs/signIns?$filter={kind}");
    assert_eq!(session.get(&token, &path).await.status, 400);
}

#[tokio::test]
async fn the_audit_log_names_the_earliest_date() {
    let session = start(Options::default()).await;
    let path =
        "/graph/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-11-01T00:00:00Z";
    let premium = session.token(&sample(WELL_RUN), GRAPH).await;
    assert_eq!(session.get(&premium, path).await.values().len(), 3);
    let free = session.token(&sample(FREE), GRAPH).await;
    let refused = session.get(&free, path).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("2026-11-08"));
}

#[tokio::test]
async fn a_license_that_is_missing_has_an_answer_of_its_own() {
    let session = start(Options::default()).await;
    let premium = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    let expected = [
        (FREE, "/graph/v1.0/users?$select=id,signInActivity", 403, premium),
        (FREE, "/graph/v1.0/auditLogs/signIns", 403, premium),
        (FREE, "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails", 403, premium),
        (
            SMALL,
            "/graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances",
            400,
            "AadPremiumLicenseRequired",
        ),
        (SMALL, "/graph/v1.0/identityProtection/riskyUsers", 403, "Forbidden"),
        (SMALL, "/graph/v1.0/auditLogs/signIns", 200, ""),
        (
            WELL_RUN,
            "/graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances",
            200,
            "",
        ),
        (FREE, "/graph/v1.0/identity/conditionalAccess/policies", 200, ""),
    ];
    for (name, path, status, code) in expected {
        let token = session.token(&sample(name), GRAPH).await;
        let answer = session.get(&token, path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{name} {path}");
    }
    // No mailboxes, no token for mail.
    let tenant = sample(FREE);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", tenant.app_id().unwrap()),
        ("client_secret", "simulated"),
        ("scope", EXCHANGE),
    ];
    let refused = session.token_request(tenant.id(), &form).await;
    assert_eq!(refused.body["error_codes"], json!([650_052]));
}

#[tokio::test]
async fn a_permission_that_is_missing_is_refused_in_the_words_of_the_service() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(HALF_PERMITTED), GRAPH).await;
    let expected = [
        ("/graph/v1.0/servicePrincipals", "Authorization_RequestDenied"),
        ("/graph/v1.0/policies/deviceRegistrationPolicy", "AccessDenied"),
        ("/graph/v1.0/auditLogs/directoryAudits", "UnknownError"),
        ("/graph/v1.0/roleManagement/directory/roleAssignments", "UnknownError"),
        ("/graph/v1.0/users?$select=id,signInActivity", "Authorization_RequestDenied"),
    ];
    for (path, code) in expected {
        let answer = session.get(&token, path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, code), "{path}");
    }
    assert_eq!(session.get(&token, USERS).await.values().len(), 17);
}

#[tokio::test]
async fn groups_and_their_members() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(HYBRID), GRAPH).await;
    let (groups, _) = session.all(&token, "/graph/v1.0/groups?$select=id,displayName").await;
    let id = |name: &str| {
        let group = groups.iter().find(|group| group["displayName"] == name).unwrap();
        group["id"].as_str().unwrap().to_owned()
    };
    let outer = format!("/graph/v1.0/groups/{}", id("MFA-Enforced"));
    assert_eq!(session.get(&token, &outer).await.body["displayName"], "MFA-Enforced");
    let direct = session.get(&token, &format!("{outer}/members?$select=id,displayName")).await;
    assert_eq!(direct.values().len(), 4);
    let kinds: BTreeSet<_> =
        direct.values().iter().map(|it| it["@odata.type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["#microsoft.graph.group", "#microsoft.graph.user"].into());
    let (all, _) = session.all(&token, &format!("{outer}/transitiveMembers?$top=999")).await;
    let (users, _) =
        session.all(&token, &format!("{outer}/transitiveMembers/microsoft.graph.user")).await;
    assert_eq!((all.len(), users.len()), (25, 23));

    let gone = session.get(&token, "/graph/v1.0/groups/11111111-1111-4111-8111-111111111111").await;
    assert_eq!((gone.status.as_u16(), gone.code()), (404, "Request_ResourceNotFound"));
    session.assert_nothing_unknown();
}

#[tokio::test]
async fn what_has_a_path_of_its_own_is_not_in_the_list() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(HYBRID), GRAPH).await;
    let (domains, _) = session.all(&token, "/graph/v1.0/domains").await;
    assert!(domains.iter().all(|domain| domain.get("federationConfiguration").is_none()));
    let federation = |name: &str| format!("/graph/v1.0/domains/{name}/federationConfiguration");
    let federated = session.get(&token, &federation("greyloch.example")).await;
    assert_eq!(federated.values()[0]["federatedIdpMfaBehavior"], "acceptIfMfaDoneByFederatedIdp");
    let managed = session.get(&token, &federation("greyloch-service.example")).await;
    assert!(managed.values().is_empty());

    let (applications, _) = session.all(&token, "/graph/v1.0/applications").await;
    assert!(applications.iter().all(|application| application.get("owners").is_none()));
    let bridge =
        applications.iter().find(|it| it["displayName"] == "Valve Telemetry Bridge").unwrap();
    let path = format!("/graph/v1.0/applications/{}/owners", bridge["id"].as_str().unwrap());
    assert_eq!(session.get(&token, &path).await.values()[0]["displayName"], "Andrzej Pawlak");
    let (expanded, _) = session.all(&token, "/graph/v1.0/applications?$expand=owners").await;
    assert!(
        expanded.iter().all(|application| application["owners"].as_array().unwrap().len() == 1)
    );

    let graph = "/graph/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let resource = session.get(&token, graph).await.body;
    let (granted, _) = session.all(&token, &format!("{graph}/appRoleAssignedTo?$top=999")).await;
    assert!(granted.len() > 20);
    assert!(granted.iter().all(|row| row["resourceId"] == resource["id"]));
    session.assert_nothing_unknown();
}

#[tokio::test]
async fn members_that_the_scanner_may_not_read_are_only_ids() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(WELL_RUN), GRAPH).await;
    let path = "/graph/v1.0/roleManagement/directory/roleAssignments?$expand=principal";
    let (assignments, _) = session.all(&token, path).await;
    let emergency = assignments
        .iter()
        .find(|row| row["principal"]["displayName"] == "Emergency Access North")
        .unwrap();
    assert_eq!(emergency["principal"]["@odata.type"], "#microsoft.graph.user");
    assert_eq!(emergency["principal"]["accountEnabled"], true);

    // A group of another tenant has no object here.
    let token = session.token(&sample(HYBRID), GRAPH).await;
    let (assignments, _) = session.all(&token, path).await;
    let foreign: Vec<_> = assignments.iter().filter(|row| row["principal"].is_null()).collect();
    assert_eq!(foreign.len(), 2);
    assert!(foreign.iter().all(|row| row["principalOrganizationId"].is_string()));
}

#[tokio::test]
async fn a_batch_answers_each_part_on_its_own() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(SMALL), GRAPH).await;
    let (users, _) = session.all(&token, USERS).await;
    let batch = async |version: &str, requests: Value| {
        let url = format!("{}/graph/{version}/$batch", session.cloud.url());
        session
            .send(session.http.post(url).bearer_auth(&token).json(&json!({"requests": requests})))
            .await
    };
    let requests: Vec<_> = users
        .iter()
        .take(20)
        .enumerate()
        .map(|(place, user)| {
            let id = user["id"].as_str().unwrap();
            json!({"id": place.to_string(), "method": "GET", "url": format!("/users/{id}/authentication/requirements")})
        })
        .collect();
    let answer = batch("beta", json!(requests)).await;
    let responses = answer.body["responses"].as_array().unwrap();
    assert_eq!(responses.len(), 20);
    assert!(responses.iter().all(|part| part["status"] == 200));
    assert_ne!(responses[0]["id"], "0", "the order is not that of the requests");
    let states: Vec<_> =
        responses.iter().map(|part| part["body"]["perUserMfaState"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "enforced").count(), 1);
    assert_eq!(states.iter().filter(|state| **state == "enabled").count(), 1);

    let mixed = batch(
        "v1.0",
        json!([
            {"id": "a", "method": "GET", "url": "/users/nobody@kestrelrow.example"},
            {"id": "b", "method": "GET", "url": "/identityProtection/riskyUsers"},
            {"id": "c", "method": "GET", "url": "/domains"},
        ]),
    )
    .await;
    let of = |id: &str| {
        let parts = mixed.body["responses"].as_array().unwrap();
        parts.iter().find(|part| part["id"] == id).unwrap()["status"].as_u64().unwrap()
    };
    assert_eq!((of("a"), of("b"), of("c")), (404, 403, 200));
    session.assert_nothing_unknown();

    let too_many: Vec<_> =
        (0..21).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/domains"})).collect();
    assert_eq!(batch("v1.0", json!(too_many)).await.status, 400);
}

/// The tenant in the path, the status, the number, the form.
type Case<'a> = (&'a str, u16, u32, &'a [(&'a str, &'a str)]);

#[tokio::test]
async fn token_errors_are_told_by_number() {
    let session = start(Options::default()).await;
    let tenant = sample(SMALL);
    let app = tenant.app_id().unwrap();
    let grant = ("grant_type", "client_credentials");
    let secret = ("client_secret", "simulated");
    let stranger = "11111111-1111-4111-8111-111111111111";
    let bearer =
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let cases: &[Case] = &[
        (stranger, 400, 90002, &[grant, ("client_id", app), secret, ("scope", GRAPH)]),
        (tenant.id(), 400, 700_016, &[grant, ("client_id", stranger), secret, ("scope", GRAPH)]),
        (
            tenant.id(),
            401,
            7_000_215,
            &[grant, ("client_id", app), ("client_secret", "guess"), ("scope", GRAPH)],
        ),
        (tenant.id(), 401, 7_000_218, &[grant, ("client_id", app), ("scope", GRAPH)]),
        (tenant.id(), 400, 70011, &[grant, ("client_id", app), secret, ("scope", "User.Read")]),
        (
            tenant.id(),
            400,
            500_011,
            &[grant, ("client_id", app), secret, ("scope", "https://graph.microsoft.us/.default")],
        ),
        (
            tenant.id(),
            400,
            70003,
            &[("grant_type", "password"), ("client_id", app), secret, ("scope", GRAPH)],
        ),
        (
            tenant.id(),
            401,
            50027,
            &[
                grant,
                ("client_id", app),
                bearer,
                ("client_assertion", "nonsense"),
                ("scope", GRAPH),
            ],
        ),
    ];
    for (name, status, number, form) in cases {
        let answer = session.token_request(name, form).await;
        assert_eq!(answer.status.as_u16(), *status, "{number}");
        assert_eq!(answer.body["error_codes"], json!([number]));
        assert!(
            answer.body["error_description"]
                .as_str()
                .unwrap()
                .starts_with(&format!("AADSTS{number}: "))
        );
        assert!(answer.body["trace_id"].is_string() && answer.body["correlation_id"].is_string());
    }
    // The domain names the tenant as well as its id, and any assertion of the right form will do.
    let assertion = ("client_assertion", "eyJhIjoxfQ.eyJiIjoyfQ.c2ln");
    let form = [grant, ("client_id", app), bearer, assertion, ("scope", GRAPH)];
    let answer = session.token_request("kestrelrow.example", &form).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["access_token"].as_str().unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn a_token_opens_its_own_tenant_and_service_only() {
    let session = start(Options::default()).await;
    let (small, hybrid) = (sample(SMALL), sample(HYBRID));
    let graph = session.token(&small, GRAPH).await;
    let exchange = session.token(&small, EXCHANGE).await;
    let answers = [
        session.get("", USERS).await,
        session.get("made.up.token", USERS).await,
        session.get(&exchange, USERS).await,
        session.cmdlet("exchange", &graph, &small, "Get-OrganizationConfig", json!({})).await,
        session.cmdlet("exchange", &exchange, &hybrid, "Get-OrganizationConfig", json!({})).await,
        session
            .get(
                &graph,
                "/arm/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01",
            )
            .await,
    ];
    for answer in answers {
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "InvalidAuthenticationToken"));
    }
    let own = session.get(&graph, "/graph/v1.0/organization").await;
    assert_eq!(own.values()[0]["id"], small.id());
}

#[tokio::test]
async fn a_token_expires() {
    let session = start(Options { token_lifetime: Some(0), ..Options::default() }).await;
    let token = session.token(&sample(SMALL), GRAPH).await;
    let answer = session.get(&token, USERS).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn throttling_comes_once_and_says_when_to_return() {
    let faults = Faults { throttle_every: Some(1), retry_after: 3, ..Faults::default() };
    let session = start(Options { faults, ..Options::default() }).await;
    let tenant = sample(SMALL);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", tenant.app_id().unwrap()),
        ("client_secret", "simulated"),
        ("scope", GRAPH),
    ];
    assert_eq!(session.token_request(tenant.id(), &form).await.status, 429);
    let token = session.token(&tenant, GRAPH).await;
    let first = session.get(&token, USERS).await;
    assert_eq!((first.status.as_u16(), first.code()), (429, "TooManyRequests"));
    assert_eq!(first.headers["retry-after"], "3");
    assert_eq!(session.get(&token, USERS).await.status, 200);
    let policies = "/graph/v1.0/identity/conditionalAccess/policies";
    let first = session.get(&token, policies).await;
    assert_eq!(first.status, 429);
    assert!(!first.headers.contains_key("retry-after"));
    assert_eq!(session.get(&token, policies).await.status, 200);
}

#[tokio::test]
async fn chosen_requests_go_wrong_as_chosen() {
    let fault = |matching: &str, status, body, times| Fault {
        matching: matching.to_owned(),
        status,
        body,
        times,
        ..Fault::default()
    };
    let faults = Faults {
        faults: vec![
            fault("GET /v1.0/domains", 502, FaultBody::Html, Some(1)),
            fault("GET /v1.0/groups", 200, FaultBody::Cut, Some(1)),
            fault("Get-TransportConfig", 500, FaultBody::Error, None),
        ],
        ..Faults::default()
    };
    let session = start(Options { faults, ..Options::default() }).await;
    let tenant = sample(SMALL);
    let token = session.token(&tenant, GRAPH).await;
    let html = session.get(&token, "/graph/v1.0/domains").await;
    assert_eq!((html.status.as_u16(), &html.body), (502, &Value::Null));
    assert_eq!(session.get(&token, "/graph/v1.0/domains").await.status, 200);

    let url = format!("{}/graph/v1.0/groups", session.cloud.url());
    let cut = session.http.get(&url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());
    assert_eq!(session.get(&token, "/graph/v1.0/groups").await.status, 200);

    let token = session.token(&tenant, EXCHANGE).await;
    for _ in 0..2 {
        let answer =
            session.cmdlet("exchange", &token, &tenant, "Get-TransportConfig", json!({})).await;
        assert_eq!(answer.status, 500);
    }
    let answer =
        session.cmdlet("exchange", &token, &tenant, "Get-OrganizationConfig", json!({})).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn cmdlets_answer_lists_with_annotations() {
    let session = start(Options::default()).await;
    let tenant = sample(WELL_RUN);
    let token = session.token(&tenant, EXCHANGE).await;
    let config =
        session.cmdlet("exchange", &token, &tenant, "Get-OrganizationConfig", json!({})).await;
    assert_eq!(config.values().len(), 1);
    assert_eq!(config.values()[0]["MailTipsLargeAudienceThreshold@data.type"], "System.Int32");
    assert_eq!(config.values()[0]["WhenChangedUTC@data.type"], "System.DateTime");
    assert_eq!(config.body["@adminapi.warnings"], json!([]));

    let strict = json!({"Identity": "Strict Preset Security Policy"});
    let rule = session
        .cmdlet("exchange", &token, &tenant, "Get-EOPProtectionPolicyRule", strict.clone())
        .await;
    assert_eq!(rule.values().len(), 1);
    assert_eq!(rule.values()[0]["SentToMemberOf@odata.type"], "#Collection(String)");
    assert_eq!(rule.values()[0]["SentTo"], Value::Null);

    let vip = session
        .cmdlet(
            "exchange",
            &token,
            &tenant,
            "Get-User",
            json!({"IsVIP": true, "ResultSize": "Unlimited"}),
        )
        .await;
    assert_eq!(vip.values().len(), 4);
    let shared = json!({"RecipientTypeDetails": ["SharedMailbox"], "ResultSize": "Unlimited"});
    let shared = session.cmdlet("exchange", &token, &tenant, "Get-Mailbox", shared).await;
    assert_eq!(shared.values().len(), 3);

    let never_on = sample(SCHOOL);
    let token = session.token(&never_on, EXCHANGE).await;
    let unlicensed = session
        .cmdlet("exchange", &token, &never_on, "Get-ATPProtectionPolicyRule", json!({}))
        .await;
    assert_eq!((unlicensed.status.as_u16(), &unlicensed.body), (403, &Value::Null));
    let missing = session
        .cmdlet(
            "exchange",
            &token,
            &never_on,
            "Get-HostedContentFilterRule",
            json!({"Identity": "None"}),
        )
        .await;
    assert_eq!(missing.status, 404);
    let kind =
        missing.body.pointer("/error/innererror/internalexception/type").unwrap().as_str().unwrap();
    assert!(kind.ends_with("ManagementObjectNotFoundException"));
    session.assert_nothing_unknown();

    for (name, with) in [
        ("Get-Nonsense", json!({})),
        ("Get-OrganizationConfig", json!({"Foo": 1})),
        ("Get-User", Value::Null),
    ] {
        assert!(
            !session.cmdlet("exchange", &token, &never_on, name, with).await.status.is_success()
        );
    }
    assert_eq!(session.cloud.unknown_requests().len(), 3);
}

#[tokio::test]
async fn a_cmdlet_continues_for_the_same_command_and_anchor() {
    let session = start(Options { page_size: Some(10), ..Options::default() }).await;
    let tenant = sample(HYBRID);
    let token = session.token(&tenant, EXCHANGE).await;
    let body = json!({"CmdletInput": {"CmdletName": "Get-CASMailbox", "Parameters": {"ResultSize": "Unlimited"}}});
    let post = async |url: &str, anchor: &str| {
        let request = session.http.post(url).bearer_auth(&token).header("X-AnchorMailbox", anchor);
        session.send(request.json(&body)).await
    };
    let mut url =
        format!("{}/exchange/adminapi/beta/{}/InvokeCommand", session.cloud.url(), tenant.id());
    let mut found = BTreeSet::new();
    let mut pages = 0;
    loop {
        let answer = post(&url, "APP:one").await;
        for mailbox in answer.values() {
            found.insert(mailbox["Guid"].as_str().unwrap().to_owned());
        }
        pages += 1;
        let Some(next) = answer.body["@odata.nextLink"].as_str() else { break };
        assert_ne!(answer.body["@adminapi.warnings"], json!([]));
        assert_eq!(post(next, "APP:two").await.status, 400);
        next.clone_into(&mut url);
    }
    assert_eq!((found.len(), pages), (38, 4));
}

#[tokio::test]
async fn exchange_needs_an_app_role_and_a_directory_role() {
    let session = start(Options::default()).await;
    let tenant = sample(HALF_PERMITTED);
    let token = session.token(&tenant, EXCHANGE).await;
    let policies =
        session.cmdlet("exchange", &token, &tenant, "Get-AntiPhishPolicy", json!({})).await;
    assert_eq!(policies.status, 200);
    let users = session.cmdlet("exchange", &token, &tenant, "Get-User", json!({})).await;
    assert_eq!(users.status, 403);
    assert!(users.body.to_string().contains("not allowed to call Get-User"));

    // Two tenants of our own: one without the app role, one without any directory role.
    let folder = |name: &str, settings: &str| {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let original = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../samples/tenants")
            .join(SMALL);
        for file in [
            "organization.json",
            "subscribedSkus.json",
            "domains.json",
            "exchangeTransportConfig.json",
        ] {
            std::fs::copy(original.join(file), folder.join(file)).unwrap();
        }
        std::fs::write(folder.join("simulator.toml"), format!("app-id = 'a'\n{settings}")).unwrap();
        Tenant::read(&folder).unwrap()
    };
    for (name, settings, status) in [
        ("no-app-role", "exchange-permissions = []", 401),
        ("no-directory-role", "directory-roles = []", 403),
    ] {
        let tenant = folder(name, settings);
        let cloud =
            Cloud::start(vec![tenant.clone()], Options::default(), "127.0.0.1:0".parse().unwrap())
                .await
                .unwrap();
        let session = Session { cloud, http: session.http.clone() };
        let token = session.token(&tenant, EXCHANGE).await;
        let answer =
            session.cmdlet("exchange", &token, &tenant, "Get-TransportConfig", json!({})).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (status, &Value::Null));
    }
}

#[tokio::test]
async fn the_audit_settings_mean_nothing_at_the_compliance_end() {
    let session = start(Options::default()).await;
    let tenant = sample(WELL_RUN);
    let mail = session.token(&tenant, EXCHANGE).await;
    let compliance = session.token(&tenant, COMPLIANCE).await;
    let member = "UnifiedAuditLogIngestionEnabled";
    let right =
        session.cmdlet("exchange", &mail, &tenant, "Get-AdminAuditLogConfig", json!({})).await;
    let wrong = session
        .cmdlet("compliance", &compliance, &tenant, "Get-AdminAuditLogConfig", json!({}))
        .await;
    assert_eq!(
        (&right.values()[0][member], &wrong.values()[0][member]),
        (&json!(true), &json!(false))
    );
    let alerts =
        session.cmdlet("compliance", &compliance, &tenant, "Get-ProtectionAlert", json!({})).await;
    assert!(alerts.values().len() > 10);
}

#[tokio::test]
async fn diagnostic_settings_need_a_directory_role() {
    let session = start(Options::default()).await;
    let path = "/arm/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01";
    let token = session.token(&sample(WELL_RUN), AZURE).await;
    assert_eq!(session.get(&token, path).await.values().len(), 1);
    let without = session.get(&token, "/arm/providers/microsoft.aadiam/diagnosticSettings").await;
    assert_eq!(without.status, 400);
}

#[tokio::test]
async fn what_nobody_knows_is_refused_and_recorded() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(WELL_RUN), GRAPH).await;
    let strange = [
        "/graph/v1.0/me",
        "/graph/v2.0/users",
        "/graph/v1.0/users?$orderby=displayName",
        "/graph/beta/users",
        "/elsewhere/thing",
    ];
    for path in strange {
        let answer = session.get(&token, path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (501, "NotSimulated"), "{path}");
    }
    let url = format!("{}/graph/v1.0/users", session.cloud.url());
    let write = session.send(session.http.request(Method::DELETE, url).bearer_auth(&token)).await;
    assert_eq!(write.status, 501);
    let unknown = session.cloud.unknown_requests();
    assert_eq!(unknown.len(), 6);
    assert!(unknown[0].starts_with("graph GET /v1.0/me: "));
}

#[tokio::test]
async fn requests_are_remembered_with_their_tenant() {
    let session = start(Options::default()).await;
    let tenant = sample(SMALL);
    let token = session.token(&tenant, GRAPH).await;
    session.get(&token, "/graph/v1.0/domains").await;
    let mail = session.token(&tenant, EXCHANGE).await;
    session.cmdlet("exchange", &mail, &tenant, "Get-TransportConfig", json!({})).await;
    let seen = session.cloud.requests();
    let what: Vec<_> = seen.iter().map(|seen| seen.what.replace(tenant.id(), "T")).collect();
    assert_eq!(
        what,
        [
            "login POST /T/oauth2/v2.0/token",
            "graph GET /v1.0/domains",
            "login POST /T/oauth2/v2.0/token",
            "exchange POST /adminapi/beta/T/InvokeCommand Get-TransportConfig",
        ]
    );
    assert!(
        seen.iter().all(|seen| seen.tenant.as_deref() == Some(tenant.id()) && seen.status == 200)
    );
}

#[tokio::test]
async fn answers_are_the_same_in_another_run() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let session = start(Options { page_size: Some(50), ..Options::default() }).await;
        let token = session.token(&sample(SCHOOL), GRAPH).await;
        let users = session.get(&token, USERS).await;
        // The address of the cloud is another one each time; it must not become part of records.
        let policy = session.get(&token, "/graph/v1.0/policies/authorizationPolicy").await;
        runs.push((
            users.headers["request-id"].clone(),
            users.headers["date"].clone(),
            users.values().clone(),
            policy.body,
        ));
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].1, "Mon, 16 Nov 2026 04:00:00 GMT");
}

#[tokio::test]
async fn a_school_of_five_thousand_is_made_not_stored() {
    let session = start(Options::default()).await;
    let token = session.token(&sample(SCHOOL), GRAPH).await;
    let path =
        "/graph/v1.0/users?$select=id,userPrincipalName,accountEnabled,assignedLicenses&$top=999";
    let (users, pages) = session.all(&token, path).await;
    assert_eq!((users.len(), pages), (4_999, 6));
    assert_eq!(ids(&users).len(), users.len());
    let names: BTreeSet<_> =
        users.iter().map(|user| user["userPrincipalName"].as_str().unwrap()).collect();
    assert_eq!(names.len(), users.len());
    let enabled = users.iter().filter(|user| user["accountEnabled"] == true).count();
    let path = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999";
    let (rows, _) = session.all(&token, path).await;
    assert_eq!(rows.len(), enabled, "the report has everybody but disabled users");

    let (groups, _) = session.all(&token, "/graph/v1.0/groups").await;
    let students = groups.iter().find(|group| group["displayName"] == "Students").unwrap();
    let path = format!(
        "/graph/v1.0/groups/{}/transitiveMembers?$select=id&$top=999",
        students["id"].as_str().unwrap()
    );
    assert_eq!(session.all(&token, &path).await.0.len(), 4_560);
    // Times of a page with sign-in times, whatever is asked.
    let path = "/graph/v1.0/users?$select=id,signInActivity&$top=999";
    assert_eq!(session.get(&token, path).await.values().len(), 500);

    let someone =
        rows.iter().find(|row| row["methodsRegistered"] == json!(["mobilePhone"])).unwrap();
    let path =
        format!("/graph/v1.0/users/{}/authentication/methods", someone["id"].as_str().unwrap());
    let methods = session.get(&token, &path).await;
    assert_eq!(methods.values().len(), 2);
    assert_eq!(methods.values()[1]["@odata.type"], "#microsoft.graph.phoneAuthenticationMethod");
    session.assert_nothing_unknown();
}

#[tokio::test]
async fn times_move_with_the_clock() {
    let later = NOW + jiff::SignedDuration::from_hours(24 * 365);
    let session = start(Options { now: Some(later), ..Options::default() }).await;
    let token = session.token(&sample(SMALL), GRAPH).await;
    let log = session.get(&token, "/graph/v1.0/auditLogs/signIns").await;
    assert!(!log.values().is_empty());
    assert!(
        log.values()
            .iter()
            .all(|event| event["createdDateTime"].as_str().unwrap().starts_with("2027-1"))
    );
    let token = session.token(&sample(SCHOOL), GRAPH).await;
    let path = "/graph/v1.0/users?$select=id,signInActivity&$top=500";
    let (users, _) = session.all(&token, path).await;
    let last = users
        .iter()
        .filter_map(|user| user.pointer("/signInActivity/lastSignInDateTime")?.as_str())
        .max();
    assert!(last.unwrap().starts_with("2027-11-1"));
}

#[tokio::test]
async fn a_stopped_cloud_answers_no_more() {
    let session = start(Options::default()).await;
    let url = session.cloud.url();
    session.get("", "/graph/v1.0/users").await;
    session.cloud.stop().await;
    assert!(session.http.get(format!("{url}/graph/v1.0/users")).send().await.is_err());
}
