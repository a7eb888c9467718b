//! `muster erase`: personal data goes, the chain stays.

use ::archive::Erasure;
use anyhow::Context as _;
use jiff::Timestamp;

use super::args::Erase;
use super::terminal::Terminal;
use super::{Status, Usage};

pub(crate) async fn run(arguments: &Erase, terminal: &Terminal) -> anyhow::Result<Status> {
    if !arguments.yes {
        let message = "what is erased cannot be brought back; add --yes to do it";
        return Err(Usage(message.to_owned()).into());
    }
    let key = super::scan::signing_key(arguments.signing_key.as_deref()).await?;
    let store =
        ::archive::open_for_writing(&arguments.archive).await.context("cannot use the archive")?;
    let now = Timestamp::now();
    let erasure = Erasure {
        at: Timestamp::from_second(now.as_second()).unwrap_or(now),
        by: arguments.by.clone(),
        reason: arguments.reason.clone(),
    };
    let before = arguments.before.unwrap_or(now);
    let erased = ::archive::erase(&store, &arguments.tenant, before, &erasure, key.as_ref())
        .await
        .context("cannot erase everything; what is locked cannot be removed yet")?;
    terminal.data(&format!("Erased {erased} scans of the tenant {}.\n", arguments.tenant))?;
    Ok(Status::Done)
}
