//! The archive in S3, or in anything that speaks its protocol.
//!
//! Every write is conditional: `If-None-Match: *` creates, `If-Match` replaces what was read. Amazon S3
//! decides these atomically; another server must do so too, or two writers at once can both win. Each
//! write carries the SHA-256 of its content, which S3 checks and keeps: what `GetObjectAttributes`
//! says later is the very digest of the manifest. How long nobody can delete it, and with which key it
//! is encrypted, says [`Protection`].
//!
//! The caller needs `s3:GetObject`, `s3:PutObject` and `s3:ListBucket`; without the last, S3 answers
//! 403 for an object that is not there, and nothing can be told from that.

use std::error::Error;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{Key, Object, Protection, Store, StoreError};

/// How often a write is tried that S3 turned away because another was under way (409).
const ATTEMPTS: u32 = 8;

/// An archive in a bucket, below a prefix.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
    bucket: String,
    /// Empty, or a key.
    prefix: String,
    protection: Protection,
}

impl S3 {
    /// An archive reached with the usual AWS settings: environment, profile, web identity, container or
    /// instance. `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` names another server, addressed by path.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the names are wrong, no region is set, there is no such bucket, or it cannot
    /// be reached.
    pub async fn open(bucket: &str, prefix: &str) -> Result<Self, StoreError> {
        check(bucket, prefix)?;
        let settings = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let elsewhere =
            settings.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let mut config = aws_sdk_s3::config::Builder::from(&settings).force_path_style(elsewhere);
        if settings.region().is_none() {
            if !elsewhere {
                let why = "no AWS region is set; set AWS_REGION".to_owned();
                return Err(StoreError::Location { location: address(bucket, prefix), why });
            }
            // Another server has no regions, but a request is not signed without one.
            config = config.region(Region::from_static("us-east-1"));
        }
        let store = Self::new(Client::from_conf(config.build()), bucket, prefix)?;
        store.check_bucket().await?;
        Ok(store)
    }

    /// An archive reached with a client of the caller's making. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::Location`] when the bucket's name or the prefix is not one.
    pub fn new(client: Client, bucket: &str, prefix: &str) -> Result<Self, StoreError> {
        check(bucket, prefix)?;
        let prefix = prefix.trim_end_matches('/').to_owned();
        let protection = Protection::default();
        Ok(Self { client, bucket: bucket.to_owned(), prefix, protection })
    }

    /// The same archive; what is written to it from now on is protected like this.
    #[must_use]
    pub fn protected(self, protection: Protection) -> Self {
        Self { protection, ..self }
    }

    /// Asks whether the bucket is there.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoBucket`], or why it could not be asked. A refusal is no error: a narrow role may
    /// read and write below its prefix without seeing the bucket.
    pub async fn check_bucket(&self) -> Result<(), StoreError> {
        let Err(error) = self.client.head_bucket().bucket(&self.bucket).send().await else {
            return Ok(());
        };
        match status(&error) {
            Some(404) => Err(StoreError::NoBucket { bucket: self.bucket.clone() }),
            Some(403) => Ok(()),
            _ => Err(self.failed("reach", "", error)),
        }
    }

    fn key(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    /// Sends a write on one of the two conditions.
    async fn put(
        &self,
        key: &Key,
        bytes: Bytes,
        etag: Option<&str>,
    ) -> Result<(), SdkError<PutObjectError, HttpResponse>> {
        let digest = STANDARD.encode(Sha256::digest(&bytes));
        let request = self.client.put_object().bucket(&self.bucket).key(self.key(key.as_str()));
        let request = match etag {
            Some(etag) => request.if_match(etag),
            None => request.if_none_match("*"),
        };
        let request = request.content_type(content_type(key.name())).checksum_sha256(digest);
        // Object Lock wants to be told which checksum it is.
        let request = request.checksum_algorithm(ChecksumAlgorithm::Sha256);
        let request = self.protection.apply(request);
        request.body(ByteStream::from(bytes)).send().await.map(|_| ())
    }

    fn failed<E>(
        &self,
        action: &'static str,
        key: &str,
        error: SdkError<E, HttpResponse>,
    ) -> StoreError
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let what = address(&self.bucket, &self.key(key));
        if error.code() == Some("NoSuchBucket") {
            return StoreError::NoBucket { bucket: self.bucket.clone() };
        }
        let transient = match &error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            SdkError::ServiceError(_) => status(&error).is_some_and(|s| s >= 500 || s == 429),
            _ => false,
        };
        match status(&error) {
            Some(401 | 403) => StoreError::Denied { action, what, source: error.into() },
            _ => StoreError::S3 { action, what, transient, source: error.into() },
        }
    }
}

impl Store for S3 {
    async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        let request = self.client.get_object().bucket(&self.bucket).key(self.key(key.as_str()));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Ok(None);
            }
            Err(error) => return Err(self.failed("read", key.as_str(), error)),
        };
        let etag = answer.e_tag.unwrap_or_default();
        let body = answer.body.collect().await.map_err(|error| StoreError::S3 {
            action: "read",
            what: address(&self.bucket, &self.key(key.as_str())),
            transient: true,
            source: error.into(),
        })?;
        Ok(Some(Object { bytes: body.into_bytes(), etag }))
    }

    async fn put_new(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            let Err(error) = self.put(key, bytes.clone(), None).await else { return Ok(()) };
            match status(&error) {
                // There is something: of an earlier run, of another writer, or of this very call, whose
                // answer was lost and which the SDK repeated. The content tells.
                Some(409 | 412) => match self.get(key).await? {
                    Some(found) if found.bytes == bytes => return Ok(()),
                    Some(_) => return Err(StoreError::Exists { key: key.to_string() }),
                    None if attempt == ATTEMPTS => {
                        return Err(self.failed("write", key.as_str(), error));
                    }
                    None => {}
                },
                _ => return Err(self.failed("write", key.as_str(), error)),
            }
            tokio::time::sleep(Duration::from_millis(20) * attempt).await;
            attempt += 1;
        }
    }

    async fn put_if(&self, key: &Key, bytes: Bytes, etag: Option<&str>) -> Result<(), StoreError> {
        let Err(error) = self.put(key, bytes.clone(), etag).await else { return Ok(()) };
        if error.code() == Some("NoSuchBucket") {
            return Err(self.failed("write", key.as_str(), error));
        }
        match status(&error) {
            // 404: what was to be replaced is gone. As above, a repeated call may have met itself.
            Some(404 | 409 | 412) => match self.get(key).await? {
                Some(found) if found.bytes == bytes => Ok(()),
                _ => Err(StoreError::Changed { key: key.to_string() }),
            },
            _ => Err(self.failed("write", key.as_str(), error)),
        }
    }

    async fn list(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let below = format!("{}/", self.key(folder.as_str()));
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(&below)
            .set_start_after(after.map(|after| self.key(after.as_str())))
            .into_paginator()
            .send();
        let root = self.key("");
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("list", folder.as_str(), error))?;
            let found = page.contents.unwrap_or_default();
            keys.extend(found.into_iter().filter_map(|object| {
                object.key.and_then(|key| key.strip_prefix(&root).map(str::to_owned))
            }));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    async fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let below = match folder {
            Some(folder) => format!("{}/", self.key(folder.as_str())),
            None => self.key(""),
        };
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(&below);
        let mut pages = request.delimiter("/").into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("list", &below, error))?;
            let files = page.contents.unwrap_or_default().into_iter().filter_map(|o| o.key);
            let folders = page.common_prefixes.unwrap_or_default().into_iter();
            let found = files.chain(folders.filter_map(|found| found.prefix));
            names.extend(found.filter_map(|key| key.strip_prefix(&below).map(str::to_owned)));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// All versions, where the bucket keeps them: a delete marker alone erases nothing.
    async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        let name = self.key(key.as_str());
        let (mut after_key, mut after_version) = (None, None);
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(&self.bucket)
                .prefix(&name)
                .set_key_marker(after_key)
                .set_version_id_marker(after_version)
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                // A server without versions.
                Err(error) if matches!(status(&error), Some(405 | 501)) => break,
                Err(error) => return Err(self.failed("list the versions of", key.as_str(), error)),
            };
            let versions = page.versions.unwrap_or_default().into_iter();
            let markers = page.delete_markers.unwrap_or_default().into_iter();
            let found = versions
                .map(|version| (version.key, version.version_id))
                .chain(markers.map(|marker| (marker.key, marker.version_id)));
            for (_, version) in found.filter(|(key, _)| key.as_deref() == Some(name.as_str())) {
                let request = self.client.delete_object().bucket(&self.bucket).key(&name);
                let done = request.set_version_id(version).send().await;
                done.map_err(|error| self.failed("remove", key.as_str(), error))?;
            }
            if page.is_truncated != Some(true) {
                break;
            }
            (after_key, after_version) = (page.next_key_marker, page.next_version_id_marker);
        }
        if self.get(key).await?.is_some() {
            let done = self.client.delete_object().bucket(&self.bucket).key(&name).send().await;
            done.map_err(|error| self.failed("remove", key.as_str(), error))?;
        }
        Ok(())
    }
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn address(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

fn check(bucket: &str, prefix: &str) -> Result<(), StoreError> {
    let refuse = |why: String| Err(StoreError::Location { location: address(bucket, prefix), why });
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(allowed) {
        return refuse(format!(
            "{bucket:?} is not the name of a bucket (3 to 63 of a-z, 0-9, `-` and `.`)"
        ));
    }
    let prefix = prefix.trim_end_matches('/');
    match Key::new(prefix) {
        Err(error) if !prefix.is_empty() => refuse(format!("its prefix is wrong: {}", error.why)),
        _ if prefix.len() > 300 => refuse("its prefix is too long".to_owned()),
        _ => Ok(()),
    }
}

/// What a browser needs to show a file straight from the bucket.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("html") => "text/html; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("csv") => "text/csv; charset=utf-8",
        Some("zst") => "application/zstd",
        _ => "application/octet-stream",
    }
}
