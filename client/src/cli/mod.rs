//! The command line: what it takes, what it prints, how it ends.

mod arrivals;
mod autostart;
mod commands;
mod context;
mod failure;
mod home;
mod japanese;
mod notify;
mod nss;
mod options;
mod output;
mod password;
mod present;
mod record;
mod renewing;
mod streams;
mod usage;
mod user_store;
mod visible;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::FromArgMatches;

use commands::{Options, definitions};
use context::Context;
use output::{print_failure, print_json, tell_text};

use crate::Language;

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
            print_json(&usage::in_json(&text));
        }
        if !error.use_stderr() {
            if std::io::stdout().is_terminal() {
                error.exit()
            }
            streams::print(&error.to_string());
            std::process::exit(error.exit_code())
        }
        let message = japanese.map_or_else(|| error.to_string(), |message| format!("obn: {message}"));
        tell_text(message.trim_end());
        std::process::exit(error.exit_code())
    })
}

/// Runs the command that the arguments ask for. Usage errors of the arguments themselves end in clap, with status 2.
pub fn main() -> ExitCode {
    let options = parse();
    let json = options.global.json;
    let context = Context::new(options.global);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a process an event queue");
    if let Some(record) = &context.record
        && let Err(failure) = record.ready()
    {
        print_failure(&failure, context.language, json);
        return ExitCode::from(failure.exit_status());
    }
    let result = runtime.block_on(record::until_stopped(&context, commands::run(&context, options.action)));
    let is_recorded = context.record.as_ref().is_none_or(|record| record.write(context.language));
    let Some(result) = result else { return ExitCode::from(record::STOPPED) };
    match result {
        Ok(report) => {
            report.print(json);
            let status = report.exit_status();
            ExitCode::from(if status == 0 && !is_recorded { record::NOT_WRITTEN } else { status })
        }
        Err(failure) => {
            print_failure(&failure, context.language, json);
            ExitCode::from(failure.exit_status())
        }
    }
}
