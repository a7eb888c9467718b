//! Logs and alerts: the important default alerts are on and reach someone.

use model::{Data, Evidence, Gap, Plan, ProtectionAlert, Severity, SubjectKind, Verdict};

use crate::alerts::{Heard, Readers};
use crate::attestation::{self, YEAR};
use crate::context::Context;
use crate::control::source::{S1, S2};
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-alert-policies",
    title: "The important default alerts are on and reach someone",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeProtectionAlerts,
        Data::ExchangeMailboxes,
        Data::ExchangeAcceptedDomains,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::ServicePrincipals,
        Data::SubscribedSkus,
    ],
    rationale: "Microsoft ships alerts for what happens right before and after a takeover. They \
        help only while they are on and somebody reads them.",
    passes_when: "Eight of Microsoft's alert policies are enabled, with a recipient that exists or a \
        confirmed export to a SIEM: suspicious sending patterns, connector activity and forwarding; \
        delayed messages; both restrictions of the tenant from sending; a click on a malicious link \
        (with Defender for Office 365 Plan 2); elevation of Exchange admin privilege. From 70 % it \
        is partial, also where all are on and only Global Administrators without a mailbox are told.",
    remediation: &[
        "Turn the alert policies below on.",
        "Add a mailbox or distribution list that somebody watches to each of them.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Alert policy.",
    ],
    effort: 1,
    sources: &[S1, S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.SECURITYSUITE.4.1v1", "MS.SECURITYSUITE.4.2v1"]),
        (Framework::Maester, &["ORCA.242"]),
        (Framework::Nist80053, &["SI-4(5)"]),
    ],
    judge,
};

/// The names are the same in every language. Second: takes Defender for Office 365 Plan 2.
/// Source: CISA's baseline, and Microsoft Learn, "Alert policies in Microsoft 365".
const ALERTS: [(&str, bool); 8] = [
    ("Suspicious email sending patterns detected", false),
    ("Suspicious Connector Activity", false),
    ("Suspicious Email Forwarding Activity", false),
    ("Messages have been delayed", false),
    ("Tenant restricted from sending unprovisioned email", false),
    ("Tenant restricted from sending email", false),
    ("A potentially malicious URL click was detected", true),
    ("Elevation of Exchange admin privilege", false),
];

/// What one of the alerts comes to.
enum State {
    Good,
    /// On, and only administrators without a mailbox are told.
    Unread,
    /// Why not, in words.
    Bad(&'static str),
    Untold(Gap),
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let alerts = &context.tenant.exchange.protection_alerts;
    if alerts.read()?.is_empty() {
        return Err(Gap::field(alerts.data(), "any alert policy"));
    }
    let is_licensed = context.has(Plan::DefenderForOffice365P2)?;
    let readers = Readers::of(context);
    // A SIEM reads alerts itself, whoever gets mail.
    let is_exported = attestation::holds(context, "log-siem-export", YEAR);
    let mut states = Vec::new();
    for (name, takes_plan_2) in ALERTS {
        let found: Vec<&ProtectionAlert> = alerts
            .read()?
            .iter()
            .filter(|one| one.name.trim().eq_ignore_ascii_case(name))
            .collect();
        if found.is_empty() && takes_plan_2 && !is_licensed {
            continue;
        }
        states.push((name, state(&found, &readers, is_exported)));
    }

    let is = |wanted: fn(&State) -> bool| states.iter().filter(|(_, state)| wanted(state)).count();
    let good = is(|state| matches!(state, State::Good));
    let unread = is(|state| matches!(state, State::Unread));
    let untold = is(|state| matches!(state, State::Untold(_)));
    let (total, short) =
        (states.len(), states.iter().filter(|(_, state)| !matches!(state, State::Good)));
    let names = some_names(short.map(|(name, _)| *name));
    let verdict = |good: usize| {
        let summary = format!("{good} of {total} important alerts are on and reach someone");
        if good == total {
            let alerts = count(total, "important alert", "important alerts");
            Finding::pass(format!("All {alerts} are on and reach someone."))
        } else if ratio(good, total) >= 0.7 {
            Finding::partial(0.5, format!("{summary}, not: {names}."))
        } else if good + unread == total {
            let summary = "The important alerts are on, but only Global Administrators without a \
                           mailbox are told.";
            Finding::partial(0.5, summary)
        } else {
            Finding::fail(format!("{summary}, not: {names}."))
        }
    };
    let finding = verdict(good);
    if finding.verdict != verdict(good + untold).verdict
        && let Some(gap) = states.iter().find_map(|(_, state)| match state {
            State::Untold(gap) => Some(gap.clone()),
            _ => None,
        })
    {
        return Err(gap);
    }
    let is_pass = finding.verdict == Verdict::Pass;
    Ok(finding
        .with(states.iter().filter(|_| !is_pass).filter_map(|(name, state)| {
            let observed = match state {
                State::Good => return None,
                State::Unread => "only Global Administrators without a mailbox are told".to_owned(),
                State::Bad(why) => (*why).to_owned(),
                State::Untold(gap) => format!("could not be told: {gap}"),
            };
            let expected = "on, with a recipient that exists";
            Some(Evidence::new(SubjectKind::Policy, *name, *name, observed, expected))
        }))
        .judged(total, &[])
        .would_pass_if(format!("these alerts were on and reached someone: {names}")))
}

fn state(found: &[&ProtectionAlert], readers: &Readers, is_exported: bool) -> State {
    let enabled: Vec<_> = found.iter().filter(|alert| alert.disabled == Some(false)).collect();
    if enabled.is_empty() {
        let untold = found.iter().any(|alert| alert.disabled.is_none());
        let gap = Gap::field(Data::ExchangeProtectionAlerts, "Disabled");
        return match (found.is_empty(), untold) {
            (true, _) => State::Bad("does not exist"),
            (false, true) => State::Untold(gap),
            (false, false) => State::Bad("is off"),
        };
    }
    let mut state = State::Bad("reaches nobody");
    for alert in enabled {
        match readers.hear(alert) {
            _ if is_exported => return State::Good,
            Heard::BySomebody => return State::Good,
            Heard::ByAdminsWithoutMailbox => state = State::Unread,
            Heard::ByNobody(why) => state = State::Bad(why),
            Heard::Untold(gap) => state = State::Untold(gap),
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::ExchangeProtectionAlerts;

    /// With so many of the alerts, from the first one on, changed.
    fn some(number: usize, member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(DATA, |alerts| {
            for alert in alerts.iter_mut().take(number) {
                alert[member] = value.clone();
            }
        })
    }

    fn without(name: &str) -> Fixture {
        Fixture::exemplary().edit(DATA, |alerts| alerts.retain(|alert| alert["Name"] != name))
    }

    #[test]
    fn verdicts() {
        let off = json!(true);
        let names: Vec<&str> = ALERTS.iter().map(|(name, _)| *name).collect();
        let click = "A potentially malicious URL click was detected";
        check(&CONTROL)
            .passes("all on", Fixture::exemplary())
            .passes(
                "another case",
                Fixture::exemplary().edit(DATA, |alerts| {
                    alerts[1]["Name"] = json!("suspicious connector activity");
                }),
            )
            .partial("two of eight off", 0.5, some(2, "Disabled", &off))
            .fails_on("three of eight off", some(3, "Disabled", &off), &names[..3])
            .partial("one is missing", 0.5, without(click))
            .passes(
                "it is missing without the license for it",
                without(click).unlicensed(&[Plan::DefenderForOffice365P2]),
            )
            .partial(
                "another one is missing",
                0.5,
                without(names[0]).unlicensed(&[Plan::DefenderForOffice365P2]),
            )
            .fails_on("nobody is told", some(8, "NotifyUser", &json!([])), &names)
            .fails("mail is off", some(8, "NotificationEnabled", &json!(false)))
            .partial(
                "only administrators without a mailbox",
                0.5,
                some(8, "NotifyUser", &json!(["TenantAdmins"])),
            )
            .fails(
                "only they, and one alert is off",
                some(8, "NotifyUser", &json!(["TenantAdmins"]))
                    .edit(DATA, |alerts| alerts[0]["Disabled"] = json!(true)),
            )
            .unknown(
                "a recipient is unknown",
                FieldMissing,
                some(1, "NotifyUser", &json!(["x@larkspur.example"])),
            )
            .partial(
                "one is unknown and does not decide",
                0.5,
                some(1, "NotifyUser", &json!(["x@larkspur.example"]))
                    .edit(DATA, |alerts| alerts[1]["Disabled"] = json!(true)),
            )
            .unknown("no word on the state", FieldMissing, some(1, "Disabled", &Value::Null))
            .unknown("no alerts at all", FieldMissing, Fixture::exemplary().set(DATA, json!([])))
            .unknown("alerts unread", Permission, Fixture::exemplary().forbidden(DATA))
            .not_applicable(
                "no Exchange Online",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline]),
            );
    }

    #[test]
    fn a_siem_that_was_confirmed_reads_them_all() {
        let confirmed = |answer: &str| {
            some(8, "NotifyUser", &json!([])).declare(&format!(
                "[[attestation]]\ncontrol = \"log-siem-export\"\nby = \"Sam\"\non = 2026-10-01\n\
                 answer = \"{answer}\""
            ))
        };
        check(&CONTROL).passes("confirmed", confirmed("yes")).fails("denied", confirmed("no"));
    }
}
