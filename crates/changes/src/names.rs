//! What a person calls the object of an id.

use std::collections::HashMap;

use model::{Data, Dataset, Snapshot, role_name};
use serde_json::Value;

/// Names by id, from both snapshots; the later one's win.
pub(crate) struct Names(HashMap<String, String>);

/// Datasets whose records have an id and a name.
const NAMED: [Data; 9] = [
    Data::RoleDefinitions,
    Data::SubscribedSkus,
    Data::AuthenticationContexts,
    Data::NamedLocations,
    Data::AuthenticationStrengthPolicies,
    Data::Applications,
    Data::ServicePrincipals,
    Data::Groups,
    Data::Users,
];

/// Ids and words that mean the same in each tenant.
const EVERYWHERE: [(&str, &str); 8] = [
    ("all", "all"),
    ("allusers", "all users"),
    ("all_users", "all users"),
    ("guestsorexternalusers", "guests and external users"),
    ("alltrusted", "all trusted locations"),
    ("microsoftadminportals", "Microsoft admin portals"),
    ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "Azure management"),
    ("00000000-0000-0000-0000-000000000000", "nobody"),
];

impl Names {
    pub(crate) fn of(snapshots: [&Snapshot; 2]) -> Self {
        let mut names = HashMap::new();
        for snapshot in snapshots {
            for data in NAMED {
                let Some(Dataset::Collected(collected)) = snapshot.dataset(data) else { continue };
                let records: Vec<Value> =
                    serde_json::from_str(collected.records.get()).unwrap_or_default();
                for record in &records {
                    let text = |member: &str| record.get(member).and_then(Value::as_str);
                    let name =
                        ["displayName", "appDisplayName", "userPrincipalName", "skuPartNumber"]
                            .into_iter()
                            .find_map(|member| text(member).filter(|name| !name.is_empty()));
                    let Some(name) = name else { continue };
                    for id in ["id", "appId", "templateId", "skuId"].into_iter().filter_map(text) {
                        names.insert(id.to_ascii_lowercase(), name.to_owned());
                    }
                }
            }
        }
        Self(names)
    }

    /// The name of what has this id; the id itself where nothing does.
    pub(crate) fn of_id(&self, id: &str) -> String {
        let lower = id.to_ascii_lowercase();
        EVERYWHERE
            .iter()
            .find(|(known, _)| *known == lower)
            .map(|(_, name)| (*name).to_owned())
            .or_else(|| role_name(&lower).map(str::to_owned))
            .or_else(|| self.0.get(&lower).cloned())
            .unwrap_or_else(|| id.to_owned())
    }
}
