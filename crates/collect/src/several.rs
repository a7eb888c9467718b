//! Datasets that take several requests each, put together in the shape that the snapshot's format
//! says.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::future::join_all;
use model::{
    AuthenticationMethodsPolicy, ConditionalAccessPolicy, Data, Group, Id, Principal,
    ProtectionRule, RoleAssignment, RoleAssignmentScheduleInstance,
    RoleEligibilityScheduleInstance, RoleManagementPolicyAssignment, UnavailableReason, User,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::fault::{Fault, Kind};
use crate::graph::List;
use crate::recipes::{GROUP_SELECT, License, Recipe};
use crate::records::{Records, quoted, quoted_list, with_members};
use crate::scan::{Outcome, Problem, Scan};

/// Members of a group on a page.
const MEMBERS: &str = "/members?$select=id&$top=999";

/// APIs whose application permissions matter: Microsoft Graph, Exchange Online, and the Azure AD
/// Graph that Microsoft Graph replaced.
const RESOURCES: [&str; 3] = [
    "00000003-0000-0000-c000-000000000000",
    "00000002-0000-0ff1-ce00-000000000000",
    "00000002-0000-0000-c000-000000000000",
];

/// What the snapshot says of the requests for a dataset.
pub(crate) const fn source(data: Data) -> &'static str {
    match data {
        Data::Domains => "GET /v1.0/domains, GET /v1.0/domains/{id}/federationConfiguration",
        Data::AuthenticationMethodsPolicy => {
            "GET /v1.0/policies/authenticationMethodsPolicy, \
             GET /beta/policies/authenticationMethodsPolicy"
        }
        Data::CrossTenantAccessPolicy => {
            "GET /v1.0/policies/crossTenantAccessPolicy/default, \
             GET /v1.0/policies/crossTenantAccessPolicy/partners"
        }
        Data::RoleDefinitions => {
            "GET /v1.0/roleManagement/directory/roleDefinitions, \
             GET /beta/roleManagement/directory/roleDefinitions"
        }
        Data::Groups => "GET /v1.0/groups/{id}, GET /v1.0/groups/{id}/owners",
        Data::GroupMembers => "GET /v1.0/groups/{id}/members",
        Data::UserAuthenticationRequirements => "GET /beta/users/{id}/authentication/requirements",
        Data::UserAuthenticationMethods => "GET /v1.0/users/{id}/authentication/methods",
        Data::GroupEligibilityScheduleInstances => {
            "GET /v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
        }
        Data::AppRoleAssignments => {
            "GET /v1.0/servicePrincipals(appId='{id}'), \
             GET /v1.0/servicePrincipals(appId='{id}')/appRoleAssignedTo"
        }
        _ => "",
    }
}

impl Scan<'_> {
    /// Reads a dataset that takes several requests.
    pub(crate) async fn several(&self, recipe: &Recipe) -> Outcome {
        match recipe.data {
            Data::Domains => self.domains().await,
            Data::AuthenticationMethodsPolicy => self.authentication_methods_policy().await,
            Data::CrossTenantAccessPolicy => self.cross_tenant_access_policy().await,
            Data::RoleDefinitions => self.role_definitions().await,
            Data::Groups => self.groups().await,
            Data::GroupMembers => self.group_members().await,
            Data::UserAuthenticationRequirements => self.per_user_mfa().await,
            Data::UserAuthenticationMethods => self.registered_methods().await,
            Data::GroupEligibilityScheduleInstances => self.group_eligibility().await,
            Data::AppRoleAssignments => self.app_role_assignments().await,
            data => {
                let message = format!("nothing puts {data} together");
                Err(Fault::new(Kind::Failed, message).into())
            }
        }
    }

    /// The domains; federated ones with how they federate.
    async fn domains(&self) -> Outcome {
        const LIST: &[&str] = &["Domain.Read.All"];
        const FEDERATION: &[&str] = &["Domain-InternalFederation.Read.All"];
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Known {
            id: String,
            authentication_type: Option<String>,
        }
        let domains = self.client.list(List::of("/v1.0/domains")).await;
        let domains = domains.map_err(|fault| Problem::Fault(fault, Some(LIST)))?;
        let mut all = Records::new();
        all.credit(&domains);
        for record in domains.each() {
            let federated = serde_json::from_str::<Known>(&record).ok().filter(|known| {
                known
                    .authentication_type
                    .as_deref()
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("Federated"))
            });
            let Some(domain) = federated else {
                all.push(&record);
                continue;
            };
            let name = utf8_percent_encode(&domain.id, NON_ALPHANUMERIC);
            let path = format!("/v1.0/domains/{name}/federationConfiguration");
            let configuration = match self.client.list(List::of(&path)).await {
                Ok(configuration) => configuration,
                Err(fault) if fault.kind == Kind::Missing => Records::new(),
                Err(fault) => {
                    // The domain itself was read: it stays, without what could not be.
                    let needed = FEDERATION.join(" ");
                    all.notes.push(format!("federation of {}: {fault} ({needed})", domain.id));
                    all.push(&record);
                    continue;
                }
            };
            all.credit(&configuration);
            let configuration = configuration.to_json();
            all.push(&with_members(&record, &[("federationConfiguration", &configuration)]));
        }
        Ok(all)
    }

    /// The policy of version 1.0, with the two members that only beta has.
    async fn authentication_methods_policy(&self) -> Outcome {
        const PATH: &str = "/policies/authenticationMethodsPolicy";
        #[derive(Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        struct Beta {
            system_credential_preferences: Option<Box<RawValue>>,
            report_suspicious_activity_settings: Option<Box<RawValue>>,
        }
        let (v1, beta) = (format!("/v1.0{PATH}"), format!("/beta{PATH}"));
        let (policy, beta) =
            futures::join!(self.client.object(List::of(&v1)), self.client.object(List::of(&beta)));
        let policy = policy?;
        let mut all = Records::new();
        all.credit(&policy);
        let beta = match beta {
            Ok(beta) => {
                all.credit(&beta);
                beta.parse::<Beta>().ok().and_then(|beta| beta.into_iter().next())
            }
            Err(fault) => {
                all.notes.push(format!("members that only beta has: {fault}"));
                None
            }
        };
        let beta = beta.unwrap_or_default();
        let members: Vec<_> = [
            ("systemCredentialPreferences", &beta.system_credential_preferences),
            ("reportSuspiciousActivitySettings", &beta.report_suspicious_activity_settings),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?.get())))
        .collect();
        for record in policy.each() {
            all.push(&with_members(&record, &members));
        }
        Ok(all)
    }

    /// The default settings with the list of partners.
    async fn cross_tenant_access_policy(&self) -> Outcome {
        let default = List::of("/v1.0/policies/crossTenantAccessPolicy/default");
        let partners = List::of("/v1.0/policies/crossTenantAccessPolicy/partners");
        let (default, partners) =
            futures::join!(self.client.object(default), self.client.list(partners));
        let (default, partners) = (default?, partners?);
        let mut all = Records::new();
        all.credit(&default);
        all.credit(&partners);
        let partners = partners.to_json();
        for record in default.each() {
            all.push(&with_members(&record, &[("partners", &partners)]));
        }
        Ok(all)
    }

    /// The role definitions, with the label that only beta has.
    async fn role_definitions(&self) -> Outcome {
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
        let roles = List::of(
            "/v1.0/roleManagement/directory/roleDefinitions\
             ?$select=id,templateId,displayName,isBuiltIn,isEnabled",
        );
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

    /// The groups that other datasets refer to, with their owners. A group that is gone has no
    /// record.
    async fn groups(&self) -> Outcome {
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
    async fn group_members(&self) -> Outcome {
        let references = self.group_references().await;
        let by_mail = self.groups_by_mail().await.as_ref().map_err(Clone::clone)?;
        let mut asked: HashSet<Id> = HashSet::new();
        let mut next: BTreeSet<Id> = by_mail.records.iter().map(|(id, _)| id.clone()).collect();
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
        let mut found = self.groups_by_mail().await.clone()?;
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

    /// The groups that preset security policies name by mail address.
    async fn groups_by_mail(&self) -> &Result<Found, Fault> {
        let found = self.by_mail.get_or_init(|| async {
            let references = self.group_references().await;
            self.find_by_mail(&references.mails).await
        });
        found.await
    }

    async fn find_by_mail(&self, mails: &BTreeSet<String>) -> Result<Found, Fault> {
        #[derive(Deserialize)]
        struct Known {
            id: Id,
        }
        let paths: Vec<_> = mails
            .iter()
            .map(|mail| {
                let literal = mail.replace('\'', "''");
                let literal = utf8_percent_encode(&literal, NON_ALPHANUMERIC);
                format!("/groups?$filter=mail%20eq%20%27{literal}%27&$select={GROUP_SELECT}")
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
    async fn group_references(&self) -> &References {
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
        if !references.maybe.is_empty()
            && let Some(users) = self.records(Data::Users).await
        {
            // Users of an unexpected shape are asked for as groups, and are none.
            drop(users.visit(|user: Known| {
                references.maybe.remove(&user.id);
            }));
        }

        for data in [
            Data::ExchangeEopProtectionPolicyRules,
            Data::ExchangeAtpProtectionPolicyRules,
            Data::ExchangeAtpBuiltInProtectionRules,
        ] {
            for rule in self.all::<ProtectionRule>(data).await {
                let groups = rule.sent_to_member_of.into_iter();
                let groups = groups.chain(rule.except_if_sent_to_member_of);
                references.mails.extend(groups.map(|mail| mail.to_ascii_lowercase()));
            }
        }
        references.mails.retain(|mail| mail.contains('@') && mail.len() < 320);
        references.certain.retain(is_plain);
        let certain = &references.certain;
        references.maybe.retain(|id| is_plain(id) && !others.contains(id) && !certain.contains(id));
        references
    }

    /// The records of a dataset by type, none where they cannot be had.
    async fn all<T: DeserializeOwned>(&self, data: Data) -> Vec<T> {
        self.typed(data).await.unwrap_or_default()
    }

    /// Per-user MFA of the enabled members.
    async fn per_user_mfa(&self) -> Outcome {
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
    /// and role holders where there is no registration report.
    async fn registered_methods(&self) -> Outcome {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Known {
            id: Id,
            #[serde(default)]
            user_principal_name: Option<String>,
        }
        let premium = License::Plan(model::Plan::EntraIdP1);
        let mut holders = BTreeSet::new();
        if self.owns(premium).await == Some(false) {
            let assigned = self.all::<RoleAssignment>(Data::RoleAssignments).await;
            holders.extend(assigned.into_iter().map(|assignment| assignment.principal_id));
        }
        let mut accounts = BTreeSet::new();
        let declared = &self.request.profile.accounts.emergency;
        let mut declared: BTreeSet<Id> = declared.iter().map(|it| Id::from(it.as_str())).collect();
        if let Some(users) = self.records(Data::Users).await {
            users.visit(|user: Known| {
                let name = Id::from(user.user_principal_name.unwrap_or_default());
                let is_declared = declared.remove(&user.id) | declared.remove(&name);
                if is_declared || holders.contains(&user.id) {
                    accounts.insert(user.id);
                }
            })?;
        }
        let (unlisted, unknown): (Vec<_>, Vec<_>) = declared.into_iter().partition(is_plain);
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

    /// Eligible memberships of the groups that hold roles or are left out of Conditional Access.
    async fn group_eligibility(&self) -> Outcome {
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

    /// Application permissions granted, with the names of the permissions and of the APIs.
    async fn app_role_assignments(&self) -> Outcome {
        let of_resources = join_all(RESOURCES.map(|app| self.app_roles_of(app))).await;
        let mut all = Records::new();
        let mut unused = None;
        for of_resource in of_resources {
            match of_resource {
                Ok(some) => all.join(&some),
                // The tenant does not use this API.
                Err(fault) if fault.kind == Kind::Missing => unused = Some(fault),
                Err(fault) => return Err(fault.into()),
            }
        }
        match unused {
            // Microsoft Graph itself answered, so the tenant uses one of them.
            Some(fault) if all.pages == 0 => Err(fault.into()),
            _ => Ok(all),
        }
    }

    async fn app_roles_of(&self, app: &str) -> Result<Records, Fault> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Resource {
            #[serde(default)]
            app_roles: Option<Vec<AppRole>>,
        }
        #[derive(Deserialize)]
        struct AppRole {
            id: Id,
            value: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Assignment {
            app_role_id: Id,
        }
        let resource = format!("/v1.0/servicePrincipals(appId='{app}')");
        let (of_resource, granted) = (
            format!("{resource}?$select=id,appId,appRoles"),
            format!("{resource}/appRoleAssignedTo?$top=999"),
        );
        let (resource, granted) = futures::join!(
            self.client.object(List::of(&of_resource)),
            self.client.list(List::of(&granted))
        );
        let (resource, granted) = (resource?, granted?);
        let roles: BTreeMap<Id, String> = resource
            .parse::<Resource>()?
            .into_iter()
            .flat_map(|it| it.app_roles.unwrap_or_default())
            .filter_map(|role| Some((role.id, role.value?)))
            .collect();
        let mut all = Records::new();
        all.credit(&resource);
        all.credit(&granted);
        let app = quoted(app);
        for record in granted.each() {
            let assignment = serde_json::from_str::<Assignment>(&record).ok();
            let value = assignment.and_then(|it| roles.get(&it.app_role_id)).map(|it| quoted(it));
            let mut members = vec![("resourceAppId", app.as_str())];
            members.extend(value.as_deref().map(|value| ("appRoleValue", value)));
            all.push(&with_members(&record, &members));
        }
        Ok(all)
    }
}

/// Groups as found: id and record.
#[derive(Clone)]
pub(crate) struct Found {
    records: Vec<(Id, String)>,
    pages: u32,
    request_ids: Vec<String>,
}

/// Groups that datasets refer to.
#[derive(Default)]
pub(crate) struct References {
    /// Ids of groups.
    certain: BTreeSet<Id>,
    /// Ids of objects that may be groups.
    maybe: BTreeSet<Id>,
    /// Mail addresses of groups.
    mails: BTreeSet<String>,
}

/// Whether an id can stand in a path as it is: of letters, digits and hyphens, like a GUID. Words
/// such as `All` are no ids.
fn is_plain(id: &Id) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The bare kind of a principal, such as `group`.
fn kind_of(principal: Option<&Principal>) -> Option<&str> {
    principal?.kind.as_deref().map(bare)
}

/// The last part of a type's name.
fn bare(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or_default()
}

/// Hands over the ids of directory objects, and whether each is a group.
fn each_id(list: &Records, mut take: impl FnMut(Id, bool)) -> Result<(), Fault> {
    #[derive(Deserialize)]
    struct Object {
        #[serde(rename = "@odata.type", default)]
        kind: Option<String>,
        id: Id,
    }
    list.visit(|object: Object| {
        let is_group = object.kind.is_some_and(|kind| bare(&kind) == "group");
        let is_group = is_group && is_plain(&object.id);
        take(object.id, is_group);
    })
}

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
