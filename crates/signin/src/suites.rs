//! Names that stand for several applications in a policy.
//!
//! Microsoft documents the members by name, not by id, and adds to them; a snapshot may bring its
//! own table. State of the table here: 2026-08.

use std::collections::BTreeMap;

use model::{Gap, Id, Tenant};

use crate::AZURE_MANAGEMENT;

/// The members of each suite, by the suite's name or id in lower case.
pub(crate) struct Suites {
    members: BTreeMap<Id, Vec<Id>>,
    /// Whether the members are the table here, not the snapshot's.
    pub(crate) shipped: bool,
}

impl Suites {
    /// The snapshot's table, or the one here where the snapshot has none.
    pub(crate) fn of(tenant: &Tenant<'_>) -> Self {
        match tenant.application_groups.read() {
            Ok(groups) => {
                let mut members = BTreeMap::<Id, Vec<Id>>::new();
                for group in groups {
                    members.entry(group.id.clone()).or_default().extend(group.members.clone());
                }
                Self { members, shipped: false }
            }
            Err(Gap { .. }) => Self {
                members: SHIPPED
                    .iter()
                    .map(|(suite, members)| {
                        ((*suite).into(), members.iter().map(|(id, _)| (*id).into()).collect())
                    })
                    .collect(),
                shipped: true,
            },
        }
    }

    /// The members of the suite; `None` for a name that stands for no suite.
    pub(crate) fn members(&self, name: &str) -> Option<&[Id]> {
        self.members.get(name).map(Vec::as_slice)
    }

    /// Every member of every suite.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Id> {
        self.members.values().flatten()
    }
}

/// What people call an application of Microsoft that many tenants have.
pub(crate) fn app_name(id: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .flat_map(|(_, members)| members.iter())
        .chain(OTHERS)
        .find(|(known, _)| *known == id)
        .map(|(_, name)| *name)
}

/// Applications that people know, the best known first.
pub(crate) fn familiar() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().flat_map(|(_, members)| members.iter()).chain(OTHERS).map(|(id, _)| *id)
}

type Members = &'static [(&'static str, &'static str)];

static SHIPPED: &[(&str, Members)] = &[
    (
        "office365",
        &[
            ("00000002-0000-0ff1-ce00-000000000000", "Exchange Online"),
            ("00000003-0000-0ff1-ce00-000000000000", "SharePoint Online"),
            ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams"),
            ("4765445b-32c6-49b0-83e6-1d93765276ca", "Office home page"),
            ("00000006-0000-0ff1-ce00-000000000000", "Microsoft 365 portal"),
            ("00000004-0000-0ff1-ce00-000000000000", "Skype for Business Online"),
            ("00000005-0000-0ff1-ce00-000000000000", "Viva Engage"),
            ("09abbdfd-ed23-44ee-a2d9-a627aa1c90f3", "Microsoft Planner"),
            ("c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", "Microsoft Forms"),
            ("905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba", "Sway"),
            ("2634dd23-5e5a-431c-81ca-11710d9079f4", "Microsoft Stream"),
            ("94c63fef-13a3-47bc-8074-75af8c65887a", "Delve"),
            ("95de633a-083e-42f5-b444-a4295d8e9314", "Microsoft Whiteboard"),
        ],
    ),
    (
        "microsoftadminportals",
        &[
            ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure portal"),
            ("00000006-0000-0ff1-ce00-000000000000", "Microsoft 365 portal"),
            ("80ccca67-54bd-44ab-8625-4b79c4dc7775", "Security and compliance portals"),
            ("497effe9-df71-4043-a8bb-14cf78c4b63b", "Exchange admin center"),
        ],
    ),
    (
        AZURE_MANAGEMENT,
        &[
            (AZURE_MANAGEMENT, "Azure Resource Manager"),
            ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure portal"),
            ("ca7f3f0b-7d91-482c-8e09-c5d840d0eac5", "Log Analytics API"),
            ("f5c26e74-f226-4ae8-85f0-b4af0080ac9e", "Application Insights API"),
            ("e9f49c6b-5ce5-44c8-925d-015017e9f7ad", "Azure Data Lake"),
        ],
    ),
];

static OTHERS: Members = &[
    ("00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
    (DIRECTORY, "Microsoft Entra ID directory"),
];

/// The directory itself, where sign-ins for baseline scopes are evaluated.
pub(crate) const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_ids_are_in_lower_case() {
        for (suite, members) in SHIPPED {
            assert_eq!(*suite, suite.to_lowercase());
            for (id, _) in *members {
                assert_eq!(*id, id.to_lowercase());
            }
        }
        assert_eq!(familiar().next(), Some(crate::EXCHANGE_ONLINE));
        assert_eq!(app_name(DIRECTORY), Some("Microsoft Entra ID directory"));
        assert_eq!(app_name("x"), None);
    }
}
