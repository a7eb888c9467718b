//! The archive in a folder of a file system.
//!
//! Content is written to a file in `.tmp`, brought to the disk, and only then given its name, which
//! fails if the name is taken. So a reader sees all of a file or nothing, whenever the power goes.
//! What a killed process leaves in `.tmp` is cleared away by a later one, once it is a day old.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::manifest::sha256;
use crate::{Fingerprint, Key, Object, Store, StoreError};

/// How old a file in `.tmp` must be to be a killed process's.
const ABANDONED: Duration = Duration::from_hours(24);

/// Where files are written before they get their name; never a key, as it starts with a full stop.
const TEMPORARY: &str = ".tmp";

/// The file in `.tmp` by which writers take turns.
const LOCK: &str = "lock";

/// An archive in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// An archive that is there already.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoFolder`], [`StoreError::NotAFolder`], or what the system says.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        match fs::metadata(&root) {
            Ok(found) if found.is_dir() => Ok(Self { root }),
            Ok(_) => Err(StoreError::NotAFolder { path: root }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(StoreError::NoFolder { path: root })
            }
            Err(error) => Err(failed("open the archive", &root, error)),
        }
    }

    /// An archive to write to; the folder is made if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotAFolder`], [`StoreError::Denied`], or what the system says. Known now, not when
    /// a scan is through.
    pub fn open_for_writing(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        if fs::metadata(&root).is_ok_and(|found| !found.is_dir()) {
            return Err(StoreError::NotAFolder { path: root });
        }
        fs::create_dir_all(&root).map_err(|error| failed("make the folder", &root, error))?;
        let folder = Self { root };
        folder.temporary_file().map_err(|error| failed("write to", &folder.root, error))?;
        folder.clear_abandoned();
        Ok(folder)
    }

    /// Removes what killed processes left. That it cannot is no harm.
    fn clear_abandoned(&self) {
        let Ok(entries) = fs::read_dir(self.root.join(TEMPORARY)) else { return };
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.file_name() != LOCK) {
            let age = entry.metadata().and_then(|found| found.modified()).map(|at| at.elapsed());
            if age.is_ok_and(|age| age.is_ok_and(|age| age > ABANDONED)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn temporary_file(&self) -> io::Result<NamedTempFile> {
        let place = self.root.join(TEMPORARY);
        fs::create_dir_all(&place)?;
        let mut builder = tempfile::Builder::new();
        // As every program's files: the umask decides who else may read.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(place)
    }

    /// A file with the content, on the disk, without its name.
    fn written(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let mut file = self.temporary_file()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        let path = self.path(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Object { etag: sha256(&bytes), bytes: bytes.into() })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn create(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(key);
        // First, so that a repeated run writes nothing.
        if let Some(found) = self.read(key)? {
            return same_or_exists(key, bytes, &found);
        }
        let fail = |error| failed("write", &path, error);
        self.make_parents(&path).map_err(fail)?;
        match self.written(bytes).map_err(fail)?.persist_noclobber(&path) {
            Ok(_) => sync_folder(path.parent()).map_err(fail),
            Err(lost) if lost.error.kind() == ErrorKind::AlreadyExists => match self.read(key)? {
                Some(found) => same_or_exists(key, bytes, &found),
                None => Err(fail(lost.error)),
            },
            Err(lost) => Err(fail(lost.error)),
        }
    }

    fn replace(&self, key: &Key, bytes: &[u8], etag: Option<&str>) -> Result<(), StoreError> {
        let path = self.path(key);
        let fail = |error| failed("write", &path, error);
        self.make_parents(&path).map_err(fail)?;
        // Compare and replace are two steps here, so writers take turns. The lock goes with the
        // process that holds it.
        let lock = self.lock().map_err(fail)?;
        let found = self.read(key)?;
        if found.map(|object| object.etag).as_deref() != etag {
            return Err(StoreError::Changed { key: key.to_string() });
        }
        self.written(bytes).and_then(|file| Ok(file.persist(&path)?)).map_err(fail)?;
        sync_folder(path.parent()).map_err(fail)?;
        drop(lock);
        Ok(())
    }

    fn lock(&self) -> io::Result<File> {
        let place = self.root.join(TEMPORARY);
        fs::create_dir_all(&place)?;
        let file = File::options().create(true).append(true).open(place.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    /// Makes the folders above a path and brings their names to the disk.
    fn make_parents(&self, path: &Path) -> io::Result<()> {
        let Some(parent) = path.parent() else { return Ok(()) };
        if parent.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(parent)?;
        parent
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(&self.root))
            .try_for_each(|above| sync_folder(Some(above)))
    }

    fn below(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut open = vec![(self.path(folder), folder.to_string())];
        while let Some((path, key)) = open.pop() {
            let fail = |error| failed("list", &path, error);
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(fail(error)),
            };
            for entry in entries {
                let entry = entry.map_err(fail)?;
                let key = format!("{key}/{}", entry.file_name().to_string_lossy());
                // A link counts as a file: following it could leave the archive or never end.
                if entry.file_type().map_err(fail)?.is_dir() {
                    open.push((entry.path(), key));
                } else if after.is_none_or(|after| key.as_str() > after.as_str()) {
                    keys.push(key);
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn fingerprint(&self, key: &Key) -> Result<Option<Fingerprint>, StoreError> {
        let path = self.path(key);
        let read = || -> io::Result<Fingerprint> {
            let mut file = File::open(&path)?;
            let mut digest = Sha256::new();
            let mut size = 0_u64;
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    return Ok(Fingerprint { sha256: hex::encode(digest.finalize()), size });
                }
                digest.update(buffer.get(..read).unwrap_or_default());
                size += u64::try_from(read).unwrap_or_default();
            }
        };
        match read() {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let path = folder.map_or_else(|| self.root.clone(), |key| self.path(key));
        let fail = |error| failed("list", &path, error);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let mut name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.file_type().map_err(fail)?.is_dir();
            if is_folder && folder.is_none() && name == TEMPORARY {
                continue;
            }
            if is_folder {
                name.push('/');
            }
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, key: &Key) -> Result<(), StoreError> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(path.parent()).map_err(|error| failed("remove", &path, error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed("remove", &path, error)),
        }
    }

    /// Runs blocking work where it blocks nobody.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.unwrap_or_else(|gone| Err(failed("use", &self.root, io::Error::other(gone))))
    }
}

impl Store for Folder {
    async fn get(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        let key = key.clone();
        self.blocking(move |folder| folder.read(&key)).await
    }

    async fn put_new(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        let key = key.clone();
        self.blocking(move |folder| folder.create(&key, &bytes)).await
    }

    async fn put_if(&self, key: &Key, bytes: Bytes, etag: Option<&str>) -> Result<(), StoreError> {
        let (key, etag) = (key.clone(), etag.map(str::to_owned));
        self.blocking(move |folder| folder.replace(&key, &bytes, etag.as_deref())).await
    }

    async fn list(&self, folder: &Key, after: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let (below, after) = (folder.clone(), after.cloned());
        self.blocking(move |folder| folder.below(&below, after.as_ref())).await
    }

    async fn names(&self, folder: Option<&Key>) -> Result<Vec<String>, StoreError> {
        let below = folder.cloned();
        self.blocking(move |folder| folder.names(below.as_ref())).await
    }

    async fn fingerprint(&self, key: &Key) -> Result<Option<Fingerprint>, StoreError> {
        let key = key.clone();
        self.blocking(move |folder| folder.fingerprint(&key)).await
    }

    async fn remove(&self, key: &Key) -> Result<(), StoreError> {
        let key = key.clone();
        self.blocking(move |folder| folder.remove(&key)).await
    }
}

/// A repeated write is success; other content is not overwritten.
fn same_or_exists(key: &Key, bytes: &[u8], found: &Object) -> Result<(), StoreError> {
    if found.bytes == bytes { Ok(()) } else { Err(StoreError::Exists { key: key.to_string() }) }
}

/// Brings the names in a folder to the disk.
#[cfg(unix)]
fn sync_folder(folder: Option<&Path>) -> io::Result<()> {
    folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Elsewhere a folder cannot be opened as a file; the system sees to its names.
#[cfg(not(unix))]
fn sync_folder(_: Option<&Path>) -> io::Result<()> {
    Ok(())
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::Denied { action, what: path.display().to_string(), source: source.into() }
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            let file = path.ancestors().find(|above| above.is_file()).unwrap_or(path);
            StoreError::NotAFolder { path: file.to_owned() }
        }
        _ => StoreError::Io { action, path: path.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::Arc;

    use super::*;

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn store() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let store = Folder::open_for_writing(place.path()).unwrap();
        (place, store)
    }

    #[tokio::test]
    async fn what_is_written_once_stays() {
        let (_place, store) = store();
        assert!(store.get(&key("a/b")).await.unwrap().is_none());
        store.put_new(&key("a/b"), "one".into()).await.unwrap();
        store.put_new(&key("a/b"), "one".into()).await.unwrap();
        let error = store.put_new(&key("a/b"), "two".into()).await.unwrap_err();
        assert!(matches!(error, StoreError::Exists { .. }));
        assert_eq!(error.to_string(), "a/b exists already with other content");
        assert_eq!(store.get(&key("a/b")).await.unwrap().unwrap().bytes, "one");
    }

    #[tokio::test]
    async fn a_replacement_must_have_seen_what_it_replaces() {
        let (_place, store) = store();
        let head = key("a/head.json");
        let changed = |done: Result<(), StoreError>| {
            assert!(matches!(done, Err(StoreError::Changed { .. })), "{done:?}");
        };
        changed(store.put_if(&head, "x".into(), Some("etag of nothing")).await);
        store.put_if(&head, "1".into(), None).await.unwrap();
        changed(store.put_if(&head, "x".into(), None).await);
        let first = store.get(&head).await.unwrap().unwrap().etag;
        store.put_if(&head, "2".into(), Some(&first)).await.unwrap();
        changed(store.put_if(&head, "x".into(), Some(&first)).await);
        assert_eq!(store.get(&head).await.unwrap().unwrap().bytes, "2");
    }

    #[tokio::test]
    async fn lists_are_sorted_and_bounded() {
        let (_place, store) = store();
        for name in ["t/b/1", "t/a/2", "t/a/1", "t/a-b/1", "tt/a", "t/c"] {
            store.put_new(&key(name), name.to_owned().into()).await.unwrap();
        }
        let all = ["t/a-b/1", "t/a/1", "t/a/2", "t/b/1", "t/c"];
        assert_eq!(store.list(&key("t"), None).await.unwrap(), all);
        assert_eq!(store.list(&key("t"), Some(&key("t/a/1"))).await.unwrap(), all[2..]);
        assert_eq!(store.list(&key("t/a"), None).await.unwrap(), ["t/a/1", "t/a/2"]);
        assert_eq!(store.list(&key("none"), None).await.unwrap(), [""; 0]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_creators_one_wins_and_readers_see_all_or_nothing() {
        let (_place, store) = store();
        let store = Arc::new(store);
        let content = |n: u8| Bytes::from(vec![n; 3_000_000]);
        let writers: Vec<_> = (1..=8)
            .map(|n| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { (n, store.put_new(&key("a/b"), content(n)).await) })
            })
            .collect();
        let mut seen = Vec::new();
        while seen.len() < 20 {
            if let Some(object) = store.get(&key("a/b")).await.unwrap() {
                seen.push(object.bytes);
            }
        }
        let mut winners = Vec::new();
        for writer in writers {
            match writer.await.unwrap() {
                (n, Ok(())) => winners.push(n),
                (_, Err(StoreError::Exists { .. })) => {}
                (_, Err(error)) => panic!("{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert!(seen.iter().all(|bytes| *bytes == content(winners[0])));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_replacement_is_lost() {
        let (_place, store) = store();
        let store = Arc::new(store);
        let head = key("head.json");
        store.put_if(&head, "0".into(), None).await.unwrap();
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let (store, head) = (Arc::clone(&store), head.clone());
                tokio::spawn(async move {
                    let mut done = 0;
                    while done < 10 {
                        let found = store.get(&head).await.unwrap().unwrap();
                        let text = String::from_utf8(found.bytes.to_vec()).unwrap();
                        let next = (text.parse::<u32>().unwrap() + 1).to_string();
                        match store.put_if(&head, next.into(), Some(&found.etag)).await {
                            Ok(()) => done += 1,
                            Err(StoreError::Changed { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(store.get(&head).await.unwrap().unwrap().bytes, "80");
    }

    #[tokio::test]
    async fn wrong_folders_are_named() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        let text =
            |error: StoreError| error.to_string().replace(place.path().to_str().unwrap(), "");

        let expected = "the archive /file is a file; a folder was expected";
        assert_eq!(text(Folder::open(&file).unwrap_err()), expected);
        assert_eq!(text(Folder::open_for_writing(&file).unwrap_err()), expected);
        assert_eq!(text(Folder::open_for_writing(file.join("in/it")).unwrap_err()), expected);
        let none = place.path().join("none");
        assert_eq!(text(Folder::open(&none).unwrap_err()), "the archive /none does not exist");
        assert!(!none.exists());
        Folder::open_for_writing(&none).unwrap();
        Folder::open(&none).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let kind = ErrorKind::PermissionDenied;
        let error = failed("write to", Path::new("/archive"), kind.into());
        assert_eq!(error.to_string(), "not allowed to write to /archive");
        assert_eq!(error.source().unwrap().to_string(), "permission denied");
        let error = failed("write to", Path::new("/archive"), ErrorKind::StorageFull.into());
        assert_eq!(error.to_string(), "cannot write to /archive");
        assert_eq!(error.source().unwrap().to_string(), "no storage space");
    }

    /// The real thing, where this process is one that permissions bind.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_read_only_folder_is_read_and_not_written() {
        use std::os::unix::fs::PermissionsExt;

        let (place, store) = store();
        store.put_new(&key("a/b"), "one".into()).await.unwrap();
        fs::remove_dir_all(place.path().join(TEMPORARY)).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(place.path().join("probe"), "").is_err() {
            let error = Folder::open_for_writing(place.path()).unwrap_err();
            assert!(matches!(error, StoreError::Denied { .. }), "{error}");
            let error = store.put_new(&key("a/c"), "two".into()).await.unwrap_err();
            assert!(matches!(error, StoreError::Denied { .. }), "{error}");
        }
        let reader = Folder::open(place.path()).unwrap();
        assert_eq!(reader.get(&key("a/b")).await.unwrap().unwrap().bytes, "one");
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}
