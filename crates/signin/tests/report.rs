//! The document `muster.signin/1`, what-if, people without accounts, service principals.
#![cfg(test)] // Clippy lets code under this attribute unwrap and index.

use model::{Id, Profile, Snapshot, Tenant};
use serde_json::{Value, json};
use signin::report::{Action, Report, Requirement};
use signin::{
    Access, Assumption, Effect, GuestKind, Outcome, Question, SignIn, Verdict, WorkloadOutcome,
};

fn tenant(policies: &Value) -> Value {
    let user = |id: &str| {
        json!({"id": id, "userPrincipalName": format!("{id}@c.example"), "displayName": id,
            "userType": "Member", "accountEnabled": true})
    };
    json!({
        "format": "ca-tenant/1", "name": "report",
        "users": [user("ada"), user("bob"), user("cy")],
        "groups": [{"id": "g1", "displayName": "exceptions"}, {"id": "g2", "displayName": "crew"},
            {"id": "g3", "displayName": "nobody here"}],
        "groupMembers": {"g1": [{"id": "g2", "@odata.type": "#microsoft.graph.group"}],
            "g2": [{"id": "bob", "@odata.type": "#microsoft.graph.user"}], "g3": []},
        "conditionalAccessPolicies": policies,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the tables of cases below read better")]
fn policy(id: &str, state: &str, users: Value, grant: &[&str]) -> Value {
    json!({"id": id, "displayName": format!("policy {id}"), "state": state,
        "conditions": {"users": users, "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"]},
        "grantControls": {"operator": "OR", "builtInControls": grant}})
}

fn look<R>(tenant: &Value, look: impl FnOnce(&Access<'_>) -> R) -> R {
    let snapshot = signin::import::ca_tenant(&tenant.to_string()).unwrap();
    look_at(&snapshot, look)
}

fn look_at<R>(snapshot: &Snapshot, look: impl FnOnce(&Access<'_>) -> R) -> R {
    let profile = Profile::default();
    let view = Tenant::new(snapshot, &profile);
    look(&Access::new(&view))
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path is not general enough in lifetimes"
)]
fn report(tenant: &Value) -> Report {
    look(tenant, |access| access.report())
}

const EVERYONE: [&str; 1] = ["mfa"];

/// Everyone but the exceptions needs MFA; a report-only policy would catch them; a third one is
/// needless.
fn usual() -> Value {
    tenant(&json!([
        policy(
            "p1",
            "enabled",
            json!({"includeUsers": ["All"], "excludeGroups": ["g1"]}),
            &EVERYONE
        ),
        policy(
            "p2",
            "enabledForReportingButNotEnforced",
            json!({"includeUsers": ["bob"]}),
            &EVERYONE
        ),
        policy(
            "p3",
            "enabled",
            json!({"includeUsers": ["cy"], "excludeGroups": ["g3"]}),
            &EVERYONE
        ),
    ]))
}

#[test]
fn the_document_has_the_members_that_others_build_on() {
    let document = serde_json::to_value(report(&usual())).unwrap();
    assert_eq!(document["schema"], "muster.signin/1");
    assert_eq!(document["population"]["accounts"], 3);
    let names: Vec<&str> = document["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|asked| asked["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "single-factor",
            "single-factor-unmanaged",
            "legacy",
            "legacy-exchange",
            "admins-not-phishing-resistant",
            "azure-management-single-factor",
            "excluded-everywhere",
        ]
    );
    let first = &document["questions"][0];
    assert_eq!(first["holds"], false);
    let account = &first["accounts"][0];
    assert_eq!((&account["id"], &account["name"]), (&json!("bob"), &json!("bob@c.example")));
    assert_eq!(
        account["counterexample"],
        json!({
            "app": signin::EXCHANGE_ONLINE, "clientAppType": "browser", "platform": "windows",
            "ip": "198.18.0.1", "country": "US", "signInRisk": "none", "userRisk": "none",
            "insiderRisk": "none", "transferMethod": "none", "managedApp": false,
            "device": {"registered": false, "isCompliant": false, "trustType": null},
        })
    );
    assert_eq!(
        account["because"][0],
        json!({
            "policy": "p1", "name": "policy p1", "effect": "not-applied",
            "term": "excluded by group \"exceptions\" (bob@c.example > crew > exceptions)",
        })
    );
    assert_eq!(account["because"][1]["effect"], "not-enforced");
    assert_eq!(document["questions"][4]["holds"], true, "there is no administrator");
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    assert!(schema["properties"]["questions"].is_object());
}

#[test]
fn a_counterexample_reads_back_as_the_same_sign_in() {
    let mut tenant = usual();
    tenant["conditionalAccessPolicies"] =
        json!([policy("p1", "enabled", json!({"includeUsers": ["All"]}), &["compliantDevice"])]);
    look(&tenant, |access| {
        let answer = access.ask(&Question::single_factor());
        let Outcome::Possible(sign_in) = answer.outcome(&"bob".into()) else { panic!() };
        assert!(sign_in.device.is_compliant);
        let json = serde_json::to_value(sign_in).unwrap();
        assert_eq!(&serde_json::from_value::<SignIn>(json).unwrap(), sign_in);
    });
}

#[test]
fn remedies_name_what_closes_the_hole() {
    let report = report(&usual());
    let asked = &report.questions[0];
    let found: Vec<(Action, &str, usize)> = asked
        .would_close
        .iter()
        .map(|remedy| (remedy.action, remedy.policy.as_str(), remedy.closes))
        .collect();
    assert_eq!(found, [(Action::SwitchOnReportOnly, "p2", 1), (Action::DropExclusion, "p1", 1)]);
    assert_eq!(asked.would_close[0].text, "switch on the report-only policy \"policy p2\"");
}

#[test]
fn a_condition_that_leaves_the_hole_is_named() {
    let mut narrow = policy("p1", "enabled", json!({"includeUsers": ["All"]}), &["mfa"]);
    narrow["conditions"]["platforms"] = json!({"includePlatforms": ["windows", "linux"]});
    let report = report(&tenant(&json!([narrow])));
    let account = &report.questions[0].accounts[0];
    assert_eq!(account.because[0].term, "platform macOS is not among windows, linux");
    let remedy = &report.questions[0].would_close[0];
    assert_eq!((remedy.action, remedy.closes, remedy.of), (Action::DropCondition, 3, 3));
    let widest = account.widest.as_ref().unwrap();
    let platforms = widest.platforms.as_ref().unwrap();
    assert_eq!(platforms.len(), 5, "all but the two");
    assert!(widest.applications.is_none() && widest.places.is_none());
}

#[test]
fn what_each_policy_is_good_for() {
    let report = report(&usual());
    let [first, second, third] = report.policies.as_slice() else { panic!() };
    assert_eq!((first.decides, first.accounts), (Some(true), 2));
    assert_eq!(first.opens["single-factor"], 1, "cy is covered by another one");
    assert_eq!((second.decides, second.closes["single-factor"]), (None, 1));
    assert_eq!((third.decides, third.opens.len()), (Some(false), 0));
    assert_eq!(third.means_nobody, ["group \"nobody here\", which has no members"]);
}

#[test]
fn the_matrix_counts_and_proves() {
    let report = report(&usual());
    let row = report.matrix.iter().find(|row| row.requirement == Requirement::Mfa).unwrap();
    let everyone = &row.cells[0];
    assert_eq!((everyone.accounts, everyone.open, everyone.undetermined), (3, 1, 0));
    assert_eq!(everyone.example.as_ref().unwrap().id, "bob");
    assert_eq!(everyone.policies, [Id::from("p1")]);
    assert_eq!(row.cells[2].accounts, 0, "there is no guest");
}

#[test]
fn an_answer_that_hangs_on_an_open_rule_names_it() {
    let mut device =
        policy("p1", "enabled", json!({"includeUsers": ["All"]}), &["compliantDevice"]);
    device["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
    let report = report(&tenant(&json!([device])));
    let legacy = report.questions.iter().find(|asked| asked.id == "legacy").unwrap();
    assert!(legacy.holds);
    let hinges: Vec<(Assumption, usize)> =
        legacy.hinges.iter().map(|hinge| (hinge.assumption, hinge.accounts.len())).collect();
    assert_eq!(hinges, [(Assumption::ActiveSyncDevice, 3)]);
    assert_eq!(hinges[0].0.code(), "U4");
    let single = &report.questions[0];
    assert!(single.hinges.is_empty() && single.accounts.len() == 3);
    assert!(single.accounts.iter().all(|account| account.assumptions.is_empty()));
}

#[test]
fn each_open_rule_is_tried_where_it_matters() {
    let rule = |text: &str| json!({"deviceFilter": {"mode": "exclude", "rule": text}});
    let with = |grant: &[&str], conditions: Value| {
        let mut policy = policy("p1", "enabled", json!({"includeUsers": ["All"]}), grant);
        for (key, value) in conditions.as_object().unwrap() {
            policy["conditions"][key] = value.clone();
        }
        policy
    };
    let mfa = |conditions: Value| with(&["mfa"], conditions);
    let mut old = mfa(json!({"clientAppTypes": []}));
    old["createdDateTime"] = "2019-05-01T00:00:00Z".into();
    let mut third_party = mfa(json!({}));
    third_party["grantControls"] = json!({"operator": "OR", "customAuthenticationFactors": ["c"]});
    let filtered = |include: &[&str], mode: &str, rule: &str| {
        mfa(json!({"applications": {"includeApplications": include,
            "applicationFilter": {"mode": mode, "rule": rule}}}))
    };
    let missing = r#"CustomSecurityAttribute.Zone_Tier -ne "x""#;
    // Only null contains no text at all.
    let extension = r#"device.trustType -eq "AzureAD" -and device.isCompliant -ne True -and device.extensionAttribute1 -notContains """#;
    for (code, policy) in [
        (
            "U3",
            with(
                &["block"],
                json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows"]}}),
            ),
        ),
        ("U4", with(&["compliantDevice"], json!({}))),
        ("U5", filtered(&[signin::AZURE_MANAGEMENT], "include", missing)),
        ("U6", filtered(&["All"], "exclude", missing)),
        ("U7", mfa(json!({"devices": rule(r#"-not (device.model -eq "x")"#)}))),
        (
            "U8",
            with(
                &["block"],
                json!({"devices": {"deviceFilter":
            {"mode": "exclude", "rule": extension}}}),
            ),
        ),
        ("U9", old),
        ("U16", third_party),
        ("U17", with(&["passwordChange"], json!({}))),
    ] {
        let report = report(&tenant(&json!([policy])));
        let found: Vec<&str> = report
            .questions
            .iter()
            .flat_map(|asked| &asked.hinges)
            .map(|hinge| hinge.assumption.code())
            .collect();
        assert!(found.contains(&code), "{code} is not among {found:?}: {policy}");
        assert!(report.assumptions.iter().any(|assumed| assumed.assumption.code() == code));
    }
    assert!(report(&usual()).assumptions.is_empty());
}

#[test]
fn a_policy_with_an_excluded_resource_hangs_on_the_rule_about_basic_permissions() {
    let for_apps = |id: &str, include: &str, exclude: &[&str]| {
        let mut policy = policy(id, "enabled", json!({"includeUsers": ["All"]}), &["mfa"]);
        policy["conditions"]["applications"] =
            json!({"includeApplications": [include], "excludeApplications": exclude});
        policy
    };
    let report = report(&tenant(&json!([
        for_apps("p1", "All", &["Office365"]),
        for_apps("p2", "Office365", &[]),
    ])));
    let asked = &report.questions[0];
    assert!(asked.holds);
    let codes: Vec<&str> = asked.hinges.iter().map(|hinge| hinge.assumption.code()).collect();
    assert_eq!(codes, ["U1"]);
}

#[test]
fn a_what_if_tells_every_policy_and_what_to_present() {
    look(&usual(), |access| {
        let sign_in = SignIn::to(signin::EXCHANGE_ONLINE.into());
        let ada = access.explain(&"ada".into(), &sign_in).unwrap();
        assert_eq!(ada.single_factor, Verdict::Refused);
        assert_eq!(ada.not_phishing_resistant, Verdict::Granted);
        assert_eq!(ada.required, ["asks for multifactor authentication (policy \"policy p1\")"]);
        let effects: Vec<(&str, Effect)> =
            ada.policies.iter().map(|reason| (reason.policy.as_str(), reason.effect)).collect();
        assert_eq!(
            effects,
            [("p1", Effect::Refused), ("p3", Effect::NotApplied), ("p2", Effect::NotApplied)]
        );
        assert!(access.explain(&"nobody".into(), &sign_in).is_none());

        let impossible = SignIn { managed_app: true, ..sign_in };
        let decision = access.explain(&"ada".into(), &impossible).unwrap();
        assert_eq!(decision.impossible.unwrap(), "a protected app runs on a registered phone");
        assert_eq!(decision.any, Verdict::Refused);
    });
}

#[test]
fn people_without_accounts_are_judged_by_kind_and_home() {
    let guests = |kinds: &str, tenants: Value| {
        json!({"includeUsers": [], "includeGuestsOrExternalUsers":
            {"guestOrExternalUserTypes": kinds, "externalTenants": tenants}})
    };
    let listed = json!({"membershipKind": "enumerated", "members": ["t1"]});
    let tenant = tenant(&json!([
        policy("p1", "enabled", guests("b2bDirectConnectUser,serviceProvider", listed), &["mfa"]),
        policy("p2", "enabled", guests("otherExternalUser", Value::Null), &["mfa"]),
    ]));
    look(&tenant, |access| {
        let open: Vec<(GuestKind, Option<String>)> = access
            .ask_outsiders(&Question::single_factor())
            .into_iter()
            .filter(|outsider| matches!(outsider.outcome(), Outcome::Possible(_)))
            .map(|outsider| (outsider.kind, outsider.home.map(|home| home.to_string())))
            .collect();
        let home = || Some("t1".to_owned());
        assert_eq!(
            open,
            [
                (GuestKind::CollaborationGuest, None),
                (GuestKind::CollaborationGuest, home()),
                (GuestKind::CollaborationMember, None),
                (GuestKind::CollaborationMember, home()),
                (GuestKind::DirectConnect, None),
                (GuestKind::ServiceProvider, None),
            ]
        );
    });
}

#[test]
fn service_principals_within_reach() {
    let home = "00000000-0000-0000-0000-000000000000";
    let principal = |id: &str, owner: &str, credential: bool| {
        json!({"id": id, "appId": format!("app-{id}"), "displayName": id,
            "servicePrincipalType": "Application", "accountEnabled": true,
            "appOwnerOrganizationId": owner, "signInAudience": "AzureADMyOrg",
            "keyCredentials": if credential { json!([{}]) } else { json!([]) }})
    };
    let mut managed = principal("managed", home, true);
    managed["servicePrincipalType"] = "ManagedIdentity".into();
    let block = |id: &str, included: &[&str], conditions: Value| {
        let mut policy = policy(id, "enabled", json!({"includeUsers": ["None"]}), &["block"]);
        policy["conditions"]["clientApplications"] =
            json!({"includeServicePrincipals": included, "excludeServicePrincipals": ["spared"]});
        for (key, value) in conditions.as_object().unwrap() {
            policy["conditions"][key] = value.clone();
        }
        policy
    };
    let office =
        json!({"locations": {"includeLocations": ["All"], "excludeLocations": ["office"]}});
    let mut tenant = tenant(&json!([
        block("p1", &["ServicePrincipalsInMyTenant"], office),
        block("p2", &["shut"], json!({})),
        block("p3", &["odd"], json!({"newCondition": 1})),
    ]));
    tenant["namedLocations"] = json!([{"@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": "office", "ipRanges": [{"cidrAddress": "203.0.113.0/24"}]}]);
    tenant["servicePrincipals"] = json!([
        principal("free", home, true),
        principal("shut", home, true),
        principal("spared", home, true),
        principal("odd", home, true),
        principal("without", home, false),
        principal("foreign", "t9", true),
        managed
    ]);
    look(&tenant, |access| {
        let found: Vec<(String, String)> = access
            .workloads()
            .unwrap()
            .into_iter()
            .map(|workload| {
                let what = match workload.outcome {
                    WorkloadOutcome::Possible(sign_in) => sign_in.ip,
                    WorkloadOutcome::Refused => "refused".to_owned(),
                    WorkloadOutcome::Undetermined(why) => why,
                };
                (workload.name, what)
            })
            .collect();
        let expected = [
            ("free", "203.0.113.1"),
            ("odd", "policy \"policy p3\": it has a condition that is not known"),
            ("shut", "refused"),
            ("spared", "198.18.0.1"),
        ];
        assert_eq!(found, expected.map(|(name, what)| (name.to_owned(), what.to_owned())));
        // A policy for them is none for people.
        assert_eq!(access.report().questions[0].accounts.len(), 3);
    });
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut snapshot = signin::import::ca_tenant(&usual().to_string()).unwrap();
    snapshot.datasets.remove("users");
    look_at(&snapshot, |access| {
        let answer = access.ask(&Question::single_factor());
        let bob = Id::from("bob");
        assert_eq!(answer.outcome(&bob), Outcome::Undetermined("users were not collected"));
        assert_eq!(access.report().unreadable.as_deref(), Some("users were not collected"));
        assert!(access.explain(&bob, &SignIn::to("x".into())).is_none());
        assert_eq!(answer.outcomes().count(), 0);
    });
    for text in ["", "[]", "{}", "{\"format\": \"ca-tenant/2\"}"] {
        assert!(signin::import::ca_tenant(text).is_err(), "{text}");
        assert!(!signin::import::is_ca_tenant(text));
    }
    assert!(signin::import::is_ca_tenant(&usual().to_string()));
}

#[test]
fn the_overview_counts_what_the_report_lists() {
    look(&usual(), |access| {
        let (report, overview) = (access.report(), access.overview());
        assert_eq!(overview.accounts, report.population.accounts);
        assert_eq!(overview.classes, report.population.classes);
        assert_eq!(overview.questions.len(), report.questions.len());
        for (short, long) in overview.questions.iter().zip(&report.questions) {
            assert_eq!((&short.id, &short.title), (&long.id, &long.title));
            assert_eq!(short.asked, long.asked, "{}", long.id);
            assert_eq!(short.open, long.accounts.len(), "{}", long.id);
            assert_eq!(short.undetermined, long.undetermined.len(), "{}", long.id);
            let first = long.accounts.first().map(|account| account.id.to_string());
            assert_eq!(short.example.as_ref().map(|example| example.id.clone()), first);
        }
    });
}
