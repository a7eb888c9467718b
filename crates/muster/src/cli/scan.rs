//! `muster scan`: every tenant that has a profile.

use std::path::Path;

use ::archive::SigningKey;
use ::collect::{Credential, Endpoints, Limits};
use ::controls::Checklist;
use ::report::Brand;
use anyhow::Context as _;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use model::Profile;

use super::args::{CloudChoice, Scan};
use super::progress::Lines;
use super::terminal::{Terminal, one_line, table};
use super::{Status, Usage};
use crate::{Scanned, input, profiles};

/// Tenants that are scanned at the same time: the services throttle by tenant, not by scanner.
const AT_ONCE: usize = 4;

pub(crate) async fn run(arguments: &Scan, terminal: &Terminal) -> anyhow::Result<Status> {
    let profiles = profiles::read_all(&arguments.cloud.tenants)?;
    let chosen: Vec<&Profile> = if arguments.tenant.is_empty() {
        profiles.iter().collect()
    } else {
        let wanted = arguments.tenant.iter();
        wanted.map(|wanted| profiles::choose(&profiles, wanted)).collect::<anyhow::Result<_>>()?
    };
    let signing_key = signing_key(arguments.signing_key.as_deref()).await?;
    let store = ::archive::open_for_writing(&arguments.archive)
        .await
        .context("cannot use the archive; give a folder or s3://BUCKET/PREFIX")?;
    let started_at = Timestamp::now();
    let mut jobs = Vec::new();
    for profile in chosen {
        let checklist = super::assess::checklist(None, arguments.custom.as_deref(), profile)?;
        let brand = brand(&arguments.cloud.tenants, profile, terminal)?;
        jobs.push(Job { profile, checklist, brand, credential: None });
    }
    let results =
        run_jobs(&jobs, &store, &arguments.cloud, started_at, signing_key.as_ref(), terminal).await;
    terminal.data(&format!("{}\n", scoreboard(&results)))?;
    terminal.say(&format!("\nArchived in {}", arguments.archive));
    Ok(status(&results))
}

/// What one tenant's scan is given.
pub(crate) struct Job<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) checklist: Checklist,
    pub(crate) brand: Brand,
    /// The credential; `None`: from where the profile says.
    pub(crate) credential: Option<Credential>,
}

/// A tenant with how its scan ended.
pub(crate) struct Ended<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) result: anyhow::Result<Scanned>,
}

/// Scans every tenant; one that fails does not stop another. In the order given.
pub(crate) async fn run_jobs<'a>(
    jobs: &'a [Job<'a>],
    store: &::archive::AnyStore,
    cloud: &CloudChoice,
    started_at: Timestamp,
    signing_key: Option<&SigningKey>,
    terminal: &Terminal,
) -> Vec<Ended<'a>> {
    let lines = Lines::new(terminal);
    let lines = &lines;
    stream::iter(jobs)
        .map(|job| async move {
            let line = lines.tenant(&job.profile.tenant.name, job.checklist.data().len());
            let result = async {
                let credential = match &job.credential {
                    Some(credential) => credential.clone(),
                    None => credential(job.profile).await?,
                };
                let options = crate::drawing(job.profile)?;
                let scan = crate::Scan {
                    profile: job.profile,
                    checklist: &job.checklist,
                    brand: &job.brand,
                    options: &options,
                    endpoints: &endpoints(job.profile, cloud),
                    credential: &credential,
                    limits: &limits(cloud),
                    started_at,
                    signing_key,
                };
                crate::scan(&scan, store, &line).await.map_err(anyhow::Error::from)
            }
            .await;
            line.finish();
            Ended { profile: job.profile, result }
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// The credential, from where the profile says that it is kept.
pub(crate) async fn credential(profile: &Profile) -> anyhow::Result<Credential> {
    let settings = &profile.sign_in;
    let audience = Endpoints::of(profile.tenant.cloud).federated_audience;
    let fetched = ::collect::credential::fetch(settings.method, &settings.credential, audience);
    fetched.await.with_context(|| {
        format!("no credential for {}; see [sign-in] in its profile", profile.tenant.name)
    })
}

/// Microsoft's addresses in the tenant's cloud, or those of a simulated one.
pub(crate) fn endpoints(profile: &Profile, cloud: &CloudChoice) -> Endpoints {
    let endpoints = Endpoints::of(profile.tenant.cloud);
    match &cloud.cloud_url {
        Some(url) => endpoints.at(url),
        None => endpoints,
    }
}

/// The services' limits; a simulated cloud has none of its own.
pub(crate) fn limits(cloud: &CloudChoice) -> Limits {
    if cloud.cloud_url.is_some() { Limits::loopback() } else { Limits::default() }
}

/// The key in a file, or of AWS KMS.
pub(crate) async fn signing_key(place: Option<&str>) -> anyhow::Result<Option<SigningKey>> {
    let Some(place) = place else { return Ok(None) };
    if SigningKey::is_kms(place) {
        return SigningKey::kms(place).await.map(Some).context("cannot use the signing key");
    }
    let pem = input::text_file(Path::new(place))?;
    let key = SigningKey::from_pem(&pem).map_err(|error| Usage(format!("{place}: {error}")))?;
    Ok(Some(key))
}

/// The brand that the profile names, beside the profiles.
fn brand(folder: &Path, profile: &Profile, terminal: &Terminal) -> anyhow::Result<Brand> {
    let name = &profile.report.brand;
    let path = (!name.is_empty()).then(|| folder.join(name));
    super::report::brand(path.as_deref(), terminal)
}

/// One line for each tenant: grade, score, coverage, open findings, what holds the grade down.
pub(crate) fn scoreboard(results: &[Ended<'_>]) -> String {
    let mut rows = table(&["Tenant", "Grade", "Score", "Read", "Open", "Worst"]);
    for ended in results {
        let name = one_line(&ended.profile.tenant.name);
        match &ended.result {
            Ok(scanned) => rows.add_row(row(name, &scanned.assessment)),
            Err(error) => rows.add_row(vec![
                name,
                "–".to_owned(),
                "–".to_owned(),
                "–".to_owned(),
                "–".to_owned(),
                format!("not scanned: {}", one_line(&format!("{error:#}"))),
            ]),
        };
    }
    rows.to_string()
}

fn row(name: String, assessment: &model::Assessment) -> Vec<String> {
    use model::Verdict::{AttestedNo, Fail, Partial};
    let score = &assessment.score;
    let provisional = if score.provisional { " ?" } else { "" };
    let open = assessment
        .controls
        .iter()
        .filter(|control| matches!(control.verdict, Fail | AttestedNo | Partial))
        .count();
    let worst = score.caps.first().map(|cap| cap.because.clone()).or_else(|| {
        assessment
            .controls
            .iter()
            .filter(|control| matches!(control.verdict, Fail | AttestedNo))
            .max_by_key(|control| control.weight)
            .map(|control| clip(&one_line(&control.summary)))
    });
    // Without a grade too little was read for the number to mean anything.
    let (value, worst) = match score.grade {
        Some(_) => (score.value, worst.unwrap_or_else(|| "nothing open".to_owned())),
        None => (None, "not enough could be read for a grade".to_owned()),
    };
    vec![
        name,
        score.grade.map_or("–".to_owned(), |grade| format!("{}{provisional}", grade.letter())),
        value.map_or("–".to_owned(), |value| format!("{value:.1}")),
        format!("{:.0} %", (score.coverage * 100.0).floor()),
        open.to_string(),
        worst,
    ]
}

/// At most 90 characters of the text, cut between words.
fn clip(text: &str) -> String {
    const MOST: usize = 90;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MOST).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{} …", cut.trim_end_matches([',', ':']))
}

/// Done, incomplete, or nothing at all.
fn status(results: &[Ended<'_>]) -> Status {
    let done = results.iter().filter_map(|ended| ended.result.as_ref().ok());
    let complete = done.clone().filter(|scanned| scanned.unread.is_empty()).count();
    match (done.count(), complete) {
        (0, _) => Status::Nothing,
        (_, complete) if complete == results.len() => Status::Done,
        _ => Status::Incomplete,
    }
}
