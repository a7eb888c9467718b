//! Tries what a scan would do, with one small request each: what is missing shows without reading a
//! tenant.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp, Unit};
use model::{Data, Id, Licenses, Organization, SubscribedSku, Unavailable};
use serde::Deserialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::claims::Claims;
use crate::client::{Client, http};
use crate::endpoints::Service;
use crate::exchange::ANCHOR;
use crate::fault::{Fault, clean};
use crate::graph::List;
use crate::recipes::{How, Recipe, recipe};
use crate::scan::{Problem, closure};
use crate::several::probe;
use crate::token::Tokens;
use crate::traffic::Counters;
use crate::{CollectError, Request, SignInError};

/// What a scan of a tenant would find.
#[derive(Debug)]
pub struct Checkup {
    /// The services that the wanted datasets take: what their tokens say, or why there is none.
    /// Claims are `None` where a token cannot be read.
    pub tokens: Vec<(Service, Result<Option<Claims>, SignInError>)>,
    /// What the tenant owns; `None` where its subscriptions could not be read.
    pub licenses: Option<Licenses>,
    /// Every wanted dataset that some interface gives, and those that they need.
    pub tried: Vec<Tried>,
}

/// A dataset that was tried.
#[derive(Debug)]
pub struct Tried {
    /// Which.
    pub data: Data,
    /// Whether the tenant owns the license for it; `None`: it takes none, or nobody knows.
    pub licensed: Option<bool>,
    /// How it went.
    pub outcome: Outcome,
}

/// How a trial went.
#[derive(Debug)]
pub enum Outcome {
    /// A scan can read it.
    Readable,
    /// There was nothing to try it on, and why.
    Untried(&'static str),
    /// A scan cannot read it.
    Unavailable(Unavailable),
}

/// The datasets that a scan for these asks for: they themselves, those that they need, and those
/// that are always read. What no interface gives is left out.
pub fn needed(wanted: &BTreeSet<Data>) -> BTreeSet<Data> {
    let is_somewhere =
        |data: &Data| recipe(*data).is_some_and(|it| !matches!(it.how, How::Nowhere(_)));
    closure(wanted).into_iter().filter(is_somewhere).collect()
}

/// Signs in to every service that the wanted datasets take, and tries each of them with one small
/// request. `on` is told when a dataset was tried.
///
/// Without a token for Microsoft Graph nothing is tried.
///
/// # Errors
///
/// When HTTP cannot be set up, or the organization that answers is not the tenant asked for.
pub async fn check(
    request: &Request<'_>,
    on: &(dyn Fn(Data) + Send + Sync),
) -> Result<Checkup, CollectError> {
    let http = http().map_err(CollectError::Http)?;
    let profile = request.profile;
    let tenant = profile.tenant.id.as_str();
    let deadline = Instant::now() + request.limits.budget;
    let counters = Counters::default();
    let (endpoints, limits) = (&request.endpoints, (&request.limits, &counters));
    let identity = (tenant, profile.sign_in.client_id.as_str());
    let tokens = Tokens::new(&http, endpoints, limits, request.credential, identity, deadline);
    let times = (request.started_at, deadline);
    let client = Client::new(&http, endpoints, limits, tokens, tenant, times);

    let recipes: Vec<&Recipe> = needed(&request.wanted).into_iter().filter_map(recipe).collect();
    let services: BTreeSet<Service> = recipes.iter().map(|recipe| service(recipe)).collect();
    let signed_in = services.into_iter().map(|service| {
        let client = &client;
        async move {
            let token = client.tokens.get(service).await;
            (service, token.map(|token| Claims::of(&token)))
        }
    });
    let tokens = join_all(signed_in).await;
    if tokens.iter().any(|(service, token)| *service == Service::Graph && token.is_err()) {
        return Ok(Checkup { tokens, licenses: None, tried: Vec::new() });
    }

    let organization = organization(&client).await;
    let found = organization.as_ref().map(|it| &it.id).filter(|id| id.as_str() != tenant);
    if let Some(found) = found {
        let (asked, found) = (tenant.to_owned(), clean(found));
        return Err(CollectError::WrongTenant { asked, found });
    }
    let domains = organization.unwrap_or_default().verified_domains;
    let initial = domains.into_iter().find(|it| it.is_initial == Some(true)).map(|it| it.name);
    let domain = initial.unwrap_or_else(|| profile.tenant.domain.clone());
    let skus = client.list(List::of("/v1.0/subscribedSkus")).await;
    let licenses = skus.and_then(|skus| skus.parse::<SubscribedSku>()).ok();
    let licenses = licenses.map(|skus| Licenses::of(&skus));
    let trial = Trial {
        client: &client,
        domain: if domain.is_empty() { tenant.to_owned() } else { domain },
        yesterday: yesterday(request.started_at),
        licenses: licenses.as_ref(),
        user: OnceCell::new(),
        group: OnceCell::new(),
        compliance: OnceCell::new(),
    };
    let tried = recipes.into_iter().map(|recipe| {
        let trial = &trial;
        async move {
            let tried = trial.dataset(recipe).await;
            on(recipe.data);
            tried
        }
    });
    let tried = join_all(tried).await;
    drop(trial);
    Ok(Checkup { tokens, licenses, tried })
}

/// The organization that answers; `None` when it does not.
async fn organization(client: &Client<'_>) -> Option<Organization> {
    let path = "/v1.0/organization?$select=id,verifiedDomains";
    let records = client.list(List::of(path)).await.ok()?;
    records.parse::<Organization>().ok()?.into_iter().next()
}

fn service(recipe: &Recipe) -> Service {
    match &recipe.how {
        How::Cmdlet(cmdlet) if cmdlet.compliance => Service::Compliance,
        How::Cmdlet(_) => Service::Exchange,
        How::Azure(_) => Service::Azure,
        _ => Service::Graph,
    }
}

fn yesterday(now: Timestamp) -> String {
    let time = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    time.round(Unit::Second).unwrap_or(time).to_string()
}

/// What trials share.
struct Trial<'a> {
    client: &'a Client<'a>,
    /// A domain of the tenant, to route requests by.
    domain: String,
    yesterday: String,
    licenses: Option<&'a Licenses>,
    /// The id of any user.
    user: OnceCell<Option<Id>>,
    /// The id of any group.
    group: OnceCell<Option<Id>>,
    /// Where Security & Compliance answers.
    compliance: OnceCell<String>,
}

impl Trial<'_> {
    async fn dataset(&self, recipe: &Recipe) -> Tried {
        let licensed = recipe.license.and_then(|license| Some(license.is_owned(self.licenses?)));
        let outcome = match self.ask(recipe).await {
            Ok(None) => Outcome::Readable,
            Ok(Some(why)) => Outcome::Untried(why),
            Err(fault) => {
                let at = self.client.now();
                let problem = Problem::from(fault);
                Outcome::Unavailable(problem.explain(recipe, licensed, String::new(), at))
            }
        };
        Tried { data: recipe.data, licensed, outcome }
    }

    /// Asks for a little; the answer is why there was nothing to ask for.
    async fn ask(&self, recipe: &Recipe) -> Result<Option<&'static str>, Fault> {
        let path = match &recipe.how {
            How::Cmdlet(cmdlet) => {
                let compliance = if cmdlet.compliance { self.compliance().await } else { "" };
                return self
                    .client
                    .try_cmdlet(*cmdlet, &self.domain, compliance)
                    .await
                    .map(|()| None);
            }
            How::Nowhere(why) => return Ok(Some(why)),
            How::Lists(paths) => paths.first().copied().unwrap_or_default(),
            How::FirstPage(path) | How::Object(path) | How::Azure(path) => path,
            How::Several => probe(recipe.data),
        };
        let mut path = self.filled(path);
        for (place, object) in [("{user}", &self.user), ("{group}", &self.group)] {
            if !path.contains(place) {
                continue;
            }
            let list = if place == "{user}" { "users" } else { "groups" };
            let Some(id) = object.get_or_init(|| self.any(list)).await else {
                return Ok(Some("there was no account or group to try it on"));
            };
            path = path.replace(place, id);
        }
        let list = List { service: service(recipe), bucket: recipe.bucket, path: &path };
        // A list that can be asked for one record is not followed to its end.
        let asked = if path.contains("$top=") {
            self.client.first_page(list).await
        } else {
            self.client.object(list).await
        };
        asked.map(|_| None)
    }

    /// The id of any object of a list of the directory.
    async fn any(&self, list: &str) -> Option<Id> {
        #[derive(Deserialize)]
        struct Known {
            id: Id,
        }
        let path = format!("/v1.0/{list}?$select=id&$top=1");
        let first = self.client.first_page(List::of(&path)).await.ok()?;
        Some(first.parse::<Known>().ok()?.into_iter().next()?.id)
    }

    async fn compliance(&self) -> &str {
        let region = self.compliance.get_or_init(|| async {
            let anchor = format!("UPN:{ANCHOR}@{}", self.domain);
            let front = self.client.endpoints.address(Service::Compliance);
            let region = self.client.compliance_region(&anchor).await;
            region.unwrap_or_else(|| front.to_owned())
        });
        region.await
    }

    /// A path that asks for one record of the last day.
    fn filled(&self, path: &str) -> String {
        let mut path = path.replace("{retention}", &self.yesterday);
        while let Some((before, rest)) = path.split_once("{days:") {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            path = format!("{before}{}{after}", self.yesterday);
        }
        match path.split_once("$top=") {
            Some((before, rest)) => {
                let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
                format!("{before}$top=1{rest}")
            }
            None => path,
        }
    }
}
