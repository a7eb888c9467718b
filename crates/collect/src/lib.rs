//! Reads a tenant's configuration: Microsoft Graph, Exchange Online, Security & Compliance and
//! Azure Resource Manager become a [`Snapshot`].
//!
//! It knows what to ask, how fast, and what a refusal means; it does not know what a control is,
//! nor where snapshots are kept. Records are kept byte for byte as they were received. A dataset is
//! read whole or is unavailable with a reason, and one that fails does not stop the others.
//!
//! | Path | What it does |
//! | --- | --- |
//! | `recipes.rs`, `permissions.rs` | what to ask for each dataset, and what that takes, as tables |
//! | `scan.rs`, `several/`, `activity.rs` | runs the recipes side by side; puts together what takes several requests |
//! | `checkup.rs`, `discovery.rs` | what a scan could read; which tenant a domain is |
//! | `client.rs`, `graph.rs`, `exchange.rs` | requests, lists, batches, cmdlets |
//! | `token.rs`, `credential.rs`, `aws.rs`, `aadsts.rs` | sign-in |
//! | `fault.rs`, `wait.rs`, `limits.rs`, `traffic.rs` | what went wrong, whether to ask again, how fast |
//! | `records.rs`, `frames.rs`, `seen.rs`, `spool.rs` | records on disk, and what a later run goes on with |
//! | `collection.rs` | the snapshot, written piece by piece |
//! | `scubagear.rs` | the export of another tool becomes a snapshot |

mod aadsts;
mod activity;
mod aws;
mod checkup;
mod claims;
mod client;
mod collection;
pub mod credential;
mod discovery;
mod endpoints;
mod exchange;
mod fault;
mod frames;
mod graph;
mod limits;
mod permissions;
mod recipes;
mod records;
mod scan;
pub mod scubagear;
mod seen;
mod several;
mod spool;
mod token;
mod traffic;
mod wait;

use std::collections::BTreeSet;
use std::path::Path;

use model::{Data, Profile, Snapshot, Timestamp, Unavailable};

pub use aadsts::SignInTrouble;
pub use aws::WebIdentity;
pub use checkup::{Checkup, Outcome, Tried, check, needed};
pub use claims::Claims;
pub use collection::Collection;
pub use credential::{Certificate, Credential, CredentialError};
pub use discovery::{Discovered, DiscoveryError, discover};
pub use endpoints::{Endpoints, Service};
pub use limits::{Limiter, Limits, Rate};
pub use permissions::{Permission, Resource, permissions};
pub use recipes::{license_words, needs_directory_role};
pub use spool::SpoolError;
pub use token::SignInError;
pub use traffic::Traffic;

/// What to collect, from whom, and how.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The tenant: its id, its domain, the scanner's application in it, the accounts that matter.
    pub profile: &'a Profile,
    /// Where the services are: [`Endpoints::of`] the profile's cloud.
    pub endpoints: Endpoints,
    /// What the scanner proves its identity with.
    pub credential: &'a Credential,
    /// The datasets to read. The organization and its subscriptions are always read, and so are the
    /// datasets without which a wanted one cannot be read.
    pub wanted: BTreeSet<Data>,
    /// When the collection begins, by the caller's clock; times in the snapshot count from here.
    pub started_at: Timestamp,
    /// How fast and how long.
    pub limits: Limits,
}

/// Is told how a collection goes, from several datasets at a time.
pub trait Progress: Send + Sync {
    /// A dataset is being read.
    fn started(&self, data: Data);

    /// A dataset was read, with so many records, or could not be.
    fn finished(&self, data: Data, outcome: Result<usize, &Unavailable>);
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silence;

impl Progress for Silence {
    fn started(&self, _data: Data) {}

    fn finished(&self, _data: Data, _outcome: Result<usize, &Unavailable>) {}
}

/// Why there is no snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// There is no token for Microsoft Graph.
    #[error("cannot sign in to the tenant {tenant}")]
    SignIn {
        /// The tenant's id.
        tenant: String,
        /// Why.
        source: SignInError,
    },
    /// The organization that answered is not the tenant asked for: nothing of it is kept.
    #[error("asked for the tenant {asked}, but the organization that answered is {found}")]
    WrongTenant {
        /// The tenant's id by its profile.
        asked: String,
        /// The id of the organization that answered.
        found: String,
    },
    /// No HTTP client can be made on this machine.
    #[error("cannot set up HTTP")]
    Http(#[source] reqwest::Error),
    /// The folder for pages cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The pages on disk cannot be read back.
    #[error("cannot read the pages that were collected")]
    Pages(#[source] std::io::Error),
}

/// Reads a tenant, and holds what was read.
///
/// Every dataset is in the snapshot: collected, or unavailable with the reason.
///
/// # Errors
///
/// Only when sign-in is impossible, or the organization is not the tenant asked for.
pub async fn collect(
    request: &Request<'_>,
    progress: &dyn Progress,
) -> Result<Snapshot, CollectError> {
    let collection = scan::run(request, None, progress).await?;
    collection.snapshot().map_err(CollectError::Pages)
}

/// Reads a tenant of any size: what is held in memory does not grow with it.
///
/// With a folder, pages are kept there as they come, and a collection that was killed goes on at
/// its last page when it is run again within [`Limits::fresh`]; the snapshot says so in
/// `resumedAt`. The folder belongs to one tenant, and holds its data until
/// [`Collection::finish`].
///
/// # Errors
///
/// As [`collect`], and when the folder cannot be used.
pub async fn collect_to(
    request: &Request<'_>,
    folder: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Collection, CollectError> {
    scan::run(request, folder, progress).await
}
