//! `muster demo`: everything once, on made-up tenants, with nothing but this program.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use ::collect::Credential;
use ::report::Brand;
use ::simulator::{Cloud, NOW, Options};
use anyhow::{Context as _, bail};
use model::{Profile, SignInMethod};

use super::Status;
use super::args::{CloudChoice, Demo};
use super::scan::{self, Ended, Job};
use super::terminal::{Terminal, color, table};
use crate::files;

pub(crate) async fn run(arguments: &Demo, terminal: &Terminal) -> anyhow::Result<Status> {
    let began = Instant::now();
    let tenants = ::simulator::samples()?;
    let mut profiles = Vec::new();
    for tenant in &tenants {
        let profile = Profile::parse(tenant.profile())
            .with_context(|| format!("the profile of the sample {}", tenant.name()))?;
        let credential = Credential::new(SignInMethod::Secret, tenant.secret())?;
        profiles.push((profile, credential));
    }
    let archive = arguments.out.join("archive");
    let store = ::archive::open_for_writing(&archive.to_string_lossy())
        .await
        .context("cannot use the folder of --out")?;
    let cloud = Cloud::start(tenants, Options::default(), loopback())
        .await
        .context("cannot start the simulated cloud on the loopback interface")?;
    terminal.say(&format!(
        "Scanning {} made-up tenants over HTTP, on {} …",
        profiles.len(),
        cloud.url()
    ));
    let choice = CloudChoice { tenants: arguments.out.clone(), cloud_url: Some(cloud.url()) };
    let mut jobs = Vec::new();
    for (profile, credential) in &profiles {
        let checklist = super::assess::checklist(None, None, profile)?;
        let credential = Some(credential.clone());
        jobs.push(Job { profile, checklist, brand: Brand::default(), credential });
    }
    // The samples tell of what happened shortly before a moment of their own.
    let results = scan::run_jobs(&jobs, &store, &choice, NOW, None, terminal).await;
    let unknown = cloud.unknown_requests();
    cloud.stop().await;
    if !unknown.is_empty() {
        bail!("the simulated cloud does not know these requests: {}", unknown.join("; "));
    }
    let mut places = table(&["Tenant", "Scorecard"]);
    for ended in &results {
        if let Some(folder) = reports(&arguments.out, ended)? {
            let name = &ended.profile.tenant.name;
            places.add_row(vec![name.clone(), format!("{folder}/executive.html, .pdf")]);
        }
    }
    terminal.data(&format!("\n{}\n", scan::scoreboard(&results)))?;
    terminal.data(&format!("\n{places}\n"))?;
    let accent = color(anstyle::AnsiColor::Blue);
    terminal.say(&format!(
        "\n{accent}Done in {:.1} s.{accent:#} Evidence: {}. A grade with a question mark is \
         provisional: something could not be read.",
        began.elapsed().as_secs_f64(),
        archive.display()
    ));
    let failed = results.iter().filter(|ended| ended.result.is_err()).count();
    Ok(if failed == 0 { Status::Done } else { Status::Incomplete })
}

/// Writes a tenant's documents where a person finds them; returns the folder.
fn reports(out: &Path, ended: &Ended<'_>) -> anyhow::Result<Option<String>> {
    let Ok(scanned) = &ended.result else { return Ok(None) };
    let folder = out.join(folder_name(&ended.profile.tenant.name));
    for (name, bytes) in &scanned.documents {
        files::write_whole(&folder.join(name), bytes)?;
    }
    Ok(Some(folder.display().to_string()))
}

/// The tenant's name as the name of a folder: small letters and digits of any script, the rest as
/// hyphens.
fn folder_name(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() { "tenant".to_owned() } else { words.join("-") }
}

/// Any free port that only this machine can reach.
fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}
