//! Policies against the values of the presets, and which of them decides.

use serde_json::{Value, json};

use super::*;
use crate::testing::*;

type Change = (Data, &'static str, Value);

/// The presets are off; custom policies for everybody have the values of the preset, but these.
fn custom(kind: &str, changes: &[Change]) -> Fixture {
    use Data::{
        ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
        ExchangeMalwareFilterPolicies as Malware, ExchangeSafeAttachmentPolicies as Attachments,
        ExchangeSafeLinksPolicies as Links,
    };
    let malware = json!({ "EnableFileFilter": true, "ZapEnabled": true });
    let kinds = [
        (
            Spam,
            Data::ExchangeHostedContentFilterRules,
            "HostedContentFilterPolicy",
            spam_policy(kind),
        ),
        (Malware, Data::ExchangeMalwareFilterRules, "MalwareFilterPolicy", malware),
        (AntiPhish, Data::ExchangeAntiPhishRules, "AntiPhishPolicy", anti_phish_policy(kind)),
        (Links, Data::ExchangeSafeLinksRules, "SafeLinksPolicy", links_policy(kind)),
        (
            Attachments,
            Data::ExchangeSafeAttachmentRules,
            "SafeAttachmentPolicy",
            attachments_policy(kind),
        ),
    ];
    let off = Fixture::exemplary()
        .with_member(Data::ExchangeEopProtectionPolicyRules, "State", &json!("Disabled"))
        .with_member(Data::ExchangeAtpProtectionPolicyRules, "State", &json!("Disabled"));
    kinds.into_iter().fold(off, |fixture, (policies, rules, member, mut policy)| {
        policy["Name"] = json!("Ours");
        for (_, member, value) in changes.iter().filter(|(data, ..)| *data == policies) {
            policy[*member] = value.clone();
        }
        let mut rule = mail_rule("Ours", 0);
        rule[member] = json!("ours");
        fixture.add(policies, policy).add(rules, rule)
    })
}

/// Whether both halves are like the preset for the first mailbox.
fn like(fixture: &Fixture, preset: Preset) -> (Result<bool, Gap>, Result<bool, Gap>) {
    fixture.look(|context| {
        let mailbox = context.recipients().unwrap()[0];
        let mail = MailPolicies::of(context).and_then(|mail| mail.is_like(preset, mailbox));
        let defender = DefenderPolicies::of(context);
        (mail, defender.and_then(|defender| defender.is_like(preset, mailbox)))
    })
}

#[test]
fn policies_with_the_values_of_a_preset_are_like_it() {
    let (strict, standard) = (custom("Strict", &[]), custom("Standard", &[]));
    assert_eq!(like(&strict, Preset::Strict), (Ok(true), Ok(true)));
    assert_eq!(like(&strict, Preset::Standard), (Ok(true), Ok(true)));
    assert_eq!(like(&standard, Preset::Standard), (Ok(true), Ok(true)));
    assert_eq!(like(&standard, Preset::Strict), (Ok(false), Ok(false)));
    let shipped = Fixture::exemplary().set(Data::ExchangeEopProtectionPolicyRules, json!([]));
    assert_eq!(like(&shipped, Preset::Standard), (Ok(false), Ok(false)));
}

#[test]
fn one_weaker_value_decides_and_one_that_was_not_read_is_a_gap() {
    use Data::{
        ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
        ExchangeMalwareFilterPolicies as Malware, ExchangeSafeAttachmentPolicies as Attachments,
        ExchangeSafeLinksPolicies as Links,
    };
    let junk = || json!("MoveToJmf");
    let inbox = || json!("AddXHeader");
    let weaker: [(Change, bool, bool); 39] = [
        ((Spam, "AllowedSenders", json!(["a@b.example"])), true, false),
        ((Spam, "AllowedSenderDomains", json!("b.example")), true, false),
        ((Spam, "BulkThreshold", json!(7)), true, false),
        ((Spam, "MarkAsSpamBulkMail", json!("Off")), true, false),
        ((Spam, "BulkSpamAction", inbox()), true, false),
        ((Spam, "SpamAction", inbox()), true, false),
        ((Spam, "HighConfidenceSpamAction", junk()), true, false),
        ((Spam, "PhishSpamAction", junk()), true, false),
        ((Spam, "HighConfidencePhishAction", junk()), true, false),
        ((Spam, "PhishZapEnabled", json!(false)), true, false),
        ((Spam, "SpamZapEnabled", json!(false)), true, false),
        ((Malware, "EnableFileFilter", json!(false)), true, false),
        ((Malware, "ZapEnabled", json!(false)), true, false),
        ((AntiPhish, "Enabled", json!(false)), true, true),
        ((AntiPhish, "EnableSpoofIntelligence", json!(false)), true, false),
        ((AntiPhish, "HonorDmarcPolicy", json!(false)), true, false),
        ((AntiPhish, "AuthenticationFailAction", json!("NoAction")), true, false),
        ((AntiPhish, "PhishThresholdLevel", json!(2)), false, true),
        ((AntiPhish, "EnableTargetedUserProtection", json!(false)), false, true),
        ((AntiPhish, "TargetedUserProtectionAction", junk()), false, true),
        ((AntiPhish, "EnableOrganizationDomainsProtection", json!(false)), false, true),
        ((AntiPhish, "TargetedDomainProtectionAction", junk()), false, true),
        ((AntiPhish, "EnableMailboxIntelligence", json!(false)), false, true),
        ((AntiPhish, "EnableMailboxIntelligenceProtection", json!(false)), false, true),
        ((AntiPhish, "MailboxIntelligenceProtectionAction", json!("NoAction")), false, true),
        ((Links, "EnableSafeLinksForEmail", json!(false)), false, true),
        ((Links, "EnableSafeLinksForTeams", json!(false)), false, true),
        ((Links, "EnableSafeLinksForOffice", json!(false)), false, true),
        ((Links, "EnableForInternalSenders", json!(false)), false, true),
        ((Links, "ScanUrls", json!(false)), false, true),
        ((Links, "DeliverMessageAfterScan", json!(false)), false, true),
        ((Links, "TrackClicks", json!(false)), false, true),
        ((Links, "DisableUrlRewrite", json!(true)), false, true),
        ((Links, "AllowClickThrough", json!(true)), false, true),
        ((Attachments, "Enable", json!(false)), false, true),
        ((Attachments, "Action", json!("Allow")), false, true),
        ((Attachments, "Action", json!("DynamicDelivery")), false, true),
        ((Links, "ScanUrls", json!("False")), false, true),
        ((Spam, "SpamAction", json!("Unheard")), true, false),
    ];
    for (change, mail, defender) in weaker {
        let (data, member, value) = change.clone();
        let case = format!("{data}: {member} {value}");
        for (kind, preset) in [("Strict", Preset::Strict), ("Standard", Preset::Standard)] {
            let found = like(&custom(kind, std::slice::from_ref(&change)), preset);
            assert_eq!(found, (Ok(!mail), Ok(!defender)), "{case}, {kind}");
        }
        if !value.is_array() && member != "AllowedSenderDomains" {
            let unread = custom("Strict", &[(data, member, Value::Null)]);
            let found = like(&unread, Preset::Strict);
            let gap = |half: Result<bool, Gap>| half.err().map(|gap| gap.detail);
            let expected = |touched: bool| touched.then(|| member.to_owned());
            assert_eq!(
                (gap(found.0), gap(found.1)),
                (expected(mail), expected(defender)),
                "{case}"
            );
        }
    }
}

#[test]
fn where_strict_quarantines_standard_is_weaker() {
    use Data::{
        ExchangeAntiPhishPolicies as AntiPhish, ExchangeHostedContentFilterPolicies as Spam,
    };
    let junk = || json!("MoveToJmf");
    for (change, mail) in [
        ((Spam, "BulkThreshold", json!(6)), true),
        ((Spam, "SpamAction", junk()), true),
        ((Spam, "BulkSpamAction", junk()), true),
        ((AntiPhish, "AuthenticationFailAction", junk()), true),
        ((AntiPhish, "PhishThresholdLevel", json!(3)), false),
        ((AntiPhish, "MailboxIntelligenceProtectionAction", junk()), false),
    ] {
        let case = change.1;
        let fixture = custom("Strict", &[change]);
        assert_eq!(like(&fixture, Preset::Strict), (Ok(!mail), Ok(mail)), "{case}");
        assert_eq!(like(&fixture, Preset::Standard), (Ok(true), Ok(true)), "{case}");
    }
}

#[test]
fn the_first_rule_in_force_decides() {
    let weak = |priority: i32, state: &str| {
        let mut policy = spam_policy("Standard");
        policy["Name"] = json!("Weak");
        policy["SpamAction"] = json!("AddXHeader");
        let mut rule = mail_rule("Weak", 0);
        rule["Priority"] = json!(priority.to_string());
        rule["State"] = json!(state);
        rule["HostedContentFilterPolicy"] = json!("Weak");
        custom("Strict", &[])
            .add(Data::ExchangeHostedContentFilterPolicies, policy)
            .add(Data::ExchangeHostedContentFilterRules, rule)
    };
    let mail = |fixture: &Fixture| like(fixture, Preset::Strict).0;
    assert_eq!(mail(&weak(-1, "Enabled")), Ok(false));
    assert_eq!(mail(&weak(-1, "Disabled")), Ok(true));
    assert_eq!(mail(&weak(1, "Enabled")), Ok(true));
    let unread = custom("Strict", &[]).edit(Data::ExchangeHostedContentFilterRules, |rules| {
        rules[0]["SentToMemberOf"] = json!(["gone@larkspur.example"]);
    });
    assert_eq!(mail(&unread).unwrap_err().data, Data::Groups);
}
