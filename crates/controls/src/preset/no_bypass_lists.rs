//! Preset security policies: nothing lets mail skip the filters.

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::source::S1;
use crate::finding::{Finding, count};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "preset-bypass-lists",
    title: "Nothing lets mail skip the filters",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeHostedContentFilterPolicies,
        Data::ExchangeHostedConnectionFilterPolicies,
        Data::ExchangeTransportRules,
        Data::SubscribedSkus,
    ],
    rationale: "One allowed domain undoes the Strict preset for everybody who can forge a sender \
        of it.",
    passes_when: "No anti-spam policy allows senders or domains, the connection filter allows no \
        addresses and its safe list is off, and no enforced mail flow rule sets the spam \
        confidence level to -1.",
    remediation: &[
        "Remove allowed senders, domains and addresses.",
        "Replace what is really needed by an entry with an end date in the Tenant Allow/Block List.",
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies.",
    ],
    effort: 2,
    sources: &[S1],
    mappings: &[
        (
            Framework::CisaScuba,
            &["MS.SECURITYSUITE.6.2v1", "MS.SECURITYSUITE.8.1v1", "MS.SECURITYSUITE.8.2v1"],
        ),
        (Framework::CisM365, &["2.1.12", "2.1.13", "2.1.14", "6.2.2"]),
        (Framework::Maester, &["ORCA.109", "ORCA.114", "ORCA.118.1"]),
        (Framework::Nist80053, &["AC-4", "SI-8"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    // Whole domains and lists that others keep are open doors; single senders and addresses are
    // narrow ones.
    let mut wide = Vec::new();
    let mut narrow = Vec::new();
    for policy in exchange.hosted_content_filter_policies.read()? {
        let fact = |what: &str| {
            Evidence::new(SubjectKind::Policy, &policy.name, &policy.name, what, "none allowed")
        };
        wide.extend(
            policy
                .allowed_sender_domains
                .iter()
                .map(|domain| fact(&format!("allows the sender domain {domain}"))),
        );
        narrow.extend(
            policy
                .allowed_senders
                .iter()
                .map(|sender| fact(&format!("allows the sender {sender}"))),
        );
    }
    for policy in exchange.hosted_connection_filter_policies.read()? {
        let fact = |what: &str| {
            Evidence::new(SubjectKind::Policy, &policy.name, &policy.name, what, "none allowed")
        };
        let safe_list = policy.enable_safe_list.ok_or_else(|| {
            Gap::field(Data::ExchangeHostedConnectionFilterPolicies, "EnableSafeList")
        })?;
        wide.extend(safe_list.then(|| fact("the safe list is on")));
        narrow.extend(
            policy.ip_allow_list.iter().map(|range| fact(&format!("allows the address {range}"))),
        );
    }
    for rule in exchange.transport_rules.read()? {
        if rule.is_enforced() && rule.set_scl == Some(-1) {
            let fact = |what: &str| {
                Evidence::new(SubjectKind::Rule, &rule.name, &rule.name, what, "no such rule")
            };
            if rule.sender_ip_ranges.is_empty() {
                wide.push(fact("lets mail skip the spam filter (SCL -1)"));
            } else {
                narrow.push(fact("lets mail from listed addresses skip the spam filter (SCL -1)"));
            }
        }
    }
    let total = wide.len() + narrow.len();
    let entries = count(total, "entry lets", "entries let");
    let finding = match (wide.is_empty(), narrow.is_empty()) {
        (true, true) => Finding::pass("Nothing lets mail skip the filters."),
        (true, false) => Finding::partial(
            0.5,
            format!("{entries} single senders or addresses skip the filters."),
        ),
        (false, _) => Finding::fail(format!("{entries} mail skip the filters.")),
    };
    Ok(finding.with(wide).with(narrow).would_pass_if("the entries below were removed"))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let content = Data::ExchangeHostedContentFilterPolicies;
        let connection = Data::ExchangeHostedConnectionFilterPolicies;
        let rules = Data::ExchangeTransportRules;
        let skip = |extra: &str, value: serde_json::Value| {
            let mut rule = json!({ "Name": "Skip", "State": "Enabled", "Mode": "Enforce",
                "SetSCL": "-1", "SenderDomainIs": ["brook.example"] });
            rule[extra] = value;
            Fixture::exemplary().set(rules, json!([rule]))
        };
        check(&CONTROL)
            .passes("nothing allowed", Fixture::exemplary())
            .fails_on(
                "an allowed domain",
                Fixture::exemplary().with_member(
                    content,
                    "AllowedSenderDomains",
                    &json!(["a.example"]),
                ),
                &["Default"],
            )
            .partial(
                "an allowed sender",
                0.5,
                Fixture::exemplary().with_member(
                    content,
                    "AllowedSenders",
                    &json!(["b@a.example"]),
                ),
            )
            .fails(
                "safe list",
                Fixture::exemplary().with_member(connection, "EnableSafeList", &json!(true)),
            )
            .partial(
                "an allowed address",
                0.5,
                Fixture::exemplary().with_member(connection, "IPAllowList", &json!(["192.0.2.1"])),
            )
            .fails_on("a rule by domain", skip("Comments", json!("")), &["Skip"])
            .passes("a disabled rule", skip("State", json!("Disabled")))
            .passes("a rule in audit mode", skip("Mode", json!("Audit")))
            .unknown(
                "no word on the safe list",
                FieldMissing,
                Fixture::exemplary().set(connection, json!([{ "Name": "Default" }])),
            )
            .unknown("rules unread", Permission, Fixture::exemplary().forbidden(rules));
    }
}
