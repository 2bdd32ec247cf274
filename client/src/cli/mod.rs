//! The command line: what it takes, what it prints, how it ends.

mod backup;
mod collect;
mod context;
mod download;
mod export;
mod failure;
mod identity;
mod list;
mod notices;
mod options;
mod password;
mod remove;
mod renew;
mod report;
mod revoke;
mod root;
mod show;

use std::process::ExitCode;

use clap::Parser;

use context::Context;
use options::{Command, Options};

/// Runs the command that the arguments ask for. Usage errors of the arguments themselves end in clap, with status 2.
pub(crate) fn main() -> ExitCode {
    let options = Options::parse();
    let json = options.global.json;
    let context = Context::new(options.global);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a process an event queue");
    let result = runtime.block_on(async {
        match options.command {
            Command::Root(arguments) => root::run(&context, arguments).await,
            Command::Download(arguments) => download::run(&context, arguments).await,
            Command::Renew(arguments) => renew::run(&context, arguments).await,
            Command::Collect(arguments) => collect::run(&context, arguments).await,
            Command::Revoke(arguments) => revoke::run(&context, arguments).await,
            Command::Show(arguments) => show::run(&context, arguments),
            Command::List(arguments) => list::run(&context, arguments),
            Command::Notices(arguments) => notices::run(&context, arguments),
            Command::Backup(arguments) => backup::backup(&context, arguments),
            Command::Restore(arguments) => backup::restore(&context, arguments),
            Command::Export(arguments) => export::run(&context, arguments),
            Command::Remove(arguments) => remove::run(&context, arguments),
        }
    });
    match result {
        Ok(report) => {
            report.print(json);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            failure.print(context.language, json);
            ExitCode::from(failure.exit_status())
        }
    }
}
