//! Preset security policies: Defender for Office 365 reaches everybody.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Mailbox, Plan, Severity};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::mail_policies::Scanning;
use crate::recipients::{Preset, Presets, address, evidence_on};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-defender-protections",
    title: "Safe Links, Safe Attachments and impersonation protection reach every recipient",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2],
        &["preset-all-recipients"],
    ),
    reads: &[
        Data::ExchangeAtpProtectionPolicyRules,
        Data::ExchangeAtpBuiltInProtectionRules,
        Data::ExchangeAtpPolicyForO365,
        Data::ExchangeSafeLinksPolicies,
        Data::ExchangeSafeLinksRules,
        Data::ExchangeSafeAttachmentPolicies,
        Data::ExchangeSafeAttachmentRules,
        Data::ExchangeMailboxes,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::SubscribedSkus,
    ],
    rationale: "Links turn bad after delivery and attachments show what they do only when opened; \
        only Defender for Office 365 looks then.",
    passes_when: "At least 98 % of mailboxes are reached by the Defender half of the Standard or \
        Strict preset, and Safe Attachments for SharePoint, OneDrive and Teams is on. A mailbox \
        that only built-in protection or a custom policy scans counts half; one that nothing scans \
        is a fail. Left out are people whose account has no Defender for Office 365 license while \
        others have one.",
    remediation: &[
        "Switch the Defender half of the Standard preset on for all recipients.",
        "Turn on Defender for Office 365 for SharePoint, OneDrive and Microsoft Teams.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Preset security policies, and Safe Attachments > Global settings.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (
            Framework::CisaScuba,
            &[
                "MS.DEFENDER.1.3v1",
                "MS.DEFENDER.3.1v1",
                "MS.SECURITYSUITE.1.4v1",
                "MS.SECURITYSUITE.7.1v1",
                "MS.SECURITYSUITE.7.2v1",
                "MS.SECURITYSUITE.7.3v1",
            ],
        ),
        (Framework::CisM365, &["2.1.1", "2.1.4", "2.1.5"]),
        (Framework::Maester, &["ORCA.156", "ORCA.158", "ORCA.239"]),
        (Framework::Nist80053, &["AU-12c", "SI-3", "SI-3a"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    let presets = Presets::of(context, exchange.atp_protection_policy_rules.read()?);
    let (all, unlicensed) = licensed(context)?;
    if all.is_empty() {
        return Err(Gap::field(Data::ExchangeMailboxes, "any mailbox"));
    }
    let mut outside = Vec::new();
    for mailbox in &all {
        if !presets.any(mailbox)? {
            outside.push(*mailbox);
        }
    }
    let inside = all.len() - outside.len();
    let share = ratio(inside, all.len());
    let mailboxes = count(all.len(), "mailbox", "mailboxes");
    let mut bare = BTreeSet::new();
    if share < 0.98 {
        let scanning = Scanning::of(context)?;
        for mailbox in &outside {
            if !scanning.reaches(mailbox)? {
                bare.insert(address(mailbox));
            }
        }
    }
    let addresses: Vec<String> = outside
        .iter()
        .filter(|mailbox| bare.is_empty() || bare.contains(&address(mailbox)))
        .map(|mailbox| address(mailbox))
        .collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let finding = if bare.is_empty() {
        let files = &exchange.atp_policy_for_o365;
        let scanned = files
            .one()?
            .enable_atp_for_spo_teams_odb
            .ok_or_else(|| Gap::field(files.data(), "EnableATPForSPOTeamsODB"))?;
        let summary = if share >= 0.98 {
            format!("The Defender half of a preset protects {inside} of {mailboxes}")
        } else {
            format!("{names}: only built-in protection ({inside} of {mailboxes} in a preset)")
        };
        // Scanning outside the presets is a floor of one half.
        let credit = share + 0.5 * (1.0 - share);
        if !scanned {
            let summary =
                format!("{summary}; files in SharePoint, OneDrive and Teams are not scanned.");
            let expected = "true: files are scanned too";
            Finding::partial(credit.min(0.5), summary).with([Evidence::setting(
                "EnableATPForSPOTeamsODB",
                "false",
                expected,
            )])
        } else if share >= 0.98 {
            Finding::pass(summary + ".")
        } else {
            Finding::partial(credit, summary + ".")
        }
    } else {
        Finding::fail(format!("Nothing scans links and attachments for {names}."))
    };
    Ok(finding
        .with(outside.iter().map(|mailbox| {
            let why = presets.why_not(Preset::Standard, mailbox);
            let scanned =
                if bare.contains(&address(mailbox)) { "nothing scans" } else { "no preset" };
            evidence_on(mailbox, format!("{scanned}: {why}"), "Standard or Strict")
        }))
        .judged(all.len(), &[("no license for Defender for Office 365", unlicensed)])
        .would_pass_if(
            "the Defender half of the Standard preset applied to all recipients, and files in \
             SharePoint, OneDrive and Teams were scanned",
        ))
}

/// The mailboxes that are held to it, and how many people's mailboxes are left out because their
/// account has no license of its own. Where no account has one, nobody is left out.
fn licensed<'t>(context: &Context<'t>) -> Result<(Vec<&'t Mailbox>, usize), Gap> {
    let directory = context.directory()?;
    let (mut kept, mut unlicensed, mut somebody) = (Vec::new(), 0, false);
    let all = context.recipients()?;
    for mailbox in all {
        let kind = mailbox.recipient_type_details.as_deref().unwrap_or_default();
        let owner = mailbox.external_directory_object_id.as_ref();
        let owner = owner.filter(|_| kind.eq_ignore_ascii_case("UserMailbox"));
        let has = owner.and_then(|id| directory.user(id)?.has_plan(Plan::DefenderForOffice365P1));
        somebody |= has == Some(true);
        if has == Some(false) {
            unlicensed += 1;
        } else {
            kept.push(*mailbox);
        }
    }
    Ok(if somebody { (kept, unlicensed) } else { (all.to_vec(), 0) })
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::License;
    use model::Plan::{DefenderForOffice365P1, DefenderForOffice365P2};
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::*;

    /// One mailbox is an exception of both presets.
    fn one_outside() -> Fixture {
        Fixture::exemplary().with_member(
            Data::ExchangeAtpProtectionPolicyRules,
            "ExceptIfSentTo",
            &json!(["person2@larkspur.example"]),
        )
    }

    fn unlicensed(fixture: Fixture, ids: &[&str]) -> Fixture {
        fixture.edit(Data::Users, |users| {
            for user in users.iter_mut().filter(|user| ids.contains(&user["id"].as_str().unwrap()))
            {
                user["assignedPlans"] = json!([]);
            }
        })
    }

    #[test]
    fn verdicts() {
        let off = || {
            Fixture::exemplary().edit(Data::ExchangeAtpProtectionPolicyRules, |rules| {
                for rule in rules {
                    rule["State"] = json!("Disabled");
                }
            })
        };
        let built_in = Data::ExchangeAtpBuiltInProtectionRules;
        check(&CONTROL)
            .passes("presets for all", Fixture::exemplary())
            .partial("built-in protection alone", 0.5, off())
            .fails_on(
                "built-in protection with an exception",
                off().with_member(built_in, "ExceptIfSentTo", &json!(["person2@larkspur.example"])),
                &[PERSON_1, PERSON_2, PERSON_3, PERSON_4, SHARED],
            )
            .passes(
                "an exception of built-in protection does not matter inside a preset",
                Fixture::exemplary().with_member(
                    built_in,
                    "ExceptIfSentTo",
                    &json!(["person2@larkspur.example"]),
                ),
            )
            .partial("one of five is outside the presets", 0.9, one_outside())
            .fails_on(
                "a custom policy switches scanning off for it",
                one_outside()
                    .add(Data::ExchangeSafeLinksRules, {
                        let mut rule = mail_rule("Off", 0);
                        rule["SafeLinksPolicy"] = json!("Off");
                        rule
                    })
                    .add(
                        Data::ExchangeSafeLinksPolicies,
                        json!({ "Name": "Off", "EnableSafeLinksForEmail": false, "ScanUrls": true }),
                    ),
                &[PERSON_2],
            )
            .passes("whoever has no license is left out", unlicensed(one_outside(), &[PERSON_2]))
            .partial(
                "unless nobody has one",
                0.9,
                unlicensed(one_outside(), &[PERSON_1, PERSON_2, PERSON_3, PERSON_4]),
            )
            .fails(
                "built-in protection off",
                off().with_member(built_in, "State", &json!("Disabled")),
            )
            .partial(
                "files are not scanned",
                0.5,
                Fixture::exemplary().with_member(
                    Data::ExchangeAtpPolicyForO365,
                    "EnableATPForSPOTeamsODB",
                    &json!(false),
                ),
            )
            .unknown(
                "the switch for files is missing",
                FieldMissing,
                Fixture::exemplary().set(Data::ExchangeAtpPolicyForO365, json!([{}])),
            )
            .unknown(
                "rules unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeAtpProtectionPolicyRules),
            )
            .not_applicable(
                "no Defender for Office 365",
                License,
                Fixture::exemplary().unlicensed(&[DefenderForOffice365P1, DefenderForOffice365P2]),
            );
    }
}
