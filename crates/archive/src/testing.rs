//! What the tests of this crate share.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use crate::{Folder, Key, Object, Scan, ScanFiles, Store, StoreError};

pub(crate) const TENANT: &str = "00000000-1111-2222-3333-444444444444";

/// The public key of RFC 8032, 7.1, test 1.
pub(crate) const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

/// The private key that goes with it; a published one, so it is no secret.
pub(crate) fn private_pem() -> String {
    pem_of_seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
}

/// A key file from the 32 bytes of a key, in hex.
pub(crate) fn pem_of_seed(seed: &str) -> String {
    let der = hex::decode(format!("302e020100300506032b657004220420{seed}")).unwrap();
    let inside = STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{inside}\n-----END PRIVATE KEY-----\n")
}

/// The public key of RFC 6979, A.2.5.
pub(crate) const EC_PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n\
    Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n\
    -----END PUBLIC KEY-----\n";

/// The private key that goes with it; a published one too.
pub(crate) fn ec_private_pem() -> String {
    let der = hex::decode(
        "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420\
         c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a144034200\
         0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
    let inside = STANDARD.encode(der.unwrap());
    format!("-----BEGIN PRIVATE KEY-----\n{inside}\n-----END PRIVATE KEY-----\n")
}

pub(crate) fn scan_at(time: &str) -> Scan {
    Scan::new(TENANT, time.parse().unwrap()).unwrap()
}

/// A scan of three files that say when it was.
pub(crate) fn files_at(time: &str) -> ScanFiles {
    files_of(TENANT, time)
}

/// The same, of any tenant.
pub(crate) fn files_of(tenant: &str, time: &str) -> ScanFiles {
    let file = |name: &str| (name.to_owned(), Bytes::from(format!("{name} of {tenant} at {time}")));
    ScanFiles {
        tenant: tenant.to_owned(),
        started_at: time.parse().unwrap(),
        files: ["snapshot.json.zst", "assessment.json", "executive.html"].map(file).to_vec(),
        predicate: json!({ "score": { "value": 70.6 }, "at": time }),
    }
}

/// Everything in a folder with its content, but for what is temporary.
pub(crate) fn tree(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_file() {
                found.push((name, fs::read(path).unwrap()));
            } else if !path.ends_with(".tmp") {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}

/// How a killed run leaves its last write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Death {
    /// It did not happen.
    Before,
    /// It did, but nobody was left to know.
    After,
}

/// A folder whose writer dies at one of its writes and never comes back.
pub(crate) struct Mortal {
    pub(crate) folder: Folder,
    pub(crate) death: Death,
    /// Writes that go well before that.
    pub(crate) left: AtomicUsize,
}

impl Mortal {
    pub(crate) fn new(folder: &Folder, death: Death, writes: usize) -> Self {
        Self { folder: folder.clone(), death, left: AtomicUsize::new(writes) }
    }

    async fn write(
        &self,
        write: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let dead = || StoreError::Location { location: "dead".to_owned(), why: String::new() };
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        {
            Ok(_) => write.await,
            Err(_) if self.death == Death::Before => Err(dead()),
            Err(_) => {
                write.await?;
                Err(dead())
            }
        }
    }
}

impl Store for Mortal {
    async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        self.folder.get(key).await
    }

    async fn put_new(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.write(self.folder.put_new(key, bytes)).await
    }

    async fn put_if(&self, key: &Key, bytes: Bytes, etag: Option<&str>) -> Result<(), StoreError> {
        self.write(self.folder.put_if(key, bytes, etag)).await
    }

    async fn list(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        self.folder.list(folder, after).await
    }

    async fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        self.folder.names(folder).await
    }

    async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        self.write(self.folder.remove(key)).await
    }
}
