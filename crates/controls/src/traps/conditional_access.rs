//! Traps of Conditional Access.

use model::{Data, Plan, Verdict};
use serde_json::{Value, json};

use super::{judged, verdict, with_policies};
use crate::catalog;
use crate::testing::*;

/// MFA for everybody, changed, alone.
fn mfa(change: impl FnOnce(&mut Value)) -> Fixture {
    let mut one = policy("MFA for everybody", grant("mfa"));
    change(&mut one);
    with_policies(&[one])
}

/// The exemplary tenant's policy at that place, changed.
fn change(place: usize, change: impl FnOnce(&mut Value)) -> Fixture {
    Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |all| change(&mut all[place]))
}

/// A strength of one's own.
fn strength(name: &str, combinations: &[&str]) -> Value {
    json!({
        "operator": "OR", "builtInControls": [], "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": {
            "id": "0d1f42c7-5f1c-4a55-8fb1-6a0c9b1e7d01", "displayName": name,
            "policyType": "custom", "allowedCombinations": combinations
        }
    })
}

#[test]
fn a_risk_condition_makes_mfa_for_all_none() {
    for condition in ["signInRiskLevels", "userRiskLevels"] {
        let risky = mfa(|one| one["conditions"][condition] = json!(["high"]));
        for id in ["mfa-users-required", "mfa-admins-required", "mfa-guests-required"] {
            assert_eq!(verdict(id, &risky), Verdict::Fail, "{id} with {condition}");
        }
        assert_eq!(verdict("base-protection-enforced", &risky), Verdict::Fail);
    }
}

#[test]
fn a_strength_is_mfa_by_its_combinations() {
    let of =
        |combinations: &[&str]| mfa(|one| one["grantControls"] = strength("Ours", combinations));
    let users = |fixture: &Fixture| verdict("mfa-users-required", fixture);
    let several = of(&["password,microsoftAuthenticatorPush", "fido2", "deviceBasedPush"]);
    assert_eq!(users(&several), Verdict::Pass);
    assert_eq!(users(&of(&["password,sms", "password"])), Verdict::Fail);
    assert_eq!(users(&of(&["somethingNew"])), Verdict::Unknown);
    // Beside another control, each is a condition.
    let beside = mfa(|one| {
        one["grantControls"] = strength("Ours", &["fido2"]);
        one["grantControls"]["operator"] = json!("AND");
        one["grantControls"]["builtInControls"] = json!(["compliantDevice"]);
    });
    assert_eq!(users(&beside), Verdict::Pass);
}

#[test]
fn resistance_is_told_by_combinations_never_by_name() {
    let of = |name: &str, combinations: &[&str]| {
        let tenant = change(1, |one| one["grantControls"] = strength(name, combinations));
        verdict("mfa-admins-phishing-resistant", &tenant)
    };
    let resistant = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
    assert_eq!(of("Schlüssel", &resistant), Verdict::Pass);
    assert_eq!(of("Phishing-resistant MFA", &["password,sms"]), Verdict::Fail);
    assert_eq!(of("Passwordless MFA", &["fido2", "deviceBasedPush"]), Verdict::Fail);
}

#[test]
fn a_list_of_roles_covers_whom_it_names_and_nobody_else() {
    let roles = |roles: &[&str]| {
        change(1, |one| {
            one["conditions"]["users"]["includeUsers"] = json!([]);
            one["conditions"]["users"]["includeRoles"] = json!(roles);
        })
    };
    let resistant = |fixture: &Fixture| verdict("mfa-admins-phishing-resistant", fixture);
    assert_eq!(resistant(&roles(&[])), Verdict::Fail);
    assert_eq!(resistant(&roles(&[HELPDESK_ADMIN])), Verdict::Fail);
    assert_eq!(resistant(&roles(&[GLOBAL_ADMIN])), Verdict::Partial);
    let excluded = change(1, |one| one["conditions"]["users"]["excludeUsers"] = json!([ADMIN_1]));
    assert_eq!(resistant(&excluded), Verdict::Fail);
}

#[test]
fn whoever_and_whatever_is_excluded_is_a_hole() {
    let users = |one: &mut Value, list: &str, who: Value| one["conditions"]["users"][list] = who;
    let without_a_person = mfa(|one| users(one, "excludeUsers", json!([PERSON_2])));
    assert_eq!(verdict("mfa-users-required", &without_a_person), Verdict::Partial);
    let without_guests = mfa(|one| users(one, "excludeUsers", json!(["GuestsOrExternalUsers"])));
    assert_eq!(verdict("mfa-guests-required", &without_guests), Verdict::Fail);
    let without_an_app =
        mfa(|one| one["conditions"]["applications"]["excludeApplications"] = json!([APP]));
    assert_eq!(verdict("mfa-users-required", &without_an_app), Verdict::Fail);
    let flow_without_an_app = change(3, |one| {
        one["conditions"]["applications"]["excludeApplications"] = json!([APP]);
    });
    assert_eq!(verdict("ca-alternative-flows-blocked", &flow_without_an_app), Verdict::Fail);
}

#[test]
fn excluding_emergency_access_accounts_is_right() {
    let tenant = Fixture::exemplary();
    for id in [
        "mfa-users-required",
        "mfa-admins-required",
        "mfa-admins-phishing-resistant",
        "legacy-auth-blocked",
        "ca-exclusions-controlled",
        "emerg-ca-excluded",
    ] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
}

#[test]
fn a_legacy_block_for_some_places_or_platforms_is_none() {
    let modern = |one: &mut Value| {
        one["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
    };
    for (condition, value) in [
        ("locations", json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] })),
        ("platforms", json!({ "includePlatforms": ["windows"], "excludePlatforms": [] })),
    ] {
        let mut users = policy("MFA for everybody", grant("mfa"));
        modern(&mut users);
        let mut block = policy("Block legacy authentication", grant("block"));
        block["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
        block["conditions"][condition] = value;
        let mut tenant = with_policies(&[users, block]);
        // A trusted place, so that there is something outside of it.
        tenant = tenant.set(
            Data::NamedLocations,
            json!([{
                "@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": true,
                "id": "c0000000-0000-4000-8000-0000000000a1", "displayName": "Office",
                "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
            }]),
        );
        assert_eq!(verdict("legacy-auth-blocked", &tenant), Verdict::Fail, "{condition}");
    }
}

#[test]
fn a_legacy_block_may_be_split_over_two_policies() {
    let mut users = policy("MFA for everybody", grant("mfa"));
    users["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
    let halves = ["exchangeActiveSync", "other"].map(|client| {
        let mut block = policy(client, grant("block"));
        block["conditions"]["clientAppTypes"] = json!([client]);
        block
    });
    let [first, second] = halves;
    let both = with_policies(&[users.clone(), first.clone(), second]);
    assert_eq!(verdict("legacy-auth-blocked", &both), Verdict::Pass);
    let one = with_policies(&[users, first]);
    assert_eq!(verdict("legacy-auth-blocked", &one), Verdict::Partial);
}

#[test]
fn policies_that_are_not_on_protect_nobody() {
    for state in ["enabledForReportingButNotEnforced", "disabled"] {
        let tenant = Fixture::exemplary().with_member(
            Data::ConditionalAccessPolicies,
            "state",
            &json!(state),
        );
        for id in ["base-protection-enforced", "mfa-users-required", "legacy-auth-blocked"] {
            let finding = judged(id, &tenant);
            assert_eq!(finding.verdict, Verdict::Fail, "{id}: {state}");
        }
    }
}

#[test]
fn mfa_or_a_managed_device_is_not_mfa() {
    let either = mfa(|one| {
        one["grantControls"]["builtInControls"] = json!(["mfa", "compliantDevice"]);
    });
    let users = judged("mfa-users-required", &either);
    assert_eq!((users.verdict, users.credit), (Verdict::Partial, Some(0.5)));
    assert_eq!(verdict("mfa-admins-phishing-resistant", &either), Verdict::Fail);
}

#[test]
fn a_policy_for_sessions_grants_nothing() {
    let session = json!({ "signInFrequency": {
        "isEnabled": true, "frequencyInterval": "everyTime", "value": null, "type": null
    } });
    for grant in [
        Value::Null,
        json!({ "operator": "OR", "builtInControls": [], "customAuthenticationFactors": null }),
    ] {
        let tenant = mfa(|one| {
            one["grantControls"] = grant;
            one["sessionControls"] = session.clone();
        });
        for id in ["mfa-users-required", "mfa-guests-required", "legacy-auth-blocked"] {
            assert_eq!(verdict(id, &tenant), Verdict::Fail, "{id}");
        }
    }
}

#[test]
fn flows_are_flags_and_only_a_block_counts() {
    let flows = |flows: &str| {
        change(3, |one| {
            one["conditions"]["authenticationFlows"] = json!({ "transferMethods": flows });
        })
    };
    let blocked = |fixture: &Fixture| verdict("ca-alternative-flows-blocked", fixture);
    assert_eq!(blocked(&flows("deviceCodeFlow")), Verdict::Pass);
    assert_eq!(blocked(&flows("authenticationTransfer,deviceCodeFlow")), Verdict::Pass);
    assert_eq!(blocked(&flows("authenticationTransfer")), Verdict::Fail);
    assert_eq!(blocked(&change(3, |one| one["grantControls"] = grant("mfa"))), Verdict::Fail);
}

#[test]
fn nobody_has_to_join_a_directory_on_premises() {
    let compliant = change(7, |one| one["grantControls"] = grant("compliantDevice"));
    assert_eq!(verdict("ca-managed-devices", &compliant), Verdict::Pass);
    let without_intune = Fixture::exemplary().unlicensed(&[Plan::Intune]);
    assert_eq!(verdict("ca-managed-devices", &without_intune), Verdict::NotApplicable);
}

#[test]
fn two_kinds_of_risk_in_one_policy_answer_neither() {
    let tenant = Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |all| {
        all.remove(5);
        all[4]["conditions"]["signInRiskLevels"] = json!(["high", "medium"]);
    });
    for id in ["risk-user-policy", "risk-signin-policy", "risk-legacy-policies-moved"] {
        assert_eq!(verdict(id, &tenant), Verdict::Fail, "{id}");
    }
}

#[test]
fn joining_devices_is_protected_by_policy_or_setting_not_both() {
    let setting = |fixture: Fixture| {
        fixture.with_member(
            Data::DeviceRegistrationPolicy,
            "multiFactorAuthConfiguration",
            &json!("notRequired"),
        )
    };
    let by_policy = setting(change(6, |one| {
        one["conditions"]["applications"]["includeUserActions"] =
            json!(["urn:user:registersecurityinfo", "urn:user:registerdevice"]);
    }));
    assert_eq!(verdict("mfa-registration-protected", &by_policy), Verdict::Pass);
    let by_neither = setting(Fixture::exemplary());
    assert_eq!(verdict("mfa-registration-protected", &by_neither), Verdict::Partial);
}

#[test]
fn a_group_of_exceptions_that_anybody_may_edit_is_found() {
    let tenant = change(0, |one| one["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]))
        .with_member(Data::Groups, "isAssignableToRole", &json!(null))
        .with_member(Data::Groups, "ownerIds", &json!([PERSON_2]));
    assert_eq!(verdict("priv-sensitive-groups", &tenant), Verdict::Fail);
}

#[test]
fn a_meeting_room_that_is_excluded_is_no_person() {
    const ROOM: &str = "a0000000-0000-4000-8000-000000000041";
    let tenant = change(0, |one| {
        one["conditions"]["users"]["excludeUsers"].as_array_mut().unwrap().push(json!(ROOM));
    })
    .add(Data::Users, person(ROOM, "room"))
    .add(
        Data::ExchangeMailboxes,
        json!({
            "Identity": "room", "PrimarySmtpAddress": "room@larkspur.example",
            "RecipientTypeDetails": "RoomMailbox", "ExternalDirectoryObjectId": ROOM
        }),
    );
    for id in ["mfa-users-required", "ca-exclusions-controlled"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
}

#[test]
fn no_control_asks_for_recommendations_or_scores() {
    assert!(catalog().all(|control| !control.reads.contains(&Data::SecureScores)));
}

#[test]
fn a_policy_for_all_users_is_for_guests_too() {
    assert_eq!(verdict("mfa-guests-required", &mfa(|_| {})), Verdict::Pass);
}
