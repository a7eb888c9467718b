//! Privileged accounts: administrators are cloud-only.

use std::collections::BTreeMap;

use model::{Data, Domain, Gap, Id, RoleSet, Severity, User};

use super::admins::Admin;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::violation_on;
use crate::directory::role_data;
use crate::finding::{Finding, count, ratio, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-cloud-only",
    title: "Administrators are cloud-only accounts",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![Domains],
    rationale: "Whoever controls the on-premises directory, or the server that signs a federated \
        domain in, controls every administrator that comes from there.",
    passes_when: "No enabled account with a privileged role, active or eligible, is synchronized \
        from an on-premises directory or has a user principal name on a federated domain. An \
        immutable id alone proves nothing: it stays behind after a conversion. Partial when only \
        roles outside the eight highly privileged ones are concerned; the credit is the share of \
        administrators that meet it.",
    remediation: &[
        "Create a cloud-only account on the initial domain for each administrator below.",
        "Assign the roles to the new accounts and have them register strong methods.",
        "Remove the roles from the synchronized and federated accounts.",
        "Entra admin center > Roles & admins.",
    ],
    effort: 2,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisM365, &["1.1.1"]),
        (Framework::CisaScuba, &["MS.AAD.7.3v1"]),
        (Framework::Maester, &["MT.1026", "MT.1081"]),
        (Framework::Nist80053, &["AC-6(5)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let domains: BTreeMap<&Id, &Domain> =
        context.tenant.domains.read()?.iter().map(|domain| (&domain.id, domain)).collect();
    let admins: Vec<Admin> = context
        .directory()?
        .admins(RoleSet::Privileged)?
        .into_iter()
        .map(|(user, paths)| Admin { user, paths })
        .collect();
    let mut violating = Vec::new();
    for admin in &admins {
        if let Some(why) = not_cloud_only(admin.user, &domains)? {
            violating.push((admin, why));
        }
    }
    let accounts = count(admins.len(), "administrator", "administrators");
    let finding = if violating.is_empty() {
        Finding::pass(format!("No account of {accounts} depends on an on-premises directory."))
    } else {
        let names = some_names(violating.iter().map(|(admin, _)| admin.user.name()));
        let summary = format!(
            "{} of {accounts} depend on an on-premises directory: {names}.",
            violating.len()
        );
        if violating.iter().any(|(admin, _)| admin.is_high()) {
            Finding::fail(summary)
        } else {
            Finding::partial(ratio(admins.len() - violating.len(), admins.len()), summary)
        }
        .would_pass_if(format!("the roles of {names} moved to cloud-only accounts"))
    };
    Ok(finding
        .with(violating.iter().map(|(admin, why)| {
            violation_on(admin.user, format!("{}: {why}", admin.roles()), "a cloud-only account")
        }))
        .judged(admins.len(), &[]))
}

/// What ties the account to a directory on premises; `None`: nothing.
fn not_cloud_only(user: &User, domains: &BTreeMap<&Id, &Domain>) -> Result<Option<String>, Gap> {
    // Null means cloud-only; false: once synchronized, now converted.
    if user.is_synchronized() {
        return Ok(Some("synchronized from on premises".to_owned()));
    }
    let name = user.domain();
    let domain = domains.get(&Id::from(name.as_str()));
    let kind = domain.and_then(|domain| domain.authentication_type.as_deref());
    match kind {
        None => Err(Gap::field(Data::Domains, &format!("how the domain {name} signs in"))),
        Some(_) if domain.is_some_and(|domain| domain.is_federated()) => {
            Ok(Some(format!("signs in through the federated domain {name}")))
        }
        Some(kind) if kind.eq_ignore_ascii_case("Managed") => Ok(None),
        Some(kind) => {
            Err(Gap::field(Data::Domains, &format!("a known kind of domain instead of {kind}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn with(user: usize, member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::Users, |users| users[user][member] = value.clone())
    }

    fn helper(fixture: Fixture) -> Fixture {
        fixture.add(Data::RoleEligibilityScheduleInstances, eligible(PERSON_1, HELPDESK_ADMIN))
    }

    fn federated() -> Fixture {
        Fixture::exemplary().edit(Data::Domains, |domains| {
            domains[0]["authenticationType"] = json!("Federated");
        })
    }

    #[test]
    fn verdicts() {
        let synced = &json!(true);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on(
                "eligible, synchronized",
                with(2, "onPremisesSyncEnabled", synced),
                &[ADMIN_1],
            )
            .fails_on(
                "emergency access accounts count too",
                with(0, "onPremisesSyncEnabled", synced),
                &[EMERGENCY_1],
            )
            .partial("a smaller role", 0.8, helper(with(4, "onPremisesSyncEnabled", synced)))
            .partial("a smaller role on a federated domain", 0.8, helper(federated()))
            .passes("no administrator on the federated domain", federated())
            .passes("people without roles", with(4, "onPremisesSyncEnabled", synced))
            .passes("converted", with(2, "onPremisesSyncEnabled", &json!(false)))
            .passes(
                "an immutable id left behind",
                with(2, "onPremisesImmutableId", &json!("7kPb0Qw4m0G1tL3cQz2x9g==")),
            );
    }

    #[test]
    fn unreadable() {
        for data in [Data::Users, Data::RoleAssignments, Data::Domains] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), UnknownReason::Permission, fixture);
        }
        let untold =
            Fixture::exemplary().with_member(Data::Domains, "authenticationType", &Value::Null);
        check(&CONTROL).unknown("kind of domain", UnknownReason::FieldMissing, untold);
    }
}
