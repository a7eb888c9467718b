//! What everything else speaks of: snapshots, typed views of what Microsoft returns, tenant
//! profiles, findings, assessments.
//!
//! Data and pure functions only: no clock, no network, no environment, no randomness. Time is
//! [`Snapshot::taken_at`].

mod assessment;
mod change;
mod conditional_access;
mod data;
mod exchange;
mod finding;
mod gap;
mod graph;
mod id;
mod inventory;
mod license;
mod lossless;
mod profile;
mod role;
mod schema;
mod sign_ins;
mod snapshot;
mod tenant;
mod toml_error;
mod wire;

pub use assessment::{
    Annotation, Area, Assessment, Cap, ChecklistRef, ControlResult, Framework, Grade, Omission,
    Reason, Requirement, Score, SnapshotRef, TenantRef, WaiverNote,
};
pub use change::{
    Actor, Change, ChangeKind, ChangeList, FindingChange, FindingState, NotCompared, ScoreMove,
};
pub use conditional_access::*;
pub use data::Data;
pub use exchange::*;
pub use finding::{
    Evidence, LeftOut, NotApplicableReason, Population, Severity, Subject, SubjectKind,
    UnknownReason, Verdict,
};
pub use gap::{Gap, GapCause};
pub use graph::*;
pub use id::Id;
pub use inventory::{Administrator, Inventory, MailProtection};
pub use jiff::Timestamp;
pub use license::{Licenses, Plan};
pub use lossless::Members;
pub use profile::{
    Accounts, Attestation, AttestationAnswer, ChecklistChoice, Profile, ProfileError, ReportChoice,
    SignInMethod, SignInSettings, TenantProfile, Waiver, WaiverKind,
};
pub use role::{DIRECTORY_SYNCHRONIZATION_ROLES, GLOBAL_ADMINISTRATOR, RoleSet, role_name};
pub use schema::schemas;
pub use sign_ins::{
    SignInCell, SignInExample, SignInQuestion, SignInRemedy, SignInRequirement, SignIns,
};
pub use snapshot::{
    Cloud, Collected, Collector, Dataset, Snapshot, SnapshotError, TenantInfo, Unavailable,
    UnavailableReason, unpack,
};
pub use tenant::{Records, Tenant};
pub use toml_error::explain_toml;
