//! Which values a question is about, and the sign-in that a choice of values is.

use crate::compile::endpoints::{Endpoint, is_legacy};
use crate::compile::targets::Resource;
use crate::engine::{Engine, Pick};
use crate::world::World;
use crate::{ClientApp, Clients, Device, InsiderRisk, Question, RiskLevel, SignIn, Target};

/// Which values of each dimension a question is about.
pub(crate) struct Chosen {
    pub(crate) endpoints: Vec<bool>,
    pub(crate) sign_in_risk: Vec<bool>,
    pub(crate) user_risk: Vec<bool>,
    pub(crate) places: Vec<bool>,
    pub(crate) targets: Vec<bool>,
}

impl Engine<'_> {
    /// The values that a question is about.
    pub(crate) fn chosen(&self, world: &World<'_>, question: &Question) -> Chosen {
        self.choose(world, question).unwrap_or_else(|| self.everything())
    }

    /// Every value of every dimension.
    pub(super) fn everything(&self) -> Chosen {
        Chosen {
            endpoints: vec![true; self.endpoints.values.len()],
            sign_in_risk: vec![true; RiskLevel::ALL.len()],
            user_risk: vec![true; RiskLevel::ALL.len()],
            places: vec![true; self.places.values.len()],
            targets: vec![true; self.targets.all.values.len()],
        }
    }

    /// The values that a question is about; `None`: a suite that is not known.
    pub(super) fn choose(&self, world: &World<'_>, question: &Question) -> Option<Chosen> {
        let client = |client: ClientApp| match question.clients {
            Clients::Modern => !is_legacy(client),
            Clients::Legacy => is_legacy(client),
            Clients::ExchangeActiveSync => client == ClientApp::ExchangeActiveSync,
            Clients::Other => client == ClientApp::Other,
            Clients::ModernOrOther => client != ClientApp::ExchangeActiveSync,
            Clients::Any => true,
        };
        let endpoint = |endpoint: &Endpoint| {
            client(endpoint.client)
                && (!question.unmanaged_only || endpoint.device.is_none() && !endpoint.managed_app)
                && (!question.plain_app_only || !endpoint.managed_app)
                && question.platforms.as_ref().is_none_or(|list| list.contains(&endpoint.platform))
                && question.transfer_method.is_none_or(|flow| flow == endpoint.flow)
        };
        let suite = match &question.target {
            Target::Suite(name) => {
                let members = world.suites.members(name)?;
                members.iter().filter_map(|id| self.targets.place(id)).collect()
            }
            _ => Vec::new(),
        };
        let target = |number: usize, resource: &Resource| match (&question.target, resource) {
            (Target::AnyApplication, resource) => resource.is_application(),
            (Target::Application(id), Resource::Application(known)) => id == known,
            (Target::Application(id), Resource::OtherApplication(_)) => {
                self.targets.place(id).is_none()
            }
            (Target::Suite(_), _) => suite.contains(&number),
            (Target::UserAction(name), Resource::Action(known))
            | (Target::AuthenticationContext(name), Resource::Context(known)) => {
                known.as_str().eq_ignore_ascii_case(name)
            }
            (Target::UserAction(name), Resource::OtherAction)
            | (Target::AuthenticationContext(name), Resource::OtherContext) => {
                !self.targets.names(name)
            }
            _ => false,
        };
        let level = |wanted: &Option<Vec<RiskLevel>>, level: RiskLevel| {
            wanted.as_ref().is_none_or(|list| list.contains(&level))
        };
        Some(Chosen {
            endpoints: self.endpoints.values.iter().map(endpoint).collect(),
            sign_in_risk: RiskLevel::ALL
                .iter()
                .map(|risk| level(&question.sign_in_risk, *risk))
                .collect(),
            user_risk: RiskLevel::ALL
                .iter()
                .map(|risk| level(&question.user_risk, *risk))
                .collect(),
            places: self
                .places
                .values
                .iter()
                .map(|place| !question.untrusted_network_only || !place.trusted)
                .collect(),
            targets: self
                .targets
                .all
                .values
                .iter()
                .enumerate()
                .map(|(number, resource)| target(number, resource))
                .collect(),
        })
    }

    pub(super) fn sign_in(&self, pick: Pick, question: &Question) -> SignIn {
        let mut sign_in = SignIn::to(match &question.target {
            Target::Application(id) => id.clone(),
            Target::UserAction(name) | Target::AuthenticationContext(name) => name.as_str().into(),
            Target::AnyApplication | Target::Suite(_) => {
                match self.targets.all.values.get(pick.target) {
                    Some(
                        Resource::Application(id)
                        | Resource::OtherApplication(id)
                        | Resource::Action(id)
                        | Resource::Context(id),
                    ) => id.clone(),
                    _ => "".into(),
                }
            }
        });
        if let Some(endpoint) = self.endpoints.values.get(pick.endpoint) {
            sign_in.client_app_type = endpoint.client;
            sign_in.platform = endpoint.platform;
            sign_in.transfer_method = endpoint.flow;
            sign_in.managed_app = endpoint.managed_app;
            if let Some(device) = &endpoint.device {
                sign_in.device = Device {
                    registered: true,
                    is_compliant: device.compliant,
                    trust_type: Some(device.trust),
                    attributes: device.attributes.clone(),
                };
            }
        }
        if let Some(place) = self.places.values.get(pick.place) {
            sign_in.ip = place.ip.to_string();
            sign_in.country.clone_from(&place.country);
            sign_in.gps_country.clone_from(&place.gps_country);
            sign_in.compliant_network = place.compliant;
        }
        let level = |number: usize| RiskLevel::ALL.get(number).copied().unwrap_or(RiskLevel::None);
        sign_in.sign_in_risk = level(pick.sign_in_risk);
        sign_in.user_risk = level(pick.user_risk);
        sign_in.insider_risk =
            InsiderRisk::ALL.get(pick.insider_risk).copied().unwrap_or(InsiderRisk::None);
        sign_in
    }
}
