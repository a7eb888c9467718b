//! The pipeline as a library: collect, judge, draw, seal; and the command-line program.
//!
//! The Lambda function `scan` and the command `muster scan` both call [`scan`] and differ only in
//! wiring.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod custom;
pub mod doctor;
mod documents;
mod earlier;
pub mod files;
pub mod input;
pub mod needs;
pub mod onboarding;
mod page;
pub mod past;
mod pipeline;
pub mod profiles;
mod redact;

pub use documents::{Document, documents, drawing};
pub use page::page;
pub use pipeline::{Scan, ScanError, Scanned, assess, scan};
pub use redact::redact;
