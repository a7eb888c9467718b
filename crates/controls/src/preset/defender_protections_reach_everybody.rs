//! Preset security policies: Defender for Office 365 reaches everybody.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::recipients::{address, effective_preset, recipients};
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
        Data::ExchangeMailboxes,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::SubscribedSkus,
    ],
    rationale: "Links turn bad after delivery and attachments show what they do only when opened; \
        only Defender for Office 365 looks then.",
    passes_when: "At least 98 % of mailboxes are reached by the Defender half of the Standard or \
        Strict preset, and Safe Attachments for SharePoint, OneDrive and Teams is on. Built-in \
        protection alone, without exceptions, is half of it.",
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
    let rules = exchange.atp_protection_policy_rules.read()?;
    let all = recipients(context)?;
    if all.is_empty() {
        return Err(Gap::field(Data::ExchangeMailboxes, "any mailbox"));
    }
    let mut outside = Vec::new();
    for mailbox in &all {
        if effective_preset(context, rules, mailbox)?.is_none() {
            outside.push(*mailbox);
        }
    }
    let files = &exchange.atp_policy_for_o365;
    let files = files
        .one()?
        .enable_atp_for_spo_teams_odb
        .ok_or_else(|| Gap::field(files.data(), "EnableATPForSPOTeamsODB"))?;
    let inside = all.len() - outside.len();
    let share = ratio(inside, all.len());
    let mailboxes = count(all.len(), "mailbox", "mailboxes");
    let addresses: Vec<String> = outside.iter().map(|mailbox| address(mailbox)).collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let finding = if share >= 0.98 && files {
        Finding::pass(format!("The Defender half of a preset protects {inside} of {mailboxes}."))
    } else if share >= 0.98 {
        let summary = "The presets reach everybody, but files in SharePoint, OneDrive and Teams \
                       are not scanned.";
        Finding::partial(0.75, summary)
    } else if !built_in_reaches_everybody(context)? {
        Finding::fail(format!(
            "Nothing of Defender for Office 365 is sure to protect {names}: no preset, and built-in \
             protection is off or has exceptions."
        ))
    } else {
        // Built-in protection is a floor of one half for those whom no preset reaches.
        let summary =
            format!("{names}: only built-in protection ({inside} of {mailboxes} in a preset).");
        Finding::partial(share + (1.0 - share) * 0.5, summary)
    };
    let files = (!files).then(|| {
        Evidence::setting("EnableATPForSPOTeamsODB", "false", "true: files are scanned too")
    });
    Ok(finding
        .with(outside.iter().map(|mailbox| {
            Evidence::new(
                SubjectKind::Mailbox,
                mailbox.external_directory_object_id.as_deref().unwrap_or(&mailbox.identity),
                address(mailbox),
                "no Defender half of a preset security policy",
                "Standard or Strict",
            )
        }))
        .with(files)
        .judged(all.len(), &[])
        .would_pass_if(
            "the Defender half of the Standard preset applied to all recipients, and files in \
             SharePoint, OneDrive and Teams were scanned",
        ))
}

/// Whether the built-in protection rule is in force without any exception.
fn built_in_reaches_everybody(context: &Context<'_>) -> Result<bool, Gap> {
    let rules = context.tenant.exchange.atp_built_in_protection_rules.read()?;
    Ok(rules.iter().any(|rule| {
        rule.is_enabled()
            && rule.except_if_sent_to.is_empty()
            && rule.except_if_sent_to_member_of.is_empty()
            && rule.except_if_recipient_domain_is.is_empty()
    }))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::License;
    use model::Plan::{DefenderForOffice365P1, DefenderForOffice365P2};
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{Fixture, PERSON_1, PERSON_2, PERSON_3, PERSON_4, SHARED, check};

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
            .fails(
                "built-in protection off",
                off().with_member(built_in, "State", &json!("Disabled")),
            )
            .partial(
                "files are not scanned",
                0.75,
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
