//! What can be wrong in an archive, each with its name.

use std::fmt;

use jiff::Timestamp;

use crate::Link;

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// There is no manifest: the scan was never finished, or its manifest was removed.
    NoManifest,
    /// The manifest cannot be read.
    BadManifest(String),
    /// The manifest speaks of another tenant or time than the place where it lies.
    Misplaced {
        /// The tenant that it speaks of.
        tenant: String,
        /// The start that it speaks of.
        started_at: Timestamp,
    },
    /// The manifest names the same file twice, or its two lists of files do not agree.
    Inconsistent,
    /// The manifest's file is not written in the one way that is used here.
    Rewritten,
    /// The manifest says that it was signed, and no signature is there.
    SignatureRemoved,
    /// A key was given, and the manifest was not signed.
    NotSigned,
    /// Signatures are there, and all are of other keys; their ids.
    OtherKey(Vec<String>),
    /// A signature says that it is of a given key, and is not.
    BadSignature,
    /// A given key signed it, and that key does not count for the time of this scan.
    KeyNotValid(String),
    /// A file's content is not what was sealed.
    Altered(String),
    /// A file is gone.
    Missing(String),
    /// A file is there that was not sealed.
    Added(String),
    /// The record of an erasure cannot be believed.
    BadErasure(String),
    /// What comes before is no other scan of the same tenant.
    BadLink(Link),
    /// The scan before is gone.
    PreviousMissing(Link),
    /// The manifest of the scan before is not the one that was sealed.
    PreviousAltered(Link),
    /// The scan's number does not follow from the scan before.
    BadNumber {
        /// The number in the manifest.
        found: u64,
        /// The one that follows.
        expected: u64,
    },
    /// Another scan claims to follow the same one, or to be the first too; its manifest.
    Forked(String),
    /// The tenant has scans and no head.
    NoHead,
    /// The tenant's head cannot be read, or contradicts itself.
    BadHead(String),
    /// The head is an old one: scans were sealed after the one it names.
    OldHead {
        /// The manifest that the head names.
        names: String,
        /// The manifest that nothing follows.
        last: String,
    },
    /// The manifest that the head names is gone.
    LastMissing(Link),
    /// The manifest that the head names is not the one that was sealed.
    LastAltered(Link),
    /// What was there at an earlier check is gone or another: the history was cut or replaced.
    RolledBack(Link),
    /// A tenant that was there at an earlier check is gone.
    TenantMissing(String),
}

impl Problem {
    /// A word for programs, such as `altered`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoManifest => "no-manifest",
            Self::BadManifest(_) => "bad-manifest",
            Self::Misplaced { .. } => "misplaced",
            Self::Inconsistent => "inconsistent",
            Self::Rewritten => "rewritten",
            Self::SignatureRemoved => "signature-removed",
            Self::NotSigned => "not-signed",
            Self::OtherKey(_) => "other-key",
            Self::BadSignature => "bad-signature",
            Self::KeyNotValid(_) => "key-not-valid",
            Self::Altered(_) => "altered",
            Self::Missing(_) => "missing",
            Self::Added(_) => "added",
            Self::BadErasure(_) => "bad-erasure",
            Self::BadLink(_) => "bad-link",
            Self::PreviousMissing(_) => "previous-missing",
            Self::PreviousAltered(_) => "previous-altered",
            Self::BadNumber { .. } => "bad-number",
            Self::Forked(_) => "forked",
            Self::NoHead => "no-head",
            Self::BadHead(_) => "bad-head",
            Self::OldHead { .. } => "old-head",
            Self::LastMissing(_) => "last-missing",
            Self::LastAltered(_) => "last-altered",
            Self::RolledBack(_) => "rolled-back",
            Self::TenantMissing(_) => "tenant-missing",
        }
    }

    /// The file it is about, by name or key, where it is about one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Altered(name) | Self::Missing(name) | Self::Added(name) => Some(name),
            Self::BadLink(link)
            | Self::PreviousMissing(link)
            | Self::PreviousAltered(link)
            | Self::LastMissing(link)
            | Self::LastAltered(link)
            | Self::RolledBack(link) => Some(&link.manifest),
            Self::Forked(manifest) => Some(manifest),
            Self::OldHead { names, .. } => Some(names),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest => f.write_str("there is no manifest"),
            Self::BadManifest(why) => {
                write!(f, "the manifest cannot be read, so nothing tells of its files: {why}")
            }
            Self::Misplaced { tenant, started_at } => {
                write!(f, "the manifest is of another scan: of tenant {tenant:?} at {started_at}")
            }
            Self::Inconsistent => f.write_str("the manifest's lists of files do not agree"),
            Self::Rewritten => f.write_str("the manifest's file was written by something else"),
            Self::SignatureRemoved => f.write_str("the manifest's signature was removed"),
            Self::NotSigned => f.write_str("the manifest was not signed"),
            Self::OtherKey(keys) => write!(f, "the manifest was signed with another key: {keys:?}"),
            Self::BadSignature => f.write_str("the manifest's signature is wrong"),
            Self::KeyNotValid(key) => {
                write!(f, "the key {key} signed it, which does not count for the time of this scan")
            }
            Self::Altered(name) => write!(f, "{name:?} was altered"),
            Self::Missing(name) => write!(f, "{name:?} is missing"),
            Self::Added(name) => write!(f, "{name:?} was added"),
            Self::BadErasure(why) => write!(f, "the record of its erasure is not good: {why}"),
            Self::BadLink(link) => {
                write!(f, "{:?} is named as the scan before and cannot be", link.manifest)
            }
            Self::PreviousMissing(link) => {
                write!(f, "the scan before is missing: {:?}", link.manifest)
            }
            Self::PreviousAltered(link) => {
                write!(f, "the manifest of the scan before was altered: {:?}", link.manifest)
            }
            Self::BadNumber { found, expected } => {
                write!(f, "it is number {found} of the tenant's scans, where {expected} follows")
            }
            Self::Forked(other) => {
                write!(f, "another scan follows the same one: {other:?}; one of them was put in")
            }
            Self::NoHead => f.write_str("head.json is missing"),
            Self::BadHead(why) => write!(f, "head.json was altered: {why}"),
            Self::OldHead { names, last } => {
                write!(f, "head.json is an old one: it names {names:?}, and the last is {last:?}")
            }
            Self::LastMissing(link) => write!(
                f,
                "the scan that head.json names is missing: {:?}; the history was cut, or its writer \
                 was killed and the next run completes it",
                link.manifest
            ),
            Self::LastAltered(link) => {
                write!(f, "the manifest that head.json names was altered: {:?}", link.manifest)
            }
            Self::RolledBack(link) => write!(
                f,
                "{:?} was there at an earlier check and is gone or another: the history was cut or \
                 replaced",
                link.manifest
            ),
            Self::TenantMissing(tenant) => {
                write!(f, "the tenant {tenant} was there at an earlier check and is gone")
            }
        }
    }
}
