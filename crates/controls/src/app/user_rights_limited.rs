//! Applications: ordinary users cannot register applications or create tenants.

use model::{Data, Evidence, Gap, Severity};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "app-default-user-rights",
    title: "Ordinary users cannot register applications or create tenants",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::AuthorizationPolicy, Data::AppManagementPolicy],
    rationale: "An application of one's own, or a tenant beside the company's, is a quiet foothold \
        that no password reset removes.",
    passes_when: "`allowedToCreateApps` and `allowedToCreateTenants` in \
        `defaultUserRolePermissions` of the authorization policy are both false. One of them is \
        partial. Whether users may create security groups, older PowerShell modules are refused \
        and secrets of applications are limited is shown and not judged.",
    remediation: &[
        "Set \"Users can register applications\" to No.",
        "Set \"Restrict non-admin users from creating tenants\" to Yes.",
        "Give the Application Developer role to those who need to register applications.",
        "Entra admin center > Users > User settings.",
    ],
    effort: 1,
    // Beyond the five articles: the prerequisites of the Zero Trust guidance that S2 links to.
    sources: &[source::S2],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.5.1v1", "MS.AAD.5.5v1", "MS.AAD.5.6v1", "MS.AAD.5.7v1"]),
        (Framework::CisM365, &["5.1.2.2", "5.1.2.3", "5.1.5.3", "5.1.5.4", "5.1.5.5", "5.1.5.6"]),
        (Framework::Eidsca, &["EIDSCA.AP10", "EIDSCA.AP14"]),
        (Framework::Maester, &["MT.1002", "MT.1068", "MT.1185"]),
        (Framework::Nist80053, &["AC-6(10)", "CM-5"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let missing = |name: &str| Gap::field(Data::AuthorizationPolicy, name);
    let policy = context.tenant.authorization_policy.one()?;
    let rights = policy
        .default_user_role_permissions
        .as_ref()
        .ok_or_else(|| missing("defaultUserRolePermissions"))?;
    let apps = rights.allowed_to_create_apps.ok_or_else(|| missing("allowedToCreateApps"))?;
    let tenants =
        rights.allowed_to_create_tenants.ok_or_else(|| missing("allowedToCreateTenants"))?;
    let evidence = [
        right("allowedToCreateApps", apps, "register applications"),
        right("allowedToCreateTenants", tenants, "create tenants"),
    ];
    let finding = match (apps, tenants) {
        (false, false) => {
            Finding::pass("Ordinary users can neither register applications nor create tenants.")
        }
        (true, false) => Finding::partial(0.5, "Ordinary users can register applications.")
            .would_pass_if("ordinary users could not register applications"),
        (false, true) => Finding::partial(0.5, "Ordinary users can create tenants.")
            .would_pass_if("ordinary users could not create tenants"),
        (true, true) => {
            Finding::fail("Ordinary users can register applications and create tenants.")
                .would_pass_if("ordinary users could do neither")
        }
    };
    let groups = rights.allowed_to_create_security_groups.map(|allowed| {
        Evidence::setting(
            "allowedToCreateSecurityGroups",
            words(allowed, "create security groups"),
            "",
        )
    });
    let modules = policy.block_msol_power_shell.map(|blocked| {
        let observed = if blocked { "older PowerShell modules are refused" } else { "allowed" };
        Evidence::setting("blockMsolPowerShell", observed, "")
    });
    let secrets = context.tenant.app_management_policy.one().ok().and_then(|policy| {
        let observed = if policy.is_enabled? {
            "the default app management policy is in force"
        } else {
            "no default app management policy is in force"
        };
        Some(Evidence::setting("defaultAppManagementPolicy", observed, ""))
    });
    Ok(finding.with(evidence).with(groups).with(modules).with(secrets))
}

fn words(allowed: bool, what: &str) -> String {
    format!("ordinary users {} {what}", if allowed { "can" } else { "cannot" })
}

fn right(name: &str, allowed: bool, what: &str) -> Evidence {
    Evidence::setting(name, words(allowed, what), if allowed { "not allowed" } else { "" })
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn with(apps: &Value, tenants: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::AuthorizationPolicy, |policy| {
            policy[0]["defaultUserRolePermissions"]["allowedToCreateApps"] = apps.clone();
            policy[0]["defaultUserRolePermissions"]["allowedToCreateTenants"] = tenants.clone();
        })
    }

    #[test]
    fn verdicts() {
        let (yes, no) = (&json!(true), &json!(false));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .partial("applications", 0.5, with(yes, no))
            .partial("tenants", 0.5, with(no, yes))
            .fails_on("both", with(yes, yes), &["allowedToCreateApps", "allowedToCreateTenants"])
            .passes("bonus lines unread", Fixture::exemplary().forbidden(Data::AppManagementPolicy))
            .unknown("one is untold", UnknownReason::FieldMissing, with(no, &Value::Null))
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthorizationPolicy),
            );
    }
}
