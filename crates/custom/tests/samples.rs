//! The sample controls, judged on small tenants.

#![cfg(test)]

use controls::{Checklist, Custom};
use custom::Source;
use model::{
    Assessment, Collected, ControlResult, Data, Dataset, Profile, Reason, Snapshot, Tenant,
    Unavailable, UnavailableReason, UnknownReason, Verdict,
};
use serde_json::{Value, json};

const TENANT: &str = "0a0a0a0a-0000-4000-8000-000000000001";

fn samples() -> Vec<Custom> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/custom");
    let mut files: Vec<Source> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| Source {
            text: std::fs::read_to_string(&path).unwrap(),
            path: path.file_name().unwrap().to_str().unwrap().to_owned(),
        })
        .collect();
    files.sort_by(|one, two| one.path.cmp(&two.path));
    custom::controls(&files).unwrap()
}

fn snapshot(datasets: &[(Data, Value)]) -> Snapshot {
    let datasets = datasets
        .iter()
        .map(|(data, records)| {
            let dataset = match records {
                Value::Array(records) => {
                    Dataset::Collected(Collected::new("test", records).unwrap())
                }
                _ => Dataset::Unavailable(Unavailable {
                    reason: UnavailableReason::Forbidden,
                    ..Unavailable::not_collected("")
                }),
            };
            (data.name().to_owned(), dataset)
        })
        .collect();
    Snapshot {
        tenant: model::TenantInfo { id: TENANT.into(), ..Default::default() },
        taken_at: "2026-11-01T02:00:00Z".parse().unwrap(),
        collector: model::Collector::default(),
        datasets,
        other: model::Members::new(),
    }
}

fn assess(datasets: &[(Data, Value)], profile: &str) -> Assessment {
    let profile = Profile::parse(&format!("[tenant]\nid = {TENANT:?}\n{profile}")).unwrap();
    let checklist = Checklist::named("default").unwrap().with_custom(samples());
    controls::assess(&Tenant::new(&snapshot(datasets), &profile), &checklist, "")
}

fn judge(id: &str, datasets: &[(Data, Value)], profile: &str) -> ControlResult {
    let assessment = assess(datasets, profile);
    let mut found = assessment.controls.into_iter().filter(|control| control.id == id);
    let result = found.next().unwrap();
    assert!(found.next().is_none(), "{id} is there twice");
    result
}

fn guest(id: &str, created: &str) -> Value {
    json!({ "id": id, "displayName": id, "userType": "Guest", "accountEnabled": true,
            "createdDateTime": created })
}

fn signed_in(id: &str, on: &str) -> Value {
    json!({ "id": id, "signInActivity": { "lastSuccessfulSignInDateTime": on } })
}

#[test]
fn guests_recent() {
    let judge = |users: Value, activity: Value| {
        judge("custom-guests-recent", &[(Data::Users, users), (Data::SignInActivity, activity)], "")
    };
    let old = "2024-01-01T00:00:00Z";
    let none = judge(json!([guest("new", "2026-10-01T00:00:00Z")]), json!([]));
    assert_eq!(none.verdict, Verdict::NotApplicable);
    let pass = judge(json!([guest("a", old)]), json!([signed_in("a", "2026-10-01T00:00:00Z")]));
    assert_eq!((pass.verdict, pass.credit), (Verdict::Pass, Some(1.0)), "{pass:#?}");
    assert_eq!(pass.population.unwrap().judged, 1);
    let partial = judge(
        json!([guest("a", old), guest("b", old), guest("new", "2026-10-01T00:00:00Z")]),
        json!([signed_in("a", "2026-10-01T00:00:00Z"), signed_in("b", "2026-03-01T00:00:00Z")]),
    );
    assert_eq!((partial.verdict, partial.credit), (Verdict::Partial, Some(0.5)), "{partial:#?}");
    assert_eq!(partial.evidence[0].subject.id, "b");
    assert_eq!(partial.evidence[0].observed, "last sign-in on 2026-03-01");
    assert_eq!(partial.population.unwrap().left_out[0].count, 1);
    let fail = judge(json!([guest("a", old)]), json!([]));
    assert_eq!((fail.verdict, fail.credit), (Verdict::Fail, Some(0.0)), "{fail:#?}");
    assert_eq!(fail.evidence[0].observed, "never signed in");
    assert_eq!((fail.area.as_str(), fail.weight), ("guest", 3));
    assert!(fail.fingerprint.is_some() && fail.would_pass_if.is_some());
    let unsaid = judge(json!([{ "id": "x" }]), json!([]));
    assert_eq!(unsaid.reason, Some(Reason::Unknown(UnknownReason::FieldMissing)));
}

#[test]
fn admin_names() {
    let judge = |users: Value, profile: &str| {
        let roles = json!([{ "principalId": "u", "directoryScopeId": "/" },
                           { "principalId": "v", "directoryScopeId": "/administrativeUnits/1" }]);
        judge(
            "custom-admin-names",
            &[(Data::Users, users), (Data::RoleAssignments, roles)],
            profile,
        )
    };
    let user = |id: &str, name: &str| json!({ "id": id, "displayName": name, "userPrincipalName": name, "accountEnabled": true });
    let named = json!([user("u", "ADM-sam@larkspur.example"), user("v", "v@larkspur.example")]);
    assert_eq!(judge(named, "").verdict, Verdict::Pass);
    let other = || json!([user("u", "sam@larkspur.example")]);
    let fail = judge(other(), "");
    assert_eq!(fail.verdict, Verdict::Fail);
    assert_eq!(fail.evidence[0].expected, "a name that begins with adm- or admin-");
    let emergency = judge(other(), "[accounts]\nemergency = [\"Sam@larkspur.example\"]");
    assert_eq!(emergency.verdict, Verdict::NotApplicable);
}

#[test]
fn countries_blocked() {
    let judge = |state: &str, exclude: &str| {
        let policy = json!({ "id": "p", "displayName": "Countries", "state": state,
            "conditions": {
                "users": { "includeUsers": ["All"] },
                "applications": { "includeApplications": ["All"] },
                "locations": { "includeLocations": ["All"], "excludeLocations": [exclude] } },
            "grantControls": { "builtInControls": ["block"] } });
        let location = json!({ "id": "l", "countriesAndRegions": ["CH"] });
        judge(
            "custom-countries-blocked",
            &[
                (Data::ConditionalAccessPolicies, json!([policy])),
                (Data::NamedLocations, json!([location, { "id": "ip", "ipRanges": [] }])),
            ],
            "",
        )
    };
    assert_eq!(judge("enabled", "l").verdict, Verdict::Pass);
    let partial = judge("enabledForReportingButNotEnforced", "l");
    assert_eq!((partial.verdict, partial.credit), (Verdict::Partial, Some(0.5)));
    assert_eq!(judge("disabled", "l").verdict, Verdict::Fail);
    assert_eq!(judge("enabled", "ip").verdict, Verdict::Fail);
}

#[test]
fn without_its_data_a_custom_control_is_unknown() {
    for control in samples() {
        for missing in &control.reads {
            for (state, reason) in [
                (json!("forbidden"), UnknownReason::Permission),
                (Value::Null, UnknownReason::NotCollected),
            ] {
                let datasets: Vec<(Data, Value)> = control
                    .reads
                    .iter()
                    .filter(|data| *data != missing || !state.is_null())
                    .map(|data| (*data, if data == missing { state.clone() } else { json!([]) }))
                    .collect();
                let result = judge(&control.id, &datasets, "");
                assert_eq!(result.verdict, Verdict::Unknown, "{} without {missing}", control.id);
                assert_eq!(result.reason, Some(Reason::Unknown(reason)), "{result:#?}");
                assert!(result.summary.contains(missing.words()), "{result:#?}");
            }
        }
    }
}

#[test]
fn they_count_in_the_score_and_stand_in_their_areas() {
    let assessment = assess(&[], "");
    let ids: Vec<&str> = assessment.controls.iter().map(|one| one.id.as_str()).collect();
    let at = |id: &str| ids.iter().position(|known| *known == id).unwrap();
    let last_of_area = ids.iter().rposition(|id| id.starts_with("guest-")).unwrap();
    assert_eq!(at("custom-guests-recent"), last_of_area + 1);
    assert_eq!(ids.len(), controls::catalog().count() + 3);
    let weight: u32 = controls::catalog().map(|control| control.severity.weight()).sum();
    let whole: u32 = assessment.controls.iter().map(|control| control.weight).sum();
    assert_eq!(whole, weight + 3 + 1 + 3);
    let plain = Checklist::named("default").unwrap();
    assert_ne!(assessment.checklist.version, plain.version);
    assert!(plain.with_custom(samples()).data().contains(&Data::SignInActivity));
}
