//! What policies ask for at a sign-in, in words.

use super::Case;
use super::rules::rule_name;
use crate::compile::endpoints::is_legacy;
use crate::compile::gates::Fixed;
use crate::compile::policy::{Atom, Circumstances, Policy, Presented};
use crate::tri::Tri;
use crate::{ClientApp, Platform, TrustType};

impl Case<'_> {
    pub(super) fn circumstances(&self) -> Circumstances {
        let sign_in = self.sign_in;
        let device = &sign_in.device;
        Circumstances {
            legacy: is_legacy(sign_in.client_app_type),
            supported_active_sync: sign_in.client_app_type == ClientApp::ExchangeActiveSync
                && matches!(
                    sign_in.platform,
                    Platform::Windows | Platform::Ios | Platform::Android
                ),
            compliant: device.registered && device.is_compliant,
            hybrid: device.registered && device.trust_type == Some(TrustType::HybridJoined),
            managed_app: sign_in.managed_app,
        }
    }

    /// What the policy asks for, and what of it is presented.
    pub(super) fn demand(&self, policy: &Policy<'_>, presented: Presented) -> String {
        let grant = &policy.grant;
        if grant.blocks {
            return "blocks access".to_owned();
        }
        if grant.atoms.is_empty() {
            return "asks for nothing".to_owned();
        }
        let at = self.circumstances();
        if at.legacy && grant.satisfied(presented, at, self.reading) == Tri::No {
            let asked: Vec<String> = grant.atoms.iter().map(Atom::words).collect();
            return format!(
                "asks a legacy client for {}, which it cannot answer",
                asked.join(", ")
            );
        }
        let join = if grant.all == Tri::Yes { " and " } else { " or " };
        let asked: Vec<String> = grant.atoms.iter().map(Atom::words).collect();
        let met: Vec<String> = grant
            .atoms
            .iter()
            .filter(|atom| atom.satisfied(presented, at, self.reading) == Tri::Yes)
            .map(Atom::words)
            .collect();
        let asks = format!("asks for {}", asked.join(join));
        if grant.satisfied(presented, at, self.reading) == Tri::Yes && grant.atoms.len() > 1 {
            format!("{asks}; satisfied by {}", met.join(" and "))
        } else {
            asks
        }
    }

    /// What a person must present, from every policy and rule that applies.
    pub(super) fn required(&self, policies: &[Policy<'_>]) -> Vec<String> {
        let mut required: Vec<String> = policies
            .iter()
            .filter(|policy| {
                policy.enforced.possible()
                    && !policy.grant.is_empty()
                    && self.applies(policy).possible()
            })
            .map(|policy| {
                let certain = self.applies(policy) == Tri::Yes && policy.doubts.is_empty();
                let perhaps = if certain { "" } else { "perhaps " };
                let demand = self.demand(policy, Presented::NotPhishingResistant);
                let demand = demand.split("; satisfied").next().unwrap_or_default();
                format!("{perhaps}{demand} (policy {:?})", policy.name())
            })
            .collect();
        required.sort();
        let rules = self.closed_rules(Presented::Single(0));
        required.extend(rules.into_iter().filter(|(_, closed)| closed.possible()).map(
            |(gate, _)| match gate {
                Fixed::PerUserModern | Fixed::DefaultsAdmins | Fixed::DefaultsAzure => {
                    format!("asks for multifactor authentication ({})", rule_name(gate))
                }
                _ => format!("blocks access ({})", rule_name(gate)),
            },
        ));
        required
    }
}
