//! With what one can sign in: client, platform, flow, device and application state.
//!
//! They are one dimension because they hang together: a legacy client has no device state, a
//! hybrid joined device runs Windows, and so on.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Dimension;
use super::devices::{DeviceState, Devices};
use super::gates::{Fixed, Gates};
use super::policy::{Circumstances, Policy, Presented, client_on};
use crate::assumption::{Assumption, Reading};
use crate::bits;
use crate::filter::Rule;
use crate::tri::Tri;
use crate::{ClientApp, Platform, TransferMethod, TrustType};

/// One combination that can occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) client: ClientApp,
    pub(crate) platform: Platform,
    pub(crate) flow: TransferMethod,
    /// `None`: not registered.
    pub(crate) device: Option<Registered>,
    /// Whether the application is an approved or protected client app.
    pub(crate) managed_app: bool,
}

/// A registered device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) trust: TrustType,
    pub(crate) compliant: bool,
    pub(crate) attributes: BTreeMap<String, Json>,
}

impl Endpoint {
    /// What controls look at.
    pub(crate) fn circumstances(&self) -> Circumstances {
        let device = self.device.as_ref();
        Circumstances {
            legacy: is_legacy(self.client),
            supported_active_sync: self.client == ClientApp::ExchangeActiveSync
                && matches!(self.platform, Platform::Windows | Platform::Ios | Platform::Android),
            compliant: device.is_some_and(|device| device.compliant),
            hybrid: device.is_some_and(|device| device.trust == TrustType::HybridJoined),
            managed_app: self.managed_app,
        }
    }

    /// How far from ordinary it is.
    fn strangeness(&self) -> usize {
        let device = self.device.as_ref().map_or(0, |device| {
            100 + 3 * device.attributes.len()
                + 5 * usize::from(device.compliant)
                + device.trust as usize
        });
        let flow = match self.flow {
            TransferMethod::None => 0,
            TransferMethod::DeviceCode => 20,
            TransferMethod::AuthenticationTransfer => 25,
        };
        device
            + flow
            + 50 * usize::from(self.managed_app)
            + 7 * (self.client as usize)
            + self.platform as usize
    }
}

pub(crate) fn is_legacy(client: ClientApp) -> bool {
    matches!(client, ClientApp::Other | ClientApp::ExchangeActiveSync)
}

/// The combinations, each with the gates whose conditions it meets: whether a gate is then closed
/// depends on what is presented, see [`unmet`].
pub(crate) fn endpoints(policies: &[Policy<'_>], reading: Reading) -> Dimension<Endpoint> {
    let gates = Gates { policies: policies.len() };
    let mut rules: Vec<&Rule> =
        policies.iter().filter_map(|policy| policy.devices.as_ref()?.rule.as_ref().ok()).collect();
    rules.sort_unstable();
    rules.dedup();
    let devices = Devices::of(&rules, reading);
    // What each policy's device filter says of a state of devices.
    let filtered = |policy: &Policy<'_>, outcomes: &[Tri]| match &policy.devices {
        None => Tri::Yes,
        Some(filter) => {
            let matches = match &filter.rule {
                Err(_) => Tri::Maybe,
                Ok(rule) => rules
                    .binary_search(&rule)
                    .ok()
                    .and_then(|number| outcomes.get(number))
                    .map_or(Tri::Maybe, |outcome| *outcome),
            };
            if filter.include { matches } else { !matches }
        }
    };

    let mut all = Vec::new();
    for client in ClientApp::ALL {
        for platform in Platform::ALL {
            for flow in TransferMethod::ALL {
                for state in [None].into_iter().chain(devices.registered.iter().map(Some)) {
                    for managed_app in [false, true] {
                        let point = Point {
                            client: *client,
                            platform: *platform,
                            flow: *flow,
                            device: state.map(|state| state.trust),
                            managed_app,
                        };
                        if !point.occurs(reading) {
                            continue;
                        }
                        let outcomes = state.map_or(&devices.unregistered, |state| &state.outcomes);
                        let mut sure = vec![0; gates.words()];
                        let mut maybe = vec![0; gates.words()];
                        for (number, policy) in policies.iter().enumerate() {
                            let applies = policy
                                .clients
                                .has(client_on(*client, *platform))
                                .and(policy.platforms.has(*platform as usize))
                                .and(policy.flows.has(*flow as usize))
                                .and(filtered(policy, outcomes));
                            match applies {
                                Tri::No => {}
                                Tri::Maybe => bits::set(&mut maybe, number),
                                Tri::Yes => bits::set(&mut sure, number),
                            }
                        }
                        point.meet_fixed(state, gates, &mut sure);
                        all.push((point.endpoint(state), sure, maybe));
                    }
                }
            }
        }
    }
    all.sort_by_key(|(endpoint, ..)| endpoint.strangeness());
    let mut endpoints = Dimension::new(gates.words());
    for (endpoint, sure, maybe) in all {
        endpoints.push(endpoint, &sure, &maybe);
    }
    endpoints
}

#[derive(Clone, Copy)]
struct Point {
    client: ClientApp,
    platform: Platform,
    flow: TransferMethod,
    /// The trust type of a registered device.
    device: Option<TrustType>,
    managed_app: bool,
}

impl Point {
    /// Whether such a sign-in can occur at all.
    fn occurs(self, reading: Reading) -> bool {
        let plain = self.device.is_none() && !self.managed_app;
        let phone = matches!(self.platform, Platform::Android | Platform::Ios);
        let legacy = is_legacy(self.client);
        let legacy_has_nothing = !legacy || (plain && self.flow == TransferMethod::None);
        let legacy_platform = !legacy
            || reading.assumes(Assumption::LegacyPlatform)
            || self.platform == Platform::Unknown;
        let code_has_no_device = self.flow != TransferMethod::DeviceCode
            || plain
            || !reading.assumes(Assumption::DeviceCodeDevice);
        let platform_can_register = match self.device {
            None => true,
            Some(TrustType::HybridJoined) => self.platform == Platform::Windows,
            Some(_) => !matches!(self.platform, Platform::WindowsPhone | Platform::Unknown),
        };
        let managed_is_on_a_phone = !self.managed_app || (self.device.is_some() && phone);
        legacy_has_nothing
            && legacy_platform
            && code_has_no_device
            && platform_can_register
            && managed_is_on_a_phone
    }

    fn meet_fixed(self, state: Option<&DeviceState>, gates: Gates, closed: &mut [u64]) {
        let mut meet = |gate: Fixed, meets: bool| {
            if meets {
                bits::set(closed, gates.fixed(gate));
            }
        };
        let legacy = is_legacy(self.client);
        meet(Fixed::ActiveSyncElsewhere, self.client == ClientApp::ExchangeActiveSync);
        meet(Fixed::DefaultsLegacy, legacy);
        meet(Fixed::DefaultsAdmins, !legacy);
        meet(Fixed::DefaultsAzure, !legacy);
        meet(Fixed::PerUserModern, !legacy);
        meet(Fixed::PerUserLegacy, legacy);
        for (gate, compliant, hybrid) in [
            (Fixed::ExternalNone, false, false),
            (Fixed::ExternalCompliant, true, false),
            (Fixed::ExternalHybrid, false, true),
            (Fixed::ExternalBoth, true, true),
        ] {
            let trusted = state.is_none_or(|state| {
                let is_hybrid = state.trust == TrustType::HybridJoined;
                (state.compliant || is_hybrid)
                    && (!state.compliant || compliant)
                    && (!is_hybrid || hybrid)
            });
            meet(gate, !trusted || self.managed_app);
        }
    }

    fn endpoint(self, state: Option<&DeviceState>) -> Endpoint {
        Endpoint {
            client: self.client,
            platform: self.platform,
            flow: self.flow,
            device: state.map(|state| Registered {
                trust: state.trust,
                compliant: state.compliant,
                attributes: state.attributes.clone(),
            }),
            managed_app: self.managed_app,
        }
    }
}

/// The gates that stay closed to what is presented: for certain, and at most.
pub(crate) struct Unmet {
    pub(crate) sure: Vec<u64>,
    pub(crate) most: Vec<u64>,
}

/// Finds them, for a sign-in in these circumstances whose other conditions are met.
pub(crate) fn unmet(
    policies: &[Policy<'_>],
    presented: Presented,
    at: Circumstances,
    reading: Reading,
) -> Unmet {
    let gates = Gates { policies: policies.len() };
    let mut sure = gates.all_fixed();
    if !matches!(presented, Presented::Single(_)) {
        // These ask for MFA, whichever.
        for gate in [Fixed::DefaultsAdmins, Fixed::DefaultsAzure, Fixed::PerUserModern] {
            bits::unset(&mut sure, gates.fixed(gate));
        }
    }
    let mut most = sure.clone();
    for (number, policy) in policies.iter().enumerate() {
        match policy.grant.satisfied(presented, at, reading) {
            Tri::Yes => {}
            Tri::Maybe => bits::set(&mut most, number),
            Tri::No => {
                bits::set(&mut sure, number);
                bits::set(&mut most, number);
            }
        }
    }
    Unmet { sure, most }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Endpoint> {
        endpoints(&[], Reading::default()).values
    }

    #[test]
    fn only_what_can_occur_is_there() {
        let all = all();
        for one in &all {
            if is_legacy(one.client) {
                assert!(one.device.is_none() && !one.managed_app, "{one:?}");
                assert_eq!(one.flow, TransferMethod::None);
            }
            if one.flow == TransferMethod::DeviceCode {
                assert!(one.device.is_none() && !one.managed_app, "{one:?}");
            }
            if one.managed_app {
                assert!(one.device.is_some(), "{one:?}");
                assert!(matches!(one.platform, Platform::Android | Platform::Ios), "{one:?}");
            }
            if let Some(device) = &one.device {
                assert!(!matches!(one.platform, Platform::WindowsPhone | Platform::Unknown));
                if device.trust == TrustType::HybridJoined {
                    assert_eq!(one.platform, Platform::Windows);
                }
            }
        }
        // Legacy: two clients on seven platforms. Modern, for each client: seven platforms by the
        // device code flow; by each other flow seven platforms without a device, 22 devices, and
        // eight of those with a managed application.
        assert_eq!(all.len(), 2 * 7 + 2 * (7 + 2 * (7 + 22 + 8)));
    }

    #[test]
    fn a_browser_on_windows_without_anything_comes_first() {
        let all = all();
        let first = all.first().unwrap();
        assert_eq!((first.client, first.platform), (ClientApp::Browser, Platform::Windows));
        assert_eq!((&first.device, first.flow), (&None, TransferMethod::None));
    }
}
