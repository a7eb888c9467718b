//! `muster doctor`: what keeps tenants from being scanned whole.

mod text;

use ::collect::{Limits, Request};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use model::Profile;

use super::Status;
use super::args::{Doctor, ListFormat};
use super::progress::Lines;
use super::terminal::Terminal;
use crate::doctor::{Diagnosis, Report, SCHEMA, State, diagnose};
use crate::profiles;

/// Tenants that are examined at the same time.
const AT_ONCE: usize = 4;

pub(crate) async fn run(arguments: &Doctor, terminal: &Terminal) -> anyhow::Result<Status> {
    let profiles = profiles::read_all(&arguments.cloud.tenants)?;
    let chosen: Vec<&Profile> = if arguments.tenant.is_empty() {
        profiles.iter().collect()
    } else {
        let wanted = arguments.tenant.iter();
        wanted.map(|wanted| profiles::choose(&profiles, wanted)).collect::<anyhow::Result<_>>()?
    };
    // One set for all tenants: some rates are the application's.
    let limits = super::scan::limits(&arguments.cloud);
    let mut jobs = Vec::new();
    for profile in chosen {
        jobs.push((profile, super::assess::checklist(None, None, profile)?));
    }
    let lines = &Lines::new(terminal);
    let tenants: Vec<Diagnosis> = stream::iter(&jobs)
        .map(|(profile, checklist)| {
            let limits = limits.clone();
            async move {
                let data = ::collect::needed(&checklist.data());
                let line = lines.tenant(&profile.tenant.name, data.len());
                let checkup = examine(profile, checklist, arguments, limits, &line).await;
                line.finish();
                diagnose(profile, checklist, checkup.map_err(|error| format!("{error:#}")))
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let status = status(&tenants);
    let text = match arguments.format {
        ListFormat::Table => text::report(&tenants, usize::from(super::terminal::width().min(100))),
        ListFormat::Json => {
            let report = Report { schema: SCHEMA, tenants };
            format!("{}\n", serde_json::to_string_pretty(&report)?)
        }
    };
    terminal.data(&text)?;
    Ok(status)
}

async fn examine(
    profile: &Profile,
    checklist: &::controls::Checklist,
    arguments: &Doctor,
    limits: Limits,
    line: &super::progress::Line,
) -> anyhow::Result<::collect::Checkup> {
    let credential = super::scan::credential(profile).await?;
    let request = Request {
        profile,
        endpoints: super::scan::endpoints(profile, &arguments.cloud),
        credential: &credential,
        wanted: checklist.data(),
        started_at: Timestamp::now(),
        limits,
    };
    line.say("signing in");
    Ok(::collect::check(&request, &|data| line.tried(data)).await?)
}

fn status(tenants: &[Diagnosis]) -> Status {
    let is = |state: State| tenants.iter().filter(|it| it.state == state).count();
    if is(State::Unreachable) == tenants.len() {
        Status::Nothing
    } else if is(State::Ready) == tenants.len() {
        Status::Done
    } else {
        Status::Incomplete
    }
}
