//! Traps of licenses.

use model::{Data, Plan, Verdict};
use serde_json::{Value, json};

use super::judged;
use crate::testing::*;
use crate::{Control, Kind, catalog};

/// Every verdict of the tenant.
fn verdicts(fixture: &Fixture) -> Vec<(&'static str, Verdict)> {
    let verdict = |control: &'static Control| (control.id, fixture.judge(control).verdict);
    catalog().map(verdict).collect()
}

#[test]
fn licenses_are_told_by_plan_whatever_the_product_is_called() {
    let renamed = Fixture::exemplary()
        .with_member(Data::SubscribedSkus, "skuPartNumber", &json!("SOMETHING_NEW"))
        .with_member(Data::SubscribedSkus, "skuId", &json!(APP));
    assert_eq!(verdicts(&renamed), verdicts(&Fixture::exemplary()));
}

#[test]
fn whoever_has_no_license_is_not_held_to_it() {
    let outside = Fixture::exemplary().with_member(
        Data::ExchangeAtpProtectionPolicyRules,
        "ExceptIfSentTo",
        &json!(["person4@larkspur.example"]),
    );
    let judge = |fixture: &Fixture| judged("preset-defender-protections", fixture).verdict;
    assert_eq!(judge(&outside), Verdict::Partial);
    let unlicensed = outside.edit(Data::Users, |users| {
        let somebody = users.iter_mut().find(|user| user["id"] == PERSON_4).unwrap();
        somebody["assignedPlans"].as_array_mut().unwrap().pop();
    });
    assert_eq!(judge(&unlicensed), Verdict::Pass);
}

#[test]
fn how_many_seats_are_used_changes_no_verdict() {
    let used = |consumed: u32, enabled: u32| {
        Fixture::exemplary().edit(Data::SubscribedSkus, |skus| {
            skus[0]["consumedUnits"] = json!(consumed);
            skus[0]["prepaidUnits"]["enabled"] = json!(enabled);
        })
    };
    assert_eq!(verdicts(&used(900, 1)), verdicts(&used(0, 900)));
    // A product that ended gives nothing.
    let ended = Fixture::exemplary()
        .with_member(Data::SubscribedSkus, "capabilityStatus", &json!("Suspended"))
        .unlicensed(&[Plan::EntraIdP2]);
    assert_eq!(judged("risk-user-policy", &ended).verdict, Verdict::NotApplicable);
}

#[test]
fn a_tenant_without_anything_is_judged() {
    let plans = [
        Plan::EntraIdP1,
        Plan::EntraIdP2,
        Plan::DefenderForOffice365P1,
        Plan::DefenderForOffice365P2,
        Plan::ExchangeOnline,
        Plan::Intune,
        Plan::AuditPremium,
        Plan::CustomerLockbox,
    ];
    let bare =
        Fixture::exemplary().unlicensed(&plans).set(Data::ConditionalAccessPolicies, json!([]));
    for control in catalog() {
        let finding = bare.judge(control);
        assert!(
            control.kind == Kind::Attestation || finding.verdict != Verdict::Unknown,
            "{}: {finding:#?}",
            control.id
        );
    }
    let empty = bare.with_member(Data::SubscribedSkus, "servicePlans", &Value::Array(Vec::new()));
    assert_eq!(judged("mfa-users-required", &empty).verdict, Verdict::Fail);
}
