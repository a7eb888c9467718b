//! From a tenant and a checklist to an assessment.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{
    Assessment, ChecklistRef, ControlResult, Gap, NotApplicableReason, Plan, Severity, SnapshotRef,
    Tenant, TenantRef, Verdict,
};

use crate::context::Context;
use crate::finding::Finding;
use crate::{AREAS, Checklist, Control, Custom, License, frameworks, score, waiver};

/// Judges a tenant by a checklist. Same tenant, same assessment.
///
/// `snapshot_sha256` is the digest of the snapshot's plain JSON, in lower-case hexadecimal. Every
/// control of the checklist is in the result exactly once, whatever was unreadable.
pub fn assess(tenant: &Tenant<'_>, checklist: &Checklist, snapshot_sha256: &str) -> Assessment {
    let profile = checklist.complete(tenant.profile);
    match profile {
        Cow::Borrowed(_) => judge_all(tenant, checklist, snapshot_sha256),
        Cow::Owned(profile) => {
            judge_all(&Tenant::new(tenant.snapshot, &profile), checklist, snapshot_sha256)
        }
    }
}

fn judge_all(tenant: &Tenant<'_>, checklist: &Checklist, snapshot_sha256: &str) -> Assessment {
    let context = Context::new(tenant);
    let mut controls: Vec<ControlResult> = checklist
        .controls
        .iter()
        .map(|control| ControlResult {
            weight: checklist.weight(control),
            ..result(&context, control)
        })
        .collect();
    controls.extend(checklist.custom.iter().map(|control| custom_result(&context, control)));
    // Stable: within an area the catalog's order, then custom controls.
    controls.sort_by_key(|result| {
        AREAS.iter().position(|area| area.id == result.area).unwrap_or(AREAS.len())
    });
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
        inventory: crate::inventory::of(&context),
    }
}

/// Judges one control: first whether the tenant owns what it takes, then the control itself.
pub(crate) fn finding(context: &Context<'_>, control: &Control) -> Finding {
    license_gate(context, control)
        .and_then(|missing| missing.map_or_else(|| (control.judge)(context), Ok))
        .unwrap_or_else(|gap| from_gap(context, control.license, &gap))
}

fn result(context: &Context<'_>, control: &Control) -> ControlResult {
    let texts = ControlResult {
        id: control.id.to_owned(),
        area: control.area().to_owned(),
        title: control.title.to_owned(),
        rationale: control.rationale.to_owned(),
        passes_when: control.passes_when.to_owned(),
        remediation: control.remediation.iter().map(ToString::to_string).collect(),
        sources: control.sources.iter().map(ToString::to_string).collect(),
        mappings: frameworks::mappings(control),
        alternatives: alternatives(control.license).iter().map(ToString::to_string).collect(),
        ..unjudged(control.severity, control.effort)
    };
    judged(context, texts, finding(context, control))
}

fn custom_result(context: &Context<'_>, control: &Custom) -> ControlResult {
    let texts = ControlResult {
        id: control.id.clone(),
        area: control.area.clone(),
        title: control.title.clone(),
        rationale: control.rationale.clone(),
        passes_when: control.passes_when.clone(),
        remediation: control.remediation.clone(),
        sources: control.sources.clone(),
        mappings: control.mappings.clone(),
        ..unjudged(control.severity, control.effort)
    };
    judged(context, texts, custom_finding(context, control))
}

/// Judges a custom control: first whether all that it reads is there, then the control itself.
fn custom_finding(context: &Context<'_>, control: &Custom) -> Finding {
    let snapshot = context.tenant.snapshot;
    control
        .reads
        .iter()
        .try_for_each(|data| snapshot.records(*data).map(|_| ()))
        .and_then(|()| (control.judge)(context.tenant))
        .unwrap_or_else(|gap| from_gap(context, License::None, &gap))
}

fn unjudged(severity: Severity, effort: u8) -> ControlResult {
    ControlResult {
        id: String::new(),
        area: String::new(),
        title: String::new(),
        severity,
        weight: severity.weight(),
        verdict: Verdict::Unknown,
        credit: None,
        reason: None,
        summary: String::new(),
        population: None,
        evidence: Vec::new(),
        would_pass_if: None,
        rationale: String::new(),
        passes_when: String::new(),
        remediation: Vec::new(),
        effort,
        sources: Vec::new(),
        mappings: BTreeMap::new(),
        alternatives: Vec::new(),
        fingerprint: None,
        waiver: None,
        waivers: Vec::new(),
    }
}

/// The texts of a control, with its finding and the waiver that lies beside it.
fn judged(context: &Context<'_>, texts: ControlResult, mut finding: Finding) -> ControlResult {
    finding.evidence.sort();
    finding.evidence.dedup();
    let beside = waiver::beside(context, &texts.id, &finding);
    let is_open = waiver::is_open(finding.verdict);
    ControlResult {
        verdict: finding.verdict,
        credit: beside.credit,
        fingerprint: is_open.then(|| waiver::state(&finding.evidence, "")),
        reason: finding.reason,
        summary: finding.summary,
        population: finding.population,
        evidence: finding.evidence,
        would_pass_if: finding.would_pass_if,
        waiver: beside.note,
        waivers: beside.all,
        ..texts
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
        let instead = match alternatives(control.license) {
            [] => String::new(),
            ids => format!(" Judged instead: {}.", ids.join(", ")),
        };
        Finding::not_applicable(
            NotApplicableReason::License,
            format!("The tenant does not own {needed}.{instead}"),
        )
    }))
}

fn alternatives(license: License) -> &'static [&'static str] {
    match license {
        License::None => &[],
        License::AnyOf(_, alternatives) | License::AllOf(_, alternatives) => alternatives,
    }
}

/// The finding for a hole in the data: unknown; not applicable where the service refuses for lack
/// of a license that the tenant indeed does not own.
fn from_gap(context: &Context<'_>, license: License, gap: &Gap) -> Finding {
    let owned = |plans: &[Plan]| {
        context.licenses().is_ok_and(|licenses| plans.iter().any(|plan| licenses.has(*plan)))
    };
    let licensed = match license {
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
