//! Just-in-time access: becoming Global Administrator needs a second person.

use std::collections::BTreeSet;

use model::{
    Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, NotApplicableReason, Plan, Severity, SubjectKind,
};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{is_enabled, role_data};
use crate::finding::{Finding, count, some_names};
use crate::role_settings::RoleSettings;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-ga-approval",
    title: "Becoming Global Administrator needs a second person",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::EntraIdP2, Plan::EntraIdGovernance],
        &["priv-global-admin-count", "priv-finer-roles"],
    ),
    reads: role_data![RoleManagementPolicyAssignments],
    rationale: "Somebody who has stolen one account then needs a second person to say yes, and that \
        person learns of it.",
    passes_when: "Activating Global Administrator and activating Privileged Role Administrator both \
        require approval by at least two enabled approvers, not all of whom are themselves eligible \
        for the role. Where only one person can approve, the profile may attest a second one, such \
        as the managing partner. Approval for Global Administrator alone, a single approver, or the \
        default approvers are partial. Not applicable when nobody but emergency access accounts is \
        Global Administrator, active or eligible.",
    remediation: &[
        "Choose at least two people who can judge a request and are reachable when it comes.",
        "Require approval in the settings of Global Administrator and of Privileged Role \
            Administrator, and select them.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Settings > Activation.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.3.4", "5.3.5"]),
        (Framework::CisaScuba, &["MS.AAD.7.6v1"]),
        (Framework::Nist80053, &["AC-6(1)"]),
    ],
    judge,
};

const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";

/// What activation of one role requires.
enum Approval {
    /// Nobody's approval.
    None,
    /// Approval that falls short of what passes; why.
    Weak(String),
    /// Approval as it should be; by whom.
    Full(String),
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let emergency = context.emergency()?;
    let holders = context.directory()?.holders()?.complete()?;
    let mut somebody = false;
    for holder in holders.iter().filter(|holder| holder.role == GLOBAL_ADMINISTRATOR) {
        if let Some(user) = holder.principal.user() {
            somebody |= is_enabled(user)? && !emergency.recognizes(&user.id);
        }
    }
    if !somebody {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "Nobody but emergency access accounts is Global Administrator, active or eligible.",
        ));
    }
    let roles = [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];
    let mut evidence = Vec::new();
    let mut approvals = Vec::new();
    for role in roles {
        let settings = RoleSettings::of(context, role)?;
        let approval = approval(context, &settings)?;
        let (observed, expected) = match &approval {
            Approval::None => ("activation needs no approval", "approval by two people"),
            Approval::Weak(why) => (why.as_str(), "approval by two people"),
            Approval::Full(by) => (by.as_str(), ""),
        };
        evidence.push(Evidence::new(SubjectKind::Role, role, settings.name(), observed, expected));
        approvals.push(approval);
    }
    let finding = match approvals.as_slice() {
        [Approval::Full(_), Approval::Full(_)] => Finding::pass(
            "Global Administrator and Privileged Role Administrator are activated with approval only.",
        ),
        [Approval::None, _] => {
            Finding::fail("Global Administrator is activated without anybody's approval.")
        }
        [_, Approval::None] => Finding::partial(
            0.5,
            "Global Administrator needs approval, Privileged Role Administrator, which can assign \
             it, does not.",
        ),
        _ => Finding::partial(0.5, "Approval is required, but too few people can give it."),
    };
    Ok(finding
        .would_pass_if("both roles required approval, each by at least two enabled approvers")
        .with(evidence)
        .with(attestation::newest(context, CONTROL.id).map(attestation::evidence)))
}

fn approval(context: &Context<'_>, settings: &RoleSettings<'_>) -> Result<Approval, Gap> {
    let rule = settings.rule("Approval_EndUser_Assignment")?;
    let missing = || settings.lacks("whether approval is required");
    let setting = rule.setting.as_ref().ok_or_else(missing)?;
    if !setting.is_approval_required.ok_or_else(missing)? {
        return Ok(Approval::None);
    }
    let listed: Vec<_> =
        setting.approval_stages.iter().flat_map(|stage| &stage.primary_approvers).collect();
    if listed.is_empty() {
        return Ok(Approval::Weak(
            "no approver is named, so that other administrators approve".to_owned(),
        ));
    }
    let directory = context.directory()?;
    let mut approvers = BTreeSet::new();
    for approver in listed {
        if let Some(user) = approver.user_id.as_ref().and_then(|id| directory.user(id)) {
            approvers.insert(&user.id);
        } else if let Some(group) = &approver.group_id {
            approvers.extend(directory.users_in(group)?.into_iter().map(|user| &user.id));
        }
    }
    for user in approvers.clone().into_iter().filter_map(|id| directory.user(id)) {
        if !is_enabled(user)? {
            approvers.remove(&user.id);
        }
    }
    let requesters: BTreeSet<&Id> = directory
        .holders()?
        .complete()?
        .iter()
        .filter(|one| one.role == settings.role && !one.is_active())
        .map(|one| one.principal.id())
        .collect();
    let names =
        some_names(approvers.iter().filter_map(|id| directory.user(id)).map(model::User::name));
    let by = count(approvers.len(), "enabled approver", "enabled approvers");
    let by = if names.is_empty() { by } else { format!("{by}: {names}") };
    let attested = attestation::holds(context, CONTROL.id, attestation::YEAR);
    Ok(if approvers.len() < 2 && !(attested && approvers.len() == 1) {
        Approval::Weak(by)
    } else if approvers.is_subset(&requesters) {
        Approval::Weak(format!("{by}; all of them may activate the role themselves"))
    } else {
        Approval::Full(by)
    })
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The approval rule of these roles changed.
    fn with(roles: &[&str], change: impl Fn(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(Data::RoleManagementPolicyAssignments, |records| {
            for record in records.iter_mut() {
                if roles.contains(&record["roleDefinitionId"].as_str().unwrap()) {
                    change(&mut record["policy"]["rules"][4]["setting"]);
                }
            }
        })
    }

    fn off(roles: &[&str]) -> Fixture {
        with(roles, |setting| setting["isApprovalRequired"] = json!(false))
    }

    const BOTH: [&str; 2] = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN];

    fn by(users: &[&str]) -> Fixture {
        let single =
            |id: &&str| json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": id });
        let approvers: Vec<Value> = users.iter().map(single).collect();
        with(&BOTH, |setting| {
            setting["approvalStages"] = json!([{ "primaryApprovers": approvers }]);
        })
    }

    #[test]
    fn verdicts() {
        let attested =
            "[[attestation]]\ncontrol = \"pim-ga-approval\"\nby = \"Sam\"\non = 2026-10-01\n";
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("not required", off(&BOTH), &BOTH)
            .fails_on("not for Global Administrator", off(&BOTH[..1]), &BOTH[..1])
            .partial("for Global Administrator only", 0.5, off(&BOTH[1..]))
            .passes("two people by name", by(&[PERSON_1, PERSON_2]))
            .partial("one person", 0.5, by(&[PERSON_1]))
            .passes("one person and the partner", by(&[PERSON_1]).declare(attested))
            .partial("nobody named", 0.5, by(&[]))
            .partial("nobody named, attested", 0.5, by(&[]).declare(attested))
            .partial("a blocked one", 0.5, by(&[PERSON_1, SHARED]))
            .partial("one who left", 0.5, by(&[PERSON_1, APP]))
            .partial(
                "only those who ask",
                0.5,
                by(&[ADMIN_1, ADMIN_2])
                    .add(Data::RoleEligibilityScheduleInstances, eligible(ADMIN_2, GLOBAL_ADMIN)),
            )
            .not_applicable(
                "only emergency access accounts",
                NotApplicableReason::NoPopulation,
                off(&BOTH).edit(Data::RoleEligibilityScheduleInstances, |records| {
                    records.remove(0);
                }),
            );
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in [
            Data::RoleManagementPolicyAssignments,
            Data::RoleEligibilityScheduleInstances,
            Data::GroupMembers,
            Data::Users,
        ] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .unknown(
                "no setting",
                UnknownReason::FieldMissing,
                with(&BOTH, |setting| *setting = Value::Null),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2]),
            );
    }
}
