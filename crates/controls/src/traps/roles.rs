//! Traps of roles and Privileged Identity Management.

use model::{Data, Verdict};
use serde_json::{Value, json};

use super::{judged, verdict};
use crate::testing::*;

const NESTED: &str = "b0000000-0000-4000-8000-0000000000a2";
const PARTNER: &str = "f0000000-0000-4000-8000-000000000001";

fn standing(fixture: Fixture, user: &str, role: &str) -> Fixture {
    fixture
        .add(Data::RoleAssignments, assignment(user, role))
        .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, &Value::Null))
}

/// The ids that evidence names.
fn named(id: &str, fixture: &Fixture) -> Vec<String> {
    let evidence = judged(id, fixture).evidence.into_iter();
    evidence.map(|one| one.subject.id).collect()
}

#[test]
fn members_of_nested_groups_hold_the_role() {
    let nested = json!([
        { "groupId": APPROVERS, "memberIds": [NESTED, PERSON_2], "transitive": false },
        { "groupId": NESTED, "memberIds": [PERSON_3, APPROVERS], "transitive": false }
    ]);
    let tenant =
        standing(Fixture::exemplary(), APPROVERS, GLOBAL_ADMIN).set(Data::GroupMembers, nested);
    let holders = named("priv-global-admin-count", &tenant);
    for id in [PERSON_2, PERSON_3, EMERGENCY_1, ADMIN_1] {
        assert!(holders.contains(&id.to_owned()), "{id} is missing: {holders:?}");
    }
    assert_eq!(verdict("pim-no-standing-access", &tenant), Verdict::Fail);
}

#[test]
fn somebody_with_two_paths_to_a_role_counts_once() {
    let tenant =
        standing(standing(Fixture::exemplary(), APPROVERS, GLOBAL_ADMIN), PERSON_2, GLOBAL_ADMIN)
            .add(Data::RoleEligibilityScheduleInstances, eligible(PERSON_2, GLOBAL_ADMIN));
    let holders = named("priv-global-admin-count", &tenant);
    assert_eq!(holders.iter().filter(|id| *id == PERSON_2).count(), 1, "{holders:?}");
}

#[test]
fn a_service_principal_with_a_role_is_judged_as_an_application() {
    const SERVICE: &str = "d0000000-0000-4000-8000-000000000001";
    let tenant = standing(Fixture::exemplary(), SERVICE, GLOBAL_ADMIN).set(
        Data::ServicePrincipals,
        json!([{
            "id": SERVICE, "appId": APP, "displayName": "Nightly backup", "accountEnabled": true,
            "appOwnerOrganizationId": TENANT, "passwordCredentials": [], "keyCredentials": [],
            "ownerIds": []
        }]),
    );
    assert_eq!(verdict("priv-workload-identities", &tenant), Verdict::Fail);
    for id in ["mfa-admins-required", "mfa-admins-registered", "pim-no-standing-access"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
        assert!(!named(id, &tenant).contains(&SERVICE.to_owned()), "{id}");
    }
}

#[test]
fn eligible_administrators_count_and_deleted_ones_do_not() {
    assert!(named("priv-global-admin-count", &Fixture::exemplary()).contains(&ADMIN_1.to_owned()));
    let mut deleted = assignment("a0000000-0000-4000-8000-0000000000dd", GLOBAL_ADMIN);
    deleted["principal"] = json!({
        "@odata.type": "#microsoft.graph.user", "id": "a0000000-0000-4000-8000-0000000000dd"
    });
    let tenant = Fixture::exemplary().add(Data::RoleAssignments, deleted);
    for id in ["mfa-admins-required", "priv-external-principals"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
    // Whether somebody has activated the role right now changes no count.
    let mut activated = assigned(ADMIN_1, GLOBAL_ADMIN, &json!("2026-11-01T06:00:00Z"));
    activated["assignmentType"] = json!("Activated");
    let now = Fixture::exemplary()
        .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN))
        .add(Data::RoleAssignmentScheduleInstances, activated);
    let count = |fixture: &Fixture| named("priv-global-admin-count", fixture).len();
    assert_eq!(count(&now), count(&Fixture::exemplary()));
}

#[test]
fn a_partner_s_group_stops_nothing() {
    let mut theirs = assignment("b0000000-0000-4000-8000-0000000000f1", EXCHANGE_ADMIN);
    theirs["principalOrganizationId"] = json!(PARTNER);
    let tenant = Fixture::exemplary().add(Data::RoleAssignments, theirs);
    for id in ["mfa-admins-required", "pim-no-standing-access", "priv-dormant-admins"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
    assert_eq!(verdict("priv-external-principals", &tenant), Verdict::Fail);
    let declared = tenant.declare(&format!("partner-tenants = [\"{PARTNER}\"]"));
    assert_eq!(verdict("priv-external-principals", &declared), Verdict::Pass);
}

#[test]
fn an_empty_answer_of_pim_means_that_everybody_stands() {
    let tenant = Fixture::exemplary()
        .set(Data::RoleAssignmentScheduleInstances, json!([]))
        .set(Data::RoleEligibilityScheduleInstances, json!([]))
        .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN));
    assert_eq!(verdict("pim-no-standing-access", &tenant), Verdict::Fail);
}

#[test]
fn an_immutable_id_is_no_proof_of_synchronization() {
    let converted = |value: Value| {
        Fixture::exemplary().edit(Data::Users, |users| {
            for user in users {
                user["onPremisesImmutableId"] = json!("wMMe4Y9r0qztWXm985KjeA==");
                user["onPremisesSyncEnabled"] = value.clone();
            }
        })
    };
    for value in [Value::Null, json!(false)] {
        assert_eq!(verdict("priv-cloud-only", &converted(value)), Verdict::Pass);
    }
    assert_eq!(verdict("priv-cloud-only", &converted(json!(true))), Verdict::Fail);
}

#[test]
fn a_hybrid_tenant_needs_no_synchronization_account() {
    let hybrid =
        Fixture::exemplary().with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true));
    assert_eq!(verdict("hybrid-sync-account-clean", &hybrid), Verdict::Pass);
}

#[test]
fn emergency_access_accounts_may_stand_idle() {
    // They never signed in, stand permanently, and no policy is for them.
    let tenant = Fixture::exemplary();
    for id in ["priv-dormant-admins", "pim-no-standing-access", "ca-exclusions-controlled"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
        let told = named(id, &tenant);
        assert!(!told.contains(&EMERGENCY_1.to_owned()), "{id}: {told:?}");
    }
}

#[test]
fn what_the_profile_declares_decides_and_guesses_never_pass() {
    let declaring = |accounts: &[&str]| {
        Fixture::exemplary().profile(&format!("[accounts]\nemergency = {accounts:?}"))
    };
    let exist = |fixture: &Fixture| verdict("emerg-accounts-exist", fixture);
    assert_eq!(exist(&declaring(&[])), Verdict::Partial, "two that look like it are no pass");
    let gone = "a0000000-0000-4000-8000-0000000000ff";
    assert_eq!(exist(&declaring(&[EMERGENCY_1, gone])), Verdict::Partial);
    // The most excluded id may be nobody's.
    let excluded = declaring(&[]).edit(Data::ConditionalAccessPolicies, |all| {
        for one in all {
            one["conditions"]["users"]["excludeUsers"] = json!([gone]);
        }
    });
    assert_eq!(exist(&excluded), Verdict::Fail);
}
