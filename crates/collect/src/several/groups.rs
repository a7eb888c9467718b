//! The groups that other datasets refer to, and who is in them.

use std::collections::{BTreeSet, HashSet};

use model::Id;

use super::each_id;
use super::references::Found;
use crate::fault::{Fault, Kind};
use crate::recipes::GROUP_SELECT;
use crate::records::{Records, quoted, quoted_list, with_members};
use crate::scan::{Outcome, Problem, Scan};

/// Members of a group on a page.
const MEMBERS: &str = "/members?$select=id&$top=999";

impl Scan<'_> {
    /// The groups that other datasets refer to, with their owners. A group that is gone has no
    /// record.
    pub(super) async fn groups(&self) -> Outcome {
        let mut found = self.resolve_groups().await?;
        let owner_paths: Vec<_> =
            found.records.iter().map(|(id, _)| format!("/groups/{id}/owners?$select=id")).collect();
        let owners = self.client.lists("v1.0", &owner_paths).await;
        let mut all = Records::new();
        all.pages = found.pages;
        all.request_ids.append(&mut found.request_ids);
        all.request_ids.extend(owners.request_ids);
        for ((id, record), owners) in found.records.iter().zip(owners.answers) {
            let ids = owners.and_then(|owners| {
                all.pages += owners.pages;
                let mut ids = Vec::new();
                each_id(&owners, |id, _| ids.push(id))?;
                Ok(ids)
            });
            match ids {
                Ok(ids) => {
                    let ids = quoted_list(ids.iter().map(Id::as_str));
                    all.push(&with_members(record, &[("ownerIds", &ids)]));
                }
                Err(fault) => {
                    all.notes.push(format!("owners of {id}: {fault}"));
                    all.push(record);
                }
            }
        }
        Ok(all)
    }

    /// The direct members of the groups that other datasets refer to, and of the groups among them.
    pub(super) async fn group_members(&self) -> Outcome {
        let references = self.group_references().await;
        let by_name = self.groups_by_name().await.as_ref().map_err(Clone::clone)?;
        let mut asked: HashSet<Id> = HashSet::new();
        let mut next: BTreeSet<Id> = by_name.records.iter().map(|(id, _)| id.clone()).collect();
        next.extend(references.certain.iter().cloned());
        let maybe: BTreeSet<Id> = references.maybe.difference(&next).cloned().collect();
        next.extend(maybe.iter().cloned());
        let mut all = Records::new();
        while !next.is_empty() {
            let ids: Vec<Id> = std::mem::take(&mut next).into_iter().collect();
            asked.extend(ids.iter().cloned());
            let paths: Vec<_> = ids.iter().map(|id| format!("/groups/{id}{MEMBERS}")).collect();
            let lists = self.client.lists("v1.0", &paths).await;
            let total = lists.answers.len();
            all.request_ids.extend(lists.request_ids);
            let mut denied = Vec::new();
            for (id, list) in ids.iter().zip(lists.answers) {
                let groups = match list {
                    Ok(list) => {
                        all.pages += list.pages;
                        push_members(&mut all, id, Some(&list))?
                    }
                    // Somebody with a role, or the like, who is no group.
                    Err(fault) if fault.kind == Kind::Missing && maybe.contains(id) => continue,
                    // A group that is gone has no members: that is an answer too.
                    Err(fault) if fault.kind == Kind::Missing => {
                        push_members(&mut all, id, None)?;
                        continue;
                    }
                    // One group's members may be hidden.
                    Err(fault) if fault.kind == Kind::Denied => {
                        denied.push((id, fault));
                        continue;
                    }
                    Err(fault) => return Err(fault.into()),
                };
                next.extend(groups.into_iter().filter(|id| !asked.contains(id)));
            }
            if denied.len() == total
                && let Some((_, fault)) = denied.pop()
            {
                return Err(fault.into());
            }
            for (id, fault) in denied {
                all.notes.push(format!("members of {id}: {fault} (Member.Read.Hidden)"));
            }
        }
        Ok(all)
    }

    /// The groups that other datasets refer to, as they are.
    async fn resolve_groups(&self) -> Result<Found, Problem> {
        let references = self.group_references().await;
        let mut found = self.groups_by_name().await.clone()?;
        let known: BTreeSet<_> = found.records.iter().map(|(id, _)| id.clone()).collect();
        let ids: Vec<&Id> =
            references.certain.union(&references.maybe).filter(|id| !known.contains(*id)).collect();
        let paths: Vec<_> =
            ids.iter().map(|id| format!("/groups/{id}?$select={GROUP_SELECT}")).collect();
        let batch = self.client.batch("v1.0", &paths).await;
        found.request_ids.extend(batch.request_ids);
        for (id, answer) in ids.into_iter().zip(batch.answers) {
            match answer {
                Ok(record) => {
                    found.pages += 1;
                    found.records.push((id.clone(), record));
                }
                Err(fault) if fault.kind == Kind::Missing => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        found.records.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }
}

/// The record of one group's members, and which of them are groups. `notFound` marks a group that
/// Adds the record of one group's members, and which of them are groups; returns these. A group
/// that is gone has none, and `notFound`.
fn push_members(
    all: &mut Records,
    group: &Id,
    members: Option<&Records>,
) -> Result<BTreeSet<Id>, Fault> {
    let mut groups = BTreeSet::new();
    all.open();
    // Piece by piece: a group may have every account of the tenant.
    all.piece(&format!(r#"{{"groupId":{},"memberIds":["#, quoted(group)));
    if let Some(members) = members {
        let mut comma = "";
        each_id(members, |id, is_group| {
            all.piece(comma);
            all.piece(&quoted(&id));
            comma = ",";
            if is_group {
                groups.insert(id);
            }
        })?;
    }
    let list = quoted_list(groups.iter().map(Id::as_str));
    let gone = if members.is_none() { r#","notFound":true"# } else { "" };
    all.piece(&format!(r#"],"transitive":false,"groupIds":{list}{gone}}}"#));
    Ok(groups)
}
