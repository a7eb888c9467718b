//! The archive: sealed scans in a folder or in S3.
//!
//! ```text
//! tenants/<tenant-id>/<yyyy>/<mm>/<yyyymmddThhmmssZ>/<files>
//!                                                    manifest.dsse.json   written last
//! tenants/<tenant-id>/head.json                                           the scan sealed last
//! ```
//!
//! What is inside a file is none of this crate's business. It knows names, hashes and order:
//!
//! - A key is written once and never overwritten, `head.json` excepted ([`Store`]).
//! - A scan exists when its manifest exists, and the manifest is written last ([`seal`]). A run that
//!   was killed leaves files that count for nothing, and the same run again completes them.
//! - A manifest names every file with its SHA-256 and the manifest before it, and the head names the
//!   last: one chain a tenant. So what was altered, lost, added, cut off or put in is found by anyone
//!   with a copy and no trust in us ([`verify_archive`]).
//!
//! It deletes only when told to [`erase`], and then the chain still holds. How long something must be
//! kept is the business of the bucket's rules and of [`Protection`].

mod erase;
mod error;
mod folder;
mod head;
mod history;
mod key;
mod keys;
mod location;
mod manifest;
mod protection;
mod s3;
mod seal;
mod sign;
mod store;
#[cfg(test)]
mod testing;
mod verify;

pub use bytes::Bytes;
pub use erase::{Erasure, erase};
pub use error::{ArchiveError, InvalidKey, KeyFileError, SignError, StoreError};
pub use folder::Folder;
pub use head::{Head, head};
pub use history::{ArchivedScan, before, history, recover, scans, tenants};
pub use key::{Key, Scan};
pub use keys::{Algorithm, PublicKey, TrustedKey};
pub use location::{AnyStore, open, open_for_writing};
pub use manifest::{
    FileDigest, FileSize, Link, MANIFEST_NAME, Manifest, PREDICATE_TYPE, Predicate,
};
pub use protection::{Protection, Retention};
pub use s3::S3;
pub use seal::{ScanFiles, Sealed, seal};
pub use sign::SigningKey;
pub use store::{Fingerprint, Object, Store};
pub use verify::{
    Checked, Gap, Problem, Request, SignatureState, Verified, VerifiedTenant, verify,
    verify_archive,
};
