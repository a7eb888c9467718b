//! The folder of custom controls.

use std::path::{Path, PathBuf};

use controls::Custom;
use custom::Source;

use crate::input::{self, InputError, bad};

/// Reads every custom control of the folder: its `.toml` and `.rego` files, in the order of their
/// names. Folders in it are left alone.
///
/// # Errors
///
/// When the folder cannot be read or holds no control, or a file is not understood, with the line.
pub fn read_all(folder: &Path) -> Result<Vec<Custom>, InputError> {
    let unreadable = |error: std::io::Error| bad(folder, &error.to_string());
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    paths.retain(|path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        path.is_file() && ["toml", "rego"].contains(&ending)
    });
    paths.sort();
    if paths.is_empty() {
        return Err(bad(folder, "no custom controls; expected files NAME.toml and NAME.rego"));
    }
    let files: Vec<Source> = paths
        .iter()
        .map(|path| Ok(Source { path: path.display().to_string(), text: input::text_file(path)? }))
        .collect::<Result<_, InputError>>()?;
    custom::controls(&files).map_err(|error| bad(Path::new(&error.path), &error.message))
}
