//! End-to-end runs and rules about the workspace.

#[cfg(test)] // Clippy lets code under this attribute unwrap and index.
mod archive_s3;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod random_tenant;
#[cfg(test)]
mod signin_cases;
