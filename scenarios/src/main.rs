//! The program of the conformance harness.

fn main() -> std::process::ExitCode {
    obn_conformance::cli::main()
}
