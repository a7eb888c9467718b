//! How a failed scan is reported to Lambda: the state machine retries by the error's type.

use lambda_runtime::Diagnostic;
use muster::ScanError;

/// A scan that failed, and whether it may succeed when it is run again.
#[derive(Debug)]
pub(crate) struct Failure {
    transient: bool,
    message: String,
}

impl Failure {
    /// Running it again cannot help.
    pub(crate) fn permanent(message: String) -> Self {
        Self { transient: false, message }
    }

    /// Running it again cannot help, for this reason.
    pub(crate) fn from_permanent(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::permanent(chain(error))
    }

    /// Running it again may help.
    pub(crate) fn from_transient(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { transient: true, message: chain(error) }
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        Self { transient: error.is_transient(), message: chain(error) }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = if failure.transient { "Transient" } else { "Permanent" };
        Self { error_type: error_type.to_owned(), error_message: failure.message }
    }
}

/// The error with its causes, in one line.
fn chain(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}
