//! The simulator's program.

fn main() -> std::process::ExitCode {
    obn_ca::cli::main()
}
