//! Exchange Online: mail is not forwarded outside by itself.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind, TransportRule};

use crate::context::Context;
use crate::control::source::S0;
use crate::finding::{Finding, some_names};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "exo-auto-forward-blocked",
    title: "Mail is not forwarded outside by itself",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeHostedOutboundSpamFilterPolicies,
        Data::ExchangeRemoteDomains,
        Data::ExchangeTransportRules,
        Data::ExchangeAcceptedDomains,
        Data::SubscribedSkus,
    ],
    rationale: "It is the first thing an intruder sets up in a mailbox, and works on after the \
        password was changed.",
    passes_when: "AutoForwardingMode of every outbound spam policy is Off or Automatic, the default \
        remote domain does not allow automatic forwarding, and no enforced mail flow rule redirects \
        or copies mail to outside. Where the policies hold, an open remote domain is a second layer \
        missing, not a fail.",
    remediation: &[
        "Set automatic forwarding to off in every outbound spam policy.",
        "Clear automatic forwarding in the default remote domain.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Anti-spam > Anti-spam outbound policy.",
    ],
    effort: 1,
    sources: &[S0],
    mappings: &[
        (Framework::CisaScuba, &["MS.EXO.1.1v2"]),
        (Framework::CisM365, &["6.2.1"]),
        (Framework::Maester, &["ORCA.103"]),
        (Framework::Nist80053, &["AC-4"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    let policies = &exchange.hosted_outbound_spam_filter_policies;
    let missing = || Gap::field(policies.data(), "AutoForwardingMode");
    if policies.read()?.is_empty() {
        return Err(missing());
    }
    let mut open = Vec::new();
    for policy in policies.read()? {
        let mode = policy.auto_forwarding_mode.as_deref().ok_or_else(missing)?;
        if !["Off", "Automatic"].iter().any(|off| off.eq_ignore_ascii_case(mode)) {
            open.push(Evidence::new(
                SubjectKind::Policy,
                &policy.name,
                &policy.name,
                format!("automatic forwarding: {mode}"),
                "Off or Automatic",
            ));
        }
    }
    for rule in exchange.transport_rules.read()?.iter().filter(|rule| rule.is_enforced()) {
        let outside = outside(context, rule)?;
        if !outside.is_empty() {
            let to = some_names(outside.iter().copied());
            open.push(Evidence::new(
                SubjectKind::Rule,
                &rule.name,
                &rule.name,
                format!("sends mail on to {to}"),
                "no recipient outside the accepted domains",
            ));
        }
    }
    if !open.is_empty() {
        let names = some_names(open.iter().map(|one| one.subject.name.as_str()));
        return Ok(Finding::fail(format!("Mail can be forwarded outside: {names}."))
            .with(open)
            .would_pass_if(format!("{names} no longer allowed it")));
    }
    let domains = exchange.remote_domains.read()?;
    let default = domains.iter().find(|domain| domain.domain_name == "*");
    let allowed = match default.map(|domain| domain.auto_forward_enabled) {
        Some(Some(allowed)) => allowed,
        _ => return Err(Gap::field(exchange.remote_domains.data(), "AutoForwardEnabled")),
    };
    Ok(if allowed {
        Finding::partial(
            0.75,
            "The outbound spam policies stop automatic forwarding; the default remote domain \
             still allows it.",
        )
        .with([Evidence::setting("AutoForwardEnabled of *", "true", "false")])
        .would_pass_if("the default remote domain did not allow automatic forwarding")
    } else {
        Finding::pass("Automatic forwarding is off in every outbound spam policy.")
    })
}

/// Recipients of the rule that are not of an accepted domain. Names without an address are of the
/// organization.
fn outside<'t>(context: &Context<'t>, rule: &'t TransportRule) -> Result<Vec<&'t str>, Gap> {
    let mut found = Vec::new();
    for recipient in rule.redirect_message_to.iter().chain(&rule.blind_copy_to) {
        let Some((_, domain)) = recipient.rsplit_once('@') else { continue };
        let accepted = context.tenant.exchange.accepted_domains.read()?;
        if !accepted.iter().any(|known| known.domain_name.eq_ignore_ascii_case(domain)) {
            found.push(recipient.as_str());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let policies = Data::ExchangeHostedOutboundSpamFilterPolicies;
        let domains = Data::ExchangeRemoteDomains;
        let mode =
            |mode: Value| Fixture::exemplary().with_member(policies, "AutoForwardingMode", &mode);
        let redirect = |to: &str| {
            Fixture::exemplary().set(
                Data::ExchangeTransportRules,
                json!([{ "Name": "Copy", "State": "Enabled", "Mode": "Enforce",
                    "BlindCopyTo": [to] }]),
            )
        };
        check(&CONTROL)
            .passes("off", Fixture::exemplary())
            .passes("automatic is off today", mode(json!("Automatic")))
            .fails_on("on", mode(json!("On")), &["Default"])
            .fails("a word we do not know", mode(json!("Sometimes")))
            .partial(
                "the remote domain allows it",
                0.75,
                Fixture::exemplary().with_member(domains, "AutoForwardEnabled", &json!(true)),
            )
            .fails_on("a rule copies to outside", redirect("x@brook.example"), &["Copy"])
            .passes("a rule copies inside", redirect("x@larkspur.example"))
            .unknown("no word", FieldMissing, mode(json!(null)))
            .unknown("unread", Permission, Fixture::exemplary().forbidden(policies));
    }
}
