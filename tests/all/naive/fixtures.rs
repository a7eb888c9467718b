//! Small tenants, each around one trap, with answers worked out by hand.
//!
//! Users go by their numbers here. What a fixture expects is derived from the rules of sign-in,
//! never from running the judge.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::shape::{
    AZURE_PORTAL, CANTEEN, CUSTOM_ROLE, GLOBAL_ADMINISTRATOR, GLOBAL_READER, Kind, PAYROLL,
    PHISHING_RESISTANT_STRENGTH, all_of, assignment, country_location, device_filter, group,
    group_id, guests, ip_location, location_id, members, merge, one_of, only, organization_id,
    policy, policy_id, strength, strength_id, tenant, user, user_id,
};
use super::{AZURE_MANAGEMENT, EXCHANGE, EXPLAINED, SYNC_ROLE};

/// A tenant and what is true of it.
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) tenant: Value,
    /// Account ids by the name of the question, for every question.
    pub(crate) accounts: BTreeMap<String, BTreeSet<String>>,
    /// Why the accounts of Q5 are there: exclude terms by policy by account.
    pub(crate) excluded_by: Value,
}

/// Accounts by question, as user numbers.
struct Expected {
    q1: &'static [usize],
    q1u: &'static [usize],
    q2: &'static [usize],
    q2exo: &'static [usize],
    q3: &'static [usize],
    q4: &'static [usize],
}

/// All fixtures. None but the one about exclusions has accounts in Q5.
pub(crate) fn all() -> Vec<Fixture> {
    vec![
        roles_that_count(),
        kinds_of_guests(),
        device_filters_without_device(),
        strengths_with_single_factors(),
        exchange_active_sync_platforms(),
        networks_that_cover(),
        application_filters(),
        suites(),
        devices_out_of_reach(),
        per_user_mfa(),
        security_defaults(),
        controls_that_do_not_protect(),
        excluded_everywhere(),
        risk_levels(),
        position_and_address(),
    ]
}

fn fixture(name: &'static str, tenant: Value, expected: &Expected) -> Fixture {
    let ids = |users: &[usize]| users.iter().map(|number| user_id(*number)).collect();
    let accounts = BTreeMap::from([
        ("Q1".to_owned(), ids(expected.q1)),
        ("Q1u".to_owned(), ids(expected.q1u)),
        ("Q2".to_owned(), ids(expected.q2)),
        ("Q2exo".to_owned(), ids(expected.q2exo)),
        ("Q3".to_owned(), ids(expected.q3)),
        ("Q4".to_owned(), ids(expected.q4)),
        (EXPLAINED.to_owned(), BTreeSet::new()),
    ]);
    Fixture { name, tenant, accounts, excluded_by: json!({}) }
}

/// A tenant with members numbered from 1, changed by `changes`.
fn tenant_of(name: &str, users: usize, changes: &Value) -> Value {
    let mut tenant = tenant(name);
    tenant["users"] = (1..=users).map(|number| user(number, Kind::Member)).collect();
    merge(&mut tenant, changes);
    tenant
}

/// MFA for these users, under these conditions.
fn mfa(number: usize, users: &[usize], conditions: &Value) -> Value {
    let mut all = only(users);
    merge(&mut all, conditions);
    policy(number, &all, &one_of(&["mfa"]))
}

fn for_apps(include: &[&str], exclude: &[&str]) -> Value {
    json!({"applications": {"includeApplications": include, "excludeApplications": exclude}})
}

fn from(include: &[&str], exclude: &[&str]) -> Value {
    json!({"locations": {"includeLocations": include, "excludeLocations": exclude}})
}

/// A policy sees a role that is active, built-in and tenant-wide, through groups too. 1 holds it
/// directly, 3 through nested groups; 2 over an administrative unit, 4 is eligible, 5 has a custom
/// role that the policy names, 6 a role that it does not.
fn roles_that_count() -> Fixture {
    let role = |principal: &str, role: &str, scope: &str| assignment(principal, role, scope);
    let tenant = tenant_of(
        "roles-that-count",
        6,
        &json!({
            "groups": [group(1), group(2)],
            "groupMembers": {group_id(1): members(&[], &[2]), group_id(2): members(&[3], &[])},
            "roleAssignmentScheduleInstances": [
                role(&user_id(1), GLOBAL_ADMINISTRATOR, "/"),
                role(&user_id(2), GLOBAL_ADMINISTRATOR, "/administrativeUnits/a0"),
                role(&group_id(1), GLOBAL_ADMINISTRATOR, "/"),
                role(&user_id(5), CUSTOM_ROLE, "/"),
                role(&user_id(6), GLOBAL_READER, "/"),
            ],
            "roleEligibilityScheduleInstances": [role(&user_id(4), GLOBAL_ADMINISTRATOR, "/")],
            "conditionalAccessPolicies": [policy(
                1,
                &json!({"users": {
                    "includeUsers": [], "includeRoles": [GLOBAL_ADMINISTRATOR, CUSTOM_ROLE],
                }}),
                &json!({"authenticationStrength": {"id": PHISHING_RESISTANT_STRENGTH}}),
            )],
        }),
    );
    fixture(
        "roles that count",
        tenant,
        &Expected {
            q1: &[2, 4, 5, 6],
            q1u: &[2, 4, 5, 6],
            q2: &[2, 4, 5, 6],
            q2exo: &[2, 4, 5, 6],
            q3: &[2],
            q4: &[2, 4, 5, 6],
        },
    )
}

/// Everyone needs MFA except guests of organization 1. That lets out 1, and 5, who is an internal
/// guest and of no organization; not 2 of another organization, 3 of an unknown one, 4 who is
/// external but a member. The older single term means them all, and closes `other` clients.
fn kinds_of_guests() -> Fixture {
    let mut tenant = tenant_of(
        "kinds-of-guests",
        0,
        &json!({
            "users": [
                user(1, Kind::ExternalGuest), user(2, Kind::ExternalGuest),
                user(3, Kind::ExternalGuest), user(4, Kind::ExternalMember),
                user(5, Kind::InternalGuest), user(6, Kind::Member),
            ],
            "conditionalAccessPolicies": [
                policy(
                    1,
                    &json!({"users": {"excludeGuestsOrExternalUsers":
                        guests("b2bCollaborationGuest,internalGuest", Some(&[1]))}}),
                    &one_of(&["mfa"]),
                ),
                policy(
                    2,
                    &json!({
                        "users": {"includeUsers": ["GuestsOrExternalUsers"]},
                        "clientAppTypes": ["other"],
                    }),
                    &one_of(&["block"]),
                ),
            ],
        }),
    );
    for (number, home) in [(1, Some(1)), (2, Some(2)), (3, None), (4, Some(1))] {
        tenant["userHomeTenants"][user_id(number)] = home.map(organization_id).into();
    }
    fixture(
        "kinds of guests",
        tenant,
        &Expected { q1: &[1, 5], q1u: &[1, 5], q2: &[1, 5], q2exo: &[1, 5], q3: &[], q4: &[1, 5] },
    )
}

/// An unregistered device has no attributes, not even `isCompliant`: positive operators are false
/// and negative ones true. 1: the exclusion lets every unregistered device out. 2: `-eq False`
/// does not hold for it. 3 and 5: `-ne True` does, so only a compliant device is outside, which 5,
/// a guest, cannot show. 4: two filters that leave nothing. 6: only a registered device that is
/// not compliant is outside.
fn device_filters_without_device() -> Fixture {
    let filtered =
        |number, users: &[usize], mode, rule| mfa(number, users, &device_filter(mode, rule));
    let mut tenant = tenant_of(
        "device-filters-without-device",
        4,
        &json!({
            "conditionalAccessPolicies": [
                filtered(1, &[1], "exclude", r#"device.displayName -notStartsWith "KIOSK""#),
                filtered(2, &[2], "include", "device.isCompliant -eq False"),
                filtered(3, &[3, 4, 5], "include", "device.isCompliant -ne True"),
                filtered(4, &[4], "exclude", "-not (device.isCompliant -eq True)"),
                filtered(5, &[6], "include", "device.isCompliant -ne False"),
            ],
        }),
    );
    let others = [user(5, Kind::ExternalGuest), user(6, Kind::Member)];
    tenant["users"].as_array_mut().expect("users are a list").extend(others);
    fixture(
        "device filters without device",
        tenant,
        &Expected {
            q1: &[1, 2, 3, 6],
            q1u: &[1, 2],
            q2: &[1, 2],
            q2exo: &[1, 2],
            q3: &[],
            q4: &[1, 2, 3, 6],
        },
    )
}

/// A strength may accept one factor. 1: a certificate is enough. 2: each of two strengths accepts
/// one factor, but not the same one. 3: the two are for different applications. 4: a strength that
/// accepts nothing. 5: the certificate, and a compliant device.
fn strengths_with_single_factors() -> Fixture {
    let (certificate, text_message, nothing) = (strength_id(1), strength_id(2), strength_id(3));
    let require = |number, users: &[usize], conditions: &Value, strength: &str| {
        let mut all = only(users);
        merge(&mut all, conditions);
        policy(number, &all, &json!({"authenticationStrength": {"id": strength}}))
    };
    let tenant = tenant_of(
        "strengths-with-single-factors",
        5,
        &json!({
            "authenticationStrengthPolicies": [
                strength(&certificate, &["password,sms", "x509CertificateSingleFactor"]),
                strength(&text_message, &["sms", "fido2"]),
                strength(&nothing, &[]),
            ],
            "roleAssignmentScheduleInstances": [
                assignment(&user_id(2), GLOBAL_ADMINISTRATOR, "/"),
                assignment(&user_id(4), GLOBAL_ADMINISTRATOR, "/"),
            ],
            "conditionalAccessPolicies": [
                require(1, &[1, 2], &json!({}), &certificate),
                require(2, &[2], &json!({}), &text_message),
                require(3, &[3], &for_apps(&["All"], &[EXCHANGE]), &certificate),
                require(4, &[3], &for_apps(&[EXCHANGE], &[]), &text_message),
                require(5, &[4], &json!({}), &nothing),
                policy(6, &only(&[5]), &json!({
                    "operator": "AND",
                    "builtInControls": ["compliantDevice"],
                    "authenticationStrength": strength(&certificate, &["x509CertificateSingleFactor"]),
                })),
            ],
        }),
    );
    fixture(
        "strengths with single factors",
        tenant,
        &Expected { q1: &[1, 3, 5], q1u: &[1, 3], q2: &[], q2exo: &[], q3: &[2], q4: &[1, 3, 5] },
    )
}

/// The client type `easSupported` stands for iOS, Android and Windows only. 1 comes in from another
/// platform; for 2 all of Exchange `ActiveSync` is closed by name, for 3 by platform, for 4 by the
/// only application that it reaches.
fn exchange_active_sync_platforms() -> Fixture {
    let mut others = only(&[3]);
    merge(
        &mut others,
        &json!({
            "clientAppTypes": ["exchangeActiveSync"],
            "platforms": {
                "includePlatforms": ["all"], "excludePlatforms": ["android", "iOS", "windows"],
            },
        }),
    );
    let mut all = only(&[2]);
    merge(&mut all, &json!({"clientAppTypes": ["exchangeActiveSync"]}));
    let mut at_exchange = only(&[4]);
    merge(&mut at_exchange, &for_apps(&[EXCHANGE], &[]));
    let modern = json!({"clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]});
    let legacy = json!({"clientAppTypes": ["easSupported", "other"]});
    let tenant = tenant_of(
        "exchange-active-sync-platforms",
        4,
        &json!({
            "conditionalAccessPolicies": [
                policy(1, &modern, &one_of(&["mfa"])),
                policy(2, &legacy, &one_of(&["block"])),
                policy(3, &all, &one_of(&["block"])),
                policy(4, &others, &one_of(&["block"])),
                policy(5, &at_exchange, &one_of(&["mfa"])),
            ],
        }),
    );
    fixture(
        "Exchange ActiveSync platforms",
        tenant,
        &Expected { q1: &[], q1u: &[], q2: &[1], q2exo: &[1], q3: &[], q4: &[] },
    )
}

/// Both address families count, and a network is in several locations at once. 1: all of IPv4 is
/// not all. 2: with IPv6 it is. 3: the MFA trusted IPs are trusted, and drop out of both policies.
/// 4: trusted and not trusted is all. 5 and 6: an address of no country is in a country location
/// only when it says so. 7: nor is IPv6 all. 8: only the third network and the MFA trusted IPs are
/// trusted.
fn networks_that_cover() -> Fixture {
    let at = |number| location_id(number);
    let tenant = tenant_of(
        "networks-that-cover",
        8,
        &json!({
            "mfaServiceSettings": {"trustedIps": ["192.0.2.0/24"]},
            "namedLocations": [
                ip_location(1, false, &["0.0.0.0/0"]),
                ip_location(2, false, &["2001:db8:1::/48", "::/0"]),
                ip_location(3, true, &["2001:db8::/32", "198.51.100.0/25"]),
                country_location(4, &["CH", "LI"], false, false),
                country_location(5, &["CH", "LI"], true, false),
            ],
            "conditionalAccessPolicies": [
                mfa(1, &[1], &from(&[&at(1)], &[])),
                mfa(2, &[2], &from(&[&at(1), &at(2)], &[])),
                mfa(3, &[3, 4], &from(&["All"], &["AllTrusted"])),
                mfa(4, &[3], &from(&["AllTrusted"], &["00000000-0000-0000-0000-000000000000"])),
                mfa(5, &[4], &from(&["AllTrusted"], &[])),
                mfa(6, &[5], &from(&["All"], &[&at(4)])),
                mfa(7, &[5], &from(&[&at(5)], &[])),
                mfa(8, &[6], &from(&["All"], &[&at(5)])),
                mfa(9, &[6], &from(&[&at(4)], &[])),
                mfa(10, &[7], &from(&[&at(2)], &[])),
                mfa(11, &[8], &from(&["All"], &["AllTrusted"])),
                mfa(12, &[8], &from(&[&at(3), "00000000-0000-0000-0000-000000000000"], &[])),
            ],
        }),
    );
    fixture(
        "networks that cover",
        tenant,
        &Expected {
            q1: &[1, 3, 6, 7],
            q1u: &[1, 3, 6, 7],
            q2: &[1, 3, 6, 7],
            q2exo: &[1, 3, 6, 7],
            q3: &[],
            q4: &[1, 3, 6, 7],
        },
    )
}

/// An application without the attribute matches negative operators. 1: all but the canteen. 2: all
/// but payroll. 3: named applications and the filter together are all. 4: the exclusion leaves
/// payroll alone.
fn application_filters() -> Fixture {
    let filtered = |include: &[&str], mode: &str, comparison: &str| {
        json!({"applications": {
            "includeApplications": include,
            "applicationFilter": {
                "mode": mode, "rule": format!("CustomSecurityAttribute.Zone_Tier {comparison}"),
            },
        }})
    };
    let mut tenant = tenant_of(
        "application-filters",
        4,
        &json!({
            "conditionalAccessPolicies": [
                mfa(1, &[1], &filtered(&["None"], "include", r#"-ne "low""#)),
                mfa(2, &[2], &filtered(&["All"], "exclude", r#"-eq "high""#)),
                mfa(3, &[3], &filtered(&[CANTEEN], "include", r#"-ne "low""#)),
                mfa(4, &[4], &filtered(&["All"], "exclude", r#"-notContains "ig""#)),
            ],
        }),
    );
    for principal in tenant["servicePrincipals"].as_array_mut().expect("a list") {
        let tier = match principal["appId"].as_str() {
            Some(PAYROLL) => "high",
            Some(CANTEEN) => "low",
            _ => continue,
        };
        principal["customSecurityAttributes"] = json!({
            "Zone": {"@odata.type": "#microsoft.graph.customSecurityAttributeValue", "Tier": tier},
        });
    }
    fixture(
        "application filters",
        tenant,
        &Expected {
            q1: &[1, 2, 4],
            q1u: &[1, 2, 4],
            q2: &[1, 2, 4],
            q2exo: &[4],
            q3: &[],
            q4: &[4],
        },
    )
}

/// A suite is its members, in both lists. 1: Exchange falls between two policies. 2: the admin
/// portals are not Azure management itself. 3: suites are never all. 4: Azure management covers the
/// portal that the other policy leaves out. 5: all known applications are not all.
fn suites() -> Fixture {
    let tenant = tenant_of(
        "suites",
        5,
        &json!({
            "conditionalAccessPolicies": [
                mfa(1, &[1], &for_apps(&["All"], &["Office365"])),
                mfa(2, &[1], &for_apps(&["Office365"], &[EXCHANGE])),
                mfa(3, &[2], &for_apps(&["All"], &[AZURE_MANAGEMENT])),
                mfa(4, &[2], &for_apps(&["MicrosoftAdminPortals"], &[])),
                mfa(5, &[3], &for_apps(&["Office365", "MicrosoftAdminPortals", AZURE_MANAGEMENT], &[])),
                mfa(6, &[4], &for_apps(&["All"], &[AZURE_PORTAL])),
                mfa(7, &[4], &for_apps(&[AZURE_MANAGEMENT], &[])),
                mfa(8, &[5], &for_apps(&["Office365", "MicrosoftAdminPortals"], &[])),
                mfa(9, &[5], &for_apps(&[AZURE_MANAGEMENT, PAYROLL, CANTEEN], &[])),
            ],
        }),
    );
    fixture(
        "suites",
        tenant,
        &Expected {
            q1: &[1, 2, 3, 5],
            q1u: &[1, 2, 3, 5],
            q2: &[1, 2, 3, 5],
            q2exo: &[1],
            q3: &[],
            q4: &[2],
        },
    )
}

/// What no device can be. 1: a compliant one will do. 2: compliant ones are blocked. 3: a managed
/// app without a phone. 4: hybrid joined without Windows. 5: flows can be avoided. 6: a guest shows
/// no device. 7: the same, but the home organization is trusted. 8: a registered device on none of
/// the known platforms. 9: a managed app of another organization, trusted or not; 10: of this one.
fn devices_out_of_reach() -> Fixture {
    let block = |number, users: &[usize], conditions: &Value| {
        let mut all = only(users);
        merge(&mut all, conditions);
        policy(number, &all, &one_of(&["block"]))
    };
    let platforms = |names: &[&str]| json!({"platforms": {"includePlatforms": names}});
    let flows = |names: &str| json!({"authenticationFlows": {"transferMethods": names}});
    let compliant = "device.isCompliant -eq True";
    let mut tenant = tenant_of(
        "devices-out-of-reach",
        0,
        &json!({
            "users": [
                user(1, Kind::Member), user(2, Kind::Member), user(3, Kind::Member),
                user(4, Kind::Member), user(5, Kind::Member), user(6, Kind::ExternalGuest),
                user(7, Kind::ExternalMember), user(8, Kind::Member), user(9, Kind::ExternalGuest), user(10, Kind::Member),
            ],
            "conditionalAccessPolicies": [
                policy(1, &only(&[1, 2, 6, 7]), &one_of(&["compliantDevice"])),
                block(2, &[2], &device_filter("include", compliant)),
                policy(3, &only(&[3, 9, 10]), &one_of(&["approvedApplication", "compliantApplication"])),
                block(4, &[3], &platforms(&["iOS", "android"])),
                policy(5, &only(&[4]), &one_of(&["domainJoinedDevice", "mfa"])),
                block(6, &[4], &platforms(&["windows"])),
                mfa(7, &[5], &flows("deviceCodeFlow,authenticationTransfer")),
                mfa(8, &[8], &device_filter("exclude", compliant)),
                block(9, &[8], &platforms(&["windows", "macOS", "linux", "iOS", "android"])),
            ],
        }),
    );
    tenant["userHomeTenants"][user_id(6)] = organization_id(1).into();
    tenant["userHomeTenants"][user_id(7)] = organization_id(2).into();
    tenant["userHomeTenants"][user_id(9)] = organization_id(2).into();
    tenant["crossTenantAccessPolicy"]["partners"] = json!([{
        "tenantId": organization_id(2),
        "inboundTrust": {
            "isMfaAccepted": false,
            "isCompliantDeviceAccepted": true,
            "isHybridAzureADJoinedDeviceAccepted": false,
        },
    }]);
    fixture(
        "devices out of reach",
        tenant,
        &Expected {
            q1: &[1, 5, 7, 10],
            q1u: &[5],
            q2: &[5],
            q2exo: &[5],
            q3: &[],
            q4: &[1, 5, 7, 10],
        },
    )
}

/// 1 is let off at the trusted address. The others are blocked there: 2, enforced, has no way left;
/// 3, enabled, still has legacy clients; 4 has no per-user MFA; 5 does MFA, and not by phishing-
/// resistant means.
fn per_user_mfa() -> Fixture {
    let mut blocked = only(&[2, 3, 4, 5]);
    merge(&mut blocked, &from(&["00000000-0000-0000-0000-000000000000"], &[]));
    let mut tenant = tenant_of(
        "per-user-mfa",
        5,
        &json!({
            "mfaServiceSettings": {"trustedIps": ["192.0.2.0/24"]},
            "roleAssignmentScheduleInstances": [assignment(&user_id(5), GLOBAL_ADMINISTRATOR, "/")],
            "conditionalAccessPolicies": [policy(1, &blocked, &one_of(&["block"]))],
        }),
    );
    for (number, state) in [(1, "enforced"), (2, "enforced"), (3, "enabled"), (5, "enforced")] {
        tenant["userAuthenticationRequirements"][user_id(number)] =
            json!({"perUserMfaState": state});
    }
    fixture(
        "per-user MFA",
        tenant,
        &Expected {
            q1: &[1, 4],
            q1u: &[1, 4],
            q2: &[1, 3, 4],
            q2exo: &[1, 3, 4],
            q3: &[5],
            q4: &[1, 3, 4],
        },
    )
}

/// Security defaults ask administrators always (1; not 2, whose role is over an administrative
/// unit), everyone at Azure management, others not always (3, 5), the synchronization account
/// never (4). 6 is disabled. Legacy is closed, and the report-only policy does nothing.
fn security_defaults() -> Fixture {
    let mut blocked = policy(1, &json!({}), &one_of(&["block"]));
    blocked["state"] = "enabledForReportingButNotEnforced".into();
    let mut tenant = tenant_of(
        "security-defaults",
        6,
        &json!({
            "identitySecurityDefaultsEnforcementPolicy": {"isEnabled": true},
            "roleAssignmentScheduleInstances": [
                assignment(&user_id(1), GLOBAL_ADMINISTRATOR, "/"),
                assignment(&user_id(2), GLOBAL_ADMINISTRATOR, "/administrativeUnits/a0"),
                assignment(&user_id(4), SYNC_ROLE, "/"),
                assignment(&user_id(5), GLOBAL_READER, "/"),
                assignment(&user_id(6), GLOBAL_ADMINISTRATOR, "/"),
            ],
            "conditionalAccessPolicies": [blocked],
        }),
    );
    tenant["users"][5]["accountEnabled"] = false.into();
    fixture(
        "security defaults",
        tenant,
        &Expected {
            q1: &[2, 3, 4, 5],
            q1u: &[2, 3, 4, 5],
            q2: &[],
            q2exo: &[],
            q3: &[1, 2],
            q4: &[4],
        },
    )
}

/// 1: a block wins over `OR`. 2: session controls demand nothing. 3: terms of use are a click, but
/// no legacy client can click. 4: neither report-only nor disabled policies count. 5: `AND` is
/// both. 6: `OR` with terms of use is a click. 7: a policy for service principals. 8: a custom
/// control is no single factor. 9: a policy for registering security information. 10: a policy for
/// an authentication context.
fn controls_that_do_not_protect() -> Fixture {
    let terms = json!({"termsOfUse": ["7e550000-0000-4000-8000-000000000001"]});
    let mut click_or_mfa = terms.clone();
    merge(&mut click_or_mfa, &one_of(&["mfa"]));
    let with_state = |number, users: &[usize], state: &str| {
        let mut policy = mfa(number, users, &json!({}));
        policy["state"] = state.into();
        policy
    };
    let mut session_only = policy(2, &only(&[2]), &Value::Null);
    session_only["sessionControls"] = json!({"persistentBrowser": {
        "mode": "never", "isEnabled": true,
    }});
    let workloads = json!({"clientApplications": {
        "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
        "excludeServicePrincipals": [],
    }});
    let action = json!({"applications": {
        "includeApplications": [], "includeUserActions": ["urn:user:registersecurityinfo"],
    }});
    let context = json!({"applications": {
        "includeApplications": [], "includeAuthenticationContextClassReferences": ["c1"],
    }});
    let tenant = tenant_of(
        "controls-that-do-not-protect",
        10,
        &json!({
            "roleAssignmentScheduleInstances": [
                assignment(&user_id(1), GLOBAL_ADMINISTRATOR, "/"),
                assignment(&user_id(8), GLOBAL_ADMINISTRATOR, "/"),
            ],
            "conditionalAccessPolicies": [
                policy(1, &only(&[1]), &one_of(&["block", "mfa"])),
                session_only,
                policy(3, &only(&[3]), &terms),
                with_state(4, &[4], "enabledForReportingButNotEnforced"),
                with_state(5, &[4], "disabled"),
                policy(6, &only(&[5]), &all_of(&["mfa", "compliantDevice"])),
                policy(7, &only(&[6]), &click_or_mfa),
                mfa(8, &[7], &workloads),
                policy(9, &only(&[8]), &json!({"customAuthenticationFactors": ["ours"]})),
                mfa(10, &[9], &action),
                mfa(11, &[10], &context),
            ],
        }),
    );
    fixture(
        "controls that do not protect",
        tenant,
        &Expected {
            q1: &[2, 3, 4, 6, 7, 9, 10],
            q1u: &[2, 3, 4, 6, 7, 9, 10],
            q2: &[2, 4, 7, 9, 10],
            q2exo: &[2, 4, 7, 9, 10],
            q3: &[8],
            q4: &[2, 3, 4, 6, 7, 9, 10],
        },
    )
}

/// 2 and 5 are in a cycle of groups that both enforced policies exclude, 5 by role as well. 1 and 3
/// are excluded by one of them only, 3 by id; 4 is disabled. A disabled policy and one for service
/// principals change nothing.
fn excluded_everywhere() -> Fixture {
    let mut disabled = mfa(3, &[2], &json!({}));
    disabled["state"] = "disabled".into();
    let mut tenant = tenant_of(
        "excluded-everywhere",
        5,
        &json!({
            "groups": [group(1), group(2)],
            "groupMembers": {
                group_id(1): members(&[4, 5], &[2]), group_id(2): members(&[2], &[1]),
            },
            "roleAssignmentScheduleInstances": [
                assignment(&user_id(1), GLOBAL_ADMINISTRATOR, "/"),
                assignment(&user_id(5), GLOBAL_ADMINISTRATOR, "/"),
            ],
            "conditionalAccessPolicies": [
                policy(
                    1,
                    &json!({"users": {
                        "excludeUsers": [user_id(3)], "excludeGroups": [group_id(1)],
                    }}),
                    &one_of(&["mfa"]),
                ),
                policy(
                    2,
                    &json!({
                        "users": {
                            "excludeGroups": [group_id(1)], "excludeRoles": [GLOBAL_ADMINISTRATOR],
                        },
                        "clientAppTypes": ["exchangeActiveSync", "other"],
                    }),
                    &one_of(&["block"]),
                ),
                disabled,
                policy(
                    4,
                    &json!({"clientApplications": {
                        "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
                    }}),
                    &one_of(&["block"]),
                ),
            ],
        }),
    );
    tenant["users"][3]["accountEnabled"] = false.into();
    let mut fixture = fixture(
        "excluded everywhere",
        tenant,
        &Expected {
            q1: &[2, 3, 5],
            q1u: &[2, 3, 5],
            q2: &[2, 5],
            q2exo: &[2, 5],
            q3: &[1, 5],
            q4: &[2, 3, 5],
        },
    );
    let by_group = format!("group:{}", group_id(1));
    let by_role = format!("role:{GLOBAL_ADMINISTRATOR}");
    fixture.accounts.insert(EXPLAINED.to_owned(), [user_id(2), user_id(5)].into());
    fixture.excluded_by = json!({
        user_id(2): {policy_id(1): [by_group], policy_id(2): [by_group]},
        user_id(5): {policy_id(1): [by_group], policy_id(2): [by_group, by_role]},
    });
    fixture
}

/// `none` is a level like the others, and no list means any. 1: no risk is left out. 2 and 5: every
/// level is met by one policy or the other. 3: medium sign-in risk with low user risk. 4: no insider
/// risk.
fn risk_levels() -> Fixture {
    let sign_in = |levels: &[&str]| json!({"signInRiskLevels": levels});
    let user = |levels: &[&str]| json!({"userRiskLevels": levels});
    let mut blocked = only(&[2]);
    merge(&mut blocked, &sign_in(&["low", "medium", "high"]));
    let tenant = tenant_of(
        "risk-levels",
        5,
        &json!({
            "conditionalAccessPolicies": [
                mfa(1, &[1], &sign_in(&["low", "medium", "high"])),
                mfa(2, &[2], &sign_in(&["none"])),
                policy(3, &blocked, &one_of(&["block"])),
                mfa(4, &[3], &sign_in(&["none", "low", "high"])),
                mfa(5, &[3], &user(&["none", "medium", "high"])),
                mfa(6, &[4], &json!({"insiderRiskLevels": "minor,moderate,elevated"})),
                mfa(7, &[5], &user(&["none", "low", "medium"])),
                mfa(8, &[5], &user(&["high"])),
            ],
        }),
    );
    fixture(
        "risk levels",
        tenant,
        &Expected {
            q1: &[1, 3, 4],
            q1u: &[1, 3, 4],
            q2: &[1, 3, 4],
            q2exo: &[1, 3, 4],
            q3: &[],
            q4: &[1, 3, 4],
        },
    )
}

/// The country of the address and that of the Authenticator app's position need not be the same. 1
/// is here by address and elsewhere by position; for 2 both policies go by position.
fn position_and_address() -> Fixture {
    let (by_address, by_position) = (location_id(1), location_id(2));
    let tenant = tenant_of(
        "position-and-address",
        2,
        &json!({
            "namedLocations": [
                country_location(1, &["CH"], false, false), country_location(2, &["CH"], false, true),
            ],
            "conditionalAccessPolicies": [
                mfa(1, &[1], &from(&["All"], &[&by_address])),
                mfa(2, &[1], &from(&[&by_position], &[])),
                mfa(3, &[2], &from(&["All"], &[&by_position])),
                mfa(4, &[2], &from(&[&by_position], &[])),
            ],
        }),
    );
    fixture(
        "position and address",
        tenant,
        &Expected { q1: &[1], q1u: &[1], q2: &[1], q2exo: &[1], q3: &[], q4: &[1] },
    )
}
