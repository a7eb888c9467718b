//! Lists: filters, pages, and what of a record is shown.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Request;
use crate::answer::Refusal;
use crate::filter::Filter;
use crate::properties::{
    USER_AS_PRINCIPAL, absent, comes_unasked, is_beta_only, is_navigation, known, unasked,
};
use crate::query::{Query, mistake};
use crate::table::{Table, text};
use crate::tenant::{Directory, Members, Tenant};

/// How a list pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// Records on a page when nobody asks.
    unasked: usize,
    /// The largest `$top`; `None` when the list does not take one.
    most: Option<usize>,
    /// Whether a larger `$top` is refused; otherwise it counts as the largest.
    refuses: bool,
    /// Whether it is cut into pages at all.
    cut: bool,
}

impl Page {
    /// Objects of the directory.
    pub(crate) const DIRECTORY: Self =
        Self { unasked: 100, most: Some(999), refuses: true, cut: true };
    /// Logs and reports.
    pub(crate) const LOG: Self =
        Self { unasked: 1000, most: Some(1000), refuses: false, cut: true };
    /// Risky users and detections.
    pub(crate) const RISK: Self = Self { unasked: 20, most: Some(500), refuses: true, cut: true };
    /// Access reviews.
    pub(crate) const REVIEWS: Self =
        Self { unasked: 100, most: Some(100), refuses: false, cut: true };
    /// One record a day.
    pub(crate) const DAILY: Self = Self { unasked: 90, most: Some(90), refuses: false, cut: true };
    /// Short lists that fit one page in practice.
    pub(crate) const SINGLE: Self = Self { unasked: 500, most: None, refuses: true, cut: true };
    /// Lists that are never cut.
    pub(crate) const WHOLE: Self =
        Self { unasked: usize::MAX, most: None, refuses: true, cut: false };

    /// Records on a page of this list.
    fn size(self, query: &Query, largest: Option<usize>) -> Result<usize, Refusal> {
        let size = match (query.top, self.most) {
            (None, _) => self.unasked,
            (Some(_), None) => return Err(mistake("this list takes no $top")),
            (Some(0), _) => return Err(mistake("Invalid page size specified: '0'.")),
            (Some(top), Some(most)) if top > most && self.refuses => {
                return Err(mistake(format!(
                    "Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive."
                )));
            }
            (Some(top), Some(most)) => top.min(most),
        };
        Ok(if self.cut { size.min(largest.unwrap_or(usize::MAX)) } else { usize::MAX })
    }
}

/// Where the records of a list come from.
pub(crate) enum Rows<'a> {
    /// A dataset.
    Table(&'a Table),
    /// Records made up for this answer.
    Values(Vec<Value>),
    /// Directory objects by id; an id that is nobody's is left out.
    Objects {
        /// Whose.
        tenant: &'a Tenant,
        /// Which.
        ids: Members<'a>,
    },
}

impl Rows<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Table(table) => table.len(),
            Self::Values(values) => values.len(),
            Self::Objects { ids, .. } => ids.len(),
        }
    }

    fn get(&self, place: usize) -> Option<(Option<Directory>, Cow<'_, Value>)> {
        match self {
            Self::Table(table) => Some((None, table.get(place)?)),
            Self::Values(values) => Some((None, Cow::Borrowed(values.get(place)?))),
            Self::Objects { tenant, ids } => {
                let (kind, record) = tenant.object(&ids.get(place)?)?;
                Some((Some(kind), Cow::Owned(record)))
            }
        }
    }
}

/// One request for a list.
pub(crate) struct List<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) dataset: &'a str,
    pub(crate) rows: Rows<'a>,
    pub(crate) page: Page,
    pub(crate) query: &'a Query,
}

impl List<'_> {
    /// The page that the query asks for.
    pub(crate) fn answer(self) -> Result<Value, Refusal> {
        let Self { request, dataset, rows, page, query } = self;
        let options = &request.state.options;
        let mut size = page.size(query, options.page_size)?;
        // Microsoft keeps pages with sign-in times smaller, whatever is asked.
        let names = query.select.as_deref().unwrap_or_default();
        if names.iter().any(|name| name == "signInActivity") {
            size = size.min(500);
        }
        let known = Known::of(dataset, &rows);
        for name in names {
            known.check(dataset, name, request.beta)?;
        }
        for (name, _) in query.filter.as_ref().map(Filter::comparisons).unwrap_or_default() {
            if !name.is_empty() {
                known.check(dataset, name, request.beta)?;
            }
        }

        let next_start = query.start.unwrap_or(query.skip);
        // Records that the page before had too: a few, or all but one.
        let overlap = match next_start {
            0 => 0,
            _ if !options.faults.overlapping_pages || !page.cut => 0,
            start if (start / size.max(1)) % 2 == 0 => size.saturating_sub(1).min(start),
            start => start.min(3),
        };
        let start = next_start - overlap;
        let size = size.saturating_add(overlap);
        let is_first = query.start.is_none();
        if is_first && options.faults.empty_pages && page.cut && rows.len() > 0 {
            return Ok(self::body(request, dataset, query, Vec::new(), Some(start), None));
        }
        let (shown, next) = match &query.filter {
            None => {
                let end = start.saturating_add(size).min(rows.len());
                let shown: Vec<_> = (start..end)
                    .filter_map(|place| rows.get(place))
                    .map(|(kind, record)| request.shown(dataset, kind, &record, query))
                    .collect::<Result<_, _>>()?;
                (shown, (end < rows.len()).then_some(end))
            }
            Some(filter) => {
                let mut shown = Vec::new();
                let mut next = None;
                let passing = (0..rows.len())
                    .filter_map(|place| rows.get(place))
                    .filter(|(_, record)| filter.matches(record))
                    .skip(start)
                    .enumerate();
                for (place, (kind, record)) in passing {
                    if place == size {
                        next = Some(start + size);
                        break;
                    }
                    shown.push(request.shown(dataset, kind, &record, query)?);
                }
                (shown, next)
            }
        };
        let count = (query.count && is_first).then(|| match &query.filter {
            None => rows.len(),
            Some(filter) => (0..rows.len())
                .filter_map(|place| rows.get(place))
                .filter(|(_, record)| filter.matches(record))
                .count(),
        });
        Ok(self::body(request, dataset, query, shown, next, count))
    }
}

fn body(
    request: &Request<'_>,
    dataset: &str,
    query: &Query,
    shown: Vec<Value>,
    next: Option<usize>,
    count: Option<usize>,
) -> Value {
    let mut body = Map::new();
    let what = match &query.select {
        Some(names) => format!("{}({})", request.path, names.join(",")),
        None if dataset == "directoryObjects" => dataset.to_owned(),
        None => request.path.to_owned(),
    };
    body.insert("@odata.context".to_owned(), json!(request.context(&what)));
    if let Some(count) = count {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    let foreign = &request.state.options.faults.foreign_links;
    if !foreign.is_empty() && request.path.contains(foreign.as_str()) {
        let link = format!("https://graph.microsoft.example/v1.0/{}", request.path);
        body.insert("@odata.nextLink".to_owned(), json!(link));
    } else if let Some(next) = next {
        let version = if request.beta { "beta" } else { "v1.0" };
        let options = query.next(next, &request.list_name());
        let link = format!("{}/graph/{version}/{}?{options}", request.state.base, request.path);
        body.insert("@odata.nextLink".to_owned(), json!(link));
    }
    body.insert("value".to_owned(), Value::Array(shown));
    Value::Object(body)
}

/// The property names that records of a list may have.
enum Known {
    /// By the schema.
    Schema(&'static [&'static str]),
    /// Of users, groups and service principals alike.
    Directory,
    /// By the records at hand; empty when there are none, and then any name is fine.
    Seen(Vec<String>),
}

impl Known {
    fn of(dataset: &str, rows: &Rows<'_>) -> Self {
        if dataset == "directoryObjects" {
            return Self::Directory;
        }
        if let Some(names) = known(dataset) {
            return Self::Schema(names);
        }
        let mut names = Vec::new();
        for (_, record) in (0..rows.len().min(50)).filter_map(|place| rows.get(place)) {
            names.extend(record.as_object().into_iter().flat_map(|it| it.keys().cloned()));
        }
        Self::Seen(names)
    }

    fn check(&self, dataset: &str, name: &str, beta: bool) -> Result<(), Refusal> {
        let root = name.split('/').next().unwrap_or(name);
        let is_known = match self {
            Self::Schema(names) => names.contains(&root),
            Self::Directory => ["users", "groups", "servicePrincipals"]
                .iter()
                .any(|dataset| known(dataset).is_some_and(|names| names.contains(&root))),
            Self::Seen(names) => {
                names.is_empty() || root == "id" || names.iter().any(|seen| seen == root)
            }
        };
        if is_known && (beta || !is_beta_only(dataset, root)) {
            return Ok(());
        }
        Err(mistake(format!("Could not find a property named '{name}'.")))
    }
}

impl Request<'_> {
    /// A single object as the query wants it.
    pub(crate) fn entity(
        &self,
        dataset: &str,
        record: &Value,
        query: &Query,
    ) -> Result<Value, Refusal> {
        if query.top.is_some() || query.filter.is_some() {
            return Err(mistake("a single object takes no $top and no $filter"));
        }
        let rows = Rows::Values(vec![record.clone()]);
        let known = Known::of(dataset, &rows);
        for name in query.select.as_deref().unwrap_or_default() {
            known.check(dataset, name, self.beta)?;
        }
        let mut shown = self.shown(dataset, None, record, query)?;
        if let Some(members) = shown.as_object_mut() {
            let what = format!("{}/$entity", self.path);
            members.insert("@odata.context".to_owned(), json!(self.context(&what)));
        }
        Ok(shown)
    }

    /// What of a record is shown.
    fn shown(
        &self,
        dataset: &str,
        kind: Option<Directory>,
        record: &Value,
        query: &Query,
    ) -> Result<Value, Refusal> {
        if let Some(kind) = kind {
            return Ok(self.directory_object(kind, record, query.select.as_deref()));
        }
        let mut shown = self.selected(dataset, record, query.select.as_deref());
        let (name, inner) = match &query.expand {
            None => ("", ""),
            Some((name, inner)) => (name.as_str(), inner.as_str()),
        };
        let expanded = match (dataset, name) {
            ("roleManagementPolicyAssignments", "policy") => {
                let mut policy = record.get("policy").cloned().unwrap_or_default();
                if !inner.starts_with("$expand=rules")
                    && let Some(policy) = policy.as_object_mut()
                {
                    policy.remove("rules");
                }
                Some(policy)
            }
            (
                "roleAssignments"
                | "roleAssignmentScheduleInstances"
                | "roleEligibilityScheduleInstances",
                "principal",
            ) => Some(self.principal(record)),
            (
                "roleAssignments"
                | "roleAssignmentScheduleInstances"
                | "roleEligibilityScheduleInstances",
                "roleDefinition",
            ) => {
                let id = text(record, "roleDefinitionId").unwrap_or_default();
                let roles = self.tenant.table("roleDefinitions");
                let role = roles.and_then(|roles| roles.find("id", id)).map(Cow::into_owned);
                Some(role.map_or(Value::Null, |role| self.selected("roleDefinitions", &role, None)))
            }
            (_, "owners") if is_navigation(dataset, "owners") => {
                let ids = record.get("owners").and_then(Value::as_array).cloned();
                let owners: Vec<_> = ids
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|id| self.tenant.object(id.as_str()?))
                    .map(|(kind, record)| self.directory_object(kind, &record, None))
                    .collect();
                Some(Value::Array(owners))
            }
            (_, "") => None,
            _ => return Err(Refusal::unknown(&format!("$expand={name} of {dataset}"))),
        };
        if let (Some(expanded), Some(shown)) = (expanded, shown.as_object_mut()) {
            shown.insert(name.to_owned(), expanded);
        } else if dataset == "roleManagementPolicyAssignments"
            && let Some(shown) = shown.as_object_mut()
        {
            shown.remove("policy");
        }
        Ok(shown)
    }

    /// The members of a record that a selection, or none, lets through.
    fn selected(&self, dataset: &str, record: &Value, select: Option<&[String]>) -> Value {
        let Some(members) = record.as_object() else { return record.clone() };
        let mut shown: Map<_, _> = members
            .iter()
            .filter(|(name, _)| self.beta || !is_beta_only(dataset, name))
            .filter(|(name, _)| !is_navigation(dataset, name))
            .filter(|(name, _)| match select {
                None => comes_unasked(dataset, name),
                Some(names) => name.starts_with('@') || names.iter().any(|wanted| wanted == *name),
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let Some(schema) = known(dataset) else { return Value::Object(shown) };
        let asked: Vec<&str> = match select {
            None => unasked(dataset).to_vec(),
            Some(names) => names.iter().map(String::as_str).collect(),
        };
        for name in asked.into_iter().filter(|name| schema.contains(name)) {
            if let (false, Some(absent)) = (shown.contains_key(name), absent(name)) {
                shown.insert(name.to_owned(), absent);
            }
        }
        // Without the permission it looks as if there were none.
        if let Some(attributes) = shown.get_mut("customSecurityAttributes")
            && !self.has("CustomSecAttributeAssignment.Read.All")
        {
            *attributes = Value::Null;
        }
        Value::Object(shown)
    }

    /// A user, group or service principal in a list of mixed objects. Where the caller may not read
    /// the kind, only its type and id are shown.
    pub(crate) fn directory_object(
        &self,
        kind: Directory,
        record: &Value,
        select: Option<&[String]>,
    ) -> Value {
        let (dataset, of, needs) = match kind {
            Directory::User => ("users", "user", super::USERS),
            Directory::Group => ("groups", "group", super::GROUPS),
            Directory::ServicePrincipal => {
                ("servicePrincipals", "servicePrincipal", super::APPLICATIONS)
            }
        };
        let mut shown = if needs.iter().any(|permission| self.has(permission)) {
            self.selected(dataset, record, select)
        } else {
            json!({"id": record.get("id")})
        };
        if let Some(members) = shown.as_object_mut() {
            members.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{of}")));
        }
        shown
    }

    /// The principal of a role assignment; null when it is gone or of another tenant.
    fn principal(&self, assignment: &Value) -> Value {
        let id = text(assignment, "principalId").unwrap_or_default();
        let Some((kind, record)) = self.tenant.object(id) else { return Value::Null };
        let as_principal: Vec<_> =
            USER_AS_PRINCIPAL.iter().map(|name| (*name).to_owned()).collect();
        let select = (kind == Directory::User).then_some(as_principal.as_slice());
        self.directory_object(kind, &record, select)
    }
}
