//! Rules outside Conditional Access at a sign-in: security defaults, per-user MFA, and what cannot
//! occur.

use model::Id;

use super::conditions::place;
use super::{Case, Effect, Reason};
use crate::bits;
use crate::compile::endpoints::is_legacy;
use crate::compile::gates::Fixed;
use crate::compile::network::{Location, is_at};
use crate::compile::policy::Presented;
use crate::tri::Tri;
use crate::{AZURE_MANAGEMENT, ClientApp, EXCHANGE_ONLINE, Platform, TransferMethod, TrustType};

impl Case<'_> {
    pub(super) fn rules(&self, presented: Presented) -> Vec<Reason> {
        self.closed_rules(presented)
            .into_iter()
            .map(|(gate, closed)| Reason {
                policy: Id::default(),
                name: rule_name(gate).to_owned(),
                effect: match closed {
                    Tri::No => Effect::NotApplied,
                    Tri::Maybe => Effect::Undetermined,
                    Tri::Yes => Effect::Refused,
                },
                term: String::new(),
            })
            .collect()
    }

    /// Rules outside Conditional Access that bind the account, and whether they refuse.
    pub(super) fn closed_rules(&self, presented: Presented) -> Vec<(Fixed, Tri)> {
        let sign_in = self.sign_in;
        let legacy = Tri::from(is_legacy(sign_in.client_app_type));
        let single = Tri::from(matches!(presented, Presented::Single(_)));
        let suites = &self.world.suites;
        let azure = suites.members(AZURE_MANAGEMENT).is_some_and(|ids| ids.contains(&sign_in.app))
            || sign_in.app.as_str() == AZURE_MANAGEMENT;
        let trusted = || match place(sign_in) {
            Ok(place) => {
                let mfa = &self.world.locations.mfa_trusted;
                is_at(&Location::MfaTrusted, &place, mfa)
            }
            Err(_) => Tri::Maybe,
        };
        [
            (Fixed::DefaultsLegacy, legacy),
            (Fixed::DefaultsAdmins, single.and(!legacy)),
            (Fixed::DefaultsAzure, single.and(!legacy).and(Tri::from(azure))),
            (Fixed::PerUserModern, single.and(!legacy).and(!trusted())),
            (Fixed::PerUserLegacy, legacy.and(!trusted())),
        ]
        .into_iter()
        .filter_map(|(gate, closed)| {
            let number = self.gates.fixed(gate);
            let binds = if bits::has(&self.class.sure, number) {
                Tri::Yes
            } else if bits::has(&self.class.maybe, number) {
                Tri::Maybe
            } else {
                return None;
            };
            Some((gate, closed.and(binds)))
        })
        .collect()
    }

    /// Why such a sign-in cannot occur.
    pub(super) fn impossible(&self) -> Option<String> {
        let sign_in = self.sign_in;
        let device = &sign_in.device;
        let plain = !device.registered && !sign_in.managed_app;
        let legacy = is_legacy(sign_in.client_app_type);
        let phone = matches!(sign_in.platform, Platform::Android | Platform::Ios);
        let why = if place(sign_in).is_err() {
            return Some(format!("{:?} is no address", sign_in.ip));
        } else if sign_in.client_app_type == ClientApp::ExchangeActiveSync
            && sign_in.app.as_str() != EXCHANGE_ONLINE
        {
            "Exchange ActiveSync reaches Exchange Online only"
        } else if legacy && (!plain || sign_in.transfer_method != TransferMethod::None) {
            "a legacy client has no device state, no protected app and no flow"
        } else if sign_in.transfer_method == TransferMethod::DeviceCode && !plain {
            "the device code flow passes no device state"
        } else if device.registered
            && matches!(sign_in.platform, Platform::WindowsPhone | Platform::Unknown)
        {
            "no device of that platform can be registered"
        } else if !device.registered && (device.is_compliant || device.trust_type.is_some()) {
            "a compliant or joined device is registered"
        } else if device.trust_type == Some(TrustType::HybridJoined)
            && sign_in.platform != Platform::Windows
        {
            "a hybrid joined device runs Windows"
        } else if sign_in.managed_app && !(device.registered && phone) {
            "a protected app runs on a registered phone"
        } else if self.untrusted_device() {
            "device claims of the account's home tenant are not trusted"
        } else {
            return None;
        };
        Some(why.to_owned())
    }

    /// Whether the account is external and its device claims count for nothing here.
    fn untrusted_device(&self) -> bool {
        let device = &self.sign_in.device;
        let hybrid = device.trust_type == Some(TrustType::HybridJoined);
        let binds = |gate| bits::has(&self.class.sure, self.gates.fixed(gate));
        let of = |gate, compliant: bool, both_hybrid: bool| {
            binds(gate)
                && (self.sign_in.managed_app
                    || device.registered
                        && !((device.is_compliant || hybrid)
                            && (!device.is_compliant || compliant)
                            && (!hybrid || both_hybrid)))
        };
        of(Fixed::ExternalNone, false, false)
            || of(Fixed::ExternalCompliant, true, false)
            || of(Fixed::ExternalHybrid, false, true)
            || of(Fixed::ExternalBoth, true, true)
    }
}

pub(super) fn rule_name(gate: Fixed) -> &'static str {
    match gate {
        Fixed::DefaultsLegacy => "security defaults: no legacy authentication",
        Fixed::DefaultsAdmins => "security defaults: administrators need MFA",
        Fixed::DefaultsAzure => "security defaults: Azure management needs MFA",
        Fixed::PerUserModern => "per-user MFA",
        Fixed::PerUserLegacy => "per-user MFA: legacy clients need an app password",
        Fixed::ActiveSyncElsewhere
        | Fixed::ExternalNone
        | Fixed::ExternalCompliant
        | Fixed::ExternalHybrid
        | Fixed::ExternalBoth => "",
    }
}
