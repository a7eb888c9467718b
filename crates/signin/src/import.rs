//! Tenants written for tests of Conditional Access: `ca-tenant/1`.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Collected, Collector, Data, Dataset, Id, Snapshot, TenantInfo, Timestamp, Unavailable,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::compile::network::{COMPLIANT_NETWORK, MFA_TRUSTED};

/// The format's name and version.
const FORMAT: &str = "ca-tenant/1";

/// A file that is no tenant.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not JSON, or not of the shape; the cause tells line and column.
    #[error("not a valid {FORMAT} file")]
    Json(#[from] serde_json::Error),
    /// JSON of another format.
    #[error("expected a file of the format {FORMAT:?}, found {0}")]
    Format(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Whether the text is, by its own word, a file of the format.
pub fn is_ca_tenant(json: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        format: Option<String>,
    }
    serde_json::from_str::<Head>(json).is_ok_and(|head| head.format.as_deref() == Some(FORMAT))
}

/// A snapshot of a tenant in the format `ca-tenant/1`: what Graph returns, one array a collection,
/// and beside it what Graph does not give. Such a tenant is complete: a collection that is absent is
/// empty, and so are a group and a named location that a policy names and the file does not have.
/// Without `appGroups`, suites have the members that are built in here.
///
/// # Errors
///
/// When the text is not JSON or of another format.
pub fn ca_tenant(json: &str) -> Result<Snapshot, ImportError> {
    let mut file: File = serde_json::from_str(json)?;
    match file.rest.remove("format") {
        Some(Value::String(format)) if format == FORMAT => {}
        Some(found) => return Err(ImportError::Format(format!("{found:.60}"))),
        None => return Err(ImportError::Format("a file without a \"format\" member".to_owned())),
    }
    let mut take = |key: &str| file.rest.remove(key).filter(|value| !value.is_null());
    let policies = take("conditionalAccessPolicies").unwrap_or_else(|| json!([]));
    let users = users(take("users"));
    let groups = take("groups").unwrap_or_else(|| json!([]));
    let members = group_members(take("groupMembers"), &groups, &users, &policies);
    let locations = named_locations(take("namedLocations"), &policies);
    let mut datasets = BTreeMap::new();
    let mut put = |data: Data, records: Value| -> Result<(), ImportError> {
        let records = if records.is_array() { records } else { Value::Array(vec![records]) };
        let list = records.as_array().map(Vec::as_slice).unwrap_or_default();
        let collected = Collected::new("import of a ca-tenant/1 file", list)?;
        datasets.insert(data.name().to_owned(), Dataset::Collected(collected));
        Ok(())
    };
    put(Data::Users, users)?;
    put(Data::Groups, groups)?;
    put(Data::GroupMembers, members)?;
    put(Data::NamedLocations, locations)?;
    put(Data::ConditionalAccessPolicies, policies)?;
    for (key, data) in [
        ("authenticationStrengthPolicies", Data::AuthenticationStrengthPolicies),
        ("roleDefinitions", Data::RoleDefinitions),
        ("roleAssignmentScheduleInstances", Data::RoleAssignmentScheduleInstances),
        ("roleEligibilityScheduleInstances", Data::RoleEligibilityScheduleInstances),
    ] {
        put(data, take(key).unwrap_or_else(|| json!([])))?;
    }
    put(Data::ServicePrincipals, service_principals(take("servicePrincipals")))?;
    let defaults = take("identitySecurityDefaultsEnforcementPolicy");
    put(Data::SecurityDefaults, defaults.unwrap_or_else(|| json!({"isEnabled": false})))?;
    put(Data::CrossTenantAccessPolicy, cross_tenant(take("crossTenantAccessPolicy")))?;
    let settings = take("mfaServiceSettings").unwrap_or_else(|| json!({}));
    put(Data::MfaServiceSettings, settings)?;
    put(
        Data::UserAuthenticationRequirements,
        by_key(
            take("userAuthenticationRequirements"),
            |user, requirement| json!({ "userId": user, "perUserMfaState": requirement.get("perUserMfaState") }),
        ),
    )?;
    put(
        Data::UserHomeTenants,
        by_key(
            take("userHomeTenants"),
            |user, home| json!({ "userId": user, "homeTenantId": home }),
        ),
    )?;
    match take("appGroups") {
        Some(groups) => put(
            Data::ApplicationGroups,
            by_key(Some(groups), |suite, members| json!({ "id": suite, "members": members })),
        )?,
        None => drop(datasets.insert(
            Data::ApplicationGroups.name().to_owned(),
            Dataset::Unavailable(Unavailable::not_collected("the file has no appGroups")),
        )),
    }
    Ok(Snapshot {
        tenant: TenantInfo {
            id: Id::from("00000000-0000-0000-0000-000000000000"),
            display_name: file.name,
            ..TenantInfo::default()
        },
        taken_at: Timestamp::UNIX_EPOCH,
        collector: Collector { name: FORMAT.to_owned(), version: String::new() },
        datasets,
        other: BTreeMap::default(),
    })
}

/// A record for each member of an object.
fn by_key(value: Option<Value>, record: impl Fn(&str, &Value) -> Value) -> Value {
    let Some(Value::Object(members)) = value else { return json!([]) };
    members.iter().map(|(key, value)| record(key, value)).collect()
}

/// Accounts that say neither are enabled members.
fn users(value: Option<Value>) -> Value {
    let mut users = value.unwrap_or_else(|| json!([]));
    for user in users.as_array_mut().into_iter().flatten() {
        for (name, default) in [("accountEnabled", json!(true)), ("userType", json!("Member"))] {
            if user.get(name).is_none_or(Value::is_null)
                && let Some(user) = user.as_object_mut()
            {
                user.insert(name.to_owned(), default);
            }
        }
    }
    users
}

/// The words of a list in the conditions of every policy, in lower case.
fn named_in(policies: &Value, pointers: [&str; 2]) -> Vec<String> {
    let policies = policies.as_array().into_iter().flatten();
    policies
        .flat_map(|policy| pointers.map(|pointer| policy.pointer(pointer)))
        .filter_map(|list| list?.as_array())
        .flatten()
        .filter_map(|word| Some(word.as_str()?.to_ascii_lowercase()))
        .collect()
}

/// The locations, and an empty one for each id that is named and not there.
fn named_locations(value: Option<Value>, policies: &Value) -> Value {
    let mut locations = value.unwrap_or_else(|| json!([]));
    let lists =
        ["/conditions/locations/includeLocations", "/conditions/locations/excludeLocations"];
    let mut known: BTreeSet<String> =
        ["all", "alltrusted", MFA_TRUSTED, COMPLIANT_NETWORK].map(str::to_owned).into();
    known.extend(ids(&locations));
    let missing: BTreeSet<String> =
        named_in(policies, lists).into_iter().filter(|id| !known.contains(id)).collect();
    if let Some(list) = locations.as_array_mut() {
        list.extend(missing.into_iter().map(|id| {
            json!({ "@odata.type": "#microsoft.graph.ipNamedLocation", "id": id, "ipRanges": [] })
        }));
    }
    locations
}

/// The ids of a list of objects, in lower case.
fn ids(list: &Value) -> Vec<String> {
    let each = list.as_array().into_iter().flatten();
    each.filter_map(|item| Some(item.get("id")?.as_str()?.to_ascii_lowercase())).collect()
}

/// A record for each group: direct members that are users or groups.
fn group_members(value: Option<Value>, groups: &Value, users: &Value, policies: &Value) -> Value {
    let users: BTreeSet<String> = ids(users).into_iter().collect();
    let lists = ["/conditions/users/includeGroups", "/conditions/users/excludeGroups"];
    let named = named_in(policies, lists);
    let mut of: BTreeMap<String, Vec<String>> =
        ids(groups).into_iter().chain(named).map(|group| (group, Vec::new())).collect();
    if let Some(Value::Object(members)) = value {
        for (group, members) in members {
            let list = of.entry(group.to_ascii_lowercase()).or_default();
            for member in members.as_array().into_iter().flatten() {
                let kind = member.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
                let id = member.as_str().or_else(|| member.get("id")?.as_str());
                let Some(id) = id.map(str::to_ascii_lowercase) else { continue };
                let counts = match kind.rsplit('.').next() {
                    Some("user") => users.contains(&id),
                    Some("group" | "") | None => true,
                    Some(_) => false,
                };
                if counts {
                    list.push(id);
                }
            }
        }
    }
    of.into_iter()
        .map(|(group, members)| {
            json!({ "groupId": group, "memberIds": members, "transitive": false })
        })
        .collect()
}

/// Attributes that are absent are none in this format.
fn service_principals(value: Option<Value>) -> Value {
    let mut principals = value.unwrap_or_else(|| json!([]));
    for principal in principals.as_array_mut().into_iter().flatten() {
        if let Some(principal) = principal.as_object_mut() {
            principal.entry("customSecurityAttributes").or_insert(Value::Null);
        }
    }
    principals
}

/// The default with the partners beside it, as snapshots have it.
fn cross_tenant(value: Option<Value>) -> Value {
    let Some(Value::Object(mut settings)) = value else {
        return json!({ "isServiceDefault": true });
    };
    let partners = settings.remove("partners").unwrap_or_else(|| json!([]));
    let mut policy = match settings.remove("default") {
        Some(Value::Object(default)) => default,
        _ => settings,
    };
    policy.insert("partners".to_owned(), partners);
    Value::Object(policy)
}
