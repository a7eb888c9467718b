//! What the archive asks of the place it lies in.

use std::future::Future;

use bytes::Bytes;

use crate::manifest::sha256;
use crate::{Key, StoreError};

/// What lies at a key.
#[derive(Debug, Clone)]
pub struct Object {
    /// The content.
    pub bytes: Bytes,
    /// Names this content for [`Store::put_if`]; its form is the store's own affair.
    pub etag: String,
}

/// What verifying needs to know of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The SHA-256 of the content in lower-case hex, computed here and not taken from anybody's word.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Fingerprint {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: sha256(bytes), size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

/// A place for objects that are written once: a [`Folder`](crate::Folder) or [`S3`](crate::S3).
///
/// Writes are whole or not at all, and what was written can be read at once, by everyone.
pub trait Store: Send + Sync {
    /// The object at a key; none when there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when that cannot be said.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Object>, StoreError>> + Send;

    /// Creates an object. The same content there already is success too, so a repeated call is
    /// harmless.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] when other content is there, which stays.
    fn put_new(
        &self,
        key: &Key,
        bytes: Bytes,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Replaces the object if it is still the one with this etag; none: creates it if there is still
    /// none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Changed`] when another writer came first: read again, then decide.
    fn put_if(
        &self,
        key: &Key,
        bytes: Bytes,
        etag: Option<&str>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The keys of everything below a folder, sorted; with `after`, only those that sort behind it.
    ///
    /// Plain text rather than [`Key`]: what others put there may have any name.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the list is not complete. A folder that does not exist is empty.
    fn list(
        &self,
        folder: &Key,
        after: Option<&Key>,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// The names directly below a folder, or below the whole archive, sorted; a folder's name ends with
    /// `/`. What the store keeps for itself is not among them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the list is not complete. A folder that does not exist is empty.
    fn names(
        &self,
        folder: Option<&Key>,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Reads an object for its digest alone; none when there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when that cannot be said.
    fn fingerprint(
        &self,
        key: &Key,
    ) -> impl Future<Output = Result<Option<Fingerprint>, StoreError>> + Send {
        async {
            let Some(object) = self.get(key).await? else { return Ok(None) };
            // Digests are work for a thread of their own: verifying reads many objects at once.
            let bytes = object.bytes.clone();
            let done = tokio::task::spawn_blocking(move || Fingerprint::of(&object.bytes)).await;
            Ok(Some(done.unwrap_or_else(|_| Fingerprint::of(&bytes))))
        }
    }

    /// Removes an object for good, all its versions included. That there is none is success. Only
    /// [`erase`](crate::erase) calls it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it is still there; one that is locked cannot be removed.
    fn remove(&self, key: &Key) -> impl Future<Output = Result<(), StoreError>> + Send;
}
