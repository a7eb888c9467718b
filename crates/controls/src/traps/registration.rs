//! Traps of registration data.

use model::{Data, Reason, UnavailableReason, UnknownReason, Verdict};
use serde_json::{Value, json};

use super::{judged, verdict};
use crate::testing::*;

fn incapable(id: &str) -> Value {
    let mut row = registration(id);
    row["isMfaCapable"] = json!(false);
    row["methodsRegistered"] = json!([]);
    row
}

#[test]
fn accounts_that_are_no_people_need_not_register() {
    const BLOCKED: &str = "a0000000-0000-4000-8000-000000000051";
    let mut blocked = person(BLOCKED, "gone");
    blocked["accountEnabled"] = json!(false);
    let tenant = [GUEST, SHARED, BLOCKED]
        .into_iter()
        .fold(Fixture::exemplary().add(Data::Users, blocked), |tenant, id| {
            tenant.add(Data::UserRegistrationDetails, incapable(id))
        });
    let finding = judged("mfa-users-registered", &tenant);
    assert_eq!((finding.verdict, finding.credit), (Verdict::Pass, Some(1.0)));
}

#[test]
fn an_account_of_unread_state_is_not_enabled() {
    for member in ["accountEnabled", "userType"] {
        let tenant = Fixture::exemplary().with_member(Data::Users, member, &Value::Null);
        for id in ["mfa-users-registered", "mfa-users-required"] {
            assert_eq!(verdict(id, &tenant), Verdict::Unknown, "{id} without {member}");
        }
    }
    // Nor is a risky user, an administrator, or a reviewer dropped without a word.
    let unread = Fixture::exemplary()
        .edit(Data::Users, |users| {
            for user in users {
                let reviewer = user["id"] == PERSON_2;
                if reviewer || user["id"] == ADMIN_1 {
                    user["accountEnabled"] = Value::Null;
                }
            }
        })
        .add(
            Data::RiskyUsers,
            json!({
                "id": PERSON_2, "riskLevel": "high", "riskState": "atRisk", "isDeleted": false,
                "riskLastUpdatedDateTime": "2026-10-01T00:00:00Z"
            }),
        );
    for id in [
        "mfa-admins-registered",
        "mfa-admins-required",
        "app-user-consent",
        "risk-users-remediated",
    ] {
        assert_eq!(verdict(id, &unread), Verdict::Unknown, "{id}");
    }
}

#[test]
fn an_unread_report_fails_nobody() {
    let tenant = Fixture::exemplary().forbidden(Data::UserRegistrationDetails);
    for id in ["mfa-users-registered", "mfa-admins-registered", "mfa-admins-not-telephony-only"] {
        let finding = judged(id, &tenant);
        assert_eq!(finding.reason, Some(Reason::Unknown(UnknownReason::Permission)), "{id}");
    }
}

#[test]
fn a_refusal_for_lack_of_a_license_that_is_owned_is_unknown() {
    let refused = |data| Fixture::exemplary().unavailable(data, UnavailableReason::NotLicensed);
    let mismatch = Some(Reason::Unknown(UnknownReason::LicenseMismatch));
    for (id, data) in [
        ("mfa-users-registered", Data::UserRegistrationDetails),
        ("mfa-admins-registered", Data::UserRegistrationDetails),
        ("pim-no-standing-access", Data::RoleEligibilityScheduleInstances),
        ("risk-users-remediated", Data::RiskyUsers),
        ("legacy-signins-observed", Data::LegacySignIns),
    ] {
        assert_eq!(judged(id, &refused(data)).reason, mismatch, "{id}");
    }
}

#[test]
fn a_licensed_shared_mailbox_is_no_person() {
    let tenant = Fixture::exemplary().edit(Data::Users, |users| {
        let shared = users.iter_mut().find(|user| user["id"] == SHARED).unwrap();
        let licensed = person(SHARED, "office");
        shared["assignedLicenses"] = licensed["assignedLicenses"].clone();
        shared["assignedPlans"] = licensed["assignedPlans"].clone();
    });
    assert_eq!(verdict("exo-shared-mailbox-signin-blocked", &tenant), Verdict::Pass);
    let open = tenant.edit(Data::Users, |users| {
        users.iter_mut().find(|user| user["id"] == SHARED).unwrap()["accountEnabled"] = json!(true);
    });
    assert_eq!(verdict("exo-shared-mailbox-signin-blocked", &open), Verdict::Fail);
    let finding = judged("mfa-users-registered", &open);
    assert_eq!(finding.verdict, Verdict::Pass, "it did not register and need not");
}

#[test]
fn mfa_at_a_trusted_provider_is_unknown_not_absent() {
    let tenant = Fixture::exemplary()
        .edit(Data::Domains, |domains| {
            domains[1]["authenticationType"] = json!("Federated");
            domains[1]["federationConfiguration"] =
                json!([{ "federatedIdpMfaBehavior": "enforceMfaByFederatedIdp" }]);
        })
        .edit(Data::UserRegistrationDetails, |rows| {
            rows.retain(|row| row["id"] != ADMIN_1);
            rows.push(incapable(ADMIN_1));
        });
    assert_eq!(verdict("mfa-admins-registered", &tenant), Verdict::Unknown);
    assert_eq!(verdict("mfa-federated-trust", &tenant), Verdict::Partial);
}

#[test]
fn number_matching_is_never_asked_for() {
    // The exemplary tenant has no such member, as the service has none any more.
    assert_eq!(verdict("mfa-authenticator-hardened", &Fixture::exemplary()), Verdict::Pass);
    let old = Fixture::exemplary().edit(Data::AuthenticationMethodsPolicy, |policies| {
        let methods = policies[0]["authenticationMethodConfigurations"].as_array_mut().unwrap();
        let authenticator =
            methods.iter_mut().find(|one| one["id"] == "MicrosoftAuthenticator").unwrap();
        authenticator["featureSettings"]["numberMatchingRequiredState"] =
            json!({ "state": "disabled" });
    });
    assert_eq!(verdict("mfa-authenticator-hardened", &old), Verdict::Pass);
}

#[test]
fn users_stand_without_sign_in_times() {
    let tenant = Fixture::exemplary().forbidden(Data::SignInActivity);
    for id in ["mfa-users-required", "mfa-users-registered", "priv-cloud-only"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
    assert_eq!(verdict("priv-dormant-admins", &tenant), Verdict::Unknown);
}
