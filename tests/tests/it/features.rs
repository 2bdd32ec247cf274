//! What a library brings along for who embeds it without its command line.

use std::process::Command;

/// Crates that only a command line needs, by how their names begin.
const OF_COMMAND_LINES: [&str; 7] =
    ["clap", "rpassword", "anstream", "anstyle", "crossterm", "nu-ansi-term", "termcolor"];

/// The names of all crates that are built into a crate with these features.
fn dependencies(package: &str, features: &[&str]) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--edges=normal", "--prefix=none", "--format={p}"]);
    cargo.args(["--package", package]).args(features).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn of_command_lines(dependencies: &[String]) -> Vec<&str> {
    let is_one = |name: &&str| OF_COMMAND_LINES.iter().any(|beginning| name.starts_with(beginning));
    dependencies.iter().map(String::as_str).filter(is_one).collect()
}

#[test]
fn without_the_feature_cli_a_library_brings_no_command_line() {
    for package in ["obn-ca", "obn-client", "obn-conformance"] {
        let library = dependencies(package, &["--no-default-features"]);
        assert_eq!(of_command_lines(&library), Vec::<&str>::new(), "{package}");
        let program = dependencies(package, &[]);
        assert!(of_command_lines(&program).contains(&"clap"), "{package}: {program:?}");
    }
}
