//! Privileged access management: sensitive Exchange tasks need approval.

use model::{Data, Evidence, Gap, Plan, Severity};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pam-exchange-approval",
    title: "Sensitive Exchange Online tasks need approval",
    severity: Severity::Low,
    kind: Kind::AutomaticAndAttested,
    license: License::AnyOf(&[Plan::CustomerLockbox], &[]),
    reads: &[
        Data::ExchangeOrganizationConfig,
        Data::ExchangeElevatedAccessApprovalPolicies,
        Data::SubscribedSkus,
    ],
    rationale: "A mail flow rule or a journal rule copies everybody's mail; nobody should be able \
        to create one alone, at any hour.",
    passes_when: "Privileged access management is on (`ElevatedAccessControl` of \
        `Get-OrganizationConfig` is set), an approver group is set, and at least one policy of \
        `Get-ElevatedAccessApprovalPolicy` asks for manual approval. On with automatic policies \
        only, or none, is partial. Where the service does not tell, an attestation in the profile \
        counts. It covers Exchange Online tasks only.",
    remediation: &[
        "Create a mail-enabled security group of approvers with at least two members.",
        "Switch privileged access management on with that group.",
        "Add a policy with manual approval for tasks such as journal, transport and inbox rules.",
        "Microsoft 365 admin center > Settings > Org settings > Security & privacy > Privileged \
            access.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::Nist80053, &["AC-6(1)"])],
    judge,
};

const STATEMENT: &str =
    "privileged access management is on, and sensitive Exchange tasks need manual approval.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judgement has this type")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let attested = || attestation::judge(context, CONTROL.id, STATEMENT, attestation::YEAR);
    let config = context.tenant.exchange.organization_config.one();
    let Some(switch) = config.as_ref().ok().and_then(|one| one.elevated_access_control.as_ref())
    else {
        return Ok(attested());
    };
    let setting = switch.to_string();
    let is_off = switch.is_null()
        || ["false", "\"\"", "\"false\"", "\"disabled\""]
            .contains(&setting.to_lowercase().as_str());
    if is_off {
        return Ok(Finding::fail("Privileged access management is off.")
            .with([Evidence::setting("ElevatedAccessControl", "off", "on, with an approver group")])
            .would_pass_if(
                "it were on, with an approver group and a policy with manual approval",
            ));
    }
    let Ok(policies) = context.tenant.exchange.elevated_access_approval_policies.read() else {
        return Ok(attested());
    };
    let is = |text: &Option<String>, word: &str| {
        text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let manual = policies.iter().filter(|policy| is(&policy.approval_type, "Manual")).count();
    let group = policies
        .iter()
        .filter_map(|policy| policy.approver_group.as_deref())
        .find(|group| !group.is_empty());
    // The switch itself holds the default group, by address.
    let has_group = group.is_some() || setting.contains('@');
    let number = count(manual, "policy asks", "policies ask");
    let evidence = policies.iter().map(|policy| {
        let task = policy.task.as_deref().unwrap_or("policy");
        let kind = policy.approval_type.as_deref().unwrap_or("unknown");
        Evidence::setting(task, format!("approval: {kind}"), "")
    });
    let finding = if manual > 0 && has_group {
        Finding::pass(format!(
            "Privileged access management is on, and {number} for manual approval."
        ))
    } else {
        let expected = "an approver group and a policy with manual approval";
        Finding::partial(
            0.5,
            format!("Privileged access management is on, but {number} for manual approval."),
        )
        .with([Evidence::setting("ElevatedAccessControl", number.clone(), expected)])
        .would_pass_if("an approver group were set and a policy asked for manual approval")
    };
    Ok(finding.with(evidence))
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, Verdict};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn switched(value: &Value) -> Fixture {
        Fixture::exemplary().with_member(
            Data::ExchangeOrganizationConfig,
            "ElevatedAccessControl",
            value,
        )
    }

    fn policy(kind: &str, group: &Value) -> Fixture {
        switched(&json!("Enabled")).set(
            Data::ExchangeElevatedAccessApprovalPolicies,
            json!([{ "Task": "Exchange\\New-MoveRequest", "ApproverGroup": group, "ApprovalType": kind }]),
        )
    }

    fn untold() -> Fixture {
        Fixture::exemplary().edit(Data::ExchangeOrganizationConfig, |config| {
            config[0].as_object_mut().unwrap().remove("ElevatedAccessControl");
        })
    }

    fn attested(fixture: Fixture) -> Fixture {
        fixture.declare(
            "[[attestation]]\ncontrol = \"pam-exchange-approval\"\nby = \"Sam\"\non = 2026-10-01",
        )
    }

    #[test]
    fn verdicts() {
        let group = &json!("approvers@larkspur.example");
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("off", switched(&Value::Null), &["ElevatedAccessControl"])
            .fails("off in words", switched(&json!("False")))
            .fails("an attestation never mends what was read", attested(switched(&Value::Null)))
            .passes("manual approval", policy("Manual", group))
            .partial("automatic approval", 0.5, policy("Auto", group))
            .partial("no approver group", 0.5, policy("Manual", &Value::Null))
            .partial(
                "no policy",
                0.5,
                switched(&json!("Enabled"))
                    .set(Data::ExchangeElevatedAccessApprovalPolicies, json!([])),
            );
    }

    #[test]
    fn where_the_service_does_not_tell_people_may() {
        let refused = || Fixture::exemplary().forbidden(Data::ExchangeOrganizationConfig);
        check(&CONTROL)
            .is("no such member", Verdict::Unattested, untold())
            .is("attested", Verdict::Attested, attested(untold()))
            .is("refused", Verdict::Unattested, refused())
            .is("refused, attested", Verdict::Attested, attested(refused()))
            .is(
                "policies refused",
                Verdict::Unattested,
                Fixture::exemplary().forbidden(Data::ExchangeElevatedAccessApprovalPolicies),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::CustomerLockbox]),
            );
    }
}
