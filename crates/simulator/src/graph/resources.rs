//! The paths of Microsoft Graph that are a dataset and nothing more.

use super::list::Page;
use crate::permission::{License, Service};

/// A path and what it takes to read it.
pub(crate) struct Resource {
    path: &'static str,
    versions: Versions,
    /// The dataset it serves.
    pub(crate) data: &'static str,
    /// How it serves it.
    pub(crate) form: Form,
    /// Who words the refusals.
    pub(crate) service: Service,
    /// Application permissions, each of which is enough.
    pub(crate) needs: &'static [&'static str],
    /// What the tenant must own.
    pub(crate) license: Option<License>,
    /// How it pages.
    pub(crate) page: Page,
}

#[derive(Clone, Copy)]
enum Versions {
    V1,
    Beta,
    Both,
}

/// How a path serves its dataset.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// All records.
    List,
    /// The only record.
    One,
    /// A member of the only record.
    Part(&'static str),
}

impl Resource {
    /// Whether this is the resource of a path.
    pub(crate) fn serves(&self, path: &str, beta: bool) -> bool {
        let offered = match self.versions {
            Versions::V1 => !beta,
            Versions::Beta => beta,
            Versions::Both => true,
        };
        offered && self.path == path
    }

    const fn list(
        path: &'static str,
        data: &'static str,
        service: Service,
        needs: &'static [&'static str],
    ) -> Self {
        let (versions, form, license) = (Versions::V1, Form::List, None);
        Self { path, versions, data, form, service, needs, license, page: Page::SINGLE }
    }

    const fn one(
        path: &'static str,
        data: &'static str,
        service: Service,
        needs: &'static [&'static str],
    ) -> Self {
        Self { form: Form::One, ..Self::list(path, data, service, needs) }
    }

    const fn part(self, part: &'static str) -> Self {
        Self { form: Form::Part(part), ..self }
    }

    const fn page(self, page: Page) -> Self {
        Self { page, ..self }
    }

    const fn licensed(self, license: License) -> Self {
        Self { license: Some(license), ..self }
    }

    const fn beta(self) -> Self {
        Self { versions: Versions::Beta, ..self }
    }

    const fn both(self) -> Self {
        Self { versions: Versions::Both, ..self }
    }
}

use License::{P1, P2};
use Service::{Directory, Other, Policy, Reports, Risk, Roles};

const POLICY: &[&str] = &["Policy.Read.All"];
const CONDITIONAL_ACCESS: &[&str] = &["Policy.Read.All", "Policy.Read.ConditionalAccess"];
const METHODS: &[&str] = &["Policy.Read.AuthenticationMethod", "Policy.Read.All"];
const LOGS: &[&str] = &["AuditLog.Read.All"];
const ROLES: &[&str] = &["RoleManagement.Read.Directory", "RoleManagement.Read.All"];
const ACTIVE: &[&str] = &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"];
const ELIGIBLE: &[&str] =
    &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"];
const SETTINGS: &[&str] = &["RoleManagementPolicy.Read.Directory", "RoleManagement.Read.Directory"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All"];
const GROUP_SETTINGS: &[&str] = &["GroupSettings.Read.All", "Directory.Read.All"];

/// Every such path.
#[rustfmt::skip]
pub(crate) const RESOURCES: &[Resource] = &[
    Resource::list("organization", "organization", Directory, &["Organization.Read.All", "Directory.Read.All", "User.Read.All"]),
    Resource::list("subscribedSkus", "subscribedSkus", Directory, &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"]).page(Page::WHOLE),
    Resource::list("domains", "domains", Directory, &["Domain.Read.All", "Directory.Read.All"]),
    Resource::list("users", "users", Directory, super::USERS).page(Page::DIRECTORY),
    Resource::list("groups", "groups", Directory, super::GROUPS).page(Page::DIRECTORY),
    Resource::list("servicePrincipals", "servicePrincipals", Directory, APPLICATIONS).page(Page::DIRECTORY),
    Resource::list("applications", "applications", Directory, APPLICATIONS).page(Page::DIRECTORY),
    Resource::list("oauth2PermissionGrants", "oauth2PermissionGrants", Directory, &["Directory.Read.All", "DelegatedPermissionGrant.Read.All"]).page(Page::DIRECTORY),
    Resource::list("groupSettings", "groupSettings", Directory, GROUP_SETTINGS),
    Resource::list("settings", "groupSettings", Directory, GROUP_SETTINGS).beta(),
    Resource::list("directory/administrativeUnits", "administrativeUnits", Directory, &["AdministrativeUnit.Read.All", "Directory.Read.All"]).page(Page::DIRECTORY),
    Resource::list("directory/onPremisesSynchronization", "onPremisesSynchronization", Directory, &["OnPremDirectorySynchronization.Read.All"]),
    Resource::list("tenantRelationships/delegatedAdminRelationships", "delegatedAdminRelationships", Other, &["DelegatedAdminRelationship.Read.All"]),

    Resource::one("policies/identitySecurityDefaultsEnforcementPolicy", "identitySecurityDefaultsEnforcementPolicy", Policy, POLICY),
    Resource::list("identity/conditionalAccess/policies", "conditionalAccessPolicies", Policy, CONDITIONAL_ACCESS).both(),
    Resource::list("identity/conditionalAccess/namedLocations", "namedLocations", Policy, CONDITIONAL_ACCESS),
    Resource::list("identity/conditionalAccess/authenticationContextClassReferences", "authenticationContexts", Policy, &["AuthenticationContext.Read.All", "Policy.Read.ConditionalAccess"]),
    Resource::list("identity/conditionalAccess/authenticationStrength/policies", "authenticationStrengthPolicies", Policy, METHODS),
    Resource::list("policies/authenticationStrengthPolicies", "authenticationStrengthPolicies", Policy, METHODS),
    Resource::one("policies/authorizationPolicy", "authorizationPolicy", Policy, POLICY),
    Resource::one("policies/authenticationMethodsPolicy", "authenticationMethodsPolicy", Policy, METHODS).both(),
    Resource::one("policies/authenticationFlowsPolicy", "authenticationFlowsPolicy", Policy, POLICY),
    Resource::one("policies/crossTenantAccessPolicy/default", "crossTenantAccessPolicy", Policy, POLICY).part("default"),
    Resource::list("policies/crossTenantAccessPolicy/partners", "crossTenantAccessPolicy", Policy, POLICY).part("partners"),
    Resource::one("policies/adminConsentRequestPolicy", "adminConsentRequestPolicy", Policy, POLICY),
    Resource::list("policies/permissionGrantPolicies", "permissionGrantPolicies", Policy, &["Policy.Read.PermissionGrant"]),
    Resource::one("policies/deviceRegistrationPolicy", "deviceRegistrationPolicy", Policy, &["Policy.Read.DeviceConfiguration"]),
    Resource::one("policies/defaultAppManagementPolicy", "defaultAppManagementPolicy", Policy, POLICY),

    Resource::list("roleManagement/directory/roleDefinitions", "roleDefinitions", Roles, ROLES).both(),
    Resource::list("roleManagement/directory/roleAssignments", "roleAssignments", Roles, ROLES).page(Page::DIRECTORY),
    Resource::list("roleManagement/directory/roleAssignmentScheduleInstances", "roleAssignmentScheduleInstances", Roles, ACTIVE).page(Page::DIRECTORY).licensed(P2),
    Resource::list("roleManagement/directory/roleEligibilityScheduleInstances", "roleEligibilityScheduleInstances", Roles, ELIGIBLE).page(Page::DIRECTORY).licensed(P2),
    Resource::list("policies/roleManagementPolicyAssignments", "roleManagementPolicyAssignments", Roles, SETTINGS).licensed(P2),
    Resource::list("identityGovernance/privilegedAccess/group/eligibilityScheduleInstances", "groupEligibilityScheduleInstances", Roles, &["PrivilegedEligibilitySchedule.Read.AzureADGroup"]).page(Page::DIRECTORY).licensed(P2),
    Resource::list("identityGovernance/privilegedAccess/group/assignmentScheduleInstances", "groupAssignmentScheduleInstances", Roles, &["PrivilegedAssignmentSchedule.Read.AzureADGroup"]).page(Page::DIRECTORY).licensed(P2),

    Resource::list("reports/authenticationMethods/userRegistrationDetails", "userRegistrationDetails", Reports, LOGS).page(Page::LOG).licensed(P1),
    Resource::list("auditLogs/signIns", "signIns", Reports, LOGS).both().page(Page::LOG).licensed(P1),
    Resource::list("auditLogs/directoryAudits", "directoryAudits", Reports, LOGS).page(Page::LOG),

    Resource::list("identityProtection/riskyUsers", "riskyUsers", Risk, &["IdentityRiskyUser.Read.All"]).page(Page::RISK).licensed(P2),
    Resource::list("identityProtection/riskDetections", "riskDetections", Risk, &["IdentityRiskEvent.Read.All"]).page(Page::RISK).licensed(P2),
    Resource::list("identityProtection/riskyServicePrincipals", "riskyServicePrincipals", Risk, &["IdentityRiskyServicePrincipal.Read.All"]).page(Page::RISK).licensed(P2),
    Resource::one("identityProtection/settings/notifications", "riskNotifications", Risk, &["IdentityRiskyUser.Read.All", "Policy.Read.All"]).beta().licensed(P2),

    Resource::list("identityGovernance/accessReviews/definitions", "accessReviews", Other, &["AccessReview.Read.All"]).page(Page::REVIEWS).licensed(P2),
    Resource::list("security/secureScores", "secureScores", Other, &["SecurityEvents.Read.All"]).page(Page::DAILY),
];
