//! The command line: what it takes, what it prints, how it ends.

mod commands;
mod context;
mod failure;
mod identity;
mod japanese;
mod notify;
mod nss;
mod options;
mod password;
mod report;
mod stream;
mod usage;

use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches};
use obn_client::Language;

use commands::{
    backup, collect, download, export, generate, list, notices, remove, renew, revoke, root, show, watch,
};
use context::Context;
use options::{Action, Options};
use stream::{print, tell};

/// Parses the arguments, with the help in the language that they ask for themselves.
fn parse() -> Options {
    let is_japanese = context::language_before_parsing() == Language::Japanese;
    let mut command = definitions(context::language_before_parsing());
    let options = command
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|matches| Options::from_arg_matches(&matches).map_err(|error| error.format(&mut command)));
    options.unwrap_or_else(|error| {
        let japanese = usage::in_japanese(&error).filter(|_| is_japanese);
        // Help and version are no mistakes.
        if error.use_stderr() && context::json_before_parsing() {
            let text = japanese.clone().unwrap_or_else(|| error.to_string());
            print(format_args!("{:#}", usage::in_json(&text)));
        }
        match japanese {
            Some(message) => {
                tell(format_args!("obn: {message}"));
                std::process::exit(2)
            }
            None => error.exit(),
        }
    })
}

/// What there is to say on a command line, explained in this language.
fn definitions(language: Language) -> Command {
    let command = hide_values(Options::command());
    match language {
        Language::Japanese => japanese::in_japanese(command),
        Language::English => command,
    }
}

/// What the environment holds is nobody's business who looks over the shoulder at the help.
fn hide_values(command: Command) -> Command {
    command
        .mut_args(|argument| argument.hide_env_values(true))
        .mut_subcommands(|sub| sub.mut_args(|argument| argument.hide_env_values(true)))
}

/// Runs the command that the arguments ask for. Usage errors of the arguments themselves end in clap, with status 2.
pub fn main() -> ExitCode {
    let options = parse();
    let json = options.global.json;
    let context = Context::new(options.global);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a process an event queue");
    let result = runtime.block_on(async {
        match options.action {
            Action::Root(arguments) => root::run(&context, arguments).await,
            Action::Download(arguments) => download::run(&context, arguments).await,
            Action::Renew(arguments) => renew::run(&context, arguments).await,
            Action::Collect(arguments) => collect::run(&context, arguments).await,
            Action::Revoke(arguments) => revoke::run(&context, arguments).await,
            Action::Show(arguments) => show::run(&context, arguments),
            Action::List(arguments) => list::run(&context, arguments),
            Action::Notices(arguments) => notices::run(&context, arguments),
            Action::Watch(arguments) => watch::run(&context, arguments).await,
            Action::Backup(arguments) => backup::backup(&context, arguments),
            Action::Restore(arguments) => backup::restore(&context, arguments),
            Action::Export(arguments) => export::run(&context, arguments),
            Action::Remove(arguments) => remove::run(&context, arguments),
            Action::Completions(arguments) => generate::completions(&context, &arguments),
            Action::Man(arguments) => generate::man(&context, &arguments),
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
