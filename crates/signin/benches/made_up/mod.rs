//! Made-up tenants of any size: the same size gives the same tenant.

use std::collections::BTreeMap;

use model::{Collected, Collector, Data, Dataset, Snapshot, TenantInfo, Timestamp};
use serde_json::{Value, json};

const DEPARTMENTS: usize = 24;
const EXCEPTIONS: usize = 16;

const ROLES: [&str; 6] = [
    "62e90394-69f5-4237-9190-012177145e10",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
];

const APPS: [&str; 6] = [
    "Office365",
    "MicrosoftAdminPortals",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "00000003-0000-0ff1-ce00-000000000000",
    "a9900000-0000-4000-8000-000000000001",
    "a9900000-0000-4000-8000-000000000002",
];

/// Small numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

fn id(kind: usize, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

fn user(number: usize) -> String {
    // Spread over the whole range, as real ids are.
    let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{:08x}-{:04x}-4000-8000-{number:012x}", mixed >> 32, mixed & 0xffff)
}

fn group(number: usize) -> String {
    id(0xb, number)
}

struct Builder {
    datasets: BTreeMap<String, Dataset>,
}

impl Builder {
    fn put(&mut self, data: Data, records: &[Value]) {
        let collected = Collected::new("made up", records).unwrap();
        self.datasets.insert(data.name().to_owned(), Dataset::Collected(collected));
    }
}

/// Departments, exceptions, administrators and guests, under policies of the usual kinds.
pub(crate) fn realistic(accounts: usize, policies: usize) -> Snapshot {
    let mut dice = Dice(1);
    let policies: Vec<Value> =
        (0..policies).map(|number| usual_policy(number, &mut dice)).collect();
    snapshot(accounts, &policies)
}

/// Policies that have nothing to do with each other: the hard case.
pub(crate) fn unrelated(accounts: usize, policies: usize) -> Snapshot {
    let mut dice = Dice(2);
    let policies: Vec<Value> =
        (0..policies).map(|number| random_policy(number, &mut dice)).collect();
    snapshot(accounts, &policies)
}

/// Policies for everyone that each leave a little open in every dimension.
pub(crate) fn interlocking(accounts: usize, policies: usize) -> Snapshot {
    let mut dice = Dice(4);
    let policies: Vec<Value> = (0..policies)
        .map(|number| {
            let most = |dice: &mut Dice, all: &[&str]| -> Vec<String> {
                let left_out = dice.roll(all.len());
                let each = all.iter().enumerate().filter(|(number, _)| *number != left_out);
                each.map(|(_, word)| (*word).to_owned()).collect()
            };
            let levels = ["none", "low", "medium", "high"];
            let apps: Vec<String> =
                (0..40).filter(|_| dice.roll(8) == 0).map(|app| id(0xa, app)).collect();
            let places: Vec<String> =
                (0..12).filter(|_| dice.roll(6) == 0).map(|place| id(0xc, place)).collect();
            let conditions = json!({
                "users": {"includeUsers": ["All"]},
                "applications": {"includeApplications": ["All"], "excludeApplications": apps},
                "platforms": {
                    "includePlatforms": ["all"],
                    "excludePlatforms": [dice.pick(&["windows", "macOS", "iOS", "android", "linux"])],
                },
                "clientAppTypes":
                    most(&mut dice, &["browser", "mobileAppsAndDesktopClients", "other"]),
                "locations": {"includeLocations": ["All"], "excludeLocations": places},
                "signInRiskLevels": most(&mut dice, &levels),
                "userRiskLevels": most(&mut dice, &levels),
                "insiderRiskLevels": match dice.roll(3) {
                    0 => json!("minor,moderate,elevated"),
                    _ => Value::Null,
                },
                "devices": {"deviceFilter": {
                    "mode": "exclude",
                    "rule": format!("device.extensionAttribute{} -eq \"A\"", 1 + dice.roll(8)),
                }},
            });
            policy(number, &conditions, &asks(&["mfa"]))
        })
        .collect();
    snapshot(accounts, &policies)
}

fn snapshot(accounts: usize, policies: &[Value]) -> Snapshot {
    let mut builder = Builder { datasets: BTreeMap::new() };
    let users: Vec<Value> = (0..accounts)
        .map(|number| {
            let guest = number % 10 == 9;
            let name = if guest {
                format!("person{number}_partner.example#EXT#@contoso.example")
            } else {
                format!("person{number}@contoso.example")
            };
            json!({
                "id": user(number),
                "displayName": format!("Person {number}"),
                "userPrincipalName": name,
                "userType": if guest { "Guest" } else { "Member" },
                "accountEnabled": number % 50 != 49,
            })
        })
        .collect();
    builder.put(Data::Users, &users);

    // Departments divide people, three of them lie within another; exceptions are a few people
    // each; everybody is in one group of all.
    let mut members: Vec<Value> = Vec::new();
    let mut dice = Dice(3);
    for number in 0..DEPARTMENTS {
        let mut ids: Vec<String> =
            (0..accounts).filter(|account| account % DEPARTMENTS == number).map(user).collect();
        if number < 3 {
            ids.push(group(number + 3));
        }
        members.push(json!({"groupId": group(number), "memberIds": ids, "transitive": false}));
    }
    for number in 0..EXCEPTIONS {
        let size = 5 + accounts / 2000;
        let ids: Vec<String> = (0..size).map(|_| user(dice.roll(accounts))).collect();
        let number = DEPARTMENTS + number;
        members.push(json!({"groupId": group(number), "memberIds": ids, "transitive": false}));
    }
    let everybody: Vec<String> = (0..accounts).map(user).collect();
    let all = DEPARTMENTS + EXCEPTIONS;
    members.push(json!({"groupId": group(all), "memberIds": everybody, "transitive": true}));
    let groups: Vec<Value> = (0..=all)
        .map(|number| json!({"id": group(number), "displayName": format!("group {number}")}))
        .collect();
    builder.put(Data::Groups, &groups);
    builder.put(Data::GroupMembers, &members);

    let definitions: Vec<Value> = ROLES
        .iter()
        .map(|role| json!({"id": role, "templateId": role, "isBuiltIn": true}))
        .collect();
    builder.put(Data::RoleDefinitions, &definitions);
    let assignments: Vec<Value> = (0..(accounts / 500).max(6))
        .map(|number| {
            json!({
                "principalId": user(number * 7 % accounts),
                "roleDefinitionId": ROLES[number % ROLES.len()],
                "directoryScopeId": "/",
                "assignmentType": "Assigned",
            })
        })
        .collect();
    builder.put(Data::RoleAssignmentScheduleInstances, &assignments);
    builder.put(Data::RoleEligibilityScheduleInstances, &[]);

    let locations: Vec<Value> = (0..12)
        .map(|number| {
            json!({
                "@odata.type": "#microsoft.graph.ipNamedLocation",
                "id": id(0xc, number),
                "displayName": format!("office {number}"),
                "isTrusted": number % 2 == 0,
                "ipRanges": [{"cidrAddress": format!("203.0.{}.0/24", 100 + number)}],
            })
        })
        .chain([json!({
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": id(0xc, 12),
            "displayName": "countries",
            "countriesAndRegions": ["DE", "AT", "CH"],
        })])
        .collect();
    builder.put(Data::NamedLocations, &locations);
    builder.put(Data::ConditionalAccessPolicies, policies);
    builder.put(Data::AuthenticationStrengthPolicies, &[]);
    builder.put(Data::SecurityDefaults, &[json!({"isEnabled": false})]);
    builder.put(Data::MfaServiceSettings, &[json!({"trustedIps": []})]);
    builder.put(Data::CrossTenantAccessPolicy, &[json!({"isServiceDefault": true})]);
    builder.put(Data::UserAuthenticationRequirements, &[]);
    builder.put(Data::ServicePrincipals, &[]);
    Snapshot {
        tenant: TenantInfo::default(),
        taken_at: Timestamp::UNIX_EPOCH,
        collector: Collector::default(),
        datasets: builder.datasets,
        other: BTreeMap::new(),
    }
}

fn policy(number: usize, conditions: &Value, grant: &Value) -> Value {
    let mut whole = json!({
        "users": {"includeUsers": ["All"], "excludeGroups": [group(DEPARTMENTS)]},
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
    });
    for (key, value) in conditions.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({
        "id": id(0xe, number),
        "displayName": format!("policy {number}"),
        "state": if number % 10 == 9 { "enabledForReportingButNotEnforced" } else { "enabled" },
        "conditions": whole,
        "grantControls": grant,
    })
}

fn asks(controls: &[&str]) -> Value {
    json!({"operator": "OR", "builtInControls": controls})
}

/// The kinds of policies that tenants have, over and over for other departments.
fn usual_policy(number: usize, dice: &mut Dice) -> Value {
    let department = group(dice.roll(DEPARTMENTS));
    let exception = group(DEPARTMENTS + 1 + dice.roll(EXCEPTIONS - 1));
    let of_department =
        json!({"includeUsers": [], "includeGroups": [department], "excludeGroups": [exception]});
    let everyone_but =
        json!({"includeUsers": ["All"], "excludeGroups": [group(DEPARTMENTS), exception]});
    let (conditions, grant) = match number % 15 {
        0 => (json!({"users": everyone_but}), asks(&["mfa"])),
        1 => (
            json!({"clientAppTypes": ["exchangeActiveSync", "other"], "users": everyone_but}),
            asks(&["block"]),
        ),
        2 => (
            json!({"users": {"includeUsers": [], "includeRoles": ROLES}}),
            json!({"operator": "OR", "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}}),
        ),
        3 => (json!({"users": {"includeUsers": ["GuestsOrExternalUsers"]}}), asks(&["mfa"])),
        4 => (
            json!({"users": of_department, "applications": {"includeApplications": [dice.pick(&APPS)]}}),
            asks(&["compliantDevice", "domainJoinedDevice"]),
        ),
        5 => (json!({"signInRiskLevels": ["high", "medium"]}), asks(&["mfa"])),
        6 => (
            json!({"userRiskLevels": ["high"]}),
            json!({"operator": "AND", "builtInControls": ["mfa", "passwordChange"]}),
        ),
        7 => (
            json!({"authenticationFlows": {"transferMethods": "deviceCodeFlow"}, "users": everyone_but}),
            asks(&["block"]),
        ),
        8 => (
            json!({"locations": {"includeLocations": ["All"], "excludeLocations": [id(0xc, 12)]}, "users": of_department}),
            asks(&["block"]),
        ),
        9 => (
            json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows", "macOS", "iOS", "android"]}}),
            asks(&["block"]),
        ),
        10 => (
            json!({"users": of_department, "platforms": {"includePlatforms": ["iOS", "android"]}, "applications": {"includeApplications": ["Office365"]}}),
            asks(&["approvedApplication", "compliantApplication"]),
        ),
        11 => (
            json!({"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}, "users": of_department}),
            asks(&["mfa"]),
        ),
        12 => (
            json!({"users": of_department, "devices": {"deviceFilter": {"mode": "exclude", "rule": format!("device.extensionAttribute{} -eq \"PAW\"", 1 + dice.roll(2))}}, "applications": {"includeApplications": ["MicrosoftAdminPortals"]}}),
            asks(&["block"]),
        ),
        13 => (
            json!({"users": of_department, "applications": {"includeApplications": [dice.pick(&APPS)], "excludeApplications": [APPS[3]]}}),
            asks(&["mfa"]),
        ),
        _ => (
            json!({"applications": {"includeApplications": [], "includeUserActions": ["urn:user:registersecurityinfo"]}, "locations": {"includeLocations": ["All"], "excludeLocations": [id(0xc, dice.roll(12))]}}),
            asks(&["mfa"]),
        ),
    };
    policy(number, &conditions, &grant)
}

/// Every condition at random.
fn random_policy(number: usize, dice: &mut Dice) -> Value {
    let users = json!({
        "includeUsers": if dice.roll(3) == 0 { vec!["All"] } else { vec![] },
        "includeGroups": [group(dice.roll(DEPARTMENTS)), group(dice.roll(DEPARTMENTS))],
        "excludeGroups": [group(DEPARTMENTS + dice.roll(EXCEPTIONS))],
    });
    let mut conditions = json!({"users": users});
    if dice.roll(2) == 0 {
        conditions["applications"] = json!({"includeApplications": [dice.pick(&APPS)]});
    } else {
        conditions["applications"] =
            json!({"includeApplications": ["All"], "excludeApplications": [dice.pick(&APPS)]});
    }
    if dice.roll(3) == 0 {
        let all = ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"];
        conditions["clientAppTypes"] = json!([dice.pick(&all), dice.pick(&all)]);
    }
    if dice.roll(3) == 0 {
        let all = ["windows", "macOS", "iOS", "android", "linux"];
        let named = [dice.pick(&all), dice.pick(&all), dice.pick(&all)];
        conditions["platforms"] = if dice.roll(2) == 0 {
            json!({"includePlatforms": named})
        } else {
            json!({"includePlatforms": ["all"], "excludePlatforms": named})
        };
    }
    if dice.roll(3) == 0 {
        let places = [id(0xc, dice.roll(13)), id(0xc, dice.roll(13))];
        conditions["locations"] = if dice.roll(2) == 0 {
            json!({"includeLocations": places})
        } else {
            json!({"includeLocations": ["All"], "excludeLocations": places})
        };
    }
    let levels = ["none", "low", "medium", "high"];
    if dice.roll(5) == 0 {
        conditions["signInRiskLevels"] = json!([dice.pick(&levels), dice.pick(&levels)]);
    }
    if dice.roll(5) == 0 {
        conditions["userRiskLevels"] = json!([dice.pick(&levels), dice.pick(&levels)]);
    }
    if dice.roll(5) == 0 {
        let rule = format!(
            "device.extensionAttribute{} -startsWith \"{}\"",
            1 + dice.roll(3),
            dice.pick(&["A", "AB", "B"]),
        );
        conditions["devices"] =
            json!({"deviceFilter": {"mode": dice.pick(&["include", "exclude"]), "rule": rule}});
    }
    let grants = [
        asks(&["mfa"]),
        asks(&["mfa"]),
        asks(&["block"]),
        asks(&["mfa", "compliantDevice"]),
        asks(&["compliantDevice"]),
    ];
    policy(number, &conditions, &dice.pick(&grants))
}
