//! Traps of preset policies and mail.

use model::{Data, Reason, UnknownReason, Verdict};
use serde_json::{Value, json};

use super::{judged, verdict};
use crate::testing::*;

const RULES: [Data; 2] =
    [Data::ExchangeEopProtectionPolicyRules, Data::ExchangeAtpProtectionPolicyRules];

/// A member of every preset's rules set.
fn rules(member: &str, value: &Value) -> Fixture {
    RULES
        .into_iter()
        .fold(Fixture::exemplary(), |fixture, data| fixture.with_member(data, member, value))
}

#[test]
fn a_preset_that_is_off_protects_nobody() {
    let off = rules("State", &json!("Disabled"));
    for id in ["preset-strict-priority-accounts", "preset-all-recipients"] {
        assert_eq!(verdict(id, &off), Verdict::Fail, "{id}");
    }
}

#[test]
fn an_exception_beats_the_preset() {
    for (member, value) in [
        ("ExceptIfSentTo", json!(["person1@larkspur.example"])),
        ("ExceptIfRecipientDomainIs", json!(["larkspur.example"])),
    ] {
        let tenant = rules(member, &value);
        for id in ["preset-strict-priority-accounts", "preset-all-recipients"] {
            assert!(
                matches!(verdict(id, &tenant), Verdict::Fail | Verdict::Partial),
                "{id} with {member}"
            );
        }
    }
}

#[test]
fn only_the_policy_in_effect_matters() {
    // The default policies are loose, and so is one behind a rule that is off: nobody gets either.
    let loose = |policy: &mut Value| policy["BulkThreshold"] = json!(9);
    let tenant = Fixture::exemplary()
        .edit(Data::ExchangeHostedContentFilterPolicies, |all| {
            loose(&mut all[0]);
            let mut own = spam_policy("Standard");
            own["Name"] = json!("Own");
            loose(&mut own);
            all.push(own);
        })
        .edit(Data::ExchangeHostedContentFilterRules, |all| {
            let mut rule = mail_rule("Own", 0);
            rule["State"] = json!("Disabled");
            rule["HostedContentFilterPolicy"] = json!("Own");
            all.push(rule);
        });
    for id in ["preset-strict-priority-accounts", "preset-all-recipients"] {
        assert_eq!(verdict(id, &tenant), Verdict::Pass, "{id}");
    }
}

#[test]
fn a_failed_cmdlet_is_no_missing_license() {
    for (id, data) in [
        ("preset-defender-protections", Data::ExchangeAtpProtectionPolicyRules),
        ("preset-strict-priority-accounts", Data::ExchangeAtpProtectionPolicyRules),
        ("vip-protection-on", Data::ExchangeEmailTenantSettings),
    ] {
        let finding = judged(id, &Fixture::exemplary().forbidden(data));
        assert_eq!(finding.reason, Some(Reason::Unknown(UnknownReason::Permission)), "{id}");
    }
}

#[test]
fn a_domain_outside_the_rule_is_found() {
    let tenant = rules("RecipientDomainIs", &json!(["brook.example"]));
    assert_eq!(verdict("preset-all-recipients", &tenant), Verdict::Fail);
    let own = rules("RecipientDomainIs", &json!(["larkspur.example"]));
    assert_eq!(verdict("preset-all-recipients", &own), Verdict::Pass, "nobody has mail elsewhere");
}

#[test]
fn a_mailbox_that_says_nothing_does_as_the_organization() {
    let organization = |disabled: bool| {
        Fixture::exemplary().with_member(
            Data::ExchangeTransportConfig,
            "SmtpClientAuthenticationDisabled",
            &json!(disabled),
        )
    };
    assert_eq!(verdict("legacy-smtp-auth-mailboxes", &organization(true)), Verdict::Pass);
    assert_eq!(verdict("legacy-smtp-auth-mailboxes", &organization(false)), Verdict::Fail);
}

#[test]
fn no_condition_means_everybody() {
    let standard_only = Fixture::exemplary()
        .edit(Data::ExchangeEopProtectionPolicyRules, |all| drop(all.remove(0)));
    assert_eq!(verdict("preset-all-recipients", &standard_only), Verdict::Pass);
    let strict_for_all = rules("SentTo", &Value::Null);
    assert_eq!(verdict("preset-strict-priority-accounts", &strict_for_all), Verdict::Pass);
}
