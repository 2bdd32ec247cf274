//! Help that fits 80 columns. clap breaks lines at blanks, which Japanese doesn't have.

use clap::{Arg, Command};

use super::program::{built, of_help};
use crate::language::Language;
use crate::wrap::{COLUMNS, width, wrapped};

/// Where the text of an option stands at most; longer options have a line of their own.
const WIDEST: usize = 30;
/// So many options of every command are still told with each command.
const FEW: usize = 3;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A line or two for each thing.
    Short,
    /// All there is to say, with the options of every command.
    Long,
}

/// The help of a command, or of the program for an empty name, by definitions in this language.
pub fn help(definitions: &Command, name: &str, language: Language, length: Length) -> String {
    let mut root = built(definitions.clone(), language);
    let program = root.get_name().to_owned();
    let globals: Vec<Arg> = root.get_arguments().filter(|it| it.is_global_set()).cloned().collect();
    let found = root.find_subcommand_mut(name).filter(|_| !name.is_empty());
    let command = match found {
        Some(command) => command,
        None => &mut root,
    };
    let usage = command.render_usage().to_string();
    let mut page = Page { text: String::new(), language, length };
    page.about(command);
    page.usage(&usage);
    if name.is_empty() {
        page.commands(command);
    }
    let (positionals, options): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(|it| !it.is_global_set() && !it.is_hide_set())
        .partition(|it| it.is_positional());
    page.section(("引数", "Arguments"), positionals.into_iter());
    let is_few = globals.len() <= FEW;
    page.section(("オプション", "Options"), options.into_iter().chain(globals.iter().filter(|_| is_few)));
    if !is_few {
        match length {
            Length::Long => page.section(("共通オプション", "Options of every command"), globals.iter()),
            Length::Short => page.folded(&format!("{program} help {name}"), &globals),
        }
    }
    page.text
}

/// A text, and what stands behind it in brackets.
struct Told {
    text: String,
    notes: Vec<String>,
}

struct Page {
    text: String,
    language: Language,
    length: Length,
}

impl Page {
    fn about(&mut self, command: &Command) {
        let (short, long) = (command.get_about(), command.get_long_about());
        let text = match self.length {
            Length::Short => short.or(long),
            Length::Long => long.or(short),
        };
        for paragraph in text.map(ToString::to_string).unwrap_or_default().split("\n\n") {
            self.lines(wrapped("", "", &paragraph.replace('\n', " "), COLUMNS));
            self.text.push('\n');
        }
    }

    /// Each form of it on lines of its own.
    fn usage(&mut self, usage: &str) {
        let mut title = self.language.pick("使い方: ", "Usage: ").to_owned();
        let indent = " ".repeat(width(&title));
        for form in usage.strip_prefix("Usage: ").unwrap_or(usage).lines() {
            self.lines(wrapped(&title, &format!("{indent}  "), form.trim(), COLUMNS));
            title.clone_from(&indent);
        }
    }

    fn commands(&mut self, command: &Command) {
        let of_help = of_help(self.language).to_owned();
        let rows: Vec<_> = command
            .get_subcommands()
            .filter(|sub| !sub.is_hide_set())
            .map(|sub| {
                let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
                let text = if sub.get_name() == "help" { of_help.clone() } else { about };
                (sub.get_name().to_owned(), Told { text, notes: Vec::new() })
            })
            .collect();
        self.table(("コマンド", "Commands"), &rows);
    }

    fn section<'a>(&mut self, title: (&str, &str), arguments: impl Iterator<Item = &'a Arg>) {
        let rows: Vec<_> = arguments.map(|argument| (spelling(argument), self.explained(argument))).collect();
        self.table(title, &rows);
    }

    /// What is the same for every command, in a line that says where it is told.
    fn folded(&mut self, command: &str, globals: &[Arg]) {
        let command = command.trim();
        let comma = self.language.pick("、", ", ");
        let line = |names: &[String]| {
            let names = names.join(comma);
            self.language.pick(
                format!("共通オプション({names} …)は {command} で表示します"),
                format!("Options of every command ({names} …): {command}"),
            )
        };
        let names: Vec<_> =
            globals.iter().filter_map(Arg::get_long).map(|name| format!("--{name}")).collect();
        let fits = (1..=names.len()).rev().find(|many| width(&line(&names[..*many])) <= COLUMNS);
        let line = line(&names[..fits.unwrap_or(1)]);
        self.text += &format!("\n{line}\n");
    }

    fn table(&mut self, (japanese, english): (&str, &str), rows: &[(String, Told)]) {
        if rows.is_empty() {
            return;
        }
        self.text += &format!("\n{}:\n", self.language.pick(japanese, english));
        let widest = rows.iter().map(|(spelling, _)| width(spelling)).filter(|it| *it <= WIDEST).max();
        let column = 2 + widest.unwrap_or(WIDEST) + 2;
        let indent = " ".repeat(column);
        for (spelling, text) in rows {
            let mut first = format!("  {spelling}  ");
            if width(&first) > column {
                self.lines(vec![first.trim_end().to_owned()]);
                first.clone_from(&indent);
            }
            let padding = column - width(&first);
            first += &" ".repeat(padding);
            let mut lines = Vec::new();
            for paragraph in text.text.split("\n\n") {
                lines.extend(wrapped(&first, &indent, &paragraph.replace('\n', " "), COLUMNS));
                first.clone_from(&indent);
            }
            for note in &text.notes {
                let line = lines.last_mut().expect("each text has a line");
                match width(line) + 1 + width(note) <= COLUMNS {
                    true => *line += &format!(" {note}"),
                    false => lines.extend(wrapped(&indent, &indent, note, COLUMNS)),
                }
            }
            self.lines(lines);
        }
    }

    /// What an argument means, with its values, its default and its variable.
    fn explained(&self, argument: &Arg) -> Told {
        let short = argument.get_help().map(ToString::to_string);
        let long = argument.get_long_help().map(ToString::to_string);
        let text = match self.length {
            Length::Short => short.or(long),
            Length::Long => long.or(short),
        };
        let text = text.unwrap_or_default();
        let mut notes = Vec::new();
        let takes_values = argument.get_action().takes_values();
        let mut add = |japanese: &str, english: &str, values: String| {
            notes.push(format!("[{}: {values}]", self.language.pick(japanese, english)));
        };
        let values = argument.get_possible_values();
        let names: Vec<_> =
            values.iter().filter(|it| !it.is_hide_set()).map(|it| it.get_name().to_owned()).collect();
        if takes_values && !names.is_empty() && !argument.is_hide_possible_values_set() {
            add("値", "values", names.join(", "));
        }
        let defaults = argument.get_default_values();
        if takes_values && !defaults.is_empty() && !argument.is_hide_default_value_set() {
            let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
            add("既定値", "default", defaults.join(", "));
        }
        if let Some(variable) = argument.get_env() {
            add("環境変数", "env", variable.to_string_lossy().into_owned());
        }
        Told { text, notes }
    }

    fn lines(&mut self, lines: Vec<String>) {
        for line in lines {
            self.text += &line;
            self.text.push('\n');
        }
    }
}

/// As it is typed.
fn spelling(argument: &Arg) -> String {
    match (argument.get_short(), argument.is_positional()) {
        (_, true) => argument.to_string(),
        (Some(short), false) => format!("-{short}, {argument}"),
        (None, false) => format!("    {argument}"),
    }
}
