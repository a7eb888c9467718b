//! What can go wrong, by what a caller does about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::Key;

/// A text that cannot be a key, a file name or a tenant's place in the archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be used in the archive: {why}")]
pub struct InvalidKey {
    /// The text that was refused.
    pub text: String,
    /// What was expected instead.
    pub why: &'static str,
}

/// A store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The key holds other content already, and content is never overwritten.
    #[error("{key} exists already with other content")]
    Exists {
        /// The key.
        key: String,
    },
    /// The key changed since it was read: read it again.
    #[error("{key} was changed by another writer")]
    Changed {
        /// The key.
        key: String,
    },
    /// The location is neither a folder's path nor `s3://BUCKET/PREFIX`.
    #[error("{location:?} is not an archive: {why}")]
    Location {
        /// The location as given.
        location: String,
        /// What was expected instead.
        why: String,
    },
    /// A file stands where the archive's folder was expected.
    #[error("the archive {} is a file; a folder was expected", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The archive's folder does not exist.
    #[error("the archive {} does not exist", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The bucket does not exist, or not for this account and endpoint.
    #[error("the bucket {bucket} does not exist")]
    NoBucket {
        /// The bucket.
        bucket: String,
    },
    /// Reading or writing is not allowed.
    #[error("not allowed to {action} {what}")]
    Denied {
        /// What was tried, as a verb.
        action: &'static str,
        /// The path or the address.
        what: String,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file system failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// S3 failed.
    #[error("cannot {action} {what}")]
    S3 {
        /// What was tried, as a verb.
        action: &'static str,
        /// The address, `s3://BUCKET/KEY`.
        what: String,
        /// Whether trying again later can help: throttling, a timeout, a fault of the service.
        transient: bool,
        /// What the SDK said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether the same call can succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::S3 { transient: true, .. })
    }
}

/// A scan could not be sealed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A tenant id or a file name cannot be part of the archive.
    #[error(transparent)]
    Invalid(#[from] InvalidKey),
    /// The same scan was archived before with other content; what is archived stays.
    ///
    /// When no manifest exists yet (a killed run left its files), read the archived snapshot from this
    /// key and go on from there: what follows from it is the same again.
    #[error("{key} was archived before with other content; what is archived stays as it is")]
    Differs {
        /// The key whose content differs.
        key: Key,
    },
    /// A manifest or a head is not what this crate writes.
    #[error("{key} cannot be read: {why}")]
    Unreadable {
        /// The key.
        key: Key,
        /// What is wrong with it.
        why: String,
    },
    /// A tenant's head is gone while scans are there: sealing on would hide what happened.
    #[error(
        "{key} is missing, while {scan} is there; put it back from a copy or an earlier version, \
         and ask `muster verify`"
    )]
    HeadMissing {
        /// The head's key.
        key: Key,
        /// A manifest that is there.
        scan: String,
    },
    /// The manifest could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Other writers won again and again.
    #[error("{key} is being changed by other writers; gave up after many attempts")]
    Contended {
        /// The key.
        key: Key,
    },
}

impl ArchiveError {
    /// Whether the same call can succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Contended { .. } => true,
            Self::Sign(error) => error.transient,
            Self::Invalid(_)
            | Self::Differs { .. }
            | Self::Unreadable { .. }
            | Self::HeadMissing { .. } => false,
        }
    }
}

/// A manifest could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign with the key {key}")]
pub struct SignError {
    /// Which key.
    pub key: String,
    /// Whether trying again later can help.
    pub transient: bool,
    /// What was said.
    pub source: Box<dyn Error + Send + Sync>,
}

/// A key file could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} key, Ed25519 or ECDSA P-256: {why}")]
pub struct KeyFileError {
    /// `private` or `public`.
    pub kind: &'static str,
    /// What was expected instead.
    pub why: &'static str,
}
