//! Privileged accounts: the managing partner's own way in is modern, narrow and time-limited.

use std::collections::BTreeMap;

use model::{
    AttestationAnswer, Evidence, GLOBAL_ADMINISTRATOR, Gap, Id, NotApplicableReason, Severity,
    SubjectKind,
};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{Holder, Principal, in_words, role_data};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-partner-access",
    title: "The managing partner's access is granular, narrow and ends",
    severity: Severity::Medium,
    kind: Kind::Attestation,
    license: License::None,
    reads: role_data![ServicePrincipals, CrossTenantAccessPolicy],
    rationale: "A partner's rights are the shortest way to every customer at once.",
    passes_when: "Within the last year somebody has confirmed, in an attestation of the tenant \
        profile: partners get in through granular delegated administration only, without Global \
        Administrator, with an end date, and their technicians use MFA; and no principal of \
        another tenant holds Global Administrator here. If one does, an attestation that gives the \
        reason and the end makes it partial, otherwise it fails. Not applicable where no partner \
        is declared or visible.",
    remediation: &[
        "End older delegated administration, which gives Global Administrator for good.",
        "Ask the partner for a granular relationship with the least roles and an end date.",
        "Have the partner confirm that its technicians sign in with MFA.",
        "Record that in the tenant profile as an attestation of `priv-partner-access`.",
        "Microsoft 365 admin center > Settings > Partner relationships.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::Nist80053, &["AC-6(5)"])],
    judge,
};

const STATEMENT: &str = "partners get in through granular delegated administration only, with the \
    least roles and an end date, and their technicians use MFA.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judgement has this type")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let attested = || attestation::judge(context, CONTROL.id, STATEMENT, attestation::YEAR);
    let (Ok(partners), Ok(principals)) = (partners(context), principals(context)) else {
        // Nothing that was read contradicts what people say.
        return Ok(attested());
    };
    let profile = &context.tenant.profile.accounts.partner_tenants;
    if partners.is_empty() && principals.is_empty() && profile.is_empty() {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "No partner is declared, and none is visible.",
        ));
    }
    let global =
        principals.values().any(|paths| paths.iter().any(|path| path.role == GLOBAL_ADMINISTRATOR));
    let denied = attestation::newest(context, CONTROL.id).is_some_and(|attestation| {
        attestation.answer == AttestationAnswer::No
            && attestation::is_valid(context, attestation, attestation::YEAR)
    });
    let evidence = evidence(&partners, &principals);
    if !global || denied {
        return Ok(attested().with(evidence));
    }
    let change = "no principal of another tenant were Global Administrator";
    let finding = if attestation::holds(context, CONTROL.id, attestation::YEAR) {
        Finding::partial(
            0.5,
            "A partner is Global Administrator; the reason and the end are attested.",
        )
        .with(attestation::newest(context, CONTROL.id).map(attestation::evidence))
    } else {
        Finding::fail(
            "A principal of another tenant is Global Administrator, for no stated reason.",
        )
    };
    Ok(finding.would_pass_if(change).with(evidence))
}

/// Tenants that Microsoft marks as service providers of this one.
fn partners<'t>(context: &Context<'t>) -> Result<Vec<&'t Id>, Gap> {
    let settings = context.tenant.cross_tenant_access_policy.one()?;
    Ok(settings
        .partners
        .iter()
        .filter(|partner| partner.is_service_provider == Some(true))
        .map(|partner| &partner.tenant_id)
        .collect())
}

type Principals<'c, 't> = BTreeMap<&'t Id, Vec<&'c Holder<'t>>>;

/// Principals of other tenants that hold roles, whatever roles.
fn principals<'c, 't>(context: &'c Context<'t>) -> Result<Principals<'c, 't>, Gap> {
    let directory = context.directory()?;
    context.tenant.service_principals.read()?;
    let mut principals = Principals::new();
    for holder in directory.holders()?.complete()? {
        if let Principal::Foreign(id) = holder.principal
            && !directory.is_deleted_user(id)
        {
            principals.entry(id).or_default().push(holder);
        }
    }
    Ok(principals)
}

fn evidence(partners: &[&Id], principals: &Principals<'_, '_>) -> Vec<Evidence> {
    let providers = partners.iter().map(|tenant| {
        let observed = "marked as service provider of this tenant";
        Evidence::context(SubjectKind::Tenant, tenant.as_str(), tenant.as_str(), observed)
    });
    let roles = principals.iter().map(|(id, paths)| {
        let global = paths.iter().any(|path| path.role == GLOBAL_ADMINISTRATOR);
        let expected = if global { "a smaller role" } else { "" };
        let observed = format!("of another tenant: {}", in_words(paths));
        Evidence::new(SubjectKind::Group, id.as_str(), id.as_str(), observed, expected)
    });
    providers.chain(roles).collect()
}

#[cfg(test)]
mod tests {
    use model::{Data, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    const PARTNER: &str = "f0000000-0000-4000-8000-000000000001";
    const THEIR_GROUP: &str = "b0000000-0000-4000-8000-0000000000f1";

    fn holding(role: &str) -> Fixture {
        let mut theirs = assignment(THEIR_GROUP, role);
        theirs["principalOrganizationId"] = json!(PARTNER);
        Fixture::exemplary().add(Data::RoleAssignments, theirs)
    }

    fn attested(fixture: Fixture, answer: &str) -> Fixture {
        fixture.declare(&format!(
            "[[attestation]]\ncontrol = \"priv-partner-access\"\nby = \"Sam\"\non = 2026-09-01\n\
             answer = \"{answer}\""
        ))
    }

    fn provider() -> Fixture {
        Fixture::exemplary().edit(Data::CrossTenantAccessPolicy, |policy| {
            policy[0]["partners"] = json!([{ "tenantId": PARTNER, "isServiceProvider": true }]);
        })
    }

    #[test]
    fn verdicts() {
        let declared =
            Fixture::exemplary().profile(&format!("[accounts]\npartner-tenants = [\"{PARTNER}\"]"));
        check(&CONTROL)
            .not_applicable("no partner", NotApplicableReason::NoPopulation, Fixture::exemplary())
            .is("declared", Verdict::Unattested, declared)
            .is("visible", Verdict::Unattested, provider())
            .is("confirmed", Verdict::Attested, attested(holding(EXCHANGE_ADMIN), "yes"))
            .is("older administration is left", Verdict::AttestedNo, attested(provider(), "no"))
            .fails_on("Global Administrator", holding(GLOBAL_ADMIN), &[THEIR_GROUP])
            .partial("with a reason", 0.5, attested(holding(GLOBAL_ADMIN), "yes"))
            .is("and denied", Verdict::AttestedNo, attested(holding(GLOBAL_ADMIN), "no"));
    }

    #[test]
    fn unreadable_data_leaves_it_to_people() {
        for data in [Data::RoleAssignments, Data::CrossTenantAccessPolicy] {
            let fixture = holding(GLOBAL_ADMIN).forbidden(data);
            check(&CONTROL).is(data.name(), Verdict::Unattested, fixture);
        }
    }
}
