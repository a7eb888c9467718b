//! Passwords that do not expire.

use std::collections::BTreeSet;

use model::{Data, Gap};
use serde_json::Value;

use super::facts::{Facts, word};
use super::{Reading, Rule};

pub(super) const RULES: &[Rule] = &[("MS.AAD.6.1v1", passwords_do_not_expire)];

/// The number that means "never".
const NEVER: i64 = 2_147_483_647;

/// Verified, managed domains: a root domain says never or nothing, any other has a root that does.
/// Federated domains are the identity provider's matter.
fn passwords_do_not_expire(facts: &Facts<'_, '_>, _: &str) -> Result<Reading, Gap> {
    let records = facts.records(Data::Domains)?;
    let is = |domain: &Value, member: &str| domain.get(member) == Some(&Value::Bool(true));
    let managed = |domain: &&Value| {
        is(domain, "isVerified") && word(domain, "authenticationType") == "Managed"
    };
    let never = |domain: &Value| match domain.get("passwordValidityPeriodInDays") {
        None => false,
        Some(days) => days.is_null() || days.as_i64() == Some(NEVER),
    };
    let managed: Vec<&Value> = records.iter().filter(managed).collect();
    let good_roots: BTreeSet<&str> = managed
        .iter()
        .filter(|domain| is(domain, "isRoot") && never(domain))
        .map(|domain| word(domain, "id"))
        .collect();
    let is_good = |domain: &&Value| {
        if is(domain, "isRoot") {
            good_roots.contains(word(domain, "id"))
        } else {
            good_roots.iter().any(|root| !root.is_empty() && word(domain, "id").ends_with(root))
        }
    };
    let bad: Vec<String> = managed
        .iter()
        .filter(|domain| !is_good(domain))
        .map(|domain| word(domain, "id").to_owned())
        .collect();
    if managed.is_empty() {
        return Ok(Reading::not_met("No verified domain manages its own passwords."));
    }
    let reading = Reading::unless(&bad, PASSED, "Passwords expire in");
    // A list of one that was written as the object itself holds no domain for CISA's tool.
    Ok(if facts.is_flagged("domainsAreNoList") {
        Reading::not_met(format!(
            "The export holds one domain where CISA's tool wants a list of domains, and it finds \
             none. Read as a list of one: {}",
            reading.because
        ))
    } else {
        reading
    })
}

const PASSED: &str = "Passwords expire in no managed domain.";
