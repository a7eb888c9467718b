//! Guests: cross-tenant defaults are deliberate.

use model::{CrossTenantAccessPolicy, Data, Evidence, Gap, Severity, SubjectKind};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "guest-cross-tenant-trust",
    title: "Other tenants are trusted one by one, not by default",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::CrossTenantAccessPolicy],
    rationale: "Direct connect and trust in foreign devices extend the tenant to companies that \
        nobody here has ever looked at.",
    passes_when: "The default cross-tenant access settings are Microsoft's; or they block inbound \
        direct connect, trust neither MFA nor compliant nor hybrid joined devices of other tenants, \
        and do not redeem invitations by themselves. Trusting MFA of every tenant is partial, any \
        of the others is a fail. Settings for single organizations are shown: trusting a known \
        partner's MFA spares its people a second prompt and is fine.",
    remediation: &[
        "Set the default for inbound B2B direct connect to blocked.",
        "Clear the default trust settings and the automatic redemption.",
        "Add the organizations that need trust, each by itself.",
        "Entra admin center > External Identities > Cross-tenant access settings > Default settings.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[(Framework::Nist80053, &["AC-3"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let policy = context.tenant.cross_tenant_access_policy.one()?;
    let partners = count(
        policy.partners.len(),
        "organization has settings of its own",
        "organizations have settings of their own",
    );
    if policy.is_service_default == Some(true) {
        return Ok(Finding::pass(format!("The defaults are Microsoft's; {partners}."))
            .with([Evidence::setting("isServiceDefault", "true", "")])
            .with(organizations(policy)));
    }
    let settings = settings(policy)?;
    let evidence = settings.iter().map(|(name, on, _)| {
        let observed = if *on { "on for every tenant" } else { "off" };
        Evidence::setting(name, observed, if *on { "off by default" } else { "" })
    });
    let on: Vec<&str> = settings.iter().filter(|(_, on, _)| *on).map(|(name, ..)| *name).collect();
    let summary = format!("On by default for every other tenant: {}.", on.join(", "));
    let finding = if on.is_empty() {
        Finding::pass(format!("No other tenant is trusted by default; {partners}."))
    } else if settings.iter().any(|(_, on, fatal)| *on && *fatal) {
        Finding::fail(summary)
    } else {
        Finding::partial(0.5, summary)
    };
    Ok(finding
        .would_pass_if(format!("these were off by default: {}", on.join(", ")))
        .with(evidence)
        .with(organizations(policy)))
}

/// The defaults: name, whether on, whether that alone is a fail.
fn settings(policy: &CrossTenantAccessPolicy) -> Result<[(&'static str, bool, bool); 5], Gap> {
    let missing = |name: &str| Gap::field(Data::CrossTenantAccessPolicy, name);
    let direct = policy
        .b2b_direct_connect_inbound
        .as_ref()
        .and_then(|direct| direct.users_and_groups.as_ref()?.access_type.as_deref());
    let direct = match direct {
        Some(word) if word.eq_ignore_ascii_case("blocked") => false,
        Some(word) if word.eq_ignore_ascii_case("allowed") => true,
        _ => return Err(missing("a known access type of inbound direct connect")),
    };
    let trust = policy.inbound_trust.as_ref().ok_or_else(|| missing("inboundTrust"))?;
    let told = |value: Option<bool>, name: &str| value.ok_or_else(|| missing(name));
    let consent = policy
        .automatic_user_consent_settings
        .as_ref()
        .ok_or_else(|| missing("automaticUserConsentSettings"))?;
    Ok([
        ("inbound direct connect", direct, true),
        (
            "trust in compliant devices",
            told(trust.is_compliant_device_accepted, "isCompliantDeviceAccepted")?,
            true,
        ),
        (
            "trust in hybrid joined devices",
            told(
                trust.is_hybrid_azure_a_d_joined_device_accepted,
                "isHybridAzureADJoinedDeviceAccepted",
            )?,
            true,
        ),
        (
            "automatic redemption of invitations",
            told(consent.inbound_allowed, "inboundAllowed")?,
            true,
        ),
        ("trust in MFA", told(trust.is_mfa_accepted, "isMfaAccepted")?, false),
    ])
}

/// Organizations with settings of their own, as context.
fn organizations(policy: &CrossTenantAccessPolicy) -> Vec<Evidence> {
    policy
        .partners
        .iter()
        .map(|partner| {
            let mut facts = Vec::new();
            if partner.is_service_provider == Some(true) {
                facts.push("service provider");
            }
            let trust = partner.inbound_trust.as_ref();
            if trust.is_some_and(|trust| trust.is_mfa_accepted == Some(true)) {
                facts.push("its MFA is trusted");
            }
            if trust.is_some_and(|trust| {
                trust.is_compliant_device_accepted == Some(true)
                    || trust.is_hybrid_azure_a_d_joined_device_accepted == Some(true)
            }) {
                facts.push("its devices are trusted");
            }
            let observed =
                if facts.is_empty() { "settings of its own".to_owned() } else { facts.join(", ") };
            let id = partner.tenant_id.as_str();
            Evidence::context(SubjectKind::Tenant, id, id, observed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The default changed by somebody.
    fn with(change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(Data::CrossTenantAccessPolicy, |policy| {
            policy[0]["isServiceDefault"] = json!(false);
            change(&mut policy[0]);
        })
    }

    #[test]
    fn verdicts() {
        let (yes, allowed) = (json!(true), json!("allowed"));
        check(&CONTROL)
            .passes("Microsoft's defaults", Fixture::exemplary())
            .passes("changed, and closed", with(|_| ()))
            .partial(
                "MFA of everybody",
                0.5,
                with(|policy| {
                    policy["inboundTrust"]["isMfaAccepted"] = yes.clone();
                }),
            )
            .fails_on(
                "direct connect",
                with(|policy| {
                    policy["b2bDirectConnectInbound"]["usersAndGroups"]["accessType"] = allowed;
                }),
                &["inbound direct connect"],
            )
            .fails(
                "compliant devices",
                with(|policy| {
                    policy["inboundTrust"]["isCompliantDeviceAccepted"] = yes.clone();
                }),
            )
            .fails(
                "hybrid joined devices",
                with(|policy| {
                    policy["inboundTrust"]["isHybridAzureADJoinedDeviceAccepted"] = yes.clone();
                }),
            )
            .fails(
                "automatic redemption",
                with(|policy| {
                    policy["automaticUserConsentSettings"]["inboundAllowed"] = yes.clone();
                }),
            )
            .passes(
                "MFA of one partner",
                with(|policy| {
                    policy["partners"] =
                        json!([{ "tenantId": APP, "inboundTrust": { "isMfaAccepted": true } }]);
                }),
            );
    }

    #[test]
    fn unreadable() {
        let field = UnknownReason::FieldMissing;
        check(&CONTROL)
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::CrossTenantAccessPolicy),
            )
            .unknown(
                "another word",
                field,
                with(|policy| {
                    policy["b2bDirectConnectInbound"]["usersAndGroups"]["accessType"] =
                        json!("maybe");
                }),
            )
            .unknown("no trust", field, with(|policy| policy["inboundTrust"] = Value::Null))
            .unknown(
                "no consent",
                field,
                with(|policy| {
                    policy["automaticUserConsentSettings"] = Value::Null;
                }),
            );
    }
}
