//! One run: every wanted dataset is read once, side by side as far as they do not need each other.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use jiff::{SignedDuration, Timestamp, Unit};
use model::{
    Collector, Data, Dataset, Licenses, Organization, Snapshot, SubscribedSku, TenantInfo,
    Unavailable, UnavailableReason,
};
use serde::Deserialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::client::{Client, http};
use crate::endpoints::Service;
use crate::exchange::{ANCHOR, Cmdlet};
use crate::fault::{Fault, Kind};
use crate::graph::List;
use crate::recipes::{How, License, Recipe, nowhere_because, recipe};
use crate::records::Records;
use crate::several::{Found, References};
use crate::token::Tokens;
use crate::wait::Waits;
use crate::{CollectError, Progress, Request};

/// Always read: they tell whose the answers are, and what may be asked.
const ALWAYS: [Data; 2] = [Data::Organization, Data::SubscribedSkus];

/// Datasets without which another cannot be read.
const NEEDS: &[(Data, &[Data])] = &[
    (Data::UserAuthenticationRequirements, &[Data::Users]),
    (Data::UserAuthenticationMethods, &[Data::Users, Data::RoleAssignments]),
];

/// Runs a collection.
pub(crate) async fn run(
    request: &Request<'_>,
    progress: &dyn Progress,
) -> Result<Snapshot, CollectError> {
    let http = http().map_err(CollectError::Http)?;
    let profile = request.profile;
    let tenant = profile.tenant.id.as_str();
    let deadline = Instant::now() + request.limits.budget;
    let tokens = Tokens::new(
        &http,
        &request.endpoints,
        &request.limits,
        request.credential,
        (tenant, &profile.sign_in.client_id),
        deadline,
    );
    tokens
        .get(Service::Graph)
        .await
        .map_err(|source| CollectError::SignIn { tenant: tenant.to_owned(), source })?;
    let times = (request.started_at, deadline);
    let client = Client::new(&http, &request.endpoints, &request.limits, tokens, tenant, times);

    let wanted = closure(&request.wanted);
    let cells = wanted.iter().map(|data| (*data, OnceCell::new())).collect();
    let scan = Scan {
        request,
        client,
        progress,
        cells,
        licenses: OnceCell::new(),
        compliance: OnceCell::new(),
        references: OnceCell::new(),
        by_mail: OnceCell::new(),
    };
    scan.dataset(Data::Organization).await;
    let organization = scan.organization();
    let found = organization.as_ref().map(|it| it.id.as_str()).filter(|id| *id != tenant);
    if let Some(found) = found {
        let (asked, found) = (tenant.to_owned(), crate::fault::clean(found));
        return Err(CollectError::WrongTenant { asked, found });
    }
    join_all(wanted.iter().map(|data| scan.dataset(*data))).await;

    let display_name =
        organization.and_then(|it| it.display_name).unwrap_or_else(|| profile.tenant.name.clone());
    let mut read: BTreeMap<_, _> = scan.cells.into_iter().collect();
    let datasets = Data::ALL
        .iter()
        .map(|data| {
            let dataset = read
                .remove(data)
                .and_then(OnceCell::into_inner)
                .unwrap_or_else(|| Dataset::Unavailable(unasked(*data)));
            (data.name().to_owned(), dataset)
        })
        .collect();
    Ok(Snapshot {
        tenant: TenantInfo {
            id: profile.tenant.id.clone(),
            display_name,
            cloud: profile.tenant.cloud,
        },
        taken_at: request.started_at,
        collector: Collector {
            name: "muster".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        datasets,
        other: model::Members::new(),
    })
}

/// Why a dataset that is not of the run is not there.
fn unasked(data: Data) -> Unavailable {
    match nowhere_because(data) {
        Some(why) => Unavailable {
            reason: UnavailableReason::NotSupported,
            detail: why.to_owned(),
            source: String::new(),
            at: None,
        },
        None => Unavailable::not_collected("nobody asked for it"),
    }
}

/// The wanted datasets and those that they need.
pub(crate) fn closure(wanted: &BTreeSet<Data>) -> BTreeSet<Data> {
    let mut all = wanted.clone();
    all.extend(ALWAYS);
    for (data, needs) in NEEDS {
        if wanted.contains(data) {
            all.extend(*needs);
        }
    }
    all
}

/// One run.
pub(crate) struct Scan<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) client: Client<'a>,
    progress: &'a dyn Progress,
    cells: BTreeMap<Data, OnceCell<Dataset>>,
    licenses: OnceCell<Option<Licenses>>,
    /// Where Security & Compliance answers.
    compliance: OnceCell<String>,
    /// The groups that other datasets refer to.
    pub(crate) references: OnceCell<References>,
    /// Those of them that were referred to by mail address.
    pub(crate) by_mail: OnceCell<Result<Found, Fault>>,
}

/// What one recipe gave: the records, or what went wrong.
pub(crate) type Outcome = Result<Records, Problem>;

/// Why a dataset is unavailable.
pub(crate) enum Problem {
    /// A request went wrong. The permissions are those that this very request takes, where they
    /// differ from the recipe's.
    Fault(Fault, Option<&'static [&'static str]>),
    /// No request was made, and why.
    Unasked(UnavailableReason, String),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault, None)
    }
}

impl Scan<'_> {
    /// A dataset, read when first asked for; `None` when it is not one of this run.
    pub(crate) fn dataset(&self, data: Data) -> BoxFuture<'_, Option<&Dataset>> {
        async move {
            let cell = self.cells.get(&data)?;
            Some(cell.get_or_init(|| self.watched(data)).await)
        }
        .boxed()
    }

    /// The records of a dataset as raw JSON; `None` when they are not of this run or unavailable.
    pub(crate) async fn raw(&self, data: Data) -> Option<&str> {
        match self.dataset(data).await? {
            Dataset::Collected(collected) => Some(collected.records.get()),
            Dataset::Unavailable(_) => None,
        }
    }

    /// The records of a dataset by type; `None` also when they have an unexpected shape.
    pub(crate) async fn typed<'s, T: Deserialize<'s>>(&'s self, data: Data) -> Option<Vec<T>> {
        serde_json::from_str(self.raw(data).await?).ok()
    }

    /// The organization, once its dataset was read.
    fn organization(&self) -> Option<Organization> {
        match self.cells.get(&Data::Organization)?.get()? {
            Dataset::Collected(collected) => {
                let records = serde_json::from_str::<Vec<Organization>>(collected.records.get());
                records.ok()?.into_iter().next()
            }
            Dataset::Unavailable(_) => None,
        }
    }

    /// A domain of the tenant, to route requests by.
    fn domain(&self) -> String {
        let organization = self.organization().unwrap_or_default();
        let initial = organization.verified_domains.iter().find(|it| it.is_initial == Some(true));
        let profile = &self.request.profile.tenant;
        match initial {
            Some(domain) => domain.name.clone(),
            None if !profile.domain.is_empty() => profile.domain.clone(),
            None => profile.id.to_string(),
        }
    }

    /// Whether the tenant owns a license; `None` when its subscriptions could not be read.
    pub(crate) async fn owns(&self, license: License) -> Option<bool> {
        let licenses = self.licenses.get_or_init(|| async {
            self.typed::<SubscribedSku>(Data::SubscribedSkus).await.map(|skus| Licenses::of(&skus))
        });
        licenses.await.as_ref().map(|licenses| license.is_owned(licenses))
    }

    async fn watched(&self, data: Data) -> Dataset {
        self.progress.started(data);
        let dataset = match recipe(data) {
            Some(recipe) => self.read(recipe).await,
            None => Dataset::Unavailable(Unavailable::not_collected("no recipe")),
        };
        self.progress.finished(data, &dataset);
        dataset
    }

    /// Reads a dataset and says how it went.
    async fn read(&self, recipe: &Recipe) -> Dataset {
        if let How::Nowhere(_) = &recipe.how {
            return Dataset::Unavailable(unasked(recipe.data));
        }
        let licensed = match recipe.license {
            Some(license) => self.owns(license).await,
            None => None,
        };
        let source = self.source(recipe).await;
        let mut outcome = self.ask(recipe, licensed).await;
        if licensed == Some(true) && outcome.as_ref().is_err_and(Problem::is_unlicensed) {
            // Licensed tenants get this refusal now and then: a second look, some time later.
            if Waits::new(self.client.limits, self.client.deadline).again(true, None).await {
                outcome = self.ask(recipe, licensed).await;
            }
        }
        let at = self.client.now();
        let outcome = outcome.and_then(|records| {
            if recipe.never_empty && records.len() == 0 {
                let message = "the service answers with an empty list, which cannot be";
                return Err(Fault::new(Kind::Failed, message).into());
            }
            Ok(records)
        });
        match outcome {
            Ok(records) => records.into_dataset(source, at),
            Err(problem) => Dataset::Unavailable(problem.explain(recipe, licensed, source, at)),
        }
    }

    async fn ask(&self, recipe: &Recipe, licensed: Option<bool>) -> Outcome {
        let service = Service::Graph;
        let bucket = recipe.bucket;
        match &recipe.how {
            // The rate is shared by all tenants of the application: none is spent on a refusal.
            How::Lists(_) if recipe.data == Data::SignInActivity && licensed == Some(false) => {
                Err(Problem::unlicensed(recipe.license))
            }
            How::Lists(paths) => {
                let mut all = Records::new();
                for path in *paths {
                    let path = self.filled(path).await;
                    let some = self.client.list(List { service, bucket, path: &path }).await?;
                    all.join(&some);
                }
                Ok(all)
            }
            How::FirstPage(path) => {
                Ok(self.client.first_page(List { service, bucket, path }).await?)
            }
            How::Object(path) => Ok(self.client.object(List { service, bucket, path }).await?),
            How::Azure(path) => {
                let service = Service::Azure;
                Ok(self.client.list(List { service, bucket, path }).await?)
            }
            How::Cmdlet(cmdlet) => Ok(self.cmdlet(*cmdlet).await?),
            How::Several => self.several(recipe).await,
            How::Nowhere(_) => Ok(Records::new()),
        }
    }

    async fn cmdlet(&self, cmdlet: Cmdlet) -> Result<Records, Fault> {
        let domain = self.domain();
        let compliance = if cmdlet.compliance {
            let anchor = format!("UPN:{ANCHOR}@{domain}");
            let region = self.compliance.get_or_init(|| async {
                let region = self.client.compliance_region(&anchor).await;
                region.unwrap_or_else(|| {
                    self.client.endpoints.address(Service::Compliance).to_owned()
                })
            });
            region.await.as_str()
        } else {
            ""
        };
        self.client.cmdlet(cmdlet, &domain, compliance).await
    }

    /// A path with its times.
    async fn filled(&self, path: &str) -> String {
        let mut path = path.to_owned();
        if path.contains("{retention}") {
            // A day less than the service keeps, because it refuses what reaches beyond.
            let premium = License::Plan(model::Plan::EntraIdP1);
            let days = if self.owns(premium).await == Some(true) { 29 } else { 6 };
            path = path.replace("{retention}", &self.days_ago(days));
        }
        while let Some((before, rest)) = path.split_once("{days:") {
            let Some((days, after)) = rest.split_once('}') else { break };
            let time = self.days_ago(days.parse().unwrap_or(7));
            path = format!("{before}{time}{after}");
        }
        path
    }

    fn days_ago(&self, days: i64) -> String {
        let start = self.request.started_at;
        let time = start.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(start);
        time.round(Unit::Second).unwrap_or(time).to_string()
    }

    /// What the snapshot says of the request.
    async fn source(&self, recipe: &Recipe) -> String {
        match &recipe.how {
            How::Lists(paths) => {
                let mut sources = Vec::new();
                for path in *paths {
                    sources.push(format!("GET {}", self.filled(path).await));
                }
                sources.join(", ")
            }
            How::FirstPage(path) | How::Object(path) | How::Azure(path) => format!("GET {path}"),
            How::Cmdlet(cmdlet) => cmdlet.name.to_owned(),
            How::Several => crate::several::source(recipe.data).to_owned(),
            How::Nowhere(_) => String::new(),
        }
    }
}

impl Problem {
    /// The license is known to be missing, so nothing was asked.
    pub(crate) fn unlicensed(license: Option<License>) -> Self {
        let words = license.map_or("the license", License::words);
        let detail = format!("not asked: the tenant has no subscription with {words}");
        Self::Unasked(UnavailableReason::NotLicensed, detail)
    }

    fn is_unlicensed(&self) -> bool {
        matches!(self, Self::Fault(fault, _) if fault.kind == Kind::Unlicensed)
    }

    /// The problem as the snapshot tells it: for a missing permission, which.
    pub(crate) fn explain(
        self,
        recipe: &Recipe,
        licensed: Option<bool>,
        source: String,
        at: Timestamp,
    ) -> Unavailable {
        let (fault, permissions) = match self {
            Self::Fault(fault, permissions) => (fault, permissions.unwrap_or(recipe.permissions)),
            Self::Unasked(reason, detail) => {
                return Unavailable { reason, detail, source: String::new(), at: None };
            }
        };
        let reason = fault.reason(licensed);
        let mut detail = fault.to_string();
        match (reason, recipe.license) {
            (UnavailableReason::Forbidden, _) => detail.push_str(&missing(recipe, permissions)),
            (UnavailableReason::NotLicensed, Some(license)) => {
                detail.push_str("; takes ");
                detail.push_str(license.words());
            }
            _ => {}
        }
        Unavailable { reason, detail, source, at: Some(at) }
    }
}

/// What to grant.
fn missing(recipe: &Recipe, permissions: &[&str]) -> String {
    let names = permissions.join(" and ");
    match &recipe.how {
        How::Cmdlet(cmdlet) => format!(
            "; {} needs the application permission {names} and the directory role Global Reader \
             (Security Reader for policies and rules)",
            cmdlet.name
        ),
        How::Azure(_) => "; needs the directory role Security Reader, or the Azure role Reader at \
                          the scope /providers/Microsoft.aadiam"
            .to_owned(),
        _ if names.is_empty() => String::new(),
        _ => format!("; needs the application permission {names}"),
    }
}
