//! Baseline: the protection model matches what the customer pays for.

use model::{Evidence, Gap, Plan, Severity, SubjectKind, Verdict};

use super::protection_enforced;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Mechanism, Protection, per_user_enforced};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "base-model-fits-licence",
    title: "The protection model fits the license",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: protection_enforced::BASE_DATA,
    rationale: "Security defaults know neither exclusions nor authentication strengths nor risk, \
        which a premium license has paid for. Without one, Conditional Access policies are not \
        enforced, however many there are.",
    passes_when: "Without Microsoft Entra ID P1, security defaults are on; with it, they are off \
        and the Conditional Access policies pass `base-protection-enforced`. Security defaults in \
        a licensed tenant are partial, unless premium seats are fewer than 10 % of people, where \
        they pass. Without P1 and with security defaults off, per-user MFA enforced for everybody \
        is partial. Trials and plans in their grace period count as owned.",
    remediation: &[
        "Without Microsoft Entra ID P1: turn on security defaults.",
        "With it: try the starter policies in report-only state, then exchange security defaults \
         for them in one go, so that something is always in force.",
        "Entra admin center > Overview > Properties > Manage security defaults, and Protection > \
         Conditional Access > Policies.",
    ],
    effort: 3,
    sources: &[source::S0, source::S3],
    mappings: &[(Framework::Maester, &["MT.1021", "MT.1022", "MT.1023"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let licenses = context.licenses()?;
    let premium = licenses.has(Plan::EntraIdP1);
    let protection = Protection::of(context)?;
    let people = context.people()?.members.len();
    let seats = usize::try_from(licenses.seats(Plan::EntraIdP1)).unwrap_or(0);
    let defaults = protection.mechanism == Mechanism::SecurityDefaults;
    let finding = match (premium, defaults) {
        (false, true) => {
            Finding::pass("There is no premium license, and security defaults are on.")
        }
        (true, true) if seats > 0 && 10 * seats < people => Finding::pass(format!(
            "Security defaults are on, and {} for {} would not carry Conditional Access.",
            count(seats, "premium seat", "premium seats"),
            count(people, "person", "people"),
        )),
        (true, true) => Finding::partial(
            0.5,
            "Security defaults are on, although Conditional Access is paid for.",
        )
        .with([Evidence::setting("security defaults", "on", "off, and policies in their place")])
        .would_pass_if("Conditional Access policies took the place of security defaults"),
        (true, false) => by_policies(context)?,
        (false, false) => {
            protection.is_sure()?;
            unprotected(context)?
        }
    };
    Ok(finding.with(notes(context, seats, people)))
}

/// Licensed, and security defaults are off, or not known: the policies decide.
fn by_policies(context: &Context<'_>) -> Result<Finding, Gap> {
    let base = protection_enforced::judge(context)?;
    let change = "base-protection-enforced passed";
    Ok(match base.verdict {
        Verdict::Pass => Finding::pass("Conditional Access is licensed and carries the baseline."),
        Verdict::Partial | Verdict::Fail => Finding::fail(format!(
            "Conditional Access is licensed, but does not carry the baseline: {}",
            base.summary
        ))
        .with([Evidence::setting("base-protection-enforced", base.verdict.word(), "pass")])
        .would_pass_if(change),
        _ => base,
    })
}

/// Not licensed, and security defaults are off.
fn unprotected(context: &Context<'_>) -> Result<Finding, Gap> {
    let people = context.people()?;
    let per_user = per_user_enforced(context, people.members.iter().copied())?;
    let finding = per_user.decide(|per_user| {
        if per_user.is_whole() {
            Finding::partial(0.5, "Per-user MFA for everybody stands in for security defaults.")
        } else {
            Finding::fail("There is no premium license, and security defaults are off.")
        }
    });
    Ok(finding
        .with([Evidence::setting("security defaults", "off", "on")])
        .would_pass_if("security defaults were on"))
}

/// Plans, seats and policies, as context.
fn notes(context: &Context<'_>, seats: usize, people: usize) -> Vec<Evidence> {
    let Ok(licenses) = context.licenses() else { return Vec::new() };
    let mut notes = Vec::new();
    for plan in [Plan::EntraIdP1, Plan::EntraIdP2] {
        if licenses.has(plan) {
            let grace = if licenses.in_grace(plan) { ", in its grace period" } else { "" };
            let observed = format!("owned{grace}");
            notes.push(Evidence::context(
                SubjectKind::License,
                plan.words(),
                plan.words(),
                observed,
            ));
        }
    }
    if seats > 0 && seats < people {
        let observed = format!(
            "license shortfall: {}, {}",
            count(seats, "seat", "seats"),
            count(people, "person", "people")
        );
        notes.push(Evidence::context(SubjectKind::License, "shortfall", "seats", observed));
    }
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let enabled = policies.iter().filter(|policy| policy.is_enforced()).count();
    let report_only = policies.iter().filter(|policy| policy.is_report_only()).count();
    let other = policies.len() - enabled - report_only;
    let observed = format!("{enabled} enabled, {report_only} report-only, {other} disabled");
    notes.push(Evidence::setting("Conditional Access policies", observed, ""));
    notes
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    #[test]
    fn verdicts() {
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        let free = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        let on = |fixture: Fixture| {
            fixture.with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
        };
        let warning = |fixture: Fixture| {
            let units = json!({ "enabled": 0, "warning": 25, "suspended": 0, "lockedOut": 0 });
            fixture
                .with_member(Data::SubscribedSkus, "capabilityStatus", &json!("Warning"))
                .with_member(Data::SubscribedSkus, "prepaidUnits", &units)
        };
        let one_seat = (0..5).fold(on(bare()), |fixture, number| {
            let id = format!("a1000000-0000-4000-8000-{number:012}");
            fixture.add(Data::Users, person(&id, &format!("p{number}")))
        });
        let one_seat = one_seat.edit(Data::SubscribedSkus, |skus| {
            skus[0]["prepaidUnits"]["enabled"] = json!(1);
        });
        let enforced = |fixture: Fixture| {
            let data = Data::UserAuthenticationRequirements;
            fixture.with_member(data, "perUserMfaState", &json!("enforced"))
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("free, on security defaults", on(free(bare())))
            .partial("licensed, on security defaults", 0.5, on(bare()))
            .partial("in the grace period", 0.5, on(warning(bare())))
            .passes("one seat for eleven people", one_seat)
            .partial("licensed as far as the data tell, seats unknown", 0.5, {
                on(bare()).set(Data::SubscribedSkus, json!([]))
            })
            .fails("licensed, nothing set up", bare())
            .fails("free, nothing", free(bare()))
            .partial("free, per-user MFA for everybody", 0.5, enforced(free(bare())))
            .fails("free, half-way into Conditional Access", free(Fixture::exemplary()))
            .unknown("licenses refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::SubscribedSkus)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("both at once", UnknownReason::Contradiction, on(Fixture::exemplary()));
    }
}
