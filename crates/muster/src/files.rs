//! Writing files whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file so that nobody ever sees half of it: beside its place first, then moved there.
/// Missing folders above it are created.
///
/// # Errors
///
/// When the folder cannot be created or written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// As [`write_whole`], for what is too large to be held: the bytes are written piece by piece.
///
/// # Errors
///
/// When the folder cannot be created or written to, or the pieces cannot be had.
pub fn write_whole_with(
    path: &Path,
    pieces: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        anyhow::bail!("{}: is a folder; cannot write a file of that name", path.display());
    }
    let write = || -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".muster-").tempfile_in(folder)?;
        pieces(file.as_file_mut())?;
        file.as_file().sync_all()?;
        readable_by_all(file.path())?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// A temporary file is private; a document is as readable as any other new file.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &Path) -> io::Result<()> {
    Ok(())
}
