//! Applications: who owns them, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use model::{
    AppRoleAssignment, Application, ConditionalAccessPolicy, Data, Id, RoleAssignment,
    RoleAssignmentScheduleInstance, ServicePrincipal,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{each_id, is_plain};
use crate::claims::Claims;
use crate::endpoints::Service;
use crate::fault::{Fault, Kind};
use crate::graph::List;
use crate::permissions::ATTRIBUTES;
use crate::recipes::{APPLICATIONS, SERVICE_PRINCIPALS};
use crate::records::{Records, quoted, quoted_list, with_members};
use crate::scan::{Outcome, Scan};

/// Tenants that Microsoft registers its own applications in.
const MICROSOFT: [&str; 2] =
    ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];

/// APIs whose application permissions matter: Microsoft Graph, Exchange Online, and the Azure AD
/// Graph that Microsoft Graph replaced.
const RESOURCES: [&str; 3] = [
    "00000003-0000-0000-c000-000000000000",
    "00000002-0000-0ff1-ce00-000000000000",
    "00000002-0000-0000-c000-000000000000",
];

impl Scan<'_> {
    /// The service principals. Those that hold application permissions or directory roles come with
    /// their owners, all with their custom security attributes where a policy asks for them.
    pub(super) async fn service_principals(&self) -> Outcome {
        let list = self.client.list(List::of(SERVICE_PRINCIPALS)).await?;
        let powerful = self.powerful().await;
        let services = list.parse::<ServicePrincipal>()?.into_iter().filter(|service| {
            let owner = service.app_owner_organization_id.as_deref();
            powerful.contains(&service.id) && !owner.is_some_and(|it| MICROSOFT.contains(&it))
        });
        let ids = services.map(|service| service.id).collect();
        let mut all = Records::new();
        all.credit(&list);
        let owners = self.owners("servicePrincipals", ids, &mut all).await;
        let attributes = self.security_attributes(&mut all).await;
        for record in list.each() {
            let id = id_of(&record);
            let mut members = Vec::new();
            members.extend(owners.get(&id).map(|owners| ("ownerIds", owners.as_str())));
            let attributes = attributes.get(&id).map(|value| value.get());
            members.extend(attributes.map(|value| ("customSecurityAttributes", value)));
            all.push(&with_members(&record, &members));
        }
        Ok(all)
    }

    /// The registrations. Those behind a service principal that holds permissions or roles come
    /// with their owners.
    pub(super) async fn applications(&self) -> Outcome {
        let list = self.client.list(List::of(APPLICATIONS)).await?;
        let powerful = self.powerful().await;
        let services = self.all::<ServicePrincipal>(Data::ServicePrincipals).await.into_iter();
        let apps: BTreeSet<Id> = services
            .filter(|service| powerful.contains(&service.id))
            .map(|service| service.app_id)
            .collect();
        let known = list.parse::<Application>()?.into_iter();
        let ids = known.filter(|it| apps.contains(&it.app_id)).map(|it| it.id).collect();
        let mut all = Records::new();
        all.credit(&list);
        let owners = self.owners("applications", ids, &mut all).await;
        for record in list.each() {
            let owners = owners.get(&id_of(&record)).map(|owners| ("ownerIds", owners.as_str()));
            all.push(&with_members(&record, owners.as_slice()));
        }
        Ok(all)
    }

    /// Service principals, and others, that hold an application permission or a directory role.
    async fn powerful(&self) -> BTreeSet<Id> {
        let granted = self.all::<AppRoleAssignment>(Data::AppRoleAssignments).await;
        let assigned = self.all::<RoleAssignment>(Data::RoleAssignments).await;
        let active =
            self.all::<RoleAssignmentScheduleInstance>(Data::RoleAssignmentScheduleInstances).await;
        granted
            .into_iter()
            .map(|it| it.principal_id)
            .chain(assigned.into_iter().map(|it| it.principal_id))
            .chain(active.into_iter().map(|it| it.principal_id))
            .collect()
    }

    /// The owners of directory objects of a kind, each as a JSON list of ids. What cannot be read is
    /// absent, and noted.
    async fn owners(
        &self,
        kind: &str,
        ids: BTreeSet<Id>,
        all: &mut Records,
    ) -> BTreeMap<Id, String> {
        let ids: Vec<Id> = ids.into_iter().filter(is_plain).collect();
        let paths: Vec<_> =
            ids.iter().map(|id| format!("/{kind}/{id}/owners?$select=id")).collect();
        let lists = self.client.lists("v1.0", &paths).await;
        all.request_ids.extend(lists.request_ids);
        let mut found = BTreeMap::new();
        for (id, owners) in ids.into_iter().zip(lists.answers) {
            let owners = owners.and_then(|owners| {
                all.pages += owners.pages;
                let mut ids = Vec::new();
                each_id(&owners, |id, _| ids.push(id))?;
                Ok(ids)
            });
            match owners {
                Ok(owners) => {
                    let owners = quoted_list(owners.iter().map(Id::as_str));
                    found.insert(id, owners);
                }
                Err(fault) => all.notes.push(format!("owners of {id}: {fault}")),
            }
        }
        found
    }

    /// Custom security attributes by service principal, where a policy filters by them.
    ///
    /// Without the permission the service answers null, which with it means that there are none:
    /// only the token tells which. Source: Microsoft Graph reference, "Get user", the example of
    /// custom security attributes.
    async fn security_attributes(&self, all: &mut Records) -> BTreeMap<Id, Box<RawValue>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Held {
            id: Id,
            /// The member as received; `None`: absent.
            #[serde(default, deserialize_with = "raw")]
            custom_security_attributes: Option<Box<RawValue>>,
        }
        let policies = self.all::<ConditionalAccessPolicy>(Data::ConditionalAccessPolicies).await;
        let is_asked_for = policies.into_iter().map(|it| it.conditions).any(|conditions| {
            let apps = conditions.applications.is_some_and(|it| it.application_filter.is_some());
            let clients = conditions.client_applications;
            apps || clients.is_some_and(|it| it.service_principal_filter.is_some())
        });
        if !is_asked_for {
            return BTreeMap::new();
        }
        let token = self.client.tokens.get(Service::Graph).await.ok();
        let claims = token.as_ref().and_then(Claims::of);
        let granted = claims.map(|claims| claims.roles.iter().any(|role| role == ATTRIBUTES));
        if granted == Some(false) {
            all.notes.push(format!(
                "custom security attributes: not asked for; needs the application permission \
                 {ATTRIBUTES}"
            ));
            return BTreeMap::new();
        }
        let path = "/v1.0/servicePrincipals?$select=id,customSecurityAttributes&$top=999";
        let held = self.client.list(List::of(path)).await.and_then(|list| {
            all.credit(&list);
            list.parse::<Held>()
        });
        let held: BTreeMap<_, _> = match held {
            Ok(held) => held
                .into_iter()
                .filter_map(|it| Some((it.id, it.custom_security_attributes?)))
                .collect(),
            Err(fault) => {
                all.notes.push(format!("custom security attributes: {fault}"));
                return BTreeMap::new();
            }
        };
        let is_told = granted == Some(true) || held.values().any(|value| value.get() != "null");
        if is_told { held } else { BTreeMap::new() }
    }

    /// Application permissions granted, with the names of the permissions and of the APIs.
    pub(super) async fn app_role_assignments(&self) -> Outcome {
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

/// The id of a directory object; empty when it has none.
fn id_of(record: &str) -> Id {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Known {
        id: Id,
    }
    serde_json::from_str::<Known>(record).unwrap_or_default().id
}

/// A member as received, null included.
fn raw<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}
