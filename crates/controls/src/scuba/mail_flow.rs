//! Exchange Online: forwarding, SMTP AUTH, warnings.

use model::{Data, Gap};

use super::facts::{Facts, is_empty, is_enabled, is_on, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[
    ("MS.EXO.1.1v2", no_forwarding),
    ("MS.EXO.5.1v1", smtp_auth_off),
    ("MS.EXO.7.1v1", external_mail_marked),
];

/// To no domain but those that the configuration allows; "every other domain" cannot be allowed.
fn no_forwarding(facts: &Facts<'_, '_>, id: &str) -> Result<Reading, Gap> {
    let allowed = facts.listed("Exo", id, &["AllowedForwardingDomains"]);
    let is_allowed =
        |domain: &str| domain != "*" && allowed.iter().any(|it| it.eq_ignore_ascii_case(domain));
    let domains = facts.records(Data::ExchangeRemoteDomains)?;
    let open: Vec<String> = domains
        .iter()
        .filter(|it| is_on(it, "AutoForwardEnabled") && !is_allowed(word(it, "DomainName")))
        .map(|it| word(it, "DomainName").to_owned())
        .collect();
    Ok(Reading::unless(&open, "Mail is not forwarded by itself.", "Mail is forwarded by itself to"))
}

fn smtp_auth_off(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let member = "SmtpClientAuthenticationDisabled";
    let configs = facts.records(Data::ExchangeTransportConfig)?;
    if configs.iter().all(|config| config.get(member).is_none()) {
        return Err(Gap::field(Data::ExchangeTransportConfig, member));
    }
    Ok(if configs.iter().any(|config| config.get(member).is_some_and(|it| *it == false)) {
        Reading::not_met("SMTP AUTH is on for the organization.")
    } else {
        Reading::met("SMTP AUTH is off for the organization; CISA does not look at mailboxes.")
    })
}

fn external_mail_marked(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let rules = facts.records(Data::ExchangeTransportRules)?;
    let rule = rules.iter().find(|rule| {
        is_enabled(rule)
            && word(rule, "Mode") == "Enforce"
            && word(rule, "FromScope") == "NotInOrganization"
            && !is_empty(rule, "PrependSubject")
    });
    Ok(match rule {
        Some(rule) => Reading::met(format!("The rule “{}” marks it.", word(rule, "Name"))),
        None => Reading::not_met("No mail flow rule in force marks mail from outside."),
    })
}
