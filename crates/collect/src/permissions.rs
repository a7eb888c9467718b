//! The application permissions that datasets take, with their ids.
//!
//! Source: Microsoft's permission data of August 2026 for the commercial cloud. An id that starts
//! to differ in another cloud shows in `muster doctor`, which compares by name.

use model::{Cloud, Data};

use crate::endpoints::Service;
use crate::recipes::{How, recipe};

/// A service that grants application permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Microsoft Graph.
    Graph,
    /// Exchange Online.
    Exchange,
    /// Security & Compliance.
    Compliance,
}

impl Resource {
    /// What Microsoft calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Graph => Service::Graph.words(),
            Self::Exchange => "Office 365 Exchange Online",
            Self::Compliance => "Microsoft Exchange Online Protection",
        }
    }

    /// Its application id, the same in every tenant.
    pub const fn app_id(self) -> &'static str {
        match self {
            Self::Graph => "00000003-0000-0000-c000-000000000000",
            Self::Exchange => "00000002-0000-0ff1-ce00-000000000000",
            Self::Compliance => "00000007-0000-0ff1-ce00-000000000000",
        }
    }

    /// The service whose tokens carry the permission.
    pub const fn service(self) -> Service {
        match self {
            Self::Graph => Service::Graph,
            Self::Exchange => Service::Exchange,
            Self::Compliance => Service::Compliance,
        }
    }
}

/// An application permission, called app role by the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// Whose.
    pub resource: Resource,
    /// Its name, such as `Policy.Read.All`.
    pub name: &'static str,
    /// Its id.
    pub id: &'static str,
    /// Set: only some tenants need it, and for what.
    pub only_for: Option<&'static str>,
}

/// Custom security attributes of applications.
pub(crate) const ATTRIBUTES: &str = "CustomSecAttributeAssignment.Read.All";
/// Members of groups that hide them.
const HIDDEN: &str = "Member.Read.Hidden";
/// Lets an application call cmdlets, and allows none of them by itself.
const MANAGE: &str = "Exchange.ManageAsApp";

const fn graph(name: &'static str, id: &'static str) -> Permission {
    Permission { resource: Resource::Graph, name, id, only_for: None }
}

const fn only_for(permission: Permission, what: &'static str) -> Permission {
    Permission { only_for: Some(what), ..permission }
}

#[rustfmt::skip]
static PERMISSIONS: &[Permission] = &[
    graph("AccessReview.Read.All", "d07a8cc0-3d51-4b77-b3b0-32704d1f69fa"),
    graph("Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    graph("AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da"),
    graph("AuthenticationContext.Read.All", "381f742f-e1f8-4309-b4ab-e3d91ae4c5c1"),
    only_for(graph(ATTRIBUTES, "3b37c5a4-1226-493d-bec3-5d6c6b866f3f"), "policies that filter applications by custom security attributes"),
    graph("DelegatedAdminRelationship.Read.All", "f6e9e124-4586-492f-adc0-c6f96e4823fd"),
    graph("Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    graph("Domain-InternalFederation.Read.All", "c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5"),
    graph("Domain.Read.All", "dbb9058a-0e50-45d7-ae91-66909b5d4664"),
    graph("GroupMember.Read.All", "98830695-27a2-44f7-8c18-0c3ebc9698f6"),
    graph("GroupSettings.Read.All", "f3c4f514-c65a-43f5-bfce-1735872258dd"),
    graph("IdentityRiskEvent.Read.All", "6e472fd1-ad78-48da-a0f0-97ab2c6b769e"),
    graph("IdentityRiskyUser.Read.All", "dc5007c0-2d7d-4c42-879c-2dab87571379"),
    only_for(graph(HIDDEN, "658aa5d8-239f-45c4-aa12-864f4fc7e490"), "groups that hide their members"),
    graph("OnPremDirectorySynchronization.Read.All", "bb70e231-92dc-4729-aff5-697b3f04be95"),
    graph("Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6"),
    graph("Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68"),
    graph("Policy.Read.DeviceConfiguration", "bdba4817-6ba1-4a7c-8a01-be9bc7c242dd"),
    graph("Policy.Read.PermissionGrant", "9e640839-a198-48fb-8b9a-013fd6f6cbcd"),
    graph("PrivilegedEligibilitySchedule.Read.AzureADGroup", "edb419d6-7edc-42a3-9345-509bfdf5d87c"),
    graph("RoleManagement.Read.Directory", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c"),
    graph("SecurityEvents.Read.All", "bf394140-e372-4bf9-a898-299cfc7564e5"),
    graph("User.Read.All", "df021288-bdef-4463-88db-98f22de89214"),
    graph("UserAuthenticationMethod.Read.All", "38d9df27-64da-44fd-b7c5-a6fbac20248f"),
];

static EXCHANGE: Permission = Permission {
    resource: Resource::Exchange,
    name: MANAGE,
    id: "dc50a0fb-09a3-484d-be87-e023b12c6440",
    only_for: None,
};

static COMPLIANCE: Permission = Permission {
    resource: Resource::Compliance,
    name: MANAGE,
    id: "455e5cd2-84e8-4751-8344-5672145dfa17",
    only_for: Some("GCC High and DoD"),
};

impl Permission {
    /// Whether a token with these roles has the permission, by itself or by a broader one.
    pub fn is_given_by(&self, roles: &[String]) -> bool {
        // What the whole directory's permission includes. Source: Microsoft's permission data.
        const DIRECTORY: [&str; 6] = [
            "Application.Read.All",
            "Domain.Read.All",
            "GroupMember.Read.All",
            "GroupSettings.Read.All",
            "Organization.Read.All",
            "User.Read.All",
        ];
        let writing = self.name.replace(".Read.", ".ReadWrite.");
        roles.iter().any(|role| {
            *role == self.name
                || *role == writing
                || DIRECTORY.contains(&self.name)
                    && ["Directory.Read.All", "Directory.ReadWrite.All"].contains(&role.as_str())
        })
    }

    /// Whether tenants of the cloud need it, as far as that hangs on the cloud.
    pub fn is_for(&self, cloud: Cloud) -> bool {
        self.resource != Resource::Compliance || matches!(cloud, Cloud::GccHigh | Cloud::Dod)
    }
}

/// The application permissions that reading a dataset takes, all of them, the least that do. Empty
/// where no permission is needed, or none helps. Those with [`Permission::only_for`] only some
/// tenants need.
///
/// Exchange Online, Security & Compliance and Azure ask for a directory role beside or instead,
/// see [`crate::needs_directory_role`].
pub fn permissions(data: Data) -> Vec<&'static Permission> {
    let Some(recipe) = recipe(data) else { return Vec::new() };
    if let How::Cmdlet(cmdlet) = &recipe.how {
        return if cmdlet.compliance { vec![&COMPLIANCE, &EXCHANGE] } else { vec![&EXCHANGE] };
    }
    let more: &[&str] = match data {
        Data::ServicePrincipals => &[ATTRIBUTES],
        Data::GroupMembers => &[HIDDEN],
        _ => &[],
    };
    let names = recipe.permissions.iter().chain(more);
    names.filter_map(|name| PERMISSIONS.iter().find(|known| known.name == *name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_of_a_dataset_has_an_id_and_none_writes() {
        let mut used: std::collections::BTreeSet<&Permission> = std::collections::BTreeSet::new();
        for data in Data::ALL {
            let names = recipe(*data).unwrap().permissions;
            let found = permissions(*data);
            for name in names {
                assert!(found.iter().any(|it| it.name == *name), "{data}: no id of {name}");
            }
            used.extend(found);
        }
        for permission in PERMISSIONS {
            assert!(used.contains(permission), "{} serves nothing", permission.name);
            assert!(!permission.name.contains("Write"), "{}", permission.name);
            let lengths: Vec<_> = permission.id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{}", permission.name);
        }
    }

    #[test]
    fn a_broader_permission_does_too() {
        let has = |name: &str, role: &str| {
            let permission = PERMISSIONS.iter().find(|it| it.name == name).unwrap();
            permission.is_given_by(&[role.to_owned()])
        };
        assert!(has("Policy.Read.All", "Policy.Read.All"));
        assert!(has("GroupMember.Read.All", "Directory.Read.All"));
        assert!(has("User.Read.All", "User.ReadWrite.All"));
        assert!(!has("Policy.Read.All", "Directory.Read.All"));
        assert!(!has("AuditLog.Read.All", "User.Read.All"));
    }
}
