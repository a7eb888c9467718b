//! Microsoft Graph.

mod batch;
mod list;
mod resources;

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal};
use crate::cloud::{Call, State};
use crate::permission::{License, Service, denied, unlicensed};
use crate::query::{Query, mistake};
use crate::table::{Table, text};
use crate::tenant::{Directory, Members, Tenant};

use list::{List, Page, Rows};
use resources::{Form, RESOURCES, Resource};

/// One request to Graph, authenticated.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) state: &'a State,
    pub(crate) tenant: &'a Tenant,
    /// `POST` or `GET`.
    pub(crate) method: &'a str,
    pub(crate) beta: bool,
    /// What follows the version, without a slash at either end.
    pub(crate) path: &'a str,
    /// What follows the question mark.
    pub(crate) query: &'a str,
    /// Whether the header `ConsistencyLevel: eventual` was sent.
    pub(crate) eventual: bool,
    pub(crate) body: &'a [u8],
}

/// Answers a request whose token is good.
pub(crate) fn answer(call: &Call<'_>, tenant: &Tenant) -> Answer {
    let Some((version, path)) = call.path.trim_matches('/').split_once('/') else {
        return refuse(call, &Refusal::unknown(&call.what()));
    };
    let beta = match version {
        "v1.0" => false,
        "beta" => true,
        _ => return refuse(call, &Refusal::unknown(&call.what())),
    };
    let request = Request {
        state: call.state,
        tenant,
        method: &call.method,
        beta,
        path,
        query: &call.query,
        eventual: call.header("consistencylevel") == Some("eventual"),
        body: call.body,
    };
    if path == "$batch" {
        return match batch::answer(call, &request) {
            Ok(answer) => answer,
            Err(refusal) => refuse(call, &refusal),
        };
    }
    match request.answer() {
        Ok(Value::String(plain)) => Answer::bytes(200, "text/plain", plain.into_bytes()),
        Ok(body) => Answer::json(200, body),
        Err(refusal) => refuse(call, &refusal),
    }
}

/// The error body of Graph.
pub(crate) fn refuse(call: &Call<'_>, refusal: &Refusal) -> Answer {
    let body = json!({"error": {
        "code": refusal.code,
        "message": refusal.message,
        "innerError": {
            "date": call.state.now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": call.request_id,
            "client-request-id": call.header("client-request-id").unwrap_or(&call.request_id),
        },
    }});
    let unknown = refusal.unknown;
    Answer { unknown, ..Answer::json(refusal.status, body) }
}

const USERS: &[&str] = &["User.Read.All", "Directory.Read.All"];
const GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All"];

impl Request<'_> {
    /// The body of a good answer; a string is plain text.
    pub(crate) fn answer(&self) -> Result<Value, Refusal> {
        if self.method == "POST" && self.path == "directoryObjects/getByIds" {
            return self.by_ids();
        }
        if self.method != "GET" {
            return Err(Refusal::unknown(&format!("{} {}", self.method, self.path)));
        }
        if let Some(resource) = RESOURCES.iter().find(|row| row.serves(self.path, self.beta)) {
            return self.resource(resource);
        }
        let segments: Vec<_> = self.path.split('/').collect();
        match (self.beta, segments.as_slice()) {
            (false, ["users", "$count"]) => self.count("users", USERS),
            (false, ["groups", "$count"]) => self.count("groups", GROUPS),
            (false, ["users", id]) => self.user(id),
            (true, ["users", id, "authentication", "requirements"]) => self.requirements(id),
            (false, ["users", id, "authentication", "methods"]) => self.methods(id),
            (false, ["groups", id]) => self.one("groups", "id", id, GROUPS),
            (false, ["groups", id, "owners"]) => self.owners("groups", id, GROUPS),
            (false, ["groups", id, "members"]) => self.members(id, false, false),
            (false, ["groups", id, "transitiveMembers"]) => self.members(id, true, false),
            (false, ["groups", id, "members", "microsoft.graph.user"]) => {
                self.members(id, false, true)
            }
            (false, ["groups", id, "transitiveMembers", "microsoft.graph.user"]) => {
                self.members(id, true, true)
            }
            (false, ["organization", id]) => {
                self.one("organization", "id", id, &["Organization.Read.All", "Directory.Read.All"])
            }
            (false, ["domains", id, "federationConfiguration"]) => self.federation(id),
            (false, ["applications", id, "owners"]) => {
                self.owners("applications", id, APPLICATIONS)
            }
            (false, ["servicePrincipals", id, "owners"]) => {
                self.owners("servicePrincipals", id, APPLICATIONS)
            }
            (
                false,
                ["servicePrincipals", id, part @ ("appRoleAssignedTo" | "appRoleAssignments")],
            ) => {
                let id = self.service_principal(id)?;
                let member =
                    if *part == "appRoleAssignedTo" { "resourceId" } else { "principalId" };
                self.nested("appRoleAssignments", member, &id)
            }
            (false, ["servicePrincipals", id, "oauth2PermissionGrants"]) => {
                let id = self.service_principal(id)?;
                self.nested("oauth2PermissionGrants", "clientId", &id)
            }
            (false, [name]) if name.starts_with("servicePrincipals(") => {
                let id = self.service_principal(name)?;
                self.one("servicePrincipals", "id", &id, APPLICATIONS)
            }
            (false, [name, part @ ("appRoleAssignedTo" | "appRoleAssignments")])
                if name.starts_with("servicePrincipals(") =>
            {
                let id = self.service_principal(name)?;
                let member =
                    if *part == "appRoleAssignedTo" { "resourceId" } else { "principalId" };
                self.nested("appRoleAssignments", member, &id)
            }
            (false, ["servicePrincipals", id]) => {
                self.one("servicePrincipals", "id", id, APPLICATIONS)
            }
            _ => Err(Refusal::unknown(&format!("{} {}", self.method, self.path))),
        }
    }

    /// A row of the table of resources.
    fn resource(&self, resource: &Resource) -> Result<Value, Refusal> {
        self.needs(resource.service, resource.needs)?;
        if resource.license.is_some_and(|license| !self.tenant.has(license)) {
            return Err(unlicensed(resource.service));
        }
        let query = self.query()?;
        if let Some((name, _)) = query.other.first() {
            return Err(Refusal::unknown(&format!("the query option {name}")));
        }
        let empty = Table::default();
        let table = self.tenant.table(resource.data).unwrap_or(&empty);
        match resource.form {
            Form::One => {
                let record = table.get(0).ok_or_else(|| not_found(self.path))?;
                self.entity(resource.data, &record, &query)
            }
            Form::Part(part) => {
                let record = table.get(0).ok_or_else(|| not_found(self.path))?;
                match record.get(part) {
                    Some(Value::Array(items)) => {
                        self.list(resource.data, Rows::Values(items.clone()), resource.page, &query)
                    }
                    Some(record) => self.entity(resource.data, record, &query),
                    None => Err(not_found(self.path)),
                }
            }
            Form::List => {
                let rows = self.special_rows(resource, &query)?.unwrap_or(Rows::Table(table));
                self.list(resource.data, rows, resource.page, &query)
            }
        }
    }

    /// What some lists ask for or show beyond the plain rule.
    fn special_rows<'t>(
        &'t self,
        resource: &Resource,
        query: &Query,
    ) -> Result<Option<Rows<'t>>, Refusal> {
        match resource.data {
            "users" => {
                self.is_directory_query(query)?;
                self.sign_in_activity(query)?;
                Ok(None)
            }
            "groups" | "servicePrincipals" | "applications" => {
                self.is_directory_query(query)?;
                Ok(None)
            }
            "roleManagementPolicyAssignments" => {
                let filter = query.filter.as_ref();
                if !filter.is_some_and(|it| it.mentions("scopeId") && it.mentions("scopeType")) {
                    return Err(mistake("a $filter on scopeId and scopeType is mandatory"));
                }
                // The service takes `Directory` for `DirectoryRole`.
                let asks_short = filter.is_some_and(|filter| {
                    filter.comparisons().iter().any(|(name, compared)| {
                        *name == "scopeType"
                            && compared.is_some_and(|(_, value)| value == "Directory")
                    })
                });
                Ok(asks_short.then(|| {
                    let mut rows = self.all(resource.data);
                    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                        row.insert("scopeType".to_owned(), json!("Directory"));
                    }
                    Rows::Values(rows)
                }))
            }
            "groupEligibilityScheduleInstances" | "groupAssignmentScheduleInstances" => {
                let filter = query.filter.as_ref();
                if !filter.is_some_and(|it| it.mentions("groupId") || it.mentions("principalId")) {
                    return Err(mistake("a $filter on groupId or principalId is mandatory"));
                }
                Ok(None)
            }
            "signIns" => self.sign_ins(query).map(|rows| Some(Rows::Values(rows))),
            "directoryAudits" => {
                self.is_within_retention(query)?;
                Ok(Some(Rows::Values(newest_first(
                    self.all("directoryAudits"),
                    "activityDateTime",
                ))))
            }
            _ => Ok(None),
        }
    }

    fn all(&self, dataset: &str) -> Vec<Value> {
        let table = self.tenant.table(dataset);
        table
            .map(|table| table.iter().map(std::borrow::Cow::into_owned).collect())
            .unwrap_or_default()
    }

    fn has(&self, permission: &str) -> bool {
        self.tenant.settings().graph_permissions.iter().any(|granted| granted == permission)
    }

    /// Refuses unless one of the permissions is granted.
    fn needs(&self, service: Service, any_of: &[&str]) -> Result<(), Refusal> {
        if any_of.iter().any(|permission| self.has(permission)) {
            Ok(())
        } else {
            Err(denied(service, any_of))
        }
    }

    fn query(&self) -> Result<Query, Refusal> {
        Query::parse(self.query, &self.list_name())
    }

    fn list_name(&self) -> String {
        format!("{}/{}/{}", self.tenant.id(), self.beta, self.path)
    }

    /// Filters that only the index of the directory answers must say that they want it.
    fn is_directory_query(&self, query: &Query) -> Result<(), Refusal> {
        let advanced = query.filter.as_ref().is_some_and(crate::filter::Filter::is_advanced);
        if (advanced && !query.count) || (query.count && !self.eventual) {
            return Err(Refusal::mistake(
                "Request_UnsupportedQuery",
                "the query needs the header ConsistencyLevel: eventual and $count=true",
            ));
        }
        Ok(())
    }

    /// Selecting the last sign-in needs the log permission and premium, and cannot be filtered.
    fn sign_in_activity(&self, query: &Query) -> Result<(), Refusal> {
        let asked = |names: &Vec<String>| names.iter().any(|name| name == "signInActivity");
        if !query.select.as_ref().is_some_and(asked) {
            return Ok(());
        }
        self.needs(Service::Directory, &["AuditLog.Read.All"])?;
        if !self.tenant.has(License::P1) {
            return Err(unlicensed(Service::Directory));
        }
        if query.filter.as_ref().is_some_and(|filter| !filter.mentions("signInActivity")) {
            return Err(mistake("signInActivity cannot be combined with this $filter"));
        }
        Ok(())
    }

    fn sign_ins(&self, query: &Query) -> Result<Vec<Value>, Refusal> {
        let filter = query.filter.as_ref();
        let by_type = filter.is_some_and(|filter| filter.mentions("signInEventTypes"));
        if by_type && !self.beta {
            return Err(mistake("Could not find a property named 'signInEventTypes'."));
        }
        let comparisons = filter.map(crate::filter::Filter::comparisons).unwrap_or_default();
        let only_eq = comparisons.iter().all(|(name, compared)| {
            *name != "clientAppUsed"
                || compared.is_some_and(|(operator, _)| operator == crate::filter::Operator::Eq)
        });
        if !only_eq {
            return Err(mistake("clientAppUsed supports only eq"));
        }
        let oldest = self.state.days_ago(30);
        let mut rows = self.all("signIns");
        rows.retain(|row| {
            let interactive = row.get("isInteractive").and_then(Value::as_bool).unwrap_or(true);
            (by_type || interactive) && happened_after(row, "createdDateTime", oldest)
        });
        let sees_policies =
            self.has("Policy.Read.All") || self.has("Policy.Read.ConditionalAccess");
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            if !sees_policies {
                row.insert("appliedConditionalAccessPolicies".to_owned(), json!([]));
            }
            if !self.tenant.has(License::P2) {
                for risk in ["riskLevelAggregated", "riskLevelDuringSignIn"] {
                    row.insert(risk.to_owned(), json!("hidden"));
                }
            }
        }
        Ok(newest_first(rows, "createdDateTime"))
    }

    fn is_within_retention(&self, query: &Query) -> Result<(), Refusal> {
        let days = if self.tenant.has(License::P1) { 30 } else { 7 };
        // Clients compute the day with a clock of their own.
        let earliest = self.state.days_ago(days + 1);
        let comparisons =
            query.filter.as_ref().map(crate::filter::Filter::comparisons).unwrap_or_default();
        let reaches_beyond = comparisons.iter().any(|(name, compared)| {
            *name == "activityDateTime"
                && compared
                    .and_then(|(_, value)| value.as_str()?.parse::<jiff::Timestamp>().ok())
                    .is_some_and(|time| time < earliest)
        });
        if reaches_beyond {
            return Err(Refusal::new(
                400,
                "BadRequest",
                format!("the earliest date that may be asked for is {earliest}"),
            ));
        }
        Ok(())
    }

    fn count(&self, dataset: &str, needs: &[&str]) -> Result<Value, Refusal> {
        self.needs(Service::Directory, needs)?;
        if !self.eventual {
            return Err(Refusal::mistake(
                "Request_BadRequest",
                "$count needs the header ConsistencyLevel: eventual",
            ));
        }
        let query = self.query()?;
        let count = self.tenant.table(dataset).map_or(0, |table| match &query.filter {
            None => table.len(),
            Some(filter) => table.iter().filter(|row| filter.matches(row)).count(),
        });
        Ok(Value::String(count.to_string()))
    }

    fn user(&self, id: &str) -> Result<Value, Refusal> {
        let query = self.query()?;
        self.sign_in_activity(&query)?;
        if self.tenant.object(id).is_some() {
            return self.one("users", "id", id, USERS);
        }
        self.one("users", "userPrincipalName", id, USERS)
    }

    fn one(&self, dataset: &str, key: &str, id: &str, needs: &[&str]) -> Result<Value, Refusal> {
        self.needs(Service::Directory, needs)?;
        let query = self.query()?;
        let record = if key == "id"
            && let Some((_, record)) = self.tenant.object(id)
        {
            Some(record)
        } else {
            let table = self.tenant.table(dataset);
            table.and_then(|table| table.find(key, id)).map(std::borrow::Cow::into_owned)
        };
        self.entity(dataset, &record.ok_or_else(|| not_found(id))?, &query)
    }

    fn known_user(&self, id: &str) -> Result<String, Refusal> {
        match self.tenant.object(id) {
            Some((Directory::User, user)) => text(&user, "id").map(str::to_owned),
            _ => self
                .tenant
                .table("users")
                .and_then(|users| users.find("userPrincipalName", id))
                .and_then(|user| text(&user, "id").map(str::to_owned)),
        }
        .ok_or_else(|| not_found(id))
    }

    fn requirements(&self, id: &str) -> Result<Value, Refusal> {
        self.needs(Service::Policy, &["Policy.Read.All"])?;
        self.query()?;
        let id = self.known_user(id)?;
        Ok(json!({
            "@odata.context": self.context(&format!("users('{id}')/authentication/requirements")),
            "perUserMfaState": self.tenant.mfa_state(&id),
        }))
    }

    fn methods(&self, id: &str) -> Result<Value, Refusal> {
        self.needs(Service::Policy, &["UserAuthenticationMethod.Read.All"])?;
        let query = self.query()?;
        let id = self.known_user(id)?;
        let rows = Rows::Values(self.tenant.methods(&id));
        self.list("userAuthenticationMethods", rows, Page::WHOLE, &query)
    }

    fn federation(&self, domain: &str) -> Result<Value, Refusal> {
        self.needs(Service::Directory, &["Domain-InternalFederation.Read.All"])?;
        let query = self.query()?;
        let domains = self.tenant.table("domains");
        let domain = domains
            .and_then(|domains| domains.find("id", domain))
            .ok_or_else(|| not_found(domain))?;
        let rows = match domain.get("federationConfiguration") {
            Some(Value::Array(rows)) => rows.clone(),
            _ => Vec::new(),
        };
        self.list("federationConfiguration", Rows::Values(rows), Page::WHOLE, &query)
    }

    fn service_principal(&self, name: &str) -> Result<String, Refusal> {
        self.needs(Service::Directory, APPLICATIONS)?;
        let by_app =
            name.strip_prefix("servicePrincipals(appId='").and_then(|rest| rest.strip_suffix("')"));
        let table = self.tenant.table("servicePrincipals");
        let found = table.and_then(|table| match by_app {
            Some(app) => table.find("appId", app),
            None => table.find("id", name),
        });
        found.and_then(|found| text(&found, "id").map(str::to_owned)).ok_or_else(|| not_found(name))
    }

    /// The rows of a dataset that belong to one object.
    fn nested(&self, dataset: &str, member: &str, id: &str) -> Result<Value, Refusal> {
        let query = self.query()?;
        let mut rows = self.all(dataset);
        rows.retain(|row| text(row, member) == Some(id));
        self.list(dataset, Rows::Values(rows), Page::DIRECTORY, &query)
    }

    fn owners(&self, dataset: &str, id: &str, needs: &[&str]) -> Result<Value, Refusal> {
        self.needs(Service::Directory, needs)?;
        let query = self.query()?;
        let table = self.tenant.table(dataset);
        let record = table.and_then(|table| table.find("id", id)).ok_or_else(|| not_found(id))?;
        let ids = record.get("owners").and_then(Value::as_array).cloned().unwrap_or_default();
        let ids = Members::stored(ids.iter().filter_map(|id| id.as_str().map(str::to_owned)));
        let rows = Rows::Objects { tenant: self.tenant, ids };
        self.list("directoryObjects", rows, Page::DIRECTORY, &query)
    }

    fn members(&self, group: &str, transitive: bool, users: bool) -> Result<Value, Refusal> {
        self.needs(Service::Directory, GROUPS)?;
        let query = self.query()?;
        self.is_directory_query(&query)?;
        match self.tenant.object(group) {
            Some((Directory::Group, _)) => {}
            _ => return Err(not_found(group)),
        }
        let mut ids = if transitive {
            self.tenant.transitive_members(group)
        } else {
            self.tenant.members(group)
        };
        if users {
            ids.retain(|id| matches!(self.tenant.object(id), Some((Directory::User, _))));
        }
        let rows = Rows::Objects { tenant: self.tenant, ids };
        self.list("directoryObjects", rows, Page::DIRECTORY, &query)
    }

    fn by_ids(&self) -> Result<Value, Refusal> {
        self.needs(Service::Directory, &["Directory.Read.All"])?;
        let body: Value =
            serde_json::from_slice(self.body).map_err(|_| mistake("the body is no JSON"))?;
        let ids = body.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
        if ids.is_empty() || ids.len() > 1000 {
            return Err(mistake("ids must hold 1 to 1000 ids"));
        }
        let value: Vec<_> = ids
            .iter()
            .filter_map(|id| self.tenant.object(id.as_str()?))
            .map(|(kind, record)| self.directory_object(kind, &record, None))
            .collect();
        Ok(json!({"@odata.context": self.context("directoryObjects"), "value": value}))
    }

    fn list(
        &self,
        dataset: &str,
        rows: Rows<'_>,
        page: Page,
        query: &Query,
    ) -> Result<Value, Refusal> {
        List { request: self, dataset, rows, page, query }.answer()
    }

    /// Names the shape of an answer. It is a name, not an address to follow, and part of single
    /// objects: so it has the name of the real service, the same in every run.
    fn context(&self, what: &str) -> String {
        let version = if self.beta { "beta" } else { "v1.0" };
        format!("https://graph.microsoft.com/{version}/$metadata#{what}")
    }
}

fn not_found(what: &str) -> Refusal {
    Refusal::new(
        404,
        "Request_ResourceNotFound",
        format!(
            "Resource '{what}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

fn time(row: &Value, member: &str) -> Option<jiff::Timestamp> {
    text(row, member)?.parse().ok()
}

fn happened_after(row: &Value, member: &str, earliest: jiff::Timestamp) -> bool {
    time(row, member).is_some_and(|time| time >= earliest)
}

fn newest_first(mut rows: Vec<Value>, member: &str) -> Vec<Value> {
    rows.sort_by_key(|row| std::cmp::Reverse(time(row, member)));
    rows
}
