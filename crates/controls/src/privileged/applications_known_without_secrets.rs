//! Privileged accounts: applications with tenant-wide power are few, known and without secrets.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Application, Data, Evidence, Gap, Id, RoleSet, ServicePrincipal, Severity, SubjectKind,
};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::{Principal, role_data};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "priv-workload-identities",
    title: "Applications with tenant-wide power are known and have no long-lived secret",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![ServicePrincipals, Applications, AppRoleAssignments],
    rationale: "A secret of an application that may write roles is a Global Administrator without \
        MFA, and it works from anywhere until it expires.",
    passes_when: "Every enabled service principal, Microsoft's own aside, that holds a privileged \
        role or an application permission that can give itself one is listed in the profile's \
        `known-applications`, has no secret in force on itself or its registration, and no owner \
        without a privileged role. Secrets that live up to a year are partial. Unknown \
        applications, secrets that live longer, and ordinary owners fail. Secrets of other \
        vendors' applications are kept in their tenants: they are not visible and not judged.",
    remediation: &[
        "Find out what each application below is for; remove those that nobody needs.",
        "Replace secrets by federated credentials, managed identities or certificates.",
        "Remove owners who hold no privileged role, and permissions that are wider than needed.",
        "List the remaining ones by application id in the tenant profile.",
        "Entra admin center > Enterprise apps, and App registrations > Certificates & secrets.",
    ],
    effort: 3,
    sources: &[source::S2],
    mappings: &[
        (Framework::Maester, &["MT.1027", "MT.1050", "MT.1077", "MT.1078", "MT.1079"]),
        (Framework::CisaScuba, &["MS.AAD.5.5v1", "MS.AAD.5.6v1"]),
        (Framework::Nist80053, &["AC-6"]),
    ],
    judge,
};

/// Application permissions that can give themselves, or anybody, any role, or undo MFA.
const FAR_REACHING: [&str; 14] = [
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Policy.ReadWrite.ConditionalAccess",
    "PrivilegedAccess.ReadWrite.AzureAD",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "PrivilegedAccess.ReadWrite.AzureResources",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.ReadWrite.Directory",
    "UserAuthenticationMethod.ReadWrite.All",
];

/// Tenants that Microsoft registers its own applications in.
const MICROSOFT: [&str; 2] =
    ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];

/// A secret that lives longer is a fail.
const LONG_DAYS: i64 = 366;

/// What is wrong with one application.
#[derive(Default)]
struct Flaws {
    fatal: Vec<String>,
    partial: Vec<String>,
    notes: Vec<&'static str>,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let rights = rights(context)?;
    let applications: BTreeMap<&Id, &Application> =
        context.tenant.applications.read()?.iter().map(|one| (&one.app_id, one)).collect();
    let mut evidence = Vec::new();
    let (mut judged, mut fatal, mut partial) = (0, Vec::new(), Vec::new());
    let mut disabled = 0;
    for service in context.tenant.service_principals.read()? {
        let Some(rights) = rights.get(&service.id) else { continue };
        let owner = service.app_owner_organization_id.as_deref();
        if owner.is_some_and(|owner| MICROSOFT.contains(&owner)) {
            continue;
        }
        if service.account_enabled == Some(false) {
            disabled += 1;
            continue;
        }
        judged += 1;
        let flaws = flaws(context, service, applications.get(&service.app_id).copied())?;
        let name = name(service);
        let expected = if !flaws.fatal.is_empty() {
            fatal.push(name);
            EXPECTED
        } else if !flaws.partial.is_empty() {
            partial.push(name);
            EXPECTED
        } else {
            ""
        };
        let rights = rights.iter().cloned().collect::<Vec<_>>().join(", ");
        let facts: Vec<String> = [rights]
            .into_iter()
            .chain(flaws.fatal)
            .chain(flaws.partial)
            .chain(flaws.notes.into_iter().map(str::to_owned))
            .collect();
        let (kind, id) = (SubjectKind::ServicePrincipal, service.id.as_str());
        evidence.push(Evidence::new(kind, id, name, facts.join("; "), expected));
    }
    let all =
        count(judged, "application with tenant-wide power", "applications with tenant-wide power");
    let finding = if !fatal.is_empty() {
        let names = some_names(fatal.iter().copied());
        Finding::fail(format!(
            "{} of {all} unknown, owned by ordinary people or with a long-lived secret: {names}.",
            fatal.len()
        ))
    } else if !partial.is_empty() {
        let names = some_names(partial.iter().copied());
        Finding::partial(
            0.5,
            format!("{} of {all} known, but with a secret: {names}.", partial.len()),
        )
    } else if judged == 0 {
        Finding::pass("No application but Microsoft's own has tenant-wide power.")
    } else {
        Finding::pass(format!("All of {all} are known and without visible secrets."))
    };
    fatal.append(&mut partial);
    let names = some_names(fatal.iter().copied());
    Ok(finding
        .would_pass_if(format!("{names} were known, without secrets and without ordinary owners"))
        .with(evidence)
        .judged(judged, &[("sign-in blocked", disabled)]))
}

const EXPECTED: &str = "known, no secret, no owner without a privileged role";

/// The far-reaching rights of each service principal, in words.
fn rights<'t>(context: &Context<'t>) -> Result<BTreeMap<&'t Id, BTreeSet<String>>, Gap> {
    let mut rights: BTreeMap<&'t Id, BTreeSet<String>> = BTreeMap::new();
    for holder in context.directory()?.holders_of(RoleSet::Privileged)? {
        if let Principal::Service(id, _) = holder.principal {
            rights.entry(id).or_default().insert(holder.path());
        }
    }
    for granted in context.tenant.app_role_assignments.read()? {
        let Some(value) = &granted.app_role_value else { continue };
        if FAR_REACHING.iter().any(|name| name.eq_ignore_ascii_case(value)) {
            rights.entry(&granted.principal_id).or_default().insert(value.clone());
        }
    }
    Ok(rights)
}

fn name(service: &ServicePrincipal) -> &str {
    if service.display_name.is_empty() { &service.id } else { &service.display_name }
}

fn flaws(
    context: &Context<'_>,
    service: &ServicePrincipal,
    application: Option<&Application>,
) -> Result<Flaws, Gap> {
    let mut flaws = Flaws::default();
    let profile = context.tenant.profile;
    let is_scanner = !service.app_id.is_empty()
        && profile.sign_in.client_id.eq_ignore_ascii_case(&service.app_id);
    let is_known = profile.accounts.known_applications.iter().any(|known| {
        known.eq_ignore_ascii_case(&service.app_id) || known.eq_ignore_ascii_case(&service.id)
    });
    if is_scanner {
        flaws.notes.push("this scanner");
    } else if !is_known {
        flaws.fatal.push("not among the known applications".to_owned());
    }
    let secrets = service
        .password_credentials
        .iter()
        .chain(application.iter().flat_map(|application| &application.password_credentials));
    for secret in secrets {
        let Some(end) = secret.end_date_time else {
            flaws.fatal.push("a secret without end".to_owned());
            continue;
        };
        if end <= context.now() {
            continue;
        }
        let start = secret.start_date_time.unwrap_or_else(|| context.now());
        let days = end.duration_since(start).as_hours() / 24;
        let words = format!("a secret that lives {days} days");
        if days <= LONG_DAYS { &mut flaws.partial } else { &mut flaws.fatal }.push(words);
    }
    let own = context.directory()?.own_tenant();
    if service.app_owner_organization_id.as_ref().zip(own).is_some_and(|(owner, own)| owner != own)
    {
        flaws.notes.push("registered in another tenant, whose secrets are not visible");
    }
    let owners = owners(service, application)?;
    let admins: BTreeSet<&Id> = context
        .directory()?
        .holders_of(RoleSet::Privileged)?
        .into_iter()
        .map(|holder| holder.principal.id())
        .collect();
    for owner in owners.iter().filter(|owner| !admins.contains(*owner)) {
        let name = context.directory()?.user(owner).map_or(owner.as_str(), model::User::name);
        flaws.fatal.push(format!("owned by {name}, who holds no privileged role"));
    }
    Ok(flaws)
}

/// Owners of the service principal and of its registration.
fn owners<'t>(
    service: &'t ServicePrincipal,
    application: Option<&'t Application>,
) -> Result<BTreeSet<&'t Id>, Gap> {
    let missing = |data| Gap::field(data, &format!("the owners of {}", name(service)));
    let of_service = service.owner_ids.as_ref().ok_or_else(|| missing(Data::ServicePrincipals))?;
    let of_application = match application {
        None => None,
        Some(application) => {
            Some(application.owner_ids.as_ref().ok_or_else(|| missing(Data::Applications))?)
        }
    };
    Ok(of_service.iter().chain(of_application.into_iter().flatten()).collect())
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const APP_ID: &str = "c1000000-0000-4000-8000-000000000001";

    fn service(change: impl FnOnce(&mut Value)) -> Value {
        let mut service = json!({
            "id": APP, "appId": APP_ID, "displayName": "Quoting Sync", "accountEnabled": true,
            "servicePrincipalType": "Application", "appOwnerOrganizationId": TENANT,
            "passwordCredentials": [], "keyCredentials": [], "ownerIds": []
        });
        change(&mut service);
        service
    }

    fn granted(permission: &str) -> Value {
        json!({ "principalId": APP, "principalDisplayName": "Quoting Sync",
                "appRoleId": "a1", "appRoleValue": permission })
    }

    /// The application with a far-reaching permission, unknown to the profile.
    fn unknown(change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary()
            .set(Data::ServicePrincipals, json!([service(change)]))
            .set(Data::AppRoleAssignments, json!([granted("RoleManagement.ReadWrite.Directory")]))
            .set(
                Data::Applications,
                json!([{ "id": "o1", "appId": APP_ID, "passwordCredentials": [], "ownerIds": [] }]),
            )
    }

    fn known(change: impl FnOnce(&mut Value)) -> Fixture {
        unknown(change).profile(&format!(
            "[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\"]\n\
             known-applications = [\"{APP_ID}\"]"
        ))
    }

    fn secret(start: &str, end: &str) -> Value {
        json!([{ "startDateTime": format!("{start}T00:00:00Z"), "endDateTime": format!("{end}T00:00:00Z") }])
    }

    fn on_application(member: &str, value: &Value) -> Fixture {
        known(|_| ()).with_member(Data::Applications, member, value)
    }

    #[test]
    fn verdicts() {
        let (short, long) =
            (secret("2026-08-01", "2027-01-28"), secret("2025-01-01", "2027-01-01"));
        let (at, over) = (secret("2026-01-01", "2027-01-02"), secret("2026-01-01", "2027-01-03"));
        let expired = secret("2024-01-01", "2026-10-31");
        let endless = json!([{ "startDateTime": null, "endDateTime": null }]);
        let with =
            |secrets: &Value| known(|service| service["passwordCredentials"] = secrets.clone());
        check(&CONTROL)
            .passes("none", Fixture::exemplary())
            .passes("known and clean", known(|_| ()))
            .fails_on("unknown", unknown(|_| ()), &[APP])
            .partial("a secret of half a year", 0.5, with(&short))
            .partial("of a year", 0.5, with(&at))
            .fails_on("of more", with(&over), &[APP])
            .fails_on("of two years", with(&long), &[APP])
            .fails_on("without end", with(&endless), &[APP])
            .passes("expired", with(&expired))
            .partial("on the registration", 0.5, on_application("passwordCredentials", &short))
            .fails("a long one there", on_application("passwordCredentials", &long));
    }

    #[test]
    fn owners_hold_privileged_roles() {
        check(&CONTROL)
            .fails_on("an ordinary owner", known(|one| one["ownerIds"] = json!([PERSON_1])), &[APP])
            .fails("of the registration", on_application("ownerIds", &json!([PERSON_1])))
            .passes("an administrator", known(|one| one["ownerIds"] = json!([ADMIN_1])))
            .unknown(
                "untold",
                UnknownReason::FieldMissing,
                known(|one| one["ownerIds"] = Value::Null),
            );
    }

    #[test]
    fn which_applications_count() {
        let role = |fixture: Fixture| {
            fixture
                .set(Data::AppRoleAssignments, json!([]))
                .add(Data::RoleAssignments, assignment(APP, HELPDESK_ADMIN))
        };
        let harmless =
            unknown(|_| ()).set(Data::AppRoleAssignments, json!([granted("User.Read.All")]));
        let scanner = unknown(|_| ()).profile(&format!("[sign-in]\nclient-id = \"{APP_ID}\""));
        check(&CONTROL)
            .fails_on("a role", role(unknown(|_| ())), &[APP])
            .passes("a permission of no reach", harmless)
            .passes("blocked", unknown(|one| one["accountEnabled"] = json!(false)))
            .passes(
                "Microsoft's own",
                unknown(|one| {
                    one["appOwnerOrganizationId"] = json!(MICROSOFT[0]);
                }),
            )
            .passes(
                "of a vendor, known",
                known(|one| {
                    one["appOwnerOrganizationId"] = json!("f0000000-0000-4000-8000-000000000009");
                }),
            )
            .passes("this scanner", scanner.clone())
            .partial(
                "with a secret",
                0.5,
                scanner.edit(Data::ServicePrincipals, |services| {
                    services[0]["passwordCredentials"] = secret("2026-08-01", "2027-01-28");
                }),
            );
    }

    #[test]
    fn unreadable() {
        for data in [
            Data::ServicePrincipals,
            Data::Applications,
            Data::AppRoleAssignments,
            Data::RoleAssignments,
        ] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), UnknownReason::Permission, fixture);
        }
    }
}
