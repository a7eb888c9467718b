//! What keeps a tenant from being scanned whole, and what to do about it: `muster.doctor/1`.

mod diagnose;

pub use diagnose::diagnose;

use model::Cloud;
use schemars::JsonSchema;
use serde::Serialize;

/// The schema's name.
pub const SCHEMA: &str = "muster.doctor/1";

/// What `muster doctor` found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `muster.doctor/1`.
    pub schema: &'static str,
    /// One for each tenant, in the order of the profiles.
    pub tenants: Vec<Diagnosis>,
}

/// What was found of one tenant.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// Whose.
    pub tenant: Whose,
    /// The checklist that a scan would judge by.
    pub checklist: String,
    /// In one word.
    pub state: State,
    /// The services that the checklist takes; empty where nothing could be tried.
    pub sign_in: Vec<SignIn>,
    /// Application permissions; `None` where no token tells.
    pub permissions: Option<Permissions>,
    /// Directory roles of the scanner's service principal; `None` where no token tells.
    pub directory_roles: Option<Vec<String>>,
    /// Licenses that matter; `None` where subscriptions could not be read.
    pub licenses: Option<Vec<String>>,
    /// Every dataset that the checklist takes.
    pub datasets: Vec<DatasetState>,
    /// What is missing, the most important first.
    pub missing: Vec<Missing>,
}

/// The tenant of a diagnosis.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Whose {
    /// Its id.
    pub id: String,
    /// Its name by the profile.
    pub name: String,
    /// Where it lives.
    pub cloud: Cloud,
}

/// A diagnosis in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// A scan reads everything that the tenant is licensed for.
    Ready,
    /// A scan can run, and some controls are unknown then.
    Incomplete,
    /// No scan can run.
    Unreachable,
}

/// A sign-in to one service.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The service.
    pub service: String,
    /// Whether there is a token.
    pub ok: bool,
    /// The AADSTS number of a refusal.
    pub code: Option<u32>,
    /// What a refusal means; empty where there is none.
    pub detail: String,
    /// For Microsoft's support; may be empty.
    pub trace_id: String,
    /// For Microsoft's support; may be empty.
    pub correlation_id: String,
}

/// Needed against granted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// Needed by the checklist for what the tenant is licensed for.
    pub needed: Vec<String>,
    /// Those of them that are granted, by themselves or by a broader one.
    pub granted: Vec<String>,
    /// Granted, and needed by no control of the checklist.
    pub unneeded: Vec<String>,
}

/// Whether a scan can read a dataset.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatasetState {
    /// Its name.
    pub name: String,
    /// In one word.
    pub state: Readable,
    /// The service's words, or why it was not tried; may be empty.
    pub detail: String,
}

/// Whether a scan can read a dataset, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Readable {
    /// It can.
    Yes,
    /// There was nothing to try it on.
    Untried,
    /// The tenant owns no license for it.
    NotLicensed,
    /// This cloud or tenant does not offer it.
    NotOffered,
    /// It is refused.
    Refused,
    /// It failed; that may pass.
    Failed,
}

/// Something that is missing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// What, such as `AuditLog.Read.All`.
    pub what: String,
    /// How it shows.
    pub because: String,
    /// The controls that read what it opens, by id: unknown where that decides.
    pub controls: Vec<String>,
    /// What to do; equal for what one step gives.
    pub next: String,
}
