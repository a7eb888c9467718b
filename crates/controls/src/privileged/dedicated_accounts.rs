//! Privileged accounts: administrators' accounts are not everyday accounts.

use std::collections::BTreeMap;

use model::{
    Data, Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, Severity, SubjectKind, UnknownReason, User,
};

use super::admins::{Admin, Admins};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::directory::{Holder, HolderState, role_data};
use crate::finding::{Finding, count, ratio, some_names};
use crate::people::last_sign_in;
use crate::pim::activation_proves_identity::{Proven, proof};
use crate::productivity::Mailboxes;
use crate::role_settings::RoleSettings;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-dedicated-accounts",
    title: "Administrators use dedicated accounts without mailbox or Office",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![
        ExchangeMailboxes,
        SignInActivity,
        RoleManagementPolicyAssignments,
        ConditionalAccessPolicies,
        NamedLocations,
        AuthenticationStrengthPolicies,
        SecurityDefaults,
        UserAuthenticationRequirements,
        CrossTenantAccessPolicy,
        ServicePrincipals,
    ],
    rationale: "Accounts are lost through mail and browsing. An account that administers should \
        have neither, so that what reaches the person does not reach the tenant.",
    passes_when: "No account that holds a privileged role without activation has a mailbox or an \
        enabled plan for Exchange, Teams, SharePoint or Office apps; plans for security and \
        management are fine. Partial with 0.75 when only eligible administrators use such accounts \
        and activation asks for MFA or an authentication context for which an enabled policy \
        demands MFA, with 0.5 when it asks for neither; partial with the share of clean accounts when no Global Administrator is \
        concerned. Tenants of up to three people never fail. Emergency access accounts are judged \
        by `emerg-not-daily-use`.",
    remediation: &[
        "Create a second, cloud-only account without a productivity license for each administrator \
            below.",
        "Move the roles to it and have it register a phishing-resistant method.",
        "Remove the roles from the everyday account.",
        "Entra admin center > Users > All users, then Roles & admins.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisM365, &["1.1.4", "1.1.1"]),
        (Framework::Maester, &["MT.1028", "MT.1111", "MT.1112"]),
        (Framework::Nist80053, &["AC-6(5)"]),
    ],
    judge,
};

/// An administrator whose account is equipped for daily work, and with what.
type Equipped<'a, 'c, 't> = (&'a Admin<'c, 't>, Vec<&'static str>);

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let admins = Admins::but_emergency(context)?;
    let mailboxes = Mailboxes::of(context);
    let mut standing: Vec<Equipped> = Vec::new();
    let mut eligible: Vec<Equipped> = Vec::new();
    let mut undecided = false;
    let mut clean = 0;
    for admin in &admins.judged {
        let equipment = mailboxes.equipment(admin.user)?;
        let stands = admin.paths.iter().any(|path| path.is_standing());
        undecided |= !equipment.is_empty() && is_undecided(admin);
        match (equipment.is_empty(), stands) {
            (true, true) => clean += 1,
            (true, false) => {}
            (false, true) => standing.push((admin, equipment)),
            (false, false) => eligible.push((admin, equipment)),
        }
    }
    // A Global Administrator that stands for certain decides whatever the others do.
    if undecided && !standing.iter().any(|(admin, _)| admin.stands_as_global()) {
        return Err(context.directory()?.holders()?.undecided());
    }
    let finding = if !standing.is_empty() {
        of_standing(context, &standing, clean)?
    } else if !eligible.is_empty() {
        of_eligible(context, &eligible)?
    } else {
        let accounts = count(admins.judged.len(), "administrator", "administrators");
        Finding::pass(format!("No account of {accounts} has a mailbox or productivity plan."))
    };
    let unread = (!mailboxes.were_read()).then(|| {
        let observed = "not read: whether an account has a mailbox was told by its plans alone";
        Evidence::context(
            SubjectKind::Dataset,
            Data::ExchangeMailboxes.name(),
            "mailboxes",
            observed,
        )
    });
    Ok(finding
        .with(standing.iter().chain(&eligible).map(|equipped| evidence(context, equipped)))
        .with(unread)
        .judged(admins.judged.len(), &admins.left_out))
}

/// Whether it is not known if the administrator holds a role without activation that would weigh
/// more than those which stand for certain.
fn is_undecided(admin: &Admin<'_, '_>) -> bool {
    let stands = admin.paths.iter().any(|path| path.is_standing());
    admin.paths.iter().any(|path| {
        path.state == HolderState::Undecided
            && (!stands || path.role == GLOBAL_ADMINISTRATOR && !admin.stands_as_global())
    })
}

fn of_standing(
    context: &Context<'_>,
    standing: &[Equipped<'_, '_, '_>],
    clean: usize,
) -> Result<Finding, Gap> {
    let names = names(standing);
    let global = standing.iter().filter(|(admin, _)| admin.stands_as_global()).count();
    let accounts = count(
        standing.len(),
        "account that administers without activation is",
        "accounts that administer without activation are",
    );
    let summary = format!(
        "{accounts} equipped for daily work, {global} of them as Global Administrator: {names}."
    );
    let finding = if global == 0 {
        Finding::partial(ratio(clean, clean + standing.len()), summary)
    } else if context.people()?.members.len() <= 3 {
        Finding::partial(0.5, summary)
    } else {
        Finding::fail(summary)
    };
    Ok(finding.would_pass_if(format!("the roles of {names} moved to dedicated accounts")))
}

fn of_eligible(context: &Context<'_>, eligible: &[Equipped<'_, '_, '_>]) -> Result<Finding, Gap> {
    let mut roles: BTreeMap<&Id, Vec<&User>> = BTreeMap::new();
    let mut untold = None;
    for (admin, _) in eligible {
        for path in admin.paths.iter().filter(|path| !path.is_active()) {
            if is_membership(context, admin, path)? {
                untold = Some(format!(
                    "{} activates {} as a member of a group, whose settings are not read",
                    admin.user.name(),
                    path.role_name()
                ));
            } else {
                roles.entry(&path.role).or_default().push(admin.user);
            }
        }
    }
    let mut asked = true;
    for (role, users) in roles {
        match proof(context, &RoleSettings::of(context, role)?, &users)? {
            Proven::Yes(_) => {}
            Proven::No(_) => asked = false,
            Proven::Untold(why) => untold = Some(why),
        }
    }
    let names = names(eligible);
    if let Some(why) = untold.filter(|_| asked) {
        let summary = format!(
            "{names} may activate roles on an everyday account, and whether that takes proof of \
             identity could not be told: {why}."
        );
        return Ok(Finding::unknown(UnknownReason::Undetermined, summary));
    }
    let accounts = count(eligible.len(), "administrator activates", "administrators activate");
    let (credit, how) = if asked {
        (0.75, "with proof of identity")
    } else {
        (0.5, "some of them without proving who they are")
    };
    Ok(Finding::partial(
        credit,
        format!("{accounts} roles on an everyday account, {how}: {names}."),
    )
    .would_pass_if(format!("{names} activated roles on dedicated accounts")))
}

/// Whether the path is activated as a membership of a group that holds the role, by settings of the
/// group, and not as a role.
fn is_membership(
    context: &Context<'_>,
    admin: &Admin<'_, '_>,
    path: &Holder<'_>,
) -> Result<bool, Gap> {
    let Some(group) = &path.group else { return Ok(false) };
    Ok(!context.directory()?.below(group)?.contains(&admin.user.id))
}

fn names(equipped: &[Equipped<'_, '_, '_>]) -> String {
    some_names(equipped.iter().map(|(admin, _)| admin.user.name()))
}

fn evidence(context: &Context<'_>, (admin, equipment): &Equipped<'_, '_, '_>) -> Evidence {
    let last = match last_sign_in(context, &admin.user.id) {
        Ok(Some(last)) => format!("; last sign-in {last:.0}"),
        _ => String::new(),
    };
    let observed = format!("{}; has {}{last}", admin.roles(), equipment.join(", "));
    violation_on(admin.user, observed, "an account without mailbox or productivity plan")
}

#[cfg(test)]
mod tests {
    use model::{Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn standing(user: &str, role: &str) -> Fixture {
        Fixture::exemplary()
            .add(Data::RoleAssignments, assignment(user, role))
            .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, &Value::Null))
    }

    fn eligible_person() -> Fixture {
        Fixture::exemplary()
            .add(Data::RoleEligibilityScheduleInstances, eligible(PERSON_1, GLOBAL_ADMIN))
    }

    fn only_people(number: usize) -> impl Fn(Fixture) -> Fixture {
        move |fixture| {
            fixture.edit(Data::Users, |users| {
                let people = [PERSON_1, PERSON_2, PERSON_3, PERSON_4, ADMIN_1, ADMIN_2];
                users.retain(|user| !people[number..].contains(&user["id"].as_str().unwrap()));
            })
        }
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("a person stands", standing(PERSON_1, GLOBAL_ADMIN), &[PERSON_1])
            .partial("with a smaller role", 0.001, standing(PERSON_1, HELPDESK_ADMIN))
            .passes("a dedicated account stands", standing(ADMIN_1, GLOBAL_ADMIN))
            .partial("a person is eligible", 0.75, eligible_person())
            .partial(
                "and activates without MFA",
                0.5,
                eligible_person().edit(Data::RoleManagementPolicyAssignments, |roles| {
                    roles[0]["policy"]["rules"][2]["enabledRules"] = json!(["Justification"]);
                }),
            );
        let one_of_two = standing(PERSON_1, HELPDESK_ADMIN).add(
            Data::RoleAssignmentScheduleInstances,
            assigned(ADMIN_2, HELPDESK_ADMIN, &Value::Null),
        );
        check(&CONTROL).partial("one of two", 0.5, one_of_two);
    }

    #[test]
    fn a_context_proves_what_its_policies_demand() {
        let by_context = eligible_person().edit(Data::RoleManagementPolicyAssignments, |roles| {
            for role in roles {
                role["policy"]["rules"][2]["enabledRules"] = json!(["Justification"]);
                role["policy"]["rules"][3]["isEnabled"] = json!(true);
                role["policy"]["rules"][3]["claimValue"] = json!("c1");
            }
        });
        let mut stepped = policy("Prove it again", phishing_resistant());
        stepped["conditions"]["applications"]["includeApplications"] = json!([]);
        stepped["conditions"]["applications"]["includeAuthenticationContextClassReferences"] =
            json!(["c1"]);
        check(&CONTROL).partial("no policy behind it", 0.5, by_context.clone()).partial(
            "a policy",
            0.75,
            by_context.add(Data::ConditionalAccessPolicies, stepped),
        );
    }

    #[test]
    fn a_membership_is_not_activated_by_the_settings_of_the_role() {
        let group = |members: &[&str]| {
            Fixture::exemplary().set(
                Data::GroupMembers,
                json!([{ "groupId": APPROVERS, "memberIds": members, "transitive": false }]),
            )
        };
        let member = group(&[])
            .add(Data::RoleAssignments, assignment(APPROVERS, GLOBAL_ADMIN))
            .add(
                Data::RoleAssignmentScheduleInstances,
                assigned(APPROVERS, GLOBAL_ADMIN, &Value::Null),
            )
            .set(
                Data::GroupEligibilityScheduleInstances,
                json!([{ "groupId": APPROVERS, "principalId": PERSON_1, "accessId": "member",
                    "endDateTime": null }]),
            );
        let of_a_group = group(&[PERSON_1])
            .add(Data::RoleEligibilityScheduleInstances, eligible(APPROVERS, GLOBAL_ADMIN));
        check(&CONTROL).unknown("eligible member", UnknownReason::Undetermined, member).partial(
            "member of an eligible group",
            0.75,
            of_a_group,
        );
    }

    #[test]
    fn a_global_administrator_that_perhaps_stands_is_not_weighed_by_another_role() {
        let maybe = standing(PERSON_1, HELPDESK_ADMIN)
            .add(Data::RoleAssignments, assignment(APPROVERS, GLOBAL_ADMIN))
            .add(
                Data::RoleAssignmentScheduleInstances,
                assigned(APPROVERS, GLOBAL_ADMIN, &Value::Null),
            )
            .set(
                Data::GroupMembers,
                json!([{ "groupId": APPROVERS, "memberIds": [PERSON_1], "transitive": false }]),
            )
            .set(
                Data::GroupEligibilityScheduleInstances,
                json!([{ "groupId": APPROVERS, "principalId": PERSON_1, "accessId": "member",
                    "endDateTime": null }]),
            );
        let decided =
            maybe.clone().add(Data::RoleAssignments, assignment(PERSON_2, GLOBAL_ADMIN)).add(
                Data::RoleAssignmentScheduleInstances,
                assigned(PERSON_2, GLOBAL_ADMIN, &Value::Null),
            );
        check(&CONTROL)
            .unknown("beside another role", UnknownReason::FieldMissing, maybe)
            .fails("another one stands for certain", decided);
    }

    #[test]
    fn a_mailbox_without_a_license_counts() {
        let mailbox = standing(ADMIN_1, GLOBAL_ADMIN).add(
            Data::ExchangeMailboxes,
            json!({ "ExternalDirectoryObjectId": ADMIN_1, "RecipientTypeDetails": "UserMailbox" }),
        );
        check(&CONTROL)
            .fails_on("mailbox", mailbox, &[ADMIN_1])
            .passes("plans alone tell", Fixture::exemplary().forbidden(Data::ExchangeMailboxes));
    }

    #[test]
    fn a_handful_of_people_never_fails() {
        let tenant = only_people(3)(standing(PERSON_1, GLOBAL_ADMIN));
        check(&CONTROL)
            .partial("three people", 0.5, tenant)
            .fails("four people", only_people(4)(standing(PERSON_1, GLOBAL_ADMIN)));
    }

    #[test]
    fn without_pim_everybody_stands() {
        let unlicensed = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP2]);
        check(&CONTROL).passes("clean", unlicensed(Fixture::exemplary())).fails_on(
            "a person",
            unlicensed(standing(PERSON_1, GLOBAL_ADMIN)),
            &[PERSON_1],
        );
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        check(&CONTROL)
            .unknown("users", refused, Fixture::exemplary().forbidden(Data::Users))
            .unknown("roles", refused, Fixture::exemplary().forbidden(Data::RoleAssignments))
            .unknown(
                "whether the person stands",
                refused,
                standing(PERSON_1, GLOBAL_ADMIN).forbidden(Data::RoleAssignmentScheduleInstances),
            )
            .unknown(
                "what activation asks for",
                refused,
                eligible_person().forbidden(Data::RoleManagementPolicyAssignments),
            )
            .unknown(
                "plans",
                UnknownReason::FieldMissing,
                Fixture::exemplary().edit(Data::Users, |users| {
                    users[2]["assignedPlans"] = Value::Null;
                    users[2]["assignedLicenses"] = Value::Null;
                }),
            );
    }
}
