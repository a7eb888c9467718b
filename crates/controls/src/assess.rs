//! From a tenant and a checklist to an assessment.

use std::borrow::Cow;

use model::{
    Assessment, ChecklistRef, ControlResult, Gap, NotApplicableReason, Plan, SnapshotRef, Tenant,
    TenantRef, Verdict,
};

use crate::context::Context;
use crate::finding::Finding;
use crate::{Checklist, Control, License, frameworks, score, waiver};

/// Judges a tenant by a checklist. Same tenant, same assessment.
///
/// `snapshot_sha256` is the digest of the snapshot's plain JSON, in lower-case hexadecimal. Every
/// control of the checklist is in the result exactly once, whatever was unreadable.
pub fn assess(tenant: &Tenant<'_>, checklist: &Checklist, snapshot_sha256: &str) -> Assessment {
    let profile = checklist.complete(tenant.profile);
    match profile {
        Cow::Borrowed(_) => judged(tenant, checklist, snapshot_sha256),
        Cow::Owned(profile) => {
            judged(&Tenant::new(tenant.snapshot, &profile), checklist, snapshot_sha256)
        }
    }
}

fn judged(tenant: &Tenant<'_>, checklist: &Checklist, snapshot_sha256: &str) -> Assessment {
    let context = Context::new(tenant);
    let controls: Vec<ControlResult> = checklist
        .controls
        .iter()
        .map(|control| ControlResult {
            weight: checklist.weight(control),
            ..result(&context, control)
        })
        .collect();
    let info = &tenant.snapshot.tenant;
    Assessment {
        schema: Assessment::SCHEMA.to_owned(),
        tenant: TenantRef { id: info.id.clone(), display_name: info.display_name.clone() },
        snapshot: SnapshotRef {
            sha256: snapshot_sha256.to_owned(),
            taken_at: tenant.snapshot.taken_at,
        },
        checklist: ChecklistRef { id: checklist.id.clone(), version: checklist.version.clone() },
        score: score::score(&controls),
        areas: score::areas(&controls),
        frameworks: frameworks::judge(&context, &controls),
        controls,
        sign_ins: Some(context.access().overview()),
    }
}

/// Judges one control: first whether the tenant owns what it takes, then the control itself.
pub(crate) fn finding(context: &Context<'_>, control: &Control) -> Finding {
    license_gate(context, control)
        .and_then(|missing| missing.map_or_else(|| (control.judge)(context), Ok))
        .unwrap_or_else(|gap| from_gap(context, control, &gap))
}

fn result(context: &Context<'_>, control: &Control) -> ControlResult {
    let mut finding = finding(context, control);
    finding.evidence.sort();
    finding.evidence.dedup();
    let waiver = waiver::beside(context, control.id, &finding);
    let open = matches!(finding.verdict, Verdict::Fail | Verdict::Partial | Verdict::AttestedNo);
    let fingerprint = open.then(|| waiver::fingerprint(&finding));
    ControlResult {
        id: control.id.to_owned(),
        area: control.area().to_owned(),
        title: control.title.to_owned(),
        severity: control.severity,
        weight: control.severity.weight(),
        verdict: finding.verdict,
        credit: waiver::credit(&finding, waiver.as_ref()),
        reason: finding.reason,
        summary: finding.summary,
        population: finding.population,
        evidence: finding.evidence,
        would_pass_if: finding.would_pass_if,
        rationale: control.rationale.to_owned(),
        passes_when: control.passes_when.to_owned(),
        remediation: control.remediation.iter().map(ToString::to_string).collect(),
        effort: control.effort,
        sources: control.sources.iter().map(ToString::to_string).collect(),
        mappings: frameworks::mappings(control),
        alternatives: alternatives(control).iter().map(ToString::to_string).collect(),
        fingerprint,
        waiver,
    }
}

/// The finding when the tenant lacks the license; `None` when it owns what it takes.
fn license_gate(context: &Context<'_>, control: &Control) -> Result<Option<Finding>, Gap> {
    let (plans, owned) = match control.license {
        License::None => return Ok(None),
        License::AnyOf(plans, _) => {
            let licenses = context.licenses()?;
            (plans, plans.iter().any(|plan| licenses.has(*plan)))
        }
        License::AllOf(plans, _) => {
            let licenses = context.licenses()?;
            (plans, plans.iter().all(|plan| licenses.has(*plan)))
        }
    };
    Ok((!owned).then(|| {
        let joint = if matches!(control.license, License::AnyOf(..)) { " or " } else { " and " };
        let needed = plans.iter().map(|plan| plan.words()).collect::<Vec<_>>().join(joint);
        let instead = match alternatives(control) {
            [] => String::new(),
            ids => format!(" Judged instead: {}.", ids.join(", ")),
        };
        Finding::not_applicable(
            NotApplicableReason::License,
            format!("The tenant does not own {needed}.{instead}"),
        )
    }))
}

fn alternatives(control: &Control) -> &'static [&'static str] {
    match control.license {
        License::None => &[],
        License::AnyOf(_, alternatives) | License::AllOf(_, alternatives) => alternatives,
    }
}

/// The finding for a hole in the data: unknown; not applicable where the service refuses for lack
/// of a license that the tenant indeed does not own.
fn from_gap(context: &Context<'_>, control: &Control, gap: &Gap) -> Finding {
    let owned = |plans: &[Plan]| {
        context.licenses().is_ok_and(|licenses| plans.iter().any(|plan| licenses.has(*plan)))
    };
    let licensed = match control.license {
        License::None => context
            .licenses()
            .map_or(true, |licenses| licenses.has(Plan::EntraIdP1) || licenses.has_pim()),
        License::AnyOf(plans, _) | License::AllOf(plans, _) => owned(plans),
    };
    match gap.not_applicable_reason() {
        Some(reason) if !licensed => {
            Finding::not_applicable(reason, format!("Not applicable: {gap}."))
        }
        _ => Finding::unknown(gap.unknown_reason(), format!("Could not be judged: {gap}.")),
    }
}
