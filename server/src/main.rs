//! The command line of the simulator.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // clap ends the process with status 2 and one message for what it can't read.
    let cli = cli::Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("obn-ca: {error}");
            ExitCode::from(2)
        }
    }
}
