//! Hybrid identity: the bridge to on premises is narrow.

use model::{Data, Evidence, Gap, NotApplicableReason, Severity};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "hybrid-hardening",
    title: "The bridge to the on-premises directory is narrow and alive",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::Organization, Data::OnPremisesSynchronization],
    rationale: "Matching lets an on-premises administrator take over an account of the cloud; \
        password hashes in the cloud reveal leaked credentials and keep sign-in working while the \
        domain controllers are down.",
    passes_when: "Password hash synchronization is on, soft matching is blocked (or lifting it for \
        a migration is attested within 90 days), taking over cloud objects by hard matching is \
        blocked, and the last synchronization is less than 24 hours old. Each counts a quarter. It \
        fails when none holds, or when nothing was synchronized for seven days although \
        synchronization is on. Not applicable to tenants that are not synchronized.",
    remediation: &[
        "Switch on password hash synchronization in Microsoft Entra Connect.",
        "Set `blockSoftMatchEnabled` and `blockCloudObjectTakeoverThroughHardMatchEnabled` to true \
            with `Update-MgDirectoryOnPremiseSynchronization`.",
        "Repair the synchronization server if the last run is old.",
        "Entra admin center > Hybrid management > Microsoft Entra Connect > Connect Sync.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[(Framework::CisM365, &["5.1.8.1"]), (Framework::Maester, &["MT.1073", "MT.1183"])],
    judge,
};

/// Nothing synchronized for so many hours is a fail.
const DEAD_HOURS: i64 = 7 * 24;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let organization = context.tenant.organization.one()?;
    if organization.on_premises_sync_enabled != Some(true) {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "The tenant is not synchronized from an on-premises directory.",
        ));
    }
    let last = organization
        .on_premises_last_sync_date_time
        .ok_or_else(|| Gap::field(Data::Organization, "onPremisesLastSyncDateTime"))?;
    let hours = context.now().duration_since(last).as_hours();
    let synchronization = context.tenant.on_premises_synchronization.one()?;
    let missing = |name: &str| Gap::field(Data::OnPremisesSynchronization, name);
    let features = synchronization.features.as_ref().ok_or_else(|| missing("features"))?;
    let told = |value: Option<bool>, name: &str| value.ok_or_else(|| missing(name));
    let hashes = told(features.password_sync_enabled, "passwordSyncEnabled")?;
    let soft = told(features.block_soft_match_enabled, "blockSoftMatchEnabled")?;
    let hard = told(
        features.block_cloud_object_takeover_through_hard_match_enabled,
        "blockCloudObjectTakeoverThroughHardMatchEnabled",
    )?;
    let lifted = !soft && attestation::holds(context, CONTROL.id, attestation::QUARTER);
    let on = |holds: bool| if holds { "on" } else { "off" }.to_owned();
    let soft_words = if lifted { "off, attested for a migration".to_owned() } else { on(soft) };
    let conditions = [
        ("password hash synchronization", hashes, on(hashes), "on"),
        ("block of soft matching", soft || lifted, soft_words, "on"),
        ("block of takeover by hard matching", hard, on(hard), "on"),
        (
            "last synchronization",
            hours < 24,
            format!("{last:.0}"),
            "within 24 hours before the snapshot",
        ),
    ];
    let met = conditions.iter().filter(|(_, holds, ..)| *holds).count();
    let lacking: Vec<&str> =
        conditions.iter().filter(|(_, holds, ..)| !holds).map(|(name, ..)| *name).collect();
    let summary = format!("{met} of 4 conditions hold; lacking: {}.", lacking.join(", "));
    let finding = if lacking.is_empty() {
        Finding::pass("All four conditions of a narrow, living bridge hold.")
    } else if hours > DEAD_HOURS {
        Finding::fail(format!("Nothing was synchronized for {} days.", hours / 24))
    } else if met == 0 {
        Finding::fail(summary)
    } else {
        Finding::partial(ratio(met, 4), summary)
    };
    Ok(finding.would_pass_if(format!("these were as expected: {}", lacking.join(", "))).with(
        conditions.iter().map(|(name, holds, observed, expected)| {
            Evidence::setting(name, observed.as_str(), if *holds { "" } else { *expected })
        }),
    ))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn with(last: &str, hashes: &Value, soft: bool, hard: bool) -> Fixture {
        Fixture::exemplary()
            .with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
            .with_member(Data::Organization, "onPremisesLastSyncDateTime", &json!(last))
            .set(
                Data::OnPremisesSynchronization,
                json!([{ "id": TENANT, "features": {
                    "passwordSyncEnabled": hashes, "blockSoftMatchEnabled": soft,
                    "blockCloudObjectTakeoverThroughHardMatchEnabled": hard
                } }]),
            )
    }

    const NOW_ISH: &str = "2026-11-01T01:40:00Z";
    const YESTERDAY: &str = "2026-10-31T02:00:00Z";

    #[test]
    fn verdicts() {
        let (yes, no) = (&json!(true), &json!(false));
        let attested =
            "[[attestation]]\ncontrol = \"hybrid-hardening\"\nby = \"Sam\"\non = 2026-10-01";
        check(&CONTROL)
            .not_applicable("cloud-only", NotApplicableReason::NoPopulation, Fixture::exemplary())
            .passes("all", with(NOW_ISH, yes, true, true))
            .partial("no hashes", 0.75, with(NOW_ISH, no, true, true))
            .partial("soft matching", 0.75, with(NOW_ISH, yes, false, true))
            .passes(
                "soft matching for a migration",
                with(NOW_ISH, yes, false, true).declare(attested),
            )
            .partial("a day old", 0.75, with(YESTERDAY, yes, true, true))
            .partial("only alive", 0.25, with(NOW_ISH, no, false, false))
            .fails("none", with(YESTERDAY, no, false, false))
            .fails_on(
                "eight days old",
                with("2026-10-24T00:00:00Z", yes, true, true),
                &["last synchronization"],
            );
    }

    #[test]
    fn unreadable() {
        let full = || with(NOW_ISH, &json!(true), true, true);
        for data in [Data::Organization, Data::OnPremisesSynchronization] {
            let fixture = full().forbidden(data);
            check(&CONTROL).unknown(data.name(), UnknownReason::Permission, fixture);
        }
        check(&CONTROL).unknown(
            "a feature untold",
            UnknownReason::FieldMissing,
            with(NOW_ISH, &Value::Null, true, true),
        );
    }
}
