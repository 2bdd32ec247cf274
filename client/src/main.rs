//! `obn`: the command line over the library `obn_client`.

fn main() -> std::process::ExitCode {
    obn_client::cli::main()
}
