//! Why: what each policy does at one sign-in, and by which term.

use std::net::IpAddr;

use model::{Id, NamedLocation};
use serde::Serialize;

use crate::assumption::Reading;
use crate::bits;
use crate::compile::devices;
use crate::compile::endpoints::is_legacy;
use crate::compile::gates::{Fixed, Gates};
use crate::compile::network::{Location, MFA_TRUSTED, Place, is_at};
use crate::compile::people::Class;
use crate::compile::policy::{Atom, Circumstances, Policy, Presented, SINGLE_FACTORS, client_on};
use crate::compile::targets::{Named, filter_matches, named};
use crate::person::{Person, Side};
use crate::tri::Tri;
use crate::world::World;
use crate::{
    AZURE_MANAGEMENT, Capability, ClientApp, EXCHANGE_ONLINE, Platform, SignIn, TransferMethod,
    TrustType,
};

/// What happens at one sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Why such a sign-in cannot occur; `None`: it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<String>,
    /// Whether a single factor is enough.
    pub single_factor: Verdict,
    /// Whether anything but phishing-resistant methods is enough.
    pub not_phishing_resistant: Verdict,
    /// Whether it gets a token at all, whatever is presented.
    pub any: Verdict,
    /// What the person must present, a sentence for each policy and rule that asks for something.
    pub required: Vec<String>,
    /// Every policy for users, those that apply first.
    pub policies: Vec<Reason>,
    /// Rules outside Conditional Access that bind the account.
    pub rules: Vec<Reason>,
}

/// Whether a sign-in gets a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Granted,
    /// It does not.
    Refused,
    /// It depends on what is not known.
    Undetermined,
}

impl From<Tri> for Verdict {
    fn from(granted: Tri) -> Self {
        match granted {
            Tri::No => Self::Refused,
            Tri::Maybe => Self::Undetermined,
            Tri::Yes => Self::Granted,
        }
    }
}

/// What a policy or rule does at a sign-in, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The policy's id; empty for a rule outside Conditional Access.
    #[schemars(with = "String")]
    pub policy: Id,
    /// The policy's or rule's name.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// By which term: of its users, its conditions or what it asks for.
    pub term: String,
}

/// What a policy does at a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It applies, and what it asks for is not presented.
    Refused,
    /// Whether it applies, or is satisfied, is not known.
    Undetermined,
    /// It applies, and what it asks for is presented.
    Satisfied,
    /// It does not apply.
    NotApplied,
    /// It would, but is report-only or disabled.
    NotEnforced,
}

/// A sign-in to be judged, with what is presented.
pub(crate) struct Case<'c> {
    pub(crate) world: &'c World<'c>,
    pub(crate) person: &'c Person<'c>,
    pub(crate) class: &'c Class,
    /// How the class numbers its gates.
    pub(crate) gates: Gates,
    pub(crate) sign_in: &'c SignIn,
    pub(crate) reading: Reading,
}

/// A condition of a policy at a sign-in.
struct Part {
    holds: Tri,
    /// Why not, or why that is not known.
    why: String,
}

impl Case<'_> {
    /// What happens, whatever is presented.
    pub(crate) fn decide(&self, policies: &[Policy<'_>]) -> Decision {
        let granted = |capability| Verdict::from(self.granted(policies, capability));
        let mut reasons: Vec<(usize, Reason)> = policies
            .iter()
            .map(|policy| self.reason(policy, Presented::Single(0)))
            .map(|(_, distance, reason)| (distance, reason))
            .collect();
        reasons.sort_by(|(one_distance, one), (other_distance, other)| {
            let key = |distance: usize, reason: &Reason| {
                (reason.effect, distance, reason.name.clone(), reason.policy.clone())
            };
            key(*one_distance, one).cmp(&key(*other_distance, other))
        });
        Decision {
            impossible: self.impossible(),
            single_factor: granted(Capability::SingleFactor),
            not_phishing_resistant: granted(Capability::NotPhishingResistant),
            any: granted(Capability::Any),
            required: self.required(policies),
            policies: reasons.into_iter().map(|(_, reason)| reason).collect(),
            rules: self.rules(Presented::Single(0)),
        }
    }

    /// Why the sign-in gets through with what is presented: the policies that would have refused
    /// it, the closest first.
    pub(crate) fn chain(&self, policies: &[Policy<'_>], presented: Presented) -> Vec<Reason> {
        let mut reasons: Vec<((bool, usize, Effect), Reason)> = policies
            .iter()
            .filter(|policy| !policy.grant.is_empty())
            .map(|policy| self.reason(policy, presented))
            .filter(|(would_refuse, _, reason)| *would_refuse || reason.effect == Effect::Satisfied)
            .map(|(would_refuse, distance, reason)| {
                ((!would_refuse, distance, reason.effect), reason)
            })
            .collect();
        reasons.sort_by(|(one_key, one), (other_key, other)| {
            (one_key, &one.name, &one.policy).cmp(&(other_key, &other.name, &other.policy))
        });
        reasons.into_iter().map(|(_, reason)| reason).collect()
    }

    /// Whether it gets a token.
    fn granted(&self, policies: &[Policy<'_>], capability: Capability) -> Tri {
        if self.impossible().is_some() {
            return Tri::No;
        }
        let presented: Vec<Presented> = match capability {
            Capability::SingleFactor => (0..SINGLE_FACTORS.len()).map(Presented::Single).collect(),
            Capability::NotPhishingResistant => vec![Presented::NotPhishingResistant],
            Capability::Any => vec![Presented::Anything],
        };
        presented.into_iter().fold(Tri::No, |any, presented| {
            let every = policies.iter().map(|policy| {
                let applies = self.applies(policy);
                let enforced = if policy.doubts.is_empty() { policy.enforced } else { Tri::Maybe };
                let enforced =
                    enforced.min(if policy.enforced == Tri::No { Tri::No } else { Tri::Yes });
                let met = policy.grant.satisfied(presented, self.circumstances(), self.reading);
                !(applies.and(enforced).and(!met))
            });
            let rules = self.closed_rules(presented).into_iter().map(|(_, closed)| !closed);
            any.or(every.chain(rules).fold(Tri::Yes, Tri::and))
        })
    }

    fn applies(&self, policy: &Policy<'_>) -> Tri {
        let parts = self.parts(policy).into_iter().map(|part| part.holds);
        self.person.is_meant(policy.source, self.reading).and(parts.fold(Tri::Yes, Tri::and))
    }

    /// What the policy does, whether it would refuse if it applied and were enforced, and how many
    /// conditions keep it from applying.
    fn reason(&self, policy: &Policy<'_>, presented: Presented) -> (bool, usize, Reason) {
        let met = policy.grant.satisfied(presented, self.circumstances(), self.reading);
        let mut missing: Vec<String> = Vec::new();
        let mut unknown: Vec<String> = policy.doubts.clone();
        let is_meant = self.explain_users(policy, &mut missing, &mut unknown);
        for part in self.parts(policy) {
            match part.holds {
                Tri::Yes => {}
                Tri::Maybe => unknown.push(part.why),
                Tri::No => missing.push(part.why),
            }
        }
        // A policy that is for other people came nowhere near.
        let distance = missing.len()
            + usize::from(policy.enforced == Tri::No)
            + if is_meant { 0 } else { 100 };
        let (effect, term) = if !missing.is_empty() {
            (Effect::NotApplied, missing.join("; "))
        } else if policy.enforced == Tri::No {
            let state = if policy.source.is_report_only() { "report-only" } else { "disabled" };
            (Effect::NotEnforced, format!("{state}; {}", self.demand(policy, presented)))
        } else if !unknown.is_empty() && met != Tri::Yes {
            (Effect::Undetermined, unknown.join("; "))
        } else {
            let effect = match met {
                Tri::Yes => Effect::Satisfied,
                Tri::Maybe => Effect::Undetermined,
                Tri::No => Effect::Refused,
            };
            (effect, self.demand(policy, presented))
        };
        let reason = Reason {
            policy: policy.source.id.clone(),
            name: policy.name().to_owned(),
            effect,
            term,
        };
        (met != Tri::Yes, distance, reason)
    }

    /// Whether some term includes the account, or may.
    fn explain_users(
        &self,
        policy: &Policy<'_>,
        missing: &mut Vec<String>,
        unknown: &mut Vec<String>,
    ) -> bool {
        let terms = |side| self.person.terms(policy.source, side, self.reading);
        let (included, excluded) = (terms(Side::Include), terms(Side::Exclude));
        if let Some(term) = excluded.iter().find(|term| term.means == Tri::Yes) {
            missing.push(format!("excluded by {}", term.words));
        }
        if included.is_empty() {
            missing.push("none of its users is the account".to_owned());
            return false;
        }
        if !included.iter().any(|term| term.means == Tri::Yes) {
            unknown
                .extend(included.first().map(|term| format!("perhaps included by {}", term.words)));
        }
        let perhaps = excluded.iter().find(|term| term.means == Tri::Maybe);
        unknown.extend(perhaps.map(|term| format!("perhaps excluded by {}", term.words)));
        true
    }

    /// Every condition but the users.
    fn parts(&self, policy: &Policy<'_>) -> Vec<Part> {
        let sign_in = self.sign_in;
        let word = |what: &str, value: &str, wanted: &[String]| {
            format!("{what} {value} is not among {}", wanted.join(", "))
        };
        let conditions = &policy.source.conditions;
        let client = client_on(sign_in.client_app_type, sign_in.platform);
        let platforms = conditions.platforms.as_ref();
        let platform_words = platforms
            .map(|platforms| {
                let include = platforms.include_platforms.join(", ");
                match platforms.exclude_platforms.join(", ") {
                    exclude if exclude.is_empty() => include,
                    exclude => format!("{include} except {exclude}"),
                }
            })
            .unwrap_or_default();
        let choice = |holds: Tri, doubt: Option<&String>, why: String| Part {
            holds,
            why: match doubt {
                Some(doubt) if holds == Tri::Maybe => doubt.clone(),
                _ => why,
            },
        };
        let flow_words: Vec<String> = conditions
            .authentication_flows
            .as_ref()
            .map(|flows| model::flags(flows.transfer_methods.as_ref()))
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let insider_words: Vec<String> = model::flags(conditions.insider_risk_levels.as_ref())
            .into_iter()
            .map(str::to_owned)
            .collect();
        vec![
            self.target(policy),
            choice(
                policy.clients.has(client),
                policy.clients.doubt.as_ref(),
                word("client", sign_in.client_app_type.word(), &conditions.client_app_types),
            ),
            choice(
                policy.platforms.has(sign_in.platform as usize),
                policy.platforms.doubt.as_ref(),
                format!("platform {} is not among {platform_words}", sign_in.platform.word()),
            ),
            self.location(policy),
            choice(
                policy.sign_in_risk.has(sign_in.sign_in_risk as usize),
                policy.sign_in_risk.doubt.as_ref(),
                word("sign-in risk", sign_in.sign_in_risk.word(), &conditions.sign_in_risk_levels),
            ),
            choice(
                policy.user_risk.has(sign_in.user_risk as usize),
                policy.user_risk.doubt.as_ref(),
                word("user risk", sign_in.user_risk.word(), &conditions.user_risk_levels),
            ),
            choice(
                policy.insider_risk.has(sign_in.insider_risk as usize),
                policy.insider_risk.doubt.as_ref(),
                word("insider risk", sign_in.insider_risk.word(), &insider_words),
            ),
            choice(
                policy.flows.has(sign_in.transfer_method as usize),
                policy.flows.doubt.as_ref(),
                word("flow", sign_in.transfer_method.word(), &flow_words),
            ),
            self.device(policy),
        ]
    }

    fn device(&self, policy: &Policy<'_>) -> Part {
        let Some(filter) = &policy.devices else {
            return Part { holds: Tri::Yes, why: String::new() };
        };
        let device = &self.sign_in.device;
        let matches = match &filter.rule {
            Err(why) => return Part { holds: Tri::Maybe, why: format!("device filter: {why}") },
            Ok(rule) if device.registered => devices::registered(
                rule,
                device.trust_type,
                device.is_compliant,
                &device.attributes,
                self.reading,
            ),
            Ok(rule) => devices::unregistered(rule, self.reading),
        };
        let kind = if device.registered { "the device" } else { "an unregistered device" };
        if filter.include {
            Part { holds: matches, why: format!("{kind} does not match its device filter") }
        } else {
            Part { holds: !matches, why: format!("{kind} is excluded by its device filter") }
        }
    }

    fn target(&self, policy: &Policy<'_>) -> Part {
        let app = &self.sign_in.app;
        let Some(apps) = &policy.source.conditions.applications else {
            return Part {
                holds: Tri::Maybe,
                why: "its target resources were not read".to_owned(),
            };
        };
        let listed = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(app));
        match kind_of(app) {
            Kind::Action => {
                let holds = Tri::from(listed(&apps.include_user_actions));
                return Part { holds, why: format!("the user action {app} is not its target") };
            }
            Kind::Context => {
                let holds =
                    Tri::from(listed(&apps.include_authentication_context_class_references));
                let why = format!("the authentication context {app} is not its target");
                return Part { holds, why };
            }
            Kind::Application => {}
        }
        let name = self.world.app_name(app);
        let find = |words: &[Id]| {
            let each = words.iter().map(|word| {
                let means = match named(word, &self.world.suites) {
                    Named::All => Tri::Yes,
                    Named::Nothing => Tri::No,
                    Named::Unknown => Tri::Maybe,
                    Named::These(one, others) => Tri::from(one == app || others.contains(app)),
                };
                (means, self.world.app_name(word))
            });
            each.fold((Tri::No, String::new()), |best, one| if one.0 > best.0 { one } else { best })
        };
        let (mut included, _) = find(&apps.include_applications);
        let (mut excluded, mut by) = find(&apps.exclude_applications);
        let mut why_unknown = "a suite of applications is not known".to_owned();
        if let Some(filter) = &policy.applications {
            let matches = filter_matches(filter, app, &self.world.attributes, self.reading);
            if matches == Tri::Maybe {
                why_unknown = match &filter.rule {
                    Err(why) => format!("application filter: {why}"),
                    Ok(_) => self.world.attributes.gap().to_owned(),
                };
            }
            if filter.include {
                included = included.or(matches);
            } else if matches > excluded {
                (excluded, by) = (matches, "its application filter".to_owned());
            }
        }
        let holds = included.and(!excluded);
        let why = if holds == Tri::Maybe {
            why_unknown
        } else if excluded == Tri::Yes && included.possible() {
            format!("the application {name} is excluded by {by}")
        } else {
            format!("the application {name} is not its target")
        };
        Part { holds, why }
    }

    fn location(&self, policy: &Policy<'_>) -> Part {
        let Some(condition) = &policy.source.conditions.locations else {
            return Part { holds: Tri::Yes, why: String::new() };
        };
        if condition.include_locations.is_empty() && condition.exclude_locations.is_empty() {
            return Part { holds: Tri::Yes, why: String::new() };
        }
        let from = format!("{} ({})", self.sign_in.ip, self.sign_in.country);
        let Ok(place) = place(self.sign_in) else {
            return Part { holds: Tri::Maybe, why: format!("{from} is no address") };
        };
        let find = |ids: &[Id]| {
            let each = ids.iter().map(|id| (self.is_in(id, &place), self.world.location_name(id)));
            each.fold((Tri::No, String::new()), |best, one| if one.0 > best.0 { one } else { best })
        };
        let (included, maybe_in) = if condition.include_locations.is_empty() {
            (Tri::Maybe, "nothing, since only exclusions are named".to_owned())
        } else {
            find(&condition.include_locations)
        };
        let (excluded, by) = find(&condition.exclude_locations);
        let holds = included.and(!excluded);
        let why = match (holds, included, excluded) {
            (Tri::Maybe, _, Tri::Maybe) => {
                format!(
                    "whether {from} is in {by} is not known{}",
                    self.location_doubt(&condition.exclude_locations)
                )
            }
            (Tri::Maybe, ..) => {
                format!(
                    "whether {from} is in {maybe_in} is not known{}",
                    self.location_doubt(&condition.include_locations)
                )
            }
            (_, _, Tri::Yes) => format!("{from} is excluded by {by}"),
            _ => format!("{from} is in none of its locations"),
        };
        Part { holds, why }
    }

    fn is_in(&self, id: &Id, place: &Place) -> Tri {
        let locations = &self.world.locations;
        let mfa = || is_at(&Location::MfaTrusted, place, &locations.mfa_trusted);
        match id.as_str() {
            "all" => Tri::Yes,
            "alltrusted" => {
                let gap = if locations.trusted_gap().is_some() { Tri::Maybe } else { Tri::No };
                let each = locations
                    .trusted()
                    .map(|(_, location)| is_at(location, place, &locations.mfa_trusted));
                each.fold(gap, Tri::or).or(mfa())
            }
            _ => is_at(&locations.find(id), place, &locations.mfa_trusted),
        }
    }

    fn location_doubt(&self, ids: &[Id]) -> String {
        location_doubt(self.world, ids).map(|why| format!(": {why}")).unwrap_or_default()
    }

    fn circumstances(&self) -> Circumstances {
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
    fn demand(&self, policy: &Policy<'_>, presented: Presented) -> String {
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
    fn required(&self, policies: &[Policy<'_>]) -> Vec<String> {
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

    fn rules(&self, presented: Presented) -> Vec<Reason> {
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
    fn closed_rules(&self, presented: Presented) -> Vec<(Fixed, Tri)> {
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
    fn impossible(&self) -> Option<String> {
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

fn rule_name(gate: Fixed) -> &'static str {
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

fn place(sign_in: &SignIn) -> Result<Place, std::net::AddrParseError> {
    let ip: IpAddr = sign_in.ip.parse()?;
    let upper = |country: &String| {
        if country.eq_ignore_ascii_case("unknown") {
            "unknown".to_owned()
        } else {
            country.to_ascii_uppercase()
        }
    };
    Ok(Place {
        ip,
        country: upper(&sign_in.country),
        gps_country: sign_in.gps_country.as_ref().map(upper),
        compliant: sign_in.compliant_network,
        trusted: false,
        supposed: false,
    })
}

/// What an id of a sign-in's target is.
enum Kind {
    Application,
    Action,
    Context,
}

fn kind_of(app: &str) -> Kind {
    if app.starts_with("urn:") {
        return Kind::Action;
    }
    let number = app.strip_prefix('c').filter(|number| number.len() <= 2 && !number.is_empty());
    match number {
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => Kind::Context,
        _ => Kind::Application,
    }
}

/// Why it is not known where some location is.
fn location_doubt(world: &World<'_>, ids: &[Id]) -> Option<String> {
    let of = |location: Location| match location {
        Location::Unknown(why) => Some(why),
        Location::Addresses { doubt, .. } => doubt,
        Location::MfaTrusted => world.locations.mfa_trusted.clone().err(),
        Location::Countries { .. } | Location::Compliant => None,
    };
    ids.iter().find_map(|id| match id.as_str() {
        "all" => None,
        "alltrusted" => world
            .locations
            .trusted_gap()
            .map(str::to_owned)
            .or_else(|| world.locations.trusted().find_map(|(_, location)| of(location.clone())))
            .or_else(|| of(Location::MfaTrusted)),
        MFA_TRUSTED => of(Location::MfaTrusted),
        _ => of(world.locations.find(id)),
    })
}

/// Why it is not known whether a condition of a policy is met.
pub(crate) fn condition_doubt(world: &World<'_>, policy: &Policy<'_>, part: &str) -> String {
    let conditions = &policy.source.conditions;
    let found = match part {
        "locations" => conditions.locations.as_ref().and_then(|condition| {
            if condition.include_locations.is_empty() {
                return Some("locations are excluded, none is included".to_owned());
            }
            location_doubt(world, &condition.include_locations)
                .or_else(|| location_doubt(world, &condition.exclude_locations))
        }),
        "target resources" => policy
            .applications
            .as_ref()
            .map(|filter| match &filter.rule {
                Err(why) => format!("application filter: {why}"),
                Ok(_) => world.attributes.gap().to_owned(),
            })
            .or_else(|| {
                let apps = conditions.applications.as_ref()?;
                let mut words = apps.include_applications.iter().chain(&apps.exclude_applications);
                words
                    .find(|word| matches!(named(word, &world.suites), Named::Unknown))
                    .map(|word| format!("the suite of applications {word:?} is not known"))
            }),
        "sign-in risk" => policy.sign_in_risk.doubt.clone(),
        "user risk" => policy.user_risk.doubt.clone(),
        "insider risk" => policy.insider_risk.doubt.clone(),
        _ => [&policy.clients, &policy.platforms, &policy.flows]
            .into_iter()
            .find_map(|choice| choice.doubt.clone())
            .or_else(|| {
                let filter = policy.devices.as_ref()?;
                Some(match &filter.rule {
                    Err(why) => format!("device filter: {why}"),
                    Ok(_) => "the device filters are too many to look at together".to_owned(),
                })
            }),
    };
    found.map_or_else(|| format!("its {part} are not all known"), |why| format!("{part}: {why}"))
}

/// Why it is not known whether what a policy asks for is met.
pub(crate) fn grant_doubt(policy: &Policy<'_>) -> String {
    for atom in &policy.grant.atoms {
        match atom {
            Atom::Unknown(word) => return format!("the control {word:?} is not known"),
            Atom::Strength(strength) if strength.combinations.is_none() => {
                return format!(
                    "the combinations of the authentication strength {:?} were not read",
                    strength.name
                );
            }
            Atom::Strength(strength) | Atom::RiskRemediation(Some(strength)) => {
                return format!(
                    "the authentication strength {:?} has a method that is not known",
                    strength.name
                );
            }
            _ => {}
        }
    }
    "whether its controls are all asked for, or any, is not known".to_owned()
}

/// The named location of that id for a person.
pub(crate) fn location_words(found: Option<&NamedLocation>, id: &Id) -> String {
    match id.as_str() {
        "all" => "all locations".to_owned(),
        "alltrusted" => "all trusted locations".to_owned(),
        MFA_TRUSTED => "the MFA trusted IPs".to_owned(),
        _ => match found {
            Some(location) if !location.display_name.is_empty() => {
                format!("{:?}", location.display_name)
            }
            _ => id.to_string(),
        },
    }
}
