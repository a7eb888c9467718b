//! The sample tenants do not contradict themselves.

#![expect(
    clippy::unwrap_used,
    reason = "the functions that the tests share may fail as loudly as the tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use simulator::Tenant;

/// What the stories of the samples say is gone: users and groups that policies still name.
const DANGLING: &[(&str, usize)] = &[("greyloch-valves", 1), ("kestrel-row", 2)];

/// Assignments that the stories say were made outside Privileged Identity Management.
const OUTSIDE_PIM: &[(&str, usize)] = &[("greyloch-valves", 1)];

const P1: &[&str] =
    &["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"];
const P2: &[&str] = &["eec0eb4f-6444-4f95-aba0-50c24d67f998"];
const DEFENDER: &[&str] = &["f20fedf3-f3c3-43c3-8267-2bfdd51c0939"];
const MAILBOX: &[&str] =
    &["9aaf7827-d63c-4b61-89c3-182f06f82e5c", "efb87545-963c-4e0d-99df-69c6916d9eb0"];

struct Sample {
    name: String,
    folder: PathBuf,
}

impl Sample {
    fn read(&self, dataset: &str) -> Vec<Value> {
        let path = self.folder.join(format!("{dataset}.json"));
        std::fs::read_to_string(path)
            .map_or(Vec::new(), |text| serde_json::from_str(&text).unwrap())
    }

    fn has_any(&self, plans: &[&str]) -> bool {
        self.read("subscribedSkus").iter().any(|sku| {
            list(sku, "/servicePlans").any(|plan| plans.contains(&text(plan, "/servicePlanId")))
        })
    }

    fn ids(&self, dataset: &str) -> BTreeSet<String> {
        self.read(dataset).iter().map(|row| text(row, "/id").to_owned()).collect()
    }
}

fn all() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/tenants");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|folder| Sample {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            folder,
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(samples.len() >= 6);
    samples
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn texts<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> {
    list(value, pointer).filter_map(Value::as_str)
}

fn is_guid(id: &str) -> bool {
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && id
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[test]
fn built_in_samples_are_those_of_the_folder() {
    let built_in: Vec<_> =
        simulator::samples().unwrap().iter().map(|it| it.name().to_owned()).collect();
    let stored: Vec<_> = all().into_iter().map(|sample| sample.name).collect();
    assert_eq!(built_in, stored);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/tenants");
    let read: Vec<_> =
        Tenant::read_all(&folder).unwrap().iter().map(|it| it.id().to_owned()).collect();
    let ids: BTreeSet<_> =
        simulator::samples().unwrap().iter().map(|it| it.id().to_owned()).collect();
    assert_eq!(ids, read.into_iter().collect());
}

#[test]
fn a_sample_is_small() {
    for sample in all() {
        let size: u64 = std::fs::read_dir(&sample.folder)
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(size < 300_000, "{}: {size} bytes", sample.name);
    }
}

#[test]
fn names_are_invented() {
    for sample in all() {
        for user in sample.read("users") {
            for member in ["/userPrincipalName", "/mail"] {
                let address = text(&user, member);
                let known = [".example", ".onmicrosoft.com"];
                assert!(
                    address.is_empty() || known.iter().any(|end| address.ends_with(end)),
                    "{address}"
                );
            }
        }
    }
}

#[test]
fn ids_are_guids_and_unique() {
    for sample in all() {
        let mut seen = BTreeSet::new();
        for dataset in ["users", "groups", "servicePrincipals", "applications", "namedLocations"] {
            for row in sample.read(dataset) {
                let id = text(&row, "/id").to_owned();
                assert!(is_guid(&id), "{}/{dataset}: {id}", sample.name);
                assert!(seen.insert(id.clone()), "{}/{dataset}: {id} twice", sample.name);
            }
        }
    }
}

#[test]
fn members_and_assignments_point_at_something() {
    for sample in all() {
        let mut objects = sample.ids("users");
        objects.extend(sample.ids("groups"));
        objects.extend(sample.ids("servicePrincipals"));
        for row in sample.read("groupMembers") {
            assert!(objects.contains(text(&row, "/groupId")), "{}", sample.name);
            for member in texts(&row, "/memberIds") {
                assert!(objects.contains(member), "{}: member {member}", sample.name);
            }
        }
        for row in sample.read("roleAssignments") {
            let foreign = row.get("principalOrganizationId").is_some();
            let principal = text(&row, "/principalId");
            assert_ne!(foreign, objects.contains(principal), "{}: {principal}", sample.name);
        }
        for row in sample.read("roleEligibilityScheduleInstances") {
            assert!(objects.contains(text(&row, "/principalId")), "{}", sample.name);
        }
        for row in sample.read("appRoleAssignments") {
            for member in ["/principalId", "/resourceId"] {
                assert!(objects.contains(text(&row, member)), "{}: {member}", sample.name);
            }
        }
        for dataset in ["signInActivity", "userRegistrationDetails", "riskyUsers"] {
            assert!(sample.ids(dataset).is_subset(&objects), "{}/{dataset}", sample.name);
        }
    }
}

#[test]
fn policies_name_what_exists_but_for_the_stories() {
    for sample in all() {
        let (users, groups) = (sample.ids("users"), sample.ids("groups"));
        let locations = sample.ids("namedLocations");
        let words = ["All", "None", "GuestsOrExternalUsers", "AllTrusted"];
        let mut dangling = BTreeSet::new();
        for policy in sample.read("conditionalAccessPolicies") {
            for (side, known) in [
                ("/conditions/users/includeUsers", &users),
                ("/conditions/users/excludeUsers", &users),
                ("/conditions/users/includeGroups", &groups),
                ("/conditions/users/excludeGroups", &groups),
                ("/conditions/locations/includeLocations", &locations),
                ("/conditions/locations/excludeLocations", &locations),
            ] {
                for id in texts(&policy, side).filter(|id| !words.contains(id)) {
                    if !known.contains(id) {
                        dangling.insert(id.to_owned());
                    }
                }
            }
        }
        let told = DANGLING.iter().find(|(name, _)| *name == sample.name).map_or(0, |told| told.1);
        assert_eq!(dangling.len(), told, "{}: {dangling:?}", sample.name);
    }
}

#[test]
fn licenses_and_data_agree() {
    for sample in all() {
        let rows = |dataset: &str| sample.read(dataset).len();
        let name = &sample.name;
        let skus: BTreeSet<_> = sample
            .read("subscribedSkus")
            .iter()
            .map(|sku| text(sku, "/skuId").to_owned())
            .collect();
        for user in sample.read("users") {
            for license in list(&user, "/assignedLicenses") {
                assert!(skus.contains(text(license, "/skuId")), "{name}");
            }
        }
        if sample.has_any(P2) {
            let standing = sample.ids("roleAssignments");
            let scheduled = sample.ids("roleAssignmentScheduleInstances");
            let told =
                OUTSIDE_PIM.iter().find(|(name, _)| *name == sample.name).map_or(0, |it| it.1);
            assert_eq!(standing.difference(&scheduled).count(), told, "{name}");
            assert!(scheduled.is_subset(&standing), "{name}");
        } else {
            for dataset in [
                "roleAssignmentScheduleInstances",
                "roleEligibilityScheduleInstances",
                "riskyUsers",
            ] {
                assert_eq!(rows(dataset), 0, "{name}/{dataset}");
            }
        }
        let enabled: BTreeSet<_> = sample
            .read("users")
            .iter()
            .filter(|user| user["accountEnabled"] == true)
            .map(|user| text(user, "/id").to_owned())
            .collect();
        if sample.has_any(P1) {
            assert_eq!(sample.ids("userRegistrationDetails"), enabled, "{name}");
        } else {
            assert_eq!(
                rows("userRegistrationDetails") + rows("signInActivity") + rows("signIns"),
                0,
                "{name}"
            );
            assert_eq!(rows("conditionalAccessPolicies"), 0, "{name}");
        }
        if sample.has_any(DEFENDER) {
            assert_eq!(
                rows("exchangeEopProtectionPolicyRules"),
                rows("exchangeAtpProtectionPolicyRules"),
                "{name}"
            );
        } else {
            assert_eq!(
                rows("exchangeAtpProtectionPolicyRules") + rows("exchangeSafeLinksPolicies"),
                0,
                "{name}"
            );
        }
        // Custom policies and security defaults exclude each other.
        let policies = sample.read("conditionalAccessPolicies");
        let enforced = policies.iter().any(|policy| policy["state"] == "enabled");
        let defaults = sample.read("identitySecurityDefaultsEnforcementPolicy");
        assert_ne!(defaults[0]["isEnabled"] == true, enforced, "{name}");
    }
}

#[test]
fn a_mailbox_is_a_mailbox_everywhere() {
    for sample in all() {
        let of = |dataset: &str| -> BTreeSet<String> {
            let rows = sample.read(dataset);
            rows.iter().map(|row| text(row, "/ExternalDirectoryObjectId").to_owned()).collect()
        };
        let mailboxes = of("exchangeMailboxes");
        assert_eq!(mailboxes, of("exchangeCasMailboxes"), "{}", sample.name);
        assert!(mailboxes.is_subset(&of("exchangeUsers")), "{}", sample.name);
        let licensed = sample.read("users").into_iter().filter(|user| {
            list(user, "/assignedPlans").any(|plan| MAILBOX.contains(&text(plan, "/servicePlanId")))
        });
        for user in licensed {
            assert!(
                mailboxes.contains(text(&user, "/id")),
                "{}: {}",
                sample.name,
                text(&user, "/displayName")
            );
        }
        // A preset rule names policies that are there.
        let names: BTreeSet<_> =
            ["AntiPhish", "HostedContentFilter", "MalwareFilter", "SafeLinks", "SafeAttachment"]
                .iter()
                .flat_map(|kind| sample.read(&format!("exchange{kind}Policies")))
                .map(|policy| text(&policy, "/Name").to_owned())
                .collect();
        for dataset in ["exchangeEopProtectionPolicyRules", "exchangeAtpProtectionPolicyRules"] {
            for rule in sample.read(dataset) {
                let members = rule.as_object().unwrap();
                for (_, policy) in members.iter().filter(|(name, _)| name.ends_with("Policy")) {
                    assert!(names.contains(policy.as_str().unwrap()), "{}: {policy}", sample.name);
                }
            }
        }
    }
}

#[test]
fn profiles_name_accounts_that_exist() {
    for sample in all() {
        let profile: toml::Table =
            std::fs::read_to_string(sample.folder.join("tenant.toml")).unwrap().parse().unwrap();
        let organization = sample.read("organization");
        assert_eq!(profile["tenant"]["id"].as_str(), organization[0]["id"].as_str());
        assert_eq!(profile["tenant"]["name"].as_str(), organization[0]["displayName"].as_str());
        let mut known = sample.ids("users");
        known.extend(
            sample.read("users").iter().map(|user| text(user, "/userPrincipalName").to_owned()),
        );
        for kind in ["emergency", "service", "priority", "synchronization", "smtp-auth"] {
            let accounts = profile["accounts"].get(kind).and_then(toml::Value::as_array);
            for account in accounts.into_iter().flatten().filter_map(toml::Value::as_str) {
                assert!(known.contains(account), "{}: {kind} {account}", sample.name);
            }
        }
    }
}

#[test]
fn what_the_token_grants_is_what_the_tenant_shows() {
    for sample in all() {
        let settings: toml::Table =
            std::fs::read_to_string(sample.folder.join("simulator.toml")).unwrap().parse().unwrap();
        let principals = sample.read("servicePrincipals");
        let app = settings["app-id"].as_str().unwrap();
        let find = |app: &str| principals.iter().find(|it| text(it, "/appId") == app).unwrap();
        let scanner = text(find(app), "/id");
        let roles: BTreeMap<_, _> = list(find("00000003-0000-0000-c000-000000000000"), "/appRoles")
            .map(|role| (text(role, "/id"), text(role, "/value")))
            .collect();
        let assignments = sample.read("appRoleAssignments");
        let shown: BTreeSet<_> = assignments
            .iter()
            .filter(|row| text(row, "/principalId") == scanner)
            .filter_map(|row| roles.get(text(row, "/appRoleId")).copied())
            .collect();
        match settings.get("graph-permissions").and_then(toml::Value::as_array) {
            Some(granted) => {
                assert_eq!(
                    shown,
                    granted.iter().filter_map(toml::Value::as_str).collect(),
                    "{}",
                    sample.name
                );
            }
            None => assert_eq!(shown.len(), 23, "{}", sample.name),
        }
        let held: BTreeSet<_> = sample
            .read("roleAssignments")
            .iter()
            .filter(|row| text(row, "/principalId") == scanner)
            .map(|row| text(row, "/roleDefinitionId").to_owned())
            .collect();
        let granted = settings.get("directory-roles").and_then(toml::Value::as_array);
        let granted = granted.map_or_else(
            || ["f2ef992c-3afb-46b9-b7cf-a126ee74c451".to_owned()].into(),
            |roles| roles.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect(),
        );
        assert_eq!(held, granted, "{}", sample.name);
    }
}
