//! Application permissions: what a tenant grants the scanner, and how a service says no.

use crate::answer::Refusal;

/// What a tenant grants when its sample does not say: every permission that a full scan asks for.
pub(crate) const GRAPH: &[&str] = &[
    "AccessReview.Read.All",
    "AdministrativeUnit.Read.All",
    "Application.Read.All",
    "AuditLog.Read.All",
    "AuthenticationContext.Read.All",
    "CustomSecAttributeAssignment.Read.All",
    "Directory.Read.All",
    "Domain-InternalFederation.Read.All",
    "Domain.Read.All",
    "GroupMember.Read.All",
    "GroupSettings.Read.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyUser.Read.All",
    "Member.Read.Hidden",
    "OnPremDirectorySynchronization.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.Read.DeviceConfiguration",
    "Policy.Read.PermissionGrant",
    "PrivilegedAssignmentSchedule.Read.AzureADGroup",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    "RoleManagement.Read.Directory",
    "SecurityEvents.Read.All",
    "User.Read.All",
    "UserAuthenticationMethod.Read.All",
];

/// The part of Microsoft Graph that answers; each words its refusals in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Users, groups, applications, organization, domains.
    Directory,
    /// Conditional Access and the policies of the tenant.
    Policy,
    /// Sign-in log, audit log, registration report.
    Reports,
    /// Directory roles and Privileged Identity Management.
    Roles,
    /// Risky users and risk detections.
    Risk,
    /// Access reviews and Secure Score.
    Other,
}

/// How the service refuses a caller that has none of the permissions it accepts.
pub(crate) fn denied(service: Service, needs: &[&str]) -> Refusal {
    let scopes = needs.join(", ");
    match service {
        Service::Directory => Refusal::new(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
        Service::Policy => Refusal::new(
            403,
            "AccessDenied",
            format!("the token lacks the required scopes: {scopes}"),
        ),
        Service::Reports => Refusal::new(
            403,
            "UnknownError",
            format!("the application does not have the required scopes: {scopes}"),
        ),
        Service::Roles => Refusal::new(
            403,
            "UnknownError",
            serde_json::json!({
                "errorCode": "PermissionScopeNotGranted",
                "message": format!("missing permission scope {scopes}"),
            })
            .to_string(),
        ),
        Service::Risk => {
            Refusal::new(403, "Forbidden", format!("the token lacks the required scopes: {scopes}"))
        }
        Service::Other => Refusal::new(
            403,
            "InsufficientPermissions",
            format!("the application needs one of {scopes}"),
        ),
    }
}

/// What a dataset costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum License {
    /// Microsoft Entra ID P1 or P2.
    P1,
    /// Microsoft Entra ID P2 or Governance.
    P2,
    /// Exchange Online mailboxes of any plan.
    Exchange,
    /// Defender for Office 365 P1 or P2.
    Defender,
    /// Defender for Office 365 P2.
    DefenderP2,
    /// The suites that carry Customer Lockbox and privileged access management.
    Lockbox,
}

impl License {
    /// Ids of the service plans, each of which is enough.
    pub(crate) const fn plans(self) -> &'static [&'static str] {
        const P2: &str = "eec0eb4f-6444-4f95-aba0-50c24d67f998";
        const DEFENDER_P2: &str = "8e0c0a52-6a6c-4d40-8370-dd62790dcd70";
        const DEFENDER_P2_GOV: &str = "900018f1-0cdb-4ecb-94d4-90281760fdc6";
        match self {
            Self::P1 => &["41781fb2-bc02-4b7c-bd55-b576c07bb09d", P2],
            Self::P2 => &[P2, "e866a266-3cff-43a3-acca-0c90a7e00c8b"],
            Self::Exchange => &[
                "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
                "efb87545-963c-4e0d-99df-69c6916d9eb0",
                "4a82b400-a79f-41a4-b4e2-e94f5787b113",
            ],
            Self::Defender => &[
                "f20fedf3-f3c3-43c3-8267-2bfdd51c0939",
                "493ff600-6a2b-4db6-ad37-a7d4eb214516",
                DEFENDER_P2,
                DEFENDER_P2_GOV,
            ],
            Self::DefenderP2 => &[DEFENDER_P2, DEFENDER_P2_GOV],
            Self::Lockbox => &["9f431833-0334-42de-a7dc-70aa40db46db"],
        }
    }
}

/// How the service refuses a tenant without the license.
pub(crate) fn unlicensed(service: Service) -> Refusal {
    match service {
        Service::Directory | Service::Reports => Refusal::new(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        ),
        Service::Roles | Service::Policy => Refusal::new(
            400,
            "AadPremiumLicenseRequired",
            "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
        ),
        Service::Risk => {
            Refusal::new(403, "Forbidden", "Your tenant is not licensed for this feature.")
        }
        Service::Other => Refusal::new(
            403,
            "AccessDenied",
            "The caller does not have access to any of the reviews.",
        ),
    }
}
