//! What single accounts have.

use std::collections::BTreeSet;

use model::{
    Data, ExchangeUser, GroupMembers, Id, Plan, RoleAssignment, RoleEligibilityScheduleInstance,
    UnavailableReason, User,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::is_plain;
use crate::fault::{Fault, Kind};
use crate::recipes::License;
use crate::records::{Records, quoted};
use crate::scan::{Outcome, Problem, Scan};

impl Scan<'_> {
    /// Per-user MFA of the enabled members.
    pub(super) async fn per_user_mfa(&self) -> Outcome {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Requirement {
            #[serde(default)]
            per_user_mfa_state: Option<Box<RawValue>>,
        }
        let Some(users) = self.records(Data::Users).await else {
            let detail = "not asked: the users could not be read".to_owned();
            return Err(Problem::Unasked(UnavailableReason::NotCollected, detail));
        };
        let most = self.client.limits.per_user_mfa_accounts;
        let mut members = BTreeSet::new();
        let mut count = 0;
        users.visit(|user: User| {
            if user.is_enabled() && !user.is_guest() && is_plain(&user.id) {
                count += 1;
                if members.len() <= most {
                    members.insert(user.id);
                }
            }
        })?;
        if members.len() > most {
            let detail = format!(
                "not asked: it takes a request for each of {count} accounts, and the limit is {most}"
            );
            return Err(Problem::Unasked(UnavailableReason::NotCollected, detail));
        }
        let paths: Vec<_> =
            members.iter().map(|id| format!("/users/{id}/authentication/requirements")).collect();
        let mut all = Records::new();
        let batch = self.client.batch("beta", &paths).await;
        all.request_ids = batch.request_ids;
        for (id, answer) in members.iter().zip(batch.answers) {
            let answer = match answer {
                Ok(answer) => answer,
                // Deleted since the list of users was read.
                Err(fault) if fault.kind == Kind::Missing => continue,
                Err(fault) => return Err(fault.into()),
            };
            let requirement: Requirement = serde_json::from_str(&answer).map_err(|_| {
                Fault::new(Kind::Failed, "the answer on per-user MFA has an unexpected shape")
            })?;
            let state = requirement.per_user_mfa_state;
            let state = state.as_ref().map_or("null", |state| state.get());
            all.push(&format!(r#"{{"userId":{},"perUserMfaState":{state}}}"#, quoted(id)));
        }
        all.pages = u32::try_from(members.len().div_ceil(20)).unwrap_or(u32::MAX);
        Ok(all)
    }

    /// Registered methods of the accounts that nothing else tells about: emergency access accounts,
    /// and where there is no registration report those who hold roles and priority accounts.
    pub(super) async fn registered_methods(&self) -> Outcome {
        let declared = &self.request.profile.accounts;
        let mut names: BTreeSet<Id> =
            declared.emergency.iter().map(|name| Id::from(name.as_str())).collect();
        let mut others = BTreeSet::new();
        if self.owns(License::Plan(Plan::EntraIdP1)).await == Some(false) {
            let holders = self.all::<RoleAssignment>(Data::RoleAssignments).await;
            let holders = holders.into_iter().map(|assignment| assignment.principal_id);
            let eligible =
                self.all::<RoleEligibilityScheduleInstance>(Data::RoleEligibilityScheduleInstances);
            let holders = holders.chain(eligible.await.into_iter().map(|it| it.principal_id));
            let tagged = self.all::<ExchangeUser>(Data::ExchangeVipUsers).await;
            let tagged = tagged.into_iter().filter_map(|it| it.external_directory_object_id);
            others = holders.chain(tagged).collect();
            if let Some(groups) = self.records(Data::GroupMembers).await {
                groups.visit(|group: GroupMembers| {
                    if others.contains(&group.group_id) {
                        others.extend(group.member_ids);
                    }
                })?;
            }
            names.extend(declared.priority.iter().map(|name| Id::from(name.as_str())));
        }
        let mut accounts = BTreeSet::new();
        if let Some(users) = self.records(Data::Users).await {
            users.visit(|user: Known| {
                let name = Id::from(user.user_principal_name.unwrap_or_default());
                let is_named = names.remove(&user.id) | names.remove(&name);
                if is_named || others.contains(&user.id) {
                    accounts.insert(user.id);
                }
            })?;
        }
        let (unlisted, unknown): (Vec<_>, Vec<_>) = names.into_iter().partition(is_plain);
        accounts.extend(unlisted);
        let notes = unknown.iter().map(|name| format!("no account {name}")).collect();
        accounts.retain(is_plain);
        if accounts.is_empty() {
            let detail = "not asked: the profile declares no emergency access account that exists, \
                          and the registration report tells about all others";
            return Err(Problem::Unasked(UnavailableReason::NotCollected, detail.to_owned()));
        }
        let paths: Vec<_> =
            accounts.iter().map(|id| format!("/users/{id}/authentication/methods")).collect();
        let mut all = Records::new();
        all.notes = notes;
        let lists = self.client.lists("v1.0", &paths).await;
        all.request_ids = lists.request_ids;
        for (id, methods) in accounts.iter().zip(lists.answers) {
            match methods {
                Ok(methods) => {
                    all.pages += methods.pages;
                    let (id, methods) = (quoted(id), methods.to_json());
                    all.push(&format!(r#"{{"userId":{id},"methods":{methods}}}"#));
                }
                Err(fault) if fault.kind == Kind::Missing => {
                    all.notes.push(format!("no account {id}"));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(all)
    }
}

/// What tells whether an account is one of those that are named.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    id: Id,
    #[serde(default)]
    user_principal_name: Option<String>,
}
