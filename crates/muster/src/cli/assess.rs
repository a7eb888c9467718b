//! `muster assess`: judge a snapshot.

use std::fmt::Write as _;
use std::path::Path;

use ::controls::{Checklist, Custom, check_names};
use anyhow::Context as _;
use model::{Assessment, ControlResult, Profile, Severity, Verdict, WaiverKind};

use super::args::{Assess, AssessFormat};
use super::terminal::{self, Terminal, one_line, table};
use super::{Status, Usage, accept, explain};
use crate::custom;
use crate::input::{self, SnapshotFile};

pub(crate) fn run(arguments: &Assess, terminal: &Terminal) -> anyhow::Result<Status> {
    let file = input::snapshot(&arguments.snapshot)?;
    let profile = profile(arguments.profile.as_deref(), &file)?;
    let checklist =
        checklist(arguments.checklist.as_deref(), arguments.custom.as_deref(), &profile)?;
    let framework = arguments.framework.as_deref().map(super::controls::known).transpose()?;
    let assessment = crate::assess(&file.snapshot, &file.sha256, &profile, &checklist);
    if let Some(id) = &arguments.accept {
        terminal.data(&accept::text(&assessment, id)?)?;
        return Ok(Status::Done);
    }
    match (arguments.format, framework) {
        (AssessFormat::Table, Some(framework)) => {
            terminal.data(&requirements(&assessment, &framework.id))?;
        }
        (AssessFormat::Json, Some(framework)) => {
            let judged = assessment.frameworks.iter().find(|it| it.id == framework.id);
            terminal.data(&format!("{}\n", serde_json::to_string_pretty(&judged)?))?;
        }
        (AssessFormat::Csv, Some(_)) => {
            let message = "--framework prints a table or JSON; CSV is of controls";
            return Err(Usage(message.to_owned()).into());
        }
        (AssessFormat::Table, None) if arguments.explain_score => {
            terminal.data(&explain::text(&assessment))?;
        }
        (AssessFormat::Table, None) => terminal.data(&text(&assessment))?,
        (AssessFormat::Json, None) => {
            terminal.data(&format!("{}\n", serde_json::to_string_pretty(&assessment)?))?;
        }
        (AssessFormat::Csv, None) => {
            let csv = ::report::findings_csv(&assessment).context("cannot write the findings")?;
            terminal.data(&String::from_utf8_lossy(&csv))?;
        }
    }
    Ok(if crosses(arguments, &assessment, terminal) { Status::Crossed } else { Status::Done })
}

/// The profile given; without one, an empty profile of the snapshot's tenant.
pub(crate) fn profile(path: Option<&Path>, file: &SnapshotFile) -> anyhow::Result<Profile> {
    let Some(path) = path else {
        let mut profile = Profile::default();
        profile.tenant.id = file.snapshot.tenant.id.clone();
        return Ok(profile);
    };
    let profile = input::profile(path)?;
    let (declared, found) = (&profile.tenant.id, &file.snapshot.tenant.id);
    if declared != found {
        let message = format!(
            "{}: the profile is of the tenant {declared}, the snapshot of {found}",
            path.display()
        );
        return Err(Usage(message).into());
    }
    Ok(profile)
}

/// The checklist given by name or as a TOML file, else the profile's, else the default; with the
/// custom controls of that folder and of the profile's. Every control that the profile speaks of
/// exists.
pub(crate) fn checklist(
    name: Option<&str>,
    custom: Option<&Path>,
    profile: &Profile,
) -> anyhow::Result<Checklist> {
    let checklist = catalog_checklist(name.unwrap_or(&profile.checklist.name))?;
    let declared = Path::new(&profile.checklist.custom);
    let folders = [custom, Some(declared).filter(|folder| !folder.as_os_str().is_empty())];
    let mut controls: Vec<Custom> = Vec::new();
    for control in folders
        .into_iter()
        .flatten()
        .map(custom::read_all)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
    {
        match controls.iter().find(|other| other.id == control.id) {
            None => controls.push(control),
            // The same folder, named twice.
            Some(other) if other.digest == control.digest => {}
            Some(_) => {
                return Err(
                    Usage(format!("two custom controls have the id {:?}", control.id)).into()
                );
            }
        }
    }
    check_names(profile, Some(&controls))
        .map_err(|error| Usage(format!("the profile of {}: {error}", profile.tenant.id)))?;
    Ok(if controls.is_empty() { checklist } else { checklist.with_custom(controls) })
}

/// A checklist of the catalog: built in, or a TOML file.
fn catalog_checklist(name: &str) -> anyhow::Result<Checklist> {
    let path = Path::new(name);
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        let text = input::text_file(path)?;
        let checklist = Checklist::parse(&text);
        return checklist.map_err(|error| Usage(format!("{name}: {error}")).into());
    }
    Checklist::named(name).ok_or_else(|| {
        let known = Checklist::NAMES.join(", ");
        Usage(format!("no checklist {name:?}; there are: {known}, or give a TOML file")).into()
    })
}

/// Whether a threshold of the command line is crossed; says which.
fn crosses(arguments: &Assess, assessment: &Assessment, terminal: &Terminal) -> bool {
    let least: Option<Severity> = arguments.fail_on.map(super::args::FailOn::severity);
    let failed = assessment
        .controls
        .iter()
        .filter(|control| control.verdict == Verdict::Fail)
        .filter(|control| least.is_some_and(|least| control.severity >= least))
        .count();
    if failed > 0 {
        let least = least.map_or("", Severity::word);
        terminal.say(&format!("--fail-on {least}: {failed} controls of that severity fail"));
    }
    let low = arguments
        .fail_under
        .filter(|under| assessment.score.value.is_none_or(|score| score < *under));
    if let Some(under) = low {
        let score = assessment
            .score
            .value
            .map_or("there is none".to_owned(), |score| format!("{score:.1}"));
        terminal.say(&format!("--fail-under {under}: the score is below ({score})"));
    }
    failed > 0 || low.is_some()
}

/// The assessment for a person: every control once, then the score.
pub(crate) fn text(assessment: &Assessment) -> String {
    let mut rows = table(&["Verdict", "Control", "Severity", "Finding"]);
    let mut controls: Vec<&ControlResult> = assessment.controls.iter().collect();
    controls.sort_by_key(|control| (rank(control.verdict), std::cmp::Reverse(control.severity)));
    for control in controls {
        rows.add_row(vec![
            terminal::verdict(control.verdict),
            control.id.clone(),
            control.severity.word().to_owned(),
            format!("{}{}", one_line(&control.summary), accepted(control)),
        ]);
    }
    format!("{rows}\n\n{}", summary(assessment))
}

/// Whether somebody accepted the finding, and whether that still holds.
fn accepted(control: &ControlResult) -> String {
    let Some(waiver) = &control.waiver else { return String::new() };
    let kind = match waiver.kind {
        WaiverKind::RiskAccepted => "risk accepted",
        WaiverKind::MetByOtherMeans => "met by other means",
        WaiverKind::FalseFinding => "said to be a false finding",
    };
    let owner = one_line(&waiver.owner);
    match control.verdict {
        _ if waiver.holds => format!(" [{kind} by {owner} until {}]", waiver.expires),
        Verdict::Fail | Verdict::Partial | Verdict::AttestedNo => {
            format!(" [open again, {kind} by {owner}: {}]", one_line(&waiver.because))
        }
        Verdict::Pass | Verdict::Attested | Verdict::NotApplicable => {
            format!(" [the waiver of {owner} is not needed]")
        }
        _ => String::new(),
    }
}

/// The requirements of a framework for a person.
fn requirements(assessment: &Assessment, framework: &str) -> String {
    let Some(framework) = assessment.frameworks.iter().find(|it| it.id == framework) else {
        return "No control of the checklist maps to this framework.\n".to_owned();
    };
    let mut rows = table(&["Verdict", "Requirement", "Expected", "Because"]);
    for requirement in &framework.requirements {
        let omitted = match &requirement.omission {
            Some(omission) if omission.holds => " Left out by the configuration.",
            Some(_) => " Left out by the configuration, but that has expired.",
            None => "",
        };
        rows.add_row(vec![
            terminal::verdict(requirement.verdict),
            requirement.id.clone(),
            requirement.title.clone(),
            one_line(&format!("{}{omitted}", requirement.because)),
        ]);
    }
    let verdicts = framework.requirements.iter().map(|requirement| requirement.verdict);
    format!("{rows}\n{} {}: {}\n", framework.title, framework.version, counted(verdicts))
}

/// Grade, score, coverage and caps in a few lines.
pub(crate) fn summary(assessment: &Assessment) -> String {
    let score = &assessment.score;
    let bold = anstyle::Style::new().bold();
    let mut text = match (score.value, score.grade) {
        (Some(value), Some(grade)) => {
            let provisional = if score.provisional { " (provisional)" } else { "" };
            format!("{bold}{value:.1} points, grade {}{provisional}{bold:#}", grade.letter())
        }
        (Some(value), None) => {
            format!("{bold}{value:.1} points, no grade: not enough could be read{bold:#}")
        }
        (None, _) => format!("{bold}no score: nothing could be assessed{bold:#}"),
    };
    if let (Some(low), Some(high)) = (score.low, score.high)
        && (high - low).abs() > f64::EPSILON
    {
        let _ = write!(text, ", between {low:.1} and {high:.1} when all is read");
    }
    let _ = write!(
        text,
        "\n{:.0} % of the checklist assessed ({} of weight {})",
        (score.coverage * 100.0).floor(),
        score.assessed_weight,
        score.applicable_weight
    );
    let counts = counted(assessment.controls.iter().map(|control| control.verdict));
    let _ = writeln!(text, ": {counts}");
    for cap in &score.caps {
        let _ = writeln!(text, "at most {}: {} ({})", cap.grade.letter(), cap.because, cap.control);
    }
    text
}

/// "35 pass, 24 partial, …": every verdict that occurs.
fn counted(verdicts: impl Iterator<Item = Verdict>) -> String {
    const ORDER: [Verdict; 9] = [
        Verdict::Pass,
        Verdict::Attested,
        Verdict::Partial,
        Verdict::Fail,
        Verdict::AttestedNo,
        Verdict::Unknown,
        Verdict::Unattested,
        Verdict::Expired,
        Verdict::NotApplicable,
    ];
    let verdicts: Vec<Verdict> = verdicts.collect();
    let counts: Vec<String> = ORDER
        .into_iter()
        .map(|verdict| (verdicts.iter().filter(|it| **it == verdict).count(), verdict.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    counts.join(", ")
}

/// The order of a person's interest: what fails first.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail | Verdict::AttestedNo => 0,
        Verdict::Partial => 1,
        Verdict::Unknown => 2,
        Verdict::Unattested | Verdict::Expired => 3,
        Verdict::Pass | Verdict::Attested => 4,
        Verdict::NotApplicable => 5,
    }
}
