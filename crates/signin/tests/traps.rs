//! One small tenant for each rule of Conditional Access, security defaults and per-user MFA that is
//! easy to get wrong.
#![cfg(test)] // Clippy lets code under this attribute unwrap and index.

use model::{Id, Profile, Tenant};
use serde_json::{Value, json};
use signin::{Access, Excluded, Outcome, Platform, Question, RiskLevel, Target, TransferMethod};

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const SYNCHRONIZATION: &str = "d29b2b05-8046-44ba-8758-1e26182fcf32";
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";
const PAYROLL: &str = "10b00000-0000-4000-8000-000000000001";
const EXCHANGE: &str = signin::EXCHANGE_ONLINE;

/// Everybody in [`tenant`] who is enabled.
const ALL: &str = "ada bob gina ivan mike";

/// bob is a member; gina a guest of tenant t1, mike a member of unknown home, both external; ivan an
/// internal guest; ada holds Global Administrator; dora is disabled.
fn tenant(policies: &[Value]) -> Value {
    let user = |name: &str, kind: &str| {
        json!({"id": name, "displayName": name, "userPrincipalName": format!("{name}@c.example"),
            "userType": kind, "accountEnabled": name != "dora"})
    };
    let external = |name: &str, kind: &str| {
        let mut user = user(name, kind);
        user["userPrincipalName"] = format!("{name}_p.example#EXT#@c.example").into();
        user
    };
    json!({
        "format": "ca-tenant/1",
        "name": "trap",
        "conditionalAccessPolicies": policies,
        "users": [user("ada", "Member"), user("bob", "Member"), user("dora", "Member"),
            external("gina", "Guest"), user("ivan", "Guest"), external("mike", "Member")],
        "userHomeTenants": {"gina": "t1"},
        "groups": [{"id": "g1", "displayName": "outer"}, {"id": "g2", "displayName": "inner"}],
        "groupMembers": {"g1": [{"@odata.type": "#microsoft.graph.group", "id": "g2"}],
            "g2": [{"@odata.type": "#microsoft.graph.user", "id": "bob"},
                {"@odata.type": "#microsoft.graph.group", "id": "g1"}]},
        "roleDefinitions": [
            {"id": GLOBAL_ADMINISTRATOR, "templateId": GLOBAL_ADMINISTRATOR, "isBuiltIn": true},
            {"id": SYNCHRONIZATION, "templateId": SYNCHRONIZATION, "isBuiltIn": true}],
        "roleAssignmentScheduleInstances": [held("ada", GLOBAL_ADMINISTRATOR, "/")],
    })
}

fn held(principal: &str, role: &str, scope: &str) -> Value {
    json!({"principalId": principal, "roleDefinitionId": role, "directoryScopeId": scope,
        "assignmentType": "Assigned"})
}

/// A policy for all users and applications, changed by the conditions.
#[expect(clippy::needless_pass_by_value, reason = "the tables of cases below read better")]
fn policy(grant: Value, conditions: &Value) -> Value {
    let mut whole = json!({"users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]}, "clientAppTypes": ["all"]});
    for (name, value) in conditions.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"id": "p", "displayName": "p", "state": "enabled", "conditions": whole,
        "grantControls": grant})
}

fn any_of(controls: &[&str]) -> Value {
    json!({"operator": "OR", "builtInControls": controls})
}

fn mfa(conditions: &Value) -> Value {
    policy(any_of(&["mfa"]), conditions)
}

fn block(conditions: &Value) -> Value {
    policy(any_of(&["block"]), conditions)
}

fn strength(combinations: &[&str]) -> Value {
    json!({"operator": "OR", "builtInControls": [],
        "authenticationStrength": {"id": "s", "allowedCombinations": combinations}})
}

/// Names of the accounts that get in, then of those undetermined after a question mark.
fn answer(tenant: &Value, question: &Question) -> String {
    let snapshot = signin::import::ca_tenant(&tenant.to_string()).unwrap();
    let profile = Profile::default();
    let view = Tenant::new(&snapshot, &profile);
    let access = Access::new(&view);
    let answer = access.ask(question);
    let (mut open, mut unclear) = (Vec::new(), Vec::new());
    for (name, outcome) in answer.outcomes() {
        assert_eq!(answer.outcome(&Id::from(name)), outcome);
        match outcome {
            Outcome::Possible(_) => open.push(name.to_owned()),
            Outcome::Undetermined(_) => unclear.push(format!("?{name}")),
            Outcome::Refused | Outcome::NotAsked => {}
        }
    }
    open.append(&mut unclear);
    open.join(" ")
}

fn q1(tenant: &Value) -> String {
    answer(tenant, &Question::single_factor())
}

fn q2(tenant: &Value) -> String {
    answer(tenant, &Question::legacy())
}

/// A change to a tenant.
fn with(mut tenant: Value, key: &str, value: Value) -> Value {
    tenant[key] = value;
    tenant
}

#[test]
fn without_policies_everybody_enabled_gets_in() {
    let tenant = tenant(&[]);
    assert_eq!(q1(&tenant), ALL);
    assert_eq!(q2(&tenant), ALL);
}

#[test]
fn only_enforced_policies_count() {
    assert_eq!(q1(&tenant(&[mfa(&json!({}))])), "");
    for state in ["disabled", "enabledForReportingButNotEnforced"] {
        let mut policy = mfa(&json!({}));
        policy["state"] = state.into();
        assert_eq!(q1(&tenant(&[policy])), ALL, "{state}");
    }
}

#[test]
fn users() {
    let q1 = |users: Value| q1(&tenant(&[mfa(&json!({"users": users}))]));
    for (users, open) in [
        (json!({"includeUsers": ["None"]}), ALL),
        (json!({"includeUsers": ["bob"]}), "ada gina ivan mike"),
        (json!({"includeUsers": ["BOB"]}), "ada gina ivan mike"),
        (json!({"includeUsers": ["bob"], "excludeUsers": ["bob"]}), ALL),
        (json!({"includeUsers": ["All"], "excludeGroups": ["g1"]}), "bob"),
        (json!({"includeUsers": ["All"], "excludeGroups": ["g2"]}), "bob"),
        (json!({"includeGroups": ["g1"]}), "ada gina ivan mike"),
        (json!({"includeRoles": [GLOBAL_ADMINISTRATOR]}), "bob gina ivan mike"),
        (json!({"includeUsers": ["All"], "excludeRoles": [GLOBAL_ADMINISTRATOR]}), "ada"),
        (json!({"includeUsers": ["GuestsOrExternalUsers"]}), "ada bob"),
        (
            json!({"includeUsers": ["All"], "excludeUsers": ["GuestsOrExternalUsers"]}),
            "gina ivan mike",
        ),
    ] {
        assert_eq!(q1(users.clone()), open, "{users}");
    }
}

#[test]
fn kinds_of_guests_and_their_homes() {
    let excluding = |kinds: &str, tenants: Value| {
        let users = json!({"includeUsers": ["All"], "excludeGuestsOrExternalUsers":
            {"guestOrExternalUserTypes": kinds, "externalTenants": tenants}});
        q1(&tenant(&[mfa(&json!({"users": users}))]))
    };
    let listed = |members: &[&str]| json!({"membershipKind": "enumerated", "members": members});
    assert_eq!(excluding("b2bCollaborationGuest", Value::Null), "gina");
    assert_eq!(excluding("b2bCollaborationMember", Value::Null), "mike");
    assert_eq!(excluding("internalGuest", Value::Null), "ivan");
    assert_eq!(
        excluding("otherExternalUser,serviceProvider,b2bDirectConnectUser", Value::Null),
        ""
    );
    let all = "internalGuest,b2bCollaborationGuest,b2bCollaborationMember";
    assert_eq!(excluding(all, json!({"membershipKind": "all"})), "gina ivan mike");
    // A home that is not known is on no list; internal guests have none.
    assert_eq!(excluding(all, listed(&["t1"])), "gina ivan");
    assert_eq!(excluding(all, listed(&["t2"])), "ivan");
    assert_eq!(excluding("b2bCollaborationGuest, somethingNew", Value::Null), "gina ?ivan ?mike");
}

#[test]
fn roles_count_only_when_active_built_in_and_tenant_wide() {
    let policies = [mfa(&json!({"users": {"includeRoles": [GLOBAL_ADMINISTRATOR]}}))];
    let with_roles = |held: Value| with(tenant(&policies), "roleAssignmentScheduleInstances", held);
    let role = GLOBAL_ADMINISTRATOR;
    assert_eq!(q1(&with_roles(json!([held("ada", role, "/")]))), "bob gina ivan mike");
    assert_eq!(q1(&with_roles(json!([held("ada", role, "/administrativeUnits/1")]))), ALL);
    assert_eq!(q1(&with_roles(json!([held("g1", role, "/")]))), "ada gina ivan mike");
    let mut on_an_app = held("ada", role, "/");
    on_an_app["appScopeId"] = "/5c0".into();
    assert_eq!(q1(&with_roles(json!([on_an_app]))), ALL);

    let custom = json!([{"id": role, "templateId": role, "isBuiltIn": false}]);
    assert_eq!(q1(&with(tenant(&policies), "roleDefinitions", custom)), ALL);

    // The id of a definition need not be the template's.
    let mut renamed = with_roles(json!([held("bob", "here", "/")]));
    renamed["roleDefinitions"] = json!([{"id": "here", "templateId": role, "isBuiltIn": true}]);
    assert_eq!(q1(&renamed), "ada gina ivan mike");

    let mut eligible = with_roles(json!([]));
    eligible["roleEligibilityScheduleInstances"] = json!([held("bob", role, "/")]);
    assert_eq!(q1(&eligible), ALL);
    let activated = Question::single_factor().as_if_activated();
    assert_eq!(answer(&eligible, &activated), "ada gina ivan mike");
}

#[test]
fn an_account_with_two_eligible_roles_is_tried_with_each() {
    let exchange = "29232cdf-9323-42fd-ade2-1d097af3e4de";
    let mut tenant = tenant(&[mfa(&json!({"users": {"includeRoles": [exchange]}}))]);
    tenant["roleDefinitions"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": exchange, "templateId": exchange, "isBuiltIn": true}));
    let activated = Question::single_factor().as_if_activated();
    let both = json!([held("bob", exchange, "/"), held("bob", GLOBAL_ADMINISTRATOR, "/")]);
    tenant["roleEligibilityScheduleInstances"] = both;
    assert_eq!(answer(&tenant, &activated), ALL);
    // A role that is no administrator's is not activated for this.
    let reader = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
    let both = json!([held("bob", exchange, "/"), held("bob", reader, "/")]);
    tenant["roleEligibilityScheduleInstances"] = both;
    assert_eq!(answer(&tenant, &activated), "ada gina ivan mike");
    tenant["roleEligibilityScheduleInstances"] = json!([held("g2", exchange, "/")]);
    assert_eq!(answer(&tenant, &activated), "ada gina ivan mike");
}

#[test]
fn applications() {
    let open = |applications: Value, target: Target| {
        let policies = [mfa(&json!({"applications": applications}))];
        answer(&tenant(&policies), &Question::single_factor().target(target)) == ALL
    };
    let exchange = || Target::Application(EXCHANGE.into());
    let payroll = || Target::Application(PAYROLL.into());
    let unheard = || Target::Application("99900000-0000-4000-8000-000000000009".into());
    let all = json!({"includeApplications": ["All"]});
    assert!(!open(all.clone(), unheard()));
    let suite = json!({"includeApplications": ["Office365"]});
    assert!(!open(suite.clone(), exchange()) && open(suite.clone(), payroll()));
    assert!(!open(suite.clone(), Target::Suite("Office365".into())));
    let but_one = json!({"includeApplications": ["All"], "excludeApplications": ["Office365"]});
    assert!(open(but_one.clone(), exchange()) && !open(but_one, payroll()));
    let member = json!({"includeApplications": ["Office365"], "excludeApplications": [EXCHANGE]});
    assert!(open(member.clone(), exchange()) && open(member, Target::Suite("Office365".into())));
    assert!(open(json!({"includeApplications": ["None"]}), exchange()));
    // A user action is no application.
    assert!(open(all, Target::UserAction(signin::REGISTER_SECURITY_INFO.into())));
    let action = json!({"includeUserActions": ["urn:user:registersecurityinfo"]});
    let registering = Target::UserAction(signin::REGISTER_SECURITY_INFO.into());
    assert!(!open(action.clone(), registering) && open(action.clone(), exchange()));
    assert!(open(action, Target::UserAction(signin::REGISTER_DEVICE.into())));
    let context = json!({"includeAuthenticationContextClassReferences": ["c1"]});
    assert!(!open(context.clone(), Target::AuthenticationContext("c1".into())));
    assert!(open(context, Target::AuthenticationContext("c2".into())));
}

#[test]
fn azure_management_stands_for_its_portals() {
    let policies = [mfa(&json!({"applications":
        {"includeApplications": ["MicrosoftAdminPortals"]}}))];
    assert_eq!(answer(&tenant(&policies), &Question::azure_management()), ALL);
    let policies = [mfa(&json!({"applications":
        {"includeApplications": [signin::AZURE_MANAGEMENT]}}))];
    assert_eq!(answer(&tenant(&policies), &Question::azure_management()), "");
    let portal = Target::Application("c44b4083-3bb0-49c1-b47d-974e53cbdf3c".into());
    assert_eq!(answer(&tenant(&policies), &Question::single_factor().target(portal)), "");
}

#[test]
fn application_filters() {
    let question = |app: &str| Question::single_factor().target(Target::Application(app.into()));
    let open = |applications: Value, app: &str| {
        let mut tenant = tenant(&[mfa(&json!({"applications": applications}))]);
        tenant["servicePrincipals"] = json!([{"id": "sp", "appId": PAYROLL,
            "customSecurityAttributes": {"Zone": {"Tier": "High", "Tags": ["web", "old"]}}}]);
        answer(&tenant, &question(app)) == ALL
    };
    let filter = |include: &[&str], mode: &str, rule: &str| json!({"includeApplications": include, "applicationFilter": {"mode": mode, "rule": rule}});
    let tier = r#"CustomSecurityAttribute.Zone_Tier -eq "high""#;
    assert!(!open(filter(&["None"], "include", tier), PAYROLL));
    assert!(!open(filter(&[], "include", tier), PAYROLL));
    assert!(open(filter(&["None"], "include", tier), EXCHANGE));
    assert!(open(filter(&["All"], "exclude", tier), PAYROLL));
    assert!(!open(filter(&["All"], "exclude", tier), EXCHANGE));
    // Next to names a filter adds.
    assert!(!open(filter(&[EXCHANGE], "include", tier), PAYROLL));
    assert!(!open(filter(&[EXCHANGE], "include", tier), EXCHANGE));
    let negative = r#"CustomSecurityAttribute.Zone_Tier -ne "high""#;
    assert!(open(filter(&["All"], "exclude", negative), EXCHANGE));
    let tags = r#"CustomSecurityAttribute.Zone_Tags -contains "we""#;
    assert!(open(filter(&["None"], "include", tags), PAYROLL), "no part of an element");
}

#[test]
fn one_half_and_the_other_are_a_whole() {
    for (one, other) in [
        (
            json!({"platforms": {"includePlatforms": ["windows", "macOS"]}}),
            json!({"platforms": {"includePlatforms": ["all"],
                "excludePlatforms": ["windows", "macOS"]}}),
        ),
        (
            json!({"clientAppTypes": ["browser"]}),
            json!({"clientAppTypes": ["mobileAppsAndDesktopClients"]}),
        ),
        (
            json!({"signInRiskLevels": ["none", "low"]}),
            json!({"signInRiskLevels": ["medium", "high"]}),
        ),
        (
            json!({"users": {"includeGroups": ["g1"]}}),
            json!({"users": {"includeUsers": ["All"], "excludeGroups": ["g1"]}}),
        ),
        (
            json!({"applications": {"includeApplications": ["Office365"]}}),
            json!({"applications": {"includeApplications": ["All"],
                "excludeApplications": ["Office365"]}}),
        ),
        (
            json!({"devices": {"deviceFilter":
                {"mode": "include", "rule": "device.model -startsWith \"PC\""}}}),
            json!({"devices": {"deviceFilter":
                {"mode": "exclude", "rule": "device.model -startsWith \"PC\""}}}),
        ),
    ] {
        assert_ne!(q1(&tenant(&[mfa(&one)])), "", "{one}");
        assert_ne!(q1(&tenant(&[mfa(&other)])), "", "{other}");
        assert_eq!(q1(&tenant(&[mfa(&one), mfa(&other)])), "", "{one} {other}");
    }
}

#[test]
fn clients() {
    let modern = json!({"clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]});
    assert_eq!(q1(&tenant(&[mfa(&modern)])), "");
    assert_eq!(q2(&tenant(&[mfa(&modern)])), ALL);
    let unset = json!({"clientAppTypes": []});
    assert_eq!(q1(&tenant(&[mfa(&unset)])) + &q2(&tenant(&[mfa(&unset)])), "");
    // Exchange ActiveSync on any platform, or on those that support it.
    let exchange = |types: &[&str]| {
        let others = block(&json!({"clientAppTypes": ["other"]}));
        let these = block(&json!({"clientAppTypes": types}));
        q2(&tenant(&[others, these]))
    };
    assert_eq!(exchange(&["exchangeActiveSync"]), "");
    assert_eq!(exchange(&["easSupported"]), ALL);
    let on = |platform: Platform| {
        let others = block(&json!({"clientAppTypes": ["other"]}));
        let these = block(&json!({"clientAppTypes": ["easSupported"]}));
        answer(&tenant(&[others, these]), &Question::legacy().on(&[platform])) == ALL
    };
    for platform in Platform::ALL {
        let supported = matches!(platform, Platform::Windows | Platform::Ios | Platform::Android);
        assert_eq!(on(*platform), !supported, "{platform:?}");
    }
    // Nothing but Exchange Online is reached by it.
    let other_apps = json!({"applications":
        {"includeApplications": ["All"], "excludeApplications": [PAYROLL]}});
    let by_active_sync = json!({"clientAppTypes": ["other"]});
    assert_eq!(q2(&tenant(&[block(&other_apps), block(&by_active_sync)])), "");
}

#[test]
fn legacy_clients_meet_no_control_at_all() {
    for grant in [
        any_of(&["mfa"]),
        any_of(&["compliantDevice"]),
        any_of(&["approvedApplication", "compliantApplication"]),
        json!({"operator": "OR", "termsOfUse": ["t"]}),
        json!({"operator": "OR", "customAuthenticationFactors": ["c"]}),
        any_of(&["somethingNew"]),
        strength(&["password"]),
    ] {
        assert_eq!(q2(&tenant(&[policy(grant.clone(), &json!({}))])), "", "{grant}");
    }
    // A policy that only limits the session asks for nothing.
    for grant in [Value::Null, any_of(&[])] {
        assert_eq!(q2(&tenant(&[policy(grant.clone(), &json!({}))])), ALL, "{grant}");
    }
}

#[test]
fn platforms_by_name_leave_the_unknown_ones() {
    let named = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux"];
    let by_name = json!({"platforms": {"includePlatforms": named}});
    assert_eq!(q1(&tenant(&[mfa(&by_name)])), ALL);
    let all = json!({"platforms": {"includePlatforms": ["all"]}});
    assert_eq!(q1(&tenant(&[mfa(&all)])), "");
    let android = Question::single_factor().on(&[Platform::Android]);
    assert_eq!(answer(&tenant(&[mfa(&by_name)]), &android), "");
}

#[test]
fn networks() {
    let location = |id: &str, cidr: &str, trusted: bool| {
        json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "id": id,
            "ipRanges": [{"cidrAddress": cidr}], "isTrusted": trusted})
    };
    let countries = |id: &str, unknown: bool| {
        json!({"@odata.type": "#microsoft.graph.countryNamedLocation", "id": id,
            "countriesAndRegions": ["CH"], "includeUnknownCountriesAndRegions": unknown})
    };
    let locations = json!([
        location("office", "203.0.113.0/24", true),
        location("all4", "0.0.0.0/0", false),
        location("all6", "::/0", false),
        countries("swiss", false),
        countries("swiss-or-none", true)
    ]);
    let open = |include: &[&str], exclude: &[&str]| {
        let condition = json!({"includeLocations": include, "excludeLocations": exclude});
        let tenant = tenant(&[mfa(&json!({"locations": condition}))]);
        q1(&with(tenant, "namedLocations", locations.clone())) == ALL
    };
    assert!(!open(&["All"], &[]));
    assert!(open(&["All"], &["office"]));
    assert!(open(&["All"], &["AllTrusted"]));
    assert!(open(&["AllTrusted"], &[]));
    assert!(open(&[], &["AllTrusted"]), "what includes nothing applies nowhere");
    assert!(!open(&["all4", "all6"], &[]), "no address is outside");
    assert!(open(&["all4"], &[]), "IPv6 is outside");
    assert!(open(&["swiss"], &[]) && open(&["All"], &["swiss"]));
    assert!(open(&["swiss-or-none"], &[]));
    assert!(!open(&["office", "All"], &["gone"]), "a location that is not there has no address");
}

#[test]
fn addresses_of_the_mfa_settings_are_trusted_locations() {
    let excluding = |location: &str| {
        let condition = json!({"includeLocations": ["All"], "excludeLocations": [location]});
        tenant(&[mfa(&json!({"locations": condition}))])
    };
    for location in ["AllTrusted", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(q1(&excluding(location)), "", "no trusted address is there");
        let settings = json!({"trustedIps": ["198.51.100.0/24"]});
        assert_eq!(q1(&with(excluding(location), "mfaServiceSettings", settings)), ALL);
    }
}

#[test]
fn risk_flow_and_insider_risk() {
    let high = json!({"signInRiskLevels": ["high"]});
    assert_eq!(q1(&tenant(&[mfa(&high)])), ALL);
    let at = |levels: &[RiskLevel]| Question::at_sign_in_risk(levels);
    assert_eq!(answer(&tenant(&[mfa(&high)]), &at(&[RiskLevel::High])), "");
    assert_eq!(answer(&tenant(&[mfa(&high)]), &at(&[RiskLevel::High, RiskLevel::Low])), ALL);
    let every = json!({"userRiskLevels": ["none", "low", "medium", "high"]});
    assert_eq!(q1(&tenant(&[mfa(&every)])), "");
    // No list can name the absence of insider risk or of a flow.
    let insider = json!({"insiderRiskLevels": "minor,moderate,elevated"});
    assert_eq!(q1(&tenant(&[mfa(&insider)])), ALL);
    let both = "deviceCodeFlow,authenticationTransfer";
    let flows = block(&json!({"authenticationFlows": {"transferMethods": both}}));
    assert_eq!(q1(&tenant(std::slice::from_ref(&flows))), ALL);
    let none = block(&json!({"authenticationFlows": {"transferMethods": "none"}}));
    assert_eq!(q1(&tenant(&[none])), "", "no flow is named, so any is meant");
    let by_code = Question::by_flow(TransferMethod::DeviceCode);
    assert_eq!(answer(&tenant(&[flows]), &by_code), "");
    assert_eq!(answer(&tenant(&[]), &by_code), ALL);
}

#[test]
fn device_filters_see_an_unregistered_device_as_one_without_attributes() {
    let filtered = |mode: &str, rule: &str| {
        let filter = json!({"deviceFilter": {"mode": mode, "rule": rule}});
        let tenant = tenant(&[mfa(&json!({"devices": filter}))]);
        answer(&tenant, &Question::single_factor_unmanaged()) == ALL
    };
    assert!(filtered("exclude", r#"device.model -ne "x""#), "the classic mistake");
    assert!(!filtered("exclude", r#"device.model -eq "x""#));
    assert!(!filtered("include", "device.isCompliant -ne True"));
    assert!(filtered("include", "device.isCompliant -eq True"));
    assert!(filtered("exclude", r#"device.model -ne "x" and not (device.isCompliant -eq True)"#));
}

#[test]
fn grants() {
    let accounts = |grant: Value| {
        let tenant = tenant(&[policy(grant, &json!({}))]);
        let unmanaged = answer(&tenant, &Question::single_factor_unmanaged());
        (q1(&tenant), unmanaged)
    };
    // Outside accounts have no device here.
    let own = "ada bob ivan";
    let both = |any: &str, unmanaged: &str| (any.to_owned(), unmanaged.to_owned());
    assert_eq!(accounts(any_of(&["mfa", "compliantDevice"])), both(own, ""));
    let all_of = json!({"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]});
    assert_eq!(accounts(all_of), both("", ""));
    assert_eq!(accounts(any_of(&["compliantDevice"])), both(own, ""));
    assert_eq!(accounts(any_of(&["domainJoinedDevice"])), both(own, ""));
    assert_eq!(accounts(any_of(&["compliantApplication"])), both(own, ""));
    let blocked = tenant(&[policy(any_of(&["block", "mfa"]), &json!({}))]);
    assert_eq!(answer(&blocked, &Question::any()), "", "no control lets past a block");
    assert_eq!(accounts(any_of(&["passwordChange"])), both("", ""));
    assert_eq!(accounts(json!({"operator": "OR", "termsOfUse": ["t"]})), both(ALL, ALL));
    assert_eq!(
        accounts(json!({"operator": "OR", "customAuthenticationFactors": ["c"]})),
        both("", "")
    );
    let or_terms = json!({"operator": "OR", "builtInControls": ["mfa"], "termsOfUse": ["t"]});
    assert_eq!(accounts(or_terms), both(ALL, ALL));
}

#[test]
fn a_phone_with_a_protected_app_is_no_computer() {
    let policies = [
        policy(any_of(&["compliantApplication"]), &json!({})),
        block(&json!({"platforms": {"includePlatforms": ["android", "iOS"]}})),
    ];
    assert_eq!(q1(&tenant(&policies)), "");
    let hybrid = [
        policy(any_of(&["domainJoinedDevice"]), &json!({})),
        block(&json!({"platforms": {"includePlatforms": ["windows"]}})),
    ];
    assert_eq!(q1(&tenant(&hybrid)), "");
    let by_code = Question {
        capability: signin::Capability::Any,
        ..Question::by_flow(TransferMethod::DeviceCode)
    };
    let compliant = [policy(any_of(&["compliantDevice"]), &json!({}))];
    assert_eq!(answer(&tenant(&compliant), &by_code), "");
}

#[test]
fn strengths_are_judged_by_their_combinations() {
    let tenant = |combinations: &[&str]| tenant(&[policy(strength(combinations), &json!({}))]);
    let weak = |combinations: &[&str]| {
        let tenant = tenant(combinations);
        (q1(&tenant) == ALL, answer(&tenant, &Question::not_phishing_resistant()) == ALL)
    };
    assert_eq!(weak(&["fido2", "windowsHelloForBusiness"]), (false, false));
    assert_eq!(weak(&["fido2", "password,sms"]), (false, true));
    assert_eq!(weak(&["deviceBasedPush"]), (false, true));
    assert_eq!(weak(&["fido2", "password"]), (true, true), "a strength that is none");
    assert_eq!(weak(&["x509CertificateSingleFactor"]), (true, true));
    assert_eq!(weak(&["x509CertificateMultiFactor"]), (false, false));
    let unheard = tenant(&["fido2", "brandNewMethod"]);
    let question = Question::not_phishing_resistant();
    assert_eq!(answer(&unheard, &question), "?ada ?bob ?gina ?ivan ?mike");
}

#[test]
fn two_strengths_of_different_methods_leave_no_single_one() {
    let both = [
        policy(strength(&["password"]), &json!({})),
        policy(strength(&["sms", "x509CertificateSingleFactor"]), &json!({})),
    ];
    assert_eq!(q1(&tenant(&both)), "");
    let shared = [
        policy(strength(&["password", "sms"]), &json!({})),
        policy(strength(&["sms", "email"]), &json!({})),
    ];
    assert_eq!(q1(&tenant(&shared)), ALL);
    assert_eq!(answer(&tenant(&both), &Question::not_phishing_resistant()), ALL);
}

#[test]
fn a_strength_may_be_given_by_its_id_alone() {
    let grant = json!({"operator": "OR", "authenticationStrength": {"id": PHISHING_RESISTANT}});
    let question = Question::not_phishing_resistant();
    assert_eq!(answer(&tenant(&[policy(grant.clone(), &json!({}))]), &question), "");
    let grant = json!({"operator": "OR", "authenticationStrength": {"id": "s7"}});
    let by_id = tenant(&[policy(grant, &json!({}))]);
    assert_eq!(answer(&by_id, &question), "?ada ?bob ?gina ?ivan ?mike");
    let listed = json!([{"id": "s7", "allowedCombinations": ["password,sms"]}]);
    assert_eq!(answer(&with(by_id, "authenticationStrengthPolicies", listed), &question), ALL);
}

#[test]
fn inbound_trust_lets_devices_of_other_tenants_count() {
    let policies = [policy(any_of(&["compliantDevice", "domainJoinedDevice"]), &json!({}))];
    let trusting = |trust: Value, partners: Value| {
        let settings = json!({"default": {"inboundTrust": trust}, "partners": partners});
        q1(&with(tenant(&policies), "crossTenantAccessPolicy", settings))
    };
    let trust = |compliant: bool, hybrid: bool| {
        json!({"isCompliantDeviceAccepted": compliant,
            "isHybridAzureADJoinedDeviceAccepted": hybrid})
    };
    assert_eq!(trusting(trust(false, false), json!([])), "ada bob ivan");
    assert_eq!(trusting(trust(true, false), json!([])), ALL);
    assert_eq!(trusting(trust(false, true), json!([])), ALL);
    let partner = json!([{"tenantId": "t1", "inboundTrust": trust(true, false)}]);
    // mike may come from that partner or not.
    assert_eq!(trusting(trust(false, false), partner), "ada bob gina ivan ?mike");
    let inherits = json!([{"tenantId": "t1", "inboundTrust": null}]);
    assert_eq!(trusting(trust(true, true), inherits), ALL);
    // Protected apps of other tenants never count.
    let apps = [policy(any_of(&["approvedApplication", "compliantApplication"]), &json!({}))];
    let settings = json!({"default": {"inboundTrust": trust(true, true)}, "partners": []});
    assert_eq!(q1(&with(tenant(&apps), "crossTenantAccessPolicy", settings)), "ada bob ivan");
}

#[test]
fn security_defaults() {
    let on = json!({"isEnabled": true});
    let mut tenant = with(tenant(&[]), "identitySecurityDefaultsEnforcementPolicy", on);
    tenant["roleAssignmentScheduleInstances"] = json!([
        held("ada", GLOBAL_ADMINISTRATOR, "/"),
        held("ivan", GLOBAL_ADMINISTRATOR, "/administrativeUnits/1"),
        held("bob", SYNCHRONIZATION, "/"),
    ]);
    assert_eq!(q1(&tenant), "bob gina ivan mike");
    assert_eq!(q2(&tenant), "");
    assert_eq!(answer(&tenant, &Question::azure_management()), "bob");
    assert_eq!(answer(&tenant, &Question::not_phishing_resistant()), ALL);
    // The synchronization account is exempt, whatever else it holds.
    let mut both_roles = tenant.clone();
    let roles = both_roles["roleAssignmentScheduleInstances"].as_array_mut().unwrap();
    roles.push(held("bob", GLOBAL_ADMINISTRATOR, "/"));
    assert_eq!(q1(&both_roles), "bob gina ivan mike");
    // Both at once is a contradiction, which Microsoft does not allow: the policy counts.
    let narrow = block(&json!({"users": {"includeUsers": ["mike"]}}));
    tenant["conditionalAccessPolicies"] = json!([narrow]);
    assert_eq!(q1(&tenant), "ada bob gina ivan");
    assert_eq!(q2(&tenant), "ada bob gina ivan");
    let snapshot = signin::import::ca_tenant(&tenant.to_string()).unwrap();
    let profile = Profile::default();
    let view = Tenant::new(&snapshot, &profile);
    let notes = Access::new(&view).report().notes;
    assert!(notes.iter().any(|note| note.contains("which Microsoft does not allow")), "{notes:?}");
}

#[test]
fn per_user_mfa() {
    let mut tenant = tenant(&[]);
    tenant["userAuthenticationRequirements"] = json!({
        "ada": {"perUserMfaState": "enforced"},
        "bob": {"perUserMfaState": "enabled"},
        "gina": {"perUserMfaState": "disabled"},
    });
    assert_eq!(q1(&tenant), "gina ivan mike");
    assert_eq!(q2(&tenant), "bob gina ivan mike");
    tenant["mfaServiceSettings"] = json!({"trustedIps": ["198.51.100.0/24"]});
    assert_eq!(q1(&tenant), ALL);
    assert_eq!(q2(&tenant), ALL);
    let outside = Question::single_factor().outside_trusted_locations();
    assert_eq!(answer(&tenant, &outside), "gina ivan mike");
}

#[test]
fn excluded_everywhere() {
    let excluded = |policies: &[Value]| {
        let tenant = tenant(policies);
        let snapshot = signin::import::ca_tenant(&tenant.to_string()).unwrap();
        let profile = Profile::default();
        let view = Tenant::new(&snapshot, &profile);
        let access = Access::new(&view);
        let names = ["ada", "bob", "dora", "gina"];
        let excluded = names.into_iter().filter_map(|name| {
            match access.excluded_everywhere(&Id::from(name)) {
                Excluded::Yes => Some(name.to_owned()),
                Excluded::Undetermined(_) => Some(format!("?{name}")),
                Excluded::No | Excluded::NotAsked => None,
            }
        });
        excluded.collect::<Vec<_>>().join(" ")
    };
    let but =
        |names: &[&str]| mfa(&json!({"users": {"includeUsers": ["All"], "excludeUsers": names}}));
    assert_eq!(excluded(&[]), "");
    assert_eq!(excluded(&[but(&["ada", "bob", "dora"])]), "ada bob");
    assert_eq!(excluded(&[but(&["ada", "bob"]), but(&["bob"])]), "bob");
    // A policy that includes nobody of them, or only limits the session, or is not enforced.
    let others = mfa(&json!({"users": {"includeUsers": ["gina"]}}));
    assert_eq!(excluded(&[but(&["ada"]), others]), "ada");
    let session = policy(Value::Null, &json!({}));
    assert_eq!(excluded(&[but(&["ada"]), session]), "");
    let mut off = but(&[]);
    off["state"] = "disabled".into();
    assert_eq!(excluded(&[but(&["ada"]), off]), "ada");
    // Whether the second policy is for ada cannot be told.
    let mut doubtful = but(&[]);
    doubtful["state"] = "enabledSomehow".into();
    assert_eq!(excluded(&[but(&["ada"]), doubtful.clone()]), "?ada");
    // It excludes nobody, enforced or not.
    assert_eq!(excluded(&[doubtful]), "");
    let mut agents = but(&[]);
    agents["conditions"]["users"]["includeUsers"] = json!(["All", "AllAgentIdUsers"]);
    assert_eq!(excluded(&[but(&["ada"]), agents]), "?ada");
}

#[test]
fn groups_as_a_collector_reads_them() {
    let policies = [mfa(&json!({"users": {"includeUsers": ["All"], "excludeGroups": ["g1"]}}))];
    let with_members = |records: Value| {
        let mut snapshot = signin::import::ca_tenant(&tenant(&policies).to_string()).unwrap();
        let Some(model::Dataset::Collected(dataset)) = snapshot.datasets.get_mut("groupMembers")
        else {
            panic!("members");
        };
        dataset.records = serde_json::value::to_raw_value(&records).unwrap();
        let profile = Profile::default();
        let view = Tenant::new(&snapshot, &profile);
        let access = Access::new(&view);
        let answer = access.ask(&Question::single_factor());
        let mut found = String::new();
        for (name, outcome) in answer.outcomes() {
            match outcome {
                Outcome::Possible(_) => found.push_str(name),
                Outcome::Undetermined(why) => found.extend(["?", name, ":", why, ";"]),
                _ => {}
            }
        }
        found
    };
    let record = |members: &[&str], transitive: bool| json!([{"groupId": "g1", "memberIds": members, "transitive": transitive}]);
    assert_eq!(with_members(record(&["bob"], true)), "bob");
    // Someone made or deleted while reading is among users at any depth.
    assert_eq!(with_members(record(&["bob", "somebody"], true)), "bob");
    // What a direct member is must be known: it may be a group.
    let unclear = with_members(record(&["bob", "something"], false));
    let why = "policy \"p\": the member something of the group g1 is not known";
    assert!(unclear.starts_with(&format!("?ada:{why};bob?gina")), "{unclear}");
    // Told that it is none, or that it is one whose members were not read.
    let told = |groups: &[&str]| json!([{"groupId": "g1", "memberIds": ["bob", "something"], "groupIds": groups}]);
    assert_eq!(with_members(told(&[])), "bob");
    let unclear = with_members(told(&["something"]));
    let why = "policy \"p\": the group something does not exist, or its members were not read";
    assert!(unclear.starts_with(&format!("?ada:{why};bob?gina")), "{unclear}");
    // A group within, whose members were not read.
    let unclear = with_members(record(&["g2"], false));
    let why = "policy \"p\": the members of the group g2 were not read";
    assert!(unclear.starts_with(&format!("?ada:{why};?bob")), "{unclear}");
    let unclear = with_members(json!([]));
    assert!(unclear.contains("the members of the group g1 were not read"), "{unclear}");
}

#[test]
fn unknown_words_leave_open_what_they_decide() {
    let unclear = "?ada ?bob ?gina ?ivan ?mike";
    let mut state = mfa(&json!({}));
    state["state"] = "enabledSomehow".into();
    let mut part = mfa(&json!({}));
    part["partialEnablementStrategy"] = json!({"percentage": 10});
    for (policy, expected) in [
        (state, unclear),
        (part, unclear),
        (mfa(&json!({"clientAppTypes": ["browser", "gadget"]})), unclear),
        (mfa(&json!({"platforms": {"includePlatforms": ["chromeOS"]}})), unclear),
        (mfa(&json!({"platforms": {"includePlatforms": ["unknown"]}})), unclear),
        (
            mfa(
                &json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["chromeOS"]}}),
            ),
            unclear,
        ),
        (mfa(&json!({"signInRiskLevels": ["hidden"]})), unclear),
        // No word stands for the absence of insider risk.
        (mfa(&json!({"insiderRiskLevels": "severe"})), ALL),
        // Without any flow no new flow is in play.
        (mfa(&json!({"authenticationFlows": {"transferMethods": "newFlow"}})), ALL),
        (mfa(&json!({"newCondition": {"on": true}})), unclear),
        (mfa(&json!({"newCondition": {"list": [], "text": null}})), ""),
        (mfa(&json!({"applications": {"includeApplications": ["NewSuite"]}})), unclear),
        (
            mfa(
                &json!({"applications": {"includeApplications": ["All"], "excludeApplications": ["NewSuite"]}}),
            ),
            unclear,
        ),
        (
            mfa(
                &json!({"devices": {"deviceFilter": {"mode": "exclude", "rule": "device.model -like \"x\""}}}),
            ),
            unclear,
        ),
        (
            mfa(
                &json!({"applications": {"includeApplications": [], "applicationFilter": {"mode": "include", "rule": "?"}}}),
            ),
            unclear,
        ),
        (mfa(&json!({"users": {"includeUsers": ["All", "AllAgentIdUsers"]}})), unclear),
        (policy(any_of(&["newControl"]), &json!({})), unclear),
        (policy(any_of(&["mfa", "newControl"]), &json!({})), unclear),
        (
            policy(
                json!({"operator": "AND", "builtInControls": ["mfa", "newControl"]}),
                &json!({}),
            ),
            "",
        ),
        (
            policy(
                json!({"operator": "XOR", "builtInControls": ["mfa", "compliantDevice"]}),
                &json!({}),
            ),
            "?ada ?bob ?ivan",
        ),
    ] {
        assert_eq!(q1(&tenant(std::slice::from_ref(&policy))), expected, "{policy}");
        // What another policy refuses anyway is refused.
        assert_eq!(q1(&tenant(&[policy, mfa(&json!({}))])), "");
    }
}

#[test]
fn policies_for_service_principals_are_not_for_users() {
    let clients = json!({"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]});
    assert_eq!(q1(&tenant(&[block(&json!({"clientApplications": clients}))])), ALL);
}

#[test]
fn filters_too_many_to_look_at_together_leave_open_what_they_decide() {
    let filtered = |number: usize| {
        let rule = format!("device.extensionAttribute{number} -eq \"x\"");
        policy(
            any_of(&["compliantDevice"]),
            &json!({"devices": {"deviceFilter": {"mode": "exclude", "rule": rule}}}),
        )
    };
    let policies: Vec<Value> = (1..=13).map(filtered).collect();
    // With a device unregistered all of them apply; whether they do with a registered one is not
    // looked at any more.
    assert_eq!(q1(&tenant(&policies)), "ada bob ivan");
    let with_block: Vec<Value> = (1..=13)
        .map(|number| {
            let mut policy = filtered(number);
            policy["grantControls"] = any_of(&["block"]);
            policy
        })
        .collect();
    assert_eq!(q1(&tenant(&with_block)), "?ada ?bob ?ivan");
    assert_eq!(answer(&tenant(&with_block), &Question::single_factor_unmanaged()), "");
}
