//! Hybrid identity: the synchronization role is held only by the real synchronization account.

use std::collections::BTreeMap;

use model::{
    DIRECTORY_SYNCHRONIZATION_ROLES, Evidence, Gap, Id, NotApplicableReason, Severity, User,
    Verdict,
};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{Holder, Principal, in_words, is_enabled, role_data};
use crate::finding::{Finding, count, some_names};
use crate::people::{has_synchronization_name, last_sign_in};
use crate::productivity::Mailboxes;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "hybrid-sync-account-clean",
    title: "Only the real synchronization account holds the synchronization role",
    severity: Severity::High,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: role_data![ServicePrincipals, Organization, ExchangeMailboxes, SignInActivity],
    rationale: "Security defaults let holders of this role pass without MFA, and Conditional \
        Access policies usually leave them out: a person in it has a way around MFA that nobody \
        sees.",
    passes_when: "Every holder of Directory Synchronization Accounts or On Premises Directory Sync \
        Account is a service principal; or an account that bears the name Microsoft gives such \
        accounts on the initial domain, or is declared in the profile, holds no other role and has \
        no license and no mailbox, and an attestation of the last year says that it signs in to the \
        synchronization service only. An account that is blocked or has not signed in for 90 days, \
        left by a retired server, is partial. Any other holder fails, and so does any holder in a \
        tenant that is not synchronized. No holder is normal with newer versions, which \
        synchronize as an application.",
    remediation: &[
        "Remove the role from every account below that is not the synchronization account.",
        "Delete accounts of retired synchronization servers.",
        "Check in the sign-in logs that the remaining account signs in to the synchronization \
            service only, and record it as an attestation of `hybrid-sync-account-clean`.",
        "Entra admin center > Roles & admins > Directory Synchronization Accounts.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[(Framework::Maester, &["MT.1020"]), (Framework::Nist80053, &["AC-6"])],
    judge,
};

const STATEMENT: &str = "the synchronization account signs in to the synchronization service only.";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let organization = context.tenant.organization.one()?;
    let synchronized = organization.on_premises_sync_enabled == Some(true);
    let all = context.directory()?.holders()?.complete()?;
    let mut holders: BTreeMap<&Id, Vec<&Holder>> = BTreeMap::new();
    for holder in all {
        if DIRECTORY_SYNCHRONIZATION_ROLES.contains(&holder.role.as_str()) {
            holders.entry(holder.principal.id()).or_default();
        }
    }
    for holder in all {
        if let Some(paths) = holders.get_mut(holder.principal.id()) {
            paths.push(holder);
        }
    }
    if holders.is_empty() {
        return Ok(if synchronized {
            Finding::pass("Nobody holds the synchronization role, as with newer versions.")
        } else {
            Finding::not_applicable(
                NotApplicableReason::NoPopulation,
                "The tenant is not synchronized, and nobody holds the synchronization role.",
            )
        });
    }
    let mut weighed = Vec::new();
    for paths in holders.values() {
        weighed.push(weigh(context, paths, synchronized)?);
    }
    Ok(verdict(context, weighed).judged(holders.len(), &[]))
}

/// How good a holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Quality {
    /// A service principal.
    Application,
    /// As far as can be read, the real account.
    Clean,
    /// The real account of a server that is gone.
    Stale,
    /// Anybody else.
    Wrong,
}

struct Weighed<'t> {
    quality: Quality,
    name: &'t str,
    evidence: Evidence,
}

fn weigh<'t>(
    context: &Context<'t>,
    paths: &[&Holder<'t>],
    synchronized: bool,
) -> Result<Weighed<'t>, Gap> {
    let Some(principal) = paths.first().map(|path| path.principal) else {
        return Err(Gap::field(model::Data::RoleAssignments, "a principal"));
    };
    let mut facts = Vec::new();
    let quality = match principal {
        Principal::Service(..) if synchronized => Quality::Application,
        Principal::User(user) => of_user(context, user, paths, &mut facts)?,
        Principal::Service(..) => Quality::Wrong,
        Principal::Foreign(_) => {
            // It may be a service principal of this tenant that was not read.
            context.tenant.service_principals.read()?;
            facts.push("not found in this tenant".to_owned());
            Quality::Wrong
        }
    };
    let quality = if synchronized { quality } else { Quality::Wrong };
    if !synchronized {
        facts.push("the tenant is not synchronized".to_owned());
    }
    facts.insert(0, in_words(paths));
    let expected = match quality {
        Quality::Application | Quality::Clean => "",
        Quality::Stale => "deleted, if its server is gone",
        Quality::Wrong => "no synchronization role",
    };
    let (id, name) = (principal.id().as_str(), principal.name());
    let evidence = Evidence::new(principal.kind(), id, name, facts.join("; "), expected);
    Ok(Weighed { quality, name, evidence })
}

fn of_user(
    context: &Context<'_>,
    user: &User,
    paths: &[&Holder<'_>],
    facts: &mut Vec<String>,
) -> Result<Quality, Gap> {
    let directory = context.directory()?;
    let is_declared = context
        .tenant
        .profile
        .accounts
        .synchronization
        .iter()
        .filter_map(|name| directory.named(name))
        .any(|declared| declared.id == user.id);
    let mut wrong = false;
    if !is_declared && !has_synchronization_name(user) {
        facts.push("does not bear the name of a synchronization account".to_owned());
        wrong = true;
    }
    if paths.iter().any(|path| !DIRECTORY_SYNCHRONIZATION_ROLES.contains(&path.role.as_str())) {
        facts.push("holds another role".to_owned());
        wrong = true;
    }
    let licenses = user
        .assigned_licenses
        .as_ref()
        .ok_or_else(|| Gap::field(model::Data::Users, "assignedLicenses"))?;
    if !licenses.is_empty() {
        facts.push("has a license".to_owned());
        wrong = true;
    }
    if Mailboxes::of(context).equipment(user)?.contains(&"a mailbox") {
        facts.push("has a mailbox".to_owned());
        wrong = true;
    }
    if wrong {
        return Ok(Quality::Wrong);
    }
    if !is_enabled(user)? {
        facts.push("sign-in blocked".to_owned());
        return Ok(Quality::Stale);
    }
    Ok(match last_sign_in(context, &user.id) {
        Ok(Some(last)) if context.days_since(last) > 90 => {
            facts.push(format!("last sign-in {last:.0}"));
            Quality::Stale
        }
        Ok(None) => {
            facts.push("never signed in".to_owned());
            Quality::Stale
        }
        // Without a license for sign-in times, or without permission, it is not told.
        Ok(Some(_)) | Err(_) => Quality::Clean,
    })
}

fn verdict(context: &Context<'_>, weighed: Vec<Weighed<'_>>) -> Finding {
    let of = |quality| weighed.iter().filter(move |one| one.quality == quality);
    let names = |quality| some_names(of(quality).map(|one| one.name));
    let finding = if of(Quality::Wrong).count() > 0 {
        let holders = count(of(Quality::Wrong).count(), "holder is", "holders are");
        let names = names(Quality::Wrong);
        Finding::fail(format!("{holders} no synchronization account: {names}."))
            .would_pass_if(format!("{names} lost the synchronization role"))
    } else if of(Quality::Stale).count() > 0 {
        let names = names(Quality::Stale);
        Finding::partial(0.5, format!("Unused accounts hold the synchronization role: {names}."))
            .would_pass_if(format!("{names} were deleted"))
    } else if of(Quality::Clean).count() == 0 {
        Finding::pass("Only applications hold the synchronization role.")
    } else {
        // What the account signs in to is in logs that a snapshot does not hold.
        let asked = attestation::judge(context, CONTROL.id, STATEMENT, attestation::YEAR);
        match asked.verdict {
            Verdict::Attested | Verdict::NotApplicable => Finding::pass(format!(
                "Only the synchronization account holds the role: {}.",
                names(Quality::Clean)
            ))
            .with(asked.evidence),
            _ => asked,
        }
    };
    finding.with(weighed.into_iter().map(|one| one.evidence))
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const ACCOUNT: &str = "a0000000-0000-4000-8000-0000000000ee";

    fn hybrid() -> Fixture {
        Fixture::exemplary().with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
    }

    /// A synchronized tenant with its account, changed.
    fn with(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut account = admin(ACCOUNT, "Sync_DC01_3f0a9b1c2d4e");
        change(&mut account);
        hybrid()
            .add(Data::Users, account)
            .add(Data::RoleAssignments, assignment(ACCOUNT, DIRECTORY_SYNCHRONIZATION_ROLES[0]))
            .add(
                Data::SignInActivity,
                json!({ "id": ACCOUNT, "signInActivity": {
                "lastNonInteractiveSignInDateTime": "2026-11-01T01:30:00Z"
            } }),
            )
    }

    fn attested(fixture: Fixture) -> Fixture {
        fixture.declare(
            "[[attestation]]\ncontrol = \"hybrid-sync-account-clean\"\nby = \"Sam\"\non = 2026-05-01",
        )
    }

    fn idle(fixture: Fixture) -> Fixture {
        fixture.edit(Data::SignInActivity, |records| {
            records.last_mut().unwrap()["signInActivity"]["lastNonInteractiveSignInDateTime"] =
                json!("2026-07-01T00:00:00Z");
        })
    }

    #[test]
    fn verdicts() {
        let same = |_: &mut Value| {};
        check(&CONTROL)
            .not_applicable("cloud-only", NotApplicableReason::NoPopulation, Fixture::exemplary())
            .passes("nobody", hybrid())
            .is("the real account, unconfirmed", Verdict::Unattested, with(same))
            .passes("confirmed", attested(with(same)))
            .fails_on(
                "a person's name",
                attested(with(|user| user["userPrincipalName"] = json!("kim@larkspur.example"))),
                &[ACCOUNT],
            )
            .fails_on(
                "a license",
                attested(with(|user| user["assignedLicenses"] = json!([{ "skuId": APP }]))),
                &[ACCOUNT],
            )
            .fails(
                "a mailbox",
                attested(with(same))
                    .add(Data::ExchangeMailboxes, json!({ "ExternalDirectoryObjectId": ACCOUNT })),
            )
            .fails(
                "another role",
                attested(with(same))
                    .add(Data::RoleAssignments, assignment(ACCOUNT, HELPDESK_ADMIN)),
            )
            .partial("idle", 0.5, attested(idle(with(same))))
            .partial("blocked", 0.5, with(|user| user["accountEnabled"] = json!(false)))
            .fails(
                "not synchronized any more",
                with(same).with_member(Data::Organization, "onPremisesSyncEnabled", &json!(false)),
            );
    }

    #[test]
    fn other_holders() {
        let application = hybrid()
            .add(
                Data::ServicePrincipals,
                json!({ "id": APP, "displayName": "ConnectSyncProvisioning" }),
            )
            .add(Data::RoleAssignments, assignment(APP, DIRECTORY_SYNCHRONIZATION_ROLES[1]));
        let declared = attested(
            with(|user| user["userPrincipalName"] = json!("svc@larkspur.example"))
                .profile("[accounts]\nsynchronization = [\"svc@larkspur.example\"]\n"),
        );
        check(&CONTROL)
            .passes("an application", application.clone())
            .fails_on(
                "eligible person",
                hybrid().add(
                    Data::RoleEligibilityScheduleInstances,
                    eligible(PERSON_1, DIRECTORY_SYNCHRONIZATION_ROLES[0]),
                ),
                &[PERSON_1],
            )
            .passes("declared in the profile", declared)
            .unknown(
                "it may be an application",
                UnknownReason::Permission,
                application.forbidden(Data::ServicePrincipals),
            );
    }

    #[test]
    fn unreadable() {
        let same = |_: &mut Value| {};
        for data in [Data::Organization, Data::Users, Data::RoleAssignments] {
            let fixture = attested(with(same)).forbidden(data);
            check(&CONTROL).unknown(data.name(), UnknownReason::Permission, fixture);
        }
        check(&CONTROL)
            .unknown(
                "whether it is enabled",
                UnknownReason::FieldMissing,
                attested(with(|user| user["accountEnabled"] = Value::Null)),
            )
            .passes(
                "sign-in times only tell stale accounts",
                attested(with(same)).forbidden(Data::SignInActivity),
            );
    }
}
