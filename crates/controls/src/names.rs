//! Ids of controls that a person wrote: they exist, or the nearest one is named.

use model::Profile;

use crate::{Custom, catalog, control};

/// A profile that speaks of a control that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no control {id:?} ({table}), did you mean {nearest:?}?")]
pub struct UnknownControl {
    /// The table of the profile: `[[waiver]]` or `[[attestation]]`.
    pub table: &'static str,
    /// The id that is wrong.
    pub id: String,
    /// The id nearest to it.
    pub nearest: String,
}

/// Whether every waiver and attestation is of a control that exists: one of the catalog or of
/// these. With `None` it is not known which custom controls there are; then any is taken for one.
///
/// # Errors
///
/// The first that is not.
pub fn check_names(profile: &Profile, custom: Option<&[Custom]>) -> Result<(), UnknownControl> {
    let waivers = profile.waivers.iter().map(|waiver| ("[[waiver]]", &waiver.control));
    let attestations =
        profile.attestations.iter().map(|attestation| ("[[attestation]]", &attestation.control));
    for (table, id) in waivers.chain(attestations) {
        let is_custom = match custom {
            None => id.starts_with(Custom::PREFIX),
            Some(custom) => custom.iter().any(|control| control.id == *id),
        };
        if control(id).is_none() && !is_custom {
            let nearest = nearest(id, custom.unwrap_or_default());
            return Err(UnknownControl { table, id: id.clone(), nearest });
        }
    }
    Ok(())
}

/// The id nearest to a wrong one.
fn nearest(wrong: &str, custom: &[Custom]) -> String {
    catalog()
        .map(|control| control.id)
        .chain(custom.iter().map(|control| control.id.as_str()))
        .min_by_key(|known| strsim::damerau_levenshtein(wrong, known))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    fn check(table: &str, id: &str, custom: Option<&[Custom]>) -> Result<(), UnknownControl> {
        let rest = match table {
            "waiver" => {
                "kind = \"false-finding\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01"
            }
            _ => "by = \"b\"\non = 2026-10-01",
        };
        let toml = format!("[[{table}]]\ncontrol = {id:?}\n{rest}\n");
        check_names(&Fixture::exemplary().declare(&toml).parsed_profile(), custom)
    }

    #[test]
    fn a_control_that_does_not_exist_is_named_with_the_nearest() {
        for table in ["waiver", "attestation"] {
            assert_eq!(check(table, "mfa-admins-required", None), Ok(()));
            let error = check(table, "mfa-admin-required", None).unwrap_err();
            assert_eq!(error.nearest, "mfa-admins-required");
            assert_eq!(
                error.to_string(),
                format!(
                    "no control \"mfa-admin-required\" ([[{table}]]), did you mean \
                     \"mfa-admins-required\"?"
                )
            );
        }
    }

    #[test]
    fn custom_controls_are_known_once_they_are_read() {
        assert_eq!(check("waiver", "custom-guests", None), Ok(()));
        assert!(check("waiver", "custom-guests", Some(&[])).is_err());
    }
}
