//! What a Conditional Access policy asks for and what narrows it, read off its settings: for
//! explanations. Whether anybody is covered is decided by sign-ins alone.

use model::{
    AuthenticationStrengthPolicy, ConditionalAccessPolicy, Data, Evidence, Gap, GrantControls,
    SubjectKind, flags, is_meaningful,
};

use crate::context::Context;

/// Applications that policies may leave out without a gap worth naming: the Microsoft Store, which
/// subscription activation needs, and Rights Management.
const TOLERATED_APPLICATIONS: [&str; 2] =
    ["45a330b1-b1ec-4cc1-9161-9f03992aa49f", "00000012-0000-0000-c000-000000000000"];

/// How a grant relates to MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mfa {
    /// It does not ask for MFA.
    No,
    /// MFA is one choice of several, or the strength accepts a single factor.
    Optional,
    /// A third-party control stands in for it.
    ThirdParty,
    /// It is required.
    Required,
}

/// How the policy's grant relates to MFA. A block counts as [`Mfa::No`]: it asks for nothing.
pub(crate) fn asked_mfa(context: &Context<'_>, policy: &ConditionalAccessPolicy) -> Mfa {
    let Some(grant) = &policy.grant_controls else { return Mfa::No };
    let all = grant.operator.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("AND"));
    let atoms = atoms(context, grant);
    let strongest = atoms.iter().copied().max().unwrap_or(Mfa::No);
    let weakest = atoms.iter().copied().min().unwrap_or(Mfa::No);
    if all || weakest == strongest {
        strongest
    } else if weakest == Mfa::ThirdParty {
        Mfa::ThirdParty
    } else {
        Mfa::Optional
    }
}

fn atoms(context: &Context<'_>, grant: &GrantControls) -> Vec<Mfa> {
    let built_in = grant.built_in_controls.iter().map(|control| match control.as_str() {
        "mfa" | "passwordChange" | "riskRemediation" => Mfa::Required,
        _ => Mfa::No,
    });
    let strength = grant.authentication_strength.iter().map(|strength| {
        if is_multifactor(context, strength) == Some(true) { Mfa::Required } else { Mfa::Optional }
    });
    let terms = grant.terms_of_use.iter().map(|_| Mfa::No);
    let custom = grant.custom_authentication_factors.iter().map(|_| Mfa::ThirdParty);
    built_in.chain(strength).chain(terms).chain(custom).collect()
}

/// The gap where a policy asks for a strength of which it is not known what it allows.
pub(crate) fn untold_strength(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
) -> Option<Gap> {
    let strength = policy.grant_controls.as_ref()?.authentication_strength.as_ref()?;
    if is_multifactor(context, strength).is_some() {
        return None;
    }
    let known = context.tenant.authentication_strength_policies.read().err();
    let data = Data::AuthenticationStrengthPolicies;
    Some(known.unwrap_or_else(|| Gap::field(data, "what an authentication strength allows")))
}

/// Microsoft's own strengths: MFA, passwordless MFA, phishing-resistant MFA.
const BUILT_IN: [&str; 3] = [
    "00000000-0000-0000-0000-000000000002",
    "00000000-0000-0000-0000-000000000003",
    "00000000-0000-0000-0000-000000000004",
];

/// Whether every combination that the strength allows is multifactor; `None`: not known.
fn is_multifactor(context: &Context<'_>, strength: &AuthenticationStrengthPolicy) -> Option<bool> {
    const ALONE: [&str; 7] = [
        "windowsHelloForBusiness",
        "fido2",
        "x509CertificateMultiFactor",
        "deviceBasedPush",
        "temporaryAccessPassOneTime",
        "temporaryAccessPassMultiUse",
        "federatedMultiFactor",
    ];
    const SINGLE: [&str; 6] = [
        "password",
        "sms",
        "qrCodePin",
        "email",
        "x509CertificateSingleFactor",
        "federatedSingleFactor",
    ];
    let known = context.tenant.authentication_strength_policies.read().unwrap_or_default();
    let combinations = strength.allowed_combinations.as_deref().or_else(|| {
        known.iter().find(|one| one.id == strength.id)?.allowed_combinations.as_deref()
    });
    let Some(combinations) = combinations.filter(|combinations| !combinations.is_empty()) else {
        return BUILT_IN.contains(&strength.id.as_str()).then_some(true);
    };
    let is_multifactor = |one: &String| one.contains(',') || ALONE.contains(&one.as_str());
    let is_single = |one: &String| SINGLE.contains(&one.as_str());
    // A word of later days may be either.
    if combinations.iter().any(is_single) {
        Some(false)
    } else {
        combinations.iter().all(is_multifactor).then_some(true)
    }
}

/// How the policy is weaker where MFA is wanted.
pub(crate) fn weak_as_mfa(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
) -> Option<&'static str> {
    (asked_mfa(context, policy) == Mfa::ThirdParty)
        .then_some("a third-party control stands in for MFA")
}

/// Whether the policy blocks.
pub(crate) fn is_block(policy: &ConditionalAccessPolicy) -> bool {
    let grant = policy.grant_controls.as_ref();
    grant.is_some_and(|grant| grant.built_in_controls.iter().any(|control| control == "block"))
}

/// Whether the policy is for legacy clients and no others.
pub(crate) fn is_for_legacy_only(policy: &ConditionalAccessPolicy) -> bool {
    let legacy = ["exchangeActiveSync", "easSupported", "other"];
    let clients = &policy.conditions.client_app_types;
    !clients.is_empty() && clients.iter().all(|client| legacy.contains(&client.as_str()))
}

/// The applications that the policy leaves out, tolerated ones aside.
pub(crate) fn excluded_applications(policy: &ConditionalAccessPolicy) -> Vec<&str> {
    let applications = policy.conditions.applications.iter();
    applications
        .flat_map(|applications| &applications.exclude_applications)
        .map(model::Id::as_str)
        .filter(|id| !TOLERATED_APPLICATIONS.contains(id))
        .collect()
}

/// Everything that keeps the policy from applying to every modern sign-in of the people it is for,
/// in words. Empty: nothing that was recognized.
pub(crate) fn narrowings(policy: &ConditionalAccessPolicy) -> Vec<&'static str> {
    let conditions = &policy.conditions;
    let applications = conditions.applications.as_ref();
    let all = |list: &[model::Id]| list.iter().any(|id| *id == "all");
    let clients = &conditions.client_app_types;
    let client = |word: &str| clients.iter().any(|client| client == word);
    let risky = |levels: &[String]| !levels.is_empty();
    let rules = [
        (
            !applications.is_some_and(|applications| all(&applications.include_applications)),
            "it targets only some applications or actions",
        ),
        (!excluded_applications(policy).is_empty(), "it leaves out applications"),
        (
            applications.is_some_and(|applications| applications.application_filter.is_some()),
            "it filters applications",
        ),
        (
            !(clients.is_empty()
                || client("all")
                || client("browser") && client("mobileAppsAndDesktopClients")),
            "it is for some kinds of client only",
        ),
        (
            conditions.platforms.as_ref().is_some_and(|platforms| {
                !platforms.include_platforms.iter().any(|name| name == "all")
                    || !platforms.exclude_platforms.is_empty()
            }),
            "it is for some platforms only",
        ),
        (
            conditions.locations.as_ref().is_some_and(|locations| {
                !all(&locations.include_locations) || !locations.exclude_locations.is_empty()
            }),
            "it is for some locations only",
        ),
        (
            conditions.devices.as_ref().is_some_and(|devices| devices.device_filter.is_some()),
            "it filters devices",
        ),
        (
            risky(&conditions.user_risk_levels)
                || risky(&conditions.sign_in_risk_levels)
                || risky(&conditions.service_principal_risk_levels)
                || !flags(conditions.insider_risk_levels.as_ref()).is_empty()
                || !flags(conditions.agent_id_risk_levels.as_ref()).is_empty(),
            "it applies at some risk levels only",
        ),
        (
            conditions
                .authentication_flows
                .as_ref()
                .is_some_and(|flows| !flags(flows.transfer_methods.as_ref()).is_empty()),
            "it is for some authentication flows only",
        ),
        (policy.partial_enablement_strategy.is_some(), "it is enabled in part only"),
        (has_unknown_condition(policy), "it has a condition that this version does not know"),
    ];
    rules.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect()
}

/// Whether some condition has a member with a value that this version does not know.
fn has_unknown_condition(policy: &ConditionalAccessPolicy) -> bool {
    let conditions = &policy.conditions;
    let members = [
        Some(&conditions.other),
        conditions.users.as_ref().map(|part| &part.other),
        conditions.applications.as_ref().map(|part| &part.other),
        conditions.locations.as_ref().map(|part| &part.other),
        conditions.devices.as_ref().map(|part| &part.other),
    ];
    members.into_iter().flatten().any(is_meaningful)
}

/// Policies that look as if they required MFA, with the reason why each does not count.
pub(crate) fn near_misses(context: &Context<'_>) -> Vec<Evidence> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    policies
        .iter()
        .filter(|policy| !policy.is_for_workload_identities())
        .filter(|policy| asked_mfa(context, policy) != Mfa::No)
        .filter_map(|policy| {
            let mut reasons = narrowings(policy);
            match asked_mfa(context, policy) {
                Mfa::Optional => reasons.push("something weaker than MFA satisfies it too"),
                Mfa::ThirdParty => reasons.push("it relies on a third-party control"),
                Mfa::No | Mfa::Required => {}
            }
            if policy.is_report_only() {
                reasons.insert(0, "it is report-only");
            } else if !policy.is_enforced() {
                reasons.insert(0, "it is not enabled");
            }
            let observed = format!("does not count in full: {}", reasons.join("; "));
            let id = policy.id.as_str();
            let evidence = Evidence::context(SubjectKind::Policy, id, policy.name(), observed);
            (!reasons.is_empty()).then_some(evidence)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// What is read off this policy.
    fn read<T>(
        policy: &Value,
        read: impl FnOnce(&Context<'_>, &ConditionalAccessPolicy) -> T,
    ) -> T {
        let fixture = Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]));
        fixture.look(|context| {
            let policies = context.tenant.conditional_access_policies.read().unwrap();
            read(context, &policies[0])
        })
    }

    #[test]
    fn what_a_grant_asks_for() {
        let of = |operator: &str, controls: &[&str], strength: Value| {
            let mut grant = grant("mfa");
            grant["operator"] = json!(operator);
            grant["builtInControls"] = json!(controls);
            grant["authenticationStrength"] = strength;
            read(&policy("P", grant), asked_mfa)
        };
        let strength =
            |combinations: Value| json!({ "id": "s", "allowedCombinations": combinations });
        assert_eq!(of("OR", &["mfa"], Value::Null), Mfa::Required);
        assert_eq!(of("OR", &["mfa", "compliantDevice"], Value::Null), Mfa::Optional);
        assert_eq!(of("AND", &["mfa", "compliantDevice"], Value::Null), Mfa::Required);
        assert_eq!(of("OR", &["compliantDevice"], Value::Null), Mfa::No);
        assert_eq!(of("OR", &["block"], Value::Null), Mfa::No);
        assert_eq!(of("OR", &[], strength(json!(["fido2", "password,sms"]))), Mfa::Required);
        assert_eq!(of("OR", &[], strength(json!(["fido2", "sms"]))), Mfa::Optional);
        assert_eq!(of("OR", &[], strength(json!([]))), Mfa::Optional);
        assert_eq!(of("OR", &[], strength(json!(["fido2", "palmVein"]))), Mfa::Optional);
        let mut known = phishing_resistant()["authenticationStrength"].clone();
        known["allowedCombinations"] = Value::Null;
        assert_eq!(of("OR", &[], known), Mfa::Required, "looked up by id");
    }

    #[test]
    fn terms_of_use_and_third_party_controls() {
        let of = |member: &str, operator: &str| {
            let mut grant = grant("mfa");
            grant["operator"] = json!(operator);
            grant[member] = json!(["t"]);
            read(&policy("P", grant), asked_mfa)
        };
        assert_eq!(of("termsOfUse", "OR"), Mfa::Optional);
        assert_eq!(of("termsOfUse", "AND"), Mfa::Required);
        assert_eq!(of("customAuthenticationFactors", "OR"), Mfa::ThirdParty);
        assert_eq!(of("customAuthenticationFactors", "AND"), Mfa::Required);
    }

    #[test]
    fn what_narrows() {
        let of = |change: fn(&mut Value)| {
            let mut policy = policy("P", grant("mfa"));
            change(&mut policy["conditions"]);
            read(&policy, |_, policy| narrowings(policy))
        };
        assert!(of(|_| {}).is_empty());
        assert!(
            of(|c| c["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]))
                .is_empty()
        );
        assert!(
            of(|c| {
                c["applications"]["excludeApplications"] =
                    json!(["45a330b1-b1ec-4cc1-9161-9f03992aa49f"]);
            })
            .is_empty(),
            "the Store is tolerated"
        );
        let narrowing: [fn(&mut Value); 11] = [
            |c| c["applications"]["includeApplications"] = json!(["Office365"]),
            |c| c["applications"]["excludeApplications"] = json!(["c0"]),
            |c| c["applications"]["applicationFilter"] = json!({ "mode": "exclude", "rule": "r" }),
            |c| c["clientAppTypes"] = json!(["browser"]),
            |c| {
                c["platforms"] =
                    json!({ "includePlatforms": ["all"], "excludePlatforms": ["iOS"] });
            },
            |c| c["locations"] = json!({ "includeLocations": ["All"], "excludeLocations": ["l"] }),
            |c| c["devices"] = json!({ "deviceFilter": { "mode": "exclude", "rule": "r" } }),
            |c| c["userRiskLevels"] = json!(["high"]),
            |c| c["insiderRiskLevels"] = json!("elevated"),
            |c| c["authenticationFlows"] = json!({ "transferMethods": "deviceCodeFlow" }),
            |c| c["somethingNew"] = json!({ "level": "high" }),
        ];
        for (number, change) in narrowing.into_iter().enumerate() {
            assert_eq!(of(change).len(), 1, "narrowing {number}");
        }
    }
}
