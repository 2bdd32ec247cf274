//! The commands of `obn`, a file each, and the command line that they make up.

mod apply;
mod backup;
mod check;
mod collect;
mod completions;
mod download;
mod export;
mod installer;
mod list;
mod man;
mod notices;
mod remove;
mod renew;
mod restore;
mod revoke;
mod root;
mod show;
mod watch;

use std::ffi::OsStr;

use clap::builder::Resettable;
use clap::{Arg, Command, CommandFactory, Parser, Subcommand};

use crate::Language;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::japanese::in_japanese;
use crate::cli::options::Global;
use crate::cli::output::Report;

/// Client certificates of the online billing network: download them, keep them, renew them
///
/// Exit status: 0 done, 1 refused by the CA, 2 usage, 3 network or TLS, 4 the site broke its protocol.
///
/// Passwords come from --password-file, from the environment (OBN_PASSWORD) or from a prompt, never from an argument.
#[derive(Debug, Parser)]
#[command(name = "obn", version, max_term_width = 100)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Apply for certificates (電子証明書発行申請)
    Apply(apply::Arguments),
    /// Fetch the root certificate that the site offers (manual 5.3)
    Root(root::Arguments),
    /// Fetch the installer of the MPKI client, or say that the site has a new one (manual 1.5, 5.4)
    Installer(installer::Arguments),
    /// Download the certificate of an issue notice (manual 1.1)
    Download(download::Arguments),
    /// Renew a certificate: apply, wait until it is issued, fetch the key (manual 2.2)
    Renew(renew::Arguments),
    /// Fetch the key of a certificate that was renewed already (manual 2.2.1)
    Collect(collect::Arguments),
    /// Apply for the revocation of a certificate (manual chapter 3)
    Revoke(revoke::Arguments),
    /// Log in with a certificate where it is for, and say whose it is, or why the site refuses it (manual 1.6)
    Check(check::Arguments),
    /// Tell what is inside a PFX file
    Show(show::Arguments),
    /// List the certificates in the store; * marks the current one
    List(list::Arguments),
    /// Say what the MPKI client would say today about certificates that end soon (manual 2.1)
    Notices,
    /// Keep watch: show the notices, run a program for them, renew if told to; stops on SIGTERM
    Watch(watch::Arguments),
    /// Write a certificate with key and chain to a PFX file under a new password (manual 1.4, 2.1.2)
    Backup(backup::Arguments),
    /// Put certificates from PFX files into the store
    Restore(restore::Arguments),
    /// Write a certificate for OpenSSL, curl, Java, NSS or Windows, or put it into the database of a browser
    Export(export::Arguments),
    /// Remove a certificate from the store (manual chapter 4)
    Remove(remove::Arguments),
    /// Print the completion script of a shell
    Completions(completions::Arguments),
    /// Write the man pages
    Man(man::Arguments),
}

/// What there is to say on a command line, explained in this language.
pub(crate) fn definitions(language: Language) -> Command {
    let command = hide_values(without_empty_variables(Options::command()));
    match language {
        Language::Japanese => in_japanese(command),
        Language::English => command,
    }
}

/// An empty variable is one that isn't set, which is what Compose and CI systems mean by it.
fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let without = move |argument: Arg| match argument.get_env().is_some_and(is_empty) {
        true => argument.env(Resettable::Reset),
        false => argument,
    };
    command.mut_args(without).mut_subcommands(|sub| sub.mut_args(without))
}

/// The values in the environment are not for someone who looks over the shoulder at the help.
fn hide_values(command: Command) -> Command {
    command
        .mut_args(|argument| argument.hide_env_values(true))
        .mut_subcommands(|sub| sub.mut_args(|argument| argument.hide_env_values(true)))
}

/// Runs a command.
pub(crate) async fn run(context: &Context, action: Action) -> Result<Report, Failure> {
    match action {
        Action::Apply(arguments) => apply::run(context, arguments).await,
        Action::Root(arguments) => root::run(context, arguments).await,
        Action::Installer(arguments) => installer::run(context, arguments).await,
        Action::Download(arguments) => download::run(context, arguments).await,
        Action::Renew(arguments) => renew::run(context, arguments).await,
        Action::Collect(arguments) => collect::run(context, arguments).await,
        Action::Revoke(arguments) => revoke::run(context, arguments).await,
        Action::Check(arguments) => check::run(context, arguments).await,
        Action::Show(arguments) => show::run(context, arguments),
        Action::List(arguments) => list::run(context, &arguments),
        Action::Notices => notices::run(context),
        Action::Watch(arguments) => watch::run(context, arguments).await,
        Action::Backup(arguments) => backup::run(context, arguments),
        Action::Restore(arguments) => restore::run(context, arguments).await,
        Action::Export(arguments) => export::run(context, arguments),
        Action::Remove(arguments) => remove::run(context, arguments).await,
        Action::Completions(arguments) => completions::run(&arguments, definitions(context.language)),
        Action::Man(arguments) => man::run(context, &arguments, definitions(context.language)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_has_its_japanese_help() {
        let untranslated = |text: Option<String>| text.is_some_and(|text| text.is_ascii());
        let command = in_japanese(Options::command());
        for sub in command.get_subcommands() {
            assert!(!untranslated(sub.get_about().map(ToString::to_string)), "{}", sub.get_name());
            for argument in sub.get_arguments().chain(command.get_arguments()) {
                let help = argument.get_help().map(ToString::to_string);
                assert!(!untranslated(help), "{} {}", sub.get_name(), argument.get_id());
            }
        }
    }
}
