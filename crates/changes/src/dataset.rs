//! What is compared: for each dataset, what a record is called, what tells it apart, and which of its
//! members somebody decides.

use model::{Data, SubjectKind};
use serde_json::Value;

/// How a dataset is compared.
pub(crate) struct Spec {
    pub(crate) data: Data,
    /// Where a person looks for it.
    pub(crate) area: &'static str,
    pub(crate) kind: SubjectKind,
    /// What a record is called before its name; the whole name where there is only one record.
    pub(crate) noun: &'static str,
    /// The members that tell a record apart, the first that is there; empty: there is one record.
    pub(crate) keys: &'static [&'static str],
    pub(crate) members: Members,
    /// Words of the audit log's activity, where its entries do not name the object by id.
    pub(crate) activity: &'static str,
    /// Puts a record into one form before it is compared.
    pub(crate) prepare: fn(&mut Value),
}

/// Which members are compared. Those that move by themselves never are.
pub(crate) enum Members {
    All,
    Only(&'static [&'static str]),
    But(&'static [&'static str]),
}

impl Members {
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(members) => members.contains(&name),
            Self::But(members) => !members.contains(&name),
        }
    }
}

const ID: &[&str] = &["id"];
const ONE: &[&str] = &[];
const EXCHANGE: &[&str] = &["Guid", "ExchangeObjectId", "Identity", "Name"];
const EXCHANGE_MEMBERS: Members = Members::But(&[
    "Guid",
    "ExchangeObjectId",
    "Identity",
    "Id",
    "ImmutableId",
    "ExternalDirectoryObjectId",
    "OrganizationId",
    "OrganizationalUnitRoot",
    "ObjectCategory",
    "ObjectClass",
    "AdminDisplayName",
    "Description",
    "RunspaceId",
    "IsValid",
]);

fn as_it_is(_: &mut Value) {}

const fn spec(
    data: Data,
    area: &'static str,
    kind: SubjectKind,
    noun: &'static str,
    keys: &'static [&'static str],
    members: Members,
) -> Spec {
    Spec { data, area, kind, noun, keys, members, activity: "", prepare: as_it_is }
}

const fn exchange(data: Data, noun: &'static str, kind: SubjectKind) -> Spec {
    spec(data, "Exchange Online", kind, noun, EXCHANGE, EXCHANGE_MEMBERS)
}

const fn mail(data: Data, noun: &'static str) -> Spec {
    spec(data, "Mail protection", SubjectKind::Policy, noun, EXCHANGE, EXCHANGE_MEMBERS)
}

/// Every dataset that holds decisions. Left out are logs, risk, scores and last sign-ins, which move by
/// themselves, and the assignments of roles, which have words of their own.
pub(crate) const SPECS: &[Spec] = &{
    use Data as D;
    use Members::{All, But, Only};
    use SubjectKind as K;
    const CA: &str = "Conditional Access";
    const DIRECTORY: &str = "Directory settings";
    const APPS: &str = "Applications";
    [
        Spec {
            prepare: conditional_access,
            ..spec(
                D::ConditionalAccessPolicies,
                CA,
                K::Policy,
                "policy",
                ID,
                But(&["id", "templateId"]),
            )
        },
        spec(D::NamedLocations, CA, K::Location, "named location", ID, But(&["id"])),
        spec(
            D::AuthenticationStrengthPolicies,
            CA,
            K::Policy,
            "authentication strength",
            ID,
            Only(&["displayName", "allowedCombinations", "combinationConfigurations"]),
        ),
        spec(D::AuthenticationContexts, CA, K::Setting, "authentication context", ID, But(&["id"])),
        Spec {
            activity: "security defaults",
            ..spec(
                D::SecurityDefaults,
                DIRECTORY,
                K::Setting,
                "security defaults",
                ONE,
                Only(&["isEnabled"]),
            )
        },
        Spec {
            activity: "authorization policy",
            ..spec(
                D::AuthorizationPolicy,
                DIRECTORY,
                K::Setting,
                "the authorization policy",
                ONE,
                But(&["id", "displayName", "description"]),
            )
        },
        Spec {
            activity: "authentication methods policy",
            ..spec(
                D::AuthenticationMethodsPolicy,
                "Authentication methods",
                K::Setting,
                "the authentication methods policy",
                ONE,
                But(&["id", "displayName", "description"]),
            )
        },
        spec(
            D::UserAuthenticationRequirements,
            "Authentication methods",
            K::User,
            "account",
            &["userId"],
            Only(&["perUserMfaState"]),
        ),
        spec(
            D::Domains,
            "Domains",
            K::Domain,
            "domain",
            ID,
            But(&["id", "availabilityStatus", "state"]),
        ),
        Spec {
            activity: "role setting",
            ..spec(
                D::RoleManagementPolicyAssignments,
                "Administrators",
                K::Role,
                "the settings of the role",
                &["roleDefinitionId"],
                Only(&["policy"]),
            )
        },
        Spec {
            prepare: custom_role,
            ..spec(
                D::RoleDefinitions,
                "Administrators",
                K::Role,
                "custom role",
                ID,
                Only(&["displayName", "isEnabled", "rolePermissions"]),
            )
        },
        spec(
            D::Applications,
            APPS,
            K::Application,
            "application",
            ID,
            Only(&[
                "displayName",
                "signInAudience",
                "passwordCredentials",
                "keyCredentials",
                "requiredResourceAccess",
                "owners",
            ]),
        ),
        Spec {
            prepare: service_principal,
            ..spec(
                D::ServicePrincipals,
                APPS,
                K::ServicePrincipal,
                "application",
                ID,
                Only(&[
                    "accountEnabled",
                    "appRoleAssignmentRequired",
                    "passwordCredentials",
                    "keyCredentials",
                    "owners",
                ]),
            )
        },
        spec(
            D::GroupSettings,
            DIRECTORY,
            K::Setting,
            "the directory settings",
            ID,
            Only(&["values"]),
        ),
        Spec {
            activity: "cross",
            ..spec(
                D::CrossTenantAccessPolicy,
                DIRECTORY,
                K::Setting,
                "the cross-tenant access settings",
                ONE,
                But(&["id", "displayName"]),
            )
        },
        spec(
            D::AdminConsentRequestPolicy,
            APPS,
            K::Setting,
            "the admin consent request policy",
            ONE,
            But(&["id", "version"]),
        ),
        spec(
            D::PermissionGrantPolicies,
            APPS,
            K::Policy,
            "permission grant policy",
            ID,
            But(&["id"]),
        ),
        spec(
            D::AppManagementPolicy,
            APPS,
            K::Setting,
            "the default app management policy",
            ONE,
            But(&["id", "displayName", "description"]),
        ),
        Spec {
            activity: "device registration policy",
            ..spec(
                D::DeviceRegistrationPolicy,
                DIRECTORY,
                K::Setting,
                "the device registration policy",
                ONE,
                But(&["id", "displayName", "description"]),
            )
        },
        spec(
            D::AccessReviews,
            "Administrators",
            K::Setting,
            "access review",
            ID,
            Only(&["displayName", "scope", "reviewers", "settings"]),
        ),
        spec(
            D::OnPremisesSynchronization,
            DIRECTORY,
            K::Setting,
            "directory synchronization",
            ONE,
            Only(&["features"]),
        ),
        spec(D::RiskNotifications, DIRECTORY, K::Setting, "risk alerts", ONE, But(&["id"])),
        spec(
            D::DelegatedAdminRelationships,
            "Administrators",
            K::Setting,
            "partner relationship",
            ID,
            Only(&["displayName", "status", "accessDetails", "endDateTime", "autoExtendDuration"]),
        ),
        spec(
            D::DiagnosticSettings,
            "Logs",
            K::Setting,
            "diagnostic setting",
            &["id", "name"],
            Only(&["properties"]),
        ),
        spec(
            D::MfaServiceSettings,
            "Authentication methods",
            K::Setting,
            "the MFA service settings",
            ONE,
            All,
        ),
        spec(
            D::Users,
            "Accounts",
            K::User,
            "account",
            ID,
            Only(&[
                "accountEnabled",
                "userPrincipalName",
                "userType",
                "onPremisesSyncEnabled",
                "passwordPolicies",
            ]),
        ),
        spec(
            D::UserRegistrationDetails,
            "Accounts",
            K::User,
            "account",
            ID,
            Only(&["isMfaRegistered"]),
        ),
        spec(
            D::Groups,
            "Groups",
            K::Group,
            "group",
            ID,
            Only(&[
                "displayName",
                "securityEnabled",
                "membershipRule",
                "membershipRuleProcessingState",
                "isAssignableToRole",
                "visibility",
                "owners",
            ]),
        ),
        spec(D::GroupMembers, "Groups", K::Group, "group", &["groupId"], Only(&["memberIds"])),
        spec(
            D::SubscribedSkus,
            "Licenses",
            K::License,
            "subscription",
            &["skuId", "id"],
            Only(&["capabilityStatus", "servicePlans"]),
        ),
        spec(
            D::Organization,
            DIRECTORY,
            K::Tenant,
            "the organization",
            ONE,
            Only(&[
                "displayName",
                "technicalNotificationMails",
                "verifiedDomains",
                "onPremisesSyncEnabled",
            ]),
        ),
        exchange(D::ExchangeOrganizationConfig, "the organization settings", K::Setting),
        exchange(D::ExchangeTransportConfig, "the transport settings", K::Setting),
        exchange(D::ExchangeAuthenticationPolicies, "authentication policy", K::Policy),
        exchange(D::ExchangeCasMailboxes, "client access of mailbox", K::Mailbox),
        exchange(D::ExchangeCasMailboxPlans, "client access of mailbox plan", K::Setting),
        spec(
            D::ExchangeMailboxes,
            "Exchange Online",
            K::Mailbox,
            "mailbox",
            EXCHANGE,
            Only(&[
                "ForwardingAddress",
                "ForwardingSmtpAddress",
                "DeliverToMailboxAndForward",
                "AuditEnabled",
                "RecipientTypeDetails",
                "AccountDisabled",
                "MessageCopyForSentAsEnabled",
                "HiddenFromAddressListsEnabled",
            ]),
        ),
        exchange(D::ExchangeVipUsers, "priority account", K::User),
        exchange(D::ExchangeAcceptedDomains, "accepted domain", K::Domain),
        exchange(D::ExchangeRemoteDomains, "remote domain", K::Domain),
        exchange(D::ExchangeTransportRules, "mail flow rule", K::Rule),
        exchange(D::ExchangeAdminAuditLogConfig, "the audit log settings", K::Setting),
        exchange(D::ExchangeMailboxAuditBypassAssociations, "audit bypass of", K::Mailbox),
        exchange(D::ExchangeProtectionAlerts, "alert policy", K::Policy),
        exchange(
            D::ExchangeUnifiedAuditLogRetentionPolicies,
            "audit log retention policy",
            K::Policy,
        ),
        exchange(
            D::ExchangeElevatedAccessApprovalPolicies,
            "privileged access management policy",
            K::Policy,
        ),
        mail(D::ExchangeEopProtectionPolicyRules, "preset security policy rule (mail protection)"),
        mail(D::ExchangeAtpProtectionPolicyRules, "preset security policy rule (Defender)"),
        mail(D::ExchangeAtpBuiltInProtectionRules, "built-in protection rule"),
        mail(D::ExchangeAntiPhishPolicies, "anti-phishing policy"),
        mail(D::ExchangeAntiPhishRules, "anti-phishing rule"),
        mail(D::ExchangeHostedContentFilterPolicies, "anti-spam policy"),
        mail(D::ExchangeHostedContentFilterRules, "anti-spam rule"),
        mail(D::ExchangeHostedConnectionFilterPolicies, "connection filter policy"),
        mail(D::ExchangeHostedOutboundSpamFilterPolicies, "outbound spam policy"),
        mail(D::ExchangeHostedOutboundSpamFilterRules, "outbound spam rule"),
        mail(D::ExchangeMalwareFilterPolicies, "anti-malware policy"),
        mail(D::ExchangeMalwareFilterRules, "anti-malware rule"),
        mail(D::ExchangeSafeLinksPolicies, "Safe Links policy"),
        mail(D::ExchangeSafeLinksRules, "Safe Links rule"),
        mail(D::ExchangeSafeAttachmentPolicies, "Safe Attachments policy"),
        mail(D::ExchangeSafeAttachmentRules, "Safe Attachments rule"),
        mail(D::ExchangeAtpPolicyForO365, "Defender for SharePoint and Teams"),
        mail(D::ExchangeEmailTenantSettings, "priority account protection"),
    ]
};

/// What the service fills in by itself.
fn conditional_access(policy: &mut Value) {
    let Some(policy) = policy.as_object_mut() else { return };
    if let Some(grant) = policy.get_mut("grantControls").and_then(Value::as_object_mut) {
        // The whole strength is embedded, and changes with its own dataset.
        if let Some(strength) = grant.get_mut("authenticationStrength").filter(|s| s.is_object()) {
            *strength = strength.get("id").cloned().unwrap_or(Value::Null);
        }
        let count = |name: &str| grant.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        let strength = grant.get("authenticationStrength").is_some_and(|found| !found.is_null());
        let controls = count("builtInControls")
            + count("customAuthenticationFactors")
            + count("termsOfUse")
            + usize::from(strength);
        // "All of" or "one of" a single control is the same, and the service picks either.
        if controls < 2 {
            grant.remove("operator");
        }
    }
    if let Some(session) = policy.get_mut("sessionControls").and_then(Value::as_object_mut) {
        session.retain(|_, control| control.get("isEnabled") != Some(&Value::Bool(false)));
    }
    if let Some(conditions) = policy.get_mut("conditions").and_then(Value::as_object_mut) {
        // A condition that is not there lets everything through.
        for (name, include, all) in
            [("platforms", "includePlatforms", "all"), ("locations", "includeLocations", "All")]
        {
            if conditions.get(name).is_none_or(Value::is_null) {
                conditions.insert(name.to_owned(), serde_json::json!({ include: [all] }));
            }
        }
        if conditions.get("clientAppTypes").is_none_or(Value::is_null) {
            conditions.insert("clientAppTypes".to_owned(), Value::from(vec!["all"]));
        }
    }
}

/// Built-in roles are Microsoft's to change.
fn custom_role(role: &mut Value) {
    if role.get("isBuiltIn") != Some(&Value::Bool(false)) {
        *role = Value::Null;
    }
}

/// Microsoft's own applications come and go by themselves.
fn service_principal(principal: &mut Value) {
    const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
    let owner = principal.get("appOwnerOrganizationId").and_then(Value::as_str);
    if owner.is_some_and(|owner| owner.eq_ignore_ascii_case(MICROSOFT)) {
        *principal = Value::Null;
    }
}
