//! Conditional Access: administrators sign in again often and leave no browser session behind.

use model::{ConditionalAccessPolicy, Gap, NotApplicableReason, Severity};

use super::{LICENSE, unless_security_defaults};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Audience, context_on, narrowings, violation_on};
use crate::finding::{Finding, count, some_names};
use crate::mfa::activation::Activation;
use crate::mfa::admins::{Admin, Admins};
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "ca-admin-session-limits",
    title: "Administrators sign in again often and leave no browser session behind",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: crate::mfa::admins_required::ADMIN_SIGN_IN_DATA,
    rationale: "A stolen token of an administrator is useful as long as the session lives, by \
        default for 90 days at a time.",
    passes_when: "Every administrator, active or eligible, is reached by enabled policies without \
        further conditions, for all resources, that ask for a new sign-in after at most \
        `admin-session` (4) hours or every time, and that never keep the browser session. It is \
        partial when some administrators are reached by at most 24 hours, by one of the two, by \
        either on filtered devices only, or have to activate their roles in PIM for at most 8 \
        hours with an authentication context. It does not apply while security defaults are on.",
    remediation: &[
        "Create a policy for the administrator roles and all resources with the session controls \
         Sign-in frequency of 4 hours and Persistent browser session `Never persistent`.",
        "Entra admin center > Protection > Conditional Access > Policies > Session.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.2.2.4", "5.2.2.13"]),
        (Framework::Maester, &["MT.1017", "MT.1018"]),
    ],
    judge,
};

/// The longest session that still earns part of the credit, in hours.
const LONGEST: f64 = 24.0;

/// What the policies do to one administrator's sessions.
#[derive(Default)]
struct Limits {
    /// The shortest sign-in frequency, in hours.
    hours: Option<f64>,
    /// The browser never keeps the session.
    never_kept: bool,
    /// Either of them on filtered devices only, or in effect by activation in PIM.
    in_part: bool,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = match unless_security_defaults(context)? {
        Ok(protection) => protection,
        Err(finding) => return Ok(finding),
    };
    let admins = Admins::of(context)?;
    if admins.judged.is_empty() {
        admins.complete()?;
        let why = "Every administrator is an account that is judged elsewhere.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    admins.complete()?;
    let policies = context.tenant.conditional_access_policies.read()?;
    let mut limiting = Vec::new();
    for policy in policies.iter().filter(|policy| policy.is_enforced() && limits(policy)) {
        limiting.push((policy, Audience::of(context, policy, true)?));
    }
    let wanted = context.tenant.profile.threshold("admin-session", 4.0);
    let (mut strict, mut weak, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for admin in &admins.judged {
        let found = of_admin(context, admin, &limiting);
        let short = |most: f64| found.hours.is_some_and(|hours| hours <= most);
        if short(wanted) && found.never_kept {
            strict.push((admin, found));
        } else if short(LONGEST) || found.never_kept || found.in_part {
            weak.push((admin, found));
        } else {
            open.push((admin, found));
        }
    }
    let whole = count(admins.judged.len(), "administrator", "administrators");
    let short = || some_names(weak.iter().chain(&open).map(|(admin, _)| admin.user.name()));
    let finding = if weak.is_empty() && open.is_empty() {
        Finding::pass(format!("Sessions of all of {whole} are short and never kept."))
    } else if open.len() == admins.judged.len() {
        protection.is_sure()?;
        Finding::fail(format!("Nothing limits the sessions of {whole}."))
    } else {
        Finding::partial(0.5, format!("Sessions are not limited enough for {}.", short()))
    };
    let expected = format!("sign-in after at most {wanted} hours, browser session never kept");
    Ok(finding
        .with(strict.iter().map(|(admin, found)| context_on(admin.user, words(found))))
        .with(
            weak.iter()
                .chain(&open)
                .map(|(admin, found)| violation_on(admin.user, words(found), &expected)),
        )
        .judged(admins.judged.len(), &admins.left_out)
        .would_pass_if(format!("a policy limited the sessions of {} like that", short())))
}

/// Whether the policy has a session control that limits sessions.
fn limits(policy: &ConditionalAccessPolicy) -> bool {
    hours(policy).is_some() || never_kept(policy)
}

fn hours(policy: &ConditionalAccessPolicy) -> Option<f64> {
    let hours = policy.session_controls.as_ref()?.sign_in_frequency.as_ref()?.hours()?;
    i32::try_from(hours).ok().map(f64::from)
}

fn never_kept(policy: &ConditionalAccessPolicy) -> bool {
    policy.session_controls.as_ref().and_then(|all| all.persistent_browser.as_ref()).is_some_and(
        |browser| browser.is_enabled != Some(false) && browser.mode.as_deref() == Some("never"),
    )
}

/// What all policies together do: the strictest that reaches the administrator wins.
fn of_admin(
    context: &Context<'_>,
    admin: &Admin<'_, '_>,
    limiting: &[(&ConditionalAccessPolicy, Audience<'_>)],
) -> Limits {
    let mut found = Limits { in_part: activates_briefly(context, admin), ..Limits::default() };
    for (policy, _) in limiting.iter().filter(|(_, audience)| audience.has(admin.user)) {
        match narrowings(policy).as_slice() {
            [] => {
                let shorter = [found.hours, hours(policy)].into_iter().flatten();
                found.hours = shorter.reduce(f64::min);
                found.never_kept |= never_kept(policy);
            }
            ["it filters devices"] => found.in_part = true,
            _ => {}
        }
    }
    found
}

/// Whether every role has to be activated, for at most 8 hours and with an authentication context.
fn activates_briefly(context: &Context<'_>, admin: &Admin<'_, '_>) -> bool {
    admin.paths.iter().all(|path| {
        let activation = Activation::of(context, &path.role);
        !path.is_active() && activation.context_claim().is_some() && activation.is_brief()
    })
}

fn words(found: &Limits) -> String {
    let frequency = match found.hours {
        None => "no sign-in frequency".to_owned(),
        Some(hours) if hours <= 0.0 => "sign-in every time".to_owned(),
        Some(hours) => format!("sign-in after {hours} hours"),
    };
    let browser = if found.never_kept { "never kept" } else { "may be kept" };
    let part = if found.in_part { ", in part by a device filter or activation" } else { "" };
    format!("{frequency}, browser session {browser}{part}")
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn only(session: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("Sessions", Value::Null);
        policy["sessionControls"] = session;
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn session(frequency: &Value, mode: &str) -> Value {
        json!({
            "signInFrequency": frequency, "persistentBrowser": { "mode": mode, "isEnabled": true }
        })
    }

    fn every(value: i64, unit: &str) -> Value {
        json!({ "value": value, "type": unit, "frequencyInterval": "timeBased", "isEnabled": true })
    }

    #[test]
    fn verdicts() {
        let never = |frequency: Value| only(session(&frequency, "never"), |_| {});
        let by_role = |conditions: &mut Value| {
            conditions["users"]["includeUsers"] = json!([]);
            conditions["users"]["includeRoles"] =
                json!([GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN]);
        };
        let full = || session(&every(4, "hours"), "never");
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("a session-only policy", never(every(4, "hours")))
            .passes("by role, once activated", only(full(), by_role))
            .passes(
                "every time",
                never(json!({
                    "value": null, "type": null, "frequencyInterval": "everyTime", "isEnabled": true
                })),
            )
            .partial("a day", 0.5, never(every(1, "days")))
            .partial("two days, but never kept", 0.5, never(every(2, "days")))
            .partial("kept", 0.5, only(session(&every(4, "hours"), "always"), |_| {}))
            .partial(
                "one administrator excluded",
                0.5,
                only(full(), |conditions| {
                    conditions["users"]["excludeUsers"] = json!([ADMIN_1]);
                }),
            )
            .partial(
                "on filtered devices",
                0.5,
                only(full(), |conditions| {
                    conditions["devices"] = json!({ "deviceFilter": {
                    "mode": "exclude", "rule": "device.isCompliant -eq True"
                } });
                }),
            )
            .fails_on(
                "one application only",
                only(full(), |conditions| {
                    conditions["applications"]["includeApplications"] = json!(["Office365"]);
                }),
                &[ADMIN_1, ADMIN_2],
            )
            .fails(
                "switched off in the policy",
                only(
                    json!({ "signInFrequency": {
                    "value": 4, "type": "hours", "frequencyInterval": "timeBased",
                    "isEnabled": false
                } }),
                    |_| {},
                ),
            )
            .fails("nothing", {
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]))
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("roles refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::RoleAssignments)
            });
    }
}
