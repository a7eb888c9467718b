//! One run: every wanted dataset is read once, side by side as far as they do not need each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use jiff::{SignedDuration, Timestamp, Unit};
use model::{
    Data, Licenses, Organization, SubscribedSku, TenantInfo, Unavailable, UnavailableReason,
};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::client::{Client, http};
pub(crate) use crate::collection::Read;
use crate::collection::{Collection, Taken};
use crate::endpoints::Service;
use crate::exchange::{ANCHOR, Cmdlet};
use crate::fault::{Fault, Kind};
use crate::graph::List;
use crate::recipes::{How, License, Recipe, nowhere_because, recipe};
use crate::records::{Mark, Records};
use crate::several::{Found, References};
use crate::spool::{Kept, Spool};
use crate::token::Tokens;
use crate::traffic::Counters;
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
    spool: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Collection, CollectError> {
    let http = http().map_err(CollectError::Http)?;
    let profile = request.profile;
    let tenant = profile.tenant.id.as_str();
    let deadline = Instant::now() + request.limits.budget;
    let counters = Counters::default();
    let limits = (&request.limits, &counters);
    let tokens = Tokens::new(
        &http,
        &request.endpoints,
        limits,
        request.credential,
        (tenant, &profile.sign_in.client_id),
        deadline,
    );
    tokens
        .get(Service::Graph)
        .await
        .map_err(|source| CollectError::SignIn { tenant: tenant.to_owned(), source })?;
    let started_at = request.started_at;
    let spool = match spool {
        None => Spool::none(started_at),
        Some(folder) => Spool::open(folder, &profile.tenant.id, started_at, request.limits.fresh)?,
    };
    let times = (started_at, deadline);
    let client = Client::new(&http, &request.endpoints, limits, tokens, tenant, times);

    let wanted = closure(&request.wanted);
    let cells = wanted.iter().map(|data| (*data, OnceCell::new())).collect();
    let scan = Scan {
        request,
        client,
        progress,
        spool,
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
    let tenant =
        TenantInfo { id: profile.tenant.id.clone(), display_name, cloud: profile.tenant.cloud };
    let mut read: BTreeMap<_, _> = scan.cells.into_iter().collect();
    let datasets = Data::ALL.iter().map(|data| {
        let read = read.remove(data).and_then(OnceCell::into_inner);
        (*data, read.unwrap_or_else(|| Read::Unavailable(unasked(*data))))
    });
    Ok(Collection::new(tenant, datasets, counters.so_far(), scan.spool))
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
    spool: Spool,
    cells: BTreeMap<Data, OnceCell<Read>>,
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
    pub(crate) fn dataset(&self, data: Data) -> BoxFuture<'_, Option<&Read>> {
        async move {
            let cell = self.cells.get(&data)?;
            Some(cell.get_or_init(|| self.watched(data)).await)
        }
        .boxed()
    }

    /// The records of a dataset; `None` when they are not of this run or unavailable.
    pub(crate) async fn records(&self, data: Data) -> Option<&Records> {
        match self.dataset(data).await? {
            Read::Collected(taken) => Some(&taken.records),
            Read::Unavailable(_) => None,
        }
    }

    /// The records of a dataset by type; `None` also when they have an unexpected shape. For
    /// datasets that do not grow with the tenant: the others are visited.
    pub(crate) async fn typed<T: DeserializeOwned>(&self, data: Data) -> Option<Vec<T>> {
        self.records(data).await?.parse().ok()
    }

    /// The organization, once its dataset was read.
    fn organization(&self) -> Option<Organization> {
        match self.cells.get(&Data::Organization)?.get()? {
            Read::Collected(taken) => taken.records.parse().ok()?.into_iter().next(),
            Read::Unavailable(_) => None,
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

    async fn watched(&self, data: Data) -> Read {
        self.progress.started(data);
        let read = match recipe(data) {
            Some(recipe) => self.read(recipe).await,
            None => Read::Unavailable(Unavailable::not_collected("no recipe")),
        };
        let outcome = match &read {
            Read::Collected(taken) => Ok(taken.records.len()),
            Read::Unavailable(unavailable) => Err(unavailable),
        };
        self.progress.finished(data, outcome);
        read
    }

    /// Reads a dataset and says how it went.
    async fn read(&self, recipe: &Recipe) -> Read {
        if let How::Nowhere(_) = &recipe.how {
            return Read::Unavailable(unasked(recipe.data));
        }
        let licensed = match recipe.license {
            Some(license) => self.owns(license).await,
            None => None,
        };
        let source = self.source(recipe).await;
        let explain = |problem: Problem, at| {
            Read::Unavailable(problem.explain(recipe, licensed, source.clone(), at))
        };
        let kept = match self.spool.dataset(recipe.data, &source) {
            Ok(Kept { records, done: Some(done), .. }) => {
                let (source, at) = (done.source, done.at);
                return Read::Collected(Box::new(Taken { records, source, at }));
            }
            Ok(kept) => kept,
            Err(error) => return explain(disk(&error).into(), self.client.now()),
        };
        let mut outcome = self.ask(recipe, licensed, kept).await;
        if licensed == Some(true) && outcome.as_ref().is_err_and(Problem::is_unlicensed) {
            // Licensed tenants get this refusal now and then: a second look, some time later.
            let client = &self.client;
            let mut waits = Waits::new(client.limits, client.counters, client.deadline);
            if waits.again(true, None).await {
                outcome = match self.spool.dataset(recipe.data, &source) {
                    Ok(kept) => self.ask(recipe, licensed, kept).await,
                    Err(error) => Err(disk(&error).into()),
                };
            }
        }
        let at = self.client.now();
        let outcome = outcome.and_then(|records| {
            if recipe.never_empty && records.len() == 0 {
                let message = "the service answers with an empty list, which cannot be";
                return Err(Fault::new(Kind::Failed, message).into());
            }
            let kept = self.spool.keep(recipe.data, &source, records);
            let mut records = kept.map_err(|error| disk(&error))?;
            records.end(&source, at)?;
            Ok(records)
        });
        match outcome {
            Ok(records) => Read::Collected(Box::new(Taken { records, source, at })),
            Err(problem) => explain(problem, at),
        }
    }

    async fn ask(&self, recipe: &Recipe, licensed: Option<bool>, kept: Kept) -> Outcome {
        let service = Service::Graph;
        let bucket = recipe.bucket;
        let Kept { mut records, list, mut next, .. } = kept;
        match &recipe.how {
            // The rate is shared by all tenants of the application: none is spent on a refusal.
            How::Lists(_) if recipe.data == Data::SignInActivity && licensed == Some(false) => {
                Err(Problem::unlicensed(recipe.license))
            }
            How::Lists(paths) => {
                if recipe.data == Data::SignInActivity
                    && let Some(chosen) = self.sign_in_activity(&records).await
                {
                    return chosen;
                }
                for (number, path) in paths.iter().enumerate().skip(list) {
                    let path = self.filled(path).await;
                    let list = List { service, bucket, path: &path };
                    self.client.list_on(list, number, next.take(), &mut records).await?;
                }
                Ok(records)
            }
            How::FirstPage(path) => {
                Ok(self.client.first_page(List { service, bucket, path }).await?)
            }
            How::Object(path) => Ok(self.client.object(List { service, bucket, path }).await?),
            How::Azure(path) => {
                let service = Service::Azure;
                Ok(self.client.list(List { service, bucket, path }).await?)
            }
            // The last page was read already.
            How::Cmdlet(_) if list > 0 => Ok(records),
            How::Cmdlet(cmdlet) => {
                self.cmdlet(*cmdlet, next, &mut records).await?;
                Ok(records)
            }
            How::Several => self.several(recipe).await,
            How::Nowhere(_) => Ok(Records::new()),
        }
    }

    async fn cmdlet(
        &self,
        cmdlet: Cmdlet,
        next: Option<(String, Mark)>,
        records: &mut Records,
    ) -> Result<(), Fault> {
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
        self.client.cmdlet(cmdlet, &domain, compliance, next, records).await
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
        // Of the first run, so that a later one asks the same.
        let start = self.spool.started_at;
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

/// A disk that cannot keep pages.
fn disk(error: &std::io::Error) -> Fault {
    Fault::new(Kind::Failed, format!("pages cannot be kept on disk: {error}"))
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
