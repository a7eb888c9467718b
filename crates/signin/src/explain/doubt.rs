//! Why something is not known, in words.

use model::{Id, NamedLocation};

use crate::compile::network::{Location, MFA_TRUSTED};
use crate::compile::policy::{Atom, Policy};
use crate::compile::targets::{Named, named};
use crate::world::World;

/// Why it is not known where some location is.
pub(super) fn location_doubt(world: &World<'_>, ids: &[Id]) -> Option<String> {
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
                words.find(|word| matches!(named(word, &world.suites), Named::Unknown)).map(
                    |word| format!("the suite of applications {:?} is not known", word.as_str()),
                )
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
