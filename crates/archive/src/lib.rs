//! The archive: sealed scans in a folder or in S3.
//!
//! ```text
//! tenants/<tenant-id>/<yyyy>/<mm>/<yyyymmddThhmmssZ>/<files>
//!                                                    manifest.dsse.json   written last
//! tenants/<tenant-id>/head.json                                           the newest scan
//! ```
//!
//! What is inside a file is none of this crate's business. It knows names, hashes and order:
//!
//! - A key is written once and never overwritten, `head.json` excepted ([`Store`]).
//! - A scan exists when its manifest exists, and the manifest is written last ([`seal`]). A run that
//!   was killed leaves files that count for nothing, and the same run again completes them.
//! - A manifest names every file with its SHA-256 and the manifest before it, so that an altered, lost
//!   or added file is found by anyone with a copy and no trust in us ([`verify`]).
//!
//! What it does not do: delete. Keeping and erasing are the business of the bucket's life cycle rules.

mod error;
mod folder;
mod head;
mod history;
mod key;
mod location;
mod manifest;
mod s3;
mod seal;
mod sign;
mod store;
#[cfg(test)]
mod testing;
mod verify;

pub use bytes::Bytes;
pub use error::{ArchiveError, InvalidKey, KeyFileError, StoreError};
pub use folder::Folder;
pub use head::{Head, head};
pub use history::{ArchivedScan, history, scans};
pub use key::{Key, Scan};
pub use location::{AnyStore, open, open_for_writing};
pub use manifest::{
    FileDigest, FileSize, Link, MANIFEST_NAME, Manifest, PREDICATE_TYPE, Predicate,
};
pub use s3::S3;
pub use seal::{ScanFiles, Sealed, seal};
pub use sign::{PublicKey, SigningKey};
pub use store::{Object, Store};
pub use verify::{Checked, Problem, SignatureState, verify};
