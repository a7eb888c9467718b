//! What CISA's own reading of its baselines asks for and no dataset of ours can hold: it is kept
//! beside the datasets, in the member `scubagear` of the snapshot.
//!
//! ScubaGear mixes rules of roles with rules of groups, reports people with their roles in words,
//! and says by flags what is licensed. Our datasets say the same more exactly or leave it out.

use serde_json::value::{RawValue, to_raw_value};

use super::importer::Importer;
use super::rewrite::{Spelling, rewrite};
use crate::records::{quoted, with_members};

/// A list of the export that is kept.
struct List {
    key: &'static str,
    /// Its name in the snapshot.
    name: &'static str,
    /// What ScubaGear calls the command that fills it.
    command: &'static str,
}

const fn list(key: &'static str, name: &'static str, command: &'static str) -> List {
    List { key, name, command }
}

const LISTS: &[List] = &[
    list("privileged_roles", "privilegedRoles", "Get-PrivilegedRole"),
    list("service_plans", "servicePlans", "Get-MgBetaSubscribedSku"),
    list(
        "authentication_method",
        "authenticationMethod",
        "Get-MgBetaPolicyAuthenticationMethodPolicy",
    ),
    list(
        "risky_delegated_permission_classifications",
        "riskyDelegatedPermissionClassifications",
        "Get-ServicePrincipalsWithRiskyDelegatedPermissionClassifications",
    ),
];

/// Flags that are kept.
const FLAGS: &[(&str, &str)] = &[("defender_license", "defenderLicense")];

impl Importer<'_> {
    /// The member `scubagear`, an object.
    pub(super) fn kept(&self) -> Option<Box<RawValue>> {
        let mut members = Vec::new();
        for List { key, name, command } in LISTS {
            let Ok(Some(records)) = self.list(key) else { continue };
            // An empty list of a command that failed says nothing.
            if records.is_empty() && self.failed.contains(*command) {
                continue;
            }
            let records: Vec<_> =
                records.iter().map(|it| rewrite(it.get(), Spelling::Camel)).collect();
            members.push((*name, format!("[{}]", records.join(","))));
        }
        if let Some(people) = self.by_id("privileged_users", "Get-PrivilegedUser") {
            members.push(("privilegedUsers", people));
        }
        for (key, name) in FLAGS {
            let flag = self.members.get(*key).map(|flag| flag.get());
            if let Some(flag @ ("true" | "false")) = flag {
                members.push((name, flag.to_owned()));
            }
        }
        // CISA's tool sees nothing where PowerShell wrote a list of one as the object itself.
        if self.members.get("domain_settings").is_some_and(|it| it.get().starts_with('{')) {
            members.push(("domainsAreNoList", "true".to_owned()));
        }
        let members: Vec<(&str, &str)> =
            members.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let object = with_members("{}", &members);
        RawValue::from_string(object).or_else(|_| to_raw_value(&serde_json::Map::new())).ok()
    }

    /// Objects under their ids, as a list of objects with ids.
    fn by_id(&self, key: &str, command: &str) -> Option<String> {
        let text = self.members.get(key)?.get();
        let objects: super::Export<'_> = serde_json::from_str(text).ok()?;
        if objects.is_empty() && self.failed.contains(command) {
            return None;
        }
        let records: Vec<_> = objects
            .iter()
            .filter(|(_, it)| it.get().starts_with('{'))
            .map(|(id, it)| {
                with_members(&rewrite(it.get(), Spelling::Camel), &[("id", &quoted(id))])
            })
            .collect();
        Some(format!("[{}]", records.join(",")))
    }
}
