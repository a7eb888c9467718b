//! The exemplary tenant's identity half: what Microsoft Graph returns.

use model::{Data, Plan};
use serde_json::{Value, json};

use super::{grant, phishing_resistant, policy};

pub(crate) const TENANT: &str = "7e000000-0000-4000-8000-000000000001";
pub(crate) const EMERGENCY_1: &str = "a0000000-0000-4000-8000-000000000001";
pub(crate) const EMERGENCY_2: &str = "a0000000-0000-4000-8000-000000000002";
/// Eligible Global Administrator with a dedicated, unlicensed account.
pub(crate) const ADMIN_1: &str = "a0000000-0000-4000-8000-000000000003";
/// Eligible Exchange Administrator and Privileged Role Administrator.
pub(crate) const ADMIN_2: &str = "a0000000-0000-4000-8000-000000000004";
/// Ordinary people. `PERSON_1` is a priority account.
pub(crate) const PERSON_1: &str = "a0000000-0000-4000-8000-000000000011";
pub(crate) const PERSON_2: &str = "a0000000-0000-4000-8000-000000000012";
pub(crate) const PERSON_3: &str = "a0000000-0000-4000-8000-000000000013";
pub(crate) const PERSON_4: &str = "a0000000-0000-4000-8000-000000000014";
pub(crate) const GUEST: &str = "a0000000-0000-4000-8000-000000000021";
/// The account of a shared mailbox, sign-in blocked.
pub(crate) const SHARED: &str = "a0000000-0000-4000-8000-000000000031";
/// The role-assignable group of emergency access accounts' caretakers: approvers in PIM.
pub(crate) const APPROVERS: &str = "b0000000-0000-4000-8000-000000000001";
/// Some application of the tenant.
pub(crate) const APP: &str = "c0000000-0000-4000-8000-000000000001";

pub(crate) const DOMAIN: &str = "larkspur.example";
pub(crate) const INITIAL_DOMAIN: &str = "larkspur.onmicrosoft.com";
pub(crate) const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
pub(crate) const PRIVILEGED_ROLE_ADMIN: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
pub(crate) const EXCHANGE_ADMIN: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
pub(crate) const HELPDESK_ADMIN: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const E5: &str = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";

/// The `[tenant]` table of every test profile.
pub(crate) const PROFILE_HEAD: &str = "\
[tenant]
id = \"7e000000-0000-4000-8000-000000000001\"
name = \"Larkspur Joinery\"
domain = \"larkspur.onmicrosoft.com\"
";

/// The exemplary tenant's profile.
pub(crate) const PROFILE: &str = "\
[tenant]
id = \"7e000000-0000-4000-8000-000000000001\"
name = \"Larkspur Joinery\"
domain = \"larkspur.onmicrosoft.com\"

[[attestation]]
control = \"vip-accounts-tagged\"
by = \"Rowan Thorne\"
on = 2026-09-15

[accounts]
emergency = [\"ea1@larkspur.onmicrosoft.com\", \"ea2@larkspur.onmicrosoft.com\"]
priority = [\"person1@larkspur.example\"]
";

/// The service plan ids behind a capability, for taking a license away.
pub(crate) fn plan_ids(plan: Plan) -> &'static [&'static str] {
    match plan {
        Plan::EntraIdP1 => &["41781fb2-bc02-4b7c-bd55-b576c07bb09d"],
        Plan::EntraIdP2 => &["eec0eb4f-6444-4f95-aba0-50c24d67f998"],
        Plan::EntraIdGovernance => &["e866a266-3cff-43a3-acca-0c90a7e00c8b"],
        Plan::DefenderForOffice365P1 => &["f20fedf3-f3c3-43c3-8267-2bfdd51c0939"],
        Plan::DefenderForOffice365P2 => &["8e0c0a52-6a6c-4d40-8370-dd62790dcd70"],
        Plan::ExchangeOnline => &["efb87545-963c-4e0d-99df-69c6916d9eb0"],
        Plan::Intune => &["c1ec4a95-1f05-45b3-a911-aa3fa01094f5"],
        Plan::AuditPremium => &["2f442157-a11c-46b9-ae5b-6e39ff4e5849"],
        Plan::CustomerLockbox => &["9f431833-0334-42de-a7dc-70aa40db46db"],
        Plan::WorkloadIdentities => &["84c289f0-efcb-486f-8581-07f44fc9efad"],
    }
}

/// An enabled, cloud-only member with a license; change what the test needs.
pub(crate) fn person(id: &str, name: &str) -> Value {
    json!({
        "id": id, "displayName": name, "userPrincipalName": format!("{name}@{DOMAIN}"),
        "accountEnabled": true, "userType": "Member", "createdDateTime": "2023-04-01T09:00:00Z",
        "creationType": null, "externalUserState": null, "onPremisesSyncEnabled": null,
        "onPremisesImmutableId": null, "passwordPolicies": "None",
        "assignedLicenses": [{ "disabledPlans": [], "skuId": E5 }],
        "assignedPlans": [
            {
                "service": "exchange", "capabilityStatus": "Enabled",
                "servicePlanId": "efb87545-963c-4e0d-99df-69c6916d9eb0"
            },
            {
                "service": "exchange", "capabilityStatus": "Enabled",
                "servicePlanId": "8e0c0a52-6a6c-4d40-8370-dd62790dcd70"
            }
        ],
        "isResourceAccount": null, "lastPasswordChangeDateTime": "2025-11-01T09:00:00Z",
        "usageLocation": "CH", "identities": []
    })
}

/// A dedicated administrator's account: no license, no mailbox, on the initial domain.
pub(crate) fn admin(id: &str, name: &str) -> Value {
    let mut user = person(id, name);
    user["userPrincipalName"] = json!(format!("{name}@{INITIAL_DOMAIN}"));
    user["assignedLicenses"] = json!([]);
    user["assignedPlans"] = json!([]);
    user
}

fn emergency(id: &str, name: &str) -> Value {
    let mut user = admin(id, name);
    user["passwordPolicies"] = json!("DisablePasswordExpiration");
    user
}

fn users() -> Value {
    let mut guest = person(GUEST, "guest");
    guest["userPrincipalName"] = json!("guest_brook.example#EXT#@larkspur.onmicrosoft.com");
    guest["userType"] = json!("Guest");
    guest["externalUserState"] = json!("Accepted");
    guest["assignedLicenses"] = json!([]);
    guest["assignedPlans"] = json!([]);
    let mut shared = person(SHARED, "office");
    shared["accountEnabled"] = json!(false);
    shared["assignedLicenses"] = json!([]);
    shared["assignedPlans"] = json!([]);
    json!([
        emergency(EMERGENCY_1, "ea1"),
        emergency(EMERGENCY_2, "ea2"),
        admin(ADMIN_1, "adm-one"),
        admin(ADMIN_2, "adm-two"),
        person(PERSON_1, "person1"),
        person(PERSON_2, "person2"),
        person(PERSON_3, "person3"),
        person(PERSON_4, "person4"),
        guest,
        shared
    ])
}

/// What a person with passkey and Authenticator registered.
pub(crate) fn registration(id: &str) -> Value {
    json!({
        "id": id, "userPrincipalName": "", "isAdmin": false, "isMfaRegistered": true,
        "isMfaCapable": true, "isPasswordlessCapable": true,
        "methodsRegistered": ["microsoftAuthenticatorPush", "passKeyDeviceBound"],
        "lastUpdatedDateTime": "2026-10-31T03:11:52Z"
    })
}

/// A standing, active assignment in PIM; `end` may be null.
pub(crate) fn assigned(principal: &str, role: &str, end: &Value) -> Value {
    json!({
        "id": format!("{role}-{principal}"), "principalId": principal, "roleDefinitionId": role,
        "directoryScopeId": "/", "appScopeId": null, "assignmentType": "Assigned",
        "memberType": "Direct", "startDateTime": "2026-01-05T09:00:00Z", "endDateTime": end
    })
}

/// An eligible assignment in PIM.
pub(crate) fn eligible(principal: &str, role: &str) -> Value {
    json!({
        "id": format!("{role}-{principal}-e"), "principalId": principal, "roleDefinitionId": role,
        "directoryScopeId": "/", "memberType": "Direct",
        "startDateTime": "2026-01-05T09:00:00Z", "endDateTime": "2027-01-05T09:00:00Z"
    })
}

/// A role assignment as it is read without PIM.
pub(crate) fn assignment(principal: &str, role: &str) -> Value {
    json!({
        "id": format!("{role}-{principal}"), "principalId": principal, "roleDefinitionId": role,
        "directoryScopeId": "/"
    })
}

fn role_definition(id: &str, name: &str) -> Value {
    json!({ "id": id, "templateId": id, "displayName": name, "isBuiltIn": true, "isEnabled": true })
}

/// Role settings in PIM: 8 hours, MFA and justification, approval, notifications.
pub(crate) fn role_settings(role: &str) -> Value {
    let target = |caller: &str, level: &str| {
        json!({
            "@odata.type": "microsoft.graph.unifiedRoleManagementPolicyRuleTarget",
            "caller": caller, "operations": ["all"], "level": level
        })
    };
    let notification = |id: &str, caller: &str, level: &str| {
        json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyNotificationRule",
            "id": id, "notificationType": "Email", "recipientType": "Admin",
            "notificationLevel": "All", "isDefaultRecipientsEnabled": true,
            "notificationRecipients": ["person1@larkspur.example"],
            "target": target(caller, level)
        })
    };
    json!({
        "id": format!("policy-{role}"), "policyId": format!("policy-{role}"), "scopeId": "/",
        "scopeType": "DirectoryRole", "roleDefinitionId": role,
        "policy": { "id": format!("policy-{role}"), "rules": [
            {
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
                "id": "Expiration_EndUser_Assignment", "isExpirationRequired": true,
                "maximumDuration": "PT8H", "target": target("EndUser", "Assignment")
            },
            {
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
                "id": "Expiration_Admin_Assignment", "isExpirationRequired": true,
                "maximumDuration": "P180D", "target": target("Admin", "Assignment")
            },
            {
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
                "id": "Enablement_EndUser_Assignment",
                "enabledRules": ["MultiFactorAuthentication", "Justification"],
                "target": target("EndUser", "Assignment")
            },
            {
                "@odata.type":
                    "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule",
                "id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false,
                "claimValue": null, "target": target("EndUser", "Assignment")
            },
            {
                "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
                "id": "Approval_EndUser_Assignment", "target": target("EndUser", "Assignment"),
                "setting": {
                    "isApprovalRequired": true, "approvalMode": "SingleStage",
                    "approvalStages": [{ "primaryApprovers": [{
                        "@odata.type": "#microsoft.graph.groupMembers", "groupId": APPROVERS,
                        "description": "Approvers"
                    }] }]
                }
            },
            notification("Notification_Admin_Admin_Assignment", "Admin", "Assignment"),
            notification("Notification_Admin_Admin_Eligibility", "Admin", "Eligibility"),
            notification("Notification_Admin_EndUser_Assignment", "EndUser", "Assignment")
        ] }
    })
}

/// The four starter policies, phishing-resistant for administrators, risk, device code.
pub(crate) fn policies() -> Value {
    let mut admins = policy("Phishing-resistant MFA for administrators", phishing_resistant());
    admins["conditions"]["users"]["includeUsers"] = json!([]);
    admins["conditions"]["users"]["includeRoles"] =
        json!(model::RoleSet::Administrators.ids().collect::<Vec<_>>());
    // Eligible holders are reached by a role only on activation: include them by name too.
    admins["conditions"]["users"]["includeUsers"] = json!([ADMIN_1, ADMIN_2]);
    admins["sessionControls"] = json!({
        "signInFrequency": {
            "value": 4, "type": "hours", "frequencyInterval": "timeBased", "isEnabled": true,
            "authenticationType": "primaryAndSecondaryAuthentication"
        },
        "persistentBrowser": { "mode": "never", "isEnabled": true }
    });
    let mut legacy = policy("Block legacy authentication", grant("block"));
    legacy["conditions"]["clientAppTypes"] = json!(["exchangeActiveSync", "other"]);
    let mut device_code = policy("Block device code flow", grant("block"));
    device_code["conditions"]["authenticationFlows"] =
        json!({ "transferMethods": "deviceCodeFlow,authenticationTransfer" });
    let mut user_risk = policy(
        "High-risk users change the password",
        json!({
            "operator": "AND", "builtInControls": ["mfa", "passwordChange"],
            "customAuthenticationFactors": [], "termsOfUse": [], "authenticationStrength": null
        }),
    );
    user_risk["conditions"]["userRiskLevels"] = json!(["high"]);
    let mut sign_in_risk = policy("MFA for risky sign-ins", grant("mfa"));
    sign_in_risk["conditions"]["signInRiskLevels"] = json!(["high", "medium"]);
    sign_in_risk["sessionControls"] = json!({ "signInFrequency": {
        "value": null, "type": null, "frequencyInterval": "everyTime", "isEnabled": true,
        "authenticationType": "primaryAndSecondaryAuthentication"
    } });
    let mut registration = policy("Protect registration of security info", grant("mfa"));
    registration["conditions"]["applications"]["includeApplications"] = json!([]);
    registration["conditions"]["applications"]["includeUserActions"] =
        json!(["urn:user:registersecurityinfo"]);
    let mut devices = policy(
        "Managed devices for Office 365",
        json!({
            "operator": "OR", "builtInControls": ["compliantDevice", "domainJoinedDevice"],
            "customAuthenticationFactors": [], "termsOfUse": [], "authenticationStrength": null
        }),
    );
    devices["conditions"]["applications"]["includeApplications"] = json!(["Office365"]);
    devices["conditions"]["users"]["excludeGuestsOrExternalUsers"] = json!({
        "guestOrExternalUserTypes":
            "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all"
        }
    });
    json!([
        policy("MFA for everybody", grant("mfa")),
        admins,
        legacy,
        device_code,
        user_risk,
        sign_in_risk,
        registration,
        devices
    ])
}

/// Every dataset of Microsoft Graph.
#[expect(clippy::too_many_lines, reason = "one entry for each dataset")]
pub(super) fn datasets() -> Vec<(Data, Value)> {
    let everybody =
        [EMERGENCY_1, EMERGENCY_2, ADMIN_1, ADMIN_2, PERSON_1, PERSON_2, PERSON_3, PERSON_4];
    let plans = [
        Plan::EntraIdP1,
        Plan::EntraIdP2,
        Plan::DefenderForOffice365P1,
        Plan::DefenderForOffice365P2,
        Plan::ExchangeOnline,
        Plan::Intune,
        Plan::AuditPremium,
        Plan::CustomerLockbox,
    ];
    let plans: Vec<Value> = plans
        .into_iter()
        .flat_map(plan_ids)
        .map(|id| json!({ "servicePlanId": id, "provisioningStatus": "Success" }))
        .collect();
    let roles = [
        (GLOBAL_ADMIN, "Global Administrator"),
        (PRIVILEGED_ROLE_ADMIN, "Privileged Role Administrator"),
        (EXCHANGE_ADMIN, "Exchange Administrator"),
        (HELPDESK_ADMIN, "Helpdesk Administrator"),
    ];
    let method = |kind: &str, id: &str, state: &str| {
        json!({
            "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethodConfiguration"),
            "id": id, "state": state, "excludeTargets": [],
            "includeTargets": [{ "targetType": "group", "id": "all_users" }]
        })
    };
    let everyone = json!({ "targetType": "group", "id": "all_users" });
    let nobody = json!({ "targetType": "group", "id": "00000000-0000-0000-0000-000000000000" });
    let shown = json!({ "state": "enabled", "includeTarget": everyone, "excludeTarget": nobody });
    let mut authenticator = method("microsoftAuthenticator", "MicrosoftAuthenticator", "enabled");
    authenticator["featureSettings"] = json!({
        "displayAppInformationRequiredState": shown,
        "displayLocationInformationRequiredState": shown
    });
    let sign_in = |id: &str, time: Value| {
        json!({ "id": id, "signInActivity": {
            "lastSignInDateTime": time, "lastNonInteractiveSignInDateTime": time,
            "lastSuccessfulSignInDateTime": time
        } })
    };
    let recently = json!("2026-10-30T08:00:00Z");
    vec![
        (
            Data::Organization,
            json!([{
                "id": TENANT, "displayName": "Larkspur Joinery", "countryLetterCode": "CH",
                "createdDateTime": "2023-03-01T08:00:00Z", "onPremisesSyncEnabled": null,
                "onPremisesLastSyncDateTime": null, "technicalNotificationMails": [],
                "verifiedDomains": [
                    { "name": DOMAIN, "isDefault": true, "isInitial": false, "type": "Managed" },
                    { "name": INITIAL_DOMAIN, "isDefault": false, "isInitial": true, "type": "Managed" }
                ]
            }]),
        ),
        (
            Data::SubscribedSkus,
            json!([{
                "id": format!("{TENANT}_{E5}"), "skuId": E5, "skuPartNumber": "SPE_E5",
                "capabilityStatus": "Enabled", "consumedUnits": 4,
                "prepaidUnits": { "enabled": 25, "suspended": 0, "warning": 0, "lockedOut": 0 },
                "servicePlans": plans
            }]),
        ),
        (
            Data::Domains,
            json!([
                {
                    "id": DOMAIN, "authenticationType": "Managed", "isDefault": true,
                    "isInitial": false, "isRoot": true, "isVerified": true,
                    "passwordValidityPeriodInDays": 2_147_483_647
                },
                {
                    "id": INITIAL_DOMAIN, "authenticationType": "Managed", "isDefault": false,
                    "isInitial": true, "isRoot": true, "isVerified": true,
                    "passwordValidityPeriodInDays": 2_147_483_647
                }
            ]),
        ),
        (
            Data::SecurityDefaults,
            json!([{
                "id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults",
                "isEnabled": false
            }]),
        ),
        (Data::ConditionalAccessPolicies, policies()),
        (Data::NamedLocations, json!([])),
        (
            Data::AuthenticationStrengthPolicies,
            json!([phishing_resistant()["authenticationStrength"]]),
        ),
        (Data::AuthenticationContexts, json!([])),
        (
            Data::AuthorizationPolicy,
            json!([{
                "id": "authorizationPolicy",
                "guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b",
                "allowInvitesFrom": "adminsAndGuestInviters",
                "allowEmailVerifiedUsersToJoinOrganization": false,
                "allowedToSignUpEmailBasedSubscriptions": false,
                "blockMsolPowerShell": true, "allowUserConsentForRiskyApps": null,
                "defaultUserRolePermissions": {
                    "allowedToCreateApps": false, "allowedToCreateSecurityGroups": false,
                    "allowedToCreateTenants": false,
                    "permissionGrantPoliciesAssigned":
                        ["ManagePermissionGrantsForSelf.microsoft-user-default-low"]
                }
            }]),
        ),
        (
            Data::AuthenticationMethodsPolicy,
            json!([{
                "id": "authenticationMethodsPolicy", "policyMigrationState": "migrationComplete",
                "reportSuspiciousActivitySettings": { "state": "enabled", "includeTarget": everyone },
                "systemCredentialPreferences": { "state": "enabled" },
                "authenticationMethodConfigurations": [
                    method("fido2", "Fido2", "enabled"),
                    authenticator,
                    method("sms", "Sms", "disabled"),
                    method("voice", "Voice", "disabled"),
                    method("email", "Email", "disabled"),
                    method("softwareOath", "SoftwareOath", "enabled"),
                    method("x509Certificate", "X509Certificate", "disabled"),
                    method("temporaryAccessPass", "TemporaryAccessPass", "enabled")
                ]
            }]),
        ),
        (
            Data::UserRegistrationDetails,
            Value::Array(everybody.into_iter().map(registration).collect()),
        ),
        (Data::Users, users()),
        (
            Data::SignInActivity,
            json!([
                sign_in(ADMIN_1, recently.clone()),
                sign_in(ADMIN_2, recently.clone()),
                sign_in(PERSON_1, recently.clone()),
                sign_in(PERSON_2, recently.clone()),
                sign_in(PERSON_3, recently.clone()),
                sign_in(PERSON_4, recently.clone()),
                sign_in(GUEST, recently)
            ]),
        ),
        (
            Data::Groups,
            json!([{
                "id": APPROVERS, "displayName": "Approvers of role activation", "groupTypes": [],
                "securityEnabled": true, "mailEnabled": false, "isAssignableToRole": true,
                "isManagementRestricted": null, "membershipRule": null, "onPremisesSyncEnabled": null,
                "ownerIds": []
            }]),
        ),
        (
            Data::GroupMembers,
            json!([
                { "groupId": APPROVERS, "memberIds": [PERSON_2, PERSON_3], "transitive": false }
            ]),
        ),
        (
            Data::UserAuthenticationRequirements,
            Value::Array(
                everybody
                    .into_iter()
                    .map(|id| json!({ "userId": id, "perUserMfaState": "disabled" }))
                    .collect(),
            ),
        ),
        (
            Data::UserAuthenticationMethods,
            Value::Array(
                [EMERGENCY_1, EMERGENCY_2]
                    .into_iter()
                    .map(|id| {
                        json!({ "userId": id, "methods": [
                    {
                        "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
                        "id": "28c10230-6103-485e-b985-444c60001490",
                        "createdDateTime": "2023-04-01T09:00:00Z"
                    },
                    {
                        "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
                        "id": format!("key-{id}"), "displayName": "Safe key",
                        "createdDateTime": "2023-04-01T09:10:00Z"
                    }
                ] })
                    })
                    .collect(),
            ),
        ),
        (
            Data::RoleDefinitions,
            Value::Array(roles.iter().map(|(id, name)| role_definition(id, name)).collect()),
        ),
        (
            Data::RoleAssignments,
            json!([assignment(EMERGENCY_1, GLOBAL_ADMIN), assignment(EMERGENCY_2, GLOBAL_ADMIN)]),
        ),
        (
            Data::RoleAssignmentScheduleInstances,
            json!([
                assigned(EMERGENCY_1, GLOBAL_ADMIN, &Value::Null),
                assigned(EMERGENCY_2, GLOBAL_ADMIN, &Value::Null)
            ]),
        ),
        (
            Data::RoleEligibilityScheduleInstances,
            json!([
                eligible(ADMIN_1, GLOBAL_ADMIN),
                eligible(ADMIN_2, PRIVILEGED_ROLE_ADMIN),
                eligible(ADMIN_2, EXCHANGE_ADMIN)
            ]),
        ),
        (
            Data::RoleManagementPolicyAssignments,
            Value::Array(model::RoleSet::HighlyPrivileged.ids().map(role_settings).collect()),
        ),
        (Data::GroupEligibilityScheduleInstances, json!([])),
        (Data::LegacySignIns, json!([])),
        (Data::DirectoryAudits, json!([])),
        (Data::RiskyUsers, json!([])),
        (
            Data::RiskNotifications,
            json!([{ "notificationRecipients": [
            { "email": "person1@larkspur.example", "isRiskyUsersAlertsRecipient": true }
        ] }]),
        ),
        (Data::ServicePrincipals, json!([])),
        (Data::Applications, json!([])),
        (Data::AppRoleAssignments, json!([])),
        (
            Data::GroupSettings,
            json!([{
                "id": "f85b2c40-9d17-4e63-a4b8-0c61d39ef275",
                "displayName": "Password Rule Settings",
                "templateId": "5cf42378-d67d-4f36-ba46-e8b86229381d",
                "values": [
                    { "name": "BannedPasswordCheckOnPremisesMode", "value": "Enforced" },
                    { "name": "EnableBannedPasswordCheckOnPremises", "value": "True" },
                    { "name": "EnableBannedPasswordCheck", "value": "True" },
                    { "name": "LockoutDurationInSeconds", "value": "60" },
                    { "name": "LockoutThreshold", "value": "10" },
                    { "name": "BannedPasswordList", "value": "larkspur\tjoinery" }
                ]
            }]),
        ),
        (
            Data::CrossTenantAccessPolicy,
            json!([{
                "isServiceDefault": true,
                "inboundTrust": {
                    "isMfaAccepted": false, "isCompliantDeviceAccepted": false,
                    "isHybridAzureADJoinedDeviceAccepted": false
                },
                "b2bDirectConnectInbound": { "usersAndGroups": { "accessType": "blocked" } },
                "automaticUserConsentSettings": { "inboundAllowed": false, "outboundAllowed": false },
                "partners": []
            }]),
        ),
        (
            Data::AdminConsentRequestPolicy,
            json!([{
                "isEnabled": true, "notifyReviewers": true, "requestDurationInDays": 30,
                "reviewers": [{
                    "query": format!("/users/{PERSON_2}"), "queryType": "MicrosoftGraph",
                    "queryRoot": null
                }]
            }]),
        ),
        (Data::AppManagementPolicy, json!([{ "id": "0", "isEnabled": true }])),
        (
            Data::DeviceRegistrationPolicy,
            json!([{
                "id": "deviceRegistrationPolicy", "multiFactorAuthConfiguration": "required"
            }]),
        ),
        (
            Data::AccessReviews,
            json!([{
                "id": "92c5f0d8-41be-4d73-a69c-0e17b83fd254", "displayName": "Role holders",
                "status": "InProgress",
                "scope": {
                    "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
                    "principalScopes": [{ "query": "/users", "queryType": "MicrosoftGraph" }],
                    "resourceScopes": [
                        {
                            "query": format!(
                                "/roleManagement/directory/roleDefinitions/{GLOBAL_ADMIN}"
                            ),
                            "queryType": "MicrosoftGraph"
                        },
                        {
                            "query": format!(
                                "/roleManagement/directory/roleDefinitions/{PRIVILEGED_ROLE_ADMIN}"
                            ),
                            "queryType": "MicrosoftGraph"
                        }
                    ]
                },
                "instanceEnumerationScope": null,
                "reviewers": [{ "query": format!("/users/{PERSON_2}"), "queryType": "MicrosoftGraph" }],
                "settings": {
                    "autoApplyDecisionsEnabled": true,
                    "recurrence": { "pattern": { "type": "absoluteMonthly", "interval": 3 } }
                }
            }]),
        ),
        (Data::OnPremisesSynchronization, json!([])),
        (
            Data::DiagnosticSettings,
            json!([{
                "name": "to-sentinel",
                "properties": {
                    "workspaceId": "/subscriptions/0/resourceGroups/sec/providers/workspaces/law",
                    "logs": [
                        { "category": "AuditLogs", "enabled": true },
                        { "category": "SignInLogs", "enabled": true },
                        { "category": "NonInteractiveUserSignInLogs", "enabled": true },
                        { "category": "ServicePrincipalSignInLogs", "enabled": true },
                        { "category": "RiskyUsers", "enabled": true }
                    ]
                }
            }]),
        ),
    ]
}
