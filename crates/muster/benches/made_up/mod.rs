//! A tenant of any size: the accounts of a snapshot, over and over with other ids and names.

use std::collections::BTreeSet;

use model::{Data, Dataset, Snapshot};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// Datasets with a record for each account, and the member that holds the account's id.
const PER_ACCOUNT: [(Data, &str); 8] = [
    (Data::Users, "id"),
    (Data::SignInActivity, "id"),
    (Data::UserRegistrationDetails, "id"),
    (Data::UserAuthenticationRequirements, "userId"),
    (Data::ExchangeMailboxes, "ExternalDirectoryObjectId"),
    (Data::ExchangeCasMailboxes, "ExternalDirectoryObjectId"),
    (Data::ExchangeUsers, "ExternalDirectoryObjectId"),
    (Data::ExchangeMailboxAuditBypassAssociations, "ExternalDirectoryObjectId"),
];

/// The snapshot as JSON with every account that many times, groups and mailboxes with them. Copies
/// hold no roles.
pub(crate) fn enlarged(snapshot: &[u8], times: usize) -> Vec<u8> {
    let mut snapshot = Snapshot::read(snapshot).expect("a snapshot");
    let mut accounts = BTreeSet::new();
    for (data, member) in PER_ACCOUNT {
        let Some(records) = records(&mut snapshot, data) else { continue };
        let mut all: Vec<Box<RawValue>> = serde_json::from_str(records.get()).expect("records");
        for number in 0..all.len() {
            let text = all.get(number).expect("a record").get().to_owned();
            let record: Value = serde_json::from_str(&text).expect("a record");
            let Some(id) = record.get(member).and_then(Value::as_str) else { continue };
            accounts.insert(id.to_owned());
            for copy in 1..times {
                let text = text
                    .replace(id, &another(id, copy))
                    .replace('@', &format!(".{copy}@"))
                    .replace("\"Identity\":\"", &format!("\"Identity\":\"{copy}."));
                all.push(RawValue::from_string(text).expect("JSON"));
            }
        }
        *records = to_raw_value(&all).expect("JSON");
    }
    if let Some(records) = records(&mut snapshot, Data::GroupMembers) {
        let mut groups: Vec<Value> = serde_json::from_str(records.get()).expect("groups");
        for group in &mut groups {
            let Some(members) = group.get_mut("memberIds").and_then(Value::as_array_mut) else {
                continue;
            };
            let people: Vec<String> =
                members.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            for id in people.iter().filter(|id| accounts.contains(*id)) {
                members.extend((1..times).map(|copy| json!(another(id, copy))));
            }
        }
        *records = to_raw_value(&groups).expect("JSON");
    }
    snapshot.to_json().expect("JSON")
}

fn records(snapshot: &mut Snapshot, data: Data) -> Option<&mut Box<RawValue>> {
    match snapshot.datasets.get_mut(data.name())? {
        Dataset::Collected(collected) => Some(&mut collected.records),
        Dataset::Unavailable(_) => None,
    }
}

/// The id of a copy: spread over the whole range, as real ids are.
fn another(id: &str, copy: usize) -> String {
    let mixed = id.bytes().fold(copy as u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:08x}-{}", mixed >> 32, id.split_once('-').map_or("", |(_, rest)| rest))
}
