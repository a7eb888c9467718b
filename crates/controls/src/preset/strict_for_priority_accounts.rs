//! Preset security policies: Strict protects the priority accounts.

use model::{Data, Evidence, Gap, Mailbox, Plan, ProtectionRule, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::priority::priority;
use crate::recipients::{Preset, address, effective_preset};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-strict-priority-accounts",
    title: "The Strict preset protects the priority accounts",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeEopProtectionPolicyRules,
        Data::ExchangeAtpProtectionPolicyRules,
        Data::ExchangeMailboxes,
        Data::ExchangeVipUsers,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::RoleDefinitions,
        Data::SubscribedSkus,
    ],
    rationale: "These people get the targeted mail. Strict sends to quarantine what Standard leaves \
        in the Junk folder, and suspects earlier.",
    passes_when: "Both rules of the Strict preset are enabled (mail protection, and with Defender \
        for Office 365 its half too) and reach the mailbox of every priority account with no \
        exception in between. Groups are followed to any depth.",
    remediation: &[
        "Put the priority accounts into one group.",
        "Switch the Strict preset on for that group, in both halves.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Preset security policies > Strict protection.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (Framework::CisaScuba, &["MS.DEFENDER.1.4v1", "MS.DEFENDER.1.5v1"]),
        (Framework::CisM365, &["2.4.2"]),
        (Framework::Nist80053, &["SI-8"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    let mail = exchange.eop_protection_policy_rules.read()?;
    // Without Defender for Office 365 the mail half is all there is.
    let defender = if context.has(Plan::DefenderForOffice365P1)? {
        Some(exchange.atp_protection_policy_rules.read()?)
    } else {
        None
    };
    let priority = priority(context)?;
    if priority.mailboxes.is_empty() {
        return Err(Gap::not_configured(
            Data::ExchangeMailboxes,
            "none of the priority accounts has a mailbox here",
        ));
    }
    let mut judged = Vec::new();
    for mailbox in &priority.mailboxes {
        judged.push(Protection::of(context, mailbox, mail, defender)?);
    }
    let total = judged.len();
    let strict = judged.iter().filter(|one| one.is_strict()).count();
    let half = judged.iter().filter(|one| one.is_half_strict()).count();
    let at_least_standard = judged.iter().all(Protection::is_at_least_standard);
    let outside: Vec<&Protection<'_>> = judged.iter().filter(|one| !one.is_strict()).collect();
    let names = some_names(outside.iter().map(|one| one.address.as_str()));
    let people = count(total, "priority account", "priority accounts");
    let finding = if strict == total {
        Finding::pass(format!("The Strict preset protects all {people}."))
    } else if ratio(strict, total) >= 0.8 {
        let summary = format!("The Strict preset protects {strict} of {people}, not {names}.");
        Finding::partial(ratio(strict, total), summary)
    } else if half == total {
        Finding::partial(0.5, format!("Only one half of the Strict preset protects {people}."))
    } else if at_least_standard {
        let summary =
            format!("{people}: no full Strict preset for {names}, but at least Standard.");
        Finding::partial(0.25, summary)
    } else {
        Finding::fail(format!("The Strict preset does not protect {names}."))
    };
    let stand_ins = priority.stand_ins.then(|| {
        Evidence::tenant(
            "nobody is named a priority account; highly privileged administrators with a mailbox \
             were judged in their place",
            "",
        )
    });
    Ok(finding
        .with(outside.iter().map(|one| one.evidence()))
        .with(stand_ins)
        .judged(total, &[])
        .would_pass_if(format!("the Strict preset, in both halves, also reached {names}")))
}

/// What protects one mailbox.
struct Protection<'m> {
    mailbox: &'m Mailbox,
    address: String,
    mail: Option<Preset>,
    /// `None`: not licensed.
    defender: Option<Option<Preset>>,
}

impl<'m> Protection<'m> {
    fn of(
        context: &Context<'_>,
        mailbox: &'m Mailbox,
        mail: &[ProtectionRule],
        defender: Option<&[ProtectionRule]>,
    ) -> Result<Self, Gap> {
        let defender =
            defender.map(|rules| effective_preset(context, rules, mailbox)).transpose()?;
        let mail = effective_preset(context, mail, mailbox)?;
        Ok(Self { mailbox, address: address(mailbox), mail, defender })
    }

    fn is_strict(&self) -> bool {
        self.mail == Some(Preset::Strict)
            && self.defender.is_none_or(|preset| preset == Some(Preset::Strict))
    }

    fn is_half_strict(&self) -> bool {
        self.mail == Some(Preset::Strict) || self.defender == Some(Some(Preset::Strict))
    }

    fn is_at_least_standard(&self) -> bool {
        self.mail.is_some() && self.defender.is_none_or(|preset| preset.is_some())
    }

    fn evidence(&self) -> Evidence {
        let word = |preset: Option<Preset>| match preset {
            Some(Preset::Strict) => "Strict",
            Some(Preset::Standard) => "Standard",
            None => "no preset",
        };
        let defender = self.defender.map(|preset| format!("; Defender: {}", word(preset)));
        Evidence::new(
            SubjectKind::Mailbox,
            self.mailbox.external_directory_object_id.as_deref().unwrap_or(&self.mailbox.identity),
            &self.address,
            format!("mail protection: {}{}", word(self.mail), defender.unwrap_or_default()),
            "Strict in every half",
        )
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason::{NotConfigured, Permission};
    use model::{Data, Plan};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::{APPROVERS, Fixture, PERSON_1, PERSON_2, check};

    const RULES: [Data; 2] =
        [Data::ExchangeEopProtectionPolicyRules, Data::ExchangeAtpProtectionPolicyRules];

    /// The exemplary tenant with members of both Strict rules set.
    fn strict(members: &[(&str, Value)]) -> Fixture {
        RULES.into_iter().fold(Fixture::exemplary(), |fixture, data| {
            fixture.edit(data, |rules| {
                for (member, value) in members {
                    rules[0][*member] = value.clone();
                }
            })
        })
    }

    #[test]
    fn verdicts() {
        let everybody = |extra: &[(&str, Value)]| {
            let mut members = vec![("SentTo", Value::Null)];
            members.extend_from_slice(extra);
            strict(&members)
        };
        let standard_off = |fixture: Fixture| {
            RULES.into_iter().fold(fixture, |fixture, data| {
                fixture.edit(data, |rules| rules[1]["State"] = json!("Disabled"))
            })
        };
        check(&CONTROL)
            .passes("named one by one", Fixture::exemplary())
            .passes("applied to all recipients, no condition", everybody(&[]))
            .passes("by domain", everybody(&[("RecipientDomainIs", json!(["larkspur.example"]))]))
            .partial(
                "rule there but switched off, Standard catches them",
                0.25,
                strict(&[("State", json!("Disabled"))]),
            )
            .fails_on(
                "both presets off",
                standard_off(strict(&[("State", json!("Disabled"))])),
                &[PERSON_1],
            )
            .fails_on(
                "an exception beats the inclusion",
                standard_off(everybody(&[("ExceptIfSentTo", json!(["PERSON1@larkspur.example"]))])),
                &[PERSON_1],
            )
            .fails_on(
                "conditions of different kinds must all hold",
                standard_off(strict(&[("RecipientDomainIs", json!(["elsewhere.example"]))])),
                &[PERSON_1],
            )
            .fails_on(
                "presets never switched on",
                RULES
                    .into_iter()
                    .fold(Fixture::exemplary(), |fixture, data| fixture.set(data, json!([]))),
                &[PERSON_1],
            )
            .partial(
                "Defender half off",
                0.5,
                standard_off(Fixture::exemplary()).edit(RULES[1], |rules| {
                    rules[0]["State"] = json!("Disabled");
                }),
            )
            .passes(
                "without Defender for Office 365 the mail half counts alone",
                Fixture::exemplary()
                    .unlicensed(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2])
                    .set(RULES[1], json!([])),
            )
            .unknown("rules unread", Permission, Fixture::exemplary().forbidden(RULES[0]))
            .unknown("Defender rules unread", Permission, Fixture::exemplary().forbidden(RULES[1]))
            .unknown(
                "nobody named",
                NotConfigured,
                Fixture::exemplary()
                    .profile("[accounts]\nemergency = [\"ea1@larkspur.onmicrosoft.com\"]")
                    .set(Data::ExchangeVipUsers, json!([])),
            );
    }

    #[test]
    fn groups_are_followed() {
        let group = |members: Value| {
            strict(&[
                ("SentTo", Value::Null),
                ("SentToMemberOf", json!(["chiefs@larkspur.example"])),
            ])
            .add(
                Data::Groups,
                json!({ "id": "b0000000-0000-4000-8000-000000000009", "displayName": "Chiefs",
                        "mail": "Chiefs@larkspur.example" }),
            )
            .add(
                Data::GroupMembers,
                json!({ "groupId": "b0000000-0000-4000-8000-000000000009",
                        "memberIds": members, "transitive": false }),
            )
        };
        check(&CONTROL)
            .passes("direct member", group(json!([PERSON_1])))
            .partial("not a member: Standard is left", 0.25, group(json!([PERSON_2])))
            .partial("a group of others inside", 0.25, group(json!([APPROVERS])));
    }
}
