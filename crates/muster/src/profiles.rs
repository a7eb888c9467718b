//! The folder of tenant profiles.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use model::Profile;

use crate::input;

/// Reads every profile below the folder: `*.toml` files in it, and `tenant.toml` in its folders,
/// sorted by path.
///
/// # Errors
///
/// When the folder cannot be read, holds no profile, a profile is broken, or two are of the same
/// tenant.
pub fn read_all(folder: &Path) -> Result<Vec<Profile>> {
    if !folder.is_dir() {
        bail!("{}: no such folder of tenant profiles", folder.display());
    }
    let mut paths = Vec::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.is_dir() {
            paths.extend(Some(path.join("tenant.toml")).filter(|path| path.is_file()));
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let profiles: Vec<Profile> =
        paths.iter().map(|path| input::profile(path)).collect::<Result<_, _>>()?;
    if profiles.is_empty() {
        bail!(
            "{}: no profiles; expected files such as TENANT.toml or TENANT/tenant.toml",
            folder.display()
        );
    }
    distinct(&paths, &profiles)?;
    Ok(profiles)
}

/// The profile of that tenant, by id, domain or name.
///
/// # Errors
///
/// When no profile is of that tenant; the error names those there are.
pub fn choose<'p>(profiles: &'p [Profile], wanted: &str) -> Result<&'p Profile> {
    let is = |profile: &&Profile| {
        let tenant = &profile.tenant;
        [tenant.id.as_str(), &tenant.domain, &tenant.name]
            .into_iter()
            .any(|name| name.eq_ignore_ascii_case(wanted))
    };
    profiles.iter().find(is).with_context(|| {
        let known = profiles
            .iter()
            .map(|profile| format!("{} ({})", profile.tenant.id, profile.tenant.name))
            .collect::<Vec<_>>()
            .join(", ");
        format!("no profile of the tenant {wanted:?}; there are: {known}")
    })
}

fn distinct(paths: &[PathBuf], profiles: &[Profile]) -> Result<()> {
    for (index, profile) in profiles.iter().enumerate() {
        let twin =
            profiles.iter().take(index).position(|other| other.tenant.id == profile.tenant.id);
        if let (Some(first), Some(second)) = (twin.and_then(|at| paths.get(at)), paths.get(index)) {
            bail!(
                "{}: the tenant {} has a profile already in {}",
                second.display(),
                profile.tenant.id,
                first.display()
            );
        }
    }
    Ok(())
}
