//! The command-line program. All it does is call [`muster::cli::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    muster::cli::run()
}
