//! Tenants in the format `ca-tenant/1` from few words: the shapes that Microsoft Graph returns,
//! with everything that is not said left empty.

use serde_json::{Value, json};

use super::{AZURE_MANAGEMENT, EXCHANGE, PRIVILEGED_ROLES, SYNC_ROLE};

pub(crate) const SHAREPOINT: &str = "00000003-0000-0ff1-ce00-000000000000";
pub(crate) const TEAMS: &str = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
/// A member of the admin portals and of the group that [`AZURE_MANAGEMENT`] stands for.
pub(crate) const AZURE_PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
pub(crate) const PAYROLL: &str = "a9900000-0000-4000-8000-000000000001";
pub(crate) const CANTEEN: &str = "a9900000-0000-4000-8000-000000000002";

pub(crate) const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
pub(crate) const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
/// A custom role, which policies do not see.
pub(crate) const CUSTOM_ROLE: &str = "c0570000-0000-4000-8000-000000000001";

pub(crate) const MFA_STRENGTH: &str = "00000000-0000-0000-0000-000000000002";
pub(crate) const PHISHING_RESISTANT_STRENGTH: &str = "00000000-0000-0000-0000-000000000004";

/// An invented id: the kind of object, in hexadecimal, and its number.
pub(crate) fn guid(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

pub(crate) fn user_id(number: usize) -> String {
    guid(0xacc0_0000, number)
}

pub(crate) fn group_id(number: usize) -> String {
    guid(0x96a0_0000, number)
}

pub(crate) fn location_id(number: usize) -> String {
    guid(0x10ca_0000, number)
}

pub(crate) fn strength_id(number: usize) -> String {
    guid(0x57a0_0000, number)
}

pub(crate) fn policy_id(number: usize) -> String {
    guid(0xb011_0000, number)
}

/// The id of some other organization.
pub(crate) fn organization_id(number: usize) -> String {
    guid(0x7e00_0000, number)
}

/// A tenant without users and policies, with the built-in strengths, the roles that matter and a
/// few applications.
pub(crate) fn tenant(name: &str) -> Value {
    let mut roles: Vec<Value> = PRIVILEGED_ROLES
        .iter()
        .chain(&[GLOBAL_READER, SYNC_ROLE])
        .map(|id| json!({"id": id, "templateId": id, "displayName": "a role", "isBuiltIn": true}))
        .collect();
    roles.push(json!({
        "id": CUSTOM_ROLE, "templateId": CUSTOM_ROLE, "displayName": "ours", "isBuiltIn": false,
    }));
    let applications = [EXCHANGE, SHAREPOINT, TEAMS, AZURE_PORTAL, AZURE_MANAGEMENT];
    let principals: Vec<Value> = applications
        .into_iter()
        .chain([PAYROLL, CANTEEN])
        .enumerate()
        .map(|(number, app)| {
            json!({
                "id": guid(0x5e4c_0000, number), "appId": app, "displayName": "an application",
                "customSecurityAttributes": null,
            })
        })
        .collect();
    json!({
        "format": "ca-tenant/1",
        "name": name,
        "conditionalAccessPolicies": [],
        "namedLocations": [],
        "authenticationStrengthPolicies": [
            strength(MFA_STRENGTH, &[
                "windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush",
                "temporaryAccessPassOneTime", "password,microsoftAuthenticatorPush", "password,sms",
                "federatedMultiFactor",
            ]),
            strength(PHISHING_RESISTANT_STRENGTH, &[
                "windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor",
            ]),
        ],
        "users": [],
        "groups": [],
        "groupMembers": {},
        "roleDefinitions": roles,
        "roleAssignmentScheduleInstances": [],
        "roleEligibilityScheduleInstances": [],
        "servicePrincipals": principals,
        "identitySecurityDefaultsEnforcementPolicy": {"isEnabled": false},
        "userAuthenticationRequirements": {},
        "crossTenantAccessPolicy": {"default": {"inboundTrust": {
            "isMfaAccepted": false,
            "isCompliantDeviceAccepted": false,
            "isHybridAzureADJoinedDeviceAccepted": false,
        }}, "partners": []},
        "mfaServiceSettings": {"trustedIps": []},
        "appGroups": {
            "Office365": [EXCHANGE, SHAREPOINT, TEAMS, "00000006-0000-0ff1-ce00-000000000000"],
            "MicrosoftAdminPortals": [AZURE_PORTAL, "00000006-0000-0ff1-ce00-000000000000"],
            AZURE_MANAGEMENT: [
                AZURE_MANAGEMENT, AZURE_PORTAL, "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
            ],
        },
        "userHomeTenants": {},
    })
}

/// An enabled policy for all users and all applications without further conditions, changed where
/// `conditions` says something; `grant` replaces nothing but what it names.
pub(crate) fn policy(number: usize, conditions: &Value, grant: &Value) -> Value {
    let mut policy = json!({
        "id": policy_id(number),
        "templateId": null,
        "displayName": format!("policy {number}"),
        "createdDateTime": "2026-03-02T07:00:00Z",
        "modifiedDateTime": null,
        "state": "enabled",
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": null,
            "platforms": null,
            "locations": null,
            "devices": null,
            "clientApplications": null,
            "authenticationFlows": null,
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": null,
            },
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
                "includeGuestsOrExternalUsers": null,
                "excludeGuestsOrExternalUsers": null,
            },
        },
        "grantControls": null,
        "sessionControls": null,
    });
    merge(&mut policy["conditions"], conditions);
    if !grant.is_null() {
        policy["grantControls"] = json!({
            "operator": "OR",
            "builtInControls": [],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength": null,
        });
        merge(&mut policy["grantControls"], grant);
    }
    policy
}

/// Writes the members of `changes` over those of `into`, objects member by member.
pub(crate) fn merge(into: &mut Value, changes: &Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(into.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
        (into, changes) => *into = changes.clone(),
    }
}

/// A condition on users: these ids and nobody else.
pub(crate) fn only(users: &[usize]) -> Value {
    let ids: Vec<String> = users.iter().map(|number| user_id(*number)).collect();
    json!({"users": {"includeUsers": ids}})
}

/// Grant controls of these built-in controls; one of them is enough.
pub(crate) fn one_of(controls: &[&str]) -> Value {
    json!({"operator": "OR", "builtInControls": controls})
}

/// Grant controls of these built-in controls, all of them.
pub(crate) fn all_of(controls: &[&str]) -> Value {
    json!({"operator": "AND", "builtInControls": controls})
}

pub(crate) fn strength(id: &str, combinations: &[&str]) -> Value {
    json!({
        "id": id,
        "displayName": "a strength",
        "description": "",
        "policyType": if id.starts_with("00000000") { "builtIn" } else { "custom" },
        "allowedCombinations": combinations,
        "combinationConfigurations": [],
    })
}

/// How a user belongs to the organization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Member,
    InternalGuest,
    ExternalGuest,
    ExternalMember,
}

pub(crate) fn user(number: usize, kind: Kind) -> Value {
    let external = matches!(kind, Kind::ExternalGuest | Kind::ExternalMember);
    let guest = matches!(kind, Kind::ExternalGuest | Kind::InternalGuest);
    let name = if external {
        format!("user{number}_elsewhere.example#EXT#@here.example")
    } else {
        format!("user{number}@here.example")
    };
    json!({
        "id": user_id(number),
        "displayName": format!("user {number}"),
        "userPrincipalName": name,
        "userType": if guest { "Guest" } else { "Member" },
        "accountEnabled": true,
        "creationType": if external { json!("Invitation") } else { Value::Null },
        "externalUserState": if external { json!("Accepted") } else { Value::Null },
        "onPremisesSyncEnabled": null,
    })
}

pub(crate) fn group(number: usize) -> Value {
    json!({
        "id": group_id(number),
        "displayName": format!("group {number}"),
        "securityEnabled": true,
        "mailEnabled": false,
        "groupTypes": [],
        "isAssignableToRole": null,
    })
}

/// Direct members of a group, as Graph lists them.
pub(crate) fn members(users: &[usize], groups: &[usize]) -> Value {
    let users = users
        .iter()
        .map(|number| json!({"@odata.type": "#microsoft.graph.user", "id": user_id(*number)}));
    let groups = groups
        .iter()
        .map(|number| json!({"@odata.type": "#microsoft.graph.group", "id": group_id(*number)}));
    users.chain(groups).collect()
}

/// An active or eligible assignment of a role to a user or group.
pub(crate) fn assignment(principal: &str, role: &str, scope: &str) -> Value {
    json!({
        "id": format!("{principal}.{role}"),
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": scope,
        "appScopeId": null,
        "assignmentType": "Assigned",
        "memberType": "Direct",
        "startDateTime": "2026-01-12T08:00:00Z",
        "endDateTime": null,
    })
}

pub(crate) fn ip_location(number: usize, trusted: bool, ranges: &[&str]) -> Value {
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|cidr| {
            let version = if cidr.contains(':') { "6" } else { "4" };
            json!({
                "@odata.type": format!("#microsoft.graph.iPv{version}CidrRange"),
                "cidrAddress": cidr,
            })
        })
        .collect();
    json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": location_id(number),
        "displayName": format!("network {number}"),
        "isTrusted": trusted,
        "ipRanges": ranges,
    })
}

/// Countries by address, or by the position of the Authenticator app when `gps`.
pub(crate) fn country_location(
    number: usize,
    countries: &[&str],
    unknown: bool,
    gps: bool,
) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": location_id(number),
        "displayName": format!("countries {number}"),
        "countriesAndRegions": countries,
        "includeUnknownCountriesAndRegions": unknown,
        "countryLookupMethod": if gps { "authenticatorAppGps" } else { "clientIpAddress" },
    })
}

/// A guest condition; no organizations: all of them.
pub(crate) fn guests(kinds: &str, organizations: Option<&[usize]>) -> Value {
    let tenants = match organizations {
        None => json!({
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        }),
        Some(organizations) => {
            let ids: Vec<String> = organizations.iter().map(|n| organization_id(*n)).collect();
            json!({
                "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
                "membershipKind": "enumerated",
                "members": ids,
            })
        }
    };
    json!({"guestOrExternalUserTypes": kinds, "externalTenants": tenants})
}

pub(crate) fn device_filter(mode: &str, rule: &str) -> Value {
    json!({"devices": {"deviceFilter": {"mode": mode, "rule": rule}}})
}
