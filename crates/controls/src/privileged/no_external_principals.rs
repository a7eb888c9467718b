//! Privileged accounts: no guest or principal of another tenant holds a strong role unexplained.

use std::collections::{BTreeMap, BTreeSet};

use model::{Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, RoleSet, Severity, SubjectKind};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{Holder, Principal, in_words, is_enabled, role_data};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-external-principals",
    title: "No guest or foreign principal holds a privileged role unexplained",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![ServicePrincipals, CrossTenantAccessPolicy],
    rationale: "How well an outside account is protected is decided elsewhere, and nobody here \
        learns when it is lost or its owner leaves.",
    passes_when: "No enabled guest or invited member holds a privileged role, active or eligible; \
        principals of other tenants belong to a partner that the profile declares and do not hold \
        Global Administrator. Partial: outsiders in roles other than the eight highly privileged \
        ones, or a declared partner with Global Administrator whose end date is attested for \
        `priv-partner-access`.",
    remediation: &[
        "Remove the roles below, or give the person an account of this tenant.",
        "Renew delegated administration of the partner with the least roles, and declare the \
            partner's tenant in the profile.",
        "Entra admin center > Roles & admins; Microsoft 365 admin center > Settings > Partner \
            relationships.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[(Framework::Maester, &["MT.1025"]), (Framework::Nist80053, &["AC-6(5)"])],
    judge,
};

/// What an outsider's roles mean for the verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Explained,
    Partial,
    Fail,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let mut outsiders: BTreeMap<&Id, Vec<&Holder>> = BTreeMap::new();
    let mut blocked = BTreeSet::new();
    let mut deleted = BTreeSet::new();
    let directory = context.directory()?;
    for holder in directory.holders_of(RoleSet::Privileged)? {
        match holder.principal {
            Principal::Service(..) => {}
            Principal::User(user) if !user.is_guest() && !user.is_external() => {}
            Principal::User(user) if !is_enabled(user)? => {
                blocked.insert(&user.id);
            }
            Principal::Foreign(id) if directory.is_deleted_user(id) => {
                deleted.insert(id);
            }
            principal => outsiders.entry(principal.id()).or_default().push(holder),
        }
    }
    let mut weighed = Vec::new();
    for paths in outsiders.values() {
        let Some(holder) = paths.first() else { continue };
        let (weight, who) = weigh(context, holder.principal, paths)?;
        let expected = if weight == Weight::Explained { "" } else { "no privileged role" };
        let principal = holder.principal;
        let observed = format!("{who}: {}", in_words(paths));
        let id = principal.id().as_str();
        let evidence = Evidence::new(principal.kind(), id, principal.name(), observed, expected);
        weighed.push((weight, principal.name(), evidence));
    }
    let worst = weighed.iter().map(|(weight, ..)| *weight).max().unwrap_or(Weight::Explained);
    let names = some_names(
        weighed.iter().filter(|(weight, ..)| *weight > Weight::Explained).map(|one| one.1),
    );
    let unexplained = weighed.iter().filter(|(weight, ..)| *weight > Weight::Explained).count();
    let outside = count(unexplained, "outside principal holds", "outside principals hold");
    let finding = match worst {
        Weight::Explained if weighed.is_empty() => {
            Finding::pass("No guest and no principal of another tenant holds a privileged role.")
        }
        Weight::Explained => Finding::pass(format!(
            "The only outsiders with a privileged role are the declared partner's: {}.",
            count(weighed.len(), "principal", "principals")
        )),
        Weight::Partial => Finding::partial(0.5, format!("{outside} a privileged role: {names}.")),
        Weight::Fail => {
            Finding::fail(format!("{outside} a privileged role, some of the strongest: {names}."))
        }
    };
    Ok(finding
        .would_pass_if(format!("{names} held no privileged role, or were a declared partner's"))
        .with(weighed.into_iter().map(|(.., evidence)| evidence))
        .with(deleted.iter().map(|id| {
            let observed = "deleted account that still holds a privileged role";
            Evidence::context(SubjectKind::User, id.as_str(), id.as_str(), observed)
        }))
        .judged(
            outsiders.len(),
            &[("sign-in blocked", blocked.len()), ("deleted account", deleted.len())],
        ))
}

/// How an outsider's roles weigh, and who it is in words.
fn weigh(
    context: &Context<'_>,
    principal: Principal<'_>,
    paths: &[&Holder<'_>],
) -> Result<(Weight, String), Gap> {
    let high = paths.iter().any(|path| RoleSet::HighlyPrivileged.has(&path.role));
    let strange = if high { Weight::Fail } else { Weight::Partial };
    let Principal::Foreign(id) = principal else {
        let is_guest = principal.user().is_some_and(model::User::is_guest);
        let who = if is_guest { "guest" } else { "member invited from elsewhere" };
        return Ok((strange, who.to_owned()));
    };
    let directory = context.directory()?;
    let Some(home) = directory.home_elsewhere(id) else {
        // It may be a service principal of this tenant that was not read.
        context.tenant.service_principals.read()?;
        return Ok((strange, "not found in this tenant: deleted, or of an unknown one".to_owned()));
    };
    let declared = &context.tenant.profile.accounts.partner_tenants;
    let global = paths.iter().any(|path| path.role == GLOBAL_ADMINISTRATOR);
    if declared.iter().any(|tenant| tenant.eq_ignore_ascii_case(home)) {
        let ends = attestation::holds(context, "priv-partner-access", attestation::YEAR);
        let weight = match (global, ends) {
            (false, _) => Weight::Explained,
            (true, true) => Weight::Partial,
            (true, false) => Weight::Fail,
        };
        return Ok((weight, format!("of the declared partner {home}")));
    }
    // Microsoft's mark only helps to find out whose it is: it does not say that the customer knows.
    let is_provider = context.tenant.cross_tenant_access_policy.one().is_ok_and(|settings| {
        settings
            .partners
            .iter()
            .any(|partner| partner.tenant_id == *home && partner.is_service_provider == Some(true))
    });
    let what = if is_provider { "service provider" } else { "tenant" };
    Ok((strange, format!("of the {what} {home}, which the profile does not name")))
}

#[cfg(test)]
mod tests {
    use model::{Data, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    const PARTNER: &str = "f0000000-0000-4000-8000-000000000001";
    const THEIR_GROUP: &str = "b0000000-0000-4000-8000-0000000000f1";

    fn guest(role: &str) -> Fixture {
        Fixture::exemplary().add(Data::RoleEligibilityScheduleInstances, eligible(GUEST, role))
    }

    fn partner(role: &str) -> Fixture {
        let mut theirs = assignment(THEIR_GROUP, role);
        theirs["principalOrganizationId"] = json!(PARTNER);
        Fixture::exemplary().add(Data::RoleAssignments, theirs)
    }

    fn unknown_home(role: &str) -> Fixture {
        Fixture::exemplary().add(Data::RoleAssignments, assignment(THEIR_GROUP, role))
    }

    fn declared(fixture: Fixture, more: &str) -> Fixture {
        fixture.profile(&format!("[accounts]\npartner-tenants = [\"{PARTNER}\"]\n{more}"))
    }

    const END_ATTESTED: &str = "[[attestation]]\ncontrol = \"priv-partner-access\"\nby = \"Sam\"\n\
        statement = \"ends on 2027-01-31\"\non = 2026-10-01\n";

    #[test]
    fn guests_and_invited_members() {
        let invited = Fixture::exemplary()
            .edit(Data::Users, |users| users[4]["externalUserState"] = json!("Accepted"))
            .add(Data::RoleEligibilityScheduleInstances, eligible(PERSON_1, GLOBAL_ADMIN));
        let blocked = guest(GLOBAL_ADMIN)
            .edit(Data::Users, |users| users[8]["accountEnabled"] = json!(false));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("a guest in a strong role", guest(EXCHANGE_ADMIN), &[GUEST])
            .partial("a guest in another role", 0.5, guest(HELPDESK_ADMIN))
            .passes(
                "a guest in a role that only reads",
                guest("f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
            )
            .fails_on("an invited member", invited, &[PERSON_1])
            .passes("a blocked guest", blocked);
    }

    #[test]
    fn principals_of_other_tenants() {
        let provider = |role: &str| {
            partner(role).edit(Data::CrossTenantAccessPolicy, |policy| {
                policy[0]["partners"] = json!([{ "tenantId": PARTNER, "isServiceProvider": true }]);
            })
        };
        check(&CONTROL)
            .passes("a declared partner", declared(partner(EXCHANGE_ADMIN), ""))
            .fails("with Global Administrator", declared(partner(GLOBAL_ADMIN), ""))
            .partial("with an end", 0.5, declared(partner(GLOBAL_ADMIN), END_ATTESTED))
            .fails_on("undeclared", partner(EXCHANGE_ADMIN), &[THEIR_GROUP])
            .partial("undeclared, another role", 0.5, partner(HELPDESK_ADMIN))
            .fails_on("a service provider", provider(EXCHANGE_ADMIN), &[THEIR_GROUP])
            .partial("a service provider, another role", 0.5, provider(HELPDESK_ADMIN))
            .fails_on("with Global Administrator", provider(GLOBAL_ADMIN), &[THEIR_GROUP])
            .fails_on("of an unknown tenant", unknown_home(GLOBAL_ADMIN), &[THEIR_GROUP])
            .partial("of an unknown tenant, another role", 0.5, unknown_home(HELPDESK_ADMIN));
        let deleted = unknown_home(GLOBAL_ADMIN).edit(Data::RoleAssignments, |records| {
            records[2]["principal"] =
                json!({ "@odata.type": "#microsoft.graph.user", "id": THEIR_GROUP });
        });
        let service = unknown_home(GLOBAL_ADMIN)
            .add(Data::ServicePrincipals, json!({ "id": THEIR_GROUP, "displayName": "Backup" }));
        check(&CONTROL)
            .passes("a deleted account is no outsider", deleted.clone())
            .passes("a service principal is judged elsewhere", service);
        let finding = deleted.judge(&CONTROL);
        let nobody = "No guest and no principal of another tenant holds a privileged role.";
        assert_eq!(finding.summary, nobody);
        assert_eq!(finding.evidence.first().unwrap().subject.id, THEIR_GROUP);
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        for data in [Data::Users, Data::RoleAssignments, Data::RoleEligibilityScheduleInstances] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .unknown(
                "it may be a service principal",
                refused,
                unknown_home(GLOBAL_ADMIN).forbidden(Data::ServicePrincipals),
            )
            .unknown(
                "whether a guest is enabled",
                UnknownReason::FieldMissing,
                guest(GLOBAL_ADMIN)
                    .profile("")
                    .edit(Data::Users, |users| users[8]["accountEnabled"] = json!(null)),
            )
            .fails(
                "whether it is a service provider does not matter",
                partner(EXCHANGE_ADMIN).forbidden(Data::CrossTenantAccessPolicy),
            );
    }
}
