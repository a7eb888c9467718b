//! MFA: no federated identity provider weakens MFA.

use model::{Data, Domain, Evidence, Gap, Severity, SubjectKind};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, some_names};
use crate::{Control, Kind, License};

const ID: &str = "mfa-federated-trust";

pub(crate) static CONTROL: Control = Control {
    id: ID,
    title: "A trusted federation does not weaken MFA",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::Domains],
    rationale: "Where Microsoft Entra ID accepts the claim of another identity provider that MFA \
        was done, a lax or forged claim replaces it.",
    passes_when: "No domain is federated; or every federated one has \
        `federatedIdpMfaBehavior` set to `rejectMfaByFederatedIdp`; or to \
        `enforceMfaByFederatedIdp`, and somebody attests that the provider's MFA is \
        phishing-resistant, without which it is partial. `acceptIfMfaDoneByFederatedIdp` and an \
        unset value fail.",
    remediation: &[
        "Decide where MFA is done: in Microsoft Entra ID, or by the provider with smart cards or \
         passkeys.",
        "Set `federatedIdpMfaBehavior` with `Update-MgDomainFederationConfiguration`, or convert \
         the domain to managed.",
        "Entra admin center > Settings > Domain names shows which domains are federated.",
    ],
    effort: 3,
    sources: &[source::S2],
    mappings: &[(Framework::Nist80053, &["IA-2(1)"])],
    judge,
};

/// What a federated domain does with MFA, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    Accepts,
    Enforces,
    Rejects,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let domains = context.tenant.domains.read()?;
    let mut federated = Vec::new();
    for domain in domains {
        if domain.authentication_type.is_none() {
            return Err(Gap::field(Data::Domains, "authenticationType"));
        }
        if domain.is_federated() {
            federated.push((domain, trust(domain, domains)?));
        }
    }
    let Some(worst) = federated.iter().map(|(_, trust)| *trust).min() else {
        return Ok(Finding::pass("No domain is federated."));
    };
    let names = |wanted| {
        let named = federated.iter().filter(move |(_, trust)| *trust == wanted);
        some_names(named.map(|(domain, _)| domain.id.as_str()))
    };
    let attested = attestation::holds(context, ID, attestation::YEAR);
    let note = attestation::newest(context, ID).map(attestation::evidence);
    let finding = match worst {
        Trust::Rejects => Finding::pass("MFA of federated identity providers is not accepted."),
        Trust::Enforces if attested => {
            Finding::pass("Federated identity providers do MFA that was attested to be strong.")
        }
        Trust::Enforces => Finding::partial(
            0.5,
            format!("MFA is left to the identity provider of {}.", names(Trust::Enforces)),
        )
        .would_pass_if("somebody attested that the provider's MFA is phishing-resistant"),
        Trust::Accepts => Finding::fail(format!(
            "A claim of MFA by the identity provider is accepted unchecked for {}.",
            names(Trust::Accepts)
        ))
        .would_pass_if("these domains rejected MFA of the provider, or enforced it there"),
    };
    let evidence = federated.iter().map(|(domain, trust)| {
        let expected = match trust {
            Trust::Accepts => "rejectMfaByFederatedIdp",
            Trust::Enforces if !attested => "rejectMfaByFederatedIdp, or an attestation",
            _ => "",
        };
        let id = domain.id.as_str();
        Evidence::new(SubjectKind::Domain, id, id, words(*trust), expected)
    });
    let evidence: Vec<_> = evidence.collect();
    Ok(finding.with(evidence).with(note))
}

/// What the domain's settings, or those of the domain above it, do with MFA.
fn trust(domain: &Domain, domains: &[Domain]) -> Result<Trust, Gap> {
    let own = domain.federation_configuration.as_ref().filter(|settings| !settings.is_empty());
    let mut above = domains.iter().filter(|other| {
        other.is_federated() && domain.id.ends_with(&format!(".{}", other.id.as_str()))
    });
    let settings = own
        .or_else(|| above.find_map(|other| other.federation_configuration.as_ref()))
        .ok_or_else(|| Gap::field(Data::Domains, "federationConfiguration"))?;
    let of = |behavior: Option<&str>| match behavior {
        Some("rejectMfaByFederatedIdp") => Ok(Trust::Rejects),
        Some("enforceMfaByFederatedIdp") => Ok(Trust::Enforces),
        // Unset works as accepting.
        Some("acceptIfMfaDoneByFederatedIdp") | None => Ok(Trust::Accepts),
        Some(word) => {
            Err(Gap::field(Data::Domains, &format!("a known federatedIdpMfaBehavior: {word:?}")))
        }
    };
    let mut worst = None;
    for one in settings {
        let trust = of(one.federated_idp_mfa_behavior.as_deref())?;
        worst = Some(worst.map_or(trust, |worst: Trust| worst.min(trust)));
    }
    Ok(worst.unwrap_or(Trust::Accepts))
}

fn words(trust: Trust) -> &'static str {
    match trust {
        Trust::Accepts => "acceptIfMfaDoneByFederatedIdp, or unset",
        Trust::Enforces => "enforceMfaByFederatedIdp",
        Trust::Rejects => "rejectMfaByFederatedIdp",
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn federated(settings: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::Domains, |domains| {
            domains[0]["authenticationType"] = json!("Federated");
            domains[0]["federationConfiguration"] = settings.clone();
        })
    }

    fn behavior(word: &Value) -> Fixture {
        federated(&json!([{ "federatedIdpMfaBehavior": word }]))
    }

    #[test]
    fn verdicts() {
        let attested = "[[attestation]]\ncontrol = \"mfa-federated-trust\"\nby = \"m\"\n\
                        on = 2026-10-01";
        let below = |settings: &Value| {
            behavior(&json!("rejectMfaByFederatedIdp")).add(
                Data::Domains,
                json!({
                    "id": "shop.larkspur.example", "authenticationType": "Federated",
                    "isRoot": false, "federationConfiguration": settings
                }),
            )
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("rejected", behavior(&json!("rejectMfaByFederatedIdp")))
            .partial("enforced there", 0.5, behavior(&json!("enforceMfaByFederatedIdp")))
            .passes(
                "enforced there, attested",
                behavior(&json!("enforceMfaByFederatedIdp")).declare(attested),
            )
            .fails_on("accepted", behavior(&json!("acceptIfMfaDoneByFederatedIdp")), &[DOMAIN])
            .fails_on("unset", behavior(&Value::Null), &[DOMAIN])
            .fails_on(
                "unset, and attested all the same",
                behavior(&Value::Null).declare(attested),
                &[DOMAIN],
            )
            .passes("a subdomain has the settings above it", below(&json!([])))
            .fails_on(
                "a subdomain of its own",
                below(&json!([{ "federatedIdpMfaBehavior": null }])),
                &["shop.larkspur.example"],
            )
            .unknown("a new word", UnknownReason::FieldMissing, behavior(&json!("askAround")))
            .unknown("settings not read", UnknownReason::FieldMissing, federated(&Value::Null))
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::Domains),
            );
    }
}
