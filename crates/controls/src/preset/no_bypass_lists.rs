//! Preset security policies: nothing lets mail skip the filters.

use model::{
    Data, Evidence, Gap, HostedContentFilterPolicy, Plan, Severity, SubjectKind, TransportRule,
};

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
        Data::ExchangeHostedContentFilterRules,
        Data::ExchangeHostedConnectionFilterPolicies,
        Data::ExchangeTransportRules,
        Data::SubscribedSkus,
    ],
    rationale: "One allowed domain undoes the Strict preset for everybody who can forge a sender \
        of it.",
    passes_when: "No anti-spam policy in force allows senders or domains, the connection filter \
        allows no addresses and its safe list is off, and no enforced mail flow rule sets the spam \
        confidence level to -1 for mail from outside. Single senders and addresses alone are \
        partial.",
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
    let (mut wide, mut narrow) = (Vec::new(), Vec::new());
    let connection = &exchange.hosted_connection_filter_policies;
    if connection.read()?.is_empty() {
        return Err(Gap::field(connection.data(), "the default policy"));
    }
    for policy in connection.read()? {
        let missing = || Gap::field(connection.data(), "EnableSafeList");
        if policy.enable_safe_list.ok_or_else(missing)? {
            wide.push(fact(SubjectKind::Policy, &policy.name, "the safe list is on"));
        }
        narrow.extend(policy.ip_allow_list.iter().map(|range| {
            fact(SubjectKind::Policy, &policy.name, &format!("allows the address {range}"))
        }));
    }
    let spam = &exchange.hosted_content_filter_policies;
    if spam.read()?.is_empty() {
        return Err(Gap::field(spam.data(), "the default policy"));
    }
    for policy in spam.read()? {
        let allows =
            !policy.allowed_sender_domains.is_empty() || !policy.allowed_senders.is_empty();
        if !allows || !is_in_force(context, policy)? {
            continue;
        }
        let allowed = |what: &str, who: &String| {
            fact(SubjectKind::Policy, &policy.name, &format!("allows the sender{what} {who}"))
        };
        wide.extend(policy.allowed_sender_domains.iter().map(|domain| allowed(" domain", domain)));
        narrow.extend(policy.allowed_senders.iter().map(|sender| allowed("", sender)));
    }
    for rule in exchange.transport_rules.read()? {
        if rule.is_enforced() && rule.set_scl == Some(-1) && !is_internal(rule) {
            let skips = |what: &str| {
                let observed = format!("lets mail{what} skip the spam filter (SCL -1)");
                fact(SubjectKind::Rule, &rule.name, &observed)
            };
            if !rule.sender_ip_ranges.is_empty() {
                narrow.push(skips(" from listed addresses"));
            } else if !rule.from.is_empty() && rule.sender_domain_is.is_empty() {
                narrow.push(skips(" of listed senders"));
            } else {
                wide.push(skips(""));
            }
        }
    }
    let entries = count(wide.len() + narrow.len(), "entry lets", "entries let");
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

fn fact(kind: SubjectKind, name: &str, what: &str) -> Evidence {
    Evidence::new(kind, name, name, what, "nothing skips the filters")
}

/// Whether the policy decides about any mail: the default, one of a preset, or one that an enabled
/// rule names.
fn is_in_force(context: &Context<'_>, policy: &HostedContentFilterPolicy) -> Result<bool, Gap> {
    let kind = policy.recommended_policy_type.as_deref();
    let is_custom = policy.is_default == Some(false)
        && kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Custom"));
    if !is_custom {
        return Ok(true);
    }
    let rules = context.tenant.exchange.hosted_content_filter_rules.read()?;
    Ok(rules.iter().any(|rule| {
        let named = rule.hosted_content_filter_policy.as_deref();
        rule.is_enabled() && named.is_some_and(|name| name.eq_ignore_ascii_case(&policy.name))
    }))
}

/// Whether the rule is for mail within the organization only, which nobody outside can send.
fn is_internal(rule: &TransportRule) -> bool {
    rule.from_scope.as_deref().is_some_and(|scope| scope.eq_ignore_ascii_case("InOrganization"))
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::CONTROL;
    use crate::testing::{Fixture, check, mail_rule, spam_policy};

    const CONTENT: Data = Data::ExchangeHostedContentFilterPolicies;
    const CONNECTION: Data = Data::ExchangeHostedConnectionFilterPolicies;
    const RULES: Data = Data::ExchangeTransportRules;

    /// A mail flow rule that sets the spam confidence level to -1, with this member too.
    fn skip(member: &str, value: Value) -> Fixture {
        let mut rule =
            json!({ "Name": "Skip", "State": "Enabled", "Mode": "Enforce", "SetSCL": "-1" });
        rule[member] = value;
        Fixture::exemplary().set(RULES, json!([rule]))
    }

    /// A custom policy that allows a domain, with a rule in this state.
    fn custom(state: &str) -> Fixture {
        let mut policy = spam_policy("Standard");
        policy["Name"] = json!("Ours");
        policy["IsDefault"] = json!(false);
        policy["RecommendedPolicyType"] = json!("Custom");
        policy["AllowedSenderDomains"] = json!(["brook.example"]);
        let mut rule = mail_rule("Ours", 0);
        rule["State"] = json!(state);
        rule["HostedContentFilterPolicy"] = json!("Ours");
        Fixture::exemplary().add(CONTENT, policy).add(Data::ExchangeHostedContentFilterRules, rule)
    }

    #[test]
    fn verdicts() {
        let default = |member: &str, value: Value| {
            Fixture::exemplary().edit(CONTENT, |policies| policies[0][member] = value)
        };
        check(&CONTROL)
            .passes("nothing allowed", Fixture::exemplary())
            .fails_on(
                "an allowed domain, as a bare string",
                default("AllowedSenderDomains", json!("a.example")),
                &["Default"],
            )
            .partial("an allowed sender", 0.5, default("AllowedSenders", json!(["b@a.example"])))
            .fails(
                "safe list",
                Fixture::exemplary().with_member(CONNECTION, "EnableSafeList", &json!(true)),
            )
            .partial(
                "an allowed address",
                0.5,
                Fixture::exemplary().with_member(CONNECTION, "IPAllowList", &json!(["192.0.2.1"])),
            )
            .fails_on("a custom policy in force", custom("Enabled"), &["Ours"])
            .passes("a custom policy that is switched off", custom("Disabled"))
            .unknown(
                "a custom policy, and its rules are unread",
                Permission,
                custom("Enabled").forbidden(Data::ExchangeHostedContentFilterRules),
            )
            .unknown(
                "no word on the safe list",
                FieldMissing,
                Fixture::exemplary().set(CONNECTION, json!([{ "Name": "Default" }])),
            )
            .unknown("no policy at all", FieldMissing, Fixture::exemplary().set(CONTENT, json!([])))
            .unknown("rules unread", Permission, Fixture::exemplary().forbidden(RULES));
    }

    #[test]
    fn mail_flow_rules() {
        let domain = || skip("SenderDomainIs", json!(["brook.example"]));
        let with = |member: &str, value: &Value| domain().with_member(RULES, member, value);
        check(&CONTROL)
            .fails_on("by domain", domain(), &["Skip"])
            .fails_on("by whatever else", skip("SubjectContainsWords", json!(["x"])), &["Skip"])
            .partial("of one sender", 0.5, skip("From", json!(["x@brook.example"])))
            .partial("by address", 0.5, with("SenderIpRanges", &json!(["192.0.2.0/24"])))
            .passes("within the organization", skip("FromScope", json!("InOrganization")))
            .passes("another level", with("SetSCL", &json!(5)))
            .passes("a disabled rule", with("State", &json!("Disabled")))
            .passes("a rule in audit mode", with("Mode", &json!("Audit")));
    }
}
