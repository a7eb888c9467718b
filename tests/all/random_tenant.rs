//! Small random tenants in the format `ca-tenant/1`.
//!
//! A tenant is a function of a list of numbers, each deciding one choice, zero always the plainest
//! one; after the end of the list every choice is the plainest. So `proptest` shrinks a tenant by
//! shrinking the list, and a seed names a tenant for ever.
//!
//! Left out, because the rules do not settle them: unknown enumeration values, references to what
//! does not exist, empty condition objects, inbound trust between organizations, security defaults
//! beside enabled policies.

use proptest::prelude::{Strategy, any};
use serde_json::{Value, json};

use crate::naive::shape::{
    AZURE_PORTAL, CANTEEN, CUSTOM_ROLE, GLOBAL_ADMINISTRATOR, GLOBAL_READER, Kind, PAYROLL,
    PHISHING_RESISTANT_STRENGTH, SHAREPOINT, TEAMS, all_of, assignment, country_location,
    device_filter, group, group_id, guests, ip_location, members, merge, one_of, organization_id,
    policy, strength, strength_id, tenant, user, user_id,
};
use crate::naive::{AZURE_MANAGEMENT, EXCHANGE, PRIVILEGED_ROLES, SYNC_ROLE};

/// Tenants for a property test.
pub(crate) fn tenants() -> impl Strategy<Value = Value> {
    proptest::collection::vec(any::<u16>(), 0..600)
        .prop_map(|numbers| random_tenant(&mut Choices::new(numbers)))
}

/// The tenant of a seed.
pub(crate) fn seeded(seed: u64) -> Value {
    random_tenant(&mut Choices::seeded(seed))
}

/// A list of numbers that decides.
pub(crate) struct Choices {
    /// In reverse: the next one is the last.
    numbers: Vec<u16>,
}

impl Choices {
    pub(crate) fn new(mut numbers: Vec<u16>) -> Self {
        numbers.reverse();
        Self { numbers }
    }

    /// Numbers of a small generator (`SplitMix64`), many enough for any tenant.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            (mixed >> 48) as u16
        };
        Self { numbers: (0..2000).map(|_| next()).collect() }
    }

    /// A number below `bound`; 0 when nothing is left.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.numbers.pop().unwrap_or(0)) % bound
    }

    /// True in so many of a hundred cases; false when nothing is left.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of these; the first when nothing is left.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Some of these, at least one; the first when nothing is left.
    pub(crate) fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let mut chosen: Vec<T> = of.iter().filter(|_| self.percent(40)).cloned().collect();
        if chosen.is_empty() {
            chosen.push(self.one(of));
        }
        chosen
    }

    /// Up to `most` of these, perhaps none.
    fn few<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        if of.is_empty() {
            return Vec::new();
        }
        (0..self.below(most + 1)).map(|_| self.one(of)).collect()
    }
}

const ROLES: [&str; 6] = [
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_ROLES[5],
    PRIVILEGED_ROLES[7],
    CUSTOM_ROLE,
    SYNC_ROLE,
];

const APPS: [&str; 8] = [
    EXCHANGE,
    SHAREPOINT,
    TEAMS,
    AZURE_PORTAL,
    AZURE_MANAGEMENT,
    PAYROLL,
    CANTEEN,
    "a9900000-0000-4000-8000-0000000000ff",
];
const SUITES: [&str; 3] = ["Office365", "MicrosoftAdminPortals", AZURE_MANAGEMENT];

const RANGES: [&str; 18] = [
    "192.0.2.0/24",
    "192.0.2.128/25",
    "192.0.2.0/25",
    "192.0.2.0/26",
    "192.0.2.192/26",
    "198.51.100.0/24",
    "198.51.100.77/32",
    "203.0.113.0/24",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "255.255.255.255/32",
    "2001:db8::/32",
    "2001:db8:5::/48",
    "2001:db8::1/128",
    "::/0",
    "8000::/1",
    "::/1",
];
const COUNTRIES: [&str; 4] = ["CH", "DE", "LI", "US"];

const COMBINATIONS: [&str; 14] = [
    "fido2",
    "password",
    "password,microsoftAuthenticatorPush",
    "windowsHelloForBusiness",
    "x509CertificateMultiFactor",
    "x509CertificateSingleFactor",
    "sms",
    "email",
    "qrCodePin",
    "federatedSingleFactor",
    "federatedMultiFactor",
    "temporaryAccessPassOneTime",
    "password,sms",
    "deviceBasedPush",
];

const GUEST_KINDS: [&str; 6] = [
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "internalGuest",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
];

/// Which objects a policy can refer to.
struct Known {
    users: Vec<String>,
    groups: Vec<String>,
    locations: Vec<String>,
    strengths: Vec<Value>,
}

fn random_tenant(choices: &mut Choices) -> Value {
    let mut tenant = tenant("random");
    let policies = choices.below(9);
    people(choices, &mut tenant);
    locations(choices, &mut tenant);
    strengths(choices, &mut tenant);
    attributes(choices, &mut tenant);

    let ids = |collection: &str| -> Vec<String> {
        let items = tenant[collection].as_array().expect("a collection");
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    };
    let known = Known {
        users: ids("users"),
        groups: ids("groups"),
        locations: ids("namedLocations"),
        strengths: tenant["authenticationStrengthPolicies"].as_array().expect("a list").clone(),
    };

    // Accounts that most policies of the tenant leave out, as emergency access accounts are.
    let exceptions = choices.percent(30).then(|| exclusion(choices, &known));
    let mut all: Vec<Value> = Vec::new();
    while all.len() < policies {
        let parts = if choices.percent(60) {
            let whole = wide_conditions(choices, &known);
            parts_of(choices, &known, &whole, 2)
        } else {
            vec![narrow_conditions(choices, &known)]
        };
        let mut demand = grant(choices, &known);
        for mut conditions in parts {
            if let Some(exceptions) = exceptions.as_ref().filter(|_| choices.percent(85)) {
                merge(&mut conditions, exceptions);
            }
            all.push(policy(all.len() + 1, &conditions, &demand));
            if choices.percent(30) {
                demand = grant(choices, &known);
            }
        }
    }
    for policy in &mut all {
        if choices.percent(12) {
            policy["state"] =
                choices.one(&["disabled", "enabledForReportingButNotEnforced"]).into();
        }
        if choices.percent(3) {
            policy["conditions"]["clientApplications"] = json!({
                "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
                "excludeServicePrincipals": [],
            });
        }
    }
    if choices.percent(8) {
        tenant["identitySecurityDefaultsEnforcementPolicy"]["isEnabled"] = true.into();
        for policy in &mut all {
            policy["state"] =
                choices.one(&["disabled", "enabledForReportingButNotEnforced"]).into();
        }
    }
    tenant["conditionalAccessPolicies"] = all.into();
    tenant
}

fn people(choices: &mut Choices, tenant: &mut Value) {
    let count = 3 + choices.below(8);
    let kinds = [
        Kind::Member,
        Kind::Member,
        Kind::Member,
        Kind::ExternalGuest,
        Kind::ExternalMember,
        Kind::InternalGuest,
    ];
    let mut users = Vec::new();
    for number in 1..=count {
        let kind = choices.one(&kinds);
        let mut user = user(number, kind);
        if choices.percent(6) {
            user["accountEnabled"] = false.into();
        }
        users.push(user);
        if matches!(kind, Kind::ExternalGuest | Kind::ExternalMember) && choices.percent(80) {
            let home = choices.one(&[Some(1), Some(2), None]);
            tenant["userHomeTenants"][user_id(number)] = home.map(organization_id).into();
        }
        if choices.percent(15) {
            let state = choices.one(&["disabled", "enabled", "enforced"]);
            tenant["userAuthenticationRequirements"][user_id(number)] =
                json!({"perUserMfaState": state});
        }
    }
    tenant["users"] = users.into();

    let groups = choices.below(5);
    for number in 1..=groups {
        let some_of = |choices: &mut Choices, count, percent| -> Vec<usize> {
            (1..=count).filter(|_| choices.percent(percent)).collect()
        };
        let users = some_of(choices, count, 20);
        // Memberships in both directions make cycles.
        let mut nested = some_of(choices, groups, 25);
        nested.retain(|other| *other != number);
        tenant["groupMembers"][group_id(number)] = members(&users, &nested);
    }
    tenant["groups"] = (1..=groups).map(group).collect();

    let mut principals: Vec<String> = (1..=count).map(user_id).collect();
    principals.extend((1..=groups).map(group_id));
    for (collection, most) in
        [("roleAssignmentScheduleInstances", 5), ("roleEligibilityScheduleInstances", 3)]
    {
        let assignments = (0..choices.below(most + 1)).map(|_| {
            let scope = choices.one(&["/", "/", "/", "/administrativeUnits/a0", "/a9900000"]);
            let (principal, role) = (choices.one(&principals), choices.one(&ROLES));
            let mut assignment = assignment(&principal, role, scope);
            if choices.percent(20) {
                assignment["assignmentType"] = "Activated".into();
            }
            if choices.percent(5) {
                assignment["appScopeId"] = "/AccessPackageCatalog/c1".into();
            }
            assignment
        });
        tenant[collection] = assignments.collect();
    }
}

fn locations(choices: &mut Choices, tenant: &mut Value) {
    let count = choices.below(5);
    let locations = (1..=count).map(|number| {
        if choices.percent(40) {
            let countries = choices.some(&COUNTRIES);
            let (unknown, gps) = (choices.percent(40), choices.percent(20));
            country_location(number, &countries, unknown, gps)
        } else {
            let trusted = choices.percent(50);
            let mut ranges = vec![choices.one(&RANGES)];
            ranges.extend(choices.few(&RANGES, 2));
            ip_location(number, trusted, &ranges)
        }
    });
    tenant["namedLocations"] = locations.collect();
    if choices.percent(25) {
        tenant["mfaServiceSettings"]["trustedIps"] = choices.some(&RANGES[..8]).into();
    }
}

fn strengths(choices: &mut Choices, tenant: &mut Value) {
    let strengths = tenant["authenticationStrengthPolicies"].as_array_mut().expect("a list");
    for number in 1..=choices.below(4) {
        let combinations = choices.few(&COMBINATIONS, 4);
        strengths.push(strength(&strength_id(number), &combinations));
    }
}

fn attributes(choices: &mut Choices, tenant: &mut Value) {
    for principal in tenant["servicePrincipals"].as_array_mut().expect("a list") {
        if choices.percent(35) {
            let mut set = json!({
                "@odata.type": "#microsoft.graph.customSecurityAttributeValue",
                "Tier": choices.one(&["low", "high", "highest"]),
            });
            if choices.percent(40) {
                set["Tags@odata.type"] = "#Collection(String)".into();
                set["Tags"] = choices.some(&["web", "old", "web old"]).into();
            }
            principal["customSecurityAttributes"] = json!({"Zone": set});
        }
    }
}

/// Conditions in which little is said.
fn wide_conditions(choices: &mut Choices, known: &Known) -> Value {
    let mut conditions = if choices.percent(25) { users(choices, known) } else { json!({}) };
    if choices.percent(20) {
        merge(&mut conditions, &exclusion(choices, known));
    }
    if choices.percent(20) {
        merge(&mut conditions, &applications(choices));
    }
    conditions
}

/// Conditions on users, and on one or more things besides.
fn narrow_conditions(choices: &mut Choices, known: &Known) -> Value {
    let mut conditions = users(choices, known);
    if choices.percent(35) {
        merge(&mut conditions, &exclusion(choices, known));
    }
    if choices.percent(45) {
        merge(&mut conditions, &applications(choices));
    }
    for part in [clients, platforms, risks, flows, devices] {
        if choices.percent(15) {
            merge(&mut conditions, &part(choices));
        }
    }
    if choices.percent(20) {
        merge(&mut conditions, &networks(choices, known));
    }
    conditions
}

/// Conditions that cover together, or nearly, what the whole covers.
fn parts_of(choices: &mut Choices, known: &Known, whole: &Value, depth: usize) -> Vec<Value> {
    if depth == 0 || !choices.percent(55) {
        return vec![whole.clone()];
    }
    let (one, other) = two_halves(choices, known);
    let mut parts = Vec::new();
    for half in [one, other] {
        let mut part = whole.clone();
        merge(&mut part, &half);
        parts.extend(parts_of(choices, known, &part, depth - 1));
    }
    parts
}

fn users(choices: &mut Choices, known: &Known) -> Value {
    let mut users = match choices.below(10) {
        0..=4 => json!({"includeUsers": ["All"]}),
        5 => json!({"includeUsers": [], "includeRoles": choices.some(&ROLES)}),
        6 => json!({"includeUsers": ["GuestsOrExternalUsers"]}),
        7 => json!({"includeUsers": [], "includeGuestsOrExternalUsers": guest_term(choices)}),
        8 => json!({"includeUsers": ["None"]}),
        _ => json!({"includeUsers": choices.some(&known.users)}),
    };
    if choices.percent(30) && !known.groups.is_empty() {
        users["includeGroups"] = choices.some(&known.groups).into();
    }
    json!({"users": users})
}

fn exclusion(choices: &mut Choices, known: &Known) -> Value {
    let users = match choices.below(5) {
        0 => json!({"excludeUsers": choices.few(&known.users, 2)}),
        1 => json!({"excludeGroups": choices.few(&known.groups, 2)}),
        2 => json!({"excludeRoles": choices.few(&ROLES, 2)}),
        3 => json!({"excludeUsers": ["GuestsOrExternalUsers"]}),
        _ => json!({"excludeGuestsOrExternalUsers": guest_term(choices)}),
    };
    json!({"users": users})
}

fn guest_term(choices: &mut Choices) -> Value {
    let kinds = choices.some(&GUEST_KINDS).join(",");
    let organizations: Option<&[usize]> =
        choices.one(&[None, Some(&[1]), Some(&[1, 2]), Some(&[3])]);
    guests(&kinds, organizations)
}

fn applications(choices: &mut Choices) -> Value {
    let mut applications = match choices.below(9) {
        0..=2 => json!({"includeApplications": ["All"]}),
        3 => json!({"includeApplications": choices.some(&SUITES)}),
        4 => json!({"includeApplications": choices.some(&APPS)}),
        5 => json!({
            "includeApplications": choices.one(&[vec!["None"], vec![], vec![CANTEEN]]),
            "applicationFilter": {"mode": "include", "rule": application_rule(choices)},
        }),
        6 => json!({
            "includeApplications": ["All"],
            "applicationFilter": {"mode": "exclude", "rule": application_rule(choices)},
        }),
        7 => json!({"includeApplications": choices.one(&[vec!["None"], vec![]])}),
        _ => json!({"includeApplications": [], "includeUserActions":
            [choices.one(&["urn:user:registersecurityinfo", "urn:user:registerdevice"])]}),
    };
    if choices.percent(40) {
        applications["excludeApplications"] =
            if choices.percent(40) { choices.few(&SUITES, 2) } else { choices.few(&APPS, 3) }
                .into();
    }
    json!({"applications": applications})
}

fn application_rule(choices: &mut Choices) -> String {
    rule(choices, |choices| {
        if choices.percent(25) {
            let operator = choices.one(&["-contains", "-notContains"]);
            let tag = choices.one(&["web", "old", "we"]);
            return format!(r#"CustomSecurityAttribute.Zone_Tags {operator} "{tag}""#);
        }
        let tier = ["low", "high", "highest", "hi"];
        comparison(choices, "CustomSecurityAttribute.Zone_Tier", &tier)
    })
}

fn device_rule(choices: &mut Choices) -> String {
    rule(choices, |choices| match choices.below(7) {
        0 => {
            let operator = choices.one(&["-eq", "-ne"]);
            format!("device.isCompliant {operator} {}", choices.one(&["True", "False"]))
        }
        1 => comparison_of(choices, "device.trustType", &["ServerAD", "AzureAD", "Workplace"], 4),
        2 => {
            let operator = choices.one(&["-contains", "-notContains"]);
            let label = choices.one(&["M365Managed", "MultiUser"]);
            format!(r#"device.systemLabels {operator} "{label}""#)
        }
        3 => comparison_of(choices, "device.deviceOwnership", &["Company", "Personal"], 4),
        4 => comparison(choices, "device.displayName", &["PAW-", "kiosk", "paw-1"]),
        _ => comparison(choices, "device.extensionAttribute1", &["PAW", "VIP", "aw"]),
    })
}

/// A rule of one to three comparisons.
fn rule(choices: &mut Choices, comparison: impl Fn(&mut Choices) -> String) -> String {
    let mut rule = comparison(choices);
    for _ in 0..choices.below(10) / 4 {
        let operator = choices.one(&["-and", "-or"]);
        let next = comparison(choices);
        rule = match choices.below(3) {
            0 => format!("{rule} {operator} {next}"),
            1 => format!("({rule}) {operator} -not ({next})"),
            _ => format!("-not ({rule} {operator} {next})"),
        };
    }
    rule
}

/// Any operator on strings.
fn comparison(choices: &mut Choices, attribute: &str, values: &[&str]) -> String {
    comparison_of(choices, attribute, values, 10)
}

/// One of the first so many operators: equality and lists, then parts of strings.
fn comparison_of(
    choices: &mut Choices,
    attribute: &str,
    values: &[&str],
    operators: usize,
) -> String {
    let all = [
        "-eq",
        "-ne",
        "-in",
        "-notIn",
        "-startsWith",
        "-notStartsWith",
        "-endsWith",
        "-notEndsWith",
        "-contains",
        "-notContains",
    ];
    let operator = choices.one(&all[..operators]);
    if operator == "-in" || operator == "-notIn" {
        let list = choices.some(values).join("\", \"");
        format!("{attribute} {operator} [\"{list}\"]")
    } else {
        format!("{attribute} {operator} \"{}\"", choices.one(values))
    }
}

const MODERN: [&str; 2] = ["browser", "mobileAppsAndDesktopClients"];

fn clients(choices: &mut Choices) -> Value {
    let all = [MODERN[0], MODERN[1], "exchangeActiveSync", "easSupported", "other"];
    let types = match choices.below(5) {
        0 => vec![],
        1 => MODERN.to_vec(),
        2 => vec!["exchangeActiveSync", "other"],
        _ => choices.some(&all),
    };
    json!({"clientAppTypes": types})
}

fn platforms(choices: &mut Choices) -> Value {
    let names = ["android", "iOS", "windows", "macOS", "linux", "windowsPhone"];
    let some = choices.some(&names);
    let include = choices.one(&[vec!["all"], names[..5].to_vec(), some]);
    let exclude = if choices.percent(60) { choices.few(&names, 3) } else { vec![] };
    json!({"platforms": {"includePlatforms": include, "excludePlatforms": exclude}})
}

fn risks(choices: &mut Choices) -> Value {
    let levels = ["high", "medium", "low", "none"];
    match choices.below(3) {
        0 => json!({"signInRiskLevels": choices.some(&levels)}),
        1 => json!({"userRiskLevels": choices.some(&levels)}),
        _ => {
            let levels = choices.some(&["elevated", "moderate", "minor"]);
            json!({"insiderRiskLevels": levels.join(",")})
        }
    }
}

fn flows(choices: &mut Choices) -> Value {
    let methods = choices.some(&["deviceCodeFlow", "authenticationTransfer"]).join(",");
    json!({"authenticationFlows": {"transferMethods": methods}})
}

fn devices(choices: &mut Choices) -> Value {
    let mode = choices.one(&["exclude", "include"]);
    device_filter(mode, &device_rule(choices))
}

fn networks(choices: &mut Choices, known: &Known) -> Value {
    let terms = location_terms(known);
    let include = if choices.percent(40) { choices.some(&terms) } else { vec!["All".to_owned()] };
    let exclude = choices.few(&terms, 2);
    json!({"locations": {"includeLocations": include, "excludeLocations": exclude}})
}

fn location_terms(known: &Known) -> Vec<String> {
    let mut terms =
        vec!["AllTrusted".to_owned(), "00000000-0000-0000-0000-000000000000".to_owned()];
    terms.extend(known.locations.iter().cloned());
    terms
}

/// Two conditions that leave nothing, or nearly nothing, outside both.
fn two_halves(choices: &mut Choices, known: &Known) -> (Value, Value) {
    match choices.below(9) {
        0 => {
            let names = choices.some(&["windows", "macOS", "linux", "iOS", "android"]);
            let platforms = |include: &[&str], exclude: &[&str]| json!({"platforms": {"includePlatforms": include, "excludePlatforms": exclude}});
            (platforms(&names, &[]), platforms(&["all"], &names))
        }
        1 => (
            json!({"clientAppTypes": MODERN}),
            json!({"clientAppTypes":
                [choices.one(&["exchangeActiveSync", "easSupported"]), "other"]}),
        ),
        2 => {
            let term = choices.one(&location_terms(known));
            let locations = |include: &str, exclude: &[&str]| json!({"locations": {"includeLocations": [include], "excludeLocations": exclude}});
            (locations(&term, &[]), locations("All", &[&term]))
        }
        3 => {
            let part = choices.one(&["signInRiskLevels", "userRiskLevels"]);
            (json!({part: ["none"]}), json!({part: ["low", "medium", "high"]}))
        }
        4 => {
            let suite = choices.one(&SUITES);
            let applications = |include: &str, exclude: &[&str]| {
                json!({"applications":
                    {"includeApplications": [include], "excludeApplications": exclude}})
            };
            (applications(suite, &[]), applications("All", &[suite]))
        }
        5 => {
            let rule = application_rule(choices);
            let filter = |include: &str, mode: &str| {
                json!({"applications": {
                    "includeApplications": [include],
                    "applicationFilter": {"mode": mode, "rule": rule},
                }})
            };
            (filter("None", "include"), filter("All", "exclude"))
        }
        6 => {
            let rule = device_rule(choices);
            (device_filter("include", &rule), device_filter("exclude", &rule))
        }
        7 if !known.groups.is_empty() => {
            let group = choices.one(&known.groups);
            (
                json!({"users": {"includeUsers": [], "includeGroups": [group]}}),
                json!({"users": {"includeUsers": ["All"], "excludeGroups": [group]}}),
            )
        }
        _ => {
            let guests = guest_term(choices);
            (
                json!({"users": {"includeUsers": [], "includeGuestsOrExternalUsers": guests}}),
                json!({"users": {
                    "includeUsers": ["All"], "excludeGuestsOrExternalUsers": guests,
                }}),
            )
        }
    }
}

fn grant(choices: &mut Choices, known: &Known) -> Value {
    let terms = "7e550000-0000-4000-8000-000000000001";
    match choices.below(25) {
        0..=6 => one_of(&["mfa"]),
        7..=9 => one_of(&["block"]),
        10 => one_of(&["mfa", "compliantDevice"]),
        11 => all_of(&["mfa", "compliantDevice"]),
        12 => one_of(&["compliantDevice", "domainJoinedDevice"]),
        13 => one_of(&["approvedApplication", "compliantApplication"]),
        14 => one_of(&["block", "mfa"]),
        15 => all_of(&["mfa", "passwordChange"]),
        16 => {
            json!({"operator": choices.one(&["OR", "AND"]), "builtInControls": ["mfa"],
                "termsOfUse": [terms]})
        }
        17 => choices.one(&[Value::Null, json!({"termsOfUse": [terms]}), one_of(&[])]),
        18 => json!({"customAuthenticationFactors": ["ours"]}),
        19 => json!({
            "operator": "AND",
            "builtInControls": ["riskRemediation"],
            "authenticationStrength": some_strength(choices, known),
        }),
        20 => json!({
            "operator": choices.one(&["OR", "AND"]),
            "builtInControls": [choices.one(&["compliantDevice", "domainJoinedDevice"])],
            "authenticationStrength": some_strength(choices, known),
        }),
        21 | 22 => json!({"authenticationStrength": {"id": PHISHING_RESISTANT_STRENGTH}}),
        _ => json!({"authenticationStrength": some_strength(choices, known)}),
    }
}

/// A strength as Graph expands it, or by its id alone.
fn some_strength(choices: &mut Choices, known: &Known) -> Value {
    let mut strength = choices.one(&known.strengths);
    if choices.percent(30) {
        strength = json!({"id": strength["id"]});
    }
    strength
}
