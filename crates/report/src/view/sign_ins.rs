//! Who can sign in how: the matrix with its counterexamples, the answers account by account, and
//! what each policy is worth.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::sign_ins::{Account, Cell, Policy, Question, SignIn, SignIns};
use crate::status::Status;
use crate::text;
use crate::words::{Said, Words, fill};

/// Who can sign in how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignInView {
    /// Why nothing can be said; empty when something can.
    pub unreadable: String,
    /// Who was looked at.
    pub population: String,
    /// The kinds of accounts, one a column.
    pub columns: Vec<Said>,
    /// What is required, one a row.
    pub rows: Vec<RequirementRow>,
    /// The seven answers.
    pub questions: Vec<QuestionView>,
    /// Enforced policies without an effect of their own, in a sentence.
    pub no_effect: String,
    /// Policies that are not in force and would close a hole, in a sentence.
    pub would_close: String,
    /// Every policy.
    pub policies: Vec<PolicyRow>,
    /// What is assumed where documentation is silent, and how far the answers reach; English.
    pub notes: Vec<String>,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementRow {
    /// In words.
    pub title: Said,
    /// One a kind of account.
    pub cells: Vec<CellView>,
    /// An account and the sign-in that slips through, in a sentence; empty when it holds.
    pub example: String,
    /// How many policies hold the others to it; empty when none does.
    pub held_by: String,
    /// Their names.
    pub policies: String,
}

/// How far a requirement holds for a kind of account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellView {
    /// The mark.
    pub status: Status,
    /// In words and numbers.
    pub text: String,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    /// What is asked.
    pub title: Said,
    /// The mark.
    pub status: Status,
    /// How many of how many.
    pub answer: String,
    /// Some of the accounts, each with how it gets through.
    pub accounts: Vec<(String, String)>,
    /// That there are more; empty when all are shown.
    pub more: String,
    /// The policies that might have caught the first account and why they do not; English.
    pub because: Vec<String>,
    /// What would close it, each with how far.
    pub remedies: Vec<(String, String)>,
    /// Why it is not known for some; English; empty when it is known for all.
    pub unclear: String,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyRow {
    /// Its name.
    pub name: String,
    /// On, report-only, off.
    pub state: &'static str,
    /// How many accounts its users hold.
    pub accounts: String,
    /// What it is worth.
    pub worth: String,
    /// Whether it is enforced and changes nothing.
    pub no_effect: bool,
    /// What else is to be known of it; may be empty; holds English.
    pub doubts: String,
}

/// How many accounts an answer shows.
const ACCOUNTS: usize = 5;
/// How many policies explain why the first of them gets through.
const BECAUSE: usize = 4;

pub(super) fn view(w: Words, answers: &SignIns) -> SignInView {
    let names: BTreeMap<&str, &str> =
        answers.policies.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
    let first = answers.matrix.first();
    let quoted = |of: &dyn Fn(&Policy) -> bool| -> Vec<String> {
        let found = answers.policies.iter().filter(|policy| of(policy));
        found.map(|policy| format!("“{}”", text::name(&policy.name))).collect()
    };
    let idle = match &answers.idle {
        Some(names) => names.iter().map(|name| format!("“{}”", text::name(name))).collect(),
        None => quoted(&|policy| policy.decides == Some(false)),
    };
    let closing = quoted(&|policy| policy.state != "enabled" && !policy.closes.is_empty());
    let sentence = |found: &[String], message: &'static str, none: &str| match found.len() {
        0 => none.to_owned(),
        number => w.count_with(message, number, &[("names", &w.list(found))]),
    };
    SignInView {
        unreadable: answers.unreadable.as_deref().map(text::sentence).unwrap_or_default(),
        population: w.count_with(
            w.sign_ins_population,
            answers.population.accounts,
            &[
                ("disabled", &w.whole(answers.population.disabled)),
                ("classes", &w.whole(answers.population.classes)),
            ],
        ),
        columns: first
            .map(|row| row.cells.iter().map(|cell| w.title(&cell.population)).collect())
            .unwrap_or_default(),
        rows: answers
            .matrix
            .iter()
            .map(|row| requirement(w, &row.title, &row.cells, &names))
            .collect(),
        questions: answers.questions.iter().map(|it| question(w, it)).collect(),
        no_effect: sentence(&idle, w.no_effect, w.no_effect_none),
        // The short form does not tell what policies that are not in force would do.
        would_close: match &answers.idle {
            Some(_) => String::new(),
            None => sentence(&closing, w.would_close, w.would_close_none),
        },
        policies: answers.policies.iter().map(|it| policy(w, it, &answers.questions)).collect(),
        notes: answers
            .assumptions
            .iter()
            .map(|assumption| &assumption.text)
            .chain(&answers.notes)
            .map(|note| text::sentence(note))
            .collect(),
    }
}

fn requirement(
    w: Words,
    title: &str,
    cells: &[Cell],
    names: &BTreeMap<&str, &str>,
) -> RequirementRow {
    let example = cells.iter().find_map(|cell| cell.example.as_ref());
    let policies = cells.first().map(|cell| cell.policies.as_slice()).unwrap_or_default();
    let names: Vec<String> = policies
        .iter()
        .map(|id| text::name(names.get(id.as_str()).copied().unwrap_or(id)))
        .collect();
    RequirementRow {
        title: w.title(title),
        cells: cells.iter().map(|it| cell(w, it)).collect(),
        example: example.map_or_else(String::new, |example| {
            let how = how(w, example.counterexample.as_ref(), &example.how);
            fill(w.example_of, &[("who", &text::name(&example.name)), ("how", &how)])
        }),
        held_by: if names.is_empty() { String::new() } else { w.count(w.held_by, names.len()) },
        policies: names.join("; "),
    }
}

fn cell(w: Words, cell: &Cell) -> CellView {
    let (n, all) = (w.whole(cell.open), w.whole(cell.accounts));
    let (status, text) = match (cell.accounts, cell.open, cell.undetermined) {
        (0, ..) => (Status::NotApplicable, w.cell_nobody.to_owned()),
        (_, 0, 0) => (Status::Pass, fill(w.cell_holds, &[("n", &all)])),
        (_, 0, unclear) => (Status::NotAssessed, fill(w.cell_unclear, &[("n", &w.whole(unclear))])),
        (accounts, open, unclear) => {
            let status = if open == accounts { Status::Fail } else { Status::Partial };
            let mut text = fill(w.cell_open, &[("n", &n), ("all", &all)]);
            if unclear > 0 {
                text.push_str(", ");
                text.push_str(&fill(w.cell_unclear, &[("n", &w.whole(unclear))]));
            }
            (status, text)
        }
    };
    CellView { status, text }
}

fn question(w: Words, question: &Question) -> QuestionView {
    let (open, all) = (question.accounts.all, w.whole(question.asked));
    let unclear = question.undetermined.all;
    let status = match (open, unclear) {
        (0, 0) => Status::Pass,
        (0, _) => Status::NotAssessed,
        (open, _) if open == question.asked => Status::Fail,
        _ => Status::Partial,
    };
    let mut answer = if open == 0 && unclear == 0 {
        fill(w.question_holds, &[("all", &all)])
    } else {
        fill(w.question_open, &[("n", &w.whole(open)), ("all", &all)])
    };
    if unclear > 0 {
        answer.push_str(", ");
        answer.push_str(&fill(w.question_unclear, &[("n", &w.whole(unclear))]));
    }
    let shown: Vec<&Account> = question.accounts.first.iter().take(ACCOUNTS).collect();
    let left = open.saturating_sub(shown.len());
    QuestionView {
        title: w.title(&question.title),
        status,
        answer,
        accounts: shown
            .iter()
            .map(|account| {
                let how = how(w, account.counterexample.as_ref(), &account.how);
                (text::name(&account.name), how)
            })
            .collect(),
        more: if left == 0 { String::new() } else { w.count(w.and_accounts, left) },
        because: shown
            .first()
            .map(|account| account.because.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(|because| !because.term.is_empty())
            .take(BECAUSE)
            .map(|it| match it.name.as_str() {
                "" => text::sentence(&it.term),
                name => format!("{}: {}", text::name(name), text::sentence(&it.term)),
            })
            .collect(),
        remedies: question
            .would_close
            .iter()
            .map(|remedy| {
                let (n, all) = (w.whole(remedy.closes), w.whole(remedy.of));
                let how_far = fill(w.remedy_closes, &[("n", &n), ("all", &all)]);
                (text::safe_text(&remedy.text, text::SENTENCE), how_far)
            })
            .collect(),
        unclear: question.undetermined.first.first().map_or_else(String::new, |account| {
            format!("{}: {}", text::name(&account.name), text::sentence(&account.because))
        }),
    }
}

fn policy(w: Words, policy: &Policy, questions: &[Question]) -> PolicyRow {
    let changes = |changes: &BTreeMap<String, usize>| -> String {
        let parts: Vec<String> = changes
            .iter()
            .map(|(id, number)| {
                let title = questions.iter().find(|question| question.id == *id);
                let title = w.title(title.map_or(id, |question| &question.title)).text;
                format!("{title} ({})", w.whole(*number))
            })
            .collect();
        parts.join("; ")
    };
    let (state, is_on) = match policy.state.as_str() {
        "enabled" => (w.state_on, true),
        "report-only" => (w.state_report_only, false),
        "disabled" => (w.state_off, false),
        _ => (w.state_unknown, false),
    };
    let worth = match (is_on, policy.decides) {
        (true, Some(true)) if policy.opens.is_empty() => w.worth_decides.to_owned(),
        (true, Some(true)) => {
            let parts = changes(&policy.opens);
            format!("{} {}", w.worth_decides, fill(w.worth_opens, &[("parts", &parts)]))
        }
        (true, Some(false)) => w.worth_none.to_owned(),
        (true, None) => w.worth_unknown.to_owned(),
        (false, _) if policy.closes.is_empty() => w.worth_nothing_closed.to_owned(),
        (false, _) => fill(w.worth_closes, &[("parts", &changes(&policy.closes))]),
    };
    let nobody: Vec<String> = policy
        .means_nobody
        .iter()
        .map(|term| fill(w.means_nobody, &[("what", &text::name(term))]))
        .collect();
    let doubts = policy.doubts.iter().map(|doubt| text::sentence(doubt));
    PolicyRow {
        name: text::name(&policy.name),
        state,
        accounts: w.whole(policy.accounts),
        worth,
        no_effect: policy.decides == Some(false),
        doubts: nobody.into_iter().chain(doubts).collect::<Vec<_>>().join(" "),
    }
}

/// A sign-in in the reader's language, or in the English words that are at hand.
fn how(w: Words, sign_in: Option<&SignIn>, english: &str) -> String {
    sign_in.map_or_else(|| text::name_or_empty(english), |sign_in| in_words(w, sign_in))
}

/// "Exchange Online in a browser, Windows, from 198.18.0.1 (NZ), unmanaged device".
fn in_words(w: Words, sign_in: &SignIn) -> String {
    let app = match sign_in.app.as_str() {
        "00000002-0000-0ff1-ce00-000000000000" => w.app_exchange.to_owned(),
        "797f4846-ba00-4fd7-ba43-dac1f8f63013" => w.app_azure.to_owned(),
        id if id.contains("registersecurityinfo") => w.app_register.to_owned(),
        id if id.contains("registerdevice") => w.app_device.to_owned(),
        id => fill(w.app_named, &[("id", &text::name(id))]),
    };
    let client = match sign_in.client_app_type.as_str() {
        "browser" => w.via_browser,
        "mobileAppsAndDesktopClients" => w.via_app,
        "exchangeActiveSync" => w.via_activesync,
        _ => w.via_basic,
    };
    let platform = match sign_in.platform.as_str() {
        "windows" => "Windows",
        "macOS" => "macOS",
        "iOS" => "iOS",
        "android" => "Android",
        "linux" => "Linux",
        "windowsPhone" => "Windows Phone",
        _ => w.unknown_platform,
    };
    let mut parts = vec![format!("{app} {client}"), platform.to_owned()];
    if !sign_in.ip.is_empty() {
        let ip = text::name(&sign_in.ip);
        let place = match sign_in.country.as_str() {
            "" => ip,
            country => format!("{ip} ({})", text::name(country)),
        };
        parts.push(fill(w.from_place, &[("ip", &place)]));
    }
    let device = match (sign_in.managed_app, sign_in.device.registered) {
        (true, _) => w.managed_app,
        (false, true) => w.managed_device,
        (false, false) => w.unmanaged,
    };
    parts.push(device.to_owned());
    match sign_in.transfer_method.as_str() {
        "deviceCode" | "deviceCodeFlow" => parts.push(w.by_device_code.to_owned()),
        "authenticationTransfer" => parts.push(w.by_transfer.to_owned()),
        _ => {}
    }
    for (level, message) in
        [(&sign_in.risk, w.at_risk_signin), (&sign_in.user_risk, w.at_risk_user)]
    {
        let word = match level.as_str() {
            "low" => w.sev_low,
            "medium" => w.sev_medium,
            "high" => w.sev_high,
            _ => continue,
        };
        parts.push(fill(message, &[("level", &word.to_lowercase())]));
    }
    parts.join(", ")
}
