//! Scans one tenant: read the event, call the pipeline, return keys.
//!
//! Environment: `MUSTER_PROFILES` and `MUSTER_ARCHIVE`, each `s3://BUCKET/PREFIX` or a folder;
//! `MUSTER_SIGNING_KEY`, the path of a PEM file (optional); `MUSTER_CLOUD_URL`, a simulated
//! Microsoft cloud (tests).

mod failure;

use archive::{AnyStore, Key, SigningKey, Store};
use collect::{Endpoints, Limits, Silence};
use controls::Checklist;
use failure::Failure;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use model::{Grade, Profile};
use report::Brand;
use serde::{Deserialize, Serialize};

/// What the function is asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    /// The tenant's id; its profile is `<id>.toml`.
    tenant: String,
    /// When the schedule started the scan. It names the scan, so a repeated event changes nothing.
    started_at: Timestamp,
}

/// Where the result is. What is in it stays in the archive.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    tenant: String,
    /// The key of the manifest in the archive.
    manifest: String,
    /// The SHA-256 of the manifest, in lower-case hexadecimal.
    sha256: String,
    grade: Option<Grade>,
    score: Option<f64>,
    /// Datasets that should have been read and were not.
    unread: Vec<String>,
}

/// What lives as long as the function's instance.
struct Wiring {
    profiles: AnyStore,
    archive: AnyStore,
    signing_key: Option<SigningKey>,
    cloud_url: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let wiring = Wiring::from_environment().await?;
    let handler = |event: LambdaEvent<Request>| Box::pin(handle(&wiring, event.payload));
    lambda_runtime::run(service_fn(handler)).await
}

impl Wiring {
    async fn from_environment() -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let required = |name: &str| {
            std::env::var(name).with_context(|| format!("the variable {name} is not set"))
        };
        let optional = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let signing_key = match optional("MUSTER_SIGNING_KEY") {
            None => None,
            Some(path) => Some(SigningKey::from_pem(
                &std::fs::read_to_string(&path)
                    .with_context(|| format!("cannot read the signing key {path}"))?,
            )?),
        };
        Ok(Self {
            profiles: archive::open(&required("MUSTER_PROFILES")?).await?,
            archive: archive::open_for_writing(&required("MUSTER_ARCHIVE")?).await?,
            signing_key,
            cloud_url: optional("MUSTER_CLOUD_URL"),
        })
    }
}

/// Scans the tenant and says where the result lies.
async fn handle(wiring: &Wiring, request: Request) -> Result<Response, Failure> {
    let profile = profile(&wiring.profiles, &request.tenant).await?;
    let checklist = Checklist::named(&profile.checklist.name)
        .ok_or_else(|| Failure::permanent(format!("no checklist {:?}", profile.checklist.name)))?;
    let options =
        muster::drawing(&profile).map_err(|error| Failure::permanent(format!("{error:#}")))?;
    if !profile.checklist.custom.is_empty() {
        let message = "custom controls are judged by `muster scan`, not by the function: take \
                       `custom` out of [checklist]";
        return Err(Failure::permanent(message.to_owned()));
    }
    let settings = &profile.sign_in;
    let endpoints = Endpoints::of(profile.tenant.cloud);
    let audience = endpoints.federated_audience;
    let credential = collect::credential::fetch(settings.method, &settings.credential, audience)
        .await
        .map_err(Failure::from_permanent)?;
    let (endpoints, limits) = match &wiring.cloud_url {
        Some(url) => (endpoints.at(url), Limits::loopback()),
        None => (endpoints, Limits::default()),
    };
    let scan = muster::Scan {
        profile: &profile,
        checklist: &checklist,
        brand: &Brand::default(),
        options: &options,
        endpoints: &endpoints,
        credential: &credential,
        limits: &limits,
        started_at: request.started_at,
        signing_key: wiring.signing_key.as_ref(),
    };
    let scanned = muster::scan(&scan, &wiring.archive, &Silence).await?;
    tracing::info!(
        tenant = %request.tenant,
        unread = scanned.unread.len(),
        manifest = %scanned.sealed.manifest,
        "scanned"
    );
    Ok(Response {
        tenant: request.tenant,
        manifest: scanned.sealed.manifest.to_string(),
        sha256: scanned.sealed.sha256,
        grade: scanned.assessment.score.grade,
        score: scanned.assessment.score.value,
        unread: scanned.unread.into_iter().map(|(name, _)| name).collect(),
    })
}

/// The tenant's profile, `<id>.toml`.
async fn profile(profiles: &AnyStore, tenant: &str) -> Result<Profile, Failure> {
    let key = Key::new(&format!("{tenant}.toml")).map_err(Failure::from_permanent)?;
    let object = profiles.get(&key).await.map_err(Failure::from_transient)?;
    let object = object.ok_or_else(|| Failure::permanent(format!("no profile {key}")))?;
    let text = str::from_utf8(&object.bytes)
        .map_err(|_| Failure::permanent(format!("the profile {key} is no UTF-8")))?;
    let profile = Profile::parse(text)
        .map_err(|error| Failure::permanent(format!("the profile {key}: {error}")))?;
    if profile.tenant.id == tenant {
        Ok(profile)
    } else {
        Err(Failure::permanent(format!("the profile {key} is of another tenant")))
    }
}
