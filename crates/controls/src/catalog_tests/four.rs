//! Four properties of every control: it passes on a tenant that meets it, fails with exactly one
//! thing broken, is unknown without what it reads, and not applicable without the license.

use std::collections::BTreeSet;

use model::{Data, NotApplicableReason, Plan, Reason, Verdict};

use super::tenants::{broken, met, where_it_matters};
use crate::{Control, Kind, License, catalog};

/// Fails with all that is wrong, not the first of it.
fn none_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_tenant_that_meets_a_control_passes_it() {
    let mut wrong = Vec::new();
    for control in catalog() {
        let finding = met(control.id).judge(control);
        let good = match control.kind {
            Kind::Attestation => matches!(finding.verdict, Verdict::Pass | Verdict::Attested),
            _ => finding.verdict == Verdict::Pass,
        };
        if !good || finding.credit != Some(1.0) || finding.would_pass_if.is_some() {
            wrong.push(format!("{}: {}: {}", control.id, finding.verdict.word(), finding.summary));
        }
    }
    none_wrong(&wrong);
}

/// Controls that nothing readable can fail, with the reason.
const NEVER_FAILS: [(&str, &str); 1] = [(
    "emerg-not-daily-use",
    "it fails on sign-ins of several days, and only the last one is recorded",
)];

#[test]
fn with_one_thing_broken_it_fails_and_says_what() {
    let mut wrong = Vec::new();
    for control in catalog() {
        let finding = broken(control.id).judge(control);
        let bad = match control.kind {
            _ if NEVER_FAILS.iter().any(|(id, _)| *id == control.id) => {
                finding.verdict == Verdict::Partial
            }
            Kind::Automatic => finding.verdict == Verdict::Fail,
            _ => matches!(finding.verdict, Verdict::Fail | Verdict::AttestedNo),
        };
        let told = !finding.evidence.is_empty() && finding.would_pass_if.is_some();
        if !bad || !told || finding.credit.is_none_or(|credit| credit >= 1.0) {
            wrong.push(format!("{}: {}: {}", control.id, finding.verdict.word(), finding.summary));
        }
    }
    none_wrong(&wrong);
}

/// Read whatever is judged: what tells the licenses of a tenant; what lends names and kinds to
/// principals; and what no collector asks for and importers may give.
const ALWAYS: [Data; 8] = [
    Data::SubscribedSkus,
    Data::ExchangeMailboxes,
    Data::UserRegistrationDetails,
    Data::RoleEligibilityScheduleInstances,
    Data::ServicePrincipals,
    Data::MfaServiceSettings,
    Data::ApplicationGroups,
    Data::UserHomeTenants,
];

#[test]
fn it_reads_nothing_that_it_does_not_say() {
    none_wrong(&by_quarters(|control| {
        let mut tenants = vec![met(control.id), broken(control.id)];
        tenants.extend(control.reads.iter().map(|data| where_it_matters(*data, met(control.id))));
        tenants.push(met(control.id).with_security_defaults());
        tenants.push(met(control.id).unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]));
        let mut read: BTreeSet<Data> =
            tenants.iter().flat_map(|tenant| tenant.read_by(control)).collect();
        read.retain(|data| !control.reads.contains(data) && !ALWAYS.contains(data));
        read.into_iter().map(|data| format!("{} reads {data}", control.id)).collect()
    }));
}

#[test]
fn without_what_it_reads_it_is_unknown() {
    none_wrong(&by_quarters(holes));
}

/// What is wrong with each control, looked for by several threads.
fn by_quarters(look: impl Fn(&'static Control) -> Vec<String> + Sync) -> Vec<String> {
    let controls: Vec<&'static Control> = catalog().collect();
    std::thread::scope(|scope| {
        let quarters = controls.chunks(controls.len().div_ceil(4));
        let look = |quarter: &[&'static Control]| -> Vec<String> {
            quarter.iter().flat_map(|control| look(control)).collect()
        };
        let running: Vec<_> = quarters.map(|quarter| scope.spawn(move || look(quarter))).collect();
        running.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

/// Where taking a dataset away does not make the verdict unknown and nobody said why, or makes it
/// another one.
fn holes(control: &'static Control) -> Vec<String> {
    let mut wrong = Vec::new();
    for data in control.reads {
        let tenants =
            [met(control.id), broken(control.id), where_it_matters(*data, met(control.id))];
        let mut matters = false;
        for tenant in tenants {
            let before = tenant.judge(control);
            let after = tenant.forbidden(*data).judge(control);
            let asks = matches!(after.verdict, Verdict::Unattested | Verdict::Expired);
            if after.verdict == Verdict::Unknown {
                matters = true;
                break;
            }
            if after.verdict != before.verdict && !asks {
                let verdicts = (before.verdict.word(), after.verdict.word());
                wrong.push(format!("{} without {data}: {verdicts:?}", control.id));
            }
        }
        if !matters && !is_decided_without(control, *data) {
            wrong.push(format!("{} without {data} is never unknown", control.id));
        }
    }
    wrong
}

/// Why a verdict stands without a dataset that the control reads, on every tenant above: by dataset,
/// and for which controls; an empty list: any.
const DECIDED_WITHOUT: &[(&[Data], &[&str], &str)] = &[
    (
        &[Data::Groups, Data::GroupMembers],
        &[],
        "matter where a policy, rule, role or the profile names a group; \
         `directory::resolve`, `recipients` and `reach` test the holes there",
    ),
    (
        &[
            Data::RoleDefinitions,
            Data::RoleAssignments,
            Data::RoleAssignmentScheduleInstances,
            Data::RoleEligibilityScheduleInstances,
            Data::GroupEligibilityScheduleInstances,
        ],
        &[],
        "tell who synchronizes and who is an administrator, which matters where such an account is \
         short of something or a policy names a role; a hole among administrators is one in every \
         control that judges them",
    ),
    (&[Data::ServicePrincipals], &[], "lend names, and tell kinds of principals apart"),
    (
        &[Data::ExchangeMailboxes, Data::SignInActivity],
        &[],
        "tell shared mailboxes from people: without them accounts that are in use are kept, and a \
         note says so",
    ),
    (&[Data::CrossTenantAccessPolicy], &[], "matters for accounts from elsewhere"),
    (&[Data::NamedLocations], &[], "matters where a policy names a place"),
    (&[Data::AuthenticationStrengthPolicies], &[], "policies bring along what a strength allows"),
    (&[Data::SubscribedSkus], &[], "decides what applies, not whether it holds"),
    (&[Data::Users], &[], "lends names here, or decides only whom something else is about"),
    (
        &[Data::UserAuthenticationRequirements],
        &[],
        "per-user MFA makes no difference to whom policies hold already",
    ),
    (
        &[Data::SecurityDefaults, Data::ConditionalAccessPolicies],
        &[
            "ca-exclusions-controlled",
            "ca-policy-hygiene",
            "ca-location-bypass",
            "priv-dedicated-accounts",
            "pim-activation-mfa",
            "emerg-accounts-exist",
            "exo-shared-mailbox-signin-blocked",
            "att-privileged-workstation",
        ],
        "enabled policies rule security defaults out; the others ask only where a role is activated \
         with a context, candidates are looked for, or a mailbox can be signed in to",
    ),
    (
        &[Data::UserRegistrationDetails, Data::UserAuthenticationMethods],
        &["mfa-", "ca-", "emerg-ca-excluded", "emerg-strong-auth"],
        "one stands in for the other, or is shown beside the verdict",
    ),
    (
        &[Data::RoleManagementPolicyAssignments],
        &["base-", "mfa-", "ca-", "priv-dedicated-accounts"],
        "matter where an eligible administrator is reached by a role alone",
    ),
    (
        &[
            Data::ExchangeAuthenticationPolicies,
            Data::ExchangeOrganizationConfig,
            Data::ExchangeTransportConfig,
            Data::ExchangeCasMailboxes,
            Data::ExchangeCasMailboxPlans,
            Data::ExchangeUsers,
            Data::ExchangeVipUsers,
        ],
        &["legacy-", "preset-strict-priority-accounts"],
        "the controls on legacy authentication share one list; each asks for these where what \
         comes first does not decide",
    ),
    (
        &[Data::ExchangeOrganizationConfig, Data::ExchangeElevatedAccessApprovalPolicies],
        &["pam-exchange-approval"],
        "one that was not read leaves it to people",
    ),
    (
        &[
            Data::ExchangeAtpProtectionPolicyRules,
            Data::ExchangeAtpBuiltInProtectionRules,
            Data::ExchangeSafeLinksPolicies,
            Data::ExchangeSafeLinksRules,
            Data::ExchangeSafeAttachmentPolicies,
            Data::ExchangeSafeAttachmentRules,
        ],
        &["preset-strict-priority-accounts"],
        "are read with Defender for Office 365 only, which these tenants lack",
    ),
    (
        &[Data::Organization],
        &["base-", "emerg-configuration", "pw-"],
        "tells how old the tenant is",
    ),
    (&[Data::Domains], &["mfa-", "vip-"], "matter for accounts that registered nothing"),
    (&[Data::OnPremisesSynchronization], &["risk-"], "is a note on password writeback"),
    (
        &[Data::DirectoryAudits, Data::DiagnosticSettings, Data::ExchangeProtectionAlerts],
        &["base-rollout-completed", "log-review-routine", "emerg-monitored", "log-siem-export"],
        "are hints beside what people confirm, or leave it to them",
    ),
    (&[Data::AppRoleAssignments], &["log-siem-export"], "is a hint beside what people confirm"),
    (&[Data::RiskNotifications], &["risk-alert-recipients"], "leaves it to people"),
    (
        &[Data::ExchangeHostedContentFilterRules, Data::ExchangeHostedOutboundSpamFilterRules],
        &["preset-bypass-lists", "exo-auto-forward-blocked"],
        "matter where a custom policy is loose",
    ),
    (&[Data::PermissionGrantPolicies], &["app-user-consent"], "tell what an own policy allows"),
    (&[Data::AppManagementPolicy], &["app-default-user-rights"], "is a note that is not scored"),
    (&[Data::AuthorizationPolicy], &["mfa-guests-required"], "matters where there is no guest"),
    (&[Data::UserHomeTenants], &["vip-signin-strength"], "no collector asks for it"),
];

fn is_decided_without(control: &Control, data: Data) -> bool {
    DECIDED_WITHOUT.iter().any(|(sets, controls, _)| {
        let named = controls.iter().any(|id| control.id.starts_with(id));
        sets.contains(&data) && (controls.is_empty() || named)
    })
}

#[test]
fn no_reason_speaks_of_what_nobody_reads() {
    for (sets, controls, reason) in DECIDED_WITHOUT {
        for data in *sets {
            let mut reading = catalog().filter(|control| control.reads.contains(data));
            let named = |control: &Control| controls.iter().any(|id| control.id.starts_with(id));
            assert!(
                reading.any(|control| controls.is_empty() || named(control)),
                "nobody reads {data}: {reason}"
            );
        }
    }
}

/// The plans and those that imply one of them.
fn with_implying(plans: &[Plan]) -> Vec<Plan> {
    let mut all = plans.to_vec();
    for (plan, implying) in [
        (Plan::EntraIdP1, Plan::EntraIdP2),
        (Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2),
    ] {
        all.extend(plans.contains(&plan).then_some(implying));
    }
    all
}

#[test]
fn without_the_license_it_does_not_apply() {
    let mut wrong = Vec::new();
    for control in catalog() {
        let (License::AnyOf(plans, _) | License::AllOf(plans, _)) = control.license else {
            continue;
        };
        for fixture in [met(control.id), broken(control.id)] {
            let finding = fixture.unlicensed(&with_implying(plans)).judge(control);
            let reason = Some(Reason::NotApplicable(NotApplicableReason::License));
            if (finding.verdict, finding.reason) != (Verdict::NotApplicable, reason) {
                let verdict = finding.verdict.word();
                wrong.push(format!("{}: {verdict}: {}", control.id, finding.summary));
            }
        }
    }
    none_wrong(&wrong);
}
