//! How long a large tenant takes, and how much memory, against what the services' rates allow.
//!
//! `cargo run --release -p collect --example large -- [PEOPLE] [LATENCY_MS]`: collects a tenant of a
//! thousand people and one of PEOPLE (100,000) from the simulated cloud, each in a process of its
//! own, with the real limits. It fails when the large one takes more than 1.3 times the longest
//! chain of requests that must follow one another, or a fifth more memory than the small one.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use collect::{Credential, Endpoints, Limits, Request, Silence};
use model::{Data, Profile, SignInMethod};
use simulator::{Cloud, Faults, NOW, Options, Seen};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [url, profile, folder] = arguments.as_slice() {
        return child(url, profile, Path::new(folder)).await;
    }
    let number = |place: usize, default: u64| {
        arguments.get(place).map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (people, latency) = (u32::try_from(number(0, 100_000)?)?, number(1, 50)?);
    let (_, small) = measure(1_000, latency).await?;
    let (ratio, large) = measure(people, latency).await?;
    #[expect(clippy::cast_precision_loss, reason = "a ratio of a few digits")]
    let memory = large as f64 / small as f64;
    println!("memory: {memory:.2} times that of 1,000 people");
    if ratio > 1.3 || memory > 1.2 {
        return Err("slower or larger than it may be".into());
    }
    Ok(())
}

/// Collects a tenant of so many people; returns the time by the longest chain, and the memory in
/// KiB.
async fn measure(people: u32, latency: u64) -> Result<(f64, u64)> {
    let samples = simulator::samples()?;
    let sample = samples.into_iter().find(|tenant| tenant.name().contains("tamarind-vale"));
    let tenant = sample.ok_or("the sample is gone")?.with_people(people)?;
    let faults = Faults { latency, ..Faults::default() };
    let options = Options { faults, ..Options::default() };
    let address = ([127, 0, 0, 1], 0).into();
    let cloud = Cloud::start(vec![tenant.clone()], options, address).await?;
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("tenant.toml");
    std::fs::write(&profile, tenant.profile())?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(cloud.url()).arg(&profile).arg(folder.path());
    let began = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let wall = began.elapsed();
    let told = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let memory: u64 = told.trim().parse()?;
    let (chain, name) = longest_chain(&cloud.requests(), Duration::from_millis(latency));
    let counters = cloud.counters();
    cloud.stop().await;
    let ratio = wall.as_secs_f64() / chain.as_secs_f64();
    println!(
        "{people} people: {} requests ({} parts of batches), {:.1} s; longest chain {:.1} s \
         ({name}), ratio {ratio:.2}; peak memory {memory} KiB",
        counters.requests,
        counters.parts,
        wall.as_secs_f64(),
        chain.as_secs_f64()
    );
    Ok((ratio, memory))
}

/// The longest chain of requests of which each must wait for the one before: by a rate, or since
/// it is the next page; behind sign-in, organization and subscriptions.
fn longest_chain(requests: &[Seen], latency: Duration) -> (Duration, String) {
    let alone = requests.iter().filter(|seen| !seen.is_part);
    let mut lists = BTreeMap::<String, u32>::new();
    let mut rates = BTreeMap::<&str, u32>::new();
    let mut cmdlets = 0;
    for seen in alone {
        let what = &seen.what;
        let path = what.split('?').next().unwrap_or_default();
        let cmdlet = what.rsplit(' ').next().unwrap_or_default();
        let rate = if what.contains("signInActivity") {
            "last sign-ins, 10 a minute"
        } else if path.contains("/auditLogs/") || path.contains("/reports/") {
            "reports, 5 in 10 s"
        } else if path.contains("/conditionalAccess/") || path.contains("/identityProtection/") {
            "Conditional Access, 1 a second"
        } else if what.starts_with("exchange ") {
            cmdlets += 1;
            *lists.entry(cmdlet.to_owned()).or_default() += 1;
            continue;
        } else {
            *lists.entry(path.to_owned()).or_default() += 1;
            continue;
        };
        *rates.entry(rate).or_default() += 1;
    }
    let paced = |calls: u32, of: u32, seconds: u64| {
        Duration::from_secs(seconds) * (calls.saturating_sub(1) / of) + latency
    };
    let mut chains: Vec<(Duration, String)> = rates
        .into_iter()
        .map(|(name, calls)| match name {
            "reports, 5 in 10 s" => (paced(calls, 5, 10), name.to_owned()),
            "last sign-ins, 10 a minute" => (paced(calls, 10, 60), name.to_owned()),
            _ => (paced(calls, 1, 1), name.to_owned()),
        })
        .collect();
    chains.push((latency * (cmdlets / 2), "cmdlets, two at a time".to_owned()));
    // The parts of batches are requests of many lists; batches do not wait for one another.
    lists.retain(|path, _| !path.contains("$batch") && !path.contains("/token"));
    chains.extend(lists.into_iter().map(|(path, pages)| (latency * pages, path)));
    let (time, name) = chains.into_iter().max().unwrap_or_default();
    (time + latency * 3, name)
}

/// Collects, writes the snapshot, and tells its peak memory in KiB.
async fn child(url: &str, profile: &str, folder: &Path) -> Result<()> {
    let profile = Profile::parse(&std::fs::read_to_string(profile)?)?;
    let credential = Credential::new(SignInMethod::Secret, "simulated")?;
    let request = Request {
        profile: &profile,
        endpoints: Endpoints::of(profile.tenant.cloud).at(url),
        credential: &credential,
        wanted: Data::ALL.iter().copied().collect(),
        started_at: NOW,
        limits: Limits { budget: Duration::from_hours(2), ..Limits::default() },
    };
    let pages = folder.join("pages");
    let collection = collect::collect_to(&request, Some(&pages), &Silence).await?;
    let mut file = BufWriter::new(File::create(folder.join("snapshot.json.zst"))?);
    collection.write_zstandard(&mut file)?;
    file.flush()?;
    collection.finish()?;
    println!("{}", peak_memory()?);
    Ok(())
}

/// The peak of resident memory of this process, in KiB. Source: Linux `/proc/self/status`.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.ok_or("no VmHWM")?.trim().trim_end_matches(" kB").trim().parse()?)
}
