//! Changes of the sample tenants: noise is none, and each seeded change gives exactly its line.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use changes::changes;
use model::{Actor, Change, ChangeKind, Snapshot};
use serde_json::{Value, json};

const BEFORE: &str = "2026-11-01T04:00:00Z";
const AFTER: &str = "2026-11-16T04:00:00Z";
const LOG: &str = "GET /v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge \
    2026-10-18T04:00:00Z and (category eq 'Policy' or category eq 'RoleManagement')";

type Datasets = BTreeMap<String, Vec<Value>>;

fn folders() -> Vec<PathBuf> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/tenants");
    let mut found: Vec<_> =
        std::fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn datasets(folder: &Path) -> Datasets {
    let mut found = Datasets::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let records = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            found.insert(name, records);
        }
    }
    found
}

fn greyloch() -> Datasets {
    datasets(folders().iter().find(|folder| folder.ends_with("greyloch-valves")).unwrap())
}

fn snapshot(datasets: &Datasets, taken_at: &str) -> Snapshot {
    let datasets: BTreeMap<&String, Value> = datasets
        .iter()
        .map(|(name, records)| {
            let source = if name == "directoryAudits" { LOG } else { "" };
            (name, json!({ "state": "collected", "source": source, "records": records }))
        })
        .collect();
    let json = json!({
        "schema": "muster.snapshot/1",
        "tenant": { "id": "0a0a0a0a-0000-4000-8000-000000000001" },
        "takenAt": taken_at,
        "datasets": datasets,
    });
    Snapshot::from_json(json.to_string().as_bytes()).unwrap()
}

fn difference(before: &Datasets, after: &Datasets) -> Vec<Change> {
    let (found, holes) = changes(&snapshot(before, BEFORE), &snapshot(after, AFTER));
    assert_eq!(holes, []);
    found
}

/// The same answers as another server, another day or another version of the service gives them.
fn rewritten(value: &Value, seed: &mut u64) -> Value {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| rewritten(item, seed)).collect();
            for at in (1..items.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let other = usize::try_from(*seed >> 33).unwrap() % (at + 1);
                items.swap(at, other);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members: serde_json::Map<String, Value> = members
                .iter()
                .map(|(name, value)| (name.clone(), rewritten(value, seed)))
                .collect();
            members.insert("@odata.etag".to_owned(), json!(seed.to_string()));
            members.insert("modifiedDateTime".to_owned(), json!("2026-11-15T01:02:03Z"));
            members.insert("memberOfANewVersion".to_owned(), json!(null));
            members.insert("switchOfANewVersion".to_owned(), json!(false));
            Value::Object(members)
        }
        Value::String(text) if text.len() == 36 && text.as_bytes()[8] == b'-' => {
            json!(text.to_uppercase())
        }
        other => other.clone(),
    }
}

#[test]
fn shuffled_and_rewritten_answers_are_no_change() {
    for folder in folders() {
        let before = datasets(&folder);
        let mut seed = 42;
        let mut after: Datasets = before
            .iter()
            .map(|(name, records)| {
                let records = rewritten(&json!(records), &mut seed);
                (name.clone(), records.as_array().unwrap().clone())
            })
            .collect();
        // What moves by itself.
        for name in ["signInActivity", "secureScores", "riskyUsers", "directoryAudits", "signIns"] {
            after.entry(name.to_owned()).or_default().reverse();
        }
        for sku in after.entry("subscribedSkus".to_owned()).or_default() {
            sku["consumedUnits"] = json!(1);
        }
        let found = difference(&before, &after);
        assert!(found.is_empty(), "{}: {found:#?}", folder.display());
    }
}

/// A tenant as ScubaGear or an older version kept it: switches as text, single values for lists.
#[test]
fn spellings_are_no_change() {
    let before = greyloch();
    let mut after = before.clone();
    for (name, records) in &mut after {
        for record in records.iter_mut().filter(|_| name.starts_with("exchange")) {
            for value in record.as_object_mut().unwrap().values_mut() {
                *value = match &*value {
                    Value::Bool(flag) => json!(if *flag { "True" } else { "False" }),
                    Value::Number(number) => json!(number.to_string()),
                    Value::Array(items) if items.len() == 1 => items[0].clone(),
                    Value::Array(items) if items.is_empty() => Value::Null,
                    other => other.clone(),
                };
            }
        }
    }
    assert_ne!(before, after);
    let found = difference(&before, &after);
    assert!(found.is_empty(), "{found:#?}");
}

fn policy<'d>(datasets: &'d mut Datasets, name: &str) -> &'d mut Value {
    let policies = datasets.get_mut("conditionalAccessPolicies").unwrap();
    policies.iter_mut().find(|policy| policy["displayName"] == name).unwrap()
}

fn record<'d>(datasets: &'d mut Datasets, dataset: &str, member: &str, is: &str) -> &'d mut Value {
    let records = datasets.get_mut(dataset).unwrap();
    records.iter_mut().find(|record| record[member] == is).unwrap()
}

/// A change of the tenant and the one line that it must give: area, subject, what.
type Seed = (fn(&mut Datasets), [&'static str; 3]);

const POLICY: &str = "policy MFA for enrolled staff";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const NASRIN: &str = "875b5b88-09cb-47d6-b310-dd4dbe39000d";

const SEEDS: [Seed; 24] = [
    (
        |tenant| policy(tenant, "MFA for enrolled staff")["state"] = json!("disabled"),
        ["Conditional Access", POLICY, "state: off instead of on"],
    ),
    (
        |tenant| {
            policy(tenant, "MFA for enrolled staff")["state"] =
                json!("enabledForReportingButNotEnforced");
        },
        ["Conditional Access", POLICY, "state: report-only instead of on"],
    ),
    (
        |tenant| {
            policy(tenant, "MFA for enrolled staff")["conditions"]["users"]["excludeUsers"] =
                json!([]);
        },
        ["Conditional Access", POLICY, "no longer excludes Break Glass One"],
    ),
    (
        |tenant| {
            policy(tenant, "MFA for enrolled staff")["conditions"]["users"]["excludeUsers"]
                .as_array_mut()
                .unwrap()
                .push(json!(NASRIN));
        },
        ["Conditional Access", POLICY, "now excludes Nasrin Begum"],
    ),
    (
        |tenant| {
            policy(tenant, "MFA for enrolled staff")["conditions"]["locations"] = Value::Null;
        },
        ["Conditional Access", POLICY, "no longer excludes Greyloch Works"],
    ),
    (
        |tenant| {
            let grant = &mut policy(tenant, "MFA for enrolled staff")["grantControls"];
            grant["builtInControls"].as_array_mut().unwrap().push(json!("compliantDevice"));
        },
        ["Conditional Access", POLICY, "now requires a compliant device"],
    ),
    (
        |tenant| {
            let mut more = policy(tenant, "MFA for enrolled staff").clone();
            more["id"] = json!("00000000-0000-4000-8000-00000000abcd");
            more["displayName"] = json!("Another");
            tenant.get_mut("conditionalAccessPolicies").unwrap().push(more);
        },
        ["Conditional Access", "policy Another", "was added"],
    ),
    (
        |tenant| {
            let policies = tenant.get_mut("conditionalAccessPolicies").unwrap();
            policies.retain(|policy| policy["displayName"] != "MFA for enrolled staff");
        },
        ["Conditional Access", POLICY, "was removed"],
    ),
    (
        |tenant| {
            tenant.get_mut("roleAssignments").unwrap().push(json!({
                "id": "x", "principalId": NASRIN, "directoryScopeId": "/",
                "roleDefinitionId": GLOBAL_ADMINISTRATOR,
            }));
            tenant.get_mut("roleAssignmentScheduleInstances").unwrap().push(json!({
                "id": "y", "principalId": NASRIN, "directoryScopeId": "/",
                "roleDefinitionId": GLOBAL_ADMINISTRATOR, "assignmentType": "Assigned",
                "endDateTime": null,
            }));
        },
        ["Administrators", "Nasrin Begum", "became Global Administrator"],
    ),
    (
        |tenant| {
            for name in ["roleAssignments", "roleAssignmentScheduleInstances"] {
                let records = tenant.get_mut(name).unwrap();
                records.retain(|record| {
                    record["principalId"] != "fc490a70-25d5-435b-a775-5a8c5d101cb3"
                        || record["roleDefinitionId"] != GLOBAL_ADMINISTRATOR
                });
            }
        },
        ["Administrators", "Fergus MacAulay", "is no longer Global Administrator"],
    ),
    (
        |tenant| {
            tenant.get_mut("roleEligibilityScheduleInstances").unwrap().push(json!({
                "id": "z", "principalId": NASRIN, "directoryScopeId": "/",
                "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de",
            }));
        },
        ["Administrators", "Nasrin Begum", "became eligible for Exchange Administrator"],
    ),
    (
        |tenant| {
            let role = &mut tenant.get_mut("roleManagementPolicyAssignments").unwrap()[0];
            role["policy"]["rules"][0]["maximumDuration"] = json!("PT8H");
        },
        [
            "Administrators",
            "the settings of the role Global Administrator",
            "expiration end user assignment, maximum duration: PT8H instead of P1D",
        ],
    ),
    (
        |tenant| {
            record(tenant, "users", "id", NASRIN)["accountEnabled"] = json!(false);
        },
        ["Accounts", "account Nasrin Begum", "sign-in: off instead of on"],
    ),
    (
        |tenant| {
            tenant.get_mut("users").unwrap().push(json!({
                "id": "00000000-0000-4000-8000-00000000beef", "displayName": "Robin Vale",
                "userPrincipalName": "robin.vale@greyloch.example", "accountEnabled": true,
            }));
        },
        ["Accounts", "account Robin Vale", "was added"],
    ),
    (
        |tenant| {
            let group = &mut tenant.get_mut("groupMembers").unwrap()[0];
            group["memberIds"].as_array_mut().unwrap().push(json!(NASRIN));
        },
        ["Groups", "", "has the new members Nasrin Begum"],
    ),
    (
        |tenant| {
            let policy = &mut tenant.get_mut("authorizationPolicy").unwrap()[0];
            let permissions = &mut policy["defaultUserRolePermissions"];
            let flag = permissions["allowedToCreateApps"].as_bool().unwrap();
            permissions["allowedToCreateApps"] = json!(!flag);
        },
        ["Directory settings", "the authorization policy", "users may register applications: "],
    ),
    (
        |tenant| {
            let policy =
                &mut tenant.get_mut("identitySecurityDefaultsEnforcementPolicy").unwrap()[0];
            let flag = policy["isEnabled"].as_bool().unwrap();
            policy["isEnabled"] = json!(!flag);
        },
        ["Directory settings", "security defaults", "switch: on instead of off"],
    ),
    (
        |tenant| {
            let grant = &mut tenant.get_mut("oauth2PermissionGrants").unwrap()[0];
            let scope = grant["scope"]
                .as_str()
                .unwrap()
                .replace("Mail.ReadWrite", "Mail.Read Mail.ReadWrite");
            grant["scope"] = json!(scope);
        },
        ["Applications", "", "was granted the delegated permission Mail.Read on "],
    ),
    (
        |tenant| {
            tenant.get_mut("exchangeMailboxes").unwrap()[0]["ForwardingSmtpAddress"] =
                json!("smtp:away@elsewhere.example");
        },
        [
            "Exchange Online",
            "mailbox Magnus Sutherland",
            "forwarding smtp address: smtp:away@elsewhere.example instead of nothing",
        ],
    ),
    (
        |tenant| {
            tenant.get_mut("exchangeTransportRules").unwrap()[1]["State"] = json!("Enabled");
        },
        ["Exchange Online", "mail flow rule Copy of leavers", "state: Enabled instead of Disabled"],
    ),
    (
        |tenant| {
            let rules = tenant.get_mut("exchangeTransportRules").unwrap();
            rules[0]["SenderDomainIs"] = json!(["freightlane.example", "more.example"]);
        },
        [
            "Exchange Online",
            "mail flow rule Never filter Freightlane",
            "gained in \"sender domain is\": more.example",
        ],
    ),
    (
        |tenant| {
            let policies = tenant.get_mut("exchangeAntiPhishPolicies").unwrap();
            policies[0]["PhishThresholdLevel"] = json!(3);
        },
        [
            "Mail protection",
            "anti-phishing policy Office365 AntiPhish Default",
            "phish threshold level: 3 instead of 1",
        ],
    ),
    (
        |tenant| {
            let policy = &mut tenant.get_mut("crossTenantAccessPolicy").unwrap()[0];
            policy["default"]["inboundTrust"]["isMfaAccepted"] = json!(false);
        },
        [
            "Directory settings",
            "the cross-tenant access settings",
            "default, inbound trust, is mfa accepted: off instead of on",
        ],
    ),
    (
        |tenant| {
            let domains = tenant.get_mut("domains").unwrap();
            domains[0]["passwordValidityPeriodInDays"] = json!(41);
        },
        ["Domains", "", "days until a password expires: 41 instead of "],
    ),
];

#[test]
fn each_seeded_change_gives_exactly_its_line_and_its_way_back_one_too() {
    let before = greyloch();
    let mut wrong = Vec::new();
    for (seed, [area, subject, what]) in SEEDS {
        let mut after = before.clone();
        seed(&mut after);
        let found = difference(&before, &after);
        assert_eq!(found.len(), 1, "{what}: {found:#?}");
        let line = &found[0];
        assert_eq!(line.area, area);
        let named = if subject.is_empty() { line.subject.name.as_str() } else { subject };
        assert_eq!(line.subject.name, named);
        let whole = line.what == what || (what.ends_with(' ') && line.what.starts_with(what));
        if !whole {
            wrong.push(format!("{:?}, expected {what:?}", line.what));
        }
        let back = difference(&after, &before);
        assert_eq!(back.len(), 1, "{back:#?}");
        assert_eq!((&back[0].area, &back[0].subject.id), (&line.area, &line.subject.id));
    }
    assert_eq!(wrong, [""; 0]);
}

/// All at once: no change hides another.
#[test]
fn changes_do_not_hide_each_other() {
    let before = greyloch();
    let mut after = before.clone();
    let mut expected = 0;
    // Some seeds touch what another one takes away.
    for at in [2, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23] {
        SEEDS[at].0(&mut after);
        expected += 1;
    }
    let found = difference(&before, &after);
    assert_eq!(found.len(), expected, "{found:#?}");
}

#[test]
fn an_activated_role_is_no_new_administrator() {
    let before = greyloch();
    let mut after = before.clone();
    let eligible = before["roleEligibilityScheduleInstances"][0].clone();
    after.get_mut("roleAssignments").unwrap().push(json!({
        "id": "a", "principalId": eligible["principalId"], "directoryScopeId": "/",
        "roleDefinitionId": eligible["roleDefinitionId"],
    }));
    after.get_mut("roleAssignmentScheduleInstances").unwrap().push(json!({
        "id": "a", "principalId": eligible["principalId"], "directoryScopeId": "/",
        "roleDefinitionId": eligible["roleDefinitionId"], "assignmentType": "Activated",
        "endDateTime": "2026-11-16T09:00:00Z",
    }));
    assert_eq!(difference(&before, &after), []);
}

/// What could not be read has not been removed.
#[test]
fn a_hole_is_said_and_no_change() {
    let before = greyloch();
    let mut after = snapshot(&before, AFTER);
    for name in ["conditionalAccessPolicies", "roleAssignments", "exchangeMailboxes"] {
        let hole = model::Dataset::Unavailable(model::Unavailable {
            reason: model::UnavailableReason::Forbidden,
            detail: String::new(),
            source: String::new(),
            at: None,
        });
        after.datasets.insert(name.to_owned(), hole);
    }
    after.datasets.remove("domains");
    let (found, holes) = changes(&snapshot(&before, BEFORE), &after);
    assert_eq!(found, []);
    let said: Vec<_> =
        holes.iter().map(|hole| (hole.dataset.as_str(), hole.because.as_str())).collect();
    let forbidden = "the newer snapshot does not hold it (forbidden)";
    assert_eq!(
        said,
        [
            ("conditionalAccessPolicies", forbidden),
            ("domains", "the newer snapshot does not hold it"),
            ("exchangeMailboxes", forbidden),
            ("roleAssignments", forbidden),
        ]
    );
}

fn audit(id: &str, at: &str, activity: &str, target: &Value, by: &Value) -> Value {
    json!({
        "id": id, "activityDateTime": at, "activityDisplayName": activity, "result": "success",
        "category": "Policy", "initiatedBy": by, "targetResources": [target],
    })
}

#[test]
fn who_did_it_is_joined_from_the_audit_log() {
    let before = greyloch();
    let person = json!({ "user": { "id": "F1", "userPrincipalName": "maeve@greyloch.example" } });
    let app = json!({ "user": null, "app": { "appId": "A1", "displayName": "Pipeline" } });
    let both = json!({ "user": { "id": "F1", "userPrincipalName": "maeve@greyloch.example" },
                       "app": { "displayName": "Azure Portal" } });
    let policy_id = json!({ "id": "bba2e825-7689-41ed-99a1-a05da73f86fa", "type": "Policy" });
    let role = |name: &str| {
        json!({ "id": NASRIN, "type": "User", "modifiedProperties": [
            { "displayName": "Role.DisplayName", "newValue": format!("\"{name}\"") }
        ] })
    };
    let actor = |seed: usize, log: Vec<Value>| {
        let mut after = before.clone();
        SEEDS[seed].0(&mut after);
        after.insert("directoryAudits".to_owned(), log);
        difference(&before, &after)[0].actor.clone()
    };
    let who = |actor: &Actor| match actor {
        Actor::Known { who, app, entry, more, .. } => {
            format!("{who}, {}, {entry}, {more}", app.as_deref().unwrap_or("-"))
        }
        Actor::Unknown { because } => because.clone(),
    };
    let update = "Update conditional access policy";
    let during = "2026-11-10T10:00:00.5512904Z";
    for (log, expected) in [
        (
            vec![audit("e1", during, update, &policy_id, &person)],
            "maeve@greyloch.example, -, e1, 0",
        ),
        (vec![audit("e1", during, update, &policy_id, &app)], "Pipeline, Pipeline, e1, 0"),
        (
            vec![
                audit("e2", "2026-11-12T10:00:00Z", update, &policy_id, &both),
                audit("e1", during, update, &policy_id, &person),
            ],
            "maeve@greyloch.example, Azure Portal, e2, 1",
        ),
        // Before the older snapshot, another object, failed, or a removal.
        (
            vec![
                audit("e1", "2026-10-30T10:00:00Z", update, &policy_id, &person),
                audit("e2", during, update, &json!({ "id": NASRIN }), &person),
                audit("e3", during, "Delete conditional access policy", &policy_id, &person),
            ],
            "the log has no entry for it",
        ),
    ] {
        assert_eq!(who(&actor(2, log)), expected);
    }
    for (log, expected) in [
        (
            vec![audit("e1", during, "Add member to role", &role("Global Administrator"), &person)],
            "maeve@greyloch.example, -, e1, 0",
        ),
        (
            vec![audit("e1", during, "Add member to role", &role("Reports Reader"), &person)],
            "the log has no entry for it",
        ),
        (
            vec![audit(
                "e1",
                during,
                "Remove member from role",
                &role("Global Administrator"),
                &person,
            )],
            "the log has no entry for it",
        ),
    ] {
        assert_eq!(who(&actor(8, log)), expected);
    }
    assert_eq!(who(&actor(12, Vec::new())), "the log of such changes was not read");
    let exchange = "Exchange Online keeps the log of it, which was not read";
    assert_eq!(who(&actor(18, Vec::new())), exchange);
}

#[test]
fn a_log_that_was_not_kept_names_nobody() {
    let before = greyloch();
    let mut after = before.clone();
    SEEDS[2].0(&mut after);
    let unknown = |before_at: &str, after: &Snapshot| {
        let (found, _) = changes(&snapshot(&before, before_at), after);
        match &found[0].actor {
            Actor::Unknown { because } => because.clone(),
            known @ Actor::Known { .. } => panic!("{known:?}"),
        }
    };
    let log = after.get_mut("directoryAudits").unwrap();
    log.retain(|entry| entry["category"] != "Policy");
    let mut later = snapshot(&after, AFTER);
    let old = unknown("2026-09-01T04:00:00Z", &later);
    assert_eq!(old, "log not kept: what was read reaches back to 2026-10-18 only");
    later.datasets.remove("directoryAudits");
    assert_eq!(unknown(BEFORE, &later), "the directory audit log was not read");
}

#[test]
fn kinds_tell_what_came_and_went() {
    let before = greyloch();
    let kind = |seed: usize| {
        let mut after = before.clone();
        SEEDS[seed].0(&mut after);
        difference(&before, &after)[0].kind
    };
    assert_eq!(kind(2), ChangeKind::Changed);
    assert_eq!(kind(6), ChangeKind::Added);
    assert_eq!(kind(7), ChangeKind::Removed);
    assert_eq!(kind(8), ChangeKind::Added);
    assert_eq!(kind(9), ChangeKind::Removed);
}
