//! `obn`: the command line over the library `obn_client`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
