//! The pipeline as a library: collect, judge, draw, seal; and the command-line program.
//!
//! The Lambda function `scan` and the command `muster scan` both call [`scan`] and differ only in
//! wiring.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod custom;
mod documents;
pub mod files;
pub mod input;
mod page;
mod pipeline;
pub mod profiles;

pub use documents::{Document, documents};
pub use page::page;
pub use pipeline::{Scan, ScanError, Scanned, assess, scan};
