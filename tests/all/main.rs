//! End-to-end runs and rules about the workspace.

#[cfg(test)] // Clippy lets code under this attribute unwrap and index.
mod archive_s3;
#[cfg(test)]
mod assess;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod collection;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod lambda;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod program;
#[cfg(test)]
mod python;
#[cfg(test)]
mod random_tenant;
#[cfg(test)]
mod redacted;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod scuba;
#[cfg(test)]
mod signin_cases;
#[cfg(test)]
mod signin_properties;
#[cfg(test)]
mod workspace;
