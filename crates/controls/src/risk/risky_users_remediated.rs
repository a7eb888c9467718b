//! Risk: risky users do not linger.

use model::{Data, Gap, RiskyUser, Severity, Timestamp, User};

use super::LICENSE;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, violation_on};
use crate::directory::is_enabled;
use crate::finding::{Finding, count, some_names};
use crate::mfa::admins::Admins;
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "risk-users-remediated",
    title: "Risky users do not linger",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: &[
        Data::RiskyUsers,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::SubscribedSkus,
    ],
    rationale: "A user at high risk whom nobody looks after is an alarm that rings on.",
    passes_when: "No enabled user has been `atRisk` or `confirmedCompromised` at level `high` for \
        more than `risky-user-left-alone` (7) days, and no administrator for more than 1 day. \
        Users at `medium` for that long are partial. Deleted and disabled users are left out: \
        disabling is an answer.",
    remediation: &[
        "Look into each user below; confirm the compromise or dismiss the risk.",
        "Reset the password and revoke the sessions of whoever was compromised.",
        "Entra admin center > Protection > Risky users.",
    ],
    effort: 1,
    sources: &[source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.2.1v1"]),
        (Framework::Nist80053, &["AC-2(12)", "AC-2(13)"]),
    ],
    judge,
};

/// How serious the risk of a user is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Low,
    Medium,
    High,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let directory = context.directory()?;
    let mut notes = Vec::new();
    let mut lingering: Vec<(&User, Level, Timestamp)> = Vec::new();
    let mut looked_at = 0;
    let mut admins = None;
    for risky in context.tenant.risky_users.read()? {
        if risky.is_deleted == Some(true) || !is_at_risk(risky)? {
            continue;
        }
        let Some(user) = directory.user(&risky.id) else { continue };
        if !is_enabled(user)? {
            continue;
        }
        looked_at += 1;
        let Some(level) = level(risky)? else {
            notes.push(context_on(user, "at risk, at a level that the license of the user hides"));
            continue;
        };
        let missing = || Gap::field(Data::RiskyUsers, "riskLastUpdatedDateTime");
        let since = risky.risk_last_updated_date_time.ok_or_else(missing)?;
        if level == Level::Low {
            continue;
        }
        let days = |days: f64| elapsed(context, since) > days * 86_400.0;
        let limit = context.tenant.profile.threshold("risky-user-left-alone", 7.0);
        let is_admin = if days(1.0) && !days(limit) {
            if admins.is_none() {
                let found = Admins::of(context)?;
                found.complete()?;
                admins = Some(found);
            }
            admins.as_ref().is_some_and(|admins| admins.of_user(user).is_some())
        } else {
            false
        };
        if days(limit) || is_admin {
            lingering.push((user, level, since));
        }
    }
    let names = || some_names(lingering.iter().map(|(user, ..)| user.name()));
    let number = count(lingering.len(), "risky user lingers", "risky users linger");
    let finding = match lingering.iter().map(|(_, level, _)| *level).max() {
        None => Finding::pass("No risky user was left alone."),
        Some(Level::High) => Finding::fail(format!("{number}: {}.", names())),
        Some(_) => Finding::partial(0.5, format!("{number} at medium risk: {}.", names())),
    };
    Ok(finding
        .with(lingering.iter().map(|(user, level, since)| {
            let level = if *level == Level::High { "high" } else { "medium" };
            violation_on(user, format!("{level} risk since {since}"), "remediated or dismissed")
        }))
        .with(notes)
        .judged(looked_at, &[])
        .would_pass_if(format!("the risk of {} were remediated or dismissed", names())))
}

/// Seconds from then to the snapshot.
fn elapsed(context: &Context<'_>, then: Timestamp) -> f64 {
    context.now().duration_since(then).as_secs_f64()
}

/// Whether the risk is open.
fn is_at_risk(risky: &RiskyUser) -> Result<bool, Gap> {
    match risky.risk_state.as_deref() {
        Some("atRisk" | "confirmedCompromised") => Ok(true),
        Some("none" | "confirmedSafe" | "remediated" | "dismissed") => Ok(false),
        _ => Err(Gap::field(Data::RiskyUsers, "a known riskState")),
    }
}

/// The level; `None`: hidden for lack of a license.
fn level(risky: &RiskyUser) -> Result<Option<Level>, Gap> {
    match risky.risk_level.as_deref() {
        Some("high") => Ok(Some(Level::High)),
        Some("medium") => Ok(Some(Level::Medium)),
        Some("low" | "none") => Ok(Some(Level::Low)),
        Some("hidden") => Ok(None),
        _ => Err(Gap::field(Data::RiskyUsers, "a known riskLevel")),
    }
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, Plan, UnavailableReason, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn risky(id: &str, level: &str, state: &str, since: &str) -> Fixture {
        Fixture::exemplary().set(
            Data::RiskyUsers,
            json!([{
                "id": id, "isDeleted": false, "isProcessing": false, "riskLevel": level,
                "riskState": state, "riskLastUpdatedDateTime": since,
                "userPrincipalName": "someone@larkspur.example"
            }]),
        )
    }

    #[test]
    fn verdicts() {
        let (long, week, day) =
            ("2026-10-01T02:00:00Z", "2026-10-25T02:00:00Z", "2026-10-30T02:00:00Z");
        let disabled = risky(PERSON_2, "high", "atRisk", long).edit(Data::Users, |users| {
            let user = users.iter_mut().find(|user| user["id"] == PERSON_2).unwrap();
            user["accountEnabled"] = json!(false);
        });
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("high for long", risky(PERSON_2, "high", "atRisk", long), &[PERSON_2])
            .fails("compromised for long", risky(PERSON_2, "high", "confirmedCompromised", long))
            .passes("just a week", risky(PERSON_2, "high", "atRisk", week))
            .fails_on(
                "an administrator for two days",
                risky(ADMIN_1, "high", "atRisk", day),
                &[ADMIN_1],
            )
            .passes("an administrator since today", {
                risky(ADMIN_1, "high", "atRisk", "2026-10-31T12:00:00Z")
            })
            .partial("medium for long", 0.5, risky(PERSON_2, "medium", "atRisk", long))
            .passes("low for long", risky(PERSON_2, "low", "atRisk", long))
            .passes("remediated", risky(PERSON_2, "high", "remediated", long))
            .passes("disabled", disabled)
            .passes("hidden", risky(PERSON_2, "hidden", "atRisk", long))
            .passes(
                "deleted",
                risky("a9000000-0000-4000-8000-000000000001", "high", "atRisk", long),
            )
            .unknown("a new state", UnknownReason::FieldMissing, {
                risky(PERSON_2, "high", "underReview", long)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::RiskyUsers)
            })
            .unknown("unlicensed, it says", UnknownReason::LicenseMismatch, {
                Fixture::exemplary().unavailable(Data::RiskyUsers, UnavailableReason::NotLicensed)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2])
            });
    }
}
