//! MFA: one policy decides which authentication methods are allowed.

use model::{Data, Evidence, Gap, Severity};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-methods-migrated",
    title: "One policy decides which authentication methods are allowed",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::AuthenticationMethodsPolicy],
    rationale: "Until the migration is completed, the older MFA and password reset pages still \
        apply as well, so a method that the policy forbids may be allowed there unseen.",
    passes_when: "`policyMigrationState` of the authentication methods policy is \
        `migrationComplete`, or null as in tenants that never had the older pages. \
        `migrationInProgress` is partial.",
    remediation: &[
        "Note which methods the older MFA and self-service password reset pages allow.",
        "Allow the wanted ones in the authentication methods policy, for the same people.",
        "Set the migration to complete.",
        "Entra admin center > Protection > Authentication methods > Policies > Manage migration.",
    ],
    effort: 2,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.4v1"]),
        (Framework::Eidsca, &["EIDSCA.AG01"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let name = "policyMigrationState";
    let policy = context.tenant.authentication_methods_policy.one()?;
    let change = "the migration were set to complete";
    let violation = |state: &str| [Evidence::setting(name, state, "migrationComplete")];
    match policy.policy_migration_state.as_deref() {
        None => Ok(Finding::pass(
            "This tenant never had the older pages: the authentication methods policy alone decides.",
        )
        .with([Evidence::setting(name, "null", "")])),
        Some(state @ "migrationComplete") => Ok(Finding::pass(
            "The migration is complete: the authentication methods policy alone decides.",
        )
        .with([Evidence::setting(name, state, "")])),
        Some(state @ "migrationInProgress") => Ok(Finding::partial(
            0.5,
            "The migration has begun but is not complete: the older pages still apply as well.",
        )
        .with(violation(state))
        .would_pass_if(change)),
        Some(state @ "preMigration") => Ok(Finding::fail(
            "The migration has not begun: the older pages decide which methods are allowed.",
        )
        .with(violation(state))
        .would_pass_if(change)),
        Some(_) => Err(Gap::field(Data::AuthenticationMethodsPolicy, "a known policyMigrationState")),
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Fixture, check};

    fn state(value: &Value) -> Fixture {
        Fixture::exemplary().with_member(
            Data::AuthenticationMethodsPolicy,
            "policyMigrationState",
            value,
        )
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("null in a newer tenant", state(&Value::Null))
            .partial("in progress", 0.5, state(&json!("migrationInProgress")))
            .fails_on("not begun", state(&json!("preMigration")), &["policyMigrationState"])
            .unknown("a new word", UnknownReason::FieldMissing, state(&json!("paused")))
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthenticationMethodsPolicy),
            );
    }
}
