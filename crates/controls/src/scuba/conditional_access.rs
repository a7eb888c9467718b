//! Requirements that one Conditional Access policy meets: it is enabled, includes everybody and
//! everything, excludes nobody that is not documented, and has the terms asked for.
//!
//! CISA looks at one policy at a time and only at the terms that a requirement is about: a policy
//! that also needs a risk, a client type or a place meets it. Our controls say where that leaves a
//! hole.

use std::collections::BTreeSet;

use model::{Cloud, ConditionalAccessPolicy, Gap, GrantControls, Id, Plan};
use serde_json::Value;

use super::facts::{Documented, Facts, texts};
use super::{Reading, Rule, privileged};

pub(super) const RULES: &[Rule] = &[
    ("MS.AAD.1.1v1", |facts, id| Wanted::everybody(blocks_legacy_clients).reading(facts, id)),
    ("MS.AAD.2.1v1", |facts, id| {
        with_p2(facts, || Wanted::everybody(blocks_risky_users).reading(facts, id))
    }),
    ("MS.AAD.2.3v1", |facts, id| {
        with_p2(facts, || Wanted::everybody(blocks_risky_sign_ins).reading(facts, id))
    }),
    ("MS.AAD.3.1v1", |facts, id| Wanted::everybody(is_phishing_resistant).reading(facts, id)),
    ("MS.AAD.3.2v2", |facts, id| Wanted::everybody(is_general_mfa).reading(facts, id)),
    ("MS.AAD.3.6v1", roles_phishing_resistant),
    ("MS.AAD.3.7v1", |facts, id| Wanted::everybody(needs_managed_device).reading(facts, id)),
    ("MS.AAD.3.8v1", |facts, id| {
        let wanted = Wanted { resources: false, ..Wanted::everybody(guards_registration) };
        wanted.reading(facts, id)
    }),
    ("MS.AAD.3.9v1", |facts, id| Wanted::everybody(blocks_device_code).reading(facts, id)),
    ("MS.AAD.9.1v1", risky_agents_blocked),
];

/// What a policy must be to meet a requirement.
struct Wanted {
    /// For all users.
    everybody: bool,
    /// For all resources, but those documented.
    resources: bool,
    /// For these roles, by template id.
    roles: Vec<Id>,
    /// Has the terms that the requirement is about.
    terms: fn(&ConditionalAccessPolicy) -> bool,
}

impl Wanted {
    const fn everybody(terms: fn(&ConditionalAccessPolicy) -> bool) -> Self {
        Self { everybody: true, resources: true, roles: Vec::new(), terms }
    }

    fn reading(&self, facts: &Facts<'_, '_>, id: &str) -> Result<Reading, Gap> {
        let documented = facts.documented(id);
        let (mut met, mut near) = (Vec::new(), Vec::new());
        for policy in facts.policies()?.iter().filter(|policy| (self.terms)(policy)) {
            let name = if policy.name().is_empty() { "(no name)" } else { policy.name() };
            match self.obstacle(policy, &documented) {
                None => met.push(name),
                Some(obstacle) => near.push(format!("“{name}” {obstacle}")),
            }
        }
        // Which comes first in the service's answer says nothing.
        if let Some(name) = met.into_iter().min() {
            return Ok(Reading::met(format!("The policy “{name}” meets it.")));
        }
        near.sort_unstable();
        Ok(Reading::not_met(if near.is_empty() {
            "No Conditional Access policy has the terms asked for.".to_owned()
        } else {
            let near = near.iter().map(String::as_str);
            format!("No policy meets it: {}.", crate::finding::some_names(near))
        }))
    }

    /// Why a policy with the right terms does not do.
    fn obstacle(
        &self,
        policy: &ConditionalAccessPolicy,
        documented: &Documented,
    ) -> Option<&'static str> {
        let users = policy.conditions.users.clone().unwrap_or_default();
        let resources = policy.conditions.applications.clone().unwrap_or_default();
        let guests = users.exclude_guests_or_external_users.unwrap_or_default();
        let guests = words(guests.guest_or_external_user_types.as_ref());
        if !policy.is_enforced() {
            Some("is not enabled")
        } else if self.everybody && !users.include_users.iter().any(|it| *it == "all") {
            Some("does not include all users")
        } else if self.resources && !resources.include_applications.iter().any(|it| *it == "all") {
            Some("does not include all resources")
        } else if self.roles.iter().any(|role| !users.include_roles.contains(role)) {
            Some("leaves out a highly privileged role")
        } else if !users.exclude_roles.is_empty() {
            Some("excludes roles")
        } else if !within(&users.exclude_users, &documented.users) {
            Some("excludes users that are not documented")
        } else if !within(&users.exclude_groups, &documented.groups) {
            Some("excludes groups that are not documented")
        } else if !guests.is_subset(&documented.guests) {
            Some("excludes guests that are not documented")
        } else if self.resources
            && !within(&resources.exclude_applications, &documented.applications)
        {
            Some("excludes resources that are not documented")
        } else {
            None
        }
    }
}

/// Whether every excluded object is documented.
fn within(excluded: &[Id], documented: &BTreeSet<String>) -> bool {
    excluded.iter().all(|id| documented.contains(id.as_str()))
}

/// The words of a flag text such as `internalGuest,b2bCollaborationGuest`, or of a list, in lower
/// case.
fn words(flags: Option<&Value>) -> BTreeSet<String> {
    texts(flags)
        .flat_map(|text| text.split(','))
        .map(|word| word.trim().to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Not met without Microsoft Entra ID P2, once the policies were read at all.
fn with_p2(
    facts: &Facts<'_, '_>,
    reading: impl FnOnce() -> Result<Reading, Gap>,
) -> Result<Reading, Gap> {
    let reading = reading()?;
    Ok(if facts.owns("AAD_PREMIUM_P2", Plan::EntraIdP2)? { reading } else { privileged::no_p2() })
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|it| it == word)
}

fn grants(policy: &ConditionalAccessPolicy, control: &str) -> bool {
    policy.grant_controls.as_ref().is_some_and(|grant| has(&grant.built_in_controls, control))
}

fn blocks_legacy_clients(policy: &ConditionalAccessPolicy) -> bool {
    let clients = &policy.conditions.client_app_types;
    has(clients, "other") && has(clients, "exchangeActiveSync") && grants(policy, "block")
}

fn blocks_risky_users(policy: &ConditionalAccessPolicy) -> bool {
    has(&policy.conditions.user_risk_levels, "high") && grants(policy, "block")
}

fn blocks_risky_sign_ins(policy: &ConditionalAccessPolicy) -> bool {
    has(&policy.conditions.sign_in_risk_levels, "high") && grants(policy, "block")
}

/// The combinations of the strength that a policy asks for, without spaces.
fn combinations(grant: &GrantControls) -> BTreeSet<String> {
    let strength = grant.authentication_strength.as_ref();
    let allowed = strength.and_then(|strength| strength.allowed_combinations.as_ref());
    allowed.into_iter().flatten().map(|methods| methods.replace(' ', "")).collect()
}

const PHISHING_RESISTANT: [&str; 3] =
    ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];

/// Combinations that are MFA and can be phished. Together with the three above they are Microsoft's
/// built-in strength "Multifactor authentication".
const PHISHABLE: [&str; 14] = [
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "password,microsoftAuthenticatorPush",
    "password,softwareOath",
    "password,hardwareOath",
    "password,sms",
    "password,voice",
    "federatedMultiFactor",
    "microsoftAuthenticatorPush,federatedSingleFactor",
    "softwareOath,federatedSingleFactor",
    "hardwareOath,federatedSingleFactor",
    "sms,federatedSingleFactor",
    "voice,federatedSingleFactor",
];

fn is_phishing_resistant(policy: &ConditionalAccessPolicy) -> bool {
    let combinations = policy.grant_controls.as_ref().map(combinations).unwrap_or_default();
    !combinations.is_empty()
        && combinations.iter().all(|it| PHISHING_RESISTANT.contains(&it.as_str()))
}

/// The grant control `mfa`, or a strength of MFA that everybody can satisfy: one that only knows
/// phishing-resistant methods is what MS.AAD.3.1 asks for, and since its second version MS.AAD.3.2
/// wants a policy for those whom that one cannot reach.
fn is_general_mfa(policy: &ConditionalAccessPolicy) -> bool {
    let combinations = policy.grant_controls.as_ref().map(combinations).unwrap_or_default();
    let known =
        |it: &String| PHISHABLE.contains(&it.as_str()) || PHISHING_RESISTANT.contains(&it.as_str());
    grants(policy, "mfa")
        || (combinations.iter().all(known)
            && combinations.iter().any(|it| PHISHABLE.contains(&it.as_str())))
}

fn needs_managed_device(policy: &ConditionalAccessPolicy) -> bool {
    policy.grant_controls.as_ref().is_some_and(|grant| {
        has(&grant.built_in_controls, "compliantDevice")
            && has(&grant.built_in_controls, "domainJoinedDevice")
            && grant.built_in_controls.len() == 2
            && grant.operator.as_deref() == Some("OR")
    })
}

fn guards_registration(policy: &ConditionalAccessPolicy) -> bool {
    let actions = policy.conditions.applications.as_ref().map(|it| &it.include_user_actions);
    actions.is_some_and(|actions| has(actions, "urn:user:registersecurityinfo"))
        && (grants(policy, "compliantDevice") || grants(policy, "domainJoinedDevice"))
}

/// CISA wants this flow alone: a policy that blocks authentication transfer too does not do.
fn blocks_device_code(policy: &ConditionalAccessPolicy) -> bool {
    let flows = policy.conditions.authentication_flows.as_ref();
    let flows = words(flows.and_then(|flows| flows.transfer_methods.as_ref()));
    flows.len() == 1 && flows.contains("devicecodeflow") && grants(policy, "block")
}

fn roles_phishing_resistant(facts: &Facts<'_, '_>, id: &str) -> Result<Reading, Gap> {
    let roles = privileged::role_ids(facts)?;
    Wanted { everybody: false, resources: true, roles, terms: is_phishing_resistant }
        .reading(facts, id)
}

fn blocks_risky_agents(policy: &ConditionalAccessPolicy) -> bool {
    let agents = policy.conditions.client_applications.as_ref();
    let agents = agents.and_then(|it| it.other.get("includeAgentIdServicePrincipals"));
    words(policy.conditions.agent_id_risk_levels.as_ref()).contains("high")
        && texts(agents).any(|it| it.eq_ignore_ascii_case("all"))
        && has(&policy.conditions.client_app_types, "all")
        && grants(policy, "block")
}

/// Two government clouds cannot do it yet: there it does not apply until a policy is there.
fn risky_agents_blocked(facts: &Facts<'_, '_>, id: &str) -> Result<Reading, Gap> {
    let wanted = Wanted { everybody: false, ..Wanted::everybody(blocks_risky_agents) };
    let excused =
        || Reading::not_applicable("Microsoft does not offer it in the tenant's cloud (2026-08).");
    let is_excused = matches!(facts.cloud(), Cloud::GccHigh | Cloud::Dod);
    with_p2(facts, || match wanted.reading(facts, id) {
        Ok(reading) if reading.verdict == model::Verdict::Pass => Ok(reading),
        _ if is_excused => Ok(excused()),
        other => other,
    })
}
