//! Conditional Access: trusted locations do not switch MFA off.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::{
    ConditionalAccessPolicy, Data, Evidence, Gap, NamedLocation, Severity, SubjectKind, User,
};
use signin::{Outcome, Question, SignIn};

use super::{LICENSE, unless_security_defaults};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, Mfa, asked_mfa, sign_in_in_words};
use crate::finding::{Finding, count};
use crate::mfa::admins::Admins;
use crate::{Control, Kind};

pub(crate) static CONTROL: Control = Control {
    id: "ca-location-bypass",
    title: "Trusted locations do not switch MFA off",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: LICENSE,
    reads: crate::mfa::admins_required::ADMIN_SIGN_IN_DATA,
    rationale: "Where the office network needs no MFA, one VPN account or the guest Wi-Fi is the \
        way round it.",
    passes_when: "No enabled policy that requires MFA excludes a location; or those that do only \
        add to others, so that no person or administrator gets in with one factor from an \
        excluded location. It is partial when the excluded locations are at most 5 public ranges, \
        none wider than /24 (IPv4) or /48 (IPv6), and administrators are not affected. All \
        trusted locations, a country, a wide or a private range fail. It does not apply while \
        security defaults are on.",
    remediation: &[
        "Take the locations out of the exclusions of the policies below.",
        "Where people must be spared prompts at the office, accept a managed device instead.",
        "Entra admin center > Protection > Conditional Access > Policies > Network.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::CisM365, &["5.2.2.14"]), (Framework::Nist80053, &["AC-3"])],
    judge,
};

/// So many excluded ranges still are few.
const FEW: usize = 5;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    if let Err(finding) = unless_security_defaults(context)? {
        return Ok(finding);
    }
    let policies = context.tenant.conditional_access_policies.read()?;
    let excluding: Vec<&ConditionalAccessPolicy> = policies
        .iter()
        .filter(|policy| policy.is_enforced() && !policy.is_for_workload_identities())
        .filter(|policy| asked_mfa(context, policy) != Mfa::No && !excluded(policy).is_empty())
        .collect();
    if excluding.is_empty() {
        return Ok(Finding::pass("No policy that requires MFA excludes a location."));
    }
    let locations = context.tenant.named_locations.read()?;
    let people = context.people()?;
    let admins = Admins::of(context)?;
    let mut seen = BTreeSet::new();
    let accounts = people.members.iter().copied().chain(admins.users());
    let accounts: Vec<&User> = accounts.filter(|user| seen.insert(&user.id)).collect();
    let answer = context.access().ask(&Question::single_factor());
    let mut coverage = Coverage::default();
    for user in accounts {
        match answer.outcome(&user.id) {
            Outcome::Possible(sign_in) if is_in(sign_in, &excluding, locations) => {
                let why =
                    format!("one factor is enough for {}", sign_in_in_words(context, sign_in));
                coverage.uncovered.push((user, why));
            }
            Outcome::Undetermined(why) => coverage.undetermined.push((user, why.to_owned())),
            // Open elsewhere too: then it is not the location that opens the door.
            _ => coverage.covered.push(user),
        }
    }
    let wide = too_wide(&excluding, locations)?;
    let finding = coverage.decide(|coverage| verdict(coverage, &admins, wide));
    if finding.verdict != model::Verdict::Fail {
        admins.complete()?;
    }
    let expected =
        if finding.verdict == model::Verdict::Pass { "" } else { "no location excluded" };
    let evidence = excluding.iter().map(|policy| {
        let names: Vec<&str> =
            excluded(policy).iter().map(|id| location_name(id, locations)).collect();
        let observed = format!("requires MFA but not from {}", names.join(", "));
        let id = policy.id.as_str();
        Evidence::new(SubjectKind::Policy, id, policy.name(), observed, expected)
    });
    let evidence: Vec<Evidence> = evidence.collect();
    Ok(finding.with(evidence).judged(coverage.judged(), &people.left_out()))
}

fn verdict(coverage: &Coverage<'_>, admins: &Admins<'_, '_>, wide: Option<&str>) -> Finding {
    if coverage.uncovered.is_empty() {
        return Finding::pass("Locations are excluded, but no one gets round MFA by them.");
    }
    let number = count(coverage.uncovered.len(), "account gets", "accounts get");
    let names = coverage.names();
    let summary = format!("{number} round MFA from excluded locations: {names}.");
    let admin = coverage.uncovered.iter().any(|(user, _)| admins.of_user(user).is_some());
    let finding = match wide {
        None if !admin => Finding::partial(0.5, summary),
        None => Finding::fail(format!("{summary} Administrators are among them.")),
        Some(why) => Finding::fail(format!("{summary} {why}")),
    };
    finding
        .with(coverage.violations("MFA from everywhere"))
        .would_pass_if("the policies that require MFA excluded no location")
}

/// The locations that the policy excludes.
fn excluded(policy: &ConditionalAccessPolicy) -> &[model::Id] {
    policy.conditions.locations.as_ref().map_or(&[], |locations| &locations.exclude_locations)
}

fn location_name<'n>(id: &'n str, locations: &'n [NamedLocation]) -> &'n str {
    let named = locations.iter().find(|location| *location.id == *id);
    match id {
        "alltrusted" => "all trusted locations",
        "00000000-0000-0000-0000-000000000000" => "the MFA trusted IPs",
        _ => named.map_or(id, |location| &location.display_name),
    }
}

/// Whether the sign-in comes from a location that one of the policies excludes.
fn is_in(
    sign_in: &SignIn,
    policies: &[&ConditionalAccessPolicy],
    locations: &[NamedLocation],
) -> bool {
    let at = |location: &NamedLocation| {
        let by_address = location.ip_ranges.iter().any(|range| {
            range.cidr_address.as_deref().is_some_and(|range| contains(range, &sign_in.ip))
        });
        let here = [Some(&sign_in.country), sign_in.gps_country.as_ref()];
        let by_country = location
            .countries_and_regions
            .iter()
            .any(|country| here.iter().flatten().any(|here| here.eq_ignore_ascii_case(country)));
        let nowhere = sign_in.country == "unknown"
            && location.include_unknown_countries_and_regions == Some(true);
        by_address || by_country || nowhere
    };
    policies.iter().flat_map(|policy| excluded(policy)).any(|id| match id.as_str() {
        // Trusted addresses of the older page are not known; whatever is special is taken for one.
        "00000000-0000-0000-0000-000000000000" => sign_in.ip != SignIn::to(sign_in.app.clone()).ip,
        "all" => true,
        "alltrusted" => {
            locations.iter().any(|location| location.is_trusted == Some(true) && at(location))
        }
        id => locations.iter().any(|location| *location.id == *id && at(location)),
    })
}

/// Why the excluded locations are too wide to earn part of the credit; `None`: they are not.
fn too_wide(
    policies: &[&ConditionalAccessPolicy],
    locations: &[NamedLocation],
) -> Result<Option<&'static str>, Gap> {
    let mut ranges: BTreeSet<&str> = BTreeSet::new();
    for id in policies.iter().flat_map(|policy| excluded(policy)) {
        if ["all", "alltrusted", "00000000-0000-0000-0000-000000000000"].contains(&id.as_str()) {
            return Ok(Some("All trusted locations are excluded."));
        }
        // A location that was deleted matches nothing.
        let Some(location) = locations.iter().find(|location| location.id == *id) else { continue };
        if !location.countries_and_regions.is_empty() {
            return Ok(Some("Whole countries are excluded."));
        }
        for range in &location.ip_ranges {
            let missing = || Gap::field(Data::NamedLocations, "cidrAddress");
            ranges.insert(range.cidr_address.as_deref().ok_or_else(missing)?);
        }
    }
    Ok(if ranges.iter().any(|range| is_private(range)) {
        Some("A private range is excluded, which never matches.")
    } else if ranges.iter().any(|range| is_wide(range)) {
        Some("Wide ranges are excluded.")
    } else if ranges.len() > FEW {
        Some("Many ranges are excluded.")
    } else {
        None
    })
}

/// The address and length of a CIDR range.
fn cidr(range: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = range.split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok()?))
}

fn contains(range: &str, address: &str) -> bool {
    let (Some((network, length)), Ok(address)) = (cidr(range), address.parse()) else {
        return false;
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let shift = 32_u32.saturating_sub(length);
            network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let shift = 128_u32.saturating_sub(length);
            network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
        }
        _ => false,
    }
}

fn is_wide(range: &str) -> bool {
    match cidr(range) {
        Some((IpAddr::V4(_), length)) => length < 24,
        Some((IpAddr::V6(_), length)) => length < 48,
        None => true,
    }
}

fn is_private(range: &str) -> bool {
    match cidr(range) {
        Some((IpAddr::V4(address), _)) => address.is_private() || address.is_loopback(),
        Some((IpAddr::V6(address), _)) => address.is_unique_local() || address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const OFFICE: &str = "f0000000-0000-4000-8000-000000000001";

    /// MFA for everybody but from this location, with these ranges.
    fn excluding(location: &str, ranges: &[&str]) -> Fixture {
        let mut mfa = policy("MFA outside", grant("mfa"));
        mfa["conditions"]["locations"] =
            json!({ "includeLocations": ["All"], "excludeLocations": [location] });
        let ranges: Vec<Value> =
            ranges.iter().map(|range| json!({ "cidrAddress": range })).collect();
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([mfa])).set(
            Data::NamedLocations,
            json!([{
                "@odata.type": "#microsoft.graph.ipNamedLocation", "id": OFFICE,
                "displayName": "Office", "isTrusted": true, "ipRanges": ranges
            }]),
        )
    }

    fn for_admins(fixture: Fixture) -> Fixture {
        let mut admins = policy("MFA for administrators", grant("mfa"));
        admins["conditions"]["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
        fixture.add(Data::ConditionalAccessPolicies, admins)
    }

    #[test]
    fn verdicts() {
        let narrow = &["203.0.113.0/24"];
        let country = excluding(OFFICE, &[]).set(
            Data::NamedLocations,
            json!([{
                "@odata.type": "#microsoft.graph.countryNamedLocation", "id": OFFICE,
                "displayName": "Home", "countriesAndRegions": ["CH"],
                "includeUnknownCountriesAndRegions": false
            }]),
        );
        let second = || policy("MFA for everybody", grant("mfa"));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("a trusted location by itself", {
                Fixture::exemplary().set(
                    Data::NamedLocations,
                    json!([{
                        "@odata.type": "#microsoft.graph.ipNamedLocation", "id": OFFICE,
                        "displayName": "Office", "isTrusted": true,
                        "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
                    }]),
                )
            })
            .passes("a second policy covers it", {
                excluding(OFFICE, narrow).add(Data::ConditionalAccessPolicies, second())
            })
            .partial("a narrow range, administrators covered", 0.5, {
                for_admins(excluding(OFFICE, narrow))
            })
            .fails("administrators affected", excluding(OFFICE, narrow))
            .fails("all trusted locations", for_admins(excluding("AllTrusted", narrow)))
            .fails("a wide range", for_admins(excluding(OFFICE, &["198.51.0.0/16"])))
            .fails("a wide range, IPv6", for_admins(excluding(OFFICE, &["2001:db8::/32"])))
            .fails("a private range among others", {
                for_admins(excluding(OFFICE, &["203.0.113.0/24", "10.0.0.0/24"]))
            })
            .fails(
                "many ranges",
                for_admins(excluding(
                    OFFICE,
                    &[
                        "203.0.113.0/28",
                        "203.0.113.16/28",
                        "203.0.113.32/28",
                        "203.0.113.48/28",
                        "203.0.113.64/28",
                        "203.0.113.80/28",
                    ],
                )),
            )
            .fails("a country", for_admins(country))
            .passes("no such location any more", {
                excluding("f0000000-0000-4000-8000-000000000009", narrow)
                    .add(Data::ConditionalAccessPolicies, second())
            })
            .unknown("locations refused", UnknownReason::Permission, {
                excluding(OFFICE, narrow).forbidden(Data::NamedLocations)
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            });
    }

    #[test]
    fn ranges() {
        assert!(
            contains("203.0.113.0/24", "203.0.113.7") && !contains("203.0.113.0/24", "203.0.114.7")
        );
        assert!(contains("0.0.0.0/0", "198.51.100.1") && contains("2001:db8::/32", "2001:db8::1"));
        assert!(!contains("2001:db8::/32", "203.0.113.7") && !contains("nonsense", "203.0.113.7"));
    }
}
