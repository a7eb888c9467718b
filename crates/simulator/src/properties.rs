//! The properties that objects of Microsoft Graph have, and which of them come unasked.
//!
//! Source: the schema of Microsoft Graph v1.0.

/// Properties of a user.
#[rustfmt::skip]
const USER: &[&str] = &[
    "aboutMe", "accountEnabled", "ageGroup", "assignedLicenses", "assignedPlans",
    "authorizationInfo", "birthday", "businessPhones", "city", "companyName",
    "consentProvidedForMinor", "country", "createdDateTime", "creationType",
    "customSecurityAttributes", "deletedDateTime", "department", "deviceEnrollmentLimit",
    "displayName", "employeeHireDate", "employeeId", "employeeLeaveDateTime", "employeeOrgData",
    "employeeType", "externalUserState", "externalUserStateChangeDateTime", "faxNumber",
    "givenName", "hireDate", "id", "identities", "identityParentId", "imAddresses", "interests",
    "isManagementRestricted", "isResourceAccount", "jobTitle", "lastPasswordChangeDateTime",
    "legalAgeGroupClassification", "licenseAssignmentStates", "mail", "mailNickname",
    "mailboxSettings", "mobilePhone", "mySite", "officeLocation", "onPremisesDistinguishedName",
    "onPremisesDomainName", "onPremisesExtensionAttributes", "onPremisesImmutableId",
    "onPremisesLastSyncDateTime", "onPremisesProvisioningErrors", "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "onPremisesUserPrincipalName",
    "otherMails", "passwordPolicies", "passwordProfile", "pastProjects", "postalCode",
    "preferredDataLocation", "preferredLanguage", "preferredName", "print", "provisionedPlans",
    "proxyAddresses", "responsibilities", "schools", "securityIdentifier",
    "serviceProvisioningErrors", "showInAddressList", "signInActivity",
    "signInSessionsValidFromDateTime", "skills", "state", "streetAddress", "surname",
    "usageLocation", "userPrincipalName", "userType",
];

/// Properties of a group.
#[rustfmt::skip]
const GROUP: &[&str] = &[
    "accessType", "allowExternalSenders", "assignedLabels", "assignedLicenses",
    "autoSubscribeNewMembers", "classification", "createdDateTime", "deletedDateTime",
    "description", "displayName", "expirationDateTime", "groupTypes",
    "hasMembersWithLicenseErrors", "hideFromAddressLists", "hideFromOutlookClients", "id",
    "infoCatalogs", "isArchived", "isAssignableToRole", "isFavorite", "isManagementRestricted",
    "isSubscribedByMail", "licenseProcessingState", "mail", "mailEnabled", "mailNickname",
    "membershipRule", "membershipRuleProcessingState", "onPremisesDomainName",
    "onPremisesExtensionAttributes", "onPremisesLastSyncDateTime", "onPremisesNetBiosName",
    "onPremisesProvisioningErrors", "onPremisesSamAccountName", "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled", "organizationId", "preferredDataLocation", "preferredLanguage",
    "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions",
    "resourceProvisioningOptions", "securityEnabled", "securityIdentifier",
    "serviceProvisioningErrors", "theme", "uniqueName", "unseenConversationsCount",
    "unseenCount", "unseenMessagesCount", "visibility", "welcomeMessageEnabled",
];

/// Properties of a service principal.
#[rustfmt::skip]
const SERVICE_PRINCIPAL: &[&str] = &[
    "accountEnabled", "addIns", "alternativeNames", "appDescription", "appDisplayName", "appId",
    "appOwnerOrganizationId", "appRoleAssignmentRequired", "appRoles", "applicationTemplateId",
    "createdByAppId", "customSecurityAttributes", "deletedDateTime", "description",
    "disabledByMicrosoftStatus", "displayName", "homepage", "id", "info", "isDisabled",
    "keyCredentials", "loginUrl", "logoutUrl", "notes", "notificationEmailAddresses",
    "oauth2PermissionScopes", "passwordCredentials", "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint", "replyUrls", "resourceSpecificApplicationPermissions",
    "samlSingleSignOnSettings", "servicePrincipalNames", "servicePrincipalType",
    "signInAudience", "tags", "tokenEncryptionKeyId", "verifiedPublisher",
];

/// Properties of a application.
#[rustfmt::skip]
const APPLICATION: &[&str] = &[
    "addIns", "api", "appId", "appRoles", "applicationTemplateId", "authenticationBehaviors",
    "certification", "createdByAppId", "createdDateTime", "defaultRedirectUri",
    "deletedDateTime", "description", "disabledByMicrosoftStatus", "displayName",
    "groupMembershipClaims", "id", "identifierUris", "info", "isDeviceOnlyAuthSupported",
    "isDisabled", "isFallbackPublicClient", "keyCredentials", "logo", "managerApplications",
    "nativeAuthenticationApisEnabled", "notes", "oauth2RequirePostResponse", "optionalClaims",
    "parentalControlSettings", "passwordCredentials", "publicClient", "publisherDomain",
    "requestSignatureVerification", "requiredResourceAccess", "samlMetadataUrl",
    "serviceManagementReference", "servicePrincipalLockConfiguration", "signInAudience", "spa",
    "tags", "tokenEncryptionKeyId", "uniqueName", "verifiedPublisher", "web",
];

/// Properties of a organization.
#[rustfmt::skip]
const ORGANIZATION: &[&str] = &[
    "assignedPlans", "businessPhones", "city", "country", "countryLetterCode",
    "createdDateTime", "defaultUsageLocation", "deletedDateTime", "displayName", "id",
    "marketingNotificationEmails", "mobileDeviceManagementAuthority",
    "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "partnerTenantType", "postalCode",
    "preferredLanguage", "privacyProfile", "provisionedPlans",
    "securityComplianceNotificationMails", "securityComplianceNotificationPhones", "state",
    "street", "technicalNotificationMails", "tenantType", "verifiedDomains",
];

/// What a user shows when nobody selects.
#[rustfmt::skip]
const USER_UNASKED: &[&str] = &[
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
];

/// Properties that hold lists, empty when there is nothing.
#[rustfmt::skip]
const LISTS: &[&str] = &[
    "assignedLicenses", "assignedPlans", "businessPhones", "groupTypes", "identities", "imAddresses",
    "keyCredentials", "licenseAssignmentStates", "otherMails", "passwordCredentials",
    "provisionedPlans", "proxyAddresses", "resourceBehaviorOptions", "resourceProvisioningOptions",
    "servicePrincipalNames", "tags",
];

/// What a user shows as the principal of a role assignment.
pub(crate) const USER_AS_PRINCIPAL: &[&str] =
    &["id", "displayName", "userPrincipalName", "accountEnabled", "userType", "mail"];

/// Members that are paths of their own in Graph, and are kept inside the record here.
const NAVIGATION: &[(&str, &[&str])] = &[
    ("applications", &["owners"]),
    ("domains", &["federationConfiguration"]),
    ("groups", &["owners"]),
    ("servicePrincipals", &["owners"]),
];

/// Members that come only when selected.
const ON_REQUEST: &[(&str, &[&str])] = &[
    ("groups", &["isManagementRestricted"]),
    ("servicePrincipals", &["customSecurityAttributes"]),
];

/// Members that only beta has.
#[rustfmt::skip]
const BETA_ONLY: &[(&str, &[&str])] = &[
    ("authenticationMethodsPolicy", &["reportSuspiciousActivitySettings", "systemCredentialPreferences"]),
    ("roleDefinitions", &["isPrivileged"]),
    ("signIns", &[
        "authenticationDetails", "authenticationProtocol", "authenticationRequirement",
        "authenticationRequirementPolicies", "clientCredentialType", "incomingTokenType",
        "originalTransferMethod", "signInEventTypes", "userType",
    ]),
];

fn of<'a>(lists: &'a [(&str, &[&'a str])], dataset: &str) -> &'a [&'a str] {
    lists.iter().find(|(name, _)| *name == dataset).map_or(&[], |(_, members)| members)
}

/// The properties of the records of a dataset; `None` when only its records tell.
pub(crate) fn known(dataset: &str) -> Option<&'static [&'static str]> {
    Some(match dataset {
        "users" => USER,
        "groups" => GROUP,
        "servicePrincipals" => SERVICE_PRINCIPAL,
        "applications" => APPLICATION,
        "organization" => ORGANIZATION,
        _ => return None,
    })
}

/// What Graph shows for a property that the record does not have: null, or an empty list. `None`
/// for what Graph leaves out then.
pub(crate) fn absent(property: &str) -> Option<serde_json::Value> {
    match property {
        "signInActivity" => None,
        _ if LISTS.contains(&property) => Some(serde_json::json!([])),
        _ => Some(serde_json::Value::Null),
    }
}

/// The properties that the records of a dataset show when nobody selects, where they are few.
pub(crate) fn unasked(dataset: &str) -> &'static [&'static str] {
    if dataset == "users" { USER_UNASKED } else { &[] }
}

/// Whether a property of a record comes when nobody selects.
pub(crate) fn comes_unasked(dataset: &str, property: &str) -> bool {
    match dataset {
        "users" => USER_UNASKED.contains(&property) || property.starts_with('@'),
        _ => !of(ON_REQUEST, dataset).contains(&property),
    }
}

/// Whether only beta knows the property.
pub(crate) fn is_beta_only(dataset: &str, property: &str) -> bool {
    of(BETA_ONLY, dataset).contains(&property)
}

/// Whether the property is a path of its own, to be expanded instead of selected.
pub(crate) fn is_navigation(dataset: &str, property: &str) -> bool {
    of(NAVIGATION, dataset).contains(&property)
}
