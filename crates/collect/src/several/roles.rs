//! Directory roles, and groups that people can activate.

use std::collections::{BTreeMap, BTreeSet};

use model::{ConditionalAccessPolicy, Data, Group, Id, RoleAssignment};
use serde::Deserialize;

use super::{is_plain, kind_of};
use crate::fault::Kind;
use crate::graph::List;
use crate::recipes::{License, ROLE_DEFINITIONS};
use crate::records::{Records, with_members};
use crate::scan::{Outcome, Problem, Scan};

impl Scan<'_> {
    /// The role definitions, with the label that only beta has.
    pub(super) async fn role_definitions(&self) -> Outcome {
        #[derive(Deserialize)]
        struct Known {
            id: Id,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Label {
            id: Id,
            is_privileged: Option<bool>,
        }
        let roles = List::of(ROLE_DEFINITIONS);
        let labels =
            List::of("/beta/roleManagement/directory/roleDefinitions?$select=id,isPrivileged");
        let (roles, labels) = futures::join!(self.client.list(roles), self.client.list(labels));
        let roles = roles?;
        let mut all = Records::new();
        all.credit(&roles);
        let labels = match labels.and_then(|labels| {
            all.credit(&labels);
            labels.parse::<Label>()
        }) {
            Ok(labels) => labels,
            Err(fault) => {
                all.notes.push(format!("members that only beta has: {fault}"));
                Vec::new()
            }
        };
        let labels: BTreeMap<_, _> =
            labels.into_iter().filter_map(|it| Some((it.id, it.is_privileged?))).collect();
        for record in roles.each() {
            let known = serde_json::from_str::<Known>(&record).ok();
            match known.and_then(|known| labels.get(&known.id)) {
                Some(label) => {
                    all.push(&with_members(&record, &[("isPrivileged", &label.to_string())]));
                }
                None => {
                    all.push(&record);
                }
            }
        }
        Ok(all)
    }

    /// Eligible memberships of the groups that hold roles or are left out of Conditional Access.
    pub(super) async fn group_eligibility(&self) -> Outcome {
        let mut groups = BTreeSet::new();
        for policy in self.all::<ConditionalAccessPolicy>(Data::ConditionalAccessPolicies).await {
            groups.extend(policy.conditions.users.into_iter().flat_map(|it| it.exclude_groups));
        }
        for assignment in self.all::<RoleAssignment>(Data::RoleAssignments).await {
            if kind_of(assignment.principal.as_ref()) == Some("group") {
                groups.insert(assignment.principal_id);
            }
        }
        let referred = self.all::<Group>(Data::Groups).await.into_iter();
        let assignable = referred.filter(|group| group.is_assignable_to_role == Some(true));
        groups.extend(assignable.map(|group| group.id));
        groups.retain(is_plain);
        if groups.is_empty() && self.owns(License::Pim).await == Some(false) {
            return Err(Problem::unlicensed(Some(License::Pim)));
        }
        let paths: Vec<_> = groups
            .iter()
            .map(|id| {
                format!(
                    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances\
                     ?$filter=groupId%20eq%20%27{id}%27"
                )
            })
            .collect();
        let mut all = Records::new();
        let lists = self.client.lists("v1.0", &paths).await;
        all.request_ids = lists.request_ids;
        for list in lists.answers {
            match list {
                Ok(list) => all.join(&list),
                Err(fault) if fault.kind == Kind::Missing => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(all)
    }
}
