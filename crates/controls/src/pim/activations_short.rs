//! Just-in-time access: activations are short.

use jiff::{Span, SpanRelativeTo, Unit};
use model::{Data, Evidence, Gap, Plan, RoleSet, Severity, SubjectKind};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, some_names};
use crate::role_settings::RoleSettings;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-activation-duration",
    title: "Role activations end after a working day at most",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::EntraIdP2, Plan::EntraIdGovernance],
        &["priv-global-admin-count", "priv-finer-roles"],
    ),
    reads: &[Data::RoleManagementPolicyAssignments, Data::SubscribedSkus],
    rationale: "A stolen session is worth as much as the role that is active in it, and for as long.",
    passes_when: "For each of the eight highly privileged roles, an activation lasts at most 8 \
        hours (threshold `pim-activation`, in hours). Up to 24 hours is partial.",
    remediation: &[
        "Open the settings of each role below and edit them.",
        "Set the maximum duration of an activation to 8 hours or less.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Settings.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.3.1"]),
        (Framework::CisaScuba, &["MS.AAD.7.4v1"]),
        (Framework::Nist80053, &["AC-2"]),
    ],
    judge,
};

/// Longer than so many hours is a fail.
const FAILS_ABOVE: f64 = 24.0;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let limit = context.tenant.profile.threshold("pim-activation", 8.0);
    let mut evidence = Vec::new();
    let mut long = Vec::new();
    let mut longest: f64 = 0.0;
    for role in RoleSet::HighlyPrivileged.ids() {
        let settings = RoleSettings::of(context, role)?;
        let (hours, words) = duration(&settings)?;
        let mut observed = format!("activations last up to {words}");
        observed.push_str(&permanence(&settings));
        let expected = if hours > limit { format!("at most {limit} hours") } else { String::new() };
        if hours > limit {
            long.push(settings.name().to_owned());
        }
        longest = longest.max(hours);
        evidence.push(Evidence::new(SubjectKind::Role, role, settings.name(), observed, expected));
    }
    let judged = evidence.len();
    let names = some_names(long.iter().map(String::as_str));
    let summary = format!(
        "{} of {judged} roles stay active for more than {limit} hours: {names}.",
        long.len()
    );
    let finding = if long.is_empty() {
        Finding::pass(format!("Activations of all {judged} strong roles end within {limit} hours."))
    } else if longest <= FAILS_ABOVE {
        Finding::partial(0.5, summary)
    } else {
        Finding::fail(summary)
    };
    Ok(finding
        .would_pass_if(format!("activations of {names} ended within {limit} hours"))
        .with(evidence)
        .judged(judged, &[]))
}

/// The longest activation in hours, and in words.
fn duration(settings: &RoleSettings<'_>) -> Result<(f64, String), Gap> {
    let rule = settings.rule("Expiration_EndUser_Assignment")?;
    if rule.is_expiration_required == Some(false) {
        return Ok((f64::INFINITY, "any time, without end".to_owned()));
    }
    let missing = || settings.lacks("a maximum duration of activations");
    let text = rule.maximum_duration.as_deref().ok_or_else(missing)?;
    let span: Span = text.parse().map_err(|_| missing())?;
    let hours = span
        .total((Unit::Hour, SpanRelativeTo::days_are_24_hours()))
        // Months and years have no fixed length; whatever it is, it is long.
        .unwrap_or(f64::INFINITY);
    Ok((hours, text.to_owned()))
}

/// Whether the settings allow permanent assignments, for context.
fn permanence(settings: &RoleSettings<'_>) -> String {
    let allows = |id: &str, words: &'static str| {
        let rule = settings.rule(id).ok()?;
        (rule.is_expiration_required == Some(false)).then_some(words)
    };
    [
        allows("Expiration_Admin_Assignment", "; permanent active assignments are allowed"),
        allows("Expiration_Admin_Eligibility", "; permanent eligible assignments are allowed"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The duration of one role's activations.
    fn of(duration: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::RoleManagementPolicyAssignments, |roles| {
            roles[0]["policy"]["rules"][0]["maximumDuration"] = duration.clone();
        })
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("480 minutes", of(&json!("PT480M")))
            .partial("a minute more", 0.5, of(&json!("PT8H1M")))
            .partial("a day", 0.5, of(&json!("P1D")))
            .fails_on("more than a day", of(&json!("P1DT1S")), &[GLOBAL_ADMIN])
            .fails("a month", of(&json!("P1M")))
            .fails(
                "no end",
                Fixture::exemplary().edit(Data::RoleManagementPolicyAssignments, |roles| {
                    roles[0]["policy"]["rules"][0]["isExpirationRequired"] = json!(false);
                }),
            )
            .partial(
                "the profile's own limit",
                0.5,
                Fixture::exemplary().declare("[checklist.thresholds]\npim-activation = 4"),
            );
    }

    #[test]
    fn licenses_and_holes() {
        let data = Data::RoleManagementPolicyAssignments;
        check(&CONTROL)
            .unknown("refused", UnknownReason::Permission, Fixture::exemplary().forbidden(data))
            .unknown("no duration", UnknownReason::FieldMissing, of(&Value::Null))
            .unknown("no duration at all", UnknownReason::FieldMissing, of(&json!("8 hours or so")))
            .unknown(
                "a role without settings",
                UnknownReason::FieldMissing,
                Fixture::exemplary().edit(data, |roles| {
                    roles.pop();
                }),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2]),
            );
    }
}
