//! What the configuration of CISA's tool and our own profile add to a verdict, and the notes beside.

use model::{Profile, Verdict};
use serde_json::json;
use simulator::NOW;

use super::{judge, judge_snapshot};

#[test]
fn omissions_and_annotations_lie_beside_the_verdict() {
    let judged = judge(&json!({
        "timestamp_zulu": "2026-05-04T17:15:48Z",
        "conditional_access_policies": [],
        "scuba_config": {
            "OmitPolicy": {
                "MS.AAD.1.1v1": {"Rationale": "Met by another product", "Expiration": "2026-05-04"},
                "MS.AAD.2.1v1": {"Expiration": "2026-05-03"},
                "MS.AAD.3.1v1": {"Rationale": "For good"}
            },
            "AnnotatePolicy": {
                "MS.AAD.1.1v1": {"Comment": "Ada is on it", "RemediationDate": "2026-12-31"},
                "MS.AAD.3.1v1": {"IncorrectResult": true}
            }
        }
    }));
    let omission = |id: &str| judged[id].omission.clone();
    let first = omission("MS.AAD.1.1v1").unwrap();
    assert_eq!(first.rationale, "Met by another product");
    assert!(first.holds, "until the end of its last day");
    assert!(!omission("MS.AAD.2.1v1").unwrap().holds, "expired");
    assert!(omission("MS.AAD.3.1v1").unwrap().holds, "no end");
    assert!(omission("MS.AAD.3.2v2").is_none());
    assert_eq!(judged["MS.AAD.1.1v1"].verdict, Verdict::Fail, "an omission changes no verdict");
    let note = judged["MS.AAD.1.1v1"].annotation.clone().unwrap();
    assert_eq!(note.comment, "Ada is on it");
    assert_eq!(note.remediation_date.as_deref(), Some("2026-12-31"));
    assert!(judged["MS.AAD.3.1v1"].annotation.clone().unwrap().incorrect_result);
}

#[test]
fn a_case_is_read_as_its_input_is() {
    let export = json!({"org_config": [{"Name": "L", "AuditDisabled": false}]});
    let wrapped = json!({"case": "one", "policy": "MS.EXO.13.1v1", "input": export});
    assert_eq!(judge(&wrapped), judge(&export));
}

/// CISA's reading of a snapshot of our own is that of an export of the same tenant; emergency access
/// accounts that the profile declares are documented exclusions.
#[test]
fn a_snapshot_of_our_own_is_read_too() {
    let policy = json!({
        "id": "p", "displayName": "Larkspur", "state": "enabled",
        "conditions": {
            "users": {"includeUsers": ["All"], "excludeUsers": ["ea"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["exchangeActiveSync", "other"]
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]}
    });
    let collected = |records: serde_json::Value| json!({"state": "collected", "source": "", "records": records});
    let json = json!({
        "schema": "muster.snapshot/1", "tenant": {"id": "t"}, "takenAt": NOW,
        "datasets": {"conditionalAccessPolicies": collected(json!([policy]))}
    });
    let snapshot = model::Snapshot::from_json(json.to_string().as_bytes()).unwrap();
    let mut profile = Profile::default();
    let legacy = |profile: &Profile| {
        judge_snapshot(&snapshot, profile, "default").remove("MS.AAD.1.1v1").unwrap().verdict
    };
    assert_eq!(legacy(&profile), Verdict::Fail);
    profile.accounts.emergency.push("EA".to_owned());
    assert_eq!(legacy(&profile), Verdict::Pass);
    // Essentials judge no application policy: the requirement is not there.
    let essentials = judge_snapshot(&snapshot, &profile, "essentials");
    assert!(essentials.contains_key("MS.AAD.1.1v1"));
    assert!(!essentials.contains_key("MS.AAD.5.1v1"));
    assert!(!essentials.contains_key("MS.AAD.9.1v1"));
}
