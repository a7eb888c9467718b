//! Logs and alerts: logs are kept long enough.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind, UnifiedAuditLogRetentionPolicy};

use crate::attestation::{self, YEAR};
use crate::context::Context;
use crate::control::source::{S2, S4};
use crate::finding::Finding;
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-retention",
    title: "Logs are kept for a year",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: &[
        Data::ExchangeAdminAuditLogConfig,
        Data::ExchangeUnifiedAuditLogRetentionPolicies,
        Data::SubscribedSkus,
        Data::Users,
    ],
    rationale: "Intrusions are often found months later. Microsoft Entra ID keeps its own logs for \
        7 days, or 30 with a premium license.",
    passes_when: "The unified audit log records and keeps everything for `audit-retention` days \
        (365) or longer: by retention policies, or by Audit (Premium) where no policy is shorter. \
        Or it keeps the standard 180 days, and a confirmed export keeps Entra sign-in, Entra audit \
        and unified audit logs for a year. 180 days alone are partial; less, and no recording, is \
        a fail.",
    remediation: &[
        "Export Entra sign-in and audit logs to storage or a SIEM that keeps them for a year.",
        "With Audit (Premium), create an audit log retention policy of a year for everything.",
        "Delete policies that keep records for less than 180 days.",
        "Microsoft Purview portal > Audit > Audit retention policies; Entra admin center > \
         Monitoring & health > Diagnostic settings.",
    ],
    effort: 2,
    sources: &[S2, S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.SECURITYSUITE.5.2v1"]),
        (Framework::Nist80053, &["AU-11"]),
    ],
    judge,
};

const STATEMENT: &str = "Entra sign-in logs, Entra audit logs and the unified audit log are exported \
    and kept for a year; name the destination.";

/// Days that Microsoft keeps records without a policy.
const STANDARD: i32 = 180;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if !context.has(Plan::ExchangeOnline)? {
        return Ok(attestation::judge(context, CONTROL.id, STATEMENT, YEAR));
    }
    let config = &context.tenant.exchange.admin_audit_log_config;
    let name = "UnifiedAuditLogIngestionEnabled";
    let recording = config.one().and_then(|config| {
        let missing = || Gap::field(Data::ExchangeAdminAuditLogConfig, name);
        config.unified_audit_log_ingestion_enabled.ok_or_else(missing)
    });
    if recording == Ok(false) {
        return Ok(Finding::fail("The unified audit log is off, so that nothing is kept.")
            .with([Evidence::setting(name, "false", "true")])
            .would_pass_if("recording were started and records were kept for a year"));
    }
    let kept = Kept::of(context)?;
    if kept.days >= STANDARD {
        recording?;
    }
    let target = context.tenant.profile.threshold("audit-retention", f64::from(YEAR));
    let exported = attestation::newest(context, CONTROL.id)
        .filter(|_| attestation::holds(context, CONTROL.id, YEAR));
    let (days, by) = (kept.days, &kept.by);
    let finding = if days < STANDARD {
        Finding::fail(format!("Some audit records are kept for {days} days only, by {by}."))
    } else if f64::from(days) >= target {
        Finding::pass(format!("Audit records are kept for {days} days, by {by}."))
    } else if exported.is_some() {
        Finding::pass(format!(
            "Audit records are kept for {days} days, and exported logs for a year."
        ))
    } else {
        Finding::partial(0.5, format!("Audit records are kept for {days} days, by {by}."))
    };
    let too_short = f64::from(days) < target && exported.is_none() || days < STANDARD;
    let expected = if too_short { format!("{target} days") } else { String::new() };
    Ok(finding
        .with([Evidence::new(SubjectKind::Policy, by, by, format!("keeps {days} days"), expected)])
        .with(exported.map(attestation::evidence))
        .with(kept.shortfall)
        .would_pass_if(format!(
            "all audit records were kept for {target} days, or an export of Entra \
            and unified audit logs that keeps them so long were confirmed"
        )))
}

/// How long every audit record is kept at least, and by what.
struct Kept {
    days: i32,
    by: String,
    /// Fewer seats of Audit (Premium) than people.
    shortfall: Option<Evidence>,
}

impl Kept {
    /// The first policy by priority that speaks of a record decides; after one for everything
    /// nothing else does.
    fn of(context: &Context<'_>) -> Result<Self, Gap> {
        let data = Data::ExchangeUnifiedAuditLogRetentionPolicies;
        let policies = context.tenant.exchange.unified_audit_log_retention_policies.read()?;
        let mut in_force = Vec::new();
        for policy in policies.iter().filter(|policy| policy.enabled != Some(false)) {
            let missing = || Gap::field(data, "Priority");
            in_force.push((policy.priority.ok_or_else(missing)?, policy));
        }
        in_force.sort_by_key(|(priority, policy)| (*priority, &policy.name));
        let (mut shortest, mut untold): (Option<(i32, String)>, _) = (None, None);
        let mut whole = false;
        for (_, policy) in in_force {
            match days(policy) {
                Some(days) if shortest.as_ref().is_none_or(|(least, _)| days < *least) => {
                    shortest = Some((days, format!("the policy {}", policy.name)));
                }
                Some(_) => {}
                None => untold = Some(Gap::field(data, "RetentionDuration")),
            }
            whole = policy.record_types.is_empty()
                && policy.operations.is_empty()
                && policy.user_ids.is_empty();
            if whole {
                break;
            }
        }
        let mut shortfall = None;
        if !whole {
            let is_premium = context.has(Plan::AuditPremium)?;
            let (base, by) = if is_premium {
                shortfall = seats_short(context);
                (YEAR, "the default policy of Audit (Premium)")
            } else {
                (STANDARD, "the standard of Microsoft Purview")
            };
            if shortest.as_ref().is_none_or(|(least, _)| base < *least) {
                shortest = Some((base, by.to_owned()));
            }
        }
        match (shortest, untold) {
            (Some((days, by)), None) => Ok(Self { days, by, shortfall }),
            (Some((days, by)), Some(_)) if days < STANDARD => Ok(Self { days, by, shortfall }),
            (_, gap) => Err(gap.unwrap_or_else(|| Gap::field(data, "RetentionDuration"))),
        }
    }
}

/// Days that the policy keeps records; `None` for a word that this version does not know.
fn days(policy: &UnifiedAuditLogRetentionPolicy) -> Option<i32> {
    Some(match policy.retention_duration.as_deref()? {
        "SevenDays" => 7,
        "OneMonth" => 30,
        "ThreeMonths" => 90,
        "SixMonths" => STANDARD,
        "NineMonths" => 270,
        "TwelveMonths" => YEAR,
        "ThreeYears" => 3 * YEAR,
        "FiveYears" => 5 * YEAR,
        "SevenYears" => 7 * YEAR,
        "TenYears" => 10 * YEAR,
        _ => return None,
    })
}

/// The fact that not everybody has a seat of Audit (Premium); it changes no verdict.
fn seats_short(context: &Context<'_>) -> Option<Evidence> {
    let seats = context.licenses().ok()?.seats(Plan::AuditPremium);
    let users = context.directory().ok()?.users();
    let people = users.filter(|user| user.is_enabled() && !user.is_guest()).count();
    let short = usize::try_from(seats).is_ok_and(|seats| seats < people);
    short.then(|| {
        let words = Plan::AuditPremium.words();
        let observed = format!("license shortfall: {seats} seats, {people} users");
        Evidence::context(SubjectKind::License, words, words, observed)
    })
}

#[cfg(test)]
mod tests {
    use model::UnknownReason::{FieldMissing, Permission};
    use model::Verdict;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::ExchangeUnifiedAuditLogRetentionPolicies;

    fn policies(policies: &[Value]) -> Fixture {
        Fixture::exemplary().set(DATA, json!(policies))
    }

    fn policy(priority: u32, duration: &str, records: &Value) -> Value {
        json!({ "Name": duration, "Priority": priority, "RetentionDuration": duration,
                "RecordTypes": records, "Operations": [], "UserIds": [] })
    }

    fn standard(fixture: Fixture) -> Fixture {
        fixture.unlicensed(&[Plan::AuditPremium])
    }

    fn attested(fixture: Fixture, on: &str) -> Fixture {
        fixture.declare(&format!(
            "[[attestation]]\ncontrol = \"log-retention\"\nby = \"Sam\"\non = {on}"
        ))
    }

    #[test]
    fn verdicts() {
        let all = Value::Null;
        let one = json!("ExchangeItem");
        let config = Data::ExchangeAdminAuditLogConfig;
        let recording = |value: Value| {
            Fixture::exemplary().with_member(config, "UnifiedAuditLogIngestionEnabled", &value)
        };
        check(&CONTROL)
            .passes("a year for everything", standard(Fixture::exemplary()))
            .passes("Audit (Premium) without a policy", policies(&[]))
            .partial("the standard", 0.5, standard(policies(&[])))
            .partial(
                "a year for some records",
                0.5,
                standard(policies(&[policy(1, "TwelveMonths", &one)])),
            )
            .fails_on(
                "shortened for some records",
                policies(&[policy(1, "ThreeMonths", &one), policy(2, "TenYears", &all)]),
                &["the policy ThreeMonths"],
            )
            .passes(
                "a policy for everything goes first",
                policies(&[policy(3, "ThreeMonths", &one), policy(2, "TenYears", &all)]),
            )
            .partial(
                "less than a year for some",
                0.5,
                policies(&[policy(1, "NineMonths", &one), policy(2, "TenYears", &all)]),
            )
            .passes(
                "a policy that is switched off",
                policies(&[policy(1, "ThreeMonths", &one)]).with_member(
                    DATA,
                    "Enabled",
                    &json!(false),
                ),
            )
            .fails("nothing is recorded", recording(json!(false)))
            .fails("nothing is recorded, policies unread", recording(json!(false)).forbidden(DATA))
            .unknown("no word on recording", FieldMissing, recording(Value::Null))
            .unknown("a word we do not know", FieldMissing, policies(&[policy(1, "Forever", &all)]))
            .fails(
                "a word we do not know beside a short one",
                policies(&[policy(1, "Forever", &one), policy(2, "OneMonth", &one)]),
            )
            .unknown("policies unread", Permission, Fixture::exemplary().forbidden(DATA))
            .unknown("recording unread", Permission, Fixture::exemplary().forbidden(config))
            .fails(
                "shortened, and recording unread",
                policies(&[policy(1, "ThreeMonths", &one)]).forbidden(config),
            );
    }

    #[test]
    fn an_attested_export_completes_and_never_covers_a_fail() {
        let short = || policies(&[policy(1, "ThreeMonths", &json!("ExchangeItem"))]);
        let nothing = || Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline]);
        check(&CONTROL)
            .passes("beside the standard", attested(standard(policies(&[])), "2026-09-01"))
            .partial("expired", 0.5, attested(standard(policies(&[])), "2025-09-01"))
            .fails("beside a short policy", attested(short(), "2026-09-01"))
            .is("nothing but the export", Verdict::Attested, attested(nothing(), "2026-09-01"))
            .is("not even that", Verdict::Unattested, nothing());
    }

    #[test]
    fn the_target_is_the_profiles_and_a_lack_of_seats_is_told() {
        let half = standard(policies(&[])).declare("[checklist.thresholds]\naudit-retention = 180");
        check(&CONTROL).passes("180 days are enough here", half);
        let few = policies(&[]).with_member(
            Data::SubscribedSkus,
            "prepaidUnits",
            &json!({ "enabled": 2, "warning": 0 }),
        );
        let told = few.judge(&CONTROL).evidence.into_iter().map(|one| one.observed);
        assert!(told.into_iter().any(|words| words == "license shortfall: 2 seats, 8 users"));
    }
}
