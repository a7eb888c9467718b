//! The command-line program: arguments in, data to standard output, the rest to standard error.

mod accept;
mod args;
mod assess;
mod collect;
mod controls;
mod demo;
mod diff;
mod doctor;
mod erase;
mod explain;
mod history;
mod import;
mod layout;
mod onboard;
mod permissions;
mod progress;
mod report;
mod rescore;
mod scan;
mod signin;
mod simulate;
mod terminal;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use terminal::Terminal;

use crate::input::InputError;

/// How a command ended, as exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: done.
    Done,
    /// 1: a threshold was crossed.
    Crossed,
    /// 3: done, but some tenant or dataset could not be read.
    Incomplete,
    /// 4: nothing could be done.
    Nothing,
}

/// Runs the program with the arguments of the process.
///
/// Exit status: 0 done; 1 a threshold was crossed; 2 wrong usage or unreadable input; 3 done, but
/// some tenant or dataset could not be read; 4 nothing could be done.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.global);
    match dispatch(cli.command, &terminal) {
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::Crossed) => ExitCode::from(1),
        Ok(Status::Incomplete) => ExitCode::from(3),
        Ok(Status::Nothing) => ExitCode::from(4),
        Err(error) if terminal::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.error(&format!("{error:#}"));
            // What a person handed in is wrong usage; all else could not be done.
            let of_input =
                error.chain().any(|cause| cause.is::<InputError>() || cause.is::<Usage>());
            ExitCode::from(if of_input { 2 } else { 4 })
        }
    }
}

/// Arguments that make no sense: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

fn dispatch(command: Command, terminal: &Terminal) -> anyhow::Result<Status> {
    match command {
        Command::Demo(arguments) => wait(demo::run(&arguments, terminal)),
        Command::Scan(arguments) => wait(scan::run(&arguments, terminal)),
        Command::Collect(arguments) => wait(collect::run(&arguments, terminal)),
        Command::Import(arguments) => import::run(&arguments, terminal),
        Command::Assess(arguments) => assess::run(&arguments, terminal),
        Command::Signin(arguments) => signin::run(&arguments, terminal),
        Command::Report(arguments) => report::run(&arguments, terminal),
        Command::Verify(arguments) => wait(verify::run(&arguments, terminal)),
        Command::Diff(arguments) => wait(diff::run(&arguments, terminal)),
        Command::History(arguments) => wait(history::run(&arguments, terminal)),
        Command::Rescore(arguments) => wait(rescore::run(&arguments, terminal)),
        Command::Erase(arguments) => wait(erase::run(&arguments, terminal)),
        Command::Controls(arguments) => controls::run(&arguments, terminal),
        Command::Onboard(arguments) => wait(onboard::run(&arguments, terminal)),
        Command::Permissions(arguments) => permissions::run(&arguments, terminal),
        Command::Doctor(arguments) => wait(doctor::run(&arguments, terminal)),
        Command::Simulate(arguments) => wait(simulate::run(&arguments, terminal)),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "muster", &mut text);
            terminal.data(&String::from_utf8_lossy(&text))?;
            Ok(Status::Done)
        }
    }
}

/// Runs an asynchronous command to its end.
fn wait<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(command)
}
