//! Which groups other datasets refer to.

use std::collections::BTreeSet;

use model::{
    AdminConsentRequestPolicy, AuthenticationMethodsPolicy, ConditionalAccessPolicy, Data, Id,
    ProtectionRule, RoleAssignment, RoleAssignmentScheduleInstance,
    RoleEligibilityScheduleInstance, RoleManagementPolicyAssignment,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{is_plain, kind_of};
use crate::fault::Fault;
use crate::recipes::GROUP_SELECT;
use crate::scan::Scan;

/// The rules of mail policies, which name groups by address, display name or id.
const MAIL_RULES: [Data; 9] = [
    Data::ExchangeEopProtectionPolicyRules,
    Data::ExchangeAtpProtectionPolicyRules,
    Data::ExchangeAtpBuiltInProtectionRules,
    Data::ExchangeAntiPhishRules,
    Data::ExchangeHostedContentFilterRules,
    Data::ExchangeHostedOutboundSpamFilterRules,
    Data::ExchangeMalwareFilterRules,
    Data::ExchangeSafeLinksRules,
    Data::ExchangeSafeAttachmentRules,
];

impl Scan<'_> {
    /// The groups that mail rules name by address or display name.
    pub(super) async fn groups_by_name(&self) -> &Result<Found, Fault> {
        let found = self.by_mail.get_or_init(|| async {
            let references = self.group_references().await;
            self.find_by_name(&references.names).await
        });
        found.await
    }

    async fn find_by_name(&self, names: &BTreeSet<String>) -> Result<Found, Fault> {
        #[derive(Deserialize)]
        struct Known {
            id: Id,
        }
        let paths: Vec<_> = names
            .iter()
            .map(|name| {
                let member = if name.contains('@') { "mail" } else { "displayName" };
                let literal = name.replace('\'', "''");
                let literal = utf8_percent_encode(&literal, NON_ALPHANUMERIC);
                format!("/groups?$filter={member}%20eq%20%27{literal}%27&$select={GROUP_SELECT}")
            })
            .collect();
        let lists = self.client.lists("v1.0", &paths).await;
        let request_ids = lists.request_ids;
        let mut found = Found { records: Vec::new(), pages: 0, request_ids };
        let mut known = BTreeSet::new();
        for list in lists.answers {
            let list = list?;
            found.pages += list.pages;
            for record in list.each() {
                let id = serde_json::from_str::<Known>(&record).ok().map(|it| it.id);
                if let Some(id) = id.filter(|id| is_plain(id) && known.insert(id.clone())) {
                    found.records.push((id, record));
                }
            }
        }
        Ok(found)
    }

    /// The groups that the datasets of this run refer to.
    pub(super) async fn group_references(&self) -> &References {
        self.references.get_or_init(|| self.find_references()).await
    }

    async fn find_references(&self) -> References {
        #[derive(Deserialize)]
        struct Known {
            id: Id,
        }
        let mut references = References::default();
        for policy in self.all::<ConditionalAccessPolicy>(Data::ConditionalAccessPolicies).await {
            if let Some(users) = policy.conditions.users {
                references.certain.extend(users.include_groups);
                references.certain.extend(users.exclude_groups);
            }
        }
        let policies = self.all::<AuthenticationMethodsPolicy>(Data::AuthenticationMethodsPolicy);
        for policy in policies.await {
            for method in policy.authentication_method_configurations {
                let targets = method.include_targets.into_iter().chain(method.exclude_targets);
                references.certain.extend(targets.filter_map(|target| target.id));
            }
        }
        let settings =
            self.all::<RoleManagementPolicyAssignment>(Data::RoleManagementPolicyAssignments);
        for rule in settings.await.into_iter().filter_map(|it| it.policy).flat_map(|it| it.rules) {
            let stages = rule.setting.map(|setting| setting.approval_stages).unwrap_or_default();
            let approvers = stages.into_iter().flat_map(|stage| stage.primary_approvers);
            references.certain.extend(approvers.filter_map(|approver| approver.group_id));
        }
        let mut others: BTreeSet<Id> = BTreeSet::new();
        for assignment in self.all::<RoleAssignment>(Data::RoleAssignments).await {
            match kind_of(assignment.principal.as_ref()) {
                Some("group") => drop(references.certain.insert(assignment.principal_id)),
                Some(_) => drop(others.insert(assignment.principal_id)),
                None => drop(references.maybe.insert(assignment.principal_id)),
            }
        }
        // Privileged Identity Management does not say what kind of object holds a role.
        let active =
            self.all::<RoleAssignmentScheduleInstance>(Data::RoleAssignmentScheduleInstances);
        references.maybe.extend(active.await.into_iter().map(|it| it.principal_id));
        let eligible =
            self.all::<RoleEligibilityScheduleInstance>(Data::RoleEligibilityScheduleInstances);
        references.maybe.extend(eligible.await.into_iter().map(|it| it.principal_id));
        for data in MAIL_RULES {
            for rule in self.all::<ProtectionRule>(data).await {
                let lists =
                    [rule.sent_to_member_of, rule.except_if_sent_to_member_of, rule.from_member_of];
                references.name(lists.into_iter().flatten());
            }
        }
        let consent = self.all::<AdminConsentRequestPolicy>(Data::AdminConsentRequestPolicy);
        for reviewer in consent.await.into_iter().flat_map(|it| it.reviewers) {
            references.certain.extend(reviewer.query.as_deref().and_then(group_in));
        }
        // Emergency access accounts may be declared by their group.
        let declared = self.request.profile.accounts.emergency.iter();
        references.maybe.extend(declared.map(|name| Id::from(name.as_str())));
        if !references.maybe.is_empty()
            && let Some(users) = self.records(Data::Users).await
        {
            // Users of an unexpected shape are asked for as groups, and are none.
            drop(users.visit(|user: Known| {
                references.maybe.remove(&user.id);
            }));
        }
        references.certain.retain(is_plain);
        let certain = &references.certain;
        references.maybe.retain(|id| is_plain(id) && !others.contains(id) && !certain.contains(id));
        references
    }
}

/// Groups as found: id and record.
#[derive(Clone)]
pub(crate) struct Found {
    pub(super) records: Vec<(Id, String)>,
    pub(super) pages: u32,
    pub(super) request_ids: Vec<String>,
}

/// Groups that datasets refer to.
#[derive(Default)]
pub(crate) struct References {
    /// Ids of groups.
    pub(super) certain: BTreeSet<Id>,
    /// Ids of objects that may be groups.
    pub(super) maybe: BTreeSet<Id>,
    /// Mail addresses and display names of groups, in lower case.
    names: BTreeSet<String>,
}

impl References {
    /// Adds groups as mail rules name them.
    fn name(&mut self, groups: impl Iterator<Item = String>) {
        for group in groups {
            let id = Id::from(group.as_str());
            if is_plain(&id) {
                self.maybe.insert(id);
            } else if !group.is_empty() && group.len() < 320 {
                self.names.insert(group.to_ascii_lowercase());
            }
        }
    }
}

/// The group that a reviewer's query names, such as `/groups/{id}/transitiveMembers/…`.
fn group_in(query: &str) -> Option<Id> {
    let rest = query.to_ascii_lowercase().split_once("groups/")?.1.to_owned();
    let id = Id::from(rest.get(..36)?);
    is_plain(&id).then_some(id)
}
