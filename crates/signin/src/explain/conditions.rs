//! The conditions of a policy at a sign-in, other than its users.

use std::net::IpAddr;

use model::Id;

use super::Case;
use super::doubt::location_doubt;
use crate::SignIn;
use crate::compile::devices;
use crate::compile::network::{Location, Place, is_at};
use crate::compile::policy::{Policy, client_on};
use crate::compile::targets::{Named, filter_matches, named};
use crate::tri::Tri;

/// A condition of a policy at a sign-in.
pub(super) struct Part {
    pub(super) holds: Tri,
    /// Why not, or why that is not known.
    pub(super) why: String,
}

impl Case<'_> {
    /// Every condition but the users.
    pub(super) fn parts(&self, policy: &Policy<'_>) -> Vec<Part> {
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
        let (included, maybe_in) = find(&condition.include_locations);
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
}

pub(super) fn place(sign_in: &SignIn) -> Result<Place, std::net::AddrParseError> {
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
