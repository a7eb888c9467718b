//! A store from what a user types.

use bytes::Bytes;

use crate::{Fingerprint, Folder, Key, Object, Protection, S3, Store, StoreError};

/// A store of either kind.
#[derive(Debug, Clone)]
pub enum AnyStore {
    /// In a folder.
    Folder(Folder),
    /// In S3.
    S3(S3),
}

/// Opens an archive to read: `s3://BUCKET/PREFIX` or a folder's path.
///
/// An address in S3 may end with options for what is written there, see [`Protection`]:
/// `s3://BUCKET/PREFIX?retain=compliance&days=400&legal-hold=on&kms-key=alias/evidence`.
///
/// # Errors
///
/// [`StoreError`] when there is no such folder or bucket, or it cannot be reached.
pub async fn open(location: &str) -> Result<AnyStore, StoreError> {
    match parse(location)? {
        Location::Folder => Ok(AnyStore::Folder(Folder::open(location)?)),
        Location::S3 { bucket, prefix, protection } => {
            Ok(AnyStore::S3(S3::open(bucket, prefix).await?.protected(protection)))
        }
    }
}

/// Opens an archive to write: as [`open`], but a missing folder is made, and one that cannot be written
/// is an error now rather than when the work is done.
///
/// # Errors
///
/// [`StoreError`] when the folder cannot be written, or there is no such bucket, or it cannot be
/// reached. Whether a bucket can be written is seen only on writing.
pub async fn open_for_writing(location: &str) -> Result<AnyStore, StoreError> {
    match parse(location)? {
        Location::Folder => Ok(AnyStore::Folder(Folder::open_for_writing(location)?)),
        Location::S3 { bucket, prefix, protection } => {
            Ok(AnyStore::S3(S3::open(bucket, prefix).await?.protected(protection)))
        }
    }
}

#[derive(Debug, PartialEq)]
enum Location<'a> {
    Folder,
    S3 { bucket: &'a str, prefix: &'a str, protection: Protection },
}

fn parse(location: &str) -> Result<Location<'_>, StoreError> {
    fn refused<T>(location: &str, why: &str) -> Result<T, StoreError> {
        Err(StoreError::Location { location: location.to_owned(), why: why.to_owned() })
    }
    let refuse = |why: &str| refused(location, why);
    if let Some(address) = location.strip_prefix("s3://") {
        let (address, options) = address.split_once('?').unwrap_or((address, ""));
        let protection = Protection::parse(options).or_else(|why| refused(location, &why))?;
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        return Ok(Location::S3 { bucket, prefix, protection });
    }
    if location.is_empty() {
        refuse("it is empty; a folder or s3://BUCKET/PREFIX was expected")
    } else if location.contains("://") {
        refuse("only a folder or s3://BUCKET/PREFIX is known")
    } else {
        Ok(Location::Folder)
    }
}

impl Store for AnyStore {
    async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        match self {
            Self::Folder(folder) => folder.get(key).await,
            Self::S3(s3) => s3.get(key).await,
        }
    }

    async fn put_new(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) => folder.put_new(key, bytes).await,
            Self::S3(s3) => s3.put_new(key, bytes).await,
        }
    }

    async fn put_if(&self, key: &Key, bytes: Bytes, etag: Option<&str>) -> Result<(), StoreError> {
        match self {
            Self::Folder(folder) => folder.put_if(key, bytes, etag).await,
            Self::S3(s3) => s3.put_if(key, bytes, etag).await,
        }
    }

    async fn list(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Folder(store) => store.list(folder, after).await,
            Self::S3(s3) => s3.list(folder, after).await,
        }
    }

    async fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Folder(store) => store.names(folder).await,
            Self::S3(s3) => s3.names(folder).await,
        }
    }

    async fn fingerprint(&self, key: &Key) -> Result<Option<Fingerprint>, StoreError> {
        match self {
            Self::Folder(store) => store.fingerprint(key).await,
            Self::S3(s3) => s3.fingerprint(key).await,
        }
    }

    async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        match self {
            Self::Folder(store) => store.remove(key).await,
            Self::S3(s3) => s3.remove(key).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        let s3 =
            |bucket, prefix| Location::S3 { bucket, prefix, protection: Protection::default() };
        assert_eq!(parse("s3://evidence/msp/one").unwrap(), s3("evidence", "msp/one"));
        assert_eq!(parse("s3://evidence").unwrap(), s3("evidence", ""));
        assert_eq!(parse("./archive").unwrap(), Location::Folder);
        assert_eq!(parse("C:\\archive").unwrap(), Location::Folder);
        for bad in ["", "gs://evidence", "https://evidence.example/x", "S3://evidence"] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(error.contains("s3://BUCKET/PREFIX"), "{error}");
        }
    }

    /// A Lambda function's handler, and anything spawned, must be able to call these.
    #[test]
    fn futures_can_be_sent() {
        fn sent<T: Send>(_: T) {}
        fn all<S: Store>(store: &S, files: &crate::ScanFiles, scan: &crate::Scan) {
            sent(crate::seal(store, files, None));
            sent(crate::history(store, ""));
            sent(crate::head(store, ""));
            sent(crate::verify(store, scan, &[]));
            sent(crate::verify_archive(store, &crate::Request::default()));
        }
        let _ = all::<AnyStore>;
        sent(open(""));
        sent(open_for_writing(""));
    }

    #[tokio::test]
    async fn a_bad_bucket_or_prefix_is_refused_before_any_traffic() {
        for bad in
            ["s3://", "s3:///x", "s3://Evidence", "s3://ab", "s3://evidence/../x", "s3://a_b_c"]
        {
            let error = open(bad).await.unwrap_err();
            assert!(matches!(error, StoreError::Location { .. }), "{bad}: {error}");
        }
    }
}
