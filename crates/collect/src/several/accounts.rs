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
        let Some(users) = self.typed::<User>(Data::Users).await else {
            let detail = "not asked: the users could not be read".to_owned();
            return Err(Problem::Unasked(UnavailableReason::NotCollected, detail));
        };
        let members: BTreeSet<Id> = users
            .into_iter()
            .filter(|user| user.is_enabled() && !user.is_guest() && is_plain(&user.id))
            .map(|user| user.id)
            .collect();
        let most = self.client.limits.per_user_mfa_accounts;
        if members.len() > most {
            let detail = format!(
                "not asked: it takes a request for each of {} accounts, and the limit is {most}",
                members.len()
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
        let users = self.all::<User>(Data::Users).await;
        let declared = &self.request.profile.accounts;
        let mut notes = Vec::new();
        let mut accounts = named(&users, &declared.emergency, &mut notes);
        if self.owns(License::Plan(Plan::EntraIdP1)).await == Some(false) {
            let people: BTreeSet<_> = users.iter().map(|user| &user.id).collect();
            let holders = self.all::<RoleAssignment>(Data::RoleAssignments).await;
            let holders = holders.into_iter().map(|assignment| assignment.principal_id);
            let eligible =
                self.all::<RoleEligibilityScheduleInstance>(Data::RoleEligibilityScheduleInstances);
            let holders = holders.chain(eligible.await.into_iter().map(|it| it.principal_id));
            let tagged = self.all::<ExchangeUser>(Data::ExchangeVipUsers).await;
            let tagged = tagged.into_iter().filter_map(|it| it.external_directory_object_id);
            let mut others: BTreeSet<Id> = holders.chain(tagged).collect();
            for group in self.all::<GroupMembers>(Data::GroupMembers).await {
                if others.contains(&group.group_id) {
                    others.extend(group.member_ids);
                }
            }
            accounts.extend(others.into_iter().filter(|id| people.contains(id)));
            accounts.extend(named(&users, &declared.priority, &mut notes));
        }
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

/// The ids of the accounts that a profile names by id or user principal name. An id that no user
/// has is asked for all the same: the list of users may be missing.
fn named(users: &[User], declared: &[String], notes: &mut Vec<String>) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for name in declared {
        let name = Id::from(name.as_str());
        let is_it =
            |user: &&User| user.id == name || user.user_principal_name.eq_ignore_ascii_case(&name);
        match users.iter().find(is_it) {
            Some(user) => drop(found.insert(user.id.clone())),
            None if is_plain(&name) => drop(found.insert(name)),
            None => notes.push(format!("no account {name}")),
        }
    }
    found
}
