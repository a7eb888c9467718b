//! The answer to a question by trying every sign-in that the tenant could tell apart.
//!
//! Trying them one by one would take minutes. So each value of each part of a sign-in is first
//! reduced to the set of policies it leaves in force, as a bit mask, by asking the conditions
//! themselves; values with equal masks are tried once. A sign-in gets in when no policy that
//! every part leaves in force is unsatisfied.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::conditions::{
    applications, authentication_flows, client_app_types, devices, insider_risk, locations,
    platforms, sign_in_risk, user_risk,
};
use super::grant::SINGLE_FACTORS;
use super::sign_in::{CLIENTS, FLOWS, INSIDER_RISKS, PLATFORMS, RISKS};
use super::{AZURE_MANAGEMENT, Capability, EXCHANGE, Question, SignIn, Tenant, Values};

/// One bit for each enforced policy, in their order, and one for per-user MFA.
type Mask = u64;

/// Every sign-in worth trying: an application, surroundings and an endpoint in any combination that
/// is feasible.
pub(crate) struct Grid {
    /// With the policies that each leaves in force.
    apps: Vec<(String, Mask)>,
    /// Network and risks, one combination for each set of policies that it leaves in force.
    surroundings: BTreeMap<Mask, SignIn>,
    endpoints: Vec<Endpoint>,
}

/// Client, platform, device, app state and flow: the parts that the rules of feasibility tie.
struct Endpoint {
    sign_in: SignIn,
    in_force: Mask,
    /// By capability, in the order of [`capabilities`].
    unsatisfied: Vec<Mask>,
}

impl Tenant<'_> {
    /// Every sign-in worth trying, for [`Tenant::enumerate`].
    pub(crate) fn grid(&self) -> Grid {
        let policies = self.enabled_policies();
        assert!(policies.len() < 64, "a tenant for this judge is small");
        let values = Values::of(self);
        let surroundings = self.surroundings(&policies, &values);
        let endpoints = self.endpoints(&policies, &values);
        Grid { apps: self.apps(&policies, &values), surroundings, endpoints }
    }

    /// One application for each set of policies that it leaves in force. Exchange Online and Azure
    /// management have rules of their own, so they and their like stand apart.
    fn apps(&self, policies: &[&Value], values: &Values) -> Vec<(String, Mask)> {
        let mut seen = BTreeSet::new();
        let mut apps = Vec::new();
        for app in &values.apps {
            let in_force = mask(policies, |policy| applications(self, policy, &SignIn::plain(app)));
            let azure = self.app_term_matches(AZURE_MANAGEMENT, app);
            if seen.insert((in_force, app == EXCHANGE, app == AZURE_MANAGEMENT, azure)) {
                apps.push((app.clone(), in_force));
            }
        }
        apps
    }

    /// For every account a sign-in that proves it to belong to the question's answer, or `None`.
    pub(crate) fn enumerate(
        &self,
        question: Question,
        grid: &Grid,
    ) -> BTreeMap<String, Option<SignIn>> {
        self.user_ids()
            .into_iter()
            .map(|user| {
                let asked =
                    self.is_enabled(user) && (question != Question::Q3 || self.is_privileged(user));
                let witness = asked.then(|| self.witness(user, question, grid)).flatten();
                (user.to_owned(), witness)
            })
            .collect()
    }

    fn witness(&self, user: &str, question: Question, grid: &Grid) -> Option<SignIn> {
        let policies = self.enabled_policies();
        let per_user_mfa: Mask = 1 << policies.len();
        let for_user = per_user_mfa | mask(&policies, |policy| self.users_condition(policy, user));
        for (app, for_app) in &grid.apps {
            let for_app = per_user_mfa | for_app;
            let around: BTreeMap<Mask, &SignIn> = grid
                .surroundings
                .iter()
                .map(|(in_force, sign_in)| (for_user & for_app & in_force, sign_in))
                .collect();
            let mut hopeless = BTreeSet::new();
            for endpoint in &grid.endpoints {
                let at_endpoint = SignIn { app: app.clone(), ..endpoint.sign_in.clone() };
                if !question.asks_about(&at_endpoint)
                    || at_endpoint.possible().is_err()
                    || self.possible_for(user, &at_endpoint).is_err()
                {
                    continue;
                }
                for (capability, unsatisfied) in capabilities().zip(&endpoint.unsatisfied) {
                    if !covers(question.capability(), capability) {
                        continue;
                    }
                    let mut refusing = endpoint.in_force & unsatisfied;
                    if !self.per_user_mfa_allows(user, &at_endpoint, capability) {
                        refusing |= per_user_mfa;
                    }
                    refusing &= for_user & for_app;
                    if hopeless.contains(&refusing) {
                        continue;
                    }
                    let free = around.iter().find(|(in_force, _)| *in_force & refusing == 0);
                    let Some((_, around)) = free else {
                        hopeless.insert(refusing);
                        continue;
                    };
                    if self.security_defaults_allow(user, &at_endpoint, capability) {
                        return Some(SignIn {
                            app: app.clone(),
                            ip: around.ip,
                            country: around.country.clone(),
                            gps_country: around.gps_country.clone(),
                            compliant_network: around.compliant_network,
                            sign_in_risk: around.sign_in_risk.clone(),
                            user_risk: around.user_risk.clone(),
                            insider_risk: around.insider_risk.clone(),
                            ..at_endpoint
                        });
                    }
                }
            }
        }
        None
    }

    /// Network and risks: for every set of policies that some combination leaves in force, one such
    /// combination.
    fn surroundings(&self, policies: &[&Value], values: &Values) -> BTreeMap<Mask, SignIn> {
        let per_user_mfa: Mask = 1 << policies.len();
        let mut networks = BTreeMap::new();
        for sign_in in networks_of(values) {
            let mut in_force = mask(policies, |policy| locations(self, policy, &sign_in));
            if !self.is_mfa_trusted(sign_in.ip) {
                in_force |= per_user_mfa;
            }
            networks.entry(in_force).or_insert(sign_in);
        }
        let mut all = networks;
        for (levels, condition, set) in [
            (RISKS, sign_in_risk as fn(&_, &_, &_) -> _, set_sign_in_risk as fn(&mut _, _)),
            (RISKS, user_risk, set_user_risk),
            (INSIDER_RISKS, insider_risk, set_insider_risk),
        ] {
            let mut combined = BTreeMap::new();
            for level in levels {
                let mut at_level = SignIn::plain("");
                set(&mut at_level, level);
                let in_force: Mask =
                    per_user_mfa | mask(policies, |policy| condition(self, policy, &at_level));
                for (others, sign_in) in &all {
                    combined.entry(others & in_force).or_insert_with(|| {
                        let mut sign_in = sign_in.clone();
                        set(&mut sign_in, level);
                        sign_in
                    });
                }
            }
            all = combined;
        }
        all
    }

    fn endpoints(&self, policies: &[&Value], values: &Values) -> Vec<Endpoint> {
        let per_user_mfa: Mask = 1 << policies.len();
        let mut endpoints = Vec::new();
        let mut seen = BTreeSet::new();

        let mut software = Vec::new();
        for client in CLIENTS {
            for platform in PLATFORMS {
                let mut sign_in = SignIn::plain(EXCHANGE);
                client.clone_into(&mut sign_in.client);
                platform.clone_into(&mut sign_in.platform);
                let in_force = mask(policies, |policy| {
                    client_app_types(self, policy, &sign_in) && platforms(self, policy, &sign_in)
                });
                for flow in FLOWS {
                    flow.clone_into(&mut sign_in.flow);
                    let in_force = in_force
                        & mask(policies, |policy| authentication_flows(self, policy, &sign_in));
                    software.push((in_force, sign_in.clone()));
                }
            }
        }

        let mut hardware = BTreeMap::new();
        for device in &values.devices {
            let mut sign_in = SignIn::plain(EXCHANGE);
            sign_in.device = device.clone();
            let in_force = mask(policies, |policy| devices(self, policy, &sign_in));
            let key = (in_force, device.registered, device.compliant, device.trust_type.clone());
            hardware.entry(key).or_insert_with(|| device.clone());
        }

        for ((on_device, ..), device) in hardware {
            for managed_app in [false, true] {
                // What controls ask of a sign-in is the same for every modern client.
                let mut asked = SignIn { managed_app, ..SignIn::plain(EXCHANGE) };
                asked.device = device.clone();
                let modern = self.unsatisfied(policies, &asked);
                "other".clone_into(&mut asked.client);
                let legacy = self.unsatisfied(policies, &asked);
                for (in_software, sign_in) in &software {
                    let sign_in = SignIn { managed_app, device: device.clone(), ..sign_in.clone() };
                    if sign_in.possible().is_err() {
                        continue;
                    }
                    let in_force = per_user_mfa | on_device & in_software;
                    let key = (
                        in_force,
                        sign_in.client.clone(),
                        managed_app,
                        device.registered,
                        device.compliant,
                        device.trust_type.clone(),
                    );
                    if seen.insert(key) {
                        let unsatisfied = if sign_in.is_modern() { &modern } else { &legacy };
                        endpoints.push(Endpoint {
                            sign_in,
                            in_force,
                            unsatisfied: unsatisfied.clone(),
                        });
                    }
                }
            }
        }
        endpoints
    }

    fn unsatisfied(&self, policies: &[&Value], sign_in: &SignIn) -> Vec<Mask> {
        capabilities()
            .map(|capability| mask(policies, |policy| !self.satisfied(policy, sign_in, capability)))
            .collect()
    }
}

/// What a person can present, one method at a time.
fn capabilities() -> impl Iterator<Item = Capability> {
    SINGLE_FACTORS
        .into_iter()
        .map(Capability::Sfa)
        .chain([Capability::NonPhishingResistant, Capability::Any])
}

/// Whether presenting `one` is a way of presenting what was `asked` for.
fn covers(asked: Capability, one: Capability) -> bool {
    match asked {
        Capability::AnySfa => matches!(one, Capability::Sfa(_)),
        asked => asked == one,
    }
}

fn mask(policies: &[&Value], holds: impl Fn(&Value) -> bool) -> Mask {
    policies
        .iter()
        .enumerate()
        .map(|(index, policy)| Mask::from(holds(policy)) << index)
        .fold(0, |all, one| all | one)
}

/// Every address with every country and, where locations ask for them, every position and both
/// kinds of network.
fn networks_of(values: &Values) -> Vec<SignIn> {
    let positions: Vec<Option<String>> = if values.gps {
        std::iter::once(None).chain(values.countries.iter().cloned().map(Some)).collect()
    } else {
        vec![None]
    };
    let compliant: &[bool] = if values.compliant_network { &[false, true] } else { &[false] };
    let mut networks = Vec::new();
    for &ip in &values.ips {
        for country in &values.countries {
            for gps_country in &positions {
                for &compliant_network in compliant {
                    networks.push(SignIn {
                        ip,
                        country: country.clone(),
                        gps_country: gps_country.clone(),
                        compliant_network,
                        ..SignIn::plain("")
                    });
                }
            }
        }
    }
    networks
}

fn set_sign_in_risk(sign_in: &mut SignIn, level: &str) {
    level.clone_into(&mut sign_in.sign_in_risk);
}

fn set_user_risk(sign_in: &mut SignIn, level: &str) {
    level.clone_into(&mut sign_in.user_risk);
}

fn set_insider_risk(sign_in: &mut SignIn, level: &str) {
    level.clone_into(&mut sign_in.insider_risk);
}
