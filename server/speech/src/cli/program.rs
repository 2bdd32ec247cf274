//! A program's command line: its definitions in a language, and how its arguments are parsed.

use std::error::Error;
use std::ffi::{OsStr, OsString};

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::arguments;
use super::help::{Length, help};
use crate::language::Language;

/// What the error of a value's own type says in Japanese, if it is one that the program knows.
pub type Explain = fn(&(dyn Error + 'static)) -> Option<String>;

/// What a program says beside its definitions, which speak English.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its help in Japanese: command, option, text. A command's own text has no option, the program's neither. `option=value`
    /// is a value that an option can have. An option that belongs to no command means the same in all that do not say
    /// otherwise. After an empty line stands what only the long help tells.
    pub texts: &'static [(&'static str, &'static str, &'static str)],
}

/// What this crate itself adds to a program.
const OF_EVERY_PROGRAM: &[(&str, &str, &str)] = &[
    ("completions", "", "シェルの補完スクリプトを出力します"),
    ("completions", "shell", "シェル"),
    ("man", "", "マニュアルページを書き出します"),
    ("man", "out", "保存先のフォルダー(なければ作成します)"),
    ("", "lang", "メッセージの言語(ja または en)[既定値: ロケールによる]"),
    ("", "help", "ヘルプを表示します(-h は要約、--help は全文)"),
    ("", "version", "バージョンを表示します"),
];

/// Why the arguments lead to no command.
#[derive(Debug)]
pub enum Stopped {
    /// They ask for help or the version; this is it.
    Answered(String),
    /// Nothing was asked for: the help, for standard error.
    Nothing(String),
    /// They say something wrong.
    Mistaken(Box<clap::Error>),
}

impl Program {
    /// The definitions, explained in this language.
    pub fn definitions(&self, command: Command, language: Language) -> Command {
        let command = hide_values(without_empty_variables(command));
        let command = self.dressed(command, "", language);
        command.mut_subcommands(|sub| {
            let name = sub.get_name().to_owned();
            self.dressed(sub, &name, language)
        })
    }

    /// Parses the arguments of the process by definitions in this language.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn parse(&self, definitions: &mut Command, language: Language) -> Result<ArgMatches, Stopped> {
        definitions.try_get_matches_from_mut(in_order(std::env::args_os().collect())).map_err(|error| {
            match error.kind() {
                ErrorKind::DisplayHelp => {
                    let is_short = arguments().any(|argument| argument == "-h");
                    let length = if is_short { Length::Short } else { Length::Long };
                    Stopped::Answered(help(definitions, error.to_string().trim(), language, length))
                }
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    Stopped::Nothing(help(definitions, error.to_string().trim(), language, Length::Short))
                }
                ErrorKind::DisplayVersion => Stopped::Answered(error.to_string()),
                _ => Stopped::Mistaken(Box::new(error)),
            }
        })
    }

    /// What stands in the table for this, or is the same for every program.
    fn text(&self, command: &str, option: &str) -> Option<&'static str> {
        let mut texts = self.texts.iter().chain(OF_EVERY_PROGRAM);
        texts.find(|(of, id, _)| *of == command && *id == option).map(|(_, _, text)| *text)
    }

    fn dressed(&self, command: Command, name: &str, language: Language) -> Command {
        let of_help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        let of_help = of_help.help("Print help; --help tells more than -h");
        let is_root = name.is_empty();
        let mut command = command.disable_help_flag(true).arg(of_help);
        if is_root {
            let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
            command = command.disable_version_flag(true).arg(version.help("Print the version"));
        }
        // Not the help itself but which one is asked for: it is written when somebody asks.
        let command = command.override_help(name.to_owned());
        match language {
            Language::English => command,
            Language::Japanese => self.in_japanese(command, name),
        }
    }

    fn in_japanese(&self, command: Command, name: &str) -> Command {
        let command = command.mut_args(|argument| {
            let id = argument.get_id().to_string();
            match self.text(name, &id).or_else(|| self.text("", &id)) {
                Some(text) => argument.help(first_paragraph(text).to_owned()).long_help(text),
                None => argument,
            }
        });
        match self.text(name, "") {
            Some(about) => command.about(first_paragraph(about).to_owned()).long_about(about),
            None => command,
        }
    }

    /// What the table doesn't have yet: `command option` for each, and for values `command option=value`.
    pub fn untranslated(&self, command: &Command) -> Vec<String> {
        let mut missing = Vec::new();
        let all =
            std::iter::once(("", command)).chain(command.get_subcommands().map(|sub| (sub.get_name(), sub)));
        for (name, command) in all {
            if self.text(name, "").is_none() {
                missing.push(format!("{name:?}"));
            }
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                if self.text(name, id).or_else(|| self.text("", id)).is_none() {
                    missing.push(format!("{name:?} {id:?}"));
                }
            }
        }
        missing
    }
}

/// The language may stand before the command, where clap takes no option beside a command that has none of its own.
fn in_order(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let text =
        |index: usize| arguments.get(index).map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let said = match text(1) {
        first if first == "--lang" => 2,
        first if first.starts_with("--lang=") => 1,
        _ => return arguments,
    };
    let command = text(1 + said);
    if command.is_empty() || command.starts_with('-') {
        return arguments;
    }
    let language: Vec<OsString> = arguments.drain(1..=said).collect();
    // The help is written in the language already.
    if command != "help" {
        let end = arguments.iter().position(|it| it == "--").unwrap_or(arguments.len());
        arguments.splice(end..end, language);
    }
    arguments
}

/// With what clap adds by itself, in this language too.
pub(super) fn built(mut definitions: Command, language: Language) -> Command {
    definitions.build();
    let has_help = definitions.find_subcommand("help").is_some();
    match has_help {
        true => definitions.mut_subcommand("help", |sub| sub.about(of_help(language))),
        false => definitions,
    }
}

/// What the command `help` does.
pub(super) fn of_help(language: Language) -> &'static str {
    language.pick("このヘルプ、またはコマンドのヘルプを表示します", "Print this help, or that of a command")
}

fn first_paragraph(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_may_stand_before_the_command() {
        let ordered = |text: &str| {
            let ordered = in_order(text.split(' ').map(OsString::from).collect());
            ordered.iter().map(|it| it.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ordered("obn-ca --lang ja profile --json"), "obn-ca profile --json --lang ja");
        assert_eq!(ordered("obn-ca --lang=ja profile"), "obn-ca profile --lang=ja");
        assert_eq!(ordered("obn-ca --lang ja help profile"), "obn-ca help profile");
        assert_eq!(ordered("obn-ca --lang ja client -- --lang"), "obn-ca client --lang ja -- --lang");
        for same in [
            "obn-ca",
            "obn-ca --lang",
            "obn-ca --lang ja",
            "obn-ca --lang ja --json",
            "obn-ca profile --lang ja",
        ] {
            assert_eq!(ordered(same), same);
        }
    }
}
