//! `muster signin`: who can sign in how.

use std::fmt::Write as _;
use std::net::IpAddr;

use ::signin::{
    Access, ClientApp, Decision, EXCHANGE_ONLINE, Effect, InsiderRisk, Platform, Report, RiskLevel,
    SignIn, TransferMethod, TrustType, Verdict,
};
use anstyle::{AnsiColor, Style};
use model::{Id, Tenant, User};

use super::args::{ListFormat, Signin, WhatIf};
use super::terminal::{Terminal, color, one_line, table};
use super::{Status, Usage};
use crate::input;

pub(crate) fn run(arguments: &Signin, terminal: &Terminal) -> anyhow::Result<Status> {
    let file = input::snapshot(&arguments.snapshot)?;
    let profile = super::assess::profile(arguments.profile.as_deref(), &file)?;
    let tenant = Tenant::new(&file.snapshot, &profile);
    let access = Access::new(&tenant);
    let text = match &arguments.user {
        None => {
            let report = access.report();
            match arguments.format {
                ListFormat::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
                ListFormat::Table => answers(&report),
            }
        }
        Some(name) => {
            let user = user(&tenant, name)?;
            let sign_in = sign_in(&arguments.what_if)?;
            let decision = access
                .explain(&user.id, &sign_in)
                .ok_or_else(|| Usage(format!("{name}: sign-in is blocked for this account")))?;
            match arguments.format {
                ListFormat::Json => format!("{}\n", serde_json::to_string_pretty(&decision)?),
                ListFormat::Table => explanation(user, &sign_in, &decision),
            }
        }
    };
    terminal.data(&text)?;
    Ok(Status::Done)
}

/// The account of that object id or user principal name.
fn user<'t>(tenant: &'t Tenant<'_>, name: &str) -> Result<&'t User, Usage> {
    let users =
        tenant.users.read().map_err(|gap| Usage(format!("cannot look {name} up: {gap}")))?;
    let id = Id::from(name);
    users
        .iter()
        .find(|user| user.id == id || user.user_principal_name.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            Usage(format!("no account {name:?}; give an object id or a user principal name"))
        })
}

/// The sign-in asked about: what is not said is the most ordinary.
fn sign_in(asked: &WhatIf) -> Result<SignIn, Usage> {
    let mut sign_in = SignIn::to(Id::from(asked.app.as_deref().unwrap_or(EXCHANGE_ONLINE)));
    if let Some(word) = &asked.client {
        sign_in.client_app_type = ClientApp::from_word(word)
            .ok_or_else(|| choose("--client", word, ClientApp::ALL, ClientApp::word))?;
    }
    if let Some(word) = &asked.platform {
        sign_in.platform = Platform::from_word(word)
            .ok_or_else(|| choose("--platform", word, Platform::ALL, Platform::word))?;
    }
    if let Some(ip) = &asked.ip {
        let parsed: IpAddr =
            ip.parse().map_err(|_| Usage(format!("--ip: {ip:?} is no IPv4 or IPv6 address")))?;
        sign_in.ip = parsed.to_string();
    }
    if let Some(country) = &asked.country {
        sign_in.country.clone_from(country);
    }
    for (option, word, level) in [
        ("--sign-in-risk", &asked.sign_in_risk, &mut sign_in.sign_in_risk),
        ("--user-risk", &asked.user_risk, &mut sign_in.user_risk),
    ] {
        if let Some(word) = word {
            *level = RiskLevel::from_word(word)
                .ok_or_else(|| choose(option, word, RiskLevel::ALL, RiskLevel::word))?;
        }
    }
    if let Some(word) = &asked.insider_risk {
        sign_in.insider_risk = InsiderRisk::from_word(word)
            .ok_or_else(|| choose("--insider-risk", word, InsiderRisk::ALL, InsiderRisk::word))?;
    }
    if let Some(word) = &asked.flow {
        sign_in.transfer_method = TransferMethod::from_word(word)
            .ok_or_else(|| choose("--flow", word, TransferMethod::ALL, TransferMethod::word))?;
    }
    sign_in.managed_app = asked.managed_app;
    if let Some(word) = &asked.device_trust {
        let trust = TrustType::from_word(word)
            .ok_or_else(|| choose("--device-trust", word, TrustType::ALL, TrustType::word))?;
        sign_in.device.trust_type = Some(trust);
        sign_in.device.registered = true;
    }
    if asked.compliant_device {
        sign_in.device.registered = true;
        sign_in.device.is_compliant = true;
        sign_in.device.trust_type.get_or_insert(TrustType::Joined);
    }
    Ok(sign_in)
}

fn choose<T: Copy>(
    option: &str,
    found: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Usage {
    let known = all.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ");
    Usage(format!("{option}: no {found:?}; there are: {known}"))
}

/// One sign-in explained: what happens, what must be presented, what every policy does.
fn explanation(user: &User, sign_in: &SignIn, decision: &Decision) -> String {
    let bold = Style::new().bold();
    let mut text = format!(
        "{bold}{}{bold:#}\n{}\n\n",
        one_line(user.name()),
        one_line(&sign_in.words(&sign_in.app))
    );
    if let Some(why) = &decision.impossible {
        let _ = writeln!(text, "Such a sign-in cannot occur: {}\n", one_line(why));
    }
    for (what, verdict) in [
        ("with a password alone", decision.single_factor),
        ("with MFA that can be phished", decision.not_phishing_resistant),
        ("with whatever is asked for", decision.any),
    ] {
        let _ = writeln!(text, "{:<32}{}", what, granted(verdict));
    }
    text.push('\n');
    if decision.required.is_empty() {
        text.push_str("Nothing is asked for beyond the first factor.\n");
    }
    for sentence in &decision.required {
        let _ = writeln!(text, "must: {}", one_line(sentence));
    }
    let mut rows = table(&["Policy", "Effect", "Because"]);
    for reason in decision.policies.iter().chain(&decision.rules) {
        rows.add_row(vec![
            one_line(&reason.name),
            effect(reason.effect).to_owned(),
            one_line(&reason.term),
        ]);
    }
    let _ = write!(text, "\n{rows}\n");
    text
}

fn granted(verdict: Verdict) -> String {
    match verdict {
        Verdict::Granted => format!("{0}gets in{0:#}", color(AnsiColor::Yellow).bold()),
        Verdict::Refused => format!("{0}refused{0:#}", color(AnsiColor::Blue)),
        Verdict::Undetermined => "cannot be told from what was read".to_owned(),
    }
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Refused => "applies, not satisfied",
        Effect::Undetermined => "undetermined",
        Effect::Satisfied => "applies, satisfied",
        Effect::NotApplied => "does not apply",
        Effect::NotEnforced => "not enforced",
    }
}

/// The seven answers for a person.
fn answers(report: &Report) -> String {
    let mut rows = table(&["Question", "Accounts", "For example"]);
    for question in &report.questions {
        let count = match (question.accounts.len(), question.undetermined.len()) {
            (0, 0) => "none".to_owned(),
            (found, 0) => found.to_string(),
            (found, open) => format!("{found} (+ {open} undetermined)"),
        };
        let example = question.accounts.first().map(|account| {
            let how = account
                .counterexample
                .as_deref()
                .map(|sign_in| one_line(&sign_in.words(&sign_in.app)))
                .unwrap_or_default();
            let because = account
                .because
                .iter()
                .take(3)
                .map(|reason| format!("{}: {}", one_line(&reason.name), one_line(&reason.term)))
                .collect::<Vec<_>>()
                .join("; ");
            format!("{} {how}\n{because}", one_line(&account.name))
        });
        let example = example.or_else(|| {
            question.undetermined.first().map(|open| {
                format!("{} undetermined: {}", one_line(&open.name), one_line(&open.because))
            })
        });
        rows.add_row(vec![question.title.clone(), count, example.unwrap_or_default()]);
    }
    if let Some(why) = &report.unreadable {
        return format!("Nothing can be said about sign-ins: {}.\n", one_line(why));
    }
    let mut text = format!(
        "{rows}\n{} enabled accounts in {} classes that no policy can tell apart\n",
        report.population.accounts, report.population.classes
    );
    let bold = Style::new().bold();
    let remedies = report.questions.iter().flat_map(|question| {
        question.would_close.iter().take(2).map(move |remedy| (question, remedy))
    });
    let mut rows = table(&["Would close", "By", "Accounts"]);
    for (question, remedy) in remedies {
        rows.add_row(vec![
            question.id.clone(),
            one_line(&remedy.text),
            format!("{} of {}", remedy.closes, remedy.of),
        ]);
    }
    if !rows.is_empty() {
        let _ = write!(text, "\n{rows}\n");
    }
    let _ = write!(text, "\n{}\n", matrix(report));
    let idle: Vec<String> = report
        .policies
        .iter()
        .filter(|policy| policy.decides == Some(false))
        .map(|policy| one_line(&policy.name))
        .collect();
    if !idle.is_empty() {
        let _ = writeln!(
            text,
            "\n{bold}Without effect{bold:#}, others refuse the same: {}",
            idle.join(", ")
        );
    }
    for assumed in &report.assumptions {
        let _ = writeln!(text, "assumed ({}): {}", assumed.assumption.code(), assumed.text);
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", one_line(note));
    }
    text
}

/// A row for each requirement, a column for each kind of account: for how many it holds.
fn matrix(report: &Report) -> String {
    let mut populations: Vec<&str> = Vec::new();
    for cell in report.matrix.iter().flat_map(|row| &row.cells) {
        if cell.accounts > 0 && !populations.contains(&cell.population.as_str()) {
            populations.push(&cell.population);
        }
    }
    let head: Vec<&str> = std::iter::once("Holds for").chain(populations.iter().copied()).collect();
    let mut rows = table(&head);
    for row in &report.matrix {
        let holds = |population: &&str| {
            let cell = row.cells.iter().find(|cell| cell.population == **population);
            cell.map_or_else(String::new, |cell| {
                let covered = cell.accounts.saturating_sub(cell.open + cell.undetermined);
                let open = if cell.undetermined > 0 { " ?" } else { "" };
                format!("{covered} of {}{open}", cell.accounts)
            })
        };
        let cells = populations.iter().map(holds);
        rows.add_row(std::iter::once(row.title.clone()).chain(cells));
    }
    rows.to_string()
}
