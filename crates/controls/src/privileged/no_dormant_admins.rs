//! Privileged accounts: no dormant or blocked account holds a role.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use model::{Data, Evidence, Gap, Id, Plan, RoleSet, Severity, SignInTimes, SubjectKind, User};

use super::admins::{Admin, Admins};
use crate::by_id::ById;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::directory::{Holder, in_words, role_data};
use crate::finding::{Finding, count, some_names};
use crate::people::last_sign_in;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-dormant-admins",
    title: "No dormant or blocked account holds a privileged role",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![SignInActivity],
    rationale: "Nobody notices when an administrator's account that its owner has forgotten is \
        used by somebody else.",
    passes_when: "Every enabled account with a privileged role, active or eligible, signed in \
        successfully within 90 days (threshold `dormant-admin`) or was created within 30 days, and \
        no blocked account holds such a role. One or two dormant accounts without a highly \
        privileged role, or blocked accounts only, are partial. Emergency access, synchronization \
        and declared service accounts are exempt. Without Entra ID P1 no sign-in is recorded: then \
        only blocked accounts are judged, and the best result is partial with 0.75.",
    remediation: &[
        "Remove the roles from the accounts below.",
        "Block or delete the accounts that nobody needs.",
        "Entra admin center > Roles & admins; sign-ins are on the user's overview page.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::Maester, &["MT.1029", "MT.1030", "MT.1112"]),
        (Framework::Nist80053, &["AC-2"]),
    ],
    judge,
};

/// Accounts younger than so many days need not have signed in yet.
const NEW_DAYS: i64 = 30;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let mut admins = Admins::but_emergency(context)?;
    let directory = context.directory()?;
    let service: BTreeSet<&Id> = (context.tenant.profile.accounts.service.iter())
        .filter_map(|name| directory.named(name).map(|user| &user.id))
        .collect();
    let all = admins.judged.len();
    admins.judged.retain(|admin| !service.contains(&admin.user.id));
    admins.left_out.push(("service account", all - admins.judged.len()));

    let blocked = blocked(context)?;
    let dormant = match times(context) {
        Ok(times) => Some(dormant(context, &admins, times)?),
        Err(gap) if context.has(Plan::EntraIdP1)? => return Err(gap),
        Err(_) => None,
    };
    let finding = match &dormant {
        None => without_sign_ins(&blocked),
        Some(dormant) => by_sign_ins(context, dormant, &blocked, admins.judged.len()),
    };
    let idle = dormant.unwrap_or_default().into_iter().map(|(admin, why)| {
        violation_on(
            admin.user,
            format!("{}: {why}", admin.roles()),
            "a recent sign-in, or no role",
        )
    });
    Ok(finding
        .with(idle)
        .with(blocked.values().map(|(user, paths)| {
            violation_on(user, format!("{}, sign-in blocked", in_words(paths)), "no role")
        }))
        .judged(admins.judged.len() + blocked.len(), &admins.left_out))
}

type Blocked<'c, 't> = BTreeMap<&'t Id, (&'t User, Vec<&'c Holder<'t>>)>;

/// Accounts that cannot sign in and still hold a privileged role.
fn blocked<'c, 't>(context: &'c Context<'t>) -> Result<Blocked<'c, 't>, Gap> {
    let mut blocked = Blocked::new();
    for holder in context.directory()?.holders_of(RoleSet::Privileged)? {
        let Some(user) = holder.principal.user() else { continue };
        match user.account_enabled {
            None => return Err(Gap::field(Data::Users, "accountEnabled")),
            Some(true) => {}
            Some(false) => {
                blocked.entry(&user.id).or_insert_with(|| (user, Vec::new())).1.push(holder);
            }
        }
    }
    Ok(blocked)
}

/// Sign-in times. A list without a single one is no answer: the service recorded nothing.
fn times<'c, 't>(context: &'c Context<'t>) -> Result<&'c ById<'t, &'t SignInTimes>, Gap> {
    let times = context.sign_in_times()?;
    if times.is_empty() { Err(Gap::field(Data::SignInActivity, "any sign-in")) } else { Ok(times) }
}

/// Accounts without a recent sign-in, each with what was seen.
fn dormant<'a, 'c, 't>(
    context: &Context<'t>,
    admins: &'a Admins<'c, 't>,
    times: &ById<'t, &'t SignInTimes>,
) -> Result<Vec<(&'a Admin<'c, 't>, String)>, Gap> {
    let mut dormant = Vec::new();
    for admin in &admins.judged {
        let Some(last) = last_sign_in(context, &admin.user.id)? else {
            let created = admin
                .user
                .created_date_time
                .ok_or_else(|| Gap::field(Data::Users, "createdDateTime"))?;
            if context.days_since(created) > NEW_DAYS {
                dormant.push((admin, "never signed in".to_owned()));
            }
            continue;
        };
        let days = usize::try_from(context.days_since(last)).unwrap_or(0);
        if !context.within(days, "dormant-admin", 90.0) {
            let told = times.get(&admin.user.id);
            let successful =
                told.is_some_and(|times| times.last_successful_sign_in_date_time.is_some());
            let what = if successful { "last signed in" } else { "last tried to sign in" };
            // The day, not the age: what is observed must not change because time passes.
            let day = last.to_zoned(TimeZone::UTC).date();
            dormant.push((admin, format!("{what} on {day}")));
        }
    }
    Ok(dormant)
}

fn by_sign_ins(
    context: &Context<'_>,
    dormant: &[(&Admin<'_, '_>, String)],
    blocked: &Blocked<'_, '_>,
    judged: usize,
) -> Finding {
    let names = some_names(
        dormant
            .iter()
            .map(|(admin, _)| admin.user.name())
            .chain(blocked.values().map(|(user, _)| user.name())),
    );
    let limit = context.tenant.profile.threshold("dormant-admin", 90.0);
    let summary = format!(
        "{} of {} did not sign in for {limit} days, and {} a role: {names}.",
        dormant.len(),
        count(judged, "administrator", "administrators"),
        count(blocked.len(), "blocked account holds", "blocked accounts hold"),
    );
    let finding = if dormant.is_empty() && blocked.is_empty() {
        let all = count(judged, "administrator", "administrators");
        return Finding::pass(format!(
            "All of {all} signed in within {limit} days or are new, and no blocked account holds a \
             role."
        ));
    } else if dormant.len() > 2 || dormant.iter().any(|(admin, _)| admin.is_high()) {
        Finding::fail(summary)
    } else {
        Finding::partial(0.5, summary)
    };
    finding.would_pass_if(format!("{names} lost their roles, or used them"))
}

fn without_sign_ins(blocked: &Blocked<'_, '_>) -> Finding {
    let unrecorded = Evidence::new(
        SubjectKind::License,
        "entra-id-p1",
        Plan::EntraIdP1.words(),
        "not owned: no sign-in is recorded",
        "recorded sign-ins",
    );
    let finding = if blocked.is_empty() {
        Finding::partial(
            0.75,
            "No blocked account holds a role; whether an administrator is dormant is not recorded \
             without Microsoft Entra ID P1.",
        )
        .would_pass_if("the tenant owned Microsoft Entra ID P1 and every administrator signed in")
    } else {
        let names = some_names(blocked.values().map(|(user, _)| user.name()));
        let accounts = count(blocked.len(), "blocked account holds", "blocked accounts hold");
        Finding::partial(0.5, format!("{accounts} a privileged role: {names}."))
            .would_pass_if(format!("{names} lost their roles and sign-ins were recorded"))
    };
    finding.with([unrecorded])
}

#[cfg(test)]
mod tests {
    use model::{UnavailableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant where the sign-in times of one account are these.
    fn signed_in(user: &str, times: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::SignInActivity, |records| {
            for record in records.iter_mut().filter(|record| record["id"] == user) {
                record["signInActivity"] = times.clone();
            }
        })
    }

    fn days_ago(days: u32) -> String {
        let now: jiff::Timestamp = NOW.parse().unwrap();
        (now - jiff::SignedDuration::from_hours(24 * i64::from(days))).to_string()
    }

    fn helper(fixture: Fixture, user: &str) -> Fixture {
        fixture.add(Data::RoleEligibilityScheduleInstances, eligible(user, HELPDESK_ADMIN))
    }

    fn idle(users: &[&str]) -> Fixture {
        users.iter().fold(Fixture::exemplary(), |fixture, user| {
            helper(fixture, user).edit(Data::SignInActivity, |records| {
                records.retain(|record| record["id"] != **user);
            })
        })
    }

    #[test]
    fn verdicts() {
        let success = |days| json!({ "lastSuccessfulSignInDateTime": days_ago(days) });
        check(&CONTROL)
            .passes("exemplary, idle emergency accounts too", Fixture::exemplary())
            .passes("90 days ago", signed_in(ADMIN_1, &success(90)))
            .fails_on("91 days ago", signed_in(ADMIN_1, &success(91)), &[ADMIN_1])
            .fails_on("never", signed_in(ADMIN_1, &Value::Null), &[ADMIN_1])
            .partial("two with smaller roles", 0.5, idle(&[PERSON_1, PERSON_2]))
            .fails("three with smaller roles", idle(&[PERSON_1, PERSON_2, PERSON_3]))
            .fails_on(
                "failed attempts are no sign-in",
                signed_in(
                    ADMIN_1,
                    &json!({
                        "lastSuccessfulSignInDateTime": days_ago(200),
                        "lastSignInDateTime": days_ago(1)
                    }),
                ),
                &[ADMIN_1],
            )
            .passes(
                "attempts where successes were not recorded",
                signed_in(ADMIN_1, &json!({ "lastNonInteractiveSignInDateTime": days_ago(9) })),
            )
            .passes(
                "the profile's own limit",
                signed_in(ADMIN_1, &success(120))
                    .declare("[checklist.thresholds]\ndormant-admin = 180"),
            );
    }

    #[test]
    fn new_and_declared_accounts_need_not_sign_in() {
        let new = signed_in(ADMIN_1, &Value::Null)
            .edit(Data::Users, |users| users[2]["createdDateTime"] = json!(days_ago(30)));
        let service = signed_in(ADMIN_1, &Value::Null).profile(&format!(
            "[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\"]\n\
             service = [\"{ADMIN_1}\"]"
        ));
        check(&CONTROL).passes("new", new).passes("service account", service);
    }

    fn blocked() -> Fixture {
        Fixture::exemplary().add(Data::RoleAssignments, assignment(SHARED, HELPDESK_ADMIN))
    }

    fn unlicensed(fixture: Fixture) -> Fixture {
        fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
    }

    #[test]
    fn blocked_accounts() {
        check(&CONTROL)
            .partial("only a blocked one", 0.5, blocked())
            .partial("without a license, none blocked", 0.75, unlicensed(Fixture::exemplary()))
            .partial("without a license, one blocked", 0.5, unlicensed(blocked()));
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        for data in [Data::Users, Data::RoleAssignments, Data::SignInActivity] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .unknown(
                "licensed, yet refused for lack of a license",
                UnknownReason::LicenseMismatch,
                Fixture::exemplary()
                    .unavailable(Data::SignInActivity, UnavailableReason::NotLicensed),
            )
            .unknown(
                "not a single sign-in",
                UnknownReason::FieldMissing,
                Fixture::exemplary().set(Data::SignInActivity, json!([])),
            );
    }
}
