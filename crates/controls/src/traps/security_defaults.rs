//! Traps of security defaults and per-user MFA.

use model::{Data, Verdict};
use serde_json::{Value, json};

use super::{judged, verdict, with_policies};
use crate::testing::*;

fn defaults() -> Fixture {
    Fixture::exemplary().with_security_defaults()
}

#[test]
fn security_defaults_off_with_good_policies_passes() {
    for id in ["base-protection-enforced", "base-model-fits-licence"] {
        assert_eq!(verdict(id, &Fixture::exemplary()), Verdict::Pass, "{id}");
    }
}

#[test]
fn security_defaults_protect_everybody() {
    for id in [
        "base-protection-enforced",
        "mfa-users-required",
        "mfa-admins-required",
        "mfa-guests-required",
        "mfa-azure-management",
        "legacy-auth-blocked",
    ] {
        assert_eq!(verdict(id, &defaults()), Verdict::Pass, "{id}");
    }
}

#[test]
fn neither_defaults_nor_policies_is_a_fail() {
    for id in ["base-model-fits-licence", "base-protection-enforced"] {
        assert_eq!(verdict(id, &with_policies(&[])), Verdict::Fail, "{id}");
    }
}

#[test]
fn a_person_in_the_synchronization_role_is_found() {
    let role = model::DIRECTORY_SYNCHRONIZATION_ROLES[0];
    let tenant = Fixture::exemplary()
        .with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
        .add(Data::RoleAssignments, assignment(PERSON_2, role))
        .add(Data::RoleAssignmentScheduleInstances, assigned(PERSON_2, role, &Value::Null));
    assert_eq!(verdict("hybrid-sync-account-clean", &tenant), Verdict::Fail);
    // The role lets nobody off MFA either.
    let uncovered = tenant.edit(Data::ConditionalAccessPolicies, |all| {
        all.truncate(1);
        all[0]["conditions"]["users"]["excludeRoles"] = json!([role]);
    });
    assert_eq!(verdict("mfa-users-required", &uncovered), Verdict::Partial);
}

#[test]
fn security_defaults_refuse_smtp_auth_whatever_the_mailbox_says() {
    let open = defaults()
        .with_member(Data::ExchangeCasMailboxes, "SmtpClientAuthenticationDisabled", &json!(false))
        .with_member(
            Data::ExchangeTransportConfig,
            "SmtpClientAuthenticationDisabled",
            &json!(false),
        );
    let mailboxes = judged("legacy-smtp-auth-mailboxes", &open);
    assert_eq!(mailboxes.verdict, Verdict::Pass);
    assert!(!mailboxes.evidence.is_empty(), "the settings stay visible");
    assert_eq!(verdict("legacy-smtp-auth-org", &open), Verdict::Partial);
}

#[test]
fn per_user_mfa_disabled_is_not_without_mfa() {
    let tenant = Fixture::exemplary();
    for id in ["mfa-per-user-legacy-off", "mfa-users-required"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
}

#[test]
fn a_tenant_without_migration_state_is_migrated() {
    let tenant = Fixture::exemplary().with_member(
        Data::AuthenticationMethodsPolicy,
        "policyMigrationState",
        &Value::Null,
    );
    for id in ["mfa-methods-migrated", "mfa-weak-methods-off"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
}
