//! Just-in-time access: assignments and activations of strong roles raise a message.

use std::collections::BTreeSet;

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Plan, RoleSet, Severity, SubjectKind};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{is_enabled, role_data};
use crate::finding::{Finding, some_names};
use crate::productivity::Mailboxes;
use crate::role_settings::RoleSettings;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-assignment-alerts",
    title: "Assignments and activations of strong roles raise a message",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::AnyOf(
        &[Plan::EntraIdP2, Plan::EntraIdGovernance],
        &["priv-global-admin-count", "priv-finer-roles"],
    ),
    reads: role_data![RoleManagementPolicyAssignments, ExchangeMailboxes],
    rationale: "Adding a role is among the first things an intruder does; somebody should read of \
        it the same hour.",
    passes_when: "For each of the eight highly privileged roles, three events send a message that \
        somebody can receive: an active assignment, an eligible assignment and an activation. That \
        is, the notification to administrators names an extra address, or its default recipients \
        are on and one of them (an active Global, Privileged Role or Security Administrator) has a \
        mailbox. A rule in a SIEM that does the same may be attested in the profile instead. \
        Messages for Global Administrator but not for every role are partial.",
    remediation: &[
        "Name a mailbox or a ticket system that people watch as additional recipient.",
        "Do so for all three events in the settings of each role below.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Settings > Notification.",
    ],
    effort: 1,
    sources: &[source::S2, source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.7.7v1", "MS.AAD.7.8v1", "MS.AAD.7.9v1"]),
        (Framework::Nist80053, &["AC-2(1)", "AC-6(9)"]),
    ],
    judge,
};

/// The notification rules, and what each is about.
const EVENTS: [(&str, &str); 3] = [
    ("Notification_Admin_Admin_Assignment", "active assignment"),
    ("Notification_Admin_Admin_Eligibility", "eligible assignment"),
    ("Notification_Admin_EndUser_Assignment", "activation"),
];

/// Who gets Microsoft's default messages: Global, Privileged Role and Security Administrators.
const DEFAULT_RECIPIENTS: [&str; 3] = [
    GLOBAL_ADMINISTRATOR,
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let defaults_arrive = defaults_arrive(context)?;
    let mut evidence = Vec::new();
    let mut silent: Vec<String> = Vec::new();
    let (mut judged, mut global_is_silent) = (0, false);
    for role in RoleSet::HighlyPrivileged.ids() {
        judged += 1;
        let settings = RoleSettings::of(context, role)?;
        let mut unheard = Vec::new();
        let mut recipients = BTreeSet::new();
        for (id, event) in EVENTS {
            let rule = settings.rule(id)?;
            let named = rule.notification_recipients.iter().filter(|one| one.contains('@'));
            let named: Vec<&str> = named.map(String::as_str).collect();
            let defaults = rule
                .is_default_recipients_enabled
                .ok_or_else(|| settings.lacks("whether default recipients are on"))?;
            if named.is_empty() && !(defaults && defaults_arrive) {
                unheard.push(event);
            }
            recipients.extend(named);
            if defaults {
                recipients.insert("the default recipients");
            }
        }
        let to = some_names(recipients);
        let to = if to.is_empty() { "nobody".to_owned() } else { to };
        let (observed, expected) = if unheard.is_empty() {
            (format!("messages go to {to}"), "")
        } else {
            global_is_silent |= role == GLOBAL_ADMINISTRATOR;
            silent.push(settings.name().to_owned());
            let events = unheard.join(", ");
            (
                format!("messages go to {to}; nobody receives them for: {events}"),
                "a recipient with a mailbox for each event",
            )
        };
        evidence.push(Evidence::new(SubjectKind::Role, role, settings.name(), observed, expected));
    }
    let names = some_names(silent.iter().map(String::as_str));
    let finding = if silent.is_empty() {
        Finding::pass(format!(
            "Assignments and activations of all {judged} strong roles raise a message."
        ))
    } else if attestation::holds(context, CONTROL.id, attestation::YEAR) {
        // The attested rule raises the message that the settings do not.
        for one in &mut evidence {
            one.expected.clear();
        }
        Finding::pass("A rule outside Microsoft Entra ID raises the messages, as attested.")
            .with(attestation::newest(context, CONTROL.id).map(attestation::evidence))
    } else {
        let summary = format!(
            "For {} of {judged} strong roles somebody may be assigned or activate unseen: {names}.",
            silent.len()
        );
        if global_is_silent { Finding::fail(summary) } else { Finding::partial(0.5, summary) }
    };
    Ok(finding
        .would_pass_if(format!("every event of {names} had a recipient with a mailbox"))
        .with(evidence)
        .judged(judged, &[]))
}

/// Whether one of the default recipients has a mailbox.
fn defaults_arrive(context: &Context<'_>) -> Result<bool, Gap> {
    let mailboxes = Mailboxes::of(context);
    for holder in &context.directory()?.holders()?.all {
        let Some(user) = holder.principal.user() else { continue };
        if holder.is_active()
            && DEFAULT_RECIPIENTS.contains(&holder.role.as_str())
            && is_enabled(user)?
            && mailboxes.equipment(user)?.contains(&"a mailbox")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use model::{Data, NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::RoleManagementPolicyAssignments;

    /// The notification rules of these roles: recipients, and whether defaults are on.
    fn with(roles: &[&str], recipients: &Value, defaults: &Value) -> Fixture {
        Fixture::exemplary().edit(DATA, |records| {
            for record in records.iter_mut() {
                if roles.contains(&record["roleDefinitionId"].as_str().unwrap()) {
                    for rule in 5..8 {
                        let rule = &mut record["policy"]["rules"][rule];
                        rule["notificationRecipients"] = recipients.clone();
                        rule["isDefaultRecipientsEnabled"] = defaults.clone();
                    }
                }
            }
        })
    }

    fn all() -> Vec<&'static str> {
        RoleSet::HighlyPrivileged.ids().collect()
    }

    #[test]
    fn verdicts() {
        let (nobody, on, off) = (&json!([]), &json!(true), &json!(false));
        let attested =
            "[[attestation]]\ncontrol = \"pim-assignment-alerts\"\nby = \"Sam\"\non = 2026-10-01\n";
        let with_mailbox = |fixture: Fixture| {
            fixture.add(
                Data::ExchangeMailboxes,
                json!({ "ExternalDirectoryObjectId": EMERGENCY_1, "RecipientTypeDetails": "UserMailbox" }),
            )
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("nobody", with(&all(), nobody, off), &all())
            .fails("defaults without any mailbox", with(&all(), nobody, on))
            .passes("defaults, one with a mailbox", with_mailbox(with(&all(), nobody, on)))
            .fails("a mailbox, but defaults off", with_mailbox(with(&all(), nobody, off)))
            .passes(
                "an address and defaults off",
                with(&all(), &json!(["soc@larkspur.example"]), off),
            )
            .partial("Global Administrator only", 0.5, with(&all()[1..], nobody, off))
            .passes("a rule in a SIEM", with(&all(), nobody, off).declare(attested));
        let one_event = Fixture::exemplary().edit(DATA, |records| {
            records[0]["policy"]["rules"][7]["notificationRecipients"] = json!([]);
        });
        check(&CONTROL).fails_on("one of three events", one_event, &[GLOBAL_ADMIN]);
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in [DATA, Data::Users, Data::RoleAssignments] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .unknown("untold", UnknownReason::FieldMissing, with(&all(), &json!([]), &Value::Null))
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2]),
            );
    }
}
