//! Directory roles by template id. Names are localized and some differ by the tenant's age; ids
//! are not.

/// Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// The roles of synchronization accounts: Directory Synchronization Accounts and On Premises
/// Directory Sync Account.
pub const DIRECTORY_SYNCHRONIZATION_ROLES: [&str; 2] =
    ["d29b2b05-8046-44ba-8758-1e26182fcf32", "a92aed5d-d78a-4d16-b381-09adb37eb3b0"];

/// A set of roles that some control speaks of. State of Microsoft's lists: 2026-08.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleSet {
    /// The 14 roles that security defaults, as first published, asks for MFA at every sign-in.
    SecurityDefaults14,
    /// The same with the three roles that Microsoft added since.
    SecurityDefaults,
    /// The eight highly privileged roles of CISA's baseline.
    HighlyPrivileged,
    /// Everything that counts as an administrator for MFA: the sets above, the roles Microsoft
    /// labels privileged, and the partner roles.
    Administrators,
    /// [`RoleSet::Administrators`] without the roles that only read.
    Privileged,
}

impl RoleSet {
    /// Whether the set has the role of that template id.
    pub fn has(self, template_id: &str) -> bool {
        ROLES.iter().any(|role| role.id == template_id && self.includes(role.sets))
    }

    /// Template ids of the set, in the order of the table.
    pub fn ids(self) -> impl Iterator<Item = &'static str> {
        ROLES.iter().filter(move |role| self.includes(role.sets)).map(|role| role.id)
    }

    const fn includes(self, sets: u8) -> bool {
        match self {
            Self::SecurityDefaults14 => sets & FOURTEEN != 0,
            Self::SecurityDefaults => sets & (FOURTEEN | ADDED) != 0,
            Self::HighlyPrivileged => sets & HIGH != 0,
            Self::Administrators => sets & ADMIN != 0,
            Self::Privileged => sets & ADMIN != 0 && sets & READER == 0,
        }
    }
}

/// Microsoft's English name of a built-in role; `None` for a role that is not in our table.
pub fn role_name(template_id: &str) -> Option<&'static str> {
    ROLES.iter().find(|role| role.id == template_id).map(|role| role.name)
}

struct Role {
    id: &'static str,
    name: &'static str,
    sets: u8,
}

const FOURTEEN: u8 = 1;
const ADDED: u8 = 1 << 1;
const HIGH: u8 = 1 << 2;
const ADMIN: u8 = 1 << 3;
const READER: u8 = 1 << 4;

const fn role(id: &'static str, name: &'static str, sets: u8) -> Role {
    Role { id, name, sets }
}

static ROLES: &[Role] = &[
    role(GLOBAL_ADMINISTRATOR, "Global Administrator", FOURTEEN | HIGH | ADMIN),
    role(
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
        "Application Administrator",
        FOURTEEN | HIGH | ADMIN,
    ),
    role("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", FOURTEEN | ADMIN),
    role("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator", FOURTEEN | ADMIN),
    role(
        "158c047a-c907-4556-b7ef-446551a6b5f7",
        "Cloud Application Administrator",
        FOURTEEN | HIGH | ADMIN,
    ),
    role(
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
        "Conditional Access Administrator",
        FOURTEEN | ADMIN,
    ),
    role("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", FOURTEEN | HIGH | ADMIN),
    role("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", FOURTEEN | ADMIN),
    role("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator", FOURTEEN | ADMIN),
    role(
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
        "Privileged Authentication Administrator",
        FOURTEEN | ADMIN,
    ),
    role(
        "e8611ab8-c189-46e8-94e1-60213ab1f814",
        "Privileged Role Administrator",
        FOURTEEN | HIGH | ADMIN,
    ),
    role("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", FOURTEEN | ADMIN),
    role(
        "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
        "SharePoint Administrator",
        FOURTEEN | HIGH | ADMIN,
    ),
    role("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", FOURTEEN | HIGH | ADMIN),
    role("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", ADDED | ADMIN),
    role(
        "0526716b-113d-4c15-b2c8-68e3c22b9f80",
        "Authentication Policy Administrator",
        ADDED | ADMIN,
    ),
    role(
        "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
        "Identity Governance Administrator",
        ADDED | ADMIN,
    ),
    role("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator", HIGH | ADMIN),
    role("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", ADMIN),
    role("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator", ADMIN),
    role("be2f45a1-457d-42af-a067-6ec1fa63bc45", "External Identity Provider Administrator", ADMIN),
    role("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers", ADMIN),
    role("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator", ADMIN),
    role("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator", ADMIN),
    role("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer", ADMIN),
    role("59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator", ADMIN),
    role("4ba39ca4-527c-499a-b93d-d9b492c50246", "Partner Tier1 Support", ADMIN),
    role("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support", ADMIN),
    role("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", ADMIN | READER),
    role("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", ADMIN | READER),
    role("d29b2b05-8046-44ba-8758-1e26182fcf32", "Directory Synchronization Accounts", 0),
    role("a92aed5d-d78a-4d16-b381-09adb37eb3b0", "On Premises Directory Sync Account", 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_have_the_sizes_of_their_sources() {
        assert_eq!(RoleSet::SecurityDefaults14.ids().count(), 14);
        assert_eq!(RoleSet::SecurityDefaults.ids().count(), 17);
        assert_eq!(RoleSet::HighlyPrivileged.ids().count(), 8);
        assert!(RoleSet::Administrators.has("f2ef992c-3afb-46b9-b7cf-a126ee74c451"));
        assert!(!RoleSet::Privileged.has("f2ef992c-3afb-46b9-b7cf-a126ee74c451"));
    }
}
