//! Emergency access: the accounts are idle, unlicensed and nobody's own.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{Evidence, Gap, Plan, Severity, SubjectKind, User};

use super::none_recognized;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, violation_on};
use crate::directory::role_data;
use crate::finding::{Finding, count, some_names};
use crate::productivity::Mailboxes;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-not-daily-use",
    title: "Emergency access accounts are idle, unlicensed and nobody's own",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![SignInActivity, ExchangeMailboxes],
    rationale: "Every use exposes the strongest and least protected accounts of the tenant; an \
        account somebody works with is no reserve.",
    passes_when: "No recognized emergency access account signed in successfully within 30 days, \
        except on a day for which the profile attests a drill (`emerg-procedure` or \
        `emerg-monitored`); none has a mailbox or an enabled plan for Exchange, Teams, SharePoint \
        or Office apps; none bears the display name of a person in the tenant. Anything else is \
        partial. Failed sign-ins may be an attack: they are shown and do not count. Sign-ins are \
        recorded with Entra ID P1 only; without it the rest is judged.",
    remediation: &[
        "Find out who used the accounts below, and give them an administrator account of their own.",
        "Remove productivity licenses from the accounts.",
        "Record drills as attestations in the tenant profile.",
        "Entra admin center > Users > the account > Sign-in logs, and Licenses.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[(Framework::CisM365, &["1.1.2", "1.1.4"]), (Framework::Nist80053, &["AC-6(5)"])],
    judge,
};

/// How many days back a sign-in counts.
const WINDOW_DAYS: i64 = 30;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let emergency = context.emergency()?;
    if let Some(gap) = &emergency.roles_gap {
        return Err(gap.clone());
    }
    if emergency.recognized.is_empty() {
        return Ok(none_recognized());
    }
    let recorded = match context.sign_in_times() {
        Ok(_) => true,
        Err(gap) if context.has(Plan::EntraIdP1)? => return Err(gap),
        Err(_) => false,
    };
    let mailboxes = Mailboxes::of(context);
    let mut evidence = Vec::new();
    let mut used = Vec::new();
    for user in &emergency.recognized {
        let mut flaws = Vec::new();
        let equipment = mailboxes.equipment(user)?;
        if !equipment.is_empty() {
            flaws.push(format!("has {}", equipment.join(", ")));
        }
        if is_named_like_a_person(context, user)? {
            flaws.push(format!("bears the name of a person, {}", user.display_name));
        }
        if recorded {
            let (unexplained, shown) = sign_ins(context, user)?;
            flaws.extend(unexplained);
            evidence.extend(shown.map(|shown| context_on(user, shown)));
        }
        if !flaws.is_empty() {
            used.push(*user);
            evidence.push(violation_on(user, flaws.join("; "), "idle, unlicensed, nobody's own"));
        }
    }
    if !recorded {
        let observed = "not owned: no sign-in is recorded";
        let plan = Plan::EntraIdP1.words();
        evidence.push(Evidence::context(SubjectKind::License, "entra-id-p1", plan, observed));
    }
    let judged = emergency.recognized.len();
    let accounts = count(judged, "emergency access account", "emergency access accounts");
    let names = some_names(used.iter().map(|user| user.name()));
    let finding = if used.is_empty() {
        let idle = if recorded { "idle and unlicensed" } else { "unlicensed" };
        Finding::pass(format!("All of {accounts} are {idle}."))
    } else {
        Finding::partial(
            0.5,
            format!("{} of {accounts} look like everyday accounts: {names}.", used.len()),
        )
    };
    Ok(finding
        .would_pass_if(format!(
            "nobody used {names}, and no mailbox or productivity plan were on them"
        ))
        .with(evidence)
        .judged(judged, &[]))
}

/// Whether a member that is not blocked, and no emergency access account, bears the same display
/// name.
fn is_named_like_a_person(context: &Context<'_>, user: &User) -> Result<bool, Gap> {
    let emergency = context.emergency()?;
    let lower = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let wanted = lower(&user.display_name);
    let is_same = |name: &str| name.chars().flat_map(char::to_lowercase).eq(wanted.iter().copied());
    Ok(!wanted.is_empty()
        && context.directory()?.users().any(|other| {
            other.account_enabled != Some(false)
                && !other.is_guest()
                && !emergency.recognizes(&other.id)
                && is_same(&other.display_name)
        }))
}

/// A recent sign-in that nothing explains, and what else is worth showing.
fn sign_ins(context: &Context<'_>, user: &User) -> Result<(Option<String>, Option<String>), Gap> {
    let Some(times) = context.sign_in_times()?.get(&user.id) else { return Ok((None, None)) };
    let day = |time: model::Timestamp| time.to_zoned(TimeZone::UTC).date();
    let recent = |time: &model::Timestamp| context.days_since(*time) <= WINDOW_DAYS;
    let success = times.last_successful_sign_in_date_time.filter(recent).map(day);
    let attempt = times
        .last_sign_in_date_time
        .max(times.last_non_interactive_sign_in_date_time)
        .filter(recent)
        .map(day)
        .filter(|attempt| success.is_none_or(|success| *attempt > success));
    let attempt =
        attempt.map(|on| format!("an attempt to sign in on {on}, not known to have succeeded"));
    Ok(match success {
        Some(on) if is_drill(context, on) => {
            (None, attempt.or_else(|| Some(format!("signed in on {on}, an attested drill"))))
        }
        Some(on) => (Some(format!("signed in on {on}, no attested drill")), attempt),
        None => (None, attempt),
    })
}

/// Whether the profile attests a drill on that day.
fn is_drill(context: &Context<'_>, day: Date) -> bool {
    context.tenant.profile.attestations.iter().any(|attestation| {
        ["emerg-procedure", "emerg-monitored"].contains(&attestation.control.as_str())
            && attestation.on == day
    })
}

#[cfg(test)]
mod tests {
    use model::{Data, NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn signed_in(times: &Value) -> Fixture {
        let record = json!({ "id": EMERGENCY_1, "signInActivity": times });
        Fixture::exemplary().add(Data::SignInActivity, record)
    }

    fn success(on: &str) -> Value {
        json!({ "lastSuccessfulSignInDateTime": format!("{on}T08:00:00Z") })
    }

    fn with(member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::Users, |users| users[0][member] = value.clone())
    }

    fn licensed() -> Fixture {
        with(
            "assignedPlans",
            &json!([{
                "service": "TeamspaceAPI", "capabilityStatus": "Enabled",
                "servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929"
            }]),
        )
    }

    #[test]
    fn verdicts() {
        let drill =
            "[[attestation]]\ncontrol = \"emerg-procedure\"\nby = \"Sam\"\non = 2026-10-20\n";
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .partial("a sign-in", 0.5, signed_in(&success("2026-10-20")))
            .passes("an attested drill", signed_in(&success("2026-10-20")).declare(drill))
            .partial("another day", 0.5, signed_in(&success("2026-10-21")).declare(drill))
            .passes("long ago", signed_in(&success("2026-09-01")))
            .passes("an attempt only", signed_in(&json!({ "lastSignInDateTime": "2026-10-31T08:00:00Z" })))
            .partial("Teams", 0.5, licensed())
            .partial("a mailbox", 0.5, Fixture::exemplary().add(
                Data::ExchangeMailboxes,
                json!({ "ExternalDirectoryObjectId": EMERGENCY_1, "RecipientTypeDetails": "UserMailbox" }),
            ))
            .partial("a person's name", 0.5, with("displayName", &json!("Person1")))
            .not_applicable(
                "nobody declared",
                NotApplicableReason::NoPopulation,
                Fixture::exemplary().profile(""),
            );
        let attempt = signed_in(&json!({ "lastSignInDateTime": "2026-10-31T08:00:00Z" }));
        let shown = attempt.judge(&CONTROL).evidence;
        assert!(shown.iter().any(|one| one.observed.contains("2026-10-31")), "{shown:?}");
    }

    #[test]
    fn licenses_and_holes() {
        let without = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        let refused = UnknownReason::Permission;
        check(&CONTROL)
            .passes("without P1 the license is judged", without(Fixture::exemplary()))
            .partial("and found", 0.5, without(licensed()))
            .unknown("sign-ins", refused, Fixture::exemplary().forbidden(Data::SignInActivity))
            .unknown("users", refused, Fixture::exemplary().forbidden(Data::Users))
            .unknown("roles", refused, Fixture::exemplary().forbidden(Data::RoleAssignments));
    }
}
