//! Datasets that take several requests each, put together in the shape that the snapshot's format
//! says.

mod accounts;
mod applications;
mod groups;
mod references;
mod roles;
mod tenant;

use model::{Data, Id, Principal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, Kind};
use crate::recipes::Recipe;
use crate::records::Records;
use crate::scan::{Outcome, Scan};

pub(crate) use references::{Found, References};

/// What the snapshot says of the requests for a dataset.
pub(crate) const fn source(data: Data) -> &'static str {
    match data {
        Data::Domains => "GET /v1.0/domains, GET /v1.0/domains/{id}/federationConfiguration",
        Data::AuthenticationMethodsPolicy => {
            "GET /v1.0/policies/authenticationMethodsPolicy, \
             GET /beta/policies/authenticationMethodsPolicy"
        }
        Data::CrossTenantAccessPolicy => {
            "GET /v1.0/policies/crossTenantAccessPolicy/default, \
             GET /v1.0/policies/crossTenantAccessPolicy/partners"
        }
        Data::RoleDefinitions => {
            "GET /v1.0/roleManagement/directory/roleDefinitions, \
             GET /beta/roleManagement/directory/roleDefinitions"
        }
        Data::Groups => "GET /v1.0/groups/{id}, GET /v1.0/groups/{id}/owners",
        Data::GroupMembers => "GET /v1.0/groups/{id}/members",
        Data::UserAuthenticationRequirements => "GET /beta/users/{id}/authentication/requirements",
        Data::UserAuthenticationMethods => "GET /v1.0/users/{id}/authentication/methods",
        Data::GroupEligibilityScheduleInstances => {
            "GET /v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
        }
        Data::ServicePrincipals => {
            "GET /v1.0/servicePrincipals, GET /v1.0/servicePrincipals/{id}/owners"
        }
        Data::Applications => "GET /v1.0/applications, GET /v1.0/applications/{id}/owners",
        Data::AppRoleAssignments => {
            "GET /v1.0/servicePrincipals(appId='{id}'), \
             GET /v1.0/servicePrincipals(appId='{id}')/appRoleAssignedTo"
        }
        _ => "",
    }
}

/// A path that takes the same permission and license as the dataset, and gives little. `{user}` and
/// `{group}` stand for the id of any user and group.
pub(crate) const fn probe(data: Data) -> &'static str {
    match data {
        Data::Domains => "/v1.0/domains",
        Data::AuthenticationMethodsPolicy => "/v1.0/policies/authenticationMethodsPolicy",
        Data::CrossTenantAccessPolicy => "/v1.0/policies/crossTenantAccessPolicy/default",
        Data::RoleDefinitions => crate::recipes::ROLE_DEFINITIONS,
        Data::Groups => "/v1.0/groups?$select=id&$top=1",
        Data::GroupMembers => "/v1.0/groups/{group}/members?$select=id&$top=1",
        Data::UserAuthenticationRequirements => "/beta/users/{user}/authentication/requirements",
        Data::UserAuthenticationMethods => "/v1.0/users/{user}/authentication/methods",
        Data::GroupEligibilityScheduleInstances => {
            "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances\
             ?$filter=groupId eq '{group}'"
        }
        Data::ServicePrincipals => "/v1.0/servicePrincipals?$select=id&$top=1",
        Data::Applications => "/v1.0/applications?$select=id&$top=1",
        Data::AppRoleAssignments => {
            "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id"
        }
        _ => "",
    }
}

impl Scan<'_> {
    /// Reads a dataset that takes several requests.
    pub(crate) async fn several(&self, recipe: &Recipe) -> Outcome {
        match recipe.data {
            Data::Domains => self.domains().await,
            Data::AuthenticationMethodsPolicy => self.authentication_methods_policy().await,
            Data::CrossTenantAccessPolicy => self.cross_tenant_access_policy().await,
            Data::RoleDefinitions => self.role_definitions().await,
            Data::Groups => self.groups().await,
            Data::GroupMembers => self.group_members().await,
            Data::UserAuthenticationRequirements => self.per_user_mfa().await,
            Data::UserAuthenticationMethods => self.registered_methods().await,
            Data::GroupEligibilityScheduleInstances => self.group_eligibility().await,
            Data::ServicePrincipals => self.service_principals().await,
            Data::Applications => self.applications().await,
            Data::AppRoleAssignments => self.app_role_assignments().await,
            data => {
                let message = format!("nothing puts {data} together");
                Err(Fault::new(Kind::Failed, message).into())
            }
        }
    }
    /// The records of a dataset by type, none where they cannot be had.
    async fn all<T: DeserializeOwned>(&self, data: Data) -> Vec<T> {
        self.typed(data).await.unwrap_or_default()
    }
}

/// Whether an id can stand in a path as it is: of letters, digits and hyphens, like a GUID. Words
/// such as `All` are no ids.
fn is_plain(id: &Id) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The bare kind of a principal, such as `group`.
fn kind_of(principal: Option<&Principal>) -> Option<&str> {
    principal?.kind.as_deref().map(bare)
}

/// The last part of a type's name.
fn bare(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or_default()
}

/// Hands over the ids of directory objects, and whether each is a group.
fn each_id(list: &Records, mut take: impl FnMut(Id, bool)) -> Result<(), Fault> {
    #[derive(Deserialize)]
    struct Object {
        #[serde(rename = "@odata.type", default)]
        kind: Option<String>,
        id: Id,
    }
    list.visit(|object: Object| {
        let is_group = object.kind.is_some_and(|kind| bare(&kind) == "group");
        let is_group = is_group && is_plain(&object.id);
        take(object.id, is_group);
    })
}
