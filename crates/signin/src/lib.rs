//! Who can sign in how: Conditional Access, security defaults and per-user MFA, decided exactly for
//! every account at once.
//!
//! Policies become sets over the values that they can tell apart, accounts become classes that no
//! policy can tell apart. A question is then whether some point of a product of sets is outside
//! every set of refused points; see [`Access::ask`].

#[macro_use]
mod words;

mod access;
mod assumption;
mod bits;
mod compile;
mod cover;
mod engine;
mod explain;
mod filter;
mod ids;
pub mod import;
mod person;
mod question;
pub mod report;
mod sign_in;
mod suites;
mod tri;
mod widest;
mod workload;
mod world;

pub use access::{Access, Account, Answer, Excluded, Outcome, Outsider};
pub use assumption::Assumption;
pub use compile::guests::GuestKind;
pub use explain::{Decision, Effect, Reason, Verdict};
pub use question::{
    AZURE_MANAGEMENT, Capability, Clients, EXCHANGE_ONLINE, Question, REGISTER_DEVICE,
    REGISTER_SECURITY_INFO, RolesAs, Target,
};
pub use report::Report;
pub use sign_in::{
    ClientApp, Device, InsiderRisk, Platform, RiskLevel, SignIn, TransferMethod, TrustType,
};
pub use workload::{Workload, WorkloadOutcome, WorkloadSignIn};
