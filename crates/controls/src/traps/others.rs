//! Traps of other settings, and of engineering.

use model::{Data, Verdict};
use serde_json::json;

use super::{judged, verdict};
use crate::testing::*;
use crate::{Framework, catalog};

#[test]
fn without_settings_microsoft_s_defaults_hold() {
    let none = Fixture::exemplary().set(Data::GroupSettings, json!([]));
    let finding = judged("pw-protection", &none);
    assert_eq!((finding.verdict, finding.credit), (Verdict::Partial, Some(0.5)));
    let one_value = Fixture::exemplary().edit(Data::GroupSettings, |all| {
        all[0]["values"].as_array_mut().unwrap().retain(|one| one["name"] != "LockoutThreshold");
    });
    assert_eq!(verdict("pw-protection", &one_value), Verdict::Pass);
}

/// The compliance end answers false regardless; the dataset is the Exchange end's.
#[test]
fn the_audit_log_is_asked_for_at_the_exchange_end() {
    let control = crate::control("log-unified-audit").unwrap();
    assert!(control.reads.contains(&Data::ExchangeAdminAuditLogConfig));
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let recipes = std::fs::read_to_string(crates.join("collect/src/recipes.rs")).unwrap();
    let mut asked = recipes.lines().filter(|line| line.contains("Get-AdminAuditLogConfig"));
    let line = asked.next().unwrap();
    assert!(line.contains("ExchangeAdminAuditLogConfig"), "{line}");
    assert!(!line.to_ascii_lowercase().contains("compliance"), "{line}");
}

#[test]
fn a_deleted_id_breaks_no_judgement() {
    let gone = "b0000000-0000-4000-8000-0000000000de";
    let tenant = Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |all| {
        let users = &mut all[0]["conditions"]["users"];
        users["excludeGroups"] = json!([gone]);
        users["excludeUsers"].as_array_mut().unwrap().push(json!(gone));
        users["excludeRoles"] = json!([gone]);
    });
    // A group that is gone has no members: that is what the collector says of it.
    let tenant = tenant
        .add(Data::GroupMembers, json!({ "groupId": gone, "memberIds": [], "transitive": true }));
    assert_eq!(verdict("mfa-users-required", &tenant), Verdict::Pass);
    assert_eq!(verdict("ca-exclusions-controlled", &tenant), Verdict::Pass);
    let tidy = judged("ca-policy-hygiene", &tenant);
    assert_eq!(tidy.verdict, Verdict::Partial);
    let observed = &tidy.evidence[0].observed;
    for kind in ["user", "group", "role"] {
        assert!(observed.contains(&format!("{kind} {gone}")), "{observed}");
    }
}

#[test]
fn nothing_retired_is_asked_for() {
    let retired = [
        "Client Access Rule",
        "AzureAD PowerShell",
        "AzureADUser",
        "MSOnline",
        "Msol",
        "Azure Log Integration",
        "Revoke-AzureAD",
    ];
    for control in catalog() {
        let steps = control.remediation.iter().copied();
        for text in steps.chain([control.passes_when, control.rationale, control.title]) {
            for word in retired {
                assert!(!text.contains(word), "{}: {text}", control.id);
            }
        }
    }
}

#[test]
fn basic_authentication_that_is_gone_fails_nothing() {
    let tenant = Fixture::exemplary()
        .set(
            Data::ExchangeAuthenticationPolicies,
            json!([{ "Name": "Old", "AllowBasicAuthSmtp": false, "AllowBasicAuthPop": true }]),
        )
        .with_member(Data::ExchangeOrganizationConfig, "DefaultAuthenticationPolicy", &json!("Old"))
        .set(Data::ExchangeUsers, json!([]));
    assert_eq!(verdict("legacy-exo-auth-policy", &tenant), Verdict::Partial);
}

/// CISA withdrew the ids of the Defender file in favor of the security suite's. Two of them have no
/// successor on the same subject.
#[test]
fn a_withdrawn_requirement_is_never_cited_alone() {
    let mut withdrawn = 0;
    for control in catalog() {
        let ids =
            control.mappings.iter().filter(|(framework, _)| *framework == Framework::CisaScuba);
        let ids: Vec<&str> = ids.flat_map(|(_, ids)| ids.iter().copied()).collect();
        let cites = |prefix: &str| ids.iter().any(|id| id.starts_with(prefix));
        if cites("MS.DEFENDER.") {
            withdrawn += 1;
            let none = control.id == "preset-strict-priority-accounts";
            assert!(none || cites("MS.SECURITYSUITE."), "{}: {ids:?}", control.id);
        }
    }
    assert!(withdrawn > 0);
}

#[test]
fn mappings_are_of_the_version_they_name() {
    assert_eq!(Framework::CisM365.version(), "7.0");
    for control in catalog() {
        for (framework, ids) in control.mappings {
            if *framework == Framework::CisM365 {
                // Version 4.0 had security defaults there, to be disabled.
                assert!(!ids.contains(&"5.1.1.1"), "{}", control.id);
            }
        }
    }
}
