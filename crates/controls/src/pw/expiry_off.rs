//! Passwords: passwords are not forced to expire.

use model::{Data, Domain, Evidence, Gap, NotApplicableReason, Severity, SubjectKind};

use super::Expiry;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pw-expiry-off",
    title: "Passwords are not forced to expire",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::Domains, Data::Organization],
    rationale: "People who must change a password often choose a weaker one, and whoever stole the \
        old one has used it long before.",
    passes_when: "For every verified, managed root domain `passwordValidityPeriodInDays` is \
        2147483647, or was never set in a tenant created after October 2021. Never set in an older \
        tenant is ambiguous and partial, so is a limit on some domain; a limit on the domain that \
        is the default is a fail. Subdomains follow their root, federated domains the directory \
        they federate with.",
    remediation: &[
        "Require MFA of everybody first: without it, a stolen password that never expires works \
            forever.",
        "Set passwords to never expire, so that the value is written for each domain.",
        "Do the same again for domains added or converted later.",
        "Microsoft 365 admin center > Settings > Org settings > Security & privacy > Password \
            expiration policy.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.6.1v1"]),
        (Framework::CisM365, &["1.3.1"]),
        (Framework::Nist80053, &["IA-5(1)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let domains = context.tenant.domains.read()?;
    let default = domains.iter().find(|domain| domain.is_default == Some(true));
    let mut evidence = Vec::new();
    let mut short = Vec::new();
    let (mut on_default, mut judged) = (false, 0);
    for domain in domains {
        if !is_judged(domain)? {
            continue;
        }
        judged += 1;
        let expiry = Expiry::of(context, domain)?;
        let expected = match expiry {
            Expiry::Never => "",
            Expiry::Days(_) | Expiry::Ambiguous => "passwords never expire, set explicitly",
        };
        if expiry != Expiry::Never {
            short.push((domain, expiry));
        }
        on_default |= matches!(expiry, Expiry::Days(_))
            && default.is_some_and(|default| is_root_of(domain, default));
        let (id, words) = (domain.id.as_str(), expiry.words());
        evidence.push(Evidence::new(SubjectKind::Domain, id, id, words, expected));
    }
    if judged == 0 {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "No verified, managed root domain: passwords are kept elsewhere.",
        ));
    }
    let names = some_names(short.iter().map(|(domain, _)| domain.id.as_str()));
    let all = count(judged, "domain", "domains");
    let finding = if short.is_empty() {
        Finding::pass(format!("Passwords never expire on {all}."))
    } else if on_default {
        Finding::fail(format!("Passwords expire on {names}, the default domain among them."))
    } else if short.iter().all(|(_, expiry)| *expiry == Expiry::Ambiguous) {
        Finding::partial(0.5, format!("Nobody set whether passwords expire on {names}."))
    } else {
        Finding::partial(0.5, format!("Passwords may expire on {} of {all}: {names}.", short.len()))
    };
    Ok(finding
        .would_pass_if(format!("passwords were set to never expire on {names}"))
        .with(evidence)
        .judged(judged, &[("subdomain, federated or unverified domain", domains.len() - judged)]))
}

/// Whether the domain decides by itself when passwords expire.
fn is_judged(domain: &Domain) -> Result<bool, Gap> {
    let missing = |name: &str| Gap::field(Data::Domains, &format!("{name} of {}", domain.id));
    if domain.authentication_type.is_none() {
        return Err(missing("authenticationType"));
    }
    Ok(domain.is_verified.ok_or_else(|| missing("isVerified"))?
        && domain.is_root.ok_or_else(|| missing("isRoot"))?
        && !domain.is_federated())
}

fn is_root_of(root: &Domain, domain: &Domain) -> bool {
    domain.id == root.id
        || domain.id.strip_suffix(root.id.as_str()).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const PERIOD: &str = "passwordValidityPeriodInDays";

    fn with(domain: usize, member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::Domains, |domains| domains[domain][member] = value.clone())
    }

    fn unset(created: &str) -> Fixture {
        Fixture::exemplary().with_member(Data::Domains, PERIOD, &Value::Null).with_member(
            Data::Organization,
            "createdDateTime",
            &json!(created),
        )
    }

    /// With one more domain.
    fn beside(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut domain = json!({
            "id": "north.larkspur.example", "authenticationType": "Managed", "isDefault": false,
            "isInitial": false, "isRoot": true, "isVerified": true, PERIOD: 90
        });
        change(&mut domain);
        Fixture::exemplary().add(Data::Domains, domain)
    }

    #[test]
    fn verdicts() {
        let set = &json!(2_147_483_647);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("90 days on the default domain", with(0, PERIOD, &json!(90)), &[DOMAIN])
            .partial("on another", 0.5, with(1, PERIOD, &json!(90)))
            .passes("never set, newer tenant", unset("2023-03-01T08:00:00Z"))
            .partial("never set, older tenant", 0.5, unset("2021-10-31T23:59:59Z"))
            .passes(
                "set in an older tenant",
                unset("2019-01-01T00:00:00Z").with_member(Data::Domains, PERIOD, set),
            );
    }

    #[test]
    fn only_verified_managed_roots_count() {
        check(&CONTROL)
            .partial("a root", 0.5, beside(|_| ()))
            .passes("a subdomain", beside(|domain| domain["isRoot"] = json!(false)))
            .passes(
                "a federated one",
                beside(|domain| domain["authenticationType"] = json!("Federated")),
            )
            .passes("an unverified one", beside(|domain| domain["isVerified"] = json!(false)));
        let default_subdomain = beside(|domain| {
            domain["isRoot"] = json!(false);
            domain["isDefault"] = json!(true);
        })
        .edit(Data::Domains, |domains| {
            domains[0]["isDefault"] = json!(false);
            domains[0][PERIOD] = json!(90);
        });
        check(&CONTROL).fails_on("the root of the default domain", default_subdomain, &[DOMAIN]);
        let none = Fixture::exemplary().with_member(
            Data::Domains,
            "authenticationType",
            &json!("Federated"),
        );
        check(&CONTROL).not_applicable("none", NotApplicableReason::NoPopulation, none);
    }

    #[test]
    fn unreadable() {
        check(&CONTROL)
            .unknown(
                "domains",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::Domains),
            )
            .unknown(
                "age of the tenant",
                UnknownReason::Permission,
                unset("2023-03-01T08:00:00Z").forbidden(Data::Organization),
            )
            .unknown(
                "kind",
                UnknownReason::FieldMissing,
                with(0, "authenticationType", &Value::Null),
            )
            .unknown("root or not", UnknownReason::FieldMissing, with(0, "isRoot", &Value::Null));
    }
}
