//! For each control a tenant that meets it, and that tenant with exactly one thing broken.

use model::{Data, Plan};
use serde_json::{Value, json};

use crate::testing::*;

/// A tenant that meets the control. Most are the exemplary one; some controls ask for a state that
/// cannot be there together with the others'.
pub(super) fn met(id: &str) -> Fixture {
    let exemplary = Fixture::exemplary();
    match id {
        "base-sd-methods-intact" => exemplary.with_security_defaults()
            .edit(Data::AuthenticationMethodsPolicy, |all| disable(all, "SoftwareOath")),
        "base-rollout-completed"
        | "emerg-monitored"
        | "emerg-procedure"
        | "vip-monitoring-routine"
        | "log-review-routine"
        | "att-privileged-workstation" => exemplary.declare(&confirmed(id, "yes")),
        // The policy for administrators would hold some of them by itself.
        "mfa-admins-required" | "mfa-azure-management" => {
            exemplary.edit(Data::ConditionalAccessPolicies, |all| drop(all.remove(ADMINS)))
        }
        "mfa-registration-protected" => exemplary
            .with_member(
                Data::DeviceRegistrationPolicy,
                "multiFactorAuthConfiguration",
                &json!("notRequired"),
            )
            .edit(Data::ConditionalAccessPolicies, |all| {
                all[REGISTRATION]["conditions"]["applications"]["includeUserActions"] =
                    json!(["urn:user:registersecurityinfo", "urn:user:registerdevice"]);
            }),
        // Whoever has per-user MFA can make app passwords.
        "mfa-app-passwords-inert" => modern_and_legacy(exemplary).edit(
            Data::UserAuthenticationRequirements,
            |all| {
                for one in all {
                    one["perUserMfaState"] = json!("enforced");
                }
            },
        ),
        "legacy-auth-blocked" => modern_and_legacy(exemplary),
        // Legacy authentication is not refused, so that the setting alone decides.
        "legacy-smtp-auth-org" | "legacy-pop-imap-off" | "vip-legacy-protocols-off" => {
            exemplary.set(Data::ConditionalAccessPolicies, json!([]))
        }
        "priv-workload-identities" => exemplary
            .set(Data::ServicePrincipals, json!([{
                "id": SERVICE, "appId": APP, "displayName": "Nightly backup",
                "servicePrincipalType": "Application", "accountEnabled": true,
                "appOwnerOrganizationId": TENANT, "passwordCredentials": [], "keyCredentials": [],
                "ownerIds": []
            }]))
            .set(Data::AppRoleAssignments, json!([{
                "principalId": SERVICE, "appRoleValue": "Directory.ReadWrite.All"
            }]))
            .declare(&format!("known-applications = [\"{APP}\"]")),
        "priv-partner-access" => exemplary
            .add(Data::RoleAssignments, of_partner(EXCHANGE_ADMIN))
            .declare(&confirmed(id, "yes")),
        "hybrid-sync-account-clean" => hybrid(exemplary)
            .add(Data::Users, admin(SYNCHRONIZER, "Sync_DC01_3f0a9b1c2d4e"))
            .add(
                Data::RoleAssignments,
                assignment(SYNCHRONIZER, model::DIRECTORY_SYNCHRONIZATION_ROLES[0]),
            )
            .add(Data::SignInActivity, json!({ "id": SYNCHRONIZER, "signInActivity": {
                "lastNonInteractiveSignInDateTime": "2026-11-01T01:30:00Z"
            } }))
            .declare(&confirmed(id, "yes")),
        "hybrid-hardening" => hybrid(exemplary),
        // Accounts on a domain of the tenant's own are nobody's candidates.
        "emerg-accounts-exist" => exemplary.edit(Data::Users, |all| {
            all[0]["userPrincipalName"] = json!("ea1@larkspur.example");
            all[1]["userPrincipalName"] = json!("ea2@larkspur.example");
        }).profile(&format!("[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\"]")),
        // Mail protection alone, and nothing behind the Strict preset.
        "preset-strict-priority-accounts" => exemplary
            .unlicensed(&[Plan::DefenderForOffice365P1, Plan::DefenderForOffice365P2])
            .edit(Data::ExchangeEopProtectionPolicyRules, |all| all.truncate(1)),
        "preset-all-recipients" => {
            exemplary.edit(Data::ExchangeEopProtectionPolicyRules, |all| drop(all.remove(0)))
        }
        "preset-defender-protections" => exemplary
            .edit(Data::ExchangeAtpProtectionPolicyRules, |all| drop(all.remove(0)))
            .set(Data::ExchangeAtpBuiltInProtectionRules, json!([])),
        "vip-accounts-tagged" => exemplary.profile(&confirmed(id, "yes")),
        "pim-access-reviews" => exemplary.declare(&confirmed(id, "no")),
        _ => exemplary,
    }
}

/// The tenant of [`met`] with exactly one thing broken.
#[expect(clippy::too_many_lines, reason = "one entry for each control")]
pub(super) fn broken(id: &str) -> Fixture {
    let met = met(id);
    match id {
        "base-protection-enforced" | "base-model-fits-licence" => {
            met.set(Data::ConditionalAccessPolicies, json!([]))
        }
        "base-sd-methods-intact" => met.edit(Data::AuthenticationMethodsPolicy, |all| {
            disable(all, "MicrosoftAuthenticator");
        }),
        "base-rollout-completed"
        | "emerg-monitored"
        | "emerg-procedure"
        | "vip-monitoring-routine"
        | "log-review-routine"
        | "att-privileged-workstation" => Fixture::exemplary().declare(&confirmed(id, "no")),
        "mfa-admins-required" => exclude(met, EVERYBODY, ADMIN_1),
        "mfa-admins-registered" => registered(met, ADMIN_1, "isMfaCapable", &json!(false)),
        "mfa-admins-phishing-resistant" => policy_edit(met, ADMINS, |one| {
            one["grantControls"] = grant("mfa");
        }),
        "mfa-admins-not-telephony-only" => {
            registered(met, ADMIN_1, "methodsRegistered", &json!(["mobilePhone"]))
        }
        // A third of the people.
        "mfa-users-registered" => [PERSON_2, PERSON_3]
            .into_iter()
            .fold(met, |fixture, id| registered(fixture, id, "isMfaCapable", &json!(false))),
        "mfa-users-required" | "mfa-guests-required" | "mfa-azure-management" => {
            switch_off(met, EVERYBODY)
        }
        "mfa-registration-protected" => switch_off(met, REGISTRATION),
        "mfa-weak-methods-off" => {
            met.edit(Data::AuthenticationMethodsPolicy, |all| enable(all, "Sms"))
        }
        "mfa-strong-methods-enabled" => {
            met.edit(Data::AuthenticationMethodsPolicy, |all| disable(all, "Fido2"))
        }
        "mfa-authenticator-hardened" => met.edit(Data::AuthenticationMethodsPolicy, |all| {
            let shown = &mut method(all, "MicrosoftAuthenticator")["featureSettings"];
            for feature in shown.as_object_mut().unwrap().values_mut() {
                feature["state"] = json!("disabled");
            }
        }),
        "mfa-methods-migrated" => met.with_member(
            Data::AuthenticationMethodsPolicy,
            "policyMigrationState",
            &json!("preMigration"),
        ),
        "mfa-per-user-legacy-off" => met.edit(Data::UserAuthenticationRequirements, |all| {
            all.iter_mut().find(|one| one["userId"] == PERSON_2).unwrap()["perUserMfaState"] =
                json!("enforced");
        }),
        "mfa-app-passwords-inert" | "legacy-auth-blocked" => switch_off(met, 1),
        "mfa-federated-trust" => met.edit(Data::Domains, |all| {
            all[0]["authenticationType"] = json!("Federated");
            all[0]["federationConfiguration"] =
                json!([{ "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp" }]);
        }),
        "legacy-signins-observed" => met.add(
            Data::LegacySignIns,
            json!({
                "id": "s1", "userId": PERSON_2, "userPrincipalName": "person2@larkspur.example",
                "clientAppUsed": "IMAP4", "createdDateTime": "2026-10-30T08:00:00Z",
                "status": { "errorCode": 0 }
            }),
        ),
        "legacy-exo-modern-auth" => met.with_member(
            Data::ExchangeOrganizationConfig,
            "OAuth2ClientProfileEnabled",
            &json!(false),
        ),
        "legacy-smtp-auth-org" | "legacy-exo-auth-policy" => met.with_member(
            Data::ExchangeTransportConfig,
            "SmtpClientAuthenticationDisabled",
            &json!(false),
        ),
        "legacy-smtp-auth-mailboxes" | "vip-legacy-protocols-off" => {
            met.edit(Data::ExchangeCasMailboxes, |all| {
                all[0]["SmtpClientAuthenticationDisabled"] = json!(false);
            })
        }
        "legacy-pop-imap-off" => {
            met.with_member(Data::ExchangeCasMailboxes, "PopEnabled", &json!(true))
        }
        "ca-exclusions-controlled" => exclude(met, EVERYBODY, PERSON_2),
        "ca-policy-hygiene" => policy_edit(met, DEVICES, |one| {
            one["grantControls"] = grant("approvedApplication");
        }),
        "ca-location-bypass" => except_location(met),
        "ca-alternative-flows-blocked" => switch_off(met, DEVICE_CODE),
        "ca-admin-session-limits" => {
            policy_edit(met, ADMINS, |one| one["sessionControls"] = Value::Null)
        }
        "ca-managed-devices" | "ca-mobile-app-protection" => switch_off(met, DEVICES),
        "risk-user-policy" | "risk-legacy-policies-moved" => switch_off(met, USER_RISK),
        "risk-signin-policy" => switch_off(met, SIGN_IN_RISK),
        "risk-users-remediated" => met.add(
            Data::RiskyUsers,
            json!({
                "id": PERSON_2, "isDeleted": false, "isProcessing": false, "riskLevel": "high",
                "riskState": "atRisk", "riskLastUpdatedDateTime": "2026-10-01T00:00:00Z"
            }),
        ),
        "risk-alert-recipients" => {
            met.with_member(Data::RiskNotifications, "notificationRecipients", &json!([]))
        }
        // One Global Administrator is left: nobody else may hold the role, active or eligible.
        "priv-global-admin-count" => met
            .set(Data::RoleAssignments, json!([assignment(EMERGENCY_1, GLOBAL_ADMIN)]))
            .set(
                Data::RoleAssignmentScheduleInstances,
                json!([assigned(EMERGENCY_1, GLOBAL_ADMIN, &Value::Null)]),
            )
            .edit(Data::RoleEligibilityScheduleInstances, |all| drop(all.remove(0))),
        "priv-finer-roles" => {
            let people = [ADMIN_1, ADMIN_2, PERSON_1, PERSON_2, PERSON_3, PERSON_4];
            people.into_iter().fold(met, |fixture, id| standing(fixture, id, GLOBAL_ADMIN))
        }
        "priv-cloud-only" => met.edit(Data::Users, |all| {
            user(all, ADMIN_1)["onPremisesSyncEnabled"] = json!(true);
        }),
        "priv-dedicated-accounts" => standing(met, PERSON_1, GLOBAL_ADMIN),
        "priv-dormant-admins" => met.edit(Data::SignInActivity, |all| {
            let times =
                &mut all.iter_mut().find(|one| one["id"] == ADMIN_1).unwrap()["signInActivity"];
            for time in times.as_object_mut().unwrap().values_mut() {
                *time = json!("2026-01-01T08:00:00Z");
            }
        }),
        "priv-external-principals" => {
            met.add(Data::RoleEligibilityScheduleInstances, eligible(GUEST, GLOBAL_ADMIN))
        }
        "priv-sensitive-groups" => met
            .add(
                Data::Groups,
                json!({
                    "id": EXCEPTIONS, "displayName": "Exceptions", "groupTypes": [],
                    "isAssignableToRole": false, "isManagementRestricted": null,
                    "membershipRule": null, "onPremisesSyncEnabled": null, "ownerIds": []
                }),
            )
            .add(
                Data::GroupMembers,
                json!({ "groupId": EXCEPTIONS, "memberIds": [], "transitive": false }),
            )
            .edit(Data::ConditionalAccessPolicies, |all| {
                all[EVERYBODY]["conditions"]["users"]["excludeGroups"] = json!([EXCEPTIONS]);
            }),
        "priv-workload-identities" => met.edit(Data::ServicePrincipals, |all| {
            all[0]["passwordCredentials"] = json!([{
                "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2028-12-31T00:00:00Z"
            }]);
        }),
        "priv-partner-access" => {
            Fixture::exemplary().add(Data::RoleAssignments, of_partner(GLOBAL_ADMIN))
        }
        "pim-no-standing-access" => standing(met, ADMIN_1, GLOBAL_ADMIN),
        "pim-activation-mfa" => {
            role_rule(met, GLOBAL_ADMIN, "Enablement_EndUser_Assignment", |rule| {
                rule["enabledRules"] = json!(["Justification"]);
            })
        }
        "pim-activation-duration" => {
            role_rule(met, GLOBAL_ADMIN, "Expiration_EndUser_Assignment", |rule| {
                rule["maximumDuration"] = json!("P3D");
            })
        }
        "pim-ga-approval" => role_rule(met, GLOBAL_ADMIN, "Approval_EndUser_Assignment", |rule| {
            rule["setting"]["isApprovalRequired"] = json!(false);
        }),
        "pim-assignment-alerts" => {
            role_rule(met, GLOBAL_ADMIN, "Notification_Admin_EndUser_Assignment", |rule| {
                rule["notificationRecipients"] = json!([]);
            })
        }
        "pim-access-reviews" => met.set(Data::AccessReviews, json!([])),
        "pam-exchange-approval" => {
            met.with_member(Data::ExchangeOrganizationConfig, "ElevatedAccessControl", &Value::Null)
        }
        "emerg-accounts-exist" => met.profile(""),
        "emerg-configuration" => met.edit(Data::Users, |all| {
            all[0]["onPremisesSyncEnabled"] = json!(true);
        }),
        "emerg-ca-excluded" => {
            let mut block = policy("Block everything", grant("block"));
            block["conditions"]["users"]["excludeUsers"] = json!([]);
            met.add(Data::ConditionalAccessPolicies, block)
        }
        // Both sources of it agree.
        "emerg-strong-auth" => [EMERGENCY_1, EMERGENCY_2]
            .into_iter()
            .fold(met, |fixture, id| registered(fixture, id, "methodsRegistered", &json!([])))
            .with_member(Data::UserAuthenticationMethods, "methods", &json!([])),
        "emerg-not-daily-use" => met.edit(Data::Users, |all| {
            let plans = person(PERSON_1, "person1")["assignedPlans"].clone();
            all[0]["assignedPlans"] = plans;
        }),
        "guest-restrictions" => met.with_member(
            Data::AuthorizationPolicy,
            "guestUserRoleId",
            &json!("a0b1b346-4d3e-4e8b-98f8-753987be4970"),
        ),
        "guest-cross-tenant-trust" => met.edit(Data::CrossTenantAccessPolicy, |all| {
            all[0]["isServiceDefault"] = json!(false);
            all[0]["b2bDirectConnectInbound"]["usersAndGroups"]["accessType"] = json!("allowed");
        }),
        "app-user-consent" => met.edit(Data::AuthorizationPolicy, |all| {
            all[0]["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"] =
                json!(["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"]);
        }),
        "app-default-user-rights" => met.edit(Data::AuthorizationPolicy, |all| {
            let permissions = &mut all[0]["defaultUserRolePermissions"];
            permissions["allowedToCreateApps"] = json!(true);
            permissions["allowedToCreateTenants"] = json!(true);
        }),
        "pw-expiry-off" => met.edit(Data::Domains, |all| {
            all[0]["passwordValidityPeriodInDays"] = json!(90);
        }),
        "pw-protection" => met.edit(Data::GroupSettings, |all| {
            let values = all[0]["values"].as_array_mut().unwrap();
            values.iter_mut().find(|one| one["name"] == "LockoutThreshold").unwrap()["value"] =
                json!("50");
        }),
        "hybrid-sync-account-clean" => {
            met.add(Data::RoleAssignments, assignment(SYNCHRONIZER, HELPDESK_ADMIN))
        }
        "hybrid-hardening" => met.with_member(
            Data::Organization,
            "onPremisesLastSyncDateTime",
            &json!("2026-10-01T00:00:00Z"),
        ),
        "preset-strict-priority-accounts" | "preset-all-recipients" => {
            met.with_member(Data::ExchangeEopProtectionPolicyRules, "State", &json!("Disabled"))
        }
        "preset-defender-protections" => {
            met.with_member(Data::ExchangeAtpProtectionPolicyRules, "State", &json!("Disabled"))
        }
        "preset-impersonation" => {
            met.with_member(Data::ExchangeAntiPhishPolicies, "Enabled", &json!(false))
        }
        "preset-bypass-lists" => met.edit(Data::ExchangeHostedContentFilterPolicies, |all| {
            all[0]["AllowedSenderDomains"] = json!(["brook.example"]);
        }),
        "vip-accounts-tagged" => met.set(Data::ExchangeVipUsers, json!([])),
        "vip-protection-on" => met.with_member(
            Data::ExchangeEmailTenantSettings,
            "EnablePriorityAccountProtection",
            &json!(false),
        ),
        "vip-signin-strength" => exclude(met, EVERYBODY, PERSON_1),
        "vip-alerts" => met.edit(Data::ExchangeProtectionAlerts, |all| {
            all.retain(|alert| alert["RecipientTags"].is_null());
            all[0]["RecipientTags"] = json!([]);
        }),
        "exo-auto-forward-blocked" => met.add(
            Data::ExchangeTransportRules,
            json!({
                "Name": "Copies to a friend", "State": "Enabled", "Mode": "Enforce",
                "RedirectMessageTo": ["friend@brook.example"]
            }),
        ),
        "exo-shared-mailbox-signin-blocked" => met.edit(Data::Users, |all| {
            user(all, SHARED)["accountEnabled"] = json!(true);
        }),
        "log-unified-audit" => met.with_member(
            Data::ExchangeAdminAuditLogConfig,
            "UnifiedAuditLogIngestionEnabled",
            &json!(false),
        ),
        "log-mailbox-audit" => {
            met.with_member(Data::ExchangeOrganizationConfig, "AuditDisabled", &json!(true))
        }
        "log-retention" => met.with_member(
            Data::ExchangeUnifiedAuditLogRetentionPolicies,
            "RetentionDuration",
            &json!("ThreeMonths"),
        ),
        "log-siem-export" => {
            met.set(Data::DiagnosticSettings, json!([])).declare(&confirmed(id, "no"))
        }
        "log-alert-policies" => {
            met.with_member(Data::ExchangeProtectionAlerts, "Disabled", &json!(true))
        }
        _ => panic!("no broken tenant for {id}: add one"),
    }
}

/// Places of the exemplary tenant's policies.
const EVERYBODY: usize = 0;
const ADMINS: usize = 1;
const LEGACY: usize = 2;
const DEVICE_CODE: usize = 3;
const USER_RISK: usize = 4;
const SIGN_IN_RISK: usize = 5;
const REGISTRATION: usize = 6;
const DEVICES: usize = 7;

const SERVICE: &str = "d0000000-0000-4000-8000-000000000001";
const SYNCHRONIZER: &str = "a0000000-0000-4000-8000-0000000000ee";
const OFFICE: &str = "c0000000-0000-4000-8000-0000000000a1";
const EXCEPTIONS: &str = "b0000000-0000-4000-8000-0000000000c1";

fn confirmed(control: &str, answer: &str) -> String {
    format!(
        "[[attestation]]\ncontrol = \"{control}\"\nby = \"Sam\"\non = 2026-10-15\n\
         answer = \"{answer}\"\n"
    )
}

fn hybrid(fixture: Fixture) -> Fixture {
    fixture
        .with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
        .with_member(
            Data::Organization,
            "onPremisesLastSyncDateTime",
            &json!("2026-11-01T01:40:00Z"),
        )
        .set(
            Data::OnPremisesSynchronization,
            json!([{ "id": TENANT, "features": {
                "passwordSyncEnabled": true, "blockSoftMatchEnabled": true,
                "blockCloudObjectTakeoverThroughHardMatchEnabled": true
            } }]),
        )
}

/// One policy for modern clients, one that blocks the others, and no third.
fn modern_and_legacy(fixture: Fixture) -> Fixture {
    fixture.edit(Data::ConditionalAccessPolicies, |all| {
        let legacy = all.remove(LEGACY);
        all.truncate(1);
        all[0]["conditions"]["clientAppTypes"] = json!(["browser", "mobileAppsAndDesktopClients"]);
        all.push(legacy);
    })
}

/// Every policy leaves out one trusted place.
fn except_location(fixture: Fixture) -> Fixture {
    fixture
        .set(
            Data::NamedLocations,
            json!([{
                "@odata.type": "#microsoft.graph.ipNamedLocation", "id": OFFICE,
                "displayName": "Office", "isTrusted": true,
                "ipRanges": [{ "cidrAddress": "203.0.0.0/16" }]
            }]),
        )
        .edit(Data::ConditionalAccessPolicies, |all| {
            for one in all {
                one["conditions"]["locations"] =
                    json!({ "includeLocations": ["All"], "excludeLocations": [OFFICE] });
            }
        })
}

/// The tenant, changed so that the dataset matters where it did not.
pub(super) fn where_it_matters(data: Data, fixture: Fixture) -> Fixture {
    let group_with_role = |fixture: Fixture| {
        fixture.add(Data::RoleAssignments, assignment(APPROVERS, HELPDESK_ADMIN)).add(
            Data::RoleAssignmentScheduleInstances,
            assigned(APPROVERS, HELPDESK_ADMIN, &Value::Null),
        )
    };
    match data {
        Data::NamedLocations => except_location(fixture),
        // A strength by its id alone.
        Data::AuthenticationStrengthPolicies => {
            fixture.edit(Data::ConditionalAccessPolicies, |all| {
                for one in all {
                    let mfa = one["grantControls"]["builtInControls"] == json!(["mfa"]);
                    if mfa || one["grantControls"]["authenticationStrength"].is_object() {
                        one["grantControls"] = json!({
                            "operator": "OR", "builtInControls": [],
                            "authenticationStrength":
                                { "id": "00000000-0000-0000-0000-000000000004" }
                        });
                    }
                }
            })
        }
        // A group is excluded from every policy and rule, and holds a role.
        Data::Groups | Data::GroupMembers => {
            let fixture = group_with_role(fixture)
                .with_member(Data::Groups, "mail", &json!("approvers@larkspur.example"))
                .edit(Data::ConditionalAccessPolicies, |all| {
                    for one in all {
                        one["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]);
                    }
                });
            [
                Data::ExchangeEopProtectionPolicyRules,
                Data::ExchangeAtpProtectionPolicyRules,
                Data::ExchangeAtpBuiltInProtectionRules,
            ]
            .into_iter()
            .fold(fixture, |fixture, rules| {
                let group = json!("approvers@larkspur.example");
                fixture.with_member(rules, "ExceptIfSentToMemberOf", &group)
            })
        }
        Data::RoleDefinitions => {
            let own = "92c5f0d8-41be-4d73-a69c-0e17b83fd255";
            standing(fixture, PERSON_2, own).add(
                Data::RoleDefinitions,
                json!({ "id": own, "templateId": own, "displayName": "Own", "isPrivileged": true }),
            )
        }
        Data::RoleAssignments | Data::RoleAssignmentScheduleInstances => {
            standing(fixture, PERSON_2, HELPDESK_ADMIN)
        }
        Data::RoleEligibilityScheduleInstances => {
            fixture.add(data, eligible(PERSON_2, HELPDESK_ADMIN))
        }
        Data::GroupEligibilityScheduleInstances => group_with_role(fixture).add(
            data,
            json!({ "groupId": APPROVERS, "principalId": PERSON_4, "accessId": "member" }),
        ),
        Data::UserAuthenticationRequirements | Data::SecurityDefaults => {
            fixture.set(Data::ConditionalAccessPolicies, json!([]))
        }
        Data::SignInActivity => fixture
            .forbidden(Data::ExchangeMailboxes)
            .edit(Data::Users, |all| user(all, PERSON_2)["assignedLicenses"] = json!([])),
        Data::CrossTenantAccessPolicy => {
            fixture.add(Data::RoleEligibilityScheduleInstances, eligible(GUEST, EXCHANGE_ADMIN))
        }
        Data::UserAuthenticationMethods => fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]),
        _ => fixture,
    }
}

fn policy_edit(fixture: Fixture, place: usize, change: impl FnOnce(&mut Value)) -> Fixture {
    fixture.edit(Data::ConditionalAccessPolicies, |all| change(&mut all[place]))
}

fn switch_off(fixture: Fixture, place: usize) -> Fixture {
    policy_edit(fixture, place, |one| one["state"] = json!("disabled"))
}

fn exclude(fixture: Fixture, place: usize, user: &str) -> Fixture {
    policy_edit(fixture, place, |one| {
        one["conditions"]["users"]["excludeUsers"].as_array_mut().unwrap().push(json!(user));
    })
}

fn standing(fixture: Fixture, user: &str, role: &str) -> Fixture {
    fixture
        .add(Data::RoleAssignments, assignment(user, role))
        .add(Data::RoleAssignmentScheduleInstances, assigned(user, role, &Value::Null))
}

fn registered(fixture: Fixture, user: &str, member: &str, value: &Value) -> Fixture {
    fixture.edit(Data::UserRegistrationDetails, |all| {
        all.iter_mut().find(|one| one["id"] == user).unwrap()[member] = value.clone();
    })
}

fn user<'v>(users: &'v mut [Value], id: &str) -> &'v mut Value {
    users.iter_mut().find(|one| one["id"] == id).unwrap()
}

fn method<'v>(policies: &'v mut [Value], id: &str) -> &'v mut Value {
    let methods = policies[0]["authenticationMethodConfigurations"].as_array_mut().unwrap();
    methods.iter_mut().find(|one| one["id"] == id).unwrap()
}

fn enable(policies: &mut [Value], id: &str) {
    method(policies, id)["state"] = json!("enabled");
}

fn disable(policies: &mut [Value], id: &str) {
    method(policies, id)["state"] = json!("disabled");
}

fn role_rule(fixture: Fixture, role: &str, id: &str, change: impl FnOnce(&mut Value)) -> Fixture {
    fixture.edit(Data::RoleManagementPolicyAssignments, |all| {
        let settings = all.iter_mut().find(|one| one["roleDefinitionId"] == role).unwrap();
        let rules = settings["policy"]["rules"].as_array_mut().unwrap();
        change(rules.iter_mut().find(|one| one["id"] == id).unwrap());
    })
}

/// A group of a partner's tenant holds the role.
fn of_partner(role: &str) -> Value {
    let mut theirs = assignment("b0000000-0000-4000-8000-0000000000f1", role);
    theirs["principalOrganizationId"] = json!("f0000000-0000-4000-8000-000000000001");
    theirs
}
