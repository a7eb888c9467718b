//! Privileged accounts: administrators' accounts are not everyday accounts.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Id, Severity, SubjectKind};

use super::admins::{Admin, Admins};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::directory::{HolderState, role_data};
use crate::finding::{Finding, count, ratio, some_names};
use crate::people::last_sign_in;
use crate::productivity::Mailboxes;
use crate::role_settings::{Proof, RoleSettings};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-dedicated-accounts",
    title: "Administrators use dedicated accounts without mailbox or Office",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![ExchangeMailboxes, SignInActivity, RoleManagementPolicyAssignments],
    rationale: "Accounts are lost through mail and browsing. An account that administers should \
        have neither, so that what reaches the person does not reach the tenant.",
    passes_when: "No account that holds a privileged role without activation has a mailbox or an \
        enabled plan for Exchange, Teams, SharePoint or Office apps; plans for security and \
        management are fine. Partial with 0.75 when only eligible administrators use such accounts \
        and activation asks for MFA or an authentication context, with 0.5 when it asks for \
        neither; partial with the share of clean accounts when no Global Administrator is \
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
    let mut clean = 0;
    for admin in &admins.judged {
        let equipment = mailboxes.equipment(admin.user)?;
        let stands = stands(context, admin, !equipment.is_empty())?;
        match (equipment.is_empty(), stands) {
            (true, true) => clean += 1,
            (true, false) => {}
            (false, true) => standing.push((admin, equipment)),
            (false, false) => eligible.push((admin, equipment)),
        }
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

/// Whether the administrator holds some privileged role without activation.
fn stands(context: &Context<'_>, admin: &Admin<'_, '_>, matters: bool) -> Result<bool, Gap> {
    let stands = admin.paths.iter().any(|path| path.is_standing());
    let undecided = admin.paths.iter().any(|path| path.state == HolderState::Undecided);
    if matters && undecided && !stands {
        return Err(context.directory()?.holders()?.undecided());
    }
    Ok(stands)
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
    let roles: BTreeSet<&Id> =
        eligible.iter().flat_map(|(admin, _)| &admin.paths).map(|path| &path.role).collect();
    let mut asked = true;
    for role in roles {
        asked &= RoleSettings::of(context, role)?.proof()? != Proof::None;
    }
    let names = names(eligible);
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
