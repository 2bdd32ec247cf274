//! Which language is asked for: `--lang`, then `OBN_LANG`, then the locale, then the system's settings.

use crate::language::Language;

/// The language that the option says, or the one that the machine is set to.
pub fn language(said: Option<Language>) -> Language {
    said.unwrap_or_else(language_of_the_locale)
}

/// The language as far as it is known before the arguments are parsed, for their help.
pub fn language_before_parsing() -> Language {
    let arguments: Vec<String> = arguments().collect();
    let after = arguments.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1].clone());
    let joined = arguments.iter().find_map(|argument| argument.strip_prefix("--lang=").map(str::to_owned));
    let mut said = [after, joined, std::env::var("OBN_LANG").ok()].into_iter().flatten();
    said.find_map(|language| language.parse().ok()).unwrap_or_else(language_of_the_locale)
}

/// The arguments as text, which names of files need not be. After `--` they are another program's.
pub fn arguments() -> impl Iterator<Item = String> {
    let own = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    own.take_while(|argument| argument != "--")
}

fn language_of_the_locale() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    set.into_iter()
        .find(|value| !value.is_empty())
        .or_else(locale_of_the_system)
        .map_or(Language::English, |locale| Language::of_locale(&locale))
}

/// That of the settings of Windows or macOS, where no variable says it.
#[cfg(any(windows, target_os = "macos"))]
fn locale_of_the_system() -> Option<String> {
    sys_locale::get_locale()
}

#[cfg(not(any(windows, target_os = "macos")))]
fn locale_of_the_system() -> Option<String> {
    None
}
