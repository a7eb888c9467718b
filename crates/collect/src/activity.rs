//! Last sign-in times: ten requests a minute for the application over all of its tenants, so only
//! those that controls need are asked for.

use std::collections::BTreeSet;

use futures::future::join_all;
use model::{
    Data, Id, RoleAssignment, RoleAssignmentScheduleInstance, RoleEligibilityScheduleInstance,
    UnavailableReason,
};
use serde::Deserialize;
use tokio::time::Instant;

use crate::client::Bucket;
use crate::endpoints::Service;
use crate::fault::Kind;
use crate::graph::List;
use crate::records::Records;
use crate::scan::{Outcome, Problem, Read, Scan};

/// Accounts on a page of the list.
const PAGE: usize = 500;

/// What of a user tells whether its last sign-in matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: Id,
    #[serde(default)]
    user_principal_name: Option<String>,
    #[serde(default, rename = "accountEnabled")]
    enabled: Option<bool>,
    #[serde(default)]
    assigned_licenses: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    group_id: Id,
    member_ids: Vec<Id>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Eligible {
    group_id: Id,
    principal_id: Id,
}

impl Scan<'_> {
    /// The last sign-ins of the accounts that controls need, one request each; `None` when the
    /// whole list takes no more requests. An error when neither fits into the time that is left.
    pub(crate) async fn sign_in_activity(&self, left: &Records) -> Option<Outcome> {
        if left.pages > 0 {
            return None;
        }
        let users = self.records(Data::Users).await?;
        let requests = users.len().div_ceil(PAGE);
        let chosen = if requests > 1 { self.matters(users, requests).await } else { None };
        let least = chosen.as_ref().map_or(requests, BTreeSet::len);
        let takes = self.client.limits.sign_in_activity.time_for(least);
        let time_left = self.client.deadline.saturating_duration_since(Instant::now());
        if takes >= time_left {
            let detail = format!(
                "not asked: it takes {least} requests, of which the application may make few a minute \
                 for all of its tenants together, and {} seconds are left for this one",
                time_left.as_secs()
            );
            return Some(Err(Problem::Unasked(UnavailableReason::Throttled, detail)));
        }
        let chosen = chosen?;
        let mut records = self.ask_each(&chosen).await;
        if let Ok(records) = &mut records {
            records.notes.push(format!(
                "asked for {} of {} accounts: those with a role or a part in the profile{}",
                chosen.len(),
                users.len(),
                if self.needs_unlicensed().await { ", and those without a license" } else { "" }
            ));
        }
        Some(records)
    }

    /// The accounts whose last sign-in some control needs; `None` when they are not fewer than
    /// `most`, or cannot be told.
    async fn matters(&self, users: &Records, most: usize) -> Option<BTreeSet<Id>> {
        let principals = self.role_holders().await?;
        let accounts = &self.request.profile.accounts;
        let declared = [&accounts.emergency, &accounts.service, &accounts.synchronization];
        let declared: BTreeSet<String> =
            declared.into_iter().flatten().map(|name| name.to_ascii_lowercase()).collect();
        let needs_unlicensed = self.needs_unlicensed().await;
        let mut chosen = BTreeSet::new();
        let visited = users.visit(|account: Account| {
            let name = account.user_principal_name.unwrap_or_default().to_ascii_lowercase();
            let is_unlicensed = account.enabled != Some(false)
                && account.assigned_licenses.is_some_and(|licenses| licenses.is_empty());
            let matters = principals.contains(&account.id)
                || declared.contains(&name)
                || declared.contains(account.id.as_str())
                || (needs_unlicensed && is_unlicensed);
            if matters && chosen.len() < most {
                chosen.insert(account.id);
            }
        });
        visited.ok()?;
        (chosen.len() < most).then_some(chosen)
    }

    /// Where mailbox types are not known, an account without a license is told from a person by
    /// its last sign-in.
    async fn needs_unlicensed(&self) -> bool {
        matches!(self.dataset(Data::ExchangeMailboxes).await, Some(Read::Unavailable(_)))
    }

    /// Whoever holds a role: directly, through a group, or when activated.
    async fn role_holders(&self) -> Option<BTreeSet<Id>> {
        let assigned = self.typed::<RoleAssignment>(Data::RoleAssignments).await?;
        let mut holders: BTreeSet<Id> = assigned.into_iter().map(|it| it.principal_id).collect();
        let active = Data::RoleAssignmentScheduleInstances;
        let active = self.typed::<RoleAssignmentScheduleInstance>(active).await.unwrap_or_default();
        holders.extend(active.into_iter().map(|it| it.principal_id));
        let eligible = Data::RoleEligibilityScheduleInstances;
        let eligible =
            self.typed::<RoleEligibilityScheduleInstance>(eligible).await.unwrap_or_default();
        holders.extend(eligible.into_iter().map(|it| it.principal_id));
        let joining = self.typed::<Eligible>(Data::GroupEligibilityScheduleInstances).await;
        let joining = joining.unwrap_or_default();
        // Groups hold roles too, and groups are in groups: until nobody new is found.
        loop {
            let before = holders.len();
            for join in &joining {
                if holders.contains(&join.group_id) {
                    holders.insert(join.principal_id.clone());
                }
            }
            if let Some(groups) = self.records(Data::GroupMembers).await {
                let visited = groups.visit(|group: Members| {
                    if holders.contains(&group.group_id) {
                        holders.extend(group.member_ids);
                    }
                });
                visited.ok()?;
            }
            if holders.len() == before {
                return Some(holders);
            }
        }
    }

    async fn ask_each(&self, accounts: &BTreeSet<Id>) -> Outcome {
        let asked = accounts.iter().map(|id| async move {
            let path = format!("/v1.0/users/{id}?$select=id,signInActivity");
            let list =
                List { service: Service::Graph, bucket: Bucket::SignInActivity, path: &path };
            self.client.object(list).await
        });
        let mut all = Records::new();
        for answer in join_all(asked).await {
            match answer {
                Ok(record) => all.join(&record),
                // Deleted since the users were read.
                Err(fault) if fault.kind == Kind::Missing => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(all)
    }
}
