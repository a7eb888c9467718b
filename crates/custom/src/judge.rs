//! Judging by a policy, within limits.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ::controls::Finding;
use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use model::{Accounts, Data, Gap, Tenant, TenantInfo, UnknownReason};
use regorus::{Engine, LimitError, Value};
use serde_json::json;

use crate::{answer, rules, steps};

/// The function that tells how long ago a moment was, in whole days before the snapshot.
pub(crate) const DAYS_SINCE: &str = "muster.days_since";

/// The stack of the thread that evaluates: the same outcome whoever calls, and enough for as many
/// rules as a policy may have.
const STACK: usize = 64 << 20;

/// What one judgement may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Steps of evaluation.
    pub(crate) steps: u64,
    /// Bytes of JSON that are read, all datasets together.
    pub(crate) input: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 20_000_000, input: 256 << 20 }
    }
}

/// Why an evaluation gave no answer.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// So many steps were not enough.
    #[error("it did not come to an end within {0} steps")]
    Limit(u64),
    /// The place in the policy, and what is wrong.
    #[error("{0}")]
    Wrong(String),
}

/// A policy that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The path of the rule that holds the answer, such as `data.guests.finding`.
    pub(crate) answer: String,
}

impl Policy {
    /// The finding that the policy comes to.
    ///
    /// # Errors
    ///
    /// A [`Gap`] when a dataset was not read, or is no JSON.
    pub(crate) fn judge(
        &self,
        tenant: &Tenant<'_>,
        reads: &[Data],
        limits: Limits,
    ) -> Result<Finding, Gap> {
        let input = match input(tenant, reads, limits)? {
            Ok(input) => input,
            Err(refused) => return Ok(unjudged(&refused)),
        };
        let answer = self
            .on_own_stack(&input, tenant.now(), limits)
            .map_err(|stopped| stopped.to_string())
            .and_then(|answer| answer::finding(&answer));
        Ok(answer.unwrap_or_else(|message| unjudged(&message)))
    }

    /// Tries the policy on a tenant in which every dataset is empty: the engine looks at names and
    /// arguments only when it evaluates, and such a tenant is one that the policy must stand.
    ///
    /// # Errors
    ///
    /// The place in the policy, and what is wrong.
    pub(crate) fn rehearse(&self, reads: &[Data]) -> Result<(), String> {
        let datasets: BTreeMap<&str, Vec<serde_json::Value>> =
            reads.iter().map(|data| (data.name(), Vec::new())).collect();
        let mut input = head(&TenantInfo::default(), Timestamp::UNIX_EPOCH, &Accounts::default());
        if let Some(members) = input.as_object_mut() {
            members.insert("datasets".to_owned(), json!(datasets));
        }
        let limits = Limits { steps: 100_000, ..Limits::default() };
        match self.on_own_stack(&input.to_string(), Timestamp::UNIX_EPOCH, limits) {
            Err(Stopped::Wrong(message)) => Err(message),
            // One that runs on costs its own verdict, not that of all others.
            Ok(_) | Err(Stopped::Limit(_)) => Ok(()),
        }
    }

    /// The value of the answer's rule, evaluated on a stack of its own.
    fn on_own_stack(&self, input: &str, now: Timestamp, limits: Limits) -> Result<Value, Stopped> {
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || self.evaluate(input, now, limits))
                .map_err(|error| Stopped::Wrong(format!("no thread could be started: {error}")))?
                .join()
                .map_err(|_| Stopped::Wrong("the Rego engine failed".to_owned()))?
        })
    }

    fn evaluate(&self, input: &str, now: Timestamp, limits: Limits) -> Result<Value, Stopped> {
        let wrong = |error: anyhow::Error| Stopped::Wrong(rules::explain(&error));
        let mut engine = self.engine(now).map_err(wrong)?;
        engine.set_input_json(input).map_err(wrong)?;
        engine.set_execution_timer_config(steps::at_most(limits.steps));
        engine.eval_rule(self.answer.clone()).map_err(|error| {
            if error.downcast_ref::<LimitError>().is_some() {
                Stopped::Limit(limits.steps)
            } else {
                wrong(error)
            }
        })
    }

    fn engine(&self, now: Timestamp) -> Result<Engine> {
        let mut engine = Engine::new();
        // A built-in function that fails must not look like a condition that does not hold.
        engine.set_strict_builtin_errors(true);
        engine.add_extension(
            DAYS_SINCE.to_owned(),
            1,
            Box::new(move |arguments: Vec<Value>| days_since(now, &arguments)),
        )?;
        engine.add_policy(self.path.clone(), self.text.clone())?;
        Ok(engine)
    }
}

fn unjudged(why: &str) -> Finding {
    Finding::unknown(UnknownReason::Policy, format!("The custom control gave no verdict: {why}."))
}

/// What the policy sees, as JSON; refused when it is too much.
fn input(
    tenant: &Tenant<'_>,
    reads: &[Data],
    limits: Limits,
) -> Result<Result<String, String>, Gap> {
    let snapshot = tenant.snapshot;
    let head = head(&snapshot.tenant, snapshot.taken_at, &tenant.profile.accounts).to_string();
    // Records are written as they are, without a copy of their own in between.
    let mut text = format!("{},\"datasets\":{{", head.strip_suffix('}').unwrap_or(&head));
    for (index, data) in reads.iter().enumerate() {
        let records = snapshot.records(*data)?.get();
        if text.len() + records.len() > limits.input {
            let most = limits.input >> 20;
            return Ok(Err(format!("what it reads is larger than {most} MiB")));
        }
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"{data}\":{records}");
    }
    text.push_str("}}");
    Ok(Ok(text))
}

/// What the policy sees beside the datasets.
fn head(tenant: &TenantInfo, taken_at: Timestamp, accounts: &Accounts) -> serde_json::Value {
    json!({
        "tenant": tenant,
        "takenAt": taken_at,
        "accounts": {
            "emergency": accounts.emergency,
            "service": accounts.service,
            "priority": accounts.priority,
            "synchronization": accounts.synchronization,
            "smtpAuth": accounts.smtp_auth,
            "knownApplications": accounts.known_applications,
            "partnerTenants": accounts.partner_tenants,
        },
    })
}

/// Whole days between a time and the snapshot; negative for the future.
fn days_since(now: Timestamp, arguments: &[Value]) -> Result<Value> {
    let text = arguments.first().context("expected a time")?;
    let then: Timestamp =
        text.as_string().ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
            anyhow!("{DAYS_SINCE} expected a time such as 2026-11-01T02:00:00Z, found {text}")
        })?;
    Ok(Value::from(now.duration_since(then).as_secs().div_euclid(86_400)))
}
