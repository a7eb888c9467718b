//! Exchange Online: mail is not forwarded outside by itself.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::S0;
use crate::finding::{Finding, some_names};
use crate::recipients::{addresses, evidence_on};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "exo-auto-forward-blocked",
    title: "Mail is not forwarded outside by itself",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeHostedOutboundSpamFilterPolicies,
        Data::ExchangeHostedOutboundSpamFilterRules,
        Data::ExchangeRemoteDomains,
        Data::ExchangeTransportRules,
        Data::ExchangeAcceptedDomains,
        Data::ExchangeMailboxes,
        Data::Users,
        Data::SubscribedSkus,
    ],
    rationale: "It is the first thing an intruder sets up in a mailbox, and works on after the \
        password was changed.",
    passes_when: "AutoForwardingMode of every outbound spam policy in force is Off or Automatic, the \
        default remote domain does not allow automatic forwarding, and no enforced mail flow rule \
        redirects or copies mail to outside. While only one of the two layers stops forwarding it \
        is partial (0.75), as it is for a policy that is open to declared service accounts only \
        (0.5).",
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
    let forwards = forwarding_mailboxes(context);
    let rules = rules_to_outside(context)?;
    if !rules.is_empty() {
        let names = some_names(rules.iter().map(|one| one.subject.name.as_str()));
        return Ok(Finding::fail(format!("Mail flow rules send mail on to outside: {names}."))
            .with(rules)
            .with(forwards)
            .would_pass_if(format!("{names} no longer sent mail to outside")));
    }
    let open = open_policies(context)?;
    let names = some_names(open.iter().map(|policy| policy.name));
    let remote = &context.tenant.exchange.remote_domains;
    let missing = || Gap::field(remote.data(), "AutoForwardEnabled");
    let mut open_domains = Vec::new();
    for domain in remote.read()? {
        if domain.auto_forward_enabled.ok_or_else(missing)? {
            open_domains.push(domain.domain_name.as_str());
        }
    }
    if !remote.read()?.iter().any(|domain| domain.domain_name == "*") {
        return Err(missing());
    }
    let finding = if !open.is_empty() && open_domains.is_empty() {
        let summary =
            format!("Only the remote domains stop automatic forwarding; allowed by {names}.");
        Finding::partial(0.75, summary)
    } else if open.iter().any(|policy| !policy.is_for_declared) {
        Finding::fail(format!("Outbound spam policies let mail be forwarded outside: {names}."))
    } else if !open.is_empty() {
        let summary = format!("Only declared service accounts may forward mail outside: {names}.");
        Finding::partial(0.5, summary)
    } else if open_domains.contains(&"*") {
        let summary = "The outbound spam policies stop automatic forwarding; the default remote \
                       domain still allows it.";
        Finding::partial(0.75, summary).with([Evidence::setting(
            "AutoForwardEnabled of *",
            "true",
            "false",
        )])
    } else {
        Finding::pass("Automatic forwarding is off in every outbound spam policy.")
    };
    Ok(finding
        .with(open.iter().map(|policy| {
            let (name, mode) = (policy.name, policy.mode);
            let observed = format!("automatic forwarding: {mode}");
            Evidence::new(SubjectKind::Policy, name, name, observed, "Off or Automatic")
        }))
        .with(forwards)
        .would_pass_if(
            "automatic forwarding were off in every outbound spam policy and in the \
                        default remote domain",
        ))
}

/// An outbound spam policy that lets mail be forwarded.
struct OpenPolicy<'t> {
    name: &'t str,
    mode: &'t str,
    /// Only service accounts that the profile declares are under it.
    is_for_declared: bool,
}

/// The open policies in force: the default, and custom ones that an enabled rule names.
fn open_policies<'t>(context: &Context<'t>) -> Result<Vec<OpenPolicy<'t>>, Gap> {
    let exchange = &context.tenant.exchange;
    let policies = &exchange.hosted_outbound_spam_filter_policies;
    let missing = || Gap::field(policies.data(), "AutoForwardingMode");
    if policies.read()?.is_empty() {
        return Err(missing());
    }
    let mut open = Vec::new();
    for policy in policies.read()? {
        let mode = policy.auto_forwarding_mode.as_deref().ok_or_else(missing)?;
        if ["Off", "Automatic"].iter().any(|off| off.eq_ignore_ascii_case(mode)) {
            continue;
        }
        let name = policy.name.as_str();
        if policy.is_default != Some(false) {
            open.push(OpenPolicy { name, mode, is_for_declared: false });
            continue;
        }
        let rules: Vec<_> = exchange
            .hosted_outbound_spam_filter_rules
            .read()?
            .iter()
            .filter(|rule| {
                let named = rule.hosted_outbound_spam_filter_policy.as_deref();
                rule.is_enabled() && named.is_some_and(|named| named.eq_ignore_ascii_case(name))
            })
            .collect();
        if !rules.is_empty() {
            let declared = declared_senders(context)?;
            // Further conditions only narrow it.
            let is_for_declared = rules.iter().all(|rule| {
                let known = |sender: &String| declared.contains(&sender.to_ascii_lowercase());
                !rule.from.is_empty() && rule.from.iter().all(known)
            });
            open.push(OpenPolicy { name, mode, is_for_declared });
        }
    }
    Ok(open)
}

/// Addresses of the service accounts that the profile declares.
fn declared_senders(context: &Context<'_>) -> Result<BTreeSet<String>, Gap> {
    let mut found = BTreeSet::new();
    let mailboxes = context.tenant.exchange.mailboxes.read().unwrap_or_default();
    for name in &context.tenant.profile.accounts.service {
        let Some(user) = context.directory()?.named(name) else { continue };
        found.insert(user.user_principal_name.to_ascii_lowercase());
        let own = mailboxes
            .iter()
            .filter(|mailbox| mailbox.external_directory_object_id.as_ref() == Some(&user.id));
        found.extend(own.flat_map(addresses));
    }
    Ok(found)
}

/// Enforced mail flow rules that redirect or copy mail to outside.
fn rules_to_outside(context: &Context<'_>) -> Result<Vec<Evidence>, Gap> {
    let exchange = &context.tenant.exchange;
    let (mut found, mut untold) = (Vec::new(), None);
    for rule in exchange.transport_rules.read()?.iter().filter(|rule| rule.is_enforced()) {
        let mut outside = Vec::new();
        for recipient in rule.redirect_message_to.iter().chain(&rule.blind_copy_to) {
            match is_own(context, recipient) {
                Ok(true) => {}
                Ok(false) => outside.push(recipient.as_str()),
                Err(gap) => untold = Some(gap),
            }
        }
        if !outside.is_empty() {
            let observed = format!("sends mail on to {}", some_names(outside));
            let expected = "no recipient outside the accepted domains";
            let name = rule.name.as_str();
            found.push(Evidence::new(SubjectKind::Rule, name, name, observed, expected));
        }
    }
    if found.is_empty() { untold.map_or(Ok(found), Err) } else { Ok(found) }
}

/// Whether the recipient is of an accepted domain, or the name of a mailbox. Another name may be a
/// contact's, whose address was not read.
fn is_own(context: &Context<'_>, recipient: &str) -> Result<bool, Gap> {
    let exchange = &context.tenant.exchange;
    if let Some((_, domain)) = recipient.rsplit_once('@') {
        let domain = domain.to_ascii_lowercase();
        return Ok(exchange.accepted_domains.read()?.iter().any(|accepted| {
            let accepted = accepted.domain_name.to_ascii_lowercase();
            match accepted.strip_prefix('*') {
                Some(suffix) => domain.ends_with(suffix),
                None => domain == accepted,
            }
        }));
    }
    let known = exchange.mailboxes.read()?.iter().any(|mailbox| {
        [Some(mailbox.identity.as_str()), mailbox.display_name.as_deref()]
            .into_iter()
            .flatten()
            .any(|name| name.eq_ignore_ascii_case(recipient))
    });
    let missing =
        || Gap::field(Data::ExchangeTransportRules, &format!("the address of {recipient}"));
    if known { Ok(true) } else { Err(missing()) }
}

/// Mailboxes that forward to outside, as far as mailboxes were read: what a policy may stop.
fn forwarding_mailboxes(context: &Context<'_>) -> Vec<Evidence> {
    let mailboxes = context.tenant.exchange.mailboxes.read().unwrap_or_default();
    mailboxes
        .iter()
        .filter_map(|mailbox| {
            let to = mailbox.forwarding_smtp_address.as_deref().filter(|to| !to.is_empty())?;
            Some(evidence_on(mailbox, format!("is set to forward to {to}"), ""))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::{Fixture, check};

    const POLICIES: Data = Data::ExchangeHostedOutboundSpamFilterPolicies;
    const DOMAINS: Data = Data::ExchangeRemoteDomains;

    fn mode(mode: &Value) -> Fixture {
        Fixture::exemplary().with_member(POLICIES, "AutoForwardingMode", mode)
    }

    fn open_domain(fixture: Fixture) -> Fixture {
        fixture.with_member(DOMAINS, "AutoForwardEnabled", &json!(true))
    }

    /// A custom policy that is on, with a rule in this state for this sender; both layers open.
    fn custom(state: &str, sender: &str) -> Fixture {
        open_domain(Fixture::exemplary())
            .add(
                POLICIES,
                json!({ "Name": "Some", "IsDefault": false, "AutoForwardingMode": "On" }),
            )
            .add(
                Data::ExchangeHostedOutboundSpamFilterRules,
                json!({ "Name": "Some", "State": state, "Priority": 0, "From": sender,
                        "HostedOutboundSpamFilterPolicy": "Some" }),
            )
    }

    #[test]
    fn layers() {
        check(&CONTROL)
            .passes("off", Fixture::exemplary())
            .passes("automatic is off today", mode(&json!("Automatic")))
            .partial("the remote domain allows it", 0.75, open_domain(Fixture::exemplary()))
            .partial("only the remote domain stops it", 0.75, mode(&json!("On")))
            .fails_on("both are open", open_domain(mode(&json!("On"))), &["Default"])
            .fails("a word we do not know", open_domain(mode(&json!("Sometimes"))))
            .fails(
                "one remote domain is open",
                mode(&json!("On")).add(
                    DOMAINS,
                    json!({ "DomainName": "brook.example", "AutoForwardEnabled": true }),
                ),
            )
            .unknown("no word", FieldMissing, mode(&json!(null)))
            .unknown("no remote domain", FieldMissing, Fixture::exemplary().set(DOMAINS, json!([])))
            .unknown("policies unread", Permission, Fixture::exemplary().forbidden(POLICIES))
            .unknown("remote domains unread", Permission, mode(&json!("On")).forbidden(DOMAINS));
    }

    #[test]
    fn custom_policies() {
        let declared = custom("Enabled", "Person2@larkspur.example")
            .declare("service = [\"person2@larkspur.example\"]");
        check(&CONTROL)
            .fails_on("in force", custom("Enabled", "person2@larkspur.example"), &["Some"])
            .partial("for declared accounts only", 0.5, declared)
            .partial("its rule is off", 0.75, custom("Disabled", "person2@larkspur.example"))
            .unknown(
                "its rules are unread",
                Permission,
                custom("Enabled", "").forbidden(Data::ExchangeHostedOutboundSpamFilterRules),
            );
    }

    #[test]
    fn mail_flow_rules() {
        let redirect = |to: &str, mode: &str| {
            Fixture::exemplary().set(
                Data::ExchangeTransportRules,
                json!([{ "Name": "Copy", "State": "Enabled", "Mode": mode, "BlindCopyTo": [to],
                         "RedirectMessageTo": null }]),
            )
        };
        check(&CONTROL)
            .fails_on("to outside", redirect("x@brook.example", "Enforce"), &["Copy"])
            .passes("only logged", redirect("x@brook.example", "Audit"))
            .passes("inside", redirect("x@LARKSPUR.example", "Enforce"))
            .passes("to a mailbox by name", redirect("Person3", "Enforce"))
            .unknown("to somebody by name", FieldMissing, redirect("A contact", "Enforce"))
            .passes(
                "to a subdomain that is accepted",
                redirect("x@a.brook.example", "Enforce")
                    .add(Data::ExchangeAcceptedDomains, json!({ "DomainName": "*.brook.example" })),
            )
            .unknown(
                "accepted domains unread",
                Permission,
                redirect("x@y.example", "Enforce").forbidden(Data::ExchangeAcceptedDomains),
            );
    }

    #[test]
    fn mailboxes_that_forward_are_named() {
        let finding = Fixture::exemplary()
            .edit(Data::ExchangeMailboxes, |mailboxes| {
                mailboxes[2]["ForwardingSmtpAddress"] = json!("smtp:x@brook.example");
            })
            .judge(&CONTROL);
        let named: Vec<&str> =
            finding.evidence.iter().map(|one| one.subject.name.as_str()).collect();
        assert_eq!(named, ["person3@larkspur.example"]);
    }
}
