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
mod user_store;

use std::process::ExitCode;

use clap::FromArgMatches;
use obn_speech::cli::{Stopped, full, language_before_parsing, streams};

use commands::{Options, definitions};
use context::Context;
use output::{print_failure, print_json, tell_text};

use crate::{Error, UsageError};

/// Parses the arguments, with the help in the language that they ask for themselves.
fn parse() -> Result<Options, ExitCode> {
    let language = language_before_parsing();
    let mut command = definitions(language);
    let parsed = japanese::SPEECH.parse(&mut command, language).and_then(|matches| {
        Options::from_arg_matches(&matches)
            .map_err(|error| Stopped::Mistaken(Box::new(error.format(&mut command))))
    });
    let stopped = match parsed {
        Ok(options) => return Ok(options),
        Err(stopped) => stopped,
    };
    Err(match stopped {
        // Help and version are no mistakes.
        Stopped::Answered(text) => {
            streams::print(&text);
            ExitCode::SUCCESS
        }
        Stopped::Nothing(help) => {
            tell_text(help.trim_end());
            ExitCode::from(USAGE)
        }
        Stopped::Mistaken(error) => {
            let message = full(&error, "obn", language, explained);
            if context::json_before_parsing() {
                print_json(&in_json(&message));
            }
            tell_text(message.trim_end());
            ExitCode::from(USAGE)
        }
    })
}

/// A mistake on the command line.
const USAGE: u8 = 2;

/// What the types of values have against them.
fn explained(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let usage = error.downcast_ref::<UsageError>()?;
    Some(Error::from(usage.clone()).explain(crate::Language::Japanese))
}

/// The message for a program: what is wrong, without the usage line and the advice that follow it.
fn in_json(message: &str) -> serde_json::Value {
    let message = message.split("\n\n").next().unwrap_or_default();
    let message = message.trim_start_matches("error: ").trim_start_matches("obn: ");
    serde_json::json!({ "error": { "kind": "usage", "message": message }, "exit_status": USAGE })
}

/// Runs the command that the arguments ask for. Usage errors of the arguments themselves end with status 2.
pub fn main() -> ExitCode {
    let options = match parse() {
        Ok(options) => options,
        Err(ended) => return ended,
    };
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
