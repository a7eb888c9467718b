//! `muster signin`: who can sign in how.

use super::Status;
use super::args::Signin;
use super::terminal::Terminal;

pub(crate) fn run(_: &Signin, _: &Terminal) -> anyhow::Result<Status> {
    anyhow::bail!("not yet")
}
