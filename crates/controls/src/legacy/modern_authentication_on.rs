//! Legacy authentication: Exchange Online accepts modern authentication.

use model::{Data, Evidence, Gap, Plan, Severity};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-exo-modern-auth",
    title: "Modern authentication is on in Exchange Online",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[Data::ExchangeOrganizationConfig],
    rationale: "Where it is off, Outlook falls back to sending the password itself, or asks for \
        it over and over once multifactor authentication is required. Tenants older than August \
        2017 began with it off.",
    passes_when: "`OAuth2ClientProfileEnabled` of the organization configuration is true.",
    remediation: &[
        "Warn people with Outlook 2013 or older: they need a newer version.",
        "Turn on modern authentication, or run `Set-OrganizationConfig \
         -OAuth2ClientProfileEnabled $true`.",
        "Microsoft 365 admin center > Settings > Org settings > Modern authentication.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisM365, &["6.5.1"]),
        (Framework::Maester, &["MT.1044"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let name = "OAuth2ClientProfileEnabled";
    let organization = context.tenant.exchange.organization_config.one()?;
    let on = organization
        .oauth2_client_profile_enabled
        .ok_or_else(|| Gap::field(Data::ExchangeOrganizationConfig, name))?;
    Ok(if on {
        Finding::pass("Exchange Online accepts modern authentication.")
            .with([Evidence::setting(name, "true", "")])
    } else {
        Finding::fail("Exchange Online does not accept modern authentication.")
            .with([Evidence::setting(name, "false", "true")])
            .would_pass_if("modern authentication were turned on for the organization")
    })
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let setting = |value: serde_json::Value| {
            Fixture::exemplary().with_member(
                Data::ExchangeOrganizationConfig,
                "OAuth2ClientProfileEnabled",
                &value,
            )
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("spelled as Exchange does at times", setting(json!("True")))
            .fails_on("off", setting(json!(false)), &["OAuth2ClientProfileEnabled"])
            .fails("off, spelled", setting(json!("False")))
            .unknown("no value", UnknownReason::FieldMissing, setting(json!(null)))
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::ExchangeOrganizationConfig),
            )
            .not_applicable(
                "no mailboxes",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline]),
            );
    }
}
