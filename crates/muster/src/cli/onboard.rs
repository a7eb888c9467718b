//! `muster onboard`: how a tenant lets the scanner in.

mod steps;

use std::path::Path;

use ::collect::{Endpoints, discover};
use anyhow::Context as _;
use model::{Cloud, Id, Profile, SignInMethod};

use super::args::{Method, Onboard, OnboardFormat};
use super::terminal::{Terminal, width};
use super::{Status, Usage};
use crate::{input, onboarding, profiles};

/// What is known of the tenant.
struct Newcomer {
    id: Id,
    name: String,
    cloud: Cloud,
    /// Empty where it is not known.
    domain: String,
    client_id: String,
    method: SignInMethod,
    /// Where the credential is kept.
    credential: String,
    redirect: String,
    /// The folder of profiles.
    folder: String,
}

pub(crate) async fn run(arguments: &Onboard, terminal: &Terminal) -> anyhow::Result<Status> {
    let newcomer = match known(arguments)? {
        Some(profile) => of_profile(arguments, &profile),
        None => asked(arguments, terminal).await?,
    };
    let text = match arguments.format {
        OnboardFormat::Text => steps::text(
            &newcomer,
            &onboarding::names(newcomer.cloud),
            usize::from(width().min(100)),
        ),
        OnboardFormat::Profile => steps::profile(&newcomer),
    };
    terminal.data(&text)?;
    Ok(Status::Done)
}

/// The profile that the argument names: a file, or one of those in the folder.
fn known(arguments: &Onboard) -> anyhow::Result<Option<Profile>> {
    let name = &arguments.tenant;
    let path = Path::new(name);
    if path.extension().is_some_and(|ending| ending == "toml") {
        return Ok(Some(input::profile(path)?));
    }
    match &arguments.tenants {
        Some(folder) if folder.is_dir() => {
            let profiles = profiles::read_all(folder)?;
            Ok(profiles::choose(&profiles, name).ok().cloned())
        }
        _ => Ok(None),
    }
}

fn of_profile(arguments: &Onboard, profile: &Profile) -> Newcomer {
    let settings = &profile.sign_in;
    Newcomer {
        id: profile.tenant.id.clone(),
        name: profile.tenant.name.clone(),
        cloud: arguments.cloud.map_or(profile.tenant.cloud, super::args::CloudName::cloud),
        domain: profile.tenant.domain.clone(),
        client_id: arguments.client_id.clone().unwrap_or_else(|| settings.client_id.clone()),
        method: arguments.method.map_or(settings.method, Method::method),
        credential: settings.credential.clone(),
        redirect: arguments.redirect.clone(),
        folder: folder(arguments),
    }
}

fn folder(arguments: &Onboard) -> String {
    let given = arguments.tenants.as_ref().map(|folder| folder.display().to_string());
    given.unwrap_or_else(|| "tenants".to_owned())
}

/// A tenant without a profile: an id or domain that the token service is asked about.
async fn asked(arguments: &Onboard, terminal: &Terminal) -> anyhow::Result<Newcomer> {
    let name = arguments.tenant.trim().to_ascii_lowercase();
    let is_guid = name.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_domain = name.contains('.')
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    if !is_guid && !is_domain {
        return Err(Usage(format!(
            "{name:?} is no tenant: expected its id, one of its domains, or a profile (TENANT.toml)"
        ))
        .into());
    }
    let Some(client_id) = arguments.client_id.clone() else {
        let message = "give the scanner's application id with --client-id; how to register one is \
            in docs/onboarding.md";
        return Err(Usage(message.to_owned()).into());
    };
    let cloud = arguments.cloud.map(super::args::CloudName::cloud);
    let endpoints = Endpoints::of(cloud.unwrap_or_default());
    let endpoints = match &arguments.cloud_url {
        Some(url) => endpoints.at(url),
        None => endpoints,
    };
    let (id, cloud) = match cloud {
        Some(cloud) if is_guid => (Id::from(name.as_str()), cloud),
        _ => match discover(&endpoints, &name).await {
            Ok(found) => {
                if found.cloud.is_none() && cloud.is_none() {
                    terminal.say("Microsoft does not say which cloud it is: taken for commercial; --cloud says otherwise.");
                }
                (found.id, cloud.or(found.cloud).unwrap_or_default())
            }
            Err(error) if is_guid => {
                terminal.say(&format!("{error}; taken for commercial, --cloud says otherwise."));
                (Id::from(name.as_str()), Cloud::Commercial)
            }
            Err(error) => {
                return Err(anyhow::Error::new(error))
                    .context("give the tenant's id, and its cloud with --cloud");
            }
        },
    };
    let method = arguments.method.map_or(SignInMethod::Certificate, Method::method);
    Ok(Newcomer {
        id,
        name: name.split('.').next().unwrap_or_default().to_owned(),
        cloud,
        domain: if is_domain { name.clone() } else { String::new() },
        client_id,
        method,
        credential: match method {
            SignInMethod::Federated => String::new(),
            SignInMethod::Certificate => "file:muster.pem".to_owned(),
            SignInMethod::Secret => "env:MUSTER_SECRET".to_owned(),
        },
        redirect: arguments.redirect.clone(),
        folder: folder(arguments),
    })
}
